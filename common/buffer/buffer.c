// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory for one frame: planes, mapping, dma-buf descriptors, CPU access, and in whose
 * hands it is.
 */
#include "common/buffer/buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "common/base/sys.h"

void buffer_init(struct buffer *buffer, unsigned number, enum buffer_memory memory)
{
	*buffer = (struct buffer){ .number = number, .memory = memory, .state = BUFFER_FREE };
	for (unsigned i = 0; i < BUFFER_MAX_PLANES; i++) {
		buffer->planes[i].fd = -1;
		buffer->planes[i].memfd = -1;
	}
}

static void plane_finish(struct buffer_plane *plane)
{
	if (plane->map)
		munmap(plane->map, plane->length_bytes);
	sys_close(&plane->memfd);
	sys_close(&plane->fd);
	*plane = (struct buffer_plane){ .fd = -1, .memfd = -1 };
}

void buffer_finish(struct buffer *buffer)
{
	for (unsigned i = 0; i < buffer->num_planes; i++)
		plane_finish(&buffer->planes[i]);
	buffer->num_planes = 0;
}

int buffer_identify(int fd, struct buffer_identity *identity)
{
	struct statfs filesystem;
	struct stat status;

	/*
	 * All dma-bufs are on a file system of their own, and nothing else is. Asked by
	 * DMA_BUF_IOCTL_SYNC instead, a strange device might take the number for something
	 * of its own.
	 */
	if (fstatfs(fd, &filesystem) < 0)
		return -errno;
	if ((uint32_t)filesystem.f_type != DMA_BUF_MAGIC)
		return -EINVAL;
	if (fstat(fd, &status) < 0)
		return -errno;
	identity->device = status.st_dev;
	identity->inode = status.st_ino;
	return 0;
}

/* Checks a plane's dma-buf, and completes what is said of it. */
static int plane_examine(struct buffer_plane *plane)
{
	off_t size;
	int ret;

	ret = buffer_identify(plane->fd, &plane->identity);
	if (ret < 0)
		return ret;
	/* dma_buf_llseek() in the kernel is there to ask for the size. */
	size = lseek(plane->fd, 0, SEEK_END);
	if (size < 0)
		return -errno;
	if (!plane->length_bytes && size > UINT32_MAX)
		return -EOVERFLOW;
	if (!plane->length_bytes)
		plane->length_bytes = (uint32_t)size;
	return plane->length_bytes && plane->length_bytes <= size ? 0 : -EINVAL;
}

/* A mapping beyond the end of a memfd is made, and ends the program when it is touched. */
static int memfd_examine(int memfd, uint32_t length_bytes)
{
	struct stat status;

	if (fstat(memfd, &status) < 0)
		return -errno;
	return status.st_size >= length_bytes ? 0 : -EINVAL;
}

static int plane_check(const struct buffer *buffer, struct buffer_plane *plane)
{
	int ret;

	if (buffer->num_planes == BUFFER_MAX_PLANES)
		return -ENOSPC;
	if (plane->fd < 0)
		return buffer->memory == BUFFER_DEVICE && plane->length_bytes ? 0 : -EINVAL;
	ret = plane_examine(plane);
	if (!ret && plane->memfd >= 0)
		ret = memfd_examine(plane->memfd, plane->length_bytes);
	if (ret < 0)
		return ret;
	/* V4L2 knows no offsets on import: two planes in one dma-buf would both start at 0. */
	for (unsigned i = 0; i < buffer->num_planes; i++)
		if (buffer_identity_equal(&plane->identity, &buffer->planes[i].identity))
			return -EINVAL;
	return 0;
}

int buffer_add_plane(struct buffer *buffer, int fd, int memfd, uint32_t length_bytes)
{
	struct buffer_plane plane = { .fd = fd, .memfd = memfd, .length_bytes = length_bytes };
	int ret;

	ret = plane_check(buffer, &plane);
	if (ret < 0) {
		plane_finish(&plane);
		return ret;
	}
	buffer->planes[buffer->num_planes++] = plane;
	return 0;
}

