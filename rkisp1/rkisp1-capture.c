// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rkisp1-capture: the Rockchip ISP1 of RK3399, PX30 and i.MX8MP.
 *
 *	sensor ─┄▶ bridges ─┄▶ 0 rkisp1_isp 2 ─┬┄▶ 0 rkisp1_resizer_mainpath 1 ─▶ rkisp1_mainpath
 *	                       1 ◀─ rkisp1_params └┄▶ 0 rkisp1_resizer_selfpath 1 ─▶ rkisp1_selfpath
 *	                       3 ─▶ rkisp1_stats
 *
 * ┄ links can be switched, ─ links are always on. Bridges are rkisp1_csi where the SoC has a CSI
 * receiver of its own, csis-* on i.MX8MP, none where an old kernel or a parallel sensor has
 * none. The driver compares both ends of every link that is connected when a stream starts: a
 * path that is not used must be switched off, or its stale formats count.
 *
 * Raw passes the ISP untouched: the same Bayer code on every pad, main path only. Else the ISP
 * makes YUV 4:2:2, and each resizer scales from that and makes 4:2:0 of it where asked.
 *
 * Rests on Documentation/admin-guide/media/rkisp1.rst and drivers/media/platform/rockchip/rkisp1.
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
#include "common/device/upstream.h"
#include "common/device/video.h"
#include "common/tool/explain.h"
#include "common/tool/info.h"
#include "common/tool/open.h"
#include "common/tool/setup.h"
#include "common/tool/tool.h"
#include "rkisp1/rkisp1.h"
#include "rkisp1/stats.h"

static const struct rkisp1_variant variants[] = {
	/*                     largest picture  self   crop in resizer */
	{ 10, "RK3399", 4416, 3312, true, true },
	{ 12, "PX30", 3264, 2448, true, true },
	{ 14, "i.MX8MP", 4096, 3072, false, false },
};

#define ISP          "rkisp1_isp"
#define MAIN_RESIZER "rkisp1_resizer_mainpath"
#define SELF_RESIZER "rkisp1_resizer_selfpath"
#define MAIN_PATH    "rkisp1_mainpath"
#define SELF_PATH    "rkisp1_selfpath"
#define STATS        "rkisp1_stats"
#define PARAMS       "rkisp1_params"

enum pad {
	ISP_SINK = 0,
	ISP_SOURCE = 2,
	RESIZER_SINK = 0,
	RESIZER_SOURCE = 1,
};

enum role { ROLE_MAIN, ROLE_SELF, ROLE_RAW, ROLE_STATS };

static const struct option_role roles[] = {
	[ROLE_MAIN] = { "main", "processed picture" },
	[ROLE_SELF] = { "self", "a second processed picture, up to 1920x1920" },
	[ROLE_RAW] = { "raw", "what the sensor delivers, alone" },
	[ROLE_STATS] = { "stats", "what the ISP measures of each frame" },
};

/* What comes out of a path. */
static const uint32_t yuv_fourccs[] = {
	V4L2_PIX_FMT_NV12,   V4L2_PIX_FMT_NV21,    V4L2_PIX_FMT_NV16,
	V4L2_PIX_FMT_NV61,   V4L2_PIX_FMT_YUYV,    V4L2_PIX_FMT_YUV420,
	V4L2_PIX_FMT_YVU420, V4L2_PIX_FMT_YUV422P, V4L2_PIX_FMT_GREY,
	V4L2_PIX_FMT_NV12M,  V4L2_PIX_FMT_NV21M,   V4L2_PIX_FMT_NV16M,
	V4L2_PIX_FMT_NV61M,  V4L2_PIX_FMT_YVU422M,
};
static const uint32_t rgb_fourccs[] = { V4L2_PIX_FMT_XBGR32, V4L2_PIX_FMT_RGB565 };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The resizers write even sizes; less than this the driver does not take. */
#define SIZE_STEP  2
#define MIN_WIDTH  32
#define MIN_HEIGHT 16
#define MAX_SELF   1920

/* Fewer buffers the driver takes for none: it starts with the third. */
#define MIN_BUFFERS 3

#define DEFAULT_WIDTH  1280
#define DEFAULT_HEIGHT 720

/* ---- find ---- */

static const struct rkisp1_variant *find_variant(const struct media *media)
{
	for (size_t i = 0; i < COUNT(variants); i++)
		if (variants[i].revision == media->info.hw_revision)
			return &variants[i];
	return NULL;
}

/* Sensor number `which` of this ISP; false if it has fewer. */
static bool find_sensor(const struct media *media, unsigned which, struct upstream *upstream)
{
	const struct media_entity *isp = media_find(media, ISP);
	const struct media_pad *sink = isp ? media_find_pad(isp, ISP_SINK) : NULL;

	return sink && upstream_find(media, sink, which, upstream);
}

static int find_cameras(const struct media *media, struct camera_list *list)
{
	struct upstream upstream;
	int ret = 0;

	for (unsigned i = 0; ret == 0 && find_sensor(media, i, &upstream); i++)
		ret = camera_add_entity(list, media, upstream.sensor->name, i);
	return ret;
}

