// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is in the frames of video nodes: single- and multi-planar, with offsets, in
 * memory of the node's own and imported, to outputs, and metadata. Wants vivid with two
 * devices of which the second is multi-planar.
 */
#include <sys/mman.h>

#include "common/buffer/memory.h"
#include "test/ctest/ctest.h"

#define CAPTURE    "vivid-000-vid-cap"
#define CAPTURE_MP "vivid-001-vid-cap"
#define OUTPUT     "vivid-000-vid-out"
#define OUTPUT_MP  "vivid-001-vid-out"

/* Test patterns of one colour, by their place in the menu. */
enum { BLACK = 5, RED = 7 };

#define WIDTH  640
#define HEIGHT 360
#define PIXELS (WIDTH * HEIGHT)

/* Controls that decide what a colour is as bytes, as vivid loads. */
static const struct {
	const char *name;
	int value;
} plain[] = {
	{ "OSD Text Mode", 2 },
	{ "Brightness", 128 },
	{ "Contrast", 128 },
	{ "Saturation", 128 },
	{ "Hue", 0 },
	{ "Colorspace", 2 },
	{ "Transfer Function", 0 },
	{ "Y'CbCr Encoding", 0 },
	{ "Quantization", 0 },
};

/* The webcam of vivid showing one colour and nothing else. */
static struct video *open_colour(const char *name, uint32_t fourcc, int pattern)
{
	struct v4l2_fract interval = { 1, 60 };
	struct video *video = ctest_video(NULL, name, VIDEO_CAPTURE);
	int webcam = 0;

	if (!video)
		return NULL;
	CHECK_EQ(sys_ioctl(video->fd, VIDIOC_S_INPUT, &webcam), 0);
	for (size_t i = 0; i < CTEST_COUNT(plain); i++)
		CHECK_EQ(ctest_poke(video->fd, plain[i].name, plain[i].value), 0);
	CHECK_EQ(ctest_poke(video->fd, "Test Pattern", pattern), 0);
	CHECK_EQ(ctest_set_format(video, fourcc, WIDTH, HEIGHT), 0);
	CHECK_EQ(video->format.fourcc, fourcc);
	CHECK_EQ(video_set_interval(video, &interval), 0);
	return video;
}

/* All bytes are the same; shows the first that is not. */
static void check_bytes(const char *file, int line, const uint8_t *bytes, size_t count,
			uint8_t want)
{
	for (size_t i = 0; i < count; i++) {
		if (bytes[i] == want)
			continue;
		test_fail(file, line, "byte %zu of %zu: got %u, want %u", i, count,
			  bytes[i], want);
		return;
	}
}

#define CHECK_BYTES(bytes, count, want) \
	check_bytes(__FILE__, __LINE__, bytes, count, want)

/*
 * Takes one frame into a buffer that is filled with a pattern first. The caller looks at
 * it, then stops the node.
 */
static bool capture_one(struct video *video, struct buffer *buffer, struct video_done *done)
{
	for (unsigned i = 0; i < buffer->num_planes; i++)
		memset(buffer->planes[i].map, CTEST_PATTERN, buffer->planes[i].length_bytes);
	return CHECK_EQ(video_queue(video, buffer, NULL, 0), 0) &&
	       CHECK_EQ(video_start(video), 0) && CHECK_EQ(ctest_next(video, done), 0) &&
	       CHECK(done->buffer == buffer);
}

static const uint8_t *content(const struct video_done *done, unsigned plane)
{
	return (const uint8_t *)done->buffer->planes[plane].map + done->data_offset[plane];
}

static void single(void)
{
	struct buffer buffers[4];
	struct video_done done;
	struct video *video;
	const uint8_t *bytes;
	int count;

	test_case("planes: one plane, the pixels of the test pattern");
	video = open_colour(CAPTURE, V4L2_PIX_FMT_RGB24, RED);
	if (!video)
		return;
	count = ctest_map(video, buffers, 2);
	CHECK_EQ(buffers[0].num_planes, 1);
	if (capture_one(video, &buffers[1], &done)) {
		bytes = content(&done, 0);
		CHECK_EQ(done.bytesused[0], 3 * PIXELS);
		CHECK_EQ(bytes[0], 255);
		CHECK_EQ(bytes[1], 0);
		CHECK_EQ(bytes[2], 0);
		CHECK_MEM_EQ(bytes, bytes + 3, 3 * PIXELS - 3);
	}
	CHECK_EQ(video_stop(video), 0);
	ctest_finish_all(buffers, count);
	video_destroy(video);
}

