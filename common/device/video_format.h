/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The format of a video node's frames, the same for single- and multi-planar nodes. */
#ifndef RAWLINE_VIDEO_FORMAT_H
#define RAWLINE_VIDEO_FORMAT_H

#include <stdint.h>

#include "common/base/format.h"

/*
 * What VIDIOC_G_FMT says. num_planes counts memory planes (V4L2 planes); stride and
 * size are per memory plane. For metadata nodes width, height and stride are 0 and
 * size_bytes[0] is the buffer size. Colour fields hold the kernel's enums
 * (v4l2_colorspace …), 0 for default.
 */
struct video_format {
	uint32_t fourcc;
	uint32_t width;
	uint32_t height;
	uint32_t field;
	uint32_t colorspace;
	uint32_t ycbcr_enc;
	uint32_t quantization;
	uint32_t xfer_func;
	unsigned num_planes;
	uint32_t stride_bytes[FORMAT_MAX_PLANES];
	uint32_t size_bytes[FORMAT_MAX_PLANES];
};

#endif
