// SPDX-License-Identifier: GPL-2.0-or-later
/* One stream of a run: its node, buffers, frames, account and sink. */
#include "common/tool/lane.h"

#include <errno.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/device/control_watch.h"
#include "common/device/video.h"
#include "common/image/mjpeg.h"
#include "common/sink/display.h"
#include "common/stream/pool.h"
#include "common/stream/relay.h"
#include "common/tool/reserve.h"

/*
 * With fewer the driver waits for us between two frames; many drivers refuse fewer than
 * two anyway.
 */
#define MIN_BUFFERS 2

/* Those of a companion are small, and some of them wait for what they belong to. */
#define COMPANION_BUFFERS 12

/* An output that is lent the buffers keeps the frame that it shows, and the next one. */
#define SHOWN_BUFFERS 2

static int give_to_driver(void *context, struct buffer *buffer)
{
	const struct lane *lane = context;

	if (lane->config->prepare)
		lane->config->prepare(buffer);
	return video_queue(lane->video, buffer, NULL, 0);
}

static int give_filled(void *context, struct buffer *buffer)
{
	const struct lane *lane = context;

	return video_queue(lane->video, buffer, &lane->bytes, 0);
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

static void find_output(struct lane *lane, const struct options *options)
{
	for (unsigned i = 0; i < options->num_video_outs; i++)
		if (options->video_outs[i].role == lane->config->role)
			lane->output = options->video_outs[i].node;
}

void lane_init(struct lane *lane, struct log *log, const struct capture_stream *config,
	       const struct options *options)
{
	const struct stream_device device = {
		.queue = config->fill ? give_filled : give_to_driver,
		.context = lane,
	};
	struct clock_offsets clock;

	memset(lane, 0, sizeof(*lane));
	lane->config = config;
	lane->video = config->video;
	stream_init(&lane->stream, config->role->name, STREAM_EXTERNAL, &device);
	account_init(&lane->account, log, config->role->name, options->skip);
	lane->is_mjpeg = config->video->format.fourcc == V4L2_PIX_FMT_MJPEG;
	lane->edge = config->stamps_start ? V4L2_BUF_FLAG_TSTAMP_SRC_SOE : 0;
	lane->flags = config->clock == CAPTURE_CLOCK_UNKNOWN ?
			      ~(uint32_t)V4L2_BUF_FLAG_TIMESTAMP_MASK :
			      UINT32_MAX;
	if (config->clock == CAPTURE_CLOCK_BOOTTIME) {
		clock_measure(&clock);
		lane->clock_shift_ns = (uint64_t)clock.boottime_ns;
	}
	if (config->is_internal)
		return;
	find_pattern(lane, options);
	find_output(lane, options);
}

/*
 * What a frame has at least. The last line needs no padding behind it. Meta data may say
 * nothing at all.
 */
static void find_least_bytes(const struct video_format *format,
			     uint32_t least_bytes[static BUFFER_MAX_PLANES])
{
	const struct format_info *info = format_find(format->fourcc);
	uint32_t stride_bytes = format->stride_bytes[0], line_bytes;
	uint64_t image_bytes;

	for (unsigned i = 0; i < BUFFER_MAX_PLANES; i++)
		least_bytes[i] = !info || info->kind != FORMAT_META;
	if (!info || info->memory_planes != 1)
		return;
	line_bytes = format_stride_bytes(info, 0, format->width);
	image_bytes = format_image_bytes(info, stride_bytes, format->width, format->height);
	if (line_bytes && stride_bytes > line_bytes && image_bytes)
		image_bytes -= stride_bytes - line_bytes;
	if (image_bytes && image_bytes <= format->size_bytes[0])
		least_bytes[0] = (uint32_t)image_bytes;
}

/* Whose bytes the CPU looks at. */
static bool needs_mapping(const struct lane *lane, const struct options *options)
{
	const struct capture_stream *config = lane->config;

	return lane->sink || lane->is_mjpeg || config->observe || config->prepare ||
	       config->fill || (options->decode && config->decode);
}

/*
 * Those that the driver starts with. What it fills again and again can't be on a screen: there is
 * to be one for that, and one that comes next.
 */
static unsigned find_least(const struct lane *lane)
{
	unsigned shown = lane->config->kept_buffers + 2;
	unsigned least = lane->config->min_buffers;

	return lane->is_displayed && shown > least ? shown : least;
}

static unsigned default_count(const struct capture_stream *config)
{
	if (config->place == CAPTURE_COMPANION)
		return COMPANION_BUFFERS;
	/* The driver shall have as many while a processor has its own. */
	return config->place == CAPTURE_RECEIVER ? LANE_DEFAULT_BUFFERS + RELAY_MAX_JOBS :
						   LANE_DEFAULT_BUFFERS;
}

unsigned lane_num_buffers(const struct capture_stream *config, const struct options *options)
{
	return options->num_buffers ? options->num_buffers : default_count(config);
}

/* What a lane does well with. */
static unsigned usual_count(const struct lane *lane)
{
	unsigned count = default_count(lane->config);

	/* The driver shall have as many while the screen is made of others. */
	if (lane->is_displayed && lane->config->place != CAPTURE_COMPANION)
		count += DISPLAY_HELD;
	if (lane->output)
		count += SHOWN_BUFFERS;
	return count;
}

/* What the driver is to keep while a ring holds others. */
static unsigned find_share(const struct lane *lane)
{
	unsigned count = usual_count(lane), least = find_least(lane);

	return count > least ? count : least;
}

/* As many as were asked for, unless the driver would wait for more and never start. */
static unsigned find_count(const struct lane *lane, const struct capture_setup *setup)
{
	unsigned count = setup->options->num_buffers;
	unsigned least = find_least(lane);

	if (!count)
		count = usual_count(lane);
	if (count >= least)
		return count;
	log_notice(setup->log, "more-buffers",
		   "%s: the driver does not %s with fewer than %u buffers, taking so many",
		   lane->video->name, lane->is_displayed ? "go on" : "start", least);
	return least;
}

int lane_allocate(struct lane *lane, const struct capture_setup *setup,
		  void (*released)(void *context, struct frame *frame))
{
	const struct options *options = setup->options;
	struct pool_options wanted = {
		.memory = lane->config->needs_own_memory ? MEMORY_MMAP : options->memory,
		.heap = options->heap,
		.adjust = options->adjust,
		.is_contiguous = lane->config->is_contiguous,
		.advice = setup->explain.no_memory,
		.minimum = find_least(lane) > MIN_BUFFERS ? find_least(lane) : MIN_BUFFERS,
	};
	uint32_t least_bytes[BUFFER_MAX_PLANES];
	int ret = 0;

	wanted.count = find_count(lane, setup);
	if (lane->ring)
		ret = reserve_plan(lane, setup, find_share(lane), &wanted.count);
	if (ret < 0)
		return ret;
	find_least_bytes(&lane->video->format, least_bytes);
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
		memcpy(lane->frames[i].least_bytes, least_bytes, sizeof(least_bytes));
		if (needs_mapping(lane, options))
			ret = buffer_map(buffer);
		if (ret < 0)
			log_error(setup->log, "no-memory", "%s: mapping a buffer: %s",
				  lane->video->name, strerror(-ret));
		else
			ret = stream_add(&lane->stream, buffer, false);
	}
	if (ret == 0 && lane->ring)
		ret = reserve_ring(lane, setup, find_share(lane));
	return ret;
}

