// SPDX-License-Identifier: GPL-2.0-or-later
/* What acted on which frame. */
#include "common/ipa/history.h"

#include "test/unit/test.h"

static struct ipa_processing with_gain(double gain)
{
	return (struct ipa_processing){ .gains = { gain, 1 }, .digital_gain = 1 };
}

static unsigned add(struct ipa_history *history, uint32_t since, double red)
{
	struct ipa_processing processing = with_gain(red);

	return ipa_history_add(history, since, &processing);
}

static double red_of(const struct ipa_history *history, uint32_t sequence)
{
	return history->processing[ipa_history_find(history, sequence)].gains.red;
}

int main(void)
{
	static struct ipa_history history;
	unsigned slot;

	ipa_history_init(&history);

	test_case("history: what nobody changes stays");
	add(&history, 0, 1);
	CHECK_EQ(red_of(&history, 0), 1);
	CHECK_EQ(red_of(&history, 1000), 1);

	test_case("history: each acts from its frame on");
	add(&history, 10, 2);
	add(&history, 12, 3);
	CHECK_EQ(red_of(&history, 9), 1);
	CHECK_EQ(red_of(&history, 10), 2);
	CHECK_EQ(red_of(&history, 11), 2);
	CHECK_EQ(red_of(&history, 12), 3);

	test_case("history: of two for one frame the later counts");
	add(&history, 12, 4);
	CHECK_EQ(red_of(&history, 12), 4);

	test_case("history: slots are the caller's to use, too");
	slot = add(&history, 20, 5);
	CHECK_EQ(ipa_history_find(&history, 20), slot);

	test_case("history: too long ago is the oldest that is known");
	for (unsigned i = 0; i < IPA_HISTORY_SLOTS; i++)
		CHECK(add(&history, 100 + i, 100 + i) < IPA_HISTORY_SLOTS);
	CHECK_EQ(red_of(&history, 50), 100);
	CHECK_EQ(red_of(&history, 131), 131);

	test_case("history: sequence numbers wrap");
	ipa_history_init(&history);
	add(&history, UINT32_MAX - 1, 1);
	add(&history, 1, 2);
	CHECK_EQ(red_of(&history, UINT32_MAX), 1);
	CHECK_EQ(red_of(&history, 0), 1);
	CHECK_EQ(red_of(&history, 2), 2);
	return test_done();
}
