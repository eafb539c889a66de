// SPDX-License-Identifier: GPL-2.0-or-later
/* The ring: which frames it keeps, which go to which set, and what becomes of each of them. */
#include "common/sink/preroll.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/sys.h"
#include "common/sink/preroll_memory.h"
#include "common/stream/frame.h"
#include "test/unit/test.h"

#define FRAME_BYTES 4096
#define NUM_BUFFERS 32
#define MAX_RESULTS 256
#define MS          UINT64_C(1000000)
#define PERIOD_NS   (100 * MS)
#define BEGIN_NS    UINT64_C(1000000000)

/* What was told of a frame, by done() or later. */
struct result {
	uint32_t sequence;
	int error;
	uint64_t exposure_ns; /* as it was noted */
};

static struct {
	struct log log;
	char said[4096]; /* "code: sentence\n" each */
	struct video_format format;
	struct file_options file;
	struct sink *ring;
	struct buffer buffers[NUM_BUFFERS];
	struct frame frames[NUM_BUFFERS];
	uint32_t next;
	struct result done[MAX_RESULTS]; /* from sink_write() */
	unsigned num_done;
	struct result told[MAX_RESULTS]; /* later */
	unsigned num_told;
	struct preroll_set sets[MAX_RESULTS];
	unsigned num_sets;
	uint64_t exposure_ns; /* in force now */
	uint64_t late_ns;     /* of the frame that was too late */
	bool closes;          /* what is too late closes the set */
} scene;

static char folder[] = "/tmp/rawline-ring-XXXXXX";
static char path_text[1024];

static const char *in_folder(const char *name)
{
	snprintf(path_text, sizeof(path_text), "%s/%s", folder, name);
	return path_text;
}

static void hear(void *context, enum log_level level, const char *code, const char *sentence)
{
	size_t used = strlen(scene.said);

	snprintf(scene.said + used, sizeof(scene.said) - used, "%s: %s\n", code, sentence);
}

static bool said(const char *part)
{
	bool found = strstr(scene.said, part) != NULL;

	if (!found)
		printf("# said: %s\n", scene.said);
	return found;
}

static void note(struct result *results, unsigned *count, const struct frame *frame, int error)
{
	if (*count == MAX_RESULTS)
		abort();
	CHECK(frame->holders > 0);
	results[(*count)++] = (struct result){
		.sequence = frame->sequence,
		.error = error,
		.exposure_ns = frame->settings ? frame->settings->exposure_ns : 0,
	};
}

static void done(void *context, struct frame *frame, const char *name, int error)
{
	note(scene.done, &scene.num_done, frame, error);
}

static void told(void *context, struct frame *frame, const char *name, int error)
{
	CHECK(context == &scene);
	CHECK_EQ(name != NULL, error == 0);
	note(scene.told, &scene.num_told, frame, error);
}

static void is_over(void *context, uint64_t late_ns)
{
	scene.late_ns = late_ns;
	if (scene.closes)
		preroll_close(scene.ring);
}

static void is_complete(void *context, const struct preroll_set *set)
{
	scene.sets[scene.num_sets++] = *set;
}

static void settings(void *context, const struct frame *frame, struct sidecar_settings *found)
{
	found->exposure_ns = scene.exposure_ns;
}

