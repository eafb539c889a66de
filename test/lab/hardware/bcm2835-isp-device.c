// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bcm2835-isp look-alike: the driver of Raspberry Pi kernels, whose other half is the firmware
 * of the VideoCore, played here. Two instances that look the same, each a media device:
 *
 * bcm2835-isp0-output0 --> bcm2835_isp0 --> bcm2835-isp0-capture1, capture2, capture3 (statistics)
 *
 * All links are enabled and fixed. Names of video devices count otherwise than those of
 * entities.
 */
#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <linux/platform_device.h>

#include <media/v4l2-ioctl.h>

#include "bcm2835-isp.h"

static uint video_nr[ISP_INSTANCES] = { 13, 20 };
module_param_array(video_nr, uint, NULL, 0444);
MODULE_PARM_DESC(video_nr, "number of the first video device of each instance");

static uint control_base = 0x10e0;
module_param(control_base, uint, 0444);
MODULE_PARM_DESC(control_base,
		 "of the firmware's controls, above those of users: 0x10e0 or 0x10f0");

struct isp_driver {
	struct isp isps[ISP_INSTANCES];
};

static struct platform_device *device;

/* ---- nodes ---- */

static void disable_ioctls(struct isp_node *node)
{
	v4l2_disable_ioctl(&node->video, VIDIOC_CROPCAP);
	v4l2_disable_ioctl(&node->video, VIDIOC_G_CROP);
	v4l2_disable_ioctl(&node->video, VIDIOC_S_CROP);
	if (node->id == ISP_OUTPUT)
		return;
	v4l2_disable_ioctl(&node->video, VIDIOC_S_CTRL);
	v4l2_disable_ioctl(&node->video, VIDIOC_G_SELECTION);
	v4l2_disable_ioctl(&node->video, VIDIOC_S_SELECTION);
}

static int register_node(struct isp *isp, enum isp_node_id id)
{
	static const struct {
		const char *name;
		u32 caps;
	} kinds[] = {
		{ "output0", V4L2_CAP_VIDEO_OUTPUT },
		{ "capture0", V4L2_CAP_VIDEO_CAPTURE },
		{ "capture1", V4L2_CAP_VIDEO_CAPTURE },
		{ "stats2", V4L2_CAP_META_CAPTURE },
	};
	struct isp_node *node = &isp->nodes[id];
	struct video_device *video = &node->video;
	int ret;

	ret = isp_node_init(isp, id);
	if (ret)
		return ret;
	snprintf(video->name, sizeof(video->name), ISP_NAME "-%s", kinds[id].name);
	video->device_caps = kinds[id].caps | V4L2_CAP_STREAMING;
	video->vfl_dir = id == ISP_OUTPUT ? VFL_DIR_TX : VFL_DIR_RX;
	video->fops = &isp_file_ops;
	video->ioctl_ops = &isp_ioctl_ops;
	video->release = video_device_release_empty;
	video->queue = &node->queue;
	video->lock = &node->lock;
	video->v4l2_dev = &isp->v4l2;
	if (id == ISP_OUTPUT)
		video->ctrl_handler = &isp->controls;
	disable_ioctls(node);
	video_set_drvdata(video, node);
	return video_register_device(video, VFL_TYPE_VIDEO, video_nr[isp->number] + id);
}

/* ---- the graph, which the driver makes by itself when the nodes are there ---- */

static int register_entity(struct isp *isp, enum isp_node_id id)
{
	static const char *const names[] = {
		"bcm2835-isp0-output0",
		"bcm2835-isp0-capture1",
		"bcm2835-isp0-capture2",
		"bcm2835-isp0-capture3",
	};
	const u32 fixed = MEDIA_LNK_FL_IMMUTABLE | MEDIA_LNK_FL_ENABLED;
	struct isp_node *node = &isp->nodes[id];
	struct media_entity *entity = &node->video.entity;
	int ret;

	entity->obj_type = MEDIA_ENTITY_TYPE_VIDEO_DEVICE;
	entity->function = MEDIA_ENT_F_IO_V4L;
	entity->info.dev.major = VIDEO_MAJOR;
	entity->info.dev.minor = node->video.minor;
	entity->name = names[id];
	node->pad.flags = id == ISP_OUTPUT ? MEDIA_PAD_FL_SOURCE : MEDIA_PAD_FL_SINK;
	ret = media_entity_pads_init(entity, 1, &node->pad) ?:
		      media_device_register_entity(&isp->media, entity);
	if (ret)
		return ret;
	node->interface = media_devnode_create(&isp->media, MEDIA_INTF_T_V4L_VIDEO, 0,
					       VIDEO_MAJOR, node->video.minor);
	if (!node->interface ||
	    !media_create_intf_link(entity, &node->interface->intf, fixed))
		return -ENOMEM;
	if (id == ISP_OUTPUT)
		return media_create_pad_link(entity, 0, &isp->entity, id, fixed);
	return media_create_pad_link(&isp->entity, id, entity, 0, fixed);
}

