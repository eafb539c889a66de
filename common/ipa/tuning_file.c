// SPDX-License-Identifier: GPL-2.0-or-later
/* A tuning file, rawline-tuning(5): read strictly, so that a slip of the pen is told. */
#include "common/ipa/tuning.h"

#include <errno.h>

#ifdef HAVE_JSON_C

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "common/base/sys.h"
#include "common/base/text.h"

#define MAX_BYTES   (1 << 20)
#define MAX_DEPTH   8
#define KEY_SIZE    160
#define VERSION     1
#define ROW_SLACK   0.02 /* how far a matrix row may be from 1: what rounding leaves */
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* Reads into a draft; what the caller has is touched only if all went well. */
struct reader {
	const struct log *log;
	const char *path;
	struct ipa_tuning draft;
	char key[KEY_SIZE]; /* where in the file: white_balance.lights[2].red */
	bool has_version;
};

typedef int read_function(struct reader *reader, struct json_object *value, void *target);

/* A key of an object, and where its value goes. */
struct member {
	const char *name;
	read_function *read;
	size_t offset; /* into the target that read_members() was given */
};

static int refuse(struct reader *reader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int refuse(struct reader *reader, const char *format, ...)
{
	char sentence[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	log_error(reader->log, "tuning-file", "%s: %s%s%s", reader->path, reader->key,
		  reader->key[0] ? ": " : "", sentence);
	return -EINVAL;
}

/* Goes into a member or an element; returns how long the key was, for leave(). */
static size_t enter_member(struct reader *reader, const char *name)
{
	size_t length = strlen(reader->key);
	char escaped[64];

	text_escape(name, escaped, sizeof(escaped));
	snprintf(reader->key + length, sizeof(reader->key) - length, "%s%s",
		 length ? "." : "", escaped);
	return length;
}

static size_t enter_element(struct reader *reader, size_t index)
{
	size_t length = strlen(reader->key);

	snprintf(reader->key + length, sizeof(reader->key) - length, "[%zu]", index);
	return length;
}

static void leave(struct reader *reader, size_t length)
{
	reader->key[length] = '\0';
}

static int need_type(struct reader *reader, struct json_object *value,
		     enum json_type type, const char *what)
{
	return json_object_is_type(value, type) ? 0 : refuse(reader, "must be %s", what);
}

static const struct member *find_member(const struct member *members, size_t count,
					const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(members[i].name, name))
			return &members[i];
	return NULL;
}

/* With the keys that there are: most errors are slips. */
static int refuse_member(struct reader *reader, const struct member *members, size_t count)
{
	char known[160] = "";
	size_t length = 0;

	for (size_t i = 0; i < count && length < sizeof(known); i++)
		length += (size_t)snprintf(known + length, sizeof(known) - length, "%s%s",
					   i ? ", " : "", members[i].name);
	return refuse(reader, "no such key; there are %s", known);
}

static int read_members(struct reader *reader, struct json_object *value,
			const struct member *members, size_t count, void *target)
{
	struct json_object_iterator at, end;
	const struct member *member;
	int ret;

	ret = need_type(reader, value, json_type_object, "an object, { … }");
	if (ret < 0)
		return ret;
	end = json_object_iter_end(value);
	for (at = json_object_iter_begin(value); !json_object_iter_equal(&at, &end);
	     json_object_iter_next(&at)) {
		const char *name = json_object_iter_peek_name(&at);
		size_t outside = enter_member(reader, name);

		member = find_member(members, count, name);
		if (!member)
			return refuse_member(reader, members, count);
		ret = member->read(reader, json_object_iter_peek_value(&at),
				   (char *)target + member->offset);
		if (ret < 0)
			return ret;
		leave(reader, outside);
	}
	return 0;
}

static int need_members(struct reader *reader, struct json_object *value,
			const struct member *members, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!json_object_object_get_ex(value, members[i].name, NULL))
			return refuse(reader, "lacks \"%s\"", members[i].name);
	return 0;
}

