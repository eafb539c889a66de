// SPDX-License-Identifier: GPL-2.0-or-later
/* The file sink: what it writes, what it refuses, and what is left after each kind of bad luck. */
#include "common/sink/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/sys.h"
#include "common/image/mjpeg.h"
#include "common/image/picture.h"
#include "common/stream/frame.h"
#include "test/unit/test.h"

#define WIDTH       64
#define HEIGHT      32
#define STRIDE      64
#define FRAME_BYTES ((size_t)STRIDE * HEIGHT)
#define MAP_BYTES   8192
#define NUM_BUFFERS 4
#define MAX_RESULTS 4096

/* What done() was told. */
struct result {
	uint32_t sequence;
	int error;
	char name[128];
};

static struct {
	struct log log;
	char said[8192]; /* "code: sentence\n" each */
	struct video_format format;
	struct file_options options;
	struct sink *sink;
	struct buffer buffers[NUM_BUFFERS];
	struct frame frames[NUM_BUFFERS];
	struct result results[MAX_RESULTS];
	unsigned num_results;
	unsigned returned; /* frames that came back through released() */
} scene;

static char folder[] = "/tmp/rawline-file-XXXXXX";
static char path_text[1024];

/* A name in the folder. */
static const char *in_folder(const char *name)
{
	snprintf(path_text, sizeof(path_text), "%s/%s", folder, name);
	return path_text;
}

static void hear(void *context, enum log_level level, const char *code, const char *sentence)
{
	size_t used = strlen(scene.said);

	if (level <= LOG_NOTICE)
		snprintf(scene.said + used, sizeof(scene.said) - used, "%s: %s\n", code,
			 sentence);
}

static bool said(const char *part)
{
	bool found = strstr(scene.said, part) != NULL;

	if (!found)
		printf("# said: %s\n", scene.said);
	return found;
}

static void done(void *context, struct frame *frame, const char *name, int error)
{
	struct result *result = &scene.results[scene.num_results];

	if (scene.num_results == MAX_RESULTS)
		abort();
	scene.num_results++;
	CHECK(frame->holders > 0);
	CHECK(context == &scene);
	result->sequence = frame->sequence;
	result->error = error;
	snprintf(result->name, sizeof(result->name), "%s", name ? name : "(none)");
}

static void released(void *context, struct frame *frame)
{
	scene.returned++;
}

static void make_buffers(unsigned num_planes)
{
	for (unsigned i = 0; i < NUM_BUFFERS; i++) {
		struct buffer *buffer = &scene.buffers[i];

		buffer_finish(buffer);
		buffer_init(buffer, i, BUFFER_DEVICE);
		for (unsigned p = 0; p < num_planes; p++) {
			if (buffer_add_plane(buffer, -1, -1, MAP_BYTES))
				abort();
			buffer->planes[p].map = mmap(NULL, MAP_BYTES, PROT_READ | PROT_WRITE,
						     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		}
		scene.frames[i] = (struct frame){
			.buffer = buffer,
			.format = &scene.format,
			.released = released,
			.flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC,
		};
	}
}

/* Back to one plane of grey, nothing said, nothing written. */
static void reset(void)
{
	sink_destroy(scene.sink);
	scene.sink = NULL;
	scene.said[0] = '\0';
	scene.num_results = 0;
	scene.returned = 0;
	scene.format = (struct video_format){
		.fourcc = V4L2_PIX_FMT_GREY,
		.width = WIDTH,
		.height = HEIGHT,
		.num_planes = 1,
		.stride_bytes = { STRIDE },
		.size_bytes = { FRAME_BYTES },
	};
	scene.options = (struct file_options){
		.role = "main",
		.num_buffers = NUM_BUFFERS,
		.count = 10,
	};
	make_buffers(1);
}

static void clear(void)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, NULL, NULL);

	for (int i = 0; i < count; i++) {
		const char *name = in_folder(entries[i]->d_name);

		if (strcmp(entries[i]->d_name, ".") && strcmp(entries[i]->d_name, "..") &&
		    unlink(name) < 0)
			rmdir(name);
		free(entries[i]);
	}
	free(entries);
}

/* Begins a case with an empty folder. */
static void begin(const char *name)
{
	test_case(name);
	reset();
	clear();
}

/* The names in the folder, sorted, with drafts' numbers as "*". */
static const char *listing(void)
{
	static char text[4096];
	struct dirent **entries;
	int count = scandir(folder, &entries, NULL, alphasort);

	text[0] = '\0';
	for (int i = 0; i < count; i++) {
		char *name = entries[i]->d_name;

		if (strcmp(name, ".") && strcmp(name, "..")) {
			if (name[0] == '.')
				strcpy(name + strlen(name) - 6, "*");
			if (text[0])
				strcat(text, " ");
			strcat(text, name);
		}
		free(entries[i]);
	}
	free(entries);
	return text;
}

static int create(const char *pattern)
{
	scene.options.pattern = pattern;
	return file_sink_create(&scene.log, &scene.options, &scene.format, done, &scene,
				&scene.sink);
}

static int create_in_folder(const char *name)
{
	static char kept[1024];

	snprintf(kept, sizeof(kept), "%s", in_folder(name));
	return create(kept);
}

/* The bytes of a frame: never twice the same. */
static unsigned char pixel(uint32_t sequence, size_t place)
{
	return (unsigned char)(sequence * 31 + place * 7 + place / 256);
}

/* In a buffer that nobody holds. */
static struct frame *frame_of(uint32_t sequence)
{
	struct frame *frame = scene.frames;
	unsigned char *map;

	while (frame->holders)
		if (++frame == scene.frames + NUM_BUFFERS)
			abort();
	map = frame->buffer->planes[0].map;
	frame->sequence = sequence;
	frame->timestamp_ns = 1000000000ull + sequence * 1000000ull;
	frame->bytesused[0] = FRAME_BYTES;
	frame->data_offset[0] = 0;
	for (size_t i = 0; i < FRAME_BYTES; i++)
		map[i] = pixel(sequence, i);
	return frame;
}

/* As the loop does it: held by itself while it hands the frame on. */
static void give(struct frame *frame)
{
	frame_hold(frame);
	sink_write(scene.sink, frame);
	frame_release(frame);
}

static void give_many(uint32_t first, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		give(frame_of(first + i));
}

/* Dispatches until the sink is finished. */
static int finish(void)
{
	struct pollfd waited = { .fd = scene.sink->fd, .events = POLLIN };
	int ret;

	while ((ret = sink_finish(scene.sink)) == -EINPROGRESS) {
		if (poll(&waited, 1, 5000) <= 0)
			abort();
		sink_dispatch(scene.sink);
	}
	return ret;
}

/* Waits until this many frames came back. */
static void wait_results(unsigned count)
{
	struct pollfd waited = { .fd = scene.sink->fd, .events = POLLIN };

	while (scene.num_results < count) {
		if (poll(&waited, 1, 5000) <= 0)
			abort();
		sink_dispatch(scene.sink);
	}
}

static size_t read_file(const char *name, unsigned char *bytes, size_t size)
{
	int fd = open(in_folder(name), O_RDONLY);
	ssize_t length = fd < 0 ? 0 : read(fd, bytes, size);

	close(fd);
	return length < 0 ? 0 : (size_t)length;
}

static const char *text_of(const char *name)
{
	static char text[16384];

	text[read_file(name, (unsigned char *)text, sizeof(text) - 1)] = '\0';
	return text;
}

static bool is_frame(const unsigned char *bytes, uint32_t sequence)
{
	for (size_t i = 0; i < FRAME_BYTES; i++)
		if (bytes[i] != pixel(sequence, i))
			return false;
	return true;
}

/* True if the file is exactly these frames, one after another. */
static bool holds(const char *name, uint32_t first, unsigned count)
{
	static unsigned char bytes[FRAME_BYTES * 64 + 1];

	if (read_file(name, bytes, sizeof(bytes)) != FRAME_BYTES * count)
		return false;
	for (unsigned i = 0; i < count; i++)
		if (!is_frame(bytes + i * FRAME_BYTES, first + i))
			return false;
	return true;
}

static void make(const char *name, const char *what)
{
	int fd = open(in_folder(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, what, strlen(what)) < 0)
		abort();
	close(fd);
}

