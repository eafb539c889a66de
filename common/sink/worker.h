/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A thread that does one job after another, so that slow work never runs in the loop.
 *
 * Jobs live in the worker's own slots, as many as are asked for, and nothing is allocated
 * later: the loop fills a free slot, the thread runs it, the loop looks at the result and
 * frees the slot, always in the same order. The thread takes no signals.
 */
#ifndef RAWLINE_WORKER_H
#define RAWLINE_WORKER_H

#include <stdbool.h>
#include <stddef.h>

struct worker;

/*
 * Starts the thread. run() is called there for each job; it has the slot to itself until it
 * returns. It can't be interrupted, but where it says so by worker_interruptible().
 * Returns 0 or -errno.
 */
int worker_create(unsigned num_slots, size_t job_size, void (*run)(void *context, void *job),
		  void *context, struct worker **worker);

/* Readable (an eventfd, lent) when worker_done() may have something, or the thread ended. */
int worker_fd(const struct worker *worker);

/* A free slot to fill, the same until worker_submit(); NULL when all are in use. */
void *worker_slot(struct worker *worker);

/* Hands the slot over to the thread. */
void worker_submit(struct worker *worker);

/* The oldest job that is through, the same until worker_release(); NULL if there is none. */
void *worker_done(struct worker *worker);

/* Frees the slot of worker_done(). */
void worker_release(struct worker *worker);

/* Makes the descriptor unreadable; call before worker_done(). */
void worker_acknowledge(struct worker *worker);

/* No more jobs will come: the thread ends once it has run those it has. */
void worker_close(struct worker *worker);

/* True once the thread has ended: what it worked on belongs to the caller again. */
bool worker_ended(struct worker *worker);

/*
 * Ends the thread now. A job that is interrupted, and those not yet run, come out of
 * worker_done() as they were submitted. Returns 0, or -ETIMEDOUT if the thread is stuck in
 * the kernel for a second: then it is left behind with what it works on, which must not be
 * freed, and changes nothing here any more.
 */
int worker_cancel(struct worker *worker);

/* Cancels and frees. A thread that is stuck keeps its memory. Accepts NULL. */
void worker_destroy(struct worker *worker);

/*
 * Called by run() around a system call that may block for long: in between worker_cancel()
 * may end the thread, at that call, which then does not return. Fine in other threads.
 */
void worker_interruptible(bool interruptible);

/* For run(): true once worker_cancel() was called, so that long work can end early. */
bool worker_is_cancelled(const struct worker *worker);

#endif
