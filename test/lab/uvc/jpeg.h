/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JPEG images as cameras make them: without Huffman tables, with AVI1, with padding. */
#ifndef RAWLINE_UVC_JPEG_H
#define RAWLINE_UVC_JPEG_H

#include <stddef.h>
#include <stdint.h>

#include "test/lab/uvc/profile.h"

/* An image with a comment that has room for a stamp, all zeros in it. */
struct jpeg_image {
	uint8_t *data; /* NULL: not drawn yet */
	size_t length;
	size_t stamp_at;
};

/* Draws line y into line, three bytes a pixel: Y, Cb, Cr. */
typedef void (*jpeg_line)(void *context, unsigned y, uint8_t *line);

/* Compresses a picture, without the padding. Returns 0, -ENOMEM or, for no such size, -EINVAL. */
int jpeg_compress(struct jpeg_image *image, const struct profile_jpeg *options,
		  unsigned width, unsigned height, jpeg_line draw, void *context);

void jpeg_finish(struct jpeg_image *image);

#endif
