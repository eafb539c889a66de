// SPDX-License-Identifier: GPL-2.0-or-later
/* What of a sensor's full picture a mode shows. */
#include "common/device/sensor.h"

#include <math.h>

#include "test/unit/test.h"

static void check(const struct v4l2_rect *crop, const struct v4l2_rect *full,
		  const struct sensor_view *wanted)
{
	struct sensor_view view = { -1, -1, -1, -1 };

	sensor_view_of(crop, full, &view);
	CHECK(fabs(view.left - wanted->left) < 1e-9);
	CHECK(fabs(view.top - wanted->top) < 1e-9);
	CHECK(fabs(view.width - wanted->width) < 1e-9);
	CHECK(fabs(view.height - wanted->height) < 1e-9);
}

int main(void)
{
	static const struct v4l2_rect imx219 = { 8, 8, 3280, 2464 };
	static const struct sensor_view whole = { 0, 0, 1, 1 };

	test_case("view: the full picture, also where it does not begin at 0");
	check(&imx219, &imx219, &whole);

	test_case("view: a mode cut out of the middle");
	check(&(struct v4l2_rect){ 828, 624, 1640, 1232 }, &imx219,
	      &(struct sensor_view){ 0.25, 0.25, 0.5, 0.5 });

	test_case("view: one side cut, the other not");
	check(&(struct v4l2_rect){ 8, 316, 3280, 1848 }, &imx219,
	      &(struct sensor_view){ 0, 0.125, 1, 0.75 });

	test_case("view: what goes beyond the full picture is cut");
	check(&(struct v4l2_rect){ 0, 0, 3296, 2480 }, &imx219, &whole);

	test_case("view: a driver that does not tell, or tells nonsense, shows the whole");
	check(&(struct v4l2_rect){ 0 }, &(struct v4l2_rect){ 0 }, &whole);
	check(&(struct v4l2_rect){ 0 }, &imx219, &whole);
	check(&(struct v4l2_rect){ 9000, 9000, 100, 100 }, &imx219, &whole);
	return test_done();
}
