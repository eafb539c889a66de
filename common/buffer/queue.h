/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An ordered line of buffers. A buffer stands in one line at most; no memory is allocated,
 * no ioctl made.
 */
#ifndef RAWLINE_QUEUE_H
#define RAWLINE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buffer/buffer.h"

struct queue {
	struct buffer *first;
	struct buffer *last;
	unsigned count;
};

static inline void queue_init(struct queue *queue)
{
	*queue = (struct queue){ .count = 0 };
}

/* Puts a buffer, which stands in no line, at the end. */
static inline void queue_push(struct queue *queue, struct buffer *buffer)
{
	buffer->next = NULL;
	if (queue->last)
		queue->last->next = buffer;
	else
		queue->first = buffer;
	queue->last = buffer;
	queue->count++;
}

/* The buffer at the front, left there; NULL if empty. */
static inline struct buffer *queue_peek(const struct queue *queue)
{
	return queue->first;
}

/* Takes the buffer at the front; NULL if empty. */
static inline struct buffer *queue_pop(struct queue *queue)
{
	struct buffer *buffer = queue->first;

	if (!buffer)
		return NULL;
	queue->first = buffer->next;
	if (!queue->first)
		queue->last = NULL;
	buffer->next = NULL;
	queue->count--;
	return buffer;
}

/* Takes this buffer out from wherever it stands. False if it is not in this queue. */
bool queue_remove(struct queue *queue, struct buffer *buffer);

bool queue_has(const struct queue *queue, const struct buffer *buffer);

#endif
