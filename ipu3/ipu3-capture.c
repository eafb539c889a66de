// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ipu3-capture: Intel IPU3 (Skylake and Kaby Lake), the CIO2 receiver and the ImgU processor.
 *
 *	CIO2      sensor ─┄▶ 0 ipu3-csi2 N 1 ──▶ ipu3-cio2 N ═══╗  raw: the same buffer
 *	                                                         ║
 *	ImgU      ipu3-imgu 0 input ◀════════════════════════════╝
 *	              └┄▶ 0 ipu3-imgu 0 2 ──▶ output          main, or viewfinder
 *	    parameters ┄▶ 1             3 ─┄▶ viewfinder      viewfinder, or main
 *	                                4 ─┄▶ 3a stat
 *
 * ┄ links can be switched, ─ links are always on, ═ is no link but a buffer that both have: the
 * two are media devices of their own. How a frame goes from one to the other is in
 * common/stream/relay.h; sizes are in geometry.c, the ImgU's nodes in imgu.c.
 *
 * All ports N of the CIO2 share one DMA channel, so one camera runs at a time.
 *
 * Rests on Documentation/admin-guide/media/ipu3.rst, drivers/media/pci/intel/ipu3 and
 * drivers/staging/media/ipu3.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/format.h"
#include "common/base/log.h"
#include "common/device/control.h"
#include "common/device/media.h"
#include "common/device/subdev.h"
#include "common/device/video.h"
#include "common/tool/explain.h"
#include "common/tool/info.h"
#include "common/tool/open.h"
#include "common/tool/setup.h"
#include "common/tool/tool.h"
#include "ipu3/engine.h"
#include "ipu3/ipu3.h"
#include "ipu3/stats.h"

#define NUM_PORTS 4
#define CSI2      "ipu3-csi2 %u"
#define CIO2      "ipu3-cio2 %u"
#define NAME_SIZE 16

enum pad {
	CSI2_SINK = 0,
	CSI2_SOURCE = 1,
};

const struct option_role ipu3_roles[] = {
	[IPU3_MAIN] = { "main", "processed picture" },
	[IPU3_VIEWFINDER] = { "viewfinder", "a second processed picture" },
	[IPU3_RAW] = { "raw", "what the sensor delivers, alone or with pictures" },
	[IPU3_STATS] = { "stats", "what the ImgU measures of each frame" },
	[IPU3_PARAMS] = { "params", "the parameters that each frame was processed with" },
};

static const char *node_name(char name[static NAME_SIZE], const char *pattern, unsigned port)
{
	snprintf(name, NAME_SIZE, strcmp(pattern, CSI2) == 0 ? CSI2 : CIO2, port);
	return name;
}

/* ---- find ---- */

/* The only sensor of a port; false if it has none. */
static bool find_path(const struct media *media, unsigned port, struct upstream *path)
{
	const struct media_entity *csi2;
	const struct media_pad *sink;
	char name[NAME_SIZE];

	csi2 = media_find(media, node_name(name, CSI2, port));
	sink = csi2 ? media_find_pad(csi2, CSI2_SINK) : NULL;
	return sink && upstream_find(media, sink, 0, path);
}

static int find_cameras(const struct media *media, struct camera_list *list)
{
	struct upstream path;
	bool any = false;
	int ret = 0;

	for (unsigned port = 0; port < NUM_PORTS && ret == 0; port++) {
		if (!find_path(media, port, &path))
			continue;
		any = true;
		ret = camera_add_entity(list, media, path.sensor->name, port);
	}
	if (!any)
		ipu3_say_no_sensor(media);
	return ret;
}

static void close_device(void *device)
{
	struct ipu3 *ipu3 = device;

	if (!ipu3)
		return;
	ipu3_engine_destroy(ipu3->engine);
	ipu3_imgu_destroy(ipu3->imgu);
	video_destroy(ipu3->cio2);
	subdev_destroy(ipu3->csi2);
	sensor_destroy(ipu3->sensor);
	free(ipu3);
}

