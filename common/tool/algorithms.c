// SPDX-License-Identifier: GPL-2.0-or-later
/* Exposure and white balance of a camera whose processor measures its frames. */
#include "common/tool/algorithms.h"

#include <errno.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/format.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "common/device/subdev.h"
#include "common/device/video.h"
#include "common/ipa/delays.h"
#include "common/ipa/exposure.h"
#include "common/ipa/sensor.h"
#include "common/ipa/white_balance.h"
#include "common/sink/sidecar.h"
#include "common/stream/frame.h"
#include "common/tool/option.h"
#include "common/tool/setup.h"

/* Frames without any news after which all counts as steady. */
#define STEADY_FRAMES 3

/* Fixed without a value is what automatic exposure begins with. */
#define FIXED_EXPOSURE_NS 10000000

/* Within what lines and gain codes come to. */
#define MANUAL_TOLERANCE 0.05

struct algorithms {
	struct log *log;
	struct sensor *device;
	bool auto_exposure;
	bool auto_balance;
	bool measures_digital_gain;
	bool refusal_said;
	uint32_t analogue_gain_id; /* of the control */
	unsigned sensor_bits;      /* of a sample; 0: unknown */
	unsigned rotation; /* degrees counter-clockwise that make pictures upright */

	struct ipa_sensor sensor;
	struct ipa_tuning tuning;
	struct ipa_exposure exposure;
	struct ipa_white_balance balance;
	struct ipa_delays delays;
	struct ipa_history history;
	struct ipa_processing wanted;
	unsigned steady_frames;
};

/* ---- the sensor ---- */

static uint32_t control_id(const struct algorithms *algorithms, enum ipa_control control)
{
	switch (control) {
	case IPA_VBLANK:
		return V4L2_CID_VBLANK;
	case IPA_EXPOSURE:
		return V4L2_CID_EXPOSURE;
	case IPA_ANALOGUE_GAIN:
		return algorithms->analogue_gain_id;
	default:
		return V4L2_CID_DIGITAL_GAIN;
	}
}

static void say_refusal(struct algorithms *algorithms, int error)
{
	if (!algorithms->refusal_said)
		log_warning(algorithms->log, "sensor-refused",
			    "%s: exposure and gain can't be set: %s; trying on",
			    algorithms->device->subdev->name, strerror(-error));
	algorithms->refusal_said = true;
}

/*
 * One by one, in the order of the enum: blanking first, as it moves the range of exposure. What
 * is refused is tried again; 0, or -ENODEV, said.
 */
static int write_controls(struct algorithms *algorithms, unsigned bits,
			  const struct ipa_values *values)
{
	const struct subdev *subdev = algorithms->device->subdev;

	for (unsigned i = 0; i < IPA_NUM_CONTROLS; i++) {
		int32_t value = values->control[i];
		int ret;

		if (!(bits & 1u << i))
			continue;
		ret = sensor_set_control(algorithms->device,
					 control_id(algorithms, (enum ipa_control)i),
					 &value);
		if (ret == -ENODEV) {
			log_error(algorithms->log, "device-gone", "%s (%s) went away",
				  subdev->name, subdev->node);
			return ret;
		}
		if (ret < 0) {
			ipa_delays_refused(&algorithms->delays, (enum ipa_control)i);
			say_refusal(algorithms, ret);
		} else if (value != values->control[i]) {
			ipa_delays_moved(&algorithms->delays, (enum ipa_control)i, value);
		}
	}
	return 0;
}

static void say_no_events(const struct algorithms *algorithms, const char *name,
			  const char *node, int error)
{
	if (error == -ENODEV)
		log_error(algorithms->log, "device-gone", "%s (%s) went away", name, node);
	else
		log_error(algorithms->log, "dequeue-failed",
			  "%s (%s): waiting for frames to start: %s", name, node,
			  strerror(-error));
}

int algorithms_frame_started(struct algorithms *algorithms, int fd, const char *name,
			     const char *node)
{
	struct v4l2_event event;
	struct ipa_values values;
	unsigned bits;
	int ret;

	do {
		ret = video_dequeue_event(fd, &event);
		if (ret == -ENOENT)
			return 0;
		if (ret < 0) {
			say_no_events(algorithms, name, node, ret);
			return ret;
		}
		if (event.type != V4L2_EVENT_FRAME_SYNC)
			continue;
		bits = ipa_delays_frame_start(&algorithms->delays,
					      event.u.frame_sync.frame_sequence, &values);
		ret = write_controls(algorithms, bits, &values);
		if (ret < 0)
			return ret;
	} while (event.pending);
	return 0;
}

