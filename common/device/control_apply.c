// SPDX-License-Identifier: GPL-2.0-or-later
/* Writing controls: in order of dependency, read back, and back again. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/device/control_private.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* For messages and assignments; what is longer is cut in the one and left out in the other. */
#define TEXT_SIZE 256

/*
 * Which control decides over which: an automatic switch makes its manual twin inactive, a
 * blanking time changes how long an exposure may be. `manual` is what the switch must be for
 * the twin to act. No control is its own master by whatever way.
 */
#define MANUAL_ANY INT64_MIN
static const struct dependency {
	uint32_t master;
	uint32_t slave;
	int64_t manual;
} dependencies[] = {
	{ V4L2_CID_EXPOSURE_AUTO, V4L2_CID_EXPOSURE, V4L2_EXPOSURE_MANUAL },
	{ V4L2_CID_EXPOSURE_AUTO, V4L2_CID_EXPOSURE_ABSOLUTE, V4L2_EXPOSURE_MANUAL },
	{ V4L2_CID_EXPOSURE_AUTO, V4L2_CID_IRIS_ABSOLUTE, V4L2_EXPOSURE_MANUAL },
	{ V4L2_CID_EXPOSURE_AUTO, V4L2_CID_EXPOSURE_AUTO_PRIORITY, MANUAL_ANY },
	{ V4L2_CID_EXPOSURE_AUTO, V4L2_CID_AUTO_EXPOSURE_BIAS, MANUAL_ANY },
	{ V4L2_CID_AUTOGAIN, V4L2_CID_GAIN, 0 },
	{ V4L2_CID_AUTOGAIN, V4L2_CID_ANALOGUE_GAIN, 0 },
	{ V4L2_CID_AUTO_WHITE_BALANCE, V4L2_CID_WHITE_BALANCE_TEMPERATURE, 0 },
	{ V4L2_CID_AUTO_WHITE_BALANCE, V4L2_CID_RED_BALANCE, 0 },
	{ V4L2_CID_AUTO_WHITE_BALANCE, V4L2_CID_BLUE_BALANCE, 0 },
	{ V4L2_CID_AUTO_WHITE_BALANCE, V4L2_CID_DO_WHITE_BALANCE, 0 },
	{ V4L2_CID_AUTO_N_PRESET_WHITE_BALANCE, V4L2_CID_WHITE_BALANCE_TEMPERATURE,
	  V4L2_WHITE_BALANCE_MANUAL },
	{ V4L2_CID_AUTO_N_PRESET_WHITE_BALANCE, V4L2_CID_RED_BALANCE,
	  V4L2_WHITE_BALANCE_MANUAL },
	{ V4L2_CID_AUTO_N_PRESET_WHITE_BALANCE, V4L2_CID_BLUE_BALANCE,
	  V4L2_WHITE_BALANCE_MANUAL },
	{ V4L2_CID_FOCUS_AUTO, V4L2_CID_FOCUS_ABSOLUTE, 0 },
	{ V4L2_CID_FOCUS_AUTO, V4L2_CID_FOCUS_RELATIVE, 0 },
	{ V4L2_CID_HUE_AUTO, V4L2_CID_HUE, 0 },
	{ V4L2_CID_AUTOBRIGHTNESS, V4L2_CID_BRIGHTNESS, 0 },
	{ V4L2_CID_CHROMA_AGC, V4L2_CID_CHROMA_GAIN, 0 },
	{ V4L2_CID_ISO_SENSITIVITY_AUTO, V4L2_CID_ISO_SENSITIVITY,
	  V4L2_ISO_SENSITIVITY_MANUAL },
	{ V4L2_CID_LINK_FREQ, V4L2_CID_HBLANK, MANUAL_ANY },
	{ V4L2_CID_LINK_FREQ, V4L2_CID_VBLANK, MANUAL_ANY },
	{ V4L2_CID_HBLANK, V4L2_CID_EXPOSURE, MANUAL_ANY },
	{ V4L2_CID_VBLANK, V4L2_CID_EXPOSURE, MANUAL_ANY },
	{ V4L2_CID_VBLANK, V4L2_CID_EXPOSURE_ABSOLUTE, MANUAL_ANY },
};

/* One write to be: in which rank, of which value. Values are lent. */
struct entry {
	struct control *control;
	struct control_value *value;
	unsigned rank;
};

struct plan {
	struct entry *entries;
	size_t count;
};

