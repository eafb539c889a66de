/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many frames of a stream a directory takes in a second: --bench-disk. */
#ifndef RAWLINE_BENCH_DISK_H
#define RAWLINE_BENCH_DISK_H

struct capture_stream;
struct log;
struct loop;
struct options;

/*
 * Writes frames of each stream there for a while, the way a capture would and from memory of the
 * same kind, and prints how that went: text, or JSON Lines with --json. The streams' formats are
 * worked out, the camera need not be set up. Removes what it wrote. Signals are blocked.
 *
 * Returns the exit status: an enum status, or STATUS_SIGNAL plus the signal.
 */
int bench_disk(struct log *log, struct loop *loop, const struct options *options,
	       const struct capture_stream *streams, unsigned num_streams);

#endif