static void one_file(void)
{
	begin("file: all frames in one file, which appears at the end");
	CHECK_EQ(create_in_folder("video.raw"), 0);
	CHECK_EQ(scene.sink->fd, -1);
	CHECK_STR_EQ(scene.sink->io, "buffered");
	give_many(5, 3);
	CHECK_STR_EQ(listing(), ".video.raw.*");
	CHECK_EQ(scene.num_results, 3);
	CHECK_EQ(scene.results[2].sequence, 7);
	CHECK_EQ(scene.results[2].error, 0);
	CHECK_STR_EQ(scene.results[2].name, in_folder("video.raw"));
	CHECK_EQ(scene.returned, 3);
	CHECK_EQ(finish(), 0);
	CHECK_STR_EQ(listing(), "video.raw video.raw.json");
	CHECK(holds("video.raw", 5, 3));
	CHECK_STR_EQ(scene.said, "");

	test_case("file: counts what was written");
	CHECK_EQ(scene.sink->written_frames, 3);
	CHECK_EQ(scene.sink->written_bytes, 3 * FRAME_BYTES);
	CHECK_EQ(scene.sink->cpu_bytes, 3 * FRAME_BYTES);
	CHECK_EQ(scene.sink->dropped_frames, 0);
	CHECK_EQ(scene.sink->failed_frames, 0);
	CHECK_EQ(scene.sink->pending, 0);

	test_case("file: the side-car of one file has a table");
	CHECK(strstr(text_of("video.raw.json"),
		     "\"stream\":\"main\",\"ffmpeg\":\"-f rawvideo -pixel_format gray "
		     "-video_size 64x32\",\"frames\":[\n"
		     "{\"offset\":0,\"bytes\":2048,\"sequence\":5,"
		     "\"timestamp_ns\":1005000000,\"timestamp_boottime_ns\":"));
	CHECK(strstr(text_of("video.raw.json"),
		     "\"offset\":4096,\"bytes\":2048,\"sequence\":7,"));

	test_case("file: finished, it says so again and takes no more");
	CHECK_EQ(finish(), 0);
	give(frame_of(8));
	CHECK_EQ(scene.num_results, 4);
	CHECK_EQ(scene.results[3].error, -ECANCELED);
	CHECK_STR_EQ(scene.results[3].name, "(none)");
	CHECK_EQ(scene.returned, 4);
	CHECK(holds("video.raw", 5, 3));

	begin("file: without a frame there is no file");
	CHECK_EQ(create_in_folder("video.raw"), 0);
	CHECK_EQ(finish(), 0);
	CHECK_STR_EQ(listing(), "");

	begin("file: nobody need listen");
	scene.options.pattern = in_folder("video.raw");
	CHECK_EQ(file_sink_create(NULL, &scene.options, &scene.format, NULL, NULL, &scene.sink),
		 0);
	give(frame_of(1));
	CHECK_EQ(finish(), 0);
	CHECK(holds("video.raw", 1, 1));
}

static void many_files(void)
{
	begin("file: a file for each frame is whole at once");
	CHECK_EQ(create_in_folder("frame-#.raw"), 0);
	CHECK_STR_EQ(listing(), "");
	give(frame_of(42));
	CHECK_STR_EQ(listing(), "frame-000042.raw frame-000042.raw.json");
	CHECK(holds("frame-000042.raw", 42, 1));
	CHECK_STR_EQ(scene.results[0].name, in_folder("frame-000042.raw"));
	give(frame_of(1000000));
	CHECK_EQ(finish(), 0);
	CHECK(holds("frame-1000000.raw", 1000000, 1));
	CHECK_EQ(scene.sink->written_bytes, 2 * FRAME_BYTES);

	test_case("file: each has a side-car of its own, without a table");
	CHECK(strstr(text_of("frame-000042.raw.json"), "\"sequence\":42,"));
	CHECK(!strstr(text_of("frame-000042.raw.json"), "frames"));
	CHECK(strstr(text_of("frame-1000000.raw.json"), "\"sequence\":1000000,"));

	begin("file: a directory is filled with frame-#.raw");
	CHECK_EQ(create_in_folder(""), 0);
	give(frame_of(1));
	CHECK_STR_EQ(listing(), "frame-000001.raw frame-000001.raw.json");

	begin("file: streams that share a pattern have their roles in the names");
	scene.options.role_in_name = true;
	CHECK_EQ(create_in_folder(""), 0);
	give(frame_of(1));
	CHECK_STR_EQ(listing(), "frame-main-000001.raw frame-main-000001.raw.json");
	CHECK_EQ(scene.results[0].error, 0);
	CHECK_STR_EQ(scene.results[0].name, in_folder("frame-main-000001.raw"));

	begin("file: a suffix in capitals is the same");
	CHECK_EQ(create_in_folder("A.BIN"), 0);
	give(frame_of(1));
	CHECK_EQ(finish(), 0);
	CHECK(holds("A.BIN", 1, 1));
}

static void layouts(void)
{
	unsigned char bytes[2 * MAP_BYTES], *map;
	struct frame *frame;

	begin("file: what is not of the picture is left out");
	CHECK_EQ(create_in_folder("a.raw"), 0);
	frame = frame_of(1);
	frame->data_offset[0] = 100;
	frame->bytesused[0] = 1000;
	give(frame);
	CHECK_EQ(finish(), 0);
	CHECK_EQ(read_file("a.raw", bytes, sizeof(bytes)), 1000);
	CHECK_MEM_EQ(bytes, (unsigned char *)frame->buffer->planes[0].map + 100, 1000);
	CHECK_EQ(scene.sink->written_bytes, 1000);

	begin("file: planes follow one another");
	make_buffers(3);
	scene.format.fourcc = V4L2_PIX_FMT_YUV420M;
	scene.format.num_planes = 3;
	scene.format.stride_bytes[1] = scene.format.stride_bytes[2] = STRIDE / 2;
	CHECK_EQ(create_in_folder("a.raw"), 0);
	frame = frame_of(1);
	for (unsigned i = 1; i < 3; i++) {
		map = frame->buffer->planes[i].map;
		memset(map, 0xee, MAP_BYTES);
		memset(map + i, (int)i, 512);
		frame->data_offset[i] = i;
		frame->bytesused[i] = 512;
	}
	give(frame);
	give(frame);
	CHECK_EQ(finish(), 0);
	CHECK_EQ(read_file("a.raw", bytes, sizeof(bytes)), 2 * 3072);
	CHECK(is_frame(bytes + 3072, 1));
	for (unsigned i = 1; i < 3; i++)
		CHECK_MEM_EQ(bytes + 3072 + 2048 + (i - 1) * 512,
			     (unsigned char *)frame->buffer->planes[i].map + i, 512);
	CHECK(strstr(text_of("a.raw.json"),
		     "\"planes\":[{\"offset\":0,\"stride\":64,\"bytes\":2048},"
		     "{\"offset\":2048,\"stride\":32,\"bytes\":512},"
		     "{\"offset\":2560,\"stride\":32,\"bytes\":512}]"));

	begin("file: a driver that claims more than there is writes nothing of it");
	CHECK_EQ(create_in_folder("a.raw"), 0);
	give(frame_of(1));
	frame = frame_of(2);
	frame->bytesused[0] = MAP_BYTES + 1;
	give(frame);
	CHECK_EQ(scene.results[1].error, -EPROTO);
	CHECK(said("a.raw: frame 000002 can't be written: the driver claims more bytes than"));
	CHECK_EQ(finish(), -EPROTO);
	CHECK(holds("a.raw", 1, 1));

	begin("file: also when the sum would wrap");
	CHECK_EQ(create_in_folder("a.raw"), 0);
	frame = frame_of(2);
	frame->data_offset[0] = UINT32_MAX;
	frame->bytesused[0] = 2;
	give(frame);
	CHECK_EQ(scene.results[0].error, -EPROTO);
}

static void set_settings(void *context, const struct frame *frame,
			 struct sidecar_settings *settings)
{
	CHECK(context == &scene.options);
	settings->exposure_ns = frame->sequence * 1000ull;
}

