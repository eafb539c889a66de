// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Camera front end look-alike: nodes, their formats and buffers. A channel's node has an image and a
 * metadata format at a time; REQBUFS decides which of them it streams.
 */
#include <media/v4l2-ctrls.h>
#include <media/v4l2-event.h>
#include <media/v4l2-ioctl.h>
#include <media/v4l2-mc.h>
#include <media/videobuf2-dma-contig.h>

#include "rp1-cfe.h"

#define EDGE_MIN     16
#define EDGE_MAX     16384
#define META_WIDTH   4 /* at least */
#define STRIDE_ALIGN 16
#define STRIDE_MAX   0xffffff00
#define BUFFERS_MIN  3 /* downstream */

/* Names of both flavours, and what a node is for. */
static const struct {
	const char *name, *downstream;
	u32 caps;
} kinds[CFE_NODES] = {
	[CFE_CH0] = { "csi2-ch0", "csi2_ch0", V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_META_CAPTURE },
	[CFE_CH1] = { "csi2-ch1", "embedded", V4L2_CAP_META_CAPTURE },
	[CFE_CH2] = { "csi2-ch2", "csi2_ch2", V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_META_CAPTURE },
	[CFE_CH3] = { "csi2-ch3", "csi2_ch3", V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_META_CAPTURE },
	[CFE_IMAGE0] = { "fe-image0", "fe_image0", V4L2_CAP_VIDEO_CAPTURE },
	[CFE_IMAGE1] = { "fe-image1", "fe_image1", V4L2_CAP_VIDEO_CAPTURE },
	[CFE_STATISTICS] = { "fe-stats", "fe_stats", V4L2_CAP_META_CAPTURE },
	[CFE_CONFIG] = { "fe-config", "fe_config", V4L2_CAP_META_OUTPUT },
};

static bool supports(const struct cfe_node *node, u32 caps)
{
	return kinds[node->id].caps & caps;
}

static bool supports_meta(const struct cfe_node *node)
{
	return supports(node, V4L2_CAP_META_CAPTURE | V4L2_CAP_META_OUTPUT);
}

static bool is_channel(const struct cfe_node *node)
{
	return node->id < CFE_CHANNELS;
}

bool cfe_node_is_image(const struct cfe_node *node)
{
	return node->queue.type == V4L2_BUF_TYPE_VIDEO_CAPTURE;
}

/* ---- image formats ---- */

static int querycap(struct file *file, void *priv, struct v4l2_capability *cap)
{
	strscpy(cap->driver, CFE_NAME, sizeof(cap->driver));
	strscpy(cap->card, CFE_NAME, sizeof(cap->card));
	cap->capabilities |= V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_META_CAPTURE |
			     V4L2_CAP_META_OUTPUT;
	return 0;
}

static int enum_fmt(struct file *file, void *priv, struct v4l2_fmtdesc *f)
{
	struct cfe_node *node = video_drvdata(file);
	const struct cfe_format *format;
	u32 index = f->index;

	if (!supports(node, V4L2_CAP_VIDEO_CAPTURE))
		return -EINVAL;
	for (u32 i = 0; (format = cfe_format(node->cfe, i)); i++) {
		if ((f->mbus_code && f->mbus_code != format->code) ||
		    format->use == CFE_USE_META ||
		    (!is_channel(node) && format->use != CFE_USE_FRONT_END) || index--)
			continue;
		f->pixelformat = format->fourcc;
		return 0;
	}
	return -EINVAL;
}

static void fill_sizes(struct v4l2_pix_format *pix, const struct cfe_format *format)
{
	u32 least;

	v4l_bound_align_image(&pix->width, EDGE_MIN, EDGE_MAX, 2, &pix->height, EDGE_MIN,
			      EDGE_MAX, 0, 0);
	least = ALIGN(pix->width * format->depth / 8, STRIDE_ALIGN);
	if (pix->bytesperline > least && pix->bytesperline <= STRIDE_MAX)
		pix->bytesperline = ALIGN(pix->bytesperline, STRIDE_ALIGN);
	else
		pix->bytesperline = least;
	pix->sizeimage = pix->bytesperline * pix->height;
}

