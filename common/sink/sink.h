/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where frames go: one table of functions per kind of sink, the same few calls for all.
 *
 * Each frame given to sink_write() comes back exactly once through done(): before
 * sink_write() returns, or later from one of the other calls. In between the sink is one of
 * the frame's holders. Frames are written, and come back, in the order they were given; only
 * one that is refused comes back at once. A sink that needs the memory for longer, as a screen
 * does, goes on holding it until it is destroyed at the latest. All calls are made by the loop's
 * thread.
 *
 *	sink_prepare()             once, if it is known where frames will be
 *	sink_write() …             for each frame
 *	sink_dispatch() …          when sink->fd is readable
 *	sink_finish()              until it no longer says -EINPROGRESS, dispatching between
 *	sink_cancel()              instead, when the end must come at once
 *	sink_destroy()
 */
#ifndef RAWLINE_SINK_H
#define RAWLINE_SINK_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

struct buffer;
struct frame;
struct sink;

/* What done() is told of a frame that a sink under --overflow=drop had no room for. */
#define SINK_DROPPED (-EOVERFLOW)

/*
 * What done() is told of a frame that the sink keeps for a while and may write or not: it says by
 * itself, later, what became of it (preroll.h). Other holders need not wait for that.
 */
#define SINK_KEPT (-EINPROGRESS)

/* What became of such a frame, or of one that need not even be kept: nobody asked for it. */
#define SINK_PASSED (-ENOMSG)

/*
 * Told of each frame once. name is the file it went to, lent until the return, NULL if it
 * went to none; for files of many frames it is the name they will have at the end. error is
 * 0, SINK_DROPPED, SINK_KEPT, SINK_PASSED, -ECANCELED, or why the frame was not written. The
 * frame is still held. It must not write to or destroy this sink.
 */
typedef void sink_done_fn(void *context, struct frame *frame, const char *name, int error);

/* The functions of one kind of sink. Callers use sink_write() … instead. */
struct sink_ops {
	/* NULL: it is all the same. */
	int (*prepare)(struct sink *sink, struct buffer *buffers, unsigned count);
	void (*write)(struct sink *sink, struct frame *frame);
	void (*dispatch)(struct sink *sink); /* NULL: nothing completes later */
	int (*finish)(struct sink *sink);
	int (*cancel)(struct sink *sink);
	void (*destroy)(struct sink *sink);
};

/* The part that all sinks have; a kind puts it first in its own struct. Read only for callers. */
struct sink {
	const struct sink_ops *ops;
	/* Wait until it is readable, then sink_dispatch(); open until the end; -1: no need to. */
	int fd;
	unsigned pending; /* frames accepted that done() was not told of yet */
	uint64_t written_frames;
	uint64_t written_bytes;  /* in frame files; side-cars do not count */
	uint64_t cpu_bytes;      /* of frames, that the CPU read for this */
	uint64_t dropped_frames; /* no room: --overflow=drop */
	uint64_t failed_frames;  /* not written for any other reason */
	const char *io;          /* the path that data take: "buffered", "direct" */
	bool needs_whole; /* makes pictures: what is shorter than one can't be written */
	bool ended;       /* finished or cancelled: frames come back as -ECANCELED */
	int error;        /* the first failure; from then on frames come back with it */
	sink_done_fn *done;
	void *done_context;
};

/*
 * Tells it in which buffers frames will be, which are mapped and stay until it is destroyed, so
 * that it can try how they are written best. May change sink->fd and sink->io. Returns 0, or
 * -errno, said, if what was asked for can't be.
 */
int sink_prepare(struct sink *sink, struct buffer *buffers, unsigned count);

/* Takes a hold on the frame and has it written; all that can go wrong is told to done(). */
void sink_write(struct sink *sink, struct frame *frame);

/* The frame was not written for a reason that is no failure. */
static inline bool sink_is_no_failure(int error)
{
	return error == SINK_DROPPED || error == SINK_KEPT || error == SINK_PASSED;
}

/* Tells done() of what was completed elsewhere; never waits. Fine on a sink without fd. */
void sink_dispatch(struct sink *sink);

/*
 * Ends the work: no frame is accepted any more, what was accepted is written, files are
 * closed whole. Whole frames that were written before a failure are kept.
 *
 * Returns -EINPROGRESS while frames are still on their way (wait for sink->fd, dispatch and
 * call again: a reader of a pipe may take any time, so the caller sets the limit), then 0
 * or the first failure of the sink, whether done() was told of it or not. Later calls
 * return the same.
 */
int sink_finish(struct sink *sink);

/*
 * Ends the work now: frames that are still waiting come back as -ECANCELED, a write that
 * blocks is interrupted, files that are not whole are removed. Files that are whole stay,
 * and so do the whole frames of a file of many. Returns within a second.
 */
void sink_cancel(struct sink *sink);

/* Cancels what is not finished and frees the sink. Accepts NULL. */
void sink_destroy(struct sink *sink);

/*
 * For kinds of sinks. init: the common part, without fd. complete: counts the frame, tells
 * done() of it and lets go of it; bytes is what it added to the output.
 */
void sink_init(struct sink *sink, const struct sink_ops *ops, sink_done_fn *done,
	       void *done_context);
void sink_complete(struct sink *sink, struct frame *frame, const char *name,
		   uint64_t bytes, int error);

#endif
