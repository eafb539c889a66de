// SPDX-License-Identifier: GPL-2.0-or-later
/* Side-cars: what is written for which format, for one frame and for many. */
#include "common/sink/sidecar.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "test/unit/test.h"

#define MONOTONIC V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC

static char *text;

/* What is written; the same memory again and again. */
static const char *written(struct sidecar *sidecar, bool table)
{
	int fd = memfd_create("sidecar", MFD_CLOEXEC);
	off_t length;

	if (fd < 0 || sidecar_write(sidecar, table, fd) < 0)
		abort();
	length = lseek(fd, 0, SEEK_CUR);
	text = realloc(text, (size_t)length + 1);
	if (!text || pread(fd, text, (size_t)length, 0) != length)
		abort();
	text[length] = '\0';
	close(fd);
	return text;
}

static struct sidecar_frame frame_of(uint32_t sequence, uint32_t bytes)
{
	return (struct sidecar_frame){
		.timestamp_ns = 1000000000ull + sequence * 33333333ull,
		.sequence = sequence,
		.flags = MONOTONIC,
		.bytes = { bytes },
		.clock = { .boottime_ns = 5, .realtime_ns = 1700000000000000000, .error_ns = 70 },
	};
}

static void add(struct sidecar *sidecar, const struct sidecar_frame *frame)
{
	if (sidecar_reserve(sidecar) < 0)
		abort();
	sidecar_add(sidecar, frame);
}

static struct video_format format_of(uint32_t fourcc, uint32_t width, uint32_t height,
				     uint32_t stride)
{
	return (struct video_format){
		.fourcc = fourcc,
		.width = width,
		.height = height,
		.num_planes = 1,
		.stride_bytes = { stride },
	};
}

/* The side-car of one plain frame of this format. */
static const char *single(const struct video_format *format, uint32_t bytes)
{
	struct sidecar_frame frame = frame_of(3, bytes);
	struct sidecar sidecar;
	const char *result;

	sidecar_init(&sidecar, format, "main");
	add(&sidecar, &frame);
	result = written(&sidecar, false);
	sidecar_finish(&sidecar);
	return result;
}

static bool has(const char *whole, const char *part)
{
	return strstr(whole, part) != NULL;
}

static void one_frame(void)
{
	struct video_format format = format_of(V4L2_PIX_FMT_SRGGB10, 640, 480, 1280);
	struct sidecar_frame frame = frame_of(42, 614400);
	struct sidecar sidecar;

	test_case("side-car: one RAW frame with all that can be known");
	frame.settings = (struct sidecar_settings){
		.exposure_ns = 10000000,
		.gain_milli = 2500,
		.red_milli = 1750,
		.blue_milli = 1234,
		.has_black_level = true,
		.black_level = 64,
	};
	sidecar_init(&sidecar, &format, "raw");
	add(&sidecar, &frame);
	CHECK_STR_EQ(written(&sidecar, false),
		     "{\"width\":640,\"height\":480,\"stride\":1280,\"fourcc\":\"RG10\","
		     "\"format\":\"SRGGB10\","
		     "\"planes\":[{\"offset\":0,\"stride\":1280,\"bytes\":614400}],"
		     "\"bayer_order\":\"RGGB\",\"bits\":10,\"packing\":\"plain\",\"black_level\":64,"
		     "\"stream\":\"raw\",\"sequence\":42,\"timestamp_ns\":2399999986,"
		     "\"timestamp_boottime_ns\":2399999991,"
		     "\"timestamp_realtime_ns\":1700000002399999986,\"timestamp_error_ns\":70,"
		     "\"timestamp_edge\":\"end\",\"exposure_ns\":10000000,\"gain\":2.500,"
		     "\"red_gain\":1.750,\"blue_gain\":1.234}\n");

	test_case("side-car: the room is used again for the next frame");
	sidecar_clear(&sidecar);
	frame = frame_of(43, 614400);
	add(&sidecar, &frame);
	CHECK(has(written(&sidecar, false), "\"sequence\":43,"));
	CHECK(!has(text, "\"gain\""));
	CHECK(!has(text, "\"red_gain\""));
	CHECK(!has(text, "\"blue_gain\""));
	CHECK(!has(text, "\"exposure_ns\""));
	CHECK(!has(text, "\"black_level\""));

	test_case("side-car: without a frame there is nothing to say");
	sidecar_clear(&sidecar);
	CHECK_EQ(sidecar_write(&sidecar, false, STDERR_FILENO), -EINVAL);
	CHECK_EQ(sidecar_write(&sidecar, true, STDERR_FILENO), -EINVAL);
	sidecar_finish(&sidecar);

	test_case("side-car: an unknown format is described as far as the driver does");
	format = format_of(v4l2_fourcc('?', '?', '?', '1'), 16, 4, 20);
	sidecar_init(&sidecar, &format, NULL);
	add(&sidecar, &frame);
	CHECK(has(written(&sidecar, false), "{\"width\":16,\"height\":4,\"stride\":20,"));
	CHECK(has(text, "\"format\":null,\"planes\":[{\"offset\":0,\"stride\":20,"
			"\"bytes\":614400}],\"sequence\":43,"));
	sidecar_finish(&sidecar);
}

