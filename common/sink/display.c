// SPDX-License-Identifier: GPL-2.0-or-later
/* The display sink: frames on a screen, out of the buffers that the camera filled. */
#include "common/sink/display.h"

#include <drm_fourcc.h>
#include <errno.h>
#include <linux/videodev2.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/log.h"
#include "common/buffer/index.h"
#include "common/device/video_format.h"
#include "common/stream/frame.h"

struct display {
	struct sink sink;
	struct log *log;
	struct kms *kms;
	const char *name;
	struct kms_picture picture;
	uint32_t framebuffers[INDEX_MAX]; /* of buffer n; 0: none */
	struct frame *next; /* to be shown when the flip is through; NULL: none is waiting */
	struct frame *flipping; /* on its way; NULL: none is */
	struct frame *shown;    /* the screen is made of it; NULL: it is black */
	struct display_count count;
	bool is_away;    /* said: another program has the display */
	bool is_refused; /* said: a frame could not be shown */
};

/* Cameras fill in no alpha, or leave it at nothing: such a picture could not be seen. */
static uint32_t opaque(uint32_t fourcc)
{
	static const uint32_t pairs[][2] = {
		{ DRM_FORMAT_ARGB8888, DRM_FORMAT_XRGB8888 },
		{ DRM_FORMAT_ABGR8888, DRM_FORMAT_XBGR8888 },
		{ DRM_FORMAT_RGBA8888, DRM_FORMAT_RGBX8888 },
		{ DRM_FORMAT_BGRA8888, DRM_FORMAT_BGRX8888 },
		{ DRM_FORMAT_ARGB1555, DRM_FORMAT_XRGB1555 },
		{ DRM_FORMAT_ARGB4444, DRM_FORMAT_XRGB4444 },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (pairs[i][0] == fourcc)
			return pairs[i][1];
	return fourcc;
}

/* What the display is to take such frames for; 0: it can't. */
static uint32_t find_fourcc(const struct kms *kms, uint32_t fourcc)
{
	const struct format_info *info = format_find(fourcc);
	uint32_t wanted = info ? info->drm_fourcc : DRM_FORMAT_INVALID;

	/* RAW and what is compressed have none. */
	if (wanted == DRM_FORMAT_INVALID)
		return 0;
	if (kms_can_show(kms, opaque(wanted)))
		return opaque(wanted);
	return kms_can_show(kms, wanted) ? wanted : 0;
}

bool display_can_show(const struct kms *kms, uint32_t fourcc)
{
	return find_fourcc(kms, fourcc) != 0;
}

static void find_colors(const struct video_format *format, struct kms_picture *picture)
{
	uint32_t encoding = format->ycbcr_enc, range = format->quantization;

	if (encoding == V4L2_YCBCR_ENC_DEFAULT)
		encoding = V4L2_MAP_YCBCR_ENC_DEFAULT(format->colorspace);
	if (range == V4L2_QUANTIZATION_DEFAULT)
		range = V4L2_MAP_QUANTIZATION_DEFAULT(false, format->colorspace, encoding);
	if (encoding == V4L2_YCBCR_ENC_709 || encoding == V4L2_YCBCR_ENC_XV709)
		picture->encoding = KMS_BT709;
	else if (encoding == V4L2_YCBCR_ENC_BT2020)
		picture->encoding = KMS_BT2020;
	else
		picture->encoding = KMS_BT601;
	picture->range = range == V4L2_QUANTIZATION_FULL_RANGE ? KMS_FULL : KMS_LIMITED;
}

/* Colour planes share a memory, one after another, or have one each. */
static void find_layout(const struct format_info *info, const struct video_format *format,
			struct kms_picture *picture)
{
	uint32_t stride_bytes = format->stride_bytes[0], offset = 0;
	bool is_shared = info->memory_planes == 1;

	if (!stride_bytes)
		stride_bytes = format_stride_bytes(info, 0, format->width);
	picture->num_planes = info->color_planes;
	for (unsigned i = 0; i < picture->num_planes; i++) {
		picture->memory[i] = is_shared ? 0 : i;
		picture->offset[i] = is_shared ? offset : 0;
		picture->pitch[i] = is_shared ? format_plane_stride(info, i, stride_bytes,
								    format->width) :
						format->stride_bytes[i];
		offset += picture->pitch[i] * format_lines(info, i, format->height);
	}
}

static void describe(const struct video_format *format, uint32_t fourcc,
		     struct kms_picture *picture)
{
	const struct format_info *info = format_find(format->fourcc);

	*picture = (struct kms_picture){
		.fourcc = fourcc,
		.width = format->width,
		.height = format->height,
		.is_yuv = info->kind == FORMAT_YUV,
	};
	find_layout(info, format, picture);
	if (picture->is_yuv)
		find_colors(format, picture);
}

/* Passed over, or not to be shown at all. */
static void skip(struct display *display, struct frame *frame, int error)
{
	display->count.skipped++;
	sink_complete(&display->sink, frame, NULL, 0, error);
}

/* Says why not, once for each reason; frames pass by unless the display is gone. */
static int judge(struct display *display, int error)
{
	const char *name = kms_name(display->kms);

	if (error == -ENODEV || error == -EIO) {
		log_error(display->log, "display-failed", "display %s: %s", name,
			  error == -ENODEV ? "it went away" : strerror(-error));
		return error;
	}
	if (error == -EACCES && !display->is_away) {
		log_warning(display->log, "display-away",
			    "display %s: another program has taken it, frames are not shown",
			    name);
		display->is_away = true;
	} else if (error != -EACCES && !display->is_refused) {
		log_warning(display->log, "display-skips",
			    "display %s: a frame of %s can't be shown: %s", name,
			    display->name, strerror(-error));
		display->is_refused = true;
	}
	return 0;
}

static void say_back(struct display *display)
{
	if (display->is_away)
		log_notice(display->log, "display-back",
			   "display %s: frames are shown again", kms_name(display->kms));
	display->is_away = false;
}

/* A frame buffer begins where its dma-buf does. */
static bool begins_elsewhere(const struct frame *frame)
{
	for (unsigned i = 0; i < frame->buffer->num_planes; i++)
		if (frame->data_offset[i])
			return true;
	return false;
}

static void show_next(struct display *display)
{
	struct frame *frame = display->next;
	uint32_t framebuffer = display->framebuffers[frame->buffer->number];
	int ret = -EINVAL;

	display->next = NULL;
	if (framebuffer && !begins_elsewhere(frame))
		ret = kms_flip(display->kms, framebuffer);
	if (ret < 0) {
		skip(display, frame, judge(display, ret));
		return;
	}
	say_back(display);
	frame_hold(frame);
	display->flipping = frame;
	sink_complete(&display->sink, frame, NULL, 0, 0);
}

static void display_write(struct sink *sink, struct frame *frame)
{
	struct display *display = (struct display *)sink;
	struct frame *older = display->next;

	display->next = frame;
	if (older)
		skip(display, older, 0);
	if (!display->flipping)
		show_next(display);
}

static void let_go(struct frame **frame)
{
	struct frame *held = *frame;

	*frame = NULL;
	if (held)
		frame_release(held);
}

static void display_dispatch(struct sink *sink)
{
	struct display *display = (struct display *)sink;
	int ret;

	ret = kms_read_events(display->kms);
	if (ret < 0 && !sink->error)
		sink->error = ret;
	if (!display->flipping || kms_is_flipping(display->kms))
		return;
	display->count.shown++;
	/* What was shown goes back when its successor is in its place. */
	let_go(&display->shown);
	display->shown = display->flipping;
	display->flipping = NULL;
	if (display->next)
		show_next(display);
}

/* The last one is to be seen as well. */
static int display_finish(struct sink *sink)
{
	const struct display *display = (struct display *)sink;

	return display->next || display->flipping ? -EINPROGRESS : 0;
}

static void say_count(const struct display *display)
{
	log_detail(display->log, "display-count",
		   "display %s: %llu frames of %s were shown, %llu passed by",
		   kms_name(display->kms), (unsigned long long)display->count.shown,
		   display->name, (unsigned long long)display->count.skipped);
}

static int display_cancel(struct sink *sink)
{
	struct display *display = (struct display *)sink;
	struct frame *next = display->next;

	if (!display->kms)
		return 0;
	display->next = NULL;
	if (next)
		skip(display, next, -ECANCELED);
	kms_restore(display->kms);
	let_go(&display->flipping);
	let_go(&display->shown);
	for (unsigned i = 0; i < INDEX_MAX; i++)
		if (display->framebuffers[i])
			kms_remove(display->kms, display->framebuffers[i]);
	say_count(display);
	display->kms = NULL;
	sink->fd = -1;
	return 0;
}

static void display_destroy(struct sink *sink)
{
	free(sink);
}

static const struct sink_ops display_ops = {
	.write = display_write,
	.dispatch = display_dispatch,
	.finish = display_finish,
	.cancel = display_cancel,
	.destroy = display_destroy,
};

int display_sink_create(struct log *log, struct kms *kms, const char *name,
			const struct video_format *format, const char *advice,
			sink_done_fn *done, void *done_context, struct sink **sink)
{
	uint32_t fourcc = find_fourcc(kms, format->fourcc);
	char wanted[FORMAT_NAME_SIZE], known[KMS_TEXT_SIZE];
	struct display *display;

	if (!fourcc) {
		log_error(log, "display-refused",
			  "display %s can't show %s, which is %s; it takes %s (DRM's names)%s",
			  kms_name(kms), name, format_name_text(format->fourcc, wanted),
			  kms_formats_text(kms, known), advice);
		return -EOPNOTSUPP;
	}
	display = calloc(1, sizeof(*display));
	if (!display) {
		log_error(log, "no-memory", "display: not enough memory");
		return -ENOMEM;
	}
	sink_init(&display->sink, &display_ops, done, done_context);
	display->sink.fd = kms_fd(kms);
	display->log = log;
	display->kms = kms;
	display->name = name;
	describe(format, fourcc, &display->picture);
	*sink = &display->sink;
	return 0;
}

static int import(struct display *display, const struct buffer *buffer)
{
	int fds[BUFFER_MAX_PLANES];

	if (buffer->number >= INDEX_MAX)
		return -E2BIG;
	for (unsigned i = 0; i < buffer->num_planes; i++)
		fds[i] = buffer->planes[i].fd;
	return kms_import(display->kms, &display->picture, fds,
			  &display->framebuffers[buffer->number]);
}

int display_sink_import(struct sink *sink, const struct buffer *buffers, unsigned count,
			const char *memory)
{
	struct display *display = (struct display *)sink;
	int ret = 0;

	for (unsigned i = 0; i < count && ret == 0; i++)
		ret = import(display, &buffers[i]);
	if (ret < 0) {
		log_error(display->log, "display-refused",
			  "display %s can't take frames of %s in %s memory, lines of %u bytes: "
			  "%s; contiguous memory may do: --memory=heap",
			  kms_name(display->kms), display->name, memory,
			  display->picture.pitch[0], strerror(-ret));
		return ret;
	}
	return kms_prepare(display->kms, &display->picture,
			   display->framebuffers[buffers[0].number]);
}

struct display_count display_sink_count(const struct sink *sink)
{
	return ((const struct display *)sink)->count;
}
