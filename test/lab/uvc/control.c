// SPDX-License-Identifier: GPL-2.0-or-later
/* The controls of a camera: where each lives in the device, its range, and the rules among them. */
#include "test/lab/uvc/control.h"

#include <string.h>

/* Selectors and bits: USB Video Class 1.1, tables 3-6, 3-8, A-12 and A-13. */
static const struct control_kind kinds[CONTROL_IDS] = {
	[CONTROL_BRIGHTNESS] = { "brightness", UNIT_PROCESSING, 0x02, 0, 2, 1 },
	[CONTROL_CONTRAST] = { "contrast", UNIT_PROCESSING, 0x03, 1, 2, 1 },
	[CONTROL_HUE] = { "hue", UNIT_PROCESSING, 0x06, 2, 2, 1 },
	[CONTROL_SATURATION] = { "saturation", UNIT_PROCESSING, 0x07, 3, 2, 1 },
	[CONTROL_SHARPNESS] = { "sharpness", UNIT_PROCESSING, 0x08, 4, 2, 1 },
	[CONTROL_GAMMA] = { "gamma", UNIT_PROCESSING, 0x09, 5, 2, 1 },
	[CONTROL_WHITE_BALANCE] = { "white_balance", UNIT_PROCESSING, 0x0a, 6, 2, 1 },
	[CONTROL_BACKLIGHT] = { "backlight", UNIT_PROCESSING, 0x01, 8, 2, 1 },
	[CONTROL_GAIN] = { "gain", UNIT_PROCESSING, 0x04, 9, 2, 1 },
	[CONTROL_POWER_LINE] = { "power_line", UNIT_PROCESSING, 0x05, 10, 1, 1 },
	[CONTROL_HUE_AUTO] = { "hue_auto", UNIT_PROCESSING, 0x10, 11, 1, 1 },
	[CONTROL_WHITE_BALANCE_AUTO] = { "white_balance_auto", UNIT_PROCESSING, 0x0b, 12,
					 1, 1 },
	[CONTROL_EXPOSURE_MODE] = { "exposure_mode", UNIT_CAMERA, 0x02, 1, 1, 1 },
	[CONTROL_EXPOSURE_PRIORITY] = { "exposure_priority", UNIT_CAMERA, 0x03, 2, 1, 1 },
	[CONTROL_EXPOSURE_TIME] = { "exposure_time", UNIT_CAMERA, 0x04, 3, 4, 1 },
	[CONTROL_FOCUS] = { "focus", UNIT_CAMERA, 0x06, 5, 2, 1 },
	[CONTROL_ZOOM] = { "zoom", UNIT_CAMERA, 0x0b, 9, 2, 1 },
	[CONTROL_PAN_TILT] = { "pan_tilt", UNIT_CAMERA, 0x0d, 11, 4, 2 },
	[CONTROL_FOCUS_AUTO] = { "focus_auto", UNIT_CAMERA, 0x08, 17, 1, 1 },
	[CONTROL_PRIVACY] = { "privacy", UNIT_CAMERA, 0x11, 18, 1, 1 },
	[CONTROL_VENDOR_1] = { "vendor_1", UNIT_EXTENSION, 0x01, 0, 4, 1 },
	[CONTROL_VENDOR_2] = { "vendor_2", UNIT_EXTENSION, 0x02, 1, 2, 1 },
};

const struct control_kind *control_kind(enum control_id id)
{
	return &kinds[id];
}

enum control_id control_by_name(const char *name)
{
	enum control_id id = 0;

	while (id < CONTROL_IDS && strcmp(kinds[id].name, name))
		id++;
	return id;
}

enum control_id control_by_selector(const struct controls *controls, uint8_t unit,
				    uint8_t selector)
{
	enum control_id id = 0;

	while (id < CONTROL_IDS && !(controls->all[id].present && kinds[id].unit == unit &&
				     kinds[id].selector == selector))
		id++;
	return id;
}

uint32_t control_bits(const struct controls *controls, enum control_unit unit)
{
	uint32_t bits = 0;

	for (enum control_id id = 0; id < CONTROL_IDS; id++)
		if (controls->all[id].present && kinds[id].unit == unit)
			bits |= 1u << kinds[id].bit;
	return bits;
}

unsigned control_count(const struct controls *controls, enum control_unit unit)
{
	return __builtin_popcount(control_bits(controls, unit));
}

int64_t control_value(const struct controls *controls, enum control_id id, int64_t fallback)
{
	return controls->all[id].present ? controls->all[id].cur[0] : fallback;
}

size_t control_size(enum control_id id)
{
	return (size_t)kinds[id].bytes * kinds[id].values;
}

void control_to_wire(enum control_id id, const int64_t *values, uint8_t *wire)
{
	for (unsigned i = 0; i < kinds[id].values; i++)
		for (unsigned byte = 0; byte < kinds[id].bytes; byte++)
			*wire++ = (uint64_t)values[i] >> 8 * byte & 0xff;
}

/* The top bit is a sign. */
static bool is_signed(enum control_id id)
{
	return id == CONTROL_BRIGHTNESS || id == CONTROL_HUE || id == CONTROL_PAN_TILT;
}

void control_from_wire(enum control_id id, const uint8_t *wire, int64_t *values)
{
	unsigned bits = kinds[id].bytes * 8;

	for (unsigned i = 0; i < kinds[id].values; i++) {
		uint64_t value = 0;

		for (unsigned byte = 0; byte < kinds[id].bytes; byte++)
			value |= (uint64_t)*wire++ << 8 * byte;
		if (is_signed(id) && value >> (bits - 1))
			value |= ~0ull << bits;
		values[i] = (int64_t)value;
	}
}

bool control_is_automatic(const struct controls *controls, enum control_id id)
{
	int64_t mode;

	switch (id) {
	case CONTROL_EXPOSURE_TIME:
		mode = control_value(controls, CONTROL_EXPOSURE_MODE, EXPOSURE_MANUAL);
		return mode == EXPOSURE_AUTO || mode == EXPOSURE_APERTURE;
	case CONTROL_WHITE_BALANCE:
		return control_value(controls, CONTROL_WHITE_BALANCE_AUTO, 0);
	case CONTROL_FOCUS:
		return control_value(controls, CONTROL_FOCUS_AUTO, 0);
	case CONTROL_HUE:
		return control_value(controls, CONTROL_HUE_AUTO, 0);
	default:
		return false;
	}
}

static bool in_range(const struct control *control, enum control_id id, const int64_t *values)
{
	/* The resolution of the exposure mode is the set of modes that there are. */
	if (id == CONTROL_EXPOSURE_MODE)
		return __builtin_popcountll(values[0]) == 1 && values[0] & control->res[0];
	for (unsigned i = 0; i < kinds[id].values; i++)
		if (values[i] < control->min[i] || values[i] > control->max[i])
			return false;
	return true;
}

enum control_error control_refuses(const struct controls *controls, enum control_id id)
{
	if (!(controls->all[id].info & INFO_SET))
		return ERROR_INVALID_REQUEST;
	return control_is_automatic(controls, id) ? ERROR_WRONG_STATE : ERROR_NONE;
}

enum control_error control_set(struct controls *controls, enum control_id id,
			       const int64_t *values)
{
	struct control *control = &controls->all[id];

	if (!in_range(control, id, values))
		return ERROR_OUT_OF_RANGE;
	memcpy(control->cur, values, sizeof(control->cur));
	return ERROR_NONE;
}
