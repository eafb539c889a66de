/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a processor measured of one frame, on a grid, in words that suit every processor.
 *
 * A platform translates its block of statistics into these and hands them to exposure and
 * white balance; it may do so twice with different grids (Rockchip: 5x5 of luminance, one
 * of colour). All means are linear, with the black level taken off, on a scale on which
 * IPA_FULL is a pixel that can't be brighter: where hardware takes the black level off and
 * does not stretch what is left, ipa_zones_scale() does.
 */
#ifndef RAWLINE_IPA_ZONES_H
#define RAWLINE_IPA_ZONES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/ipa/color.h"

#define IPA_FULL 65535

/* From here a mean hides how bright it really is: 95 % of IPA_FULL. */
#define IPA_CLIPPED 62258

enum ipa_zones_kind {
	IPA_ZONES_COLOR, /* red, green, blue are filled */
	IPA_ZONES_LUMA,  /* luma is filled; of no use for white balance */
};

struct ipa_zone {
	uint16_t red, green, blue;
	uint16_t luma;
	uint16_t valid;     /* share of its pixels in the means; 0: there are no means */
	uint16_t saturated; /* share of its pixels that are clipped, as far as is known */
};

/* How bright a frame was made: the light it got is the product of the three. */
struct ipa_settings {
	uint64_t exposure_ns;
	double analogue_gain;
	double digital_gain; /* in the sensor, or at least ahead of the statistics; else 1 */
};

struct ipa_zones {
	enum ipa_zones_kind kind;
	unsigned columns, rows;
	const struct ipa_zone *zones; /* columns * rows, row by row; lent */

	/* The means leave clipped pixels out (IPU3), so that they miss the brightest part. */
	bool saturated_left_out;
	/* One a zone, 0 to 255, instead of the metering pattern; NULL if there are none. Lent. */
	const uint8_t *weights;
	/* Colour gains of this frame that the means do not have in them yet; else 1, 1. */
	struct ipa_gains gains;
	/* Counts of pixels from dark to bright, of the same frame; NULL if there are none. Lent. */
	const uint32_t *histogram;
	unsigned num_bins;

	uint32_t sequence;
	struct ipa_settings made_by;
};

/*
 * Luminance of a zone, colour gains in: 0.299 R + 0.587 G + 0.114 B, each cut at IPA_FULL,
 * or luma as it is; pixels that were left out for being clipped counted as IPA_FULL.
 */
uint16_t ipa_zones_luma(const struct ipa_zones *zones, size_t index);

/*
 * True if a zone without means must be taken for a clipped one: it says so itself, or a
 * neighbour is clipped. Some processors report such a zone as black or as nothing.
 */
bool ipa_zones_is_burnt(const struct ipa_zones *zones, size_t index);

/*
 * A mean on the scale of zones: 0 to 1 is the hardware's full range, of which white lacks
 * the black level (of 65536) that was taken off. Cut at both ends.
 */
uint16_t ipa_zones_scale(double mean, uint16_t black_level);

/* The product of exposure and gains, in ns; 0 if a part makes no sense. */
double ipa_settings_total(const struct ipa_settings *settings);

#endif
