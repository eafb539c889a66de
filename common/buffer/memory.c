// SPDX-License-Identifier: GPL-2.0-or-later
/* Frame memory that no video node allocated: udmabuf and dma-heaps. */
#include "common/buffer/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/base/sys.h"
#include "common/base/text.h"

#define UDMABUF_NODE   "/dev/udmabuf"
#define UDMABUF_LIMIT  "/sys/module/udmabuf/parameters/size_limit_mb"
#define HEAP_DIRECTORY "/dev/dma_heap"

/*
 * Contiguous heaps by the names they have had, see
 * Documentation/userspace-api/dma-buf-heaps.rst.
 */
static const char *const contiguous_heaps[] = {
	"linux,cma",
	"reserved",
	"default-pool",
	"default_cma_region",
};

#define NUM_CONTIGUOUS_HEAPS (sizeof(contiguous_heaps) / sizeof(contiguous_heaps[0]))

/* A name in HEAP_DIRECTORY, not a way out of it. */
static bool is_heap_name(const char *name)
{
	return name[0] && name[0] != '.' && !strchr(name, '/') &&
	       strlen(name) < MEMORY_HEAP_NAME_SIZE;
}

int memory_open(struct memory *memory, enum memory_kind kind, const char *heap)
{
	char path[sizeof(HEAP_DIRECTORY) + MEMORY_HEAP_NAME_SIZE];
	int fd;

	*memory = (struct memory){ .kind = kind, .fd = -1 };
	if (kind == MEMORY_UDMABUF) {
		snprintf(memory->name, sizeof(memory->name), "udmabuf");
		fd = sys_open(UDMABUF_NODE, O_RDWR);
	} else if (kind == MEMORY_HEAP) {
		if (!is_heap_name(heap))
			return -ENOENT;
		snprintf(memory->name, sizeof(memory->name), "heap:%s", heap);
		snprintf(path, sizeof(path), HEAP_DIRECTORY "/%s", heap);
		fd = sys_open(path, O_RDONLY);
	} else {
		return -EINVAL;
	}
	if (fd < 0)
		return fd;
	memory->fd = fd;
	return 0;
}

void memory_close(struct memory *memory)
{
	sys_close(&memory->fd);
}

/* Lower is tried earlier. */
static size_t heap_rank(const char *name)
{
	for (size_t i = 0; i < NUM_CONTIGUOUS_HEAPS; i++)
		if (strcmp(name, contiguous_heaps[i]) == 0)
			return i;
	return NUM_CONTIGUOUS_HEAPS + text_starts_with(name, "system");
}

bool memory_heap_is_contiguous(const char *name)
{
	return heap_rank(name) < NUM_CONTIGUOUS_HEAPS;
}

static int compare_heaps(const void *one, const void *other)
{
	size_t one_rank = heap_rank(one), other_rank = heap_rank(other);

	if (one_rank != other_rank)
		return one_rank < other_rank ? -1 : 1;
	return strcmp(one, other);
}

size_t memory_list_heaps(char (*names)[MEMORY_HEAP_NAME_SIZE], size_t room)
{
	struct dirent *entry;
	size_t count = 0;
	DIR *directory;

	directory = opendir(HEAP_DIRECTORY);
	if (!directory)
		return 0;
	while (count < room && (entry = readdir(directory))) {
		if (!is_heap_name(entry->d_name))
			continue;
		strcpy(names[count++], entry->d_name);
	}
	closedir(directory);
	qsort(names, count, sizeof(*names), compare_heaps);
	return count;
}

uint64_t memory_info_bytes(const char *field)
{
	char text[8192], *line;
	size_t length = strlen(field);

	if (sys_read_text("/proc/meminfo", text, sizeof(text)) < 0)
		return 0;
	for (line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, field, length) == 0 && line[length] == ':')
			return strtoull(line + length + 1, NULL, 10) * 1024;
	}
	return 0;
}

static uint64_t udmabuf_limit_bytes(void)
{
	char text[32];

	if (sys_read_text(UDMABUF_LIMIT, text, sizeof(text)) < 0)
		return UINT64_MAX;
	return strtoull(text, NULL, 10) << 20;
}

static bool fits(const struct memory *memory, uint64_t bytes)
{
	uint64_t available = memory_info_bytes("MemAvailable");

	if (available && bytes > available)
		return false;
	return memory->kind != MEMORY_UDMABUF || bytes <= udmabuf_limit_bytes();
}

static int allocate_heap(const struct memory *memory, uint64_t bytes, int *fd)
{
	struct dma_heap_allocation_data request = {
		.len = bytes,
		.fd_flags = O_RDWR | O_CLOEXEC,
	};
	int ret;

	ret = sys_ioctl(memory->fd, DMA_HEAP_IOCTL_ALLOC, &request);
	if (ret < 0)
		return ret;
	*fd = (int)request.fd;
	return 0;
}

static int allocate_udmabuf(const struct memory *memory, uint64_t bytes, int *fd, int *memfd)
{
	struct udmabuf_create request = { .flags = UDMABUF_FLAGS_CLOEXEC, .size = bytes };
	int ret = 0;

	*memfd = memfd_create("rawline-frame", MFD_ALLOW_SEALING | MFD_CLOEXEC);
	if (*memfd < 0)
		return -errno;
	/* The driver wants to be sure that the pages stay. */
	if (ftruncate(*memfd, (off_t)bytes) < 0 ||
	    fcntl(*memfd, F_ADD_SEALS, F_SEAL_SHRINK) < 0)
		ret = -errno;
	if (ret == 0) {
		request.memfd = (uint32_t)*memfd;
		ret = *fd = sys_ioctl(memory->fd, UDMABUF_CREATE, &request);
	}
	if (ret < 0)
		sys_close(memfd);
	return ret < 0 ? ret : 0;
}

int memory_allocate(const struct memory *memory, unsigned number,
		    const uint32_t *sizes_bytes, unsigned num_planes, struct buffer *buffer)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	int ret = 0;

	buffer_init(buffer, number,
		    memory->kind == MEMORY_UDMABUF ? BUFFER_UDMABUF : BUFFER_HEAP);
	for (unsigned i = 0; i < num_planes && ret == 0; i++) {
		uint64_t bytes = ((uint64_t)sizes_bytes[i] + page - 1) / page * page;
		int fd = -1, memfd = -1;

		if (!fits(memory, bytes))
			ret = -EFBIG;
		else if (memory->kind == MEMORY_UDMABUF)
			ret = allocate_udmabuf(memory, bytes, &fd, &memfd);
		else
			ret = allocate_heap(memory, bytes, &fd);
		if (ret == 0)
			ret = buffer_add_plane(buffer, fd, memfd, 0);
	}
	if (ret < 0)
		buffer_finish(buffer);
	return ret;
}