static void close_device(void *device)
{
	struct rkisp1 *rkisp1 = device;

	if (!rkisp1)
		return;
	rkisp1_engine_destroy(rkisp1->engine);
	video_destroy(rkisp1->params);
	video_destroy(rkisp1->stats);
	video_destroy(rkisp1->self);
	video_destroy(rkisp1->main);
	subdev_destroy(rkisp1->self_resizer);
	subdev_destroy(rkisp1->main_resizer);
	subdev_destroy(rkisp1->isp);
	for (unsigned i = 0; i < rkisp1->num_bridges; i++)
		subdev_destroy(rkisp1->bridges[i]);
	sensor_destroy(rkisp1->sensor);
	free(rkisp1);
}

static int open_front(struct rkisp1 *rkisp1)
{
	const struct upstream *front = &rkisp1->front;
	int ret;

	ret = sensor_open(rkisp1->log, front->sensor, &rkisp1->sensor);
	if (ret < 0 && ret != -EINVAL)
		explain_open(rkisp1->log,
			     front->sensor->node[0] ? front->sensor->node :
						      front->sensor->name,
			     ret);
	for (unsigned i = 1; i < front->length && ret == 0; i++) {
		ret = open_subdev(rkisp1->log, rkisp1->media,
				  front->path[i]->source->entity->name,
				  &rkisp1->bridges[rkisp1->num_bridges]);
		rkisp1->num_bridges += ret == 0;
	}
	return ret;
}

static int open_paths(struct rkisp1 *rkisp1)
{
	int ret;

	ret = open_subdev(rkisp1->log, rkisp1->media, ISP, &rkisp1->isp);
	if (ret == 0)
		ret = open_subdev(rkisp1->log, rkisp1->media, MAIN_RESIZER,
				  &rkisp1->main_resizer);
	if (ret == 0)
		ret = open_video(rkisp1->log, rkisp1->media, MAIN_PATH, VIDEO_CAPTURE,
				 &rkisp1->main);
	if (ret == 0 && rkisp1->variant->has_self)
		ret = open_subdev(rkisp1->log, rkisp1->media, SELF_RESIZER,
				  &rkisp1->self_resizer);
	if (ret == 0 && rkisp1->variant->has_self)
		ret = open_video(rkisp1->log, rkisp1->media, SELF_PATH, VIDEO_CAPTURE,
				 &rkisp1->self);
	if (ret == 0)
		ret = open_video(rkisp1->log, rkisp1->media, STATS, VIDEO_CAPTURE,
				 &rkisp1->stats);
	if (ret == 0)
		ret = open_video(rkisp1->log, rkisp1->media, PARAMS, VIDEO_OUTPUT,
				 &rkisp1->params);
	return ret;
}

static int open_device(struct log *log, struct media *media, const struct camera *camera,
		       void **device)
{
	const struct rkisp1_variant *variant = find_variant(media);
	struct rkisp1 *rkisp1;
	struct upstream front;
	int ret;

	if (!variant) {
		log_error(log, "not-possible",
			  "%s: revision %u of this ISP is not known here%s", media->path,
			  media->info.hw_revision,
			  media->info.hw_revision ? "" : "; Linux 5.11 or later is needed");
		return -ENOTSUP;
	}
	if (!find_sensor(media, camera->which, &front))
		return -ENODEV;
	rkisp1 = calloc(1, sizeof(*rkisp1));
	if (!rkisp1) {
		log_error(log, "no-memory", "opening %s: not enough memory", camera->id);
		return -ENOMEM;
	}
	rkisp1->log = log;
	rkisp1->media = media;
	rkisp1->variant = variant;
	rkisp1->front = front;
	ret = open_front(rkisp1);
	if (ret == 0)
		ret = open_paths(rkisp1);
	if (ret < 0) {
		close_device(rkisp1);
		return ret;
	}
	*device = rkisp1;
	return 0;
}

static int add_controls(void *device, struct control_set *set)
{
	struct rkisp1 *rkisp1 = device;
	const struct subdev *subdev = rkisp1->sensor->subdev;

	return control_add_device(set, subdev->fd, subdev->name, subdev->node);
}

/* ---- describe ---- */

/* Bayer of 8, 10 and 12 bits is what the ISP takes of what sensors make. */
static bool is_accepted(uint32_t code)
{
	const struct mbus_info *info = mbus_find(code);

	return info && info->kind == FORMAT_BAYER &&
	       (info->bits == 8 || info->bits == 10 || info->bits == 12) &&
	       format_from_mbus(code, PACKING_PLAIN);
}

/* What the sensor makes, this ISP takes. */
static bool is_taken(const struct rkisp1 *rkisp1, const struct sensor_mode *mode)
{
	return is_accepted(mode->code) && mode->width <= rkisp1->variant->max_width &&
	       mode->height <= rkisp1->variant->max_height;
}

static uint32_t smaller(uint32_t one, uint32_t other)
{
	return one < other ? one : other;
}

