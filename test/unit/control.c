// SPDX-License-Identifier: GPL-2.0-or-later
/* Controls over a pretended device: what vivid and vimc in the lab can't be made to do. */
#include "test/unit/control_fake.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void check_name(const char *title, const char *want)
{
	struct fake fake = { .id = 0x00980900, .type = V4L2_CTRL_TYPE_INTEGER, .title = title };
	struct control_set *set;

	plug(0, &fake, 1);
	set = make_set(1);
	if (CHECK(control_at(set, 0)))
		CHECK_STR_EQ(control_at(set, 0)->name, want);
	CHECK(!control_at(set, 1));
	control_destroy(set);
}

static void test_names(void)
{
	static const struct fake twins[] = {
		{ .id = 0x00980913, .type = V4L2_CTRL_TYPE_INTEGER, .title = "Gain" },
		{ .id = 0x009e0903, .type = V4L2_CTRL_TYPE_INTEGER, .title = "GAIN" },
		{ .id = 0x009e0904, .type = V4L2_CTRL_TYPE_CTRL_CLASS, .title = "Gain" },
	};
	struct control_set *set;

	test_case("names: as v4l2-ctl makes them");
	check_name("Brightness", "brightness");
	check_name("White Balance, Automatic", "white_balance_automatic");
	check_name("  3A--Lock (x) ", "3a_lock_x");
	check_name("Exposure_Time", "exposure_time");
	check_name("\xc3\x84\x1b[31mBad", "31mbad");
	check_name("", "0x00980900");
	check_name("---", "0x00980900");
	check_name("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345", "abcdefghijklmnopqrstuvwxyz01234");

	test_case("names: two of one title are told apart by their ids");
	PLUG(0, twins);
	set = make_set(1);
	CHECK_STR_EQ(control_at(set, 0)->name, "gain");
	CHECK_STR_EQ(control_at(set, 1)->name, "gain_0x009e0903");
	CHECK(!control_at(set, 2));
	CHECK(control_find(set, "gain") == control_at(set, 0));
	CHECK(control_find(set, "0x009e0903") == control_at(set, 1));
	CHECK(control_find(set, "one:gain_0x009e0903") == control_at(set, 1));
	CHECK(!control_find(set, "two:gain"));
	CHECK(!control_find(set, "Gain"));
	control_destroy(set);
}

static void test_list(void)
{
	struct control_set *set;

	test_case("list: a device that never advances is left");
	PLUG(0, webcam);
	devices[0].stands_still = true;
	set = make_set(1);
	CHECK(control_at(set, 0) && !control_at(set, 1));
	control_destroy(set);

	test_case("list: a node without controls is fine, one that is gone is not");
	PLUG(0, webcam);
	devices[0].gone = -ENOTTY;
	set = make_set(1);
	CHECK(!control_at(set, 0));
	CHECK_EQ(ears.count, 0);
	CHECK_EQ(control_apply(set, false), 0);
	devices[1].gone = -ENODEV;
	CHECK_EQ(control_add_device(set, 1, "two", "/dev/null"), -ENODEV);
	control_destroy(set);
}

static void test_suggestions(void)
{
	static const struct fake table[] = {
		{ .id = 1, .type = V4L2_CTRL_TYPE_INTEGER, .title = "Goim" },
		{ .id = 2, .type = V4L2_CTRL_TYPE_INTEGER, .title = "Gaim" },
		{ .id = 3, .type = V4L2_CTRL_TYPE_INTEGER, .title = "Gaan" },
		{ .id = 4, .type = V4L2_CTRL_TYPE_INTEGER, .title = "Again" },
		{ .id = 5, .type = V4L2_CTRL_TYPE_INTEGER, .title = "Hue" },
	};
	struct control_set *set;

	test_case("suggestions: three at most, the closest first");
	PLUG(0, table);
	set = make_set(1);
	CHECK_EQ(control_assign(set, "gain=1"), -ENOENT);
	CHECK_HEARD("control-unknown", "close to it: gaim, gaan, again");
	control_destroy(set);
}

