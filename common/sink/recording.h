/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames into the files of a store through a recorder: directly from their memory, several
 * at a time. Only the loop's thread calls it.
 *
 *	recording_slot(), recording_put() …     for each frame
 *	recording_done(), recording_release() … in the same order, once it is in its file
 *	recording_end()                         before store_end()
 */
#ifndef RAWLINE_RECORDING_H
#define RAWLINE_RECORDING_H

#include <stdbool.h>

#include "common/sink/store.h"

struct buffer;
struct recording;

struct recording_options {
	struct buffer *buffers; /* which hold the frames, mapped; lent until the end */
	unsigned num_buffers;
	unsigned num_slots; /* frames at a time */
	bool must;          /* also where it is of little use */
};

/*
 * Tries whether it can be done: with this store, which has begun and writes plain bytes into
 * files, and with this memory. Returns 0; or -errno, then *why is a clause and nothing has
 * changed.
 */
int recording_create(struct store *store, const struct recording_options *options,
		     struct recording **recording, const char **why);

/* How it is done: a clause, for those who want to know. */
const char *recording_text(const struct recording *recording);

/* Readable (lent) when recording_done() may have something. */
int recording_fd(const struct recording *recording);

/* A free slot to fill, the same until recording_put(); NULL when all are in use. */
struct store_job *recording_slot(struct recording *recording);

/* Writes the job's frame, whose buffer is mapped. What fails comes out of recording_done(). */
void recording_put(struct recording *recording);

/* The oldest job once it is through, and its file complete; the same until released. */
struct store_job *recording_done(struct recording *recording);
void recording_release(struct recording *recording);

/*
 * Why frames go through the page cache now, though they did not at first: a clause, once. NULL:
 * nothing has changed.
 */
const char *recording_change(struct recording *recording);

/* Writes what is left. All jobs are through. 0 or -errno: the store's error from then on. */
int recording_end(struct recording *recording);

/*
 * Waits for writes that are on their way, a second at most. Returns 0, or -ETIMEDOUT if the
 * disk does not answer: then recording_stuck() hands the jobs back, to be released.
 */
int recording_cancel(struct recording *recording);
struct store_job *recording_stuck(struct recording *recording);

/* Accepts NULL. */
void recording_destroy(struct recording *recording);

#endif
