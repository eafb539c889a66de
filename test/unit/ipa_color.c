// SPDX-License-Identifier: GPL-2.0-or-later
/* Colour arithmetic, curves, and the scale of zones. */
#include "common/ipa/color.h"

#include <errno.h>
#include <math.h>

#include "common/ipa/curve.h"
#include "common/ipa/zones.h"
#include "test/unit/test.h"

static void test_matrix(void)
{
	static const struct ipa_matrix matrix = { { 2.18, -0.71, -0.47, -0.70, 2.76,
						    -1.06, -0.25, -0.72, 1.97 } };
	struct ipa_matrix inverse, singular = { { 1, 2, 3, 2, 4, 6, 0, 0, 1 } }, kept;
	double color[3] = { 0.5, 0.3, 0.1 };

	test_case("matrix: there and back by its inverse, in place");
	CHECK_EQ(ipa_matrix_invert(&matrix, &inverse), 0);
	ipa_matrix_apply(&matrix, color, color);
	CHECK(fabs(color[0] - 0.83) < 1e-9);
	CHECK(fabs(color[1] - 0.372) < 1e-9);
	ipa_matrix_apply(&inverse, color, color);
	CHECK(fabs(color[0] - 0.5) < 1e-9);
	CHECK(fabs(color[1] - 0.3) < 1e-9);
	CHECK(fabs(color[2] - 0.1) < 1e-9);

	test_case("matrix: none is the inverse of a singular one, or of NaN");
	kept = inverse;
	CHECK_EQ(ipa_matrix_invert(&singular, &inverse), -EINVAL);
	singular.m[0] = NAN;
	CHECK_EQ(ipa_matrix_invert(&singular, &inverse), -EINVAL);
	CHECK_MEM_EQ(&inverse, &kept, sizeof(kept));

	test_case("matrix: a mix lies between");
	ipa_matrix_mix(&ipa_matrix_identity, &matrix, 0.25, &inverse);
	CHECK(fabs(inverse.m[0] - (0.75 + 0.25 * 2.18)) < 1e-9);
	CHECK(fabs(inverse.m[1] - 0.25 * -0.71) < 1e-9);

	test_case("undo: what came out of gains and matrix is what went in; never below 0");
	struct ipa_gains gains = { 1.8, 1.6 };
	double seen[3] = { 0.2 * 1.8, 0.3, 0.1 * 1.6 }, out[3];
	ipa_matrix_apply(&matrix, seen, out);
	ipa_matrix_invert(&matrix, &inverse);
	ipa_color_undo(&inverse, &gains, out, out);
	CHECK(fabs(out[0] - 0.2) < 1e-9);
	CHECK(fabs(out[1] - 0.3) < 1e-9);
	CHECK(fabs(out[2] - 0.1) < 1e-9);
	double green[3] = { 0, 1, 0 };
	ipa_color_undo(&matrix, &gains, green, out);
	CHECK(out[0] >= 0 && out[2] >= 0);
}

static void test_from_xyz(void)
{
	static const struct ipa_matrix matrix = { { 2.18, -0.71, -0.47, -0.70, 2.76,
						    -1.06, -0.25, -0.72, 1.97 } };
	static const struct ipa_gains gains = { 1.8, 1.6 }, none = { 1, 1 };
	static const struct ipa_matrix singular = { { 1, 2, 3, 2, 4, 6, 0, 0, 1 } };
	const double white[3] = { 0.9505, 1, 1.089 };
	double color[3] = { 0.2, 0.3, 0.1 }, seen[3] = { 0.2 * 1.8, 0.3, 0.1 * 1.6 };
	struct ipa_matrix from_xyz, srgb_from_xyz, xyz_from_srgb;

	test_case("xyz: white of D65 is the sensor's grey");
	CHECK_EQ(ipa_matrix_from_xyz(&gains, &ipa_matrix_identity, &from_xyz), 0);
	double grey[3];
	ipa_matrix_apply(&from_xyz, white, grey);
	CHECK(fabs(grey[0] - 1 / 1.8) < 1e-3);
	CHECK(fabs(grey[1] - 1) < 1e-3);
	CHECK(fabs(grey[2] - 1 / 1.6) < 1e-3);

	test_case("xyz: gains, matrix and sRGB's own undone, in that order");
	CHECK_EQ(ipa_matrix_from_xyz(&gains, &matrix, &from_xyz), 0);
	CHECK_EQ(ipa_matrix_from_xyz(&none, &ipa_matrix_identity, &srgb_from_xyz), 0);
	CHECK_EQ(ipa_matrix_invert(&srgb_from_xyz, &xyz_from_srgb), 0);
	ipa_matrix_apply(&matrix, seen, seen);
	ipa_matrix_apply(&xyz_from_srgb, seen, seen);
	ipa_matrix_apply(&from_xyz, seen, seen);
	for (unsigned i = 0; i < 3; i++)
		CHECK(fabs(seen[i] - color[i]) < 1e-9);
	CHECK_EQ(ipa_matrix_from_xyz(&gains, &singular, &from_xyz), -EINVAL);
}

