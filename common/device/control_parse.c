// SPDX-License-Identifier: GPL-2.0-or-later
/* One control value from its text. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/text.h"
#include "common/device/control_private.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static __attribute__((format(printf, 4, 5))) int
say_bad(const struct control_origin *origin, const struct control *control,
	const char *value, const char *format, ...)
{
	va_list arguments;
	char why[512];

	va_start(arguments, format);
	vsnprintf(why, sizeof(why), format, arguments);
	va_end(arguments);
	log_error(origin->log, "control-value", "%s%s: %s=%s: %s", origin->text,
		  control->entity, control->name, value, why);
	return -EINVAL;
}

/* The words for a range: "0 to 255". */
static int say_not_number(const struct control_origin *origin,
			  const struct control *control, const char *value)
{
	return say_bad(origin, control, value,
		       "not a whole number (%" PRId64 " to %" PRId64
		       ")%s nor a percentage of the range",
		       control->minimum, control->maximum, control_unit_words(control));
}

static int parse_percent(const char *text, int *percent_milli)
{
	struct text_fraction fraction = { 0 };
	size_t length = strlen(text);
	char number[16];
	uint64_t milli;

	if (length < 2 || length > sizeof(number) || text[length - 1] != '%')
		return -EINVAL;
	memcpy(number, text, length - 1);
	number[length - 1] = '\0';
	if (strchr(number, '/'))
		return -EINVAL;
	if (text_rate(number, &fraction) < 0) {
		/* A rate is never zero, a percentage may be. */
		if (text_unsigned(number, 0, 0, &milli) < 0)
			return -EINVAL;
		fraction.denominator = 1;
	}
	milli = (uint64_t)fraction.numerator * 1000 / fraction.denominator;
	if (milli > 100000)
		return -ERANGE;
	*percent_milli = (int)milli;
	return 0;
}

/* "10ms": kept as it was written, for those who are told what became of it. */
static int parse_amount(const struct control *control, const char *text,
			struct control_value *value)
{
	int ret;

	ret = control_parse_amount(control, text, &value->number);
	if (ret < 0)
		return ret;
	value->between = ret;
	value->asked = strdup(text);
	return value->asked ? 0 : -ENOMEM;
}

static int parse_integer(const struct control_origin *origin, const struct control *control,
			 const char *text, struct control_value *value)
{
	int ret;

	ret = text_signed(text, INT64_MIN, INT64_MAX, &value->number);
	if (ret == -EINVAL)
		ret = parse_amount(control, text, value);
	if (ret == -EINVAL)
		ret = parse_percent(text, &value->percent_milli);
	if (ret == -ENOMEM)
		return ret;
	if (ret == -ERANGE) {
		say_bad(origin, control, text, "out of range (%" PRId64 " to %" PRId64 ")",
			control->minimum, control->maximum);
		return ret;
	}
	return ret < 0 ? say_not_number(origin, control, text) : 0;
}

static int parse_boolean(const struct control_origin *origin, const struct control *control,
			 const char *text, struct control_value *value)
{
	static const struct {
		const char *word;
		int number;
	} words[] = {
		{ "0", 0 },  { "1", 1 },   { "off", 0 },   { "on", 1 },
		{ "no", 0 }, { "yes", 1 }, { "false", 0 }, { "true", 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!strcasecmp(words[i].word, text)) {
			value->number = words[i].number;
			return 0;
		}
	}
	return say_bad(origin, control, text, "neither on nor off");
}

/* The items as a message names them: "0: Manual, 3: Aperture Priority". */
static void list_items(const struct control *control, char *text, size_t size)
{
	const struct control_menu_item *item;
	size_t used = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < control->num_items && used < size; i++) {
		item = &control->items[i];
		used += (size_t)snprintf(text + used, size - used, "%s%" PRIu32 ": ",
					 i ? ", " : "", item->index);
		if (used >= size)
			break;
		if (control->type == V4L2_CTRL_TYPE_INTEGER_MENU)
			used += (size_t)snprintf(text + used, size - used, "%" PRId64,
						 item->value);
		else
			used += (size_t)snprintf(text + used, size - used, "%s", item->name);
	}
}

static int parse_menu(const struct control_origin *origin, const struct control *control,
		      const char *text, struct control_value *value)
{
	const struct control_menu_item *item;
	char items[384];
	int64_t amount;
	bool has_amount;

	if (!text_signed(text, 0, UINT32_MAX, &value->number) &&
	    control_find_item(control, value->number))
		return 0;
	has_amount = !control_parse_amount(control, text, &amount);
	for (unsigned i = 0; i < control->num_items; i++) {
		item = &control->items[i];
		if (control->type == V4L2_CTRL_TYPE_MENU ?
			    !strcasecmp(item->name, text) :
			    has_amount && item->value == amount) {
			value->number = item->index;
			return 0;
		}
	}
	list_items(control, items, sizeof(items));
	return say_bad(origin, control, text, "not in its menu (%s)", items);
}

