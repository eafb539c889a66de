// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The recorder for a long run of settings: asked, read back, compared, the first
 * failure kept.
 */
#include "common/tool/setup.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "common/base/format.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "common/device/control.h"
#include "common/device/media.h"
#include "common/device/subdev.h"
#include "common/device/upstream.h"
#include "common/device/video.h"
#include "common/tool/explain.h"

#define QUOTED_SIZE 512

void setup_init(struct setup *setup, struct log *log, struct media *media, FILE *script,
		bool adjust)
{
	*setup = (struct setup){ .log = log, .media = media, .script = script, .adjust = adjust };
	/* Where two instances have the same bus, only the node tells them apart. */
	if (script)
		setup->device = media_has_own_bus(media) ? media->info.bus_info : media->path;
}

/*
 * Quotes a word for the shell. A name that would need more room is cut: it is no name
 * of any driver.
 */
static const char *quote(const char *word, char quoted[static QUOTED_SIZE])
{
	char escaped[QUOTED_SIZE / 4];
	size_t used = 0;

	text_escape(word, escaped, sizeof(escaped));
	quoted[used++] = '\'';
	for (const char *c = escaped; *c && used + 6 < QUOTED_SIZE; c++) {
		if (*c == '\'') {
			memcpy(quoted + used, "'\\''", 4);
			used += 4;
		} else {
			quoted[used++] = *c;
		}
	}
	quoted[used++] = '\'';
	quoted[used] = '\0';
	return quoted;
}

static void print_media_ctl(const struct setup *setup, const char *option, const char *words)
{
	char device[QUOTED_SIZE], argument[QUOTED_SIZE];

	fprintf(setup->script, "media-ctl -d %s %s %s\n", quote(setup->device, device),
		option, quote(words, argument));
}

/* A name that stays itself when it is quoted. */
static bool is_plain(const char *name)
{
	for (; *name; name++)
		if (*name < ' ' || *name > '~')
			return false;
	return true;
}

/*
 * By entity, for node numbers change; through media-ctl, because v4l2-ctl's own look-up
 * by name needs the links in /dev/char that only a udev daemon makes. Where entities share
 * a name, media-ctl knows the first of them only.
 */
const char *setup_device_text(const struct setup *setup, const char *entity,
			      const char *node, char text[static SETUP_DEVICE_SIZE])
{
	const struct media_entity *found = media_find(setup->media, entity);
	char device[QUOTED_SIZE], name[QUOTED_SIZE];

	if (found && strcmp(found->node, node) == 0 && is_plain(entity))
		snprintf(text, SETUP_DEVICE_SIZE, "\"$(media-ctl -d %s -e %s)\"",
			 quote(setup->device, device), quote(entity, name));
	else
		snprintf(text, SETUP_DEVICE_SIZE, "%s", quote(node, name));
	return text;
}

static void print_v4l2_ctl(const struct setup *setup, const char *entity,
			   const char *node, const char *option)
{
	char device[SETUP_DEVICE_SIZE];

	fprintf(setup->script, "v4l2-ctl -d %s %s\n",
		setup_device_text(setup, entity, node, device), option);
}

void setup_comment(struct setup *setup, const char *format, ...)
{
	char text[QUOTED_SIZE], escaped[QUOTED_SIZE];
	va_list arguments;

	if (!setup->script)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	text_escape(text, escaped, sizeof(escaped));
	fprintf(setup->script, "# %s\n", escaped);
}

static struct media_link *find_link(const struct setup *setup, const char *source,
				    uint32_t source_pad, const char *sink, uint32_t sink_pad)
{
	struct media_entity *from = media_find(setup->media, source);
	struct media_entity *to = media_find(setup->media, sink);
	struct media_pad *out = from ? media_find_pad(from, source_pad) : NULL;
	struct media_pad *in = to ? media_find_pad(to, sink_pad) : NULL;

	return out && in ? media_find_link(setup->media, out, in) : NULL;
}

/* The ioctl failed: what was asked of whom, and why not. */
static void fail(struct setup *setup, const char *code, const char *where,
		 const char *what, int error)
{
	char text[256];

	snprintf(text, sizeof(text), "%s: %s", where, what);
	if (error == -EBUSY)
		explain_busy(setup->log, setup->media, text);
	else
		log_error(setup->log, code, "%s: %s", text, strerror(-error));
	setup->error = error;
}

