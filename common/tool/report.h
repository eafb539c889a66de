/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a run tells: a line of text a frame and a summary, JSON Lines, and a progress
 * line, all from one source. Formats and fields are those of rawline-report(5).
 *
 * A write that fails is said once ("report-failed") and returned as -errno by the call
 * that met it and by all later ones; what else the report writes to goes on. SIGPIPE
 * must be ignored. The program then ends with STATUS_OUTPUT.
 */
#ifndef RAWLINE_REPORT_H
#define RAWLINE_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/text.h"
#include "common/sink/sidecar.h"
#include "common/tool/option.h"

struct account;
struct frame;
struct json;
struct log;
struct report;
struct stream;
struct video_format;

struct report_options {
	int fd;      /* text: standard output, or standard error when "-" is a file */
	int stop_fd; /* readable once the program is to end (a signalfd); -1: none */
	bool json;   /* JSON Lines on fd instead of the text */
	const char *path; /* JSON Lines into this file too; "-": standard output */
	bool quiet;       /* no text, no progress line */
	enum option_progress progress;
};

/* A stream as it was configured. */
struct report_stream {
	const struct stream *stream; /* as in frame->stream; its name is the role */
	const char *node;            /* "/dev/video0" */
	const struct video_format *format;
	struct text_fraction rate; /* frames a second, 0/0: not known */
	const char *memory;        /* buffer_memory_name() */
	unsigned num_buffers;
	const char *file;         /* the pattern, NULL: not written */
	const char *io;           /* "buffered", "direct", NULL: not written */
	const char *display;      /* "HDMI-A-1", NULL: not shown */
	const char *video_out;    /* the node, NULL: none */
	const char *video_out_io; /* "dmabuf", "mmap copy" */
	void (*decode)(const struct frame *frame, struct json *json); /* NULL: nothing to add */
};

struct report_start {
	const char *camera; /* what --list prints in its first column */
	const char *model;
	const char *driver;
	const char *bus;
	const struct report_stream *streams;
	unsigned num_streams;          /* at most OPTION_MAX_STREAMS */
	sidecar_settings_fn *settings; /* what was in force for a frame; NULL: nobody knows */
	void *settings_context;
};

/*
 * Opens what is asked for (truncating a file) and hooks itself into the log: messages
 * become "event" records, and the progress line is wiped before they are printed.
 * Opening a FIFO waits for its reader: do this before signals are blocked. Pointers in
 * options are used here only.
 *
 * A reader that stalls is waited for, since lines must not be lost; but once stop_fd is
 * readable only for a second longer, then the write counts as failed with -ETIMEDOUT.
 * Returns 0 or -errno, said as "report-failed".
 */
int report_create(struct log *log, const struct report_options *options,
		  struct report **report);

/* Unhooks from the log, wipes the progress line, closes the file. Accepts NULL. */
void report_destroy(struct report *report);

/*
 * The streams are configured and about to run. Strings are used here only;
 * streams[].stream must stay.
 */
int report_start(struct report *report, const struct report_start *start);

/* The first good frame is there. */
int report_ready(struct report *report, const struct frame *frame);

/*
 * A frame was delivered; file is the name it was given, or NULL. Quiet and without JSON
 * this makes no system call and looks at nothing.
 */
int report_frame(struct report *report, const struct frame *frame, const char *file);

/*
 * The end, whatever it was: summary (if the streams ever ran) and "end" record. status
 * is the exit status, an enum status or STATUS_SIGNAL + n. Returns 0 or -errno; after a
 * failure here a status of 0 is to become STATUS_OUTPUT.
 */
int report_end(struct report *report, const struct account *const *accounts,
	       unsigned num_accounts, int status);

#endif
