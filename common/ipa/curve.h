/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A curve of straight pieces, for gamma: from light to numbers, as tables for hardware. */
#ifndef RAWLINE_IPA_CURVE_H
#define RAWLINE_IPA_CURVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IPA_CURVE_MAX_POINTS 64

struct ipa_curve_point {
	uint16_t x;
	uint16_t y;
};

/*
 * Both axes 0 to 65535. The first x is 0 and the last 65535, each x is above the one
 * before it and no y below.
 */
struct ipa_curve {
	unsigned num_points;
	struct ipa_curve_point points[IPA_CURVE_MAX_POINTS];
};

/* sRGB's (IEC 61966-2-1), within a tenth of a step of 8 bits. */
extern const struct ipa_curve ipa_curve_srgb;

/* True if the curve is as the struct says. */
bool ipa_curve_is_valid(const struct ipa_curve *curve);

/* The curve's y at x. */
uint16_t ipa_curve_at(const struct ipa_curve *curve, uint16_t x);

/*
 * A table for hardware: the curve at each of count places, x being xs[i] / full, as numbers
 * of that many bits (1 to 16), 1.0 being all ones. xs need not rise.
 */
void ipa_curve_table(const struct ipa_curve *curve, const uint16_t *xs, size_t count,
		     uint32_t full, unsigned bits, uint16_t *table);

/* The same at count places (2 or more) with equal distances, from 0 to 1.0. */
void ipa_curve_even_table(const struct ipa_curve *curve, size_t count, unsigned bits,
			  uint16_t *table);

/* 2 to the power of stops, which is cut to -16 to 16; the same on every machine. */
double ipa_exp2(double stops);

#endif
