// SPDX-License-Identifier: GPL-2.0-or-later
/* What the streams that were asked for need of the sensor and of the ImgU. */
#include <errno.h>
#include <stdio.h>

#include "common/base/format.h"
#include "common/base/log.h"
#include "common/tool/algorithms.h"
#include "common/tool/option.h"
#include "common/tool/setup.h"
#include "ipu3/ipu3.h"
#include "ipu3/params.h"

#define DEFAULT_WIDTH  1280
#define DEFAULT_HEIGHT 720

static int refuse(const struct ipu3 *ipu3, const char *sentence)
{
	log_error(ipu3->log, "not-possible", "%s", sentence);
	return -EINVAL;
}

/* Ten bits, in the order that they come: what the CIO2 packs. */
static bool is_received(uint32_t code)
{
	return format_from_mbus(code, PACKING_IPU3);
}

/* The ImgU makes pictures of colours. */
static bool is_processed(uint32_t code)
{
	return is_received(code) && mbus_find(code)->kind == FORMAT_BAYER;
}

bool ipu3_is_received(const struct sensor_mode *mode)
{
	return is_received(mode->code) && mode->width <= IPU3_MAX_WIDTH &&
	       mode->height <= IPU3_MAX_HEIGHT;
}

static struct ipu3_wish mode_wish(const struct sensor_mode *mode, uint32_t zoom_milli)
{
	return (struct ipu3_wish){
		.input = { mode->width, mode->height },
		.fourcc = format_from_mbus(mode->code, PACKING_IPU3)->fourcc,
		.zoom_milli = zoom_milli,
	};
}

int ipu3_mode_limits(const struct sensor_mode *mode, uint32_t zoom_milli,
		     struct ipu3_limits *limits)
{
	struct ipu3_wish wish;

	if (!is_processed(mode->code))
		return -ERANGE;
	wish = mode_wish(mode, zoom_milli);
	return ipu3_geometry_limits(&wish, limits);
}

/* ---- which streams ---- */

static bool has_size(const struct option_stream *stream)
{
	return stream && (stream->width || stream->rate.numerator);
}

static int find_streams(struct ipu3 *ipu3, const struct options *options,
			struct ipu3_plan *plan)
{
	static const struct option_stream any = { .role = &ipu3_roles[IPU3_MAIN] };

	for (unsigned i = 0; i < options->num_streams; i++)
		plan->asked[options->streams[i].role - ipu3_roles] = &options->streams[i];
	if (!options->num_streams)
		plan->asked[IPU3_MAIN] = &any;
	for (unsigned role = 0; role < IPU3_NUM_ROLES; role++)
		plan->uses_imgu |= plan->asked[role] && role != IPU3_RAW;
	if (has_size(plan->asked[IPU3_STATS]) || has_size(plan->asked[IPU3_PARAMS]))
		return refuse(ipu3, "stats and params have neither size nor rate: they come "
				    "with each frame of the sensor");
	return plan->uses_imgu ? 0 : algorithms_check_raw_alone(ipu3->log, options);
}

static int need_imgu(struct ipu3 *ipu3)
{
	char why[IPU3_REASON_SIZE];

	if (ipu3->has_imgu)
		return ipu3->imgu ?
			       0 :
			       ipu3_imgu_open(ipu3->log, &ipu3->imgu_media, &ipu3->imgu);
	log_error(ipu3->log, "no-imgu",
		  "only raw can be had, for there is no ImgU to make pictures: %s",
		  ipu3_imgu_missing(why));
	return -EINVAL;
}

static bool has_colours(const struct sensor *sensor)
{
	for (unsigned i = 0; i < sensor->num_modes; i++)
		if (is_processed(sensor->modes[i].code))
			return true;
	return false;
}

static bool has_any(const struct sensor *sensor)
{
	for (unsigned i = 0; i < sensor->num_modes; i++)
		if (ipu3_is_received(&sensor->modes[i]))
			return true;
	return false;
}

/* ---- pictures ---- */

