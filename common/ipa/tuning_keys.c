// SPDX-License-Identifier: GPL-2.0-or-later
/* The keys of a tuning file, rawline-tuning(5): where each goes, and what it may be. */
#include "common/ipa/tuning_private.h"

#ifdef HAVE_JSON_C

#include <errno.h>
#include <string.h>

#include <json-c/json.h>

#include "common/base/text.h"

#define VERSION   1
#define ROW_SLACK 0.02 /* how far a matrix row may be from 1: what rounding leaves */

/* Numbers with a range each. */
static int read_target(struct tuning_reader *reader, struct json_object *value, void *target)
{
	return tuning_read_number(reader, value, 0.01, 0.5, target);
}

static int read_speed(struct tuning_reader *reader, struct json_object *value, void *target)
{
	return tuning_read_number(reader, value, 0.01, 1, target);
}

static int read_gain(struct tuning_reader *reader, struct json_object *value, void *target)
{
	return tuning_read_number(reader, value, 0.1, 16, target);
}

static int read_tolerance(struct tuning_reader *reader, struct json_object *value, void *target)
{
	return tuning_read_number(reader, value, 1.01, 10, target);
}

static int read_kelvin(struct tuning_reader *reader, struct json_object *value, void *target)
{
	return tuning_read_number(reader, value, IPA_MIN_KELVIN, IPA_MAX_KELVIN, target);
}

static int read_black_level(struct tuning_reader *reader, struct json_object *value,
			    void *target)
{
	int ret, level = 0;

	ret = tuning_read_integer(reader, value, 0, 16383, &level);
	*(uint16_t *)target = (uint16_t)level;
	return ret;
}

static int read_version(struct tuning_reader *reader, struct json_object *value, void *target)
{
	int version;

	reader->has_version = true;
	return tuning_read_integer(reader, value, VERSION, VERSION, &version);
}

static int read_sensor(struct tuning_reader *reader, struct json_object *value, void *target)
{
	const char *sensor = reader->draft.sensor, *text = tuning_read_text(reader, value);
	char escaped[64];

	if (!text)
		return -EINVAL;
	text_escape(text, escaped, sizeof(escaped));
	if (sensor && strcmp(sensor, text) != 0)
		return tuning_refuse(reader, "the file is for %s, the sensor is %s",
				     escaped, sensor);
	return 0;
}

static int read_metering(struct tuning_reader *reader, struct json_object *value, void *target)
{
	const char *text = tuning_read_text(reader, value);
	enum ipa_metering *metering = target;

	if (!text)
		return -EINVAL;
	if (!strcmp(text, "average"))
		*metering = IPA_METERING_AVERAGE;
	else if (!strcmp(text, "centre"))
		*metering = IPA_METERING_CENTRE;
	else
		return tuning_refuse(reader, "must be \"average\" or \"centre\"");
	return 0;
}

#define AT(type, member) offsetof(struct type, member)

static int read_exposure(struct tuning_reader *reader, struct json_object *value, void *target)
{
	static const struct tuning_member members[] = {
		{ "target", read_target, AT(ipa_tuning, target) },
		{ "speed", read_speed, AT(ipa_tuning, exposure_speed) },
		{ "metering", read_metering, AT(ipa_tuning, metering) },
	};

	return tuning_read_members(reader, value, members, TUNING_COUNT(members), target);
}

static int read_light(struct tuning_reader *reader, struct json_object *value, void *target)
{
	static const struct tuning_member members[] = {
		{ "kelvin", read_kelvin, AT(ipa_light, kelvin) },
		{ "red", read_gain, AT(ipa_light, gains.red) },
		{ "blue", read_gain, AT(ipa_light, gains.blue) },
	};
	int ret;

	ret = tuning_read_members(reader, value, members, TUNING_COUNT(members), target);
	return ret < 0 ? ret :
			 tuning_need_members(reader, value, members, TUNING_COUNT(members));
}

