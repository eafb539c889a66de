// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the ISP of a Raspberry Pi shall do with RAW, as its controls hold it.
 *
 * Rests on include/uapi/linux/bcm2835-isp.h of Raspberry Pi kernels. Which values the firmware
 * takes is written down nowhere: denominators, places of gamma's points and the like are
 * those of libcamera, which were looked at on real cameras.
 */
#include "rpi/values.h"

#include <math.h>
#include <string.h>

/* More than this is no black level; white must be left. */
#define MAX_BLACK 32768

#define ONE      1000 /* 1.0 of gains, and the denominator of rationals */
#define MAX_GAIN 65535

/* A colour this weak is not made up for any further. */
#define MIN_FACTOR 0.1

/* What is taken for noise, in standard deviations, and how much of it goes. */
#define NOISE_DEVIATIONS 3.2
#define NOISE_STRENGTH   0.75

/* What only this ISP wants to know of a sensor: noise at gain 1, and both kinds of green. */
struct traits {
	const char *sensor;
	double noise_slope;
	uint32_t greens_offset;
	double greens_slope;
};

/* As measured by Raspberry Pi for its camera modules and published with libcamera. */
static const struct traits known[] = {
	{ "imx219", 3.67, 204, 0.01633 },
	{ "imx477", 2.767, 204, 0.01078 },
	{ "imx708", 2.5, 215, 0.00287 },
	{ "ov5647", 4.25, 401, 0.05619 },
};

static const struct traits any = { NULL, 3.0, 204, 0.01 };

static const struct traits *find_traits(const char *sensor)
{
	for (size_t i = 0; sensor && i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(known[i].sensor, sensor))
			return &known[i];
	return &any;
}

static struct rpi_rational rational(double value)
{
	return (struct rpi_rational){ (int32_t)lround(value * ONE), ONE };
}

/* ---- gains ---- */

static double sane(double value)
{
	return value > 0 && value < 1e6 ? value : 1;
}

static int32_t gain_code(double gain)
{
	double code = gain * ONE + 0.5;

	if (code < 1)
		return 1;
	return code < MAX_GAIN ? (int32_t)code : MAX_GAIN;
}

/* Not less than that. Half a millionth is what arithmetic may have added. */
static int32_t gain_code_above(double gain)
{
	return gain_code(ceil(gain * ONE - 5e-7) / ONE);
}

/* What all colours are multiplied with, so that none is by less than 1. */
static double stretch(const struct rpi_values *values)
{
	int32_t least = values->red < values->blue ? values->red : values->blue;
	double factor = least < ONE ? (double)least / ONE : 1;

	return 1 / (factor > MIN_FACTOR ? factor : MIN_FACTOR);
}

static void set_gains(struct rpi_values *values, const struct rpi_wishes *wishes)
{
	double digital = sane(wishes->digital_gain);

	values->red = gain_code(sane(wishes->gains.red));
	values->blue = gain_code(sane(wishes->gains.blue));
	values->digital = gain_code_above((digital > 1 ? digital : 1) * stretch(values));
}

/* ---- matrix ---- */

static struct rpi_rational coefficient(double value)
{
	if (!(value > -16))
		value = value < 0 ? -16 : 0;
	return rational(value < 16 ? value : 16);
}

static void set_matrix(struct rpi_values *values, const struct rpi_wishes *wishes)
{
	values->matrix = (struct rpi_matrix){ .enabled = 1 };
	for (unsigned i = 0; i < 9; i++)
		values->matrix.rows[i / 3][i % 3] = coefficient(wishes->matrix.m[i]);
}

/* ---- noise ---- */

/* In halves: a gain that moves by a hair is no reason to write it again. */
static void set_noise(struct rpi_values *values, const struct rpi_wishes *wishes)
{
	double gain = sane(wishes->analogue_gain);
	double slope = find_traits(wishes->sensor)->noise_slope * NOISE_DEVIATIONS *
		       sqrt(gain > 1 ? gain : 1);

	values->denoise = (struct rpi_denoise){
		.enabled = 1,
		.slope = rational(round(slope * 2) / 2),
		.strength = rational(NOISE_STRENGTH),
	};
}

/* ---- what stays ---- */

static void set_black(struct rpi_values *values, const struct rpi_wishes *wishes)
{
	uint16_t level = wishes->black_level < MAX_BLACK ? wishes->black_level : MAX_BLACK;

	values->black = (struct rpi_black){
		.enabled = 1,
		.red = level,
		.green = level,
		.blue = level,
	};
}

