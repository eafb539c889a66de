/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One frame's worth of work: a buffer slot for each stream it wants something from. It is
 * complete when all its slots are settled: a frame came, or is known not to come.
 *
 * Requests complete in the order in which they were queued, whatever the order in which
 * their buffers come back, so that what was asked first is reported first.
 */
#ifndef RAWLINE_REQUEST_H
#define RAWLINE_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#define REQUEST_MAX_SLOTS 8

struct buffer;
struct frame;
struct stream;

enum request_slot_state {
	SLOT_PENDING,
	SLOT_DONE,
	SLOT_CANCELLED, /* the stream stopped, or this frame was lost for this stream */
};

struct request_slot {
	struct stream *stream;
	struct buffer *buffer; /* the request's own; NULL: whatever the pool gives */
	struct frame *frame;   /* what came; NULL until done, or cancelled */
	enum request_slot_state state;
};

struct request {
	unsigned number;
	unsigned num_slots;
	unsigned pending; /* slots that are not settled yet */
	bool queued;
	struct request *next;
	struct request_slot slots[REQUEST_MAX_SLOTS];
};

/* Requests under way, oldest first. */
struct request_queue {
	struct request *first;
	struct request *last;
	unsigned count;
	unsigned own; /* pending slots that brought a buffer */
	void (*completed)(void *context, struct request *request);
	void *context;
	bool completing; /* completed() runs, or is about to run again */
	bool cancelling; /* until the line is empty */
};

void request_init(struct request *request, unsigned number);

/*
 * Adds a slot. 0, -ENOSPC if there are REQUEST_MAX_SLOTS, -EEXIST if the stream has one,
 * -EBUSY while under way.
 */
int request_add(struct request *request, struct stream *stream, struct buffer *buffer);

/*
 * completed() is told of each request that is complete. It is the request's caller again:
 * its frames come with the hold that they were delivered with, to be released once each, and
 * it may be queued again from inside. It is never called from inside itself.
 */
void request_queue_init(struct request_queue *queue,
			void (*completed)(void *context, struct request *request),
			void *context);

/*
 * Queues each slot's buffer (or none) on its stream, then stands in line.
 *
 * If a stream refuses, its error is returned, and that slot and those behind it are
 * cancelled. When slots ahead of it got through, the request is under way all the same (its
 * `queued` says so) and completes when those have come; otherwise it never was, and
 * completed() is not called. Other errors, which change nothing: -EBUSY if under way,
 * -EINVAL without slots, -ECANCELED while the line is being cancelled.
 */
int request_queue_add(struct request_queue *queue, struct request *request);

/*
 * The request moves to the front of the line. For drivers that fill buffers in an order of
 * their own: uvcvideo puts one whose frame was damaged behind all others. A request that is
 * not under way is left alone.
 */
void request_queue_advance(struct request_queue *queue, struct request *request);

/*
 * A stream delivered a frame. It belongs to the request that brought its buffer, else, if
 * the buffer is of the stream's pool, to the oldest request that waits for this stream and
 * brought none. Settles the slot, which takes over the caller's hold on the frame, and
 * completes what is ready from the front of the line.
 *
 * Returns the request, which may be complete and under way again by now; NULL if nobody waits
 * for the frame: the caller then releases it, which returns the buffer to its stream.
 */
struct request *request_queue_deliver(struct request_queue *queue, struct frame *frame);

/*
 * A stream delivered a frame that is not wanted, or no picture: the slot that would have got
 * it is cancelled, whichever that is, and what is ready completes. The frame stays the
 * caller's. Returns as request_queue_deliver().
 */
struct request *request_queue_drop(struct request_queue *queue, const struct frame *frame);

/*
 * A frame that will not come: settles the oldest pending slot of this stream as cancelled,
 * and completes what is ready. Returns the request, or NULL if there is none. A buffer which
 * that slot brought may still be with the driver: when it comes, nobody waits for it.
 */
struct request *request_queue_skip(struct request_queue *queue, struct stream *stream);

/*
 * Settles everything that is pending as cancelled and completes all, oldest first; the line
 * is empty afterwards (from inside completed(): as soon as that returns). Frames that came
 * before are still there. Stop the streams first.
 */
void request_queue_cancel(struct request_queue *queue);

/* True if every slot was delivered. */
bool request_is_whole(const struct request *request);

#endif
