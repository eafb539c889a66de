// SPDX-License-Identifier: GPL-2.0-or-later
/* Automatic white balance against a simulated camera. */
#include "common/ipa/white_balance.h"

#include "test/unit/test.h"
#include "test/unit/ipa_camera.h"

/* Grey as the sensor sees it in a light: the inverse of the gains that its makers measured. */
static const struct {
	const char *name;
	double kelvin, red, blue;
} lights[] = {
	{ "imx219", 2850, 0.862, 0.435 }, { "imx219", 4500, 0.617, 0.663 },
	{ "imx219", 6500, 0.520, 0.743 }, { "ov5647", 2850, 0.942, 0.512 },
	{ "ov5647", 4500, 0.736, 0.749 }, { "ov5647", 6500, 0.651, 0.905 },
	{ "unknown", 2850, 0.70, 0.40 },  { "unknown", 4500, 0.52, 0.62 },
	{ "unknown", 6500, 0.42, 0.80 },
};

#define NUM_LIGHTS (sizeof(lights) / sizeof(lights[0]))

/* Reflectances of a painter's table: skin, sky, leaf, flower, and plain colours. */
static const double paints[][3] = {
	{ 0.17, 0.08, 0.06 }, { 0.53, 0.31, 0.22 }, { 0.12, 0.19, 0.34 },
	{ 0.10, 0.15, 0.05 }, { 0.24, 0.22, 0.43 }, { 0.13, 0.51, 0.41 },
	{ 0.68, 0.20, 0.03 }, { 0.06, 0.10, 0.38 }, { 0.54, 0.09, 0.12 },
	{ 0.11, 0.05, 0.14 }, { 0.34, 0.50, 0.05 }, { 0.75, 0.36, 0.03 },
};

struct rig {
	struct camera camera;
	struct ipa_tuning tuning;
	struct ipa_white_balance balance;
	struct ipa_zones zones;
};

static void rig_init(struct rig *rig, size_t light)
{
	struct ipa_values values = { { 531, 500, 0, 256 } };

	memset(rig, 0, sizeof(*rig));
	camera_init(&rig->camera);
	camera_greys(&rig->camera, 16, 12);
	rig->camera.red = lights[light].red;
	rig->camera.blue = lights[light].blue;
	camera_set(&rig->camera, &values);
	ipa_tuning_init(&rig->tuning, ipa_sensor_find(lights[light].name));
	ipa_white_balance_init(&rig->balance, &rig->tuning, 3.996);
}

static void rig_frames(struct rig *rig, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		camera_frame(&rig->camera, i);
		camera_describe(&rig->camera, &rig->zones, IPA_ZONES_COLOR, i);
		ipa_white_balance_process(&rig->balance, &rig->zones);
	}
}

/* A grey patch through gains, matrix and gamma: |Cb - 128| and |Cr - 128|, the larger one. */
static double tint_of_grey(const struct rig *rig, double reflectance)
{
	double rgb[3] = { reflectance * rig->camera.red * rig->balance.gains.red, reflectance,
			  reflectance * rig->camera.blue * rig->balance.gains.blue };
	double luma, cb, cr;

	ipa_matrix_apply(&rig->balance.matrix, rgb, rgb);
	for (unsigned i = 0; i < 3; i++)
		rgb[i] = ipa_curve_at(&rig->tuning.gamma, ipa_scale_u16(rgb[i])) / 257.0;
	luma = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
	cb = fabs(rgb[2] - luma) * 0.564;
	cr = fabs(rgb[0] - luma) * 0.713;
	return cb > cr ? cb : cr;
}

static void check_grey(const struct rig *rig, const char *what)
{
	for (double reflectance = 0.05; reflectance < 1; reflectance += 0.1) {
		double tint = tint_of_grey(rig, reflectance);

		if (tint > 3)
			test_fail(__FILE__, __LINE__, "%s: grey of %g is off by %g", what,
				  reflectance, tint);
	}
}

