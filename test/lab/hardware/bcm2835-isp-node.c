// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bcm2835-isp look-alike: the nodes. What the driver leaves unchecked is unchecked here: formats
 * can be set at any time, a line length that is asked for is ignored, an unknown format becomes
 * the first.
 */
#include <linux/debugfs.h>

#include <media/v4l2-event.h>
#include <media/v4l2-ioctl.h>
#include <media/videobuf2-dma-contig.h>

#include "bcm2835-isp.h"
#include "vc.h"

#define DEFAULT_SIZE 1280
#define STATS_FORMAT v4l2_fourcc('B', 'S', 'T', 'A')
/* The firmware asks for more than it fills in. */
#define STATS_SIZE 12288
#define STOP_LIMIT (2 * HZ)

/* ---- formats ---- */

#define PLANES(code, pitch, chroma_apart, v_first)                               \
	{                                                                        \
		.fourcc = V4L2_PIX_FMT_##code, .layout = ISP_PLANES, .depth = 8, \
		.align = pitch, .twice = 3, .step = 2,                           \
		.at = { chroma_apart,                                            \
			v_first }                                                \
	}
#define PAIRS(code, y0, u, y1, v)                                                \
	{                                                                        \
		.fourcc = V4L2_PIX_FMT_##code, .layout = ISP_PAIRS, .depth = 16, \
		.align = 64, .twice = 2, .step = 2,                              \
		.at = { y0,                                                      \
			u,                                                       \
			y1,                                                      \
			v }                                                      \
	}
#define PIXELS(code, bytes, pitch, r, g, b)                                              \
	{                                                                                \
		.fourcc = V4L2_PIX_FMT_##code, .layout = ISP_PIXELS, .depth = 8 * bytes, \
		.align = pitch, .twice = 2, .step = 1,                                   \
		.at = { r,                                                               \
			g,                                                               \
			b }                                                              \
	}
#define RAW(code, how, wide, sample, red)                                        \
	{                                                                        \
		.fourcc = V4L2_PIX_FMT_##code, .layout = how, .depth = wide,     \
		.align = 32, .twice = 2, .step = 2, .bits = sample, .order = red \
	}