static bool is_master(const struct control *control)
{
	if (control->flags & V4L2_CTRL_FLAG_UPDATE)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(dependencies); i++)
		if (dependencies[i].master == control->id)
			return true;
	return false;
}

static bool is_planned(const struct plan *plan, const struct control *control)
{
	for (size_t i = 0; control && i < plan->count; i++)
		if (plan->entries[i].control == control)
			return true;
	return false;
}

/* Masters are 0, others 1, and a slave comes after its masters, as far as they are written too. */
static unsigned rank_of(const struct control_set *set, const struct plan *plan,
			const struct control *control)
{
	unsigned rank = is_master(control) ? 0 : 1, above;
	const struct control *master;

	for (size_t i = 0; i < ARRAY_SIZE(dependencies); i++) {
		if (dependencies[i].slave != control->id)
			continue;
		master = control_neighbour(set, control, dependencies[i].master);
		if (!is_planned(plan, master))
			continue;
		above = rank_of(set, plan, master) + 1;
		rank = above > rank ? above : rank;
	}
	return rank;
}

/* Buttons last: what they start shall see the new values. */
static int compare_entries(const void *one, const void *other)
{
	const struct entry *a = one, *b = other;
	bool a_pressed = a->control->type == V4L2_CTRL_TYPE_BUTTON;
	bool b_pressed = b->control->type == V4L2_CTRL_TYPE_BUTTON;

	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	if (a->control->device != b->control->device)
		return a->control->device < b->control->device ? -1 : 1;
	if (a_pressed != b_pressed)
		return a_pressed ? 1 : -1;
	if (a->value->said != b->value->said)
		return a->value->said < b->value->said ? -1 : 1;
	return 0;
}

static void plan_finish(struct plan *plan)
{
	free(plan->entries);
	*plan = (struct plan){ 0 };
}

/* The order in which values are written: those staged, or those to be put back. */
static int plan_init(const struct control_set *set, bool restore, struct plan *plan)
{
	struct control_value *value;

	*plan = (struct plan){ 0 };
	plan->entries = calloc(set->num_controls + 1, sizeof(*plan->entries));
	if (!plan->entries)
		return -ENOMEM;
	for (size_t i = 0; i < set->num_controls; i++) {
		value = restore ? set->controls[i]->before : set->controls[i]->staged;
		if (value)
			plan->entries[plan->count++] =
				(struct entry){ .control = set->controls[i], .value = value };
	}
	for (size_t i = 0; i < plan->count; i++)
		plan->entries[i].rank = rank_of(set, plan, plan->entries[i].control);
	qsort(plan->entries, plan->count, sizeof(*plan->entries), compare_entries);
	return 0;
}

/* How many entries from the first on share its rank and device. */
static size_t group_size(const struct plan *plan, size_t first)
{
	const struct entry *entries = plan->entries;
	size_t end = first;

	while (end < plan->count && entries[end].rank == entries[first].rank &&
	       entries[end].control->device == entries[first].control->device)
		end++;
	return end - first;
}

/* "brightness=300" with at most so many characters of the value. */
static const char *entry_text(const struct entry *entry, char text[static TEXT_SIZE])
{
	char value[TEXT_SIZE - CONTROL_NAME_SIZE - 4];
	size_t length;

	length = control_value_print(entry->control, entry->value, value, sizeof(value));
	snprintf(text, TEXT_SIZE, "%s=%s%s", entry->control->name, value,
		 length >= sizeof(value) ? "..." : "");
	return text;
}

/* The value that its master has, "auto_exposure=3 (Aperture Priority Mode)". */
static void master_text(const struct control *master, char text[static TEXT_SIZE])
{
	const struct control_menu_item *item = control_find_item(master, master->value);

	snprintf(text, TEXT_SIZE, "%s=%" PRId64 "%s%s%s", master->name, master->value,
		 item && item->name[0] ? " (" : "", item ? item->name : "",
		 item && item->name[0] ? ")" : "");
}

/* The kernel says that a control is inactive, but not why: the usual suspects. */
static const struct control *find_blocker(struct control_set *set,
					  const struct control *control)
{
	struct control *master;

	for (size_t i = 0; i < ARRAY_SIZE(dependencies); i++) {
		if (dependencies[i].slave != control->id ||
		    dependencies[i].manual == MANUAL_ANY)
			continue;
		master = control_neighbour(set, control, dependencies[i].master);
		if (master && control_read_one(set, master) >= 0 && master->readable &&
		    master->value != dependencies[i].manual)
			return master;
	}
	return NULL;
}

