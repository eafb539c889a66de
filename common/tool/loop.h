/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waits for descriptors, signals and deadlines in one epoll call, one thread, until
 * somebody says stop.
 *
 * Made for few system calls: one wait per wake-up, no clock and no timer is touched on
 * the way of a frame.
 */
#ifndef RAWLINE_LOOP_H
#define RAWLINE_LOOP_H

#include <stdint.h>

struct loop;

/*
 * Told that a descriptor is ready; events are EPOLLIN, EPOLLERR … Anything but 0 ends
 * the loop with that value.
 */
typedef int loop_ready_fn(void *context, uint32_t events);

/*
 * Told that a time has come, or (number) that a signal has. Anything but 0 ends the
 * loop.
 */
typedef int loop_time_fn(void *context);
typedef int loop_signal_fn(void *context, int number);

int loop_create(struct loop **loop);

/* Puts the signal mask back as it was. */
void loop_destroy(struct loop *loop);

/*
 * Watches a descriptor (level triggered), at most 32. It must be removed before it is
 * closed. 0 or -errno.
 */
int loop_add(struct loop *loop, int fd, uint32_t events, loop_ready_fn *ready, void *context);
void loop_remove(struct loop *loop, int fd);

/* The same, but that it is ready does not put off idle(): nothing of the camera's comes there. */
int loop_add_aside(struct loop *loop, int fd, uint32_t events, loop_ready_fn *ready,
		   void *context);

/*
 * Blocks INT, TERM and HUP from here on, so that they are received by the loop; HUP only if
 * it was not ignored when the program started (nohup). 0 or -errno. loop_signal_fd() can be
 * polled elsewhere too; it exists from loop_create() on and is readable once a signal came
 * after this call.
 */
int loop_block_signals(struct loop *loop);

/* Takes the next signal that is waiting: its number, or 0. */
int loop_take_signal(struct loop *loop);

/* Drops what is waiting and puts the signal mask back. Fine if nothing is blocked. */
void loop_release_signals(struct loop *loop);

int loop_signal_fd(const struct loop *loop);

/* Who is told of them, from the next loop_run() on; they must be blocked. */
void loop_catch_signals(struct loop *loop, loop_signal_fn *caught, void *context);

/*
 * Calls back once after that long. A second call replaces the first; 0 takes it back. 0
 * or -errno.
 */
int loop_after(struct loop *loop, uint64_t duration_ns, loop_time_fn *passed, void *context);

/*
 * The patience of the loop: if no descriptor that was added is ready for that long,
 * idle() is called. It costs nothing while things happen. 0 switches it off.
 */
void loop_set_patience(struct loop *loop, uint64_t duration_ns, loop_time_fn *idle,
		       void *context);

/* Runs until a callback returns something else than 0, and returns that; or -errno. */
int loop_run(struct loop *loop);

#endif
