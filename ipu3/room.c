// SPDX-License-Identifier: GPL-2.0-or-later
/* What the ImgU's stages leave room for. */
#include "ipu3/room.h"

#include <linux/videodev2.h>

#define BDS_WIDTH_STEP 4 /* the driver would round to it */

/* Heights of crop and BDS: the driver takes any, the reference implementation only these. */
#define HEIGHT_STEP 4

/*
 * The firmware works in two stripes that overlap by 256 pixels: the left one would be wider than
 * a BDS of less than 384, and read beyond the crop (imgu_css_cfg_acc_stripe()).
 */
#define BDS_MIN_WIDTH 384

/*
 * The driver's grids for focus end at line 130; with less it starts, and gives no frames. With
 * less than 134 it counts the lines behind that below 0 (imgu_css_af_ops_calc() in 6.12).
 */
#define BDS_MIN_HEIGHT 136

uint32_t ipu3_room_skipped_columns(const struct ipu3_wish *wish)
{
	return wish->fourcc == V4L2_PIX_FMT_IPU3_SRGGB10 ||
	       wish->fourcc == V4L2_PIX_FMT_IPU3_SGBRG10;
}

uint32_t ipu3_room_skipped_rows(const struct ipu3_wish *wish)
{
	return wish->fourcc == V4L2_PIX_FMT_IPU3_SBGGR10 ||
	       wish->fourcc == V4L2_PIX_FMT_IPU3_SGBRG10;
}

/*
 * What of the frame may be cropped to. A crop of the whole height that begins a row late would
 * read a row behind the frame.
 */
struct ipu3_size ipu3_room_area(const struct ipu3_wish *wish)
{
	const struct ipu3_size *input = &wish->input;
	const uint32_t zoom = ipu3_zoom(wish);

	return (struct ipu3_size){
		ipu3_least((uint32_t)(input->width * 1000ULL / zoom),
			   input->width - ipu3_room_skipped_columns(wish)),
		ipu3_least((uint32_t)(input->height * 1000ULL / zoom),
			   input->height - ipu3_room_skipped_rows(wish)),
	};
}

/* The least area from which a GDC of that size can be had: at 1:1, where steps are finest. */
struct ipu3_size ipu3_room_area_for(const struct ipu3_size *gdc)
{
	return (struct ipu3_size){
		ipu3_most(ipu3_up(gdc->width, IPU3_GDC_WIDTH_STEP) + IPU3_ENVELOPE,
			  BDS_MIN_WIDTH),
		ipu3_most(ipu3_up(gdc->height, IPU3_GDC_HEIGHT_STEP) + IPU3_ENVELOPE,
			  BDS_MIN_HEIGHT),
	};
}

/*
 * The largest BDS of an area at a factor: its own steps, and steps that make the crop, which is
 * factor/32 times as large, come out exactly and in its steps.
 */
struct ipu3_size ipu3_room_bds(const struct ipu3_size *area, uint32_t factor)
{
	const uint32_t power_of_two = factor & -factor;
	const uint32_t step_w = BDS_WIDTH_STEP * 16 / ipu3_least(power_of_two, 16);
	const uint32_t step_h = HEIGHT_STEP * 32 / ipu3_least(power_of_two, 32);

	return (struct ipu3_size){
		ipu3_down(area->width * IPU3_FACTOR_UNIT / factor, step_w),
		ipu3_down(area->height * IPU3_FACTOR_UNIT / factor, step_h),
	};
}

bool ipu3_room_has(const struct ipu3_size *bds, const struct ipu3_size *gdc)
{
	return bds->width >= BDS_MIN_WIDTH && bds->height >= BDS_MIN_HEIGHT &&
	       bds->width >= gdc->width + IPU3_ENVELOPE &&
	       bds->height >= gdc->height + IPU3_ENVELOPE;
}

/* 0x0 for a BDS without room for any. */
struct ipu3_size ipu3_room_gdc(const struct ipu3_size *bds)
{
	if (!ipu3_room_has(bds, &ipu3_smallest))
		return (struct ipu3_size){ 0 };
	return (struct ipu3_size){
		ipu3_down(bds->width - IPU3_ENVELOPE, IPU3_GDC_WIDTH_STEP),
		ipu3_down(bds->height - IPU3_ENVELOPE, IPU3_GDC_HEIGHT_STEP),
	};
}

struct ipu3_pair ipu3_room_pair(const struct ipu3_wish *wish)
{
	const struct ipu3_size *main = &wish->main, *viewfinder = &wish->viewfinder;
	bool is_swapped = viewfinder->width > main->width ||
			  (viewfinder->width == main->width &&
			   !ipu3_is_multiple(main, &ipu3_gdc_step) &&
			   ipu3_is_multiple(viewfinder, &ipu3_gdc_step));

	if (is_swapped)
		return (struct ipu3_pair){ *viewfinder, *main, true };
	return (struct ipu3_pair){ *main, *viewfinder, false };
}
