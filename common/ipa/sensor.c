// SPDX-License-Identifier: GPL-2.0-or-later
/* What an image sensor's controls mean, from the drivers of Linux and libcamera's tables. */
#include "common/ipa/sensor.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#define NUM_MODELS   (sizeof(models) / sizeof(models[0]))
#define MAX_LINE_NS  1e9
#define MAX_EXPOSURE 1000000 /* lines, where a driver says nothing */

/*
 * Black levels of ov2740 and ov5670 are what their drivers set; those of ov5693, ov7251, ov8865
 * and ov13858 are not written down anywhere, 16 of 1024 is what OmniVision's chips start with.
 */

/* What most sensors do: 2 frames for exposure and the frame's length, 1 for gain. */
/* clang-format off */
#define USUAL_DELAYS { 2, 2, 1, 1 }

/*
 *	  name       m0  c0    m1  c1    most   digital black min mar- delays        mea-  bad
 *	                                 gain   unity   level li. gin                sured
 */
static const struct ipa_sensor_model models[] = {
	{ "imx219",   0,  256, -1,  256,  10.67,  256,  4096,  4,  4, { 2, 2, 1, 1 }, true,  1 },
	{ "imx258",   0,  512, -1,  512,     16,  256,  4096,  4, 10, USUAL_DELAYS,   false, 1 },
	{ "imx355",   0, 1024, -1, 1024,     16,  256,  4096,  1, 10, { 2, 2, 2, 2 }, true,  1 },
	{ "imx477",   0, 1024, -1, 1024,  22.26,  256,  4096,  4, 22, { 3, 2, 2, 2 }, true,  1 },
	{ "imx708",   0, 1024, -1, 1024,     16,  256,  4096,  8, 48, { 3, 2, 2, 2 }, true,  1 },
	{ "ov2740",   1,    0,  0,  128,   15.5, 1024,  1024,  4,  8, USUAL_DELAYS,   false, 1 },
	{ "ov5647",   1,    0,  0,   16,  63.94,    0,  1024,  4,  4, { 2, 2, 2, 2 }, true,  2 },
	{ "ov5670",   1,    0,  0,  128,     16, 1024,  4096,  4,  8, USUAL_DELAYS,   false, 1 },
	{ "ov5693",   1,    0,  0,   16,   7.94, 1024,  1024,  1,  8, USUAL_DELAYS,   false, 1 },
	{ "ov7251",   1,    0,  0,   16,  63.94,    0,  1024,  1, 20, { 2, 2, 2, 2 }, true,  1 },
	{ "ov8865",   1,    0,  0,  128,     16,    0,  1024,  2,  8, USUAL_DELAYS,   false, 1 },
	{ "ov13858",  1,    0,  0,  128,  15.99, 1024,  1024,  4,  8, USUAL_DELAYS,   false, 1 },
};

/* Gain grows with the code, from 1 at the lowest. */
static const struct ipa_sensor_model generic = {
	  NULL,       1,    0,  0,    0,   1000,    0,     0,  4,  8, USUAL_DELAYS,   false, 1
};
/* clang-format on */

const struct ipa_sensor_model *ipa_sensor_find(const char *entity)
{
	size_t length = strcspn(entity, " _");

	for (size_t i = 0; i < NUM_MODELS; i++)
		if (strlen(models[i].name) == length &&
		    !strncmp(models[i].name, entity, length))
			return &models[i];
	return &generic;
}

int ipa_sensor_init(struct ipa_sensor *sensor, const struct ipa_sensor_model *model,
		    uint64_t pixel_rate, uint32_t line_length, uint32_t height)
{
	double line_ns = (double)line_length * 1e9 / (double)pixel_rate;

	if (!pixel_rate || !(line_ns >= 1) || line_ns > MAX_LINE_NS || !height ||
	    height > INT32_MAX / 2)
		return -EINVAL;
	*sensor = (struct ipa_sensor){
		.model = model,
		.line_ns = line_ns,
		.height = height,
		.unity = model->c1,
	};
	return 0;
}

void ipa_sensor_set_range(struct ipa_sensor *sensor, enum ipa_control control,
			  int32_t minimum, int32_t maximum)
{
	sensor->range[control] = (struct ipa_range){ minimum, maximum };
	if (control == IPA_ANALOGUE_GAIN && !sensor->model->name)
		sensor->unity = minimum > 0 ? minimum : 1;
}

void ipa_sensor_set_unity(struct ipa_sensor *sensor, int32_t usual)
{
	if (sensor->model->name)
		return;
	if (usual > 0)
		sensor->unity = usual;
	else
		sensor->range[IPA_ANALOGUE_GAIN] = (struct ipa_range){ 0, 0 };
}

static int32_t clamp(double value, int32_t low, int32_t high)
{
	if (!(value > low))
		return low;
	return value < high ? (int32_t)value : high;
}

