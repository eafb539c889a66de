// SPDX-License-Identifier: GPL-2.0-or-later
/* Embedded data of sensors: as they send them, damaged, and any bytes at all. */
#include "rpi/embedded.h"

#include <errno.h>
#include <stdlib.h>

#include "test/unit/test.h"

#define MAX_BYTES 1024

/* Written as a sensor does, by its own rules: this shares no code with what is tested. */
struct line {
	uint8_t bytes[MAX_BYTES];
	size_t count, start;
	unsigned group, fillers; /* of so many bytes the last ones say nothing */
};

static void put(struct line *line, uint8_t byte)
{
	while (line->group &&
	       (line->count - line->start) % line->group >= line->group - line->fillers)
		line->bytes[line->count++] = 0x55;
	line->bytes[line->count++] = byte;
}

static void put_pair(struct line *line, uint8_t tag, uint8_t byte)
{
	put(line, tag);
	put(line, byte);
}

static void put_address(struct line *line, unsigned address)
{
	put_pair(line, 0xaa, (uint8_t)(address >> 8));
	put_pair(line, 0xa5, (uint8_t)address);
}

static void put_values(struct line *line, const char *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		put_pair(line, 0x5a, (uint8_t)values[i]);
}

static void begin(struct line *line, unsigned bits)
{
	line->start = line->count;
	line->group = bits == 10 ? 5 : bits == 12 ? 3 : bits == 14 ? 7 : 0;
	line->fillers = bits == 14 ? 3 : 1;
	put(line, 0x0a);
}

static void end(struct line *line, size_t padding)
{
	put_pair(line, 0x07, 0x07);
	for (size_t i = 0; i < padding; i++)
		put(line, 0x07);
}

/* Exposure 0x0384, gain 0x0200, frame 0x0895, line 0x31c4, 40 degrees. */
static void put_usual(struct line *line)
{
	put_address(line, 0x0136);
	put_values(line, "\x18\x00\x01\x02\x28", 5);
	put_address(line, 0x0200);
	put_pair(line, 0x55, 0x00);
	put_pair(line, 0x55, 0xff);
	put_values(line, "\x03\x84\x02\x00", 4);
	put_address(line, 0x0340);
	put_values(line, "\x08\x95\x31\xc4", 4);
}

static struct line usual(unsigned bits)
{
	struct line line = { .count = 0 };

	begin(&line, bits);
	put_usual(&line);
	end(&line, 30);
	return line;
}

/* In a block of the very size, so that the address sanitizer sees who reads beyond. */
static int parse(const struct line *line, const char *sensor, unsigned bits,
		 struct rpi_embedded *embedded)
{
	struct rpi_embedded_layout layout;
	uint8_t *copy = malloc(line->count ? line->count : 1);
	int ret;

	memcpy(copy, line->bytes, line->count);
	CHECK_EQ(rpi_embedded_find(sensor, bits, &layout), 0);
	ret = rpi_embedded_parse(copy, line->count, &layout, embedded);
	free(copy);
	return ret;
}

static void check_usual(const struct rpi_embedded *embedded)
{
	CHECK_EQ(embedded->exposure, 900);
	CHECK_EQ(embedded->gain, 512);
	CHECK_EQ(embedded->frame_length, 2197);
	CHECK_EQ(embedded->line_length, 12740);
	CHECK(embedded->has_temperature);
	CHECK_EQ(embedded->temperature, 40);
}

static void test_sensors(void)
{
	struct rpi_embedded_layout layout = { .bits = 99 };

	test_case("embedded: sensors by the name of their entity");
	CHECK_EQ(rpi_embedded_find("imx477 10-001a", 12, &layout), 0);
	CHECK_EQ(layout.bits, 12);
	CHECK_EQ(layout.exposure, 0x0202);
	CHECK_EQ(layout.temperature, 0x013a);
	CHECK_EQ(rpi_embedded_find("imx708_wide_noir 10-001a", 10, &layout), 0);
	CHECK_EQ(layout.bits, 10);
	CHECK_EQ(rpi_embedded_find("imx519 10-001a", 10, &layout), 0);
	CHECK_EQ(layout.temperature, 0);

	test_case("embedded: what is not known, or junk, has no layout");
	layout.bits = 99;
	CHECK_EQ(rpi_embedded_find("imx219 10-0010", 10, &layout), -ENOENT);
	CHECK_EQ(rpi_embedded_find("ov5647 10-0036", 10, &layout), -ENOENT);
	CHECK_EQ(rpi_embedded_find("imx4770", 10, &layout), -ENOENT);
	CHECK_EQ(rpi_embedded_find("imx47", 10, &layout), -ENOENT);
	CHECK_EQ(rpi_embedded_find("", 10, &layout), -ENOENT);
	CHECK_EQ(layout.bits, 99);
}

