// SPDX-License-Identifier: GPL-2.0-or-later
/* What a camera is, read from a text file. */
#include "test/lab/uvc/profile.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"

#define MAX_WORDS 24

/* One file being read, and the line that it is at. */
struct reader {
	struct profile *profile;
	const char *why; /* what is wrong with this line */
	char *words[MAX_WORDS];
	unsigned count;
};

static bool wrong(struct reader *reader, const char *why)
{
	reader->why = why;
	return false;
}

static bool number(const char *text, int64_t low, int64_t high, int64_t *value)
{
	return text_signed(text, low, high, value) == 0;
}

static int hex_digits(const char *text, unsigned count)
{
	int value = 0, digit;

	for (unsigned i = 0; i < count; i++) {
		if (sscanf(text + i, "%1x", (unsigned *)&digit) != 1)
			return -1;
		value = value << 4 | digit;
	}
	return value;
}

/* The next unit of a text that may escape it; -1 if the escape is wrong. */
static int next_unit(const char **text)
{
	const char *at = *text;
	unsigned digits = 0;

	if (*at != '\\') {
		*text += 1;
		return (unsigned char)*at;
	}
	if (at[1] == 'x')
		digits = 2;
	else if (at[1] == 'u')
		digits = 4;
	*text += 2 + digits;
	if (digits)
		return hex_digits(at + 2, digits);
	return at[1] == '\\' ? '\\' : -1;
}

bool profile_string_set(struct profile_string *string, const char *text)
{
	string->present = true;
	string->length = 0;
	while (*text) {
		int unit = next_unit(&text);

		if (unit < 0 || string->length == PROFILE_STRING)
			return false;
		string->units[string->length++] = (uint16_t)unit;
	}
	return true;
}

/* "none", or all that follows the first word, in quotes. */
static bool read_string(struct reader *reader, struct profile_string *string, char *rest)
{
	size_t length = strlen(rest);

	if (!strcmp(rest, "none")) {
		string->present = false;
		return true;
	}
	if (length < 2 || rest[0] != '"' || rest[length - 1] != '"')
		return wrong(reader, "a string stands in quotes, or none");
	rest[length - 1] = '\0';
	return profile_string_set(string, rest + 1) ||
	       wrong(reader, "not a string: too long, or a bad escape");
}

static bool read_id(struct reader *reader)
{
	unsigned vendor, product;
	char more;

	if (reader->count != 2 ||
	    sscanf(reader->words[1], "%4x:%4x%c", &vendor, &product, &more) != 2)
		return wrong(reader, "id is VENDOR:PRODUCT");
	reader->profile->vendor = (uint16_t)vendor;
	reader->profile->product = (uint16_t)product;
	return true;
}

static struct profile_stream *last_stream(struct reader *reader)
{
	struct profile *profile = reader->profile;

	/* One is there without being named. */
	if (!profile->stream_count)
		profile->stream_count = 1;
	return &profile->streams[profile->stream_count - 1];
}

static bool read_stream(struct reader *reader)
{
	struct profile *profile = reader->profile;

	if (profile->stream_count == PROFILE_STREAMS)
		return wrong(reader, "too many streams");
	profile->stream_count++;
	return true;
}

/* "3x1024": that many transactions of that many bytes in a microframe, as wMaxPacketSize. */
static bool read_altsettings(struct reader *reader)
{
	struct profile_stream *stream = last_stream(reader);
	unsigned times, bytes;
	char more;

	stream->altsetting_count = 0;
	for (unsigned i = 1; i < reader->count; i++) {
		if (sscanf(reader->words[i], "%ux%u%c", &times, &bytes, &more) != 2 ||
		    times < 1 || times > 3 || bytes > 1024)
			return wrong(reader,
				     "an altsetting is 1x1024, up to three times 1024");
		if (stream->altsetting_count == PROFILE_ALTSETTINGS)
			return wrong(reader, "too many altsettings");
		stream->altsettings[stream->altsetting_count++] = bytes | (times - 1) << 11;
	}
	return stream->altsetting_count || wrong(reader, "altsettings of what size?");
}

