// SPDX-License-Identifier: GPL-2.0-or-later
/* A stream: one video node seen from above, with the buffers that travel through it. */
#include "common/stream/stream.h"

#include <errno.h>
#include <stddef.h>

void stream_init(struct stream *stream, const char *name, enum stream_kind kind,
		 const struct stream_device *device)
{
	*stream = (struct stream){ .name = name, .kind = kind, .device = *device };
	queue_init(&stream->available);
}

/* Where the buffer stands in buffers[]; -ENOENT if the stream does not know it. */
static int find(const struct stream *stream, const struct buffer *buffer)
{
	/* A pool that was added in its order has the same numbers here as there. */
	if (buffer->number < stream->num_buffers && stream->buffers[buffer->number] == buffer)
		return (int)buffer->number;
	for (unsigned i = 0; i < stream->num_buffers; i++)
		if (stream->buffers[i] == buffer)
			return (int)i;
	return -ENOENT;
}

static uint32_t bit(int place)
{
	return UINT32_C(1) << place;
}

bool stream_is_pool(const struct stream *stream, const struct buffer *buffer)
{
	int place = find(stream, buffer);

	return place >= 0 && stream->pool_mask & bit(place);
}

static int check_new(const struct stream *stream, const struct buffer *buffer, bool pool)
{
	if (stream->kind == STREAM_IMPORT_ONLY ? pool :
						 !pool && stream->kind == STREAM_INTERNAL)
		return -EINVAL;
	if (find(stream, buffer) >= 0)
		return -EEXIST;
	if (stream->num_buffers == STREAM_MAX_BUFFERS)
		return -ENOSPC;
	if (stream->kind != STREAM_IMPORT_ONLY && buffer->owner && buffer->owner != stream)
		return -EBUSY;
	return pool && buffer->state != BUFFER_FREE ? -EBUSY : 0;
}

int stream_add(struct stream *stream, struct buffer *buffer, bool pool)
{
	int ret;

	ret = check_new(stream, buffer, pool);
	if (ret < 0)
		return ret;
	if (stream->kind != STREAM_IMPORT_ONLY)
		buffer->owner = stream;
	if (pool) {
		stream->pool_mask |= bit((int)stream->num_buffers);
		queue_push(&stream->available, buffer);
	}
	stream->buffers[stream->num_buffers++] = buffer;
	return 0;
}

/* Drops a place from a mask; what stands at the last one moves there. */
static uint32_t mask_drop(uint32_t mask, int place, int last)
{
	uint32_t moved = mask & bit(last) && place != last ? bit(place) : 0;

	return (mask & ~bit(place) & ~bit(last)) | moved;
}

int stream_remove(struct stream *stream, struct buffer *buffer)
{
	int place = find(stream, buffer);
	int last = (int)stream->num_buffers - 1;

	if (place < 0)
		return -ENOENT;
	if (stream->kind == STREAM_IMPORT_ONLY ? stream->queued_mask & bit(place) :
						 buffer->state != BUFFER_FREE)
		return -EBUSY;
	if (stream->kind != STREAM_IMPORT_ONLY) {
		queue_remove(&stream->available, buffer);
		buffer->owner = NULL;
	}
	stream->buffers[place] = stream->buffers[last];
	stream->pool_mask = mask_drop(stream->pool_mask, place, last);
	stream->queued_mask = mask_drop(stream->queued_mask, place, last);
	stream->num_buffers--;
	return 0;
}

/* Hands a buffer to the driver; place is where it stands. If that fails nothing has changed. */
static int give(struct stream *stream, struct buffer *buffer, int place)
{
	int ret;

	ret = stream->device.queue(stream->device.context, buffer);
	if (ret < 0)
		return ret;
	/* One that had to wait is in this state already. */
	buffer_move(buffer, BUFFER_QUEUED);
	stream->queued_mask |= bit(place);
	stream->queued++;
	return 0;
}

/* Hands the whole pool to the driver. What is refused, and what comes after it, stays. */
static int give_available(struct stream *stream)
{
	struct buffer *buffer;
	int ret;

	while ((buffer = queue_peek(&stream->available))) {
		ret = give(stream, buffer, find(stream, buffer));
		if (ret < 0)
			return ret;
		queue_pop(&stream->available);
	}
	return 0;
}

int stream_start(struct stream *stream)
{
	int ret = 0;

	if (stream->running)
		return -EBUSY;
	stream->running = true;
	if (stream->kind == STREAM_INTERNAL)
		ret = give_available(stream);
	if (ret < 0)
		stream_stop(stream, NULL, NULL);
	return ret;
}

/* Remembers a call that can't be served now. */
static int wait_in_line(struct stream *stream, struct buffer *buffer)
{
	unsigned place;

	if (stream->num_waiting == STREAM_MAX_BUFFERS)
		return -ENOBUFS;
	place = (stream->waiting_first + stream->num_waiting++) % STREAM_MAX_BUFFERS;
	stream->waiting[place] = buffer;
	if (buffer)
		buffer_move(buffer, BUFFER_QUEUED);
	return 0;
}

