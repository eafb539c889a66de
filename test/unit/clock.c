// SPDX-License-Identifier: GPL-2.0-or-later
/* Clock offsets: they must lead from the monotonic clock to what the other clocks show. */
#include "common/base/clock.h"

#include <stdlib.h>
#include <time.h>

#include "test/unit/test.h"

static int64_t now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The clock must show, by way of the offset, something between two looks at the monotonic one. */
static void check_clock(clockid_t clock, int64_t offset_ns, uint64_t error_ns)
{
	int64_t before_ns, shown_ns, after_ns;

	before_ns = now_ns(CLOCK_MONOTONIC);
	shown_ns = now_ns(clock);
	after_ns = now_ns(CLOCK_MONOTONIC);
	CHECK(shown_ns - offset_ns >= before_ns - (int64_t)error_ns);
	CHECK(shown_ns - offset_ns <= after_ns + (int64_t)error_ns);
}

int main(void)
{
	struct clock_offsets offsets;

	memset(&offsets, 0x5a, sizeof(offsets));
	test_case("clock: offsets lead to boot time and to real time, within the bound");
	clock_measure(&offsets);
	check_clock(CLOCK_BOOTTIME, offsets.boottime_ns, offsets.error_ns);
	check_clock(CLOCK_REALTIME, offsets.realtime_ns, offsets.error_ns);

	test_case("clock: the bound is one that is of use");
	/* A machine that does nothing else measures to a microsecond; none needs 100 ms. */
	CHECK(offsets.error_ns < 100000000);
	return test_done();
}
