// SPDX-License-Identifier: GPL-2.0-or-later
/* How many frames of a stream a directory takes in a second. */
#include "common/tool/bench_disk.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

#include "common/base/json.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/base/sys.h"
#include "common/device/video.h"
#include "common/sink/file.h"
#include "common/stream/frame.h"
#include "common/tool/capture.h"
#include "common/tool/lane.h"
#include "common/tool/loop.h"
#include "common/tool/outlet.h"

#define USUAL_NS UINT64_C(2000000000)

/*
 * What is only in the page cache is not on the disk: it is waited for so often that memory does
 * not count.
 */
#define SYNC_BYTES (UINT64_C(32) << 20)

struct bench {
	struct log *log;
	struct loop *loop;
	const struct options *options;
	const struct capture_stream *stream;
	struct video_format format; /* in one plane */
	struct sink *sink;
	unsigned num_buffers;
	struct buffer buffers[INDEX_MAX];
	struct frame frames[INDEX_MAX];
	uint64_t room;     /* bytes that may be written */
	uint64_t unsynced; /* of what was written */
	uint64_t started_ns;
	double seconds;
	double cpu_seconds;
	int signal;
};

static double cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* Numbers that no disk or file system can shrink. */
static void fill(uint64_t *words, size_t count, uint64_t seed)
{
	uint64_t value = seed * 0x9e3779b97f4a7c15 + 1;

	for (size_t i = 0; i < count; i++) {
		value ^= value << 13;
		value ^= value >> 7;
		value ^= value << 17;
		words[i] = value;
	}
}

/* As far as writing goes, pages of our own are like those that drivers get one by one. */
static int make_buffers(struct bench *bench)
{
	uint32_t bytes = bench->format.size_bytes[0];
	unsigned wanted = bench->options->num_buffers;

	if (!wanted)
		wanted = LANE_DEFAULT_BUFFERS;
	for (unsigned i = 0; i < wanted; i++) {
		struct buffer *buffer = &bench->buffers[i];
		void *map;

		buffer_init(buffer, i, BUFFER_DEVICE);
		bench->num_buffers++;
		map = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (map == MAP_FAILED)
			return -errno;
		buffer_add_plane(buffer, -1, -1, bytes);
		buffer->planes[0].map = map;
		fill(map, bytes / sizeof(uint64_t), i);
		bench->frames[i] = (struct frame){
			.buffer = buffer,
			.format = &bench->format,
			.bytesused = { bytes },
		};
	}
	return 0;
}

/* A dry run knows no sizes that only the driver can tell; then they are the least. */
static int find_format(struct bench *bench)
{
	const struct video *video = bench->stream->video;
	const struct format_info *info = format_find(video->format.fourcc);
	struct video_format *format = &bench->format;
	uint64_t bytes = 0;

	*format = video->format;
	for (unsigned i = 0; i < format->num_planes; i++)
		bytes += format->size_bytes[i];
	if (info && info->kind != FORMAT_COMPRESSED && info->kind != FORMAT_META && !bytes)
		bytes = format_image_bytes(info, format->stride_bytes[0], format->width,
					   format->height);
	if (!info || info->kind == FORMAT_COMPRESSED || info->kind == FORMAT_META ||
	    !bytes || bytes > UINT32_MAX) {
		log_error(bench->log, "not-possible",
			  "--bench-disk: frames of %s have no size that is known before",
			  bench->stream->role->name);
		return -EINVAL;
	}
	format->num_planes = 1;
	format->size_bytes[0] = (uint32_t)bytes;
	return 0;
}

/* Memory that the kernel does not lend to disks. */
static bool is_fixed_memory(const struct bench *bench)
{
	switch (bench->options->memory) {
	case MEMORY_UDMABUF:
		return false;
	case MEMORY_HEAP:
		return true;
	default:
		return bench->stream->is_contiguous;
	}
}

