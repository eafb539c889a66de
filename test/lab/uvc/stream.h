/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One streaming interface at work: frames at their time, cut into payloads, with faults on demand. */
#ifndef RAWLINE_UVC_STREAM_H
#define RAWLINE_UVC_STREAM_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "test/lab/uvc/negotiate.h"

struct camera;

/* What can be wrong with a frame; each has a name for commands and a letter for the record. */
enum stream_fault {
	FAULT_ERROR, /* ERR bit in every header */
	FAULT_SHORT, /* half of it is missing at the end */
	FAULT_CUT,   /* a quarter is */
	FAULT_NO_EOF,
	FAULT_DROP, /* its number is left out */
	FAULT_LOSE, /* a packet of it gets lost (isochronous only) */
	STREAM_FAULTS
};

struct stream {
	struct camera *camera;
	unsigned index;
	pthread_t thread;
	pthread_cond_t changed;
	atomic_bool go; /* the host wants frames */
	bool idle;      /* the thread has seen that it doesn't */
	bool frozen, halted;
	unsigned refuse_count; /* commits */
	unsigned faults[STREAM_FAULTS];
	unsigned before[STREAM_FAULTS]; /* frames that come without, before those */
	unsigned frames_left;           /* until the cable is pulled; 0: it isn't */
	uint8_t probe[NEGOTIATE_BYTES], commit[NEGOTIATE_BYTES];
	uint32_t number; /* of the next frame, over the camera's life */
	uint8_t toggle;  /* FID of the next frame */
};

/* STREAM_FAULTS if there is none of that name. */
enum stream_fault stream_fault_by_name(const char *name);

/* Makes the thread that sends; its first frame has number first. Returns 0 or a negative errno. */
int stream_start(struct stream *stream, struct camera *camera, unsigned index,
		 uint32_t first);

/* Frames begin; frames end, and none is on the way any more when this returns. */
void stream_on(struct stream *stream);
void stream_off(struct stream *stream);

#endif
