// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Video nodes on the real kernel: kinds of nodes, formats, lists, intervals, rectangles,
 * events, and who may do what when. Wants vimc, vivid with two devices of which the
 * second is multi-planar, and vim2m.
 */
#include "test/ctest/ctest.h"

#define CAPTURE    "vivid-000-vid-cap"
#define CAPTURE_MP "vivid-001-vid-cap"
#define YUYV       V4L2_PIX_FMT_YUYV

/* Inputs of vivid, in the order it has them by default. */
enum { WEBCAM = 0, HDMI = 3 };

static struct video *open_input(const char *name, int input)
{
	struct video *video = ctest_video(NULL, name, VIDEO_CAPTURE);
	struct video_format format;

	if (!video)
		return NULL;
	CHECK_EQ(sys_ioctl(video->fd, VIDIOC_S_INPUT, &input), 0);
	/* Another input has another format. */
	CHECK_EQ(video_get_format(video, &format), 0);
	return video;
}

static void kinds(void)
{
	static const struct {
		const char *name;
		enum video_direction direction;
		enum v4l2_buf_type type;
		bool multiplanar;
		const char *driver;
	} nodes[] = {
		{ CAPTURE, VIDEO_CAPTURE, V4L2_BUF_TYPE_VIDEO_CAPTURE, false, "vivid" },
		{ CAPTURE_MP, VIDEO_CAPTURE, V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE, true,
		  "vivid" },
		{ "vivid-000-vid-out", VIDEO_OUTPUT, V4L2_BUF_TYPE_VIDEO_OUTPUT, false,
		  "vivid" },
		{ "vivid-001-vid-out", VIDEO_OUTPUT, V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE,
		  true, "vivid" },
		{ "vivid-000-meta-cap", VIDEO_CAPTURE, V4L2_BUF_TYPE_META_CAPTURE, false,
		  "vivid" },
		{ "vivid-000-meta-out", VIDEO_OUTPUT, V4L2_BUF_TYPE_META_OUTPUT, false,
		  "vivid" },
		{ "vim2m", VIDEO_CAPTURE, V4L2_BUF_TYPE_VIDEO_CAPTURE, false, "vim2m" },
		{ "vim2m", VIDEO_OUTPUT, V4L2_BUF_TYPE_VIDEO_OUTPUT, false, "vim2m" },
		{ "Raw Capture 0", VIDEO_CAPTURE, V4L2_BUF_TYPE_VIDEO_CAPTURE, false, "vimc" },
	};
	char node[CTEST_NODE_SIZE];
	struct video *video;

	test_case("video: every kind of node is opened as what it is");
	for (size_t i = 0; i < CTEST_COUNT(nodes); i++) {
		video = ctest_video(NULL, nodes[i].name, nodes[i].direction);
		if (!video)
			continue;
		CHECK_EQ(video->type, nodes[i].type);
		CHECK_EQ(video->multiplanar, nodes[i].multiplanar);
		CHECK_EQ(video->output, nodes[i].direction == VIDEO_OUTPUT);
		CHECK_STR_EQ((const char *)video->capability.driver, nodes[i].driver);
		CHECK_STR_EQ(video->name, nodes[i].name);
		CHECK_STR_EQ(video->node, ctest_node(nodes[i].name, node));
		CHECK(video->format.size_bytes[0] > 0);
		CHECK_EQ(video->format.num_planes, 1);
		CHECK_EQ(video->memory, 0);
		video_destroy(video);
	}

	test_case("video: without a name of its own it has that of the node");
	CHECK_EQ(video_open(NULL, ctest_node(CAPTURE, node), NULL, VIDEO_CAPTURE, &video), 0);
	CHECK_STR_EQ(video->name, node);
	video_destroy(video);
}

static int open_error(const char *node, enum video_direction direction)
{
	struct video *video = NULL;
	int ret;

	ret = video_open(NULL, node, NULL, direction, &video);
	CHECK(!video);
	video_destroy(video);
	return ret;
}

static int named_error(const char *name, enum video_direction direction)
{
	char node[CTEST_NODE_SIZE];

	return open_error(ctest_node(name, node), direction);
}

