// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The recorder: order, shared blocks, what direct I/O refuses. Blocks are as small as these tests
 * want them, for the file need not be O_DIRECT.
 */
#include "common/sink/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test/unit/test.h"

#define BLOCK     512
#define NUM_SLOTS 3
#define ROOM      (1u << 16)

static struct recorder *recorder;
static unsigned char *memory; /* pages */
static unsigned char wanted[4 * ROOM], got[4 * ROOM + 1];
static size_t wanted_bytes;
static char path[] = "/tmp/rawline-recorder-XXXXXX";
static int fd = -1;
static unsigned next_job, done_jobs;

/* Begins a case with an empty file; false if there is no io_uring here. */
static bool begin(const char *name, uint32_t block, uint32_t align)
{
	const struct direct direct = { block, align };
	int ret;

	test_case(name);
	recorder_destroy(recorder);
	recorder = NULL;
	close(fd);
	fd = open(path, O_WRONLY | O_TRUNC);
	wanted_bytes = 0;
	next_job = done_jobs = 0;
	ret = recorder_create(NUM_SLOTS, sizeof(unsigned), &direct, &recorder);
	if (ret == -ENOSYS || ret == -EPERM || ret == -ENOMEM) {
		test_skip("no io_uring");
		return false;
	}
	return CHECK_EQ(ret, 0);
}

static void fill(size_t start, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		memory[start + i] = (unsigned char)(next_job * 37 + i * 5 + i / 251);
}

static void expect(size_t start, size_t bytes)
{
	memcpy(wanted + wanted_bytes, memory + start, bytes);
	wanted_bytes += bytes;
}

static struct recorder_part part_at(size_t start, size_t bytes)
{
	fill(start, bytes);
	expect(start, bytes);
	return (struct recorder_part){ memory + start, bytes, -1 };
}

static void submit(const struct recorder_part *parts, unsigned count, bool ends)
{
	unsigned *job = recorder_slot(recorder);

	if (!CHECK(job != NULL))
		return;
	*job = next_job++;
	recorder_submit(recorder, fd, parts, count, ends);
}

/* Waits for the next one, which must be the oldest. Returns its error. */
static int take(void)
{
	struct pollfd waited = { .fd = recorder_fd(recorder), .events = POLLIN };
	unsigned *job;
	int error;

	while (!(job = recorder_done(recorder, &error)))
		if (poll(&waited, 1, 20000) <= 0)
			abort();
	CHECK_EQ(*job, done_jobs);
	done_jobs++;
	recorder_release(recorder);
	return error;
}

static size_t file_bytes(void)
{
	int file = open(path, O_RDONLY);
	ssize_t length = read(file, got, sizeof(got));

	close(file);
	return length < 0 ? 0 : (size_t)length;
}

/* The file is what was given, and zeros behind it to the end of a block. */
static void check_file(void)
{
	size_t bytes = file_bytes();

	CHECK_EQ(bytes, (wanted_bytes + BLOCK - 1) / BLOCK * BLOCK);
	CHECK(memcmp(got, wanted, wanted_bytes) == 0);
	for (size_t i = wanted_bytes; i < bytes; i++)
		if (!CHECK_EQ(got[i], 0))
			return;
}

static void whole_blocks(void)
{
	struct recorder_part part;

	if (!begin("whole blocks are written from where they are", BLOCK, BLOCK))
		return;
	for (unsigned i = 0; i < 20; i++) {
		/* Memory of a job may be used again once it is through. */
		if (i >= NUM_SLOTS)
			CHECK_EQ(take(), 0);
		part = part_at(i % NUM_SLOTS * 8192, 4096);
		CHECK(recorder_fits(recorder, &part, 1));
		submit(&part, 1, false);
	}
	for (unsigned i = 0; i < NUM_SLOTS; i++)
		CHECK_EQ(take(), 0);
	CHECK_EQ(recorder_copied(recorder), 0);
	CHECK(!recorder_is_shared(recorder, 4096));
	CHECK_EQ(recorder_end(recorder, fd), 0);
	check_file();
}

static void shared_blocks(void)
{
	struct recorder_part parts[2];

	if (!begin("what is no whole block goes with the next frame, or at the end", BLOCK, 4))
		return;
	for (unsigned i = 0; i < 30; i++) {
		if (i >= NUM_SLOTS)
			CHECK_EQ(take(), 0);
		parts[0] = part_at(i % NUM_SLOTS * 16384, 3000);
		parts[1] = part_at(i % NUM_SLOTS * 16384 + 8192, 1000 + 4 * i);
		CHECK(recorder_fits(recorder, parts, 2));
		submit(parts, 2, false);
	}
	for (unsigned i = 0; i < NUM_SLOTS; i++)
		CHECK_EQ(take(), 0);
	CHECK(recorder_is_shared(recorder, wanted_bytes));
	/* Less than two blocks of each part. */
	CHECK(recorder_copied(recorder) > 0);
	CHECK(recorder_copied(recorder) < 60 * 2 * BLOCK);
	CHECK_EQ(recorder_end(recorder, fd), 0);
	check_file();
}

static void tiny_frames(void)
{
	struct recorder_part part;

	if (!begin("frames smaller than a block, and parts without bytes", BLOCK, 4))
		return;
	for (unsigned i = 0; i < 40; i++) {
		part = part_at(0, i % 3 * 50);
		submit(&part, 1, false);
		CHECK_EQ(take(), 0);
	}
	CHECK_EQ(recorder_end(recorder, fd), 0);
	check_file();
}

