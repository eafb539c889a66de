// SPDX-License-Identifier: GPL-2.0-or-later
/* Payload headers of USB cameras, whole and hostile. */
#include "uvc/meta.h"

#include <linux/usb/video.h>
#include <stdlib.h>

#include "common/base/json.h"
#include "common/stream/frame.h"
#include "test/unit/test.h"

/* 12 bytes of header: both clocks. */
static const uint8_t full[] = { 0x15, 0xcd, 0x5b, 0x07, 0,    0,    0,    0,
				0x34, 0x02, 12,   0x8f, 0x78, 0x56, 0x34, 0x12,
				0xef, 0xcd, 0xab, 0x89, 0x01, 0x05 };
/* 2 bytes: none. */
static const uint8_t bare[] = { 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 2, 0x80 };
/* Announces both, but is too short for the second: what the driver copies is of the picture. */
static const uint8_t liar[] = { 1,    0, 0, 0, 0, 0, 0, 0, 2, 0, 7,
				0x8c, 9, 0, 0, 0, 5, 6, 7, 8, 9, 10 };
/* One clock, and 12 bytes that only the camera knows, which the driver does not copy. */
static const uint8_t lengthy[] = { 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 18, 0x85, 9, 0, 0, 0 };

/* The bytes in a block of their own, so that the address sanitizer sees who reads beyond. */
static unsigned count_headers(const uint8_t *bytes, size_t size, size_t *offset)
{
	uint8_t *copy = malloc(size ? size : 1);
	struct uvc_header header;
	unsigned count = 0;

	memcpy(copy, bytes, size);
	*offset = 0;
	while (uvc_meta_next(copy, size, offset, &header))
		count++;
	free(copy);
	return count;
}

static void test_fields(void)
{
	struct uvc_header header;
	size_t offset = 0;

	test_case("uvc meta: a header with both clocks");
	CHECK(uvc_meta_next(full, sizeof(full), &offset, &header));
	CHECK_EQ(offset, sizeof(full));
	CHECK_EQ(header.host_ns, 123456789);
	CHECK_EQ(header.host_sof, 0x234);
	CHECK_EQ(header.flags, 0x8f);
	CHECK(header.has_pts && header.has_scr);
	CHECK_EQ(header.pts, 0x12345678);
	CHECK_EQ(header.stc, 0x89abcdef);
	CHECK_EQ(header.scr_sof, 0x501);
	CHECK(!uvc_meta_next(full, sizeof(full), &offset, &header));

	test_case("uvc meta: a header of two bytes has neither");
	offset = 0;
	CHECK(uvc_meta_next(bare, sizeof(bare), &offset, &header));
	CHECK(!header.has_pts && !header.has_scr);

	test_case("uvc meta: flags that promise more than there is");
	offset = 0;
	CHECK(uvc_meta_next(liar, sizeof(liar), &offset, &header));
	CHECK(header.has_pts && !header.has_scr);
	CHECK_EQ(header.pts, 9);
	CHECK_EQ(offset, sizeof(liar));

	test_case("uvc meta: a header that is longer than what was copied of it");
	offset = 0;
	CHECK(uvc_meta_next(lengthy, sizeof(lengthy), &offset, &header));
	CHECK(header.has_pts && !header.has_scr);
	CHECK_EQ(header.pts, 9);
	CHECK_EQ(offset, sizeof(lengthy));
}

static void test_hostile(void)
{
	uint8_t two[sizeof(full) + sizeof(bare)];
	size_t offset;

	memcpy(two, full, sizeof(full));
	memcpy(two + sizeof(full), bare, sizeof(bare));

	test_case("uvc meta: cut off anywhere, whole headers are read and no more");
	for (size_t size = 0; size <= sizeof(two); size++) {
		unsigned whole = (size >= sizeof(full)) + (size >= sizeof(two));

		CHECK_EQ(count_headers(two, size, &offset), whole);
		CHECK_EQ(offset, whole == 2 ? sizeof(two) : whole ? sizeof(full) : 0);
	}

	test_case("uvc meta: a length that can't be ends it");
	two[10] = 1;
	CHECK_EQ(count_headers(two, sizeof(two), &offset), 0);
	two[10] = 0;
	CHECK_EQ(count_headers(two, sizeof(two), &offset), 0);
	test_case("uvc meta: any other length leads to the next header all the same");
	for (unsigned length = 2; length < 256; length++) {
		two[10] = (uint8_t)length;
		CHECK_EQ(count_headers(two, sizeof(two), &offset), 2);
	}
}

static void test_records(void)
{
	static uint8_t memory[64];
	struct buffer buffer;
	struct frame frame = { .buffer = &buffer };
	struct json json;

	buffer_init(&buffer, 0, BUFFER_DEVICE);
	buffer_add_plane(&buffer, -1, -1, sizeof(memory));
	buffer.planes[0].map = memory;
	memcpy(memory, full, sizeof(full));
	memcpy(memory + sizeof(full), bare, sizeof(bare));

	test_case("uvc meta: as a record");
	frame.bytesused[0] = sizeof(full) + sizeof(bare);
	json_init(&json);
	json_begin(&json);
	json_object(&json, NULL);
	uvc_meta_decode(&frame, &json);
	json_close(&json);
	CHECK_EQ(json_end_line(&json), 0);
	CHECK_STR_EQ(json.text,
		     "{\"headers\":[{\"host_ns\":123456789,\"host_sof\":564,\"flags\":143,"
		     "\"fid\":1,\"eof\":true,\"error\":false,\"pts\":305419896,"
		     "\"stc\":2309737967,\"scr_sof\":1281},"
		     "{\"host_ns\":1,\"host_sof\":2,\"flags\":128,\"fid\":0,\"eof\":false,"
		     "\"error\":false}]}\n");

	test_case("uvc meta: what makes no sense is counted");
	frame.bytesused[0] = sizeof(full) + 5;
	json_begin(&json);
	json_object(&json, NULL);
	uvc_meta_decode(&frame, &json);
	json_close(&json);
	CHECK_EQ(json_end_line(&json), 0);
	CHECK(strstr(json.text, "],\"undecoded_bytes\":5}") != NULL);

	test_case("uvc meta: an empty frame has no headers");
	frame.bytesused[0] = 0;
	json_begin(&json);
	json_object(&json, NULL);
	uvc_meta_decode(&frame, &json);
	json_close(&json);
	CHECK_EQ(json_end_line(&json), 0);
	CHECK_STR_EQ(json.text, "{\"headers\":[]}\n");
	json_finish(&json);
	buffer.planes[0].map = NULL;
	buffer_finish(&buffer);
}

int main(void)
{
	test_fields();
	test_hostile();
	test_records();
	return test_done();
}
