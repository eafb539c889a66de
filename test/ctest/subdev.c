// SPDX-License-Identifier: GPL-2.0-or-later
/* Sub-devices on the real kernel: the pads of vimc's sensor, debayer and scaler. */
#include "common/base/format.h"
#include "test/ctest/ctest.h"

#define CROP   V4L2_SEL_TGT_CROP
#define BOUNDS V4L2_SEL_TGT_CROP_BOUNDS
#define SRGGB8 MEDIA_BUS_FMT_SRGGB8_1X8
#define RGB888 MEDIA_BUS_FMT_RGB888_1X24
#define BGR888 MEDIA_BUS_FMT_BGR888_1X24

static struct v4l2_mbus_framefmt format_of(uint32_t code, uint32_t width, uint32_t height)
{
	return (struct v4l2_mbus_framefmt){
		.code = code,
		.width = width,
		.height = height,
		.field = V4L2_FIELD_NONE,
	};
}

static void check_format(const char *file, int line, const struct v4l2_mbus_framefmt *got,
			 uint32_t code, uint32_t width, uint32_t height)
{
	char name[FORMAT_NAME_SIZE], want_name[FORMAT_NAME_SIZE];

	if (got->code != code || got->width != width || got->height != height)
		test_fail(file, line, "got %s/%ux%u, want %s/%ux%u",
			  mbus_name_text(got->code, name), got->width, got->height,
			  mbus_name_text(code, want_name), width, height);
}

#define CHECK_FORMAT(got, code, width, height) \
	check_format(__FILE__, __LINE__, got, code, width, height)

static void check_rectangle(const char *file, int line, const struct v4l2_rect *got,
			    int left, int top, unsigned width, unsigned height)
{
	if (got->left != left || got->top != top || got->width != width ||
	    got->height != height)
		test_fail(file, line, "got (%d,%d)/%ux%u, want (%d,%d)/%ux%u", got->left,
			  got->top, got->width, got->height, left, top, width, height);
}

#define CHECK_RECTANGLE(got, left, top, width, height) \
	check_rectangle(__FILE__, __LINE__, got, left, top, width, height)

/* The format of a pad, read into a pattern so that what is not written shows. */
static void expect_pad(const char *file, int line, const struct subdev *subdev,
		       uint32_t pad, uint32_t code, uint32_t width, uint32_t height)
{
	struct v4l2_mbus_framefmt format;
	int ret;

	memset(&format, CTEST_PATTERN, sizeof(format));
	ret = subdev_get_format(subdev, pad, &format);
	if (ret < 0)
		test_fail(file, line, "%s pad %u: %s", subdev->name, pad, strerror(-ret));
	check_format(file, line, &format, code, width, height);
}

#define EXPECT_PAD(subdev, pad, code, width, height) \
	expect_pad(__FILE__, __LINE__, subdev, pad, code, width, height)

static void formats(void)
{
	struct v4l2_mbus_framefmt format;
	struct subdev *sensor, *other;

	test_case("subdev: a format is set, read back, and seen by another opener");
	sensor = ctest_subdev(NULL, "Sensor A");
	other = ctest_subdev(NULL, "Sensor A");
	if (!sensor || !other)
		return;
	CHECK_STR_EQ(sensor->name, "Sensor A");
	EXPECT_PAD(sensor, 0, RGB888, 640, 480);
	format = format_of(SRGGB8, 1920, 1080);
	CHECK_EQ(subdev_set_format(sensor, 0, &format), 0);
	CHECK_FORMAT(&format, SRGGB8, 1920, 1080);
	CHECK_EQ(format.field, V4L2_FIELD_NONE);
	EXPECT_PAD(sensor, 0, SRGGB8, 1920, 1080);
	EXPECT_PAD(other, 0, SRGGB8, 1920, 1080);

	test_case("subdev: trying a format says what would come and changes nothing");
	format = format_of(BGR888, 321, 241);
	CHECK_EQ(subdev_try_format(sensor, 0, &format), 0);
	CHECK_FORMAT(&format, BGR888, 320, 240);
	EXPECT_PAD(sensor, 0, SRGGB8, 1920, 1080);

	test_case("subdev: a pad that is not there is refused, the format left alone");
	memset(&format, CTEST_PATTERN, sizeof(format));
	CHECK_EQ(subdev_get_format(sensor, 1, &format), -EINVAL);
	CHECK_EQ(format.width, 0xa5a5a5a5);
	CHECK_EQ(subdev_set_format(sensor, 1, &format), -EINVAL);
	CHECK_EQ(subdev_try_format(sensor, 1, &format), -EINVAL);
	CHECK_EQ(format.width, 0xa5a5a5a5);
	EXPECT_PAD(sensor, 0, SRGGB8, 1920, 1080);
	subdev_destroy(sensor);
	subdev_destroy(other);
}

