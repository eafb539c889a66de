// SPDX-License-Identifier: GPL-2.0-or-later
/* Pixel formats and media bus codes: tables of names, planes, packing and sizes. */
#include "common/base/format.h"

#include <drm_fourcc.h>
#include <inttypes.h>
#include <linux/media-bus-format.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define BIG_ENDIAN_FLAG (UINT32_C(1) << 31) /* v4l2_fourcc_be() */

/* Younger than the kernel headers of Debian 12 (6.1). */
#ifndef V4L2_PIX_FMT_Y12P
#define V4L2_PIX_FMT_Y12P v4l2_fourcc('Y', '1', '2', 'P')
#endif
#ifndef V4L2_PIX_FMT_Y14P
#define V4L2_PIX_FMT_Y14P v4l2_fourcc('Y', '1', '4', 'P')
#endif
#ifndef V4L2_PIX_FMT_BGR48
#define V4L2_PIX_FMT_BGR48 v4l2_fourcc('B', 'G', 'R', '6')
#endif
#ifndef V4L2_PIX_FMT_RGB48
#define V4L2_PIX_FMT_RGB48 v4l2_fourcc('R', 'G', 'B', '6')
#endif
#ifndef V4L2_PIX_FMT_PISP_COMP1_RGGB
#define V4L2_PIX_FMT_PISP_COMP1_RGGB v4l2_fourcc('P', 'C', '1', 'R')
#define V4L2_PIX_FMT_PISP_COMP1_GRBG v4l2_fourcc('P', 'C', '1', 'G')
#define V4L2_PIX_FMT_PISP_COMP1_GBRG v4l2_fourcc('P', 'C', '1', 'g')
#define V4L2_PIX_FMT_PISP_COMP1_BGGR v4l2_fourcc('P', 'C', '1', 'B')
#define V4L2_PIX_FMT_PISP_COMP1_MONO v4l2_fourcc('P', 'C', '1', 'M')
#endif
#ifndef V4L2_META_FMT_RK_ISP1_EXT_PARAMS
#define V4L2_META_FMT_RK_ISP1_EXT_PARAMS v4l2_fourcc('R', 'K', '1', 'E')
#endif
#ifndef V4L2_META_FMT_RPI_BE_CFG
#define V4L2_META_FMT_RPI_BE_CFG v4l2_fourcc('R', 'P', 'B', 'C')
#endif
#ifndef V4L2_META_FMT_RPI_FE_CFG
#define V4L2_META_FMT_RPI_FE_CFG v4l2_fourcc('R', 'P', 'F', 'C')
#endif
#ifndef V4L2_META_FMT_RPI_FE_STATS
#define V4L2_META_FMT_RPI_FE_STATS v4l2_fourcc('R', 'P', 'F', 'S')
#endif
#ifndef V4L2_META_FMT_GENERIC_8
#define V4L2_META_FMT_GENERIC_8       v4l2_fourcc('M', 'E', 'T', '8')
#define V4L2_META_FMT_GENERIC_CSI2_10 v4l2_fourcc('M', 'C', '1', 'A')
#define V4L2_META_FMT_GENERIC_CSI2_12 v4l2_fourcc('M', 'C', '1', 'C')
#define V4L2_META_FMT_GENERIC_CSI2_14 v4l2_fourcc('M', 'C', '1', 'E')
#endif
#ifndef MEDIA_BUS_FMT_Y16_1X16
#define MEDIA_BUS_FMT_Y16_1X16 0x202e
#endif
#ifndef MEDIA_BUS_FMT_META_8
#define MEDIA_BUS_FMT_META_8  0x8001
#define MEDIA_BUS_FMT_META_10 0x8002
#define MEDIA_BUS_FMT_META_12 0x8003
#define MEDIA_BUS_FMT_META_14 0x8004
#endif

/* In a staging driver's header, which is not installed. */
#ifndef V4L2_META_FMT_IPU3_PARAMS
#define V4L2_META_FMT_IPU3_PARAMS  v4l2_fourcc('i', 'p', '3', 'p')
#define V4L2_META_FMT_IPU3_STAT_3A v4l2_fourcc('i', 'p', '3', 's')
#endif