static void test_syntax(void)
{
	static const struct {
		const char *assignment;
		int error;
		const char *words;
	} bad[] = {
		{ "brightness", -EINVAL, "'brightness' is no" },
		{ "brightness=1,,contrast=1", -EINVAL, "'' is no" },
		{ "brightness=1,2", -EINVAL, "'2' is no" },
		{ "brightness=1,", -EINVAL, "last comma" },
		{ "brightness=\"1", -EINVAL, "closing quote" },
		{ "brightness=\"1\"2", -EINVAL, "'2' follows" },
		{ "brightness=\"\\n\"", -EINVAL, "backslash" },
		{ "brightness=\"\\x4\"", -EINVAL, "backslash" },
		{ "brightness=\"\\x00\"", -EINVAL, "backslash" },
		{ "brightness=\"\\", -EINVAL, "backslash" },
		{ "brightness= 1", -EINVAL, "not a whole number (-64 to 64)" },
		{ "brightness=1.5", -EINVAL, "not a whole number" },
		{ "brightness=1/2%", -EINVAL, "not a whole number" },
		{ "brightness=%", -EINVAL, "not a whole number" },
		{ "brightness=-1%", -EINVAL, "not a whole number" },
		{ "brightness=100.001%", -ERANGE, "out of range" },
		{ "brightness=99999999999999999999", -ERANGE, "out of range" },
		{ "privacy=maybe", -EINVAL, "neither on nor off" },
		{ "auto_exposure=2", -EINVAL, "(1: Item 1, 3: Item 3)" },
		{ "auto_exposure=Item 2", -EINVAL, "not in its menu" },
		{ "brighness=1", -ENOENT, "'brighness'; close to it: brightness" },
		{ "exposure=1", -ENOENT, "to it: auto_exposure, exposure_time_absolute" },
		{ "white_balance=1", -ENOENT,
		  "to it: white_balance_automatic, white_balance_temperature" },
		{ "zzzzzz=1", -ENOENT, "no control 'zzzzzz'" },
		{ "=1", -ENOENT, "no control ''" },
		{ "nobody:brightnes=1", -ENOENT, "close to it: brightness" },
	};
	struct control_set *set;

	test_case("syntax: what is wrong is said, and nothing of it is staged");
	PLUG(0, webcam);
	set = make_set(1);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char text[128];

		snprintf(text, sizeof(text), "contrast=5,%s", bad[i].assignment);
		if (control_assign(set, text) != bad[i].error)
			test_fail(__FILE__, __LINE__, "%s", bad[i].assignment);
		check_heard(__LINE__, ears.code, bad[i].words);
		CHECK_EQ(ears.level, LOG_ERROR);
		CHECK(!control_is_staged(set));
	}
	CHECK_EQ(control_assign(set, ""), -EINVAL);
	CHECK_HEARD("control-value", "'' is no name=value");
	CHECK_EQ(control_assign(set, "contrast=5"), 0);
	CHECK(control_is_staged(set));
	control_destroy(set);
}

struct order {
	char text[512];
};

static void note(void *context, const struct control *control, const char *assignment)
{
	struct order *order = context;
	size_t used = strlen(order->text);

	snprintf(order->text + used, sizeof(order->text) - used, "%s%s", used ? " " : "",
		 assignment ? assignment : "?");
}

static void check_order(struct control_set *set, const char *assignments, const char *want)
{
	struct order order = { "" };

	CHECK_EQ(control_assign(set, assignments), 0);
	CHECK_EQ(control_each_staged(set, note, &order), 0);
	CHECK_STR_EQ(order.text, want);
}

