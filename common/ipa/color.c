// SPDX-License-Identifier: GPL-2.0-or-later
/* Colour arithmetic: 3x3 matrices, fixed-point fields of registers, Y'CbCr and back. */
#include "common/ipa/color.h"

#include <errno.h>

/* A calibration's determinant is above 1; below this the inverse is only noise. */
#define MIN_DETERMINANT 1e-6

const struct ipa_matrix ipa_matrix_identity = { { 1, 0, 0, 0, 1, 0, 0, 0, 1 } };

/* From Y' - 16, Cb - 128, Cr - 128. */
static const struct ipa_matrix from_ycbcr = { {
	1.1636,
	-0.0623,
	1.6008,
	1.1636,
	-0.4045,
	-0.7949,
	1.1636,
	1.9912,
	-0.0250,
} };

/* IEC 61966-2-1: XYZ, whose white is that of D65, to sRGB without its curve. */
static const struct ipa_matrix srgb_from_xyz = { {
	3.2406,
	-1.5372,
	-0.4986,
	-0.9689,
	1.8758,
	0.0415,
	0.0557,
	-0.2040,
	1.0570,
} };

static const double ycbcr_offset[3] = { 16, 128, 128 };

void ipa_matrix_apply(const struct ipa_matrix *matrix, const double color[3],
		      double result[3])
{
	const double *m = matrix->m;
	double a = color[0], b = color[1], c = color[2];

	result[0] = m[0] * a + m[1] * b + m[2] * c;
	result[1] = m[3] * a + m[4] * b + m[5] * c;
	result[2] = m[6] * a + m[7] * b + m[8] * c;
}

void ipa_matrix_mix(const struct ipa_matrix *a, const struct ipa_matrix *b, double share,
		    struct ipa_matrix *result)
{
	for (unsigned i = 0; i < 9; i++)
		result->m[i] = a->m[i] + share * (b->m[i] - a->m[i]);
}

int ipa_matrix_invert(const struct ipa_matrix *matrix, struct ipa_matrix *inverse)
{
	const double *m = matrix->m;
	struct ipa_matrix adjugate = { {
		m[4] * m[8] - m[5] * m[7],
		m[2] * m[7] - m[1] * m[8],
		m[1] * m[5] - m[2] * m[4],
		m[5] * m[6] - m[3] * m[8],
		m[0] * m[8] - m[2] * m[6],
		m[2] * m[3] - m[0] * m[5],
		m[3] * m[7] - m[4] * m[6],
		m[1] * m[6] - m[0] * m[7],
		m[0] * m[4] - m[1] * m[3],
	} };
	double determinant;

	determinant = m[0] * adjugate.m[0] + m[1] * adjugate.m[3] + m[2] * adjugate.m[6];
	if (!(determinant > MIN_DETERMINANT || determinant < -MIN_DETERMINANT))
		return -EINVAL;
	for (unsigned i = 0; i < 9; i++)
		inverse->m[i] = adjugate.m[i] / determinant;
	return 0;
}

/*
 * srgb = matrix * gains * sensor, and srgb = srgb_from_xyz * xyz; therefore
 * sensor = 1/gains * matrix^-1 * srgb_from_xyz * xyz.
 */
int ipa_matrix_from_xyz(const struct ipa_gains *gains, const struct ipa_matrix *matrix,
			struct ipa_matrix *from_xyz)
{
	const double grey[3] = { 1 / gains->red, 1, 1 / gains->blue };
	const double *s = srgb_from_xyz.m;
	struct ipa_matrix inverse;
	int ret;

	ret = ipa_matrix_invert(matrix, &inverse);
	if (ret < 0)
		return ret;
	for (unsigned i = 0; i < 9; i++) {
		const double *row = &inverse.m[i / 3 * 3];

		from_xyz->m[i] = grey[i / 3] * (row[0] * s[i % 3] + row[1] * s[3 + i % 3] +
						row[2] * s[6 + i % 3]);
	}
	return 0;
}

/* To nearest between the limits, halves away from zero; the test also keeps NaN out. */
static int64_t round_between(double value, int64_t low, int64_t high)
{
	if (value >= (double)high)
		return high;
	if (value > (double)low)
		return (int64_t)(value < 0 ? value - 0.5 : value + 0.5);
	return value <= (double)low ? low : 0;
}

uint32_t ipa_fixed_unsigned(double value, unsigned bits, unsigned fraction_bits)
{
	int64_t high = ((int64_t)1 << bits) - 1;

	return (uint32_t)round_between(value * (double)((int64_t)1 << fraction_bits), 0,
				       high);
}

int32_t ipa_fixed_signed(double value, unsigned bits, unsigned fraction_bits)
{
	int64_t high = ((int64_t)1 << (bits - 1)) - 1;

	return (int32_t)round_between(value * (double)((int64_t)1 << fraction_bits),
				      -high - 1, high);
}

uint32_t ipa_fixed_field(double value, unsigned bits, unsigned fraction_bits)
{
	uint64_t mask = ((uint64_t)1 << bits) - 1;

	return (uint32_t)((uint64_t)ipa_fixed_signed(value, bits, fraction_bits) & mask);
}

void ipa_rgb_from_ycbcr(const double ycbcr[3], double rgb[3])
{
	double moved[3];

	for (unsigned i = 0; i < 3; i++)
		moved[i] = (ycbcr[i] - ycbcr_offset[i]) / 255;
	ipa_matrix_apply(&from_ycbcr, moved, rgb);
}

void ipa_ycbcr_from_rgb(const double rgb[3], double ycbcr[3])
{
	struct ipa_matrix to_ycbcr = ipa_matrix_identity;

	ipa_matrix_invert(&from_ycbcr, &to_ycbcr);
	ipa_matrix_apply(&to_ycbcr, rgb, ycbcr);
	for (unsigned i = 0; i < 3; i++)
		ycbcr[i] = ycbcr[i] * 255 + ycbcr_offset[i];
}

void ipa_color_undo(const struct ipa_matrix *inverse, const struct ipa_gains *gains,
		    const double color[3], double result[3])
{
	ipa_matrix_apply(inverse, color, result);
	result[0] /= gains->red;
	result[2] /= gains->blue;
	for (unsigned i = 0; i < 3; i++)
		if (!(result[i] > 0))
			result[i] = 0;
}

uint16_t ipa_scale_u16(double value)
{
	return (uint16_t)round_between(value * 65535, 0, 65535);
}
