/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A frame's picture copied into another buffer, whose lines may lie elsewhere. */
#ifndef RAWLINE_FRAME_COPY_H
#define RAWLINE_FRAME_COPY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buffer/buffer.h"
#include "common/device/video_format.h"

struct frame;

/* True if a picture lies in memory the same way in both: a buffer of one will do for the other. */
bool frame_copy_is_needless(const struct video_format *one, const struct video_format *other);

/*
 * Copies the picture of a frame into a buffer of this format, which has the frame's pixel
 * format and size and maybe other strides. Both are mapped. bytes is what each plane then has.
 *
 * Returns 0; -EFBIG if the buffer is too small; -ENODATA if the frame is too short, as one
 * that is damaged may be; or -EINVAL if strides differ and the pixel format is unknown.
 */
int frame_copy(const struct frame *frame, const struct video_format *format,
	       const struct buffer *to, uint32_t bytes[static BUFFER_MAX_PLANES]);

#endif
