// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Constants of sensors. The colours of imx219, imx477, imx708 and ov5647 are as measured by
 * Raspberry Pi for its camera modules and published with libcamera; other modules with these sensors have
 * other filters and lenses, so they are a good start and no calibration.
 */
#include <string.h>

#include "common/ipa/tuning.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct known_sensor {
	const char *name;
	double tolerance;
	const struct ipa_light *lights;
	unsigned num_lights;
	const struct ipa_light_matrix *matrices;
	unsigned num_matrices;
};

/* clang-format off */
static const struct ipa_light imx219_lights[] = {
	{ 2498, { 1.0742, 2.7785 } },
	{ 2915, { 1.1737, 2.2462 } },
	{ 3627, { 1.3079, 1.8772 } },
	{ 4600, { 1.6450, 1.4879 } },
	{ 5716, { 1.7507, 1.4251 } },
	{ 8575, { 2.3089, 1.2442 } },
};

static const struct ipa_light_matrix imx219_matrices[] = {
	{ 2860, { { 2.12089, -0.52461, -0.59629,
		   -0.85342,  2.80445, -0.95103,
		   -0.26897, -1.14788,  2.41685 } } },
	{ 3603, { { 2.18644, -0.66148, -0.52496,
		   -0.77828,  2.69474, -0.91645,
		   -0.25239, -0.83059,  2.08298 } } },
	{ 4650, { { 2.18174, -0.70887, -0.47287,
		   -0.70196,  2.76426, -1.06231,
		   -0.25157, -0.71978,  1.97135 } } },
	{ 5858, { { 2.32392, -0.88421, -0.43971,
		   -0.63821,  2.58348, -0.94527,
		   -0.28541, -0.54112,  1.82653 } } },
	{ 7580, { { 2.21175, -0.53242, -0.67933,
		   -0.57875,  3.07922, -1.50047,
		   -0.27709, -0.73338,  2.01048 } } },
};

static const struct ipa_light ov5647_lights[] = {
	{ 2500, { 0.9719, 2.2207 } },
	{ 2803, { 1.0607, 1.9577 } },
	{ 3605, { 1.2105, 1.6003 } },
	{ 4540, { 1.3641, 1.3275 } },
	{ 5699, { 1.4892, 1.1592 } },
	{ 8625, { 1.6445, 0.9988 } },
};

static const struct ipa_light_matrix ov5647_matrices[] = {
	{ 2873, { { 1.88195, -0.26249, -0.61946,
		   -0.63842,  2.11535, -0.47693,
		   -0.13531, -0.99739,  2.13271 } } },
	{ 3606, { { 1.97522, -0.43847, -0.53675,
		   -0.56151,  1.99765, -0.43614,
		   -0.12438, -0.77056,  1.89493 } } },
	{ 4700, { { 2.00971, -0.51461, -0.49511,
		   -0.52109,  2.01003, -0.48894,
		   -0.09527, -0.67318,  1.76845 } } },
	{ 5890, { { 2.13616, -0.65283, -0.48333,
		   -0.48364,  1.93115, -0.44751,
		   -0.13465, -0.54831,  1.68295 } } },
	{ 7600, { { 2.06599, -0.39161, -0.67439,
		   -0.50883,  2.27467, -0.76583,
		   -0.13961, -0.66121,  1.80081 } } },
};

static const struct ipa_light imx477_lights[] = {
	{ 2360, { 1.6642, 3.2331 } },
	{ 2848, { 1.9720, 2.5000 } },
	{ 3636, { 2.3557, 1.7876 } },
	{ 4660, { 2.8337, 1.4706 } },
	{ 5579, { 3.0989, 1.4286 } },
	{ 6671, { 3.2626, 1.3889 } },
	{ 9505, { 3.9620, 1.2729 } },
};

static const struct ipa_light_matrix imx477_matrices[] = {
	{ 4600, { { 2.15423, -0.98143, -0.17279,
		   -0.38131,  2.14763, -0.76632,
		   -0.10069, -0.54383,  1.64452 } } },
};

static const struct ipa_light imx708_lights[] = {
	{ 2498, { 1.1451, 3.8373 } },
	{ 2954, { 1.4063, 2.7300 } },
	{ 3578, { 1.6562, 2.2143 } },
	{ 4485, { 1.9558, 1.8629 } },
	{ 5753, { 2.3397, 1.6010 } },
	{ 7433, { 2.6860, 1.4533 } },
};

