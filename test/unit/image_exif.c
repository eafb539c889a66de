// SPDX-License-Identifier: GPL-2.0-or-later
/* EXIF as a reader finds it: entry by entry, and in a JPEG file. */
#include "common/image/exif.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/image/image.h"
#include "common/image/picture.h"
#include "common/image/stamp.h"
#include "test/unit/test.h"

#define HEAD 6 /* "Exif" and two zeros; offsets count from behind it */

static const struct picture_notes some_notes = {
	.make = "Sony",
	.model = "imx219",
	.time_ns = 1790000000123456789ull,
	.exposure_ns = 12500000,
	.gain_milli = 2560,
};

static uint8_t bytes[EXIF_MAX_BYTES + 1];
static size_t size;

static unsigned number(size_t at, unsigned count)
{
	unsigned value = 0;

	for (unsigned i = 0; i < count; i++)
		value |= (unsigned)bytes[at + i] << 8 * i;
	return value;
}

/* Where the value of a tag is, of that type and count (0: any); 0: nowhere. */
static size_t find(size_t directory, unsigned tag, unsigned type, unsigned *count)
{
	static const unsigned sizes[] = { 0, 1, 1, 2, 4, 8, 1, 1 };
	unsigned entries = number(directory, 2), last = 0;
	size_t found = 0;

	for (size_t at = directory + 2; at < directory + 2 + 12 * entries; at += 12) {
		unsigned length, here = number(at, 2);

		CHECK(here > last);
		last = here;
		if (here != tag)
			continue;
		CHECK_EQ(number(at + 2, 2), type);
		*count = number(at + 4, 4);
		length = *count * sizes[type];
		found = length <= 4 ? at + 8 : HEAD + number(at + 8, 4);
		CHECK_EQ(found % 2, 0);
		CHECK(found + length <= size);
	}
	CHECK_EQ(number(directory + 2 + 12 * entries, 4), 0);
	return found;
}

static void check_text(size_t directory, unsigned tag, const char *want)
{
	unsigned count = 0;
	size_t at = find(directory, tag, 2, &count);

	if (!want) {
		CHECK_EQ(at, 0);
		return;
	}
	if (!CHECK(at))
		return;
	CHECK_STR_EQ((char *)bytes + at, want);
	CHECK_EQ(count, strlen(want) + 1);
}

static void check_number(size_t directory, unsigned tag, unsigned type, unsigned want)
{
	unsigned count = 0;
	size_t at = find(directory, tag, type, &count);

	if (CHECK(at)) {
		CHECK_EQ(number(at, type == 3 ? 2 : 4), want);
		CHECK_EQ(count, 1);
	}
}

static size_t write_notes(const struct picture_notes *notes, bool is_srgb)
{
	struct stamp_clock clock;

	stamp_clock_init(&clock);
	memset(bytes, 0x5a, sizeof(bytes));
	size = exif_write(notes, &clock, is_srgb, bytes);
	CHECK_EQ(bytes[EXIF_MAX_BYTES], 0x5a);
	return size;
}

/* Of EXIF's own entries. */
static size_t exif_directory(void)
{
	unsigned count = 0;
	size_t at = find(HEAD + 8, 0x8769, 4, &count);

	return at ? HEAD + number(at, 4) : HEAD + 8;
}

