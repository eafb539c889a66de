// SPDX-License-Identifier: GPL-2.0-or-later
/* The index cache: keeps each dma-buf on the same V4L2 buffer index of a node. */
#include "common/buffer/index.h"

#include <errno.h>
#include <stddef.h>

void index_init(struct index_cache *cache, unsigned count)
{
	*cache = (struct index_cache){ .count = count < INDEX_MAX ? count : INDEX_MAX };
}

/* The kernel will find the mapping that it made last time. */
static bool remembers(const struct index_entry *entry, const struct buffer *buffer)
{
	if (entry->num_planes != buffer->num_planes || !entry->num_planes)
		return false;
	for (unsigned i = 0; i < buffer->num_planes; i++)
		if (!buffer_identity_equal(&entry->identities[i], &buffer->planes[i].identity) ||
		    entry->lengths[i] != buffer->planes[i].length_bytes)
			return false;
	return true;
}

/* Some memory of the buffer is that of the entry, in whatever plane and length. */
static bool overlaps(const struct index_entry *entry, const struct buffer *buffer)
{
	for (unsigned i = 0; i < entry->num_planes; i++)
		for (unsigned k = 0; k < buffer->num_planes; k++)
			if (buffer_identity_equal(&entry->identities[i],
						  &buffer->planes[k].identity))
				return true;
	return false;
}

static void remember(struct index_entry *entry, const struct buffer *buffer)
{
	entry->num_planes = buffer->num_planes;
	for (unsigned i = 0; i < buffer->num_planes; i++) {
		entry->identities[i] = buffer->planes[i].identity;
		entry->lengths[i] = buffer->planes[i].length_bytes;
	}
}

/* The entry that remembers this very buffer; NULL if there is none. */
static struct index_entry *find(struct index_cache *cache, const struct buffer *buffer)
{
	struct index_entry *entry;

	/* A pool that was queued in its order has the same numbers here as there. */
	if (buffer->number < cache->count) {
		entry = &cache->entries[buffer->number];
		if (remembers(entry, buffer))
			return entry;
	}
	for (entry = cache->entries; entry < cache->entries + cache->count; entry++)
		if (remembers(entry, buffer))
			return entry;
	return NULL;
}

/*
 * Forgets whatever shares memory with a buffer, so that memory has one entry at most.
 * -EBUSY if some of that is queued, -ENOENT if there was nothing.
 */
static int forget_overlaps(struct index_cache *cache, const struct buffer *buffer)
{
	int ret = -ENOENT;

	for (unsigned i = 0; i < cache->count; i++)
		if (cache->entries[i].buffer && overlaps(&cache->entries[i], buffer))
			return -EBUSY;
	for (unsigned i = 0; i < cache->count; i++) {
		if (overlaps(&cache->entries[i], buffer)) {
			cache->entries[i].num_planes = 0;
			ret = 0;
		}
	}
	return ret;
}

/* An idle entry: the first that remembers nothing, else the one used longest ago. */
static struct index_entry *find_idle(struct index_cache *cache)
{
	struct index_entry *oldest = NULL;

	for (unsigned i = 0; i < cache->count; i++) {
		struct index_entry *entry = &cache->entries[i];

		if (!entry->num_planes)
			return entry;
		if (!entry->buffer && (!oldest || entry->last_use < oldest->last_use))
			oldest = entry;
	}
	return oldest;
}

static bool is_importable(const struct buffer *buffer)
{
	for (unsigned i = 0; i < buffer->num_planes; i++)
		if (buffer->planes[i].fd < 0)
			return false;
	return buffer->num_planes;
}

int index_take(struct index_cache *cache, struct buffer *buffer)
{
	struct index_entry *entry;

	entry = find(cache, buffer);
	if (entry) {
		if (entry->buffer)
			return -EBUSY;
		cache->hits++;
	} else {
		if (!is_importable(buffer))
			return -EINVAL;
		if (forget_overlaps(cache, buffer) == -EBUSY)
			return -EBUSY;
		entry = find_idle(cache);
		if (!entry)
			return -ENOBUFS;
		remember(entry, buffer);
		cache->misses++;
	}
	entry->buffer = buffer;
	entry->last_use = ++cache->clock;
	return (int)(entry - cache->entries);
}

struct buffer *index_release(struct index_cache *cache, unsigned index)
{
	struct buffer *buffer;

	if (index >= cache->count)
		return NULL;
	buffer = cache->entries[index].buffer;
	cache->entries[index].buffer = NULL;
	return buffer;
}

void index_release_all(struct index_cache *cache)
{
	for (unsigned i = 0; i < cache->count; i++)
		cache->entries[i].buffer = NULL;
}

int index_forget(struct index_cache *cache, const struct buffer *buffer)
{
	return forget_overlaps(cache, buffer);
}