static void colours(void)
{
	struct video_format format = format_of(V4L2_PIX_FMT_NV12, 64, 32, 64);

	test_case("side-car: colours of YUV as the driver tells them");
	format.colorspace = V4L2_COLORSPACE_REC709;
	format.ycbcr_enc = V4L2_YCBCR_ENC_BT2020;
	format.quantization = V4L2_QUANTIZATION_FULL_RANGE;
	CHECK(has(single(&format, 3072),
		  "],\"colorspace\":\"rec709\",\"matrix\":\"bt2020\",\"range\":\"full\","
		  "\"stream\""));

	test_case("side-car: what the driver leaves open is as V4L2 has it");
	format.ycbcr_enc = V4L2_YCBCR_ENC_DEFAULT;
	format.quantization = V4L2_QUANTIZATION_DEFAULT;
	CHECK(has(single(&format, 3072),
		  "],\"colorspace\":\"rec709\",\"matrix\":\"bt709\",\"range\":\"limited\","));
	format.colorspace = V4L2_COLORSPACE_DEFAULT;
	CHECK(has(single(&format, 3072), "],\"matrix\":\"bt601\",\"range\":\"limited\","));
	format.colorspace = 4711;
	CHECK(!has(single(&format, 3072), "\"colorspace\""));

	test_case("side-car: RGB and grey have a range, but no matrix; Bayer has none of it");
	format = format_of(V4L2_PIX_FMT_RGB24, 64, 32, 192);
	format.colorspace = V4L2_COLORSPACE_SRGB;
	CHECK(has(single(&format, 6144), "\"colorspace\":\"srgb\",\"range\":\"full\","));
	format = format_of(V4L2_PIX_FMT_GREY, 64, 32, 64);
	format.quantization = V4L2_QUANTIZATION_LIM_RANGE;
	CHECK(has(single(&format, 2048), "\"range\":\"limited\","));
	CHECK(!has(text, "\"matrix\""));
	format = format_of(V4L2_PIX_FMT_SRGGB8, 64, 32, 64);
	format.colorspace = V4L2_COLORSPACE_RAW;
	CHECK(!has(single(&format, 2048), "\"colorspace\""));
	CHECK(!has(text, "\"range\""));
}