/* Pictures are not made larger than what the sensor sees. */
static struct info_sizes path_sizes(const struct rkisp1 *rkisp1, enum role role)
{
	struct info_sizes sizes = { .min_width = MIN_WIDTH,
				    .min_height = MIN_HEIGHT,
				    .step = SIZE_STEP };

	for (unsigned i = 0; i < rkisp1->sensor->num_modes; i++) {
		const struct sensor_mode *mode = &rkisp1->sensor->modes[i];

		if (!is_taken(rkisp1, mode))
			continue;
		if (mode->width > sizes.max_width)
			sizes.max_width = mode->width;
		if (mode->height > sizes.max_height)
			sizes.max_height = mode->height;
	}
	if (role == ROLE_SELF) {
		sizes.max_width = smaller(sizes.max_width, MAX_SELF);
		sizes.max_height = smaller(sizes.max_height, MAX_SELF);
	}
	return sizes;
}

static void describe_path(struct rkisp1 *rkisp1, struct info *info, enum role role,
			  const struct video *video)
{
	struct info_sizes sizes = path_sizes(rkisp1, role);

	info_role(info, &roles[role], video->name, video->node);
	for (size_t i = 0; i < COUNT(yuv_fourccs); i++)
		info_format(info, yuv_fourccs[i], &sizes);
	for (size_t i = 0; i < COUNT(rgb_fourccs) && role == ROLE_SELF; i++)
		info_format(info, rgb_fourccs[i], &sizes);
	if (role == ROLE_MAIN && rkisp1->variant->revision == 14)
		info_format(info, V4L2_PIX_FMT_UYVY, &sizes);
}

static struct info_sizes mode_sizes(const struct sensor_mode *mode)
{
	return (struct info_sizes){
		.min_width = mode->width,
		.min_height = mode->height,
		.max_width = mode->width,
		.max_height = mode->height,
	};
}

static int describe(void *device, struct info *info)
{
	struct rkisp1 *rkisp1 = device;
	const struct info_sizes none = { 0 };

	describe_path(rkisp1, info, ROLE_MAIN, rkisp1->main);
	if (rkisp1->self)
		describe_path(rkisp1, info, ROLE_SELF, rkisp1->self);
	info_role(info, &roles[ROLE_RAW], rkisp1->main->name, rkisp1->main->node);
	for (unsigned i = 0; i < rkisp1->sensor->num_modes; i++) {
		const struct sensor_mode *mode = &rkisp1->sensor->modes[i];
		struct info_sizes sizes = mode_sizes(mode);

		if (is_taken(rkisp1, mode))
			info_format(info, format_from_mbus(mode->code, PACKING_PLAIN)->fourcc,
				    &sizes);
	}
	info_role(info, &roles[ROLE_STATS], rkisp1->stats->name, rkisp1->stats->node);
	info_format(info, V4L2_META_FMT_RK_ISP1_STAT_3A, &none);
	for (unsigned i = 0; i < rkisp1->sensor->num_modes; i++) {
		struct info_sizes sizes = mode_sizes(&rkisp1->sensor->modes[i]);

		info_mode(info, rkisp1->sensor->modes[i].code, &sizes);
	}
	return 0;
}

/* ---- plan ---- */

/* One path's output. */
struct output {
	const struct option_stream *stream; /* NULL: this path is off */
	uint32_t fourcc;
	uint32_t width;
	uint32_t height;
};

struct plan {
	bool is_raw;
	struct output main; /* raw, too */
	struct output self;
	const struct option_stream *stats; /* NULL: nobody asked for them */
	struct text_fraction rate;
	uint32_t zoom_milli;
};

static const struct option_stream *find_stream(const struct options *options, enum role role)
{
	for (unsigned i = 0; i < options->num_streams; i++)
		if (options->streams[i].role == &roles[role])
			return &options->streams[i];
	return NULL;
}

static int refuse(const struct rkisp1 *rkisp1, const char *sentence)
{
	log_error(rkisp1->log, "not-possible", "%s", sentence);
	return -EINVAL;
}

/* What can run together, and that one sensor has one rate. */
static int plan_streams(struct rkisp1 *rkisp1, const struct options *options,
			struct plan *plan)
{
	static const struct option_stream any = { .role = &roles[ROLE_MAIN] };
	const struct option_stream *raw = find_stream(options, ROLE_RAW);

	plan->main.stream = options->num_streams ? find_stream(options, ROLE_MAIN) : &any;
	plan->self.stream = find_stream(options, ROLE_SELF);
	plan->stats = find_stream(options, ROLE_STATS);
	plan->is_raw = raw;
	plan->zoom_milli = options->zoom_milli;
	if (raw && (options->algorithms.settle_ns || options->algorithms.flicker_hz ||
		    options->algorithms.awb != AWB_ON))
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
	if (plan->stats && (plan->stats->width || plan->stats->rate.numerator))
		return refuse(rkisp1, "stats have neither size nor rate: they come with each "
				      "frame of the sensor");
	if (raw)
		plan->main.stream = raw;
	for (unsigned i = 0; i < options->num_streams; i++) {
		const struct text_fraction *rate = &options->streams[i].rate;

		if (!rate->numerator)
			continue;
		if (plan->rate.numerator && (plan->rate.numerator != rate->numerator ||
					     plan->rate.denominator != rate->denominator))
			return refuse(rkisp1, "all streams have the rate of the one sensor, so "
					      "only one can be asked for");
		plan->rate = *rate;
	}
	return 0;
}