static void refusals(void)
{
	test_case("video: what is no such node is not opened, and leaves nothing open");
	CHECK_EQ(named_error(CAPTURE, VIDEO_OUTPUT), -ENOTSUP);
	CHECK_EQ(named_error("vivid-000-vid-out", VIDEO_CAPTURE), -ENOTSUP);
	CHECK_EQ(named_error("vivid-000-meta-cap", VIDEO_OUTPUT), -ENOTSUP);
	CHECK_EQ(named_error("vivid-000-vbi-cap", VIDEO_CAPTURE), -ENOTSUP);
	CHECK_EQ(named_error("vivid-000-sdr-cap", VIDEO_CAPTURE), -ENOTSUP);
	CHECK_EQ(named_error("vivid-000-rad-rx", VIDEO_CAPTURE), -ENOTSUP);
	CHECK_EQ(named_error("Scaler", VIDEO_CAPTURE), -ENOTSUP);
	CHECK_EQ(open_error("/dev/null", VIDEO_CAPTURE), -ENOTSUP);
	CHECK_EQ(open_error("/dev/video-nonesuch", VIDEO_CAPTURE), -ENOENT);
	CHECK_EQ(open_error("/dev", VIDEO_CAPTURE), -EISDIR);
	CHECK_EQ(seteuid(65534), 0);
	CHECK_EQ(named_error(CAPTURE, VIDEO_CAPTURE), -EACCES);
	CHECK_EQ(seteuid(0), 0);
	video_destroy(NULL);
}

static struct video_format ask(uint32_t fourcc, uint32_t width, uint32_t height)
{
	return (struct video_format){
		.fourcc = fourcc,
		.width = width,
		.height = height,
		.field = V4L2_FIELD_NONE,
		.num_planes = 1,
	};
}

static void formats(void)
{
	struct video_format format;
	struct video *video;

	test_case("video: a format is set, read back and kept");
	video = open_input(CAPTURE, WEBCAM);
	if (!video)
		return;
	format = ask(YUYV, 640, 480);
	CHECK_EQ(video_set_format(video, &format), 0);
	CHECK_EQ(format.fourcc, YUYV);
	CHECK_EQ(format.width, 640);
	CHECK_EQ(format.height, 480);
	CHECK_EQ(format.num_planes, 1);
	CHECK_EQ(format.stride_bytes[0], 1280);
	CHECK_EQ(format.size_bytes[0], 614400);
	CHECK_EQ(format.field, V4L2_FIELD_NONE);
	CHECK_EQ(format.colorspace, V4L2_COLORSPACE_SRGB);
	CHECK_MEM_EQ(&video->format, &format, sizeof(format));
	memset(&format, CTEST_PATTERN, sizeof(format));
	CHECK_EQ(video_get_format(video, &format), 0);
	CHECK_MEM_EQ(&video->format, &format, sizeof(format));
	CHECK_EQ(format.size_bytes[0], 614400);

	test_case("video: colour fields are read");
	CHECK_EQ(ctest_poke(video->fd, "Y'CbCr Encoding", V4L2_YCBCR_ENC_709), 0);
	CHECK_EQ(ctest_poke(video->fd, "Quantization", V4L2_QUANTIZATION_FULL_RANGE), 0);
	CHECK_EQ(ctest_poke(video->fd, "Transfer Function", V4L2_XFER_FUNC_SRGB), 0);
	CHECK_EQ(video_get_format(video, &format), 0);
	CHECK_EQ(format.ycbcr_enc, V4L2_YCBCR_ENC_709);
	CHECK_EQ(format.quantization, V4L2_QUANTIZATION_FULL_RANGE);
	CHECK_EQ(format.xfer_func, V4L2_XFER_FUNC_SRGB);

	test_case("video: trying a format changes nothing");
	format = ask(V4L2_PIX_FMT_RGB24, 1280, 720);
	CHECK_EQ(video_try_format(video, &format), 0);
	CHECK_EQ(format.stride_bytes[0], 3840);
	CHECK_EQ(format.size_bytes[0], 3840 * 720);
	CHECK_EQ(video->format.fourcc, YUYV);
	CHECK_EQ(video_get_format(video, &format), 0);
	CHECK_EQ(format.fourcc, YUYV);
	CHECK_EQ(format.width, 640);

	test_case("video: a size, a stride or a fourcc that cannot be had is answered");
	format = ask(YUYV, 700, 500);
	CHECK_EQ(video_set_format(video, &format), 0);
	CHECK_EQ(format.width, 640);
	CHECK_EQ(format.height, 480);
	format = ask(YUYV, 640, 480);
	format.stride_bytes[0] = 2048;
	CHECK_EQ(video_set_format(video, &format), 0);
	CHECK_EQ(format.stride_bytes[0], 2048);
	CHECK_EQ(format.size_bytes[0], 2048 * 480);
	format = ask(v4l2_fourcc('n', 'o', 'n', 'e'), 640, 480);
	CHECK_EQ(video_set_format(video, &format), 0);
	CHECK_EQ(format.fourcc, YUYV);
	video_destroy(video);
}

