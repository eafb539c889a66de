/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recorder for a long run of settings: each one is asked, read back and compared,
 * and the first failure is kept, so that thirty settings read as thirty lines.
 *
 * In a dry run nothing is touched: each setting becomes a line of a shell script for
 * media-ctl and v4l2-ctl.
 */
#ifndef RAWLINE_SETUP_H
#define RAWLINE_SETUP_H

#include <linux/v4l2-subdev.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct control_set;
struct kms;
struct log;
struct media;
struct media_link;
struct subdev;
struct upstream;
struct video;
struct video_format;

/* Who wants to know what a dry run would set. */
struct setup_watch {
	/* A link that can be switched, and how it is wanted. */
	void (*link)(void *context, const struct media_link *link, bool enabled);
	/* A node's format, with the least strides and sizes. */
	void (*node)(void *context, const struct video *video,
		     const struct video_format *format);
	void *context;
};

struct setup {
	struct log *log;
	struct media *media;
	FILE *script;                    /* not NULL: a dry run, printed here */
	const char *device;              /* of the media device, for the script */
	const struct setup_watch *watch; /* lent; of a dry run; NULL: none */
	bool adjust;               /* what the driver gives instead is taken, and said */
	const struct kms *display; /* formats that it can show are better; NULL: any */
	int error; /* the first failure, 0 if there is none; later settings do nothing */
};

/* script is lent; NULL to really set things. */
void setup_init(struct setup *setup, struct log *log, struct media *media, FILE *script,
		bool adjust);

/*
 * Switches a link between two entities on or off, from whatever state. -ENOENT if the
 * graph lacks it.
 */
void setup_link(struct setup *setup, const char *source, uint32_t source_pad,
		const char *sink, uint32_t sink_pad, bool enabled);

/* All links that can be switched: on if they are of the path, off if not. */
void setup_path(struct setup *setup, const struct upstream *path);

/* A pad's code and size (field none, colours left to the driver). */
void setup_pad(struct setup *setup, const struct subdev *subdev, uint32_t pad,
	       uint32_t code, uint32_t width, uint32_t height);

/*
 * A pad's crop or compose rectangle; target is V4L2_SEL_TGT_CROP or
 * V4L2_SEL_TGT_COMPOSE.
 */
void setup_selection(struct setup *setup, const struct subdev *subdev, uint32_t pad,
		     uint32_t target, const struct v4l2_rect *rectangle);

/*
 * A node's format: fourcc and size must come back as asked, strides where they were
 * asked. In the end *format is what the driver gave (in a dry run what was asked, with
 * the least strides).
 */
void setup_node(struct setup *setup, struct video *video, struct video_format *format);

/*
 * A node's crop rectangle (V4L2_SEL_TGT_CROP), after its format: must come back as asked.
 */
void setup_crop(struct setup *setup, struct video *video, const struct v4l2_rect *rectangle);

/*
 * A node's frame interval, in seconds, after its format (which resets it): must come back as
 * asked. In the end *interval is what the driver gave (in a dry run what was asked).
 */
void setup_interval(struct setup *setup, const struct video *video,
		    struct v4l2_fract *interval);

/* Applies what is staged in a set of controls. */
void setup_controls(struct setup *setup, struct control_set *set);

/*
 * What was asked for can't be given exactly: taken as near as possible with adjust, and said,
 * returning 0; else refused, naming the nearest, returning -EINVAL.
 */
int setup_settle(struct log *log, bool adjust, const char *what, const char *asked,
		 const char *possible);

/* How a script names a video node to v4l2-ctl's -d, quoted for the shell. Returns text. */
#define SETUP_DEVICE_SIZE 1100
const char *setup_device_text(const struct setup *setup, const char *entity,
			      const char *node, char text[static SETUP_DEVICE_SIZE]);

/* A line of explanation in the script of a dry run; nothing otherwise. */
void setup_comment(struct setup *setup, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
