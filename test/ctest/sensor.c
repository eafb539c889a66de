// SPDX-License-Identifier: GPL-2.0-or-later
/* An image sensor on its real driver, IMX219: what of the full picture its modes show. */
#include <math.h>

#include "common/device/sensor.h"
#include "test/ctest/ctest.h"

#define CODE MEDIA_BUS_FMT_SRGGB10_1X10

static void expect_view(const struct sensor *sensor, uint32_t width, uint32_t height,
			double shown_across, double shown_down)
{
	struct v4l2_mbus_framefmt format = {
		.code = CODE,
		.width = width,
		.height = height,
		.field = V4L2_FIELD_NONE,
	};
	struct sensor_view view = { -1, -1, -1, -1 };

	CHECK_EQ(subdev_set_format(sensor->subdev, sensor->pad, &format), 0);
	CHECK_EQ(format.width, width);
	sensor_read_view(sensor, &view);
	CHECK(fabs(view.width - shown_across) < 1e-9);
	CHECK(fabs(view.height - shown_down) < 1e-9);
	/* Out of the middle, to within a pixel or two. */
	CHECK(fabs(view.left - (1 - shown_across) / 2) < 0.001);
	CHECK(fabs(view.top - (1 - shown_down) / 2) < 0.001);
}

static struct media_entity *find_sensor(const struct media *media)
{
	for (unsigned i = 0; i < media->num_entities; i++)
		if (media->entities[i].function == MEDIA_ENT_F_CAM_SENSOR)
			return &media->entities[i];
	return NULL;
}

static void view(void)
{
	struct media_entity *entity;
	struct media *media = ctest_media(NULL, "rkisp1");
	struct sensor *sensor = NULL;

	test_case("sensor: a mode shows all, or a part out of the middle");
	entity = media ? find_sensor(media) : NULL;
	if (CHECK(entity) && CHECK_EQ(sensor_open(NULL, entity, &sensor), 0)) {
		expect_view(sensor, 3280, 2464, 1, 1);
		/* Two by two pixels are one: still all. */
		expect_view(sensor, 1640, 1232, 1, 1);
		expect_view(sensor, 1920, 1080, 1920. / 3280, 1080. / 2464);
		expect_view(sensor, 640, 480, 1280. / 3280, 960. / 2464);
	}
	sensor_destroy(sensor);
	media_destroy(media);
}

int main(int argc, char **argv)
{
	static const struct ctest_case cases[] = { { "view", view } };

	return ctest_main(cases, CTEST_COUNT(cases), argc, argv);
}