static void test_lights(void)
{
	struct ipa_gains before;
	struct rig rig;
	char what[64];

	test_case("grey: within 3 of 128 in each light, in 3 frames, and stays");
	for (size_t i = 0; i < NUM_LIGHTS; i++) {
		snprintf(what, sizeof(what), "%s %g K", lights[i].name, lights[i].kelvin);
		rig_init(&rig, i);
		rig_frames(&rig, 3);
		check_grey(&rig, what);
		for (unsigned n = 0; n < 100; n++) {
			rig_frames(&rig, 1);
			check_grey(&rig, what);
		}
		CHECK(rig.balance.is_settled);
	}

	test_case("grey: noise does not move gains that are right");
	rig_init(&rig, 1);
	rig.camera.noise = 0.005;
	rig_frames(&rig, 15);
	before = rig.balance.gains;
	rig_frames(&rig, 100);
	CHECK_MEM_EQ(&rig.balance.gains, &before, sizeof(before));

	test_case("grey: with colours in a third of the picture, calibrated sensors");
	for (size_t i = 0; i < 6; i++) {
		snprintf(what, sizeof(what), "%s %g K", lights[i].name, lights[i].kelvin);
		rig_init(&rig, i);
		for (unsigned z = 0; z < 192; z += 3)
			memcpy(rig.camera.patches[z], paints[z / 3 % 12], sizeof(paints[0]));
		rig_frames(&rig, 30);
		check_grey(&rig, what);
	}

	test_case("grey: a lawn that fills two thirds is taken for a lawn");
	rig_init(&rig, 1);
	for (unsigned z = 0; z < 192; z++)
		if (z % 3)
			memcpy(rig.camera.patches[z], (double[]){ 0.12, 0.35, 0.06 },
			       sizeof(paints[0]));
	rig_frames(&rig, 30);
	check_grey(&rig, "lawn");

	test_case("grey: what is clipped or nearly black does not count");
	rig_init(&rig, 0);
	for (unsigned z = 0; z < 192; z++)
		for (unsigned c = 0; z % 3 && c < 3; c++)
			rig.camera.patches[z][c] = z % 3 == 1 ? 30 : 0.001;
	rig_frames(&rig, 30);
	check_grey(&rig, "clipped");

	test_case("grey: one zone for the whole picture");
	rig_init(&rig, 2);
	camera_greys(&rig.camera, 1, 1);
	rig.camera.patches[0][0] = rig.camera.patches[0][1] = rig.camera.patches[0][2] = 0.5;
	rig_frames(&rig, 5);
	check_grey(&rig, "one zone");

	test_case("grey: the light changes, damped, and is reached within 60 frames");
	rig_init(&rig, 0);
	rig_frames(&rig, 30);
	rig.camera.red = lights[2].red;
	rig.camera.blue = lights[2].blue;
	rig_frames(&rig, 1);
	CHECK(tint_of_grey(&rig, 0.5) > 10);
	rig_frames(&rig, 60);
	check_grey(&rig, "changed");
}

/*
 * Hardware that measures one mean behind gains and matrix, in 8 bits of Y'CbCr: what the
 * gains and the matrix of that frame did is taken off again.
 */
static void measure_behind(struct rig *rig, struct ipa_zone *zone, double grey)
{
	const struct ipa_white_balance *balance = &rig->balance;
	double rgb[3] = { grey * rig->camera.red * balance->gains.red, grey,
			  grey * rig->camera.blue * balance->gains.blue };
	double ycbcr[3];
	struct ipa_matrix inverse;

	ipa_matrix_apply(&balance->matrix, rgb, rgb);
	ipa_ycbcr_from_rgb(rgb, ycbcr);
	for (unsigned i = 0; i < 3; i++)
		ycbcr[i] = floor(fmin(fmax(ycbcr[i], 0), 255) + 0.5);
	ipa_rgb_from_ycbcr(ycbcr, rgb);
	CHECK_EQ(ipa_matrix_invert(&balance->matrix, &inverse), 0);
	ipa_color_undo(&inverse, &balance->gains, rgb, rgb);
	*zone = (struct ipa_zone){
		.red = ipa_scale_u16(rgb[0]),
		.green = ipa_scale_u16(rgb[1]),
		.blue = ipa_scale_u16(rgb[2]),
		.valid = IPA_FULL,
	};
}

static void test_measured_behind(void)
{
	struct ipa_zone zone;
	struct rig rig;
	char what[64];

	test_case("behind: one mean in Y'CbCr behind gains and matrix, every light");
	for (size_t i = 0; i < NUM_LIGHTS; i++) {
		rig_init(&rig, i);
		rig.zones = (struct ipa_zones){ .kind = IPA_ZONES_COLOR,
						.columns = 1,
						.rows = 1,
						.zones = &zone,
						.gains = { 1, 1 } };
		snprintf(what, sizeof(what), "%s %g K", lights[i].name, lights[i].kelvin);
		for (unsigned n = 0; n < 60; n++) {
			measure_behind(&rig, &zone, 0.3);
			ipa_white_balance_process(&rig.balance, &rig.zones);
			if (n > 20)
				check_grey(&rig, what);
		}
	}
}

