// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Uncompressed video in a file: YUV4MPEG2, which has a line of text for the file, one for
 * each frame, and behind it the planes of Y, U and V without gaps; or of grey.
 */
#include "common/image/picture_private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/image/rgb.h"
#include "common/image/yuv.h"

#define HEADER_BYTES 128 /* more than both lines of text */

/* How a picture gets there. */
enum way {
	WAY_PLANES, /* planes lie in memory as they are written */
	WAY_SPLIT,  /* YUV is taken apart in the buffer, which holds a frame */
	WAY_RGB,    /* the raster's lines are, likewise */
	WAY_GREY,   /* the raster's lines are written */
};

static enum way find_way(const struct format_info *format, struct yuv_sampling *sampling)
{
	*sampling = (struct yuv_sampling){ .horizontal = 1, .vertical = 1 };
	if (format->kind == FORMAT_GREY)
		return WAY_GREY;
	if (format->kind != FORMAT_YUV)
		return WAY_RGB;
	yuv_find_sampling(format, sampling);
	return sampling->is_planar ? WAY_PLANES : WAY_SPLIT;
}

const char *y4m_why_not(const struct format_info *format)
{
	struct yuv_sampling sampling;

	if (format->kind == FORMAT_YUV && yuv_find_sampling(format, &sampling) &&
	    sampling.is_planar)
		return NULL;
	return raster_why_not(format);
}

/* Samples across, or lines, of a plane of colours. */
static uint32_t share(uint32_t size, unsigned factor)
{
	return size / factor + (size % factor != 0);
}

static uint64_t frame_bytes(const struct image *shape, const struct yuv_sampling *sampling)
{
	return (uint64_t)shape->width * shape->height +
	       2ull * share(shape->width, sampling->horizontal) *
		       share(shape->height, sampling->vertical);
}

int y4m_start_pictures(struct picture_writer *writer)
{
	const struct image *shape = &writer->shape;
	struct yuv_sampling sampling;
	enum way way;

	if (shape->format->kind == FORMAT_YUV && !yuv_find_sampling(shape->format, &sampling))
		return -EOPNOTSUPP;
	way = find_way(shape->format, &sampling);
	if (way == WAY_PLANES)
		return 0;
	if (way == WAY_GREY)
		return raster_create(shape, 0, &writer->raster);
	if (frame_bytes(shape, &sampling) > UINT32_MAX - HEADER_BYTES)
		return -EINVAL;
	writer->size = HEADER_BYTES + (size_t)frame_bytes(shape, &sampling);
	if (way == WAY_SPLIT)
		return yuv_create(shape, &writer->yuv);
	return raster_create(shape, RASTER_SORTED | RASTER_8_BITS, &writer->raster);
}

static const char *sampling_name(const struct picture_writer *writer,
				 const struct yuv_sampling *sampling, enum way way)
{
	if (way == WAY_GREY)
		return raster_shape(writer->raster)->depth == 16 ? "mono16" : "mono";
	if (sampling->horizontal == 1)
		return "444";
	/* V4L2's samples of colour lie in the middle of four pixels, as JPEG's do. */
	return sampling->vertical == 1 ? "422" : "420jpeg";
}

static bool is_limited(const struct image *shape)
{
	return shape->format->kind == FORMAT_YUV && shape->range == IMAGE_RANGE_LIMITED;
}

static int put_header(struct picture_writer *writer, const struct yuv_sampling *sampling,
		      enum way way)
{
	static const char fields[] = {
		[IMAGE_FIELDS_UNKNOWN] = '?',
		[IMAGE_FIELDS_NONE] = 'p',
		[IMAGE_FIELDS_TOP_FIRST] = 't',
		[IMAGE_FIELDS_BOTTOM_FIRST] = 'b',
	};
	const struct image *shape = &writer->shape;
	char text[HEADER_BYTES];
	int length;

