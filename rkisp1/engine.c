// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Exposure, white balance and parameters, frame by frame:
 *
 *	FRAME_SYNC n ──▶ delays ──▶ exposure, gain ──▶ sensor (act on n + their delay)
 *	statistics n ──▶ zones, with what was in force for n
 *	                   ├──▶ exposure ──▶ delays
 *	                   └──▶ white balance ──▶ parameters (act on the next frame that ends)
 *
 * What belongs to one frame is joined by its sequence number, which video, statistics and
 * FRAME_SYNC share. Parameter buffers are taken one at a frame's end; the first acts before
 * the start.
 */
#include <errno.h>
#include <linux/v4l2-subdev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "common/base/log.h"
#include "common/base/text.h"
#include "common/buffer/buffer.h"
#include "common/device/subdev.h"
#include "common/device/video.h"
#include "common/ipa/delays.h"
#include "common/ipa/exposure.h"
#include "common/ipa/sensor.h"
#include "common/ipa/tuning.h"
#include "common/ipa/white_balance.h"
#include "common/sink/sidecar.h"
#include "common/stream/frame.h"
#include "common/tool/capture.h"
#include "common/tool/explain.h"
#include "common/tool/setup.h"
#include "rkisp1/params.h"
#include "rkisp1/rkisp1.h"
#include "rkisp1/stats.h"

/* One is read by the hardware, one waits, one is filled, one to spare. */
#define NUM_PARAMS 4

/* White balance that acts on a frame is known for so many back; a power of two. */
#define NUM_REMEMBERED 32

/* Frames without any news after which all counts as steady. */
#define STEADY_FRAMES 3

/* What the ISP does to frames: statistics are taken behind it. */
struct processing {
	bool is_known;
	uint32_t since; /* the first frame that it acts on */
	struct rkisp1_in_force in_force;
};

struct rkisp1_engine {
	struct rkisp1 *rkisp1;
	struct log *log;
	bool is_raw;
	bool auto_exposure;
	bool auto_balance;
	bool refusal_said;

	struct ipa_sensor sensor;
	struct ipa_tuning tuning;
	struct ipa_exposure exposure;
	struct ipa_white_balance balance;
	struct ipa_delays delays;
	unsigned steady_frames;

	struct rkisp1_params_wishes wishes;
	unsigned parts; /* of them that are news for the hardware */
	enum rkisp1_params_format format;
	unsigned num_buffers;
	struct buffer buffers[INDEX_MAX];
	struct processing carried[INDEX_MAX]; /* by each buffer, while it is queued */
	unsigned num_free;
	struct buffer *free[INDEX_MAX];
	struct rkisp1_zones zones;
	struct processing history[NUM_REMEMBERED];
	unsigned newest;
};

/* ---- what acts on which frame ---- */

static void remember(struct rkisp1_engine *engine, const struct processing *processing,
		     uint32_t since)
{
	struct processing *slot;

	engine->newest = (engine->newest + 1) % NUM_REMEMBERED;
	slot = &engine->history[engine->newest];
	*slot = *processing;
	slot->is_known = true;
	slot->since = since;
}

/* The newest that acted by then; what nobody changes stays. */
static const struct processing *find_processing(const struct rkisp1_engine *engine,
						uint32_t sequence)
{
	const struct processing *slot = &engine->history[engine->newest];

	for (unsigned back = 0; back < NUM_REMEMBERED; back++) {
		const struct processing *older =
			&engine->history[(engine->newest - back) % NUM_REMEMBERED];

		if (!older->is_known)
			break;
		slot = older;
		if ((int32_t)(sequence - older->since) >= 0)
			break;
	}
	return slot;
}

/* ---- parameters ---- */

