/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A run's companion: the lane whose frames belong to the receiver's. companion.h has the rules;
 * here they get lanes.
 */
#ifndef RAWLINE_PAIRING_H
#define RAWLINE_PAIRING_H

#include <stdint.h>

#include "common/stream/companion.h"

struct frame;
struct lane;
struct run;

struct pairing {
	struct lane *companion; /* NULL: this run has none */
	struct lane *leader;    /* the same */
	struct companion rules;
};

/* Finds the two lanes. */
void pairing_open(struct run *run);

/* Both have been stopped: what waits is let go. */
void pairing_stop(struct run *run);

/* A frame of the companion, with its hold: handed on as soon as its number is known. */
void pairing_companion_came(struct run *run, struct frame *frame);

/* A frame of the receiver came, and is handed on behind what belongs to it. */
void pairing_leader_came(struct run *run, uint32_t sequence, uint64_t timestamp_ns);

#endif
