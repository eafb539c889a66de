// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ImgU: found, opened, and set up from whatever state it was left in.
 *
 *	ipu3-imgu 0 input ───┄▶ 0              2 ──▶ ipu3-imgu 0 output
 *	                         │ ipu3-imgu 0 │ 3 ─┄▶ ipu3-imgu 0 viewfinder
 *	ipu3-imgu 0 parameters ┄▶ 1              4 ─┄▶ ipu3-imgu 0 3a stat
 *
 * ┄ links can be switched, ─ links are always on. There are two such pipes with one firmware
 * between them: it starts when every node of every pipe with a link on its input streams. A link
 * that was left on in the other pipe makes all wait for ever, and nobody says so. So all of both
 * are set, and the first pipe is used, always whole: without the viewfinder's link the driver of
 * 6.12 dies.
 *
 * Rests on Documentation/admin-guide/media/ipu3.rst and drivers/staging/media/ipu3.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/sys.h"
#include "common/device/discover.h"
#include "common/device/holder.h"
#include "common/device/media.h"
#include "common/device/subdev.h"
#include "common/device/video.h"
#include "common/tool/explain.h"
#include "common/tool/open.h"
#include "common/tool/setup.h"
#include "ipu3/ipu3.h"

#define IMGU       "ipu3-imgu 0"
#define INPUT      IMGU " input"
#define PARAMS     IMGU " parameters"
#define OUTPUT     IMGU " output"
#define VIEWFINDER IMGU " viewfinder"
#define STATS      IMGU " 3a stat"

enum pad { PAD_INPUT, PAD_PARAMS, PAD_OUTPUT, PAD_VIEWFINDER, PAD_STATS };

/* The sub-device's codes mean nothing. */
#define CODE MEDIA_BUS_FMT_FIXED

/* "IPU3 Pipe Mode", of which no installed header has the number. 0: the one that measures. */
#define PIPE_MODE         (V4L2_CID_USER_BASE + 0x10c1)
#define PIPE_MODE_MEASURE 0

static const char *const drivers[] = { "ipu3-imgu", NULL };

/* ---- find ---- */

static int open_nodes(struct log *log, struct ipu3_imgu *imgu)
{
	const struct {
		const char *name;
		enum video_direction direction;
		struct video **video;
	} nodes[] = {
		{ INPUT, VIDEO_OUTPUT, &imgu->input },
		{ PARAMS, VIDEO_OUTPUT, &imgu->params },
		{ OUTPUT, VIDEO_CAPTURE, &imgu->output },
		{ VIEWFINDER, VIDEO_CAPTURE, &imgu->viewfinder },
		{ STATS, VIDEO_CAPTURE, &imgu->stats },
	};
	int ret;

	ret = open_subdev(log, imgu->media, IMGU, &imgu->subdev);
	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]) && ret == 0; i++)
		ret = open_video(log, imgu->media, nodes[i].name, nodes[i].direction,
				 nodes[i].video);
	return ret;
}

int ipu3_imgu_find(struct log *log, struct discover_media *found)
{
	struct discover_media *list = NULL;
	struct discover *discover;
	size_t count = 0;
	int ret;

	ret = discover_create(log, &discover);
	if (ret < 0)
		return ret;
	ret = discover_list(discover, drivers, &list, &count);
	discover_destroy(discover);
	if (ret < 0) {
		log_error(log, "find-failed", "looking for the ImgU: %s", strerror(-ret));
		return ret;
	}
	if (count)
		*found = list[0];
	free(list);
	return count ? 0 : -ENODEV;
}

int ipu3_imgu_open(struct log *log, const struct discover_media *found,
		   struct ipu3_imgu **imgu)
{
	struct ipu3_imgu *opened = calloc(1, sizeof(*opened));
	int ret = found->error;

	if (!opened) {
		log_error(log, "no-memory", "opening %s: not enough memory", found->node);
		return -ENOMEM;
	}
	if (ret == 0)
		ret = media_open(log, found->node, &opened->media);
	if (ret < 0)
		explain_open(log, found->node, ret);
	else
		ret = open_nodes(log, opened);
	if (ret < 0) {
		ipu3_imgu_destroy(opened);
		return ret;
	}
	*imgu = opened;
	return 0;
}

