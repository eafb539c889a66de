// SPDX-License-Identifier: GPL-2.0-or-later
/* Automatic exposure against a simulated camera. */
#include "common/ipa/exposure.h"

#include "test/unit/test.h"
#include "test/unit/ipa_camera.h"

#define FRAME_NS 33333333

struct rig {
	struct camera camera;
	struct ipa_sensor sensor;
	struct ipa_exposure_config config;
	struct ipa_exposure exposure;
	struct ipa_delays delays;
	struct ipa_zones zones;
	struct ipa_values in_force; /* of the last frame, as the history has it */
	enum ipa_zones_kind kind;
	unsigned late; /* frame starts between a frame's own and its statistics */
	unsigned miss; /* one start in so many is not seen; 0: none */
	uint32_t sequence;
	unsigned writes;
};

static void rig_init(struct rig *rig)
{
	memset(rig, 0, sizeof(*rig));
	camera_init(&rig->camera);
	camera_sensor(&rig->sensor, "imx219 10-0010");
	rig->config = ipa_exposure_defaults();
	rig->config.frame_ns = FRAME_NS;
	rig->kind = IPA_ZONES_LUMA;
	rig->late = 1;
}

static void rig_start(struct rig *rig)
{
	uint8_t delay[IPA_NUM_CONTROLS];

	for (unsigned i = 0; i < IPA_NUM_CONTROLS; i++)
		delay[i] = (uint8_t)rig->camera.delay[i];
	ipa_exposure_init(&rig->exposure, &rig->config, &rig->sensor);
	ipa_delays_init(&rig->delays, delay, &rig->exposure.next);
	camera_set(&rig->camera, &rig->exposure.next);
}

static void rig_start_of_frame(struct rig *rig, uint32_t sequence)
{
	struct ipa_values values;
	unsigned due;

	if (rig->miss && sequence % rig->miss == rig->miss - 1)
		return;
	due = ipa_delays_frame_start(&rig->delays, sequence, &values);
	for (unsigned i = 0; i < IPA_NUM_CONTROLS; i++) {
		if (!(due & 1u << i))
			continue;
		camera_write(&rig->camera, sequence, i, values.control[i]);
		rig->writes++;
	}
}

/* One frame: its start, its light, the starts until its statistics come, the statistics. */
static void rig_frame(struct rig *rig)
{
	uint32_t n = rig->sequence++;

	if (!n || !rig->late)
		rig_start_of_frame(rig, n);
	camera_frame(&rig->camera, n);
	camera_describe(&rig->camera, &rig->zones, rig->kind, n);
	if (rig->late)
		rig_start_of_frame(rig, n + 1);
	CHECK_EQ(ipa_delays_get(&rig->delays, n, &rig->in_force), 0);
	for (unsigned i = 0; i < IPA_NUM_CONTROLS; i++)
		CHECK_EQ(rig->in_force.control[i], camera_in_force(&rig->camera, n, i));
	ipa_sensor_settings(&rig->sensor, &rig->in_force, &rig->zones.made_by);
	ipa_exposure_process(&rig->exposure, &rig->zones);
	ipa_delays_want(&rig->delays, &rig->exposure.next);
}

static void rig_frames(struct rig *rig, unsigned count)
{
	while (count--)
		rig_frame(rig);
}

static double off_target(const struct rig *rig, double target)
{
	return fabs(rig->camera.mean / target - 1);
}

/* Frames until the target is met within 5 %, and for good (100 frames). */
static void check_converges(struct rig *rig, unsigned most, double target)
{
	double worst = 0;
	unsigned frames = 0;

	for (frames = 0; frames < 60; frames++) {
		rig_frame(rig);
		if (frames && off_target(rig, target) <= 0.05)
			break;
	}
	if (frames >= most)
		test_fail(__FILE__, __LINE__, "%u frames to %.4f, at most %u wanted",
			  frames, rig->camera.mean, most);
	while (frames++ < most)
		rig_frame(rig);
	for (unsigned i = 0; i < 100; i++) {
		rig_frame(rig);
		if (off_target(rig, target) > worst)
			worst = off_target(rig, target);
	}
	if (worst > 0.05)
		test_fail(__FILE__, __LINE__, "off by %.1f %% after that", worst * 100);
}

