/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the processor did to which frame: statistics may be taken behind it, and records of
 * frames tell it. A platform adds what it knows to act from a frame on, and asks for any of
 * the last frames.
 */
#ifndef RAWLINE_IPA_HISTORY_H
#define RAWLINE_IPA_HISTORY_H

#include <stdint.h>

#include "common/ipa/color.h"

#define IPA_HISTORY_SLOTS 32 /* a power of two */

/* What exposure and white balance want of a processor, or what it did. */
struct ipa_processing {
	struct ipa_gains gains;
	struct ipa_matrix matrix;
	double digital_gain; /* 1: none */
};

struct ipa_history {
	unsigned newest;
	unsigned num;
	uint32_t since[IPA_HISTORY_SLOTS]; /* the first frame that it acts on */
	struct ipa_processing processing[IPA_HISTORY_SLOTS];
};

/* Empties it. */
void ipa_history_init(struct ipa_history *history);

/*
 * From that frame on, which is not before the last one that was added; the oldest is
 * forgotten. Returns the slot (below IPA_HISTORY_SLOTS), for what a platform knows besides.
 */
unsigned ipa_history_add(struct ipa_history *history, uint32_t since,
			 const struct ipa_processing *processing);

/*
 * The slot of what acted on a frame: the newest that began by then, for nothing changes by
 * itself; for a frame too long ago the oldest. Something must have been added.
 */
unsigned ipa_history_find(const struct ipa_history *history, uint32_t sequence);

#endif