/* The same for a node, which may have been pulled out. */
static void fail_node(struct setup *setup, const struct video *video, const char *what,
		      int error)
{
	error = video_true_error(video->fd, error);
	if (error != -ENODEV) {
		fail(setup, "format-refused", video->name, what, error);
		/* The camera's no, on its way over a bus. */
		if (error == -EIO)
			setup->error = -EINVAL;
		return;
	}
	log_error(setup->log, "device-gone", "%s (%s) went away", video->name, video->node);
	setup->error = error;
}

static void switch_link(struct setup *setup, struct media_link *link, const char *text,
			bool enabled)
{
	int ret;

	ret = media_set_link(setup->media, link, enabled);
	if (ret == -EPERM) {
		log_error(setup->log, "link-refused",
			  "%s: the driver does not let it change", text);
		setup->error = -EINVAL;
	} else if (ret < 0) {
		fail(setup, "link-refused", text,
		     enabled ? "switching it on" : "switching it off", ret);
	} else {
		log_detail(setup->log, "set", "%s: %s", text, enabled ? "on" : "off");
	}
}

void setup_link(struct setup *setup, const char *source, uint32_t source_pad,
		const char *sink, uint32_t sink_pad, bool enabled)
{
	struct media_link *link;
	char text[160], words[256];

	if (setup->error)
		return;
	snprintf(text, sizeof(text), "link %s:%u -> %s:%u", source, source_pad, sink,
		 sink_pad);
	link = find_link(setup, source, source_pad, sink, sink_pad);
	if (!link) {
		log_error(setup->log, "link-missing", "%s: this driver has none", text);
		setup->error = -ENOLINK;
		return;
	}
	if (!setup->script) {
		switch_link(setup, link, text, enabled);
		return;
	}
	if (link->flags & MEDIA_LNK_FL_IMMUTABLE)
		return;
	if (setup->watch)
		setup->watch->link(setup->watch->context, link, enabled);
	snprintf(words, sizeof(words), "\"%s\":%u -> \"%s\":%u [%d]", source, source_pad,
		 sink, sink_pad, enabled);
	print_media_ctl(setup, "-l", words);
}

/* The driver gave something else: a failure, or with --adjust a notice. */
static void differ(struct setup *setup, const char *where, const char *asked, const char *got)
{
	if (setup->adjust) {
		log_notice(setup->log, "format-adjusted", "%s: asked %s, taking %s",
			   where, asked, got);
		return;
	}
	log_error(setup->log, "format-refused", "%s: asked %s, got %s", where, asked, got);
	setup->error = -EINVAL;
}

static void pad_text(char *text, size_t size, uint32_t code, uint32_t width, uint32_t height)
{
	char name[FORMAT_NAME_SIZE];

	snprintf(text, size, "%s/%ux%u", mbus_name_text(code, name), width, height);
}

void setup_path(struct setup *setup, const struct upstream *path)
{
	for (unsigned i = 0; i < setup->media->num_links; i++) {
		const struct media_link *link = &setup->media->links[i];

		if (!(link->flags & MEDIA_LNK_FL_IMMUTABLE))
			setup_link(setup, link->source->entity->name, link->source->index,
				   link->sink->entity->name, link->sink->index,
				   upstream_has(path, link));
	}
}

void setup_pad(struct setup *setup, const struct subdev *subdev, uint32_t pad,
	       uint32_t code, uint32_t width, uint32_t height)
{
	struct v4l2_mbus_framefmt format = {
		.code = code,
		.width = width,
		.height = height,
		.field = V4L2_FIELD_NONE,
	};
	char where[96], asked[96], got[96], words[256];
	int ret;

	if (setup->error)
		return;
	pad_text(asked, sizeof(asked), code, width, height);
	if (setup->script) {
		snprintf(words, sizeof(words), "\"%s\":%u [fmt:%s field:none]",
			 subdev->name, pad, asked);
		print_media_ctl(setup, "-V", words);
		return;
	}
	snprintf(where, sizeof(where), "%s pad %u", subdev->name, pad);
	ret = subdev_set_format(subdev, pad, &format);
	if (ret < 0) {
		fail(setup, "format-refused", where, asked, ret);
		return;
	}
	/* What S_FMT answers is what it made; what is in force is what G_FMT says. */
	ret = subdev_get_format(subdev, pad, &format);
	if (ret < 0) {
		fail(setup, "format-refused", where, "reading the format back", ret);
		return;
	}
	if (format.code == code && format.width == width && format.height == height) {
		log_detail(setup->log, "set", "%s: %s", where, asked);
		return;
	}
	pad_text(got, sizeof(got), format.code, format.width, format.height);
	differ(setup, where, asked, got);
}

