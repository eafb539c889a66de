/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the control module share among themselves, and its unit test. */
#ifndef RAWLINE_CONTROL_PRIVATE_H
#define RAWLINE_CONTROL_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/log.h"
#include "common/device/control.h"

struct control_device {
	int fd; /* lent */
	char *entity;
	char *node;
};

struct control_set {
	struct log *log;
	/* sys_ioctl() that knows an unplug; a unit test has a pretended device here. */
	int (*ioctl)(int fd, unsigned long request, void *argument);
	struct control_device *devices;
	unsigned num_devices;
	struct control **controls;
	size_t num_controls;
	unsigned said; /* how many values were ever staged */
};

/* A value on its way to a control. */
struct control_value {
	unsigned said;     /* the order of staging */
	int percent_milli; /* of the range, in thousandths of a percent; -1: number counts */
	int64_t number;
	char *asked;  /* as it was written, if with a unit: "33.3ms"; else NULL */
	bool between; /* what was asked lies between two numbers; this is the nearer one */
	bool is_dormant; /* of a snapshot: the control was inactive */
	void *payload;
	size_t payload_bytes;
};

/* A value with a copy of the payload, the caller's to destroy. 0 or -ENOMEM. */
int control_value_create(int64_t number, const void *payload, size_t payload_bytes,
			 struct control_value **value);
void control_value_destroy(struct control_value *value);

/* What the control has now, as a value. */
int control_value_current(const struct control *control, struct control_value **value);

/* The number it means: itself, or a percentage of the range as last read. */
int64_t control_value_number(const struct control *control,
			     const struct control_value *value);

/* True if the control, as last read, has this value. */
bool control_value_is_current(const struct control *control,
			      const struct control_value *value);

/* As control_value_text(), of another value than the present one. */
size_t control_value_print(const struct control *control,
			   const struct control_value *value, char *text, size_t size);

/* Has no text form: a compound control, neither a string nor an array of numbers. */
bool control_is_struct(const struct control *control);

/* An array of numbers, or one number that is handed over by pointer. */
bool control_is_array(const struct control *control);
int64_t control_get_element(const struct control *control, const void *payload, size_t index);
void control_set_element(const struct control *control, void *payload, size_t index,
			 int64_t number);

/*
 * Reads "10ms", "4600K", "-1.5deg": a number with the unit that this control has. Returns 0,
 * 1 if it lies between two numbers (the nearer one is taken), -EINVAL or -ERANGE.
 */
int control_parse_amount(const struct control *control, const char *text, int64_t *number);

/* What it takes besides numbers: ", a duration such as 10ms"; "" without a unit. */
const char *control_unit_words(const struct control *control);

/* "156 (15.6ms)", "3 (Aperture Priority Mode)", cut if it is long. Returns text. */
#define CONTROL_TEXT_SIZE 256
const char *control_number_text(const struct control *control, int64_t number,
				char text[static CONTROL_TEXT_SIZE]);

/* Within the range and on a step, as far as the driver's range makes sense. */
bool control_in_range(const struct control *control, int64_t number);

/* The nearest number that is. */
int64_t control_nearest(const struct control *control, int64_t number);

/* The item of a menu; NULL: a hole. */
const struct control_menu_item *control_find_item(const struct control *control,
						  int64_t index);

/* The control with this id on the same device; NULL if there is none. */
struct control *control_neighbour(const struct control_set *set,
				  const struct control *control, uint32_t id);

/* A control that no set has yet, or not any more; accepts NULL. */
void control_free(struct control *control);

/* Its name from its title, unlike all that the set has of the same device. */
void control_make_name(const struct control_set *set, struct control *control);

/* Makes a device known without asking it for its controls. 0 or -ENOMEM. */
int control_lend_device(struct control_set *set, int fd, const char *entity,
			const char *node);

/*
 * Adds a single control of a device, its range and menu but not its value. 0 or -errno
 * (-EINVAL: it has none of this id).
 */
int control_add_id(struct control_set *set, unsigned device, uint32_t id,
		   struct control **control);

/* Reads range and flags, or the value, of one control again. */
int control_query_one(struct control_set *set, struct control *control);
int control_read_one(struct control_set *set, struct control *control);

/* The id of the control that bore this name on a UVC camera before 5.17, or since; 0: none. */
uint32_t control_alias(const char *name);

/* Can be written back later: not read-only, inactive, volatile and so on. */
bool control_is_storable(const struct control *control);
bool control_is_storable_if_active(const struct control *control);

/* Who hears of a bad value, and what stands ahead of it: "" or "FILE:LINE: ". */
struct control_origin {
	struct log *log;
	const char *text;
};

/* Fills an empty value from its text. Returns and speaks as control_assign(). */
int control_parse_value(const struct control_origin *origin, const struct control *control,
			const char *text, struct control_value *value);

/* What shall be staged if all of a text is right; the values are the list's. */
struct control_draft {
	struct control *control;
	struct control_value *value;
};

struct control_drafts {
	struct control_draft *list;
	size_t count;
};

/* Appends "name=value[,...]". As control_assign(); finish the list in any case. */
int control_parse(struct control_set *set, const char *origin, const char *assignments,
		  struct control_drafts *drafts);

/* Stages all of it and empties the list. */
void control_stage(struct control_set *set, struct control_drafts *drafts);
void control_drafts_finish(struct control_drafts *drafts);

/* One write to be: of which value, in which rank. Both are lent. */
struct control_entry {
	struct control *control;
	struct control_value *value;
	unsigned rank;
};

/* Sorted: by rank, then by device, buttons last, then as they were said. */
struct control_plan {
	struct control_entry *entries;
	size_t count;
};

/* The order in which values are written: those staged, or those to be put back. */
int control_plan_init(const struct control_set *set, bool restore, struct control_plan *plan);
void control_plan_finish(struct control_plan *plan);

/* True if the plan has a known master of it: what is read of it now says nothing. */
bool control_plan_governs(const struct control_plan *plan, const struct control_entry *entry);

/* True if something that is written ahead of it may change its range or activity. */
bool control_plan_depends(const struct control_plan *plan, const struct control_entry *entry);

/*
 * The kernel says that a control is inactive, but not why: the usual suspect, and what it
 * must be for the other to act; or NULL.
 */
struct control *control_blocker(struct control_set *set, const struct control *control,
				int64_t *manual);

/* Some control, of whatever device, decides whether this one is active. */
bool control_is_governed(const struct control *control);

/*
 * Stages the manual setting of each switch that keeps a staged control inactive, unless
 * it is staged itself; says so. 0 or -errno.
 */
int control_release(struct control_set *set);

/* Reads range and flags again and judges the write by them. As control_check(). */
int control_check_entry(struct control_set *set, const struct control_entry *entry,
			bool adjust);
int control_check_plan(struct control_set *set, const struct control_plan *plan, bool adjust);

/* "brightness=300", cut if it is long. Returns text. */
const char *control_entry_text(const struct control_entry *entry,
			       char text[static CONTROL_TEXT_SIZE]);

/* Says what the device answered. Returns the error, as control_check() has it. */
int control_entry_fail(struct control_set *set, const struct control_entry *entry, int error);

/*
 * control_watch_create() over a set that knows its one device but no controls; the set
 * becomes the watch's, also when this fails.
 */
struct control_watch;
int control_watch_over(struct control_set *set, struct control_watch **watch);

#endif
