// SPDX-License-Identifier: GPL-2.0-or-later
/* Why a pipeline does not start: the pair of pads that disagrees. */
#include "common/device/pipeline.h"

#include <stdbool.h>
#include <stddef.h>
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
	uint32_t code;   /* 0: not known */
	uint32_t fourcc; /* 0: a sub-device */
	uint32_t field;
	uint32_t colorspace;
	uint32_t ycbcr_enc;
	uint32_t quantization;
	uint32_t xfer_func;
	char text[96];
};

/* What else must agree, by the kernel's names and numbers. */
static const struct aspect {
	const char *name;
	size_t offset;
} aspects[] = {
	{ "field", offsetof(struct end, field) },
	{ "colorspace", offsetof(struct end, colorspace) },
	{ "ycbcr_enc", offsetof(struct end, ycbcr_enc) },
	{ "quantization", offsetof(struct end, quantization) },
	{ "xfer_func", offsetof(struct end, xfer_func) },
};

#define NUM_ASPECTS (sizeof(aspects) / sizeof(aspects[0]))

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
	end->field = format.field;
	end->colorspace = format.colorspace;
	end->ycbcr_enc = format.ycbcr_enc;
	end->quantization = format.quantization;
	end->xfer_func = format.xfer_func;
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
	end->fourcc = video->format.fourcc;
	end->field = video->format.field;
	end->colorspace = video->format.colorspace;
	end->ycbcr_enc = video->format.ycbcr_enc;
	end->quantization = video->format.quantization;
	end->xfer_func = video->format.xfer_func;
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

/*
 * What a node can make of what comes by the bus: of one code many formats, where the table has
 * one at most. A driver with V4L2_CAP_IO_MC lists them. True if that is so, and its answer.
 */
static bool ask_node(struct log *log, const struct media_pad *pad, uint32_t code,
		     uint32_t fourcc, bool *can_make)
{
	struct v4l2_fmtdesc description;
	struct video *video;
	bool lists;

	if (video_open(log, pad->entity->node, pad->entity->name, VIDEO_CAPTURE, &video) < 0)
		return false;
	lists = video->capability.device_caps & V4L2_CAP_IO_MC;
	*can_make = false;
	for (uint32_t i = 0; lists && !*can_make; i++) {
		if (video_enum_format(video, i, code, &description) < 0)
			break;
		*can_make = description.pixelformat == fourcc;
	}
	video_destroy(video);
	return lists;
}

static bool codes_agree(struct log *log, const struct media_link *link,
			const struct end *source, const struct end *sink)
{
	bool can_make;

	if (source->code && sink->fourcc &&
	    ask_node(log, link->sink, source->code, sink->fourcc, &can_make))
		return can_make;
	return source->code == sink->code || !source->code || !sink->code;
}

/* True if both ends carry pictures of one size and kind, as far as that is known. */
static bool pictures_agree(struct log *log, const struct media_link *link,
			   const struct end *source, const struct end *sink)
{
	return source->width == sink->width && source->height == sink->height &&
	       codes_agree(log, link, source, sink);
}

static bool compare_pictures(struct log *log, const struct media_link *link,
			     const struct end *source, const struct end *sink)
{
	if (pictures_agree(log, link, source, sink))
		return true;
	log_error(log, "pads-disagree", "%s pad %u gives %s, but %s pad %u takes %s",
		  link->source->entity->name, link->source->index, source->text,
		  link->sink->entity->name, link->sink->index, sink->text);
	return false;
}

static uint32_t value_of(const struct end *end, const struct aspect *aspect)
{
	uint32_t value;

	memcpy(&value, (const char *)end + aspect->offset, sizeof(value));
	return value;
}

/* 0 stands for whatever is usual; a sink that wants no fields takes any. */
static bool agree(const struct end *source, const struct end *sink, const struct aspect *aspect)
{
	uint32_t given = value_of(source, aspect), wanted = value_of(sink, aspect);

	if (aspect->offset == offsetof(struct end, field))
		return given == wanted || wanted == V4L2_FIELD_NONE;
	if (!source->colorspace || !sink->colorspace)
		return true;
	return given == wanted || !given || !wanted;
}

/* What only some drivers look at; true if they would find nothing either. */
static bool compare_aspects(struct log *log, const struct media_link *link,
			    const struct end *source, const struct end *sink)
{
	for (size_t i = 0; i < NUM_ASPECTS; i++) {
		const struct aspect *aspect = &aspects[i];

		if (agree(source, sink, aspect))
			continue;
		log_error(log, "pads-disagree",
			  "%s pad %u gives %s with %s %u, but %s pad %u takes %s with %s %u",
			  link->source->entity->name, link->source->index, source->text,
			  aspect->name, value_of(source, aspect),
			  link->sink->entity->name, link->sink->index, sink->text,
			  aspect->name, value_of(sink, aspect));
		return false;
	}
	return true;
}

