/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a frame can be made of: the formats that the driver knows, as a table. */
#ifndef RAWLINE_UVC_KIND_H
#define RAWLINE_UVC_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How the samples lie. */
enum kind_layout {
	LAYOUT_YUYV,
	LAYOUT_UYVY,
	LAYOUT_NV12,
	LAYOUT_I420,
	LAYOUT_YV12,
	LAYOUT_LUMA8,
	LAYOUT_LUMA16,
	LAYOUT_RGB565,
	LAYOUT_BGR24,
	LAYOUT_BGR32,
	LAYOUT_JPEG,
	LAYOUT_H264,
	LAYOUT_HEVC,
};

/* Which pair of descriptors tells of it. */
enum kind_class { CLASS_UNCOMPRESSED, CLASS_MJPEG, CLASS_FRAME_BASED };

struct kind {
	const char *name; /* in profiles and records: V4L2's fourcc */
	enum kind_class class;
	enum kind_layout layout;
	uint8_t bits; /* a pixel; of LAYOUT_LUMA16: a sample, in 16 */
	uint8_t guid[16];
};

/* NULL if there is none of that name. */
const struct kind *kind_find(const char *name);

bool kind_compressed(const struct kind *kind);

/* Bits that a pixel takes in memory, as the format descriptor says; 0 for compressed ones. */
unsigned kind_bits_per_pixel(const struct kind *kind);

/* The longest that a frame of this size can get. */
size_t kind_frame_bytes(const struct kind *kind, unsigned width, unsigned height);

#endif
