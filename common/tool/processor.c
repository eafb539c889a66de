// SPDX-License-Identifier: GPL-2.0-or-later
/* A run's processor: nodes and lanes for the rules of relay.h. */
#include "common/tool/processor.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "common/base/log.h"
#include "common/base/status.h"
#include "common/base/sys.h"
#include "common/device/video.h"
#include "common/stream/frame.h"
#include "common/stream/pool.h"
#include "common/tool/loop.h"
#include "common/tool/run.h"

static uint32_t lane_bit(const struct run *run, const struct lane *lane)
{
	return UINT32_C(1) << (lane - run->lanes);
}

/* ---- what the relay asks for ---- */

static uint32_t spare(void *context)
{
	const struct run *run = context;
	uint32_t outputs = 0;

	for (unsigned i = 0; i < run->num_lanes; i++) {
		const struct capture_stream *config = run->lanes[i].config;

		if (run->lanes[i].idle.count &&
		    (!config->has_news || config->has_news(run->setup->device)))
			outputs |= UINT32_C(1) << i;
	}
	return outputs;
}

/* What no job can do without; what nobody asked for and nothing needs, such as parameters. */
static uint32_t outputs_along(const struct run *run)
{
	uint32_t along = 0;

	for (unsigned i = 0; i < run->num_lanes; i++) {
		const struct capture_stream *config = run->lanes[i].config;

		if (config->place == CAPTURE_PROCESSOR &&
		    (config->is_in_each_job || (config->is_internal && !config->is_needed)))
			along |= lane_bit(run, &run->lanes[i]);
	}
	return along;
}

static int queue_output(void *context, unsigned output, const struct frame *raw)
{
	struct run *run = context;
	struct lane *lane = &run->lanes[output];
	struct buffer *buffer = queue_pop(&lane->idle);
	int ret;

	if (lane->config->fill)
		lane->bytes = lane->config->fill(run->setup->device, buffer, raw);
	ret = flow_queue(lane, buffer);
	if (ret < 0 || lane->is_watched)
		return ret;
	/* Before its first buffer, poll() takes a node for broken. */
	lane->is_watched = true;
	return loop_add(run->setup->loop, lane->video->fd,
			lane->video->output ? EPOLLOUT : EPOLLIN, flow_lane_is_ready, lane);
}

static int begin_job(void *context, const struct frame *raw)
{
	struct run *run = context;
	const struct capture_setup *setup = run->setup;
	int ret;

	ret = setup->engine.process(setup->device, raw);
	if (ret < 0)
		run_fail(run, status_from_error(STAGE_CAPTURE, ret));
	return ret;
}

/*
 * Processors hand the time of their input on to what they make of it. Memory may be larger than a
 * frame, which is all that an input takes.
 */
static int queue_input(void *context, struct buffer *buffer)
{
	const struct run *run = context;
	const struct frame *raw = &run->processor.receiver->frames[buffer->number];

	return video_queue(run->processor.input, buffer, raw->bytesused, raw->timestamp_ns);
}

/* ---- begin and end ---- */

static struct lane *find_receiver(struct run *run)
{
	for (unsigned i = 0; i < run->num_lanes; i++)
		if (run->lanes[i].config->place == CAPTURE_RECEIVER)
			return &run->lanes[i];
	return NULL;
}

static int export_buffers(struct lane *receiver)
{
	int ret = 0;

	for (unsigned i = 0; i < receiver->pool->count && ret == 0; i++) {
		struct buffer *buffer = &receiver->pool->buffers[i];

		if (buffer->memory == BUFFER_DEVICE)
			ret = video_export_buffer(receiver->video, buffer);
	}
	return ret;
}

int processor_open(struct run *run)
{
	const struct capture_setup *setup = run->setup;
	const struct relay_device device = {
		.begin = setup->engine.process ? begin_job : NULL,
		.spare = spare,
		.queue = queue_output,
		.context = run,
		.along = outputs_along(run),
	};
	unsigned max_jobs = setup->engine.max_jobs ? setup->engine.max_jobs : RELAY_MAX_JOBS;
	struct processor *processor = &run->processor;
	unsigned slots;
	int ret;

	if (!setup->engine.processor_input)
		return 0;
	processor->input = setup->engine.processor_input(setup->device);
	processor->receiver = find_receiver(run);
	if (!processor->input || !processor->receiver) {
		processor->input = NULL;
		return 0;
	}
	stream_init(&processor->stream, "input", STREAM_IMPORT_ONLY,
		    &(struct stream_device){ queue_input, run });
	relay_init(&processor->relay, &processor->stream, max_jobs, &device);
	ret = export_buffers(processor->receiver);
	slots = processor->receiver->pool->count;
	if (ret == 0)
		ret = video_request_buffers(processor->input, V4L2_MEMORY_DMABUF, &slots);
	if (ret < 0) {
		log_error(run->log,
			  ret == -ENODEV ? "device-gone" :
			  ret == -ENOMEM ? "no-memory" :
					   "start-refused",
			  "%s: taking the buffers of %s in: %s", processor->input->name,
			  processor->receiver->video->name, strerror(-ret));
		run_fail(run, status_from_error(STAGE_CONFIGURE, ret));
	}
	return ret;
}

