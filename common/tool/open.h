/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opens the nodes of a media device's entities by name, and says why not. */
#ifndef RAWLINE_OPEN_H
#define RAWLINE_OPEN_H

#include "common/device/video.h"

struct log;
struct media;
struct sensor;
struct subdev;
struct upstream;

/*
 * An entity with a device node. Return 0; -ENODEV if the graph has no such entity, or it has
 * no node (yet); or -errno. All but 0 are said.
 */
int open_subdev(struct log *log, const struct media *media, const char *entity,
		struct subdev **subdev);
int open_video(struct log *log, const struct media *media, const char *entity,
	       enum video_direction direction, struct video **video);

/* The sensor where a path begins. As above; -EINVAL: it has no mode that is known. */
int open_sensor(struct log *log, const struct upstream *path, struct sensor **sensor);

/*
 * The bridges between that sensor and the end of the path, in the order of the path. There is room for
 * UPSTREAM_MAX_LINKS - 1; *count are open, also after a failure.
 */
int open_bridges(struct log *log, const struct media *media, const struct upstream *path,
		 struct subdev **bridges, unsigned *count);

#endif
