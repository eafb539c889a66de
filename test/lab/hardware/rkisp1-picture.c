// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Picture: the way from the sensor's picture to memory. Crops, resizers, the formats of the two
 * paths. Resizing takes the nearest pixel: as chroma is taken at the place of the luma it belongs
 * to, colours are never mixed, and every pixel is one of the palette.
 */
#include <linux/io.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "rkisp1.h"

#define FIRST_BYTES  (RKISP1_WIDTH_MAX * 2) /* of a line of the first plane */
#define CHROMA_BYTES RKISP1_WIDTH_MAX
#define TEMPLATES    (SCENE_KINDS * 2) /* lines of Bayer patterns come in two sorts */

enum layout { RAW8, RAW16, PLANAR, SEMIPLANAR, PACKED, RGB565, RGB888 };

struct plane {
	u8 *memory;
	u32 size;
};

/* What a path writes. */
struct picture {
	enum layout layout;
	struct rkisp1_area from;   /* of the sensor's picture */
	u32 width, height, stride; /* of the first plane, in pixels */
	u32 chroma_width, chroma_height;
	bool grey;     /* chroma is not written */
	bool swap;     /* Cb and Cr */
	bool reversed; /* the bytes of each pair */
	struct plane planes[3];
};

/* A line as it lies in memory. */
struct template
{
	bool ready;
	u8 first[FIRST_BYTES];
	u8 chroma[2][CHROMA_BYTES];
};

size_t rkisp1_template_size(void)
{
	return TEMPLATES * sizeof(struct template);
}

/* ---- registers ---- */

bool rkisp1_makes_colours(const struct rkisp1 *isp)
{
	u32 mode = rkisp1_get(isp, RKISP1_CIF_ISP_CTRL) & GENMASK(3, 1);

	return mode == RKISP1_CIF_ISP_CTRL_ISP_MODE_BAYER_ITU601;
}

void rkisp1_area_in(const struct rkisp1 *isp, struct rkisp1_area *area)
{
	area->left = rkisp1_get(isp, RKISP1_CIF_ISP_OUT_H_OFFS);
	area->top = rkisp1_get(isp, RKISP1_CIF_ISP_OUT_V_OFFS);
	area->width = rkisp1_get(isp, RKISP1_CIF_ISP_OUT_H_SIZE);
	area->height = rkisp1_get(isp, RKISP1_CIF_ISP_OUT_V_SIZE);
}

void rkisp1_area_out(const struct rkisp1 *isp, struct rkisp1_area *area)
{
	rkisp1_area_in(isp, area);
	area->left += rkisp1_get(isp, RKISP1_CIF_ISP_IS_H_OFFS);
	area->top += rkisp1_get(isp, RKISP1_CIF_ISP_IS_V_OFFS);
	area->width = rkisp1_get(isp, RKISP1_CIF_ISP_IS_H_SIZE);
	area->height = rkisp1_get(isp, RKISP1_CIF_ISP_IS_V_SIZE);
}

static void crop(const struct rkisp1 *isp, enum rkisp1_path path, struct rkisp1_area *area)
{
	u32 mode = RKISP1_CIF_DUAL_CROP_MP_MODE_YUV | RKISP1_CIF_DUAL_CROP_MP_MODE_RAW;
	u32 base = RKISP1_CIF_DUAL_CROP_M_H_OFFS;

	if (path == RKISP1_SELF) {
		mode = RKISP1_CIF_DUAL_CROP_SP_MODE_YUV | RKISP1_CIF_DUAL_CROP_SP_MODE_RAW;
		base = RKISP1_CIF_DUAL_CROP_S_H_OFFS;
	}
	if (!(rkisp1_get(isp, RKISP1_CIF_DUAL_CROP_CTRL) & mode))
		return;
	area->left += rkisp1_get(isp, base);
	area->top += rkisp1_get(isp, base + 4);
	area->width = rkisp1_get(isp, base + 8);
	area->height = rkisp1_get(isp, base + 12);
}

