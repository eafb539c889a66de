/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of a picture, as JPEG files hold it: EXIF 2.31, in a segment of its own
 * (APP1), which is a small TIFF file without pixels.
 */
#ifndef RAWLINE_EXIF_H
#define RAWLINE_EXIF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct picture_notes;
struct stamp_clock;

#define EXIF_MAX_BYTES 1024

/*
 * Writes what comes behind the segment's length; text that is too long is cut. Returns how
 * many bytes that are; 0 if nothing is known.
 */
size_t exif_write(const struct picture_notes *notes, const struct stamp_clock *clock,
		  bool is_srgb, uint8_t bytes[static EXIF_MAX_BYTES]);

#endif
