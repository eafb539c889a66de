// SPDX-License-Identifier: GPL-2.0-or-later
/* One frame's worth of work: a buffer slot for each stream it wants something from. */
#include "common/stream/request.h"

#include <errno.h>
#include <stddef.h>

#include "common/stream/frame.h"
#include "common/stream/stream.h"

void request_init(struct request *request, unsigned number)
{
	*request = (struct request){ .number = number };
}

static struct request_slot *find_slot(struct request *request, const struct stream *stream)
{
	for (unsigned i = 0; i < request->num_slots; i++)
		if (request->slots[i].stream == stream)
			return &request->slots[i];
	return NULL;
}

int request_add(struct request *request, struct stream *stream, struct buffer *buffer)
{
	if (request->queued)
		return -EBUSY;
	if (find_slot(request, stream))
		return -EEXIST;
	if (request->num_slots == REQUEST_MAX_SLOTS)
		return -ENOSPC;
	request->slots[request->num_slots++] =
		(struct request_slot){ .stream = stream, .buffer = buffer };
	return 0;
}

void request_queue_init(struct request_queue *queue,
			void (*completed)(void *context, struct request *request),
			void *context)
{
	*queue = (struct request_queue){ .completed = completed, .context = context };
}

static void append(struct request_queue *queue, struct request *request)
{
	request->queued = true;
	request->next = NULL;
	if (queue->last)
		queue->last->next = request;
	else
		queue->first = request;
	queue->last = request;
	queue->count++;
}

static struct request *pop(struct request_queue *queue)
{
	struct request *request = queue->first;

	queue->first = request->next;
	if (!queue->first)
		queue->last = NULL;
	queue->count--;
	request->queued = false;
	return request;
}

/* A slot gets its frame, or NULL: cancelled. */
static void settle(struct request_queue *queue, struct request *request,
		   struct request_slot *slot, struct frame *frame)
{
	slot->frame = frame;
	slot->state = frame ? SLOT_DONE : SLOT_CANCELLED;
	request->pending--;
	if (slot->buffer)
		queue->own--;
}

/*
 * Completes from the front of the line. What completed() brings to completion in its turn is
 * left to the loop that called it, so requests that are queued again do not pile up on the
 * stack.
 */
static void complete_ready(struct request_queue *queue)
{
	if (queue->completing)
		return;
	queue->completing = true;
	while (queue->first && !queue->first->pending)
		queue->completed(queue->context, pop(queue));
	queue->completing = false;
	queue->cancelling = false;
}

int request_queue_add(struct request_queue *queue, struct request *request)
{
	struct request_slot *slot = request->slots;
	struct request_slot *end = slot + request->num_slots;
	int ret = 0;

	if (request->queued)
		return -EBUSY;
	if (queue->cancelling)
		return -ECANCELED;
	if (!request->num_slots)
		return -EINVAL;
	for (; slot < end; slot++) {
		ret = stream_queue(slot->stream, slot->buffer);
		if (ret < 0)
			break;
		slot->frame = NULL;
		slot->state = SLOT_PENDING;
		request->pending++;
		if (slot->buffer)
			queue->own++;
	}
	for (; slot < end; slot++) {
		slot->frame = NULL;
		slot->state = SLOT_CANCELLED;
	}
	if (request->pending)
		append(queue, request);
	return ret;
}

void request_queue_advance(struct request_queue *queue, struct request *request)
{
	struct request *before = queue->first;

	if (!request->queued || before == request)
		return;
	while (before->next != request)
		before = before->next;
	before->next = request->next;
	if (queue->last == request)
		queue->last = before;
	request->next = queue->first;
	queue->first = request;
}

/* A slot and whose it is; NULL if nobody's. */
struct taker {
	struct request *request;
	struct request_slot *slot;
};

/*
 * Who waits for this buffer: the request that brought it, wherever it stands, else, for a
 * buffer of the pool, the oldest that brought none.
 */
static struct taker search_taker(struct request_queue *queue, const struct frame *frame)
{
	struct taker oldest = { NULL, NULL };
	struct request_slot *slot;

	for (struct request *request = queue->first; request; request = request->next) {
		slot = find_slot(request, frame->stream);
		if (!slot || slot->state != SLOT_PENDING)
			continue;
		if (slot->buffer == frame->buffer)
			return (struct taker){ request, slot };
		if (slot->buffer || oldest.request ||
		    !stream_is_pool(frame->stream, frame->buffer))
			continue;
		oldest = (struct taker){ request, slot };
		if (!queue->own)
			break;
	}
	return oldest;
}

/* Frames mostly come in order, and requests are mostly for one: then there is nothing to search. */
static inline struct taker find_taker(struct request_queue *queue, const struct frame *frame)
{
	struct request *request = queue->first;
	struct request_slot *slot;

	if (!request)
		return (struct taker){ NULL, NULL };
	slot = &request->slots[0];
	if (slot->buffer == frame->buffer && slot->stream == frame->stream &&
	    slot->state == SLOT_PENDING)
		return (struct taker){ request, slot };
	return search_taker(queue, frame);
}

/* Settles the slot that a frame belongs to, with a frame or NULL. */
static struct request *settle_taker(struct request_queue *queue, struct taker taker,
				    struct frame *frame)
{
	if (!taker.request)
		return NULL;
	settle(queue, taker.request, taker.slot, frame);
	complete_ready(queue);
	return taker.request;
}

struct request *request_queue_deliver(struct request_queue *queue, struct frame *frame)
{
	return settle_taker(queue, find_taker(queue, frame), frame);
}

struct request *request_queue_drop(struct request_queue *queue, const struct frame *frame)
{
	return settle_taker(queue, find_taker(queue, frame), NULL);
}

struct request *request_queue_skip(struct request_queue *queue, struct stream *stream)
{
	struct request_slot *slot;

	for (struct request *request = queue->first; request; request = request->next) {
		slot = find_slot(request, stream);
		if (slot && slot->state == SLOT_PENDING) {
			settle(queue, request, slot, NULL);
			complete_ready(queue);
			return request;
		}
	}
	return NULL;
}

void request_queue_cancel(struct request_queue *queue)
{
	struct request *request;

	queue->cancelling = true;
	for (request = queue->first; request; request = request->next)
		for (unsigned i = 0; i < request->num_slots; i++)
			if (request->slots[i].state == SLOT_PENDING)
				settle(queue, request, &request->slots[i], NULL);
	complete_ready(queue);
}

bool request_is_whole(const struct request *request)
{
	for (unsigned i = 0; i < request->num_slots; i++)
		if (request->slots[i].state != SLOT_DONE)
			return false;
	return request->num_slots;
}
