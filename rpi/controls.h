/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The controls of bcm2835-isp, which are all those of its input node (output0).
 *
 *	rpi_controls_find(log, isp->input->fd, isp->input->name, &controls);
 *	rpi_controls_start(&controls, &wishes);
 *	later, before RAW is queued that they shall act on:
 *		wishes.gains = wanted->gains;
 *		rpi_controls_write(&controls, &wishes, RPI_PART_GAINS);
 *	rpi_controls_finish(&controls);
 *
 * The driver's own controls are found by name: kernels do not agree on their numbers. Values
 * live in the driver, and in the firmware behind it, also while nobody has the node open. The
 * control core hands on only what differs from the value that it has; in the beginning that
 * one is of its own making, and the firmware knows nothing of it.
 */
#ifndef RAWLINE_RPI_CONTROLS_H
#define RAWLINE_RPI_CONTROLS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buffer/buffer.h"
#include "rpi/values.h"

struct log;

/* In the order in which they are written. */
enum rpi_control {
	RPI_RED,
	RPI_BLUE,
	RPI_DIGITAL,
	RPI_MATRIX,
	RPI_BLACK,
	RPI_GREENS,
	RPI_GAMMA,
	RPI_DENOISE,
	RPI_SHARPEN,
	RPI_DEFECTS,
	RPI_COLOUR_DENOISE,
	RPI_SHADING,
	RPI_NUM_CONTROLS,
};

struct rpi_controls {
	struct log *log;
	int fd;                         /* of output0, lent */
	const char *name;               /* of output0, for sentences; lent */
	uint32_t ids[RPI_NUM_CONTROLS]; /* 0: it is not there */
	struct rpi_values values;       /* as they were written last */
	struct buffer shading;          /* table that the firmware reads */
	bool has_refused;               /* that was said */
	bool is_unknown; /* a call failed half-way: what is there is not what values say */
};

/*
 * Asks which controls there are; writes nothing. Name and descriptor are lent until
 * rpi_controls_finish(). Returns 0; -ENOTSUP if one lacks without which no picture is right
 * (gains, matrix, black level, gamma); or -errno; said.
 */
int rpi_controls_find(struct log *log, int fd, const char *name,
		      struct rpi_controls *controls);

/*
 * Writes all of them, whatever they were before, with two calls. Lens shading takes one more,
 * and memory that the firmware can read: that of a heap. Without a table it is left alone, or
 * switched off if somebody else left it on. Returns 0, or -errno (also if there is no such
 * memory); said.
 */
int rpi_controls_start(struct rpi_controls *controls, const struct rpi_wishes *wishes);

/*
 * Writes what has changed of these parts (enum rpi_part) since the last time: one call, or
 * none. Nothing is allocated. Returns 0 or -errno; only the first refusal is said, and what was
 * refused is written again with the next call.
 */
int rpi_controls_write(struct rpi_controls *controls, const struct rpi_wishes *wishes,
		       unsigned parts);

/* Lets go of the table; the controls stay as they are. Fine on an empty struct. */
void rpi_controls_finish(struct rpi_controls *controls);

#endif
