// SPDX-License-Identifier: GPL-2.0-or-later
/* What the suffix of a file's name makes of frames: their bytes, or pictures. */
#include "common/sink/kind.h"

#include <errno.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/base/format.h"
#include "common/base/log.h"
#include "common/device/video_format.h"
#include "common/image/image.h"
#include "common/sink/target.h"

/* clang-format off */
#define BYTES          .contents = CONTENTS_BYTES
#define MJPEG          .contents = CONTENTS_MJPEG, \
		       .fourccs = { V4L2_PIX_FMT_MJPEG, V4L2_PIX_FMT_JPEG }
#define STREAM(fourcc) .contents = CONTENTS_STREAM, .fourccs = { fourcc }
#define PICTURE(which) .contents = CONTENTS_PICTURE, .picture = (which)

/* Where a suffix comes twice, the first that takes the frames is meant. */
static const struct kind kinds[] = {
	{ .suffix = ".raw", BYTES },
	{ .suffix = ".bin", BYTES },
	{ .suffix = ".png", PICTURE(PICTURE_PNG), .alone = "a PNG file" },
	{ .suffix = ".dng", PICTURE(PICTURE_DNG), .alone = "a DNG file" },
	{ .suffix = ".ppm", PICTURE(PICTURE_PPM) },
	{ .suffix = ".pgm", PICTURE(PICTURE_PGM) },
	{ .suffix = ".jpg", MJPEG, .alone = "a JPEG file" },
	{ .suffix = ".jpg", PICTURE(PICTURE_JPEG), .alone = "a JPEG file" },
	{ .suffix = ".jpeg", MJPEG, .alone = "a JPEG file" },
	{ .suffix = ".jpeg", PICTURE(PICTURE_JPEG), .alone = "a JPEG file" },
	{ .suffix = ".mjpeg", MJPEG },
	{ .suffix = ".mjpg", MJPEG },
	{ .suffix = ".h264", STREAM(V4L2_PIX_FMT_H264) },
	{ .suffix = ".264", STREAM(V4L2_PIX_FMT_H264) },
	{ .suffix = ".hevc", STREAM(V4L2_PIX_FMT_HEVC) },
	{ .suffix = ".h265", STREAM(V4L2_PIX_FMT_HEVC) },
	{ .suffix = ".265", STREAM(V4L2_PIX_FMT_HEVC) },
	{ .suffix = ".y4m", PICTURE(PICTURE_Y4M) },
};

/* What goes to a name that says nothing. */
static const struct kind bytes_kind = { .suffix = "", BYTES };
static const struct kind mjpeg_kind = { .suffix = "", MJPEG };
/* clang-format on */

static bool takes(const struct kind *kind, uint32_t fourcc)
{
	return !kind->fourccs[0] || fourcc == kind->fourccs[0] || fourcc == kind->fourccs[1];
}

static const struct kind *find_kind(const struct target *target, uint32_t fourcc)
{
	const char *suffix = pattern_suffix(&target->pattern);
	const struct kind *found = NULL;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcasecmp(suffix, kinds[i].suffix))
			continue;
		found = &kinds[i];
		if (takes(found, fourcc))
			break;
	}
	if (found || !target->in_place)
		return found;
	return takes(&mjpeg_kind, fourcc) ? &mjpeg_kind : &bytes_kind;
}

static int refuse_suffix(const struct target *target)
{
	const char *name = target->pattern.text;
	const char *suffix = pattern_suffix(&target->pattern), *before = "";
	char known[160] = "";
	size_t used = 0;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!strcmp(kinds[i].suffix, before))
			continue;
		before = kinds[i].suffix;
		used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s",
					 used ? " " : "", before);
	}
	if (*suffix)
		log_error(target->log, "file-refused",
			  "%s: files that end in %s can't be written, only %s", name,
			  suffix, known);
	else
		log_error(target->log, "file-refused",
			  "%s: which kind of file? Its name is to end in one of %s", name,
			  known);
	return -EOPNOTSUPP;
}

static int refuse_format(const struct kind *kind, const struct target *target,
			 uint32_t fourcc, const char *reason)
{
	char name[FORMAT_NAME_SIZE];

	log_error(target->log, "file-refused", "%s: %s can't be written as %s: %s",
		  target->pattern.text, format_name_text(fourcc, name), kind->suffix,
		  reason);
	return -EOPNOTSUPP;
}

