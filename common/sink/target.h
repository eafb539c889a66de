/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a pattern names in the file system: files to be made, or something that is there and
 * is written in place (standard output, a pipe, a device).
 */
#ifndef RAWLINE_TARGET_H
#define RAWLINE_TARGET_H

#include <stdbool.h>

#include "common/sink/pattern.h"

#define TARGET_SIDECAR_SUFFIX ".json"

struct log;

struct target {
	struct log *log;
	struct pattern pattern;
	int directory;  /* of the files (O_PATH); owned; -1 for a descriptor */
	int fd;         /* written in place; owned; -1: no such thing, or not open yet */
	bool in_place;  /* no draft, no side-car, never replaced */
	bool may_block; /* a write, even opening it, may wait for somebody else */
};

/*
 * Finds out. What is under /dev (but /dev/shm) or /proc is written in place and must be
 * there; so is anything else that exists and is neither a file nor a directory.
 * role NULL: no role goes into the names. Each failure is said as one sentence.
 *
 * Returns 0; -EOPNOTSUPP for a pattern that no run could use: empty, or one thing for
 * several streams; -EISDIR; -ENAMETOOLONG; or -errno.
 */
int target_init(struct target *target, struct log *log, const char *pattern,
		const char *role);

/* Closes what is open. Fine on one that target_init() failed on. */
void target_finish(struct target *target);

/*
 * Looks for files that would be replaced, and for their side-cars if these are to be
 * written; a disk counts as one. Files that appear later are met by draft_commit().
 * Returns 0, or -EEXIST after naming the first one and --force.
 */
int target_check_free(const struct target *target, bool sidecars);

/* Tries to make a file. Returns 0, or -errno after saying why there can't be one. */
int target_check_writable(const struct target *target, bool sidecars);

/* Opens what is written in place, which may block. Returns 0 or -errno, says nothing. */
int target_open(struct target *target);

/* True if two targets could come to the same name. */
bool targets_meet(const struct target *one, const struct target *other);

/* The number of the descriptor that a path stands for ("-", "/dev/fd/3"); -1: it does not. */
int target_descriptor(const char *path);

#endif
