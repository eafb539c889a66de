// SPDX-License-Identifier: GPL-2.0-or-later
/* Direct I/O: from a frame's memory to the disk, past the page cache. */
#include "common/sink/direct.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Asked for where nobody tells: what no disk of today finds too little. */
#define SAFE_BYTES 4096

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif

/*
 * Does the file system say what it wants? Of kernels before Linux 6.1, these are known to
 * write directly; others accept O_DIRECT and use the page cache.
 */
static bool is_known(int fd)
{
	static const uint32_t known[] = { EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC,
					  F2FS_SUPER_MAGIC, BTRFS_SUPER_MAGIC };
	struct statfs status;

	if (fstatfs(fd, &status) < 0)
		return false;
	for (size_t i = 0; i < COUNT(known); i++)
		if ((uint32_t)status.f_type == known[i])
			return true;
	return false;
}

#ifdef STATX_DIOALIGN
/* Returns false if it does not say. */
static bool ask(int fd, struct direct *direct)
{
	struct statx status;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &status) < 0 ||
	    !(status.stx_mask & STATX_DIOALIGN))
		return false;
	direct->block_bytes = status.stx_dio_offset_align;
	direct->memory_bytes = status.stx_dio_mem_align;
	return true;
}
#else
static bool ask(int fd, struct direct *direct)
{
	return false;
}
#endif

int direct_ask(int fd, bool must, struct direct *direct, const char **why)
{
	*direct = (struct direct){ SAFE_BYTES, SAFE_BYTES };
	if (!ask(fd, direct) && !must && !is_known(fd)) {
		*why = "this file system keeps to the page cache";
		return -EOPNOTSUPP;
	}
	if (direct->block_bytes && direct->block_bytes <= SAFE_BYTES &&
	    direct->memory_bytes && direct->memory_bytes <= SAFE_BYTES)
		return 0;
	*why = "this file can't be written directly";
	return -EOPNOTSUPP;
}

int direct_switch(int fd, bool on)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0)
		return -errno;
	flags = on ? flags | O_DIRECT : flags & ~O_DIRECT;
	return fcntl(fd, F_SETFL, flags) < 0 ? -errno : 0;
}

const char *direct_why(int error)
{
	switch (error) {
	case -EFAULT:
		return "the kernel does not lend this memory to a disk";
	case -EINVAL:
		return "this file can't be written directly";
	default:
		return strerror(-error);
	}
}

static int write_block(int fd, const void *memory, const struct direct *direct)
{
	ssize_t written;

	written = pwrite(fd, memory, direct->block_bytes, 0);
	if (written < 0)
		return -errno;
	if (ftruncate(fd, 0) < 0)
		return -errno;
	return written == (ssize_t)direct->block_bytes ? 0 : -EINVAL;
}

int direct_try(int fd, const void *memory, const struct direct *direct, const char **why)
{
	int ret;

	ret = direct_switch(fd, true);
	if (!ret) {
		ret = write_block(fd, memory, direct);
		if (ret < 0)
			direct_switch(fd, false);
	}
	if (ret < 0)
		*why = direct_why(ret);
	return ret;
}
