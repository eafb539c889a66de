// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is known of a picture, as JPEG files hold it.
 *
 *	"Exif" 0 0
 *	"II" 42		offsets below count from here, numbers have their low byte first
 *	IFD 0		camera, time; where EXIF's is
 *	EXIF's IFD	exposure, gain, time, colour space
 *
 * An IFD is a count, entries in the order of their tags, and an offset to another IFD; the
 * values that are longer than four bytes follow.
 */
#include "common/image/exif.h"

#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "common/image/picture.h"
#include "common/image/picture_private.h"
#include "common/image/stamp.h"

#define MAX_FIELDS  12
#define MAX_TEXT    64
#define HEAD_BYTES  8
#define FIELD_BYTES 12
#define NS_PER_S    1000000000u
#define NS_PER_US   1000u
#define US_PER_S    1000000u

enum type {
	TYPE_ASCII = 2,
	TYPE_SHORT = 3,
	TYPE_LONG = 4,
	TYPE_RATIONAL = 5,
	TYPE_UNDEFINED = 7,
};

enum tag {
	TAG_MAKE = 0x010f,
	TAG_MODEL = 0x0110,
	TAG_ORIENTATION = 0x0112,
	TAG_SOFTWARE = 0x0131,
	TAG_TIME = 0x0132,
	TAG_EXIF = 0x8769,
	TAG_EXPOSURE = 0x829a,
	TAG_ISO = 0x8827,
	TAG_VERSION = 0x9000,
	TAG_TIME_ORIGINAL = 0x9003,
	TAG_OFFSET = 0x9010,
	TAG_OFFSET_ORIGINAL = 0x9011,
	TAG_FRACTION = 0x9290,
	TAG_FRACTION_ORIGINAL = 0x9291,
	TAG_COLOR_SPACE = 0xa001,
};

/* COLOR_SPACE */
enum { COLORS_SRGB = 1, COLORS_UNKNOWN = 0xffff };

struct field {
	enum tag tag;
	enum type type;
	uint32_t count;
	uint32_t bytes;
	uint8_t value[MAX_TEXT];
};

struct directory {
	struct field fields[MAX_FIELDS];
	unsigned count;
};

static void put_16(uint8_t *to, uint16_t value)
{
	value = htole16(value);
	memcpy(to, &value, sizeof(value));
}

static void put_32(uint8_t *to, uint32_t value)
{
	value = htole32(value);
	memcpy(to, &value, sizeof(value));
}

static struct field *add(struct directory *directory, enum tag tag, enum type type,
			 uint32_t count, uint32_t bytes)
{
	struct field *field = &directory->fields[directory->count++];

	*field = (struct field){ .tag = tag, .type = type, .count = count, .bytes = bytes };
	return field;
}

static void add_text(struct directory *directory, enum tag tag, const char *text)
{
	size_t bytes;
	struct field *field;

	if (!text || !*text)
		return;
	bytes = strnlen(text, MAX_TEXT - 1) + 1;
	field = add(directory, tag, TYPE_ASCII, (uint32_t)bytes, (uint32_t)bytes);
	memcpy(field->value, text, bytes - 1);
}

static void add_short(struct directory *directory, enum tag tag, uint32_t value)
{
	struct field *field = add(directory, tag, TYPE_SHORT, 1, 2);

	put_16(field->value, value < UINT16_MAX ? (uint16_t)value : UINT16_MAX);
}

static void add_seconds(struct directory *directory, enum tag tag, uint64_t ns)
{
	struct field *field = add(directory, tag, TYPE_RATIONAL, 1, 8);
	bool is_long = ns > UINT32_MAX;
	uint64_t units = is_long ? ns / NS_PER_US : ns;

	put_32(field->value, units < UINT32_MAX ? (uint32_t)units : UINT32_MAX);
	put_32(field->value + 4, is_long ? US_PER_S : NS_PER_S);
}

