/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The "code" in the synthetic firmware of the ImgU: words that tell the emulated hardware where the
 * variables of that program lie. imgu-firmware.c writes it, imgu-device.c reads it.
 */
#ifndef IMGU_CODE_H
#define IMGU_CODE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdint.h>
typedef uint32_t u32;
#endif

#define IMGU_CODE_MAGIC 0x4249414c

enum imgu_program {
	IMGU_PROGRAM_BOOT,
	IMGU_PROGRAM_SP0,
	IMGU_PROGRAM_SP1,
	IMGU_PROGRAM_VIDEO,
	IMGU_PROGRAM_STILL,
	IMGU_PROGRAMS,
};

struct imgu_code {
	u32 magic;
	u32 program; /* enum imgu_program */
	u32 entry;
	u32 state;                  /* in data memory, as all below */
	u32 commands, command_list; /* of the boot loader */
	u32 init, per_frame, queues, communication, output; /* of SP0 and SP1 */
};

#endif
