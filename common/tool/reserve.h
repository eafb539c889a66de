/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory of a lane's ring: how much it is, whether it may be, and whose. */
#ifndef RAWLINE_RESERVE_H
#define RAWLINE_RESERVE_H

struct capture_setup;
struct lane;

/*
 * Before the buffers of a lane with a ring are allocated: states the bill and refuses what would
 * take more than half of the memory that is free. share is what the driver is to keep; count is how
 * many buffers the lane would have without a ring, and becomes how many it is to ask for: more if
 * the driver's own can hold the frames and --nbufs does not fix their number. 0, or -EINVAL, said.
 */
int reserve_plan(struct lane *lane, const struct capture_setup *setup, unsigned share,
		 unsigned *count);

/*
 * When it has its buffers: makes room for copies unless there are enough of them. 0 or -errno,
 * said.
 */
int reserve_ring(struct lane *lane, const struct capture_setup *setup, unsigned share);

#endif
