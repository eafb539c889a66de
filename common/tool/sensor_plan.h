/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the sensor shall do: which mode, how fast, mirrored or not. Worked out before anything
 * is touched, and set when its turn has come.
 *
 *	sensor_plan_init(&plan, log, sensor, options);
 *	plan.wish.width = ...;  plan.accept = ...;
 *	sensor_plan_choose(&plan, setup);
 *	... what else can be refused ...
 *	sensor_plan_route(&plan, setup);
 *	... with plan.timing and plan.vblank: algorithms_create() ...
 */
#ifndef RAWLINE_SENSOR_PLAN_H
#define RAWLINE_SENSOR_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/format.h"
#include "common/base/text.h"
#include "common/device/sensor.h"

struct log;
struct option_stream;
struct options;
struct setup;

struct sensor_plan {
	struct log *log;
	struct sensor *sensor;         /* lent */
	const struct options *options; /* lent */
	bool hflip, vflip;
	struct text_fraction rate; /* wanted, frames a second; 0/0: the usual one */

	/* From the caller, who finds --mode in it already. */
	struct sensor_wish wish;
	bool (*accept)(uint32_t code); /* what the processor takes of media bus codes */

	struct sensor_mode mode; /* chosen; width 0: not yet */

	/* As set; all zero in a dry run. */
	struct sensor_timing timing;
	int32_t vblank;
	struct sensor_view view;
};

/*
 * Begins with what the options say: --mode, --hflip and --vflip, of which the modes get the
 * Bayer order that they will have, and the one rate of all streams. Touches nothing.
 * Returns 0, -EINVAL (different rates), -ENOTSUP (the sensor does not mirror), or -errno;
 * said.
 */
int sensor_plan_init(struct sensor_plan *plan, struct log *log, struct sensor *sensor,
		     const struct options *options);

/*
 * Raw is wanted, which is a mode as it is: the one with the size and format that the stream
 * asks for, else the largest that comes to the rate. Fills in the wish, whose bounds and accept() are there
 * already. Refuses what no mode is, or takes the nearest with --adjust.
 * Returns 0, or -EINVAL; said.
 */
int sensor_plan_raw(struct sensor_plan *plan, const struct setup *setup,
		    const struct option_stream *stream, enum format_packing packing);

/*
 * Chooses the smallest mode that covers the wish and comes to the rate. Refuses what can't
 * be, or takes the nearest with --adjust, and says so; also --exposure and --gain. Modes are
 * tried to learn their rates and ranges, after which the sensor is as it was; not in a dry
 * run, which takes all that for possible. Returns 0, -EINVAL, or -errno; said.
 */
int sensor_plan_choose(struct sensor_plan *plan, const struct setup *setup);

/*
 * The refusal or, with --adjust, the notice that a picture of that size can't be had, as the
 * mode has less: it would be made up. Sizes become what can; multiples of step, at least
 * min_width x min_height. Returns 0, or -EINVAL; said.
 */
struct sensor_cover {
	const char *what; /* the role's name */
	uint32_t min_width, min_height;
	uint32_t step;
};
int sensor_plan_cover(const struct sensor_plan *plan, const struct setup *setup,
		      const struct sensor_cover *cover, uint32_t *width, uint32_t *height);

/*
 * Sets flips and mode, or prints them; then timing and vblank are known (vblank is set by
 * exposure, with all the rest of the sensor's controls). Failures are kept in setup->error,
 * and said.
 */
void sensor_plan_route(struct sensor_plan *plan, struct setup *setup);

/* The rate that comes of it; 0/0 in a dry run. */
struct text_fraction sensor_plan_rate(const struct sensor_plan *plan);

#endif
