// SPDX-License-Identifier: GPL-2.0-or-later
/* What the sensor shall do: which mode, how fast, mirrored or not. */
#include "common/tool/sensor_plan.h"

#include <errno.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <string.h>

#include "common/base/log.h"
#include "common/device/rectangle.h"
#include "common/device/subdev.h"
#include "common/tool/algorithms.h"
#include "common/tool/explain.h"
#include "common/tool/option.h"
#include "common/tool/setup.h"

static int refuse(const struct sensor_plan *plan, const char *sentence)
{
	log_error(plan->log, "not-possible", "%s", sentence);
	return -EINVAL;
}

static int refuse_flip(const struct sensor_plan *plan, int error)
{
	log_error(plan->log, "not-possible", "%s: mirroring the picture: %s",
		  plan->sensor->subdev->name, strerror(-error));
	return error;
}

/* One sensor has one rate. */
static int find_rate(struct sensor_plan *plan, const struct options *options)
{
	for (unsigned i = 0; i < options->num_streams; i++) {
		const struct text_fraction *rate = &options->streams[i].rate;

		if (!rate->numerator)
			continue;
		if (plan->rate.numerator && (plan->rate.numerator != rate->numerator ||
					     plan->rate.denominator != rate->denominator))
			return refuse(plan, "all streams have the rate of the one sensor, so "
					    "only one can be asked for");
		plan->rate = *rate;
	}
	return 0;
}

int sensor_plan_init(struct sensor_plan *plan, struct log *log, struct sensor *sensor,
		     const struct options *options)
{
	int ret;

	*plan = (struct sensor_plan){
		.log = log,
		.sensor = sensor,
		.options = options,
		.hflip = options->hflip,
		.vflip = options->vflip,
		.wish = {
			.exact_width = options->mode_width,
			.exact_height = options->mode_height,
			.bits = options->mode_bits,
		},
	};
	ret = find_rate(plan, options);
	if (ret < 0)
		return ret;
	ret = sensor_expect_flip(sensor, options->hflip, options->vflip);
	return ret < 0 ? refuse_flip(plan, ret) : 0;
}

/* ---- choose ---- */

static const struct sensor_mode *choose(const struct sensor_plan *plan, unsigned skip)
{
	return sensor_choose(plan->sensor, &plan->wish, plan->accept, skip);
}

/*
 * The mode is set to learn its timing: the driver tells of no other. What is wrong with the
 * sensor then is said when the mode is set for good.
 */
static bool try_timing(const struct sensor_plan *plan, const struct sensor_mode *mode,
		       struct sensor_timing *timing)
{
	const struct sensor *sensor = plan->sensor;
	struct v4l2_mbus_framefmt format = {
		.code = mode->code,
		.width = mode->width,
		.height = mode->height,
		.field = V4L2_FIELD_NONE,
	};

	return subdev_set_format(sensor->subdev, sensor->pad, &format) == 0 &&
	       sensor_reset_line_length(sensor) == 0 &&
	       sensor_read_timing(sensor, timing) == 0;
}

static bool try_rate(const struct sensor_plan *plan, const struct sensor_mode *mode,
		     double *possible_hz)
{
	struct sensor_timing timing;
	struct text_fraction nearest;
	int32_t vblank;
	bool comes_to;

	if (!try_timing(plan, mode, &timing))
		return true;
	comes_to = sensor_vblank_for(&timing, &plan->rate, &vblank);
	nearest = sensor_rate(&timing, vblank);
	*possible_hz = (double)nearest.numerator / nearest.denominator;
	return comes_to;
}

/* The smallest mode that covers all and comes to the rate; if none does, the smallest. */
static const struct sensor_mode *choose_for_rate(const struct sensor_plan *plan,
						 bool *comes_to, double *possible_hz)
{
	const struct sensor_mode *mode, *first;
	struct sensor_state state;
	double hz = 0;

	*comes_to = true;
	first = choose(plan, 0);
	if (!first || !plan->rate.numerator || sensor_save(plan->sensor, &state) < 0)
		return first;
	mode = first;
	for (unsigned i = 1; mode; i++) {
		*comes_to = try_rate(plan, mode, &hz);
		if (mode == first)
			*possible_hz = hz;
		if (*comes_to)
			break;
		mode = choose(plan, i);
	}
	sensor_restore(plan->sensor, &state);
	return mode ? mode : first;
}

