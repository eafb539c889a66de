/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An image sensor: its modes, the timing of the one that is set, and the controls that
 * exposure is made with.
 *
 * Rests on Documentation/userspace-api/media/drivers/camera-sensor.rst (how PIXEL_RATE, HBLANK
 * and VBLANK make the frame rate) and ext-ctrls-image-source.rst.
 */
#ifndef RAWLINE_SENSOR_H
#define RAWLINE_SENSOR_H

#include <linux/v4l2-mediabus.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/text.h"

struct log;
struct media_entity;
struct subdev;

#define SENSOR_MAX_MODES 64

/* What the source pad can deliver. */
struct sensor_mode {
	uint32_t code; /* MEDIA_BUS_FMT_* */
	uint32_t width;
	uint32_t height;
	unsigned bits; /* of a sample */
};

struct sensor {
	struct log *log;
	struct subdev *subdev; /* owned */
	uint32_t pad;          /* the source */
	unsigned num_modes;
	struct sensor_mode modes[SENSOR_MAX_MODES]; /* the smallest first */
};

/* A control's range; one that is not there has maximum 0. */
struct sensor_range {
	int32_t minimum;
	int32_t maximum;
	int32_t usual; /* the driver's default, which belongs to the mode */
	int32_t value;
};

/* Of the mode that is set. */
struct sensor_timing {
	uint64_t pixel_rate;  /* pixels a second */
	uint32_t line_length; /* pixels, blanking included */
	uint32_t height;
	unsigned bits;                /* of a sample; 0: unknown */
	struct sensor_range vblank;   /* lines */
	struct sensor_range exposure; /* lines */
	struct sensor_range analogue_gain;
	uint32_t analogue_gain_id; /* of the control: some drivers have GAIN alone */
	struct sensor_range digital_gain;
};

/* The part of the full picture that a mode shows; the full one is 1 wide and high. */
struct sensor_view {
	double left, top;
	double width, height;
};

/* What a mode is wanted for; zero: any. */
struct sensor_wish {
	uint32_t width; /* at least */
	uint32_t height;
	uint32_t max_width; /* at most: what the receiver takes */
	uint32_t max_height;
	uint32_t exact_width; /* --mode */
	uint32_t exact_height;
	unsigned bits;
};

/*
 * Opens a sensor's node and reads its modes; those with codes that are not in the table of
 * formats are left out. Returns 0, -ENODEV (no node), -EINVAL (no mode), or -errno; said.
 */
int sensor_open(struct log *log, const struct media_entity *entity, struct sensor **sensor);
void sensor_destroy(struct sensor *sensor);

/*
 * Makes the modes what they will be once the picture is mirrored so, or not: the Bayer order
 * moves with it where the driver says so. Touches nothing. Returns 0, -ENOTSUP (it can't, and
 * was asked to), or -errno.
 */
int sensor_expect_flip(struct sensor *sensor, bool horizontal, bool vertical);

/*
 * Mirrors the picture or not, and reads the modes again.
 * Returns 0, -ENOTSUP (it can't, and was asked to), or -errno.
 */
int sensor_flip(struct sensor *sensor, bool horizontal, bool vertical);

/*
 * What trying modes changes: save it before, and put it back if none serves. 0 or -errno.
 */
struct sensor_state {
	struct v4l2_mbus_framefmt format;
	int32_t hblank;
	int32_t vblank;
	int32_t exposure;
};
int sensor_save(const struct sensor *sensor, struct sensor_state *state);
void sensor_restore(const struct sensor *sensor, const struct sensor_state *state);

/*
 * The mode that serves best, and with skip the next best ones: the smallest that covers what
 * is wanted, with the most bits; if none does, the largest. Among codes only those that
 * accept() takes. NULL if there is none (more).
 */
const struct sensor_mode *sensor_choose(const struct sensor *sensor,
					const struct sensor_wish *wish,
					bool (*accept)(uint32_t code), unsigned skip);

/*
 * Asks for the timing of the mode that is set. Returns 0, -ENODATA if the driver lacks
 * PIXEL_RATE or HBLANK, or -errno.
 */
int sensor_read_timing(const struct sensor *sensor, struct sensor_timing *timing);

/*
 * How far its pictures have to be turned counter-clockwise to be upright, for the way it is mounted:
 * 0, 90, 180 or 270 degrees (ext-ctrls-camera.rst, V4L2_CID_CAMERA_SENSOR_ROTATION). 0 if nobody
 * knows, or if it is none of these. Flips are not counted.
 */
unsigned sensor_rotation(const struct sensor *sensor);

/* True if the length of lines can be set; others may have made them longer. */
bool sensor_has_line_length(const struct sensor *sensor);

/* Sets HBLANK to what is usual in the mode that is set, where it can be set. 0 or -errno. */
int sensor_reset_line_length(const struct sensor *sensor);

/*
 * What of the full picture the mode that is set shows, whatever it leaves out between the
 * lines; all of it where the driver does not tell.
 */
void sensor_read_view(const struct sensor *sensor, struct sensor_view *view);

/* The same from rectangles of the sensor's own pixels; what is beyond the full one is cut. */
void sensor_view_of(const struct v4l2_rect *crop, const struct v4l2_rect *full,
		    struct sensor_view *view);

/* The fastest rate with these blankings, in frames a second. */
double sensor_max_rate_hz(const struct sensor_timing *timing);

/*
 * VBLANK for a rate. False if the sensor's range has none; then the nearest. rate 0/0 is the
 * usual one of the mode.
 */
bool sensor_vblank_for(const struct sensor_timing *timing,
		       const struct text_fraction *rate, int32_t *vblank);

/* The rate with such a VBLANK, in lowest terms. */
struct text_fraction sensor_rate(const struct sensor_timing *timing, int32_t vblank);

/* One control. 0 or -errno; *value becomes what the driver made of it. */
int sensor_set_control(const struct sensor *sensor, uint32_t id, int32_t *value);
int sensor_get_control(const struct sensor *sensor, uint32_t id, int32_t *value);

#endif
