// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Buffers on the real kernel: a frame of vimc in memory from everywhere, each seen by
 * whoever else has it. Wants vimc and vivid. The cases "scattered" and "contiguous" want
 * vimc with allocator=1, the others with allocator=0.
 */
#include <sys/mman.h>
#include <sys/stat.h>

#include "common/buffer/memory.h"
#include "test/ctest/ctest.h"

#define WIDTH  640
#define HEIGHT 480
#define SIZE   (WIDTH * HEIGHT)

/* A raw node of vimc whose frames are all the same. */
static bool open_still(struct ctest_raw *raw)
{
	struct subdev *sensor;
	bool held;

	if (!ctest_raw_open(NULL, 0, WIDTH, HEIGHT, raw))
		return false;
	sensor = ctest_subdev(NULL, "Sensor A");
	held = sensor && CHECK_EQ(ctest_poke(sensor->fd, "Show Information", 2), 0);
	subdev_destroy(sensor);
	if (!held)
		ctest_raw_close(raw);
	return held;
}

/* Queues a buffer and takes it back filled. */
static int capture_into(struct video *video, struct buffer *buffer)
{
	struct video_done done;
	int ret;

	ret = video_queue(video, buffer, NULL, 0);
	if (ret < 0)
		return ret;
	ret = video_start(video);
	if (ret == 0)
		ret = ctest_next(video, &done);
	if (ret == 0 && (done.buffer != buffer || done.bytesused[0] != SIZE))
		ret = -EPROTO;
	video_stop(video);
	return ret;
}

/* The frame as it is in memory of the node's own: what all others must have. */
static bool take_reference(struct video *video, uint8_t *reference)
{
	struct buffer buffers[4];
	unsigned none = 0;
	bool held;
	int count;

	count = ctest_map(video, buffers, 2);
	held = CHECK_EQ(count, 2) && CHECK_EQ(capture_into(video, &buffers[0]), 0);
	if (held)
		memcpy(reference, buffers[0].planes[0].map, SIZE);
	/* A picture, not one colour. */
	held = held && CHECK(memcmp(reference, reference + SIZE / 2 + WIDTH / 2, WIDTH / 2));
	ctest_finish_all(buffers, count);
	return CHECK_EQ(video_request_buffers(video, V4L2_MEMORY_MMAP, &none), 0) && held;
}

static bool request_imports(struct video *video, unsigned count)
{
	unsigned got = count;

	return CHECK_EQ(video_request_buffers(video, V4L2_MEMORY_DMABUF, &got), 0) &&
	       CHECK_EQ(got, count);
}

/* Buffers of one plane from an allocator; count of them, or a failed check. */
static bool allocate(enum memory_kind kind, const char *heap, uint32_t size,
		     struct buffer *buffers, unsigned count)
{
	struct memory memory;
	unsigned i = 0;
	int ret;

	ret = memory_open(&memory, kind, heap);
	while (ret == 0 && i < count) {
		ret = memory_allocate(&memory, i, &size, 1, &buffers[i]);
		i += ret == 0;
	}
	memory_close(&memory);
	if (ret == 0)
		return true;
	test_fail(__FILE__, __LINE__, "%s: %s", memory.name, strerror(-ret));
	ctest_finish_all(buffers, (int)i);
	return false;
}

/* ---- export ---- */

static bool same_identity(int fd, const struct buffer_identity *identity)
{
	struct stat status;

	return fstat(fd, &status) == 0 && status.st_ino == identity->inode &&
	       status.st_dev == identity->device;
}

static void exported(void)
{
	struct buffer_identity again;
	struct buffer buffers[4];
	struct ctest_raw raw;
	int count, fd, other;
	const void *map;

	test_case("buffers: exported once, known by its inode, closed on exec");
	if (!open_still(&raw))
		return;
	count = ctest_map(raw.video, buffers, 2);
	CHECK_EQ(video_export_buffer(raw.video, &buffers[1]), 0);
	fd = buffers[1].planes[0].fd;
	CHECK(fd >= 0);
	CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	CHECK(same_identity(fd, &buffers[1].planes[0].identity));
	CHECK_EQ(video_export_buffer(raw.video, &buffers[1]), 0);
	CHECK_EQ(buffers[1].planes[0].fd, fd);
	other = dup(fd);
	CHECK_EQ(buffer_identify(other, &again), 0);
	CHECK(buffer_identity_equal(&again, &buffers[1].planes[0].identity));
	close(other);

	test_case("buffers: whoever has the export sees the frame");
	CHECK_EQ(capture_into(raw.video, &buffers[1]), 0);
	map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (CHECK(map != MAP_FAILED)) {
		CHECK_MEM_EQ(map, buffers[1].planes[0].map, SIZE);
		munmap((void *)map, SIZE);
	}

	test_case("buffers: a second export of the same memory would be another one");
	{
		struct v4l2_exportbuffer request = {
			.type = raw.video->type,
			.index = 1,
			.flags = O_RDWR | O_CLOEXEC,
		};

		CHECK_EQ(sys_ioctl(raw.video->fd, VIDIOC_EXPBUF, &request), 0);
		CHECK(!same_identity(request.fd, &buffers[1].planes[0].identity));
		close(request.fd);
	}
	ctest_finish_all(buffers, count);
	ctest_raw_close(&raw);
}

