// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From what a sensor counts to what a screen shows: black level, white balance, matrix and
 * sRGB's curve (IEC 61966-2-1).
 *
 * All numbers are integers, so that pictures are the same on every machine. The curve is a
 * table over light in 4096 steps where 8 bits are made, which is fine enough for its steep
 * beginning, and in 65536 where 16 are.
 */
#include "common/image/develop.h"

#include <endian.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/image/demosaic.h"
#include "common/image/kernels.h"
#include "common/image/picture.h"

#define MOST_FACTOR   1000 /* of a matrix; more is nonsense */
#define LONGEST_SHIFT 20
#define GREY_SHIFT    15
/* Of a row's products; what rounding adds, and half a step, must fit beside it in 32 bits. */
#define MOST_SUM (INT32_MAX - (1 << LONGEST_SHIFT))

struct develop {
	unsigned most; /* the samples' white */
	bool is_wide;
	bool is_set;
	struct demosaic_levels levels;
	/* From samples behind the levels to places on the curve, row by row. */
	struct place_row rows[3];
	const struct kernels *kernels;
	uint32_t grey; /* the same of grey, from samples above black */
	uint32_t last; /* place on the curve */
	uint8_t *curve_8;
	uint16_t *curve_16; /* the high byte first */
};

int develop_create(unsigned bits, bool is_wide, struct develop **develop)
{
	struct develop *created = calloc(1, sizeof(*created));

	if (!created)
		return -ENOMEM;
	created->most = (1u << bits) - 1;
	created->is_wide = is_wide;
	created->last = is_wide ? 65535 : 4095;
	created->kernels = kernels_best();
	if (is_wide)
		created->curve_16 = calloc(created->last + 1, sizeof(uint16_t));
	else
		created->curve_8 = calloc(created->last + 1, sizeof(uint8_t));
	if (!created->curve_16 && !created->curve_8) {
		develop_destroy(created);
		return -ENOMEM;
	}
	*develop = created;
	return 0;
}

void develop_destroy(struct develop *develop)
{
	if (!develop)
		return;
	free(develop->curve_8);
	free(develop->curve_16);
	free(develop);
}

static double curved(double light)
{
	return light <= 0.0031308 ? 12.92 * light : 1.055 * pow(light, 1 / 2.4) - 0.055;
}

static void draw_curve(struct develop *develop)
{
	for (uint32_t i = 0; i <= develop->last; i++) {
		double value = curved((double)i / develop->last);

		if (develop->is_wide)
			develop->curve_16[i] = htobe16((uint16_t)(value * 65535 + 0.5));
		else
			develop->curve_8[i] = (uint8_t)(value * 255 + 0.5);
	}
}

/* Rounded up: white, at least, must become white. */
static void set_levels(struct develop *develop, const struct picture_notes *notes)
{
	uint32_t black = notes->black_level < develop->most ? notes->black_level :
							      develop->most - 1;
	double stretch = (double)develop->most / (develop->most - black), gain;

	for (unsigned i = 0; i < 3; i++) {
		gain = ceil(stretch / (double)notes->colors.neutral[i] * DEMOSAIC_GAIN_1);
		develop->levels.black[i] = (uint16_t)black;
		develop->levels.gain[i] = gain < UINT16_MAX ? (uint16_t)gain : UINT16_MAX;
	}
	develop->grey = (uint32_t)((double)((uint64_t)develop->last << GREY_SHIFT) /
					   (develop->most - black) +
				   0.5);
}

/* Without white balance, which is in the levels already. Returns the largest sum of a row. */
static double find_matrix(const struct picture_colors *colors, double matrix[9])
{
	double most = 1, sum;

	for (unsigned row = 0; row < 3; row++) {
		sum = 0;
		for (unsigned i = 3 * row; i < 3 * row + 3; i++) {
			matrix[i] = (double)(colors->to_srgb[i] * colors->neutral[i % 3] /
					     colors->neutral[1]);
			if (!(fabs(matrix[i]) < MOST_FACTOR))
				matrix[i] = matrix[i] < 0 ? -MOST_FACTOR : MOST_FACTOR;
			sum += fabs(matrix[i]);
		}
		most = sum > most ? sum : most;
	}
	return most;
}