static int say_inactive(struct control_set *set, const struct entry *entry)
{
	const struct control *blocker = find_blocker(set, entry->control);
	char asked[TEXT_SIZE], why[TEXT_SIZE];

	if (blocker)
		master_text(blocker, why);
	else
		snprintf(why, sizeof(why), "the device is in its present state");
	log_error(set->log, "control-inactive", "%s: %s: it is inactive while %s",
		  entry->control->entity, entry_text(entry, asked), why);
	return -EINVAL;
}

static int say_refused(struct control_set *set, const struct entry *entry,
		       const char *code, const char *why, int error)
{
	char asked[TEXT_SIZE];

	log_error(set->log, code, "%s: %s: %s", entry->control->entity,
		  entry_text(entry, asked), why);
	return error;
}

/* What the flags forbid, whatever the value. */
static int check_flags(struct control_set *set, const struct entry *entry)
{
	uint32_t flags = entry->control->flags;

	if (flags & V4L2_CTRL_FLAG_DISABLED)
		return say_refused(set, entry, "control-disabled",
				   "the driver has disabled it", -EINVAL);
	if (flags & V4L2_CTRL_FLAG_READ_ONLY)
		return say_refused(set, entry, "control-read-only", "it is read-only",
				   -EINVAL);
	if (flags & V4L2_CTRL_FLAG_GRABBED)
		return say_refused(set, entry, "control-busy",
				   "it can't be changed while the device streams", -EBUSY);
	return 0;
}

/* "0 to 255", with the steps if there are any. */
static void range_text(const struct control *control, char text[static TEXT_SIZE])
{
	if (control->type == V4L2_CTRL_TYPE_BITMASK)
		snprintf(text, TEXT_SIZE, "bits of 0x%08" PRIx64, control->maximum);
	else if (control->step > 1)
		snprintf(text, TEXT_SIZE, "%" PRId64 " to %" PRId64 " in steps of %" PRIu64,
			 control->minimum, control->maximum, control->step);
	else
		snprintf(text, TEXT_SIZE, "%" PRId64 " to %" PRId64, control->minimum,
			 control->maximum);
}

/* A value of a control as a listing shows it, for any number. */
static void number_text(const struct control *control, int64_t number,
			char text[static TEXT_SIZE])
{
	struct control_value value = { .percent_milli = -1, .number = number };

	control_value_print(control, &value, text, TEXT_SIZE);
}

static int check_number(struct control_set *set, const struct entry *entry, bool adjust)
{
	const struct control *control = entry->control;
	int64_t number = control_value_number(control, entry->value);
	int64_t nearest = control_nearest(control, number);
	char asked[TEXT_SIZE], range[TEXT_SIZE], offer[TEXT_SIZE];

	if (nearest == number)
		return 0;
	range_text(control, range);
	number_text(control, nearest, offer);
	if (!adjust) {
		log_error(set->log, "control-range",
			  "%s: %s: out of range (%s), the nearest is %s", control->entity,
			  entry_text(entry, asked), range, offer);
		return -ERANGE;
	}
	log_notice(set->log, "control-adjusted", "%s: %s: taken as %s (%s)",
		   control->entity, entry_text(entry, asked), offer, range);
	entry->value->number = nearest;
	return 0;
}

/* Of a string, minimum, maximum and step are its length. */
static int check_string(struct control_set *set, const struct entry *entry, bool adjust)
{
	int64_t length = (int64_t)entry->value->payload_bytes - 1;
	int64_t nearest = control_nearest(entry->control, length);
	char asked[TEXT_SIZE], range[TEXT_SIZE];

	if (nearest == length)
		return 0;
	range_text(entry->control, range);
	if (!adjust || nearest > length) {
		log_error(set->log, "control-range",
			  "%s: %s: its length is %" PRId64 ", it takes %s",
			  entry->control->entity, entry_text(entry, asked), length, range);
		return -ERANGE;
	}
	log_notice(set->log, "control-adjusted", "%s: %s: cut to %" PRId64 " bytes",
		   entry->control->entity, entry_text(entry, asked), nearest);
	((char *)entry->value->payload)[nearest] = '\0';
	entry->value->payload_bytes = (size_t)nearest + 1;
	return 0;
}

