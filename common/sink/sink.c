// SPDX-License-Identifier: GPL-2.0-or-later
/* Where frames go: what all kinds of sinks share. */
#include "common/sink/sink.h"

#include <stddef.h>

#include "common/stream/frame.h"

void sink_init(struct sink *sink, const struct sink_ops *ops, sink_done_fn *done,
	       void *done_context)
{
	*sink = (struct sink){
		.ops = ops,
		.fd = -1,
		.done = done,
		.done_context = done_context,
	};
}

int sink_prepare(struct sink *sink, struct buffer *buffers, unsigned count)
{
	return sink->ops->prepare && count ? sink->ops->prepare(sink, buffers, count) : 0;
}

void sink_write(struct sink *sink, struct frame *frame)
{
	frame_hold(frame);
	sink->pending++;
	if (sink->ended)
		sink_complete(sink, frame, NULL, 0, -ECANCELED);
	else if (sink->error)
		sink_complete(sink, frame, NULL, 0, sink->error);
	else
		sink->ops->write(sink, frame);
}

void sink_complete(struct sink *sink, struct frame *frame, const char *name,
		   uint64_t bytes, int error)
{
	sink->pending--;
	if (!error) {
		sink->written_frames++;
		sink->written_bytes += bytes;
	} else if (error == SINK_DROPPED) {
		sink->dropped_frames++;
	} else if (!sink_is_no_failure(error)) {
		sink->failed_frames++;
		if (!sink->error && error != -ECANCELED)
			sink->error = error;
	}
	if (sink->done)
		sink->done(sink->done_context, frame, name, error);
	frame_release(frame);
}

void sink_dispatch(struct sink *sink)
{
	if (sink->ops->dispatch)
		sink->ops->dispatch(sink);
}

int sink_finish(struct sink *sink)
{
	int ret;

	sink->ended = true;
	ret = sink->ops->finish(sink);
	if (ret < 0 && ret != -EINPROGRESS && !sink->error)
		sink->error = ret;
	return ret == -EINPROGRESS ? ret : sink->error;
}

void sink_cancel(struct sink *sink)
{
	int ret;

	sink->ended = true;
	ret = sink->ops->cancel(sink);
	if (ret < 0 && !sink->error)
		sink->error = ret;
}

void sink_destroy(struct sink *sink)
{
	if (!sink)
		return;
	sink_cancel(sink);
	sink->ops->destroy(sink);
}