/* "key=value" with this key: the number after it. */
static bool attribute(const char *word, const char *key, int64_t high, int64_t *value)
{
	size_t length = strlen(key);

	return !strncmp(word, key, length) && word[length] == '=' &&
	       number(word + length + 1, 0, high, value);
}

static bool read_color(struct profile_format *format, const char *word)
{
	unsigned primaries, transfer, matrix;

	if (!strcmp(word, "color=none")) {
		format->has_color = false;
		return true;
	}
	if (sscanf(word, "color=%u,%u,%u", &primaries, &transfer, &matrix) != 3)
		return false;
	format->color[0] = primaries;
	format->color[1] = transfer;
	format->color[2] = matrix;
	return true;
}

static bool read_format(struct reader *reader)
{
	struct profile_stream *stream = last_stream(reader);
	struct profile_format *format;
	int64_t value;

	if (stream->format_count == PROFILE_FORMATS)
		return wrong(reader, "too many formats");
	format = &stream->formats[stream->format_count++];
	*format = (struct profile_format){ .index = stream->format_count,
					   .default_size = 1,
					   .has_color = true,
					   .color = { 1, 1, 4 } };
	format->kind = reader->count > 1 ? kind_find(reader->words[1]) : NULL;
	if (!format->kind)
		return wrong(reader, "no such format");
	for (unsigned i = 2; i < reader->count; i++) {
		if (attribute(reader->words[i], "index", UINT8_MAX, &value))
			format->index = value;
		else if (attribute(reader->words[i], "default", UINT8_MAX, &value))
			format->default_size = value;
		else if (attribute(reader->words[i], "cut", UINT8_MAX, &value))
			format->cut = value;
		else if (!read_color(format, reader->words[i]))
			return wrong(reader,
				     "a format takes index=, default=, cut= and color=");
	}
	return true;
}

/* An interval in 100 ns, or a rate: "30fps". */
static bool read_interval(const char *word, uint32_t *interval)
{
	int64_t value;
	unsigned rate;
	int end = 0;

	if (sscanf(word, "%ufps%n", &rate, &end) == 1 && end && !word[end] && rate) {
		*interval = 10000000 / rate;
		return true;
	}
	if (!number(word, 0, UINT32_MAX, &value))
		return false;
	*interval = (uint32_t)value;
	return true;
}

static bool read_size_word(struct profile_size *size, const char *word)
{
	int64_t value;

	if (!strcmp(word, "step")) {
		size->stepwise = true;
	} else if (!strcmp(word, "none")) {
		size->interval_count = 0;
	} else if (attribute(word, "index", UINT8_MAX, &value)) {
		size->index = value;
	} else if (attribute(word, "cut", UINT8_MAX, &value)) {
		size->cut = value;
	} else if (attribute(word, "max", UINT32_MAX, &value)) {
		size->claims_bytes = true;
		size->claimed_bytes = value;
	} else {
		return size->interval_count < PROFILE_INTERVALS &&
		       read_interval(word, &size->intervals[size->interval_count++]);
	}
	return true;
}

static bool read_frame(struct reader *reader)
{
	struct profile_stream *stream = last_stream(reader);
	struct profile_format *format;
	struct profile_size *size;
	char more;

	if (!stream->format_count)
		return wrong(reader, "a frame belongs to a format");
	format = &stream->formats[stream->format_count - 1];
	if (format->size_count == PROFILE_SIZES)
		return wrong(reader, "too many frames");
	size = &format->sizes[format->size_count++];
	*size = (struct profile_size){ .index = format->size_count };
	if (reader->count < 3 ||
	    sscanf(reader->words[1], "%hux%hu%c", &size->width, &size->height, &more) != 2)
		return wrong(reader, "a frame is WIDTHxHEIGHT INTERVAL...");
	for (unsigned i = 2; i < reader->count; i++)
		if (!read_size_word(size, reader->words[i]))
			return wrong(reader,
				     "not an interval: 333333 (100 ns), 30fps, step or none");
	if (size->stepwise && size->interval_count != 3)
		return wrong(reader, "step is followed by least, most and step");
	return true;
}

