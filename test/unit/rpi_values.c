// SPDX-License-Identifier: GPL-2.0-or-later
/* What the controls of a Raspberry Pi's ISP hold, for wishes sane and not. */
#include "rpi/values.h"

#include <math.h>

#include "common/ipa/sensor.h"
#include "test/unit/test.h"

static struct ipa_tuning tuning;

static struct rpi_wishes wishes_of(const char *sensor)
{
	struct rpi_wishes wishes;

	ipa_tuning_init(&tuning, ipa_sensor_find(sensor));
	rpi_wishes_init(&wishes, 1640, 1232, &tuning);
	return wishes;
}

static bool is_rational(struct rpi_rational value, double wanted)
{
	return CHECK_EQ(value.denominator, 1000) &&
	       CHECK(fabs(value.numerator / 1000. - wanted) <= 0.0005001);
}

static void test_gains(void)
{
	struct rpi_wishes wishes = wishes_of("imx219");
	struct rpi_in_force in_force;
	struct rpi_values values = { 0 };

	test_case("values: gains in thousandths");
	wishes.gains = (struct ipa_gains){ 1.645, 1.4879 };
	wishes.digital_gain = 2.5;
	rpi_values_set(&values, &wishes, RPI_PART_GAINS);
	CHECK_EQ(values.red, 1645);
	CHECK_EQ(values.blue, 1488);
	CHECK_EQ(values.digital, 2500);
	rpi_in_force_init(&in_force, &values);
	CHECK(fabs(in_force.gains.red - 1.645) < 1e-9);
	CHECK(fabs(in_force.gains.blue - 1.488) < 1e-9);
	CHECK(fabs(in_force.digital_gain - 2.5) < 1e-9);

	test_case("values: no colour ends below 1, so that what is clipped is white");
	for (unsigned red = 1; red <= 20; red++) {
		for (unsigned blue = 1; blue <= 20; blue++) {
			wishes.gains = (struct ipa_gains){ red / 10., blue / 10. };
			wishes.digital_gain = 1 + red % 3;
			rpi_values_set(&values, &wishes, RPI_PART_GAINS);
			CHECK_EQ(values.red, 100 * red);
			CHECK_EQ(values.blue, 100 * blue);
			CHECK(values.red * values.digital >= 1000 * 1000);
			CHECK(values.blue * values.digital >= 1000 * 1000);
			CHECK(values.digital >= 1000);
			rpi_in_force_init(&in_force, &values);
			/* What was asked as digital gain is not mixed up with that. */
			CHECK(fabs(in_force.digital_gain - wishes.digital_gain) < 0.001);
		}
	}
	wishes.gains = (struct ipa_gains){ 0.02, 1 };
	wishes.digital_gain = 1;
	rpi_values_set(&values, &wishes, RPI_PART_GAINS);
	CHECK_EQ(values.digital, 10000);

	test_case("values: gains that can't be become the nearest that can");
	wishes.gains = (struct ipa_gains){ 1e-9, 99 };
	wishes.digital_gain = 1e5;
	rpi_values_set(&values, &wishes, RPI_PART_GAINS);
	CHECK_EQ(values.red, 1);
	CHECK_EQ(values.blue, 65535);
	CHECK_EQ(values.digital, 65535);
	wishes.gains = (struct ipa_gains){ NAN, -1 };
	wishes.digital_gain = INFINITY;
	rpi_values_set(&values, &wishes, RPI_PART_GAINS);
	CHECK_EQ(values.red, 1000);
	CHECK_EQ(values.blue, 1000);
	CHECK_EQ(values.digital, 1000);
}

static void test_matrix(void)
{
	struct rpi_wishes wishes = wishes_of("imx477");
	struct rpi_values values = { 0 };

	test_case("values: the matrix, row by row");
	wishes.matrix = tuning.matrices[0].matrix;
	rpi_values_set(&values, &wishes, RPI_PART_MATRIX);
	CHECK_EQ(values.matrix.enabled, 1);
	CHECK_EQ(values.matrix.rows[0][0].numerator, 2154);
	CHECK_EQ(values.matrix.rows[0][1].numerator, -981);
	CHECK_EQ(values.matrix.rows[1][0].numerator, -381);
	CHECK_EQ(values.matrix.rows[2][2].numerator, 1645);
	for (unsigned i = 0; i < 9; i++)
		is_rational(values.matrix.rows[i / 3][i % 3], wishes.matrix.m[i]);
	CHECK_EQ(values.matrix.offsets[0] | values.matrix.offsets[1] |
			 values.matrix.offsets[2],
		 0);
	CHECK_EQ(values.red, 0);

	test_case("values: a matrix that can't be is cut");
	wishes.matrix = (struct ipa_matrix){ { NAN, INFINITY, -INFINITY, 17, -17, 1 } };
	rpi_values_set(&values, &wishes, RPI_PART_MATRIX);
	is_rational(values.matrix.rows[0][0], 0);
	is_rational(values.matrix.rows[0][1], 16);
	is_rational(values.matrix.rows[0][2], -16);
	is_rational(values.matrix.rows[1][0], 16);
	is_rational(values.matrix.rows[1][1], -16);
	is_rational(values.matrix.rows[1][2], 1);
}