static int input_failed(struct run *run, int error)
{
	const struct video *input = run->processor.input;

	error = video_true_error(input->fd, error);
	if (error == -ENODEV)
		run_say_gone(run, input);
	else
		log_error(run->log, error == -EPROTO ? "device-lies" : "dequeue-failed",
			  "%s: taking back what was processed: %s", input->name,
			  error == -EPROTO ? "a buffer that it did not have" :
					     strerror(-error));
	run_fail(run, status_from_error(STAGE_CAPTURE, error));
	return run_loop_value(run);
}

static int input_is_ready(void *context, uint32_t events)
{
	struct run *run = context;
	struct processor *processor = &run->processor;
	struct video_done done;
	int ret;

	ret = video_dequeue(processor->input, &done);
	if (ret == -EAGAIN && !(events & (EPOLLERR | EPOLLHUP)))
		return 0;
	if (ret == 0)
		ret = relay_input_came(&processor->relay, done.buffer);
	if (ret < 0)
		return input_failed(run, ret == -EAGAIN ? -EIO : ret);
	processor_go_on(run);
	return run_loop_value(run);
}

int processor_start(struct run *run)
{
	struct processor *processor = &run->processor;
	int ret;

	ret = stream_start(&processor->stream);
	if (ret == 0)
		ret = video_start(processor->input);
	if (ret == 0)
		ret = loop_add(run->setup->loop, processor->input->fd, EPOLLOUT,
			       input_is_ready, run);
	if (ret < 0) {
		log_error(run->log, ret == -ENODEV ? "device-gone" : "start-refused",
			  "%s does not start: %s", processor->input->name, strerror(-ret));
		run_fail(run, status_from_error(STAGE_CONFIGURE, ret));
	}
	return ret;
}

void processor_stop(struct run *run)
{
	struct processor *processor = &run->processor;
	uint64_t since_ns = sys_monotonic_ns();

	loop_remove(run->setup->loop, processor->input->fd);
	video_stop(processor->input);
	run_has_stopped(run, processor->input, since_ns);
	stream_stop(&processor->stream, NULL, NULL);
	relay_cancel(&processor->relay);
	for (unsigned i = 0; i < run->num_lanes; i++)
		run->lanes[i].account.unprocessed = processor->relay.unprocessed[i];
}

void processor_close(struct run *run)
{
	struct video *input = run->processor.input;
	unsigned none = 0;

	if (input && input->num_slots)
		video_request_buffers(input, input->memory, &none);
}

/* ---- frames ---- */

/* What a frame is to become now; 0: nothing, and the processor is left alone. */
static uint32_t wanted_outputs(const struct run *run)
{
	uint32_t wanted = 0;

	for (unsigned i = 0; i < run->num_lanes; i++) {
		const struct lane *lane = &run->lanes[i];

		if (lane->config->place != CAPTURE_PROCESSOR)
			continue;
		if (lane->config->is_needed ||
		    (!lane->config->is_internal && !run_lane_is_full(run, lane)))
			wanted |= lane_bit(run, lane);
	}
	return wanted;
}

bool processor_needs(const struct run *run, const struct lane *lane)
{
	if (lane == run->processor.receiver || lane->config->is_in_each_job)
		return wanted_outputs(run);
	return lane->config->is_needed;
}

bool processor_owes(const struct run *run, const struct lane *lane)
{
	const struct relay *relay = &run->processor.relay;

	for (unsigned i = 0; i < run->num_lanes; i++) {
		const struct lane *other = &run->lanes[i];

		if (!other->config->is_internal && !run_lane_is_full(run, other) &&
		    relay_is_owed(relay, i))
			return other == lane;
	}
	return relay_is_owed(relay, (unsigned)(lane - run->lanes));
}

bool processor_keeps(struct run *run, const struct lane *lane)
{
	const struct capture_stream *config = lane->config;

	if (!config->is_in_each_job || lane->idle.count)
		return false;
	if (!config->is_internal && !run_lane_is_full(run, lane))
		run->processor.relay.unprocessed[lane - run->lanes]++;
	return true;
}

/* What the relay could not do was said where it failed, but for the input. */
static void relay_failed(struct run *run, int error)
{
	const struct video *input = run->processor.input;

	if (error == 0 || run->ending != RUN_GOES_ON)
		return;
	error = video_true_error(input->fd, error);
	if (error == -ENODEV)
		run_say_gone(run, input);
	else
		log_error(run->log, "queue-refused", "%s: queueing a frame of %s: %s",
			  input->name, run->processor.receiver->video->name,
			  strerror(-error));
	run_fail(run, status_from_error(STAGE_CAPTURE, error));
}

int processor_take(struct run *run, struct frame *raw)
{
	uint32_t wanted = wanted_outputs(run);

	if (wanted)
		relay_failed(run, relay_offer(&run->processor.relay, raw, wanted));
	return run_loop_value(run);
}

void processor_go_on(struct run *run)
{
	if (run->processor.input && run->ending == RUN_GOES_ON)
		relay_failed(run, relay_start(&run->processor.relay));
}

void processor_has_spare(struct run *run, struct lane *lane, struct buffer *buffer)
{
	queue_push(&lane->idle, buffer);
	/* Only a frame that waits can be waiting for it. */
	if (run->processor.relay.num_waiting)
		processor_go_on(run);
}

int processor_frame_came(struct run *run, struct lane *lane, struct frame *frame)
{
	if (lane->config->place != CAPTURE_PROCESSOR)
		return 0;
	return relay_output_came(&run->processor.relay, (unsigned)(lane - run->lanes), frame);
}
