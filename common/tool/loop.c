// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Waits for descriptors, signals and deadlines in one epoll call, until somebody says
 * stop.
 */
#include "common/tool/loop.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "common/base/sys.h"

/* A node and a sink for each of eight streams, and what is our own. */
#define MAX_SOURCES 32

struct source {
	int fd; /* -1: this place is empty */
	loop_ready_fn *ready;
	void *context;
	bool counts; /* being ready is a sign of life */
};

struct loop {
	int epoll_fd;
	int signal_fd;
	int timer_fd;
	bool blocked;
	sigset_t old_mask;
	struct source sources[MAX_SOURCES];
	loop_signal_fn *caught;
	void *caught_context;
	loop_time_fn *passed;
	void *passed_context;
	loop_time_fn *idle;
	void *idle_context;
	uint64_t patience_ns;
	uint64_t idle_since_ns; /* 0: since the last wait began */
};

static void fill_mask(sigset_t *mask)
{
	struct sigaction hang_up;

	sigemptyset(mask);
	sigaddset(mask, SIGINT);
	sigaddset(mask, SIGTERM);
	/* nohup has a say in this one. */
	if (sigaction(SIGHUP, NULL, &hang_up) < 0 || hang_up.sa_handler != SIG_IGN)
		sigaddset(mask, SIGHUP);
}

static int open_descriptors(struct loop *loop)
{
	sigset_t mask;

	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll_fd < 0)
		return -errno;
	fill_mask(&mask);
	loop->signal_fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	return loop->signal_fd < 0 ? -errno : 0;
}

int loop_create(struct loop **loop)
{
	struct loop *created;
	int ret;

	created = calloc(1, sizeof(*created));
	if (!created)
		return -ENOMEM;
	created->epoll_fd = created->signal_fd = created->timer_fd = -1;
	for (int i = 0; i < MAX_SOURCES; i++)
		created->sources[i].fd = -1;
	ret = open_descriptors(created);
	if (ret < 0) {
		loop_destroy(created);
		return ret;
	}
	*loop = created;
	return 0;
}

