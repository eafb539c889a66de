/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Emulated Rockchip ISP1: its registers and what its parts need of each other. */
#ifndef RKISP1_H
#define RKISP1_H

#include <linux/clk-provider.h>
#include <linux/debugfs.h>
#include <linux/spinlock.h>

#include "imx8mp.h"
#include "lab.h"
#include "rkisp1-colour.h"
#include "rkisp1-regs.h"

#define RKISP1_SPACE     0x8000
#define RKISP1_PATHS     2
#define RKISP1_WIDTH_MAX 4416

enum rkisp1_path { RKISP1_MAIN, RKISP1_SELF };
enum rkisp1_line { RKISP1_LINE_ISP, RKISP1_LINE_MI, RKISP1_LINE_MIPI };

/* A rectangle of the picture the sensor sends. */
struct rkisp1_area {
	u32 left, top, width, height;
};

struct rkisp1 {
	struct device *dev;
	struct lab_window window;
	struct lab_receiver receiver;
	struct irq_domain *lines;
	struct clk_hw clock;
	bool one_line; /* for all causes */
	bool v12;      /* PX30: other measurements, other gamma */
	/* What is before the ISP of an i.MX8MP, else NULL. Its memory interface differs, too. */
	struct imx8mp *imx8mp;

	spinlock_t lock; /* registers */
	u32 registers[RKISP1_SPACE / 4];

	/* The frame that comes in: begun with the ISP on, and what is written of it. */
	bool active;
	bool damaged;
	u32 wanted; /* bits of paths */
	u32 done;   /* interrupt bits of measurements */

	/* of this frame */
	u16 sensed[SCENE_COLOURS][SCENE_FILTERS];
	struct rkisp1_colour colours[SCENE_COLOURS];
	u8 *lines_of[SCENE_KINDS]; /* indices into them, NULL until needed */
	u8 *line_memory;
	void *template_memory;

	/* in debugfs: counters */
	u32 frames, lost, interrupts, unraised, bad_address, bad_size;
	u32 stored[RKISP1_PATHS];
	u32 longest_us; /* that a picture took to write */
	/* faults */
	u32 inform_size, outform_size, stabilization_size, data_loss;
	u32 csi_crc, csi_ecc, csi_sync, csi_overflow;
	u32 no_interrupt, no_frame_interrupt, merge;
	struct debugfs_blob_wrapper blob;
};

static inline u32 rkisp1_get(const struct rkisp1 *isp, u32 offset)
{
	return READ_ONCE(isp->registers[offset / 4]);
}

static inline void rkisp1_set(struct rkisp1 *isp, u32 offset, u32 value)
{
	WRITE_ONCE(isp->registers[offset / 4], value);
}

/*
 * The part of the sensor's picture that is processed and measured. What leaves the ISP is cut out of
 * that behind all measurements, by image stabilization.
 */
void rkisp1_area_in(const struct rkisp1 *isp, struct rkisp1_area *area);
void rkisp1_area_out(const struct rkisp1 *isp, struct rkisp1_area *area);

/* Whether it makes colours of Bayer patterns, else it passes them on. */
bool rkisp1_makes_colours(const struct rkisp1 *isp);

/* The colours of this frame, by the registers as they are now. */
void rkisp1_develop(struct rkisp1 *isp, const struct scene_frame *frame);

/* The line of indices that line y of the sensor's picture is. */
const u8 *rkisp1_line(struct rkisp1 *isp, const struct scene_frame *frame, u32 y, u32 *kind);

/* Write the picture of a path to memory. */
size_t rkisp1_template_size(void); /* of template_memory */
void rkisp1_store(struct rkisp1 *isp, const struct scene_frame *frame, enum rkisp1_path path);

/* Fill in the registers of the measurements that are on; returns their interrupt bits. */
u32 rkisp1_measure(struct rkisp1 *isp, const struct scene_frame *frame);

#endif
