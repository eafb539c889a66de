// SPDX-License-Identifier: GPL-2.0-or-later
/* The history of sensor controls: what to write when, and which values made which frame. */
#include "common/ipa/delays.h"

#include <errno.h>

#include "test/unit/test.h"

static const uint8_t usual[IPA_NUM_CONTROLS] = { 2, 2, 1, 1 };

static struct ipa_values both(int32_t exposure, int32_t gain)
{
	return (struct ipa_values){ { 100, exposure, gain, 256 } };
}

static void want(struct ipa_delays *delays, int32_t exposure, int32_t gain)
{
	struct ipa_values values = both(exposure, gain);

	ipa_delays_want(delays, &values);
}

/* "e20 g3": what is written at the start of a frame. */
static const char *start(struct ipa_delays *delays, uint32_t sequence)
{
	static const char names[IPA_NUM_CONTROLS] = { 'v', 'e', 'g', 'd' };
	static char text[128];
	struct ipa_values values;
	unsigned due = ipa_delays_frame_start(delays, sequence, &values);
	size_t length = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < IPA_NUM_CONTROLS; i++)
		if (due & 1u << i)
			length += (size_t)snprintf(text + length, sizeof(text) - length,
						   "%s%c%d", length ? " " : "", names[i],
						   values.control[i]);
	return text;
}

/* "20 3": exposure and gain in force for a frame. */
static const char *force(const struct ipa_delays *delays, uint32_t sequence)
{
	static char text[64];
	struct ipa_values values;
	int ret = ipa_delays_get(delays, sequence, &values);

	if (ret < 0)
		return ret == -ERANGE ? "ERANGE" : "?";
	snprintf(text, sizeof(text), "%d %d", values.control[IPA_EXPOSURE],
		 values.control[IPA_ANALOGUE_GAIN]);
	return text;
}

static void begin(struct ipa_delays *delays)
{
	struct ipa_values initial = both(10, 1);

	ipa_delays_init(delays, usual, &initial);
}

static void test_order(void)
{
	struct ipa_delays delays;

	begin(&delays);
	test_case("delays: what the sensor was started with makes the first frames");
	CHECK_STR_EQ(force(&delays, 0), "10 1");
	CHECK_STR_EQ(start(&delays, 0), "");
	CHECK_STR_EQ(force(&delays, 0), "10 1");

	test_case("delays: exposure first, gain a frame later, both act on the same frame");
	want(&delays, 20, 2);
	CHECK_STR_EQ(start(&delays, 1), "e20");
	CHECK_STR_EQ(start(&delays, 2), "g2");
	CHECK_STR_EQ(start(&delays, 3), "");
	CHECK_STR_EQ(force(&delays, 1), "10 1");
	CHECK_STR_EQ(force(&delays, 2), "10 1");
	CHECK_STR_EQ(force(&delays, 3), "20 2");
	CHECK_STR_EQ(force(&delays, 4), "20 2");

	test_case("delays: a new set each frame, each lands whole");
	begin(&delays);
	start(&delays, 0);
	for (int n = 1; n < 200; n++) {
		char whole[64];

		want(&delays, 1000 + n, 2000 + n);
		start(&delays, (uint32_t)n);
		snprintf(whole, sizeof(whole), "%d %d", 1000 + n - 2, 2000 + n - 2);
		if (n > 2)
			CHECK_STR_EQ(force(&delays, (uint32_t)n), whole);
	}

	test_case("delays: the last wish before a start is the one that counts");
	begin(&delays);
	start(&delays, 0);
	want(&delays, 20, 2);
	want(&delays, 30, 3);
	CHECK_STR_EQ(start(&delays, 1), "e30");
	CHECK_STR_EQ(start(&delays, 2), "g3");

	test_case("delays: VBLANK is written no later than the exposure that needs it");
	struct ipa_values values = { { 500, 600, 1, 256 } };
	uint8_t long_vblank[IPA_NUM_CONTROLS] = { 3, 2, 2, 2 };
	struct ipa_values initial = both(10, 1);
	ipa_delays_init(&delays, long_vblank, &initial);
	ipa_delays_want(&delays, &values);
	CHECK_STR_EQ(start(&delays, 0), "v500");
	CHECK_STR_EQ(start(&delays, 1), "e600");
	CHECK_STR_EQ(force(&delays, 2), "10 1");
	CHECK_STR_EQ(force(&delays, 3), "600 1");

	test_case("delays: of 0 and beyond the most are moved into the range");
	ipa_delays_init(&delays, (const uint8_t[]){ 0, 255, 1, 1 }, &initial);
	CHECK_EQ(delays.delay[0], 1);
	CHECK_EQ(delays.delay[1], IPA_DELAYS_MAX);
}

