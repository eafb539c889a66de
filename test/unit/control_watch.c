// SPDX-License-Identifier: GPL-2.0-or-later
/* What is told of controls that change by themselves, and how often. */
#include "common/device/control_watch.h"

#include "test/unit/control_fake.h"

/* The device says so at that time; the kernel keeps the last event of each control. */
static void happen(uint64_t now_ms, uint32_t id, uint32_t changes, int64_t value)
{
	struct v4l2_event *event = &devices[0].events[devices[0].num_events++];
	const struct fake *fake = fake_find(&devices[0], id);

	*event = (struct v4l2_event){
		.type = V4L2_EVENT_CTRL,
		.id = id,
		.timestamp.tv_sec = (time_t)(now_ms / 1000),
		.timestamp.tv_nsec = (long)(now_ms % 1000) * 1000000,
		.u.ctrl = {
			.changes = changes,
			.type = fake ? fake->type : V4L2_CTRL_TYPE_INTEGER,
			.value64 = value,
		},
	};
}

static void change(uint64_t now_ms, uint32_t id, int64_t value)
{
	happen(now_ms, id, V4L2_EVENT_CTRL_CH_VALUE, value);
}

static struct control_watch *make_watch(void)
{
	struct control_watch *watch = NULL;
	struct control_set *set = NULL;

	if (!CHECK_EQ(control_create(&test_log, &set), 0) ||
	    !CHECK_EQ(control_lend_device(set, 0, "one", ""), 0))
		exit(1);
	set->ioctl = fake_ioctl;
	if (!CHECK_EQ(control_watch_over(set, &watch), 0))
		exit(1);
	return watch;
}

static void check_silence(struct control_watch *watch)
{
	CHECK_EQ(control_watch_dispatch(watch), 0);
	CHECK_EQ(ears.count, 0);
}

#define CHECK_SAID(watch, code, words)                      \
	do {                                                \
		CHECK_EQ(control_watch_dispatch(watch), 0); \
		check_heard(__LINE__, code, words);         \
	} while (0)

static void test_changes(void)
{
	struct control_watch *watch;

	test_case("watch: asks a camera for nothing but its shutter");
	PLUG(0, webcam);
	watch = make_watch();
	CHECK_EQ(devices[0].subscriptions, 7);
	CHECK_EQ(devices[0].queries, 0);
	CHECK_EQ(devices[0].reads, 1);
	CHECK_EQ(ears.count, 0);

	test_case("watch: a value, then what it was");
	change(1000, V4L2_CID_BRIGHTNESS, 5);
	CHECK_SAID(watch, "control-changed", "one: brightness is now 5");
	CHECK_EQ(ears.level, LOG_NOTICE);
	change(3000, V4L2_CID_BRIGHTNESS, -7);
	CHECK_SAID(watch, "control-changed", "one: brightness changed from 5 to -7");

	test_case("watch: with units and names");
	change(3000, V4L2_CID_EXPOSURE_ABSOLUTE, 156);
	CHECK_SAID(watch, "control-changed", "exposure_time_absolute is now 156 (15.6ms)");
	change(3000, V4L2_CID_EXPOSURE_AUTO, 3);
	CHECK_SAID(watch, "control-changed", "auto_exposure is now 3 (Item 3)");
	change(9000, V4L2_CID_EXPOSURE_AUTO, 1);
	CHECK_SAID(watch, "control-changed", "from 3 (Item 3) to 1 (Item 1)");

	test_case("watch: a device is asked once for what a control is");
	CHECK_EQ(devices[0].queries, 3);

	test_case("watch: what is no change");
	change(20000, V4L2_CID_EXPOSURE_AUTO, 1);
	check_silence(watch);
	happen(20000, V4L2_CID_EXPOSURE_AUTO, V4L2_EVENT_CTRL_CH_FLAGS, 3);
	check_silence(watch);
	happen(20000, V4L2_CID_EXPOSURE_AUTO, V4L2_EVENT_CTRL_CH_RANGE, 3);
	check_silence(watch);
	change(20000, V4L2_CID_GAMMA, 3);
	check_silence(watch);

	test_case("watch: a slave whose master changed sends a value that is no news");
	happen(20000, V4L2_CID_CONTRAST,
	       V4L2_EVENT_CTRL_CH_FLAGS | V4L2_EVENT_CTRL_CH_VALUE, 30);
	check_silence(watch);
	change(20000, V4L2_CID_CONTRAST, 40);
	CHECK_SAID(watch, "control-changed", "contrast changed from 30 to 40");

	test_case("watch: the end leaves no subscription");
	control_watch_destroy(watch);
	CHECK_EQ(devices[0].subscriptions, 0);
	CHECK_EQ(ears.count, 0);
	control_watch_destroy(NULL);
}

