// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Exposure, white balance and the parameters of each frame:
 *
 *	FRAME_SYNC n of the CIO2 ──▶ exposure, gain ──▶ sensor
 *	raw frame n ──▶ parameters, if there is news ──▶ ImgU (act on n, and on what follows)
 *	statistics n ──▶ zones, with what was in force for n ──▶ news
 *
 * All have the receiver's numbers: what the ImgU makes of frame n is given its number (relay.h).
 */
#include "ipu3/engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "common/base/log.h"
#include "common/buffer/buffer.h"
#include "common/device/media.h"
#include "common/device/subdev.h"
#include "common/device/video.h"
#include "common/stream/frame.h"
#include "common/tool/algorithms.h"
#include "common/tool/capture.h"
#include "common/tool/explain.h"
#include "common/tool/option.h"
#include "ipu3/params.h"
#include "ipu3/stats.h"

struct ipu3_engine {
	struct ipu3 *ipu3;
	struct algorithms *algorithms;
	bool needs_stats;
	bool records_params; /* somebody wants them of each frame, whole */
	struct video *idle[3]; /* nodes that nobody wants anything of, but that must stream */
	unsigned num_idle;
	struct ipu3_params_wishes wishes;
	unsigned news; /* parts of the wishes that the ImgU has not got yet */
	struct ipu3_in_force in_force[IPA_HISTORY_SLOTS];
	struct ipu3_zones zones;
};

/* ---- set up ---- */

static void take_wanted(struct ipu3_engine *engine)
{
	const struct ipa_processing *wanted = algorithms_wanted(engine->algorithms);

	engine->wishes.gains = wanted->gains;
	engine->wishes.matrix = wanted->matrix;
	engine->wishes.digital_gain = wanted->digital_gain;
}

/* The parameters of the next frame, and what is known of it then. */
static void remember(struct ipu3_engine *engine, uint32_t sequence)
{
	unsigned slot = algorithms_acts(engine->algorithms, sequence,
					algorithms_wanted(engine->algorithms));

	ipu3_in_force_init(&engine->in_force[slot], &engine->wishes);
}

/* The driver starts when all five nodes stream, wanted or not. */
static void find_idle(struct ipu3_engine *engine, const struct ipu3_plan *plan)
{
	const struct ipu3_imgu *imgu = engine->ipu3->imgu;
	const struct ipu3_geometry *geometry = &plan->geometry;
	struct video *const pictures[] = {
		[IPU3_NODE_OUTPUT] = imgu->output,
		[IPU3_NODE_VIEWFINDER] = imgu->viewfinder,
	};

	for (unsigned node = IPU3_NODE_OUTPUT; node <= IPU3_NODE_VIEWFINDER; node++)
		if (geometry->main_view.node != node && geometry->viewfinder_view.node != node)
			engine->idle[engine->num_idle++] = pictures[node];
	if (!plan->asked[IPU3_STATS] && !engine->needs_stats)
		engine->idle[engine->num_idle++] = imgu->stats;
}

int ipu3_engine_create(struct ipu3 *ipu3, const struct options *options,
		       const struct ipu3_plan *plan, struct ipu3_engine **engine)
{
	const struct algorithms_setup setup = {
		.timing = plan->sensor.timing,
		.vblank = plan->sensor.vblank,
		.is_measured = plan->uses_imgu,
		.max_gain = IPU3_MAX_GAIN,
	};
	struct ipu3_engine *made = calloc(1, sizeof(*made));
	int ret;

	if (!made) {
		log_error(ipu3->log, "no-memory", "not enough memory for exposure");
		return -ENOMEM;
	}
	made->ipu3 = ipu3;
	made->records_params = plan->asked[IPU3_PARAMS];
	ret = algorithms_create(ipu3->log, ipu3->sensor, options, &setup, &made->algorithms);
	if (ret < 0) {
		ipu3_engine_destroy(made);
		return ret;
	}
	if (plan->uses_imgu) {
		made->needs_stats = algorithms_are_automatic(made->algorithms);
		find_idle(made, plan);
		ipu3_params_init(&made->wishes, (uint16_t)plan->geometry.bds.width,
				 (uint16_t)plan->geometry.bds.height,
				 algorithms_tuning(made->algorithms));
		take_wanted(made);
	}
	*engine = made;
	return 0;
}

void ipu3_engine_destroy(struct ipu3_engine *engine)
{
	if (!engine)
		return;
	algorithms_destroy(engine->algorithms);
	free(engine);
}

bool ipu3_engine_needs_stats(const struct ipu3_engine *engine)
{
	return engine->needs_stats;
}

