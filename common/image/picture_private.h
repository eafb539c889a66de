/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between picture and its formats, png and ppm. */
#ifndef RAWLINE_PICTURE_PRIVATE_H
#define RAWLINE_PICTURE_PRIVATE_H

#include <stddef.h>
#include <stdint.h>

#include "common/image/image.h"
#include "common/image/picture.h"
#include "common/image/raster.h"

struct picture_writer {
	enum picture_kind kind;
	struct image shape;
	struct raster *raster;
	uint8_t *line; /* room for one */
	int fd;
	int error;       /* the first of this picture */
	uint8_t *buffer; /* what is not written yet; holds a line and more */
	size_t size;
	size_t used;
	/* libpng's, while a picture is being written. */
	void *png;
	void *png_info;
};

/* Writes by way of the buffer. Return 0 or -errno, the first one again from then on. */
int picture_put(struct picture_writer *writer, const void *data, size_t size);
int picture_flush(struct picture_writer *writer);

/* Each writes the picture that the raster was started with. Returns 0 or -errno. */
int png_write_picture(struct picture_writer *writer);
int ppm_write_picture(struct picture_writer *writer);

/* Why there can be no PNG at all; NULL. */
const char *png_why_not(void);

/* Frees what a png_write_picture() left that did not return. */
void png_abandon(struct picture_writer *writer);

#endif
