// SPDX-License-Identifier: GPL-2.0-or-later
/* One stream of a run: its node, buffers, frames, account and sink. */
#include "common/tool/lane.h"

#include <errno.h>
#include <string.h>

#include "common/base/log.h"
#include "common/device/video.h"
#include "common/sink/file.h"
#include "common/stream/pool.h"

/*
 * With fewer the driver waits for us between two frames; many drivers refuse fewer than
 * two anyway.
 */
#define MIN_BUFFERS     2
#define DEFAULT_BUFFERS 4

static int give_to_driver(void *context, struct buffer *buffer)
{
	return video_queue(context, buffer, NULL, 0);
}

/* The pattern for this stream: one that names its role, or one for all streams. */
static void find_pattern(struct lane *lane, const struct options *options)
{
	for (unsigned i = 0; i < options->num_files; i++) {
		const struct option_file *file = &options->files[i];

		if (file->role && file->role != lane->config->role)
			continue;
		lane->pattern = file->pattern;
		lane->role_in_name = !file->role && options->num_streams > 1;
		if (file->role)
			return;
	}
}

void lane_init(struct lane *lane, struct log *log, const struct capture_stream *config,
	       const struct options *options)
{
	const struct stream_device device = { .queue = give_to_driver,
					      .context = config->video };

	memset(lane, 0, sizeof(*lane));
	lane->config = config;
	lane->video = config->video;
	stream_init(&lane->stream, config->role->name, STREAM_EXTERNAL, &device);
	account_init(&lane->account, log, config->role->name, options->skip);
	find_pattern(lane, options);
}

int lane_open_sink(struct lane *lane, const struct capture_setup *setup, sink_done_fn *done)
{
	const struct options *options = setup->options;
	struct file_options file = {
		.pattern = lane->pattern,
		.role = lane->config->role->name,
		.role_in_name = lane->role_in_name,
		.force = options->force,
		.drop = options->overflow == OVERFLOW_DROP,
		.num_buffers = options->num_buffers ? options->num_buffers : DEFAULT_BUFFERS,
		.count = options->count,
	};

	if (!lane->pattern)
		return 0;
	return file_sink_create(setup->log, &file, &lane->video->format, done, lane,
				&lane->sink);
}

int lane_allocate(struct lane *lane, const struct capture_setup *setup,
		  void (*released)(void *context, struct frame *frame))
{
	const struct options *options = setup->options;
	const struct pool_options wanted = {
		.memory = options->memory,
		.heap = options->heap,
		.adjust = options->adjust,
		.count = options->num_buffers ? options->num_buffers : DEFAULT_BUFFERS,
		.minimum = MIN_BUFFERS,
	};
	int ret;

	ret = pool_create(setup->log, lane->video, &wanted, &lane->pool);
	for (unsigned i = 0; ret == 0 && i < lane->pool->count; i++) {
		struct buffer *buffer = &lane->pool->buffers[i];

		lane->frames[i] = (struct frame){
			.buffer = buffer,
			.stream = &lane->stream,
			.format = &lane->video->format,
			.released = released,
			.released_context = lane,
		};
		if (lane->sink)
			ret = buffer_map(buffer);
		if (ret < 0)
			log_error(setup->log, "no-memory", "%s: mapping a buffer: %s",
				  lane->video->name, strerror(-ret));
		else
			ret = stream_add(&lane->stream, buffer, false);
	}
	return ret;
}

int lane_take(struct lane *lane, struct frame **frame)
{
	struct video_done done;
	struct frame *taken;
	int ret;

	ret = video_dequeue(lane->video, &done);
	if (ret < 0)
		return ret;
	if (!stream_completed(&lane->stream, done.buffer))
		return -EPROTO;
	taken = &lane->frames[done.buffer->number];
	taken->sequence = done.sequence;
	taken->timestamp_ns = done.timestamp_ns;
	taken->flags = done.flags;
	taken->lost = 0;
	/* Whole arrays: cheaper than asking how many planes there are. */
	memcpy(taken->bytesused, done.bytesused, sizeof(done.bytesused));
	memcpy(taken->data_offset, done.data_offset, sizeof(done.data_offset));
	frame_hold(taken);
	*frame = taken;
	return 0;
}

void lane_stop(struct lane *lane)
{
	video_stop(lane->video);
	stream_stop(&lane->stream, NULL, NULL);
}

void lane_finish(struct lane *lane)
{
	if (lane->sink)
		lane->account.cpu_bytes = lane->sink->cpu_bytes;
	sink_destroy(lane->sink);
	lane->sink = NULL;
	pool_destroy(lane->pool, lane->video);
	lane->pool = NULL;
}
