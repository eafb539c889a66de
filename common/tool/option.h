/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line that all tools share, as rawline(7) has it: parsed once, into one struct. */
#ifndef RAWLINE_OPTION_H
#define RAWLINE_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/format.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "common/buffer/memory.h"

#define OPTION_MAX_STREAMS 8
#define OPTION_ROLE_SIZE   16
#define OPTION_HEAP_SIZE   64

/* A stream that a platform can deliver. The first of a platform is its main stream. */
struct option_role {
	const char *name; /* "main", "raw" */
	const char *help; /* one line for --help and --info */
};

/* Options that only some tools have. */
enum option_feature {
	OPTION_3A = 1,   /* exposure and white balance are our own */
	OPTION_FLIP = 2, /* the sensor can mirror, which changes its Bayer order */
	OPTION_ZOOM = 4, /* the processor can crop */
};

/* What a tool tells the option parser about itself. */
struct option_tool {
	const char *program; /* "vimc-capture" */
	const char *summary; /* one sentence for --help */
	const struct option_role *roles;
	size_t num_roles;
	unsigned features; /* of enum option_feature */
};

/* --stream=ROLE[:WxH][:FORMAT][@FPS]; zero or NULL is "not given". */
struct option_stream {
	const struct option_role *role;
	uint32_t width;
	uint32_t height;
	const struct format_info *format;
	const struct mbus_info *bus; /* set if the format was named so; NULL: it was not */
	struct text_fraction rate;
};

/* --file=[ROLE=]PATTERN */
struct option_file {
	const struct option_role *role; /* NULL: for every stream */
	const char *pattern;
};

/* --video-out=[ROLE=]NODE */
struct option_output {
	const struct option_role *role; /* once all is read: of a stream that is captured */
	const char *node;
};

enum option_action {
	ACTION_CAPTURE,
	ACTION_LIST,
	ACTION_INFO,
	ACTION_LIST_CONTROLS,
	ACTION_DRY_RUN,
	ACTION_BENCH_DISK,
	ACTION_DOCTOR,
};

enum option_overflow { OVERFLOW_BLOCK, OVERFLOW_DROP };
enum option_io { IO_AUTO, IO_DIRECT, IO_BUFFERED };
enum option_progress { PROGRESS_AUTO, PROGRESS_ALWAYS, PROGRESS_NEVER };
enum option_awb { AWB_ON, AWB_OFF, AWB_FIXED };

/* What is wanted of exposure and white balance (OPTION_3A). */
struct option_3a {
	uint64_t exposure_ns; /* 0: automatic, or left alone */
	uint32_t gain_milli;  /* thousandths; 0: automatic, or left alone */
	bool ae_off;
	enum option_awb awb;
	uint32_t red_milli; /* of AWB_FIXED, thousandths of green's */
	uint32_t blue_milli;
	unsigned flicker_hz; /* 0: no lamps that flicker, 50 or 60 */
	uint64_t settle_ns;  /* frames until all is steady are thrown away; 0: none are */
	const char *tuning;  /* a file; NULL: what is built in */
};

struct options {
	enum option_action action;
	const char *camera; /* NULL: the first */
	bool wait;
	uint64_t wait_ns; /* UINT64_MAX: as long as it takes */

	unsigned num_streams; /* 0: the main stream, anything it has */
	struct option_stream streams[OPTION_MAX_STREAMS];
	bool adjust;
	uint32_t mode_width; /* --mode, 0: not given */
	uint32_t mode_height;
	uint32_t mode_bits;
	bool hflip;
	bool vflip;
	uint32_t zoom_milli; /* thousandths, 1000: all that there is */

	bool count_given;
	uint64_t count;    /* frames a stream, 0: until stopped; 10 without -c and -t */
	uint64_t time_ns;  /* 0: no limit */
	uint64_t ring_ns;  /* before a trigger; 0: no ring, everything is written */
	uint64_t after_ns; /* behind it */
	uint64_t triggers; /* sets of files, then the run ends; 0: no limit */
	uint64_t skip;
	unsigned num_buffers; /* 0: the tool's default */
	enum memory_kind memory;
	char heap[OPTION_HEAP_SIZE]; /* "": by the usual names */

	uint64_t first_frame_ns;
	uint64_t between_frames_ns; /* 0: max(1s, 5 frame times) */
	bool max_lost_given;
	uint64_t max_lost;

	unsigned num_files;
	struct option_file files[OPTION_MAX_STREAMS];
	bool force;
	unsigned num_video_outs;
	struct option_output video_outs[OPTION_MAX_STREAMS];
	enum option_overflow overflow;
	uint64_t quality; /* of JPEG made here; 0: the usual */
	bool demosaic_given;
	bool fast_demosaic; /* --demosaic=fast */
	bool develop_given;
	bool undeveloped; /* --develop=off: pictures made of raw keep the sensor's numbers */
	bool dng_lossless; /* samples in DNG files are compressed without loss */
	bool keep_bad;     /* --drop-bad=off: damaged frames are written, too */
	bool display;
	const char *connector; /* of --display; NULL: the first that is connected */
	enum option_io io;
	const char *bench_disk; /* of its action: the directory */

	const char **controls; /* each "NAME=VALUE[,...]", in the order given; lent from argv */
	size_t num_controls;
	const char *save_controls;
	const char *load_controls;
	bool restore;
	struct option_3a algorithms;

	bool quiet;
	bool verbose;
	bool json;          /* JSON Lines instead of the text */
	bool decode;        /* records of meta data say what it means */
	const char *report; /* beside it, into this file; "-" is standard output */
	enum option_progress progress;
	int ready_fd; /* -1: none */
};

/*
 * Reads the command line. --help, --usage and --version are printed to standard output and end
 * the program (STATUS_OK, or STATUS_OUTPUT if they could not be written).
 *
 * Returns 0; or -EINVAL after saying on standard error what is wrong and how to get help: the
 * tool ends with STATUS_USAGE; or -ENOMEM, said. Strings are lent from argv. An option that
 * can't act in this run, alone or beside others, is refused as far as the platform need not be
 * asked. The log's listener, if it has one by then, hears of it as "usage".
 */
int option_parse(int argc, char **argv, const struct option_tool *tool, struct log *log,
		 struct options *options);

/* Some file holds what white balance makes of raw: a DNG, or a picture that is developed. */
bool option_keeps_balance(const struct options *options);

/* "1.0-3-g0123456": the version of this build. */
const char *option_version(void);

/* Frees what option_parse() allocated. */
void option_finish(struct options *options);

#endif
