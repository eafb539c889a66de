// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the ISP measures and does, frame by frame:
 *
 *	statistics n ──▶ zones, with what was in force for n ──▶ exposure, white balance
 *	white balance, digital gain ──▶ parameters (act on the next frame that ends)
 *
 * What belongs to one frame is joined by its sequence number, which video, statistics and
 * FRAME_SYNC share. Parameter buffers are taken one at a frame's end; the first acts before
 * the start.
 */
#include <errno.h>
#include <linux/v4l2-subdev.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "common/base/log.h"
#include "common/buffer/buffer.h"
#include "common/device/subdev.h"
#include "common/device/video.h"
#include "common/stream/frame.h"
#include "common/tool/algorithms.h"
#include "common/tool/capture.h"
#include "common/tool/explain.h"
#include "rkisp1/params.h"
#include "rkisp1/rkisp1.h"
#include "rkisp1/stats.h"

/* One is read by the hardware, one waits, one is filled, one to spare. */
#define NUM_PARAMS 4

/* What a buffer of parameters makes the ISP do. */
struct carried {
	struct ipa_processing processing;
	struct rkisp1_in_force in_force; /* the same in all detail, for statistics */
};

struct rkisp1_engine {
	struct rkisp1 *rkisp1;
	struct log *log;
	struct algorithms *algorithms;
	bool is_raw;

	struct rkisp1_params_wishes wishes;
	unsigned parts; /* of them that are news for the hardware */
	enum rkisp1_params_format format;
	unsigned num_buffers;
	struct buffer buffers[INDEX_MAX];
	struct carried carried[INDEX_MAX]; /* by each buffer, while it is queued */
	unsigned num_free;
	struct buffer *free[INDEX_MAX];
	struct rkisp1_zones zones;
	struct rkisp1_in_force in_force[IPA_HISTORY_SLOTS]; /* by slot of the history */
};

/* ---- parameters ---- */

/* What the hardware does is what its registers have of it. */
static void set_carried(struct rkisp1_engine *engine, struct carried *carried)
{
	const double *factors = carried->in_force.factors;

	rkisp1_in_force_init(&carried->in_force, &engine->wishes, engine->format);
	carried->processing = (struct ipa_processing){
		.gains = { factors[0] / factors[1], factors[2] / factors[1] },
		.matrix = engine->wishes.matrix,
		.digital_gain = carried->in_force.digital_gain,
	};
}

static void remember(struct rkisp1_engine *engine, const struct carried *carried,
		     uint32_t since)
{
	unsigned slot = algorithms_acts(engine->algorithms, since, &carried->processing);

	engine->in_force[slot] = carried->in_force;
}

static int send_params(struct rkisp1_engine *engine)
{
	struct buffer *buffer = engine->free[engine->num_free - 1];
	struct video *params = engine->rkisp1->params;
	uint32_t bytes = 0;
	int ret;

	ret = rkisp1_params_fill(&engine->wishes, engine->parts, engine->format,
				 buffer->planes[0].map, buffer->planes[0].length_bytes,
				 &bytes);
	if (ret == 0)
		ret = video_queue(params, buffer, &bytes, 0);
	if (ret < 0) {
		log_error(engine->log, "queue-refused", "%s: queueing parameters: %s",
			  params->name, strerror(-ret));
		return ret;
	}
	engine->num_free--;
	engine->parts = 0;
	set_carried(engine, &engine->carried[buffer->number]);
	return 0;
}

/* Those that the hardware has taken tell from which frame on they act. */
static int collect_params(struct rkisp1_engine *engine)
{
	struct video_done done;
	int ret;

	while (engine->num_free < engine->num_buffers) {
		ret = video_dequeue(engine->rkisp1->params, &done);
		if (ret == -EAGAIN)
			return 0;
		if (ret < 0)
			return ret;
		engine->free[engine->num_free++] = done.buffer;
		remember(engine, &engine->carried[done.buffer->number], done.sequence);
	}
	return 0;
}

