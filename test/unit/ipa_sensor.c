// SPDX-License-Identifier: GPL-2.0-or-later
/* What codes and lines of image sensors mean. */
#include "common/ipa/sensor.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "test/unit/test.h"

static const struct {
	const char *name;
	int32_t minimum, maximum; /* of the driver's analogue gain */
	int32_t code;
	double gain;
	uint16_t black_level;
} known[] = {
	{ "imx219", 0, 232, 128, 2, 4096 },   { "imx258", 0, 480, 256, 2, 4096 },
	{ "imx355", 0, 960, 768, 4, 4096 },   { "imx477", 0, 978, 512, 2, 4096 },
	{ "imx708", 112, 960, 512, 2, 4096 }, { "ov2740", 128, 1983, 256, 2, 1024 },
	{ "ov5647", 16, 1023, 32, 2, 1024 },  { "ov5670", 0, 8191, 256, 2, 4096 },
	{ "ov5693", 1, 127, 32, 2, 1024 },    { "ov8865", 128, 2048, 512, 4, 1024 },
	{ "ov7251", 16, 1023, 64, 4, 1024 },  { "ov13858", 0, 0x1fff, 384, 3, 1024 },
};

static void test_gain(void)
{
	struct ipa_sensor sensor;
	char entity[64];

	test_case("gain: each sensor's code, and what it has of facts");
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		snprintf(entity, sizeof(entity), "%s 10-0010", known[i].name);
		CHECK_EQ(ipa_sensor_init(&sensor, ipa_sensor_find(entity), 182400000,
					 3448, 1232),
			 0);
		CHECK_STR_EQ(sensor.model->name, known[i].name);
		CHECK_EQ(sensor.model->black_level, known[i].black_level);
		ipa_sensor_set_range(&sensor, IPA_ANALOGUE_GAIN, known[i].minimum,
				     known[i].maximum);
		CHECK(fabs(ipa_sensor_gain(&sensor, known[i].code) - known[i].gain) < 1e-9);
		CHECK_EQ(ipa_sensor_gain_code(&sensor, known[i].gain, true), known[i].code);
		CHECK_EQ(ipa_sensor_gain_code(&sensor, known[i].gain, false), known[i].code);
		CHECK(ipa_sensor_min_gain(&sensor) >= 1);
		CHECK(ipa_sensor_max_gain(&sensor) > 7);
		CHECK(ipa_sensor_max_gain(&sensor) <= sensor.model->max_gain);
	}

	test_case("gain: every code there and back, and rounding is to nearest or down");
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		ipa_sensor_init(&sensor, ipa_sensor_find(known[i].name), 182400000, 3448,
				1232);
		ipa_sensor_set_range(&sensor, IPA_ANALOGUE_GAIN, known[i].minimum,
				     known[i].maximum);
		for (int32_t code = known[i].minimum; code < known[i].maximum; code++) {
			double gain = ipa_sensor_gain(&sensor, code);
			double next = ipa_sensor_gain(&sensor, code + 1);

			if (gain < 1 || (sensor.model->m0 && !code))
				continue;
			CHECK_EQ(ipa_sensor_gain_code(&sensor, gain, true), code);
			CHECK_EQ(ipa_sensor_gain_code(&sensor, gain, false), code);
			CHECK_EQ(ipa_sensor_gain_code(&sensor, 0.1 * gain + 0.9 * next, true),
				 code);
			CHECK_EQ(ipa_sensor_gain_code(&sensor, 0.1 * gain + 0.9 * next, false),
				 code + 1);
		}
	}

	test_case("gain: beyond the range, below 1, and not a number");
	ipa_sensor_init(&sensor, ipa_sensor_find("imx219"), 182400000, 3448, 1232);
	ipa_sensor_set_range(&sensor, IPA_ANALOGUE_GAIN, 0, 232);
	CHECK_EQ(ipa_sensor_gain_code(&sensor, 1000, false), 232);
	CHECK_EQ(ipa_sensor_gain_code(&sensor, INFINITY, false), 232);
	CHECK_EQ(ipa_sensor_gain_code(&sensor, 0.5, false), 0);
	CHECK_EQ(ipa_sensor_gain_code(&sensor, NAN, true), 0);
	CHECK(ipa_sensor_gain(&sensor, 256) > 0);
	CHECK(ipa_sensor_gain(&sensor, INT32_MAX) > 0);
	CHECK(ipa_sensor_gain(&sensor, INT32_MIN) > 0);
}

