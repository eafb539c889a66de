/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the frames of a stream go: each place that options name for it gets a sink. */
#ifndef RAWLINE_OUTLET_H
#define RAWLINE_OUTLET_H

#include "common/base/status.h"
#include "common/sink/file.h"
#include "common/sink/sink.h"

struct capture_setup;
struct lane;
struct options;

/*
 * Opens all the sinks of a lane, behind a tee if there are several; none if nothing was asked
 * for. done() is called with the lane. Returns 0; or -errno, said, and what the program is to
 * end with in *status.
 */
int outlets_open(struct lane *lane, const struct capture_setup *setup, sink_done_fn *done,
		 enum status *status);

/*
 * Which of the lanes is shown, if one is to be: the first of those that were asked for whose
 * frames the display can show. Before any is opened.
 */
void outlets_choose_display(struct lane *lanes, unsigned count,
			    const struct capture_setup *setup);

/*
 * Makes the lane's buffers, which are allocated, known to sinks that take them as they are. Returns
 * 0; or -errno, said, and what the program is to end with in *status.
 */
int outlets_take_buffers(struct lane *lane, const struct capture_setup *setup,
			 enum status *status);

/* What --io says to a file sink. */
enum file_io outlet_file_io(const struct options *options);

#endif
