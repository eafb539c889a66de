/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Emulated ImgU: its state, and what its parts need of each other. */
#ifndef IMGU_H
#define IMGU_H

#include <linux/spinlock.h>
#include <linux/wait.h>

#include "imgu-code.h"
#include "ipu3-abi.h"
#include "ipu3.h"

#define IMGU_SPACE       0x40000 /* of BAR 0 that is used */
#define IMGU_PIPES       2
#define IMGU_WIDTH_MAX   5120
#define IMGU_QUEUED      4 /* buffers of a queue that the firmware keeps */
#define IMGU_TEMPLATES   64
#define IMGU_FOCUS_CELLS (IMGU_ABI_AF_MAX_CELLS_PER_SET * IPU3_UAPI_AF_MAX_SETS)
#define IMGU_LINE_BYTES  (IMGU_WIDTH_MAX / 25 * 32 + 64)

enum imgu_pin_number { IMGU_MAIN, IMGU_VIEWFINDER, IMGU_PINS };

/* Buffers that came by the queues of a pipe, as addresses of descriptors; and parameter sets. */
struct imgu_pipe {
	u32 queue[IMGU_ABI_QUEUE_NUM][IMGU_QUEUED];
	u8 queued[IMGU_ABI_QUEUE_NUM];
	u32 parameters_of[IMGU_QUEUED]; /* of the inputs in their queue: what had come before them */
	u32 latest;                     /* parameters that came */
	u32 parameters;                 /* in force: those of the last job */
	bool started;
};

/* One output of the output system. */
struct imgu_pin {
	u32 address; /* 0: nothing is written */
	u32 width, height, stride;
	u32 scaled_width, scaled_height; /* of which that is the middle part */
	u32 left, top;
	u32 y; /* the line that is next */
	u16 column[IMGU_WIDTH_MAX];
};

/* Values of one Bayer quad. The input feeder makes every order this one. */
enum imgu_sample { IMGU_GR, IMGU_R, IMGU_B, IMGU_GB, IMGU_SAMPLES };

/* What a cell of the AWB grid, or the part of it that lies in one row of quads, adds up. */
struct imgu_cell {
	u32 sum[IMGU_SAMPLES], clipped[IMGU_SAMPLES]; /* of good pixels, of saturated ones */
	u32 good, all;
};

struct imgu_focus_cell {
	u32 near, far; /* differences of green one and two quads apart */
	u32 count;
};

/* A row of quads, that is two lines of the input, and all that becomes of it. Rows often are alike. */
struct imgu_template {
	bool filled, focused;
	u64 raw[2][IMGU_LINE_BYTES / 8];
	u8 y[IMGU_WIDTH_MAX / 2], cb[IMGU_WIDTH_MAX / 2], cr[IMGU_WIDTH_MAX / 2];
	struct imgu_cell cells[IMGU_MAX_BQ_GRID_WIDTH];
	struct imgu_focus_cell focus[IMGU_ABI_AF_MAX_CELLS_PER_SET];
	struct {
		bool ready;
		u8 luma[IMGU_WIDTH_MAX], chroma[IMGU_WIDTH_MAX];
	} line[IMGU_PINS];
};

/* One frame of one pipe: what the driver handed to the firmware for it. */
struct imgu_job {
	u32 pipe;
	u32 generation; /* of the device, when it began */

	struct imgu_abi_sp_group group;
	struct imgu_abi_sp_stage stage;
	struct imgu_abi_binary_info binary;
	struct imgu_abi_parameter_set_info set;
	struct imgu_abi_stripe_data stripe;
	struct imgu_abi_input_feeder_data feeder;
	struct ipu3_uapi_bnr_static_config bnr;
	struct ipu3_uapi_dm_config dm;
	struct ipu3_uapi_ccm_mat_config matrix;
	struct ipu3_uapi_gamma_config gamma;
	struct ipu3_uapi_csc_mat_config csc;
	struct ipu3_uapi_awb_config_s awb;
	struct imgu_abi_af_config_s af;
	struct ipu3_uapi_awb_fr_config_s awb_fr;
	struct imgu_abi_osys_frame outputs[IMGU_ABI_OSYS_PINS];
	struct ipu3_uapi_obgrid_param black;
	u32 descriptors[IMGU_ABI_QUEUE_NUM]; /* 0 where there is no buffer */

