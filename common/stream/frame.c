// SPDX-License-Identifier: GPL-2.0-or-later
/* One frame: a filled buffer, what the driver said of it, and who still needs it. */
#include "common/stream/frame.h"

#include <linux/videodev2.h>

bool frame_is_error(const struct frame *frame)
{
	const struct buffer *buffer = frame->buffer;

	if (frame->flags & V4L2_BUF_FLAG_ERROR)
		return true;
	for (unsigned i = 0; i < buffer->num_planes; i++)
		if (!frame->bytesused[i] ||
		    (uint64_t)frame->data_offset[i] + frame->bytesused[i] >
			    buffer->planes[i].length_bytes)
			return true;
	return false;
}
