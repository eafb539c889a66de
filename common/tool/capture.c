// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The run: frames from configured nodes to sinks and the report, until all that was
 * asked for is there.
 */
#include "common/tool/capture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/status.h"
#include "common/base/sys.h"
#include "common/base/text.h"
#include "common/device/media.h"
#include "common/device/video.h"
#include "common/sink/file.h"
#include "common/stream/pool.h"
#include "common/stream/request.h"
#include "common/tool/camera.h"
#include "common/tool/explain.h"
#include "common/tool/lane.h"
#include "common/tool/loop.h"
#include "common/tool/report.h"

/* What makes loop_run() return; errors are negative. */
#define LOOP_END 1

#define SECOND_NS 1000000000ULL

enum ending {
	RUNNING,
	ENDED_BY_COUNT,
	ENDED_BY_TIME,
	ENDED_BY_SIGNAL,
	ENDED_BY_FAILURE,
};

struct run {
	const struct capture_setup *setup;
	struct log *log;
	const struct options *options;
	struct report *report;
	unsigned num_lanes;
	struct lane lanes[OPTION_MAX_STREAMS];
	unsigned num_requests;
	struct request requests[STREAM_MAX_BUFFERS];
	unsigned held[STREAM_MAX_BUFFERS]; /* frames of each request that somebody still has */
	struct request_queue queue;
	enum ending ending;
	int status; /* of the first failure; STATUS_OK until then */
	int signal; /* the first that came */
	unsigned num_signals;
	bool cut_short; /* frames that were delivered never got into their file */
	bool ready;     /* the first good frame was there */
	bool draining;
};

/* The first failure decides the status; what comes after it is only said. */
static void fail(struct run *run, int status)
{
	if (run->status == STATUS_OK)
		run->status = status;
	if (run->ending == RUNNING)
		run->ending = ENDED_BY_FAILURE;
}

static int end_value(const struct run *run)
{
	return run->ending == RUNNING ? 0 : LOOP_END;
}

static bool all_delivered(const struct run *run)
{
	if (run->options->count == 0)
		return false;
	for (unsigned i = 0; i < run->num_lanes; i++)
		if (run->lanes[i].account.captured < run->options->count)
			return false;
	return true;
}

static bool lane_is_full(const struct run *run, const struct lane *lane)
{
	return run->options->count && lane->account.captured >= run->options->count;
}

/* One line to --ready-fd: scripts wait for it. */
static void say_ready(struct run *run, const struct frame *frame)
{
	static const char line[] = "ready\n";
	int fd = run->options->ready_fd;

	run->ready = true;
	if (report_ready(run->report, frame) < 0)
		fail(run, STATUS_OUTPUT);
	if (fd < 0)
		return;
	if (sys_write_all(fd, line, sizeof(line) - 1) < 0) {
		log_error(run->log, "ready-failed", "--ready-fd: %s", strerror(errno));
		fail(run, STATUS_OUTPUT);
	}
	close(fd);
}

/* A frame has come to its end in a sink. */
static void sink_is_done(void *context, struct frame *frame, const char *name, int error)
{
	struct lane *lane = context;
	struct run *run = lane->owner;

	if (error == SINK_DROPPED) {
		account_overflow(&lane->account, frame);
	} else if (error == 0) {
		lane->account.written++;
		if (report_frame(run->report, frame, name) < 0)
			fail(run, STATUS_OUTPUT);
	} else if (error == -ECANCELED) {
		run->cut_short = true;
	} else {
		fail(run, STATUS_OUTPUT);
	}
}

static void deliver(struct run *run, struct frame *frame)
{
	struct lane *lane = frame->released_context;

	if (!run->ready)
		say_ready(run, frame);
	if (lane->sink)
		sink_write(lane->sink, frame);
	else if (report_frame(run->report, frame, NULL) < 0)
		fail(run, STATUS_OUTPUT);
}

