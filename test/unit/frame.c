// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames: holders, and what is no picture. */
#include "common/stream/frame.h"

#include <linux/videodev2.h>

#include "test/unit/test.h"

static struct buffer buffer;
static struct frame frame;
static unsigned num_released;

static void note_released(void *context, struct frame *released)
{
	CHECK(context == &num_released);
	CHECK(released == &frame);
	CHECK_EQ(released->holders, 0);
	num_released++;
}

/* The buffer is filled with the next picture at once. */
static void hold_again(void *context, struct frame *released)
{
	num_released++;
	frame_hold(released);
}

static void set_up(unsigned num_planes)
{
	buffer_init(&buffer, 0, BUFFER_DEVICE);
	for (unsigned i = 0; i < num_planes; i++)
		buffer_add_plane(&buffer, -1, -1, 1000);
	frame = (struct frame){ .buffer = &buffer,
				.least_bytes = { 1, 1, 1, 1 },
				.released = note_released,
				.released_context = &num_released };
	for (unsigned i = 0; i < num_planes; i++)
		frame.bytesused[i] = 900 + i;
	num_released = 0;
}

static void test_holders(void)
{
	test_case("frame: released by its last holder, once");
	set_up(1);
	frame_hold(&frame);
	frame_hold(&frame);
	frame_hold(&frame);
	frame_release(&frame);
	frame_release(&frame);
	CHECK_EQ(num_released, 0);
	CHECK_EQ(frame.holders, 1);
	frame_release(&frame);
	CHECK_EQ(num_released, 1);

	test_case("frame: released by nobody, nothing happens");
	frame_release(&frame);
	CHECK_EQ(num_released, 1);
	CHECK_EQ(frame.holders, 0);

	test_case("frame: may be in use again by the time it is released");
	frame.released = hold_again;
	frame_hold(&frame);
	frame_release(&frame);
	CHECK_EQ(num_released, 2);
	CHECK_EQ(frame.holders, 1);

	test_case("frame: without anybody to tell");
	frame.released = NULL;
	frame_release(&frame);
	CHECK_EQ(frame.holders, 0);
}

static void test_error(void)
{
	test_case("frame: a full one is a picture, with any other flag");
	set_up(2);
	frame.flags = ~(uint32_t)V4L2_BUF_FLAG_ERROR;
	CHECK(!frame_is_error(&frame));
	CHECK_EQ(frame_bytes(&frame), 1801);

	test_case("frame: the driver's mark makes it none");
	frame.flags = V4L2_BUF_FLAG_ERROR;
	CHECK(frame_is_error(&frame));
	frame.flags = 0;

	test_case("frame: nor is one with an empty plane a picture");
	frame.bytesused[1] = 0;
	CHECK(frame_is_error(&frame));
	frame.bytesused[1] = 1;
	CHECK(!frame_is_error(&frame));
	frame.bytesused[0] = 0;
	CHECK(frame_is_error(&frame));

	test_case("frame: nor one that is longer than its memory, where it starts included");
	set_up(2);
	frame.bytesused[1] = 1001;
	CHECK(frame_is_error(&frame));
	frame.bytesused[1] = 1000;
	CHECK(!frame_is_error(&frame));
	frame.data_offset[0] = 100;
	CHECK(!frame_is_error(&frame));
	frame.data_offset[0] = 101;
	CHECK(frame_is_error(&frame));
	frame.data_offset[0] = UINT32_MAX;
	CHECK(frame_is_error(&frame));

	test_case("frame: planes that the buffer does not have do not count");
	set_up(1);
	frame.bytesused[1] = 5000;
	CHECK(!frame_is_error(&frame));
	CHECK_EQ(frame_bytes(&frame), 900);

	test_case("frame: more bytes than 32 bits can tell");
	set_up(4);
	for (unsigned i = 0; i < 4; i++)
		frame.bytesused[i] = UINT32_MAX;
	CHECK_EQ(frame_bytes(&frame), 4 * (uint64_t)UINT32_MAX);
}

static void test_sizes(void)
{
	test_case("frame: fewer bytes than a picture has are none");
	set_up(1);
	frame.least_bytes[0] = 900;
	CHECK(!frame_is_error(&frame));
	frame.least_bytes[0] = 901;
	CHECK(frame_is_error(&frame));
	CHECK(!frame_is_overlong(&frame));

	test_case("frame: one that may be empty is no error when it is");
	set_up(1);
	frame.least_bytes[0] = 0;
	frame.bytesused[0] = 0;
	CHECK(!frame_is_error(&frame));

	test_case("frame: more bytes than there is memory, in any plane");
	set_up(2);
	frame.bytesused[1] = 990;
	frame.data_offset[1] = 10;
	CHECK(!frame_is_overlong(&frame));
	frame.data_offset[1] = 11;
	CHECK(frame_is_overlong(&frame));
	CHECK(frame_is_error(&frame));
}

int main(void)
{
	test_holders();
	test_error();
	test_sizes();
	return test_done();
}
