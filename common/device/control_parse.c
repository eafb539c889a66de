// SPDX-License-Identifier: GPL-2.0-or-later
/* Controls by the words of a command line: "name=value[,name=value...]". */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/text.h"
#include "common/device/control_private.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* How many names a message offers for one that is wrong. */
#define MAX_SUGGESTIONS 3

/* Where the parser is, and what it says ahead of its complaints. */
struct parser {
	struct control_set *set;
	const char *origin;
	const char *at;
};

/* One assignment, taken apart; both texts are to be freed. */
struct assignment {
	char *name;
	char *value;
};

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Levenshtein's distance, one row at a time. */
static unsigned distance(const char *one, const char *other)
{
	unsigned row[CONTROL_NAME_SIZE + 1], diagonal, above;
	size_t width = strnlen(other, CONTROL_NAME_SIZE);

	for (size_t i = 0; i <= width; i++)
		row[i] = (unsigned)i;
	for (unsigned line = 1; *one; one++, line++) {
		diagonal = row[0];
		row[0] = line;
		for (size_t i = 1; i <= width; i++) {
			above = row[i];
			row[i] = least(above + 1, row[i - 1] + 1,
				       diagonal + (*one != other[i - 1]));
			diagonal = above;
		}
	}
	return row[width];
}

/* Typing errors count one each; the beginning or another part of a name is as good as one. */
static unsigned strangeness(const char *wanted, const char *name)
{
	if (strlen(wanted) >= 3 && strstr(name, wanted))
		return 1;
	return distance(wanted, name);
}

/* Writes up to three names that are close to it: "; close: a, b"; "" if none is. */
static void suggest(const struct control_set *set, const char *wanted, char *text, size_t size)
{
	const struct control *best[MAX_SUGGESTIONS] = { NULL };
	unsigned found[MAX_SUGGESTIONS], limit, strange;
	size_t count = 0, used = 0, length = strlen(wanted);

	text[0] = '\0';
	if (length >= CONTROL_NAME_SIZE)
		return;
	limit = length < 6 ? 2 : (unsigned)length / 3;
	for (size_t i = 0; i < set->num_controls; i++) {
		size_t at = count;

		strange = strangeness(wanted, set->controls[i]->name);
		if (strange > limit)
			continue;
		/* Sorted in; the first of the set stays ahead among equals. */
		while (at && strange < found[at - 1])
			at--;
		if (at == MAX_SUGGESTIONS)
			continue;
		count += count < MAX_SUGGESTIONS;
		for (size_t j = count - 1; j > at; j--) {
			best[j] = best[j - 1];
			found[j] = found[j - 1];
		}
		best[at] = set->controls[i];
		found[at] = strange;
	}
	for (size_t i = 0; i < count && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s",
					 i ? ", " : "; close to it: ", best[i]->name);
}

static int say_unknown(const struct parser *parser, const char *name)
{
	const char *bare = strrchr(name, ':');
	char suggestions[192];

	suggest(parser->set, bare ? bare + 1 : name, suggestions, sizeof(suggestions));
	log_error(parser->set->log, "control-unknown", "%sthere is no control '%s'%s",
		  parser->origin, name, suggestions);
	return -ENOENT;
}

/* A bare name that several devices have: the first is meant, and the user should know. */
static void say_ambiguous(const struct parser *parser, const char *name,
			  const struct control *meant)
{
	const struct control *other;

	if (strcmp(name, meant->name))
		return;
	for (size_t i = 0; i < parser->set->num_controls; i++) {
		other = parser->set->controls[i];
		if (other->device == meant->device || strcmp(other->name, name))
			continue;
		log_notice(parser->set->log, "control-ambiguous",
			   "%s%s: that of %s is meant; write '%s:%s' for the other",
			   parser->origin, name, meant->entity, other->entity, name);
		return;
	}
}

