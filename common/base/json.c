// SPDX-License-Identifier: GPL-2.0-or-later
/* Writes JSON, a record at a time, into a buffer that is kept from one record to the next. */
#include "common/base/json.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/sys.h"

#define FIRST_SIZE 1024

/* The largest double has 309 digits. */
#define DOUBLE_SIZE 320

void json_init(struct json *json)
{
	*json = (struct json){ .growing = true };
}

void json_init_fixed(struct json *json, char *storage, size_t size)
{
	*json = (struct json){ .text = storage, .size = size };
}

void json_finish(struct json *json)
{
	if (json->growing)
		free(json->text);
	*json = (struct json){ 0 };
}

void json_begin(struct json *json)
{
	json->length = 0;
	json->depth = 0;
	json->arrays = 0;
	json->filled = 0;
	json->error = 0;
}

static void fail(struct json *json, int error)
{
	if (!json->error)
		json->error = error;
}

/* Room for so many bytes and a NUL behind them. */
static bool reserve(struct json *json, size_t count)
{
	size_t size = json->size ? json->size : FIRST_SIZE;
	char *text;

	if (json->error)
		return false;
	if (count < json->size - json->length)
		return true;
	if (!json->growing) {
		fail(json, -ENOSPC);
		return false;
	}
	while (size - json->length <= count)
		if (__builtin_mul_overflow(size, 2, &size))
			break;
	text = realloc(json->text, size);
	if (!text) {
		fail(json, -ENOMEM);
		return false;
	}
	json->text = text;
	json->size = size;
	return true;
}

static void put(struct json *json, const char *bytes, size_t count)
{
	if (!reserve(json, count))
		return;
	memcpy(json->text + json->length, bytes, count);
	json->length += count;
}

static void put_byte(struct json *json, char byte)
{
	put(json, &byte, 1);
}

/* What stands before every value: a comma if it is not the first, and its name. */
static bool begin_value(struct json *json, const char *name)
{
	uint32_t level = UINT32_C(1) << json->depth;
	bool in_object = json->depth && !(json->arrays & level);

	/* One value at the top; members of objects have names, nothing else has. */
	if (in_object != (name != NULL) || (!json->depth && json->filled & level))
		fail(json, -EINVAL);
	if (json->filled & level)
		put_byte(json, ',');
	json->filled |= level;
	if (name) {
		put_byte(json, '"');
		put(json, name, strlen(name));
		put(json, "\":", 2);
	}
	return !json->error;
}

static void open_level(struct json *json, const char *name, bool array)
{
	uint32_t level;

	if (!begin_value(json, name))
		return;
	if (json->depth >= JSON_MAX_DEPTH) {
		fail(json, -EINVAL);
		return;
	}
	put_byte(json, array ? '[' : '{');
	level = UINT32_C(1) << ++json->depth;
	json->filled &= ~level;
	json->arrays = array ? json->arrays | level : json->arrays & ~level;
}

void json_object(struct json *json, const char *name)
{
	open_level(json, name, false);
}

void json_array(struct json *json, const char *name)
{
	open_level(json, name, true);
}

void json_close(struct json *json)
{
	if (!json->depth) {
		fail(json, -EINVAL);
		return;
	}
	put_byte(json, json->arrays & UINT32_C(1) << json->depth ? ']' : '}');
	json->depth--;
}

/*
 * The character that text begins with, if that is UTF-8 in shortest form (RFC 3629), and its
 * length; else 0. A NUL is no continuation byte, so this never reads past the end.
 */
static size_t utf8_decode(const unsigned char *text, uint32_t *character)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t length;

	if (text[0] < 0x80)
		length = 1;
	else if (text[0] < 0xc0 || text[0] > 0xf7)
		return 0;
	else
		length = text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;

	*character = length == 1 ? text[0] : text[0] & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		*character = *character << 6 | (text[i] & 0x3f);
	}
	if (*character < least[length] || *character > 0x10ffff ||
	    (*character >= 0xd800 && *character <= 0xdfff))
		return 0;
	return length;
}

/*
 * What JSON wants escaped, and what would act on a terminal or on a program that splits the
 * output into lines: C0, DEL, C1, line and paragraph separators, marks of direction. All of
 * these are in the first plane of Unicode.
 */