static void test_floods(void)
{
	struct control_watch *watch;

	PLUG(0, webcam);
	watch = make_watch();

	test_case("watch: a flood is one sentence a second, and none is lost");
	change(1000, V4L2_CID_EXPOSURE_ABSOLUTE, 100);
	CHECK_SAID(watch, "control-changed", "is now 100");
	for (unsigned i = 1; i < 10; i++) {
		change(1000 + 100 * i, V4L2_CID_EXPOSURE_ABSOLUTE, 100 + i);
		check_silence(watch);
	}
	change(1950, V4L2_CID_EXPOSURE_ABSOLUTE, 109);
	check_silence(watch);
	change(2000, V4L2_CID_EXPOSURE_ABSOLUTE, 110);
	CHECK_SAID(watch, "control-changed",
		   "changed from 100 (10ms) to 110 (11ms) in 10 steps");

	test_case("watch: one control's flood does not silence another");
	change(2100, V4L2_CID_EXPOSURE_ABSOLUTE, 111);
	change(2100, V4L2_CID_BRIGHTNESS, 1);
	CHECK_SAID(watch, "control-changed", "brightness is now 1");

	test_case("watch: what was held back comes with another's event");
	change(3100, V4L2_CID_CONTRAST, 1);
	CHECK_EQ(control_watch_dispatch(watch), 0);
	CHECK_EQ(ears.count, 2);
	CHECK(strstr(ears.sentence, "from 110 (11ms) to 111 (11.1ms)"));
	CHECK(!strstr(ears.sentence, "steps"));
	ears.count = 0;

	test_case("watch: not if it came back to what was told");
	change(3200, V4L2_CID_EXPOSURE_ABSOLUTE, 112);
	change(3300, V4L2_CID_EXPOSURE_ABSOLUTE, 111);
	change(9000, V4L2_CID_CONTRAST, 1);
	check_silence(watch);

	test_case("watch: or at the end");
	change(9100, V4L2_CID_BRIGHTNESS, 2);
	CHECK_SAID(watch, "control-changed", "brightness changed from 1 to 2");
	change(9200, V4L2_CID_BRIGHTNESS, 3);
	check_silence(watch);
	control_watch_destroy(watch);
	CHECK_HEARD("control-changed", "brightness changed from 2 to 3");
}

static void test_privacy(void)
{
	struct control_watch *watch;

	test_case("watch: a shutter that is closed at the start");
	PLUG(0, webcam);
	devices[0].fakes[6].value = 1;
	watch = make_watch();
	CHECK_HEARD("privacy", "one: the privacy shutter is closed");
	CHECK_EQ(ears.level, LOG_WARNING);

	test_case("watch: is opened, and closed");
	change(1000, V4L2_CID_PRIVACY, 0);
	CHECK_SAID(watch, "privacy", "one: the privacy shutter is open");
	CHECK_EQ(ears.level, LOG_NOTICE);
	change(5000, V4L2_CID_PRIVACY, 1);
	CHECK_SAID(watch, "privacy", "is closed");
	control_watch_destroy(watch);

	test_case("watch: or can't be read");
	PLUG(0, webcam);
	devices[0].fakes[6].unreadable = -EIO;
	watch = make_watch();
	CHECK_EQ(ears.count, 0);
	change(1000, V4L2_CID_PRIVACY, 1);
	CHECK_SAID(watch, "privacy", "is closed");
	control_watch_destroy(watch);
}

static void test_devices(void)
{
	static const struct fake others[] = {
		{ .id = V4L2_CID_DO_WHITE_BALANCE,
		  .type = V4L2_CTRL_TYPE_BUTTON,
		  .title = "Do White Balance" },
		{ .id = V4L2_CID_CAMERA_CLASS_BASE + 1,
		  .type = V4L2_CTRL_TYPE_STRING,
		  .title = "Words",
		  .maximum = 8,
		  .flags = V4L2_CTRL_FLAG_HAS_PAYLOAD },
		{ .id = V4L2_CID_FOCUS_ABSOLUTE, .silent = -EIO, .title = "" },
		{ .id = V4L2_CID_GAIN, .type = V4L2_CTRL_TYPE_BITMASK, .title = "Bits" },
	};
	struct control_watch *watch;
	struct control_set *set;

	test_case("watch: what has no number");
	PLUG(0, others);
	watch = make_watch();
	change(1000, V4L2_CID_DO_WHITE_BALANCE, 0);
	CHECK_SAID(watch, "control-changed", "one: do_white_balance was pressed");
	change(1000, V4L2_CID_CAMERA_CLASS_BASE + 1, 0);
	CHECK_SAID(watch, "control-changed", "one: words changed");
	change(1000, V4L2_CID_GAIN, 0x80000000);
	CHECK_SAID(watch, "control-changed", "one: bits is now 0x80000000");

	test_case("watch: what the device can't tell about is passed by");
	change(1000, V4L2_CID_FOCUS_ABSOLUTE, 1);
	check_silence(watch);

	test_case("watch: the device goes away");
	devices[0].gone = -ENODEV;
	CHECK_EQ(control_watch_dispatch(watch), -ENODEV);
	CHECK_EQ(ears.count, 0);
	control_watch_destroy(watch);
	CHECK_EQ(control_create(&test_log, &set), 0);
	set->ioctl = fake_ioctl;
	CHECK_EQ(control_lend_device(set, 0, "one", ""), 0);
	CHECK_EQ(control_watch_over(set, &watch), -ENODEV);

	test_case("watch: a node without events is fine");
	PLUG(0, webcam);
	devices[0].no_events = true;
	watch = make_watch();
	CHECK_EQ(devices[0].subscriptions, 0);
	check_silence(watch);
	control_watch_destroy(watch);
}

int main(void)
{
	test_changes();
	test_floods();
	test_privacy();
	test_devices();
	return test_done();
}
