/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parameters of a Rockchip ISP: from what a picture shall be like to a buffer of its
 * parameters node, in either of the driver's two formats.
 *
 *	rkisp1_params_init(&wishes, hw_revision, &tuning);
 *	wishes.width = ...;
 *	rkisp1_params_fill(&wishes, RKISP1_PARAMS_ALL, format, memory, size, &bytesused);
 *	later, for each frame:
 *		wishes.gains = balance.gains;
 *		rkisp1_params_fill(&wishes, RKISP1_PARAMS_GAINS, format, memory, size, &bytesused);
 *		rkisp1_in_force_init(&in_force, &wishes, format);
 *
 * A part stays in force until it is loaded again. STREAMOFF of the last video node switches
 * everything off behind the back of a parameters node that still streams, which then does
 * not switch it on again: stop that node too, and load all parts at the next start.
 */
#ifndef RAWLINE_RKISP1_PARAMS_H
#define RAWLINE_RKISP1_PARAMS_H

#include <linux/videodev2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/device/sensor.h"
#include "common/ipa/color.h"
#include "common/ipa/curve.h"
#include "common/ipa/exposure.h"
#include "common/ipa/tuning.h"

/* The largest factor of a colour that the hardware can do. */
#define RKISP1_MAX_GAIN (1023 / 256.)

/* By their fourcc; old headers do not have a name for the second. */
enum rkisp1_params_format {
	RKISP1_FORMAT_FIXED = v4l2_fourcc('R', 'K', '1', 'P'),
	RKISP1_FORMAT_EXTENSIBLE = v4l2_fourcc('R', 'K', '1', 'E'), /* from 6.12 */
};

/* What is loaded together. */
enum rkisp1_params_part {
	RKISP1_PARAMS_BLACK = 1 << 0,
	RKISP1_PARAMS_GAINS = 1 << 1,
	RKISP1_PARAMS_MATRIX = 1 << 2,
	RKISP1_PARAMS_GAMMA = 1 << 3,
	RKISP1_PARAMS_PROCESS = 1 << 4,
	RKISP1_PARAMS_MEASURE = 1 << 5, /* where and how to measure */
	RKISP1_PARAMS_SHADING = 1 << 6,
	RKISP1_PARAMS_ALL = (1 << 7) - 1,
};

/* A part of the sensor's full picture, which is 1 wide and high. */
struct rkisp1_view {
	double left, top;
	double width, height; /* below 0: mirrored, from left and top on backwards */
};

/* Of what a mode of the sensor shows, mirrored or not. */
struct rkisp1_view rkisp1_view_of(const struct sensor_view *mode, bool hflip, bool vflip);

struct rkisp1_params_wishes {
	uint32_t hw_revision;
	/* The crop at the processor's sink. Its source cuts behind shading and measurements. */
	uint16_t width, height;

	uint16_t black_level;          /* of 65536 */
	struct ipa_gains gains;        /* white balance */
	double digital_gain;           /* 1 or more; for sensors without */
	struct ipa_matrix matrix;      /* rows add up to 1 */
	const struct ipa_curve *gamma; /* NULL: none. Lent */
	enum ipa_metering metering;    /* weights of the histogram */

	bool process;    /* the next four */
	bool full_range; /* as quantization at the processor's source was set */
	double contrast, saturation; /* 1 is as it was; to 1.99 */
	double brightness;           /* 0 is as it was; -1 to 0.99 */

	const struct ipa_shading *shading; /* NULL or empty: none. Lent */
	struct rkisp1_view view;           /* what of the full picture comes in */
};

/* What the hardware does of it, with the rounding of its registers. */
struct rkisp1_in_force {
	uint32_t hw_revision;
	double factors[3]; /* of red, green, blue: all gains, and black level made up for */
	double digital_gain;       /* the part of them that was asked as such */
	uint16_t black_level;      /* of 65536, which is taken off */
	uint16_t black_level_left; /* which is not, as it can't be */
	struct ipa_matrix inverse; /* of the matrix; all zero: it has none */
	uint32_t white_pixels;     /* so many are looked at for white balance */
};

/* Wishes of a tuning, with neutral gains and matrix, no processing; sizes are left 0. */
void rkisp1_params_init(struct rkisp1_params_wishes *wishes, uint32_t hw_revision,
			const struct ipa_tuning *tuning);

/*
 * Fills a buffer of the parameters node; memory must be aligned to 8 bytes. Values that the
 * hardware can't do become the nearest that it can. Without parts nothing is changed by the
 * buffer, but it is still a valid one. bytesused is what to queue it with. Returns 0;
 * -EINVAL for a revision or format that is not known or sizes that can't be; -ENOSPC if the buffer is
 * too small.
 */
int rkisp1_params_fill(const struct rkisp1_params_wishes *wishes, unsigned parts,
		       enum rkisp1_params_format format, void *memory, size_t size_bytes,
		       uint32_t *bytesused);

/* What all parts of these wishes do, for those who read the statistics made with them. */
void rkisp1_in_force_init(struct rkisp1_in_force *in_force,
			  const struct rkisp1_params_wishes *wishes,
			  enum rkisp1_params_format format);

#endif
