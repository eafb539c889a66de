// SPDX-License-Identifier: GPL-2.0-or-later
/* System calls in the house convention: 0 or a descriptor, or a negative errno. */
#include "common/base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

int sys_open(const char *path, int flags)
{
	int fd;

	do
		fd = open(path, flags | O_CLOEXEC);
	while (fd < 0 && errno == EINTR);
	return fd < 0 ? -errno : fd;
}

void sys_close(int *fd)
{
	/* Not again after EINTR: Linux has freed the number by then, and it may be another's. */
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Somebody handed us a descriptor that is O_NONBLOCK: do the waiting ourselves. */
/* Every wait has a limit; whoever has longer waits in a loop of his own. */
#define WRITABLE_MS 10000

int sys_wait_writable(int fd, int timeout_ms)
{
	struct pollfd waited = { .fd = fd, .events = POLLOUT };
	int ready = poll(&waited, 1, timeout_ms);

	if (ready == 0)
		return -ETIMEDOUT;
	return ready < 0 && errno != EINTR ? -errno : 0;
}

int sys_write_all(int fd, const void *data, size_t size)
{
	const char *rest = data;
	ssize_t written;
	int ret;

	while (size) {
		written = write(fd, rest, size);
		if (written < 0) {
			ret = -errno;
			if (ret == -EAGAIN)
				ret = sys_wait_writable(fd, WRITABLE_MS);
			else if (ret == -EINTR)
				ret = 0;
			if (ret < 0)
				return ret;
			continue;
		}
		/* No file does this; one that did would keep us here for ever. */
		if (!written)
			return -EIO;
		rest += written;
		size -= (size_t)written;
	}
	return 0;
}

/* Reads until the end of the file; -E2BIG if the room is used up before it. */
static int read_whole(int fd, char *text, size_t size)
{
	size_t length = 0;
	ssize_t got;

	while (length < size) {
		got = read(fd, text + length, size - length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			return (int)length;
		length += (size_t)got;
	}
	return -E2BIG;
}

int sys_read_text(const char *path, char *text, size_t size)
{
	int fd, length;

	if (!size)
		return -E2BIG;
	text[0] = '\0';
	fd = sys_open(path, O_RDONLY);
	if (fd < 0)
		return fd;
	length = read_whole(fd, text, size);
	sys_close(&fd);
	if (length > 0 && text[length - 1] == '\n')
		length--;
	text[length > 0 ? length : 0] = '\0';
	return length;
}

int sys_node_path(dev_t device, char *path, size_t size)
{
	static const char key[] = "DEVNAME=";
	char file[64], uevent[4096], *line, *rest;
	int length;

	snprintf(file, sizeof(file), "/sys/dev/char/%u:%u/uevent", major(device),
		 minor(device));
	length = sys_read_text(file, uevent, sizeof(uevent));
	if (length < 0)
		return length;

	for (line = strtok_r(uevent, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (!strncmp(line, key, strlen(key)))
			break;
	if (!line)
		return -ENOENT;
	length = snprintf(path, size, "/dev/%s", line + strlen(key));
	return (size_t)length < size ? 0 : -ENAMETOOLONG;
}

uint64_t sys_monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}
