// SPDX-License-Identifier: GPL-2.0-or-later
/* Colour in a Rockchip ISP1: black level, gains, matrix, gamma, YUV, and back to RGB. */
#include "rkisp1-colour.h"

static int limit(int value, int low, int high)
{
	return value < low ? low : value > high ? high : value;
}

static uint32_t curve(const struct rkisp1_colour_blocks *blocks, uint32_t x)
{
	int i = 0;

	if (!blocks->gamma)
		return x >> 2;
	while (i < RKISP1_CURVE - 2 && x >= blocks->curve_x[i + 1])
		i++;
	return blocks->curve_y[i] +
	       ((int)blocks->curve_y[i + 1] - (int)blocks->curve_y[i]) *
		       (int)(x - blocks->curve_x[i]) /
		       (int)(blocks->curve_x[i + 1] - blocks->curve_x[i]);
}

/* Demosaicing is perfect: a colour is uniform around a pixel. Green is the mean of both. */
static void linear_rgb(const struct rkisp1_colour_blocks *blocks,
		       const uint16_t sensor[SCENE_FILTERS], int rgb[3])
{
	int balanced[SCENE_FILTERS];
	int in[3];

	for (int i = 0; i < SCENE_FILTERS; i++) {
		int value = limit((sensor[i] << 2) - blocks->black[i], 0, 4095);

		balanced[i] = limit(value * blocks->gain[i] / 256, 0, 4095);
	}
	in[0] = balanced[SCENE_R];
	in[1] = (balanced[SCENE_GR] + balanced[SCENE_GB]) / 2;
	in[2] = balanced[SCENE_B];
	for (int i = 0; i < 3; i++) {
		int sum = 0;

		for (int j = 0; j < 3; j++)
			sum += blocks->matrix[i][j] * in[j];
		rgb[i] = limit(sum / 128 + blocks->offset[i], 0, 4095);
	}
}

static int weigh(const int factor[3], const int rgb[3])
{
	/* Rounded, of 10 bits and 7 of the factor, to 8 bits */
	return (factor[0] * rgb[0] + factor[1] * rgb[1] + factor[2] * rgb[2] + 256) >> 9;
}

static void store_yuv(const struct rkisp1_colour_blocks *blocks, const int rgb[3], int yuv[3])
{
	int base = blocks->luma_full ? 0 : 16;

	yuv[0] = limit(base + weigh(blocks->to_yuv[0], rgb), 0, 255);
	yuv[1] = limit(128 + weigh(blocks->to_yuv[1], rgb), 0, 255);
	yuv[2] = limit(128 + weigh(blocks->to_yuv[2], rgb), 0, 255);
	if (blocks->process) {
		int black = blocks->process_full ? 0 : 16;
		int white = blocks->process_full ? 255 : 235;
		int reach = blocks->process_full ? 127 : 112;

		yuv[0] = black + (yuv[0] - black) * blocks->contrast / 128;
		yuv[0] = limit(yuv[0] + blocks->brightness, black, white);
		for (int i = 1; i < 3; i++)
			yuv[i] = 128 + limit((yuv[i] - 128) * blocks->saturation / 128,
					     -reach, reach);
	}
}

/* BT.601 */
static void store_rgb(bool full, const int yuv[3], uint8_t rgb[3])
{
	int y = full ? yuv[0] * 256 : (yuv[0] - 16) * 298;
	int cb = yuv[1] - 128;
	int cr = yuv[2] - 128;

	rgb[0] = limit((y + (full ? 359 : 409) * cr + 128) >> 8, 0, 255);
	rgb[1] = limit((y - (full ? 88 : 100) * cb - (full ? 183 : 208) * cr + 128) >> 8,
		       0, 255);
	rgb[2] = limit((y + (full ? 454 : 516) * cb + 128) >> 8, 0, 255);
}

void rkisp1_colour(const struct rkisp1_colour_blocks *blocks,
		   const uint16_t sensor[SCENE_FILTERS], struct rkisp1_colour *colour)
{
	int rgb[3];
	int yuv[3];

	linear_rgb(blocks, sensor, rgb);
	for (int i = 0; i < 3; i++) {
		colour->linear[i] = rgb[i] >> 4;
		rgb[i] = curve(blocks, rgb[i]);
	}
	store_yuv(blocks, rgb, yuv);
	colour->y = yuv[0];
	colour->cb = yuv[1];
	colour->cr = yuv[2];
	store_rgb(blocks->rgb_full, yuv, colour->rgb);
}

void rkisp1_measured_yuv(const uint8_t linear[3], uint8_t yuv[3])
{
	int r = linear[0], g = linear[1], b = linear[2];

	yuv[0] = limit(16 + ((16 * r + 32 * g + 7 * b + 32) >> 6), 0, 255);
	yuv[1] = limit(128 + ((-9 * r - 19 * g + 28 * b + 32) >> 6), 0, 255);
	yuv[2] = limit(128 + ((28 * r - 24 * g - 4 * b + 32) >> 6), 0, 255);
}
