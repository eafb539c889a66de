/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parameters of an ImgU: from what a picture shall be like to a buffer of its parameters node.
 *
 *	ipu3_params_init(&wishes, bds_width, bds_height, &tuning);
 *	ipu3_params_fill(&wishes, IPU3_PARAMS_ALL, memory, size, &bytesused);
 *	later, for each frame:
 *		wishes.gains = balance.gains;
 *		ipu3_params_fill(&wishes, IPU3_PARAMS_GAINS, memory, size, &bytesused);
 *		ipu3_in_force_init(&in_force, &wishes);
 *
 * A part stays in force until it is loaded again, or until streaming stops. The driver takes
 * a buffer when it takes the next input, and hands it back at once.
 */
#ifndef RAWLINE_IPU3_PARAMS_H
#define RAWLINE_IPU3_PARAMS_H

#include <stddef.h>
#include <stdint.h>

#include "common/ipa/color.h"
#include "common/ipa/curve.h"
#include "common/ipa/tuning.h"

/* The largest factor of a colour that the hardware can do. */
#define IPU3_MAX_GAIN (1 + 65535 / 8192.)

/* The sizes behind the Bayer scaler for which there are parameters. */
#define IPU3_PARAMS_MIN_WIDTH  136
#define IPU3_PARAMS_MIN_HEIGHT 132
#define IPU3_PARAMS_MAX_WIDTH  5120
#define IPU3_PARAMS_MAX_HEIGHT 3840

/* What is loaded together. */
enum ipu3_params_part {
	IPU3_PARAMS_BLACK = 1 << 0,
	IPU3_PARAMS_GAINS = 1 << 1, /* and noise reduction, which is in the same block */
	IPU3_PARAMS_MATRIX = 1 << 2,
	IPU3_PARAMS_GAMMA = 1 << 3,
	IPU3_PARAMS_MEASURE = 1 << 4, /* where and how to measure */
	IPU3_PARAMS_YUV = 1 << 5,     /* full range, BT.601; no wish has a say in it */
	IPU3_PARAMS_ALL = (1 << 6) - 1,
};

struct ipu3_params_wishes {
	uint16_t width, height; /* behind the Bayer scaler (BDS), where is measured */

	uint16_t black_level;          /* of 65536 */
	struct ipa_gains gains;        /* white balance */
	double digital_gain;           /* 1 or more; for sensors without */
	struct ipa_matrix matrix;      /* rows add up to 1 */
	const struct ipa_curve *gamma; /* NULL: none, numbers grow with the light. Lent */
};

/* What the hardware does of it, with the rounding of its registers. */
struct ipu3_in_force {
	unsigned columns, rows; /* cells of the statistics */
	uint16_t black_level;   /* of 65536, which is taken off */
	struct ipa_gains gains; /* white balance, green being 1 */
	double digital_gain;    /* behind the statistics, which do not have it in them */
};

/*
 * Wishes of a tuning for pictures of that size behind the Bayer scaler, with neutral gains
 * and matrix. The tuning's gamma is lent.
 */
void ipu3_params_init(struct ipu3_params_wishes *wishes, uint16_t width, uint16_t height,
		      const struct ipa_tuning *tuning);

/*
 * Fills a buffer of the parameters node; memory must be aligned to 4 bytes. Values that the
 * hardware can't do become the nearest that it can. Without parts nothing is changed by the
 * buffer, but it is still a valid one. bytesused is what to queue it with: always all. Returns
 * 0; -EINVAL for sizes that can't be; -ENOSPC if the buffer is too small.
 */
int ipu3_params_fill(const struct ipu3_params_wishes *wishes, unsigned parts,
		     void *memory, size_t size_bytes, uint32_t *bytesused);

/* What all parts of these wishes do, for those who read the statistics made with them. */
void ipu3_in_force_init(struct ipu3_in_force *in_force,
			const struct ipu3_params_wishes *wishes);

#endif
