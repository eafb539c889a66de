// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Why a pipeline does not start, on vimc as loaded: the pads that are named, and the
 * kernel's own opinion on hundreds of configurations. Wants vimc.
 */
#include "common/device/pipeline.h"
#include "test/ctest/ctest.h"

#define SRGGB8 MEDIA_BUS_FMT_SRGGB8_1X8
#define SBGGR8 MEDIA_BUS_FMT_SBGGR8_1X8
#define RGB888 MEDIA_BUS_FMT_RGB888_1X24

/* What is said of an entity's pipeline, and how many faults that are. */
static int explain(struct media *media, const char *entity, struct ctest_ears *ears)
{
	return pipeline_explain(ctest_listen(ears), media, media_find(media, entity));
}

/* What the kernel says to a start. */
static int start(struct video *video)
{
	unsigned count = 2, none = 0;
	int ret;

	if (!CHECK_EQ(video_request_buffers(video, V4L2_MEMORY_MMAP, &count), 0))
		return 0;
	ret = video_start(video);
	if (ret == 0)
		CHECK_EQ(video_stop(video), 0);
	CHECK_EQ(video_request_buffers(video, V4L2_MEMORY_MMAP, &none), 0);
	return ret;
}

static int start_named(const char *name)
{
	struct video *video = ctest_video(NULL, name, VIDEO_CAPTURE);
	int ret;

	if (!video)
		return 0;
	ret = start(video);
	video_destroy(video);
	return ret;
}

static void set_node(const char *name, uint32_t fourcc, uint32_t width, uint32_t height)
{
	struct video *video = ctest_video(NULL, name, VIDEO_CAPTURE);

	if (!video)
		return;
	CHECK_EQ(ctest_set_format(video, fourcc, width, height), 0);
	video_destroy(video);
}

static void fresh(void)
{
	static const char a[] = "pads-disagree Sensor A pad 0 gives RGB888_1X24/640x480, but "
				"Debayer A pad 0 takes SRGGB8_1X8/640x480\n";
	static const char b[] = "pads-disagree Sensor B pad 0 gives RGB888_1X24/640x480, but "
				"Debayer B pad 0 takes SRGGB8_1X8/640x480\n";
	struct ctest_ears ears;
	struct media *media;

	test_case("pipeline: vimc as loaded does not start, the sensor and the debayer differ");
	media = ctest_media(NULL, "vimc");
	if (!media)
		return;
	CHECK_EQ(start_named("RGB/YUV Capture"), -EPIPE);
	CHECK_EQ(explain(media, "RGB/YUV Capture", &ears), 1);
	CHECK_STR_EQ(ears.text, a);
	CHECK_EQ(explain(media, "Raw Capture 0", &ears), 1);
	CHECK_STR_EQ(ears.text, a);
	CHECK_EQ(explain(media, "Sensor A", &ears), 1);
	CHECK_EQ(explain(media, "Raw Capture 1", &ears), 1);
	CHECK_STR_EQ(ears.text, b);

	test_case("pipeline: an entity with no link that is on has nothing to complain of");
	CHECK_EQ(explain(media, "Lens A", &ears), 0);
	CHECK_EQ(ears.count, 0);
	media_destroy(media);
}

