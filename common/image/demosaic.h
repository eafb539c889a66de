/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RAW of a Bayer sensor to R, G and B, line by line.
 *
 * Malvar, He and Cutler's linear filters (ICASSP 2004): each missing colour is the mean of
 * its neighbours, corrected by how the colour that is there differs from its own mean, over
 * 5x5 samples. Beyond the borders the picture is mirrored at its outermost samples, which
 * keeps the colours in step. A flat colour comes out exactly as it went in.
 *
 * Nothing else is done: no black level, no white balance, no gamma curve. A picture of a
 * real sensor is greenish and dark; one of vimc's is right, as its RAW has the curve of its
 * test pattern.
 */
#ifndef RAWLINE_DEMOSAIC_H
#define RAWLINE_DEMOSAIC_H

#include <stdbool.h>
#include <stdint.h>

struct demosaic;
struct image;

/*
 * Allocates all the work needs, once for many pictures that are alike. Returns 0,
 * -EOPNOTSUPP if the format is no Bayer format whose samples can be unpacked, -EINVAL if
 * the picture is smaller than the 2x2 samples of a colour, or -ENOMEM.
 */
int demosaic_create(const struct image *shape, struct demosaic **demosaic);

/* Accepts NULL. */
void demosaic_destroy(struct demosaic *demosaic);

/* Begins a picture, which is like the one given to demosaic_create() and in place. */
void demosaic_start(struct demosaic *demosaic, const struct image *image);

/*
 * Makes the next line, from the top: 3 samples a pixel, of 8 bits each, or of 16 bits with
 * the high byte first, scaled so that the sensor's white is white. As many lines can be made
 * as the picture has.
 */
void demosaic_line_8(struct demosaic *demosaic, uint8_t *rgb);
void demosaic_line_16(struct demosaic *demosaic, uint8_t *rgb);

#endif
