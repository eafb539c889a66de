// SPDX-License-Identifier: GPL-2.0-or-later
/* Writes that the kernel does while we go on: io_uring, through liburing. */
#include "common/sink/ring.h"

#include <errno.h>

#ifdef HAVE_LIBURING

#include <liburing.h>
#include <stdlib.h>

#define NOBODY UINT64_MAX

/* liburing 2.2 and earlier do not know it; kernels do from Linux 5.19 on. */
#ifndef IORING_SETUP_COOP_TASKRUN
#define IORING_SETUP_COOP_TASKRUN (1u << 8)
#endif

struct ring {
	struct io_uring uring;
};

int ring_create(unsigned num_writes, struct ring **ring)
{
	struct ring *made;
	int ret;

	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	ret = io_uring_queue_init(num_writes, &made->uring, IORING_SETUP_COOP_TASKRUN);
	if (ret == -EINVAL)
		ret = io_uring_queue_init(num_writes, &made->uring, 0);
	if (ret < 0) {
		free(made);
		return ret;
	}
	*ring = made;
	return 0;
}

int ring_register(struct ring *ring, const struct iovec *memory, unsigned count)
{
	return io_uring_register_buffers(&ring->uring, memory, count);
}

int ring_fd(const struct ring *ring)
{
	return ring->uring.ring_fd;
}

void ring_write(struct ring *ring, int fd, const void *start, size_t bytes,
		uint64_t offset, int memory, uint64_t tag)
{
	struct io_uring_sqe *entry = io_uring_get_sqe(&ring->uring);

	if (memory >= 0)
		io_uring_prep_write_fixed(entry, fd, start, (unsigned)bytes, offset, memory);
	else
		io_uring_prep_write(entry, fd, start, (unsigned)bytes, offset);
	io_uring_sqe_set_data64(entry, tag);
}

/* What the kernel did not take stays in the queue: it must not touch memory any more. */
static void forget(struct ring *ring)
{
	struct io_uring_sq *queue = &ring->uring.sq;

	for (unsigned at = *queue->khead; at != queue->sqe_tail; at++) {
		struct io_uring_sqe *entry = &queue->sqes[at & *queue->kring_mask];

		io_uring_prep_nop(entry);
		io_uring_sqe_set_data64(entry, NOBODY);
	}
}

int ring_submit(struct ring *ring)
{
	int ret;

	do
		ret = io_uring_submit(&ring->uring);
	while (ret == -EINTR || (ret >= 0 && io_uring_sq_ready(&ring->uring)));
	if (ret < 0)
		forget(ring);
	return ret < 0 ? ret : 0;
}

int ring_next(struct ring *ring, uint64_t *tag, int *result)
{
	struct io_uring_cqe *entry;

	do {
		if (io_uring_peek_cqe(&ring->uring, &entry) < 0)
			return -EAGAIN;
		*tag = io_uring_cqe_get_data64(entry);
		*result = entry->res;
		io_uring_cqe_seen(&ring->uring, entry);
	} while (*tag == NOBODY);
	return 0;
}

int ring_wait(struct ring *ring, unsigned timeout_ms)
{
	struct __kernel_timespec limit = {
		.tv_sec = timeout_ms / 1000,
		.tv_nsec = timeout_ms % 1000 * 1000000ll,
	};
	struct io_uring_cqe *entry;
	int ret;

	do
		ret = io_uring_wait_cqe_timeout(&ring->uring, &entry, &limit);
	while (ret == -EINTR);
	return ret == -ETIME ? -ETIMEDOUT : ret;
}

void ring_destroy(struct ring *ring)
{
	if (!ring)
		return;
	io_uring_queue_exit(&ring->uring);
	free(ring);
}

#else

int ring_create(unsigned num_writes, struct ring **ring)
{
	return -ENOSYS;
}

int ring_register(struct ring *ring, const struct iovec *memory, unsigned count)
{
	return -ENOSYS;
}

int ring_fd(const struct ring *ring)
{
	return -1;
}

void ring_write(struct ring *ring, int fd, const void *start, size_t bytes,
		uint64_t offset, int memory, uint64_t tag)
{
}

int ring_submit(struct ring *ring)
{
	return -ENOSYS;
}

int ring_next(struct ring *ring, uint64_t *tag, int *result)
{
	return -EAGAIN;
}

int ring_wait(struct ring *ring, unsigned timeout_ms)
{
	return -ENOSYS;
}

void ring_destroy(struct ring *ring)
{
}

#endif