static void make_buffers(void)
{
	for (unsigned i = 0; i < NUM_BUFFERS; i++) {
		struct buffer *buffer = &scene.buffers[i];

		buffer_init(buffer, i, BUFFER_DEVICE);
		if (buffer_add_plane(buffer, -1, -1, FRAME_BYTES))
			abort();
		buffer->planes[0].map = mmap(NULL, FRAME_BYTES, PROT_READ | PROT_WRITE,
					     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		scene.frames[i] = (struct frame){ .buffer = buffer, .format = &scene.format };
	}
}

static void empty_folder(void)
{
	DIR *directory = opendir(folder);
	struct dirent *entry;

	while ((entry = readdir(directory)))
		unlinkat(dirfd(directory), entry->d_name, 0);
	closedir(directory);
}

static void reset(void)
{
	sink_destroy(scene.ring);
	scene.ring = NULL;
	empty_folder();
	scene.said[0] = '\0';
	scene.num_done = scene.num_told = scene.num_sets = 0;
	scene.next = 0;
	scene.late_ns = 0;
	scene.closes = true;
	scene.exposure_ns = 1000;
	for (unsigned i = 0; i < NUM_BUFFERS; i++) {
		CHECK_EQ(scene.frames[i].holders, 0);
		CHECK(!scene.frames[i].settings);
	}
	scene.file = (struct file_options){
		.pattern = "clip.raw",
		.role = "main",
		.io = FILE_IO_BUFFERED,
		.settings = settings,
		.settings_context = &scene,
	};
}

/* A ring of half a second, that is five frames and the newest. */
static int create(void)
{
	static char pattern[1024];
	const struct preroll_events events = { told, is_over, is_complete, &scene };

	if (scene.file.pattern[0] != '/') {
		snprintf(pattern, sizeof(pattern), "%s", in_folder(scene.file.pattern));
		scene.file.pattern = pattern;
	}
	return preroll_create(&scene.log, 500 * MS, &scene.file, &scene.format, &events,
			      done, &scene, &scene.ring);
}

static void open_ring(unsigned lent, unsigned slots)
{
	CHECK_EQ(create(), 0);
	CHECK_EQ(preroll_reserve(scene.ring, lent, &scene.buffers[0], slots, true), 0);
	CHECK_EQ(sink_prepare(scene.ring, scene.buffers, NUM_BUFFERS), 0);
}

static void give_at(uint64_t time_ns, uint32_t flags)
{
	struct frame *frame = NULL;

	for (unsigned i = 0; i < NUM_BUFFERS && !frame; i++)
		if (!scene.frames[i].holders)
			frame = &scene.frames[i];
	if (!frame)
		abort();
	frame->sequence = scene.next++;
	frame->timestamp_ns = time_ns;
	frame->flags = flags;
	frame->bytesused[0] = FRAME_BYTES;
	memset(frame->buffer->planes[0].map, (int)frame->sequence, FRAME_BYTES);
	frame_hold(frame);
	sink_write(scene.ring, frame);
	frame_release(frame);
	/* The driver fills it anew as soon as it can. */
	if (!frame->holders)
		memset(frame->buffer->planes[0].map, 0xee, FRAME_BYTES);
}

static uint64_t time_of(uint32_t sequence)
{
	return BEGIN_NS + sequence * PERIOD_NS;
}

static void give(unsigned count)
{
	while (count--)
		give_at(time_of(scene.next), V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC);
}

/* Until so many sets are complete. */
static void wait_sets(unsigned count)
{
	struct pollfd waited = { .fd = scene.ring->fd, .events = POLLIN };

	while (scene.num_sets < count) {
		if (poll(&waited, 1, 20000) <= 0) {
			CHECK(!"a set is complete in time");
			return;
		}
		sink_dispatch(scene.ring);
	}
}

static int finish(void)
{
	struct pollfd waited = { .fd = scene.ring->fd, .events = POLLIN };
	int ret;

	while ((ret = sink_finish(scene.ring)) == -EINPROGRESS) {
		if (poll(&waited, 1, 20000) <= 0)
			return -ETIMEDOUT;
		sink_dispatch(scene.ring);
	}
	return ret;
}

static bool is_there(const char *name)
{
	return access(in_folder(name), F_OK) == 0;
}

static unsigned count_files(void)
{
	DIR *directory = opendir(folder);
	unsigned count = 0;
	struct dirent *entry;

	while ((entry = readdir(directory)))
		count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(directory);
	return count;
}

/* "3 4 5", the frames in a file of many; "4!" if one's bytes are not all its own. */
static const char *frames_in(const char *name)
{
	static char text[1024];
	unsigned char bytes[FRAME_BYTES];
	size_t used = 0;
	int fd = open(in_folder(name), O_RDONLY);

	text[0] = '\0';
	if (fd < 0)
		return "(no file)";
	while (read(fd, bytes, sizeof(bytes)) == sizeof(bytes)) {
		bool whole = true;

		for (size_t i = 0; i < sizeof(bytes); i++)
			whole &= bytes[i] == bytes[0];
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%u%s",
					 used ? " " : "", bytes[0], whole ? "" : "!");
	}
	close(fd);
	return text;
}