static void test_fixed(void)
{
	test_case("fixed: CTK of rkisp1, 11 bits, 7 behind the point");
	CHECK_EQ(ipa_fixed_field(1, 11, 7), 0x80);
	CHECK_EQ(ipa_fixed_field(-1, 11, 7), 0x780);
	CHECK_EQ(ipa_fixed_field(-8, 11, 7), 0x400);
	CHECK_EQ(ipa_fixed_field(8, 11, 7), 0x3ff);
	CHECK_EQ(ipa_fixed_field(-100, 11, 7), 0x400);

	test_case("fixed: rounds to nearest, both ways");
	CHECK_EQ(ipa_fixed_signed(0.0117, 11, 7), 1);
	CHECK_EQ(ipa_fixed_signed(0.0118, 11, 7), 2);
	CHECK_EQ(ipa_fixed_signed(-0.0118, 11, 7), -2);
	CHECK_EQ(ipa_fixed_unsigned(1.999, 10, 8), 0x200);
	CHECK_EQ(ipa_fixed_unsigned(0.001, 10, 8), 0);

	test_case("fixed: what does not fit is cut, what is no number is 0");
	CHECK_EQ(ipa_fixed_unsigned(4, 10, 8), 0x3ff);
	CHECK_EQ(ipa_fixed_unsigned(-4, 10, 8), 0);
	CHECK_EQ(ipa_fixed_unsigned(INFINITY, 32, 16), UINT32_MAX);
	CHECK_EQ(ipa_fixed_signed(-INFINITY, 32, 16), INT32_MIN);
	CHECK_EQ(ipa_fixed_signed(INFINITY, 32, 31), INT32_MAX);
	CHECK_EQ(ipa_fixed_unsigned(NAN, 10, 8), 0);
	CHECK_EQ(ipa_fixed_signed(NAN, 10, 8), 0);
	CHECK_EQ(ipa_scale_u16(1.5), 65535);
	CHECK_EQ(ipa_scale_u16(NAN), 0);
	CHECK_EQ(ipa_scale_u16(0.5), 32768);
}

static void test_ycbcr(void)
{
	static const double grey[3] = { 16 + 109.5, 128, 128 };
	double rgb[3], back[3];

	test_case("ycbcr: grey has equal parts, white is 1 at 235");
	ipa_rgb_from_ycbcr(grey, rgb);
	CHECK(fabs(rgb[0] - rgb[1]) < 1e-9);
	CHECK(fabs(rgb[1] - rgb[2]) < 1e-9);
	CHECK(fabs(rgb[0] - 0.5) < 0.001);

	test_case("ycbcr: there and back");
	for (double y = 16; y < 236; y += 20) {
		for (double cb = 16; cb < 241; cb += 32) {
			double ycbcr[3] = { y, cb, 256 - cb };

			ipa_rgb_from_ycbcr(ycbcr, rgb);
			ipa_ycbcr_from_rgb(rgb, back);
			for (unsigned i = 0; i < 3; i++)
				CHECK(fabs(back[i] - ycbcr[i]) < 1e-6);
		}
	}
}

static double srgb(double x)
{
	return x <= 0.0031308 ? 12.92 * x : 1.055 * pow(x, 1 / 2.4) - 0.055;
}

