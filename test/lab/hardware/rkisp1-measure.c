// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Measure: white balance, exposure, histogram and sharpness, of every pixel in their windows. Lines
 * of a kind are alike, so each kind is measured once and counts as often as it occurs.
 */
#include <linux/minmax.h>
#include <linux/string.h>

#include "rkisp1.h"

#define CELLS_MAX   9 /* a side */
#define BINS_MAX    32
#define BIN_LIMIT   0xfffff
#define BLACK_12BIT (SCENE_BLACK << 2)

/* A line of colours, and in how many lines of a window it occurs. */
struct run {
	const u8 *line;
	u32 lines;
};

/* Windows count from the edge of what is measured, and end there. */
static void place(const struct rkisp1_area *in, struct rkisp1_area *window)
{
	window->left = min(window->left, in->width);
	window->top = min(window->top, in->height);
	window->width = min(window->width, in->width - window->left);
	window->height = min(window->height, in->height - window->top);
	window->left += in->left;
	window->top += in->top;
}

static void count_runs(struct rkisp1 *isp, const struct scene_frame *frame,
		       const struct rkisp1_area *window, struct run runs[SCENE_KINDS])
{
	memset(runs, 0, SCENE_KINDS * sizeof(runs[0]));
	for (u32 y = window->top; y < window->top + window->height; y++) {
		u32 kind;
		const u8 *line = rkisp1_line(isp, frame, y, &kind);

		runs[kind].line = line + window->left;
		runs[kind].lines++;
	}
}

/* How many pixels of the window have which colour. */
static void count_colours(struct rkisp1 *isp, const struct scene_frame *frame,
			  const struct rkisp1_area *window, u32 counts[SCENE_COLOURS])
{
	struct run runs[SCENE_KINDS];

	memset(counts, 0, SCENE_COLOURS * sizeof(counts[0]));
	count_runs(isp, frame, window, runs);
	for (int i = 0; i < SCENE_KINDS; i++) {
		for (u32 x = 0; runs[i].lines && x < window->width; x++)
			counts[runs[i].line[x]] += runs[i].lines;
	}
}

/* ---- white balance ---- */

struct white {
	struct rkisp1_area window;
	bool on, rgb, compare_max;
	u32 ref_cb, ref_cr, max_y, min_y, max_csum, min_c;
	u32 count_register, mean_register;
};

static void read_thresholds(u32 reference, u32 threshold, struct white *white)
{
	white->ref_cr = reference >> 8 & 0xff;
	white->ref_cb = reference & 0xff;
	white->max_y = threshold >> 24;
	white->min_y = threshold >> 16 & 0xff;
	white->max_csum = threshold >> 8 & 0xff;
	white->min_c = threshold & 0xff;
}

static void read_white(const struct rkisp1 *isp, struct white *white)
{
	u32 properties = rkisp1_get(isp, RKISP1_CIF_ISP_AWB_PROP_V10);

	white->on = properties & 3;
	white->rgb = properties & BIT(31);
	white->compare_max = properties & RKISP1_CIF_ISP_AWB_YMAX_CMP_EN;
	if (isp->v12) {
		u32 offset = rkisp1_get(isp, RKISP1_CIF_ISP_AWB_OFFS_V12);
		u32 size = rkisp1_get(isp, RKISP1_CIF_ISP_AWB_SIZE_V12);

		white->window = (struct rkisp1_area){ offset & 0xffff, offset >> 16,
						      size & 0xffff, size >> 16 };
		read_thresholds(rkisp1_get(isp, RKISP1_CIF_ISP_AWB_REF_V12),
				rkisp1_get(isp, RKISP1_CIF_ISP_AWB_THRESH_V12), white);
		white->count_register = RKISP1_CIF_ISP_AWB_WHITE_CNT_V12;
		white->mean_register = RKISP1_CIF_ISP_AWB_MEAN_V12;
		return;
	}
	white->window.left = rkisp1_get(isp, RKISP1_CIF_ISP_AWB_WND_H_OFFS_V10);
	white->window.top = rkisp1_get(isp, RKISP1_CIF_ISP_AWB_WND_V_OFFS_V10);
	white->window.width = rkisp1_get(isp, RKISP1_CIF_ISP_AWB_WND_H_SIZE_V10);
	white->window.height = rkisp1_get(isp, RKISP1_CIF_ISP_AWB_WND_V_SIZE_V10);
	read_thresholds(rkisp1_get(isp, RKISP1_CIF_ISP_AWB_REF_V10),
			rkisp1_get(isp, RKISP1_CIF_ISP_AWB_THRESH_V10), white);
	white->count_register = RKISP1_CIF_ISP_AWB_WHITE_CNT_V10;
	white->mean_register = RKISP1_CIF_ISP_AWB_MEAN_V10;
}

