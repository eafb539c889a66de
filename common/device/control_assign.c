// SPDX-License-Identifier: GPL-2.0-or-later
/* Controls by the words of a command line: "name=value[,name=value...]". */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/device/control_private.h"

/* How many names a message offers for one that is wrong. */
#define MAX_SUGGESTIONS 3

/* Where the parser is, and what it says ahead of its complaints. */
struct parser {
	struct control_set *set;
	struct control_origin origin;
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

/*
 * Typing errors count one each; the beginning or another part of a name is as good as
 * one.
 */
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
	log_error(parser->origin.log, "control-unknown", "%sthere is no control '%s'%s",
		  parser->origin.text, name, suggestions);
	return -ENOENT;
}

/* A bare name that several devices have: the first is meant, and the user should know. */
static void say_ambiguous(const struct parser *parser, const char *name,
			  const struct control *meant)
{
	const struct control *other;

	for (size_t i = 0; i < parser->set->num_controls; i++) {
		other = parser->set->controls[i];
		if (other->device == meant->device || strcmp(other->name, name))
			continue;
		log_notice(parser->origin.log, "control-ambiguous",
			   "%s%s: that of %s is meant; write '%s:%s' for the other",
			   parser->origin.text, name, meant->entity, other->entity, name);
		return;
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
	log_error(parser->origin.log, "control-value", "%s%s", parser->origin.text, why);
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

static int say_broken(const struct parser *parser, const struct assignment *assignment,
		      const struct control *control)
{
	log_error(parser->origin.log, "control-broken", "%s%s: %s=%s: %s",
		  parser->origin.text, control->entity, assignment->name,
		  assignment->value, control->defect);
	return -EINVAL;
}

/* The name that the device has for it, if another was used. */
static void say_alias(const struct parser *parser, const char *name,
		      const struct control *meant)
{
	const char *bare = skip_entity(parser->set, name);

	if (control_alias(bare) == meant->id && strcmp(bare, meant->name) != 0)
		log_detail(parser->origin.log, "control-alias",
			   "%s%s: '%s' is what this kernel calls %s", parser->origin.text,
			   meant->entity, meant->name, bare);
}

static int draft(struct parser *parser, const struct assignment *assignment,
		 struct control_drafts *drafts)
{
	struct control *control = control_find(parser->set, assignment->name);
	struct control_value *value;
	int ret;

	if (!control)
		return say_unknown(parser, assignment->name);
	if (control->defect)
		return say_broken(parser, assignment, control);
	say_alias(parser, assignment->name, control);
	say_ambiguous(parser, assignment->name, control);
	ret = control_value_create(0, NULL, 0, &value);
	if (ret < 0)
		return ret;
	ret = control_parse_value(&parser->origin, control, assignment->value, value);
	if (ret >= 0)
		ret = add_draft(drafts, control, value);
	if (ret < 0)
		control_value_destroy(value);
	return ret;
}

int control_parse(struct control_set *set, const char *origin, const char *assignments,
		  struct control_drafts *drafts)
{
	struct parser parser = {
		.set = set,
		.origin = { .log = set->log, .text = origin },
		.at = assignments,
	};
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
