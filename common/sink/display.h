/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The display sink: frames on a screen, out of the buffers that the camera filled. The CPU
 * never sees them.
 *
 *	          display_sink_import()           sink_write()
 *	buffers ───────────────────────▶ ready ─────────────────▶ next ─▶ flipping ─▶ shown ─▶ back
 *
 * Paced by the display: one flip is on its way at a time, and the newest frame waits for the
 * next. A newer one takes its place, and then it goes back unseen. That is no loss: a camera of
 * 90 frames a second shows 60 of them.
 *
 * done() is told of a frame when it is on its way to the screen, or passed over, so in the
 * order of the frames. The sink holds a frame beyond that until the flip to the next one has
 * happened, for until then the screen is made of it.
 *
 * A display that another program takes over meanwhile is said once, frames pass by, and it goes on
 * when that program lets go. One that is gone is a failure of the sink.
 */
#ifndef RAWLINE_DISPLAY_H
#define RAWLINE_DISPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/sink/kms.h"
#include "common/sink/sink.h"

/* So many frames more than others the sink may hold, beside the one that is next. */
#define DISPLAY_HELD 2

struct buffer;
struct log;
struct video_format;

/* True if the display has a plane for frames of this V4L2 format. RAW is never shown. */
bool display_can_show(const struct kms *kms, uint32_t fourcc);

/*
 * Lends the display to one stream, whose name is for messages; kms must outlive the sink. The
 * format is copied. Returns 0; -EOPNOTSUPP if the display can't show such frames, said with the
 * advice, a clause or ""; or -ENOMEM, said.
 */
int display_sink_create(struct log *log, struct kms *kms, const char *name,
			const struct video_format *format, const char *advice,
			sink_done_fn *done, void *done_context, struct sink **sink);

/*
 * Imports the stream's buffers, each of whose planes must have a dma-buf, and makes the screen
 * ready; memory says of what kind they are. Before the first frame. Waits for the mode to be
 * set. 0 or -errno; said.
 */
int display_sink_import(struct sink *sink, const struct buffer *buffers, unsigned count,
			const char *memory);

/* How many frames were on the screen, and how many passed by. */
struct display_count {
	uint64_t shown;
	uint64_t skipped;
};
struct display_count display_sink_count(const struct sink *sink);

#endif