static void times(void)
{
	struct video_format format = format_of(V4L2_PIX_FMT_GREY, 8, 8, 8);
	struct sidecar_frame frame = frame_of(1, 64);
	struct sidecar sidecar;

	test_case("side-car: a stamp of another clock is not converted");
	sidecar_init(&sidecar, &format, NULL);
	frame.flags = V4L2_BUF_FLAG_TIMESTAMP_UNKNOWN | V4L2_BUF_FLAG_KEYFRAME;
	add(&sidecar, &frame);
	CHECK(has(written(&sidecar, false), "\"timestamp_ns\":1033333333,\"timestamp_edge\""));

	test_case("side-car: the start of exposure is told from the end of the frame");
	sidecar_clear(&sidecar);
	frame.flags = MONOTONIC | V4L2_BUF_FLAG_TSTAMP_SRC_SOE;
	add(&sidecar, &frame);
	CHECK(has(written(&sidecar, false), "\"timestamp_edge\":\"start\""));

	test_case("side-car: a clock that is behind the monotonic one");
	sidecar_clear(&sidecar);
	frame.clock.realtime_ns = -1033333330;
	add(&sidecar, &frame);
	CHECK(has(written(&sidecar, false), "\"timestamp_realtime_ns\":3,"));
	sidecar_finish(&sidecar);
}

static void planes(void)
{
	struct video_format format = format_of(V4L2_PIX_FMT_NV12, 64, 32, 80);
	struct sidecar_frame frame = frame_of(1, 80 * 32);
	struct sidecar sidecar;

	test_case("side-car: colour planes that share a memory are told apart");
	CHECK(has(single(&format, 3840),
		  "\"planes\":[{\"offset\":0,\"stride\":80,\"bytes\":2560},"
		  "{\"offset\":2560,\"stride\":80,\"bytes\":1280}],"));
	format.fourcc = V4L2_PIX_FMT_YUV420;
	CHECK(has(single(&format, 3840), "\"planes\":[{\"offset\":0,\"stride\":80,\"bytes\":2560},"
					 "{\"offset\":2560,\"stride\":40,\"bytes\":640},"
					 "{\"offset\":3200,\"stride\":40,\"bytes\":640}]"));

	test_case("side-car: planes of M420 take turns line by line, so they are one");
	format.fourcc = V4L2_PIX_FMT_M420;
	CHECK(has(single(&format, 3840),
		  "\"planes\":[{\"offset\":0,\"stride\":80,\"bytes\":3840}]"));

	test_case("side-car: memory planes follow each other in the file");
	format.fourcc = V4L2_PIX_FMT_NV12M;
	format.num_planes = 2;
	format.stride_bytes[1] = 96;
	frame.bytes[1] = 96 * 16;
	sidecar_init(&sidecar, &format, NULL);
	add(&sidecar, &frame);
	CHECK(has(written(&sidecar, false),
		  "\"planes\":[{\"offset\":0,\"stride\":80,\"bytes\":2560},"
		  "{\"offset\":2560,\"stride\":96,\"bytes\":1536}]"));

	test_case("side-car: a frame whose planes have other sizes says so in the table");
	add(&sidecar, &frame);
	frame.bytes[1] = 96;
	add(&sidecar, &frame);
	CHECK(has(written(&sidecar, true),
		  "\n{\"offset\":4096,\"bytes\":4096,\"sequence\":1,"));
	CHECK(has(text, "\n{\"offset\":8192,\"bytes\":2656,\"sequence\":1,"));
	CHECK(has(text, "\"timestamp_edge\":\"end\",\"planes\":["
			"{\"offset\":0,\"stride\":80,\"bytes\":2560},"
			"{\"offset\":2560,\"stride\":96,\"bytes\":96}]}\n]}\n"));
	CHECK(has(text, "\"timestamp_edge\":\"end\"},\n{\"offset\":8192"));
	sidecar_finish(&sidecar);
}

