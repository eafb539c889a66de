// SPDX-License-Identifier: GPL-2.0-or-later
/* Choosing a camera by what the user typed. */
#include "common/tool/camera.h"

#include <errno.h>
#include <sys/sysmacros.h>

#include "common/base/log.h"
#include "test/unit/test.h"

static struct {
	int count;
	char code[32];
	char sentence[256];
} heard;

static void listen(void *context, enum log_level level, const char *code, const char *sentence)
{
	heard.count++;
	snprintf(heard.code, sizeof(heard.code), "%s", code);
	snprintf(heard.sentence, sizeof(heard.sentence), "%s", sentence);
}

static struct camera_list three_cameras(void)
{
	static const char *const ids[] = { "imx219 10-0010", "imx219 11-0010", "imx219" };
	struct camera_list list = { 0 };

	for (size_t i = 0; i < 3; i++) {
		struct camera camera = { .which = (unsigned)i };

		snprintf(camera.id, sizeof(camera.id), "%s", ids[i]);
		CHECK_EQ(camera_add(&list, &camera), 0);
	}
	return list;
}

static int choose(const struct camera_list *list, const char *text,
		  const struct camera **camera)
{
	struct log log;

	log_init(&log, "test");
	log.level = (enum log_level) - 1;
	log.listener = listen;
	heard.count = 0;
	*camera = NULL;
	return camera_choose(&log, list, text, camera);
}

static const char *product_of(const char *entity, const char *model)
{
	static char product[64];
	struct camera camera = { 0 };

	snprintf(camera.entity, sizeof(camera.entity), "%s", entity);
	snprintf(camera.model, sizeof(camera.model), "%s", model);
	camera_product(&camera, product);
	return product;
}

static void test_product(void)
{
	test_case("product: a sensor without its place, or the model");
	CHECK_STR_EQ(product_of("imx219 10-0010", "unicam"), "imx219");
	CHECK_STR_EQ(product_of("ov8865 i2c-3 2-003c", "ipu3"), "ov8865 i2c-3");
	CHECK_STR_EQ(product_of("Sensor A", "VIMC MDEV"), "Sensor A");
	CHECK_STR_EQ(product_of("imx219", ""), "imx219");
	CHECK_STR_EQ(product_of("", "HD Webcam C615"), "HD Webcam C615");

	test_case("product: who makes it");
	CHECK_STR_EQ(camera_maker("imx219"), "Sony");
	CHECK_STR_EQ(camera_maker("ov8865"), "OmniVision");
	CHECK_STR_EQ(camera_maker("ovation"), NULL);
	CHECK_STR_EQ(camera_maker("Sensor A"), NULL);
	CHECK_STR_EQ(camera_maker("HD Webcam C615"), NULL);
}

int main(void)
{
	struct camera_list list = three_cameras(), none = { 0 };
	const struct camera *camera;

	test_case("camera: without a name the first is taken, and said");
	CHECK_EQ(choose(&list, NULL, &camera), 0);
	CHECK(camera == &list.cameras[0]);
	CHECK_STR_EQ(heard.code, "camera-chosen");
	CHECK(strstr(heard.sentence, "imx219 10-0010") != NULL);

	test_case("camera: an exact id wins over being a beginning");
	CHECK_EQ(choose(&list, "imx219", &camera), 0);
	CHECK(camera == &list.cameras[2]);
	CHECK_EQ(heard.count, 0);

	test_case("camera: a unique beginning is enough, another one is not");
	CHECK_EQ(choose(&list, "imx219 11", &camera), 0);
	CHECK(camera == &list.cameras[1]);
	CHECK_EQ(choose(&list, "imx219 1", &camera), -EINVAL);
	CHECK(strstr(heard.sentence, "2 cameras") != NULL);

	test_case("camera: a number counts in list order");
	CHECK_EQ(choose(&list, "2", &camera), 0);
	CHECK(camera == &list.cameras[1]);
	CHECK_EQ(choose(&list, "0", &camera), -ENODEV);
	CHECK_EQ(choose(&list, "4", &camera), -ENODEV);

	test_case("camera: what is not there is named");
	CHECK_EQ(choose(&list, "ov5647", &camera), -ENODEV);
	CHECK(strstr(heard.sentence, "'ov5647'") != NULL);
	CHECK_EQ(choose(&list, "/dev/null", &camera), -ENODEV);
	CHECK_EQ(choose(&list, "/nowhere", &camera), -ENODEV);
	CHECK_EQ(choose(&none, NULL, &camera), -ENODEV);

	test_case("camera: other names count as whole, and a beginning as one");
	snprintf(list.cameras[0].aliases[0], sizeof(list.cameras[0].aliases[0]), "2");
	snprintf(list.cameras[1].aliases[0], sizeof(list.cameras[1].aliases[0]), "SN-17");
	snprintf(list.cameras[1].aliases[1], sizeof(list.cameras[1].aliases[1]), "046d:0825");
	snprintf(list.cameras[2].aliases[1], sizeof(list.cameras[2].aliases[1]), "046d:0825");
	CHECK_EQ(choose(&list, "SN-17", &camera), 0);
	CHECK(camera == &list.cameras[1]);
	CHECK_EQ(choose(&list, "SN", &camera), 0);
	CHECK(camera == &list.cameras[1]);
	CHECK_EQ(choose(&list, "046d:0825", &camera), -EINVAL);
	CHECK(strstr(heard.sentence, "2 cameras") != NULL);
	CHECK_EQ(choose(&list, "046d", &camera), -EINVAL);

	test_case("camera: a whole name wins over a number, a number over a beginning");
	CHECK_EQ(choose(&list, "2", &camera), 0);
	CHECK(camera == &list.cameras[0]);
	snprintf(list.cameras[2].aliases[0], sizeof(list.cameras[2].aliases[0]), "1000");
	CHECK_EQ(choose(&list, "1", &camera), 0);
	CHECK(camera == &list.cameras[0]);

	test_case("camera: a node that is its alone names it");
	list.cameras[2].devices[1] = makedev(1, 3);
	CHECK_EQ(choose(&list, "/dev/null", &camera), 0);
	CHECK(camera == &list.cameras[2]);

	camera_finish(&list);
	test_product();
	return test_done();
}
