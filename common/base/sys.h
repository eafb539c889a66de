/* SPDX-License-Identifier: GPL-2.0-or-later */
/* System calls in the house convention: 0 or a descriptor, or a negative errno. */
#ifndef RAWLINE_SYS_H
#define RAWLINE_SYS_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/types.h>

/*
 * Makes an ioctl, again when a signal interrupts it. Returns what the driver returned
 * (>= 0) or -errno.
 */
static inline int sys_ioctl(int fd, unsigned long request, void *argument)
{
	int ret;

	do
		ret = ioctl(fd, request, argument);
	while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : ret;
}

/*
 * Opens what exists (no O_CREAT), with O_CLOEXEC added. Returns the descriptor, which the
 * caller owns, or -errno.
 */
int sys_open(const char *path, int flags);

/* Closes *fd if it is open and leaves -1 behind. */
void sys_close(int *fd);

/*
 * Waits until a descriptor takes something, so long at most. 0 (also when a signal came, and for
 * regular files), -ETIMEDOUT, or -errno.
 */
int sys_wait_writable(int fd, int timeout_ms);

/*
 * Writes all of it, however many calls that takes; blocks, also when the descriptor is
 * O_NONBLOCK. Returns 0 or -errno; -EPIPE only if SIGPIPE is ignored.
 */
int sys_write_all(int fd, const void *data, size_t size);

/*
 * Reads a small file (sysfs, proc) whole into text, closes the string, cuts a final newline.
 * Returns its length or -errno, with an empty string; -E2BIG if it does not fit.
 */
int sys_read_text(const char *path, char *text, size_t size);

/*
 * The device node of a character device number, "/dev/video3", from sysfs. Needs no udev
 * daemon. Returns 0, -ENOENT when the kernel names no node, -ENAMETOOLONG, or -errno.
 */
int sys_node_path(dev_t device, char *path, size_t size);

/* CLOCK_MONOTONIC in nanoseconds, the clock of V4L2's timestamps. */
uint64_t sys_monotonic_ns(void);

#endif
