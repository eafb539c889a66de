// SPDX-License-Identifier: GPL-2.0-or-later
/* A frame's picture copied into another buffer, whose lines may lie elsewhere. */
#include "common/sink/frame_copy.h"

#include <errno.h>
#include <string.h>

#include "common/stream/frame.h"

/* One memory plane on its way. */
struct copying {
	const uint8_t *from;
	uint8_t *to;
	uint64_t from_left;
	uint64_t to_left;
	uint64_t done; /* bytes of what is copied to, padding of its lines included */
};

bool frame_copy_is_needless(const struct video_format *one, const struct video_format *other)
{
	const struct format_info *info = format_find(one->fourcc);

	if (one->fourcc != other->fourcc || one->width != other->width ||
	    one->height != other->height || one->num_planes != other->num_planes)
		return false;
	/* No lines, whatever a driver says of them. */
	if (info && info->kind == FORMAT_COMPRESSED)
		return true;
	for (unsigned i = 0; i < one->num_planes; i++)
		if (one->stride_bytes[i] != other->stride_bytes[i])
			return false;
	return true;
}

/* All that is there. What is behind a picture, to fill up a page, need not fit. */
static int copy_bytes(struct copying *copying, uint64_t picture_bytes)
{
	uint64_t bytes = copying->from_left;

	if (picture_bytes && bytes > picture_bytes)
		bytes = picture_bytes;
	if (bytes > copying->to_left)
		return -EFBIG;
	memcpy(copying->to, copying->from, bytes);
	copying->done = bytes;
	return 0;
}

/* A plane of colour; the last line of a frame may end without its padding. */
static int copy_lines(struct copying *copying, uint32_t lines, uint32_t line_bytes,
		      uint32_t from_stride, uint32_t to_stride)
{
	for (uint32_t i = 0; i < lines; i++) {
		uint64_t from_step = from_stride, to_step = to_stride;

		if (copying->from_left < line_bytes)
			return -ENODATA;
		if (copying->to_left < line_bytes)
			return -EFBIG;
		memcpy(copying->to, copying->from, line_bytes);
		if (from_step > copying->from_left)
			from_step = copying->from_left;
		if (to_step > copying->to_left)
			to_step = copying->to_left;
		copying->from += from_step;
		copying->from_left -= from_step;
		copying->to += to_step;
		copying->to_left -= to_step;
		copying->done += to_step;
	}
	return 0;
}

/* Planes of colour that share a memory plane follow one another in it. */
static int copy_plane(const struct video_format *from, const struct video_format *to,
		      const struct format_info *info, unsigned plane, struct copying *copying)
{
	bool shared = info->memory_planes == 1;
	unsigned first = shared ? 0 : plane;
	unsigned end = shared ? info->color_planes : plane + 1;
	uint32_t width = from->width;
	int ret = 0;

	for (unsigned color = first; color < end && ret == 0; color++) {
		uint32_t from_stride = from->stride_bytes[plane];
		uint32_t to_stride = to->stride_bytes[plane];

		if (shared) {
			from_stride = format_plane_stride(info, color, from_stride, width);
			to_stride = format_plane_stride(info, color, to_stride, width);
		}
		ret = copy_lines(copying, format_lines(info, color, from->height),
				 format_stride_bytes(info, color, width), from_stride,
				 to_stride);
	}
	return ret;
}

/* Of the one memory plane; 0: not to be known. */
static uint64_t picture_bytes(const struct video_format *format,
			      const struct format_info *info)
{
	if (!info || info->memory_planes != 1)
		return 0;
	return format_image_bytes(info, format->stride_bytes[0], format->width,
				  format->height);
}

int frame_copy(const struct frame *frame, const struct video_format *format,
	       const struct buffer *to, uint32_t bytes[static BUFFER_MAX_PLANES])
{
	const struct video_format *from = frame->format;
	const struct format_info *info = format_find(from->fourcc);
	bool needless = frame_copy_is_needless(from, format);
	int ret = 0;

	/* Without knowing the format only what lies alike can be copied. */
	if (!needless && (!info || info->memory_planes != from->num_planes ||
			  from->num_planes != format->num_planes ||
			  !format_stride_bytes(info, 0, from->width)))
		return -EINVAL;
	for (unsigned i = 0; i < from->num_planes && ret == 0; i++) {
		struct copying copying = {
			.from = (const uint8_t *)frame->buffer->planes[i].map +
				frame->data_offset[i],
			.to = to->planes[i].map,
			.from_left = frame->bytesused[i],
			.to_left = to->planes[i].length_bytes,
		};

		if (needless)
			ret = copy_bytes(&copying, picture_bytes(from, info));
		else
			ret = copy_plane(from, format, info, i, &copying);
		bytes[i] = (uint32_t)copying.done;
	}
	return ret;
}
