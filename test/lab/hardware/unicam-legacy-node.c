// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Unicam look-alike: nodes. With a media controller, formats of the image node stand for
 * themselves until it streams; without, they are the sensor's.
 */
#include <media/v4l2-event.h>
#include <media/v4l2-ioctl.h>
#include <media/v4l2-mc.h>
#include <media/videobuf2-dma-contig.h>

#include "unicam-legacy.h"
#include "vc.h"

#define EDGE_MIN     16
#define EDGE_MAX     16376
#define STRIDE_ALIGN 32
#define STRIDE_MAX   65504
#define BUFFERS_MIN  3
#define CODES_MAX    128

/* ---- formats ---- */

#define BAYER(code, bits, suffix, code_suffix, plain)                               \
	{                                                                           \
		V4L2_PIX_FMT_##code##suffix, plain ? V4L2_PIX_FMT_##code##bits : 0, \
			MEDIA_BUS_FMT_##code##bits##_1X##bits, bits                 \
	}
#define BAYERS(bits, suffix, plain)                                               \
	BAYER(SRGGB, bits, suffix, , plain), BAYER(SBGGR, bits, suffix, , plain), \
		BAYER(SGBRG, bits, suffix, , plain), BAYER(SGRBG, bits, suffix, , plain)

static const struct unicam_format formats[] = {
	{ V4L2_PIX_FMT_YUYV, 0, MEDIA_BUS_FMT_YUYV8_1X16, 16 },
	{ V4L2_PIX_FMT_UYVY, 0, MEDIA_BUS_FMT_UYVY8_1X16, 16 },
	{ V4L2_PIX_FMT_YVYU, 0, MEDIA_BUS_FMT_YVYU8_1X16, 16 },
	{ V4L2_PIX_FMT_VYUY, 0, MEDIA_BUS_FMT_VYUY8_1X16, 16 },
	{ V4L2_PIX_FMT_RGB565, 0, MEDIA_BUS_FMT_RGB565_2X8_LE, 16 },
	{ V4L2_PIX_FMT_RGB24, 0, MEDIA_BUS_FMT_BGR888_1X24, 24 },
	{ V4L2_PIX_FMT_BGR24, 0, MEDIA_BUS_FMT_RGB888_1X24, 24 },
	{ V4L2_PIX_FMT_RGB32, 0, MEDIA_BUS_FMT_ARGB8888_1X32, 32 },
	BAYERS(8, 8, false),
	BAYERS(10, 10P, true),
	BAYERS(12, 12P, true),
	BAYERS(14, 14P, true),
	BAYERS(16, 16, false),
	{ V4L2_PIX_FMT_GREY, 0, MEDIA_BUS_FMT_Y8_1X8, 8 },
	{ V4L2_PIX_FMT_Y10P, V4L2_PIX_FMT_Y10, MEDIA_BUS_FMT_Y10_1X10, 10 },
	{ V4L2_PIX_FMT_Y12P, V4L2_PIX_FMT_Y12, MEDIA_BUS_FMT_Y12_1X12, 12 },
	{ V4L2_PIX_FMT_Y14P, V4L2_PIX_FMT_Y14, MEDIA_BUS_FMT_Y14_1X14, 14 },
};

const struct unicam_format *unicam_format_by_code(u32 code)
{
	for (int i = 0; i < ARRAY_SIZE(formats); i++) {
		if (formats[i].code == code)
			return &formats[i];
	}
	return NULL;
}

const struct unicam_format *unicam_format_by_fourcc(u32 fourcc)
{
	for (int i = 0; i < ARRAY_SIZE(formats); i++) {
		if (fourcc && (formats[i].fourcc == fourcc || formats[i].unpacked == fourcc))
			return &formats[i];
	}
	return NULL;
}

static void fill_sizes(struct v4l2_pix_format *pix, const struct unicam_format *format)
{
	u32 least;

	v4l_bound_align_image(&pix->width, EDGE_MIN, EDGE_MAX, 2, &pix->height, EDGE_MIN,
			      EDGE_MAX, 0, 0);
	least = pix->pixelformat == format->unpacked ? pix->width * 2 :
						       pix->width * format->depth / 8;
	least = ALIGN(least, STRIDE_ALIGN);
	if (pix->bytesperline > least && pix->bytesperline <= STRIDE_MAX)
		pix->bytesperline = ALIGN(pix->bytesperline, STRIDE_ALIGN);
	else
		pix->bytesperline = least;
	pix->sizeimage = pix->bytesperline * pix->height;
	pix->field = V4L2_FIELD_NONE;
}

