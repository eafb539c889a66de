// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames as pictures that a person can look at, and as uncompressed video. */
#include "common/image/picture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/sys.h"
#include "common/image/picture_private.h"
#include "common/image/yuv.h"

#define BUFFER_BYTES 131072

static bool is_grey(const struct format_info *format)
{
	return format->kind == FORMAT_GREY;
}

const char *picture_why_not(enum picture_kind kind, const struct format_info *format)
{
	const char *reason;

	if (kind == PICTURE_Y4M)
		return y4m_why_not(format);
	if (kind == PICTURE_DNG)
		return dng_why_not(format);
	reason = raster_why_not(format);
	if (reason)
		return reason;
	if (kind == PICTURE_PNG)
		return png_why_not();
	if (kind == PICTURE_JPEG)
		return jpeg_why_not();
	if (kind == PICTURE_PPM && is_grey(format))
		return "it has no colours; PGM is for that";
	if (kind == PICTURE_PGM && !is_grey(format))
		return "it has colours; PPM is for that";
	return NULL;
}

bool picture_can(enum picture_kind kind, const struct format_info *format)
{
	return !picture_why_not(kind, format);
}

static int check_kind(enum picture_kind kind, const struct format_info *format)
{
	switch (kind) {
	case PICTURE_PNG:
		return png_why_not() ? -ENOSYS : 0;
	case PICTURE_JPEG:
		return jpeg_why_not() ? -ENOSYS : 0;
	case PICTURE_Y4M:
		return 0;
	case PICTURE_PPM:
		return is_grey(format) ? -EOPNOTSUPP : 0;
	case PICTURE_PGM:
		return is_grey(format) ? 0 : -EOPNOTSUPP;
	case PICTURE_DNG:
		return format->kind == FORMAT_BAYER || is_grey(format) ? 0 : -EOPNOTSUPP;
	}
	return -EOPNOTSUPP;
}

static int start_kind(struct picture_writer *writer)
{
	switch (writer->kind) {
	case PICTURE_JPEG:
		return jpeg_start_pictures(writer);
	case PICTURE_Y4M:
		return y4m_start_pictures(writer);
	case PICTURE_DNG:
		return dng_start_pictures(writer);
	case PICTURE_PNG:
		/* libpng sorts bytes while it copies lines; PPM has nobody to do it. */
		return raster_create(&writer->shape, 0, &writer->raster);
	case PICTURE_PPM:
	case PICTURE_PGM:
		break;
	}
	return raster_create(&writer->shape, RASTER_SORTED, &writer->raster);
}

static int allocate(struct picture_writer *writer)
{
	size_t line_bytes = 0;

	if (writer->raster)
		line_bytes = raster_shape(writer->raster)->line_bytes;
	if (writer->size < line_bytes)
		writer->size = line_bytes;
	if (writer->size < BUFFER_BYTES)
		writer->size = BUFFER_BYTES;
	writer->buffer = malloc(writer->size);
	writer->line = line_bytes ? malloc(line_bytes) : NULL;
	return !writer->buffer || (line_bytes && !writer->line) ? -ENOMEM : 0;
}

int picture_writer_create(enum picture_kind kind, const struct image *shape,
			  struct picture_writer **writer)
{
	struct picture_writer *created;
	int ret;

	ret = check_kind(kind, shape->format);
	if (ret < 0)
		return ret;
	created = calloc(1, sizeof(*created));
	if (!created)
		return -ENOMEM;
	created->kind = kind;
	created->shape = *shape;
	ret = start_kind(created);
	if (!ret)
		ret = allocate(created);
	if (ret < 0) {
		picture_writer_destroy(created);
		return ret;
	}
	*writer = created;
	return 0;
}

void picture_writer_destroy(struct picture_writer *writer)
{
	if (!writer)
		return;
	png_abandon(writer);
	jpeg_end_pictures(writer->jpeg);
	dng_end_pictures(writer->dng);
	yuv_destroy(writer->yuv);
	raster_destroy(writer->raster);
	free(writer->buffer);
	free(writer->line);
	free(writer);
}

int picture_flush(struct picture_writer *writer)
{
	size_t used = writer->used;

	writer->used = 0;
	if (!writer->error)
		writer->error = sys_write_all(writer->fd, writer->buffer, used);
	return writer->error;
}

int picture_put(struct picture_writer *writer, const void *data, size_t size)
{
	if (size > writer->size - writer->used && picture_flush(writer) < 0)
		return writer->error;
	/* More than fits in at all goes straight from where it is. */
	if (size > writer->size) {
		writer->error = sys_write_all(writer->fd, data, size);
		return writer->error;
	}
	memcpy(writer->buffer + writer->used, data, size);
	writer->used += size;
	return writer->error;
}

void picture_set_rate(struct picture_writer *writer, struct text_fraction rate)
{
	writer->rate = rate;
}

int picture_compress(struct picture_writer *writer)
{
	return writer->kind == PICTURE_DNG ? dng_compress(writer) : -EOPNOTSUPP;
}

void picture_set_quality(struct picture_writer *writer, unsigned quality)
{
	writer->quality = quality;
}

void picture_set_demosaic(struct picture_writer *writer, enum demosaic_quality quality)
{
	if (writer->raster)
		raster_set_demosaic(writer->raster, quality);
}

bool picture_uses_notes(enum picture_kind kind, const struct format_info *format)
{
	return kind == PICTURE_DNG || kind == PICTURE_JPEG || picture_develops(kind, format);
}

bool picture_develops(enum picture_kind kind, const struct format_info *format)
{
	return kind != PICTURE_DNG &&
	       (format->kind == FORMAT_BAYER || format->kind == FORMAT_GREY);
}

unsigned picture_orientation(unsigned rotation)
{
	/* Which corner the first sample comes to, when others have turned the picture. */
	static const uint8_t orientations[] = { 1, 8, 3, 6 };

	return rotation % 90 ? 1 : orientations[rotation / 90 % 4];
}

void picture_set_notes(struct picture_writer *writer, const struct picture_notes *notes)
{
	writer->notes = *notes;
}

void picture_start_file(struct picture_writer *writer)
{
	writer->is_begun = false;
}

static int write_kind(struct picture_writer *writer, const struct image *image)
{
	switch (writer->kind) {
	case PICTURE_PNG:
		return png_write_picture(writer);
	case PICTURE_JPEG:
		return jpeg_write_picture(writer, image);
	case PICTURE_Y4M:
		return y4m_write_picture(writer, image);
	case PICTURE_DNG:
		return dng_write_picture(writer, image);
	case PICTURE_PPM:
	case PICTURE_PGM:
		break;
	}
	return ppm_write_picture(writer);
}

int picture_write(struct picture_writer *writer, const struct image *image, int fd)
{
	const struct image *shape = &writer->shape;

	if (image->format != shape->format || image->width != shape->width ||
	    image->height != shape->height)
		return -EINVAL;
	writer->fd = fd;
	writer->error = 0;
	writer->used = 0;
	if (writer->raster) {
		raster_develop(writer->raster, &writer->notes);
		raster_start(writer->raster, image);
	}
	return write_kind(writer, image);
}