static void rectangle_text(char *text, size_t size, const struct v4l2_rect *rectangle)
{
	snprintf(text, size, "(%d,%d)/%ux%u", rectangle->left, rectangle->top,
		 rectangle->width, rectangle->height);
}

void setup_selection(struct setup *setup, const struct subdev *subdev, uint32_t pad,
		     uint32_t target, const struct v4l2_rect *rectangle)
{
	const char *name = target == V4L2_SEL_TGT_COMPOSE ? "compose" : "crop";
	char where[96], asked[96], got[96], words[256];
	struct v4l2_rect given = *rectangle;
	int ret;

	if (setup->error)
		return;
	rectangle_text(asked, sizeof(asked), rectangle);
	if (setup->script) {
		snprintf(words, sizeof(words), "\"%s\":%u [%s:%s]", subdev->name, pad,
			 name, asked);
		print_media_ctl(setup, "-V", words);
		return;
	}
	snprintf(where, sizeof(where), "%s pad %u %s", subdev->name, pad, name);
	ret = subdev_set_selection(subdev, pad, target, &given);
	if (ret < 0) {
		fail(setup, "format-refused", where, asked, ret);
		return;
	}
	ret = subdev_get_selection(subdev, pad, target, &given);
	if (ret < 0) {
		fail(setup, "format-refused", where, "reading it back", ret);
		return;
	}
	if (memcmp(&given, rectangle, sizeof(given)) == 0) {
		log_detail(setup->log, "set", "%s: %s", where, asked);
		return;
	}
	rectangle_text(got, sizeof(got), &given);
	differ(setup, where, asked, got);
}

static void node_text(char *text, size_t size, const struct video_format *format)
{
	char name[FORMAT_NAME_SIZE];
	int used;

	used = snprintf(text, size, "%s/%ux%u", format_name_text(format->fourcc, name),
			format->width, format->height);
	for (unsigned i = 0; i < format->num_planes && used > 0 && (size_t)used < size; i++)
		if (format->stride_bytes[i])
			used += snprintf(text + used, size - (size_t)used, " stride %u",
					 format->stride_bytes[i]);
}

static bool node_as_asked(const struct video_format *asked, const struct video_format *got)
{
	if (asked->fourcc != got->fourcc || asked->width != got->width ||
	    asked->height != got->height)
		return false;
	for (unsigned i = 0; i < asked->num_planes; i++)
		if (asked->stride_bytes[i] && asked->stride_bytes[i] != got->stride_bytes[i])
			return false;
	return true;
}

/* What v4l2-ctl is to be told of it; of others it knows no name. */
static const char *colorspace_words(uint32_t colorspace)
{
	switch (colorspace) {
	case V4L2_COLORSPACE_JPEG:
		return ",colorspace=jpeg";
	case V4L2_COLORSPACE_SRGB:
		return ",colorspace=srgb";
	default:
		return "";
	}
}

static void print_node(const struct setup *setup, const struct video *video,
		       struct video_format *format)
{
	const struct format_info *info = format_find(format->fourcc);
	char fourcc[FORMAT_FOURCC_SIZE], option[256];

	format_fourcc_text(format->fourcc, fourcc);
	if (video->type == V4L2_BUF_TYPE_META_CAPTURE ||
	    video->type == V4L2_BUF_TYPE_META_OUTPUT)
		snprintf(option, sizeof(option), "--set-fmt-meta%s='%s'",
			 video->output ? "-out" : "", fourcc);
	else
		snprintf(option, sizeof(option),
			 "--set-fmt-video%s=width=%u,height=%u,pixelformat='%s'%s",
			 video->output ? "-out" : "", format->width, format->height,
			 fourcc, colorspace_words(format->colorspace));
	print_v4l2_ctl(setup, video->name, video->node, option);
	if (info && !format->stride_bytes[0]) {
		format->stride_bytes[0] = format_stride_bytes(info, 0, format->width);
		format->size_bytes[0] = (uint32_t)format_image_bytes(info, 0, format->width,
								     format->height);
	}
	if (setup->watch)
		setup->watch->node(setup->watch->context, video, format);
}

void setup_node(struct setup *setup, struct video *video, struct video_format *format)
{
	const struct video_format asked = *format;
	char asked_text[128], got_text[128];
	int ret;

	if (setup->error)
		return;
	if (setup->script) {
		print_node(setup, video, format);
		video->format = *format;
		return;
	}
	node_text(asked_text, sizeof(asked_text), &asked);
	ret = video_set_format(video, format);
	if (ret < 0) {
		fail_node(setup, video, asked_text, ret);
		return;
	}
	ret = video_get_format(video, format);
	if (ret < 0) {
		fail_node(setup, video, "reading the format back", ret);
		return;
	}
	if (node_as_asked(&asked, format)) {
		log_detail(setup->log, "set", "%s (%s): %s", video->name, video->node,
			   asked_text);
		return;
	}
	node_text(got_text, sizeof(got_text), format);
	differ(setup, video->name, asked_text, got_text);
}

