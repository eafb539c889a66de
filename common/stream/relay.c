// SPDX-License-Identifier: GPL-2.0-or-later
/* The way of RAW through a processor, without a copy. */
#include "common/stream/relay.h"

#include <errno.h>
#include <linux/videodev2.h>
#include <stddef.h>

#include "common/stream/frame.h"
#include "common/stream/stream.h"

/* Flags that tell by which clock a timestamp is, and of which end of the exposure. */
#define CLOCK_FLAGS (V4L2_BUF_FLAG_TIMESTAMP_MASK | V4L2_BUF_FLAG_TSTAMP_SRC_MASK)

void relay_init(struct relay *relay, struct stream *input, unsigned max_jobs,
		const struct relay_device *device)
{
	*relay = (struct relay){
		.device = *device,
		.input = input,
		.max_jobs = max_jobs < RELAY_MAX_JOBS ? max_jobs : RELAY_MAX_JOBS,
	};
}

static struct relay_job *job_at(struct relay *relay, unsigned place)
{
	return &relay->jobs[(relay->first_job + place) % RELAY_MAX_JOBS];
}

/* A job is over when everything that it took is back. Those behind it may be so already. */
static void end_jobs(struct relay *relay)
{
	while (relay->num_jobs && !job_at(relay, 0)->raw && !job_at(relay, 0)->pending) {
		relay->first_job = (relay->first_job + 1) % RELAY_MAX_JOBS;
		relay->num_jobs--;
	}
}

static struct relay_waiting *oldest_waiting(struct relay *relay)
{
	return &relay->waiting[relay->first_waiting];
}

static struct frame *take_waiting(struct relay *relay)
{
	struct frame *raw = oldest_waiting(relay)->raw;

	relay->first_waiting = (relay->first_waiting + 1) % RELAY_MAX_WAITING;
	relay->num_waiting--;
	return raw;
}

static void count_unprocessed(struct relay *relay, uint32_t outputs)
{
	for (unsigned i = 0; i < RELAY_MAX_OUTPUTS; i++)
		if (outputs & UINT32_C(1) << i)
			relay->unprocessed[i]++;
}

/* Nothing is made of the oldest one. */
static void let_go_oldest(struct relay *relay)
{
	count_unprocessed(relay, oldest_waiting(relay)->wanted);
	frame_release(take_waiting(relay));
}

/* Outputs first: the processor pairs what heads its queues when the input comes. */
static int start_job(struct relay *relay, uint32_t outputs)
{
	struct relay_job *job = job_at(relay, relay->num_jobs);
	uint32_t left_out = oldest_waiting(relay)->wanted & ~outputs;
	struct frame *raw = take_waiting(relay);
	int ret = 0;

	*job = (struct relay_job){
		.raw = raw,
		.sequence = raw->sequence,
		.timestamp_ns = raw->timestamp_ns,
		.clock = raw->flags & CLOCK_FLAGS,
		.memory = raw->buffer->planes[0].identity.inode,
		.outputs = outputs,
	};
	relay->num_jobs++;
	if (left_out)
		count_unprocessed(relay, left_out);
	if (relay->device.begin)
		ret = relay->device.begin(relay->device.context, raw);
	for (unsigned i = 0; i < RELAY_MAX_OUTPUTS && ret == 0; i++) {
		if (!(outputs & UINT32_C(1) << i))
			continue;
		ret = relay->device.queue(relay->device.context, i, raw);
		if (ret == 0)
			job->pending |= UINT32_C(1) << i;
	}
	if (ret == 0)
		ret = stream_queue(relay->input, raw->buffer);
	return ret;
}

/* 1 if the oldest frame that waits is dealt with, 0 if it has to wait on, or -errno. */
static int deal_with_oldest(struct relay *relay)
{
	uint32_t spare = relay->device.spare(relay->device.context);
	uint32_t wanted = oldest_waiting(relay)->wanted & spare;
	uint32_t outputs = wanted | (relay->device.along & spare);
	int ret;

	/* With nothing under way, sinks have all buffers: nobody knows for how long. */
	if (!wanted && !relay->num_jobs) {
		let_go_oldest(relay);
		return 1;
	}
	if (!wanted || (relay->num_jobs && outputs != job_at(relay, 0)->outputs))
		return 0;
	ret = start_job(relay, outputs);
	return ret < 0 ? ret : 1;
}

int relay_start(struct relay *relay)
{
	int ret = 1;

	/* Letting go of a frame may bring the caller here again. */
	if (relay->starting || relay->error)
		return relay->error;
	relay->starting = true;
	while (ret > 0 && relay->num_waiting && relay->num_jobs < relay->max_jobs)
		ret = deal_with_oldest(relay);
	relay->starting = false;
	if (ret < 0)
		relay->error = ret;
	return relay->error;
}

int relay_offer(struct relay *relay, struct frame *raw, uint32_t wanted)
{
	unsigned place;
	int ret;

	if (relay->num_waiting == RELAY_MAX_WAITING)
		return -ENOBUFS;
	place = (relay->first_waiting + relay->num_waiting++) % RELAY_MAX_WAITING;
	relay->waiting[place] = (struct relay_waiting){ raw, wanted };
	frame_hold(raw);
	ret = relay_start(relay);
	if (ret < 0 || !relay->num_waiting || raw->stream->queued >= RELAY_RECEIVER)
		return ret;
	let_go_oldest(relay);
	/* What stood behind it may be for other outputs. */
	return relay_start(relay);
}

int relay_output_came(struct relay *relay, unsigned output, struct frame *frame)
{
	uint32_t bit = UINT32_C(1) << output;

	for (unsigned i = 0; i < relay->num_jobs; i++) {
		struct relay_job *job = job_at(relay, i);

		if (!(job->pending & bit))
			continue;
		job->pending &= ~bit;
		frame->sequence = job->sequence;
		frame->timestamp_ns = job->timestamp_ns;
		frame->made_of = job->memory;
		frame->flags = (frame->flags & ~(uint32_t)CLOCK_FLAGS) | job->clock;
		end_jobs(relay);
		return 0;
	}
	return -EPROTO;
}

int relay_input_came(struct relay *relay, struct buffer *buffer)
{
	if (!stream_completed(relay->input, buffer))
		return -EPROTO;
	for (unsigned i = 0; i < relay->num_jobs; i++) {
		struct relay_job *job = job_at(relay, i);
		struct frame *raw = job->raw;

		if (!raw || raw->buffer != buffer)
			continue;
		job->raw = NULL;
		end_jobs(relay);
		frame_release(raw);
		return 0;
	}
	return -EPROTO;
}

bool relay_is_owed(const struct relay *relay, unsigned output)
{
	uint32_t pending = 0;

	for (unsigned i = 0; i < relay->num_jobs; i++)
		pending |= relay->jobs[(relay->first_job + i) % RELAY_MAX_JOBS].pending;
	return pending & UINT32_C(1) << output;
}

void relay_cancel(struct relay *relay)
{
	/* Whoever is told of a frame may call relay_start(). */
	relay->starting = true;
	while (relay->num_waiting)
		frame_release(take_waiting(relay));
	for (unsigned i = 0; i < relay->num_jobs; i++) {
		struct frame *raw = job_at(relay, i)->raw;

		job_at(relay, i)->raw = NULL;
		if (raw)
			frame_release(raw);
	}
	relay->num_jobs = 0;
	relay->starting = false;
	relay->error = 0;
}
