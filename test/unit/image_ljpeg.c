// SPDX-License-Identifier: GPL-2.0-or-later
/* Lossless JPEG, read back. */
#include "common/image/ljpeg.h"

#include <errno.h>
#include <stdlib.h>

#include "test/unit/ljpeg_reader.h"
#include "test/unit/test.h"

#define ROOM (1 << 20)

/* Writes the samples, of which each so manyth line is surveyed, and reads them. Its bytes. */
static size_t try_samples(struct ljpeg *ljpeg, const struct ljpeg_shape *shape,
			  const uint16_t *samples, unsigned each)
{
	const uint8_t *bytes = NULL;
	size_t size = 0;

	for (uint32_t y = 0; each && y < shape->height; y += each)
		ljpeg_survey(ljpeg, samples + y * shape->width);
	ljpeg_begin(ljpeg);
	for (uint32_t y = 0; y < shape->height; y++)
		ljpeg_put(ljpeg, samples + y * shape->width);
	CHECK_EQ(ljpeg_end(ljpeg, &bytes, &size), 0);
	ljpeg_is(bytes, size, shape, samples);
	return size;
}

static uint32_t random_bits(void)
{
	static uint32_t state = 1;

	state = state * 1664525 + 1013904223;
	return state >> 16;
}

static void fill(uint16_t *samples, const struct ljpeg_shape *shape, unsigned bits)
{
	for (uint32_t i = 0; i < shape->width * shape->height; i++)
		samples[i] = (uint16_t)(random_bits() & ((1u << bits) - 1));
}

static void try_kinds(const struct ljpeg_shape *shape, uint16_t *samples)
{
	size_t count = (size_t)shape->width * shape->height;
	uint16_t most = (uint16_t)((1u << shape->bits) - 1);
	struct ljpeg *ljpeg = NULL;

	if (!CHECK_EQ(ljpeg_create(shape, ROOM, &ljpeg), 0))
		return;
	for (unsigned bits = 1; bits <= shape->bits; bits++) {
		fill(samples, shape, bits);
		try_samples(ljpeg, shape, samples, 1);
		try_samples(ljpeg, shape, samples, 0);
	}
	/* Black and white by turns: the largest differences there are. */
	for (size_t i = 0; i < count; i++)
		samples[i] = i / shape->components % 2 ? most : 0;
	try_samples(ljpeg, shape, samples, 2);
	/* Half of all apart, which one category has for itself. */
	for (size_t i = 0; i < count; i++)
		samples[i] = i / shape->components % 2 ? most / 2 + 1 : 0;
	try_samples(ljpeg, shape, samples, 1);
	memset(samples, 0, count * sizeof(*samples));
	try_samples(ljpeg, shape, samples, 1);
	/* A survey that has seen none of what comes. */
	ljpeg_survey(ljpeg, samples);
	fill(samples, shape, shape->bits);
	try_samples(ljpeg, shape, samples, 0);
	ljpeg_destroy(ljpeg);
}

static void test_round_trip(void)
{
	static const struct ljpeg_shape shapes[] = {
		{ 64, 48, 16, 2 }, { 64, 48, 16, 1 }, { 64, 48, 8, 2 },
		{ 63, 11, 8, 1 },  { 62, 11, 12, 2 }, { 2, 2, 16, 2 },
		{ 1, 1, 16, 1 },   { 2, 300, 16, 2 }, { 4000, 1, 16, 2 },
	};
	uint16_t *samples = calloc(4096, sizeof(*samples));

	test_case("lossless: noise, flat and extreme samples come back to the bit");
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		try_kinds(&shapes[i], samples);
	free(samples);
}

/* So many differences of a category, one of that size and then back. */
static uint32_t add_differences(uint16_t *samples, uint32_t at, unsigned category,
				uint32_t count)
{
	uint16_t size = (uint16_t)(category ? 1u << (category - 1) : 0);

	for (; count--; at++)
		samples[at + 1] = (uint16_t)(samples[at] + (at % 2 ? size : -size));
	return at;
}

