// SPDX-License-Identifier: GPL-2.0-or-later
/* Writing controls, reading them back, and putting back what was there. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/device/control_private.h"

/* How many entries from the first on share its rank and device. */
static size_t group_size(const struct control_plan *plan, size_t first)
{
	const struct control_entry *entries = plan->entries;
	size_t end = first;

	while (end < plan->count && entries[end].rank == entries[first].rank &&
	       entries[end].control->device == entries[first].control->device)
		end++;
	return end - first;
}

/* The payload is a copy: the driver writes into it what it made of the value. */
static int fill_request(const struct control_entry *entry, struct v4l2_ext_control *request)
{
	const struct control *control = entry->control;
	int64_t number = control_value_number(control, entry->value);

	*request = (struct v4l2_ext_control){ .id = control->id };
	if (control->flags & V4L2_CTRL_FLAG_HAS_PAYLOAD) {
		request->ptr = malloc(entry->value->payload_bytes + 1);
		if (!request->ptr)
			return -ENOMEM;
		memcpy(request->ptr, entry->value->payload, entry->value->payload_bytes);
		request->size = (uint32_t)entry->value->payload_bytes;
	} else if (control->type == V4L2_CTRL_TYPE_INTEGER64) {
		request->value64 = number;
	} else {
		request->value = (int32_t)number;
	}
	return 0;
}

/* All at once; the entries are of one device. */
static int write_batch(struct control_set *set, const struct control_entry *entries,
		       size_t count)
{
	struct v4l2_ext_controls request = { .which = V4L2_CTRL_WHICH_CUR_VAL };
	int ret = 0;

	request.controls = calloc(count, sizeof(*request.controls));
	if (!request.controls)
		return -ENOMEM;
	while (ret >= 0 && request.count < count) {
		ret = fill_request(&entries[request.count], &request.controls[request.count]);
		request.count += ret >= 0;
	}
	if (ret >= 0)
		ret = set->ioctl(set->devices[entries[0].control->device].fd,
				 VIDIOC_S_EXT_CTRLS, &request);
	for (size_t i = 0; i < count; i++)
		if (entries[i].control->flags & V4L2_CTRL_FLAG_HAS_PAYLOAD)
			free(request.controls[i].ptr);
	free(request.controls);
	return ret;
}

/*
 * Writes a rank of one device: in one call, so that controls which belong together (red
 * and blue, the parts of a flip) change together. When that fails, one by one, to find
 * the one to name; a button is pressed once only, so it always goes alone.
 */
static int write_group(struct control_set *set, const struct control_entry *entries,
		       size_t count,
		       int (*refused)(struct control_set *set,
				      const struct control_entry *entry, int error))
{
	size_t values = 0;
	int ret = 0;

	while (values < count && entries[values].control->type != V4L2_CTRL_TYPE_BUTTON)
		values++;
	if (values < 2 || write_batch(set, entries, values) < 0)
		values = 0;
	for (size_t i = values; ret >= 0 && i < count; i++) {
		ret = write_batch(set, &entries[i], 1);
		if (ret < 0)
			ret = refused(set, &entries[i], ret);
	}
	return ret;
}

/* What moves takes its time, and a camera may tell where it is instead of where it goes. */
static bool is_motor(const struct control *control)
{
	switch (control->id) {
	case V4L2_CID_PAN_ABSOLUTE:
	case V4L2_CID_TILT_ABSOLUTE:
	case V4L2_CID_ZOOM_ABSOLUTE:
	case V4L2_CID_FOCUS_ABSOLUTE:
	case V4L2_CID_IRIS_ABSOLUTE:
		return true;
	default:
		return false;
	}
}

/* Did the device take the value? What changes by itself can't be compared. */
static int verify(struct control_set *set, const struct control_entry *entry, bool adjust)
{
	struct control *control = entry->control;
	char asked[CONTROL_TEXT_SIZE], got[CONTROL_TEXT_SIZE];
	bool matters;
	int ret;

	ret = control_query_one(set, control);
	if (ret >= 0)
		ret = control_read_one(set, control);
	if (ret < 0)
		return control_entry_fail(set, entry, ret);
	if (!control->readable || control->flags & V4L2_CTRL_FLAG_VOLATILE ||
	    control_value_is_current(control, entry->value))
		return 0;

	matters = !adjust && !is_motor(control);
	if (control->flags & V4L2_CTRL_FLAG_HAS_PAYLOAD)
		control_value_text(control, got, sizeof(got));
	else
		control_number_text(control, control->value, got);
	log_say(set->log, matters ? LOG_ERROR : LOG_NOTICE, "control-changed",
		"%s: asked %s, got %s", control->entity, control_entry_text(entry, asked),
		got);
	return matters ? -EINVAL : 0;
}