static void halfway(void)
{
	struct ctest_ears ears;
	struct media *media;

	test_case("pipeline: half configured, each pair of pads that differs is named");
	media = ctest_media(NULL, "vimc");
	if (!media)
		return;
	ctest_set_pad(NULL, "Sensor A", 0, SBGGR8, 320, 240);
	ctest_set_pad(NULL, "Debayer A", 0, SBGGR8, 320, 240);
	CHECK_EQ(explain(media, "RGB/YUV Capture", &ears), 2);
	CHECK_HEARD(&ears, "Sensor A pad 0 gives SBGGR8_1X8/320x240, but Raw Capture 0 pad 0 "
			   "takes ");
	CHECK_HEARD(&ears, "Debayer A pad 1 gives RGB888_1X24/320x240, but Scaler pad 0 takes "
			   "RGB888_1X24/640x480\n");
	set_node("Raw Capture 0", V4L2_PIX_FMT_SBGGR8, 320, 240);
	CHECK_EQ(explain(media, "RGB/YUV Capture", &ears), 1);
	ctest_set_pad(NULL, "Scaler", 0, RGB888, 320, 240);
	CHECK_EQ(explain(media, "RGB/YUV Capture", &ears), 1);
	CHECK_HEARD(&ears, "Scaler pad 1 gives RGB888_1X24/320x240, but RGB/YUV Capture pad 0 "
			   "takes ");
	CHECK_EQ(start_named("RGB/YUV Capture"), -EPIPE);
	set_node("RGB/YUV Capture", V4L2_PIX_FMT_RGB24, 320, 240);
	CHECK_EQ(explain(media, "RGB/YUV Capture", &ears), 0);
	CHECK_EQ(ears.count, 0);
	CHECK_EQ(start_named("RGB/YUV Capture"), 0);

	test_case("pipeline: a wrong fourcc of a node, the size being right");
	set_node("Raw Capture 0", V4L2_PIX_FMT_SRGGB8, 320, 240);
	CHECK_EQ(start_named("RGB/YUV Capture"), -EPIPE);
	CHECK_EQ(explain(media, "RGB/YUV Capture", &ears), 1);
	CHECK_HEARD(&ears, "Sensor A pad 0 gives SBGGR8_1X8/320x240, but Raw Capture 0 pad 0 "
			   "takes RGGB (SRGGB8)/320x240\n");
	media_destroy(media);
}

static void unfed(void)
{
	struct ctest_ears ears;
	struct media *media;

	test_case("pipeline: nothing feeds the scaler, though somebody else took the link away");
	media = ctest_media(NULL, "vimc");
	if (!media)
		return;
	{
		struct media *other = ctest_media(NULL, "vimc");

		ctest_scaler_links(other, false, false, false);
		media_destroy(other);
	}
	CHECK_EQ(start_named("RGB/YUV Capture"), -EPIPE);
	CHECK_EQ(explain(media, "RGB/YUV Capture", &ears), 1);
	CHECK_STR_EQ(ears.text, "pad-not-fed no enabled link leads to Scaler pad 0\n");
	media_destroy(media);
}

/* A pad's or node's size and code agree, but not what else the driver looks at. */
static void colours(void)
{
	struct ctest_ears ears;
	struct video_format format;
	struct ctest_raw raw;

	test_case("pipeline: colours that differ, when nothing else does");
	if (!ctest_raw_open(NULL, 0, 320, 240, &raw))
		return;
	CHECK_EQ(explain(raw.media, "Raw Capture 0", &ears), 0);
	{
		struct subdev *sensor = ctest_subdev(NULL, "Sensor A");
		struct v4l2_mbus_framefmt pad;

		CHECK_EQ(subdev_get_format(sensor, 0, &pad), 0);
		pad.colorspace = V4L2_COLORSPACE_REC709;
		CHECK_EQ(subdev_set_format(sensor, 0, &pad), 0);
		subdev_destroy(sensor);
	}
	CHECK_EQ(start(raw.video), -EPIPE);
	CHECK_EQ(explain(raw.media, "Raw Capture 0", &ears), 1);
	CHECK_HEARD(&ears,
		    "Sensor A pad 0 gives SRGGB8_1X8/320x240 with colorspace 3, but "
		    "Raw Capture 0 pad 0 takes RGGB (SRGGB8)/320x240 with colorspace 8\n");
	format = raw.video->format;
	format.colorspace = V4L2_COLORSPACE_REC709;
	CHECK_EQ(video_set_format(raw.video, &format), 0);
	CHECK_EQ(explain(raw.media, "Raw Capture 0", &ears), 0);
	CHECK_EQ(start(raw.video), 0);
	ctest_raw_close(&raw);
}

