/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a pad's light can come from: the sensors in front of it, and the way from each,
 * over links that may be off now.
 *
 *	sensor ─ path[0] ─▶ bridge ─ path[1] ─▶ … ─ path[length - 1] ─▶ the pad
 */
#ifndef RAWLINE_UPSTREAM_H
#define RAWLINE_UPSTREAM_H

#include <stdbool.h>

struct media;
struct media_entity;
struct media_link;
struct media_pad;

#define UPSTREAM_MAX_LINKS 8

/* One sensor and its way; lent by the graph. */
struct upstream {
	struct media_entity *sensor;
	unsigned length; /* links, 1 or more */
	struct media_link *path[UPSTREAM_MAX_LINKS];
};

/*
 * Sensor number `which` (from 0, in the order of the graph) of those in front of a sink pad;
 * false if there are fewer.
 */
bool upstream_find(const struct media *media, const struct media_pad *sink,
		   unsigned which, struct upstream *upstream);

/* True if a link is part of the way. */
bool upstream_has(const struct upstream *upstream, const struct media_link *link);

/* True if a link that is not part of it ends in one of its pads: it could bring other light. */
bool upstream_is_beside(const struct upstream *upstream, const struct media_link *link);

#endif
