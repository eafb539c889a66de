// SPDX-License-Identifier: GPL-2.0-or-later
/* The way of a frame in a run: driver, account, request, sink, and back to the driver. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/status.h"
#include "common/base/sys.h"
#include "common/device/control_watch.h"
#include "common/device/video.h"
#include "common/stream/pool.h"
#include "common/tool/report.h"
#include "common/tool/run.h"

/* Room in a pipe that nobody reads is waited for only so long. */
#define READY_MS 1000

/* One line to --ready-fd: scripts wait for it. */
static void say_ready(struct run *run, const struct frame *frame)
{
	static const char line[] = "ready\n";
	int fd = run->options->ready_fd;
	int ret;

	run->ready = true;
	if (report_ready(run->report, frame) < 0)
		run_fail(run, STATUS_OUTPUT);
	if (fd < 0)
		return;
	ret = sys_wait_writable(fd, READY_MS);
	if (ret == 0)
		ret = sys_write_all(fd, line, sizeof(line) - 1);
	if (ret < 0) {
		log_error(run->log, "ready-failed", "--ready-fd=%d: %s", fd, strerror(-ret));
		run_fail(run, STATUS_OUTPUT);
	}
	/* Readers see the end of the file. */
	close(fd);
}

/* The frame has got where it was to go. */
static void tell(struct run *run, struct frame *frame, const char *name)
{
	if (report_frame(run->report, frame, name) < 0)
		run_fail(run, STATUS_OUTPUT);
}

/* A frame has come to its end in a sink. */
void flow_sink_is_done(void *context, struct frame *frame, const char *name, int error)
{
	struct lane *lane = context;
	struct run *run = lane->owner;

	if (error == SINK_DROPPED) {
		account_overflow(&lane->account, frame);
		limits_dropped_frame(run, lane);
	} else if (error == SINK_PASSED) {
		lane->account.passed++;
	} else if (error == SINK_KEPT) {
		/* A ring has it, and comes here again when it knows more. */
	} else if (error == 0) {
		run->stuck_since_ns = lane->stuck_since_ns = 0;
		lane->account.written += name != NULL;
		tell(run, frame, name);
	} else if (error == -ECANCELED) {
		run->cut_short = true;
	} else {
		run_fail(run, STATUS_OUTPUT);
	}
}

static void deliver(struct run *run, struct frame *frame)
{
	struct lane *lane = frame->released_context;

	if (lane->config->is_internal)
		return;
	if (!run->ready && !frame->damaged)
		say_ready(run, frame);
	/* Here, in the order of the sequence, and not when a slow writer is through with it. */
	account_deliver(&lane->account, frame);
	if (lane->sink)
		sink_write(lane->sink, frame);
	else
		tell(run, frame, NULL);
}

static int queue_request(struct run *run, struct lane *lane, struct request *request)
{
	int ret;

	ret = request_queue_add(&lane->queue, request);
	if (ret == 0 || ret == -ECANCELED)
		return ret;
	ret = run_true_error(lane, ret);
	if (ret == -ENODEV)
		run_say_gone(run, lane->video);
	else
		log_error(run->log, "queue-refused", "%s: queueing a buffer: %s",
			  lane->video->name, strerror(-ret));
	run_fail(run, status_from_error(STAGE_CAPTURE, ret));
	return ret;
}

int flow_queue(struct lane *lane, struct buffer *buffer)
{
	return queue_request(lane->owner, lane, &lane->requests[buffer->number]);
}

/* It has all that was asked for; unless the processor needs more, its driver gets no buffers. */
static bool lane_is_over(struct run *run, struct lane *lane)
{
	if (processor_needs(run, lane))
		return false;
	lane_count_underruns(lane);
	return true;
}