static uint32_t nearest(uint32_t value, uint32_t low, uint32_t high)
{
	return rectangle_nearest(value, low, high, SIZE_STEP);
}

static bool is_offered(const struct rkisp1 *rkisp1, enum role role, uint32_t fourcc)
{
	for (size_t i = 0; i < COUNT(yuv_fourccs); i++)
		if (yuv_fourccs[i] == fourcc)
			return true;
	for (size_t i = 0; i < COUNT(rgb_fourccs) && role == ROLE_SELF; i++)
		if (rgb_fourccs[i] == fourcc)
			return true;
	return role == ROLE_MAIN && rkisp1->variant->revision == 14 &&
	       fourcc == V4L2_PIX_FMT_UYVY;
}

/* The format and the size of a processed picture. */
static int plan_output(struct rkisp1 *rkisp1, const struct options *options,
		       enum role role, struct output *output)
{
	const struct option_stream *stream = output->stream;
	char asked[FORMAT_NAME_SIZE], possible[FORMAT_NAME_SIZE];
	struct info_sizes sizes = path_sizes(rkisp1, role);
	uint32_t width, height;
	int ret = 0;

	output->fourcc = stream->format ? stream->format->fourcc : V4L2_PIX_FMT_NV12;
	if (!is_offered(rkisp1, role, output->fourcc)) {
		format_name_text(output->fourcc, asked);
		output->fourcc = V4L2_PIX_FMT_NV12;
		ret = setup_settle(rkisp1->log, options->adjust, roles[role].name, asked,
				   format_name_text(output->fourcc, possible));
	}
	width = stream->width ? stream->width : DEFAULT_WIDTH;
	height = stream->height ? stream->height : DEFAULT_HEIGHT;
	output->width = nearest(width, sizes.min_width, sizes.max_width);
	output->height = nearest(height, sizes.min_height, sizes.max_height);
	if (ret < 0 || (output->width == width && output->height == height))
		return ret;
	snprintf(asked, sizeof(asked), "%ux%u", width, height);
	snprintf(possible, sizeof(possible), "%ux%u", output->width, output->height);
	return setup_settle(rkisp1->log, options->adjust, roles[role].name, asked, possible);
}

/* Raw is a mode of the sensor, as it is. */
static int plan_raw(struct rkisp1 *rkisp1, const struct options *options,
		    struct output *output, struct sensor_wish *wish)
{
	const struct format_info *format = output->stream->format;
	char asked[FORMAT_NAME_SIZE + 32], possible[FORMAT_NAME_SIZE + 32];
	const struct format_info *given;
	const struct sensor_mode *mode;
	char name[FORMAT_NAME_SIZE];

	if (format && format->kind == FORMAT_BAYER)
		wish->bits = format->bits;
	if (output->stream->width && !wish->exact_width) {
		wish->exact_width = output->stream->width;
		wish->exact_height = output->stream->height;
	}
	/* Nobody said which: all that the sensor has. */
	wish->width = wish->max_width;
	wish->height = wish->max_height;
	mode = sensor_choose(rkisp1->sensor, wish, is_accepted, 0);
	if (!mode) {
		*wish = (struct sensor_wish){ .max_width = wish->max_width,
					      .max_height = wish->max_height,
					      .width = output->stream->width,
					      .height = output->stream->height };
		mode = sensor_choose(rkisp1->sensor, wish, is_accepted, 0);
	}
	if (!mode)
		return refuse(rkisp1, "the sensor has no mode that this ISP takes");
	given = format_from_mbus(mode->code, PACKING_PLAIN);
	output->fourcc = given->fourcc;
	output->width = mode->width;
	output->height = mode->height;
	if ((!format || format == given) &&
	    (!output->stream->width || (output->stream->width == mode->width &&
					output->stream->height == mode->height)))
		return 0;
	snprintf(asked, sizeof(asked), "%s %ux%u",
		 format_name_text(format ? format->fourcc : given->fourcc, name),
		 output->stream->width ? output->stream->width : mode->width,
		 output->stream->width ? output->stream->height : mode->height);
	snprintf(possible, sizeof(possible), "%s %ux%u",
		 format_name_text(given->fourcc, name), mode->width, mode->height);
	return setup_settle(rkisp1->log, options->adjust, "raw", asked, possible);
}

/* What the sensor should cover. */
static struct sensor_wish plan_wish(const struct rkisp1 *rkisp1,
				    const struct options *options, const struct plan *plan)
{
	struct sensor_wish wish = {
		.width = plan->main.stream ? plan->main.width : 0,
		.height = plan->main.stream ? plan->main.height : 0,
		.max_width = rkisp1->variant->max_width,
		.max_height = rkisp1->variant->max_height,
		.exact_width = options->mode_width,
		.exact_height = options->mode_height,
		.bits = options->mode_bits,
	};

	if (plan->self.stream && plan->self.width > wish.width)
		wish.width = plan->self.width;
	if (plan->self.stream && plan->self.height > wish.height)
		wish.height = plan->self.height;
	/* A part of the picture has the pixels of a larger one. */
	wish.width = (uint32_t)((uint64_t)wish.width * options->zoom_milli / 1000);
	wish.height = (uint32_t)((uint64_t)wish.height * options->zoom_milli / 1000);
	return wish;
}

