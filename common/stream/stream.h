/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stream: one video node seen from above, with the buffers that travel through it.
 *
 * An internal stream's buffers never leave the program (embedded data, statistics, RAW on
 * its way to the ISP when nobody asked for it): it runs by itself.
 * An external stream was asked for by the user: each request brings a buffer for it, or
 * none, and then one of the pool stands in so that the hardware goes on.
 * An import-only stream (the input of an ISP) owns no buffers: it is given those of another
 * stream, filled, and leaves them held.
 *
 *	               stream_queue()              stream_completed()
 *	   free  ----------------------->  queued  ------------------->  held
 *	    ^    <-----------------------                                 |
 *	    |          stream_stop()              stream_return()         |
 *	    +-------------------------------------------------------------+
 *
 * No ioctl here: the node is reached through the function of struct stream_device, so all
 * rules can be tested on any machine.
 */
#ifndef RAWLINE_STREAM_H
#define RAWLINE_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buffer/queue.h"

#define STREAM_MAX_BUFFERS 32 /* VIDEO_MAX_FRAME */

struct stream_device {
	/* Gives the buffer to the driver; 0 or -errno. Calls nothing of the stream. */
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
	uint32_t pool_mask;                         /* which of them are of the pool */
	uint32_t queued_mask;                       /* which of them the driver has */
	struct queue available;                     /* pool buffers that nobody uses */
	/* What stream_queue() could not serve yet, a ring; NULL stands for "any of the pool". */
	struct buffer *waiting[STREAM_MAX_BUFFERS];
	unsigned waiting_first;
	unsigned num_waiting;
	unsigned queued;    /* with the driver now */
	uint64_t underruns; /* times the driver was left without a buffer while running */
	bool running;
};

void stream_init(struct stream *stream, const char *name, enum stream_kind kind,
		 const struct stream_device *device);

/*
 * Makes a buffer known and, unless the stream is import-only, its owner. A pool buffer
 * belongs to the program and is available at once, so it must be free; the others belong to
 * requests and come with stream_queue().
 *
 * Returns 0; -EEXIST if known; -ENOSPC if there are STREAM_MAX_BUFFERS; -EBUSY if another
 * stream owns it, or it is for the pool and not free; -EINVAL for a pool buffer of an
 * import-only stream, and for one that is not of the pool of an internal stream.
 */
int stream_add(struct stream *stream, struct buffer *buffer, bool pool);

/*
 * Forgets a buffer that will not come back. 0, -ENOENT if it is not known, or -EBUSY unless
 * it is free; an import-only stream minds only what it has itself.
 */
int stream_remove(struct stream *stream, struct buffer *buffer);

/*
 * Runs from here on: internal streams give all available buffers to the driver. 0, -EBUSY if
 * it runs, or what the driver said, with everything taken back; then a VIDIOC_STREAMOFF is
 * due, for the kernel may have taken some.
 */
int stream_start(struct stream *stream);

/*
 * Gives a buffer to the driver, in the order of the calls. NULL means one of the pool; with
 * none available the call is remembered and served by stream_return(), and later buffers
 * wait behind it. NULL on an internal stream gives whatever is available, normally nothing:
 * its pool is with the driver anyway. A buffer never seen before becomes known. It must be
 * free; an import-only stream takes held ones too.
 *
 * Returns 0 (queued or waiting); -EINVAL when not running, or for NULL on an import-only
 * stream; -EBUSY if the buffer is queued or held; -ENOBUFS when too many wait; -ENOSPC and
 * others of stream_add(); or what the driver said. After a failure all is as before.
 */
int stream_queue(struct stream *stream, struct buffer *buffer);

/*
 * The driver is through with a buffer (dequeued): it is held now. An internal stream's
 * caller reads it and calls stream_return(). False if the buffer was not queued here: a
 * device that lies.
 */
bool stream_completed(struct stream *stream, struct buffer *buffer);

/*
 * Nobody needs the buffer any more. Internal: queued again at once. Pool buffer of an
 * external stream: available, and calls that wait are served in order. A request's own
 * buffer just becomes free. Also legal when the stream has been stopped.
 *
 * Returns 0; -EINVAL if the buffer is not one of the stream's own that is held: a fault of
 * the program; or what the driver said when something was queued. The buffer is returned in
 * this case too; what the driver refused is available, or still waits.
 */
int stream_return(struct stream *stream, struct buffer *buffer);

/*
 * After VIDIOC_STREAMOFF: every buffer the driver had is free again, or held if the stream
 * is import-only; waiting calls are dropped. cancelled(), if not NULL, is told of each buffer
 * among them that is not of the pool, when all is done. Buffers that sinks still hold stay
 * held; stream_return() of those is legal later. Fine on a stopped stream.
 */
void stream_stop(struct stream *stream,
		 void (*cancelled)(void *context, struct buffer *buffer), void *context);

/* True if the buffer is of this stream's pool. */
bool stream_is_pool(const struct stream *stream, const struct buffer *buffer);

#endif