static int write_plan(struct control_set *set, const struct control_plan *plan, bool adjust)
{
	size_t count;
	int ret = 0;

	for (size_t first = 0; ret >= 0 && first < plan->count; first += count) {
		count = group_size(plan, first);
		for (size_t i = first; ret >= 0 && i < first + count; i++)
			if (control_plan_depends(plan, &plan->entries[i]))
				ret = control_check_entry(set, &plan->entries[i], adjust);
		if (ret >= 0)
			ret = write_group(set, &plan->entries[first], count,
					  control_entry_fail);
	}
	return ret;
}

static int verify_plan(struct control_set *set, const struct control_plan *plan, bool adjust)
{
	int ret, first = 0;

	for (size_t i = 0; i < plan->count; i++) {
		ret = verify(set, &plan->entries[i], adjust);
		if (ret == -ENODEV)
			return ret;
		if (ret < 0 && !first)
			first = ret;
	}
	return first;
}

static void unstage(struct control_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		control_value_destroy(plan->entries[i].value);
		plan->entries[i].control->staged = NULL;
	}
}

int control_apply(struct control_set *set, bool adjust)
{
	struct control_plan plan;
	int ret;

	ret = adjust ? control_release(set) : 0;
	if (ret >= 0)
		ret = control_plan_init(set, false, &plan);
	if (ret < 0)
		return ret;
	ret = control_check_plan(set, &plan, adjust);
	if (ret >= 0)
		ret = write_plan(set, &plan, adjust);
	if (ret >= 0)
		ret = verify_plan(set, &plan, adjust);
	if (ret >= 0)
		unstage(&plan);
	control_plan_finish(&plan);
	return ret < 0 ? ret : 0;
}

/*
 * What an automatic switch made inactive has a value all the same, the one it goes back to
 * when the switch is off; unless it is volatile: then it is what the automatic chose.
 */
static bool is_dormant(const struct control *control)
{
	return control->flags & V4L2_CTRL_FLAG_INACTIVE && control_is_governed(control) &&
	       control_is_storable_if_active(control);
}

int control_snapshot(struct control_set *set)
{
	struct control *control;
	int ret;

	ret = control_refresh(set);
	for (size_t i = 0; ret >= 0 && i < set->num_controls; i++) {
		control = set->controls[i];
		control_value_destroy(control->before);
		control->before = NULL;
		if (!control_is_storable(control) && !is_dormant(control))
			continue;
		ret = control_value_current(control, &control->before);
		if (ret < 0)
			break;
		control->before->said = (unsigned)i;
		control->before->is_dormant = is_dormant(control);
	}
	return ret;
}

static int say_stays(struct control_set *set, const struct control_entry *entry, int error)
{
	char asked[CONTROL_TEXT_SIZE];

	if (error != -ENODEV)
		log_warning(set->log, "control-not-restored",
			    "%s: %s can't be put back: %s", entry->control->entity,
			    control_entry_text(entry, asked), strerror(-error));
	return error;
}

/* One at a time: a value that can't be put back must not hold up another. */
static int restore_entry(struct control_set *set, const struct control_entry *entry)
{
	struct control *control = entry->control;
	int ret;

	ret = control_query_one(set, control);
	if (ret >= 0)
		ret = control_read_one(set, control);
	if (ret < 0)
		return say_stays(set, entry, ret);
	if (!control_is_storable(control) || control_value_is_current(control, entry->value))
		return 0;
	ret = write_group(set, entry, 1, say_stays);
	if (ret >= 0)
		ret = control_read_one(set, control);
	return ret;
}

int control_restore(struct control_set *set)
{
	struct control_plan plan;
	int ret, first = 0;

	ret = control_plan_init(set, true, &plan);
	if (ret < 0)
		return ret;
	for (size_t i = 0; i < plan.count; i++) {
		ret = restore_entry(set, &plan.entries[i]);
		if (ret < 0 && ret != -ENODEV && !first)
			first = ret;
	}
	control_plan_finish(&plan);
	return first;
}
