// SPDX-License-Identifier: GPL-2.0-or-later
/* Options that can't act together: an option without effect is an error, never ignored. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "common/tool/option_private.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The option that asks for each action. */
static const int action_keys[] = {
	[ACTION_CAPTURE] = 0,
	[ACTION_LIST] = 'l',
	[ACTION_INFO] = 'I',
	[ACTION_LIST_CONTROLS] = 'L',
	[ACTION_DRY_RUN] = KEY_DRY_RUN,
	[ACTION_BENCH_DISK] = KEY_BENCH_DISK,
	[ACTION_DOCTOR] = KEY_DOCTOR,
};

/* The one contradicts the other. */
static const int conflicts[][2] = {
	{ 'q', 'v' },
};

/* An option that has nothing to act on without another. */
static const struct {
	int key;
	int needed[4]; /* one of these */
	const char *why;
} needs[] = {
	{ KEY_FORCE, { 'F' }, "nothing is written without --file" },
	{ KEY_QUALITY, { 'F' }, "nothing is written without --file" },
	{ KEY_DEMOSAIC, { 'F' }, "nothing is written without --file" },
	{ KEY_DEVELOP, { 'F' }, "nothing is written without --file" },
	{ KEY_DNG_COMPRESSION, { 'F' }, "nothing is written without --file" },
	{ KEY_IO, { 'F', KEY_BENCH_DISK }, "nothing is written without --file" },
	{ KEY_OVERFLOW,
	  { 'F', KEY_VIDEO_OUT },
	  "nothing is written without --file or --video-out" },
	{ KEY_DROP_BAD,
	  { 'F', KEY_VIDEO_OUT },
	  "nothing is written without --file or --video-out" },
	{ KEY_RING, { 'F' }, "nothing is written without --file" },
	{ KEY_AFTER, { KEY_RING }, "without --ring there are no triggers" },
	{ KEY_TRIGGERS, { KEY_RING }, "without --ring there are no triggers" },
	{ KEY_DECODE,
	  { KEY_JSON, KEY_REPORT },
	  "what it adds is in the JSON Lines of --json or --report" },
};

static const char *name_of(int key)
{
	return option_row(key)->name;
}

static int check_actions(struct option_parse *parse)
{
	const int first = action_keys[parse->options->action];

	for (size_t i = 0; i < COUNT(action_keys); i++)
		if (action_keys[i] && action_keys[i] != first &&
		    option_given(parse, action_keys[i]))
			return option_refuse(parse, "--%s and --%s can't be used together",
					     name_of(action_keys[i]), name_of(first));
	return 0;
}

/* Listing and explaining are done without what only a capture can use. */
static int check_acts(struct option_parse *parse)
{
	const unsigned action = 1u << parse->options->action;
	const char *name;
	const struct option_row *row;

	if (parse->options->action == ACTION_CAPTURE)
		return 0;
	name = name_of(action_keys[parse->options->action]);
	for (size_t i = 0; (row = option_row_at(i)); i++)
		if (row->name && !(row->acts & action) && option_given(parse, row->key))
			return option_refuse(parse, "--%s has no effect with --%s",
					     row->name, name);
	if (parse->options->action == ACTION_LIST && parse->options->camera)
		return option_refuse(parse, "--%s lists all cameras, not '%s' only", name,
				     parse->options->camera);
	return 0;
}

static bool is_any_given(const struct option_parse *parse, const int *keys, size_t count)
{
	for (size_t i = 0; i < count && keys[i]; i++)
		if (option_given(parse, keys[i]))
			return true;
	return false;
}

static int check_pairs(struct option_parse *parse)
{
	for (size_t i = 0; i < COUNT(conflicts); i++)
		if (option_given(parse, conflicts[i][0]) &&
		    option_given(parse, conflicts[i][1]))
			return option_refuse(parse, "--%s and --%s can't be used together",
					     name_of(conflicts[i][0]),
					     name_of(conflicts[i][1]));
	for (size_t i = 0; i < COUNT(needs); i++)
		if (option_given(parse, needs[i].key) &&
		    !is_any_given(parse, needs[i].needed, COUNT(needs[i].needed)))
			return option_refuse(parse, "--%s has no effect: %s",
					     name_of(needs[i].key), needs[i].why);
	return 0;
}

/* Our own exposure changes controls, too. */
static int check_restore(struct option_parse *parse)
{
	if (!option_given(parse, KEY_RESTORE) || parse->tool->features & OPTION_3A ||
	    option_given(parse, 'C') || option_given(parse, KEY_LOAD_CONTROLS))
		return 0;
	return option_refuse(parse, "--restore has no effect: nothing is changed without "
				    "--control or --load-controls");
}

