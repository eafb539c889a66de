/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Statistics of an ImgU: as zones for exposure and white balance, and as a record. */
#ifndef RAWLINE_IPU3_STATS_H
#define RAWLINE_IPU3_STATS_H

#include "common/ipa/zones.h"
#include "ipu3/params.h"

struct frame;
struct json;

/* Cells are put together, so that the CPU has no more zones than these to look at. */
#define IPU3_MAX_ZONE_COLUMNS 8
#define IPU3_MAX_ZONE_ROWS    6
#define IPU3_MAX_ZONES        (IPU3_MAX_ZONE_COLUMNS * IPU3_MAX_ZONE_ROWS)

/*
 * What was measured of one frame. Nothing measured: columns and rows are 0. The zones point
 * into the struct itself, so it must not be copied. The caller fills in sequence and made_by, whose
 * digital gain is the sensor's alone: the processor's comes behind what is measured.
 */
struct ipu3_zones {
	struct ipa_zones luma; /* with white balance in it, and saturated pixels put back */
	struct ipa_zones color; /* as the sensor saw it */

	struct ipa_zone zones[IPU3_MAX_ZONES];
};

/*
 * Reads statistics, in a buffer that is mapped, which were made with these parameters.
 * Returns 0, also if nothing was measured; or -EBADMSG if they are too short to be any.
 * There are no zones then.
 */
int ipu3_stats_zones(const struct frame *frame, const struct ipu3_in_force *in_force,
		     struct ipu3_zones *zones);

/*
 * Adds what was measured to a frame's record: see rawline-report(5). The frame's buffer must be
 * mapped.
 */
void ipu3_stats_decode(const struct frame *frame, struct json *json);

#endif