static void test_convergence(void)
{
	/* Full scale per ms: from needing 0.2 ms at gain 1 to 33 ms at gain 8. */
	static const double lights[] = { 2, 0.5, 0.1, 0.04, 0.012, 0.004, 0.0015 };
	static const unsigned delays[][2] = { { 2, 1 }, { 2, 2 }, { 1, 1 }, { 3, 2 }, { 4, 1 } };
	struct rig rig;

	for (unsigned d = 0; d < sizeof(delays) / sizeof(delays[0]); d++) {
		for (unsigned late = 0; late < 2; late++) {
			static char names[10][128];
			char *name = names[2 * d + late];

			snprintf(name, sizeof(names[0]),
				 "converges: delays %u and %u, statistics %u frame%s late, "
				 "every light, within 25 frames, stays within 5 %%",
				 delays[d][0], delays[d][1], late, late == 1 ? "" : "s");
			test_case(name);
			for (unsigned i = 0; i < sizeof(lights) / sizeof(lights[0]); i++) {
				rig_init(&rig);
				rig.camera.light = lights[i];
				rig.camera.delay[IPA_EXPOSURE] = delays[d][0];
				rig.camera.delay[IPA_ANALOGUE_GAIN] = delays[d][1];
				rig.late = late;
				rig_start(&rig);
				check_converges(&rig, 25, 0.16);
				CHECK(rig.exposure.is_settled);
			}
		}
	}

	test_case("converges: from colour zones, white balance still to come");
	rig_init(&rig);
	rig.kind = IPA_ZONES_COLOR;
	rig_start(&rig);
	check_converges(&rig, 25, 0.16);

	test_case("converges: 8x coarser gain steps at high gain (ov5647)");
	rig_init(&rig);
	camera_sensor(&rig.sensor, "ov5647 10-0036");
	rig.camera.gain = camera_ov5647_gain;
	rig.camera.light = 0.002;
	rig_start(&rig);
	check_converges(&rig, 25, 0.16);

	test_case("converges: from the sensor's darkest and brightest settings");
	rig_init(&rig);
	rig.camera.light = 0.008;
	rig_start(&rig);
	rig.exposure.total = 75000;
	rig.exposure.next.control[IPA_EXPOSURE] = 4;
	camera_set(&rig.camera, &rig.exposure.next);
	ipa_delays_init(&rig.delays, (const uint8_t[]){ 2, 2, 1, 1 }, &rig.exposure.next);
	check_converges(&rig, 25, 0.16);
	rig_init(&rig);
	rig.camera.light = 4;
	rig_start(&rig);
	rig.exposure.total = 33e6 * 10;
	rig.exposure.next.control[IPA_EXPOSURE] = 1700;
	rig.exposure.next.control[IPA_ANALOGUE_GAIN] = 230;
	camera_set(&rig.camera, &rig.exposure.next);
	ipa_delays_init(&rig.delays, (const uint8_t[]){ 2, 2, 1, 1 }, &rig.exposure.next);
	check_converges(&rig, 25, 0.16);
}

