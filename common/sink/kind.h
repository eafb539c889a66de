/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the suffix of a file's name makes of frames: their bytes, or pictures. */
#ifndef RAWLINE_KIND_H
#define RAWLINE_KIND_H

#include <stdbool.h>
#include <stdint.h>

#include "common/image/picture.h"
#include "common/sink/file.h"

struct image;
struct target;
struct video_format;

enum kind_contents {
	CONTENTS_BYTES, /* of any frames, as they are; with a side-car, which explains them */
	CONTENTS_STREAM,  /* the same of compressed frames, which explain themselves */
	CONTENTS_MJPEG,   /* also, but with the Huffman tables that a camera left out */
	CONTENTS_PICTURE, /* made from the frames */
};

struct kind {
	const char *suffix;
	enum kind_contents contents;
	enum picture_kind picture; /* of CONTENTS_PICTURE */
	uint32_t fourccs[2];       /* of CONTENTS_STREAM and _MJPEG: no others; 0: none */
	const char *alone; /* not NULL: a file holds one, and this is what it is */
};

/*
 * Finds the kind of a target's files for such frames. Letters of the suffix may be of either
 * case; what is written in place may have any other name, and gets the bytes then, MJPG with
 * its tables. Of the options, count and set matter: PNG, DNG and JPEG pictures can't follow one
 * another in one file.
 * Returns 0, or -EOPNOTSUPP after saying why not.
 */
int kind_choose(const struct target *target, uint32_t fourcc,
		const struct file_options *options, const struct kind **kind);

/* How frames of a format get into files of a name: file_fit() is for others. */
enum file_fit kind_fit(const char *suffix, uint32_t fourcc);

/* Which options have an effect on them; file_effects() is for others. */
unsigned kind_effects(const char *suffix, uint32_t fourcc);

/*
 * Describes the pictures of a stream and gets ready to write them. Returns 0; -EOPNOTSUPP if
 * there are none of this format; or -ENOMEM; said.
 */
int kind_create_picture(const struct kind *kind, const struct target *target,
			const struct video_format *format, struct image *image,
			struct picture_writer **picture);

#endif
