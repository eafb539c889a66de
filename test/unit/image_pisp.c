// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * PiSP's compression of RAW, undone, against a compressor written after its definition in
 * Documentation/userspace-api/media/v4l/pixfmt-srggb8-pisp-comp.rst.
 */
#include <stdlib.h>

#include "common/base/format.h"
#include "common/image/demosaic.h"
#include "common/image/image.h"
#include "common/image/picture.h"
#include "common/image/unpack.h"
#include "test/unit/test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static uint32_t random_bits(void)
{
	static uint32_t state = 1;

	state = state * 1664525 + 1013904223;
	return state >> 16 | state << 16;
}

/* Down to the nearest, up from the middle on. */
static unsigned round_to(unsigned value, unsigned step)
{
	return (value + step / 2) / step;
}

/* The level of a value, and how far from the value the level may be. */
static unsigned quantize(unsigned mode, unsigned value, unsigned *bound)
{
	static const unsigned linear[] = { 0, 64, 128 };
	unsigned fine = mode ? 256 : 16, knee = mode ? 94 : 320;
	unsigned level;

	if (mode == 1 || mode == 2) {
		*bound = linear[mode] / 2;
		return round_to(value, linear[mode]);
	}
	level = round_to(value, fine);
	*bound = fine / 2;
	if (level <= knee)
		return level;
	*bound = fine;
	return round_to(value, 2 * fine) + knee / 2;
}

static unsigned value_of(unsigned mode, unsigned level)
{
	unsigned value;

	switch (mode) {
	case 0:
		return level <= 320 ? 16 * level : 5120 + 32 * (level - 320);
	case 1:
		return 64 * level;
	case 2:
		return 128 * level;
	default:
		value = level <= 94 ? 256 * level : 24064 + 512 * (level - 94);
		return value > 65535 ? 65535 : value;
	}
}

/* The seven bits of an outer sample; more than 127 if it does not fit. */
static unsigned outer_field(unsigned mode, unsigned outer, unsigned inner)
{
	if (mode == 2 && inner >= 448)
		return outer - 384;
	return outer - (inner > 64 ? inner - 64 : 0);
}

static bool put_differences(unsigned mode, const unsigned q[4], uint32_t *word)
{
	unsigned first = outer_field(mode, q[0], q[1]), last = outer_field(mode, q[3], q[2]);
	unsigned low = q[1] < q[2] ? q[1] : q[2], rise = q[2] - q[1] + 64;

	/* So the reader tells that form from the other: 512 has no place in it. */
	if (mode == 2 && low >= 384) {
		low = q[1];
		rise = q[2] - 384;
	}
	if (first > 127 || last > 127 || low > 511 || rise > 127)
		return false;
	*word = mode | low << 2 | rise << 11 | first << 18 | last << 25;
	return true;
}

static uint32_t pair_field(unsigned first, unsigned second)
{
	return 2816 * (first >> 4) + 16 * second + (first & 15);
}

/* As finely as can be: returns the mode, and the values that are meant. */
static unsigned compress_word(const uint16_t values[4], uint8_t *bytes, uint16_t meant[4],
			      unsigned bounds[4])
{
	unsigned mode, q[4];
	uint32_t word;

	for (mode = 0; mode < 4; mode++) {
		for (unsigned i = 0; i < 4; i++)
			q[i] = quantize(mode, values[i], &bounds[i]);
		if (mode == 3)
			word = 3 | pair_field(q[0], q[1]) << 2 | pair_field(q[2], q[3]) << 17;
		else if (!put_differences(mode, q, &word))
			continue;
		break;
	}
	for (unsigned i = 0; i < 4; i++) {
		meant[i] = (uint16_t)value_of(mode, q[i]);
		bytes[i] = (uint8_t)(word >> 8 * i);
	}
	return mode;
}

struct block {
	uint16_t values[8];
	uint8_t bytes[8];
	uint16_t meant[8];
	unsigned bounds[8];
	unsigned modes[2]; /* of the even and the odd samples */
};

static void compress(struct block *block)
{
	uint16_t values[4], meant[4];
	unsigned bounds[4];

	for (unsigned odd = 0; odd < 2; odd++) {
		for (unsigned i = 0; i < 4; i++)
			values[i] = block->values[2 * i + odd];
		block->modes[odd] =
			compress_word(values, block->bytes + 4 * odd, meant, bounds);
		for (unsigned i = 0; i < 4; i++) {
			block->meant[2 * i + odd] = meant[i];
			block->bounds[2 * i + odd] = bounds[i];
		}
	}
}

static void unpack(const uint8_t *line, uint16_t *samples, uint32_t width)
{
	unpack_find(format_parse("PC1R"))(line, samples, width, 16);
}

