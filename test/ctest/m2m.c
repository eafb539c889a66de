// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory to memory: the output and the capture queue of one descriptor, on vim2m; the end
 * of a stream on vicodec's encoder; a frame of vivid handed on without a copy.
 */
#include "common/buffer/memory.h"
#include "test/ctest/ctest.h"

#define WIDTH     64
#define HEIGHT    32
#define PIXEL     3
#define STRIDE    (WIDTH * PIXEL)
#define SIZE      (STRIDE * HEIGHT)
#define MAX_SLOTS 4

/* Both halves of an opened m2m node, and their buffers. */
struct pair {
	struct video *in;  /* V4L2 output */
	struct video *out; /* V4L2 capture */
	struct buffer in_buffers[MAX_SLOTS];
	struct buffer out_buffers[MAX_SLOTS];
	int num_in;
	int num_out;
};

static void pair_close(struct pair *pair)
{
	ctest_finish_all(pair->in_buffers, pair->num_in);
	ctest_finish_all(pair->out_buffers, pair->num_out);
	video_destroy(pair->in);
	video_destroy(pair->out);
}

static bool pair_open(struct pair *pair, const char *name)
{
	memset(pair, 0, sizeof(*pair));
	pair->out = ctest_video(NULL, name, VIDEO_CAPTURE);
	return pair->out &&
	       CHECK_EQ(video_open_shared(pair->out, VIDEO_OUTPUT, &pair->in), 0);
}

static bool pair_set_up(struct pair *pair, uint32_t in_fourcc, uint32_t out_fourcc)
{
	if (!CHECK_EQ(ctest_set_format(pair->in, in_fourcc, WIDTH, HEIGHT), 0) ||
	    !CHECK_EQ(ctest_set_format(pair->out, out_fourcc, WIDTH, HEIGHT), 0))
		return false;
	CHECK_EQ(pair->in->format.fourcc, in_fourcc);
	CHECK_EQ(pair->out->format.fourcc, out_fourcc);
	pair->num_in = ctest_map(pair->in, pair->in_buffers, MAX_SLOTS);
	pair->num_out = ctest_map(pair->out, pair->out_buffers, MAX_SLOTS);
	return CHECK_EQ(pair->num_in, MAX_SLOTS) && CHECK_EQ(pair->num_out, MAX_SLOTS);
}

/* A picture in which each byte says where it is. */
static void paint(uint8_t *bytes, unsigned seed)
{
	for (unsigned i = 0; i < SIZE; i++)
		bytes[i] = (uint8_t)(i * 7 + i / 256 + seed * 101);
}

static bool start(struct pair *pair)
{
	return CHECK_EQ(video_start(pair->in), 0) && CHECK_EQ(video_start(pair->out), 0);
}

static void stop(struct pair *pair)
{
	CHECK_EQ(video_stop(pair->in), 0);
	CHECK_EQ(video_stop(pair->out), 0);
}