static void test_curve(void)
{
	static const uint16_t steps[] = { 0,    64,   128,  192,  256, 512,
					  1024, 2048, 4095, 4096, 5000 };
	uint16_t table[257], gaps[sizeof(steps) / sizeof(steps[0])];
	struct ipa_curve curve;

	test_case("curve: sRGB within a tenth of a step of 8 bits, everywhere");
	for (unsigned x = 0; x < 65536; x++)
		if (fabs(ipa_curve_at(&ipa_curve_srgb, (uint16_t)x) / 257.0 -
			 srgb(x / 65535.0) * 255) > 0.1)
			test_fail(__FILE__, __LINE__, "at %u: %u", x,
				  ipa_curve_at(&ipa_curve_srgb, (uint16_t)x));

	test_case("curve: a table with unequal steps; beyond full it stays at the end");
	ipa_curve_table(&ipa_curve_srgb, steps, sizeof(steps) / sizeof(steps[0]), 4096,
			10, gaps);
	CHECK_EQ(gaps[0], 0);
	CHECK(fabs(gaps[1] - srgb(64 / 4096.0) * 1023) < 1);
	CHECK(fabs(gaps[6] - srgb(0.25) * 1023) < 1);
	CHECK_EQ(gaps[9], 1023);
	CHECK_EQ(gaps[10], 1023);

	test_case("curve: an even table rises from 0 to all ones");
	ipa_curve_even_table(&ipa_curve_srgb, 257, 16, table);
	CHECK_EQ(table[0], 0);
	CHECK_EQ(table[256], 65535);
	for (unsigned i = 0; i < 256; i++)
		CHECK(table[i] < table[i + 1]);

	test_case("curve: what is none is seen");
	CHECK(ipa_curve_is_valid(&ipa_curve_srgb));
	curve = ipa_curve_srgb;
	curve.points[5].x = curve.points[4].x;
	CHECK(!ipa_curve_is_valid(&curve));
	curve = ipa_curve_srgb;
	curve.points[5].y = 0;
	CHECK(!ipa_curve_is_valid(&curve));
	curve = ipa_curve_srgb;
	curve.num_points--;
	CHECK(!ipa_curve_is_valid(&curve));
	for (unsigned count = 0; count < 2; count++) {
		curve.num_points = count;
		CHECK(!ipa_curve_is_valid(&curve));
	}
	curve.num_points = IPA_CURVE_MAX_POINTS + 1;
	CHECK(!ipa_curve_is_valid(&curve));

	test_case("exp2: as the C library's, within a ten thousandth");
	for (double stops = -8; stops <= 8; stops += 0.13)
		CHECK(fabs(ipa_exp2(stops) / exp2(stops) - 1) < 2e-4);
	CHECK_EQ(ipa_exp2(3), 8);
	CHECK_EQ(ipa_exp2(100), 65536);
	CHECK(ipa_exp2(NAN) > 0);
	CHECK(ipa_exp2(-INFINITY) > 0);
}

static void test_zones(void)
{
	struct ipa_zone zone = { .red = 10000, .green = 20000, .blue = 30000, .valid = 1 };
	struct ipa_zones zones = { .kind = IPA_ZONES_COLOR,
				   .columns = 1,
				   .rows = 1,
				   .zones = &zone,
				   .gains = { 2, 1.5 } };

	test_case("zones: luminance with the gains that are still to come, cut at white");
	CHECK_EQ(ipa_zones_luma(&zones, 0),
		 (int)(0.299 * 20000 + 0.587 * 20000 + 0.114 * 45000));
	zone.red = 60000;
	CHECK_EQ(ipa_zones_luma(&zones, 0),
		 (int)(0.299 * 65535 + 0.587 * 20000 + 0.114 * 45000));

	test_case("zones: what was left out for being clipped is put back");
	zones.kind = IPA_ZONES_LUMA;
	zone.luma = 1000;
	zone.saturated = IPA_FULL;
	CHECK_EQ(ipa_zones_luma(&zones, 0), 1000);
	zones.saturated_left_out = true;
	CHECK_EQ(ipa_zones_luma(&zones, 0), IPA_FULL);

	test_case("zones: white is full, although the black level was taken off");
	CHECK(ipa_zones_scale(959 / 1023.0, 4096) > IPA_FULL - 10);
	CHECK_EQ(ipa_zones_scale(1, 4096), IPA_FULL);
	CHECK_EQ(ipa_zones_scale(0, 4096), 0);
	CHECK_EQ(ipa_zones_scale(0.4, 0), 26214);
}

int main(void)
{
	test_matrix();
	test_from_xyz();
	test_fixed();
	test_ycbcr();
	test_curve();
	test_zones();
	return test_done();
}