static int open_port(struct ipu3 *ipu3, unsigned port)
{
	char name[NAME_SIZE];
	int ret;

	ret = open_sensor(ipu3->log, &ipu3->path, &ipu3->sensor);
	if (ret == 0)
		ret = open_subdev(ipu3->log, ipu3->media, node_name(name, CSI2, port),
				  &ipu3->csi2);
	if (ret == 0)
		ret = open_video(ipu3->log, ipu3->media, node_name(name, CIO2, port),
				 VIDEO_CAPTURE, &ipu3->cio2);
	return ret;
}

static int open_device(struct log *log, struct media *media, const struct camera *camera,
		       void **device)
{
	struct upstream path;
	struct ipu3 *ipu3;
	int ret;

	if (!find_path(media, camera->which, &path))
		return -ENODEV;
	ipu3 = calloc(1, sizeof(*ipu3));
	if (!ipu3) {
		log_error(log, "no-memory", "opening %s: not enough memory", camera->id);
		return -ENOMEM;
	}
	ipu3->log = log;
	ipu3->media = media;
	ipu3->path = path;
	ret = ipu3_imgu_find(log, &ipu3->imgu_media);
	ipu3->has_imgu = ret == 0;
	if (ret == 0 || ret == -ENODEV)
		ret = open_port(ipu3, camera->which);
	if (ret < 0) {
		close_device(ipu3);
		return ret;
	}
	*device = ipu3;
	return 0;
}

static int add_controls(void *device, struct control_set *set)
{
	struct ipu3 *ipu3 = device;
	const struct subdev *subdev = ipu3->sensor->subdev;

	return control_add_device(set, subdev->fd, subdev->name, subdev->node);
}

/* ---- describe ---- */

/* The largest pictures that any mode gives. */
static bool picture_sizes(const struct ipu3 *ipu3, struct info_sizes *sizes)
{
	struct ipu3_limits limits;

	*sizes = (struct info_sizes){ 0 };
	for (unsigned i = 0; i < ipu3->sensor->num_modes; i++) {
		const struct sensor_mode *mode = &ipu3->sensor->modes[i];

		if (ipu3_mode_limits(mode, 1000, &limits) < 0 ||
		    limits.most.width < sizes->max_width)
			continue;
		*sizes = (struct info_sizes){
			.min_width = limits.least.width,
			.min_height = limits.least.height,
			.max_width = limits.most.width,
			.max_height = limits.most.height,
			.step = limits.step.width,
		};
	}
	return sizes->max_width;
}

static void describe_imgu(const struct ipu3 *ipu3, struct info *info)
{
	const struct ipu3_imgu *imgu = ipu3->imgu;
	const struct info_sizes none = { 0 };
	struct info_sizes sizes;

	if (!picture_sizes(ipu3, &sizes))
		return;
	info_role(info, &ipu3_roles[IPU3_MAIN], imgu->output->name, imgu->output->node);
	info_format(info, V4L2_PIX_FMT_NV12, &sizes);
	info_role(info, &ipu3_roles[IPU3_VIEWFINDER], imgu->viewfinder->name,
		  imgu->viewfinder->node);
	info_format(info, V4L2_PIX_FMT_NV12, &sizes);
	info_role(info, &ipu3_roles[IPU3_STATS], imgu->stats->name, imgu->stats->node);
	info_format(info, imgu->stats->format.fourcc, &none);
	info_role(info, &ipu3_roles[IPU3_PARAMS], imgu->params->name, imgu->params->node);
	info_format(info, imgu->params->format.fourcc, &none);
}

