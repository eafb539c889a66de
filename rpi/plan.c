// SPDX-License-Identifier: GPL-2.0-or-later
/* What the streams that were asked for need of the sensor, the receiver and the ISP. */
#include <errno.h>
#include <stdio.h>

#include "common/base/format.h"
#include "common/base/log.h"
#include "common/device/media.h"
#include "common/device/rectangle.h"
#include "common/device/subdev.h"
#include "common/device/video.h"
#include "common/tool/algorithms.h"
#include "common/tool/option.h"
#include "common/tool/setup.h"
#include "rpi/embedded.h"
#include "rpi/rpi.h"
#include "rpi/values.h"

#define DEFAULT_WIDTH  1280
#define DEFAULT_HEIGHT 720

/* Statistics come with a picture: this wide it is when nobody wants one. */
#define LEAST_WIDTH 320

static int refuse(const struct rpi *rpi, const char *sentence)
{
	log_error(rpi->log, "not-possible", "%s", sentence);
	return -EINVAL;
}

static int refuse_receiver(const struct rpi *rpi)
{
	log_error(rpi->log, "not-possible", "%s: %s", rpi->receiver->refusal,
		  rpi->receiver->remedy);
	return -EINVAL;
}

bool rpi_is_received(uint32_t code)
{
	return format_from_mbus(code, PACKING_CSI2);
}

/* ---- which streams ---- */

static bool has_size(const struct option_stream *stream)
{
	return stream && (stream->width || stream->rate.numerator);
}

static int find_streams(struct rpi *rpi, const struct options *options, struct rpi_plan *plan)
{
	static const struct option_stream any = { .role = &rpi_roles[RPI_MAIN] };
	static const struct option_stream raw = { .role = &rpi_roles[RPI_RAW] };
	bool takes_any = !options->num_streams;

	for (unsigned i = 0; i < options->num_streams; i++)
		plan->asked[options->streams[i].role - rpi_roles] = &options->streams[i];
	/* Without an ISP there is one kind of picture. */
	if (takes_any)
		plan->asked[rpi->num_isps ? RPI_MAIN : RPI_RAW] = rpi->num_isps ? &any : &raw;
	plan->uses_isp = plan->asked[RPI_MAIN] || plan->asked[RPI_SECOND] ||
			 plan->asked[RPI_STATS];
	if (has_size(plan->asked[RPI_STATS]) || has_size(plan->asked[RPI_EMBEDDED]))
		return refuse(rpi, "stats and embedded have neither size nor rate: they come "
				   "with each frame of the sensor");
	return plan->uses_isp ? 0 : algorithms_check_raw_alone(rpi->log, options);
}

static int need_isp(struct rpi *rpi, const struct setup *setup)
{
	char why[RPI_REASON_SIZE];
	int ret;

	ret = rpi->isp ? 0 : rpi_isp_open(rpi, !setup->script, &rpi->isp);
	if (ret != -ENODEV)
		return ret;
	log_error(rpi->log, "no-isp",
		  "only raw can be had, for there is no ISP to make pictures: %s; of raw this "
		  "program makes pictures itself (-s raw -F NAME.png)",
		  rpi_isp_missing(rpi, why));
	return -EINVAL;
}

/* ---- raw ---- */

/* The form that an rp1-cfe may give to raw besides that of the bus: 16 bits, compressed or not. */
static const struct format_info *find_remapped(const struct format_info *wanted, uint32_t code)
{
	const struct format_info *compressed = format_from_mbus(code, PACKING_PISP);

	if (!compressed || wanted->packing == PACKING_PISP)
		return compressed;
	return format_from_mbus(compressed->mbus_code, PACKING_PLAIN);
}

static bool is_remapped(const struct rpi *rpi, const struct option_stream *raw)
{
	const struct format_info *format = raw ? raw->format : NULL;

	return format && rpi->receiver->is_cfe && !raw->bus &&
	       (format->kind == FORMAT_BAYER || format->kind == FORMAT_GREY) &&
	       (format->packing == PACKING_PISP ||
		(format->packing == PACKING_PLAIN && format->bits == 16));
}

/* Not all receivers have words with samples in their lower bits. */
static enum format_packing raw_packing(const struct rpi *rpi, const struct option_stream *raw)
{
	bool is_plain = raw && raw->format && !raw->bus &&
			raw->format->packing == PACKING_PLAIN && raw->format->bits > 8 &&
			rpi_receiver_gives(rpi, raw->format->fourcc);

