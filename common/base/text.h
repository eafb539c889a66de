/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strings from outside: strict numbers and durations, and escapes for what devices say. */
#ifndef RAWLINE_TEXT_H
#define RAWLINE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A frame rate or another ratio of two whole numbers; 0/0 means "not given". */
struct text_fraction {
	uint32_t numerator;
	uint32_t denominator;
};

/*
 * Copies text with control characters, marks of direction, and bytes that are not valid
 * UTF-8, written as \xNN; cuts to size - 1 bytes, never inside an escape or a character. Safe for a terminal.
 */
void text_escape(const char *text, char *escaped, size_t size);

/*
 * The parsers below read all of a string: something must be there, nothing may follow, the
 * value must be in range. No blanks, no sign where none makes sense.
 * They return 0, -EINVAL (not of that form) or -ERANGE.
 */
/* Decimal. */
int text_unsigned(const char *text, uint64_t low, uint64_t high, uint64_t *value);

/* Decimal or 0x hexadecimal, with an optional minus. */
int text_signed(const char *text, int64_t low, int64_t high, int64_t *value);

/*
 * "5s", "100ms", "250us", "1.5s", "2min", "1h", "40ns": a duration in nanoseconds, exactly;
 * -ERANGE if a nanosecond is too coarse for it. A bare number is -EINVAL.
 */
int text_duration(const char *text, uint64_t *duration_ns);

/* "640x480": both 1 to 65535. */
int text_size(const char *text, uint32_t *width, uint32_t *height);

/* "30", "29.97", "30000/1001": a rate above zero, in lowest terms. */
int text_rate(const char *text, struct text_fraction *rate);

/*
 * Writes a duration the way people do, rounded to three digits (whole seconds are not):
 * "250us", "33.3ms", "5s", "2min". text_duration() reads it back.
 */
void text_print_duration(uint64_t duration_ns, char *text, size_t size);

/* "900.0 KiB", "3.5 MiB", "12.5 GiB" */
void text_print_bytes(uint64_t bytes, char *text, size_t size);

/* True if text begins with prefix. */
bool text_starts_with(const char *text, const char *prefix);

#endif
