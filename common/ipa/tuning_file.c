// SPDX-License-Identifier: GPL-2.0-or-later
/* A tuning file, rawline-tuning(5): read strictly, so that a slip of the pen is told. */
#include "common/ipa/tuning_private.h"

#include <errno.h>

#ifdef HAVE_JSON_C

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "common/base/sys.h"
#include "common/base/text.h"

#define MAX_BYTES (1 << 20)
#define MAX_DEPTH 8

int tuning_refuse(const struct tuning_reader *reader, const char *format, ...)
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
static size_t enter_member(struct tuning_reader *reader, const char *name)
{
	size_t length = strlen(reader->key);
	char escaped[64];

	text_escape(name, escaped, sizeof(escaped));
	snprintf(reader->key + length, sizeof(reader->key) - length, "%s%s",
		 length ? "." : "", escaped);
	return length;
}

static size_t enter_element(struct tuning_reader *reader, size_t index)
{
	size_t length = strlen(reader->key);

	snprintf(reader->key + length, sizeof(reader->key) - length, "[%zu]", index);
	return length;
}

static void leave(struct tuning_reader *reader, size_t length)
{
	reader->key[length] = '\0';
}

static int need_type(const struct tuning_reader *reader, struct json_object *value,
		     enum json_type type, const char *what)
{
	return json_object_is_type(value, type) ? 0 :
						  tuning_refuse(reader, "must be %s", what);
}

static const struct tuning_member *find_member(const struct tuning_member *members,
					       size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(members[i].name, name))
			return &members[i];
	return NULL;
}

/* With the keys that there are: most errors are slips. */
static int refuse_member(const struct tuning_reader *reader,
			 const struct tuning_member *members, size_t count)
{
	char known[160] = "";
	size_t length = 0;

	for (size_t i = 0; i < count && length < sizeof(known); i++)
		length += (size_t)snprintf(known + length, sizeof(known) - length, "%s%s",
					   i ? ", " : "", members[i].name);
	return tuning_refuse(reader, "no such key; there are %s", known);
}

int tuning_read_members(struct tuning_reader *reader, struct json_object *value,
			const struct tuning_member *members, size_t count, void *target)
{
	struct json_object_iterator at, end;
	const struct tuning_member *member;
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

int tuning_need_members(const struct tuning_reader *reader, struct json_object *value,
			const struct tuning_member *members, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!json_object_object_get_ex(value, members[i].name, NULL))
			return tuning_refuse(reader, "lacks \"%s\"", members[i].name);
	return 0;
}

int tuning_read_number(const struct tuning_reader *reader, struct json_object *value,
		       double low, double high, double *number)
{
	double read;

	if (!json_object_is_type(value, json_type_int) &&
	    !json_object_is_type(value, json_type_double))
		return tuning_refuse(reader, "must be a number");
	read = json_object_get_double(value);
	if (!(read >= low && read <= high))
		return tuning_refuse(reader, "must be from %g to %g", low, high);
	*number = read;
	return 0;
}

int tuning_read_integer(const struct tuning_reader *reader, struct json_object *value,
			int low, int high, int *number)
{
	int64_t read;

	if (!json_object_is_type(value, json_type_int))
		return tuning_refuse(reader, "must be a whole number");
	read = json_object_get_int64(value);
	if (read < low || read > high)
		return tuning_refuse(reader, "must be from %d to %d", low, high);
	*number = (int)read;
	return 0;
}

const char *tuning_read_text(const struct tuning_reader *reader, struct json_object *value)
{
	if (json_object_is_type(value, json_type_string))
		return json_object_get_string(value);
	tuning_refuse(reader, "must be a string");
	return NULL;
}

/* Each element of an array by the same function, size bytes apart. */
int tuning_read_elements(struct tuning_reader *reader, struct json_object *value,
			 size_t least, size_t most, tuning_read *read, void *target,
			 size_t size)
{
	size_t count, outside;
	int ret;

	ret = need_type(reader, value, json_type_array, "an array, [ … ]");
	if (ret < 0)
		return ret;
	count = json_object_array_length(value);
	if (count < least || count > most)
		return tuning_refuse(reader, "has %zu elements, must have %zu to %zu",
				     count, least, most);
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

static unsigned line_of(const char *text, size_t offset)
{
	unsigned line = 1;

	for (size_t i = 0; i < offset; i++)
		line += text[i] == '\n';
	return line;
}

static int parse(struct tuning_reader *reader, const char *text, size_t size,
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
		ret = tuning_refuse(reader, "ends before its last bracket is closed");
	else if (error != json_tokener_success)
		ret = tuning_refuse(reader, "line %u: %s",
				    line_of(text, json_tokener_get_parse_end(tokener)),
				    json_tokener_error_desc(error));
	json_tokener_free(tokener);
	return ret;
}

/* All of the file and a zero byte behind it. */
static int read_text(struct tuning_reader *reader, char *text, size_t *size)
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

static int read_file(struct tuning_reader *reader, char *text)
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
		return tuning_refuse(reader, "is too large for a tuning file");
	if (strlen(text) != size)
		return tuning_refuse(reader, "is no text file");
	ret = parse(reader, text, size, &document);
	if (ret >= 0)
		ret = tuning_read_document(reader, document);
	json_object_put(document);
	return ret;
}

int ipa_tuning_load(struct ipa_tuning *tuning, const char *path, const struct log *log)
{
	struct tuning_reader *reader = malloc(sizeof(*reader));
	char *text = malloc(MAX_BYTES + 1);
	int ret = -ENOMEM;

	if (reader && text) {
		*reader = (struct tuning_reader){ .log = log, .path = path, .draft = *tuning };
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
