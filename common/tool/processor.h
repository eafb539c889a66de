/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A run's processor: an ISP that works from memory, between the receiver's stream and those that
 * it fills. relay.h has the rules; here they get nodes and lanes. Output n is lane n.
 */
#ifndef RAWLINE_PROCESSOR_H
#define RAWLINE_PROCESSOR_H

#include <stdbool.h>

#include "common/stream/relay.h"
#include "common/stream/stream.h"

struct buffer;
struct frame;
struct lane;
struct run;
struct video;

struct processor {
	struct video *input; /* NULL: this run has no processor */
	struct stream stream;
	struct relay relay;
	struct lane *receiver;
};

/*
 * Gives the input slots for the receiver's buffers, and makes these known as dma-bufs. The lanes
 * have their buffers. 0 or -errno; said.
 */
int processor_open(struct run *run);

/* Starts the input. It comes before the receiver, so that no frame of that has to wait. */
int processor_start(struct run *run);

/* The input stops, all lanes have been stopped. Frames are let go. */
void processor_stop(struct run *run);
void processor_close(struct run *run);

/* The lane has all that was asked for, but the processor needs it to go on. */
bool processor_needs(const struct run *run, const struct lane *lane);

/*
 * The processor has a frame to make for this lane, of what it was given. While it has one for a lane
 * that was asked for, that is the one to wait for.
 */
bool processor_owes(const struct run *run, const struct lane *lane);

/*
 * The frame that came is in the lane's last buffer, which the next job needs: nobody gets it, and
 * it is counted as if it had not been made.
 */
bool processor_keeps(struct run *run, const struct lane *lane);

/* A good frame of the receiver, which is held by the caller. Not 0 if the run has to end. */
int processor_take(struct run *run, struct frame *raw);

/* A buffer of one of the processor's lanes is there to be used. */
void processor_has_spare(struct run *run, struct lane *lane, struct buffer *buffer);

/* A frame came: one of the processor gets its number and time. -EPROTO if it should not have come. */
int processor_frame_came(struct run *run, struct lane *lane, struct frame *frame);

/* What came has been dealt with: goes on with what waits. */
void processor_go_on(struct run *run);

#endif
