// SPDX-License-Identifier: GPL-2.0-or-later
/* Sizes and crops as processors take them: in steps, and of a wanted shape. */
#include "common/device/rectangle.h"

uint32_t rectangle_nearest(uint32_t value, uint32_t low, uint32_t high, uint32_t step)
{
	if (value < low)
		return low;
	return value > high ? high : value / step * step;
}

static uint32_t side(uint64_t length, uint32_t zoom_milli, const struct rectangle_rules *rules)
{
	uint32_t zoomed = (uint32_t)(length * 1000 / zoom_milli) / rules->step * rules->step;

	return zoomed < rules->min ? rules->min : zoomed;
}

struct v4l2_rect rectangle_middle(uint32_t width, uint32_t height, uint32_t shape_width,
				  uint32_t shape_height, uint32_t zoom_milli,
				  const struct rectangle_rules *rules)
{
	uint64_t across = (uint64_t)width * shape_height;
	uint64_t down = (uint64_t)shape_width * height;
	uint64_t cut_width = width, cut_height = height;
	struct v4l2_rect crop;

	if (across > down)
		cut_width = down / shape_height / rules->step * rules->step;
	else if (across < down)
		cut_height = across / shape_width / rules->step * rules->step;
	crop.width = side(cut_width, zoom_milli, rules);
	crop.height = side(cut_height, zoom_milli, rules);
	crop.left = (int32_t)((width - crop.width) / 2 / rules->step * rules->step);
	crop.top = (int32_t)((height - crop.height) / 2 / rules->step * rules->step);
	return crop;
}
