// SPDX-License-Identifier: GPL-2.0-or-later
/* What speaks against a value before it is written: flags, range, automatic switches. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/device/control_private.h"

/* "brightness=300" with at most so many characters of the value. */
const char *control_entry_text(const struct control_entry *entry,
			       char text[static CONTROL_TEXT_SIZE])
{
	char value[CONTROL_TEXT_SIZE - CONTROL_NAME_SIZE - 4];
	size_t length;

	length = control_value_print(entry->control, entry->value, value, sizeof(value));
	snprintf(text, CONTROL_TEXT_SIZE, "%s=%s%s", entry->control->name, value,
		 length >= sizeof(value) ? "..." : "");
	return text;
}

/* The value that its master has, "auto_exposure=3 (Aperture Priority Mode)". */
static void master_text(const struct control *master, char text[static CONTROL_TEXT_SIZE])
{
	char value[CONTROL_TEXT_SIZE];

	snprintf(text, CONTROL_TEXT_SIZE, "%s=%.150s", master->name,
		 control_number_text(master, master->value, value));
}

static int say_inactive(struct control_set *set, const struct control_entry *entry)
{
	const struct control *blocker = control_blocker(set, entry->control);
	char asked[CONTROL_TEXT_SIZE], why[CONTROL_TEXT_SIZE];

	if (blocker)
		master_text(blocker, why);
	else
		snprintf(why, sizeof(why), "the device is in its present state");
	log_error(set->log, "control-inactive", "%s: %s: it is inactive while %s",
		  entry->control->entity, control_entry_text(entry, asked), why);
	return -EINVAL;
}

static int refuse(struct control_set *set, const struct control_entry *entry,
		  const char *code, const char *why, int error)
{
	char asked[CONTROL_TEXT_SIZE];

	log_error(set->log, code, "%s: %s: %s", entry->control->entity,
		  control_entry_text(entry, asked), why);
	return error;
}

/* What the flags forbid, whatever the value. */
static int check_flags(struct control_set *set, const struct control_entry *entry)
{
	uint32_t flags = entry->control->flags;

	if (flags & V4L2_CTRL_FLAG_DISABLED)
		return refuse(set, entry, "control-disabled",
			      "the driver has disabled it", -EINVAL);
	if (flags & V4L2_CTRL_FLAG_READ_ONLY)
		return refuse(set, entry, "control-read-only", "it is read-only", -EINVAL);
	if (flags & V4L2_CTRL_FLAG_GRABBED)
		return refuse(set, entry, "control-busy",
			      "it can't be changed while the device streams", -EBUSY);
	return 0;
}

/* "0 to 255", with the steps if there are any. */
static void range_text(const struct control *control, char text[static CONTROL_TEXT_SIZE])
{
	if (control->type == V4L2_CTRL_TYPE_BITMASK)
		snprintf(text, CONTROL_TEXT_SIZE, "bits of 0x%08" PRIx64, control->maximum);
	else if (control->step > 1)
		snprintf(text, CONTROL_TEXT_SIZE,
			 "%" PRId64 " to %" PRId64 " in steps of %" PRIu64,
			 control->minimum, control->maximum, control->step);
	else
		snprintf(text, CONTROL_TEXT_SIZE, "%" PRId64 " to %" PRId64,
			 control->minimum, control->maximum);
}

static int check_number(struct control_set *set, const struct control_entry *entry, bool adjust)
{
	const struct control *control = entry->control;
	int64_t number = control_value_number(control, entry->value);
	int64_t nearest = control_nearest(control, number);
	char asked[CONTROL_TEXT_SIZE], range[CONTROL_TEXT_SIZE], offer[CONTROL_TEXT_SIZE];

	if (nearest == number)
		return 0;
	range_text(control, range);
	control_number_text(control, nearest, offer);
	if (!adjust) {
		log_error(set->log, "control-range",
			  "%s: %s: out of range (%s), the nearest is %s", control->entity,
			  control_entry_text(entry, asked), range, offer);
		return -ERANGE;
	}
	log_notice(set->log, "control-adjusted", "%s: %s: taken as %s (%s)",
		   control->entity, control_entry_text(entry, asked), offer, range);
	entry->value->number = nearest;
	return 0;
}

