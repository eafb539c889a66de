// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages to the person who runs the program: one sentence each, with a stable code. */
#include "common/base/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/text.h"

#define SENTENCE_SIZE 1024

void log_init(struct log *log, const char *program)
{
	*log = (struct log){ .program = program, .level = LOG_NOTICE };
}

void log_vsay(const struct log *log, enum log_level level, const char *code,
	      const char *format, va_list arguments)
{
	char raw[SENTENCE_SIZE], sentence[2 * SENTENCE_SIZE];
	char line[sizeof(sentence) + 64];
	int saved_errno = errno;
	int length;

	if (!log || (level > log->level && !log->listener))
		return;

	vsnprintf(raw, sizeof(raw), format, arguments);
	text_escape(raw, sentence, sizeof(sentence));

	if (level <= log->level) {
		if (log->before)
			log->before(log->before_context);
		/* One write, so that lines of several programs do not mix. */
		length = snprintf(line, sizeof(line), "%s: %s\n", log->program, sentence);
		if (length > (int)sizeof(line) - 1)
			length = (int)sizeof(line) - 1;
		if (write(STDERR_FILENO, line, (size_t)length) < 0) {
			/* Nobody is left to tell. */
		}
	}
	if (log->listener)
		log->listener(log->listener_context, level, code, sentence);
	errno = saved_errno;
}

void log_say(const struct log *log, enum log_level level, const char *code,
	     const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_vsay(log, level, code, format, arguments);
	va_end(arguments);
}
