// SPDX-License-Identifier: GPL-2.0-or-later
/* Room on a disk for a file. */
#include "common/sink/space.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

#include "common/base/log.h"

#define AHEAD_BYTES (64u << 20) /* reserved at a time where nobody knows how much comes */
#define UNKNOWN     UINT64_MAX

/* fd is open in any way: of a file there, or the directory. */
static uint64_t free_bytes(int fd)
{
	struct statvfs status;

	/* A tmpfs without a limit has no blocks at all. */
	if (fstatvfs(fd, &status) < 0 || !status.f_blocks)
		return UNKNOWN;
	return (uint64_t)status.f_bavail * status.f_frsize;
}

int space_check(struct log *log, const char *path, int directory, uint64_t count,
		uint64_t frame_bytes)
{
	uint64_t available = free_bytes(directory);

	if (!frame_bytes || count <= available / frame_bytes)
		return 0;
	log_error(log, "no-space",
		  "%s: %" PRIu64 " frames need %.1f MB, %.1f MB are free there", path, count,
		  (double)count * (double)frame_bytes / 1e6, (double)available / 1e6);
	return -ENOSPC;
}

/* Memory would be filled, not reserved. */
static bool is_in_memory(int fd)
{
	struct statfs status;

	return !fstatfs(fd, &status) && ((uint32_t)status.f_type == TMPFS_MAGIC ||
					 (uint32_t)status.f_type == RAMFS_MAGIC);
}

void space_init(struct space *space, int fd, uint64_t goal_bytes)
{
	space->bytes = is_in_memory(fd) ? UNKNOWN : 0;
	space->goal = goal_bytes;
}

/* 0, -ENOSPC, or -EOPNOTSUPP for all reasons that are none. */
static int allocate(int fd, int mode, uint64_t start, uint64_t bytes)
{
	if (!bytes || fallocate(fd, mode, (off_t)start, (off_t)bytes) == 0)
		return 0;
	return errno == ENOSPC || errno == EDQUOT ? -ENOSPC : -EOPNOTSUPP;
}

int space_reserve(int fd, uint64_t bytes)
{
	if (is_in_memory(fd) || bytes > INT64_MAX)
		return 0;
	return allocate(fd, FALLOC_FL_KEEP_SIZE, 0, bytes) == -ENOSPC ? -ENOSPC : 0;
}

/* How much more than asked for. On ext4 a lack of room is told after a second of looking for some. */
static uint64_t find_ahead(const struct space *space, int fd, uint64_t end)
{
	uint64_t available, missing = end - space->bytes;

	if (space->goal)
		return space->goal > end ? space->goal - end : 0;
	available = free_bytes(fd);
	available = available > missing ? (available - missing) / 2 : 0;
	return available < AHEAD_BYTES ? available : AHEAD_BYTES;
}

int space_grow(struct space *space, int fd, uint64_t end)
{
	uint64_t ahead;
	int ret;

	if (end <= space->bytes)
		return 0;
	ahead = find_ahead(space, fd, end);
	while ((ret = allocate(fd, 0, space->bytes, end + ahead - space->bytes)) == -ENOSPC &&
	       ahead)
		ahead /= 2;
	space->bytes = ret ? UNKNOWN : end + ahead;
	return ret == -ENOSPC ? ret : 0;
}
