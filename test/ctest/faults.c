// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A camera that fails: vivid's faults on demand, one after the other, and that the node
 * is as good as new afterwards. Wants vivid.
 */
#include "common/buffer/memory.h"
#include "common/stream/pool.h"
#include "test/ctest/ctest.h"

#define CAPTURE "vivid-000-vid-cap"
#define COUNT   4

/* A node that is ready to stream, and another descriptor of it to bring faults upon it. */
struct bench {
	struct video *video;
	struct buffer buffers[COUNT];
	int count;
	int poker;
};

static void bench_close(struct bench *bench)
{
	ctest_finish_all(bench->buffers, bench->count);
	video_destroy(bench->video);
	sys_close(&bench->poker);
}

static bool bench_open(struct bench *bench, struct v4l2_fract interval)
{
	int webcam = 0;

	memset(bench, 0, sizeof(*bench));
	bench->poker = -1;
	bench->video = ctest_video(NULL, CAPTURE, VIDEO_CAPTURE);
	if (!bench->video)
		return false;
	bench->poker = sys_open(bench->video->node, O_RDWR);
	return CHECK(bench->poker >= 0) &&
	       CHECK_EQ(sys_ioctl(bench->video->fd, VIDIOC_S_INPUT, &webcam), 0) &&
	       CHECK_EQ(ctest_set_format(bench->video, V4L2_PIX_FMT_YUYV, 320, 180), 0) &&
	       CHECK_EQ(video_set_interval(bench->video, &interval), 0);
}

/* The same with slots of its own. */
static bool bench_map(struct bench *bench, struct v4l2_fract interval)
{
	if (!bench_open(bench, interval))
		return false;
	bench->count = ctest_map(bench->video, bench->buffers, COUNT);
	return CHECK_EQ(bench->count, COUNT);
}

static bool bench_start(struct bench *bench)
{
	return CHECK_EQ(ctest_queue_all(bench->video, bench->buffers, COUNT), 0) &&
	       CHECK_EQ(video_start(bench->video), 0);
}

static const struct v4l2_fract fast = { 1, 60 };

static int poke(struct bench *bench, const char *control, int value)
{
	return ctest_poke(bench->poker, control, value);
}

/* Takes a frame and gives its buffer back. As video_dequeue(). */
static int pass_one(struct bench *bench, struct video_done *done)
{
	int ret;

	ret = ctest_next(bench->video, done);
	return ret < 0 ? ret : video_queue(bench->video, done->buffer, NULL, 0);
}

/* It streams as if nothing had been. */
static void check_works(struct bench *bench)
{
	struct video_done done;

	if (!bench_start(bench))
		return;
	for (int i = 0; i < COUNT + 2 && CHECK_EQ(pass_one(bench, &done), 0); i++)
		CHECK_EQ(done.flags & V4L2_BUF_FLAG_ERROR, 0);
	CHECK_EQ(video_stop(bench->video), 0);
}

static void error_buffers(void)
{
	struct video_done done;
	struct bench bench;
	unsigned errors = 0;

	test_case("faults: a frame with an error is flagged, the others are not");
	if (!bench_map(&bench, fast) || !bench_start(&bench))
		return;
	CHECK_EQ(pass_one(&bench, &done), 0);
	CHECK_EQ(done.flags & V4L2_BUF_FLAG_ERROR, 0);
	CHECK_EQ(poke(&bench, "Inject V4L2_BUF_FLAG_ERROR", 1), 0);
	for (int i = 0; i < 2 * COUNT && CHECK_EQ(pass_one(&bench, &done), 0); i++)
		errors += !!(done.flags & V4L2_BUF_FLAG_ERROR);
	CHECK_EQ(errors, 1);
	CHECK_EQ(done.flags & V4L2_BUF_FLAG_ERROR, 0);
	CHECK_EQ(video_stop(bench.video), 0);
	bench_close(&bench);
}