static int parse_bitmask(const struct control_origin *origin, const struct control *control,
			 const char *text, struct control_value *value)
{
	if (text_signed(text, 0, UINT32_MAX, &value->number) < 0)
		return say_bad(origin, control, text,
			       "not a number of 32 bits (0 to 0x%08" PRIx64 ")",
			       control->maximum);
	return 0;
}

static int parse_string(const char *text, struct control_value *value)
{
	value->payload = strdup(text);
	if (!value->payload)
		return -ENOMEM;
	value->payload_bytes = strlen(text) + 1;
	return 0;
}

static size_t count_elements(const char *text)
{
	size_t count = 1;

	for (; *text; text++)
		count += *text == ',';
	return count;
}

/* How many numbers an array takes: one for all, or exactly as many, or up to its room. */
static int check_count(const struct control_origin *origin, const struct control *control,
		       const char *text, size_t count)
{
	if (control->flags & V4L2_CTRL_FLAG_DYNAMIC_ARRAY) {
		if (count > control->dimensions[0])
			return say_bad(origin, control, text,
				       "%zu numbers, it holds up to %" PRIu32, count,
				       control->dimensions[0]);
	} else if (count != 1 && count != control->num_elements) {
		return say_bad(origin, control, text,
			       "%zu numbers, it has %" PRIu32 " (one number sets all)",
			       count, control->num_elements);
	}
	return 0;
}

/* The range is looked at here: which element is wrong is not to be told later. */
static int parse_elements(const struct control_origin *origin, const struct control *control,
			  char *text, struct control_value *value)
{
	size_t index = 0;
	int64_t number;
	char *element;

	while ((element = strsep(&text, ","))) {
		if (text_signed(element, INT64_MIN, INT64_MAX, &number) < 0)
			return say_not_number(origin, control, element);
		if (!control_in_range(control, number)) {
			say_bad(origin, control, element,
				"out of range (%" PRId64 " to %" PRId64 ")",
				control->minimum, control->maximum);
			return -ERANGE;
		}
		control_set_element(control, value->payload, index++, number);
	}
	return 0;
}

static int parse_array(const struct control_origin *origin, const struct control *control,
		       const char *text, struct control_value *value)
{
	size_t said = count_elements(text), count = said;
	char *copy;
	int ret;

	ret = check_count(origin, control, text, said);
	if (ret < 0)
		return ret;
	if (!(control->flags & V4L2_CTRL_FLAG_DYNAMIC_ARRAY))
		count = control->num_elements;
	value->payload_bytes = count * control->element_bytes;
	value->payload = calloc(count + 1, control->element_bytes);
	copy = strdup(text);
	if (value->payload && copy)
		ret = parse_elements(origin, control, copy, value);
	else
		ret = -ENOMEM;
	free(copy);
	for (size_t i = said; ret >= 0 && i < count; i++)
		control_set_element(control, value->payload, i,
				    control_get_element(control, value->payload, 0));
	return ret;
}

/* A menu may have an item of that name, and a text may be that word. */
static bool is_default(const struct control *control, const char *text)
{
	if (strcasecmp(text, "default") || control->type == V4L2_CTRL_TYPE_STRING)
		return false;
	for (unsigned i = 0; i < control->num_items; i++)
		if (!strcasecmp(control->items[i].name, text))
			return false;
	return true;
}

int control_parse_value(const struct control_origin *origin, const struct control *control,
			const char *text, struct control_value *value)
{
	if (control_is_struct(control)) {
		say_bad(origin, control, text, "a structure, which has no text form");
		return -ENOTSUP;
	}
	if (control_is_array(control))
		return parse_array(origin, control, text, value);
	if (is_default(control, text)) {
		value->number = control->default_value;
		return 0;
	}
	switch (control->type) {
	case V4L2_CTRL_TYPE_INTEGER:
	case V4L2_CTRL_TYPE_INTEGER64:
		return parse_integer(origin, control, text, value);
	case V4L2_CTRL_TYPE_BOOLEAN:
		return parse_boolean(origin, control, text, value);
	case V4L2_CTRL_TYPE_MENU:
	case V4L2_CTRL_TYPE_INTEGER_MENU:
		return parse_menu(origin, control, text, value);
	case V4L2_CTRL_TYPE_BITMASK:
		return parse_bitmask(origin, control, text, value);
	case V4L2_CTRL_TYPE_STRING:
		return parse_string(text, value);
	case V4L2_CTRL_TYPE_BUTTON:
		value->number = 1;
		return 0;
	default:
		say_bad(origin, control, text, "its type %" PRIu32 " is not known here",
			control->type);
		return -ENOTSUP;
	}
}
