/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lens shading of a Raspberry Pi's ISP: a table of factors in memory that the firmware reads,
 * and the control that says how it lies there.
 */
#ifndef RAWLINE_RPI_SHADING_H
#define RAWLINE_RPI_SHADING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rpi/layout.h"
#include "rpi/values.h"

#define RPI_SHADING_PLANES 4

/* True if there is a table among the wishes. */
bool rpi_shading_is_wished(const struct rpi_wishes *wishes);

/*
 * How a table for such RAW lies in memory; enabled if one is wished, and without a
 * descriptor. Returns 0, or -EINVAL for RAW that is too large for any table.
 */
int rpi_shading_lay_out(const struct rpi_wishes *wishes, struct rpi_shading *shading);

/* Bytes of the table. */
static inline size_t rpi_shading_bytes(const struct rpi_shading *shading)
{
	return sizeof(uint16_t) * RPI_SHADING_PLANES * shading->stride * shading->rows;
}

/* Fills a table that lies so; 1.0 everywhere where none is wished. */
void rpi_shading_fill(const struct rpi_wishes *wishes, const struct rpi_shading *shading,
		      uint16_t *table);

#endif
