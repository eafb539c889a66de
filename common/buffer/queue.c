// SPDX-License-Identifier: GPL-2.0-or-later
/* An ordered line of buffers. */
#include "common/buffer/queue.h"

#include <stddef.h>

#include "common/buffer/buffer.h"

void queue_init(struct queue *queue)
{
	*queue = (struct queue){ 0 };
}

void queue_push(struct queue *queue, struct buffer *buffer)
{
	buffer->next = NULL;
	if (queue->last)
		queue->last->next = buffer;
	else
		queue->first = buffer;
	queue->last = buffer;
	queue->count++;
}

struct buffer *queue_peek(const struct queue *queue)
{
	return queue->first;
}

/* Takes out the buffer behind `before`, which is NULL for the front. */
static void unlink_after(struct queue *queue, struct buffer *before, struct buffer *buffer)
{
	if (before)
		before->next = buffer->next;
	else
		queue->first = buffer->next;
	if (queue->last == buffer)
		queue->last = before;
	buffer->next = NULL;
	queue->count--;
}

struct buffer *queue_pop(struct queue *queue)
{
	struct buffer *buffer = queue->first;

	if (buffer)
		unlink_after(queue, NULL, buffer);
	return buffer;
}

bool queue_remove(struct queue *queue, struct buffer *buffer)
{
	struct buffer *before = NULL;

	for (struct buffer *at = queue->first; at; before = at, at = at->next) {
		if (at == buffer) {
			unlink_after(queue, before, buffer);
			return true;
		}
	}
	return false;
}

bool queue_has(const struct queue *queue, const struct buffer *buffer)
{
	for (const struct buffer *at = queue->first; at; at = at->next)
		if (at == buffer)
			return true;
	return false;
}
