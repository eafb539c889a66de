/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The demosaic's filters over arrays of samples of one colour: plain loops of a fixed length,
 * which compilers turn into vector code of whatever instructions the including file may use.
 */
#ifndef RAWLINE_DEMOSAIC_FILTERS_H
#define RAWLINE_DEMOSAIC_FILTERS_H

#include <stddef.h>
#include <stdint.h>

#include "common/image/kernels.h"

#define BLOCK KERNELS_BLOCK

/*
 * The filters, for sums of one type: 16 bits hold those of samples up to 12 bits and take half
 * the time. For this a sum is halved as soon as nothing but even numbers is to be added: what
 * falls off then makes no difference in the end.
 *
 *	green at R and B / 8     B at R, R at B / 16     own colour at green / 16
 *	      -1                       -3                       1
 *	       2                     4    4                  -2   -2
 *	-1  2  4  2 -1           -3    12   -3           -2  8  10  8 -2
 *	       2                     4    4                  -2   -2
 *	      -1                       -3                       1
 *
 * and the other colour at green by the last one turned by 90 degrees.
 */
#define DEFINE_FILTERS(bits, sum_t)                                                      \
	static inline uint16_t clamp_##bits(sum_t sum, int shift, sum_t most)            \
	{                                                                                \
		sum_t value = (sum_t)(sum >> shift);                                     \
                                                                                         \
		value = value < 0 ? 0 : value;                                           \
		return (uint16_t)(value > most ? most : value);                          \
	}                                                                                \
                                                                                         \
	static inline void fill_color_sites_##bits(const struct line_sites *sites,       \
						   uint16_t *restrict green,             \
						   uint16_t *restrict other,             \
						   size_t half, unsigned limit)          \
	{                                                                                \
		const uint16_t *n2 = sites->same[0], *n1 = sites->same[1];               \
		const uint16_t *s1 = sites->same[3], *s2 = sites->same[4];               \
		const uint16_t *at = sites->same[2], *w2 = at - 1, *e2 = at + 1;         \
		const uint16_t *nw = sites->left[0], *w1 = sites->left[1];               \
		const uint16_t *sw = sites->left[2];                                     \
		sum_t most = (sum_t)limit;                                               \
                                                                                         \
		for (size_t i = 0; i < half; i += BLOCK) {                               \
			for (size_t k = 0; k < BLOCK; k++) {                             \
				size_t j = i + k;                                        \
				sum_t far = (sum_t)(n2[j] + s2[j] + w2[j] + e2[j]);      \
				sum_t near = (sum_t)(n1[j] + s1[j] + w1[j] + w1[j + 1]); \
				sum_t corners =                                          \
					(sum_t)(nw[j] + nw[j + 1] + sw[j] + sw[j + 1]);  \
				sum_t g = (sum_t)(2 * at[j] + near + ((4 - far) >> 1));  \
				sum_t o = (sum_t)(3 * at[j] + corners - far +            \
						  ((far + 8) >> 2));                     \
                                                                                         \
				green[j] = clamp_##bits(g, 2, most);                     \
				other[j] = clamp_##bits(o, 2, most);                     \
			}                                                                \
		}                                                                        \
	}                                                                                \
                                                                                         \
	static inline void fill_green_sites_##bits(const struct line_sites *sites,       \
						   uint16_t *restrict own,               \
						   uint16_t *restrict other,             \
						   size_t half, unsigned limit)          \
	{                                                                                \
		const uint16_t *n2 = sites->same[0], *n1 = sites->same[1];               \
		const uint16_t *s1 = sites->same[3], *s2 = sites->same[4];               \
		const uint16_t *at = sites->same[2], *w2 = at - 1, *e2 = at + 1;         \
		const uint16_t *nw = sites->left[0], *w1 = sites->left[1];               \
		const uint16_t *sw = sites->left[2];                                     \
		sum_t most = (sum_t)limit;                                               \
                                                                                         \
		for (size_t i = 0; i < half; i += BLOCK) {                               \
			for (size_t k = 0; k < BLOCK; k++) {                             \
				size_t j = i + k;                                        \
				sum_t across = (sum_t)(w2[j] + e2[j]);                   \
				sum_t down = (sum_t)(n2[j] + s2[j]);                     \
				sum_t corners =                                          \
					(sum_t)(nw[j] + nw[j + 1] + sw[j] + sw[j + 1]);  \
				sum_t both = (sum_t)(at[j] - corners);                   \
				sum_t h = (sum_t)(both - across + ((down + 8) >> 1));    \
				sum_t v = (sum_t)(both - down + ((across + 8) >> 1));    \
                                                                                         \
				h = (sum_t)(2 * (at[j] + w1[j] + w1[j + 1]) + (h >> 1)); \
				v = (sum_t)(2 * (at[j] + n1[j] + s1[j]) + (v >> 1));     \
				own[j] = clamp_##bits(h, 2, most);                       \
				other[j] = clamp_##bits(v, 2, most);                     \
			}                                                                \
		}                                                                        \
	}

DEFINE_FILTERS(16, int16_t)
DEFINE_FILTERS(32, int32_t)

/*
 * Bilinear: the means of the nearest two or four. Means of two are rounded up, those of a line
 * down, and so in turn, that no colour gets brighter than the others.
 */
static inline uint16_t mean_up(uint16_t a, uint16_t b)
{
	return (uint16_t)((a + b + 1) >> 1);
}

static inline uint16_t mean_down(uint16_t a, uint16_t b)
{
	return (uint16_t)((a + b) >> 1);
}

static inline void fill_color_sites_fast(const struct line_sites *sites,
					 uint16_t *restrict green, uint16_t *restrict other,
					 size_t half, unsigned limit)
{
	const uint16_t *n1 = sites->same[1], *s1 = sites->same[3];
	const uint16_t *nw = sites->left[0], *w1 = sites->left[1], *sw = sites->left[2];

	for (size_t i = 0; i < half; i += BLOCK) {
		for (size_t k = 0; k < BLOCK; k++) {
			size_t j = i + k;

			green[j] = mean_up(mean_down(w1[j], w1[j + 1]),
					   mean_up(n1[j], s1[j]));
			other[j] = mean_down(mean_up(nw[j], sw[j]),
					     mean_up(nw[j + 1], sw[j + 1]));
		}
	}
}

static inline void fill_green_sites_fast(const struct line_sites *sites,
					 uint16_t *restrict own, uint16_t *restrict other,
					 size_t half, unsigned limit)
{
	const uint16_t *n1 = sites->same[1], *s1 = sites->same[3], *w1 = sites->left[1];

	for (size_t i = 0; i < half; i += BLOCK) {
		for (size_t k = 0; k < BLOCK; k++) {
			size_t j = i + k;

			own[j] = mean_down(w1[j], w1[j + 1]);
			other[j] = mean_up(n1[j], s1[j]);
		}
	}
}

#endif