static void planes(void)
{
	static const struct {
		uint32_t fourcc;
		unsigned num_planes;
		uint32_t stride[3], size[3];
	} wanted[] = {
		{ V4L2_PIX_FMT_RGB24, 1, { 1920 }, { 1920 * 480 } },
		{ V4L2_PIX_FMT_NV12, 1, { 640 }, { 640 * 720 } },
		/* 128 bytes are for data_offset. */
		{ V4L2_PIX_FMT_NV16M, 2, { 640, 640 }, { 640 * 480 + 128, 640 * 480 } },
		{ V4L2_PIX_FMT_NV61M, 2, { 640, 640 }, { 640 * 480, 640 * 480 + 128 } },
		{ V4L2_PIX_FMT_NV12M, 2, { 640, 640 }, { 640 * 480, 640 * 240 } },
		{ V4L2_PIX_FMT_YUV420M, 3, { 640, 320, 320 }, { 640 * 480, 320 * 240, 320 * 240 } },
	};
	struct video *video;

	test_case("video: a plane has a stride and a size of its own");
	video = open_input(CAPTURE_MP, WEBCAM);
	for (size_t i = 0; video && i < CTEST_COUNT(wanted); i++) {
		CHECK_EQ(ctest_set_format(video, wanted[i].fourcc, 640, 480), 0);
		if (video->format.fourcc != wanted[i].fourcc) {
			test_fail(__FILE__, __LINE__, "%.4s: got %.4s",
				  (const char *)&wanted[i].fourcc,
				  (const char *)&video->format.fourcc);
			continue;
		}
		CHECK_EQ(video->format.num_planes, wanted[i].num_planes);
		for (unsigned p = 0; p < 3; p++) {
			CHECK_EQ(video->format.stride_bytes[p], wanted[i].stride[p]);
			CHECK_EQ(video->format.size_bytes[p], wanted[i].size[p]);
		}
	}
	if (!video)
		return;

	test_case("video: colour fields of a multi-planar node");
	CHECK_EQ(ctest_poke(video->fd, "Y'CbCr Encoding", V4L2_YCBCR_ENC_709), 0);
	CHECK_EQ(ctest_poke(video->fd, "Quantization", V4L2_QUANTIZATION_FULL_RANGE), 0);
	CHECK_EQ(ctest_poke(video->fd, "Transfer Function", V4L2_XFER_FUNC_SRGB), 0);
	CHECK_EQ(ctest_set_format(video, V4L2_PIX_FMT_YUV420M, 640, 480), 0);
	CHECK_EQ(video->format.colorspace, V4L2_COLORSPACE_SRGB);
	CHECK_EQ(video->format.ycbcr_enc, V4L2_YCBCR_ENC_709);
	CHECK_EQ(video->format.quantization, V4L2_QUANTIZATION_FULL_RANGE);
	CHECK_EQ(video->format.xfer_func, V4L2_XFER_FUNC_SRGB);
	CHECK_EQ(video->format.field, V4L2_FIELD_NONE);
	video_destroy(video);
}

