// SPDX-License-Identifier: GPL-2.0-or-later
/* What is to be set for the streams that were asked for; refuses what can't be. */
#include <errno.h>
#include <stdio.h>

#include "common/base/format.h"
#include "common/base/log.h"
#include "common/device/rectangle.h"
#include "common/device/subdev.h"
#include "common/tool/algorithms.h"
#include "common/tool/setup.h"
#include "rkisp1/params.h"
#include "rkisp1/rkisp1.h"

#define DEFAULT_WIDTH  1280
#define DEFAULT_HEIGHT 720

static const struct option_stream *find_stream(const struct options *options,
					       enum rkisp1_role role)
{
	for (unsigned i = 0; i < options->num_streams; i++)
		if (options->streams[i].role == &rkisp1_roles[role])
			return &options->streams[i];
	return NULL;
}

static int refuse(const struct rkisp1 *rkisp1, const char *sentence)
{
	log_error(rkisp1->log, "not-possible", "%s", sentence);
	return -EINVAL;
}

static int refuse_modes(const struct rkisp1 *rkisp1)
{
	log_error(rkisp1->log, "not-possible",
		  "%s has no mode that this ISP takes: Bayer of 8, 10 or 12 bits, up to %ux%u",
		  rkisp1->sensor->subdev->name, rkisp1->variant->max_width,
		  rkisp1->variant->max_height);
	return -EINVAL;
}

/* What can run together. */
static int plan_streams(struct rkisp1 *rkisp1, const struct options *options,
			struct rkisp1_plan *plan)
{
	static const struct option_stream any = { .role = &rkisp1_roles[RKISP1_MAIN] };
	const struct option_stream *raw = find_stream(options, RKISP1_RAW);

	plan->main.stream = options->num_streams ? find_stream(options, RKISP1_MAIN) : &any;
	plan->self.stream = find_stream(options, RKISP1_SELF);
	plan->stats = find_stream(options, RKISP1_STATS);
	plan->is_raw = raw;
	if (raw && (options->algorithms.settle_ns || options->algorithms.flicker_hz ||
		    (options->algorithms.awb != AWB_ON && !option_keeps_balance(options))))
		return refuse(rkisp1, "raw is not measured: --settle, --flicker and --awb have "
				      "no effect");
	if (raw && options->zoom_milli != 1000)
		return refuse(rkisp1,
			      "--zoom: raw passes the ISP untouched, nothing crops it");
	if (raw && (plan->main.stream || plan->self.stream || plan->stats))
		return refuse(rkisp1, "raw runs alone: it passes the ISP untouched, so there is "
				      "no picture beside it, and nothing is measured");
	if (plan->self.stream && !rkisp1->self)
		return refuse(rkisp1, "self: this SoC's ISP has one path only");
	if (plan->stats && !plan->main.stream && !plan->self.stream)
		return refuse(rkisp1, "stats come only while main or self streams: ask for one "
				      "of them, too");
	if (plan->stats && plan->stats->format &&
	    plan->stats->format->fourcc != V4L2_META_FMT_RK_ISP1_STAT_3A)
		return refuse(rkisp1, "stats have one format only, RK1S");
	if (plan->stats && (plan->stats->width || plan->stats->rate.numerator))
		return refuse(rkisp1, "stats have neither size nor rate: they come with each "
				      "frame of the sensor");
	if (raw)
		plan->main.stream = raw;
	return 0;
}

/* The format and the size of a processed picture. */
static int plan_output(struct rkisp1 *rkisp1, const struct options *options,
		       enum rkisp1_role role, struct rkisp1_output *output)
{
	const struct option_stream *stream = output->stream;
	char asked[FORMAT_NAME_SIZE], possible[FORMAT_NAME_SIZE];
	struct info_sizes sizes = rkisp1_path_sizes(rkisp1, role);
	uint32_t width, height;
	int ret = 0;

