// SPDX-License-Identifier: GPL-2.0-or-later
/* Opens the nodes of a media device's entities by name, and says why not. */
#include "common/tool/open.h"

#include <errno.h>

#include "common/base/log.h"
#include "common/device/media.h"
#include "common/device/sensor.h"
#include "common/device/subdev.h"
#include "common/device/upstream.h"
#include "common/tool/explain.h"

static int find_entity(struct log *log, const struct media *media, const char *name,
		       const struct media_entity **entity)
{
	*entity = media_find(media, name);
	if (*entity && (*entity)->node[0])
		return 0;
	log_error(log, "entity-missing", "%s: no entity '%s' with a device node",
		  media->path, name);
	return -ENODEV;
}

int open_subdev(struct log *log, const struct media *media, const char *name,
		struct subdev **subdev)
{
	const struct media_entity *entity;
	int ret;

	ret = find_entity(log, media, name, &entity);
	if (ret < 0)
		return ret;
	ret = subdev_open(log, entity->node, entity->name, subdev);
	if (ret < 0)
		explain_open(log, entity->node, ret);
	return ret;
}

int open_video(struct log *log, const struct media *media, const char *name,
	       enum video_direction direction, struct video **video)
{
	const struct media_entity *entity;
	int ret;

	ret = find_entity(log, media, name, &entity);
	if (ret < 0)
		return ret;
	ret = video_open(log, entity->node, entity->name, direction, video);
	if (ret < 0)
		explain_open(log, entity->node, ret);
	return ret;
}

int open_sensor(struct log *log, const struct upstream *path, struct sensor **sensor)
{
	const struct media_entity *entity = path->sensor;
	int ret;

	ret = sensor_open(log, entity, sensor);
	if (ret < 0 && ret != -EINVAL)
		explain_open(log, entity->node[0] ? entity->node : entity->name, ret);
	return ret;
}

int open_bridges(struct log *log, const struct media *media, const struct upstream *path,
		 struct subdev **bridges, unsigned *count)
{
	int ret = 0;

	for (*count = 0; *count + 1 < path->length && ret == 0; *count += ret == 0)
		ret = open_subdev(log, media, path->path[*count + 1]->source->entity->name,
				  &bridges[*count]);
	return ret;
}
