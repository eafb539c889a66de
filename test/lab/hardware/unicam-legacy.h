/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Look-alike of the Unicam driver in Raspberry Pi kernels. */
#ifndef UNICAM_LEGACY_H
#define UNICAM_LEGACY_H

#include <linux/spinlock.h>

#include <media/media-device.h>
#include <media/v4l2-async.h>
#include <media/v4l2-ctrls.h>
#include <media/v4l2-device.h>
#include <media/videobuf2-v4l2.h>

#include "lab.h"

#define UNICAM_NAME "unicam"
/* Of kernels with embedded data, not of this one */
#define MEDIA_BUS_FMT_SENSOR_DATA 0x7002
#define UNICAM_EMBEDDED_SIZE      16384
#define UNICAM_META_FORMAT        v4l2_fourcc('S', 'E', 'N', 'S')

enum unicam_node_id { UNICAM_IMAGE, UNICAM_EMBEDDED, UNICAM_NODES };

struct unicam_format {
	u32 fourcc, unpacked; /* 0: none */
	u32 code;
	u8 depth;
};

const struct unicam_format *unicam_format_by_code(u32 code);
const struct unicam_format *unicam_format_by_fourcc(u32 fourcc);

struct unicam_buffer {
	struct vb2_v4l2_buffer vb;
	struct list_head list;
};

struct unicam_node {
	struct unicam *unicam;
	enum unicam_node_id id;
	struct video_device video;
	struct vb2_queue queue;
	struct mutex lock; /* of the node's ioctls */
	struct media_pad pad;
	struct v4l2_format format;
	u32 opened; /* by so many file handles */
	bool registered;

	/* under unicam->lock */
	bool streaming;
	struct list_head buffers;
	struct unicam_buffer *taken; /* what the hardware writes to */
	struct unicam_buffer *late;  /* is given back with the next frame */
	u32 stored;                  /* in debugfs */
};

struct unicam_record {
	u32 number, sequence, stride;
	unsigned long page;
	u64 timestamp;
	bool stored;
};

struct unicam {
	struct device *dev;
	bool media_controller;
	struct v4l2_device v4l2;
	struct media_device media;
	struct v4l2_async_notifier notifier;
	struct v4l2_ctrl_handler controls;
	struct v4l2_subdev *source;
	bool has_embedded; /* the sensor has a pad for it */
	u32 lanes;
	struct lab_sensor *sensor;
	struct lab_receiver receiver;
	struct mutex start_lock; /* starting and stopping, by either node */
	struct unicam_node nodes[UNICAM_NODES];

	spinlock_t lock; /* buffers, and the frame */
	bool running;
	bool active;        /* a frame has begun */
	unsigned long page; /* it goes to */
	u8 *embedded;       /* its data, until the end */
	u32 sequence;
	u64 timestamp;
	struct unicam_record *record;
	u32 recorded;

	struct dentry *folder;
	/* counters */
	u32 frames, dropped, cut, stored, embedded_lost, starts;
	/* faults */
	u32 start, lose, lose_embedded, early, late, timestamp_zero;
	u32 embedded_ahead; /* by so much its numbers are higher than those of the image */
};

int unicam_node_init(struct unicam *unicam, enum unicam_node_id id);

/* All that streams is ready: receiver on, then sensor. The first error is returned. */
int unicam_start(struct unicam *unicam);
void unicam_stop(struct unicam *unicam);

extern const struct lab_receiver unicam_receiver;
int unicam_record_create(struct unicam *unicam);
void unicam_record_destroy(struct unicam *unicam);

#endif