/* ---- with a media controller ---- */

static int querycap(struct file *file, void *priv, struct v4l2_capability *cap)
{
	strscpy(cap->driver, UNICAM_NAME, sizeof(cap->driver));
	strscpy(cap->card, UNICAM_NAME, sizeof(cap->card));
	cap->capabilities |= V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_META_CAPTURE;
	return 0;
}

static int mc_enum_fmt(struct file *file, void *priv, struct v4l2_fmtdesc *f)
{
	u32 index = f->index;

	for (int i = 0; i < ARRAY_SIZE(formats); i++) {
		const u32 fourccs[] = { formats[i].fourcc, formats[i].unpacked };

		if (f->mbus_code && formats[i].code != f->mbus_code)
			continue;
		for (int j = 0; j < 2; j++) {
			if (!fourccs[j] || index--)
				continue;
			f->pixelformat = fourccs[j];
			return 0;
		}
	}
	return -EINVAL;
}

static int g_fmt(struct file *file, void *priv, struct v4l2_format *f)
{
	struct unicam_node *node = video_drvdata(file);

	if (f->type != node->queue.type)
		return -EINVAL;
	*f = node->format;
	return 0;
}

static int mc_try_fmt(struct file *file, void *priv, struct v4l2_format *f)
{
	struct v4l2_pix_format *pix = &f->fmt.pix;
	const struct unicam_format *format = unicam_format_by_fourcc(pix->pixelformat);

	if (!format) {
		format = &formats[0];
		pix->pixelformat = format->fourcc;
	}
	fill_sizes(pix, format);
	return 0;
}

static int mc_s_fmt(struct file *file, void *priv, struct v4l2_format *f)
{
	struct unicam_node *node = video_drvdata(file);

	if (vb2_is_busy(&node->queue))
		return -EBUSY;
	mc_try_fmt(file, priv, f);
	node->format = *f;
	return 0;
}

static int enum_fmt_meta(struct file *file, void *priv, struct v4l2_fmtdesc *f)
{
	if (f->index || (f->mbus_code && f->mbus_code != MEDIA_BUS_FMT_SENSOR_DATA))
		return -EINVAL;
	f->pixelformat = UNICAM_META_FORMAT;
	strscpy(f->description, "Sensor Ancillary Metadata", sizeof(f->description));
	return 0;
}

static int mc_try_fmt_meta(struct file *file, void *priv, struct v4l2_format *f)
{
	f->fmt.meta.dataformat = UNICAM_META_FORMAT;
	return 0;
}

/* Any size goes, at any time. */
static int mc_s_fmt_meta(struct file *file, void *priv, struct v4l2_format *f)
{
	struct unicam_node *node = video_drvdata(file);

	mc_try_fmt_meta(file, priv, f);
	node->format = *f;
	return 0;
}

static int mc_enum_framesizes(struct file *file, void *priv, struct v4l2_frmsizeenum *size)
{
	if (size->index || !unicam_format_by_fourcc(size->pixel_format))
		return -EINVAL;
	size->type = V4L2_FRMSIZE_TYPE_STEPWISE;
	size->stepwise = (struct v4l2_frmsize_stepwise){
		.min_width = EDGE_MIN,
		.max_width = EDGE_MAX,
		.step_width = 4,
		.min_height = EDGE_MIN,
		.max_height = EDGE_MAX,
		.step_height = 1,
	};
	return 0;
}

static int subscribe_event(struct v4l2_fh *fh, const struct v4l2_event_subscription *wanted)
{
	switch (wanted->type) {
	case V4L2_EVENT_FRAME_SYNC:
		return v4l2_event_subscribe(fh, wanted, 2, NULL);
	case V4L2_EVENT_SOURCE_CHANGE:
		return v4l2_event_subscribe(fh, wanted, 4, NULL);
	default:
		return v4l2_ctrl_subscribe_event(fh, wanted);
	}
}