static void test_fields(void)
{
	struct picture_notes notes = some_notes;
	unsigned count;
	char text[200];
	size_t exif, at;

	test_case("exif: what is known is found");
	setenv("TZ", "XYZ-5:45", 1);
	CHECK(write_notes(&notes, true) > 100);
	CHECK_MEM_EQ(bytes, "Exif\0\0II*\0\x08\0\0", 14);
	check_text(HEAD + 8, 0x010f, "Sony");
	check_text(HEAD + 8, 0x0110, "imx219");
	check_text(HEAD + 8, 0x0131, "Rawline");
	check_text(HEAD + 8, 0x0132, "2026:09:21 19:58:20");
	exif = exif_directory();
	check_text(exif, 0x9003, "2026:09:21 19:58:20");
	check_text(exif, 0x9011, "+05:45");
	check_text(exif, 0x9291, "123456789");
	check_number(exif, 0x829a, 5, 12500000);
	at = find(exif, 0x829a, 5, &count);
	CHECK_EQ(number(at + 4, 4), 1000000000);
	check_number(exif, 0x8827, 3, 256);
	check_number(exif, 0xa001, 3, 1);
	at = find(exif, 0x9000, 7, &count);
	CHECK_MEM_EQ(bytes + at, "0231", 4);

	test_case("exif: what turns it upright, if anything has to");
	CHECK_EQ(find(HEAD + 8, 0x0112, 3, &count), 0);
	notes.rotation = 270;
	write_notes(&notes, true);
	check_number(HEAD + 8, 0x0112, 3, 6);
	check_text(HEAD + 8, 0x0131, "Rawline");
	notes.rotation = 90;
	write_notes(&notes, true);
	check_number(HEAD + 8, 0x0112, 3, 8);

	test_case("exif: long exposures, and more gain than fits");
	notes.exposure_ns = 61000000000;
	notes.gain_milli = 10000000;
	write_notes(&notes, false);
	exif = exif_directory();
	check_number(exif, 0x829a, 5, 61000000);
	at = find(exif, 0x829a, 5, &count);
	CHECK_EQ(number(at + 4, 4), 1000000);
	check_number(exif, 0x8827, 3, 65535);
	check_number(exif, 0xa001, 3, 65535);

	test_case("exif: names that are too long are cut");
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	notes.make = notes.model = text;
	CHECK(write_notes(&notes, true) < EXIF_MAX_BYTES);
	check_text(HEAD + 8, 0x010f, text + sizeof(text) - 64);

	test_case("exif: what is not known is left out, and nothing is nothing");
	notes = (struct picture_notes){ .model = "x" };
	write_notes(&notes, true);
	check_text(HEAD + 8, 0x010f, NULL);
	check_text(HEAD + 8, 0x0132, NULL);
	check_text(exif_directory(), 0x9003, NULL);
	CHECK_EQ(find(exif_directory(), 0x829a, 5, &count), 0);
	CHECK_EQ(find(exif_directory(), 0x8827, 3, &count), 0);
	notes = (struct picture_notes){ 0 };
	CHECK_EQ(write_notes(&notes, true), 0);
	unsetenv("TZ");

	test_case("exif: the time that is told counts");
	setenv("SOURCE_DATE_EPOCH", "1000000000", 1);
	write_notes(&some_notes, true);
	check_text(HEAD + 8, 0x0132, "2001:09:09 01:46:40");
	unsetenv("SOURCE_DATE_EPOCH");
}

#ifdef HAVE_LIBJPEG

static void test_jpeg(void)
{
	static uint8_t pixels[8 * 8 * 3], jpeg[4096];
	struct image image = { .format = format_parse("RGB3"),
			       .width = 8,
			       .height = 8,
			       .stride_bytes = { 24 },
			       .planes = { pixels } };
	struct picture_writer *writer = NULL;
	const uint8_t *segment;
	ssize_t length;
	int fd;

	test_case("jpeg: EXIF is in a segment of its own, if there is something to say");
	CHECK(picture_uses_notes(PICTURE_JPEG, image.format));
	CHECK(!picture_develops(PICTURE_JPEG, image.format));
	CHECK_EQ(picture_writer_create(PICTURE_JPEG, &image, &writer), 0);
	for (unsigned i = 0; i < 2; i++) {
		fd = memfd_create("jpeg", 0);
		CHECK_EQ(picture_write(writer, &image, fd), 0);
		length = pread(fd, jpeg, sizeof(jpeg), 0);
		close(fd);
		CHECK(length > 100);
		segment = memmem(jpeg, length > 0 ? (size_t)length : 0, "\xff\xe1", 2);
		if (!i) {
			CHECK(!segment);
		} else if (CHECK(segment)) {
			write_notes(&some_notes, false);
			CHECK_EQ(segment[2] << 8 | segment[3], (int)size + 2);
			CHECK_MEM_EQ(segment + 4, bytes, size);
		}
		picture_set_notes(writer, &some_notes);
	}
	picture_writer_destroy(writer);
}

#else

static void test_jpeg(void)
{
}

#endif

int main(void)
{
	test_fields();
	test_jpeg();
	return test_done();
}
