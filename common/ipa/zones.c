// SPDX-License-Identifier: GPL-2.0-or-later
/* What a processor measured of one frame, on a grid, in words that suit every processor. */
#include "common/ipa/zones.h"

/* The mean with clipped pixels put back: those were left out of it and are IPA_FULL. */
static uint32_t put_back(uint32_t mean, uint32_t saturated)
{
	return (mean * (IPA_FULL - saturated) + IPA_FULL * saturated) / IPA_FULL;
}

static double cut(double mean)
{
	return mean < IPA_FULL ? (mean > 0 ? mean : 0) : IPA_FULL;
}

static uint32_t mix(const struct ipa_zone *zone, const struct ipa_gains *gains)
{
	return (uint32_t)(0.299 * cut(zone->red * gains->red) + 0.587 * zone->green +
			  0.114 * cut(zone->blue * gains->blue));
}

uint16_t ipa_zones_luma(const struct ipa_zones *zones, size_t index)
{
	const struct ipa_zone *zone = &zones->zones[index];
	uint32_t luma = zone->luma;

	if (zones->kind == IPA_ZONES_COLOR)
		luma = mix(zone, &zones->gains);
	if (zones->saturated_left_out)
		luma = put_back(luma, zone->saturated);
	return (uint16_t)(luma < IPA_FULL ? luma : IPA_FULL);
}

static bool is_clipped(const struct ipa_zones *zones, size_t index)
{
	const struct ipa_zone *zone = &zones->zones[index];

	return zone->saturated >= IPA_FULL / 2 ||
	       (zone->valid && ipa_zones_luma(zones, index) >= IPA_CLIPPED);
}

bool ipa_zones_is_burnt(const struct ipa_zones *zones, size_t index)
{
	size_t columns = zones->columns, column = index % columns, row = index / columns;

	if (zones->zones[index].saturated >= IPA_FULL / 2)
		return true;
	return (column > 0 && is_clipped(zones, index - 1)) ||
	       (column + 1 < columns && is_clipped(zones, index + 1)) ||
	       (row > 0 && is_clipped(zones, index - columns)) ||
	       (row + 1 < zones->rows && is_clipped(zones, index + columns));
}

uint16_t ipa_zones_scale(double mean, uint16_t black_level)
{
	return ipa_scale_u16(mean * 65536 / (65536 - black_level));
}

double ipa_settings_total(const struct ipa_settings *settings)
{
	double total = (double)settings->exposure_ns * settings->analogue_gain *
		       settings->digital_gain;

	/* NaN and infinity, too, make no sense. */
	return total > 0 && total < 1e15 ? total : 0;
}