static int open_sink(struct bench *bench, const char *pattern)
{
	const struct options *options = bench->options;
	const struct file_options file = {
		.pattern = pattern,
		.role = bench->stream->role->name,
		.force = true,
		.discard = true,
		.num_buffers = bench->num_buffers,
		.io = is_fixed_memory(bench) && options->io == IO_AUTO ?
			      FILE_IO_BUFFERED :
			      outlet_file_io(options),
	};
	int ret;

	if (is_fixed_memory(bench) && options->io == IO_DIRECT) {
		log_error(bench->log, "io-refused",
			  "%s can't be written with --io=direct: the kernel does not lend such "
			  "memory to a disk",
			  bench->stream->role->name);
		return -EOPNOTSUPP;
	}
	ret = file_sink_create(bench->log, &file, &bench->format, NULL, NULL, &bench->sink);
	if (ret == 0)
		ret = sink_prepare(bench->sink, bench->buffers, bench->num_buffers);
	return ret;
}

/* Waits until a write is through, or a signal comes. */
static void wait_for_some(struct bench *bench)
{
	struct pollfd waited[] = {
		{ .fd = loop_signal_fd(bench->loop), .events = POLLIN },
		{ .fd = bench->sink->fd, .events = POLLIN },
	};

	poll(waited, 2, -1);
	if (waited[0].revents && !bench->signal)
		bench->signal = loop_take_signal(bench->loop);
	sink_dispatch(bench->sink);
}

/* A frame that nobody has; NULL if there is none now. */
static struct frame *free_frame(struct bench *bench)
{
	for (unsigned i = 0; i < bench->num_buffers; i++)
		if (!bench->frames[i].holders)
			return &bench->frames[i];
	return NULL;
}

static int write_frame(struct bench *bench, struct frame *frame)
{
	bool is_direct = bench->sink->fd >= 0;

	sink_write(bench->sink, frame);
	frame->sequence++;
	bench->unsynced += bench->format.size_bytes[0];
	if (is_direct || bench->unsynced < SYNC_BYTES)
		return bench->sink->error;
	bench->unsynced = 0;
	return file_sink_sync(bench->sink);
}

static bool goes_on(struct bench *bench)
{
	uint64_t limit_ns = bench->options->time_ns ? bench->options->time_ns : USUAL_NS;
	struct pollfd signals = { .fd = loop_signal_fd(bench->loop), .events = POLLIN };

	if (poll(&signals, 1, 0) > 0)
		bench->signal = loop_take_signal(bench->loop);
	return !bench->signal && bench->sink->written_bytes < bench->room &&
	       sys_monotonic_ns() - bench->started_ns < limit_ns;
}

/* All of it is on the disk in the end, and counts. */
static int write_frames(struct bench *bench)
{
	struct frame *frame;
	int ret = 0;

	while (ret == 0 && goes_on(bench)) {
		frame = free_frame(bench);
		if (frame)
			ret = write_frame(bench, frame);
		else
			wait_for_some(bench);
	}
	while (bench->sink->pending && !bench->signal)
		wait_for_some(bench);
	return ret < 0 || bench->signal ? ret : file_sink_sync(bench->sink);
}

static int measure(struct bench *bench)
{
	double before = cpu_seconds();
	int ret;

	bench->started_ns = sys_monotonic_ns();
	ret = write_frames(bench);
	bench->seconds = (double)(sys_monotonic_ns() - bench->started_ns) / 1e9;
	bench->cpu_seconds = cpu_seconds() - before;
	if (ret < 0 && !bench->sink->error)
		log_error(bench->log, "file-failed", "%s: %s", bench->options->bench_disk,
			  strerror(-ret));
	return ret;
}

/* Half of what is free: others write there, too. */
static uint64_t find_room(const char *directory)
{
	struct statvfs status;

	if (statvfs(directory, &status) < 0 || !status.f_blocks)
		return UINT64_MAX;
	return (uint64_t)status.f_bavail * status.f_frsize / 2;
}

static double fps(const struct bench *bench)
{
	return (double)bench->sink->written_frames / bench->seconds;
}

static double rate(const struct bench *bench)
{
	const struct text_fraction *wanted = &bench->stream->rate;

	return wanted->denominator ? (double)wanted->numerator / wanted->denominator : 0;
}

static double cpu_per_gb(const struct bench *bench)
{
	return bench->cpu_seconds * 1e9 / (double)bench->sink->written_bytes;
}