/* --mode asked for one that is not there: the smallest that covers it, or the largest. */
static const struct sensor_mode *choose_nearest(const struct sensor_plan *plan)
{
	const struct sensor_wish *wish = &plan->wish;
	const struct sensor_wish wider = {
		.width = wish->exact_width,
		.height = wish->exact_height,
		.max_width = wish->max_width,
		.max_height = wish->max_height,
	};

	return sensor_choose(plan->sensor, &wider, plan->accept, 0);
}

static int take_nearest(struct sensor_plan *plan, const struct setup *setup)
{
	const struct sensor_wish *wish = &plan->wish;
	const struct sensor_mode *mode = choose_nearest(plan);
	char asked[32], possible[32];

	if (!mode)
		return refuse(plan, "the sensor has no mode that this ISP takes");
	plan->mode = *mode;
	snprintf(asked, sizeof(asked), wish->bits ? "%ux%u:%u" : "%ux%u",
		 wish->exact_width, wish->exact_height, wish->bits);
	snprintf(possible, sizeof(possible), "%ux%u:%u", mode->width, mode->height,
		 mode->bits);
	return setup_settle(plan->log, setup->adjust, "--mode", asked, possible);
}

static int choose_mode(struct sensor_plan *plan, const struct setup *setup)
{
	const struct sensor_mode *mode;
	char asked[32], possible[32];
	bool comes_to = true;
	double hz = 0;

	mode = setup->script ? choose(plan, 0) : choose_for_rate(plan, &comes_to, &hz);
	if (!mode)
		return take_nearest(plan, setup);
	plan->mode = *mode;
	if (comes_to)
		return 0;
	snprintf(asked, sizeof(asked), "%.4g fps",
		 (double)plan->rate.numerator / plan->rate.denominator);
	snprintf(possible, sizeof(possible), "%.4g fps", hz);
	return setup_settle(plan->log, setup->adjust, "the sensor", asked, possible);
}

/* No mode is just so: what is nearest to it by its size. */
static const struct sensor_mode *relax(struct sensor_plan *plan,
				       const struct option_stream *stream)
{
	struct sensor_wish *wish = &plan->wish;
	const struct sensor_mode *mode;

	wish->bits = plan->options->mode_bits;
	if (plan->options->mode_width) {
		/* What is not there of --mode itself is refused when the mode is chosen. */
		mode = choose(plan, 0);
		return mode ? mode : choose_nearest(plan);
	}
	wish->exact_width = wish->exact_height = 0;
	if (stream->width) {
		wish->width = stream->width;
		wish->height = stream->height;
	}
	mode = choose(plan, 0);
	if (mode && stream->width) {
		wish->exact_width = mode->width;
		wish->exact_height = mode->height;
	}
	return mode;
}

/* Nobody said how large: the largest that comes to the rate. Without one all do. */
static void wish_for_largest(struct sensor_plan *plan, const struct setup *setup)
{
	const struct sensor *sensor = plan->sensor;
	struct sensor_wish *wish = &plan->wish;
	struct sensor_state state;
	double hz;

	wish->width = wish->max_width;
	wish->height = wish->max_height;
	if (wish->exact_width || !plan->rate.numerator || setup->script ||
	    sensor_save(sensor, &state) < 0)
		return;
	for (unsigned i = sensor->num_modes; i-- > 0;) {
		const struct sensor_mode *mode = &sensor->modes[i];

		if (!plan->accept(mode->code) || mode->width > wish->max_width ||
		    mode->height > wish->max_height || !try_rate(plan, mode, &hz))
			continue;
		wish->width = mode->width;
		wish->height = mode->height;
		break;
	}
	sensor_restore(sensor, &state);
}

/* A bus has a name for what comes in; how it is packed in memory is the receiver's. */
static const struct format_info *asked_format(const struct option_stream *stream,
					      enum format_packing packing)
{
	const struct format_info *packed = NULL;