static void test_gaps(void)
{
	struct ipa_delays delays;

	test_case("gaps: a missed start writes late, and the record says so");
	begin(&delays);
	start(&delays, 0);
	want(&delays, 20, 2);
	CHECK_STR_EQ(start(&delays, 1), "e20");
	/* 2 is missed: the gain goes out at 3, and acts on 4, a frame after exposure. */
	CHECK_STR_EQ(start(&delays, 3), "g2");
	CHECK_STR_EQ(force(&delays, 2), "10 1");
	CHECK_STR_EQ(force(&delays, 3), "20 1");
	CHECK_STR_EQ(force(&delays, 4), "20 2");

	test_case("gaps: what is wanted after the gap lands whole");
	want(&delays, 30, 3);
	CHECK_STR_EQ(start(&delays, 7), "e30");
	CHECK_STR_EQ(start(&delays, 8), "g3");
	CHECK_STR_EQ(force(&delays, 7), "20 2");
	CHECK_STR_EQ(force(&delays, 8), "20 2");
	CHECK_STR_EQ(force(&delays, 9), "30 3");

	test_case("gaps: frames whose start was not seen are known all the same");
	CHECK_STR_EQ(force(&delays, 5), "20 2");
	CHECK_STR_EQ(force(&delays, 12), "30 3");

	test_case("gaps: longer than the memory, nothing is lost but the past");
	want(&delays, 40, 4);
	CHECK_STR_EQ(start(&delays, 1000000), "e40");
	CHECK_STR_EQ(start(&delays, 1000001), "g4");
	CHECK_STR_EQ(force(&delays, 1000001), "30 3");
	CHECK_STR_EQ(force(&delays, 1000002), "40 4");
	CHECK_STR_EQ(force(&delays, 8), "ERANGE");

	test_case("gaps: of half of all numbers there are, in no time");
	CHECK_STR_EQ(start(&delays, 1000001u + INT32_MAX), "");
	CHECK_STR_EQ(force(&delays, 1000001u + INT32_MAX), "40 4");
	begin(&delays);
	want(&delays, 40, 4);
	start(&delays, 1000000);
	start(&delays, 1000001);

	test_case("gaps: the same start again, or an older one, writes nothing");
	want(&delays, 50, 5);
	CHECK_STR_EQ(start(&delays, 1000001), "");
	CHECK_STR_EQ(start(&delays, 999999), "");
	CHECK_STR_EQ(start(&delays, 1000002), "e50");

	test_case("gaps: far back is a new start, with what the sensor holds");
	CHECK_STR_EQ(start(&delays, 0), "");
	CHECK_STR_EQ(force(&delays, 0), "50 4");
	CHECK_STR_EQ(start(&delays, 1), "g5");

	test_case("gaps: sequence numbers wrap");
	begin(&delays);
	start(&delays, UINT32_MAX - 1);
	want(&delays, 20, 2);
	CHECK_STR_EQ(start(&delays, UINT32_MAX), "e20");
	CHECK_STR_EQ(start(&delays, 0), "g2");
	CHECK_STR_EQ(force(&delays, UINT32_MAX), "10 1");
	CHECK_STR_EQ(force(&delays, 0), "10 1");
	CHECK_STR_EQ(force(&delays, 1), "20 2");

	test_case("gaps: after a restart the first frame is made by what was held");
	ipa_delays_restart(&delays);
	CHECK_STR_EQ(force(&delays, 0), "20 2");
	CHECK_STR_EQ(start(&delays, 0), "");
	CHECK_STR_EQ(force(&delays, 1), "20 2");
}

static void test_troubles(void)
{
	struct ipa_delays delays;

	test_case("refused: the value before stays in force, and it is written again");
	begin(&delays);
	start(&delays, 0);
	want(&delays, 20, 1);
	CHECK_STR_EQ(start(&delays, 1), "e20");
	ipa_delays_refused(&delays, IPA_EXPOSURE);
	CHECK_STR_EQ(force(&delays, 3), "10 1");
	CHECK_STR_EQ(start(&delays, 2), "e20");
	CHECK_STR_EQ(start(&delays, 3), "");
	CHECK_STR_EQ(force(&delays, 3), "10 1");
	CHECK_STR_EQ(force(&delays, 4), "20 1");

	test_case("refused: a wish that came meanwhile is what is written");
	want(&delays, 30, 1);
	CHECK_STR_EQ(start(&delays, 4), "e30");
	ipa_delays_refused(&delays, IPA_EXPOSURE);
	want(&delays, 20, 1);
	CHECK_STR_EQ(start(&delays, 5), "e20");
	CHECK_STR_EQ(force(&delays, 7), "20 1");

	test_case("moved: what the driver made of it is in force, and it is not asked again");
	want(&delays, 5000, 1);
	CHECK_STR_EQ(start(&delays, 6), "e5000");
	ipa_delays_moved(&delays, IPA_EXPOSURE, 1759);
	CHECK_STR_EQ(start(&delays, 7), "");
	CHECK_STR_EQ(start(&delays, 8), "");
	CHECK_STR_EQ(force(&delays, 7), "20 1");
	CHECK_STR_EQ(force(&delays, 8), "1759 1");
	CHECK_STR_EQ(force(&delays, 10), "1759 1");
}