/* Arrays may change their size with the format, after a value was staged. */
static int check_array(struct control_set *set, const struct entry *entry)
{
	const struct control *control = entry->control;
	char why[TEXT_SIZE];

	if (control->flags & V4L2_CTRL_FLAG_DYNAMIC_ARRAY ||
	    entry->value->payload_bytes ==
		    (size_t)control->num_elements * control->element_bytes)
		return 0;
	snprintf(why, sizeof(why), "by now it has %" PRIu32 " numbers",
		 control->num_elements);
	return say_refused(set, entry, "control-range", why, -ERANGE);
}

static int check_value(struct control_set *set, const struct entry *entry, bool adjust)
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
 * inactive, EILSEQ its way to say that a request makes no sense to it; nodes are not meant.
 */
static int say_device(struct control_set *set, const struct entry *entry, int error)
{
	char why[TEXT_SIZE];

	snprintf(why, sizeof(why), "the device refuses it: %s", strerror(-error));
	say_refused(set, entry, "control-refused", why, error);
	return error == -EACCES || error == -EPERM ? -EINVAL : error;
}

static int check_entry(struct control_set *set, const struct entry *entry, bool adjust)
{
	int ret;

	ret = control_query_one(set, entry->control);
	if (ret < 0)
		return say_device(set, entry, ret);
	ret = check_flags(set, entry);
	if (ret < 0)
		return ret;
	if (entry->control->flags & V4L2_CTRL_FLAG_INACTIVE)
		return say_inactive(set, entry);
	return check_value(set, entry, adjust);
}

/* True if something that is written before it may change its range or activity. */
static bool depends(const struct plan *plan, const struct entry *entry)
{
	const struct entry *other;

	for (size_t i = 0; i < plan->count; i++) {
		other = &plan->entries[i];
		if (other->control->device == entry->control->device &&
		    other->rank < entry->rank && is_master(other->control))
			return true;
	}
	return false;
}

static int check_plan(struct control_set *set, const struct plan *plan, bool adjust)
{
	int ret, first = 0;

	for (size_t i = 0; i < plan->count; i++) {
		if (depends(plan, &plan->entries[i]))
			ret = check_flags(set, &plan->entries[i]);
		else
			ret = check_entry(set, &plan->entries[i], adjust);
		if (ret == -ENODEV)
			return ret;
		if (ret < 0 && !first)
			first = ret;
	}
	return first;
}

int control_check(struct control_set *set, bool adjust)
{
	struct plan plan;
	int ret;

	ret = plan_init(set, false, &plan);
	if (ret < 0)
		return ret;
	ret = check_plan(set, &plan, adjust);
	plan_finish(&plan);
	return ret;
}

/* The payload is a copy: the driver writes into it what it made of the value. */
static int fill_request(const struct entry *entry, struct v4l2_ext_control *request)
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
static int write_batch(struct control_set *set, const struct entry *entries, size_t count)
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
 * Writes a rank of one device: in one call, so that controls which belong together (red and
 * blue, the parts of a flip) change together. When that fails, one by one, to find
 * the one to name; a button is pressed once only, so it always goes alone.
 */
static int write_group(struct control_set *set, const struct entry *entries, size_t count,
		       int (*refused)(struct control_set *set, const struct entry *entry,
				      int error))
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

/* Did the device take the value? What changes by itself, or only acts, can't be compared. */
static int verify(struct control_set *set, const struct entry *entry, bool adjust)
{
	struct control *control = entry->control;
	char asked[TEXT_SIZE], got[TEXT_SIZE];
	int ret;

	ret = control_query_one(set, control);
	if (ret >= 0)
		ret = control_read_one(set, control);
	if (ret < 0)
		return say_device(set, entry, ret);
	if (!control->readable || control_value_is_current(control, entry->value))
		return 0;
	if (control->flags & V4L2_CTRL_FLAG_VOLATILE &&
	    control->flags & V4L2_CTRL_FLAG_EXECUTE_ON_WRITE)
		return 0;

	control_value_text(control, got, sizeof(got));
	log_say(set->log, adjust ? LOG_NOTICE : LOG_ERROR, "control-changed",
		"%s: asked %s, got %s", control->entity, entry_text(entry, asked), got);
	return adjust ? 0 : -EINVAL;
}