/* Only in Raspberry Pi's own kernels. */
#ifndef V4L2_META_FMT_SENSOR_DATA
#define V4L2_META_FMT_SENSOR_DATA v4l2_fourcc('S', 'E', 'N', 'S')
#endif
#ifndef V4L2_META_FMT_BCM2835_ISP_STATS
#define V4L2_META_FMT_BCM2835_ISP_STATS v4l2_fourcc('B', 'S', 'T', 'A')
#endif
#ifndef MEDIA_BUS_FMT_SENSOR_DATA
#define MEDIA_BUS_FMT_SENSOR_DATA 0x7002
#endif

/* clang-format off */

#define ONE_PLANE(bytes, pixels) \
	.memory_planes = 1, .color_planes = 1, .planes = { { bytes, pixels, 1 } }

/* The four orders of one kind of RAW; what is pasted around the order makes the names. */
#define BAYER_ORDER(fourcc_, code, name_, order_, packing_, bits_, bytes, pixels) \
	{ .fourcc = fourcc_, .mbus_code = code, .name = name_, .kind = FORMAT_BAYER, \
	  .packing = PACKING_##packing_, .order = ORDER_##order_, .bits = bits_, \
	  ONE_PLANE(bytes, pixels) }
#define BAYER(before, behind, code_behind, name_before, name_behind, ...) \
	BAYER_ORDER(before##RGGB##behind, MEDIA_BUS_FMT_SRGGB##code_behind, \
		    name_before "RGGB" name_behind, RGGB, __VA_ARGS__), \
	BAYER_ORDER(before##GRBG##behind, MEDIA_BUS_FMT_SGRBG##code_behind, \
		    name_before "GRBG" name_behind, GRBG, __VA_ARGS__), \
	BAYER_ORDER(before##GBRG##behind, MEDIA_BUS_FMT_SGBRG##code_behind, \
		    name_before "GBRG" name_behind, GBRG, __VA_ARGS__), \
	BAYER_ORDER(before##BGGR##behind, MEDIA_BUS_FMT_SBGGR##code_behind, \
		    name_before "BGGR" name_behind, BGGR, __VA_ARGS__)

#define GREY(fourcc_, drm, code, name_, packing_, bits_, bytes, pixels) \
	{ .fourcc = fourcc_, .drm_fourcc = drm, .mbus_code = code, .name = name_, \
	  .kind = FORMAT_GREY, .packing = PACKING_##packing_, .bits = bits_, \
	  ONE_PLANE(bytes, pixels) }
#define RGB(v4l2, drm, code, name_, bits_, bytes) \
	{ .fourcc = V4L2_PIX_FMT_##v4l2, .drm_fourcc = drm, .mbus_code = code, .name = name_, \
	  .kind = FORMAT_RGB, .bits = bits_, ONE_PLANE(bytes, 1) }

#define YUV(v4l2, drm, code, name_, memory, color, ...) \
	{ .fourcc = V4L2_PIX_FMT_##v4l2, .drm_fourcc = DRM_FORMAT_##drm, .mbus_code = code, \
	  .name = name_, .kind = FORMAT_YUV, .bits = 8, .memory_planes = memory, \
	  .color_planes = color, .planes = { __VA_ARGS__ } }
#define PACKED_422    { 4, 2, 1 }
#define SEMI_PLANAR(horizontal, vertical) { 1, 1, 1 }, { 2, horizontal, vertical }
#define PLANAR(horizontal, vertical) \
	{ 1, 1, 1 }, { 1, horizontal, vertical }, { 1, horizontal, vertical }

#define OPAQUE(fourcc_, code, name_, kind_) \
	{ .fourcc = fourcc_, .mbus_code = code, .name = name_, .kind = FORMAT_##kind_, \
	  .memory_planes = 1 }
#define COMPRESSED(v4l2, code, name) OPAQUE(V4L2_PIX_FMT_##v4l2, code, name, COMPRESSED)
#define META(v4l2, code) OPAQUE(V4L2_META_FMT_##v4l2, code, "META_" #v4l2, META)

#define CODE(name) MEDIA_BUS_FMT_##name
#define DRM(name) DRM_FORMAT_##name

/*
 * Names are libcamera's where it has one; else V4L2's macro, with M for "planes in memories
 * of their own". Mind that V4L2 names RGB by the bytes in memory, DRM and libcamera from
 * the top of a little-endian word, so the same bytes are RGB24 there and BGR888 here.
 *
 * Within a bus code the plain form comes first: that is what format_parse() answers with.
 */