int lane_watch_controls(struct lane *lane, struct log *log)
{
	const struct video *video = lane->video;
	int ret;

	if (!lane->config->watch_controls)
		return 0;
	ret = control_watch_create(log, video->fd, video->name, &lane->watch);
	if (ret < 0)
		ret = video_true_error(video->fd, ret);
	if (ret == -ENODEV)
		log_error(log, "device-gone", "%s (%s) went away", video->name, video->node);
	else if (ret < 0)
		log_error(log, "no-memory", "%s: watching the controls: %s", video->name,
			  strerror(-ret));
	return ret;
}

/* Drivers hand out what a camera cut short as if it were whole. */
static void check_mjpeg(struct frame *frame)
{
	const struct buffer_plane *plane = &frame->buffer->planes[0];

	frame->is_cut = false;
	if (!frame_is_error(frame))
		frame->is_cut =
			!mjpeg_is_whole((const char *)plane->map + frame->data_offset[0],
					frame->bytesused[0]);
}

int lane_take(struct lane *lane)
{
	const struct video_done *done = &lane->done;
	struct frame *taken;
	int ret;

	ret = video_dequeue(lane->video, &lane->done);
	if (ret < 0)
		return ret;
	if (!stream_completed(&lane->stream, done->buffer))
		return -EPROTO;
	taken = &lane->frames[done->buffer->number];
	taken->sequence = done->sequence;
	taken->timestamp_ns = done->timestamp_ns - lane->clock_shift_ns;
	taken->flags = (done->flags & lane->flags) | lane->edge;
	taken->lost = 0;
	taken->damaged = false;
	/* Whole arrays: cheaper than asking how many planes there are. */
	memcpy(taken->bytesused, done->bytesused, sizeof(done->bytesused));
	memcpy(taken->data_offset, done->data_offset, sizeof(done->data_offset));
	frame_hold(taken);
	if (lane->is_mjpeg)
		check_mjpeg(taken);
	lane->taken = taken;
	return 0;
}

void lane_stop(struct lane *lane)
{
	video_stop(lane->video);
	stream_stop(&lane->stream, NULL, NULL);
}

void lane_count_underruns(struct lane *lane)
{
	if (!lane->is_over && lane->config->place != CAPTURE_PROCESSOR)
		lane->account.underruns = lane->stream.underruns;
	lane->is_over = true;
}

static void count_displayed(struct lane *lane)
{
	struct display_count count;

	if (!lane->display)
		return;
	count = display_sink_count(lane->display);
	lane->account.is_displayed = true;
	lane->account.displayed = count.shown;
	lane->account.not_displayed = count.skipped;
}

void lane_finish(struct lane *lane)
{
	lane_count_underruns(lane);
	if (lane->sink)
		lane->account.cpu_bytes = lane->sink->cpu_bytes;
	count_displayed(lane);
	control_watch_destroy(lane->watch);
	lane->watch = NULL;
	sink_destroy(lane->sink);
	lane->sink = lane->file = lane->display = lane->ring = NULL;
	pool_destroy(lane->pool, lane->video);
	lane->pool = NULL;
}
