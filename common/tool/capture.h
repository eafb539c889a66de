/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The run: frames from configured nodes to sinks and the report, until all that was
 * asked for is there or something ends it.
 *
 *	node ─▶ stream ─▶ request complete ─▶ sink ─▶ report line
 *	  ▲                                    │
 *	  └────────── buffer, when the last holder lets go
 */
#ifndef RAWLINE_CAPTURE_H
#define RAWLINE_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/sink/sidecar.h"
#include "common/tool/option.h"

struct buffer;
struct camera;
struct frame;
struct json;
struct kms;
struct log;
struct loop;
struct media;
struct report;
struct video;

/* Adds what a frame of meta data says to its record in the report (--decode). */
typedef void capture_decode_fn(const struct frame *frame, struct json *json);

/* Of which clock timestamps are. */
enum capture_clock {
	CAPTURE_CLOCK_AS_TOLD, /* by the flags of the buffers */
	CAPTURE_CLOCK_UNKNOWN, /* what the flags say is not true */
	CAPTURE_CLOCK_BOOTTIME, /* the same, but this is known; turned into CLOCK_MONOTONIC */
};

/* Where a stream stands to a processor that works from memory (relay.h). */
enum capture_place {
	CAPTURE_ALONE,    /* there is none: the driver fills buffers as frames come */
	CAPTURE_RECEIVER, /* the same, and each frame goes on to the processor */
	CAPTURE_PROCESSOR, /* the processor takes a buffer for each frame of the receiver */
	CAPTURE_COMPANION, /* alone, but each frame belongs to one of the receiver's (companion.h) */
};

/*
 * A stream that the platform has configured: its node has the format in video->format. Frames of
 * the processor carry number and time of the receiver's frame that they were made of; a
 * companion's have its number, or that of the only other stream. There is one of each at most.
 */
struct capture_stream {
	const struct option_role *role;
	struct video *video; /* lent; an output node: what is written to it is captured */
	enum capture_place place;
	struct text_fraction rate; /* frames a second that are expected, 0/0 if not known */
	bool watch_controls; /* the node tells of controls that the camera changes by itself */
	/*
	 * The node has events that the platform subscribed to. 0 or -errno, said, which ends
	 * the run. May be NULL; not for streams of the processor.
	 */
	int (*event)(void *device);
	/* It comes along with another stream's frames, and would miss those before its own start. */
	bool starts_early;
	capture_decode_fn *decode; /* NULL: there is nothing to decode */
	enum capture_clock clock;
	bool stamps_start;    /* of the frame, though the driver's flags do not say so */
	unsigned min_buffers; /* fewer the driver does not start with; 0: any number */
	unsigned kept_buffers; /* the last ones, which the driver fills again and never gives up */
	bool needs_own_memory; /* of the node: the driver itself reads or writes it */
	bool is_contiguous; /* the node's own memory, but for an IOMMU: videobuf2-dma-contig */
	/* The processor has to run for it, though nobody wants a picture: it measures. */
	bool is_needed;
	/*
	 * The processor, which has one job at a time, makes nothing of a frame without a buffer of
	 * this one. So that there always is one, the last of them goes to nobody.
	 */
	bool is_in_each_job;
	/*
	 * For the platform's own use: nobody asked for it, so it is neither counted nor
	 * reported, and waited for by nobody.
	 */
	bool is_internal;
	/* Sees each good frame first; 0 or -errno, said, which ends the run. May be NULL. */
	int (*observe)(void *device, const struct frame *frame);
	/* Makes a buffer, which is mapped, ready for the driver; may be NULL. */
	void (*prepare)(struct buffer *buffer);
	/*
	 * Of a processor's output node that nobody records: false if there is nothing to
	 * fill in for the next frame. NULL: there always is.
	 */
	bool (*has_news)(void *device);
	/*
	 * Of a processor's output node: fills a buffer, which is mapped, with what is to act
	 * on a frame of the receiver. Returns the bytes that it has then.
	 */
	uint32_t (*fill)(void *device, struct buffer *buffer, const struct frame *raw);
};

/* A descriptor of the platform's own that is looked at while the streams run. */
struct capture_poll {
	int fd;          /* lent */
	uint32_t events; /* EPOLLIN, EPOLLPRI */
	/* Something is there. 0 or -errno, said, which ends the run. */
	int (*ready)(void *device);
};

#define CAPTURE_MAX_POLLS 4

/* What a platform does beside its streams. Any function may be NULL. */
struct capture_engine {
	/*
	 * Before the streams start, when they have their buffers; and after they have
	 * stopped, also when the start failed. 0 or -errno, said.
	 */
	int (*start)(void *device);
	void (*stop)(void *device);
	/* Fills in what is to be looked at between the two, at most CAPTURE_MAX_POLLS. */
	unsigned (*polls)(void *device, struct capture_poll *polls);
	/* Exposure and white balance have arrived (--settle). */
	bool (*is_steady)(void *device);
	/* What was in force for a frame, for side-cars and the report. */
	sidecar_settings_fn *settings;
	/*
	 * The processor's input node (lent), which is to import the receiver's buffers. NULL:
	 * nothing was set up that has one.
	 */
	struct video *(*processor_input)(void *device);
	/* Frames that it may have at once; 0: as many as the relay can. */
	unsigned max_jobs;
	/*
	 * The processor is to have this frame of the receiver next: controls that are to act
	 * on it. 0 or -errno, said, which ends the run.
	 */
	int (*process)(void *device, const struct frame *raw);
};

#define CAPTURE_REASON_SIZE 256

/* Sentences for what only the platform can explain. All may be NULL. */
struct capture_explain {
	/* What helps where there is no memory for buffers: a clause. */
	const char *no_memory;
	/*
	 * A stream does not start. True: said, what was set up was refused. False: nothing
	 * was said.
	 */
	bool (*start)(void *device, const struct capture_stream *stream, int error);
	/* Why fewer frames came than the stream's rate: a clause, left empty if unknown. */
	void (*rate)(void *device, const struct capture_stream *stream,
		     char why[static CAPTURE_REASON_SIZE]);
	/* Why no frame came: a clause, left empty if unknown. */
	void (*silence)(void *device, const struct capture_stream *stream,
			char why[static CAPTURE_REASON_SIZE]);
	/* Why a node took a second or more to stop: a clause, left empty if unknown. */
	void (*slow_stop)(void *device, const struct video *video,
			  char why[static CAPTURE_REASON_SIZE]);
};

struct capture_setup {
	struct log *log;
	const struct options *options;
	const struct camera *camera;
	struct media *media; /* to explain a start that fails; NULL: no graph */
	struct loop *loop;
	struct report *report;
	const struct capture_stream *streams;
	unsigned num_streams;
	struct kms *display; /* one of them is to be shown there; NULL: none is */
	struct capture_explain explain;
	struct capture_engine engine;
	void *device; /* for these two, and for streams' observe() */
	/*
	 * Called when all streams have stopped, before the report ends; 0 or -errno,
	 * said. May be NULL.
	 */
	int (*stopped)(void *context);
	void *context;
};

/*
 * Allocates, starts, delivers, stops and accounts. Everything it made is gone when it
 * returns; the nodes are stopped and have no buffers. Ends the report. Returns the exit
 * status: an enum status, or STATUS_SIGNAL plus the signal.
 */
int capture_run(const struct capture_setup *setup);

#endif
