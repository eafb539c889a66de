// SPDX-License-Identifier: GPL-2.0-or-later
/* A frame's bytes, from its mapped buffer into a descriptor. */
#include "common/sink/raw.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/image/mjpeg.h"
#include "common/stream/frame.h"

static int gather(const struct frame *frame, struct iovec parts[static BUFFER_MAX_PLANES])
{
	const struct buffer *buffer = frame->buffer;
	int count = 0;

	for (unsigned i = 0; i < buffer->num_planes; i++)
		if (frame->bytesused[i])
			parts[count++] = (struct iovec){
				.iov_base = (char *)buffer->planes[i].map +
					    frame->data_offset[i],
				.iov_len = frame->bytesused[i],
			};
	return count;
}

/* Removes what was written from the front. Returns how many parts are left. */
static int advance(struct iovec **parts, int count, size_t written)
{
	while (count && written >= (*parts)->iov_len) {
		written -= (*parts)->iov_len;
		(*parts)++;
		count--;
	}
	if (count) {
		(*parts)->iov_base = (char *)(*parts)->iov_base + written;
		(*parts)->iov_len -= written;
	}
	return count;
}

/* 0 if the write is to be tried again. */
static int after_failed_write(int fd, int error)
{
	struct pollfd waited = { .fd = fd, .events = POLLOUT };

	if (error == -EINTR)
		return 0;
	/* Somebody gave us a descriptor that is O_NONBLOCK: do the waiting ourselves. */
	if (error == -EAGAIN)
		return poll(&waited, 1, -1) < 0 && errno != EINTR ? -errno : 0;
	return error;
}

static int write_parts(int fd, struct iovec *parts, int count)
{
	ssize_t written;
	int ret;

	while (count) {
		if (count == 1)
			written = write(fd, parts->iov_base, parts->iov_len);
		else
			written = writev(fd, parts, count);
		if (written < 0) {
			ret = after_failed_write(fd, -errno);
			if (ret < 0)
				return ret;
			continue;
		}
		/* No file does this; one that did would keep us here for ever. */
		if (!written)
			return -EIO;
		count = advance(&parts, count, (size_t)written);
	}
	return 0;
}

int raw_write(const struct frame *frame, int fd)
{
	struct iovec parts[BUFFER_MAX_PLANES];

	return write_parts(fd, parts, gather(frame, parts));
}

int raw_write_mjpeg(const struct frame *frame, int fd, uint64_t *bytes)
{
	struct iovec parts[BUFFER_MAX_PLANES + 2];
	int count = gather(frame, parts);
	size_t offset = 0;

	if (count == 1)
		offset = mjpeg_tables_offset(parts[0].iov_base, parts[0].iov_len);
	*bytes = frame_bytes(frame);
	if (offset) {
		parts[2] = (struct iovec){
			.iov_base = (char *)parts[0].iov_base + offset,
			.iov_len = parts[0].iov_len - offset,
		};
		parts[1] = (struct iovec){
			.iov_base = (void *)(uintptr_t)mjpeg_tables,
			.iov_len = sizeof(mjpeg_tables),
		};
		parts[0].iov_len = offset;
		count = 3;
		*bytes += sizeof(mjpeg_tables);
	}
	return write_parts(fd, parts, count);
}
