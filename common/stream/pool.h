/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The buffers that a video node captures into: allocated, tried, ready to be queued. */
#ifndef RAWLINE_POOL_H
#define RAWLINE_POOL_H

#include <stdbool.h>

#include "common/buffer/index.h"
#include "common/buffer/memory.h"

struct log;
struct video;

struct pool_options {
	enum memory_kind memory;
	const char *heap; /* MEMORY_HEAP: this one; NULL: by the usual names */
	bool adjust;      /* take another kind if this one cannot be had */
	bool is_contiguous; /* what the node allocates, as long as no IOMMU makes up for it */
	unsigned count;     /* buffers wanted, INDEX_MAX at most */
	unsigned minimum; /* fewer are of no use, unless that is what is wanted */
	const char *advice; /* what helps where there is no memory for them: a clause, or NULL */
};

struct pool {
	unsigned count;
	struct buffer buffers[INDEX_MAX]; /* the driver may give more than were asked for */
	char memory[80]; /* "mmap", "udmabuf", "heap:reserved": what it became */
};

/*
 * States the bill, with what is free of the contiguous area (CMA) if that is where the memory
 * comes from, allocates, and prepares the node (VIDIOC_REQBUFS). Memory that the
 * node did not allocate is tried by queueing the buffers and taking them back. MEMORY_AUTO
 * takes the node's own memory, and what else works where a node has none. Not enough
 * memory for all: goes on with fewer, down to the minimum, and says so.
 *
 * Returns 0, -ENOMEM, -EFAULT or -EINVAL (the device cannot reach such memory), -ENOENT
 * (no such allocator here), -EACCES or -errno; says why.
 */
int pool_create(struct log *log, struct video *video, const struct pool_options *options,
		struct pool **pool);

/*
 * An IOMMU makes the device of this node see any pages as contiguous; false also if it lets
 * addresses through.
 */
bool pool_has_iommu(const struct video *video);

/* Frees the buffers and the node's slots. The node must be stopped. Accepts NULL. */
void pool_destroy(struct pool *pool, struct video *video);

#endif