static bool must_escape(uint32_t character)
{
	return character < 0x20 || character == '"' || character == '\\' ||
	       (character >= 0x7f && character < 0xa0) ||
	       (character >= 0x200e && character <= 0x200f) ||
	       (character >= 0x2028 && character <= 0x202e) ||
	       (character >= 0x2066 && character <= 0x2069);
}

static void put_escape(struct json *json, uint32_t character)
{
	static const char plain[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
	char text[8];
	const char *at;

	snprintf(text, sizeof(text), "\\u%04x", character & 0xffffu);
	at = character && character < 0x7f ? strchr(plain, (int)character) : NULL;
	if (at)
		snprintf(text, sizeof(text), "\\%c", letters[at - plain]);
	put(json, text, strlen(text));
}

void json_string(struct json *json, const char *name, const char *text)
{
	const unsigned char *from = (const unsigned char *)text;
	uint32_t character;
	size_t length;

	if (!text) {
		json_null(json, name);
		return;
	}
	if (!begin_value(json, name))
		return;
	put_byte(json, '"');
	while (*from) {
		length = utf8_decode(from, &character);
		if (!length)
			put(json, "\xef\xbf\xbd", 3);
		else if (must_escape(character))
			put_escape(json, character);
		else
			put(json, (const char *)from, length);
		from += length ? length : 1;
	}
	put_byte(json, '"');
}

/* The digits of a number, at least so many, without a NUL. Returns how many there are. */
static size_t print_digits(uint64_t value, size_t least, char digits[static 20])
{
	char reversed[20];
	size_t count = 0;

	do
		reversed[count++] = (char)('0' + value % 10);
	while ((value /= 10) || count < least);
	for (size_t i = 0; i < count; i++)
		digits[i] = reversed[count - 1 - i];
	return count;
}

static void put_unsigned(struct json *json, uint64_t value, size_t least)
{
	char digits[20];
	size_t count = print_digits(value, least, digits);

	put(json, digits, count);
}

void json_unsigned(struct json *json, const char *name, uint64_t value)
{
	if (begin_value(json, name))
		put_unsigned(json, value, 1);
}

void json_signed(struct json *json, const char *name, int64_t value)
{
	if (!begin_value(json, name))
		return;
	if (value < 0)
		put_byte(json, '-');
	/* Negated as unsigned: the least number has no positive twin. */
	put_unsigned(json, value < 0 ? -(uint64_t)value : (uint64_t)value, 1);
}

void json_boolean(struct json *json, const char *name, bool value)
{
	if (begin_value(json, name))
		put(json, value ? "true" : "false", value ? 4 : 5);
}

void json_null(struct json *json, const char *name)
{
	if (begin_value(json, name))
		put(json, "null", 4);
}

void json_double(struct json *json, const char *name, double value, unsigned decimals)
{
	static const uint64_t tens[] = { 1,      10,      100,      1000,      10000,
					 100000, 1000000, 10000000, 100000000, 1000000000 };
	char text[DOUBLE_SIZE];
	double whole, part;

	if (!isfinite(value)) {
		json_null(json, name);
		return;
	}
	if (!begin_value(json, name))
		return;
	if (decimals > JSON_MAX_DECIMALS)
		decimals = JSON_MAX_DECIMALS;

	/* In two halves: whole numbers print without the locale's point, and both are exact. */
	part = modf(fabs(value), &whole);
	part = round(part * (double)tens[decimals]);
	if (part >= (double)tens[decimals]) {
		part = 0;
		whole++;
	}
	if (value < 0 && (whole > 0 || part > 0))
		put_byte(json, '-');
	put(json, text, (size_t)snprintf(text, sizeof(text), "%.0f", whole));
	if (decimals) {
		put_byte(json, '.');
		put_unsigned(json, (uint64_t)part, decimals);
	}
}

int json_end(struct json *json)
{
	/* Exactly one value, and nothing left open. */
	if (json->depth || !(json->filled & 1))
		fail(json, -EINVAL);
	if (!reserve(json, 1))
		return json->error;
	json->text[json->length] = '\0';
	return 0;
}

int json_end_line(struct json *json)
{
	int ret;

	ret = json_end(json);
	if (ret)
		return ret;
	put_byte(json, '\n');
	return json_end(json);
}

int json_write(struct json *json, int fd)
{
	int ret;

	ret = json_end_line(json);
	return ret ? ret : sys_write_all(fd, json->text, json->length);
}
