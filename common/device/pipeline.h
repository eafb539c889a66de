/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a pipeline does not start: the pair of pads that disagrees. */
#ifndef RAWLINE_PIPELINE_H
#define RAWLINE_PIPELINE_H

#include <stdbool.h>
#include <stdint.h>

struct log;
struct media;
struct media_entity;
struct media_link;

/*
 * The two ends of an enabled link, as media-ctl writes formats: "SRGGB8_1X8/640x480", with
 * the fourcc where it is a video node.
 */
struct pipeline_pair {
	const struct media_link *link;
	char source[96];
	char sink[96];
	bool agrees; /* in code and size, as far as both are known */
	/* Of a pair that does not: the sink would take what the source gives, */
	bool can_follow;
	/* and a node would make this of it; 0: not known. */
	uint32_t fourcc;
	uint32_t width, height; /* of the source */
};

typedef void pipeline_pair_fn(void *context, const struct pipeline_pair *pair);

/*
 * Compares the ends of every enabled link of the graph, without a word. What has no picture
 * format on both ends is left out, and so are links to the entity `closed` (NULL: none),
 * whose node is not opened. Reads the state of the links first. 0 or -errno.
 */
int pipeline_each_pair(struct log *log, struct media *media, const char *closed,
		       pipeline_pair_fn *visit, void *context);

/*
 * Compares the formats on both ends of every enabled link that is connected to this
 * entity, which is what the kernel does at VIDIOC_STREAMON before it says EPIPE
 * (Documentation/driver-api/media/mc-core.rst, pipelines). Also finds an entity in the
 * way of the data that nothing feeds. If all that is in order, fields and colours are
 * compared too.
 *
 * Reads the state of the links first. Says each fault as an error; returns how many
 * there are, or -errno.
 */
int pipeline_explain(struct log *log, struct media *media, const struct media_entity *entity);

#endif
