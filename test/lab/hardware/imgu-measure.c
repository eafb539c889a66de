// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Emulated ImgU, statistics: means of the cells of the AWB grid, differences of green in those of the
 * AF grid. Both see what the Bayer downscaler makes of the picture, AWB after the black level.
 */
#include <linux/minmax.h>
#include <linux/string.h>

#include "imgu.h"

#define OUTSIDE 0xffff

/* The cell that this column or row of the downscaled picture lies in, of count from start on. */
static u16 find_cell(u32 at, u32 start, u32 size_log2, u32 count)
{
	start &= IPU3_UAPI_GRID_START_MASK;
	if (at < start || (at - start) >> size_log2 >= count)
		return OUTSIDE;
	return (at - start) >> size_log2;
}

static bool awb_on(const struct imgu_job *job)
{
	const struct ipu3_uapi_grid_config *grid = &job->awb.grid;

	return job->binary.enable.awb_acc &&
	       job->awb.rgbs_thr_b & IPU3_UAPI_AWB_RGBS_THR_B_EN &&
	       grid->width <= IMGU_MAX_BQ_GRID_WIDTH &&
	       grid->height <= IMGU_MAX_BQ_GRID_HEIGHT;
}

static bool af_on(const struct imgu_job *job)
{
	const struct ipu3_uapi_grid_config *grid = &job->af.grid_cfg;

	return job->binary.enable.af && grid->y_start & IPU3_UAPI_GRID_Y_START_EN &&
	       grid->width <= IMGU_ABI_AF_MAX_CELLS_PER_SET &&
	       grid->height <= IPU3_UAPI_AF_MAX_SETS;
}

void imgu_measure_begin(struct imgu_job *job)
{
	const struct ipu3_uapi_grid_config *awb = &job->awb.grid, *af = &job->af.grid_cfg;

	memset(job->cells, 0, sizeof(job->cells));
	memset(job->focus, 0, sizeof(job->focus));
	for (u32 x = 0; x < job->width / 2; x++) {
		u32 at = 2 * x * job->bds_width / job->width;

		job->awb_column[x] =
			find_cell(at, awb->x_start, awb->block_width_log2, awb->width);
		job->af_column[x] =
			find_cell(at, af->x_start, af->block_width_log2, af->width);
	}
}

/* Thresholds have 13 bits, samples ten. */
static bool saturated(const struct imgu_job *job, const u16 quad[IMGU_SAMPLES])
{
	const u32 mask = (1 << 13) - 1;

	return quad[IMGU_GR] << 3 > job->awb.rgbs_thr_gr ||
	       quad[IMGU_R] << 3 > job->awb.rgbs_thr_r ||
	       quad[IMGU_GB] << 3 > job->awb.rgbs_thr_gb ||
	       quad[IMGU_B] << 3 > (job->awb.rgbs_thr_b & mask);
}

static void add_quad(const struct imgu_job *job, struct imgu_cell *cell,
		     const u16 quad[IMGU_SAMPLES])
{
	const u16 black[IMGU_SAMPLES] = { job->black.gr, job->black.r, job->black.b,
					  job->black.gb };
	bool bad = saturated(job, quad);
	u32 *sum = bad ? cell->clipped : cell->sum;

	cell->all++;
	cell->good += !bad;
	for (int i = 0; i < IMGU_SAMPLES; i++)
		sum[i] += quad[i] > black[i] ? quad[i] - black[i] : 0;
}

static void add_focus(struct imgu_focus_cell *cell, const u16 *green)
{
	cell->near += abs(green[0] - green[-2]);
	cell->far += abs(green[0] - green[-4]);
	cell->count++;
}

void imgu_measure_template(struct imgu_job *job, struct imgu_template *template)
{
	const u16 *upper = job->samples[0] + job->feeder.start_pixel;
	const u16 *lower = job->samples[1] + job->feeder.start_pixel;
	bool awb = awb_on(job), af = af_on(job);

	memset(template->cells, 0, sizeof(template->cells));
	memset(template->focus, 0, sizeof(template->focus));
	for (u32 x = 0; x < job->width / 2; x++) {
		const u16 quad[IMGU_SAMPLES] = { upper[2 * x], upper[2 * x + 1],
						 lower[2 * x], lower[2 * x + 1] };

		if (awb && job->awb_column[x] != OUTSIDE)
			add_quad(job, &template->cells[job->awb_column[x]], quad);
		if (af && x >= 2 && job->af_column[x] != OUTSIDE)
			add_focus(&template->focus[job->af_column[x]], upper + 2 * x);
	}
}

