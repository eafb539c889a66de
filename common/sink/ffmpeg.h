/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How to make ffmpeg(1) read RAW files. */
#ifndef RAWLINE_FFMPEG_H
#define RAWLINE_FFMPEG_H

#include <stdbool.h>
#include <stdint.h>

struct video_format;

#define FFMPEG_OPTIONS_SIZE 96

/*
 * Writes the options that go before -i, for a file of frames of this format and of so many
 * bytes each. False if ffmpeg can't read it: it lacks the format, or there are gaps between
 * lines or planes, of which its rawvideo knows nothing.
 */
bool ffmpeg_options(const struct video_format *format, uint64_t frame_bytes,
		    char text[static FFMPEG_OPTIONS_SIZE]);

#endif
