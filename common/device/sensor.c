// SPDX-License-Identifier: GPL-2.0-or-later
/* An image sensor: modes, timing and the controls that exposure is made with. */
#include "common/device/sensor.h"

#include <errno.h>
#include <linux/v4l2-subdev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/format.h"
#include "common/base/log.h"
#include "common/base/sys.h"
#include "common/device/media.h"
#include "common/device/subdev.h"

/* The first source pad: others carry embedded data. */
static int find_source(const struct media_entity *entity, uint32_t *pad)
{
	for (unsigned i = 0; i < entity->num_pads; i++) {
		if (!(entity->pads[i].flags & MEDIA_PAD_FL_SOURCE))
			continue;
		*pad = entity->pads[i].index;
		return 0;
	}
	return -ENODEV;
}

/* Some drivers list a size once for each rate. */
static bool has_mode(const struct sensor *sensor, const struct sensor_mode *mode)
{
	for (unsigned i = 0; i < sensor->num_modes; i++)
		if (sensor->modes[i].code == mode->code &&
		    sensor->modes[i].width == mode->width &&
		    sensor->modes[i].height == mode->height)
			return true;
	return false;
}

static void add_mode(struct sensor *sensor, const struct sensor_mode *mode)
{
	if (has_mode(sensor, mode))
		return;
	if (sensor->num_modes < SENSOR_MAX_MODES && mode->width && mode->height)
		sensor->modes[sensor->num_modes++] = *mode;
}

static void read_sizes(struct sensor *sensor, uint32_t code, unsigned bits)
{
	struct v4l2_subdev_frame_size_enum size;

	for (uint32_t i = 0; i < SENSOR_MAX_MODES; i++) {
		if (subdev_enum_size(sensor->subdev, sensor->pad, code, i, &size) < 0)
			return;
		/* A range has its largest size at least. */
		add_mode(sensor, &(struct sensor_mode){ .code = code,
							.width = size.max_width,
							.height = size.max_height,
							.bits = bits });
	}
}

static uint64_t area(const struct sensor_mode *mode)
{
	return (uint64_t)mode->width * mode->height;
}

/* The smallest first, and of one size those with the most bits. */
static int compare_modes(const void *one, const void *other)
{
	const struct sensor_mode *a = one, *b = other;

	if (area(a) != area(b))
		return area(a) < area(b) ? -1 : 1;
	return a->bits > b->bits ? -1 : a->bits < b->bits;
}

static void read_modes(struct sensor *sensor)
{
	const struct mbus_info *info;
	uint32_t code;

	for (uint32_t i = 0; i < SENSOR_MAX_MODES; i++) {
		if (subdev_enum_code(sensor->subdev, sensor->pad, i, &code) < 0)
			break;
		info = mbus_find(code);
		if (info)
			read_sizes(sensor, code, info->bits);
	}
	qsort(sensor->modes, sensor->num_modes, sizeof(sensor->modes[0]), compare_modes);
}

int sensor_open(struct log *log, const struct media_entity *entity, struct sensor **sensor)
{
	struct sensor *made = calloc(1, sizeof(*made));
	int ret;

	if (!made)
		return -ENOMEM;
	made->log = log;
	ret = entity->node[0] ? find_source(entity, &made->pad) : -ENODEV;
	if (ret == 0)
		ret = subdev_open(log, entity->node, entity->name, &made->subdev);
	if (ret == 0) {
		read_modes(made);
		ret = made->num_modes ? 0 : -EINVAL;
		if (ret < 0)
			log_error(log, "enumeration-failed", "%s lists no modes",
				  entity->name);
	}
	if (ret < 0) {
		sensor_destroy(made);
		return ret;
	}
	*sensor = made;
	return 0;
}

void sensor_destroy(struct sensor *sensor)
{
	if (!sensor)
		return;
	subdev_destroy(sensor->subdev);
	free(sensor);
}

static bool is_allowed(const struct sensor_mode *mode, const struct sensor_wish *wish,
		       bool (*accept)(uint32_t code))
{
	if (wish->exact_width &&
	    (mode->width != wish->exact_width || mode->height != wish->exact_height))
		return false;
	if (wish->max_width &&
	    (mode->width > wish->max_width || mode->height > wish->max_height))
		return false;
	return (!wish->bits || mode->bits == wish->bits) && accept(mode->code);
}