/* NV12 is all that the ImgU writes. */
static int plan_format(const struct ipu3 *ipu3, const struct setup *setup,
		       const struct option_stream *stream)
{
	char asked[FORMAT_NAME_SIZE];

	if (!stream || !stream->format || stream->format->fourcc == V4L2_PIX_FMT_NV12)
		return 0;
	return setup_settle(ipu3->log, setup->adjust, stream->role->name,
			    format_name_text(stream->format->fourcc, asked), "NV12");
}

static struct ipu3_size asked_size(const struct option_stream *stream)
{
	if (!stream)
		return (struct ipu3_size){ 0, 0 };
	if (!stream->width)
		return (struct ipu3_size){ DEFAULT_WIDTH, DEFAULT_HEIGHT };
	return (struct ipu3_size){ stream->width, stream->height };
}

static struct ipu3_wish picture_wish(const struct ipu3_plan *plan,
				     const struct sensor_mode *mode, uint32_t zoom_milli)
{
	struct ipu3_wish wish = mode_wish(mode, zoom_milli);

	wish.main = asked_size(plan->asked[IPU3_MAIN]);
	wish.viewfinder = asked_size(plan->asked[IPU3_VIEWFINDER]);
	return wish;
}

/*
 * What all modes have from which these pictures can be had, width and height apart, is what the sensor
 * must cover: no other mode does. Without any, misfit is that of the largest.
 */
static bool cover(struct ipu3_plan *plan, struct ipu3_size main, struct ipu3_size viewfinder,
		  uint32_t zoom_milli, struct ipu3_misfit *misfit)
{
	const struct sensor *sensor = plan->sensor.sensor;
	struct sensor_wish *wish = &plan->sensor.wish;
	struct ipu3_geometry geometry;
	bool found = false;

	for (unsigned i = 0; i < sensor->num_modes; i++) {
		const struct sensor_mode *mode = &sensor->modes[i];
		struct ipu3_wish pictures;

		if (!is_processed(mode->code) || !ipu3_is_received(mode))
			continue;
		pictures = mode_wish(mode, zoom_milli);
		pictures.main = main;
		pictures.viewfinder = viewfinder;
		if (ipu3_geometry_compute(&pictures, &geometry, misfit) < 0)
			continue;
		wish->width = found && wish->width < mode->width ? wish->width : mode->width;
		wish->height = found && wish->height < mode->height ? wish->height :
								      mode->height;
		found = true;
	}
	return found;
}

static void wish_for_pictures(struct ipu3_plan *plan, uint32_t zoom_milli)
{
	struct ipu3_misfit misfit = { 0 }, same = { 0 };

	/* The largest has the best to offer instead, for which it may not be needed. */
	plan->sensor.wish.width = IPU3_MAX_WIDTH;
	plan->sensor.wish.height = IPU3_MAX_HEIGHT;
	if (!cover(plan, asked_size(plan->asked[IPU3_MAIN]),
		   asked_size(plan->asked[IPU3_VIEWFINDER]), zoom_milli, &misfit) &&
	    misfit.reason != IPU3_MISFIT_ZOOM)
		cover(plan, misfit.nearest_main, misfit.nearest_viewfinder, zoom_milli,
		      &same);
}

/* "main 1280x720, viewfinder 640x480", or the one of them that there is. */
static const char *sizes_text(const struct ipu3_misfit *misfit, char *text, size_t size)
{
	const struct ipu3_size *main = &misfit->nearest_main;
	const struct ipu3_size *viewfinder = &misfit->nearest_viewfinder;
	int used = 0;

	text[0] = '\0';
	if (main->width)
		used = snprintf(text, size, "main %ux%u", main->width, main->height);
	if (viewfinder->width)
		snprintf(text + used, size - (size_t)used, "%sviewfinder %ux%u",
			 used ? ", " : "", viewfinder->width, viewfinder->height);
	return text;
}

