// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One video node: single- or multi-planar, capture, output or metadata, behind one set
 * of functions.
 */
#include "common/device/video.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/base/sys.h"
#include "common/buffer/buffer.h"

/* Hubs are asked every 256 ms what has become of their ports. */
#define UNPLUG_MS      500
#define UNPLUG_STEP_MS 10

struct node_kind {
	uint32_t capabilities; /* any of these */
	enum v4l2_buf_type type;
	enum video_direction direction;
	bool multiplanar;
};

static const struct node_kind node_kinds[] = {
	{ V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_VIDEO_M2M, V4L2_BUF_TYPE_VIDEO_CAPTURE,
	  VIDEO_CAPTURE, false },
	{ V4L2_CAP_VIDEO_CAPTURE_MPLANE | V4L2_CAP_VIDEO_M2M_MPLANE,
	  V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE, VIDEO_CAPTURE, true },
	{ V4L2_CAP_META_CAPTURE, V4L2_BUF_TYPE_META_CAPTURE, VIDEO_CAPTURE, false },
	{ V4L2_CAP_VIDEO_OUTPUT | V4L2_CAP_VIDEO_M2M, V4L2_BUF_TYPE_VIDEO_OUTPUT,
	  VIDEO_OUTPUT, false },
	{ V4L2_CAP_VIDEO_OUTPUT_MPLANE | V4L2_CAP_VIDEO_M2M_MPLANE,
	  V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE, VIDEO_OUTPUT, true },
	{ V4L2_CAP_META_OUTPUT, V4L2_BUF_TYPE_META_OUTPUT, VIDEO_OUTPUT, false },
};

static bool is_meta(const struct video *video)
{
	return video->type == V4L2_BUF_TYPE_META_CAPTURE ||
	       video->type == V4L2_BUF_TYPE_META_OUTPUT;
}

static int pick_kind(struct video *video, enum video_direction direction)
{
	uint32_t has = video->capability.capabilities;

	if (has & V4L2_CAP_DEVICE_CAPS)
		has = video->capability.device_caps;
	if (!(has & V4L2_CAP_STREAMING))
		return -ENOTSUP;
	for (size_t i = 0; i < sizeof(node_kinds) / sizeof(node_kinds[0]); i++) {
		const struct node_kind *kind = &node_kinds[i];

		if (kind->direction != direction || !(has & kind->capabilities))
			continue;
		video->type = kind->type;
		video->multiplanar = kind->multiplanar;
		video->output = direction == VIDEO_OUTPUT;
		return 0;
	}
	return -ENOTSUP;
}

/* Finishes opening; takes fd, on failure too. */
static int open_fd(struct log *log, int fd, const char *node, const char *name,
		   enum video_direction direction, struct video **video)
{
	struct video_format format;
	struct video *opened;
	int ret;

	opened = calloc(1, sizeof(*opened));
	if (!opened) {
		sys_close(&fd);
		return -ENOMEM;
	}
	opened->log = log;
	opened->fd = fd;
	snprintf(opened->node, sizeof(opened->node), "%s", node);
	snprintf(opened->name, sizeof(opened->name), "%s", name ? name : node);
	ret = sys_ioctl(fd, VIDIOC_QUERYCAP, &opened->capability);
	if (ret == -ENOTTY)
		ret = -ENOTSUP;
	if (ret >= 0)
		ret = pick_kind(opened, direction);
	if (ret >= 0)
		ret = video_get_format(opened, &format);
	if (ret < 0) {
		video_destroy(opened);
		return ret;
	}
	*video = opened;
	return 0;
}

int video_open(struct log *log, const char *node, const char *name,
	       enum video_direction direction, struct video **video)
{
	int fd = sys_open(node, O_RDWR | O_NONBLOCK);

	if (fd < 0)
		return fd;
	return open_fd(log, fd, node, name, direction, video);
}