static void halves(void)
{
	struct video_format format;
	struct pair pair;

	test_case("m2m: the two halves of one descriptor have a format each");
	if (!pair_open(&pair, "vim2m"))
		return;
	CHECK_EQ(pair.in->type, V4L2_BUF_TYPE_VIDEO_OUTPUT);
	CHECK(pair.in->output);
	CHECK_EQ(pair.out->type, V4L2_BUF_TYPE_VIDEO_CAPTURE);
	CHECK(!pair.out->output);
	CHECK_STR_EQ(pair.in->name, "vim2m");
	CHECK_STR_EQ(pair.in->node, pair.out->node);
	CHECK(pair.in->fd != pair.out->fd);
	CHECK(fcntl(pair.in->fd, F_GETFD) & FD_CLOEXEC);
	CHECK_EQ(ctest_set_format(pair.in, V4L2_PIX_FMT_RGB24, 320, 240), 0);
	CHECK_EQ(ctest_set_format(pair.out, V4L2_PIX_FMT_SRGGB8, 128, 64), 0);
	CHECK_EQ(video_get_format(pair.in, &format), 0);
	CHECK_EQ(format.fourcc, V4L2_PIX_FMT_RGB24);
	CHECK_EQ(format.size_bytes[0], 320 * 240 * 3);
	CHECK_EQ(video_get_format(pair.out, &format), 0);
	CHECK_EQ(format.fourcc, V4L2_PIX_FMT_SRGGB8);
	CHECK_EQ(format.size_bytes[0], 128 * 64);
	/* A format of capture alone. */
	CHECK_EQ(ctest_set_format(pair.in, V4L2_PIX_FMT_SRGGB8, 128, 64), -EINVAL);

	test_case("m2m: the second half outlives the first");
	video_destroy(pair.out);
	CHECK_EQ(video_get_format(pair.in, &format), 0);
	CHECK_EQ(format.fourcc, V4L2_PIX_FMT_RGB24);
	video_destroy(pair.in);

	test_case("m2m: a node with one direction has no other half");
	pair.out = ctest_video(NULL, "vivid-000-vid-cap", VIDEO_CAPTURE);
	pair.in = NULL;
	CHECK_EQ(video_open_shared(pair.out, VIDEO_OUTPUT, &pair.in), -ENOTSUP);
	CHECK(!pair.in);
	video_destroy(pair.out);
}

/* One picture through; what came out, or NULL. */
static const uint8_t *process(struct pair *pair, unsigned seed, uint64_t timestamp_ns,
			      struct video_done *done)
{
	const uint32_t used = SIZE;
	struct video_done given;

	paint(pair->in_buffers[0].planes[0].map, seed);
	memset(pair->out_buffers[0].planes[0].map, CTEST_PATTERN,
	       pair->out_buffers[0].planes[0].length_bytes);
	if (!CHECK_EQ(video_queue(pair->out, &pair->out_buffers[0], NULL, 0), 0) ||
	    !CHECK_EQ(video_queue(pair->in, &pair->in_buffers[0], &used, timestamp_ns), 0) ||
	    !start(pair) || !CHECK_EQ(ctest_next(pair->out, done), 0) ||
	    !CHECK_EQ(ctest_next(pair->in, &given), 0))
		return NULL;
	CHECK(done->buffer == &pair->out_buffers[0]);
	CHECK(given.buffer == &pair->in_buffers[0]);
	CHECK_EQ(given.bytesused[0], SIZE);
	CHECK_EQ(done->flags & V4L2_BUF_FLAG_ERROR, 0);
	return done->buffer->planes[0].map;
}

/* Where in the input byte i of the output is from. */
static unsigned same(unsigned i)
{
	return i;
}

static unsigned upside_down(unsigned i)
{
	return (HEIGHT - 1 - i / STRIDE) * STRIDE + i % STRIDE;
}

static unsigned mirrored(unsigned i)
{
	unsigned x = i % STRIDE / PIXEL;

	return i / STRIDE * STRIDE + (WIDTH - 1 - x) * PIXEL + i % PIXEL;
}

static unsigned red_for_blue(unsigned i)
{
	return i - i % PIXEL + (PIXEL - 1 - i % PIXEL);
}

static void try_transform(uint32_t out_fourcc, const char *control,
			  unsigned (*from)(unsigned))
{
	uint8_t in[SIZE], want[SIZE];
	struct video_done done;
	const uint8_t *bytes;
	struct pair pair;

	if (!pair_open(&pair, "vim2m"))
		return;
	paint(in, 3);
	for (unsigned i = 0; i < SIZE; i++)
		want[i] = in[from(i)];
	if (control)
		CHECK_EQ(ctest_poke(pair.out->fd, control, 1), 0);
	if (pair_set_up(&pair, V4L2_PIX_FMT_RGB24, out_fourcc)) {
		bytes = process(&pair, 3, 0, &done);
		if (bytes) {
			CHECK_EQ(done.bytesused[0], SIZE);
			CHECK_MEM_EQ(bytes, want, SIZE);
		}
		stop(&pair);
	}
	pair_close(&pair);
}