static void test_find(void)
{
	struct ipa_sensor sensor;

	test_case("find: the first word counts, whole; a suffix does not");
	CHECK_STR_EQ(ipa_sensor_find("imx708_wide_noir 10-001a")->name, "imx708");
	CHECK(!ipa_sensor_find("imx2190 1-0010")->name);
	CHECK(!ipa_sensor_find("imx21")->name);
	CHECK(!ipa_sensor_find("")->name);
	CHECK(!ipa_sensor_find("Sensor A")->name);

	test_case("find: a sensor nobody knows has gain 1 at its lowest code");
	ipa_sensor_init(&sensor, ipa_sensor_find("unknown"), 100000000, 2000, 1000);
	CHECK(fabs(ipa_sensor_gain(&sensor, 77) - 1) < 1e-9);
	CHECK_EQ(ipa_sensor_max_gain(&sensor), 1);
	ipa_sensor_set_range(&sensor, IPA_ANALOGUE_GAIN, 32, 320);
	CHECK(fabs(ipa_sensor_gain(&sensor, 64) - 2) < 1e-9);
	CHECK_EQ(ipa_sensor_gain_code(&sensor, 3, false), 96);
	CHECK_EQ(ipa_sensor_max_gain(&sensor), 10);
	ipa_sensor_set_range(&sensor, IPA_ANALOGUE_GAIN, 0, 100);
	CHECK_EQ(ipa_sensor_gain_code(&sensor, 3, false), 3);
	CHECK(ipa_sensor_gain(&sensor, 0) >= 1);

	test_case("find: what its driver starts with is gain 1, if that is not the lowest");
	ipa_sensor_set_range(&sensor, IPA_ANALOGUE_GAIN, 1, 127);
	ipa_sensor_set_unity(&sensor, 16);
	CHECK(fabs(ipa_sensor_gain(&sensor, 32) - 2) < 1e-9);
	CHECK_EQ(ipa_sensor_gain_code(&sensor, 1, false), 16);
	CHECK_EQ(ipa_sensor_min_gain(&sensor), 1);

	test_case("find: a driver that starts with 0 follows a law that nobody knows");
	ipa_sensor_set_range(&sensor, IPA_ANALOGUE_GAIN, 0, 978);
	ipa_sensor_set_unity(&sensor, 0);
	CHECK_EQ(ipa_sensor_max_gain(&sensor), 1);
	CHECK_EQ(ipa_sensor_gain_code(&sensor, 3, false), 0);

	test_case("find: what is known of a sensor stays, whatever its driver starts with");
	ipa_sensor_init(&sensor, ipa_sensor_find("imx219 1-0010"), 182400000, 3448, 1232);
	ipa_sensor_set_range(&sensor, IPA_ANALOGUE_GAIN, 0, 232);
	ipa_sensor_set_unity(&sensor, 0);
	CHECK_EQ(ipa_sensor_gain_code(&sensor, 2, false), 128);
	ipa_sensor_set_unity(&sensor, 16);
	CHECK_EQ(ipa_sensor_gain_code(&sensor, 2, false), 128);
}

