/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One frame's worth of work: a buffer slot for each stream it wants something from. It is complete when all its buffers are.
 *
 * Requests complete in the order in which they were queued, whatever the order in which their buffers come back, so that what was asked first is reported first.
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
	struct buffer *buffer;  /* the request's own; NULL: whatever the pool gives */
	struct frame *frame;    /* what came; NULL until done, or cancelled */
	enum request_slot_state state;
};

struct request {
	unsigned number;
	unsigned num_slots;
	unsigned pending;       /* slots that are not settled yet */
	bool queued;
	struct request *next;
	struct request_slot slots[REQUEST_MAX_SLOTS];
};

/* Requests under way, oldest first. completed() may queue the request again. */
struct request_queue {
	struct request *first;
	struct request *last;
	unsigned count;
	void (*completed)(void *context, struct request *request);
	void *context;
	bool completing;
};

void request_init(struct request *request, unsigned number);

/* Adds a slot. -ENOSPC if there are REQUEST_MAX_SLOTS, -EEXIST if the stream has one, -EBUSY while queued. */
int request_add(struct request *request, struct stream *stream, struct buffer *buffer);

void request_queue_init(struct request_queue *queue,
			void (*completed)(void *context, struct request *request), void *context);

/*
 * Queues each slot's buffer (or none) on its stream, then stands in line. -EBUSY if under way, -EINVAL without slots.
 * If a stream refuses, the slots that got through stay theirs to finish and the rest are cancelled: the request completes through completed(), and the stream's error is returned.
 */
int request_queue_add(struct request_queue *queue, struct request *request);

/*
 * A stream delivered a frame: finds the request it belongs to (the oldest that is pending on this stream and has this buffer, or has none of its own), settles the slot, and completes
 * what is ready from the front of the line. Returns the request, or NULL if nobody waits for it: the caller then returns the buffer to its stream.
 */
struct request *request_queue_deliver(struct request_queue *queue, struct frame *frame);

/* A frame that will not come: settles the oldest pending slot of this stream as cancelled. NULL if there is none. */
struct request *request_queue_skip(struct request_queue *queue, struct stream *stream);

/* Settles everything that is pending as cancelled, oldest request first; the line is empty afterwards. */
void request_queue_cancel(struct request_queue *queue);

/* True if every slot was delivered. */
bool request_is_whole(const struct request *request);

#endif