static void readers(void)
{
	struct video_format format = format_of(V4L2_PIX_FMT_RGB24, 64, 32, 192);

	test_case("side-car: what ffmpeg can read comes with its options");
	CHECK(has(single(&format, 6144),
		  "\"ffmpeg\":\"-f rawvideo -pixel_format rgb24 -video_size 64x32\""));
	format = format_of(V4L2_PIX_FMT_YUV420, 64, 32, 64);
	CHECK(has(single(&format, 3072), "-pixel_format yuv420p -video_size 64x32\""));
	format = format_of(V4L2_PIX_FMT_MJPEG, 64, 32, 0);
	CHECK(has(single(&format, 999), "\"ffmpeg\":\"-f mjpeg\""));
	format.fourcc = V4L2_PIX_FMT_H264;
	CHECK(has(single(&format, 999), "\"ffmpeg\":\"-f h264\""));
	format.fourcc = V4L2_PIX_FMT_HEVC;
	CHECK(has(single(&format, 999), "\"ffmpeg\":\"-f hevc\""));

	test_case("side-car: what has gaps does not, nor what ffmpeg lacks");
	format = format_of(V4L2_PIX_FMT_RGB24, 64, 32, 200);
	CHECK(!has(single(&format, 6400), "ffmpeg"));
	CHECK(!has(single(&format, 6144), "ffmpeg"));
	format.stride_bytes[0] = 192;
	CHECK(!has(single(&format, 6145), "ffmpeg"));
	format = format_of(V4L2_PIX_FMT_SRGGB10P, 64, 32, 80);
	CHECK(!has(single(&format, 2560), "ffmpeg"));

	test_case("side-car: only samples of RAW and grey have bits, order and packing");
	CHECK(has(single(&format, 2560),
		  "\"bayer_order\":\"RGGB\",\"bits\":10,\"packing\":\"csi2\",\"stream\""));
	format = format_of(V4L2_PIX_FMT_Y10, 64, 32, 128);
	CHECK(has(single(&format, 4096),
		  "],\"bits\":10,\"packing\":\"plain\",\"range\":\"full\",\"stream\""));
	format = format_of(V4L2_PIX_FMT_RGB24, 64, 32, 192);
	CHECK(!has(single(&format, 6144), "\"bits\""));
	format = format_of(V4L2_PIX_FMT_IPU3_SBGGR10, 100, 2, 128);
	CHECK(has(single(&format, 256),
		  "\"bayer_order\":\"BGGR\",\"bits\":10,\"packing\":\"ipu3\""));
}

