/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From CLOCK_MONOTONIC, which stamps frames, to the clocks that people and other
 * machines use.
 */
#ifndef RAWLINE_CLOCK_H
#define RAWLINE_CLOCK_H

#include <stdint.h>

/*
 * Add these to a monotonic time; each is right to within error_ns, as long as nobody
 * sets the clock in between.
 */
struct clock_offsets {
	int64_t boottime_ns;
	int64_t realtime_ns;
	uint64_t error_ns;
};

/*
 * Reads the three clocks one after another; a few calls, which the vDSO answers without
 * entering the kernel.
 */
void clock_measure(struct clock_offsets *offsets);

#endif
