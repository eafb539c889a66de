// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Look-alike of the driver of a Raspberry Pi 5's camera front end. Only the sensor's link is there from
 * the beginning:
 *
 * sensor:0 --> csi2:0   csi2:1 . . > rp1-cfe-csi2-ch0, and so on to -ch3
 *                       csi2:n . . > pisp-fe:0   pisp-fe:2,3,4 . . > rp1-cfe-fe-image0, -fe-image1, -fe-stats
 *                  rp1-cfe-fe-config . . > pisp-fe:1
 *
 * Parameter downstream=1 makes it the driver of Raspberry Pi kernels, whose nodes have other names and
 * whose csi2 has a sink for each channel.
 */
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/of_graph.h>
#include <linux/platform_device.h>

#include <media/v4l2-fwnode.h>
#include <media/v4l2-mc.h>

#include "rp1-cfe.h"

#define REVISION 0x114666 /* of the front end in the chip that is sold */

static bool downstream;
module_param(downstream, bool, 0444);
MODULE_PARM_DESC(downstream, "the driver of Raspberry Pi kernels");

/* ---- links ---- */

static struct cfe_node *node_of_link(struct cfe *cfe, const struct media_link *link)
{
	for (int i = 0; i < CFE_NODES; i++) {
		struct media_entity *entity = &cfe->nodes[i].video.entity;

		if (link->source->entity == entity || link->sink->entity == entity)
			return &cfe->nodes[i];
	}
	return NULL;
}

static int link_notify(struct media_link *link, u32 flags, unsigned int notification)
{
	struct cfe *cfe = container_of(link->graph_obj.mdev, struct cfe, media);
	bool enabled = link->flags & MEDIA_LNK_FL_ENABLED;
	struct cfe_node *node = node_of_link(cfe, link);
	unsigned long irq;

	if (notification != MEDIA_DEV_NOTIFY_POST_LINK_CH)
		return 0;
	spin_lock_irqsave(&cfe->lock, irq);
	if (node)
		node->enabled = enabled;
	if (link->source->entity == &cfe->csi2.entity &&
	    link->sink->entity == &cfe->front_end.entity)
		cfe->front_channel =
			enabled ? link->source->index - cfe_channel_pad(cfe, 0) : -1;
	spin_unlock_irqrestore(&cfe->lock, irq);
	return 0;
}

static const struct media_device_ops media_ops = { .link_notify = link_notify };

/* Mainline knows one pad of a sensor, Raspberry Pi kernels lead each to a channel. */
static int link_source(struct cfe *cfe)
{
	struct media_entity *source = &cfe->source->entity;
	u32 flags = MEDIA_LNK_FL_ENABLED | MEDIA_LNK_FL_IMMUTABLE, channel = 0;
	struct media_pad *pad;
	int ret = 0;

	if (!cfe->downstream) {
		ret = v4l2_create_fwnode_links_to_pad(cfe->source, &cfe->csi2_pads[0], flags);
		pad = ret ? NULL : media_pad_remote_pad_unique(&cfe->csi2_pads[0]);
		if (!IS_ERR_OR_NULL(pad))
			cfe->source_pad = pad->index;
		return ret;
	}
	for (u32 i = 0; !ret && i < source->num_pads && channel < CFE_CHANNELS; i++) {
		if (source->pads[i].flags & MEDIA_PAD_FL_SOURCE)
			ret = media_create_pad_link(source, i, &cfe->csi2.entity,
						    channel++, flags);
	}
	return ret;
}

static int link_node(struct cfe *cfe, enum cfe_node_id id)
{
	struct media_entity *node = &cfe->nodes[id].video.entity;
	struct media_entity *front_end = &cfe->front_end.entity;
	u32 pad = cfe_node_pad(cfe, id);
	int ret;

	if (id == CFE_CONFIG)
		return media_create_pad_link(node, 0, front_end, pad, 0);
	if (id >= CFE_CHANNELS)
		return media_create_pad_link(front_end, pad, node, 0, 0);
	ret = media_create_pad_link(&cfe->csi2.entity, pad, node, 0, 0);
	/* Embedded data is nothing for the front end. */
	if (ret || id == CFE_CH1)
		return ret;
	return media_create_pad_link(&cfe->csi2.entity, pad, front_end, FE_STREAM, 0);
}

/* ---- the sensor comes ---- */

static int notify_bound(struct v4l2_async_notifier *notifier, struct v4l2_subdev *subdev,
			struct v4l2_async_connection *connection)
{
	container_of(notifier, struct cfe, notifier)->source = subdev;
	return 0;
}

static int notify_complete(struct v4l2_async_notifier *notifier)
{
	struct cfe *cfe = container_of(notifier, struct cfe, notifier);
	int ret = 0;

	for (int i = 0; !ret && i < CFE_NODES; i++) {
		ret = cfe_node_init(cfe, i) ?:
			      video_register_device(&cfe->nodes[i].video, VFL_TYPE_VIDEO, -1);
		cfe->nodes[i].registered = !ret;
	}
	ret = ret ?: link_source(cfe);
	for (int i = 0; !ret && i < CFE_NODES; i++)
		ret = link_node(cfe, i);
	return ret ?: v4l2_device_register_subdev_nodes(&cfe->v4l2);
}

