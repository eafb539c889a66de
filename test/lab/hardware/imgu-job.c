// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Emulated ImgU, a job: what the driver has set up for one frame, and the way of the picture.
 *
 *	input ─▶ crop (IF) ─▶ Bayer downscaler (BDS) ─▶ black level, white balance, matrix, gamma, YUV
 *	  ─▶ envelope off (GDC) ─▶ main: the middle part; viewfinder: scaled, and the middle part of that
 *
 * All scaling takes the nearest Bayer quad, so colours are never mixed. Rows of quads that were seen
 * before are not computed again, but every byte of the input that counts is read and compared.
 */
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#include "imgu.h"

#define GROUP_PIXELS 25
#define GROUP_BYTES  32
#define ROWS_AT_ONCE 32 /* before others may run */

/* ---- set-up ---- */

#define FETCH(member, address) \
	imgu_read(imgu, (address), &job->member, sizeof(job->member))
#define FETCH_ACC(member, of)                                      \
	FETCH(member, job->set.mem_map.acc_cluster_params_for_sp + \
			      offsetof(struct imgu_abi_acc_param, of))

/* What the driver has put into memory: of the pipe, and of the parameter set in force. */
static bool read_setup(struct imgu *imgu, struct imgu_job *job)
{
	u32 per_frame = IMGU_REG_SP_DMEM_BASE(0) + imgu->sp[0].per_frame;

	return FETCH(group, imgu_get(imgu, per_frame)) &&
	       FETCH(stage, job->group.pipe[job->pipe].sp_stage_addr[0]) &&
	       FETCH(binary, job->stage.isp_stage_addr +
				     offsetof(struct imgu_abi_isp_stage, binary_info)) &&
	       FETCH(set, imgu->pipes[job->pipe].parameters) &&
	       FETCH(black, job->set.mem_map.obgrid_tbl[0]) &&
	       FETCH_ACC(stripe, stripe) && FETCH_ACC(feeder, input_feeder.data) &&
	       FETCH_ACC(bnr, bnr) && FETCH_ACC(dm, dm) && FETCH_ACC(matrix, ccm) &&
	       FETCH_ACC(gamma, gamma) && FETCH_ACC(csc, csc) &&
	       FETCH_ACC(awb, awb.config) && FETCH_ACC(af, af.config) &&
	       FETCH_ACC(awb_fr, awb_fr.config) && FETCH_ACC(outputs, osys.frame);
}

/* Addresses of the buffers, 0 where there is none. */
static bool read_descriptors(struct imgu *imgu, struct imgu_job *job)
{
	static const u8 queues[] = { IMGU_ABI_QUEUE_C_ID, IMGU_ABI_QUEUE_D_ID,
				     IMGU_ABI_QUEUE_E_ID, IMGU_ABI_QUEUE_F_ID };
	u32 addresses[ARRAY_SIZE(queues)] = {};

	for (int i = 0; i < ARRAY_SIZE(queues); i++) {
		u32 at = job->descriptors[queues[i]];
		struct imgu_abi_buffer buffer;

		if (!at)
			continue;
		if (!imgu_read(imgu, at, &buffer, sizeof(buffer)))
			return false;
		addresses[i] = queues[i] == IMGU_ABI_QUEUE_F_ID ?
				       buffer.payload.s3a.data.dmem.s3a_tbl :
				       buffer.payload.frame.frame_data;
	}
	job->input = addresses[0];
	job->pins[IMGU_MAIN].address = addresses[1];
	job->pins[IMGU_VIEWFINDER].address = addresses[2];
	job->statistics = addresses[3];
	return true;
}

/* Where the middle part begins, on the grid that the output's DMA can crop at. */
static u32 middle(u32 from, u32 to, u32 step)
{
	u32 half = from > to ? (from - to) / 2 : 0;

	return (half + step / 2 - 1) / step * step;
}

