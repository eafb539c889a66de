/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes that the kernel does while we go on: io_uring, through liburing.
 *
 * Rests on io_uring(7). A build without liburing has it too, and no ring is ever made.
 */
#ifndef RAWLINE_RING_H
#define RAWLINE_RING_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct ring;

/*
 * Room for so many writes at a time. Returns 0; -ENOSYS (built without, or the kernel is),
 * -EPERM (nobody may use it), -ENOMEM or -errno.
 */
int ring_create(unsigned num_writes, struct ring **ring);

/* Pins memory, whole pages, for all writes to come. Once. 0 or -errno. */
int ring_register(struct ring *ring, const struct iovec *memory, unsigned count);

/* Readable (lent) when ring_next() has something. */
int ring_fd(const struct ring *ring);

/*
 * Notes a write; ring_submit() hands all of them to the kernel. memory is which of
 * ring_register()'s it lies in, -1: none. tag comes back with the result.
 */
void ring_write(struct ring *ring, int fd, const void *start, size_t bytes,
		uint64_t offset, int memory, uint64_t tag);

/* 0; or -errno, then what was noted is forgotten. */
int ring_submit(struct ring *ring);

/*
 * A write that is through: its tag, and how many bytes were written or -errno. Returns 0, or
 * -EAGAIN if there is none. Takes no system call.
 */
int ring_next(struct ring *ring, uint64_t *tag, int *result);

/* Waits until ring_next() has something. Returns 0, -ETIMEDOUT or -errno. */
int ring_wait(struct ring *ring, unsigned timeout_ms);

/* Accepts NULL. Writes on their way go on, from memory that the kernel holds. */
void ring_destroy(struct ring *ring);

#endif