const struct sensor_mode *sensor_choose(const struct sensor *sensor,
					const struct sensor_wish *wish,
					bool (*accept)(uint32_t code), unsigned skip)
{
	const struct sensor_mode *largest = NULL;
	bool covered = false;

	for (unsigned i = 0; i < sensor->num_modes; i++) {
		const struct sensor_mode *mode = &sensor->modes[i];

		if (!is_allowed(mode, wish, accept))
			continue;
		if (!largest || area(mode) > area(largest))
			largest = mode;
		if (mode->width < wish->width || mode->height < wish->height)
			continue;
		covered = true;
		if (skip-- == 0)
			return mode;
	}
	return covered || skip ? NULL : largest;
}

static int query(const struct sensor *sensor, uint32_t id, struct v4l2_query_ext_ctrl *control)
{
	*control = (struct v4l2_query_ext_ctrl){ .id = id };
	return sys_ioctl(sensor->subdev->fd, VIDIOC_QUERY_EXT_CTRL, control);
}

int sensor_get_control(const struct sensor *sensor, uint32_t id, int32_t *value)
{
	struct v4l2_control control = { .id = id };
	int ret;

	ret = sys_ioctl(sensor->subdev->fd, VIDIOC_G_CTRL, &control);
	if (ret == 0)
		*value = control.value;
	return ret;
}

int sensor_set_control(const struct sensor *sensor, uint32_t id, int32_t *value)
{
	struct v4l2_control control = { .id = id, .value = *value };
	int ret;

	ret = sys_ioctl(sensor->subdev->fd, VIDIOC_S_CTRL, &control);
	if (ret == 0)
		*value = control.value;
	return ret;
}

/* The pixel rate needs 64 bits. */
static int get_wide(const struct sensor *sensor, uint32_t id, uint64_t *value)
{
	struct v4l2_ext_control control = { .id = id };
	struct v4l2_ext_controls controls = { .count = 1, .controls = &control };
	int ret;

	ret = sys_ioctl(sensor->subdev->fd, VIDIOC_G_EXT_CTRLS, &controls);
	if (ret == 0)
		*value = (uint64_t)control.value64;
	return ret;
}

static int read_range(const struct sensor *sensor, uint32_t id, struct sensor_range *range)
{
	struct v4l2_query_ext_ctrl control;
	int ret;

	*range = (struct sensor_range){ 0 };
	ret = query(sensor, id, &control);
	if (ret == -EINVAL)
		return 0;
	if (ret == 0)
		ret = sensor_get_control(sensor, id, &range->value);
	if (ret < 0)
		return ret;
	range->minimum = (int32_t)control.minimum;
	range->maximum = (int32_t)control.maximum;
	range->usual = (int32_t)control.default_value;
	if (control.flags & V4L2_CTRL_FLAG_READ_ONLY)
		range->minimum = range->maximum = range->usual = range->value;
	return 0;
}

int sensor_read_timing(const struct sensor *sensor, struct sensor_timing *timing)
{
	struct v4l2_mbus_framefmt format;
	const struct mbus_info *info;
	int32_t hblank;
	int ret;

	*timing = (struct sensor_timing){ 0 };
	ret = subdev_get_format(sensor->subdev, sensor->pad, &format);
	if (ret < 0)
		return ret;
	ret = get_wide(sensor, V4L2_CID_PIXEL_RATE, &timing->pixel_rate);
	if (ret == 0)
		ret = sensor_get_control(sensor, V4L2_CID_HBLANK, &hblank);
	if (ret < 0 || !timing->pixel_rate)
		return ret == 0 || ret == -EINVAL ? -ENODATA : ret;
	if ((int64_t)format.width + hblank <= 0)
		return -ENODATA;
	timing->line_length = format.width + (uint32_t)hblank;
	timing->height = format.height;
	info = mbus_find(format.code);
	timing->bits = info ? info->bits : 0;
	ret = read_range(sensor, V4L2_CID_VBLANK, &timing->vblank);
	if (ret == 0 && (int64_t)format.height + timing->vblank.minimum <= 0)
		return -ENODATA;
	if (ret == 0)
		ret = read_range(sensor, V4L2_CID_EXPOSURE, &timing->exposure);
	timing->analogue_gain_id = V4L2_CID_ANALOGUE_GAIN;
	if (ret == 0)
		ret = read_range(sensor, V4L2_CID_ANALOGUE_GAIN, &timing->analogue_gain);
	if (ret == 0 && !timing->analogue_gain.maximum) {
		timing->analogue_gain_id = V4L2_CID_GAIN;
		ret = read_range(sensor, V4L2_CID_GAIN, &timing->analogue_gain);
	}
	if (ret == 0)
		ret = read_range(sensor, V4L2_CID_DIGITAL_GAIN, &timing->digital_gain);
	return ret;
}