static const struct v4l2_async_notifier_operations notify_ops = {
	.bound = notify_bound,
	.complete = notify_complete,
};

static int wait_for_source(struct cfe *cfe)
{
	struct fwnode_handle *endpoint =
		fwnode_graph_get_endpoint_by_id(dev_fwnode(cfe->dev), 0, 0, 0);
	struct v4l2_fwnode_endpoint bus = { .bus_type = V4L2_MBUS_CSI2_DPHY };
	struct v4l2_async_connection *connection;
	int ret;

	v4l2_async_nf_init(&cfe->notifier, &cfe->v4l2);
	cfe->notifier.ops = &notify_ops;
	if (!endpoint)
		return -ENODEV;
	ret = v4l2_fwnode_endpoint_parse(endpoint, &bus);
	if (ret) {
		fwnode_handle_put(endpoint);
		return ret;
	}
	cfe->lanes = bus.bus.mipi_csi2.num_data_lanes;
	connection = v4l2_async_nf_add_fwnode_remote(&cfe->notifier, endpoint,
						     struct v4l2_async_connection);
	fwnode_handle_put(endpoint);
	if (IS_ERR(connection))
		return PTR_ERR(connection);
	return v4l2_async_nf_register(&cfe->notifier);
}

/* ---- start ---- */

static int register_media(struct cfe *cfe)
{
	int ret;

	cfe->media.dev = cfe->dev;
	cfe->media.ops = &media_ops;
	cfe->media.hw_revision = REVISION;
	strscpy(cfe->media.model, CFE_NAME, sizeof(cfe->media.model));
	media_device_init(&cfe->media);
	cfe->v4l2.mdev = &cfe->media;
	ret = v4l2_device_register(cfe->dev, &cfe->v4l2);
	if (ret)
		return ret;
	ret = cfe_csi2_init(cfe);
	if (ret)
		goto unregister_v4l2;
	ret = cfe_front_end_init(cfe);
	if (ret)
		goto finish_csi2;
	ret = media_device_register(&cfe->media);
	if (!ret)
		return 0;
	cfe_subdev_finish(&cfe->front_end);
finish_csi2:
	cfe_subdev_finish(&cfe->csi2);
unregister_v4l2:
	v4l2_device_unregister(&cfe->v4l2);
	return ret;
}

static void unregister_media(struct cfe *cfe)
{
	v4l2_async_nf_unregister(&cfe->notifier);
	v4l2_async_nf_cleanup(&cfe->notifier);
	for (int i = 0; i < CFE_NODES; i++) {
		if (cfe->nodes[i].registered)
			vb2_video_unregister_device(&cfe->nodes[i].video);
	}
	cfe_subdev_finish(&cfe->front_end);
	cfe_subdev_finish(&cfe->csi2);
	v4l2_device_unregister(&cfe->v4l2);
	media_device_unregister(&cfe->media);
	media_device_cleanup(&cfe->media);
}

static void cfe_remove(struct platform_device *pdev)
{
	struct cfe *cfe = platform_get_drvdata(pdev);

	lab_sensor_connect(cfe->sensor, NULL);
	/* A frame that has begun is sent to its end. */
	while (READ_ONCE(cfe->active))
		usleep_range(1000, 2000);
	unregister_media(cfe);
	cfe_record_destroy(cfe);
}

static int cfe_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct cfe *cfe;
	int ret;

	ret = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(64));
	if (ret)
		return ret;
	cfe = devm_kzalloc(dev, sizeof(*cfe), GFP_KERNEL);
	if (!cfe)
		return -ENOMEM;
	cfe->dev = dev;
	cfe->downstream = downstream;
	cfe->front_channel = -1;
	cfe->receiver = cfe_receiver;
	spin_lock_init(&cfe->lock);
	mutex_init(&cfe->start_lock);
	cfe->sensor = lab_sensor_find(dev->of_node);
	if (IS_ERR(cfe->sensor))
		return PTR_ERR(cfe->sensor);
	platform_set_drvdata(pdev, cfe);
	ret = cfe_record_create(cfe) ?: register_media(cfe);
	if (ret) {
		cfe_record_destroy(cfe);
		return ret;
	}
	ret = wait_for_source(cfe);
	if (ret) {
		unregister_media(cfe);
		cfe_record_destroy(cfe);
		return ret;
	}
	lab_sensor_connect(cfe->sensor, &cfe->receiver);
	return 0;
}

static const struct of_device_id cfe_match[] = { { .compatible = "raspberrypi,rp1-cfe" },
						 {} };
MODULE_DEVICE_TABLE(of, cfe_match);

static struct platform_driver cfe_driver = {
	.driver = { .name = CFE_NAME, .of_match_table = cfe_match, .suppress_bind_attrs = true },
	.probe = cfe_probe,
	.remove_new = cfe_remove,
};
module_platform_driver(cfe_driver);

MODULE_DESCRIPTION("Look-alike of the driver of a Raspberry Pi 5's camera front end");
MODULE_LICENSE("GPL");