uint64_t ipa_sensor_time(const struct ipa_sensor *sensor, int32_t lines)
{
	return lines > 0 ? (uint64_t)(lines * sensor->line_ns + 0.5) : 0;
}

/* A time that came from lines is up to half a nanosecond short of them. */
int32_t ipa_sensor_lines(const struct ipa_sensor *sensor, uint64_t time_ns)
{
	return clamp(((double)time_ns + 0.6) / sensor->line_ns, 0, INT32_MAX);
}

int32_t ipa_sensor_vblank(const struct ipa_sensor *sensor, uint64_t frame_ns)
{
	const struct ipa_range *range = &sensor->range[IPA_VBLANK];
	double lines = (double)frame_ns / sensor->line_ns + 0.5;

	return clamp(lines - sensor->height, range->minimum, range->maximum);
}

int32_t ipa_sensor_max_lines(const struct ipa_sensor *sensor, int32_t vblank)
{
	int64_t lines = (int64_t)sensor->height + vblank - sensor->model->margin_lines;
	int32_t shortest = ipa_sensor_min_lines(sensor);

	if (lines > MAX_EXPOSURE)
		lines = MAX_EXPOSURE;
	return lines > shortest ? (int32_t)lines : shortest;
}

int32_t ipa_sensor_min_lines(const struct ipa_sensor *sensor)
{
	int32_t minimum = sensor->range[IPA_EXPOSURE].minimum;

	return minimum > sensor->model->min_lines ? minimum : sensor->model->min_lines;
}

double ipa_sensor_gain(const struct ipa_sensor *sensor, int32_t code)
{
	const struct ipa_sensor_model *model = sensor->model;
	double above = (double)model->m0 * code + model->c0;
	double below = (double)model->m1 * code + (model->m1 ? model->c1 : sensor->unity);

	return above > 0 && below > 0 ? above / below : 1;
}

int32_t ipa_sensor_gain_code(const struct ipa_sensor *sensor, double gain, bool round_down)
{
	const struct ipa_sensor_model *model = sensor->model;
	const struct ipa_range *range = &sensor->range[IPA_ANALOGUE_GAIN];
	double exact, low, high;
	int32_t code;

	if (!(gain >= 1))
		gain = 1;
	exact = model->m1 ? (model->c1 - model->c0 / gain) / -model->m1 :
			    gain * sensor->unity;
	/* A gain that came from a code may miss it by a hair. */
	code = clamp(exact + 1e-6, range->minimum, range->maximum);
	if (round_down || code == range->maximum)
		return code;
	low = ipa_sensor_gain(sensor, code);
	high = ipa_sensor_gain(sensor, code + 1);
	return gain - low > high - gain ? code + 1 : code;
}

double ipa_sensor_min_gain(const struct ipa_sensor *sensor)
{
	double gain = ipa_sensor_gain(sensor, sensor->range[IPA_ANALOGUE_GAIN].minimum);

	return gain > 1 ? gain : 1;
}

double ipa_sensor_max_gain(const struct ipa_sensor *sensor)
{
	double gain = ipa_sensor_gain(sensor, sensor->range[IPA_ANALOGUE_GAIN].maximum);

	return gain < sensor->model->max_gain ? gain : sensor->model->max_gain;
}

static bool has_digital(const struct ipa_sensor *sensor)
{
	const struct ipa_range *range = &sensor->range[IPA_DIGITAL_GAIN];

	return sensor->model->digital_unity && range->minimum < range->maximum;
}

double ipa_sensor_max_digital(const struct ipa_sensor *sensor)
{
	return has_digital(sensor) ?
		       ipa_sensor_digital_gain(sensor,
					       sensor->range[IPA_DIGITAL_GAIN].maximum) :
		       1;
}

int32_t ipa_sensor_digital_code(const struct ipa_sensor *sensor, double gain)
{
	const struct ipa_range *range = &sensor->range[IPA_DIGITAL_GAIN];

	if (!has_digital(sensor))
		return 0;
	return clamp(gain * sensor->model->digital_unity + 0.5, range->minimum,
		     range->maximum);
}

double ipa_sensor_digital_gain(const struct ipa_sensor *sensor, int32_t code)
{
	return has_digital(sensor) ? (double)code / sensor->model->digital_unity : 1;
}

void ipa_sensor_settings(const struct ipa_sensor *sensor, const struct ipa_values *values,
			 struct ipa_settings *settings)
{
	const int32_t *control = values->control;

	*settings = (struct ipa_settings){
		.exposure_ns = ipa_sensor_time(sensor, control[IPA_EXPOSURE]),
		.analogue_gain = ipa_sensor_gain(sensor, control[IPA_ANALOGUE_GAIN]),
		.digital_gain = ipa_sensor_digital_gain(sensor, control[IPA_DIGITAL_GAIN]),
	};
}