/* "0 1 2", of those that were told this. */
static const char *with(const struct result *results, unsigned count, int error)
{
	static char text[1024];
	size_t used = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < count; i++)
		if (results[i].error == error)
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%u",
						 used ? " " : "", results[i].sequence);
	return text;
}

#define TOLD(error) with(scene.told, scene.num_told, error)
#define DONE(error) with(scene.done, scene.num_done, error)

static void ages(unsigned lent, unsigned slots)
{
	reset();
	open_ring(lent, slots);
	give(10);
	CHECK_STR_EQ(DONE(SINK_KEPT), "0 1 2 3 4 5 6 7 8 9");
	CHECK_STR_EQ(TOLD(SINK_PASSED), "0 1 2 3");
	CHECK_EQ(preroll_kept_frames(scene.ring), 6);
	CHECK_EQ(preroll_oldest_ns(scene.ring), time_of(4));
	CHECK_EQ(finish(), 0);
	CHECK_STR_EQ(TOLD(SINK_PASSED), "0 1 2 3 4 5 6 7 8 9");
	sink_destroy(scene.ring);
	scene.ring = NULL;
	CHECK_EQ(count_files(), 0);
}

/* On the way that this file system has, which need not be the page cache. */
static void writes_directly(unsigned lent, unsigned slots)
{
	reset();
	scene.file.io = FILE_IO_AUTO;
	open_ring(lent, slots);
	for (unsigned i = 1; i <= 2; i++) {
		give(5);
		CHECK_EQ(preroll_open(scene.ring, i, time_of(5 * i + 4)), 0);
		give(5);
		preroll_close(scene.ring);
		wait_sets(i);
	}
	CHECK_STR_EQ(frames_in("clip-001.raw"), "0 1 2 3 4 5 6 7 8 9");
	CHECK_STR_EQ(frames_in("clip-002.raw"), "10 11 12 13 14");
	CHECK_EQ(finish(), 0);
}

/* Frames 4 to 12, then 17 to 22: no gap between before and after, no frame in two sets. */
static void writes_sets(unsigned lent, unsigned slots)
{
	reset();
	open_ring(lent, slots);
	give(10);
	CHECK_EQ(preroll_open(scene.ring, 1, time_of(12)), 0);
	CHECK(preroll_is_open(scene.ring));
	CHECK(!preroll_is_over(scene.ring));
	CHECK_EQ(preroll_kept_frames(scene.ring), 0);
	give(3);
	CHECK(!is_there("clip-001.raw"));
	CHECK_EQ(scene.late_ns, 0);
	give(1);
	CHECK_EQ(scene.late_ns, PERIOD_NS);
	CHECK(!preroll_is_open(scene.ring));
	wait_sets(1);
	CHECK_STR_EQ(frames_in("clip-001.raw"), "4 5 6 7 8 9 10 11 12");
	CHECK(is_there("clip-001.raw.json"));
	CHECK_EQ(scene.sets[0].number, 1);
	CHECK_EQ(scene.sets[0].frames, 9);
	CHECK_EQ(scene.sets[0].files, 1);
	CHECK_EQ(scene.sets[0].error, 0);

	give(9);
	CHECK_EQ(preroll_open(scene.ring, 2, time_of(22)), 0);
	preroll_close(scene.ring);
	wait_sets(2);
	CHECK_STR_EQ(frames_in("clip-002.raw"), "17 18 19 20 21 22");
	CHECK_STR_EQ(TOLD(SINK_PASSED), "0 1 2 3 13 14 15 16");
	CHECK_EQ(finish(), 0);
	CHECK_EQ(scene.ring->written_frames, 15);
}