static int plan_outputs(struct rkisp1 *rkisp1, const struct options *options,
			struct plan *plan, struct sensor_wish *wish)
{
	int ret = 0;

	if (plan->is_raw) {
		*wish = plan_wish(rkisp1, options, &(struct plan){ 0 });
		return plan_raw(rkisp1, options, &plan->main, wish);
	}
	if (plan->main.stream)
		ret = plan_output(rkisp1, options, ROLE_MAIN, &plan->main);
	if (ret == 0 && plan->self.stream)
		ret = plan_output(rkisp1, options, ROLE_SELF, &plan->self);
	*wish = plan_wish(rkisp1, options, plan);
	return ret;
}

/* A picture larger than what the sensor sees would be made up. */
static int check_cover(struct rkisp1 *rkisp1, const struct options *options, enum role role,
		       const struct sensor_mode *mode, struct output *output)
{
	char asked[32], possible[32];
	uint32_t width = output->width, height = output->height;

	if (!output->stream || (width <= mode->width && height <= mode->height))
		return 0;
	output->width = nearest(width, MIN_WIDTH, mode->width);
	output->height = nearest(height, MIN_HEIGHT, mode->height);
	snprintf(asked, sizeof(asked), "%ux%u", width, height);
	snprintf(possible, sizeof(possible), "%ux%u", output->width, output->height);
	return setup_settle(rkisp1->log, options->adjust, roles[role].name, asked, possible);
}

/* ---- route: in the direction in which light travels ---- */

static void route_link(struct setup *setup, const struct media_link *link, bool enabled)
{
	setup_link(setup, link->source->entity->name, link->source->index,
		   link->sink->entity->name, link->sink->index, enabled);
}

/* What is in the way goes off first: a sink takes one link at a time. */
static void route_links(struct rkisp1 *rkisp1, struct setup *setup, const struct plan *plan)
{
	for (unsigned i = 0; i < rkisp1->media->num_links; i++) {
		const struct media_link *link = &rkisp1->media->links[i];

		if (!(link->flags & MEDIA_LNK_FL_IMMUTABLE) &&
		    !upstream_has(&rkisp1->front, link) &&
		    upstream_is_beside(&rkisp1->front, link))
			route_link(setup, link, false);
	}
	for (unsigned i = 0; i < rkisp1->front.length; i++)
		if (!(rkisp1->front.path[i]->flags & MEDIA_LNK_FL_IMMUTABLE))
			route_link(setup, rkisp1->front.path[i], true);
	setup_link(setup, ISP, ISP_SOURCE, MAIN_RESIZER, RESIZER_SINK, plan->main.stream);
	if (rkisp1->self_resizer)
		setup_link(setup, ISP, ISP_SOURCE, SELF_RESIZER, RESIZER_SINK,
			   plan->self.stream);
}

static void print_control(struct rkisp1 *rkisp1, struct setup *setup, const char *name,
			  const char *value)
{
	const struct subdev *subdev = rkisp1->sensor->subdev;
	char device[SETUP_DEVICE_SIZE];

	fprintf(setup->script, "v4l2-ctl -d %s --set-ctrl=%s=%s\n",
		setup_device_text(setup, subdev->name, subdev->node, device), name, value);
}

static int refuse_flip(const struct rkisp1 *rkisp1, int error)
{
	log_error(rkisp1->log, "not-possible", "%s: mirroring the picture: %s",
		  rkisp1->sensor->subdev->name, strerror(-error));
	return error;
}

static void route_flips(struct rkisp1 *rkisp1, struct setup *setup,
			const struct options *options)
{
	int32_t value;
	int ret;

	if (setup->script) {
		if (sensor_get_control(rkisp1->sensor, V4L2_CID_HFLIP, &value) == 0)
			print_control(rkisp1, setup, "horizontal_flip",
				      options->hflip ? "1" : "0");
		if (sensor_get_control(rkisp1->sensor, V4L2_CID_VFLIP, &value) == 0)
			print_control(rkisp1, setup, "vertical_flip",
				      options->vflip ? "1" : "0");
		return;
	}
	if (setup->error)
		return;
	ret = sensor_flip(rkisp1->sensor, options->hflip, options->vflip);
	if (ret < 0)
		setup->error = refuse_flip(rkisp1, ret);
}

/*
 * The shell works out VBLANK when the mode is set: only then the driver tells the rest.
 */
static void print_rate(struct rkisp1 *rkisp1, struct setup *setup,
		       const struct text_fraction *rate, const struct sensor_mode *mode)
{
	const struct subdev *subdev = rkisp1->sensor->subdev;
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
	print_control(rkisp1, setup, "vertical_blanking", value);
}

