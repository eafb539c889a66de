// SPDX-License-Identifier: GPL-2.0-or-later
/* Controls as webcams have them: units, old names, automatic modes, faulty firmware. */
#include "test/unit/control_fake.h"

/* Everything that has a unit. */
static const struct fake measured[] = {
	{ .id = V4L2_CID_WHITE_BALANCE_TEMPERATURE,
	  .type = V4L2_CTRL_TYPE_INTEGER,
	  .title = "White Balance Temperature",
	  .minimum = 2800,
	  .maximum = 6500,
	  .step = 100,
	  .value = 4600 },
	{ .id = V4L2_CID_EXPOSURE_ABSOLUTE,
	  .type = V4L2_CTRL_TYPE_INTEGER,
	  .title = "Exposure Time, Absolute",
	  .minimum = 3,
	  .maximum = 2047,
	  .step = 1,
	  .value = 156 },
	{ .id = V4L2_CID_PAN_ABSOLUTE,
	  .type = V4L2_CTRL_TYPE_INTEGER,
	  .title = "Pan, Absolute",
	  .minimum = -36000,
	  .maximum = 36000,
	  .step = 1,
	  .value = -5400,
	  .clamps = 20000 },
	{ .id = V4L2_CID_ZOOM_ABSOLUTE,
	  .type = V4L2_CTRL_TYPE_INTEGER,
	  .title = "Zoom, Absolute",
	  .minimum = 100,
	  .maximum = 400,
	  .step = 1,
	  .value = 100 },
	{ .id = V4L2_CID_ISO_SENSITIVITY,
	  .type = V4L2_CTRL_TYPE_INTEGER,
	  .title = "ISO Sensitivity",
	  .minimum = 100000,
	  .maximum = 3200000,
	  .step = 1,
	  .value = 100000 },
};

static void check_amount(uint32_t id, int64_t number, const char *want)
{
	struct control control = { .id = id, .type = V4L2_CTRL_TYPE_INTEGER };
	char text[CONTROL_AMOUNT_SIZE];
	int64_t back;

	CHECK_STR_EQ(control_amount(&control, number, text), want);
	if (want[0] && !strchr(want, '-') && strcmp(want, "0.0003deg") != 0) {
		CHECK_EQ(control_parse_amount(&control, want, &back), 0);
		CHECK_EQ(back, number);
	}
}

static void test_amounts(void)
{
	test_case("units: numbers as people write them, exactly");
	check_amount(V4L2_CID_EXPOSURE_ABSOLUTE, 1, "100us");
	check_amount(V4L2_CID_EXPOSURE_ABSOLUTE, 10, "1ms");
	check_amount(V4L2_CID_EXPOSURE_ABSOLUTE, 156, "15.6ms");
	check_amount(V4L2_CID_EXPOSURE_ABSOLUTE, 2047, "204.7ms");
	check_amount(V4L2_CID_EXPOSURE_ABSOLUTE, 10235, "1.0235s");
	check_amount(V4L2_CID_EXPOSURE_ABSOLUTE, INT32_MAX, "214748.3647s");
	check_amount(V4L2_CID_EXPOSURE_ABSOLUTE, 0, "0us");
	check_amount(V4L2_CID_EXPOSURE_ABSOLUTE, -1, "-100us");
	check_amount(V4L2_CID_EXPOSURE_ABSOLUTE, INT64_MIN, "");
	check_amount(V4L2_CID_PAN_ABSOLUTE, 3600, "1deg");
	check_amount(V4L2_CID_PAN_ABSOLUTE, -5400, "-1.5deg");
	check_amount(V4L2_CID_TILT_ABSOLUTE, 1, "0.0003deg");
	check_amount(V4L2_CID_ISO_SENSITIVITY, 100500, "100.5ISO");
	check_amount(V4L2_CID_WHITE_BALANCE_TEMPERATURE, 4600, "");
	check_amount(V4L2_CID_GAIN, 4600, "");
}

/* Whole: read without a word. between: only with --adjust. */
static void check_number(struct control_set *set, const char *assignment, bool between,
			 const char *name, int64_t want)
{
	CHECK_EQ(control_assign(set, assignment), 0);
	if (between) {
		CHECK_EQ(control_apply(set, false), -ERANGE);
		CHECK_HEARD("control-range", "the nearest is");
		CHECK_EQ(control_apply(set, true), 0);
		CHECK_HEARD("control-adjusted", assignment);
	} else {
		CHECK_EQ(control_apply(set, false), 0);
		CHECK_EQ(ears.count, 0);
	}
	CHECK_EQ(control_find(set, name)->value, want);
}