static void settings(void)
{
	begin("file: settings in force and times of three clocks are in the side-car");
	scene.options.settings = set_settings;
	scene.options.settings_context = &scene.options;
	CHECK_EQ(create_in_folder("a-#.raw"), 0);
	give_many(1, 2);
	CHECK(strstr(text_of("a-000001.raw.json"), "\"exposure_ns\":1000}"));
	CHECK(strstr(text_of("a-000002.raw.json"), "\"exposure_ns\":2000}"));
	CHECK(strstr(text_of("a-000002.raw.json"), "\"timestamp_realtime_ns\":1"));
	CHECK(!strstr(text_of("a-000002.raw.json"), "\"timestamp_error_ns\":0,"));
}

static void set_colors(void *context, const struct frame *frame, struct sidecar_settings *known)
{
	known->gain_milli = 1000 * frame->sequence;
	known->has_black_level = true;
	known->black_level = 21;
}

static void notes(void)
{
	static unsigned char bytes[64 * 1024];
	size_t size;

	begin("file: a DNG file notes its own frame's settings, and the camera");
	if (!picture_can(PICTURE_DNG, format_find(V4L2_PIX_FMT_GREY))) {
		test_skip("built without libtiff");
		return;
	}
	scene.options.settings = set_colors;
	scene.options.make = "Sony";
	scene.options.model = "imx219";
	CHECK_EQ(create_in_folder("a-#.dng"), 0);
	give_many(1, 2);
	CHECK_EQ(finish(), 0);
	CHECK_STR_EQ(listing(), "a-000001.dng a-000002.dng");
	for (unsigned char i = 1; i <= 2; i++) {
		/* PhotographicSensitivity, SHORT, one; BlackLevel is the last of all. */
		const unsigned char iso[] = { 0x27, 0x88, 3, 0, 1, 0, 0, 0, 100 * i, 0 };
		static const unsigned char black[] = { 21, 0, 0, 0, 1, 0, 0, 0 };

		size = read_file(i == 1 ? "a-000001.dng" : "a-000002.dng", bytes,
				 sizeof(bytes));
		CHECK(memmem(bytes, size, iso, sizeof(iso)));
		CHECK(memmem(bytes, size, black, sizeof(black)));
		CHECK(memmem(bytes, size, "Sony imx219", sizeof("Sony imx219")));
	}

	begin("file: a DNG file is one picture");
	CHECK_EQ(create_in_folder("a.dng"), -EOPNOTSUPP);
	CHECK(said("a.dng: a DNG file is one picture: put a #"));
}

static void existing_files(void)
{
	begin("file: a file that is there is refused, and left alone");
	make("video.raw", "precious");
	CHECK_EQ(create_in_folder("video.raw"), -EEXIST);
	CHECK(!scene.sink);
	CHECK(said("file-exists: "));
	CHECK(said("/video.raw exists: --force replaces files\n"));
	CHECK_STR_EQ(text_of("video.raw"), "precious");
	CHECK_STR_EQ(listing(), "video.raw");
	CHECK_EQ(file_status(-EEXIST), STATUS_OUTPUT);

	begin("file: so is one that leads nowhere");
	CHECK_EQ(symlink("nowhere", in_folder("video.raw")), 0);
	CHECK_EQ(create_in_folder("video.raw"), -EEXIST);

	begin("file: so is a side-car");
	make("video.raw.json", "precious");
	CHECK_EQ(create_in_folder("video.raw"), -EEXIST);
	CHECK(said("/video.raw.json exists"));

	begin("file: of numbered ones any that could be meant");
	make("a-000007.raw", "");
	make("a-000008.png", "");
	CHECK_EQ(create_in_folder("a-#.raw"), -EEXIST);
	CHECK(said("/a-000007.raw exists"));
	scene.said[0] = '\0';
	CHECK_EQ(rename(in_folder("a-000007.raw"), "/tmp/rawline-file-moved"), 0);
	CHECK_EQ(create_in_folder("a-#.raw"), 0);
	unlink("/tmp/rawline-file-moved");

	begin("file: or a side-car of one");
	make("a-000007.raw.json", "");
	CHECK_EQ(create_in_folder("a-#.raw"), -EEXIST);
	CHECK(said("/a-000007.raw.json exists"));

	begin("file: --force replaces them, whole by whole");
	make("a-000007.raw", "old");
	make("a-000007.raw.json", "old");
	scene.options.force = true;
	CHECK_EQ(create_in_folder("a-#.raw"), 0);
	CHECK_STR_EQ(text_of("a-000007.raw"), "old");
	give(frame_of(7));
	CHECK(holds("a-000007.raw", 7, 1));
	CHECK(strstr(text_of("a-000007.raw.json"), "\"sequence\":7,"));

	begin("file: --force on one file replaces it at the end");
	make("video.raw", "old");
	scene.options.force = true;
	CHECK_EQ(create_in_folder("video.raw"), 0);
	give(frame_of(7));
	CHECK_STR_EQ(text_of("video.raw"), "old");
	CHECK_EQ(finish(), 0);
	CHECK(holds("video.raw", 7, 1));

	begin("file: --force replaces a link, not what it leads to");
	make("precious", "precious");
	CHECK_EQ(symlink("precious", in_folder("video.raw")), 0);
	scene.options.force = true;
	CHECK_EQ(create_in_folder("video.raw"), 0);
	give(frame_of(7));
	CHECK_EQ(finish(), 0);
	CHECK(holds("video.raw", 7, 1));
	CHECK_STR_EQ(text_of("precious"), "precious");
}

static void late_files(void)
{
	begin("file: one that appears meanwhile is left alone, and the frames are kept");
	CHECK_EQ(create_in_folder("video.raw"), 0);
	give_many(1, 2);
	make("video.raw", "precious");
	CHECK_EQ(finish(), -EEXIST);
	CHECK_STR_EQ(text_of("video.raw"), "precious");
	CHECK_STR_EQ(listing(), ".video.raw.* video.raw");
	CHECK(said("/video.raw can't be given its name: File exists; what was captured is in "));
	CHECK_EQ(finish(), -EEXIST);
	sink_destroy(scene.sink);
	scene.sink = NULL;
	CHECK_STR_EQ(listing(), ".video.raw.* video.raw");

	begin("file: so with a file for each frame, where the rest is not written");
	CHECK_EQ(create_in_folder("a-#.raw"), 0);
	give(frame_of(1));
	make("a-000002.raw", "precious");
	give_many(2, 2);
	CHECK_EQ(scene.results[1].error, -EEXIST);
	CHECK_EQ(scene.results[2].error, -EEXIST);
	CHECK_EQ(scene.sink->failed_frames, 2);
	CHECK_EQ(finish(), -EEXIST);
	CHECK_STR_EQ(listing(),
		     ".a-000002.raw.* a-000001.raw a-000001.raw.json a-000002.raw");
	CHECK_STR_EQ(text_of("a-000002.raw"), "precious");

	begin("file: a sequence that comes again does not replace our own frame, even by force");
	scene.options.force = true;
	CHECK_EQ(create_in_folder("a-#.raw"), 0);
	make("a-000000.raw", "old");
	give(frame_of(UINT32_MAX));
	give(frame_of(0));
	CHECK_EQ(scene.results[1].error, 0);
	give(frame_of(0));
	CHECK_EQ(scene.results[2].error, -EEXIST);
	CHECK(holds("a-000000.raw", 0, 1));
	CHECK(holds("a-4294967295.raw", UINT32_MAX, 1));

	begin("file: a side-car that can't be written leaves its frame, and is told");
	CHECK_EQ(create_in_folder("a-#.raw"), 0);
	CHECK_EQ(mkdir(in_folder("a-000001.raw.json"), 0700), 0);
	give(frame_of(1));
	CHECK_EQ(scene.results[0].error, -EEXIST);
	CHECK(said("/a-000001.raw.json can't be written: File exists"));
	CHECK(holds("a-000001.raw", 1, 1));
	CHECK_STR_EQ(listing(), "a-000001.raw a-000001.raw.json");
}

