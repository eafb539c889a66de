/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A draft: a file that is not there under its name until it is whole. It is written beside
 * its name, in the same directory, and renamed at the end.
 *
 * Nothing is synced to the disk: a file that is there after a crash of the machine may be
 * empty on some file systems.
 */
#ifndef RAWLINE_DRAFT_H
#define RAWLINE_DRAFT_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

struct draft {
	int directory; /* lent */
	int fd;        /* open for writing; -1: no draft, or closed by draft_commit() */
	char name[NAME_MAX + 1]; /* of the draft itself; "" if there is none */
	uint32_t seed;           /* of the next such name */
};

/* No draft yet. The directory descriptor (O_PATH will do) must outlive it. */
void draft_init(struct draft *draft, int directory);

/* Somebody else has what it has: it is as good as new. */
void draft_forget(struct draft *draft);

/* Makes a draft of a file, empty, with the rights any new file gets. Returns 0 or -errno. */
int draft_open(struct draft *draft, const char *name);

/*
 * Closes the draft and gives it its name. Without replace an existing file is never
 * touched: -EEXIST. On any failure the draft stays for draft_discard() or
 * draft_abandon().
 */
int draft_commit(struct draft *draft, const char *name, bool replace);

/* Removes the draft, if there is one. */
void draft_discard(struct draft *draft);

/* Closes the draft and leaves it where it is: what is in it would be lost otherwise. */
void draft_abandon(struct draft *draft);

#endif
