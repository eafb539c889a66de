// SPDX-License-Identifier: GPL-2.0-or-later
/* The order in which staged controls are written: what others depend on comes first. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/device/control_private.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Which control decides over which: an automatic switch makes its manual twin inactive, a
 * blanking time changes how long an exposure may be. `manual` is what the switch must be
 * for the twin to act. No control is its own master by whatever way.
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

static bool is_dependent(uint32_t master, uint32_t slave)
{
	for (size_t i = 0; i < ARRAY_SIZE(dependencies); i++)
		if (dependencies[i].master == master && dependencies[i].slave == slave)
			return true;
	return false;
}

static bool is_master(const struct control *control)
{
	if (control->flags & V4L2_CTRL_FLAG_UPDATE)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(dependencies); i++)
		if (dependencies[i].master == control->id)
			return true;
	return false;
}

bool control_is_governed(const struct control *control)
{
	for (size_t i = 0; i < ARRAY_SIZE(dependencies); i++)
		if (dependencies[i].slave == control->id &&
		    dependencies[i].manual != MANUAL_ANY)
			return true;
	return false;
}

static bool is_planned(const struct control_plan *plan, const struct control *control)
{
	for (size_t i = 0; control && i < plan->count; i++)
		if (plan->entries[i].control == control)
			return true;
	return false;
}

/*
 * Masters are 0, others 1, and a slave comes after those of its masters that are written.
 *
 * A rank is a call of its own. uvcvideo would take a master and its slave in one, too, but
 * sends what is in one in the order of its own tables, where the white balance comes ahead
 * of its switch, and the focus: a camera that minds then refuses it.
 */
static unsigned rank_of(const struct control_set *set, const struct control_plan *plan,
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
	const struct control_entry *a = one, *b = other;
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

void control_plan_finish(struct control_plan *plan)
{
	free(plan->entries);
	*plan = (struct control_plan){ 0 };
}

int control_plan_init(const struct control_set *set, bool restore, struct control_plan *plan)
{
	struct control_value *value;

	*plan = (struct control_plan){ 0 };
	plan->entries = calloc(set->num_controls + 1, sizeof(*plan->entries));
	if (!plan->entries)
		return -ENOMEM;
	for (size_t i = 0; i < set->num_controls; i++) {
		value = restore ? set->controls[i]->before : set->controls[i]->staged;
		if (value)
			plan->entries[plan->count++] =
				(struct control_entry){ .control = set->controls[i],
							.value = value };
	}
	for (size_t i = 0; i < plan->count; i++) {
		plan->entries[i].rank = rank_of(set, plan, plan->entries[i].control) + 1;
		/* To be put back while it still can, ahead of the switch that rules it. */
		if (plan->entries[i].value->is_dormant)
			plan->entries[i].rank = 0;
	}
	qsort(plan->entries, plan->count, sizeof(*plan->entries), compare_entries);
	return 0;
}

bool control_plan_governs(const struct control_plan *plan, const struct control_entry *entry)
{
	const struct control *other;

	for (size_t i = 0; i < plan->count; i++) {
		other = plan->entries[i].control;
		if (other->device == entry->control->device &&
		    is_dependent(other->id, entry->control->id))
			return true;
	}
	return false;
}

bool control_plan_depends(const struct control_plan *plan, const struct control_entry *entry)
{
	const struct control_entry *other;

	for (size_t i = 0; i < plan->count; i++) {
		other = &plan->entries[i];
		if (other->control->device == entry->control->device &&
		    other->rank < entry->rank && is_master(other->control))
			return true;
	}
	return false;
}

struct control *control_blocker(struct control_set *set, const struct control *control,
				int64_t *manual)
{
	struct control *master;

	for (size_t i = 0; i < ARRAY_SIZE(dependencies); i++) {
		if (dependencies[i].slave != control->id ||
		    dependencies[i].manual == MANUAL_ANY)
			continue;
		master = control_neighbour(set, control, dependencies[i].master);
		if (master && control_read_one(set, master) >= 0 && master->readable &&
		    master->value != dependencies[i].manual) {
			*manual = dependencies[i].manual;
			return master;
		}
	}
	return NULL;
}

bool control_is_staged(const struct control_set *set)
{
	for (size_t i = 0; i < set->num_controls; i++)
		if (set->controls[i]->staged)
			return true;
	return false;
}

bool control_is_staged_for(const struct control_set *set, const char *name)
{
	for (size_t i = 0; i < set->num_controls; i++)
		if (set->controls[i]->staged && !strcmp(set->controls[i]->name, name))
			return true;
	return false;
}

/* The one v4l2-ctl knows: ours has the id behind it when a device has two of a name. */
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

/* It fills arrays of these with one number; signed ones it passes over in silence (1.22). */
static bool is_foreign_array(const struct control *control)
{
	return !(control->flags & V4L2_CTRL_FLAG_DYNAMIC_ARRAY) &&
	       (control->type == V4L2_CTRL_TYPE_U8 || control->type == V4L2_CTRL_TYPE_U16 ||
		control->type == V4L2_CTRL_TYPE_U32);
}

/* False if v4l2-ctl has no words for it: it splits at commas and knows no quotes. */
static bool print_foreign_value(const struct control_entry *entry, FILE *file)
{
	const struct control *control = entry->control;
	char number[24];
	size_t length;

	if (control->flags & V4L2_CTRL_FLAG_HAS_PAYLOAD &&
	    control->type == V4L2_CTRL_TYPE_STRING) {
		fputs(entry->value->payload, file);
		return !strchr(entry->value->payload, ',');
	}
	if (control_is_array(control) && !is_foreign_array(control))
		return false;
	length = control_value_print(control, entry->value, number, sizeof(number));
	fputs(number, file);
	return length < sizeof(number) && number[0] != '"';
}

static int tell_entry(const struct control_entry *entry,
		      control_staged_callback *callback, void *context)
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
	struct control_plan plan;
	int ret;

	ret = control_plan_init(set, false, &plan);
	for (size_t i = 0; ret >= 0 && i < plan.count; i++)
		ret = tell_entry(&plan.entries[i], callback, context);
	control_plan_finish(&plan);
	return ret;
}
