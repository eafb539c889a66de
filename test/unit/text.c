// SPDX-License-Identifier: GPL-2.0-or-later
/* The parsers of common/base/text, and what it does to strings from devices. */
#include "common/base/text.h"

#include <errno.h>
#include <stdlib.h>

#include "test/unit/test.h"

/* What escaping text into a buffer of this size gives; the byte behind must stay. */
static const char *escape(const char *text, size_t size)
{
	static char escaped[256];

	memset(escaped, '!', sizeof(escaped));
	text_escape(text, escaped, size);
	CHECK_EQ(escaped[size], '!');
	return escaped;
}

static void test_escape(void)
{
	test_case("escape: plain text and UTF-8 of every length pass");
	CHECK_STR_EQ(escape("", 200), "");
	CHECK_STR_EQ(escape("imx219 10-0010 ~\\", 200), "imx219 10-0010 ~\\");
	CHECK_STR_EQ(escape("\u00a0\u00fc \u07ff\u0800 \u20ac \ud7ff\ue000 \uffff", 200),
		     "\u00a0\u00fc \u07ff\u0800 \u20ac \ud7ff\ue000 \uffff");
	CHECK_STR_EQ(escape("\U00010000\U0001f4f7\U0010ffff", 200),
		     "\U00010000\U0001f4f7\U0010ffff");

	test_case("escape: C0, DEL and C1 controls are written out");
	CHECK_STR_EQ(escape("a\x1b[31m\n\t\x01\x1f\x7f", 200),
		     "a\\x1b[31m\\x0a\\x09\\x01\\x1f\\x7f");
	CHECK_STR_EQ(escape("\xc2\x80 \xc2\x9b \xc2\x9f \xc2\xa0", 200),
		     "\\xc2\\x80 \\xc2\\x9b \\xc2\\x9f \xc2\xa0");

	test_case("escape: separators and marks of direction are written out");
	CHECK_STR_EQ(escape("a\u202eb\u2066c", 200), "a\\xe2\\x80\\xaeb\\xe2\\x81\\xa6c");
	CHECK_STR_EQ(escape("\u200d\u200e\u200f\u2010", 200),
		     "\u200d\\xe2\\x80\\x8e\\xe2\\x80\\x8f\u2010");
	CHECK_STR_EQ(escape("\u2027\u2028 \u202a\u202f \u2065 \u2069\u206a", 200),
		     "\u2027\\xe2\\x80\\xa8 \\xe2\\x80\\xaa\u202f \u2065 "
		     "\\xe2\\x81\\xa9\u206a");

	test_case("escape: bytes that are no UTF-8 are written out");
	CHECK_STR_EQ(escape("\x80 \xbf \xc3", 200), "\\x80 \\xbf \\xc3");
	CHECK_STR_EQ(escape("\xe2\x82", 200), "\\xe2\\x82");
	CHECK_STR_EQ(escape("\xe3\xa0(", 200), "\\xe3\\xa0(");
	CHECK_STR_EQ(escape("\xc3(", 200), "\\xc3(");
	CHECK_STR_EQ(escape("\xfe\xff\xf8\x88\x80\x80\x80", 200),
		     "\\xfe\\xff\\xf8\\x88\\x80\\x80\\x80");
	CHECK_STR_EQ(escape("\xbc\x80\x80\x80", 200), "\\xbc\\x80\\x80\\x80");
	/* Longer than need be: '/', ESC, U+07FF, U+FFFF. */
	CHECK_STR_EQ(escape("\xc0\xaf", 200), "\\xc0\\xaf");
	CHECK_STR_EQ(escape("\xe0\x80\x9b", 200), "\\xe0\\x80\\x9b");
	CHECK_STR_EQ(escape("\xe0\x9f\xbf", 200), "\\xe0\\x9f\\xbf");
	CHECK_STR_EQ(escape("\xf0\x8f\xbf\xbf", 200), "\\xf0\\x8f\\xbf\\xbf");
	/* Halves of surrogate pairs, and beyond Unicode. */
	CHECK_STR_EQ(escape("\xed\xa0\x80", 200), "\\xed\\xa0\\x80");
	CHECK_STR_EQ(escape("\xed\xbf\xbf", 200), "\\xed\\xbf\\xbf");
	CHECK_STR_EQ(escape("\xf4\x90\x80\x80", 200), "\\xf4\\x90\\x80\\x80");
	CHECK_STR_EQ(escape("\xf5\x80\x80\x80", 200), "\\xf5\\x80\\x80\\x80");

	test_case("escape: cuts between characters, never inside an escape");
	CHECK_STR_EQ(escape("abcd", 4), "abc");
	CHECK_STR_EQ(escape("abcd", 5), "abcd");
	CHECK_STR_EQ(escape("a\x1b", 5), "a");
	CHECK_STR_EQ(escape("a\x1b", 6), "a\\x1b");
	CHECK_STR_EQ(escape("a\u20ac", 4), "a");
	CHECK_STR_EQ(escape("a\u20ac", 5), "a\u20ac");
	CHECK_STR_EQ(escape("a", 1), "");
	CHECK_EQ(escape("a", 0)[0], '!');
}

