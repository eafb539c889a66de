/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sensor controls act frames after they were written, and not all of them equally late.
 * This decides what to write when, so that values that belong together land on the same
 * frame, and remembers what was in force for which frame.
 *
 *	wanted       ─▶ ipa_delays_want()
 *	start of N   ─▶ ipa_delays_frame_start() ─▶ controls to write now
 *	frame or statistics of N ─▶ ipa_delays_get() ─▶ the values that made it
 *
 * A control with delay d that is written at the start of frame N acts on frame N + d. With
 * exposure 2 and gain 1, a set wanted before the start of N has its exposure written at N,
 * its gain at N + 1, and both act on N + 2.
 */
#ifndef RAWLINE_IPA_DELAYS_H
#define RAWLINE_IPA_DELAYS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/ipa/sensor.h"

#define IPA_DELAYS_MAX   8
#define IPA_DELAYS_SLOTS 64 /* frames that are remembered; a power of two */

struct ipa_delays {
	uint8_t delay[IPA_NUM_CONTROLS];
	unsigned longest;
	bool is_running;
	uint32_t last; /* the newest frame whose start was seen */

	struct ipa_values wanted;
	struct ipa_values asked;                   /* as written last */
	struct ipa_values held;                    /* what the sensor made of it */
	struct ipa_values before;                  /* what it held before that */
	unsigned again;                            /* a bit for each that was refused */
	struct ipa_values plan[IPA_DELAYS_SLOTS];  /* by frame: to be in force */
	struct ipa_values force[IPA_DELAYS_SLOTS]; /* by frame: in force */
};

/*
 * delay holds 1 to IPA_DELAYS_MAX for each control (others are moved into that range);
 * initial is what the sensor was set to before its start, which makes frame 0.
 */
void ipa_delays_init(struct ipa_delays *delays, const uint8_t delay[IPA_NUM_CONTROLS],
		     const struct ipa_values *initial);

/* Before the sensor starts again: what it holds makes the first frame. */
void ipa_delays_restart(struct ipa_delays *delays);

/* The values wanted from now on, as soon as they can act; replaces what was wanted. */
void ipa_delays_want(struct ipa_delays *delays, const struct ipa_values *values);

/*
 * The start of a frame (FRAME_SYNC). Returns a bit, 1 << IPA_…, for each control to be
 * written at once, in the order of the enum, values->control having what. The bits count
 * as written. Missed events do no harm: what was due is written late and recorded so.
 * The same frame again, or an older one, writes nothing; one that lies far back is taken
 * for the first of a new start.
 */
unsigned ipa_delays_frame_start(struct ipa_delays *delays, uint32_t sequence,
				struct ipa_values *values);

/*
 * After a write at the last frame start that did not do as told. Either the driver moved the
 * value, and this is what it took; or it refused, and the value before stays until the next
 * frame start, which has the bit set again.
 */
void ipa_delays_moved(struct ipa_delays *delays, enum ipa_control control, int32_t value);
void ipa_delays_refused(struct ipa_delays *delays, enum ipa_control control);

/*
 * The sensor itself tells, in its embedded data, what made a frame: that is what was in force,
 * whatever the delays say. Only for frames that are remembered; others change nothing.
 */
void ipa_delays_told(struct ipa_delays *delays, uint32_t sequence,
		     enum ipa_control control, int32_t value);

/*
 * What was in force for a frame; also for one whose start was not seen, or is to come (as
 * far as it is settled). Returns 0, or -ERANGE if that frame is too long ago.
 */
int ipa_delays_get(const struct ipa_delays *delays, uint32_t sequence,
		   struct ipa_values *values);

#endif
