/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Colour in a Rockchip ISP1: from what the sensor saw at a pixel to what is measured and stored.
 * Like scene.h it compiles in the kernel and outside.
 */
#ifndef RKISP1_COLOUR_H
#define RKISP1_COLOUR_H

#include "scene.h"

#define RKISP1_CURVE 17 /* points */

/* The registers of the colour blocks, taken apart. */
struct rkisp1_colour_blocks {
	int black[SCENE_FILTERS]; /* subtracted, 12 bits */
	int gain[SCENE_FILTERS];  /* 256 is 1.0 */
	int matrix[3][3];         /* 128 is 1.0 */
	int offset[3];            /* 12 bits */
	bool gamma;
	uint32_t curve_x[RKISP1_CURVE]; /* 12 bits, the last is 4096 */
	uint32_t curve_y[RKISP1_CURVE]; /* 10 bits */
	int to_yuv[3][3];               /* 128 is 1.0 */
	bool luma_full;                 /* range of what comes of that */
	bool process;                   /* the block with the next four */
	int contrast, saturation;       /* 128 is 1.0 */
	int brightness;
	bool process_full;
	bool rgb_full; /* what the self path takes YUV for when it makes RGB */
};

/* 8 bits each. Measurements see the colour after the matrix, before gamma. */
struct rkisp1_colour {
	uint8_t linear[3]; /* red, green, blue: histogram, exposure */
	uint8_t y, cb, cr; /* stored */
	uint8_t rgb[3];    /* stored by the self path */
};

void rkisp1_colour(const struct rkisp1_colour_blocks *blocks,
		   const uint16_t sensor[SCENE_FILTERS], struct rkisp1_colour *colour);

/* Y, Cb and Cr as the white balance and exposure measurements make them of linear colours. */
void rkisp1_measured_yuv(const uint8_t linear[3], uint8_t yuv[3]);

#endif