static void queue_request(struct run *run, struct request *request)
{
	int ret;

	ret = request_queue_add(&run->queue, request);
	if (ret == 0 || ret == -ECANCELED)
		return;
	log_error(run->log, ret == -ENODEV ? "device-gone" : "queue-refused",
		  "%s: queueing a buffer: %s", run->lanes[0].video->name, strerror(-ret));
	fail(run, status_from_error(STAGE_CAPTURE, ret));
}

/*
 * The last holder of a frame has let go: the request that brought its buffer may go
 * round again.
 */
static void frame_is_free(void *context, struct frame *frame)
{
	struct lane *lane = context;
	struct run *run = lane->owner;
	unsigned number = frame->buffer->number;

	stream_return(&lane->stream, frame->buffer);
	if (run->held[number] && --run->held[number] == 0 && run->ending == RUNNING)
		queue_request(run, &run->requests[number]);
}

/*
 * All slots are settled: hand on what came. Without any frame the request goes round at
 * once.
 */
static void request_is_complete(void *context, struct request *request)
{
	struct run *run = context;
	struct frame *frames[REQUEST_MAX_SLOTS];
	unsigned count = 0;

	for (unsigned i = 0; i < request->num_slots; i++)
		if (request->slots[i].frame)
			frames[count++] = request->slots[i].frame;
	run->held[request->number] = count;
	for (unsigned i = 0; i < count; i++) {
		if (run->ending == RUNNING)
			deliver(run, frames[i]);
		frame_release(frames[i]);
	}
	if (count == 0 && run->ending == RUNNING)
		queue_request(run, request);
}

static int lane_failed(struct lane *lane, int error, uint32_t events)
{
	struct run *run = lane->owner;

	/*
	 * After an unplug the driver may answer anything at all; the hang-up is what
	 * counts.
	 */
	if (events & EPOLLHUP)
		error = -ENODEV;
	else if (error == -EAGAIN && events & EPOLLERR)
		error = -EIO;
	if (error == -EAGAIN)
		return 0;
	switch (error) {
	case -ENODEV:
		log_error(run->log, "device-gone", "%s (%s) went away", lane->video->name,
			  lane->video->node);
		break;
	case -EPROTO:
		log_error(run->log, "device-lies",
			  "%s: the driver returned a buffer it did not have",
			  lane->video->name);
		break;
	case -EIO:
		log_error(run->log, "queue-broken",
			  "%s: the driver reports a fatal error of its queue",
			  lane->video->name);
		break;
	default:
		log_error(run->log, "dequeue-failed", "%s: taking a frame: %s",
			  lane->video->name, strerror(-error));
	}
	fail(run, status_from_error(STAGE_CAPTURE, error));
	return LOOP_END;
}

static uint64_t patience_ns(const struct run *run, const struct lane *lane)
{
	const struct text_fraction *rate = &lane->config->rate;
	uint64_t five_frames_ns;

	if (!lane->seen_ns)
		return run->options->first_frame_ns;
	if (run->options->between_frames_ns)
		return run->options->between_frames_ns;
	if (!rate->numerator)
		return SECOND_NS;
	five_frames_ns = 5 * SECOND_NS * rate->denominator / rate->numerator;
	return five_frames_ns > SECOND_NS ? five_frames_ns : SECOND_NS;
}

static int is_idle(void *context);

/* The loop waits as long as the least patient stream does. */
static void set_patience(struct run *run)
{
	uint64_t least_ns = UINT64_MAX;

	for (unsigned i = 0; i < run->num_lanes; i++) {
		uint64_t lane_ns = patience_ns(run, &run->lanes[i]);

		least_ns = lane_ns < least_ns ? lane_ns : least_ns;
	}
	loop_set_patience(run->setup->loop, least_ns, is_idle, run);
}

static int gave_up(struct run *run, const struct lane *lane)
{
	char limit[32];

	text_print_duration(patience_ns(run, lane), limit, sizeof(limit));
	log_error(run->log, "no-frame", "%s (%s): %s %s", lane->video->name,
		  lane->video->node,
		  lane->seen_ns ? "no further frame within" : "no frame within", limit);
	fail(run, STATUS_NO_FRAME);
	return LOOP_END;
}