	if (stream->bus)
		packed = format_from_mbus(stream->bus->code, packing);
	return packed ? packed : stream->format;
}

int sensor_plan_raw(struct sensor_plan *plan, const struct setup *setup,
		    const struct option_stream *stream, enum format_packing packing)
{
	const struct format_info *format = asked_format(stream, packing), *given;
	char name[FORMAT_NAME_SIZE], asked[sizeof(name) + 32], possible[sizeof(name) + 32];
	struct sensor_wish *wish = &plan->wish;
	const struct sensor_mode *mode;
	bool is_size;

	if (format && (format->kind == FORMAT_BAYER || format->kind == FORMAT_GREY))
		wish->bits = format->bits;
	if (stream->width && !wish->exact_width) {
		wish->exact_width = stream->width;
		wish->exact_height = stream->height;
	}
	wish_for_largest(plan, setup);
	mode = choose(plan, 0);
	if (!mode)
		mode = relax(plan, stream);
	if (!mode)
		return refuse(plan, "the sensor has no mode that this ISP takes");
	given = format_from_mbus(mode->code, packing);
	is_size = !stream->width ||
		  (stream->width == mode->width && stream->height == mode->height);
	if (is_size && (!format || format == given))
		return 0;
	snprintf(asked, sizeof(asked), "%s %ux%u",
		 format_name_text((format ? format : given)->fourcc, name),
		 stream->width ? stream->width : mode->width,
		 stream->width ? stream->height : mode->height);
	snprintf(possible, sizeof(possible), "%s %ux%u",
		 format_name_text(given->fourcc, name), mode->width, mode->height);
	return setup_settle(plan->log, setup->adjust, stream->role->name, asked, possible);
}

/* What exposure can be, too, belongs to the mode. */
static int check_exposure(const struct sensor_plan *plan)
{
	const struct option_3a *wanted = &plan->options->algorithms;
	struct sensor_timing timing;
	struct sensor_state state;
	int32_t vblank;
	bool is_known;

	if (!wanted->exposure_ns && !wanted->gain_milli && !wanted->tuning)
		return 0;
	if (sensor_save(plan->sensor, &state) < 0)
		return 0;
	is_known = try_timing(plan, &plan->mode, &timing);
	sensor_restore(plan->sensor, &state);
	if (!is_known)
		return 0;
	sensor_vblank_for(&timing, &plan->rate, &vblank);
	return algorithms_check(plan->log, plan->sensor, plan->options, &timing, vblank);
}

int sensor_plan_choose(struct sensor_plan *plan, const struct setup *setup)
{
	int ret;

	ret = choose_mode(plan, setup);
	return ret < 0 || setup->script ? ret : check_exposure(plan);
}

int sensor_plan_cover(const struct sensor_plan *plan, const struct setup *setup,
		      const struct sensor_cover *cover, uint32_t *width, uint32_t *height)
{
	const struct sensor_mode *mode = &plan->mode;
	char asked[32], possible[32];

	if (*width <= mode->width && *height <= mode->height)
		return 0;
	snprintf(asked, sizeof(asked), "%ux%u", *width, *height);
	*width = rectangle_nearest(*width, cover->min_width, mode->width, cover->step);
	*height = rectangle_nearest(*height, cover->min_height, mode->height, cover->step);
	snprintf(possible, sizeof(possible), "%ux%u", *width, *height);
	return setup_settle(plan->log, setup->adjust, cover->what, asked, possible);
}

/* ---- route ---- */

static void print_control(const struct sensor_plan *plan, struct setup *setup,
			  const char *name, const char *value)
{
	const struct subdev *subdev = plan->sensor->subdev;
	char device[SETUP_DEVICE_SIZE];

	fprintf(setup->script, "v4l2-ctl -d %s --set-ctrl=%s=%s\n",
		setup_device_text(setup, subdev->name, subdev->node, device), name, value);
}