static void plain(void)
{
	test_case("ring: keeps the driver's frames until they are too old");
	ages(8, 0);
	test_case("ring: keeps copies until they are too old");
	ages(0, 8);
	/* One of its buffers is enough for the driver. */
	CHECK_EQ(scene.frames[0].sequence, 9);

	test_case("ring: two sets of the driver's frames, and what comes between is in none");
	writes_sets(16, 0);
	CHECK_EQ(scene.ring->cpu_bytes, 15 * FRAME_BYTES);
	test_case("ring: two sets of copies; they cost reading each frame once more");
	writes_sets(0, 16);
	CHECK_EQ(scene.ring->cpu_bytes, (23 + 15) * FRAME_BYTES);
}

static void direct(void)
{
	test_case("ring: the driver's frames, on whatever way files are written");
	writes_directly(24, 0);
	test_case("ring: copies, on whatever way files are written");
	writes_directly(0, 24);
}

static void settings_are_kept(void)
{
	char text[8192] = "";
	ssize_t length;
	int fd;

	test_case("ring: what made a frame is asked when it comes, not when it is written");
	reset();
	open_ring(0, 16);
	scene.exposure_ns = 7654321;
	give(2);
	scene.exposure_ns = 8765432;
	give(1);
	scene.exposure_ns = 9876543;
	CHECK_EQ(preroll_open(scene.ring, 1, time_of(2)), 0);
	preroll_close(scene.ring);
	wait_sets(1);
	fd = open(in_folder("clip-001.raw.json"), O_RDONLY);
	length = read(fd, text, sizeof(text) - 1);
	close(fd);
	CHECK(length > 0);
	CHECK_EQ(scene.told[1].exposure_ns, 7654321);
	CHECK_EQ(scene.told[2].exposure_ns, 8765432);
	CHECK(strstr(text, "7654321") && strstr(text, "8765432"));
	CHECK(!strstr(text, "9876543"));
}

static void pictures(void)
{
	test_case("ring: a file for each frame, with the set's number ahead of the frame's");
	reset();
	scene.file.pattern = "clip-#.pgm";
	open_ring(0, 16);
	give(4);
	CHECK_EQ(preroll_open(scene.ring, 1, time_of(3)), 0);
	preroll_close(scene.ring);
	wait_sets(1);
	CHECK(is_there("clip-001-000000.pgm"));
	CHECK(is_there("clip-001-000003.pgm"));
	CHECK_EQ(scene.sets[0].files, 4);
	CHECK_EQ(count_files(), 4);
}

static void extended(void)
{
	test_case("ring: a set that is still open lasts longer, also with what was too late for it");
	reset();
	scene.closes = false;
	open_ring(0, 32);
	give(2);
	CHECK_EQ(preroll_open(scene.ring, 1, time_of(3)), 0);
	give(4);
	CHECK(preroll_is_open(scene.ring));
	CHECK(preroll_is_over(scene.ring));
	CHECK_EQ(preroll_kept_frames(scene.ring), 2);
	preroll_extend(scene.ring, time_of(7));
	CHECK(!preroll_is_over(scene.ring));
	CHECK_EQ(preroll_kept_frames(scene.ring), 0);
	/* An end that is earlier changes nothing. */
	preroll_extend(scene.ring, time_of(6));
	give(3);
	CHECK(preroll_is_over(scene.ring));
	preroll_close(scene.ring);
	wait_sets(1);
	CHECK_STR_EQ(frames_in("clip-001.raw"), "0 1 2 3 4 5 6 7");
	CHECK_EQ(preroll_kept_frames(scene.ring), 1);
}

