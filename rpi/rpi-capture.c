// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rpi-capture: Raspberry Pi. Up to the 4, Unicam and the ISP of the VideoCore; on the 5, raw.
 *
 *	sensor ──▶ Unicam ─┬─▶ unicam-image ═══════╗  raw: the same buffer
 *	                   └─▶ unicam-embedded     ║  embedded
 *	                                           ▼
 *	                       output0 ──▶ bcm2835_isp0 ─┬─▶ capture1   main
 *	                                                 ├─▶ capture2   second, not larger
 *	                                                 └─▶ capture3   stats
 *
 *	sensor ──▶ csi2 (rp1-cfe) ─┄▶ rp1-cfe-csi2-ch0   raw, on a Raspberry Pi 5
 *
 * ┄ links can be switched, ─ links are always on, ═ is no link but a buffer that both have: the
 * two are media devices of their own. The way of a frame from one to the other is in
 * common/stream/relay.h, how embedded data finds its image in common/stream/companion.h. The
 * receiver's drivers differ: receiver.c has their drawings and tables.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/format.h"
#include "common/base/log.h"
#include "common/device/control.h"
#include "common/device/discover.h"
#include "common/device/media.h"
#include "common/device/subdev.h"
#include "common/device/video.h"
#include "common/tool/info.h"
#include "common/tool/setup.h"
#include "common/tool/tool.h"
#include "rpi/engine.h"
#include "rpi/rpi.h"
#include "rpi/stats.h"

const struct option_role rpi_roles[] = {
	[RPI_MAIN] = { "main", "processed picture" },
	[RPI_SECOND] = { "second", "a second processed picture, not larger than main" },
	[RPI_RAW] = { "raw", "what the sensor delivers, alone or with pictures" },
	[RPI_EMBEDDED] = { "embedded", "what the sensor says of each frame" },
	[RPI_STATS] = { "stats", "what the ISP measures of each frame" },
};

/* ---- find ---- */

static int find_cameras(const struct media *media, struct camera_list *list)
{
	const struct rpi_receiver *receiver = rpi_receiver_find(media);
	struct upstream path;
	struct camera *camera;
	int ret;

	if (!receiver)
		return 0;
	if (!rpi_receiver_path(media, receiver, &path)) {
		log_warning(media->log, "no-sensor",
			    "%s (%s): no sensor came up; is its overlay in "
			    "/boot/firmware/config.txt, what does the kernel's log say?",
			    media->path, receiver->driver);
		return 0;
	}
	ret = camera_add_entity(list, media, path.sensor->name, 0);
	if (ret < 0)
		return ret;
	/* Which driver it is matters more here than the name that all of them have. */
	camera = &list->cameras[list->count - 1];
	snprintf(camera->model, sizeof(camera->model), "%s", receiver->driver);
	return 0;
}

static void close_device(void *device)
{
	struct rpi *rpi = device;

	if (!rpi)
		return;
	rpi_engine_destroy(rpi->engine);
	rpi_isp_destroy(rpi->isp);
	rpi_receiver_close(rpi);
	free(rpi->isps);
	free(rpi);
}

static int open_device(struct log *log, struct media *media, const struct camera *camera,
		       void **device)
{
	const struct rpi_receiver *receiver = rpi_receiver_find(media);
	struct upstream path;
	struct rpi *rpi;
	int ret;

	if (!receiver || !rpi_receiver_path(media, receiver, &path))
		return -ENODEV;
	rpi = calloc(1, sizeof(*rpi));
	if (!rpi) {
		log_error(log, "no-memory", "opening %s: not enough memory", camera->id);
		return -ENOMEM;
	}
	rpi->log = log;
	rpi->media = media;
	rpi->receiver = receiver;
	rpi->path = path;
	ret = rpi_isp_find(log, &rpi->isps, &rpi->num_isps);
	if (ret == 0)
		ret = rpi_receiver_open(rpi);
	if (ret < 0) {
		close_device(rpi);
		return ret;
	}
	*device = rpi;
	return 0;
}

static int add_controls(void *device, struct control_set *set)
{
	struct rpi *rpi = device;
	const struct subdev *subdev = rpi->sensor->subdev;

	return control_add_device(set, subdev->fd, subdev->name, subdev->node);
}

/* ---- describe ---- */

/* The largest pictures that any mode gives. */
static struct info_sizes picture_sizes(const struct rpi *rpi)
{
	struct info_sizes sizes = {
		.min_width = RPI_MIN_SIZE,
		.min_height = RPI_MIN_SIZE,
		.step = RPI_SIZE_STEP,
	};

	for (unsigned i = 0; i < rpi->sensor->num_modes; i++) {
		const struct sensor_mode *mode = &rpi->sensor->modes[i];

		if (!rpi_is_received(mode->code) || mode->width < sizes.max_width)
			continue;
		sizes.max_width = mode->width & ~(RPI_SIZE_STEP - 1u);
		sizes.max_height = mode->height & ~(RPI_SIZE_STEP - 1u);
	}
	return sizes;
}

