// SPDX-License-Identifier: GPL-2.0-or-later
/* What the processor did to which frame. */
#include "common/ipa/history.h"

void ipa_history_init(struct ipa_history *history)
{
	history->newest = 0;
	history->num = 0;
}

unsigned ipa_history_add(struct ipa_history *history, uint32_t since,
			 const struct ipa_processing *processing)
{
	unsigned slot = (history->newest + 1) % IPA_HISTORY_SLOTS;

	history->since[slot] = since;
	history->processing[slot] = *processing;
	history->newest = slot;
	if (history->num < IPA_HISTORY_SLOTS)
		history->num++;
	return slot;
}

unsigned ipa_history_find(const struct ipa_history *history, uint32_t sequence)
{
	unsigned slot = history->newest;

	for (unsigned back = 0; back < history->num; back++) {
		slot = (history->newest - back) % IPA_HISTORY_SLOTS;
		/* Sequence numbers wrap. */
		if ((int32_t)(sequence - history->since[slot]) >= 0)
			break;
	}
	return slot;
}
