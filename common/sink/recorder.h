/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recorder: frames into files through io_uring, several at a time, from their own memory.
 *
 * Direct I/O writes whole blocks. What a frame has behind its last whole block (less than one)
 * is copied; it goes to the disk in front of the next frame, or with what fills the block up
 * at the end of the file, which is to be cut off there.
 *
 *	frame 0 |████████████████████░░|
 *	frame 1                        |▒▒█████████████████░|
 *	file    |B  |B  |B  |B  |B  |copy|B  |B  |B  |B  |copy
 *
 * Jobs live in the recorder's own slots, as in worker.h: the owner fills a free slot, submits
 * it, looks at the result and frees it, always in the same order. It knows no names, and
 * nothing of frames. A build without liburing, and a kernel that offers no io_uring, have none.
 */
#ifndef RAWLINE_RECORDER_H
#define RAWLINE_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "common/sink/direct.h"

#define RECORDER_MAX_PARTS 4

struct recorder;

/* A piece of memory to be written; it must stay as it is until the job is done. */
struct recorder_part {
	const void *start;
	size_t bytes;
	int memory; /* which of recorder_register()'s it lies in; -1: none */
};

/*
 * Jobs have at most so many parts each. Returns 0, -ENOSYS (built without, or the kernel has
 * no io_uring), -EPERM (nobody may use it), -ENOMEM or -errno.
 */
int recorder_create(unsigned num_slots, size_t job_size, const struct direct *direct,
		    struct recorder **recorder);

/*
 * Memory that is pinned once instead of for each write. Whole pages. Returns 0 or -errno
 * (memory that may not be pinned for long, the limit on locked memory): then parts are
 * without, which costs more and is no failure.
 */
int recorder_register(struct recorder *recorder, const struct iovec *memory, unsigned count);

/* Readable (lent) when recorder_done() may have something. */
int recorder_fd(const struct recorder *recorder);

/* A free slot to fill, the same until recorder_submit(); NULL when all are in use. */
void *recorder_slot(struct recorder *recorder);

/* True if parts can be written next, as they lie in memory, with direct I/O. */
bool recorder_fits(const struct recorder *recorder, const struct recorder_part *parts,
		   unsigned count);

/*
 * Writes the slot's job behind what was written last. ends: the file ends here, and the next
 * job begins another. Failures come out of recorder_done().
 */
void recorder_submit(struct recorder *recorder, int fd, const struct recorder_part *parts,
		     unsigned count, bool ends);

/* Instead: the slot's job failed before. It comes out in its turn. */
void recorder_fail(struct recorder *recorder, int error);

/* Bytes of parts that were copied so far, because they share a block. */
uint64_t recorder_copied(const struct recorder *recorder);

/*
 * The oldest job if it is through, the same until recorder_release(); NULL if it is not, or
 * there is none. *error is 0 or -errno: its bytes may be there in part; -EINVAL and -EFAULT
 * of direct I/O may be healed (recorder_go_buffered()).
 */
void *recorder_done(struct recorder *recorder, int *error);

/* Frees the slot of recorder_done(). */
void recorder_release(struct recorder *recorder);

/* The oldest job that is not through, to be given up; NULL: there is none. */
void *recorder_stuck(struct recorder *recorder);

/* True if what ends and what begins at this place in the file are written at once. */
bool recorder_is_shared(const struct recorder *recorder, uint64_t offset);

/* False once recorder_go_buffered() was there. */
bool recorder_is_direct(const struct recorder *recorder);

/*
 * Goes on without direct I/O: for parts that do not fit, or when a job failed with -EINVAL or
 * -EFAULT, which it heals. Waits until all jobs are through; fd is the file that goes on, -1:
 * none does. Returns 0, -ETIMEDOUT or -errno.
 */
int recorder_go_buffered(struct recorder *recorder, int fd, unsigned timeout_ms);

/* Waits until all jobs are through: 0, -ETIMEDOUT or -errno. */
int recorder_settle(struct recorder *recorder, unsigned timeout_ms);

/* Writes what is left of the last block, and what fills it up. Waits. 0 or -errno. */
int recorder_end(struct recorder *recorder, int fd);

/* Ends all of it; jobs that are not through are left to the kernel. Accepts NULL. */
void recorder_destroy(struct recorder *recorder);

#endif