/* A processor takes its buffers when there is a frame for them, other drivers at once. */
static void go_round(struct run *run, struct lane *lane, struct request *request)
{
	if (run->ending != RUN_GOES_ON ||
	    (run_lane_is_full(run, lane) && lane_is_over(run, lane)))
		return;
	if (lane->config->place == CAPTURE_PROCESSOR)
		processor_has_spare(run, lane, request->slots[0].buffer);
	else
		queue_request(run, lane, request);
}

/* The last holder of a frame has let go: its request may go round again. */
void flow_frame_is_free(void *context, struct frame *frame)
{
	struct lane *lane = context;
	struct request *request = &lane->requests[frame->buffer->number];

	stream_return(&lane->stream, frame->buffer);
	/* One that is being settled goes round when it is complete. */
	if (!request->queued)
		go_round(lane->owner, lane, request);
}

/* Hands on what came. Without a frame the request goes round at once. */
static void request_is_complete(void *context, struct request *request)
{
	struct lane *lane = context;
	struct run *run = lane->owner;
	struct frame *frame = request->slots[0].frame;

	if (frame) {
		/* Also when the run has ended meanwhile: what was captured is not lost. */
		deliver(run, frame);
		frame_release(frame);
	} else if (!lane->frames[request->number].holders) {
		go_round(run, lane, request);
	}
}

void flow_init(struct lane *lane)
{
	request_queue_init(&lane->queue, request_is_complete, lane);
	for (unsigned n = 0; n < lane->pool->count; n++) {
		request_init(&lane->requests[n], n);
		request_add(&lane->requests[n], &lane->stream, &lane->pool->buffers[n]);
	}
}

