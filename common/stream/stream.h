/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stream: one video node seen from above, with the buffers that travel through it.
 *
 * An internal stream's buffers never leave the program (embedded data, statistics, RAW on its way to the ISP when nobody asked for it).
 * An external stream was asked for by the user: each request brings a buffer for it, or none, and then one of the pool stands in so that the hardware goes on.
 * An import-only stream (the input of an ISP) owns no buffers: it is given those of another stream.
 *
 * No ioctl here: the node is reached through the two functions of struct stream_device, so all rules can be tested on any machine.
 */
#ifndef RAWLINE_STREAM_H
#define RAWLINE_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buffer/queue.h"

#define STREAM_MAX_BUFFERS 32 /* VIDEO_MAX_FRAME */

struct buffer;

struct stream_device {
	/* Gives the buffer to the driver; 0 or -errno. */
	int (*queue)(void *context, struct buffer *buffer);
	void *context;
};

enum stream_kind {
	STREAM_INTERNAL,
	STREAM_EXTERNAL,
	STREAM_IMPORT_ONLY,
};

struct stream {
	const char *name; /* the role: "main", "raw"; lent by the caller */
	enum stream_kind kind;
	struct stream_device device;
	unsigned num_buffers;
	struct buffer *buffers[STREAM_MAX_BUFFERS]; /* all, to recognise one */
	struct queue available;                     /* pool buffers that nobody uses */
	/* What stream_queue() could not serve yet, in order; NULL stands for "any of the pool". */
	struct buffer *waiting[STREAM_MAX_BUFFERS];
	unsigned waiting_first;
	unsigned num_waiting;
	unsigned queued;       /* with the driver now */
	uint64_t underruns;    /* times the driver was left without a buffer while running */
	bool running;
};

void stream_init(struct stream *stream, const char *name, enum stream_kind kind,
		 const struct stream_device *device);

/*
 * Makes a buffer known. A pool buffer belongs to the program and is available at once; others belong to requests and come with stream_queue().
 * Sets buffer->owner unless the stream is import-only. -EEXIST if known, -ENOSPC if there are STREAM_MAX_BUFFERS, -EINVAL for a
 * pool buffer of an import-only stream.
 */
int stream_add(struct stream *stream, struct buffer *buffer, bool pool);

/* Runs from here on: internal streams give all available buffers to the driver. 0 or -errno with everything taken back. */
int stream_start(struct stream *stream);

/*
 * Gives a buffer to the driver, in the order of the calls. NULL means one of the pool; with none available the call is remembered and
 * served by stream_return(), and later buffers wait behind it. A buffer never seen before becomes known.
 * Returns 0 (queued or waiting), -EINVAL when not running, -ENOBUFS when too many wait, or what the driver said.
 */
int stream_queue(struct stream *stream, struct buffer *buffer);

/*
 * The driver is through with a buffer (dequeued): it is held now. An internal stream's caller reads it and calls stream_return().
 * False if the buffer was not queued here: a device that lies.
 */
bool stream_completed(struct stream *stream, struct buffer *buffer);

/*
 * Nobody needs the buffer any more. Internal: queued again at once. Pool buffer of an external stream: available, and calls that wait are served in order.
 * A request's own buffer just becomes free. 0 or what the driver said when something was queued.
 */
int stream_return(struct stream *stream, struct buffer *buffer);

/*
 * After VIDIOC_STREAMOFF: every buffer the driver had is free again, waiting calls are dropped; cancelled(), if not NULL, is told of each buffer that
 * belonged to a request. Buffers that sinks still hold stay held; stream_return() of those is legal later.
 */
void stream_stop(struct stream *stream, void (*cancelled)(void *context, struct buffer *buffer),
		 void *context);

/* True if the buffer is of this stream's pool. */
bool stream_is_pool(const struct stream *stream, const struct buffer *buffer);

#endif