static void refused_names(void)
{
	char name[NAME_MAX + 1];

	begin("file: a suffix that is not known is refused as configuration");
	CHECK_EQ(create_in_folder("a.tiff"), -EOPNOTSUPP);
	CHECK(said("file-refused: "));
	CHECK(said("a.tiff: "));
	CHECK_EQ(create_in_folder("a.cr2"), -EOPNOTSUPP);
	CHECK_EQ(create_in_folder("a"), -EOPNOTSUPP);
	CHECK_EQ(create_in_folder("a-#"), -EOPNOTSUPP);
	CHECK_EQ(create(""), -EOPNOTSUPP);
	CHECK_EQ(file_status(-EOPNOTSUPP), STATUS_CONFIGURATION);
	CHECK_STR_EQ(listing(), "");

	begin("file: a directory that is missing is refused");
	CHECK_EQ(create_in_folder("no/a.raw"), -ENOENT);
	CHECK(said("/no/a.raw can't be written: there is no directory "));
	CHECK_EQ(create_in_folder("no/"), -ENOENT);
	CHECK_EQ(file_status(-ENOENT), STATUS_OUTPUT);

	begin("file: a file in a directory's place too");
	make("no", "");
	CHECK_EQ(create_in_folder("no/a.raw"), -ENOTDIR);
	CHECK(said("/no/: Not a directory"));

	begin("file: a directory without its slash gets advice");
	CHECK_EQ(mkdir(in_folder("shots"), 0700), 0);
	CHECK_EQ(create_in_folder("shots"), -EISDIR);
	CHECK(said("/shots is a directory: write "));
	CHECK(said("/shots/ to get "));
	CHECK_EQ(create_in_folder("."), -EISDIR);

	begin("file: a name is too long with its number and side-car, or it is not");
	memset(name, 'n', sizeof(name));
	strcpy(name + NAME_MAX - strlen("4294967295.raw.json"), "#.raw");
	CHECK_EQ(create_in_folder(name), 0);
	give(frame_of(UINT32_MAX));
	CHECK_EQ(scene.results[0].error, 0);
	reset();
	strcpy(name + NAME_MAX - strlen("4294967295.raw.json") + 1, "#.raw");
	name[NAME_MAX - strlen("4294967295.raw.json")] = 'n';
	scene.options.force = true;
	CHECK_EQ(create_in_folder(name), -ENAMETOOLONG);
	CHECK(said("can't be written: File name too long"));

	begin("file: a directory without rights is refused");
	CHECK_EQ(mkdir(in_folder("mine"), 0555), 0);
	chmod(folder, 0755);
	if (!geteuid() && seteuid(65534) < 0)
		test_skip("can't be anybody else");
	CHECK_EQ(create_in_folder("mine/a-#.raw"), -EACCES);
	CHECK(said("/mine/a-#.raw can't be written: Permission denied"));
	if (!getuid() && seteuid(0) < 0)
		abort();
}

static void full_disks(void)
{
	struct rlimit before, small;

	getrlimit(RLIMIT_FSIZE, &before);
	small = before;

	begin("file: a disk that fills keeps the whole frames of one file");
	small.rlim_cur = 3 * FRAME_BYTES + 100;
	CHECK_EQ(create_in_folder("video.raw"), 0);
	setrlimit(RLIMIT_FSIZE, &small);
	give_many(1, 5);
	CHECK_EQ(scene.results[2].error, 0);
	CHECK_EQ(scene.results[3].error, -EFBIG);
	CHECK_STR_EQ(scene.results[3].name, "(none)");
	CHECK_EQ(scene.results[4].error, -EFBIG);
	CHECK_EQ(scene.returned, 5);
	CHECK(said("/video.raw: frame 000004 can't be written: File too large\n"));
	CHECK(!strstr(scene.said, "000005"));
	CHECK_EQ(finish(), -EFBIG);
	setrlimit(RLIMIT_FSIZE, &before);
	CHECK(holds("video.raw", 1, 3));
	CHECK(strstr(text_of("video.raw.json"), "\"sequence\":3,"));
	CHECK(!strstr(text_of("video.raw.json"), "\"sequence\":4,"));
	CHECK(said("file-kept: "));
	CHECK(said("/video.raw: the 3 frames before that are kept\n"));
	CHECK_EQ(scene.sink->written_frames, 3);
	CHECK_EQ(scene.sink->written_bytes, 3 * FRAME_BYTES);
	CHECK_EQ(scene.sink->failed_frames, 2);

	begin("file: not even one frame, no file");
	small.rlim_cur = FRAME_BYTES - 1;
	CHECK_EQ(create_in_folder("video.raw"), 0);
	setrlimit(RLIMIT_FSIZE, &small);
	give(frame_of(1));
	setrlimit(RLIMIT_FSIZE, &before);
	CHECK_EQ(scene.results[0].error, -EFBIG);
	CHECK_EQ(finish(), -EFBIG);
	CHECK_STR_EQ(listing(), "");
	CHECK(!strstr(scene.said, "kept"));

	begin("file: of a file for each frame the whole ones stay");
	CHECK_EQ(create_in_folder("a-#.raw"), 0);
	give_many(1, 2);
	setrlimit(RLIMIT_FSIZE, &small);
	give_many(3, 2);
	setrlimit(RLIMIT_FSIZE, &before);
	CHECK_EQ(scene.results[2].error, -EFBIG);
	CHECK_EQ(scene.results[3].error, -EFBIG);
	CHECK(said("/a-000003.raw: frame 000003 can't be written: File too large\n"));
	CHECK_EQ(finish(), -EFBIG);
	CHECK_STR_EQ(listing(),
		     "a-000001.raw a-000001.raw.json a-000002.raw a-000002.raw.json");

	begin("file: a full device");
	CHECK_EQ(create("/dev/full"), 0);
	give(frame_of(1));
	CHECK_EQ(scene.results[0].error, -ENOSPC);
	CHECK(said("/dev/full: frame 000001 can't be written: No space left on device"));
	CHECK_EQ(finish(), -ENOSPC);
}

static void in_place(void)
{
	int file;

	begin("file: /dev/null is written in place, by the loop, without a side-car");
	CHECK_EQ(create("/dev/null"), 0);
	CHECK_EQ(scene.sink->fd, -1);
	give_many(1, 2);
	CHECK_STR_EQ(scene.results[1].name, "/dev/null");
	CHECK_EQ(finish(), 0);
	CHECK_EQ(scene.sink->written_frames, 2);
	CHECK_EQ(access("/dev/null.json", F_OK), -1);

	begin("file: nothing is made under /dev");
	CHECK_EQ(create("/dev/rawline-nul"), -ENOENT);
	CHECK(said("/dev/rawline-nul can't be written: No such file"));
	CHECK_EQ(create("/dev/rawline-#.raw"), -ENOENT);
	CHECK_EQ(create("/proc/rawline.raw"), -ENOENT);
	CHECK_EQ(create("/dev/fd/999"), -EBADF);
	CHECK(said("/dev/fd/999 can't be written: it is not open for writing"));

	begin("file: /dev/shm is a place for files");
	snprintf(path_text, sizeof(path_text), "/dev/shm/rawline-%d.raw", (int)getpid());
	if (CHECK_EQ(create(path_text), 0)) {
		give(frame_of(1));
		CHECK_EQ(finish(), 0);
		CHECK_EQ(unlink(path_text), 0);
		strcat(path_text, ".json");
		CHECK_EQ(unlink(path_text), 0);
	}

	begin("file: one thing for several streams is refused");
	scene.options.role_in_name = true;
	CHECK_EQ(create("/dev/null"), -EOPNOTSUPP);
	CHECK(said("/dev/null takes one stream only: say which, as in --file=main=/dev/null"));
	CHECK_EQ(create("-"), -EOPNOTSUPP);
	CHECK(said("standard output takes one stream only"));

	begin("file: a descriptor is written where it stands, the caller's stays open");
	make("mine", "head");
	file = open(in_folder("mine"), O_WRONLY);
	lseek(file, 0, SEEK_END);
	snprintf(path_text, sizeof(path_text), "/dev/fd/%d", file);
	CHECK_EQ(create(path_text), 0);
	CHECK_EQ(scene.sink->fd, -1);
	give(frame_of(1));
	CHECK_EQ(finish(), 0);
	CHECK_EQ(lseek(file, 0, SEEK_CUR), 4 + FRAME_BYTES);
	CHECK_EQ(write(file, "tail", 4), 4);
	close(file);
	CHECK_STR_EQ(listing(), "mine");

	begin("file: a descriptor for reading is refused");
	make("mine", "head");
	file = open(in_folder("mine"), O_RDONLY);
	snprintf(path_text, sizeof(path_text), "/dev/fd/%d", file);
	CHECK_EQ(create(path_text), -EBADF);
	close(file);

	test_case("file: which patterns are standard output");
	CHECK(file_is_stdout("-"));
	CHECK(file_is_stdout("/dev/stdout"));
	CHECK(file_is_stdout("/dev/fd/1"));
	CHECK(file_is_stdout("/proc/self/fd/1"));
	CHECK(!file_is_stdout("/dev/stderr"));
	CHECK(!file_is_stdout("/dev/fd/10"));
	CHECK(!file_is_stdout("./-"));
	CHECK(!file_is_stdout("/dev/fd/"));
}