/* Frames that the kind does not take, though the suffix is known. */
static int refuse_stream(const struct kind *kind, const struct target *target, uint32_t fourcc)
{
	char name[FORMAT_NAME_SIZE], reason[FORMAT_NAME_SIZE + 32];

	snprintf(reason, sizeof(reason), "such a file holds %s only",
		 format_name_text(kind->fourccs[0], name));
	return refuse_format(kind, target, fourcc, reason);
}

int kind_choose(const struct target *target, uint32_t fourcc,
		const struct file_options *options, const struct kind **kind)
{
	bool is_split = target->pattern.is_numbered && !target->in_place;

	*kind = find_kind(target, fourcc);
	if (!*kind)
		return refuse_suffix(target);
	if (!takes(*kind, fourcc))
		return refuse_stream(*kind, target, fourcc);
	if (!(*kind)->alone || is_split || options->count == 1)
		return 0;
	log_error(target->log, "file-refused",
		  "%s: %s is one picture: put a # into its name%s", target->pattern.text,
		  (*kind)->alone, options->set ? "" : ", or take --count=1");
	return -EOPNOTSUPP;
}

static const char *why_not(const struct kind *kind, uint32_t fourcc)
{
	const struct format_info *info = format_find(fourcc);

	if (takes(&mjpeg_kind, fourcc))
		return "compressed frames are not decoded; .jpg and .mjpeg take them as they are";
	return info ? picture_why_not(kind->picture, info) : "nothing is known of it";
}

int kind_create_picture(const struct kind *kind, const struct target *target,
			const struct video_format *format, struct image *image,
			struct picture_writer **picture)
{
	const char *reason = why_not(kind, format->fourcc);
	int ret;

	if (reason)
		return refuse_format(kind, target, format->fourcc, reason);
	ret = image_init(image, format);
	if (!ret)
		ret = picture_writer_create(kind->picture, image, picture);
	if (ret == -EINVAL || ret == -EOPNOTSUPP)
		return refuse_format(kind, target, format->fourcc,
				     "this size and layout make no picture");
	if (ret < 0)
		log_error(target->log, "file-failed", "%s can't be written: %s",
			  target->pattern.text, strerror(-ret));
	return ret;
}

/*
 * Roughly what picture_why_not() says for certain, but without opening the library that would
 * convert: it costs more than a short run.
 */
static bool may_be_picture(const struct kind *kind, uint32_t fourcc)
{
	const struct format_info *info = format_find(fourcc);

	if (!info || info->kind == FORMAT_COMPRESSED || info->kind == FORMAT_META)
		return false;
	if (kind->picture == PICTURE_PGM)
		return info->kind == FORMAT_GREY;
	if (kind->picture == PICTURE_DNG)
		return info->kind == FORMAT_BAYER || info->kind == FORMAT_GREY;
	return kind->picture != PICTURE_PPM || info->kind != FORMAT_GREY;
}

enum file_fit kind_fit(const char *suffix, uint32_t fourcc)
{
	enum file_fit fit = FILE_FIT_NONE;
	bool is_known = false;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct kind *kind = &kinds[i];

		if (strcasecmp(suffix, kind->suffix))
			continue;
		is_known = true;
		if (kind->contents != CONTENTS_PICTURE && takes(kind, fourcc))
			return FILE_FIT_AS_IT_IS;
		if (kind->contents == CONTENTS_PICTURE && may_be_picture(kind, fourcc))
			fit = FILE_FIT_CONVERTED;
	}
	return is_known ? fit : FILE_FIT_AS_IT_IS;
}

unsigned kind_effects(const char *suffix, uint32_t fourcc)
{
	const struct format_info *info = format_find(fourcc);
	unsigned effects = 0;

	for (size_t i = 0; info && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct kind *kind = &kinds[i];

		if (strcasecmp(suffix, kind->suffix))
			continue;
		if (kind->contents != CONTENTS_PICTURE && takes(kind, fourcc))
			return 0;
		if (kind->contents != CONTENTS_PICTURE)
			continue;
		if (kind->picture == PICTURE_JPEG)
			effects |= FILE_HAS_QUALITY;
		if (picture_develops(kind->picture, info))
			effects |= FILE_IS_DEVELOPED;
		if (kind->picture != PICTURE_DNG && info->kind == FORMAT_BAYER)
			effects |= FILE_IS_DEMOSAICED;
	}
	return effects;
}