/* What is fixed leaves nothing to do for what is automatic, or the other way round. */
static int check_algorithms(struct option_parse *parse)
{
	const struct option_3a *wanted = &parse->options->algorithms;

	if (wanted->flicker_hz && wanted->ae_off)
		return option_refuse(parse, "--flicker has no effect with --ae=off");
	if (wanted->settle_ns && wanted->ae_off && wanted->awb != AWB_ON)
		return option_refuse(parse, "--settle has no effect: nothing is automatic");
	return 0;
}

static bool is_streamed(const struct options *options, const struct option_tool *tool,
			const struct option_role *role)
{
	if (!options->num_streams)
		return role == &tool->roles[0];
	for (unsigned i = 0; i < options->num_streams; i++)
		if (options->streams[i].role == role)
			return true;
	return false;
}

static bool is_stdout(const char *name)
{
	return name && !strcmp(name, "-");
}

/* Each pattern has a stream, and each stream at most one that could be meant for it alone. */
static int check_roles(struct option_parse *parse)
{
	const struct options *options = parse->options;
	unsigned num_streams = options->num_streams ? options->num_streams : 1;
	const struct option_file *general = NULL;
	unsigned named = 0;

	for (unsigned i = 0; i < options->num_files; i++) {
		const struct option_file *file = &options->files[i];

		if (!file->role)
			general = file;
		else if (!is_streamed(options, parse->tool, file->role))
			return option_refuse(parse,
					     "--file: '%s' is not captured; ask for it with "
					     "--stream=%s",
					     file->role->name, file->role->name);
		else
			named++;
	}
	if (general && named == num_streams)
		return option_refuse(parse, "--file: every stream has a pattern besides '%s'",
				     general->pattern);
	if (general && is_stdout(general->pattern) && num_streams - named > 1)
		return option_refuse(parse, "--file: '-' can't take several streams");
	return 0;
}

/* The stream that is meant without a role: the main one, if it is captured. */
static const struct option_role *first_role(const struct options *options,
					    const struct option_tool *tool)
{
	if (is_streamed(options, tool, &tool->roles[0]))
		return &tool->roles[0];
	return options->streams[0].role;
}

/* Each stream goes to one node at most, and each node takes one stream. */
static int check_video_outs(struct option_parse *parse)
{
	struct options *options = parse->options;
	struct option_output *outputs = options->video_outs;

	for (unsigned i = 0; i < options->num_video_outs; i++) {
		if (!outputs[i].role)
			outputs[i].role = first_role(options, parse->tool);
		if (!is_streamed(options, parse->tool, outputs[i].role))
			return option_refuse(parse,
					     "--video-out: '%s' is not captured; ask for it "
					     "with --stream=%s",
					     outputs[i].role->name, outputs[i].role->name);
		for (unsigned j = 0; j < i; j++) {
			if (outputs[i].role == outputs[j].role)
				return option_refuse(parse, "--video-out: two nodes for %s",
						     outputs[i].role->name);
			if (!strcmp(outputs[i].node, outputs[j].node))
				return option_refuse(parse,
						     "--video-out: '%s' can't take two "
						     "streams",
						     outputs[i].node);
		}
	}
	return 0;
}

static int check_patterns(struct option_parse *parse)
{
	const struct options *options = parse->options;

	for (unsigned i = 0; i < options->num_files; i++)
		for (unsigned j = 0; j < i; j++)
			if (!strcmp(options->files[i].pattern, options->files[j].pattern))
				return option_refuse(parse,
						     "--file: two streams can't both be "
						     "written to '%s'",
						     options->files[i].pattern);
	return 0;
}

static bool any_file_ends_in(const struct options *options, const char *suffix)
{
	const size_t length = strlen(suffix);

	for (unsigned i = 0; i < options->num_files; i++) {
		const char *pattern = options->files[i].pattern;
		size_t all = strlen(pattern);

		if (all >= length && !strcasecmp(pattern + all - length, suffix))
			return true;
	}
	return false;
}

static bool any_file_is_picture(const struct options *options)
{
	static const char *const suffixes[] = { ".png", ".jpg", ".jpeg",
						".ppm", ".pgm", ".y4m" };

	for (size_t i = 0; i < COUNT(suffixes); i++)
		if (any_file_ends_in(options, suffixes[i]))
			return true;
	return false;
}

bool option_keeps_balance(const struct options *options)
{
	return any_file_ends_in(options, ".dng") ||
	       (any_file_is_picture(options) && !options->undeveloped);
}

