// SPDX-License-Identifier: GPL-2.0-or-later
/* When to write sensor controls, and which of their values made which frame. */
#include "common/ipa/delays.h"

#include <errno.h>

#define MASK (IPA_DELAYS_SLOTS - 1)

/* Frames that can be asked for; the slots beyond are those of frames to come. */
#define REMEMBERED (IPA_DELAYS_SLOTS - IPA_DELAYS_MAX - 1)

static struct ipa_values *plan_of(struct ipa_delays *delays, uint32_t sequence)
{
	return &delays->plan[sequence & MASK];
}

static struct ipa_values *force_of(struct ipa_delays *delays, uint32_t sequence)
{
	return &delays->force[sequence & MASK];
}

void ipa_delays_restart(struct ipa_delays *delays)
{
	for (unsigned i = 0; i < IPA_DELAYS_SLOTS; i++) {
		delays->plan[i] = delays->asked;
		delays->force[i] = delays->held;
	}
	delays->is_running = false;
}

void ipa_delays_init(struct ipa_delays *delays, const uint8_t delay[IPA_NUM_CONTROLS],
		     const struct ipa_values *initial)
{
	delays->longest = 0;
	for (unsigned i = 0; i < IPA_NUM_CONTROLS; i++) {
		uint8_t d = delay[i] ? delay[i] : 1;

		delays->delay[i] = d < IPA_DELAYS_MAX ? d : IPA_DELAYS_MAX;
		if (delays->delay[i] > delays->longest)
			delays->longest = delays->delay[i];
	}
	delays->last = 0;
	delays->wanted = *initial;
	delays->asked = *initial;
	delays->held = *initial;
	delays->again = 0;
	ipa_delays_restart(delays);
}

void ipa_delays_want(struct ipa_delays *delays, const struct ipa_values *values)
{
	delays->wanted = *values;
}

/*
 * Frames whose start was missed: nothing was written then, so what the sensor holds stays
 * in force as long, and the plan for the frames that could have been reached stays as it was.
 */
static void fill_gap(struct ipa_delays *delays, uint32_t sequence)
{
	uint32_t gap = sequence - delays->last;

	if (gap >= IPA_DELAYS_SLOTS) {
		ipa_delays_restart(delays);
		return;
	}
	for (uint32_t at = delays->last + 1; at != sequence; at++) {
		*plan_of(delays, at + delays->longest) =
			*plan_of(delays, at + delays->longest - 1);
		for (unsigned i = 0; i < IPA_NUM_CONTROLS; i++)
			force_of(delays, at + delays->delay[i])->control[i] =
				delays->held.control[i];
	}
}

/* False if this start has been dealt with. */
static bool advance(struct ipa_delays *delays, uint32_t sequence)
{
	int32_t ahead = (int32_t)(sequence - delays->last);

	if (delays->is_running && ahead <= 0 && ahead > -REMEMBERED)
		return false;
	if (delays->is_running && ahead > 0)
		fill_gap(delays, sequence);
	else
		ipa_delays_restart(delays);
	delays->is_running = true;
	delays->last = sequence;
	return true;
}

unsigned ipa_delays_frame_start(struct ipa_delays *delays, uint32_t sequence,
				struct ipa_values *values)
{
	unsigned due = 0;

	if (!advance(delays, sequence))
		return 0;
	*plan_of(delays, sequence + delays->longest) = delays->wanted;
	for (unsigned i = 0; i < IPA_NUM_CONTROLS; i++) {
		uint32_t target = sequence + delays->delay[i];
		int32_t value = plan_of(delays, target)->control[i];

		if (value != delays->asked.control[i])
			due |= 1u << i;
		values->control[i] = value;
	}
	due |= delays->again;
	delays->again = 0;
	for (unsigned i = 0; i < IPA_NUM_CONTROLS; i++) {
		if (due & 1u << i) {
			delays->before.control[i] = delays->held.control[i];
			delays->held.control[i] = values->control[i];
			delays->asked.control[i] = values->control[i];
		}
		force_of(delays, sequence + delays->delay[i])->control[i] =
			delays->held.control[i];
	}
	return due;
}

void ipa_delays_moved(struct ipa_delays *delays, enum ipa_control control, int32_t value)
{
	delays->held.control[control] = value;
	force_of(delays, delays->last + delays->delay[control])->control[control] = value;
}

void ipa_delays_refused(struct ipa_delays *delays, enum ipa_control control)
{
	ipa_delays_moved(delays, control, delays->before.control[control]);
	delays->again |= 1u << control;
}

void ipa_delays_told(struct ipa_delays *delays, uint32_t sequence,
		     enum ipa_control control, int32_t value)
{
	int32_t ahead = (int32_t)(sequence - delays->last);

	if (delays->is_running && ahead >= -REMEMBERED && ahead <= delays->delay[control])
		force_of(delays, sequence)->control[control] = value;
}

int ipa_delays_get(const struct ipa_delays *delays, uint32_t sequence,
		   struct ipa_values *values)
{
	int32_t ahead = (int32_t)(sequence - delays->last);

	*values = delays->held;
	if (!delays->is_running)
		return 0;
	if (ahead < -REMEMBERED)
		return -ERANGE;
	/* Past what has been written, that which was written last goes on. */
	for (unsigned i = 0; i < IPA_NUM_CONTROLS; i++)
		if (ahead <= delays->delay[i])
			values->control[i] = delays->force[sequence & MASK].control[i];
	return 0;
}