int loop_take_signal(struct loop *loop)
{
	struct signalfd_siginfo info;

	if (read(loop->signal_fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return 0;
	return (int)info.ssi_signo;
}

void loop_release_signals(struct loop *loop)
{
	if (!loop->blocked)
		return;
	/* What came too late to be told must not strike when the mask is lifted. */
	while (loop_take_signal(loop))
		;
	loop_remove(loop, loop->signal_fd);
	sigprocmask(SIG_SETMASK, &loop->old_mask, NULL);
	loop->blocked = false;
}

void loop_destroy(struct loop *loop)
{
	if (!loop)
		return;
	loop_release_signals(loop);
	sys_close(&loop->signal_fd);
	sys_close(&loop->timer_fd);
	sys_close(&loop->epoll_fd);
	free(loop);
}

static struct source *find_source(struct loop *loop, int fd)
{
	for (int i = 0; i < MAX_SOURCES; i++)
		if (loop->sources[i].fd == fd)
			return &loop->sources[i];
	return NULL;
}

static int add_source(struct loop *loop, int fd, uint32_t events, loop_ready_fn *ready,
		      void *context, bool counts)
{
	struct source *source = find_source(loop, -1);
	struct epoll_event event = { .events = events, .data.ptr = source };

	if (!source)
		return -ENOSPC;
	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
		return -errno;
	*source = (struct source){ fd, ready, context, counts };
	return 0;
}

int loop_add(struct loop *loop, int fd, uint32_t events, loop_ready_fn *ready, void *context)
{
	return add_source(loop, fd, events, ready, context, true);
}

int loop_add_aside(struct loop *loop, int fd, uint32_t events, loop_ready_fn *ready,
		   void *context)
{
	return add_source(loop, fd, events, ready, context, false);
}

void loop_remove(struct loop *loop, int fd)
{
	struct source *source = fd < 0 ? NULL : find_source(loop, fd);

	if (!source)
		return;
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
	source->fd = -1;
}

static int take_signal(void *context, uint32_t events)
{
	struct loop *loop = context;
	int number = loop_take_signal(loop);

	return number && loop->caught ? loop->caught(loop->caught_context, number) : 0;
}

int loop_block_signals(struct loop *loop)
{
	sigset_t mask;

	fill_mask(&mask);
	if (sigprocmask(SIG_BLOCK, &mask, &loop->old_mask) < 0)
		return -errno;
	loop->blocked = true;
	return add_source(loop, loop->signal_fd, EPOLLIN, take_signal, loop, false);
}

void loop_catch_signals(struct loop *loop, loop_signal_fn *caught, void *context)
{
	loop->caught = caught;
	loop->caught_context = context;
}

int loop_signal_fd(const struct loop *loop)
{
	return loop->signal_fd;
}

static int take_timer(void *context, uint32_t events)
{
	struct loop *loop = context;
	uint64_t expirations;

	if (read(loop->timer_fd, &expirations, sizeof(expirations)) < 0)
		return 0;
	return loop->passed(loop->passed_context);
}

int loop_after(struct loop *loop, uint64_t duration_ns, loop_time_fn *passed, void *context)
{
	struct itimerspec when = {
		.it_value = { .tv_sec = (time_t)(duration_ns / 1000000000),
			      .tv_nsec = (long)(duration_ns % 1000000000) },
	};
	int ret;

	loop->passed = passed;
	loop->passed_context = context;
	if (loop->timer_fd < 0) {
		loop->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
		if (loop->timer_fd < 0)
			return -errno;
		ret = add_source(loop, loop->timer_fd, EPOLLIN, take_timer, loop, false);
		if (ret < 0)
			return ret;
	}
	return timerfd_settime(loop->timer_fd, 0, &when, NULL) < 0 ? -errno : 0;
}

void loop_set_patience(struct loop *loop, uint64_t duration_ns, loop_time_fn *idle,
		       void *context)
{
	loop->patience_ns = duration_ns;
	loop->idle = idle;
	loop->idle_context = context;
	loop->idle_since_ns = 0;
}

/*
 * How long to wait, in milliseconds. While descriptors keep being ready each wait
 * starts afresh, and the clock need not be read; only after a signal or a timer the
 * time that has gone already must be known.
 */
static int wait_ms(const struct loop *loop)
{
	uint64_t left_ns = loop->patience_ns, gone_ns, left_ms;

	if (!loop->patience_ns)
		return -1;
	if (loop->idle_since_ns) {
		gone_ns = sys_monotonic_ns() - loop->idle_since_ns;
		left_ns = gone_ns < left_ns ? left_ns - gone_ns : 0;
	}
	left_ms = (left_ns + 999999) / 1000000;
	return left_ms > INT_MAX ? INT_MAX : (int)left_ms;
}

/*
 * A signal or a timer is no sign of life. From the first of them on the time is
 * counted, so that many of them cannot put off idle() for ever; what was waited before
 * it is forgiven.
 */
static void note_idle(struct loop *loop)
{
	if (loop->patience_ns && !loop->idle_since_ns)
		loop->idle_since_ns = sys_monotonic_ns();
}

static int dispatch(struct loop *loop, const struct epoll_event *events, int count, bool *alive)
{
	int ret = 0;

	for (int i = 0; i < count && ret == 0; i++) {
		struct source *source = events[i].data.ptr;

		/* An earlier callback of this round may have removed it. */
		if (source->fd < 0)
			continue;
		*alive |= source->counts;
		ret = source->ready(source->context, events[i].events);
	}
	return ret;
}

int loop_run(struct loop *loop)
{
	struct epoll_event events[MAX_SOURCES];
	int count, ret;

	for (;;) {
		bool alive = false;

		count = epoll_wait(loop->epoll_fd, events, MAX_SOURCES, wait_ms(loop));
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -errno;
		ret = dispatch(loop, events, count, &alive);
		if (ret)
			return ret;
		if (count && !alive)
			note_idle(loop);
		/* What is ready all the time must not put it off either. */
		if (!count || (!alive && wait_ms(loop) == 0)) {
			ret = loop->idle(loop->idle_context);
			if (ret)
				return ret;
			alive = true;
		}
		if (alive)
			loop->idle_since_ns = 0;
	}
}
