// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Frame memory on the real kernel: what each allocator gives, and what happens when it
 * does not. Wants vimc, vivid with two devices of which the second is multi-planar, and
 * vim2m. The cases "strict", "adjusted", "fewer" and "used-up" want vimc with
 * allocator=1, the others with allocator=0.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/base/sys.h"
#include "common/buffer/memory.h"
#include "common/stream/pool.h"
#include "test/ctest/ctest.h"

#define WIDTH  640
#define HEIGHT 480

static struct pool_options options(enum memory_kind memory, const char *heap,
				   unsigned count, unsigned minimum)
{
	return (struct pool_options){
		.memory = memory,
		.heap = heap,
		.count = count,
		.minimum = minimum,
	};
}

/* A few frames travel through the pool. */
static void check_frames(struct video *video, struct pool *pool)
{
	struct video_done done;

	CHECK_EQ(ctest_queue_all(video, pool->buffers, (int)pool->count), 0);
	CHECK_EQ(video_start(video), 0);
	for (unsigned i = 0; i < pool->count + 2 && CHECK_EQ(ctest_next(video, &done), 0);
	     i++) {
		CHECK_EQ(done.flags & V4L2_BUF_FLAG_ERROR, 0);
		CHECK_EQ(done.bytesused[0] + done.data_offset[0],
			 video->format.size_bytes[0]);
		CHECK_EQ(video_queue(video, done.buffer, NULL, 0), 0);
	}
	CHECK_EQ(video_stop(video), 0);
}

/* The node has no slots, and another one may have it. */
static void check_free(struct video *video)
{
	struct video *other;
	unsigned count = 1;

	CHECK_EQ(video->num_slots, 0);
	CHECK_EQ(video->memory, 0);
	other = ctest_video(NULL, video->name, video->output ? VIDEO_OUTPUT : VIDEO_CAPTURE);
	if (!other)
		return;
	CHECK_EQ(video_request_buffers(other, V4L2_MEMORY_MMAP, &count), 0);
	video_destroy(other);
}

/* A pool that is to be had: of this name, made of such buffers, and frames go through. */
static void expect_pool(struct video *video, const struct pool_options *wanted,
			const char *name, enum buffer_memory memory)
{
	struct ctest_ears ears;
	struct pool *pool = NULL;

	CHECK_EQ(pool_create(ctest_listen(&ears), video, wanted, &pool), 0);
	if (!CHECK(pool))
		return;
	CHECK_STR_EQ(pool->memory, name);
	CHECK_EQ(pool->count, wanted->count);
	for (unsigned i = 0; i < pool->count; i++) {
		CHECK_EQ(pool->buffers[i].memory, memory);
		CHECK_EQ(pool->buffers[i].number, i);
		CHECK_EQ(pool->buffers[i].num_planes, video->format.num_planes);
		CHECK_EQ(pool->buffers[i].state, BUFFER_FREE);
	}
	CHECK_EQ(video->memory,
		 memory == BUFFER_DEVICE ? V4L2_MEMORY_MMAP : V4L2_MEMORY_DMABUF);
	if (!video->output)
		check_frames(video, pool);
	pool_destroy(pool, video);
	check_free(video);
}

/* One that is not: with this error, and this said. */
static void expect_refusal(struct video *video, const struct pool_options *wanted,
			   int error, const char *said)
{
	struct ctest_ears ears;
	struct pool *pool = NULL;

	CHECK_EQ(pool_create(ctest_listen(&ears), video, wanted, &pool), error);
	CHECK(!pool);
	CHECK_HEARD(&ears, said);
	CHECK_EQ(video->num_slots, 0);
}

#define EXPECT_POOL(video, memory, kind, heap, ...)                      \
	do {                                                             \
		struct pool_options wanted_ = options(kind, heap, 4, 2); \
		expect_pool(video, &wanted_, __VA_ARGS__, memory);       \
	} while (0)

