/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames of a second node that belong to a receiver's, one to one: the embedded data of an image.
 *
 *	image n ──────────▶ companion_leader_came() ─┐
 *	                                             ├─▶ settle(): its number is n
 *	embedded data ────▶ companion_came() ────────┘
 *
 * Both nodes have the time of the same frame start, to the bit, so equal times make a pair. They may
 * count differently, and either may come first, or never. What comes first waits, in the order that
 * it came: embedded data only, for images need none. When its image is known to be lost, or when it
 * holds so many buffers that the driver would run dry, it goes on alone: with the number that its
 * own one becomes by the distance of the last pair.
 *
 * Time 0 is what old drivers say when two frames ran into one another. It is that of no frame: such
 * embedded data goes on alone, behind what came before it.
 *
 * No ioctl here, so all rules can be tested on any machine.
 */
#ifndef RAWLINE_COMPANION_H
#define RAWLINE_COMPANION_H

#include <stdint.h>

#include "common/stream/stream.h"

#define COMPANION_LEADERS 16 /* images that are remembered; a power of two */
#define COMPANION_DRIVER  2  /* buffers that are left with the driver */

struct frame;

struct companion_leader {
	uint64_t timestamp_ns;
	uint32_t sequence;
};

struct companion {
	/* The frame has its number, and is the callee's, with the hold that it came with. */
	void (*settle)(void *context, struct frame *frame);
	void *context;
	uint64_t num_leaders; /* that came so far; the newest is at this number, less one */
	struct companion_leader leaders[COMPANION_LEADERS];
	unsigned first_waiting; /* a ring, oldest first */
	unsigned num_waiting;
	struct frame *waiting[STREAM_MAX_BUFFERS];
	uint32_t distance; /* from a companion's own number to its leader's */
	uint64_t pairs;
	uint64_t alone; /* went on without a leader */
};

void companion_init(struct companion *companion,
		    void (*settle)(void *context, struct frame *frame), void *context);

/*
 * A frame of the receiver came; what waited for it, or for one before it, is settled. Its time is
 * later than that of the last one, or 0: then it is nobody's.
 */
void companion_leader_came(struct companion *companion, uint32_t sequence,
			   uint64_t timestamp_ns);

/*
 * A frame of the second node came, held once by the caller, who hands this hold over. Settled now,
 * or kept until its leader comes. waits false: no leader comes any more, so all that waits is
 * settled too.
 */
void companion_came(struct companion *companion, struct frame *frame, bool waits);

/* When both nodes have stopped: lets go of what waits. */
void companion_cancel(struct companion *companion);

#endif
