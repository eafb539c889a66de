// SPDX-License-Identifier: GPL-2.0-or-later
/* The recorder: frames into files through io_uring, several at a time. */
#include "common/sink/recorder.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/base/sys.h"
#include "common/sink/ring.h"

/* Of each part: a block shared with what was before, and whole blocks. And the last block. */
#define MAX_PIECES (2 * RECORDER_MAX_PARTS + 1)

/* A write: what is left of it. */
struct piece {
	const char *start;
	size_t bytes;
	uint64_t offset;
	int memory;
	bool refused; /* direct I/O did not take it */
};

struct slot {
	int fd;
	int error;
	unsigned num_pieces;
	unsigned pending; /* of them, with the kernel */
	struct piece pieces[MAX_PIECES];
};

struct recorder {
	struct ring *ring;
	struct direct direct; /* 1, 1: there are no rules */
	unsigned num_slots;
	unsigned first; /* the oldest slot in use */
	unsigned used;
	struct slot *slots;
	char *jobs;
	size_t job_size;
	/* Copies of shared blocks. Enough that one is not needed again before it was written. */
	char *blocks;
	size_t block_room;
	unsigned num_blocks;
	unsigned block;  /* being filled */
	size_t carried;  /* bytes in it */
	uint64_t offset; /* in the file, where it begins */
	uint64_t copied; /* bytes, so far */
	int broken;      /* nothing can be submitted any more */
};

static struct slot *slot_at(const struct recorder *recorder, unsigned number)
{
	return &recorder->slots[(recorder->first + number) % recorder->num_slots];
}

static void *job_of(const struct recorder *recorder, const struct slot *slot)
{
	return recorder->jobs + (size_t)(slot - recorder->slots) * recorder->job_size;
}

static char *block_at(const struct recorder *recorder)
{
	return recorder->blocks + (size_t)recorder->block * recorder->direct.block_bytes;
}

static int allocate(struct recorder *recorder)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *blocks;

	recorder->num_blocks = recorder->num_slots * (RECORDER_MAX_PARTS + 1) + 1;
	recorder->block_room = (size_t)recorder->num_blocks * recorder->direct.block_bytes;
	recorder->block_room = (recorder->block_room + page - 1) / page * page;
	recorder->slots = calloc(recorder->num_slots, sizeof(*recorder->slots));
	recorder->jobs = calloc(recorder->num_slots, recorder->job_size);
	blocks = mmap(NULL, recorder->block_room, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	recorder->blocks = blocks == MAP_FAILED ? NULL : blocks;
	return recorder->slots && recorder->jobs && recorder->blocks ? 0 : -ENOMEM;
}

int recorder_create(unsigned num_slots, size_t job_size, const struct direct *direct,
		    struct recorder **recorder)
{
	struct recorder *made;
	int ret;

	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	made->num_slots = num_slots;
	made->job_size = job_size;
	made->direct = *direct;
	ret = allocate(made);
	if (!ret)
		ret = ring_create(num_slots * MAX_PIECES, &made->ring);
	if (ret < 0) {
		recorder_destroy(made);
		return ret;
	}
	*recorder = made;
	return 0;
}

int recorder_register(struct recorder *recorder, const struct iovec *memory, unsigned count)
{
	return ring_register(recorder->ring, memory, count);
}

int recorder_fd(const struct recorder *recorder)
{
	return ring_fd(recorder->ring);
}

void *recorder_slot(struct recorder *recorder)
{
	if (recorder->used == recorder->num_slots)
		return NULL;
	return job_of(recorder, slot_at(recorder, recorder->used));
}

/* How much of a part completes the block that is being filled. */
static size_t head_of(const struct recorder *recorder, size_t carried, size_t bytes)
{
	size_t missing = carried ? recorder->direct.block_bytes - carried : 0;

	return bytes < missing ? bytes : missing;
}

bool recorder_fits(const struct recorder *recorder, const struct recorder_part *parts,
		   unsigned count)
{
	size_t block = recorder->direct.block_bytes, carried = recorder->carried;

	for (unsigned i = 0; i < count; i++) {
		size_t head = head_of(recorder, carried, parts[i].bytes);
		size_t rest = parts[i].bytes - head;

		carried = (carried + parts[i].bytes) % block;
		if (rest >= block && ((uintptr_t)parts[i].start + head) &
					     (recorder->direct.memory_bytes - 1))
			return false;
	}
	return true;
}

