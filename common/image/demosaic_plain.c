// SPDX-License-Identifier: GPL-2.0-or-later
/* The demosaic's loops over lines in plain C: for every processor, and what others are compared with. */
#include <endian.h>
#include <string.h>

#include "common/image/demosaic.h"
#include "common/image/demosaic_filters.h"
#include "common/image/develop_places.h"
#include "common/image/kernels.h"

static inline uint16_t scaled(uint16_t sample, unsigned black, unsigned gain, unsigned most)
{
	uint32_t above = sample > black ? sample - black : 0;
	uint32_t value = (above * gain + DEMOSAIC_GAIN_1 / 2) / DEMOSAIC_GAIN_1;

	return (uint16_t)(value < most ? value : most);
}

static void scale_samples(uint16_t *samples, size_t count, const struct line_scale *scale,
			  unsigned most)
{
	for (size_t i = 0; i < count; i += BLOCK) {
		for (unsigned k = 0; k < BLOCK; k++)
			samples[i + k] = scaled(samples[i + k], scale->black[k % 2],
						scale->gain[k % 2], most);
	}
}

/* Inner loops of a fixed length become vector code at -O2 already, with gcc as with clang. */
static void split_samples(const uint16_t *restrict samples, uint16_t *restrict even,
			  uint16_t *restrict odd, size_t pairs)
{
	for (size_t i = 0; i < pairs; i += BLOCK) {
		for (size_t k = 0; k < BLOCK; k++) {
			even[i + k] = samples[2 * (i + k)];
			odd[i + k] = samples[2 * (i + k) + 1];
		}
	}
}

static void narrow_samples(const uint16_t *restrict samples, uint8_t *restrict bytes,
			   size_t count, unsigned shift)
{
	for (size_t i = 0; i < count; i += BLOCK)
		for (size_t k = 0; k < BLOCK; k++)
			bytes[i + k] = (uint8_t)(samples[i + k] >> shift);
}

static inline void put_pixel_8(uint8_t *rgb, const struct line_pixels *pixels,
			       unsigned parity, uint32_t i, unsigned shift)
{
	rgb[0] = (uint8_t)(pixels->red[parity][i] >> shift);
	rgb[1] = (uint8_t)(pixels->green[parity][i] >> shift);
	rgb[2] = (uint8_t)(pixels->blue[parity][i] >> shift);
}

void join_8_plain(const struct line_pixels *pixels, uint8_t *rgb, uint32_t width,
		  unsigned shift)
{
	for (uint32_t i = 0; i < width; i++, rgb += 3)
		put_pixel_8(rgb, pixels, i % 2, i / 2, shift);
}

/* The high bits once more below the low ones, so that all ones become all ones. */
static inline void put_sample_16(uint8_t *to, unsigned sample, unsigned bits)
{
	uint16_t word =
		htobe16((uint16_t)(sample << (16 - bits) | sample >> (2 * bits - 16)));

	memcpy(to, &word, sizeof(word));
}

static inline void put_pixel_16(uint8_t *rgb, const struct line_pixels *pixels,
				unsigned parity, uint32_t i, unsigned bits)
{
	put_sample_16(rgb, pixels->red[parity][i], bits);
	put_sample_16(rgb + 2, pixels->green[parity][i], bits);
	put_sample_16(rgb + 4, pixels->blue[parity][i], bits);
}

void join_16_plain(const struct line_pixels *pixels, uint8_t *rgb, uint32_t width,
		   unsigned bits)
{
	for (uint32_t i = 0; i < width; i++, rgb += 6)
		put_pixel_16(rgb, pixels, i % 2, i / 2, bits);
}

void join_plain(const uint16_t *even, const uint16_t *odd, uint16_t *samples, uint32_t width)
{
	for (uint32_t i = 0; i < width; i++)
		samples[i] = i % 2 ? odd[i / 2] : even[i / 2];
}

/* As the fast filters make it, at a place of the line's own colour or of green. */
static inline void bilinear_pixel(const struct line_bytes *lines, uint8_t *rgb,
				  uint32_t x, bool is_color, bool has_red)
{
	const uint8_t *n = lines->above + x, *at = lines->at + x, *s = lines->below + x;
	uint16_t across = mean_down(at[-1], at[1]), down = mean_up(n[0], s[0]);
	uint16_t own = across, green = at[0], other = down;

	if (is_color) {
		own = at[0];
		green = mean_up(across, down);
		other = mean_down(mean_up(n[-1], s[-1]), mean_up(n[1], s[1]));
	}
	rgb[0] = (uint8_t)(has_red ? own : other);
	rgb[1] = (uint8_t)green;
	rgb[2] = (uint8_t)(has_red ? other : own);
}

/* Called with what is the same for a whole line as constants, so that no loop asks for it. */
static inline void bilinear_line(const struct line_bytes *lines, uint8_t *rgb,
				 uint32_t width, bool color_first, bool has_red)
{
	uint32_t x = 0;

	for (; x + 2 <= width; x += 2, rgb += 6) {
		bilinear_pixel(lines, rgb, x, color_first, has_red);
		bilinear_pixel(lines, rgb + 3, x + 1, !color_first, has_red);
	}
	if (x < width)
		bilinear_pixel(lines, rgb, x, color_first, has_red);
}

void bilinear_8_plain(const struct line_bytes *lines, uint8_t *rgb, uint32_t width)
{
	if (lines->color_column == 0 && lines->has_red)
		bilinear_line(lines, rgb, width, true, true);
	else if (lines->color_column == 0)
		bilinear_line(lines, rgb, width, true, false);
	else if (lines->has_red)
		bilinear_line(lines, rgb, width, false, true);
	else
		bilinear_line(lines, rgb, width, false, false);
}

const struct kernels kernels_c = {
	.name = "c",
	.unpack = unpack_plain,
	.scale = scale_samples,
	.split = split_samples,
	.narrow = narrow_samples,
	.good_12 = { fill_color_sites_16, fill_green_sites_16 },
	.good_16 = { fill_color_sites_32, fill_green_sites_32 },
	.fast = { fill_color_sites_fast, fill_green_sites_fast },
	.join_8 = join_8_plain,
	.join_16 = join_16_plain,
	.join = join_plain,
	.places = find_places,
	.bilinear_8 = bilinear_8_plain,
};