/* A pipe that takes one frame, and what comes out of it so far. */
static int pipe_ends[2];
static unsigned char *pipe_bytes;
static size_t pipe_length;

static void open_pipe(void)
{
	if (pipe(pipe_ends))
		abort();
	fcntl(pipe_ends[1], F_SETPIPE_SZ, 4096);
	pipe_bytes = realloc(pipe_bytes, 1024 * FRAME_BYTES);
	pipe_length = 0;
}

static int create_on_pipe(void)
{
	static char name[32];

	snprintf(name, sizeof(name), "/dev/fd/%d", pipe_ends[1]);
	return create(name);
}

static void close_pipe(void)
{
	close(pipe_ends[0]);
	close(pipe_ends[1]);
}

static void drain(size_t bytes)
{
	ssize_t got;

	for (size_t end = pipe_length + bytes; pipe_length < end; pipe_length += (size_t)got) {
		got = read(pipe_ends[0], pipe_bytes + pipe_length, end - pipe_length);
		if (got <= 0)
			abort();
	}
}

static void pipes(void)
{
	struct frame *frame;

	begin("file: a pipe gets all frames in order, however slow its reader is");
	open_pipe();
	CHECK_EQ(create_on_pipe(), 0);
	CHECK(scene.sink->fd >= 0);
	give_many(1, NUM_BUFFERS);
	for (unsigned i = 0; i < 20; i++) {
		usleep(1000);
		drain(FRAME_BYTES);
		wait_results(i + 1);
		give(frame_of(i + 1 + NUM_BUFFERS));
	}
	CHECK_EQ(sink_finish(scene.sink), -EINPROGRESS);
	drain(NUM_BUFFERS * FRAME_BYTES);
	CHECK_EQ(finish(), 0);
	CHECK_EQ(scene.num_results, 20 + NUM_BUFFERS);
	for (unsigned i = 0; i < 20 + NUM_BUFFERS; i++) {
		CHECK_EQ(scene.results[i].sequence, i + 1);
		CHECK_EQ(scene.results[i].error, 0);
		CHECK(is_frame(pipe_bytes + i * FRAME_BYTES, i + 1));
	}
	CHECK_EQ(scene.returned, 20 + NUM_BUFFERS);
	close_pipe();

	begin("file: a pipe whose reader sleeps holds the buffers, not the loop");
	open_pipe();
	CHECK_EQ(create_on_pipe(), 0);
	give_many(1, NUM_BUFFERS);
	usleep(20000);
	sink_dispatch(scene.sink);
	CHECK(scene.sink->pending > 0);
	CHECK_EQ(scene.returned + scene.sink->pending, NUM_BUFFERS);

	test_case("file: cancelled, it is through at once, and the frames are back");
	uint64_t before = sys_monotonic_ns();
	sink_cancel(scene.sink);
	CHECK(sys_monotonic_ns() - before < 900000000);
	CHECK_EQ(scene.sink->pending, 0);
	CHECK_EQ(scene.returned, NUM_BUFFERS);
	CHECK_EQ(scene.results[NUM_BUFFERS - 1].error, -ECANCELED);
	CHECK_EQ(finish(), 0);
	close_pipe();

	begin("file: a reader that goes is told, once");
	open_pipe();
	CHECK_EQ(create_on_pipe(), 0);
	give(frame_of(1));
	drain(FRAME_BYTES);
	close(pipe_ends[0]);
	wait_results(1);
	give_many(2, 2);
	wait_results(3);
	CHECK_EQ(scene.results[0].error, 0);
	CHECK_EQ(scene.results[1].error, -EPIPE);
	CHECK_EQ(scene.results[2].error, -EPIPE);
	CHECK(said(": frame 000002 can't be written: its reader has gone\n"));
	CHECK(!strstr(scene.said, "000003"));
	CHECK_EQ(finish(), -EPIPE);
	close(pipe_ends[1]);

	begin("file: a pipe that somebody made non-blocking is waited for");
	open_pipe();
	fcntl(pipe_ends[1], F_SETFL, O_NONBLOCK);
	CHECK_EQ(create_on_pipe(), 0);
	give_many(1, NUM_BUFFERS);
	usleep(10000);
	drain(NUM_BUFFERS * FRAME_BYTES);
	CHECK_EQ(finish(), 0);
	CHECK(is_frame(pipe_bytes + 3 * FRAME_BYTES, 4));
	CHECK(fcntl(pipe_ends[1], F_GETFL) & O_NONBLOCK);
	close_pipe();

	begin("file: a frame that goes through in pieces is whole in the end");
	make_buffers(2);
	open_pipe();
	fcntl(pipe_ends[1], F_SETFL, O_NONBLOCK);
	CHECK_EQ(create_on_pipe(), 0);
	frame = frame_of(1);
	for (unsigned p = 0; p < 2; p++) {
		unsigned char *map = frame->buffer->planes[p].map;

		for (size_t i = 0; i < MAP_BYTES; i++)
			map[i] = pixel(p, i);
		frame->bytesused[p] = MAP_BYTES;
	}
	give(frame);
	for (unsigned i = 0; i < 2 * MAP_BYTES / 512; i++) {
		usleep(100);
		drain(512);
	}
	CHECK_EQ(finish(), 0);
	CHECK_MEM_EQ(pipe_bytes, frame->buffer->planes[0].map, MAP_BYTES);
	CHECK_MEM_EQ(pipe_bytes + MAP_BYTES, frame->buffer->planes[1].map, MAP_BYTES);
	close_pipe();

	begin("file: a socket is as good as a pipe");
	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pipe_ends), 0);
	pipe_length = 0;
	CHECK_EQ(create_on_pipe(), 0);
	CHECK(scene.sink->fd >= 0);
	give_many(1, 2);
	drain(2 * FRAME_BYTES);
	CHECK_EQ(finish(), 0);
	CHECK(is_frame(pipe_bytes + FRAME_BYTES, 2));
	close_pipe();
}

static void fifos(void)
{
	begin("file: a FIFO waits for its reader, the loop does not");
	CHECK_EQ(mkfifo(in_folder("fifo"), 0600), 0);
	CHECK_EQ(create_in_folder("fifo"), 0);
	give(frame_of(1));
	CHECK_EQ(sink_finish(scene.sink), -EINPROGRESS);
	pipe_ends[0] = open(in_folder("fifo"), O_RDONLY);
	pipe_length = 0;
	drain(FRAME_BYTES);
	CHECK_EQ(finish(), 0);
	CHECK(is_frame(pipe_bytes, 1));
	CHECK_EQ(read(pipe_ends[0], pipe_bytes, 1), 0);
	close(pipe_ends[0]);
	CHECK_STR_EQ(listing(), "fifo");

	begin("file: cancelled before its reader came");
	CHECK_EQ(mkfifo(in_folder("fifo.raw"), 0600), 0);
	CHECK_EQ(create_in_folder("fifo.raw"), 0);
	give(frame_of(1));
	usleep(10000);
	sink_cancel(scene.sink);
	CHECK_EQ(scene.results[0].error, -ECANCELED);
	CHECK_STR_EQ(listing(), "fifo.raw");

	begin("file: destroyed without a word before");
	CHECK_EQ(mkfifo(in_folder("fifo.raw"), 0600), 0);
	CHECK_EQ(create_in_folder("fifo.raw"), 0);
	give(frame_of(1));
	sink_destroy(scene.sink);
	scene.sink = NULL;
	CHECK_EQ(scene.num_results, 1);
	CHECK_EQ(scene.returned, 1);
}

