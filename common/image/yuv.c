// SPDX-License-Identifier: GPL-2.0-or-later
/* YUV to R, G, B, or to planes of Y, U and V, line by line, by libyuv. */
#include "common/image/yuv.h"

#include <errno.h>
#include <linux/videodev2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/image/image.h"

enum layout {
	LAYOUT_YUYV, /* one plane, pixels in pairs */
	LAYOUT_UYVY,
	LAYOUT_PAIRS, /* a plane of Y and one of U and V by turns, half as wide */
	LAYOUT_PAIRS_444,
	LAYOUT_MIXED, /* pairs, but in one plane: two lines of Y, then one of pairs, and so on */
	LAYOUT_PLANES, /* a plane of each, U and V half as wide */
	LAYOUT_PLANES_444,
};

/*
 * How many lines of Y share one of U and V is in the format table. What is not here no camera
 * has: libyuv lacks YUV with a colour for four pixels of a line.
 */
static const struct conversion {
	uint32_t fourcc;
	enum layout layout;
	bool v_first;
} conversions[] = {
	{ V4L2_PIX_FMT_YUYV, LAYOUT_YUYV, false },
	{ V4L2_PIX_FMT_YVYU, LAYOUT_YUYV, true },
	{ V4L2_PIX_FMT_UYVY, LAYOUT_UYVY, false },
	{ V4L2_PIX_FMT_VYUY, LAYOUT_UYVY, true },
	{ V4L2_PIX_FMT_NV12, LAYOUT_PAIRS, false },
	{ V4L2_PIX_FMT_NV21, LAYOUT_PAIRS, true },
	{ V4L2_PIX_FMT_M420, LAYOUT_MIXED, false },
	{ V4L2_PIX_FMT_NV16, LAYOUT_PAIRS, false },
	{ V4L2_PIX_FMT_NV61, LAYOUT_PAIRS, true },
	{ V4L2_PIX_FMT_NV24, LAYOUT_PAIRS_444, false },
	{ V4L2_PIX_FMT_NV42, LAYOUT_PAIRS_444, true },
	{ V4L2_PIX_FMT_NV12M, LAYOUT_PAIRS, false },
	{ V4L2_PIX_FMT_NV21M, LAYOUT_PAIRS, true },
	{ V4L2_PIX_FMT_NV16M, LAYOUT_PAIRS, false },
	{ V4L2_PIX_FMT_NV61M, LAYOUT_PAIRS, true },
	{ V4L2_PIX_FMT_YUV420, LAYOUT_PLANES, false },
	{ V4L2_PIX_FMT_YVU420, LAYOUT_PLANES, true },
	{ V4L2_PIX_FMT_YUV422P, LAYOUT_PLANES, false },
	{ V4L2_PIX_FMT_YUV420M, LAYOUT_PLANES, false },
	{ V4L2_PIX_FMT_YVU420M, LAYOUT_PLANES, true },
	{ V4L2_PIX_FMT_YUV422M, LAYOUT_PLANES, false },
	{ V4L2_PIX_FMT_YVU422M, LAYOUT_PLANES, true },
	{ V4L2_PIX_FMT_YUV444M, LAYOUT_PLANES_444, false },
	{ V4L2_PIX_FMT_YVU444M, LAYOUT_PLANES_444, true },
};

static const struct conversion *find_conversion(const struct format_info *format)
{
	for (size_t i = 0; i < sizeof(conversions) / sizeof(conversions[0]); i++)
		if (conversions[i].fourcc == format->fourcc)
			return &conversions[i];
	return NULL;
}

bool yuv_find_sampling(const struct format_info *format, struct yuv_sampling *sampling)
{
	const struct conversion *conversion = find_conversion(format);
	enum layout layout;

	if (!conversion)
		return false;
	layout = conversion->layout;
	*sampling = (struct yuv_sampling){
		.horizontal =
			layout == LAYOUT_PAIRS_444 || layout == LAYOUT_PLANES_444 ? 1 : 2,
		.vertical = format->color_planes > 1 ? format->planes[1].vertical : 1,
		.is_planar = layout == LAYOUT_PLANES || layout == LAYOUT_PLANES_444,
		.v_first = conversion->v_first,
	};
	return true;
}

#ifdef HAVE_LIBYUV

#include <dlfcn.h>
#include <libyuv.h>

/*
 * What libyuv calls RGB24 is B, G, R in memory. With U and V exchanged and a matrix made for
 * that (kYvu...), the same functions write R, G, B: that is how its own ...ToRAW work.
 */