static void test_kelvin(void)
{
	struct ipa_matrix before;
	struct ipa_gains gains;
	struct rig rig;

	test_case("kelvin: told within 8 % for sensors with a calibration");
	for (size_t i = 0; i < 6; i++) {
		rig_init(&rig, i);
		rig_frames(&rig, 20);
		if (fabs(rig.balance.kelvin / lights[i].kelvin - 1) > 0.08)
			test_fail(__FILE__, __LINE__, "%s: %g K is told as %g",
				  lights[i].name, lights[i].kelvin, rig.balance.kelvin);
	}

	test_case("kelvin: there and back for every temperature, ends where the lights end");
	rig_init(&rig, 0);
	for (double kelvin = 2500; kelvin < 8500; kelvin += 100) {
		ipa_tuning_gains(&rig.tuning, kelvin, &gains);
		CHECK(fabs(ipa_tuning_kelvin(&rig.tuning, &gains) / kelvin - 1) < 0.02);
	}
	gains = (struct ipa_gains){ 0.1, 8 };
	CHECK_EQ(ipa_tuning_kelvin(&rig.tuning, &gains), 2498);
	gains = (struct ipa_gains){ 8, 0.1 };
	CHECK_EQ(ipa_tuning_kelvin(&rig.tuning, &gains), 8575);
	ipa_tuning_gains(&rig.tuning, 1, &gains);
	CHECK(fabs(gains.red - 1.0742) < 1e-9);
	ipa_tuning_gains(&rig.tuning, 1e9, &gains);
	CHECK(fabs(gains.red - 2.3089) < 1e-9);

	test_case("matrix: follows the temperature, says when it changed, and only then");
	rig_init(&rig, 0);
	CHECK(rig.balance.matrix_changed);
	before = rig.balance.matrix;
	rig_frames(&rig, 1);
	CHECK(rig.balance.matrix_changed);
	CHECK(memcmp(&before, &rig.balance.matrix, sizeof(before)) != 0);
	rig_frames(&rig, 20);
	CHECK(!rig.balance.matrix_changed);

	test_case("matrix: rows add up to 1 at every temperature, for every sensor");
	for (size_t i = 0; i < NUM_LIGHTS; i += 3) {
		rig_init(&rig, i);
		for (double kelvin = 1500; kelvin < 15000; kelvin += 500) {
			ipa_tuning_matrix(&rig.tuning, kelvin, &before);
			for (unsigned row = 0; row < 9; row += 3)
				CHECK(fabs(before.m[row] + before.m[row + 1] +
					   before.m[row + 2] - 1) < 1e-4);
		}
	}
}

static void test_wishes(void)
{
	struct ipa_gains manual = { 1.5, 2.5 }, high = { 100, 0.01 };
	double factors[3];
	struct rig rig;

	test_case("manual: gains stay whatever is seen, temperature and matrix follow them");
	rig_init(&rig, 2);
	ipa_white_balance_set_manual(&rig.balance, &manual);
	rig_frames(&rig, 20);
	CHECK_EQ(rig.balance.gains.red * 10, 15);
	CHECK_EQ(rig.balance.gains.blue * 10, 25);
	CHECK(rig.balance.kelvin < 3500);

	test_case("matrix: stays as it is for a change that no eye sees");
	struct ipa_matrix matrix = rig.balance.matrix;
	ipa_white_balance_set_manual(&rig.balance, &(struct ipa_gains){ 1.501, 2.499 });
	CHECK(!rig.balance.matrix_changed);
	CHECK_MEM_EQ(&rig.balance.matrix, &matrix, sizeof(matrix));

	test_case("manual: beyond the hardware they are cut");
	ipa_white_balance_set_manual(&rig.balance, &high);
	CHECK(fabs(rig.balance.gains.red - 3.996) < 1e-9);
	CHECK(fabs(rig.balance.gains.blue - 0.5) < 1e-9);

	test_case("above one: the ratio stays, none is below 1");
	ipa_gains_above_one(&(struct ipa_gains){ 2, 0.5 }, factors);
	CHECK(fabs(factors[0] - 4) < 1e-9);
	CHECK(fabs(factors[1] - 2) < 1e-9);
	CHECK(fabs(factors[2] - 1) < 1e-9);
	ipa_gains_above_one(&(struct ipa_gains){ 2, 1.5 }, factors);
	CHECK(fabs(factors[1] - 1) < 1e-9);
}

