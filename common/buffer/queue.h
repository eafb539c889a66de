/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An ordered line of buffers. A buffer stands in one line at most; no memory is allocated,
 * no ioctl made.
 */
#ifndef RAWLINE_QUEUE_H
#define RAWLINE_QUEUE_H

#include <stdbool.h>

struct buffer;

struct queue {
	struct buffer *first;
	struct buffer *last;
	unsigned count;
};

void queue_init(struct queue *queue);

/* Puts a buffer, which stands in no line, at the end. */
void queue_push(struct queue *queue, struct buffer *buffer);

/* The buffer at the front, left there; NULL if empty. */
struct buffer *queue_peek(const struct queue *queue);

/* Takes the buffer at the front; NULL if empty. */
struct buffer *queue_pop(struct queue *queue);

/* Takes this buffer out from wherever it stands. False if it is not in this queue. */
bool queue_remove(struct queue *queue, struct buffer *buffer);

bool queue_has(const struct queue *queue, const struct buffer *buffer);

#endif