static void waiting(void)
{
	test_case("ring: a set waits for the one before it, and each has its own frames");
	reset();
	scene.closes = false;
	open_ring(0, 32);
	give(1);
	CHECK_EQ(preroll_open(scene.ring, 1, time_of(11)), 0);
	CHECK_EQ(preroll_open(scene.ring, 2, 0), -EBUSY);
	/* More than a file sink is given at once: the rest waits until somebody looks. */
	give(11);
	preroll_close(scene.ring);
	for (unsigned i = 2; i <= PREROLL_MAX_SETS; i++) {
		give(2);
		CHECK_EQ(preroll_open(scene.ring, i, 0), 0);
		preroll_close(scene.ring);
		CHECK_EQ(preroll_pending_sets(scene.ring), i);
	}
	CHECK_EQ(preroll_open(scene.ring, 9, 0), -EBUSY);
	wait_sets(PREROLL_MAX_SETS);
	CHECK_STR_EQ(frames_in("clip-001.raw"), "0 1 2 3 4 5 6 7 8 9 10 11");
	CHECK_STR_EQ(frames_in("clip-002.raw"), "12 13");
	CHECK_STR_EQ(frames_in("clip-008.raw"), "24 25");
	for (unsigned i = 0; i < PREROLL_MAX_SETS; i++)
		CHECK_EQ(scene.sets[i].number, i + 1);
	/* The places are used again. */
	give(1);
	CHECK_EQ(preroll_open(scene.ring, 9, 0), 0);
	preroll_close(scene.ring);
	wait_sets(PREROLL_MAX_SETS + 1);
	CHECK_STR_EQ(frames_in("clip-009.raw"), "26");

	test_case("ring: a set without frames makes no file");
	CHECK_EQ(preroll_open(scene.ring, 10, 0), 0);
	preroll_close(scene.ring);
	wait_sets(PREROLL_MAX_SETS + 2);
	CHECK_EQ(scene.sets[9].frames, 0);
	CHECK_EQ(scene.sets[9].files, 0);
	CHECK(!is_there("clip-010.raw"));
}

/* Nothing is dispatched: to the ring that is a disk that takes nothing. */
static void no_room(void)
{
	test_case("ring: more frames than it has room for: the oldest go early, said once");
	reset();
	open_ring(0, 4);
	give(7);
	CHECK_EQ(preroll_kept_frames(scene.ring), 4);
	CHECK_STR_EQ(TOLD(SINK_PASSED), "0 1 2");
	CHECK(said("ring-short: main: more frames come than the ring has room for: its oldest go "
		   "before they are 500ms old"));
	CHECK(!strstr(strstr(scene.said, "ring-short") + 1, "ring-short"));

	test_case("ring: no room in a set, --overflow=drop: frames are dropped, and the set has the rest");
	reset();
	scene.file.drop = true;
	open_ring(0, 4);
	give(3);
	CHECK_EQ(preroll_open(scene.ring, 1, time_of(100)), 0);
	give(4);
	CHECK_STR_EQ(DONE(SINK_DROPPED), "4 5 6");
	CHECK_EQ(scene.ring->error, 0);
	CHECK_EQ(finish(), 0);
	CHECK_STR_EQ(frames_in("clip-001.raw"), "0 1 2 3");
	CHECK_EQ(scene.ring->dropped_frames, 3);

	test_case("ring: the same with --overflow=block: the driver's buffers are held, nothing is lost");
	reset();
	open_ring(0, 4);
	give(3);
	CHECK_EQ(preroll_open(scene.ring, 1, time_of(100)), 0);
	give(4);
	CHECK_STR_EQ(DONE(SINK_KEPT), "0 1 2 3 4 5 6");
	CHECK_EQ(scene.frames[3].holders + scene.frames[0].holders > 0, true);
	CHECK_EQ(finish(), 0);
	CHECK_STR_EQ(frames_in("clip-001.raw"), "0 1 2 3 4 5 6");

	test_case("ring: all room with a set that is being written: new frames pass, no failure");
	reset();
	open_ring(0, 12);
	give(1);
	CHECK_EQ(preroll_open(scene.ring, 1, time_of(11)), 0);
	give(11);
	preroll_close(scene.ring);
	give(2);
	CHECK_STR_EQ(DONE(SINK_PASSED), "12 13");
	wait_sets(1);
	give(1);
	CHECK_EQ(preroll_kept_frames(scene.ring), 1);
	CHECK_EQ(finish(), 0);

	test_case("ring: the driver's own buffers are never all held for what nobody asked for");
	reset();
	open_ring(3, 0);
	give(10);
	CHECK_EQ(preroll_kept_frames(scene.ring), 3);
	CHECK_STR_EQ(TOLD(SINK_PASSED), "0 1 2 3 4 5 6");
}

