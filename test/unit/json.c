// SPDX-License-Identifier: GPL-2.0-or-later
/* JSON records: shape, escapes, numbers, storage, and what may not be asked. */
#include "common/base/json.h"

#include <errno.h>
#include <fcntl.h>
#include <float.h>
#include <math.h>
#include <unistd.h>

#include "test/unit/test.h"

/* The record as text; what went wrong as text too. */
static const char *ended(struct json *json)
{
	int error;

	error = json_end(json);
	if (error)
		return strerror(-error);
	CHECK_EQ(strlen(json->text), json->length);
	return json->text;
}

static void test_shape(void)
{
	struct json json;

	json_init(&json);
	test_case("json: a record of every kind of value");
	json_begin(&json);
	json_object(&json, NULL);
	json_string(&json, "record", "frame");
	json_unsigned(&json, "bytes", 460800);
	json_signed(&json, "offset", -42);
	json_boolean(&json, "yes", true);
	json_boolean(&json, "no", false);
	json_double(&json, "fps", 29.97, 2);
	json_null(&json, "file");
	json_array(&json, "planes");
	json_unsigned(&json, NULL, 1);
	json_string(&json, NULL, "two");
	json_object(&json, NULL);
	json_close(&json);
	json_array(&json, NULL);
	json_close(&json);
	json_close(&json);
	json_object(&json, "camera");
	json_string(&json, "id", "Sensor A");
	json_close(&json);
	json_close(&json);
	CHECK_STR_EQ(ended(&json),
		     "{\"record\":\"frame\",\"bytes\":460800,\"offset\":-42,\"yes\":true,"
		     "\"no\":false,\"fps\":29.97,\"file\":null,\"planes\":[1,\"two\",{},[]],"
		     "\"camera\":{\"id\":\"Sensor A\"}}");

	test_case("json: the next record starts empty");
	json_begin(&json);
	json_array(&json, NULL);
	json_close(&json);
	CHECK_STR_EQ(ended(&json), "[]");

	test_case("json: a level that was an array may be an object next");
	json_begin(&json);
	json_object(&json, NULL);
	json_array(&json, "a");
	json_unsigned(&json, NULL, 1);
	json_close(&json);
	json_object(&json, "b");
	json_unsigned(&json, "c", 2);
	json_close(&json);
	json_close(&json);
	CHECK_STR_EQ(ended(&json), "{\"a\":[1],\"b\":{\"c\":2}}");
	json_finish(&json);
}

static const char *string(struct json *json, const char *text)
{
	json_begin(json);
	json_string(json, NULL, text);
	return ended(json);
}