static void test_hostile(void)
{
	static struct ipa_zone zones[4096];
	struct ipa_zones bare = { .kind = IPA_ZONES_COLOR, .zones = zones, .gains = { 1, 1 } };
	struct ipa_gains before;
	uint32_t random = 3;
	struct rig rig;

	rig_init(&rig, 0);
	before = rig.balance.gains;
	test_case("hostile: nothing measured, black, all clipped, luminance only: no change");
	CHECK(!ipa_white_balance_process(&rig.balance, &bare));
	bare.columns = bare.rows = 8;
	CHECK(!ipa_white_balance_process(&rig.balance, &bare));
	for (unsigned i = 0; i < 64; i++)
		zones[i].valid = IPA_FULL;
	CHECK(!ipa_white_balance_process(&rig.balance, &bare));
	memset(zones, 0xff, sizeof(zones));
	CHECK(!ipa_white_balance_process(&rig.balance, &bare));
	for (unsigned i = 0; i < 64; i++)
		zones[i] = (struct ipa_zone){ 20000, 20000, 20000, 20000, IPA_FULL, 0 };
	bare.kind = IPA_ZONES_LUMA;
	CHECK(!ipa_white_balance_process(&rig.balance, &bare));
	CHECK_MEM_EQ(&rig.balance.gains, &before, sizeof(before));

	test_case("hostile: a wall of one strong colour is not taken for grey");
	bare.kind = IPA_ZONES_COLOR;
	for (unsigned i = 0; i < 64; i++)
		zones[i] = (struct ipa_zone){ 3000, 30000, 3000, 0, IPA_FULL, 0 };
	CHECK(!ipa_white_balance_process(&rig.balance, &bare));
	CHECK_MEM_EQ(&rig.balance.gains, &before, sizeof(before));

	test_case("hostile: so are greenish and pink walls, which no light makes of grey");
	for (unsigned i = 0; i < 64; i++)
		zones[i] = (struct ipa_zone){ 10000, 20000, 7200, 0, IPA_FULL, 0 };
	CHECK(!ipa_white_balance_process(&rig.balance, &bare));
	for (unsigned i = 0; i < 64; i++)
		zones[i] = (struct ipa_zone){ 18600, 20000, 16000, 0, IPA_FULL, 0 };
	CHECK(!ipa_white_balance_process(&rig.balance, &bare));

	test_case("hostile: grey that is too dark, partly clipped, or of few pixels");
	for (unsigned i = 0; i < 64; i++)
		zones[i] = (struct ipa_zone){ 140, 200, 120, 0, IPA_FULL, 0 };
	CHECK(!ipa_white_balance_process(&rig.balance, &bare));
	for (unsigned i = 0; i < 64; i++)
		zones[i] = (struct ipa_zone){ 14000, 20000, 12000, 0, IPA_FULL, 20000 };
	CHECK(!ipa_white_balance_process(&rig.balance, &bare));
	for (unsigned i = 0; i < 64; i++)
		zones[i] = (struct ipa_zone){ 14000, 20000, 12000, 0, 500, 0 };
	CHECK(!ipa_white_balance_process(&rig.balance, &bare));
	CHECK_MEM_EQ(&rig.balance.gains, &before, sizeof(before));
	for (unsigned i = 0; i < 64; i++)
		zones[i] = (struct ipa_zone){ 14000, 20000, 12000, 0, IPA_FULL, 0 };
	CHECK(ipa_white_balance_process(&rig.balance, &bare));

	test_case("hostile: random zones never lead outside the limits");
	for (unsigned n = 0; n < 3000; n++) {
		for (unsigned i = 0; i < sizeof(zones) / 64; i++) {
			random = random * 1664525u + 1013904223u;
			((uint8_t *)zones)[random >> 17 & 0x7fff] = (uint8_t)(random >> 8);
		}
		bare.columns = 1 + random % 64;
		bare.rows = 1 + (random >> 8) % 40;
		bare.saturated_left_out = random >> 30 & 1;
		ipa_white_balance_process(&rig.balance, &bare);
		CHECK(rig.balance.gains.red >= 0.5 && rig.balance.gains.red <= 3.996);
		CHECK(rig.balance.gains.blue >= 0.5 && rig.balance.gains.blue <= 3.996);
		CHECK(rig.balance.kelvin >= 2498 && rig.balance.kelvin <= 8575);
	}
}

int main(void)
{
	test_lights();
	test_measured_behind();
	test_kelvin();
	test_wishes();
	test_hostile();
	return test_done();
}
