// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The video-out sink: frames into a V4L2 output node.
 *
 *	             sink_write()                                  sink_dispatch()
 *	import   frame ──▶ queued, held by the sink ──▶ output ──▶ dequeued, given back
 *	copy     frame ──▶ copied, given back;
 *	                   the copy is queued ────────▶ output ──▶ dequeued, for the next frame
 *	              `──▶ waits, if no buffer is to be had and the camera may wait
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/device/video.h"
#include "common/sink/frame_copy.h"
#include "common/sink/video_out.h"
#include "common/sink/video_out_private.h"
#include "common/stream/frame.h"

#define SECOND_NS UINT64_C(1000000000)

/* ---- waiting for the output ---- */

/*
 * v4l2loopback is always ready while it streams, so it is looked at only when that is of use. A
 * node that goes away is heard of in any case.
 */
static void update_interest(struct video_out *out)
{
	bool wanted = out->num_waiting || (out->queued && (out->imports || out->is_timed));
	struct epoll_event event = { .events = wanted ? EPOLLOUT : 0 };

	if (!out->watched || event.events == out->interest)
		return;
	if (epoll_ctl(out->sink.fd, EPOLL_CTL_MOD, out->output->fd, &event) == 0)
		out->interest = event.events;
}

static int watch(struct video_out *out)
{
	struct epoll_event event = { .events = 0 };

	/* A node that does not stream yet would be taken for broken. */
	if (epoll_ctl(out->sink.fd, EPOLL_CTL_ADD, out->output->fd, &event) < 0)
		return -errno;
	out->interest = 0;
	out->watched = true;
	return 0;
}

/* Nothing is to be heard of the node, nor of the timer. */
static void unwatch(struct video_out *out)
{
	const struct itimerspec never = { 0 };

	if (out->watched)
		epoll_ctl(out->sink.fd, EPOLL_CTL_DEL, out->output->fd, NULL);
	if (out->is_timed)
		timerfd_settime(out->timer_fd, 0, &never, NULL);
	out->watched = false;
}

/* ---- the end of frames ---- */

static void say_failure(struct video_out *out, int error)
{
	if (error == -ENODEV)
		log_error(out->log, "video-out-failed", "%s went away", out->path);
	else
		log_error(out->log, "video-out-failed", "%s takes no more frames: %s",
			  out->path, strerror(-error));
}

/* Gives all back: those that the output has with one result, those that wait with another. */
static void give_back_all(struct video_out *out, int lent_error, int waiting_error)
{
	unsigned num_lent = out->imports ? out->queued : 0;

	unwatch(out);
	if (out->output->streaming || out->queued)
		video_stop(out->output);
	out->queued = 0;
	for (unsigned i = 0; i < num_lent; i++)
		sink_complete(&out->sink, out->lent[i], lent_error ? NULL : out->path,
			      lent_error ? 0 : frame_bytes(out->lent[i]), lent_error);
	while (out->num_waiting) {
		struct frame *frame = out->waiting[out->first_waiting];

		out->first_waiting = (out->first_waiting + 1) % INDEX_MAX;
		out->num_waiting--;
		sink_complete(&out->sink, frame, NULL, 0, waiting_error);
	}
}

/* The output is of no use any more. */
static void fail(struct video_out *out, int error)
{
	if (out->failed)
		return;
	out->failed = true;
	error = video_true_error(out->output->fd, error);
	if (!out->sink.error)
		out->sink.error = error;
	say_failure(out, error);
	give_back_all(out, error, error);
}

/* ---- frames there and back ---- */

/* It was not shown, says the driver. */
static void say_damaged(struct video_out *out, const struct frame *frame)
{
	log_warning(out->log, "video-out-dropped", "%s could not show frame %06" PRIu32,
		    out->path, frame->sequence);
}

/* The frame of this buffer, which leaves the list; outputs mostly give the first one back. */
static struct frame *find_lent(struct video_out *out, const struct buffer *buffer)
{
	struct frame *frame;
	unsigned i = 0;

	while (out->lent[i]->buffer != buffer)
		i++;
	frame = out->lent[i];
	memmove(&out->lent[i], &out->lent[i + 1],
		(out->queued - i - 1) * sizeof(out->lent[0]));
	return frame;
}

static void take_back(struct video_out *out, struct frame *frame, bool damaged)
{
	if (damaged)
		say_damaged(out, frame);
	sink_complete(&out->sink, frame, damaged ? NULL : out->path,
		      damaged ? 0 : frame_bytes(frame), damaged ? SINK_DROPPED : 0);
}

/* Takes one buffer back from the output. 0, -EAGAIN or -errno. */
static int dequeue(struct video_out *out, struct buffer **buffer)
{
	struct video_done done;
	struct frame *frame;
	int ret;

	ret = video_dequeue(out->output, &done);
	if (ret < 0)
		return ret;
	*buffer = done.buffer;
	frame = out->imports ? find_lent(out, done.buffer) : NULL;
	out->queued--;
	if (frame)
		take_back(out, frame, done.flags & V4L2_BUF_FLAG_ERROR);
	return 0;
}

static int begin(struct video_out *out)
{
	int ret;

	if (out->watched)
		return 0;
	ret = video_start(out->output);
	return ret < 0 ? ret : watch(out);
}

/* Pixels that begin further behind in their memory can't be told to every output. */
static bool has_offset(const struct frame *frame)
{
	for (unsigned i = 0; i < frame->buffer->num_planes; i++)
		if (frame->data_offset[i])
			return true;
	return false;
}

static void lend(struct video_out *out, struct frame *frame)
{
	int ret = has_offset(frame) ? -EOPNOTSUPP : 0;

	if (ret == 0)
		ret = video_queue(out->output, frame->buffer, frame->bytesused,
				  frame->timestamp_ns);
	if (ret < 0) {
		sink_complete(&out->sink, frame, NULL, 0, ret);
		fail(out, ret);
		return;
	}
	out->lent[out->queued++] = frame;
	ret = begin(out);
	if (ret < 0)
		fail(out, ret);
}

/* With all that it may have, the output may have given one back that was not taken yet. */
static bool has_room(struct video_out *out)
{
	struct buffer *buffer;

	return out->queued < out->max_lent || dequeue(out, &buffer) == 0;
}

/*
 * A buffer to copy into. v4l2loopback hands out any, whether it was queued or not: so it is asked
 * only when it has them all.
 */
static int find_free(struct video_out *out, struct buffer **buffer)
{
	if (out->num_fresh < out->num_buffers) {
		*buffer = &out->buffers[out->num_fresh++];
		return 0;
	}
	return dequeue(out, buffer);
}

static int map_frame(const struct frame *frame)
{
	int ret = buffer_map(frame->buffer);

	return ret < 0 ? ret : buffer_begin_read(frame->buffer);
}

static int queue_copy(struct video_out *out, struct buffer *buffer, const uint32_t *bytes,
		      uint64_t timestamp_ns)
{
	int ret;

	ret = video_queue(out->output, buffer, bytes, timestamp_ns);
	if (ret < 0)
		return ret;
	out->queued++;
	return begin(out);
}

/* The frame is through with this, whatever becomes of the copy. */
static void copy_into(struct video_out *out, struct buffer *buffer, struct frame *frame)
{
	uint32_t bytes[BUFFER_MAX_PLANES] = { 0 };
	int ret;

	ret = map_frame(frame);
	if (ret == 0) {
		ret = frame_copy(frame, &out->output->format, buffer, bytes);
		buffer_end_read(frame->buffer);
	}
	if (ret == 0)
		ret = queue_copy(out, buffer, bytes, frame->timestamp_ns);
	if (ret == 0)
		out->sink.cpu_bytes += frame_bytes(frame);
	sink_complete(&out->sink, frame, ret ? NULL : out->path,
		      ret ? 0 : frame_bytes(frame), ret);
	if (ret < 0)
		fail(out, ret);
}

/* There is room for all frames that the camera has. */
static void add_waiting(struct video_out *out, struct frame *frame)
{
	out->waiting[(out->first_waiting + out->num_waiting) % INDEX_MAX] = frame;
	out->num_waiting++;
}

/* The only one: the camera is not to wait for the output. */
static void drop_waiting(struct video_out *out)
{
	struct frame *frame = out->waiting[out->first_waiting];

	out->num_waiting = 0;
	sink_complete(&out->sink, frame, NULL, 0, SINK_DROPPED);
}

/* As many as there are buffers for. */
static void copy_waiting(struct video_out *out)
{
	struct buffer *buffer;
	struct frame *frame;
	int ret = 0;

	while (out->num_waiting && ret == 0) {
		ret = find_free(out, &buffer);
		if (ret < 0)
			break;
		frame = out->waiting[out->first_waiting];
		out->first_waiting = (out->first_waiting + 1) % INDEX_MAX;
		out->num_waiting--;
		copy_into(out, buffer, frame);
	}
	if (ret < 0 && ret != -EAGAIN)
		fail(out, ret);
}

static void out_write(struct sink *sink, struct frame *frame)
{
	struct video_out *out = to_video_out(sink);

	if (!out->imports) {
		add_waiting(out, frame);
		copy_waiting(out);
		if (out->drop && out->num_waiting)
			drop_waiting(out);
	} else if (has_room(out)) {
		lend(out, frame);
	} else {
		sink_complete(sink, frame, NULL, 0, SINK_DROPPED);
	}
	update_interest(out);
}

/* Nothing came back: it was the timer, or the node is not what it was. */
static void look_around(struct video_out *out)
{
	struct epoll_event events[2];
	uint64_t expirations;
	int count;

	if (out->is_timed && read(out->timer_fd, &expirations, sizeof(expirations)) > 0)
		out->is_quiet = true;
	count = epoll_wait(out->sink.fd, events, 2, 0);
	for (int i = 0; i < count && !out->failed; i++)
		if (events[i].events & (EPOLLERR | EPOLLHUP))
			fail(out, -EIO);
}

static void out_dispatch(struct sink *sink)
{
	struct video_out *out = to_video_out(sink);
	unsigned queued = out->queued, waiting = out->num_waiting;
	struct buffer *buffer;
	int ret = -EAGAIN;

	if (out->failed || out->is_over)
		return;
	if (waiting)
		copy_waiting(out);
	else if (out->imports && queued)
		ret = dequeue(out, &buffer);
	if (ret < 0 && ret != -EAGAIN)
		fail(out, ret);
	if (!out->failed && out->queued == queued && out->num_waiting == waiting)
		look_around(out);
	update_interest(out);
}

/* ---- the end ---- */

/* All that has come back. */
static void reap(struct video_out *out)
{
	struct buffer *buffer;
	int ret = 0;

	while (out->queued && ret == 0)
		ret = dequeue(out, &buffer);
	if (ret == -EPROTO && !out->imports)
		out->is_quiet = true; /* v4l2loopback: see find_free() */
	else if (ret < 0 && ret != -EAGAIN)
		fail(out, ret);
}

/* Gives the output time from now on. */
static int set_timer(struct video_out *out)
{
	const struct itimerspec timer = {
		.it_value = {
			.tv_sec = (time_t)(out->quiet_ns / SECOND_NS),
			.tv_nsec = (long)(out->quiet_ns % SECOND_NS),
		},
	};

	out->is_timed = true;
	out->left = out->queued + out->num_waiting;
	return timerfd_settime(out->timer_fd, 0, &timer, NULL) < 0 ? -errno : 0;
}

/* There is something that the output still may give back. */
static bool is_to_wait(struct video_out *out)
{
	unsigned left = out->queued + out->num_waiting;

	if (!left || out->is_quiet)
		return false;
	return (out->is_timed && left == out->left) || set_timer(out) == 0;
}

/*
 * An output keeps the frame that it shows until another one comes: what it does not give back
 * for a while at the end was written like the others.
 */
static int out_finish(struct sink *sink)
{
	struct video_out *out = to_video_out(sink);

	if (out->is_over || out->failed)
		return 0;
	copy_waiting(out);
	if (!out->num_waiting)
		reap(out);
	if (out->failed)
		return 0;
	if (is_to_wait(out)) {
		update_interest(out);
		return -EINPROGRESS;
	}
	out->is_over = true;
	give_back_all(out, 0, -ECANCELED);
	if (out->sink.dropped_frames)
		log_notice(out->log, "video-out-dropped",
			   "%s: %" PRIu64 " frames were not shown", out->path,
			   out->sink.dropped_frames);
	return 0;
}

static int out_cancel(struct sink *sink)
{
	struct video_out *out = to_video_out(sink);

	if (out->is_over || out->failed)
		return 0;
	out->is_over = true;
	give_back_all(out, -ECANCELED, -ECANCELED);
	return 0;
}

static void out_destroy(struct sink *sink)
{
	video_out_free(to_video_out(sink));
}

const struct sink_ops video_out_ops = {
	.write = out_write,
	.dispatch = out_dispatch,
	.finish = out_finish,
	.cancel = out_cancel,
	.destroy = out_destroy,
};
