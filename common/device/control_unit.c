// SPDX-License-Identifier: GPL-2.0-or-later
/* What the numbers of controls mean, where V4L2 says so: durations, angles, temperatures. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/text.h"
#include "common/device/control_private.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define NANO 1000000000u

/*
 * Documentation/userspace-api/media/v4l/ext-ctrls-*.rst. What is not here has no unit: a
 * gain, a focus, a zoom mean something else on each model.
 */
static const struct unit {
	uint32_t id;
	const char *name;
	uint32_t step_ns;  /* a duration: so long is one; 0: no duration */
	uint32_t per_unit; /* so many are one of the suffix */
	const char *suffix;
	const char *words;
} units[] = {
	{ .id = V4L2_CID_EXPOSURE_ABSOLUTE,
	  .name = "100us",
	  .step_ns = 100000,
	  .words = ", a duration such as 10ms" },
	{ .id = V4L2_CID_FLASH_TIMEOUT,
	  .name = "1us",
	  .step_ns = 1000,
	  .words = ", a duration such as 10ms" },
	{ .id = V4L2_CID_WHITE_BALANCE_TEMPERATURE,
	  .name = "K",
	  .per_unit = 1,
	  .suffix = "K",
	  .words = ", a temperature such as 4600K" },
	{ .id = V4L2_CID_PAN_ABSOLUTE,
	  .name = "arcsec",
	  .per_unit = 3600,
	  .suffix = "deg",
	  .words = ", an angle such as 1.5deg" },
	{ .id = V4L2_CID_TILT_ABSOLUTE,
	  .name = "arcsec",
	  .per_unit = 3600,
	  .suffix = "deg",
	  .words = ", an angle such as 1.5deg" },
	{ .id = V4L2_CID_AUTO_EXPOSURE_BIAS,
	  .name = "0.001EV",
	  .per_unit = 1000,
	  .suffix = "EV",
	  .words = ", a bias such as 0.5EV" },
	{ .id = V4L2_CID_ISO_SENSITIVITY,
	  .name = "0.001ISO",
	  .per_unit = 1000,
	  .suffix = "ISO",
	  .words = ", a speed such as 400ISO" },
	{ .id = V4L2_CID_FLASH_INTENSITY,
	  .name = "mA",
	  .per_unit = 1,
	  .suffix = "mA",
	  .words = ", a current such as 100mA" },
	{ .id = V4L2_CID_FLASH_TORCH_INTENSITY,
	  .name = "mA",
	  .per_unit = 1,
	  .suffix = "mA",
	  .words = ", a current such as 100mA" },
	{ .id = V4L2_CID_LINK_FREQ,
	  .name = "Hz",
	  .per_unit = 1,
	  .suffix = "Hz",
	  .words = ", a frequency such as 456000000Hz" },
};

static const struct unit *find_unit(const struct control *control)
{
	if (control->type != V4L2_CTRL_TYPE_INTEGER &&
	    control->type != V4L2_CTRL_TYPE_INTEGER64 &&
	    control->type != V4L2_CTRL_TYPE_INTEGER_MENU)
		return NULL;
	if (control->flags & V4L2_CTRL_FLAG_HAS_PAYLOAD)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (units[i].id == control->id)
			return &units[i];
	return NULL;
}

const char *control_unit(const struct control *control)
{
	const struct unit *unit = find_unit(control);

	return unit ? unit->name : NULL;
}

const char *control_unit_words(const struct control *control)
{
	const struct unit *unit = find_unit(control);

	return unit ? unit->words : "";
}

/*
 * "204.7ms": number / divisor with as many digits as it takes, four where it has no end
 * (a third of a degree).
 */