static void add_piece(struct recorder *recorder, struct slot *slot, const char *start,
		      size_t bytes, int memory)
{
	slot->pieces[slot->num_pieces++] = (struct piece){
		.start = start,
		.bytes = bytes,
		.offset = recorder->offset,
		.memory = memory,
	};
	recorder->offset += bytes;
}

static void carry(struct recorder *recorder, const char *start, size_t bytes)
{
	if (!bytes)
		return;
	memcpy(block_at(recorder) + recorder->carried, start, bytes);
	recorder->carried += bytes;
	recorder->copied += bytes;
}

/* The block that was being filled is to be written with this slot. */
static void add_block(struct recorder *recorder, struct slot *slot)
{
	add_piece(recorder, slot, block_at(recorder), recorder->direct.block_bytes, -1);
	recorder->block = (recorder->block + 1) % recorder->num_blocks;
	recorder->carried = 0;
}

static void add_part(struct recorder *recorder, struct slot *slot,
		     const struct recorder_part *part)
{
	size_t block = recorder->direct.block_bytes;
	size_t head = head_of(recorder, recorder->carried, part->bytes);
	size_t rest = part->bytes - head, whole = rest - rest % block;
	const char *start = part->start;

	carry(recorder, start, head);
	if (recorder->carried == block)
		add_block(recorder, slot);
	if (whole)
		add_piece(recorder, slot, start + head, whole, part->memory);
	carry(recorder, start + head + whole, rest - whole);
}

/* What is behind the end of the file is cut off later, and shall say nothing meanwhile. */
static void fill_up(struct recorder *recorder)
{
	memset(block_at(recorder) + recorder->carried, 0,
	       recorder->direct.block_bytes - recorder->carried);
}

static void submit_piece(struct recorder *recorder, struct slot *slot, unsigned number)
{
	const struct piece *piece = &slot->pieces[number];
	uint64_t tag = (uint64_t)(slot - recorder->slots) * MAX_PIECES + number;

	ring_write(recorder->ring, slot->fd, piece->start, piece->bytes, piece->offset,
		   piece->memory, tag);
	slot->pending++;
}

/* Hands over what is noted. What a kernel does not take is lost with its slot. */
static void submit(struct recorder *recorder, struct slot *slot)
{
	int ret;

	ret = recorder->broken ? recorder->broken : ring_submit(recorder->ring);
	if (ret < 0) {
		recorder->broken = ret;
		slot->error = ret;
		slot->pending = 0;
	}
}

void recorder_submit(struct recorder *recorder, int fd, const struct recorder_part *parts,
		     unsigned count, bool ends)
{
	struct slot *slot = slot_at(recorder, recorder->used++);

	slot->fd = fd;
	slot->error = 0;
	slot->num_pieces = 0;
	slot->pending = 0;
	for (unsigned i = 0; i < count; i++)
		add_part(recorder, slot, &parts[i]);
	if (ends && recorder->carried) {
		fill_up(recorder);
		add_block(recorder, slot);
	}
	if (ends)
		recorder->offset = 0;
	for (unsigned i = 0; i < slot->num_pieces && !recorder->broken; i++)
		submit_piece(recorder, slot, i);
	if (slot->num_pieces)
		submit(recorder, slot);
}

void recorder_fail(struct recorder *recorder, int error)
{
	struct slot *slot = slot_at(recorder, recorder->used++);

	*slot = (struct slot){ .fd = -1, .error = error };
}

uint64_t recorder_copied(const struct recorder *recorder)
{
	return recorder->copied;
}

/* A write came back. One that did a part goes on with the rest. */
static void take(struct recorder *recorder, struct slot *slot, unsigned number, int result)
{
	struct piece *piece = &slot->pieces[number];

	/* Its slot was lost with another write. */
	if (!slot->pending)
		return;
	slot->pending--;
	if (result == -EINTR || result == -EAGAIN)
		result = 0;
	else if (!result)
		result = -EIO;
	if (result < 0) {
		piece->refused = result == -EINVAL || result == -EFAULT;
		slot->error = slot->error ? slot->error : result;
		return;
	}
	piece->start += result;
	piece->offset += (unsigned)result;
	piece->bytes -= (unsigned)result;
	if (piece->bytes) {
		submit_piece(recorder, slot, number);
		submit(recorder, slot);
	}
}