static void times(void)
{
	test_case("ring: times that are none, or go back: those of arrival are taken");
	reset();
	open_ring(0, 8);
	give_at(0, V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC);
	CHECK(preroll_oldest_ns(scene.ring) > 0);
	CHECK(preroll_oldest_ns(scene.ring) <= sys_monotonic_ns());
	reset();
	open_ring(0, 8);
	give_at(5, V4L2_BUF_FLAG_TIMESTAMP_COPY);
	CHECK(preroll_oldest_ns(scene.ring) > 5);
	reset();
	open_ring(0, 8);
	give_at(5000, V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC);
	CHECK_EQ(preroll_oldest_ns(scene.ring), 5000);
	give_at(4000, V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC);
	/* The first is old by that clock. */
	CHECK_EQ(preroll_kept_frames(scene.ring), 1);

	test_case("ring: what time it is, by a clock of the camera's own");
	reset();
	open_ring(0, 8);
	CHECK_EQ(preroll_time_ns(scene.ring, 77), 77);
	give(1);
	CHECK_EQ(preroll_time_ns(scene.ring, time_of(3)), time_of(3));
	CHECK_EQ(preroll_time_ns(scene.ring, time_of(3000)), time_of(0));
	reset();
	open_ring(0, 8);
	give_at(UINT64_C(3600000000000), V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC);
	CHECK_EQ(preroll_time_ns(scene.ring, BEGIN_NS), UINT64_C(3600000000000));
}

static void ends(void)
{
	test_case("ring: ended in the middle of a set, which is written whole");
	reset();
	open_ring(0, 32);
	give(3);
	CHECK_EQ(preroll_open(scene.ring, 1, time_of(100)), 0);
	give(20);
	CHECK_EQ(finish(), 0);
	CHECK_STR_EQ(frames_in("clip-001.raw"),
		     "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22");
	CHECK_EQ(count_files(), 2);
	CHECK_EQ(preroll_open(scene.ring, 2, 0), -ECANCELED);
	give(1);
	CHECK_STR_EQ(DONE(-ECANCELED), "23");

	test_case("ring: cancelled in the middle of a set: each frame is told of, none is left");
	reset();
	open_ring(0, 32);
	give(3);
	CHECK_EQ(preroll_open(scene.ring, 1, time_of(100)), 0);
	give(20);
	sink_cancel(scene.ring);
	CHECK_EQ(scene.num_told, 23);
	CHECK_EQ(scene.num_sets, 1);
	CHECK_EQ(scene.sets[0].error, -ECANCELED);
	CHECK_EQ(preroll_pending_sets(scene.ring), 0);
	sink_destroy(scene.ring);
	scene.ring = NULL;
	CHECK(count_files() == 0 || count_files() == 2);

	test_case("ring: what was never made room for can be destroyed");
	reset();
	CHECK_EQ(create(), 0);
	sink_destroy(scene.ring);
	scene.ring = NULL;
	CHECK_EQ(count_files(), 0);
	sink_destroy(NULL);
}