static int write_plan(struct control_set *set, const struct plan *plan, bool adjust)
{
	size_t count;
	int ret = 0;

	for (size_t first = 0; ret >= 0 && first < plan->count; first += count) {
		count = group_size(plan, first);
		for (size_t i = first; ret >= 0 && i < first + count; i++)
			if (depends(plan, &plan->entries[i]))
				ret = check_entry(set, &plan->entries[i], adjust);
		if (ret >= 0)
			ret = write_group(set, &plan->entries[first], count, say_device);
	}
	return ret;
}

static int verify_plan(struct control_set *set, const struct plan *plan, bool adjust)
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

static void unstage(struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		control_value_destroy(plan->entries[i].value);
		plan->entries[i].control->staged = NULL;
	}
}

int control_apply(struct control_set *set, bool adjust)
{
	struct plan plan;
	int ret;

	ret = plan_init(set, false, &plan);
	if (ret < 0)
		return ret;
	ret = check_plan(set, &plan, adjust);
	if (ret >= 0)
		ret = write_plan(set, &plan, adjust);
	if (ret >= 0)
		ret = verify_plan(set, &plan, adjust);
	if (ret >= 0)
		unstage(&plan);
	plan_finish(&plan);
	return ret < 0 ? ret : 0;
}

bool control_is_staged(const struct control_set *set)
{
	for (size_t i = 0; i < set->num_controls; i++)
		if (set->controls[i]->staged)
			return true;
	return false;
}

/* The name that v4l2-ctl knows: ours has the id behind it when a device has two of one name. */
static void print_foreign_name(const struct control *control, FILE *file)
{
	char suffix[16];
	size_t length = strlen(control->name);

	snprintf(suffix, sizeof(suffix), "0x%08" PRIx32, control->id);
	if (length >= strlen(suffix) &&
	    !strcmp(control->name + length - strlen(suffix), suffix))
		fputs(suffix, file);
	else
		fputs(control->name, file);
}

/* False if v4l2-ctl has no words for it. */
static bool print_foreign_value(const struct entry *entry, FILE *file)
{
	const struct control *control = entry->control;
	char number[24];

	if (control->flags & V4L2_CTRL_FLAG_HAS_PAYLOAD &&
	    control->type == V4L2_CTRL_TYPE_STRING) {
		fputs(entry->value->payload, file);
		return !strchr(entry->value->payload, ',');
	}
	if (control->flags & V4L2_CTRL_FLAG_DYNAMIC_ARRAY ||
	    control_value_print(control, entry->value, number, sizeof(number)) >=
		    sizeof(number) ||
	    number[0] == '"')
		return false;
	fputs(number, file);
	return true;
}

static int tell_entry(const struct entry *entry, control_staged_callback *callback,
		      void *context)
{
	char *assignment = NULL;
	size_t size;
	FILE *file;
	bool said;

	file = open_memstream(&assignment, &size);
	if (!file)
		return -ENOMEM;
	print_foreign_name(entry->control, file);
	fputc('=', file);
	said = print_foreign_value(entry, file);
	if (fclose(file) != 0) {
		free(assignment);
		return -ENOMEM;
	}
	callback(context, entry->control, said ? assignment : NULL);
	free(assignment);
	return 0;
}

int control_each_staged(const struct control_set *set, control_staged_callback *callback,
			void *context)
{
	struct plan plan;
	int ret;

	ret = plan_init(set, false, &plan);
	for (size_t i = 0; ret >= 0 && i < plan.count; i++)
		ret = tell_entry(&plan.entries[i], callback, context);
	plan_finish(&plan);
	return ret;
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
		if (!control_is_storable(control))
			continue;
		ret = control_value_current(control, &control->before);
		if (ret >= 0)
			control->before->said = (unsigned)i;
	}
	return ret;
}

static int say_stays(struct control_set *set, const struct entry *entry, int error)
{
	char asked[TEXT_SIZE];

	if (error != -ENODEV)
		log_warning(set->log, "control-not-restored",
			    "%s: %s can't be put back: %s", entry->control->entity,
			    entry_text(entry, asked), strerror(-error));
	return error;
}

/* One at a time: a value that can't be put back must not hold up another. */
static int restore_entry(struct control_set *set, const struct entry *entry)
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
	struct plan plan;
	int ret, first = 0;

	ret = plan_init(set, true, &plan);
	if (ret < 0)
		return ret;
	for (size_t i = 0; i < plan.count; i++) {
		ret = restore_entry(set, &plan.entries[i]);
		if (ret < 0 && ret != -ENODEV && !first)
			first = ret;
	}
	plan_finish(&plan);
	return first;
}
