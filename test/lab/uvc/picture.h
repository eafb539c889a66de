/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the camera sees: a pattern that follows from the number of the frame, in every format.
 * It moves, so that a human sees at once whether pictures come and in which order.
 *
 *	luma(x, y)  = look(32 + ((x + 3 y + 5 number) mod 256) * 3 / 4)
 *	Cb(x)       = (x / 4 + number) mod 256        blue of RGB
 *	Cr(y)       = (y / 2 + 7 number) mod 256      red of RGB; green is luma
 *
 * look() is ((v - 128) * contrast / 100 + 128) * level / 100 + brightness, cut to 0..255. Closed,
 * all is black. A JPEG image has one of eight phases instead of its number in these, and no look.
 */
#ifndef RAWLINE_UVC_PICTURE_H
#define RAWLINE_UVC_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "test/lab/uvc/jpeg.h"
#include "test/lab/uvc/kind.h"
#include "test/lab/uvc/profile.h"

/* What the controls make of it. */
struct picture_look {
	int brightness;
	unsigned level;    /* per cent: light, exposure and gain */
	unsigned contrast; /* per cent */
	bool closed;       /* the privacy shutter */
};

enum { PICTURE_PHASES = 8 };

struct picture {
	const struct kind *kind;
	unsigned stream, width, height;
	const struct profile_jpeg *jpeg;
	uint8_t *data; /* the last frame drawn */
	size_t length;
	size_t bare_length; /* without padding */
	size_t stamp_at;
	uint8_t *ramp, *blue; /* templates of a line */
	uint8_t *planes;      /* what an elementary stream is made from */
	bool closed;
	struct jpeg_image images[PICTURE_PHASES + 1]; /* the last one is black */
};

/* Returns 0 or a negative errno; finish takes what failed too. */
int picture_init(struct picture *picture, const struct kind *kind, unsigned stream,
		 unsigned width, unsigned height, const struct profile_jpeg *jpeg);
void picture_finish(struct picture *picture);

/* Draws a frame into data. Returns 0 or -ENOMEM. */
int picture_draw(struct picture *picture, uint32_t number, const struct picture_look *look);

#endif
