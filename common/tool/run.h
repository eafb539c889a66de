/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of a run, shared by capture.c (begin and end), flow.c (frames) and limits.c
 * (time).
 */
#ifndef RAWLINE_RUN_H
#define RAWLINE_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "common/tool/lane.h"
#include "common/tool/pairing.h"
#include "common/tool/processor.h"
#include "common/tool/trigger.h"

struct report;

enum run_ending {
	RUN_GOES_ON,
	RUN_HAS_ALL,
	RUN_TIME_IS_UP,
	RUN_SIGNAL,
	RUN_FAILED,
};

/* A descriptor of the platform's own, in the loop. */
struct engine_poll {
	struct run *run;
	struct capture_poll poll;
};

struct run {
	const struct capture_setup *setup;
	struct log *log;
	const struct options *options;
	struct report *report;
	unsigned num_lanes;
	struct lane lanes[OPTION_MAX_STREAMS];
	struct processor processor;
	struct pairing pairing;
	struct trigger trigger;
	unsigned num_polls;
	struct engine_poll polls[CAPTURE_MAX_POLLS];
	uint64_t started_ns;
	uint64_t clock_ns; /* when a frame last made us look at the clock; 0: none has */
	uint64_t clock_frame_ns; /* that frame's own time */
	uint64_t clock_step_ns;  /* frames nearer to it than that don't */
	unsigned quiet;          /* other things that happened since a frame came */
	uint64_t stuck_since_ns; /* no reader took anything since then; 0: they do */
	bool reader_is_stuck;    /* that was for too long, and has been said */
	enum run_ending ending;
	int status; /* of the first failure; STATUS_OK until then */
	int signal; /* the first that came */
	unsigned num_signals;
	bool is_plain; /* neither processor, companion nor --settle: frames are just handed on */
	bool settling;     /* frames are thrown away until the engine is steady */
	uint32_t unsteady; /* the last frame before it was, by its number */
	bool ready;        /* the first good frame was there */
	bool draining;     /* the streams are stopped, sinks finish what they have */
	bool cut_off;      /* sinks are not waited for any longer */
	bool is_gone;      /* the device */
	bool cut_short;    /* frames that were delivered never got into their file */
};

/* The first failure decides the status; what comes after it is only said. */
void run_fail(struct run *run, int status);

/*
 * What a callback of the loop returns: 0 to go on, anything else when the run is to
 * end.
 */
static inline int run_loop_value(const struct run *run)
{
	return run->ending != RUN_GOES_ON;
}

/* True if this lane delivered --count frames. Never if there is no count. */
static inline bool run_lane_is_full(const struct run *run, const struct lane *lane)
{
	return run->options->count && !lane->config->is_internal &&
	       lane->account.captured >= run->options->count;
}

/* True if all lanes did. */
static inline bool run_has_all(const struct run *run)
{
	for (unsigned i = 0; i < run->num_lanes; i++)
		if (!run->lanes[i].config->is_internal &&
		    !run_lane_is_full(run, &run->lanes[i]))
			return false;
	return true;
}

/*
 * A function of the platform's returned this: an error ends the run. What a callback of the loop
 * returns.
 */
int run_take_answer(struct run *run, int ret);

/* A node has been stopped, which began then: says so if it took long. */
void run_has_stopped(struct run *run, const struct video *video, uint64_t since_ns);

/* -ENODEV if the lane's device was pulled out, else error as it is. May wait for that. */
int run_true_error(const struct lane *lane, int error);

/*
 * The device is not there any more: says so, once, for its nodes go together. What it gave back
 * empty was no frame.
 */
void run_say_gone(struct run *run, const struct video *video);

/* flow.c: makes a lane's requests, when it has its buffers; hands them all to the driver. */
void flow_init(struct lane *lane);
void flow_queue_all(struct lane *lane);

/* flow.c: hands one of the lane's buffers, which is free, to its driver. 0 or -errno; said. */
int flow_queue(struct lane *lane, struct buffer *buffer);

/* flow.c: a frame that was taken, with its hold, goes on to its sink or back. Errors are said. */
void flow_hand_on(struct run *run, struct lane *lane, struct frame *frame);

/* flow.c: callbacks; context is the lane. */
int flow_lane_is_ready(void *context, uint32_t events);
void flow_sink_is_done(void *context, struct frame *frame, const char *name, int error);
void flow_frame_is_free(void *context, struct frame *frame);

/*
 * limits.c: the loop waits as long as the least patient lane does; call when that may
 * have changed.
 */
void limits_set_patience(struct run *run);

/*
 * limits.c: something else happened, which is no reason to wait for frames any longer. Not 0
 * if the run has to end.
 */
int limits_check(struct run *run);

/*
 * limits.c: a frame came for this lane, made_ns being its own time, by whatever clock; with
 * several lanes one may stall while others go on. Not 0 if the run has to end.
 */
int limits_frame_came(struct run *run, struct lane *lane, uint64_t made_ns);

/*
 * limits.c: a damaged frame is no frame: a camera that sends nothing else is given up
 * like one that sends nothing. Not 0 if the run has to end. A good frame clears
 * lane->damaged_since_ns.
 */
int limits_damaged_frame(struct run *run, struct lane *lane);

/*
 * limits.c: true as long as --settle keeps frames back. Says how it went when that ends.
 */
bool limits_still_settling(struct run *run);

/*
 * limits.c: --overflow=drop threw a frame of this lane away; fails the run if that is all
 * that happens to its frames for long.
 */
void limits_dropped_frame(struct run *run, struct lane *lane);

/*
 * limits.c: how long writers may take without getting anywhere when the streams have
 * stopped.
 */
void limits_set_drain_patience(struct run *run);

#endif