/* ---- run ---- */

/* A slot for somebody else's buffer costs no memory, and is never filled. */
static int start_idle(struct video *video)
{
	unsigned slots = 1;
	int ret;

	ret = video_request_buffers(video, V4L2_MEMORY_DMABUF, &slots);
	return ret < 0 ? ret : video_start(video);
}

int ipu3_engine_start(void *device)
{
	struct ipu3 *ipu3 = device;
	struct ipu3_engine *engine = ipu3->engine;
	int ret;

	if (!ipu3->uses_imgu)
		return 0;
	engine->news = IPU3_PARAMS_ALL;
	remember(engine, 0);
	ret = subdev_subscribe(ipu3->csi2, V4L2_EVENT_FRAME_SYNC, 0);
	if (ret < 0)
		log_error(ipu3->log, "start-refused",
			  "%s does not tell when frames start: %s", ipu3->csi2->name,
			  strerror(-ret));
	for (unsigned i = 0; i < engine->num_idle && ret == 0; i++) {
		ret = start_idle(engine->idle[i]);
		if (ret == -EBUSY)
			explain_busy(ipu3->log, ipu3->imgu->media, engine->idle[i]->name);
		else if (ret < 0)
			log_error(ipu3->log, "start-refused", "%s does not start: %s",
				  engine->idle[i]->name, strerror(-ret));
	}
	return ret;
}

void ipu3_engine_stop(void *device)
{
	struct ipu3 *ipu3 = device;
	struct ipu3_engine *engine = ipu3->engine;
	unsigned none = 0;

	for (unsigned i = engine->num_idle; i-- > 0;) {
		video_stop(engine->idle[i]);
		if (engine->idle[i]->num_slots)
			video_request_buffers(engine->idle[i], V4L2_MEMORY_DMABUF, &none);
	}
}

static int frame_started(void *device)
{
	struct ipu3 *ipu3 = device;

	return algorithms_frame_started(ipu3->engine->algorithms, ipu3->csi2->fd,
					ipu3->csi2->name, ipu3->csi2->node);
}

unsigned ipu3_engine_polls(void *device, struct capture_poll *polls)
{
	struct ipu3 *ipu3 = device;

	if (!ipu3->uses_imgu)
		return 0;
	polls[0] = (struct capture_poll){
		.fd = ipu3->csi2->fd,
		.events = EPOLLPRI,
		.ready = frame_started,
	};
	return 1;
}

int ipu3_engine_observe(void *device, const struct frame *frame)
{
	struct ipu3 *ipu3 = device;
	struct ipu3_engine *engine = ipu3->engine;
	unsigned slot = algorithms_acted(engine->algorithms, frame->sequence, NULL);
	unsigned changes;

	/* Nothing measured is no failure: the grid may not have been there yet. */
	if (ipu3_stats_zones(frame, &engine->in_force[slot], &engine->zones) < 0)
		return 0;
	changes = algorithms_measure(engine->algorithms, frame->sequence,
				     &engine->zones.luma, &engine->zones.color);
	take_wanted(engine);
	if (changes & ALGORITHMS_GAINS)
		engine->news |= IPU3_PARAMS_GAINS;
	if (changes & ALGORITHMS_MATRIX)
		engine->news |= IPU3_PARAMS_MATRIX;
	return 0;
}

bool ipu3_engine_has_news(void *device)
{
	const struct ipu3 *ipu3 = device;

	return ipu3->engine->news || ipu3->engine->records_params;
}

uint32_t ipu3_engine_fill(void *device, struct buffer *buffer, const struct frame *raw)
{
	const struct ipu3 *ipu3 = device;
	struct ipu3_engine *engine = ipu3->engine;
	unsigned parts = engine->records_params ? IPU3_PARAMS_ALL : engine->news;
	uint32_t bytes = 0;

	/* Sizes were checked when they were set: it can't fail. */
	ipu3_params_fill(&engine->wishes, parts, buffer->planes[0].map,
			 buffer->planes[0].length_bytes, &bytes);
	if (engine->news)
		remember(engine, raw->sequence);
	engine->news = 0;
	return bytes;
}

bool ipu3_engine_is_steady(void *device)
{
	const struct ipu3 *ipu3 = device;

	return algorithms_is_steady(ipu3->engine->algorithms);
}

void ipu3_engine_settings(void *device, const struct frame *frame,
			  struct sidecar_settings *settings)
{
	const struct ipu3 *ipu3 = device;

	algorithms_settings(ipu3->engine->algorithms, frame, settings);
}
