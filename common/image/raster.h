/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A picture line by line, whatever its format, in the form that image files store: grey or
 * R, G, B; samples of 8 bits, or of 16 bits with the high byte first, of full range.
 */
#ifndef RAWLINE_RASTER_H
#define RAWLINE_RASTER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/image/demosaic.h"

struct format_info;
struct image;
struct picture_notes;
struct raster;
struct rgb_bytes;

/* What the lines are like. */
struct raster_shape {
	bool is_grey;
	unsigned depth; /* 8 or 16 bits a sample */
	unsigned bits;  /* of them that the camera made; the rest repeat the highest */
	uint32_t line_bytes; /* width x samples x depth / 8 */
	/*
	 * Set if lines are not converted but lent as they lie in memory, for one who can
	 * sort bytes himself: their order is this.
	 */
	const struct rgb_bytes *order;
};

/* Why lines of this format can't be had, in words that follow "because"; NULL if they can. */
const char *raster_why_not(const struct format_info *format);

/* What the lines are to be like; or-ed together. */
enum {
	RASTER_SORTED = 1, /* no order of bytes but R, G, B: shape.order is NULL */
	RASTER_8_BITS = 2, /* no samples of 16 bits: their high byte instead */
};

/*
 * Gets ready for many pictures that are alike; nothing is allocated later. wish is of
 * RASTER_*.
 * Returns 0, -EOPNOTSUPP, -ENOSYS or -ENOPKG where raster_why_not() has a reason, -EINVAL
 * for pictures that are too small, or -ENOMEM.
 */
int raster_create(const struct image *image, unsigned wish, struct raster **raster);

/* Accepts NULL. */
void raster_destroy(struct raster *raster);

const struct raster_shape *raster_shape(const struct raster *raster);

/*
 * RAW, and grey of a sensor, whose colours these notes tell, is developed from the next picture
 * on (see develop.h); notes without colours change nothing. Other pictures never are.
 */
void raster_develop(struct raster *raster, const struct picture_notes *notes);

/* Whether it is: lines have sRGB's curve then, and bits of shape say nothing about them. */
bool raster_is_developed(const struct raster *raster);

/* How RAW is demosaiced from the next picture on (see demosaic.h); others are not concerned. */
void raster_set_demosaic(struct raster *raster, enum demosaic_quality quality);

/* Begins a picture like the one given to raster_create(); it is lent until the last line. */
void raster_start(struct raster *raster, const struct image *image);

/*
 * The next line, from the top: in room, which has line_bytes, or as it lies in memory. As
 * many lines can be had as the picture has.
 */
const uint8_t *raster_line(struct raster *raster, uint8_t *room);

/* The whole picture at once if it lies in memory as one piece in that form; else NULL. */
const uint8_t *raster_whole(const struct raster *raster);

#endif
