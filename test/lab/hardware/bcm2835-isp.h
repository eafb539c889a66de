/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Look-alike of bcm2835-isp: its nodes as programs see them, and the firmware behind them. */
#ifndef BCM2835_ISP_H
#define BCM2835_ISP_H

#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include <media/media-device.h>
#include <media/v4l2-ctrls.h>
#include <media/v4l2-device.h>
#include <media/videobuf2-v4l2.h>

#include "lab.h"

#define ISP_NAME      "bcm2835-isp"
#define ISP_SIZE_MIN  64
#define ISP_SIZE_MAX  16384
#define ISP_GAIN      1000 /* 1.0 of gains and balances */
#define ISP_GAMMA     33   /* points of the curve */
#define ISP_MATRIX    9
#define ISP_INSTANCES 2

/* In the order of the entities' names */
enum isp_node_id { ISP_OUTPUT, ISP_CAPTURE0, ISP_CAPTURE1, ISP_STATS, ISP_NODES };

/* How samples of a pixel lie in memory */
enum isp_layout {
	ISP_PACKED, /* RAW as CSI-2 packs it */
	ISP_WORDS,  /* RAW in the lower bits of 16 */
	ISP_PLANES, /* YUV 4:2:0 */
	ISP_PAIRS,  /* YUV 4:2:2 */
	ISP_PIXELS, /* RGB, by bytes */
	ISP_565,
};

struct isp_format {
	u32 fourcc;
	u8 layout;
	u8 depth; /* bits of a pixel in memory, of the first plane if there are several */
	u8 align; /* of a line, bytes */
	u8 twice; /* size of the picture in halves of lines x bytes */
	u8 step;  /* width and height are multiples of this */
	u8 bits;  /* RAW: of a sample */
	u8 order; /* RAW: where red is, bit 0 right, bit 1 down */
	bool mono; /* RAW without colours */
	/* Where components are: bytes of a pixel or of a pair; 4:2:0: u first or v, apart or not. */
	u8 at[4];
};

extern const struct isp_format isp_formats[];
extern const size_t isp_formats_count;

static inline bool isp_is_raw(const struct isp_format *format)
{
	return format->layout == ISP_PACKED || format->layout == ISP_WORDS;
}

u32 isp_bytesperline(const struct isp_format *format, u32 width);

/* What the firmware was told by controls. */
struct isp_params {
	u32 red, blue, digital; /* ISP_GAIN is 1.0 */
	u32 black[3];           /* of 65535 */
	bool matrix_on, gamma_on, shading_on;
	s64 matrix[ISP_MATRIX]; /* 4096 is 1.0 */
	s32 offset[3];
	u16 gamma_x[ISP_GAMMA], gamma_y[ISP_GAMMA];
	u32 writes; /* of controls, so far */
};

struct isp_picture {
	const struct isp_format *format;
	u32 width, height, stride;
	u32 size; /* of a buffer */
	enum v4l2_colorspace colorspace;
};

struct isp_buffer {
	struct vb2_v4l2_buffer vb;
	struct list_head list;
};

struct isp_node {
	struct isp *isp;
	enum isp_node_id id;
	struct video_device video;
	struct vb2_queue queue;
	struct mutex lock; /* of the node's ioctls */
	struct media_pad pad;
	struct media_intf_devnode *interface;
	struct isp_picture picture;
	const struct isp_format *formats[64];
	u32 formats_count;
	u32 sequence;

	/* under isp->lock */
	struct list_head buffers;
	bool streaming;
	struct isp_buffer *worked; /* that the job has */
	u32 stored;                /* in debugfs */
};

/* What a job works on: taken when it begins, its own until it ends. */
struct isp_job {
	u32 number;
	struct isp_params params;
	struct v4l2_rect crop;
	struct isp_picture in;
	const u8 *from;
	unsigned long page;
	u64 timestamp;
	struct isp_picture out[2];
	u8 *to[2]; /* NULL where there is none */
	struct isp_stats *stats;
};

struct isp_record {
	u32 job, writes, red, blue, digital, black, stride;
	bool matrix, gamma, stats, pictures[2];
	unsigned long page;
	u64 timestamp;
};

struct isp {
	struct device *dev;
	u32 number;
	struct v4l2_device v4l2;
	struct media_device media;
	struct media_entity entity;
	struct media_pad pads[ISP_NODES];
	struct isp_node nodes[ISP_NODES];
	struct v4l2_ctrl_handler controls;
	bool registered;

