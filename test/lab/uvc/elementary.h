/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Elementary streams of video. H264 is real: each access unit is an IDR picture of macroblocks
 * that are stored, not compressed, so a decoder gives back exactly what was drawn (but 1 for 0).
 * HEVC only looks real: units of the right types in the right order, which nothing can decode.
 */
#ifndef RAWLINE_UVC_ELEMENTARY_H
#define RAWLINE_UVC_ELEMENTARY_H

#include <stddef.h>
#include <stdint.h>

/* Planes of Y, Cb and Cr, the latter two of half width and height, rounded down. */
struct elementary_picture {
	const uint8_t *planes;
	unsigned width, height;
	uint32_t number;
};

/*
 * Writes an access unit with room for a stamp in a user data message, and tells where that is.
 * Returns its length: at most twice the pixels and a few hundred bytes.
 */
size_t elementary_h264(const struct elementary_picture *picture, uint8_t *out,
		       size_t *stamp_at);
size_t elementary_hevc(const struct elementary_picture *picture, uint8_t *out,
		       size_t *stamp_at);

#endif
