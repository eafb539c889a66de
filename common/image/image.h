/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A picture in memory: what its bytes mean and where they are. It owns nothing. */
#ifndef RAWLINE_IMAGE_H
#define RAWLINE_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/format.h"

struct video_format;

/* Which mixture of R, G and B is Y (matters for YUV only). */
enum image_encoding {
	IMAGE_ENCODING_601,
	IMAGE_ENCODING_709,
	IMAGE_ENCODING_2020,
	IMAGE_NUM_ENCODINGS,
};

/* What black and white are in 8 bits: 0 and 255, or 16 and 235. */
enum image_range {
	IMAGE_RANGE_FULL,
	IMAGE_RANGE_LIMITED,
	IMAGE_NUM_RANGES,
};

/* How numbers follow light. */
enum image_transfer {
	IMAGE_TRANSFER_UNKNOWN,
	IMAGE_TRANSFER_SRGB,   /* sRGB's curve and its primaries */
	IMAGE_TRANSFER_LINEAR, /* as a sensor counts it */
};

/* Which lines were taken at one time. */
enum image_fields {
	IMAGE_FIELDS_UNKNOWN,
	IMAGE_FIELDS_NONE,      /* all of them */
	IMAGE_FIELDS_TOP_FIRST, /* every other: first the one at the top, then the next */
	IMAGE_FIELDS_BOTTOM_FIRST,
};

struct image {
	const struct format_info *format;
	uint32_t width;
	uint32_t height;
	enum image_encoding encoding;
	enum image_range range;
	enum image_transfer transfer;
	enum image_fields fields;
	/* As ITU-T H.273 numbers them, for files that can say so; 0: unknown. */
	uint8_t primaries;
	uint8_t curve;
	/* Of the colour planes; the memory is lent. */
	uint32_t stride_bytes[FORMAT_MAX_PLANES];
	const uint8_t *planes[FORMAT_MAX_PLANES];
};

/* The bytes of one memory plane (V4L2 plane) of a frame. */
struct image_memory {
	const void *start;
	size_t size_bytes;
};

/*
 * Describes the pictures of a video node; their memory comes with image_place(). Colours
 * that the driver leaves open are what the kernel's documentation says they are then
 * (userspace-api/media/v4l/colorspaces-defs.rst).
 *
 * Returns 0, -EOPNOTSUPP if the format table lacks the format or it has no lines of pixels
 * (compressed, meta), or -EINVAL if the driver contradicts itself: no size, memory planes
 * that the format does not have, a stride shorter than a line.
 */
int image_init(struct image *image, const struct video_format *format);

/*
 * Puts the planes of one frame in place: memory has an entry for each memory plane, of the
 * bytes that the driver says are used. Planes that share a memory follow one another.
 * Returns 0, or -EPROTO if the memory ends before the picture.
 */
int image_place(struct image *image, const struct image_memory *memory);

#endif
