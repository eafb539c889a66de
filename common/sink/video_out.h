/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The video-out sink: frames into a V4L2 output node (a transmitter, v4l2loopback, vivid).
 *
 *	import   the camera's own buffers are queued at the output, each always under the same
 *	         index; a frame is held until the output gives its buffer back
 *	copy     into buffers of the output; a frame is through once it has been copied
 *
 * Import is tried with the buffers themselves, and copying is what is left where it can't be:
 * an output that takes no dma-buf, lines that lie elsewhere, too few buffers to lend some.
 *
 * Rests on Documentation/userspace-api/media/v4l (dev-output.rst, dmabuf.rst, mmap.rst).
 */
#ifndef RAWLINE_VIDEO_OUT_H
#define RAWLINE_VIDEO_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/status.h"
#include "common/base/text.h"
#include "common/sink/sink.h"

struct buffer;
struct log;
struct video;

struct video_out_options {
	const char *node;          /* "/dev/video3"; lent until the sink is gone */
	struct text_fraction rate; /* frames a second that will come; 0/0: unknown */
	bool drop; /* --overflow=drop: what the output has no room for is thrown away */
};

/*
 * Opens the node and sets it to the camera's format and rate; the camera (lent until the sink is
 * gone) has its own by now. Each failure, and each later one, is told to the log as one sentence
 * that names the node. Returns 0 or -errno; video_out_status() says what that means.
 */
int video_out_create(struct log *log, const struct video_out_options *options,
		     struct video *camera, sink_done_fn *done, void *done_context,
		     struct sink **sink);

/*
 * Before the first frame: finds out whether the output can import these buffers, all that frames
 * will be in, and prepares it. They must stay until the sink is gone. From here on sink->io is
 * "dmabuf" or "mmap copy". Returns 0 or -errno, said.
 */
int video_out_prepare(struct sink *sink, struct buffer *buffers, unsigned count);

/* The exit status for a failure of these two. */
enum status video_out_status(int error);

/*
 * The formats that an output node takes, into fourccs, at most room of them; their number, 0
 * also where the node says nothing or can't be asked. Says nothing.
 */
size_t video_out_formats(const char *node, uint32_t *fourccs, size_t room);

#endif
