// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vimc-capture: the kernel's virtual media controller camera.
 *
 * Two sensors, each wired to a raw capture of its own and to a debayer; one of the
 * debayers (or an input of no interest here) feeds the scaler and the one RGB capture
 * behind it:
 *
 *	            Bayer                RGB888        RGB888, any size       RGB3
 *	Sensor A ─┬──────▶ 0 Debayer A 1 ┄┄┄┄┐
 *	          └──────▶ Raw Capture 0     ┆
 *	Sensor B ─┬──────▶ 0 Debayer B 1 ┄┄┄┄┼▶ 0 crop  Scaler 1 ──────▶ RGB/YUV Capture
 *	          └──────▶ Raw Capture 1     ┆
 *	                  RGB/YUV Input 0 ┄┄┄┘
 *
 * ┄ links can be switched, ─ links are always on. The driver compares both ends of every link that is connected when a
 * stream starts, the branch that nobody looks at included; and it cannot run two captures that are
 * connected to one another (it answers EINVAL and writes a warning with a stack trace into the kernel log).
 *
 * Rests on Documentation/admin-guide/media/vimc.rst and drivers/media/test-drivers/vimc.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/format.h"
#include "common/base/log.h"
#include "common/device/control.h"
#include "common/device/media.h"
#include "common/device/rectangle.h"
#include "common/device/subdev.h"
#include "common/device/video.h"
#include "common/tool/doctor.h"
#include "common/tool/info.h"
#include "common/tool/open.h"
#include "common/tool/setup.h"
#include "common/tool/tool.h"

/* What each sensor's light runs through, by the names that the driver gives. */
struct route {
	const char *sensor;
	const char *lens;
	const char *debayer;
	const char *raw_capture;
};

static const struct route routes[] = {
	{ "Sensor A", "Lens A", "Debayer A", "Raw Capture 0" },
	{ "Sensor B", "Lens B", "Debayer B", "Raw Capture 1" },
};

#define NUM_ROUTES (sizeof(routes) / sizeof(routes[0]))

/* Shared by both. */
#define INPUT       "RGB/YUV Input"
#define SCALER      "Scaler"
#define RGB_CAPTURE "RGB/YUV Capture"

enum pad {
	SENSOR_SOURCE = 0,
	DEBAYER_SINK = 0,
	DEBAYER_SOURCE = 1,
	SCALER_SINK = 0,
	SCALER_SOURCE = 1
};

enum role { ROLE_MAIN, ROLE_RAW };

static const struct option_role roles[] = {
	[ROLE_MAIN] = { "main", "debayered and scaled picture" },
	[ROLE_RAW] = { "raw", "what the sensor delivers" },
};

/*
 * The debayer throws the lower bits of 10 and 12 away, so pictures are made from 8. It
 * makes nothing but RGB888.
 */
#define PICTURE_BAYER  MEDIA_BUS_FMT_SRGGB8_1X8
#define PICTURE_CODE   MEDIA_BUS_FMT_RGB888_1X24
#define PICTURE_FOURCC V4L2_PIX_FMT_RGB24

/* Sensor, scaler and nodes round down to even numbers without saying so. */
#define SIZE_STEP 2
#define SIZE_MIN  16

#define DEFAULT_WIDTH  640
#define DEFAULT_HEIGHT 480

/*
 * Bus codes a sensor can fill a raw capture with; the driver lists more, but has no
 * generator for them.
 */
static const uint32_t raw_codes[] = {
	MEDIA_BUS_FMT_SRGGB8_1X8,   MEDIA_BUS_FMT_SGRBG8_1X8,
	MEDIA_BUS_FMT_SGBRG8_1X8,   MEDIA_BUS_FMT_SBGGR8_1X8,
	MEDIA_BUS_FMT_SRGGB10_1X10, MEDIA_BUS_FMT_SGRBG10_1X10,
	MEDIA_BUS_FMT_SGBRG10_1X10, MEDIA_BUS_FMT_SBGGR10_1X10,
	MEDIA_BUS_FMT_SRGGB12_1X12, MEDIA_BUS_FMT_SGRBG12_1X12,
	MEDIA_BUS_FMT_SGBRG12_1X12, MEDIA_BUS_FMT_SBGGR12_1X12,
};