static void gone(void)
{
	struct ctest_ears ears;
	struct media *media;

	test_case("pipeline: of a device that was pulled out");
	media = ctest_media(NULL, "vimc");
	if (!media)
		return;
	CHECK_EQ(ctest_write("/sys/bus/platform/drivers/vimc/unbind", "vimc.0"), 0);
	CHECK_EQ(explain(media, "RGB/YUV Capture", &ears), -ENODEV);
	CHECK_EQ(ears.count, 0);
	media_destroy(media);
	CHECK_EQ(ctest_write("/sys/bus/platform/drivers/vimc/bind", "vimc.0"), 0);
}

/* ---- the kernel as the judge ---- */

/* Numbers that look random and are the same in every run (xorshift). */
static uint32_t next_number(uint32_t *state, uint32_t below)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state % below;
}

static const uint32_t widths[] = { 320, 320, 320, 160 };

/*
 * A little of everything is wrong: each pad and node has the right format in most of the
 * rounds, so that some of them have it everywhere.
 */
static void configure(struct media *media, uint32_t *state)
{
	static const char *const captures[] = { "Raw Capture 0", "Raw Capture 1",
						"RGB/YUV Capture" };
	uint32_t bayer = next_number(state, 6) ? SRGGB8 : SBGGR8;
	char name[16];

	ctest_scaler_links(media, next_number(state, 2), next_number(state, 3) == 0, false);
	for (unsigned i = 0; i < 2; i++) {
		snprintf(name, sizeof(name), "Sensor %c", 'A' + (int)i);
		ctest_set_pad(NULL, name, 0, next_number(state, 8) ? bayer : SRGGB8,
			      widths[next_number(state, 4)], 240);
		snprintf(name, sizeof(name), "Debayer %c", 'A' + (int)i);
		ctest_set_pad(NULL, name, 0, next_number(state, 8) ? bayer : SRGGB8,
			      widths[next_number(state, 4)], 240);
	}
	ctest_set_pad(NULL, "Scaler", 0, RGB888, widths[next_number(state, 4)], 240);
	for (unsigned i = 0; i < CTEST_COUNT(captures); i++)
		set_node(captures[i],
			 i == 2          ? V4L2_PIX_FMT_RGB24 :
			 bayer == SRGGB8 ? V4L2_PIX_FMT_SRGGB8 :
					   V4L2_PIX_FMT_SBGGR8,
			 widths[next_number(state, 4)], 240);
}

#define ROUNDS 150

static void judged(void)
{
	static const char *const captures[] = { "Raw Capture 0", "Raw Capture 1",
						"RGB/YUV Capture" };
	struct ctest_ears ears;
	uint32_t state = 2463534242;
	unsigned started = 0;
	struct media *media;
	const char *name;
	int faults, ret;

	test_case("pipeline: a fault is found if and only if the kernel finds one");
	media = ctest_media(NULL, "vimc");
	for (unsigned i = 0; media && i < ROUNDS; i++) {
		configure(media, &state);
		name = captures[next_number(&state, 3)];
		faults = explain(media, name, &ears);
		ret = start_named(name);
		started += ret == 0;
		if (ret != (faults ? -EPIPE : 0))
			test_fail(__FILE__, __LINE__,
				  "round %u, %s: start gave %d, found: %s", i, name, ret,
				  ears.text);
	}
	/* Some of each, or nothing was tried. */
	CHECK(started > ROUNDS / 10);
	CHECK(started < ROUNDS * 9 / 10);
	media_destroy(media);
}

static const struct ctest_case cases[] = {
	{ "fresh", fresh },     { "halfway", halfway }, { "unfed", unfed },
	{ "colours", colours }, { "gone", gone },       { "judged", judged },
};

int main(int argc, char **argv)
{
	return ctest_main(cases, CTEST_COUNT(cases), argc, argv);
}