	return is_plain ? PACKING_PLAIN : PACKING_CSI2;
}

/* Of the mode that was chosen. */
static int plan_raw_format(const struct rpi *rpi, const struct setup *setup,
			   struct rpi_plan *plan)
{
	const struct option_stream *raw = plan->asked[RPI_RAW];
	uint32_t code = plan->sensor.mode.code;
	const struct format_info *sent = format_from_mbus(code, PACKING_CSI2), *format;
	char asked[FORMAT_NAME_SIZE], possible[FORMAT_NAME_SIZE];

	plan->code = code;
	if (!is_remapped(rpi, raw)) {
		format = format_from_mbus(code, raw_packing(rpi, raw));
		plan->raw = (format ? format : sent)->fourcc;
		return 0;
	}
	format = find_remapped(raw->format, code);
	if (format)
		plan->code = format->mbus_code;
	else
		format = sent;
	plan->raw = format->fourcc;
	return format == raw->format ?
		       0 :
		       setup_settle(rpi->log, setup->adjust, rpi_roles[RPI_RAW].name,
				    format_name_text(raw->format->fourcc, asked),
				    format_name_text(format->fourcc, possible));
}

static int wish_for_raw(struct rpi *rpi, const struct setup *setup, struct rpi_plan *plan)
{
	struct option_stream raw = *plan->asked[RPI_RAW];

	/* What bits the sensor sends says nothing of a form that the receiver gives them. */
	if (is_remapped(rpi, &raw))
		raw.format = NULL;
	return sensor_plan_raw(&plan->sensor, setup, &raw, raw_packing(rpi, &raw));
}

/* ---- pictures ---- */

static uint32_t usual_format(const struct video *node)
{
	struct v4l2_fmtdesc description;

	if (rpi_isp_offers(node, V4L2_PIX_FMT_NV12) ||
	    video_enum_format(node, 0, 0, &description) < 0)
		return V4L2_PIX_FMT_NV12;
	return description.pixelformat;
}

static int plan_format(const struct rpi *rpi, const struct setup *setup, enum rpi_role role,
		       const struct option_stream *stream, struct rpi_picture *picture)
{
	const struct video *node = role == RPI_MAIN ? rpi->isp->main : rpi->isp->second;
	char asked[FORMAT_NAME_SIZE], possible[FORMAT_NAME_SIZE];

	picture->fourcc = usual_format(node);
	if (!stream->format || stream->format->fourcc == picture->fourcc)
		return 0;
	if (rpi_isp_makes(role, node, stream->format->fourcc)) {
		picture->fourcc = stream->format->fourcc;
		return 0;
	}
	return setup_settle(rpi->log, setup->adjust, stream->role->name,
			    format_name_text(stream->format->fourcc, asked),
			    format_name_text(picture->fourcc, possible));
}

static int settle_size(const struct rpi *rpi, const struct setup *setup, enum rpi_role role,
		       struct rpi_picture *picture, uint32_t width, uint32_t height)
{
	char asked[32], possible[32];

	if (picture->width == width && picture->height == height)
		return 0;
	snprintf(asked, sizeof(asked), "%ux%u", picture->width, picture->height);
	snprintf(possible, sizeof(possible), "%ux%u", width, height);
	picture->width = width;
	picture->height = height;
	return setup_settle(rpi->log, setup->adjust, rpi_roles[role].name, asked, possible);
}

static int plan_size(const struct rpi *rpi, const struct setup *setup, enum rpi_role role,
		     const struct option_stream *stream, struct rpi_picture *picture)
{
	picture->width = stream->width ? stream->width : DEFAULT_WIDTH;
	picture->height = stream->width ? stream->height : DEFAULT_HEIGHT;
	return settle_size(rpi, setup, role, picture,
			   rectangle_nearest(picture->width, RPI_MIN_SIZE, RPI_MAX_SIZE,
					     RPI_SIZE_STEP),
			   rectangle_nearest(picture->height, RPI_MIN_SIZE, RPI_MAX_SIZE,
					     RPI_SIZE_STEP));
}

static int plan_picture(const struct rpi *rpi, const struct setup *setup, enum rpi_role role,
			const struct option_stream *stream, struct rpi_picture *picture)
{
	int ret;

	if (!stream)
		return 0;
	ret = plan_format(rpi, setup, role, stream, picture);
	return ret < 0 ? ret : plan_size(rpi, setup, role, stream, picture);
}