static int adjust_image(struct cfe_node *node, struct v4l2_format *f)
{
	struct v4l2_pix_format *pix = &f->fmt.pix;
	const struct cfe_format *format;

	if (!supports(node, V4L2_CAP_VIDEO_CAPTURE))
		return -EINVAL;
	format = cfe_format_by_fourcc(node->cfe, pix->pixelformat) ?:
			 cfe_format_by_fourcc(node->cfe, V4L2_PIX_FMT_SBGGR10P);
	if (!is_channel(node) && format->high)
		format = cfe_format_by_fourcc(node->cfe, format->high);
	pix->pixelformat = format->fourcc;
	pix->field = V4L2_FIELD_NONE;
	fill_sizes(pix, format);
	return 0;
}

static int g_fmt(struct file *file, void *priv, struct v4l2_format *f)
{
	struct cfe_node *node = video_drvdata(file);

	*f = node->image;
	return 0;
}

static int try_fmt(struct file *file, void *priv, struct v4l2_format *f)
{
	return adjust_image(video_drvdata(file), f);
}

static int s_fmt(struct file *file, void *priv, struct v4l2_format *f)
{
	struct cfe_node *node = video_drvdata(file);
	int ret;

	if (vb2_is_busy(&node->queue))
		return -EBUSY;
	ret = adjust_image(node, f);
	if (!ret)
		node->image = *f;
	return ret;
}

static int enum_framesizes(struct file *file, void *priv, struct v4l2_frmsizeenum *size)
{
	struct cfe_node *node = video_drvdata(file);

	if (size->index || !cfe_format_by_fourcc(node->cfe, size->pixel_format))
		return -EINVAL;
	size->type = V4L2_FRMSIZE_TYPE_STEPWISE;
	size->stepwise = (struct v4l2_frmsize_stepwise){
		.min_width = EDGE_MIN,
		.max_width = EDGE_MAX,
		.step_width = 2,
		.min_height = EDGE_MIN,
		.max_height = EDGE_MAX,
		.step_height = 1,
	};
	return 0;
}

/* ---- metadata formats ---- */

/* This kernel has no names for them. */
static void describe(struct v4l2_fmtdesc *f)
{
	switch (f->pixelformat) {
	case V4L2_META_FMT_SENSOR_DATA:
		strscpy(f->description, "Sensor Ancillary Metadata", sizeof(f->description));
		break;
	case CFE_FMT_CONFIG:
		strscpy(f->description, "RPi PiSP FE Config format", sizeof(f->description));
		break;
	case CFE_FMT_STATISTICS:
		strscpy(f->description, "RPi PiSP FE Statistics format",
			sizeof(f->description));
		break;
	}
}

static int enum_fmt_meta(struct file *file, void *priv, struct v4l2_fmtdesc *f)
{
	struct cfe_node *node = video_drvdata(file);
	const struct cfe_format *format;
	u32 index = f->index;

	if (!supports_meta(node))
		return -EINVAL;
	if (is_channel(node)) {
		for (u32 i = 0; (format = cfe_format(node->cfe, i)); i++) {
			if (format->use != CFE_USE_META || index--)
				continue;
			f->pixelformat = format->fourcc;
			describe(f);
			return 0;
		}
		return -EINVAL;
	}
	if (index)
		return -EINVAL;
	f->pixelformat = node->id == CFE_CONFIG ? CFE_FMT_CONFIG : CFE_FMT_STATISTICS;
	describe(f);
	return 0;
}

/* Lines, with no gap between them. */
static void adjust_lines(const struct cfe *cfe, struct v4l2_meta_format *meta)
{
	const struct cfe_format *format = cfe_format_by_fourcc(cfe, meta->dataformat);

	if (!format || format->use != CFE_USE_META)
		format = cfe_format_by_fourcc(cfe, V4L2_META_FMT_GENERIC_CSI2_10);
	meta->dataformat = format->fourcc;
	v4l_bound_align_image(&meta->width, META_WIDTH, EDGE_MAX, 2, &meta->height, 1,
			      EDGE_MAX, 0, 0);
	meta->bytesperline = meta->width * format->depth / 8;
	meta->buffersize = meta->height * meta->bytesperline;
}

static int adjust_meta(struct cfe_node *node, struct v4l2_format *f)
{
	struct v4l2_meta_format *meta = &f->fmt.meta;

	if (!supports_meta(node))
		return -EINVAL;
	if (node->id == CFE_CONFIG) {
		meta->dataformat = CFE_FMT_CONFIG;
		meta->buffersize = CFE_CONFIG_SIZE;
	} else if (node->id == CFE_STATISTICS) {
		meta->dataformat = CFE_FMT_STATISTICS;
		meta->buffersize = CFE_STATISTICS_SIZE;
	} else if (node->cfe->downstream) {
		meta->dataformat = V4L2_META_FMT_SENSOR_DATA;
		meta->buffersize = ALIGN(
			clamp_t(u32, meta->buffersize ?: CFE_EMBEDDED_SIZE, 1, STRIDE_MAX),
			STRIDE_ALIGN);
	} else {
		adjust_lines(node->cfe, meta);
	}
	return 0;
}