/* Bright enough, not too bright, and the distance from the reference, in Cb and Cr, not too large. */
static bool is_white(const struct white *white, const u8 yuv[3])
{
	if (yuv[0] < white->min_y || (white->compare_max && yuv[0] > white->max_y))
		return false;
	return yuv[1] >= white->min_c && yuv[2] >= white->min_c &&
	       abs(yuv[1] - (int)white->ref_cb) + abs(yuv[2] - (int)white->ref_cr) <=
		       white->max_csum;
}

static u32 measure_white(struct rkisp1 *isp, const struct scene_frame *frame,
			 const struct rkisp1_area *in)
{
	u32 counts[SCENE_COLOURS];
	u64 sums[3] = {};
	u32 count = 0;
	struct white white;

	read_white(isp, &white);
	if (!white.on)
		return 0;
	place(in, &white.window);
	count_colours(isp, frame, &white.window, counts);
	for (int i = 0; i < SCENE_COLOURS; i++) {
		const u8 *linear = isp->colours[i].linear;
		u8 yuv[3];

		if (!counts[i])
			continue;
		rkisp1_measured_yuv(linear, yuv);
		if (!white.rgb && !is_white(&white, yuv))
			continue;
		count += counts[i];
		/* In the register: green or Y, blue or Cb, red or Cr */
		sums[0] += (u64)counts[i] * (white.rgb ? linear[1] : yuv[0]);
		sums[1] += (u64)counts[i] * (white.rgb ? linear[2] : yuv[1]);
		sums[2] += (u64)counts[i] * (white.rgb ? linear[0] : yuv[2]);
	}
	for (int i = 0; i < 3; i++)
		sums[i] = count ? (sums[i] + count / 2) / count : 0;
	rkisp1_set(isp, white.count_register, count);
	rkisp1_set(isp, white.mean_register, sums[0] << 16 | sums[1] << 8 | sums[2]);
	return RKISP1_CIF_ISP_AWB_DONE;
}

/* ---- exposure ---- */

static u8 exposure_luma(const u8 linear[3], bool plain)
{
	u8 yuv[3];

	if (plain)
		return min((linear[0] + linear[1] + linear[2]) * 85 / 256, 255);
	rkisp1_measured_yuv(linear, yuv);
	return yuv[0];
}

static u32 cell_mean(struct rkisp1 *isp, const struct scene_frame *frame,
		     const struct rkisp1_area *in, struct rkisp1_area cell, bool plain)
{
	u32 counts[SCENE_COLOURS];
	u64 sum = 0;
	u32 pixels;

	place(in, &cell);
	pixels = cell.width * cell.height;
	count_colours(isp, frame, &cell, counts);
	for (int i = 0; i < SCENE_COLOURS; i++) {
		if (counts[i])
			sum += (u64)counts[i] * exposure_luma(isp->colours[i].linear, plain);
	}
	return pixels ? (sum + pixels / 2) / pixels : 0;
}

static void read_exposure_cell(const struct rkisp1 *isp, struct rkisp1_area *cell)
{
	if (isp->v12) {
		u32 offset = rkisp1_get(isp, RKISP1_CIF_ISP_EXP_OFFS_V12);
		u32 size = rkisp1_get(isp, RKISP1_CIF_ISP_EXP_SIZE_V12);

		*cell = (struct rkisp1_area){ offset & 0x1fff, offset >> 16 & 0x1fff,
					      (size & 0x7ff) + 1, (size >> 16 & 0x7fe) + 1 };
		return;
	}
	cell->left = rkisp1_get(isp, RKISP1_CIF_ISP_EXP_H_OFFSET_V10);
	cell->top = rkisp1_get(isp, RKISP1_CIF_ISP_EXP_V_OFFSET_V10);
	cell->width = rkisp1_get(isp, RKISP1_CIF_ISP_EXP_H_SIZE_V10) + 1;
	cell->height = rkisp1_get(isp, RKISP1_CIF_ISP_EXP_V_SIZE_V10) + 1;
}

