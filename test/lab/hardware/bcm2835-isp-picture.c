// SPDX-License-Identifier: GPL-2.0-or-later
/* bcm2835-isp look-alike: lines of pictures, from colours to bytes, and back for input of such. */
#include "bcm2835-isp.h"

/* Luma and chroma of 256ths of red, green, blue; limited: from 16 on, in 219 and 224 steps */
struct coding {
	s16 y[3], u[3], v[3];
	bool limited;
};

static const struct coding *find_coding(enum v4l2_colorspace colorspace)
{
	static const struct coding full601 = {
		{ 77, 150, 29 },
		{ -43, -85, 128 },
		{ 128, -107, -21 },
		false,
	};
	static const struct coding limited601 = {
		{ 66, 129, 25 },
		{ -38, -74, 112 },
		{ 112, -94, -18 },
		true,
	};
	static const struct coding limited709 = {
		{ 47, 157, 16 },
		{ -26, -87, 112 },
		{ 112, -102, -10 },
		true,
	};

	switch (colorspace) {
	case V4L2_COLORSPACE_SMPTE170M:
		return &limited601;
	case V4L2_COLORSPACE_REC709:
		return &limited709;
	default:
		return &full601;
	}
}

static u8 dot(const s16 weights[3], const u8 colour[3], s32 base)
{
	s32 sum = weights[0] * colour[0] + weights[1] * colour[1] + weights[2] * colour[2];

	return clamp(base + ((sum + 128) >> 8), 0, 255);
}

static void chroma_at(const struct isp_picture *picture, u8 *to, u32 x, u32 y, u8 **u, u8 **v)
{
	const u8 *at = picture->format->at;
	u8 *chroma = to + (size_t)picture->stride * picture->height;
	u32 half = picture->stride / 2;

	if (at[0]) {
		*u = chroma + y / 2 * half + x / 2;
		*v = *u + (size_t)half * (picture->height / 2);
	} else {
		*u = chroma + y / 2 * picture->stride + x / 2 * 2;
		*v = *u + 1;
	}
	if (at[1])
		swap(*u, *v);
}

static void write_planes(const struct isp_picture *picture, u8 *to, u32 y,
			 const u8 (*colours)[3], const u32 *columns)
{
	const struct coding *coding = find_coding(picture->colorspace);
	u8 *line = to + (size_t)y * picture->stride;
	u8 *u, *v;

	for (u32 x = 0; x < picture->width; x++) {
		const u8 *colour = colours[columns[x]];

		line[x] = dot(coding->y, colour, coding->limited ? 16 : 0);
		if ((x | y) & 1)
			continue;
		chroma_at(picture, to, x, y, &u, &v);
		*u = dot(coding->u, colour, 128);
		*v = dot(coding->v, colour, 128);
	}
}

static void write_pairs(const struct isp_picture *picture, u8 *line,
			const u8 (*colours)[3], const u32 *columns)
{
	const struct coding *coding = find_coding(picture->colorspace);
	const u8 *at = picture->format->at;

	for (u32 x = 0; x + 1 < picture->width; x += 2, line += 4) {
		const u8 *colour = colours[columns[x]];

		line[at[0]] = dot(coding->y, colour, coding->limited ? 16 : 0);
		line[at[2]] =
			dot(coding->y, colours[columns[x + 1]], coding->limited ? 16 : 0);
		line[at[1]] = dot(coding->u, colour, 128);
		line[at[3]] = dot(coding->v, colour, 128);
	}
}

static void write_pixels(const struct isp_picture *picture, u8 *line,
			 const u8 (*colours)[3], const u32 *columns)
{
	const u8 *at = picture->format->at;
	u32 bytes = picture->format->depth / 8;

	for (u32 x = 0; x < picture->width; x++, line += bytes) {
		if (bytes == 4)
			line[3] = 255;
		for (int c = 0; c < 3; c++)
			line[at[c]] = colours[columns[x]][c];
	}
}

static void write_565(const struct isp_picture *picture, u8 *line, const u8 (*colours)[3],
		      const u32 *columns)
{
	for (u32 x = 0; x < picture->width; x++) {
		const u8 *c = colours[columns[x]];
		u32 value = c[0] >> 3 << 11 | c[1] >> 2 << 5 | c[2] >> 3;

		line[2 * x] = value;
		line[2 * x + 1] = value >> 8;
	}
}

void isp_write_line(const struct isp_picture *picture, u8 *to, u32 y,
		    const u8 (*colours)[3], const u32 *columns)
{
	u8 *line = to + (size_t)y * picture->stride;

	switch (picture->format->layout) {
	case ISP_PLANES:
		write_planes(picture, to, y, colours, columns);
		break;
	case ISP_PAIRS:
		write_pairs(picture, line, colours, columns);
		break;
	case ISP_565:
		write_565(picture, line, colours, columns);
		break;
	default:
		write_pixels(picture, line, colours, columns);
	}
}

void isp_repeat_line(const struct isp_picture *picture, u8 *to, u32 y)
{
	u8 *line = to + (size_t)y * picture->stride;
	u8 *u, *v, *u_before, *v_before;

	memcpy(line, line - picture->stride, picture->stride);
	if (picture->format->layout != ISP_PLANES || y % 2)
		return;
	chroma_at(picture, to, 0, y, &u, &v);
	chroma_at(picture, to, 0, y - 2, &u_before, &v_before);
	if (picture->format->at[0]) {
		memcpy(u, u_before, picture->width / 2);
		memcpy(v, v_before, picture->width / 2);
	} else {
		memcpy(min(u, v), min(u_before, v_before), picture->width);
	}
}

/* ---- input that is not RAW ---- */

static void decode(const struct isp_picture *picture, s32 y, s32 u, s32 v, u8 colour[3])
{
	bool limited = find_coding(picture->colorspace)->limited;

	y = limited ? (y - 16) * 298 : y * 256;
	u -= 128;
	v -= 128;
	colour[0] = clamp((y + (limited ? 409 : 359) * v + 128) >> 8, 0, 255);
	colour[1] =
		clamp((y - (limited ? 100 : 88) * u - (limited ? 208 : 183) * v + 128) >> 8,
		      0, 255);
	colour[2] = clamp((y + (limited ? 516 : 454) * u + 128) >> 8, 0, 255);
}

void isp_read_pixel(const struct isp_picture *picture, const u8 *from, u32 x, u32 y,
		    u8 colour[3])
{
	const u8 *line = from + (size_t)y * picture->stride;
	const u8 *at = picture->format->at;
	u8 *u, *v;
	u32 value;

	switch (picture->format->layout) {
	case ISP_PLANES:
		chroma_at(picture, (u8 *)from, x, y, &u, &v);
		decode(picture, line[x], *u, *v, colour);
		break;
	case ISP_PAIRS:
		line += x / 2 * 4;
		decode(picture, line[at[x % 2 * 2]], line[at[1]], line[at[3]], colour);
		break;
	case ISP_565:
		value = line[2 * x] | line[2 * x + 1] << 8;
		colour[0] = (value >> 11) * 255 / 31;
		colour[1] = (value >> 5 & 63) * 255 / 63;
		colour[2] = (value & 31) * 255 / 31;
		break;
	default:
		line += x * picture->format->depth / 8;
		for (int c = 0; c < 3; c++)
			colour[c] = line[at[c]];
	}
}
