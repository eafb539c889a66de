/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One sub-device node: formats, selections, intervals and routes on its pads, always
 * the active state.
 *
 * Rests on Documentation/userspace-api/media/v4l/dev-subdev.rst. The set functions hand
 * back what the driver made of the request; comparing is the caller's business (setup.h
 * does it).
 */
#ifndef RAWLINE_SUBDEV_H
#define RAWLINE_SUBDEV_H

#include <linux/v4l2-subdev.h>
#include <stdint.h>

struct log;

/* The kernel's struct v4l2_subdev_route, which headers before 6.3 lack. */
struct subdev_route {
	uint32_t sink_pad;
	uint32_t sink_stream;
	uint32_t source_pad;
	uint32_t source_stream;
	uint32_t flags; /* bit 0: active */
	uint32_t reserved[5];
};

struct subdev {
	struct log *log;
	int fd;        /* owned */
	char name[64]; /* of the entity */
	char node[64];
};

/* name is the entity's, for messages. Returns 0 or -errno, and says nothing. */
int subdev_open(struct log *log, const char *node, const char *name, struct subdev **subdev);
void subdev_destroy(struct subdev *subdev);

/*
 * Format on a pad (stream 0). set: *format is what is asked and then what was given. 0
 * or -errno.
 */
int subdev_get_format(const struct subdev *subdev, uint32_t pad,
		      struct v4l2_mbus_framefmt *format);
int subdev_set_format(const struct subdev *subdev, uint32_t pad,
		      struct v4l2_mbus_framefmt *format);

/* What the driver would make of a format; changes nothing. */
int subdev_try_format(const struct subdev *subdev, uint32_t pad,
		      struct v4l2_mbus_framefmt *format);

/*
 * Selection rectangle, target is V4L2_SEL_TGT_*. 0, -EINVAL (target not there), or
 * -errno.
 */
int subdev_get_selection(const struct subdev *subdev, uint32_t pad, uint32_t target,
			 struct v4l2_rect *rectangle);
int subdev_set_selection(const struct subdev *subdev, uint32_t pad, uint32_t target,
			 struct v4l2_rect *rectangle);

/* Frame interval in seconds. 0, -ENOTTY or -EINVAL (has none), or -errno. */
int subdev_get_interval(const struct subdev *subdev, uint32_t pad,
			struct v4l2_fract *interval);
int subdev_set_interval(const struct subdev *subdev, uint32_t pad,
			struct v4l2_fract *interval);

/*
 * Enumerate, index from 0 until -EINVAL. Sizes and intervals may be ranges or single
 * values.
 */
int subdev_enum_code(const struct subdev *subdev, uint32_t pad, uint32_t index,
		     uint32_t *code);
int subdev_enum_size(const struct subdev *subdev, uint32_t pad, uint32_t code,
		     uint32_t index, struct v4l2_subdev_frame_size_enum *size);
int subdev_enum_interval(const struct subdev *subdev, uint32_t pad, uint32_t code,
			 uint32_t width, uint32_t height, uint32_t index,
			 struct v4l2_fract *interval);

/*
 * Routes through a sub-device with streams. get: *num_routes is the room in routes,
 * then how many there are; -ENOSPC when there is not enough room. set: what the driver
 * made of them comes back. -ENOTTY: no routing here, or a kernel that has it switched
 * off (6.12 as built by everybody).
 */
int subdev_get_routes(const struct subdev *subdev, struct subdev_route *routes,
		      uint32_t *num_routes);
int subdev_set_routes(const struct subdev *subdev, struct subdev_route *routes,
		      uint32_t *num_routes);

/*
 * Events of the sub-device: V4L2_EVENT_FRAME_SYNC, V4L2_EVENT_CTRL (id is the
 * control's). Wait for POLLPRI on fd.
 */
int subdev_subscribe(const struct subdev *subdev, uint32_t type, uint32_t id);

#endif
