// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ISP of the VideoCore, behind its firmware:
 *
 *	RAW ══▶ bcm2835-isp0-output0 ──▶ bcm2835_isp0 ──▶ bcm2835-isp0-capture1   main
 *	        (controls, crop)                      ├─▶ bcm2835-isp0-capture2   second
 *	                                              └─▶ bcm2835-isp0-capture3   statistics
 *
 * ─ links are always on, ═ is no link but a buffer that the receiver has, too. There are two alike,
 * with the same names; both are for everybody, one program at a time each.
 *
 * Rests on drivers/staging/vc04_services/bcm2835-isp of Raspberry Pi's kernels.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/format.h"
#include "common/base/log.h"
#include "common/device/discover.h"
#include "common/device/holder.h"
#include "common/device/media.h"
#include "common/device/video.h"
#include "common/tool/explain.h"
#include "common/tool/open.h"
#include "common/tool/setup.h"
#include "rpi/rpi.h"

#define INPUT  "bcm2835-isp0-output0"
#define MAIN   "bcm2835-isp0-capture1"
#define SECOND "bcm2835-isp0-capture2"
#define STATS  "bcm2835-isp0-capture3"

#define MODULE "/sys/module/bcm2835_isp"

static const char *const drivers[] = { "bcm2835-isp", NULL };

/* ---- find ---- */

int rpi_isp_find(struct log *log, struct discover_media **isps, size_t *count)
{
	struct discover *discover;
	int ret;

	ret = discover_create(log, &discover);
	if (ret < 0)
		return ret;
	ret = discover_list(discover, drivers, isps, count);
	discover_destroy(discover);
	if (ret < 0)
		log_error(log, "find-failed", "looking for the ISP: %s", strerror(-ret));
	return ret;
}

void rpi_isp_look(const struct rpi *rpi, const char **cause, const char **remedy)
{
	struct stat module;

	if (rpi->receiver->is_cfe) {
		*cause = "a Raspberry Pi 5 has none that is as simple as this program";
		*remedy = "libcamera has the one it has";
	} else if (stat(MODULE, &module) < 0) {
		*cause = "its driver is not there";
		*remedy = "modprobe bcm2835-isp, which is in Raspberry Pi's kernels only";
	} else {
		*cause = "its driver is there, but shows no media device";
		*remedy = "the kernel's log says why";
	}
}

const char *rpi_isp_missing(const struct rpi *rpi, char text[static RPI_REASON_SIZE])
{
	const char *cause, *remedy;

	rpi_isp_look(rpi, &cause, &remedy);
	snprintf(text, RPI_REASON_SIZE, "%s%s %s", cause,
		 rpi->receiver->is_cfe ? ";" : ":", remedy);
	return text;
}

static int open_nodes(struct log *log, struct rpi_isp *isp)
{
	const struct {
		const char *name;
		enum video_direction direction;
		struct video **video;
	} nodes[] = {
		{ INPUT, VIDEO_OUTPUT, &isp->input },
		{ MAIN, VIDEO_CAPTURE, &isp->main },
		{ SECOND, VIDEO_CAPTURE, &isp->second },
		{ STATS, VIDEO_CAPTURE, &isp->stats },
	};
	int ret = 0;

	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]) && ret == 0; i++)
		ret = open_video(log, isp->media, nodes[i].name, nodes[i].direction,
				 nodes[i].video);
	return ret;
}

void rpi_isp_destroy(struct rpi_isp *isp)
{
	if (!isp)
		return;
	video_destroy(isp->stats);
	video_destroy(isp->second);
	video_destroy(isp->main);
	video_destroy(isp->input);
	media_destroy(isp->media);
	free(isp);
}

/*
 * Formats are never refused while another program has a queue; asking it for no buffers is. Which
 * one that is, if that is -EBUSY, is told by busy.
 */
static int check_free(const struct rpi_isp *isp, const struct video **busy)
{
	struct video *const nodes[] = { isp->input, isp->main, isp->second, isp->stats };
	int ret = 0;

	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]) && ret == 0; i++) {
		unsigned none = 0;

		ret = video_request_buffers(nodes[i],
					    nodes[i] == isp->input ? V4L2_MEMORY_DMABUF :
								     V4L2_MEMORY_MMAP,
					    &none);
		*busy = nodes[i];
	}
	return ret;
}

/* Polite programs lock the media device; others just have the queues. */
static int take_one(struct rpi *rpi, struct rpi_isp *isp, char text[static HOLDER_TEXT_SIZE])
{
	struct holder_list holders = { 0 };
	const struct video *busy;
	pid_t holder;
	int ret;

	ret = media_lock(isp->media, &holder);
	if (ret == -EBUSY) {
		holder_from_pid(holder, &holders);
	} else if (ret < 0) {
		log_error(rpi->log, "failed", "locking %s: %s", isp->media->path,
			  strerror(-ret));
		return ret;
	} else {
		ret = check_free(isp, &busy);
		if (ret == -EBUSY)
			holder_find(busy->node, &holders);
		else if (ret < 0)
			log_error(rpi->log, "failed", "%s: %s", isp->media->path,
				  strerror(-ret));
	}
	holder_text(&holders, text);
	return ret;
}