/* The column, in quads of the crop, of which pixel x of an output of the GDC's size is made. */
static u16 source_column(const struct imgu_job *job, u32 x)
{
	x = (x + job->stage.dvs_envelope.width) * job->width / job->bds_width;
	return min(x / 2, job->width / 2 - 1);
}

static u32 source_row(const struct imgu_job *job, const struct imgu_pin *pin, u32 y)
{
	u32 height = job->stripe.output_system_in_frame_height;

	y = (y + pin->top) * height / pin->scaled_height;
	y = (y + job->stage.dvs_envelope.height) * job->height / job->bds_height;
	return min(y / 2, job->height / 2 - 1);
}

static void prepare_pin(const struct imgu_job *job, struct imgu_pin *pin,
			const struct imgu_abi_osys_frame_params *output)
{
	u32 width = job->stripe.output_system_in_frame_width;
	u32 height = job->stripe.output_system_in_frame_height;

	pin->y = 0;
	pin->width = output->width;
	pin->height = output->height;
	pin->stride = output->stride;
	if (!output->enable || !output->width || output->width > IMGU_WIDTH_MAX ||
	    !width || !height)
		pin->address = 0;
	if (!pin->address)
		return;
	pin->scaled_width = width;
	pin->scaled_height = height;
	if (output->scaled) {
		/* By the larger of both ratios */
		if (pin->width * height >= pin->height * width) {
			pin->scaled_width = pin->width;
			pin->scaled_height = max(pin->height, height * pin->width / width);
		} else {
			pin->scaled_height = pin->height;
			pin->scaled_width = max(pin->width, width * pin->height / height);
		}
	}
	pin->left = middle(pin->scaled_width, pin->width, IMGU_OSYS_DMA_CROP_W_LIMIT);
	pin->top = middle(pin->scaled_height, pin->height, IMGU_OSYS_DMA_CROP_H_LIMIT);
	for (u32 x = 0; x < pin->width; x++)
		pin->column[x] =
			source_column(job, (x + pin->left) * width / pin->scaled_width);
}

/* The upper eight bits of what 13 bits of gamma make of ten bits. */
static void prepare_gamma(struct imgu_job *job)
{
	for (u32 i = 0; i < ARRAY_SIZE(job->gamma8); i++) {
		job->gamma8[i] = i / 4;
		if (job->gamma.gc_ctrl.enable)
			job->gamma8[i] = min(job->gamma.gc_lut.lut[i / 4] >> 5, 255);
	}
}

bool imgu_job_prepare(struct imgu *imgu, struct imgu_job *job)
{
	const struct imgu_abi_frames_sp *frames = &job->stage.frames;

	if (!read_setup(imgu, job) || !read_descriptors(imgu, job))
		return false;
	job->width = job->stripe.effective_frame_width;
	job->height = job->stripe.effective_stripes[0].height;
	job->bds_width = job->stripe.bds_frame_width;
	job->bds_height = frames->internal_frame_info.res.height;
	job->input_size = job->feeder.row_stride * frames->in.info.res.height;
	if (!job->width || !job->height || !job->bds_width || !job->bds_height ||
	    !job->input || job->width + job->feeder.start_pixel > IMGU_WIDTH_MAX)
		return false;
	prepare_pin(job, &job->pins[IMGU_MAIN], &job->outputs[IMGU_ABI_OSYS_PIN_OUT].param);
	prepare_pin(job, &job->pins[IMGU_VIEWFINDER],
		    &job->outputs[IMGU_ABI_OSYS_PIN_VF].param);
	prepare_gamma(job);
	return true;
}

/* ---- colours ---- */

static u32 matrix_row(s32 a, s32 b, s32 c, s32 offset, const u32 rgb[3])
{
	s32 sum = a * (s32)rgb[0] + b * (s32)rgb[1] + c * (s32)rgb[2];

	return clamp(sum / 8192 + offset, 0, 1023);
}