/* Samples are what was meant, and that is as near as the definition allows. */
static void check_block(const struct block *block)
{
	uint16_t samples[8];

	unpack(block->bytes, samples, 8);
	for (unsigned i = 0; i < 8; i++) {
		if (samples[i] != block->meant[i])
			test_fail(__FILE__, __LINE__, "mode %u, %u: got %u, want %u",
				  block->modes[i % 2], block->values[i], samples[i],
				  block->meant[i]);
		if ((unsigned)abs(samples[i] - block->values[i]) > block->bounds[i])
			test_fail(__FILE__, __LINE__, "mode %u, %u: got %u, more than %u off",
				  block->modes[i % 2], block->values[i], samples[i],
				  block->bounds[i]);
	}
}

static void test_by_hand(void)
{
	/* Fields from the lowest bit on: mode, lower inner, rise, first, last. */
	static const struct {
		uint32_t word;
		uint16_t samples[4];
	} rows[] = {
		/* No bits: the first inner sample is 64 levels above the second. */
		{ 0, { 0, 1024, 0, 0 } },
		/* 20, 10, 14, 0 times 16: the outer ones count from 0. */
		{ 0 | 10 << 2 | 68 << 11 | 20 << 18, { 320, 160, 224, 0 } },
		/* 320 is the last of the fine levels, 321 the first of the coarse ones. */
		{ 0 | 320 << 2 | 65 << 11 | 63 << 18 | UINT32_C(62) << 25,
		  { 5104, 5120, 5152, 5104 } },
		/* The lower is the second: 100, 90, and 36 + 127, 26 + 1, times 64. */
		{ 1 | 90 << 2 | 54 << 11 | 127 << 18 | 1 << 25, { 10432, 6400, 5760, 1728 } },
		/* Times 128, the lower below 384. */
		{ 2 | 383 << 2 | 127 << 11 | 0 << 18 | UINT32_C(127) << 25,
		  { 40832, 49024, 57088, 65152 } },
		/* Both from 384 on; what is beside 450 counts from 384, beside 400 from 336. */
		{ 2 | 450 << 2 | 16 << 11 | 127 << 18 | 2 << 25,
		  { 65408, 57600, 51200, 43264 } },
		/* 175, 0: 10 * 2816 + 15; 94, 95: 5 * 2816 + 95 * 16 + 14. */
		{ 3 | 28175 << 2 | UINT32_C(15614) << 17, { 65535, 0, 24064, 24576 } },
	};
	uint16_t samples[8];
	uint8_t bytes[8];

	test_case("PiSP: words made by hand");
	for (size_t i = 0; i < COUNT(rows); i++) {
		for (unsigned byte = 0; byte < 4; byte++) {
			bytes[byte] = (uint8_t)(rows[i].word >> 8 * byte);
			bytes[4 + byte] = (uint8_t)(rows[0].word >> 8 * byte);
		}
		unpack(bytes, samples, 8);
		for (unsigned k = 0; k < 4; k++) {
			CHECK_EQ(samples[2 * k], rows[i].samples[k]);
			CHECK_EQ(samples[2 * k + 1], rows[0].samples[k]);
		}
	}
}

static void test_flat(void)
{
	unsigned error, most[4] = { 0 };
	struct block block;

	test_case("PiSP: each value in a flat line, as near as its steps allow");
	for (unsigned value = 0; value < 0x10000; value++) {
		for (unsigned i = 0; i < 8; i++)
			block.values[i] = (uint16_t)value;
		compress(&block);
		check_block(&block);
		error = (unsigned)abs(block.meant[0] - (int)value);
		if (error > most[block.modes[0]])
			most[block.modes[0]] = error;
		/* 12 bits of a dark picture and 10 of one half as bright as can be are kept. */
		if ((value % 16 == 0 && value <= 5120) || (value % 64 == 0 && value <= 32704))
			CHECK_EQ(error, 0);
	}
	/* Half of the coarsest step of each; only white is left for the last. */
	CHECK_EQ(most[0], 16);
	CHECK_EQ(most[1], 32);
	CHECK_EQ(most[2], 64);
	CHECK_EQ(most[3], 63);
	CHECK_EQ(block.meant[0], 65535);
}

static void test_random(void)
{
	unsigned seen[4] = { 0 }, spread, base, step;
	struct block block;

	test_case("PiSP: noise of all strengths, in all modes");
	for (unsigned round = 0; round < 400000; round++) {
		base = random_bits() & 0xffff;
		spread = 0xffffu >> random_bits() % 17;
		step = round % 3 ? 1 : spread / 8;
		for (unsigned i = 0; i < 8; i++) {
			base = step == 1 ? base : base + step;
			block.values[i] = (uint16_t)(base + (random_bits() & spread));
		}
		compress(&block);
		check_block(&block);
		seen[block.modes[0]]++;
		seen[block.modes[1]]++;
	}
	for (unsigned mode = 0; mode < 4; mode++)
		CHECK(seen[mode] > 10000);
}