static int map_params(struct rkisp1_engine *engine)
{
	struct video *params = engine->rkisp1->params;
	int ret = 0;

	engine->num_buffers = NUM_PARAMS;
	engine->num_free = 0;
	ret = video_request_buffers(params, V4L2_MEMORY_MMAP, &engine->num_buffers);
	if (ret < 0)
		engine->num_buffers = 0;
	for (unsigned i = 0; i < engine->num_buffers && ret == 0; i++) {
		struct buffer *buffer = &engine->buffers[i];

		buffer_init(buffer, i, BUFFER_DEVICE);
		ret = video_map_buffer(params, i, buffer);
		if (ret == 0)
			ret = buffer_map(buffer);
		engine->free[engine->num_free++] = buffer;
	}
	return ret;
}

/* ---- set up ---- */

/* The extensible form where the kernel has it (6.12), else the fixed one. */
static int choose_format(struct rkisp1_engine *engine)
{
	static const enum rkisp1_params_format formats[] = { RKISP1_FORMAT_EXTENSIBLE,
							     RKISP1_FORMAT_FIXED };
	struct video *params = engine->rkisp1->params;
	int ret = -EINVAL;

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct video_format format = { .fourcc = formats[i], .num_planes = 1 };

		ret = video_set_format(params, &format);
		if (ret == 0 && format.fourcc == (uint32_t)formats[i]) {
			engine->format = formats[i];
			return 0;
		}
	}
	if (ret == -EBUSY)
		explain_busy(engine->log, engine->rkisp1->media, params->name);
	else
		log_error(engine->log, "format-refused",
			  "%s: takes no parameters that are known here", params->name);
	return ret < 0 ? ret : -EINVAL;
}

static void take_wanted(struct rkisp1_engine *engine)
{
	const struct ipa_processing *wanted = algorithms_wanted(engine->algorithms);

	engine->wishes.gains = wanted->gains;
	engine->wishes.matrix = wanted->matrix;
	engine->wishes.digital_gain = wanted->digital_gain;
}

static void init_wishes(struct rkisp1_engine *engine, const struct rkisp1_engine_setup *setup)
{
	struct rkisp1_params_wishes *wishes = &engine->wishes;

	rkisp1_params_init(wishes, engine->rkisp1->variant->revision,
			   algorithms_tuning(engine->algorithms));
	wishes->width = (uint16_t)setup->width;
	wishes->height = (uint16_t)setup->height;
	wishes->view = rkisp1_view_of(&setup->view, setup->hflip, setup->vflip);
	take_wanted(engine);
}

static int create_algorithms(struct rkisp1_engine *engine, const struct options *options,
			     const struct rkisp1_engine_setup *setup)
{
	const struct algorithms_setup algorithms = {
		.timing = setup->timing,
		.vblank = setup->vblank,
		.is_measured = !setup->is_raw,
		.measures_digital_gain = true,
		.max_gain = RKISP1_MAX_GAIN,
	};

	return algorithms_create(engine->log, engine->rkisp1->sensor, options,
				 &algorithms, &engine->algorithms);
}

int rkisp1_engine_create(struct rkisp1 *rkisp1, const struct options *options,
			 const struct rkisp1_engine_setup *setup,
			 struct rkisp1_engine **engine)
{
	struct rkisp1_engine *made = calloc(1, sizeof(*made));
	int ret;

	if (!made) {
		log_error(rkisp1->log, "no-memory", "not enough memory for exposure");
		return -ENOMEM;
	}
	made->rkisp1 = rkisp1;
	made->log = rkisp1->log;
	made->is_raw = setup->is_raw;
	ret = create_algorithms(made, options, setup);
	if (ret == 0)
		init_wishes(made, setup);
	if (ret == 0 && !made->is_raw)
		ret = choose_format(made);
	if (ret < 0) {
		rkisp1_engine_destroy(made);
		return ret;
	}
	*engine = made;
	return 0;
}

void rkisp1_engine_destroy(struct rkisp1_engine *engine)
{
	if (!engine)
		return;
	for (unsigned i = 0; i < engine->num_buffers; i++)
		buffer_finish(&engine->buffers[i]);
	algorithms_destroy(engine->algorithms);
	free(engine);
}

/* ---- run ---- */

