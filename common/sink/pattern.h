/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * File name patterns: which frame goes into which file. No file is touched here.
 *
 *	frame-#.png      one file a frame: frame-000042.png; # is the driver's sequence
 *	video.raw        all frames into one
 *	shots/           shots/frame-#.raw
 *	-                standard output
 *
 * Only the last part of a path is a pattern: a # in a directory's name is a plain character.
 */
#ifndef RAWLINE_PATTERN_H
#define RAWLINE_PATTERN_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pattern {
	char text[PATH_MAX]; /* the path, with the role put in */
	size_t base;         /* where its last part begins */
	bool is_stdout;
	bool is_numbered; /* has a #: one file a frame */
};

/*
 * Reads a pattern. With a role, which must not contain "/" or "#", it is put before the
 * first #, or before the suffix if there is no #: frame-#.raw becomes frame-main-#.raw,
 * video.raw becomes video-main.raw. role NULL leaves the pattern alone.
 * Returns 0, -EINVAL (empty, or a role for standard output), -EISDIR ("." or ".." at the
 * end: a directory needs its "/") or -ENAMETOOLONG.
 */
int pattern_init(struct pattern *pattern, const char *text, const char *role);

/* The suffix with its dot, ".png"; "" if there is none. Points into the pattern. */
const char *pattern_suffix(const struct pattern *pattern);

/*
 * Writes the name for a frame: the whole path, or its last part only. The number has six
 * digits, or more if it needs them. Returns 0 or -ENAMETOOLONG.
 */
int pattern_path(const struct pattern *pattern, uint32_t sequence, char *path, size_t size);
int pattern_name(const struct pattern *pattern, uint32_t sequence, char *name, size_t size);

/* True if a file of this name, without its directory, could come from the pattern. */
bool pattern_matches(const struct pattern *pattern, const char *name);

/* True if two patterns could give one name, leaving their directories aside. */
bool patterns_meet(const struct pattern *one, const struct pattern *other);

#endif
