/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One video node: single- or multi-planar, capture, output or metadata, behind one set
 * of functions.
 *
 * Rests on Documentation/userspace-api/media/v4l (io.rst, mmap.rst, dmabuf.rst,
 * dev-meta.rst). Nothing here blocks: nodes are opened O_NONBLOCK and waited for in the
 * loop.
 */
#ifndef RAWLINE_VIDEO_H
#define RAWLINE_VIDEO_H

#include <linux/videodev2.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/buffer/index.h"
#include "common/device/video_format.h"

struct buffer;
struct log;

struct video {
	struct log *log;
	int fd;        /* owned */
	char name[64]; /* the entity's, or the node's: for messages */
	char node[64]; /* "/dev/video0" */
	struct v4l2_capability capability;
	enum v4l2_buf_type type;
	bool multiplanar;
	bool output;                /* data flows to the driver */
	struct video_format format; /* as last read or set */
	enum v4l2_memory memory;    /* of the buffers that are requested now, 0: none */
	unsigned num_slots;         /* what VIDIOC_REQBUFS answered */
	struct index_cache index; /* which dma-buf sits in which slot (V4L2_MEMORY_DMABUF) */
	struct buffer *slots[INDEX_MAX]; /* which buffer is queued in which slot (V4L2_MEMORY_MMAP) */
	bool streaming;
};

enum video_direction {
	VIDEO_CAPTURE,
	VIDEO_OUTPUT, /* for nodes that can do both (mem2mem): pick this half */
};

/* What DQBUF said of one buffer. */
struct video_done {
	struct buffer *buffer;
	uint32_t sequence;
	uint32_t flags;
	uint64_t timestamp_ns;
	uint32_t bytesused[BUFFER_MAX_PLANES]; /* without data_offset */
	uint32_t data_offset[BUFFER_MAX_PLANES];
};

/*
 * Opens a node and reads its capabilities and format. name (the entity's) may be NULL.
 * Returns 0, -ENODEV, -EACCES, -EBUSY, -ENOTSUP (not a streaming capture, output or
 * metadata node of that direction) or -errno; says nothing.
 */
int video_open(struct log *log, const char *node, const char *name,
	       enum video_direction direction, struct video **video);

/*
 * The same over a descriptor that is open already (the other half of a mem2mem node):
 * duplicated.
 */
int video_open_shared(const struct video *other, enum video_direction direction,
		      struct video **video);

/*
 * True once the driver has let go of the device behind this node or sub-device: pulled out,
 * or unbound.
 */
bool video_is_gone(int fd);

/*
 * A device that is pulled out answers with many things for a while: -ENODEV if that is why an
 * ioctl on this node or sub-device failed, else error as it is. Waits up to half a second
 * where the two cannot be told apart at once.
 */
int video_true_error(int fd, int error);

/* Stops, frees the buffers of the node and closes it. */
void video_destroy(struct video *video);

/*
 * Formats. set: *format is what is asked (strides 0: the driver's choice) and then what
 * was given. All return 0 or -errno. try changes nothing.
 */
int video_get_format(struct video *video, struct video_format *format);
int video_set_format(struct video *video, struct video_format *format);
int video_try_format(const struct video *video, struct video_format *format);

/* Enumerate from 0 until -EINVAL. mbus_code 0: all. */
int video_enum_format(const struct video *video, uint32_t index, uint32_t mbus_code,
		      struct v4l2_fmtdesc *description);
int video_enum_size(const struct video *video, uint32_t fourcc, uint32_t index,
		    struct v4l2_frmsizeenum *size);
int video_enum_interval(const struct video *video, uint32_t fourcc, uint32_t width,
			uint32_t height, uint32_t index, struct v4l2_frmivalenum *interval);

/*
 * Frame interval by VIDIOC_S_PARM; *interval in seconds, then what was given. -ENOTTY:
 * this node has none.
 */
int video_get_interval(const struct video *video, struct v4l2_fract *interval);
int video_set_interval(const struct video *video, struct v4l2_fract *interval);

/* Selection rectangle (crop, compose). 0 or -errno. */
int video_get_selection(const struct video *video, uint32_t target,
			struct v4l2_rect *rectangle);
int video_set_selection(const struct video *video, uint32_t target,
			struct v4l2_rect *rectangle);

/*
 * VIDIOC_REQBUFS: asks for slots of V4L2_MEMORY_MMAP or V4L2_MEMORY_DMABUF; *count then
 * says how many there are, INDEX_MAX at most. 0 frees them.
 */
int video_request_buffers(struct video *video, enum v4l2_memory memory, unsigned *count);

/*
 * Looks up the memory of slot `number` (MMAP) into a buffer of BUFFER_DEVICE, and maps
 * it through the node.
 */
int video_map_buffer(struct video *video, unsigned number, struct buffer *buffer);

/*
 * Exports every plane of a BUFFER_DEVICE buffer as dma-buf, once; later calls cost
 * nothing. Other nodes can then import it.
 */
int video_export_buffer(struct video *video, struct buffer *buffer);

/*
 * Queues a buffer: one of this node's own by its number, any other by its dma-bufs,
 * under the index it had before. For output nodes bytesused and timestamp_ns (0: none)
 * go along; NULL bytesused means full planes. The buffer's state is the caller's to
 * move. 0, -ENOBUFS (all slots busy), -EBUSY (this memory is queued), -EINVAL, -EFAULT
 * (memory this device cannot reach), or -errno.
 */
int video_queue(struct video *video, struct buffer *buffer, const uint32_t *bytesused,
		uint64_t timestamp_ns);

/*
 * Takes the next finished buffer. 0, -EAGAIN (none yet), -EPIPE (last buffer of a
 * mem2mem device is out), -EIO (the queue is broken until the stream is stopped),
 * -ENODEV, or -errno. -EPROTO if the driver names a slot that was not queued.
 */
int video_dequeue(struct video *video, struct video_done *done);

/*
 * VIDIOC_STREAMON, STREAMOFF. Off gives all slots back: what was queued is no longer.
 * off on a stopped node is fine.
 */
int video_start(struct video *video);
int video_stop(struct video *video);

/*
 * Events: V4L2_EVENT_SOURCE_CHANGE, V4L2_EVENT_EOS, V4L2_EVENT_CTRL (id). Wait for
 * POLLPRI.
 */
int video_subscribe(const struct video *video, uint32_t type, uint32_t id);

/* Next event of a node (also of a sub-device). 0, -ENOENT (none), or -errno. */
int video_dequeue_event(int fd, struct v4l2_event *event);

#endif