static int refuse_misfit(const struct ipu3 *ipu3, const struct ipu3_misfit *misfit)
{
	char text[256], nearest[96];

	ipu3_misfit_text(misfit, text, sizeof(text));
	if (misfit->reason == IPU3_MISFIT_ZOOM)
		log_error(ipu3->log, "not-possible", "%s (--adjust takes that)", text);
	else if (sizes_text(misfit, nearest, sizeof(nearest))[0])
		log_error(ipu3->log, "not-possible",
			  "%s; possible is %s (--adjust takes it)", text, nearest);
	else
		log_error(ipu3->log, "not-possible", "%s", text);
	return -EINVAL;
}

/* The nearest that the misfit names fits, by its promise. Zoom gives way to sizes. */
static int adjust_misfit(const struct ipu3 *ipu3, struct ipu3_wish *pictures,
			 struct ipu3_geometry *geometry, struct ipu3_misfit *misfit)
{
	char text[256], taken[96];

	if (misfit->reason == IPU3_MISFIT_ZOOM) {
		pictures->zoom_milli = misfit->zoom_most_milli;
		snprintf(taken, sizeof(taken), "that");
	} else if (sizes_text(misfit, taken, sizeof(taken))[0]) {
		pictures->main = misfit->nearest_main;
		pictures->viewfinder = misfit->nearest_viewfinder;
	} else {
		return refuse_misfit(ipu3, misfit);
	}
	ipu3_misfit_text(misfit, text, sizeof(text));
	if (ipu3_geometry_compute(pictures, geometry, misfit) < 0)
		return refuse_misfit(ipu3, misfit);
	log_notice(ipu3->log, "adjusted", "%s: taking %s", text, taken);
	return 0;
}

static int plan_geometry(const struct ipu3 *ipu3, const struct options *options,
			 const struct setup *setup, struct ipu3_plan *plan)
{
	struct ipu3_wish pictures =
		picture_wish(plan, &plan->sensor.mode, options->zoom_milli);
	struct ipu3_misfit misfit;

	if (ipu3_geometry_compute(&pictures, &plan->geometry, &misfit) == 0)
		return 0;
	if (!setup->adjust)
		return refuse_misfit(ipu3, &misfit);
	return adjust_misfit(ipu3, &pictures, &plan->geometry, &misfit);
}

/* ---- all together ---- */

int ipu3_plan(struct ipu3 *ipu3, const struct options *options, const struct setup *setup,
	      struct ipu3_plan *plan)
{
	int ret;

	*plan = (struct ipu3_plan){ 0 };
	ret = find_streams(ipu3, options, plan);
	if (ret == 0 && !has_any(ipu3->sensor))
		ret = refuse(ipu3,
			     "the CIO2 takes ten bits a pixel, up to 4224x3136, in one of "
			     "the four Bayer orders or grey: the sensor has no such mode");
	if (ret == 0 && plan->uses_imgu && !has_colours(ipu3->sensor))
		ret = refuse(ipu3, "only raw can be had: the sensor sees no colours, and the "
				   "ImgU takes nothing else");
	if (ret == 0 && plan->uses_imgu)
		ret = need_imgu(ipu3);
	if (ret == 0)
		ret = algorithms_check_balance(ipu3->log, options, IPU3_MAX_GAIN);
	if (ret == 0)
		ret = plan_format(ipu3, setup, plan->asked[IPU3_MAIN]);
	if (ret == 0)
		ret = plan_format(ipu3, setup, plan->asked[IPU3_VIEWFINDER]);
	if (ret == 0)
		ret = sensor_plan_init(&plan->sensor, ipu3->log, ipu3->sensor, options);
	if (ret < 0)
		return ret;
	plan->sensor.accept = plan->uses_imgu ? is_processed : is_received;
	plan->sensor.wish.max_width = IPU3_MAX_WIDTH;
	plan->sensor.wish.max_height = IPU3_MAX_HEIGHT;
	if (plan->asked[IPU3_RAW])
		ret = sensor_plan_raw(&plan->sensor, setup, plan->asked[IPU3_RAW],
				      PACKING_IPU3);
	else
		wish_for_pictures(plan, options->zoom_milli);
	if (ret == 0)
		ret = sensor_plan_choose(&plan->sensor, setup);
	if (ret == 0 && plan->uses_imgu)
		ret = plan_geometry(ipu3, options, setup, plan);
	return ret;
}
