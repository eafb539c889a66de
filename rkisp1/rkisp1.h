/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of rkisp1-capture share: one open ISP with its sensor. */
#ifndef RAWLINE_RKISP1_H
#define RAWLINE_RKISP1_H

#include <linux/videodev2.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/device/sensor.h"
#include "common/device/upstream.h"

struct capture_poll;
struct frame;
struct log;
struct media;
struct options;
struct rkisp1_engine;
struct sidecar_settings;
struct video;

/* What the SoCs do not have in common; from hw_revision of the media device. */
struct rkisp1_variant {
	uint32_t revision; /* enum rkisp1_cif_isp_version of the kernel */
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

/* What the engine has to know of the set-up. */
struct rkisp1_engine_setup {
	uint32_t width; /* of what the ISP takes in: it measures before it cuts */
	uint32_t height;
	struct sensor_timing timing;
	int32_t vblank;
	bool hflip;
	bool vflip;
	bool is_raw; /* nothing is measured, no parameters act */
};

/*
 * engine.c: exposure, white balance, parameters. create works out the first values and writes
 * them to the sensor (nothing else is touched). 0 or -errno; said.
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
