// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Imgurun: send frames through one pipe of the ImgU and compare what comes out with arithmetic.
 *
 *	imgurun [-p PIPE] [-n FRAMES] [-d DEPTH] [-t MS] [-r FD] [GEOMETRY] [-f FOURCC] [-e EXPOSURE]
 *		[-k BLACK] [-w GAIN] [-P] [-S]	pictures of the scene, painted here
 *	imgurun -C NODE [-M] ...		frames of the CIO2, the same memory
 *
 * GEOMETRY is -i INPUT -c CROP -b BDS -g GDC -o MAIN -v VIEWFINDER, each WxH. Links, and formats of the
 * CIO2, must be set. -r: a line is written there once all is started. -w: gain of red in every second
 * frame, 8192 is 1.0 more. -P: without parameters, -S: in still mode, without statistics. -M: the CIO2
 * gets a buffer back while the ImgU reads it. With -C, files raw, main and viewfinder are written here;
 * else every pixel and cell is checked that is not near an edge of the scene, with the number of the
 * frame in it.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/v4l2-subdev.h>
#include <linux/videodev2.h>

#undef __packed
#define __packed __attribute__((packed))
#include "intel-ipu3.h"
#include "scene.h"

#define BUFFERS      8
#define PATH_BYTES   96
#define INPUT_WIDTH  4224
#define INPUT_HEIGHT 3136
#define GROUP_PIXELS 25
#define GROUP_BYTES  32
#define EDGE         6    /* pixels of the input that may be beside a nearest one */
#define TOLERANCE    2    /* of 255 */
#define COMPARED     3    /* of so many pixels, one must be comparable */
#define GREEN_LIMIT  7371 /* thresholds of saturation, of 13 bits */
#define OTHER_LIMIT  8191

enum node_number { INPUT, PARAMETERS, OUTPUT, VIEWFINDER, STATISTICS, NODES };

struct size {
	uint32_t width, height;
};

struct node {
	const char *name;
	uint32_t type;
	int fd;
	struct size size;
	uint32_t stride, bytes;
	uint8_t *memory[BUFFERS];
	uint32_t queued; /* so far */
};

struct config {
	unsigned int pipe, frames, depth, limit_ms;
	int ready; /* -1: nobody wants to know */
	struct size input, crop, bds, gdc, main, viewfinder;
	uint32_t fourcc, exposure, black, gain;
	bool parameters, still, misuse;
	const char *receiver;
};

struct run {
	struct config config;
	struct node nodes[NODES];
	struct node receiver;
	int exported[BUFFERS];
	FILE *raw, *pictures[NODES];
};

/* ---- ioctls ---- */

static void ask(int fd, unsigned long request, void *argument, const char *what)
{
	if (ioctl(fd, request, argument))
		err(1, "%s", what);
}

/* The node or sub-device of that name in sysfs. */
static int open_named(const char *name)
{
	glob_t found = {};
	char text[64], path[PATH_BYTES];
	int fd = -1;

	glob("/sys/class/video4linux/*/name", 0, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc && fd < 0; i++) {
		FILE *stream = fopen(found.gl_pathv[i], "re");

		if (!stream)
			continue;
		if (fgets(text, sizeof(text), stream) &&
		    (text[strcspn(text, "\n")] = 0, !strcmp(text, name)) &&
		    sscanf(found.gl_pathv[i], "/sys/class/video4linux/%40[^/]", text) == 1) {
			snprintf(path, sizeof(path), "/dev/%s", text);
			fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
		}
		fclose(stream);
	}
	globfree(&found);
	if (fd < 0)
		errx(1, "there is no %s", name);
	return fd;
}

static bool is_meta(const struct node *node)
{
	return node->type == V4L2_BUF_TYPE_META_CAPTURE ||
	       node->type == V4L2_BUF_TYPE_META_OUTPUT;
}

static bool in_use(const struct run *run, enum node_number number)
{
	return number != PARAMETERS || run->config.parameters;
}