int buffer_import(struct buffer *buffer, unsigned number, const int *fds, unsigned num_planes)
{
	int fd, ret;

	buffer_init(buffer, number, BUFFER_IMPORTED);
	if (!num_planes || num_planes > BUFFER_MAX_PLANES)
		return -EINVAL;
	for (unsigned i = 0; i < num_planes; i++) {
		fd = fcntl(fds[i], F_DUPFD_CLOEXEC, 0);
		ret = fd < 0 ? -errno : buffer_add_plane(buffer, fd, -1, 0);
		if (ret < 0) {
			buffer_finish(buffer);
			return ret;
		}
	}
	return 0;
}

bool buffer_same(const struct buffer *one, const struct buffer *other)
{
	if (one == other)
		return true;
	if (one->num_planes != other->num_planes || !one->num_planes)
		return false;
	for (unsigned i = 0; i < one->num_planes; i++)
		if (one->planes[i].fd < 0 || other->planes[i].fd < 0 ||
		    !buffer_identity_equal(&one->planes[i].identity,
					   &other->planes[i].identity))
			return false;
	return true;
}

int buffer_map(struct buffer *buffer)
{
	void *map;

	for (unsigned i = 0; i < buffer->num_planes; i++) {
		struct buffer_plane *plane = &buffer->planes[i];

		if (plane->map)
			continue;
		map = mmap(NULL, plane->length_bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
			   plane->memfd >= 0 ? plane->memfd : plane->fd, 0);
		if (map == MAP_FAILED)
			return -errno;
		plane->map = map;
	}
	return 0;
}

/* Documentation/driver-api/dma-buf.rst: to be repeated after EAGAIN as after EINTR. */
static int plane_sync(const struct buffer_plane *plane, uint64_t flags)
{
	struct dma_buf_sync sync = { .flags = flags };
	int ret;

	do
		ret = sys_ioctl(plane->fd, DMA_BUF_IOCTL_SYNC, &sync);
	while (ret == -EAGAIN);
	return ret < 0 ? ret : 0;
}

/* Ends the access to the first planes, all of them even if one fails. */
static int end_access(const struct buffer *buffer, unsigned num_planes, uint64_t access)
{
	int ret, first = 0;

	for (unsigned i = 0; i < num_planes; i++) {
		ret = plane_sync(&buffer->planes[i], DMA_BUF_SYNC_END | access);
		if (!first)
			first = ret;
	}
	return first;
}

static int begin_access(const struct buffer *buffer, uint64_t access)
{
	int ret;

	if (buffer->memory == BUFFER_DEVICE)
		return 0;
	for (unsigned i = 0; i < buffer->num_planes; i++) {
		ret = plane_sync(&buffer->planes[i], DMA_BUF_SYNC_START | access);
		if (ret < 0) {
			end_access(buffer, i, access);
			return ret;
		}
	}
	return 0;
}

int buffer_begin_read(const struct buffer *buffer)
{
	return begin_access(buffer, DMA_BUF_SYNC_READ);
}

int buffer_end_read(const struct buffer *buffer)
{
	if (buffer->memory == BUFFER_DEVICE)
		return 0;
	return end_access(buffer, buffer->num_planes, DMA_BUF_SYNC_READ);
}

int buffer_begin_write(const struct buffer *buffer)
{
	return begin_access(buffer, DMA_BUF_SYNC_WRITE);
}

int buffer_end_write(const struct buffer *buffer)
{
	if (buffer->memory == BUFFER_DEVICE)
		return 0;
	return end_access(buffer, buffer->num_planes, DMA_BUF_SYNC_WRITE);
}

const char *buffer_memory_name(enum buffer_memory memory)
{
	static const char *const names[] = {
		[BUFFER_DEVICE] = "mmap",
		[BUFFER_UDMABUF] = "udmabuf",
		[BUFFER_HEAP] = "heap",
		[BUFFER_IMPORTED] = "imported",
	};

	return names[memory];
}

const char *buffer_state_name(enum buffer_state state)
{
	static const char *const names[] = {
		[BUFFER_FREE] = "free",
		[BUFFER_QUEUED] = "queued",
		[BUFFER_HELD] = "held",
	};

	return names[state];
}
