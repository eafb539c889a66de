/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the frames of a stream go: each place that options name for it gets a sink. */
#ifndef RAWLINE_OUTLET_H
#define RAWLINE_OUTLET_H

#include "common/base/status.h"
#include "common/sink/sink.h"

struct capture_setup;
struct lane;

/*
 * Opens all the sinks of a lane, behind a tee if there are several; none if nothing was asked
 * for. done() is called with the lane. Returns 0; or -errno, said, and what the program is to
 * end with in *status.
 */
int outlets_open(struct lane *lane, const struct capture_setup *setup, sink_done_fn *done,
		 enum status *status);

#endif