void ipu3_imgu_destroy(struct ipu3_imgu *imgu)
{
	if (!imgu)
		return;
	video_destroy(imgu->stats);
	video_destroy(imgu->viewfinder);
	video_destroy(imgu->output);
	video_destroy(imgu->params);
	video_destroy(imgu->input);
	subdev_destroy(imgu->subdev);
	media_destroy(imgu->media);
	free(imgu);
}

int ipu3_imgu_lock(struct ipu3_imgu *imgu, struct log *log)
{
	struct holder_list holders;
	char text[HOLDER_TEXT_SIZE];
	pid_t holder;
	int ret;

	ret = media_lock(imgu->media, &holder);
	if (ret == -EBUSY) {
		holder_from_pid(holder, &holders);
		log_error(log, "busy", "the ImgU (%s) is in use by %s", imgu->media->path,
			  holder_text(&holders, text));
	} else if (ret < 0) {
		log_error(log, "failed", "locking %s: %s", imgu->media->path, strerror(-ret));
	} else {
		ret = media_read_links(imgu->media);
		if (ret < 0)
			log_error(log, "failed", "%s: reading the links: %s",
				  imgu->media->path, strerror(-ret));
	}
	return ret;
}

/* ---- why there is none ---- */

#define PCI_DEVICES "/sys/bus/pci/devices"
#define PCI_VENDOR  "0x8086"
#define PCI_DEVICE  "0x1919"
#define MODULE      "/sys/module/ipu3_imgu"
#define FIRMWARE    "intel/ipu3-fw.bin"

/* The first word of a file in sysfs; "" if it can't be read. */
static const char *read_word(const char *path, char word[static 64])
{
	ssize_t length = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		length = read(fd, word, 63);
		close(fd);
	}
	word[length > 0 ? length : 0] = '\0';
	word[strcspn(word, " \n")] = '\0';
	return word;
}

/* The ImgU on the bus, as the folder of sysfs. */
static bool find_on_bus(char *path, size_t size)
{
	char file[128], word[64];
	struct dirent *entry;
	bool found = false;
	DIR *folder;

	folder = opendir(PCI_DEVICES);
	while (folder && !found && (entry = readdir(folder))) {
		snprintf(file, sizeof(file), PCI_DEVICES "/%.32s/vendor", entry->d_name);
		if (strcmp(read_word(file, word), PCI_VENDOR) != 0)
			continue;
		snprintf(file, sizeof(file), PCI_DEVICES "/%.32s/device", entry->d_name);
		found = !strcmp(read_word(file, word), PCI_DEVICE);
		snprintf(path, size, PCI_DEVICES "/%.32s", entry->d_name);
	}
	if (folder)
		closedir(folder);
	return found;
}

/* Where the kernel looks for it by itself, compressed or not. */
static bool has_firmware(void)
{
	static const char *const endings[] = { "", ".zst", ".xz" };
	char own[64], path[128];
	const char *folders[] = {
		read_word("/sys/module/firmware_class/parameters/path", own),
		"/lib/firmware/updates",
		"/lib/firmware",
	};
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		for (size_t j = 0; j < sizeof(endings) / sizeof(endings[0]); j++) {
			snprintf(path, sizeof(path), "%s/" FIRMWARE "%s", folders[i],
				 endings[j]);
			if (folders[i][0] && access(path, F_OK) == 0)
				return true;
		}
	return false;
}

