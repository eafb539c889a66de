/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sizes and crops as processors take them: in steps, and of a wanted shape. */
#ifndef RAWLINE_RECTANGLE_H
#define RAWLINE_RECTANGLE_H

#include <linux/videodev2.h>
#include <stdint.h>

/* The nearest that is within low to high (both multiples of step), rounded down to step. */
uint32_t rectangle_nearest(uint32_t value, uint32_t low, uint32_t high, uint32_t step);

/* What a hardware's crops are like. */
struct rectangle_rules {
	uint32_t step; /* of sides and places */
	uint32_t min;  /* the shortest side */
};

/*
 * The largest rectangle in the middle of a picture of width and height that has the shape of
 * another, so that nothing is stretched; then the zoom_milli / 1000th part of its sides.
 * Where the shortest side is longer than that, the shape gives way.
 */
struct v4l2_rect rectangle_middle(uint32_t width, uint32_t height, uint32_t shape_width,
				  uint32_t shape_height, uint32_t zoom_milli,
				  const struct rectangle_rules *rules);

#endif