	u32 input, input_size; /* as addresses of the ImgU */
	u32 statistics;
	u32 width, height;         /* what the input feeder crops */
	u32 bds_width, bds_height; /* what the Bayer downscaler makes of it */
	struct imgu_pin pins[IMGU_PINS];

	/* of the picture path */
	u8 gamma8[1024];
	u16 awb_column[IMGU_WIDTH_MAX / 2], af_column[IMGU_WIDTH_MAX / 2];
	u16 samples[2][IMGU_LINE_BYTES / 32 * 25];
	struct imgu_cell cells[IMGU_MAX_BQ_GRID_WIDTH * IMGU_MAX_BQ_GRID_HEIGHT];
	struct imgu_focus_cell focus[IMGU_FOCUS_CELLS];
	struct ipu3_uapi_stats_3a results;
	u32 filled; /* templates */
	struct imgu_template templates[IMGU_TEMPLATES];
};

struct imgu_record {
	u32 number, pipe, width, height, bytes;
	unsigned long page;
};

struct imgu {
	struct ipu3_function function;
	const struct cio2 *cio2;
	wait_queue_head_t wait;
	unsigned long todo; /* bits of what the thread has to do */

	spinlock_t lock; /* registers, data memories, queues */
	u8 memory[IMGU_SPACE] __aligned(8);
	u32 generation; /* changes at reset and at termination: a running job is dropped */
	bool power, halted, running;
	struct imgu_code boot, sp[2];
	struct imgu_pipe pipes[IMGU_PIPES];
	unsigned long in_work; /* the first page of the input of the running job */
	struct imgu_job *job;

	/* in debugfs: counters */
	u32 jobs, dropped, bad_dma, bad_firmware, unknown, outside, overlap, flushes;
	u32 longest_us;
	u32 frame_us; /* that a job takes at least */
	/* faults */
	u32 hang, boot_fails, assert, no_interrupt, late_interrupt, late_statistics,
		saturated_zero;
	struct imgu_record *records;
	u32 recorded;
	char geometry[128];
};

/* ---- registers and data memories ---- */

static inline u32 imgu_get(const struct imgu *imgu, u32 offset)
{
	return READ_ONCE(*(const u32 *)(imgu->memory + offset));
}

static inline void imgu_set(struct imgu *imgu, u32 offset, u32 value)
{
	WRITE_ONCE(*(u32 *)(imgu->memory + offset), value);
}

/* ---- memory as the ImgU sees it ---- */

/* The page that an address lies in, 0 where the driver has mapped none. */
unsigned long imgu_page(struct imgu *imgu, u32 address);

/* False when some of it is not mapped, which is counted. */
bool imgu_read(struct imgu *imgu, u32 address, void *to, u32 length);
bool imgu_write(struct imgu *imgu, u32 address, const void *from, u32 length);

/* ---- a job ---- */

/* Read what the driver has set up for the job; false when that is impossible. */
bool imgu_job_prepare(struct imgu *imgu, struct imgu_job *job);

/* All pictures and statistics of it; false when it was stopped meanwhile. */
bool imgu_job_run(struct imgu *imgu, struct imgu_job *job);

/* Columns of cells for each quad, before the first row. */
void imgu_measure_begin(struct imgu_job *job);
/* What a template adds to its cells, from the samples of its row. */
void imgu_measure_template(struct imgu_job *job, struct imgu_template *template);
void imgu_measure_row(struct imgu_job *job, const struct imgu_template *template, u32 row);
void imgu_measure_end(struct imgu *imgu, struct imgu_job *job);

#endif
