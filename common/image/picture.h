/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames as pictures that a person can look at: PNG, JPEG, PPM, PGM; and as uncompressed
 * video, Y4M; and RAW with what others need to make a picture of it: DNG.
 *
 * RAW is interpolated to full colour (see demosaic.h). Where the sensor's colours are known
 * (picture_set_notes()) it becomes sRGB (develop.h); else it is left as the sensor gave it,
 * without black level, white balance or curve. More than 8 bits become 16, scaled so that
 * white is white; PNG notes how many of them count (sBIT), without a curve. Alpha is left out.
 *
 * PNG says how its numbers follow light where the driver does: sRGB for that colour space and
 * for RAW that became it, a gamma of 1 for other RAW of a sensor, else primaries and curve as
 * H.273 numbers them (cICP). Neither is ever converted to another; ranges and matrices are:
 * YUV, RGB and grey of limited range become full.
 *
 * JPEG has 8 bits, and its colours are as fine as the frame's: YUV keeps its sampling, RGB
 * has a colour for each pixel, RAW one for two by two. YUV of BT.601 becomes JPEG's, which
 * has that matrix and goes from 0 to 255, without a way through RGB. Camera, time, exposure
 * and gain are noted as EXIF, as far as picture_set_notes() told them.
 *
 * Y4M keeps the numbers of YUV and notes their range; its header has no word for the matrix.
 * RGB and RAW become YUV as JPEG has it. 8 bits, but grey of more becomes 16. Pictures
 * follow one another in a file; the header is put in front of the first.
 *
 * DNG is for RAW and grey alone. It has the sensor's own numbers, and what picture_set_notes()
 * told: 8 bits, or 16 where the sensor has more, which are not scaled. They are compressed
 * only if picture_compress() asked for it.
 */
#ifndef RAWLINE_PICTURE_H
#define RAWLINE_PICTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/text.h"
#include "common/image/demosaic.h"

struct format_info;
struct image;
struct picture_writer;

enum picture_kind {
	PICTURE_PNG,
	PICTURE_PPM, /* with colours only */
	PICTURE_PGM, /* grey only */
	PICTURE_JPEG,
	PICTURE_Y4M,
	PICTURE_DNG,
};

/* What a sensor's colours are, behind black level. */
struct picture_colors {
	float neutral[3]; /* what it makes of grey: red, green, blue; the most is 1 */
	float to_srgb[9]; /* to sRGB without its curve, white balance included; row by row */
	float from_xyz[9]; /* from CIE XYZ, where white is that of D65 */
};

/* What is known of a picture beside its pixels, for files that can hold it. */
struct picture_notes {
	const char *make, *model; /* of the camera; lent; NULL: unknown */
	uint64_t time_ns;         /* since 1970, UTC; 0: unknown */
	uint64_t exposure_ns;     /* 0: unknown */
	uint32_t gain_milli;      /* thousandths, 1000 is no gain; 0: unknown */
	uint32_t black_level;     /* on the scale of the format's bits */
	uint32_t white_level;     /* the same; 0: all of its bits are ones */
	unsigned rotation; /* 0, 90, 180, 270 degrees counter-clockwise make it upright */
	bool has_colors;
	struct picture_colors colors;
};

/*
 * Why this program can't make such a picture of this format, in words that follow "because"
 * ("compressed frames are not decoded"); NULL if it can. To be asked before capturing.
 */
const char *picture_why_not(enum picture_kind kind, const struct format_info *format);

bool picture_can(enum picture_kind kind, const struct format_info *format);

/*
 * Gets ready for many pictures of the size, format and colours of this one, which need not
 * be in place; all our own memory is allocated here. Returns 0; -EOPNOTSUPP, -ENOSYS or
 * -ENOPKG where picture_why_not() has a reason; -EINVAL if RAW is smaller than 2x2, or the
 * picture larger than the file can say; -ENOMEM.
 */
int picture_writer_create(enum picture_kind kind, const struct image *shape,
			  struct picture_writer **writer);

/*
 * Accepts NULL, and a writer whose thread was cancelled while it waited in write(2).
 */
void picture_writer_destroy(struct picture_writer *writer);

/* Tells the rate of the pictures, for video that notes it; 0/0, as at first, is unknown. */
void picture_set_rate(struct picture_writer *writer, struct text_fraction rate);

/* Tells how RAW is demosaiced; the good way at first. Kinds that keep samples don't care. */
void picture_set_demosaic(struct picture_writer *writer, enum demosaic_quality quality);

/* Tells the quality of JPEG, 1 to 100; 0, as at first, is 90. Other kinds have none. */
void picture_set_quality(struct picture_writer *writer, unsigned quality);

/*
 * Has the numbers in files of DNG compressed without loss (lossless JPEG, which its readers know),
 * where that makes the file smaller. To be asked once, before the first picture: it allocates as
 * much as a picture has bytes, of which only so much is touched as gets filled.
 * Returns 0; -EOPNOTSUPP for other kinds; -EINVAL if the picture is larger than lossless JPEG can
 * say; -ENOMEM.
 */
int picture_compress(struct picture_writer *writer);

/* Whether notes make a difference to such a picture; and whether it would be developed. */
bool picture_uses_notes(enum picture_kind kind, const struct format_info *format);
bool picture_develops(enum picture_kind kind, const struct format_info *format);

/*
 * Tells what is known of the next picture; nothing is, at first. RAW is developed once its
 * colours have been told, and from then on.
 */
void picture_set_notes(struct picture_writer *writer, const struct picture_notes *notes);

/* The next picture is the first of a file. So is the first one anyway. */
void picture_start_file(struct picture_writer *writer);

/*
 * Writes one picture, which is in place. Waits as long as the descriptor makes it wait.
 * Returns 0; what write(2) failed with (-ENOSPC, -EPIPE …), and then a part of the picture
 * may have been written; -EINVAL if the image is of another size or format; or -ENOMEM.
 * The writer can be used again after a failure.
 */
int picture_write(struct picture_writer *writer, const struct image *image, int fd);

#endif
