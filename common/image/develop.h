/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From what a sensor counts to what a screen shows: RAW whose colours are known becomes sRGB.
 *
 *	sample - black ──▶ x gain ──▶ clip ──▶ demosaic ──▶ matrix ──▶ sRGB's curve
 *	└─────── develop_levels() ───────┘                  └── develop_line_… ──┘
 *
 * Gains are those of white balance, on a scale on which the least is 1: what is clipped in
 * the sensor is clipped in all three colours, and highlights are white, not magenta. Black
 * that was taken off is made up for, so that the sensor's white stays white.
 *
 * Grey has a black level and the curve.
 */
#ifndef RAWLINE_DEVELOP_H
#define RAWLINE_DEVELOP_H

#include <stdbool.h>
#include <stdint.h>

struct demosaic_levels;
struct develop;
struct picture_notes;

/* Lines of samples have room for a multiple of so many, which are read. */
#define DEVELOP_BLOCK 32

/*
 * Gets ready for samples of so many bits (8 to 16), to become 8 bits or, if is_wide, 16.
 * Nothing is allocated later. Returns 0 or -ENOMEM.
 */
int develop_create(unsigned bits, bool is_wide, struct develop **develop);

/* Accepts NULL. */
void develop_destroy(struct develop *develop);

/*
 * From now on as these notes say. Where they tell of no colours all stays as it was: false
 * until they have done so once; nothing below can be asked before that.
 */
bool develop_set(struct develop *develop, const struct picture_notes *notes);

/* What is to be done to samples before they are mixed; lent, changed by develop_set(). */
const struct demosaic_levels *develop_levels(const struct develop *develop);

/* The same done to one sample, of red (0), green or blue. */
uint16_t develop_level(const struct develop *develop, unsigned color, uint16_t sample);

/*
 * Makes R, G, B of 8 bits, or of 16 with the high byte first, as asked for at first: of a
 * line each of red, green and blue behind these levels.
 */
void develop_line(const struct develop *develop, uint16_t *const planes[static 3],
		  uint8_t *rgb, uint32_t width);

/* Makes grey likewise, of samples as they were unpacked. */
void develop_grey(const struct develop *develop, const uint16_t *samples, uint8_t *grey,
		  uint32_t width);

#endif