static void transforms(void)
{
	test_case("m2m: the picture comes out as it went in");
	try_transform(V4L2_PIX_FMT_RGB24, NULL, same);
	test_case("m2m: upside down");
	try_transform(V4L2_PIX_FMT_RGB24, "Vertical Flip", upside_down);
	test_case("m2m: mirrored");
	try_transform(V4L2_PIX_FMT_RGB24, "Horizontal Flip", mirrored);
	test_case("m2m: with red and blue exchanged");
	try_transform(V4L2_PIX_FMT_BGR24, NULL, red_for_blue);
}

static void bayer(void)
{
	/* By row and column; red, green and blue are 0, 1 and 2. */
	static const unsigned colours[2][2] = { { 0, 1 }, { 1, 2 } };
	const uint8_t *bytes, *in;
	struct video_done done;
	struct pair pair;
	unsigned wrong = 0;

	test_case("m2m: RGB in, one third as many bytes of Bayer out");
	if (!pair_open(&pair, "vim2m"))
		return;
	if (pair_set_up(&pair, V4L2_PIX_FMT_RGB24, V4L2_PIX_FMT_SRGGB8)) {
		bytes = process(&pair, 9, 0, &done);
		in = pair.in_buffers[0].planes[0].map;
		CHECK_EQ(done.bytesused[0], WIDTH * HEIGHT);
		for (unsigned i = 0; bytes && i < WIDTH * HEIGHT; i++)
			wrong += bytes[i] != in[i * PIXEL + colours[i / WIDTH % 2][i % 2]];
		CHECK_EQ(wrong, 0);
		stop(&pair);
	}
	pair_close(&pair);
}

static void timestamps(void)
{
	static const uint64_t stamps[] = { 1234567890000, 1000, 86400000000000, 7000001000 };
	struct video_done done, given;
	const uint32_t used = SIZE;
	struct pair pair;

	test_case("m2m: each picture comes out with its own timestamp, in order");
	if (!pair_open(&pair, "vim2m") ||
	    !pair_set_up(&pair, V4L2_PIX_FMT_RGB24, V4L2_PIX_FMT_RGB24))
		return;
	CHECK_EQ(ctest_queue_all(pair.out, pair.out_buffers, MAX_SLOTS), 0);
	for (unsigned i = 0; i < MAX_SLOTS; i++) {
		paint(pair.in_buffers[i].planes[0].map, i);
		/* What V4L2 has no digits for is lost. */
		CHECK_EQ(video_queue(pair.in, &pair.in_buffers[i], &used, stamps[i] + 999),
			 0);
	}
	start(&pair);
	for (unsigned i = 0; i < MAX_SLOTS; i++) {
		if (!CHECK_EQ(ctest_next(pair.out, &done), 0) ||
		    !CHECK_EQ(ctest_next(pair.in, &given), 0))
			break;
		CHECK_EQ(done.timestamp_ns, stamps[i]);
		CHECK_EQ(given.timestamp_ns, stamps[i]);
		CHECK_EQ(done.flags & V4L2_BUF_FLAG_TIMESTAMP_MASK,
			 V4L2_BUF_FLAG_TIMESTAMP_COPY);
		CHECK_EQ(done.sequence, i);
		CHECK(given.buffer == &pair.in_buffers[i]);
		CHECK_MEM_EQ(done.buffer->planes[0].map, given.buffer->planes[0].map, SIZE);
	}
	stop(&pair);
	pair_close(&pair);
}