static void test_stability(void)
{
	unsigned writes;
	struct rig rig;

	test_case("stability: once settled, noise causes no writes at all in 100 frames");
	rig_init(&rig);
	rig.camera.noise = 0.01;
	rig_start(&rig);
	rig_frames(&rig, 40);
	writes = rig.writes;
	rig_frames(&rig, 100);
	CHECK_EQ(rig.writes, writes);

	test_case("stability: half of the picture burnt, the rest dark, does not pump");
	for (double sky = 1.5; sky < 200; sky *= 2.3) {
		rig_init(&rig);
		for (unsigned i = 0; i < 12; i++)
			for (unsigned c = 0; c < 3; c++)
				rig.camera.patches[i][c] = sky;
		rig.camera.light = 0.3;
		rig_start(&rig);
		rig_frames(&rig, 60);
		writes = rig.writes;
		rig_frames(&rig, 100);
		if (rig.writes > writes)
			test_fail(__FILE__, __LINE__, "%u writes with a sky of %g",
				  rig.writes - writes, sky);
	}

	test_case("stability: light that changes tenfold is followed within 40 frames");
	rig_init(&rig);
	rig.camera.light = 0.02;
	rig_start(&rig);
	rig_frames(&rig, 60);
	rig.camera.light = 0.2;
	rig_frames(&rig, 40);
	CHECK(off_target(&rig, 0.16) < 0.05);
	rig.camera.light = 0.02;
	rig_frames(&rig, 40);
	CHECK(off_target(&rig, 0.16) < 0.05);

	test_case("stability: a tenth more or less light is made up for within 30 frames");
	rig_init(&rig);
	rig_start(&rig);
	rig_frames(&rig, 60);
	for (unsigned i = 0; i < 4; i++) {
		rig.camera.light *= i % 2 ? 1.1 : 0.9;
		rig_frames(&rig, 30);
		CHECK(off_target(&rig, 0.16) < 0.035);
	}

	test_case("stability: after the start the way is damped, no step beyond the aim");
	rig_init(&rig);
	rig_start(&rig);
	rig_frames(&rig, 60);
	rig.camera.light *= 0.7;
	for (unsigned i = 0; i < 40; i++) {
		double before = rig.exposure.total;

		rig_frame(&rig);
		CHECK(rig.exposure.total >= before * 0.995);
		CHECK(rig.exposure.total < before * 1.12);
	}
	CHECK(off_target(&rig, 0.16) < 0.05);

	test_case("stability: frame starts that are missed do not disturb it");
	for (unsigned miss = 2; miss < 6; miss++) {
		rig_init(&rig);
		rig.miss = miss;
		rig.camera.light = 0.004;
		rig_start(&rig);
		check_converges(&rig, 25, 0.16);
	}
}

static void test_extremes(void)
{
	struct rig rig;

	test_case("extremes: black ends at the longest exposure and the highest gain");
	rig_init(&rig);
	rig.camera.light = 0;
	rig_start(&rig);
	rig_frames(&rig, 60);
	CHECK_EQ(rig.in_force.control[IPA_EXPOSURE],
		 1232 + rig.in_force.control[IPA_VBLANK] - 4);
	CHECK_EQ(rig.in_force.control[IPA_ANALOGUE_GAIN], 232);
	CHECK(rig.exposure.is_settled);

	test_case("extremes: and comes back from there when the light does");
	rig.camera.light = 0.05;
	rig_frames(&rig, 60);
	CHECK(off_target(&rig, 0.16) < 0.05);

	test_case("extremes: a blinding light ends at the shortest exposure and gain 1");
	rig.camera.light = 1e6;
	rig_frames(&rig, 80);
	CHECK_EQ(rig.in_force.control[IPA_EXPOSURE], 4);
	CHECK(rig.exposure.settings.analogue_gain < 1.011);

	test_case("extremes: and comes back from there");
	rig.camera.light = 0.05;
	rig_frames(&rig, 60);
	CHECK(off_target(&rig, 0.16) < 0.05);

	test_case("extremes: max_exposure_ns and max_analogue are kept");
	rig_init(&rig);
	rig.camera.light = 0.001;
	rig.config.max_exposure_ns = 8000000;
	rig.config.max_analogue = 4;
	rig_start(&rig);
	rig_frames(&rig, 60);
	CHECK(rig.exposure.settings.exposure_ns <= 8000000);
	CHECK(rig.exposure.settings.exposure_ns > 7900000);
	CHECK(rig.exposure.settings.analogue_gain <= 4.05);
	CHECK(rig.exposure.settings.analogue_gain > 3.9);

	test_case("extremes: a longer frame makes room for a longer exposure");
	rig_init(&rig);
	rig.config.frame_ns = 100000000;
	rig.camera.light = 0.001;
	rig_start(&rig);
	CHECK_EQ(rig.exposure.next.control[IPA_VBLANK], 5290 - 1232);
	rig_frames(&rig, 60);
	CHECK(rig.exposure.settings.exposure_ns > 99000000);
}

