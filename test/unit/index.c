// SPDX-License-Identifier: GPL-2.0-or-later
/* The index cache: each dma-buf comes back to its index, and none is queued twice. */
#include "common/buffer/index.h"

#include <errno.h>

#include "test/unit/test.h"

static struct index_cache cache;

/* A buffer whose planes are the dma-bufs of these inodes; 0 ends the list. */
static struct buffer make(unsigned number, ino_t first, ino_t second)
{
	static int next_fd = 100;
	struct buffer buffer;
	const ino_t inodes[] = { first, second };

	buffer_init(&buffer, number, BUFFER_UDMABUF);
	for (unsigned i = 0; i < 2 && inodes[i]; i++) {
		buffer.planes[i].fd = next_fd++;
		buffer.planes[i].length_bytes = 4096;
		buffer.planes[i].identity.device = 9;
		buffer.planes[i].identity.inode = inodes[i];
		buffer.num_planes++;
	}
	return buffer;
}

static void check_counts(uint64_t hits, uint64_t misses)
{
	CHECK_EQ(cache.hits, hits);
	CHECK_EQ(cache.misses, misses);
}

static void test_own_index(void)
{
	struct buffer one = make(0, 1, 0), two = make(1, 2, 0), three = make(2, 3, 0);
	struct buffer dup;

	test_case("index: each buffer gets one of its own, and comes back to it");
	memset(&cache, 0xff, sizeof(cache));
	index_init(&cache, 3);
	CHECK_EQ(index_take(&cache, &three), 0);
	CHECK_EQ(index_take(&cache, &one), 1);
	CHECK_EQ(index_take(&cache, &two), 2);
	check_counts(0, 3);
	for (unsigned i = 0; i < 3; i++)
		CHECK(index_release(&cache, i) != NULL);
	CHECK_EQ(index_take(&cache, &one), 1);
	CHECK_EQ(index_take(&cache, &two), 2);
	CHECK_EQ(index_take(&cache, &three), 0);
	check_counts(3, 3);

	test_case("index: released once, to the buffer that was there");
	CHECK(index_release(&cache, 1) == &one);
	CHECK(!index_release(&cache, 1));
	CHECK(index_release(&cache, 0) == &three);

	test_case("index: known by the kernel's object, not by the descriptor's number");
	dup = make(7, 1, 0);
	CHECK(dup.planes[0].fd != one.planes[0].fd);
	CHECK_EQ(index_take(&cache, &dup), 1);
	check_counts(4, 3);
	CHECK(index_release(&cache, 1) == &dup);
	dup.planes[0].identity.device++;
	CHECK_EQ(index_take(&cache, &dup), 0);
	check_counts(4, 4);
}

static void test_order(void)
{
	struct buffer one = make(0, 1, 0), two = make(1, 2, 0), three = make(2, 3, 0);
	struct buffer four = make(3, 4, 0), five = make(4, 5, 0);

	test_case("index: never used ones first, then the one used longest ago");
	index_init(&cache, 3);
	CHECK_EQ(index_take(&cache, &one), 0);
	index_release(&cache, 0);
	CHECK_EQ(index_take(&cache, &two), 1);
	index_release(&cache, 1);
	CHECK_EQ(index_take(&cache, &one), 0);
	index_release(&cache, 0);
	CHECK_EQ(index_take(&cache, &three), 2);
	index_release(&cache, 2);
	CHECK_EQ(index_take(&cache, &four), 1);
	CHECK_EQ(index_take(&cache, &five), 0);
	check_counts(1, 5);

	test_case("index: a busy one is never taken from its buffer");
	CHECK_EQ(index_take(&cache, &one), 2);
	CHECK_EQ(index_take(&cache, &two), -ENOBUFS);
	CHECK_EQ(index_take(&cache, &three), -ENOBUFS);
	check_counts(1, 6);
	CHECK(index_release(&cache, 0) == &five);
	CHECK_EQ(index_take(&cache, &two), 0);
}

