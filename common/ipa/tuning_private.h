/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What reading a tuning file (tuning_file.c) and its keys (tuning_keys.c) share. */
#ifndef RAWLINE_IPA_TUNING_PRIVATE_H
#define RAWLINE_IPA_TUNING_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/ipa/tuning.h"

struct json_object;

#define TUNING_COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* Reads into a draft; what the caller has is touched only if all went well. */
struct tuning_reader {
	const struct log *log;
	const char *path;
	struct ipa_tuning draft;
	char key[160]; /* where in the file: white_balance.lights[2].red */
	bool has_version;
};

/* Reads one value into target. 0 or more, or -EINVAL after it was logged. */
typedef int tuning_read(struct tuning_reader *reader, struct json_object *value,
			void *target);

/* A key of an object, and where its value goes. */
struct tuning_member {
	const char *name;
	tuning_read *read;
	size_t offset; /* into the target that tuning_read_members() was given */
};

/* Logs why a value can't be, with the file and the key; returns -EINVAL. */
int tuning_refuse(const struct tuning_reader *reader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Reads an object that has some of these keys and no others. */
int tuning_read_members(struct tuning_reader *reader, struct json_object *value,
			const struct tuning_member *members, size_t count, void *target);

/* 0 if an object has all of these keys. */
int tuning_need_members(const struct tuning_reader *reader, struct json_object *value,
			const struct tuning_member *members, size_t count);

/* Reads an array, each element by the same function, size bytes apart. Returns how many. */
int tuning_read_elements(struct tuning_reader *reader, struct json_object *value,
			 size_t least, size_t most, tuning_read *read, void *target,
			 size_t size);

/* The text of a string, NULL if the value is none (which is logged). Lent. */
const char *tuning_read_text(const struct tuning_reader *reader, struct json_object *value);

/* A number, or a whole number, from low to high. */
int tuning_read_number(const struct tuning_reader *reader, struct json_object *value,
		       double low, double high, double *number);
int tuning_read_integer(const struct tuning_reader *reader, struct json_object *value,
			int low, int high, int *number);

/* The whole file, in tuning_keys.c. */
int tuning_read_document(struct tuning_reader *reader, struct json_object *document);

#endif
