// SPDX-License-Identifier: GPL-2.0-or-later
/* Which mode of a USB camera serves what is asked for. */
#include "uvc/modes.h"

#include <errno.h>

#include "test/unit/test.h"

/* Frames a second as a list that ends with 0. */
struct line {
	uint32_t fourcc;
	uint32_t width;
	uint32_t height;
	unsigned rates[4];
};

/* A usual webcam, with an infrared picture that is faster than all else. */
static const struct line webcam[] = {
	{ V4L2_PIX_FMT_YUYV, 640, 480, { 30, 15 } },
	{ V4L2_PIX_FMT_YUYV, 320, 240, { 60, 30 } },
	{ V4L2_PIX_FMT_YUYV, 1280, 720, { 10, 5 } },
	{ V4L2_PIX_FMT_NV12, 640, 480, { 15 } },
	{ V4L2_PIX_FMT_MJPEG, 640, 480, { 30 } },
	{ V4L2_PIX_FMT_MJPEG, 1280, 720, { 60, 30 } },
	{ V4L2_PIX_FMT_MJPEG, 1920, 1080, { 30 } },
	{ V4L2_PIX_FMT_H264, 1920, 1080, { 60, 30 } },
	{ V4L2_PIX_FMT_H264, 3840, 2160, { 30 } },
	{ V4L2_PIX_FMT_GREY, 640, 480, { 120 } },
	{ V4L2_PIX_FMT_GREY, 340, 340, { 30 } },
};

static struct uvc_modes modes;

static void add(const struct line *line)
{
	struct uvc_mode mode = {
		.fourcc = line->fourcc,
		.format = format_find(line->fourcc),
		.width = line->width,
		.height = line->height,
	};

	for (unsigned i = 0; i < 4 && line->rates[i]; i++)
		mode.intervals[mode.num_intervals++] =
			(struct v4l2_fract){ 10000000 / line->rates[i], 10000000 };
	CHECK_EQ(uvc_modes_add(&modes, &mode), 0);
}

static void plug(const struct line *lines, size_t count)
{
	uvc_modes_finish(&modes);
	for (size_t i = 0; i < count; i++)
		add(&lines[i]);
}

/* What an output takes; nothing said: all. */
static uint32_t taken[2];
static size_t num_taken;

/* Chooses, and tells as "MJPG 1280x720@30", with "~" ahead of what is not exact. */
static const char *choose(uint32_t fourcc, uint32_t width, uint32_t height, unsigned rate,
			  const char *file)
{
	static char text[64];
	char name[FORMAT_FOURCC_SIZE];
	struct uvc_choice choice;
	const struct uvc_wish wish = {
		.taken = taken,
		.num_taken = num_taken,
		.format = fourcc ? format_find(fourcc) : NULL,
		.width = width,
		.height = height,
		.rate = { rate, rate ? 1 : 0 },
		.file = file,
	};

	if (uvc_choose(&modes, &wish, &choice) < 0)
		return "none";
	snprintf(text, sizeof(text), "%s%s %ux%u@%.4g", choice.is_exact ? "" : "~",
		 format_fourcc_text(choice.mode->fourcc, name), choice.mode->width,
		 choice.mode->height, uvc_rate_hz(&choice.interval));
	return text;
}

#define CHOOSE(fourcc, width, height, rate) choose(fourcc, width, height, rate, NULL)

static void test_nothing_asked(void)
{
	test_case("uvc modes: nothing asked, 640x480 at 30, uncompressed");
	CHECK_STR_EQ(CHOOSE(0, 0, 0, 0), "YUYV 640x480@30");

	test_case("uvc modes: a size, the format that comes to 30 there");
	CHECK_STR_EQ(CHOOSE(0, 1280, 720, 0), "MJPG 1280x720@30");
	CHECK_STR_EQ(CHOOSE(0, 1920, 1080, 0), "MJPG 1920x1080@30");
	CHECK_STR_EQ(CHOOSE(0, 3840, 2160, 0), "H264 3840x2160@30");
	CHECK_STR_EQ(CHOOSE(0, 340, 340, 0), "GREY 340x340@30");

	test_case("uvc modes: a format, its size that is nearest to 640x480");
	CHECK_STR_EQ(CHOOSE(V4L2_PIX_FMT_H264, 0, 0, 0), "H264 1920x1080@30");
	CHECK_STR_EQ(CHOOSE(V4L2_PIX_FMT_GREY, 0, 0, 0), "GREY 640x480@120");
}

