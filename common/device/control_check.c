// SPDX-License-Identifier: GPL-2.0-or-later
/* What speaks against a value before it is written: flags, range, automatic switches. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/device/control_private.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* "brightness=300" with at most so many characters of the value. */
const char *control_entry_text(const struct control_entry *entry,
			       char text[static CONTROL_TEXT_SIZE])
{
	char value[CONTROL_TEXT_SIZE - CONTROL_NAME_SIZE - 4];
	size_t length;

	if (entry->value->asked)
		length = (size_t)snprintf(value, sizeof(value), "%s", entry->value->asked);
	else
		length = control_value_print(entry->control, entry->value, value,
					     sizeof(value));
	snprintf(text, CONTROL_TEXT_SIZE, "%s=%s%s", entry->control->name, value,
		 length >= sizeof(value) ? "..." : "");
	return text;
}

static int say_inactive(struct control_set *set, const struct control_entry *entry)
{
	char asked[CONTROL_TEXT_SIZE], is[CONTROL_TEXT_SIZE], must_be[CONTROL_TEXT_SIZE];
	const char *entity = entry->control->entity;
	const struct control *blocker;
	int64_t manual;

	control_entry_text(entry, asked);
	blocker = control_blocker(set, entry->control, &manual);
	if (blocker)
		log_error(set->log, "control-inactive",
			  "%s: %s: it is inactive while %s=%s; it needs %s=%s", entity, asked,
			  blocker->name, control_number_text(blocker, blocker->value, is),
			  blocker->name, control_number_text(blocker, manual, must_be));
	else
		log_error(set->log, "control-inactive",
			  "%s: %s: it is inactive while the device is in its present state",
			  entity, asked);
	return -EINVAL;
}

static bool takes_number(const struct control *control, int64_t number)
{
	if (control->defect || control->flags & V4L2_CTRL_FLAG_READ_ONLY)
		return false;
	return control->type == V4L2_CTRL_TYPE_BOOLEAN || control_find_item(control, number);
}

/* The switch of one control, if it has one that is in the way. */
static int release(struct control_set *set, const struct control *control)
{
	char value[CONTROL_TEXT_SIZE];
	struct control *blocker;
	int64_t manual;
	int ret;

	blocker = control_blocker(set, control, &manual);
	if (!blocker || blocker->staged || !takes_number(blocker, manual))
		return 0;
	ret = control_value_create(manual, NULL, 0, &blocker->staged);
	if (ret < 0)
		return ret;
	blocker->staged->said = set->said++;
	log_notice(set->log, "control-adjusted", "%s: %s=%s is set too: %s needs it",
		   control->entity, blocker->name,
		   control_number_text(blocker, manual, value), control->name);
	return 0;
}

int control_release(struct control_set *set)
{
	struct control *control;
	int ret = 0;

	for (size_t i = 0; ret >= 0 && i < set->num_controls; i++) {
		control = set->controls[i];
		if (!control->staged || !control_is_governed(control))
			continue;
		ret = control_query_one(set, control);
		if (ret >= 0 && control->flags & V4L2_CTRL_FLAG_INACTIVE)
			ret = release(set, control);
		/* Who fails is named when it is looked at for itself. */
		if (ret < 0 && ret != -ENOMEM)
			ret = 0;
	}
	return ret;
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

	if (entry->control->defect)
		return refuse(set, entry, "control-broken", entry->control->defect, -EINVAL);
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

/* "0 to 255", with the steps and the units if there are any. */
static void range_text(const struct control *control, char text[static CONTROL_TEXT_SIZE])
{
	char least[CONTROL_AMOUNT_SIZE], most[CONTROL_AMOUNT_SIZE];
	size_t used;

	if (control->type == V4L2_CTRL_TYPE_BITMASK)
		snprintf(text, CONTROL_TEXT_SIZE, "bits of 0x%08" PRIx64, control->maximum);
	else if (control->step > 1)
		snprintf(text, CONTROL_TEXT_SIZE,
			 "%" PRId64 " to %" PRId64 " in steps of %" PRIu64,
			 control->minimum, control->maximum, control->step);
	else
		snprintf(text, CONTROL_TEXT_SIZE, "%" PRId64 " to %" PRId64,
			 control->minimum, control->maximum);
	if (!control_amount(control, control->minimum, least)[0])
		return;
	used = strlen(text);
	snprintf(text + used, CONTROL_TEXT_SIZE - used, ", %s to %s", least,
		 control_amount(control, control->maximum, most));
}

/* Why it can't be that number: "out of range (0 to 255)". */
static void misfit_text(const struct control *control, bool between,
			char text[static CONTROL_TEXT_SIZE])
{
	char range[CONTROL_TEXT_SIZE];

	range_text(control, range);
	if (between)
		snprintf(text, CONTROL_TEXT_SIZE, "it lies between two values (unit %s)",
			 control_unit(control));
	else
		snprintf(text, CONTROL_TEXT_SIZE, "out of range (%.200s)", range);
}

static int check_number(struct control_set *set, const struct control_entry *entry, bool adjust)
{
	const struct control *control = entry->control;
	int64_t number = control_value_number(control, entry->value);
	int64_t nearest = control_nearest(control, number);
	char asked[CONTROL_TEXT_SIZE], why[CONTROL_TEXT_SIZE], offer[CONTROL_TEXT_SIZE];

	if (nearest == number && !entry->value->between)
		return 0;
	misfit_text(control, nearest == number, why);
	control_number_text(control, nearest, offer);
	control_entry_text(entry, asked);
	if (!adjust) {
		log_error(set->log, "control-range", "%s: %s: %s, the nearest is %s",
			  control->entity, asked, why, offer);
		return -ERANGE;
	}
	log_notice(set->log, "control-adjusted", "%s: %s: taken as %s: %s",
		   control->entity, asked, offer, why);
	entry->value->number = nearest;
	entry->value->between = false;
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
 * What it means when it is about a control. The numbers are those that uvcvideo makes of a
 * camera's own error codes (uvc_query_ctrl() in uvc_video.c); nodes and files are not meant.
 */
static const struct {
	int error;
	const char *sentence;
} refusals[] = {
	{ -EACCES, "the device is in the wrong state for it, an automatic mode perhaps" },
	{ -EPERM, "the device does not permit it" },
	{ -EBUSY, "the device is not ready for it now" },
	{ -EREMOTE, "the device has not the power for it" },
	{ -ERANGE, "out of range, says the device" },
	{ -EINVAL, "the device does not take this value" },
	{ -EIO, "the device failed: it knows no such request, or has a fault" },
	{ -EPIPE, "the device refuses it without a reason" },
	{ -EPROTO, "the device answers something that makes no sense" },
	{ -EILSEQ, "the device answers something that makes no sense" },
	{ -EOVERFLOW, "the device answers something that makes no sense" },
	{ -ETIMEDOUT, "the device does not answer in time" },
	{ -ENODEV, "the device went away" },
	{ -ESHUTDOWN, "the device went away" },
};

int control_entry_fail(struct control_set *set, const struct control_entry *entry, int error)
{
	const char *why = strerror(-error);

	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
		if (refusals[i].error == error)
			why = refusals[i].sentence;
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

	ret = adjust ? control_release(set) : 0;
	if (ret >= 0)
		ret = control_plan_init(set, false, &plan);
	if (ret < 0)
		return ret;
	ret = control_check_plan(set, &plan, adjust);
	control_plan_finish(&plan);
	return ret;
}
