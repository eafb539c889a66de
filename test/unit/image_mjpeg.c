// SPDX-License-Identifier: GPL-2.0-or-later
/* MJPG: what counts as whole, where tables go in, and bytes that no camera should send. */
#include "common/image/mjpeg.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#ifdef HAVE_LIBJPEG
#include <jpeglib.h>
#endif

#include "test/unit/test.h"

#define ROUNDS 200000

/* clang-format off */
#define SOI  0xff, 0xd8
#define EOI  0xff, 0xd9
#define APP0 0xff, 0xe0, 0, 7, 'A', 'V', 'I', '1', 0
#define COM  0xff, 0xfe, 0, 6, 0xff, 0xc4, 0xff, 0xda /* nobody is to look inside */
#define DQT  0xff, 0xdb, 0, 4, 0, 1
#define SOF0 0xff, 0xc0, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0
#define SOF2 0xff, 0xc2, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0
#define DHT  0xff, 0xc4, 0, 4, 0, 0
#define SOS  0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0
#define SCAN 1, 2, 3, 0xff, 0, 5, 6, 7
/* clang-format on */

/* In memory that ends where it ends, so that a sanitizer sees who reads on. */
static uint8_t *exact(const void *bytes, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	memcpy(copy, bytes, size);
	return copy;
}

static bool is_whole(const void *bytes, size_t size)
{
	uint8_t *copy = exact(bytes, size);
	bool whole = mjpeg_is_whole(copy, size);

	free(copy);
	return whole;
}

static size_t tables_offset(const void *bytes, size_t size)
{
	uint8_t *copy = exact(bytes, size);
	size_t offset = mjpeg_tables_offset(copy, size);

	free(copy);
	return offset;
}

static const uint8_t plain[] = { SOI, APP0, COM, DQT, SOF0, SOS, SCAN, EOI };

/* The frame with so many bytes of garbage behind it, and then so many zeros. */
static bool is_whole_before(size_t garbage, size_t zeros)
{
	static uint8_t bytes[8192];

	memcpy(bytes, plain, sizeof(plain));
	memset(bytes + sizeof(plain), 0x5a, garbage);
	memset(bytes + sizeof(plain) + garbage, 0, zeros);
	return is_whole(bytes, sizeof(plain) + garbage + zeros);
}

static void test_whole(void)
{
	static const uint8_t both[] = { SOI, EOI }, none[64], no_start[] = { 0, SOI, EOI };
	static const uint8_t shared[] = { 0xff, 0xd8, 0xff, 0xd8, 0xd9 };

	test_case("whole: from the first marker to the last, and no byte less");
	CHECK(is_whole(plain, sizeof(plain)));
	CHECK(is_whole(both, sizeof(both)));
	for (size_t size = 0; size < sizeof(plain); size++)
		CHECK(!is_whole(plain, size));
	CHECK(!is_whole(plain + 1, sizeof(plain) - 1));
	CHECK(!is_whole(none, sizeof(none)));
	CHECK(!is_whole(no_start, sizeof(no_start)));
	CHECK(!is_whole(shared, sizeof(shared)));

	test_case("whole: any number of zeros behind it, and a packet's end of anything");
	for (size_t zeros = 1; zeros < 20; zeros++)
		CHECK(is_whole_before(0, zeros));
	CHECK(is_whole_before(0, 5000));
	CHECK(is_whole_before(1, 0));
	CHECK(is_whole_before(62, 0));
	CHECK(!is_whole_before(63, 0));
	CHECK(is_whole_before(62, 5000));
	CHECK(!is_whole_before(63, 5000));
}

/* With a middle that can't be read. */
static void test_cost(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), size = 64 * page;
	uint8_t *frame = mmap(NULL, size, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	test_case("whole: nothing but both ends is read");
	memcpy(frame, (const uint8_t[]){ SOI }, 2);
	memset(frame + size - page, 0x5a, page);
	CHECK_EQ(mprotect(frame + page, size - 2 * page, PROT_NONE), 0);
	CHECK(!mjpeg_is_whole(frame, size));
	memcpy(frame + size - 2, (const uint8_t[]){ EOI }, 2);
	CHECK(mjpeg_is_whole(frame, size));
	munmap(frame, size);
}