static void test_order(void)
{
	struct control_set *set;

	test_case("order: masters first, the last word counts");
	PLUG(0, webcam);
	set = make_set(1);
	check_order(set,
		    "exposure_time_absolute=100,contrast=10,brightness=1,"
		    "white_balance_temperature=3000,contrast=20,auto_exposure=1,"
		    "white_balance_automatic=off",
		    "auto_exposure=1 white_balance_automatic=0 exposure_time_absolute=100 "
		    "brightness=1 white_balance_temperature=3000 contrast=20");
	CHECK_EQ(control_apply(set, false), 0);
	CHECK_STR_EQ(devices[0].writes,
		     "| Auto Exposure=1 White Balance, Automatic=0| Exposure Time, Absolute=100 "
		     "Brightness=1 White Balance Temperature=3000 Contrast=20");
	control_destroy(set);

	test_case("order: a chain of three");
	PLUG(0, sensor);
	set = make_set(1);
	check_order(set, "exposure=5,analogue_gain=6,vertical_blanking=7,link_frequency=1",
		    "link_frequency=1 analogue_gain=6 vertical_blanking=7 exposure=5");
	control_destroy(set);

	test_case("order: devices one after another, masters of all first");
	PLUG(0, sensor);
	PLUG(1, webcam);
	set = make_set(2);
	check_order(set,
		    "contrast=10,analogue_gain=1,one: other=x,y:auto_exposure=1,"
		    "vertical_blanking=8",
		    "vertical_blanking=8 auto_exposure=1 analogue_gain=1 contrast=10");
	control_destroy(set);
}

static void test_ranges(void)
{
	struct control_set *set;

	test_case("range: one that another staged control widens");
	PLUG(0, sensor);
	set = make_set(1);
	CHECK_EQ(control_assign(set, "exposure=5000"), 0);
	CHECK_EQ(control_apply(set, false), -ERANGE);
	CHECK_HEARD("control-range", "out of range (4 to 1000), the nearest is 1000");
	CHECK_STR_EQ(devices[0].writes, "");
	CHECK_EQ(control_assign(set, "vertical_blanking=6000"), 0);
	CHECK_EQ(control_check(set, false), 0);
	CHECK_STR_EQ(devices[0].writes, "");
	CHECK_EQ(control_apply(set, false), 0);
	CHECK_EQ(control_find(set, "exposure")->value, 5000);
	CHECK_EQ(control_find(set, "exposure")->maximum, 6000);

	test_case("range: or narrows");
	CHECK_EQ(control_assign(set, "exposure=5000,vertical_blanking=200"), 0);
	CHECK_EQ(control_apply(set, false), -ERANGE);
	CHECK_HEARD("control-range", "(4 to 200), the nearest is 200");
	CHECK_EQ(control_apply(set, true), 0);
	CHECK_HEARD("control-adjusted", "exposure=5000: taken as 200");
	CHECK_EQ(control_find(set, "exposure")->value, 200);

	test_case("range: a percentage is of the range as it will be");
	CHECK_EQ(control_assign(set, "vertical_blanking=1004,exposure=50%"), 0);
	CHECK_EQ(control_apply(set, false), 0);
	CHECK_EQ(control_find(set, "exposure")->value, 504);
	control_destroy(set);

	test_case("range: everything that is wrong is named, nothing is written");
	PLUG(0, webcam);
	set = make_set(1);
	CHECK_EQ(control_assign(set, "brightness=99,contrast=5,privacy=1"), 0);
	CHECK_EQ(control_check(set, false), -ERANGE);
	CHECK_EQ(ears.count, 3);
	ears.count = 0;
	CHECK_EQ(control_assign(set, "auto_exposure=1"), 0);
	CHECK_EQ(control_apply(set, false), -ERANGE);
	CHECK_EQ(ears.count, 3);
	CHECK_STR_EQ(devices[0].writes, "");
	control_destroy(set);
}

static void check_nearest(int64_t minimum, int64_t maximum, uint64_t step, int64_t number,
			  int64_t want)
{
	struct control control = {
		.type = V4L2_CTRL_TYPE_INTEGER64,
		.minimum = minimum,
		.maximum = maximum,
		.step = step,
	};

	CHECK_EQ(control_nearest(&control, number), want);
	CHECK_EQ(control_in_range(&control, number), number == want);
}