#define BAYER(how, wide, sample, suffix)                  \
	RAW(SRGGB##suffix, how, wide, sample, 0),         \
		RAW(SBGGR##suffix, how, wide, sample, 3), \
		RAW(SGRBG##suffix, how, wide, sample, 1), \
		RAW(SGBRG##suffix, how, wide, sample, 2)
#define MONO(code, how, wide, sample_bits)                                            \
	{                                                                             \
		.fourcc = V4L2_PIX_FMT_##code, .layout = how, .depth = wide,          \
		.align = 32, .twice = 2, .step = 2, .bits = sample_bits, .mono = true \
	}

const struct isp_format isp_formats[] = {
	PLANES(YUV420, 64, true, false),
	PLANES(YVU420, 64, true, true),
	PLANES(NV12, 32, false, false),
	PLANES(NV21, 32, false, true),
	PAIRS(YUYV, 0, 1, 2, 3),
	PAIRS(UYVY, 1, 0, 3, 2),
	PAIRS(YVYU, 0, 3, 2, 1),
	PAIRS(VYUY, 1, 2, 3, 0),
	PIXELS(RGB24, 3, 32, 0, 1, 2),
	{ .fourcc = V4L2_PIX_FMT_RGB565,
	  .layout = ISP_565,
	  .depth = 16,
	  .align = 32,
	  .twice = 2,
	  .step = 1 },
	PIXELS(BGR24, 3, 32, 2, 1, 0),
	PIXELS(XBGR32, 4, 64, 2, 1, 0),
	PIXELS(RGBX32, 4, 64, 0, 1, 2),
	/* Only as input from here on */
	BAYER(ISP_PACKED, 8, 8, 8),
	BAYER(ISP_PACKED, 10, 10, 10P),
	BAYER(ISP_PACKED, 12, 12, 12P),
	BAYER(ISP_PACKED, 14, 14, 14P),
	BAYER(ISP_WORDS, 16, 16, 16),
	BAYER(ISP_WORDS, 16, 10, 10),
	BAYER(ISP_WORDS, 16, 12, 12),
	BAYER(ISP_WORDS, 16, 14, 14),
	MONO(GREY, ISP_PACKED, 8, 8),
	MONO(Y10P, ISP_PACKED, 10, 10),
	MONO(Y12P, ISP_PACKED, 12, 12),
	MONO(Y14P, ISP_PACKED, 14, 14),
	MONO(Y16, ISP_WORDS, 16, 16),
	MONO(Y10, ISP_WORDS, 16, 10),
	MONO(Y12, ISP_WORDS, 16, 12),
	MONO(Y14, ISP_WORDS, 16, 14),
};
const size_t isp_formats_count = ARRAY_SIZE(isp_formats);

u32 isp_bytesperline(const struct isp_format *format, u32 width)
{
	/* Three bytes a pixel: so many pixels, not bytes. */
	if (format->depth == 24)
		return ALIGN(width, format->align) * 3;
	return ALIGN(width * format->depth / 8, format->align);
}

static u32 picture_size(const struct isp_format *format, u32 stride, u32 height)
{
	return stride * height * format->twice / 2;
}

static bool has_format(enum isp_node_id id, const struct isp_format *format)
{
	bool yuv = format->layout == ISP_PLANES || format->layout == ISP_PAIRS;

	return id == ISP_OUTPUT || (id == ISP_CAPTURE0 && !isp_is_raw(format)) ||
	       (id == ISP_CAPTURE1 && yuv);
}

static const struct isp_format *find_format(const struct isp_node *node, u32 fourcc)
{
	for (u32 i = 0; i < node->formats_count; i++) {
		if (node->formats[i]->fourcc == fourcc)
			return node->formats[i];
	}
	return NULL;
}

static enum v4l2_colorspace pick_colorspace(const struct isp_format *format,
					    enum v4l2_colorspace wanted)
{
	if (isp_is_raw(format))
		return V4L2_COLORSPACE_RAW;
	switch (wanted) {
	case V4L2_COLORSPACE_JPEG:
	case V4L2_COLORSPACE_SMPTE170M:
	case V4L2_COLORSPACE_REC709:
	case V4L2_COLORSPACE_SRGB:
		return wanted;
	default:
		break;
	}
	if (format->fourcc == V4L2_PIX_FMT_YUV420)
		return V4L2_COLORSPACE_JPEG;
	return format->layout == ISP_PLANES || format->layout == ISP_PAIRS ?
		       V4L2_COLORSPACE_SMPTE170M :
		       V4L2_COLORSPACE_SRGB;
}

/* ---- ioctls ---- */

static int querycap(struct file *file, void *priv, struct v4l2_capability *cap)
{
	strscpy(cap->driver, ISP_NAME, sizeof(cap->driver));
	strscpy(cap->card, ISP_NAME, sizeof(cap->card));
	strscpy(cap->bus_info, "platform:" ISP_NAME, sizeof(cap->bus_info));
	return 0;
}

static int enum_fmt(struct file *file, void *priv, struct v4l2_fmtdesc *f)
{
	struct isp_node *node = video_drvdata(file);

	if (f->type != node->queue.type)
		return -EINVAL;
	if (node->id == ISP_STATS && !f->index) {
		f->pixelformat = STATS_FORMAT;
		strscpy(f->description, "BCM2835 ISP Image Statistics",
			sizeof(f->description));
		return 0;
	}
	if (f->index >= node->formats_count)
		return -EINVAL;
	f->pixelformat = node->formats[f->index]->fourcc;
	return 0;
}

static int enum_framesizes(struct file *file, void *priv, struct v4l2_frmsizeenum *size)
{
	struct isp_node *node = video_drvdata(file);
	const struct isp_format *format = find_format(node, size->pixel_format);

	if (size->index || !format)
		return -EINVAL;
	size->type = V4L2_FRMSIZE_TYPE_STEPWISE;
	size->stepwise = (struct v4l2_frmsize_stepwise){
		.min_width = ISP_SIZE_MIN,
		.max_width = ISP_SIZE_MAX,
		.step_width = format->step,
		.min_height = ISP_SIZE_MIN,
		.max_height = ISP_SIZE_MAX,
		.step_height = format->step,
	};
	return 0;
}

static int g_fmt(struct file *file, void *priv, struct v4l2_format *f)
{
	struct isp_node *node = video_drvdata(file);
	const struct isp_picture *picture = &node->picture;

	if (f->type != node->queue.type)
		return -EINVAL;
	if (node->id == ISP_STATS) {
		f->fmt.meta.dataformat = STATS_FORMAT;
		f->fmt.meta.buffersize = STATS_SIZE;
		return 0;
	}
	f->fmt.pix.width = picture->width;
	f->fmt.pix.height = picture->height;
	f->fmt.pix.field = V4L2_FIELD_NONE;
	f->fmt.pix.pixelformat = picture->format->fourcc;
	f->fmt.pix.bytesperline = picture->stride;
	f->fmt.pix.sizeimage = picture->size;
	f->fmt.pix.colorspace = picture->colorspace;
	return 0;
}

static int try_fmt(struct file *file, void *priv, struct v4l2_format *f)
{
	struct isp_node *node = video_drvdata(file);
	struct v4l2_pix_format *pix = &f->fmt.pix;
	const struct isp_format *format;

	if (f->type != node->queue.type)
		return -EINVAL;
	if (node->id == ISP_STATS)
		return g_fmt(file, priv, f);
	format = find_format(node, pix->pixelformat) ?: node->formats[0];
	pix->pixelformat = format->fourcc;
	pix->width = round_down(clamp(pix->width, ISP_SIZE_MIN, ISP_SIZE_MAX), format->step);
	pix->height =
		round_down(clamp(pix->height, ISP_SIZE_MIN, ISP_SIZE_MAX), format->step);
	pix->field = V4L2_FIELD_NONE;
	pix->bytesperline = isp_bytesperline(format, pix->width);
	pix->sizeimage = picture_size(format, pix->bytesperline, pix->height);
	pix->colorspace = pick_colorspace(format, pix->colorspace);
	pix->ycbcr_enc = V4L2_MAP_YCBCR_ENC_DEFAULT(pix->colorspace);
	pix->xfer_func = V4L2_MAP_XFER_FUNC_DEFAULT(pix->colorspace);
	pix->quantization = V4L2_MAP_QUANTIZATION_DEFAULT(
		pix->colorspace == V4L2_COLORSPACE_SRGB, pix->colorspace, pix->ycbcr_enc);
	return 0;
}

static void set_picture(struct isp_node *node, const struct v4l2_pix_format *pix)
{
	struct isp *isp = node->isp;
	unsigned long flags;

	spin_lock_irqsave(&isp->lock, flags);
	node->picture = (struct isp_picture){
		.format = find_format(node, pix->pixelformat),
		.width = pix->width,
		.height = pix->height,
		.stride = pix->bytesperline,
		.size = pix->sizeimage,
		.colorspace = pix->colorspace,
	};
	if (node->id == ISP_OUTPUT)
		isp->crop = (struct v4l2_rect){ 0, 0, pix->width, pix->height };
	spin_unlock_irqrestore(&isp->lock, flags);
}

static int s_fmt(struct file *file, void *priv, struct v4l2_format *f)
{
	struct isp_node *node = video_drvdata(file);
	int ret = try_fmt(file, priv, f);

	if (ret)
		return ret;
	if (lab_fault(&node->isp->format)) {
		dev_err(node->isp->dev, "%s: the firmware refuses a format\n",
			node->video.name);
		return -EINVAL;
	}
	if (node->id != ISP_STATS)
		set_picture(node, &f->fmt.pix);
	return 0;
}

static int g_selection(struct file *file, void *priv, struct v4l2_selection *selection)
{
	struct isp_node *node = video_drvdata(file);
	struct isp *isp = node->isp;

	switch (selection->target) {
	case V4L2_SEL_TGT_CROP:
		selection->r = isp->crop;
		return 0;
	case V4L2_SEL_TGT_CROP_DEFAULT:
	case V4L2_SEL_TGT_CROP_BOUNDS:
		selection->r = (struct v4l2_rect){ 0, 0, node->picture.width,
						   node->picture.height };
		return 0;
	default:
		return -EINVAL;
	}
}

static int s_selection(struct file *file, void *priv, struct v4l2_selection *selection)
{
	struct isp_node *node = video_drvdata(file);
	struct v4l2_rect *r = &selection->r;
	struct isp *isp = node->isp;
	const int width = node->picture.width, height = node->picture.height;
	unsigned long flags;

	if (node->id == ISP_STATS)
		return -ENOTTY;
	if (!r->width || !r->height)
		return -EINVAL;
	switch (selection->target) {
	case V4L2_SEL_TGT_CROP:
		r->left = clamp(r->left, 0, width - ISP_SIZE_MIN);
		r->top = clamp(r->top, 0, height - ISP_SIZE_MIN);
		r->width = clamp_t(u32, r->width, ISP_SIZE_MIN, width - r->left);
		r->height = clamp_t(u32, r->height, ISP_SIZE_MIN, height - r->top);
		break;
	case V4L2_SEL_TGT_CROP_DEFAULT:
		*r = (struct v4l2_rect){ 0, 0, width, height };
		break;
	default:
		return -EINVAL;
	}
	spin_lock_irqsave(&isp->lock, flags);
	isp->crop = *r;
	spin_unlock_irqrestore(&isp->lock, flags);
	return 0;
}

static int subscribe_event(struct v4l2_fh *fh, const struct v4l2_event_subscription *wanted)
{
	switch (wanted->type) {
	case V4L2_EVENT_SOURCE_CHANGE:
		return -EINVAL;
	case V4L2_EVENT_CTRL:
		return v4l2_ctrl_subscribe_event(fh, wanted);
	default:
		return v4l2_event_subscribe(fh, wanted, 4, NULL);
	}
}

const struct v4l2_file_operations isp_file_ops = {
	.owner = THIS_MODULE,
	.open = v4l2_fh_open,
	.release = vb2_fop_release,
	.poll = vb2_fop_poll,
	.unlocked_ioctl = video_ioctl2,
	.mmap = vb2_fop_mmap,
};

const struct v4l2_ioctl_ops isp_ioctl_ops = {
	.vidioc_querycap = querycap,
	.vidioc_enum_fmt_vid_cap = enum_fmt,
	.vidioc_enum_fmt_vid_out = enum_fmt,
	.vidioc_enum_fmt_meta_cap = enum_fmt,
	.vidioc_enum_framesizes = enum_framesizes,
	.vidioc_g_fmt_vid_cap = g_fmt,
	.vidioc_g_fmt_vid_out = g_fmt,
	.vidioc_g_fmt_meta_cap = g_fmt,
	.vidioc_s_fmt_vid_cap = s_fmt,
	.vidioc_s_fmt_vid_out = s_fmt,
	.vidioc_s_fmt_meta_cap = s_fmt,
	.vidioc_try_fmt_vid_cap = try_fmt,
	.vidioc_try_fmt_vid_out = try_fmt,
	.vidioc_try_fmt_meta_cap = try_fmt,
	.vidioc_g_selection = g_selection,
	.vidioc_s_selection = s_selection,
	.vidioc_reqbufs = vb2_ioctl_reqbufs,
	.vidioc_create_bufs = vb2_ioctl_create_bufs,
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

/* ---- buffers ---- */

static u32 buffer_size(const struct isp_node *node)
{
	return node->id == ISP_STATS ? STATS_SIZE : node->picture.size;
}

static int queue_setup(struct vb2_queue *queue, unsigned int *buffers,
		       unsigned int *planes, unsigned int sizes[], struct device *devices[])
{
	struct isp_node *node = vb2_get_drv_priv(queue);
	u32 size = buffer_size(node);

	if (*planes)
		return sizes[0] < size ? -EINVAL : 0;
	*planes = 1;
	sizes[0] = size;
	return 0;
}

static int buffer_prepare(struct vb2_buffer *vb)
{
	struct isp_node *node = vb2_get_drv_priv(vb->vb2_queue);
	struct vb2_v4l2_buffer *buffer = to_vb2_v4l2_buffer(vb);
	u32 size = buffer_size(node);

	if (node->id == ISP_OUTPUT) {
		if (buffer->field == V4L2_FIELD_ANY)
			buffer->field = V4L2_FIELD_NONE;
		if (buffer->field != V4L2_FIELD_NONE)
			return -EINVAL;
	}
	if (vb2_plane_size(vb, 0) < size) {
		dev_err(node->isp->dev, "%s: a buffer has %lu bytes, the picture %u\n",
			node->video.name, vb2_plane_size(vb, 0), size);
		return -EINVAL;
	}
	if (node->id != ISP_OUTPUT)
		vb2_set_plane_payload(vb, 0, size);
	return 0;
}

static void buffer_queue(struct vb2_buffer *vb)
{
	struct isp_node *node = vb2_get_drv_priv(vb->vb2_queue);
	struct isp_buffer *buffer =
		container_of(to_vb2_v4l2_buffer(vb), struct isp_buffer, vb);
	unsigned long flags;

	spin_lock_irqsave(&node->isp->lock, flags);
	list_add_tail(&buffer->list, &node->buffers);
	spin_unlock_irqrestore(&node->isp->lock, flags);
	wake_up(&node->isp->wait);
}

static void return_buffers(struct isp_node *node, enum vb2_buffer_state state)
{
	struct isp_buffer *buffer, *next;
	unsigned long flags;

	spin_lock_irqsave(&node->isp->lock, flags);
	list_for_each_entry_safe(buffer, next, &node->buffers, list)
	{
		list_del(&buffer->list);
		vb2_buffer_done(&buffer->vb.vb2_buf, state);
	}
	spin_unlock_irqrestore(&node->isp->lock, flags);
}

/* The second picture can't be larger than the first. */
static bool sizes_fit(const struct isp_node *node)
{
	const struct isp_node *first = &node->isp->nodes[ISP_CAPTURE0];
	const struct isp_node *second = &node->isp->nodes[ISP_CAPTURE1];

	if (node != second && !(node == first && second->streaming))
		return true;
	return second->picture.width <= first->picture.width &&
	       second->picture.height <= first->picture.height;
}

static int start_streaming(struct vb2_queue *queue, unsigned int count)
{
	struct isp_node *node = vb2_get_drv_priv(queue);
	struct isp *isp = node->isp;
	unsigned long flags;
	int ret = 0;

	if (lab_fault(&isp->enable)) {
		dev_err(isp->dev, "Failed enabling component, ret -14\n");
		ret = -EIO;
	} else if (!sizes_fit(node)) {
		dev_err(isp->dev, "%s: Failed enabling port\n", node->video.name);
		ret = -EINVAL;
	}
	if (ret) {
		return_buffers(node, VB2_BUF_STATE_QUEUED);
		return ret;
	}
	spin_lock_irqsave(&isp->lock, flags);
	node->sequence = 0;
	node->streaming = true;
	spin_unlock_irqrestore(&isp->lock, flags);
	wake_up(&isp->wait);
	return 0;
}

static void stop_streaming(struct vb2_queue *queue)
{
	struct isp_node *node = vb2_get_drv_priv(queue);
	struct isp *isp = node->isp;
	unsigned long flags;

	spin_lock_irqsave(&isp->lock, flags);
	node->streaming = false;
	spin_unlock_irqrestore(&isp->lock, flags);
	/* A buffer that the firmware works on comes back when it is done. */
	wait_event(isp->wait, !READ_ONCE(node->worked));
	if (lab_fault(&isp->stop)) {
		schedule_timeout_uninterruptible(STOP_LIMIT);
		dev_err(isp->dev, "Timeout waiting for buffers to be returned\n");
	}
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

static int init_queue(struct isp_node *node)
{
	static const u32 types[] = {
		V4L2_BUF_TYPE_VIDEO_OUTPUT,
		V4L2_BUF_TYPE_VIDEO_CAPTURE,
		V4L2_BUF_TYPE_VIDEO_CAPTURE,
		V4L2_BUF_TYPE_META_CAPTURE,
	};

	node->queue = (struct vb2_queue){
		.type = types[node->id],
		.io_modes = VB2_MMAP | VB2_DMABUF,
		.drv_priv = node,
		.ops = &queue_ops,
		.mem_ops = vc_memory_ops(),
		.buf_struct_size = sizeof(struct isp_buffer),
		.timestamp_flags = V4L2_BUF_FLAG_TIMESTAMP_COPY,
		.allow_zero_bytesused = 1,
		.dev = node->isp->dev,
		.lock = &node->lock,
	};
	return vb2_queue_init(&node->queue);
}

int isp_node_init(struct isp *isp, enum isp_node_id id)
{
	struct isp_node *node = &isp->nodes[id];
	struct v4l2_pix_format pix = { .width = DEFAULT_SIZE, .height = DEFAULT_SIZE };
	const struct isp_format *format;

	node->isp = isp;
	node->id = id;
	mutex_init(&node->lock);
	INIT_LIST_HEAD(&node->buffers);
	for (size_t i = 0; i < isp_formats_count; i++) {
		if (has_format(id, &isp_formats[i]))
			node->formats[node->formats_count++] = &isp_formats[i];
	}
	if (id != ISP_STATS) {
		format = node->formats[0];
		pix.pixelformat = format->fourcc;
		pix.bytesperline = isp_bytesperline(format, pix.width);
		pix.sizeimage = picture_size(format, pix.bytesperline, pix.height);
		pix.colorspace = pick_colorspace(format, V4L2_COLORSPACE_DEFAULT);
		set_picture(node, &pix);
	}
	return init_queue(node);
}