static void kinds(void)
{
	static const struct {
		const char *test;
		enum memory_kind kind;
		const char *heap;
		const char *name;
		enum buffer_memory memory;
	} wanted[] = {
		{ "pool: auto is the node's own memory", MEMORY_AUTO, NULL, "mmap",
		  BUFFER_DEVICE },
		{ "pool: mmap", MEMORY_MMAP, NULL, "mmap", BUFFER_DEVICE },
		{ "pool: udmabuf", MEMORY_UDMABUF, NULL, "udmabuf", BUFFER_UDMABUF },
		{ "pool: any heap is the contiguous one", MEMORY_HEAP, NULL,
		  "heap:reserved", BUFFER_HEAP },
		{ "pool: a heap without a name is any", MEMORY_HEAP, "", "heap:reserved",
		  BUFFER_HEAP },
		{ "pool: a heap by its name", MEMORY_HEAP, "system", "heap:system",
		  BUFFER_HEAP },
	};
	struct pool_options want;
	struct ctest_raw raw;

	for (size_t i = 0; i < CTEST_COUNT(wanted); i++) {
		test_case(wanted[i].test);
		if (!ctest_raw_open(NULL, 0, WIDTH, HEIGHT, &raw))
			continue;
		want = options(wanted[i].kind, wanted[i].heap, 4, 2);
		expect_pool(raw.video, &want, wanted[i].name, wanted[i].memory);
		/* Again, on a node that has been through it. */
		expect_pool(raw.video, &want, wanted[i].name, wanted[i].memory);
		ctest_raw_close(&raw);
	}
}

static void planes(void)
{
	const struct pool_options udmabuf = options(MEMORY_UDMABUF, NULL, 4, 2);
	const struct pool_options device = options(MEMORY_MMAP, NULL, 4, 2);
	struct v4l2_fract interval = { 1, 60 };
	struct video *video;
	int webcam = 0;

	test_case("pool: as many planes as the format has");
	video = ctest_video(NULL, "vivid-001-vid-cap", VIDEO_CAPTURE);
	if (!video)
		return;
	CHECK_EQ(sys_ioctl(video->fd, VIDIOC_S_INPUT, &webcam), 0);
	CHECK_EQ(ctest_set_format(video, V4L2_PIX_FMT_NV16M, 640, 360), 0);
	CHECK_EQ(video_set_interval(video, &interval), 0);
	expect_pool(video, &udmabuf, "udmabuf", BUFFER_UDMABUF);
	expect_pool(video, &device, "mmap", BUFFER_DEVICE);
	CHECK_EQ(ctest_set_format(video, V4L2_PIX_FMT_YUV420M, 640, 360), 0);
	expect_pool(video, &udmabuf, "udmabuf", BUFFER_UDMABUF);
	video_destroy(video);
}

static void outputs(void)
{
	const struct pool_options udmabuf = options(MEMORY_UDMABUF, NULL, 4, 2);
	const struct pool_options device = options(MEMORY_AUTO, NULL, 4, 2);
	struct video *video;

	test_case("pool: memory for a node that is written to");
	video = ctest_video(NULL, "vim2m", VIDEO_OUTPUT);
	if (!video)
		return;
	expect_pool(video, &udmabuf, "udmabuf", BUFFER_UDMABUF);
	expect_pool(video, &device, "mmap", BUFFER_DEVICE);
	video_destroy(video);
}

/* With this said of the contiguous area; what is free of it begins with 1 or 2. */
static void expect_bill(struct video *video, enum memory_kind kind, const char *heap,
			bool is_contiguous, bool wanted)
{
	struct pool_options want = options(kind, heap, 2, 2);
	struct ctest_ears ears;
	struct pool *pool = NULL;

	want.is_contiguous = is_contiguous;
	CHECK_EQ(pool_create(ctest_listen(&ears), video, &want, &pool), 0);
	CHECK_EQ(strstr(ears.text, "are 600.0 KiB (CMA free: 1") ||
			 strstr(ears.text, "are 600.0 KiB (CMA free: 2"),
		 wanted);
	CHECK_EQ(strstr(ears.text, "CMA") != NULL, wanted);
	pool_destroy(pool, video);
}

#define CHAR_DEVICES "/sys/dev/char"

