// SPDX-License-Identifier: GPL-2.0-or-later
/* What makes the rings of a run write: SIGUSR1 and lines on standard input. */
#include "common/tool/trigger.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/status.h"
#include "common/base/sys.h"
#include "common/base/text.h"
#include "common/sink/file.h"
#include "common/tool/loop.h"
#include "common/tool/run.h"

/* A stream that has had no frame for so long after the end of a set is not waited for. */
#define LATE_NS UINT64_C(1000000000)

static void fill_mask(sigset_t *mask)
{
	sigemptyset(mask);
	sigaddset(mask, SIGUSR1);
}

int trigger_hold_signal(void)
{
	sigset_t mask;

	fill_mask(&mask);
	return sigprocmask(SIG_BLOCK, &mask, NULL) < 0 ? -errno : 0;
}

/* The lanes that have one, one after the other from NULL on. */
static struct lane *next_lane(struct run *run, struct lane *lane)
{
	for (lane = lane ? lane + 1 : run->lanes; lane < run->lanes + run->num_lanes; lane++)
		if (lane->ring)
			return lane;
	return NULL;
}

static bool any_is_open(struct run *run)
{
	struct lane *lane = NULL;

	while ((lane = next_lane(run, lane)))
		if (preroll_is_open(lane->ring))
			return true;
	return false;
}

static bool all_are_over(struct run *run)
{
	struct lane *lane = NULL;

	while ((lane = next_lane(run, lane)))
		if (!preroll_is_over(lane->ring))
			return false;
	return true;
}

static bool any_is_full(struct run *run)
{
	struct lane *lane = NULL;

	while ((lane = next_lane(run, lane)))
		if (preroll_pending_sets(lane->ring) == PREROLL_MAX_SETS)
			return true;
	return false;
}

static unsigned kept_frames(struct run *run)
{
	struct lane *lane = NULL;
	unsigned frames = 0;

	while ((lane = next_lane(run, lane)))
		frames += preroll_kept_frames(lane->ring);
	return frames;
}

/* How long ago the oldest of them was taken. */
static uint64_t kept_time_ns(struct run *run, uint64_t now_ns)
{
	struct lane *lane = NULL;
	uint64_t most_ns = 0;

	while ((lane = next_lane(run, lane))) {
		uint64_t oldest_ns = preroll_oldest_ns(lane->ring);
		uint64_t lane_ns = preroll_time_ns(lane->ring, now_ns);

		if (oldest_ns && lane_ns > oldest_ns && lane_ns - oldest_ns > most_ns)
			most_ns = lane_ns - oldest_ns;
	}
	return most_ns;
}

static uint64_t end_of(const struct run *run, const struct lane *lane, uint64_t now_ns)
{
	return preroll_time_ns(lane->ring, now_ns) + run->options->after_ns;
}

static void close_all(struct run *run)
{
	struct lane *lane = NULL;

	while ((lane = next_lane(run, lane)))
		preroll_close(lane->ring);
}

static struct trigger_set *set_of(struct run *run, unsigned number)
{
	return &run->trigger.sets[number % PREROLL_MAX_SETS];
}

/* A failure of one is a failure of the run; the others close what they have when it ends. */
static void open_all(struct run *run, uint64_t now_ns)
{
	unsigned number = run->trigger.number;
	struct trigger_set *set = set_of(run, number);
	struct lane *lane = NULL;
	int ret;

	*set = (struct trigger_set){ .number = number };
	while ((lane = next_lane(run, lane)))
		set->lanes++;
	while ((lane = next_lane(run, lane))) {
		ret = preroll_open(lane->ring, number, end_of(run, lane, now_ns));
		if (ret < 0) {
			run_fail(run, file_status(ret));
			return;
		}
	}
	if (!run->options->after_ns)
		close_all(run);
}

static void ignore(struct run *run, const char *from, const char *why)
{
	log_notice(run->log, "trigger-ignored", "trigger by %s ignored: %s", from, why);
}

static void extend_all(struct run *run, const char *from, uint64_t now_ns)
{
	struct lane *lane = NULL;
	char after[32];

	text_print_duration(run->options->after_ns, after, sizeof(after));
	log_notice(run->log, "trigger", "trigger by %s: set %u goes on for %s", from,
		   run->trigger.number, after);
	while ((lane = next_lane(run, lane)))
		preroll_extend(lane->ring, end_of(run, lane, now_ns));
}

static void begin_set(struct run *run, const char *from, uint64_t now_ns)
{
	unsigned frames = kept_frames(run);
	char time[32];

	text_print_duration(kept_time_ns(run, now_ns), time, sizeof(time));
	run->trigger.number++;
	log_notice(run->log, "trigger",
		   "trigger by %s: set %u begins with %u %s of the last %s", from,
		   run->trigger.number, frames, frames == 1 ? "frame" : "frames", time);
	open_all(run, now_ns);
}

/* All lanes get it at the same moment, so that their sets belong together. */
static void pull(struct run *run, const char *from)
{
	const struct options *options = run->options;
	uint64_t now_ns = sys_monotonic_ns();

	if (any_is_open(run))
		extend_all(run, from, now_ns);
	else if (options->triggers && run->trigger.number >= options->triggers)
		ignore(run, from, "no more were asked for");
	else if (any_is_full(run))
		ignore(run, from, "too many sets are still being written");
	else if (!options->after_ns && !kept_frames(run))
		ignore(run, from, "no frame has come since the last one");
	else
		begin_set(run, from, now_ns);
}

