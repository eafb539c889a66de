// SPDX-License-Identifier: GPL-2.0-or-later
/* Constants that are built in, and tuning files: what they replace and what is refused. */
#include "common/ipa/tuning.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "test/unit/test.h"

static char path[] = "/tmp/ipa-tuning-XXXXXX";
static char said[512];

static void listen(void *context, enum log_level level, const char *code, const char *sentence)
{
	CHECK_EQ(level, LOG_ERROR);
	CHECK_STR_EQ(code, "tuning-file");
	/* Without the path in front, which changes. */
	snprintf(said, sizeof(said), "%s",
		 !strncmp(sentence, path, strlen(path)) ? sentence + strlen(path) + 2 :
							  sentence);
}

static const struct log quiet = {
	.program = "test",
	.level = LOG_SILENT,
	.listener = listen,
};

static void test_built_in(void)
{
	static const char *const names[] = {
		"imx219", "imx258", "imx355", "imx477", "imx708",  "ov2740",
		"ov5647", "ov5670", "ov5693", "ov8865", "ov13858", "unknown",
	};
	static struct ipa_tuning tuning;

	test_case("built in: every sensor has lights and matrices that rise, rows of 1");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		ipa_tuning_init(&tuning, ipa_sensor_find(names[i]));
		CHECK(tuning.num_lights > 1);
		CHECK(tuning.num_matrices > 0);
		CHECK(tuning.black_level == 1024 || tuning.black_level == 4096);
		CHECK(ipa_curve_is_valid(&tuning.gamma));
		for (unsigned n = 1; n < tuning.num_lights; n++) {
			const struct ipa_light *a = &tuning.lights[n - 1], *b = a + 1;

			CHECK(b->kelvin > a->kelvin);
			CHECK(b->gains.red / b->gains.blue > a->gains.red / a->gains.blue);
		}
		for (unsigned n = 0; n < tuning.num_matrices; n++) {
			const double *m = tuning.matrices[n].matrix.m;

			CHECK(!n ||
			      tuning.matrices[n].kelvin > tuning.matrices[n - 1].kelvin);
			for (unsigned row = 0; row < 9; row += 3)
				CHECK(fabs(m[row] + m[row + 1] + m[row + 2] - 1) < 1e-4);
		}
	}
}

static void put(const char *text, size_t size)
{
	FILE *file = fopen(path, "w");

	if (!CHECK(file))
		return;
	CHECK_EQ(fwrite(text, 1, size, file), size);
	CHECK_EQ(fclose(file), 0);
}

static int load(struct ipa_tuning *tuning, const char *text)
{
	said[0] = '\0';
	put(text, strlen(text));
	return ipa_tuning_load(tuning, path, &quiet);
}

#ifdef HAVE_JSON_C

