// SPDX-License-Identifier: GPL-2.0-or-later
/* Sentences for failures that a bare errno does not explain. */
#include "common/tool/explain.h"

#include <errno.h>
#include <string.h>

#include "common/base/log.h"
#include "common/device/holder.h"
#include "common/device/media.h"
#include "common/device/pipeline.h"

void explain_open(struct log *log, const char *node, int error)
{
	char text[HOLDER_TEXT_SIZE];
	struct holder_list holders;

	switch (error) {
	case -EACCES:
	case -EPERM:
		log_error(log, "no-permission", "no permission: %s",
			  holder_permission_text(node, text));
		break;
	case -EBUSY:
		holder_find(node, &holders);
		log_error(log, "busy", "%s is in use by %s", node,
			  holder_text(&holders, text));
		break;
	default:
		log_error(log, "open-failed", "%s cannot be opened: %s", node,
			  strerror(-error));
	}
}

void explain_busy(struct log *log, const struct media *media, const char *what)
{
	struct holder_list holders = { 0 };
	char text[HOLDER_TEXT_SIZE];

	for (unsigned i = 0; i < media->num_entities; i++) {
		const struct media_entity *entity = &media->entities[i];

		if (strncmp(entity->node, "/dev/video", strlen("/dev/video")) != 0)
			continue;
		if (holder_find(entity->node, &holders) < 0 || holders.count == 0)
			continue;
		log_error(log, "busy", "%s: %s (%s) is in use by %s", what, entity->name,
			  entity->node, holder_text(&holders, text));
		return;
	}
	log_error(log, "busy", "%s: in use by %s", what, holder_text(&holders, text));
}

/* The errors of buses that sensors are controlled by. */
static const struct media_entity *find_silent_sensor(const struct media *media,
						     const struct media_entity *entity,
						     int error)
{
	const struct media_entity *source;

	if (error != -EREMOTEIO && error != -ENXIO && error != -ETIMEDOUT && error != -EIO)
		return NULL;
	source = media_walk_to_source(media, entity);
	return source && source->function == MEDIA_ENT_F_CAM_SENSOR ? source : NULL;
}

void explain_start(struct log *log, struct media *media,
		   const struct media_entity *entity, int error)
{
	const struct media_entity *sensor = find_silent_sensor(media, entity, error);
	int faults = 0;

	if (sensor) {
		log_error(log, "sensor-silent",
			  "%s (%s) does not start: %s: the sensor '%s' %s; check its cable, its "
			  "power, and that it is the one that the system was told of",
			  entity->name, entity->node, strerror(-error), sensor->name,
			  error == -EIO ? "perhaps does not answer on its bus" :
					  "does not answer on its bus");
		return;
	}

	switch (error) {
	case -EBUSY:
		explain_busy(log, media, entity->name);
		return;
	case -ENOSPC:
		log_error(log, "no-bandwidth",
			  "%s (%s) does not start: the bus has not enough bandwidth left; a "
			  "smaller size, a lower rate or a compressed format needs less",
			  entity->name, entity->node);
		return;
	case -EPIPE:
	case -ENOLINK:
	case -EINVAL:
		faults = pipeline_explain(log, media, entity);
		break;
	}
	if (faults <= 0)
		log_error(log, "start-refused", "%s (%s) does not start: %s",
			  entity->name, entity->node, strerror(-error));
}
