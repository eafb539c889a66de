// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The receiver: which of its drivers is running, and the way from the sensor to memory.
 *
 *	Unicam, Raspberry Pi's own       sensor 0 ──▶ unicam-image
 *	                                        1 ──▶ unicam-embedded
 *
 *	Unicam, mainline                 sensor ──▶ 0 unicam 1 ──▶ unicam-image
 *	                                                     2 ──▶ unicam-embedded
 *
 *	rp1-cfe, mainline                sensor ──▶ 0 csi2 1 ─┄▶ rp1-cfe-csi2-ch0
 *	rp1-cfe, Raspberry Pi's own      sensor ──▶ 0 csi2 4 ─┄▶ rp1-cfe-csi2_ch0
 *
 * ┄ links can be switched, ─ links are always on. Bridges may stand behind the sensor. All other
 * links of an rp1-cfe are off: it waits until each node with a link that is on has been started.
 *
 * Rests on drivers/media/platform/broadcom/bcm2835-unicam.c and
 * drivers/media/platform/raspberrypi/rp1-cfe; Raspberry Pi's own drivers are in the kernels that
 * Raspberry Pi publishes.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/base/format.h"
#include "common/base/log.h"
#include "common/device/media.h"
#include "common/device/subdev.h"
#include "common/device/video.h"
#include "common/tool/explain.h"
#include "common/tool/open.h"
#include "common/tool/setup.h"
#include "rpi/rpi.h"

/* MEDIA_BUS_FMT_SENSOR_DATA of Raspberry Pi's kernels; mainline took the first number later. */
#define CODE_EMBEDDED_OLD 0x7001
#define CODE_EMBEDDED     0x7002

/* Bus codes behind those of Bayer that all kernels have. */
#define CODE_AFTER_RAW 0x3021
#define NUM_CODES      0x20

/* The sensor's pad of embedded data, where it has one. */
#define EMBEDDED_PAD 1

#define NO_DATA_UNICAM \
	"this driver has them only with the streams API, which kernels are built without"
#define NO_DATA_CFE "on an rp1-cfe raw is all that this program takes"

static const struct rpi_receiver receivers[] = {
	[RPI_UNICAM] = {
		.driver = "Unicam (Raspberry Pi kernel)",
		.image = "unicam-image",
		.embedded = "unicam-embedded",
		.min_buffers = 2,
		.max_size = 16376,
	},
	[RPI_UNICAM_NODE] = {
		.driver = "Unicam (Raspberry Pi kernel, video node mode)",
		.image = "unicam-image",
		.refusal = "Unicam runs in video node mode, in which it sets up the sensor itself",
		.remedy = "take media-controller=0 off the sensor's dtoverlay line in "
			   "/boot/firmware/config.txt (or media_controller=0 off the module's "
			   "options), and reboot",
	},
	[RPI_UNICAM_MAINLINE] = {
		.driver = "Unicam (mainline kernel)",
		.image = "unicam-image",
		.min_buffers = 2,
		.max_size = 16376,
		.no_data = NO_DATA_UNICAM,
	},
	[RPI_CFE] = {
		.driver = "rp1-cfe (mainline kernel)",
		.image = "rp1-cfe-csi2-ch0",
		.is_cfe = true,
		.min_buffers = 3,
		.max_size = 16384,
		.no_data = NO_DATA_CFE,
	},
	[RPI_CFE_DOWNSTREAM] = {
		.driver = "rp1-cfe (Raspberry Pi kernel)",
		.image = "rp1-cfe-csi2_ch0",
		.is_cfe = true,
		.min_buffers = 3,
		.max_size = 16384,
		.no_data = NO_DATA_CFE,
	},
};

#define UNICAM "unicam"

/* ---- find ---- */

/* What cannot be opened is taken for usable, and says why when it is opened to be used. */
static bool is_node_centric(const struct media *media, const struct media_entity *image)
{
	struct video *video;
	bool answer;

	if (!image->node[0] ||
	    video_open(media->log, image->node, image->name, VIDEO_CAPTURE, &video) < 0)
		return false;
	answer = !(video->capability.device_caps & V4L2_CAP_IO_MC);
	video_destroy(video);
	return answer;
}

const struct rpi_receiver *rpi_receiver_find(const struct media *media)
{
	const struct media_entity *image;

	if (media_find(media, receivers[RPI_CFE].image))
		return &receivers[RPI_CFE];
	if (media_find(media, receivers[RPI_CFE_DOWNSTREAM].image))
		return &receivers[RPI_CFE_DOWNSTREAM];
	/* Its image node comes with the sensor. */
	if (media_find(media, UNICAM))
		return &receivers[RPI_UNICAM_MAINLINE];
	image = media_find(media, receivers[RPI_UNICAM].image);
	if (!image)
		return NULL;
	return &receivers[is_node_centric(media, image) ? RPI_UNICAM_NODE : RPI_UNICAM];
}