#define BUFFER_IOCTLS                                                                   \
	.vidioc_querycap = querycap, .vidioc_reqbufs = vb2_ioctl_reqbufs,               \
	.vidioc_create_bufs = vb2_ioctl_create_bufs,                                    \
	.vidioc_prepare_buf = vb2_ioctl_prepare_buf,                                    \
	.vidioc_querybuf = vb2_ioctl_querybuf, .vidioc_qbuf = vb2_ioctl_qbuf,           \
	.vidioc_dqbuf = vb2_ioctl_dqbuf, .vidioc_expbuf = vb2_ioctl_expbuf,             \
	.vidioc_streamon = vb2_ioctl_streamon, .vidioc_streamoff = vb2_ioctl_streamoff, \
	.vidioc_subscribe_event = subscribe_event,                                      \
	.vidioc_unsubscribe_event = v4l2_event_unsubscribe

static const struct v4l2_ioctl_ops mc_ioctl_ops = {
	BUFFER_IOCTLS,
	.vidioc_enum_fmt_vid_cap = mc_enum_fmt,
	.vidioc_g_fmt_vid_cap = g_fmt,
	.vidioc_s_fmt_vid_cap = mc_s_fmt,
	.vidioc_try_fmt_vid_cap = mc_try_fmt,
	.vidioc_enum_fmt_meta_cap = enum_fmt_meta,
	.vidioc_g_fmt_meta_cap = g_fmt,
	.vidioc_s_fmt_meta_cap = mc_s_fmt_meta,
	.vidioc_try_fmt_meta_cap = mc_try_fmt_meta,
	.vidioc_enum_framesizes = mc_enum_framesizes,
};

/* ---- without ---- */

static u32 source_code(struct unicam *unicam, u32 index)
{
	struct v4l2_subdev_mbus_code_enum code = {
		.index = index,
		.which = V4L2_SUBDEV_FORMAT_ACTIVE,
	};

	if (v4l2_subdev_call_state_active(unicam->source, pad, enum_mbus_code, &code))
		return 0;
	return code.code;
}

static int video_enum_fmt(struct file *file, void *priv, struct v4l2_fmtdesc *f)
{
	struct unicam_node *node = video_drvdata(file);
	u32 index = f->index, code;

	for (u32 i = 0; i < CODES_MAX && (code = source_code(node->unicam, i)); i++) {
		const struct unicam_format *format = unicam_format_by_code(code);
		const u32 fourccs[] = { format ? format->fourcc : 0,
					format ? format->unpacked : 0 };

		for (int j = 0; j < 2; j++) {
			if (!fourccs[j] || index--)
				continue;
			f->pixelformat = fourccs[j];
			return 0;
		}
	}
	return -EINVAL;
}

/* What the sensor makes of it, tried only or set. */
static int video_adjust(struct unicam *unicam, struct v4l2_format *f, u32 which)
{
	const struct unicam_format *format = unicam_format_by_fourcc(f->fmt.pix.pixelformat);
	struct v4l2_subdev_format wanted = { .which = which };
	u32 stride = f->fmt.pix.bytesperline;
	int ret;

	if (!format)
		format = &formats[0];
	v4l2_fill_mbus_format(&wanted.format, &f->fmt.pix, format->code);
	wanted.format.field = V4L2_FIELD_NONE;
	if (which == V4L2_SUBDEV_FORMAT_ACTIVE)
		ret = v4l2_subdev_call_state_active(unicam->source, pad, set_fmt, &wanted);
	else
		ret = v4l2_subdev_call_state_try(unicam->source, pad, set_fmt, &wanted);
	if (ret)
		return ret;
	if (wanted.format.code != format->code) {
		format = unicam_format_by_code(wanted.format.code);
		if (!format)
			return -EINVAL;
		f->fmt.pix.pixelformat = format->fourcc;
	}
	v4l2_fill_pix_format(&f->fmt.pix, &wanted.format);
	f->fmt.pix.bytesperline = stride;
	fill_sizes(&f->fmt.pix, format);
	return 0;
}

static int video_try_fmt(struct file *file, void *priv, struct v4l2_format *f)
{
	struct unicam_node *node = video_drvdata(file);

	return video_adjust(node->unicam, f, V4L2_SUBDEV_FORMAT_TRY);
}

