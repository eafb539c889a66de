// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bcm2835-isp look-alike: from RAW in memory to colours. The order is that of the chip: black
 * level, statistics, white balance and digital gain, matrix, gamma. A line that is equal to the
 * one before is not computed again.
 */
#include <linux/sched.h>

#include "bcm2835-isp.h"

#define FULL         65535
#define MATRIX_SHIFT 12

/* ---- samples ---- */

/* One line of samples, with 16 bits each. */
static void unpack(const struct isp_format *format, const u8 *from, u32 width, u16 *samples)
{
	u32 shift = 16 - format->bits;

	if (format->layout == ISP_WORDS) {
		for (u32 x = 0; x < width; x++)
			samples[x] = (from[2 * x] | from[2 * x + 1] << 8) << shift;
		return;
	}
	switch (format->bits) {
	case 8:
		for (u32 x = 0; x < width; x++)
			samples[x] = from[x] << 8;
		break;
	case 10:
		for (u32 x = 0; x < width; x++) {
			const u8 *group = from + x / 4 * 5;

			samples[x] = group[x % 4] << 8 | (group[4] >> x % 4 * 2 & 3) << 6;
		}
		break;
	case 12:
		for (u32 x = 0; x < width; x++) {
			const u8 *group = from + x / 2 * 3;

			samples[x] = group[x % 2] << 8 | (group[2] >> x % 2 * 4 & 15) << 4;
		}
		break;
	case 14:
		for (u32 x = 0; x < width; x++) {
			const u8 *group = from + x / 4 * 7;
			u32 low = group[4] | group[5] << 8 | group[6] << 16;

			samples[x] = group[x % 4] << 8 | (low >> x % 4 * 6 & 63) << 2;
		}
		break;
	}
}

/* White stays white. */
static u16 take_black(u32 sample, u32 black)
{
	if (sample <= black)
		return 0;
	return (sample - black) * FULL / (FULL - black);
}

/* ---- colours ---- */

static void make_curve(u8 curve[4096], const struct isp_params *params)
{
	u32 point = 0;

	for (u32 i = 0; i < 4096; i++) {
		u32 x = i * FULL / 4095;

		if (!params->gamma_on) {
			curve[i] = x >> 8;
			continue;
		}
		while (point < ISP_GAMMA - 2 && x > params->gamma_x[point + 1])
			point++;
		if (params->gamma_x[point + 1] <= params->gamma_x[point])
			curve[i] = params->gamma_y[point] >> 8;
		else
			curve[i] = (params->gamma_y[point] +
				    div_s64(((s64)params->gamma_y[point + 1] -
					     params->gamma_y[point]) *
						    ((s64)x - params->gamma_x[point]),
					    params->gamma_x[point + 1] -
						    params->gamma_x[point])) >>
				   8;
	}
}

static void sense(struct isp_develop *develop, const struct isp_job *job)
{
	static const u8 shuffled[4][4] = {
		{ 0, 1, 2, 3 }, { 1, 0, 3, 2 }, { 2, 3, 0, 1 }, { 3, 2, 1, 0 }
	};
	const u8 *place = shuffled[job->in.format->order];
	struct isp_quads *quads = &develop->quads;

	for (u32 i = 0; i < quads->count; i++) {
		const u16 square[4] = { develop->samples[0][2 * i],
					develop->samples[0][2 * i + 1],
					develop->samples[1][2 * i],
					develop->samples[1][2 * i + 1] };
		u32 red = square[place[0]], blue = square[place[3]];
		u32 green = (square[place[1]] + square[place[2]]) / 2;

		if (job->in.format->mono)
			red = blue = green = square[0];
		quads->sensed[i][0] = take_black(red, job->params.black[0]);
		quads->sensed[i][1] = take_black(green, job->params.black[1]);
		quads->sensed[i][2] = take_black(blue, job->params.black[2]);
	}
}

static void show(struct isp_develop *develop, const struct isp_params *params)
{
	const u32 gains[3] = { params->red * params->digital / ISP_GAIN, params->digital,
			       params->blue * params->digital / ISP_GAIN };
	struct isp_quads *quads = &develop->quads;

	for (u32 i = 0; i < quads->count; i++) {
		u16 *colour = quads->balanced[i];

		for (int c = 0; c < 3; c++)
			colour[c] = min((u64)quads->sensed[i][c] * gains[c] / ISP_GAIN,
					(u64)FULL);
		for (int c = 0; c < 3; c++) {
			s64 value = colour[c];

			if (params->matrix_on)
				value = ((params->matrix[3 * c] * colour[0] +
					  params->matrix[3 * c + 1] * colour[1] +
					  params->matrix[3 * c + 2] * colour[2]) >>
					 MATRIX_SHIFT) +
					params->offset[c];
			quads->shown[i][c] = develop->curve[clamp(value, 0, FULL) >> 4];
		}
	}
}