static int read_number(struct reader *reader, struct json_object *value, double low,
		       double high, double *number)
{
	double read;

	if (!json_object_is_type(value, json_type_int) &&
	    !json_object_is_type(value, json_type_double))
		return refuse(reader, "must be a number");
	read = json_object_get_double(value);
	if (!(read >= low && read <= high))
		return refuse(reader, "must be from %g to %g", low, high);
	*number = read;
	return 0;
}

static int read_integer(struct reader *reader, struct json_object *value, int low,
			int high, int *number)
{
	int64_t read;

	if (!json_object_is_type(value, json_type_int))
		return refuse(reader, "must be a whole number");
	read = json_object_get_int64(value);
	if (read < low || read > high)
		return refuse(reader, "must be from %d to %d", low, high);
	*number = (int)read;
	return 0;
}

/* Numbers with a range each. */
static int read_target(struct reader *reader, struct json_object *value, void *target)
{
	return read_number(reader, value, 0.01, 0.5, target);
}

static int read_speed(struct reader *reader, struct json_object *value, void *target)
{
	return read_number(reader, value, 0.01, 1, target);
}

static int read_gain(struct reader *reader, struct json_object *value, void *target)
{
	return read_number(reader, value, 0.1, 16, target);
}

static int read_tolerance(struct reader *reader, struct json_object *value, void *target)
{
	return read_number(reader, value, 1.01, 10, target);
}

static int read_kelvin(struct reader *reader, struct json_object *value, void *target)
{
	return read_number(reader, value, IPA_MIN_KELVIN, IPA_MAX_KELVIN, target);
}

static int read_black_level(struct reader *reader, struct json_object *value, void *target)
{
	int ret, level = 0;

	ret = read_integer(reader, value, 0, 16383, &level);
	*(uint16_t *)target = (uint16_t)level;
	return ret;
}

static int read_version(struct reader *reader, struct json_object *value, void *target)
{
	int version;

	reader->has_version = true;
	return read_integer(reader, value, VERSION, VERSION, &version);
}

static int read_sensor(struct reader *reader, struct json_object *value, void *target)
{
	const char *sensor = reader->draft.sensor;
	char escaped[64];
	int ret;

	ret = need_type(reader, value, json_type_string, "a string");
	if (ret < 0)
		return ret;
	text_escape(json_object_get_string(value), escaped, sizeof(escaped));
	if (sensor && strcmp(sensor, escaped) != 0)
		return refuse(reader, "the file is for %s, the sensor is %s", escaped,
			      sensor);
	return 0;
}

static int read_metering(struct reader *reader, struct json_object *value, void *target)
{
	enum ipa_metering *metering = target;
	const char *text;
	int ret;

	ret = need_type(reader, value, json_type_string, "a string");
	if (ret < 0)
		return ret;
	text = json_object_get_string(value);
	if (!strcmp(text, "average"))
		*metering = IPA_METERING_AVERAGE;
	else if (!strcmp(text, "centre"))
		*metering = IPA_METERING_CENTRE;
	else
		return refuse(reader, "must be \"average\" or \"centre\"");
	return 0;
}

#define AT(type, member) offsetof(struct type, member)

static int read_exposure(struct reader *reader, struct json_object *value, void *target)
{
	static const struct member members[] = {
		{ "target", read_target, AT(ipa_tuning, target) },
		{ "speed", read_speed, AT(ipa_tuning, exposure_speed) },
		{ "metering", read_metering, AT(ipa_tuning, metering) },
	};

	return read_members(reader, value, members, COUNT(members), target);
}