static void add_cell(struct imgu_cell *to, const struct imgu_cell *from)
{
	for (int i = 0; i < IMGU_SAMPLES; i++) {
		to->sum[i] += from->sum[i];
		to->clipped[i] += from->clipped[i];
	}
	to->good += from->good;
	to->all += from->all;
}

void imgu_measure_row(struct imgu_job *job, const struct imgu_template *template, u32 row)
{
	const struct ipu3_uapi_grid_config *awb = &job->awb.grid, *af = &job->af.grid_cfg;
	u32 at = 2 * row * job->bds_height / job->height;
	u16 cell;

	cell = find_cell(at, awb->y_start, awb->block_height_log2, awb->height);
	if (!awb_on(job))
		cell = OUTSIDE;
	for (u32 i = 0; cell != OUTSIDE && i < awb->width; i++)
		add_cell(&job->cells[cell * awb->width + i], &template->cells[i]);
	cell = find_cell(at, af->y_start, af->block_height_log2, af->height);
	if (!af_on(job))
		cell = OUTSIDE;
	for (u32 i = 0; cell != OUTSIDE && i < af->width; i++) {
		struct imgu_focus_cell *to = &job->focus[cell * af->width + i];

		to->near += template->focus[i].near;
		to->far += template->focus[i].far;
		to->count += template->focus[i].count;
	}
}

/*
 * Saturated pixels are left out of the means. What hardware says of a cell that has only those is not
 * known: here it is their mean, or with fault saturated_zero 0.
 */
static void report_cell(const struct imgu *imgu, const struct imgu_job *job,
			const struct imgu_cell *cell, struct ipu3_uapi_awb_set_item *item)
{
	u8 mean[IMGU_SAMPLES] = {};

	if (!cell->all)
		return;
	for (int i = 0; i < IMGU_SAMPLES; i++) {
		if (cell->good)
			mean[i] = cell->sum[i] / cell->good >> 2;
		else if (!READ_ONCE(imgu->saturated_zero))
			mean[i] = cell->clipped[i] / cell->all >> 2;
	}
	item->Gr_avg = mean[IMGU_GR];
	item->R_avg = mean[IMGU_R];
	item->B_avg = mean[IMGU_B];
	item->Gb_avg = mean[IMGU_GB];
	if (job->awb.rgbs_thr_b & IPU3_UAPI_AWB_RGBS_THR_B_INCL_SAT)
		item->sat_ratio = 255 * (cell->all - cell->good) / cell->all;
}

static void report_focus(const struct imgu_job *job, struct ipu3_uapi_stats_3a *stats)
{
	const struct ipu3_uapi_grid_config *grid = &job->af.grid_cfg;
	u16 *table = (void *)stats->af_raw_buffer.y_table;

	for (u32 i = 0; i < grid->width * grid->height; i++) {
		const struct imgu_focus_cell *cell = &job->focus[i];

		if (!cell->count)
			continue;
		table[2 * i] = cell->near / cell->count;
		table[2 * i + 1] = cell->far / cell->count;
	}
}

/* AE has no place here: the firmware's programs do not have it. */
void imgu_measure_end(struct imgu *imgu, struct imgu_job *job)
{
	const struct ipu3_uapi_grid_config *grid = &job->awb.grid;
	struct ipu3_uapi_stats_3a *stats = &job->results;
	u32 pitch = ALIGN(grid->width, 4);

	memset(stats, 0, sizeof(*stats));
	for (u32 y = 0; awb_on(job) && y < grid->height; y++) {
		for (u32 x = 0; x < grid->width; x++)
			report_cell(imgu, job, &job->cells[y * grid->width + x],
				    &stats->awb_raw_buffer.meta_data[y * pitch + x]);
	}
	if (af_on(job))
		report_focus(job, stats);
	lab_fault(&imgu->saturated_zero);
	stats->stats_4a_config.awb_config = job->awb;
	stats->stats_4a_config.af_config.filter_config = job->af.filter_config;
	stats->stats_4a_config.af_config.grid_cfg = job->af.grid_cfg;
	stats->stats_4a_config.awb_fr_config = job->awb_fr;
	stats->stats_3a_status.awb_en = awb_on(job);
	stats->stats_3a_status.af_en = af_on(job);
	stats->stats_3a_status.awb_fr_en = job->binary.enable.awb_fr_acc &&
					   job->awb_fr.grid_cfg.y_start &
						   IPU3_UAPI_GRID_Y_START_EN;
	imgu_write(imgu, job->statistics, stats, sizeof(*stats));
}
