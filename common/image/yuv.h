/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * YUV to R, G, B, or to planes of Y, U and V, line by line, by libyuv.
 *
 * The library is opened when it is first needed and never linked: it brings the C++ library
 * along, whose start alone costs more than a whole capture of RAW.
 */
#ifndef RAWLINE_YUV_H
#define RAWLINE_YUV_H

#include <stdbool.h>
#include <stdint.h>

struct format_info;
struct image;
struct yuv;

/* Where the colours of a format are. */
struct yuv_sampling {
	unsigned horizontal; /* so many pixels of a line share a sample of U and one of V */
	unsigned vertical;   /* so many lines do */
	bool is_planar;      /* Y, U and V have a plane each already */
	bool v_first;        /* and V's comes before U's */
};

/*
 * Why pictures of this format can't be converted, in words that follow "because" ("this
 * program was built without libyuv"); NULL if they can. Opens the library to know.
 */
const char *yuv_why_not(const struct format_info *format);

/*
 * Opens the library and gets ready for pictures that are alike. Returns 0; -EOPNOTSUPP if
 * the format has no conversion; -ENOSYS in a program that was built without libyuv; -ENOPKG
 * if the library, or a function of it, can't be had; or -ENOMEM.
 */
int yuv_create(const struct image *shape, struct yuv **yuv);

/* Accepts NULL. */
void yuv_destroy(struct yuv *yuv);

/*
 * Makes line y of a picture like the one given to yuv_create(): 3 bytes a pixel. libyuv's
 * numbers are small: colours are off by up to 2, deep blue by up to 18 of 255.
 */
void yuv_line(const struct yuv *yuv, const struct image *image, uint32_t y, uint8_t *rgb);

/* False if this kind of YUV is not known. Needs no library. */
bool yuv_find_sampling(const struct format_info *format, struct yuv_sampling *sampling);

/*
 * Takes line y apart into the samples of Y, U and V, whose numbers stay as they are. U and V
 * (to[1], to[2]) are made for the first of the lines that share them, and else left alone.
 */
void yuv_split(const struct yuv *yuv, const struct image *image, uint32_t y,
	       uint8_t *const to[3]);

#endif
