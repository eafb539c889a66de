/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Colour arithmetic: 3x3 matrices, fixed-point fields of registers, Y'CbCr and back. */
#ifndef RAWLINE_IPA_COLOR_H
#define RAWLINE_IPA_COLOR_H

#include <stdint.h>

/* White balance: factors of red and blue, that of green being 1. */
struct ipa_gains {
	double red;
	double blue;
};

/* Row by row: the first row makes red. */
struct ipa_matrix {
	double m[9];
};

extern const struct ipa_matrix ipa_matrix_identity;

/* result = matrix * color; both are red, green, blue, and may be the same array. */
void ipa_matrix_apply(const struct ipa_matrix *matrix, const double color[3],
		      double result[3]);

/* (1 - share) * a + share * b, entry by entry; share is 0 to 1. */
void ipa_matrix_mix(const struct ipa_matrix *a, const struct ipa_matrix *b, double share,
		    struct ipa_matrix *result);

/* Returns 0, or -EINVAL if there is no inverse that means anything; *inverse then stays. */
int ipa_matrix_invert(const struct ipa_matrix *matrix, struct ipa_matrix *inverse);

/*
 * From CIE XYZ to the colours of a sensor, for which these gains make grey grey and matrix then
 * makes sRGB without its curve. White is that of D65 (XYZ 0.95, 1, 1.09), and becomes the sensor's
 * grey, green being 1. Returns 0, or -EINVAL if the matrix has no inverse.
 */
int ipa_matrix_from_xyz(const struct ipa_gains *gains, const struct ipa_matrix *matrix,
			struct ipa_matrix *from_xyz);

/*
 * value as a fixed-point number with that many bits in all (1 to 32), fraction_bits of them
 * behind the point, rounded to nearest. What does not fit becomes the nearest that does, what
 * is no number becomes 0.
 */
uint32_t ipa_fixed_unsigned(double value, unsigned bits, unsigned fraction_bits);
int32_t ipa_fixed_signed(double value, unsigned bits, unsigned fraction_bits);

/* The same as ipa_fixed_signed() as a register has it: two's complement, upper bits zero. */
uint32_t ipa_fixed_field(double value, unsigned bits, unsigned fraction_bits);

/*
 * 8-bit Y'CbCr of limited range to R, G, B of 0 to 1 with the Rockchip ISP's own coefficients
 * (BT.601 with the rounding of its converter). Colours that no R, G, B makes come out
 * below 0 or above 1.
 */
void ipa_rgb_from_ycbcr(const double ycbcr[3], double rgb[3]);

/* The way back. */
void ipa_ycbcr_from_rgb(const double rgb[3], double ycbcr[3]);

/*
 * What a sensor saw, from what came out behind white balance and matrix: the inverse of
 * the matrix applied, divided by the gains, nothing below 0. inverse is that of the matrix
 * in force. For hardware that measures at the end of its pipeline.
 */
void ipa_color_undo(const struct ipa_matrix *inverse, const struct ipa_gains *gains,
		    const double color[3], double result[3]);

/* 0 to 1 on the scale of struct ipa_zone, 0 to IPA_FULL; beyond is cut. */
uint16_t ipa_scale_u16(double value);

#endif
