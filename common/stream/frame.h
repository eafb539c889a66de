/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One frame: a filled buffer, what the driver said of it, and who still needs it.
 *
 * Frames are passed by reference, never copied. Each buffer has one frame that is used again
 * and again; when the last holder lets go, the frame's released() gives the buffer back to
 * where it came from.
 */
#ifndef RAWLINE_FRAME_H
#define RAWLINE_FRAME_H

#include <linux/videodev2.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/buffer/buffer.h"
#include "common/device/video_format.h"

struct sidecar_settings;
struct stream;

struct frame {
	struct buffer *buffer;
	struct stream *stream;
	const struct video_format *format;
	uint32_t sequence;     /* the driver's */
	uint64_t timestamp_ns; /* the driver's, CLOCK_MONOTONIC unless flags say otherwise */
	uint32_t flags;        /* V4L2_BUF_FLAG_* as they came */
	uint32_t bytesused[BUFFER_MAX_PLANES]; /* data_offset not included */
	uint32_t data_offset[BUFFER_MAX_PLANES];
	uint32_t lost; /* frames that are missing right before this one */
	/* Fewer bytes than that are no picture; 0 where a frame may be empty. The stream's. */
	uint32_t least_bytes[BUFFER_MAX_PLANES];
	/* The dma-buf that a processor made it of, by its inode; 0: nothing of the kind is known. */
	ino_t made_of;
	/* What was in force for it, noted by who keeps it for long; NULL: not noted. */
	const struct sidecar_settings *settings;
	bool is_cut;  /* no picture: its beginning or its end is not there */
	bool damaged; /* no picture, but handed on because that was asked for */
	unsigned holders;
	void (*released)(void *context, struct frame *frame); /* NULL: nothing is done */
	void *released_context;
};

/* One holder more. */
static inline void frame_hold(struct frame *frame)
{
	frame->holders++;
}

/*
 * One holder less; the last one runs released(), which may use the frame for the next
 * picture at once. A frame that nobody holds is left alone.
 */
static inline void frame_release(struct frame *frame)
{
	if (!frame->holders || --frame->holders)
		return;
	if (frame->released)
		frame->released(frame->released_context, frame);
}

/* It claims more bytes than there is memory. */
static inline bool frame_is_overlong(const struct frame *frame)
{
	const struct buffer *buffer = frame->buffer;

	for (unsigned i = 0; i < buffer->num_planes; i++)
		if ((uint64_t)frame->data_offset[i] + frame->bytesused[i] >
		    buffer->planes[i].length_bytes)
			return true;
	return false;
}

/*
 * Its contents are not a picture: the driver marked it V4L2_BUF_FLAG_ERROR, filled less
 * than a picture, or claims more bytes than there is memory.
 */
static inline bool frame_is_error(const struct frame *frame)
{
	const struct buffer *buffer = frame->buffer;

	if (frame->flags & V4L2_BUF_FLAG_ERROR || frame->is_cut)
		return true;
	for (unsigned i = 0; i < buffer->num_planes; i++)
		if (frame->bytesused[i] < frame->least_bytes[i] ||
		    (uint64_t)frame->data_offset[i] + frame->bytesused[i] >
			    buffer->planes[i].length_bytes)
			return true;
	return false;
}

/* The picture's bytes over all planes. */
static inline uint64_t frame_bytes(const struct frame *frame)
{
	uint64_t bytes = 0;

	for (unsigned i = 0; i < frame->buffer->num_planes; i++)
		bytes += frame->bytesused[i];
	return bytes;
}

#endif