static void test_rates(void)
{
	test_case("uvc modes: a rate at a size, whatever format has it for the least");
	CHECK_STR_EQ(CHOOSE(0, 1280, 720, 60), "MJPG 1280x720@60");
	CHECK_STR_EQ(CHOOSE(0, 1280, 720, 10), "YUYV 1280x720@10");
	CHECK_STR_EQ(CHOOSE(0, 640, 480, 15), "NV12 640x480@15");
	CHECK_STR_EQ(CHOOSE(0, 640, 480, 120), "GREY 640x480@120");

	test_case("uvc modes: a rate alone finds the size that has it");
	CHECK_STR_EQ(CHOOSE(0, 0, 0, 60), "YUYV 320x240@60");
	CHECK_STR_EQ(CHOOSE(0, 0, 0, 5), "YUYV 1280x720@5");
	CHECK_STR_EQ(CHOOSE(V4L2_PIX_FMT_MJPEG, 0, 0, 60), "MJPG 1280x720@60");

	test_case("uvc modes: what is not there, the nearest");
	CHECK_STR_EQ(CHOOSE(V4L2_PIX_FMT_YUYV, 1280, 720, 30), "~YUYV 1280x720@10");
	CHECK_STR_EQ(CHOOSE(0, 1280, 720, 90), "~MJPG 1280x720@60");
	CHECK_STR_EQ(CHOOSE(0, 1300, 700, 30), "~MJPG 1280x720@30");
	CHECK_STR_EQ(CHOOSE(V4L2_PIX_FMT_NV12, 1280, 720, 0), "~NV12 640x480@15");
	CHECK_STR_EQ(CHOOSE(V4L2_PIX_FMT_UYVY, 640, 480, 30), "~YUYV 640x480@30");
}

static void test_uses(void)
{
	test_case("uvc modes: the kind of file decides");
	CHECK_STR_EQ(choose(0, 640, 480, 0, "a.jpg"), "MJPG 640x480@30");
	CHECK_STR_EQ(choose(0, 1280, 720, 0, "a.ppm"), "YUYV 1280x720@10");
	CHECK_STR_EQ(choose(0, 1280, 720, 30, "a.ppm"), "~YUYV 1280x720@10");
	CHECK_STR_EQ(choose(0, 0, 0, 0, "a.h264"), "H264 1920x1080@30");
	CHECK_STR_EQ(choose(0, 0, 0, 0, "a.pgm"), "GREY 640x480@120");

	test_case("uvc modes: a size or rate that only another format has, where JPEG can be made");
	CHECK_STR_EQ(choose(0, 320, 240, 0, "a.jpg"), "YUYV 320x240@30");
	CHECK_STR_EQ(choose(0, 640, 480, 15, "a.jpg"), "NV12 640x480@15");
	CHECK_STR_EQ(choose(0, 3840, 2160, 0, "a.jpg"), "~MJPG 1920x1080@30");
	CHECK_STR_EQ(choose(0, 320, 240, 0, "a.mjpeg"), "~MJPG 640x480@30");
	CHECK_STR_EQ(choose(0, 1280, 720, 10, "a.jpg"), "YUYV 1280x720@10");

	test_case("uvc modes: a file that takes all decides nothing");
	CHECK_STR_EQ(choose(0, 0, 0, 0, "a.raw"), "YUYV 640x480@30");
	CHECK_STR_EQ(choose(0, 0, 0, 0, "-"), "YUYV 640x480@30");

	test_case("uvc modes: a format that was asked for counts more than the file");
	CHECK_STR_EQ(choose(V4L2_PIX_FMT_YUYV, 0, 0, 0, "a.jpg"), "YUYV 640x480@30");

	test_case("uvc modes: a kind of file that the camera has nothing for");
	CHECK_STR_EQ(choose(0, 0, 0, 0, "a.hevc"), "YUYV 640x480@30");

	test_case("uvc modes: what an output takes decides, but not against a format");
	taken[0] = V4L2_PIX_FMT_NV12;
	taken[1] = V4L2_PIX_FMT_H264;
	num_taken = 2;
	CHECK_STR_EQ(CHOOSE(0, 0, 0, 0), "NV12 640x480@15");
	CHECK_STR_EQ(CHOOSE(0, 1920, 1080, 0), "H264 1920x1080@30");
	CHECK_STR_EQ(CHOOSE(0, 320, 240, 0), "~NV12 640x480@15");
	CHECK_STR_EQ(CHOOSE(V4L2_PIX_FMT_GREY, 0, 0, 0), "GREY 640x480@120");
	num_taken = 0;
}

