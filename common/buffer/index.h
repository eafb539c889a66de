/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The index cache: keeps each dma-buf on the same V4L2 buffer index of a node.
 *
 * A node that imports memory (V4L2_MEMORY_DMABUF) keeps the mapping of an index only while
 * the same dma-buf comes back to it; another one there costs unmap, attach and map. So every
 * dma-buf gets an index of its own as long as there are enough. The key is the kernel object
 * and length of each plane, not the number of a descriptor, which is reused. Pure
 * bookkeeping, no ioctl.
 */
#ifndef RAWLINE_INDEX_H
#define RAWLINE_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buffer/buffer.h"

#define INDEX_MAX 32 /* VIDEO_MAX_FRAME */

/* No two entries remember the same dma-buf, not even in different planes. */
struct index_entry {
	unsigned num_planes; /* 0: remembers nothing */
	struct buffer_identity identities[BUFFER_MAX_PLANES];
	uint32_t lengths[BUFFER_MAX_PLANES];
	struct buffer *buffer; /* queued under this index now; NULL if the index is idle */
	uint64_t last_use;     /* the cache's clock when it was last taken */
};

struct index_cache {
	unsigned count;
	uint64_t clock;
	uint64_t hits;   /* came back to their own index */
	uint64_t misses; /* first time, or had to take another's */
	struct index_entry entries[INDEX_MAX];
};

/* count is what VIDIOC_REQBUFS answered; more than INDEX_MAX is cut. */
void index_init(struct index_cache *cache, unsigned count);

/*
 * The index for a buffer that is about to be queued, which is busy from now on: its own if
 * it was here before, else one never used, else the idle one that was used longest ago.
 * Returns the index; -EBUSY if memory of this buffer is queued already (the kernel would
 * take it and fill it twice); -ENOBUFS if all are busy; -EINVAL if a plane has no dma-buf.
 */
int index_take(struct index_cache *cache, struct buffer *buffer);

/*
 * The buffer that was queued under an index, which is idle from now on; NULL if it was not
 * busy or is out of range.
 */
struct buffer *index_release(struct index_cache *cache, unsigned index);

/* Makes all indices idle, mappings remembered: after VIDIOC_STREAMOFF. */
void index_release_all(struct index_cache *cache);

/*
 * Forgets a buffer whose memory is going away. 0, -EBUSY while it is queued, or -ENOENT if
 * it is not remembered.
 */
int index_forget(struct index_cache *cache, const struct buffer *buffer);

#endif
