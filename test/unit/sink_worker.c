// SPDX-License-Identifier: GPL-2.0-or-later
/* The worker: order, slots, its end in good order and at once. */
#include "common/sink/worker.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/base/sys.h"
#include "test/unit/test.h"

#define SLOTS 4

enum action { NOTHING, READ, READ_INTERRUPTIBLY, LOOK_AT_SIGNALS, WATCH_FOR_CANCEL };

struct job {
	enum action action;
	int number;
	int result;
};

struct bench {
	struct worker *worker;
	int pipe[2];
	int begun; /* jobs; atomic */
	int runs;
	int last;
};

static void run(void *context, void *argument)
{
	struct bench *bench = context;
	struct job *job = argument;
	sigset_t blocked;
	char byte;

	__atomic_add_fetch(&bench->begun, 1, __ATOMIC_RELAXED);
	switch (job->action) {
	case NOTHING:
		break;
	case READ:
	case READ_INTERRUPTIBLY:
		if (job->action == READ_INTERRUPTIBLY)
			worker_interruptible(true);
		job->result = (int)read(bench->pipe[0], &byte, 1);
		worker_interruptible(false);
		break;
	case LOOK_AT_SIGNALS:
		pthread_sigmask(SIG_SETMASK, NULL, &blocked);
		job->result = sigismember(&blocked, SIGINT) &&
			      sigismember(&blocked, SIGPIPE);
		break;
	case WATCH_FOR_CANCEL:
		while (!worker_is_cancelled(bench->worker))
			usleep(1000);
		job->result = 1;
		break;
	}
	bench->runs++;
	bench->last = job->number;
}

static void start(struct bench *bench)
{
	memset(bench, 0, sizeof(*bench));
	if (pipe(bench->pipe))
		abort();
	CHECK_EQ(worker_create(SLOTS, sizeof(struct job), run, bench, &bench->worker), 0);
}

static void end(struct bench *bench)
{
	worker_destroy(bench->worker);
	close(bench->pipe[0]);
	close(bench->pipe[1]);
}

static bool submit(struct bench *bench, enum action action, int number)
{
	struct job *job = worker_slot(bench->worker);

	if (!job)
		return false;
	*job = (struct job){ .action = action, .number = number, .result = -1 };
	worker_submit(bench->worker);
	return true;
}

static void wait_begun(struct bench *bench)
{
	while (!__atomic_load_n(&bench->begun, __ATOMIC_RELAXED))
		usleep(1000);
}

/* Waits for the next job that is through. */
static struct job *next(struct bench *bench)
{
	struct pollfd waited = { .fd = worker_fd(bench->worker), .events = POLLIN };
	struct job *job;

	while (!(job = worker_done(bench->worker))) {
		if (poll(&waited, 1, 5000) <= 0)
			abort();
		worker_acknowledge(bench->worker);
	}
	return job;
}

static void wait_end(struct bench *bench)
{
	struct pollfd waited = { .fd = worker_fd(bench->worker), .events = POLLIN };

	while (!worker_ended(bench->worker)) {
		if (poll(&waited, 1, 5000) <= 0)
			abort();
		worker_acknowledge(bench->worker);
	}
}

static void order(void)
{
	struct bench bench;
	int in_order = 0;

	test_case("worker: many jobs come back in order");
	start(&bench);
	for (int i = 0; i < 5000; i++) {
		while (!submit(&bench, NOTHING, i)) {
			in_order += next(&bench)->number == in_order;
			worker_release(bench.worker);
		}
	}
	while (in_order < 5000 && next(&bench)->number == in_order) {
		in_order++;
		worker_release(bench.worker);
	}
	CHECK_EQ(in_order, 5000);
	CHECK(!worker_done(bench.worker));
	end(&bench);
	CHECK_EQ(bench.runs, 5000);

	test_case("worker: there are as many slots as were asked for, until one is released");
	start(&bench);
	for (int i = 0; i < SLOTS; i++)
		CHECK(submit(&bench, READ_INTERRUPTIBLY, i));
	CHECK(!submit(&bench, READ_INTERRUPTIBLY, SLOTS));
	CHECK_EQ(write(bench.pipe[1], "x", 1), 1);
	CHECK_EQ(next(&bench)->result, 1);
	CHECK(!submit(&bench, READ_INTERRUPTIBLY, SLOTS));
	worker_release(bench.worker);
	CHECK(submit(&bench, READ_INTERRUPTIBLY, SLOTS));
	end(&bench);

	test_case("worker: no slots, or none to put something in, is refused");
	CHECK_EQ(worker_create(0, 1, run, &bench, &bench.worker), -EINVAL);
	CHECK_EQ(worker_create(1, 0, run, &bench, &bench.worker), -EINVAL);
	worker_destroy(NULL);
}

static void signals(void)
{
	struct bench bench;
	sigset_t mask;

	test_case("worker: the thread takes no signals, its maker's mask stays");
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	start(&bench);
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	CHECK_EQ(sigismember(&mask, SIGINT), 0);
	CHECK_EQ(sigismember(&mask, SIGUSR1), 1);
	submit(&bench, LOOK_AT_SIGNALS, 0);
	CHECK_EQ(next(&bench)->result, 1);
	end(&bench);
}

