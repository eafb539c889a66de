/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between picture and its formats: dng, jpeg, png, ppm, y4m. */
#ifndef RAWLINE_PICTURE_PRIVATE_H
#define RAWLINE_PICTURE_PRIVATE_H

#include <stddef.h>
#include <stdint.h>

#include "common/image/image.h"
#include "common/image/picture.h"
#include "common/image/raster.h"

struct dng;
struct jpeg;
struct yuv;

struct picture_writer {
	enum picture_kind kind;
	struct image shape;
	struct text_fraction rate;
	unsigned quality; /* of JPEG; 0: the usual */
	struct picture_notes notes;
	bool is_begun; /* the file: it has pictures already */
	/* NULL where it is not used: for YUV that stays so, and DNG. */
	struct raster *raster;
	uint8_t *line; /* room for one of the raster's */
	int fd;
	int error;       /* the first of this picture */
	uint8_t *buffer; /* what is not written yet; holds a line and more */
	size_t size;
	size_t used;
	/* libpng's, while a picture is being written. */
	void *png;
	void *png_info;
	struct jpeg *jpeg;
	struct dng *dng;
	struct yuv *yuv; /* y4m's */
};

/* Writes by way of the buffer. Return 0 or -errno, the first one again from then on. */
int picture_put(struct picture_writer *writer, const void *data, size_t size);
int picture_flush(struct picture_writer *writer);

/* Each writes the picture that the raster was started with. Returns 0 or -errno. */
int png_write_picture(struct picture_writer *writer);
int ppm_write_picture(struct picture_writer *writer);

/* These need the picture too, for YUV and RAW. */
int dng_write_picture(struct picture_writer *writer, const struct image *image);
int jpeg_write_picture(struct picture_writer *writer, const struct image *image);
int y4m_write_picture(struct picture_writer *writer, const struct image *image);

/* Why there can be no such picture of the format; NULL. */
const char *png_why_not(void);
const char *jpeg_why_not(void);
const char *y4m_why_not(const struct format_info *format);
const char *dng_why_not(const struct format_info *format);

/*
 * Get ready by making the raster, or what they have in place of it, and setting the size of
 * the buffer if they need more than a line. Return 0 or -errno, with what is half made left
 * to picture_writer_destroy().
 */
int jpeg_start_pictures(struct picture_writer *writer);
int y4m_start_pictures(struct picture_writer *writer);
int dng_start_pictures(struct picture_writer *writer);

/* How TIFF and EXIF say that so many degrees counter-clockwise make it upright. */
unsigned picture_orientation(unsigned rotation);

/* What picture_compress() has to do. Returns 0 or -errno, as above. */
int dng_compress(struct picture_writer *writer);

/* Frees what a png_write_picture() left that did not return. */
void png_abandon(struct picture_writer *writer);

/* Accept NULL, and one whose …_write_picture() did not return. */
void jpeg_end_pictures(struct jpeg *jpeg);
void dng_end_pictures(struct dng *dng);

#endif