/*
 * Categories in such shares that codes become as long as they can, those of the most bits the
 * longest: two of these have more than there is room for at once.
 */
static void test_rare(void)
{
	const struct ljpeg_shape shape = { 4096, 22, 16, 1 };
	static const uint8_t rarest_first[] = { 15, 14, 13, 12, 16, 11, 10, 9, 8,
						7,  6,  5,  4,  3,  2,  1,  0 };
	const uint32_t all = shape.width * shape.height;
	uint16_t *samples = calloc(all, sizeof(*samples));
	uint32_t at = 0, count = 8;
	struct ljpeg *ljpeg = NULL;
	const uint8_t *bytes = NULL;
	size_t size;

	test_case("lossless: of the most uneven numbers of differences, codes of 14 bits");
	for (unsigned i = 0; i < 17; i++, count = count * 17 / 10)
		at = add_differences(samples, at, rarest_first[i], count);
	at = add_differences(samples, at, 0, all - 1 - at);
	if (!CHECK_EQ(ljpeg_create(&shape, ROOM, &ljpeg), 0))
		return;
	CHECK(try_samples(ljpeg, &shape, samples, 1) < all / 2);
	for (uint32_t y = 0; y < shape.height; y++)
		ljpeg_survey(ljpeg, samples + y * shape.width);
	ljpeg_begin(ljpeg);
	CHECK_EQ(ljpeg_end(ljpeg, &bytes, &size), 0);
	/* How many there are, behind SOI, SOF3 and the first bytes of DHT. */
	CHECK_EQ(bytes[2 + 13 + 5 + 13], 1);
	ljpeg_destroy(ljpeg);
	free(samples);
}

static void test_size(void)
{
	const struct ljpeg_shape shape = { 256, 64, 16, 2 };
	const size_t plain = 2 * 256 * 64;
	uint16_t samples[256 * 64];
	struct ljpeg *ljpeg = NULL;
	const uint8_t *bytes;
	size_t size, half;

	test_case("lossless: what is smooth is small, and the survey is of use");
	CHECK_EQ(ljpeg_create(&shape, plain, &ljpeg), 0);
	fill(samples, &shape, 4);
	half = try_samples(ljpeg, &shape, samples, 8);
	CHECK(half < plain * 5 / 16);
	CHECK(half < try_samples(ljpeg, &shape, samples, 0));
	memset(samples, 0, sizeof(samples));
	CHECK(try_samples(ljpeg, &shape, samples, 8) < plain / 15);

	test_case("lossless: what does not become smaller is told, and the next one is fine");
	fill(samples, &shape, 16);
	ljpeg_begin(ljpeg);
	for (uint32_t y = 0; y < shape.height; y++)
		ljpeg_put(ljpeg, samples + y * shape.width);
	CHECK_EQ(ljpeg_end(ljpeg, &bytes, &size), -ENOSPC);
	fill(samples, &shape, 4);
	CHECK_EQ(try_samples(ljpeg, &shape, samples, 8) > 0, 1);
	ljpeg_destroy(ljpeg);
}

static void test_shapes(void)
{
	static const struct ljpeg_shape shapes[] = {
		{ 0, 1, 16, 1 },    { 1, 0, 16, 1 },     { 3, 2, 16, 2 },
		{ 2, 65536, 8, 1 }, { 65536, 2, 16, 1 }, { 131072, 2, 16, 2 },
	};
	const struct ljpeg_shape largest = { 131070, 65535, 16, 2 };
	struct ljpeg *ljpeg = NULL;

	test_case("lossless: sizes that can't be told are refused");
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		CHECK_EQ(ljpeg_create(&shapes[i], ROOM, &ljpeg), -EINVAL);
	CHECK(!ljpeg);
	CHECK_EQ(ljpeg_create(&largest, ROOM, &ljpeg), 0);
	ljpeg_destroy(ljpeg);
	ljpeg_destroy(NULL);
}

int main(void)
{
	test_round_trip();
	test_rare();
	test_size();
	test_shapes();
	return test_done();
}
