// SPDX-License-Identifier: GPL-2.0-or-later
/* Strings from outside: strict numbers and durations, and escapes for what devices say. */
#include "common/base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The first byte of a UTF-8 character says how long it is; 0: it begins none. */
static size_t utf8_length(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef)
		return 3;
	if (first >= 0xf0 && first <= 0xf4)
		return 4;
	return 0;
}

/*
 * The length of the character that text begins with, 0 if it is not one in shortest form
 * within Unicode (RFC 3629). Stops at the end of the string by itself: a zero byte is no
 * continuation.
 */
static size_t utf8_character(const unsigned char *text, uint32_t *character)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t length = utf8_length(text[0]);

	if (length == 1) {
		*character = text[0];
		return 1;
	}
	*character = text[0] & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		*character = *character << 6 | (text[i] & 0x3f);
	}
	if (!length || *character < least[length] || *character > 0x10ffff)
		return 0;
	if (*character >= 0xd800 && *character <= 0xdfff)
		return 0;
	return length;
}

/*
 * C0, DEL and C1, which terminals obey; separators and marks of direction, which let a line show
 * what it does not say.
 */
static bool is_control(uint32_t character)
{
	return character < 0x20 || (character >= 0x7f && character < 0xa0) ||
	       (character >= 0x200e && character <= 0x200f) ||
	       (character >= 0x2028 && character <= 0x202e) ||
	       (character >= 0x2066 && character <= 0x2069);
}

void text_escape(const char *text, char *escaped, size_t size)
{
	const unsigned char *from = (const unsigned char *)text;
	size_t used = 0, length, room;
	uint32_t character;

	if (!size)
		return;
	while (*from) {
		length = utf8_character(from, &character);
		room = size - 1 - used;
		if (length && !is_control(character)) {
			if (length > room)
				break;
			memcpy(escaped + used, from, length);
			used += length;
			from += length;
		} else {
			if (room < 4)
				break;
			/* One byte a turn: the rest of a C1 control is no character of its own. */
			snprintf(escaped + used, 5, "\\x%02x", *from);
			used += 4;
			from++;
		}
	}
	escaped[used] = '\0';
}

static int digit_of(char byte, unsigned base)
{
	int digit = -1;

	if (byte >= '0' && byte <= '9')
		digit = byte - '0';
	else if (byte >= 'a' && byte <= 'f')
		digit = byte - 'a' + 10;
	else if (byte >= 'A' && byte <= 'F')
		digit = byte - 'A' + 10;
	return digit < (int)base ? digit : -1;
}

/*
 * Reads the digits that *text begins with and moves it behind them. -EINVAL if there are
 * none; -ERANGE if the number does not fit, with *text moved all the same, so that a
 * caller can first see whether the rest is well formed.
 */
static int take_digits(const char **text, unsigned base, uint64_t *value)
{
	const char *at = *text;
	int digit, result = 0;

	*value = 0;
	for (; (digit = digit_of(*at, base)) >= 0; at++) {
		if (__builtin_mul_overflow(*value, base, value) ||
		    __builtin_add_overflow(*value, (unsigned)digit, value))
			result = -ERANGE;
	}
	if (at == *text)
		return -EINVAL;
	*text = at;
	return result;
}

int text_unsigned(const char *text, uint64_t low, uint64_t high, uint64_t *value)
{
	uint64_t number;
	int result;

	result = take_digits(&text, 10, &number);
	if (result == -EINVAL || *text)
		return -EINVAL;
	if (result || number < low || number > high)
		return -ERANGE;
	*value = number;
	return 0;
}

int text_signed(const char *text, int64_t low, int64_t high, int64_t *value)
{
	bool negative = *text == '-';
	uint64_t magnitude, limit;
	int64_t number;
	unsigned base = 10;
	int result;

	if (negative)
		text++;
	if (text_starts_with(text, "0x") || text_starts_with(text, "0X")) {
		text += 2;
		base = 16;
	}
	result = take_digits(&text, base, &magnitude);
	if (result == -EINVAL || *text)
		return -EINVAL;

	limit = (uint64_t)INT64_MAX + negative;
	if (result || magnitude > limit)
		return -ERANGE;
	/* By way of magnitude - 1, as the least number has no positive twin. */
	if (negative && magnitude)
		number = -(int64_t)(magnitude - 1) - 1;
	else
		number = (int64_t)magnitude;
	if (number < low || number > high)
		return -ERANGE;
	*value = number;
	return 0;
}

static const struct unit {
	const char *name;
	uint64_t ns;
} units[] = {
	{ "ns", 1 },
	{ "us", 1000 },
	{ "ms", 1000000 },
	{ "s", 1000000000 },
	{ "min", UINT64_C(60) * 1000000000 },
	{ "h", UINT64_C(3600) * 1000000000 },
};

static const struct unit *const unit_seconds = &units[3];

static const struct unit *find_unit(const char *name)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcmp(units[i].name, name))
			return &units[i];
	return NULL;
}

/*
 * What the digits behind a decimal point are worth, in nanoseconds. Whole numbers all the
 * way: each place is a tenth of the one before; a digit finer than that can tell is out of
 * range.
 */
static int fraction_ns(const char *digits, const char *end, uint64_t unit_ns, uint64_t *ns)
{
	uint64_t place_ns = unit_ns;

	*ns = 0;
	for (; digits < end; digits++) {
		if (*digits == '0' && place_ns % 10)
			continue;
		if (place_ns % 10)
			return -ERANGE;
		place_ns /= 10;
		*ns += place_ns * (uint64_t)(*digits - '0');
	}
	return 0;
}

