// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bcm2835-isp look-alike: statistics. All see RAW without its black level and before any gain;
 * only the second histogram sees the gains. Exposure zones lie as the drawing below says, the
 * weights that programs give them fall from the middle outwards.
 */
#include "bcm2835-isp.h"

#define CLIPPED        65472 /* white balance takes no such pixels */
#define SUM_SHIFT      3
#define HISTOGRAM_STEP (65536 / ISP_HISTOGRAM)
#define EDGE           4096 /* contrast above this is counted apart */
#define AGC_ROWS       5

static const u8 zones[AGC_ROWS][ISP_AGC_TENTHS] = {
	{ 11, 11, 7, 7, 7, 7, 7, 7, 12, 12 }, { 9, 9, 3, 3, 3, 4, 4, 4, 10, 10 },
	{ 9, 9, 1, 1, 0, 0, 2, 2, 10, 10 },   { 9, 9, 5, 5, 5, 6, 6, 6, 10, 10 },
	{ 13, 13, 8, 8, 8, 8, 8, 8, 14, 14 },
};

static void count(struct isp_region *region, const u16 colour[3])
{
	region->counted++;
	for (int c = 0; c < 3; c++)
		region->sums[c] += colour[c] >> SUM_SHIFT;
}

static void measure_quad(struct isp_row *row, const struct isp_quads *quads, u32 i)
{
	const u16 *sensed = quads->sensed[quads->first + i];
	const u16 *balanced = quads->balanced[quads->first + i];
	struct isp_region *awb = &row->awb[i * ISP_AWB_COLUMNS / quads->shown_count];
	struct isp_focus *focus = &row->focus[i * ISP_FOCUS_SIDE / quads->shown_count];
	u32 contrast = i ? abs(sensed[1] - sensed[1 - 3]) : 0;
	bool edge = contrast > EDGE;

	for (int c = 0; c < 3; c++) {
		row->histograms[0][c][sensed[c] / HISTOGRAM_STEP]++;
		row->histograms[1][c][balanced[c] / HISTOGRAM_STEP]++;
	}
	count(&row->agc[i * ISP_AGC_TENTHS / quads->shown_count], sensed);
	if (max3(sensed[0], sensed[1], sensed[2]) >= CLIPPED)
		awb->notcounted++;
	else
		count(awb, sensed);
	for (int filter = 0; filter < 2; filter++) {
		focus->contrast[edge][filter] += contrast;
		focus->count[edge][filter]++;
	}
}

void isp_measure_quads(struct isp_quads *quads)
{
	memset(&quads->row, 0, sizeof(quads->row));
	for (u32 i = 0; i < quads->shown_count; i++)
		measure_quad(&quads->row, quads, i);
}

static void add_region(struct isp_region *to, const struct isp_region *from)
{
	to->counted += from->counted;
	to->notcounted += from->notcounted;
	for (int c = 0; c < 3; c++)
		to->sums[c] += from->sums[c];
}

static void add_focus(struct isp_focus *to, const struct isp_focus *from)
{
	for (int edge = 0; edge < 2; edge++) {
		for (int filter = 0; filter < 2; filter++) {
			to->contrast[edge][filter] += from->contrast[edge][filter];
			to->count[edge][filter] += from->count[edge][filter];
		}
	}
}

void isp_measure_add(struct isp_stats *stats, const struct isp_quads *quads, u32 row, u32 rows)
{
	const struct isp_row *from = &quads->row;
	u32 *histogram = &stats->histograms[0][0][0];
	const u32 *line = &from->histograms[0][0][0];

	for (int i = 0; i < 2 * 3 * ISP_HISTOGRAM; i++)
		histogram[i] += line[i];
	for (int i = 0; i < ISP_AWB_COLUMNS; i++)
		add_region(&stats->awb[row * ISP_AWB_ROWS / rows * ISP_AWB_COLUMNS + i],
			   &from->awb[i]);
	for (int i = 0; i < ISP_AGC_TENTHS; i++)
		add_region(&stats->agc[zones[row * AGC_ROWS / rows][i]], &from->agc[i]);
	for (int i = 0; i < ISP_FOCUS_SIDE; i++)
		add_focus(&stats->focus[row * ISP_FOCUS_ROWS / rows * ISP_FOCUS_SIDE + i],
			  &from->focus[i]);
}