static void test_strings(void)
{
	static const struct {
		const char *name, *text, *want;
	} cases[] = {
		{ "json: no string is null", NULL, "null" },
		{ "json: an empty string", "", "\"\"" },
		{ "json: UTF-8 is left alone", "Kam\xc3\xa9ra \xe2\x82\xac \xf0\x9f\x93\xb7",
		  "\"Kam\xc3\xa9ra \xe2\x82\xac \xf0\x9f\x93\xb7\"" },
		{ "json: quotes and backslashes", "a\"b\\c/", "\"a\\\"b\\\\c/\"" },
		{ "json: controls with a letter", "\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"" },
		{ "json: controls without a letter", "\x01\x1b[31m\x7f",
		  "\"\\u0001\\u001b[31m\\u007f\"" },
		{ "json: C1 controls",
		  "\xc2\x9b"
		  "2J\xc2\x85",
		  "\"\\u009b2J\\u0085\"" },
		{ "json: the first character beyond C1", "\xc2\xa0", "\"\xc2\xa0\"" },
		{ "json: line and paragraph separators", "\xe2\x80\xa8\xe2\x80\xa9",
		  "\"\\u2028\\u2029\"" },
		{ "json: marks of direction",
		  "\xe2\x80\x8e\xe2\x80\x8f\xe2\x80\xae\xe2\x81\xa6\xe2\x81\xa9",
		  "\"\\u200e\\u200f\\u202e\\u2066\\u2069\"" },
		{ "json: their neighbours",
		  "\xe2\x80\x8d\xe2\x80\x90\xe2\x80\xa7\xe2\x80\xaf\xe2\x81\xa5\xe2\x81\xaa",
		  "\"\xe2\x80\x8d\xe2\x80\x90\xe2\x80\xa7\xe2\x80\xaf\xe2\x81\xa5\xe2\x81\xaa\"" },
		{ "json: a byte that begins nothing",
		  "a\x80\xff"
		  "b",
		  "\"a\xef\xbf\xbd\xef\xbf\xbd"
		  "b\"" },
		{ "json: a character cut short by the end", "a\xe2\x82",
		  "\"a\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "json: a character cut short by another", "\xc3(", "\"\xef\xbf\xbd(\"" },
		{ "json: longer than needed", "\xc0\xaf\xe0\x80\xaf",
		  "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "json: the least characters of two, three and four bytes",
		  "\xc2\xa0\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xf0\x90\x80\x80",
		  "\"\xc2\xa0\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xf0\x90\x80\x80\"" },
		{ "json: halves of surrogate pairs", "\xed\xa0\x80\xed\xbf\xbf",
		  "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "json: the last character and the one behind it",
		  "\xf4\x8f\xbf\xbf\xf4\x90\x80\x80",
		  "\"\xf4\x8f\xbf\xbf\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "json: five bytes are no character", "\xf8\x88\x80\x80\x80",
		  "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
	};
	struct json json;

	json_init(&json);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		test_case(cases[i].name);
		CHECK_STR_EQ(string(&json, cases[i].text), cases[i].want);
	}
	json_finish(&json);
}

static const char *number(struct json *json, double value, unsigned decimals)
{
	json_begin(json);
	json_double(json, NULL, value, decimals);
	return ended(json);
}

static void test_numbers(void)
{
	struct json json;

	json_init(&json);
	test_case("json: the ends of whole numbers");
	json_begin(&json);
	json_array(&json, NULL);
	json_unsigned(&json, NULL, 0);
	json_unsigned(&json, NULL, UINT64_MAX);
	json_signed(&json, NULL, 0);
	json_signed(&json, NULL, INT64_MAX);
	json_signed(&json, NULL, INT64_MIN);
	json_close(&json);
	CHECK_STR_EQ(ended(&json), "[0,18446744073709551615,0,9223372036854775807,"
				   "-9223372036854775808]");

	test_case("json: decimals are fixed and rounded");
	CHECK_STR_EQ(number(&json, 0, 0), "0");
	CHECK_STR_EQ(number(&json, 0.5, 0), "1");
	CHECK_STR_EQ(number(&json, 1, 3), "1.000");
	CHECK_STR_EQ(number(&json, 29.976, 2), "29.98");
	CHECK_STR_EQ(number(&json, 0.05, 3), "0.050");
	CHECK_STR_EQ(number(&json, 9.9996, 3), "10.000");
	CHECK_STR_EQ(number(&json, -1.25, 1), "-1.3");
	CHECK_STR_EQ(number(&json, 0.999999999, 9), "0.999999999");
	CHECK_STR_EQ(number(&json, 0.99999999, 8), "0.99999999");
	CHECK_STR_EQ(number(&json, 0.9999999, 7), "0.9999999");
	CHECK_STR_EQ(number(&json, 0.999999, 6), "0.999999");
	CHECK_STR_EQ(number(&json, 0.99999, 5), "0.99999");
	CHECK_STR_EQ(number(&json, 0.9999, 4), "0.9999");
	CHECK_STR_EQ(number(&json, 0.999, 3), "0.999");
	CHECK_STR_EQ(number(&json, 0.9, 1), "0.9");
	CHECK_STR_EQ(number(&json, -1, 0), "-1");
	CHECK_STR_EQ(number(&json, 1.5, 12), "1.500000000");

	test_case("json: nothing is not negative");
	CHECK_STR_EQ(number(&json, -0.0, 1), "0.0");
	CHECK_STR_EQ(number(&json, -0.001, 2), "0.00");
	CHECK_STR_EQ(number(&json, -0.009, 2), "-0.01");

	test_case("json: large numbers are written out");
	CHECK_STR_EQ(number(&json, 9007199254740992.0, 2), "9007199254740992.00");
	CHECK_STR_EQ(number(&json, 1e21, 0), "1000000000000000000000");
	CHECK_EQ(strlen(number(&json, -DBL_MAX, 1)), 1 + 309 + 2);

	test_case("json: what is not finite is null");
	CHECK_STR_EQ(number(&json, NAN, 2), "null");
	CHECK_STR_EQ(number(&json, INFINITY, 2), "null");
	CHECK_STR_EQ(number(&json, -INFINITY, 2), "null");
	json_finish(&json);
}

static void test_misuse(void)
{
	static const char invalid[] = "Invalid argument";
	struct json json;

	json_init(&json);
	test_case("json: an empty record is refused");
	json_begin(&json);
	CHECK_STR_EQ(ended(&json), invalid);

	test_case("json: an open record is refused");
	json_begin(&json);
	json_object(&json, NULL);
	CHECK_STR_EQ(ended(&json), invalid);

	test_case("json: two values at the top are refused");
	json_begin(&json);
	json_null(&json, NULL);
	json_null(&json, NULL);
	CHECK_STR_EQ(ended(&json), invalid);

	test_case("json: a member without a name is refused");
	json_begin(&json);
	json_object(&json, NULL);
	json_unsigned(&json, NULL, 1);
	json_close(&json);
	CHECK_STR_EQ(ended(&json), invalid);

	test_case("json: a name in an array is refused");
	json_begin(&json);
	json_array(&json, NULL);
	json_unsigned(&json, "a", 1);
	json_close(&json);
	CHECK_STR_EQ(ended(&json), invalid);

	test_case("json: one close too many is refused");
	json_begin(&json);
	json_array(&json, NULL);
	json_close(&json);
	json_close(&json);
	CHECK_STR_EQ(ended(&json), invalid);

	test_case("json: the deepest record, and one deeper");
	for (int depth = JSON_MAX_DEPTH; depth <= JSON_MAX_DEPTH + 1; depth++) {
		json_begin(&json);
		for (int i = 0; i < depth; i++)
			json_array(&json, NULL);
		for (int i = 0; i < depth; i++)
			json_close(&json);
		CHECK_EQ(json_end(&json), depth == JSON_MAX_DEPTH ? 0 : -EINVAL);
	}

	test_case("json: a failure does not outlive its record");
	json_begin(&json);
	json_null(&json, NULL);
	CHECK_STR_EQ(ended(&json), "null");
	json_finish(&json);
}

static void test_storage(void)
{
	char storage[10], long_text[5000];
	struct json json;
	const char *text;

	test_case("json: fixed storage is used to its last byte, not beyond");
	memset(storage, 'x', sizeof(storage));
	json_init_fixed(&json, storage, 8);
	/* With its newline room and its NUL, "abcd" needs eight bytes. */
	CHECK_STR_EQ(string(&json, "abcd"), "\"abcd\"");
	CHECK_EQ(json_end_line(&json), -ENOSPC);
	CHECK_STR_EQ(string(&json, "abcde"), strerror(ENOSPC));
	CHECK_STR_EQ(string(&json, "abc"), "\"abc\"");
	CHECK_EQ(json_end_line(&json), 0);
	CHECK_STR_EQ(storage, "\"abc\"\n");
	CHECK_MEM_EQ(storage + 8, "xx", 2);
	json_finish(&json);

	test_case("json: a record grows as far as needed, and its storage is kept");
	memset(long_text, 'a', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	json_init(&json);
	CHECK_EQ(strlen(string(&json, long_text)), sizeof(long_text) + 1);
	text = json.text;
	CHECK_EQ(strlen(string(&json, long_text)), sizeof(long_text) + 1);
	CHECK(json.text == text);
	json_finish(&json);
	CHECK(!json.text);
}

static void test_write(void)
{
	struct json json;
	char text[64];
	int ends[2], full;
	ssize_t got;

	json_init(&json);
	test_case("json: a record is written as one line");
	CHECK_EQ(pipe(ends), 0);
	string(&json, "a");
	CHECK_EQ(json_write(&json, ends[1]), 0);
	string(&json, "b");
	CHECK_EQ(json_write(&json, ends[1]), 0);
	got = read(ends[0], text, sizeof(text));
	CHECK_EQ(got, 8);
	CHECK_MEM_EQ(text, "\"a\"\n\"b\"\n", 8);
	close(ends[0]);
	close(ends[1]);

	test_case("json: a full disk is reported");
	full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	if (full < 0)
		test_skip("no /dev/full");
	string(&json, "a");
	CHECK_EQ(json_write(&json, full), -ENOSPC);
	close(full);

	test_case("json: a record that is wrong is not written");
	json_begin(&json);
	json_object(&json, NULL);
	CHECK_EQ(json_write(&json, -1), -EINVAL);
	json_finish(&json);
}

int main(void)
{
	test_shape();
	test_strings();
	test_numbers();
	test_misuse();
	test_storage();
	test_write();
	return test_done();
}
