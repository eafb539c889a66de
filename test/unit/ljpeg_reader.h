/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads lossless JPEG as the standard has it (ITU-T T.81, annexes F and H), a bit at a time. */
#ifndef RAWLINE_TEST_LJPEG_READER_H
#define RAWLINE_TEST_LJPEG_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/image/ljpeg.h"
#include "test/unit/test.h"

/* What is being read. A zero is behind each byte of ones, and no marker before the end. */
struct ljpeg_reader {
	const uint8_t *at, *end;
	unsigned byte, left; /* bits of it */
	bool is_broken;
	uint8_t counts[16], symbols[17];
};

static unsigned ljpeg_get_byte(struct ljpeg_reader *reader)
{
	if (reader->at >= reader->end) {
		reader->is_broken = true;
		return 0;
	}
	return *reader->at++;
}

static unsigned ljpeg_get_short(struct ljpeg_reader *reader)
{
	unsigned high = ljpeg_get_byte(reader);

	return high << 8 | ljpeg_get_byte(reader);
}

static unsigned ljpeg_get_bit(struct ljpeg_reader *reader)
{
	if (!reader->left) {
		reader->byte = ljpeg_get_byte(reader);
		reader->left = 8;
		if (reader->byte == 0xff && ljpeg_get_byte(reader) != 0)
			reader->is_broken = true;
	}
	return reader->byte >> --reader->left & 1;
}

static unsigned ljpeg_get_symbol(struct ljpeg_reader *reader)
{
	unsigned code = 0, first = 0, index = 0;

	for (unsigned length = 0; length < 16; length++) {
		code = code << 1 | ljpeg_get_bit(reader);
		if (code - first < reader->counts[length])
			return reader->symbols[index + code - first];
		index += reader->counts[length];
		first = (first + reader->counts[length]) << 1;
	}
	reader->is_broken = true;
	return 0;
}

static int ljpeg_get_difference(struct ljpeg_reader *reader)
{
	unsigned category = ljpeg_get_symbol(reader), bits = 0;

	if (category == 16)
		return 32768;
	for (unsigned i = 0; i < category; i++)
		bits = bits << 1 | ljpeg_get_bit(reader);
	if (category && !(bits >> (category - 1)))
		return (int)bits - (1 << category) + 1;
	return (int)bits;
}

static void ljpeg_read_head(struct ljpeg_reader *reader, const struct ljpeg_shape *shape)
{
	unsigned coded = 0, symbols = 0;

	CHECK_EQ(ljpeg_get_short(reader), 0xffd8);
	CHECK_EQ(ljpeg_get_short(reader), 0xffc3);
	CHECK_EQ(ljpeg_get_short(reader), 8 + 3 * shape->components);
	CHECK_EQ(ljpeg_get_byte(reader), shape->bits);
	CHECK_EQ(ljpeg_get_short(reader), shape->height);
	CHECK_EQ(ljpeg_get_short(reader) * shape->components, shape->width);
	CHECK_EQ(ljpeg_get_byte(reader), shape->components);
	for (unsigned i = 0; i < shape->components; i++) {
		CHECK_EQ(ljpeg_get_byte(reader), i);
		CHECK_EQ(ljpeg_get_short(reader), 0x1100);
	}
	CHECK_EQ(ljpeg_get_short(reader), 0xffc4);
	CHECK_EQ(ljpeg_get_short(reader), 2 + 17 + 17);
	CHECK_EQ(ljpeg_get_byte(reader), 0);
	for (unsigned i = 0; i < 16; i++) {
		reader->counts[i] = (uint8_t)ljpeg_get_byte(reader);
		symbols += reader->counts[i];
		coded += (unsigned)reader->counts[i] << (15 - i);
	}
	CHECK_EQ(symbols, 17);
	CHECK(coded < 1u << 16); /* the code of ones alone is left */
	for (unsigned i = 0; i < 17; i++)
		reader->symbols[i] = (uint8_t)ljpeg_get_byte(reader);
	CHECK_EQ(ljpeg_get_short(reader), 0xffda);
	CHECK_EQ(ljpeg_get_short(reader), 6 + 2 * shape->components);
	CHECK_EQ(ljpeg_get_byte(reader), shape->components);
	for (unsigned i = 0; i < shape->components; i++)
		CHECK_EQ(ljpeg_get_short(reader), i << 8);
	CHECK_EQ(ljpeg_get_byte(reader), 1);
	CHECK_EQ(ljpeg_get_short(reader), 0);
}

static bool ljpeg_read_lines(struct ljpeg_reader *reader, const struct ljpeg_shape *shape,
			     const uint16_t *want)
{
	uint16_t above[2], left[2], sample;

	for (unsigned i = 0; i < shape->components; i++)
		above[i] = (uint16_t)(1u << (shape->bits - 1));
	for (uint32_t y = 0; y < shape->height; y++) {
		for (uint32_t x = 0; x < shape->width; x++) {
			unsigned i = x % shape->components;

			sample = x < shape->components ? above[i] : left[i];
			sample = (uint16_t)(sample + ljpeg_get_difference(reader));
			if (x < shape->components)
				above[i] = sample;
			left[i] = sample;
			if (reader->is_broken || sample != want[y * shape->width + x]) {
				test_fail(__FILE__, __LINE__, "sample %u,%u: got %u, want %u",
					  x, y, sample, want[y * shape->width + x]);
				return false;
			}
		}
	}
	return true;
}

/* Whether these bytes are a picture of such samples, and nothing else. */
static TEST_UNUSED bool ljpeg_is(const uint8_t *bytes, size_t size,
				 const struct ljpeg_shape *shape, const uint16_t *want)
{
	struct ljpeg_reader reader = { .at = bytes, .end = bytes + size };

	ljpeg_read_head(&reader, shape);
	if (!ljpeg_read_lines(&reader, shape, want))
		return false;
	while (reader.left)
		CHECK_EQ(ljpeg_get_bit(&reader), 1);
	CHECK_EQ(ljpeg_get_short(&reader), 0xffd9);
	return CHECK(!reader.is_broken && reader.at == reader.end);
}

#endif
