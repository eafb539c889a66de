/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The side-car NAME.json beside a RAW file: everything needed to read the bytes back. Its
 * fields are in rawline-report(5).
 *
 * What it says of frames is remembered while they are written, 16 bytes a frame, and
 * becomes text at the end.
 */
#ifndef RAWLINE_SIDECAR_H
#define RAWLINE_SIDECAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/clock.h"
#include "common/base/json.h"
#include "common/buffer/buffer.h"
#include "common/device/video_format.h"

struct frame;
struct sidecar_change;
struct sidecar_row;

/* What made a frame: the sensor, and white balance of the processor. */
struct sidecar_settings {
	uint64_t exposure_ns; /* 0: unknown */
	uint32_t gain_milli;  /* thousandths, 1000 is no gain; 0: unknown */
	uint32_t red_milli;   /* the same of red and of blue, green being 1000 */
	uint32_t blue_milli;
	bool has_black_level;
	uint32_t black_level; /* on the scale of the format's bits */
	/* For pictures, not for side-cars: what makes sRGB of RAW in this light. */
	bool has_colors;
	float gains[2]; /* red and blue */
	float matrix[9];
	uint32_t white_level; /* as the black one; 0: all bits of the format are ones */
	unsigned rotation;    /* degrees counter-clockwise that make it upright */
};

/* Fills in what is known; the struct comes zeroed. Called in the loop's thread. */
typedef void sidecar_settings_fn(void *context, const struct frame *frame,
				 struct sidecar_settings *settings);

/* What a side-car says of one frame. */
struct sidecar_frame {
	uint64_t timestamp_ns;
	uint32_t sequence;
	uint32_t flags;                    /* V4L2_BUF_FLAG_*: which clock, which edge */
	uint32_t bytes[BUFFER_MAX_PLANES]; /* of each memory plane */
	struct sidecar_settings settings;
	struct clock_offsets clock;
};

/* Adds to an open object what is known of them. */
void sidecar_put_settings(const struct sidecar_settings *settings, struct json *json);

struct sidecar {
	struct video_format format;
	const char *role; /* lent; NULL: leave it out */
	struct sidecar_row *rows;
	size_t num_rows;
	size_t max_rows;
	/* What is mostly the same from one frame to the next, and where it changes. */
	struct sidecar_change *changes;
	size_t num_changes;
	size_t max_changes;
	struct json json;
};

void sidecar_init(struct sidecar *sidecar, const struct video_format *format,
		  const char *role);
void sidecar_finish(struct sidecar *sidecar);

/* Makes room for one frame more, seldom by allocating. 0 or -ENOMEM. */
int sidecar_reserve(struct sidecar *sidecar);

/* Remembers the next frame of the file; there must be room for it. */
void sidecar_add(struct sidecar *sidecar, const struct sidecar_frame *frame);

/* Forgets the frame that was added last; there is one. */
void sidecar_forget_last(struct sidecar *sidecar);

/* Forgets all frames and keeps the room. */
void sidecar_clear(struct sidecar *sidecar);

/*
 * Writes it: with a table of frames, or plainly for a file that holds one frame. Returns
 * 0 or -errno.
 */
int sidecar_write(struct sidecar *sidecar, bool table, int fd);

#endif
