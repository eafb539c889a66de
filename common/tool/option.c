// SPDX-License-Identifier: GPL-2.0-or-later
/* The command line that all tools share: the table of options, and argp around it. */
#include "common/tool/option.h"

#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/status.h"
#include "common/tool/option_private.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define DEFAULT_COUNT          10
#define DEFAULT_FIRST_FRAME_NS UINT64_C(5000000000)

/* More frames than anybody waits for; as many buffers as V4L2 has (VIDEO_MAX_FRAME). */
#define MAX_FRAMES UINT64_C(1000000000000)
/* Sets of files that have names of one length, and then some. */
#define MAX_TRIGGERS UINT64_C(100000000)
/* With one buffer the driver has none while a frame is looked at. */
#define MIN_BUFFERS 2
#define MAX_BUFFERS 32

/* Where an option can act; elsewhere it is refused. */
#define ALL     UINT_MAX
#define CAPTURE (1u << ACTION_CAPTURE)
#define BENCH   (1u << ACTION_BENCH_DISK)
#define SETUP   (CAPTURE | 1u << ACTION_DRY_RUN)
#define PLAN    (SETUP | 1u << ACTION_DOCTOR | BENCH)
#define SETTING (SETUP | 1u << ACTION_LIST_CONTROLS)
#define RECORDS                                                                         \
	(CAPTURE | 1u << ACTION_LIST | 1u << ACTION_INFO | 1u << ACTION_LIST_CONTROLS | \
	 1u << ACTION_DOCTOR | BENCH)

#define FIELD(name)       offsetof(struct options, name)
#define TAKE(kind)        .take = option_take_##kind
#define FILLS(kind, name) TAKE(kind), .field = FIELD(name)
#define RANGE(from, to)   .low = (from), .high = (to)