static void dropped(void)
{
	struct video_done done;
	uint32_t before = 0, lost = 0;
	struct bench bench;

	test_case("faults: frames that the driver dropped are gaps in the sequence");
	if (!bench_map(&bench, fast))
		return;
	CHECK_EQ(poke(&bench, "Percentage of Dropped Buffers", 50), 0);
	if (!bench_start(&bench))
		return;
	for (int i = 0; i < 30 && CHECK_EQ(pass_one(&bench, &done), 0); i++) {
		if (i) {
			CHECK(done.sequence > before);
			lost += done.sequence - before - 1;
		}
		before = done.sequence;
	}
	/* None in 29 would be one chance in half a billion. */
	CHECK(lost > 0);

	test_case("faults: all frames dropped is silence, and then there is a gap");
	CHECK_EQ(poke(&bench, "Percentage of Dropped Buffers", 100), 0);
	while (ctest_poll(bench.video->fd, POLLIN, 200) && pass_one(&bench, &done) == 0)
		before = done.sequence;
	CHECK_EQ(video_dequeue(bench.video, &done), -EAGAIN);
	CHECK_EQ(poke(&bench, "Percentage of Dropped Buffers", 0), 0);
	CHECK_EQ(pass_one(&bench, &done), 0);
	CHECK(done.sequence - before > 5);
	CHECK_EQ(video_stop(bench.video), 0);
	bench_close(&bench);
}

static void sequence_wrap(void)
{
	struct video_done done = { .sequence = 0 };
	struct bench bench;
	uint32_t before;
	bool wrapped = false;
	int ret;

	test_case("faults: a sequence number that wraps goes on");
	if (!bench_map(&bench, (struct v4l2_fract){ 1, 120 }))
		return;
	CHECK_EQ(poke(&bench, "Wrap Sequence Number", 1), 0);
	if (!bench_start(&bench))
		return;
	CHECK_EQ(pass_one(&bench, &done), 0);
	CHECK(done.sequence >= UINT32_MAX - 127);
	for (int i = 0; i < 200 && !wrapped; i++) {
		before = done.sequence;
		ret = pass_one(&bench, &done);
		if (!CHECK_EQ(ret, 0))
			break;
		CHECK(done.sequence - before >= 1);
		CHECK(done.sequence - before < 100);
		wrapped = done.sequence < before;
	}
	CHECK(wrapped);
	CHECK_EQ(video_stop(bench.video), 0);
	CHECK_EQ(poke(&bench, "Wrap Sequence Number", 0), 0);
	check_works(&bench);
	bench_close(&bench);
}

static void timestamp_wrap(void)
{
	struct video_done done;
	uint64_t before = 0;
	struct bench bench;

	test_case("faults: timestamps that are near the end of their range are kept whole");
	if (!bench_map(&bench, fast))
		return;
	CHECK_EQ(poke(&bench, "Wrap Timestamp", 1), 0);
	if (!bench_start(&bench))
		return;
	for (int i = 0; i < 3 && CHECK_EQ(pass_one(&bench, &done), 0); i++) {
		/* 16 s before 2^63 ns. */
		CHECK(done.timestamp_ns > INT64_MAX - 16000000000);
		CHECK(done.timestamp_ns < INT64_MAX);
		CHECK(done.timestamp_ns > before);
		before = done.timestamp_ns;
	}
	CHECK_EQ(video_stop(bench.video), 0);
	CHECK_EQ(poke(&bench, "Wrap Timestamp", 0), 0);
	bench_close(&bench);
}

static void fatal(void)
{
	struct video_done done;
	struct bench bench;

	test_case("faults: a broken queue is EIO until it is stopped");
	if (!bench_map(&bench, fast) || !bench_start(&bench))
		return;
	CHECK_EQ(ctest_next(bench.video, &done), 0);
	CHECK_EQ(poke(&bench, "Inject Fatal Streaming Error", 1), 0);
	CHECK(ctest_poll(bench.video->fd, POLLIN, CTEST_LIMIT_MS) & POLLERR);
	CHECK_EQ(video_queue(bench.video, done.buffer, NULL, 0), -EIO);
	CHECK_EQ(video_dequeue(bench.video, &done), -EIO);
	CHECK_EQ(video_dequeue(bench.video, &done), -EIO);
	CHECK_EQ(video_stop(bench.video), 0);

	test_case("faults: stopped and started again, it works");
	check_works(&bench);
	check_works(&bench);
	bench_close(&bench);
}