static void rounding(void)
{
	static const struct {
		uint32_t code, width, height;
		uint32_t got_code, got_width, got_height;
	} asked[] = {
		{ SRGGB8, 641, 479, SRGGB8, 640, 478 },
		{ SRGGB8, 1, 1, SRGGB8, 16, 16 },
		{ SRGGB8, 0, 0, SRGGB8, 16, 16 },
		{ SRGGB8, 100000, 100000, SRGGB8, 4096, 2160 },
		{ SRGGB8, UINT32_MAX, 17, SRGGB8, 4096, 16 },
		/* No code that a sensor would have. */
		{ MEDIA_BUS_FMT_JPEG_1X8, 64, 64, RGB888, 64, 64 },
	};
	struct v4l2_mbus_framefmt format;
	struct subdev *sensor;

	test_case("subdev: sizes are rounded and codes replaced as the driver says");
	sensor = ctest_subdev(NULL, "Sensor A");
	for (size_t i = 0; sensor && i < CTEST_COUNT(asked); i++) {
		format = format_of(asked[i].code, asked[i].width, asked[i].height);
		CHECK_EQ(subdev_set_format(sensor, 0, &format), 0);
		CHECK_FORMAT(&format, asked[i].got_code, asked[i].got_width,
			     asked[i].got_height);
		EXPECT_PAD(sensor, 0, asked[i].got_code, asked[i].got_width,
			   asked[i].got_height);
	}
	subdev_destroy(sensor);
}

static void debayer(void)
{
	struct v4l2_mbus_framefmt format;
	struct subdev *subdev;

	test_case("subdev: the source of the debayer follows its sink");
	subdev = ctest_subdev(NULL, "Debayer A");
	if (!subdev)
		return;
	EXPECT_PAD(subdev, 0, SRGGB8, 640, 480);
	format = format_of(MEDIA_BUS_FMT_SBGGR10_1X10, 320, 200);
	CHECK_EQ(subdev_set_format(subdev, 0, &format), 0);
	EXPECT_PAD(subdev, 0, MEDIA_BUS_FMT_SBGGR10_1X10, 320, 200);
	EXPECT_PAD(subdev, 1, RGB888, 320, 200);
	format = format_of(BGR888, 640, 480);
	CHECK_EQ(subdev_set_format(subdev, 1, &format), 0);
	CHECK_FORMAT(&format, RGB888, 320, 200);
	/* No Bayer code: the default. */
	format = format_of(RGB888, 64, 64);
	CHECK_EQ(subdev_set_format(subdev, 0, &format), 0);
	CHECK_FORMAT(&format, SRGGB8, 64, 64);
	subdev_destroy(subdev);
}

