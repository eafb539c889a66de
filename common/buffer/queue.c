// SPDX-License-Identifier: GPL-2.0-or-later
/* An ordered line of buffers: what is not done for every frame. */
#include "common/buffer/queue.h"

bool queue_remove(struct queue *queue, struct buffer *buffer)
{
	struct buffer *before = NULL;

	for (struct buffer *at = queue->first; at; before = at, at = at->next) {
		if (at != buffer)
			continue;
		if (!before) {
			queue_pop(queue);
			return true;
		}
		before->next = buffer->next;
		if (queue->last == buffer)
			queue->last = before;
		buffer->next = NULL;
		queue->count--;
		return true;
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
