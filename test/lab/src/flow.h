/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flow: bytes carried from one descriptor to another by a poll loop, counted, never translated. */
#ifndef RAWLINE_LAB_FLOW_H
#define RAWLINE_LAB_FLOW_H

#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FLOW_UNTIL_END UINT64_MAX

struct flow {
	int in;            /* owned; -1 once it ended */
	int out;           /* owned; -1 once it ended or its reader left */
	uint64_t taken;    /* bytes read from in */
	uint64_t expected; /* in ends after so many bytes, or FLOW_UNTIL_END */
	size_t chunk;      /* longest single write */
	size_t start, end; /* bytes held: buffer[start..end) */
	bool broken;       /* the reader of out left; bytes are thrown away */
	char buffer[64 * 1024];
};

/*
 * Both descriptors become the flow's. They may block: nothing is touched before poll() allows it,
 * and a chunk of PIPE_BUF is never longer than what poll() promises for a pipe.
 */
void flow_init(struct flow *flow, int in, int out, size_t chunk);
void flow_finish(struct flow *flow);

/* Fill two poll entries, in and out; an end that has nothing to do is -1. */
void flow_poll(const struct flow *flow, struct pollfd fds[2]);

/* Move what poll() said can be moved. out is closed once in ended and all is written. */
void flow_run(struct flow *flow, const struct pollfd fds[2]);

/* in ends after so many bytes in all, now that this is known. */
void flow_expect(struct flow *flow, uint64_t bytes);

/* Stop reading: what is held is still written. */
void flow_close_in(struct flow *flow);

/* All bytes that will ever come have been handed on (or thrown away). */
bool flow_done(const struct flow *flow);

#endif
