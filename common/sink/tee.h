/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Several sinks of one stream as one: each frame goes to all of them, and comes back when the
 * last has let go of it.
 *
 * The first sink is the one that counts: the name that it gave to a frame is told on, and what
 * it had no room for is SINK_DROPPED; what the others had no room for is their own affair. Any
 * failure of any of them is told. They are waited for through one descriptor.
 */
#ifndef RAWLINE_TEE_H
#define RAWLINE_TEE_H

#include "common/sink/sink.h"

#define TEE_MAX_SINKS 4

/*
 * Makes one without sinks. Frames are told apart by the number of their buffer, below
 * STREAM_MAX_BUFFERS. Returns 0 or -errno.
 */
int tee_create(sink_done_fn *done, void *done_context, struct sink **tee);

/* What the next sink is to be created with: tee_done(), and this as its context. */
sink_done_fn tee_done;
void *tee_next(struct sink *tee);

/*
 * Adds that sink, before the first frame; from here on it belongs to the tee, also after a
 * failure. At most TEE_MAX_SINKS. Returns 0 or -errno.
 */
int tee_add(struct sink *tee, struct sink *sink);

#endif
