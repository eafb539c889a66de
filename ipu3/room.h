/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the ImgU's stages leave room for: the numbers of its driver, and those that it does not
 * check. For geometry.c, which finds sizes that fit, and misfit.c, which says why none do.
 */
#ifndef RAWLINE_IPU3_ROOM_H
#define RAWLINE_IPU3_ROOM_H

#include "ipu3/geometry.h"

/* What the driver (imgu_css_fmt_try() of 6.12) would round to. */
#define IPU3_GDC_WIDTH_STEP  8 /* and the output node's */
#define IPU3_GDC_HEIGHT_STEP 4
#define IPU3_EVEN            2 /* NV12, frames of a Bayer sensor */

/* The GDC leaves 4 pixels out on each side; the driver does as if when there are fewer. */
#define IPU3_ENVELOPE 8

/*
 * How far the viewfinder can be scaled down. That is by the larger of two ratios, so one side is
 * enough; what the scaler has too much in the other direction it crops.
 */
#define IPU3_SCALE_MOST 12

static const struct ipu3_size ipu3_even = { IPU3_EVEN, IPU3_EVEN };
static const struct ipu3_size ipu3_gdc_step = { IPU3_GDC_WIDTH_STEP, IPU3_GDC_HEIGHT_STEP };
static const struct ipu3_size ipu3_smallest = { IPU3_MIN_SIDE, IPU3_MIN_SIDE };

/* Which role is on which node, when both are asked for. */
struct ipu3_pair {
	struct ipu3_size wider; /* on the output node */
	struct ipu3_size narrower;
	bool is_swapped; /* main is the narrower */
};

static inline uint32_t ipu3_least(uint32_t one, uint32_t other)
{
	return one < other ? one : other;
}

static inline uint32_t ipu3_most(uint32_t one, uint32_t other)
{
	return one > other ? one : other;
}

static inline uint32_t ipu3_down(uint32_t value, uint32_t step)
{
	return value / step * step;
}

static inline uint32_t ipu3_up(uint32_t value, uint32_t step)
{
	return ipu3_down(value + step - 1, step);
}

static inline bool ipu3_is_none(const struct ipu3_size *size)
{
	return !size->width && !size->height;
}

static inline bool ipu3_is_multiple(const struct ipu3_size *size, const struct ipu3_size *step)
{
	return size->width % step->width == 0 && size->height % step->height == 0;
}

static inline bool ipu3_is_within(const struct ipu3_size *inner, const struct ipu3_size *outer)
{
	return inner->width <= outer->width && inner->height <= outer->height;
}

static inline bool ipu3_is_two(const struct ipu3_wish *wish)
{
	return !ipu3_is_none(&wish->main) && !ipu3_is_none(&wish->viewfinder);
}

static inline uint32_t ipu3_zoom(const struct ipu3_wish *wish)
{
	return ipu3_most(wish->zoom_milli, 1000);
}

/*
 * The ImgU wants green beside red first: for frames of another order it begins a column or a row
 * late. 0 or 1.
 */
uint32_t ipu3_room_skipped_columns(const struct ipu3_wish *wish);
uint32_t ipu3_room_skipped_rows(const struct ipu3_wish *wish);

/* What of the frame may be cropped to, by its zoom and its order of colours. */
struct ipu3_size ipu3_room_area(const struct ipu3_wish *wish);

/* The least area from which a GDC of at least that size can be had. */
struct ipu3_size ipu3_room_area_for(const struct ipu3_size *gdc);

/* The largest BDS of an area at a factor, such that crop and BDS have sides that they may have. */
struct ipu3_size ipu3_room_bds(const struct ipu3_size *area, uint32_t factor);

/* Whether a BDS is one, and this GDC fits into it. */
bool ipu3_room_has(const struct ipu3_size *bds, const struct ipu3_size *gdc);

/* The largest GDC of a BDS; 0x0 if it has room for none. */
struct ipu3_size ipu3_room_gdc(const struct ipu3_size *bds);

struct ipu3_pair ipu3_room_pair(const struct ipu3_wish *wish);

/* Finds what is wrong with a wish before anything is planned: 0, or -ERANGE with the misfit. */
int ipu3_misfit_find(const struct ipu3_wish *wish, struct ipu3_misfit *misfit);

#endif
