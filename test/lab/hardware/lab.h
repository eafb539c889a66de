/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lab: what all emulated devices of this folder share; scene.h is what they see. */
#ifndef LAB_H
#define LAB_H

#include <linux/irqdomain.h>
#include <linux/ioport.h>
#include <linux/types.h>

#include "scene.h"

struct dentry;
struct device;
struct device_node;

/* ---- registers ---- */

/*
 * A window of registers: what a driver reads and writes there comes to these functions, in any
 * context. logic_iomem can't take a region back: a window stays until the end, and so must its owner.
 */
struct lab_window {
	u32 (*read)(struct lab_window *window, u32 offset);
	void (*write)(struct lab_window *window, u32 offset, u32 value);
	/* NULL where only whole words can be accessed */
	u8 (*read_byte)(struct lab_window *window, u32 offset);
	void (*write_byte)(struct lab_window *window, u32 offset, u8 value);
	struct resource resource;
};

/* Add the window that register range index of the driver's node describes. */
int lab_window_add(struct lab_window *window, struct device_node *node, int index);

/* ---- interrupts ---- */

/* So many lines, for the driver's "interrupts-extended = <&node LINE>". */
struct irq_domain *lab_lines_add(struct device_node *node, unsigned int count);

/* Raise a line, from a thread: the driver's handler has run when this returns. */
void lab_line_raise(struct irq_domain *lines, unsigned int line);

/* ---- faults and counters ---- */

#define LAB_FOREVER U32_MAX

/* A folder in debugfs below "lab". */
struct dentry *lab_folder(const char *name);

/* Files in it, named fault_NAME for a fault that lab_fault() asks for. */
struct lab_number {
	const char *name;
	u32 *number;
};
void lab_add_counters(struct dentry *folder, const struct lab_number *counters, size_t count);
void lab_add_faults(struct dentry *folder, const struct lab_number *faults, size_t count);

/* Whether a fault, set as a count through debugfs, happens now; it then happens once less. */
bool lab_fault(u32 *fault);

/* ---- memory ---- */

/* Where the device writes to for this bus address, NULL when not all of it is memory. */
void *lab_memory(u64 address, size_t size);

/* ---- the sensor ---- */

struct lab_sensor;

/* Who gets the frames. Called from the sensor's thread, in this order, for each frame. */
struct lab_receiver {
	void (*begin)(struct lab_receiver *receiver, const struct scene_frame *frame);
	void (*store)(struct lab_receiver *receiver, const struct scene_frame *frame);
	void (*end)(struct lab_receiver *receiver, const struct scene_frame *frame);
};

/* The sensor at property "lab,sensor" of the node; -EPROBE_DEFER as an error pointer. */
struct lab_sensor *lab_sensor_find(struct device_node *node);

void lab_sensor_connect(struct lab_sensor *sensor, struct lab_receiver *receiver);

/*
 * Write the embedded data of the frame that has begun, nothing where the sensor has none. Returns how
 * many bytes say something. May sleep.
 */
u32 lab_sensor_embedded(struct lab_sensor *sensor, u8 *line, size_t size);

int lab_sensor_register(void);
void lab_scene_light(struct scene_light *light);

#endif