int video_open_shared(const struct video *other, enum video_direction direction,
		      struct video **video)
{
	int fd = fcntl(other->fd, F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	return open_fd(other->log, fd, other->node, other->name, direction, video);
}

/* A sub-device has no such ioctl, but does not know it any better when it is gone. */
bool video_is_gone(int fd)
{
	struct v4l2_capability capability;

	return sys_ioctl(fd, VIDIOC_QUERYCAP, &capability) == -ENODEV;
}

/* What USB says while nobody has looked yet whether the cable is still in. */
static bool may_be_unplugged(int error)
{
	return error == -EIO || error == -EPROTO || error == -EILSEQ ||
	       error == -ESHUTDOWN || error == -ETIMEDOUT;
}

int video_true_error(int fd, int error)
{
	unsigned waited_ms = 0;

	while (!video_is_gone(fd)) {
		if (!may_be_unplugged(error) || waited_ms >= UNPLUG_MS)
			return error;
		poll(NULL, 0, UNPLUG_STEP_MS);
		waited_ms += UNPLUG_STEP_MS;
	}
	return -ENODEV;
}

void video_destroy(struct video *video)
{
	unsigned none = 0;

	if (!video)
		return;
	if (video->streaming)
		video_stop(video);
	if (video->num_slots)
		video_request_buffers(video, video->memory, &none);
	sys_close(&video->fd);
	free(video);
}

static void read_multiplanar(const struct v4l2_pix_format_mplane *pix,
			     struct video_format *format)
{
	format->fourcc = pix->pixelformat;
	format->width = pix->width;
	format->height = pix->height;
	format->field = pix->field;
	format->colorspace = pix->colorspace;
	format->ycbcr_enc = pix->ycbcr_enc;
	format->quantization = pix->quantization;
	format->xfer_func = pix->xfer_func;
	format->num_planes = pix->num_planes;
	if (format->num_planes > FORMAT_MAX_PLANES)
		format->num_planes = FORMAT_MAX_PLANES;
	for (unsigned i = 0; i < format->num_planes; i++) {
		format->stride_bytes[i] = pix->plane_fmt[i].bytesperline;
		format->size_bytes[i] = pix->plane_fmt[i].sizeimage;
	}
}

static void read_singleplanar(const struct v4l2_pix_format *pix, struct video_format *format)
{
	format->fourcc = pix->pixelformat;
	format->width = pix->width;
	format->height = pix->height;
	format->field = pix->field;
	format->colorspace = pix->colorspace;
	format->num_planes = 1;
	format->stride_bytes[0] = pix->bytesperline;
	format->size_bytes[0] = pix->sizeimage;
	if (pix->priv == V4L2_PIX_FMT_PRIV_MAGIC) {
		format->ycbcr_enc = pix->ycbcr_enc;
		format->quantization = pix->quantization;
		format->xfer_func = pix->xfer_func;
	}
}

static void from_kernel(const struct video *video, const struct v4l2_format *kernel,
			struct video_format *format)
{
	memset(format, 0, sizeof(*format));
	if (video->multiplanar) {
		read_multiplanar(&kernel->fmt.pix_mp, format);
	} else if (is_meta(video)) {
		format->fourcc = kernel->fmt.meta.dataformat;
		format->num_planes = 1;
		format->size_bytes[0] = kernel->fmt.meta.buffersize;
	} else {
		read_singleplanar(&kernel->fmt.pix, format);
	}
}

static void write_multiplanar(const struct video_format *format,
			      struct v4l2_pix_format_mplane *pix)
{
	pix->pixelformat = format->fourcc;
	pix->width = format->width;
	pix->height = format->height;
	pix->field = format->field;
	pix->colorspace = format->colorspace;
	pix->ycbcr_enc = (uint8_t)format->ycbcr_enc;
	pix->quantization = (uint8_t)format->quantization;
	pix->xfer_func = (uint8_t)format->xfer_func;
	pix->num_planes = (uint8_t)format->num_planes;
	for (unsigned i = 0; i < format->num_planes; i++) {
		pix->plane_fmt[i].bytesperline = format->stride_bytes[i];
		pix->plane_fmt[i].sizeimage = format->size_bytes[i];
	}
}

static void write_singleplanar(const struct video_format *format, struct v4l2_pix_format *pix)
{
	pix->pixelformat = format->fourcc;
	pix->width = format->width;
	pix->height = format->height;
	pix->field = format->field;
	pix->colorspace = format->colorspace;
	pix->bytesperline = format->stride_bytes[0];
	pix->sizeimage = format->size_bytes[0];
	pix->priv = V4L2_PIX_FMT_PRIV_MAGIC;
	pix->ycbcr_enc = format->ycbcr_enc;
	pix->quantization = format->quantization;
	pix->xfer_func = format->xfer_func;
}

static void to_kernel(const struct video *video, const struct video_format *format,
		      struct v4l2_format *kernel)
{
	memset(kernel, 0, sizeof(*kernel));
	kernel->type = video->type;
	if (video->multiplanar) {
		write_multiplanar(format, &kernel->fmt.pix_mp);
	} else if (is_meta(video)) {
		kernel->fmt.meta.dataformat = format->fourcc;
		kernel->fmt.meta.buffersize = format->size_bytes[0];
	} else {
		write_singleplanar(format, &kernel->fmt.pix);
	}
}

int video_get_format(struct video *video, struct video_format *format)
{
	struct v4l2_format kernel = { .type = video->type };
	int ret;

	ret = sys_ioctl(video->fd, VIDIOC_G_FMT, &kernel);
	if (ret < 0)
		return ret;
	from_kernel(video, &kernel, &video->format);
	*format = video->format;
	return 0;
}

int video_set_format(struct video *video, struct video_format *format)
{
	struct v4l2_format kernel;
	int ret;

	to_kernel(video, format, &kernel);
	ret = sys_ioctl(video->fd, VIDIOC_S_FMT, &kernel);
	if (ret < 0)
		return ret;
	from_kernel(video, &kernel, &video->format);
	*format = video->format;
	return 0;
}

int video_try_format(const struct video *video, struct video_format *format)
{
	struct v4l2_format kernel;
	int ret;

	to_kernel(video, format, &kernel);
	ret = sys_ioctl(video->fd, VIDIOC_TRY_FMT, &kernel);
	if (ret < 0)
		return ret;
	from_kernel(video, &kernel, format);
	return 0;
}

int video_enum_format(const struct video *video, uint32_t index, uint32_t mbus_code,
		      struct v4l2_fmtdesc *description)
{
	int ret;

