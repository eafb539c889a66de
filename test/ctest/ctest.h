/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the C tests of the lab share: cases chosen by name, each of which must leave
 * nothing open; devices found by name; frames, faults and other processes.
 *
 *	static const struct ctest_case cases[] = { { "pads", pads }, { "lock", lock } };
 *
 *	int main(int argc, char **argv)
 *	{
 *		return ctest_main(cases, CTEST_COUNT(cases), argc, argv);
 *	}
 */
#ifndef RAWLINE_CTEST_H
#define RAWLINE_CTEST_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/media-bus-format.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/sys.h"
#include "common/device/media.h"
#include "common/device/subdev.h"
#include "common/device/video.h"
#include "test/unit/test.h"

#define CTEST_COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CTEST_PATTERN      0xa5
#define CTEST_NODE_SIZE    64
/* Longest time in milliseconds that a frame or another process may take. */
#define CTEST_LIMIT_MS 5000

/* ---- cases ---- */

struct ctest_case {
	const char *name; /* to choose it by */
	void (*run)(void);
};

/* Open descriptors of this process. */
static TEST_UNUSED unsigned ctest_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	unsigned count = 0;

	if (!directory)
		return 0;
	while (readdir(directory))
		count++;
	closedir(directory);
	/* Without ".", ".." and the directory itself. */
	return count - 3;
}

/* dma-bufs that are alive in the whole kernel; the last line is "Total 2 objects, ...". */
static TEST_UNUSED unsigned ctest_dma_bufs(void)
{
	FILE *file = fopen("/sys/kernel/debug/dma_buf/bufinfo", "re");
	unsigned total = 0, value;
	char line[512];

	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "Total %u objects", &value) == 1)
			total = value;
	fclose(file);
	return total;
}

/* Frames that are mapped into this process, through their node, dma-buf or memfd. */
static TEST_UNUSED unsigned ctest_mappings(void)
{
	FILE *file = fopen("/proc/self/maps", "re");
	unsigned count = 0;
	char line[512];

	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file))
		count += strstr(line, "/dev/video") || strstr(line, "/dmabuf") ||
			 strstr(line, "/memfd:");
	fclose(file);
	return count;
}

/* dma-bufs that the kernel itself lost in this case, by a fault of its own. */
static TEST_UNUSED unsigned ctest_lost_dma_bufs;

static TEST_UNUSED void ctest_run(const struct ctest_case *run)
{
	unsigned descriptors = ctest_descriptors(), dma_bufs = ctest_dma_bufs();

	ctest_lost_dma_bufs = 0;
	run->run();
	CHECK_EQ(ctest_descriptors(), descriptors);
	CHECK_EQ(ctest_mappings(), 0);
	CHECK_EQ(ctest_dma_bufs(), dma_bufs + ctest_lost_dma_bufs);
}

static TEST_UNUSED const struct ctest_case *ctest_find(const struct ctest_case *cases,
						       size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(cases[i].name, name))
			return &cases[i];
	return NULL;
}

/* Runs the cases that the arguments name, in that order; all without arguments. */
static TEST_UNUSED int ctest_main(const struct ctest_case *cases, size_t count, int argc,
				  char **argv)
{
	const struct ctest_case *chosen;

	for (size_t i = 0; argc < 2 && i < count; i++)
		ctest_run(&cases[i]);
	for (int i = 1; i < argc; i++) {
		chosen = ctest_find(cases, count, argv[i]);
		if (!chosen) {
			fprintf(stderr, "%s: there is no case '%s'\n", argv[0], argv[i]);
			return 2;
		}
		ctest_run(chosen);
	}
	return test_done();
}

/* ---- what was said ---- */

struct ctest_ears {
	struct log log;
	unsigned count;
	char text[8192]; /* a line a message: its code, a space, its sentence */
};

static TEST_UNUSED void ctest_hear(void *context, enum log_level level, const char *code,
				   const char *sentence)
{
	struct ctest_ears *ears = context;
	size_t used = strlen(ears->text);

	ears->count++;
	snprintf(ears->text + used, sizeof(ears->text) - used, "%s %s\n", code, sentence);
}

/* Details too; only errors are printed. */
static TEST_UNUSED struct log *ctest_listen(struct ctest_ears *ears)
{
	memset(ears, 0, sizeof(*ears));
	log_init(&ears->log, "ctest");
	ears->log.level = LOG_ERROR;
	ears->log.listener = ctest_hear;
	ears->log.listener_context = ears;
	return &ears->log;
}

/* Checks that this was said; shows what was said instead. */
static TEST_UNUSED bool ctest_heard(const char *file, int line,
				    const struct ctest_ears *ears, const char *text)
{
	if (strstr(ears->text, text))
		return true;
	test_fail(file, line, "not said: \"%s\", but: \"%s\"", text, ears->text);
	return false;
}

#define CHECK_HEARD(ears, text) ctest_heard(__FILE__, __LINE__, ears, text)