static int video_s_fmt(struct file *file, void *priv, struct v4l2_format *f)
{
	struct unicam_node *node = video_drvdata(file);
	int ret;

	if (vb2_is_busy(&node->queue))
		return -EBUSY;
	ret = video_adjust(node->unicam, f, V4L2_SUBDEV_FORMAT_ACTIVE);
	if (!ret)
		node->format = *f;
	return ret;
}

static int video_enum_framesizes(struct file *file, void *priv, struct v4l2_frmsizeenum *size)
{
	const struct unicam_format *format = unicam_format_by_fourcc(size->pixel_format);
	struct unicam_node *node = video_drvdata(file);
	struct v4l2_subdev_frame_size_enum found = {
		.which = V4L2_SUBDEV_FORMAT_ACTIVE,
		.index = size->index,
	};
	int ret;

	if (!format)
		return -EINVAL;
	found.code = format->code;
	ret = v4l2_subdev_call_state_active(node->unicam->source, pad, enum_frame_size,
					    &found);
	if (ret)
		return ret;
	size->type = V4L2_FRMSIZE_TYPE_DISCRETE;
	size->discrete.width = found.max_width;
	size->discrete.height = found.max_height;
	return 0;
}

static int enum_input(struct file *file, void *priv, struct v4l2_input *input)
{
	if (input->index)
		return -EINVAL;
	input->type = V4L2_INPUT_TYPE_CAMERA;
	strscpy(input->name, "Camera 0", sizeof(input->name));
	return 0;
}

static int g_input(struct file *file, void *priv, unsigned int *index)
{
	*index = 0;
	return 0;
}

static int s_input(struct file *file, void *priv, unsigned int index)
{
	return index ? -EINVAL : 0;
}

static const struct v4l2_ioctl_ops video_ioctl_ops = {
	BUFFER_IOCTLS,
	.vidioc_enum_fmt_vid_cap = video_enum_fmt,
	.vidioc_g_fmt_vid_cap = g_fmt,
	.vidioc_s_fmt_vid_cap = video_s_fmt,
	.vidioc_try_fmt_vid_cap = video_try_fmt,
	.vidioc_enum_fmt_meta_cap = enum_fmt_meta,
	.vidioc_g_fmt_meta_cap = g_fmt,
	.vidioc_s_fmt_meta_cap = g_fmt,
	.vidioc_try_fmt_meta_cap = g_fmt,
	.vidioc_enum_framesizes = video_enum_framesizes,
	.vidioc_enum_input = enum_input,
	.vidioc_g_input = g_input,
	.vidioc_s_input = s_input,
};

/* ---- files ---- */

static int node_open(struct file *file)
{
	struct unicam_node *node = video_drvdata(file);
	int ret = v4l2_fh_open(file);

	if (ret)
		return ret;
	mutex_lock(&node->lock);
	node->opened++;
	mutex_unlock(&node->lock);
	return 0;
}

static int node_release(struct file *file)
{
	struct unicam_node *node = video_drvdata(file);
	int ret;

	mutex_lock(&node->lock);
	ret = _vb2_fop_release(file, NULL);
	node->opened--;
	mutex_unlock(&node->lock);
	return ret;
}

static const struct v4l2_file_operations file_ops = {
	.owner = THIS_MODULE,
	.open = node_open,
	.release = node_release,
	.read = vb2_fop_read,
	.poll = vb2_fop_poll,
	.unlocked_ioctl = video_ioctl2,
	.mmap = vb2_fop_mmap,
};

/* ---- buffers ---- */

static u32 buffer_size(const struct unicam_node *node)
{
	return node->id == UNICAM_IMAGE ? node->format.fmt.pix.sizeimage :
					  node->format.fmt.meta.buffersize;
}

static int queue_setup(struct vb2_queue *queue, unsigned int *buffers,
		       unsigned int *planes, unsigned int sizes[], struct device *devices[])
{
	struct unicam_node *node = vb2_get_drv_priv(queue);
	u32 size = buffer_size(node), have = vb2_get_num_buffers(queue);

	if (!size || (*planes && sizes[0] < size))
		return -EINVAL;
	if (have + *buffers < BUFFERS_MIN)
		*buffers = BUFFERS_MIN - have;
	if (!*planes)
		sizes[0] = size;
	*planes = 1;
	return 0;
}

