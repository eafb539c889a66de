/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of ipu3-capture share: one open camera, with the ImgU behind it. */
#ifndef RAWLINE_IPU3_H
#define RAWLINE_IPU3_H

#include <stdbool.h>
#include <stdint.h>

#include "common/device/discover.h"
#include "common/device/upstream.h"
#include "common/tool/capture.h"
#include "common/tool/sensor_plan.h"
#include "ipu3/geometry.h"

struct buffer;
struct frame;
struct ipu3_engine;
struct log;
struct media;
struct option_role;
struct option_stream;
struct options;
struct setup;
struct sidecar_settings;
struct subdev;
struct video;

enum ipu3_role {
	IPU3_MAIN,
	IPU3_VIEWFINDER,
	IPU3_RAW,
	IPU3_STATS,
	IPU3_PARAMS,
	IPU3_NUM_ROLES,
};

extern const struct option_role ipu3_roles[IPU3_NUM_ROLES];

/* The ImgU's nodes, of the pipe that is used. */
struct ipu3_imgu {
	struct media *media; /* owned */
	struct subdev *subdev;
	struct video *input;
	struct video *params;
	struct video *output;
	struct video *viewfinder;
	struct video *stats;
};

struct ipu3 {
	struct log *log;
	struct media *media; /* of the CIO2; lent */
	struct upstream path;
	struct sensor *sensor;
	struct subdev *csi2;
	struct video *cio2;
	bool has_imgu; /* else raw only */
	struct discover_media imgu_media;
	struct ipu3_imgu *imgu;     /* NULL: not opened yet */
	struct ipu3_engine *engine; /* NULL: nothing was set up */
	bool uses_imgu;             /* what was set up does */
};

/* What is to be set up. */
struct ipu3_plan {
	const struct option_stream *asked[IPU3_NUM_ROLES]; /* NULL: not asked for */
	struct sensor_plan sensor;
	bool uses_imgu;
	struct ipu3_geometry geometry; /* of the ImgU, if it is used */
};

/*
 * imgu.c: the processor, of which there is one for all cameras. find looks for its media device,
 * for which it asks all media devices: as long as the CIO2 is not locked yet, for closing any
 * descriptor of it would undo that. 0, -ENODEV where the machine has none that runs, not said, or
 * -errno, said.
 */
int ipu3_imgu_find(struct log *log, struct discover_media *found);

/* imgu.c: 0 or -errno, said. */
int ipu3_imgu_open(struct log *log, const struct discover_media *found,
		   struct ipu3_imgu **imgu);
void ipu3_imgu_destroy(struct ipu3_imgu *imgu);

/* Why there is none, and what helps: a clause. Returns text. */
#define IPU3_REASON_SIZE 256
const char *ipu3_imgu_missing(char text[static IPU3_REASON_SIZE]);

/* The same in two; *remedy is "" if nothing helps. */
void ipu3_imgu_look(const char **cause, const char **remedy);

/* Takes it for this run. 0, -EBUSY, or -errno; said. */
int ipu3_imgu_lock(struct ipu3_imgu *imgu, struct log *log);

/* Links, formats and rectangles of both pipes, from whatever state they are in. */
void ipu3_imgu_route(struct ipu3_imgu *imgu, struct setup *setup,
		     const struct ipu3_plan *plan);

/*
 * plan.c: what the streams that were asked for need. Refuses with -EINVAL, said, what can't be;
 * touches nothing but the sensor's mode, which it puts back.
 */
int ipu3_plan(struct ipu3 *ipu3, const struct options *options, const struct setup *setup,
	      struct ipu3_plan *plan);

/* plan.c: the CIO2 takes such a mode. */
bool ipu3_is_received(const struct sensor_mode *mode);

/* plan.c: what pictures the ImgU makes of a mode; 0, or -ERANGE if none. */
int ipu3_mode_limits(const struct sensor_mode *mode, uint32_t zoom_milli,
		     struct ipu3_limits *limits);

/* explain.c: no sensor is there, and perhaps why. */
void ipu3_say_no_sensor(const struct media *media);

/* doctor.c: what --doctor looks at. */
extern const struct doctor_platform ipu3_doctor;

/* explain.c: functions of struct capture_explain. */
bool ipu3_explain_start(void *device, const struct capture_stream *stream, int error);
void ipu3_explain_silence(void *device, const struct capture_stream *stream,
			  char why[static CAPTURE_REASON_SIZE]);

#endif
