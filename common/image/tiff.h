/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A TIFF file in memory, by libtiff: directories of tags, and strips of pixels. What is large
 * need not be in memory: a strip can be left out, and is put in its place by the one who writes
 * the file.
 *
 * What fails is remembered until tiff_end(), so that thirty tags read as thirty lines.
 */
#ifndef RAWLINE_TIFF_H
#define RAWLINE_TIFF_H

#include <stddef.h>
#include <stdint.h>

struct tiff;

/*
 * Opens libtiff; files will not have more than so many bytes, without strips that are left
 * out. Returns 0, -ENOPKG if it is not there, or -ENOMEM.
 *
 * All this is there only in programs that were built with libtiff.
 */
int tiff_create(size_t most_bytes, struct tiff **tiff);

/* Accepts NULL. */
void tiff_destroy(struct tiff *tiff);

/*
 * Begins a file, little-endian, in place of the one before. libtiff allocates a little until
 * tiff_end(), which must follow.
 */
void tiff_begin(struct tiff *tiff);

/* A tag of the directory that is being made. Texts may be NULL: then there is no such tag. */
void tiff_text(struct tiff *tiff, uint32_t tag, const char *text);
void tiff_number(struct tiff *tiff, uint32_t tag, uint32_t number);
void tiff_real(struct tiff *tiff, uint32_t tag, double number);
void tiff_bytes(struct tiff *tiff, uint32_t tag, const void *bytes, size_t count);
void tiff_shorts(struct tiff *tiff, uint32_t tag, const uint16_t *numbers, size_t count);
void tiff_longs(struct tiff *tiff, uint32_t tag, const uint32_t *numbers, size_t count);
void tiff_reals(struct tiff *tiff, uint32_t tag, const float *numbers, size_t count);

/* The directory's pixels, copied; or NULL: left out. */
void tiff_strip(struct tiff *tiff, const void *pixels, size_t bytes);

/*
 * Ends the directory and begins the next one. EXIF's is made first of all, and
 * the one after it refers to it; another that is one of pixels may have one below it.
 */
void tiff_begin_exif(struct tiff *tiff);
void tiff_end_exif(struct tiff *tiff);
void tiff_expect_sub_directory(struct tiff *tiff);
void tiff_end_directory(struct tiff *tiff);

/*
 * Ends the file: its bytes before and behind the strip that was left out are lent until the next
 * one. Returns 0, -ENOMEM, or -EIO if libtiff refused something.
 */
struct tiff_part {
	const uint8_t *bytes;
	size_t size;
};
int tiff_end(struct tiff *tiff, struct tiff_part parts[static 2]);

#endif