	output->fourcc = stream->format ? stream->format->fourcc : V4L2_PIX_FMT_NV12;
	if (!rkisp1_is_offered(rkisp1, role, output->fourcc)) {
		format_name_text(output->fourcc, asked);
		output->fourcc = V4L2_PIX_FMT_NV12;
		ret = setup_settle(rkisp1->log, options->adjust, rkisp1_roles[role].name,
				   asked, format_name_text(output->fourcc, possible));
	}
	width = stream->width ? stream->width : DEFAULT_WIDTH;
	height = stream->height ? stream->height : DEFAULT_HEIGHT;
	output->width =
		rectangle_nearest(width, sizes.min_width, sizes.max_width, sizes.step);
	output->height =
		rectangle_nearest(height, sizes.min_height, sizes.max_height, sizes.step);
	if (ret < 0 || (output->width == width && output->height == height))
		return ret;
	snprintf(asked, sizeof(asked), "%ux%u", width, height);
	snprintf(possible, sizeof(possible), "%ux%u", output->width, output->height);
	return setup_settle(rkisp1->log, options->adjust, rkisp1_roles[role].name, asked,
			    possible);
}

/* Raw is the mode that was chosen. */
static void take_raw(struct rkisp1_plan *plan)
{
	const struct sensor_mode *mode = &plan->sensor.mode;

	plan->main.fourcc = format_from_mbus(mode->code, PACKING_PLAIN)->fourcc;
	plan->main.width = mode->width;
	plan->main.height = mode->height;
}

/* What the sensor should cover: a part of the picture has the pixels of a larger one. */
static void wish_for(struct sensor_wish *wish, const struct rkisp1_output *output,
		     uint32_t zoom_milli)
{
	uint32_t width = (uint32_t)((uint64_t)output->width * zoom_milli / 1000);
	uint32_t height = (uint32_t)((uint64_t)output->height * zoom_milli / 1000);

	if (width > wish->width)
		wish->width = width;
	if (height > wish->height)
		wish->height = height;
}

static int plan_outputs(struct rkisp1 *rkisp1, const struct options *options,
			const struct setup *setup, struct rkisp1_plan *plan)
{
	struct sensor_wish *wish = &plan->sensor.wish;
	int ret = 0;

	wish->max_width = rkisp1->variant->max_width;
	wish->max_height = rkisp1->variant->max_height;
	if (plan->is_raw)
		return sensor_plan_raw(&plan->sensor, setup, plan->main.stream,
				       PACKING_PLAIN);
	if (plan->main.stream)
		ret = plan_output(rkisp1, options, RKISP1_MAIN, &plan->main);
	if (ret == 0 && plan->self.stream)
		ret = plan_output(rkisp1, options, RKISP1_SELF, &plan->self);
	wish_for(wish, &plan->main, plan->zoom_milli);
	wish_for(wish, &plan->self, plan->zoom_milli);
	return ret;
}

/* A picture larger than what the sensor sees would be made up. */
static int check_cover(const struct rkisp1_plan *plan, const struct setup *setup,
		       enum rkisp1_role role, struct rkisp1_output *output)
{
	const struct sensor_cover cover = {
		.what = rkisp1_roles[role].name,
		.min_width = RKISP1_MIN_WIDTH,
		.min_height = RKISP1_MIN_HEIGHT,
		.step = RKISP1_SIZE_STEP,
	};

	return output->stream && !plan->is_raw ?
		       sensor_plan_cover(&plan->sensor, setup, &cover, &output->width,
					 &output->height) :
		       0;
}

int rkisp1_plan_make(struct rkisp1_plan *plan, struct rkisp1 *rkisp1,
		     const struct options *options, const struct setup *setup)
{
	int ret;

	*plan = (struct rkisp1_plan){ .zoom_milli = options->zoom_milli };
	ret = plan_streams(rkisp1, options, plan);
	if (ret == 0)
		ret = algorithms_check_balance(rkisp1->log, options, RKISP1_MAX_GAIN);
	if (ret == 0 && !rkisp1_path_sizes(rkisp1, RKISP1_MAIN).max_width)
		ret = refuse_modes(rkisp1);
	if (ret == 0)
		ret = sensor_plan_init(&plan->sensor, rkisp1->log, rkisp1->sensor, options);
	plan->sensor.accept = rkisp1_is_accepted;
	if (ret == 0)
		ret = plan_outputs(rkisp1, options, setup, plan);
	if (ret == 0)
		ret = sensor_plan_choose(&plan->sensor, setup);
	if (ret == 0 && plan->is_raw)
		take_raw(plan);
	if (ret == 0)
		ret = check_cover(plan, setup, RKISP1_MAIN, &plan->main);
	if (ret == 0)
		ret = check_cover(plan, setup, RKISP1_SELF, &plan->self);
	return ret;
}