static void print_quotient(uint64_t number, uint64_t divisor, bool negative,
			   const char *suffix, char text[static CONTROL_AMOUNT_SIZE])
{
	uint64_t whole = number / divisor, rest = number % divisor, nanos;
	char fraction[16];
	size_t length;

	/* Every duration ends within nine digits of a second. */
	if (rest * NANO % divisor)
		nanos = (rest * 10000 + divisor / 2) / divisor * (NANO / 10000);
	else
		nanos = rest * NANO / divisor;
	whole += nanos / NANO;
	snprintf(fraction, sizeof(fraction), ".%09" PRIu32, (uint32_t)(nanos % NANO));
	length = strlen(fraction);
	while (length && (fraction[length - 1] == '0' || fraction[length - 1] == '.'))
		length--;
	snprintf(text, CONTROL_AMOUNT_SIZE, "%s%" PRIu64 "%.*s%s", negative ? "-" : "",
		 whole, (int)length, fraction, suffix);
}

/* Unlike text_print_duration() it rounds nothing: what is printed can be asked for. */
static void print_exact_duration(uint64_t duration_ns, bool negative,
				 char text[static CONTROL_AMOUNT_SIZE])
{
	if (duration_ns >= 1000000000)
		print_quotient(duration_ns, 1000000000, negative, "s", text);
	else if (duration_ns >= 1000000)
		print_quotient(duration_ns, 1000000, negative, "ms", text);
	else
		print_quotient(duration_ns, 1000, negative, "us", text);
}

const char *control_amount(const struct control *control, int64_t number,
			   char text[static CONTROL_AMOUNT_SIZE])
{
	const struct unit *unit = find_unit(control);
	uint64_t size = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;

	text[0] = '\0';
	if (!unit || size > UINT32_MAX)
		return text;
	if (unit->step_ns)
		print_exact_duration(size * unit->step_ns, number < 0, text);
	else if (unit->per_unit > 1)
		print_quotient(size, unit->per_unit, number < 0, unit->suffix, text);
	return text;
}

/* "-1.25" times factor, rounded to the nearest. 0, 1 if it had to be rounded, or -errno. */
static int parse_scaled(const char *text, size_t length, uint32_t factor, int64_t *number)
{
	bool negative = length && text[0] == '-';
	uint64_t whole = 0, part = 0, scale = 1;
	bool fraction = false, digit = false;

	for (size_t i = negative; i < length; i++) {
		if (text[i] == '.' && !fraction) {
			fraction = true;
			continue;
		}
		if (text[i] < '0' || text[i] > '9' || scale >= 1000000000)
			return -EINVAL;
		digit = true;
		if (fraction) {
			part = part * 10 + (uint64_t)(text[i] - '0');
			scale *= 10;
		} else {
			whole = whole * 10 + (uint64_t)(text[i] - '0');
		}
		if (whole > UINT32_MAX)
			return -ERANGE;
	}
	if (!digit || text[length - 1] == '.')
		return -EINVAL;
	part *= factor;
	*number = (int64_t)(whole * factor + (part + scale / 2) / scale);
	if (negative)
		*number = -*number;
	return part % scale != 0;
}

static int parse_duration(const char *text, uint32_t step_ns, int64_t *number)
{
	uint64_t duration_ns;
	int ret;

	ret = text_duration(text, &duration_ns);
	if (ret < 0)
		return ret;
	*number = (int64_t)(duration_ns / step_ns);
	if (duration_ns % step_ns >= step_ns - step_ns / 2)
		(*number)++;
	return duration_ns % step_ns != 0;
}

int control_parse_amount(const struct control *control, const char *text, int64_t *number)
{
	const struct unit *unit = find_unit(control);
	size_t length = strlen(text), suffix;

	if (!unit)
		return -EINVAL;
	if (unit->step_ns)
		return parse_duration(text, unit->step_ns, number);
	suffix = strlen(unit->suffix);
	if (length <= suffix || strcmp(text + length - suffix, unit->suffix) != 0)
		return -EINVAL;
	return parse_scaled(text, length - suffix, unit->per_unit, number);
}