static int g_fmt_meta(struct file *file, void *priv, struct v4l2_format *f)
{
	struct cfe_node *node = video_drvdata(file);

	*f = node->meta;
	return 0;
}

static int try_fmt_meta(struct file *file, void *priv, struct v4l2_format *f)
{
	return adjust_meta(video_drvdata(file), f);
}

static int s_fmt_meta(struct file *file, void *priv, struct v4l2_format *f)
{
	struct cfe_node *node = video_drvdata(file);
	int ret;

	if (vb2_is_busy(&node->queue))
		return -EBUSY;
	ret = adjust_meta(node, f);
	if (!ret)
		node->meta = *f;
	return ret;
}

/* ---- buffers ---- */

static int change_type(struct file *file, u32 type)
{
	struct cfe_node *node = video_drvdata(file);

	if (type != V4L2_BUF_TYPE_VIDEO_CAPTURE && type != V4L2_BUF_TYPE_META_CAPTURE &&
	    type != V4L2_BUF_TYPE_META_OUTPUT)
		return -EINVAL;
	return vb2_queue_change_type(&node->queue, type);
}

static int reqbufs(struct file *file, void *priv, struct v4l2_requestbuffers *p)
{
	return change_type(file, p->type) ?: vb2_ioctl_reqbufs(file, priv, p);
}

static int create_bufs(struct file *file, void *priv, struct v4l2_create_buffers *p)
{
	return change_type(file, p->format.type) ?: vb2_ioctl_create_bufs(file, priv, p);
}

static u32 buffer_size(const struct cfe_node *node)
{
	return cfe_node_is_image(node) ? node->image.fmt.pix.sizeimage :
					 node->meta.fmt.meta.buffersize;
}

/* Mainline's driver wants three as well, but counts those that could be: two remain, of videobuf2. */
static int queue_setup(struct vb2_queue *queue, unsigned int *buffers,
		       unsigned int *planes, unsigned int sizes[], struct device *devices[])
{
	struct cfe_node *node = vb2_get_drv_priv(queue);
	u32 size = buffer_size(node), have = vb2_get_num_buffers(queue);

	if (node->cfe->downstream && have + *buffers < BUFFERS_MIN)
		*buffers = BUFFERS_MIN - have;
	if (*planes) {
		if (sizes[0] < size)
			return -EINVAL;
		return 0;
	}
	*planes = 1;
	sizes[0] = size;
	return 0;
}

static int buffer_prepare(struct vb2_buffer *vb)
{
	struct cfe_node *node = vb2_get_drv_priv(vb->vb2_queue);
	u32 size = buffer_size(node);

	if (vb2_plane_size(vb, 0) < size) {
		dev_err(node->cfe->dev, "data will not fit into plane (%lu < %u)\n",
			vb2_plane_size(vb, 0), size);
		return -EINVAL;
	}
	vb2_set_plane_payload(vb, 0, size);
	if (node->id == CFE_CONFIG)
		return cfe_check_config(node->cfe, vb2_plane_vaddr(vb, 0));
	return 0;
}

static void buffer_queue(struct vb2_buffer *vb)
{
	struct cfe_node *node = vb2_get_drv_priv(vb->vb2_queue);
	struct cfe_buffer *buffer =
		container_of(to_vb2_v4l2_buffer(vb), struct cfe_buffer, vb);
	unsigned long flags;

	spin_lock_irqsave(&node->cfe->lock, flags);
	list_add_tail(&buffer->list, &node->buffers);
	cfe_buffer_queued(node->cfe);
	spin_unlock_irqrestore(&node->cfe->lock, flags);
}

static void return_one(struct cfe_buffer **buffer, enum vb2_buffer_state state)
{
	if (*buffer)
		vb2_buffer_done(&(*buffer)->vb.vb2_buf, state);
	*buffer = NULL;
}

static void return_buffers(struct cfe_node *node, enum vb2_buffer_state state)
{
	struct cfe_buffer *buffer, *next;
	unsigned long flags;

	spin_lock_irqsave(&node->cfe->lock, flags);
	list_for_each_entry_safe(buffer, next, &node->buffers, list)
	{
		list_del(&buffer->list);
		vb2_buffer_done(&buffer->vb.vb2_buf, state);
	}
	return_one(&node->current_, state);
	return_one(&node->next, state);
	spin_unlock_irqrestore(&node->cfe->lock, flags);
}