/* "5", or "5,7" for a control of two values. */
static bool read_values(enum control_id id, const char *word, int64_t *values)
{
	char copy[64], *comma;

	if (snprintf(copy, sizeof(copy), "%s", word) >= (int)sizeof(copy))
		return false;
	comma = strchr(copy, ',');
	if (!comma != (control_kind(id)->values == 1))
		return false;
	if (comma) {
		*comma = '\0';
		if (!number(comma + 1, INT32_MIN, UINT32_MAX, &values[1]))
			return false;
	}
	return number(copy, INT32_MIN, UINT32_MAX, &values[0]);
}

static bool read_control(struct reader *reader)
{
	struct control *control;
	enum control_id id;
	int64_t info;

	id = reader->count > 1 ? control_by_name(reader->words[1]) : CONTROL_IDS;
	if (id == CONTROL_IDS)
		return wrong(reader, "no such control");
	control = &reader->profile->controls.all[id];
	*control = (struct control){ .present = true, .info = INFO_GET | INFO_SET };
	if (reader->count < 6 || !read_values(id, reader->words[2], control->min) ||
	    !read_values(id, reader->words[3], control->max) ||
	    !read_values(id, reader->words[4], control->res) ||
	    !read_values(id, reader->words[5], control->def))
		return wrong(reader, "a control is NAME MIN MAX RES DEFAULT");
	memcpy(control->cur, control->def, sizeof(control->cur));
	for (unsigned i = 6; i < reader->count; i++) {
		if (attribute(reader->words[i], "info", UINT8_MAX, &info))
			control->info = info;
		else if (strncmp(reader->words[i], "cur=", 4) ||
			 !read_values(id, reader->words[i] + 4, control->cur))
			return wrong(reader, "a control takes cur= and info=");
	}
	return true;
}

static bool read_jpeg(struct reader *reader)
{
	struct profile_jpeg *jpeg = &reader->profile->jpeg;
	int64_t value;

	for (unsigned i = 1; i < reader->count; i++) {
		if (!strcmp(reader->words[i], "no-huffman"))
			jpeg->no_huffman = true;
		else if (!strcmp(reader->words[i], "avi1"))
			jpeg->avi1 = true;
		else if (!strcmp(reader->words[i], "422"))
			jpeg->half_width = true;
		else if (attribute(reader->words[i], "padding", 65536, &value))
			jpeg->padding = value;
		else
			return wrong(reader,
				     "jpeg is any of no-huffman, avi1, 422, padding=");
	}
	return true;
}

/* A word and a number, or one of two words. */
static bool read_setting(struct reader *reader)
{
	struct profile *profile = reader->profile;
	const char *key = reader->words[0], *word = reader->words[1];
	int64_t value;

	if (reader->count != 2)
		return wrong(reader, "no such line");
	if (!strcmp(key, "speed") && (!strcmp(word, "full") || !strcmp(word, "high")))
		profile->speed = *word == 'f' ? SPEED_FULL : SPEED_HIGH;
	else if (!strcmp(key, "transfer") && (!strcmp(word, "bulk") || !strcmp(word, "iso")))
		profile->isochronous = *word == 'i';
	else if (!strcmp(key, "slaves") &&
		 (!strcmp(word, "refuse") || !strcmp(word, "ignore")))
		profile->careless = *word == 'i';
	else if (!strcmp(key, "header") && number(word, 2, UINT8_MAX, &value) &&
		 (value == 2 || value >= 12))
		profile->header_bytes = value;
	else if (!strcmp(key, "version") && number(word, 0x0100, 0x0150, &value))
		profile->version = value;
	else if (!strcmp(key, "payload") && number(word, 1, UINT32_MAX, &value))
		last_stream(reader)->payload = value;
	else if (!strcmp(key, "endpoint") && number(word, 0x80, 0x8f, &value))
		last_stream(reader)->claimed_endpoint = value;
	else
		return wrong(reader, "no such line");
	return true;
}

