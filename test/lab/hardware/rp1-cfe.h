/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Look-alike of the driver of a Raspberry Pi 5's camera front end. */
#ifndef RP1_CFE_H
#define RP1_CFE_H

#include <linux/spinlock.h>

#include <media/media-device.h>
#include <media/v4l2-async.h>
#include <media/v4l2-device.h>
#include <media/videobuf2-v4l2.h>

#include "lab.h"
#include "vc.h"

#define CFE_NAME          "rp1-cfe"
#define CFE_CHANNELS      4
#define CFE_EMBEDDED_SIZE 16384
/* Of Raspberry Pi kernels, not of this one */
#define MEDIA_BUS_FMT_SENSOR_DATA 0x7002
#define V4L2_META_FMT_SENSOR_DATA v4l2_fourcc('S', 'E', 'N', 'S')
/* Of later kernels */
#define CFE_FMT_CONFIG      v4l2_fourcc('R', 'P', 'F', 'C')
#define CFE_FMT_STATISTICS  v4l2_fourcc('R', 'P', 'F', 'S')
#define CFE_STATISTICS_SIZE 23200

/* CSI-2 data types */
enum cfe_type {
	CFE_TYPE_EMBEDDED = 0x12,
	CFE_TYPE_YUV422 = 0x1e,
	CFE_TYPE_RGB555 = 0x21,
	CFE_TYPE_RGB565,
	CFE_TYPE_RGB888 = 0x24,
	CFE_TYPE_RAW8 = 0x2a,
	CFE_TYPE_RAW10,
	CFE_TYPE_RAW12,
	CFE_TYPE_RAW14,
	CFE_TYPE_RAW16,
};

enum cfe_format_use { CFE_USE_IMAGE, CFE_USE_FRONT_END, CFE_USE_META };

struct cfe_format {
	u32 fourcc, code;
	u8 depth;
	u8 type;
	u8 use;
	u32 high, compressed; /* fourccs a channel can make of it, 0: none */
};

enum cfe_node_id {
	CFE_CH0, /* channels of the receiver */
	CFE_CH1,
	CFE_CH2,
	CFE_CH3,
	CFE_IMAGE0, /* of the front end */
	CFE_IMAGE1,
	CFE_STATISTICS,
	CFE_CONFIG,
	CFE_NODES,
};

enum cfe_front_end_pad {
	FE_STREAM,
	FE_CONFIG,
	FE_OUTPUT0,
	FE_OUTPUT1,
	FE_STATISTICS,
	FE_PADS,
};

struct cfe_buffer {
	struct vb2_v4l2_buffer vb;
	struct list_head list;
};

struct cfe_node {
	struct cfe *cfe;
	enum cfe_node_id id;
	struct video_device video;
	struct vb2_queue queue;
	struct mutex lock; /* of the node's ioctls */
	struct media_pad pad;
	struct v4l2_format image, meta;
	bool registered;

	/* under cfe->lock */
	bool enabled; /* its link */
	bool streaming;
	bool begun; /* a frame, and not ended */
	bool on;    /* the channel, which takes this: */
	u8 type;
	enum vc_raw form;
	struct list_head buffers;
	struct cfe_buffer *next, *current_;
	u32 count; /* of frames that began */
	u64 timestamp;
	u32 filled, stored; /* buffers, lines of this frame */
	unsigned long page;
};

struct cfe_record {
	u32 number, sequence, stride, channel;
	unsigned long page;
	u64 timestamp;
	bool stored;
};

struct cfe {
	struct device *dev;
	bool downstream; /* the flavour of Raspberry Pi kernels */
	struct v4l2_device v4l2;
	struct media_device media;
	struct media_pipeline pipeline;
	struct v4l2_async_notifier notifier;
	struct v4l2_subdev *source;
	u32 source_pad, lanes;
	struct lab_sensor *sensor;
	struct lab_receiver receiver;
	struct v4l2_subdev csi2, front_end;
	struct media_pad csi2_pads[2 * CFE_CHANNELS], front_end_pads[FE_PADS];
	struct cfe_node nodes[CFE_NODES];
	struct mutex start_lock; /* starting and stopping, by any node */

	spinlock_t lock;   /* buffers, states, and the frame */
	int front_channel; /* that the front end is linked to, or -1 */
	bool front_on;
	bool job_ready, job_queued;
	bool running;
	bool active; /* a frame has begun */
	u8 *embedded;
	struct cfe_record *record;
	u32 recorded;

	struct dentry *folder;
	/* counters */
	u32 frames, dropped, cut, starts, jobs, unraised, late;
	/* faults */
	u32 start, stop, lose, lose_embedded, no_interrupt, no_end, timestamp_zero, quiet;
};

/* ---- formats ---- */

const struct cfe_format *cfe_format(const struct cfe *cfe, u32 index);
const struct cfe_format *cfe_format_by_code(const struct cfe *cfe, u32 code);
const struct cfe_format *cfe_format_by_fourcc(const struct cfe *cfe, u32 fourcc);
const struct cfe_format *cfe_format_of_both(const struct cfe *cfe, u32 code, u32 fourcc);
extern const struct v4l2_mbus_framefmt cfe_default_format, cfe_default_meta;

/* ---- sub-devices ---- */

int cfe_csi2_init(struct cfe *cfe);
int cfe_front_end_init(struct cfe *cfe);
void cfe_subdev_finish(struct v4l2_subdev *subdev);

/* The pad of csi2 that a channel is, and the one of csi2 or pisp-fe that a node is linked to. */
u32 cfe_channel_pad(const struct cfe *cfe, u32 channel);
u32 cfe_node_pad(const struct cfe *cfe, enum cfe_node_id id);

/* -EINVAL for a configuration, of sizeof(struct cfe_config) bytes, that the front end can't run. */
#define CFE_CONFIG_SIZE 632
int cfe_check_config(const struct cfe *cfe, const void *config);

/* ---- nodes ---- */

int cfe_node_init(struct cfe *cfe, enum cfe_node_id id);
bool cfe_node_is_image(const struct cfe_node *node);

/* ---- frames ---- */

/* Under the lock. */
bool cfe_all_stream(const struct cfe *cfe);
void cfe_buffer_queued(struct cfe *cfe);

/* A node, and with the last one all of it. */
int cfe_start_node(struct cfe_node *node);
void cfe_stop_node(struct cfe_node *node);

extern const struct lab_receiver cfe_receiver;
int cfe_record_create(struct cfe *cfe);
void cfe_record_destroy(struct cfe *cfe);

#endif