static void describe_pictures(const struct rpi *rpi, struct info *info,
			      enum rpi_role role, const struct video *node)
{
	const struct info_sizes sizes = picture_sizes(rpi);
	struct v4l2_fmtdesc description;

	info_role(info, &rpi_roles[role], node->name, node->node);
	for (uint32_t i = 0; video_enum_format(node, i, 0, &description) == 0; i++)
		if (rpi_isp_makes(role, node, description.pixelformat))
			info_format(info, description.pixelformat, &sizes);
}

static void describe_forms(const struct rpi *rpi, struct info *info,
			   const struct sensor_mode *mode, uint32_t code)
{
	const struct info_sizes sizes = info_size(mode->width, mode->height);
	struct v4l2_fmtdesc description;

	for (uint32_t i = 0; video_enum_format(rpi->image, i, code, &description) == 0; i++)
		if (rpi_receiver_gives(rpi, description.pixelformat))
			info_format(info, description.pixelformat, &sizes);
}

/* Modes of one size differ in their bits, and 16 have room for those of all. */
static bool is_first_of_size(const struct sensor *sensor, unsigned number)
{
	const struct sensor_mode *mode = &sensor->modes[number], *other = sensor->modes;

	for (; other < mode; other++)
		if (other->width == mode->width && other->height == mode->height &&
		    rpi_is_received(other->code))
			return false;
	return true;
}

/* Each mode in each form that the receiver may give it: an rp1-cfe widens it to 16 bits, too. */
static void describe_raw(const struct rpi *rpi, struct info *info)
{
	info_role(info, &rpi_roles[RPI_RAW], rpi->image->name, rpi->image->node);
	for (unsigned i = 0; i < rpi->sensor->num_modes; i++) {
		const struct sensor_mode *mode = &rpi->sensor->modes[i];
		const struct format_info *wide = format_from_mbus(mode->code, PACKING_PISP);

		if (!rpi_is_received(mode->code))
			continue;
		describe_forms(rpi, info, mode, mode->code);
		if (rpi->receiver->is_cfe && wide && is_first_of_size(rpi->sensor, i))
			describe_forms(rpi, info, mode, wide->mbus_code);
	}
}

/* By what the sensor says: to open the node would do harm to who streams images now. */
static void describe_embedded(const struct rpi *rpi, struct info *info)
{
	const struct info_sizes none = { 0 };
	const struct media_entity *node;
	const char *why;

	if (!rpi_receiver_embedded_bytes(rpi, &why))
		return;
	node = media_find(rpi->media, rpi->receiver->embedded);
	info_role(info, &rpi_roles[RPI_EMBEDDED], node->name, node->node);
	info_format(info, RPI_META_EMBEDDED, &none);
}

static void describe_isp(const struct rpi *rpi, struct info *info)
{
	const struct rpi_isp *isp = rpi->isp;
	const struct info_sizes none = { 0 };

	describe_pictures(rpi, info, RPI_MAIN, isp->main);
	describe_pictures(rpi, info, RPI_SECOND, isp->second);
	info_role(info, &rpi_roles[RPI_STATS], isp->stats->name, isp->stats->node);
	info_format(info, isp->stats->format.fourcc, &none);
}

static int describe(void *device, struct info *info)
{
	struct rpi *rpi = device;
	char why[RPI_REASON_SIZE];
	int ret;

	if (rpi->receiver->refusal) {
		log_warning(rpi->log, "not-possible", "%s: %s", rpi->receiver->refusal,
			    rpi->receiver->remedy);
		info_sensor(info, rpi->sensor);
		return 0;
	}
	ret = rpi_isp_open(rpi, false, &rpi->isp);
	if (ret == -ENODEV) {
		log_warning(rpi->log, "no-isp", "raw only, no ISP: %s",
			    rpi_isp_missing(rpi, why));
		ret = 0;
	}
	if (rpi->isp)
		describe_isp(rpi, info);
	describe_raw(rpi, info);
	describe_embedded(rpi, info);
	info_sensor(info, rpi->sensor);
	return ret;
}

/* ---- set up ---- */

static void add_picture(const struct rpi *rpi, const struct rpi_plan *plan,
			enum rpi_role role, const struct text_fraction *rate,
			struct capture_stream *stream)
{
	*stream = (struct capture_stream){
		.role = &rpi_roles[role],
		.video = role == RPI_MAIN ? rpi->isp->main : rpi->isp->second,
		.place = CAPTURE_PROCESSOR,
		.rate = *rate,
		.is_internal = !plan->asked[role],
		.is_contiguous = true,
		/* The firmware waits until each picture that was started has a buffer. */
		.is_in_each_job = true,
	};
}