/* Each element of an array by the same function, size bytes apart. */
static int read_elements(struct reader *reader, struct json_object *value, size_t least,
			 size_t most, read_function *read, void *target, size_t size)
{
	size_t count, outside;
	int ret;

	ret = need_type(reader, value, json_type_array, "an array, [ … ]");
	if (ret < 0)
		return ret;
	count = json_object_array_length(value);
	if (count < least || count > most)
		return refuse(reader, "has %zu elements, must have %zu to %zu", count,
			      least, most);
	for (size_t i = 0; i < count; i++) {
		outside = enter_element(reader, i);
		ret = read(reader, json_object_array_get_idx(value, i),
			   (char *)target + i * size);
		if (ret < 0)
			return ret;
		leave(reader, outside);
	}
	return (int)count;
}

static int read_light(struct reader *reader, struct json_object *value, void *target)
{
	static const struct member members[] = {
		{ "kelvin", read_kelvin, AT(ipa_light, kelvin) },
		{ "red", read_gain, AT(ipa_light, gains.red) },
		{ "blue", read_gain, AT(ipa_light, gains.blue) },
	};
	int ret;

	ret = read_members(reader, value, members, COUNT(members), target);
	return ret < 0 ? ret : need_members(reader, value, members, COUNT(members));
}

static int read_lights(struct reader *reader, struct json_object *value, void *target)
{
	struct ipa_tuning *tuning = &reader->draft;
	const struct ipa_light *a = tuning->lights, *b = a + 1;
	int ret;

	ret = read_elements(reader, value, 1, IPA_TUNING_MAX_LIGHTS, read_light,
			    tuning->lights, sizeof(tuning->lights[0]));
	if (ret < 0)
		return ret;
	tuning->num_lights = (unsigned)ret;
	for (; b < tuning->lights + tuning->num_lights; a++, b++) {
		if (!(b->kelvin > a->kelvin))
			return refuse(reader, "temperatures must rise, %g K follows %g K",
				      b->kelvin, a->kelvin);
		if (!(b->gains.red / b->gains.blue > a->gains.red / a->gains.blue))
			return refuse(reader,
				      "red / blue must rise with the temperature, and does not "
				      "from %g K to %g K",
				      a->kelvin, b->kelvin);
	}
	return 0;
}

static int read_white_balance(struct reader *reader, struct json_object *value, void *target)
{
	static const struct member members[] = {
		{ "speed", read_speed, AT(ipa_tuning, balance_speed) },
		{ "min_gain", read_gain, AT(ipa_tuning, min_gain) },
		{ "max_gain", read_gain, AT(ipa_tuning, max_gain) },
		{ "tolerance", read_tolerance, AT(ipa_tuning, tolerance) },
		{ "lights", read_lights, 0 },
	};
	int ret;

	ret = read_members(reader, value, members, COUNT(members), target);
	if (ret >= 0 && !(reader->draft.min_gain < reader->draft.max_gain))
		return refuse(reader, "min_gain %g is not below max_gain %g",
			      reader->draft.min_gain, reader->draft.max_gain);
	return ret;
}

static int read_coefficient(struct reader *reader, struct json_object *value, void *target)
{
	return read_number(reader, value, -16, 16, target);
}

/* A row that does not add up to 1 would colour what white balance made grey. */
static int read_coefficients(struct reader *reader, struct json_object *value, void *target)
{
	struct ipa_matrix *matrix = target, inverse;
	int ret;

	ret = read_elements(reader, value, 9, 9, read_coefficient, matrix->m,
			    sizeof(matrix->m[0]));
	if (ret < 0)
		return ret;
	for (unsigned row = 0; row < 3; row++) {
		const double *m = &matrix->m[3 * row];
		double sum = m[0] + m[1] + m[2];

		if (sum < 1 - ROW_SLACK || sum > 1 + ROW_SLACK)
			return refuse(reader, "row %u adds up to %g, must be 1", row + 1,
				      sum);
	}
	if (ipa_matrix_invert(matrix, &inverse) < 0)
		return refuse(reader, "has no inverse");
	return 0;
}