static int describe(void *device, struct info *info)
{
	struct ipu3 *ipu3 = device;
	char why[IPU3_REASON_SIZE];
	int ret = 0;

	if (ipu3->has_imgu)
		ret = ipu3_imgu_open(ipu3->log, &ipu3->imgu_media, &ipu3->imgu);
	else
		log_warning(ipu3->log, "no-imgu", "raw only, no ImgU: %s",
			    ipu3_imgu_missing(why));
	if (ipu3->imgu)
		describe_imgu(ipu3, info);
	info_role(info, &ipu3_roles[IPU3_RAW], ipu3->cio2->name, ipu3->cio2->node);
	for (unsigned i = 0; i < ipu3->sensor->num_modes; i++) {
		const struct sensor_mode *mode = &ipu3->sensor->modes[i];
		const struct info_sizes sizes = info_size(mode->width, mode->height);

		if (ipu3_is_received(mode))
			info_format(info, format_from_mbus(mode->code, PACKING_IPU3)->fourcc,
				    &sizes);
	}
	info_sensor(info, ipu3->sensor);
	return ret;
}

/* ---- route: in the direction in which light travels ---- */

/* The bridge has one format for both pads; its source only reports it. */
static void route_receiver(struct ipu3 *ipu3, struct setup *setup,
			   const struct sensor_mode *mode)
{
	struct video_format format = {
		.fourcc = format_from_mbus(mode->code, PACKING_IPU3)->fourcc,
		.width = mode->width,
		.height = mode->height,
		.field = V4L2_FIELD_NONE,
		.num_planes = 1,
	};

	setup_pad(setup, ipu3->csi2, CSI2_SINK, mode->code, mode->width, mode->height);
	setup_node(setup, ipu3->cio2, &format);
}

/* ---- set up ---- */

static void add_picture(struct ipu3 *ipu3, const struct ipu3_plan *plan, enum ipu3_role role,
			enum ipu3_node node, const struct text_fraction *rate,
			struct capture_stream *stream, unsigned *count)
{
	if (!plan->asked[role])
		return;
	stream[(*count)++] = (struct capture_stream){
		.role = &ipu3_roles[role],
		.video = node == IPU3_NODE_OUTPUT ? ipu3->imgu->output : ipu3->imgu->viewfinder,
		.place = CAPTURE_PROCESSOR,
		.rate = *rate,
	};
}

static void add_imgu(struct ipu3 *ipu3, const struct ipu3_plan *plan,
		     const struct text_fraction *rate, struct capture_stream *streams,
		     unsigned *count)
{
	bool needs_stats = ipu3->engine && ipu3_engine_needs_stats(ipu3->engine);

	streams[(*count)++] = (struct capture_stream){
		.role = &ipu3_roles[IPU3_PARAMS],
		.video = ipu3->imgu->params,
		.place = CAPTURE_PROCESSOR,
		.rate = *rate,
		.is_internal = !plan->asked[IPU3_PARAMS],
		.needs_own_memory = true,
		.has_news = ipu3_engine_has_news,
		.fill = ipu3_engine_fill,
	};
	if (plan->asked[IPU3_STATS] || needs_stats)
		streams[(*count)++] = (struct capture_stream){
			.role = &ipu3_roles[IPU3_STATS],
			.video = ipu3->imgu->stats,
			.place = CAPTURE_PROCESSOR,
			.rate = *rate,
			.is_internal = !plan->asked[IPU3_STATS],
			.is_needed = needs_stats,
			.needs_own_memory = true,
			.observe = needs_stats ? ipu3_engine_observe : NULL,
			.decode = ipu3_stats_decode,
		};
	add_picture(ipu3, plan, IPU3_MAIN, plan->geometry.main_view.node, rate, streams,
		    count);
	add_picture(ipu3, plan, IPU3_VIEWFINDER, plan->geometry.viewfinder_view.node,
		    rate, streams, count);
}

/* The receiver starts last, so that none of its frames has to wait for the ImgU. */
static void add_streams(struct ipu3 *ipu3, const struct ipu3_plan *plan,
			struct capture_stream *streams, unsigned *count)
{
	const struct text_fraction rate = sensor_plan_rate(&plan->sensor);

