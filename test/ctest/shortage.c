// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A machine that runs out of memory or descriptors at any point: a camera is opened, set
 * up, streamed and closed while the first, the second, the third ... allocation fails,
 * until there is none left to fail. Whatever happens, nothing is left open. Wants vimc.
 */
#include <sys/resource.h>

#include "common/device/pipeline.h"
#include "common/stream/pool.h"
#include "test/ctest/ctest.h"

#define WIDTH  64
#define HEIGHT 48
/* More than any of the runs needs. */
#define MAX_STEPS 2000

/* ---- the program's own memory ---- */

#ifdef __GLIBC__
#define HAVE_OWN_MEMORY true

/* Allocations until one fails; 0: none does. */
static unsigned fail_after;

static bool fails(void)
{
	return fail_after && !--fail_after;
}

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);

void *malloc(size_t size)
{
	if (fails()) {
		errno = ENOMEM;
		return NULL;
	}
	return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	if (fails()) {
		errno = ENOMEM;
		return NULL;
	}
	return __libc_calloc(count, size);
}
#else
#define HAVE_OWN_MEMORY false
static unsigned fail_after;
#endif

/* ---- one run of a camera ---- */

struct places {
	char media[CTEST_NODE_SIZE];
	char sensor[CTEST_NODE_SIZE];
	char debayer[CTEST_NODE_SIZE];
	char node[CTEST_NODE_SIZE];
};

static bool find_places(struct places *places)
{
	struct media *media = ctest_media(NULL, "vimc");

	if (!media)
		return false;
	snprintf(places->media, sizeof(places->media), "%s", media->path);
	media_destroy(media);
	ctest_node("Sensor A", places->sensor);
	ctest_node("Debayer A", places->debayer);
	ctest_node("Raw Capture 0", places->node);
	return true;
}

static int set_pad(const char *node)
{
	struct v4l2_mbus_framefmt format = {
		.code = MEDIA_BUS_FMT_SRGGB8_1X8,
		.width = WIDTH,
		.height = HEIGHT,
		.field = V4L2_FIELD_NONE,
	};
	struct subdev *subdev;
	int ret;

	ret = subdev_open(NULL, node, "a pad", &subdev);
	if (ret < 0)
		return ret;
	ret = subdev_set_format(subdev, 0, &format);
	subdev_destroy(subdev);
	return ret;
}

static int route(struct media *media)
{
	struct media_entity *debayer = media_find(media, "Debayer A");
	struct media_entity *scaler = media_find(media, "Scaler");
	struct media_link *link;
	pid_t holder;
	int ret;

	ret = media_lock(media, &holder);
	if (ret < 0)
		return ret;
	link = media_find_link(media, media_find_pad(debayer, 1), media_find_pad(scaler, 0));
	ret = media_set_link(media, link, true);
	return ret < 0 ? ret : media_set_link(media, link, false);
}

static int stream(struct video *video, struct pool *pool)
{
	struct video_done done;
	int ret;

	ret = ctest_queue_all(video, pool->buffers, (int)pool->count);
	if (ret == 0)
		ret = video_export_buffer(video, &pool->buffers[0]);
	if (ret == 0)
		ret = buffer_map(&pool->buffers[0]);
	if (ret == 0)
		ret = video_start(video);
	if (ret < 0)
		return ret;
	ret = ctest_next(video, &done);
	if (ret == 0)
		ret = video_queue(video, done.buffer, NULL, 0);
	video_stop(video);
	return ret;
}

static int capture(struct video *video, const struct pool_options *options)
{
	struct video_format format = {
		.fourcc = V4L2_PIX_FMT_SRGGB8,
		.width = WIDTH,
		.height = HEIGHT,
		.field = V4L2_FIELD_NONE,
		.num_planes = 1,
	};
	struct pool *pool;
	int ret;

	ret = video_set_format(video, &format);
	if (ret == 0)
		ret = pool_create(NULL, video, options, &pool);
	if (ret < 0)
		return ret;
	ret = stream(video, pool);
	pool_destroy(pool, video);
	return ret;
}

/* All of it. Its first error; everything is closed again in any case. */
static int run(const struct places *places, const struct pool_options *options)
{
	struct media *media = NULL;
	struct video *video = NULL;
	int ret;

	ret = media_open(NULL, places->media, &media);
	if (ret == 0)
		ret = route(media);
	if (ret == 0)
		ret = set_pad(places->sensor);
	if (ret == 0)
		ret = set_pad(places->debayer);
	if (ret == 0)
		ret = video_open(NULL, places->node, NULL, VIDEO_CAPTURE, &video);
	if (ret == 0)
		ret = capture(video, options);
	if (ret == 0)
		ret = pipeline_explain(NULL, media, media_find(media, "Raw Capture 0"));
	video_destroy(video);
	media_destroy(media);
	return ret;
}

/* ---- what runs short ---- */

/* Makes the step-th allocation of a run fail, in whatever way. */
struct shortage {
	void (*begin)(unsigned step);
	bool (*end)(int ret); /* true if one has failed */
	unsigned least;       /* so many can't be done without, or nothing was tried */
};

static bool nothing_left(unsigned descriptors, unsigned step, int ret)
{
	if (ctest_descriptors() == descriptors && ctest_mappings() == 0)
		return true;
	test_fail(__FILE__, __LINE__, "step %u (%s): %u descriptors, want %u; %u mappings",
		  step, strerror(-ret), ctest_descriptors(), descriptors, ctest_mappings());
	return false;
}