static int read_matrix(struct reader *reader, struct json_object *value, void *target)
{
	static const struct member members[] = {
		{ "kelvin", read_kelvin, AT(ipa_light_matrix, kelvin) },
		{ "matrix", read_coefficients, AT(ipa_light_matrix, matrix) },
	};
	int ret;

	ret = read_members(reader, value, members, COUNT(members), target);
	return ret < 0 ? ret : need_members(reader, value, members, COUNT(members));
}

static int read_matrices(struct reader *reader, struct json_object *value, void *target)
{
	struct ipa_tuning *tuning = &reader->draft;
	int ret;

	ret = read_elements(reader, value, 1, IPA_TUNING_MAX_MATRICES, read_matrix,
			    tuning->matrices, sizeof(tuning->matrices[0]));
	if (ret < 0)
		return ret;
	tuning->num_matrices = (unsigned)ret;
	for (unsigned i = 1; i < tuning->num_matrices; i++)
		if (!(tuning->matrices[i].kelvin > tuning->matrices[i - 1].kelvin))
			return refuse(reader, "temperatures must rise, %g K follows %g K",
				      tuning->matrices[i].kelvin,
				      tuning->matrices[i - 1].kelvin);
	return 0;
}

static int read_coordinate(struct reader *reader, struct json_object *value, void *target)
{
	double number = 0;
	int ret;

	ret = read_number(reader, value, 0, 1, &number);
	*(uint16_t *)target = ipa_scale_u16(number);
	return ret;
}

static int read_point(struct reader *reader, struct json_object *value, void *target)
{
	struct ipa_curve_point *point = target;
	uint16_t place[2];
	int ret;

	ret = read_elements(reader, value, 2, 2, read_coordinate, place, sizeof(place[0]));
	if (ret < 0)
		return ret;
	*point = (struct ipa_curve_point){ place[0], place[1] };
	return 0;
}

static int read_named_gamma(struct reader *reader, const char *name, struct ipa_curve *curve)
{
	if (!strcmp(name, "srgb"))
		*curve = ipa_curve_srgb;
	else if (!strcmp(name, "linear"))
		*curve = (struct ipa_curve){ 2, { { 0, 0 }, { IPA_FULL, IPA_FULL } } };
	else
		return refuse(reader, "must be \"srgb\", \"linear\" or an array of points");
	return 0;
}

static int read_gamma(struct reader *reader, struct json_object *value, void *target)
{
	struct ipa_curve *curve = target;
	int ret;

	if (json_object_is_type(value, json_type_string))
		return read_named_gamma(reader, json_object_get_string(value), curve);
	ret = read_elements(reader, value, 2, IPA_CURVE_MAX_POINTS, read_point,
			    curve->points, sizeof(curve->points[0]));
	if (ret < 0)
		return ret;
	curve->num_points = (unsigned)ret;
	if (!ipa_curve_is_valid(curve))
		return refuse(reader, "must go from x 0 to x 1, x rising, y never falling");
	return 0;
}

static int read_side(struct reader *reader, struct json_object *value, void *target)
{
	int ret, side = 0;

	ret = read_integer(reader, value, 2, IPA_SHADING_MAX, &side);
	*(unsigned *)target = (unsigned)side;
	return ret;
}

static int read_factor(struct reader *reader, struct json_object *value, void *target)
{
	double factor = 0;
	int ret;

	ret = read_number(reader, value, 0.25, 16, &factor);
	*(uint16_t *)target = (uint16_t)(factor * IPA_SHADING_ONE + 0.5);
	return ret;
}

static int read_factors(struct reader *reader, struct json_object *value, void *target)
{
	int ret;

	ret = read_elements(reader, value, 4, IPA_SHADING_MAX * IPA_SHADING_MAX,
			    read_factor, target, sizeof(uint16_t));
	return ret < 0 ? ret : 0;
}

