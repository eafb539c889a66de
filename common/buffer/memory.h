/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frame memory that no video node allocated: udmabuf and dma-heaps.
 *
 * Rests on Documentation/userspace-api/dma-buf-alloc-exchange.rst and
 * drivers/dma-buf/udmabuf.c. Which kind a device can take is not guessed but tried: see
 * pool.h.
 */
#ifndef RAWLINE_MEMORY_H
#define RAWLINE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer/buffer.h"

/* Where frame memory comes from: --memory. */
enum memory_kind {
	MEMORY_AUTO,
	MEMORY_MMAP,    /* the video node that fills it allocates */
	MEMORY_UDMABUF, /* pages of a memfd */
	MEMORY_HEAP,    /* /dev/dma_heap */
};

/*
 * One open source of memory. Heaps and /dev/udmabuf are opened once, not for every
 * buffer.
 */
struct memory {
	enum memory_kind kind;
	int fd;        /* owned */
	char name[80]; /* for messages and reports: "udmabuf", "heap:reserved" */
};

/*
 * Opens /dev/udmabuf (MEMORY_UDMABUF) or a heap (MEMORY_HEAP) by its name in
 * /dev/dma_heap. Returns 0, -ENOENT, -EACCES or -errno.
 */
int memory_open(struct memory *memory, enum memory_kind kind, const char *heap);
void memory_close(struct memory *memory);

/*
 * The heaps of this machine in the order they should be tried: contiguous ones by their
 * usual names, other names, the scattered ones last. Fills names, at most room of them;
 * returns how many.
 */
#define MEMORY_HEAP_NAME_SIZE 64
size_t memory_list_heaps(char (*names)[MEMORY_HEAP_NAME_SIZE], size_t room);

/* By its name: what it gives comes from the contiguous area (CMA). */
bool memory_heap_is_contiguous(const char *name);

/*
 * Makes a buffer with one dma-buf per plane. Sizes are in bytes and are rounded up to
 * pages. Returns 0, -ENOMEM, -EFBIG (beyond what MemAvailable or the udmabuf limit
 * allows: heaps have no quota, and the kernel would kill the process rather than
 * refuse), or -errno; nothing is left behind on failure.
 */
int memory_allocate(const struct memory *memory, unsigned number,
		    const uint32_t *sizes_bytes, unsigned num_planes, struct buffer *buffer);

/* A value of /proc/meminfo in bytes ("MemAvailable", "CmaFree"); 0 if it is not there. */
uint64_t memory_info_bytes(const char *field);

#endif