static int read_lights(struct tuning_reader *reader, struct json_object *value, void *target)
{
	struct ipa_tuning *tuning = &reader->draft;
	const struct ipa_light *a = tuning->lights, *b = a + 1;
	int ret;

	ret = tuning_read_elements(reader, value, 1, IPA_TUNING_MAX_LIGHTS, read_light,
				   tuning->lights, sizeof(tuning->lights[0]));
	if (ret < 0)
		return ret;
	tuning->num_lights = (unsigned)ret;
	for (; b < tuning->lights + tuning->num_lights; a++, b++) {
		if (!(b->kelvin > a->kelvin))
			return tuning_refuse(reader,
					     "temperatures must rise, %g K follows %g K",
					     b->kelvin, a->kelvin);
		if (!(b->gains.red / b->gains.blue > a->gains.red / a->gains.blue))
			return tuning_refuse(reader,
					     "red / blue must rise with the temperature, and does not "
					     "from %g K to %g K",
					     a->kelvin, b->kelvin);
	}
	return 0;
}

static int read_white_balance(struct tuning_reader *reader, struct json_object *value,
			      void *target)
{
	static const struct tuning_member members[] = {
		{ "speed", read_speed, AT(ipa_tuning, balance_speed) },
		{ "min_gain", read_gain, AT(ipa_tuning, min_gain) },
		{ "max_gain", read_gain, AT(ipa_tuning, max_gain) },
		{ "tolerance", read_tolerance, AT(ipa_tuning, tolerance) },
		{ "lights", read_lights, 0 },
	};
	int ret;

	ret = tuning_read_members(reader, value, members, TUNING_COUNT(members), target);
	if (ret >= 0 && !(reader->draft.min_gain < reader->draft.max_gain))
		return tuning_refuse(reader, "min_gain %g is not below max_gain %g",
				     reader->draft.min_gain, reader->draft.max_gain);
	return ret;
}

static int read_coefficient(struct tuning_reader *reader, struct json_object *value,
			    void *target)
{
	return tuning_read_number(reader, value, -16, 16, target);
}

/* A row that does not add up to 1 would colour what white balance made grey. */
static int read_coefficients(struct tuning_reader *reader, struct json_object *value,
			     void *target)
{
	struct ipa_matrix *matrix = target, inverse;
	int ret;

	ret = tuning_read_elements(reader, value, 9, 9, read_coefficient, matrix->m,
				   sizeof(matrix->m[0]));
	if (ret < 0)
		return ret;
	for (unsigned row = 0; row < 3; row++) {
		const double *m = &matrix->m[3 * row];
		double sum = m[0] + m[1] + m[2];

		if (sum < 1 - ROW_SLACK || sum > 1 + ROW_SLACK)
			return tuning_refuse(reader, "row %u adds up to %g, must be 1",
					     row + 1, sum);
	}
	if (ipa_matrix_invert(matrix, &inverse) < 0)
		return tuning_refuse(reader, "has no inverse");
	return 0;
}

static int read_matrix(struct tuning_reader *reader, struct json_object *value, void *target)
{
	static const struct tuning_member members[] = {
		{ "kelvin", read_kelvin, AT(ipa_light_matrix, kelvin) },
		{ "matrix", read_coefficients, AT(ipa_light_matrix, matrix) },
	};
	int ret;

	ret = tuning_read_members(reader, value, members, TUNING_COUNT(members), target);
	return ret < 0 ? ret :
			 tuning_need_members(reader, value, members, TUNING_COUNT(members));
}

static int read_matrices(struct tuning_reader *reader, struct json_object *value, void *target)
{
	struct ipa_tuning *tuning = &reader->draft;
	int ret;

	ret = tuning_read_elements(reader, value, 1, IPA_TUNING_MAX_MATRICES, read_matrix,
				   tuning->matrices, sizeof(tuning->matrices[0]));
	if (ret < 0)
		return ret;
	tuning->num_matrices = (unsigned)ret;
	for (unsigned i = 1; i < tuning->num_matrices; i++)
		if (!(tuning->matrices[i].kelvin > tuning->matrices[i - 1].kelvin))
			return tuning_refuse(reader,
					     "temperatures must rise, %g K follows %g K",
					     tuning->matrices[i].kelvin,
					     tuning->matrices[i - 1].kelvin);
	return 0;
}

static int read_coordinate(struct tuning_reader *reader, struct json_object *value,
			   void *target)
{
	double number = 0;
	int ret;

	ret = tuning_read_number(reader, value, 0, 1, &number);
	*(uint16_t *)target = ipa_scale_u16(number);
	return ret;
}

static int read_point(struct tuning_reader *reader, struct json_object *value, void *target)
{
	struct ipa_curve_point *point = target;
	uint16_t place[2];
	int ret;

	ret = tuning_read_elements(reader, value, 2, 2, read_coordinate, place,
				   sizeof(place[0]));
	if (ret < 0)
		return ret;
	*point = (struct ipa_curve_point){ place[0], place[1] };
	return 0;
}