/*
 * Runs until no allocation is left to fail, and the last run, which had all, succeeds.
 * What the others return is not asked: some allocations can be done without.
 */
static void run_short(const struct shortage *shortage, const struct pool_options *options)
{
	unsigned descriptors = ctest_descriptors(), refused = 0, step = 0;
	struct places places;
	bool failed;
	int ret;

	if (!find_places(&places) || !CHECK_EQ(run(&places, options), 0))
		return;
	do {
		shortage->begin(++step);
		ret = run(&places, options);
		failed = shortage->end(ret);
		refused += ret < 0;
	} while (nothing_left(descriptors, step, ret) && failed && step < MAX_STEPS);
	CHECK(!failed);
	CHECK_EQ(ret, 0);
	CHECK(refused >= shortage->least);
	printf("# %u steps, %u refused\n", step, refused);
}

static void run_all(const struct shortage *shortage, const char *const names[3])
{
	static const struct pool_options kinds[] = {
		{ .memory = MEMORY_MMAP, .count = 4, .minimum = 2 },
		{ .memory = MEMORY_UDMABUF, .count = 4, .minimum = 2 },
		{ .memory = MEMORY_HEAP, .heap = "system", .count = 4, .minimum = 2 },
	};

	for (size_t i = 0; i < CTEST_COUNT(kinds); i++) {
		test_case(names[i]);
		run_short(shortage, &kinds[i]);
	}
}

/* The kernel's: Documentation/fault-injection/fault-injection.rst, fail-nth. */
static int fail_nth = -1;

static void kernel_begin(unsigned step)
{
	char word[16];

	snprintf(word, sizeof(word), "%u", step);
	CHECK_EQ(pwrite(fail_nth, word, strlen(word), 0), (ssize_t)strlen(word));
}

static bool kernel_end(int ret)
{
	char word[16] = "";
	bool failed;

	/* What is left to count; reading and writing may be short of memory themselves. */
	while (pread(fail_nth, word, sizeof(word) - 1, 0) < 0)
		continue;
	failed = atoi(word) == 0;
	while (pwrite(fail_nth, "0", 1, 0) < 0)
		continue;
	return failed;
}

#define FAILSLAB "/sys/kernel/debug/failslab/"

static void kernel_memory(void)
{
	static const char *const names[] = {
		"shortage: the kernel's memory, frames of the node's own",
		"shortage: the kernel's memory, frames in udmabufs",
		"shortage: the kernel's memory, frames in a heap",
	};
	static const struct shortage kernel = { kernel_begin, kernel_end, 50 };
	unsigned dma_bufs = ctest_dma_bufs();

	test_case("shortage: the kernel can fail on demand");
	fail_nth = sys_open("/proc/thread-self/fail-nth", O_RDWR);
	if (!CHECK(fail_nth >= 0))
		return;
	CHECK_EQ(ctest_write(FAILSLAB "ignore-gfp-wait", "N"), 0);
	CHECK_EQ(ctest_write(FAILSLAB "verbose", "0"), 0);
	run_all(&kernel, names);
	CHECK_EQ(ctest_write(FAILSLAB "ignore-gfp-wait", "Y"), 0);
	sys_close(&fail_nth);
	/*
	 * videobuf2 of 6.12 forgets a dma-buf that it has no memory to attach to
	 * (__prepare_dmabuf()). We have no descriptor and no mapping left to hold one.
	 */
	ctest_lost_dma_bufs = ctest_dma_bufs() - dma_bufs;
}

static void own_begin(unsigned step)
{
	fail_after = step;
}

static bool own_end(int ret)
{
	bool failed = fail_after == 0;

	fail_after = 0;
	return failed;
}

static void own_memory(void)
{
	static const char *const names[] = {
		"shortage: the program's own memory, frames of the node's own",
		"shortage: the program's own memory, frames in udmabufs",
		"shortage: the program's own memory, frames in a heap",
	};
	static const struct shortage own = { own_begin, own_end, 10 };

	if (HAVE_OWN_MEMORY) {
		run_all(&own, names);
	} else {
		test_case(names[0]);
		test_skip("no way to make this C library's malloc fail");
	}
}

static struct rlimit unlimited;

static void descriptors_begin(unsigned step)
{
	struct rlimit limit = unlimited;

	/* ctest_descriptors() counts those that are open; the highest is one less. */
	limit.rlim_cur = ctest_descriptors() + step - 1;
	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static bool descriptors_end(int ret)
{
	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &unlimited), 0);
	if (ret < 0)
		CHECK_EQ(ret, -EMFILE);
	return ret < 0;
}

static void descriptors(void)
{
	static const char *const names[] = {
		"shortage: descriptors, frames of the node's own",
		"shortage: descriptors, frames in udmabufs",
		"shortage: descriptors, frames in a heap",
	};
	static const struct shortage few = { descriptors_begin, descriptors_end, 3 };

	CHECK_EQ(getrlimit(RLIMIT_NOFILE, &unlimited), 0);
	run_all(&few, names);
}

static const struct ctest_case cases[] = {
	{ "kernel-memory", kernel_memory },
	{ "own-memory", own_memory },
	{ "descriptors", descriptors },
};

int main(int argc, char **argv)
{
	return ctest_main(cases, CTEST_COUNT(cases), argc, argv);
}
