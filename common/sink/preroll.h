/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ring: a sink that keeps the frames of the last while, and writes them only when it is told
 * to. Each time makes a set of files of its own (series.h): what the ring holds, and what comes
 * until the set is closed. A frame goes to one set at most.
 *
 *	sink_write() ──▶ line, oldest first ──▶ too old: nobody asked for it
 *	                   │ preroll_open()
 *	                   ▼
 *	                 queue of the open set ──▶ a file sink, a few frames at a time
 *
 * sink_write() comes back at once, with SINK_KEPT; what became of a frame that is kept is told
 * later (struct preroll_events). Sets are written one after the other, by a thread of the file
 * sink's or directly by the kernel.
 *
 * The line never grows beyond the memory (preroll_memory.h): the oldest frame goes then before its
 * time, which is said once. With all memory waiting to be written, frames of an open set are
 * SINK_DROPPED if the rule says so (file_options.drop), else the driver's own buffers are held
 * until it runs out of them.
 */
#ifndef RAWLINE_PREROLL_H
#define RAWLINE_PREROLL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/sink/file.h"
#include "common/sink/sink.h"

#define PREROLL_MAX_SETS 8 /* that are not written yet */

struct buffer;

/* A set whose files are all there. */
struct preroll_set {
	unsigned number;
	uint64_t frames;
	uint64_t files;
	int error; /* why it has not all that it should have; 0: it has */
};

struct preroll_events {
	/* Of each frame that was kept: as done(), or SINK_PASSED. */
	sink_done_fn *told;
	/* A frame has come so much too late for the open set. preroll_close() may be called here. */
	void (*over)(void *context, uint64_t late_ns);
	void (*complete)(void *context, const struct preroll_set *set);
	void *context; /* of all three */
};

/* What a ring for this time costs: stated by whoever allocates. */
struct preroll_bill {
	uint64_t frames;  /* of the time that was asked for */
	uint64_t buffers; /* of the driver's: so many let it keep them there */
	uint64_t slots;   /* else so many copies */
};

void preroll_bill(uint64_t before_ns, struct text_fraction rate, struct preroll_bill *bill);

/*
 * Opens the first set's files, without writing to them, so that what can't be is refused now; and
 * looks for files that any other set would meet. What --file names must be files. The strings in
 * file, and what it names, are lent until the end. Returns 0 or -errno, said, for file_status().
 */
int preroll_create(struct log *log, uint64_t before_ns, const struct file_options *file,
		   const struct video_format *format, const struct preroll_events *events,
		   sink_done_fn *done, void *done_context, struct sink **ring);

/*
 * Before the first frame, when the buffers are known: where frames are kept. lent is how many of
 * the driver's own buffers it can do without; 0: they are copied, into slots like model. populate:
 * memory is to be there from the beginning. 0 or -ENOMEM.
 */
int preroll_reserve(struct sink *sink, unsigned lent, const struct buffer *model,
		    uint64_t slots, bool populate);

/* True while a set is open. */
bool preroll_is_open(const struct sink *sink);

/* True if a frame has come that was too late for it, or none is open. */
bool preroll_is_over(const struct sink *sink);

/* Sets that are not written yet; frames that wait for nothing but their age. */
unsigned preroll_pending_sets(const struct sink *sink);
unsigned preroll_kept_frames(const struct sink *sink);

/* The time of the oldest of these; 0 if there is none. */
uint64_t preroll_oldest_ns(const struct sink *sink);

/* By the clock of the frames: what time it is, if that clock is ours, else when one came last. */
uint64_t preroll_time_ns(const struct sink *sink, uint64_t now_ns);

/*
 * Opens a set of this number: all frames that are kept, and those that come by end_ns, which is a
 * time as frames have it. None may be open, and PREROLL_MAX_SETS not reached. 0, or -errno of
 * file_sink_create(), said; then the ring has failed.
 */
int preroll_open(struct sink *sink, unsigned number, uint64_t end_ns);

/* The open set lasts until then, if that is longer. */
void preroll_extend(struct sink *sink, uint64_t end_ns);

/* No more frames for the open set; complete() is called when it is written. */
void preroll_close(struct sink *sink);

/* Where one of its files would come to what another sink writes, as file_sinks_meet() has it. */
const struct sink *preroll_files(const struct sink *sink);

#endif