static void format_lists(void)
{
	struct v4l2_fmtdesc description;
	struct video *video;
	uint32_t seen[128];
	unsigned count = 0;
	bool yuyv = false;
	int ret;

	test_case("video: formats are listed until there are no more, each once");
	video = open_input(CAPTURE, WEBCAM);
	if (!video)
		return;
	while (count < CTEST_COUNT(seen)) {
		memset(&description, CTEST_PATTERN, sizeof(description));
		ret = video_enum_format(video, count, 0, &description);
		if (ret < 0)
			break;
		seen[count] = description.pixelformat;
		yuyv |= description.pixelformat == YUYV;
		for (unsigned i = 0; i < count; i++)
			CHECK(seen[i] != seen[count]);
		count++;
	}
	CHECK_EQ(ret, -EINVAL);
	CHECK(yuyv);
	CHECK(count > 30);
	video_destroy(video);

	test_case("video: formats of one media bus code");
	video = ctest_video(NULL, "Raw Capture 0", VIDEO_CAPTURE);
	if (!video)
		return;
	CHECK_EQ(video_enum_format(video, 0, MEDIA_BUS_FMT_SRGGB8_1X8, &description), 0);
	CHECK_EQ(description.pixelformat, V4L2_PIX_FMT_SRGGB8);
	CHECK_EQ(video_enum_format(video, 1, MEDIA_BUS_FMT_SRGGB8_1X8, &description),
		 -EINVAL);
	CHECK_EQ(video_enum_format(video, 0, MEDIA_BUS_FMT_JPEG_1X8, &description), -EINVAL);
	video_destroy(video);
}

static void size_lists(void)
{
	static const uint32_t widths[] = { 320, 640, 640, 1280, 1920, 3840 };
	struct v4l2_frmivalenum interval;
	struct v4l2_frmsizeenum size;
	struct video *video;
	uint32_t i;

	test_case("video: sizes of a webcam, one after the other");
	video = open_input(CAPTURE, WEBCAM);
	if (!video)
		return;
	for (i = 0; i < CTEST_COUNT(widths); i++) {
		memset(&size, CTEST_PATTERN, sizeof(size));
		CHECK_EQ(video_enum_size(video, YUYV, i, &size), 0);
		CHECK_EQ(size.type, V4L2_FRMSIZE_TYPE_DISCRETE);
		CHECK_EQ(size.discrete.width, widths[i]);
	}
	CHECK_EQ(video_enum_size(video, YUYV, i, &size), -EINVAL);
	CHECK_EQ(video_enum_size(video, v4l2_fourcc('n', 'o', 'n', 'e'), 0, &size), -EINVAL);

	test_case("video: intervals of a size, the large ones have fewer");
	for (i = 0; i < 32; i++) {
		memset(&interval, CTEST_PATTERN, sizeof(interval));
		if (video_enum_interval(video, YUYV, 640, 480, i, &interval) < 0)
			break;
		CHECK_EQ(interval.type, V4L2_FRMIVAL_TYPE_DISCRETE);
	}
	CHECK_EQ(i, 13);
	CHECK_EQ(video_enum_interval(video, YUYV, 1920, 1080, 8, &interval), 0);
	CHECK_EQ(interval.discrete.numerator, 1);
	CHECK_EQ(interval.discrete.denominator, 30);
	CHECK_EQ(video_enum_interval(video, YUYV, 1920, 1080, 9, &interval), -EINVAL);
	CHECK_EQ(video_enum_interval(video, YUYV, 641, 480, 0, &interval), -EINVAL);
	video_destroy(video);

	test_case("video: sizes of vimc, one range");
	video = ctest_video(NULL, "Raw Capture 0", VIDEO_CAPTURE);
	if (!video)
		return;
	CHECK_EQ(video_enum_size(video, V4L2_PIX_FMT_SRGGB8, 0, &size), 0);
	CHECK_EQ(size.type, V4L2_FRMSIZE_TYPE_CONTINUOUS);
	CHECK_EQ(size.stepwise.min_width, 16);
	CHECK_EQ(size.stepwise.max_width, 4096);
	CHECK_EQ(video_enum_size(video, V4L2_PIX_FMT_SRGGB8, 1, &size), -EINVAL);
	CHECK_EQ(video_enum_interval(video, V4L2_PIX_FMT_SRGGB8, 640, 480, 0, &interval),
		 -ENOTTY);
	video_destroy(video);
}