/* Take a node's format over; with a size, set it first. */
static void set_format(struct node *node, const struct size *size, uint32_t fourcc)
{
	struct v4l2_format format = { .type = node->type };

	ask(node->fd, VIDIOC_G_FMT, &format, node->name);
	if (is_meta(node)) {
		node->bytes = format.fmt.meta.buffersize;
		return;
	}
	if (size) {
		format.fmt.pix_mp.width = size->width;
		format.fmt.pix_mp.height = size->height;
		format.fmt.pix_mp.pixelformat = fourcc;
		ask(node->fd, VIDIOC_S_FMT, &format, node->name);
		if (format.fmt.pix_mp.width != size->width ||
		    format.fmt.pix_mp.height != size->height)
			errx(1, "%s: asked %ux%u, got %ux%u", node->name, size->width,
			     size->height, format.fmt.pix_mp.width,
			     format.fmt.pix_mp.height);
	}
	node->size.width = format.fmt.pix_mp.width;
	node->size.height = format.fmt.pix_mp.height;
	node->stride = format.fmt.pix_mp.plane_fmt[0].bytesperline;
	node->bytes = format.fmt.pix_mp.plane_fmt[0].sizeimage;
}

static void fill_buffer(const struct node *node, uint32_t index, uint32_t memory,
			struct v4l2_plane *plane, struct v4l2_buffer *buffer)
{
	*plane = (struct v4l2_plane){ .bytesused = node->bytes, .length = node->bytes };
	*buffer = (struct v4l2_buffer){ .type = node->type, .memory = memory, .index = index };
	if (is_meta(node)) {
		buffer->bytesused = node->bytes;
		buffer->length = node->bytes;
	} else {
		buffer->m.planes = plane;
		buffer->length = 1;
	}
}

static void allocate(struct node *node, unsigned int count, uint32_t memory)
{
	struct v4l2_requestbuffers request = {
		.count = count,
		.type = node->type,
		.memory = memory,
	};

	ask(node->fd, VIDIOC_REQBUFS, &request, node->name);
	for (unsigned int i = 0; memory == V4L2_MEMORY_MMAP && i < count; i++) {
		struct v4l2_plane plane;
		struct v4l2_buffer buffer;

		fill_buffer(node, i, memory, &plane, &buffer);
		ask(node->fd, VIDIOC_QUERYBUF, &buffer, node->name);
		node->memory[i] =
			mmap(NULL, node->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, node->fd,
			     is_meta(node) ? buffer.m.offset : plane.m.mem_offset);
		if (node->memory[i] == MAP_FAILED)
			err(1, "%s: mmap", node->name);
	}
}

static void queue(struct node *node, uint32_t index, int dmabuf)
{
	struct v4l2_plane plane;
	struct v4l2_buffer buffer;

	fill_buffer(node, index, dmabuf < 0 ? V4L2_MEMORY_MMAP : V4L2_MEMORY_DMABUF,
		    &plane, &buffer);
	if (dmabuf >= 0)
		plane.m.fd = dmabuf;
	ask(node->fd, VIDIOC_QBUF, &buffer, node->name);
	node->queued++;
}

/* Returns the index of the buffer, and its sequence number. */
static uint32_t dequeue(struct node *node, uint32_t memory, unsigned int limit_ms,
			uint32_t *sequence)
{
	struct pollfd wait = { .fd = node->fd, .events = POLLIN | POLLOUT };
	struct v4l2_plane plane;
	struct v4l2_buffer buffer;

	if (poll(&wait, 1, limit_ms) != 1)
		errx(7, "%s: no buffer in %u ms", node->name, limit_ms);
	fill_buffer(node, 0, memory, &plane, &buffer);
	ask(node->fd, VIDIOC_DQBUF, &buffer, node->name);
	if (buffer.flags & V4L2_BUF_FLAG_ERROR)
		errx(1, "%s: the buffer is marked as faulty", node->name);
	if (sequence)
		*sequence = buffer.sequence;
	return buffer.index;
}

/* ---- set-up ---- */

