/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of report share. */
#ifndef RAWLINE_REPORT_PRIVATE_H
#define RAWLINE_REPORT_PRIVATE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/json.h"
#include "common/base/log.h"
#include "common/tool/report.h"

/* A file name, each byte of it escaped, and the rest of the line. */
#define REPORT_LINE_SIZE (4 * PATH_MAX + 512)

#define REPORT_PROGRESS_SIZE 80

/* One place that is written to. */
struct report_channel {
	int fd; /* -1: not used */
	bool owned;
	bool may_block; /* a pipe, a socket or a terminal: waited for before writing */
	bool is_terminal;
	char name[64]; /* for messages */
	int error;     /* the first failure; nothing is written after it */
	bool error_said;
};

/* What is remembered of a stream between two frames. */
struct report_lane {
	const struct stream *stream;
	void (*decode)(const struct frame *frame, struct json *json); /* NULL: nothing to add */
	uint64_t frames;
	uint64_t previous_ns; /* timestamp of the last frame, if there was one */
};

/* The progress line; times are those of frames, so that no clock is asked. */
struct report_progress {
	bool wanted;
	size_t width; /* columns that may be used */
	size_t shown; /* columns that are used now, 0: the line is not there */
	bool started;
	uint64_t drawn_ns;
	uint64_t drawn_frames; /* of the first stream */
	uint64_t lost;
};

struct report {
	struct log *log;
	int stop_fd;
	bool active; /* frames are of interest */
	bool started;
	struct report_channel text;
	struct report_channel json[2]; /* instead of the text, and the file beside it */
	struct json record;
	struct report_progress progress;
	sidecar_settings_fn *settings;
	void *settings_context;
	unsigned num_lanes;
	struct report_lane lanes[OPTION_MAX_STREAMS];
	char line[REPORT_LINE_SIZE];
};

/* Opens nothing: describes a descriptor that is open. */
void report_channel_init(struct report_channel *channel, int fd, bool owned,
			 const char *name);

/*
 * Writes a line, in one write(2) if the kernel takes it, waiting for a slow reader; stop_fd as
 * in struct report_options. A channel that is not used or has failed is passed over.
 */
void report_channel_write(struct report_channel *channel, int stop_fd, const char *text,
			  size_t length);

/* Closes what is owned; a failure then is one of writing. */
void report_channel_close(struct report_channel *channel);

/* Writes the record that was built to all that take JSON, and says what failed. */
void report_emit(struct report *report);
bool report_has_json(const struct report *report);

/* The records of rawline-report(5). */
void report_record_start(struct report *report, const struct report_start *start);
void report_record_ready(struct report *report, const struct frame *frame);
void report_record_frame(struct report *report, const struct report_lane *lane,
			 const struct frame *frame, const char *file);
void report_record_event(struct report *report, enum log_level level, const char *code,
			 const char *sentence);
void report_record_end(struct report *report, const struct account *const *accounts,
		       unsigned num_accounts, int status);

/* The progress line: is there to be one, a frame for it, and off the screen with it. */
void report_progress_init(struct report *report, const struct report_options *options);
void report_progress_frame(struct report *report, const struct frame *frame);
void report_progress_wipe(struct report *report);

#endif