static void test_nearest(void)
{
	struct control whole = {
		.type = V4L2_CTRL_TYPE_INTEGER64,
		.minimum = INT64_MIN,
		.maximum = INT64_MAX,
		.step = 1,
	};
	struct control_value value = { .percent_milli = 50000 };

	test_case("nearest: limits and steps");
	check_nearest(0, 255, 1, 256, 255);
	check_nearest(0, 255, 1, -1, 0);
	check_nearest(0, 255, 1, 7, 7);
	check_nearest(1, 25, 2, 4, 5);
	check_nearest(1, 25, 2, 26, 25);
	check_nearest(0, 95, 10, 94, 90);
	check_nearest(0, 95, 10, 200, 90);
	check_nearest(0, 95, 10, 14, 10);
	check_nearest(0, 95, 10, 15, 20);
	check_nearest(-64, 64, 16, -63, -64);
	check_nearest(-64, 64, 16, -50, -48);

	test_case("nearest: the widest range there is");
	check_nearest(INT64_MIN, INT64_MAX, 1, INT64_MIN, INT64_MIN);
	check_nearest(INT64_MIN, INT64_MAX, 1, INT64_MAX, INT64_MAX);
	check_nearest(INT64_MIN, INT64_MAX, UINT64_MAX, 5, INT64_MAX);
	check_nearest(INT64_MIN, INT64_MAX, UINT64_MAX, -5, INT64_MIN);
	CHECK_EQ(control_value_number(&whole, &value), 0);
	value.percent_milli = 100000;
	CHECK_EQ(control_value_number(&whole, &value), INT64_MAX);
	value.percent_milli = 0;
	CHECK_EQ(control_value_number(&whole, &value), INT64_MIN);

	test_case("nearest: firmware that makes no sense is not argued with");
	check_nearest(10, 0, 1, 500, 500);
	check_nearest(0, 10, 0, 5, 5);
	check_nearest(5, 5, 0, 6, 5);
}

