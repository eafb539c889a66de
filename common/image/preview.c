// SPDX-License-Identifier: GPL-2.0-or-later
/* A small picture of RAW, to find it by: colours right, details left out. */
#include "common/image/preview.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "common/image/image.h"
#include "common/image/picture.h"
#include "common/image/unpack.h"

#define MOST_PIXELS 256 /* of the longer side */
#define CURVE_STEPS 1023

struct preview {
	uint32_t width, height;
	uint32_t step; /* samples from one pixel to the next, an even number */
	unpack_fn *unpack;
	uint16_t *lines[2]; /* of samples */
	uint8_t curve[CURVE_STEPS + 1];
	uint8_t pixels[];
};

/* What is in numbers as light is, unless the driver says that they have sRGB's curve already. */
static void draw_curve(struct preview *preview, enum image_transfer transfer)
{
	for (unsigned i = 0; i <= CURVE_STEPS; i++) {
		double value = (double)i / CURVE_STEPS;

		if (transfer != IMAGE_TRANSFER_SRGB)
			value = value <= 0.0031308 ? 12.92 * value :
						     1.055 * pow(value, 1 / 2.4) - 0.055;
		preview->curve[i] = (uint8_t)(value * 255 + 0.5);
	}
}

static uint32_t count_pixels(uint32_t samples, uint32_t step)
{
	return samples < step ? 1 : samples / step;
}

int preview_create(const struct image *shape, struct preview **preview)
{
	uint32_t longer = shape->width > shape->height ? shape->width : shape->height;
	uint32_t step = 2 * ((longer - 1) / (2 * MOST_PIXELS) + 1);
	uint32_t width = count_pixels(shape->width, step);
	uint32_t height = count_pixels(shape->height, step);
	struct preview *created;

	created = calloc(1, sizeof(*created) + 3 * (size_t)width * height);
	if (!created)
		return -ENOMEM;
	created->width = width;
	created->height = height;
	created->step = step;
	created->unpack = unpack_find(shape->format);
	for (unsigned i = 0; i < 2; i++)
		created->lines[i] = calloc(shape->width, sizeof(uint16_t));
	if (!created->unpack || !created->lines[0] || !created->lines[1]) {
		int ret = created->unpack ? -ENOMEM : -EOPNOTSUPP;

		preview_destroy(created);
		return ret;
	}
	draw_curve(created, shape->transfer);
	*preview = created;
	return 0;
}

void preview_destroy(struct preview *preview)
{
	if (!preview)
		return;
	free(preview->lines[0]);
	free(preview->lines[1]);
	free(preview);
}

uint32_t preview_width(const struct preview *preview)
{
	return preview->width;
}

uint32_t preview_height(const struct preview *preview)
{
	return preview->height;
}

/* The colours of the four samples at a place, 1 being white. */
static void read_color(const struct preview *preview, const struct image *image,
		       uint32_t x, unsigned black, float color[3])
{
	const char *order = format_order_name(image->format->order);
	float white = (float)(((1u << image->format->bits) - 1) - black);
	unsigned sum[3] = { 0 }, count[3] = { 0 };

	for (unsigned i = 0; i < 4; i++) {
		unsigned which = order[i] == 'R' ? 0 : order[i] == 'G' ? 1 : 2;
		unsigned sample = preview->lines[i / 2][x + i % 2];

		sum[which] += sample > black ? sample - black : 0;
		count[which]++;
	}
	for (unsigned i = 0; i < 3; i++)
		color[i] = (float)sum[i] / ((float)count[i] * white);
}

static void read_grey(const struct preview *preview, const struct image *image,
		      uint32_t x, unsigned black, float color[3])
{
	float white = (float)(((1u << image->format->bits) - 1) - black);
	unsigned sample = preview->lines[0][x];

	color[0] = color[1] = color[2] = sample > black ? (float)(sample - black) / white : 0;
}

static uint8_t curved(const struct preview *preview, float value)
{
	if (!(value > 0))
		return preview->curve[0];
	if (value >= 1)
		return preview->curve[CURVE_STEPS];
	return preview->curve[(unsigned)(value * CURVE_STEPS + 0.5f)];
}

static void make_pixel(const struct preview *preview, const struct image *image,
		       uint32_t x, const struct picture_notes *notes, uint8_t *pixel)
{
	unsigned most = (1u << image->format->bits) - 1;
	unsigned black = notes->black_level < most ? notes->black_level : most - 1;
	const float *m = notes->colors.to_srgb;
	float color[3];

	if (image->format->kind == FORMAT_GREY) {
		read_grey(preview, image, x, black, color);
		for (unsigned i = 0; i < 3; i++)
			pixel[i] = curved(preview, color[i]);
		return;
	}
	read_color(preview, image, x, black, color);
	for (unsigned i = 0; i < 3; i++, m += 3)
		pixel[i] = curved(preview,
				  m[0] * color[0] + m[1] * color[1] + m[2] * color[2]);
}

const uint8_t *preview_make(struct preview *preview, const struct image *image,
			    const struct picture_notes *notes)
{
	bool is_grey = image->format->kind == FORMAT_GREY;
	uint8_t *pixel = preview->pixels;

	for (uint32_t y = 0; y < preview->height; y++) {
		const uint8_t *line = image->planes[0] +
				      (size_t)y * preview->step * image->stride_bytes[0];

		for (unsigned i = 0; i < (is_grey ? 1 : 2); i++)
			preview->unpack(line + (size_t)i * image->stride_bytes[0],
					preview->lines[i], image->width,
					image->format->bits);
		for (uint32_t x = 0; x < preview->width; x++, pixel += 3)
			make_pixel(preview, image, x * preview->step, notes, pixel);
	}
	return preview->pixels;
}
