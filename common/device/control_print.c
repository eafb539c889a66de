// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The listing of controls, near to that of v4l2-ctl so that scripts for one read the
 * other.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/device/control_private.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* Of an array; a longer one is for --save-controls. */
#define MAX_VALUE_LENGTH 80

const char *control_type_name(const struct control *control)
{
	static const struct {
		uint32_t type;
		const char *name;
	} names[] = {
		{ V4L2_CTRL_TYPE_INTEGER, "int" },
		{ V4L2_CTRL_TYPE_BOOLEAN, "bool" },
		{ V4L2_CTRL_TYPE_MENU, "menu" },
		{ V4L2_CTRL_TYPE_BUTTON, "button" },
		{ V4L2_CTRL_TYPE_INTEGER64, "int64" },
		{ V4L2_CTRL_TYPE_STRING, "str" },
		{ V4L2_CTRL_TYPE_BITMASK, "bitmask" },
		{ V4L2_CTRL_TYPE_INTEGER_MENU, "intmenu" },
		{ V4L2_CTRL_TYPE_U8, "u8" },
		{ V4L2_CTRL_TYPE_U16, "u16" },
		{ V4L2_CTRL_TYPE_U32, "u32" },
		{ V4L2_CTRL_TYPE_AREA, "area" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].type == control->type)
			return names[i].name;
	return control_is_struct(control) ? "struct" : "unknown";
}

const char *control_flags_text(uint32_t flags, char text[static CONTROL_FLAGS_SIZE])
{
	static const struct {
		uint32_t flag;
		const char *name;
	} names[] = {
		{ V4L2_CTRL_FLAG_DISABLED, "disabled" },
		{ V4L2_CTRL_FLAG_GRABBED, "grabbed" },
		{ V4L2_CTRL_FLAG_READ_ONLY, "read-only" },
		{ V4L2_CTRL_FLAG_UPDATE, "update" },
		{ V4L2_CTRL_FLAG_INACTIVE, "inactive" },
		{ V4L2_CTRL_FLAG_SLIDER, "slider" },
		{ V4L2_CTRL_FLAG_WRITE_ONLY, "write-only" },
		{ V4L2_CTRL_FLAG_VOLATILE, "volatile" },
		{ V4L2_CTRL_FLAG_HAS_PAYLOAD, "has-payload" },
		{ V4L2_CTRL_FLAG_EXECUTE_ON_WRITE, "execute-on-write" },
		{ V4L2_CTRL_FLAG_MODIFY_LAYOUT, "modify-layout" },
		{ V4L2_CTRL_FLAG_DYNAMIC_ARRAY, "dynamic-array" },
	};
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!(flags & names[i].flag))
			continue;
		used += (size_t)snprintf(text + used, CONTROL_FLAGS_SIZE - used, "%s%s",
					 used ? ", " : "", names[i].name);
		flags &= ~names[i].flag;
	}
	if (flags)
		snprintf(text + used, CONTROL_FLAGS_SIZE - used, "%s0x%08" PRIx32,
			 used ? ", " : "", flags);
	return text;
}

static void print_range(const struct control *control, FILE *file)
{
	switch (control->type) {
	case V4L2_CTRL_TYPE_BUTTON:
		break;
	case V4L2_CTRL_TYPE_BOOLEAN:
		fprintf(file, " default=%" PRId64, control->default_value);
		break;
	case V4L2_CTRL_TYPE_MENU:
	case V4L2_CTRL_TYPE_INTEGER_MENU:
		fprintf(file, " min=%" PRId64 " max=%" PRId64 " default=%" PRId64,
			control->minimum, control->maximum, control->default_value);
		break;
	case V4L2_CTRL_TYPE_BITMASK:
		fprintf(file, " max=0x%08" PRIx64 " default=0x%08" PRIx64,
			control->maximum, control->default_value);
		break;
	case V4L2_CTRL_TYPE_STRING:
		fprintf(file, " min=%" PRId64 " max=%" PRId64 " step=%" PRIu64,
			control->minimum, control->maximum, control->step);
		break;
	default:
		if (control_is_struct(control))
			break;
		fprintf(file,
			" min=%" PRId64 " max=%" PRId64 " step=%" PRIu64 " default=%" PRId64,
			control->minimum, control->maximum, control->step,
			control->default_value);
		break;
	}
}