/* Without a size of its own it is as large as main, whatever that comes to. */
static void match_second(struct rpi_plan *plan)
{
	const struct option_stream *second = plan->asked[RPI_SECOND];

	if (!second || second->width || !plan->asked[RPI_MAIN])
		return;
	plan->second.width = plan->main.width;
	plan->second.height = plan->main.height;
}

/* The ISP makes the second picture from what it made for the first. */
static int fit_second(const struct rpi *rpi, const struct setup *setup, struct rpi_plan *plan)
{
	const struct rpi_picture *main = &plan->main;
	struct rpi_picture *second = &plan->second;

	if (!second->width || !plan->asked[RPI_MAIN])
		return 0;
	return settle_size(rpi, setup, RPI_SECOND, second,
			   second->width < main->width ? second->width : main->width,
			   second->height < main->height ? second->height : main->height);
}

/* Main runs in any case, for whatever else is wanted comes with it. */
static void plan_unasked_main(const struct rpi *rpi, struct rpi_plan *plan)
{
	const struct sensor_mode *mode = &plan->sensor.mode;
	uint32_t height = LEAST_WIDTH * mode->height / mode->width;

	if (plan->asked[RPI_MAIN])
		return;
	plan->main = plan->second;
	if (plan->second.width)
		return;
	plan->main.fourcc = usual_format(rpi->isp->main);
	plan->main.width =
		rectangle_nearest(LEAST_WIDTH, RPI_MIN_SIZE, RPI_MAX_SIZE, RPI_SIZE_STEP);
	plan->main.height =
		rectangle_nearest(height, RPI_MIN_SIZE, RPI_MAX_SIZE, RPI_SIZE_STEP);
}

static void wish_for_picture(struct rpi_plan *plan, const struct rpi_picture *picture,
			     uint32_t zoom_milli)
{
	struct sensor_wish *wish = &plan->sensor.wish;
	uint32_t width = (uint32_t)((uint64_t)picture->width * zoom_milli / 1000);
	uint32_t height = (uint32_t)((uint64_t)picture->height * zoom_milli / 1000);

	wish->width = width > wish->width ? width : wish->width;
	wish->height = height > wish->height ? height : wish->height;
}

/* A picture larger than what the sensor sees would be made up. */
static int check_cover(const struct rpi_plan *plan, const struct setup *setup,
		       enum rpi_role role, struct rpi_picture *picture)
{
	const struct sensor_cover cover = {
		.what = rpi_roles[role].name,
		.min_width = RPI_MIN_SIZE,
		.min_height = RPI_MIN_SIZE,
		.step = RPI_SIZE_STEP,
	};

	return picture->width ? sensor_plan_cover(&plan->sensor, setup, &cover,
						  &picture->width, &picture->height) :
				0;
}

/* Both pictures show the same part of the sensor's. */
static void say_stretched(const struct rpi *rpi, const struct rpi_plan *plan)
{
	uint64_t one = (uint64_t)plan->main.width * plan->second.height;
	uint64_t other = (uint64_t)plan->main.height * plan->second.width;
	uint64_t apart = one > other ? one - other : other - one;

	/* Two pixels are what rounding costs. */
	if (plan->second.width && apart > 2 * (uint64_t)(plan->main.width + plan->main.height))
		log_notice(rpi->log, "stretched",
			   "second shows what main shows, but has not its shape: things in it "
			   "look stretched");
}

/* What pictures show, and of zoom as much as there can be. */
static int plan_crop(const struct rpi *rpi, const struct options *options,
		     const struct setup *setup, struct rpi_plan *plan)
{
	static const struct rectangle_rules rules = { .step = RPI_SIZE_STEP,
						      .min = RPI_MIN_SIZE };
	const struct sensor_mode *mode = &plan->sensor.mode;
	const struct rpi_picture *main = &plan->main;
	const struct v4l2_rect all = rectangle_middle(mode->width, mode->height, main->width,
						      main->height, 1000, &rules);
	uint32_t side = all.width < all.height ? all.width : all.height;
	uint32_t most_milli = side * 1000 / RPI_MIN_SIZE, zoom_milli = options->zoom_milli;
	char asked[32], possible[32];
	int ret = 0;

	if (zoom_milli > most_milli) {
		snprintf(asked, sizeof(asked), "%.3f", zoom_milli / 1000.0);
		snprintf(possible, sizeof(possible), "%.3f", most_milli / 1000.0);
		zoom_milli = most_milli;
		ret = setup_settle(rpi->log, setup->adjust, "--zoom", asked, possible);
	}
	plan->crop = rectangle_middle(mode->width, mode->height, main->width,
				      main->height, zoom_milli, &rules);
	return ret;
}