static void set_geometry(struct run *run)
{
	const struct config *config = &run->config;
	struct v4l2_subdev_selection selection = {
		.which = V4L2_SUBDEV_FORMAT_ACTIVE,
		.target = V4L2_SEL_TGT_CROP,
		.r = { .width = config->crop.width, .height = config->crop.height },
	};
	struct v4l2_subdev_format format = {
		.which = V4L2_SUBDEV_FORMAT_ACTIVE,
		.format = { .width = config->gdc.width, .height = config->gdc.height },
	};
	struct v4l2_control mode = { .id = 0x009819c1, .value = config->still };
	char name[PATH_BYTES];
	int fd;

	snprintf(name, sizeof(name), "ipu3-imgu %u", config->pipe);
	fd = open_named(name);
	ask(fd, VIDIOC_S_CTRL, &mode, "pipe mode");
	set_format(&run->nodes[INPUT], &config->input, config->fourcc);
	ask(fd, VIDIOC_SUBDEV_S_SELECTION, &selection, "crop");
	selection.target = V4L2_SEL_TGT_COMPOSE;
	selection.r.width = config->bds.width;
	selection.r.height = config->bds.height;
	ask(fd, VIDIOC_SUBDEV_S_SELECTION, &selection, "compose");
	ask(fd, VIDIOC_SUBDEV_S_FMT, &format, "pad 0");
	set_format(&run->nodes[OUTPUT], &config->main, V4L2_PIX_FMT_NV12);
	set_format(&run->nodes[VIEWFINDER], &config->viewfinder, V4L2_PIX_FMT_NV12);
	set_format(&run->nodes[PARAMETERS], NULL, 0);
	set_format(&run->nodes[STATISTICS], NULL, 0);
	close(fd);
}

static void open_nodes(struct run *run)
{
	static const struct node nodes[NODES] = {
		{ .name = "input", .type = V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE },
		{ .name = "parameters", .type = V4L2_BUF_TYPE_META_OUTPUT },
		{ .name = "output", .type = V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE },
		{ .name = "viewfinder", .type = V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE },
		{ .name = "3a stat", .type = V4L2_BUF_TYPE_META_CAPTURE },
	};
	char name[PATH_BYTES];

	for (int i = 0; i < NODES; i++) {
		run->nodes[i] = nodes[i];
		snprintf(name, sizeof(name), "ipu3-imgu %u %s", run->config.pipe,
			 nodes[i].name);
		run->nodes[i].fd = open_named(name);
	}
}

