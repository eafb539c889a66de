/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Statistics of a Raspberry Pi's ISP: as zones for exposure and balance, and as a record. */
#ifndef RAWLINE_RPI_STATS_H
#define RAWLINE_RPI_STATS_H

#include <stdint.h>

#include "common/ipa/exposure.h"
#include "common/ipa/zones.h"
#include "rpi/layout.h"
#include "rpi/values.h"

struct frame;
struct json;

/* Regions for white balance are put together by twos, each way. */
#define RPI_ZONE_COLUMNS (RPI_COLOUR_COLUMNS / 2)
#define RPI_ZONE_ROWS    (RPI_COLOUR_ROWS / 2)
#define RPI_NUM_ZONES    (RPI_ZONE_COLUMNS * RPI_ZONE_ROWS)

/*
 * What was measured of one frame. Nothing measured: columns and rows are 0. The zones point
 * into the struct itself, so it must not be copied. The caller fills in sequence and made_by,
 * whose digital gain is the sensor's alone: the processor's comes behind what is measured.
 */
struct rpi_zones {
	struct ipa_zones luma; /* with white balance in it; one row, with weights: it is no grid */
	struct ipa_zones color; /* as the sensor saw it, without clipped pixels */

	struct ipa_zone exposure[RPI_USED_EXPOSURE];
	uint8_t weights[RPI_USED_EXPOSURE];
	struct ipa_zone colours[RPI_NUM_ZONES];
};

/*
 * Reads statistics, in a buffer that is mapped, which were made with these values. Returns 0,
 * also if nothing was measured; -EBADMSG if they are too short to be any; -EPROTO if they say of
 * themselves that they are of an older kind. There are no zones then.
 */
int rpi_stats_zones(const struct frame *frame, const struct rpi_in_force *in_force,
		    enum ipa_metering metering, struct rpi_zones *zones);

/*
 * Adds what was measured to a frame's record: see rawline-report(5). The frame's buffer must be
 * mapped.
 */
void rpi_stats_decode(const struct frame *frame, struct json *json);

#endif