static void test_load(void)
{
	static struct ipa_tuning tuning;

	ipa_tuning_init(&tuning, ipa_sensor_find("imx219"));
	test_case("load: a version alone changes nothing");
	CHECK_EQ(load(&tuning, "{\"version\": 1}\n"), 0);
	CHECK_EQ(tuning.black_level, 4096);
	CHECK_EQ(tuning.num_matrices, 5);

	test_case("load: every key arrives where it belongs");
	CHECK_EQ(load(&tuning,
		      "{ \"version\": 1, \"sensor\": \"imx219\", \"black_level\": 3840,\n"
		      "  \"exposure\": { \"target\": 0.2, \"speed\": 0.5,\n"
		      "                  \"metering\": \"centre\" },\n"
		      "  \"white_balance\": { \"speed\": 0.3, \"min_gain\": 0.8,\n"
		      "    \"max_gain\": 3.5, \"tolerance\": 1.25,\n"
		      "    \"lights\": [ { \"kelvin\": 3000, \"red\": 1.1, \"blue\": 2.2 },\n"
		      "                  { \"kelvin\": 6000, \"red\": 1.7, \"blue\": 1.4 } ] },\n"
		      "  \"matrices\": [ { \"kelvin\": 4000, \"matrix\":\n"
		      "    [ 1.5, -0.25, -0.25,  -0.5, 2, -0.5,  0, -1, 2 ] } ],\n"
		      "  \"gamma\": [ [0, 0], [0.5, 0.75], [1, 1] ],\n"
		      "  \"lens_shading\": { \"columns\": 3, \"rows\": 2,\n"
		      "    \"red\": [ 2, 1, 2, 3, 1.5, 3 ], \"green\": [ 1, 1, 1, 1, 1, 1 ],\n"
		      "    \"blue\": [ 1, 1, 1, 1, 1, 15 ] } }\n"),
		 0);
	CHECK_STR_EQ(said, "");
	CHECK_EQ(tuning.black_level, 3840);
	CHECK(fabs(tuning.target - 0.2) < 1e-9);
	CHECK(fabs(tuning.exposure_speed - 0.5) < 1e-9);
	CHECK_EQ(tuning.metering, IPA_METERING_CENTRE);
	CHECK(fabs(tuning.balance_speed - 0.3) < 1e-9);
	CHECK(fabs(tuning.min_gain - 0.8) < 1e-9);
	CHECK(fabs(tuning.max_gain - 3.5) < 1e-9);
	CHECK(fabs(tuning.tolerance - 1.25) < 1e-9);
	CHECK_EQ(tuning.num_lights, 2);
	CHECK(fabs(tuning.lights[1].gains.red - 1.7) < 1e-9);
	CHECK_EQ(tuning.num_matrices, 1);
	CHECK(fabs(tuning.matrices[0].matrix.m[3] + 0.5) < 1e-9);
	CHECK_EQ(ipa_curve_at(&tuning.gamma, ipa_scale_u16(0.25)), ipa_scale_u16(0.375));
	CHECK_EQ(tuning.shading.columns, 3);

	test_case("shading: at its points, between them, and beyond the edge");
	CHECK_EQ(ipa_shading_at(&tuning.shading, tuning.shading.red, 0, 0), 2048);
	CHECK_EQ(ipa_shading_at(&tuning.shading, tuning.shading.red, 0.25, 0), 1536);
	CHECK_EQ(ipa_shading_at(&tuning.shading, tuning.shading.red, 0, 0.5), 2560);
	CHECK_EQ(ipa_shading_at(&tuning.shading, tuning.shading.red, 0.25, 0.5), 1920);
	CHECK_EQ(ipa_shading_at(&tuning.shading, tuning.shading.blue, 1, 1), 15360);
	CHECK_EQ(ipa_shading_at(&tuning.shading, tuning.shading.blue, 7, NAN), 1024);
	tuning.shading.columns = 0;
	CHECK_EQ(ipa_shading_at(&tuning.shading, tuning.shading.blue, 1, 1), IPA_SHADING_ONE);

	test_case("load: named curves");
	CHECK_EQ(load(&tuning, "{\"version\": 1, \"gamma\": \"linear\"}"), 0);
	CHECK_EQ(ipa_curve_at(&tuning.gamma, 12345), 12345);
	CHECK_EQ(load(&tuning, "{\"version\": 1, \"gamma\": \"srgb\"}"), 0);
	CHECK_MEM_EQ(&tuning.gamma, &ipa_curve_srgb, sizeof(ipa_curve_srgb));

	test_case("load: a file for another sensor fits one that nobody knows");
	tuning.sensor = NULL;
	CHECK_EQ(load(&tuning, "{\"version\": 1, \"sensor\": \"ov5647\"}"), 0);
}

