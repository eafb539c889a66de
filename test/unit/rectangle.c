// SPDX-License-Identifier: GPL-2.0-or-later
/* Sizes in steps, and crops of a wanted shape. */
#include "common/device/rectangle.h"

#include "test/unit/test.h"

static const struct rectangle_rules rules = { .step = 2, .min = 32 };

static void check(struct v4l2_rect crop, int32_t left, int32_t top, uint32_t width,
		  uint32_t height)
{
	CHECK_EQ(crop.left, left);
	CHECK_EQ(crop.top, top);
	CHECK_EQ(crop.width, width);
	CHECK_EQ(crop.height, height);
}

int main(void)
{
	test_case("rectangle: the nearest size is within the limits and in steps");
	CHECK_EQ(rectangle_nearest(31, 32, 640, 2), 32);
	CHECK_EQ(rectangle_nearest(641, 32, 640, 2), 640);
	CHECK_EQ(rectangle_nearest(481, 32, 640, 2), 480);
	CHECK_EQ(rectangle_nearest(127, 32, 640, 64), 64);

	test_case("rectangle: the same shape is the whole picture");
	check(rectangle_middle(1640, 1232, 820, 616, 1000, &rules), 0, 0, 1640, 1232);

	test_case("rectangle: another shape is cut out of the middle");
	check(rectangle_middle(1640, 1232, 1280, 720, 1000, &rules), 0, 154, 1640, 922);
	check(rectangle_middle(1640, 1232, 720, 720, 1000, &rules), 204, 0, 1232, 1232);

	test_case("rectangle: zoom makes both sides shorter");
	check(rectangle_middle(1640, 1232, 820, 616, 2000, &rules), 410, 308, 820, 616);

	test_case("rectangle: no side is shorter than the hardware takes");
	check(rectangle_middle(640, 480, 640, 480, 64000, &rules), 304, 224, 32, 32);
	check(rectangle_middle(640, 480, 4000, 2, 1000, &rules), 0, 224, 640, 32);

	test_case("rectangle: the largest sizes do not overflow");
	check(rectangle_middle(UINT32_MAX - 1, UINT32_MAX - 1, UINT32_MAX, UINT32_MAX,
			       1000, &rules),
	      0, 0, UINT32_MAX - 1, UINT32_MAX - 1);
	return test_done();
}
