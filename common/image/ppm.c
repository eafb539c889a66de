// SPDX-License-Identifier: GPL-2.0-or-later
/* Portable pixmaps and greymaps, the binary forms: P6 and P5 of ppm(5) and pgm(5). */
#include "common/image/picture_private.h"

#include <stdio.h>

static int put_header(struct picture_writer *writer)
{
	const struct raster_shape *shape = raster_shape(writer->raster);
	char header[64];
	int length;

	length = snprintf(header, sizeof(header), "P%c\n%u %u\n%u\n",
			  shape->is_grey ? '5' : '6', writer->shape.width,
			  writer->shape.height, shape->depth == 16 ? 65535u : 255u);
	return picture_put(writer, header, (size_t)length);
}

static int put_line(struct picture_writer *writer)
{
	size_t line_bytes = raster_shape(writer->raster)->line_bytes;
	const uint8_t *line;
	uint8_t *room;

	/* Made where it is written from, if it has to be made. */
	if (writer->size - writer->used < line_bytes && picture_flush(writer) < 0)
		return writer->error;
	room = writer->buffer + writer->used;
	line = raster_line(writer->raster, room);
	if (line != room)
		return picture_put(writer, line, line_bytes);
	writer->used += line_bytes;
	return 0;
}

int ppm_write_picture(struct picture_writer *writer)
{
	size_t line_bytes = raster_shape(writer->raster)->line_bytes;
	const uint8_t *whole = raster_whole(writer->raster);
	int ret;

	ret = put_header(writer);
	if (!ret && whole) {
		ret = picture_put(writer, whole, line_bytes * writer->shape.height);
	} else {
		for (uint32_t y = 0; !ret && y < writer->shape.height; y++)
			ret = put_line(writer);
	}
	return ret ? ret : picture_flush(writer);
}
