// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Look-alike of bcm2835-v4l2, the camera of the old firmware stack: a node that makes pictures by itself,
 * without a sensor that a program could set. It is there to be recognized, and gives no frame.
 */
#include <linux/module.h>
#include <linux/platform_device.h>

#include <media/v4l2-device.h>
#include <media/v4l2-ioctl.h>

static struct {
	struct platform_device *device;
	struct v4l2_device v4l2;
	struct video_device video;
} camera;

static const u32 formats[] = {
	V4L2_PIX_FMT_YUV420, V4L2_PIX_FMT_YUYV,  V4L2_PIX_FMT_RGB24, V4L2_PIX_FMT_JPEG,
	V4L2_PIX_FMT_H264,   V4L2_PIX_FMT_MJPEG, V4L2_PIX_FMT_YVYU,  V4L2_PIX_FMT_VYUY,
	V4L2_PIX_FMT_UYVY,   V4L2_PIX_FMT_NV12,  V4L2_PIX_FMT_BGR24, V4L2_PIX_FMT_YVU420,
};

static int querycap(struct file *file, void *priv, struct v4l2_capability *cap)
{
	strscpy(cap->driver, "bcm2835 mmal", sizeof(cap->driver));
	strscpy(cap->card, "mmal service 16.1", sizeof(cap->card));
	strscpy(cap->bus_info, "platform:bcm2835_v4l2-0", sizeof(cap->bus_info));
	return 0;
}

static int enum_fmt(struct file *file, void *priv, struct v4l2_fmtdesc *f)
{
	if (f->index >= ARRAY_SIZE(formats))
		return -EINVAL;
	f->pixelformat = formats[f->index];
	return 0;
}

/* One size for all */
static int get_fmt(struct file *file, void *priv, struct v4l2_format *f)
{
	f->fmt.pix = (struct v4l2_pix_format){
		.width = 1024,
		.height = 768,
		.pixelformat = V4L2_PIX_FMT_YUV420,
		.field = V4L2_FIELD_NONE,
		.bytesperline = 1024,
		.sizeimage = 1024 * 768 * 3 / 2,
		.colorspace = V4L2_COLORSPACE_SMPTE170M,
	};
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

/* The firmware has no camera to start. */
static int reqbufs(struct file *file, void *priv, struct v4l2_requestbuffers *buffers)
{
	return -ENOMEM;
}

static const struct v4l2_ioctl_ops ioctl_ops = {
	.vidioc_querycap = querycap,
	.vidioc_enum_fmt_vid_cap = enum_fmt,
	.vidioc_g_fmt_vid_cap = get_fmt,
	.vidioc_s_fmt_vid_cap = get_fmt,
	.vidioc_try_fmt_vid_cap = get_fmt,
	.vidioc_enum_input = enum_input,
	.vidioc_g_input = g_input,
	.vidioc_s_input = s_input,
	.vidioc_reqbufs = reqbufs,
};

static const struct v4l2_file_operations file_ops = {
	.owner = THIS_MODULE,
	.open = v4l2_fh_open,
	.release = v4l2_fh_release,
	.unlocked_ioctl = video_ioctl2,
};

static int __init camera_init(void)
{
	struct video_device *video = &camera.video;
	int ret;

	camera.device = platform_device_register_simple("bcm2835-camera",
							PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(camera.device))
		return PTR_ERR(camera.device);
	strscpy(camera.v4l2.name, "bcm2835-v4l2", sizeof(camera.v4l2.name));
	ret = v4l2_device_register(&camera.device->dev, &camera.v4l2);
	if (ret)
		goto no_v4l2;
	strscpy(video->name, "camera0", sizeof(video->name));
	video->device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_VIDEO_OVERLAY |
			     V4L2_CAP_READWRITE | V4L2_CAP_STREAMING;
	video->fops = &file_ops;
	video->ioctl_ops = &ioctl_ops;
	video->release = video_device_release_empty;
	video->v4l2_dev = &camera.v4l2;
	ret = video_register_device(video, VFL_TYPE_VIDEO, -1);
	if (!ret)
		return 0;
	v4l2_device_unregister(&camera.v4l2);
no_v4l2:
	platform_device_unregister(camera.device);
	return ret;
}

static void __exit camera_exit(void)
{
	video_unregister_device(&camera.video);
	v4l2_device_unregister(&camera.v4l2);
	platform_device_unregister(camera.device);
}
module_init(camera_init);
module_exit(camera_exit);

MODULE_DESCRIPTION("Look-alike of the camera of the old Raspberry Pi firmware stack");
MODULE_LICENSE("GPL");
