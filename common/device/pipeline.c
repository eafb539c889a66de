// SPDX-License-Identifier: GPL-2.0-or-later
/* Why a pipeline does not start: the pair of pads that disagrees. */
#include "common/device/pipeline.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/base/format.h"
#include "common/base/log.h"
#include "common/device/media.h"
#include "common/device/subdev.h"
#include "common/device/video.h"

/*
 * What one end of a link carries. A video node names a fourcc, a sub-device a media bus
 * code.
 */
struct end {
	bool known;
	uint32_t width;
	uint32_t height;
	uint32_t code; /* 0: not known */
	char text[96];
};

static void look_at_subdev(struct log *log, const struct media_pad *pad, struct end *end)
{
	struct v4l2_mbus_framefmt format;
	struct subdev *subdev;
	char name[FORMAT_NAME_SIZE];

	if (subdev_open(log, pad->entity->node, pad->entity->name, &subdev) < 0)
		return;
	end->known = subdev_get_format(subdev, pad->index, &format) == 0;
	subdev_destroy(subdev);
	if (!end->known)
		return;
	end->width = format.width;
	end->height = format.height;
	end->code = format.code;
	snprintf(end->text, sizeof(end->text), "%s/%ux%u",
		 mbus_name_text(format.code, name), format.width, format.height);
}

static void look_at_node(struct log *log, const struct media_pad *pad, struct end *end)
{
	enum video_direction direction = pad->flags & MEDIA_PAD_FL_SINK ? VIDEO_CAPTURE :
									  VIDEO_OUTPUT;
	const struct format_info *info;
	char name[FORMAT_NAME_SIZE];
	struct video *video;

	if (video_open(log, pad->entity->node, pad->entity->name, direction, &video) < 0)
		return;
	info = format_find(video->format.fourcc);
	/* A metadata node has no size to compare. */
	end->known = video->format.width != 0;
	end->width = video->format.width;
	end->height = video->format.height;
	end->code = info ? info->mbus_code : 0;
	snprintf(end->text, sizeof(end->text), "%s/%ux%u",
		 format_name_text(video->format.fourcc, name), end->width, end->height);
	video_destroy(video);
}

static void look_at(struct log *log, const struct media_pad *pad, struct end *end)
{
	*end = (struct end){ 0 };
	if (strstr(pad->entity->node, "v4l-subdev"))
		look_at_subdev(log, pad, end);
	else if (pad->entity->node[0])
		look_at_node(log, pad, end);
}

static bool compare_ends(struct log *log, const struct media_link *link)
{
	struct end source, sink;

	look_at(log, link->source, &source);
	look_at(log, link->sink, &sink);
	if (!source.known || !sink.known)
		return true;
	if (source.width == sink.width && source.height == sink.height &&
	    (source.code == sink.code || !source.code || !sink.code))
		return true;
	log_error(log, "pads-disagree", "%s pad %u gives %s, but %s pad %u takes %s",
		  link->source->entity->name, link->source->index, source.text,
		  link->sink->entity->name, link->sink->index, sink.text);
	return false;
}

static bool is_fed(const struct media *media, const struct media_pad *pad)
{
	return !(pad->flags & MEDIA_PAD_FL_SINK) || media_enabled_link(media, pad);
}

int pipeline_explain(struct log *log, struct media *media, const struct media_entity *entity)
{
	int faults = 0, ret;

	ret = media_read_links(media);
	if (ret < 0)
		return ret;
	for (unsigned i = 0; i < media->num_links; i++) {
		const struct media_link *link = &media->links[i];

		if (link->flags & MEDIA_LNK_FL_ENABLED &&
		    media_is_connected(media, entity, link->source->entity))
			faults += !compare_ends(log, link);
	}
	for (unsigned i = 0; i < media->num_pads; i++) {
		const struct media_pad *pad = &media->pads[i];

		if (is_fed(media, pad) || !media_is_connected(media, entity, pad->entity))
			continue;
		log_error(log, "pad-not-fed", "no enabled link leads to %s pad %u",
			  pad->entity->name, pad->index);
		faults++;
	}
	return faults;
}