static void add_isp(const struct rpi *rpi, const struct rpi_plan *plan,
		    const struct text_fraction *rate, struct capture_stream *streams,
		    unsigned *count)
{
	bool needs_stats = rpi->engine && rpi_engine_needs_stats(rpi->engine);

	if (plan->asked[RPI_STATS] || needs_stats)
		streams[(*count)++] = (struct capture_stream){
			.role = &rpi_roles[RPI_STATS],
			.video = rpi->isp->stats,
			.place = CAPTURE_PROCESSOR,
			.rate = *rate,
			.is_internal = !plan->asked[RPI_STATS],
			.is_needed = needs_stats,
			.is_contiguous = true,
			.needs_own_memory = true,
			.observe = needs_stats ? rpi_engine_observe : NULL,
			.decode = rpi_stats_decode,
		};
	if (plan->asked[RPI_SECOND])
		add_picture(rpi, plan, RPI_SECOND, rate, &streams[(*count)++]);
	add_picture(rpi, plan, RPI_MAIN, rate, &streams[(*count)++]);
}

/*
 * The receiver starts last, so that none of its frames has to wait for the ISP; and the image
 * behind embedded data, for it is the image that starts the sensor.
 */
static void add_streams(const struct rpi *rpi, const struct rpi_plan *plan,
			struct capture_stream *streams, unsigned *count)
{
	const struct text_fraction rate = sensor_plan_rate(&plan->sensor);
	/* Unicam has no other place to write to. */
	unsigned kept = !rpi->receiver->is_cfe;

	*count = 0;
	if (plan->uses_isp)
		add_isp(rpi, plan, &rate, streams, count);
	if (rpi->embedded)
		streams[(*count)++] = (struct capture_stream){
			.role = &rpi_roles[RPI_EMBEDDED],
			.video = rpi->embedded,
			.place = CAPTURE_COMPANION,
			.stamps_start = true,
			.rate = rate,
			.kept_buffers = kept,
			.is_internal = !plan->asked[RPI_EMBEDDED],
			.is_contiguous = true,
			.needs_own_memory = true,
			/* They say how frames were made that others still want. */
			.is_needed = true,
			.observe = rpi_engine_read_embedded,
		};
	streams[(*count)++] = (struct capture_stream){
		.role = &rpi_roles[RPI_RAW],
		.video = rpi->image,
		.place = plan->uses_isp ? CAPTURE_RECEIVER : CAPTURE_ALONE,
		.stamps_start = true,
		.rate = rate,
		.is_contiguous = true,
		.min_buffers = rpi->receiver->min_buffers,
		.kept_buffers = kept,
		.is_internal = !plan->asked[RPI_RAW],
		.event = plan->uses_isp ? rpi_engine_event : NULL,
	};
}

static int configure(void *device, const struct options *options, struct setup *setup,
		     struct capture_stream *streams, unsigned *num_streams)
{
	struct rpi *rpi = device;
	struct rpi_plan plan;
	int ret;

	ret = rpi_plan(rpi, options, setup, &plan);
	if (ret < 0)
		return ret;
	sensor_plan_route(&plan.sensor, setup);
	rpi_receiver_route(rpi, setup, &plan);
	if (plan.uses_isp)
		rpi_isp_route(rpi, setup, &plan);
	ret = setup->error;
	if (ret == 0 && !setup->script)
		ret = rpi_engine_create(rpi, options, &plan, &rpi->engine);
	add_streams(rpi, &plan, streams, num_streams);
	return ret;
}

static struct video *processor_input(void *device)
{
	const struct rpi *rpi = device;

	return rpi->isp ? rpi->isp->input : NULL;
}

/* ---- the tool ---- */

static const char *const drivers[] = { "unicam", "rp1-cfe", "rp1-cfe-downstream", NULL };

static const struct platform platform = {
	.option = {
		.program = "rpi-capture",
		.summary = "Captures frames from cameras on a Raspberry Pi.",
		.roles = rpi_roles,
		.num_roles = RPI_NUM_ROLES,
		.features = OPTION_3A | OPTION_FLIP | OPTION_ZOOM,
	},
	.drivers = drivers,
	.find = find_cameras,
	.explain_none = rpi_explain_none,
	.open = open_device,
	.close = close_device,
	.add_controls = add_controls,
	.info = describe,
	.configure = configure,
	.explain = {
		.no_memory = "all of it must be contiguous (CMA): a smaller --mode or size needs "
			     "less, less gpu_mem or dtoverlay=vc4-kms-v3d,cma-512 in "
			     "/boot/firmware/config.txt gives more",
		.start = rpi_explain_start,
		.silence = rpi_explain_silence,
		.slow_stop = rpi_explain_slow_stop,
	},
	.engine = {
		.start = rpi_engine_start,
		.is_steady = rpi_engine_is_steady,
		.settings = rpi_engine_settings,
		.processor_input = processor_input,
		.max_jobs = 1,
		.process = rpi_engine_process,
	},
	.doctor = &rpi_doctor,
};

int main(int argc, char **argv)
{
	return tool_run(&platform, argc, argv);
}
