// SPDX-License-Identifier: GPL-2.0-or-later
/* What a frame can be made of: the formats that the driver knows, as a table. */
#include "test/lab/uvc/kind.h"

#include <string.h>

/* Most are a fourcc of Microsoft's and the same twelve bytes after it. */
#define GUID(a, b, c, d)                                                         \
	{                                                                        \
		a, b, c, d, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71 \
	}
#define GUID_RGB(first)                                                               \
	{                                                                             \
		first, 0xeb, 0x36, 0xe4, 0x4f, 0x52, 0xce, 0x11, 0x9f, 0x53, 0, 0x20, \
			0xaf, 0x0b, 0xa7, 0x70                                        \
	}

/* Room for headers and tables of a compressed frame, whatever its size. */
#define COMPRESSED_EXTRA 65536

static const struct kind kinds[] = {
	{ "YUYV", CLASS_UNCOMPRESSED, LAYOUT_YUYV, 16, GUID('Y', 'U', 'Y', '2') },
	{ "UYVY", CLASS_UNCOMPRESSED, LAYOUT_UYVY, 16, GUID('U', 'Y', 'V', 'Y') },
	{ "NV12", CLASS_UNCOMPRESSED, LAYOUT_NV12, 12, GUID('N', 'V', '1', '2') },
	{ "YU12", CLASS_UNCOMPRESSED, LAYOUT_I420, 12, GUID('I', '4', '2', '0') },
	{ "YV12", CLASS_UNCOMPRESSED, LAYOUT_YV12, 12, GUID('Y', 'V', '1', '2') },
	{ "GREY", CLASS_UNCOMPRESSED, LAYOUT_LUMA8, 8, GUID('Y', '8', '0', '0') },
	{ "Y10", CLASS_UNCOMPRESSED, LAYOUT_LUMA16, 10, GUID('Y', '1', '0', ' ') },
	{ "Y12", CLASS_UNCOMPRESSED, LAYOUT_LUMA16, 12, GUID('Y', '1', '2', ' ') },
	{ "Y16", CLASS_UNCOMPRESSED, LAYOUT_LUMA16, 16, GUID('Y', '1', '6', ' ') },
	{ "BA81", CLASS_UNCOMPRESSED, LAYOUT_LUMA8, 8, GUID('B', 'A', '8', '1') },
	{ "RGGB", CLASS_UNCOMPRESSED, LAYOUT_LUMA8, 8, GUID('R', 'G', 'G', 'B') },
	{ "RGBP", CLASS_UNCOMPRESSED, LAYOUT_RGB565, 16, GUID('R', 'G', 'B', 'P') },
	{ "BGR3", CLASS_UNCOMPRESSED, LAYOUT_BGR24, 24, GUID_RGB(0x7d) },
	{ "BGR4", CLASS_UNCOMPRESSED, LAYOUT_BGR32, 32, GUID_RGB(0x7e) },
	{ "MJPG", CLASS_MJPEG, LAYOUT_JPEG, 0, GUID('M', 'J', 'P', 'G') },
	{ "H264", CLASS_FRAME_BASED, LAYOUT_H264, 0, GUID('H', '2', '6', '4') },
	{ "HEVC", CLASS_FRAME_BASED, LAYOUT_HEVC, 0, GUID('H', 'E', 'V', 'C') },
	/* No driver knows this one. */
	{ "none", CLASS_UNCOMPRESSED, LAYOUT_LUMA8, 8, GUID('?', '?', '?', '?') },
};

const struct kind *kind_find(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

bool kind_compressed(const struct kind *kind)
{
	return kind->class != CLASS_UNCOMPRESSED;
}

unsigned kind_bits_per_pixel(const struct kind *kind)
{
	return kind->layout == LAYOUT_LUMA16 ? 16 : kind->bits;
}

size_t kind_frame_bytes(const struct kind *kind, unsigned width, unsigned height)
{
	size_t pixels = (size_t)width * height;

	if (kind_compressed(kind))
		return pixels * 2 + COMPRESSED_EXTRA;
	return pixels * kind_bits_per_pixel(kind) / 8;
}
