// SPDX-License-Identifier: GPL-2.0-or-later
/* The sensor and its automatic exposure. */
#include "test/lab/uvc/exposure.h"

enum { USUAL_TIME = 156, INTERVALS_PER_100US = 1000 };

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static const struct control *present(const struct controls *controls, enum control_id id)
{
	return controls->all[id].present ? &controls->all[id] : NULL;
}

static uint64_t good_time(const struct controls *controls)
{
	const struct control *time = present(controls, CONTROL_EXPOSURE_TIME);

	return time && time->def[0] > 0 ? time->def[0] : USUAL_TIME;
}

static uint64_t longest_time(const struct controls *controls, uint32_t interval)
{
	const struct control *time = present(controls, CONTROL_EXPOSURE_TIME);
	uint64_t most = time && time->max[0] > 0 ? time->max[0] : 10 * USUAL_TIME;

	if (control_value(controls, CONTROL_EXPOSURE_PRIORITY, 0))
		return most;
	return least(most, interval / INTERVALS_PER_100US);
}

static uint64_t time_100us(const struct controls *controls, unsigned light, uint32_t interval)
{
	const struct control *time = present(controls, CONTROL_EXPOSURE_TIME);
	uint64_t wanted;

	if (time && !control_is_automatic(controls, CONTROL_EXPOSURE_TIME))
		return time->cur[0];
	wanted = light ? good_time(controls) * 100 / light : UINT32_MAX;
	wanted = least(wanted, longest_time(controls, interval));
	return wanted ? wanted : 1;
}

/* How much brighter a control makes the picture than its default does, in per cent. */
static unsigned relative(const struct controls *controls, enum control_id id)
{
	const struct control *control = present(controls, id);

	if (!control || control->def[0] <= 0 || control->cur[0] < 0)
		return 100;
	return (unsigned)(control->cur[0] * 100 / control->def[0]);
}

struct exposure exposure_compute(const struct controls *controls, unsigned light,
				 uint32_t interval)
{
	const struct control *brightness = present(controls, CONTROL_BRIGHTNESS);
	struct exposure exposure = { .frame_ns = (uint64_t)interval * 100 };
	uint64_t time, level;

	time = time_100us(controls, light, interval);
	level = time * light / good_time(controls) * relative(controls, CONTROL_GAIN) / 100;
	exposure.time_100us = (uint32_t)time;
	if (exposure.frame_ns < time * 100000)
		exposure.frame_ns = time * 100000;
	exposure.look.level = (unsigned)least(level, 10000);
	exposure.look.contrast = (unsigned)least(relative(controls, CONTROL_CONTRAST), 10000);
	if (brightness)
		exposure.look.brightness = (int)(brightness->cur[0] - brightness->def[0]);
	exposure.look.closed = control_value(controls, CONTROL_PRIVACY, 0);
	return exposure;
}