/*
 * Nothing happened for long. A stream whose buffers are all with a slow writer is not
 * to blame.
 */
static int is_idle(void *context)
{
	struct run *run = context;

	for (unsigned i = 0; i < run->num_lanes; i++)
		if (run->lanes[i].stream.queued && !lane_is_full(run, &run->lanes[i]))
			return gave_up(run, &run->lanes[i]);
	return 0;
}

/*
 * With several streams one may stall while others go on; their timestamps tell the time
 * for free.
 */
static int check_others(struct run *run, const struct lane *lane)
{
	for (unsigned i = 0; i < run->num_lanes; i++) {
		const struct lane *other = &run->lanes[i];

		if (other == lane || !other->seen_ns || !other->stream.queued ||
		    lane_is_full(run, other))
			continue;
		if (lane->seen_ns > other->seen_ns + patience_ns(run, other))
			return gave_up(run, other);
	}
	return 0;
}

static void hand_on(struct run *run, struct lane *lane, struct frame *frame)
{
	if (!lane_is_full(run, lane) &&
	    account_frame(&lane->account, frame) == ACCOUNT_DELIVER) {
		if (!request_queue_deliver(&run->queue, frame))
			frame_release(frame);
		return;
	}
	/* Not a picture, or not wanted: its request is complete without it. */
	frame_release(frame);
	request_queue_skip(&run->queue, &lane->stream);
}

static int lane_is_ready(void *context, uint32_t events)
{
	struct lane *lane = context;
	struct run *run = lane->owner;
	bool first = !lane->seen_ns;
	struct frame *frame;
	int ret;

	ret = lane_take(lane, &frame);
	if (ret < 0)
		return lane_failed(lane, ret, events);
	hand_on(run, lane, frame);
	if (first)
		set_patience(run);
	if (run->num_lanes > 1 && check_others(run, lane))
		return LOOP_END;
	if (run->ending == RUNNING && all_delivered(run))
		run->ending = ENDED_BY_COUNT;
	return end_value(run);
}

/* True when every sink has nothing more to do. */
static bool sinks_are_finished(struct run *run)
{
	bool finished = true;

	for (unsigned i = 0; i < run->num_lanes; i++) {
		int ret = run->lanes[i].sink ? sink_finish(run->lanes[i].sink) : 0;

		if (ret == -EINPROGRESS)
			finished = false;
		else if (ret < 0)
			fail(run, STATUS_OUTPUT);
	}
	return finished;
}

static int sink_is_ready(void *context, uint32_t events)
{
	struct lane *lane = context;
	struct run *run = lane->owner;

	sink_dispatch(lane->sink);
	if (run->draining)
		return sinks_are_finished(run) ? LOOP_END : 0;
	return end_value(run);
}

static int time_is_up(void *context)
{
	struct run *run = context;

	run->ending = ENDED_BY_TIME;
	return LOOP_END;
}

/* The first signal ends the run in good order, the second one at once. */
static int signal_came(void *context, int number)
{
	struct run *run = context;

	if (run->num_signals++ == 0)
		run->signal = number;
	if (run->ending == RUNNING)
		run->ending = ENDED_BY_SIGNAL;
	return run->draining && run->num_signals < 2 ? 0 : LOOP_END;
}

static int open_sinks(struct run *run)
{
	int ret;

	for (unsigned i = 0; i < run->num_lanes; i++) {
		struct lane *lane = &run->lanes[i];

		ret = lane_open_sink(lane, run->setup, sink_is_done);
		if (ret < 0) {
			fail(run, file_status(ret));
			return ret;
		}
		for (unsigned j = 0; lane->sink && j < i; j++) {
			if (!run->lanes[j].sink ||
			    !file_sinks_meet(lane->sink, run->lanes[j].sink))
				continue;
			log_error(run->log, "same-file", "%s and %s would both write to '%s'",
				  run->lanes[j].stream.name, lane->stream.name,
				  lane->pattern);
			fail(run, STATUS_USAGE);
			return -EINVAL;
		}
	}
	return 0;
}