static int read_named_gamma(struct tuning_reader *reader, const char *name,
			    struct ipa_curve *curve)
{
	if (!strcmp(name, "srgb"))
		*curve = ipa_curve_srgb;
	else if (!strcmp(name, "linear"))
		*curve = (struct ipa_curve){ 2, { { 0, 0 }, { IPA_FULL, IPA_FULL } } };
	else
		return tuning_refuse(reader,
				     "must be \"srgb\", \"linear\" or an array of points");
	return 0;
}

static int read_gamma(struct tuning_reader *reader, struct json_object *value, void *target)
{
	struct ipa_curve *curve = target;
	int ret;

	if (json_object_is_type(value, json_type_string))
		return read_named_gamma(reader, json_object_get_string(value), curve);
	ret = tuning_read_elements(reader, value, 2, IPA_CURVE_MAX_POINTS, read_point,
				   curve->points, sizeof(curve->points[0]));
	if (ret < 0)
		return ret;
	curve->num_points = (unsigned)ret;
	if (!ipa_curve_is_valid(curve))
		return tuning_refuse(reader,
				     "must go from x 0 to x 1, x rising, y never falling");
	return 0;
}

static int read_side(struct tuning_reader *reader, struct json_object *value, void *target)
{
	int ret, side = 0;

	ret = tuning_read_integer(reader, value, 2, IPA_SHADING_MAX, &side);
	*(unsigned *)target = (unsigned)side;
	return ret;
}

static int read_factor(struct tuning_reader *reader, struct json_object *value, void *target)
{
	double factor = 0;
	int ret;

	ret = tuning_read_number(reader, value, 0.25, 16, &factor);
	*(uint16_t *)target = (uint16_t)(factor * IPA_SHADING_ONE + 0.5);
	return ret;
}

static int read_factors(struct tuning_reader *reader, struct json_object *value, void *target)
{
	int ret;

	ret = tuning_read_elements(reader, value, 4, IPA_SHADING_MAX * IPA_SHADING_MAX,
				   read_factor, target, sizeof(uint16_t));
	return ret < 0 ? ret : 0;
}

static int read_shading(struct tuning_reader *reader, struct json_object *value, void *target)
{
	static const struct tuning_member members[] = {
		{ "columns", read_side, AT(ipa_shading, columns) },
		{ "rows", read_side, AT(ipa_shading, rows) },
		{ "red", read_factors, AT(ipa_shading, red) },
		{ "green", read_factors, AT(ipa_shading, green) },
		{ "blue", read_factors, AT(ipa_shading, blue) },
	};
	const struct ipa_shading *shading = target;
	struct json_object *table;
	size_t points;
	int ret;

	ret = tuning_read_members(reader, value, members, TUNING_COUNT(members), target);
	if (ret >= 0)
		ret = tuning_need_members(reader, value, members, TUNING_COUNT(members));
	if (ret < 0)
		return ret;
	points = (size_t)shading->columns * shading->rows;
	for (size_t i = 2; i < TUNING_COUNT(members); i++) {
		json_object_object_get_ex(value, members[i].name, &table);
		if (json_object_array_length(table) != points)
			return tuning_refuse(reader, "%s has %zu factors, %u x %u are %zu",
					     members[i].name,
					     json_object_array_length(table),
					     shading->columns, shading->rows, points);
	}
	return 0;
}

int tuning_read_document(struct tuning_reader *reader, struct json_object *document)
{
	static const struct tuning_member members[] = {
		{ "version", read_version, 0 },
		{ "sensor", read_sensor, 0 },
		{ "black_level", read_black_level, AT(ipa_tuning, black_level) },
		{ "exposure", read_exposure, 0 },
		{ "white_balance", read_white_balance, 0 },
		{ "matrices", read_matrices, 0 },
		{ "gamma", read_gamma, AT(ipa_tuning, gamma) },
		{ "lens_shading", read_shading, AT(ipa_tuning, shading) },
	};
	int ret;

	ret = tuning_read_members(reader, document, members, TUNING_COUNT(members),
				  &reader->draft);
	if (ret >= 0 && !reader->has_version)
		return tuning_refuse(reader, "lacks \"version\": %d", VERSION);
	return ret;
}

#endif