/* Two planes, luminance and colour; one of them has its picture behind 128 bytes. */
static void try_offset(uint32_t fourcc, unsigned with_offset)
{
	struct buffer buffers[4];
	struct video_done done;
	struct video *video;
	int count;

	video = open_colour(CAPTURE_MP, fourcc, BLACK);
	if (!video)
		return;
	count = ctest_map(video, buffers, 2);
	CHECK_EQ(buffers[0].num_planes, 2);
	if (capture_one(video, &buffers[0], &done)) {
		CHECK_EQ(done.data_offset[with_offset], 128);
		CHECK_EQ(done.data_offset[!with_offset], 0);
		CHECK_EQ(done.bytesused[0], PIXELS);
		CHECK_EQ(done.bytesused[1], PIXELS);
		/* What vivid writes there. */
		CHECK_BYTES(buffers[0].planes[with_offset].map, 128, 128);
		CHECK_BYTES(content(&done, 0), PIXELS, 16);
		CHECK_BYTES(content(&done, 1), PIXELS, 128);
	}
	CHECK_EQ(video_stop(video), 0);
	ctest_finish_all(buffers, count);
	video_destroy(video);
}

static void offsets(void)
{
	test_case("planes: a picture behind an offset in the first plane");
	try_offset(V4L2_PIX_FMT_NV16M, 0);
	test_case("planes: a picture behind an offset in the second plane");
	try_offset(V4L2_PIX_FMT_NV61M, 1);
}

/* Red in Y'CbCr, of limited range and by BT.601, give or take the rounding. */
static void check_red(const struct video_done *done)
{
	static const uint8_t red[] = { 81, 90, 240 };

	for (unsigned i = 0; i < 3; i++) {
		CHECK_EQ(done->data_offset[i], 0);
		CHECK_EQ(done->bytesused[i], i ? PIXELS / 4 : PIXELS);
		CHECK(abs(content(done, i)[0] - red[i]) <= 2);
		CHECK_BYTES(content(done, i), done->bytesused[i], content(done, i)[0]);
	}
}

/* The dma-buf of a plane is the memory that the node shows for it. */
static void check_export(const struct buffer_plane *plane)
{
	void *map;

	map = mmap(NULL, plane->length_bytes, PROT_READ, MAP_SHARED, plane->fd, 0);
	if (!CHECK(map != MAP_FAILED))
		return;
	CHECK_MEM_EQ(map, plane->map, plane->length_bytes);
	munmap(map, plane->length_bytes);
}

static void three(void)
{
	struct buffer_identity first;
	struct buffer buffers[4];
	struct video_done done;
	struct video *video;
	int count;

	test_case("planes: three planes of the node's own, each with its content");
	video = open_colour(CAPTURE_MP, V4L2_PIX_FMT_YUV420M, RED);
	if (!video)
		return;
	count = ctest_map(video, buffers, 2);
	CHECK_EQ(buffers[1].num_planes, 3);
	CHECK_EQ(buffers[1].planes[2].length_bytes, PIXELS / 4);
	if (capture_one(video, &buffers[1], &done))
		check_red(&done);
	CHECK_EQ(video_stop(video), 0);

	test_case("planes: each is exported once, as a dma-buf of its own");
	CHECK_EQ(buffers[1].planes[0].fd, -1);
	CHECK_EQ(video_export_buffer(video, &buffers[1]), 0);
	first = buffers[1].planes[0].identity;
	CHECK(first.inode != 0);
	CHECK(!buffer_identity_equal(&first, &buffers[1].planes[1].identity));
	CHECK(!buffer_identity_equal(&first, &buffers[1].planes[2].identity));
	CHECK_EQ(video_export_buffer(video, &buffers[1]), 0);
	CHECK(buffer_identity_equal(&first, &buffers[1].planes[0].identity));
	for (unsigned i = 0; i < 3; i++)
		check_export(&buffers[1].planes[i]);
	ctest_finish_all(buffers, count);
	video_destroy(video);
}

/* As many buffers as there are slots, of udmabufs with a plane for each of the format. */
static bool allocate(struct video *video, struct buffer *buffers, unsigned count)
{
	struct memory memory;
	int ret;

	ret = memory_open(&memory, MEMORY_UDMABUF, NULL);
	for (unsigned i = 0; ret == 0 && i < count; i++) {
		ret = memory_allocate(&memory, i, video->format.size_bytes,
				      video->format.num_planes, &buffers[i]);
		if (ret == 0)
			ret = buffer_map(&buffers[i]);
	}
	memory_close(&memory);
	if (ret == 0)
		ret = video_request_buffers(video, V4L2_MEMORY_DMABUF, &count);
	return CHECK_EQ(ret, 0);
}

