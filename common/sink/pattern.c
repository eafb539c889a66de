// SPDX-License-Identifier: GPL-2.0-or-later
/* File name patterns: numbers and roles put into names, names recognised again. */
#include "common/sink/pattern.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NUMBER_DIGITS     6
#define DIRECTORY_PATTERN "frame-#.raw"

static const char *suffix_of(const char *name)
{
	const char *dot = strrchr(name, '.');

	/* A name that begins with its only dot is hidden, not empty with a suffix. */
	return dot && dot != name ? dot : name + strlen(name);
}

/* A letter or a digit right before the role: "frame#" becomes "frame-main-#". */
static bool needs_dash(const char *name, const char *place)
{
	return place > name && (isalnum((unsigned char)place[-1]) || place[-1] & 0x80);
}

static int put_role(struct pattern *pattern, const char *role)
{
	char *name = pattern->text + pattern->base;
	const char *place = strchr(name, '#');
	char rest[sizeof(pattern->text)];
	size_t start;
	int length;

	if (!place)
		place = suffix_of(name);
	start = (size_t)(place - pattern->text);
	strcpy(rest, place);
	length = snprintf(pattern->text + start, sizeof(pattern->text) - start,
			  "%s%s%s%s", needs_dash(name, place) ? "-" : "", role,
			  *rest == '#' ? "-" : "", rest);
	return (size_t)length < sizeof(pattern->text) - start ? 0 : -ENAMETOOLONG;
}

int pattern_init(struct pattern *pattern, const char *text, const char *role)
{
	const char *name, *slash = strrchr(text, '/');
	int length;

	memset(pattern, 0, sizeof(*pattern));
	if (!*text)
		return -EINVAL;
	name = slash ? slash + 1 : text;
	pattern->base = (size_t)(name - text);
	pattern->is_stdout = !strcmp(text, "-");
	if (pattern->is_stdout && role)
		return -EINVAL;
	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return -EISDIR;

	length = snprintf(pattern->text, sizeof(pattern->text), "%s%s", text,
			  *name ? "" : DIRECTORY_PATTERN);
	if ((size_t)length >= sizeof(pattern->text))
		return -ENAMETOOLONG;
	pattern->is_numbered = strchr(pattern->text + pattern->base, '#') != NULL;
	return role ? put_role(pattern, role) : 0;
}

const char *pattern_suffix(const struct pattern *pattern)
{
	return suffix_of(pattern->text + pattern->base);
}

static int expand(const char *text, uint32_t sequence, char *name, size_t size)
{
	char number[16];
	size_t used = 0;

	snprintf(number, sizeof(number), "%0*" PRIu32, NUMBER_DIGITS, sequence);
	for (; *text; text++) {
		size_t length = *text == '#' ? strlen(number) : 1;

		if (used + length >= size)
			return -ENAMETOOLONG;
		memcpy(name + used, *text == '#' ? number : text, length);
		used += length;
	}
	name[used] = '\0';
	return 0;
}

int pattern_name(const struct pattern *pattern, uint32_t sequence, char *name, size_t size)
{
	return expand(pattern->text + pattern->base, sequence, name, size);
}

int pattern_path(const struct pattern *pattern, uint32_t sequence, char *path, size_t size)
{
	if (pattern->base >= size)
		return -ENAMETOOLONG;
	memcpy(path, pattern->text, pattern->base);
	return pattern_name(pattern, sequence, path + pattern->base, size - pattern->base);
}

/*
 * The first # says where a number begins, but digits may follow it in the pattern: so each
 * length is tried, and right is the one that gives this very name.
 */
bool pattern_matches(const struct pattern *pattern, const char *name)
{
	const char *text = pattern->text + pattern->base;
	size_t start = strcspn(text, "#");
	char expected[PATH_MAX];
	uint32_t number = 0;

	if (!text[start])
		return !strcmp(text, name);
	if (strlen(name) < start)
		return false;
	for (size_t digit = start; isdigit((unsigned char)name[digit]); digit++) {
		/* One that is too large becomes another, and that has another name. */
		number = number * 10 + (uint32_t)(name[digit] - '0');
		if (digit - start + 1 < NUMBER_DIGITS)
			continue;
		if (!expand(text, number, expected, sizeof(expected)) &&
		    !strcmp(expected, name))
			return true;
	}
	return false;
}

bool patterns_meet(const struct pattern *one, const struct pattern *other)
{
	char name[PATH_MAX];

	if (one->is_stdout || other->is_stdout)
		return one->is_stdout && other->is_stdout;
	return (!pattern_name(one, 0, name, sizeof(name)) && pattern_matches(other, name)) ||
	       (!pattern_name(other, 0, name, sizeof(name)) && pattern_matches(one, name));
}