static int read_shading(struct reader *reader, struct json_object *value, void *target)
{
	static const struct member members[] = {
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

	ret = read_members(reader, value, members, COUNT(members), target);
	if (ret >= 0)
		ret = need_members(reader, value, members, COUNT(members));
	if (ret < 0)
		return ret;
	points = (size_t)shading->columns * shading->rows;
	for (size_t i = 2; i < COUNT(members); i++) {
		json_object_object_get_ex(value, members[i].name, &table);
		if (json_object_array_length(table) != points)
			return refuse(reader, "%s has %zu factors, %u x %u are %zu",
				      members[i].name, json_object_array_length(table),
				      shading->columns, shading->rows, points);
	}
	return 0;
}

static int read_document(struct reader *reader, struct json_object *document)
{
	static const struct member members[] = {
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

	ret = read_members(reader, document, members, COUNT(members), &reader->draft);
	if (ret >= 0 && !reader->has_version)
		return refuse(reader, "lacks \"version\": %d", VERSION);
	return ret;
}

static unsigned line_of(const char *text, size_t offset)
{
	unsigned line = 1;

	for (size_t i = 0; i < offset; i++)
		line += text[i] == '\n';
	return line;
}

static int parse(struct reader *reader, const char *text, size_t size,
		 struct json_object **document)
{
	struct json_tokener *tokener = json_tokener_new_ex(MAX_DEPTH);
	enum json_tokener_error error;
	int ret = 0;

	if (!tokener)
		return -ENOMEM;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	/* With the zero byte at its end, which tells that no more is to come. */
	*document = json_tokener_parse_ex(tokener, text, (int)size + 1);
	error = json_tokener_get_error(tokener);
	if (error == json_tokener_continue)
		ret = refuse(reader, "ends before its last bracket is closed");
	else if (error != json_tokener_success)
		ret = refuse(reader, "line %u: %s",
			     line_of(text, json_tokener_get_parse_end(tokener)),
			     json_tokener_error_desc(error));
	json_tokener_free(tokener);
	return ret;
}

/* All of the file and a zero byte behind it. */
static int read_text(struct reader *reader, char *text, size_t *size)
{
	ssize_t got;
	int fd;

	fd = sys_open(reader->path, O_RDONLY);
	if (fd < 0)
		return fd;
	*size = 0;
	do {
		got = read(fd, text + *size, MAX_BYTES - *size);
		if (got > 0)
			*size += (size_t)got;
	} while (got > 0 || (got < 0 && errno == EINTR));
	if (got < 0)
		got = -errno;
	close(fd);
	text[*size] = '\0';
	return got < 0 ? (int)got : 0;
}

static int read_file(struct reader *reader, char *text)
{
	struct json_object *document = NULL;
	size_t size;
	int ret;

	ret = read_text(reader, text, &size);
	if (ret < 0) {
		log_error(reader->log, "tuning-file", "%s: %s", reader->path, strerror(-ret));
		return ret;
	}
	if (size == MAX_BYTES)
		return refuse(reader, "is too large for a tuning file");
	if (strlen(text) != size)
		return refuse(reader, "is no text file");
	ret = parse(reader, text, size, &document);
	if (ret >= 0)
		ret = read_document(reader, document);
	json_object_put(document);
	return ret;
}

int ipa_tuning_load(struct ipa_tuning *tuning, const char *path, const struct log *log)
{
	struct reader *reader = malloc(sizeof(*reader));
	char *text = malloc(MAX_BYTES + 1);
	int ret = -ENOMEM;

	if (reader && text) {
		*reader = (struct reader){ .log = log, .path = path, .draft = *tuning };
		ret = read_file(reader, text);
	}
	if (ret >= 0)
		*tuning = reader->draft;
	free(text);
	free(reader);
	return ret;
}

#else

int ipa_tuning_load(struct ipa_tuning *tuning, const char *path, const struct log *log)
{
	log_error(log, "tuning-file",
		  "%s: this program was built without json-c, which reads "
		  "tuning files",
		  path);
	return -EOPNOTSUPP;
}

#endif