static bool read_words(struct reader *reader)
{
	static const struct {
		const char *name;
		bool (*read)(struct reader *reader);
	} lines[] = {
		{ "id", read_id },           { "stream", read_stream },
		{ "format", read_format },   { "frame", read_frame },
		{ "jpeg", read_jpeg },       { "altsettings", read_altsettings },
		{ "control", read_control },
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (!strcmp(reader->words[0], lines[i].name))
			return lines[i].read(reader);
	return read_setting(reader);
}

static struct profile_string *string_named(struct profile *profile, const char *name)
{
	if (!strcmp(name, "manufacturer"))
		return &profile->manufacturer_name;
	if (!strcmp(name, "product"))
		return &profile->product_name;
	if (!strcmp(name, "serial"))
		return &profile->serial;
	return NULL;
}

static bool read_line(struct reader *reader, char *line)
{
	char *rest, *state = NULL;
	struct profile_string *string;

	line[strcspn(line, "\n")] = '\0';
	line += strspn(line, " \t");
	if (!*line || *line == '#')
		return true;
	rest = line + strcspn(line, " \t");
	if (*rest)
		*rest++ = '\0';
	rest += strspn(rest, " \t");
	string = string_named(reader->profile, line);
	if (string)
		return read_string(reader, string, rest);
	reader->words[0] = line;
	reader->count = 1;
	for (char *word = strtok_r(rest, " \t", &state); word;
	     word = strtok_r(NULL, " \t", &state)) {
		if (reader->count == MAX_WORDS)
			return wrong(reader, "too many words");
		reader->words[reader->count++] = word;
	}
	return read_words(reader);
}

/* Altsettings of an isochronous stream that names none. */
static void set_defaults(struct profile *profile)
{
	static const uint16_t usual[] = { 192, 512, 1024, 1024 | 1 << 11, 1024 | 2 << 11 };

	for (unsigned i = 0; i < profile->stream_count; i++) {
		struct profile_stream *stream = &profile->streams[i];

		if (stream->altsetting_count)
			continue;
		memcpy(stream->altsettings, usual, sizeof(usual));
		stream->altsetting_count = profile->speed == SPEED_FULL ? 2 : 5;
	}
}

static int read_lines(struct reader *reader, FILE *file, const char *path)
{
	char line[1024];

	for (unsigned at = 1; fgets(line, sizeof(line), file); at++) {
		if (!read_line(reader, line)) {
			fprintf(stderr, "uvccam: %s:%u: %s\n", path, at, reader->why);
			return -EINVAL;
		}
	}
	if (!reader->profile->stream_count) {
		fprintf(stderr, "uvccam: %s: no format\n", path);
		return -EINVAL;
	}
	set_defaults(reader->profile);
	return 0;
}

int profile_read(struct profile *profile, const char *path)
{
	struct reader reader = { .profile = profile };
	FILE *file = fopen(path, "re");
	int ret;

	if (!file)
		return -errno;
	*profile = (struct profile){ .vendor = 0x1209,
				     .product = 0x0001,
				     .speed = SPEED_HIGH,
				     .version = 0x0110,
				     .header_bytes = 12 };
	profile_string_set(&profile->manufacturer_name, "Rawline");
	profile_string_set(&profile->product_name, "Emulated UVC camera");
	ret = read_lines(&reader, file, path);
	fclose(file);
	return ret;
}
