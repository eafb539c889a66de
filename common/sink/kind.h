/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the suffix of a file's name makes of frames: bytes as they are, or pictures. */
#ifndef RAWLINE_KIND_H
#define RAWLINE_KIND_H

#include <stdbool.h>
#include <stdint.h>

#include "common/image/picture.h"

struct image;
struct target;
struct video_format;

struct kind {
	const char *suffix;
	bool is_picture;
	enum picture_kind picture;
};

/*
 * Finds the kind of a target's files. Letters of the suffix may be of either case; what is
 * written in place may have any other name and is RAW then. count is how many frames will
 * come, 0 if nobody knows: PNG pictures can't follow one another in one file.
 * Returns 0, or -EOPNOTSUPP after saying why not.
 */
int kind_choose(const struct target *target, uint64_t count, const struct kind **kind);

/*
 * Describes the pictures of a stream and gets ready to write them. Returns 0; -EOPNOTSUPP if
 * there are none of this format; or -ENOMEM; said.
 */
int kind_create_picture(const struct kind *kind, const struct target *target,
			const struct video_format *format, struct image *image,
			struct picture_writer **picture);

#endif
