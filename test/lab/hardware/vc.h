/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the emulated parts of a VideoCore share: contiguous memory, and who is at which of it. */
#ifndef VC_H
#define VC_H

#include <linux/types.h>

struct scene_frame;
struct vb2_mem_ops;

enum vc_user { VC_RECEIVER, VC_ISP };

/*
 * The receiver begins to write a buffer, or the ISP to read it: told by its first page. Counted
 * as overlap when the other one is at it.
 */
void vc_memory_begin(enum vc_user user, unsigned long page);
void vc_memory_end(enum vc_user user, unsigned long page);

/* Contiguous buffers for videobuf2, no more than fault_memory allows. */
const struct vb2_mem_ops *vc_memory_ops(void);

/* ---- RAW ---- */

/* Bytes of a line as CSI-2 packs it, or of samples in 16 bits each. */
u32 vc_raw_length(const struct scene_frame *frame, bool unpacked);

/* Write the lines of a frame, as many as fit. Returns how many. Not for two callers at a time. */
u32 vc_raw_store(const struct scene_frame *frame, u8 *to, size_t size, u32 stride,
		 bool unpacked);

#endif