/* What is for one kind of file has nothing to act on without one. */
static int check_kinds(struct option_parse *parse)
{
	const struct options *options = parse->options;

	if (options->demosaic_given && !any_file_is_picture(options))
		return option_refuse(parse, "--demosaic has no effect: no file is a picture");
	if (options->develop_given && !any_file_is_picture(options))
		return option_refuse(parse, "--develop has no effect: no file is a picture");
	if (options->quality && !any_file_ends_in(options, ".jpg") &&
	    !any_file_ends_in(options, ".jpeg"))
		return option_refuse(parse, "--quality has no effect: no file ends in .jpg");
	if (option_given(parse, KEY_DNG_COMPRESSION) && !any_file_ends_in(options, ".dng"))
		return option_refuse(
			parse, "--dng-compression has no effect: no file ends in .dng");
	return 0;
}

/* What one would write and the other replace. */
static int check_files(struct option_parse *parse)
{
	const struct options *options = parse->options;
	const char *report = options->report, *controls = options->save_controls;

	if (report && controls && !is_stdout(report) && !strcmp(report, controls))
		return option_refuse(
			parse, "--report and --save-controls can't both be '%s'", report);
	for (unsigned i = 0; i < options->num_files; i++) {
		const char *pattern = options->files[i].pattern;

		if (is_stdout(pattern))
			continue;
		if (report && !strcmp(pattern, report))
			return option_refuse(parse, "--file and --report can't both be '%s'",
					     report);
		if (controls && !strcmp(pattern, controls))
			return option_refuse(parse,
					     "--file and --save-controls can't both be '%s'",
					     controls);
	}
	if (is_stdout(controls) || is_stdout(options->load_controls))
		return option_refuse(parse, "controls are not saved to or loaded from '-'");
	return 0;
}

static bool any_file_is_stdout(const struct options *options)
{
	for (unsigned i = 0; i < options->num_files; i++)
		if (is_stdout(options->files[i].pattern))
			return true;
	return false;
}

static bool any_file_has_name(const struct options *options)
{
	for (unsigned i = 0; i < options->num_files; i++)
		if (!is_stdout(options->files[i].pattern))
			return true;
	return false;
}

/* What is captured is not what is written: neither of them can be counted before it happens. */
static int check_ring(struct option_parse *parse)
{
	const struct options *options = parse->options;

	if (!options->ring_ns)
		return 0;
	if (options->count_given && options->count)
		return option_refuse(parse, "--count has no effect with --ring, which goes on until "
					    "it is stopped: --triggers or --time ends it");
	if (any_file_is_stdout(options))
		return option_refuse(parse, "--ring and --file=- can't be used together: each "
					    "trigger makes files of its own");
	return 0;
}

/* Standard output can serve one of frames, JSON Lines and JSON Lines beside the text. */
static int check_outputs(struct option_parse *parse)
{
	const struct options *options = parse->options;

	if (is_stdout(options->report) && any_file_is_stdout(options))
		return option_refuse(parse, "--file=- and --report=- can't both have standard "
					    "output");
	if (is_stdout(options->report) && options->json)
		return option_refuse(parse, "--json and --report=- can't be used together: both "
					    "are JSON Lines on standard output");
	if (options->force && !any_file_has_name(options))
		return option_refuse(parse, "--force has no effect: standard output is no file "
					    "to overwrite");
	if (options->quiet && option_given(parse, KEY_PROGRESS) &&
	    options->progress != PROGRESS_NEVER)
		return option_refuse(parse, "--progress has no effect with --quiet");
	return 0;
}

int option_check(struct option_parse *parse)
{
	struct options *options = parse->options;
	int ret;

	options->count_given = option_given(parse, 'c');
	options->max_lost_given = option_given(parse, KEY_MAX_LOST);
	/* A time alone is a limit too. */
	if (!options->count_given && (option_given(parse, 't') || options->ring_ns))
		options->count = 0;

	ret = check_actions(parse);
	if (!ret)
		ret = check_acts(parse);
	if (!ret)
		ret = check_pairs(parse);
	if (!ret)
		ret = check_restore(parse);
	if (!ret)
		ret = check_algorithms(parse);
	if (!ret)
		ret = check_roles(parse);
	if (!ret)
		ret = check_video_outs(parse);
	if (!ret)
		ret = check_patterns(parse);
	if (!ret)
		ret = check_kinds(parse);
	if (!ret)
		ret = check_files(parse);
	if (!ret)
		ret = check_outputs(parse);
	if (!ret)
		ret = check_ring(parse);
	return ret;
}