/* The time from one frame to the next in milliseconds, the mean of four; 0 if none came. */
static unsigned frame_time_ms(struct video *video)
{
	struct buffer buffers[4];
	struct video_done done;
	uint64_t first = 0;
	unsigned none = 0;
	int count, i = 0;

	count = ctest_map(video, buffers, 4);
	CHECK_EQ(ctest_queue_all(video, buffers, count), 0);
	CHECK_EQ(video_start(video), 0);
	for (; i < 6 && CHECK_EQ(ctest_next(video, &done), 0); i++) {
		/* The first is on its way already when the interval gets into force. */
		if (i == 1)
			first = done.timestamp_ns;
		CHECK_EQ(video_queue(video, done.buffer, NULL, 0), 0);
	}
	CHECK_EQ(video_stop(video), 0);
	ctest_finish_all(buffers, count);
	CHECK_EQ(video_request_buffers(video, V4L2_MEMORY_MMAP, &none), 0);
	return i == 6 ? (unsigned)((done.timestamp_ns - first) / 4000000) : 0;
}

static void intervals(void)
{
	struct v4l2_fract interval;
	struct video *video;
	unsigned slow_ms, fast_ms;

	test_case("video: a frame interval is set, read back, and in force");
	video = open_input(CAPTURE, WEBCAM);
	if (!video)
		return;
	CHECK_EQ(ctest_set_format(video, YUYV, 320, 180), 0);
	interval = (struct v4l2_fract){ 1, 10 };
	CHECK_EQ(video_set_interval(video, &interval), 0);
	CHECK_EQ(interval.numerator, 1);
	CHECK_EQ(interval.denominator, 10);
	memset(&interval, CTEST_PATTERN, sizeof(interval));
	CHECK_EQ(video_get_interval(video, &interval), 0);
	CHECK_EQ(interval.numerator, 1);
	CHECK_EQ(interval.denominator, 10);
	slow_ms = frame_time_ms(video);
	interval = (struct v4l2_fract){ 1, 25 };
	CHECK_EQ(video_set_interval(video, &interval), 0);
	fast_ms = frame_time_ms(video);
	/* A busy machine makes frames late, never early: so no upper bound but the other. */
	CHECK(slow_ms > 60);
	CHECK(fast_ms > 20 && fast_ms < slow_ms);

	test_case("video: an interval that cannot be had is answered by one that can");
	interval = (struct v4l2_fract){ 1, 7 };
	CHECK_EQ(video_set_interval(video, &interval), 0);
	CHECK_EQ(interval.numerator, 1);
	CHECK_EQ(interval.denominator, 10);
	interval = (struct v4l2_fract){ 0, 0 };
	CHECK_EQ(video_set_interval(video, &interval), 0);
	CHECK_EQ(interval.denominator, 120);
	video_destroy(video);

	test_case("video: a multi-planar node has intervals too");
	video = open_input(CAPTURE_MP, WEBCAM);
	if (!video)
		return;
	interval = (struct v4l2_fract){ 1, 15 };
	CHECK_EQ(video_set_interval(video, &interval), 0);
	CHECK_EQ(video_get_interval(video, &interval), 0);
	CHECK_EQ(interval.denominator, 15);
	video_destroy(video);

	test_case("video: a node without intervals says so");
	video = ctest_video(NULL, "Raw Capture 0", VIDEO_CAPTURE);
	if (!video)
		return;
	CHECK_EQ(video_get_interval(video, &interval), -ENOTTY);
	CHECK_EQ(video_set_interval(video, &interval), -ENOTTY);
	video_destroy(video);
}

static void check_rectangle(const char *file, int line, struct video *video, uint32_t target,
			    int left, int top, unsigned width, unsigned height)
{
	struct v4l2_rect got;
	int ret;

	memset(&got, CTEST_PATTERN, sizeof(got));
	ret = video_get_selection(video, target, &got);
	if (ret < 0 || got.left != left || got.top != top || got.width != width ||
	    got.height != height)
		test_fail(file, line, "%d, (%d,%d)/%ux%u, want (%d,%d)/%ux%u", ret, got.left,
			  got.top, got.width, got.height, left, top, width, height);
}

#define CHECK_RECTANGLE(video, target, left, top, width, height) \
	check_rectangle(__FILE__, __LINE__, video, target, left, top, width, height)

