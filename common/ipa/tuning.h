/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What must be known of a sensor and its lens for a good picture: black level, colour in
 * different lights, gamma, shading, and how exposure and white balance shall behave.
 *
 * Constants are built in for some sensors, sensible ones for all others; a file in JSON,
 * rawline-tuning(5), replaces as much of them as it names.
 */
#ifndef RAWLINE_IPA_TUNING_H
#define RAWLINE_IPA_TUNING_H

#include <stdint.h>

#include "common/base/log.h"
#include "common/ipa/color.h"
#include "common/ipa/curve.h"
#include "common/ipa/exposure.h"
#include "common/ipa/sensor.h"

#define IPA_TUNING_MAX_LIGHTS   16
#define IPA_TUNING_MAX_MATRICES 16
#define IPA_SHADING_MAX         33 /* columns, and rows */
#define IPA_SHADING_ONE         1024

/* Temperatures beyond this are taken for what is nearest. */
#define IPA_MIN_KELVIN 1500
#define IPA_MAX_KELVIN 15000

/* In light of that temperature these gains make grey grey. */
struct ipa_light {
	double kelvin;
	struct ipa_gains gains;
};

struct ipa_light_matrix {
	double kelvin;
	struct ipa_matrix matrix;
};

/* Factors against dark corners, from the top left corner of the sensor's full picture. */
struct ipa_shading {
	unsigned columns, rows;                          /* 0: there is no table */
	uint16_t red[IPA_SHADING_MAX * IPA_SHADING_MAX]; /* IPA_SHADING_ONE is 1.0 */
	uint16_t green[IPA_SHADING_MAX * IPA_SHADING_MAX];
	uint16_t blue[IPA_SHADING_MAX * IPA_SHADING_MAX];
};

struct ipa_tuning {
	const char *sensor; /* the model's name, NULL if it is not known; lent for ever */
	uint16_t black_level; /* of 65536 */

	double target; /* as in struct ipa_exposure_config */
	double exposure_speed;
	enum ipa_metering metering;

	double balance_speed;
	double min_gain, max_gain; /* of red and of blue */
	/*
	 * How far from every known light a grey zone may be, as a factor; what is farther has
	 * a colour of its own.
	 */
	double tolerance;
	unsigned num_lights; /* one or more, temperatures and red / blue gains rise */
	struct ipa_light lights[IPA_TUNING_MAX_LIGHTS];
	unsigned num_matrices; /* one or more, temperatures rise; rows add up to 1 */
	struct ipa_light_matrix matrices[IPA_TUNING_MAX_MATRICES];

	struct ipa_curve gamma;
	struct ipa_shading shading;
};

/* Fills in what is built in for the model, or for all that are not known. */
void ipa_tuning_init(struct ipa_tuning *tuning, const struct ipa_sensor_model *model);

/*
 * Replaces what the file names. Returns 0; -EINVAL if it is no tuning file or says something
 * that can't be; -EOPNOTSUPP if this program was built without json-c; or what reading it
 * failed with. All but 0 have been logged, with the file and the key; tuning is then
 * as it was.
 */
int ipa_tuning_load(struct ipa_tuning *tuning, const char *path, const struct log *log);

/* The colour temperature for which these gains are right, between the known lights. */
double ipa_tuning_kelvin(const struct ipa_tuning *tuning, const struct ipa_gains *gains);

/* The gains for a colour temperature. */
void ipa_tuning_gains(const struct ipa_tuning *tuning, double kelvin,
		      struct ipa_gains *gains);

/* The colour matrix for a colour temperature. */
void ipa_tuning_matrix(const struct ipa_tuning *tuning, double kelvin,
		       struct ipa_matrix *matrix);

/* The wishes of an exposure configuration that a tuning has an opinion on. */
void ipa_tuning_exposure(const struct ipa_tuning *tuning, struct ipa_exposure_config *config);

/*
 * The factor of one of the three tables at a place of the full picture, 0 to 1 each way,
 * between its points; IPA_SHADING_ONE if there is no table.
 */
uint16_t ipa_shading_at(const struct ipa_shading *shading, const uint16_t *table,
			double x, double y);

#endif