/* The first parameters act on frame 0 if they are there before the pictures start. */
int rkisp1_engine_start(void *device)
{
	struct rkisp1 *rkisp1 = device;
	struct rkisp1_engine *engine = rkisp1->engine;
	int ret;

	if (engine->is_raw)
		return 0;
	ret = map_params(engine);
	if (ret == -EBUSY) {
		explain_busy(engine->log, rkisp1->media, rkisp1->params->name);
		return ret;
	}
	if (ret < 0) {
		log_error(engine->log, "no-memory", "%s: buffers for parameters: %s",
			  rkisp1->params->name, strerror(-ret));
		return ret;
	}
	engine->parts = RKISP1_PARAMS_ALL;
	ret = send_params(engine);
	if (ret < 0)
		return ret;
	remember(engine, &engine->carried[engine->free[engine->num_free]->number], 0);
	ret = subdev_subscribe(rkisp1->isp, V4L2_EVENT_FRAME_SYNC, 0);
	if (ret == 0)
		ret = video_start(rkisp1->params);
	if (ret < 0)
		log_error(engine->log, "start-refused", "%s does not start: %s",
			  rkisp1->params->name, strerror(-ret));
	return ret;
}

void rkisp1_engine_stop(void *device)
{
	struct rkisp1 *rkisp1 = device;
	struct rkisp1_engine *engine = rkisp1->engine;
	unsigned none = 0;

	if (engine->is_raw)
		return;
	video_stop(rkisp1->params);
	for (unsigned i = 0; i < engine->num_buffers; i++)
		buffer_finish(&engine->buffers[i]);
	engine->num_buffers = 0;
	engine->num_free = 0;
	video_request_buffers(rkisp1->params, V4L2_MEMORY_MMAP, &none);
}

static int frame_started(void *device)
{
	struct rkisp1 *rkisp1 = device;
	const struct subdev *isp = rkisp1->isp;

	return algorithms_frame_started(rkisp1->engine->algorithms, isp->fd, isp->name,
					isp->node);
}

unsigned rkisp1_engine_polls(void *device, struct capture_poll *polls)
{
	struct rkisp1 *rkisp1 = device;

	if (rkisp1->engine->is_raw)
		return 0;
	polls[0] = (struct capture_poll){
		.fd = rkisp1->isp->fd,
		.events = EPOLLPRI,
		.ready = frame_started,
	};
	return 1;
}

/* Statistics that can't be read have no zones, which changes nothing. */
static void measure(struct rkisp1_engine *engine, const struct frame *frame)
{
	struct rkisp1_zones *zones = &engine->zones;
	unsigned slot, changed;

	slot = algorithms_acted(engine->algorithms, frame->sequence, NULL);
	rkisp1_stats_zones(frame, &engine->in_force[slot], zones);
	changed = algorithms_measure(engine->algorithms, frame->sequence, &zones->luma,
				     &zones->color);
	if (!changed)
		return;
	take_wanted(engine);
	if (changed & ALGORITHMS_GAINS)
		engine->parts |= RKISP1_PARAMS_GAINS;
	if (changed & ALGORITHMS_MATRIX)
		engine->parts |= RKISP1_PARAMS_MATRIX;
}

int rkisp1_engine_observe(void *device, const struct frame *frame)
{
	struct rkisp1 *rkisp1 = device;
	struct rkisp1_engine *engine = rkisp1->engine;
	int ret;

	ret = collect_params(engine);
	if (ret < 0) {
		log_error(engine->log, ret == -ENODEV ? "device-gone" : "dequeue-failed",
			  "%s: taking parameters back: %s", rkisp1->params->name,
			  strerror(-ret));
		return ret;
	}
	measure(engine, frame);
	return engine->parts && engine->num_free ? send_params(engine) : 0;
}

bool rkisp1_engine_is_steady(void *device)
{
	struct rkisp1 *rkisp1 = device;

	return algorithms_is_steady(rkisp1->engine->algorithms);
}

void rkisp1_engine_settings(void *device, const struct frame *frame,
			    struct sidecar_settings *settings)
{
	struct rkisp1 *rkisp1 = device;

	/* A picture may come before the statistics of its frame. What fails here fails there. */
	collect_params(rkisp1->engine);
	algorithms_settings(rkisp1->engine->algorithms, frame, settings);
}
