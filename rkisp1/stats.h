/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Statistics of a Rockchip ISP: as zones for exposure and white balance, and as a record. */
#ifndef RAWLINE_RKISP1_STATS_H
#define RAWLINE_RKISP1_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/ipa/zones.h"
#include "rkisp1/layout.h"
#include "rkisp1/params.h"

struct buffer;
struct frame;
struct json;

/*
 * What was measured of one frame. What was not has no zones: its columns and rows are 0. The
 * zones point into the struct itself, so it must not be copied. The caller fills in
 * sequence and made_by, whose digital gain is that of the parameters in force.
 */
struct rkisp1_zones {
	struct ipa_zones luma; /* the grid, with the histogram if there is one */
	struct ipa_zones color; /* one zone, the middle of the picture, as the sensor saw it */

	struct ipa_zone cells[RKISP1_MAX_CELLS];
	struct ipa_zone white;
	uint32_t bins[RKISP1_MAX_BINS];
};

/*
 * Empties a buffer of the statistics node, which is mapped, before it is queued: the driver
 * only adds to what is there.
 */
void rkisp1_stats_clear(struct buffer *buffer);

/*
 * Reads statistics, in a buffer that is mapped, which were made with these parameters.
 * Returns 0, also if nothing was measured; or -EBADMSG if these are no statistics: too
 * short, or in a buffer that was not cleared. There are no zones then.
 */
int rkisp1_stats_zones(const struct frame *frame, const struct rkisp1_in_force *in_force,
		       struct rkisp1_zones *zones);

/* Adds what was measured to a frame's record: see rawline-report(5). */
typedef void rkisp1_stats_decode_fn(const struct frame *frame, struct json *json);

/* The one that suits a revision. The frame's buffer must be mapped. */
rkisp1_stats_decode_fn *rkisp1_stats_decoder(uint32_t hw_revision);

#endif
