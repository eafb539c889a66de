/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loops of unpack_plain.c with vectors, whichever vector.h gives. Each takes as many
 * whole vectors as the line's own bytes allow and leaves the rest to the plain one.
 */
#ifndef RAWLINE_UNPACK_VECTOR_H
#define RAWLINE_UNPACK_VECTOR_H

#include "common/image/kernels.h"
#include "common/image/vector.h"

#ifdef VECTOR_LANES

#define STEP      (8 * VECTOR_LANES) /* samples in a vector */
#define EACH_4(x) x, x, x, x

static void unpack_bytes(const uint8_t *line, uint16_t *samples, uint32_t width, unsigned bits)
{
	for (; width >= STEP; width -= STEP, line += STEP, samples += STEP)
		vec_store(samples, vec_load_wider(line));
	unpack_plain[UNPACK_BYTES](line, samples, width, bits);
}

static void unpack_words(const uint8_t *line, uint16_t *samples, uint32_t width, unsigned bits)
{
	vec mask = vec_set16(0xffffu >> (16 - bits));

	for (; width >= STEP; width -= STEP, line += 2 * STEP, samples += STEP)
		vec_store(samples, vec_and(vec_load(line), mask));
	unpack_plain[UNPACK_WORDS](line, samples, width, bits);
}

static void unpack_words_be(const uint8_t *line, uint16_t *samples, uint32_t width,
			    unsigned bits)
{
	vec mask = vec_set16(0xffffu >> (16 - bits));
	vec words;

	for (; width >= STEP; width -= STEP, line += 2 * STEP, samples += STEP) {
		words = vec_load(line);
		words = vec_or(vec_shl16(words, 8), vec_shr16(words, 8));
		vec_store(samples, vec_and(words, mask));
	}
	unpack_plain[UNPACK_WORDS_BE](line, samples, width, bits);
}

/*
 * CSI-2: a lane is loaded from where its eight samples begin, more than it needs: the loops end
 * eight samples early, so that there are bytes to load. In each word the byte of a sample comes
 * to be the high one, the byte with low bits the low one; these are moved to the top and down.
 */
#define CSI2_WIDTH (STEP + 8)

static void unpack_csi2_10(const uint8_t *line, uint16_t *samples, uint32_t width,
			   unsigned bits)
{
	static const uint8_t order[16] = { 4, 0, 4, 1, 4, 2, 4, 3, 9, 5, 9, 6, 9, 7, 9, 8 };
	static const uint16_t up[8] = { 1 << 14, 1 << 12, 1 << 10, 1 << 8,
					1 << 14, 1 << 12, 1 << 10, 1 << 8 };
	vec orders = vec_spread8(order), ups = vec_spread16(up), mask = vec_set16(0x3fc);
	vec words, high, low;

	for (; width >= CSI2_WIDTH; width -= STEP, line += STEP * 5 / 4, samples += STEP) {
		words = vec_shuffle(vec_load_lanes(line, 10), orders);
		high = vec_and(vec_shr16(words, 6), mask);
		low = vec_shr16(vec_mul16(words, ups), 14);
		vec_store(samples, vec_or(high, low));
	}
	unpack_plain[UNPACK_CSI2_10](line, samples, width, bits);
}

static void unpack_csi2_12(const uint8_t *line, uint16_t *samples, uint32_t width,
			   unsigned bits)
{
	static const uint8_t order[16] = { 2, 0, 2, 1, 5,  3, 5,  4,
					   8, 6, 8, 7, 11, 9, 11, 10 };
	static const uint16_t high[8] = { EACH_4(0xff0), EACH_4(0xff0) };
	static const uint16_t even[8] = { 15, 0, 15, 0, 15, 0, 15, 0 };
	static const uint16_t odd[8] = { 0, 15, 0, 15, 0, 15, 0, 15 };
	vec orders = vec_spread8(order), evens = vec_spread16(even);
	vec shifted = vec_or(vec_spread16(high), vec_spread16(odd));
	vec words;

	for (; width >= CSI2_WIDTH; width -= STEP, line += STEP * 3 / 2, samples += STEP) {
		words = vec_shuffle(vec_load_lanes(line, 12), orders);
		vec_store(samples, vec_or(vec_and(vec_shr16(words, 4), shifted),
					  vec_and(words, evens)));
	}
	unpack_plain[UNPACK_CSI2_12](line, samples, width, bits);
}