static int start_streaming(struct vb2_queue *queue, unsigned int count)
{
	struct cfe_node *node = vb2_get_drv_priv(queue);
	int ret;

	mutex_lock(&node->cfe->start_lock);
	ret = cfe_start_node(node);
	mutex_unlock(&node->cfe->start_lock);
	if (ret)
		return_buffers(node, VB2_BUF_STATE_QUEUED);
	return ret;
}

static void stop_streaming(struct vb2_queue *queue)
{
	struct cfe_node *node = vb2_get_drv_priv(queue);

	mutex_lock(&node->cfe->start_lock);
	cfe_stop_node(node);
	mutex_unlock(&node->cfe->start_lock);
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

/* ---- files ---- */

static int subscribe_event(struct v4l2_fh *fh, const struct v4l2_event_subscription *wanted)
{
	struct cfe_node *node = video_get_drvdata(fh->vdev);

	if (wanted->type == V4L2_EVENT_FRAME_SYNC && supports(node, V4L2_CAP_VIDEO_CAPTURE))
		return v4l2_event_subscribe(fh, wanted, 2, NULL);
	if (wanted->type == V4L2_EVENT_SOURCE_CHANGE &&
	    supports(node, V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_META_CAPTURE))
		return v4l2_event_subscribe(fh, wanted, 4, NULL);
	return v4l2_ctrl_subscribe_event(fh, wanted);
}

static const struct v4l2_ioctl_ops ioctl_ops = {
	.vidioc_querycap = querycap,
	.vidioc_enum_fmt_vid_cap = enum_fmt,
	.vidioc_g_fmt_vid_cap = g_fmt,
	.vidioc_s_fmt_vid_cap = s_fmt,
	.vidioc_try_fmt_vid_cap = try_fmt,
	.vidioc_enum_fmt_meta_cap = enum_fmt_meta,
	.vidioc_g_fmt_meta_cap = g_fmt_meta,
	.vidioc_s_fmt_meta_cap = s_fmt_meta,
	.vidioc_try_fmt_meta_cap = try_fmt_meta,
	.vidioc_enum_fmt_meta_out = enum_fmt_meta,
	.vidioc_g_fmt_meta_out = g_fmt_meta,
	.vidioc_s_fmt_meta_out = s_fmt_meta,
	.vidioc_try_fmt_meta_out = try_fmt_meta,
	.vidioc_enum_framesizes = enum_framesizes,
	.vidioc_reqbufs = reqbufs,
	.vidioc_create_bufs = create_bufs,
	.vidioc_prepare_buf = vb2_ioctl_prepare_buf,
	.vidioc_querybuf = vb2_ioctl_querybuf,
	.vidioc_qbuf = vb2_ioctl_qbuf,
	.vidioc_dqbuf = vb2_ioctl_dqbuf,
	.vidioc_expbuf = vb2_ioctl_expbuf,
	.vidioc_streamon = vb2_ioctl_streamon,
	.vidioc_streamoff = vb2_ioctl_streamoff,
	.vidioc_subscribe_event = subscribe_event,
	.vidioc_unsubscribe_event = v4l2_event_unsubscribe,
};

static const struct v4l2_file_operations file_ops = {
	.owner = THIS_MODULE,
	.open = v4l2_fh_open,
	.release = vb2_fop_release,
	.poll = vb2_fop_poll,
	.unlocked_ioctl = video_ioctl2,
	.mmap = vb2_fop_mmap,
};

/* ---- links ---- */

static int check_image(const struct cfe_node *node, const struct v4l2_mbus_framefmt *source)
{
	const struct v4l2_pix_format *pix = &node->image.fmt.pix;
	const struct cfe_format *format;

	if (source->width != pix->width || source->height != pix->height)
		return -EINVAL;
	if (cfe_format_of_both(node->cfe, source->code, pix->pixelformat))
		return 0;
	/* What a channel makes of fewer bits needs no other code of its pad there. */
	format = node->cfe->downstream ? cfe_format_by_code(node->cfe, source->code) : NULL;
	return format && (format->high == pix->pixelformat ||
			  format->compressed == pix->pixelformat) ?
		       0 :
		       -EINVAL;
}

static int check_meta(const struct cfe_node *node, const struct v4l2_mbus_framefmt *source)
{
	const struct v4l2_meta_format *meta = &node->meta.fmt.meta;

	if (!cfe_format_of_both(node->cfe, source->code, meta->dataformat))
		return -EINVAL;
	if (node->cfe->downstream)
		return source->width * source->height > meta->buffersize ? -EINVAL : 0;
	return source->width != meta->width || source->height != meta->height ? -EINVAL : 0;
}

static int link_validate(struct media_link *link)
{
	struct cfe_node *node = container_of(
		media_entity_to_video_device(link->sink->entity), struct cfe_node, video);
	struct v4l2_subdev *subdev = media_entity_to_v4l2_subdev(link->source->entity);
	struct v4l2_subdev_state *state = v4l2_subdev_lock_and_get_active_state(subdev);
	struct v4l2_mbus_framefmt *source =
		v4l2_subdev_state_get_format(state, link->source->index);
	int ret = 0;

	if (!source)
		ret = -EINVAL;
	else if (cfe_node_is_image(node))
		ret = check_image(node, source);
	else if (is_channel(node))
		ret = check_meta(node, source);
	v4l2_subdev_unlock_state(state);
	if (ret)
		dev_err(node->cfe->dev, "%s: format of the node is not that of its pad\n",
			node->video.name);
	return ret;
}

static const struct media_entity_operations entity_ops = { .link_validate = link_validate };

/* ---- start ---- */

static void set_default_formats(struct cfe_node *node)
{
	if (supports(node, V4L2_CAP_VIDEO_CAPTURE)) {
		node->image.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
		v4l2_fill_pix_format(&node->image.fmt.pix, &cfe_default_format);
		node->image.fmt.pix.pixelformat = V4L2_PIX_FMT_SRGGB10P;
		adjust_image(node, &node->image);
	}
	if (supports_meta(node)) {
		node->meta.type = node->id == CFE_CONFIG ? V4L2_BUF_TYPE_META_OUTPUT :
							   V4L2_BUF_TYPE_META_CAPTURE;
		adjust_meta(node, &node->meta);
	}
}

static int init_queue(struct cfe_node *node)
{
	node->queue = (struct vb2_queue){
		.type = supports(node, V4L2_CAP_VIDEO_CAPTURE) ? node->image.type :
								 node->meta.type,
		.io_modes = VB2_MMAP | VB2_DMABUF,
		.drv_priv = node,
		.ops = &queue_ops,
		.mem_ops = vc_memory_ops(),
		.buf_struct_size = sizeof(struct cfe_buffer),
		.timestamp_flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC,
		.min_queued_buffers = 1,
		.dev = node->cfe->dev,
		.lock = &node->lock,
	};
	return vb2_queue_init(&node->queue);
}

int cfe_node_init(struct cfe *cfe, enum cfe_node_id id)
{
	struct cfe_node *node = &cfe->nodes[id];
	struct video_device *video = &node->video;
	int ret;

	node->cfe = cfe;
	node->id = id;
	mutex_init(&node->lock);
	INIT_LIST_HEAD(&node->buffers);
	set_default_formats(node);
	ret = init_queue(node);
	if (ret)
		return ret;

	snprintf(video->name, sizeof(video->name), CFE_NAME "-%s",
		 cfe->downstream ? kinds[id].downstream : kinds[id].name);
	video->fops = &file_ops;
	video->ioctl_ops = &ioctl_ops;
	video->release = video_device_release_empty;
	video->queue = &node->queue;
	video->lock = &node->lock;
	video->v4l2_dev = &cfe->v4l2;
	video->vfl_dir = id == CFE_CONFIG ? VFL_DIR_TX : VFL_DIR_RX;
	video->device_caps = kinds[id].caps | V4L2_CAP_STREAMING | V4L2_CAP_IO_MC;
	if (id != CFE_CONFIG)
		video->entity.ops = &entity_ops;
	if (cfe->downstream && id == CFE_IMAGE0)
		video->entity.flags |= MEDIA_ENT_FL_DEFAULT;
	if (!supports(node, V4L2_CAP_VIDEO_CAPTURE))
		v4l2_disable_ioctl(video, VIDIOC_ENUM_FRAMESIZES);
	video_set_drvdata(video, node);
	node->pad.flags = MEDIA_PAD_FL_MUST_CONNECT |
			  (id == CFE_CONFIG ? MEDIA_PAD_FL_SOURCE : MEDIA_PAD_FL_SINK);
	return media_entity_pads_init(&video->entity, 1, &node->pad);
}
