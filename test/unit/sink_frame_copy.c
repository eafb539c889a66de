// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames copied between buffers whose lines lie elsewhere. */
#include "common/sink/frame_copy.h"

#include <errno.h>
#include <linux/videodev2.h>
#include <string.h>

#include "common/stream/frame.h"
#include "test/unit/test.h"

#define ROOM    512
#define PADDING 0xee /* what no byte of a picture is */

static struct {
	struct video_format from_format;
	struct video_format to_format;
	struct buffer from_buffer;
	struct buffer to_buffer;
	struct frame frame;
	uint8_t from[2][ROOM];
	uint8_t to[2][ROOM];
	uint32_t bytes[BUFFER_MAX_PLANES];
} scene;

/* Not owned: these are never finished. */
static void set_planes(struct buffer *buffer, uint8_t (*memory)[ROOM], unsigned num_planes)
{
	buffer_init(buffer, 0, BUFFER_DEVICE);
	buffer->num_planes = num_planes;
	for (unsigned i = 0; i < num_planes; i++) {
		buffer->planes[i].map = memory[i];
		buffer->planes[i].length_bytes = ROOM;
	}
}

/* Every byte of the source tells where it is. */
static void set_up(uint32_t fourcc, unsigned num_planes, uint32_t from_stride,
		   uint32_t to_stride, uint32_t used)
{
	memset(&scene, 0, sizeof(scene));
	memset(scene.to, PADDING, sizeof(scene.to));
	for (unsigned i = 0; i < ROOM; i++) {
		scene.from[0][i] = (uint8_t)(i % 200);
		scene.from[1][i] = (uint8_t)((i + 77) % 200);
	}
	scene.from_format = (struct video_format){
		.fourcc = fourcc,
		.width = 4,
		.height = 4,
		.num_planes = num_planes,
		.stride_bytes = { from_stride, from_stride },
	};
	scene.to_format = scene.from_format;
	scene.to_format.stride_bytes[0] = scene.to_format.stride_bytes[1] = to_stride;
	set_planes(&scene.from_buffer, scene.from, num_planes);
	set_planes(&scene.to_buffer, scene.to, num_planes);
	scene.frame = (struct frame){
		.buffer = &scene.from_buffer,
		.format = &scene.from_format,
		.bytesused = { used, used },
	};
}

static int copy(void)
{
	return frame_copy(&scene.frame, &scene.to_format, &scene.to_buffer, scene.bytes);
}

/* Lines of a plane that came through, and nothing between them. */
static unsigned right_lines(unsigned plane, uint32_t from_at, uint32_t from_stride,
			    uint32_t to_at, uint32_t to_stride, uint32_t line_bytes,
			    unsigned lines)
{
	unsigned right = 0;

	for (unsigned i = 0; i < lines; i++) {
		const uint8_t *to = scene.to[plane] + to_at + i * to_stride;
		const uint8_t *from = scene.from[plane] + from_at + i * from_stride;

		right += !memcmp(to, from, line_bytes) &&
			 (to_stride == line_bytes || to[line_bytes] == PADDING);
	}
	return right;
}

static void test_same(void)
{
	test_case("frame copy: the same layout is one piece, without what fills up the buffer");
	set_up(V4L2_PIX_FMT_NV12, 1, 8, 8, 500);
	CHECK(frame_copy_is_needless(&scene.from_format, &scene.to_format));
	CHECK_EQ(copy(), 0);
	CHECK_EQ(scene.bytes[0], 8 * 4 + 8 * 2);
	CHECK_MEM_EQ(scene.to[0], scene.from[0], 48);
	CHECK_EQ(scene.to[0][48], PADDING);

	test_case("frame copy: from where the driver says that it begins");
	set_up(V4L2_PIX_FMT_GREY, 1, 4, 4, 16);
	scene.frame.data_offset[0] = 32;
	CHECK_EQ(copy(), 0);
	CHECK_MEM_EQ(scene.to[0], scene.from[0] + 32, 16);

	test_case("frame copy: a compressed frame has its own length, and no lines");
	set_up(V4L2_PIX_FMT_MJPEG, 1, 0, 16, 123);
	CHECK(frame_copy_is_needless(&scene.from_format, &scene.to_format));
	CHECK_EQ(copy(), 0);
	CHECK_EQ(scene.bytes[0], 123);
	CHECK_MEM_EQ(scene.to[0], scene.from[0], 123);
	CHECK_EQ(scene.to[0][123], PADDING);
	scene.to_buffer.planes[0].length_bytes = 122;
	CHECK_EQ(copy(), -EFBIG);
}

