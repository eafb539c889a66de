/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way of RAW through a processor: the buffer that a receiver filled goes, as it is, to the
 * processor's input, and what comes out belongs to that frame.
 *
 *	            relay_offer()            a buffer for each output,
 *	                                     the input last
 *	raw frame ───────────────▶ waiting ───────────────────────────▶ job
 *	                                                                 │
 *	   raw frame let go ◀── relay_input_came() ◀── input is back ────┤
 *	  number, time of it ◀── relay_output_came() ◀── output is back ─┘
 *
 * A frame is one buffer from beginning to end: nothing is copied, and the receiver gets it back
 * when the input has come back and the last sink has let go, whichever is later. A frame of which
 * nobody wants a picture never comes here.
 *
 * Processors pair the queues of their nodes by position only. So a second job is started behind
 * the first only if it takes buffers of the same outputs; else it would give its input to the
 * other's buffers.
 *
 * No ioctl here: nodes are reached through streams and a table of functions, so all rules can be
 * tested on any machine.
 */
#ifndef RAWLINE_RELAY_H
#define RAWLINE_RELAY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define RELAY_MAX_OUTPUTS 8
#define RELAY_MAX_WAITING 32 /* VIDEO_MAX_FRAME */
#define RELAY_MAX_JOBS    2  /* one runs, the next is there when it ends */
#define RELAY_RECEIVER    2 /* buffers for the receiver: one that it fills, and the next */

struct buffer;
struct frame;
struct stream;

struct relay_device {
	/*
	 * A job for raw begins: what the processor has to be told before it gets any buffer.
	 * 0 or -errno. May be NULL.
	 */
	int (*begin)(void *context, const struct frame *raw);
	/* The outputs, a bit each, that have a buffer to spare now. */
	uint32_t (*spare)(void *context);
	/* Gives the processor such a buffer, which is to hold what becomes of raw. 0 or -errno. */
	int (*queue)(void *context, unsigned output, const struct frame *raw);
	void *context;
	/* Outputs that go along where they can, but are no reason to process a frame. */
	uint32_t along;
};

struct relay_job {
	struct frame *raw;     /* held; NULL once the input is back */
	uint32_t sequence;     /* of that frame */
	uint64_t timestamp_ns; /* of that frame */
	uint32_t clock;        /* of that frame: what its flags say of the timestamp */
	ino_t memory;          /* of that frame: which dma-buf it is */
	uint32_t outputs;      /* that take part, a bit each */
	uint32_t pending;      /* of them, those that are not back yet */
};

struct relay_waiting {
	struct frame *raw;
	uint32_t wanted;
};

struct relay {
	struct relay_device device;
	struct stream *input; /* import-only; lent */
	unsigned max_jobs;
	unsigned first_job; /* a ring, oldest first */
	unsigned num_jobs;
	struct relay_job jobs[RELAY_MAX_JOBS];
	unsigned first_waiting; /* a ring, oldest first */
	unsigned num_waiting;
	struct relay_waiting waiting[RELAY_MAX_WAITING];
	bool starting; /* relay_start() runs */
	int error; /* of the node that refused a buffer; nothing is started after it */
	/*
	 * Frames from which an output was wanted, and which nothing was made of for it: it had no
	 * buffer, or the receiver ran out of them before the processor was free.
	 */
	uint64_t unprocessed[RELAY_MAX_OUTPUTS];
};

/* max_jobs: how many the processor may have at once, RELAY_MAX_JOBS at most. */
void relay_init(struct relay *relay, struct stream *input, unsigned max_jobs,
		const struct relay_device *device);

/*
 * A raw frame from which these outputs, a bit each, are wanted. The relay holds it as long as it
 * needs it. Frames wait only as long as the receiver has RELAY_RECEIVER buffers; with fewer, the
 * oldest one that waits is let go: what the processor is too slow for costs RAW no frame.
 * Starts what can be started: 0, or what relay_start() says.
 */
int relay_offer(struct relay *relay, struct frame *raw, uint32_t wanted);

/*
 * Starts what can be started. To be called when an output may have a buffer again. A frame for
 * which no wanted output has one is let go. 0, or -errno if a node refused a buffer: then the
 * run is over. Outputs that got theirs before would be filled from the wrong frame, so nothing
 * is started any more until relay_cancel(), and the error is returned again.
 */
int relay_start(struct relay *relay);

/*
 * An output is back: its frame gets number, time and clock of the raw frame that it was made of.
 * -EPROTO if nothing was to come from this output. relay_start() is the caller's, when it has
 * looked at the frame.
 */
int relay_output_came(struct relay *relay, unsigned output, struct frame *frame);

/*
 * The input is back: the raw frame that went in is let go. -EPROTO if this buffer had not been
 * given.
 */
int relay_input_came(struct relay *relay, struct buffer *buffer);

/* True if a job waits for this output to come back. */
bool relay_is_owed(const struct relay *relay, unsigned output);

/* When all nodes and their streams have stopped: lets go of everything. */
void relay_cancel(struct relay *relay);

#endif
