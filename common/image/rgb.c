// SPDX-License-Identifier: GPL-2.0-or-later
/* RGB pixels in whatever order of bytes or bits, as R, G, B. */
#include "common/image/rgb.h"

#include <linux/videodev2.h>
#include <stddef.h>

#include "common/base/format.h"

#ifndef V4L2_PIX_FMT_BGR48
#define V4L2_PIX_FMT_BGR48 v4l2_fourcc('B', 'G', 'R', '6')
#endif
#ifndef V4L2_PIX_FMT_RGB48
#define V4L2_PIX_FMT_RGB48 v4l2_fourcc('R', 'G', 'B', '6')
#endif

/* userspace-api/media/v4l/pixfmt-rgb.rst; the names of 32-bit formats mislead. */
static const struct rgb_bytes byte_formats[] = {
	{ V4L2_PIX_FMT_RGB24, 1, 3, 0, 1, 2 },  { V4L2_PIX_FMT_BGR24, 1, 3, 2, 1, 0 },
	{ V4L2_PIX_FMT_ARGB32, 1, 4, 1, 2, 3 }, { V4L2_PIX_FMT_XRGB32, 1, 4, 1, 2, 3 },
	{ V4L2_PIX_FMT_RGB32, 1, 4, 1, 2, 3 },  { V4L2_PIX_FMT_ABGR32, 1, 4, 2, 1, 0 },
	{ V4L2_PIX_FMT_XBGR32, 1, 4, 2, 1, 0 }, { V4L2_PIX_FMT_BGR32, 1, 4, 2, 1, 0 },
	{ V4L2_PIX_FMT_RGBA32, 1, 4, 0, 1, 2 }, { V4L2_PIX_FMT_RGBX32, 1, 4, 0, 1, 2 },
	{ V4L2_PIX_FMT_BGRA32, 1, 4, 3, 2, 1 }, { V4L2_PIX_FMT_BGRX32, 1, 4, 3, 2, 1 },
	{ V4L2_PIX_FMT_RGB48, 2, 3, 0, 1, 2 },  { V4L2_PIX_FMT_BGR48, 2, 3, 2, 1, 0 },
};

/* Pixels of 16 bits; blue begins at bit 0 in all of them. */
static const struct word_format {
	uint32_t fourcc;
	bool big_endian;
	uint8_t red_bits, green_bits, blue_bits;
} word_formats[] = {
	{ V4L2_PIX_FMT_RGB565, false, 5, 6, 5 },
	{ V4L2_PIX_FMT_RGB565X, true, 5, 6, 5 },
	{ V4L2_PIX_FMT_RGB555, false, 5, 5, 5 },
	{ V4L2_PIX_FMT_RGB555X, true, 5, 5, 5 },
	{ V4L2_PIX_FMT_ARGB555, false, 5, 5, 5 },
	{ V4L2_PIX_FMT_XRGB555, false, 5, 5, 5 },
	{ V4L2_PIX_FMT_ARGB444, false, 4, 4, 4 },
	{ V4L2_PIX_FMT_XRGB444, false, 4, 4, 4 },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const struct rgb_bytes *rgb_find_bytes(const struct format_info *format)
{
	for (size_t i = 0; i < COUNT(byte_formats); i++)
		if (byte_formats[i].fourcc == format->fourcc)
			return &byte_formats[i];
	return NULL;
}

static const struct word_format *find_words(const struct format_info *format)
{
	for (size_t i = 0; i < COUNT(word_formats); i++)
		if (word_formats[i].fourcc == format->fourcc)
			return &word_formats[i];
	return NULL;
}

bool rgb_is_known(const struct format_info *format)
{
	return rgb_find_bytes(format) || find_words(format);
}

static void pick_bytes(const struct rgb_bytes *bytes, const uint8_t *line, uint8_t *rgb,
		       uint32_t width)
{
	const uint8_t *end = rgb + 3 * (size_t)width;
	unsigned step = bytes->samples, red = bytes->red, green = bytes->green,
		 blue = bytes->blue;

	for (; rgb < end; rgb += 3, line += step) {
		rgb[0] = line[red];
		rgb[1] = line[green];
		rgb[2] = line[blue];
	}
}

static void pick_words(const struct rgb_bytes *bytes, const uint8_t *line, uint8_t *rgb,
		       uint32_t width)
{
	const unsigned places[3] = { 2u * bytes->red, 2u * bytes->green, 2u * bytes->blue };
	const uint8_t *end = rgb + 6 * (size_t)width;

	for (; rgb < end; rgb += 6, line += 2 * bytes->samples) {
		for (unsigned i = 0; i < 3; i++) {
			rgb[2 * i] = line[places[i] + 1];
			rgb[2 * i + 1] = line[places[i]];
		}
	}
}

/* 4 to 6 bits to 8: the high bits once more below the low ones. */
static inline uint8_t widen(unsigned value, unsigned bits)
{
	value &= (1u << bits) - 1;
	return (uint8_t)(value << (8 - bits) | value >> (2 * bits - 8));
}

static void spread_words(const struct word_format *words, const uint8_t *line,
			 uint8_t *rgb, uint32_t width)
{
	unsigned red_shift = words->blue_bits + words->green_bits;
	unsigned low = words->big_endian, pixel;

	for (uint32_t i = 0; i < width; i++, line += 2, rgb += 3) {
		pixel = (unsigned)(line[low] | line[!low] << 8);
		rgb[0] = widen(pixel >> red_shift, words->red_bits);
		rgb[1] = widen(pixel >> words->blue_bits, words->green_bits);
		rgb[2] = widen(pixel, words->blue_bits);
	}
}

void rgb_line(const struct format_info *format, const uint8_t *line, uint8_t *rgb,
	      uint32_t width)
{
	const struct rgb_bytes *bytes = rgb_find_bytes(format);

	if (!bytes)
		spread_words(find_words(format), line, rgb, width);
	else if (bytes->sample_bytes == 2)
		pick_words(bytes, line, rgb, width);
	else
		pick_bytes(bytes, line, rgb, width);
}

void rgb_line_8(const struct format_info *format, const uint8_t *line, uint8_t *rgb,
		uint32_t width)
{
	const struct rgb_bytes *bytes = rgb_find_bytes(format);
	struct rgb_bytes high;

	if (!bytes || bytes->sample_bytes != 2) {
		rgb_line(format, line, rgb, width);
		return;
	}
	high = (struct rgb_bytes){
		.samples = (uint8_t)(2 * bytes->samples),
		.red = (uint8_t)(2 * bytes->red + 1),
		.green = (uint8_t)(2 * bytes->green + 1),
		.blue = (uint8_t)(2 * bytes->blue + 1),
	};
	pick_bytes(&high, line, rgb, width);
}

/* In 65536ths; those of a line add up to that or to nothing, so that grey stays grey. */
void rgb_split(const uint8_t *rgb, uint8_t *const to[3], uint32_t width)
{
	const int half = 1 << 15, middle = (128 << 16) + half - 1;
	int red, green, blue;

	for (uint32_t i = 0; i < width; i++, rgb += 3) {
		red = rgb[0];
		green = rgb[1];
		blue = rgb[2];
		to[0][i] = (uint8_t)((19595 * red + 38470 * green + 7471 * blue + half) >> 16);
		to[1][i] = (uint8_t)((-11059 * red - 21709 * green + 32768 * blue + middle) >>
				     16);
		to[2][i] = (uint8_t)((32768 * red - 27439 * green - 5329 * blue + middle) >>
				     16);
	}
}