/* What stands between the braces, behind the version, and the sentence it is refused with. */
static const struct {
	const char *text;
	const char *sentence;
} refused[] = {
	{ "\"blak_level\": 1", "blak_level: no such key; there are version, sensor, "
			       "black_level, exposure, white_balance, matrices, gamma, "
			       "lens_shading" },
	{ "\"\\u001b[31m\": 1", "\\x1b[31m: no such key; there are version, sensor, "
				"black_level, exposure, white_balance, matrices, gamma, "
				"lens_shading" },
	{ "\"sensor\": \"ov5647\"", "sensor: the file is for ov5647, the sensor is imx219" },
	{ "\"sensor\": 219", "sensor: must be a string" },
	{ "\"black_level\": \"64\"", "black_level: must be a whole number" },
	{ "\"black_level\": 64.5", "black_level: must be a whole number" },
	{ "\"black_level\": null", "black_level: must be a whole number" },
	{ "\"black_level\": -1", "black_level: must be from 0 to 16383" },
	{ "\"black_level\": 99999999999999999999", "black_level: must be from 0 to 16383" },
	{ "\"exposure\": 1", "exposure: must be an object, { … }" },
	{ "\"exposure\": { \"target\": 0 }", "exposure.target: must be from 0.01 to 0.5" },
	{ "\"exposure\": { \"target\": NaN }", "exposure.target: must be from 0.01 to 0.5" },
	{ "\"exposure\": { \"target\": 1e999 }", "exposure.target: must be from 0.01 to 0.5" },
	{ "\"exposure\": { \"target\": true }", "exposure.target: must be a number" },
	{ "\"exposure\": { \"metering\": \"spot\" }",
	  "exposure.metering: must be \"average\" or \"centre\"" },
	{ "\"exposure\": { \"goal\": 1 }",
	  "exposure.goal: no such key; there are target, speed, metering" },
	{ "\"white_balance\": { \"lights\": [] }",
	  "white_balance.lights: has 0 elements, must have 1 to 16" },
	{ "\"white_balance\": { \"lights\": {} }",
	  "white_balance.lights: must be an array, [ … ]" },
	{ "\"white_balance\": { \"lights\": [ { \"kelvin\": 3000, \"red\": 1 } ] }",
	  "white_balance.lights[0]: lacks \"blue\"" },
	{ "\"white_balance\": { \"lights\": [ { \"kelvin\": 3000, \"red\": 99, \"blue\": 1 } ] }",
	  "white_balance.lights[0].red: must be from 0.1 to 16" },
	{ "\"white_balance\": { \"lights\": [ { \"kelvin\": 3000, \"red\": 1, \"blue\": 2 },"
	  "{ \"kelvin\": 3000, \"red\": 2, \"blue\": 1 } ] }",
	  "white_balance.lights: temperatures must rise, 3000 K follows 3000 K" },
	{ "\"white_balance\": { \"lights\": [ { \"kelvin\": 3000, \"red\": 2, \"blue\": 1 },"
	  "{ \"kelvin\": 6000, \"red\": 1, \"blue\": 2 } ] }",
	  "white_balance.lights: red / blue must rise with the temperature, and does not from "
	  "3000 K to 6000 K" },
	{ "\"white_balance\": { \"min_gain\": 4, \"max_gain\": 2 }",
	  "white_balance: min_gain 4 is not below max_gain 2" },
	{ "\"matrices\": [ { \"kelvin\": 5000, \"matrix\": [ 1, 0, 0, 0, 1, 0, 0, 0 ] } ]",
	  "matrices[0].matrix: has 8 elements, must have 9 to 9" },
	{ "\"matrices\": [ { \"kelvin\": 5000, \"matrix\": [ 1, 0, 0, 0, 2, 0, 0, 0, 1 ] } ]",
	  "matrices[0].matrix: row 2 adds up to 2, must be 1" },
	{ "\"matrices\": [ { \"kelvin\": 5000, \"matrix\": [ 1, 0, 0, 1, 0, 0, 1, 0, 0 ] } ]",
	  "matrices[0].matrix: has no inverse" },
	{ "\"matrices\": [ { \"kelvin\": 5000, \"matrix\": [ 1, 0, 0, 0, 1, 0, 0, [], 1 ] } ]",
	  "matrices[0].matrix[7]: must be a number" },
	{ "\"matrices\": [ { \"kelvin\": 1 } ]",
	  "matrices[0].kelvin: must be from 1500 to 15000" },
	{ "\"gamma\": \"log\"", "gamma: must be \"srgb\", \"linear\" or an array of points" },
	{ "\"gamma\": [ [0, 0], [0.5, 0.5], [0.5, 0.6], [1, 1] ]",
	  "gamma: must go from x 0 to x 1, x rising, y never falling" },
	{ "\"gamma\": [ [0, 0], [1, 1, 1] ]", "gamma[1]: has 3 elements, must have 2 to 2" },
	{ "\"gamma\": [ [0, 0], [1, 1.5] ]", "gamma[1][1]: must be from 0 to 1" },
	{ "\"lens_shading\": { \"columns\": 2 }", "lens_shading: lacks \"rows\"" },
	{ "\"lens_shading\": { \"columns\": 34 }",
	  "lens_shading.columns: must be from 2 to 33" },
	{ "\"lens_shading\": { \"columns\": 2, \"rows\": 3, \"red\": [1,1,1,1],"
	  "\"green\": [1,1,1,1], \"blue\": [1,1,1,1] }",
	  "lens_shading: red has 4 factors, 2 x 3 are 6" },
};