bool rpi_receiver_path(const struct media *media, const struct rpi_receiver *receiver,
		       struct upstream *path)
{
	const struct media_entity *image = media_find(media, receiver->image);
	const struct media_pad *sink = image ? media_find_pad(image, 0) : NULL;

	return sink && upstream_find(media, sink, 0, path);
}

int rpi_receiver_open(struct rpi *rpi)
{
	int ret;

	ret = open_sensor(rpi->log, &rpi->path, &rpi->sensor);
	if (ret == 0)
		ret = open_bridges(rpi->log, rpi->media, &rpi->path, rpi->bridges,
				   &rpi->num_bridges);
	if (ret == 0)
		ret = open_video(rpi->log, rpi->media, rpi->receiver->image,
				 VIDEO_CAPTURE, &rpi->image);
	return ret;
}

int rpi_receiver_check_free(const struct rpi *rpi)
{
	unsigned none = 0;
	int ret;

	ret = video_request_buffers(rpi->image, V4L2_MEMORY_MMAP, &none);
	if (ret == -EBUSY)
		explain_busy(rpi->log, rpi->media, rpi->path.sensor->name);
	return ret == -EBUSY ? ret : 0;
}

bool rpi_receiver_gives(const struct rpi *rpi, uint32_t fourcc)
{
	struct video_format format = {
		.fourcc = fourcc,
		.width = rpi->image->format.width,
		.height = rpi->image->format.height,
		.field = V4L2_FIELD_NONE,
		.num_planes = 1,
	};

	return video_try_format(rpi->image, &format) == 0 && format.fourcc == fourcc;
}

void rpi_receiver_close(struct rpi *rpi)
{
	video_destroy(rpi->embedded);
	video_destroy(rpi->image);
	for (unsigned i = 0; i < rpi->num_bridges; i++)
		subdev_destroy(rpi->bridges[i]);
	sensor_destroy(rpi->sensor);
}

/* ---- embedded data ---- */

uint32_t rpi_receiver_embedded_bytes(const struct rpi *rpi, const char **why)
{
	const struct rpi_receiver *receiver = rpi->receiver;
	const struct media_entity *node;
	struct v4l2_mbus_framefmt format;

	*why = receiver->no_data;
	if (receiver->no_data)
		return 0;
	*why = "this sensor, or its driver, sends none";
	node = media_find(rpi->media, receiver->embedded);
	if (!node || !node->node[0] || !media_find_pad(rpi->path.sensor, EMBEDDED_PAD))
		return 0;
	if (subdev_get_format(rpi->sensor->subdev, EMBEDDED_PAD, &format) < 0 ||
	    (format.code != CODE_EMBEDDED && format.code != CODE_EMBEDDED_OLD))
		return 0;
	return format.width * format.height;
}

/* Printed without opening the node, for that alone would keep images away from who streams now. */
static void print_embedded(struct rpi *rpi, struct setup *setup, struct video_format *format)
{
	const struct media_entity *entity = media_find(rpi->media, rpi->receiver->embedded);
	struct video closed = { .type = V4L2_BUF_TYPE_META_CAPTURE };

	snprintf(closed.name, sizeof(closed.name), "%s", entity->name);
	snprintf(closed.node, sizeof(closed.node), "%s", entity->node);
	setup_node(setup, &closed, format);
}

/* Whoever opens this node must stream it, or no image comes: so it is opened here and not earlier. */
static void route_embedded(struct rpi *rpi, struct setup *setup)
{
	const char *why;
	struct video_format format = {
		.fourcc = RPI_META_EMBEDDED,
		.num_planes = 1,
		.size_bytes = { rpi_receiver_embedded_bytes(rpi, &why) },
	};
	uint32_t wanted = format.size_bytes[0];

	if (setup->error)
		return;
	if (setup->script) {
		print_embedded(rpi, setup, &format);
		return;
	}
	setup->error = open_video(rpi->log, rpi->media, rpi->receiver->embedded,
				  VIDEO_CAPTURE, &rpi->embedded);
	setup_node(setup, rpi->embedded, &format);
	if (setup->error || format.size_bytes[0] >= wanted)
		return;
	log_error(rpi->log, "format-refused", "%s: asked %u bytes, got %u",
		  rpi->embedded->name, wanted, format.size_bytes[0]);
	setup->error = -EINVAL;
}

/* ---- route ---- */

#define ROUTE_ACTIVE (1u << 0)

/*
 * One route from pad to pad. Kernels are built without the API for it, and have that one; with it
 * somebody may have left others.
 */
