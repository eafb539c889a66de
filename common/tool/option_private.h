/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of option share. */
#ifndef RAWLINE_OPTION_PRIVATE_H
#define RAWLINE_OPTION_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/tool/option.h"

/* Keys of options: their letter, or these for options without one. */
enum option_key {
	KEY_ADJUST = 256,
	KEY_AE,
	KEY_AFTER,
	KEY_AWB,
	KEY_BENCH_DISK,
	KEY_BETWEEN_FRAMES,
	KEY_DECODE,
	KEY_DEMOSAIC,
	KEY_DEVELOP,
	KEY_DNG_COMPRESSION,
	KEY_DROP_BAD,
	KEY_DOCTOR,
	KEY_DRY_RUN,
	KEY_EXPOSURE,
	KEY_FIRST_FRAME,
	KEY_FLICKER,
	KEY_FORCE,
	KEY_GAIN,
	KEY_HFLIP,
	KEY_IO,
	KEY_JSON,
	KEY_LOAD_CONTROLS,
	KEY_MAX_LOST,
	KEY_MEMORY,
	KEY_MODE,
	KEY_OVERFLOW,
	KEY_PROGRESS,
	KEY_QUALITY,
	KEY_READY_FD,
	KEY_REPORT,
	KEY_RESTORE,
	KEY_RING,
	KEY_SAVE_CONTROLS,
	KEY_SETTLE,
	KEY_SKIP,
	KEY_TRIGGERS,
	KEY_TUNING,
	KEY_USAGE,
	KEY_VFLIP,
	KEY_VIDEO_OUT,
	KEY_WAIT,
	KEY_ZOOM,
};

struct option_parse;

/* An option; without a name: the heading of those that follow. */
struct option_row {
	const char *name;
	int key;
	const char *argument; /* NULL: takes none */
	unsigned acts;        /* bit n: has a meaning in action n */
	const char *help;
	/* Reads the text (NULL: none was given) into options. 0 or -EINVAL, said. */
	int (*take)(struct option_parse *parse, const struct option_row *row,
		    const char *text);
	size_t field; /* of struct options, if it only fills in that */
	uint64_t low; /* range of a number */
	uint64_t high;
	bool optional;    /* its argument may be left out */
	unsigned feature; /* only tools with this one have it; 0: all */
};

/* The command line as it is being read. */
struct option_parse {
	const struct option_tool *tool;
	struct log *log;
	struct options *options;
	uint64_t given; /* bit n: the option of row n was there */
	FILE *discard;  /* for advice that argp gives, NULL: no memory */
	bool advised;   /* how to get help */
};

/* Says in one sentence what is wrong with the command line. Returns -EINVAL. */
int option_refuse(struct option_parse *parse, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* True if this tool has it. */
bool option_is_offered(const struct option_tool *tool, const struct option_row *row);

/* By key; NULL if there is no such option. Rows can be walked with option_row_at() until NULL. */
const struct option_row *option_row(int key);
const struct option_row *option_row_at(size_t index);

bool option_given(const struct option_parse *parse, int key);

/* The tool's role of this name, NULL if it has none. */
const struct option_role *option_find_role(const struct option_tool *tool,
					   const char *name, size_t length);

/* How values are read: by the shape of the value, and one by one where it has one of its own. */
int option_take_action(struct option_parse *parse, const struct option_row *row,
		       const char *text);
int option_take_bench_disk(struct option_parse *parse, const struct option_row *row,
			   const char *text);
int option_take_flag(struct option_parse *parse, const struct option_row *row,
		     const char *text);
int option_take_number(struct option_parse *parse, const struct option_row *row,
		       const char *text);
int option_take_duration(struct option_parse *parse, const struct option_row *row,
			 const char *text);
int option_take_name(struct option_parse *parse, const struct option_row *row,
		     const char *text);
int option_take_wait(struct option_parse *parse, const struct option_row *row,
		     const char *text);
int option_take_stream(struct option_parse *parse, const struct option_row *row,
		       const char *text);
int option_take_raw(struct option_parse *parse, const struct option_row *row,
		    const char *text);
int option_take_mode(struct option_parse *parse, const struct option_row *row,
		     const char *text);
int option_take_buffers(struct option_parse *parse, const struct option_row *row,
			const char *text);
int option_take_memory(struct option_parse *parse, const struct option_row *row,
		       const char *text);
int option_take_file(struct option_parse *parse, const struct option_row *row,
		     const char *text);
int option_take_video_out(struct option_parse *parse, const struct option_row *row,
			  const char *text);
int option_take_overflow(struct option_parse *parse, const struct option_row *row,
			 const char *text);
int option_take_demosaic(struct option_parse *parse, const struct option_row *row,
			 const char *text);
int option_take_develop(struct option_parse *parse, const struct option_row *row,
			const char *text);
int option_take_dng_compression(struct option_parse *parse, const struct option_row *row,
				const char *text);
int option_take_display(struct option_parse *parse, const struct option_row *row,
			const char *text);
int option_take_io(struct option_parse *parse, const struct option_row *row,
		   const char *text);
int option_take_drop_bad(struct option_parse *parse, const struct option_row *row,
			 const char *text);
int option_take_control(struct option_parse *parse, const struct option_row *row,
			const char *text);
int option_take_gain(struct option_parse *parse, const struct option_row *row,
		     const char *text);
int option_take_zoom(struct option_parse *parse, const struct option_row *row,
		     const char *text);
int option_take_ae(struct option_parse *parse, const struct option_row *row,
		   const char *text);
int option_take_awb(struct option_parse *parse, const struct option_row *row,
		    const char *text);
int option_take_flicker(struct option_parse *parse, const struct option_row *row,
			const char *text);
int option_take_settle(struct option_parse *parse, const struct option_row *row,
		       const char *text);
int option_take_progress(struct option_parse *parse, const struct option_row *row,
			 const char *text);
int option_take_fd(struct option_parse *parse, const struct option_row *row,
		   const char *text);
int option_take_camera(struct option_parse *parse, const char *text);

/* Refuses what can't act together, once all is read. 0 or -EINVAL, said. */
int option_check(struct option_parse *parse);

#endif