#define NUM_RAW_CODES (sizeof(raw_codes) / sizeof(raw_codes[0]))

struct vimc {
	struct log *log;
	struct media *media;
	const struct route *route;
	struct subdev *sensor;
	struct subdev *lens;
	struct subdev *debayer;
	struct subdev *scaler;
	struct video *raw_capture;
	struct video *rgb_capture;
};

/* What is to be set: worked out before anything is touched. */
struct plan {
	enum role role;
	uint32_t sensor_code;
	uint32_t sensor_width;
	uint32_t sensor_height;
	uint32_t width;
	uint32_t height;
};

/* ---- find ---- */

static int find_cameras(const struct media *media, struct camera_list *list)
{
	int ret = 0;

	for (unsigned i = 0; i < NUM_ROUTES && ret == 0; i++)
		if (media_find(media, routes[i].sensor))
			ret = camera_add_entity(list, media, routes[i].sensor, i);
	return ret;
}

static void close_device(void *device)
{
	struct vimc *vimc = device;

	if (!vimc)
		return;
	video_destroy(vimc->rgb_capture);
	video_destroy(vimc->raw_capture);
	subdev_destroy(vimc->scaler);
	subdev_destroy(vimc->debayer);
	subdev_destroy(vimc->lens);
	subdev_destroy(vimc->sensor);
	free(vimc);
}

static int open_device(struct log *log, struct media *media, const struct camera *camera,
		       void **device)
{
	const struct route *route = &routes[camera->which];
	struct vimc *vimc;
	int ret;

	vimc = calloc(1, sizeof(*vimc));
	if (!vimc) {
		log_error(log, "no-memory", "opening %s: not enough memory", route->sensor);
		return -ENOMEM;
	}
	vimc->log = log;
	vimc->media = media;
	vimc->route = route;
	ret = open_subdev(log, media, route->sensor, &vimc->sensor);
	if (ret == 0)
		ret = open_subdev(log, media, route->debayer, &vimc->debayer);
	if (ret == 0)
		ret = open_subdev(log, media, SCALER, &vimc->scaler);
	if (ret == 0)
		ret = open_video(log, media, route->raw_capture, VIDEO_CAPTURE,
				 &vimc->raw_capture);
	if (ret == 0)
		ret = open_video(log, media, RGB_CAPTURE, VIDEO_CAPTURE, &vimc->rgb_capture);
	/* Kernels before 5.17 have no lens. */
	if (ret == 0 && media_find(media, route->lens))
		ret = open_subdev(log, media, route->lens, &vimc->lens);
	if (ret < 0) {
		close_device(vimc);
		return ret;
	}
	*device = vimc;
	return 0;
}

static int add_controls(void *device, struct control_set *set)
{
	struct vimc *vimc = device;
	const struct subdev *const subdevs[] = { vimc->sensor, vimc->debayer, vimc->lens };
	int ret = 0;

	for (size_t i = 0; i < sizeof(subdevs) / sizeof(subdevs[0]) && ret == 0; i++)
		if (subdevs[i])
			ret = control_add_device(set, subdevs[i]->fd, subdevs[i]->name,
						 subdevs[i]->node);
	return ret;
}

/* ---- describe ---- */

static int sensor_sizes(const struct vimc *vimc, uint32_t code, struct info_sizes *sizes)
{
	struct v4l2_subdev_frame_size_enum size;
	int ret;

	ret = subdev_enum_size(vimc->sensor, SENSOR_SOURCE, code, 0, &size);
	if (ret < 0) {
		log_error(vimc->log, "enumeration-failed", "%s: listing sizes: %s",
			  vimc->sensor->name, strerror(-ret));
		return ret;
	}
	*sizes = (struct info_sizes){
		.min_width = size.min_width,
		.min_height = size.min_height,
		.max_width = size.max_width / SIZE_STEP * SIZE_STEP,
		.max_height = size.max_height / SIZE_STEP * SIZE_STEP,
		.step = SIZE_STEP,
	};
	return 0;
}

