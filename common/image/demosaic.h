/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RAW of a Bayer sensor to R, G and B, line by line.
 *
 * The good way are Malvar, He and Cutler's linear filters (ICASSP 2004): each missing colour is
 * the mean of its neighbours, corrected by how the colour that is there differs from its own
 * mean, over 5x5 samples. The fast way leaves out the correction (bilinear, over 3x3 samples),
 * and to make lines of 8 bits it cuts samples to bytes before it takes their means. Beyond the borders the picture is mirrored at its outermost samples, which
 * keeps the colours in step. A flat colour comes out exactly as it went in.
 *
 * Unless told by demosaic_set_levels(), nothing else is done: no black level, no white balance;
 * a matrix and a curve are never this module's. A picture of a real sensor is greenish and dark
 * then; one of vimc's is right, as its RAW has the curve of its test pattern.
 */
#ifndef RAWLINE_DEMOSAIC_H
#define RAWLINE_DEMOSAIC_H

#include <stdbool.h>
#include <stdint.h>

struct demosaic;
struct image;
struct kernels;

enum demosaic_quality {
	DEMOSAIC_GOOD,
	DEMOSAIC_FAST,
};

/*
 * Allocates all the work needs, once for many pictures that are alike. Returns 0,
 * -EOPNOTSUPP if the format is no Bayer format whose samples can be unpacked, -EINVAL if
 * the picture is smaller than the 2x2 samples of a colour, or -ENOMEM.
 */
int demosaic_create(const struct image *shape, struct demosaic **demosaic);

/* Accepts NULL. */
void demosaic_destroy(struct demosaic *demosaic);

/* From the next picture on; at first it is the good way. */
void demosaic_set_quality(struct demosaic *demosaic, enum demosaic_quality quality);

/* Takes its loops from this set instead of the fastest, to compare them. */
void demosaic_use(struct demosaic *demosaic, const struct kernels *kernels);

#define DEMOSAIC_GAIN_1 4096

/*
 * What becomes of each sample before colours are mixed: black is taken off, but nothing falls
 * below 0; what is left is multiplied, rounded to the nearest, and cut off at the largest
 * number that the format's bits hold. A filter sees neighbours of one brightness then.
 */
struct demosaic_levels {
	uint16_t black[3]; /* of red, green, blue */
	uint16_t gain[3];  /* in parts of DEMOSAIC_GAIN_1, so less than 16 */
};

/* From the next picture on; the levels are copied. NULL: samples stay as they are. */
void demosaic_set_levels(struct demosaic *demosaic, const struct demosaic_levels *levels);

/* Begins a picture, which is like the one given to demosaic_create() and in place. */
void demosaic_start(struct demosaic *demosaic, const struct image *image);

/*
 * Makes the next line, from the top: 3 samples a pixel, of 8 bits each, or of 16 bits with
 * the high byte first, scaled so that the sensor's white is white. As many lines can be made
 * as the picture has.
 */
void demosaic_line_8(struct demosaic *demosaic, uint8_t *rgb);
void demosaic_line_16(struct demosaic *demosaic, uint8_t *rgb);

/*
 * The next line as it comes out of the filters, for one who goes on with its colours: arrays of
 * red, green and blue, a sample a pixel, of the format's bits, right-justified.
 */
void demosaic_line_planes(struct demosaic *demosaic, uint16_t *const planes[static 3]);

#endif