static void print_text(const struct bench *bench)
{
	const struct video_format *format = &bench->format;
	double times = rate(bench) > 0 ? fps(bench) / rate(bench) : 0;
	char name[FORMAT_NAME_SIZE];

	printf("%s %ux%u %s, %u bytes a frame: %.1f frames/s, %.1f MB/s, %.3f CPU s/GB, %s\n",
	       bench->stream->role->name, format->width, format->height,
	       format_name_text(format->fourcc, name), format->size_bytes[0], fps(bench),
	       fps(bench) * format->size_bytes[0] / 1e6, cpu_per_gb(bench), bench->sink->io);
	if (times > 0)
		printf("enough for %.4g fps: %s, %.1f times\n", rate(bench),
		       times >= 1 ? "yes" : "no", times);
}

static int print_json(const struct bench *bench)
{
	const struct video_format *format = &bench->format;
	char fourcc[FORMAT_FOURCC_SIZE];
	struct json json;
	int ret;

	json_init(&json);
	json_begin(&json);
	json_object(&json, NULL);
	json_string(&json, "record", "bench");
	json_string(&json, "stream", bench->stream->role->name);
	json_unsigned(&json, "width", format->width);
	json_unsigned(&json, "height", format->height);
	format_fourcc_text(format->fourcc, fourcc);
	json_string(&json, "fourcc", fourcc);
	json_unsigned(&json, "frame_bytes", format->size_bytes[0]);
	json_string(&json, "directory", bench->options->bench_disk);
	json_string(&json, "io", bench->sink->io);
	json_unsigned(&json, "frames", bench->sink->written_frames);
	json_double(&json, "seconds", bench->seconds, 3);
	json_double(&json, "fps", fps(bench), 1);
	json_double(&json, "mb_per_second", fps(bench) * format->size_bytes[0] / 1e6, 1);
	json_double(&json, "cpu_seconds_per_gb", cpu_per_gb(bench), 3);
	if (rate(bench) > 0) {
		json_double(&json, "rate", rate(bench), 3);
		json_boolean(&json, "enough", fps(bench) >= rate(bench));
	}
	json_close(&json);
	ret = json_end_line(&json);
	if (ret == 0)
		fputs(json.text, stdout);
	else
		log_error(bench->log, "no-memory", "--bench-disk: %s", strerror(-ret));
	json_finish(&json);
	return ret;
}

static int run(struct bench *bench, const char *pattern)
{
	int ret;

	ret = find_format(bench);
	if (ret < 0)
		return STATUS_CONFIGURATION;
	ret = make_buffers(bench);
	if (ret < 0) {
		log_error(bench->log, "no-memory", "--bench-disk: %s", strerror(-ret));
		return STATUS_FAILED;
	}
	ret = open_sink(bench, pattern);
	if (ret < 0)
		return file_status(ret);
	ret = measure(bench);
	if (bench->signal)
		return STATUS_SIGNAL + bench->signal;
	if (ret < 0)
		return STATUS_OUTPUT;
	if (bench->options->json)
		return print_json(bench) < 0 ? STATUS_FAILED : STATUS_OK;
	print_text(bench);
	return STATUS_OK;
}

static int bench_stream(struct bench *bench)
{
	char pattern[PATH_MAX];
	int status;

	bench->room = find_room(bench->options->bench_disk);
	if (snprintf(pattern, sizeof(pattern), "%s/rawline-bench.raw",
		     bench->options->bench_disk) >= (int)sizeof(pattern)) {
		log_error(bench->log, "file-failed", "--bench-disk: %s",
			  strerror(ENAMETOOLONG));
		return STATUS_OUTPUT;
	}
	status = run(bench, pattern);
	sink_destroy(bench->sink);
	for (unsigned i = 0; i < bench->num_buffers; i++)
		buffer_finish(&bench->buffers[i]);
	return status;
}

int bench_disk(struct log *log, struct loop *loop, const struct options *options,
	       const struct capture_stream *streams, unsigned num_streams)
{
	int status = STATUS_OK;

	for (unsigned i = 0; i < num_streams && status == STATUS_OK; i++) {
		struct bench bench = {
			.log = log,
			.loop = loop,
			.options = options,
			.stream = &streams[i],
		};

		if (!streams[i].is_internal)
			status = bench_stream(&bench);
	}
	return status;
}
