/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Triggers: SIGUSR1 and lines on standard input make the rings of all lanes write what they hold,
 * and what comes for a while, each time into a set of files of its own.
 *
 * A trigger while a set is still open makes that last longer, so that no frame is wanted twice.
 * Streams have their frames at different moments: a set is open until each of them has had one
 * that is too late for it.
 */
#ifndef RAWLINE_TRIGGER_H
#define RAWLINE_TRIGGER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/sink/preroll.h"

#define TRIGGER_TEXT_SIZE 80

struct run;

/* A set on its way. */
struct trigger_set {
	unsigned number;
	unsigned lanes; /* that are not through with it */
	uint64_t frames;
	uint64_t files;
	bool is_cut; /* something of it is missing */
};

struct trigger {
	int signal_fd; /* -1: not open */
	bool reads_input;
	char text[TRIGGER_TEXT_SIZE]; /* of the line on standard input that has begun */
	unsigned length;
	unsigned number;                           /* of the newest set */
	uint64_t complete;                         /* sets that are */
	struct trigger_set sets[PREROLL_MAX_SETS]; /* by number */
};

/*
 * From here on SIGUSR1 is kept for trigger_open(), and does not end the program. 0 or -errno.
 */
int trigger_hold_signal(void);

/* Looks out for triggers, if the run has a ring. 0 or -errno. */
int trigger_open(struct run *run);

/* No more triggers. Fine if trigger_open() was never called, and again. */
void trigger_close(struct run *run);

/* What the rings tell of sets; context is the lane. */
void trigger_is_over(void *context, uint64_t late_ns);
void trigger_is_complete(void *context, const struct preroll_set *set);

#endif