static void test_lines(void)
{
	test_case("frame copy: longer lines, shorter lines");
	set_up(V4L2_PIX_FMT_YUYV, 1, 8, 12, 32);
	CHECK(!frame_copy_is_needless(&scene.from_format, &scene.to_format));
	CHECK_EQ(copy(), 0);
	CHECK_EQ(right_lines(0, 0, 8, 0, 12, 8, 4), 4);
	CHECK_EQ(scene.bytes[0], 48);
	set_up(V4L2_PIX_FMT_YUYV, 1, 20, 8, 80);
	CHECK_EQ(copy(), 0);
	CHECK_EQ(right_lines(0, 0, 20, 0, 8, 8, 4), 4);
	CHECK_EQ(scene.bytes[0], 32);

	test_case("frame copy: planes of colour that share the memory");
	set_up(V4L2_PIX_FMT_YUV420, 1, 8, 16, 48);
	CHECK_EQ(copy(), 0);
	CHECK_EQ(right_lines(0, 0, 8, 0, 16, 4, 4), 4);
	CHECK_EQ(right_lines(0, 32, 4, 64, 8, 2, 2), 2);
	CHECK_EQ(right_lines(0, 40, 4, 80, 8, 2, 2), 2);
	CHECK_EQ(scene.bytes[0], 96);

	test_case("frame copy: planes of colour with a memory each");
	set_up(V4L2_PIX_FMT_NV12M, 2, 8, 16, 32);
	scene.frame.bytesused[1] = 16;
	CHECK_EQ(copy(), 0);
	CHECK_EQ(right_lines(0, 0, 8, 0, 16, 4, 4), 4);
	CHECK_EQ(right_lines(1, 0, 8, 0, 16, 4, 2), 2);
	CHECK_EQ(scene.bytes[0], 64);
	CHECK_EQ(scene.bytes[1], 32);
}

static void test_limits(void)
{
	test_case("frame copy: the last line may end without padding, not sooner");
	set_up(V4L2_PIX_FMT_GREY, 1, 8, 6, 28);
	CHECK_EQ(copy(), 0);
	CHECK_EQ(right_lines(0, 0, 8, 0, 6, 4, 4), 4);
	scene.frame.bytesused[0] = 27;
	CHECK_EQ(copy(), -ENODATA);

	test_case("frame copy: too little room");
	set_up(V4L2_PIX_FMT_GREY, 1, 8, 6, 32);
	scene.to_buffer.planes[0].length_bytes = 22;
	CHECK_EQ(copy(), 0);
	CHECK_EQ(scene.bytes[0], 22);
	scene.to_buffer.planes[0].length_bytes = 21;
	CHECK_EQ(copy(), -EFBIG);

	test_case("frame copy: lines of a format that nobody knows");
	set_up(v4l2_fourcc('?', '?', '?', '?'), 1, 8, 6, 32);
	CHECK_EQ(copy(), -EINVAL);
	scene.to_format.stride_bytes[0] = 8;
	CHECK_EQ(copy(), 0);
	CHECK_EQ(scene.bytes[0], 32);
}

static void test_alike(void)
{
	struct video_format other;

	test_case("frame copy: what makes it needed");
	set_up(V4L2_PIX_FMT_NV12M, 2, 8, 8, 32);
	CHECK(frame_copy_is_needless(&scene.from_format, &scene.to_format));
	other = scene.to_format;
	other.stride_bytes[1] = 16;
	CHECK(!frame_copy_is_needless(&scene.from_format, &other));
	other = scene.to_format;
	other.num_planes = 1;
	CHECK(!frame_copy_is_needless(&scene.from_format, &other));
	other = scene.to_format;
	other.height = 2;
	CHECK(!frame_copy_is_needless(&scene.from_format, &other));
	other = scene.to_format;
	other.fourcc = V4L2_PIX_FMT_NV21M;
	CHECK(!frame_copy_is_needless(&scene.from_format, &other));
}

int main(void)
{
	test_same();
	test_lines();
	test_limits();
	test_alike();
	return test_done();
}