static void dropping(void)
{
	unsigned next = 1, lost = 0;

	begin("file: with drop a reader that sleeps costs frames, not time");
	open_pipe();
	scene.options.drop = true;
	CHECK_EQ(create_on_pipe(), 0);
	give_many(1, NUM_BUFFERS);
	for (unsigned i = 0; i < 16; i++) {
		give(frame_of(NUM_BUFFERS + 1 + i));
		CHECK(scene.sink->pending <= NUM_BUFFERS - 2);
	}
	CHECK(scene.sink->dropped_frames >= 16);
	CHECK_EQ(scene.results[scene.num_results - 1].error, SINK_DROPPED);
	CHECK_STR_EQ(scene.results[scene.num_results - 1].name, "(none)");
	CHECK_EQ(scene.sink->error, 0);
	CHECK_STR_EQ(scene.said, "");
	close_pipe();
	sink_cancel(scene.sink);
	close_pipe();

	begin("file: with drop a file is written by the thread, in order");
	scene.options.drop = true;
	CHECK_EQ(create_in_folder("a-#.raw"), 0);
	CHECK(scene.sink->fd >= 0);
	for (unsigned i = 1; i <= 100; i++) {
		give(frame_of(i));
		sink_dispatch(scene.sink);
		if (i % 8 == 0)
			wait_results(i);
	}
	CHECK_EQ(finish(), 0);
	CHECK_EQ(scene.sink->written_frames + scene.sink->dropped_frames, 100);
	for (unsigned i = 0; i < scene.num_results; i++) {
		struct result *result = &scene.results[i];

		if (result->error) {
			lost += result->error == SINK_DROPPED;
			continue;
		}
		CHECK(result->sequence >= next);
		next = result->sequence + 1;
		CHECK(holds(strrchr(result->name, '/') + 1, result->sequence, 1));
	}
	CHECK_EQ(lost, scene.sink->dropped_frames);
	CHECK(scene.sink->written_frames >= 12);

	begin("file: with drop one file keeps its whole frames when cancelled");
	scene.options.drop = true;
	CHECK_EQ(create_in_folder("video.raw"), 0);
	give(frame_of(1));
	wait_results(1);
	give(frame_of(2));
	sink_cancel(scene.sink);
	CHECK_EQ(scene.num_results, 2);
	CHECK(holds("video.raw", 1, scene.results[1].error ? 1 : 2));
	CHECK_STR_EQ(listing(), "video.raw video.raw.json");

	begin("file: as few buffers as there can be leave room for one frame");
	scene.options.drop = true;
	scene.options.num_buffers = 1;
	CHECK_EQ(create_in_folder("video.raw"), 0);
	give(frame_of(1));
	CHECK_EQ(finish(), 0);
	CHECK(holds("video.raw", 1, 1));
}

static void cancelling(void)
{
	begin("file: cancelled, one file keeps its whole frames");
	CHECK_EQ(create_in_folder("video.raw"), 0);
	give_many(1, 2);
	sink_cancel(scene.sink);
	CHECK(holds("video.raw", 1, 2));
	CHECK_STR_EQ(listing(), "video.raw video.raw.json");
	give(frame_of(3));
	CHECK_EQ(scene.results[2].error, -ECANCELED);
	CHECK_EQ(finish(), 0);
	sink_cancel(scene.sink);
	CHECK_EQ(scene.sink->error, 0);

	begin("file: destroyed without a word it does too");
	CHECK_EQ(create_in_folder("video.raw"), 0);
	give_many(1, 2);
	sink_destroy(scene.sink);
	scene.sink = NULL;
	CHECK(holds("video.raw", 1, 2));
	sink_destroy(NULL);

	begin("file: destroyed before a frame came, nothing is left");
	CHECK_EQ(create_in_folder("video.raw"), 0);
	sink_destroy(scene.sink);
	scene.sink = NULL;
	CHECK_STR_EQ(listing(), "");

	begin("file: cancelled, a name that is taken meanwhile is told");
	CHECK_EQ(create_in_folder("video.raw"), 0);
	give(frame_of(1));
	make("video.raw", "precious");
	sink_cancel(scene.sink);
	CHECK_EQ(scene.sink->error, -EEXIST);
	CHECK_STR_EQ(text_of("video.raw"), "precious");
}

/* Whether this is one PGM picture of a frame. */
static bool is_pgm(const unsigned char *bytes, uint32_t sequence)
{
	static const char header[] = "P5\n64 32\n255\n";

	return !memcmp(bytes, header, strlen(header)) &&
	       is_frame(bytes + strlen(header), sequence);
}

#define PGM_BYTES (strlen("P5\n64 32\n255\n") + FRAME_BYTES)

static void pictures(void)
{
	static unsigned char bytes[64 * 1024];
	struct rlimit before, small;
	struct frame *frame;

	begin("file: pictures are made by the thread, one in each file");
	CHECK_EQ(create_in_folder("a-#.pgm"), 0);
	CHECK(scene.sink->fd >= 0);
	for (unsigned i = 1; i <= 40; i++) {
		give(frame_of(i));
		wait_results(i);
	}
	CHECK_EQ(finish(), 0);
	for (unsigned i = 0; i < 40; i++) {
		CHECK_EQ(scene.results[i].sequence, i + 1);
		CHECK_EQ(read_file(strrchr(scene.results[i].name, '/') + 1, bytes,
				   sizeof(bytes)),
			 PGM_BYTES);
		CHECK(is_pgm(bytes, i + 1));
	}
	CHECK_EQ(scene.sink->written_bytes, 40 * PGM_BYTES);
	CHECK_EQ(scene.sink->cpu_bytes, 40 * FRAME_BYTES);
	CHECK(!strstr(listing(), "json"));

	begin("file: pixmaps follow one another in one file");
	CHECK_EQ(create_in_folder("a.pgm"), 0);
	give_many(1, 3);
	CHECK_EQ(finish(), 0);
	CHECK_EQ(read_file("a.pgm", bytes, sizeof(bytes)), 3 * PGM_BYTES);
	for (unsigned i = 0; i < 3; i++)
		CHECK(is_pgm(bytes + i * PGM_BYTES, i + 1));
	CHECK_EQ(scene.sink->written_bytes, 3 * PGM_BYTES);
	CHECK_STR_EQ(listing(), "a.pgm");

	begin("file: a disk that fills keeps whole pictures");
	getrlimit(RLIMIT_FSIZE, &before);
	small = before;
	small.rlim_cur = 2 * PGM_BYTES + 1000;
	CHECK_EQ(create_in_folder("a.pgm"), 0);
	setrlimit(RLIMIT_FSIZE, &small);
	give_many(1, 4);
	CHECK_EQ(finish(), -EFBIG);
	setrlimit(RLIMIT_FSIZE, &before);
	CHECK_EQ(read_file("a.pgm", bytes, sizeof(bytes)), 2 * PGM_BYTES);
	CHECK(is_pgm(bytes + PGM_BYTES, 2));
	CHECK_STR_EQ(listing(), "a.pgm");

	begin("file: after a failure the thread writes nothing of what it has");
	CHECK_EQ(create_in_folder("a-#.pgm"), 0);
	make("a-000002.pgm", "precious");
	give_many(1, NUM_BUFFERS);
	CHECK_EQ(finish(), -EEXIST);
	CHECK_EQ(scene.results[2].error, -EEXIST);
	CHECK_EQ(scene.sink->written_frames, 1);
	CHECK_STR_EQ(listing(), ".a-000002.pgm.* a-000001.pgm a-000002.pgm");

	begin("file: a PNG file is one picture");
	if (!picture_can(PICTURE_PNG, format_find(V4L2_PIX_FMT_GREY)))
		test_skip("built without libpng");
	else
		CHECK_EQ(create_in_folder("a.png"), -EOPNOTSUPP);
	CHECK(test_state.skipped ||
	      said("a.png: a PNG file is one picture: put a # into its name, or take --count=1"));
	scene.options.set = 1;
	CHECK_EQ(create_in_folder("a.png"), -EOPNOTSUPP);
	CHECK(test_state.skipped ||
	      said("a-001.png: a PNG file is one picture: put a # into its name\n"));
	scene.options.set = 0;
	scene.options.count = 0;
	CHECK_EQ(create_in_folder("a.png"), -EOPNOTSUPP);
	scene.options.count = 1;
	if (!test_state.skipped && CHECK_EQ(create_in_folder("a.png"), 0)) {
		give(frame_of(1));
		CHECK_EQ(finish(), 0);
		CHECK(read_file("a.png", bytes, sizeof(bytes)) > 50);
		CHECK_MEM_EQ(bytes, "\x89PNG\r\n\x1a\n", 8);
		CHECK_STR_EQ(listing(), "a.png");
	}

	begin("file: a picture that the stream can't give is refused");
	CHECK_EQ(create_in_folder("a.ppm"), -EOPNOTSUPP);
	CHECK(said("a.ppm: GREY (R8) can't be written as .ppm: it has no colours"));
	scene.format.fourcc = V4L2_PIX_FMT_MJPEG;
	CHECK_EQ(create_in_folder("a-#.ppm"), -EOPNOTSUPP);
	CHECK(said("MJPG (MJPEG) can't be written as .ppm: compressed frames are not decoded"));
	scene.format.fourcc = v4l2_fourcc('?', '?', '?', '1');
	CHECK_EQ(create_in_folder("a-#.ppm"), -EOPNOTSUPP);
	CHECK(said("can't be written as .ppm: nothing is known of it"));
	scene.format.fourcc = V4L2_PIX_FMT_GREY;
	scene.format.stride_bytes[0] = WIDTH - 1;
	CHECK_EQ(create_in_folder("a-#.pgm"), -EOPNOTSUPP);
	CHECK(said("can't be written as .pgm: this size and layout make no picture"));
	CHECK_STR_EQ(listing(), "");

	begin("file: a frame that is too short for a picture leaves no file");
	CHECK_EQ(create_in_folder("a-#.pgm"), 0);
	frame = frame_of(1);
	frame->bytesused[0]--;
	give(frame);
	CHECK_EQ(finish(), -ENODATA);
	CHECK(said("a-000001.pgm: frame 000001 can't be written: it is shorter than a picture"));
	CHECK_STR_EQ(listing(), "");

	begin("file: nor does one that is longer than its buffer");
	CHECK_EQ(create_in_folder("a-#.pgm"), 0);
	frame = frame_of(1);
	frame->bytesused[0] = MAP_BYTES + 1;
	give(frame);
	CHECK_EQ(finish(), -EPROTO);
	CHECK_STR_EQ(listing(), "");
}

