// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Camera front end look-alike: formats. A code may have two, samples of 16 bits and compressed ones; a
 * channel makes both of what comes in with fewer bits.
 */
#include <linux/media-bus-format.h>

#include "rp1-cfe.h"

const struct v4l2_mbus_framefmt cfe_default_format = {
	.width = 640,
	.height = 480,
	.code = MEDIA_BUS_FMT_SRGGB10_1X10,
	.field = V4L2_FIELD_NONE,
	.colorspace = V4L2_COLORSPACE_RAW,
	.ycbcr_enc = V4L2_YCBCR_ENC_601,
	.quantization = V4L2_QUANTIZATION_FULL_RANGE,
	.xfer_func = V4L2_XFER_FUNC_NONE,
};

const struct v4l2_mbus_framefmt cfe_default_meta = {
	.width = CFE_EMBEDDED_SIZE,
	.height = 1,
	.code = MEDIA_BUS_FMT_SENSOR_DATA,
	.field = V4L2_FIELD_NONE,
};

#define BAYER(order, bits, suffix)                                                         \
	{                                                                                  \
		V4L2_PIX_FMT_S##order##bits##suffix,                                       \
			MEDIA_BUS_FMT_S##order##bits##_1X##bits, bits, CFE_TYPE_RAW##bits, \
			bits == 16 ? CFE_USE_FRONT_END : CFE_USE_IMAGE,                    \
			V4L2_PIX_FMT_S##order##16, V4L2_PIX_FMT_PISP_COMP1_##order,        \
	}
#define BAYERS(bits, suffix)                                                             \
	BAYER(BGGR, bits, suffix), BAYER(GBRG, bits, suffix), BAYER(GRBG, bits, suffix), \
		BAYER(RGGB, bits, suffix)
#define COMPRESSED(order)                                                               \
	{                                                                               \
		V4L2_PIX_FMT_PISP_COMP1_##order, MEDIA_BUS_FMT_S##order##16_1X16, 8, 0, \
			CFE_USE_FRONT_END                                               \
	}
#define GREY(name, bits, use)                                                \
	{                                                                    \
		V4L2_PIX_FMT_##name, MEDIA_BUS_FMT_Y##bits##_1X##bits, bits, \
			CFE_TYPE_RAW##bits, use, V4L2_PIX_FMT_Y16,           \
			V4L2_PIX_FMT_PISP_COMP1_MONO                         \
	}

static const struct cfe_format images[] = {
	{ V4L2_PIX_FMT_YUYV, MEDIA_BUS_FMT_YUYV8_1X16, 16, CFE_TYPE_YUV422 },
	{ V4L2_PIX_FMT_UYVY, MEDIA_BUS_FMT_UYVY8_1X16, 16, CFE_TYPE_YUV422 },
	{ V4L2_PIX_FMT_YVYU, MEDIA_BUS_FMT_YVYU8_1X16, 16, CFE_TYPE_YUV422 },
	{ V4L2_PIX_FMT_VYUY, MEDIA_BUS_FMT_VYUY8_1X16, 16, CFE_TYPE_YUV422 },
	{ V4L2_PIX_FMT_RGB565, MEDIA_BUS_FMT_RGB565_2X8_LE, 16, CFE_TYPE_RGB565 },
	{ V4L2_PIX_FMT_RGB565X, MEDIA_BUS_FMT_RGB565_2X8_BE, 16, CFE_TYPE_RGB565 },
	{ V4L2_PIX_FMT_RGB555, MEDIA_BUS_FMT_RGB555_2X8_PADHI_LE, 16, CFE_TYPE_RGB555 },
	{ V4L2_PIX_FMT_RGB555X, MEDIA_BUS_FMT_RGB555_2X8_PADHI_BE, 16, CFE_TYPE_RGB555 },
	{ V4L2_PIX_FMT_RGB24, MEDIA_BUS_FMT_RGB888_1X24, 24, CFE_TYPE_RGB888 },
	{ V4L2_PIX_FMT_BGR24, MEDIA_BUS_FMT_BGR888_1X24, 24, CFE_TYPE_RGB888 },
	{ V4L2_PIX_FMT_RGB32, MEDIA_BUS_FMT_ARGB8888_1X32, 32 },
	BAYERS(8, ),
	BAYERS(10, P),
	BAYERS(12, P),
	BAYERS(14, P),
	BAYERS(16, ),
	COMPRESSED(RGGB),
	COMPRESSED(BGGR),
	COMPRESSED(GBRG),
	COMPRESSED(GRBG),
	GREY(GREY, 8, CFE_USE_IMAGE),
	GREY(Y10P, 10, CFE_USE_IMAGE),
	GREY(Y12P, 12, CFE_USE_IMAGE),
	GREY(Y14P, 14, CFE_USE_IMAGE),
	GREY(Y16, 16, CFE_USE_FRONT_END),
	{ V4L2_PIX_FMT_PISP_COMP1_MONO, MEDIA_BUS_FMT_Y16_1X16, 8, 0, CFE_USE_FRONT_END },
};

/* For embedded data; behind the images, as in one table. */
static const struct cfe_format metas[] = {
	{ V4L2_META_FMT_GENERIC_8, MEDIA_BUS_FMT_META_8, 8, CFE_TYPE_EMBEDDED, CFE_USE_META },
	{ V4L2_META_FMT_GENERIC_CSI2_10, MEDIA_BUS_FMT_META_10, 10, CFE_TYPE_EMBEDDED,
	  CFE_USE_META },
	{ V4L2_META_FMT_GENERIC_CSI2_12, MEDIA_BUS_FMT_META_12, 12, CFE_TYPE_EMBEDDED,
	  CFE_USE_META },
};
static const struct cfe_format metas_downstream[] = {
	{ V4L2_META_FMT_SENSOR_DATA, MEDIA_BUS_FMT_SENSOR_DATA, 8, CFE_TYPE_EMBEDDED,
	  CFE_USE_META },
};

const struct cfe_format *cfe_format(const struct cfe *cfe, u32 index)
{
	if (index < ARRAY_SIZE(images))
		return &images[index];
	index -= ARRAY_SIZE(images);
	if (cfe->downstream)
		return index < ARRAY_SIZE(metas_downstream) ? &metas_downstream[index] : NULL;
	return index < ARRAY_SIZE(metas) ? &metas[index] : NULL;
}

const struct cfe_format *cfe_format_by_code(const struct cfe *cfe, u32 code)
{
	const struct cfe_format *format;

	for (u32 i = 0; (format = cfe_format(cfe, i)); i++) {
		if (format->code == code)
			break;
	}
	return format;
}

const struct cfe_format *cfe_format_by_fourcc(const struct cfe *cfe, u32 fourcc)
{
	const struct cfe_format *format;

	for (u32 i = 0; (format = cfe_format(cfe, i)); i++) {
		if (format->fourcc == fourcc)
			break;
	}
	return format;
}

const struct cfe_format *cfe_format_of_both(const struct cfe *cfe, u32 code, u32 fourcc)
{
	const struct cfe_format *format;

	for (u32 i = 0; (format = cfe_format(cfe, i)); i++) {
		if (format->code == code && format->fourcc == fourcc)
			break;
	}
	return format;
}
