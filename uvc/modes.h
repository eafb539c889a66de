/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a USB camera can stream: formats, each with its sizes, each with its rates; and the
 * choice among them.
 *
 * A camera's lists are its firmware's: entries without size or rate are left out here.
 */
#ifndef RAWLINE_UVC_MODES_H
#define RAWLINE_UVC_MODES_H

#include <linux/videodev2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/format.h"
#include "common/base/text.h"

struct kms;

struct video;

#define UVC_MAX_INTERVALS 32

/* One format at one size. */
struct uvc_mode {
	uint32_t fourcc;
	const struct format_info *format; /* NULL: one that nothing is known of */
	uint32_t width;
	uint32_t height;
	bool is_range; /* every interval between the first two, in steps */
	struct v4l2_fract step;
	unsigned num_intervals;
	struct v4l2_fract intervals[UVC_MAX_INTERVALS]; /* in seconds, the shortest first */
};

struct uvc_modes {
	size_t count;
	struct uvc_mode *modes;
};

/* What is asked for; zero or NULL: not given. */
struct uvc_wish {
	const struct format_info *format;
	uint32_t width;
	uint32_t height;
	struct text_fraction rate; /* frames a second */
	const char *file;          /* the pattern that they are written to */
	const struct kms *display; /* where they are shown */
	const char *output;        /* the node that they go to */
	const uint32_t *taken;     /* formats that it takes */
	size_t num_taken;          /* 0: all */
};

struct uvc_choice {
	const struct uvc_mode *mode;
	struct v4l2_fract interval;
	bool is_exact; /* all that was asked for is there */
};

/* Asks a node for all its modes. 0 or -errno. */
int uvc_modes_read(const struct video *video, struct uvc_modes *modes);
void uvc_modes_finish(struct uvc_modes *modes);

/* Adds a copy, unless it has no size or no rate. 0 or -ENOMEM. */
int uvc_modes_add(struct uvc_modes *modes, const struct uvc_mode *mode);

/*
 * The mode that serves best, exactly or, if nothing does, as near as there is: first the
 * format, then the size, then the rate. What was not asked for is chosen:
 *
 * a size: 640x480, or what is nearest to it (and has the rate, if one was asked for);
 * a rate: 30 frames a second, or what is next below, or above;
 * a format: one that gets into the file counts even before size and rate, one that does so as
 * it is behind them; then, of those that come to the rate, uncompressed colour with the fewest
 * bytes, then MJPG, H.264 and HEVC, and everything else.
 *
 * 0, or -ENOENT if there are no modes at all.
 */
int uvc_choose(const struct uvc_modes *modes, const struct uvc_wish *wish,
	       struct uvc_choice *choice);

/* True if the output takes this format, or there is none, or it did not say what it takes. */
bool uvc_is_taken(const struct uvc_wish *wish, uint32_t fourcc);

/* The interval of a mode that is nearest to a rate, which is given. */
struct v4l2_fract uvc_nearest_interval(const struct uvc_mode *mode,
				       const struct text_fraction *rate);

/* Frames a second. */
double uvc_rate_hz(const struct v4l2_fract *interval);

#endif
