// SPDX-License-Identifier: GPL-2.0-or-later
/* One sub-device node: formats, selections, intervals and routes on its pads. */
#include "common/device/subdev.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/sys.h"

/* Linux 6.10 and later: include/uapi/linux/v4l2-subdev.h, struct v4l2_subdev_routing. */
struct routing {
	uint32_t which;
	uint32_t len_routes;
	uint64_t routes;
	uint32_t num_routes;
	uint32_t reserved[11];
};

static_assert(sizeof(struct routing) == 64, "layout of VIDIOC_SUBDEV_G_ROUTING");
static_assert(sizeof(struct subdev_route) == 40, "layout of a route");

#define SUBDEV_G_ROUTING _IOWR('V', 38, struct routing)
#define SUBDEV_S_ROUTING _IOWR('V', 39, struct routing)

int subdev_open(struct log *log, const char *node, const char *name, struct subdev **subdev)
{
	struct subdev *opened;
	int ret;

	opened = calloc(1, sizeof(*opened));
	if (!opened)
		return -ENOMEM;
	opened->log = log;
	snprintf(opened->name, sizeof(opened->name), "%s", name);
	snprintf(opened->node, sizeof(opened->node), "%s", node);
	ret = opened->fd = sys_open(node, O_RDWR | O_NONBLOCK);
	if (ret < 0) {
		subdev_destroy(opened);
		return ret;
	}
	*subdev = opened;
	return 0;
}

void subdev_destroy(struct subdev *subdev)
{
	if (!subdev)
		return;
	sys_close(&subdev->fd);
	free(subdev);
}

int subdev_get_format(const struct subdev *subdev, uint32_t pad,
		      struct v4l2_mbus_framefmt *format)
{
	struct v4l2_subdev_format request = { .which = V4L2_SUBDEV_FORMAT_ACTIVE, .pad = pad };
	int ret;

	ret = sys_ioctl(subdev->fd, VIDIOC_SUBDEV_G_FMT, &request);
	if (ret < 0)
		return ret;
	*format = request.format;
	return 0;
}

static int ask_format(const struct subdev *subdev, uint32_t which, uint32_t pad,
		      struct v4l2_mbus_framefmt *format)
{
	struct v4l2_subdev_format request = { .which = which, .pad = pad, .format = *format };
	int ret;

	ret = sys_ioctl(subdev->fd, VIDIOC_SUBDEV_S_FMT, &request);
	if (ret < 0)
		return ret;
	*format = request.format;
	return 0;
}

int subdev_set_format(const struct subdev *subdev, uint32_t pad,
		      struct v4l2_mbus_framefmt *format)
{
	return ask_format(subdev, V4L2_SUBDEV_FORMAT_ACTIVE, pad, format);
}

int subdev_try_format(const struct subdev *subdev, uint32_t pad,
		      struct v4l2_mbus_framefmt *format)
{
	return ask_format(subdev, V4L2_SUBDEV_FORMAT_TRY, pad, format);
}

int subdev_get_selection(const struct subdev *subdev, uint32_t pad, uint32_t target,
			 struct v4l2_rect *rectangle)
{
	struct v4l2_subdev_selection request = {
		.which = V4L2_SUBDEV_FORMAT_ACTIVE,
		.pad = pad,
		.target = target,
	};
	int ret;

	ret = sys_ioctl(subdev->fd, VIDIOC_SUBDEV_G_SELECTION, &request);
	if (ret < 0)
		return ret;
	*rectangle = request.r;
	return 0;
}

int subdev_set_selection(const struct subdev *subdev, uint32_t pad, uint32_t target,
			 struct v4l2_rect *rectangle)
{
	struct v4l2_subdev_selection request = {
		.which = V4L2_SUBDEV_FORMAT_ACTIVE,
		.pad = pad,
		.target = target,
		.r = *rectangle,
	};
	int ret;

	ret = sys_ioctl(subdev->fd, VIDIOC_SUBDEV_S_SELECTION, &request);
	if (ret < 0)
		return ret;
	*rectangle = request.r;
	return 0;
}