	length = snprintf(text, sizeof(text),
			  "YUV4MPEG2 W%u H%u F%u:%u I%c C%s XCOLORRANGE=%s\n", shape->width,
			  shape->height, writer->rate.numerator, writer->rate.denominator,
			  fields[shape->fields], sampling_name(writer, sampling, way),
			  is_limited(shape) ? "LIMITED" : "FULL");
	return picture_put(writer, text, (size_t)length);
}

static int put_planes(struct picture_writer *writer, const struct image *image,
		      const struct yuv_sampling *sampling)
{
	int ret = 0;

	for (unsigned i = 0; i < 3; i++) {
		unsigned plane = i && sampling->v_first ? 3 - i : i;
		uint32_t width = share(image->width, i ? sampling->horizontal : 1);
		uint32_t lines = share(image->height, i ? sampling->vertical : 1);
		uint32_t stride = image->stride_bytes[plane];
		const uint8_t *line = image->planes[plane];

		if (stride == width)
			ret = picture_put(writer, line, (size_t)width * lines);
		for (; !ret && stride != width && lines; lines--, line += stride)
			ret = picture_put(writer, line, width);
		if (ret)
			break;
	}
	return ret;
}

/* The bytes of 16-bit samples are the wrong way round: the raster's are for image files. */
static void swap_bytes(const uint8_t *line, uint8_t *to, size_t size)
{
	uint8_t high;

	for (size_t i = 0; i < size; i += 2) {
		high = line[i];
		to[i] = line[i + 1];
		to[i + 1] = high;
	}
}

static int put_grey(struct picture_writer *writer)
{
	const struct raster_shape *shape = raster_shape(writer->raster);
	const uint8_t *whole = raster_whole(writer->raster), *line;
	int ret = 0;

	if (whole && shape->depth == 8)
		return picture_put(writer, whole,
				   (size_t)shape->line_bytes * writer->shape.height);
	for (uint32_t y = 0; !ret && y < writer->shape.height; y++) {
		line = raster_line(writer->raster, writer->line);
		if (shape->depth == 16) {
			swap_bytes(line, writer->line, shape->line_bytes);
			line = writer->line;
		}
		ret = picture_put(writer, line, shape->line_bytes);
	}
	return ret;
}

/* Takes the picture apart behind what is in the buffer already. */
static void split_picture(struct picture_writer *writer, const struct image *image,
			  const struct yuv_sampling *sampling)
{
	size_t width = image->width, chroma = share(image->width, sampling->horizontal);
	uint8_t *const planes = writer->buffer + writer->used;
	uint8_t *to[3];

	for (uint32_t y = 0; y < image->height; y++) {
		to[0] = planes + y * width;
		to[1] = planes + image->height * width + y / sampling->vertical * chroma;
		to[2] = to[1] + share(image->height, sampling->vertical) * chroma;
		if (writer->yuv)
			yuv_split(writer->yuv, image, y, to);
		else
			rgb_split(raster_line(writer->raster, writer->line), to,
				  image->width);
	}
	writer->used += (size_t)frame_bytes(image, sampling);
}

static int put_picture(struct picture_writer *writer, const struct image *image)
{
	static const char start[] = "FRAME\n";
	struct yuv_sampling sampling;
	enum way way = find_way(image->format, &sampling);
	int ret;

	ret = writer->is_begun ? 0 : put_header(writer, &sampling, way);
	if (!ret)
		ret = picture_put(writer, start, sizeof(start) - 1);
	if (ret < 0)
		return ret;
	if (way == WAY_PLANES)
		return put_planes(writer, image, &sampling);
	if (way == WAY_GREY)
		return put_grey(writer);
	split_picture(writer, image, &sampling);
	return 0;
}

int y4m_write_picture(struct picture_writer *writer, const struct image *image)
{
	int ret;

	ret = put_picture(writer, image);
	if (!ret)
		ret = picture_flush(writer);
	writer->is_begun = !ret;
	return ret;
}
