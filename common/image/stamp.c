// SPDX-License-Identifier: GPL-2.0-or-later
/* When a picture was taken, as EXIF writes it. */
#include "common/image/stamp.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/base/text.h"

#define NS_PER_S 1000000000ull

void stamp_clock_init(struct stamp_clock *clock)
{
	const char *text = getenv("SOURCE_DATE_EPOCH");
	uint64_t seconds;

	*clock = (struct stamp_clock){ 0 };
	tzset();
	if (!text || text_unsigned(text, 0, INT32_MAX, &seconds) < 0)
		return;
	clock->is_fixed = true;
	clock->fixed = (time_t)seconds;
}

bool stamp_find(const struct stamp_clock *clock, uint64_t time_ns, struct stamp *stamp)
{
	time_t seconds = (time_t)(time_ns / NS_PER_S);
	unsigned fraction_ns = (unsigned)(time_ns % NS_PER_S);
	struct tm parts;
	char zone[6];

	if (clock->is_fixed) {
		seconds = clock->fixed;
		fraction_ns = 0;
	} else if (!time_ns) {
		return false;
	}
	if (!(clock->is_fixed ? gmtime_r : localtime_r)(&seconds, &parts))
		return false;
	snprintf(stamp->fraction, sizeof(stamp->fraction), "%09u", fraction_ns);
	strftime(zone, sizeof(zone), "%z", &parts);
	snprintf(stamp->offset, sizeof(stamp->offset), "%.3s:%.2s", zone, zone + 3);
	return strftime(stamp->time, sizeof(stamp->time), "%Y:%m:%d %H:%M:%S", &parts) > 0;
}
