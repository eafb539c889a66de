/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What --list, --info and --list-controls print: text, or JSON Lines with --json. */
#ifndef RAWLINE_INFO_H
#define RAWLINE_INFO_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/base/json.h"
#include "common/base/text.h"

struct camera;
struct camera_list;
struct control_set;
struct media;
struct option_role;
struct sensor;

#define INFO_MAX_RATES 32

/* Frames a second that can be asked for, from the fastest; or all between two. */
struct info_rates {
	unsigned count;
	bool is_range; /* of the first two */
	struct text_fraction rates[INFO_MAX_RATES];
};

/* Sizes from least to most; step 0: only these two (or one) are there. */
struct info_sizes {
	uint32_t min_width;
	uint32_t min_height;
	uint32_t max_width;
	uint32_t max_height;
	uint32_t step;
	const struct info_rates *rates; /* lent; NULL: not known, or not to be chosen */
};

/* A listing under way: streams with their formats in between, sensor modes at the end. */
struct info {
	FILE *file;
	bool as_json;
	struct json json;
	bool in_role;
	bool in_modes;
};

/* One camera a line: id, model, bus path, split by tabs. 0 or -errno of the writing. */
int info_list(FILE *file, bool as_json, const struct camera_list *list);

/* The controls of a camera, as control_print() or a JSON record each. 0 or -errno of the writing. */
int info_controls(FILE *file, bool as_json, const struct control_set *set);

/*
 * A camera's description: begin, then info_role() with its info_format()s, then
 * info_mode()s, then end.
 */
void info_begin(struct info *info, FILE *file, bool as_json, const struct camera *camera,
		const struct media *media);

/* A stream; entity and node are where its frames come from. */
void info_role(struct info *info, const struct option_role *role, const char *entity,
	       const char *node);

/* A pixel format that the last stream can deliver, with its sizes. */
void info_format(struct info *info, uint32_t fourcc, const struct info_sizes *sizes);

/* What the sensor can deliver as one media bus code. */
void info_mode(struct info *info, uint32_t mbus_code, const struct info_sizes *sizes);

/* All modes of a sensor. */
void info_sensor(struct info *info, const struct sensor *sensor);

/* Just this size. */
struct info_sizes info_size(uint32_t width, uint32_t height);

/* 0 or -errno of the writing. */
int info_end(struct info *info);

#endif
