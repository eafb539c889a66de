/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A simulated camera: a scene of patches in some light, a sensor whose controls act frames
 * after they were written, with black level, noise and 10 bits that clip, and a processor that
 * measures zones. It shares no code with what it tests.
 */
#ifndef RAWLINE_TEST_IPA_CAMERA_H
#define RAWLINE_TEST_IPA_CAMERA_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "common/ipa/delays.h"
#include "common/ipa/exposure.h"

#include "test/unit/test.h"

#define CAMERA_MAX_ZONES 4096
#define CAMERA_PIXELS    16 /* of a zone, and of each of its colours */
#define CAMERA_BLACK     64 /* of 1024 */

struct camera {
	/* The scene. */
	unsigned columns, rows;
	double patches[CAMERA_MAX_ZONES][3]; /* reflectance, red, green, blue */
	double light; /* full scale per ms of exposure at gain 1 that white makes of green */
	double red, blue; /* of a grey patch, by its green */
	double noise;     /* of full scale */
	uint32_t random;

	/* The sensor: what was written, and from which frame on it acts. */
	unsigned delay[IPA_NUM_CONTROLS];
	struct {
		uint32_t from;
		int32_t value;
	} written[IPA_NUM_CONTROLS][16];
	unsigned num_written[IPA_NUM_CONTROLS];
	double line_ns;
	double (*gain)(int32_t code);
	double max_digital_code; /* code 256 is 1; 0: no digital gain */

	/* The last frame. */
	struct ipa_zone zones[CAMERA_MAX_ZONES];
	double mean;  /* of luminance, 0 to 1 */
	double truth; /* the same, had the sensor no end */
};

static double TEST_UNUSED camera_imx219_gain(int32_t code)
{
	return 256.0 / (256 - code);
}

static double TEST_UNUSED camera_ov5647_gain(int32_t code)
{
	return code / 16.0;
}

static double camera_random(struct camera *camera)
{
	double sum = 0;

	/* Nearly normal, variance 1. */
	for (unsigned i = 0; i < 12; i++) {
		camera->random = camera->random * 1664525u + 1013904223u;
		sum += (camera->random >> 8) / 16777216.0;
	}
	return sum - 6;
}

static TEST_UNUSED void camera_write(struct camera *camera, uint32_t sequence,
				     enum ipa_control control, int32_t value)
{
	unsigned slot = camera->num_written[control]++ % 16;

	camera->written[control][slot].from = sequence + camera->delay[control];
	camera->written[control][slot].value = value;
}

/* What acts on a frame: the newest that was due by then. */
static int32_t camera_in_force(const struct camera *camera, uint32_t sequence,
			       enum ipa_control control)
{
	unsigned count = camera->num_written[control], least = count > 16 ? count - 16 : 0;

	for (unsigned i = count; i-- > least;)
		if ((int32_t)(sequence - camera->written[control][i % 16].from) >= 0)
			return camera->written[control][i % 16].value;
	return 0;
}

/* Before the start: in force for the first frame. */
static TEST_UNUSED void camera_set(struct camera *camera, const struct ipa_values *values)
{
	for (unsigned i = 0; i < IPA_NUM_CONTROLS; i++)
		camera_write(camera, 0u - camera->delay[i], i, values->control[i]);
}

/* One pixel, 0 to 1 above black, and whether it is clipped. */
static double camera_pixel(struct camera *camera, double light, bool *clipped)
{
	double value = CAMERA_BLACK + light * (1023 - CAMERA_BLACK) +
		       camera_random(camera) * camera->noise * 1023;

	*clipped = value >= 1022.5;
	if (value > 1023)
		value = 1023;
	value = floor(value + 0.5) - CAMERA_BLACK;
	return (value > 0 ? value : 0) / (1023 - CAMERA_BLACK);
}

static TEST_UNUSED double camera_total(const struct camera *camera, uint32_t sequence)
{
	int32_t digital = camera_in_force(camera, sequence, IPA_DIGITAL_GAIN);

	return camera_in_force(camera, sequence, IPA_EXPOSURE) * camera->line_ns *
	       camera->gain(camera_in_force(camera, sequence, IPA_ANALOGUE_GAIN)) *
	       (camera->max_digital_code > 0 ? digital / 256.0 : 1);
}