unsigned sensor_rotation(const struct sensor *sensor)
{
	int32_t degrees;

	if (sensor_get_control(sensor, V4L2_CID_CAMERA_SENSOR_ROTATION, &degrees) < 0 ||
	    degrees < 0 || degrees % 90)
		return 0;
	return (unsigned)degrees % 360;
}

bool sensor_has_line_length(const struct sensor *sensor)
{
	struct v4l2_query_ext_ctrl control;

	return query(sensor, V4L2_CID_HBLANK, &control) == 0 &&
	       !(control.flags & V4L2_CTRL_FLAG_READ_ONLY) &&
	       control.minimum < control.maximum;
}

int sensor_reset_line_length(const struct sensor *sensor)
{
	struct sensor_range hblank;
	int ret;

	if (!sensor_has_line_length(sensor))
		return 0;
	ret = read_range(sensor, V4L2_CID_HBLANK, &hblank);
	if (ret == 0 && hblank.value != hblank.usual)
		ret = sensor_set_control(sensor, V4L2_CID_HBLANK, &hblank.usual);
	return ret;
}

/* A stretch of one side as parts of the full one. */
static void cut(int32_t start, uint32_t length, int32_t full_start, uint32_t full_length,
		double *first, double *share)
{
	double begin = ((double)start - full_start) / full_length;
	double end = begin + (double)length / full_length;

	begin = begin > 0 ? begin : 0;
	end = end < 1 ? end : 1;
	*first = begin < end ? begin : 0;
	*share = begin < end ? end - begin : 1;
}

void sensor_view_of(const struct v4l2_rect *crop, const struct v4l2_rect *full,
		    struct sensor_view *view)
{
	*view = (struct sensor_view){ .width = 1, .height = 1 };
	if (!full->width || !full->height)
		return;
	cut(crop->left, crop->width, full->left, full->width, &view->left, &view->width);
	cut(crop->top, crop->height, full->top, full->height, &view->top, &view->height);
}

void sensor_read_view(const struct sensor *sensor, struct sensor_view *view)
{
	/* Pixels that make pictures; all that there are may be more. */
	static const uint32_t targets[] = { V4L2_SEL_TGT_CROP_DEFAULT,
					    V4L2_SEL_TGT_CROP_BOUNDS,
					    V4L2_SEL_TGT_NATIVE_SIZE };
	struct v4l2_rect crop = { 0 }, full = { 0 };
	int ret;

	ret = subdev_get_selection(sensor->subdev, sensor->pad, V4L2_SEL_TGT_CROP, &crop);
	for (size_t i = 0; ret == 0 && i < sizeof(targets) / sizeof(targets[0]); i++)
		if (subdev_get_selection(sensor->subdev, sensor->pad, targets[i], &full) == 0)
			break;
	sensor_view_of(&crop, &full, view);
}

static double rate_hz(const struct sensor_timing *timing, int32_t vblank)
{
	double lines = (double)timing->height + vblank;

	return (double)timing->pixel_rate / (lines * timing->line_length);
}

double sensor_max_rate_hz(const struct sensor_timing *timing)
{
	return rate_hz(timing, timing->vblank.minimum);
}

bool sensor_vblank_for(const struct sensor_timing *timing,
		       const struct text_fraction *rate, int32_t *vblank)
{
	double lines;

	*vblank = timing->vblank.usual;
	if (!rate->numerator)
		return true;
	lines = (double)timing->pixel_rate * rate->denominator /
			((double)rate->numerator * timing->line_length) -
		timing->height;
	/* Half a line to either side is as near as a sensor comes. */
	if (lines < timing->vblank.minimum - 0.5) {
		*vblank = timing->vblank.minimum;
		return false;
	}
	if (lines > timing->vblank.maximum + 0.5) {
		*vblank = timing->vblank.maximum;
		return false;
	}
	*vblank = (int32_t)(lines + 0.5);
	return true;
}

