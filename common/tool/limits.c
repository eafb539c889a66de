// SPDX-License-Identifier: GPL-2.0-or-later
/* How long a run waits for frames, and for readers of its files, before it gives up. */
#include <poll.h>
#include <stdint.h>

#include "common/base/log.h"
#include "common/base/status.h"
#include "common/base/sys.h"
#include "common/base/text.h"
#include "common/device/video.h"
#include "common/tool/loop.h"
#include "common/tool/run.h"

#define SECOND_NS UINT64_C(1000000000)

/*
 * A reader that takes nothing for so long has stopped reading; less is waited for one
 * that we keep from ending.
 */
#define READER_NS   (60 * SECOND_NS)
#define STOPPING_NS (5 * SECOND_NS)

/* With several lanes the clock is looked at so often in the shortest of their limits. */
#define CLOCK_STEPS 8

/* Events of a platform's own without a frame between them before that is odd. */
#define QUIET_ENOUGH 3

static uint64_t five_frames_ns(const struct text_fraction *rate)
{
	double frames_ns;

	if (!rate->numerator)
		return 0;
	frames_ns = 5e9 * rate->denominator / rate->numerator;
	return frames_ns < 3600e9 ? (uint64_t)frames_ns : 3600 * SECOND_NS;
}

static uint64_t patience_ns(const struct run *run, const struct lane *lane)
{
	uint64_t frames_ns = five_frames_ns(&lane->config->rate);

	if (!lane->seen)
		return run->options->first_frame_ns;
	if (run->options->between_frames_ns)
		return run->options->between_frames_ns;
	return frames_ns > SECOND_NS ? frames_ns : SECOND_NS;
}

static int gave_up(struct run *run, struct lane *lane, const char *what)
{
	void (*explain)(void *, const struct capture_stream *, char *) =
		run->setup->explain.silence;
	char limit[32], why[CAPTURE_REASON_SIZE] = "";

	if (video_is_gone(lane->video->fd)) {
		run_say_gone(run, lane->video);
		run_fail(run, STATUS_GONE);
		return run_loop_value(run);
	}
	account_settle(&lane->account);
	text_print_duration(patience_ns(run, lane), limit, sizeof(limit));
	if (explain)
		explain(run->setup->device, lane->config, why);
	log_error(run->log, "no-frame", "%s (%s): %s within %s%s%s", lane->video->name,
		  lane->video->node, what, limit, why[0] ? ": " : "", why);
	run_fail(run, STATUS_NO_FRAME);
	return run_loop_value(run);
}

/*
 * The camera owes this lane a frame. One whose buffers are all with a slow writer is
 * owed nothing. Without the receiver's frames, the processor has none to make; but what it does
 * not give back of those that it got keeps it from all others.
 */
static bool is_owed(const struct run *run, const struct lane *lane)
{
	if (lane->stream.queued <= lane->config->kept_buffers)
		return false;
	if (run_lane_is_full(run, lane) || lane->config->is_internal)
		return processor_owes(run, lane) ||
		       (lane == run->processor.receiver && processor_needs(run, lane));
	return true;
}

/* What is there already is handled next. */
static bool has_come(const struct lane *lane)
{
	struct pollfd node = { .fd = lane->video->fd, .events = POLLIN };

	return poll(&node, 1, 0) > 0;
}

/*
 * A frame that is owed is overdue: with one lane the wait itself was the limit, with more
 * each has its own.
 */
static bool is_overdue(const struct run *run, const struct lane *lane, uint64_t now_ns)
{
	uint64_t since_ns = lane->seen_ns ? lane->seen_ns : run->started_ns;

	if (run->num_lanes == 1)
		return true;
	return now_ns > since_ns && now_ns - since_ns >= patience_ns(run, lane) &&
	       !has_come(lane);
}

static int reader_is_stuck(struct run *run)
{
	char limit[32];

	run->reader_is_stuck = true;
	text_print_duration(READER_NS, limit, sizeof(limit));
	log_error(run->log, "reader-stuck", "nobody has read what is written for %s", limit);
	run_fail(run, STATUS_OUTPUT);
	return run_loop_value(run);
}

/* It wants more frames, but its writer has all of the buffers that it may have. */
static bool is_held(const struct run *run, const struct lane *lane)
{
	unsigned kept = lane->config->is_in_each_job ? 1 : lane->config->kept_buffers;

	return lane->sink && !run_lane_is_full(run, lane) &&
	       lane->stream.queued + lane->idle.count <= kept;
}

/* The time runs from when this is first asked; true once it is over. */
static bool is_stuck_for_long(uint64_t *since_ns, uint64_t now_ns)
{
	if (!*since_ns)
		*since_ns = now_ns;
	return now_ns - *since_ns >= READER_NS;
}

/* Frames of other lanes may go on, and be written, meanwhile. */
static int check_readers(struct run *run, uint64_t now_ns)
{
	for (unsigned i = 0; i < run->num_lanes; i++) {
		struct lane *lane = &run->lanes[i];

		if (is_held(run, lane) && is_stuck_for_long(&lane->stuck_since_ns, now_ns))
			return reader_is_stuck(run);
	}
	return 0;
}

