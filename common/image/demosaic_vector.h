/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loops of demosaic_plain.c with vectors, whichever vector.h gives. Filters are plain loops
 * that the compiler turns into vector code; where it would not, there are loops here. What is
 * left at the end of a line is done by the plain ones.
 */
#ifndef RAWLINE_DEMOSAIC_VECTOR_H
#define RAWLINE_DEMOSAIC_VECTOR_H

#include "common/image/kernels.h"
#include "common/image/vector.h"

#ifdef VECTOR_LANES

#include "common/image/demosaic_filters.h"
#include "common/image/develop_places.h"

/*
 * Products of 32 bits in two halves, 12 bits down: rounded by the highest bit that falls off,
 * all ones if a bit is left above the 16.
 */
static void scale_vec(uint16_t *samples, size_t count, const struct line_scale *scale,
		      unsigned most)
{
	vec black = vec_set32(scale->black[0] | (uint32_t)scale->black[1] << 16);
	vec gain = vec_set32(scale->gain[0] | (uint32_t)scale->gain[1] << 16);
	vec limit = vec_set16(most), fits, high, low, above, value;

	for (size_t i = 0; i < count; i += 8 * VECTOR_LANES) {
		above = vec_sub16_least(vec_load(samples + i), black);
		high = vec_mul16_high(above, gain);
		low = vec_mul16(above, gain);
		fits = vec_equal16(vec_sub16_least(high, vec_set16(4095)), vec_set16(0));
		value = vec_or(vec_shl16(high, 4), vec_shr16(low, 12));
		value = vec_add16_most(value, vec_and(vec_shr16(low, 11), vec_set16(1)));
		value = vec_select(fits, value, vec_set16(0xffff));
		vec_store(samples + i, vec_min16(value, limit));
	}
}

static void split_vec(const uint16_t *samples, uint16_t *even, uint16_t *odd, size_t pairs)
{
	size_t step = 8 * VECTOR_LANES;
	vec a, b;

	for (size_t i = 0; i < pairs; i += step) {
		a = vec_load_lanes(samples + 2 * i, 32);
		b = vec_load_lanes(samples + 2 * i + 8, 32);
		vec_store(even + i, vec_even16(a, b));
		vec_store(odd + i, vec_odd16(a, b));
	}
}

static void narrow_vec(const uint16_t *samples, uint8_t *bytes, size_t count, unsigned shift)
{
	size_t step = 16 * VECTOR_LANES;
	vec a, b;

	for (size_t i = 0; i < count; i += step) {
		a = vec_shr16_by(vec_load_lanes(samples + i, 32), shift);
		b = vec_shr16_by(vec_load_lanes(samples + i + 8, 32), shift);
		vec_store(bytes + i, vec_narrow16(a, b));
	}
}

/* Samples of the pixels from a pair on; for the plain loops, which do what is left. */
static inline struct line_pixels skip_pairs(const struct line_pixels *pixels, size_t pairs)
{
	struct line_pixels rest;

	for (unsigned i = 0; i < 2; i++) {
		rest.red[i] = pixels->red[i] + pairs;
		rest.green[i] = pixels->green[i] + pairs;
		rest.blue[i] = pixels->blue[i] + pairs;
	}
	return rest;
}

/* Bytes in a pair's words: the even column's is the lower one, so it comes first. */
static inline vec join_bytes(const uint16_t *const columns[2], size_t pair, unsigned shift)
{
	vec even = vec_shr16_by(vec_load(columns[0] + pair), shift);
	vec odd = vec_shr16_by(vec_load(columns[1] + pair), shift);

	return vec_or(even, vec_shl16(odd, 8));
}

static void join_8_vec(const struct line_pixels *pixels, uint8_t *rgb, uint32_t width,
		       unsigned shift)
{
	size_t step = 8 * VECTOR_LANES, pair = 0;
	struct line_pixels rest;

	for (; 2 * (pair + step) <= width; pair += step)
		vec_store_3x8(rgb + 6 * pair, join_bytes(pixels->red, pair, shift),
			      join_bytes(pixels->green, pair, shift),
			      join_bytes(pixels->blue, pair, shift));
	rest = skip_pairs(pixels, pair);
	join_8_plain(&rest, rgb + 6 * pair, width - 2 * (uint32_t)pair, shift);
}

