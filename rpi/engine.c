// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Exposure, white balance and the ISP's controls of each frame:
 *
 *	FRAME_SYNC n of Unicam ──▶ exposure, gain ──▶ sensor
 *	embedded data n, where there are some ──▶ what the sensor says that made n
 *	raw frame n ──▶ controls, if there is news ──▶ ISP (act on n, and on what follows)
 *	statistics n ──▶ zones, with what was in force for n ──▶ news
 *
 * The ISP has one frame at a time, so controls act on the one that is queued behind them.
 */
#include "rpi/engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/log.h"
#include "common/buffer/buffer.h"
#include "common/device/subdev.h"
#include "common/device/video.h"
#include "common/stream/frame.h"
#include "common/tool/algorithms.h"
#include "common/tool/option.h"
#include "rpi/controls.h"
#include "rpi/embedded.h"
#include "rpi/stats.h"
#include "rpi/values.h"

/* By how much the sensor's gain changes before denoising follows. */
#define NOISE_STEP 1.25

struct rpi_engine {
	struct rpi *rpi;
	struct algorithms *algorithms;
	bool needs_stats;
	bool unknown_said;
	bool has_layout; /* of embedded data */
	struct rpi_embedded_layout layout;
	struct rpi_controls controls;
	struct rpi_wishes wishes;
	unsigned news; /* parts of the wishes that the ISP has not got yet */
	struct rpi_in_force in_force[IPA_HISTORY_SLOTS];
	struct rpi_zones zones;
};

/* ---- set up ---- */

static void take_wanted(struct rpi_engine *engine)
{
	const struct ipa_processing *wanted = algorithms_wanted(engine->algorithms);

	engine->wishes.gains = wanted->gains;
	engine->wishes.matrix = wanted->matrix;
	engine->wishes.digital_gain = wanted->digital_gain;
}

/* What the ISP has now acts on this frame. */
static void remember(struct rpi_engine *engine, uint32_t sequence)
{
	unsigned slot = algorithms_acts(engine->algorithms, sequence,
					algorithms_wanted(engine->algorithms));

	rpi_in_force_init(&engine->in_force[slot], &engine->controls.values);
}

static int set_up_isp(struct rpi_engine *engine, const struct rpi_plan *plan)
{
	const struct sensor_mode *mode = &plan->sensor.mode;
	const struct rpi *rpi = engine->rpi;
	int ret;

	engine->needs_stats = algorithms_are_automatic(engine->algorithms);
	rpi_wishes_init(&engine->wishes, (uint16_t)mode->width, (uint16_t)mode->height,
			algorithms_tuning(engine->algorithms));
	engine->wishes.view = plan->sensor.view;
	engine->wishes.hflip = plan->sensor.hflip;
	engine->wishes.vflip = plan->sensor.vflip;
	take_wanted(engine);
	ret = rpi_controls_find(rpi->log, rpi->isp->input->fd, rpi->isp->input->name,
				&engine->controls);
	if (ret < 0)
		return ret;
	log_detail(rpi->log, "isp-taken", "%s (%s): the driver's own controls begin at %#x",
		   rpi->isp->input->name, rpi->isp->input->node,
		   engine->controls.ids[RPI_MATRIX] - 1);
	return rpi_controls_start(&engine->controls, &engine->wishes);
}

/* In frames that are longer than any of the sensor's own lines are counted otherwise. */
static bool find_layout(struct rpi_engine *engine, const struct rpi_plan *plan)
{
	const struct sensor_mode *mode = &plan->sensor.mode;
	const struct sensor *sensor = engine->rpi->sensor;
	int32_t vblank;

	return sensor_get_control(sensor, V4L2_CID_VBLANK, &vblank) == 0 &&
	       (int64_t)mode->height + vblank <= RPI_EMBEDDED_MAX_LINES &&
	       rpi_embedded_find(sensor->subdev->name, mode->bits, &engine->layout) == 0;
}

/* Raw alone is not measured, and grey is not either: the ISP has statistics of colours only. */
static bool is_measured(const struct rpi_plan *plan)
{
	return plan->uses_isp && format_find(plan->raw)->kind == FORMAT_BAYER;
}

int rpi_engine_create(struct rpi *rpi, const struct options *options,
		      const struct rpi_plan *plan, struct rpi_engine **engine)
{
	const struct algorithms_setup setup = {
		.timing = plan->sensor.timing,
		.vblank = plan->sensor.vblank,
		.is_measured = is_measured(plan),
		.max_gain = RPI_MAX_GAIN,
	};
	struct rpi_engine *made = calloc(1, sizeof(*made));
	int ret;

	if (!made) {
		log_error(rpi->log, "no-memory", "not enough memory for exposure");
		return -ENOMEM;
	}
	made->rpi = rpi;
	ret = algorithms_create(rpi->log, rpi->sensor, options, &setup, &made->algorithms);
	made->has_layout = ret == 0 && plan->uses_embedded && find_layout(made, plan);
	if (ret == 0 && plan->uses_isp)
		ret = set_up_isp(made, plan);
	if (ret < 0) {
		rpi_engine_destroy(made);
		return ret;
	}
	*engine = made;
	return 0;
}