/* How many pixels a scaler makes of so many, by its factor. */
static u32 scaled(u32 from, u32 control, u32 enable, u32 up, u32 factor)
{
	u64 span = (u64)(from - 1) << 16;

	if (!(control & enable) || !factor || !from)
		return from;
	if (control & up)
		return div_u64(span, factor + 1) + 2;
	return DIV_ROUND_UP_ULL((u64)(factor - 1) * (from - 1), 1 << 16) + 1;
}

static void resize(const struct rkisp1 *isp, enum rkisp1_path path, struct picture *picture)
{
	u32 base = path == RKISP1_SELF ? RKISP1_CIF_SRSZ_BASE : RKISP1_CIF_MRSZ_BASE;
	u32 control = rkisp1_get(isp, base + RKISP1_CIF_RSZ_CTRL_SHD);

	picture->width = scaled(picture->from.width, control,
				RKISP1_CIF_RSZ_CTRL_SCALE_HY_ENABLE,
				RKISP1_CIF_RSZ_CTRL_SCALE_HY_UP,
				rkisp1_get(isp, base + RKISP1_CIF_RSZ_SCALE_HY_SHD));
	picture->height = scaled(picture->from.height, control,
				 RKISP1_CIF_RSZ_CTRL_SCALE_VY_ENABLE,
				 RKISP1_CIF_RSZ_CTRL_SCALE_VY_UP,
				 rkisp1_get(isp, base + RKISP1_CIF_RSZ_SCALE_VY_SHD));
	/* 4:2:2 comes in. */
	picture->chroma_width =
		scaled(picture->from.width / 2, control,
		       RKISP1_CIF_RSZ_CTRL_SCALE_HC_ENABLE, RKISP1_CIF_RSZ_CTRL_SCALE_HC_UP,
		       rkisp1_get(isp, base + RKISP1_CIF_RSZ_SCALE_HCB_SHD));
	picture->chroma_height =
		scaled(picture->from.height, control, RKISP1_CIF_RSZ_CTRL_SCALE_VC_ENABLE,
		       RKISP1_CIF_RSZ_CTRL_SCALE_VC_UP,
		       rkisp1_get(isp, base + RKISP1_CIF_RSZ_SCALE_VC_SHD));
}

static enum layout layout(const struct rkisp1 *isp, enum rkisp1_path path)
{
	u32 control = rkisp1_get(isp, RKISP1_CIF_MI_CTRL);
	u32 write = control >> (path == RKISP1_SELF ? 24 : 22) & 3;

	if (path == RKISP1_MAIN && control & RKISP1_CIF_MI_CTRL_RAW_ENABLE)
		return write == 2 ? RAW16 : RAW8;
	if (path == RKISP1_SELF) {
		u32 output = control & GENMASK(30, 28);

		if (output == RKISP1_MI_CTRL_SP_OUTPUT_RGB565)
			return RGB565;
		if (output == RKISP1_MI_CTRL_SP_OUTPUT_RGB888)
			return RGB888;
	}
	return write == 2 ? PACKED : write == 1 ? SEMIPLANAR : PLANAR;
}

static u32 pixel_bytes(enum layout layout)
{
	switch (layout) {
	case RGB888:
		return 4;
	case RAW16:
	case PACKED:
	case RGB565:
		return 2;
	default:
		return 1;
	}
}

static bool has_chroma(const struct picture *picture)
{
	return !picture->grey &&
	       (picture->layout == PLANAR || picture->layout == SEMIPLANAR);
}

/*
 * The memory interface of an i.MX8MP: a stride for main, any order of bytes, and it has to be told
 * what comes in. Words of raw are in the lower end only when it is told to align them so.
 */
static bool plan_imx8mp(const struct rkisp1 *isp, const struct scene_frame *frame,
			struct picture *picture)
{
	u32 align = rkisp1_get(isp, RKISP1_CIF_MI_OUTPUT_ALIGN_FORMAT);
	bool swapped = align & RKISP1_CIF_OUTPUT_ALIGN_FORMAT_MP_BYTE_SWAP_BYTES;
	u32 output = rkisp1_get(isp, RKISP1_CIF_MI_INIT) & RKISP1_CIF_MI_INIT_MP_OUTPUT_MASK;