/* The CIO2's buffers are its own; the input imports them. */
static void open_receiver(struct run *run)
{
	struct node *node = &run->receiver;

	node->name = run->config.receiver;
	node->type = V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;
	node->fd = open(node->name, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (node->fd < 0)
		err(1, "%s", node->name);
	set_format(node, NULL, 0);
	run->config.input = node->size;
	allocate(node, run->config.depth, V4L2_MEMORY_MMAP);
	for (unsigned int i = 0; i < run->config.depth; i++) {
		struct v4l2_exportbuffer export = { .type = node->type, .index = i };

		ask(node->fd, VIDIOC_EXPBUF, &export, node->name);
		run->exported[i] = export.fd;
		queue(node, i, -1);
	}
}

static void stream(struct run *run, unsigned long request)
{
	for (int i = NODES - 1; i >= 0; i--) {
		if (in_use(run, i))
			ask(run->nodes[i].fd, request, &run->nodes[i].type,
			    run->nodes[i].name);
	}
	if (run->config.receiver)
		ask(run->receiver.fd, request, &run->receiver.type, run->receiver.name);
}

/* ---- pictures of the scene ---- */

/* The Bayer order follows from where on the array the picture begins. */
static struct scene_frame scene_of(const struct config *config, uint32_t number)
{
	bool odd_x = config->fourcc == V4L2_PIX_FMT_IPU3_SGRBG10 ||
		     config->fourcc == V4L2_PIX_FMT_IPU3_SBGGR10;
	bool odd_y = config->fourcc == V4L2_PIX_FMT_IPU3_SGBRG10 ||
		     config->fourcc == V4L2_PIX_FMT_IPU3_SBGGR10;

	return (struct scene_frame){
		.number = number,
		.light = { SCENE_BRIGHTNESS, 256, 256, 256 },
		.exposure = config->exposure,
		.line_length = SCENE_LINE_LENGTH,
		.digital = 256,
		.left = odd_x,
		.top = odd_y,
		.width = config->input.width,
		.height = config->input.height,
		.binning = 1,
		.bits = 10,
	};
}

static void paint_line(const struct scene_frame *frame, uint16_t palette[][SCENE_FILTERS],
		       uint32_t y, uint8_t *line, uint32_t stride)
{
	uint8_t indices[INPUT_WIDTH];

	memset(line, 0, stride);
	scene_line(frame, scene_kind(frame, y), indices);
	for (uint32_t x = 0; x < frame->width; x++) {
		uint32_t bit = x % GROUP_PIXELS * 10;
		uint8_t *at = line + x / GROUP_PIXELS * GROUP_BYTES + bit / 8;
		uint32_t value = palette[indices[x]][scene_filter(frame, x, y)] << bit % 8;

		at[0] |= value;
		at[1] |= value >> 8;
	}
}

static void paint(const struct run *run, uint32_t number, uint8_t *picture)
{
	struct scene_frame frame = scene_of(&run->config, number);
	uint16_t palette[SCENE_COLOURS][SCENE_FILTERS];
	uint32_t stride = run->nodes[INPUT].stride;

	scene_palette(&frame, palette);
	for (uint32_t y = 0; y < frame.height; y++) {
		/* Two lines above is the same filter. */
		if (y >= 2 && scene_kind(&frame, y) == scene_kind(&frame, y - 2))
			memcpy(picture + y * stride, picture + (y - 2) * stride, stride);
		else
			paint_line(&frame, palette, y, picture + y * stride, stride);
	}
}

/* ---- parameters ---- */

static uint32_t cell_log2(uint32_t size, uint32_t most)
{
	uint32_t log2 = 3;

	while (log2 < 6 && size >> log2 > most)
		log2++;
	return log2;
}

static uint32_t gain_of(const struct config *config, uint32_t number)
{
	return number & 1 ? config->gain : 0;
}

static void fill_parameters(const struct config *config, uint32_t number,
			    struct ipu3_uapi_params *parameters)
{
	struct ipu3_uapi_awb_config_s *awb = &parameters->acc_param.awb.config;
	uint16_t black = config->black;

	memset(parameters, 0, sizeof(*parameters));
	parameters->use.acc_awb = 1;
	parameters->use.acc_bnr = 1;
	parameters->use.acc_ccm = 1;
	parameters->use.acc_gamma = 1;
	parameters->use.obgrid_param = 1;
	awb->rgbs_thr_gr = GREEN_LIMIT;
	awb->rgbs_thr_gb = GREEN_LIMIT;
	awb->rgbs_thr_r = OTHER_LIMIT;
	awb->rgbs_thr_b = OTHER_LIMIT | IPU3_UAPI_AWB_RGBS_THR_B_EN |
			  IPU3_UAPI_AWB_RGBS_THR_B_INCL_SAT;
	awb->grid.block_width_log2 = cell_log2(config->bds.width, 80);
	awb->grid.block_height_log2 = cell_log2(config->bds.height, 60);
	awb->grid.width = config->bds.width >> awb->grid.block_width_log2;
	awb->grid.height = config->bds.height >> awb->grid.block_height_log2;
	parameters->acc_param.bnr.wb_gains.r = gain_of(config, number);
	parameters->acc_param.ccm.coeff_m11 = 8192;
	parameters->acc_param.ccm.coeff_m22 = 8192;
	parameters->acc_param.ccm.coeff_m33 = 8192;
	parameters->acc_param.gamma.gc_ctrl.enable = 1;
	for (int i = 0; i < 256; i++)
		parameters->acc_param.gamma.gc_lut.lut[i] = i * 8191 / 255;
	parameters->obgrid_param =
		(struct ipu3_uapi_obgrid_param){ black, black, black, black };
}

/* ---- what must come out ---- */

static int clamp8(double value)
{
	return value < 0 ? 0 : value > 255 ? 255 : (int)(value + 0.5);
}

/* Y, Cb and Cr of each colour of the scene, by the driver's default conversion (BT.601, full range). */
static void expect_colours(const struct config *config, uint32_t number,
			   uint16_t palette[][SCENE_FILTERS], int wanted[][3])
{
	double gain = 1 + gain_of(config, number) / 8192.0;

	for (int i = 0; i < SCENE_COLOURS; i++) {
		double rgb[3], level[SCENE_FILTERS];

		for (int j = 0; j < SCENE_FILTERS; j++)
			level[j] = palette[i][j] > config->black ?
					   palette[i][j] - config->black :
					   0;
		rgb[0] = clamp8(level[SCENE_R] * gain / 4);
		rgb[1] = clamp8((level[SCENE_GR] + level[SCENE_GB]) / 8);
		rgb[2] = clamp8(level[SCENE_B] / 4);
		wanted[i][0] = clamp8(.299 * rgb[0] + .587 * rgb[1] + .114 * rgb[2]);
		wanted[i][1] = clamp8(128 - .147 * rgb[0] - .289 * rgb[1] + .436 * rgb[2]);
		wanted[i][2] = clamp8(128 + .615 * rgb[0] - .515 * rgb[1] - .100 * rgb[2]);
	}
}

/* From a place behind the downscaler to one of the input. */
static double to_input(double at, uint32_t bds, uint32_t crop, uint32_t input)
{
	return at * crop / bds + (input - crop) / 2.0;
}

/* The place behind the downscaler of pixel "at" of an output. */
static double to_bds(double at, uint32_t output, uint32_t scaled, uint32_t step,
		     uint32_t gdc, uint32_t bds)
{
	uint32_t half = (scaled - output) / 2;

	at += (half + step / 2 - 1) / step * step;
	return (at + 0.5) * gdc / scaled + (bds - gdc) / 2;
}

static struct size scaled_size(const struct config *config, const struct node *node,
			       bool scales)
{
	struct size scaled = config->gdc;

	if (!scales)
		return scaled;
	if (node->size.width * scaled.height >= node->size.height * scaled.width) {
		scaled.height = scaled.height * node->size.width / scaled.width;
		scaled.width = node->size.width;
	} else {
		scaled.width = scaled.width * node->size.height / scaled.height;
		scaled.height = node->size.height;
	}
	return scaled;
}

static bool same_kind(const struct scene_frame *frame, int first, int last)
{
	if (first < 0 || last >= (int)frame->height)
		return false;
	for (int y = first; y < last; y++) {
		if (scene_kind(frame, y) != scene_kind(frame, last))
			return false;
	}
	return true;
}

static bool same_colour(const uint8_t *indices, uint32_t width, int first, int last)
{
	if (first < 0 || last >= (int)width)
		return false;
	for (int x = first; x < last; x++) {
		if (indices[x] != indices[last])
			return false;
	}
	return true;
}

/* Columns and lines: the places of the input, one for each of the output. Chroma of two is one. */
static uint32_t check_line(const struct run *run, const struct node *node,
			   const uint8_t *picture, uint32_t y, const uint8_t *indices,
			   const int wanted[][3], const int *columns)
{
	const uint8_t *luma = picture + y * node->stride;
	const uint8_t *chroma = picture + (node->size.height + y / 2) * node->stride;
	uint32_t compared = 0;

	for (uint32_t x = 0; x < node->size.width; x++) {
		const int *yuv;

		if (!same_colour(indices, run->config.input.width,
				 columns[x & ~1u] - EDGE, columns[x | 1] + EDGE))
			continue;
		yuv = wanted[indices[columns[x]]];
		if (abs(luma[x] - yuv[0]) > TOLERANCE ||
		    abs(chroma[x & ~1u] - yuv[1]) > TOLERANCE ||
		    abs(chroma[x | 1] - yuv[2]) > TOLERANCE)
			errx(1, "%s: pixel %u,%u is %u %u %u, wanted %d %d %d",
			     node->name, x, y, luma[x], chroma[x & ~1u], chroma[x | 1],
			     yuv[0], yuv[1], yuv[2]);
		compared++;
	}
	return compared;
}

static void find_places(const struct config *config, const struct node *node, bool scales,
			int *columns, int *lines)
{
	struct size scaled = scaled_size(config, node, scales);

	for (uint32_t x = 0; x < node->size.width; x++)
		columns[x] = to_input(to_bds(x, node->size.width, scaled.width, 64,
					     config->gdc.width, config->bds.width),
				      config->bds.width, config->crop.width,
				      config->input.width);
	for (uint32_t y = 0; y < node->size.height; y++)
		lines[y] = to_input(to_bds(y, node->size.height, scaled.height, 4,
					   config->gdc.height, config->bds.height),
				    config->bds.height, config->crop.height,
				    config->input.height);
}

/* All of a picture but what is near edges of the scene, where a good part of it may be. */
static void check_picture(const struct run *run, enum node_number number,
			  const uint8_t *picture, const struct scene_frame *frame,
			  const int wanted[][3])
{
	const struct node *node = &run->nodes[number];
	uint64_t compared = 0;
	int columns[INPUT_WIDTH], lines[INPUT_HEIGHT];
	uint8_t indices[INPUT_WIDTH];

	find_places(&run->config, node, number == VIEWFINDER, columns, lines);
	for (uint32_t y = 0; y < node->size.height; y++) {
		if (!same_kind(frame, lines[y & ~1u] - EDGE, lines[y | 1] + EDGE))
			continue;
		scene_line(frame, scene_kind(frame, lines[y]), indices);
		compared += check_line(run, node, picture, y, indices, wanted, columns);
	}
	if (compared * COMPARED < (uint64_t)node->size.width * node->size.height)
		errx(1, "%s: only %llu pixels could be compared", node->name,
		     (unsigned long long)compared);
}

/* One cell of statistics, which shows one colour of the scene. */
static void check_cell(const struct config *config, const struct ipu3_uapi_awb_set_item *item,
		       const uint16_t colour[SCENE_FILTERS], uint32_t x, uint32_t y)
{
	const int got[SCENE_FILTERS] = { item->R_avg, item->Gr_avg, item->Gb_avg,
					 item->B_avg };
	bool saturated = false;

	for (int i = 0; i < SCENE_FILTERS; i++) {
		int limit = i == SCENE_GR || i == SCENE_GB ? GREEN_LIMIT : OTHER_LIMIT;
		int level = colour[i] > config->black ? colour[i] - config->black : 0;

		saturated = saturated || colour[i] << 3 > limit;
		if (got[i] != level >> 2)
			errx(1, "cell %u,%u: sample %d is %d, wanted %d", x, y, i, got[i],
			     level >> 2);
	}
	if (item->sat_ratio != (saturated ? 255 : 0))
		errx(1, "cell %u,%u: saturation is %u", x, y, item->sat_ratio);
}

static void check_statistics(const struct run *run, const struct ipu3_uapi_stats_3a *stats,
			     const struct scene_frame *frame,
			     uint16_t palette[][SCENE_FILTERS])
{
	const struct ipu3_uapi_grid_config *grid = &stats->stats_4a_config.awb_config.grid;
	const struct config *config = &run->config;
	uint32_t pitch = (grid->width + 3) & ~3u, compared = 0;
	uint8_t indices[INPUT_WIDTH];

	if (!stats->stats_3a_status.awb_en)
		errx(1, "statistics without AWB");
	if (stats->stats_3a_status.ae_en)
		errx(1, "statistics with AE, which the firmware has not");
	for (uint32_t y = 0; y < grid->height; y++) {
		int top = to_input(y << grid->block_height_log2, config->bds.height,
				   config->crop.height, config->input.height);
		int bottom = to_input((y + 1) << grid->block_height_log2, config->bds.height,
				      config->crop.height, config->input.height);

		if (!same_kind(frame, top - EDGE, bottom + EDGE))
			continue;
		scene_line(frame, scene_kind(frame, top), indices);
		for (uint32_t x = 0; x < grid->width; x++) {
			int left = to_input(x << grid->block_width_log2, config->bds.width,
					    config->crop.width, config->input.width);
			int right = to_input((x + 1) << grid->block_width_log2,
					     config->bds.width, config->crop.width,
					     config->input.width);

			if (!same_colour(indices, config->input.width, left - EDGE,
					 right + EDGE))
				continue;
			check_cell(config, &stats->awb_raw_buffer.meta_data[y * pitch + x],
				   palette[indices[left]], x, y);
			compared++;
		}
	}
	if (compared < 100)
		errx(1, "only %u cells could be compared", compared);
}

/* ---- frames ---- */

static void send_frame(struct run *run, uint32_t number, uint32_t raw)
{
	uint32_t index = number % run->config.depth;

	if (in_use(run, PARAMETERS)) {
		fill_parameters(&run->config, number,
				(void *)run->nodes[PARAMETERS].memory[index]);
		queue(&run->nodes[PARAMETERS], index, -1);
	}
	for (int i = OUTPUT; i <= STATISTICS; i++)
		queue(&run->nodes[i], index, -1);
	if (run->config.receiver) {
		queue(&run->nodes[INPUT], raw, run->exported[raw]);
	} else {
		paint(run, number, run->nodes[INPUT].memory[index]);
		queue(&run->nodes[INPUT], index, -1);
	}
}

static void check_frame(const struct run *run, uint32_t number, const uint32_t index[NODES])
{
	struct scene_frame frame = scene_of(&run->config, number);
	uint16_t palette[SCENE_COLOURS][SCENE_FILTERS];
	int wanted[SCENE_COLOURS][3];

	/* Without parameters it is the driver's matrix and gamma: only that frames come is of interest. */
	if (!run->config.parameters)
		return;
	scene_palette(&frame, palette);
	expect_colours(&run->config, number, palette, wanted);
	for (int i = OUTPUT; i <= VIEWFINDER; i++)
		check_picture(run, i, run->nodes[i].memory[index[i]], &frame,
			      (const int(*)[3])wanted);
	if (!run->config.still)
		check_statistics(run,
				 (void *)run->nodes[STATISTICS].memory[index[STATISTICS]],
				 &frame, palette);
}

static void write_frame(const struct run *run, const uint32_t index[NODES])
{
	for (int i = OUTPUT; i <= VIEWFINDER; i++)
		fwrite(run->nodes[i].memory[index[i]], run->nodes[i].bytes, 1,
		       run->pictures[i]);
}

/* Wait for all buffers of the frame; the input comes last. Returns the index of that. */
static uint32_t receive_frame(struct run *run, uint32_t number)
{
	uint32_t input_memory = run->config.receiver ? V4L2_MEMORY_DMABUF : V4L2_MEMORY_MMAP;
	uint32_t index[NODES], sequence;

	for (int i = NODES - 1; i >= 0; i--) {
		if (!in_use(run, i))
			continue;
		index[i] = dequeue(&run->nodes[i],
				   i == INPUT ? input_memory : V4L2_MEMORY_MMAP,
				   run->config.limit_ms, &sequence);
		/* The driver counts from 1. */
		if (i >= OUTPUT && sequence != number + 1)
			errx(1, "%s: sequence %u instead of %u", run->nodes[i].name,
			     sequence, number + 1);
	}
	if (run->config.receiver)
		write_frame(run, index);
	else
		check_frame(run, number, index);
	return index[INPUT];
}

static void run_painted(struct run *run)
{
	uint32_t sent = 0;

	for (uint32_t done = 0; done < run->config.frames; done++) {
		while (sent < run->config.frames && sent - done < run->config.depth)
			send_frame(run, sent++, 0);
		receive_frame(run, done);
	}
}

static void run_received(struct run *run)
{
	for (uint32_t done = 0; done < run->config.frames; done++) {
		uint32_t raw = dequeue(&run->receiver, V4L2_MEMORY_MMAP,
				       run->config.limit_ms, NULL);

		fwrite(run->receiver.memory[raw], run->receiver.bytes, 1, run->raw);
		send_frame(run, done, raw);
		if (run->config.misuse)
			queue(&run->receiver, raw, -1);
		receive_frame(run, done);
		if (!run->config.misuse)
			queue(&run->receiver, raw, -1);
	}
}

static void open_files(struct run *run)
{
	run->raw = fopen("raw", "we");
	run->pictures[OUTPUT] = fopen("main", "we");
	run->pictures[VIEWFINDER] = fopen("viewfinder", "we");
	if (!run->raw || !run->pictures[OUTPUT] || !run->pictures[VIEWFINDER])
		err(1, "files");
}

static void close_files(struct run *run)
{
	if (fclose(run->raw) || fclose(run->pictures[OUTPUT]) ||
	    fclose(run->pictures[VIEWFINDER]))
		err(1, "files");
}

/* ---- main ---- */

static void parse_size(const char *text, struct size *size)
{
	if (sscanf(text, "%ux%u", &size->width, &size->height) != 2)
		errx(2, "%s is no size", text);
}

static uint32_t parse_fourcc(const char *text)
{
	if (strlen(text) != 4)
		errx(2, "%s is no fourcc", text);
	return v4l2_fourcc(text[0], text[1], text[2], text[3]);
}

static void parse(struct config *config, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "p:n:d:t:r:i:c:b:g:o:v:f:e:k:w:PSC:M")) >= 0) {
		switch (option) {
		case 'p':
			config->pipe = atoi(optarg);
			break;
		case 'n':
			config->frames = atoi(optarg);
			break;
		case 'd':
			config->depth = atoi(optarg);
			break;
		case 't':
			config->limit_ms = atoi(optarg);
			break;
		case 'r':
			config->ready = atoi(optarg);
			break;
		case 'i':
			parse_size(optarg, &config->input);
			break;
		case 'c':
			parse_size(optarg, &config->crop);
			break;
		case 'b':
			parse_size(optarg, &config->bds);
			break;
		case 'g':
			parse_size(optarg, &config->gdc);
			break;
		case 'o':
			parse_size(optarg, &config->main);
			break;
		case 'v':
			parse_size(optarg, &config->viewfinder);
			break;
		case 'f':
			config->fourcc = parse_fourcc(optarg);
			break;
		case 'e':
			config->exposure = atoi(optarg);
			break;
		case 'k':
			config->black = atoi(optarg);
			break;
		case 'w':
			config->gain = atoi(optarg);
			break;
		case 'P':
			config->parameters = false;
			break;
		case 'S':
			config->still = true;
			break;
		case 'C':
			config->receiver = optarg;
			break;
		case 'M':
			config->misuse = true;
			break;
		default:
			errx(2, "see the top of imgurun.c");
		}
	}
	if (!config->depth || config->depth > BUFFERS ||
	    config->input.width > INPUT_WIDTH || config->input.height > INPUT_HEIGHT)
		errx(2, "that many buffers, or pixels, can't be");
}

