// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The file sink with direct I/O, or what /tmp gives for it: the same files as without, and each
 * frame back once.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/sink/direct.h"
#include "common/sink/file.h"
#include "common/stream/frame.h"
#include "test/unit/test.h"

#define NUM_BUFFERS 4
#define MAP_BYTES   32768
#define WIDTH       64
#define MAX_RESULTS 64

static struct {
	struct log log;
	char said[4096]; /* "code: sentence\n" each */
	struct video_format format;
	struct file_options options;
	struct sink *sink;
	struct buffer buffers[NUM_BUFFERS];
	struct frame frames[NUM_BUFFERS];
	uint32_t sequences[MAX_RESULTS];
	int errors[MAX_RESULTS];
	unsigned num_results;
	unsigned returned;
} scene;

static char folder[] = "/tmp/rawline-recording-XXXXXX";
static char pattern[1024];
static struct direct direct; /* what is asked for there; 0: nobody knows */

static void hear(void *context, enum log_level level, const char *code, const char *sentence)
{
	size_t used = strlen(scene.said);

	snprintf(scene.said + used, sizeof(scene.said) - used, "%s: %s\n", code, sentence);
}

static bool said(const char *part)
{
	if (strstr(scene.said, part))
		return true;
	printf("# said: %s\n", scene.said);
	return false;
}

static void done(void *context, struct frame *frame, const char *name, int error)
{
	if (scene.num_results == MAX_RESULTS)
		abort();
	scene.sequences[scene.num_results] = frame->sequence;
	scene.errors[scene.num_results++] = error;
}

static void released(void *context, struct frame *frame)
{
	scene.returned++;
}

static void clear(void)
{
	DIR *directory = opendir(folder);
	struct dirent *entry;

	while ((entry = readdir(directory)))
		unlinkat(dirfd(directory), entry->d_name, 0);
	closedir(directory);
}

static unsigned count_files(void)
{
	DIR *directory = opendir(folder);
	struct dirent *entry;
	unsigned count = 0;

	while ((entry = readdir(directory)))
		count += strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
	closedir(directory);
	return count;
}

/* Begins a case with an empty folder: frames of so many lines of 64 bytes. */
static void begin(const char *name, uint32_t height)
{
	test_case(name);
	sink_destroy(scene.sink);
	scene.sink = NULL;
	clear();
	scene.said[0] = '\0';
	scene.num_results = scene.returned = 0;
	scene.format = (struct video_format){
		.fourcc = V4L2_PIX_FMT_GREY,
		.width = WIDTH,
		.height = height,
		.num_planes = 1,
		.stride_bytes = { WIDTH },
		.size_bytes = { WIDTH * height },
	};
	scene.options = (struct file_options){
		.role = "main",
		.num_buffers = NUM_BUFFERS,
		.count = 10,
		.io = FILE_IO_DIRECT,
	};
}

static int create(const char *name)
{
	snprintf(pattern, sizeof(pattern), "%s/%s", folder, name);
	scene.options.pattern = pattern;
	return file_sink_create(&scene.log, &scene.options, &scene.format, done, &scene,
				&scene.sink);
}

static int prepare(void)
{
	return sink_prepare(scene.sink, scene.buffers, NUM_BUFFERS);
}

/* Both. False, with the case skipped, if direct I/O or io_uring can't be had at all. */
static bool open_direct(const char *name)
{
	int ret;

	if (!CHECK_EQ(create(name), 0))
		return false;
	ret = prepare();
	if (ret == -EOPNOTSUPP) {
		CHECK(said("io-refused: "));
		test_skip("no direct I/O, or no io_uring");
		return false;
	}
	CHECK_STR_EQ(scene.sink->io, "direct");
	CHECK(scene.sink->fd >= 0);
	return CHECK_EQ(ret, 0);
}

static unsigned char pixel(uint32_t sequence, size_t place)
{
	return (unsigned char)(sequence * 31 + place * 7 + place / 251);
}

static void wait_for_some(void)
{
	struct pollfd waited = { .fd = scene.sink->fd, .events = POLLIN };

	if (poll(&waited, 1, 20000) <= 0)
		abort();
	sink_dispatch(scene.sink);
}

/* In a buffer that nobody holds. */
static struct frame *free_frame(void)
{
	for (;;) {
		for (unsigned i = 0; i < NUM_BUFFERS; i++)
			if (!scene.frames[i].holders)
				return &scene.frames[i];
		wait_for_some();
	}
}

static void give(uint32_t sequence, uint32_t bytes)
{
	struct frame *frame = free_frame();
	unsigned char *map = frame->buffer->planes[0].map;

	frame->sequence = sequence;
	frame->timestamp_ns = 1000000000ull + sequence * 1000000ull;
	frame->bytesused[0] = bytes;
	for (size_t i = 0; i < bytes && i < MAP_BYTES; i++)
		map[i] = pixel(sequence, i);
	frame_hold(frame);
	sink_write(scene.sink, frame);
	frame_release(frame);
}

