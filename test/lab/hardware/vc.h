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

enum vc_raw {
	VC_RAW_PACKED,     /* as CSI-2 does it */
	VC_RAW_LOW,        /* the lower bits of 16 */
	VC_RAW_HIGH,       /* the upper bits of 16 */
	VC_RAW_COMPRESSED, /* of these, as pisp.h does it */
};

/* Bytes of a line. */
u32 vc_raw_length(const struct scene_frame *frame, enum vc_raw form);

/* Write the lines of a frame, as many as fit. Returns how many. Not for two callers at a time. */
u32 vc_raw_store(const struct scene_frame *frame, u8 *to, size_t size, u32 stride,
		 enum vc_raw form);

#endif