static void test_units(void)
{
	static const char *const bad[] = {
		"exposure_time_absolute=10", /* fine, the others are not */
		"exposure_time_absolute=10K",
		"exposure_time_absolute=ms",
		"exposure_time_absolute=-10ms",
		"exposure_time_absolute=1.ms",
		"white_balance_temperature=46k",
		"white_balance_temperature=K",
		"pan_absolute=deg",
		"pan_absolute=1..5deg",
		"pan_absolute=--1deg",
		"pan_absolute=1.deg",
		"pan_absolute=.deg",
		"pan_absolute=-deg",
		"pan_absolute=1deg ",
		"zoom_absolute=1deg",
		"zoom_absolute=10ms",
	};
	struct control_set *set;

	PLUG(0, measured);
	set = make_set(1);

	test_case("units: a number, or an amount with its unit");
	check_number(set, "exposure_time_absolute=100", false, "exposure_absolute", 100);
	check_number(set, "exposure_time_absolute=10ms", false, "exposure_absolute", 100);
	check_number(set, "exposure_time_absolute=0.0333s", false, "exposure_absolute", 333);
	check_number(set, "white_balance_temperature=4700K", false,
		     "white_balance_temperature", 4700);
	check_number(set, "pan_absolute=1.5deg", false, "pan_absolute", 5400);
	check_number(set, "pan_absolute=-.5deg", false, "pan_absolute", -1800);
	check_number(set, "iso_sensitivity=400ISO", false, "iso_sensitivity", 400000);
	check_number(set, "exposure_time_absolute=50%", false, "exposure_absolute", 1025);

	test_case("units: between two numbers, out of range, off the steps");
	check_number(set, "exposure_time_absolute=33.33ms", true, "exposure_absolute", 333);
	check_number(set, "exposure_time_absolute=250us", true, "exposure_absolute", 3);
	check_number(set, "exposure_time_absolute=350us", true, "exposure_absolute", 4);
	check_number(set, "exposure_time_absolute=1s", true, "exposure_absolute", 2047);
	check_number(set, "exposure_time_absolute=1us", true, "exposure_absolute", 3);
	check_number(set, "white_balance_temperature=4640K", true,
		     "white_balance_temperature", 4600);
	check_number(set, "white_balance_temperature=4640.5K", true,
		     "white_balance_temperature", 4600);
	check_number(set, "pan_absolute=0.0001deg", true, "pan_absolute", 0);
	check_number(set, "pan_absolute=-99deg", true, "pan_absolute", -36000);

	test_case("units: a refusal speaks in them");
	CHECK_EQ(control_assign(set, "exposure_time_absolute=1s"), 0);
	CHECK_EQ(control_check(set, false), -ERANGE);
	CHECK_HEARD("control-range",
		    "one: exposure_time_absolute=1s: out of range (3 to 2047, 300us to "
		    "204.7ms), the nearest is 2047 (204.7ms)");
	CHECK_EQ(control_assign(set, "exposure_time_absolute=33.33ms"), 0);
	CHECK_EQ(control_check(set, false), -ERANGE);
	CHECK_HEARD("control-range",
		    "one: exposure_time_absolute=33.33ms: it lies between two values (unit "
		    "100us), the nearest is 333 (33.3ms)");
	CHECK_EQ(control_check(set, true), 0);
	CHECK_HEARD("control-adjusted", "taken as 333 (33.3ms)");
	CHECK_EQ(control_apply(set, true), 0);
	CHECK_EQ(ears.count, 0);

	test_case("units: what is not one of this control");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ears.count = 0;
		if (control_assign(set, bad[i]) != (i ? -EINVAL : 0))
			test_fail(__FILE__, __LINE__, "%s", bad[i]);
		if (i && !strstr(ears.sentence, "not a whole number"))
			test_fail(__FILE__, __LINE__, "%s: %s", bad[i], ears.sentence);
	}
	ears.count = 0;
	CHECK_EQ(control_assign(set, "exposure_time_absolute=x"), -EINVAL);
	CHECK_HEARD("control-value", "(3 to 2047), a duration such as 10ms nor a percentage");
	CHECK_EQ(control_assign(set, "exposure_time_absolute=0.1ns"), -ERANGE);
	ears.count = 0;
	CHECK_EQ(control_assign(set, "pan_absolute=9999999999deg"), -ERANGE);
	CHECK_HEARD("control-value", "out of range");
	control_destroy(set);
}