static void test_offset(void)
{
	static const uint8_t with_tables[] = { SOI, DQT, SOF0, DHT, SOS, SCAN, EOI };
	static const uint8_t progressive[] = { SOI, DQT, SOF2, SOS, SCAN, EOI };
	static const uint8_t frameless[] = { SOI, DQT, SOS, SCAN, EOI };
	static const uint8_t filled[] = { SOI, 0xff, 0xff, SOF0, 0xff, SOS, SCAN, EOI };
	static const uint8_t restarted[] = { SOI,  0xff, 0xd0, 0xff, 0x01,
					     SOF0, SOS,  SCAN, EOI };
	static const uint8_t shortest[] = { SOI, 0xff, 0xe1, 0, 2, SOF0, SOS };
	static const uint8_t no_length[] = { SOI, 0xff, 0xe1, 0, 0, SOF0, SOS, SCAN, EOI };
	static const uint8_t length_of_1[] = { SOI, 0xff, 0xe1, 0, 1, SOF0, SOS, SCAN, EOI };
	static const uint8_t beyond[] = { SOI,  SOF0, 0xff, 0xe1, 0xff,
					  0xff, SOS,  SCAN, EOI };
	static const uint8_t garbage[] = { SOI, SOF0, 0x5a, SOS, SCAN, EOI };
	static const uint8_t early_end[] = { SOI, SOF0, EOI, 0, 2, SOS, SCAN, EOI };
	size_t scan = sizeof((uint8_t[]){ SOI, APP0, COM, DQT, SOF0 });

	test_case("tables: missing ones go in before the scan");
	CHECK_EQ(tables_offset(plain, sizeof(plain)), scan);
	CHECK_EQ(tables_offset(filled, sizeof(filled)), 2 + 2 + 13);
	CHECK_EQ(tables_offset(restarted, sizeof(restarted)), 2 + 4 + 13);
	CHECK_EQ(tables_offset(shortest, sizeof(shortest)), 2 + 4 + 13);

	test_case("tables: none where there are some, or the frame is of another kind");
	CHECK_EQ(tables_offset(with_tables, sizeof(with_tables)), 0);
	CHECK_EQ(tables_offset(progressive, sizeof(progressive)), 0);
	CHECK_EQ(tables_offset(frameless, sizeof(frameless)), 0);

	test_case("tables: none in what can't be followed");
	CHECK_EQ(tables_offset(no_length, sizeof(no_length)), 0);
	CHECK_EQ(tables_offset(length_of_1, sizeof(length_of_1)), 0);
	CHECK_EQ(tables_offset(beyond, sizeof(beyond)), 0);
	CHECK_EQ(tables_offset(garbage, sizeof(garbage)), 0);
	CHECK_EQ(tables_offset(early_end, sizeof(early_end)), 0);
	CHECK_EQ(tables_offset(plain + 2, sizeof(plain) - 2), 0);

	test_case("tables: a frame cut off at any byte");
	for (size_t size = 0; size < sizeof(plain); size++)
		CHECK_EQ(tables_offset(plain, size), size >= scan + 2 ? scan : 0);
}

/* What was found must at least be a place before a scan. */
static void check_sane(const uint8_t *bytes, size_t size)
{
	size_t offset = tables_offset(bytes, size);

	if (offset) {
		CHECK(offset < size);
		CHECK_EQ(bytes[offset], 0xff);
		while (offset < size && bytes[offset] == 0xff)
			offset++;
		CHECK(offset < size);
		CHECK_EQ(bytes[offset], 0xda);
	}
	if (is_whole(bytes, size)) {
		CHECK(size >= 4);
		CHECK_EQ(bytes[0] << 8 | bytes[1], 0xffd8);
	}
}

/* Markers are likelier than chance would make them. */
static void test_hostile(void)
{
	static const uint8_t likely[] = { 0,    0xff, 0xff, 0xff, 0xd8, 0xd9, 0xda, 0xc0,
					  0xc4, 0xe0, 1,    2,    3,    0x80, 0x01, 0xd0 };
	uint8_t bytes[sizeof(plain)];
	size_t size, place;

	test_case("hostile: frames with bytes changed at random, and nothing but such bytes");
	srand(1);
	for (unsigned round = 0; round < ROUNDS; round++) {
		memcpy(bytes, plain, sizeof(plain));
		for (int changes = rand() % 6; changes >= 0; changes--) {
			place = (size_t)rand() % sizeof(bytes);
			bytes[place] = likely[(size_t)rand() % sizeof(likely)];
		}
		check_sane(bytes, (size_t)rand() % (sizeof(bytes) + 1));
		size = (size_t)rand() % (sizeof(bytes) + 1);
		for (place = 0; place < size; place++)
			bytes[place] = likely[(size_t)rand() % sizeof(likely)];
		memcpy(bytes, (const uint8_t[]){ SOI }, size < 2 ? size : 2);
		check_sane(bytes, size);
	}
}

#ifdef HAVE_LIBJPEG

#define WIDTH  40
#define HEIGHT 24

static void encode(uint8_t **bytes, size_t *size)
{
	struct jpeg_compress_struct compress;
	struct jpeg_error_mgr errors;
	unsigned long length = 0;
	uint8_t line[WIDTH * 3], *row = line;

	*bytes = NULL;
	compress.err = jpeg_std_error(&errors);
	jpeg_create_compress(&compress);
	jpeg_mem_dest(&compress, bytes, &length);
	compress.image_width = WIDTH;
	compress.image_height = HEIGHT;
	compress.input_components = 3;
	compress.in_color_space = JCS_RGB;
	jpeg_set_defaults(&compress);
	jpeg_start_compress(&compress, TRUE);
	for (int y = 0; y < HEIGHT; y++) {
		for (int i = 0; i < WIDTH * 3; i++)
			line[i] = (uint8_t)(i * 7 + y * 11);
		jpeg_write_scanlines(&compress, &row, 1);
	}
	jpeg_finish_compress(&compress);
	jpeg_destroy_compress(&compress);
	*size = length;
}

