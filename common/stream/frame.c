// SPDX-License-Identifier: GPL-2.0-or-later
/* One frame: a filled buffer, what the driver said of it, and who still needs it. */
#include "common/stream/frame.h"

#include <linux/videodev2.h>

void frame_hold(struct frame *frame)
{
	frame->holders++;
}

void frame_release(struct frame *frame)
{
	if (!frame->holders || --frame->holders)
		return;
	if (frame->released)
		frame->released(frame->released_context, frame);
}

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

uint64_t frame_bytes(const struct frame *frame)
{
	uint64_t bytes = 0;

	for (unsigned i = 0; i < frame->buffer->num_planes; i++)
		bytes += frame->bytesused[i];
	return bytes;
}