static int finish(void)
{
	int ret;

	while ((ret = sink_finish(scene.sink)) == -EINPROGRESS)
		wait_for_some();
	return ret;
}

static unsigned char got[64 * MAP_BYTES];

static ssize_t read_file(const char *name)
{
	ssize_t length;
	int fd;

	snprintf(pattern, sizeof(pattern), "%s/%s", folder, name);
	fd = open(pattern, O_RDONLY);
	length = read(fd, got, sizeof(got));
	close(fd);
	return length;
}

static bool is_frame(size_t offset, uint32_t sequence, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		if (got[offset + i] != pixel(sequence, i))
			return false;
	return true;
}

/* True if the file has these frames, so many bytes each, and ends behind them. */
static bool holds(const char *name, uint32_t first, unsigned count, size_t bytes)
{
	if (!CHECK_EQ(read_file(name), (ssize_t)(count * bytes)))
		return false;
	for (uint32_t i = 0; i < count; i++)
		if (!is_frame(i * bytes, first + i, bytes))
			return false;
	return true;
}

static void check_results(unsigned count, int last_error)
{
	CHECK_EQ(scene.num_results, count);
	CHECK_EQ(scene.returned, count);
	for (unsigned i = 0; i < count; i++)
		CHECK_EQ(scene.sequences[i], i);
	if (count)
		CHECK_EQ(scene.errors[count - 1], last_error);
}

static void one_file(void)
{
	begin("direct: all frames in one file, in order, none read by the CPU", 128);
	if (!open_direct("all.raw"))
		return;
	for (uint32_t i = 0; i < 20; i++)
		give(i, 8192);
	CHECK_EQ(finish(), 0);
	check_results(20, 0);
	CHECK_EQ(scene.sink->cpu_bytes, 0);
	CHECK_EQ(scene.sink->written_bytes, 20 * 8192);
	CHECK(holds("all.raw", 0, 20, 8192));
	CHECK_EQ(count_files(), 2);
}

static void ragged_frames(void)
{
	begin("direct: frames that end within a block, where memory may begin anywhere", 130);
	if (!direct.block_bytes || 8320 % direct.memory_bytes) {
		test_skip("not here");
		return;
	}
	if (!open_direct("all.raw"))
		return;
	for (uint32_t i = 0; i < 20; i++)
		give(i, 8320);
	CHECK_EQ(finish(), 0);
	check_results(20, 0);
	CHECK(scene.sink->cpu_bytes < 20 * 8320 / 2);
	CHECK(holds("all.raw", 0, 20, 8320));
}

static void own_files(void)
{
	begin("direct: a file for each frame, its tail cut off", 130);
	if (!open_direct("f-#.raw"))
		return;
	for (uint32_t i = 0; i < 9; i++)
		give(i, 8320);
	CHECK_EQ(finish(), 0);
	check_results(9, 0);
	CHECK(holds("f-000000.raw", 0, 1, 8320));
	CHECK(holds("f-000008.raw", 8, 1, 8320));
	CHECK_EQ(count_files(), 18);
}

static void short_frame(void)
{
	begin("direct: a frame that is shorter ends it, and nothing is lost", 128);
	if (!open_direct("all.raw"))
		return;
	for (uint32_t i = 0; i < 3; i++)
		give(i, 8192);
	give(3, 8191);
	give(4, 8192);
	CHECK_EQ(finish(), 0);
	check_results(5, 0);
	CHECK(said("io-changed: "));
	CHECK_STR_EQ(scene.sink->io, "buffered");
	CHECK_EQ(read_file("all.raw"), 5 * 8192 - 1);
	for (uint32_t i = 0; i < 4; i++)
		CHECK(is_frame(i * 8192, i, i < 3 ? 8192 : 8191));
	CHECK(is_frame(4 * 8192 - 1, 4, 8192));
}

static void lying_driver(void)
{
	begin("direct: more bytes than there is memory fail, what was before is kept", 128);
	if (!open_direct("all.raw"))
		return;
	for (uint32_t i = 0; i < 3; i++)
		give(i, 8192);
	give(3, MAP_BYTES + 1);
	give(4, 8192);
	CHECK_EQ(finish(), -EPROTO);
	check_results(5, -EPROTO);
	CHECK(said("file-failed: "));
	CHECK(said("file-kept: "));
	CHECK(holds("all.raw", 0, 3, 8192));
}

static void dropped(void)
{
	begin("direct: with drop two buffers stay with the driver", 128);
	scene.options.drop = true;
	if (!open_direct("all.raw"))
		return;
	for (uint32_t i = 0; i < 40; i++)
		give(i, 8192);
	CHECK_EQ(finish(), 0);
	CHECK_EQ(scene.num_results, 40);
	CHECK_EQ(scene.returned, 40);
	CHECK_EQ(scene.sink->written_frames + scene.sink->dropped_frames, 40);
}