static int register_graph(struct isp *isp)
{
	int ret;

	isp->media.dev = isp->dev;
	strscpy(isp->media.model, ISP_NAME, sizeof(isp->media.model));
	strscpy(isp->media.bus_info, "platform:" ISP_NAME, sizeof(isp->media.bus_info));
	media_device_init(&isp->media);
	isp->v4l2.mdev = &isp->media;

	isp->entity.name = "bcm2835_isp0";
	isp->entity.obj_type = MEDIA_ENTITY_TYPE_BASE;
	isp->entity.function = MEDIA_ENT_F_PROC_VIDEO_SCALER;
	for (int id = 0; id < ISP_NODES; id++)
		isp->pads[id].flags = id == ISP_OUTPUT ? MEDIA_PAD_FL_SINK :
							 MEDIA_PAD_FL_SOURCE;
	ret = media_entity_pads_init(&isp->entity, ISP_NODES, isp->pads) ?:
		      media_device_register_entity(&isp->media, &isp->entity);
	for (int id = 0; !ret && id < ISP_NODES; id++)
		ret = register_entity(isp, id);
	return ret ?: media_device_register(&isp->media);
}

static void unregister_graph(struct isp *isp)
{
	if (!isp->v4l2.mdev)
		return;
	media_device_unregister(&isp->media);
	media_device_cleanup(&isp->media);
	isp->v4l2.mdev = NULL;
}

/* ---- start ---- */

static void destroy(struct isp *isp)
{
	if (!isp->dev)
		return;
	unregister_graph(isp);
	for (int id = 0; id < ISP_NODES; id++) {
		if (video_is_registered(&isp->nodes[id].video))
			vb2_video_unregister_device(&isp->nodes[id].video);
	}
	isp_firmware_stop(isp);
	v4l2_ctrl_handler_free(&isp->controls);
	v4l2_device_unregister(&isp->v4l2);
}

static int create(struct isp *isp, struct device *dev, u32 number)
{
	int ret;

	spin_lock_init(&isp->lock);
	init_waitqueue_head(&isp->wait);
	isp->number = number;
	ret = v4l2_device_register(dev, &isp->v4l2);
	if (ret)
		return ret;
	isp->dev = dev;
	ret = isp_controls_init(isp, V4L2_CID_USER_BASE + control_base);
	for (int id = 0; !ret && id < ISP_NODES; id++)
		ret = register_node(isp, id);
	return ret ?: isp_firmware_start(isp) ?: register_graph(isp);
}

static void isp_remove(struct platform_device *pdev)
{
	struct isp_driver *driver = platform_get_drvdata(pdev);

	for (int i = ISP_INSTANCES; i-- > 0;)
		destroy(&driver->isps[i]);
}

static int isp_probe(struct platform_device *pdev)
{
	struct isp_driver *driver;
	int ret;

	ret = dma_coerce_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(32));
	if (ret)
		return ret;
	driver = devm_kzalloc(&pdev->dev, sizeof(*driver), GFP_KERNEL);
	if (!driver)
		return -ENOMEM;
	platform_set_drvdata(pdev, driver);
	for (u32 i = 0; !ret && i < ISP_INSTANCES; i++)
		ret = create(&driver->isps[i], &pdev->dev, i);
	if (ret)
		isp_remove(pdev);
	return ret;
}

static struct platform_driver isp_driver = {
	.driver = { .name = ISP_NAME, .suppress_bind_attrs = true },
	.probe = isp_probe,
	.remove_new = isp_remove,
};

static int __init isp_init(void)
{
	int ret = platform_driver_register(&isp_driver);

	if (ret)
		return ret;
	device = platform_device_register_simple(ISP_NAME, PLATFORM_DEVID_NONE, NULL, 0);
	if (!IS_ERR(device))
		return 0;
	platform_driver_unregister(&isp_driver);
	return PTR_ERR(device);
}

static void __exit isp_exit(void)
{
	platform_device_unregister(device);
	platform_driver_unregister(&isp_driver);
}
module_init(isp_init);
module_exit(isp_exit);

MODULE_DESCRIPTION("Look-alike of the ISP driver of Raspberry Pi kernels");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(DMA_BUF);