static void test_busy(void)
{
	struct buffer one = make(0, 1, 2), same = make(1, 1, 2), half = make(2, 3, 2);
	struct buffer longer = make(3, 1, 2), other = make(4, 3, 0);

	test_case("index: memory that is queued is not queued again");
	index_init(&cache, 4);
	CHECK_EQ(index_take(&cache, &one), 0);
	CHECK_EQ(index_take(&cache, &one), -EBUSY);
	CHECK_EQ(index_take(&cache, &same), -EBUSY);
	longer.planes[1].length_bytes = 8192;
	CHECK_EQ(index_take(&cache, &longer), -EBUSY);
	check_counts(0, 1);

	test_case("index: nor is a plane of it, in another place or buffer");
	CHECK_EQ(index_take(&cache, &half), -EBUSY);
	half = make(2, 2, 3);
	CHECK_EQ(index_take(&cache, &half), -EBUSY);
	CHECK_EQ(index_take(&cache, &other), 1);
	CHECK(index_release(&cache, 1) == &other);
	CHECK_EQ(index_take(&cache, &other), 1);
	check_counts(1, 2);

	test_case("index: another length of idle memory is a new mapping under the same index");
	CHECK(index_release(&cache, 0) == &one);
	CHECK_EQ(index_take(&cache, &longer), 0);
	check_counts(1, 3);
	CHECK(index_release(&cache, 0) == &longer);
	CHECK_EQ(index_take(&cache, &one), 0);
	check_counts(1, 4);
}

/* Two ways to combine planes must not both be remembered: one may be busy, then the other. */
static void test_shared_plane(void)
{
	struct buffer one = make(0, 1, 2), half = make(1, 3, 2);

	test_case("index: one that shares a plane makes the other forgotten");
	index_init(&cache, 4);
	CHECK_EQ(index_take(&cache, &one), 0);
	CHECK(index_release(&cache, 0) == &one);
	CHECK_EQ(index_take(&cache, &half), 0);
	CHECK_EQ(index_take(&cache, &one), -EBUSY);
	CHECK(index_release(&cache, 0) == &half);
	CHECK_EQ(index_take(&cache, &one), 0);
	check_counts(0, 3);
}

static void test_release(void)
{
	struct buffer one = make(0, 1, 0), two = make(1, 2, 0);

	test_case("index: nothing comes from an index that is idle or not there");
	index_init(&cache, 2);
	CHECK_EQ(index_take(&cache, &one), 0);
	CHECK(!index_release(&cache, 1));
	CHECK(!index_release(&cache, 2));
	CHECK(!index_release(&cache, INDEX_MAX));
	CHECK(!index_release(&cache, UINT32_MAX));

	test_case("index: all are idle after a stop, and still remembered");
	CHECK_EQ(index_take(&cache, &two), 1);
	index_release_all(&cache);
	CHECK(!index_release(&cache, 0));
	CHECK(!index_release(&cache, 1));
	CHECK_EQ(index_take(&cache, &two), 1);
	CHECK_EQ(index_take(&cache, &one), 0);
	check_counts(2, 2);
}

static void test_forget(void)
{
	struct buffer one = make(0, 1, 0), two = make(1, 2, 0), three = make(2, 3, 0);

	test_case("index: forgotten ones make room, busy and unknown ones can't be");
	index_init(&cache, 2);
	CHECK_EQ(index_take(&cache, &one), 0);
	CHECK_EQ(index_take(&cache, &two), 1);
	CHECK_EQ(index_forget(&cache, &two), -EBUSY);
	CHECK_EQ(index_forget(&cache, &three), -ENOENT);
	index_release(&cache, 0);
	index_release(&cache, 1);
	CHECK_EQ(index_forget(&cache, &two), 0);
	CHECK_EQ(index_forget(&cache, &two), -ENOENT);
	/* Index 0 was used longer ago, but 1 remembers nothing. */
	CHECK_EQ(index_take(&cache, &three), 1);
	CHECK_EQ(index_take(&cache, &one), 0);
	check_counts(1, 3);
}

