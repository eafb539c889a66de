// SPDX-License-Identifier: GPL-2.0-or-later
/* What the camera sees, in every format. */
#include "test/lab/uvc/picture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/lab/uvc/elementary.h"
#include "test/lab/uvc/journal.h"
#include "test/lab/uvc/wire.h"

int picture_init(struct picture *picture, const struct kind *kind, unsigned stream,
		 unsigned width, unsigned height, const struct profile_jpeg *jpeg)
{
	*picture = (struct picture){
		.kind = kind, .stream = stream, .width = width, .height = height, .jpeg = jpeg
	};
	picture->data =
		malloc(kind_frame_bytes(kind, width, height) + jpeg->padding + STAMP_BYTES);
	picture->ramp = malloc(width + 256);
	picture->blue = malloc(width + 1);
	picture->planes = malloc((size_t)width * height * 2 + 1);
	if (!picture->data || !picture->ramp || !picture->blue || !picture->planes)
		return -ENOMEM;
	return 0;
}

void picture_finish(struct picture *picture)
{
	free(picture->data);
	free(picture->ramp);
	free(picture->blue);
	free(picture->planes);
	for (unsigned i = 0; i <= PICTURE_PHASES; i++)
		jpeg_finish(&picture->images[i]);
	*picture = (struct picture){ .kind = NULL };
}

static uint8_t cut_to_byte(int value)
{
	if (value < 0)
		return 0;
	return value > 255 ? 255 : value;
}

static uint8_t look_at(const struct picture_look *look, int value)
{
	if (look->closed)
		return 0;
	value = (value - 128) * (int)look->contrast / 100 + 128;
	return cut_to_byte(value * (int)look->level / 100 + look->brightness);
}

/* A line that starts anywhere in the first 256 places is a line of the picture. */
static void prepare_lines(struct picture *picture, uint32_t phase,
			  const struct picture_look *look)
{
	uint8_t values[256];

	for (unsigned i = 0; i < 256; i++)
		values[i] = look_at(look, 32 + (int)i * 3 / 4);
	for (unsigned i = 0; i < picture->width + 256; i++)
		picture->ramp[i] = values[i & 255];
	for (unsigned x = 0; x < picture->width; x++)
		picture->blue[x] = look->closed ? 128 : (x / 4 + phase) & 255;
	picture->closed = look->closed;
}

static const uint8_t *luma_line(const struct picture *picture, uint32_t phase, unsigned y)
{
	return picture->ramp + ((3 * y + 5 * phase) & 255);
}

static uint8_t red_of(const struct picture *picture, uint32_t phase, unsigned y)
{
	return picture->closed ? 128 : (y / 2 + 7 * phase) & 255;
}

static void draw_yuyv(struct picture *picture, uint32_t phase, unsigned luma_at)
{
	uint8_t *out = picture->data;

	for (unsigned y = 0; y < picture->height; y++) {
		const uint8_t *luma = luma_line(picture, phase, y);
		uint8_t red = red_of(picture, phase, y);

		for (unsigned x = 0; x + 1 < picture->width; x += 2, out += 4) {
			out[luma_at] = luma[x];
			out[luma_at ^ 1] = picture->blue[x];
			out[2 + luma_at] = luma[x + 1];
			out[2 + (luma_at ^ 1)] = red;
		}
	}
}

static uint8_t *draw_luma(struct picture *picture, uint32_t phase, uint8_t *out)
{
	for (unsigned y = 0; y < picture->height; y++, out += picture->width)
		memcpy(out, luma_line(picture, phase, y), picture->width);
	return out;
}

static void draw_nv12(struct picture *picture, uint32_t phase)
{
	uint8_t *out = draw_luma(picture, phase, picture->data);

	for (unsigned y = 0; y + 1 < picture->height; y += 2) {
		uint8_t red = red_of(picture, phase, y);

		for (unsigned x = 0; x + 1 < picture->width; x += 2) {
			*out++ = picture->blue[x];
			*out++ = red;
		}
	}
}

static void draw_planes(struct picture *picture, uint32_t phase, bool red_first, uint8_t *out)
{
	out = draw_luma(picture, phase, out);
	for (unsigned plane = 0; plane < 2; plane++)
		for (unsigned y = 0; y + 1 < picture->height; y += 2)
			for (unsigned x = 0; x + 1 < picture->width; x += 2)
				*out++ = (plane == 0) == red_first ?
						 red_of(picture, phase, y) :
						 picture->blue[x];
}

/* The upper bits are those of eight-bit luma, the lower ones its upper ones again. */
static void draw_luma16(struct picture *picture, uint32_t phase)
{
	uint8_t *out = picture->data;
	unsigned bits = picture->kind->bits;

	for (unsigned y = 0; y < picture->height; y++) {
		const uint8_t *luma = luma_line(picture, phase, y);

		for (unsigned x = 0; x < picture->width; x++, out += 2)
			put_le16(out, luma[x] << (bits - 8) | luma[x] >> (16 - bits));
	}
}