static int buffer_prepare(struct vb2_buffer *vb)
{
	struct unicam_node *node = vb2_get_drv_priv(vb->vb2_queue);
	u32 size = buffer_size(node);

	if (vb2_plane_size(vb, 0) < size) {
		dev_err(node->unicam->dev, "data will not fit into plane (%lu < %u)\n",
			vb2_plane_size(vb, 0), size);
		return -EINVAL;
	}
	vb2_set_plane_payload(vb, 0, size);
	return 0;
}

static void buffer_queue(struct vb2_buffer *vb)
{
	struct unicam_node *node = vb2_get_drv_priv(vb->vb2_queue);
	struct unicam_buffer *buffer =
		container_of(to_vb2_v4l2_buffer(vb), struct unicam_buffer, vb);
	unsigned long flags;

	spin_lock_irqsave(&node->unicam->lock, flags);
	list_add_tail(&buffer->list, &node->buffers);
	spin_unlock_irqrestore(&node->unicam->lock, flags);
}

static void return_one(struct unicam_buffer **buffer, enum vb2_buffer_state state)
{
	if (*buffer)
		vb2_buffer_done(&(*buffer)->vb.vb2_buf, state);
	*buffer = NULL;
}

static void return_buffers(struct unicam_node *node, enum vb2_buffer_state state)
{
	struct unicam_buffer *buffer, *next;
	unsigned long flags;

	spin_lock_irqsave(&node->unicam->lock, flags);
	node->streaming = false;
	return_one(&node->late, state);
	return_one(&node->taken, state);
	list_for_each_entry_safe(buffer, next, &node->buffers, list)
	{
		list_del(&buffer->list);
		vb2_buffer_done(&buffer->vb.vb2_buf, state);
	}
	spin_unlock_irqrestore(&node->unicam->lock, flags);
}

/* Whether the image node shows what the sensor sends. */
static int check_source(struct unicam_node *node)
{
	const struct v4l2_pix_format *pix = &node->format.fmt.pix;
	struct v4l2_subdev_format source = { .which = V4L2_SUBDEV_FORMAT_ACTIVE };
	const struct unicam_format *format;

	if (!media_pad_remote_pad_first(&node->pad))
		return -ENOTCONN;
	if (node->id != UNICAM_IMAGE)
		return 0;
	if (v4l2_subdev_call_state_active(node->unicam->source, pad, get_fmt, &source))
		return -EINVAL;
	format = unicam_format_by_code(source.format.code);
	if (source.format.width != pix->width || source.format.height != pix->height ||
	    !format ||
	    (format->fourcc != pix->pixelformat && format->unpacked != pix->pixelformat)) {
		dev_err(node->unicam->dev, "format of the node is not that of the sensor\n");
		return -EINVAL;
	}
	return 0;
}

/* A node that is open but does not stream holds the other one up. */
static bool all_stream(struct unicam *unicam)
{
	struct unicam_node *embedded = &unicam->nodes[UNICAM_EMBEDDED];

	return unicam->nodes[UNICAM_IMAGE].streaming &&
	       (!embedded->opened || embedded->streaming);
}

static int start_streaming(struct vb2_queue *queue, unsigned int count)
{
	struct unicam_node *node = vb2_get_drv_priv(queue);
	struct unicam *unicam = node->unicam;
	int ret = check_source(node);

	mutex_lock(&unicam->start_lock);
	if (!ret) {
		node->streaming = true;
		if (!unicam->running && all_stream(unicam))
			ret = unicam_start(unicam);
	}
	mutex_unlock(&unicam->start_lock);
	if (ret)
		return_buffers(node, VB2_BUF_STATE_QUEUED);
	return ret;
}

static void stop_streaming(struct vb2_queue *queue)
{
	struct unicam_node *node = vb2_get_drv_priv(queue);
	struct unicam *unicam = node->unicam;

	mutex_lock(&unicam->start_lock);
	if (node->id == UNICAM_IMAGE)
		unicam_stop(unicam);
	mutex_unlock(&unicam->start_lock);
	return_buffers(node, VB2_BUF_STATE_ERROR);
}