static void read_timing(struct rkisp1 *rkisp1, struct setup *setup,
			struct sensor_timing *timing)
{
	int ret;

	if (setup->error)
		return;
	ret = sensor_read_timing(rkisp1->sensor, timing);
	if (ret == 0)
		return;
	log_error(rkisp1->log, "sensor-unknown",
		  "%s: the driver does not tell its timing (PIXEL_RATE, HBLANK): %s",
		  rkisp1->sensor->subdev->name, strerror(-ret));
	setup->error = ret;
}

/* The mode is set to learn what rates it has: the driver tells of no other. */
static bool try_mode(struct rkisp1 *rkisp1, const struct sensor_mode *mode,
		     const struct text_fraction *rate, double *possible_hz)
{
	const struct sensor *sensor = rkisp1->sensor;
	struct v4l2_mbus_framefmt format = {
		.code = mode->code,
		.width = mode->width,
		.height = mode->height,
		.field = V4L2_FIELD_NONE,
	};
	struct sensor_timing timing;
	struct text_fraction nearest_rate;
	int32_t vblank;
	bool comes_to;

	/* What is wrong with the sensor is said when the mode is set for good. */
	if (subdev_set_format(sensor->subdev, sensor->pad, &format) < 0 ||
	    sensor_read_timing(sensor, &timing) < 0)
		return true;
	comes_to = sensor_vblank_for(&timing, rate, &vblank);
	nearest_rate = sensor_rate(&timing, vblank);
	*possible_hz = (double)nearest_rate.numerator / nearest_rate.denominator;
	return comes_to;
}

/*
 * The smallest mode that covers all and comes to the rate; if none does, the smallest. Leaves
 * the sensor as it was.
 */
static const struct sensor_mode *choose_mode(struct rkisp1 *rkisp1, const struct plan *plan,
					     const struct sensor_wish *wish,
					     bool *comes_to, double *possible_hz)
{
	const struct sensor_mode *mode, *first;
	struct sensor_state state;
	double hz = 0;

	*comes_to = true;
	first = sensor_choose(rkisp1->sensor, wish, is_accepted, 0);
	if (!first || !plan->rate.numerator || sensor_save(rkisp1->sensor, &state) < 0)
		return first;
	mode = first;
	for (unsigned i = 1; mode; i++) {
		*comes_to = try_mode(rkisp1, mode, &plan->rate, &hz);
		if (mode == first)
			*possible_hz = hz;
		if (*comes_to)
			break;
		mode = sensor_choose(rkisp1->sensor, wish, is_accepted, i);
	}
	sensor_restore(rkisp1->sensor, &state);
	return mode ? mode : first;
}

/* --mode asked for one that is not there: the smallest that covers it, or the largest. */
static const struct sensor_mode *nearest_mode(struct rkisp1 *rkisp1,
					      const struct setup *setup,
					      const struct sensor_wish *wish, int *error)
{
	const struct sensor_wish wider = {
		.width = wish->exact_width,
		.height = wish->exact_height,
		.max_width = wish->max_width,
		.max_height = wish->max_height,
	};
	const struct sensor_mode *mode =
		sensor_choose(rkisp1->sensor, &wider, is_accepted, 0);
	char asked[32], possible[32];

	if (!mode) {
		*error = refuse(rkisp1, "the sensor has no mode that this ISP takes");
		return NULL;
	}
	snprintf(asked, sizeof(asked), wish->bits ? "%ux%u:%u" : "%ux%u",
		 wish->exact_width, wish->exact_height, wish->bits);
	snprintf(possible, sizeof(possible), "%ux%u:%u", mode->width, mode->height,
		 mode->bits);
	*error = setup_settle(rkisp1->log, setup->adjust, "--mode", asked, possible);
	return mode;
}

/* Refused, or said, if no mode comes to the rate. */
static const struct sensor_mode *plan_mode(struct rkisp1 *rkisp1, const struct setup *setup,
					   const struct plan *plan,
					   const struct sensor_wish *wish, int *error)
{
	char asked[32], possible[32];
	const struct sensor_mode *mode;
	bool comes_to = true;
	double hz = 0;

	mode = setup->script ? sensor_choose(rkisp1->sensor, wish, is_accepted, 0) :
			       choose_mode(rkisp1, plan, wish, &comes_to, &hz);
	if (!mode)
		return nearest_mode(rkisp1, setup, wish, error);
	if (comes_to)
		return mode;
	snprintf(asked, sizeof(asked), "%.4g fps",
		 (double)plan->rate.numerator / plan->rate.denominator);
	snprintf(possible, sizeof(possible), "%.4g fps", hz);
	*error = setup_settle(rkisp1->log, setup->adjust, "the sensor", asked, possible);
	return mode;
}

static void route_sensor(struct rkisp1 *rkisp1, struct setup *setup, const struct plan *plan,
			 const struct sensor_mode *mode, struct rkisp1_engine_setup *engine)
{
	setup_pad(setup, rkisp1->sensor->subdev, rkisp1->sensor->pad, mode->code,
		  mode->width, mode->height);
	if (setup->script) {
		print_rate(rkisp1, setup, &plan->rate, mode);
		return;
	}
	read_timing(rkisp1, setup, &engine->timing);
	if (setup->error == 0)
		sensor_vblank_for(&engine->timing, &plan->rate, &engine->vblank);
}

