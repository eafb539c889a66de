/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory for one frame: planes, mapping, dma-buf descriptors, CPU access, and in whose
 * hands it is.
 *
 * Rests on Documentation/driver-api/dma-buf.rst and userspace-api/media/v4l/dmabuf.rst.
 * Needs Linux 5.3: since then each dma-buf has an inode of its own to be known by.
 */
#ifndef RAWLINE_BUFFER_H
#define RAWLINE_BUFFER_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define BUFFER_MAX_PLANES 4

enum buffer_memory {
	BUFFER_DEVICE,  /* allocated by the video node that fills it (V4L2_MEMORY_MMAP) */
	BUFFER_UDMABUF, /* pages of a memfd */
	BUFFER_HEAP,    /* a dma-heap */
	BUFFER_IMPORTED, /* a dma-buf that somebody else gave us */
};

/* A buffer is in one of these at any time; buffer_move() takes it to the next. */
enum buffer_state {
	BUFFER_FREE,   /* with its stream: may be queued */
	BUFFER_QUEUED, /* given to a stream: a driver is to fill it or to read it */
	BUFFER_HELD,   /* filled; a request, a sink or an algorithm has it */
};

/* The kernel object behind a dma-buf: equal for all descriptors of it, whatever their numbers. */
struct buffer_identity {
	dev_t device;
	ino_t inode;
};

struct buffer_plane {
	int fd;    /* dma-buf; owned; -1: not exported (only BUFFER_DEVICE) */
	int memfd; /* pages behind a udmabuf; owned; -1 for other memory */
	uint32_t length_bytes;
	struct buffer_identity identity; /* of fd; zero while that is -1 */
	void *map;                       /* NULL: not mapped */
};

struct buffer {
	unsigned number; /* place in its pool, stable for its whole life */
	enum buffer_memory memory;
	enum buffer_state state;
	unsigned num_planes;
	struct buffer_plane planes[BUFFER_MAX_PLANES];
	struct buffer *next; /* in the one queue that has it (queue.h) */
	void *owner;         /* the stream it returns to; not looked into here */
};

/* An empty buffer without planes. */
void buffer_init(struct buffer *buffer, unsigned number, enum buffer_memory memory);

/* Unmaps and closes what it has; fine on an empty or half-built one. */
void buffer_finish(struct buffer *buffer);

/*
 * Adds a plane whose memory is the dma-buf fd. Takes fd and memfd (-1 if none), on failure
 * too. length_bytes 0 means the size of the dma-buf. A plane of a BUFFER_DEVICE may come
 * without a dma-buf: fd is -1 then and the length must be given.
 *
 * Returns 0; -EINVAL: not a dma-buf, too small, or in this buffer already; -ENOSPC: all
 * planes are there; -EOVERFLOW: 4 GiB or more; or -errno.
 */
int buffer_add_plane(struct buffer *buffer, int fd, int memfd, uint32_t length_bytes);

/*
 * Makes a buffer of somebody else's dma-bufs, for instance received over a socket. The
 * descriptors are duplicated: the caller keeps its own. Returns 0 or -errno as above;
 * nothing is left behind on failure.
 */
int buffer_import(struct buffer *buffer, unsigned number, const int *fds,
		  unsigned num_planes);

/* Fills in the identity of a dma-buf. Returns 0, -EINVAL if fd is none, or -errno. */
int buffer_identify(int fd, struct buffer_identity *identity);

static inline bool buffer_identity_equal(const struct buffer_identity *one,
					 const struct buffer_identity *other)
{
	return one->inode == other->inode && one->device == other->device;
}

/* True if both see the same dma-bufs in the same planes. */
bool buffer_same(const struct buffer *one, const struct buffer *other);

/*
 * Maps all planes for reading and writing, once; later calls cost nothing. A udmabuf is
 * mapped through its memfd, so that its pages can be written with O_DIRECT.
 * Returns 0; -EACCES if a dma-buf was opened for reading only; or -errno.
 */
int buffer_map(struct buffer *buffer);

/*
 * Bracket CPU access to the mapped planes (DMA_BUF_IOCTL_SYNC). A begin that fails leaves
 * nothing begun. For BUFFER_DEVICE they do nothing: there QBUF and DQBUF of the node that
 * allocated it keep caches in step. Return 0 or -errno.
 */
int buffer_begin_read(const struct buffer *buffer);
int buffer_end_read(const struct buffer *buffer);
int buffer_begin_write(const struct buffer *buffer);
int buffer_end_write(const struct buffer *buffer);

/*
 * Moves to another state. Each of the three may follow each other: filled (queued, held,
 * free), given on to a processor (held, queued, held), cancelled (queued, free), filled by
 * the program itself (free, held). What never makes sense is to go where it is already:
 * queued or returned twice. That is -EINVAL, without a change.
 */
static inline int buffer_move(struct buffer *buffer, enum buffer_state state)
{
	if (buffer->state == state)
		return -EINVAL;
	buffer->state = state;
	return 0;
}

/* "mmap", "udmabuf", "heap", "imported"; "free", "queued", "held". */
const char *buffer_memory_name(enum buffer_memory memory);
const char *buffer_state_name(enum buffer_state state);

#endif