/* What is in its way, if that is -EBUSY, is told by text. */
static int open_one(struct rpi *rpi, const struct discover_media *found, bool take,
		    struct rpi_isp **isp, char text[static HOLDER_TEXT_SIZE])
{
	struct rpi_isp *opened = calloc(1, sizeof(*opened));
	int ret = found->error;

	if (!opened) {
		log_error(rpi->log, "no-memory", "opening %s: not enough memory",
			  found->node);
		return -ENOMEM;
	}
	if (ret == 0)
		ret = media_open(rpi->log, found->node, &opened->media);
	if (ret < 0)
		explain_open(rpi->log, found->node, ret);
	else
		ret = open_nodes(rpi->log, opened);
	if (ret == 0 && take)
		ret = take_one(rpi, opened, text);
	if (ret < 0) {
		rpi_isp_destroy(opened);
		return ret;
	}
	*isp = opened;
	return 0;
}

int rpi_isp_open(struct rpi *rpi, bool take, struct rpi_isp **isp)
{
	char texts[RPI_MAX_ISPS][HOLDER_TEXT_SIZE] = { "" };
	int ret = -ENODEV;

	for (size_t i = 0; i < rpi->num_isps && i < RPI_MAX_ISPS; i++) {
		ret = open_one(rpi, &rpi->isps[i], take, isp, texts[i]);
		if (ret != -EBUSY)
			return ret;
		log_detail(rpi->log, "isp-busy", "%s is in use by %s", rpi->isps[i].node,
			   texts[i]);
	}
	if (ret == -EBUSY && texts[1][0])
		log_error(rpi->log, "busy", "both ISPs are in use: %s by %s, %s by %s",
			  rpi->isps[0].node, texts[0], rpi->isps[1].node, texts[1]);
	else if (ret == -EBUSY)
		log_error(rpi->log, "busy", "the ISP (%s) is in use by %s",
			  rpi->isps[0].node, texts[0]);
	return ret;
}

bool rpi_isp_offers(const struct video *node, uint32_t fourcc)
{
	struct v4l2_fmtdesc description;

	for (uint32_t i = 0; video_enum_format(node, i, 0, &description) == 0; i++)
		if (description.pixelformat == fourcc)
			return true;
	return false;
}

bool rpi_isp_makes(enum rpi_role role, const struct video *node, uint32_t fourcc)
{
	const struct format_info *info = format_find(fourcc);

	/* The second picture is made from the first, while that is YUV. */
	return info &&
	       (info->kind == FORMAT_YUV || (info->kind == FORMAT_RGB && role == RPI_MAIN)) &&
	       rpi_isp_offers(node, fourcc);
}

/* ---- route ---- */

/* The same raw as the receiver's, line by line: a stride that differs shears the picture. */
static void route_input(struct rpi *rpi, struct setup *setup, const struct rpi_plan *plan)
{
	struct video *input = rpi->isp->input;
	struct video_format format = {
		.fourcc = plan->raw,
		.width = plan->sensor.mode.width,
		.height = plan->sensor.mode.height,
		.field = V4L2_FIELD_NONE,
		.colorspace = V4L2_COLORSPACE_RAW,
		.num_planes = 1,
	};

	setup_node(setup, input, &format);
	if (setup->error || setup->script ||
	    format.stride_bytes[0] == rpi->image->format.stride_bytes[0])
		return;
	rpi_receiver_set_stride(rpi, setup, plan, format.stride_bytes[0]);
}

static void route_picture(struct setup *setup, struct video *video,
			  const struct rpi_picture *picture)
{
	const struct format_info *info = format_find(picture->fourcc);
	bool is_rgb = info && info->kind == FORMAT_RGB;
	struct video_format format = {
		.fourcc = picture->fourcc,
		.width = picture->width,
		.height = picture->height,
		.field = V4L2_FIELD_NONE,
		.colorspace = is_rgb ? V4L2_COLORSPACE_SRGB : V4L2_COLORSPACE_JPEG,
		.num_planes = 1,
	};

	setup_node(setup, video, &format);
}

static void route_stats(struct setup *setup, struct video *video)
{
	struct video_format format = {
		.fourcc = RPI_META_STATS,
		.num_planes = 1,
		.size_bytes = { video->format.size_bytes[0] },
	};

	setup_node(setup, video, &format);
}

void rpi_isp_route(struct rpi *rpi, struct setup *setup, const struct rpi_plan *plan)
{
	struct rpi_isp *isp = rpi->isp;

	route_input(rpi, setup, plan);
	setup_crop(setup, isp->input, &plan->crop);
	route_picture(setup, isp->main, &plan->main);
	if (plan->second.width)
		route_picture(setup, isp->second, &plan->second);
	route_stats(setup, isp->stats);
}
