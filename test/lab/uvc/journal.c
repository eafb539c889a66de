// SPDX-License-Identifier: GPL-2.0-or-later
/* What the camera did: a log, and a record of every frame. */
#include "test/lab/uvc/journal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "test/lab/uvc/wire.h"

static int open_for_append(const char *path, FILE **file)
{
	*file = NULL;
	if (!path)
		return 0;
	*file = fopen(path, "ae");
	return *file ? 0 : -errno;
}

int journal_init(struct journal *journal, const char *log, const char *record)
{
	int ret;

	*journal = (struct journal){ .log = NULL };
	pthread_mutex_init(&journal->lock, NULL);
	ret = open_for_append(log, &journal->log);
	if (!ret)
		ret = open_for_append(record, &journal->record);
	if (ret)
		journal_finish(journal);
	return ret;
}

void journal_finish(struct journal *journal)
{
	if (journal->log)
		fclose(journal->log);
	if (journal->record)
		fclose(journal->record);
	journal->log = journal->record = NULL;
}

void journal_say(struct journal *journal, const char *format, ...)
{
	uint64_t now_us = clock_now_ns() / 1000;
	va_list arguments;

	if (!journal->log)
		return;
	pthread_mutex_lock(&journal->lock);
	fprintf(journal->log, "%" PRIu64 ".%06" PRIu64 " ", now_us / 1000000,
		now_us % 1000000);
	va_start(arguments, format);
	vfprintf(journal->log, format, arguments);
	va_end(arguments);
	fputc('\n', journal->log);
	fflush(journal->log);
	pthread_mutex_unlock(&journal->lock);
}

void journal_record(struct journal *journal, const struct journal_frame *frame)
{
	if (!journal->record)
		return;
	pthread_mutex_lock(&journal->lock);
	fprintf(journal->record,
		"%u %" PRIu32 " %s %ux%u %zu %zu %016" PRIx64 " %zu %016" PRIx64 " %s\n",
		frame->stream, frame->number, frame->kind, frame->width, frame->height,
		frame->stamp_at, frame->bytes, frame->sum, frame->bare_bytes,
		frame->bare_sum, frame->flags);
	fflush(journal->record);
	pthread_mutex_unlock(&journal->lock);
}

int journal_parse(const char *line, struct journal_frame *frame, char *kind)
{
	int count = sscanf(line,
			   "%u %" SCNu32 " %15s %ux%u %zu %zu %" SCNx64 " %zu %" SCNx64
			   " %15s",
			   &frame->stream, &frame->number, kind, &frame->width,
			   &frame->height, &frame->stamp_at, &frame->bytes, &frame->sum,
			   &frame->bare_bytes, &frame->bare_sum, frame->flags);

	frame->kind = kind;
	return count == 11 ? 0 : -EINVAL;
}

uint64_t journal_sum(const void *data, size_t length)
{
	const uint8_t *at = data;
	uint64_t sum = length * 0x9e3779b97f4a7c15ull, word = 0;

	for (; length >= sizeof(word); length -= sizeof(word), at += sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		sum = (sum ^ word) * 0xff51afd7ed558ccdull;
		sum ^= sum >> 29;
	}
	word = 0;
	memcpy(&word, at, length);
	sum = (sum ^ word) * 0xff51afd7ed558ccdull;
	return sum ^ sum >> 32;
}
