/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Direct I/O (O_DIRECT): from a frame's memory to the disk, past the page cache. Which files
 * and which memory can do it is found out by doing it.
 *
 * Rests on open(2) and statx(2) (STATX_DIOALIGN, since Linux 6.1).
 */
#ifndef RAWLINE_DIRECT_H
#define RAWLINE_DIRECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What it asks for, in bytes; powers of two. */
struct direct {
	uint32_t block_bytes;  /* places in the file and lengths are multiples of it */
	uint32_t memory_bytes; /* so are addresses of this */
};

/*
 * Asks what a file wants. Unless it must be, a file system that would go through the page cache
 * all the same is refused. Returns 0; or -EOPNOTSUPP, then *why is a clause.
 */
int direct_ask(int fd, bool must, struct direct *direct, const char **why);

/*
 * Tries it: with a file that is empty and stays so, and some memory that is to be written, a page
 * at least: writes a block of it. On success the descriptor is O_DIRECT, else it is not. Returns
 * 0; or -errno, then *why is a clause.
 */
int direct_try(int fd, const void *memory, const struct direct *direct, const char **why);

/* Switches it on or off for a descriptor. Returns 0 or -errno. */
int direct_switch(int fd, bool on);

/* What a failed direct write says of the memory or the file: a clause. */
const char *direct_why(int error);

#endif
