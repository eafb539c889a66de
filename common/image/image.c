// SPDX-License-Identifier: GPL-2.0-or-later
/* A picture in memory: what its bytes mean and where they are. It owns nothing. */
#include "common/image/image.h"

#include <errno.h>
#include <linux/videodev2.h>
#include <stdbool.h>

#include "common/device/video_format.h"

static enum image_encoding find_encoding(const struct video_format *format)
{
	uint32_t encoding = format->ycbcr_enc;

	if (encoding == V4L2_YCBCR_ENC_DEFAULT)
		encoding = V4L2_MAP_YCBCR_ENC_DEFAULT(format->colorspace);
	switch (encoding) {
	case V4L2_YCBCR_ENC_709:
	case V4L2_YCBCR_ENC_XV709:
	case V4L2_YCBCR_ENC_SMPTE240M: /* within two percent of it */
		return IMAGE_ENCODING_709;
	case V4L2_YCBCR_ENC_BT2020:
	case V4L2_YCBCR_ENC_BT2020_CONST_LUM:
		return IMAGE_ENCODING_2020;
	default:
		return IMAGE_ENCODING_601;
	}
}

static enum image_range find_range(const struct video_format *format, bool is_yuv)
{
	uint32_t range = format->quantization;

	if (range == V4L2_QUANTIZATION_DEFAULT)
		range = V4L2_MAP_QUANTIZATION_DEFAULT(!is_yuv, format->colorspace,
						      format->ycbcr_enc);
	return range == V4L2_QUANTIZATION_LIM_RANGE ? IMAGE_RANGE_LIMITED : IMAGE_RANGE_FULL;
}

static enum image_transfer find_transfer(const struct video_format *format)
{
	uint32_t transfer = format->xfer_func;

	if (transfer == V4L2_XFER_FUNC_DEFAULT)
		transfer = V4L2_MAP_XFER_FUNC_DEFAULT(format->colorspace);
	if (transfer == V4L2_XFER_FUNC_NONE)
		return IMAGE_TRANSFER_LINEAR;
	if (transfer != V4L2_XFER_FUNC_SRGB)
		return IMAGE_TRANSFER_UNKNOWN;
	switch (format->colorspace) {
	case V4L2_COLORSPACE_SRGB:
	case V4L2_COLORSPACE_JPEG:
	case V4L2_COLORSPACE_REC709:
		return IMAGE_TRANSFER_SRGB;
	default:
		return IMAGE_TRANSFER_UNKNOWN;
	}
}

/* ITU-T H.273, tables 2 and 3; 0 for what it lacks. */
static uint8_t find_primaries(const struct video_format *format)
{
	switch (format->colorspace) {
	case V4L2_COLORSPACE_REC709:
	case V4L2_COLORSPACE_SRGB:
	case V4L2_COLORSPACE_JPEG:
		return 1;
	case V4L2_COLORSPACE_470_SYSTEM_M:
		return 4;
	case V4L2_COLORSPACE_470_SYSTEM_BG:
		return 5;
	case V4L2_COLORSPACE_SMPTE170M:
		return 6;
	case V4L2_COLORSPACE_SMPTE240M:
		return 7;
	case V4L2_COLORSPACE_BT2020:
		return 9;
	case V4L2_COLORSPACE_DCI_P3:
		return 11;
	default:
		return 0;
	}
}

static uint8_t find_curve(const struct video_format *format)
{
	uint32_t transfer = format->xfer_func;

	if (transfer == V4L2_XFER_FUNC_DEFAULT)
		transfer = V4L2_MAP_XFER_FUNC_DEFAULT(format->colorspace);
	switch (transfer) {
	case V4L2_XFER_FUNC_709:
		return 1;
	case V4L2_XFER_FUNC_SMPTE240M:
		return 7;
	case V4L2_XFER_FUNC_NONE:
		return 8;
	case V4L2_XFER_FUNC_SRGB:
		return 13;
	case V4L2_XFER_FUNC_SMPTE2084:
		return 16;
	case V4L2_XFER_FUNC_DCI_P3:
		return 17;
	default:
		return 0;
	}
}

static enum image_fields find_fields(const struct video_format *format)
{
	switch (format->field) {
	case V4L2_FIELD_NONE:
		return IMAGE_FIELDS_NONE;
	case V4L2_FIELD_INTERLACED_TB:
		return IMAGE_FIELDS_TOP_FIRST;
	case V4L2_FIELD_INTERLACED_BT:
		return IMAGE_FIELDS_BOTTOM_FIRST;
	default:
		return IMAGE_FIELDS_UNKNOWN;
	}
}

static int set_strides(struct image *image, const struct video_format *format)
{
	const struct format_info *info = image->format;
	uint32_t stride;

	for (unsigned i = 0; i < info->color_planes; i++) {
		if (info->memory_planes == 1)
			stride = format_plane_stride(info, i, format->stride_bytes[0],
						     image->width);
		else if (format->stride_bytes[i] >= format_stride_bytes(info, i, image->width))
			stride = format->stride_bytes[i];
		else
			stride = 0;
		if (!stride)
			return -EINVAL;
		image->stride_bytes[i] = stride;
	}
	return 0;
}

int image_init(struct image *image, const struct video_format *format)
{
	const struct format_info *info = format_find(format->fourcc);

	if (!info || !info->color_planes)
		return -EOPNOTSUPP;
	if (!format->width || !format->height || format->num_planes != info->memory_planes)
		return -EINVAL;

	*image = (struct image){
		.format = info,
		.width = format->width,
		.height = format->height,
		.encoding = find_encoding(format),
		.range = find_range(format, info->kind == FORMAT_YUV),
		.transfer = find_transfer(format),
		.fields = find_fields(format),
		.primaries = find_primaries(format),
		.curve = find_curve(format),
	};
	return set_strides(image, format);
}

int image_place(struct image *image, const struct image_memory *memory)
{
	const struct format_info *info = image->format;
	uint64_t offset = 0, lines, last;

	for (unsigned i = 0; i < info->color_planes; i++) {
		const struct image_memory *own = &memory[info->memory_planes > 1 ? i : 0];

		/* The padding of the last line need not be there. */
		lines = format_lines(info, i, image->height);
		last = format_stride_bytes(info, i, image->width);
		if (info->memory_planes > 1)
			offset = 0;
		if (offset + (lines - 1) * image->stride_bytes[i] + last > own->size_bytes)
			return -EPROTO;
		image->planes[i] = (const uint8_t *)own->start + offset;
		offset += lines * image->stride_bytes[i];
	}
	return 0;
}
