/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The run: frames from configured nodes to sinks and the report, until all that was
 * asked for is there or something ends it.
 *
 *	node ─▶ stream ─▶ request complete ─▶ sink ─▶ report line
 *	  ▲                                    │
 *	  └────────── buffer, when the last holder lets go
 */
#ifndef RAWLINE_CAPTURE_H
#define RAWLINE_CAPTURE_H

#include "common/tool/option.h"

struct camera;
struct log;
struct loop;
struct media;
struct report;
struct video;

/* A stream that the platform has configured: its node has the format in video->format. */
struct capture_stream {
	const struct option_role *role;
	struct video *video;       /* lent */
	struct text_fraction rate; /* frames a second that are expected, 0/0 if not known */
};

struct capture_setup {
	struct log *log;
	const struct options *options;
	const struct camera *camera;
	struct media *media; /* to explain a start that fails; NULL: no graph */
	struct loop *loop;
	struct report *report;
	const struct capture_stream *streams;
	unsigned num_streams;
	/*
	 * Called when all streams have stopped, before the report ends; 0 or -errno,
	 * said. May be NULL.
	 */
	int (*stopped)(void *context);
	void *context;
};

/*
 * Allocates, starts, delivers, stops and accounts. Everything it made is gone when it
 * returns; the nodes are stopped and have no buffers. Ends the report. Returns the exit
 * status: an enum status, or STATUS_SIGNAL plus the signal.
 */
int capture_run(const struct capture_setup *setup);

#endif