static void piped_pictures(void)
{
	static unsigned char bytes[4 * 4096];

	begin("file: a FIFO gets pictures by its name");
	CHECK_EQ(mkfifo(in_folder("a.pgm"), 0600), 0);
	CHECK_EQ(create_in_folder("a.pgm"), 0);
	give_many(1, 2);
	pipe_ends[0] = open(in_folder("a.pgm"), O_RDONLY);
	pipe_length = 0;
	drain(2 * PGM_BYTES);
	CHECK_EQ(finish(), 0);
	memcpy(bytes, pipe_bytes, 2 * PGM_BYTES);
	CHECK(is_pgm(bytes, 1));
	CHECK(is_pgm(bytes + PGM_BYTES, 2));
	CHECK_EQ(scene.sink->written_frames, 2);
	close(pipe_ends[0]);

	begin("file: cancelled while its reader sleeps");
	CHECK_EQ(mkfifo(in_folder("a.pgm"), 0600), 0);
	pipe_ends[0] = open(in_folder("a.pgm"), O_RDONLY | O_NONBLOCK);
	fcntl(pipe_ends[0], F_SETPIPE_SZ, 4096);
	CHECK_EQ(create_in_folder("a.pgm"), 0);
	give_many(1, NUM_BUFFERS);
	usleep(20000);
	sink_cancel(scene.sink);
	CHECK_EQ(scene.returned, NUM_BUFFERS);
	CHECK_EQ(scene.results[NUM_BUFFERS - 1].error, -ECANCELED);
	close(pipe_ends[0]);
}

/* Whether these two could write to one name. */
static bool meet(const char *first, const char *second)
{
	struct sink *one = NULL, *other = NULL;
	bool there, back;

	scene.options.force = true;
	if (create_in_folder(first) < 0)
		abort();
	one = scene.sink;
	if ((*second == '/' ? create(second) : create_in_folder(second)) < 0)
		abort();
	other = scene.sink;
	scene.sink = NULL;
	there = file_sinks_meet(one, other);
	back = file_sinks_meet(other, one);
	CHECK_EQ(there, back);
	sink_destroy(one);
	sink_destroy(other);
	return there;
}

/* clang-format off */
static const unsigned char mjpeg_head[] = {
	0xff, 0xd8, 0xff, 0xdb, 0, 4, 0, 1, 0xff, 0xc0, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0,
};
static const unsigned char mjpeg_scan[] = { 0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0 };
/* clang-format on */

static size_t append(unsigned char *bytes, size_t used, const void *part, size_t size)
{
	memcpy(bytes + used, part, size);
	return used + size;
}

/* A frame of MJPG, with or without its tables, and padding behind it. Returns its size. */
static size_t make_mjpeg(unsigned char *bytes, uint32_t sequence, bool has_tables)
{
	size_t used = append(bytes, 0, mjpeg_head, sizeof(mjpeg_head));

	if (has_tables)
		used = append(bytes, used, mjpeg_tables, MJPEG_TABLES_SIZE);
	used = append(bytes, used, mjpeg_scan, sizeof(mjpeg_scan));
	for (size_t i = 0; i < 100 + sequence; i++)
		bytes[used++] = (unsigned char)(pixel(sequence, i) & 0x7f);
	used = append(bytes, used, "\xff\xd9\0\0\x5a\0", 6);
	return used;
}

static struct frame *mjpeg_of(uint32_t sequence, bool has_tables)
{
	struct frame *frame = frame_of(sequence);

	frame->bytesused[0] =
		(uint32_t)make_mjpeg(frame->buffer->planes[0].map, sequence, has_tables);
	return frame;
}

/* True if the file, from there on, is that frame. Moves on to the next. */
static bool holds_mjpeg(const char *name, size_t *at, uint32_t sequence, bool has_tables)
{
	static unsigned char bytes[16384], want[4096];
	size_t size = make_mjpeg(want, sequence, has_tables);
	size_t got = read_file(name, bytes, sizeof(bytes));

	if (got < *at + size)
		return false;
	*at += size;
	return !memcmp(bytes + *at - size, want, size);
}

static void begin_mjpeg(const char *name)
{
	begin(name);
	scene.format.fourcc = V4L2_PIX_FMT_MJPEG;
	scene.format.stride_bytes[0] = 0;
	scene.format.size_bytes[0] = MAP_BYTES;
}

static void mjpeg(void)
{
	unsigned char bytes[4096];
	size_t at = 0, size;
	char name[32];
	int ends[2];

	begin_mjpeg("file: .jpg of MJPG, the bytes of the camera and the tables it left out");
	CHECK_EQ(create_in_folder("a-#.JPG"), 0);
	CHECK_EQ(scene.sink->fd, -1);
	give(mjpeg_of(1, false));
	give(mjpeg_of(2, true));
	CHECK_EQ(finish(), 0);
	CHECK(holds_mjpeg("a-000001.JPG", &at, 1, true));
	CHECK_EQ(read_file("a-000001.JPG", bytes, sizeof(bytes)), at);
	size = at;
	at = 0;
	CHECK(holds_mjpeg("a-000002.JPG", &at, 2, true));
	CHECK_EQ(read_file("a-000002.JPG", bytes, sizeof(bytes)), at);
	CHECK_EQ(scene.sink->written_bytes, size + at);
	CHECK_STR_EQ(listing(), "a-000001.JPG a-000002.JPG");

	begin_mjpeg("file: .mjpeg, one after another");
	CHECK_EQ(create_in_folder("a.mjpeg"), 0);
	give(mjpeg_of(1, false));
	give(mjpeg_of(2, true));
	give(mjpeg_of(3, false));
	CHECK_EQ(finish(), 0);
	at = 0;
	for (uint32_t i = 1; i <= 3; i++)
		CHECK(holds_mjpeg("a.mjpeg", &at, i, true));
	CHECK_EQ(read_file("a.mjpeg", bytes, sizeof(bytes)), at);
	CHECK_STR_EQ(listing(), "a.mjpeg");

	begin_mjpeg("file: .raw of MJPG, as it is, with a side-car");
	CHECK_EQ(create_in_folder("a.raw"), 0);
	give(mjpeg_of(1, false));
	CHECK_EQ(finish(), 0);
	at = 0;
	CHECK(holds_mjpeg("a.raw", &at, 1, false));
	CHECK_EQ(read_file("a.raw", bytes, sizeof(bytes)), at);
	CHECK_STR_EQ(listing(), "a.raw a.raw.json");

	begin_mjpeg("file: MJPG to a descriptor has its tables, each frame in one write");
	CHECK_EQ(pipe2(ends, O_CLOEXEC | O_DIRECT), 0);
	snprintf(name, sizeof(name), "/dev/fd/%d", ends[1]);
	CHECK_EQ(create(name), 0);
	for (uint32_t i = 1; i <= 3; i++) {
		unsigned char want[4096];

		give(mjpeg_of(i, false));
		size = make_mjpeg(want, i, true);
		CHECK_EQ(read(ends[0], bytes, sizeof(bytes)), (long long)size);
		CHECK_MEM_EQ(bytes, want, size);
	}
	CHECK_EQ(finish(), 0);
	close(ends[0]);
	close(ends[1]);

	begin_mjpeg("file: a JPEG file is one picture, of MJPG too");
	CHECK_EQ(create_in_folder("a.jpeg"), -EOPNOTSUPP);
	CHECK(said("a.jpeg: a JPEG file is one picture: put a #"));
	scene.options.count = 1;
	CHECK_EQ(create_in_folder("a.jpeg"), 0);
	give(mjpeg_of(1, false));
	CHECK_EQ(finish(), 0);
	at = 0;
	CHECK(holds_mjpeg("a.jpeg", &at, 1, true));
}