void algorithms_sensor_told(struct algorithms *algorithms, uint32_t sequence,
			    enum ipa_control control, int32_t value)
{
	ipa_delays_told(&algorithms->delays, sequence, control, value);
}

/*
 * Some sensors can do it themselves, or show a pattern in place of what they see, and somebody may
 * have left that on. --control acts after this.
 */
static int stop_automatics(const struct sensor *sensor)
{
	static const struct {
		uint32_t id;
		int32_t off;
	} automatics[] = {
		{ V4L2_CID_EXPOSURE_AUTO, V4L2_EXPOSURE_MANUAL },
		{ V4L2_CID_AUTOGAIN, 0 },
		{ V4L2_CID_AUTO_WHITE_BALANCE, 0 },
		{ V4L2_CID_TEST_PATTERN, 0 },
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

/* A gain that is not ours to choose, for what its codes mean is not known. */
static int write_usual(struct algorithms *algorithms, enum ipa_control control,
		       const struct sensor_range *range)
{
	int32_t value = range->usual;

	if (algorithms->sensor.range[control].maximum || range->minimum >= range->maximum)
		return 0;
	return sensor_set_control(algorithms->device, control_id(algorithms, control),
				  &value);
}

/* Before the start all can be set at once, and what the sensor makes of it is what it was. */
static int write_first(struct algorithms *algorithms, const struct sensor_timing *timing)
{
	const struct ipa_range *range = algorithms->sensor.range;
	struct ipa_values *values = &algorithms->exposure.next;
	int ret;

	ret = stop_automatics(algorithms->device);
	if (ret == 0)
		ret = write_usual(algorithms, IPA_ANALOGUE_GAIN, &timing->analogue_gain);
	if (ret == 0)
		ret = write_usual(algorithms, IPA_DIGITAL_GAIN, &timing->digital_gain);
	for (unsigned i = 0; i < IPA_NUM_CONTROLS && ret == 0; i++)
		if (range[i].minimum < range[i].maximum)
			ret = sensor_set_control(algorithms->device,
						 control_id(algorithms, (enum ipa_control)i),
						 &values->control[i]);
	if (ret < 0)
		log_error(algorithms->log, "sensor-refused",
			  "%s: setting exposure and gain: %s",
			  algorithms->device->subdev->name, strerror(-ret));
	return ret;
}

/* ---- set up ---- */

static void set_range(struct algorithms *algorithms, enum ipa_control control,
		      const struct sensor_range *range)
{
	if (range->maximum)
		ipa_sensor_set_range(&algorithms->sensor, control, range->minimum,
				     range->maximum);
}

static int init_sensor(struct algorithms *algorithms, const struct sensor_timing *timing)
{
	const char *name = algorithms->device->subdev->name;
	const struct ipa_sensor_model *model = ipa_sensor_find(name);
	int ret;

	ret = ipa_sensor_init(&algorithms->sensor, model, timing->pixel_rate,
			      timing->line_length, timing->height);
	if (ret < 0) {
		log_error(algorithms->log, "sensor-unknown",
			  "%s: the driver's pixel rate and blanking make no sense", name);
		return ret;
	}
	algorithms->analogue_gain_id = timing->analogue_gain_id;
	set_range(algorithms, IPA_VBLANK, &timing->vblank);
	set_range(algorithms, IPA_EXPOSURE, &timing->exposure);
	set_range(algorithms, IPA_ANALOGUE_GAIN, &timing->analogue_gain);
	ipa_sensor_set_unity(&algorithms->sensor, timing->analogue_gain.usual);
	/* What its codes mean is not known of every sensor: left at what is usual then. */
	if (model->digital_unity)
		set_range(algorithms, IPA_DIGITAL_GAIN, &timing->digital_gain);
	return 0;
}

static int init_tuning(struct algorithms *algorithms, const struct option_3a *wanted)
{
	ipa_tuning_init(&algorithms->tuning, algorithms->sensor.model);
	return wanted->tuning ? ipa_tuning_load(&algorithms->tuning, wanted->tuning,
						algorithms->log) :
				0;
}

static void init_exposure(struct algorithms *algorithms, const struct option_3a *wanted,
			  const struct algorithms_setup *setup)
{
	struct ipa_exposure_config config = ipa_exposure_defaults();
	double lines = (double)setup->timing.height + setup->vblank;

	ipa_tuning_exposure(&algorithms->tuning, &config);
	config.frame_ns = (uint64_t)(lines * algorithms->sensor.line_ns + 0.5);
	config.flicker_ns = wanted->flicker_hz == 50 ? IPA_FLICKER_50HZ_NS :
			    wanted->flicker_hz == 60 ? IPA_FLICKER_60HZ_NS :
						       0;
	config.manual_exposure_ns = wanted->exposure_ns;
	config.manual_gain = wanted->gain_milli / 1e3;
	algorithms->auto_exposure = setup->is_measured && !wanted->ae_off &&
				    !(wanted->exposure_ns && wanted->gain_milli);
	if (!algorithms->auto_exposure && !config.manual_exposure_ns)
		config.manual_exposure_ns = FIXED_EXPOSURE_NS;
	if (!algorithms->auto_exposure && !wanted->gain_milli)
		config.manual_gain = ipa_sensor_min_gain(&algorithms->sensor);
	ipa_exposure_init(&algorithms->exposure, &config, &algorithms->sensor);
}

static void init_balance(struct algorithms *algorithms, const struct option_3a *wanted,
			 const struct algorithms_setup *setup)
{
	const struct ipa_gains fixed = {
		.red = wanted->awb == AWB_FIXED ? wanted->red_milli / 1e3 : 1,
		.blue = wanted->awb == AWB_FIXED ? wanted->blue_milli / 1e3 : 1,
	};

	ipa_white_balance_init(&algorithms->balance, &algorithms->tuning, setup->max_gain);
	algorithms->auto_balance = setup->is_measured && wanted->awb == AWB_ON;
	if (wanted->awb != AWB_ON)
		ipa_white_balance_set_manual(&algorithms->balance, &fixed);
}

/* What was asked for must be what the sensor can do, or with --adjust what is next to it. */
static int settle_range(struct algorithms *algorithms, bool adjust, const char *option,
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
	return setup_settle(algorithms->log, adjust, option, texts[0], texts[1]);
}

static int check_manual(struct algorithms *algorithms, const struct options *options)
{
	const struct option_3a *wanted = &options->algorithms;
	const struct ipa_sensor *sensor = &algorithms->sensor;
	int32_t vblank = algorithms->exposure.next.control[IPA_VBLANK];
	int32_t most = ipa_sensor_max_lines(sensor, vblank);
	int ret = 0;

	if (wanted->exposure_ns)
		ret = settle_range(algorithms, options->adjust, "--exposure",
				   (double)wanted->exposure_ns,
				   (double)ipa_sensor_time(sensor,
							   ipa_sensor_min_lines(sensor)),
				   (double)ipa_sensor_time(sensor, most), true);
	if (ret == 0 && wanted->gain_milli)
		ret = settle_range(algorithms, options->adjust, "--gain",
				   wanted->gain_milli / 1e3, ipa_sensor_min_gain(sensor),
				   ipa_sensor_max_gain(sensor) *
					   algorithms->exposure.config.max_digital,
				   false);
	return ret;
}

/* All values, without writing any. */
static int work_out(struct algorithms *algorithms, const struct options *options,
		    const struct algorithms_setup *setup)
{
	const struct option_3a *wanted = &options->algorithms;
	int ret;

	algorithms->measures_digital_gain = setup->measures_digital_gain;
	ret = init_sensor(algorithms, &setup->timing);
	if (ret == 0)
		ret = init_tuning(algorithms, wanted);
	if (ret < 0)
		return ret;
	init_exposure(algorithms, wanted, setup);
	init_balance(algorithms, wanted, setup);
	ipa_history_init(&algorithms->history);
	algorithms->wanted = (struct ipa_processing){
		.gains = algorithms->balance.gains,
		.matrix = algorithms->balance.matrix,
		.digital_gain = algorithms->exposure.platform_digital,
	};
	return 0;
}

static int allocate(struct log *log, struct sensor *sensor, struct algorithms **algorithms)
{
	struct algorithms *made = calloc(1, sizeof(*made));

	if (!made) {
		log_error(log, "no-memory", "not enough memory for exposure");
		return -ENOMEM;
	}
	made->log = log;
	made->device = sensor;
	*algorithms = made;
	return 0;
}

int algorithms_check(struct log *log, struct sensor *sensor, const struct options *options,
		     const struct sensor_timing *timing, int32_t vblank)
{
	const struct algorithms_setup setup = {
		.timing = *timing,
		.vblank = vblank,
		.is_measured = true,
	};
	struct algorithms *trial;
	int ret;

	ret = allocate(log, sensor, &trial);
	if (ret < 0)
		return ret;
	ret = work_out(trial, options, &setup);
	if (ret == 0)
		ret = check_manual(trial, options);
	algorithms_destroy(trial);
	return ret;
}

int algorithms_check_balance(struct log *log, const struct options *options, double max_gain)
{
	const struct option_3a *wanted = &options->algorithms;
	const uint32_t gains[] = { wanted->red_milli, 1000, wanted->blue_milli };
	uint32_t least = UINT32_MAX, most = 0;
	char asked[48], possible[64];

	if (wanted->awb != AWB_FIXED)
		return 0;
	for (size_t i = 0; i < sizeof(gains) / sizeof(gains[0]); i++) {
		least = gains[i] < least ? gains[i] : least;
		most = gains[i] > most ? gains[i] : most;
	}
	if (most <= least * max_gain)
		return 0;
	snprintf(asked, sizeof(asked), "%.4g,%.4g", wanted->red_milli / 1e3,
		 wanted->blue_milli / 1e3);
	snprintf(possible, sizeof(possible),
		 "%.4g times the weakest of the three colours", max_gain);
	return setup_settle(log, options->adjust, "--awb", asked, possible);
}

int algorithms_check_raw_alone(struct log *log, const struct options *options)
{
	const struct option_3a *wanted = &options->algorithms;
	const char *sentence = NULL;

	if (wanted->settle_ns || wanted->flicker_hz ||
	    (wanted->awb != AWB_ON && !option_keeps_balance(options)))
		sentence = "raw alone is not measured: --settle, --flicker and --awb have no "
			   "effect without a picture beside it";
	else if (options->zoom_milli != 1000)
		sentence = "--zoom: raw is all of the sensor's frame, nothing crops it";
	if (!sentence)
		return 0;
	log_error(log, "not-possible", "%s", sentence);
	return -EINVAL;
}

/*
 * Both flips are a turn by half: of a sensor that is mounted upside down they make up for it, of any
 * other that is how the picture is wanted. One flip is wanted in any case; what is mirrored turns
 * the other way.
 */
static unsigned find_rotation(const struct sensor *sensor, const struct options *options)
{
	unsigned rotation = sensor_rotation(sensor);

	if (options->hflip != options->vflip)
		return (360 - rotation) % 360;
	return options->hflip && rotation == 180 ? 0 : rotation;
}

int algorithms_create(struct log *log, struct sensor *sensor, const struct options *options,
		      const struct algorithms_setup *setup, struct algorithms **algorithms)
{
	struct algorithms *made;
	int ret;

	ret = allocate(log, sensor, &made);
	if (ret < 0)
		return ret;
	made->sensor_bits = setup->timing.bits;
	made->rotation = find_rotation(sensor, options);
	ret = work_out(made, options, setup);
	if (ret == 0)
		ret = write_first(made, &setup->timing);
	if (ret < 0) {
		algorithms_destroy(made);
		return ret;
	}
	ipa_delays_init(&made->delays, made->sensor.model->delays, &made->exposure.next);
	*algorithms = made;
	return 0;
}

void algorithms_destroy(struct algorithms *algorithms)
{
	free(algorithms);
}

const struct ipa_tuning *algorithms_tuning(const struct algorithms *algorithms)
{
	return &algorithms->tuning;
}

const struct ipa_processing *algorithms_wanted(const struct algorithms *algorithms)
{
	return &algorithms->wanted;
}

/* ---- run ---- */

unsigned algorithms_acts(struct algorithms *algorithms, uint32_t since,
			 const struct ipa_processing *processing)
{
	return ipa_history_add(&algorithms->history, since, processing);
}

unsigned algorithms_acted(const struct algorithms *algorithms, uint32_t sequence,
			  const struct ipa_processing **processing)
{
	unsigned slot = ipa_history_find(&algorithms->history, sequence);

	if (processing)
		*processing = &algorithms->history.processing[slot];
	return slot;
}

/* Gain that the sensor has not got is the processor's to apply. */
static unsigned take_exposure(struct algorithms *algorithms)
{
	double digital = algorithms->exposure.platform_digital;
	bool is_same = !(digital > algorithms->wanted.digital_gain) &&
		       !(digital < algorithms->wanted.digital_gain);

	ipa_delays_want(&algorithms->delays, &algorithms->exposure.next);
	algorithms->wanted.digital_gain = digital;
	return is_same ? 0 : ALGORITHMS_GAINS;
}

static unsigned take_balance(struct algorithms *algorithms)
{
	algorithms->wanted.gains = algorithms->balance.gains;
	if (!algorithms->balance.matrix_changed)
		return ALGORITHMS_GAINS;
	algorithms->wanted.matrix = algorithms->balance.matrix;
	return ALGORITHMS_GAINS | ALGORITHMS_MATRIX;
}

/* False for frames that can't be measured: made before the sensor was steady, or too long ago. */
static bool find_made_by(const struct algorithms *algorithms, uint32_t sequence,
			 struct ipa_settings *made_by)
{
	const struct ipa_processing *processing;
	struct ipa_values values;

	if (sequence < algorithms->sensor.model->bad_frames ||
	    ipa_delays_get(&algorithms->delays, sequence, &values) < 0)
		return false;
	ipa_sensor_settings(&algorithms->sensor, &values, made_by);
	if (algorithms->measures_digital_gain) {
		algorithms_acted(algorithms, sequence, &processing);
		made_by->digital_gain *= processing->digital_gain;
	}
	return true;
}

static unsigned measure(struct algorithms *algorithms, uint32_t sequence,
			struct ipa_zones *luma, struct ipa_zones *color)
{
	struct ipa_settings made_by;
	unsigned changed = 0;

	if (!find_made_by(algorithms, sequence, &made_by))
		return 0;
	luma->made_by = color->made_by = made_by;
	luma->sequence = color->sequence = sequence;
	if (algorithms->auto_exposure && ipa_exposure_process(&algorithms->exposure, luma))
		changed |= take_exposure(algorithms);
	if (algorithms->auto_balance && ipa_white_balance_process(&algorithms->balance, color))
		changed |= take_balance(algorithms);
	return changed;
}

unsigned algorithms_measure(struct algorithms *algorithms, uint32_t sequence,
			    struct ipa_zones *luma, struct ipa_zones *color)
{
	unsigned changed = measure(algorithms, sequence, luma, color);
	bool is_steady = (!algorithms->auto_exposure || algorithms->exposure.is_settled) &&
			 (!algorithms->auto_balance || algorithms->balance.is_settled);

	algorithms->steady_frames = is_steady ? algorithms->steady_frames + 1 : 0;
	return changed;
}

bool algorithms_are_automatic(const struct algorithms *algorithms)
{
	return algorithms->auto_exposure || algorithms->auto_balance;
}

bool algorithms_is_steady(const struct algorithms *algorithms)
{
	return !algorithms_are_automatic(algorithms) ||
	       algorithms->steady_frames >= STEADY_FRAMES;
}

/* Where nothing was ever processed, what would be done. */
static void settle_colors(const struct algorithms *algorithms,
			  const struct ipa_processing *processing,
			  struct sidecar_settings *settings)
{
	if (!processing)
		processing = &algorithms->wanted;
	settings->has_colors = true;
	settings->gains[0] = (float)processing->gains.red;
	settings->gains[1] = (float)processing->gains.blue;
	for (unsigned i = 0; i < 9; i++)
		settings->matrix[i] = (float)processing->matrix.m[i];
}

/*
 * Samples of fewer bits than their words are at the top of these, where a receiver widens them
 * (rp1-cfe): white is not all ones then.
 */
static uint32_t white_level(const struct algorithms *algorithms,
			    const struct format_info *format)
{
	unsigned bits = algorithms->sensor_bits;

	if (!bits || bits >= format->bits)
		return 0;
	return ((1u << bits) - 1) << (format->bits - bits);
}

void algorithms_settings(const struct algorithms *algorithms, const struct frame *frame,
			 struct sidecar_settings *settings)
{
	const struct format_info *format = format_find(frame->format->fourcc);
	const struct ipa_processing *processing = NULL;
	struct ipa_settings in_force;
	struct ipa_values values;

	settings->rotation = algorithms->rotation;
	if (ipa_delays_get(&algorithms->delays, frame->sequence, &values) < 0)
		return;
	ipa_sensor_settings(&algorithms->sensor, &values, &in_force);
	settings->exposure_ns = in_force.exposure_ns;
	settings->gain_milli =
		(uint32_t)(in_force.analogue_gain * in_force.digital_gain * 1e3 + 0.5);
	if (algorithms->history.num) {
		algorithms_acted(algorithms, frame->sequence, &processing);
		settings->red_milli = (uint32_t)(processing->gains.red * 1e3 + 0.5);
		settings->blue_milli = (uint32_t)(processing->gains.blue * 1e3 + 0.5);
	}
	/* Grey that a processor made has eight bits. */
	if (!format || (format->kind != FORMAT_BAYER &&
			(format->kind != FORMAT_GREY || format->bits == 8)))
		return;
	settle_colors(algorithms, processing, settings);
	settings->has_black_level = true;
	settings->black_level = algorithms->tuning.black_level >> (16 - format->bits);
	settings->white_level = white_level(algorithms, format);
}
