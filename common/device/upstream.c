// SPDX-License-Identifier: GPL-2.0-or-later
/* The sensors in front of a pad, and the way from each, over links that may be off now. */
#include "common/device/upstream.h"

#include <stddef.h>

#include "common/device/media.h"

/* The path is found from its end backwards. */
struct search {
	const struct media *media;
	unsigned wanted; /* counts down to the one that is meant */
	struct media_entity *sensor;
	unsigned length;
	struct media_link *path[UPSTREAM_MAX_LINKS];
};

static bool walk_up(struct search *search, const struct media_entity *entity,
		    const struct media_pad *sink, unsigned depth)
{
	for (unsigned i = 0; i < search->media->num_links && depth < UPSTREAM_MAX_LINKS; i++) {
		struct media_link *link = &search->media->links[i];
		struct media_entity *source = link->source->entity;

		if (link->sink->entity != entity || (sink && link->sink != sink))
			continue;
		search->path[depth] = link;
		if (source->function == MEDIA_ENT_F_CAM_SENSOR) {
			if (search->wanted--)
				continue;
			search->sensor = source;
			search->length = depth + 1;
			return true;
		}
		/* A bridge hands on what comes in at any of its pads. */
		if (walk_up(search, source, NULL, depth + 1))
			return true;
	}
	return false;
}

bool upstream_find(const struct media *media, const struct media_pad *sink,
		   unsigned which, struct upstream *upstream)
{
	struct search search = { .media = media, .wanted = which };

	if (!walk_up(&search, sink->entity, sink, 0))
		return false;
	upstream->sensor = search.sensor;
	upstream->length = search.length;
	for (unsigned i = 0; i < search.length; i++)
		upstream->path[i] = search.path[search.length - 1 - i];
	return true;
}

bool upstream_has(const struct upstream *upstream, const struct media_link *link)
{
	for (unsigned i = 0; i < upstream->length; i++)
		if (upstream->path[i] == link)
			return true;
	return false;
}

bool upstream_is_beside(const struct upstream *upstream, const struct media_link *link)
{
	for (unsigned i = 0; i < upstream->length; i++)
		if (upstream->path[i]->sink == link->sink && upstream->path[i] != link)
			return true;
	return false;
}