static int allocate(struct run *run)
{
	int ret;

	run->num_requests = STREAM_MAX_BUFFERS;
	for (unsigned i = 0; i < run->num_lanes; i++) {
		struct lane *lane = &run->lanes[i];

		ret = lane_allocate(lane, run->setup, frame_is_free);
		if (ret < 0) {
			fail(run, status_from_error(STAGE_CONFIGURE, ret));
			return ret;
		}
		if (lane->pool->count < run->num_requests)
			run->num_requests = lane->pool->count;
	}
	/* Request n brings buffer n of each stream. */
	request_queue_init(&run->queue, request_is_complete, run);
	for (unsigned n = 0; n < run->num_requests; n++) {
		request_init(&run->requests[n], n);
		for (unsigned i = 0; i < run->num_lanes; i++)
			request_add(&run->requests[n], &run->lanes[i].stream,
				    &run->lanes[i].pool->buffers[n]);
	}
	return 0;
}

static int announce(struct run *run)
{
	const struct camera *camera = run->setup->camera;
	struct report_stream streams[OPTION_MAX_STREAMS];
	struct report_start start = {
		.camera = camera->id,
		.model = camera->model,
		.driver = run->setup->media ? run->setup->media->info.driver : "",
		.bus = camera->bus,
		.streams = streams,
		.num_streams = run->num_lanes,
	};
	int ret;

	for (unsigned i = 0; i < run->num_lanes; i++) {
		const struct lane *lane = &run->lanes[i];

		streams[i] = (struct report_stream){
			.stream = &lane->stream,
			.node = lane->video->node,
			.format = &lane->video->format,
			.rate = lane->config->rate,
			.memory = lane->pool->memory,
			.num_buffers = lane->pool->count,
			.file = lane->pattern,
			.io = lane->pattern ? "buffered" : NULL,
		};
	}
	ret = report_start(run->report, &start);
	if (ret < 0)
		fail(run, STATUS_OUTPUT);
	return ret;
}

static int watch(struct run *run)
{
	struct loop *loop = run->setup->loop;
	int ret;

	for (unsigned i = 0; i < run->num_lanes; i++) {
		struct lane *lane = &run->lanes[i];

		ret = loop_add(loop, lane->video->fd, EPOLLIN, lane_is_ready, lane);
		if (ret == 0 && lane->sink && lane->sink->fd >= 0)
			ret = loop_add(loop, lane->sink->fd, EPOLLIN, sink_is_ready, lane);
		if (ret < 0)
			return ret;
	}
	if (run->options->time_ns)
		return loop_after(loop, run->options->time_ns, time_is_up, run);
	return 0;
}

static void unwatch(struct run *run)
{
	for (unsigned i = 0; i < run->num_lanes; i++)
		loop_remove(run->setup->loop, run->lanes[i].video->fd);
	loop_set_patience(run->setup->loop, 0, NULL, NULL);
}

/* Buffers first, then STREAMON: no frame finds the driver without one. */
static int start(struct run *run)
{
	int ret;

	for (unsigned i = 0; i < run->num_lanes; i++)
		stream_start(&run->lanes[i].stream);
	for (unsigned n = 0; n < run->num_requests && run->ending == RUNNING; n++)
		queue_request(run, &run->requests[n]);
	if (run->ending != RUNNING)
		return -EIO;
	for (unsigned i = 0; i < run->num_lanes; i++) {
		struct video *video = run->lanes[i].video;
		const struct media_entity *entity;

		ret = video_start(video);
		if (ret == 0)
			continue;
		entity = run->setup->media ? media_find(run->setup->media, video->name) :
					     NULL;
		if (entity)
			explain_start(run->log, run->setup->media, entity, ret);
		else
			log_error(run->log, "start-refused", "%s does not start: %s",
				  video->name, strerror(-ret));
		fail(run, status_from_error(STAGE_CONFIGURE, ret));
		return ret;
	}
	return 0;
}

