// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Embedded data of a sensor: tags and bytes in turn,
 *
 *	0a aa 02 a5 02 5a 03 5a 84 … 07 07 07 07 …
 *	   address 0202   values of it and of the next; the line ends
 *
 * packed as pixels are: where low bits of pixels would be, there is a byte that says nothing.
 * What comes first counts, should a register be sent twice.
 */
#include "rpi/embedded.h"

#include <errno.h>
#include <string.h>

enum tag {
	TAG_LINE = 0x0a, /* alone, at the start of a line */
	TAG_END = 0x07,  /* twice, and on to the end of the line */
	TAG_HIGH = 0xaa, /* upper byte of the address */
	TAG_LOW = 0xa5,
	TAG_VALUE = 0x5a, /* of this address; the next one follows */
	TAG_SKIP = 0x55,  /* no value of this address; also the byte that says nothing */
};

/* The last three may be missing. */
enum register_byte {
	EXPOSURE_HIGH,
	EXPOSURE_LOW,
	GAIN_HIGH,
	GAIN_LOW,
	FRAME_HIGH,
	FRAME_LOW,
	LINE_HIGH,
	LINE_LOW,
	TEMPERATURE,
	NUM_BYTES,
};

#define BIT(byte) (1u << (byte))
#define NEEDED    (BIT(FRAME_LOW + 1) - 1)

struct reader {
	const uint8_t *data;
	size_t bytes, at;
	size_t line; /* where this one begins */
	unsigned bits;

	uint16_t addresses[NUM_BYTES];
	uint8_t values[NUM_BYTES];
	unsigned wanted, seen; /* BIT() of bytes */
};

/* ---- sensors ---- */

#define USUAL_REGISTERS                                                         \
	.lines = 2, .exposure = 0x0202, .gain = 0x0204, .frame_length = 0x0340, \
	.line_length = 0x0342

/* imx219 is left out on purpose: what most versions of its driver let through is junk. */
static const struct {
	const char *name;
	struct rpi_embedded_layout layout;
} sensors[] = {
	{ "imx477", { USUAL_REGISTERS, .temperature = 0x013a } },
	{ "imx519", { USUAL_REGISTERS } },
	{ "imx708", { USUAL_REGISTERS, .temperature = 0x013a } },
};

int rpi_embedded_find(const char *entity, unsigned bits, struct rpi_embedded_layout *layout)
{
	/* "imx708_wide 10-001a" is an imx708. */
	size_t length = strcspn(entity, " _");

	for (size_t i = 0; i < sizeof(sensors) / sizeof(sensors[0]); i++) {
		if (strlen(sensors[i].name) != length ||
		    strncmp(sensors[i].name, entity, length) != 0)
			continue;
		*layout = sensors[i].layout;
		layout->bits = bits;
		return 0;
	}
	return -ENOENT;
}

/* ---- bytes ---- */

static bool is_filler(const struct reader *reader)
{
	size_t place = reader->at - reader->line;

	switch (reader->bits) {
	case 10:
		return place % 5 == 4;
	case 12:
		return place % 3 == 2;
	case 14:
		return place % 7 >= 4;
	default:
		return false;
	}
}

/* The next one that says something, or -EBADMSG. */
static int next_byte(struct reader *reader)
{
	for (; reader->at < reader->bytes && is_filler(reader); reader->at++)
		if (reader->data[reader->at] != TAG_SKIP)
			return -EBADMSG;
	return reader->at < reader->bytes ? reader->data[reader->at++] : -EBADMSG;
}

static void take(struct reader *reader, uint16_t address, uint8_t value)
{
	unsigned missing = reader->wanted & ~reader->seen;

	for (unsigned i = 0; i < NUM_BYTES; i++) {
		if (reader->addresses[i] != address || !(missing & BIT(i)))
			continue;
		reader->values[i] = value;
		reader->seen |= BIT(i);
		return;
	}
}

/* To the end of a line, or until all has been seen. 0, or -EBADMSG for what can't be. */
static int read_line(struct reader *reader)
{
	uint16_t address = 0;
	int tag, byte;

	while (reader->seen != reader->wanted) {
		tag = next_byte(reader);
		byte = next_byte(reader);
		if (tag < 0 || byte < 0)
			return -EBADMSG;
		switch (tag) {
		case TAG_HIGH:
			address = (uint16_t)((address & 0xff) | byte << 8);
			break;
		case TAG_LOW:
			address = (uint16_t)((address & 0xff00) | byte);
			break;
		case TAG_VALUE:
			take(reader, address++, (uint8_t)byte);
			break;
		case TAG_SKIP:
			address++;
			break;
		case TAG_END:
			return byte == TAG_END ? 0 : -EBADMSG;
		default:
			return -EBADMSG;
		}
	}
	return 0;
}

/* The first one is where the data begin, others are looked for: lines are padded. */
static bool find_line(struct reader *reader, unsigned number)
{
	while (number && reader->at < reader->bytes && reader->data[reader->at] != TAG_LINE)
		reader->at++;
	if (reader->at >= reader->bytes || reader->data[reader->at] != TAG_LINE)
		return false;
	reader->line = reader->at++;
	return true;
}

/* A damaged line takes nothing away from those before it, and adds nothing. */
static int read_lines(struct reader *reader, unsigned lines)
{
	struct reader before;
	int ret = 0;

	for (unsigned i = 0; i < lines && ret == 0 && reader->seen != reader->wanted; i++) {
		if (!find_line(reader, i))
			return i ? 0 : -EBADMSG;
		before = *reader;
		ret = read_line(reader);
		if (ret < 0)
			*reader = before;
	}
	return ret;
}

/* ---- registers ---- */

static void want(struct reader *reader, unsigned byte, uint16_t address)
{
	reader->addresses[byte] = address;
	reader->wanted |= BIT(byte);
}

static void want_both(struct reader *reader, unsigned high, uint16_t address)
{
	want(reader, high, address);
	want(reader, high + 1, (uint16_t)(address + 1));
}

static uint32_t both(const struct reader *reader, unsigned high)
{
	return (uint32_t)reader->values[high] << 8 | reader->values[high + 1];
}

static bool has(const struct reader *reader, unsigned bytes)
{
	return (reader->seen & bytes) == bytes;
}

int rpi_embedded_parse(const void *data, size_t bytes,
		       const struct rpi_embedded_layout *layout,
		       struct rpi_embedded *embedded)
{
	struct reader reader = { .data = data, .bytes = bytes, .bits = layout->bits };
	int ret;

	want_both(&reader, EXPOSURE_HIGH, layout->exposure);
	want_both(&reader, GAIN_HIGH, layout->gain);
	want_both(&reader, FRAME_HIGH, layout->frame_length);
	if (layout->line_length)
		want_both(&reader, LINE_HIGH, layout->line_length);
	if (layout->temperature)
		want(&reader, TEMPERATURE, layout->temperature);
	ret = read_lines(&reader, layout->lines);
	if (!has(&reader, NEEDED))
		return ret < 0 ? ret : -ENODATA;
	*embedded = (struct rpi_embedded){
		.exposure = both(&reader, EXPOSURE_HIGH),
		.gain = both(&reader, GAIN_HIGH),
		.frame_length = both(&reader, FRAME_HIGH),
	};
	if (has(&reader, BIT(LINE_HIGH) | BIT(LINE_LOW)))
		embedded->line_length = both(&reader, LINE_HIGH);
	embedded->has_temperature = has(&reader, BIT(TEMPERATURE));
	if (embedded->has_temperature)
		embedded->temperature = (int8_t)reader.values[TEMPERATURE];
	return 0;
}