/* ---- devices ---- */

/* The node of a video device or sub-device by its name in sysfs; "" if there is none. */
static TEST_UNUSED const char *ctest_node(const char *wanted, char node[CTEST_NODE_SIZE])
{
	DIR *directory = opendir("/sys/class/video4linux");
	char path[300], name[64];
	struct dirent *entry;

	node[0] = '\0';
	while (directory && (entry = readdir(directory))) {
		snprintf(path, sizeof(path), "/sys/class/video4linux/%s/name", entry->d_name);
		if (sys_read_text(path, name, sizeof(name)) < 0 || strcmp(name, wanted))
			continue;
		snprintf(node, CTEST_NODE_SIZE, "/dev/%.50s", entry->d_name);
	}
	if (directory)
		closedir(directory);
	return node;
}

/* The media graph of a driver; NULL, and the case fails, if there is none. */
static TEST_UNUSED struct media *ctest_media(struct log *log, const char *driver)
{
	char path[CTEST_NODE_SIZE];
	struct media *media;

	for (unsigned i = 0; i < 16; i++) {
		snprintf(path, sizeof(path), "/dev/media%u", i);
		if (media_open(log, path, &media) < 0)
			continue;
		if (!strcmp(media->info.driver, driver))
			return media;
		media_destroy(media);
	}
	test_fail(__FILE__, __LINE__, "no media device of driver %s", driver);
	return NULL;
}

static TEST_UNUSED struct subdev *ctest_subdev(struct log *log, const char *name)
{
	char node[CTEST_NODE_SIZE];
	struct subdev *subdev;
	int ret;

	ret = subdev_open(log, ctest_node(name, node), name, &subdev);
	if (ret == 0)
		return subdev;
	test_fail(__FILE__, __LINE__, "%s: %s", name, strerror(-ret));
	return NULL;
}

static TEST_UNUSED struct video *ctest_video(struct log *log, const char *name,
					     enum video_direction direction)
{
	char node[CTEST_NODE_SIZE];
	struct video *video;
	int ret;

	ret = video_open(log, ctest_node(name, node), name, direction, &video);
	if (ret == 0)
		return video;
	test_fail(__FILE__, __LINE__, "%s: %s", name, strerror(-ret));
	return NULL;
}

/* Asks for a format and takes what comes. */
static TEST_UNUSED int ctest_set_format(struct video *video, uint32_t fourcc,
					uint32_t width, uint32_t height)
{
	struct video_format format = video->format;

	format.fourcc = fourcc;
	format.width = width;
	format.height = height;
	format.field = V4L2_FIELD_NONE;
	format.num_planes = 0;
	memset(format.stride_bytes, 0, sizeof(format.stride_bytes));
	memset(format.size_bytes, 0, sizeof(format.size_bytes));
	return video_set_format(video, &format);
}

/* Sets a control by the name the kernel gives it, as a person would for a fault. */
static TEST_UNUSED int ctest_poke(int fd, const char *name, int value)
{
	struct v4l2_queryctrl query = { .id = V4L2_CTRL_FLAG_NEXT_CTRL };
	struct v4l2_control control = { .value = value };

	while (ioctl(fd, VIDIOC_QUERYCTRL, &query) == 0) {
		if (!strcmp((const char *)query.name, name)) {
			control.id = query.id;
			return sys_ioctl(fd, VIDIOC_S_CTRL, &control);
		}
		query.id |= V4L2_CTRL_FLAG_NEXT_CTRL;
	}
	return -ENOENT;
}

/* Writes a word to a file of the kernel's. 0 or -errno. */
static TEST_UNUSED int ctest_write(const char *path, const char *word)
{
	int fd, ret;

	fd = sys_open(path, O_WRONLY);
	if (fd < 0)
		return fd;
	ret = sys_write_all(fd, word, strlen(word));
	sys_close(&fd);
	return ret;
}

/* ---- frames ---- */

/* What a descriptor has to say in time; 0 if it says nothing. */
static TEST_UNUSED int ctest_poll(int fd, short events, int limit_ms)
{
	struct pollfd waited = { .fd = fd, .events = events };

	return poll(&waited, 1, limit_ms) > 0 ? waited.revents : 0;
}

/* Waits for a frame and takes it. As video_dequeue(), -ETIMEDOUT if none came. */
static TEST_UNUSED int ctest_next(struct video *video, struct video_done *done)
{
	short events = video->output ? POLLOUT : POLLIN;

	memset(done, CTEST_PATTERN, sizeof(*done));
	if (!ctest_poll(video->fd, events, CTEST_LIMIT_MS))
		return -ETIMEDOUT;
	return video_dequeue(video, done);
}

/* Asks for buffers of the node's own and maps them. How many there are, or -errno. */
static TEST_UNUSED int ctest_map(struct video *video, struct buffer *buffers, unsigned count)
{
	int ret;

	ret = video_request_buffers(video, V4L2_MEMORY_MMAP, &count);
	for (unsigned i = 0; ret == 0 && i < count; i++)
		ret = video_map_buffer(video, i, &buffers[i]);
	return ret < 0 ? ret : (int)count;
}