/* Statistics that say nothing, or what can't be. */
static void test_hostile(void)
{
	static struct ipa_zone zones[4096];
	static const uint8_t no_weights[4096];
	static const struct ipa_settings nonsense[] = {
		{ 0, 1, 1 },          { 1000000, 0, 1 },   { 1000000, -1, 1 },
		{ 1000000, NAN, 1 },  { 1000000, 1, NAN }, { 1000000, INFINITY, 1 },
		{ UINT64_MAX, 1, 1 },
	};
	uint32_t random = 7;
	struct ipa_zones bare = { .kind = IPA_ZONES_LUMA, .zones = zones, .gains = { 1, 1 } };
	struct ipa_values before;
	struct rig rig;

	rig_init(&rig);
	rig_start(&rig);
	before = rig.exposure.next;
	bare.made_by = rig.exposure.settings;

	test_case("hostile: no zones, and zones without means, change nothing");
	CHECK(!ipa_exposure_process(&rig.exposure, &bare));
	bare.columns = bare.rows = 5;
	CHECK(!ipa_exposure_process(&rig.exposure, &bare));
	CHECK_MEM_EQ(&rig.exposure.next, &before, sizeof(before));

	test_case("hostile: settings that can't have made a frame change nothing");
	memset(zones, 0xff, sizeof(zones));
	for (unsigned i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++) {
		bare.made_by = nonsense[i];
		CHECK(!ipa_exposure_process(&rig.exposure, &bare));
	}
	CHECK_MEM_EQ(&rig.exposure.next, &before, sizeof(before));

	test_case("hostile: weights of nothing change nothing");
	bare.made_by = rig.exposure.settings;
	bare.weights = no_weights;
	CHECK(!ipa_exposure_process(&rig.exposure, &bare));
	bare.weights = NULL;

	test_case("hostile: all clipped cuts by more than the mean says, at once");
	CHECK(ipa_exposure_process(&rig.exposure, &bare));
	CHECK(rig.exposure.total < 10e6 * 0.05);

	test_case("hostile: a zone left without means among clipped ones counts as clipped");
	rig_start(&rig);
	memset(zones, 0, sizeof(zones));
	for (unsigned i = 0; i < 25; i++)
		zones[i].saturated = IPA_FULL;
	bare.saturated_left_out = true;
	CHECK(ipa_exposure_process(&rig.exposure, &bare));
	CHECK(rig.exposure.total < 10e6 * 0.05);
	rig_start(&rig);
	for (unsigned i = 0; i < 25; i++)
		zones[i] = (struct ipa_zone){ .luma = IPA_FULL,
					      .valid = i % 2 ? IPA_FULL : 0 };
	bare.saturated_left_out = false;
	CHECK(ipa_exposure_process(&rig.exposure, &bare));
	CHECK(rig.exposure.total < 10e6 * 0.05);

	test_case("hostile: random zones never lead outside the limits");
	for (unsigned n = 0; n < 3000; n++) {
		uint32_t histogram[16];
		int32_t *next = rig.exposure.next.control;

		for (unsigned i = 0; i < sizeof(zones) / 64; i++) {
			random = random * 1664525u + 1013904223u;
			((uint8_t *)zones)[random >> 18] = (uint8_t)(random >> 8);
		}
		for (unsigned i = 0; i < 16; i++)
			histogram[i] = random * (i + 1);
		bare.columns = 1 + random % 64;
		bare.rows = 1 + (random >> 8) % 64;
		bare.kind = random >> 31 ? IPA_ZONES_LUMA : IPA_ZONES_COLOR;
		bare.saturated_left_out = random >> 30 & 1;
		bare.histogram = random >> 29 & 1 ? histogram : NULL;
		bare.num_bins = 16;
		bare.gains.red = (random >> 20) % 3 ? 1.5 : NAN;
		bare.gains.blue = (random >> 16) % 3 ? 1.5 : -1e9;
		bare.made_by =
			(struct ipa_settings){ (uint64_t)random << (random >> 27), 1, 1 };
		ipa_exposure_process(&rig.exposure, &bare);
		if (next[IPA_EXPOSURE] < 4 || next[IPA_EXPOSURE] > 1763 ||
		    next[IPA_ANALOGUE_GAIN] < 0 || next[IPA_ANALOGUE_GAIN] > 232)
			test_fail(__FILE__, __LINE__, "exposure %d, gain %d",
				  next[IPA_EXPOSURE], next[IPA_ANALOGUE_GAIN]);
	}
}

