/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scene: what stands before the emulated cameras, as arithmetic. It compiles in the kernel, where
 * the cameras are, and outside, where tests compute what a picture must hold, byte for byte.
 *
 * The scene covers the pixel array of the sensor, 3280x2464, in tiles of 256x128. The upper 32 lines
 * of each tile are the code strip, which tells the number of the frame; below it stand 96 lines of
 * patches: greys and colours that are grey in the mean, one grey column in the middle (tile 6), and
 * in each fourth row of tiles a grey ramp from black to white over the whole width.
 *
 * The strip is a row of cells 32 wide, two for each bit, highest first, again after 1024 pixels: a
 * pair is bright and dark for 1, dark and bright for 0. So the number can be read at any brightness,
 * and from any part of the picture that is wide enough.
 *
 * A sensor with more pixels sees tiles go on; the ramp stays at its end.
 *
 * There is no noise and no blur. All pixels of equal reflectance are equal: a frame is a palette of
 * at most 256 colours, and lines of indices into it of which at most 32 kinds differ.
 */
#ifndef SCENE_H
#define SCENE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stdint.h>
#endif

#define SCENE_WIDTH       3280 /* of the pixel array */
#define SCENE_HEIGHT      2464
#define SCENE_WIDTH_MAX   4056 /* of a sensor with more pixels */
#define SCENE_COLOURS     256  /* in a palette */
#define SCENE_KINDS       32   /* of lines */
#define SCENE_BLACK       64   /* of 1023 */
#define SCENE_CODE_BITS   16   /* of the frame number that the strip tells */
#define SCENE_CODE_CELL   32   /* pixels of the array; a bit has two cells */
#define SCENE_CODE_LINES  32
#define SCENE_TILE_WIDTH  256
#define SCENE_TILE_HEIGHT 128
#define SCENE_BRIGHTNESS  1000
#define SCENE_LINE_LENGTH 3448 /* in pixel clocks, for which exposures are counted */

/* The filters of the Bayer pattern, and components of a colour */
enum scene_filter { SCENE_R, SCENE_GR, SCENE_GB, SCENE_B, SCENE_FILTERS };

/* What the test pattern register of an IMX219 may hold */
enum scene_pattern {
	SCENE_PATTERN_NONE,
	SCENE_PATTERN_SOLID,
	SCENE_PATTERN_BARS,
	SCENE_PATTERN_GREY_BARS, /* fade to grey downwards */
	SCENE_PATTERN_PN9,
};

struct scene_light {
	uint32_t brightness; /* SCENE_BRIGHTNESS: white is 700 over black in 1600 lines, gain 1 */
	uint32_t red, green, blue; /* of the light and the filters together, 256 is 1.0 */
};

/* All that decides the pixels of one frame of the sensor. */
struct scene_frame {
	uint32_t number; /* since the stream began */
	struct scene_light light;
	uint32_t exposure; /* lines */
	uint32_t line_length, frame_length;
	uint32_t analogue; /* code: gain is 256 / (256 - code) */
	uint32_t digital;  /* 256 is 1.0 */
	uint32_t pattern;  /* enum scene_pattern */
	uint32_t solid[SCENE_FILTERS];
	uint32_t left, top;     /* of the window on the array */
	uint32_t width, height; /* of the picture */
	uint32_t binning; /* 1, or 2: two by two pixels of a colour become one; or 4 */
	uint32_t hflip, vflip;
	uint32_t bits; /* 8, 10 or 12 */
	uint32_t mono; /* no colour filters: all pixels are as those under SCENE_GR */
};

/* White, by exposure, gains and brightness: over black, in 256ths of a step of 10 bits. */
uint64_t scene_white(const struct scene_frame *frame);

/* The colours of the frame, as 10 bits, black level and clipping included. */
void scene_palette(const struct scene_frame *frame,
		   uint16_t palette[SCENE_COLOURS][SCENE_FILTERS]);

/* Where on the array column x and line y of the picture are. */
uint32_t scene_array_x(const struct scene_frame *frame, uint32_t x);
uint32_t scene_array_y(const struct scene_frame *frame, uint32_t y);

/* What kind of line y is: lines of a kind have the same indices. Less than SCENE_KINDS. */
uint32_t scene_kind(const struct scene_frame *frame, uint32_t y);

/* The colours of a line of this kind, an index for each of the frame's width. */
void scene_line(const struct scene_frame *frame, uint32_t kind, uint8_t *index);

/* Which filter is over the pixel. */
enum scene_filter scene_filter(const struct scene_frame *frame, uint32_t x, uint32_t y);

/* Whether the window shows something that a strip tells: bit number, and its first cell or second. */
uint32_t scene_code_bit(uint32_t array_x);
bool scene_code_second(uint32_t array_x);

#endif