static void test_noise(void)
{
	struct rpi_wishes wishes = wishes_of("imx219");
	struct rpi_values values = { 0 };

	test_case("values: noise grows with the root of analogue gain");
	rpi_values_set(&values, &wishes, RPI_PART_NOISE);
	CHECK_EQ(values.denoise.enabled, 1);
	CHECK_EQ(values.denoise.constant, 0);
	is_rational(values.denoise.slope, 11.5);
	is_rational(values.denoise.strength, 0.75);
	wishes.analogue_gain = 4;
	rpi_values_set(&values, &wishes, RPI_PART_NOISE);
	is_rational(values.denoise.slope, 23.5);
	wishes.analogue_gain = 4.05;
	rpi_values_set(&values, &wishes, RPI_PART_NOISE);
	is_rational(values.denoise.slope, 23.5);
	wishes.analogue_gain = NAN;
	rpi_values_set(&values, &wishes, RPI_PART_NOISE);
	is_rational(values.denoise.slope, 11.5);
}

static void test_gamma(void)
{
	struct rpi_wishes wishes = wishes_of("imx219");
	struct rpi_gamma *gamma;
	struct rpi_values values = { 0 };

	test_case("values: gamma at the hardware's places");
	rpi_values_set(&values, &wishes, RPI_PART_REST);
	gamma = &values.gamma;
	CHECK_EQ(gamma->enabled, 1);
	CHECK_EQ(gamma->x[0], 0);
	CHECK_EQ(gamma->x[15], 15360);
	CHECK_EQ(gamma->x[16], 16384);
	CHECK_EQ(gamma->x[23], 30720);
	CHECK_EQ(gamma->x[24], 32768);
	CHECK_EQ(gamma->x[31], 61440);
	CHECK_EQ(gamma->x[32], 65535);
	for (unsigned i = 0; i < 33; i++) {
		CHECK_EQ(gamma->y[i], ipa_curve_at(&tuning.gamma, gamma->x[i]));
		CHECK(!i || gamma->x[i] > gamma->x[i - 1]);
	}
	CHECK_EQ(gamma->y[32], 65535);

	test_case("values: no gamma is a straight line");
	wishes.gamma = NULL;
	rpi_values_set(&values, &wishes, RPI_PART_REST);
	CHECK_EQ(gamma->enabled, 1);
	for (unsigned i = 0; i < 33; i++)
		CHECK_EQ(gamma->y[i], gamma->x[i]);
}

static void test_rest(void)
{
	static const struct {
		const char *sensor;
		unsigned black, offset;
		double greens, noise;
	} sensors[] = {
		{ "imx219", 4096, 204, 0.016, 11.5 },
		{ "imx477", 4096, 204, 0.011, 9 },
		{ "imx708", 4096, 215, 0.003, 8 },
		{ "ov5647", 1024, 401, 0.056, 13.5 },
		{ "unknown", 4096, 204, 0.010, 9.5 },
	};

	test_case("values: what each sensor needs");
	for (size_t i = 0; i < sizeof(sensors) / sizeof(sensors[0]); i++) {
		struct rpi_wishes wishes = wishes_of(sensors[i].sensor);
		struct rpi_values values = { 0 };

		rpi_values_set(&values, &wishes, RPI_PART_REST | RPI_PART_NOISE);
		CHECK_EQ(values.black.enabled, 1);
		CHECK_EQ(values.black.red, sensors[i].black);
		CHECK_EQ(values.black.green, sensors[i].black);
		CHECK_EQ(values.black.blue, sensors[i].black);
		CHECK_EQ(values.greens.enabled, 1);
		CHECK_EQ(values.greens.offset, sensors[i].offset);
		is_rational(values.greens.slope, sensors[i].greens);
		is_rational(values.denoise.slope, sensors[i].noise);
		CHECK_EQ(values.sharpen.enabled, 1);
		is_rational(values.sharpen.threshold, 0.75);
		is_rational(values.sharpen.strength, 1);
		is_rational(values.sharpen.limit, 0.5);
		CHECK_EQ(values.defects.enabled, 1);
		CHECK_EQ(values.defects.strength, 1);
		CHECK_EQ(values.colour_denoise.enabled, 0);
	}

	test_case("values: a black level that leaves no white is cut");
	{
		struct rpi_wishes wishes = wishes_of("imx219");
		struct rpi_values values = { 0 };

		wishes.black_level = 65535;
		rpi_values_set(&values, &wishes, RPI_PART_REST);
		CHECK_EQ(values.black.green, 32768);
	}
}

#define DIFFERS(member) \
	CHECK(memcmp(&values.member, &other.member, sizeof(values.member)) != 0)

static void test_other(void)
{
	struct rpi_wishes wishes = wishes_of("imx219");
	struct rpi_values values = { 0 }, other;

	test_case("values: the other ones differ in each control, and can be written");
	for (unsigned n = 0; n < 3; n++) {
		wishes.gains.red = n ? 99 : 1;
		rpi_values_set(&values, &wishes, RPI_PART_ALL);
		rpi_values_other(&values, &other);
		DIFFERS(red);
		DIFFERS(blue);
		DIFFERS(digital);
		DIFFERS(matrix);
		DIFFERS(black);
		DIFFERS(greens);
		DIFFERS(gamma);
		DIFFERS(denoise);
		DIFFERS(sharpen);
		DIFFERS(defects);
		DIFFERS(colour_denoise);
		CHECK(other.red >= 1 && other.red <= 65535);
		CHECK(other.digital >= 1 && other.digital <= 65535);
		/* Which needs a second picture. */
		CHECK_EQ(other.colour_denoise.enabled, 0);
		CHECK(other.colour_denoise.mode <= 1);
	}
}

int main(void)
{
	test_gains();
	test_matrix();
	test_noise();
	test_gamma();
	test_rest();
	test_other();
	return test_done();
}
