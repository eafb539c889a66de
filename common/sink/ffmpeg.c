// SPDX-License-Identifier: GPL-2.0-or-later
/* How to make ffmpeg(1) read RAW files. */
#include "common/sink/ffmpeg.h"

#include <linux/videodev2.h>
#include <stdio.h>

#include "common/base/format.h"
#include "common/device/video_format.h"

/* What its rawvideo calls a format; NULL if it has no name. */
static const char *ffmpeg_format(uint32_t fourcc)
{
	static const struct {
		uint32_t fourcc;
		const char *name;
	} formats[] = {
		{ V4L2_PIX_FMT_SRGGB8, "bayer_rggb8" },
		{ V4L2_PIX_FMT_SGRBG8, "bayer_grbg8" },
		{ V4L2_PIX_FMT_SGBRG8, "bayer_gbrg8" },
		{ V4L2_PIX_FMT_SBGGR8, "bayer_bggr8" },
		{ V4L2_PIX_FMT_SRGGB16, "bayer_rggb16le" },
		{ V4L2_PIX_FMT_SGRBG16, "bayer_grbg16le" },
		{ V4L2_PIX_FMT_SGBRG16, "bayer_gbrg16le" },
		{ V4L2_PIX_FMT_SBGGR16, "bayer_bggr16le" },
		{ V4L2_PIX_FMT_GREY, "gray" },
		{ V4L2_PIX_FMT_Y10, "gray10le" },
		{ V4L2_PIX_FMT_Y12, "gray12le" },
		{ V4L2_PIX_FMT_Y14, "gray14le" },
		{ V4L2_PIX_FMT_Y16, "gray16le" },
		{ V4L2_PIX_FMT_RGB24, "rgb24" },
		{ V4L2_PIX_FMT_BGR24, "bgr24" },
		{ V4L2_PIX_FMT_ARGB32, "argb" },
		{ V4L2_PIX_FMT_XRGB32, "0rgb" },
		{ V4L2_PIX_FMT_RGB32, "0rgb" },
		{ V4L2_PIX_FMT_ABGR32, "bgra" },
		{ V4L2_PIX_FMT_XBGR32, "bgr0" },
		{ V4L2_PIX_FMT_BGR32, "bgr0" },
		{ V4L2_PIX_FMT_RGBA32, "rgba" },
		{ V4L2_PIX_FMT_RGBX32, "rgb0" },
		{ V4L2_PIX_FMT_BGRA32, "abgr" },
		{ V4L2_PIX_FMT_BGRX32, "0bgr" },
		{ V4L2_PIX_FMT_RGB565, "rgb565le" },
		{ V4L2_PIX_FMT_RGB565X, "rgb565be" },
		{ V4L2_PIX_FMT_YUYV, "yuyv422" },
		{ V4L2_PIX_FMT_YVYU, "yvyu422" },
		{ V4L2_PIX_FMT_UYVY, "uyvy422" },
		{ V4L2_PIX_FMT_NV12, "nv12" },
		{ V4L2_PIX_FMT_NV12M, "nv12" },
		{ V4L2_PIX_FMT_NV21, "nv21" },
		{ V4L2_PIX_FMT_NV21M, "nv21" },
		{ V4L2_PIX_FMT_NV16, "nv16" },
		{ V4L2_PIX_FMT_NV16M, "nv16" },
		{ V4L2_PIX_FMT_NV24, "nv24" },
		{ V4L2_PIX_FMT_NV42, "nv42" },
		{ V4L2_PIX_FMT_YUV420, "yuv420p" },
		{ V4L2_PIX_FMT_YUV420M, "yuv420p" },
		{ V4L2_PIX_FMT_YUV422P, "yuv422p" },
		{ V4L2_PIX_FMT_YUV422M, "yuv422p" },
		{ V4L2_PIX_FMT_YUV444M, "yuv444p" },
	};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (formats[i].fourcc == fourcc)
			return formats[i].name;
	return NULL;
}

/* The demuxer for frames that have their own headers; NULL: it is rawvideo's. */
static const char *ffmpeg_demuxer(uint32_t fourcc)
{
	switch (fourcc) {
	case V4L2_PIX_FMT_MJPEG:
	case V4L2_PIX_FMT_JPEG:
		return "mjpeg";
	case V4L2_PIX_FMT_H264:
		return "h264";
	case V4L2_PIX_FMT_HEVC:
		return "hevc";
	default:
		return NULL;
	}
}

static bool is_tight(const struct video_format *format, uint64_t frame_bytes)
{
	const struct format_info *info = format_find(format->fourcc);

	for (unsigned i = 0; info && i < format->num_planes; i++)
		if (format->stride_bytes[i] != format_stride_bytes(info, i, format->width))
			return false;
	return info &&
	       frame_bytes == format_image_bytes(info, 0, format->width, format->height);
}

bool ffmpeg_options(const struct video_format *format, uint64_t frame_bytes,
		    char text[static FFMPEG_OPTIONS_SIZE])
{
	const char *demuxer = ffmpeg_demuxer(format->fourcc);
	const char *name = ffmpeg_format(format->fourcc);

	if (demuxer) {
		snprintf(text, FFMPEG_OPTIONS_SIZE, "-f %s", demuxer);
		return true;
	}
	if (!name || !is_tight(format, frame_bytes))
		return false;
	snprintf(text, FFMPEG_OPTIONS_SIZE, "-f rawvideo -pixel_format %s -video_size %ux%u",
		 name, format->width, format->height);
	return true;
}
