// SPDX-License-Identifier: GPL-2.0-or-later
/* Writing lines to somebody who may read slowly, not at all, or have gone away. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/sys.h"
#include "common/tool/report_private.h"

/* Nobody who means to read lets us wait for longer than this. */
#define PATIENCE_MS 60000

/* How long the end of the program is put off for the sake of a line. */
#define STOP_PATIENCE_MS 1000

void report_channel_init(struct report_channel *channel, int fd, bool owned, const char *name)
{
	struct stat status;

	*channel = (struct report_channel){ .fd = fd, .owned = owned };
	snprintf(channel->name, sizeof(channel->name), "%s", name);
	if (fd < 0 || fstat(fd, &status) < 0)
		return;
	channel->is_terminal = isatty(fd);
	channel->may_block = channel->is_terminal || S_ISFIFO(status.st_mode) ||
			     S_ISSOCK(status.st_mode);
}

/* 1: something is ready, 0: the time is up, or -errno. */
static int wait_for(struct pollfd *waited, nfds_t count, int timeout_ms)
{
	int ret;

	do
		ret = poll(waited, count, timeout_ms);
	while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : ret > 0;
}

/* Waits until a write will not block, or the program is to end and the reader was warned. */
static int wait_writable(int fd, int stop_fd)
{
	struct pollfd waited[] = {
		{ .fd = fd, .events = POLLOUT },
		/* poll() passes over -1. */
		{ .fd = stop_fd, .events = POLLIN },
	};
	int ret;

	ret = wait_for(waited, 2, PATIENCE_MS);
	if (ret > 0 && !waited[0].revents)
		ret = wait_for(waited, 1, STOP_PATIENCE_MS);
	if (ret < 0)
		return ret;
	return ret ? 0 : -ETIMEDOUT;
}

static int write_all(const struct report_channel *channel, int stop_fd, const char *text,
		     size_t length)
{
	const bool wait = channel->may_block;
	ssize_t written;
	size_t part;
	int ret;

	while (length) {
		ret = wait ? wait_writable(channel->fd, stop_fd) : 0;
		if (ret)
			return ret;
		/* What poll() promises of a pipe is room for so much. */
		part = wait && length > PIPE_BUF ? PIPE_BUF : length;
		written = write(channel->fd, text, part);
		ret = written < 0 ? -errno : 0;
		/* The descriptor may be O_NONBLOCK, and somebody else's line came first. */
		if (ret && ret != -EINTR && !(wait && ret == -EAGAIN))
			return ret;
		if (!ret) {
			text += written;
			length -= (size_t)written;
		}
	}
	return 0;
}

void report_channel_write(struct report_channel *channel, int stop_fd, const char *text,
			  size_t length)
{
	if (channel->fd >= 0 && !channel->error)
		channel->error = write_all(channel, stop_fd, text, length);
}

void report_channel_close(struct report_channel *channel)
{
	if (channel->owned && channel->fd >= 0 && close(channel->fd) < 0 && !channel->error)
		channel->error = -errno;
	channel->fd = -1;
}
