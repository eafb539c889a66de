/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A series: one pattern that makes a set of files time and again, each with a number in its names,
 * in three digits, where a role stands too (pattern.h).
 *
 *	clip.raw         clip-001.raw, clip-002.raw …
 *	clip-#.png       clip-001-000042.png …
 *	clip-#.png       clip-main-001-000042.png … with a role
 */
#ifndef RAWLINE_SERIES_H
#define RAWLINE_SERIES_H

#include <stdbool.h>
#include <stdint.h>

#include "common/sink/pattern.h"

#define SERIES_TAG_SIZE 64

/*
 * What pattern_init() is to be given as a role: the role (NULL: none), the number of the set
 * (0: no set), both, or NULL for neither. tag is room for it.
 */
const char *series_tag(const char *role, unsigned number, char tag[static SERIES_TAG_SIZE]);

/*
 * True if a file of this name, without its directory, could come from the pattern in any set, or
 * be the side-car of one that could.
 */
bool series_matches(const char *pattern, const char *role, const char *name);

/*
 * Looks for a file that any set could come to. Returns 0; -EEXIST with its name; or -errno for a
 * pattern that is none. A directory that can't be read has none.
 */
int series_check_free(const char *pattern, const char *role, char name[static NAME_MAX + 1]);

#endif