static void scaler(void)
{
	struct v4l2_mbus_framefmt format;
	struct v4l2_rect rectangle;
	struct subdev *subdev;

	test_case("subdev: crop on the sink of the scaler, inside its bounds");
	subdev = ctest_subdev(NULL, "Scaler");
	if (!subdev)
		return;
	format = format_of(RGB888, 800, 600);
	CHECK_EQ(subdev_set_format(subdev, 0, &format), 0);
	memset(&rectangle, CTEST_PATTERN, sizeof(rectangle));
	CHECK_EQ(subdev_get_selection(subdev, 0, CROP, &rectangle), 0);
	CHECK_RECTANGLE(&rectangle, 0, 0, 800, 600);
	memset(&rectangle, CTEST_PATTERN, sizeof(rectangle));
	CHECK_EQ(subdev_get_selection(subdev, 0, BOUNDS, &rectangle), 0);
	CHECK_RECTANGLE(&rectangle, 0, 0, 800, 600);
	rectangle = (struct v4l2_rect){ 100, 50, 400, 300 };
	CHECK_EQ(subdev_set_selection(subdev, 0, CROP, &rectangle), 0);
	CHECK_RECTANGLE(&rectangle, 100, 50, 400, 300);
	memset(&rectangle, CTEST_PATTERN, sizeof(rectangle));
	CHECK_EQ(subdev_get_selection(subdev, 0, CROP, &rectangle), 0);
	CHECK_RECTANGLE(&rectangle, 100, 50, 400, 300);

	test_case("subdev: a crop beyond the picture is moved inside it");
	rectangle = (struct v4l2_rect){ 700, 500, 400, 300 };
	CHECK_EQ(subdev_set_selection(subdev, 0, CROP, &rectangle), 0);
	CHECK_RECTANGLE(&rectangle, 400, 300, 400, 300);
	rectangle = (struct v4l2_rect){ -8, -8, 9999, 9999 };
	CHECK_EQ(subdev_set_selection(subdev, 0, CROP, &rectangle), 0);
	CHECK_RECTANGLE(&rectangle, 0, 0, 800, 600);

	test_case("subdev: no crop on the source, no other target, none on a sensor");
	memset(&rectangle, CTEST_PATTERN, sizeof(rectangle));
	CHECK_EQ(subdev_get_selection(subdev, 1, CROP, &rectangle), -EINVAL);
	CHECK_EQ(subdev_get_selection(subdev, 0, V4L2_SEL_TGT_COMPOSE, &rectangle), -EINVAL);
	CHECK_EQ(subdev_set_selection(subdev, 0, BOUNDS, &rectangle), -EINVAL);
	CHECK_EQ(rectangle.width, 0xa5a5a5a5);

	test_case("subdev: the source of the scaler has its own size and the sink's code");
	format = format_of(BGR888, 200, 150);
	CHECK_EQ(subdev_set_format(subdev, 1, &format), 0);
	CHECK_FORMAT(&format, RGB888, 200, 150);
	format = format_of(BGR888, 640, 480);
	CHECK_EQ(subdev_set_format(subdev, 0, &format), 0);
	EXPECT_PAD(subdev, 1, BGR888, 640, 480);
	CHECK_EQ(subdev_get_selection(subdev, 0, CROP, &rectangle), 0);
	CHECK_RECTANGLE(&rectangle, 0, 0, 640, 480);
	subdev_destroy(subdev);
}

static void nothing_of_the_kind(void)
{
	struct v4l2_fract interval = { 1, 30 };
	struct subdev_route routes[4];
	struct v4l2_rect rectangle;
	struct subdev *sensor;
	uint32_t count = 4;

	test_case("subdev: what vimc does not have: selections of a sensor, intervals, routes");
	sensor = ctest_subdev(NULL, "Sensor A");
	if (!sensor)
		return;
	CHECK_EQ(subdev_get_selection(sensor, 0, CROP, &rectangle), -ENOTTY);
	CHECK_EQ(subdev_get_interval(sensor, 0, &interval), -ENOTTY);
	CHECK_EQ(subdev_set_interval(sensor, 0, &interval), -ENOTTY);
	CHECK_EQ(interval.denominator, 30);
	CHECK_EQ(subdev_enum_interval(sensor, 0, SRGGB8, 640, 480, 0, &interval), -ENOTTY);
	CHECK_EQ(subdev_get_routes(sensor, routes, &count), -ENOTTY);
	count = 0;
	CHECK_EQ(subdev_set_routes(sensor, routes, &count), -ENOTTY);
	subdev_destroy(sensor);
}

/* All codes of a pad, each once; how many. */
static unsigned enumerate_codes(const struct subdev *subdev, uint32_t pad,
				uint32_t *codes, unsigned room)
{
	unsigned count = 0;
	int ret = 0;

	while (count < room) {
		codes[count] = 0xa5a5a5a5;
		ret = subdev_enum_code(subdev, pad, count, &codes[count]);
		if (ret < 0)
			break;
		for (unsigned i = 0; i < count; i++)
			CHECK(codes[i] != codes[count]);
		count++;
	}
	CHECK_EQ(ret, -EINVAL);
	CHECK_EQ(codes[count], 0xa5a5a5a5);
	return count;
}

