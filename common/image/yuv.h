/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * YUV to R, G, B, line by line, by libyuv.
 *
 * The library is opened when it is first needed and never linked: it brings the C++ library
 * along, whose start alone costs more than a whole capture of RAW.
 */
#ifndef RAWLINE_YUV_H
#define RAWLINE_YUV_H

#include <stdint.h>

struct format_info;
struct image;
struct yuv;

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

#endif