int subdev_get_interval(const struct subdev *subdev, uint32_t pad, struct v4l2_fract *interval)
{
	struct v4l2_subdev_frame_interval request = { .pad = pad };
	int ret;

	ret = sys_ioctl(subdev->fd, VIDIOC_SUBDEV_G_FRAME_INTERVAL, &request);
	if (ret < 0)
		return ret;
	*interval = request.interval;
	return 0;
}

int subdev_set_interval(const struct subdev *subdev, uint32_t pad, struct v4l2_fract *interval)
{
	struct v4l2_subdev_frame_interval request = { .pad = pad, .interval = *interval };
	int ret;

	ret = sys_ioctl(subdev->fd, VIDIOC_SUBDEV_S_FRAME_INTERVAL, &request);
	if (ret < 0)
		return ret;
	*interval = request.interval;
	return 0;
}

int subdev_enum_code(const struct subdev *subdev, uint32_t pad, uint32_t index, uint32_t *code)
{
	struct v4l2_subdev_mbus_code_enum request = {
		.which = V4L2_SUBDEV_FORMAT_ACTIVE,
		.pad = pad,
		.index = index,
	};
	int ret;

	ret = sys_ioctl(subdev->fd, VIDIOC_SUBDEV_ENUM_MBUS_CODE, &request);
	if (ret < 0)
		return ret;
	*code = request.code;
	return 0;
}

int subdev_enum_size(const struct subdev *subdev, uint32_t pad, uint32_t code,
		     uint32_t index, struct v4l2_subdev_frame_size_enum *size)
{
	int ret;

	*size = (struct v4l2_subdev_frame_size_enum){
		.which = V4L2_SUBDEV_FORMAT_ACTIVE,
		.pad = pad,
		.code = code,
		.index = index,
	};
	ret = sys_ioctl(subdev->fd, VIDIOC_SUBDEV_ENUM_FRAME_SIZE, size);
	return ret < 0 ? ret : 0;
}

int subdev_enum_interval(const struct subdev *subdev, uint32_t pad, uint32_t code,
			 uint32_t width, uint32_t height, uint32_t index,
			 struct v4l2_fract *interval)
{
	struct v4l2_subdev_frame_interval_enum request = {
		.which = V4L2_SUBDEV_FORMAT_ACTIVE,
		.pad = pad,
		.code = code,
		.width = width,
		.height = height,
		.index = index,
	};
	int ret;

	ret = sys_ioctl(subdev->fd, VIDIOC_SUBDEV_ENUM_FRAME_INTERVAL, &request);
	if (ret < 0)
		return ret;
	*interval = request.interval;
	return 0;
}

static int ask_routes(const struct subdev *subdev, unsigned long command,
		      struct subdev_route *routes, uint32_t room, uint32_t *num_routes)
{
	struct routing request = {
		.which = V4L2_SUBDEV_FORMAT_ACTIVE,
		.len_routes = room,
		.routes = (uintptr_t)routes,
		.num_routes = *num_routes,
	};
	int ret;

	ret = sys_ioctl(subdev->fd, command, &request);
	if (ret < 0)
		return ret;
	*num_routes = request.num_routes;
	return request.num_routes > room ? -ENOSPC : 0;
}

int subdev_get_routes(const struct subdev *subdev, struct subdev_route *routes,
		      uint32_t *num_routes)
{
	uint32_t room = *num_routes;

	*num_routes = 0;
	return ask_routes(subdev, SUBDEV_G_ROUTING, routes, room, num_routes);
}

int subdev_set_routes(const struct subdev *subdev, struct subdev_route *routes,
		      uint32_t *num_routes)
{
	return ask_routes(subdev, SUBDEV_S_ROUTING, routes, *num_routes, num_routes);
}

int subdev_subscribe(const struct subdev *subdev, uint32_t type, uint32_t id)
{
	struct v4l2_event_subscription subscription = { .type = type, .id = id };
	int ret;

	ret = sys_ioctl(subdev->fd, VIDIOC_SUBSCRIBE_EVENT, &subscription);
	return ret < 0 ? ret : 0;
}
