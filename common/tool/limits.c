// SPDX-License-Identifier: GPL-2.0-or-later
/* How long a run waits for frames before it gives up. */
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/device/video.h"
#include "common/tool/loop.h"
#include "common/tool/run.h"

#define SECOND_NS UINT64_C(1000000000)

static uint64_t patience_ns(const struct run *run, const struct lane *lane)
{
	const struct text_fraction *rate = &lane->config->rate;
	uint64_t five_frames_ns;

	if (!lane->seen_ns)
		return run->options->first_frame_ns;
	if (run->options->between_frames_ns)
		return run->options->between_frames_ns;
	if (!rate->numerator)
		return SECOND_NS;
	five_frames_ns = 5 * SECOND_NS * rate->denominator / rate->numerator;
	return five_frames_ns > SECOND_NS ? five_frames_ns : SECOND_NS;
}

static int gave_up(struct run *run, const struct lane *lane)
{
	char limit[32];

	text_print_duration(patience_ns(run, lane), limit, sizeof(limit));
	log_error(run->log, "no-frame", "%s (%s): %s %s", lane->video->name,
		  lane->video->node,
		  lane->seen_ns ? "no further frame within" : "no frame within", limit);
	run_fail(run, STATUS_NO_FRAME);
	return run_loop_value(run);
}

/*
 * Nothing happened for long. A stream whose buffers are all with a slow writer is not
 * to blame.
 */
static int is_idle(void *context)
{
	struct run *run = context;

	for (unsigned i = 0; i < run->num_lanes; i++)
		if (run->lanes[i].stream.queued && !run_lane_is_full(run, &run->lanes[i]))
			return gave_up(run, &run->lanes[i]);
	return 0;
}

void limits_set_patience(struct run *run)
{
	uint64_t least_ns = UINT64_MAX;

	for (unsigned i = 0; i < run->num_lanes; i++) {
		uint64_t lane_ns = patience_ns(run, &run->lanes[i]);

		least_ns = lane_ns < least_ns ? lane_ns : least_ns;
	}
	loop_set_patience(run->setup->loop, least_ns, is_idle, run);
}

int limits_check_others(struct run *run, const struct lane *lane)
{
	for (unsigned i = 0; i < run->num_lanes; i++) {
		const struct lane *other = &run->lanes[i];
		uint64_t since_ns = other->seen_ns ? other->seen_ns : run->started_ns;

		if (other == lane || !other->stream.queued || run_lane_is_full(run, other))
			continue;
		if (lane->seen_ns > since_ns + patience_ns(run, other))
			return gave_up(run, other);
	}
	return 0;
}