static void tables(void)
{
	struct video_format format = format_of(V4L2_PIX_FMT_MJPEG, 64, 32, 0);
	struct sidecar_frame frame = frame_of(7, 100);
	struct sidecar sidecar;
	const char *place;

	test_case("side-car: a table says where each frame is");
	sidecar_init(&sidecar, &format, "main");
	add(&sidecar, &frame);
	frame = frame_of(8, 250);
	frame.settings.exposure_ns = 5;
	add(&sidecar, &frame);
	frame = frame_of(11, 50);
	frame.flags = 0;
	add(&sidecar, &frame);
	CHECK_STR_EQ(written(&sidecar, true),
		     "{\"width\":64,\"height\":32,\"stride\":0,\"fourcc\":\"MJPG\","
		     "\"format\":\"MJPEG\","
		     "\"planes\":[{\"offset\":0,\"stride\":0,\"bytes\":100}],"
		     "\"stream\":\"main\",\"ffmpeg\":\"-f mjpeg\",\"frames\":[\n"
		     "{\"offset\":0,\"bytes\":100,\"sequence\":7,\"timestamp_ns\":1233333331,"
		     "\"timestamp_boottime_ns\":1233333336,"
		     "\"timestamp_realtime_ns\":1700000001233333331,"
		     "\"timestamp_error_ns\":70,\"timestamp_edge\":\"end\"},\n"
		     "{\"offset\":100,\"bytes\":250,\"sequence\":8,\"timestamp_ns\":1266666664,"
		     "\"timestamp_boottime_ns\":1266666669,"
		     "\"timestamp_realtime_ns\":1700000001266666664,"
		     "\"timestamp_error_ns\":70,\"timestamp_edge\":\"end\","
		     "\"exposure_ns\":5},\n"
		     "{\"offset\":350,\"bytes\":50,\"sequence\":11,"
		     "\"timestamp_ns\":1366666663,\"timestamp_edge\":\"end\"}\n]}\n");

	test_case("side-car: what seldom changes is kept once, each change is");
	sidecar_clear(&sidecar);
	frame = frame_of(0, 10);
	for (unsigned i = 0; i < 1000; i++) {
		frame.timestamp_ns++;
		frame.sequence++;
		frame.bytes[0] = i;
		add(&sidecar, &frame);
	}
	CHECK_EQ(sidecar.num_changes, 1);
	frame.settings.gain_milli = 1001;
	add(&sidecar, &frame);
	CHECK_EQ(sidecar.num_changes, 2);
	frame.settings.exposure_ns = 1;
	add(&sidecar, &frame);
	CHECK_EQ(sidecar.num_changes, 3);
	frame.settings.has_black_level = true;
	add(&sidecar, &frame);
	CHECK_EQ(sidecar.num_changes, 4);
	frame.settings.black_level = 1;
	add(&sidecar, &frame);
	CHECK_EQ(sidecar.num_changes, 5);
	frame.clock.boottime_ns++;
	add(&sidecar, &frame);
	CHECK_EQ(sidecar.num_changes, 6);
	frame.clock.realtime_ns++;
	add(&sidecar, &frame);
	CHECK_EQ(sidecar.num_changes, 7);
	frame.clock.error_ns++;
	add(&sidecar, &frame);
	CHECK_EQ(sidecar.num_changes, 8);
	frame.bytes[2]++;
	add(&sidecar, &frame);
	CHECK_EQ(sidecar.num_changes, 9);
	frame.flags ^= 1;
	add(&sidecar, &frame);
	CHECK_EQ(sidecar.num_changes, 10);

	test_case("side-car: a long table is all there, in order");
	sidecar_clear(&sidecar);
	for (unsigned i = 0; i < 100000; i++) {
		frame = frame_of(i, 3000000 + i % 2);
		add(&sidecar, &frame);
	}
	CHECK(sidecar.max_rows <= 200000);
	place = strstr(written(&sidecar, true), "\"frames\"");
	for (unsigned i = 0; place && i < 100000; i++) {
		char row[160];

		snprintf(row, sizeof(row),
			 "\n{\"offset\":%llu,\"bytes\":%u,\"sequence\":%u,"
			 "\"timestamp_ns\":%llu,",
			 i * 3000000ull + i / 2, 3000000 + i % 2, i,
			 1000000000ull + i * 33333333ull);
		place = strchr(place, '\n');
		if (!place || strncmp(place, row, strlen(row)))
			place = NULL;
		else
			place++;
	}
	CHECK(place);
	CHECK_STR_EQ(place ? strchr(place, '\n') : NULL, "\n]}\n");
	sidecar_finish(&sidecar);
}

static void failures(void)
{
	struct video_format format = format_of(V4L2_PIX_FMT_GREY, 8, 8, 8);
	struct sidecar_frame frame = frame_of(1, 64);
	struct sidecar sidecar;
	int full = open("/dev/full", O_WRONLY);

	test_case("side-car: a full disk is told");
	sidecar_init(&sidecar, &format, NULL);
	add(&sidecar, &frame);
	CHECK_EQ(sidecar_write(&sidecar, false, full), -ENOSPC);
	for (unsigned i = 0; i < 1000; i++)
		add(&sidecar, &frame);
	CHECK_EQ(sidecar_write(&sidecar, true, full), -ENOSPC);
	close(full);
	sidecar_finish(&sidecar);

	test_case("side-car: one that was never used can be finished, twice");
	sidecar_init(&sidecar, &format, NULL);
	sidecar_finish(&sidecar);
	sidecar_finish(&sidecar);
	CHECK_EQ(sidecar.num_rows, 0);
}

int main(void)
{
	one_frame();
	colours();
	times();
	planes();
	readers();
	tables();
	failures();
	free(text);
	return test_done();
}