static void test_listing(void)
{
	struct control_set *set;
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	test_case("units: in the listing");
	PLUG(0, measured);
	devices[0].fakes[4].silent = -EPIPE;
	set = make_set(1);
	control_print(set, file);
	fclose(file);
	CHECK(strstr(text, "max=2047 step=1 default=0 unit=100us value=156 (15.6ms)\n"));
	CHECK(strstr(text, "default=0 unit=K value=4600\n"));
	CHECK(strstr(text, "default=0 unit=arcsec value=-5400 (-1.5deg)\n"));
	CHECK(strstr(text, "step=1 default=0 value=100\n"));
	CHECK(strstr(text, "(unknown): defect='the device does not answer for it'\n"));
	free(text);
	control_destroy(set);
}

static void test_motors(void)
{
	struct control_set *set;

	test_case("motors: one that is on its way is no failure");
	PLUG(0, measured);
	set = make_set(1);
	CHECK_EQ(control_assign(set, "pan_absolute=10deg"), 0);
	CHECK_EQ(control_apply(set, false), 0);
	CHECK_HEARD("control-changed", "asked pan_absolute=10deg, got 20000 (5.5556deg)");
	CHECK_EQ(ears.level, LOG_NOTICE);

	test_case("motors: nor is a volatile value that differs");
	devices[0].fakes[3].clamps = 200;
	devices[0].fakes[3].flags = V4L2_CTRL_FLAG_VOLATILE;
	CHECK_EQ(control_assign(set, "zoom_absolute=300"), 0);
	CHECK_EQ(control_apply(set, false), 0);
	CHECK_EQ(ears.count, 0);
	control_destroy(set);
}

static void test_aliases(void)
{
	static const struct fake old[] = {
		{ .id = V4L2_CID_EXPOSURE_ABSOLUTE,
		  .type = V4L2_CTRL_TYPE_INTEGER,
		  .title = "Exposure (Absolute)",
		  .maximum = 10,
		  .step = 1 },
		{ .id = V4L2_CID_FOCUS_AUTO,
		  .type = V4L2_CTRL_TYPE_BOOLEAN,
		  .title = "Focus, Auto",
		  .maximum = 1 },
		{ .id = V4L2_CID_CAMERA_CLASS_BASE + 40,
		  .type = V4L2_CTRL_TYPE_BOOLEAN,
		  .title = "Focus, Automatic Continuous",
		  .maximum = 1 },
	};
	struct control_set *set;

	test_case("aliases: names of before 5.17");
	PLUG(0, webcam);
	set = make_set(1);
	CHECK(control_find(set, "exposure_auto") == control_find(set, "auto_exposure"));
	CHECK(control_find(set, "exposure_absolute")->id == V4L2_CID_EXPOSURE_ABSOLUTE);
	CHECK(control_find(set, "white_balance_temperature_auto")->id ==
	      V4L2_CID_AUTO_WHITE_BALANCE);
	CHECK(control_find(set, "one:exposure_absolute")->id == V4L2_CID_EXPOSURE_ABSOLUTE);
	CHECK(!control_find(set, "focus_auto"));
	CHECK(!control_find(set, "two:exposure_auto"));
	CHECK_EQ(control_assign(set, "exposure_absolute=30ms,exposure_auto=1"), 0);
	CHECK_EQ(control_apply(set, false), 0);
	CHECK_EQ(control_find(set, "exposure_time_absolute")->value, 300);
	CHECK_EQ(ears.count, 0);
	control_destroy(set);

	test_case("aliases: names of since on an older kernel; its own come first");
	PLUG(0, old);
	set = make_set(1);
	CHECK(control_find(set, "exposure_time_absolute") == control_at(set, 0));
	CHECK(control_find(set, "focus_automatic_continuous") == control_at(set, 2));
	CHECK(control_find(set, "focus_auto") == control_at(set, 1));
	control_destroy(set);
}

