/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of rkisp1-capture share: one open ISP with its sensor. */
#ifndef RAWLINE_RKISP1_H
#define RAWLINE_RKISP1_H

#include <linux/videodev2.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/device/sensor.h"
#include "common/device/upstream.h"
#include "common/tool/info.h"
#include "common/tool/option.h"
#include "common/tool/sensor_plan.h"
#include "rkisp1/layout.h"

struct capture_poll;
struct frame;
struct log;
struct media;
struct rkisp1_engine;
struct setup;
struct sidecar_settings;
struct video;

/* What the SoCs do not have in common; from hw_revision of the media device. */
struct rkisp1_variant {
	enum rkisp1_revision revision;
	const char *name;
	uint32_t max_width; /* of the ISP, and of main */
	uint32_t max_height;
	bool has_self;
	bool crops_in_resizer; /* else for the shape of main only, at the ISP's source */
};

struct rkisp1 {
	struct log *log;
	struct media *media;
	const struct rkisp1_variant *variant;
	struct upstream front; /* the way from the sensor to rkisp1_isp:0 */
	struct sensor *sensor;
	struct subdev *bridges[UPSTREAM_MAX_LINKS]; /* on it, from the sensor on */
	unsigned num_bridges;
	struct subdev *isp;
	struct subdev *main_resizer;
	struct subdev *self_resizer; /* NULL: i.MX8MP */
	struct video *main;
	struct video *self;
	struct video *stats;
	struct video *params;
	struct rkisp1_engine *engine; /* NULL: raw, or nothing was set up */
};

/* ---- offer.c: what can be asked for ---- */

enum rkisp1_role { RKISP1_MAIN, RKISP1_SELF, RKISP1_RAW, RKISP1_STATS, RKISP1_NUM_ROLES };

extern const struct option_role rkisp1_roles[RKISP1_NUM_ROLES];

/* The resizers write even sizes; less than this the driver does not take. */
#define RKISP1_SIZE_STEP  2
#define RKISP1_MIN_WIDTH  32
#define RKISP1_MIN_HEIGHT 16

/* True for what the ISP takes of what sensors make. */
bool rkisp1_is_accepted(uint32_t code);

/* True for the pixel formats of a path. */
bool rkisp1_is_offered(const struct rkisp1 *rkisp1, enum rkisp1_role role, uint32_t fourcc);

/* The sizes of a path's pictures; max_width 0: the sensor has no mode that the ISP takes. */
struct info_sizes rkisp1_path_sizes(const struct rkisp1 *rkisp1, enum rkisp1_role role);

/* As in struct platform; device is a struct rkisp1. */
int rkisp1_describe(void *device, struct info *info);

/* ---- plan.c: what is to be set ---- */

/* One path's output. */
struct rkisp1_output {
	const struct option_stream *stream; /* NULL: this path is off */
	uint32_t fourcc;
	uint32_t width;
	uint32_t height;
};

struct rkisp1_plan {
	struct sensor_plan sensor;
	bool is_raw;
	struct rkisp1_output main; /* raw, too */
	struct rkisp1_output self;
	const struct option_stream *stats; /* NULL: nobody asked for them */
	uint32_t zoom_milli;
};

/*
 * Works it out, and refuses what can be refused, before anything is touched. The options are
 * lent to the plan. 0 or -errno; said.
 */
int rkisp1_plan_make(struct rkisp1_plan *plan, struct rkisp1 *rkisp1,
		     const struct options *options, const struct setup *setup);

/* ---- engine.c: exposure, white balance, parameters ---- */

/* What the engine has to know of the set-up. */
struct rkisp1_engine_setup {
	uint32_t width; /* of what the ISP takes in: it measures before it cuts */
	uint32_t height;
	struct sensor_timing timing;
	int32_t vblank;
	struct sensor_view view; /* of the sensor's full picture, before it is mirrored */
	bool hflip;
	bool vflip;
	bool is_raw; /* nothing is measured, no parameters act */
};

/*
 * Works out the first values and writes them to the sensor (nothing else is touched).
 * 0 or -errno; said.
 */
int rkisp1_engine_create(struct rkisp1 *rkisp1, const struct options *options,
			 const struct rkisp1_engine_setup *setup,
			 struct rkisp1_engine **engine);
void rkisp1_engine_destroy(struct rkisp1_engine *engine);

/* The functions of struct capture_engine; device is a struct rkisp1. */
int rkisp1_engine_start(void *device);
void rkisp1_engine_stop(void *device);
unsigned rkisp1_engine_polls(void *device, struct capture_poll *polls);
bool rkisp1_engine_is_steady(void *device);
void rkisp1_engine_settings(void *device, const struct frame *frame,
			    struct sidecar_settings *settings);

/* Sees each frame of statistics. */
int rkisp1_engine_observe(void *device, const struct frame *frame);

#endif