static void test_time(void)
{
	struct ipa_sensor sensor;

	test_case("time: an imx219 line, and all lines there and back");
	CHECK_EQ(ipa_sensor_init(&sensor, ipa_sensor_find("imx219"), 182400000, 3448, 1232),
		 0);
	ipa_sensor_set_range(&sensor, IPA_VBLANK, 32, 64303);
	CHECK_EQ(ipa_sensor_time(&sensor, 1), 18904);
	CHECK_EQ(ipa_sensor_time(&sensor, 1000), 18903509);
	CHECK_EQ(ipa_sensor_time(&sensor, 0), 0);
	CHECK_EQ(ipa_sensor_time(&sensor, -5), 0);
	for (int32_t lines = 0; lines < 70000; lines++)
		if (ipa_sensor_lines(&sensor, ipa_sensor_time(&sensor, lines)) != lines)
			test_fail(__FILE__, __LINE__, "%d lines", lines);
	CHECK_EQ(ipa_sensor_lines(&sensor, 18900), 0);
	CHECK_EQ(ipa_sensor_lines(&sensor, 10000000), 529);
	CHECK_EQ(ipa_sensor_lines(&sensor, UINT64_MAX), INT32_MAX);

	test_case("time: VBLANK of a frame time, and the exposures it leaves");
	CHECK_EQ(ipa_sensor_vblank(&sensor, 33333333), 1763 - 1232);
	CHECK_EQ(ipa_sensor_vblank(&sensor, 1), 32);
	CHECK_EQ(ipa_sensor_vblank(&sensor, UINT64_MAX), 64303);
	CHECK_EQ(ipa_sensor_max_lines(&sensor, 1763 - 1232), 1759);
	CHECK_EQ(ipa_sensor_min_lines(&sensor), 4);
	CHECK_EQ(ipa_sensor_max_lines(&sensor, -100000), 4);
	CHECK_EQ(ipa_sensor_max_lines(&sensor, INT32_MAX), 1000000);
	ipa_sensor_set_range(&sensor, IPA_EXPOSURE, 20, 65535);
	CHECK_EQ(ipa_sensor_min_lines(&sensor), 20);

	test_case("time: a driver that says nonsense is refused");
	CHECK_EQ(ipa_sensor_init(&sensor, ipa_sensor_find("imx219"), 0, 3448, 1232), -EINVAL);
	CHECK_EQ(ipa_sensor_init(&sensor, ipa_sensor_find("imx219"), 1000, 0, 1232), -EINVAL);
	CHECK_EQ(ipa_sensor_init(&sensor, ipa_sensor_find("imx219"), 1, UINT32_MAX, 1232),
		 -EINVAL);
	CHECK_EQ(ipa_sensor_init(&sensor, ipa_sensor_find("imx219"), UINT64_MAX, 1, 1232),
		 -EINVAL);
	CHECK_EQ(ipa_sensor_init(&sensor, ipa_sensor_find("imx219"), 1000000, 1000, 0),
		 -EINVAL);
}

static void test_digital(void)
{
	struct ipa_values values = { { 531, 1000, 128, 512 } };
	struct ipa_settings settings;
	struct ipa_sensor sensor;

	ipa_sensor_init(&sensor, ipa_sensor_find("imx219"), 182400000, 3448, 1232);
	ipa_sensor_set_range(&sensor, IPA_ANALOGUE_GAIN, 0, 232);
	test_case("digital: left alone unless the driver has it");
	CHECK_EQ(ipa_sensor_max_digital(&sensor), 1);
	CHECK_EQ(ipa_sensor_digital_code(&sensor, 3), 0);
	ipa_sensor_settings(&sensor, &values, &settings);
	CHECK_EQ(settings.digital_gain, 1);

	test_case("digital: 256 is 1 on imx219");
	ipa_sensor_set_range(&sensor, IPA_DIGITAL_GAIN, 256, 4095);
	CHECK_EQ(ipa_sensor_digital_code(&sensor, 1.5), 384);
	CHECK_EQ(ipa_sensor_digital_code(&sensor, 0.1), 256);
	CHECK_EQ(ipa_sensor_digital_code(&sensor, 100), 4095);

	test_case("settings: what a set of values means");
	ipa_sensor_settings(&sensor, &values, &settings);
	CHECK_EQ(settings.exposure_ns, 18903509);
	CHECK(fabs(settings.analogue_gain - 2) < 1e-9);
	CHECK(fabs(settings.digital_gain - 2) < 1e-9);
}

int main(void)
{
	test_gain();
	test_find();
	test_time();
	test_digital();
	return test_done();
}
