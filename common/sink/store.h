/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The writing half of the file sink: frames into the files of one target.
 *
 * From the first store_put() until its thread has ended, a store belongs to the worker's
 * thread, if the sink has one. It says nothing by itself: the log is the loop's.
 */
#ifndef RAWLINE_STORE_H
#define RAWLINE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/image/image.h"
#include "common/sink/draft.h"
#include "common/sink/sidecar.h"
#include "common/sink/target.h"

struct frame;
struct picture_writer;

/* What was being done when it failed. */
enum store_step {
	STORE_OPEN,
	STORE_WRITE,
	STORE_NAME,
	STORE_SIDECAR,
};

/* A frame on its way, and what became of it. */
struct store_job {
	struct frame *frame;
	struct sidecar_frame described; /* if the store has side-cars or notes */
	int error;                      /* -ECANCELED until the store has it */
	uint64_t bytes;                 /* added to the output */
	uint64_t touched;               /* of them, by the CPU */
};

struct store {
	struct target target;
	struct draft draft;
	struct draft sidecar_draft;
	struct sidecar sidecar;
	bool has_sidecar;
	bool is_mjpeg;                  /* bytes, and the tables that are missing */
	struct picture_writer *picture; /* owned; NULL: bytes */
	struct image image;             /* what it draws */
	bool has_notes;           /* and what is known of each frame matters to it */
	bool undeveloped;         /* but for its colours */
	const char *make, *model; /* of the camera; lent; NULL: unknown */
	bool discard;             /* nothing is kept: no name, no side-car */
	uint64_t expected_frames; /* 0: nobody knows */
	uint64_t frame_bytes;     /* 0: they differ */
	bool force;               /* replace files that exist */
	bool interruptible;       /* by worker_cancel(), where it waits */
	enum store_step step;     /* what is being done, or what failed */
	int error;                /* the first: nothing is written after it */
	uint64_t whole_frames;    /* in the file, of which all have the same */
	uint64_t whole_bytes;
	uint64_t last_bytes; /* of the last of them */
	bool ragged;         /* the file has a part of a frame behind them */
	uint32_t last_sequence;
	char left[NAME_MAX + 1]; /* a draft that was left where it is; "": none */
};

/* Nothing yet: the target, side-cars and picture are filled in by the caller. */
void store_init(struct store *store, bool force);

/* One file for each frame, rather than one for all of them. */
bool store_is_split(const struct store *store);

/*
 * Looks whether the target, which must be there, can be written, and makes the
 * draft or opens what is written in place, unless that may block. Says why not; 0 or -errno.
 */
int store_begin(struct store *store, const struct video_format *format, const char *role);

/*
 * Writes a job's frame, whose buffer is mapped; job->bytes is what it added to the output, as
 * far as that can be known of pictures.
 *
 * Returns 0; -EPROTO if the driver claims more than there is memory, -ENODATA if what it
 * filled is less than a picture; or -errno. The first one is returned again from then on.
 */
int store_put(struct store *store, struct store_job *job);

/*
 * The same for a frame that somebody else writes (recording.h): a file of its own is opened for
 * it first, if the store is split; then its buffer is made ready to be read. 0 or -errno,
 * which is not remembered; store->step says what failed.
 */
int store_open(struct store *store, const struct frame *frame, struct draft *draft);

/*
 * And once that is done, in the same order: gives the file its name, or adds to the one of
 * many. The draft is taken. Returns what store_put() would have.
 */
int store_close(struct store *store, struct store_job *job, struct draft *draft, int error);

/* The last frame of a file of many is not whole after all. */
void store_forget_last(struct store *store);

/*
 * Gives a file of many frames its name and its side-car, without what is not whole; closes
 * what was written in place. Removes what store_put() left when it was interrupted. 0 or
 * -errno, once.
 */
int store_end(struct store *store);

/* Removes the drafts of a store that is stuck in its thread, leaving all else alone. */
void store_unlink(const struct store *store);

/* Frees all. */
void store_finish(struct store *store);

#endif
