/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a ring keeps frames: the driver's own buffers where these are enough, else copies in
 * memory that is there before the first frame comes. Nothing is allocated later.
 */
#ifndef RAWLINE_PREROLL_MEMORY_H
#define RAWLINE_PREROLL_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/text.h"
#include "common/sink/sidecar.h"
#include "common/stream/frame.h"
#include "common/stream/stream.h"

/* Frames that are with the writer while the ring fills again. */
#define PREROLL_SPARE 4

/* One frame that is kept. */
struct preroll_entry {
	struct frame *frame; /* held: the driver's own, or copy */
	uint64_t time_ns;
	struct sidecar_settings settings; /* in force for it */
	struct preroll_entry *next;
	struct frame copy; /* of one in memory of the ring's */
	struct buffer buffer;
	bool has_memory;
};

struct preroll_memory {
	unsigned limit; /* the driver's frames that may be kept while nobody asks for them */
	unsigned held; /* such frames that are kept now */
	void *map;     /* for copies; NULL: there are none */
	uint64_t map_bytes;
	unsigned num_slots;
	struct preroll_entry *entries;
	unsigned num_entries;
	struct preroll_entry *slots;                         /* free ones with memory */
	struct preroll_entry *plain;                         /* free ones without */
	struct preroll_entry *by_buffer[STREAM_MAX_BUFFERS]; /* the driver's, by their buffers */
};

/* Frames that so much time is, at this rate, and one more; a guess at 0/0. */
uint64_t preroll_frames(uint64_t duration_ns, struct text_fraction rate);

/* So many copies are made for a ring of so many frames. */
uint64_t preroll_slots(uint64_t frames);

/*
 * Keeps the driver's own frames: so many of its buffers while nobody asks for them, all of them
 * if need be. 0 or -ENOMEM.
 */
int preroll_memory_lend(struct preroll_memory *memory, unsigned limit);

/*
 * Makes room for so many copies of frames in such a buffer; its pages are there when this returns
 * if populate is true. 0 or -ENOMEM.
 */
int preroll_memory_reserve(struct preroll_memory *memory, const struct buffer *model,
			   unsigned num_slots, bool populate);

/*
 * The buffers that frames are in, for whoever writes them: the driver's, of which there are so many,
 * or copies, of which the first one tells for all.
 */
struct buffer *preroll_memory_buffers(struct preroll_memory *memory,
				      struct buffer *drivers, unsigned *count);

/* Frees it. Nothing in it may be in use any more. */
void preroll_memory_finish(struct preroll_memory *memory);

/*
 * Keeps a frame, as a copy if there are such. NULL if there is no room, or (beyond, which allows
 * for it) not a single buffer of the driver's either. A frame that can't be read is held as it
 * is.
 */
struct preroll_entry *preroll_memory_keep(struct preroll_memory *memory,
					  struct frame *frame, bool beyond);

/* Lets go of it. */
void preroll_memory_free(struct preroll_memory *memory, struct preroll_entry *entry);

/* The entry that a frame was kept in. */
struct preroll_entry *preroll_memory_find(const struct preroll_memory *memory,
					  const struct frame *frame);

#endif