static const struct ipa_light_matrix imx708_matrices[] = {
	{ 2964, { { 1.72129, -0.45961, -0.26169,
		   -0.30042,  1.56924, -0.26882,
		    0.15133, -1.13293,  1.98161 } } },
	{ 3610, { { 1.54474, -0.35082, -0.19391,
		   -0.36989,  1.67926, -0.30936,
		   -0.00524, -0.55197,  1.55722 } } },
	{ 4640, { { 1.52972, -0.35168, -0.17804,
		   -0.28309,  1.67098, -0.38788,
		    0.01695, -0.57209,  1.55515 } } },
	{ 5910, { { 1.56879, -0.42159, -0.14719,
		   -0.27275,  1.59354, -0.32079,
		   -0.02862, -0.40662,  1.43525 } } },
	{ 7590, { { 1.41424, -0.21092, -0.20332,
		   -0.17646,  1.71734, -0.54087,
		    0.01297, -0.63111,  1.61814 } } },
};

/* The mean of imx219, imx477 and ov5647; no sensor is far from it. */
static const struct ipa_light common_lights[] = {
	{ 2500, { 1.19, 2.62 } },
	{ 2850, { 1.29, 2.26 } },
	{ 3600, { 1.49, 1.75 } },
	{ 4600, { 1.77, 1.43 } },
	{ 5700, { 1.92, 1.32 } },
	{ 8600, { 2.29, 1.17 } },
};

/* Filters overlap: each colour has a part of its neighbours in it, which is taken off. */
static const struct ipa_light_matrix common_matrices[] = {
	{ 5000, { { 2.00000, -1.00000,  0.00000,
		   -0.50000,  2.00000, -0.50000,
		    0.00000, -1.00000,  2.00000 } } },
};

#define LIGHTS(array)   .lights = array, .num_lights = COUNT(array)
#define MATRICES(array) .matrices = array, .num_matrices = COUNT(array)

#define NOT_MEASURED    2.0, LIGHTS(common_lights), MATRICES(common_matrices)

/*
 * Nobody has published colours of the others: their black levels are known, or what is usual
 * with their maker, and no more. That of ov2740 is at 360 MHz; at 180 its driver sets 4096.
 */
static const struct known_sensor known_sensors[] = {
	{ "imx219", 1.4, LIGHTS(imx219_lights), MATRICES(imx219_matrices) },
	{ "imx258", NOT_MEASURED },
	{ "imx355", NOT_MEASURED },
	{ "imx477", 1.4, LIGHTS(imx477_lights), MATRICES(imx477_matrices) },
	{ "imx708", 1.4, LIGHTS(imx708_lights), MATRICES(imx708_matrices) },
	{ "ov2740", NOT_MEASURED },
	{ "ov5647", 1.4, LIGHTS(ov5647_lights), MATRICES(ov5647_matrices) },
	{ "ov5670", NOT_MEASURED },
	{ "ov5693", NOT_MEASURED },
	{ "ov8865", NOT_MEASURED },
	{ "ov13858", NOT_MEASURED },
};

static const struct known_sensor any_sensor = { NULL, NOT_MEASURED };
/* clang-format on */

/* Of sensors whose black level nobody has written down: 64 of 1024 is by far the most usual. */
#define USUAL_BLACK_LEVEL 4096

static const struct known_sensor *find(const char *name)
{
	for (size_t i = 0; name && i < COUNT(known_sensors); i++)
		if (!strcmp(known_sensors[i].name, name))
			return &known_sensors[i];
	return &any_sensor;
}

void ipa_tuning_init(struct ipa_tuning *tuning, const struct ipa_sensor_model *model)
{
	const struct known_sensor *known = find(model->name);
	struct ipa_exposure_config exposure = ipa_exposure_defaults();

	memset(tuning, 0, sizeof(*tuning));
	tuning->sensor = model->name;
	tuning->black_level = model->black_level ? model->black_level : USUAL_BLACK_LEVEL;
	tuning->target = exposure.target;
	tuning->exposure_speed = exposure.speed;
	tuning->metering = exposure.metering;
	tuning->balance_speed = 0.1;
	tuning->min_gain = 0.5;
	tuning->max_gain = 8;
	tuning->tolerance = known->tolerance;
	tuning->num_lights = known->num_lights;
	memcpy(tuning->lights, known->lights, known->num_lights * sizeof(*known->lights));
	tuning->num_matrices = known->num_matrices;
	memcpy(tuning->matrices, known->matrices,
	       known->num_matrices * sizeof(*known->matrices));
	tuning->gamma = ipa_curve_srgb;
}