static const struct format_info formats[] = {
	BAYER(V4L2_PIX_FMT_S, 8,          8_1X8,         "S", "8",           PLAIN,  8, 1, 1),
	BAYER(V4L2_PIX_FMT_S, 10,         10_1X10,       "S", "10",          PLAIN, 10, 2, 1),
	BAYER(V4L2_PIX_FMT_S, 12,         12_1X12,       "S", "12",          PLAIN, 12, 2, 1),
	BAYER(V4L2_PIX_FMT_S, 14,         14_1X14,       "S", "14",          PLAIN, 14, 2, 1),
	BAYER(V4L2_PIX_FMT_S, 16,         16_1X16,       "S", "16",          PLAIN, 16, 2, 1),
	BAYER(V4L2_PIX_FMT_S, 10P,        10_1X10,       "S", "10_CSI2P",    CSI2,  10, 5, 4),
	BAYER(V4L2_PIX_FMT_S, 12P,        12_1X12,       "S", "12_CSI2P",    CSI2,  12, 3, 2),
	BAYER(V4L2_PIX_FMT_S, 14P,        14_1X14,       "S", "14_CSI2P",    CSI2,  14, 7, 4),
	BAYER(V4L2_PIX_FMT_IPU3_S, 10,    10_1X10,       "S", "10_IPU3",     IPU3,  10, 32, 25),
	BAYER(V4L2_PIX_FMT_PISP_COMP1_, , 16_1X16,       "",  "_PISP_COMP1", PISP,  16, 8, 8),
	BAYER(V4L2_PIX_FMT_S, 10ALAW8,    10_ALAW8_1X8,  "S", "10_ALAW8",    ALAW,  10, 1, 1),
	BAYER(V4L2_PIX_FMT_S, 10DPCM8,    10_DPCM8_1X8,  "S", "10_DPCM8",    DPCM,  10, 1, 1),

	GREY(V4L2_PIX_FMT_GREY,     DRM(R8),  CODE(Y8_1X8),   "R8",        PLAIN,  8, 1, 1),
	GREY(V4L2_PIX_FMT_Y10,      DRM(R10), CODE(Y10_1X10), "R10",       PLAIN, 10, 2, 1),
	GREY(V4L2_PIX_FMT_Y12,      DRM(R12), CODE(Y12_1X12), "R12",       PLAIN, 12, 2, 1),
	GREY(V4L2_PIX_FMT_Y14,      0,        CODE(Y14_1X14), "R14",       PLAIN, 14, 2, 1),
	GREY(V4L2_PIX_FMT_Y16,      DRM(R16), CODE(Y16_1X16), "R16",       PLAIN, 16, 2, 1),
	GREY(V4L2_PIX_FMT_Y10P,     0,        CODE(Y10_1X10), "R10_CSI2P", CSI2,  10, 5, 4),
	GREY(V4L2_PIX_FMT_Y12P,     0,        CODE(Y12_1X12), "R12_CSI2P", CSI2,  12, 3, 2),
	GREY(V4L2_PIX_FMT_Y14P,     0,        CODE(Y14_1X14), "R14_CSI2P", CSI2,  14, 7, 4),
	GREY(V4L2_PIX_FMT_IPU3_Y10, 0,        CODE(Y10_1X10), "R10_IPU3",  IPU3,  10, 32, 25),
	GREY(V4L2_PIX_FMT_PISP_COMP1_MONO, 0, CODE(Y16_1X16), "MONO_PISP_COMP1", PISP, 16, 8, 8),
	GREY(V4L2_PIX_FMT_Y16_BE,   DRM(R16) | DRM_FORMAT_BIG_ENDIAN, 0, "R16_BE", PLAIN, 16, 2, 1),
	/* Depth cameras: two pictures side by side in each pixel, distances, confidence. */
	GREY(V4L2_PIX_FMT_Y8I,      0, 0, "Y8I",  PLAIN,  8, 2, 1),
	GREY(V4L2_PIX_FMT_Y12I,     0, 0, "Y12I", PLAIN, 12, 3, 1),
	GREY(V4L2_PIX_FMT_Z16,      0, 0, "Z16",  PLAIN, 16, 2, 1),
	GREY(V4L2_PIX_FMT_CNF4,     0, 0, "CNF4", PLAIN,  4, 1, 2),
	{ .fourcc = V4L2_PIX_FMT_INZI, .name = "INZI", .kind = FORMAT_GREY, .bits = 16,
	  .memory_planes = 1, .color_planes = 2, .planes = { { 2, 1, 1 }, { 2, 1, 1 } } },

	/* On the bus RGB888 and BGR888 become what vimc and unicam make of them. */
	RGB(RGB24,    DRM(BGR888),      CODE(RGB888_1X24),      "BGR888",     8, 3),
	RGB(BGR24,    DRM(RGB888),      CODE(BGR888_1X24),      "RGB888",     8, 3),
	RGB(ARGB32,   DRM(BGRA8888),    CODE(ARGB8888_1X32),    "BGRA8888",   8, 4),
	RGB(XRGB32,   DRM(BGRX8888),    0,                      "BGRX8888",   8, 4),
	RGB(ABGR32,   DRM(ARGB8888),    0,                      "ARGB8888",   8, 4),
	RGB(XBGR32,   DRM(XRGB8888),    0,                      "XRGB8888",   8, 4),
	RGB(RGBA32,   DRM(ABGR8888),    0,                      "ABGR8888",   8, 4),
	RGB(RGBX32,   DRM(XBGR8888),    0,                      "XBGR8888",   8, 4),
	RGB(BGRA32,   DRM(RGBA8888),    0,                      "RGBA8888",   8, 4),
	RGB(BGRX32,   DRM(RGBX8888),    0,                      "RGBX8888",   8, 4),
	RGB(RGB32,    DRM(BGRX8888),    0,                      "RGB32",      8, 4),
	RGB(BGR32,    DRM(XRGB8888),    0,                      "BGR32",      8, 4),
	RGB(RGB48,    0,                CODE(RGB161616_1X48),   "BGR161616", 16, 6),
	RGB(BGR48,    0,                0,                      "RGB161616", 16, 6),
	RGB(RGB565,   DRM(RGB565),      CODE(RGB565_1X16),      "RGB565",     5, 2),
	RGB(RGB565X,  DRM(RGB565) | DRM_FORMAT_BIG_ENDIAN,   0, "RGB565_BE",  5, 2),
	RGB(RGB555,   DRM(XRGB1555),    0,                      "RGB555",     5, 2),
	RGB(RGB555X,  DRM(XRGB1555) | DRM_FORMAT_BIG_ENDIAN, 0, "RGB555X",    5, 2),
	RGB(ARGB555,  DRM(ARGB1555),    0,                      "ARGB1555",   5, 2),
	RGB(XRGB555,  DRM(XRGB1555),    0,                      "XRGB1555",   5, 2),
	RGB(ARGB444,  DRM(ARGB4444),    0,                      "ARGB4444",   4, 2),
	RGB(XRGB444,  DRM(XRGB4444),    0,                      "XRGB4444",   4, 2),

	YUV(YUYV,    YUYV,   CODE(YUYV8_1X16), "YUYV",    1, 1, PACKED_422),
	YUV(YVYU,    YVYU,   CODE(YVYU8_1X16), "YVYU",    1, 1, PACKED_422),
	YUV(UYVY,    UYVY,   CODE(UYVY8_1X16), "UYVY",    1, 1, PACKED_422),
	YUV(VYUY,    VYUY,   CODE(VYUY8_1X16), "VYUY",    1, 1, PACKED_422),
	YUV(NV12,    NV12,   0, "NV12",    1, 2, SEMI_PLANAR(2, 2)),
	YUV(NV21,    NV21,   0, "NV21",    1, 2, SEMI_PLANAR(2, 2)),
	YUV(NV16,    NV16,   0, "NV16",    1, 2, SEMI_PLANAR(2, 1)),
	YUV(NV61,    NV61,   0, "NV61",    1, 2, SEMI_PLANAR(2, 1)),
	YUV(NV24,    NV24,   0, "NV24",    1, 2, SEMI_PLANAR(1, 1)),
	YUV(NV42,    NV42,   0, "NV42",    1, 2, SEMI_PLANAR(1, 1)),
	YUV(NV12M,   NV12,   0, "NV12M",   2, 2, SEMI_PLANAR(2, 2)),
	YUV(NV21M,   NV21,   0, "NV21M",   2, 2, SEMI_PLANAR(2, 2)),
	YUV(NV16M,   NV16,   0, "NV16M",   2, 2, SEMI_PLANAR(2, 1)),
	YUV(NV61M,   NV61,   0, "NV61M",   2, 2, SEMI_PLANAR(2, 1)),
	/* Two lines of Y, then one of UV, and so on: sizes as NV12, order of lines not. */
	YUV(M420,    INVALID, 0, "M420",   1, 2, SEMI_PLANAR(2, 2)),
	YUV(YUV410,  YUV410, 0, "YUV410",  1, 3, PLANAR(4, 4)),
	YUV(YVU410,  YVU410, 0, "YVU410",  1, 3, PLANAR(4, 4)),
	YUV(YUV411P, YUV411, 0, "YUV411",  1, 3, PLANAR(4, 1)),
	YUV(YUV420,  YUV420, 0, "YUV420",  1, 3, PLANAR(2, 2)),
	YUV(YVU420,  YVU420, 0, "YVU420",  1, 3, PLANAR(2, 2)),
	YUV(YUV422P, YUV422, 0, "YUV422",  1, 3, PLANAR(2, 1)),
	YUV(YUV420M, YUV420, 0, "YUV420M", 3, 3, PLANAR(2, 2)),
	YUV(YVU420M, YVU420, 0, "YVU420M", 3, 3, PLANAR(2, 2)),
	YUV(YUV422M, YUV422, 0, "YUV422M", 3, 3, PLANAR(2, 1)),
	YUV(YVU422M, YVU422, 0, "YVU422M", 3, 3, PLANAR(2, 1)),
	YUV(YUV444M, YUV444, 0, "YUV444M", 3, 3, PLANAR(1, 1)),
	YUV(YVU444M, YVU444, 0, "YVU444M", 3, 3, PLANAR(1, 1)),

	COMPRESSED(MJPEG, 0,              "MJPEG"),
	COMPRESSED(JPEG,  CODE(JPEG_1X8), "JPEG"),
	COMPRESSED(H264,  0,              "H264"),
	COMPRESSED(HEVC,  0,              "HEVC"),

	META(UVC, 0),
	META(D4XX, 0),
	META(IPU3_PARAMS, 0),
	META(IPU3_STAT_3A, 0),
	META(RK_ISP1_PARAMS, 0),
	META(RK_ISP1_EXT_PARAMS, 0),
	META(RK_ISP1_STAT_3A, 0),
	META(BCM2835_ISP_STATS, 0),
	META(RPI_BE_CFG, 0),
	META(RPI_FE_CFG, 0),
	META(RPI_FE_STATS, 0),
	META(SENSOR_DATA, CODE(SENSOR_DATA)),
	META(GENERIC_8, CODE(META_8)),
	META(GENERIC_CSI2_10, CODE(META_10)),
	META(GENERIC_CSI2_12, CODE(META_12)),
	META(GENERIC_CSI2_14, CODE(META_14)),
	META(VIVID, 0),
};