static TEST_UNUSED void camera_frame(struct camera *camera, uint32_t sequence)
{
	static const double mix[3] = { 0.299, 0.587, 0.114 };
	double exposed = camera_total(camera, sequence) / 1e6 * camera->light;
	double tint[3] = { camera->red, 1, camera->blue };
	unsigned count = camera->columns * camera->rows;

	camera->mean = 0;
	camera->truth = 0;
	for (unsigned z = 0; z < count; z++) {
		struct ipa_zone *zone = &camera->zones[z];
		double means[3] = { 0 };
		unsigned clipped = 0;

		for (unsigned i = 0; i < 3 * CAMERA_PIXELS; i++) {
			/* Pixels of a zone differ by up to a tenth. */
			double texture = 0.9 + 0.2 * (i / 3) / (CAMERA_PIXELS - 1);
			bool is_clipped;

			means[i % 3] += camera_pixel(camera,
						     exposed * camera->patches[z][i % 3] *
							     tint[i % 3] * texture,
						     &is_clipped) /
					CAMERA_PIXELS;
			clipped += is_clipped;
		}
		zone->red = (uint16_t)(means[0] * IPA_FULL + 0.5);
		zone->green = (uint16_t)(means[1] * IPA_FULL + 0.5);
		zone->blue = (uint16_t)(means[2] * IPA_FULL + 0.5);
		for (unsigned i = 0; i < 3; i++) {
			camera->mean += mix[i] * means[i] / count;
			camera->truth += mix[i] * exposed * camera->patches[z][i] *
					 tint[i] / count;
		}
		zone->luma =
			(uint16_t)((0.299 * means[0] + 0.587 * means[1] + 0.114 * means[2]) *
					   IPA_FULL +
				   0.5);
		zone->valid = IPA_FULL;
		zone->saturated = (uint16_t)(clipped * IPA_FULL / (3 * CAMERA_PIXELS));
	}
}

/* Greys from 4 % to 90 %, mixed; mean about 0.4. */
static TEST_UNUSED void camera_greys(struct camera *camera, unsigned columns, unsigned rows)
{
	camera->columns = columns;
	camera->rows = rows;
	for (unsigned i = 0; i < columns * rows; i++)
		for (unsigned c = 0; c < 3; c++)
			camera->patches[i][c] = 0.04 + 0.86 * (i * 7 % 25) / 24;
}

/* IMX219 at 1640x1232: 3448 pixels a line at 182.4 MHz. */
static TEST_UNUSED void camera_init(struct camera *camera)
{
	memset(camera, 0, sizeof(*camera));
	camera_greys(camera, 5, 5);
	camera->light = 0.05;
	camera->red = camera->blue = 1;
	camera->noise = 0.002;
	camera->random = 1;
	camera->delay[IPA_VBLANK] = 2;
	camera->delay[IPA_EXPOSURE] = 2;
	camera->delay[IPA_ANALOGUE_GAIN] = 1;
	camera->delay[IPA_DIGITAL_GAIN] = 1;
	camera->line_ns = 3448 * 1e9 / 182400000;
	camera->gain = camera_imx219_gain;
}

/* The sensor as its driver would describe it. */
static TEST_UNUSED void camera_sensor(struct ipa_sensor *sensor, const char *name)
{
	ipa_sensor_init(sensor, ipa_sensor_find(name), 182400000, 3448, 1232);
	ipa_sensor_set_range(sensor, IPA_VBLANK, 32, 64303);
	ipa_sensor_set_range(sensor, IPA_EXPOSURE, 4, 65535);
	if (!strncmp(name, "ov5647", 6))
		ipa_sensor_set_range(sensor, IPA_ANALOGUE_GAIN, 16, 1023);
	else
		ipa_sensor_set_range(sensor, IPA_ANALOGUE_GAIN, 0, 232);
}

static TEST_UNUSED void camera_describe(const struct camera *camera, struct ipa_zones *zones,
					enum ipa_zones_kind kind, uint32_t sequence)
{
	*zones = (struct ipa_zones){
		.kind = kind,
		.columns = camera->columns,
		.rows = camera->rows,
		.zones = camera->zones,
		.gains = { 1, 1 },
		.sequence = sequence,
	};
}

#endif