static int describe(void *device, struct info *info)
{
	struct vimc *vimc = device;
	struct info_sizes sizes;
	int ret;

	ret = sensor_sizes(vimc, PICTURE_BAYER, &sizes);
	if (ret < 0)
		return ret;
	info_role(info, &roles[ROLE_MAIN], vimc->rgb_capture->name, vimc->rgb_capture->node);
	info_format(info, PICTURE_FOURCC, &sizes);
	info_role(info, &roles[ROLE_RAW], vimc->raw_capture->name, vimc->raw_capture->node);
	for (size_t i = 0; i < NUM_RAW_CODES; i++)
		info_format(info, format_from_mbus(raw_codes[i], PACKING_PLAIN)->fourcc,
			    &sizes);
	for (size_t i = 0; i < NUM_RAW_CODES; i++)
		info_mode(info, raw_codes[i], &sizes);
	return 0;
}

/* ---- plan ---- */

static int plan_size(const struct vimc *vimc, const struct options *options,
		     const char *what, uint32_t *width, uint32_t *height)
{
	char asked[32], possible[32];
	struct info_sizes sizes;
	uint32_t near_width, near_height;
	int ret;

	ret = sensor_sizes(vimc, PICTURE_BAYER, &sizes);
	if (ret < 0)
		return ret;
	near_width = rectangle_nearest(*width, sizes.min_width, sizes.max_width, SIZE_STEP);
	near_height =
		rectangle_nearest(*height, sizes.min_height, sizes.max_height, SIZE_STEP);
	if (near_width == *width && near_height == *height)
		return 0;
	snprintf(asked, sizeof(asked), "%ux%u", *width, *height);
	snprintf(possible, sizeof(possible), "%ux%u", near_width, near_height);
	*width = near_width;
	*height = near_height;
	return setup_settle(vimc->log, options->adjust, what, asked, possible);
}

static int plan_picture(const struct vimc *vimc, const struct options *options,
			const struct option_stream *stream, struct plan *plan)
{
	char asked[FORMAT_NAME_SIZE], possible[FORMAT_NAME_SIZE];

	plan->sensor_code = PICTURE_BAYER;
	if (options->mode_bits && options->mode_bits != 8) {
		log_error(vimc->log, "not-possible",
			  "--mode: main is made from 8 bits only: the debayer cuts off what is more");
		return -EINVAL;
	}
	if (!stream->format || stream->format->fourcc == PICTURE_FOURCC)
		return 0;
	return setup_settle(vimc->log, options->adjust, "main",
			    format_name_text(stream->format->fourcc, asked),
			    format_name_text(PICTURE_FOURCC, possible));
}

static bool is_raw_code(uint32_t code)
{
	for (size_t i = 0; i < NUM_RAW_CODES; i++)
		if (raw_codes[i] == code)
			return true;
	return false;
}

/* The raw code with this order, or any, and as near to these bits as there is. */
static uint32_t nearest_code(enum format_order order, uint32_t bits)
{
	uint32_t best = 0, least = UINT32_MAX;

	for (size_t i = 0; i < NUM_RAW_CODES; i++) {
		const struct mbus_info *info = mbus_find(raw_codes[i]);
		uint32_t distance = info->bits > bits ? info->bits - bits : bits - info->bits;

		distance += order != ORDER_NONE && info->order != order ? 100 : 0;
		if (distance >= least)
			continue;
		best = raw_codes[i];
		least = distance;
	}
	return best;
}

/* The raw format that was asked for, or the one with the bits of --mode. */
static int plan_raw(const struct vimc *vimc, const struct options *options,
		    const struct option_stream *stream, struct plan *plan)
{
	uint32_t mode_bits = options->mode_bits;
	const struct format_info *format = stream->format;
	char asked[FORMAT_NAME_SIZE], possible[FORMAT_NAME_SIZE];
	uint32_t fourcc;
	int ret = 0;

	if (format && format->packing == PACKING_PLAIN && is_raw_code(format->mbus_code)) {
		plan->sensor_code = format->mbus_code;
	} else if (format) {
		plan->sensor_code = nearest_code(format->order, format->bits);
		fourcc = format_from_mbus(plan->sensor_code, PACKING_PLAIN)->fourcc;
		ret = setup_settle(vimc->log, options->adjust, "raw",
				   format_name_text(format->fourcc, asked),
				   format_name_text(fourcc, possible));
	} else {
		plan->sensor_code = nearest_code(ORDER_RGGB, mode_bits ? mode_bits : 8);
	}
	if (ret < 0 || !mode_bits || mbus_find(plan->sensor_code)->bits == mode_bits)
		return ret;
	log_error(vimc->log, "not-possible",
		  "--mode: %u bits are not possible here; a sensor gives 8, 10 or 12, and the "
		  "format of raw must have as many",
		  mode_bits);
	return -EINVAL;
}