static u8 csc_row(s32 a, s32 b, s32 c, s32 offset, const u8 rgb[3])
{
	return clamp((a * rgb[0] + b * rgb[1] + c * rgb[2]) / 16384 + offset, 0, 255);
}

static u32 balance(u32 level, u32 black, u32 gain)
{
	level = level > black ? level - black : 0;
	return min(level * (8192 + gain) >> 13, 1023u);
}

static void develop(const struct imgu_job *job, const u16 quad[IMGU_SAMPLES], u8 yuv[3])
{
	const struct ipu3_uapi_bnr_static_config_wb_gains_config *gains = &job->bnr.wb_gains;
	const struct ipu3_uapi_ccm_mat_config *m = &job->matrix;
	const struct ipu3_uapi_csc_mat_config *c = &job->csc;
	const u32 balanced[3] = {
		balance(quad[IMGU_R], job->black.r, gains->r),
		(balance(quad[IMGU_GR], job->black.gr, gains->gr) +
		 balance(quad[IMGU_GB], job->black.gb, gains->gb)) /
			2,
		balance(quad[IMGU_B], job->black.b, gains->b),
	};
	const u8 rgb[3] = {
		job->gamma8[matrix_row(m->coeff_m11, m->coeff_m12, m->coeff_m13,
				       m->coeff_o_r, balanced)],
		job->gamma8[matrix_row(m->coeff_m21, m->coeff_m22, m->coeff_m23,
				       m->coeff_o_g, balanced)],
		job->gamma8[matrix_row(m->coeff_m31, m->coeff_m32, m->coeff_m33,
				       m->coeff_o_b, balanced)],
	};

	yuv[0] = csc_row(c->coeff_c11, c->coeff_c12, c->coeff_c13, c->coeff_b1, rgb);
	yuv[1] = csc_row(c->coeff_c21, c->coeff_c22, c->coeff_c23, 128 + c->coeff_b2, rgb);
	yuv[2] = csc_row(c->coeff_c31, c->coeff_c32, c->coeff_c33, 128 + c->coeff_b3, rgb);
}

/* ---- rows of quads ---- */

static void unpack(const u8 *from, u32 groups, u16 *to)
{
	for (u32 i = 0; i < groups; i++, from += GROUP_BYTES) {
		/* Five bytes hold four pixels, the last two hold one. */
		for (u32 j = 0; j < 6; j++) {
			u64 four = get_unaligned_le32(from + 5 * j) | (u64)from[5 * j + 4]
									      << 32;

			for (u32 k = 0; k < 4; k++, four >>= 10)
				*to++ = four & 1023;
		}
		*to++ = get_unaligned_le16(from + 30) & 1023;
	}
}

static u32 line_groups(const struct imgu_job *job)
{
	return DIV_ROUND_UP(job->feeder.start_pixel + job->width, GROUP_PIXELS);
}

static void fill_template(struct imgu_job *job, struct imgu_template *template)
{
	const u16 *upper = job->samples[0] + job->feeder.start_pixel;
	const u16 *lower = job->samples[1] + job->feeder.start_pixel;
	u16 last[IMGU_SAMPLES] = {};
	u8 yuv[3];

	for (int i = 0; i < 2; i++)
		unpack((const u8 *)template->raw[i], line_groups(job), job->samples[i]);
	develop(job, last, yuv);
	for (u32 x = 0; x < job->width / 2; x++) {
		const u16 quad[IMGU_SAMPLES] = { upper[2 * x], upper[2 * x + 1],
						 lower[2 * x], lower[2 * x + 1] };

		if (memcmp(quad, last, sizeof(quad))) {
			develop(job, quad, yuv);
			memcpy(last, quad, sizeof(last));
		}
		template->y[x] = yuv[0];
		template->cb[x] = yuv[1];
		template->cr[x] = yuv[2];
	}
	for (int i = 0; i < IMGU_PINS; i++)
		template->line[i].ready = false;
	imgu_measure_template(job, template);
}