static void orphans(void)
{
	uint8_t reference[WIDTH];
	struct buffer buffers[4];
	struct ctest_raw raw;
	unsigned none = 0;
	const void *map;
	int count, fd;

	test_case("buffers: an export outlives its slots, and the frame with it");
	if (!open_still(&raw))
		return;
	count = ctest_map(raw.video, buffers, 2);
	CHECK_EQ(video_export_buffer(raw.video, &buffers[0]), 0);
	CHECK_EQ(capture_into(raw.video, &buffers[0]), 0);
	memcpy(reference, buffers[0].planes[0].map, sizeof(reference));
	fd = fcntl(buffers[0].planes[0].fd, F_DUPFD_CLOEXEC, 0);
	ctest_finish_all(buffers, count);
	CHECK_EQ(video_request_buffers(raw.video, V4L2_MEMORY_MMAP, &none), 0);
	CHECK_EQ(ctest_dma_bufs(), 1);
	/* Orphans do not keep the node from another format. */
	CHECK_EQ(ctest_set_format(raw.video, V4L2_PIX_FMT_SRGGB8, 64, 48), 0);
	ctest_raw_close(&raw);
	map = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0);
	if (CHECK(map != MAP_FAILED)) {
		CHECK_MEM_EQ(map, reference, sizeof(reference));
		munmap((void *)map, SIZE);
	}
	close(fd);
	CHECK_EQ(ctest_dma_bufs(), 0);
}

/* ---- import ---- */

static void try_import(enum memory_kind kind, const char *heap, const char *name)
{
	uint8_t reference[SIZE];
	struct buffer buffers[2];
	struct ctest_raw raw;

	test_case(name);
	if (!open_still(&raw))
		return;
	if (take_reference(raw.video, reference) && allocate(kind, heap, SIZE, buffers, 2)) {
		CHECK(request_imports(raw.video, 2));
		CHECK_EQ(buffer_map(&buffers[1]), 0);
		memset(buffers[1].planes[0].map, CTEST_PATTERN, SIZE);
		CHECK_EQ(capture_into(raw.video, &buffers[1]), 0);
		CHECK_EQ(buffer_begin_read(&buffers[1]), 0);
		CHECK_MEM_EQ(buffers[1].planes[0].map, reference, SIZE);
		CHECK_EQ(buffer_end_read(&buffers[1]), 0);
		ctest_finish_all(buffers, 2);
	}
	ctest_raw_close(&raw);
}

static void imported(void)
{
	try_import(MEMORY_UDMABUF, NULL, "buffers: a frame in a udmabuf");
	try_import(MEMORY_HEAP, "system", "buffers: a frame in the system heap");
	try_import(MEMORY_HEAP, "reserved", "buffers: a frame in the contiguous heap");
}

static void contiguous(void)
{
	try_import(MEMORY_HEAP, "reserved",
		   "buffers: a contiguous frame, where nothing else will do");
}

#define NUM_SCATTERED 4

/*
 * Memory that the device can't reach is refused when it is queued, and costs no slot. A
 * few pages may lie side by side by chance.
 */
static void try_scattered(enum memory_kind kind, const char *heap, const char *name)
{
	struct buffer buffers[NUM_SCATTERED], good;
	unsigned refused = 0;
	struct ctest_raw raw;
	int ret;

	test_case(name);
	if (!open_still(&raw))
		return;
	if (allocate(kind, heap, SIZE, buffers, NUM_SCATTERED)) {
		CHECK(request_imports(raw.video, 2));
		for (unsigned i = 0; i < NUM_SCATTERED; i++) {
			ret = video_queue(raw.video, &buffers[i], NULL, 0);
			CHECK(ret == -EFAULT || ret == 0);
			refused += ret == -EFAULT;
			CHECK_EQ(video_stop(raw.video), 0);
		}
		CHECK(refused > 0);
		if (allocate(MEMORY_HEAP, "reserved", SIZE, &good, 1)) {
			CHECK_EQ(capture_into(raw.video, &good), 0);
			buffer_finish(&good);
		}
		ctest_finish_all(buffers, NUM_SCATTERED);
	}
	ctest_raw_close(&raw);
}

