/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Automatic white balance: from the zones of a frame to the gains of red and blue, the
 * light's colour temperature, and the colour matrix that suits it.
 *
 * A grey world: what is neither dark, nor clipped, nor far from any light's colour is taken
 * to be grey on average; zones that stray from that average are left out, and it is
 * taken again.
 */
#ifndef RAWLINE_IPA_WHITE_BALANCE_H
#define RAWLINE_IPA_WHITE_BALANCE_H

#include <stdbool.h>

#include "common/ipa/tuning.h"
#include "common/ipa/zones.h"

struct ipa_white_balance {
	const struct ipa_tuning *tuning;
	double min_gain, max_gain;
	bool is_manual;

	/* The result. */
	struct ipa_gains gains;
	double kelvin;
	struct ipa_matrix matrix;
	bool matrix_changed; /* by the last call */
	bool is_settled;     /* the last frame asked for no other gains */

	double matrix_kelvin; /* for which the matrix is */
	unsigned frames;
};

/*
 * Starts with the gains for daylight of 5000 K. The tuning is lent. max_gain is what the
 * hardware can do if the tuning allows more; 0: no limit but the tuning's.
 */
void ipa_white_balance_init(struct ipa_white_balance *balance,
			    const struct ipa_tuning *tuning, double max_gain);

/* These gains from now on (within the limits), whatever is seen. */
void ipa_white_balance_set_manual(struct ipa_white_balance *balance,
				  const struct ipa_gains *gains);

/*
 * Takes the colour zones of one frame, whose means must be without white balance and matrix
 * (ipa_color_undo() takes them off). Returns true if the gains are others than before.
 * Zones of luminance, and frames with nothing grey in them, change nothing.
 */
bool ipa_white_balance_process(struct ipa_white_balance *balance,
			       const struct ipa_zones *zones);

/*
 * Red, green and blue factors of which none is below 1 and one is 1, in the same ratio: for
 * hardware that can't take away, and against pink where all three colours are clipped.
 */
void ipa_gains_above_one(const struct ipa_gains *gains, double factors[3]);

#endif
