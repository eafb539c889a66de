// SPDX-License-Identifier: GPL-2.0-or-later
/* What the suffix of a file's name makes of frames: bytes as they are, or pictures. */
#include "common/sink/kind.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "common/base/format.h"
#include "common/base/log.h"
#include "common/device/video_format.h"
#include "common/image/image.h"
#include "common/sink/target.h"

static const struct kind kinds[] = {
	{ .suffix = ".raw" },
	{ .suffix = ".bin" },
	{ .suffix = ".png", .is_picture = true, .picture = PICTURE_PNG },
	{ .suffix = ".ppm", .is_picture = true, .picture = PICTURE_PPM },
	{ .suffix = ".pgm", .is_picture = true, .picture = PICTURE_PGM },
};

static const struct kind *find_kind(const struct target *target)
{
	const char *suffix = pattern_suffix(&target->pattern);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcasecmp(suffix, kinds[i].suffix))
			return &kinds[i];
	return target->in_place ? &kinds[0] : NULL;
}

static int refuse_suffix(const struct target *target)
{
	const char *name = target->pattern.text;
	const char *suffix = pattern_suffix(&target->pattern);
	char known[64] = "";

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		strcat(known, i ? " " : "");
		strcat(known, kinds[i].suffix);
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

int kind_choose(const struct target *target, uint64_t count, const struct kind **kind)
{
	bool is_split = target->pattern.is_numbered && !target->in_place;

	*kind = find_kind(target);
	if (!*kind)
		return refuse_suffix(target);
	if (!(*kind)->is_picture || (*kind)->picture != PICTURE_PNG || is_split || count == 1)
		return 0;
	log_error(target->log, "file-refused",
		  "%s: a PNG file is one picture: put a # into its name, or take --count=1",
		  target->pattern.text);
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

int kind_create_picture(const struct kind *kind, const struct target *target,
			const struct video_format *format, struct image *image,
			struct picture_writer **picture)
{
	const struct format_info *info = format_find(format->fourcc);
	const char *reason;
	int ret;

	reason = info ? picture_why_not(kind->picture, info) : "nothing is known of it";
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