static void test_masters(void)
{
	struct control_set *set;

	test_case("masters: with --adjust the switch is set too, ahead of the value");
	PLUG(0, webcam);
	set = make_set(1);
	CHECK_EQ(control_assign(set, "exposure_time_absolute=10ms"), 0);
	CHECK_EQ(control_check(set, true), 0);
	CHECK_HEARD("control-adjusted",
		    "one: auto_exposure=1 (Item 1) is set too: exposure_time_absolute needs it");
	CHECK_STR_EQ(devices[0].writes, "");
	CHECK_EQ(control_apply(set, true), 0);
	CHECK_EQ(ears.count, 0);
	CHECK_STR_EQ(devices[0].writes, "| Auto Exposure=1| Exposure Time, Absolute=100");
	CHECK(!control_is_staged(set));

	test_case("masters: but not if the camera has no such setting");
	devices[0].fakes[4].value = 3;
	devices[0].fakes[4].menu = 1 << 3;
	control_destroy(set);
	set = make_set(1);
	CHECK_EQ(control_assign(set, "exposure_time_absolute=10ms"), 0);
	CHECK_EQ(control_check(set, true), -EINVAL);
	CHECK_HEARD("control-inactive", "exposure_time_absolute=10ms: it is inactive while");
	control_destroy(set);
}

static void test_restore(void)
{
	struct control_set *set;

	test_case("restore: a value that an automatic mode had put to sleep, then the mode");
	PLUG(0, webcam);
	set = make_set(1);
	CHECK_EQ(control_snapshot(set), 0);
	CHECK_EQ(control_assign(set, "auto_exposure=1,exposure_time_absolute=77,brightness=5"),
		 0);
	CHECK_EQ(control_apply(set, false), 0);
	devices[0].writes[0] = '\0';
	CHECK_EQ(control_restore(set), 0);
	CHECK_STR_EQ(devices[0].writes,
		     "| Exposure Time, Absolute=250| Auto Exposure=3| Brightness=0");
	CHECK_EQ(devices[0].fakes[5].value, 250);

	test_case("restore: which is left alone if nobody woke it");
	CHECK_EQ(control_snapshot(set), 0);
	devices[0].fakes[5].value = 90;
	devices[0].writes[0] = '\0';
	CHECK_EQ(control_restore(set), 0);
	CHECK_STR_EQ(devices[0].writes, "");
	CHECK_EQ(ears.count, 0);

	test_case("restore: or if it is what the automatic chose");
	devices[0].fakes[5].flags = V4L2_CTRL_FLAG_VOLATILE;
	CHECK_EQ(control_snapshot(set), 0);
	CHECK(!control_find(set, "exposure_time_absolute")->before);
	control_destroy(set);
}