	*description = (struct v4l2_fmtdesc){
		.index = index,
		.type = video->type,
		.mbus_code = mbus_code,
	};
	ret = sys_ioctl(video->fd, VIDIOC_ENUM_FMT, description);
	return ret < 0 ? ret : 0;
}

int video_enum_size(const struct video *video, uint32_t fourcc, uint32_t index,
		    struct v4l2_frmsizeenum *size)
{
	int ret;

	*size = (struct v4l2_frmsizeenum){ .index = index, .pixel_format = fourcc };
	ret = sys_ioctl(video->fd, VIDIOC_ENUM_FRAMESIZES, size);
	return ret < 0 ? ret : 0;
}

int video_enum_interval(const struct video *video, uint32_t fourcc, uint32_t width,
			uint32_t height, uint32_t index, struct v4l2_frmivalenum *interval)
{
	int ret;

	*interval = (struct v4l2_frmivalenum){
		.index = index,
		.pixel_format = fourcc,
		.width = width,
		.height = height,
	};
	ret = sys_ioctl(video->fd, VIDIOC_ENUM_FRAMEINTERVALS, interval);
	return ret < 0 ? ret : 0;
}

/*
 * Both halves of struct v4l2_streamparm's union that we use have their interval at the
 * same place.
 */
static int check_interval(const struct v4l2_streamparm *parameters, struct v4l2_fract *interval)
{
	if (!(parameters->parm.capture.capability & V4L2_CAP_TIMEPERFRAME))
		return -ENOTTY;
	*interval = parameters->parm.capture.timeperframe;
	return 0;
}

int video_get_interval(const struct video *video, struct v4l2_fract *interval)
{
	struct v4l2_streamparm parameters = { .type = video->type };
	int ret;

	ret = sys_ioctl(video->fd, VIDIOC_G_PARM, &parameters);
	if (ret < 0)
		return ret;
	return check_interval(&parameters, interval);
}

int video_set_interval(const struct video *video, struct v4l2_fract *interval)
{
	struct v4l2_streamparm parameters = { .type = video->type };
	int ret;

	parameters.parm.capture.timeperframe = *interval;
	ret = sys_ioctl(video->fd, VIDIOC_S_PARM, &parameters);
	if (ret < 0)
		return ret;
	return check_interval(&parameters, interval);
}

/* VIDIOC_G_SELECTION wants the single-planar type even of multi-planar nodes. */
static uint32_t selection_type(const struct video *video)
{
	return video->output ? V4L2_BUF_TYPE_VIDEO_OUTPUT : V4L2_BUF_TYPE_VIDEO_CAPTURE;
}

int video_get_selection(const struct video *video, uint32_t target, struct v4l2_rect *rectangle)
{
	struct v4l2_selection request = { .type = selection_type(video), .target = target };
	int ret;

	ret = sys_ioctl(video->fd, VIDIOC_G_SELECTION, &request);
	if (ret < 0)
		return ret;
	*rectangle = request.r;
	return 0;
}

int video_set_selection(const struct video *video, uint32_t target, struct v4l2_rect *rectangle)
{
	struct v4l2_selection request = {
		.type = selection_type(video),
		.target = target,
		.r = *rectangle,
	};
	int ret;

	ret = sys_ioctl(video->fd, VIDIOC_S_SELECTION, &request);
	if (ret < 0)
		return ret;
	*rectangle = request.r;
	return 0;
}

int video_request_buffers(struct video *video, enum v4l2_memory memory, unsigned *count)
{
	/* A driver may have more slots than VIDEO_MAX_FRAME by now; we have not. */
	struct v4l2_requestbuffers request = {
		.count = *count < INDEX_MAX ? *count : INDEX_MAX,
		.type = video->type,
		.memory = memory,
	};
	int ret;

	ret = sys_ioctl(video->fd, VIDIOC_REQBUFS, &request);
	if (ret < 0)
		return ret;
	*count = request.count < INDEX_MAX ? request.count : INDEX_MAX;
	video->num_slots = *count;
	video->memory = *count ? memory : 0;
	index_init(&video->index, *count);
	memset(video->slots, 0, sizeof(video->slots));
	return 0;
}

static int query_buffer(const struct video *video, unsigned number,
			struct v4l2_buffer *kernel, struct v4l2_plane *planes)
{
	int ret;

