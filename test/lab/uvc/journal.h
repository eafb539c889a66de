/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the camera did: a log for people and tests, and a record of every frame, by which
 * uvccheck tells whether a captured one is what was sent. Any thread may write.
 */
#ifndef RAWLINE_UVC_JOURNAL_H
#define RAWLINE_UVC_JOURNAL_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Every frame carries "UVCN:" stream ":" number in hex, somewhere near its start. */
#define STAMP_PREFIX "UVCN:"
#define STAMP_FORMAT STAMP_PREFIX "%x:%08x"
#define STAMP_BYTES  15

struct journal {
	FILE *log; /* either may be NULL */
	FILE *record;
	pthread_mutex_t lock;
};

/*
 * One frame. The sums are journal_sum() of all that was sent, and of it without the padding
 * after the end of a JPEG image. stamp_at tells where the stamp begins.
 */
struct journal_frame {
	unsigned stream;
	uint32_t number;
	const char *kind;
	unsigned width, height;
	size_t stamp_at;
	size_t bytes, bare_bytes;
	uint64_t sum, bare_sum;
	char flags[16]; /* faults, or "-" */
};

/* Opens the files for appending; NULL is none. Returns 0 or a negative errno. */
int journal_init(struct journal *journal, const char *log, const char *record);
void journal_finish(struct journal *journal);

/* A line of the log, with the time in front, with the kernel when this returns. */
__attribute__((format(printf, 2, 3))) void journal_say(struct journal *journal,
						       const char *format, ...);

/* A line of the record, there before a byte of the frame is sent. */
void journal_record(struct journal *journal, const struct journal_frame *frame);

/* Reads a line that journal_record() wrote; kind has room for 16. Returns 0 or -EINVAL. */
int journal_parse(const char *line, struct journal_frame *frame, char *kind);

/* A checksum of 64 bits that costs little. */
uint64_t journal_sum(const void *data, size_t length);

#endif
