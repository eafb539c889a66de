// SPDX-License-Identifier: GPL-2.0-or-later
/* A thread that does one job after another, in slots that are allocated once. */
#include "common/sink/worker.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/base/sys.h"

#define STACK_BYTES     (256 * 1024)
#define CANCEL_LIMIT_NS 1000000000ull

/*
 * Each number counts jobs and only grows (and wraps): released <= run <= submitted, and
 * submitted - released slots are in use. A job's slot is its number modulo num_slots.
 */
struct worker {
	pthread_t thread;
	bool started; /* there is a thread to join */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	int fd;
	void (*run_job)(void *context, void *job);
	void *context;
	char *slots;
	size_t job_size;
	unsigned num_slots;
	unsigned submitted;
	unsigned run;
	unsigned released;
	bool closing;
	bool cancelled; /* also read by the thread without the lock */
	bool ended;     /* the thread will not touch anything any more */
	bool stuck;     /* it was told to end and did not */
};

static void *slot_at(const struct worker *worker, unsigned number)
{
	return worker->slots + number % worker->num_slots * worker->job_size;
}

static void notify(struct worker *worker)
{
	const uint64_t one = 1;

	/* It can only fail when the counter is full: then it is readable all the same. */
	if (write(worker->fd, &one, sizeof(one)) < 0)
		return;
}

/* Waits for a job; NULL when the thread is to end. */
static void *wait_job(struct worker *worker)
{
	void *job = NULL;

	pthread_mutex_lock(&worker->lock);
	while (worker->run == worker->submitted && !worker->closing)
		pthread_cond_wait(&worker->wake, &worker->lock);
	if (worker->run != worker->submitted && !worker_is_cancelled(worker))
		job = slot_at(worker, worker->run);
	pthread_mutex_unlock(&worker->lock);
	return job;
}

/* Runs at the end of the thread, whether it returns or is cancelled. */
static void end_thread(void *argument)
{
	struct worker *worker = argument;

	pthread_mutex_lock(&worker->lock);
	worker->ended = true;
	notify(worker);
	pthread_mutex_unlock(&worker->lock);
}

static void *run_thread(void *argument)
{
	struct worker *worker = argument;
	void *job;

	worker_interruptible(false);
	pthread_cleanup_push(end_thread, worker);
	while ((job = wait_job(worker))) {
		worker->run_job(worker->context, job);
		pthread_mutex_lock(&worker->lock);
		if (!worker->stuck)
			worker->run++;
		notify(worker);
		pthread_mutex_unlock(&worker->lock);
	}
	pthread_cleanup_pop(1);
	return NULL;
}

static int start_thread(struct worker *worker)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	int ret;

	ret = pthread_attr_init(&attributes);
	if (ret)
		return -ret;
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	/* A new thread inherits the mask: signals stay with the loop. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	ret = pthread_create(&worker->thread, &attributes, run_thread, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	worker->started = !ret;
	return -ret;
}

int worker_create(unsigned num_slots, size_t job_size, void (*run)(void *context, void *job),
		  void *context, struct worker **created)
{
	struct worker *worker;
	int ret;

	if (!num_slots || !job_size)
		return -EINVAL;
	worker = calloc(1, sizeof(*worker));
	if (!worker)
		return -ENOMEM;
	pthread_mutex_init(&worker->lock, NULL);
	pthread_cond_init(&worker->wake, NULL);
	worker->num_slots = num_slots;
	worker->job_size = job_size;
	worker->run_job = run;
	worker->context = context;
	worker->slots = calloc(num_slots, job_size);
	worker->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ret = worker->fd < 0 ? -errno : !worker->slots ? -ENOMEM : start_thread(worker);
	if (ret < 0) {
		worker_destroy(worker);
		return ret;
	}
	*created = worker;
	return 0;
}

int worker_fd(const struct worker *worker)
{
	return worker->fd;
}

/* submitted and released are the loop's own: it alone changes them. */
void *worker_slot(struct worker *worker)
{
	if (worker->submitted - worker->released == worker->num_slots)
		return NULL;
	return slot_at(worker, worker->submitted);
}

void worker_submit(struct worker *worker)
{
	pthread_mutex_lock(&worker->lock);
	worker->submitted++;
	pthread_cond_signal(&worker->wake);
	pthread_mutex_unlock(&worker->lock);
}

void *worker_done(struct worker *worker)
{
	bool some;

	pthread_mutex_lock(&worker->lock);
	some = worker->released != worker->run;
	pthread_mutex_unlock(&worker->lock);
	return some ? slot_at(worker, worker->released) : NULL;
}

void worker_release(struct worker *worker)
{
	worker->released++;
}

void worker_acknowledge(struct worker *worker)
{
	uint64_t count;

	/* -EAGAIN only says that there was nothing. */
	if (read(worker->fd, &count, sizeof(count)) < 0)
		return;
}

void worker_close(struct worker *worker)
{
	pthread_mutex_lock(&worker->lock);
	worker->closing = true;
	pthread_cond_signal(&worker->wake);
	pthread_mutex_unlock(&worker->lock);
}

bool worker_ended(struct worker *worker)
{
	bool ended;

	pthread_mutex_lock(&worker->lock);
	ended = worker->ended;
	pthread_mutex_unlock(&worker->lock);
	return ended;
}

/* Waits for the thread to end; false when it takes too long. */
static bool wait_ended(struct worker *worker)
{
	uint64_t now, limit = sys_monotonic_ns() + CANCEL_LIMIT_NS;
	struct pollfd waited = { .fd = worker->fd, .events = POLLIN };

	while (!worker_ended(worker)) {
		now = sys_monotonic_ns();
		if (now >= limit)
			return false;
		poll(&waited, 1, (int)((limit - now) / 1000000) + 1);
		worker_acknowledge(worker);
	}
	return true;
}

/* All jobs count as run; the thread, should it ever come back, finds nothing to do. */
static void leave_stuck(struct worker *worker)
{
	pthread_mutex_lock(&worker->lock);
	worker->stuck = true;
	worker->run = worker->submitted;
	pthread_mutex_unlock(&worker->lock);
	pthread_detach(worker->thread);
}

int worker_cancel(struct worker *worker)
{
	if (worker->stuck)
		return -ETIMEDOUT;
	if (!worker->started)
		return 0;
	__atomic_store_n(&worker->cancelled, true, __ATOMIC_RELEASE);
	worker_close(worker);
	if (!worker_ended(worker))
		pthread_cancel(worker->thread);
	if (!wait_ended(worker)) {
		leave_stuck(worker);
		return -ETIMEDOUT;
	}
	pthread_join(worker->thread, NULL);
	worker->started = false;
	worker->run = worker->submitted;
	return 0;
}

void worker_destroy(struct worker *worker)
{
	if (!worker || worker_cancel(worker) < 0)
		return;
	sys_close(&worker->fd);
	pthread_cond_destroy(&worker->wake);
	pthread_mutex_destroy(&worker->lock);
	free(worker->slots);
	free(worker);
}

void worker_interruptible(bool interruptible)
{
	pthread_setcancelstate(
		interruptible ? PTHREAD_CANCEL_ENABLE : PTHREAD_CANCEL_DISABLE, NULL);
}

bool worker_is_cancelled(const struct worker *worker)
{
	return __atomic_load_n(&worker->cancelled, __ATOMIC_ACQUIRE);
}
