/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a pipeline does not start: the pair of pads that disagrees. */
#ifndef RAWLINE_PIPELINE_H
#define RAWLINE_PIPELINE_H

struct log;
struct media;
struct media_entity;

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