static void failures(void)
{
	char link_text[64];

	test_case("ring: files that are there are a reason not to begin, of whatever set");
	reset();
	close(open(in_folder("clip-042.raw.json"), O_CREAT | O_WRONLY, 0600));
	CHECK_EQ(create(), -EEXIST);
	CHECK(said("file-exists: clip-042.raw.json exists: --force replaces files"));
	scene.file.force = true;
	CHECK_EQ(create(), 0);

	test_case("ring: what is no file can't have sets");
	reset();
	scene.file.pattern = "/dev/null";
	CHECK_EQ(create(), -EOPNOTSUPP);
	CHECK(said("/dev/null can't be written with --ring: each trigger makes files of its own"));

	test_case("ring: what a file sink refuses, it refuses at the beginning");
	reset();
	scene.file.pattern = "clip.gif";
	CHECK_EQ(create(), -EOPNOTSUPP);
	reset();
	scene.file.pattern = "/nowhere/at/all/clip.raw";
	CHECK_EQ(create(), -ENOENT);

	test_case("ring: a file that came meanwhile fails its set and the ring, and stays as it is");
	reset();
	open_ring(0, 8);
	give(2);
	close(open(in_folder("clip-001.raw"), O_CREAT | O_WRONLY, 0600));
	CHECK_EQ(preroll_open(scene.ring, 1, 0), 0);
	preroll_close(scene.ring);
	wait_sets(1);
	CHECK_EQ(scene.sets[0].error, -EEXIST);
	CHECK_STR_EQ(frames_in("clip-001.raw"), "");
	give(1);
	CHECK_STR_EQ(DONE(-EEXIST), "2");
	CHECK_EQ(preroll_open(scene.ring, 2, 0), -EEXIST);
	CHECK_EQ(finish(), -EEXIST);

	test_case("ring: a later set that can't be opened fails the ring");
	reset();
	snprintf(link_text, sizeof(link_text), "%s-link", folder);
	unlink(link_text);
	if (symlink(folder, link_text))
		abort();
	scene.file.pattern = strcat(link_text, "/clip.raw");
	CHECK_EQ(create(), 0);
	CHECK_EQ(preroll_reserve(scene.ring, 0, &scene.buffers[0], 8, false), 0);
	*strrchr(link_text, '/') = '\0';
	unlink(link_text);
	*strchr(link_text, '\0') = '/';
	give(1);
	CHECK_EQ(preroll_open(scene.ring, 1, 0), 0);
	preroll_close(scene.ring);
	wait_sets(1);
	CHECK_EQ(scene.sets[0].error, 0);
	CHECK_EQ(preroll_open(scene.ring, 2, 0), -ENOENT);
	CHECK_EQ(scene.ring->error, -ENOENT);
}

static void bill(void)
{
	struct preroll_bill found;

	test_case("bill: frames of the time, one more, and what the writer has");
	preroll_bill(2000 * MS, (struct text_fraction){ 30, 1 }, &found);
	CHECK_EQ(found.frames, 61);
	CHECK_EQ(found.buffers, 61 + PREROLL_SPARE);
	CHECK_EQ(found.slots, 61 + 15 + PREROLL_SPARE);
	preroll_bill(1001 * MS, (struct text_fraction){ 30000, 1001 }, &found);
	CHECK_EQ(found.frames, 31);
	preroll_bill(1, (struct text_fraction){ 30, 1 }, &found);
	CHECK_EQ(found.frames, 2);
	test_case("bill: at an unknown rate so many frames as a fast camera has");
	preroll_bill(1000 * MS, (struct text_fraction){ 0, 0 }, &found);
	CHECK_EQ(found.frames, 121);
}

int main(void)
{
	if (!mkdtemp(folder))
		return 1;
	log_init(&scene.log, "ring");
	scene.log.level = LOG_SILENT;
	scene.log.listener = hear;
	scene.format = (struct video_format){
		.fourcc = V4L2_PIX_FMT_GREY,
		.width = 64,
		.height = 64,
		.num_planes = 1,
		.stride_bytes = { 64 },
		.size_bytes = { FRAME_BYTES },
	};
	make_buffers();
	plain();
	direct();
	settings_are_kept();
	pictures();
	extended();
	waiting();
	no_room();
	times();
	ends();
	failures();
	bill();
	reset();
	rmdir(folder);
	return test_done();
}