static int plan_pictures(struct rpi *rpi, const struct options *options,
			 const struct setup *setup, struct rpi_plan *plan)
{
	int ret;

	ret = check_cover(plan, setup, RPI_MAIN, &plan->main);
	match_second(plan);
	if (ret == 0)
		ret = check_cover(plan, setup, RPI_SECOND, &plan->second);
	if (ret == 0)
		ret = fit_second(rpi, setup, plan);
	plan_unasked_main(rpi, plan);
	if (ret == 0)
		ret = plan_crop(rpi, options, setup, plan);
	if (ret == 0)
		say_stretched(rpi, plan);
	return ret;
}

/* ---- embedded data ---- */

static int check_embedded(const struct rpi *rpi, const struct rpi_plan *plan)
{
	const char *why;

	if (!plan->asked[RPI_EMBEDDED] || rpi_receiver_embedded_bytes(rpi, &why))
		return 0;
	log_error(rpi->log, "not-possible", "embedded: there are no such data: %s", why);
	return -EINVAL;
}

/* Unasked they are read only where exposure follows what they say. */
static bool wants_embedded(const struct rpi *rpi, const struct options *options,
			   const struct rpi_plan *plan)
{
	struct rpi_embedded_layout layout;
	const char *why;

	if (plan->asked[RPI_EMBEDDED])
		return true;
	return plan->uses_isp && !options->algorithms.ae_off &&
	       rpi_receiver_embedded_bytes(rpi, &why) &&
	       rpi_embedded_find(rpi->sensor->subdev->name, plan->sensor.mode.bits,
				 &layout) == 0;
}

/* ---- all together ---- */

static int wish(struct rpi *rpi, const struct options *options, const struct setup *setup,
		struct rpi_plan *plan)
{
	struct sensor_wish *wish = &plan->sensor.wish;

	plan->sensor.accept = rpi_is_received;
	wish->max_width = rpi->receiver->max_size;
	wish->max_height = rpi->receiver->max_size;
	if (plan->asked[RPI_RAW])
		return wish_for_raw(rpi, setup, plan);
	match_second(plan);
	wish_for_picture(plan, &plan->main, options->zoom_milli);
	wish_for_picture(plan, &plan->second, options->zoom_milli);
	return 0;
}

int rpi_plan(struct rpi *rpi, const struct options *options, const struct setup *setup,
	     struct rpi_plan *plan)
{
	int ret;

	*plan = (struct rpi_plan){ 0 };
	if (rpi->receiver->refusal)
		return refuse_receiver(rpi);
	ret = setup->script ? 0 : rpi_receiver_check_free(rpi);
	if (ret == 0)
		ret = find_streams(rpi, options, plan);
	if (ret == 0)
		ret = check_embedded(rpi, plan);
	if (ret == 0 && plan->uses_isp)
		ret = need_isp(rpi, setup);
	if (ret == 0)
		ret = algorithms_check_balance(rpi->log, options, RPI_MAX_GAIN);
	if (ret == 0 && plan->uses_isp)
		ret = plan_picture(rpi, setup, RPI_MAIN, plan->asked[RPI_MAIN], &plan->main);
	if (ret == 0 && plan->uses_isp)
		ret = plan_picture(rpi, setup, RPI_SECOND, plan->asked[RPI_SECOND],
				   &plan->second);
	if (ret == 0)
		ret = sensor_plan_init(&plan->sensor, rpi->log, rpi->sensor, options);
	if (ret == 0)
		ret = wish(rpi, options, setup, plan);
	if (ret == 0)
		ret = sensor_plan_choose(&plan->sensor, setup);
	if (ret == 0)
		ret = plan_raw_format(rpi, setup, plan);
	if (ret == 0 && plan->uses_isp)
		ret = plan_pictures(rpi, options, setup, plan);
	plan->uses_embedded = ret == 0 && wants_embedded(rpi, options, plan);
	return ret;
}