static void test_refusals(void)
{
	static const struct fake balances[] = {
		{ .id = V4L2_CID_AUTO_WHITE_BALANCE,
		  .type = V4L2_CTRL_TYPE_BOOLEAN,
		  .title = "Auto",
		  .maximum = 1,
		  .step = 1 },
		{ .id = V4L2_CID_RED_BALANCE,
		  .type = V4L2_CTRL_TYPE_INTEGER,
		  .title = "Red Balance",
		  .maximum = 9,
		  .step = 1,
		  .master = V4L2_CID_AUTO_N_PRESET_WHITE_BALANCE },
		{ .id = V4L2_CID_AUTO_N_PRESET_WHITE_BALANCE,
		  .type = V4L2_CTRL_TYPE_MENU,
		  .title = "Preset",
		  .maximum = 3,
		  .menu = 0xf,
		  .value = 2 },
	};
	struct control_set *set;

	test_case("refusal: an inactive control names what blocks it");
	PLUG(0, webcam);
	set = make_set(1);
	CHECK_EQ(control_assign(set, "exposure_time_absolute=100"), 0);
	CHECK_EQ(control_apply(set, false), -EINVAL);
	CHECK_HEARD("control-inactive",
		    "one: exposure_time_absolute=100: it is inactive while auto_exposure=3 "
		    "(Item 3); it needs auto_exposure=1 (Item 1)");
	CHECK_EQ(control_assign(set, "auto_exposure=3"), 0);
	CHECK_EQ(control_apply(set, true), -EINVAL);
	CHECK_HEARD("control-inactive", "auto_exposure=3");
	control_destroy(set);

	test_case("refusal: not the first suspect, the one that is on");
	PLUG(0, balances);
	set = make_set(1);
	CHECK_EQ(control_assign(set, "red_balance=1"), 0);
	CHECK_EQ(control_apply(set, false), -EINVAL);
	CHECK_HEARD("control-inactive", "inactive while preset=2");
	control_destroy(set);

	test_case("refusal: or nobody, where the reason is not known");
	PLUG(0, sensor);
	devices[0].fakes[0].flags = V4L2_CTRL_FLAG_INACTIVE;
	set = make_set(1);
	CHECK_EQ(control_assign(set, "exposure=5"), 0);
	CHECK_EQ(control_apply(set, false), -EINVAL);
	CHECK_HEARD("control-inactive", "inactive while the device is in its present state");
	control_destroy(set);

	test_case("refusal: the one in a batch is named, EACCES is no permission");
	PLUG(0, webcam);
	devices[0].fakes[1].refuses = -EACCES;
	set = make_set(1);
	CHECK_EQ(control_assign(set, "brightness=1,contrast=10"), 0);
	CHECK_EQ(control_apply(set, false), -EINVAL);
	CHECK_HEARD("control-refused", "one: contrast=10: the device is in the wrong");
	devices[0].fakes[1].refuses = -EIO;
	CHECK_EQ(control_apply(set, false), -EIO);
	CHECK_HEARD("control-refused", "contrast=10: the device failed");
	CHECK(control_is_staged(set));
	control_destroy(set);

	test_case("refusal: a device that takes one at a time gets them so");
	PLUG(0, webcam);
	devices[0].batch_limit = 1;
	set = make_set(1);
	CHECK_EQ(control_assign(set, "brightness=1,contrast=10"), 0);
	CHECK_EQ(control_apply(set, false), 0);
	CHECK_STR_EQ(devices[0].writes, "| Brightness=1| Contrast=10");
	CHECK_EQ(ears.count, 0);
	control_destroy(set);

	test_case("refusal: grabbed while streaming, disabled");
	PLUG(0, webcam);
	set = make_set(1);
	devices[0].fakes[0].flags = V4L2_CTRL_FLAG_GRABBED;
	CHECK_EQ(control_assign(set, "brightness=1"), 0);
	CHECK_EQ(control_apply(set, true), -EBUSY);
	CHECK_HEARD("control-busy", "while the device streams");
	devices[0].fakes[0].flags = V4L2_CTRL_FLAG_DISABLED;
	CHECK_EQ(control_apply(set, true), -EINVAL);
	CHECK_HEARD("control-disabled", "disabled");
	control_destroy(set);

	test_case("refusal: a value that the device changes in silence");
	PLUG(0, webcam);
	devices[0].fakes[0].clamps = 40;
	set = make_set(1);
	CHECK_EQ(control_assign(set, "brightness=50"), 0);
	CHECK_EQ(control_apply(set, false), -EINVAL);
	CHECK_HEARD("control-changed", "one: asked brightness=50, got 40");
	CHECK_EQ(ears.level, LOG_ERROR);
	CHECK_EQ(control_apply(set, true), 0);
	CHECK_HEARD("control-changed", "asked brightness=50, got 40");
	CHECK_EQ(ears.level, LOG_NOTICE);
	CHECK(!control_is_staged(set));

	test_case("refusal: but not of a control that only acts");
	devices[0].fakes[0].flags = V4L2_CTRL_FLAG_VOLATILE | V4L2_CTRL_FLAG_EXECUTE_ON_WRITE;
	CHECK_EQ(control_assign(set, "brightness=50"), 0);
	CHECK_EQ(control_apply(set, false), 0);
	CHECK_EQ(ears.count, 0);

	test_case("refusal: a device that goes away says so once");
	CHECK_EQ(control_assign(set, "brightness=5,contrast=10"), 0);
	devices[0].gone = -ENODEV;
	CHECK_EQ(control_apply(set, false), -ENODEV);
	CHECK_HEARD("control-refused", "the device went away");
	control_destroy(set);
}

static char file_name[] = "/tmp/control-XXXXXX";