struct text_fraction sensor_rate(const struct sensor_timing *timing, int32_t vblank)
{
	/* To a thousandth of a frame a second. */
	uint32_t numerator = (uint32_t)(rate_hz(timing, vblank) * 1000 + 0.5);
	uint32_t a = numerator, b = 1000, rest;

	for (; b; b = rest) {
		rest = a % b;
		a = b;
	}
	return a ? (struct text_fraction){ numerator / a, 1000 / a } :
		   (struct text_fraction){ 0, 0 };
}

/* True if setting this control to that would move the Bayer order. */
static int moves_order(const struct sensor *sensor, uint32_t id, bool wanted, bool *moves)
{
	struct v4l2_query_ext_ctrl control;
	int32_t value;
	int ret;

	*moves = false;
	ret = query(sensor, id, &control);
	if (ret == -EINVAL)
		return wanted ? -ENOTSUP : 0;
	if (ret == 0)
		ret = sensor_get_control(sensor, id, &value);
	if (ret == 0)
		*moves = (control.flags & V4L2_CTRL_FLAG_MODIFY_LAYOUT) && wanted != !!value;
	return ret;
}

/* The names of codes tell the order: SRGGB10_1X10. */
static uint32_t flip_code(uint32_t code, bool horizontal, bool vertical)
{
	const struct mbus_info *info = mbus_find(code);
	char name[FORMAT_NAME_SIZE];

	if (!info || info->kind != FORMAT_BAYER)
		return code;
	snprintf(name, sizeof(name), "S%s%s",
		 format_order_name(format_order_flip(info->order, horizontal, vertical)),
		 info->name + strlen("SRGGB"));
	info = mbus_parse(name);
	return info ? info->code : code;
}

int sensor_expect_flip(struct sensor *sensor, bool horizontal, bool vertical)
{
	bool across, down;
	int ret;

	ret = moves_order(sensor, V4L2_CID_HFLIP, horizontal, &across);
	if (ret == 0)
		ret = moves_order(sensor, V4L2_CID_VFLIP, vertical, &down);
	if (ret < 0)
		return ret;
	for (unsigned i = 0; i < sensor->num_modes; i++)
		sensor->modes[i].code = flip_code(sensor->modes[i].code, across, down);
	return 0;
}

static int set_flip(const struct sensor *sensor, uint32_t id, bool wanted)
{
	int32_t value = wanted;
	int ret;

	ret = sensor_set_control(sensor, id, &value);
	if (ret == -EINVAL)
		return wanted ? -ENOTSUP : 0;
	return ret;
}

int sensor_flip(struct sensor *sensor, bool horizontal, bool vertical)
{
	int ret;

	ret = set_flip(sensor, V4L2_CID_HFLIP, horizontal);
	if (ret == 0)
		ret = set_flip(sensor, V4L2_CID_VFLIP, vertical);
	if (ret < 0)
		return ret;
	sensor->num_modes = 0;
	read_modes(sensor);
	return sensor->num_modes ? 0 : -EINVAL;
}

int sensor_save(const struct sensor *sensor, struct sensor_state *state)
{
	struct sensor_range hblank, vblank, exposure;
	int ret;

	ret = subdev_get_format(sensor->subdev, sensor->pad, &state->format);
	if (ret == 0)
		ret = read_range(sensor, V4L2_CID_HBLANK, &hblank);
	if (ret == 0)
		ret = read_range(sensor, V4L2_CID_VBLANK, &vblank);
	if (ret == 0)
		ret = read_range(sensor, V4L2_CID_EXPOSURE, &exposure);
	if (ret < 0)
		return ret;
	state->hblank = hblank.value;
	state->vblank = vblank.value;
	state->exposure = exposure.value;
	return 0;
}

/* Best effort: there is nothing to be done about a sensor that does not take its own values. */
void sensor_restore(const struct sensor *sensor, const struct sensor_state *state)
{
	struct sensor_state copy = *state;

	subdev_set_format(sensor->subdev, sensor->pad, &copy.format);
	if (sensor_has_line_length(sensor))
		sensor_set_control(sensor, V4L2_CID_HBLANK, &copy.hblank);
	/* The longest exposure follows from the blanking. */
	sensor_set_control(sensor, V4L2_CID_VBLANK, &copy.vblank);
	sensor_set_control(sensor, V4L2_CID_EXPOSURE, &copy.exposure);
}
