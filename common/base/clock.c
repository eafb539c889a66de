// SPDX-License-Identifier: GPL-2.0-or-later
/* From CLOCK_MONOTONIC, which stamps frames, to the clocks that people and other machines use. */
#include "common/base/clock.h"

#include <time.h>

#define TRIES          3
#define GOOD_ENOUGH_NS 10000

static int64_t now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/*
 * The other clocks are read between two looks at the monotonic one: at that moment it showed
 * something in between, the middle with an error of half the distance.
 */
static void measure_once(struct clock_offsets *offsets)
{
	int64_t before_ns, boottime_ns, realtime_ns, after_ns, middle_ns;

	before_ns = now_ns(CLOCK_MONOTONIC);
	boottime_ns = now_ns(CLOCK_BOOTTIME);
	realtime_ns = now_ns(CLOCK_REALTIME);
	after_ns = now_ns(CLOCK_MONOTONIC);

	middle_ns = before_ns + (after_ns - before_ns) / 2;
	offsets->boottime_ns = boottime_ns - middle_ns;
	offsets->realtime_ns = realtime_ns - middle_ns;
	/* Half of an odd number is rounded up. */
	offsets->error_ns = (uint64_t)(after_ns - before_ns + 1) / 2;
}

void clock_measure(struct clock_offsets *offsets)
{
	struct clock_offsets again;

	measure_once(offsets);
	/* Somebody else may have run in between: the narrowest of a few looks is the best. */
	for (int i = 1; i < TRIES && offsets->error_ns > GOOD_ENOUGH_NS; i++) {
		measure_once(&again);
		if (again.error_ns < offsets->error_ns)
			*offsets = again;
	}
}