static bool has_code(const uint32_t *codes, unsigned count, uint32_t code)
{
	for (unsigned i = 0; i < count; i++)
		if (codes[i] == code)
			return true;
	return false;
}

static void enumeration(void)
{
	struct v4l2_subdev_frame_size_enum size;
	struct subdev *sensor, *debayer_a;
	uint32_t codes[128];
	unsigned count;

	test_case("subdev: codes are listed until there are no more");
	sensor = ctest_subdev(NULL, "Sensor A");
	debayer_a = ctest_subdev(NULL, "Debayer A");
	if (!sensor || !debayer_a)
		return;
	count = enumerate_codes(sensor, 0, codes, CTEST_COUNT(codes));
	CHECK(has_code(codes, count, SRGGB8));
	CHECK(has_code(codes, count, RGB888));
	CHECK(has_code(codes, count, BGR888));
	CHECK(!has_code(codes, count, MEDIA_BUS_FMT_JPEG_1X8));
	count = enumerate_codes(debayer_a, 0, codes, CTEST_COUNT(codes));
	CHECK_EQ(count, 12);
	CHECK(!has_code(codes, count, RGB888));
	CHECK_EQ(subdev_enum_code(sensor, 1, 0, codes), -EINVAL);

	test_case("subdev: sizes of a code, one range");
	memset(&size, CTEST_PATTERN, sizeof(size));
	CHECK_EQ(subdev_enum_size(sensor, 0, SRGGB8, 0, &size), 0);
	CHECK_EQ(size.min_width, 16);
	CHECK_EQ(size.max_width, 4096);
	CHECK_EQ(size.min_height, 16);
	CHECK_EQ(size.max_height, 2160);
	CHECK_EQ(subdev_enum_size(sensor, 0, SRGGB8, 1, &size), -EINVAL);
	CHECK_EQ(subdev_enum_size(sensor, 0, MEDIA_BUS_FMT_JPEG_1X8, 0, &size), -EINVAL);
	CHECK_EQ(subdev_enum_size(sensor, 1, SRGGB8, 0, &size), -EINVAL);
	subdev_destroy(sensor);
	subdev_destroy(debayer_a);
}

static void streaming(void)
{
	struct v4l2_mbus_framefmt format = format_of(SRGGB8, 128, 96);
	struct buffer buffers[4];
	struct subdev *sensor;
	struct ctest_raw raw;
	int count;

	test_case("subdev: a pad of a pipeline that streams is busy, trying is not");
	sensor = ctest_subdev(NULL, "Sensor A");
	if (!sensor || !ctest_raw_open(NULL, 0, 64, 48, &raw))
		return;
	count = ctest_map(raw.video, buffers, 2);
	CHECK_EQ(video_start(raw.video), 0);
	CHECK_EQ(subdev_set_format(sensor, 0, &format), -EBUSY);
	EXPECT_PAD(sensor, 0, SRGGB8, 64, 48);
	CHECK_EQ(subdev_try_format(sensor, 0, &format), 0);
	CHECK_FORMAT(&format, SRGGB8, 128, 96);
	CHECK_EQ(video_stop(raw.video), 0);
	CHECK_EQ(subdev_set_format(sensor, 0, &format), 0);
	EXPECT_PAD(sensor, 0, SRGGB8, 128, 96);
	ctest_finish_all(buffers, count);
	ctest_raw_close(&raw);
	subdev_destroy(sensor);
}