	picture->stride = rkisp1_get(isp, RKISP1_CIF_MI_MP_Y_LLENGTH);
	if (picture->stride < picture->width ||
	    picture->width != rkisp1_get(isp, RKISP1_CIF_MI_MP_Y_PIC_WIDTH) ||
	    picture->height != rkisp1_get(isp, RKISP1_CIF_MI_MP_Y_PIC_HEIGHT) ||
	    picture->stride * picture->height != rkisp1_get(isp, RKISP1_CIF_MI_MP_Y_PIC_SIZE))
		return false;
	/* Its own order of raw is big-endian. */
	picture->reversed = swapped != (picture->layout == RAW16);
	switch (output) {
	case RKISP1_CIF_MI_INIT_MP_OUTPUT_YUV400:
		picture->grey = true;
		return picture->layout == PLANAR;
	case RKISP1_CIF_MI_INIT_MP_OUTPUT_YUV420:
		return has_chroma(picture) && picture->chroma_height == picture->height / 2;
	case RKISP1_CIF_MI_INIT_MP_OUTPUT_YUV422:
		return picture->layout == PACKED || picture->chroma_height == picture->height;
	case RKISP1_CIF_MI_INIT_MP_OUTPUT_RAW8:
		return picture->layout == RAW8 && frame->bits == 8;
	case RKISP1_CIF_MI_INIT_MP_OUTPUT_RAW10:
		return picture->layout == RAW16 && frame->bits == 10 &&
		       align & RKISP1_CIF_OUTPUT_ALIGN_FORMAT_MP_LSB_ALIGNMENT;
	default:
		return false;
	}
}

/* Base address and size of Y, Cb and Cr, as the shadow registers have them. */
static void find_planes(struct rkisp1 *isp, enum rkisp1_path path, struct plane planes[3])
{
	static const u16 registers[RKISP1_PATHS][3][2] = {
		{ { RKISP1_CIF_MI_MP_Y_BASE_AD_SHD, RKISP1_CIF_MI_MP_Y_SIZE_SHD },
		  { RKISP1_CIF_MI_MP_CB_BASE_AD_SHD, RKISP1_CIF_MI_MP_CB_SIZE_SHD },
		  { RKISP1_CIF_MI_MP_CR_BASE_AD_SHD, RKISP1_CIF_MI_MP_CR_SIZE_SHD } },
		{ { RKISP1_CIF_MI_SP_Y_BASE_AD_SHD, RKISP1_CIF_MI_SP_Y_SIZE_SHD },
		  { RKISP1_CIF_MI_SP_CB_BASE_AD_SHD, RKISP1_CIF_MI_SP_CB_SIZE_SHD },
		  { RKISP1_CIF_MI_SP_CR_BASE_AD_SHD, RKISP1_CIF_MI_SP_CR_SIZE_SHD } },
	};

	for (int i = 0; i < 3; i++) {
		u64 address = rkisp1_get(isp, registers[path][i][0]);

		/* 34 bits */
		if (isp->imx8mp)
			address <<= 2;
		planes[i].size = rkisp1_get(isp, registers[path][i][1]);
		planes[i].memory = lab_memory(address, planes[i].size);
		if (planes[i].size && !planes[i].memory)
			isp->bad_address++;
	}
}

static bool plan(struct rkisp1 *isp, const struct scene_frame *frame,
		 enum rkisp1_path path, struct picture *picture)
{
	memset(picture, 0, sizeof(*picture));
	picture->layout = layout(isp, path);
	rkisp1_area_out(isp, &picture->from);
	if (picture->layout == RAW8 || picture->layout == RAW16) {
		picture->width = picture->from.width;
		picture->height = picture->from.height;
	} else {
		crop(isp, path, &picture->from);
		resize(isp, path, picture);
	}
	picture->stride = picture->width;
	picture->swap = rkisp1_get(isp, RKISP1_CIF_MI_XTD_FORMAT_CTRL) & BIT(path);
	if (path == RKISP1_SELF)
		picture->stride = rkisp1_get(isp, RKISP1_CIF_MI_SP_Y_LLENGTH);
	if (isp->imx8mp && !plan_imx8mp(isp, frame, picture))
		return false;
	find_planes(isp, path, picture->planes);