static int unsigned_in(const char *text, uint64_t low, uint64_t high)
{
	uint64_t value = 4711;
	int result = text_unsigned(text, low, high, &value);

	CHECK(!result || value == 4711);
	return result;
}

static void test_unsigned(void)
{
	uint64_t value = 0;

	test_case("unsigned: whole decimal numbers in range");
	CHECK_EQ(text_unsigned("0", 0, 9, &value), 0);
	CHECK_EQ(value, 0);
	CHECK_EQ(text_unsigned("007", 7, 7, &value), 0);
	CHECK_EQ(value, 7);
	CHECK_EQ(text_unsigned("18446744073709551615", 0, UINT64_MAX, &value), 0);
	CHECK(value == UINT64_MAX);

	test_case("unsigned: out of range is ERANGE, the value stays");
	CHECK_EQ(unsigned_in("6", 7, 9), -ERANGE);
	CHECK_EQ(unsigned_in("10", 7, 9), -ERANGE);
	CHECK_EQ(unsigned_in("18446744073709551616", 0, UINT64_MAX), -ERANGE);
	CHECK_EQ(unsigned_in("99999999999999999999999999", 0, UINT64_MAX), -ERANGE);

	test_case("unsigned: anything else is EINVAL, the value stays");
	static const char *const bad[] = { "",
					   " ",
					   " 1",
					   "1 ",
					   "+1",
					   "-1",
					   "1a",
					   "0x1",
					   "1.0",
					   "1\n",
					   "a",
					   "-",
					   "1,",
					   "1e3",
					   "--",
					   "\xb9",
					   "99999999999999999999x" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (unsigned_in(bad[i], 0, UINT64_MAX) != -EINVAL)
			test_fail(__FILE__, __LINE__, "\"%s\" is accepted", bad[i]);
}

static int64_t signed_value(const char *text)
{
	int64_t value = 4711;

	CHECK_EQ(text_signed(text, INT64_MIN, INT64_MAX, &value), 0);
	return value;
}

static int signed_in(const char *text, int64_t low, int64_t high)
{
	int64_t value = 4711;
	int result = text_signed(text, low, high, &value);

	CHECK(!result || value == 4711);
	return result;
}

static void test_signed(void)
{
	test_case("signed: decimal and hexadecimal, either sign, to both ends");
	CHECK_EQ(signed_value("0"), 0);
	CHECK_EQ(signed_value("-0"), 0);
	CHECK_EQ(signed_value("128"), 128);
	CHECK_EQ(signed_value("-128"), -128);
	CHECK_EQ(signed_value("0x00f0F000"), 0xf0f000);
	CHECK_EQ(signed_value("0X1f"), 31);
	CHECK_EQ(signed_value("0xaA"), 170);
	CHECK_EQ(signed_value("-0x10"), -16);
	CHECK_EQ(signed_value("010"), 10);
	CHECK_EQ(signed_value("9223372036854775807"), INT64_MAX);
	CHECK_EQ(signed_value("-9223372036854775808"), INT64_MIN);
	CHECK_EQ(signed_value("-0x8000000000000000"), INT64_MIN);

	test_case("signed: out of range is ERANGE, the value stays");
	CHECK_EQ(signed_in("-1", 0, 255), -ERANGE);
	CHECK_EQ(signed_in("256", 0, 255), -ERANGE);
	CHECK_EQ(signed_in("9223372036854775808", INT64_MIN, INT64_MAX), -ERANGE);
	CHECK_EQ(signed_in("-9223372036854775809", INT64_MIN, INT64_MAX), -ERANGE);
	CHECK_EQ(signed_in("0x10000000000000000", INT64_MIN, INT64_MAX), -ERANGE);

	test_case("signed: anything else is EINVAL, the value stays");
	static const char *const bad[] = { "",    "-",   " 1", "+1",  "1 ",  "--1", "0x",
					   "-0x", "0xg", "x1", "1.5", "- 1", "a",   "1-" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (signed_in(bad[i], INT64_MIN, INT64_MAX) != -EINVAL)
			test_fail(__FILE__, __LINE__, "\"%s\" is accepted", bad[i]);
}

static uint64_t duration_value(const char *text)
{
	uint64_t value = 4711;

	CHECK_EQ(text_duration(text, &value), 0);
	return value;
}

static int duration_result(const char *text)
{
	uint64_t value = 4711;
	int result = text_duration(text, &value);

	CHECK(!result || value == 4711);
	return result;
}

static void test_duration(void)
{
	test_case("duration: every unit, to the nanosecond");
	CHECK_EQ(duration_value("40ns"), 40);
	CHECK_EQ(duration_value("250us"), 250000);
	CHECK_EQ(duration_value("100ms"), 100000000);
	CHECK_EQ(duration_value("5s"), 5000000000);
	CHECK_EQ(duration_value("2min"), 120000000000);
	CHECK_EQ(duration_value("1h"), 3600000000000);
	CHECK_EQ(duration_value("0s"), 0);
	CHECK_EQ(duration_value("1.5s"), 1500000000);
	CHECK_EQ(duration_value("0.1s"), 100000000);
	CHECK_EQ(duration_value("33.366700ms"), 33366700);
	CHECK_EQ(duration_value("0.000000001s"), 1);
	CHECK_EQ(duration_value("1.000000000000000000000000s"), 1000000000);
	CHECK_EQ(duration_value("0.25h"), 900000000000);
	CHECK_EQ(duration_value("0.00000000001h"), 36);
	CHECK_EQ(duration_value("1.5min"), 90000000000);
	/* 2^53 + 1: a double would lose the last nanosecond. */
	CHECK_EQ(duration_value("9007199.254740993s"), 9007199254740993);
	CHECK(duration_value("18446744073.709551615s") == UINT64_MAX);
	CHECK(duration_value("18446744073709551615ns") == UINT64_MAX);

	test_case("duration: too long or too fine is ERANGE, the value stays");
	CHECK_EQ(duration_result("18446744073709551616ns"), -ERANGE);
	CHECK_EQ(duration_result("18446744073.709551616s"), -ERANGE);
	CHECK_EQ(duration_result("5124096h"), -ERANGE);
	CHECK_EQ(duration_result("99999999999999999999999s"), -ERANGE);
	CHECK_EQ(duration_result("0.5ns"), -ERANGE);
	CHECK_EQ(duration_result("1.0000000001s"), -ERANGE);

	test_case("duration: a bare number or another unit is EINVAL, the value stays");
	static const char *const bad[] = {
		"",       "5",    "0",
		"1.5",    "s",    "5 s",
		" 5s",    "5s ",  "5S",
		"5sec",   "5m",   "-5s",
		"+5s",    ".5s",  "5.s",
		"5.",     "1e3s", "5ss",
		"5s5",    "0x5s", "1..5s",
		"1.5.5s", "1,5s", "ms",
		"1.as",   "min",  "99999999999999999999999",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (duration_result(bad[i]) != -EINVAL)
			test_fail(__FILE__, __LINE__, "\"%s\" is accepted", bad[i]);
}

static int size_result(const char *text)
{
	uint32_t width = 4711, height = 4712;
	int result = text_size(text, &width, &height);

	CHECK(!result || (width == 4711 && height == 4712));
	return result;
}

static void test_size(void)
{
	uint32_t width = 0, height = 0;

	test_case("size: WIDTHxHEIGHT");
	CHECK_EQ(text_size("640x480", &width, &height), 0);
	CHECK_EQ(width, 640);
	CHECK_EQ(height, 480);
	CHECK_EQ(text_size("1x65535", &width, &height), 0);
	CHECK_EQ(width, 1);
	CHECK_EQ(height, 65535);

	test_case("size: nothing and more than 65535 are ERANGE, the values stay");
	CHECK_EQ(size_result("0x480"), -ERANGE);
	CHECK_EQ(size_result("640x0"), -ERANGE);
	CHECK_EQ(size_result("65536x1"), -ERANGE);
	CHECK_EQ(size_result("1x4294967297"), -ERANGE);
	/* 1 beyond 64 bits. */
	CHECK_EQ(size_result("18446744073709551617x1"), -ERANGE);
	CHECK_EQ(size_result("1x18446744073709551617"), -ERANGE);
	CHECK_EQ(size_result("99999999999999999999999x1"), -ERANGE);
	CHECK_EQ(size_result("1x99999999999999999999999"), -ERANGE);

	test_case("size: anything else is EINVAL, the values stay");
	static const char *const bad[] = {
		"",         "640",       "640x",
		"x480",     "640X480",   "-1x1",
		"640x-480", "640 x480",  "640x480 ",
		"640*480",  "640x480x1", "640x480@30",
		"+1x1",     "1.0x1",     "99999999999999999999999x"
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (size_result(bad[i]) != -EINVAL)
			test_fail(__FILE__, __LINE__, "\"%s\" is accepted", bad[i]);
}

static int rate_result(const char *text)
{
	struct text_fraction rate = { 4711, 4712 };
	int result = text_rate(text, &rate);

	CHECK(!result || (rate.numerator == 4711 && rate.denominator == 4712));
	return result;
}

/* Checks a rate that must be good. */
static void check_rate(const char *text, uint32_t numerator, uint32_t denominator)
{
	struct text_fraction rate = { 0, 0 };

	CHECK_EQ(text_rate(text, &rate), 0);
	if (rate.numerator != numerator || rate.denominator != denominator)
		test_fail(__FILE__, __LINE__, "\"%s\": got %u/%u, want %u/%u", text,
			  rate.numerator, rate.denominator, numerator, denominator);
}

static void test_rate(void)
{
	test_case("rate: whole, decimal and as a fraction, in lowest terms");
	check_rate("30", 30, 1);
	check_rate("29.97", 2997, 100);
	check_rate("30.00", 30, 1);
	check_rate("7.5", 15, 2);
	check_rate("30000/1001", 30000, 1001);
	check_rate("60/2", 30, 1);
	check_rate("0.5", 1, 2);
	check_rate("4294967295", UINT32_MAX, 1);
	check_rate("1/4294967295", 1, UINT32_MAX);
	check_rate("8589934590/2", UINT32_MAX, 1);

	test_case("rate: zero, endless and too fine are ERANGE, the value stays");
	CHECK_EQ(rate_result("0"), -ERANGE);
	CHECK_EQ(rate_result("0.00"), -ERANGE);
	CHECK_EQ(rate_result("30/0"), -ERANGE);
	CHECK_EQ(rate_result("0/1"), -ERANGE);
	CHECK_EQ(rate_result("4294967296"), -ERANGE);
	CHECK_EQ(rate_result("1/4294967296"), -ERANGE);
	CHECK_EQ(rate_result("29.9700000001"), -ERANGE);
	CHECK_EQ(rate_result("29.97000000000000000000000000001"), -ERANGE);
	CHECK_EQ(rate_result("18446744073709551617/1"), -ERANGE);
	CHECK_EQ(rate_result("1/18446744073709551617"), -ERANGE);
	CHECK_EQ(rate_result("99999999999999999999999/1"), -ERANGE);
	CHECK_EQ(rate_result("1/99999999999999999999999"), -ERANGE);

	test_case("rate: anything else is EINVAL, the value stays");
	static const char *const bad[] = { "",      "/",      "30/",   "/30",   ".5",
					   "30.",   "-30",    "30fps", "30 ",   " 30",
					   "30/-1", "30.0/1", "1/2/3", "1.2.3", "0x1e",
					   "3e1",   "30/1.5", "inf",   "29.a" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (rate_result(bad[i]) != -EINVAL)
			test_fail(__FILE__, __LINE__, "\"%s\" is accepted", bad[i]);
}

static const char *printed(uint64_t duration_ns)
{
	static char text[32];

	text_print_duration(duration_ns, text, sizeof(text));
	return text;
}

static void test_print_duration(void)
{
	test_case("print duration: three digits in the fitting unit");
	CHECK_STR_EQ(printed(0), "0s");
	CHECK_STR_EQ(printed(1), "1ns");
	CHECK_STR_EQ(printed(999), "999ns");
	CHECK_STR_EQ(printed(1000), "1us");
	CHECK_STR_EQ(printed(1234), "1.23us");
	CHECK_STR_EQ(printed(1050), "1.05us");
	CHECK_STR_EQ(printed(250000), "250us");
	CHECK_STR_EQ(printed(9994999), "9.99ms");
	CHECK_STR_EQ(printed(10050000), "10.1ms");
	CHECK_STR_EQ(printed(33333333), "33.3ms");
	CHECK_STR_EQ(printed(100400000), "100ms");
	CHECK_STR_EQ(printed(33366700), "33.4ms");
	CHECK_STR_EQ(printed(333333333), "333ms");
	CHECK_STR_EQ(printed(1500000000), "1.5s");
	CHECK_STR_EQ(printed(5000000000), "5s");
	CHECK_STR_EQ(printed(61000000000), "61s");
	CHECK_STR_EQ(printed(123456000000), "123s");
	CHECK_STR_EQ(printed(123500000000), "124s");
	CHECK_STR_EQ(printed(12345678000000), "12346s");

	test_case("print duration: hours and minutes only when nothing is left over");
	CHECK_STR_EQ(printed(60000000000), "1min");
	CHECK_STR_EQ(printed(5400000000000), "90min");
	CHECK_STR_EQ(printed(7200000000000), "2h");
	CHECK_STR_EQ(printed(7200000000001), "7200s");

	test_case("print duration: what rounds up to the next unit is written in it");
	CHECK_STR_EQ(printed(999499), "999us");
	CHECK_STR_EQ(printed(999500), "1ms");
	CHECK_STR_EQ(printed(999999999), "1s");
	CHECK_STR_EQ(printed(9999), "10us");
	CHECK_STR_EQ(printed(99999), "100us");
	CHECK_STR_EQ(printed(UINT64_MAX), "18446744074s");

	test_case("print duration: what is printed can be read back within half a percent");
	for (uint64_t ns = 1; ns < UINT64_MAX / 3; ns = ns * 3 + 1) {
		uint64_t back = 0;

		CHECK_EQ(text_duration(printed(ns), &back), 0);
		if ((back > ns ? back - ns : ns - back) > ns / 200)
			test_fail(__FILE__, __LINE__, "%llu ns is printed as %s",
				  (unsigned long long)ns, printed(ns));
	}

	test_case("print duration: a short buffer cuts");
	char small[4] = "abc";
	text_print_duration(33333333, small, sizeof(small));
	CHECK_STR_EQ(small, "33.");
}

int main(void)
{
	test_escape();
	test_unsigned();
	test_signed();
	test_duration();
	test_size();
	test_rate();
	test_print_duration();

	test_case("starts with: the whole prefix must be there");
	CHECK(text_starts_with("imx219 10-0010", "imx219"));
	CHECK(text_starts_with("imx219", "imx219"));
	CHECK(text_starts_with("imx219", ""));
	CHECK(!text_starts_with("imx", "imx219"));
	CHECK(!text_starts_with("", "i"));
	return test_done();
}