static void read_line(struct imgu *imgu, const struct imgu_job *job, u32 y, void *to)
{
	u32 offset = job->feeder.start_row_address + y * job->feeder.row_stride;
	u32 length = line_groups(job) * GROUP_BYTES;

	if (offset + length > job->input_size)
		imgu->outside++;
	imgu_read(imgu, job->input + offset, to, length);
}

/* The memcmp() of this architecture goes byte by byte. */
static bool same_line(const u64 *a, const u64 *b, u32 bytes)
{
	for (u32 i = 0; i < bytes / sizeof(*a); i++) {
		if (a[i] != b[i])
			return false;
	}
	return true;
}

/*
 * The template of row, which is read into a spare one: that is it, unless there is one like it. The
 * one before is the likeliest.
 */
static struct imgu_template *find_template(struct imgu *imgu, struct imgu_job *job,
					   u32 row, struct imgu_template *before)
{
	u32 length = line_groups(job) * GROUP_BYTES;
	struct imgu_template *spare = &job->templates[job->filled % IMGU_TEMPLATES];
	u32 others = min(job->filled, (u32)IMGU_TEMPLATES);

	if (spare == before)
		spare = &job->templates[++job->filled % IMGU_TEMPLATES];
	spare->filled = false;
	read_line(imgu, job, 2 * row, spare->raw[0]);
	read_line(imgu, job, 2 * row + 1, spare->raw[1]);
	for (int i = before ? -1 : 0; i < (int)others; i++) {
		struct imgu_template *other = i < 0 ? before : &job->templates[i];

		if (other->filled && same_line(other->raw[0], spare->raw[0], length) &&
		    same_line(other->raw[1], spare->raw[1], length))
			return other;
	}
	fill_template(job, spare);
	spare->filled = true;
	job->filled++;
	return spare;
}

/* ---- outputs ---- */

static void render(const struct imgu_pin *pin, struct imgu_template *template, int number)
{
	u8 *luma = template->line[number].luma, *chroma = template->line[number].chroma;

	template->line[number].ready = true;
	for (u32 x = 0; x < pin->width; x++)
		luma[x] = template->y[pin->column[x]];
	for (u32 x = 0; x < pin->width; x += 2) {
		chroma[x] = template->cb[pin->column[x]];
		chroma[x + 1] = template->cr[pin->column[x]];
	}
}

/* All lines of an output that this row of quads becomes. */
static void write_lines(struct imgu *imgu, struct imgu_job *job, int number, u32 row,
			struct imgu_template *template)
{
	struct imgu_pin *pin = &job->pins[number];

	for (; pin->y < pin->height && source_row(job, pin, pin->y) == row; pin->y++) {
		u32 chroma = pin->height + pin->y / 2;

		if (!template->line[number].ready)
			render(pin, template, number);
		imgu_write(imgu, pin->address + pin->y * pin->stride,
			   template->line[number].luma, pin->width);
		if (pin->y % 2 == 0)
			imgu_write(imgu, pin->address + chroma * pin->stride,
				   template->line[number].chroma, pin->width);
	}
}

bool imgu_job_run(struct imgu *imgu, struct imgu_job *job)
{
	struct imgu_template *template = NULL;

	job->filled = 0;
	for (int i = 0; i < IMGU_TEMPLATES; i++)
		job->templates[i].filled = false;
	imgu_measure_begin(job);
	for (u32 row = 0; row < job->height / 2; row++) {
		if (row % ROWS_AT_ONCE == 0)
			cond_resched();
		if (job->generation != imgu->generation)
			return false;
		template = find_template(imgu, job, row, template);
		imgu_measure_row(job, template, row);
		for (int i = 0; i < IMGU_PINS; i++) {
			if (job->pins[i].address)
				write_lines(imgu, job, i, row, template);
		}
	}
	if (job->statistics)
		imgu_measure_end(imgu, job);
	return true;
}