int main(int argc, char **argv)
{
	struct run run = {
		.config = {
			.frames = 3,
			.depth = 2,
			.limit_ms = 3000,
			.ready = -1,
			.input = { 1640, 1232 },
			.crop = { 1640, 920 },
			.bds = { 1312, 736 },
			.gdc = { 1280, 720 },
			.main = { 1280, 720 },
			.viewfinder = { 640, 360 },
			.fourcc = V4L2_PIX_FMT_IPU3_SGRBG10,
			.exposure = 1600,
			.black = SCENE_BLACK,
			.parameters = true,
		},
	};

	parse(&run.config, argc, argv);
	open_nodes(&run);
	if (run.config.receiver) {
		open_receiver(&run);
		open_files(&run);
	}
	set_geometry(&run);
	for (int i = 0; i < NODES; i++) {
		if (in_use(&run, i))
			allocate(&run.nodes[i], run.config.depth,
				 i == INPUT && run.config.receiver ? V4L2_MEMORY_DMABUF :
								     V4L2_MEMORY_MMAP);
	}
	stream(&run, VIDIOC_STREAMON);
	if (run.config.ready >= 0)
		dprintf(run.config.ready, "ready\n");
	if (run.config.receiver)
		run_received(&run);
	else
		run_painted(&run);
	stream(&run, VIDIOC_STREAMOFF);
	if (run.config.receiver)
		close_files(&run);
	printf("%u frames\n", run.config.frames);
	return 0;
}