/* What a menu item means: "Aperture Priority Mode", or "5 (0x5)" of an integer menu. */
#define ITEM_SIZE 160
static const char *item_text(const struct control *control,
			     const struct control_menu_item *item,
			     char text[static ITEM_SIZE])
{
	char amount[CONTROL_AMOUNT_SIZE];

	if (control->type == V4L2_CTRL_TYPE_INTEGER_MENU &&
	    control_amount(control, item->value, amount)[0])
		snprintf(text, ITEM_SIZE, "%" PRId64 " (%s)", item->value, amount);
	else if (control->type == V4L2_CTRL_TYPE_INTEGER_MENU)
		snprintf(text, ITEM_SIZE, "%" PRId64 " (0x%" PRIx64 ")", item->value,
			 (uint64_t)item->value);
	else
		text_escape(item->name, text, ITEM_SIZE);
	return text;
}

static void print_string(const struct control *control, FILE *file)
{
	size_t size = 4 * control->payload_bytes + 1;
	char *escaped = malloc(size);

	if (!escaped)
		return;
	text_escape(control->payload, escaped, size);
	fprintf(file, " value='%s'", escaped);
	free(escaped);
}

/* struct v4l2_area, the one that cameras have: the size of a sensor cell. */
static void print_area(const struct control *control, FILE *file)
{
	struct v4l2_area area;

	if (control->payload_bytes < sizeof(area))
		return;
	memcpy(&area, control->payload, sizeof(area));
	fprintf(file, " value=%" PRIu32 "x%" PRIu32, area.width, area.height);
}

static void print_number(const struct control *control, FILE *file)
{
	const struct control_menu_item *item = control_find_item(control, control->value);
	char text[MAX_VALUE_LENGTH + 1], meaning[ITEM_SIZE], amount[CONTROL_AMOUNT_SIZE];

	if (control_value_text(control, text, sizeof(text)) >= sizeof(text) || !text[0])
		return;
	fprintf(file, " value=%s", text);
	if (item && control->type == V4L2_CTRL_TYPE_INTEGER_MENU)
		fprintf(file, " (%" PRId64 " 0x%" PRIx64 ")", item->value,
			(uint64_t)item->value);
	else if (item)
		fprintf(file, " (%s)", item_text(control, item, meaning));
	else if (control_amount(control, control->value, amount)[0])
		fprintf(file, " (%s)", amount);
}

static void print_value(const struct control *control, FILE *file)
{
	if (!control->readable)
		return;
	if (control->type == V4L2_CTRL_TYPE_AREA && !control->num_dimensions)
		print_area(control, file);
	else if (control->type == V4L2_CTRL_TYPE_STRING && control->payload)
		print_string(control, file);
	else
		print_number(control, file);
}

static void print_dimensions(const struct control *control, FILE *file)
{
	if (!control->num_dimensions)
		return;
	if (control->flags & V4L2_CTRL_FLAG_DYNAMIC_ARRAY)
		fprintf(file, " elems=%" PRIu32, control->num_elements);
	fputs(" dims=", file);
	for (uint32_t i = 0; i < control->num_dimensions; i++)
		fprintf(file, "[%" PRIu32 "]", control->dimensions[i]);
}

static void print_items(const struct control *control, FILE *file)
{
	char text[ITEM_SIZE];

	for (unsigned i = 0; i < control->num_items; i++)
		fprintf(file, "\t\t\t\t%" PRIu32 ": %s\n", control->items[i].index,
			item_text(control, &control->items[i], text));
}

static void print_control(const struct control *control, int name_width, FILE *file)
{
	char flags[CONTROL_FLAGS_SIZE], type[16];

	snprintf(type, sizeof(type), "(%s)", control_type_name(control));
	fprintf(file, "%-*s 0x%08" PRIx32 " %-9s:", name_width, control->name,
		control->id, type);
	if (control->type)
		print_range(control, file);
	if (control_unit(control))
		fprintf(file, " unit=%s", control_unit(control));
	print_value(control, file);
	print_dimensions(control, file);
	if (control->flags)
		fprintf(file, " flags=%s", control_flags_text(control->flags, flags));
	if (control->defect)
		fprintf(file, " defect='%s'", control->defect);
	fputc('\n', file);
	print_items(control, file);
}

void control_print(const struct control_set *set, FILE *file)
{
	char entity[256];
	int width = 0, length;
	unsigned device = UINT32_MAX;

	for (size_t i = 0; i < set->num_controls; i++) {
		length = (int)strlen(set->controls[i]->name);
		width = length > width ? length : width;
	}
	for (size_t i = 0; i < set->num_controls; i++) {
		if (set->num_devices > 1 && set->controls[i]->device != device) {
			device = set->controls[i]->device;
			text_escape(set->controls[i]->entity, entity, sizeof(entity));
			fprintf(file, "# %s\n", entity);
		}
		print_control(set->controls[i], width, file);
	}
}
