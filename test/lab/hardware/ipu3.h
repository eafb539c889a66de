/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Emulated Intel IPU3: a PCI host with two functions, CIO2 (the receiver of four CSI-2 ports) and
 * ImgU (the processor of two pipes), and what they know of one another.
 */
#ifndef IPU3_H
#define IPU3_H

#include <linux/pci.h>

#include "lab.h"

struct cio2;
struct imgu;

/* Configuration space, BAR 0 and the message interrupt of one function. */
struct ipu3_function {
	const char *name; /* of its node, and of its folder in debugfs */
	struct device_node *node;
	unsigned int devfn;
	u32 bar_size;
	u32 (*read)(struct ipu3_function *function, u32 offset);
	void (*write)(struct ipu3_function *function, u32 offset, u32 value);
	/* NULL where only whole words can be accessed */
	u8 (*read_byte)(struct ipu3_function *function, u32 offset);
	void (*write_byte)(struct ipu3_function *function, u32 offset, u8 value);

	u8 config[256];
	u32 interrupts,
		unraised; /* messages sent; and those that the driver had not asked for */
};

/* Fill in the configuration space of an Intel function. */
void ipu3_identify(struct ipu3_function *function, u16 device);

/* Send the message of its interrupt, from a thread: the driver's handler has run then. */
void ipu3_interrupt(struct ipu3_function *function);

/* Make a function from its node in the device tree; an error pointer else. It stays until the end. */
struct cio2 *cio2_create(struct device_node *node);
struct imgu *imgu_create(struct device_node *node);
struct ipu3_function *cio2_function(struct cio2 *cio2);
struct ipu3_function *imgu_function(struct imgu *imgu);

/* Make one known to the other, which is NULL on boards that have one of them only. */
void cio2_meet(struct cio2 *cio2, struct imgu *imgu);
void imgu_meet(struct imgu *imgu, struct cio2 *cio2);

/* Whether the frame that is being received goes to memory that begins with this page. */
bool cio2_writes(const struct cio2 *cio2, unsigned long page);

/* Whether the ImgU has memory that begins with this page as input now, or will take it next. */
bool imgu_holds(struct imgu *imgu, unsigned long page);

#endif