static const struct vb2_ops queue_ops = {
	.queue_setup = queue_setup,
	.buf_prepare = buffer_prepare,
	.buf_queue = buffer_queue,
	.start_streaming = start_streaming,
	.stop_streaming = stop_streaming,
	.wait_prepare = vb2_ops_wait_prepare,
	.wait_finish = vb2_ops_wait_finish,
};

/* ---- start ---- */

static void set_default_format(struct unicam_node *node)
{
	struct v4l2_pix_format *pix = &node->format.fmt.pix;

	node->format.type = node->queue.type;
	if (node->id == UNICAM_EMBEDDED) {
		node->format.fmt.meta.dataformat = UNICAM_META_FORMAT;
		node->format.fmt.meta.buffersize = UNICAM_EMBEDDED_SIZE;
		return;
	}
	pix->width = 640;
	pix->height = 480;
	pix->pixelformat = formats[0].fourcc;
	pix->colorspace = V4L2_COLORSPACE_SRGB;
	fill_sizes(pix, &formats[0]);
	if (!node->unicam->media_controller) {
		struct v4l2_subdev_format source = { .which = V4L2_SUBDEV_FORMAT_ACTIVE };

		v4l2_subdev_call_state_active(node->unicam->source, pad, get_fmt, &source);
		v4l2_fill_pix_format(pix, &source.format);
		if (unicam_format_by_code(source.format.code)) {
			pix->pixelformat = unicam_format_by_code(source.format.code)->fourcc;
			pix->bytesperline = 0;
			fill_sizes(pix, unicam_format_by_code(source.format.code));
		}
	}
}

static int init_queue(struct unicam_node *node)
{
	node->queue = (struct vb2_queue){
		.type = node->id == UNICAM_IMAGE ? V4L2_BUF_TYPE_VIDEO_CAPTURE :
						   V4L2_BUF_TYPE_META_CAPTURE,
		.io_modes = VB2_MMAP | VB2_DMABUF | VB2_READ,
		.drv_priv = node,
		.ops = &queue_ops,
		.mem_ops = vc_memory_ops(),
		.buf_struct_size = sizeof(struct unicam_buffer),
		.timestamp_flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC,
		.min_queued_buffers = 1,
		.dev = node->unicam->dev,
		.lock = &node->lock,
	};
	return vb2_queue_init(&node->queue);
}

int unicam_node_init(struct unicam *unicam, enum unicam_node_id id)
{
	struct unicam_node *node = &unicam->nodes[id];
	struct video_device *video = &node->video;
	int ret;

	node->unicam = unicam;
	node->id = id;
	mutex_init(&node->lock);
	INIT_LIST_HEAD(&node->buffers);
	ret = init_queue(node);
	if (ret)
		return ret;
	set_default_format(node);

	snprintf(video->name, sizeof(video->name), UNICAM_NAME "-%s",
		 id == UNICAM_IMAGE ? "image" : "embedded");
	video->fops = &file_ops;
	video->ioctl_ops = unicam->media_controller ? &mc_ioctl_ops : &video_ioctl_ops;
	video->release = video_device_release_empty;
	video->queue = &node->queue;
	video->lock = &node->lock;
	video->v4l2_dev = &unicam->v4l2;
	video->vfl_dir = VFL_DIR_RX;
	video->device_caps =
		V4L2_CAP_STREAMING |
		(id == UNICAM_IMAGE ? V4L2_CAP_VIDEO_CAPTURE : V4L2_CAP_META_CAPTURE);
	if (unicam->media_controller)
		video->device_caps |= V4L2_CAP_IO_MC;
	else if (id == UNICAM_IMAGE)
		video->ctrl_handler = &unicam->controls;
	if (id == UNICAM_IMAGE)
		video->entity.flags |= MEDIA_ENT_FL_DEFAULT;
	if (id == UNICAM_EMBEDDED)
		v4l2_disable_ioctl(video, VIDIOC_ENUM_FRAMESIZES);
	video_set_drvdata(video, node);
	node->pad.flags = MEDIA_PAD_FL_SINK;
	return media_entity_pads_init(&video->entity, 1, &node->pad);
}