static void events(void)
{
	struct subdev *sensor, *other;
	struct v4l2_event event;

	test_case("subdev: a control that somebody else changed is an event");
	sensor = ctest_subdev(NULL, "Sensor A");
	other = ctest_subdev(NULL, "Sensor A");
	if (!sensor || !other)
		return;
	CHECK_EQ(subdev_subscribe(sensor, V4L2_EVENT_CTRL, V4L2_CID_BRIGHTNESS), 0);
	CHECK_EQ(video_dequeue_event(sensor->fd, &event), -ENOENT);
	CHECK_EQ(ctest_poll(sensor->fd, POLLPRI, 0), 0);
	CHECK_EQ(ctest_poke(other->fd, "Contrast", 3), 0);
	CHECK_EQ(ctest_poke(other->fd, "Brightness", 77), 0);
	CHECK(ctest_poll(sensor->fd, POLLPRI, CTEST_LIMIT_MS) & POLLPRI);
	memset(&event, CTEST_PATTERN, sizeof(event));
	CHECK_EQ(video_dequeue_event(sensor->fd, &event), 0);
	CHECK_EQ(event.type, V4L2_EVENT_CTRL);
	CHECK_EQ(event.id, V4L2_CID_BRIGHTNESS);
	CHECK_EQ(event.u.ctrl.value, 77);
	CHECK_EQ(video_dequeue_event(sensor->fd, &event), -ENOENT);

	test_case("subdev: an event that it does not have is refused");
	CHECK_EQ(subdev_subscribe(sensor, V4L2_EVENT_CTRL, V4L2_CID_EXPOSURE), -EINVAL);
	CHECK_EQ(subdev_subscribe(sensor, V4L2_EVENT_FRAME_SYNC, 0), -EINVAL);
	subdev_destroy(sensor);
	subdev_destroy(other);
}

static void refusals(void)
{
	char node[CTEST_NODE_SIZE];
	struct subdev *subdev = NULL;

	test_case("subdev: what cannot be opened leaves nothing behind");
	CHECK_EQ(subdev_open(NULL, "/dev/v4l-subdev-nonesuch", "x", &subdev), -ENOENT);
	CHECK_EQ(subdev_open(NULL, "/dev", "x", &subdev), -EISDIR);
	CHECK_EQ(seteuid(65534), 0);
	CHECK_EQ(subdev_open(NULL, ctest_node("Scaler", node), "x", &subdev), -EACCES);
	CHECK_EQ(seteuid(0), 0);
	CHECK(!subdev);
	subdev_destroy(NULL);
}

static void unplugged(void)
{
	struct v4l2_mbus_framefmt format = format_of(SRGGB8, 64, 48);
	struct v4l2_rect rectangle = { 0 };
	struct subdev *subdev;
	uint32_t code;

	test_case("subdev: a device that is pulled out while open is gone, whatever is asked");
	subdev = ctest_subdev(NULL, "Scaler");
	if (!subdev)
		return;
	CHECK_EQ(ctest_write("/sys/bus/platform/drivers/vimc/unbind", "vimc.0"), 0);
	CHECK_EQ(subdev_get_format(subdev, 0, &format), -ENODEV);
	CHECK_EQ(subdev_set_format(subdev, 0, &format), -ENODEV);
	CHECK_EQ(subdev_try_format(subdev, 0, &format), -ENODEV);
	CHECK_EQ(subdev_get_selection(subdev, 0, CROP, &rectangle), -ENODEV);
	CHECK_EQ(subdev_enum_code(subdev, 0, 0, &code), -ENODEV);
	CHECK_EQ(subdev_subscribe(subdev, V4L2_EVENT_CTRL, V4L2_CID_BRIGHTNESS), -ENODEV);
	CHECK(ctest_poll(subdev->fd, POLLPRI, CTEST_LIMIT_MS) & (POLLERR | POLLHUP));
	subdev_destroy(subdev);
	CHECK_EQ(ctest_write("/sys/bus/platform/drivers/vimc/bind", "vimc.0"), 0);
}

static const struct ctest_case cases[] = {
	{ "formats", formats },
	{ "rounding", rounding },
	{ "debayer", debayer },
	{ "scaler", scaler },
	{ "lacking", nothing_of_the_kind },
	{ "enumeration", enumeration },
	{ "streaming", streaming },
	{ "events", events },
	{ "refusals", refusals },
	{ "unplugged", unplugged },
};

int main(int argc, char **argv)
{
	return ctest_main(cases, CTEST_COUNT(cases), argc, argv);
}