/* Gain that the sensor has not got is the ISP's to apply. */
static void take_exposure(struct rkisp1_engine *engine)
{
	double digital = engine->exposure.platform_digital;

	ipa_delays_want(&engine->delays, &engine->exposure.next);
	if (digital > engine->wishes.digital_gain || digital < engine->wishes.digital_gain)
		engine->parts |= RKISP1_PARAMS_GAINS;
	engine->wishes.digital_gain = digital;
}

/* What the balance wants becomes what the next parameters say. */
static void take_balance(struct rkisp1_engine *engine)
{
	engine->wishes.gains = engine->balance.gains;
	engine->parts |= RKISP1_PARAMS_GAINS;
	if (!engine->balance.matrix_changed)
		return;
	engine->wishes.matrix = engine->balance.matrix;
	engine->parts |= RKISP1_PARAMS_MATRIX;
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
	rkisp1_in_force_init(&engine->carried[buffer->number].in_force, &engine->wishes,
			     engine->format);
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

/* ---- the sensor ---- */

static const uint32_t control_ids[IPA_NUM_CONTROLS] = {
	[IPA_VBLANK] = V4L2_CID_VBLANK,
	[IPA_EXPOSURE] = V4L2_CID_EXPOSURE,
	[IPA_ANALOGUE_GAIN] = V4L2_CID_ANALOGUE_GAIN,
	[IPA_DIGITAL_GAIN] = V4L2_CID_DIGITAL_GAIN,
};

static void say_refusal(struct rkisp1_engine *engine, int error)
{
	if (!engine->refusal_said)
		log_warning(engine->log, "sensor-refused",
			    "%s: exposure and gain can't be set: %s; trying on",
			    engine->rkisp1->sensor->subdev->name, strerror(-error));
	engine->refusal_said = true;
}

/*
 * One by one, in the order of the enum: blanking first, as it moves the range of exposure. What
 * is refused is tried again; 0, or -ENODEV, said.
 */
static int write_controls(struct rkisp1_engine *engine, unsigned bits,
			  const struct ipa_values *values)
{
	const struct subdev *subdev = engine->rkisp1->sensor->subdev;

	for (unsigned i = 0; i < IPA_NUM_CONTROLS; i++) {
		int32_t value = values->control[i];
		int ret;

		if (!(bits & 1u << i))
			continue;
		ret = sensor_set_control(engine->rkisp1->sensor, control_ids[i], &value);
		if (ret == -ENODEV) {
			log_error(engine->log, "device-gone", "%s (%s) went away",
				  subdev->name, subdev->node);
			return ret;
		}
		if (ret < 0) {
			ipa_delays_refused(&engine->delays, (enum ipa_control)i);
			say_refusal(engine, ret);
		} else if (value != values->control[i]) {
			ipa_delays_moved(&engine->delays, (enum ipa_control)i, value);
		}
	}
	return 0;
}

static int frame_started(void *device)
{
	struct rkisp1 *rkisp1 = device;
	struct rkisp1_engine *engine = rkisp1->engine;
	struct v4l2_event event;
	struct ipa_values values;
	unsigned bits;
	int ret;

	do {
		ret = video_dequeue_event(rkisp1->isp->fd, &event);
		if (ret == -ENOENT)
			return 0;
		if (ret < 0) {
			log_error(engine->log,
				  ret == -ENODEV ? "device-gone" : "dequeue-failed",
				  "%s (%s): waiting for frames to start: %s",
				  rkisp1->isp->name, rkisp1->isp->node, strerror(-ret));
			return ret;
		}
		if (event.type != V4L2_EVENT_FRAME_SYNC)
			continue;
		bits = ipa_delays_frame_start(&engine->delays,
					      event.u.frame_sync.frame_sequence, &values);
		ret = write_controls(engine, bits, &values);
		if (ret < 0)
			return ret;
	} while (event.pending);
	return 0;
}

/* Some sensors can do it themselves, and somebody may have left that on. */
static int stop_automatics(const struct sensor *sensor)
{
	static const struct {
		uint32_t id;
		int32_t off;
	} automatics[] = {
		{ V4L2_CID_EXPOSURE_AUTO, V4L2_EXPOSURE_MANUAL },
		{ V4L2_CID_AUTOGAIN, 0 },
		{ V4L2_CID_AUTO_WHITE_BALANCE, 0 },
	};
	int ret;

	for (size_t i = 0; i < sizeof(automatics) / sizeof(automatics[0]); i++) {
		int32_t value = automatics[i].off;

		ret = sensor_set_control(sensor, automatics[i].id, &value);
		if (ret < 0 && ret != -EINVAL)
			return ret;
	}
	return 0;
}

/* Before the start all can be set at once, and what the sensor makes of it is what it was. */
static int write_first(struct rkisp1_engine *engine)
{
	struct ipa_values *values = &engine->exposure.next;
	int ret;

	ret = stop_automatics(engine->rkisp1->sensor);
	for (unsigned i = 0; i < IPA_NUM_CONTROLS && ret == 0; i++)
		if (engine->sensor.range[i].minimum < engine->sensor.range[i].maximum)
			ret = sensor_set_control(engine->rkisp1->sensor, control_ids[i],
						 &values->control[i]);
	if (ret < 0)
		log_error(engine->log, "sensor-refused", "%s: setting exposure and gain: %s",
			  engine->rkisp1->sensor->subdev->name, strerror(-ret));
	return ret;
}

/* ---- set up ---- */

static void set_range(struct rkisp1_engine *engine, enum ipa_control control,
		      const struct sensor_range *range)
{
	if (range->maximum)
		ipa_sensor_set_range(&engine->sensor, control, range->minimum,
				     range->maximum);
}

static int init_sensor(struct rkisp1_engine *engine, const struct sensor_timing *timing)
{
	const struct ipa_sensor_model *model =
		ipa_sensor_find(engine->rkisp1->sensor->subdev->name);
	int ret;

	ret = ipa_sensor_init(&engine->sensor, model, timing->pixel_rate,
			      timing->line_length, timing->height);
	if (ret < 0) {
		log_error(engine->log, "sensor-unknown",
			  "%s: the driver's pixel rate and blanking make no sense",
			  engine->rkisp1->sensor->subdev->name);
		return ret;
	}
	set_range(engine, IPA_VBLANK, &timing->vblank);
	set_range(engine, IPA_EXPOSURE, &timing->exposure);
	set_range(engine, IPA_ANALOGUE_GAIN, &timing->analogue_gain);
	/* What its codes mean is not known of every sensor: left at what is usual then. */
	if (model->digital_unity)
		set_range(engine, IPA_DIGITAL_GAIN, &timing->digital_gain);
	return 0;
}

/* Fixed without a value is what automatic exposure begins with. */
#define FIXED_EXPOSURE_NS 10000000

static void init_exposure(struct rkisp1_engine *engine, const struct option_3a *wanted,
			  const struct rkisp1_engine_setup *setup)
{
	struct ipa_exposure_config config = ipa_exposure_defaults();
	double lines = (double)setup->timing.height + setup->vblank;

	ipa_tuning_exposure(&engine->tuning, &config);
	config.frame_ns = (uint64_t)(lines * engine->sensor.line_ns + 0.5);
	config.flicker_ns = wanted->flicker_hz == 50 ? IPA_FLICKER_50HZ_NS :
			    wanted->flicker_hz == 60 ? IPA_FLICKER_60HZ_NS :
						       0;
	config.manual_exposure_ns = wanted->exposure_ns;
	config.manual_gain = wanted->gain_milli / 1e3;
	engine->auto_exposure = !engine->is_raw && !wanted->ae_off &&
				!(wanted->exposure_ns && wanted->gain_milli);
	if (!engine->auto_exposure && !config.manual_exposure_ns)
		config.manual_exposure_ns = FIXED_EXPOSURE_NS;
	if (!engine->auto_exposure && !wanted->gain_milli)
		config.manual_gain = ipa_sensor_min_gain(&engine->sensor);
	ipa_exposure_init(&engine->exposure, &config, &engine->sensor);
}

/* Within what lines and gain codes come to. */
#define MANUAL_TOLERANCE 0.05

/* What was asked for must be what the sensor can do, or with --adjust what is next to it. */
static int settle_range(struct rkisp1_engine *engine, bool adjust, const char *option,
			double asked, double low, double high, bool is_time)
{
	double nearest = asked < low ? low : high;
	char texts[2][32];

	if (asked >= low * (1 - MANUAL_TOLERANCE) && asked <= high * (1 + MANUAL_TOLERANCE))
		return 0;
	if (is_time) {
		text_print_duration((uint64_t)asked, texts[0], sizeof(texts[0]));
		text_print_duration((uint64_t)nearest, texts[1], sizeof(texts[1]));
	} else {
		snprintf(texts[0], sizeof(texts[0]), "%.4g", asked);
		snprintf(texts[1], sizeof(texts[1]), "%.4g", nearest);
	}
	return setup_settle(engine->log, adjust, option, texts[0], texts[1]);
}

static int check_manual(struct rkisp1_engine *engine, const struct options *options)
{
	const struct option_3a *wanted = &options->algorithms;
	const struct ipa_sensor *sensor = &engine->sensor;
	int32_t vblank = engine->exposure.next.control[IPA_VBLANK];
	int32_t most = ipa_sensor_max_lines(sensor, vblank);
	int ret = 0;

	if (wanted->exposure_ns)
		ret = settle_range(
			engine, options->adjust, "--exposure", (double)wanted->exposure_ns,
			(double)ipa_sensor_time(sensor, ipa_sensor_min_lines(sensor)),
			(double)ipa_sensor_time(sensor, most), true);
	if (ret == 0 && wanted->gain_milli)
		ret = settle_range(engine, options->adjust, "--gain",
				   wanted->gain_milli / 1e3, ipa_sensor_min_gain(sensor),
				   ipa_sensor_max_gain(sensor) *
					   engine->exposure.config.max_digital,
				   false);
	return ret;
}

static void init_balance(struct rkisp1_engine *engine, const struct option_3a *wanted)
{
	const struct ipa_gains fixed = {
		.red = wanted->awb == AWB_FIXED ? wanted->red_milli / 1e3 : 1,
		.blue = wanted->awb == AWB_FIXED ? wanted->blue_milli / 1e3 : 1,
	};

	ipa_white_balance_init(&engine->balance, &engine->tuning, RKISP1_MAX_GAIN);
	engine->auto_balance = !engine->is_raw && wanted->awb == AWB_ON;
	if (wanted->awb != AWB_ON)
		ipa_white_balance_set_manual(&engine->balance, &fixed);
}

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

static void init_wishes(struct rkisp1_engine *engine, const struct rkisp1_engine_setup *setup)
{
	struct rkisp1_params_wishes *wishes = &engine->wishes;

	rkisp1_params_init(wishes, engine->rkisp1->variant->revision, &engine->tuning);
	wishes->width = (uint16_t)setup->width;
	wishes->height = (uint16_t)setup->height;
	wishes->gains = engine->balance.gains;
	wishes->matrix = engine->balance.matrix;
	wishes->digital_gain = engine->exposure.platform_digital;
	wishes->view = (struct rkisp1_view){
		.left = setup->hflip ? 1 : 0,
		.top = setup->vflip ? 1 : 0,
		.width = setup->hflip ? -1 : 1,
		.height = setup->vflip ? -1 : 1,
	};
	engine->parts = RKISP1_PARAMS_ALL;
}

int rkisp1_engine_create(struct rkisp1 *rkisp1, const struct options *options,
			 const struct rkisp1_engine_setup *setup,
			 struct rkisp1_engine **engine)
{
	const struct option_3a *wanted = &options->algorithms;
	struct rkisp1_engine *made = calloc(1, sizeof(*made));
	int ret;

	if (!made) {
		log_error(rkisp1->log, "no-memory", "not enough memory for exposure");
		return -ENOMEM;
	}
	made->rkisp1 = rkisp1;
	made->log = rkisp1->log;
	made->is_raw = setup->is_raw;
	ret = init_sensor(made, &setup->timing);
	if (ret == 0) {
		ipa_tuning_init(&made->tuning, made->sensor.model);
		if (wanted->tuning)
			ret = ipa_tuning_load(&made->tuning, wanted->tuning, made->log);
	}
	if (ret == 0) {
		init_exposure(made, wanted, setup);
		init_balance(made, wanted);
		init_wishes(made, setup);
		ret = check_manual(made, options);
	}
	if (ret == 0)
		ret = write_first(made);
	if (ret == 0 && !made->is_raw)
		ret = choose_format(made);
	if (ret < 0) {
		rkisp1_engine_destroy(made);
		return ret;
	}
	ipa_delays_init(&made->delays, made->sensor.model->delays, &made->exposure.next);
	*engine = made;
	return 0;
}

void rkisp1_engine_destroy(struct rkisp1_engine *engine)
{
	if (!engine)
		return;
	for (unsigned i = 0; i < engine->num_buffers; i++)
		buffer_finish(&engine->buffers[i]);
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

static void measure(struct rkisp1_engine *engine, const struct frame *frame)
{
	const struct processing *processing = find_processing(engine, frame->sequence);
	struct rkisp1_zones *zones = &engine->zones;
	struct ipa_settings made_by;
	struct ipa_values values;

	if (frame->sequence < engine->sensor.model->bad_frames)
		return;
	/* Too long ago to know what made it. */
	if (ipa_delays_get(&engine->delays, frame->sequence, &values) < 0)
		return;
	if (rkisp1_stats_zones(frame, &processing->in_force, zones) < 0)
		return;
	ipa_sensor_settings(&engine->sensor, &values, &made_by);
	made_by.digital_gain *= processing->in_force.digital_gain;
	zones->luma.made_by = zones->color.made_by = made_by;
	zones->luma.sequence = zones->color.sequence = frame->sequence;
	if (engine->auto_exposure && ipa_exposure_process(&engine->exposure, &zones->luma))
		take_exposure(engine);
	if (engine->auto_balance && ipa_white_balance_process(&engine->balance, &zones->color))
		take_balance(engine);
}

static void count_steady(struct rkisp1_engine *engine)
{
	bool is_steady = (!engine->auto_exposure || engine->exposure.is_settled) &&
			 (!engine->auto_balance || engine->balance.is_settled);

	engine->steady_frames = is_steady ? engine->steady_frames + 1 : 0;
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
	count_steady(engine);
	return engine->parts && engine->num_free ? send_params(engine) : 0;
}

bool rkisp1_engine_is_steady(void *device)
{
	struct rkisp1 *rkisp1 = device;

	return rkisp1->engine->steady_frames >= STEADY_FRAMES;
}

void rkisp1_engine_settings(void *device, const struct frame *frame,
			    struct sidecar_settings *settings)
{
	struct rkisp1 *rkisp1 = device;
	struct rkisp1_engine *engine = rkisp1->engine;
	const struct format_info *format = format_find(frame->format->fourcc);
	struct ipa_settings in_force;
	struct ipa_values values;

	if (ipa_delays_get(&engine->delays, frame->sequence, &values) < 0)
		return;
	ipa_sensor_settings(&engine->sensor, &values, &in_force);
	settings->exposure_ns = in_force.exposure_ns;
	settings->gain_milli =
		(uint32_t)(in_force.analogue_gain * in_force.digital_gain * 1e3 + 0.5);
	if (!format || format->kind != FORMAT_BAYER)
		return;
	settings->has_black_level = true;
	settings->black_level = engine->tuning.black_level >> (16 - format->bits);
}