static void imported(void)
{
	struct buffer buffers[2], half;
	struct video_done done;
	struct video *video;
	int fds[1];

	test_case("planes: three planes of imported memory");
	video = open_colour(CAPTURE_MP, V4L2_PIX_FMT_YUV420M, RED);
	if (!video || !allocate(video, buffers, 2))
		return;
	CHECK_EQ(video->memory, V4L2_MEMORY_DMABUF);
	if (capture_one(video, &buffers[1], &done)) {
		CHECK_EQ(buffer_begin_read(&buffers[1]), 0);
		check_red(&done);
		CHECK_EQ(buffer_end_read(&buffers[1]), 0);
	}
	CHECK_EQ(video_stop(video), 0);

	test_case("planes: a buffer with too few of them is refused, its slot is free again");
	fds[0] = buffers[0].planes[0].fd;
	CHECK_EQ(buffer_import(&half, 0, fds, 1), 0);
	CHECK_EQ(video_queue(video, &half, NULL, 0), -EINVAL);
	CHECK_EQ(video_queue(video, &buffers[0], NULL, 0), 0);
	CHECK_EQ(video_queue(video, &half, NULL, 0), -EBUSY);
	buffer_finish(&half);
	ctest_finish_all(buffers, 2);
	video_destroy(video);
}

static void too_many(void)
{
	static const uint32_t sizes[] = { 3 * PIXELS, 3 * PIXELS };
	struct buffer buffer;
	struct memory memory;
	struct video *video;
	unsigned count = 2;

	test_case("planes: a node with one plane takes no buffer with two");
	video = open_colour(CAPTURE, V4L2_PIX_FMT_RGB24, RED);
	if (!video)
		return;
	CHECK_EQ(memory_open(&memory, MEMORY_UDMABUF, NULL), 0);
	CHECK_EQ(memory_allocate(&memory, 0, sizes, 2, &buffer), 0);
	CHECK_EQ(video_request_buffers(video, V4L2_MEMORY_DMABUF, &count), 0);
	CHECK_EQ(video_queue(video, &buffer, NULL, 0), -EINVAL);
	buffer_finish(&buffer);
	memory_close(&memory);
	video_destroy(video);
}

/* The bytes a plane of an output starts with; too few are refused by vivid. */
static void try_output(const char *name, uint32_t fourcc, unsigned num_planes)
{
	struct video *video = ctest_video(NULL, name, VIDEO_OUTPUT);
	uint32_t used[BUFFER_MAX_PLANES];
	struct buffer buffers[4];
	struct video_done done;
	int count;

	if (!video)
		return;
	CHECK_EQ(ctest_set_format(video, fourcc, WIDTH, HEIGHT), 0);
	CHECK_EQ(video->format.fourcc, fourcc);
	CHECK_EQ(video->format.num_planes, num_planes);
	count = ctest_map(video, buffers, 3);
	CHECK_EQ(buffers[0].num_planes, num_planes);
	for (unsigned i = 0; i < num_planes; i++)
		used[i] = video->format.stride_bytes[i] * video->format.height /
			  (i && fourcc == V4L2_PIX_FMT_NV12M ? 2 : 1);

	CHECK_EQ(video_queue(video, &buffers[0], used, 0), 0);
	/* NULL: all of it. The last one is shown until there is another. */
	CHECK_EQ(video_queue(video, &buffers[1], NULL, 0), 0);
	CHECK_EQ(video_queue(video, &buffers[2], NULL, 0), 0);
	CHECK_EQ(video_start(video), 0);
	if (CHECK_EQ(ctest_next(video, &done), 0)) {
		CHECK(done.buffer == &buffers[0]);
		CHECK_EQ(done.flags & V4L2_BUF_FLAG_ERROR, 0);
		for (unsigned i = 0; i < num_planes; i++) {
			CHECK_EQ(done.bytesused[i], used[i]);
			CHECK_EQ(done.data_offset[i], 0);
		}
	}
	if (CHECK_EQ(ctest_next(video, &done), 0)) {
		CHECK(done.buffer == &buffers[1]);
		for (unsigned i = 0; i < num_planes; i++)
			CHECK_EQ(done.bytesused[i], buffers[1].planes[i].length_bytes);
	}
	used[num_planes - 1] -= 1;
	CHECK_EQ(video_queue(video, &buffers[0], used, 0), -EINVAL);
	used[num_planes - 1] = buffers[0].planes[num_planes - 1].length_bytes + 1;
	CHECK_EQ(video_queue(video, &buffers[0], used, 0), -EINVAL);
	CHECK_EQ(video_stop(video), 0);
	ctest_finish_all(buffers, count);
	video_destroy(video);
}

static void outputs(void)
{
	test_case("planes: an output with one plane is given as many bytes as are in use");
	try_output(OUTPUT, V4L2_PIX_FMT_RGB24, 1);
	test_case("planes: an output with two planes is, for each");
	try_output(OUTPUT_MP, V4L2_PIX_FMT_NV12M, 2);
}