static void set_greens(struct rpi_values *values, const struct rpi_wishes *wishes)
{
	const struct traits *traits = find_traits(wishes->sensor);

	values->greens = (struct rpi_greens){
		.enabled = 1,
		.offset = traits->greens_offset,
		.slope = rational(traits->greens_slope),
	};
}

/* Where the hardware has its points, close together where it is dark. */
static uint16_t gamma_place(unsigned point)
{
	if (point < 16)
		return (uint16_t)(1024 * point);
	if (point < 24)
		return (uint16_t)(16384 + 2048 * (point - 16));
	if (point < RPI_NUM_GAMMA - 1)
		return (uint16_t)(32768 + 4096 * (point - 24));
	return UINT16_MAX;
}

static const struct ipa_curve straight = {
	.num_points = 2,
	.points = { { 0, 0 }, { 65535, 65535 } },
};

static void set_gamma(struct rpi_values *values, const struct rpi_wishes *wishes)
{
	struct rpi_gamma *gamma = &values->gamma;
	uint16_t x[RPI_NUM_GAMMA], y[RPI_NUM_GAMMA];

	for (unsigned i = 0; i < RPI_NUM_GAMMA; i++)
		x[i] = gamma_place(i);
	ipa_curve_table(wishes->gamma ? wishes->gamma : &straight, x, RPI_NUM_GAMMA,
			UINT16_MAX, 16, y);
	gamma->enabled = 1;
	memcpy(gamma->x, x, sizeof(x));
	memcpy(gamma->y, y, sizeof(y));
}

/* Noise of colours is left alone: the firmware wants a second picture for it. */
static void set_rest(struct rpi_values *values, const struct rpi_wishes *wishes)
{
	set_black(values, wishes);
	set_greens(values, wishes);
	set_gamma(values, wishes);
	values->sharpen = (struct rpi_sharpen){
		.enabled = 1,
		.threshold = rational(0.75),
		.strength = rational(1),
		.limit = rational(0.5),
	};
	values->defects = (struct rpi_defects){ 1, RPI_DEFECTS_NORMAL };
	values->colour_denoise = (struct rpi_colour_denoise){ 0, RPI_COLOUR_DENOISE_FAST };
}

/* ---- all together ---- */

void rpi_values_set(struct rpi_values *values, const struct rpi_wishes *wishes, unsigned parts)
{
	if (parts & RPI_PART_GAINS)
		set_gains(values, wishes);
	if (parts & RPI_PART_MATRIX)
		set_matrix(values, wishes);
	if (parts & RPI_PART_NOISE)
		set_noise(values, wishes);
	if (parts & RPI_PART_REST)
		set_rest(values, wishes);
}

static int32_t other_gain(int32_t code)
{
	return code < MAX_GAIN ? code + 1 : code - 1;
}

/* Switched off, with the same numbers; what is off already stays so, with another number. */
void rpi_values_other(const struct rpi_values *values, struct rpi_values *other)
{
	*other = *values;
	other->red = other_gain(values->red);
	other->blue = other_gain(values->blue);
	other->digital = other_gain(values->digital);
	other->matrix.enabled = !values->matrix.enabled;
	other->black.enabled = !values->black.enabled;
	other->greens.enabled = !values->greens.enabled;
	other->gamma.enabled = !values->gamma.enabled;
	other->denoise.enabled = !values->denoise.enabled;
	other->sharpen.enabled = !values->sharpen.enabled;
	other->defects.enabled = !values->defects.enabled;
	other->colour_denoise.mode = values->colour_denoise.mode == RPI_COLOUR_DENOISE_FAST ?
					     RPI_COLOUR_DENOISE_GOOD :
					     RPI_COLOUR_DENOISE_FAST;
}

void rpi_wishes_init(struct rpi_wishes *wishes, uint16_t width, uint16_t height,
		     const struct ipa_tuning *tuning)
{
	*wishes = (struct rpi_wishes){
		.width = width,
		.height = height,
		.black_level = tuning->black_level,
		.gains = { 1, 1 },
		.digital_gain = 1,
		.analogue_gain = 1,
		.matrix = ipa_matrix_identity,
		.gamma = &tuning->gamma,
		.sensor = tuning->sensor,
		.shading = &tuning->shading,
		.view = { 0, 0, 1, 1 },
	};
}

void rpi_in_force_init(struct rpi_in_force *in_force, const struct rpi_values *values)
{
	*in_force = (struct rpi_in_force){
		.gains = { (double)values->red / ONE, (double)values->blue / ONE },
		.digital_gain = values->digital / stretch(values) / ONE,
	};
}
