// SPDX-License-Identifier: GPL-2.0-or-later
/* Opening a V4L2 output node for frames of a camera, and saying why not. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/format.h"
#include "common/base/log.h"
#include "common/base/sys.h"
#include "common/device/holder.h"
#include "common/device/video.h"
#include "common/sink/video_out.h"
#include "common/sink/video_out_private.h"

#define MAX_NAMED 12 /* formats in one sentence */
#define LOOPBACK  "v4l2 loopback"
#define CAN_WRITE (V4L2_CAP_VIDEO_OUTPUT | V4L2_CAP_VIDEO_OUTPUT_MPLANE)

/* What a node is that takes no frames, by what it can do. */
static const struct {
	uint32_t capabilities;
	const char *what;
} kinds[] = {
	{ V4L2_CAP_VIDEO_M2M | V4L2_CAP_VIDEO_M2M_MPLANE, "a memory-to-memory device" },
	{ V4L2_CAP_META_OUTPUT | V4L2_CAP_META_CAPTURE, "a metadata node" },
	{ V4L2_CAP_VBI_OUTPUT | V4L2_CAP_SLICED_VBI_OUTPUT, "a VBI output" },
	{ V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_VIDEO_CAPTURE_MPLANE, "a capture node" },
};

static uint32_t abilities(const struct v4l2_capability *capability)
{
	return capability->capabilities & V4L2_CAP_DEVICE_CAPS ? capability->device_caps :
								 capability->capabilities;
}

int video_out_say_busy(struct log *log, const char *path)
{
	struct holder_list holders = { 0 };
	char text[HOLDER_TEXT_SIZE];

	holder_find(path, &holders);
	log_error(log, "busy", "%s is in use by %s", path, holder_text(&holders, text));
	return -EBUSY;
}

static bool is_held(const char *path)
{
	struct holder_list holders = { 0 };

	return holder_find(path, &holders) == 0 && holders.count + holders.hidden;
}

/* It was opened, and is not what frames go to. */
static int say_what_it_is(struct log *log, const char *path)
{
	struct v4l2_capability capability = { 0 };
	const char *what = "no V4L2 node";
	uint32_t can;
	int fd, ret;

	fd = sys_open(path, O_RDWR | O_NONBLOCK);
	ret = fd < 0 ? fd : sys_ioctl(fd, VIDIOC_QUERYCAP, &capability);
	sys_close(&fd);
	can = abilities(&capability);
	if (ret >= 0)
		what = can & CAN_WRITE ? "an output without streaming" :
					 "another kind of V4L2 node";
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && ret >= 0; i++) {
		if (can & kinds[i].capabilities) {
			what = kinds[i].what;
			break;
		}
	}
	/* With exclusive_caps it is an output until somebody feeds it. */
	if (ret >= 0 && !strcmp((const char *)capability.driver, LOOPBACK) && is_held(path))
		return video_out_say_busy(log, path);
	log_error(log, "video-out-refused", "%s is no video output: it is %s", path, what);
	return -EINVAL;
}

static int say_not_open(struct log *log, const char *path, int error)
{
	char text[HOLDER_TEXT_SIZE];

	switch (error) {
	case -EACCES:
	case -EPERM:
		log_error(log, "no-permission", "no permission: %s",
			  holder_permission_text(path, text));
		return -EACCES;
	case -EBUSY:
		return video_out_say_busy(log, path);
	case -ENOTSUP:
		return say_what_it_is(log, path);
	default:
		log_error(log, "video-out-failed", "%s can't be opened: %s", path,
			  strerror(-error));
		return error;
	}
}

/* "YUYV, NV12 (…)": what it takes; "" if it does not say. */
static void list_formats(const struct video *output, char *text, size_t size)
{
	struct v4l2_fmtdesc description;
	char name[FORMAT_FOURCC_SIZE];
	size_t used = 0;

	text[0] = '\0';
	for (uint32_t i = 0; used < size; i++) {
		if (video_enum_format(output, i, 0, &description) < 0)
			break;
		if (i == MAX_NAMED) {
			snprintf(text + used, size - used, " and more");
			break;
		}
		format_fourcc_text(description.pixelformat, name);
		used += (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "",
					 name);
	}
}

static int say_refused(struct log *log, const struct video *output,
		       const struct video_format *asked, const struct video_format *given)
{
	char wanted[FORMAT_NAME_SIZE], got[FORMAT_NAME_SIZE], list[256], answer[128] = "";

	list_formats(output, list, sizeof(list));
	if (given)
		snprintf(answer, sizeof(answer), ", it gave %s %" PRIu32 "x%" PRIu32,
			 format_name_text(given->fourcc, got), given->width, given->height);
	log_error(log, "video-out-refused",
		  "%s does not take %s %" PRIu32 "x%" PRIu32 "%s%s%s", output->name,
		  format_name_text(asked->fourcc, wanted), asked->width, asked->height,
		  answer, list[0] ? "; its formats are " : "", list);
	return -EINVAL;
}

static int set_format(struct log *log, struct video *output, const struct video_format *format)
{
	struct video_format given = *format;
	int ret;

	ret = video_set_format(output, &given);
	if (ret == -EBUSY)
		return video_out_say_busy(log, output->node);
	if (ret == -EINVAL)
		return say_refused(log, output, format, NULL);
	if (ret < 0) {
		log_error(log, "video-out-failed", "%s: setting the format: %s",
			  output->name, strerror(-ret));
		return ret;
	}
	if (given.fourcc != format->fourcc || given.width != format->width ||
	    given.height != format->height || given.num_planes != format->num_planes)
		return say_refused(log, output, format, &given);
	return 0;
}

/* Many outputs have a rate of their own, and go by what is queued. */
static void set_rate(struct log *log, struct video *output, const struct text_fraction *rate)
{
	struct v4l2_fract interval = { rate->denominator, rate->numerator };

	if (!rate->numerator)
		return;
	if (video_set_interval(output, &interval) == 0 && interval.numerator)
		log_detail(log, "video-out-rate", "%s: %.4g frames a second", output->name,
			   (double)interval.denominator / interval.numerator);
}

static bool takes_frames(const struct video *output)
{
	uint32_t can = abilities(&output->capability);

	return can & CAN_WRITE;
}

int video_out_open(struct log *log, const char *path, const struct video_format *format,
		   const struct text_fraction *rate, struct video **output)
{
	struct video *opened = NULL;
	int ret;

	if (!format->width) {
		log_error(log, "video-out-refused", "%s: metadata is nothing to show", path);
		return -EINVAL;
	}
	ret = video_open(log, path, NULL, VIDEO_OUTPUT, &opened);
	if (ret == 0 && !takes_frames(opened))
		ret = -ENOTSUP;
	if (ret < 0)
		ret = say_not_open(log, path, ret);
	else
		ret = set_format(log, opened, format);
	if (ret < 0) {
		video_destroy(opened);
		return ret;
	}
	set_rate(log, opened, rate);
	*output = opened;
	return 0;
}

size_t video_out_formats(const char *node, uint32_t *fourccs, size_t room)
{
	struct v4l2_fmtdesc description;
	struct video *output;
	size_t count = 0;

	if (video_open(NULL, node, NULL, VIDEO_OUTPUT, &output) < 0)
		return 0;
	while (count < room &&
	       video_enum_format(output, (uint32_t)count, 0, &description) == 0)
		fourccs[count++] = description.pixelformat;
	video_destroy(output);
	return count;
}