static void disconnect(void)
{
	struct v4l2_fract interval = fast;
	struct v4l2_rect rectangle;
	struct video_format format;
	struct video *video = NULL;
	struct video_done done;
	struct bench bench;
	unsigned none = 0;

	test_case("faults: a camera that is pulled out is gone, whatever is asked");
	if (!bench_map(&bench, fast) || !bench_start(&bench))
		return;
	CHECK_EQ(ctest_next(bench.video, &done), 0);
	CHECK_EQ(video_export_buffer(bench.video, &bench.buffers[0]), 0);
	CHECK_EQ(poke(&bench, "Disconnect", 1), 0);
	CHECK(ctest_poll(bench.video->fd, POLLIN, CTEST_LIMIT_MS) & (POLLERR | POLLHUP));
	CHECK_EQ(video_queue(bench.video, done.buffer, NULL, 0), -ENODEV);
	/* Not a slot less for it. */
	CHECK_EQ(video_queue(bench.video, done.buffer, NULL, 0), -ENODEV);
	CHECK_EQ(video_dequeue(bench.video, &done), -ENODEV);
	CHECK_EQ(video_get_format(bench.video, &format), -ENODEV);
	format = bench.video->format;
	CHECK_EQ(video_set_format(bench.video, &format), -ENODEV);
	CHECK_EQ(video_try_format(bench.video, &format), -ENODEV);
	CHECK_EQ(video_get_interval(bench.video, &interval), -ENODEV);
	CHECK_EQ(video_set_interval(bench.video, &interval), -ENODEV);
	CHECK_EQ(video_get_selection(bench.video, V4L2_SEL_TGT_CROP, &rectangle), -ENODEV);
	CHECK_EQ(video_subscribe(bench.video, V4L2_EVENT_SOURCE_CHANGE, 0), -ENODEV);
	CHECK_EQ(video_export_buffer(bench.video, &bench.buffers[0]), 0);
	CHECK_EQ(video_export_buffer(bench.video, &bench.buffers[1]), -ENODEV);
	CHECK_EQ(video_stop(bench.video), -ENODEV);
	CHECK_EQ(video_start(bench.video), -ENODEV);
	CHECK_EQ(video_request_buffers(bench.video, V4L2_MEMORY_MMAP, &none), -ENODEV);
	CHECK_EQ(video_open(NULL, bench.video->node, NULL, VIDEO_CAPTURE, &video), -ENODEV);
	CHECK(!video);
	bench_close(&bench);

	test_case("faults: plugged in again, it works");
	if (!bench_map(&bench, fast))
		return;
	check_works(&bench);
	bench_close(&bench);
}

static void no_slots(void)
{
	struct bench bench;
	unsigned count = 3;

	test_case("faults: slots that cannot be had, and then can");
	if (!bench_open(&bench, fast))
		return;
	CHECK_EQ(poke(&bench, "Inject VIDIOC_REQBUFS Error", 1), 0);
	CHECK_EQ(video_request_buffers(bench.video, V4L2_MEMORY_MMAP, &count), -EINVAL);
	CHECK_EQ(count, 3);
	CHECK_EQ(bench.video->num_slots, 0);
	bench.count = ctest_map(bench.video, bench.buffers, COUNT);
	CHECK_EQ(bench.count, COUNT);
	check_works(&bench);

	test_case("faults: the slots that were there are lost with those that cannot be had");
	CHECK_EQ(poke(&bench, "Inject VIDIOC_REQBUFS Error", 1), 0);
	CHECK_EQ(video_request_buffers(bench.video, V4L2_MEMORY_DMABUF, &count), -EINVAL);
	CHECK_EQ(video_queue(bench.video, &bench.buffers[0], NULL, 0), -EINVAL);
	CHECK_EQ(video_start(bench.video), -EINVAL);
	ctest_finish_all(bench.buffers, bench.count);
	bench.count = ctest_map(bench.video, bench.buffers, COUNT);
	CHECK_EQ(bench.count, COUNT);
	check_works(&bench);
	bench_close(&bench);
}

static void no_queueing(void)
{
	struct bench bench;

	test_case("faults: a buffer that is not taken may be offered again");
	if (!bench_map(&bench, fast))
		return;
	CHECK_EQ(poke(&bench, "Inject VIDIOC_QBUF Error", 1), 0);
	CHECK_EQ(video_queue(bench.video, &bench.buffers[2], NULL, 0), -EINVAL);
	CHECK_EQ(video_queue(bench.video, &bench.buffers[2], NULL, 0), 0);
	CHECK_EQ(video_queue(bench.video, &bench.buffers[2], NULL, 0), -EBUSY);
	CHECK_EQ(video_stop(bench.video), 0);
	check_works(&bench);
	bench_close(&bench);
}

static void no_import(void)
{
	struct buffer buffer;
	struct memory memory;
	struct bench bench;
	unsigned two = 2;

	test_case("faults: imported memory that is not taken may be offered again");
	if (!bench_open(&bench, fast))
		return;
	CHECK_EQ(memory_open(&memory, MEMORY_UDMABUF, NULL), 0);
	CHECK_EQ(memory_allocate(&memory, 0, bench.video->format.size_bytes, 1, &buffer), 0);
	CHECK_EQ(video_request_buffers(bench.video, V4L2_MEMORY_DMABUF, &two), 0);
	CHECK_EQ(poke(&bench, "Inject VIDIOC_QBUF Error", 1), 0);
	CHECK_EQ(video_queue(bench.video, &buffer, NULL, 0), -EINVAL);
	CHECK_EQ(video_queue(bench.video, &buffer, NULL, 0), 0);
	CHECK_EQ(bench.video->index.misses, 1);
	CHECK_EQ(bench.video->index.hits, 1);
	buffer_finish(&buffer);
	memory_close(&memory);
	bench_close(&bench);
}