typedef bool compare_fn(struct log *log, const struct media_link *link,
			const struct end *source, const struct end *sink);

/* How many of the links that are connected to this entity join ends that differ. */
static int compare_links(struct log *log, const struct media *media,
			 const struct media_entity *entity, compare_fn *compare)
{
	struct end source, sink;
	int faults = 0;

	for (unsigned i = 0; i < media->num_links; i++) {
		const struct media_link *link = &media->links[i];

		if (!(link->flags & MEDIA_LNK_FL_ENABLED) ||
		    !media_is_connected(media, entity, link->source->entity))
			continue;
		look_at(log, link->source, &source);
		look_at(log, link->sink, &sink);
		if (source.known && sink.known)
			faults += !compare(log, link, &source, &sink);
	}
	return faults;
}

static bool is_fed(const struct media *media, const struct media_pad *pad)
{
	return !(pad->flags & MEDIA_PAD_FL_SINK) || media_enabled_link(media, pad);
}

int pipeline_explain(struct log *log, struct media *media, const struct media_entity *entity)
{
	int faults, ret;

	ret = media_read_links(media);
	if (ret < 0)
		return ret;
	faults = compare_links(log, media, entity, compare_pictures);
	for (unsigned i = 0; i < media->num_pads; i++) {
		const struct media_pad *pad = &media->pads[i];

		if (is_fed(media, pad) || !media_is_connected(media, entity, pad->entity))
			continue;
		log_error(log, "pad-not-fed", "no enabled link leads to %s pad %u",
			  pad->entity->name, pad->index);
		faults++;
	}
	/* Not every driver looks at these: a reason only for want of another. */
	if (!faults)
		faults = compare_links(log, media, entity, compare_aspects);
	return faults;
}

/* What the node can make of this code: by its own list, or by the table. */
static uint32_t find_fourcc(struct log *log, const struct media_link *link, uint32_t code)
{
	struct v4l2_fmtdesc description;
	const struct format_info *info;
	struct video *video;
	uint32_t fourcc = 0;
	bool lists;

	if (video_open(log, link->sink->entity->node, link->sink->entity->name,
		       VIDEO_CAPTURE, &video) < 0)
		return 0;
	lists = video->capability.device_caps & V4L2_CAP_IO_MC;
	for (uint32_t i = 0; !fourcc; i++) {
		if (video_enum_format(video, i, lists ? code : 0, &description) < 0)
			break;
		info = format_find(description.pixelformat);
		if (lists || (info && info->mbus_code == code))
			fourcc = description.pixelformat;
	}
	video_destroy(video);
	return fourcc;
}

/* True if the sink's sub-device takes a format; asked without setting it. */
static bool takes(struct log *log, const struct media_pad *pad, const struct end *source)
{
	struct v4l2_mbus_framefmt format = {
		.width = source->width,
		.height = source->height,
		.code = source->code,
		.field = source->field,
	};
	struct subdev *subdev;
	int ret;

	if (subdev_open(log, pad->entity->node, pad->entity->name, &subdev) < 0)
		return false;
	ret = subdev_try_format(subdev, pad->index, &format);
	subdev_destroy(subdev);
	return ret == 0 && format.code == source->code && format.width == source->width &&
	       format.height == source->height;
}

/* How an end could be made to agree. */
static void look_for_way(struct log *log, struct pipeline_pair *pair,
			 const struct end *source, const struct end *sink)
{
	pair->width = source->width;
	pair->height = source->height;
	pair->fourcc = 0;
	if (sink->fourcc && source->code)
		pair->fourcc = find_fourcc(log, pair->link, source->code);
	pair->can_follow = sink->fourcc ? pair->fourcc != 0 :
					  takes(log, pair->link->sink, source);
}

static bool is_end(const struct media_link *link, const char *name)
{
	return name && (strcmp(link->source->entity->name, name) == 0 ||
			strcmp(link->sink->entity->name, name) == 0);
}

int pipeline_each_pair(struct log *log, struct media *media, const char *closed,
		       pipeline_pair_fn *visit, void *context)
{
	struct pipeline_pair pair;
	struct end source, sink;
	int ret;

	ret = media_read_links(media);
	for (unsigned i = 0; i < media->num_links && ret == 0; i++) {
		pair.link = &media->links[i];
		if (!(pair.link->flags & MEDIA_LNK_FL_ENABLED) || is_end(pair.link, closed))
			continue;
		look_at(log, pair.link->source, &source);
		look_at(log, pair.link->sink, &sink);
		if (!source.known || !sink.known)
			continue;
		snprintf(pair.source, sizeof(pair.source), "%s", source.text);
		snprintf(pair.sink, sizeof(pair.sink), "%s", sink.text);
		pair.agrees = pictures_agree(log, pair.link, &source, &sink);
		if (!pair.agrees)
			look_for_way(log, &pair, &source, &sink);
		visit(context, &pair);
	}
	return ret;
}
