// SPDX-License-Identifier: GPL-2.0-or-later
/* What must be known of a sensor and its lens, and what it says about a light. */
#include "common/ipa/tuning.h"

/*
 * Between two lights the eye's unit is used, 1 / kelvin, in which equal steps look equally
 * far apart.
 */
static double share_between(double kelvin, double low, double high)
{
	double share = (1 / low - 1 / kelvin) / (1 / low - 1 / high);

	if (!(share > 0))
		return 0;
	return share < 1 ? share : 1;
}

/* Red gain by blue gain: rises with the temperature, and brightness has no part in it. */
static double warmth(const struct ipa_gains *gains)
{
	return gains->red / gains->blue;
}

double ipa_tuning_kelvin(const struct ipa_tuning *tuning, const struct ipa_gains *gains)
{
	const struct ipa_light *lights = tuning->lights;
	double seen = warmth(gains), low, high, share;
	unsigned i = 1;

	if (!(seen > warmth(&lights[0].gains)) || tuning->num_lights < 2)
		return lights[0].kelvin;
	while (i < tuning->num_lights && warmth(&lights[i].gains) < seen)
		i++;
	if (i == tuning->num_lights)
		return lights[i - 1].kelvin;
	low = warmth(&lights[i - 1].gains);
	high = warmth(&lights[i].gains);
	share = (seen - low) / (high - low);
	return 1 / (1 / lights[i - 1].kelvin +
		    share * (1 / lights[i].kelvin - 1 / lights[i - 1].kelvin));
}

void ipa_tuning_gains(const struct ipa_tuning *tuning, double kelvin, struct ipa_gains *gains)
{
	const struct ipa_light *lights = tuning->lights;
	unsigned i = 1;
	double share;

	*gains = lights[0].gains;
	if (tuning->num_lights < 2)
		return;
	while (i + 1 < tuning->num_lights && lights[i].kelvin < kelvin)
		i++;
	share = share_between(kelvin, lights[i - 1].kelvin, lights[i].kelvin);
	gains->red = lights[i - 1].gains.red +
		     share * (lights[i].gains.red - lights[i - 1].gains.red);
	gains->blue = lights[i - 1].gains.blue +
		      share * (lights[i].gains.blue - lights[i - 1].gains.blue);
}

void ipa_tuning_matrix(const struct ipa_tuning *tuning, double kelvin,
		       struct ipa_matrix *matrix)
{
	const struct ipa_light_matrix *matrices = tuning->matrices;
	unsigned i = 1;

	*matrix = matrices[0].matrix;
	if (tuning->num_matrices < 2)
		return;
	while (i + 1 < tuning->num_matrices && matrices[i].kelvin < kelvin)
		i++;
	ipa_matrix_mix(&matrices[i - 1].matrix, &matrices[i].matrix,
		       share_between(kelvin, matrices[i - 1].kelvin, matrices[i].kelvin),
		       matrix);
}

void ipa_tuning_exposure(const struct ipa_tuning *tuning, struct ipa_exposure_config *config)
{
	config->target = tuning->target;
	config->speed = tuning->exposure_speed;
	config->metering = tuning->metering;
}

struct place {
	unsigned index;
	double share; /* towards the next */
};

static struct place find_place(double at, unsigned count)
{
	double exact = at * (count - 1);
	struct place place = { 0 };

	if (!(exact > 0))
		return place;
	place.index = exact < count - 1 ? (unsigned)exact : count - 1;
	if (place.index < count - 1)
		place.share = exact - place.index;
	return place;
}

static double along(const uint16_t *row, struct place place)
{
	if (!(place.share > 0))
		return row[place.index];
	return row[place.index] + place.share * (row[place.index + 1] - row[place.index]);
}

uint16_t ipa_shading_at(const struct ipa_shading *shading, const uint16_t *table,
			double x, double y)
{
	struct place column, row;
	const uint16_t *above;
	double factor;

	if (!shading->columns || !shading->rows)
		return IPA_SHADING_ONE;
	column = find_place(x, shading->columns);
	row = find_place(y, shading->rows);
	above = &table[row.index * shading->columns];
	factor = along(above, column);
	if (row.share > 0)
		factor += row.share * (along(above + shading->columns, column) - factor);
	return (uint16_t)(factor + 0.5);
}