static void stop(struct run *run)
{
	if (run->ending == RUNNING)
		run->ending = ENDED_BY_FAILURE;
	for (unsigned i = 0; i < run->num_lanes; i++)
		lane_stop(&run->lanes[i]);
	request_queue_cancel(&run->queue);
}

/* Writers finish what they have; a second signal cuts that short. */
static void drain(struct run *run)
{
	run->draining = true;
	while (!sinks_are_finished(run))
		if (run->num_signals > 1 || loop_run(run->setup->loop) < 0)
			break;
	for (unsigned i = 0; i < run->num_lanes; i++)
		if (run->lanes[i].sink)
			sink_cancel(run->lanes[i].sink);
}

static int run_streams(struct run *run)
{
	int ret;

	ret = watch(run);
	if (ret == 0)
		ret = start(run);
	if (ret == 0) {
		set_patience(run);
		ret = loop_run(run->setup->loop);
	}
	if (ret < 0)
		fail(run, status_from_error(STAGE_CAPTURE, ret));
	unwatch(run);
	stop(run);
	drain(run);
	return ret;
}

static uint64_t lost_frames(const struct run *run)
{
	uint64_t lost = 0;

	for (unsigned i = 0; i < run->num_lanes; i++)
		lost += account_lost(&run->lanes[i].account);
	return lost;
}

static bool nothing_came(const struct run *run)
{
	for (unsigned i = 0; i < run->num_lanes; i++)
		if (run->lanes[i].account.captured)
			return false;
	return true;
}

static int final_status(const struct run *run)
{
	bool endless = run->options->count == 0 && run->options->time_ns == 0;

	if (run->status != STATUS_OK)
		return run->status;
	if (run->cut_short || (run->ending == ENDED_BY_SIGNAL && !endless))
		return STATUS_SIGNAL + run->signal;
	if (run->ending == ENDED_BY_TIME && nothing_came(run)) {
		log_error(run->log, "no-frame", "no frame came before the time was up");
		return STATUS_NO_FRAME;
	}
	if (run->options->max_lost_given && lost_frames(run) > run->options->max_lost) {
		log_error(run->log, "too-many-lost",
			  "%llu frames were lost, more than --max-lost=%llu",
			  (unsigned long long)lost_frames(run),
			  (unsigned long long)run->options->max_lost);
		return STATUS_LOST;
	}
	return STATUS_OK;
}

static int end_report(struct run *run, int status)
{
	const struct account *accounts[OPTION_MAX_STREAMS];

	for (unsigned i = 0; i < run->num_lanes; i++)
		accounts[i] = &run->lanes[i].account;
	if (report_end(run->report, accounts, run->num_lanes, status) < 0 &&
	    status == STATUS_OK)
		return STATUS_OUTPUT;
	return status;
}

int capture_run(const struct capture_setup *setup)
{
	struct run run = {
		.setup = setup,
		.log = setup->log,
		.options = setup->options,
		.report = setup->report,
		.num_lanes = setup->num_streams,
	};
	int status;

	for (unsigned i = 0; i < run.num_lanes; i++) {
		lane_init(&run.lanes[i], setup->log, &setup->streams[i], setup->options);
		run.lanes[i].owner = &run;
	}
	if (loop_catch_signals(setup->loop, signal_came, &run) < 0)
		fail(&run, STATUS_FAILED);
	if (run.status == STATUS_OK && open_sinks(&run) == 0 && allocate(&run) == 0 &&
	    announce(&run) == 0)
		run_streams(&run);
	for (unsigned i = 0; i < run.num_lanes; i++)
		lane_finish(&run.lanes[i]);
	status = final_status(&run);
	return end_report(&run, status);
}