static void test_refused(void)
{
	static struct ipa_tuning tuning, before;
	char text[512];

	memset(&tuning, 0, sizeof(tuning));
	ipa_tuning_init(&tuning, ipa_sensor_find("imx219"));
	before = tuning;
	test_case("refused: each slip with its key and why, and nothing is changed");
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		snprintf(text, sizeof(text),
			 "{ \"version\": 1, \"black_level\": 77, %s }", refused[i].text);
		CHECK_EQ(load(&tuning, text), -EINVAL);
		CHECK_STR_EQ(said, refused[i].sentence);
		CHECK_MEM_EQ(&tuning, &before, sizeof(tuning));
	}

	test_case("refused: no version, another one");
	CHECK_EQ(load(&tuning, "{}"), -EINVAL);
	CHECK_STR_EQ(said, "lacks \"version\": 1");
	CHECK_EQ(load(&tuning, "{ \"version\": 2 }"), -EINVAL);
	CHECK_STR_EQ(said, "version: must be from 1 to 1");
	CHECK_EQ(load(&tuning, "[]"), -EINVAL);
	CHECK_STR_EQ(said, "must be an object, { … }");

	test_case("refused: what is no JSON, with its line");
	CHECK_EQ(load(&tuning, ""), -EINVAL);
	CHECK(said[0]);
	CHECK_EQ(load(&tuning, "{ \"version\": 1"), -EINVAL);
	CHECK(said[0]);
	CHECK_EQ(load(&tuning, "{ \"version\": 1,\n\n \"gamma\" \"srgb\" }"), -EINVAL);
	CHECK(!strncmp(said, "line 3: ", 8));
	CHECK_EQ(load(&tuning, "{ \"version\": 1 } x"), -EINVAL);
	CHECK_EQ(load(&tuning, "{ \"version\": 1 } { \"version\": 1 }"), -EINVAL);
	CHECK_EQ(load(&tuning, "{ \"version\": 1, }"), -EINVAL);
	CHECK_EQ(load(&tuning, "{ version: 1 }"), -EINVAL);
	CHECK_EQ(load(&tuning, "{ \"version\": 1, \"sensor\": \"\xff\" }"), -EINVAL);
	put("{ \"version\": 1 }\0 and more", 26);
	CHECK_EQ(ipa_tuning_load(&tuning, path, &quiet), -EINVAL);
	CHECK_STR_EQ(said, "is no text file");

	test_case("refused: nested without end, larger than any tuning");
	char *large = malloc(1 << 21);
	if (!CHECK(large))
		return;
	memset(large, '[', 100000);
	put(large, 100000);
	CHECK_EQ(ipa_tuning_load(&tuning, path, &quiet), -EINVAL);
	memset(large, ' ', 1 << 21);
	put(large, 1 << 21);
	CHECK_EQ(ipa_tuning_load(&tuning, path, &quiet), -EINVAL);
	CHECK_STR_EQ(said, "is too large for a tuning file");
	free(large);

	test_case("refused: a file that is not there, a folder");
	CHECK_EQ(ipa_tuning_load(&tuning, "/nonexistent/tuning.json", &quiet), -ENOENT);
	CHECK_STR_EQ(said, "/nonexistent/tuning.json: No such file or directory");
	CHECK_EQ(ipa_tuning_load(&tuning, "/", &quiet), -EISDIR);
	CHECK_MEM_EQ(&tuning, &before, sizeof(tuning));
}

/* Bytes of a good file changed, cut and doubled: never a crash, never a tuning that can't be. */
static void test_mutants(void)
{
	static const char good[] =
		"{ \"version\": 1, \"black_level\": 4096, \"exposure\": { \"target\": 0.2 },"
		"\"white_balance\": { \"lights\": [ { \"kelvin\": 3000, \"red\": 1.1,"
		"\"blue\": 2.2 }, { \"kelvin\": 6000, \"red\": 1.7, \"blue\": 1.4 } ] },"
		"\"matrices\": [ { \"kelvin\": 4000, \"matrix\": [ 1.5, -0.25, -0.25, -0.5,"
		"2, -0.5, 0, -1, 2 ] } ], \"gamma\": [ [0, 0], [0.5, 0.75], [1, 1] ] }";
	static const char bytes[] = "{}[]\",:0123456789.eE+-tfn\\u \n\x01\xff";
	static struct ipa_tuning tuning;
	char text[sizeof(good)];
	uint32_t random = 11;
	unsigned taken = 0;

	test_case("mutants: each ends in 0 or a sentence, and no tuning that can't be");
	for (unsigned n = 0; n < 4000; n++) {
		int ret;

		memcpy(text, good, sizeof(good));
		for (unsigned i = 0; i < 1 + n % 3; i++) {
			random = random * 1664525u + 1013904223u;
			text[(random >> 8) % (sizeof(good) - 1)] =
				bytes[(random >> 20) % (sizeof(bytes) - 1)];
		}
		if (n % 7 == 0)
			text[(random >> 9) % sizeof(good)] = '\0';
		ipa_tuning_init(&tuning, ipa_sensor_find("imx219"));
		ret = load(&tuning, text);
		CHECK(ret == 0 || (ret == -EINVAL && said[0]));
		CHECK(tuning.num_lights >= 1 && tuning.num_lights <= IPA_TUNING_MAX_LIGHTS);
		CHECK(tuning.target >= 0.01 && tuning.target <= 0.5);
		CHECK(ipa_curve_is_valid(&tuning.gamma));
		taken += ret == 0;
	}
	/* Else the mutants are too wild, or nothing is looked at. */
	CHECK(taken > 30 && taken < 3000);
}

