// SPDX-License-Identifier: GPL-2.0-or-later
/* What can be asked for: roles, their pixel formats and sizes, modes of the sensor. */
#include <linux/media-bus-format.h>
#include <linux/videodev2.h>

#include "common/base/format.h"
#include "common/device/video.h"
#include "rkisp1/rkisp1.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define MAX_SELF 1920

const struct option_role rkisp1_roles[] = {
	[RKISP1_MAIN] = { "main", "processed picture" },
	[RKISP1_SELF] = { "self", "a second processed picture, up to 1920x1920" },
	[RKISP1_RAW] = { "raw", "what the sensor delivers, alone" },
	[RKISP1_STATS] = { "stats", "what the ISP measures of each frame" },
};

/* What comes out of a path. */
static const uint32_t yuv_fourccs[] = {
	V4L2_PIX_FMT_NV12,   V4L2_PIX_FMT_NV21,    V4L2_PIX_FMT_NV16,
	V4L2_PIX_FMT_NV61,   V4L2_PIX_FMT_YUYV,    V4L2_PIX_FMT_YUV420,
	V4L2_PIX_FMT_YVU420, V4L2_PIX_FMT_YUV422P, V4L2_PIX_FMT_GREY,
	V4L2_PIX_FMT_NV12M,  V4L2_PIX_FMT_NV21M,   V4L2_PIX_FMT_NV16M,
	V4L2_PIX_FMT_NV61M,  V4L2_PIX_FMT_YVU422M,
};
static const uint32_t rgb_fourccs[] = { V4L2_PIX_FMT_XBGR32, V4L2_PIX_FMT_RGB565 };

bool rkisp1_is_offered(const struct rkisp1 *rkisp1, enum rkisp1_role role, uint32_t fourcc)
{
	for (size_t i = 0; i < COUNT(yuv_fourccs); i++)
		if (yuv_fourccs[i] == fourcc)
			return true;
	for (size_t i = 0; i < COUNT(rgb_fourccs) && role == RKISP1_SELF; i++)
		if (rgb_fourccs[i] == fourcc)
			return true;
	return role == RKISP1_MAIN && rkisp1->variant->revision == RKISP1_REVISION_IMX8MP &&
	       fourcc == V4L2_PIX_FMT_UYVY;
}

/* Bayer of 8, 10 and 12 bits is what the ISP takes of what sensors make. */
bool rkisp1_is_accepted(uint32_t code)
{
	const struct mbus_info *info = mbus_find(code);

	return info && info->kind == FORMAT_BAYER &&
	       (info->bits == 8 || info->bits == 10 || info->bits == 12) &&
	       format_from_mbus(code, PACKING_PLAIN);
}

/* What the sensor makes, this ISP takes. */
static bool is_taken(const struct rkisp1 *rkisp1, const struct sensor_mode *mode)
{
	return rkisp1_is_accepted(mode->code) && mode->width <= rkisp1->variant->max_width &&
	       mode->height <= rkisp1->variant->max_height;
}

static uint32_t smaller(uint32_t one, uint32_t other)
{
	return one < other ? one : other;
}

/* Pictures are not made larger than what the sensor sees. */
struct info_sizes rkisp1_path_sizes(const struct rkisp1 *rkisp1, enum rkisp1_role role)
{
	struct info_sizes sizes = { .min_width = RKISP1_MIN_WIDTH,
				    .min_height = RKISP1_MIN_HEIGHT,
				    .step = RKISP1_SIZE_STEP };

	for (unsigned i = 0; i < rkisp1->sensor->num_modes; i++) {
		const struct sensor_mode *mode = &rkisp1->sensor->modes[i];

		if (!is_taken(rkisp1, mode))
			continue;
		if (mode->width > sizes.max_width)
			sizes.max_width = mode->width;
		if (mode->height > sizes.max_height)
			sizes.max_height = mode->height;
	}
	if (role == RKISP1_SELF) {
		sizes.max_width = smaller(sizes.max_width, MAX_SELF);
		sizes.max_height = smaller(sizes.max_height, MAX_SELF);
	}
	return sizes;
}

static void describe_path(struct rkisp1 *rkisp1, struct info *info, enum rkisp1_role role,
			  const struct video *video)
{
	struct info_sizes sizes = rkisp1_path_sizes(rkisp1, role);

	info_role(info, &rkisp1_roles[role], video->name, video->node);
	if (!sizes.max_width)
		return;
	for (size_t i = 0; i < COUNT(yuv_fourccs); i++)
		info_format(info, yuv_fourccs[i], &sizes);
	for (size_t i = 0; i < COUNT(rgb_fourccs) && role == RKISP1_SELF; i++)
		info_format(info, rgb_fourccs[i], &sizes);
	if (role == RKISP1_MAIN && rkisp1->variant->revision == RKISP1_REVISION_IMX8MP)
		info_format(info, V4L2_PIX_FMT_UYVY, &sizes);
}

int rkisp1_describe(void *device, struct info *info)
{
	struct rkisp1 *rkisp1 = device;
	const struct info_sizes none = { 0 };

	describe_path(rkisp1, info, RKISP1_MAIN, rkisp1->main);
	if (rkisp1->self)
		describe_path(rkisp1, info, RKISP1_SELF, rkisp1->self);
	info_role(info, &rkisp1_roles[RKISP1_RAW], rkisp1->main->name, rkisp1->main->node);
	for (unsigned i = 0; i < rkisp1->sensor->num_modes; i++) {
		const struct sensor_mode *mode = &rkisp1->sensor->modes[i];
		struct info_sizes sizes = info_size(mode->width, mode->height);

		if (is_taken(rkisp1, mode))
			info_format(info, format_from_mbus(mode->code, PACKING_PLAIN)->fourcc,
				    &sizes);
	}
	info_role(info, &rkisp1_roles[RKISP1_STATS], rkisp1->stats->name,
		  rkisp1->stats->node);
	info_format(info, V4L2_META_FMT_RK_ISP1_STAT_3A, &none);
	info_sensor(info, rkisp1->sensor);
	return 0;
}