/* ---- pictures ---- */

/* The quads of lines y and y + 1 of RAW */
static void read_quads(struct isp_develop *develop, const struct isp_job *job, const u8 *from)
{
	unpack(job->in.format, from, job->in.width, develop->samples[0]);
	unpack(job->in.format, from + job->in.stride, job->in.width, develop->samples[1]);
	sense(develop, job);
	show(develop, &job->params);
}

/* Another picture needs no colours made. */
static void read_line(struct isp_develop *develop, const struct isp_job *job, u32 y)
{
	for (u32 i = 0; i < develop->quads.count; i++)
		isp_read_pixel(&job->in, job->from, 2 * i, y, develop->quads.shown[i]);
}

struct progress {
	u32 colours; /* how many different lines of quads there were */
	struct {
		u32 next;    /* line to be written */
		u32 colours; /* of the line before */
		u32 equal;   /* lines up to that one that are equal */
	} out[2];
};

static void write_line(struct isp_develop *develop, const struct isp_job *job, int i,
		       struct progress *progress)
{
	u32 y = progress->out[i].next++;
	u32 equal = progress->out[i].equal;

	if (progress->out[i].colours != progress->colours)
		equal = 0;
	/* Two lines may share one of chroma, which is the upper one's. */
	if (equal >= (y % 2 ? 1 : 2))
		isp_repeat_line(&job->out[i], job->to[i], y);
	else
		isp_write_line(&job->out[i], job->to[i], y, develop->quads.shown,
			       develop->columns[i]);
	progress->out[i].colours = progress->colours;
	progress->out[i].equal = equal + 1;
}

/* Write all lines that show line pair `row` of what came in. */
static void write_lines(struct isp_develop *develop, const struct isp_job *job, u32 row,
			struct progress *progress)
{
	for (int i = 0; i < 2; i++) {
		u32 height = job->out[i].height;

		while (job->to[i] && progress->out[i].next < height) {
			u64 source = (u64)progress->out[i].next * job->crop.height / height;

			if ((job->crop.top + source) / 2 > row)
				break;
			write_line(develop, job, i, progress);
		}
	}
}

static void find_columns(struct isp_develop *develop, const struct isp_job *job)
{
	for (int i = 0; i < 2; i++) {
		for (u32 x = 0; x < job->out[i].width; x++)
			develop->columns[i][x] =
				(job->crop.left +
				 (u64)x * job->crop.width / job->out[i].width) /
				2;
	}
}

static bool is_new(const struct isp_job *job, u32 row, u32 first)
{
	u32 length = job->in.width * job->in.format->depth / 8;
	const u8 *line = job->from + (size_t)row * 2 * job->in.stride;
	const u8 *before = line - 2 * job->in.stride;

	return row == first || !isp_is_raw(job->in.format) || memcmp(line, before, length) ||
	       memcmp(line + job->in.stride, before + job->in.stride, length);
}

static void prepare(struct isp_develop *develop, const struct isp_job *job)
{
	develop->quads.count = job->in.width / 2;
	develop->quads.first = job->crop.left / 2;
	develop->quads.shown_count =
		(job->crop.left + job->crop.width) / 2 - develop->quads.first;
	make_curve(develop->curve, &job->params);
	find_columns(develop, job);
	if (job->stats) {
		memset(job->stats, 0, sizeof(*job->stats));
		job->stats->version = 1;
		job->stats->size = sizeof(*job->stats);
	}
}

void isp_develop(struct isp_develop *develop, const struct isp_job *job)
{
	u32 first = job->crop.top / 2;
	u32 rows = (job->crop.top + job->crop.height) / 2 - first;
	struct progress progress = {};

	prepare(develop, job);
	for (u32 row = first; row < first + rows; row++) {
		bool new = is_new(job, row, first);

		progress.colours += new;
		if (new &&isp_is_raw(job->in.format))
			read_quads(develop, job,
				   job->from + (size_t)row * 2 * job->in.stride);
		else if (new)
			read_line(develop, job, row * 2);
		if (new && job->stats)
			isp_measure_quads(&develop->quads);
		write_lines(develop, job, row, &progress);
		if (job->stats)
			isp_measure_add(job->stats, &develop->quads, row - first, rows);
		cond_resched();
	}
}
