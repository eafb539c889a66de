// SPDX-License-Identifier: GPL-2.0-or-later
/* A small picture of RAW, to find it by: colours right, details left out. */
#include "common/image/preview.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "common/image/develop.h"
#include "common/image/image.h"
#include "common/image/picture.h"
#include "common/image/unpack.h"

#define MOST_PIXELS 256 /* of the longer side */

struct preview {
	uint32_t width, height;
	uint32_t step; /* samples from one pixel to the next, an even number */
	unpack_fn *unpack;
	struct develop *develop;
	uint16_t *lines[2];  /* of samples */
	uint16_t *planes[3]; /* a line of red, green and blue */
	uint16_t planes_memory[3][MOST_PIXELS];
	uint8_t pixels[];
};

_Static_assert(MOST_PIXELS % DEVELOP_BLOCK == 0, "planes are whole blocks");

static uint32_t count_pixels(uint32_t samples, uint32_t step)
{
	return samples < step ? 1 : samples / step;
}

static int allocate(struct preview *preview, const struct image *shape)
{
	for (unsigned i = 0; i < 2; i++) {
		preview->lines[i] = calloc(shape->width, sizeof(uint16_t));
		if (!preview->lines[i])
			return -ENOMEM;
	}
	for (unsigned i = 0; i < 3; i++)
		preview->planes[i] = preview->planes_memory[i];
	return develop_create(shape->format->bits, false, &preview->develop);
}

int preview_create(const struct image *shape, struct preview **preview)
{
	uint32_t longer = shape->width > shape->height ? shape->width : shape->height;
	uint32_t step = 2 * ((longer - 1) / (2 * MOST_PIXELS) + 1);
	uint32_t width = count_pixels(shape->width, step);
	uint32_t height = count_pixels(shape->height, step);
	unpack_fn *unpack = unpack_find(shape->format);
	struct preview *created;
	int ret;

	if (!unpack)
		return -EOPNOTSUPP;
	created = calloc(1, sizeof(*created) + 3 * (size_t)width * height);
	if (!created)
		return -ENOMEM;
	created->width = width;
	created->height = height;
	created->step = step;
	created->unpack = unpack;
	ret = allocate(created, shape);
	if (ret < 0) {
		preview_destroy(created);
		return ret;
	}
	*preview = created;
	return 0;
}

void preview_destroy(struct preview *preview)
{
	if (!preview)
		return;
	develop_destroy(preview->develop);
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

/* The means of the four samples at a place. */
static void read_color(const struct preview *preview, const struct image *image,
		       uint32_t x, unsigned color[3])
{
	const char *order = format_order_name(image->format->order);
	unsigned count[3] = { 0 };

	color[0] = color[1] = color[2] = 0;
	for (unsigned i = 0; i < 4; i++) {
		unsigned which = order[i] == 'R' ? 0 : order[i] == 'G' ? 1 : 2;

		color[which] += develop_level(preview->develop, which,
					      preview->lines[i / 2][x + i % 2]);
		count[which]++;
	}
	for (unsigned i = 0; i < 3; i++)
		color[i] /= count[i];
}

static void read_line(struct preview *preview, const struct image *image)
{
	unsigned color[3];

	for (uint32_t i = 0; i < preview->width; i++) {
		uint32_t x = i * preview->step;

		if (image->format->kind == FORMAT_GREY)
			color[0] = color[1] = color[2] = preview->lines[0][x];
		else
			read_color(preview, image, x, color);
		for (unsigned k = 0; k < 3; k++)
			preview->planes[k][i] = (uint16_t)color[k];
	}
}

/* Numbers that have sRGB's curve already. */
static void copy_line(const struct preview *preview, unsigned bits, uint8_t *pixel)
{
	for (uint32_t i = 0; i < preview->width; i++)
		for (unsigned k = 0; k < 3; k++)
			*pixel++ = (uint8_t)(preview->planes[k][i] >> (bits - 8));
}

static void grey_line(const struct preview *preview, uint8_t *pixel)
{
	uint8_t grey[MOST_PIXELS];

	develop_grey(preview->develop, preview->planes[0], grey, preview->width);
	for (uint32_t i = 0; i < preview->width; i++, pixel += 3)
		pixel[0] = pixel[1] = pixel[2] = grey[i];
}

const uint8_t *preview_make(struct preview *preview, const struct image *image,
			    const struct picture_notes *notes)
{
	/* The driver's word for the curve counts where nobody knows the sensor. */
	bool is_curved = !notes->has_colors && image->transfer == IMAGE_TRANSFER_SRGB;
	unsigned num_lines = image->format->kind == FORMAT_GREY ? 1 : 2;
	struct picture_notes taken = *notes;
	uint8_t *pixel = preview->pixels;

	taken.has_colors = true;
	develop_set(preview->develop, &taken);
	for (uint32_t y = 0; y < preview->height; y++, pixel += 3 * preview->width) {
		const uint8_t *line = image->planes[0] +
				      (size_t)y * preview->step * image->stride_bytes[0];

		for (unsigned i = 0; i < num_lines; i++)
			preview->unpack(line + (size_t)i * image->stride_bytes[0],
					preview->lines[i], image->width,
					image->format->bits);
		read_line(preview, image);
		if (is_curved)
			copy_line(preview, image->format->bits, pixel);
		else if (image->format->kind == FORMAT_GREY)
			grey_line(preview, pixel);
		else
			develop_line(preview->develop, preview->planes, pixel,
				     preview->width);
	}
	return preview->pixels;
}
