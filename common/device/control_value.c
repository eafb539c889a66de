// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Control values: what they are, which ones a control can take, and how they are written.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/device/control_private.h"

int control_value_create(int64_t number, const void *payload, size_t payload_bytes,
			 struct control_value **value)
{
	struct control_value *made = calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	made->percent_milli = -1;
	made->number = number;
	if (payload) {
		made->payload = malloc(payload_bytes + 1);
		if (!made->payload) {
			free(made);
			return -ENOMEM;
		}
		memcpy(made->payload, payload, payload_bytes);
		made->payload_bytes = payload_bytes;
	}
	*value = made;
	return 0;
}

void control_value_destroy(struct control_value *value)
{
	if (!value)
		return;
	free(value->asked);
	free(value->payload);
	free(value);
}

int control_value_current(const struct control *control, struct control_value **value)
{
	return control_value_create(control->value, control->payload,
				    control->payload_bytes, value);
}

bool control_value_is_current(const struct control *control, const struct control_value *value)
{
	if (!control->readable)
		return false;
	if (control->flags & V4L2_CTRL_FLAG_HAS_PAYLOAD)
		return control->payload_bytes == value->payload_bytes &&
		       !memcmp(control->payload, value->payload, value->payload_bytes);
	return control->value == control_value_number(control, value);
}

bool control_is_array(const struct control *control)
{
	if (!(control->flags & V4L2_CTRL_FLAG_HAS_PAYLOAD))
		return false;
	switch (control->type) {
	case V4L2_CTRL_TYPE_U8:
		return control->element_bytes == 1;
	case V4L2_CTRL_TYPE_U16:
		return control->element_bytes == 2;
	case V4L2_CTRL_TYPE_INTEGER64:
		return control->element_bytes == 8;
	case V4L2_CTRL_TYPE_U32:
	case V4L2_CTRL_TYPE_INTEGER:
	case V4L2_CTRL_TYPE_BOOLEAN:
	case V4L2_CTRL_TYPE_MENU:
	case V4L2_CTRL_TYPE_INTEGER_MENU:
	case V4L2_CTRL_TYPE_BITMASK:
		return control->element_bytes == 4;
	default:
		return false;
	}
}

bool control_is_struct(const struct control *control)
{
	if (control->flags & V4L2_CTRL_FLAG_HAS_PAYLOAD)
		return control->type != V4L2_CTRL_TYPE_STRING && !control_is_array(control);
	return control->type >= V4L2_CTRL_COMPOUND_TYPES;
}

static bool is_unsigned(const struct control *control)
{
	return control->type == V4L2_CTRL_TYPE_U32 || control->type == V4L2_CTRL_TYPE_BITMASK;
}

int64_t control_get_element(const struct control *control, const void *payload, size_t index)
{
	const char *at = (const char *)payload + index * control->element_bytes;
	uint16_t u16;
	int32_t s32;
	int64_t s64;

	switch (control->element_bytes) {
	case 1:
		return *(const uint8_t *)at;
	case 2:
		memcpy(&u16, at, sizeof(u16));
		return u16;
	case 4:
		memcpy(&s32, at, sizeof(s32));
		return is_unsigned(control) ? (int64_t)(uint32_t)s32 : s32;
	default:
		memcpy(&s64, at, sizeof(s64));
		return s64;
	}
}

void control_set_element(const struct control *control, void *payload, size_t index,
			 int64_t number)
{
	char *at = (char *)payload + index * control->element_bytes;
	uint8_t u8 = (uint8_t)number;
	uint16_t u16 = (uint16_t)number;
	uint32_t u32 = (uint32_t)number;

	switch (control->element_bytes) {
	case 1:
		memcpy(at, &u8, sizeof(u8));
		break;
	case 2:
		memcpy(at, &u16, sizeof(u16));
		break;
	case 4:
		memcpy(at, &u32, sizeof(u32));
		break;
	default:
		memcpy(at, &number, sizeof(number));
		break;
	}
}

const struct control_menu_item *control_find_item(const struct control *control, int64_t index)
{
	for (unsigned i = 0; i < control->num_items; i++)
		if (control->items[i].index == index)
			return &control->items[i];
	return NULL;
}

/*
 * What the type itself can hold, for drivers whose range is upside down (UVC firmware).
 */
static void type_range(const struct control *control, int64_t *low, int64_t *high)
{
	switch (control->type) {
	case V4L2_CTRL_TYPE_INTEGER64:
		*low = INT64_MIN;
		*high = INT64_MAX;
		break;
	case V4L2_CTRL_TYPE_U8:
		*low = 0;
		*high = UINT8_MAX;
		break;
	case V4L2_CTRL_TYPE_U16:
		*low = 0;
		*high = UINT16_MAX;
		break;
	case V4L2_CTRL_TYPE_U32:
	case V4L2_CTRL_TYPE_BITMASK:
		*low = 0;
		*high = UINT32_MAX;
		break;
	default:
		*low = INT32_MIN;
		*high = INT32_MAX;
		break;
	}
}

static void usable_range(const struct control *control, int64_t *low, int64_t *high)
{
	type_range(control, low, high);
	if (control->minimum > control->maximum || control->type == V4L2_CTRL_TYPE_BITMASK)
		return;
	if (*low < control->minimum)
		*low = control->minimum;
	if (*high > control->maximum)
		*high = control->maximum;
}