static void test_told(void)
{
	struct ipa_delays delays;

	test_case("told: what the sensor says made a frame did, that one and no other");
	begin(&delays);
	start(&delays, 0);
	want(&delays, 20, 2);
	CHECK_STR_EQ(start(&delays, 1), "e20");
	CHECK_STR_EQ(start(&delays, 2), "g2");
	start(&delays, 3);
	ipa_delays_told(&delays, 3, IPA_EXPOSURE, 10);
	CHECK_STR_EQ(force(&delays, 2), "10 1");
	CHECK_STR_EQ(force(&delays, 3), "10 2");
	CHECK_STR_EQ(force(&delays, 4), "20 2");
	ipa_delays_told(&delays, 2, IPA_ANALOGUE_GAIN, 7);
	CHECK_STR_EQ(force(&delays, 1), "10 1");
	CHECK_STR_EQ(force(&delays, 2), "10 7");
	CHECK_STR_EQ(force(&delays, 3), "10 2");

	test_case("told: nothing is written for it");
	CHECK_STR_EQ(start(&delays, 4), "");
	CHECK_STR_EQ(start(&delays, 5), "");
	CHECK_STR_EQ(force(&delays, 7), "20 2");

	test_case("told: of a frame whose start is not seen yet, as far as it is settled");
	ipa_delays_told(&delays, 6, IPA_EXPOSURE, 61);
	ipa_delays_told(&delays, 7, IPA_EXPOSURE, 62);
	ipa_delays_told(&delays, 8, IPA_EXPOSURE, 63);
	ipa_delays_told(&delays, 6, IPA_ANALOGUE_GAIN, 8);
	ipa_delays_told(&delays, 7, IPA_ANALOGUE_GAIN, 9);
	CHECK_STR_EQ(force(&delays, 6), "61 8");
	CHECK_STR_EQ(force(&delays, 7), "62 2");
	CHECK_STR_EQ(force(&delays, 8), "20 2");
	start(&delays, 6);
	start(&delays, 8);
	CHECK_STR_EQ(force(&delays, 6), "61 8");
	CHECK_STR_EQ(force(&delays, 7), "62 2");
	CHECK_STR_EQ(force(&delays, 8), "20 2");

	test_case("told: as long as frames are remembered, and no longer");
	begin(&delays);
	for (uint32_t n = 0; n < 200; n++)
		start(&delays, n);
	CHECK_STR_EQ(force(&delays, 144), "10 1");
	CHECK_STR_EQ(force(&delays, 143), "ERANGE");
	ipa_delays_told(&delays, 144, IPA_EXPOSURE, 70);
	CHECK_STR_EQ(force(&delays, 144), "70 1");
	for (uint32_t n = 130; n < 144; n++)
		ipa_delays_told(&delays, n, IPA_EXPOSURE, 80);
	CHECK_STR_EQ(force(&delays, 143), "ERANGE");
	for (uint32_t n = 194; n < 204; n++)
		CHECK_STR_EQ(force(&delays, n), "10 1");

	test_case("told: never in the place of another frame, with the longest delays either");
	struct ipa_values initial = both(10, 1);
	ipa_delays_init(&delays, (const uint8_t[]){ 8, 8, 8, 8 }, &initial);
	for (uint32_t n = 0; n < 200; n++)
		start(&delays, n);
	for (uint32_t n = 0; n < 144; n++)
		ipa_delays_told(&delays, n, IPA_EXPOSURE, 85);
	for (uint32_t n = 208; n < 400; n++)
		ipa_delays_told(&delays, n, IPA_EXPOSURE, 86);
	for (uint32_t n = 144; n < 208; n++)
		CHECK_STR_EQ(force(&delays, n), "10 1");
	ipa_delays_told(&delays, 207, IPA_EXPOSURE, 87);
	CHECK_STR_EQ(force(&delays, 207), "87 1");

	test_case("told: also where numbers wrap");
	begin(&delays);
	start(&delays, UINT32_MAX);
	start(&delays, 0);
	ipa_delays_told(&delays, UINT32_MAX, IPA_EXPOSURE, 90);
	ipa_delays_told(&delays, 1, IPA_EXPOSURE, 91);
	CHECK_STR_EQ(force(&delays, UINT32_MAX), "90 1");
	CHECK_STR_EQ(force(&delays, 0), "10 1");
	CHECK_STR_EQ(force(&delays, 1), "91 1");

	test_case("told: before the first start, and after a restart, it is of no frame");
	begin(&delays);
	ipa_delays_told(&delays, 0, IPA_EXPOSURE, 95);
	CHECK_STR_EQ(force(&delays, 0), "10 1");
	start(&delays, 0);
	CHECK_STR_EQ(force(&delays, 0), "10 1");
	ipa_delays_restart(&delays);
	ipa_delays_told(&delays, 1, IPA_EXPOSURE, 96);
	start(&delays, 1);
	CHECK_STR_EQ(force(&delays, 1), "10 1");
}

int main(void)
{
	test_order();
	test_gaps();
	test_troubles();
	test_told();
	return test_done();
}