static TEST_UNUSED int ctest_queue_all(struct video *video, struct buffer *buffers, int count)
{
	int ret = 0;

	for (int i = 0; ret == 0 && i < count; i++)
		ret = video_queue(video, &buffers[i], NULL, 0);
	return ret;
}

static TEST_UNUSED void ctest_finish_all(struct buffer *buffers, int count)
{
	for (int i = 0; i < count; i++)
		buffer_finish(&buffers[i]);
}

/* ---- vimc, as far as a raw capture node needs it ---- */

struct ctest_raw {
	struct media *media;
	struct video *video;
};

static TEST_UNUSED void ctest_raw_close(struct ctest_raw *raw)
{
	video_destroy(raw->video);
	media_destroy(raw->media);
}

/* Switches the links into the scaler: those of the two debayers and of the input. */
static TEST_UNUSED bool ctest_scaler_links(struct media *media, bool a, bool b, bool input)
{
	static const struct {
		const char *name;
		uint32_t pad;
	} sources[] = { { "Debayer A", 1 }, { "Debayer B", 1 }, { "RGB/YUV Input", 0 } };
	bool wanted[] = { a, b, input };
	struct media_pad *scaler = media_find_pad(media_find(media, "Scaler"), 0);
	bool held = true;

	for (size_t i = 0; i < CTEST_COUNT(sources); i++) {
		struct media_entity *from = media_find(media, sources[i].name);
		struct media_pad *pad = media_find_pad(from, sources[i].pad);

		held &= CHECK_EQ(media_set_link(media, media_find_link(media, pad, scaler),
						wanted[i]),
				 0);
	}
	return held;
}

static TEST_UNUSED bool ctest_set_pad(struct log *log, const char *name, uint32_t pad,
				      uint32_t code, uint32_t width, uint32_t height)
{
	struct v4l2_mbus_framefmt format = {
		.code = code,
		.width = width,
		.height = height,
		.field = V4L2_FIELD_NONE,
	};
	struct subdev *subdev = ctest_subdev(log, name);
	bool held;

	if (!subdev)
		return false;
	held = CHECK_EQ(subdev_set_format(subdev, pad, &format), 0);
	subdev_destroy(subdev);
	return held;
}

/*
 * "Raw Capture 0" or 1, ready to stream 8-bit Bayer; nothing feeds the scaler. The
 * debayer is on the other side of the sensor, so it must agree all the same.
 */
static TEST_UNUSED bool ctest_raw_open(struct log *log, unsigned number, uint32_t width,
				       uint32_t height, struct ctest_raw *raw)
{
	const uint32_t code = MEDIA_BUS_FMT_SRGGB8_1X8;

	memset(raw, 0, sizeof(*raw));
	raw->media = ctest_media(log, "vimc");
	raw->video = ctest_video(log, number ? "Raw Capture 1" : "Raw Capture 0",
				 VIDEO_CAPTURE);
	if (raw->media && raw->video && ctest_scaler_links(raw->media, false, false, false) &&
	    ctest_set_pad(log, number ? "Sensor B" : "Sensor A", 0, code, width, height) &&
	    ctest_set_pad(log, number ? "Debayer B" : "Debayer A", 0, code, width, height) &&
	    CHECK_EQ(ctest_set_format(raw->video, V4L2_PIX_FMT_SRGGB8, width, height), 0))
		return true;
	ctest_raw_close(raw);
	return false;
}

/* ---- other processes ---- */

/*
 * Runs a function in another process, with one end of a socket; the other is for this
 * one. Its status is what the function returns.
 */
static TEST_UNUSED pid_t ctest_spawn(int (*body)(int socket), int *socket)
{
	int ends[2];
	pid_t child;

	fflush(NULL);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		abort();
	child = fork();
	if (child < 0)
		abort();
	if (!child) {
		close(ends[0]);
		alarm(4 * CTEST_LIMIT_MS / 1000);
		_exit(body(ends[1]));
	}
	close(ends[1]);
	*socket = ends[0];
	return child;
}

/* Closes the socket and waits for the other process: its status, 128 + signal. */
static TEST_UNUSED int ctest_reap(pid_t child, int *socket)
{
	int status;

	sys_close(socket);
	if (waitpid(child, &status, 0) != child)
		abort();
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* One byte, to say "go on": true if it got through. */
static TEST_UNUSED bool ctest_tell(int socket)
{
	return send(socket, "", 1, MSG_NOSIGNAL) == 1;
}

static TEST_UNUSED bool ctest_wait(int socket)
{
	char byte;

	return ctest_poll(socket, POLLIN, CTEST_LIMIT_MS) && recv(socket, &byte, 1, 0) == 1;
}

#endif