void ipu3_imgu_look(const char **cause, const char **remedy)
{
	char device[128], driver[sizeof(device) + 8];

	*remedy = "";

	if (!find_on_bus(device, sizeof(device))) {
		*cause = "this machine has no ImgU (PCI 8086:1919), or its firmware hides it";
		return;
	}
	if (access(MODULE, F_OK) < 0) {
		*cause = "its driver is not there";
		*remedy = "modprobe ipu3-imgu, or a kernel with CONFIG_VIDEO_IPU3_IMGU";
		return;
	}
	snprintf(driver, sizeof(driver), "%s/driver", device);
	if (access(driver, F_OK) == 0) {
		*cause = "its driver is there, but shows no media device";
		*remedy = "is it still coming up?";
	} else if (!has_firmware()) {
		*cause = "its driver found no firmware";
		*remedy = "put intel/ipu3-fw.bin into /lib/firmware (Debian: "
			  "firmware-misc-nonfree), then reload ipu3-imgu";
	} else {
		*cause = "its driver gave up";
		*remedy = "the kernel's log says why, intel/ipu3-fw.bin is in /lib/firmware";
	}
}

const char *ipu3_imgu_missing(char text[static IPU3_REASON_SIZE])
{
	const char *cause, *remedy;

	ipu3_imgu_look(&cause, &remedy);
	snprintf(text, IPU3_REASON_SIZE, "%s%s%s", cause, remedy[0] ? ": " : "", remedy);
	return text;
}

/* ---- route ---- */

/* Pipe 0 whole, pipe 1 off. What can't be switched is right as it is. */
static void route_links(struct ipu3_imgu *imgu, struct setup *setup)
{
	const struct media *media = imgu->media;
	const struct media_entity *used = media_find(media, IMGU);

	for (unsigned i = 0; i < media->num_links; i++) {
		const struct media_link *link = &media->links[i];
		const struct media_pad *source = link->source, *sink = link->sink;

		if (!(link->flags & MEDIA_LNK_FL_IMMUTABLE))
			setup_link(setup, source->entity->name, source->index,
				   sink->entity->name, sink->index,
				   source->entity == used || sink->entity == used);
	}
}

/* The driver says the same of an ImgU that runs and of one whose start failed. */
static void say_stuck(const struct ipu3_imgu *imgu, struct log *log)
{
	static const char reload[] = "reload ipu3-imgu (rmmod ipu3-imgu; modprobe ipu3-imgu)";
	struct holder_list holders = { 0 };
	char text[HOLDER_TEXT_SIZE];

	if (holder_find(imgu->output->node, &holders) < 0 || holders.count || holders.hidden)
		log_error(log, "imgu-stuck",
			  "the ImgU is running, in use by %s, or a start of it failed and its "
			  "driver has not recovered: end whoever uses it, else %s",
			  holder_text(&holders, text), reload);
	else
		log_error(log, "imgu-stuck",
			  "a start of the ImgU failed, and its driver has not recovered: %s",
			  reload);
}

static void route_mode(struct ipu3_imgu *imgu, struct setup *setup)
{
	struct v4l2_control control = { .id = PIPE_MODE, .value = PIPE_MODE_MEASURE };
	char device[SETUP_DEVICE_SIZE];
	int ret;

	if (setup->error)
		return;
	if (setup->script) {
		fprintf(setup->script, "v4l2-ctl -d %s --set-ctrl=ipu3_pipe_mode=%d\n",
			setup_device_text(setup, imgu->subdev->name, imgu->subdev->node,
					  device),
			PIPE_MODE_MEASURE);
		return;
	}
	ret = sys_ioctl(imgu->subdev->fd, VIDIOC_S_CTRL, &control);
	if (ret == 0)
		return;
	setup->error = ret;
	if (ret == -EBUSY)
		say_stuck(imgu, setup->log);
	else
		log_error(setup->log, "control-refused", "%s: pipe mode %d: %s",
			  imgu->subdev->name, PIPE_MODE_MEASURE, strerror(-ret));
}

static void route_node(struct setup *setup, struct video *video, uint32_t fourcc,
		       struct ipu3_size size)
{
	struct video_format format = {
		.fourcc = fourcc,
		.width = size.width,
		.height = size.height,
		.field = V4L2_FIELD_NONE,
		.num_planes = 1,
	};

	setup_node(setup, video, &format);
}

static struct v4l2_rect rectangle(struct ipu3_size size)
{
	return (struct v4l2_rect){ .width = size.width, .height = size.height };
}