static void try_selections(const char *name)
{
	struct v4l2_rect rectangle = { 0 };
	struct video *video;

	video = open_input(name, WEBCAM);
	if (!video)
		return;
	CHECK_EQ(video_get_selection(video, V4L2_SEL_TGT_CROP, &rectangle), -ENODATA);
	CHECK_EQ(video_set_selection(video, V4L2_SEL_TGT_CROP, &rectangle), -ENODATA);
	video_destroy(video);

	video = open_input(name, HDMI);
	if (!video)
		return;
	CHECK_EQ(ctest_set_format(video, YUYV, 1280, 720), 0);
	CHECK_RECTANGLE(video, V4L2_SEL_TGT_CROP_BOUNDS, 0, 0, 1280, 720);
	rectangle = (struct v4l2_rect){ 160, 90, 640, 360 };
	CHECK_EQ(video_set_selection(video, V4L2_SEL_TGT_CROP, &rectangle), 0);
	CHECK_RECTANGLE(video, V4L2_SEL_TGT_CROP, 160, 90, 640, 360);
	rectangle = (struct v4l2_rect){ 8, 10, 320, 200 };
	CHECK_EQ(video_set_selection(video, V4L2_SEL_TGT_COMPOSE, &rectangle), 0);
	CHECK_EQ(rectangle.left, 8);
	CHECK_EQ(rectangle.width, 320);
	CHECK_RECTANGLE(video, V4L2_SEL_TGT_COMPOSE, 8, 10, 320, 200);
	/* The nearest that there is comes back. */
	rectangle = (struct v4l2_rect){ 1200, 700, 640, 360 };
	CHECK_EQ(video_set_selection(video, V4L2_SEL_TGT_CROP, &rectangle), 0);
	CHECK_EQ(rectangle.left, 640);
	CHECK_EQ(rectangle.top, 360);
	CHECK_EQ(video_get_selection(video, V4L2_SEL_TGT_NATIVE_SIZE, &rectangle), -EINVAL);
	video_destroy(video);
	video_destroy(open_input(name, WEBCAM));
}

static void selections(void)
{
	test_case("video: crop and compose rectangles, where the input has them");
	try_selections(CAPTURE);
	test_case("video: crop and compose rectangles of a multi-planar node");
	try_selections(CAPTURE_MP);
}

static void next_event(struct video *video, struct v4l2_event *event)
{
	CHECK(ctest_poll(video->fd, POLLPRI, CTEST_LIMIT_MS) & POLLPRI);
	memset(event, CTEST_PATTERN, sizeof(*event));
	CHECK_EQ(video_dequeue_event(video->fd, event), 0);
}

static void events(void)
{
	struct video *video, *other;
	struct v4l2_event event;

	test_case("video: a control that somebody else changed is an event");
	video = open_input(CAPTURE, WEBCAM);
	other = ctest_video(NULL, CAPTURE, VIDEO_CAPTURE);
	if (!video || !other)
		return;
	CHECK_EQ(video_subscribe(video, V4L2_EVENT_CTRL, V4L2_CID_CONTRAST), 0);
	CHECK_EQ(video_dequeue_event(video->fd, &event), -ENOENT);
	CHECK_EQ(ctest_poke(other->fd, "Brightness", 3), 0);
	CHECK_EQ(ctest_poke(other->fd, "Contrast", 99), 0);
	next_event(video, &event);
	CHECK_EQ(event.type, V4L2_EVENT_CTRL);
	CHECK_EQ(event.id, V4L2_CID_CONTRAST);
	CHECK_EQ(event.u.ctrl.value, 99);
	CHECK_EQ(event.pending, 0);

	test_case("video: a source that changed is an event");
	CHECK_EQ(video_subscribe(video, V4L2_EVENT_SOURCE_CHANGE, 0), 0);
	CHECK_EQ(ctest_poke(other->fd, "Colorspace", 1), 0);
	next_event(video, &event);
	CHECK_EQ(event.type, V4L2_EVENT_SOURCE_CHANGE);
	CHECK_EQ(event.u.src_change.changes, V4L2_EVENT_SRC_CH_RESOLUTION);
	CHECK_EQ(video_dequeue_event(video->fd, &event), -ENOENT);
	CHECK_EQ(ctest_poke(other->fd, "Colorspace", 2), 0);

	test_case("video: an event that the driver does not have is refused");
	CHECK_EQ(video_subscribe(video, V4L2_EVENT_EOS, 0), -EINVAL);
	video_destroy(video);
	video_destroy(other);
}

/* A buffer that is good for a node like this, but not of this one. */
static void make_stranger(struct buffer *buffer, unsigned number, enum buffer_memory memory)
{
	buffer_init(buffer, number, memory);
	buffer->num_planes = 1;
	buffer->planes[0].length_bytes = 320 * 180 * 2;
}

