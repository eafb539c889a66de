/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes JSON (RFC 8259), a record at a time, into a buffer that is kept from one record
 * to the next.
 *
 *	json_begin(&json);
 *	json_object(&json, NULL);
 *	json_string(&json, "record", "frame");
 *	json_array(&json, "planes");
 *	json_unsigned(&json, NULL, 307200);
 *	json_close(&json);
 *	json_close(&json);
 *	error = json_write(&json, fd);
 *
 * writes {"record":"frame","planes":[307200]} and a newline, in one write(2). A failure
 * on the way is kept and returned by json_end() and json_write(); nothing needs to be
 * checked in between.
 */
#ifndef RAWLINE_JSON_H
#define RAWLINE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_MAX_DEPTH    31 /* objects and arrays in one another */
#define JSON_MAX_DECIMALS 9

struct json {
	char *text; /* the record so far, closed by a NUL after json_end() */
	size_t length;
	size_t size;     /* of the storage */
	bool growing;    /* the storage is ours */
	unsigned depth;  /* objects and arrays that are open */
	uint32_t arrays; /* bit n: level n is an array */
	uint32_t filled; /* bit n: level n has something before the next comma */
	int error;       /* 0, -ENOMEM, -ENOSPC or -EINVAL: the first that happened */
};

/*
 * Starts with storage that grows as needed; once it is large enough, records cost no
 * allocation.
 */
void json_init(struct json *json);

/*
 * Starts with the caller's storage, which never grows: -ENOSPC when a record does not
 * fit.
 */
void json_init_fixed(struct json *json, char *storage, size_t size);

/* Frees the storage if it is ours. */
void json_finish(struct json *json);

/* Throws the record away and starts the next one. */
void json_begin(struct json *json);

/*
 * Open an object or an array, close the innermost of them. The name says which member of
 * an object this is; it is plain ASCII, written as it stands, and NULL in an array and
 * at the top. A name where none belongs, or none where one does, is -EINVAL at the end.
 */
void json_object(struct json *json, const char *name);
void json_array(struct json *json, const char *name);
void json_close(struct json *json);

/*
 * A string, null if text is NULL. Any bytes will do: controls (C1 and DEL too), line and
 * paragraph separators and marks that turn the direction of writing are escaped, bytes
 * that are not valid UTF-8 become U+FFFD.
 */
void json_string(struct json *json, const char *name, const char *text);

void json_unsigned(struct json *json, const char *name, uint64_t value);
void json_signed(struct json *json, const char *name, int64_t value);
void json_boolean(struct json *json, const char *name, bool value);
void json_null(struct json *json, const char *name);

/*
 * Fixed decimals, at most JSON_MAX_DECIMALS, rounded to nearest, a point whatever the
 * locale. What is not finite is null.
 */
void json_double(struct json *json, const char *name, double value, unsigned decimals);

/*
 * Ends the record. json->text is then a string, json->length its length, without a
 * newline. Returns 0 or the first error.
 */
int json_end(struct json *json);

/* The same with a newline, which then counts. */
int json_end_line(struct json *json);

/*
 * Ends the record and writes it with a newline, in one write(2) unless the descriptor
 * takes only a part. 0 or -errno.
 */
int json_write(struct json *json, int fd);

#endif
