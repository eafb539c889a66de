/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sentences for failures that a bare errno does not explain: who is in the way, and
 * what disagrees.
 */
#ifndef RAWLINE_EXPLAIN_H
#define RAWLINE_EXPLAIN_H

struct log;
struct media;
struct media_entity;

/*
 * A node could not be opened: owner and group for "no permission", the holder for
 * "busy", else the reason.
 */
void explain_open(struct log *log, const char *node, int error);

/*
 * Something is streaming or has buffers: names the processes that have a video node of
 * this graph open.
 */
void explain_busy(struct log *log, const struct media *media, const char *what);

/* VIDIOC_STREAMON of an entity's node failed: the pads that disagree, or the reason. */
void explain_start(struct log *log, struct media *media,
		   const struct media_entity *entity, int error);

#endif