static void slots(void)
{
	struct buffer buffers[INDEX_MAX], stranger;
	struct video *video;
	unsigned count;
	int got;

	test_case("video: vivid has more slots than V4L2 had: we use as many as we know");
	video = open_input(CAPTURE, WEBCAM);
	if (!video)
		return;
	CHECK_EQ(ctest_set_format(video, YUYV, 320, 180), 0);
	count = 40;
	CHECK_EQ(video_request_buffers(video, V4L2_MEMORY_MMAP, &count), 0);
	CHECK_EQ(count, INDEX_MAX);
	CHECK_EQ(video->num_slots, INDEX_MAX);
	/* Nor does the kernel have more. */
	CHECK_EQ(video_map_buffer(video, INDEX_MAX, &stranger), -EINVAL);
	make_stranger(&stranger, 35, BUFFER_DEVICE);
	CHECK_EQ(video_queue(video, &stranger, NULL, 0), -EINVAL);

	test_case("video: a slot is queued once, and only where there is one");
	got = ctest_map(video, buffers, 2);
	if (!CHECK_EQ(got, 2))
		return;
	CHECK_EQ(video->memory, V4L2_MEMORY_MMAP);
	CHECK_EQ(video_queue(video, &buffers[1], NULL, 0), 0);
	CHECK_EQ(video_queue(video, &buffers[1], NULL, 0), -EBUSY);
	make_stranger(&stranger, 2, BUFFER_DEVICE);
	CHECK_EQ(video_queue(video, &stranger, NULL, 0), -EINVAL);
	/* Memory of another kind has no business in a slot of the node's own. */
	make_stranger(&stranger, 0, BUFFER_UDMABUF);
	CHECK_EQ(video_queue(video, &stranger, NULL, 0), -EINVAL);
	CHECK_EQ(video_queue(video, &buffers[0], NULL, 0), 0);

	test_case("video: stopping gives slots back that were queued, streaming or not");
	CHECK_EQ(video_stop(video), 0);
	CHECK_EQ(video_queue(video, &buffers[1], NULL, 0), 0);
	CHECK_EQ(video_queue(video, &buffers[0], NULL, 0), 0);
	ctest_finish_all(buffers, got);
	count = 0;
	CHECK_EQ(video_request_buffers(video, V4L2_MEMORY_MMAP, &count), 0);
	CHECK_EQ(video->num_slots, 0);
	CHECK_EQ(video->memory, 0);
	make_stranger(&stranger, 0, BUFFER_DEVICE);
	CHECK_EQ(video_queue(video, &stranger, NULL, 0), -EINVAL);
	CHECK_EQ(video_map_buffer(video, 0, &stranger), -EINVAL);
	video_destroy(video);
}

static void starting(void)
{
	struct buffer buffers[4];
	struct video_done done;
	struct video *video;
	int count;

	test_case("video: starting without buffers is refused, stopping a stopped node is fine");
	video = open_input(CAPTURE, WEBCAM);
	if (!video)
		return;
	CHECK_EQ(ctest_set_format(video, YUYV, 320, 180), 0);
	CHECK_EQ(video_start(video), -EINVAL);
	CHECK(!video->streaming);
	CHECK_EQ(video_stop(video), 0);

	test_case("video: nothing to take yet, then frames in their order");
	count = ctest_map(video, buffers, 4);
	CHECK_EQ(video_start(video), 0);
	CHECK(video->streaming);
	CHECK_EQ(video_dequeue(video, &done), -EAGAIN);
	CHECK_EQ(ctest_queue_all(video, buffers, count), 0);
	for (int i = 0; i < 6 && CHECK_EQ(ctest_next(video, &done), 0); i++) {
		CHECK(done.buffer == &buffers[i % 4]);
		CHECK_EQ(done.flags & V4L2_BUF_FLAG_TIMESTAMP_MASK,
			 V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC);
		CHECK_EQ(done.flags & V4L2_BUF_FLAG_ERROR, 0);
		CHECK_EQ(done.bytesused[0], 320 * 180 * 2);
		CHECK_EQ(done.data_offset[0], 0);
		CHECK(done.timestamp_ns < sys_monotonic_ns() + 1000000000);
		CHECK(done.timestamp_ns + 5000000000 > sys_monotonic_ns());
		CHECK_EQ(video_queue(video, done.buffer, NULL, 0), 0);
	}
	CHECK_EQ(video_stop(video), 0);
	CHECK(!video->streaming);
	CHECK_EQ(video_dequeue(video, &done), -EINVAL);
	ctest_finish_all(buffers, count);
	video_destroy(video);
}

