/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Embedded data of a sensor: the registers that a frame was made with, which the sensor sends
 * ahead of it, in the format of SMIA's and CCS's "simplified 2-byte tagged data".
 */
#ifndef RAWLINE_RPI_EMBEDDED_H
#define RAWLINE_RPI_EMBEDDED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Which registers a sensor sends, and how they are packed: as pixels of its mode. */
struct rpi_embedded_layout {
	unsigned bits;                         /* of a pixel: 8, 10, 12 or 14 */
	unsigned lines;                        /* at most, that have registers in them */
	uint16_t exposure, gain, frame_length; /* addresses, the upper byte first */
	uint16_t line_length;                  /* 0: not sent */
	uint16_t temperature;                  /* one byte; 0: not sent */
};

/*
 * What a frame was made with, in the units of the sensor's registers. Of frames that were asked
 * to last more than RPI_EMBEDDED_MAX_LINES lines (height and VBLANK as they were written),
 * imx477 and its relatives count exposure and frame length in multiples of a line. The factor is
 * not in the data: these two are not to be relied on then.
 */
struct rpi_embedded {
	uint32_t exposure;     /* lines */
	uint32_t gain;         /* code of analogue gain, as V4L2_CID_ANALOGUE_GAIN */
	uint32_t frame_length; /* lines */
	uint32_t line_length;  /* pixel clocks; 0: not told */
	bool has_temperature;
	int temperature; /* degrees Celsius */
};

#define RPI_EMBEDDED_MAX_LINES 0xffdc

/*
 * The layout of a sensor, by its entity's name ("imx477 10-001a"), in a mode of so many bits.
 * Returns 0, or -ENOENT if nobody knows its data, or they can't be relied on.
 */
int rpi_embedded_find(const char *entity, unsigned bits, struct rpi_embedded_layout *layout);

/*
 * Reads embedded data of one frame. Returns 0; -EBADMSG if this is none, or damaged;
 * -ENODATA if exposure, gain or the frame's length is not in it. *embedded stays as it was then.
 */
int rpi_embedded_parse(const void *data, size_t bytes,
		       const struct rpi_embedded_layout *layout,
		       struct rpi_embedded *embedded);

#endif
