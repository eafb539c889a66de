/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lossless JPEG (ITU-T T.81, annex H), as DNG has it: RAW lines are one component, or two that
 * take turns, so that each sample is predicted from the one at its left of the same colour.
 *
 *	ljpeg_survey()   for some lines of the picture: what to have short codes for
 *	ljpeg_begin()
 *	ljpeg_put()      for each line
 *	ljpeg_end()
 */
#ifndef RAWLINE_LJPEG_H
#define RAWLINE_LJPEG_H

#include <stddef.h>
#include <stdint.h>

struct ljpeg;

struct ljpeg_shape {
	uint32_t width;      /* samples in a line */
	uint32_t height;     /* lines */
	unsigned bits;       /* of a sample, 2 to 16 */
	unsigned components; /* 1 or 2, of which the width is a multiple */
};

/*
 * Gets ready for pictures of that shape, of which none has more than so many bytes; nothing is
 * allocated later, and memory that no picture needed was never touched.
 * Returns 0, -EINVAL for what the format has no numbers for, or -ENOMEM.
 */
int ljpeg_create(const struct ljpeg_shape *shape, size_t most_bytes, struct ljpeg **ljpeg);

/* Accepts NULL. */
void ljpeg_destroy(struct ljpeg *ljpeg);

/*
 * Counts what is in a line of the next picture. Lines that are never shown are coded all the same,
 * if not as short as they could be.
 */
void ljpeg_survey(struct ljpeg *ljpeg, const uint16_t *line);

void ljpeg_begin(struct ljpeg *ljpeg);

/* The next line, of samples that have nothing above their bits. */
void ljpeg_put(struct ljpeg *ljpeg, const uint16_t *line);

/*
 * Ends the picture, whose bytes are lent until the next one. Returns 0, or -ENOSPC if there
 * would be too many of them.
 */
int ljpeg_end(struct ljpeg *ljpeg, const uint8_t **bytes, size_t *size);

#endif