	spinlock_t lock; /* buffers, params, crop, the record */
	struct isp_params params;
	struct v4l2_rect crop;
	struct task_struct *thread;
	wait_queue_head_t wait; /* for something to do, and for a job to end */
	struct isp_record *record;
	u32 recorded;

	/* of the job */
	struct isp_job job;
	struct isp_develop *develop;

	struct dentry *folder;
	/* counters */
	u32 jobs, failed, ended, unserved, longest_us;
	/* how it behaves */
	u32 drop;
	u32 slow; /* us that a job takes at least */
	/* faults */
	u32 enable, control, format, transfer, stop, timestamp_zero, stats_lost;
};

extern const struct v4l2_file_operations isp_file_ops;
extern const struct v4l2_ioctl_ops isp_ioctl_ops;

/* Make the queue and default format of a node. */
int isp_node_init(struct isp *isp, enum isp_node_id id);

/* Make the controls; base is the identifier that the firmware's own ones follow. */
int isp_controls_init(struct isp *isp, u32 base);

/* The firmware: a thread, and what it needs. */
int isp_firmware_start(struct isp *isp);
void isp_firmware_stop(struct isp *isp);

/* ---- pictures ---- */

#define ISP_QUADS       (ISP_SIZE_MAX / 2)
#define ISP_HISTOGRAM   128
#define ISP_AWB_COLUMNS 16
#define ISP_AWB_ROWS    12
#define ISP_AGC_TENTHS  10 /* of a line; zones are made of them */
#define ISP_FOCUS_SIDE  4
#define ISP_FOCUS_ROWS  3

/* As programs get it in the statistics */
struct isp_region {
	u32 counted, notcounted; /* quads */
	u64 sums[3];             /* 13 bits a sample */
};

struct isp_focus {
	u64 contrast[2][2];
	u32 count[2][2];
};

/* What is measured in one line of quads. */
struct isp_row {
	u32 histograms[2][3][ISP_HISTOGRAM];
	struct isp_region awb[ISP_AWB_COLUMNS];
	struct isp_region agc[ISP_AGC_TENTHS];
	struct isp_focus focus[ISP_FOCUS_SIDE];
};

/*
 * A line of quads: two by two pixels of the Bayer pattern make one colour. Values are of 65535,
 * black is taken off.
 */
struct isp_quads {
	u32 count;
	u32 first, shown_count; /* inside the crop */
	u16 sensed[ISP_QUADS][3];
	u16 balanced[ISP_QUADS][3]; /* with gains */
	u8 shown[ISP_QUADS][3];     /* as pictures show them */
	struct isp_row row;
};

struct isp_develop {
	struct isp_quads quads;
	u16 samples[2][ISP_SIZE_MAX];
	u32 columns[2][ISP_SIZE_MAX]; /* of each picture: which quad */
	u8 curve[4096];
};

/* Make pictures and statistics of the job. */
void isp_develop(struct isp_develop *develop, const struct isp_job *job);

/* Write line y of a picture, column x in the colour of columns[x]; or as the line before is. */
void isp_write_line(const struct isp_picture *picture, u8 *to, u32 y,
		    const u8 (*colours)[3], const u32 *columns);
void isp_repeat_line(const struct isp_picture *picture, u8 *to, u32 y);

/* One pixel of a picture that is not RAW, as red, green, blue. */
void isp_read_pixel(const struct isp_picture *picture, const u8 *from, u32 x, u32 y,
		    u8 colour[3]);

/* ---- statistics: struct bcm2835_isp_stats, as programs get it ---- */

struct isp_stats {
	u32 version, size;
	u32 histograms[2][3][ISP_HISTOGRAM];
	struct isp_region awb[ISP_AWB_ROWS * ISP_AWB_COLUMNS];
	struct isp_region floating[16];
	struct isp_region agc[16];
	struct isp_focus focus[ISP_FOCUS_ROWS * ISP_FOCUS_SIDE];
};
static_assert(sizeof(struct isp_stats) == 10824);

/* Measure a line of quads; add it to the statistics as number row of rows. */
void isp_measure_quads(struct isp_quads *quads);
void isp_measure_add(struct isp_stats *stats, const struct isp_quads *quads, u32 row,
		     u32 rows);

#endif