static void route_streams(struct setup *setup, const struct subdev *bridge, uint32_t sink,
			  uint32_t source)
{
	struct subdev_route routes[4];
	uint32_t count = sizeof(routes) / sizeof(routes[0]);
	int ret;

	if (setup->error || setup->script)
		return;
	ret = subdev_get_routes(bridge, routes, &count);
	if (ret == -ENOTTY || (ret == 0 && count == 1 && routes[0].flags & ROUTE_ACTIVE &&
			       routes[0].sink_pad == sink && !routes[0].sink_stream &&
			       routes[0].source_pad == source))
		return;
	count = 1;
	routes[0] = (struct subdev_route){
		.sink_pad = sink,
		.source_pad = source,
		.flags = ROUTE_ACTIVE,
	};
	ret = subdev_set_routes(bridge, routes, &count);
	if (ret == 0)
		return;
	log_error(setup->log, "link-refused", "%s: a route from pad %u to pad %u: %s",
		  bridge->name, sink, source, strerror(-ret));
	setup->error = ret;
}

/*
 * Raspberry Pi's rp1-cfe has bus codes of its own for compressed raw. Which numbers they have depends
 * on the kernel, and no installed header tells: somewhere behind those of other raw. The pad takes
 * one of them only, so it is asked, and nothing is set.
 */
static uint32_t find_compressed_code(const struct rpi *rpi, const struct rpi_plan *plan)
{
	unsigned last = rpi->num_bridges - 1;
	const struct subdev *bridge = rpi->bridges[last];
	struct v4l2_mbus_framefmt format = {
		.code = plan->sensor.mode.code,
		.width = plan->sensor.mode.width,
		.height = plan->sensor.mode.height,
		.field = V4L2_FIELD_NONE,
	};

	if (subdev_try_format(bridge, rpi->path.path[last]->sink->index, &format) < 0)
		return plan->code;
	for (uint32_t code = CODE_AFTER_RAW; code < CODE_AFTER_RAW + NUM_CODES; code++) {
		format.code = code;
		if (subdev_try_format(bridge, rpi->path.path[last + 1]->source->index,
				      &format) == 0 &&
		    format.code == code)
			return code;
	}
	return plan->code;
}

static uint32_t find_last_code(const struct rpi *rpi, const struct rpi_plan *plan)
{
	bool is_compressed = format_find(plan->raw)->packing == PACKING_PISP;

	if (!is_compressed || rpi->receiver != &receivers[RPI_CFE_DOWNSTREAM])
		return plan->code;
	return find_compressed_code(rpi, plan);
}

/* The last bridge's source may turn samples into another form; all else passes on what comes in. */
static void route_bridges(struct rpi *rpi, struct setup *setup, const struct rpi_plan *plan)
{
	const struct sensor_mode *mode = &plan->sensor.mode;
	uint32_t last_code = rpi->num_bridges ? find_last_code(rpi, plan) : 0;

	for (unsigned i = 0; i < rpi->num_bridges; i++) {
		const struct subdev *bridge = rpi->bridges[i];
		uint32_t sink = rpi->path.path[i]->sink->index;
		uint32_t source = rpi->path.path[i + 1]->source->index;
		bool is_last = i + 1 == rpi->num_bridges;

		route_streams(setup, bridge, sink, source);
		setup_pad(setup, bridge, sink, mode->code, mode->width, mode->height);
		setup_pad(setup, bridge, source, is_last ? last_code : mode->code,
			  mode->width, mode->height);
	}
}

static void route_image(struct rpi *rpi, struct setup *setup, const struct rpi_plan *plan,
			uint32_t stride_bytes)
{
	struct video_format format = {
		.fourcc = plan->raw,
		.width = plan->sensor.mode.width,
		.height = plan->sensor.mode.height,
		.field = V4L2_FIELD_NONE,
		.num_planes = 1,
		.stride_bytes = { stride_bytes },
	};
	/* Another form of raw than was asked for is of no use to anybody. */
	bool adjust = setup->adjust;

	setup->adjust = false;
	setup_node(setup, rpi->image, &format);
	setup->adjust = adjust;
}

void rpi_receiver_route(struct rpi *rpi, struct setup *setup, const struct rpi_plan *plan)
{
	setup_path(setup, &rpi->path);
	route_bridges(rpi, setup, plan);
	route_image(rpi, setup, plan, 0);
	if (plan->uses_embedded)
		route_embedded(rpi, setup);
}

void rpi_receiver_set_stride(struct rpi *rpi, struct setup *setup,
			     const struct rpi_plan *plan, uint32_t stride_bytes)
{
	route_image(rpi, setup, plan, stride_bytes);
}