static void test_edges(void)
{
	static const uint16_t values[] = { 0,     15,    1024,  5120,  5136,
					   11232, 11264, 24064, 32704, 32768,
					   49152, 57344, 65408, 65535 };
	struct block block;
	uint16_t four[4];

	test_case("PiSP: edges next to edges");
	for (size_t n = 0;
	     n < COUNT(values) * COUNT(values) * COUNT(values) * COUNT(values); n++) {
		for (size_t i = 0, rest = n; i < 4; i++, rest /= COUNT(values))
			four[i] = values[rest % COUNT(values)];
		for (size_t i = 0; i < 8; i++)
			block.values[i] = four[i / 2 ^ i % 2];
		compress(&block);
		check_block(&block);
	}
}

static void test_lines(void)
{
	uint16_t samples[41], whole[48];
	uint8_t *line;

	test_case("PiSP: lines of any length and at any address, nothing around them is touched");
	for (unsigned width = 0; width <= 40; width++) {
		size_t bytes = format_stride_bytes(format_parse("PC1R"), 0, width);

		/* To the byte, for sanitizers to guard. */
		line = malloc(bytes + 1);
		if (!line)
			abort();
		for (size_t i = 1; i <= bytes; i++)
			line[i] = (uint8_t)random_bits();
		memset(samples, 0xa5, sizeof(samples));
		unpack(line + 1, samples, width);
		unpack(line + 1, whole, (uint32_t)bytes);
		CHECK_MEM_EQ(samples, whole, width * sizeof(*samples));
		CHECK_EQ(samples[width], 0xa5a5);
		free(line);
	}
}

static void test_garbage(void)
{
	static const unsigned most[] = { 32 * (511 + 63 + 63 - 160), 64 * (511 + 63 + 63),
					 128 * 511, 65535 };
	uint16_t samples[8];
	uint8_t bytes[8];

	test_case("PiSP: any bytes are samples, none beyond what its mode can mean");
	for (unsigned round = 0; round < 1000000; round++) {
		for (unsigned i = 0; i < 8; i++)
			bytes[i] = (uint8_t)random_bits();
		unpack(bytes, samples, 8);
		for (unsigned i = 0; i < 8; i++)
			if (samples[i] > most[bytes[i % 2 * 4] & 3])
				test_fail(__FILE__, __LINE__, "mode %u: got %u",
					  bytes[i % 2 * 4] & 3, samples[i]);
	}

	test_case("PiSP: levels that nobody compresses to are white");
	memset(bytes, 0xff, sizeof(bytes));
	unpack(bytes, samples, 8);
	for (unsigned i = 0; i < 8; i += 4) {
		CHECK_EQ(samples[i], 65535);
		/* 0x7fff / 16 is 11 * 176 + 111. */
		CHECK_EQ(samples[i + 2], 32768);
	}
}

static uint16_t level_of(char color)
{
	return color == 'R' ? 20480 : color == 'G' ? 4112 : 57344;
}

static void test_picture(void)
{
	static const char *const formats[] = { "PC1R", "PC1G", "PC1g", "PC1B" };
	static uint8_t memory[6 * 32], rgb[6 * 22];
	struct image_memory place = { memory, sizeof(memory) };
	struct demosaic *demosaic;
	struct block block;

	for (size_t i = 0; i < COUNT(formats); i++) {
		struct image image = { .format = format_parse(formats[i]),
				       .width = 22,
				       .height = 6,
				       .stride_bytes = { 32 } };
		const char *order = format_order_name(image.format->order);

		test_case(image.format->name);
		for (unsigned y = 0; y < 6; y++) {
			for (unsigned x = 0; x < 8; x++)
				block.values[x] = level_of(order[y % 2 * 2 + x % 2]);
			compress(&block);
			for (unsigned x = 0; x < 3; x++)
				memcpy(memory + 32 * y + 8 * x, block.bytes, 8);
		}
		CHECK_EQ(image_place(&image, &place), 0);
		if (!CHECK_EQ(demosaic_create(&image, &demosaic), 0))
			return;
		demosaic_start(demosaic, &image);
		for (unsigned y = 0; y < 6; y++) {
			demosaic_line_16(demosaic, rgb);
			for (unsigned k = 0; k < 3 * 22; k++)
				CHECK_EQ(rgb[2 * k] << 8 | rgb[2 * k + 1],
					 level_of("RGB"[k % 3]));
		}
		demosaic_destroy(demosaic);
		CHECK(picture_can(PICTURE_PPM, image.format));
	}
	CHECK(picture_can(PICTURE_PGM, format_parse("PC1M")));
}

int main(void)
{
	test_by_hand();
	test_flat();
	test_edges();
	test_random();
	test_lines();
	test_garbage();
	test_picture();
	return test_done();
}