static int refuse_rate(const struct vimc *vimc, const struct options *options,
		       const struct option_stream *stream)
{
	if (!stream->rate.numerator)
		return 0;
	return setup_settle(vimc->log, options->adjust, stream->role->name,
			    "a frame rate", "whatever the driver runs at");
}

/* A shape so far from the sensor's that the strip of it is less than the scaler takes. */
static int check_shape(const struct vimc *vimc, const struct options *options,
		       const struct plan *plan)
{
	uint64_t width = (uint64_t)plan->width * plan->sensor_height / plan->height;
	uint64_t height = (uint64_t)plan->height * plan->sensor_width / plan->width;
	char asked[64];

	if (width >= SIZE_MIN && height >= SIZE_MIN)
		return 0;
	snprintf(asked, sizeof(asked), "the shape of %ux%u out of a mode of %ux%u",
		 plan->width, plan->height, plan->sensor_width, plan->sensor_height);
	return setup_settle(vimc->log, options->adjust, "main", asked, "a stretched picture");
}

/*
 * The sensor runs at --mode or at the size of the stream; the scaler makes up the
 * difference for main. Raw has no scaler.
 */
static int plan_stream(const struct vimc *vimc, const struct options *options,
		       const struct option_stream *stream, struct plan *plan)
{
	bool has_mode = options->mode_width != 0;
	int ret;

	*plan = (struct plan){
		.role = stream->role == &roles[ROLE_RAW] ? ROLE_RAW : ROLE_MAIN,
		.sensor_width = has_mode ? options->mode_width : DEFAULT_WIDTH,
		.sensor_height = has_mode ? options->mode_height : DEFAULT_HEIGHT,
	};
	plan->width = stream->width ? stream->width : plan->sensor_width;
	plan->height = stream->height ? stream->height : plan->sensor_height;

	ret = plan->role == ROLE_MAIN ? plan_picture(vimc, options, stream, plan) :
					plan_raw(vimc, options, stream, plan);
	if (ret == 0)
		ret = refuse_rate(vimc, options, stream);
	if (ret == 0)
		ret = plan_size(vimc, options, stream->role->name, &plan->width,
				&plan->height);
	if (ret < 0)
		return ret;
	if (!has_mode) {
		plan->sensor_width = plan->width;
		plan->sensor_height = plan->height;
		return 0;
	}
	ret = plan_size(vimc, options, "--mode", &plan->sensor_width, &plan->sensor_height);
	if (ret == 0 && plan->role == ROLE_MAIN)
		return check_shape(vimc, options, plan);
	if (ret < 0 ||
	    (plan->width == plan->sensor_width && plan->height == plan->sensor_height))
		return ret;
	log_error(vimc->log, "not-possible",
		  "raw: %ux%u is not the size of --mode, and raw is not scaled",
		  plan->width, plan->height);
	return -EINVAL;
}

/* ---- route: in the direction in which light travels ---- */

/*
 * Only what feeds the picture may lead into the scaler; for raw nothing of ours may, or
 * its formats would count.
 */
static void route_links(struct vimc *vimc, struct setup *setup, const struct plan *plan)
{
	for (size_t i = 0; i < NUM_ROUTES; i++) {
		const struct route *route = &routes[i];
		bool ours = route == vimc->route;

		/* The other camera's link is in nobody's way while raw is captured. */
		if (!ours && plan->role == ROLE_RAW)
			continue;
		setup_link(setup, route->debayer, DEBAYER_SOURCE, SCALER, SCALER_SINK,
			   ours && plan->role == ROLE_MAIN);
	}
	if (plan->role == ROLE_MAIN)
		setup_link(setup, INPUT, 0, SCALER, SCALER_SINK, false);
}

/*
 * The sensor feeds both branches, so the raw capture must agree even if only the
 * picture is captured.
 */