static void own_files(void)
{
	struct recorder_part part;

	if (!begin("each job in a file of its own", BLOCK, BLOCK))
		return;
	for (unsigned i = 0; i < 5; i++) {
		wanted_bytes = 0;
		part = part_at(0, 2000 + 300 * i);
		CHECK(recorder_fits(recorder, &part, 1));
		submit(&part, 1, true);
		CHECK_EQ(take(), 0);
		check_file();
	}
}

static void slots(void)
{
	struct recorder_part part;

	if (!begin("slots: as many as were asked for, and free again", BLOCK, BLOCK))
		return;
	part = part_at(0, BLOCK);
	for (unsigned i = 0; i < NUM_SLOTS; i++)
		submit(&part, 1, false);
	CHECK(recorder_slot(recorder) == NULL);
	CHECK_EQ(take(), 0);
	CHECK(recorder_slot(recorder) != NULL);
	CHECK_EQ(recorder_settle(recorder, 20000), 0);
	CHECK_EQ(take(), 0);
	CHECK_EQ(take(), 0);
	CHECK(recorder_stuck(recorder) == NULL);
}

static void odd_memory(void)
{
	struct recorder_part part;

	if (!begin("memory at odd places does not fit", BLOCK, BLOCK))
		return;
	part = (struct recorder_part){ memory + 4, 4 * BLOCK, -1 };
	CHECK(!recorder_fits(recorder, &part, 1));
	part.bytes = BLOCK - 1; /* copied anyway */
	CHECK(recorder_fits(recorder, &part, 1));
	part = part_at(0, BLOCK + 100);
	submit(&part, 1, false);
	CHECK_EQ(take(), 0);
	part = (struct recorder_part){ memory, 4 * BLOCK, -1 };
	CHECK(!recorder_fits(recorder, &part, 1));
	part.start = memory + 100; /* where the block that is begun ends */
	CHECK(recorder_fits(recorder, &part, 1));
}

static void buffered(void)
{
	struct recorder_part part;

	if (!begin("going on without direct I/O loses no byte", BLOCK, 4))
		return;
	for (unsigned i = 0; i < 6; i++) {
		if (i == 2) {
			CHECK_EQ(recorder_go_buffered(recorder, fd, 20000), 0);
			CHECK(!recorder_is_direct(recorder));
		}
		if (i >= NUM_SLOTS)
			CHECK_EQ(take(), 0);
		part = part_at(i % NUM_SLOTS * 8192 + (i >= 2), 1111 + i);
		CHECK(i < 2 || recorder_fits(recorder, &part, 1));
		submit(&part, 1, false);
	}
	for (unsigned i = 0; i < NUM_SLOTS; i++)
		CHECK_EQ(take(), 0);
	CHECK_EQ(recorder_end(recorder, fd), 0);
	CHECK_EQ(file_bytes(), wanted_bytes);
	CHECK(memcmp(got, wanted, wanted_bytes) == 0);
}

static void refused(void)
{
	struct recorder_part part;
	int error = 0;

	if (!begin("what direct I/O refuses is written all the same", 1024, 1))
		return;
	if (direct_switch(fd, true) < 0) {
		test_skip("no direct I/O in /tmp");
		return;
	}
	for (unsigned i = 0; i < NUM_SLOTS; i++) {
		part = part_at(i * 8192 + 1, 2048);
		submit(&part, 1, false);
	}
	CHECK_EQ(recorder_settle(recorder, 20000), 0);
	CHECK(recorder_done(recorder, &error) != NULL);
	CHECK(error == 0 || error == -EINVAL);
	CHECK_EQ(recorder_go_buffered(recorder, fd, 20000), 0);
	for (unsigned i = 0; i < NUM_SLOTS; i++)
		CHECK_EQ(take(), 0);
	CHECK_EQ(fcntl(fd, F_GETFL) & O_DIRECT, 0);
	check_file();
}

static void failures(void)
{
	struct recorder_part part;
	unsigned *job;

	if (!begin("failures come out in their turn", BLOCK, BLOCK))
		return;
	part = part_at(0, BLOCK);
	submit(&part, 1, false);
	job = recorder_slot(recorder);
	*job = next_job++;
	recorder_fail(recorder, -ENOSPC);
	close(fd);
	fd = open(path, O_RDONLY);
	submit(&part, 1, false);
	CHECK_EQ(take(), 0);
	CHECK_EQ(take(), -ENOSPC);
	CHECK_EQ(take(), -EBADF);
}

static void registered(void)
{
	const struct iovec all = { memory, ROOM };
	struct recorder_part part;

	if (!begin("memory that is registered", BLOCK, 4))
		return;
	if (recorder_register(recorder, &all, 1) < 0) {
		test_skip("no memory may be registered");
		return;
	}
	for (unsigned i = 0; i < 8; i++) {
		part = part_at(8192, 5000);
		part.memory = 0;
		submit(&part, 1, false);
		CHECK_EQ(take(), 0);
	}
	CHECK_EQ(recorder_end(recorder, fd), 0);
	check_file();
}

int main(void)
{
	memory = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	fd = mkstemp(path);
	if (memory == MAP_FAILED || fd < 0)
		return 1;
	whole_blocks();
	shared_blocks();
	tiny_frames();
	own_files();
	slots();
	odd_memory();
	buffered();
	refused();
	failures();
	registered();
	recorder_destroy(recorder);
	close(fd);
	unlink(path);
	return test_done();
}