/* udmabufs for both halves instead of slots of their own. */
static bool import_both(struct pair *pair)
{
	const uint32_t size = SIZE;
	struct memory memory;
	unsigned one = 1;
	int ret;

	ret = memory_open(&memory, MEMORY_UDMABUF, NULL);
	if (ret == 0)
		ret = memory_allocate(&memory, 0, &size, 1, &pair->in_buffers[0]);
	if (ret == 0)
		pair->num_in = 1;
	if (ret == 0)
		ret = memory_allocate(&memory, 0, &size, 1, &pair->out_buffers[0]);
	if (ret == 0)
		pair->num_out = 1;
	memory_close(&memory);
	if (ret == 0)
		ret = buffer_map(&pair->in_buffers[0]);
	if (ret == 0)
		ret = buffer_map(&pair->out_buffers[0]);
	if (ret == 0)
		ret = video_request_buffers(pair->in, V4L2_MEMORY_DMABUF, &one);
	if (ret == 0)
		ret = video_request_buffers(pair->out, V4L2_MEMORY_DMABUF, &one);
	return CHECK_EQ(ret, 0);
}

static void imported(void)
{
	struct video_done done;
	const uint8_t *bytes;
	uint8_t want[SIZE];
	struct pair pair;

	test_case("m2m: both halves on imported memory");
	if (!pair_open(&pair, "vim2m"))
		return;
	CHECK_EQ(ctest_set_format(pair.in, V4L2_PIX_FMT_RGB24, WIDTH, HEIGHT), 0);
	CHECK_EQ(ctest_set_format(pair.out, V4L2_PIX_FMT_RGB24, WIDTH, HEIGHT), 0);
	if (import_both(&pair)) {
		paint(want, 5);
		bytes = process(&pair, 5, 4000, &done);
		CHECK_EQ(done.timestamp_ns, 4000);
		if (bytes)
			CHECK_MEM_EQ(bytes, want, SIZE);
		stop(&pair);
	}
	pair_close(&pair);
}

/* A frame of vivid, exported, as the one picture that goes in. */
static bool hand_on(struct video *camera, struct buffer *frame, struct pair *pair,
		    struct video_done *done)
{
	const uint32_t used = camera->format.size_bytes[0];
	unsigned one = 1;

	if (!CHECK_EQ(video_queue(camera, frame, NULL, 0), 0) ||
	    !CHECK_EQ(video_start(camera), 0) || !CHECK_EQ(ctest_next(camera, done), 0) ||
	    !CHECK_EQ(video_export_buffer(camera, frame), 0))
		return false;
	if (!CHECK_EQ(video_request_buffers(pair->in, V4L2_MEMORY_DMABUF, &one), 0) ||
	    !CHECK_EQ(video_queue(pair->in, frame, &used, done->timestamp_ns), 0))
		return false;
	pair->num_out = ctest_map(pair->out, pair->out_buffers, 1);
	CHECK_EQ(pair->num_out, 1);
	return CHECK_EQ(video_queue(pair->out, &pair->out_buffers[0], NULL, 0), 0) &&
	       start(pair);
}

static void handed_on(void)
{
	struct video_done captured, done;
	struct buffer frames[MAX_SLOTS];
	struct video *camera;
	struct pair pair;
	int webcam = 0, count;

	test_case("m2m: a frame of a camera goes through without a copy");
	camera = ctest_video(NULL, "vivid-000-vid-cap", VIDEO_CAPTURE);
	if (!camera || !pair_open(&pair, "vim2m"))
		return;
	CHECK_EQ(sys_ioctl(camera->fd, VIDIOC_S_INPUT, &webcam), 0);
	CHECK_EQ(ctest_set_format(camera, V4L2_PIX_FMT_RGB24, 320, 180), 0);
	CHECK_EQ(ctest_set_format(pair.in, V4L2_PIX_FMT_RGB24, 320, 180), 0);
	CHECK_EQ(ctest_set_format(pair.out, V4L2_PIX_FMT_RGB24, 320, 180), 0);
	count = ctest_map(camera, frames, 2);
	if (hand_on(camera, &frames[1], &pair, &captured) &&
	    CHECK_EQ(ctest_next(pair.out, &done), 0)) {
		CHECK_EQ(done.timestamp_ns, captured.timestamp_ns);
		CHECK_MEM_EQ(pair.out_buffers[0].planes[0].map, frames[1].planes[0].map,
			     320 * 180 * 3);
	}
	stop(&pair);
	CHECK_EQ(video_stop(camera), 0);
	pair_close(&pair);
	ctest_finish_all(frames, count);
	video_destroy(camera);
}

