/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small picture of RAW, to find it by: colours right, details left out. */
#ifndef RAWLINE_PREVIEW_H
#define RAWLINE_PREVIEW_H

#include <stdint.h>

struct image;
struct picture_notes;
struct preview;

/*
 * Gets ready for RAW or grey like this; nothing is allocated later. Returns 0, -EOPNOTSUPP if
 * its samples can't be unpacked, or -ENOMEM.
 */
int preview_create(const struct image *shape, struct preview **preview);

/* Accepts NULL. */
void preview_destroy(struct preview *preview);

uint32_t preview_width(const struct preview *preview);
uint32_t preview_height(const struct preview *preview);

/*
 * R, G, B as sRGB has it, line by line without gaps; lent until the next call. The notes need
 * colours to go by, even if nobody knows these (has_colors is not set).
 */
const uint8_t *preview_make(struct preview *preview, const struct image *image,
			    const struct picture_notes *notes);

#endif