static void test_packed(void)
{
	static const unsigned bits[] = { 8, 10, 12, 14 };

	test_case("embedded: packed as pixels of 8, 10, 12 and 14 bits are");
	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		struct line line = usual(bits[i]);
		struct rpi_embedded embedded = { 0 };

		CHECK_EQ(parse(&line, "imx477 0-001a", bits[i], &embedded), 0);
		check_usual(&embedded);
	}

	test_case("embedded: the very bytes of a sensor, 10 and 12 bits");
	{
		static const uint8_t ten[] = {
			0x0a, 0xaa, 0x02, 0xa5, 0x55, 0x02, 0x5a, 0x03, 0x5a, 0x55,
			0x84, 0x5a, 0x02, 0x5a, 0x55, 0x00, 0xaa, 0x03, 0xa5, 0x55,
			0x40, 0x5a, 0x08, 0x5a, 0x55, 0x95, 0x07, 0x07,
		};
		static const uint8_t twelve[] = {
			0x0a, 0xaa, 0x55, 0x02, 0xa5, 0x55, 0x02, 0x5a, 0x55,
			0x03, 0x5a, 0x55, 0x84, 0x5a, 0x55, 0x02, 0x5a, 0x55,
			0x00, 0xaa, 0x55, 0x03, 0xa5, 0x55, 0x40, 0x5a, 0x55,
			0x08, 0x5a, 0x55, 0x95, 0x07, 0x55, 0x07,
		};
		struct line line = { .count = sizeof(ten) };
		struct rpi_embedded embedded = { .temperature = 7 };

		memcpy(line.bytes, ten, sizeof(ten));
		CHECK_EQ(parse(&line, "imx477", 10, &embedded), 0);
		CHECK_EQ(embedded.exposure, 900);
		CHECK_EQ(embedded.gain, 512);
		CHECK_EQ(embedded.frame_length, 2197);
		CHECK_EQ(embedded.line_length, 0);
		CHECK(!embedded.has_temperature);
		CHECK_EQ(parse(&line, "imx477", 12, &embedded), -EBADMSG);
		line.count = sizeof(twelve);
		memcpy(line.bytes, twelve, sizeof(twelve));
		embedded.exposure = 0;
		CHECK_EQ(parse(&line, "imx477", 12, &embedded), 0);
		CHECK_EQ(embedded.exposure, 900);
		CHECK_EQ(parse(&line, "imx477", 10, &embedded), -EBADMSG);
	}

	test_case("embedded: degrees below zero");
	{
		struct line line = { .count = 0 };
		struct rpi_embedded embedded;

		begin(&line, 12);
		put_address(&line, 0x013a);
		put_values(&line, "\xf6", 1);
		put_usual(&line);
		end(&line, 0);
		CHECK_EQ(parse(&line, "imx708", 12, &embedded), 0);
		/* The first one counts. */
		CHECK_EQ(embedded.temperature, -10);
	}
}

static void test_lines(void)
{
	struct line line = { .count = 0 };
	struct rpi_embedded embedded;

	test_case("embedded: registers in two lines, padded in between");
	begin(&line, 10);
	put_address(&line, 0x013a);
	put_values(&line, "\x28", 1);
	put_address(&line, 0x0202);
	put_values(&line, "\x03\x84\x02\x00", 4);
	end(&line, 17);
	begin(&line, 10);
	put_address(&line, 0x0340);
	put_values(&line, "\x08\x95\x31\xc4", 4);
	end(&line, 0);
	CHECK_EQ(parse(&line, "imx477", 10, &embedded), 0);
	check_usual(&embedded);

	test_case("embedded: a damaged second line changes nothing of the first");
	{
		/* Without the temperature, so that the second line is looked at. */
		struct line first = { .count = 0 };

		begin(&first, 12);
		put_address(&first, 0x0202);
		put_values(&first, "\x03\x84\x02\x00", 4);
		put_address(&first, 0x0340);
		put_values(&first, "\x08\x95", 2);
		end(&first, 5);
		begin(&first, 12);
		put_address(&first, 0x0342);
		put_values(&first, "\x31\xc4", 2);
		put_pair(&first, 0x33, 0x33);
		CHECK_EQ(parse(&first, "imx477", 12, &embedded), 0);
		CHECK_EQ(embedded.exposure, 900);
		CHECK_EQ(embedded.line_length, 0);
	}

	test_case("embedded: behind the lines with registers nothing is looked at");
	{
		struct line third = { .count = 0 };

		for (unsigned i = 0; i < 2; i++) {
			begin(&third, 12);
			put_address(&third, 0x0100);
			end(&third, 3);
		}
		begin(&third, 12);
		put_usual(&third);
		end(&third, 3);
		CHECK_EQ(parse(&third, "imx477", 12, &embedded), -ENODATA);
	}
}