static void cancelled(void)
{
	begin("direct: a cancel keeps whole frames", 128);
	if (!open_direct("all.raw"))
		return;
	for (uint32_t i = 0; i < 4; i++)
		give(i, 8192);
	sink_cancel(scene.sink);
	check_results(4, 0);
	CHECK(holds("all.raw", 0, 4, 8192));
}

static void discarded(void)
{
	begin("discard: nothing is kept", 128);
	scene.options.discard = true;
	scene.options.io = FILE_IO_AUTO;
	CHECK_EQ(create("all.raw"), 0);
	CHECK_EQ(prepare(), 0);
	for (uint32_t i = 0; i < 4; i++)
		give(i, 8192);
	CHECK_EQ(file_sink_sync(scene.sink), 0);
	CHECK_EQ(finish(), 0);
	CHECK_EQ(count_files(), 0);
}

static void refused(void)
{
	begin("direct: refused for pictures, and for what is no file", 128);
	CHECK_EQ(create("all.pgm"), -EOPNOTSUPP);
	CHECK(said("io-refused: "));
	scene.options.pattern = "/dev/null";
	CHECK_EQ(file_sink_create(&scene.log, &scene.options, &scene.format, done, &scene,
				  &scene.sink),
		 -EOPNOTSUPP);
	CHECK_EQ(count_files(), 0);

	begin("direct: refused for what has no fixed size", 128);
	scene.format.fourcc = V4L2_PIX_FMT_H264;
	CHECK_EQ(create("all.raw"), 0);
	CHECK_EQ(prepare(), -EOPNOTSUPP);
	CHECK(said("io-refused: "));
}

static void chosen(void)
{
	begin("auto: so few bytes go through the page cache, and it is said", 128);
	scene.options.io = FILE_IO_AUTO;
	scene.options.count_is_sure = true;
	CHECK_EQ(create("all.raw"), 0);
	CHECK_EQ(prepare(), 0);
	CHECK_STR_EQ(scene.sink->io, "buffered");
	CHECK(said("io: "));
	give(0, 8192);
	CHECK_EQ(finish(), 0);
	CHECK(holds("all.raw", 0, 1, 8192));

	begin("buffered: nothing is tried", 128);
	scene.options.io = FILE_IO_BUFFERED;
	CHECK_EQ(create("all.raw"), 0);
	CHECK_EQ(prepare(), 0);
	CHECK_EQ(scene.sink->fd, -1);
	CHECK_STR_EQ(scene.said, "");
}

static void no_space(void)
{
	struct statvfs status;

	begin("space: what can't be there is refused, and nothing is left", 128);
	if (statvfs(folder, &status) < 0 || !status.f_blocks) {
		test_skip("no limit here");
		return;
	}
	scene.options.count = status.f_blocks * status.f_frsize / 8192 + 1;
	scene.options.count_is_sure = true;
	CHECK_EQ(create("all.raw"), -ENOSPC);
	CHECK(said("no-space: "));
	CHECK(said("are free there"));
	CHECK_EQ(file_status(-ENOSPC), STATUS_OUTPUT);
	CHECK_EQ(count_files(), 0);
	scene.options.count_is_sure = false;
	CHECK_EQ(create("all.raw"), 0);
}

static void make_buffers(void)
{
	for (unsigned i = 0; i < NUM_BUFFERS; i++) {
		struct buffer *buffer = &scene.buffers[i];

		buffer_init(buffer, i, BUFFER_DEVICE);
		if (buffer_add_plane(buffer, -1, -1, MAP_BYTES))
			abort();
		buffer->planes[0].map = mmap(NULL, MAP_BYTES, PROT_READ | PROT_WRITE,
					     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		scene.frames[i] = (struct frame){
			.buffer = buffer,
			.format = &scene.format,
			.released = released,
		};
	}
}

static void find_rules(void)
{
	const char *why;
	int fd;

	snprintf(pattern, sizeof(pattern), "%s/try", folder);
	fd = open(pattern, O_WRONLY | O_CREAT, 0600);
	if (direct_ask(fd, true, &direct, &why) < 0)
		direct = (struct direct){ 0, 0 };
	close(fd);
}

int main(void)
{
	log_init(&scene.log, "test");
	scene.log.level = LOG_SILENT;
	scene.log.listener = hear;
	if (!mkdtemp(folder))
		return 1;
	make_buffers();
	find_rules();
	one_file();
	ragged_frames();
	own_files();
	short_frame();
	lying_driver();
	dropped();
	cancelled();
	discarded();
	refused();
	chosen();
	no_space();
	sink_destroy(scene.sink);
	for (unsigned i = 0; i < NUM_BUFFERS; i++)
		buffer_finish(&scene.buffers[i]);
	clear();
	rmdir(folder);
	return test_done();
}