static u32 measure_exposure(struct rkisp1 *isp, const struct scene_frame *frame,
			    const struct rkisp1_area *in)
{
	u32 control = rkisp1_get(isp, RKISP1_CIF_ISP_EXP_CTRL);
	u32 side = isp->v12 ? 9 : 5;
	u8 means[CELLS_MAX * CELLS_MAX + 3] = {};
	struct rkisp1_area first;

	if (!(control & RKISP1_CIF_ISP_EXP_ENA))
		return 0;
	read_exposure_cell(isp, &first);
	for (u32 i = 0; i < side * side; i++) {
		struct rkisp1_area cell = first;

		cell.left += i % side * cell.width;
		cell.top += i / side * cell.height;
		means[i] = cell_mean(isp, frame, in, cell,
				     control & RKISP1_CIF_ISP_EXP_CTRL_MEASMODE_1);
	}
	for (u32 i = 0; !isp->v12 && i < side * side; i++)
		rkisp1_set(isp, RKISP1_CIF_ISP_EXP_MEAN_00_V10 + 4 * i, means[i]);
	for (u32 i = 0; isp->v12 && i < side * side; i += 4) {
		rkisp1_set(isp, RKISP1_CIF_ISP_EXP_MEAN_V12 + i,
			   means[i] | means[i + 1] << 8 | means[i + 2] << 16 |
				   (u32)means[i + 3] << 24);
	}
	for (int i = 0; i < 4; i++)
		rkisp1_set(isp, RKISP1_CIF_ISP_BLS_A_MEASURED + 4 * i, BLACK_12BIT);
	return RKISP1_CIF_ISP_EXP_END;
}

/* ---- histogram ---- */

struct histogram {
	struct rkisp1_area cell;
	u32 mode, side, bins, divider;
	u32 sums[BINS_MAX];
};

static void read_histogram(const struct rkisp1 *isp, struct histogram *histogram)
{
	memset(histogram, 0, sizeof(*histogram));
	if (isp->v12) {
		u32 control = rkisp1_get(isp, RKISP1_CIF_ISP_HIST_CTRL_V12);
		u32 offset = rkisp1_get(isp, RKISP1_CIF_ISP_HIST_OFFS_V12);
		u32 size = rkisp1_get(isp, RKISP1_CIF_ISP_HIST_SIZE_V12);

		histogram->mode = control & 1 ? control >> 8 & 7 : 0;
		histogram->divider = control >> 1 & 0x7f;
		histogram->side = 9;
		histogram->bins = 32;
		histogram->cell =
			(struct rkisp1_area){ offset & 0x1fff, offset >> 16 & 0x1fff,
					      (size & 0x7ff) + 1, (size >> 16 & 0x7ff) + 1 };
		return;
	}
	histogram->mode = rkisp1_get(isp, RKISP1_CIF_ISP_HIST_PROP_V10) &
			  RKISP1_CIF_ISP_HIST_PROP_MODE_MASK_V10;
	histogram->divider = rkisp1_get(isp, RKISP1_CIF_ISP_HIST_PROP_V10) >> 3 & 0x7f;
	histogram->side = 5;
	histogram->bins = 16;
	histogram->cell.left = rkisp1_get(isp, RKISP1_CIF_ISP_HIST_H_OFFS_V10);
	histogram->cell.top = rkisp1_get(isp, RKISP1_CIF_ISP_HIST_V_OFFS_V10);
	histogram->cell.width = rkisp1_get(isp, RKISP1_CIF_ISP_HIST_H_SIZE_V10) + 1;
	histogram->cell.height = rkisp1_get(isp, RKISP1_CIF_ISP_HIST_V_SIZE_V10) + 1;
}

/* Four weights in a register; V12 has 15 in a row of cells, of which 9 are used. */
static u32 weight(const struct rkisp1 *isp, u32 row, u32 column)
{
	u32 i = isp->v12 ? row * 15 + column : row * 5 + column;
	u32 base = isp->v12 ? RKISP1_CIF_ISP_HIST_WEIGHT_V12 :
			      RKISP1_CIF_ISP_HIST_WEIGHT_00TO30_V10;

	return rkisp1_get(isp, base + i / 4 * 4) >> i % 4 * 8 & (isp->v12 ? 0x3f : 0x1f);
}

static void add_colour(struct histogram *histogram, const struct rkisp1_colour *colour,
		       u32 count)
{
	u32 shift = histogram->bins == 32 ? 3 : 4;

	switch (histogram->mode) {
	case RKISP1_CIF_ISP_HIST_PROP_MODE_RGB_V10:
		for (int i = 0; i < 3; i++)
			histogram->sums[colour->linear[i] >> shift] += count;
		break;
	case RKISP1_CIF_ISP_HIST_PROP_MODE_RED_V10:
	case RKISP1_CIF_ISP_HIST_PROP_MODE_GREEN_V10:
	case RKISP1_CIF_ISP_HIST_PROP_MODE_BLUE_V10:
		histogram->sums[colour->linear[histogram->mode - 2] >> shift] += count;
		break;
	case RKISP1_CIF_ISP_HIST_PROP_MODE_LUM_V10:
		histogram->sums[exposure_luma(colour->linear, false) >> shift] += count;
		break;
	}
}