static void disagree(struct setup *setup, const char *where, struct ipu3_size asked,
		     uint32_t width, uint32_t height)
{
	if (setup->error || (width == asked.width && height == asked.height))
		return;
	log_error(setup->log, "format-refused", "%s: asked %ux%u, got %ux%u in the end",
		  where, asked.width, asked.height, width, height);
	setup->error = -EINVAL;
}

/* Each setting may move those before it: what counts is what all are in the end. */
static void check_all(struct ipu3_imgu *imgu, struct setup *setup,
		      const struct ipu3_geometry *geometry)
{
	const struct {
		struct video *video;
		struct ipu3_size size;
	} nodes[] = {
		{ imgu->input, geometry->input },
		{ imgu->output, geometry->output },
		{ imgu->viewfinder, geometry->viewfinder },
	};
	struct v4l2_rect crop, compose;
	struct v4l2_mbus_framefmt pad;
	struct video_format format;
	int ret;

	if (setup->error || setup->script)
		return;
	ret = subdev_get_selection(imgu->subdev, PAD_INPUT, V4L2_SEL_TGT_CROP, &crop);
	if (ret == 0)
		ret = subdev_get_selection(imgu->subdev, PAD_INPUT, V4L2_SEL_TGT_COMPOSE,
					   &compose);
	if (ret == 0)
		ret = subdev_get_format(imgu->subdev, PAD_INPUT, &pad);
	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]) && ret == 0; i++) {
		ret = video_get_format(nodes[i].video, &format);
		if (ret == 0)
			disagree(setup, nodes[i].video->name, nodes[i].size, format.width,
				 format.height);
	}
	if (ret < 0) {
		log_error(setup->log, "format-refused", "%s: reading it all back: %s",
			  imgu->subdev->name, strerror(-ret));
		setup->error = ret;
		return;
	}
	disagree(setup, IMGU " crop", geometry->crop, crop.width, crop.height);
	disagree(setup, IMGU " compose", geometry->bds, compose.width, compose.height);
	disagree(setup, IMGU " pad 0", geometry->gdc, pad.width, pad.height);
}

/* The driver does not know what its parameters make of colours: see ipu3_params_fill(). */
static void tell_colours(struct video *video)
{
	video->format.colorspace = V4L2_COLORSPACE_SRGB;
	video->format.xfer_func = V4L2_XFER_FUNC_SRGB;
	video->format.ycbcr_enc = V4L2_YCBCR_ENC_601;
	video->format.quantization = V4L2_QUANTIZATION_FULL_RANGE;
}

void ipu3_imgu_route(struct ipu3_imgu *imgu, struct setup *setup, const struct ipu3_plan *plan)
{
	const struct ipu3_geometry *geometry = &plan->geometry;
	const struct v4l2_rect crop = rectangle(geometry->crop);
	const struct v4l2_rect bds = rectangle(geometry->bds);

	route_links(imgu, setup);
	route_mode(imgu, setup);
	route_node(setup, imgu->input,
		   format_from_mbus(plan->sensor.mode.code, PACKING_IPU3)->fourcc,
		   geometry->input);
	setup_selection(setup, imgu->subdev, PAD_INPUT, V4L2_SEL_TGT_CROP, &crop);
	setup_selection(setup, imgu->subdev, PAD_INPUT, V4L2_SEL_TGT_COMPOSE, &bds);
	/* Not the size of the input, but what the geometric correction gives. */
	setup_pad(setup, imgu->subdev, PAD_INPUT, CODE, geometry->gdc.width,
		  geometry->gdc.height);
	/* That size is taken over when a node is set, so nodes come last. */
	setup_pad(setup, imgu->subdev, PAD_OUTPUT, CODE, geometry->output.width,
		  geometry->output.height);
	setup_pad(setup, imgu->subdev, PAD_VIEWFINDER, CODE, geometry->viewfinder.width,
		  geometry->viewfinder.height);
	route_node(setup, imgu->output, V4L2_PIX_FMT_NV12, geometry->output);
	route_node(setup, imgu->viewfinder, V4L2_PIX_FMT_NV12, geometry->viewfinder);
	check_all(imgu, setup, geometry);
	tell_colours(imgu->output);
	tell_colours(imgu->viewfinder);
}
