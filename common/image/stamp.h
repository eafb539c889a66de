/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When a picture was taken, as EXIF writes it. */
#ifndef RAWLINE_STAMP_H
#define RAWLINE_STAMP_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* Where time comes from: the pictures, or SOURCE_DATE_EPOCH in the environment. */
struct stamp_clock {
	bool is_fixed;
	time_t fixed;
};

/* Local time, what that is to UTC, and what is behind the second. */
struct stamp {
	char time[20];
	char offset[7];
	char fraction[10];
};

/* Looks at the environment, and for the time zone, which may wait for a file. */
void stamp_clock_init(struct stamp_clock *clock);

/* Of a time in nanoseconds since 1970; 0 is none. False if there is none, or no such year. */
bool stamp_find(const struct stamp_clock *clock, uint64_t time_ns, struct stamp *stamp);

#endif