static void test_damaged(void)
{
	struct rpi_embedded embedded, before;
	struct line line;

	memset(&before, 0x5a, sizeof(before));
	embedded = before;
	test_case("embedded: nothing at all");
	line = (struct line){ .count = 0 };
	CHECK_EQ(parse(&line, "imx477", 12, &embedded), -EBADMSG);

	test_case("embedded: no line begins where the data do");
	line = usual(12);
	line.bytes[0] = 0x07;
	CHECK_EQ(parse(&line, "imx477", 12, &embedded), -EBADMSG);

	test_case("embedded: a filler that says something, a tag that is none");
	line = usual(12);
	line.bytes[5] = 0x54;
	CHECK_EQ(parse(&line, "imx477", 12, &embedded), -EBADMSG);
	line = usual(12);
	line.bytes[1] = 0xab;
	CHECK_EQ(parse(&line, "imx477", 12, &embedded), -EBADMSG);

	test_case("embedded: a line that ends with one end only");
	line = (struct line){ .count = 0 };
	begin(&line, 10);
	put_pair(&line, 0x07, 0x00);
	put_usual(&line);
	end(&line, 0);
	CHECK_EQ(parse(&line, "imx477", 10, &embedded), -EBADMSG);

	test_case("embedded: what is needed is missing");
	line = (struct line){ .count = 0 };
	begin(&line, 10);
	put_address(&line, 0x0202);
	put_values(&line, "\x03\x84\x02\x00", 4);
	put_address(&line, 0x0340);
	put_values(&line, "\x08", 1);
	end(&line, 8);
	CHECK_EQ(parse(&line, "imx477", 10, &embedded), -ENODATA);

	test_case("embedded: cut off anywhere, it is damaged or whole");
	{
		struct line whole = usual(12);
		struct rpi_embedded cut = before;
		unsigned taken = 0;

		for (size_t bytes = 0; bytes < whole.count; bytes++) {
			int ret;

			line = whole;
			line.count = bytes;
			ret = parse(&line, "imx477", 12, &cut);
			if (ret == 0)
				check_usual(&cut);
			else if (!CHECK_EQ(ret, -EBADMSG))
				break;
			taken += ret == 0;
		}
		/* All is known before the line ends with 32 bytes, packed. */
		CHECK_EQ(taken, (2 + 30) * 3 / 2);
	}
	CHECK_MEM_EQ(&embedded, &before, sizeof(before));
}

/* What it takes must be in the data, as bytes behind value tags. */
static bool has_value(const struct line *line, uint32_t value)
{
	bool high = false, low = false;

	for (size_t i = 0; i < line->count; i++) {
		high |= line->bytes[i] == value >> 8;
		low |= line->bytes[i] == (value & 0xff);
	}
	return high && low && value <= 0xffff;
}

static void test_garbage(void)
{
	static const uint8_t tags[] = { 0x0a, 0x07, 0xaa, 0xa5, 0x5a, 0x55, 0x02, 0x03 };
	struct line whole[2] = { usual(10), usual(12) };
	uint32_t random = 3;
	unsigned taken = 0;

	test_case("embedded: any bytes at all are taken or refused");
	for (unsigned n = 0; n < 40000; n++) {
		struct line line = whole[n % 2];
		struct rpi_embedded embedded = { 0 };
		unsigned changes = n % 16;
		int ret;

		for (unsigned i = 0; i < (changes == 15 ? line.count : changes); i++) {
			random = random * 1664525u + 1013904223u;
			line.bytes[(random >> 8) % line.count] =
				random >> 31 ? (uint8_t)(random >> 23) :
					       tags[random >> 28 & 7];
		}
		if (random >> 30 == 0)
			line.count = (random >> 12) % line.count;
		ret = parse(&line, "imx477", n % 2 ? 12 : 10, &embedded);
		CHECK(ret == 0 || ret == -EBADMSG || ret == -ENODATA);
		taken += ret == 0;
		if (ret == 0 && (!CHECK(has_value(&line, embedded.exposure)) ||
				 !CHECK(has_value(&line, embedded.gain)) ||
				 !CHECK(has_value(&line, embedded.frame_length))))
			break;
	}
	/* Else the changes are too wild, or nothing is looked at. */
	CHECK(taken > 4000 && taken < 30000);
}

int main(void)
{
	test_sensors();
	test_packed();
	test_lines();
	test_damaged();
	test_garbage();
	return test_done();
}