static void scattered(void)
{
	try_scattered(MEMORY_UDMABUF, NULL,
		      "buffers: a udmabuf where the device wants contiguous memory");
	try_scattered(MEMORY_HEAP, "system",
		      "buffers: the system heap where the device wants contiguous memory");
}

static void other_node(void)
{
	struct buffer frames[4];
	uint8_t reference[SIZE];
	struct ctest_raw raw;
	struct video *camera;
	int webcam = 0, count;

	test_case("buffers: memory of another node, exported by that one");
	camera = ctest_video(NULL, "vivid-000-vid-cap", VIDEO_CAPTURE);
	if (!camera || !open_still(&raw))
		return;
	CHECK_EQ(sys_ioctl(camera->fd, VIDIOC_S_INPUT, &webcam), 0);
	CHECK_EQ(ctest_set_format(camera, V4L2_PIX_FMT_GREY, WIDTH, HEIGHT), 0);
	CHECK_EQ(camera->format.size_bytes[0], SIZE);
	count = ctest_map(camera, frames, 2);
	CHECK_EQ(video_queue(raw.video, &frames[0], NULL, 0), -EINVAL);
	CHECK_EQ(video_export_buffer(camera, &frames[0]), 0);
	if (take_reference(raw.video, reference)) {
		CHECK(request_imports(raw.video, 2));
		/* Not exported: there is nothing to import. */
		CHECK_EQ(video_queue(raw.video, &frames[1], NULL, 0), -EINVAL);
		memset(frames[0].planes[0].map, CTEST_PATTERN, SIZE);
		CHECK_EQ(capture_into(raw.video, &frames[0]), 0);
		CHECK_MEM_EQ(frames[0].planes[0].map, reference, SIZE);
	}
	ctest_finish_all(frames, count);
	ctest_raw_close(&raw);
	video_destroy(camera);
}

static void lengths(void)
{
	struct buffer buffer;
	struct ctest_raw raw;

	test_case("buffers: memory too small for a frame");
	if (!open_still(&raw))
		return;
	CHECK(request_imports(raw.video, 2));
	if (allocate(MEMORY_UDMABUF, NULL, SIZE / 2, &buffer, 1)) {
		CHECK_EQ(video_queue(raw.video, &buffer, NULL, 0), -EINVAL);
		buffer_finish(&buffer);
	}
	ctest_raw_close(&raw);
}

/* ---- from another process ---- */

#define NUM_SENT 2