/* Here low bits of one sample are in two bytes. */
static void unpack_csi2_14(const uint8_t *line, uint16_t *samples, uint32_t width,
			   unsigned bits)
{
	static const uint8_t high_order[16] = { 255, 0, 255, 1, 255, 2, 255, 3,
						255, 7, 255, 8, 255, 9, 255, 10 };
	static const uint8_t low_order[16] = { 4,  5,  4,  5,  5,  6,  5,  6,
					       11, 12, 11, 12, 12, 13, 12, 13 };
	static const uint16_t up[8] = { 1 << 10, 1 << 4, 1 << 6, 1,
					1 << 10, 1 << 4, 1 << 6, 1 };
	vec high_orders = vec_spread8(high_order), low_orders = vec_spread8(low_order);
	vec ups = vec_spread16(up);
	vec bytes, high, low;

	for (; width >= CSI2_WIDTH; width -= STEP, line += STEP * 7 / 4, samples += STEP) {
		bytes = vec_load_lanes(line, 14);
		high = vec_shr16(vec_shuffle(bytes, high_orders), 2);
		low = vec_shr16(vec_mul16(vec_shuffle(bytes, low_orders), ups), 10);
		vec_store(samples, vec_or(high, low));
	}
	unpack_plain[UNPACK_CSI2_14](line, samples, width, bits);
}

/*
 * A group's first sixteen samples and its last sixteen, seven of them twice, for it ends at an
 * odd place. Each sample is in two bytes, which are moved up and down again: what is around the
 * ten bits falls off.
 *
 *	samples  0 …  7  bytes  0 …  9      samples  9 … 16  bytes 11 … 21
 *	samples  8 … 15  bytes 10 … 19      samples 17 … 24  bytes 21 … 31, loaded from 16 on
 */
static void unpack_ipu3(const uint8_t *line, uint16_t *samples, uint32_t width, unsigned bits)
{
	static const uint8_t first_order[16] = { 0, 1, 1, 2, 2, 3, 3, 4,
						 5, 6, 6, 7, 7, 8, 8, 9 };
	static const uint8_t last_order[2][16] = {
		{ 0, 1, 1, 2, 2, 3, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10 },
		{ 5, 6, 6, 7, 7, 8, 9, 10, 10, 11, 11, 12, 12, 13, 14, 15 },
	};
	static const uint16_t first_up[8] = { 64, 16, 4, 1, 64, 16, 4, 1 };
	static const uint16_t last_up[8] = { 16, 4, 1, 64, 16, 4, 1, 64 };
	vec orders = vec_spread8(first_order), last_orders[2];
	vec first_ups = vec_spread16(first_up), last_ups = vec_spread16(last_up);
	vec words;

	for (unsigned lane = 0; lane < 2; lane += VECTOR_LANES)
		last_orders[lane] = vec_load_lanes(last_order[lane], 16);
	for (; width >= 25; width -= 25, line += 32, samples += 25) {
		for (unsigned lane = 0; lane < 2; lane += VECTOR_LANES) {
			words = vec_load_lanes(line + 10 * lane, 10);
			words = vec_mul16(vec_shuffle(words, orders), first_ups);
			vec_store(samples + 8 * lane, vec_shr16(words, 6));
		}
		for (unsigned lane = 0; lane < 2; lane += VECTOR_LANES) {
			words = vec_load_lanes(line + 11 + 5 * lane, 5);
			words = vec_mul16(vec_shuffle(words, last_orders[lane]), last_ups);
			vec_store(samples + 9 + 8 * lane, vec_shr16(words, 6));
		}
	}
	unpack_plain[UNPACK_IPU3](line, samples, width, bits);
}

/* What depends on the step, for both halves of each 32-bit word. */
struct pisp_steps {
	vec is_3;
	vec limit; /* of the least levels, and where the middle ones are told differently */
	vec knee;
	vec half_scale;
};

/* Levels of a 32-bit word's four samples: first and third, second and fourth. */
struct pisp_levels {
	vec even, odd;
};

static inline struct pisp_steps pisp_steps_vec(vec words)
{
	static const uint16_t limits[8] = { 0x7fff, 0x7fff, 384, 0x7fff };
	static const uint16_t knees[8] = { 320, 0xffff, 0xffff, 94 };
	static const uint16_t half_scales[8] = { 8, 32, 64, 128 };
	static const uint8_t first_byte[16] = { 0, 0, 0, 0, 4,  4,  4,  4,
						8, 8, 8, 8, 12, 12, 12, 12 };
	/* Twice the step in all bytes, then one more in every other: places in these tables. */
	vec step = vec_shl16(vec_and(words, vec_set16(3)), 1);
	vec places = vec_or(vec_shuffle(step, vec_spread8(first_byte)), vec_set16(0x0100));

	return (struct pisp_steps){
		.is_3 = vec_equal16(places, vec_set16(0x0706)),
		.limit = vec_shuffle(vec_spread16(limits), places),
		.knee = vec_shuffle(vec_spread16(knees), places),
		.half_scale = vec_shuffle(vec_spread16(half_scales), places),
	};
}