/* Has sysfs say of this node that its device is behind an IOMMU, which works like that. */
static void pretend_iommu(const struct video *video, const char *type)
{
	static const char *const names[] = { "", "/device", "/device/iommu_group" };
	char path[128];
	struct stat status;
	int fd;

	CHECK_EQ(fstat(video->fd, &status), 0);
	for (size_t i = 0; i < CTEST_COUNT(names); i++) {
		snprintf(path, sizeof(path), CHAR_DEVICES "/%u:%u%s",
			 major(status.st_rdev), minor(status.st_rdev), names[i]);
		mkdir(path, 0755);
	}
	strcat(path, "/type");
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	CHECK_EQ(sys_write_all(fd, type, strlen(type)), 0);
	close(fd);
}

static void bill(void)
{
	struct ctest_raw raw;

	if (!ctest_raw_open(NULL, 0, WIDTH, HEIGHT, &raw))
		return;
	test_case("pool: the bill tells of CMA where memory is contiguous");
	expect_bill(raw.video, MEMORY_AUTO, NULL, false, false);
	expect_bill(raw.video, MEMORY_AUTO, NULL, true, true);
	expect_bill(raw.video, MEMORY_MMAP, NULL, false, false);
	expect_bill(raw.video, MEMORY_MMAP, NULL, true, true);
	expect_bill(raw.video, MEMORY_UDMABUF, NULL, true, false);
	expect_bill(raw.video, MEMORY_HEAP, NULL, false, true);
	expect_bill(raw.video, MEMORY_HEAP, "", false, true);
	expect_bill(raw.video, MEMORY_HEAP, "reserved", false, true);
	expect_bill(raw.video, MEMORY_HEAP, "system", true, false);

	test_case("pool: an IOMMU makes any pages contiguous, if it is not passed by");
	CHECK_EQ(unshare(CLONE_NEWNS), 0);
	CHECK_EQ(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	CHECK_EQ(mount("none", CHAR_DEVICES, "tmpfs", 0, NULL), 0);
	pretend_iommu(raw.video, "DMA\n");
	expect_bill(raw.video, MEMORY_AUTO, NULL, true, false);
	expect_bill(raw.video, MEMORY_HEAP, "reserved", true, true);
	pretend_iommu(raw.video, "DMA-FQ\n");
	expect_bill(raw.video, MEMORY_MMAP, NULL, true, false);
	pretend_iommu(raw.video, "identity\n");
	expect_bill(raw.video, MEMORY_AUTO, NULL, true, true);
	CHECK_EQ(umount(CHAR_DEVICES), 0);
	ctest_raw_close(&raw);
}

static void counts(void)
{
	struct pool_options want;
	struct ctest_ears ears;
	struct pool *pool = NULL;
	struct video *video;
	struct ctest_raw raw;

	test_case("pool: a driver may give more than was asked for");
	if (!ctest_raw_open(NULL, 0, WIDTH, HEIGHT, &raw))
		return;
	want = options(MEMORY_AUTO, NULL, 1, 1);
	CHECK_EQ(pool_create(ctest_listen(&ears), raw.video, &want, &pool), 0);
	CHECK_EQ(pool->count, 2);
	CHECK(pool->buffers[1].planes[0].map);
	CHECK(!strstr(ears.text, "fewer-buffers"));
	pool_destroy(pool, raw.video);

	test_case("pool: the bill is stated first");
	CHECK(!strncmp(ears.text, "memory-bill ", 12));
	CHECK_HEARD(&ears, "Raw Capture 0: 1 buffers of 307200 bytes are 300.0 KiB");

	test_case("pool: no more than V4L2 has numbers for");
	want = options(MEMORY_UDMABUF, NULL, 40, 2);
	CHECK_EQ(pool_create(ctest_listen(&ears), raw.video, &want, &pool), 0);
	CHECK_EQ(pool->count, 32);
	pool_destroy(pool, raw.video);
	want = options(MEMORY_MMAP, NULL, 40, 2);
	CHECK_EQ(pool_create(ctest_listen(&ears), raw.video, &want, &pool), 0);
	CHECK_EQ(pool->count, 32);
	pool_destroy(pool, raw.video);
	ctest_raw_close(&raw);

	test_case("pool: who asks for one buffer gets one, whatever the minimum");
	video = ctest_video(NULL, "vim2m", VIDEO_OUTPUT);
	if (!video)
		return;
	want = options(MEMORY_MMAP, NULL, 1, 2);
	expect_pool(video, &want, "mmap", BUFFER_DEVICE);
	want = options(MEMORY_UDMABUF, NULL, 1, 2);
	expect_pool(video, &want, "udmabuf", BUFFER_UDMABUF);
	video_destroy(video);
	pool_destroy(NULL, NULL);
}

#define UDMABUF_LIMIT "/sys/module/udmabuf/parameters/size_limit_mb"

static void refusals(void)
{
	struct pool_options want;
	struct ctest_ears ears;
	struct pool *pool = NULL;
	struct ctest_raw raw;

	if (!ctest_raw_open(NULL, 0, 4096, 2160, &raw))
		return;
	test_case("pool: a heap that is not there");
	want = options(MEMORY_HEAP, "nonesuch", 4, 2);
	expect_refusal(raw.video, &want, -ENOENT,
		       "memory-refused Raw Capture 0: frames in heap:nonesuch: "
		       "this machine has no such allocator");
	check_free(raw.video);

	test_case("pool: a frame larger than a udmabuf may be");
	CHECK_EQ(ctest_write(UDMABUF_LIMIT, "8"), 0);
	want = options(MEMORY_UDMABUF, NULL, 4, 2);
	expect_refusal(raw.video, &want, -EFBIG,
		       "memory-refused Raw Capture 0: frames in udmabuf: a frame is larger "
		       "than this allocator or the free memory allows");
	CHECK_EQ(ctest_write(UDMABUF_LIMIT, "9"), 0);
	EXPECT_POOL(raw.video, BUFFER_UDMABUF, MEMORY_UDMABUF, NULL, "udmabuf");
	CHECK_EQ(ctest_write(UDMABUF_LIMIT, "64"), 0);

	test_case("pool: an allocator that may not be opened");
	CHECK_EQ(seteuid(65534), 0);
	want = options(MEMORY_HEAP, "system", 4, 2);
	CHECK_EQ(pool_create(ctest_listen(&ears), raw.video, &want, &pool), -EACCES);
	CHECK_HEARD(&ears, "frames in heap:system: Permission denied");
	want = options(MEMORY_UDMABUF, NULL, 4, 2);
	CHECK_EQ(pool_create(ctest_listen(&ears), raw.video, &want, &pool), -EACCES);
	CHECK_EQ(seteuid(0), 0);
	CHECK(!pool);

	test_case("pool: any heap, where the last one that was tried may not be opened");
	CHECK_EQ(seteuid(65534), 0);
	want = options(MEMORY_HEAP, NULL, 4, 2);
	CHECK_EQ(pool_create(ctest_listen(&ears), raw.video, &want, &pool), -EACCES);
	CHECK_EQ(seteuid(0), 0);
	ctest_raw_close(&raw);
}

static void busy(void)
{
	const struct pool_options device = options(MEMORY_MMAP, NULL, 4, 2);
	const struct pool_options any = options(MEMORY_AUTO, NULL, 4, 2);
	struct ctest_ears ears;
	struct pool *pool = NULL;
	struct video *other;
	struct ctest_raw raw;
	unsigned two = 2;

	test_case("pool: a node that another has");
	if (!ctest_raw_open(NULL, 0, WIDTH, HEIGHT, &raw))
		return;
	other = ctest_video(NULL, "Raw Capture 0", VIDEO_CAPTURE);
	CHECK_EQ(video_request_buffers(other, V4L2_MEMORY_MMAP, &two), 0);
	CHECK_EQ(pool_create(ctest_listen(&ears), raw.video, &device, &pool), -EBUSY);
	CHECK_EQ(pool_create(ctest_listen(&ears), raw.video, &any, &pool), -EBUSY);
	CHECK(!pool);
	CHECK_HEARD(&ears, "Device or resource busy");
	video_destroy(other);
	ctest_raw_close(&raw);
}

static void gone(void)
{
	const struct pool_options any = options(MEMORY_AUTO, NULL, 4, 2);
	struct pool_options udmabuf = options(MEMORY_UDMABUF, NULL, 4, 2);
	struct ctest_ears ears;
	struct pool *pool = NULL;
	struct ctest_raw raw;

	test_case("pool: a node that was pulled out: no other memory is tried");
	if (!ctest_raw_open(NULL, 0, WIDTH, HEIGHT, &raw))
		return;
	CHECK_EQ(ctest_write("/sys/bus/platform/drivers/vimc/unbind", "vimc.0"), 0);
	CHECK_EQ(pool_create(ctest_listen(&ears), raw.video, &any, &pool), -ENODEV);
	CHECK(!strstr(ears.text, "heap"));
	udmabuf.adjust = true;
	CHECK_EQ(pool_create(ctest_listen(&ears), raw.video, &udmabuf, &pool), -ENODEV);
	CHECK(!strstr(ears.text, "heap"));
	CHECK(!pool);
	ctest_raw_close(&raw);
	CHECK_EQ(ctest_write("/sys/bus/platform/drivers/vimc/bind", "vimc.0"), 0);
}

static void destroyed_late(void)
{
	const struct pool_options udmabuf = options(MEMORY_UDMABUF, NULL, 4, 2);
	struct ctest_ears ears;
	struct pool *pool = NULL;
	struct ctest_raw raw;

	test_case("pool: destroyed after its node was pulled out");
	if (!ctest_raw_open(NULL, 0, WIDTH, HEIGHT, &raw))
		return;
	CHECK_EQ(pool_create(ctest_listen(&ears), raw.video, &udmabuf, &pool), 0);
	CHECK_EQ(ctest_queue_all(raw.video, pool->buffers, 4), 0);
	CHECK_EQ(video_start(raw.video), 0);
	CHECK_EQ(ctest_write("/sys/bus/platform/drivers/vimc/unbind", "vimc.0"), 0);
	CHECK_EQ(video_stop(raw.video), -ENODEV);
	pool_destroy(pool, raw.video);
	ctest_raw_close(&raw);
	CHECK_EQ(ctest_write("/sys/bus/platform/drivers/vimc/bind", "vimc.0"), 0);
}

/* ---- a device that wants contiguous memory ---- */

static void strict(void)
{
	static const char reason[] = "the device needs contiguous memory";
	struct pool_options want;
	struct ctest_raw raw;

	if (!ctest_raw_open(NULL, 0, WIDTH, HEIGHT, &raw))
		return;
	test_case("pool: scattered memory is refused where the device cannot reach it");
	want = options(MEMORY_UDMABUF, NULL, 4, 2);
	expect_refusal(raw.video, &want, -EFAULT, reason);
	want = options(MEMORY_HEAP, "system", 4, 2);
	expect_refusal(raw.video, &want, -EFAULT, reason);
	check_free(raw.video);
	test_case("pool: contiguous memory is not");
	EXPECT_POOL(raw.video, BUFFER_HEAP, MEMORY_HEAP, NULL, "heap:reserved");
	EXPECT_POOL(raw.video, BUFFER_DEVICE, MEMORY_AUTO, NULL, "mmap");
	ctest_raw_close(&raw);
}

static void try_adjusted(struct video *video, enum memory_kind kind, const char *heap,
			 const char *said)
{
	struct pool_options want = options(kind, heap, 4, 2);
	struct ctest_ears ears;
	struct pool *pool = NULL;

	want.adjust = true;
	CHECK_EQ(pool_create(ctest_listen(&ears), video, &want, &pool), 0);
	if (!CHECK(pool))
		return;
	CHECK_STR_EQ(pool->memory, "mmap");
	CHECK_HEARD(&ears, said);
	check_frames(video, pool);
	pool_destroy(pool, video);
	check_free(video);
}

static void adjusted(void)
{
	struct ctest_raw raw;

	test_case("pool: with adjust, another kind is taken, and said");
	if (!ctest_raw_open(NULL, 0, WIDTH, HEIGHT, &raw))
		return;
	try_adjusted(raw.video, MEMORY_UDMABUF, NULL,
		     "memory-replaced Raw Capture 0: frames in udmabuf: the device needs "
		     "contiguous memory; taking mmap instead");
	try_adjusted(raw.video, MEMORY_HEAP, "system",
		     "memory-replaced Raw Capture 0: frames in heap:system: the device needs "
		     "contiguous memory; taking mmap instead");
	try_adjusted(raw.video, MEMORY_HEAP, "nonesuch",
		     "memory-replaced Raw Capture 0: frames in heap:nonesuch: this machine "
		     "has no such allocator; taking mmap instead");
	ctest_raw_close(&raw);
}

/* Frames of 8.4 MiB, of which 256 MiB of contiguous memory hold no 32. */
static void try_fewer(struct video *video, enum memory_kind kind)
{
	const struct pool_options enough = options(kind, NULL, 32, 2);
	struct pool_options want = options(kind, NULL, 32, 32);
	struct ctest_ears ears;
	struct pool *pool = NULL;

	CHECK_EQ(pool_create(ctest_listen(&ears), video, &enough, &pool), 0);
	if (!CHECK(pool))
		return;
	CHECK(pool->count > 10 && pool->count < 32);
	CHECK_HEARD(&ears, "fewer-buffers Raw Capture 0: memory for 32 buffers of 8847360 "
			   "bytes is not to be had, going on with ");
	check_frames(video, pool);
	pool_destroy(pool, video);
	check_free(video);

	/* The same, if that is fewer than are of use. */
	expect_refusal(video, &want, -ENOMEM, "Cannot allocate memory");
	check_free(video);
}

static void fewer(void)
{
	struct ctest_raw raw;

	if (!ctest_raw_open(NULL, 0, 4096, 2160, &raw))
		return;
	test_case("pool: not enough memory of the node for all: fewer buffers, and said");
	try_fewer(raw.video, MEMORY_MMAP);
	test_case("pool: not enough memory in a heap for all: fewer buffers, and said");
	try_fewer(raw.video, MEMORY_HEAP);
	ctest_raw_close(&raw);
}

static void used_up(void)
{
	const uint32_t size = 8 << 20;
	struct pool_options want = options(MEMORY_MMAP, NULL, 4, 2);
	struct buffer hoard[64];
	struct memory memory;
	struct ctest_raw raw;
	unsigned count = 0;
	int ret;

	test_case("pool: contiguous memory that is used up");
	if (!ctest_raw_open(NULL, 0, 4096, 2160, &raw))
		return;
	CHECK_EQ(memory_open(&memory, MEMORY_HEAP, "reserved"), 0);
	do
		ret = memory_allocate(&memory, count, &size, 1, &hoard[count]);
	while (ret == 0 && ++count < CTEST_COUNT(hoard));
	CHECK_EQ(ret, -ENOMEM);
	expect_refusal(raw.video, &want, -ENOMEM, "frames in mmap: Cannot allocate memory");
	want = options(MEMORY_AUTO, NULL, 4, 2);
	expect_refusal(raw.video, &want, -ENOMEM,
		       "no-memory Raw Capture 0: no memory for 2 buffers of 8847360 bytes: "
		       "Cannot allocate memory");
	ctest_finish_all(hoard, (int)count);
	memory_close(&memory);
	EXPECT_POOL(raw.video, BUFFER_DEVICE, MEMORY_MMAP, NULL, "mmap");
	ctest_raw_close(&raw);
}

/* ---- the allocators themselves ---- */

static void heaps(void)
{
	char names[8][MEMORY_HEAP_NAME_SIZE];
	struct memory memory;

	test_case("pool: the heaps of the machine, contiguous first");
	memset(names, CTEST_PATTERN, sizeof(names));
	CHECK_EQ(memory_list_heaps(names, CTEST_COUNT(names)), 2);
	CHECK_STR_EQ(names[0], "reserved");
	CHECK_STR_EQ(names[1], "system");
	memset(names, CTEST_PATTERN, sizeof(names));
	CHECK_EQ(memory_list_heaps(names, 1), 1);
	CHECK_EQ((uint8_t)names[1][0], CTEST_PATTERN);

	test_case("pool: what is no allocator is not opened");
	CHECK_EQ(memory_open(&memory, MEMORY_HEAP, "nonesuch"), -ENOENT);
	CHECK_EQ(memory.fd, -1);
	CHECK_EQ(memory_open(&memory, MEMORY_HEAP, "../null"), -ENOENT);
	CHECK_EQ(memory_open(&memory, MEMORY_HEAP, ".."), -ENOENT);
	CHECK_EQ(memory_open(&memory, MEMORY_HEAP, ""), -ENOENT);
	CHECK_EQ(memory_open(&memory, MEMORY_MMAP, NULL), -EINVAL);
	CHECK_EQ(memory.fd, -1);
	memory_close(&memory);
}

static void sizes(void)
{
	static const uint32_t two[] = { 5000, 4096 }, absurd[] = { 4096, UINT32_MAX };
	struct memory udmabuf, heap;
	struct buffer buffer;

	test_case("pool: sizes are rounded up to pages, a dma-buf for each plane");
	CHECK_EQ(memory_open(&udmabuf, MEMORY_UDMABUF, NULL), 0);
	CHECK_EQ(memory_open(&heap, MEMORY_HEAP, "system"), 0);
	CHECK_STR_EQ(udmabuf.name, "udmabuf");
	CHECK_STR_EQ(heap.name, "heap:system");
	CHECK_EQ(memory_allocate(&udmabuf, 5, two, 2, &buffer), 0);
	CHECK_EQ(buffer.number, 5);
	CHECK_EQ(buffer.num_planes, 2);
	CHECK_EQ(buffer.planes[0].length_bytes, 8192);
	CHECK_EQ(buffer.planes[1].length_bytes, 4096);
	CHECK(buffer.planes[1].memfd >= 0);
	CHECK(fcntl(buffer.planes[0].fd, F_GETFD) & FD_CLOEXEC);
	CHECK(fcntl(buffer.planes[0].memfd, F_GETFD) & FD_CLOEXEC);
	buffer_finish(&buffer);
	CHECK_EQ(memory_allocate(&heap, 0, two, 2, &buffer), 0);
	CHECK_EQ(buffer.planes[0].length_bytes, 8192);
	CHECK_EQ(buffer.planes[0].memfd, -1);
	CHECK(fcntl(buffer.planes[0].fd, F_GETFD) & FD_CLOEXEC);
	buffer_finish(&buffer);

	test_case("pool: an absurd size is refused before the kernel sees it, nothing is left");
	CHECK_EQ(memory_allocate(&heap, 0, absurd, 2, &buffer), -EFBIG);
	CHECK_EQ(buffer.num_planes, 0);
	CHECK_EQ(memory_allocate(&udmabuf, 0, absurd, 2, &buffer), -EFBIG);
	CHECK_EQ(buffer.num_planes, 0);
	CHECK_EQ(memory_allocate(&udmabuf, 0, &(uint32_t){ 0 }, 1, &buffer), -EINVAL);
	memory_close(&udmabuf);
	memory_close(&heap);
	CHECK_EQ(udmabuf.fd, -1);

	test_case("pool: what the kernel says of memory");
	CHECK(memory_info_bytes("MemAvailable") > 100 << 20);
	CHECK(memory_info_bytes("CmaFree") > 100 << 20);
	CHECK_EQ(memory_info_bytes("CmaTotal"), 256 << 20);
	CHECK_EQ(memory_info_bytes("Mem"), 0);
	CHECK_EQ(memory_info_bytes("nonesuch"), 0);
}

static const struct ctest_case cases[] = {
	{ "kinds", kinds },       { "planes", planes },
	{ "outputs", outputs },   { "counts", counts },
	{ "refusals", refusals }, { "busy", busy },
	{ "gone", gone },         { "destroyed-late", destroyed_late },
	{ "strict", strict },     { "adjusted", adjusted },
	{ "fewer", fewer },       { "used-up", used_up },
	{ "heaps", heaps },       { "sizes", sizes },
	{ "bill", bill },
};

int main(int argc, char **argv)
{
	return ctest_main(cases, CTEST_COUNT(cases), argc, argv);
}
