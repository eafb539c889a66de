// SPDX-License-Identifier: GPL-2.0-or-later
/* Where the frames of a stream go. */
#include "common/tool/outlet.h"

#include <stdio.h>
#include <string.h>

#include "common/base/log.h"
#include "common/buffer/index.h"
#include "common/device/video.h"
#include "common/sink/display.h"
#include "common/sink/file.h"
#include "common/sink/preroll.h"
#include "common/sink/tee.h"
#include "common/sink/video_out.h"
#include "common/stream/pool.h"
#include "common/tool/camera.h"
#include "common/tool/lane.h"
#include "common/tool/run.h"
#include "common/tool/trigger.h"

/* A kind of place. */
struct outlet {
	bool (*is_wanted)(const struct lane *lane, const struct options *options);
	/* 0 or -errno, said. */
	int (*open)(struct lane *lane, const struct capture_setup *setup,
		    sink_done_fn *done, void *context, struct sink **sink);
	enum status (*status)(int error);
};

static bool wants_file(const struct lane *lane, const struct options *options)
{
	return lane->pattern != NULL;
}

/* A ring opens files time and again. */
static int open_ring(struct lane *lane, const struct capture_setup *setup,
		     const struct file_options *file, sink_done_fn *done, void *context,
		     struct sink **sink)
{
	const struct preroll_events events = {
		.told = flow_sink_is_done,
		.over = trigger_is_over,
		.complete = trigger_is_complete,
		.context = lane,
	};
	int ret;

	lane->account.has_ring = true;
	ret = preroll_create(setup->log, setup->options->ring_ns, file,
			     &lane->video->format, &events, done, context, sink);
	if (ret == 0)
		lane->ring = *sink;
	return ret;
}

/* How many frames a writer may be given. One that is waited for can have them all. */
static unsigned find_held(const struct options *options)
{
	if (options->overflow != OVERFLOW_DROP)
		return INDEX_MAX;
	return options->num_buffers ? options->num_buffers : LANE_DEFAULT_BUFFERS;
}

enum file_io outlet_file_io(const struct options *options)
{
	switch (options->io) {
	case IO_DIRECT:
		return FILE_IO_DIRECT;
	case IO_BUFFERED:
		return FILE_IO_BUFFERED;
	default:
		return FILE_IO_AUTO;
	}
}

static int open_file(struct lane *lane, const struct capture_setup *setup,
		     sink_done_fn *done, void *context, struct sink **sink)
{
	const struct options *options = setup->options;
	struct file_options file = {
		.pattern = lane->pattern,
		.role = lane->config->role->name,
		.role_in_name = lane->role_in_name,
		.force = options->force,
		.drop = options->overflow == OVERFLOW_DROP,
		.quality = (unsigned)options->quality,
		.fast_demosaic = options->fast_demosaic,
		.undeveloped = options->undeveloped,
		.dng_lossless = options->dng_lossless,
		.num_buffers = find_held(options),
		.count = options->count,
		.count_is_sure = options->count && !options->time_ns,
		.io = outlet_file_io(options),
		.rate = lane->config->rate,
		.settings = setup->engine.settings,
		.settings_context = setup->device,
	};
	int ret;

	camera_product(setup->camera, lane->product);
	file.model = lane->product;
	file.make = camera_maker(lane->product);
	if (options->ring_ns)
		return open_ring(lane, setup, &file, done, context, sink);
	ret = file_sink_create(setup->log, &file, &lane->video->format, done, context, sink);
	if (ret == 0)
		lane->file = *sink;
	return ret;
}

static bool wants_display(const struct lane *lane, const struct options *options)
{
	return lane->is_displayed;
}

/* Formats of the stream's node that the display can show: a clause, empty if there are none. */
static void advise_format(const struct lane *lane, const struct kms *display, char *text,
			  size_t size)
{
	struct v4l2_fmtdesc description;
	char name[FORMAT_NAME_SIZE];
	size_t used = 0;

	text[0] = '\0';
	for (uint32_t i = 0; video_enum_format(lane->video, i, 0, &description) == 0; i++)
		if (used < size && display_can_show(display, description.pixelformat))
			used += (size_t)snprintf(
				text + used, size - used, "%s%s",
				used ? ", " : "; of these the driver has ",
				format_name_text(description.pixelformat, name));
}

static int open_display(struct lane *lane, const struct capture_setup *setup,
			sink_done_fn *done, void *context, struct sink **sink)
{
	char advice[256] = "";
	int ret;

	if (!display_can_show(setup->display, lane->video->format.fourcc))
		advise_format(lane, setup->display, advice, sizeof(advice));
	ret = display_sink_create(setup->log, setup->display, lane->stream.name,
				  &lane->video->format, advice, done, context, sink);
	if (ret == 0)
		lane->display = *sink;
	return ret;
}

static enum status display_status(int error)
{
	return status_from_error(STAGE_CONFIGURE, error);
}