/* What vivid says of a frame of its webcam (vivid-meta-cap.h), as uvcvideo would. */
struct meta_capture {
	uint64_t ns;
	uint16_t sof;
	uint8_t length;
	uint8_t flags;
	uint8_t buf[10];
} __attribute__((packed));

static void meta_capture(void)
{
	struct video_format format;
	struct meta_capture meta;
	struct buffer buffers[4];
	struct video_done done;
	struct video *video;
	int count;

	test_case("planes: metadata has a size and no width");
	video = ctest_video(NULL, "vivid-000-meta-cap", VIDEO_CAPTURE);
	if (!video)
		return;
	memset(&format, CTEST_PATTERN, sizeof(format));
	CHECK_EQ(video_get_format(video, &format), 0);
	CHECK_EQ(format.fourcc, V4L2_META_FMT_UVC);
	CHECK_EQ(format.width, 0);
	CHECK_EQ(format.height, 0);
	CHECK_EQ(format.stride_bytes[0], 0);
	CHECK_EQ(format.num_planes, 1);
	CHECK_EQ(format.size_bytes[0], sizeof(meta));
	CHECK_EQ(video_set_format(video, &format), 0);
	CHECK_EQ(video_try_format(video, &format), 0);
	CHECK_EQ(format.size_bytes[0], sizeof(meta));

	test_case("planes: metadata is captured");
	count = ctest_map(video, buffers, 4);
	memset(buffers[0].planes[0].map, CTEST_PATTERN, sizeof(meta));
	CHECK_EQ(ctest_queue_all(video, buffers, count), 0);
	CHECK_EQ(video_start(video), 0);
	for (int i = 0; i < 3 && CHECK_EQ(ctest_next(video, &done), 0); i++) {
		CHECK_EQ(done.bytesused[0], sizeof(meta));
		memcpy(&meta, done.buffer->planes[0].map, sizeof(meta));
		CHECK_EQ(meta.sof, (uint16_t)(done.sequence * 30));
		CHECK_EQ(meta.length, sizeof(meta) - 10);
		CHECK(meta.ns < sys_monotonic_ns());
		CHECK(meta.ns + 5000000000 > sys_monotonic_ns());
	}
	CHECK_EQ(video_stop(video), 0);
	ctest_finish_all(buffers, count);
	video_destroy(video);
}

static int control_value(int fd, uint32_t id)
{
	struct v4l2_control control = { .id = id };

	return sys_ioctl(fd, VIDIOC_G_CTRL, &control) < 0 ? -1 : control.value;
}

static void meta_output(void)
{
	static const uint16_t values[] = { 11, 22, 33, 44 };
	const uint32_t used = sizeof(values);
	struct video *video, *capture;
	struct buffer buffers[4];
	struct video_done done;
	int count;

	test_case("planes: metadata that is put out gets to the driver");
	video = ctest_video(NULL, "vivid-000-meta-out", VIDEO_OUTPUT);
	capture = ctest_video(NULL, CAPTURE, VIDEO_CAPTURE);
	if (!video || !capture)
		return;
	CHECK_EQ(video->format.fourcc, V4L2_META_FMT_VIVID);
	CHECK_EQ(video->format.size_bytes[0], sizeof(values));
	CHECK_EQ(ctest_poke(capture->fd, "Brightness", 128), 0);
	count = ctest_map(video, buffers, 2);
	memcpy(buffers[0].planes[0].map, values, sizeof(values));
	CHECK_EQ(video_queue(video, &buffers[0], &used, 0), 0);
	CHECK_EQ(video_start(video), 0);
	CHECK_EQ(ctest_next(video, &done), 0);
	CHECK(done.buffer == &buffers[0]);
	CHECK_EQ(done.bytesused[0], sizeof(values));
	CHECK_EQ(control_value(capture->fd, V4L2_CID_BRIGHTNESS), 11);
	CHECK_EQ(control_value(capture->fd, V4L2_CID_CONTRAST), 22);
	CHECK_EQ(control_value(capture->fd, V4L2_CID_SATURATION), 33);
	CHECK_EQ(control_value(capture->fd, V4L2_CID_HUE), 44);
	CHECK_EQ(video_stop(video), 0);
	ctest_finish_all(buffers, count);
	video_destroy(video);
	video_destroy(capture);
}

static const struct ctest_case cases[] = {
	{ "single", single },
	{ "offsets", offsets },
	{ "three", three },
	{ "imported", imported },
	{ "too-many", too_many },
	{ "outputs", outputs },
	{ "meta-capture", meta_capture },
	{ "meta-output", meta_output },
};

int main(int argc, char **argv)
{
	return ctest_main(cases, CTEST_COUNT(cases), argc, argv);
}