/* Where a file would go wrong if it did not say all. */
static void spoil(struct ipa_tuning *tuning)
{
	tuning->black_level = 1;
	tuning->target = tuning->exposure_speed = tuning->balance_speed = 0.33;
	tuning->metering = IPA_METERING_CENTRE;
	tuning->min_gain = tuning->max_gain = tuning->tolerance = 3;
	tuning->num_lights = tuning->num_matrices = 1;
	tuning->lights[0].kelvin = tuning->matrices[0].kelvin = 1501;
	tuning->gamma.num_points = 2;
}

static void check_same(const struct ipa_tuning *file, const struct ipa_tuning *table)
{
	CHECK_EQ(file->black_level, table->black_level);
	CHECK_EQ(file->metering, table->metering);
	CHECK_MEM_EQ(&file->target, &table->target, sizeof(file->target));
	CHECK_MEM_EQ(&file->exposure_speed, &table->exposure_speed, sizeof(double));
	CHECK_MEM_EQ(&file->balance_speed, &table->balance_speed, sizeof(double));
	CHECK_MEM_EQ(&file->min_gain, &table->min_gain, sizeof(double));
	CHECK_MEM_EQ(&file->max_gain, &table->max_gain, sizeof(double));
	CHECK_MEM_EQ(&file->tolerance, &table->tolerance, sizeof(double));
	if (CHECK_EQ(file->num_lights, table->num_lights))
		CHECK_MEM_EQ(file->lights, table->lights,
			     table->num_lights * sizeof(table->lights[0]));
	if (CHECK_EQ(file->num_matrices, table->num_matrices))
		CHECK_MEM_EQ(file->matrices, table->matrices,
			     table->num_matrices * sizeof(table->matrices[0]));
	CHECK_EQ(file->gamma.num_points, table->gamma.num_points);
}

/* Files that come with the programs are what is built in: a start for those who measure. */
static void test_files(void)
{
	static const struct {
		const char *sensor;
		const char *path;
	} files[] = {
		{ "imx219", "common/ipa/tuning/imx219.json" },
		{ "imx258", "common/ipa/tuning/imx258.json" },
		{ "imx355", "common/ipa/tuning/imx355.json" },
		{ "imx477", "common/ipa/tuning/imx477.json" },
		{ "imx708", "common/ipa/tuning/imx708.json" },
		{ "ov2740", "common/ipa/tuning/ov2740.json" },
		{ "ov5647", "common/ipa/tuning/ov5647.json" },
		{ "ov5670", "common/ipa/tuning/ov5670.json" },
		{ "ov5693", "common/ipa/tuning/ov5693.json" },
		{ "ov8865", "common/ipa/tuning/ov8865.json" },
		{ "ov13858", "common/ipa/tuning/ov13858.json" },
		{ "default", "common/ipa/tuning/default.json" },
	};
	static struct ipa_tuning file, table;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		test_case(files[i].path);
		ipa_tuning_init(&table, ipa_sensor_find(files[i].sensor));
		file = table;
		spoil(&file);
		CHECK_EQ(ipa_tuning_load(&file, files[i].path, &quiet), 0);
		check_same(&file, &table);
	}
}

#else

static void test_load(void)
{
	static struct ipa_tuning tuning;

	test_case("load: a build without json-c says so");
	CHECK_EQ(load(&tuning, "{\"version\": 1}"), -EOPNOTSUPP);
	CHECK(strstr(said, "json-c"));
}

static void test_refused(void)
{
}

static void test_mutants(void)
{
}

#endif

int main(void)
{
	int fd = mkstemp(path);

	if (fd < 0)
		return 1;
	close(fd);
	test_built_in();
	test_load();
	test_files();
	test_refused();
	test_mutants();
	unlink(path);
	return test_done();
}