static void route_bridges(struct rkisp1 *rkisp1, struct setup *setup,
			  const struct sensor_mode *mode)
{
	for (unsigned i = 0; i < rkisp1->num_bridges; i++) {
		/* In by the link before it, out by the one behind it. */
		setup_pad(setup, rkisp1->bridges[i], rkisp1->front.path[i]->sink->index,
			  mode->code, mode->width, mode->height);
		setup_pad(setup, rkisp1->bridges[i], rkisp1->front.path[i + 1]->source->index,
			  mode->code, mode->width, mode->height);
	}
}

/* What of a picture becomes the output; the driver wants it even across. */
static struct v4l2_rect crop_for(uint32_t width, uint32_t height, const struct plan *plan,
				 const struct output *output)
{
	static const struct rectangle_rules rules = { .step = SIZE_STEP, .min = MIN_WIDTH };

	return rectangle_middle(width, height, output->width, output->height,
				plan->zoom_milli, &rules);
}

/* Without crops in the resizer, the ISP cuts for the only path there is. */
static struct v4l2_rect route_isp(struct rkisp1 *rkisp1, struct setup *setup,
				  const struct plan *plan, const struct sensor_mode *mode)
{
	const struct v4l2_rect full = { .width = mode->width, .height = mode->height };
	struct v4l2_rect crop = full;

	if (!rkisp1->variant->crops_in_resizer && !plan->is_raw)
		crop = crop_for(mode->width, mode->height, plan, &plan->main);
	setup_pad(setup, rkisp1->isp, ISP_SINK, mode->code, mode->width, mode->height);
	setup_selection(setup, rkisp1->isp, ISP_SINK, V4L2_SEL_TGT_CROP, &full);
	setup_selection(setup, rkisp1->isp, ISP_SOURCE, V4L2_SEL_TGT_CROP, &crop);
	setup_pad(setup, rkisp1->isp, ISP_SOURCE,
		  plan->is_raw ? mode->code : MEDIA_BUS_FMT_YUYV8_2X8, crop.width,
		  crop.height);
	return crop;
}

static uint32_t resizer_code(const struct format_info *format)
{
	bool is_420 = format->color_planes > 1 && format->planes[1].vertical == 2;

	return is_420 ? MEDIA_BUS_FMT_YUYV8_1_5X8 : MEDIA_BUS_FMT_YUYV8_2X8;
}

/*
 * The node does not tell its colours; what the ISP makes is what it gets. The ISP hands on that
 * its input is raw: matrix and gamma make sRGB of that.
 */
static void take_colours(struct rkisp1 *rkisp1, const struct setup *setup, struct video *video)
{
	struct v4l2_mbus_framefmt pad;

	if (setup->script || setup->error ||
	    subdev_get_format(rkisp1->isp, ISP_SOURCE, &pad) < 0)
		return;
	video->format.colorspace = pad.colorspace;
	video->format.ycbcr_enc = pad.ycbcr_enc;
	video->format.quantization = pad.quantization;
	video->format.xfer_func = pad.xfer_func;
	if (format_find(video->format.fourcc)->kind == FORMAT_BAYER ||
	    pad.colorspace != V4L2_COLORSPACE_RAW)
		return;
	video->format.colorspace = V4L2_COLORSPACE_SRGB;
	video->format.xfer_func = V4L2_XFER_FUNC_SRGB;
}

/* From the ISP's source to the node. */
static void route_path(struct rkisp1 *rkisp1, struct setup *setup, const struct plan *plan,
		       const struct output *output, const struct v4l2_rect *source,
		       uint32_t raw_code, struct subdev *resizer, struct video *video)
{
	const struct format_info *info = format_find(output->fourcc);
	uint32_t sink_code = plan->is_raw ? raw_code : MEDIA_BUS_FMT_YUYV8_2X8;
	struct v4l2_rect crop = { .width = source->width, .height = source->height };
	struct video_format format = {
		.fourcc = output->fourcc,
		.width = output->width,
		.height = output->height,
		.field = V4L2_FIELD_NONE,
		.num_planes = info->memory_planes,
	};

	setup_pad(setup, resizer, RESIZER_SINK, sink_code, source->width, source->height);
	if (rkisp1->variant->crops_in_resizer && !plan->is_raw) {
		crop = crop_for(source->width, source->height, plan, output);
		setup_selection(setup, resizer, RESIZER_SINK, V4L2_SEL_TGT_CROP, &crop);
	}
	setup_pad(setup, resizer, RESIZER_SOURCE,
		  plan->is_raw ? raw_code : resizer_code(info), output->width,
		  output->height);
	setup_node(setup, video, &format);
	take_colours(rkisp1, setup, video);
}

/* ---- set up ---- */