static void test_odd_lists(void)
{
	static const struct line broken[] = {
		{ V4L2_PIX_FMT_YUYV, 0, 480, { 30 } },
		{ V4L2_PIX_FMT_YUYV, 640, 0, { 30 } },
		{ V4L2_PIX_FMT_YUYV, 640, 480, { 0 } },
	};
	static const struct line fast[] = { { V4L2_PIX_FMT_YUYV, 640, 480, { 120, 90, 60 } } };
	struct uvc_mode range = {
		.fourcc = v4l2_fourcc('?', '!', '0', '1'),
		.width = 8,
		.height = 8,
		.is_range = true,
		.num_intervals = 2,
		.intervals = { { 1, 50 }, { 1, 5 } },
	};

	test_case("uvc modes: entries without size or rate are left out");
	plug(broken, 3);
	CHECK_EQ(modes.count, 0);
	CHECK_STR_EQ(CHOOSE(0, 0, 0, 0), "none");

	test_case("uvc modes: all faster than usual, the slowest");
	plug(fast, 1);
	CHECK_STR_EQ(CHOOSE(0, 0, 0, 0), "YUYV 640x480@60");

	test_case("uvc modes: a range of rates has all between, and nothing else");
	uvc_modes_finish(&modes);
	CHECK_EQ(uvc_modes_add(&modes, &range), 0);
	CHECK_STR_EQ(CHOOSE(0, 0, 0, 0), "?!01 8x8@30");
	CHECK_STR_EQ(CHOOSE(0, 8, 8, 7), "?!01 8x8@7");
	CHECK_STR_EQ(CHOOSE(0, 8, 8, 50), "?!01 8x8@50");
	CHECK_STR_EQ(CHOOSE(0, 8, 8, 51), "~?!01 8x8@50");
	CHECK_STR_EQ(CHOOSE(0, 8, 8, 4), "~?!01 8x8@5");

	test_case("uvc modes: between two steps, the nearer one");
	range.step = (struct v4l2_fract){ 1, 100 };
	uvc_modes_finish(&modes);
	CHECK_EQ(uvc_modes_add(&modes, &range), 0);
	CHECK_STR_EQ(CHOOSE(0, 8, 8, 25), "?!01 8x8@25");
	CHECK_STR_EQ(CHOOSE(0, 8, 8, 24), "~?!01 8x8@25");
	CHECK_STR_EQ(CHOOSE(0, 8, 8, 40), "~?!01 8x8@33.33");
	/* The last step would go beyond the range. */
	range.step = (struct v4l2_fract){ 1, 8 };
	uvc_modes_finish(&modes);
	CHECK_EQ(uvc_modes_add(&modes, &range), 0);
	CHECK_STR_EQ(CHOOSE(0, 8, 8, 6), "~?!01 8x8@6.897");
	range.step = (struct v4l2_fract){ 1, 10 };
	range.intervals[1] = (struct v4l2_fract){ 1, 6 };
	uvc_modes_finish(&modes);
	CHECK_EQ(uvc_modes_add(&modes, &range), 0);
	CHECK_STR_EQ(CHOOSE(0, 8, 8, 7), "~?!01 8x8@8.333");
}

int main(void)
{
	plug(webcam, sizeof(webcam) / sizeof(webcam[0]));
	test_nothing_asked();
	test_rates();
	test_uses();
	test_odd_lists();
	uvc_modes_finish(&modes);
	return test_done();
}