static void no_start(void)
{
	struct video_done done;
	struct bench bench;

	test_case("faults: a stream that does not start keeps its buffers, and may start then");
	if (!bench_map(&bench, fast))
		return;
	CHECK_EQ(ctest_queue_all(bench.video, bench.buffers, COUNT), 0);
	CHECK_EQ(poke(&bench, "Inject VIDIOC_STREAMON Error", 1), 0);
	CHECK_EQ(video_start(bench.video), -EINVAL);
	CHECK(!bench.video->streaming);
	CHECK_EQ(video_queue(bench.video, &bench.buffers[0], NULL, 0), -EBUSY);
	CHECK_EQ(video_start(bench.video), 0);
	for (int i = 0; i < COUNT + 2 && CHECK_EQ(pass_one(&bench, &done), 0); i++)
		CHECK_EQ(done.flags & V4L2_BUF_FLAG_ERROR, 0);
	CHECK_EQ(video_stop(bench.video), 0);

	test_case("faults: a stream that does not start gives its buffers back when stopped");
	CHECK_EQ(ctest_queue_all(bench.video, bench.buffers, COUNT), 0);
	CHECK_EQ(poke(&bench, "Inject VIDIOC_STREAMON Error", 1), 0);
	CHECK_EQ(video_start(bench.video), -EINVAL);
	CHECK_EQ(video_stop(bench.video), 0);
	check_works(&bench);

	test_case("faults: destroyed between a start that failed and a stop");
	CHECK_EQ(ctest_queue_all(bench.video, bench.buffers, COUNT), 0);
	CHECK_EQ(poke(&bench, "Inject VIDIOC_STREAMON Error", 1), 0);
	CHECK_EQ(video_start(bench.video), -EINVAL);
	bench_close(&bench);
}

/* A pool that a fault keeps from being made, and then is. */
static void try_pool(struct bench *bench, enum memory_kind kind, const char *fault,
		     const char *said)
{
	struct pool_options want = {
		.memory = kind,
		.heap = "reserved",
		.count = 4,
		.minimum = 2,
	};
	struct ctest_ears ears;
	struct pool *pool = NULL;

	CHECK_EQ(poke(bench, fault, 1), 0);
	CHECK_EQ(pool_create(ctest_listen(&ears), bench->video, &want, &pool), -EINVAL);
	CHECK(!pool);
	CHECK_HEARD(&ears, said);
	CHECK_EQ(bench->video->num_slots, 0);
	CHECK_EQ(pool_create(ctest_listen(&ears), bench->video, &want, &pool), 0);
	pool_destroy(pool, bench->video);
	CHECK_EQ(bench->video->num_slots, 0);
}

static void pools(void)
{
	struct bench bench;

	test_case("faults: a pool that cannot be had leaves nothing, and then can");
	if (!bench_open(&bench, fast))
		return;
	try_pool(&bench, MEMORY_MMAP, "Inject VIDIOC_REQBUFS Error",
		 "frames in mmap: the driver gives no buffers for this format");
	try_pool(&bench, MEMORY_UDMABUF, "Inject VIDIOC_REQBUFS Error",
		 "frames in udmabuf: the device cannot import such memory");
	try_pool(&bench, MEMORY_UDMABUF, "Inject VIDIOC_QBUF Error",
		 "frames in udmabuf: the device cannot import such memory");
	try_pool(&bench, MEMORY_HEAP, "Inject VIDIOC_QBUF Error",
		 "frames in heap:reserved: the device cannot import such memory");
	bench_close(&bench);
}

static const struct ctest_case cases[] = {
	{ "error-buffers", error_buffers },
	{ "dropped", dropped },
	{ "sequence-wrap", sequence_wrap },
	{ "timestamp-wrap", timestamp_wrap },
	{ "fatal", fatal },
	{ "disconnect", disconnect },
	{ "no-slots", no_slots },
	{ "no-queueing", no_queueing },
	{ "no-import", no_import },
	{ "no-start", no_start },
	{ "pools", pools },
};

int main(int argc, char **argv)
{
	return ctest_main(cases, CTEST_COUNT(cases), argc, argv);
}