static bool wants_video_out(const struct lane *lane, const struct options *options)
{
	return lane->output != NULL;
}

static int open_video_out(struct lane *lane, const struct capture_setup *setup,
			  sink_done_fn *done, void *context, struct sink **sink)
{
	const struct video_out_options output = {
		.node = lane->output,
		.rate = lane->config->rate,
		.drop = setup->options->overflow == OVERFLOW_DROP,
	};
	int ret;

	ret = video_out_create(setup->log, &output, lane->video, done, context, sink);
	if (ret == 0)
		lane->video_out = *sink;
	return ret;
}

/* The first that is wanted is the one that counts (tee.h). */
static const struct outlet outlets[] = {
	{ wants_file, open_file, file_status },
	{ wants_display, open_display, display_status },
	{ wants_video_out, open_video_out, video_out_status },
};

#define NUM_OUTLETS (sizeof(outlets) / sizeof(outlets[0]))

static unsigned count_wanted(const struct lane *lane, const struct options *options)
{
	unsigned count = 0;

	for (size_t i = 0; i < NUM_OUTLETS; i++)
		count += outlets[i].is_wanted(lane, options);
	return count;
}

static void say_no_memory(const struct lane *lane, const struct capture_setup *setup, int error)
{
	log_error(setup->log, "no-memory", "%s: several outputs: %s", lane->stream.name,
		  strerror(-error));
}

/* A lane with several has its tee in lane->sink. */
static int open_one(const struct outlet *outlet, struct lane *lane,
		    const struct capture_setup *setup, sink_done_fn *done,
		    enum status *status)
{
	struct sink *tee = lane->sink, *sink;
	int ret;

	ret = outlet->open(lane, setup, tee ? tee_done : done, tee ? tee_next(tee) : lane,
			   &sink);
	if (ret < 0) {
		*status = outlet->status(ret);
		return ret;
	}
	if (!tee)
		lane->sink = sink;
	else
		ret = tee_add(tee, sink);
	if (ret < 0)
		say_no_memory(lane, setup, ret);
	return ret;
}

int outlets_open(struct lane *lane, const struct capture_setup *setup, sink_done_fn *done,
		 enum status *status)
{
	unsigned count = count_wanted(lane, setup->options);
	int ret = 0;

	*status = STATUS_FAILED;
	if (count > 1) {
		ret = tee_create(done, lane, &lane->sink);
		if (ret < 0)
			say_no_memory(lane, setup, ret);
	}
	for (size_t i = 0; i < NUM_OUTLETS && ret == 0; i++)
		if (outlets[i].is_wanted(lane, setup->options))
			ret = open_one(&outlets[i], lane, setup, done, status);
	return ret;
}

/* The lane of a role; of no role: the first that is anybody's. NULL: there is none. */
static struct lane *find_lane(struct lane *lanes, unsigned count,
			      const struct option_role *role)
{
	for (unsigned i = 0; i < count; i++)
		if (!lanes[i].config->is_internal && (!role || lanes[i].config->role == role))
			return &lanes[i];
	return NULL;
}

void outlets_choose_display(struct lane *lanes, unsigned count,
			    const struct capture_setup *setup)
{
	const struct options *options = setup->options;
	struct lane *first = NULL, *lane;

	if (!setup->display)
		return;
	for (unsigned i = 0; i < options->num_streams; i++) {
		lane = find_lane(lanes, count, options->streams[i].role);
		if (!lane)
			continue;
		if (!first)
			first = lane;
		if (!display_can_show(setup->display, lane->video->format.fourcc))
			continue;
		lane->is_displayed = true;
		return;
	}
	/* With none that can be shown, the first one is where it is said why. */
	if (!first)
		first = find_lane(lanes, count, NULL);
	if (first)
		first->is_displayed = true;
}

static int lend_to_display(struct lane *lane, const struct capture_setup *setup)
{
	int ret = 0;

	for (unsigned i = 0; i < lane->pool->count && ret == 0; i++)
		ret = video_export_buffer(lane->video, &lane->pool->buffers[i]);
	if (ret < 0) {
		log_error(setup->log, "export-refused",
			  "%s: the driver can't hand its memory to the display: %s; "
			  "--memory=udmabuf or heap may do",
			  lane->video->name, strerror(-ret));
		return ret;
	}
	return display_sink_import(lane->display, lane->pool->buffers, lane->pool->count,
				   lane->pool->memory);
}

int outlets_take_buffers(struct lane *lane, const struct capture_setup *setup,
			 enum status *status)
{
	int ret = 0;

	if (lane->display)
		ret = lend_to_display(lane, setup);
	*status = display_status(ret);
	if (ret == 0 && lane->video_out) {
		ret = video_out_prepare(lane->video_out, lane->pool->buffers,
					lane->pool->count);
		*status = video_out_status(ret);
	}
	return ret;
}
