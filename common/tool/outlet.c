// SPDX-License-Identifier: GPL-2.0-or-later
/* Where the frames of a stream go. */
#include "common/tool/outlet.h"

#include <string.h>

#include "common/base/log.h"
#include "common/buffer/index.h"
#include "common/sink/file.h"
#include "common/sink/tee.h"
#include "common/tool/camera.h"
#include "common/tool/lane.h"

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

/* How many frames a writer may be given. One that is waited for can have them all. */
static unsigned find_held(const struct options *options)
{
	if (options->overflow != OVERFLOW_DROP)
		return INDEX_MAX;
	return options->num_buffers ? options->num_buffers : LANE_DEFAULT_BUFFERS;
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
		.undeveloped = options->undeveloped,
		.dng_lossless = options->dng_lossless,
		.num_buffers = find_held(options),
		.count = options->count,
		.rate = lane->config->rate,
		.settings = setup->engine.settings,
		.settings_context = setup->device,
	};
	int ret;

	camera_product(setup->camera, lane->product);
	file.model = lane->product;
	file.make = camera_maker(lane->product);
	ret = file_sink_create(setup->log, &file, &lane->video->format, done, context, sink);
	if (ret == 0)
		lane->file = *sink;
	return ret;
}

/* The first that is wanted is the one that counts (tee.h). */
static const struct outlet outlets[] = {
	{ wants_file, open_file, file_status },
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