struct yuv {
	const struct conversion *conversion;
	uint32_t width;
	void *library;
	const struct YuvConstants *matrix;
	__typeof__(&I422ToRGB24Matrix) from_planes;
	__typeof__(&I444ToRGB24Matrix) from_planes_444;
	__typeof__(&NV12ToRGB24Matrix) from_pairs;
	__typeof__(&NV21ToRGB24Matrix) from_pairs_v_first;
	__typeof__(&YUY2ToI422) split_yuyv;
	__typeof__(&UYVYToI422) split_uyvy;
	__typeof__(&SplitUVPlane) split_pairs;
	uint8_t *split[3]; /* a line of Y, U and V, for layouts that are taken apart first */
	uint8_t memory[];
};

static const char *const matrix_names[IMAGE_NUM_ENCODINGS][IMAGE_NUM_RANGES] = {
	[IMAGE_ENCODING_601] = { "kYvuJPEGConstants", "kYvuI601Constants" },
	[IMAGE_ENCODING_709] = { "kYvuF709Constants", "kYvuH709Constants" },
	[IMAGE_ENCODING_2020] = { "kYvuV2020Constants", "kYvu2020Constants" },
};

/* Data and functions alike: dlsym(3) gives both as an address, which memcpy() stores. */
static int find_symbols(struct yuv *yuv, const char *matrix_name)
{
	const struct {
		const char *name;
		void *where;
	} wanted[] = {
		{ matrix_name, &yuv->matrix },
		{ "I422ToRGB24Matrix", &yuv->from_planes },
		{ "I444ToRGB24Matrix", &yuv->from_planes_444 },
		{ "NV12ToRGB24Matrix", &yuv->from_pairs },
		{ "NV21ToRGB24Matrix", &yuv->from_pairs_v_first },
		{ "YUY2ToI422", &yuv->split_yuyv },
		{ "UYVYToI422", &yuv->split_uyvy },
		{ "SplitUVPlane", &yuv->split_pairs },
	};
	void *symbol;

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		symbol = dlsym(yuv->library, wanted[i].name);
		if (!symbol)
			return -ENOPKG;
		memcpy(wanted[i].where, &symbol, sizeof(symbol));
	}
	return 0;
}

int yuv_create(const struct image *shape, struct yuv **yuv)
{
	const struct conversion *conversion = find_conversion(shape->format);
	size_t line = ((size_t)shape->width + 63) / 64 * 64;
	struct yuv *created;
	int ret;

	if (!conversion)
		return -EOPNOTSUPP;
	created = calloc(1, sizeof(*created) + 3 * line);
	if (!created)
		return -ENOMEM;
	created->conversion = conversion;
	created->width = shape->width;
	for (size_t i = 0; i < 3; i++)
		created->split[i] = created->memory + i * line;

	created->library = dlopen(LIBYUV_SONAME, RTLD_LAZY | RTLD_LOCAL);
	ret = created->library ?
		      find_symbols(created, matrix_names[shape->encoding][shape->range]) :
		      -ENOPKG;
	if (ret < 0) {
		yuv_destroy(created);
		return ret;
	}
	*yuv = created;
	return 0;
}

void yuv_destroy(struct yuv *yuv)
{
	if (!yuv)
		return;
	if (yuv->library)
		dlclose(yuv->library);
	free(yuv);
}

/* One line of each colour; strides do not matter then. */
struct line {
	const uint8_t *y, *u, *v;
};

static void convert_pairs(const struct yuv *yuv, const struct line *line, uint8_t *rgb)
{
	/* u is where the pairs are; whichever function takes their other half first. */
	if (yuv->conversion->v_first)
		yuv->from_pairs(line->y, 0, line->u, 0, rgb, 0, yuv->matrix,
				(int)yuv->width, 1);
	else
		yuv->from_pairs_v_first(line->y, 0, line->u, 0, rgb, 0, yuv->matrix,
					(int)yuv->width, 1);
}

static void convert_planes(const struct yuv *yuv, const struct line *line, bool is_444,
			   uint8_t *rgb)
{
	const uint8_t *first = line->u, *second = line->v;

	if (!yuv->conversion->v_first) {
		first = line->v;
		second = line->u;
	}
	(is_444 ? yuv->from_planes_444 : yuv->from_planes)(
		line->y, 0, first, 0, second, 0, rgb, 0, yuv->matrix, (int)yuv->width, 1);
}

/* Takes a line apart, into planes in the order in which the line has them. */
static struct line split_line(const struct yuv *yuv, const struct line *line)
{
	uint8_t *const *to = yuv->split;
	int width = (int)yuv->width;

	if (yuv->conversion->layout == LAYOUT_PAIRS_444) {
		yuv->split_pairs(line->u, 0, to[1], 0, to[2], 0, width, 1);
		return (struct line){ line->y, to[1], to[2] };
	}
	(yuv->conversion->layout == LAYOUT_YUYV ? yuv->split_yuyv : yuv->split_uyvy)(
		line->y, 0, to[0], 0, to[1], 0, to[2], 0, width, 1);
	return (struct line){ to[0], to[1], to[2] };
}