/* clang-format off */
static const struct option_row rows[] = {
	{ .help = "Instead of a capture:" },
	{ "list", 'l', NULL, ALL, "List cameras: id, model, bus path",
		TAKE(action), .low = ACTION_LIST },
	{ "info", 'I', NULL, ALL, "List streams, formats, sizes, sensor modes",
		TAKE(action), .low = ACTION_INFO },
	{ "list-controls", 'L', NULL, ALL, "List controls, once --control and others are set",
		TAKE(action), .low = ACTION_LIST_CONTROLS },
	{ "dry-run", KEY_DRY_RUN, NULL, ALL, "Print the set-up as a shell script, touch nothing",
		TAKE(action), .low = ACTION_DRY_RUN },
	{ "doctor", KEY_DOCTOR, NULL, ALL, "Check the set-up, name cause and remedy of each fault",
		TAKE(action), .low = ACTION_DOCTOR },
	{ "bench-disk", KEY_BENCH_DISK, "DIR", ALL, "Measure how fast DIR takes such frames",
		FILLS(bench_disk, bench_disk) },

	{ .help = "Ask for:" },
	{ "stream", 's', "STREAM", PLAN, "ROLE[:WxH][:FORMAT][@FPS] or WxH..., repeatable",
		TAKE(stream) },
	{ "raw", 'r', NULL, PLAN, "Short for --stream=raw",
		TAKE(raw) },
	{ "adjust", KEY_ADJUST, NULL, SETTING | PLAN, "Take the nearest possible, do not refuse",
		FILLS(flag, adjust) },
	{ "mode", KEY_MODE, "WxH[:BITS]", PLAN, "Sensor mode",
		TAKE(mode) },
	{ "hflip", KEY_HFLIP, NULL, PLAN, "Mirror the picture",
		FILLS(flag, hflip), .feature = OPTION_FLIP },
	{ "vflip", KEY_VFLIP, NULL, PLAN, "Turn the picture upside down",
		FILLS(flag, vflip), .feature = OPTION_FLIP },
	{ "zoom", KEY_ZOOM, "X", PLAN, "Take the middle of the picture only (1)",
		FILLS(zoom, zoom_milli), .feature = OPTION_ZOOM },
	{ "wait", KEY_WAIT, "DURATION", ALL, "Wait for the camera to appear",
		FILLS(wait, wait_ns), .optional = true },

	{ .help = "Capture:" },
	{ "count", 'c', "N", SETUP, "Frames a stream; 0: until stopped (10)",
		FILLS(number, count), RANGE(0, MAX_FRAMES) },
	{ "time", 't', "DURATION", CAPTURE | BENCH, "Stop after that long: 5s, 100ms, 2min",
		FILLS(duration, time_ns) },
	{ "skip", KEY_SKIP, "N", SETUP, "Throw the first N frames away",
		FILLS(number, skip), RANGE(0, MAX_FRAMES) },
	{ "nbufs", 'n', "N", PLAN, "Buffers a stream",
		TAKE(buffers), RANGE(MIN_BUFFERS, MAX_BUFFERS) },
	{ "memory", KEY_MEMORY, "KIND", CAPTURE | BENCH, "auto, mmap, udmabuf or heap[:NAME]",
		TAKE(memory) },
	{ "first-frame", KEY_FIRST_FRAME, "DURATION", CAPTURE, "Longest wait for the first (5s)",
		FILLS(duration, first_frame_ns) },
	{ "between-frames", KEY_BETWEEN_FRAMES, "DURATION", CAPTURE, "Longest wait for the next (1s)",
		FILLS(duration, between_frames_ns) },
	{ "max-lost", KEY_MAX_LOST, "N", CAPTURE, "Status 10 if more than N frames were lost",
		FILLS(number, max_lost), RANGE(0, MAX_FRAMES) },

	{ .help = "Write:" },
	{ "file", 'F', "[ROLE=]PATTERN", SETUP, "# is the frame's number, - standard output",
		TAKE(file) },
	{ "force", KEY_FORCE, NULL, CAPTURE, "Overwrite files that exist",
		FILLS(flag, force) },
	{ "video-out", KEY_VIDEO_OUT, "[ROLE=]NODE", SETUP, "Feed a V4L2 output node: /dev/video3",
		TAKE(video_out) },
	{ "overflow", KEY_OVERFLOW, "block|drop", CAPTURE, "When the writer can't keep up (block)",
		TAKE(overflow) },
	{ "quality", KEY_QUALITY, "N", CAPTURE, "Of JPEG files that are made here, 1 to 100 (90)",
		FILLS(number, quality), RANGE(1, 100) },
	{ "demosaic", KEY_DEMOSAIC, "good|fast", CAPTURE, "How pictures are made of raw (good)",
		TAKE(demosaic) },
	{ "develop", KEY_DEVELOP, "on|off", CAPTURE, "Colours of pictures made of raw (on)",
		TAKE(develop), .feature = OPTION_3A },
	{ "dng-compression", KEY_DNG_COMPRESSION, "KIND", CAPTURE, "Of .dng files: none or lossless (none)",
		TAKE(dng_compression) },
	{ "io", KEY_IO, "PATH", CAPTURE | BENCH, "How files are written: auto, direct or buffered",
		TAKE(io) },
	{ "drop-bad", KEY_DROP_BAD, "on|off", CAPTURE, "Leave damaged frames out (on)",
		TAKE(drop_bad) },
	{ "ring", KEY_RING, "DURATION", CAPTURE, "Keep so much, write it when SIGUSR1 or a line comes",
		FILLS(duration, ring_ns) },
	{ "after", KEY_AFTER, "DURATION", CAPTURE, "With --ring: and what comes so long after (0)",
		FILLS(duration, after_ns) },
	{ "triggers", KEY_TRIGGERS, "N", CAPTURE, "With --ring: end after N of them",
		FILLS(number, triggers), RANGE(1, MAX_TRIGGERS) },
	{ "display", 'D', "CONNECTOR", CAPTURE, "Show on a display, without a copy",
		FILLS(display, connector), .optional = true },

	{ .help = "Controls:" },
	{ "control", 'C', "NAME=VALUE[,...]", SETTING, "Set them, repeatable",
		TAKE(control) },
	{ "save-controls", KEY_SAVE_CONTROLS, "FILE", CAPTURE | 1u << ACTION_LIST_CONTROLS, "Write all to a file, name=value a line",
		FILLS(name, save_controls) },
	{ "load-controls", KEY_LOAD_CONTROLS, "FILE", SETTING, "Set them from such a file",
		FILLS(name, load_controls) },
	{ "restore", KEY_RESTORE, NULL, CAPTURE, "Put back at the end what was there",
		FILLS(flag, restore) },

	{ .help = "Exposure and white balance:", .feature = OPTION_3A },
	{ "exposure", KEY_EXPOSURE, "DURATION", CAPTURE, "Fixed; the rest stays automatic",
		FILLS(duration, algorithms.exposure_ns), .feature = OPTION_3A },
	{ "gain", KEY_GAIN, "X", CAPTURE, "Fixed, 1 is none; the rest stays automatic",
		FILLS(gain, algorithms.gain_milli), .feature = OPTION_3A },
	{ "ae", KEY_AE, "on|off", CAPTURE, "Automatic exposure (on)",
		TAKE(ae), .feature = OPTION_3A },
	{ "awb", KEY_AWB, "on|off|R,B", CAPTURE, "Automatic white balance, or fixed gains (on)",
		TAKE(awb), .feature = OPTION_3A },
	{ "flicker", KEY_FLICKER, "off|50|60", CAPTURE, "Exposures that fit the lamps' mains (off)",
		TAKE(flicker), .feature = OPTION_3A },
	{ "settle", KEY_SETTLE, "DURATION", CAPTURE, "Throw frames away until steady (at most 3s)",
		FILLS(settle, algorithms.settle_ns), .optional = true, .feature = OPTION_3A },
	{ "tuning", KEY_TUNING, "FILE", CAPTURE, "Constants of the sensor",
		FILLS(name, algorithms.tuning), .feature = OPTION_3A },

	{ .help = "Report:" },
	{ "quiet", 'q', NULL, ALL, "Only errors and warnings",
		FILLS(flag, quiet) },
	{ "verbose", 'v', NULL, ALL, "Details of what is done",
		FILLS(flag, verbose) },
	{ "json", KEY_JSON, NULL, RECORDS, "JSON Lines instead of the text",
		FILLS(flag, json) },
	{ "report", KEY_REPORT, "FILE|-", CAPTURE, "JSON Lines beside the text",
		FILLS(name, report) },
	{ "decode", KEY_DECODE, NULL, CAPTURE, "What meta data mean, in the JSON Lines",
		FILLS(flag, decode) },
	{ "progress", KEY_PROGRESS, "WHEN", CAPTURE, "A progress line: auto, always or never",
		TAKE(progress) },
	{ "ready-fd", KEY_READY_FD, "N", CAPTURE, "Write a line to descriptor N at the first frame",
		TAKE(fd), RANGE(3, INT_MAX) },

	/* argp puts help and version at the end. */
	{ "help", 'h', NULL, ALL, "Print this list", .take = NULL },
	{ "usage", KEY_USAGE, NULL, ALL, "Print it in short", .take = NULL },
	{ "version", 'V', NULL, ALL, "Print the version", .take = NULL },
};
/* clang-format on */