/* Steps 0, 1 and 2: two levels in the middle, and what those beside them differ by. */
static inline struct pisp_levels pisp_differences_vec(vec words, const struct pisp_steps *steps)
{
	static const uint8_t low_twice[16] = { 0, 1, 0, 1, 4,  5,  4,  5,
					       8, 9, 8, 9, 12, 13, 12, 13 };
	static const uint8_t high_twice[16] = { 2,  3,  2,  3,  6,  7,  6,  7,
						10, 11, 10, 11, 14, 15, 14, 15 };
	/* By 2 and by 9 bits down. */
	static const uint16_t outer_down[8] = { 1 << 14, 1 << 7, 1 << 14, 1 << 7,
						1 << 14, 1 << 7, 1 << 14, 1 << 7 };
	vec low = vec_shuffle(words, vec_spread8(low_twice));
	vec outer = vec_shuffle(words, vec_spread8(high_twice));
	vec rise = vec_and(vec_shr32(words, 11), vec_set32(127));
	vec rise_high = vec_shl32(rise, 16);
	vec inner, special;

	low = vec_and(vec_shr16(low, 2), vec_set16(511));
	outer = vec_and(vec_mul16_high(outer, vec_spread16(outer_down)), vec_set16(127));
	inner = vec_sub16_least(vec_or(rise_high, vec_set32(64)),
				vec_or(rise, vec_set32(64 << 16)));
	inner = vec_add16(low, inner);
	special = vec_pick16(low, vec_add16(rise_high, vec_set16(384)));
	inner = vec_select(vec_above16(steps->limit, low), inner, special);
	outer = vec_add16(outer,
			  vec_min16(vec_sub16_least(inner, vec_set16(64)), steps->limit));
	return (struct pisp_levels){
		.even = vec_pick16(outer, inner),
		.odd = vec_pick16(inner, outer),
	};
}

/* Step 3; 47663 / 2^27 is 1 / (16 * 176), exact enough for numbers of 15 bits. */
static inline struct pisp_levels pisp_pairs_vec(vec words)
{
	vec pairs = vec_pick16(vec_and(vec_shr32(words, 2), vec_set16(0x7fff)),
			       vec_and(vec_shr32(words, 1), vec_set16(0x7fff)));
	vec first = vec_shr16(vec_mul16_high(pairs, vec_set16(47663)), 11);

	return (struct pisp_levels){
		.even = vec_or(vec_shl16(first, 4), vec_and(pairs, vec_set16(15))),
		.odd = vec_sub16(vec_shr16(pairs, 4), vec_mul16(first, vec_set16(176))),
	};
}

/* Only twice what step 3 makes can be too large for 16 bits. */
static inline vec pisp_samples_vec(vec levels, const struct pisp_steps *steps)
{
	vec values = vec_add16(levels, vec_sub16_least(levels, steps->knee));

	values = vec_mul16(values, steps->half_scale);
	return vec_add16_most(values, values);
}

#define PISP_STEP (16 * VECTOR_LANES) /* bytes, and as many samples */

static void unpack_pisp(const uint8_t *line, uint16_t *samples, uint32_t width, unsigned bits)
{
	/* First and third of the even and of the odd pixels, then second and fourth. */
	static const uint8_t order[16] = { 0, 1, 4, 5, 8,  9,  12, 13,
					   2, 3, 6, 7, 10, 11, 14, 15 };
	struct pisp_levels levels, pairs;
	struct pisp_steps steps;
	vec words, even, odd;

	for (; width >= PISP_STEP;
	     width -= PISP_STEP, line += PISP_STEP, samples += PISP_STEP) {
		words = vec_load(line);
		steps = pisp_steps_vec(words);
		levels = pisp_differences_vec(words, &steps);
		pairs = pisp_pairs_vec(words);
		even = pisp_samples_vec(vec_select(steps.is_3, pairs.even, levels.even),
					&steps);
		odd = pisp_samples_vec(vec_select(steps.is_3, pairs.odd, levels.odd), &steps);
		vec_store_lanes(samples, 32,
				vec_shuffle(vec_zip_low64(even, odd), vec_spread8(order)));
		vec_store_lanes(samples + 8, 32,
				vec_shuffle(vec_zip_high64(even, odd), vec_spread8(order)));
	}
	unpack_plain[UNPACK_PISP](line, samples, width, bits);
}

static unpack_fn *const unpack_vector[UNPACK_NUM] = {
	[UNPACK_BYTES] = unpack_bytes,       [UNPACK_WORDS] = unpack_words,
	[UNPACK_WORDS_BE] = unpack_words_be, [UNPACK_CSI2_10] = unpack_csi2_10,
	[UNPACK_CSI2_12] = unpack_csi2_12,   [UNPACK_CSI2_14] = unpack_csi2_14,
	[UNPACK_IPU3] = unpack_ipu3,         [UNPACK_PISP] = unpack_pisp,
};

#endif
#endif