	/* What a path is told to write must be what it gets, and the sensor's picture hold it all. */
	return picture->width && picture->width <= RKISP1_WIDTH_MAX && picture->height &&
	       picture->chroma_width <= RKISP1_WIDTH_MAX / 2 &&
	       (!has_chroma(picture) || (picture->chroma_width && picture->chroma_height)) &&
	       picture->width * pixel_bytes(picture->layout) <= FIRST_BYTES &&
	       picture->from.left + picture->from.width <= frame->width &&
	       picture->from.top + picture->from.height <= frame->height &&
	       picture->planes[0].size >= picture->width * picture->height &&
	       (path != RKISP1_SELF ||
		(picture->width == rkisp1_get(isp, RKISP1_CIF_MI_SP_Y_PIC_WIDTH) &&
		 picture->height == rkisp1_get(isp, RKISP1_CIF_MI_SP_Y_PIC_HEIGHT)));
}

/* ---- lines ---- */

const u8 *rkisp1_line(struct rkisp1 *isp, const struct scene_frame *frame, u32 y, u32 *kind)
{
	u8 *line;

	*kind = scene_kind(frame, y);
	if (!isp->lines_of[*kind]) {
		line = isp->line_memory + *kind * SCENE_WIDTH;
		scene_line(frame, *kind, line);
		isp->lines_of[*kind] = line;
	}
	return isp->lines_of[*kind];
}

static void fill_raw(struct rkisp1 *isp, const struct scene_frame *frame,
		     const struct picture *picture, const u8 *line, u32 y, u8 *out)
{
	const u8 *from = line + picture->from.left;
	enum scene_filter even = scene_filter(frame, picture->from.left, y);
	enum scene_filter odd = scene_filter(frame, picture->from.left + 1, y);

	for (u32 x = 0; x < picture->width; x++) {
		u16 value = isp->sensed[from[x]][x & 1 ? odd : even];

		if (picture->layout == RAW8)
			out[x] = value >> 2;
		else
			((__le16 *)out)[x] = cpu_to_le16(value);
	}
}

static const struct rkisp1_colour *colour_at(const struct rkisp1 *isp, const u8 *line,
					     const struct rkisp1_area *from,
					     u32 *position, u32 step)
{
	const struct rkisp1_colour *colour =
		&isp->colours[line[from->left + (*position >> 16)]];

	*position += step;
	return colour;
}

/* Sources of pixels are counted in 65536ths: no division for each. */
static u32 step_of(u32 from, u32 to)
{
	return ((u64)from << 16) / to;
}

static void fill_first(struct rkisp1 *isp, const struct picture *picture, const u8 *line,
		       u8 *out)
{
	u32 step = step_of(picture->from.width, picture->width);
	const struct rkisp1_colour *pair = NULL;
	u32 position = 0;

	for (u32 x = 0; x < picture->width; x++) {
		const struct rkisp1_colour *c =
			colour_at(isp, line, &picture->from, &position, step);

		switch (picture->layout) {
		case PACKED:
			pair = x & 1 ? pair : c;
			out[2 * x] = c->y;
			out[2 * x + 1] = x & 1 ? pair->cr : pair->cb;
			break;
		case RGB565:
			((__le16 *)out)[x] =
				cpu_to_le16((c->rgb[0] >> 3) << 11 |
					    (c->rgb[1] >> 2) << 5 | c->rgb[2] >> 3);
			break;
		case RGB888:
			((__le32 *)out)[x] =
				cpu_to_le32(c->rgb[0] << 16 | c->rgb[1] << 8 | c->rgb[2]);
			break;
		default:
			out[x] = c->y;
		}
	}
}