static void owners(void)
{
	struct video_format format = ask(YUYV, 640, 480);
	struct video *video, *other;
	struct buffer buffers[4];
	unsigned two = 2;
	int count;

	test_case("video: who has no buffers may change nothing while another has");
	video = open_input(CAPTURE, WEBCAM);
	other = ctest_video(NULL, CAPTURE, VIDEO_CAPTURE);
	if (!video || !other)
		return;
	CHECK_EQ(ctest_set_format(video, YUYV, 320, 180), 0);
	count = ctest_map(video, buffers, 2);
	CHECK_EQ(video_request_buffers(other, V4L2_MEMORY_MMAP, &two), -EBUSY);
	CHECK_EQ(other->num_slots, 0);
	CHECK_EQ(video_set_format(other, &format), -EBUSY);
	CHECK_EQ(video_set_format(video, &format), -EBUSY);
	CHECK_EQ(video->format.width, 320);
	CHECK_EQ(video_queue(video, &buffers[0], NULL, 0), 0);
	CHECK_EQ(video_start(video), 0);

	test_case("video: destroyed while it streams, the node is free for others");
	ctest_finish_all(buffers, count);
	video_destroy(video);
	CHECK_EQ(video_set_format(other, &format), 0);
	CHECK_EQ(video_request_buffers(other, V4L2_MEMORY_MMAP, &two), 0);
	video_destroy(other);
}

static void unplugged(void)
{
	struct video_format format;
	struct buffer buffers[4];
	struct video_done done;
	struct ctest_raw raw;
	unsigned none = 0;
	uint8_t line[64];
	int count;

	test_case("video: a device that is pulled out while it streams is gone, and nothing hangs");
	if (!ctest_raw_open(NULL, 0, 64, 48, &raw))
		return;
	count = ctest_map(raw.video, buffers, 4);
	CHECK_EQ(ctest_queue_all(raw.video, buffers, count), 0);
	CHECK_EQ(video_start(raw.video), 0);
	CHECK_EQ(ctest_next(raw.video, &done), 0);
	memcpy(line, done.buffer->planes[0].map, sizeof(line));
	CHECK_EQ(ctest_write("/sys/bus/platform/drivers/vimc/unbind", "vimc.0"), 0);
	CHECK(ctest_poll(raw.video->fd, POLLIN, CTEST_LIMIT_MS) & (POLLERR | POLLHUP));
	CHECK_EQ(video_dequeue(raw.video, &done), -ENODEV);
	CHECK_EQ(video_queue(raw.video, done.buffer, NULL, 0), -ENODEV);
	CHECK_EQ(video_get_format(raw.video, &format), -ENODEV);
	CHECK_EQ(video_stop(raw.video), -ENODEV);
	CHECK(!raw.video->streaming);
	CHECK_EQ(video_start(raw.video), -ENODEV);
	CHECK_EQ(video_request_buffers(raw.video, V4L2_MEMORY_MMAP, &none), -ENODEV);
	/* What is mapped stays. */
	CHECK_MEM_EQ(done.buffer->planes[0].map, line, sizeof(line));
	ctest_finish_all(buffers, count);
	ctest_raw_close(&raw);
	CHECK_EQ(ctest_write("/sys/bus/platform/drivers/vimc/bind", "vimc.0"), 0);
}

static const struct ctest_case cases[] = {
	{ "kinds", kinds },
	{ "refusals", refusals },
	{ "formats", formats },
	{ "planes", planes },
	{ "format-lists", format_lists },
	{ "size-lists", size_lists },
	{ "intervals", intervals },
	{ "selections", selections },
	{ "events", events },
	{ "slots", slots },
	{ "starting", starting },
	{ "owners", owners },
	{ "unplugged", unplugged },
};

int main(int argc, char **argv)
{
	return ctest_main(cases, CTEST_COUNT(cases), argc, argv);
}