static void add_cell(struct rkisp1 *isp, const struct scene_frame *frame,
		     const struct rkisp1_area *in, struct histogram *histogram, u32 row,
		     u32 column)
{
	struct rkisp1_area cell = histogram->cell;
	u32 factor = weight(isp, row, column);
	u32 divider = max(histogram->divider, 1u);
	u32 counts[SCENE_COLOURS];

	cell.left += column * cell.width;
	cell.top += row * cell.height;
	place(in, &cell);
	count_colours(isp, frame, &cell, counts);
	for (int i = 0; i < SCENE_COLOURS; i++) {
		if (counts[i])
			add_colour(histogram, &isp->colours[i],
				   (u64)counts[i] * factor / (divider * divider));
	}
}

static u32 measure_histogram(struct rkisp1 *isp, const struct scene_frame *frame,
			     const struct rkisp1_area *in)
{
	struct histogram histogram;
	u32 *sums = histogram.sums;

	read_histogram(isp, &histogram);
	if (!histogram.mode)
		return 0;
	for (u32 row = 0; row < histogram.side; row++) {
		for (u32 column = 0; column < histogram.side; column++)
			add_cell(isp, frame, in, &histogram, row, column);
	}
	for (u32 i = 0; !isp->v12 && i < histogram.bins; i++)
		rkisp1_set(isp, RKISP1_CIF_ISP_HIST_BIN_0_V10 + 4 * i,
			   min(sums[i], BIN_LIMIT));
	for (u32 i = 0; isp->v12 && i < histogram.bins; i += 2) {
		rkisp1_set(isp, RKISP1_CIF_ISP_HIST_BIN_V12 + 2 * i,
			   min(sums[i], 0xffffu) | min(sums[i + 1], 0xffffu) << 16);
	}
	return RKISP1_CIF_ISP_HIST_MEASURE_RDY;
}

/* ---- sharpness ---- */

/* Squares of the differences between neighbours in a line, those above the threshold. */
static void measure_window(struct rkisp1 *isp, const struct scene_frame *frame,
			   const struct rkisp1_area *in, u32 number)
{
	u32 corner = rkisp1_get(isp, RKISP1_CIF_ISP_AFM_LT_A + 8 * number);
	u32 end = rkisp1_get(isp, RKISP1_CIF_ISP_AFM_RB_A + 8 * number);
	u32 threshold = rkisp1_get(isp, RKISP1_CIF_ISP_AFM_THRES);
	u32 shift = rkisp1_get(isp, RKISP1_CIF_ISP_AFM_VAR_SHIFT);
	struct rkisp1_area window = { corner >> 16, corner & 0xffff,
				      (end >> 16) - (corner >> 16),
				      (end & 0xffff) - (corner & 0xffff) };
	struct run runs[SCENE_KINDS];
	u64 sharpness = 0, luma = 0;

	if (end >> 16 < corner >> 16 || (end & 0xffff) < (corner & 0xffff))
		return;
	place(in, &window);
	count_runs(isp, frame, &window, runs);
	for (int i = 0; i < SCENE_KINDS; i++) {
		u32 last = 0;

		for (u32 x = 0; runs[i].lines && x < window.width; x++) {
			u32 now = isp->colours[runs[i].line[x]].linear[1];
			u32 square = x ? (now - last) * (now - last) : 0;

			luma += now * runs[i].lines;
			if (square > threshold)
				sharpness += square * runs[i].lines;
			last = now;
		}
	}
	rkisp1_set(isp, RKISP1_CIF_ISP_AFM_SUM_A + 4 * number, sharpness >> (shift & 7));
	rkisp1_set(isp, RKISP1_CIF_ISP_AFM_LUM_A + 4 * number, luma >> (shift >> 16 & 7));
}

static u32 measure_sharpness(struct rkisp1 *isp, const struct scene_frame *frame,
			     const struct rkisp1_area *in)
{
	if (!(rkisp1_get(isp, RKISP1_CIF_ISP_AFM_CTRL) & RKISP1_CIF_ISP_AFM_ENA))
		return 0;
	for (u32 i = 0; i < 3; i++)
		measure_window(isp, frame, in, i);
	return RKISP1_CIF_ISP_AFM_FIN;
}

u32 rkisp1_measure(struct rkisp1 *isp, const struct scene_frame *frame)
{
	struct rkisp1_area in;

	rkisp1_area_in(isp, &in);
	if (!rkisp1_makes_colours(isp) || in.left + in.width > frame->width ||
	    in.top + in.height > frame->height)
		return 0;
	return measure_white(isp, frame, &in) | measure_exposure(isp, frame, &in) |
	       measure_histogram(isp, frame, &in) | measure_sharpness(isp, frame, &in);
}