/* Scaled to 16 bits, the high byte first. */
static inline vec scale_to_16(const uint16_t *samples, unsigned bits)
{
	vec words = vec_load(samples);

	words = vec_or(vec_shl16_by(words, 16 - bits), vec_shr16_by(words, 2 * bits - 16));
	return vec_or(vec_shl16(words, 8), vec_shr16(words, 8));
}

static void join_16_vec(const struct line_pixels *pixels, uint8_t *rgb, uint32_t width,
			unsigned bits)
{
	size_t step = 8 * VECTOR_LANES, pair = 0;
	struct line_pixels rest;
	vec even[3], odd[3];

	for (; 2 * (pair + step) <= width; pair += step) {
		for (unsigned i = 0; i < 2; i++) {
			vec *half = i ? odd : even;

			half[0] = scale_to_16(pixels->red[i] + pair, bits);
			half[1] = scale_to_16(pixels->green[i] + pair, bits);
			half[2] = scale_to_16(pixels->blue[i] + pair, bits);
		}
		vec_store_3x16(rgb + 12 * pair, 96, vec_zip_low16(even[0], odd[0]),
			       vec_zip_low16(even[1], odd[1]),
			       vec_zip_low16(even[2], odd[2]));
		vec_store_3x16(rgb + 12 * pair + 48, 96, vec_zip_high16(even[0], odd[0]),
			       vec_zip_high16(even[1], odd[1]),
			       vec_zip_high16(even[2], odd[2]));
	}
	rest = skip_pairs(pixels, pair);
	join_16_plain(&rest, rgb + 12 * pair, width - 2 * (uint32_t)pair, bits);
}

static void join_vec(const uint16_t *even, const uint16_t *odd, uint16_t *samples,
		     uint32_t width)
{
	size_t step = 8 * VECTOR_LANES, pair = 0;
	vec a, b;

	for (; 2 * (pair + step) <= width; pair += step) {
		a = vec_load(even + pair);
		b = vec_load(odd + pair);
		vec_store_lanes(samples + 2 * pair, 32, vec_zip_low16(a, b));
		vec_store_lanes(samples + 2 * pair + 8, 32, vec_zip_high16(a, b));
	}
	join_plain(even + pair, odd + pair, samples + 2 * pair, width - 2 * (uint32_t)pair);
}

/* Means down the columns beside, at and beside x. */
static inline vec mean_rows(const struct line_bytes *lines, size_t x)
{
	return vec_mean8_up(vec_load(lines->above + x), vec_load(lines->below + x));
}

static void bilinear_8_vec(const struct line_bytes *lines, uint8_t *rgb, uint32_t width)
{
	vec is_color = vec_set16(lines->color_column ? 0xff00 : 0xff);
	size_t step = 16 * VECTOR_LANES, x = 0;
	struct line_bytes rest = *lines;
	vec at, across, down, corners, green, own, other;

	for (; x + step <= width; x += step) {
		at = vec_load(lines->at + x);
		across = vec_mean8_down(vec_load(lines->at + x - 1),
					vec_load(lines->at + x + 1));
		down = mean_rows(lines, x);
		corners = vec_mean8_down(mean_rows(lines, x - 1), mean_rows(lines, x + 1));
		green = vec_select(is_color, vec_mean8_up(across, down), at);
		own = vec_select(is_color, at, across);
		other = vec_select(is_color, corners, down);
		if (lines->has_red)
			vec_store_3x8(rgb + 3 * x, own, green, other);
		else
			vec_store_3x8(rgb + 3 * x, other, green, own);
	}
	rest.above += x;
	rest.at += x;
	rest.below += x;
	bilinear_8_plain(&rest, rgb + 3 * x, width - (uint32_t)x);
}

#define VECTOR_KERNELS(set_name)                                                \
	{                                                                       \
		.name = set_name, .unpack = unpack_vector, .scale = scale_vec,  \
		.split = split_vec, .narrow = narrow_vec,                       \
		.good_12 = { fill_color_sites_16, fill_green_sites_16 },        \
		.good_16 = { fill_color_sites_32, fill_green_sites_32 },        \
		.fast = { fill_color_sites_fast, fill_green_sites_fast },       \
		.join_8 = join_8_vec, .join_16 = join_16_vec, .join = join_vec, \
		.places = find_places, .bilinear_8 = bilinear_8_vec,            \
	}

#endif
#endif