#define MBUS(name_, kind_, bits_) \
	{ .code = CODE(name_), .name = #name_, .kind = FORMAT_##kind_, .bits = bits_ }
#define MBUS_ORDER(name_, order_, bits_) \
	{ .code = CODE(name_), .name = #name_, .kind = FORMAT_BAYER, .order = ORDER_##order_, \
	  .bits = bits_ }
#define MBUS_BAYER(behind, bits) \
	MBUS_ORDER(SRGGB##behind, RGGB, bits), MBUS_ORDER(SGRBG##behind, GRBG, bits), \
	MBUS_ORDER(SGBRG##behind, GBRG, bits), MBUS_ORDER(SBGGR##behind, BGGR, bits)

static const struct mbus_info mbus_codes[] = {
	MBUS_BAYER(8_1X8, 8),
	MBUS_BAYER(10_1X10, 10),
	MBUS_BAYER(12_1X12, 12),
	MBUS_BAYER(14_1X14, 14),
	MBUS_BAYER(16_1X16, 16),
	MBUS_BAYER(10_ALAW8_1X8, 10),
	MBUS_BAYER(10_DPCM8_1X8, 10),
	MBUS_ORDER(SBGGR10_2X8_PADHI_BE, BGGR, 10),
	MBUS_ORDER(SBGGR10_2X8_PADHI_LE, BGGR, 10),
	MBUS_ORDER(SBGGR10_2X8_PADLO_BE, BGGR, 10),
	MBUS_ORDER(SBGGR10_2X8_PADLO_LE, BGGR, 10),
	MBUS(Y8_1X8, GREY, 8),
	MBUS(Y10_1X10, GREY, 10),
	MBUS(Y12_1X12, GREY, 12),
	MBUS(Y14_1X14, GREY, 14),
	MBUS(Y16_1X16, GREY, 16),
	MBUS(RGB444_1X12, RGB, 4),
	MBUS(RGB444_2X8_PADHI_BE, RGB, 4),
	MBUS(RGB444_2X8_PADHI_LE, RGB, 4),
	MBUS(RGB555_2X8_PADHI_BE, RGB, 5),
	MBUS(RGB555_2X8_PADHI_LE, RGB, 5),
	MBUS(RGB565_1X16, RGB, 5),
	MBUS(BGR565_2X8_BE, RGB, 5),
	MBUS(BGR565_2X8_LE, RGB, 5),
	MBUS(RGB565_2X8_BE, RGB, 5),
	MBUS(RGB565_2X8_LE, RGB, 5),
	MBUS(RGB666_1X18, RGB, 6),
	MBUS(RBG888_1X24, RGB, 8),
	MBUS(RGB666_1X24_CPADHI, RGB, 6),
	MBUS(BGR888_1X24, RGB, 8),
	MBUS(BGR888_3X8, RGB, 8),
	MBUS(GBR888_1X24, RGB, 8),
	MBUS(RGB888_1X24, RGB, 8),
	MBUS(RGB888_2X12_BE, RGB, 8),
	MBUS(RGB888_2X12_LE, RGB, 8),
	MBUS(RGB888_3X8, RGB, 8),
	MBUS(RGB666_1X7X3_SPWG, RGB, 6),
	MBUS(RGB888_1X7X4_SPWG, RGB, 8),
	MBUS(RGB888_1X7X4_JEIDA, RGB, 8),
	MBUS(ARGB8888_1X32, RGB, 8),
	MBUS(RGB888_1X32_PADHI, RGB, 8),
	MBUS(RGB101010_1X30, RGB, 10),
	MBUS(RGB121212_1X36, RGB, 12),
	MBUS(RGB161616_1X48, RGB, 16),
	MBUS(UV8_1X8, YUV, 8),
	MBUS(UYVY8_1_5X8, YUV, 8),
	MBUS(VYUY8_1_5X8, YUV, 8),
	MBUS(YUYV8_1_5X8, YUV, 8),
	MBUS(YVYU8_1_5X8, YUV, 8),
	MBUS(UYVY8_2X8, YUV, 8),
	MBUS(VYUY8_2X8, YUV, 8),
	MBUS(YUYV8_2X8, YUV, 8),
	MBUS(YVYU8_2X8, YUV, 8),
	MBUS(UYVY8_1X16, YUV, 8),
	MBUS(VYUY8_1X16, YUV, 8),
	MBUS(YUYV8_1X16, YUV, 8),
	MBUS(YVYU8_1X16, YUV, 8),
	MBUS(YDYUYDYV8_1X16, YUV, 8),
	MBUS(UYVY10_2X10, YUV, 10),
	MBUS(VYUY10_2X10, YUV, 10),
	MBUS(YUYV10_2X10, YUV, 10),
	MBUS(YVYU10_2X10, YUV, 10),
	MBUS(UYVY10_1X20, YUV, 10),
	MBUS(VYUY10_1X20, YUV, 10),
	MBUS(YUYV10_1X20, YUV, 10),
	MBUS(YVYU10_1X20, YUV, 10),
	MBUS(VUY8_1X24, YUV, 8),
	MBUS(YUV8_1X24, YUV, 8),
	MBUS(UYVY12_2X12, YUV, 12),
	MBUS(VYUY12_2X12, YUV, 12),
	MBUS(YUYV12_2X12, YUV, 12),
	MBUS(YVYU12_2X12, YUV, 12),
	MBUS(UYVY12_1X24, YUV, 12),
	MBUS(VYUY12_1X24, YUV, 12),
	MBUS(YUYV12_1X24, YUV, 12),
	MBUS(YVYU12_1X24, YUV, 12),
	MBUS(YUV10_1X30, YUV, 10),
	MBUS(AYUV8_1X32, YUV, 8),
	MBUS(YUV12_1X36, YUV, 12),
	MBUS(YUV16_1X48, YUV, 16),
	MBUS(JPEG_1X8, COMPRESSED, 0),
	/* "Ask the other side": the ImgU uses it on every pad. */
	MBUS(FIXED, META, 0),
	MBUS(METADATA_FIXED, META, 0),
	MBUS(SENSOR_DATA, META, 0),
	MBUS(META_8, META, 8),
	MBUS(META_10, META, 10),
	MBUS(META_12, META, 12),
	MBUS(META_14, META, 14),
};
/* clang-format on */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const struct format_info *format_at(size_t index)
{
	return index < COUNT(formats) ? &formats[index] : NULL;
}

const struct format_info *format_find(uint32_t fourcc)
{
	for (size_t i = 0; i < COUNT(formats); i++)
		if (formats[i].fourcc == fourcc)
			return &formats[i];
	return NULL;
}

const struct mbus_info *mbus_find(uint32_t code)
{
	for (size_t i = 0; i < COUNT(mbus_codes); i++)
		if (mbus_codes[i].code == code)
			return &mbus_codes[i];
	return NULL;
}

/* A PiSP widens samples to 16 bits before it compresses them: any RAW in that order will do. */
static const struct format_info *find_pisp(uint32_t code)
{
	const struct format_info *plain = format_from_mbus(code, PACKING_PLAIN);
	const struct format_info *info;

	for (info = formats; plain && info < formats + COUNT(formats); info++)
		if (info->packing == PACKING_PISP && info->kind == plain->kind &&
		    info->order == plain->order)
			return info;
	return NULL;
}

const struct format_info *format_from_mbus(uint32_t code, enum format_packing packing)
{
	const struct format_info *info;

	if (!code)
		return NULL;
	if (packing == PACKING_PISP)
		return find_pisp(code);
	for (info = formats; info < formats + COUNT(formats); info++) {
		if (info->mbus_code != code)
			continue;
		if (info->packing == packing)
			return info;
		/* A packed line of bytes is a line of bytes. */
		if (info->bits == 8 && packing == PACKING_CSI2)
			return info;
	}
	return NULL;
}

/* Reads "RG10", "Y10" for "Y10 ", "Y16 -BE". Returns 0 if it can't be one. */
static uint32_t parse_fourcc(const char *name)
{
	static const char suffix[] = "-BE";
	size_t length = strlen(name);
	uint32_t fourcc = 0;

	if (length > strlen(suffix) && !strcmp(name + length - strlen(suffix), suffix)) {
		fourcc = BIG_ENDIAN_FLAG;
		length -= strlen(suffix);
	}
	if (length > 4)
		return 0;
	for (size_t i = 0; i < 4; i++)
		fourcc |= (uint32_t)(uint8_t)(i < length ? name[i] : ' ') << 8 * i;
	return fourcc;
}

const struct format_info *format_parse(const char *name)
{
	const struct format_info *info;
	const struct mbus_info *bus;

	info = format_find(parse_fourcc(name));
	if (info)
		return info;
	for (info = formats; info < formats + COUNT(formats); info++)
		if (!strcasecmp(info->name, name))
			return info;
	bus = mbus_parse(name);
	for (info = formats; bus && info < formats + COUNT(formats); info++)
		if (info->mbus_code == bus->code)
			return info;
	return NULL;
}

const struct mbus_info *mbus_parse(const char *name)
{
	for (size_t i = 0; i < COUNT(mbus_codes); i++)
		if (!strcasecmp(mbus_codes[i].name, name))
			return &mbus_codes[i];
	return NULL;
}

const char *format_fourcc_text(uint32_t fourcc, char text[static FORMAT_FOURCC_SIZE])
{
	uint32_t rest = fourcc & ~BIG_ENDIAN_FLAG;
	size_t used = 0;
	unsigned byte;

	for (int i = 0; i < 4; i++, rest >>= 8) {
		byte = rest & 0xff;
		if (byte >= ' ' && byte <= '~')
			text[used++] = (char)byte;
		else
			used += (size_t)snprintf(text + used, 5, "\\x%02x", byte);
	}
	strcpy(text + used, fourcc & BIG_ENDIAN_FLAG ? "-BE" : "");
	return text;
}

const char *format_name_text(uint32_t fourcc, char text[static FORMAT_NAME_SIZE])
{
	const struct format_info *info = format_find(fourcc);
	char code[FORMAT_FOURCC_SIZE];
	size_t length;

	format_fourcc_text(fourcc, code);
	for (length = strlen(code); length && code[length - 1] == ' '; length--)
		code[length - 1] = '\0';
	if (info && strcmp(info->name, code) != 0)
		snprintf(text, FORMAT_NAME_SIZE, "%s (%s)", code, info->name);
	else
		snprintf(text, FORMAT_NAME_SIZE, "%s", code);
	return text;
}

const char *mbus_name_text(uint32_t code, char text[static FORMAT_NAME_SIZE])
{
	const struct mbus_info *info = mbus_find(code);

	if (info)
		snprintf(text, FORMAT_NAME_SIZE, "%s", info->name);
	else
		snprintf(text, FORMAT_NAME_SIZE, "0x%04" PRIx32, code);
	return text;
}

uint32_t format_stride_bytes(const struct format_info *info, unsigned plane, uint32_t width)
{
	const struct format_plane *layout;
	uint64_t bytes;

	if (plane >= info->color_planes)
		return 0;
	layout = &info->planes[plane];
	bytes = ((uint64_t)width + layout->group_pixels - 1) / layout->group_pixels *
		layout->group_bytes;
	return bytes <= UINT32_MAX ? (uint32_t)bytes : 0;
}

uint32_t format_lines(const struct format_info *info, unsigned plane, uint32_t height)
{
	unsigned vertical;

	if (plane >= info->color_planes)
		return 0;
	vertical = info->planes[plane].vertical;
	return (uint32_t)(((uint64_t)height + vertical - 1) / vertical);
}

uint32_t format_plane_stride(const struct format_info *info, unsigned plane,
			     uint32_t stride_bytes, uint32_t width)
{
	const struct format_plane *first = &info->planes[0];
	uint32_t least = format_stride_bytes(info, plane, width);
	uint64_t numerator, denominator, stride;

	if (!least || stride_bytes < format_stride_bytes(info, 0, width))
		return 0;
	numerator = (uint64_t)info->planes[plane].group_bytes * first->group_pixels;
	denominator = (uint64_t)info->planes[plane].group_pixels * first->group_bytes;
	stride = (stride_bytes * numerator + denominator - 1) / denominator;
	if (stride > UINT32_MAX)
		return 0;
	/* The pairs of an odd width need a byte more than the proportion says. */
	return stride > least ? (uint32_t)stride : least;
}

uint64_t format_image_bytes(const struct format_info *info, uint32_t stride_bytes,
			    uint32_t width, uint32_t height)
{
	uint64_t total = 0;
	uint32_t stride;

	if (!stride_bytes)
		stride_bytes = format_stride_bytes(info, 0, width);
	for (unsigned plane = 0; plane < info->color_planes; plane++) {
		stride = format_plane_stride(info, plane, stride_bytes, width);
		if (!stride)
			return 0;
		total += (uint64_t)stride * format_lines(info, plane, height);
		if (total > UINT32_MAX)
			return 0;
	}
	return total;
}

enum format_order format_order_flip(enum format_order order, bool horizontal, bool vertical)
{
	if (order == ORDER_NONE)
		return ORDER_NONE;
	/* Counted from 0, bit 0 of an order says columns swapped, bit 1 rows. */
	return (enum format_order)(((order - 1) ^ (horizontal | vertical << 1)) + 1);
}

const char *format_order_name(enum format_order order)
{
	static const char *const names[] = {
		[ORDER_NONE] = "",     [ORDER_RGGB] = "RGGB", [ORDER_GRBG] = "GRBG",
		[ORDER_GBRG] = "GBRG", [ORDER_BGGR] = "BGGR",
	};

	return names[order];
}