/* Of a string, minimum, maximum and step are its length. */
static int check_string(struct control_set *set, const struct control_entry *entry, bool adjust)
{
	int64_t length = (int64_t)entry->value->payload_bytes - 1;
	int64_t nearest = control_nearest(entry->control, length);
	char asked[CONTROL_TEXT_SIZE], range[CONTROL_TEXT_SIZE];

	if (nearest == length)
		return 0;
	range_text(entry->control, range);
	if (!adjust || nearest > length) {
		log_error(set->log, "control-range",
			  "%s: %s: its length is %" PRId64 ", it takes %s",
			  entry->control->entity, control_entry_text(entry, asked),
			  length, range);
		return -ERANGE;
	}
	log_notice(set->log, "control-adjusted", "%s: %s: cut to %" PRId64 " bytes",
		   entry->control->entity, control_entry_text(entry, asked), nearest);
	((char *)entry->value->payload)[nearest] = '\0';
	entry->value->payload_bytes = (size_t)nearest + 1;
	return 0;
}

/* Arrays may change their size with the format, after a value was staged. */
static int check_array(struct control_set *set, const struct control_entry *entry)
{
	const struct control *control = entry->control;
	char why[CONTROL_TEXT_SIZE];

	if (control->flags & V4L2_CTRL_FLAG_DYNAMIC_ARRAY ||
	    entry->value->payload_bytes ==
		    (size_t)control->num_elements * control->element_bytes)
		return 0;
	snprintf(why, sizeof(why), "by now it has %" PRIu32 " numbers",
		 control->num_elements);
	return refuse(set, entry, "control-range", why, -ERANGE);
}

static int check_value(struct control_set *set, const struct control_entry *entry, bool adjust)
{
	if (control_is_array(entry->control))
		return check_array(set, entry);
	switch (entry->control->type) {
	case V4L2_CTRL_TYPE_INTEGER:
	case V4L2_CTRL_TYPE_INTEGER64:
	case V4L2_CTRL_TYPE_BITMASK:
		return check_number(set, entry, adjust);
	case V4L2_CTRL_TYPE_STRING:
		return check_string(set, entry, adjust);
	default:
		return 0;
	}
}

/*
 * A refusal by the device in our words. EACCES is a UVC camera's way to say read-only or
 * inactive, EILSEQ its way to say that a request makes no sense to it; nodes are not
 * meant.
 */
int control_entry_fail(struct control_set *set, const struct control_entry *entry, int error)
{
	char why[CONTROL_TEXT_SIZE];

	snprintf(why, sizeof(why), "the device refuses it: %s", strerror(-error));
	refuse(set, entry, "control-refused", why, error);
	return error == -EACCES || error == -EPERM ? -EINVAL : error;
}

/* may_wake: something is written ahead of it that may yet make it active. */
static int check_entry(struct control_set *set, const struct control_entry *entry,
		       bool adjust, bool may_wake)
{
	int ret;

	ret = control_query_one(set, entry->control);
	if (ret < 0)
		return control_entry_fail(set, entry, ret);
	ret = check_flags(set, entry);
	if (ret < 0)
		return ret;
	if (entry->control->flags & V4L2_CTRL_FLAG_INACTIVE && !may_wake)
		return say_inactive(set, entry);
	return check_value(set, entry, adjust);
}

int control_check_entry(struct control_set *set, const struct control_entry *entry, bool adjust)
{
	return check_entry(set, entry, adjust, false);
}

int control_check_plan(struct control_set *set, const struct control_plan *plan, bool adjust)
{
	const struct control_entry *entry;
	int ret, first = 0;

	for (size_t i = 0; i < plan->count; i++) {
		entry = &plan->entries[i];
		if (control_plan_governs(plan, entry))
			ret = check_flags(set, entry);
		else
			ret = check_entry(set, entry, adjust,
					  control_plan_depends(plan, entry));
		if (ret == -ENODEV)
			return ret;
		if (ret < 0 && !first)
			first = ret;
	}
	return first;
}

int control_check(struct control_set *set, bool adjust)
{
	struct control_plan plan;
	int ret;

	ret = control_plan_init(set, false, &plan);
	if (ret < 0)
		return ret;
	ret = control_check_plan(set, &plan, adjust);
	control_plan_finish(&plan);
	return ret;
}