void rpi_engine_destroy(struct rpi_engine *engine)
{
	if (!engine)
		return;
	rpi_controls_finish(&engine->controls);
	algorithms_destroy(engine->algorithms);
	free(engine);
}

bool rpi_engine_needs_stats(const struct rpi_engine *engine)
{
	return engine->needs_stats;
}

/* ---- run ---- */

int rpi_engine_start(void *device)
{
	struct rpi *rpi = device;
	struct rpi_engine *engine = rpi->engine;
	int ret;

	if (!rpi->isp)
		return 0;
	remember(engine, 0);
	ret = video_subscribe(rpi->image, V4L2_EVENT_FRAME_SYNC, 0);
	if (ret < 0)
		log_error(rpi->log, "start-refused", "%s does not tell when frames start: %s",
			  rpi->image->name, strerror(-ret));
	return ret;
}

int rpi_engine_event(void *device)
{
	struct rpi *rpi = device;

	return algorithms_frame_started(rpi->engine->algorithms, rpi->image->fd,
					rpi->image->name, rpi->image->node);
}

/* What is no data at all is as good as lost: the history of what was written takes its place. */
int rpi_engine_read_embedded(void *device, const struct frame *frame)
{
	struct rpi *rpi = device;
	struct rpi_engine *engine = rpi->engine;
	struct rpi_embedded told;

	if (!engine->has_layout || frame_is_overlong(frame) ||
	    rpi_embedded_parse(frame->buffer->planes[0].map, frame->bytesused[0],
			       &engine->layout, &told) < 0)
		return 0;
	algorithms_sensor_told(engine->algorithms, frame->sequence, IPA_EXPOSURE,
			       (int32_t)told.exposure);
	algorithms_sensor_told(engine->algorithms, frame->sequence, IPA_ANALOGUE_GAIN,
			       (int32_t)told.gain);
	return 0;
}

int rpi_engine_process(void *device, const struct frame *raw)
{
	struct rpi *rpi = device;
	struct rpi_engine *engine = rpi->engine;
	int ret;

	if (!engine->news)
		return 0;
	ret = rpi_controls_write(&engine->controls, &engine->wishes, engine->news);
	/* Said, and written again for the next frame. */
	if (ret < 0)
		return ret == -ENODEV ? ret : 0;
	engine->news = 0;
	remember(engine, raw->sequence);
	return 0;
}

/* Once: without statistics nothing follows the light. */
static void say_unknown(struct rpi_engine *engine)
{
	const struct video *stats = engine->rpi->isp->stats;

	if (!engine->unknown_said)
		log_warning(engine->rpi->log, "stats-unknown",
			    "%s: the firmware's statistics are of a kind that is not known here: "
			    "exposure and white balance stay as they are",
			    stats->name);
	engine->unknown_said = true;
}

/* Noise grows with the gain of the sensor; small steps of it are not worth a control. */
static void take_noise(struct rpi_engine *engine)
{
	double gain = engine->zones.luma.made_by.analogue_gain;
	double before = engine->wishes.analogue_gain;

	if (gain < 1 || (gain < before * NOISE_STEP && gain * NOISE_STEP > before))
		return;
	engine->wishes.analogue_gain = gain;
	engine->news |= RPI_PART_NOISE;
}

int rpi_engine_observe(void *device, const struct frame *frame)
{
	struct rpi *rpi = device;
	struct rpi_engine *engine = rpi->engine;
	const struct ipa_tuning *tuning = algorithms_tuning(engine->algorithms);
	unsigned slot = algorithms_acted(engine->algorithms, frame->sequence, NULL);
	unsigned changes;
	int ret;

	ret = rpi_stats_zones(frame, &engine->in_force[slot], tuning->metering,
			      &engine->zones);
	if (ret == -EPROTO)
		say_unknown(engine);
	/* Nothing measured is no failure: the frame may have been a bad one. */
	if (ret < 0)
		return 0;
	changes = algorithms_measure(engine->algorithms, frame->sequence,
				     &engine->zones.luma, &engine->zones.color);
	take_wanted(engine);
	if (changes & ALGORITHMS_GAINS)
		engine->news |= RPI_PART_GAINS;
	if (changes & ALGORITHMS_MATRIX)
		engine->news |= RPI_PART_MATRIX;
	take_noise(engine);
	return 0;
}

bool rpi_engine_is_steady(void *device)
{
	const struct rpi *rpi = device;

	return algorithms_is_steady(rpi->engine->algorithms);
}

void rpi_engine_settings(void *device, const struct frame *frame,
			 struct sidecar_settings *settings)
{
	const struct rpi *rpi = device;

	algorithms_settings(rpi->engine->algorithms, frame, settings);
}