/* The encoder gets two pictures and the word that there will be no more. */
static bool encode_two(struct pair *pair)
{
	struct v4l2_encoder_cmd last = { .cmd = V4L2_ENC_CMD_STOP };

	if (!pair_set_up(pair, V4L2_PIX_FMT_RGB24, V4L2_PIX_FMT_FWHT) ||
	    !CHECK_EQ(video_subscribe(pair->out, V4L2_EVENT_EOS, 0), 0))
		return false;
	CHECK_EQ(ctest_queue_all(pair->out, pair->out_buffers, MAX_SLOTS), 0);
	for (unsigned i = 0; i < 2; i++) {
		memset(pair->in_buffers[i].planes[0].map, (int)(50 * i),
		       pair->in_buffers[i].planes[0].length_bytes);
		CHECK_EQ(video_queue(pair->in, &pair->in_buffers[i], NULL, 0), 0);
	}
	return start(pair) &&
	       CHECK_EQ(sys_ioctl(pair->out->fd, VIDIOC_ENCODER_CMD, &last), 0);
}

static void end_of_stream(void)
{
	struct v4l2_event event;
	struct v4l2_rect crop;
	struct video_done done;
	struct pair pair;
	unsigned frames = 0;
	int ret;

	test_case("m2m: the last picture is marked, and behind it is EPIPE");
	if (!pair_open(&pair, "stateful-encoder"))
		return;
	if (encode_two(&pair)) {
		do {
			ret = ctest_next(pair.out, &done);
			if (!CHECK_EQ(ret, 0))
				break;
			/* The mark may come by itself, on a buffer with nothing in it. */
			frames += done.bytesused[0] > 0;
			CHECK(done.bytesused[0] < done.buffer->planes[0].length_bytes);
		} while (!(done.flags & V4L2_BUF_FLAG_LAST));
		CHECK(done.flags & V4L2_BUF_FLAG_LAST);
		CHECK_EQ(frames, 2);
		CHECK_EQ(ctest_next(pair.out, &done), -EPIPE);
		CHECK_EQ(video_dequeue(pair.out, &done), -EPIPE);
	}

	test_case("m2m: the end of the stream is an event");
	CHECK(ctest_poll(pair.out->fd, POLLPRI, CTEST_LIMIT_MS) & POLLPRI);
	memset(&event, CTEST_PATTERN, sizeof(event));
	CHECK_EQ(video_dequeue_event(pair.out->fd, &event), 0);
	CHECK_EQ(event.type, V4L2_EVENT_EOS);
	stop(&pair);

	test_case("m2m: the rectangle of an output half");
	memset(&crop, CTEST_PATTERN, sizeof(crop));
	CHECK_EQ(video_get_selection(pair.in, V4L2_SEL_TGT_CROP, &crop), 0);
	CHECK_EQ(crop.left, 0);
	CHECK_EQ(crop.width, pair.in->format.width);
	CHECK_EQ(crop.height, pair.in->format.height);
	CHECK_EQ(video_get_selection(pair.out, V4L2_SEL_TGT_CROP, &crop), -EINVAL);
	pair_close(&pair);
}

static const struct ctest_case cases[] = {
	{ "halves", halves },
	{ "transforms", transforms },
	{ "bayer", bayer },
	{ "timestamps", timestamps },
	{ "imported", imported },
	{ "handed-on", handed_on },
	{ "end-of-stream", end_of_stream },
};

int main(int argc, char **argv)
{
	return ctest_main(cases, CTEST_COUNT(cases), argc, argv);
}