/* The first step, which goes all the way: by which factor. */
static double first_step(const struct ipa_zone *zones, const uint32_t *histogram)
{
	struct ipa_zones bare = {
		.kind = IPA_ZONES_LUMA,
		.columns = 5,
		.rows = 2,
		.zones = zones,
		.gains = { 1, 1 },
		.histogram = histogram,
		.num_bins = 16,
	};
	struct rig rig;

	rig_init(&rig);
	rig.config.frame_ns = 1000000000;
	rig.config.max_digital = 2;
	rig_start(&rig);
	bare.made_by = rig.exposure.settings;
	ipa_exposure_process(&rig.exposure, &bare);
	return rig.exposure.total / ipa_settings_total(&bare.made_by);
}

static void test_steps(void)
{
	struct ipa_zone zones[10];
	uint32_t histogram[16] = { 1, [15] = 9 };

	test_case("steps: the mean is brought to the target in one");
	for (unsigned i = 0; i < 10; i++)
		zones[i] = (struct ipa_zone){ .luma = 5243, .valid = IPA_FULL };
	CHECK(fabs(first_step(zones, NULL) / 2 - 1) < 0.01);

	test_case("steps: upwards, what reaches white on the way stops counting");
	for (unsigned i = 0; i < 10; i++)
		zones[i].luma = i ? 655 : 58982;
	CHECK(fabs(first_step(zones, NULL) / 6.67 - 1) < 0.02);

	test_case("steps: downwards, a few clipped zones do not count more than they say");
	for (unsigned i = 0; i < 10; i++)
		zones[i].luma = i < 4 ? IPA_FULL : 6554;
	CHECK(fabs(first_step(zones, NULL) / (0.16 / 0.46) - 1) < 0.01);

	test_case("steps: many clipped ones do, and clipped pixels in a histogram");
	for (unsigned i = 0; i < 10; i++)
		zones[i].luma = i < 9 ? IPA_FULL : 6554;
	CHECK(first_step(zones, NULL) < 0.5 * 0.16 / 0.91);
	for (unsigned i = 0; i < 10; i++)
		zones[i].luma = 32768;
	CHECK(fabs(first_step(zones, NULL) / 0.32 - 1) < 0.01);
	CHECK(first_step(zones, histogram) < 0.5 * 0.32);
}

/* With digital gain every total can be had, however coarse the rest is. */
static void test_split(void)
{
	struct ipa_exposure exposure;
	struct ipa_exposure_config config = ipa_exposure_defaults();
	struct ipa_sensor sensor;

	camera_sensor(&sensor, "ov5647");
	config.frame_ns = FRAME_NS;
	config.max_digital = 4;
	test_case("split: exposure and gains multiply to what is wanted, for every total");
	for (unsigned flicker = 0; flicker < 2; flicker++) {
		for (double gain = 1; gain < 100; gain *= 1.013) {
			double product;

			config.flicker_ns = flicker ? IPA_FLICKER_60HZ_NS : 0;
			ipa_exposure_init(&exposure, &config, &sensor);
			exposure.total = 3e6 * gain;
			ipa_exposure_configure(&exposure, &config);
			product = ipa_settings_total(&exposure.settings);
			/* A line may be given away for a whole period. */
			if (fabs(product / (3e6 * gain) - 1) > (flicker ? 0.003 : 0.001))
				test_fail(__FILE__, __LINE__, "%f ms for %f ms",
					  product / 1e6, 3 * gain);
		}
	}

	test_case("split: a total that can't be had becomes the nearest that can");
	exposure.total = 1e14;
	ipa_exposure_configure(&exposure, &config);
	CHECK(fabs(exposure.total / (1759 * sensor.line_ns * 1023 / 16 * 4) - 1) < 0.001);
	exposure.total = 1;
	ipa_exposure_configure(&exposure, &config);
	CHECK(fabs(exposure.total / (4 * sensor.line_ns) - 1) < 0.001);
}