void setup_crop(struct setup *setup, struct video *video, const struct v4l2_rect *rectangle)
{
	char where[96], asked[96], got[96], option[128];
	struct v4l2_rect given = *rectangle;
	int ret;

	if (setup->error)
		return;
	if (setup->script) {
		snprintf(option, sizeof(option),
			 "--set-selection%s=target=crop,left=%d,top=%d,width=%u,height=%u",
			 video->output ? "-output" : "", rectangle->left, rectangle->top,
			 rectangle->width, rectangle->height);
		print_v4l2_ctl(setup, video->name, video->node, option);
		return;
	}
	rectangle_text(asked, sizeof(asked), rectangle);
	snprintf(where, sizeof(where), "%s crop", video->name);
	ret = video_set_selection(video, V4L2_SEL_TGT_CROP, &given);
	if (ret == 0)
		ret = video_get_selection(video, V4L2_SEL_TGT_CROP, &given);
	if (ret < 0) {
		fail(setup, "format-refused", where, asked, ret);
		return;
	}
	if (memcmp(&given, rectangle, sizeof(given)) == 0) {
		log_detail(setup->log, "set", "%s: %s", where, asked);
		return;
	}
	rectangle_text(got, sizeof(got), &given);
	differ(setup, where, asked, got);
}

/* The same number of seconds, to the 100 ns in which USB cameras count them. */
static bool is_same_interval(const struct v4l2_fract *one, const struct v4l2_fract *other)
{
	double first = (double)one->numerator / one->denominator;
	double second = (double)other->numerator / other->denominator;

	return fabs(first - second) <= 1.5e-7 + 1e-6 * first;
}

static void interval_text(const struct v4l2_fract *interval, char *text, size_t size)
{
	if (interval->numerator)
		snprintf(text, size, "%.6g fps",
			 (double)interval->denominator / interval->numerator);
	else
		snprintf(text, size, "no rate");
}

void setup_interval(struct setup *setup, const struct video *video, struct v4l2_fract *interval)
{
	const struct v4l2_fract asked = *interval;
	char asked_text[32], got_text[32], option[64];
	int ret;

	if (setup->error)
		return;
	interval_text(&asked, asked_text, sizeof(asked_text));
	if (setup->script) {
		snprintf(option, sizeof(option), "--set-parm=%.6g",
			 (double)asked.denominator / asked.numerator);
		print_v4l2_ctl(setup, video->name, video->node, option);
		return;
	}
	ret = video_set_interval(video, interval);
	if (ret < 0) {
		fail_node(setup, video, asked_text, ret);
		return;
	}
	ret = video_get_interval(video, interval);
	if (ret < 0) {
		fail_node(setup, video, "reading the rate back", ret);
		return;
	}
	if (interval->denominator && is_same_interval(&asked, interval)) {
		log_detail(setup->log, "set", "%s (%s): %s", video->name, video->node,
			   asked_text);
		return;
	}
	interval_text(interval, got_text, sizeof(got_text));
	differ(setup, video->name, asked_text, got_text);
}

static void print_control(void *context, const struct control *control, const char *assignment)
{
	char option[QUOTED_SIZE + 16], quoted[QUOTED_SIZE];

	if (!assignment) {
		setup_comment(context, "%s: %s has no form that v4l2-ctl takes",
			      control->entity, control->name);
		return;
	}
	snprintf(option, sizeof(option), "--set-ctrl=%s", quote(assignment, quoted));
	print_v4l2_ctl(context, control->entity, control->node, option);
}

void setup_controls(struct setup *setup, struct control_set *set)
{
	if (setup->error)
		return;
	if (setup->script)
		setup->error = control_each_staged(set, print_control, setup);
	else
		setup->error = control_apply(set, setup->adjust);
}

int setup_settle(struct log *log, bool adjust, const char *what, const char *asked,
		 const char *possible)
{
	if (adjust) {
		log_notice(log, "adjusted", "%s: %s is not possible, taking %s", what,
			   asked, possible);
		return 0;
	}
	log_error(log, "not-possible",
		  "%s: %s is not possible, the nearest is %s (--adjust takes it)", what,
		  asked, possible);
	return -EINVAL;
}
