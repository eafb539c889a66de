/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The controls of a camera: where each lives in the device, its range, and the rules among them. */
#ifndef RAWLINE_UVC_CONTROL_H
#define RAWLINE_UVC_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Ids of the units in the descriptors. */
enum control_unit {
	UNIT_CAMERA = 1,
	UNIT_PROCESSING = 2,
	UNIT_OUTPUT = 3,
	UNIT_EXTENSION = 4
};

/* Names in profiles and commands are those of the table in control.c. */
enum control_id {
	CONTROL_BRIGHTNESS,
	CONTROL_CONTRAST,
	CONTROL_HUE,
	CONTROL_SATURATION,
	CONTROL_SHARPNESS,
	CONTROL_GAMMA,
	CONTROL_WHITE_BALANCE,
	CONTROL_BACKLIGHT,
	CONTROL_GAIN,
	CONTROL_POWER_LINE,
	CONTROL_HUE_AUTO,
	CONTROL_WHITE_BALANCE_AUTO,
	CONTROL_EXPOSURE_MODE,
	CONTROL_EXPOSURE_PRIORITY,
	CONTROL_EXPOSURE_TIME,
	CONTROL_FOCUS,
	CONTROL_ZOOM,
	CONTROL_PAN_TILT,
	CONTROL_FOCUS_AUTO,
	CONTROL_PRIVACY,
	CONTROL_VENDOR_1,
	CONTROL_VENDOR_2,
	CONTROL_IDS
};

/* Bits of GET_INFO. */
enum {
	INFO_GET = 0x01,
	INFO_SET = 0x02,
	INFO_DISABLED = 0x04,
	INFO_AUTO_UPDATE = 0x08,
	INFO_ASYNCHRONOUS = 0x10,
};

/* What the device says after it refused a request. */
enum control_error {
	ERROR_NONE = 0,
	ERROR_NOT_READY = 1,
	ERROR_WRONG_STATE = 2,
	ERROR_OUT_OF_RANGE = 4,
	ERROR_INVALID_UNIT = 5,
	ERROR_INVALID_CONTROL = 6,
	ERROR_INVALID_REQUEST = 7,
};

/* Bits of exposure mode. */
enum {
	EXPOSURE_AUTO = 1 << 1,
	EXPOSURE_MANUAL = 1 << 0,
	EXPOSURE_SHUTTER = 1 << 2,
	EXPOSURE_APERTURE = 1 << 3,
};

enum { CONTROL_VALUES = 2 /* pan and tilt are one control */, CONTROL_BYTES = 8 };

struct control_kind {
	const char *name;
	enum control_unit unit;
	uint8_t selector;
	uint8_t bit;   /* in bmControls of its unit */
	uint8_t bytes; /* of each value */
	uint8_t values;
};

struct control {
	bool present;
	uint8_t info;
	int64_t min[CONTROL_VALUES], max[CONTROL_VALUES], res[CONTROL_VALUES];
	int64_t def[CONTROL_VALUES], cur[CONTROL_VALUES];
};

struct controls {
	struct control all[CONTROL_IDS];
};

const struct control_kind *control_kind(enum control_id id);

/* CONTROL_IDS if there is none. */
enum control_id control_by_name(const char *name);

/* The one that is present there; CONTROL_IDS if none is. */
enum control_id control_by_selector(const struct controls *controls, uint8_t unit,
				    uint8_t selector);

/* bmControls of a unit: the bits of those that are present. */
uint32_t control_bits(const struct controls *controls, enum control_unit unit);

/* How many of a unit are present. */
unsigned control_count(const struct controls *controls, enum control_unit unit);

/* Present, the current value; absent, the fallback. */
int64_t control_value(const struct controls *controls, enum control_id id, int64_t fallback);

/* Bytes that its values take together. */
size_t control_size(enum control_id id);

/* Between values and the bytes of a request; wire has room for control_size(). */
void control_to_wire(enum control_id id, const int64_t *values, uint8_t *wire);
void control_from_wire(enum control_id id, const uint8_t *wire, int64_t *values);

/* True while the camera moves this one by itself, so that nobody else may. */
bool control_is_automatic(const struct controls *controls, enum control_id id);

/* Why nobody may set it now, whatever the value; ERROR_NONE if one may. */
enum control_error control_refuses(const struct controls *controls, enum control_id id);

/* Takes values over; ERROR_OUT_OF_RANGE leaves it as it is. */
enum control_error control_set(struct controls *controls, enum control_id id,
			       const int64_t *values);

#endif
