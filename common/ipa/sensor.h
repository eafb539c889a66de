/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an image sensor's controls mean: codes of gain, lines of exposure, and how many
 * frames after it was written a value shows.
 */
#ifndef RAWLINE_IPA_SENSOR_H
#define RAWLINE_IPA_SENSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "common/ipa/zones.h"

/* In the order in which they must be written: VBLANK moves the range of exposure. */
enum ipa_control {
	IPA_VBLANK,        /* V4L2_CID_VBLANK, lines */
	IPA_EXPOSURE,      /* V4L2_CID_EXPOSURE, lines */
	IPA_ANALOGUE_GAIN, /* V4L2_CID_ANALOGUE_GAIN, the sensor's code */
	IPA_DIGITAL_GAIN,  /* V4L2_CID_DIGITAL_GAIN, the sensor's code */
	IPA_NUM_CONTROLS,
};

/* One value each, as written to the sensor. */
struct ipa_values {
	int32_t control[IPA_NUM_CONTROLS];
};

/*
 * Facts about a kind of sensor. gain = (m0 * code + c0) / (m1 * code + c1), of which one of
 * m0, m1 is 0, as in the driver documentation of CCS; gains below 1 are not used.
 */
struct ipa_sensor_model {
	const char *name; /* the first word of the entity's name; NULL in the generic one */
	int32_t m0, c0, m1, c1;
	double max_gain;       /* analogue; beyond it codes repeat or only add noise */
	int32_t digital_unity; /* code of digital gain 1; 0: leave digital gain alone */
	uint16_t black_level;  /* of 65536, whatever the bits of the mode */
	uint16_t min_lines;    /* shortest exposure */
	uint16_t margin_lines; /* exposure ends that far before the frame does */
	uint8_t delays[IPA_NUM_CONTROLS]; /* frames from writing to effect, 1 or more */
	bool is_measured;   /* the delays were measured, not only the usual ones */
	uint8_t bad_frames; /* after the start, which must not be measured */
};

/* A range that a driver reports; maximum 0 with minimum 0: there is no such control. */
struct ipa_range {
	int32_t minimum;
	int32_t maximum;
};

/* One sensor in one mode. The caller fills timing and ranges from what the driver says. */
struct ipa_sensor {
	const struct ipa_sensor_model *model;
	double line_ns; /* of time, not rounded: (width + HBLANK) / PIXEL_RATE */
	uint32_t height;
	struct ipa_range range[IPA_NUM_CONTROLS];
	/* The gain of code `unity` is 1 where the model is the generic one. */
	int32_t unity;
};

/*
 * The model that an entity's name ("imx219 10-0010") begins with, else the generic one.
 * A suffix behind an underscore ("imx708_wide") is not looked at. Never NULL.
 */
const struct ipa_sensor_model *ipa_sensor_find(const char *entity);

/*
 * Starts with a model and the mode's timing. The ranges are all zero then; fill those that
 * the sensor has. Returns 0, or -EINVAL for a pixel rate or a line that can't be.
 */
int ipa_sensor_init(struct ipa_sensor *sensor, const struct ipa_sensor_model *model,
		    uint64_t pixel_rate, uint32_t line_length, uint32_t height);

/*
 * Takes what the driver says about a control. For the generic model, gain grows with the code
 * from 1 at the lowest code above 0, unless ipa_sensor_set_unity() says otherwise.
 */
void ipa_sensor_set_range(struct ipa_sensor *sensor, enum ipa_control control,
			  int32_t minimum, int32_t maximum);

/*
 * For the generic model: code of analogue gain that the driver starts with, which is taken for
 * gain 1. At 0, codes follow a law that can't be guessed, and gain is left alone.
 */
void ipa_sensor_set_unity(struct ipa_sensor *sensor, int32_t usual);

/* Time of so many lines, to nearest; lines in a time, down (a rounded line counts whole). */
uint64_t ipa_sensor_time(const struct ipa_sensor *sensor, int32_t lines);
int32_t ipa_sensor_lines(const struct ipa_sensor *sensor, uint64_t time_ns);

/* VBLANK for a frame that lasts so long, within the driver's range. */
int32_t ipa_sensor_vblank(const struct ipa_sensor *sensor, uint64_t frame_ns);

/* The longest and the shortest exposure with that VBLANK, in lines. */
int32_t ipa_sensor_max_lines(const struct ipa_sensor *sensor, int32_t vblank);
int32_t ipa_sensor_min_lines(const struct ipa_sensor *sensor);

/*
 * Gain of a code, and the code nearest to a gain among those the driver takes; with
 * round_down the nearest that is not more, as digital gain can make up for too little only.
 */
double ipa_sensor_gain(const struct ipa_sensor *sensor, int32_t code);
int32_t ipa_sensor_gain_code(const struct ipa_sensor *sensor, double gain, bool round_down);

/* The range of analogue gain that makes sense. */
double ipa_sensor_min_gain(const struct ipa_sensor *sensor);
double ipa_sensor_max_gain(const struct ipa_sensor *sensor);

/* The sensor's own digital gain at most; 1 where it has none or it is left alone. */
double ipa_sensor_max_digital(const struct ipa_sensor *sensor);

/* The code of a digital gain, and back; 0 and 1 where there is none. */
int32_t ipa_sensor_digital_code(const struct ipa_sensor *sensor, double gain);
double ipa_sensor_digital_gain(const struct ipa_sensor *sensor, int32_t code);

/* What values of the controls mean: for the record of a frame, and for its zones. */
void ipa_sensor_settings(const struct ipa_sensor *sensor, const struct ipa_values *values,
			 struct ipa_settings *settings);

#endif