static int check_lanes(struct run *run, uint64_t now_ns)
{
	for (unsigned i = 0; i < run->num_lanes; i++) {
		struct lane *lane = &run->lanes[i];

		/* Its time begins when it is owed one again. */
		if (!is_owed(run, lane))
			lane->seen_ns = now_ns;
		else if (is_overdue(run, lane, now_ns))
			return gave_up(run, lane,
				       lane->seen ? "no further frame" : "no frame");
	}
	return check_readers(run, now_ns);
}

static bool anyone_is_owed(const struct run *run)
{
	for (unsigned i = 0; i < run->num_lanes; i++)
		if (is_owed(run, &run->lanes[i]))
			return true;
	return false;
}

/* Nothing happened for as long as the least patient lane waits. */
static int is_idle(void *context)
{
	struct run *run = context;
	uint64_t now_ns = sys_monotonic_ns();
	int ret;

	ret = check_lanes(run, now_ns);
	if (ret || anyone_is_owed(run))
		return ret;
	/* Whoever holds what they all wait for. */
	return is_stuck_for_long(&run->stuck_since_ns, now_ns) ? reader_is_stuck(run) : 0;
}

void limits_set_patience(struct run *run)
{
	uint64_t least_ns = UINT64_MAX;

	for (unsigned i = 0; i < run->num_lanes; i++) {
		uint64_t lane_ns = patience_ns(run, &run->lanes[i]);

		least_ns = lane_ns < least_ns ? lane_ns : least_ns;
	}
	run->clock_step_ns = least_ns / CLOCK_STEPS;
	loop_set_patience(run->setup->loop, least_ns, is_idle, run);
}

/* As long as frames come between, they look at the clock. */
int limits_check(struct run *run)
{
	if (run->num_lanes == 1 || run->quiet++ < QUIET_ENOUGH)
		return 0;
	return check_lanes(run, sys_monotonic_ns());
}

/*
 * With no frame for so long the loop would have been idle: it was us who were late, as
 * after SIGSTOP, and all lanes begin anew.
 */
static void forgive_lateness(struct run *run, uint64_t now_ns)
{
	if (!run->clock_ns || now_ns - run->clock_ns < CLOCK_STEPS * run->clock_step_ns)
		return;
	for (unsigned i = 0; i < run->num_lanes; i++)
		if (run->lanes[i].seen_ns)
			run->lanes[i].seen_ns = now_ns;
}

/*
 * Notes when this lane had a frame, and checks all. The frames' own time, which need not be
 * that of our clock, tells when it is worth a look at the clock; meanwhile they count as
 * late as they can be, so that none is given up too early.
 */
static int look_at_clock(struct run *run, struct lane *lane, uint64_t made_ns)
{
	uint64_t now_ns;

	run->quiet = 0;
	if (run->clock_ns && made_ns - run->clock_frame_ns < run->clock_step_ns) {
		lane->seen_ns = run->clock_ns + run->clock_step_ns;
		return 0;
	}
	now_ns = sys_monotonic_ns();
	forgive_lateness(run, now_ns);
	run->clock_ns = lane->seen_ns = now_ns;
	run->clock_frame_ns = made_ns;
	return check_lanes(run, now_ns);
}

int limits_frame_came(struct run *run, struct lane *lane, uint64_t made_ns)
{
	bool first = !lane->seen && !lane->damaged_since_ns;

	/* A damaged one is none: --first-frame goes on. */
	lane->seen |= first;
	if (run->num_lanes > 1 && look_at_clock(run, lane, made_ns))
		return run_loop_value(run);
	if (first)
		limits_set_patience(run);
	return 0;
}

int limits_damaged_frame(struct run *run, struct lane *lane)
{
	uint64_t now_ns = sys_monotonic_ns();

	if (!lane->damaged_since_ns)
		lane->damaged_since_ns = now_ns;
	if (now_ns - lane->damaged_since_ns < patience_ns(run, lane))
		return 0;
	return gave_up(run, lane, "nothing but damaged frames");
}

bool limits_still_settling(struct run *run)
{
	const struct capture_setup *setup = run->setup;
	uint64_t since_ns = sys_monotonic_ns() - run->started_ns;
	char took[32];

	text_print_duration(since_ns, took, sizeof(took));
	if (setup->engine.is_steady(setup->device)) {
		run->settling = false;
		log_notice(run->log, "settled",
			   "exposure and white balance are steady after %s", took);
	} else if (since_ns >= run->options->algorithms.settle_ns) {
		run->settling = false;
		log_warning(run->log, "not-settled",
			    "exposure and white balance are not steady after %s: going on",
			    took);
	}
	return run->settling;
}

void limits_dropped_frame(struct run *run, struct lane *lane)
{
	if (is_stuck_for_long(&lane->stuck_since_ns, sys_monotonic_ns()))
		reader_is_stuck(run);
}

/* What is left is not going to be written: the run ends all the same. */
static int drain_is_stuck(void *context)
{
	struct run *run = context;

	run->cut_off = true;
	return run->num_signals || run->reader_is_stuck ? 1 : reader_is_stuck(run);
}

void limits_set_drain_patience(struct run *run)
{
	bool is_short = run->num_signals || run->reader_is_stuck;

	loop_set_patience(run->setup->loop, is_short ? STOPPING_NS : READER_NS,
			  drain_is_stuck, run);
}
