// SPDX-License-Identifier: GPL-2.0-or-later
/* --doctor: links, and the formats at their ends. */
#include <string.h>

#include "common/base/format.h"
#include "common/device/media.h"
#include "common/device/pipeline.h"
#include "common/device/video.h"
#include "common/tool/camera.h"
#include "common/tool/doctor.h"
#include "common/tool/tool.h"

struct graph {
	struct doctor *doctor;
	const struct media *media;
	const struct media_entity *sensor; /* NULL: of all */
	unsigned pairs;
};

static bool is_subdev(const struct media_pad *pad)
{
	return strstr(pad->entity->node, "v4l-subdev");
}

/* A node takes what comes in a format of its own choice. */
static void advise_node(struct graph *graph, const struct pipeline_pair *pair)
{
	char fourcc[FORMAT_FOURCC_SIZE];

	doctor_remedy(graph->doctor,
		      "%s sets both when it captures; by hand: v4l2-ctl -d %s "
		      "--set-fmt-video=width=%u,height=%u,pixelformat='%s'",
		      graph->doctor->platform->option.program, pair->link->sink->entity->node,
		      pair->width, pair->height, format_fourcc_text(pair->fourcc, fourcc));
}

static void advise_pad(struct graph *graph, const struct media_pad *pad, const char *format)
{
	doctor_remedy(graph->doctor,
		      "%s sets both when it captures; by hand: media-ctl -d %s -V "
		      "'\"%s\":%u [fmt:%s]'",
		      graph->doctor->platform->option.program, graph->media->path,
		      pad->entity->name, pad->index, format);
}

/* What comes later follows, if it can; else what comes earlier has to. */
static void advise(struct graph *graph, const struct pipeline_pair *pair)
{
	const struct media_pad *source = pair->link->source, *sink = pair->link->sink;

	if (pair->can_follow && is_subdev(sink))
		advise_pad(graph, sink, pair->source);
	else if (pair->can_follow)
		advise_node(graph, pair);
	else if (is_subdev(source) && is_subdev(sink))
		advise_pad(graph, source, pair->sink);
	else
		doctor_remedy(graph->doctor, "%s sets both when it captures",
			      graph->doctor->platform->option.program);
}

static void check_pair(void *context, const struct pipeline_pair *pair)
{
	const struct media_pad *source = pair->link->source, *sink = pair->link->sink;
	struct graph *graph = context;

	if (graph->sensor && !media_is_connected(graph->media, graph->sensor, source->entity))
		return;
	graph->pairs++;
	if (pair->agrees)
		return;
	doctor_warning(graph->doctor, "pads-disagree", graph->media->path,
		       "%s pad %u gives %s, but %s pad %u takes %s", source->entity->name,
		       source->index, pair->source, sink->entity->name, sink->index,
		       pair->sink);
	advise(graph, pair);
}

void doctor_check_graph(struct doctor *doctor, struct media *media, const struct camera *camera)
{
	struct graph graph = { .doctor = doctor, .media = media };
	unsigned before = doctor->warnings;

	if (camera && camera->entity[0])
		graph.sensor = media_find(media, camera->entity);
	pipeline_each_pair(&doctor->log, media, doctor->platform->doctor->closed,
			   check_pair, &graph);
	if (doctor->warnings == before && graph.pairs)
		doctor_fine(doctor, "pads", media->path,
			    "formats agree at both ends of %u link%s", graph.pairs,
			    graph.pairs == 1 ? "" : "s");
}

void doctor_check_link(struct doctor *doctor, const struct media *media,
		       const struct media_link *link, bool enabled)
{
	const struct media_pad *source = link->source, *sink = link->sink;

	if (!!(link->flags & MEDIA_LNK_FL_ENABLED) == enabled)
		return;
	doctor_warning(doctor, enabled ? "link-off" : "link-on", media->path,
		       "the link %s:%u -> %s:%u is %s, and the streams want it %s",
		       source->entity->name, source->index, sink->entity->name,
		       sink->index, enabled ? "off" : "on", enabled ? "on" : "off");
	doctor_remedy(doctor,
		      "%s switches it when it captures; by hand: media-ctl -d %s -l "
		      "'\"%s\":%u -> \"%s\":%u [%d]'",
		      doctor->platform->option.program, media->path, source->entity->name,
		      source->index, sink->entity->name, sink->index, enabled);
}
