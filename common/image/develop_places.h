/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The matrix of developing over arrays of samples: a plain loop of a fixed length, which
 * compilers turn into vector code of whatever instructions the including file may use.
 */
#ifndef RAWLINE_DEVELOP_PLACES_H
#define RAWLINE_DEVELOP_PLACES_H

#include <stddef.h>
#include <stdint.h>

#include "common/image/kernels.h"

static void find_places(const struct place_row *row, const uint16_t *restrict red,
			const uint16_t *restrict green, const uint16_t *restrict blue,
			uint16_t *restrict places, size_t count)
{
	const int32_t from_red = row->from[0], from_green = row->from[1];
	const int32_t from_blue = row->from[2], last = row->last;
	const int32_t half = (int32_t)(1u << row->shift >> 1);
	const unsigned shift = row->shift;
	int32_t place;

	for (size_t i = 0; i < count; i += KERNELS_BLOCK) {
		for (size_t k = 0; k < KERNELS_BLOCK; k++) {
			place = from_red * red[i + k] + from_green * green[i + k] +
				from_blue * blue[i + k] + half;
			place >>= shift;
			place = place < 0 ? 0 : place;
			places[i + k] = (uint16_t)(place < last ? place : last);
		}
	}
}

#endif