/* The suffix takes these frames and no others. */
static void check_stream(const char *name, uint32_t fourcc)
{
	scene.format.fourcc = fourcc;
	CHECK_EQ(create_in_folder(name), 0);
	give_many(1, 2);
	CHECK_EQ(finish(), 0);
	CHECK(holds(name, 1, 2));
	sink_destroy(scene.sink);
	scene.sink = NULL;
}

static void refused_streams(void)
{
	begin("file: elementary streams, as they are and without a side-car");
	check_stream("a.h264", V4L2_PIX_FMT_H264);
	check_stream("a.264", V4L2_PIX_FMT_H264);
	check_stream("a.hevc", V4L2_PIX_FMT_HEVC);
	check_stream("a.h265", V4L2_PIX_FMT_HEVC);
	check_stream("a.265", V4L2_PIX_FMT_HEVC);
	CHECK_STR_EQ(listing(), "a.264 a.265 a.h264 a.h265 a.hevc");

	begin("file: a compressed stream does not go where another belongs");
	CHECK_EQ(create_in_folder("a.h264"), -EOPNOTSUPP);
	CHECK(said("a.h264: GREY (R8) can't be written as .h264: such a file holds H264 only"));
	CHECK_EQ(create_in_folder("a.mjpg"), -EOPNOTSUPP);
	CHECK(said("GREY (R8) can't be written as .mjpg: such a file holds MJPG (MJPEG) only"));
	scene.format.fourcc = V4L2_PIX_FMT_MJPEG;
	CHECK_EQ(create_in_folder("a.hevc"), -EOPNOTSUPP);
	CHECK(said("MJPG (MJPEG) can't be written as .hevc: such a file holds HEVC only"));
	CHECK_EQ(create_in_folder("a-#.png"), -EOPNOTSUPP);
	CHECK(said("MJPG (MJPEG) can't be written as .png: compressed frames are not decoded; "
		   ".jpg and .mjpeg take them"));
	CHECK_EQ(create_in_folder("a.y4m"), -EOPNOTSUPP);
	scene.format.fourcc = V4L2_PIX_FMT_H264;
	CHECK_EQ(create_in_folder("a-#.jpg"), -EOPNOTSUPP);
	CHECK(said("H264 can't be written as .jpg: compressed frames are not decoded"));
	CHECK_STR_EQ(listing(), "");
}

#define Y4M_HEADER "YUV4MPEG2 W64 H32 F30000:1001 I? Cmono XCOLORRANGE=FULL\n"

static void encoded(void)
{
	static unsigned char bytes[64 * 1024];
	size_t header = strlen(Y4M_HEADER), one = strlen("FRAME\n") + FRAME_BYTES;

	begin("file: .y4m, one header and many frames");
	scene.options.rate = (struct text_fraction){ 30000, 1001 };
	CHECK_EQ(create_in_folder("a.y4m"), 0);
	give_many(1, 3);
	CHECK_EQ(finish(), 0);
	CHECK_EQ(read_file("a.y4m", bytes, sizeof(bytes)), header + 3 * one);
	CHECK_MEM_EQ(bytes, Y4M_HEADER "FRAME\n", header + 6);
	for (unsigned i = 0; i < 3; i++)
		CHECK(is_frame(bytes + header + i * one + 6, i + 1));
	CHECK_EQ(scene.sink->written_bytes, header + 3 * one);
	CHECK_STR_EQ(listing(), "a.y4m");

	begin("file: .y4m, a file each");
	scene.options.rate = (struct text_fraction){ 30000, 1001 };
	CHECK_EQ(create_in_folder("a-#.y4m"), 0);
	give_many(1, 2);
	CHECK_EQ(finish(), 0);
	for (uint32_t i = 1; i <= 2; i++) {
		CHECK_EQ(read_file(i == 1 ? "a-000001.y4m" : "a-000002.y4m", bytes,
				   sizeof(bytes)),
			 header + one);
		CHECK_MEM_EQ(bytes, Y4M_HEADER, header);
		CHECK(is_frame(bytes + header + 6, i));
	}

	begin("file: .jpg of what is not compressed is a picture");
	if (!picture_can(PICTURE_JPEG, format_find(V4L2_PIX_FMT_GREY))) {
		test_skip("built without libjpeg");
		return;
	}
	CHECK_EQ(create_in_folder("a-#.jpg"), 0);
	CHECK(scene.sink->fd >= 0);
	give_many(1, 2);
	CHECK_EQ(finish(), 0);
	CHECK(read_file("a-000002.jpg", bytes, sizeof(bytes)) > 100);
	CHECK_MEM_EQ(bytes, "\xff\xd8\xff\xe0", 4);
	CHECK_MEM_EQ(bytes + 6, "JFIF", 5);
	CHECK_STR_EQ(listing(), "a-000001.jpg a-000002.jpg");
}

static void meetings(void)
{
	struct sink *one;

	begin("file: two sinks that would write one file are found");
	CHECK_EQ(mkdir(in_folder("d"), 0700), 0);
	CHECK(meet("a.raw", "a.raw"));
	CHECK(meet("a-#.raw", "./a-000001.raw"));
	CHECK(meet("a.raw", "d/../a.raw"));

	test_case("file: others are not");
	CHECK(!meet("a.raw", "b.raw"));
	CHECK(!meet("a.raw", "d/a.raw"));
	CHECK(!meet("a.raw", "/dev/null"));

	test_case("file: two on one pipe meet, on /dev/null they do not");
	open_pipe();
	CHECK_EQ(create_on_pipe(), 0);
	one = scene.sink;
	CHECK_EQ(create_on_pipe(), 0);
	CHECK(file_sinks_meet(one, scene.sink));
	sink_destroy(one);
	sink_destroy(scene.sink);
	close_pipe();
	CHECK_EQ(create("/dev/null"), 0);
	one = scene.sink;
	CHECK_EQ(create("/dev/null"), 0);
	CHECK(!file_sinks_meet(one, scene.sink));
	sink_destroy(one);
	begin("file: two on one FIFO meet by name");
	CHECK_EQ(mkfifo(in_folder("f"), 0600), 0);
	CHECK(meet("f", "./f"));
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	if (!mkdtemp(folder))
		return 1;
	log_init(&scene.log, "#");
	scene.log.listener = hear;
	for (unsigned i = 0; i < NUM_BUFFERS; i++)
		buffer_init(&scene.buffers[i], i, BUFFER_DEVICE);
	reset();

	one_file();
	many_files();
	layouts();
	settings();
	notes();
	existing_files();
	late_files();
	refused_names();
	full_disks();
	in_place();
	pipes();
	fifos();
	dropping();
	cancelling();
	pictures();
	piped_pictures();
	mjpeg();
	refused_streams();
	encoded();
	meetings();

	reset();
	for (unsigned i = 0; i < NUM_BUFFERS; i++)
		buffer_finish(&scene.buffers[i]);
	clear();
	rmdir(folder);
	free(pipe_bytes);
	return test_done();
}