static void test_manual(void)
{
	struct rig rig;

	test_case("manual: exposure stays, gain does the rest");
	rig_init(&rig);
	rig.config.manual_exposure_ns = 5000000;
	rig.camera.light = 0.03;
	rig_start(&rig);
	rig_frames(&rig, 40);
	CHECK_EQ(rig.in_force.control[IPA_EXPOSURE], 264);
	CHECK(off_target(&rig, 0.16) < 0.05);
	CHECK(rig.exposure.settings.analogue_gain > 2);

	test_case("manual: gain stays, exposure does the rest");
	rig_init(&rig);
	rig.config.manual_gain = 4;
	rig.camera.light = 0.03;
	rig_start(&rig);
	rig_frames(&rig, 40);
	CHECK_EQ(rig.in_force.control[IPA_ANALOGUE_GAIN], 192);
	CHECK(off_target(&rig, 0.16) < 0.05);

	test_case("manual: gain that analogue gain does not reach, the rest digital");
	rig_init(&rig);
	rig.config.manual_gain = 16;
	rig.config.max_digital = 4;
	rig_start(&rig);
	rig_frames(&rig, 20);
	CHECK_EQ(rig.in_force.control[IPA_ANALOGUE_GAIN], 232);
	CHECK(fabs(rig.exposure.platform_digital - 1.5) < 0.001);

	test_case("manual: both stay, whatever the light, from the first frame on");
	rig_init(&rig);
	rig.config.manual_exposure_ns = 20000000;
	rig.config.manual_gain = 2;
	rig_start(&rig);
	rig.camera.light = 10;
	rig_frames(&rig, 30);
	CHECK_EQ(rig.writes, 0);
	CHECK_EQ(rig.in_force.control[IPA_EXPOSURE], 1058);
	CHECK_EQ(rig.in_force.control[IPA_ANALOGUE_GAIN], 128);

	test_case("manual: what the frame can't hold is cut to what it can");
	rig_init(&rig);
	rig.config.manual_exposure_ns = 2000000000;
	rig_start(&rig);
	CHECK_EQ(rig.exposure.next.control[IPA_EXPOSURE], 1763 - 4);

	test_case("manual: taken back while it runs, automatic goes on from there");
	rig_init(&rig);
	rig.config.manual_exposure_ns = 1000000;
	rig_start(&rig);
	rig_frames(&rig, 30);
	rig.config.manual_exposure_ns = 0;
	ipa_exposure_configure(&rig.exposure, &rig.config);
	rig_frames(&rig, 60);
	CHECK(off_target(&rig, 0.16) < 0.05);
	CHECK(rig.exposure.settings.exposure_ns > 2000000);
}