static __attribute__((format(printf, 4, 5))) int say_bad(const struct parser *parser,
							 const struct control *control,
							 const char *value,
							 const char *format, ...)
{
	va_list arguments;
	char why[512];

	va_start(arguments, format);
	vsnprintf(why, sizeof(why), format, arguments);
	va_end(arguments);
	log_error(parser->set->log, "control-value", "%s%s: %s=%s: %s", parser->origin,
		  control->entity, control->name, value, why);
	return -EINVAL;
}

/* The words for a range: "0 to 255". */
static int say_not_number(const struct parser *parser, const struct control *control,
			  const char *value)
{
	return say_bad(parser, control, value,
		       "not a whole number (%" PRId64 " to %" PRId64
		       ") nor a percentage of the range",
		       control->minimum, control->maximum);
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

static int parse_integer(const struct parser *parser, const struct control *control,
			 const char *text, struct control_value *value)
{
	int ret;

	ret = text_signed(text, INT64_MIN, INT64_MAX, &value->number);
	if (ret == -EINVAL)
		ret = parse_percent(text, &value->percent_milli);
	if (ret == -ERANGE) {
		say_bad(parser, control, text, "out of range (%" PRId64 " to %" PRId64 ")",
			control->minimum, control->maximum);
		return ret;
	}
	return ret < 0 ? say_not_number(parser, control, text) : 0;
}

static int parse_boolean(const struct parser *parser, const struct control *control,
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
	return say_bad(parser, control, text, "neither on nor off");
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

static int parse_menu(const struct parser *parser, const struct control *control,
		      const char *text, struct control_value *value)
{
	const struct control_menu_item *item;
	char items[384];

	if (!text_signed(text, 0, UINT32_MAX, &value->number) &&
	    control_find_item(control, value->number))
		return 0;
	for (unsigned i = 0; i < control->num_items; i++) {
		item = &control->items[i];
		if (control->type == V4L2_CTRL_TYPE_MENU && !strcasecmp(item->name, text)) {
			value->number = item->index;
			return 0;
		}
	}
	list_items(control, items, sizeof(items));
	return say_bad(parser, control, text, "not in its menu (%s)", items);
}

static int parse_bitmask(const struct parser *parser, const struct control *control,
			 const char *text, struct control_value *value)
{
	if (text_signed(text, 0, UINT32_MAX, &value->number) < 0)
		return say_bad(parser, control, text,
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
static int check_count(const struct parser *parser, const struct control *control,
		       const char *text, size_t count)
{
	if (control->flags & V4L2_CTRL_FLAG_DYNAMIC_ARRAY) {
		if (count > control->dimensions[0])
			return say_bad(parser, control, text,
				       "%zu numbers, it holds up to %" PRIu32, count,
				       control->dimensions[0]);
	} else if (count != 1 && count != control->num_elements) {
		return say_bad(parser, control, text,
			       "%zu numbers, it has %" PRIu32 " (one number sets all)",
			       count, control->num_elements);
	}
	return 0;
}

/* The range is looked at here: which element is wrong is not to be told later. */
static int parse_elements(const struct parser *parser, const struct control *control,
			  char *text, struct control_value *value)
{
	size_t index = 0;
	int64_t number;
	char *element;

	while ((element = strsep(&text, ","))) {
		if (text_signed(element, INT64_MIN, INT64_MAX, &number) < 0)
			return say_not_number(parser, control, element);
		if (!control_in_range(control, number)) {
			say_bad(parser, control, element,
				"out of range (%" PRId64 " to %" PRId64 ")",
				control->minimum, control->maximum);
			return -ERANGE;
		}
		control_set_element(control, value->payload, index++, number);
	}
	return 0;
}

static int parse_array(const struct parser *parser, const struct control *control,
		       const char *text, struct control_value *value)
{
	size_t said = count_elements(text), count = said;
	char *copy;
	int ret;

	ret = check_count(parser, control, text, said);
	if (ret < 0)
		return ret;
	if (!(control->flags & V4L2_CTRL_FLAG_DYNAMIC_ARRAY))
		count = control->num_elements;
	value->payload_bytes = count * control->element_bytes;
	value->payload = calloc(count + 1, control->element_bytes);
	copy = strdup(text);
	if (value->payload && copy)
		ret = parse_elements(parser, control, copy, value);
	else
		ret = -ENOMEM;
	free(copy);
	for (size_t i = said; ret >= 0 && i < count; i++)
		control_set_element(control, value->payload, i,
				    control_get_element(control, value->payload, 0));
	return ret;
}

static int parse_value(const struct parser *parser, const struct control *control,
		       const char *text, struct control_value *value)
{
	if (control_is_struct(control)) {
		say_bad(parser, control, text, "a structure, which has no text form");
		return -ENOTSUP;
	}
	if (control_is_array(control))
		return parse_array(parser, control, text, value);

	switch (control->type) {
	case V4L2_CTRL_TYPE_INTEGER:
	case V4L2_CTRL_TYPE_INTEGER64:
		return parse_integer(parser, control, text, value);
	case V4L2_CTRL_TYPE_BOOLEAN:
		return parse_boolean(parser, control, text, value);
	case V4L2_CTRL_TYPE_MENU:
	case V4L2_CTRL_TYPE_INTEGER_MENU:
		return parse_menu(parser, control, text, value);
	case V4L2_CTRL_TYPE_BITMASK:
		return parse_bitmask(parser, control, text, value);
	case V4L2_CTRL_TYPE_STRING:
		return parse_string(text, value);
	case V4L2_CTRL_TYPE_BUTTON:
		value->number = 1;
		return 0;
	default:
		say_bad(parser, control, text, "its type %" PRIu32 " is not known here",
			control->type);
		return -ENOTSUP;
	}
}

static __attribute__((format(printf, 2, 3))) int say_malformed(const struct parser *parser,
							       const char *format, ...)
{
	va_list arguments;
	char why[512];

	va_start(arguments, format);
	vsnprintf(why, sizeof(why), format, arguments);
	va_end(arguments);
	log_error(parser->set->log, "control-value", "%s%s", parser->origin, why);
	return -EINVAL;
}

/* An entity's name may hold anything, so it is looked for ahead of = and , */
static const char *skip_entity(const struct control_set *set, const char *text)
{
	const char *rest = text;
	size_t length;

	for (unsigned i = 0; i < set->num_devices; i++) {
		length = strlen(set->devices[i].entity);
		if (text_starts_with(text, set->devices[i].entity) &&
		    text[length] == ':' && text + length + 1 > rest)
			rest = text + length + 1;
	}
	return rest;
}

static int take_name(struct parser *parser, char **name)
{
	const char *rest = skip_entity(parser->set, parser->at);
	size_t length = (size_t)(rest - parser->at) + strcspn(rest, "=,");

	if (parser->at[length] != '=')
		return say_malformed(parser,
				     "'%.*s' is no name=value (a value with commas is written "
				     "in double quotes)",
				     (int)length, parser->at);
	*name = strndup(parser->at, length);
	if (!*name)
		return -ENOMEM;
	parser->at += length + 1;
	return 0;
}

static int hex_digit(char byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	if (byte >= 'a' && byte <= 'f')
		return byte - 'a' + 10;
	if (byte >= 'A' && byte <= 'F')
		return byte - 'A' + 10;
	return -1;
}

/* Reads what follows a backslash and moves *at behind it. The byte, or -1. */
static int take_escape(const char **at)
{
	const char *text = *at;
	int high, low;

	if (*text == '"' || *text == '\\') {
		(*at)++;
		return *text;
	}
	if (*text != 'x')
		return -1;
	high = hex_digit(text[1]);
	low = high < 0 ? -1 : hex_digit(text[2]);
	/* A zero byte would end the string. */
	if (low < 0 || high * 16 + low == 0)
		return -1;
	*at += 3;
	return high * 16 + low;
}

static int take_quoted(struct parser *parser, char *value)
{
	const char *at = parser->at + 1;
	int byte;

	while (*at && *at != '"') {
		if (*at == '\\') {
			at++;
			byte = take_escape(&at);
			if (byte < 0)
				return say_malformed(parser,
						     "in %s: after a backslash only \", "
						     "another, or x and two hexadecimal digits",
						     parser->at);
			*value++ = (char)byte;
		} else {
			*value++ = *at++;
		}
	}
	*value = '\0';
	if (!*at)
		return say_malformed(parser, "%s: the closing quote is missing", parser->at);
	parser->at = at + 1;
	if (*parser->at && *parser->at != ',')
		return say_malformed(parser, "'%s' follows a closing quote", parser->at);
	return 0;
}

static int take_assignment(struct parser *parser, struct assignment *assignment)
{
	size_t length;
	bool quoted;
	int ret;

	ret = take_name(parser, &assignment->name);
	if (ret < 0)
		return ret;
	quoted = *parser->at == '"';
	length = quoted ? strlen(parser->at) : strcspn(parser->at, ",");
	assignment->value = strndup(parser->at, length);
	if (!assignment->value)
		return -ENOMEM;
	if (quoted)
		ret = take_quoted(parser, assignment->value);
	else
		parser->at += length;
	if (ret < 0 || *parser->at != ',')
		return ret;
	parser->at++;
	return *parser->at ? 0 : say_malformed(parser, "nothing follows the last comma");
}

static int add_draft(struct control_drafts *drafts, struct control *control,
		     struct control_value *value)
{
	struct control_draft *list;

	list = realloc(drafts->list, (drafts->count + 1) * sizeof(*list));
	if (!list)
		return -ENOMEM;
	drafts->list = list;
	list[drafts->count++] = (struct control_draft){ control, value };
	return 0;
}

static int draft(struct parser *parser, const struct assignment *assignment,
		 struct control_drafts *drafts)
{
	struct control *control = control_find(parser->set, assignment->name);
	struct control_value *value;
	int ret;

	if (!control)
		return say_unknown(parser, assignment->name);
	say_ambiguous(parser, assignment->name, control);
	ret = control_value_create(0, NULL, 0, &value);
	if (ret < 0)
		return ret;
	ret = parse_value(parser, control, assignment->value, value);
	if (ret >= 0)
		ret = add_draft(drafts, control, value);
	if (ret < 0)
		control_value_destroy(value);
	return ret;
}

int control_parse(struct control_set *set, const char *origin, const char *assignments,
		  struct control_drafts *drafts)
{
	struct parser parser = { .set = set, .origin = origin, .at = assignments };
	struct assignment assignment;
	int ret;

	do {
		assignment = (struct assignment){ 0 };
		ret = take_assignment(&parser, &assignment);
		if (ret >= 0)
			ret = draft(&parser, &assignment, drafts);
		free(assignment.name);
		free(assignment.value);
	} while (ret >= 0 && *parser.at);
	return ret;
}

void control_drafts_finish(struct control_drafts *drafts)
{
	for (size_t i = 0; i < drafts->count; i++)
		control_value_destroy(drafts->list[i].value);
	free(drafts->list);
	*drafts = (struct control_drafts){ 0 };
}

void control_stage(struct control_set *set, struct control_drafts *drafts)
{
	struct control_draft *made;

	for (size_t i = 0; i < drafts->count; i++) {
		made = &drafts->list[i];
		control_value_destroy(made->control->staged);
		made->value->said = set->said++;
		made->control->staged = made->value; /* now the control's */
		made->value = NULL;
	}
	control_drafts_finish(drafts);
}

int control_assign(struct control_set *set, const char *assignments)
{
	struct control_drafts drafts = { 0 };
	int ret;

	ret = control_parse(set, "", assignments, &drafts);
	if (ret >= 0)
		control_stage(set, &drafts);
	else
		control_drafts_finish(&drafts);
	return ret;
}