static const uint8_t *plane_line(const struct yuv *yuv, const struct image *image,
				 unsigned plane, uint32_t y)
{
	uint32_t last = image->height + (image->height + 1) / 2 - 1;

	if (plane >= image->format->color_planes)
		return NULL;
	if (yuv->conversion->layout == LAYOUT_MIXED) {
		y = y / 2 * 3 + (plane ? 2 : y % 2);
		/* The last line of Y may have the one of pairs to itself. */
		return image->planes[0] +
		       (size_t)(y < last ? y : last) * image->stride_bytes[0];
	}
	y /= image->format->planes[plane].vertical;
	return image->planes[plane] + (size_t)y * image->stride_bytes[plane];
}

void yuv_line(const struct yuv *yuv, const struct image *image, uint32_t y, uint8_t *rgb)
{
	struct line line = {
		.y = plane_line(yuv, image, 0, y),
		.u = plane_line(yuv, image, 1, y),
		.v = plane_line(yuv, image, 2, y),
	};

	switch (yuv->conversion->layout) {
	case LAYOUT_PAIRS:
	case LAYOUT_MIXED:
		convert_pairs(yuv, &line, rgb);
		break;
	case LAYOUT_PLANES:
		convert_planes(yuv, &line, false, rgb);
		break;
	case LAYOUT_PLANES_444:
		convert_planes(yuv, &line, true, rgb);
		break;
	case LAYOUT_YUYV:
	case LAYOUT_UYVY:
		line = split_line(yuv, &line);
		convert_planes(yuv, &line, false, rgb);
		break;
	case LAYOUT_PAIRS_444:
		line = split_line(yuv, &line);
		convert_planes(yuv, &line, true, rgb);
		break;
	}
}

static void split_packed(const struct yuv *yuv, const struct line *line, uint8_t *const to[3])
{
	unsigned first = yuv->conversion->v_first ? 2 : 1, second = 3 - first;

	(yuv->conversion->layout == LAYOUT_YUYV ? yuv->split_yuyv : yuv->split_uyvy)(
		line->y, 0, to[0], 0, to[first], 0, to[second], 0, (int)yuv->width, 1);
}

void yuv_split(const struct yuv *yuv, const struct image *image, uint32_t y,
	       uint8_t *const to[3])
{
	const struct conversion *conversion = yuv->conversion;
	unsigned first = conversion->v_first ? 2 : 1, second = 3 - first;
	size_t chroma = yuv->width;
	struct line line = {
		.y = plane_line(yuv, image, 0, y),
		.u = plane_line(yuv, image, 1, y),
		.v = plane_line(yuv, image, 2, y),
	};

	if (conversion->layout == LAYOUT_YUYV || conversion->layout == LAYOUT_UYVY) {
		split_packed(yuv, &line, to);
		return;
	}
	memcpy(to[0], line.y, yuv->width);
	if (y % image->format->planes[1].vertical)
		return;
	if (conversion->layout != LAYOUT_PAIRS_444 && conversion->layout != LAYOUT_PLANES_444)
		chroma = (chroma + 1) / 2;
	if (line.v) {
		memcpy(to[first], line.u, chroma);
		memcpy(to[second], line.v, chroma);
	} else {
		yuv->split_pairs(line.u, 0, to[first], 0, to[second], 0, (int)chroma, 1);
	}
}

const char *yuv_why_not(const struct format_info *format)
{
	struct image shape = { .format = format, .width = 2, .height = 2 };
	struct yuv *yuv;

	switch (yuv_create(&shape, &yuv)) {
	case 0:
		yuv_destroy(yuv);
		return NULL;
	case -ENOPKG:
		return "YUV is converted by " LIBYUV_SONAME ", which can't be loaded";
	case -EOPNOTSUPP:
		return "libyuv does not convert this kind of YUV";
	default:
		return "memory is used up";
	}
}

#else

const char *yuv_why_not(const struct format_info *format)
{
	return "this program was built without libyuv, which converts YUV";
}

int yuv_create(const struct image *shape, struct yuv **yuv)
{
	return find_conversion(shape->format) ? -ENOSYS : -EOPNOTSUPP;
}

void yuv_destroy(struct yuv *yuv)
{
}

void yuv_line(const struct yuv *yuv, const struct image *image, uint32_t y, uint8_t *rgb)
{
}

void yuv_split(const struct yuv *yuv, const struct image *image, uint32_t y,
	       uint8_t *const to[3])
{
}

#endif
