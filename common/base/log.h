/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages to the person who runs the program: one sentence each, with a stable code. */
#ifndef RAWLINE_LOG_H
#define RAWLINE_LOG_H

#include <stdarg.h>
#include <stdbool.h>

enum log_level {
	LOG_SILENT = -1, /* as a level: print nothing */
	LOG_ERROR,       /* why the program will not end with status 0 */
	LOG_WARNING,     /* something is not as asked, the work goes on */
	LOG_NOTICE,      /* a choice that was made for the user */
	LOG_DETAIL,      /* only with --verbose */
};

/*
 * Who speaks, how much of it is printed, and who listens. One of these is made in main
 * and handed to everything that may have something to say.
 *
 * The listener gets every message, printed or not (the report turns them into "event"
 * records). `before` runs ahead of each printed line, so that a progress line can be
 * wiped from the terminal first. Both may be NULL.
 */
struct log {
	const char *program;
	enum log_level level;
	void (*listener)(void *context, enum log_level level, const char *code,
			 const char *sentence);
	void *listener_context;
	void (*before)(void *context);
	void *before_context;
};

/* Starts a log that prints errors, warnings and notices to standard error. */
void log_init(struct log *log, const char *program);

/*
 * Says one sentence, without a trailing newline: "program: sentence".
 *
 * The code is a short stable word for machines ("link-refused", "format-changed"); they
 * are listed in rawline-report(5). Control characters in the sentence, which may come
 * from a device, are escaped. A NULL log says nothing. errno is left alone.
 */
void log_say(const struct log *log, enum log_level level, const char *code,
	     const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The same with the arguments already gathered. */
void log_vsay(const struct log *log, enum log_level level, const char *code,
	      const char *format, va_list arguments) __attribute__((format(printf, 4, 0)));

#define log_error(log, code, ...)   log_say(log, LOG_ERROR, code, __VA_ARGS__)
#define log_warning(log, code, ...) log_say(log, LOG_WARNING, code, __VA_ARGS__)
#define log_notice(log, code, ...)  log_say(log, LOG_NOTICE, code, __VA_ARGS__)
#define log_detail(log, code, ...)  log_say(log, LOG_DETAIL, code, __VA_ARGS__)

#endif