static void fill_chroma(struct rkisp1 *isp, const struct picture *picture, const u8 *line,
			u8 chroma[2][CHROMA_BYTES])
{
	u32 step = step_of(picture->from.width, picture->chroma_width);
	u32 position = 0;

	for (u32 x = 0; x < picture->chroma_width; x++) {
		const struct rkisp1_colour *c =
			colour_at(isp, line, &picture->from, &position, step);

		if (picture->layout == SEMIPLANAR) {
			chroma[0][2 * x] = picture->swap ? c->cr : c->cb;
			chroma[0][2 * x + 1] = picture->swap ? c->cb : c->cr;
		} else {
			chroma[0][x] = c->cb;
			chroma[1][x] = c->cr;
		}
	}
}

static void reverse_pairs(u8 *bytes, size_t count)
{
	for (size_t i = 0; i + 1 < count; i += 2)
		swap(bytes[i], bytes[i + 1]);
}

/* The line that line y of the sensor's picture becomes. */
static const struct template *find_template(struct rkisp1 *isp,
					    const struct scene_frame *frame,
					    const struct picture *picture, u32 y)
{
	struct template *templates = isp->template_memory;
	struct template *template;
	const u8 *line;
	u32 kind;

	line = rkisp1_line(isp, frame, y, &kind);
	template = &templates[kind * 2 + (y & 1)];
	if (picture->layout != RAW8 && picture->layout != RAW16)
		template = &templates[kind * 2];
	if (template->ready)
		return template;
	template->ready = true;
	if (picture->layout == RAW8 || picture->layout == RAW16)
		fill_raw(isp, frame, picture, line, y, template->first);
	else
		fill_first(isp, picture, line, template->first);
	if (has_chroma(picture))
		fill_chroma(isp, picture, line, template->chroma);
	if (picture->reversed) {
		reverse_pairs(template->first, picture->width * pixel_bytes(picture->layout));
		reverse_pairs(template->chroma[0], CHROMA_BYTES);
		reverse_pairs(template->chroma[1], CHROMA_BYTES);
	}
	return template;
}

/* ---- memory ---- */

/* As much as fits: nothing is ever written beside what the driver gave. */
static void put(const struct plane *plane, size_t offset, const u8 *from, size_t length)
{
	if (plane->memory && offset < plane->size)
		memcpy(plane->memory + offset, from, min(length, plane->size - offset));
}

static void put_chroma(const struct picture *picture, const struct template *template, u32 y)
{
	/* The stride of chroma follows from that of luma. */
	u32 stride = picture->stride / 2;

	if (picture->layout == SEMIPLANAR) {
		put(&picture->planes[1], (size_t)y * stride * 2, template->chroma[0],
		    picture->chroma_width * 2);
		return;
	}
	put(&picture->planes[1], (size_t)y * stride, template->chroma[0],
	    picture->chroma_width);
	put(&picture->planes[2], (size_t)y * stride, template->chroma[1],
	    picture->chroma_width);
}

void rkisp1_store(struct rkisp1 *isp, const struct scene_frame *frame, enum rkisp1_path path)
{
	struct template *templates = isp->template_memory;
	struct picture picture;
	u32 bytes;
	u32 part;

	if (!plan(isp, frame, path, &picture)) {
		isp->bad_size++;
		return;
	}
	for (int i = 0; i < TEMPLATES; i++)
		templates[i].ready = false;
	bytes = pixel_bytes(picture.layout);
	/* A picture that broke off has its upper half only. */
	part = isp->damaged ? 2 : 1;
	for (u32 y = 0; y < picture.height / part; y++) {
		u32 from = picture.from.top + (u64)y * picture.from.height / picture.height;

		put(&picture.planes[0], (size_t)y * picture.stride * bytes,
		    find_template(isp, frame, &picture, from)->first, picture.width * bytes);
	}
	for (u32 y = 0; has_chroma(&picture) && y < picture.chroma_height / part; y++) {
		u32 from = picture.from.top +
			   (u64)y * picture.from.height / picture.chroma_height;

		put_chroma(&picture, find_template(isp, frame, &picture, from), y);
	}
	isp->stored[path]++;
}