static void write_file(const char *text, size_t size)
{
	int fd = open(file_name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK_EQ(write(fd, text, size), (ssize_t)size);
	close(fd);
}

static void check_file(const char *want)
{
	char text[2048];
	int fd = open(file_name, O_RDONLY | O_CLOEXEC);
	ssize_t length = read(fd, text, sizeof(text) - 1);

	close(fd);
	if (!CHECK(length >= 0))
		return;
	text[length] = '\0';
	CHECK_STR_EQ(text, want);
}

static void check_load(struct control_set *set, const char *text, int want)
{
	write_file(text, strlen(text));
	CHECK_EQ(control_load(set, file_name), want);
}

static void test_files(void)
{
	struct control_set *set;
	struct stat status;

	test_case("file: what is saved, and how");
	PLUG(0, webcam);
	PLUG(1, sensor);
	set = make_set(1);
	CHECK_EQ(control_assign(set, "auto_exposure=1"), 0);
	CHECK_EQ(control_apply(set, false), 0);
	unlink(file_name);
	umask(027);
	CHECK_EQ(control_save(set, file_name), 0);
	check_file("# one\nbrightness=0\ncontrast=0\nwhite_balance_automatic=1\n"
		   "auto_exposure=1\nexposure_time_absolute=250\n");
	CHECK_EQ(stat(file_name, &status), 0);
	CHECK_EQ(status.st_mode & 0777, 0640);
	control_destroy(set);

	test_case("file: with several devices, over an older file");
	set = make_set(2);
	CHECK_EQ(control_save(set, file_name), 0);
	check_file("# one\nbrightness=0\ncontrast=0\nwhite_balance_automatic=1\n"
		   "auto_exposure=1\nexposure_time_absolute=250\n"
		   "# one: other=x,y\nexposure=100\n"
		   "vertical_blanking=1000\nanalogue_gain=0\n"
		   "link_frequency=0\n");
	CHECK_EQ(control_load(set, file_name), 0);
	CHECK_EQ(control_apply(set, false), 0);
	CHECK_EQ(ears.count, 0);
	control_destroy(set);

	test_case("file: a name that an earlier device has too carries its entity");
	PLUG(0, sensor);
	set = make_set(2);
	CHECK_EQ(control_save(set, file_name), 0);
	check_file("# one\nexposure=100\nvertical_blanking=1000\nanalogue_gain=0\n"
		   "link_frequency=0\n"
		   "# one: other=x,y\none: other=x,y:exposure=100\n"
		   "one: other=x,y:vertical_blanking=1000\none: other=x,y:analogue_gain=0\n"
		   "one: other=x,y:link_frequency=0\n");
	ears.count = 0;
	control_destroy(set);
	PLUG(0, webcam);

	test_case("file: what is read, and what is not");
	set = make_set(1);
	check_load(set, "", 0);
	check_load(set, "\n  \t\n# x=y\n\r\n", 0);
	CHECK(!control_is_staged(set));
	check_load(set, "brightness=7", 0);
	CHECK_EQ(control_apply(set, false), 0);
	CHECK_EQ(devices[0].fakes[0].value, 7);
	check_load(set, "contrast=10\r\nbrightness=1x\r\n", -EINVAL);
	CHECK_HEARD("control-value", ":2: one: brightness=1x: not a whole number");
	check_load(set, "\t brightness \t=  8 \r\n", 0);
	CHECK_EQ(control_apply(set, false), 0);
	CHECK_EQ(devices[0].fakes[0].value, 8);
	check_load(set, " = \n", -ENOENT);
	ears.count = 0;
	check_load(set, "brightness=default\n", 0);
	CHECK_EQ(control_apply(set, false), 0);
	CHECK_EQ(devices[0].fakes[0].value, control_find(set, "brightness")->default_value);
	write_file("brightness=1\0=2\n", 16);
	CHECK_EQ(control_load(set, file_name), -EINVAL);
	CHECK_HEARD("control-value", ":1: this is no text file");
	check_load(set, "a=1\nbrightness=2\nb=1\n", -ENOENT);
	CHECK_EQ(ears.count, 2);
	CHECK(!control_is_staged(set));
	ears.count = 0;

	test_case("file: failures leave nothing behind");
	CHECK_EQ(control_save(set, "/nonexistent/x"), -ENOENT);
	CHECK_HEARD("control-file", "/nonexistent/x: saving the controls: No such file");
	CHECK_EQ(control_save(set, "/"), -EISDIR);
	CHECK_HEARD("control-file", "Is a directory");
	devices[0].gone = -ENODEV;
	CHECK_EQ(control_save(set, file_name), -ENODEV);
	check_file("a=1\nbrightness=2\nb=1\n");
	control_destroy(set);
}

static void test_text(void)
{
	static const struct fake table[] = {
		{ .id = 1,
		  .type = V4L2_CTRL_TYPE_STRING,
		  .title = "Text",
		  .maximum = 8,
		  .step = 1,
		  .flags = V4L2_CTRL_FLAG_HAS_PAYLOAD },
	};
	char text[64], small[4];
	struct control_set *set;

	test_case("text: a string and its escapes");
	PLUG(0, table);
	set = make_set(1);
	CHECK_EQ(control_value_text(control_at(set, 0), text, sizeof(text)), 6);
	CHECK_STR_EQ(text, "\"text\"");
	CHECK_EQ(control_value_text(control_at(set, 0), small, sizeof(small)), 6);
	CHECK_STR_EQ(small, "\"te");
	CHECK_EQ(control_assign(set, "text=\"\\\\\\\"\\xe9,\""), 0);
	control_value_print(control_at(set, 0), control_at(set, 0)->staged, text,
			    sizeof(text));
	CHECK_STR_EQ(text, "\"\\\\\\\"\\xe9,\"");
	check_order(set, "text=\"a,b\"", "?");
	check_order(set, "text=a b", "text=a b");
	CHECK_EQ(control_assign(set, "text="), 0);
	CHECK_EQ(control_check(set, false), 0);
	control_destroy(set);
}

static void test_restore(void)
{
	struct control_set *set;

	test_case("restore: masters first, only what differs");
	PLUG(0, webcam);
	set = make_set(1);
	CHECK_EQ(control_assign(set, "auto_exposure=1,exposure_time_absolute=77"), 0);
	CHECK_EQ(control_apply(set, false), 0);
	CHECK_EQ(control_snapshot(set), 0);
	CHECK_EQ(control_assign(set, "exposure_time_absolute=88,brightness=5"), 0);
	CHECK_EQ(control_apply(set, false), 0);
	CHECK_EQ(control_assign(set, "auto_exposure=3"), 0);
	CHECK_EQ(control_apply(set, false), 0);
	devices[0].writes[0] = '\0';
	CHECK_EQ(control_restore(set), 0);
	CHECK_STR_EQ(devices[0].writes,
		     "| Auto Exposure=1| Brightness=0| Exposure Time, Absolute=77");
	CHECK_EQ(control_find(set, "exposure_time_absolute")->value, 77);
	CHECK_EQ(ears.count, 0);

	test_case("restore: one that can't be put back does not hold up the others");
	CHECK_EQ(control_assign(set, "contrast=20,brightness=6"), 0);
	CHECK_EQ(control_apply(set, false), 0);
	devices[0].fakes[0].refuses = -EIO;
	CHECK_EQ(control_restore(set), -EIO);
	CHECK_HEARD("control-not-restored", "brightness=0 can't be put back: Input/output");
	CHECK_EQ(ears.level, LOG_WARNING);
	CHECK_EQ(devices[0].fakes[1].value, 0);

	test_case("restore: a device that is gone is passed over");
	devices[0].gone = -ENODEV;
	CHECK_EQ(control_restore(set), 0);
	CHECK_EQ(ears.count, 0);
	control_destroy(set);
}

int main(void)
{
	int fd = mkstemp(file_name);

	if (fd < 0)
		return 1;
	close(fd);
	test_names();
	test_list();
	test_suggestions();
	test_syntax();
	test_order();
	test_ranges();
	test_nearest();
	test_refusals();
	test_files();
	test_text();
	test_restore();
	control_destroy(NULL);
	unlink(file_name);
	return test_done();
}