/* A row's sum is rounded once, and not three times: grey stays grey, and white white. */
static void set_matrix(struct develop *develop, const struct picture_colors *colors)
{
	double matrix[9], most = find_matrix(colors, matrix), scale, sum;
	unsigned shift = LONGEST_SHIFT;

	while (most * develop->last * (double)(1u << shift) > MOST_SUM)
		shift--;
	scale = (double)develop->last / develop->most * (double)(1u << shift);
	for (unsigned i = 0; i < 3; i++) {
		int32_t *row = develop->rows[i].from;

		develop->rows[i].shift = shift;
		develop->rows[i].last = (uint16_t)develop->last;
		sum = 0;
		for (unsigned k = 0; k < 3; k++) {
			row[k] = (int32_t)lround(matrix[3 * i + k] * scale);
			sum += matrix[3 * i + k];
		}
		row[i] = (int32_t)lround(sum * scale) - row[(i + 1) % 3] - row[(i + 2) % 3];
	}
}

bool develop_set(struct develop *develop, const struct picture_notes *notes)
{
	const float *neutral = notes->colors.neutral;

	if (!notes->has_colors || !(neutral[0] > 0 && neutral[1] > 0 && neutral[2] > 0))
		return develop->is_set;
	if (!develop->is_set)
		draw_curve(develop);
	develop->is_set = true;
	set_levels(develop, notes);
	set_matrix(develop, &notes->colors);
	return true;
}

const struct demosaic_levels *develop_levels(const struct develop *develop)
{
	return &develop->levels;
}

uint16_t develop_level(const struct develop *develop, unsigned color, uint16_t sample)
{
	unsigned black = develop->levels.black[color];
	uint32_t above = sample > black ? sample - black : 0, value;

	value = (above * develop->levels.gain[color] + DEMOSAIC_GAIN_1 / 2) / DEMOSAIC_GAIN_1;
	return (uint16_t)(value < develop->most ? value : develop->most);
}

static uint8_t *put_block(const struct develop *develop,
			  uint16_t places[3][DEVELOP_BLOCK], uint8_t *rgb, uint32_t count)
{
	const uint16_t *curve_16 = develop->curve_16;
	const uint8_t *curve_8 = develop->curve_8;

	if (!develop->is_wide) {
		for (uint32_t i = 0; i < count; i++, rgb += 3) {
			rgb[0] = curve_8[places[0][i]];
			rgb[1] = curve_8[places[1][i]];
			rgb[2] = curve_8[places[2][i]];
		}
		return rgb;
	}
	for (uint32_t i = 0; i < count; i++)
		for (unsigned k = 0; k < 3; k++, rgb += 2)
			memcpy(rgb, &curve_16[places[k][i]], sizeof(uint16_t));
	return rgb;
}

void develop_line(const struct develop *develop, uint16_t *const planes[static 3],
		  uint8_t *rgb, uint32_t width)
{
	uint16_t places[3][DEVELOP_BLOCK];
	uint32_t left;

	for (uint32_t x = 0; x < width; x += DEVELOP_BLOCK) {
		left = width - x;
		for (unsigned i = 0; i < 3; i++)
			develop->kernels->places(&develop->rows[i], planes[0] + x,
						 planes[1] + x, planes[2] + x, places[i],
						 DEVELOP_BLOCK);
		rgb = put_block(develop, places, rgb,
				left < DEVELOP_BLOCK ? left : DEVELOP_BLOCK);
	}
}

static inline uint32_t grey_place(const struct develop *develop, uint16_t sample)
{
	unsigned black = develop->levels.black[1];
	uint32_t above = sample > black ? sample - black : 0, place;

	place = (above * develop->grey + (1u << (GREY_SHIFT - 1))) >> GREY_SHIFT;
	return place < develop->last ? place : develop->last;
}

void develop_grey(const struct develop *develop, const uint16_t *samples, uint8_t *grey,
		  uint32_t width)
{
	if (!develop->is_wide) {
		for (uint32_t i = 0; i < width; i++)
			grey[i] = develop->curve_8[grey_place(develop, samples[i])];
		return;
	}
	for (uint32_t i = 0; i < width; i++, grey += 2)
		memcpy(grey, &develop->curve_16[grey_place(develop, samples[i])],
		       sizeof(uint16_t));
}