	*count = 0;
	if (plan->uses_imgu)
		add_imgu(ipu3, plan, &rate, streams, count);
	streams[(*count)++] = (struct capture_stream){
		.role = &ipu3_roles[IPU3_RAW],
		.video = ipu3->cio2,
		.place = plan->uses_imgu ? CAPTURE_RECEIVER : CAPTURE_ALONE,
		.rate = rate,
		.is_internal = !plan->asked[IPU3_RAW],
	};
}

static void describe_geometry(struct setup *setup, const struct ipu3_geometry *geometry)
{
	setup_comment(setup,
		      "ImgU: input %ux%u, crop %ux%u, Bayer scaler %u/32 to %ux%u, "
		      "correction %ux%u, output %ux%u, viewfinder %ux%u",
		      geometry->input.width, geometry->input.height, geometry->crop.width,
		      geometry->crop.height, geometry->factor, geometry->bds.width,
		      geometry->bds.height, geometry->gdc.width, geometry->gdc.height,
		      geometry->output.width, geometry->output.height,
		      geometry->viewfinder.width, geometry->viewfinder.height);
}

/* The ImgU is a media device of its own; the first failure of either counts. */
static void route_imgu(struct ipu3 *ipu3, struct setup *setup, const struct ipu3_plan *plan)
{
	struct setup imgu;

	if (setup->error)
		return;
	if (!setup->script) {
		setup->error = ipu3_imgu_lock(ipu3->imgu, ipu3->log);
		if (setup->error)
			return;
	}
	setup_init(&imgu, ipu3->log, ipu3->imgu->media, setup->script, setup->adjust);
	describe_geometry(&imgu, &plan->geometry);
	ipu3_imgu_route(ipu3->imgu, &imgu, plan);
	setup->error = imgu.error;
}

static int configure(void *device, const struct options *options, struct setup *setup,
		     struct capture_stream *streams, unsigned *num_streams)
{
	struct ipu3 *ipu3 = device;
	struct ipu3_plan plan;
	int ret;

	ret = ipu3_plan(ipu3, options, setup, &plan);
	if (ret < 0)
		return ret;
	ipu3->uses_imgu = plan.uses_imgu;
	/* Of all ports: a second sensor that runs would break the first. */
	setup_path(setup, &ipu3->path);
	sensor_plan_route(&plan.sensor, setup);
	route_receiver(ipu3, setup, &plan.sensor.mode);
	if (plan.uses_imgu)
		route_imgu(ipu3, setup, &plan);
	ret = setup->error;
	if (ret == 0 && !setup->script)
		ret = ipu3_engine_create(ipu3, options, &plan, &ipu3->engine);
	add_streams(ipu3, &plan, streams, num_streams);
	return ret;
}

static struct video *processor_input(void *device)
{
	const struct ipu3 *ipu3 = device;

	return ipu3->uses_imgu ? ipu3->imgu->input : NULL;
}

/* ---- the tool ---- */

static const char *const drivers[] = { "ipu3-cio2", NULL };

static const struct platform platform = {
	.option = {
		.program = "ipu3-capture",
		.summary = "Captures frames from cameras on an Intel IPU3.",
		.roles = ipu3_roles,
		.num_roles = IPU3_NUM_ROLES,
		.features = OPTION_3A | OPTION_FLIP | OPTION_ZOOM,
	},
	.drivers = drivers,
	.find = find_cameras,
	.open = open_device,
	.close = close_device,
	.add_controls = add_controls,
	.info = describe,
	.configure = configure,
	.explain = {
		.start = ipu3_explain_start,
		.silence = ipu3_explain_silence,
	},
	.engine = {
		.start = ipu3_engine_start,
		.stop = ipu3_engine_stop,
		.polls = ipu3_engine_polls,
		.is_steady = ipu3_engine_is_steady,
		.settings = ipu3_engine_settings,
		.processor_input = processor_input,
	},
	.doctor = &ipu3_doctor,
};

int main(int argc, char **argv)
{
	return tool_run(&platform, argc, argv);
}