/* Returns where the directory ends, which begins at that offset. */
static uint32_t place(const struct directory *directory, uint8_t *tiff, uint32_t start)
{
	uint8_t *entry = tiff + start + 2;
	uint32_t end = start + 2 + FIELD_BYTES * directory->count + 4;

	put_16(tiff + start, (uint16_t)directory->count);
	for (unsigned i = 0; i < directory->count; i++, entry += FIELD_BYTES) {
		const struct field *field = &directory->fields[i];

		put_16(entry, (uint16_t)field->tag);
		put_16(entry + 2, (uint16_t)field->type);
		put_32(entry + 4, field->count);
		if (field->bytes <= 4) {
			memcpy(entry + 8, field->value, 4);
			continue;
		}
		put_32(entry + 8, end);
		memcpy(tiff + end, field->value, field->bytes);
		end += field->bytes + field->bytes % 2;
	}
	return end;
}

static void list_camera(struct directory *directory, const struct picture_notes *notes,
			const struct stamp *stamp)
{
	add_text(directory, TAG_MAKE, notes->make);
	add_text(directory, TAG_MODEL, notes->model);
	if (notes->rotation)
		add_short(directory, TAG_ORIENTATION, picture_orientation(notes->rotation));
	add_text(directory, TAG_SOFTWARE, "Rawline");
	if (stamp)
		add_text(directory, TAG_TIME, stamp->time);
	add(directory, TAG_EXIF, TYPE_LONG, 1, 4);
}

static void list_exposure(struct directory *directory, const struct picture_notes *notes,
			  const struct stamp *stamp, bool is_srgb)
{
	/* A gain of 1 counts as the usual lowest number. */
	uint32_t iso = (notes->gain_milli + 5) / 10;

	if (notes->exposure_ns)
		add_seconds(directory, TAG_EXPOSURE, notes->exposure_ns);
	if (iso)
		add_short(directory, TAG_ISO, iso);
	memcpy(add(directory, TAG_VERSION, TYPE_UNDEFINED, 4, 4)->value, "0231", 4);
	if (stamp) {
		add_text(directory, TAG_TIME_ORIGINAL, stamp->time);
		add_text(directory, TAG_OFFSET, stamp->offset);
		add_text(directory, TAG_OFFSET_ORIGINAL, stamp->offset);
		add_text(directory, TAG_FRACTION, stamp->fraction);
		add_text(directory, TAG_FRACTION_ORIGINAL, stamp->fraction);
	}
	add_short(directory, TAG_COLOR_SPACE, is_srgb ? COLORS_SRGB : COLORS_UNKNOWN);
}

size_t exif_write(const struct picture_notes *notes, const struct stamp_clock *clock,
		  bool is_srgb, uint8_t bytes[static EXIF_MAX_BYTES])
{
	static const char head[] = "Exif\0\0II\x2a\0\x08\0\0";
	struct directory camera = { 0 }, exposure = { 0 };
	uint8_t *tiff = bytes + sizeof(head) - HEAD_BYTES;
	struct stamp stamp;
	bool has_stamp = stamp_find(clock, notes->time_ns, &stamp);
	uint32_t end;

	if (!has_stamp && !notes->exposure_ns && !notes->gain_milli && !notes->make &&
	    !notes->model)
		return 0;
	list_camera(&camera, notes, has_stamp ? &stamp : NULL);
	list_exposure(&exposure, notes, has_stamp ? &stamp : NULL, is_srgb);
	memset(bytes, 0, EXIF_MAX_BYTES);
	memcpy(bytes, head, sizeof(head));
	/* Once to know where it ends, and again to say so. */
	end = place(&camera, tiff, HEAD_BYTES);
	put_32(camera.fields[camera.count - 1].value, end);
	place(&camera, tiff, HEAD_BYTES);
	end = place(&exposure, tiff, end);
	return (size_t)(tiff - bytes) + end;
}
