// SPDX-License-Identifier: GPL-2.0-or-later
/* A picture line by line, whatever its format, in the form that image files store. */
#include "common/image/raster.h"

#include <endian.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/image/demosaic.h"
#include "common/image/develop.h"
#include "common/image/image.h"
#include "common/image/rgb.h"
#include "common/image/unpack.h"
#include "common/image/yuv.h"

enum way {
	WAY_LEND, /* lines are fine as they are */
	WAY_RGB,
	WAY_YUV,
	WAY_BAYER,
	WAY_GREY,
};

struct raster {
	struct raster_shape shape;
	enum way way;
	struct demosaic *demosaic;
	struct yuv *yuv;
	unpack_fn *unpack;
	uint16_t *samples;   /* a line of grey ones, or of each colour, to be developed */
	uint16_t *planes[3]; /* where the colours begin */
	struct develop *develop; /* RAW and grey */
	bool is_developed;
	bool is_limited; /* R, G, B or grey, and lines are stretched to full range */
	const struct image *image;
	uint32_t next;
};

const char *raster_why_not(const struct format_info *format)
{
	switch (format->kind) {
	case FORMAT_BAYER:
	case FORMAT_GREY:
		return unpack_find(format) ? NULL :
					     "samples packed like this can't be unpacked";
	case FORMAT_RGB:
		return rgb_is_known(format) ? NULL : "this kind of RGB can't be converted";
	case FORMAT_YUV:
		return yuv_why_not(format);
	case FORMAT_COMPRESSED:
		return "compressed frames are not decoded";
	case FORMAT_META:
		break;
	}
	return "it has no pixels";
}

static void set_depth(struct raster *raster, unsigned bits, unsigned wish)
{
	bool is_narrow = bits == 8 || (wish & RASTER_8_BITS);

	raster->shape.depth = is_narrow ? 8 : 16;
	raster->shape.bits = is_narrow ? 8 : bits;
}

static int start_grey(struct raster *raster, const struct image *image, unsigned wish)
{
	const struct format_info *format = image->format;

	raster->unpack = unpack_find(format);
	if (!raster->unpack)
		return -EOPNOTSUPP;
	raster->shape.is_grey = true;
	set_depth(raster, format->bits, wish);
	/* Bytes, and words that begin with the high byte, are in order already. */
	if (format->bits == 8 || (raster->shape.bits == 16 && format->fourcc >> 31))
		raster->way = WAY_LEND;
	else
		raster->way = WAY_GREY;
	raster->samples = calloc(image->width, sizeof(uint16_t));
	if (!raster->samples)
		return -ENOMEM;
	return develop_create(format->bits, raster->shape.depth == 16, &raster->develop);
}

static int start_rgb(struct raster *raster, const struct image *image, unsigned wish)
{
	const struct rgb_bytes *bytes = rgb_find_bytes(image->format);
	bool in_order = bytes && bytes->sample_bytes == 1 && bytes->samples == 3 &&
			bytes->red == 0;
	bool may_lend = bytes && !(wish & RASTER_SORTED) && !raster->is_limited;

	if (!rgb_is_known(image->format))
		return -EOPNOTSUPP;
	set_depth(raster, bytes ? 8u * bytes->sample_bytes : 8, wish);
	if (bytes && raster->shape.depth != 8u * bytes->sample_bytes)
		may_lend = false;
	raster->way = in_order || may_lend ? WAY_LEND : WAY_RGB;
	if (raster->way == WAY_LEND && !in_order)
		raster->shape.order = bytes;
	return 0;
}

static int start_bayer(struct raster *raster, const struct image *image, unsigned wish)
{
	size_t blocks = ((size_t)image->width + DEVELOP_BLOCK - 1) / DEVELOP_BLOCK;
	int ret;

	raster->way = WAY_BAYER;
	set_depth(raster, image->format->bits, wish);
	ret = demosaic_create(image, &raster->demosaic);
	if (ret < 0)
		return ret;
	raster->samples = calloc(3 * blocks, DEVELOP_BLOCK * sizeof(uint16_t));
	if (!raster->samples)
		return -ENOMEM;
	for (unsigned i = 0; i < 3; i++)
		raster->planes[i] = raster->samples + i * blocks * DEVELOP_BLOCK;
	return develop_create(image->format->bits, raster->shape.depth == 16,
			      &raster->develop);
}

static int start_yuv(struct raster *raster, const struct image *image)
{
	raster->way = WAY_YUV;
	raster->shape.depth = 8;
	raster->shape.bits = 8;
	return yuv_create(image, &raster->yuv);
}

static int start_kind(struct raster *raster, const struct image *image, unsigned wish)
{
	switch (image->format->kind) {
	case FORMAT_BAYER:
		return start_bayer(raster, image, wish);
	case FORMAT_GREY:
		return start_grey(raster, image, wish);
	case FORMAT_RGB:
		return start_rgb(raster, image, wish);
	case FORMAT_YUV:
		return start_yuv(raster, image);
	case FORMAT_COMPRESSED:
	case FORMAT_META:
		break;
	}
	return -EOPNOTSUPP;
}

int raster_create(const struct image *image, unsigned wish, struct raster **raster)
{
	struct raster *created = calloc(1, sizeof(*created));
	uint64_t line_bytes;
	int ret;

	if (!created)
		return -ENOMEM;
	created->is_limited =
		image->range == IMAGE_RANGE_LIMITED &&
		(image->format->kind == FORMAT_RGB || image->format->kind == FORMAT_GREY);
	ret = start_kind(created, image, wish);
	line_bytes = (uint64_t)image->width * (created->shape.is_grey ? 1 : 3) *
		     (created->shape.depth / 8);
	if (!ret && line_bytes > UINT32_MAX)
		ret = -EOPNOTSUPP;
	if (ret < 0) {
		raster_destroy(created);
		return ret;
	}
	created->shape.line_bytes = (uint32_t)line_bytes;
	*raster = created;
	return 0;
}