static void print_flips(const struct sensor_plan *plan, struct setup *setup)
{
	int32_t value;

	if (sensor_get_control(plan->sensor, V4L2_CID_HFLIP, &value) == 0)
		print_control(plan, setup, "horizontal_flip", plan->hflip ? "1" : "0");
	if (sensor_get_control(plan->sensor, V4L2_CID_VFLIP, &value) == 0)
		print_control(plan, setup, "vertical_flip", plan->vflip ? "1" : "0");
}

/* What is usual depends on the mode: the driver tells it when that is set. */
static void print_line_length(const struct sensor_plan *plan, struct setup *setup)
{
	const struct subdev *subdev = plan->sensor->subdev;
	char device[SETUP_DEVICE_SIZE], value[SETUP_DEVICE_SIZE + 128];

	if (!sensor_has_line_length(plan->sensor))
		return;
	snprintf(value, sizeof(value),
		 "$(v4l2-ctl -d %s --list-ctrls | "
		 "sed -n 's/^ *horizontal_blanking .*default=\\([0-9]*\\).*/\\1/p')",
		 setup_device_text(setup, subdev->name, subdev->node, device));
	print_control(plan, setup, "horizontal_blanking", value);
}

/* The shell works out VBLANK when the mode is set: only then the driver tells the rest. */
static void print_rate(const struct sensor_plan *plan, struct setup *setup)
{
	const struct subdev *subdev = plan->sensor->subdev;
	const struct sensor_mode *mode = &plan->mode;
	const struct text_fraction *rate = &plan->rate;
	char device[SETUP_DEVICE_SIZE], value[256];

	if (!rate->numerator)
		return;
	setup_comment(setup, "lines of blanking for %u/%u frames a second",
		      rate->numerator, rate->denominator);
	fprintf(setup->script,
		"value() { v4l2-ctl -d %s --get-ctrl=\"$1\" | sed 's/.*: //'; }\n"
		"line=$(($(value horizontal_blanking) + %u))\n",
		setup_device_text(setup, subdev->name, subdev->node, device), mode->width);
	snprintf(value, sizeof(value),
		 "$((($(value pixel_rate) * %u * 2 / (%u * line) + 1) / 2 - %u))",
		 rate->denominator, rate->numerator, mode->height);
	print_control(plan, setup, "vertical_blanking", value);
}

static void set_flips(const struct sensor_plan *plan, struct setup *setup)
{
	int ret;

	if (setup->error)
		return;
	ret = sensor_flip(plan->sensor, plan->hflip, plan->vflip);
	setup->error = ret;
	if (ret == -EBUSY)
		explain_busy(plan->log, setup->media, plan->sensor->subdev->name);
	else if (ret < 0)
		refuse_flip(plan, ret);
}

static void read_timing(struct sensor_plan *plan, struct setup *setup)
{
	int ret;

	if (setup->error)
		return;
	ret = sensor_reset_line_length(plan->sensor);
	if (ret == 0)
		ret = sensor_read_timing(plan->sensor, &plan->timing);
	if (ret == 0) {
		sensor_vblank_for(&plan->timing, &plan->rate, &plan->vblank);
		sensor_read_view(plan->sensor, &plan->view);
		return;
	}
	log_error(plan->log, "sensor-unknown",
		  "%s: the driver does not tell its timing (PIXEL_RATE, HBLANK): %s",
		  plan->sensor->subdev->name, strerror(-ret));
	setup->error = ret;
}

void sensor_plan_route(struct sensor_plan *plan, struct setup *setup)
{
	const struct sensor_mode *mode = &plan->mode;

	if (setup->script)
		print_flips(plan, setup);
	else
		set_flips(plan, setup);
	setup_pad(setup, plan->sensor->subdev, plan->sensor->pad, mode->code, mode->width,
		  mode->height);
	if (setup->script) {
		print_line_length(plan, setup);
		print_rate(plan, setup);
	} else {
		read_timing(plan, setup);
	}
}

struct text_fraction sensor_plan_rate(const struct sensor_plan *plan)
{
	return plan->timing.pixel_rate ? sensor_rate(&plan->timing, plan->vblank) :
					 (struct text_fraction){ 0, 0 };
}