/* Takes out the tables, as cameras do. */
static size_t strip_tables(uint8_t *bytes, size_t size)
{
	size_t at = 2, length;

	while (bytes[at + 1] != 0xda) {
		length = 2 + (size_t)(bytes[at + 2] << 8 | bytes[at + 3]);
		if (bytes[at + 1] == 0xc4) {
			memmove(bytes + at, bytes + at + length, size - at - length);
			size -= length;
		} else {
			at += length;
		}
	}
	return size;
}

/*
 * Decodes into pixels. Returns how many tables the file itself has; libjpeg takes those that
 * are missing from its own stock, but not before it starts.
 */
static int decode(const uint8_t *bytes, size_t size, uint8_t *pixels)
{
	struct jpeg_decompress_struct decompress;
	struct jpeg_error_mgr errors;
	int tables = 0;

	decompress.err = jpeg_std_error(&errors);
	jpeg_create_decompress(&decompress);
	jpeg_mem_src(&decompress, bytes, size);
	jpeg_read_header(&decompress, TRUE);
	for (int i = 0; i < NUM_HUFF_TBLS; i++)
		tables += (decompress.dc_huff_tbl_ptrs[i] != NULL) +
			  (decompress.ac_huff_tbl_ptrs[i] != NULL);
	jpeg_start_decompress(&decompress);
	for (int y = 0; y < HEIGHT; y++, pixels += WIDTH * 3)
		jpeg_read_scanlines(&decompress, &pixels, 1);
	jpeg_finish_decompress(&decompress);
	CHECK_EQ(errors.num_warnings, 0);
	jpeg_destroy_decompress(&decompress);
	return tables;
}

static void test_decoded(void)
{
	static uint8_t want[WIDTH * HEIGHT * 3], got[WIDTH * HEIGHT * 3];
	uint8_t *bytes, *mended;
	size_t size, offset;

	test_case("tables: a frame without them is decoded as it was with its own");
	encode(&bytes, &size);
	CHECK_EQ(tables_offset(bytes, size), 0);
	CHECK_EQ(decode(bytes, size, want), 4);
	size = strip_tables(bytes, size);
	CHECK(is_whole(bytes, size));
	offset = tables_offset(bytes, size);
	if (!CHECK(offset))
		return;
	mended = malloc(size + MJPEG_TABLES_SIZE);
	memcpy(mended, bytes, offset);
	memcpy(mended + offset, mjpeg_tables, MJPEG_TABLES_SIZE);
	memcpy(mended + offset + MJPEG_TABLES_SIZE, bytes + offset, size - offset);
	CHECK_EQ(tables_offset(mended, size + MJPEG_TABLES_SIZE), 0);
	CHECK_EQ(decode(mended, size + MJPEG_TABLES_SIZE, got), 4);
	CHECK_MEM_EQ(got, want, sizeof(want));

	test_case("tables: a real frame cut off at any byte");
	for (size_t cut = 0; cut < size; cut++) {
		CHECK_EQ(tables_offset(bytes, cut), cut >= offset + 2 ? offset : 0);
		CHECK(!is_whole(bytes, cut));
	}
	free(mended);
	free(bytes);
}

/* K.3 to K.6 as libjpeg has them. */
static void test_tables(void)
{
	struct jpeg_compress_struct compress;
	struct jpeg_error_mgr errors;
	const uint8_t *at = mjpeg_tables + 4;
	size_t count;

	test_case("tables: they are those of the standard");
	compress.err = jpeg_std_error(&errors);
	jpeg_create_compress(&compress);
	compress.in_color_space = JCS_RGB;
	compress.input_components = 3;
	jpeg_set_defaults(&compress);
	CHECK_MEM_EQ(mjpeg_tables, "\xff\xc4\x01\xa2", 4);
	for (int i = 0; i < 4; i++) {
		const JHUFF_TBL *table = i % 2 ? compress.ac_huff_tbl_ptrs[i / 2] :
						 compress.dc_huff_tbl_ptrs[i / 2];

		CHECK_EQ(*at++, i % 2 << 4 | i / 2);
		CHECK_MEM_EQ(at, table->bits + 1, 16);
		count = 0;
		for (int bits = 1; bits <= 16; bits++)
			count += table->bits[bits];
		at += 16;
		CHECK_MEM_EQ(at, table->huffval, count);
		at += count;
	}
	CHECK(at == mjpeg_tables + MJPEG_TABLES_SIZE);
	jpeg_destroy_compress(&compress);
}

#else

static void test_decoded(void)
{
}

static void test_tables(void)
{
}

#endif

int main(void)
{
	test_whole();
	test_cost();
	test_offset();
	test_hostile();
	test_decoded();
	test_tables();
	return test_done();
}
