/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One stream of a run: its node, buffers, frames, account and sink. */
#ifndef RAWLINE_LANE_H
#define RAWLINE_LANE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buffer/queue.h"
#include "common/device/video.h"
#include "common/sink/sink.h"
#include "common/stream/account.h"
#include "common/stream/frame.h"
#include "common/stream/request.h"
#include "common/stream/stream.h"
#include "common/tool/capture.h"

struct control_watch;
struct pool;

#define LANE_DEFAULT_BUFFERS 4

struct lane {
	const struct capture_stream *config;
	struct video *video;
	struct stream stream;
	struct account account;
	struct pool *pool;
	struct control_watch *watch;             /* NULL: nobody looks */
	struct frame frames[STREAM_MAX_BUFFERS]; /* one for each buffer of the pool, by its number */
	/*
	 * Request n brings frame n. Streams do not wait for one another: one that lost a
	 * frame must not cost another one any.
	 */
	struct request requests[STREAM_MAX_BUFFERS];
	struct request_queue queue;
	/* What came last; here and not on the stack, where each frame would pay for its guard. */
	struct video_done done;
	struct frame *taken;
	struct queue idle; /* of a processor's: buffers that wait for a frame to be made of */
	uint32_t bytes;    /* of an output node: in the buffer that is queued next */
	bool is_watched;   /* of a processor's: the loop knows its node */
	bool is_over;      /* underruns count no longer */
	struct sink *sink; /* NULL: frames go nowhere */
	struct sink *file; /* the file sink: that one, or one of its legs; NULL: none */
	struct sink *display;   /* the same of the display sink */
	bool is_displayed;      /* it is the stream that is to be shown */
	struct sink *video_out; /* the same of --video-out */
	const char *output;     /* the node that --video-out said for it; NULL: none */
	struct sink *ring;      /* of a ring, which makes file sinks as it needs them */
	const char *pattern;    /* what --file said for it; NULL: nothing is written */
	char product[64];       /* the camera's name, for those files that hold it */
	bool role_in_name;
	bool is_mjpeg;  /* whether a frame is whole can be seen at its ends */
	uint32_t flags; /* V4L2_BUF_FLAG_* of frames that are believed */
	uint32_t edge;  /* V4L2_BUF_FLAG_TSTAMP_SRC_*, where the driver does not say it */
	uint64_t clock_shift_ns; /* taken off timestamps */
	bool seen;               /* a frame came */
	uint64_t seen_ns; /* when the last one did, or none was owed; only with several lanes */
	uint64_t damaged_since_ns; /* all frames since then were damaged; 0: the last one was good */
	uint64_t stuck_since_ns; /* its reader took nothing since then; 0: it does */
	void *owner;             /* the run */
};

/* Nothing is open yet; lane_finish() is fine from here on. */
void lane_init(struct lane *lane, struct log *log, const struct capture_stream *config,
	       const struct options *options);

/* Buffers that a stream gets, unless its driver wants more, or a screen holds some. */
unsigned lane_num_buffers(const struct capture_stream *config, const struct options *options);

/*
 * Allocates the buffers. released() is told of each frame whose last holder has let go.
 * 0 or -errno; said.
 */
int lane_allocate(struct lane *lane, const struct capture_setup *setup,
		  void (*released)(void *context, struct frame *frame));

/* Looks out for controls that change, if the platform wants that. 0 or -errno; said. */
int lane_watch_controls(struct lane *lane, struct log *log);

/*
 * Takes the next frame from the driver into lane->taken, held once by the caller. Returns 0, or
 * what video_dequeue() said.
 */
int lane_take(struct lane *lane);

/*
 * From now on it is no underrun if the driver has no buffer: the stream has all that was asked
 * for, or is at its end.
 */
void lane_count_underruns(struct lane *lane);

/* Stops the node; every buffer that it had is free again. */
void lane_stop(struct lane *lane);

/*
 * Frees everything. The node must be stopped and the sink through with its frames, or
 * it is cut short here.
 */
void lane_finish(struct lane *lane);

#endif