int text_duration(const char *text, uint64_t *duration_ns)
{
	const char *fraction, *fraction_end;
	uint64_t whole, ignored, whole_ns, part_ns = 0;
	const struct unit *unit;
	int result;

	result = take_digits(&text, 10, &whole);
	if (result == -EINVAL)
		return -EINVAL;
	fraction = fraction_end = text;
	if (*text == '.') {
		fraction = ++text;
		if (take_digits(&text, 10, &ignored) == -EINVAL)
			return -EINVAL;
		fraction_end = text;
	}
	unit = find_unit(text);
	if (!unit)
		return -EINVAL;

	if (result || __builtin_mul_overflow(whole, unit->ns, &whole_ns) ||
	    fraction_ns(fraction, fraction_end, unit->ns, &part_ns) ||
	    __builtin_add_overflow(whole_ns, part_ns, &whole_ns))
		return -ERANGE;
	*duration_ns = whole_ns;
	return 0;
}

int text_size(const char *text, uint32_t *width, uint32_t *height)
{
	uint64_t numbers[2];
	int first, second;

	first = take_digits(&text, 10, &numbers[0]);
	if (first == -EINVAL || *text++ != 'x')
		return -EINVAL;
	second = take_digits(&text, 10, &numbers[1]);
	if (second == -EINVAL || *text)
		return -EINVAL;
	if (first || second)
		return -ERANGE;
	for (size_t i = 0; i < 2; i++)
		if (numbers[i] < 1 || numbers[i] > 65535)
			return -ERANGE;
	*width = (uint32_t)numbers[0];
	*height = (uint32_t)numbers[1];
	return 0;
}

static uint64_t greatest_common_divisor(uint64_t a, uint64_t b)
{
	uint64_t rest;

	while (b) {
		rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

/* Lowest terms, so that "30", "30.0" and "60/2" are one rate. */
static int set_rate(uint64_t numerator, uint64_t denominator, struct text_fraction *rate)
{
	uint64_t divisor;

	if (!numerator || !denominator)
		return -ERANGE;
	divisor = greatest_common_divisor(numerator, denominator);
	numerator /= divisor;
	denominator /= divisor;
	if (numerator > UINT32_MAX || denominator > UINT32_MAX)
		return -ERANGE;
	rate->numerator = (uint32_t)numerator;
	rate->denominator = (uint32_t)denominator;
	return 0;
}

/* The digits behind the point lengthen the numerator and, each, the denominator by a zero. */
static int take_decimals(const char **text, uint64_t *numerator, uint64_t *denominator)
{
	int digit, result = 0;
	const char *at = *text;

	for (; (digit = digit_of(*at, 10)) >= 0; at++) {
		if (__builtin_mul_overflow(*numerator, 10, numerator) ||
		    __builtin_add_overflow(*numerator, (unsigned)digit, numerator) ||
		    __builtin_mul_overflow(*denominator, 10, denominator))
			result = -ERANGE;
	}
	if (at == *text)
		return -EINVAL;
	*text = at;
	return result;
}

int text_rate(const char *text, struct text_fraction *rate)
{
	uint64_t numerator, denominator = 1;
	int first, second = 0;

	first = take_digits(&text, 10, &numerator);
	if (first == -EINVAL)
		return -EINVAL;
	if (*text == '/') {
		text++;
		second = take_digits(&text, 10, &denominator);
	} else if (*text == '.') {
		text++;
		second = take_decimals(&text, &numerator, &denominator);
	}
	if (second == -EINVAL || *text)
		return -EINVAL;
	if (first || second)
		return -ERANGE;
	return set_rate(numerator, denominator, rate);
}

/* The largest unit the duration holds once; hours and minutes only if it holds them exactly. */
static const struct unit *unit_for(uint64_t duration_ns)
{
	const struct unit *unit = units + sizeof(units) / sizeof(units[0]) - 1;

	if (!duration_ns)
		return unit_seconds;
	for (; unit > unit_seconds; unit--)
		if (duration_ns % unit->ns == 0)
			return unit;
	while (unit > units && duration_ns < unit->ns)
		unit--;
	return unit;
}

void text_print_duration(uint64_t duration_ns, char *text, size_t size)
{
	static const uint64_t tens[] = { 1, 10, 100 };
	const struct unit *unit = unit_for(duration_ns);
	uint64_t count = duration_ns / unit->ns, step_ns, steps, part;
	int decimals = unit->ns == 1 || count >= 100 ? 0 : count >= 10 ? 1 : 2;

	/* Three digits tell: 1.23, 12.3, 123; halves are rounded up. */
	step_ns = unit->ns / tens[decimals];
	steps = duration_ns / step_ns;
	if (duration_ns % step_ns >= step_ns - step_ns / 2)
		steps++;

	/* Rounding may have filled the next unit: 999.9us is 1ms. */
	if (unit < unit_seconds && steps * step_ns >= unit[1].ns) {
		snprintf(text, size, "1%s", unit[1].name);
		return;
	}
	part = steps % tens[decimals];
	steps /= tens[decimals];
	for (; decimals && part % 10 == 0; decimals--)
		part /= 10;
	if (decimals)
		snprintf(text, size, "%" PRIu64 ".%0*" PRIu64 "%s", steps, decimals, part,
			 unit->name);
	else
		snprintf(text, size, "%" PRIu64 "%s", steps, unit->name);
}

void text_print_bytes(uint64_t bytes, char *text, size_t size)
{
	if (bytes < 1024 * 1024)
		snprintf(text, size, "%.1f KiB", (double)bytes / 1024);
	else if (bytes < UINT64_C(10) * 1024 * 1024 * 1024)
		snprintf(text, size, "%.1f MiB", (double)bytes / (1024 * 1024));
	else
		snprintf(text, size, "%.1f GiB", (double)bytes / (1024 * 1024 * 1024));
}

bool text_starts_with(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}