static int signal_came(void *context, uint32_t events)
{
	struct run *run = context;
	struct signalfd_siginfo info;

	/* Signals that came together are one. */
	if (read(run->trigger.signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		pull(run, "SIGUSR1");
	return run_loop_value(run);
}

static void stop_reading(struct run *run)
{
	if (run->trigger.reads_input)
		loop_remove(run->setup->loop, STDIN_FILENO);
	run->trigger.reads_input = false;
}

static void pull_by_line(struct run *run)
{
	struct trigger *trigger = &run->trigger;
	char from[4 * TRIGGER_TEXT_SIZE + 16] = "a line";

	trigger->text[trigger->length] = '\0';
	if (trigger->length) {
		memcpy(from, "line '", 7);
		text_escape(trigger->text, from + 6, sizeof(from) - 8);
		strcat(from, "'");
	}
	trigger->length = 0;
	pull(run, from);
}

/* Adds to the line that has begun, up to its end. True if that was there. */
static bool add_text(struct trigger *trigger, const char *text, size_t length)
{
	const char *end = memchr(text, '\n', length);
	size_t added = end ? (size_t)(end - text) : length;
	size_t room = sizeof(trigger->text) - 1 - trigger->length;

	if (added > room)
		added = room;
	memcpy(trigger->text + trigger->length, text, added);
	trigger->length += (unsigned)added;
	return end != NULL;
}

/* Lines that come together are one trigger, of which the first tells; the last may be a beginning. */
static void take_text(struct run *run, const char *text, size_t length)
{
	const char *last;

	if (!add_text(&run->trigger, text, length))
		return;
	pull_by_line(run);
	last = memrchr(text, '\n', length);
	add_text(&run->trigger, last + 1, length - (size_t)(last + 1 - text));
}

/* Reading a terminal that another job has would stop the program. */
static bool is_anothers(void)
{
	pid_t group = isatty(STDIN_FILENO) ? tcgetpgrp(STDIN_FILENO) : -1;

	return group >= 0 && group != getpgrp();
}

static int input_came(void *context, uint32_t events)
{
	struct run *run = context;
	char text[512];
	ssize_t length;

	if (is_anothers()) {
		stop_reading(run);
		return run_loop_value(run);
	}
	length = read(STDIN_FILENO, text, sizeof(text));
	if (length > 0) {
		take_text(run, text, (size_t)length);
	} else if (length == 0 || (errno != EINTR && errno != EAGAIN)) {
		if (run->trigger.length)
			pull_by_line(run);
		stop_reading(run);
		log_notice(run->log, "input-ended",
			   "standard input has ended: only SIGUSR1 is a trigger now");
	}
	return run_loop_value(run);
}

/* A file has nothing to wait for, and epoll(7) does not take it. */
static int watch_input(struct run *run)
{
	int ret;

	ret = loop_add_aside(run->setup->loop, STDIN_FILENO, EPOLLIN, input_came, run);
	run->trigger.reads_input = ret == 0;
	return ret == -EPERM || ret == -EBADF ? 0 : ret;
}

int trigger_open(struct run *run)
{
	struct trigger *trigger = &run->trigger;
	sigset_t mask;
	int ret;

	if (!next_lane(run, NULL))
		return 0;
	fill_mask(&mask);
	trigger->signal_fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (trigger->signal_fd < 0)
		return -errno;
	ret = loop_add_aside(run->setup->loop, trigger->signal_fd, EPOLLIN, signal_came, run);
	return ret < 0 ? ret : watch_input(run);
}

void trigger_close(struct run *run)
{
	stop_reading(run);
	loop_remove(run->setup->loop, run->trigger.signal_fd);
	sys_close(&run->trigger.signal_fd);
}

void trigger_is_over(void *context, uint64_t late_ns)
{
	struct lane *lane = context;
	struct run *run = lane->owner;

	if (late_ns > LATE_NS || all_are_over(run))
		close_all(run);
}

static void say_complete(struct run *run, const struct trigger_set *set)
{
	enum log_level level = set->is_cut ? LOG_WARNING : LOG_NOTICE;

	log_say(run->log, level, "trigger-done",
		"set %u is complete: %" PRIu64 " %s in %" PRIu64 " %s%s", set->number,
		set->frames, set->frames == 1 ? "frame" : "frames", set->files,
		set->files == 1 ? "file" : "files",
		set->is_cut ? ", others are missing" : "");
}

void trigger_is_complete(void *context, const struct preroll_set *told)
{
	struct lane *lane = context;
	struct run *run = lane->owner;
	struct trigger_set *set = set_of(run, told->number);

	set->frames += told->frames;
	set->files += told->files;
	set->is_cut |= told->error != 0;
	if (told->error && told->error != -ECANCELED)
		run_fail(run, STATUS_OUTPUT);
	if (--set->lanes)
		return;
	say_complete(run, set);
	run->trigger.complete++;
	if (run->trigger.complete == run->options->triggers && run->ending == RUN_GOES_ON)
		run->ending = RUN_HAS_ALL;
}