_Static_assert(COUNT(rows) <= 64, "option_parse.given has a bit for each row");

bool option_is_offered(const struct option_tool *tool, const struct option_row *row)
{
	return !row->feature || tool->features & row->feature;
}

static void advise(const struct option_parse *parse)
{
	fprintf(stderr, "Try '%s --help' for more information.\n", parse->tool->program);
}

int option_refuse(struct option_parse *parse, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_vsay(parse->log, LOG_ERROR, "usage", format, arguments);
	va_end(arguments);
	advise(parse);
	parse->advised = true;
	return -EINVAL;
}

const struct option_row *option_row_at(size_t index)
{
	return index < COUNT(rows) ? &rows[index] : NULL;
}

const struct option_row *option_row(int key)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		if (rows[i].name && rows[i].key == key)
			return &rows[i];
	return NULL;
}

bool option_given(const struct option_parse *parse, int key)
{
	return parse->given >> (option_row(key) - rows) & 1;
}

const char *option_version(void)
{
	return RAWLINE_VERSION;
}

/* Ends the program after it printed what was asked; what could not be printed has failed. */
static _Noreturn void end_after_printing(struct option_parse *parse)
{
	int error = 0;

	if (fflush(stdout) || ferror(stdout))
		error = errno ? errno : EIO;
	if (error)
		log_error(parse->log, "report-failed", "standard output: %s",
			  strerror(error));
	exit(error ? STATUS_OUTPUT : STATUS_OK);
}