static void test_defects(void)
{
	struct control_set *set;

	test_case("defects: a control that does not answer is passed by and refused");
	PLUG(0, webcam);
	devices[0].fakes[1].silent = -EIO;
	devices[0].fakes[3].silent = -EPIPE;
	set = make_set(1);
	CHECK_EQ(ears.count, 0);
	CHECK(control_find(set, "privacy"));
	CHECK(control_find(set, "0x00980901"));
	CHECK(!control_find(set, "contrast"));
	CHECK_EQ(control_assign(set, "0x00980901=1"), -EINVAL);
	CHECK_HEARD("control-broken", "0x00980901=1: the device does not answer for it");

	test_case("defects: it holds up no other");
	CHECK_EQ(control_refresh(set), 0);
	CHECK_EQ(control_snapshot(set), 0);
	devices[0].fakes[0].silent = -EIO;
	CHECK_EQ(control_snapshot(set), 0);
	CHECK(!control_find(set, "brightness")->before);
	CHECK(control_find(set, "auto_exposure")->before);
	control_destroy(set);

	test_case("defects: one that stumbled once is not given up");
	PLUG(0, webcam);
	devices[0].fakes[1].silent = -EIO;
	devices[0].fakes[1].wakes = 1;
	devices[0].fakes[3].silent = -EBUSY;
	devices[0].fakes[3].wakes = 2;
	set = make_set(1);
	CHECK(control_find(set, "contrast") && control_find(set, "contrast")->readable);
	CHECK(!control_find(set, "white_balance_temperature"));
	CHECK(control_find(set, "privacy"));
	CHECK_EQ(ears.count, 0);
	control_destroy(set);

	test_case("defects: a value that can't be read");
	PLUG(0, webcam);
	devices[0].fakes[0].unreadable = -EIO;
	set = make_set(1);
	CHECK(!control_find(set, "brightness")->readable);
	CHECK(!control_find(set, "brightness")->defect);
	CHECK(control_find(set, "privacy")->readable);
	CHECK_EQ(control_assign(set, "brightness=5"), 0);
	CHECK_EQ(control_apply(set, false), 0);
	CHECK_EQ(devices[0].fakes[0].value, 5);
	CHECK_EQ(ears.count, 0);
	control_destroy(set);

	test_case("defects: a device that answers for nothing is left, soon if it takes its time");
	PLUG(0, webcam);
	for (int i = 0; i < 5; i++)
		devices[0].fakes[i].silent = -ETIMEDOUT;
	set = make_set(1);
	CHECK(control_at(set, 1) && !control_at(set, 2));
	CHECK_HEARD("control-unreadable",
		    "after 0x00980901 can't be listed: Connection timed");
	control_destroy(set);

	test_case("defects: ranges upside down, of one value, menus of none");
	PLUG(0, webcam);
	devices[0].fakes[0].minimum = 65;
	devices[0].fakes[1].maximum = 0;
	devices[0].fakes[4].menu = 0;
	devices[0].fakes[5].step = 0;
	set = make_set(1);
	CHECK_EQ(control_assign(set, "brightness=1"), -EINVAL);
	CHECK_HEARD("control-broken", "brightness=1: its lowest value is above its highest");
	CHECK_EQ(control_assign(set, "contrast=0"), -EINVAL);
	CHECK_HEARD("control-broken", "it has a single value");
	CHECK_EQ(control_assign(set, "auto_exposure=1"), -EINVAL);
	CHECK_HEARD("control-broken", "its menu is empty");
	CHECK_EQ(control_snapshot(set), 0);
	CHECK(!control_find(set, "brightness")->before);
	CHECK(!control_find(set, "contrast")->before);
	devices[0].fakes[1].maximum = 95;
	CHECK_EQ(control_refresh(set), 0);
	CHECK(!control_find(set, "contrast")->defect);
	CHECK_EQ(control_assign(set, "contrast=10"), 0);
	devices[0].fakes[1].maximum = -10;
	CHECK_EQ(control_apply(set, true), -EINVAL);
	CHECK_HEARD("control-broken", "contrast=10: its lowest value is above its highest");
	devices[0].fakes[1].maximum = 95;
	devices[0].fakes[4].value = V4L2_EXPOSURE_MANUAL;
	CHECK_EQ(control_assign(set, "exposure_time_absolute=77"), 0);
	CHECK_EQ(control_apply(set, false), 0);
	CHECK_EQ(devices[0].fakes[5].value, 77);
	control_destroy(set);
}

static void test_errors(void)
{
	static const struct {
		int error;
		int want;
		const char *words;
	} cases[] = {
		{ -EACCES, -EINVAL, "wrong state" },
		{ -EBUSY, -EBUSY, "not ready" },
		{ -EREMOTE, -EREMOTE, "power" },
		{ -ERANGE, -ERANGE, "out of range, says the device" },
		{ -EINVAL, -EINVAL, "does not take this value" },
		{ -EIO, -EIO, "the device failed" },
		{ -EPIPE, -EPIPE, "without a reason" },
		{ -EILSEQ, -EILSEQ, "makes no sense" },
		{ -ETIMEDOUT, -ETIMEDOUT, "in time" },
		{ -ENODEV, -ENODEV, "went away" },
		{ -EXDEV, -EXDEV, "Invalid cross-device" },
	};
	struct control_set *set;

	test_case("errors: each in words");
	PLUG(0, webcam);
	set = make_set(1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		devices[0].fakes[0].refuses = cases[i].error;
		CHECK_EQ(control_assign(set, "brightness=1"), 0);
		CHECK_EQ(control_apply(set, false), cases[i].want);
		CHECK_HEARD("control-refused", cases[i].words);
	}
	control_destroy(set);
}

int main(void)
{
	test_amounts();
	test_units();
	test_listing();
	test_motors();
	test_aliases();
	test_masters();
	test_restore();
	test_defects();
	test_errors();
	return test_done();
}