static void test_wishes(void)
{
	static const uint64_t periods[] = { IPA_FLICKER_50HZ_NS, IPA_FLICKER_60HZ_NS };
	struct rig rig;

	test_case("flicker: long exposures are whole periods, and the target is met");
	for (unsigned i = 0; i < 2; i++) {
		for (double light = 0.5; light > 0.002; light /= 1.7) {
			double time, off;

			rig_init(&rig);
			rig.config.flicker_ns = periods[i];
			rig.camera.light = light;
			rig_start(&rig);
			rig_frames(&rig, 40);
			CHECK(off_target(&rig, 0.16) < 0.05);
			time = (double)rig.exposure.settings.exposure_ns;
			off = remainder(time, (double)periods[i]);
			if (time > (double)periods[i] * 0.999 && fabs(off) > 9500)
				test_fail(__FILE__, __LINE__, "%.0f ns of %.0f", off, time);
		}
	}

	test_case("flicker: exposures shorter than a period are left as they are");
	rig_init(&rig);
	rig.config.flicker_ns = IPA_FLICKER_50HZ_NS;
	rig.camera.light = 0.2;
	rig_start(&rig);
	rig_frames(&rig, 40);
	CHECK(rig.exposure.settings.exposure_ns < 5000000);

	test_case("flicker: a limit of whole periods is used in full, and never passed");
	for (unsigned count = 1; count < 8; count++) {
		rig_init(&rig);
		rig.config.flicker_ns = periods[count % 2];
		rig.config.max_exposure_ns = (count + 1) / 2 * periods[count % 2];
		rig.config.frame_ns = 50000000;
		rig.camera.light = 0.001;
		rig_start(&rig);
		rig_frames(&rig, 40);
		CHECK(rig.in_force.control[IPA_EXPOSURE] <=
		      ipa_sensor_lines(&rig.sensor, rig.config.max_exposure_ns));
		CHECK(rig.exposure.settings.exposure_ns > rig.config.max_exposure_ns - 19000);
	}

	test_case("bias: a stop more and a stop less");
	rig_init(&rig);
	rig.config.bias_stops = 1;
	rig_start(&rig);
	check_converges(&rig, 25, 0.32);
	rig_init(&rig);
	rig.config.bias_stops = -1;
	rig_start(&rig);
	check_converges(&rig, 25, 0.08);

	test_case("split: exposure comes before gain, and gain before digital");
	rig_init(&rig);
	rig.config.max_digital = 4;
	rig.camera.light = 0.016;
	rig_start(&rig);
	rig_frames(&rig, 40);
	CHECK(rig.exposure.settings.exposure_ns > 20000000);
	CHECK(rig.exposure.settings.analogue_gain < 1.01);
	rig.camera.light = 0.004;
	rig_frames(&rig, 60);
	CHECK_EQ(rig.in_force.control[IPA_EXPOSURE], 1763 - 4);
	CHECK(rig.exposure.settings.analogue_gain > 2);
	CHECK(rig.exposure.platform_digital < 1.03);
	rig.camera.light = 0.0006;
	rig_frames(&rig, 60);
	CHECK_EQ(rig.in_force.control[IPA_ANALOGUE_GAIN], 232);
	CHECK(rig.exposure.platform_digital > 1.5);
	/* Digital gain comes behind the statistics here. */
	CHECK(fabs(rig.camera.mean * rig.exposure.platform_digital / 0.16 - 1) < 0.05);

	test_case("split: the sensor's own digital gain makes up for coarse steps");
	rig_init(&rig);
	ipa_sensor_set_range(&rig.sensor, IPA_DIGITAL_GAIN, 256, 4095);
	rig.camera.max_digital_code = 4095;
	rig.config.max_digital = 2;
	rig.camera.light = 0.0015;
	rig_start(&rig);
	check_converges(&rig, 25, 0.16);
	CHECK(rig.in_force.control[IPA_DIGITAL_GAIN] >= 256);
	CHECK(rig.exposure.platform_digital < 1.01);

	test_case("metering: centre follows the middle, weights follow the platform");
	rig_init(&rig);
	for (unsigned i = 0; i < 25; i++)
		for (unsigned c = 0; c < 3; c++)
			rig.camera.patches[i][c] = i == 12 ? 0.9 : 0.1;
	rig.config.metering = IPA_METERING_CENTRE;
	rig_start(&rig);
	rig_frames(&rig, 40);
	CHECK(rig.camera.mean < 0.14);
	CHECK(rig.camera.mean > 0.05);
}

int main(void)
{
	test_convergence();
	test_stability();
	test_extremes();
	test_hostile();
	test_steps();
	test_split();
	test_manual();
	test_wishes();
	return test_done();
}