static error_t take(int key, char *text, struct argp_state *state)
{
	struct option_parse *parse = state->input;
	const struct option_row *row;

	switch (key) {
	case ARGP_KEY_INIT:
		/* What getopt says of an unknown option is enough, with our own advice. */
		if (parse->discard)
			state->err_stream = parse->discard;
		return 0;
	case ARGP_KEY_ARG:
		return -option_take_camera(parse, text);
	case ARGP_KEY_END:
		return -option_check(parse);
	case 'h':
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
		end_after_printing(parse);
	case KEY_USAGE:
		argp_state_help(state, stdout, ARGP_HELP_USAGE);
		end_after_printing(parse);
	case 'V':
		printf("%s (Rawline) %s\n", parse->tool->program, option_version());
		end_after_printing(parse);
	}
	row = option_row(key);
	if (!row)
		return ARGP_ERR_UNKNOWN;
	parse->given |= UINT64_C(1) << (row - rows);
	return -row->take(parse, row, text);
}

/* The tool's roles stand with the options that choose among them. */
static void list_roles(const struct option_tool *tool, struct argp_option *list)
{
	for (size_t i = 0; i < tool->num_roles; i++)
		list[i] = (struct argp_option){
			.name = tool->roles[i].name,
			.flags = OPTION_DOC | OPTION_NO_USAGE,
			.doc = tool->roles[i].help,
		};
}

/* argp's list of the options; the caller frees it. */
static struct argp_option *list_options(const struct option_tool *tool)
{
	struct argp_option *list;
	size_t used = 0;

	/* One behind the last is the end. */
	list = calloc(COUNT(rows) + tool->num_roles + 1, sizeof(*list));
	if (!list)
		return NULL;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (!option_is_offered(tool, &rows[i]))
			continue;
		list[used++] = (struct argp_option){
			.name = rows[i].name,
			.key = rows[i].key,
			.arg = rows[i].argument,
			.flags = rows[i].optional ? OPTION_ARG_OPTIONAL : 0,
			.doc = rows[i].help,
			.group = rows[i].key == KEY_USAGE ? -1 : 0,
		};
		if (rows[i].key == KEY_MODE) {
			list_roles(tool, list + used);
			used += tool->num_roles;
		}
	}
	return list;
}

/* A sentence about arguments that is true of every program's options is not worth its lines. */
static char *filter_help(int key, const char *text, void *input)
{
	return key == ARGP_KEY_HELP_DUP_ARGS_NOTE ? NULL : (char *)text;
}

/* argv with the name that messages are to bear; the strings stay where they are. */
static char **rename_program(int argc, char **argv, const char *program)
{
	char **renamed;

	renamed = calloc((size_t)argc + 2, sizeof(*renamed));
	if (!renamed)
		return NULL;
	for (int i = 1; i < argc; i++)
		renamed[i] = argv[i];
	renamed[0] = (char *)program;
	return renamed;
}

static int parse_arguments(struct option_parse *parse, int argc, char **argv)
{
	struct argp_option *list = list_options(parse->tool);
	char **renamed = rename_program(argc, argv, parse->tool->program);
	const struct argp argp = {
		.options = list,
		.parser = take,
		.args_doc = "[CAMERA]",
		.doc = parse->tool->summary,
		.help_filter = filter_help,
	};
	int ret = -ENOMEM;

	if (list && renamed)
		ret = -argp_parse(&argp, argc ? argc : 1, renamed,
				  ARGP_NO_HELP | ARGP_NO_EXIT, NULL, parse);
	free(renamed);
	free(list);
	return ret;
}

int option_parse(int argc, char **argv, const struct option_tool *tool, struct log *log,
		 struct options *options)
{
	struct option_parse parse = { .tool = tool, .log = log, .options = options };
	int ret;

	*options = (struct options){
		.count = DEFAULT_COUNT,
		.first_frame_ns = DEFAULT_FIRST_FRAME_NS,
		.zoom_milli = 1000,
		.ready_fd = -1,
	};
	/* Not a file: its descriptor could be the one that --ready-fd names by mistake. */
	parse.discard = fmemopen(NULL, BUFSIZ, "w");
	ret = parse_arguments(&parse, argc, argv);
	if (parse.discard)
		fclose(parse.discard);
	if (!ret)
		return 0;
	if (ret == -ENOMEM)
		log_error(log, "no-memory", "not enough memory to read the command line");
	else if (!parse.advised)
		advise(&parse);
	option_finish(options);
	return ret;
}

void option_finish(struct options *options)
{
	free(options->controls);
	options->controls = NULL;
	options->num_controls = 0;
}
