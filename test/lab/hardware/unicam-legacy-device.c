// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Unicam look-alike: the driver of Raspberry Pi kernels. There is nothing between sensor and
 * nodes:
 *
 * sensor:0 --> unicam-image
 * sensor:1 --> unicam-embedded, of sensors that have embedded data
 *
 * Parameter media_controller=0 makes it drive the sensor by itself, as with an old device tree.
 */
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/of_graph.h>
#include <linux/platform_device.h>

#include <media/v4l2-fwnode.h>
#include <media/v4l2-mc.h>

#include "unicam-legacy.h"

static bool media_controller = true;
module_param(media_controller, bool, 0444);
MODULE_PARM_DESC(media_controller, "programs set the sensor, through its own node");

static bool embedded_always;
module_param(embedded_always, bool, 0444);
MODULE_PARM_DESC(embedded_always, "unicam-embedded is there without embedded data, too");

/* ---- the sensor comes ---- */

static int register_node(struct unicam *unicam, enum unicam_node_id id)
{
	struct unicam_node *node = &unicam->nodes[id];
	int ret;

	ret = unicam_node_init(unicam, id) ?:
		      video_register_device(&node->video, VFL_TYPE_VIDEO, -1);
	if (ret)
		return ret;
	node->registered = true;
	if (id == UNICAM_EMBEDDED && !unicam->has_embedded)
		return 0;
	return media_create_pad_link(&unicam->source->entity, id, &node->video.entity, 0,
				     MEDIA_LNK_FL_ENABLED | MEDIA_LNK_FL_IMMUTABLE);
}

static int notify_bound(struct v4l2_async_notifier *notifier, struct v4l2_subdev *subdev,
			struct v4l2_async_connection *connection)
{
	container_of(notifier, struct unicam, notifier)->source = subdev;
	return 0;
}

static int notify_complete(struct v4l2_async_notifier *notifier)
{
	struct unicam *unicam = container_of(notifier, struct unicam, notifier);
	int ret = 0;

	unicam->has_embedded = unicam->source->entity.num_pads >= 2;
	if (!unicam->media_controller)
		ret = v4l2_ctrl_add_handler(&unicam->controls,
					    unicam->source->ctrl_handler, NULL, true);
	ret = ret ?: register_node(unicam, UNICAM_IMAGE);
	if (!ret && (unicam->has_embedded || embedded_always))
		ret = register_node(unicam, UNICAM_EMBEDDED);
	if (ret)
		return ret;
	if (unicam->media_controller)
		return v4l2_device_register_subdev_nodes(&unicam->v4l2);
	return v4l2_device_register_ro_subdev_nodes(&unicam->v4l2);
}

static const struct v4l2_async_notifier_operations notify_ops = {
	.bound = notify_bound,
	.complete = notify_complete,
};

static int wait_for_source(struct unicam *unicam)
{
	struct fwnode_handle *endpoint =
		fwnode_graph_get_endpoint_by_id(dev_fwnode(unicam->dev), 0, 0, 0);
	struct v4l2_async_connection *connection;

	v4l2_async_nf_init(&unicam->notifier, &unicam->v4l2);
	unicam->notifier.ops = &notify_ops;
	if (!endpoint)
		return -EINVAL;
	connection = v4l2_async_nf_add_fwnode_remote(&unicam->notifier, endpoint,
						     struct v4l2_async_connection);
	fwnode_handle_put(endpoint);
	if (IS_ERR(connection))
		return PTR_ERR(connection);
	return v4l2_async_nf_register(&unicam->notifier);
}

/* ---- start ---- */

static int register_media(struct unicam *unicam)
{
	int ret;

	unicam->media.dev = unicam->dev;
	strscpy(unicam->media.model, UNICAM_NAME, sizeof(unicam->media.model));
	media_device_init(&unicam->media);
	unicam->v4l2.mdev = &unicam->media;
	ret = v4l2_device_register(unicam->dev, &unicam->v4l2);
	if (ret)
		return ret;
	ret = media_device_register(&unicam->media);
	if (ret)
		v4l2_device_unregister(&unicam->v4l2);
	return ret;
}

static void unregister_media(struct unicam *unicam)
{
	v4l2_async_nf_unregister(&unicam->notifier);
	v4l2_async_nf_cleanup(&unicam->notifier);
	for (int i = 0; i < UNICAM_NODES; i++) {
		if (unicam->nodes[i].registered)
			vb2_video_unregister_device(&unicam->nodes[i].video);
	}
	v4l2_device_unregister(&unicam->v4l2);
	media_device_unregister(&unicam->media);
	media_device_cleanup(&unicam->media);
	v4l2_ctrl_handler_free(&unicam->controls);
}

static void unicam_remove(struct platform_device *pdev)
{
	struct unicam *unicam = platform_get_drvdata(pdev);

	lab_sensor_connect(unicam->sensor, NULL);
	/* A frame that has begun is sent to its end. */
	while (READ_ONCE(unicam->active))
		usleep_range(1000, 2000);
	unregister_media(unicam);
	unicam_record_destroy(unicam);
}

static int unicam_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct unicam *unicam;
	int ret;

	ret = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(32));
	if (ret)
		return ret;
	unicam = devm_kzalloc(dev, sizeof(*unicam), GFP_KERNEL);
	if (!unicam)
		return -ENOMEM;
	unicam->dev = dev;
	unicam->media_controller = media_controller;
	unicam->receiver = unicam_receiver;
	spin_lock_init(&unicam->lock);
	mutex_init(&unicam->start_lock);
	unicam->sensor = lab_sensor_find(dev->of_node);
	if (IS_ERR(unicam->sensor))
		return PTR_ERR(unicam->sensor);
	if (of_property_read_u32(dev->of_node, "brcm,num-data-lanes", &unicam->lanes))
		return -EINVAL;
	platform_set_drvdata(pdev, unicam);
	v4l2_ctrl_handler_init(&unicam->controls, 16);
	ret = unicam_record_create(unicam) ?: register_media(unicam);
	if (ret) {
		v4l2_ctrl_handler_free(&unicam->controls);
		unicam_record_destroy(unicam);
		return ret;
	}
	ret = wait_for_source(unicam);
	if (ret) {
		unregister_media(unicam);
		unicam_record_destroy(unicam);
		return ret;
	}
	lab_sensor_connect(unicam->sensor, &unicam->receiver);
	return 0;
}

static const struct of_device_id unicam_match[] = {
	{ .compatible = "brcm,bcm2835-unicam" },
	{},
};
MODULE_DEVICE_TABLE(of, unicam_match);

static struct platform_driver unicam_driver = {
	.driver = { .name = UNICAM_NAME,
		    .of_match_table = unicam_match,
		    .suppress_bind_attrs = true },
	.probe = unicam_probe,
	.remove_new = unicam_remove,
};
module_platform_driver(unicam_driver);

MODULE_DESCRIPTION("Look-alike of the Unicam driver of Raspberry Pi kernels");
MODULE_LICENSE("GPL");