static void test_bounds(void)
{
	static struct {
		struct index_cache cache;
		struct index_entry beyond;
	} walled;
	struct buffer buffers[INDEX_MAX + 1], device;

	test_case("index: as many as the kernel can have, no more");
	index_init(&cache, INDEX_MAX + 8);
	CHECK_EQ(cache.count, INDEX_MAX);
	for (unsigned i = 0; i <= INDEX_MAX; i++)
		buffers[i] = make(i, i + 1, 0);
	for (int i = 0; i < INDEX_MAX; i++)
		CHECK_EQ(index_take(&cache, &buffers[i]), i);
	CHECK_EQ(index_take(&cache, &buffers[INDEX_MAX]), -ENOBUFS);
	CHECK(index_release(&cache, INDEX_MAX - 1) == &buffers[INDEX_MAX - 1]);
	index_release_all(&cache);
	CHECK_EQ(index_take(&cache, &buffers[INDEX_MAX]), 0);
	index_init(&cache, 0);
	CHECK_EQ(index_take(&cache, &buffers[0]), -ENOBUFS);

	test_case("index: what lies behind the last one is not looked at");
	walled.beyond.buffer = &buffers[1];
	walled.beyond.num_planes = 1;
	walled.beyond.identities[0] = buffers[0].planes[0].identity;
	walled.beyond.lengths[0] = buffers[0].planes[0].length_bytes;
	index_init(&walled.cache, INDEX_MAX);
	CHECK(!index_release(&walled.cache, INDEX_MAX));
	index_release_all(&walled.cache);
	CHECK(walled.beyond.buffer == &buffers[1]);
	CHECK_EQ(index_forget(&walled.cache, &buffers[0]), -ENOENT);
	CHECK_EQ(index_take(&walled.cache, &buffers[0]), 0);
	CHECK_EQ(walled.cache.misses, 1);

	test_case("index: as many planes as a buffer can have");
	index_init(&cache, 2);
	device = make(0, 1, 2);
	device.num_planes = BUFFER_MAX_PLANES;
	device.planes[2].fd = device.planes[3].fd = 0;
	device.planes[2].identity.inode = 3;
	device.planes[3].identity.inode = 4;
	CHECK_EQ(index_take(&cache, &device), 0);
	index_release_all(&cache);
	device.planes[3].identity.inode = 5;
	CHECK_EQ(index_take(&cache, &device), 0);
	check_counts(0, 2);

	test_case("index: what has no dma-buf can't be imported");
	index_init(&cache, 4);
	device = make(0, 1, 2);
	device.planes[1].fd = -1;
	CHECK_EQ(index_take(&cache, &device), -EINVAL);
	device = make(0, 1, 2);
	device.planes[0].fd = -1;
	CHECK_EQ(index_take(&cache, &device), -EINVAL);
	buffer_init(&device, 0, BUFFER_DEVICE);
	CHECK_EQ(index_take(&cache, &device), -EINVAL);
	check_counts(0, 0);
}

/* A small generator, so that a failure can be repeated. */
static unsigned draw(unsigned below)
{
	static uint32_t state = 1;

	state = state * 1664525 + 1013904223;
	return (state >> 16) % below;
}

/* Memory that is queued now, by inode, must be under one index only. */
static void check_exclusive(void)
{
	unsigned users[5] = { 0 };

	for (unsigned i = 0; i < cache.count; i++)
		for (unsigned k = 0;
		     cache.entries[i].buffer && k < cache.entries[i].num_planes; k++)
			users[cache.entries[i].identities[k].inode]++;
	for (unsigned i = 0; i < 5; i++)
		CHECK(users[i] <= 1);
}

/* Any take, release and forget over all pairs of four dma-bufs, against plain bookkeeping. */
static void test_any_order(void)
{
	struct buffer buffers[16];
	struct buffer *busy[INDEX_MAX] = { NULL };
	unsigned failed;

	test_case("index: in any order of calls no memory is queued twice");
	failed = test_state.failed_checks;
	for (unsigned i = 0; i < 16; i++)
		buffers[i] = make(i % 5, i / 4 + 1, i / 4 == i % 4 ? 0 : i % 4 + 1);
	index_init(&cache, 3);
	for (unsigned step = 0; step < 50000 && test_state.failed_checks == failed; step++) {
		struct buffer *buffer = &buffers[draw(16)];
		unsigned index = draw(4);
		int ret;

		switch (draw(8)) {
		case 0:
			index_forget(&cache, buffer);
			break;
		case 1:
		case 2:
		case 3:
			CHECK(index_release(&cache, index) == busy[index]);
			busy[index] = NULL;
			break;
		default:
			ret = index_take(&cache, buffer);
			if (ret < 0)
				break;
			CHECK(!busy[ret]);
			busy[ret] = buffer;
			CHECK(cache.entries[ret].buffer == buffer);
		}
		check_exclusive();
	}
	CHECK(cache.hits > 1000);
	CHECK(cache.misses > 1000);
}

int main(void)
{
	test_own_index();
	test_order();
	test_busy();
	test_shared_plane();
	test_release();
	test_forget();
	test_bounds();
	test_any_order();
	return test_done();
}