static void add_stream(struct capture_stream *streams, unsigned *count,
		       const struct option_stream *asked, struct video *video,
		       const struct text_fraction *rate)
{
	streams[(*count)++] = (struct capture_stream){
		.role = asked->role,
		.video = video,
		.rate = *rate,
		.min_buffers = MIN_BUFFERS,
		/* At the end of the DMA, by a clock that the driver's flags do not name. */
		.clock = CAPTURE_CLOCK_BOOTTIME,
	};
}

/* Statistics start before the pictures, so that none of them goes without. */
static void add_streams(struct rkisp1 *rkisp1, const struct plan *plan,
			const struct text_fraction *rate, struct capture_stream *streams,
			unsigned *count)
{
	*count = 0;
	if (!plan->is_raw)
		streams[(*count)++] = (struct capture_stream){
			.role = &roles[ROLE_STATS],
			.video = rkisp1->stats,
			.rate = *rate,
			.is_internal = !plan->stats,
			.observe = rkisp1_engine_observe,
			.prepare = rkisp1_stats_clear,
			.decode = rkisp1_stats_decoder(rkisp1->variant->revision),
		};
	if (plan->main.stream)
		add_stream(streams, count, plan->main.stream, rkisp1->main, rate);
	if (plan->self.stream)
		add_stream(streams, count, plan->self.stream, rkisp1->self, rate);
}

static int route(struct rkisp1 *rkisp1, struct setup *setup, struct plan *plan,
		 const struct options *options, const struct sensor_mode *mode,
		 struct rkisp1_engine_setup *engine)
{
	struct v4l2_rect source;

	route_links(rkisp1, setup, plan);
	route_flips(rkisp1, setup, options);
	route_sensor(rkisp1, setup, plan, mode, engine);
	route_bridges(rkisp1, setup, mode);
	source = route_isp(rkisp1, setup, plan, mode);
	if (plan->main.stream)
		route_path(rkisp1, setup, plan, &plan->main, &source, mode->code,
			   rkisp1->main_resizer, rkisp1->main);
	if (plan->self.stream)
		route_path(rkisp1, setup, plan, &plan->self, &source, mode->code,
			   rkisp1->self_resizer, rkisp1->self);
	engine->width = mode->width;
	engine->height = mode->height;
	engine->is_raw = plan->is_raw;
	engine->hflip = options->hflip;
	engine->vflip = options->vflip;
	return setup->error;
}

/* All that can be refused is, before anything is touched. */
static int make_plan(struct rkisp1 *rkisp1, const struct options *options,
		     const struct setup *setup, struct plan *plan,
		     const struct sensor_mode **mode)
{
	struct sensor_wish wish;
	int ret;

	ret = plan_streams(rkisp1, options, plan);
	if (ret < 0)
		return ret;
	ret = sensor_expect_flip(rkisp1->sensor, options->hflip, options->vflip);
	if (ret < 0)
		return refuse_flip(rkisp1, ret);
	ret = plan_outputs(rkisp1, options, plan, &wish);
	if (ret < 0)
		return ret;
	*mode = plan_mode(rkisp1, setup, plan, &wish, &ret);
	if (ret == 0 && !plan->is_raw)
		ret = check_cover(rkisp1, options, ROLE_MAIN, *mode, &plan->main);
	if (ret == 0 && !plan->is_raw)
		ret = check_cover(rkisp1, options, ROLE_SELF, *mode, &plan->self);
	return ret;
}

static int configure(void *device, const struct options *options, struct setup *setup,
		     struct capture_stream *streams, unsigned *num_streams)
{
	struct rkisp1_engine_setup engine = { 0 };
	struct text_fraction rate = { 0, 0 };
	struct rkisp1 *rkisp1 = device;
	const struct sensor_mode *mode = NULL;
	struct plan plan = { 0 };
	int ret;

	ret = make_plan(rkisp1, options, setup, &plan, &mode);
	if (ret == 0)
		ret = route(rkisp1, setup, &plan, options, mode, &engine);
	if (ret < 0)
		return ret;
	if (!setup->script) {
		rate = sensor_rate(&engine.timing, engine.vblank);
		ret = rkisp1_engine_create(rkisp1, options, &engine, &rkisp1->engine);
	}
	add_streams(rkisp1, &plan, &rate, streams, num_streams);
	return ret;
}

/* ---- the tool ---- */

static const char *const drivers[] = { "rkisp1", NULL };

static const struct platform platform = {
	.option = {
		.program = "rkisp1-capture",
		.summary = "Captures frames from cameras on a Rockchip ISP1.",
		.roles = roles,
		.num_roles = COUNT(roles),
		.features = OPTION_3A | OPTION_FLIP | OPTION_ZOOM,
	},
	.drivers = drivers,
	.find = find_cameras,
	.open = open_device,
	.close = close_device,
	.add_controls = add_controls,
	.info = describe,
	.configure = configure,
	.engine = {
		.start = rkisp1_engine_start,
		.stop = rkisp1_engine_stop,
		.polls = rkisp1_engine_polls,
		.is_steady = rkisp1_engine_is_steady,
		.settings = rkisp1_engine_settings,
	},
};

int main(int argc, char **argv)
{
	return tool_run(&platform, argc, argv);
}
