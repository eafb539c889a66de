/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the ISP of a Raspberry Pi shall do with RAW: from wishes to what its controls hold. No
 * system call is made here; controls.h writes the values.
 *
 *	rpi_wishes_init(&wishes, 1640, 1232, &tuning);
 *	wishes.gains = balance.gains;
 *	rpi_values_set(&values, &wishes, RPI_PART_ALL);
 *	rpi_in_force_init(&in_force, &values);
 */
#ifndef RAWLINE_RPI_VALUES_H
#define RAWLINE_RPI_VALUES_H

#include <stdbool.h>
#include <stdint.h>

#include "common/device/sensor.h"
#include "common/ipa/color.h"
#include "common/ipa/curve.h"
#include "common/ipa/tuning.h"
#include "rpi/layout.h"

/* The largest factor of a colour, and of all of them, that the controls can hold. */
#define RPI_MAX_GAIN 65.535

/* What changes together. */
enum rpi_part {
	RPI_PART_GAINS = 1 << 0, /* of red, blue, and all: they depend on one another */
	RPI_PART_MATRIX = 1 << 1,
	RPI_PART_NOISE = 1 << 2, /* which grows with analogue gain */
	RPI_PART_REST = 1 << 3,  /* what stays as it is while the camera runs */
	RPI_PART_ALL = (1 << 4) - 1,
};

struct rpi_wishes {
	uint16_t width, height; /* of the RAW that comes in */

	uint16_t black_level;          /* of 65536 */
	struct ipa_gains gains;        /* white balance */
	double digital_gain;           /* 1 or more; for sensors without */
	double analogue_gain;          /* of the sensor: how much noise there is */
	struct ipa_matrix matrix;      /* rows add up to 1 */
	const struct ipa_curve *gamma; /* NULL: none, numbers grow with the light. Lent */

	const char *sensor; /* the model's name, for what only this ISP has; NULL: any. Lent */

	/* Against dark corners; NULL or empty: none. Lent */
	const struct ipa_shading *shading;
	struct sensor_view view; /* what of the full picture comes in */
	bool hflip, vflip;       /* and whether it is mirrored */
};

/* What the controls hold, all but lens shading (shading.h). */
struct rpi_values {
	int32_t red, blue, digital; /* 1000 is 1.0 */
	struct rpi_matrix matrix;
	struct rpi_black black;
	struct rpi_greens greens;
	struct rpi_gamma gamma;
	struct rpi_denoise denoise;
	struct rpi_sharpen sharpen;
	struct rpi_defects defects;
	struct rpi_colour_denoise colour_denoise;
};

/* What that means for those who read the statistics of a frame made with it. */
struct rpi_in_force {
	struct ipa_gains gains; /* white balance, green being 1; statistics are without it */
	double digital_gain; /* the part that was asked as such; statistics are without it */
};

/*
 * Wishes of a tuning for RAW of that size, with neutral gains and matrix, of a sensor that
 * shows its full picture. The tuning's gamma and shading are lent.
 */
void rpi_wishes_init(struct rpi_wishes *wishes, uint16_t width, uint16_t height,
		     const struct ipa_tuning *tuning);

/*
 * Sets some parts (enum rpi_part) and leaves the others. Values that the hardware can't do
 * become the nearest that it can. Digital gain is as much more than was asked as makes up for a
 * colour's gain below 1: what is clipped in the sensor comes out white then, not pink.
 */
void rpi_values_set(struct rpi_values *values, const struct rpi_wishes *wishes,
		    unsigned parts);

/*
 * Values that differ from these in each control, and that the ISP takes as well: what must be
 * written ahead of values that the control core may believe to be there already (controls.h).
 */
void rpi_values_other(const struct rpi_values *values, struct rpi_values *other);

void rpi_in_force_init(struct rpi_in_force *in_force, const struct rpi_values *values);

#endif