static void closing(void)
{
	struct bench bench;

	test_case("worker: closed, it ends when all it has is through");
	start(&bench);
	for (int i = 0; i < 3; i++)
		submit(&bench, READ_INTERRUPTIBLY, i);
	worker_close(bench.worker);
	CHECK(!worker_ended(bench.worker));
	CHECK_EQ(write(bench.pipe[1], "xyz", 3), 3);
	wait_end(&bench);
	CHECK_EQ(bench.runs, 3);
	for (int i = 0; i < 3; i++) {
		CHECK_EQ(next(&bench)->number, i);
		worker_release(bench.worker);
	}
	CHECK_EQ(worker_cancel(bench.worker), 0);
	CHECK(!worker_done(bench.worker));
	end(&bench);

	test_case("worker: its descriptor is readable when it ended without a job");
	start(&bench);
	worker_close(bench.worker);
	wait_end(&bench);
	end(&bench);
	CHECK_EQ(bench.runs, 0);
}

static void cancelling(void)
{
	struct bench bench;
	uint64_t before;
	struct job *job;

	test_case("worker: cancelled, a job that waits is interrupted, others are not run");
	start(&bench);
	CHECK_EQ(write(bench.pipe[1], "x", 1), 1);
	for (int i = 0; i < 3; i++)
		submit(&bench, READ_INTERRUPTIBLY, i);
	CHECK_EQ(next(&bench)->result, 1);
	before = sys_monotonic_ns();
	CHECK_EQ(worker_cancel(bench.worker), 0);
	CHECK(sys_monotonic_ns() - before < 900000000);
	CHECK_EQ(bench.runs, 1);
	for (int i = 0; i < 3; i++) {
		job = worker_done(bench.worker);
		if (!CHECK(job))
			break;
		CHECK_EQ(job->number, i);
		CHECK_EQ(job->result, i ? -1 : 1);
		worker_release(bench.worker);
	}
	CHECK(!worker_done(bench.worker));
	CHECK_EQ(worker_cancel(bench.worker), 0);
	end(&bench);

	test_case("worker: cancelled, a job that can't be interrupted is waited for");
	start(&bench);
	submit(&bench, WATCH_FOR_CANCEL, 7);
	submit(&bench, NOTHING, 8);
	wait_begun(&bench);
	CHECK_EQ(worker_cancel(bench.worker), 0);
	CHECK_EQ(bench.last, 7);
	job = worker_done(bench.worker);
	CHECK(job && job->result == 1);
	worker_release(bench.worker);
	job = worker_done(bench.worker);
	CHECK(job && job->number == 8 && job->result == -1);
	end(&bench);

	test_case("worker: cancelled at any moment, nothing is lost or run twice");
	for (int round = 0; round < 300; round++) {
		int seen = 0, through = 0;

		start(&bench);
		for (int i = 0; i < SLOTS; i++)
			submit(&bench, READ_INTERRUPTIBLY, i);
		CHECK_EQ(write(bench.pipe[1], "xyz", (size_t)(round % 3) + 1), round % 3 + 1);
		CHECK_EQ(worker_cancel(bench.worker), 0);
		while ((job = worker_done(bench.worker)) && job->number == seen) {
			through += job->result == 1;
			seen++;
			worker_release(bench.worker);
		}
		CHECK_EQ(seen, SLOTS);
		CHECK(bench.runs >= through);
		end(&bench);
	}
}

/* In a child, because the thread that is left behind keeps its memory for ever. */
static void stuck(void)
{
	uint64_t before = sys_monotonic_ns();
	int status = 0, wrong = 0;
	struct bench bench;
	struct job *job;
	pid_t child;

	test_case("worker: cancelled, one that is stuck is left behind after a second");
	fflush(stdout);
	child = fork();
	if (!child) {
		start(&bench);
		submit(&bench, READ, 1);
		submit(&bench, NOTHING, 2);
		wait_begun(&bench);
		wrong |= worker_cancel(bench.worker) != -ETIMEDOUT;
		for (int i = 1; i <= 2; i++) {
			job = worker_done(bench.worker);
			wrong |= !job || job->number != i || job->result != -1;
			worker_release(bench.worker);
		}
		wrong |= worker_done(bench.worker) != NULL;
		/* It comes back, late: nothing happens any more. */
		wrong |= write(bench.pipe[1], "x", 1) != 1;
		usleep(100000);
		wrong |= worker_done(bench.worker) != NULL;
		wrong |= worker_cancel(bench.worker) != -ETIMEDOUT;
		worker_destroy(bench.worker);
		_exit(wrong ? 1 : 0);
	}
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK_EQ(status, 0);
	CHECK(sys_monotonic_ns() - before > 900000000);
}

int main(void)
{
	order();
	signals();
	closing();
	cancelling();
	stuck();
	return test_done();
}
