// SPDX-License-Identifier: GPL-2.0-or-later
/* A curve of straight pieces, for gamma: from light to numbers, as tables for hardware. */
#include "common/ipa/curve.h"

#define FULL      65535u
#define MAX_STOPS 16

/* Points stand close where the curve bends: equal errors on all pieces. */
const struct ipa_curve ipa_curve_srgb = {
	.num_points = 33,
	.points = {
		{ 0, 0 },	  { 205, 2649 },    { 290, 3621 },    { 401, 4666 },
		{ 543, 5779 },	  { 723, 6968 },    { 946, 8221 },    { 1221, 9548 },
		{ 1555, 10942 },  { 1958, 12408 },  { 2439, 13942 },  { 3010, 15550 },
		{ 3682, 17228 },  { 4467, 18974 },  { 5379, 20792 },  { 6432, 22678 },
		{ 7643, 24637 },  { 9027, 26665 },  { 10603, 28764 }, { 12390, 30934 },
		{ 14406, 33174 }, { 16674, 35484 }, { 19215, 37863 }, { 22054, 40314 },
		{ 25215, 42835 }, { 28725, 45427 }, { 32611, 48088 }, { 36901, 50820 },
		{ 41626, 53622 }, { 46819, 56495 }, { 52512, 59438 }, { 58739, 62452 },
		{ 65535, 65535 },
	},
};

bool ipa_curve_is_valid(const struct ipa_curve *curve)
{
	const struct ipa_curve_point *points = curve->points;
	unsigned last = curve->num_points - 1;

	if (curve->num_points < 2 || curve->num_points > IPA_CURVE_MAX_POINTS)
		return false;
	for (unsigned i = 0; i < last; i++)
		if (points[i + 1].x <= points[i].x || points[i + 1].y < points[i].y)
			return false;
	return points[0].x == 0 && points[last].x == FULL;
}

uint16_t ipa_curve_at(const struct ipa_curve *curve, uint16_t x)
{
	const struct ipa_curve_point *a, *b;
	unsigned low = 0, high = curve->num_points - 1, middle;

	while (high - low > 1) {
		middle = (low + high) / 2;
		if (curve->points[middle].x <= x)
			low = middle;
		else
			high = middle;
	}
	a = &curve->points[low];
	b = &curve->points[high];
	return (uint16_t)(a->y + ((uint32_t)(b->y - a->y) * (uint32_t)(x - a->x) +
				  (uint32_t)(b->x - a->x) / 2) /
					 (uint32_t)(b->x - a->x));
}

static uint16_t entry(const struct ipa_curve *curve, uint64_t x, uint64_t full, unsigned bits)
{
	uint64_t place = x >= full ? FULL : (x * FULL + full / 2) / full;
	uint32_t y = ipa_curve_at(curve, (uint16_t)place);
	uint32_t ones = (1u << bits) - 1;

	return (uint16_t)((y * ones + FULL / 2) / FULL);
}

void ipa_curve_table(const struct ipa_curve *curve, const uint16_t *xs, size_t count,
		     uint32_t full, unsigned bits, uint16_t *table)
{
	for (size_t i = 0; i < count; i++)
		table[i] = entry(curve, xs[i], full, bits);
}

void ipa_curve_even_table(const struct ipa_curve *curve, size_t count, unsigned bits,
			  uint16_t *table)
{
	for (size_t i = 0; i < count; i++)
		table[i] = entry(curve, i, count - 1, bits);
}

/* By the bits of the fraction: libm's exp2() may differ from machine to machine. */
double ipa_exp2(double stops)
{
	static const double roots[] = {
		1.4142135623730951, 1.189207115002721,  1.0905077326652577,
		1.0442737824274138, 1.0218971486541166, 1.0108892860517005,
		1.0054299011128027, 1.0027112750502025, 1.0013547198921082,
		1.0006771306930664, 1.0003385080526823, 1.0001692397053022,
	};
	double power = 1, step = 0.5;

	if (!(stops > -MAX_STOPS))
		stops = -MAX_STOPS;
	if (stops > MAX_STOPS)
		stops = MAX_STOPS;
	for (; stops >= 1; stops--)
		power *= 2;
	for (; stops < 0; stops++)
		power /= 2;
	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++, step /= 2) {
		if (stops < step)
			continue;
		stops -= step;
		power *= roots[i];
	}
	return power;
}