	*kernel = (struct v4l2_buffer){
		.index = number,
		.type = video->type,
		.memory = V4L2_MEMORY_MMAP,
	};
	if (video->multiplanar) {
		memset(planes, 0, VIDEO_MAX_PLANES * sizeof(*planes));
		kernel->m.planes = planes;
		kernel->length = VIDEO_MAX_PLANES;
	}
	ret = sys_ioctl(video->fd, VIDIOC_QUERYBUF, kernel);
	if (ret < 0)
		return ret;
	if (!video->multiplanar) {
		planes[0].length = kernel->length;
		planes[0].m.mem_offset = kernel->m.offset;
		kernel->length = 1;
	}
	return kernel->length > BUFFER_MAX_PLANES ? -E2BIG : 0;
}

int video_map_buffer(struct video *video, unsigned number, struct buffer *buffer)
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES];
	struct v4l2_buffer kernel;
	int ret;

	buffer_init(buffer, number, BUFFER_DEVICE);
	ret = query_buffer(video, number, &kernel, planes);
	if (ret < 0)
		return ret;
	for (unsigned i = 0; i < kernel.length; i++) {
		struct buffer_plane *plane = &buffer->planes[i];
		void *map;

		map = mmap(NULL, planes[i].length, PROT_READ | PROT_WRITE, MAP_SHARED,
			   video->fd, planes[i].m.mem_offset);
		if (map == MAP_FAILED) {
			ret = -errno;
			buffer_finish(buffer);
			return ret;
		}
		plane->map = map;
		plane->length_bytes = planes[i].length;
		buffer->num_planes = i + 1;
	}
	return 0;
}