void raster_destroy(struct raster *raster)
{
	if (!raster)
		return;
	demosaic_destroy(raster->demosaic);
	develop_destroy(raster->develop);
	yuv_destroy(raster->yuv);
	free(raster->samples);
	free(raster);
}

const struct raster_shape *raster_shape(const struct raster *raster)
{
	return &raster->shape;
}

void raster_develop(struct raster *raster, const struct picture_notes *notes)
{
	if (!raster->develop)
		return;
	raster->is_developed = develop_set(raster->develop, notes);
	if (raster->is_developed && raster->demosaic)
		demosaic_set_levels(raster->demosaic, develop_levels(raster->develop));
}

bool raster_is_developed(const struct raster *raster)
{
	return raster->is_developed;
}

void raster_set_demosaic(struct raster *raster, enum demosaic_quality quality)
{
	if (raster->demosaic)
		demosaic_set_quality(raster->demosaic, quality);
}

void raster_start(struct raster *raster, const struct image *image)
{
	raster->image = image;
	raster->next = 0;
	if (raster->demosaic)
		demosaic_start(raster->demosaic, image);
}

static void grey_line_8(const struct raster *raster, const uint8_t *line, uint8_t *room)
{
	unsigned bits = raster->image->format->bits;
	uint32_t width = raster->image->width;

	raster->unpack(line, raster->samples, width, bits);
	for (uint32_t i = 0; i < width; i++)
		room[i] = (uint8_t)(raster->samples[i] >> (bits - 8));
}

/* The high bits once more below the low ones, so that white becomes white. */
static void grey_line_16(const struct raster *raster, const uint8_t *line, uint8_t *room)
{
	unsigned bits = raster->shape.bits;
	uint32_t width = raster->image->width;
	const uint16_t *samples = raster->samples;
	uint16_t word;

	raster->unpack(line, raster->samples, width, bits);
	for (uint32_t i = 0; i < width; i++) {
		word = htobe16((uint16_t)(samples[i] << (16 - bits) |
					  samples[i] >> (2 * bits - 16)));
		memcpy(room + 2 * (size_t)i, &word, sizeof(word));
	}
}

static void developed_line(const struct raster *raster, const uint8_t *line, uint8_t *room)
{
	const struct image *image = raster->image;

	if (raster->demosaic) {
		demosaic_line_planes(raster->demosaic, raster->planes);
		develop_line(raster->develop, raster->planes, room, image->width);
	} else {
		raster->unpack(line, raster->samples, image->width, image->format->bits);
		develop_grey(raster->develop, raster->samples, room, image->width);
	}
}

/* Black is 16 of 256 and white 235, whatever the depth; beyond is cut. */
static inline unsigned stretch(unsigned sample, unsigned black, unsigned white, unsigned most)
{
	unsigned above = sample > black ? sample - black : 0;
	unsigned value = (above * most + (white - black) / 2) / (white - black);

	return value < most ? value : most;
}

static void stretch_line(const struct raster *raster, const uint8_t *line, uint8_t *room)
{
	uint32_t bytes = raster->shape.line_bytes;
	unsigned sample;

	if (raster->shape.depth == 8) {
		for (uint32_t i = 0; i < bytes; i++)
			room[i] = (uint8_t)stretch(line[i], 16, 235, 255);
		return;
	}
	for (uint32_t i = 0; i < bytes; i += 2) {
		sample = stretch((unsigned)line[i] << 8 | line[i + 1], 16 << 8, 235 << 8,
				 65535);
		room[i] = (uint8_t)(sample >> 8);
		room[i + 1] = (uint8_t)sample;
	}
}

static const uint8_t *plain_line(struct raster *raster, uint8_t *room)
{
	const struct image *image = raster->image;
	uint32_t y = raster->next++;
	const uint8_t *line = image->planes[0] + (size_t)y * image->stride_bytes[0];

	if (raster->is_developed) {
		developed_line(raster, line, room);
		return room;
	}
	switch (raster->way) {
	case WAY_LEND:
		return line;
	case WAY_RGB:
		if (raster->shape.depth == 8)
			rgb_line_8(image->format, line, room, image->width);
		else
			rgb_line(image->format, line, room, image->width);
		break;
	case WAY_YUV:
		yuv_line(raster->yuv, image, y, room);
		break;
	case WAY_BAYER:
		if (raster->shape.depth == 8)
			demosaic_line_8(raster->demosaic, room);
		else
			demosaic_line_16(raster->demosaic, room);
		break;
	case WAY_GREY:
		if (raster->shape.depth == 8)
			grey_line_8(raster, line, room);
		else
			grey_line_16(raster, line, room);
		break;
	}
	return room;
}

const uint8_t *raster_line(struct raster *raster, uint8_t *room)
{
	const uint8_t *line = plain_line(raster, room);

	if (!raster->is_limited || raster->is_developed)
		return line;
	stretch_line(raster, line, room);
	return room;
}

const uint8_t *raster_whole(const struct raster *raster)
{
	const struct image *image = raster->image;

	if (raster->way != WAY_LEND || raster->is_developed || raster->is_limited ||
	    raster->shape.order || image->stride_bytes[0] != raster->shape.line_bytes)
		return NULL;
	return image->planes[0];
}