int64_t control_nearest(const struct control *control, int64_t number)
{
	uint64_t step = control->step, above, beyond;
	int64_t low, high;

	if (control->type == V4L2_CTRL_TYPE_BITMASK)
		return number & control->maximum;
	usable_range(control, &low, &high);
	if (number <= low)
		return low;
	if (number > high)
		number = high;
	/* Without sense in the range there is none in its steps either. */
	if (step <= 1 || low != control->minimum)
		return number;

	/* Unsigned, as the whole range of 64 bits is wider than an int64_t. */
	above = (uint64_t)number - (uint64_t)low;
	beyond = above % step;
	above -= beyond;
	if (beyond >= step - beyond && step <= (uint64_t)high - (uint64_t)low - above)
		above += step;
	return (int64_t)((uint64_t)low + above);
}

bool control_in_range(const struct control *control, int64_t number)
{
	return control_nearest(control, number) == number;
}

int64_t control_value_number(const struct control *control, const struct control_value *value)
{
	uint64_t range, part;
	int64_t low, high;

	if (value->percent_milli < 0)
		return value->number;
	usable_range(control, &low, &high);
	range = (uint64_t)high - (uint64_t)low;
	/* In two halves: the product would not fit. */
	part = range / 100000 * (unsigned)value->percent_milli +
	       (range % 100000 * (unsigned)value->percent_milli + 50000) / 100000;
	return control_nearest(control, (int64_t)((uint64_t)low + part));
}

/* A text of a known room that counts what did not fit, as snprintf() does. */
struct writer {
	char *text;
	size_t size;
	size_t length;
};

static __attribute__((format(printf, 2, 3))) void put(struct writer *writer,
						      const char *format, ...)
{
	bool room = writer->length < writer->size;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(room ? writer->text + writer->length : NULL,
			   room ? writer->size - writer->length : 0, format, arguments);
	va_end(arguments);
	if (length > 0)
		writer->length += (size_t)length;
}

/*
 * Everything but plain ASCII becomes \xNN: it survives an editor, and a terminal survives
 * it.
 */
static void put_string(struct writer *writer, const char *string)
{
	put(writer, "\"");
	for (; *string; string++) {
		unsigned char byte = (unsigned char)*string;

		if (byte == '"' || byte == '\\')
			put(writer, "\\%c", byte);
		else if (byte < 0x20 || byte >= 0x7f)
			put(writer, "\\x%02x", byte);
		else
			put(writer, "%c", byte);
	}
	put(writer, "\"");
}

/* One number says it if all are equal; a dynamic array also has a length to tell. */
static void put_array(struct writer *writer, const struct control *control,
		      const struct control_value *value)
{
	size_t count = value->payload_bytes / control->element_bytes;
	bool dynamic = control->flags & V4L2_CTRL_FLAG_DYNAMIC_ARRAY;
	size_t equal = 1;
	int64_t first;

	if (!count)
		return;
	first = control_get_element(control, value->payload, 0);
	while (equal < count && control_get_element(control, value->payload, equal) == first)
		equal++;
	if (equal == count && (count == 1 || !dynamic)) {
		put(writer, "%" PRId64, first);
		return;
	}
	for (size_t i = 0; i < count; i++)
		put(writer, "%s%" PRId64, i ? "," : "\"",
		    control_get_element(control, value->payload, i));
	put(writer, "\"");
}

size_t control_value_print(const struct control *control,
			   const struct control_value *value, char *text, size_t size)
{
	struct writer writer = { .text = text, .size = size };

	if (size)
		text[0] = '\0';
	if (control_is_struct(control))
		return 0;
	if (control_is_array(control))
		put_array(&writer, control, value);
	else if (control->flags & V4L2_CTRL_FLAG_HAS_PAYLOAD)
		put_string(&writer, value->payload);
	else if (control->type == V4L2_CTRL_TYPE_BITMASK)
		put(&writer, "0x%08" PRIx64, control_value_number(control, value));
	else
		put(&writer, "%" PRId64, control_value_number(control, value));
	return writer.length;
}

size_t control_value_text(const struct control *control, char *text, size_t size)
{
	struct control_value value = {
		.percent_milli = -1,
		.number = control->value,
		.payload = control->payload,
		.payload_bytes = control->payload_bytes,
	};

	if (size)
		text[0] = '\0';
	return control->readable ? control_value_print(control, &value, text, size) : 0;
}

const char *control_number_text(const struct control *control, int64_t number,
				char text[static CONTROL_TEXT_SIZE])
{
	struct control_value value = { .percent_milli = -1, .number = number };
	const struct control_menu_item *item = control_find_item(control, number);
	char amount[CONTROL_AMOUNT_SIZE];
	const char *meaning;
	size_t used;

	used = control_value_print(control, &value, text, CONTROL_TEXT_SIZE);
	if (item && control->type == V4L2_CTRL_TYPE_MENU)
		meaning = item->name;
	else
		meaning = control_amount(control, item ? item->value : number, amount);
	if (meaning[0] && used < CONTROL_TEXT_SIZE)
		snprintf(text + used, CONTROL_TEXT_SIZE - used, " (%s)", meaning);
	return text;
}

bool control_is_storable(const struct control *control)
{
	return !(control->flags & V4L2_CTRL_FLAG_INACTIVE) &&
	       control_is_storable_if_active(control);
}

bool control_is_storable_if_active(const struct control *control)
{
	return control->readable && !control->defect &&
	       control->type != V4L2_CTRL_TYPE_BUTTON &&
	       !(control->flags & (V4L2_CTRL_FLAG_READ_ONLY | V4L2_CTRL_FLAG_WRITE_ONLY |
				   V4L2_CTRL_FLAG_VOLATILE | V4L2_CTRL_FLAG_DISABLED));
}