static void draw_rgb565(struct picture *picture, uint32_t phase)
{
	uint8_t *out = picture->data;

	for (unsigned y = 0; y < picture->height; y++) {
		const uint8_t *luma = luma_line(picture, phase, y);
		uint8_t red = red_of(picture, phase, y);

		for (unsigned x = 0; x < picture->width; x++, out += 2)
			put_le16(out, (red >> 3) << 11 | (luma[x] >> 2) << 5 |
					      picture->blue[x] >> 3);
	}
}

static void draw_bgr(struct picture *picture, uint32_t phase, unsigned pixel_bytes)
{
	uint8_t *out = picture->data;

	for (unsigned y = 0; y < picture->height; y++) {
		const uint8_t *luma = luma_line(picture, phase, y);
		uint8_t red = red_of(picture, phase, y);

		for (unsigned x = 0; x < picture->width; x++, out += pixel_bytes) {
			out[0] = picture->blue[x];
			out[1] = luma[x];
			out[2] = red;
			if (pixel_bytes == 4)
				out[3] = 0;
		}
	}
}

/* What the line callback of the compressor needs to know. */
struct jpeg_context {
	struct picture *picture;
	uint32_t phase;
};

static void draw_jpeg_line(void *pointer, unsigned y, uint8_t *line)
{
	struct jpeg_context *context = pointer;
	struct picture *picture = context->picture;
	const uint8_t *luma = luma_line(picture, context->phase, y);
	uint8_t red = red_of(picture, context->phase, y);

	for (unsigned x = 0; x < picture->width; x++, line += 3) {
		line[0] = luma[x];
		line[1] = picture->blue[x];
		line[2] = red;
	}
}

/* Compressing costs much: each phase is done once, and only its stamp written anew. */
static int draw_jpeg(struct picture *picture, uint32_t number, bool closed)
{
	unsigned index = closed ? PICTURE_PHASES : number % PICTURE_PHASES;
	struct jpeg_image *image = &picture->images[index];
	const struct picture_look look = { .level = 100, .contrast = 100, .closed = closed };
	struct jpeg_context context = { picture, index * 256 / PICTURE_PHASES };
	int ret = 0;

	if (!image->data) {
		prepare_lines(picture, context.phase, &look);
		ret = jpeg_compress(image, picture->jpeg, picture->width, picture->height,
				    draw_jpeg_line, &context);
	}
	if (ret)
		return ret;
	memcpy(picture->data, image->data, image->length);
	memset(picture->data + image->length, 0, picture->jpeg->padding);
	picture->bare_length = image->length;
	picture->length = image->length + picture->jpeg->padding;
	picture->stamp_at = image->stamp_at;
	return 0;
}

static void draw_raw(struct picture *picture, uint32_t number, const struct picture_look *look)
{
	prepare_lines(picture, number, look);
	picture->length = kind_frame_bytes(picture->kind, picture->width, picture->height);
	picture->bare_length = picture->length;
	picture->stamp_at = 0;
	switch (picture->kind->layout) {
	case LAYOUT_YUYV:
		return draw_yuyv(picture, number, 0);
	case LAYOUT_UYVY:
		return draw_yuyv(picture, number, 1);
	case LAYOUT_NV12:
		return draw_nv12(picture, number);
	case LAYOUT_I420:
		return draw_planes(picture, number, false, picture->data);
	case LAYOUT_YV12:
		return draw_planes(picture, number, true, picture->data);
	case LAYOUT_LUMA16:
		return draw_luma16(picture, number);
	case LAYOUT_RGB565:
		return draw_rgb565(picture, number);
	case LAYOUT_BGR24:
		return draw_bgr(picture, number, 3);
	case LAYOUT_BGR32:
		return draw_bgr(picture, number, 4);
	default:
		draw_luma(picture, number, picture->data);
	}
}

static void draw_elementary(struct picture *picture, uint32_t number,
			    const struct picture_look *look)
{
	struct elementary_picture source = { picture->planes, picture->width,
					     picture->height, number };

	prepare_lines(picture, number, look);
	draw_planes(picture, number, false, picture->planes);
	if (picture->kind->layout == LAYOUT_H264)
		picture->length = elementary_h264(&source, picture->data, &picture->stamp_at);
	else
		picture->length = elementary_hevc(&source, picture->data, &picture->stamp_at);
	picture->bare_length = picture->length;
}

static void write_stamp(struct picture *picture, uint32_t number)
{
	char stamp[STAMP_BYTES + 1];

	snprintf(stamp, sizeof(stamp), STAMP_FORMAT, picture->stream & 0xf, number);
	memcpy(picture->data + picture->stamp_at, stamp, STAMP_BYTES);
}

int picture_draw(struct picture *picture, uint32_t number, const struct picture_look *look)
{
	int ret = 0;

	if (picture->kind->layout == LAYOUT_JPEG)
		ret = draw_jpeg(picture, number, look->closed);
	else if (kind_compressed(picture->kind))
		draw_elementary(picture, number, look);
	else
		draw_raw(picture, number, look);
	if (!ret)
		write_stamp(picture, number);
	return ret;
}