static void route_sensor(struct vimc *vimc, struct setup *setup, const struct plan *plan)
{
	struct video_format raw = {
		.fourcc = format_from_mbus(plan->sensor_code, PACKING_PLAIN)->fourcc,
		.width = plan->sensor_width,
		.height = plan->sensor_height,
		.field = V4L2_FIELD_NONE,
		.num_planes = 1,
	};

	setup_pad(setup, vimc->sensor, SENSOR_SOURCE, plan->sensor_code,
		  plan->sensor_width, plan->sensor_height);
	setup_node(setup, vimc->raw_capture, &raw);
	setup_pad(setup, vimc->debayer, DEBAYER_SINK, plan->sensor_code,
		  plan->sensor_width, plan->sensor_height);
}

static void route_picture(struct vimc *vimc, struct setup *setup, const struct plan *plan)
{
	/* The scaler takes even sizes and places as they are, but nothing below its least. */
	static const struct rectangle_rules rules = { .step = SIZE_STEP, .min = SIZE_MIN };
	const struct v4l2_rect crop = rectangle_middle(plan->sensor_width,
						       plan->sensor_height, plan->width,
						       plan->height, 1000, &rules);
	struct video_format picture = {
		.fourcc = PICTURE_FOURCC,
		.width = plan->width,
		.height = plan->height,
		.field = V4L2_FIELD_NONE,
		.num_planes = 1,
	};

	setup_pad(setup, vimc->debayer, DEBAYER_SOURCE, PICTURE_CODE, plan->sensor_width,
		  plan->sensor_height);
	setup_pad(setup, vimc->scaler, SCALER_SINK, PICTURE_CODE, plan->sensor_width,
		  plan->sensor_height);
	setup_selection(setup, vimc->scaler, SCALER_SINK, V4L2_SEL_TGT_CROP, &crop);
	setup_pad(setup, vimc->scaler, SCALER_SOURCE, PICTURE_CODE, plan->width,
		  plan->height);
	setup_node(setup, vimc->rgb_capture, &picture);
}

static int configure(void *device, const struct options *options, struct setup *setup,
		     struct capture_stream *streams, unsigned *num_streams)
{
	const struct option_stream any = { .role = &roles[ROLE_MAIN] };
	const struct option_stream *stream = options->num_streams ? &options->streams[0] :
								    &any;
	struct vimc *vimc = device;
	struct plan plan;
	int ret;

	if (options->num_streams > 1) {
		log_error(vimc->log, "not-possible",
			  "main and raw cannot run at once: both hang on %s, and vimc starts only one "
			  "capture of a pipeline",
			  vimc->route->sensor);
		return -EINVAL;
	}
	ret = plan_stream(vimc, options, stream, &plan);
	if (ret < 0)
		return ret;
	route_links(vimc, setup, &plan);
	route_sensor(vimc, setup, &plan);
	if (plan.role == ROLE_MAIN)
		route_picture(vimc, setup, &plan);
	streams[0] = (struct capture_stream){
		.role = stream->role,
		.video = plan.role == ROLE_MAIN ? vimc->rgb_capture : vimc->raw_capture,
	};
	*num_streams = 1;
	return setup->error;
}

/* ---- the tool ---- */

static const char *const drivers[] = { "vimc", NULL };

static const char *const modaliases[] = { "platform:vimc", NULL };

static const struct doctor_driver doctor_drivers[] = {
	{
		.module = "vimc",
		.option = "VIDEO_VIMC",
		.bus = "platform",
		.driver = "vimc",
		.modaliases = modaliases,
		.is_virtual = true,
		.absent = "vimc is loaded, but has no device",
		.remedy = "load it anew: modprobe -r vimc; modprobe vimc",
	},
	{ .module = NULL },
};

static const struct doctor_platform doctor = {
	.drivers = doctor_drivers,
};

static const struct platform platform = {
	.option = {
		.program = "vimc-capture",
		.summary = "Captures frames from the kernel's virtual camera, vimc.",
		.roles = roles,
		.num_roles = sizeof(roles) / sizeof(roles[0]),
	},
	.drivers = drivers,
	.find = find_cameras,
	.open = open_device,
	.close = close_device,
	.add_controls = add_controls,
	.info = describe,
	.configure = configure,
	.doctor = &doctor,
};

int main(int argc, char **argv)
{
	return tool_run(&platform, argc, argv);
}
