// SPDX-License-Identifier: GPL-2.0-or-later
/* What a camera's USB descriptors say of the bytes that it can stream. */
#include "uvc/usb.h"

#include "test/unit/test.h"

#define INTERFACE(setting, class, subclass) 9, 4, 1, setting, 1, class, subclass, 0, 0
#define ENDPOINT(attributes, low, high, interval) \
	7, 5, 0x81, attributes, low, high, interval

static bool is_isochronous;

#define BYTES(speed, ...)                       \
	bytes((const uint8_t[]){ __VA_ARGS__ }, \
	      sizeof((const uint8_t[]){ __VA_ARGS__ }), speed)

static uint64_t bytes(const uint8_t *descriptors, size_t size, unsigned speed)
{
	return uvc_usb_stream_bytes(descriptors, size, speed, &is_isochronous);
}

static void test_settings(void)
{
	test_case("usb: the fastest setting counts, with its packets in a microframe");
	CHECK_EQ(BYTES(480, INTERFACE(0, 14, 2), INTERFACE(1, 14, 2),
		       ENDPOINT(5, 0, 2, 1), INTERFACE(2, 14, 2), ENDPOINT(5, 0, 0x14, 1),
		       INTERFACE(3, 14, 2), ENDPOINT(5, 128, 0, 1)),
		 3072 * 8000);
	CHECK(is_isochronous);

	test_case("usb: one packet a frame at full speed");
	CHECK_EQ(BYTES(12, INTERFACE(1, 14, 2), ENDPOINT(5, 0xff, 3, 1)), 1023 * 1000);

	test_case("usb: an interval of more than one");
	CHECK_EQ(BYTES(480, INTERFACE(1, 14, 2), ENDPOINT(5, 0, 4, 4)), 1024 * 1000);

	test_case("usb: at super speed the companion tells");
	CHECK_EQ(BYTES(5000, INTERFACE(1, 14, 2), ENDPOINT(5, 0, 4, 1), 6, 48, 11, 2, 0, 0x90),
		 36864 * 8000);

	test_case("usb: bulk has what is left over");
	CHECK_EQ(BYTES(480, INTERFACE(0, 14, 2), ENDPOINT(2, 0, 2, 0)), 13 * 512 * 8000);
	CHECK(!is_isochronous);
}

static void test_others(void)
{
	test_case("usb: sound and control do not count");
	CHECK_EQ(BYTES(480, INTERFACE(1, 1, 2), ENDPOINT(5, 0, 0x14, 1),
		       INTERFACE(0, 14, 1), ENDPOINT(3, 16, 0, 8)),
		 0);

	test_case("usb: descriptors that end too early, or have no length");
	CHECK_EQ(BYTES(480, INTERFACE(1, 14, 2), 7, 5, 0x81, 5, 0), 0);
	CHECK_EQ(BYTES(480, 0, 5), 0);
	CHECK_EQ(BYTES(480, INTERFACE(1, 14, 2), 1, 5, ENDPOINT(5, 0, 2, 1)), 0);
	CHECK_EQ(BYTES(480, INTERFACE(1, 14, 2), 3, 5, 0x81), 0);
	CHECK_EQ(BYTES(480, 9), 0);

	test_case("usb: a speed that is not known");
	CHECK_EQ(BYTES(1, INTERFACE(1, 14, 2), ENDPOINT(5, 0, 2, 1)), 0);

	test_case("usb: no device");
	{
		struct uvc_usb usb;

		CHECK(!uvc_usb_read("/nowhere", "/dev/media0", &usb));
	}
}

int main(void)
{
	test_settings();
	test_others();
	return test_done();
}
