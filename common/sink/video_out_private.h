/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of video_out share. */
#ifndef RAWLINE_VIDEO_OUT_PRIVATE_H
#define RAWLINE_VIDEO_OUT_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/text.h"
#include "common/buffer/index.h"
#include "common/sink/sink.h"

struct log;
struct video;
struct video_format;

/* The node is watched by an epoll of the sink's own: it is ready for writing, not for reading. */
struct video_out {
	struct sink sink;
	struct log *log;
	const char *path;
	struct video *camera; /* lent */
	struct video *output;
	bool drop;
	bool imports;
	bool watched; /* epoll has the node */
	bool failed;
	bool is_over;      /* nothing is to come any more, whatever is asked */
	uint32_t interest; /* what epoll waits for at the node */
	int timer_fd;
	uint64_t quiet_ns;
	bool is_timed;     /* the timer runs: the output is waited for at the end */
	bool is_quiet;     /* it had time enough */
	unsigned left;     /* what it still had to give back when the timer was set */
	unsigned queued;   /* buffers that the output has */
	unsigned max_lent; /* of the camera's it may have so many */
	/* Import: the frames of the buffers that it has, in their order. */
	struct frame *lent[INDEX_MAX];
	/* Copy: the output's buffers; those below num_fresh were used before. */
	struct buffer buffers[INDEX_MAX];
	unsigned num_buffers;
	unsigned num_fresh;
	/* Frames that no buffer was there for, in their order. */
	struct frame *waiting[INDEX_MAX];
	unsigned first_waiting;
	unsigned num_waiting;
};

static inline struct video_out *to_video_out(struct sink *sink)
{
	return (struct video_out *)sink;
}

extern const struct sink_ops video_out_ops;

/* Frees all. What is half-built, too; not while frames are in it. */
void video_out_free(struct video_out *out);

/* Gives up the output's slots, and what was mapped of them. */
void video_out_free_slots(struct video_out *out);

/*
 * Opens an output node and sets it to this format, but for strides, and to this rate if it has
 * one. Returns 0; -EBUSY, -EACCES; -EINVAL if it is no output or takes no such format; or
 * -errno; said.
 */
int video_out_open(struct log *log, const char *path, const struct video_format *format,
		   const struct text_fraction *rate, struct video **output);

/* Says who has it. Returns -EBUSY. */
int video_out_say_busy(struct log *log, const char *path);

#endif