/* Descriptors with what the sender knows them by. */
static bool send_buffers(int socket, const int *fds, const struct buffer_identity *identities)
{
	char control[CMSG_SPACE(NUM_SENT * sizeof(int))] = { 0 };
	struct iovec body = { (void *)identities, NUM_SENT * sizeof(*identities) };
	struct msghdr message = {
		.msg_iov = &body,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(NUM_SENT * sizeof(int));
	memcpy(CMSG_DATA(header), fds, NUM_SENT * sizeof(int));
	return sendmsg(socket, &message, MSG_NOSIGNAL) == (ssize_t)body.iov_len;
}

static bool receive_buffers(int socket, int *fds, struct buffer_identity *identities)
{
	char control[CMSG_SPACE(NUM_SENT * sizeof(int))];
	struct iovec body = { identities, NUM_SENT * sizeof(*identities) };
	struct msghdr message = {
		.msg_iov = &body,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header;

	if (!ctest_poll(socket, POLLIN, CTEST_LIMIT_MS) ||
	    recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != (ssize_t)body.iov_len)
		return false;
	header = CMSG_FIRSTHDR(&message);
	if (!header || header->cmsg_len != CMSG_LEN(NUM_SENT * sizeof(int)))
		return false;
	memcpy(fds, CMSG_DATA(header), NUM_SENT * sizeof(int));
	return true;
}

/*
 * The other process: allocates, sends, waits until the frame is there, sends back what it
 * sees of the second. Its status tells where it got stuck.
 */
static int lend_buffers(int socket)
{
	struct buffer_identity identities[NUM_SENT];
	struct buffer buffers[NUM_SENT];
	int fds[NUM_SENT];

	if (!allocate(MEMORY_UDMABUF, NULL, SIZE, buffers, NUM_SENT))
		return 1;
	for (unsigned i = 0; i < NUM_SENT; i++) {
		fds[i] = buffers[i].planes[0].fd;
		identities[i] = buffers[i].planes[0].identity;
		if (buffer_map(&buffers[i]) < 0)
			return 2;
		memset(buffers[i].planes[0].map, CTEST_PATTERN, SIZE);
	}
	if (!send_buffers(socket, fds, identities))
		return 3;
	if (!ctest_wait(socket))
		return 4;
	if (buffer_begin_read(&buffers[1]) < 0)
		return 5;
	for (unsigned row = 0; row < HEIGHT; row++)
		if (send(socket, (uint8_t *)buffers[1].planes[0].map + row * WIDTH, WIDTH,
			 MSG_NOSIGNAL) != WIDTH)
			return 6;
	/* The first was left alone. */
	for (unsigned i = 0; i < SIZE; i++)
		if (((uint8_t *)buffers[0].planes[0].map)[i] != CTEST_PATTERN)
			return 7;
	return 0;
}

/* What the other process sees. */
static bool receive_frame(int socket, uint8_t *frame)
{
	for (unsigned row = 0; row < HEIGHT; row++)
		if (!ctest_poll(socket, POLLIN, CTEST_LIMIT_MS) ||
		    recv(socket, frame + row * WIDTH, WIDTH, 0) != WIDTH)
			return false;
	return true;
}

static void borrow(struct video *video, int socket, const uint8_t *reference)
{
	struct buffer_identity identities[NUM_SENT];
	struct buffer buffers[NUM_SENT], twin;
	uint8_t seen[SIZE];
	int fds[NUM_SENT];

	if (!CHECK(receive_buffers(socket, fds, identities)))
		return;
	for (unsigned i = 0; i < NUM_SENT; i++) {
		CHECK_EQ(buffer_import(&buffers[i], i, &fds[i], 1), 0);
		CHECK(buffer_identity_equal(&buffers[i].planes[0].identity, &identities[i]));
	}
	/* The same memory under another number of another descriptor. */
	CHECK_EQ(buffer_import(&twin, 7, &fds[1], 1), 0);
	for (unsigned i = 0; i < NUM_SENT; i++)
		close(fds[i]);
	CHECK(buffer_same(&twin, &buffers[1]));
	CHECK(!buffer_same(&twin, &buffers[0]));

	CHECK(request_imports(video, NUM_SENT));
	CHECK_EQ(video_queue(video, &twin, NULL, 0), 0);
	CHECK_EQ(video_queue(video, &buffers[1], NULL, 0), -EBUSY);
	CHECK_EQ(video_stop(video), 0);
	CHECK_EQ(capture_into(video, &buffers[1]), 0);
	/* Found where its twin had been. */
	CHECK_EQ(video->index.misses, 1);
	CHECK_EQ(video->index.hits, 1);
	CHECK(ctest_tell(socket));
	memset(seen, 0, sizeof(seen));
	CHECK(receive_frame(socket, seen));
	CHECK_MEM_EQ(seen, reference, SIZE);
	buffer_finish(&twin);
	ctest_finish_all(buffers, NUM_SENT);
}

static void borrowed(void)
{
	uint8_t reference[SIZE];
	struct ctest_raw raw;
	pid_t child;
	int socket;

	test_case("buffers: memory of another process, which sees the frame");
	child = ctest_spawn(lend_buffers, &socket);
	if (open_still(&raw)) {
		if (take_reference(raw.video, reference))
			borrow(raw.video, socket, reference);
		ctest_raw_close(&raw);
	}
	CHECK_EQ(ctest_reap(child, &socket), 0);
}

/* ---- the index of a buffer ---- */

/* Where the node keeps a buffer now; -1: it is not queued. */
static int slot_of(const struct video *video, const struct buffer *buffer)
{
	for (unsigned i = 0; i < video->index.count; i++)
		if (video->index.entries[i].buffer == buffer)
			return (int)i;
	return -1;
}

#define NUM_ROTATED 4

static void rotate(struct video *video, struct buffer *buffers)
{
	int slots[NUM_ROTATED] = { -1, -1, -1, -1 };
	struct video_done done;

	for (unsigned round = 0; round < 6; round++) {
		/* 3 and 5 have no divisor in common with 4: each order has all of them. */
		for (unsigned i = 0; i < NUM_ROTATED; i++) {
			unsigned which = (i * (round % 2 ? 3 : 5) + round) % NUM_ROTATED;

			CHECK_EQ(video_queue(video, &buffers[which], NULL, 0), 0);
			if (round == 0)
				slots[which] = slot_of(video, &buffers[which]);
			CHECK_EQ(slot_of(video, &buffers[which]), slots[which]);
		}
		if (!video->streaming)
			CHECK_EQ(video_start(video), 0);
		for (unsigned i = 0; i < NUM_ROTATED; i++)
			CHECK_EQ(ctest_next(video, &done), 0);
	}
}

static void same_index(void)
{
	struct buffer buffers[NUM_ROTATED];
	struct ctest_raw raw;

	test_case("buffers: each has the same index in every round, in whatever order");
	if (!open_still(&raw))
		return;
	if (allocate(MEMORY_UDMABUF, NULL, SIZE, buffers, NUM_ROTATED)) {
		CHECK(request_imports(raw.video, NUM_ROTATED));
		rotate(raw.video, buffers);
		CHECK_EQ(raw.video->index.misses, NUM_ROTATED);
		CHECK_EQ(raw.video->index.hits, 5 * NUM_ROTATED);
		CHECK_EQ(video_stop(raw.video), 0);
		/* Mappings are kept over a stop. */
		CHECK_EQ(video_queue(raw.video, &buffers[2], NULL, 0), 0);
		CHECK_EQ(raw.video->index.misses, NUM_ROTATED);
		ctest_finish_all(buffers, NUM_ROTATED);
	}
	ctest_raw_close(&raw);
}

static void few_slots(void)
{
	struct buffer buffers[3];
	struct video_done done;
	struct ctest_raw raw;

	test_case("buffers: more of them than slots, the one used longest ago makes room");
	if (!open_still(&raw))
		return;
	if (allocate(MEMORY_UDMABUF, NULL, SIZE, buffers, 3)) {
		CHECK(request_imports(raw.video, 2));
		CHECK_EQ(video_queue(raw.video, &buffers[0], NULL, 0), 0);
		CHECK_EQ(video_queue(raw.video, &buffers[1], NULL, 0), 0);
		CHECK_EQ(video_queue(raw.video, &buffers[2], NULL, 0), -ENOBUFS);
		CHECK_EQ(video_start(raw.video), 0);
		CHECK_EQ(ctest_next(raw.video, &done), 0);
		CHECK(done.buffer == &buffers[0]);
		CHECK_EQ(video_queue(raw.video, &buffers[2], NULL, 0), 0);
		CHECK_EQ(slot_of(raw.video, &buffers[2]), 0);
		CHECK_EQ(ctest_next(raw.video, &done), 0);
		CHECK(done.buffer == &buffers[1]);
		CHECK_EQ(ctest_next(raw.video, &done), 0);
		CHECK(done.buffer == &buffers[2]);
		CHECK_EQ(video_stop(raw.video), 0);
		ctest_finish_all(buffers, 3);
	}
	ctest_raw_close(&raw);
}

static void twice(void)
{
	struct buffer buffer, twin;
	struct ctest_raw raw;
	struct v4l2_buffer kernel;

	test_case("buffers: memory that is queued is not queued again, whatever the kernel thinks");
	if (!open_still(&raw))
		return;
	if (allocate(MEMORY_UDMABUF, NULL, SIZE, &buffer, 1)) {
		CHECK(request_imports(raw.video, 2));
		CHECK_EQ(buffer_import(&twin, 1, &buffer.planes[0].fd, 1), 0);
		CHECK_EQ(video_queue(raw.video, &buffer, NULL, 0), 0);
		CHECK_EQ(video_queue(raw.video, &buffer, NULL, 0), -EBUSY);
		CHECK_EQ(video_queue(raw.video, &twin, NULL, 0), -EBUSY);
		/* It would take two frames into one memory. */
		kernel = (struct v4l2_buffer){
			.index = 1,
			.type = raw.video->type,
			.memory = V4L2_MEMORY_DMABUF,
			.m.fd = twin.planes[0].fd,
		};
		CHECK_EQ(sys_ioctl(raw.video->fd, VIDIOC_QBUF, &kernel), 0);
		CHECK_EQ(video_stop(raw.video), 0);
		CHECK_EQ(video_queue(raw.video, &twin, NULL, 0), 0);
		buffer_finish(&twin);
		buffer_finish(&buffer);
	}
	ctest_raw_close(&raw);
}

static const struct ctest_case cases[] = {
	{ "exported", exported },     { "orphans", orphans },
	{ "imported", imported },     { "contiguous", contiguous },
	{ "scattered", scattered },   { "other-node", other_node },
	{ "lengths", lengths },       { "borrowed", borrowed },
	{ "same-index", same_index }, { "few-slots", few_slots },
	{ "twice", twice },
};

int main(int argc, char **argv)
{
	return ctest_main(cases, CTEST_COUNT(cases), argc, argv);
}
