// SPDX-License-Identifier: GPL-2.0-or-later
/* The beginning of a video-out sink: a node, and buffers that it can read. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include "common/base/log.h"
#include "common/base/sys.h"
#include "common/device/video.h"
#include "common/sink/frame_copy.h"
#include "common/sink/video_out.h"
#include "common/sink/video_out_private.h"

#define SECOND_NS    UINT64_C(1000000000)
#define COPY_BUFFERS 4
/*
 * Outputs show the last frame until the next one comes, and some do not start with fewer than two.
 * As many are for the camera.
 */
#define LEAST_LENT 2
#define LEAST_KEPT 2
/* At the end the output has so many frame times, within limits, to give something back. */
#define QUIET_FRAMES 4
#define QUIET_MIN_NS (SECOND_NS / 5)
#define QUIET_MAX_NS (2 * SECOND_NS)

void video_out_free_slots(struct video_out *out)
{
	unsigned none = 0;

	for (unsigned i = 0; i < out->num_buffers; i++)
		buffer_finish(&out->buffers[i]);
	out->num_buffers = 0;
	if (out->output && out->output->num_slots)
		video_request_buffers(out->output, out->output->memory, &none);
}

void video_out_free(struct video_out *out)
{
	video_out_free_slots(out);
	video_destroy(out->output);
	sys_close(&out->sink.fd);
	sys_close(&out->timer_fd);
	free(out);
}

static int make_descriptors(struct video_out *out)
{
	struct epoll_event event = { .events = EPOLLIN };

	out->sink.fd = epoll_create1(EPOLL_CLOEXEC);
	if (out->sink.fd < 0)
		return -errno;
	out->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (out->timer_fd < 0)
		return -errno;
	return epoll_ctl(out->sink.fd, EPOLL_CTL_ADD, out->timer_fd, &event) < 0 ? -errno : 0;
}

static uint64_t find_quiet_ns(const struct text_fraction *rate)
{
	uint64_t quiet_ns = QUIET_MIN_NS;

	if (rate->numerator)
		quiet_ns = QUIET_FRAMES * SECOND_NS * rate->denominator / rate->numerator;
	if (quiet_ns < QUIET_MIN_NS)
		return QUIET_MIN_NS;
	return quiet_ns < QUIET_MAX_NS ? quiet_ns : QUIET_MAX_NS;
}

int video_out_create(struct log *log, const struct video_out_options *options,
		     struct video *camera, sink_done_fn *done, void *done_context,
		     struct sink **sink)
{
	const struct format_info *info = format_find(camera->format.fourcc);
	struct video_out *out;
	int ret;

	out = calloc(1, sizeof(*out));
	if (!out) {
		log_error(log, "no-memory", "%s: %s", options->node, strerror(ENOMEM));
		return -ENOMEM;
	}
	sink_init(&out->sink, &video_out_ops, done, done_context);
	out->sink.needs_whole = !info || info->kind != FORMAT_COMPRESSED;
	out->log = log;
	out->path = options->node;
	out->camera = camera;
	out->drop = options->drop;
	out->timer_fd = -1;
	out->quiet_ns = find_quiet_ns(&options->rate);
	ret = make_descriptors(out);
	if (ret < 0)
		log_error(log, "video-out-failed", "%s: %s", out->path, strerror(-ret));
	else
		ret = video_out_open(log, out->path, &camera->format, &options->rate,
				     &out->output);
	if (ret < 0) {
		video_out_free(out);
		return ret;
	}
	*sink = &out->sink;
	return 0;
}

/*
 * The driver looks at a dma-buf when it is queued: so queue them all, then take them back.
 * From then on each has its index.
 */
static int try_buffers(struct video_out *out, struct buffer *buffers, unsigned count)
{
	unsigned slots = count;
	int ret, stopped;

	ret = video_request_buffers(out->output, V4L2_MEMORY_DMABUF, &slots);
	if (ret < 0)
		return ret;
	if (slots < count)
		return -ENOSPC;
	for (unsigned i = 0; i < count && ret == 0; i++) {
		if (buffers[i].memory == BUFFER_DEVICE)
			ret = video_export_buffer(out->camera, &buffers[i]);
		if (ret == 0)
			ret = video_queue(out->output, &buffers[i],
					  out->output->format.size_bytes, 0);
	}
	stopped = video_stop(out->output);
	return ret < 0 ? ret : stopped;
}

/* NULL if the camera's buffers can be lent to the output. */
static const char *why_not_import(struct video_out *out, struct buffer *buffers, unsigned count)
{
	int ret;

	if (!frame_copy_is_needless(&out->camera->format, &out->output->format))
		return "its lines lie elsewhere in memory";
	if (count < LEAST_LENT + LEAST_KEPT)
		return "too few buffers to lend it some";
	ret = try_buffers(out, buffers, count);
	if (ret == 0)
		return NULL;
	video_out_free_slots(out);
	switch (ret) {
	case -EINVAL:
		return "it does not import such memory";
	case -EFAULT:
		return "it needs contiguous memory";
	default:
		return strerror(-ret);
	}
}

static int make_buffers(struct video_out *out)
{
	unsigned count = COPY_BUFFERS;
	int ret;

	ret = video_request_buffers(out->output, V4L2_MEMORY_MMAP, &count);
	for (unsigned i = 0; i < count && ret >= 0; i++) {
		ret = video_map_buffer(out->output, i, &out->buffers[i]);
		if (ret >= 0)
			out->num_buffers++;
	}
	return ret >= 0 && !count ? -ENOMEM : ret;
}

int video_out_prepare(struct sink *sink, struct buffer *buffers, unsigned count)
{
	struct video_out *out = to_video_out(sink);
	const char *why = why_not_import(out, buffers, count);
	int ret;

	if (!why) {
		out->imports = true;
		out->max_lent = out->drop ? count - LEAST_KEPT : count;
		out->sink.io = "dmabuf";
		return 0;
	}
	out->sink.io = "mmap copy";
	log_notice(out->log, "video-out-copies", "%s: each frame is copied: %s",
		   out->path, why);
	ret = make_buffers(out);
	if (ret == -EBUSY)
		return video_out_say_busy(out->log, out->path);
	if (ret < 0)
		log_error(out->log, "video-out-failed", "%s gives no buffers: %s",
			  out->path, strerror(-ret));
	return ret;
}

enum status video_out_status(int error)
{
	switch (error) {
	case -EBUSY:
		return STATUS_BUSY;
	case -EACCES:
		return STATUS_PERMISSION;
	case -EINVAL:
		return STATUS_CONFIGURATION;
	case -ENOMEM:
		return STATUS_FAILED;
	default:
		return STATUS_OUTPUT;
	}
}
