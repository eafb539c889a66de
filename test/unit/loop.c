// SPDX-License-Identifier: GPL-2.0-or-later
/* The loop: descriptors, signals, one timer, patience, and what makes it end. */
#include "common/tool/loop.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/base/sys.h"
#include "test/unit/test.h"

#define MS 1000000ULL

struct seen {
	struct loop *loop;
	int pipe[2];
	int ready, signals, timers, idles;
	int last_signal;
	int end_value;
	uint64_t idle_ns;
};

static int on_ready(void *context, uint32_t events)
{
	struct seen *seen = context;
	char byte;

	seen->ready++;
	if (events & EPOLLIN && read(seen->pipe[0], &byte, 1) == 1 && byte == 'r')
		raise(SIGTERM);
	return seen->end_value;
}

/* Leaves it there: the descriptor stays ready. */
static int on_full(void *context, uint32_t events)
{
	struct seen *seen = context;

	/* An end for what would never have one. */
	return ++seen->ready == 10000000 ? 9 : 0;
}

static int on_signal(void *context, int number)
{
	struct seen *seen = context;

	seen->signals++;
	seen->last_signal = number;
	return seen->signals == 2 ? 2 : 0;
}

static int on_time(void *context)
{
	struct seen *seen = context;

	seen->timers++;
	return 3;
}

static int on_idle(void *context)
{
	struct seen *seen = context;

	seen->idles++;
	seen->idle_ns = sys_monotonic_ns();
	return 4;
}

static void begin(struct seen *seen)
{
	*seen = (struct seen){ 0 };
	CHECK_EQ(loop_create(&seen->loop), 0);
	CHECK_EQ(pipe(seen->pipe), 0);
	CHECK_EQ(loop_add(seen->loop, seen->pipe[0], EPOLLIN, on_ready, seen), 0);
}

static void end(struct seen *seen)
{
	loop_destroy(seen->loop);
	close(seen->pipe[0]);
	close(seen->pipe[1]);
}

static void test_descriptors(void)
{
	struct seen seen;

	test_case("loop: a callback's value ends it and is returned");
	begin(&seen);
	seen.end_value = 7;
	CHECK_EQ(write(seen.pipe[1], "x", 1), 1);
	CHECK_EQ(loop_run(seen.loop), 7);
	CHECK_EQ(seen.ready, 1);
	end(&seen);

	test_case("loop: a removed descriptor is not looked at");
	begin(&seen);
	loop_remove(seen.loop, seen.pipe[0]);
	CHECK_EQ(write(seen.pipe[1], "x", 1), 1);
	loop_set_patience(seen.loop, 20 * MS, on_idle, &seen);
	CHECK_EQ(loop_run(seen.loop), 4);
	CHECK_EQ(seen.ready, 0);
	end(&seen);

	test_case("loop: a descriptor that is none is refused");
	begin(&seen);
	CHECK_EQ(loop_add(seen.loop, 9999, EPOLLIN, on_ready, &seen), -EBADF);
	loop_remove(seen.loop, -1);
	end(&seen);
}

static void test_patience(void)
{
	struct seen seen;
	uint64_t before_ns;

	test_case("loop: patience ends after its time, not before");
	begin(&seen);
	loop_set_patience(seen.loop, 50 * MS, on_idle, &seen);
	before_ns = sys_monotonic_ns();
	CHECK_EQ(loop_run(seen.loop), 4);
	CHECK(seen.idle_ns - before_ns >= 50 * MS);
	end(&seen);

	test_case("loop: a timer is no sign of life, a descriptor is");
	begin(&seen);
	loop_set_patience(seen.loop, 10000 * MS, on_idle, &seen);
	CHECK_EQ(loop_after(seen.loop, 20 * MS, on_time, &seen), 0);
	CHECK_EQ(write(seen.pipe[1], "x", 1), 1);
	CHECK_EQ(loop_run(seen.loop), 3);
	CHECK_EQ(seen.ready, 1);
	CHECK_EQ(seen.timers, 1);
	CHECK_EQ(seen.idles, 0);
	end(&seen);

	test_case("loop: nor is one that is looked at aside, even if it is ready all the time");
	begin(&seen);
	loop_remove(seen.loop, seen.pipe[0]);
	CHECK_EQ(loop_add_aside(seen.loop, seen.pipe[0], EPOLLIN, on_full, &seen), 0);
	loop_set_patience(seen.loop, 50 * MS, on_idle, &seen);
	CHECK_EQ(write(seen.pipe[1], "x", 1), 1);
	before_ns = sys_monotonic_ns();
	CHECK_EQ(loop_run(seen.loop), 4);
	CHECK(seen.ready > 1);
	CHECK(seen.idle_ns - before_ns >= 50 * MS);
	end(&seen);
}

static void test_signals(void)
{
	struct seen seen;
	sigset_t before, after;

	test_case("loop: the first signal is told, the second one may end it");
	sigprocmask(SIG_SETMASK, NULL, &before);
	begin(&seen);
	CHECK_EQ(loop_block_signals(seen.loop), 0);
	loop_catch_signals(seen.loop, on_signal, &seen);
	/* Each byte makes the callback raise one; two of a kind would become one. */
	CHECK_EQ(write(seen.pipe[1], "r", 1), 1);
	raise(SIGINT);
	CHECK_EQ(loop_run(seen.loop), 2);
	CHECK_EQ(seen.signals, 2);
	CHECK(seen.last_signal == SIGTERM || seen.last_signal == SIGINT);

	test_case("loop: destroying it drops what is pending and puts the signal mask back");
	raise(SIGHUP);
	end(&seen);
	sigprocmask(SIG_SETMASK, NULL, &after);
	CHECK_EQ(sigismember(&after, SIGTERM), sigismember(&before, SIGTERM));
	CHECK_EQ(sigismember(&after, SIGHUP), sigismember(&before, SIGHUP));
}

int main(void)
{
	test_descriptors();
	test_patience();
	test_signals();
	return test_done();
}