int video_export_buffer(struct video *video, struct buffer *buffer)
{
	for (unsigned i = 0; i < buffer->num_planes; i++) {
		struct v4l2_exportbuffer request = {
			.type = video->type,
			.index = buffer->number,
			.plane = i,
			.flags = O_RDWR | O_CLOEXEC,
		};
		struct buffer_plane *plane = &buffer->planes[i];
		int ret;

		/*
		 * Every EXPBUF makes another dma-buf of the same memory, with another
		 * identity.
		 */
		if (plane->fd >= 0)
			continue;
		ret = sys_ioctl(video->fd, VIDIOC_EXPBUF, &request);
		if (ret < 0)
			return ret;
		plane->fd = request.fd;
		ret = buffer_identify(plane->fd, &plane->identity);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/*
 * The slot a buffer goes into: its own number, or where the index cache keeps its
 * memory.
 */
static int take_slot(struct video *video, struct buffer *buffer)
{
	if (video->memory == V4L2_MEMORY_DMABUF)
		return index_take(&video->index, buffer);
	if (buffer->memory != BUFFER_DEVICE || buffer->number >= video->num_slots)
		return -EINVAL;
	if (video->slots[buffer->number])
		return -EBUSY;
	video->slots[buffer->number] = buffer;
	return (int)buffer->number;
}

static struct buffer *release_slot(struct video *video, unsigned slot)
{
	struct buffer *buffer;

	if (video->memory == V4L2_MEMORY_DMABUF)
		return index_release(&video->index, slot);
	if (slot >= video->num_slots)
		return NULL;
	buffer = video->slots[slot];
	video->slots[slot] = NULL;
	return buffer;
}

static void fill_planes(const struct video *video, const struct buffer *buffer,
			const uint32_t *bytesused, struct v4l2_plane *planes)
{
	memset(planes, 0, buffer->num_planes * sizeof(*planes));
	for (unsigned i = 0; i < buffer->num_planes; i++) {
		planes[i].length = buffer->planes[i].length_bytes;
		if (video->memory == V4L2_MEMORY_DMABUF)
			planes[i].m.fd = buffer->planes[i].fd;
		if (video->output)
			planes[i].bytesused = bytesused ? bytesused[i] : planes[i].length;
	}
}

int video_queue(struct video *video, struct buffer *buffer, const uint32_t *bytesused,
		uint64_t timestamp_ns)
{
	struct v4l2_plane planes[BUFFER_MAX_PLANES];
	struct v4l2_buffer kernel = { .type = video->type, .memory = video->memory };
	int slot, ret;

	/* Of several planes the kernel looks at the first here, and the picture has one. */
	if (!video->multiplanar && buffer->num_planes != 1)
		return -EINVAL;
	slot = take_slot(video, buffer);
	if (slot < 0)
		return slot;
	kernel.index = (uint32_t)slot;
	if (video->multiplanar) {
		fill_planes(video, buffer, bytesused, planes);
		kernel.m.planes = planes;
		kernel.length = buffer->num_planes;
	} else {
		kernel.length = buffer->planes[0].length_bytes;
		if (video->memory == V4L2_MEMORY_DMABUF)
			kernel.m.fd = buffer->planes[0].fd;
		if (video->output)
			kernel.bytesused = bytesused ? bytesused[0] : kernel.length;
	}
	if (timestamp_ns) {
		kernel.timestamp.tv_sec = (time_t)(timestamp_ns / 1000000000);
		kernel.timestamp.tv_usec = (suseconds_t)(timestamp_ns % 1000000000 / 1000);
	}
	ret = sys_ioctl(video->fd, VIDIOC_QBUF, &kernel);
	if (ret < 0) {
		release_slot(video, (unsigned)slot);
		return ret;
	}
	return 0;
}

/*
 * What a plane holds. bytesused counts the offset too; a driver that says less than
 * that, or more than there is room for, has filled nothing that may be looked at.
 */
static void read_plane(struct video_done *done, unsigned plane, uint32_t offset, uint32_t used)
{
	bool lies = offset > used || used > done->buffer->planes[plane].length_bytes;

	done->data_offset[plane] = lies ? 0 : offset;
	done->bytesused[plane] = lies ? 0 : used - offset;
	if (lies)
		done->flags |= V4L2_BUF_FLAG_ERROR;
}

static void read_done(const struct video *video, const struct v4l2_buffer *kernel,
		      const struct v4l2_plane *planes, struct video_done *done)
{
	done->sequence = kernel->sequence;
	done->flags = kernel->flags;
	done->timestamp_ns = (uint64_t)kernel->timestamp.tv_sec * 1000000000 +
			     (uint64_t)kernel->timestamp.tv_usec * 1000;
	if (!video->multiplanar) {
		read_plane(done, 0, 0, kernel->bytesused);
		return;
	}
	for (unsigned i = 0; i < done->buffer->num_planes; i++)
		read_plane(done, i, planes[i].data_offset, planes[i].bytesused);
}

int video_dequeue(struct video *video, struct video_done *done)
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES];
	struct v4l2_buffer kernel = { .type = video->type, .memory = video->memory };
	int ret;

	if (video->multiplanar) {
		memset(planes, 0, sizeof(planes));
		kernel.m.planes = planes;
		kernel.length = VIDEO_MAX_PLANES;
	}
	ret = sys_ioctl(video->fd, VIDIOC_DQBUF, &kernel);
	if (ret < 0)
		return ret;
	done->buffer = release_slot(video, kernel.index);
	if (!done->buffer)
		return -EPROTO;
	read_done(video, &kernel, planes, done);
	return 0;
}

int video_start(struct video *video)
{
	int type = (int)video->type, ret;

	ret = sys_ioctl(video->fd, VIDIOC_STREAMON, &type);
	if (ret < 0)
		return ret;
	video->streaming = true;
	return 0;
}

int video_stop(struct video *video)
{
	int type = (int)video->type, ret;

	/*
	 * Buffers may be queued before the stream is on: STREAMOFF gives those back as
	 * well.
	 */
	ret = sys_ioctl(video->fd, VIDIOC_STREAMOFF, &type);
	video->streaming = false;
	index_release_all(&video->index);
	memset(video->slots, 0, sizeof(video->slots));
	return ret < 0 ? ret : 0;
}

int video_subscribe(const struct video *video, uint32_t type, uint32_t id)
{
	struct v4l2_event_subscription subscription = { .type = type, .id = id };
	int ret;

	ret = sys_ioctl(video->fd, VIDIOC_SUBSCRIBE_EVENT, &subscription);
	return ret < 0 ? ret : 0;
}

int video_dequeue_event(int fd, struct v4l2_event *event)
{
	int ret;

	memset(event, 0, sizeof(*event));
	ret = sys_ioctl(fd, VIDIOC_DQEVENT, event);
	return ret < 0 ? ret : 0;
}
