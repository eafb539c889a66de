// SPDX-License-Identifier: GPL-2.0-or-later
/* A run's companion: lanes for the rules of companion.h. */
#include "common/tool/pairing.h"

#include "common/base/log.h"
#include "common/device/video.h"
#include "common/tool/run.h"

/* So many frames of one node may be there without the other's when both stop. */
#define END_FRAMES 2

static void settle(void *context, struct frame *frame)
{
	struct run *run = context;

	flow_hand_on(run, run->pairing.companion, frame);
}

void pairing_open(struct run *run)
{
	struct pairing *pairing = &run->pairing;

	for (unsigned i = 0; i < run->num_lanes; i++) {
		enum capture_place place = run->lanes[i].config->place;

		if (place == CAPTURE_COMPANION)
			pairing->companion = &run->lanes[i];
		else if (place != CAPTURE_PROCESSOR)
			pairing->leader = &run->lanes[i];
	}
	if (!pairing->leader || !pairing->companion)
		pairing->leader = pairing->companion = NULL;
	companion_init(&pairing->rules, settle, run);
}

void pairing_stop(struct run *run)
{
	struct companion *rules = &run->pairing.rules;
	uint64_t without = rules->num_leaders - rules->pairs;

	companion_cancel(rules);
	if (run->pairing.companion && without > END_FRAMES)
		log_notice(run->log, "unpaired",
			   "%s: lost or too late for %llu of %llu frames; what is told of these is "
			   "what was set for them",
			   run->pairing.companion->video->name, (unsigned long long)without,
			   (unsigned long long)rules->num_leaders);
}

void pairing_companion_came(struct run *run, struct frame *frame)
{
	const struct lane *leader = run->pairing.leader;
	bool waits = !run_lane_is_full(run, leader) || processor_needs(run, leader);

	companion_came(&run->pairing.rules, frame, waits);
}

void pairing_leader_came(struct run *run, uint32_t sequence, uint64_t timestamp_ns)
{
	companion_leader_came(&run->pairing.rules, sequence, timestamp_ns);
}
