/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RGB pixels in whatever order of bytes or bits, as R, G, B. */
#ifndef RAWLINE_RGB_H
#define RAWLINE_RGB_H

#include <stdbool.h>
#include <stdint.h>

struct format_info;

/* Pixels of which each colour has bytes of its own; places count samples from the start. */
struct rgb_bytes {
	uint32_t fourcc;
	uint8_t sample_bytes; /* 1, or 2, the low byte first */
	uint8_t samples;      /* in a pixel: 3, or 4 of which one is not looked at */
	uint8_t red, green, blue;
};

/* NULL if the format is not like that. */
const struct rgb_bytes *rgb_find_bytes(const struct format_info *format);

/* True if rgb_line() knows the format. Alpha is never looked at: cameras have none. */
bool rgb_is_known(const struct format_info *format);

/*
 * Converts one line of pixels to 8-bit R, G, B, or to 16-bit ones with the high byte first
 * if the format has samples of 16 bits.
 */
void rgb_line(const struct format_info *format, const uint8_t *line, uint8_t *rgb,
	      uint32_t width);

/* The same, always to 8 bits: of samples of 16 the high byte. */
void rgb_line_8(const struct format_info *format, const uint8_t *line, uint8_t *rgb,
		uint32_t width);

/*
 * Converts a line of 8-bit R, G, B to one of Y, one of U and one of V as JPEG has them:
 * BT.601, all three from 0 to 255.
 */
void rgb_split(const uint8_t *rgb, uint8_t *const to[3], uint32_t width);

#endif