/* Serves calls in their order, until one wants a pool buffer and there is none. */
static int serve_waiting(struct stream *stream)
{
	struct buffer *asked, *buffer;
	int ret;

	while (stream->num_waiting) {
		asked = stream->waiting[stream->waiting_first];
		buffer = asked ? asked : queue_peek(&stream->available);
		if (!buffer)
			return 0;
		ret = give(stream, buffer, find(stream, buffer));
		if (ret < 0)
			return ret;
		if (!asked)
			queue_pop(&stream->available);
		stream->waiting_first = (stream->waiting_first + 1) % STREAM_MAX_BUFFERS;
		stream->num_waiting--;
	}
	return 0;
}

static int queue_any(struct stream *stream)
{
	struct buffer *buffer = queue_peek(&stream->available);
	int ret;

	if (stream->kind == STREAM_IMPORT_ONLY)
		return -EINVAL;
	if (stream->kind == STREAM_INTERNAL)
		return give_available(stream);
	if (!buffer || stream->num_waiting)
		return wait_in_line(stream, NULL);
	ret = give(stream, buffer, find(stream, buffer));
	if (!ret)
		queue_pop(&stream->available);
	return ret;
}

static bool may_be_queued(const struct stream *stream, const struct buffer *buffer)
{
	return buffer->state == BUFFER_FREE ||
	       (stream->kind == STREAM_IMPORT_ONLY && buffer->state == BUFFER_HELD);
}

static int queue_this(struct stream *stream, struct buffer *buffer)
{
	int place = find(stream, buffer);
	bool learned = place < 0;
	int ret;

	if (!may_be_queued(stream, buffer))
		return -EBUSY;
	if (learned) {
		ret = stream_add(stream, buffer, false);
		if (ret < 0)
			return ret;
		place = (int)stream->num_buffers - 1;
	}
	ret = stream->num_waiting ? wait_in_line(stream, buffer) :
				    give(stream, buffer, place);
	if (ret < 0 && learned)
		stream_remove(stream, buffer);
	/* A buffer of the pool that was asked for by name is available no longer. */
	if (!ret && stream->pool_mask & bit(place))
		queue_remove(&stream->available, buffer);
	return ret;
}

int stream_queue(struct stream *stream, struct buffer *buffer)
{
	if (!stream->running)
		return -EINVAL;
	return buffer ? queue_this(stream, buffer) : queue_any(stream);
}

bool stream_completed(struct stream *stream, struct buffer *buffer)
{
	int place = find(stream, buffer);

	if (place < 0 || !(stream->queued_mask & bit(place)))
		return false;
	stream->queued_mask &= ~bit(place);
	buffer_move(buffer, BUFFER_HELD);
	if (!--stream->queued)
		stream->underruns++;
	return true;
}

int stream_return(struct stream *stream, struct buffer *buffer)
{
	int place = find(stream, buffer);

	if (place < 0 || stream->kind == STREAM_IMPORT_ONLY || buffer->state != BUFFER_HELD)
		return -EINVAL;
	buffer_move(buffer, BUFFER_FREE);
	if (!(stream->pool_mask & bit(place)))
		return 0;
	queue_push(&stream->available, buffer);
	if (!stream->running)
		return 0;
	return stream->kind == STREAM_INTERNAL ? give_available(stream) :
						 serve_waiting(stream);
}

/* Buffers that a stop took back and that stream_stop()'s caller is to hear of. */
struct told {
	unsigned count;
	struct buffer *buffers[STREAM_MAX_BUFFERS];
};

static void take_back(struct stream *stream, struct buffer *buffer, struct told *told)
{
	buffer_move(buffer, stream->kind == STREAM_IMPORT_ONLY ? BUFFER_HELD : BUFFER_FREE);
	if (stream_is_pool(stream, buffer))
		queue_push(&stream->available, buffer);
	else
		told->buffers[told->count++] = buffer;
}

void stream_stop(struct stream *stream,
		 void (*cancelled)(void *context, struct buffer *buffer), void *context)
{
	struct told told;
	unsigned place;

	told.count = 0;
	for (unsigned i = 0; i < stream->num_buffers; i++)
		if (stream->queued_mask & bit((int)i))
			take_back(stream, stream->buffers[i], &told);
	for (unsigned i = 0; i < stream->num_waiting; i++) {
		place = (stream->waiting_first + i) % STREAM_MAX_BUFFERS;
		if (stream->waiting[place])
			take_back(stream, stream->waiting[place], &told);
	}
	stream->queued_mask = 0;
	stream->queued = 0;
	stream->num_waiting = 0;
	stream->running = false;

	/* Last, because cancelled() may ask anything of the stream. */
	for (unsigned i = 0; cancelled && i < told.count; i++)
		cancelled(context, told.buffers[i]);
}