void flow_queue_all(struct lane *lane)
{
	struct run *run = lane->owner;

	for (unsigned n = 0; n < lane->pool->count && run->ending == RUN_GOES_ON; n++)
		go_round(run, lane, &lane->requests[n]);
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
	error = run_true_error(lane, error);
	switch (error) {
	case -ENODEV:
		run_say_gone(run, lane->video);
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
	run_fail(run, status_from_error(STAGE_CAPTURE, error));
	return run_loop_value(run);
}

/* Frames go on in the order in which the driver gives them, not that of their buffers. */
static void keep_order(struct lane *lane, const struct frame *frame)
{
	struct request *request = &lane->requests[frame->buffer->number];

	if (lane->queue.first != request)
		request_queue_advance(&lane->queue, request);
}

/* Not a picture, or not wanted: its request is complete without it. */
static void put_back(struct lane *lane, struct frame *frame)
{
	keep_order(lane, frame);
	frame_release(frame);
	request_queue_drop(&lane->queue, frame);
}

static void pass(struct lane *lane, struct frame *frame)
{
	keep_order(lane, frame);
	if (!request_queue_deliver(&lane->queue, frame))
		frame_release(frame);
}

/* With --drop-bad=off it is written as well, if there is anything in it that can be. */
static int damaged(struct run *run, struct lane *lane, struct frame *frame)
{
	bool is_short = frame->bytesused[0] < frame->least_bytes[0];

	if (!run->options->keep_bad || !frame_bytes(frame) || frame_is_overlong(frame) ||
	    (is_short && lane->sink && lane->sink->needs_whole)) {
		put_back(lane, frame);
	} else {
		frame->damaged = true;
		pass(lane, frame);
	}
	return limits_damaged_frame(run, lane);
}

/*
 * Until exposure is steady frames are for nobody. Then all streams begin with the same one, which
 * none of them has had yet.
 */
static bool comes_too_early(struct run *run, const struct frame *frame)
{
	if (run->settling) {
		if ((int32_t)(frame->sequence - run->unsteady) > 0)
			run->unsteady = frame->sequence;
		if (limits_still_settling(run))
			return true;
	}
	return run->num_lanes > 1 && (int32_t)(frame->sequence - run->unsteady) <= 0;
}

/* What is not plain: false for frames that nobody is to have yet. */
static bool see_to(struct run *run, struct lane *lane, struct frame *frame)
{
	if (lane == run->processor.receiver && !frame_is_error(frame))
		processor_take(run, frame);
	return !run->options->algorithms.settle_ns || !comes_too_early(run, frame);
}

static int judge(struct run *run, struct lane *lane, struct frame *frame)
{
	enum account_verdict verdict = ACCOUNT_SKIP;
	int ret;

	if (frame->flags & V4L2_BUF_FLAG_ERROR && video_is_gone(lane->video->fd)) {
		/* No frames but buffers that come back empty. */
		put_back(lane, frame);
		return lane_failed(lane, -ENODEV, 0);
	}
	if (lane->config->observe && !frame_is_error(frame)) {
		ret = lane->config->observe(run->setup->device, frame);
		if (ret < 0) {
			run_fail(run, status_from_error(STAGE_CAPTURE, ret));
			put_back(lane, frame);
			return run_loop_value(run);
		}
	}
	if (!run->is_plain && processor_keeps(run, lane)) {
		put_back(lane, frame);
		return 0;
	}
	if (!run->is_plain && !see_to(run, lane, frame))
		lane->account.skipped++;
	else if (!run_lane_is_full(run, lane))
		verdict = account_frame(&lane->account, frame);
	if (verdict == ACCOUNT_DELIVER) {
		lane->damaged_since_ns = 0;
		pass(lane, frame);
		return 0;
	}
	if (verdict == ACCOUNT_ERROR)
		return damaged(run, lane, frame);
	put_back(lane, frame);
	return 0;
}

/* False if the run has to end for it. */
static bool see_event(struct run *run, struct lane *lane)
{
	if (lane->watch)
		control_watch_dispatch(lane->watch);
	return !lane->config->event ||
	       !run_take_answer(run, lane->config->event(run->setup->device));
}

/* Not 0 if the run has to end for it. */
static int hand_on(struct run *run, struct lane *lane, struct frame *frame)
{
	int ret;

	ret = judge(run, lane, frame);
	/* Nothing but a stream that has all changes whether all have. */
	if (run_lane_is_full(run, lane) && run->ending == RUN_GOES_ON && run_has_all(run))
		run->ending = RUN_HAS_ALL;
	return ret;
}

void flow_hand_on(struct run *run, struct lane *lane, struct frame *frame)
{
	hand_on(run, lane, frame);
}

/*
 * A companion is handed on when its number is known, which another lane's frame may tell; and before
 * that frame, for it may say how that was made.
 */
static int sort(struct run *run, struct lane *lane, struct frame *frame)
{
	int ret = 0;

	if (lane == run->pairing.leader)
		pairing_leader_came(run, frame->sequence, frame->timestamp_ns);
	if (lane == run->pairing.companion)
		pairing_companion_came(run, frame);
	else
		ret = hand_on(run, lane, frame);
	processor_go_on(run);
	return ret;
}

int flow_lane_is_ready(void *context, uint32_t events)
{
	struct lane *lane = context;
	struct run *run = lane->owner;
	uint64_t made_ns;
	int ret;

	if (events & EPOLLPRI && !see_event(run, lane))
		return run_loop_value(run);
	if (!(events & ~(uint32_t)EPOLLPRI))
		return 0;
	/* What belongs to this frame is mostly there by now, though it may not be the turn of its node. */
	if (run->pairing.companion && lane == run->pairing.leader) {
		ret = flow_lane_is_ready(run->pairing.companion, EPOLLIN);
		if (ret)
			return ret;
	}
	ret = lane_take(lane);
	if (ret == 0 && !run->is_plain)
		ret = processor_frame_came(run, lane, lane->taken);
	if (ret < 0)
		return lane_failed(lane, ret, events);
	made_ns = lane->taken->timestamp_ns;
	if (run->is_plain)
		ret = hand_on(run, lane, lane->taken);
	else
		ret = sort(run, lane, lane->taken);
	if (ret == 0 && (!lane->seen || run->num_lanes > 1))
		ret = limits_frame_came(run, lane, made_ns);
	return run_loop_value(run);
}
