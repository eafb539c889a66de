/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pixel formats and media bus codes: tables of names, planes, packing and sizes. */
#ifndef RAWLINE_FORMAT_H
#define RAWLINE_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FORMAT_MAX_PLANES 4

enum format_kind {
	FORMAT_BAYER,
	FORMAT_GREY,
	FORMAT_RGB,
	FORMAT_YUV,
	FORMAT_COMPRESSED, /* size unknown before the frame is there: MJPEG, H264 */
	FORMAT_META,       /* statistics, parameters, embedded data */
};

/* How the samples of a RAW or grey format lie in memory. */
enum format_packing {
	PACKING_PLAIN, /* one sample per byte, or per little-endian 16-bit word */
	PACKING_CSI2,  /* MIPI CSI-2: 4 samples in 5 bytes, 2 in 3, 4 in 7 */
	PACKING_IPU3,  /* 25 samples of 10 bits in 32 bytes */
	PACKING_PISP,  /* Raspberry Pi's compression: 8 samples of 16 bits in 8 bytes */
	PACKING_ALAW,
	PACKING_DPCM,
};

/* Colour of the top left 2x2 samples, in reading order. */
enum format_order {
	ORDER_NONE,
	ORDER_RGGB,
	ORDER_GRBG,
	ORDER_GBRG,
	ORDER_BGGR,
};

/* One colour plane: group_bytes bytes hold group_pixels pixels of one line. */
struct format_plane {
	uint8_t group_bytes;
	uint8_t group_pixels;
	uint8_t vertical; /* one line in this many lines of the picture */
};

struct format_info {
	uint32_t fourcc;     /* V4L2_PIX_FMT_* or V4L2_META_FMT_* */
	uint32_t drm_fourcc; /* DRM_FORMAT_*, 0 if DRM has none */
	uint32_t mbus_code;  /* MEDIA_BUS_FMT_* that lands in memory as this, or 0 */
	const char *name;    /* libcamera's name: "SRGGB10_CSI2P", "NV12" */
	enum format_kind kind;
	enum format_packing packing;
	enum format_order order;
	uint8_t bits; /* of one sample; the fewest if colours differ (RGB565: 5) */
	uint8_t memory_planes; /* V4L2 planes: NV12 1, NM12 2 */
	uint8_t color_planes;  /* planes of the picture: NV12 2, YU12 3 */
	struct format_plane planes[FORMAT_MAX_PLANES];
};

struct mbus_info {
	uint32_t code;    /* MEDIA_BUS_FMT_* */
	const char *name; /* without the prefix: "SRGGB10_1X10" */
	enum format_kind kind;
	enum format_order order;
	uint8_t bits; /* of one sample */
};

/* NULL when the table lacks it. */
const struct format_info *format_find(uint32_t fourcc);
const struct mbus_info *mbus_find(uint32_t code);

/*
 * The format whose mbus_code this is and whose packing is wanted; NULL if there is none.
 * For 8-bit samples PACKING_CSI2 is the same as PACKING_PLAIN. PACKING_PISP takes samples of
 * any width: its mbus_code is the code with 16 bits that goes with this one.
 */
const struct format_info *format_from_mbus(uint32_t code, enum format_packing packing);

/*
 * By any name people use: fourcc ("RG10", "RGB3", "BA81", case matters, four characters,
 * trailing blanks may be left out, "-BE" behind it for the big-endian flag), libcamera name,
 * or media bus name for formats that have one (the plain form of what that code carries);
 * letters of the last two in any case. NULL if unknown.
 * The table can be walked with format_at(0), format_at(1) … until NULL.
 */
const struct format_info *format_parse(const char *name);
const struct mbus_info *mbus_parse(const char *name);
const struct format_info *format_at(size_t index);

/*
 * Writes a fourcc as text, "RG10", "Y10 " with its blank, as v4l2-ctl wants it; bytes that
 * are not printable as \xNN; a big-endian flag as "-BE". Returns text.
 */
#define FORMAT_FOURCC_SIZE 24
const char *format_fourcc_text(uint32_t fourcc, char text[static FORMAT_FOURCC_SIZE]);

/*
 * Name for people: "RG10 (SRGGB10)", or "NV12" when both names are one, or just the fourcc
 * if it is unknown; no trailing blanks. Returns text.
 */
#define FORMAT_NAME_SIZE 64
const char *format_name_text(uint32_t fourcc, char text[static FORMAT_NAME_SIZE]);

/* "SRGGB10_1X10", or "0x300f" for a code the table lacks. Returns text. */
const char *mbus_name_text(uint32_t code, char text[static FORMAT_NAME_SIZE]);

/*
 * Least bytes of a line of this colour plane, without padding; 0 for compressed and meta,
 * for a plane that is not there, and beyond 4 GiB - 1.
 */
uint32_t format_stride_bytes(const struct format_info *info, unsigned plane, uint32_t width);

/* Lines of this colour plane; 0 for one that is not there. */
uint32_t format_lines(const struct format_info *info, unsigned plane, uint32_t height);

/*
 * The stride of this colour plane when plane 0 has this one, as V4L2 lays out planes that
 * share a memory: in proportion, so half of it for YU12's chroma. 0 where
 * format_stride_bytes() is 0, and when the stride is shorter than a line.
 */
uint32_t format_plane_stride(const struct format_info *info, unsigned plane,
			     uint32_t stride_bytes, uint32_t width);

/*
 * Bytes of a picture when plane 0 has this stride (0: the least): all colour planes one
 * after another, with the strides of format_plane_stride(). 0 for compressed and meta, when
 * the stride is shorter than a line, and beyond 4 GiB - 1.
 */
uint64_t format_image_bytes(const struct format_info *info, uint32_t stride_bytes,
			    uint32_t width, uint32_t height);

/* The order that results when a picture of even size is mirrored, or turned upside down, or both. */
enum format_order format_order_flip(enum format_order order, bool horizontal, bool vertical);

/* "RGGB"; "" for ORDER_NONE. */
const char *format_order_name(enum format_order order);

#endif
