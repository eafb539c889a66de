// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of files that come in numbered sets. */
#include "common/sink/series.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/sink/target.h"

#define NUMBER_DIGITS 3
#define MAX_DIGITS    9

const char *series_tag(const char *role, unsigned number, char tag[static SERIES_TAG_SIZE])
{
	if (!number)
		return role;
	snprintf(tag, SERIES_TAG_SIZE, "%s%s%0*u", role ? role : "", role ? "-" : "",
		 NUMBER_DIGITS, number);
	return tag;
}

/* Where the names of all sets begin to differ. */
static int find_number(const char *text, const char *role, size_t *place)
{
	char one_tag[SERIES_TAG_SIZE], other_tag[SERIES_TAG_SIZE];
	struct pattern one, other;
	size_t i = 0;
	int ret;

	ret = pattern_init(&one, text, series_tag(role, 1, one_tag));
	if (ret == 0)
		ret = pattern_init(&other, text, series_tag(role, 999, other_tag));
	if (ret < 0)
		return ret;
	while (one.text[one.base + i] == other.text[other.base + i])
		i++;
	*place = i;
	return 0;
}

static bool matches_set(const char *text, const char *role, unsigned number, const char *name)
{
	const size_t length = strlen(name), suffix = strlen(TARGET_SIDECAR_SUFFIX);
	char tag[SERIES_TAG_SIZE], frame[NAME_MAX + 1];
	struct pattern pattern;

	if (pattern_init(&pattern, text, series_tag(role, number, tag)))
		return false;
	if (pattern_matches(&pattern, name))
		return true;
	if (length < suffix || length > NAME_MAX ||
	    strcmp(name + length - suffix, TARGET_SIDECAR_SUFFIX))
		return false;
	memcpy(frame, name, length - suffix);
	frame[length - suffix] = '\0';
	return pattern_matches(&pattern, frame);
}

/* Digits of the pattern may follow the number, so each length is tried. */
static bool matches_at(const char *text, const char *role, size_t place, const char *name)
{
	unsigned number = 0;

	if (strlen(name) < place)
		return false;
	for (size_t i = 0; i < MAX_DIGITS && isdigit((unsigned char)name[place + i]); i++) {
		number = number * 10 + (unsigned)(name[place + i] - '0');
		if (i + 1 >= NUMBER_DIGITS && number && matches_set(text, role, number, name))
			return true;
	}
	return false;
}

bool series_matches(const char *pattern, const char *role, const char *name)
{
	size_t place;

	return find_number(pattern, role, &place) == 0 &&
	       matches_at(pattern, role, place, name);
}

int series_check_free(const char *pattern, const char *role, char name[static NAME_MAX + 1])
{
	const char *slash = strrchr(pattern, '/');
	char path[PATH_MAX] = ".";
	struct dirent *entry;
	size_t place;
	DIR *directory;
	int ret;

	ret = find_number(pattern, role, &place);
	if (ret < 0)
		return ret;
	if (slash)
		snprintf(path, sizeof(path), "%.*s/", (int)(slash - pattern), pattern);
	directory = opendir(path);
	if (!directory)
		return 0;
	while (ret == 0 && (entry = readdir(directory))) {
		if (!matches_at(pattern, role, place, entry->d_name))
			continue;
		snprintf(name, NAME_MAX + 1, "%s", entry->d_name);
		ret = -EEXIST;
	}
	closedir(directory);
	return ret;
}