static void collect(struct recorder *recorder)
{
	uint64_t tag;
	int result;

	while (!ring_next(recorder->ring, &tag, &result))
		take(recorder, &recorder->slots[tag / MAX_PIECES], tag % MAX_PIECES, result);
}

void *recorder_done(struct recorder *recorder, int *error)
{
	struct slot *slot = slot_at(recorder, 0);

	if (!recorder->used)
		return NULL;
	if (slot->pending)
		collect(recorder);
	if (slot->pending)
		return NULL;
	*error = slot->error;
	return job_of(recorder, slot);
}

void recorder_release(struct recorder *recorder)
{
	recorder->first = (recorder->first + 1) % recorder->num_slots;
	recorder->used--;
}

void *recorder_stuck(struct recorder *recorder)
{
	return recorder->used ? job_of(recorder, slot_at(recorder, 0)) : NULL;
}

static bool is_settled(const struct recorder *recorder)
{
	for (unsigned i = 0; i < recorder->used; i++)
		if (slot_at(recorder, i)->pending)
			return false;
	return true;
}

int recorder_settle(struct recorder *recorder, unsigned timeout_ms)
{
	uint64_t until_ns = sys_monotonic_ns() + UINT64_C(1000000) * timeout_ms, now_ns;
	int ret = 0;

	collect(recorder);
	while (!ret && !is_settled(recorder)) {
		now_ns = sys_monotonic_ns();
		if (now_ns >= until_ns)
			return -ETIMEDOUT;
		ret = ring_wait(recorder->ring,
				(unsigned)((until_ns - now_ns) / 1000000) + 1);
		collect(recorder);
	}
	return is_settled(recorder) ? 0 : ret;
}

bool recorder_is_direct(const struct recorder *recorder)
{
	return recorder->direct.block_bytes > 1;
}

bool recorder_is_shared(const struct recorder *recorder, uint64_t offset)
{
	return offset % recorder->direct.block_bytes != 0;
}

static int write_at(int fd, const char *start, size_t bytes, uint64_t offset)
{
	ssize_t written;

	while (bytes) {
		written = pwrite(fd, start, bytes, (off_t)offset);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return written < 0 ? -errno : -EIO;
		start += written;
		offset += (uint64_t)written;
		bytes -= (size_t)written;
	}
	return 0;
}

static bool is_refused(const struct slot *slot)
{
	for (unsigned i = 0; i < slot->num_pieces; i++)
		if (slot->pieces[i].refused)
			return true;
	return false;
}

/* Writes what direct I/O refused of a job. */
static void write_refused(struct slot *slot)
{
	int ret = 0;

	for (unsigned i = 0; i < slot->num_pieces && !ret; i++) {
		const struct piece *piece = &slot->pieces[i];

		if (piece->refused)
			ret = write_at(slot->fd, piece->start, piece->bytes, piece->offset);
	}
	slot->error = ret;
	slot->num_pieces = 0;
}

int recorder_go_buffered(struct recorder *recorder, int fd, unsigned timeout_ms)
{
	int ret;

	/* A page of the cache and a block of the disk must not be written at once. */
	ret = recorder_settle(recorder, timeout_ms);
	for (unsigned i = 0; i < recorder->used && !ret; i++) {
		struct slot *slot = slot_at(recorder, i);

		if (slot->fd >= 0)
			ret = direct_switch(slot->fd, false);
		if (!ret && is_refused(slot))
			write_refused(slot);
	}
	if (!ret && fd >= 0)
		ret = direct_switch(fd, false);
	if (!ret && recorder->carried)
		ret = write_at(fd, block_at(recorder), recorder->carried, recorder->offset);
	if (ret < 0)
		return ret;
	recorder->offset += recorder->carried;
	recorder->carried = 0;
	recorder->direct = (struct direct){ 1, 1 };
	return 0;
}

int recorder_end(struct recorder *recorder, int fd)
{
	int ret;

	if (!recorder->carried)
		return 0;
	fill_up(recorder);
	ret = write_at(fd, block_at(recorder), recorder->direct.block_bytes,
		       recorder->offset);
	if (!ret)
		recorder->carried = 0;
	return ret;
}

void recorder_destroy(struct recorder *recorder)
{
	if (!recorder)
		return;
	ring_destroy(recorder->ring);
	if (recorder->blocks)
		munmap(recorder->blocks, recorder->block_room);
	free(recorder->jobs);
	free(recorder->slots);
	free(recorder);
}
