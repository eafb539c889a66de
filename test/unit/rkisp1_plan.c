// SPDX-License-Identifier: GPL-2.0-or-later
/* What is refused before anybody asks the sensor. */
#include <errno.h>

#include "common/base/log.h"
#include "common/device/subdev.h"
#include "common/tool/setup.h"
#include "rkisp1/rkisp1.h"
#include "test/unit/test.h"

static char heard[512];

static void listen(void *context, enum log_level level, const char *code, const char *sentence)
{
	snprintf(heard, sizeof(heard), "%s", sentence);
}

static const struct rkisp1_variant px30 = {
	RKISP1_REVISION_V12, "PX30", 3264, 2448, true, true
};

static void set_modes(struct sensor *sensor, unsigned count, const struct sensor_mode *modes)
{
	sensor->num_modes = count;
	memcpy(sensor->modes, modes, count * sizeof(*modes));
}

int main(void)
{
	static const struct sensor_mode some[] = {
		{ MEDIA_BUS_FMT_SRGGB10_1X10, 640, 480, 10 },
		{ MEDIA_BUS_FMT_SRGGB10_1X10, 1920, 1080, 10 },
		{ MEDIA_BUS_FMT_SRGGB10_1X10, 3280, 2464, 10 },
	};
	static const struct sensor_mode grey[] = { { MEDIA_BUS_FMT_Y10_1X10, 640, 480, 10 } };
	struct subdev subdev = { .fd = -1, .name = "ov7251 3-0060" };
	struct sensor sensor = { .subdev = &subdev };
	struct rkisp1 rkisp1 = { .variant = &px30, .sensor = &sensor };
	const struct options options = { .zoom_milli = 1000 };
	const struct setup setup = { 0 };
	struct rkisp1_plan plan;
	struct log log;

	log_init(&log, "test");
	log.level = (enum log_level) - 1;
	log.listener = listen;
	rkisp1.log = &log;

	test_case("rkisp1 plan: pictures are as large as modes that the ISP takes");
	set_modes(&sensor, 3, some);
	CHECK_EQ(rkisp1_path_sizes(&rkisp1, RKISP1_MAIN).max_width, 1920);
	CHECK_EQ(rkisp1_path_sizes(&rkisp1, RKISP1_MAIN).max_height, 1080);

	test_case("rkisp1 plan: a sensor without such a mode is refused for that");
	set_modes(&sensor, 1, grey);
	CHECK_EQ(rkisp1_path_sizes(&rkisp1, RKISP1_MAIN).max_width, 0);
	CHECK_EQ(rkisp1_plan_make(&plan, &rkisp1, &options, &setup), -EINVAL);
	CHECK_STR_EQ(heard, "ov7251 3-0060 has no mode that this ISP takes: Bayer of 8, 10 or "
			    "12 bits, up to 3264x2448");
	return test_done();
}
