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
#include "common/tool/doctor.h"
#include "common/tool/explain.h"
#include "common/tool/open.h"
#include "common/tool/setup.h"
#include "common/tool/tool.h"
#include "rkisp1/rkisp1.h"
#include "rkisp1/stats.h"

static const struct rkisp1_variant variants[] = {
	/*                                  largest     self   crop in resizer */
	{ RKISP1_REVISION_V10, "RK3399", 4416, 3312, true, true },
	{ RKISP1_REVISION_V12, "PX30", 3264, 2448, true, true },
	{ RKISP1_REVISION_IMX8MP, "i.MX8MP", 4096, 3072, false, false },
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

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Fewer buffers the driver takes for none: it starts with the third. */
#define MIN_BUFFERS 3

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
	int ret;

	ret = open_sensor(rkisp1->log, &rkisp1->front, &rkisp1->sensor);
	return ret < 0 ? ret :
			 open_bridges(rkisp1->log, rkisp1->media, &rkisp1->front,
				      rkisp1->bridges, &rkisp1->num_bridges);
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

/* ---- route: in the direction in which light travels ---- */

static void route_link(struct setup *setup, const struct media_link *link, bool enabled)
{
	setup_link(setup, link->source->entity->name, link->source->index,
		   link->sink->entity->name, link->sink->index, enabled);
}

/* What is in the way goes off first: a sink takes one link at a time. */
static void route_links(struct rkisp1 *rkisp1, struct setup *setup,
			const struct rkisp1_plan *plan)
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
static struct v4l2_rect crop_for(uint32_t width, uint32_t height,
				 const struct rkisp1_plan *plan,
				 const struct rkisp1_output *output)
{
	static const struct rectangle_rules rules = {
		.step = RKISP1_SIZE_STEP,
		.min = RKISP1_MIN_WIDTH,
	};

	return rectangle_middle(width, height, output->width, output->height,
				plan->zoom_milli, &rules);
}

/* Without crops in the resizer, the ISP cuts for the only path there is. */
static struct v4l2_rect route_isp(struct rkisp1 *rkisp1, struct setup *setup,
				  const struct rkisp1_plan *plan)
{
	const struct sensor_mode *mode = &plan->sensor.mode;
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
static void route_path(struct rkisp1 *rkisp1, struct setup *setup,
		       const struct rkisp1_plan *plan, const struct rkisp1_output *output,
		       const struct v4l2_rect *source, struct subdev *resizer,
		       struct video *video)
{
	uint32_t raw_code = plan->sensor.mode.code;
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
		.is_contiguous = true,
		/* At the end of the DMA, by a clock that the driver's flags do not name. */
		.clock = CAPTURE_CLOCK_BOOTTIME,
	};
}

/* Statistics start before the pictures, so that none of them goes without. */
static void add_streams(struct rkisp1 *rkisp1, const struct rkisp1_plan *plan,
			const struct text_fraction *rate, struct capture_stream *streams,
			unsigned *count)
{
	*count = 0;
	if (!plan->is_raw)
		streams[(*count)++] = (struct capture_stream){
			.role = &rkisp1_roles[RKISP1_STATS],
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

static int route(struct rkisp1 *rkisp1, struct setup *setup, struct rkisp1_plan *plan)
{
	struct v4l2_rect source;

	route_links(rkisp1, setup, plan);
	sensor_plan_route(&plan->sensor, setup);
	route_bridges(rkisp1, setup, &plan->sensor.mode);
	source = route_isp(rkisp1, setup, plan);
	if (plan->main.stream)
		route_path(rkisp1, setup, plan, &plan->main, &source,
			   rkisp1->main_resizer, rkisp1->main);
	if (plan->self.stream)
		route_path(rkisp1, setup, plan, &plan->self, &source,
			   rkisp1->self_resizer, rkisp1->self);
	return setup->error;
}

static int create_engine(struct rkisp1 *rkisp1, const struct options *options,
			 const struct rkisp1_plan *plan)
{
	const struct sensor_plan *sensor = &plan->sensor;
	const struct rkisp1_engine_setup setup = {
		.width = sensor->mode.width,
		.height = sensor->mode.height,
		.timing = sensor->timing,
		.vblank = sensor->vblank,
		.view = sensor->view,
		.hflip = sensor->hflip,
		.vflip = sensor->vflip,
		.is_raw = plan->is_raw,
	};

	return rkisp1_engine_create(rkisp1, options, &setup, &rkisp1->engine);
}

static int configure(void *device, const struct options *options, struct setup *setup,
		     struct capture_stream *streams, unsigned *num_streams)
{
	struct rkisp1 *rkisp1 = device;
	struct text_fraction rate;
	struct rkisp1_plan plan;
	int ret;

	ret = rkisp1_plan_make(&plan, rkisp1, options, setup);
	if (ret == 0)
		ret = route(rkisp1, setup, &plan);
	if (ret == 0 && !setup->script)
		ret = create_engine(rkisp1, options, &plan);
	if (ret < 0)
		return ret;
	rate = sensor_plan_rate(&plan.sensor);
	add_streams(rkisp1, &plan, &rate, streams, num_streams);
	return 0;
}

/* ---- the tool ---- */

static const char *const drivers[] = { "rkisp1", NULL };

static const char *const modaliases[] = {
	"of:N*T*Crockchip,rk3399-cif-isp*",
	"of:N*T*Crockchip,px30-cif-isp*",
	"of:N*T*Cfsl,imx8mp-isp*",
	NULL,
};

static const struct doctor_driver doctor_drivers[] = {
	{
		.module = "rockchip-isp1",
		.option = "VIDEO_ROCKCHIP_ISP1",
		.bus = "platform",
		.driver = "rkisp1",
		.modaliases = modaliases,
		.absent = "the device tree of this machine has no ISP that is switched on",
		.remedy = "load the overlay of the camera, which switches it on",
	},
	{ .module = NULL },
};

static const struct doctor_platform doctor = {
	.drivers = doctor_drivers,
	.has_sensors = true,
};

static const struct platform platform = {
	.option = {
		.program = "rkisp1-capture",
		.summary = "Captures frames from cameras on a Rockchip ISP1.",
		.roles = rkisp1_roles,
		.num_roles = RKISP1_NUM_ROLES,
		.features = OPTION_3A | OPTION_FLIP | OPTION_ZOOM,
	},
	.drivers = drivers,
	.find = find_cameras,
	.open = open_device,
	.close = close_device,
	.add_controls = add_controls,
	.info = rkisp1_describe,
	.configure = configure,
	.engine = {
		.start = rkisp1_engine_start,
		.stop = rkisp1_engine_stop,
		.polls = rkisp1_engine_polls,
		.is_steady = rkisp1_engine_is_steady,
		.settings = rkisp1_engine_settings,
	},
	.doctor = &doctor,
};

int main(int argc, char **argv)
{
	return tool_run(&platform, argc, argv);
}
