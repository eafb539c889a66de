/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opens the nodes of a media device's entities by name, and says why not. */
#ifndef RAWLINE_OPEN_H
#define RAWLINE_OPEN_H

#include "common/device/video.h"

struct log;
struct media;
struct subdev;

/*
 * An entity with a device node. Return 0; -ENODEV if the graph has no such entity, or it has
 * no node (yet); or -errno. All but 0 are said.
 */
int open_subdev(struct log *log, const struct media *media, const char *entity,
		struct subdev **subdev);
int open_video(struct log *log, const struct media *media, const char *entity,
	       enum video_direction direction, struct video **video);

#endif
