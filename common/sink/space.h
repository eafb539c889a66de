/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Room on a disk for a file: looked for before the first frame, and reserved ahead.
 *
 * Rests on fallocate(2). File systems without it do without: what is not reserved may turn out
 * to be missing later.
 */
#ifndef RAWLINE_SPACE_H
#define RAWLINE_SPACE_H

#include <stdint.h>

struct log;

/* What is reserved of a file that grows. */
struct space {
	uint64_t bytes; /* from its beginning; UINT64_MAX: nothing can be */
	uint64_t goal;  /* as much is expected; 0: nobody knows */
};

/*
 * Is there room for so many frames of a size in this directory? Returns 0, also where nobody
 * can tell, or -ENOSPC after saying what is needed and what is free.
 */
int space_check(struct log *log, const char *path, int directory, uint64_t count,
		uint64_t frame_bytes);

/* Nothing is reserved yet, for files like this one. */
void space_init(struct space *space, int fd, uint64_t goal_bytes);

/* Reserves for a file that is written through the page cache; its size stays. 0 or -ENOSPC. */
int space_reserve(int fd, uint64_t bytes);

/*
 * Makes room up to an end, and ahead of it up to the goal, or for some more while there is any.
 * The file becomes as long as that: a write that makes a file longer keeps all others waiting.
 * 0 or -ENOSPC.
 */
int space_grow(struct space *space, int fd, uint64_t end);

#endif
