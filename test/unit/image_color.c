// SPDX-License-Identifier: GPL-2.0-or-later
/* RGB and YUV of every layout to R, G, B. */
#include "common/image/rgb.h"
#include "common/image/yuv.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/image/image.h"
#include "test/unit/test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void test_rgb_bytes(void)
{
	/* Two pixels: R, G, B of 0x11, 0x22, 0x33 and 0xaa, 0xbb, 0xcc; X is anything. */
	static const struct {
		const char *fourcc;
		uint8_t line[8];
	} lines[] = {
		{ "RGB3", { 0x11, 0x22, 0x33, 0xaa, 0xbb, 0xcc } },
		{ "BGR3", { 0x33, 0x22, 0x11, 0xcc, 0xbb, 0xaa } },
		{ "BA24", { 0x00, 0x11, 0x22, 0x33, 0xff, 0xaa, 0xbb, 0xcc } },
		{ "BX24", { 0x01, 0x11, 0x22, 0x33, 0x02, 0xaa, 0xbb, 0xcc } },
		{ "RGB4", { 0x01, 0x11, 0x22, 0x33, 0x02, 0xaa, 0xbb, 0xcc } },
		{ "AR24", { 0x33, 0x22, 0x11, 0x00, 0xcc, 0xbb, 0xaa, 0xff } },
		{ "XR24", { 0x33, 0x22, 0x11, 0x01, 0xcc, 0xbb, 0xaa, 0x02 } },
		{ "BGR4", { 0x33, 0x22, 0x11, 0x01, 0xcc, 0xbb, 0xaa, 0x02 } },
		{ "AB24", { 0x11, 0x22, 0x33, 0x00, 0xaa, 0xbb, 0xcc, 0xff } },
		{ "XB24", { 0x11, 0x22, 0x33, 0x01, 0xaa, 0xbb, 0xcc, 0x02 } },
		{ "RA24", { 0x00, 0x33, 0x22, 0x11, 0xff, 0xcc, 0xbb, 0xaa } },
		{ "RX24", { 0x01, 0x33, 0x22, 0x11, 0x02, 0xcc, 0xbb, 0xaa } },
	};
	static const uint8_t want[] = { 0x11, 0x22, 0x33, 0xaa, 0xbb, 0xcc };
	const struct format_info *format;
	uint8_t rgb[7] = { [6] = 0x5a };

	for (size_t i = 0; i < COUNT(lines); i++) {
		format = format_parse(lines[i].fourcc);
		test_case(format->name);
		CHECK(rgb_is_known(format));
		CHECK(rgb_find_bytes(format));
		rgb_line(format, lines[i].line, rgb, 2);
		CHECK_MEM_EQ(rgb, want, sizeof(want));
		CHECK_EQ(rgb[6], 0x5a);
	}
}

static void test_rgb_words(void)
{
	static const struct {
		const char *fourcc;
		uint8_t line[2];
		uint8_t want[3];
	} pixels[] = {
		/* 0xf81f is all red, no green, all blue; 0x07e0 the reverse. */
		{ "RGBP", { 0x1f, 0xf8 }, { 0xff, 0x00, 0xff } },
		{ "RGBP", { 0xe0, 0x07 }, { 0x00, 0xff, 0x00 } },
		{ "RGBR", { 0xf8, 0x1f }, { 0xff, 0x00, 0xff } },
		/* 10000 100000 10000: 0x10 of 5 bits is 0x84 of 8, 0x20 of 6 is 0x82. */
		{ "RGBP", { 0x10, 0x84 }, { 0x84, 0x82, 0x84 } },
		{ "RGBR", { 0x84, 0x10 }, { 0x84, 0x82, 0x84 } },
		/* x 10000 00001 11111, with and without the top bit. */
		{ "RGBO", { 0x3f, 0x40 }, { 0x84, 0x08, 0xff } },
		{ "XR15", { 0x3f, 0xc0 }, { 0x84, 0x08, 0xff } },
		{ "AR15", { 0x3f, 0xc0 }, { 0x84, 0x08, 0xff } },
		{ "RGBQ", { 0xc0, 0x3f }, { 0x84, 0x08, 0xff } },
		{ "XR12", { 0x8f, 0xf1 }, { 0x11, 0x88, 0xff } },
		{ "AR12", { 0x8f, 0x01 }, { 0x11, 0x88, 0xff } },
	};
	static const uint8_t rgb48[] = { 0x34, 0x12, 0x78, 0x56, 0xbc, 0x9a,
					 0x01, 0x00, 0x02, 0x00, 0x03, 0x00 };
	static const uint8_t want_rgb[] = { 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc,
					    0x00, 0x01, 0x00, 0x02, 0x00, 0x03 };
	static const uint8_t want_bgr[] = { 0x9a, 0xbc, 0x56, 0x78, 0x12, 0x34,
					    0x00, 0x03, 0x00, 0x02, 0x00, 0x01 };
	uint8_t rgb[12];

	test_case("rgb: pixels of 16 bits, white is white");
	for (size_t i = 0; i < COUNT(pixels); i++) {
		const struct format_info *format = format_parse(pixels[i].fourcc);
		uint8_t line[4] = { 0xff, 0xff, pixels[i].line[0], pixels[i].line[1] };

		CHECK(rgb_is_known(format));
		CHECK(!rgb_find_bytes(format));
		memset(rgb, 0x5a, sizeof(rgb));
		rgb_line(format, line, rgb, 2);
		CHECK_MEM_EQ(rgb, "\xff\xff\xff", 3);
		CHECK_MEM_EQ(rgb + 3, pixels[i].want, 3);
		CHECK_EQ(rgb[6], 0x5a);
	}

	test_case("rgb: samples of 16 bits come high byte first");
	rgb_line(format_parse("RGB6"), rgb48, rgb, 2);
	CHECK_MEM_EQ(rgb, want_rgb, sizeof(rgb));
	rgb_line(format_parse("BGR6"), rgb48, rgb, 2);
	CHECK_MEM_EQ(rgb, want_bgr, sizeof(rgb));

	test_case("rgb: all RGB of the table is known, nothing else");
	for (size_t i = 0; format_at(i); i++)
		CHECK_EQ(rgb_is_known(format_at(i)), format_at(i)->kind == FORMAT_RGB);
}

/* All that has a conversion, with the places of Y, U and V. */
static const struct layout {
	const char *fourcc;
	const char *order; /* of a packed pair, or of the chroma planes or pairs */
	unsigned horizontal, vertical;
} layouts[] = {
	{ "YUYV", "YUYV", 2, 1 }, { "YVYU", "YVYU", 2, 1 }, { "UYVY", "UYVY", 2, 1 },
	{ "VYUY", "VYUY", 2, 1 }, { "NV12", "UV", 2, 2 },   { "NV21", "VU", 2, 2 },
	{ "NV16", "UV", 2, 1 },   { "NV61", "VU", 2, 1 },   { "NV24", "UV", 1, 1 },
	{ "NV42", "VU", 1, 1 },   { "NM12", "UV", 2, 2 },   { "NM21", "VU", 2, 2 },
	{ "NM16", "UV", 2, 1 },   { "NM61", "VU", 2, 1 },   { "YU12", "UV", 2, 2 },
	{ "YV12", "VU", 2, 2 },   { "422P", "UV", 2, 1 },   { "YM12", "UV", 2, 2 },
	{ "YM21", "VU", 2, 2 },   { "YM16", "UV", 2, 1 },   { "YM61", "VU", 2, 1 },
	{ "YM24", "UV", 1, 1 },   { "YM42", "VU", 1, 1 },
};

#ifdef HAVE_LIBYUV

/* A scene whose chroma stays the same over 2x2 pixels, so that all layouts can hold it. */
static uint8_t scene(char colour, uint32_t x, uint32_t y)
{
	if (colour == 'Y')
		return (uint8_t)(30 + 23 * x + 41 * y);
	if (colour == 'U')
		return (uint8_t)(90 + 31 * (x / 2) + 11 * (y / 2));
	return (uint8_t)(170 - 19 * (x / 2) - 13 * (y / 2));
}

static void fill_packed(uint8_t *line, const char *order, uint32_t width, uint32_t y)
{
	for (uint32_t x = 0; x < width; x += 2)
		for (uint32_t i = 0; i < 4; i++)
			line[2 * x + i] = scene(order[i], order[i] == 'Y' ? x + i / 2 : x, y);
}

/* Fills the chroma of one line; planes and pairs differ in where the second one goes. */
static void fill_chroma(const struct image *image, const struct layout *layout, uint32_t y)
{
	uint32_t x, count = (image->width + layout->horizontal - 1) / layout->horizontal;
	bool pairs = image->format->color_planes == 2;
	uint8_t *line;

	for (unsigned i = 0; i < 2; i++) {
		unsigned plane = pairs ? 1 : 1 + i;

		line = (uint8_t *)image->planes[plane] +
		       (size_t)(y / layout->vertical) * image->stride_bytes[plane];
		for (x = 0; x < count; x++)
			line[pairs ? 2 * x + i : x] =
				scene(layout->order[i], x * layout->horizontal, y);
	}
}

/* Each plane in memory that ends with it, for sanitizers to guard. */
static void make_picture(struct image *image, const struct layout *layout, uint8_t *memory[3])
{
	const struct format_info *format = image->format;
	size_t bytes;

	for (unsigned i = 0; i < format->color_planes; i++) {
		image->stride_bytes[i] = format_stride_bytes(format, i, image->width) + i;
		bytes = (size_t)image->stride_bytes[i] *
				(format_lines(format, i, image->height) - 1) +
			format_stride_bytes(format, i, image->width);
		memory[i] = calloc(1, bytes);
		if (!memory[i])
			abort();
		image->planes[i] = memory[i];
	}
	for (uint32_t y = 0; y < image->height; y++) {
		uint8_t *line = memory[0] + (size_t)y * image->stride_bytes[0];

		if (format->color_planes == 1) {
			fill_packed(line, layout->order, image->width, y);
			continue;
		}
		for (uint32_t x = 0; x < image->width; x++)
			line[x] = scene('Y', x, y);
		fill_chroma(image, layout, y);
	}
}

/* ITU-R BT.601, 709 and 2020 from their two constants; what a byte holds, as 0 to 255. */
static double exact(const struct image *image, unsigned colour, uint32_t x, uint32_t y)
{
	static const double constants[][2] = {
		[IMAGE_ENCODING_601] = { 0.299, 0.114 },
		[IMAGE_ENCODING_709] = { 0.2126, 0.0722 },
		[IMAGE_ENCODING_2020] = { 0.2627, 0.0593 },
	};
	double kr = constants[image->encoding][0], kb = constants[image->encoding][1];
	double luma = scene('Y', x, y), u = scene('U', x, y) - 128.0,
	       v = scene('V', x, y) - 128.0;
	double red, blue, value;

	if (image->range == IMAGE_RANGE_LIMITED) {
		luma = (luma - 16) * 255 / 219;
		u = u * 255 / 224;
		v = v * 255 / 224;
	}
	red = luma + 2 * (1 - kr) * v;
	blue = luma + 2 * (1 - kb) * u;
	value = colour == 0 ? red :
		colour == 2 ? blue :
			      (luma - kr * red - kb * blue) / (1 - kr - kb);
	return value < 0 ? 0 : value > 255 ? 255 : value;
}

/* libyuv counts in 64ths and takes no more than 2 U for blue, where 2.14 can be right. */
static double tolerance(unsigned colour, uint32_t x, uint32_t y)
{
	double u = scene('U', x, y) - 128.0;

	return colour == 2 ? 2 + 0.15 * (u < 0 ? -u : u) : 2;
}

static void check_lines(const struct image *image, const struct yuv *yuv)
{
	uint8_t rgb[3 * 64];
	double error;

	for (uint32_t y = 0; y < image->height; y++) {
		memset(rgb, 0x5a, sizeof(rgb));
		yuv_line(yuv, image, y, rgb);
		for (uint32_t i = 0; i < 3 * image->width; i++) {
			error = rgb[i] - exact(image, i % 3, i / 3, y);
			if (error > tolerance(i % 3, i / 3, y) ||
			    error < -tolerance(i % 3, i / 3, y))
				test_fail(__FILE__, __LINE__,
					  "%s pixel %u,%u colour %u: %u is off by %.1f",
					  image->format->name, i / 3, y, i % 3, rgb[i],
					  error);
		}
		CHECK_EQ(rgb[3 * image->width], 0x5a);
	}
}

static void try_yuv(const struct layout *layout, uint32_t width, uint32_t height,
		    enum image_encoding encoding, enum image_range range)
{
	struct image image = { .format = format_parse(layout->fourcc),
			       .width = width,
			       .height = height,
			       .encoding = encoding,
			       .range = range };
	uint8_t *memory[3] = { NULL, NULL, NULL };
	struct yuv *yuv = NULL;

	make_picture(&image, layout, memory);
	if (CHECK_EQ(yuv_create(&image, &yuv), 0))
		check_lines(&image, yuv);
	yuv_destroy(yuv);
	for (unsigned i = 0; i < 3; i++)
		free(memory[i]);
}

static void test_yuv(void)
{
	for (size_t i = 0; i < COUNT(layouts); i++) {
		test_case(format_parse(layouts[i].fourcc)->name);
		CHECK(!yuv_why_not(format_parse(layouts[i].fourcc)));
		try_yuv(&layouts[i], 6, 4, IMAGE_ENCODING_601, IMAGE_RANGE_LIMITED);
		try_yuv(&layouts[i], 5, 3, IMAGE_ENCODING_601, IMAGE_RANGE_LIMITED);
		try_yuv(&layouts[i], 1, 1, IMAGE_ENCODING_601, IMAGE_RANGE_LIMITED);
		try_yuv(&layouts[i], 62, 2, IMAGE_ENCODING_601, IMAGE_RANGE_LIMITED);
		for (unsigned encoding = 0; encoding < IMAGE_NUM_ENCODINGS; encoding++)
			for (unsigned range = 0; range < IMAGE_NUM_RANGES; range++)
				try_yuv(&layouts[i], 6, 4, encoding, range);
	}
}

/* In a child that can open no file any more, as on a machine without the library. */
static void test_missing(void)
{
	struct image shape = { .format = format_parse("NV12"), .width = 4, .height = 4 };
	struct rlimit none = { 0, 0 };
	struct yuv *yuv = NULL;
	const char *reason;
	int status;
	pid_t child;

	test_case("yuv: a library that can't be loaded is a reason, -ENOPKG");
	child = fork();
	if (!child) {
		setrlimit(RLIMIT_NOFILE, &none);
		reason = yuv_why_not(shape.format);
		_exit(!reason || !strstr(reason, "can't be loaded") ||
		      yuv_create(&shape, &yuv) != -ENOPKG || yuv);
	}
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK(WIFEXITED(status));
	CHECK_EQ(WEXITSTATUS(status), 0);
}

/* Two lines of Y, then their line of pairs; the last line of Y may have one to itself. */
static void mix_lines(const struct image *planes, struct image *mixed, uint8_t *memory)
{
	uint32_t y = 0;

	*mixed = *planes;
	mixed->format = format_parse("M420");
	mixed->stride_bytes[0] = mixed->stride_bytes[1] = planes->width + 3;
	mixed->planes[0] = memory;
	while (y < planes->height) {
		for (unsigned i = 0; i < 2 && y < planes->height; i++, y++) {
			memcpy(memory, planes->planes[0] + y * planes->stride_bytes[0],
			       planes->width);
			memory += mixed->stride_bytes[0];
		}
		memcpy(memory, planes->planes[1] + (y - 1) / 2 * planes->stride_bytes[1],
		       planes->width);
		memory += mixed->stride_bytes[0];
	}
	mixed->planes[1] = NULL;
}

static void try_mixed(uint32_t height)
{
	static const struct layout layout = { "NV12", "UV", 2, 2 };
	struct image image = { .format = format_parse("NV12"), .width = 8, .height = height };
	uint8_t *planes[3] = { NULL, NULL, NULL };
	uint8_t memory[12 * 11], rgb[2][24], split[2][3][8] = { 0 };
	struct yuv *pairs = NULL, *mixed = NULL;
	struct image other;

	make_picture(&image, &layout, planes);
	memset(memory, 0xee, sizeof(memory));
	mix_lines(&image, &other, memory);
	CHECK_EQ(yuv_create(&image, &pairs), 0);
	CHECK_EQ(yuv_create(&other, &mixed), 0);
	for (uint32_t y = 0; y < height; y++) {
		yuv_line(pairs, &image, y, rgb[0]);
		yuv_line(mixed, &other, y, rgb[1]);
		CHECK_MEM_EQ(rgb[1], rgb[0], sizeof(rgb[0]));
		yuv_split(pairs, &image, y,
			  (uint8_t *const[]){ split[0][0], split[0][1], split[0][2] });
		yuv_split(mixed, &other, y,
			  (uint8_t *const[]){ split[1][0], split[1][1], split[1][2] });
		CHECK_MEM_EQ(split[1], split[0], sizeof(split[0]));
	}
	yuv_destroy(pairs);
	yuv_destroy(mixed);
	free(planes[0]);
	free(planes[1]);
}

static void test_mixed(void)
{
	test_case("yuv: M420 is NV12 with its lines mixed");
	try_mixed(8);
	try_mixed(5);
}

static void test_not_converted(void)
{
	static const char *const names[] = { "YUV9", "YVU9", "411P", "RGB3", "MJPG" };
	struct image shape = { .width = 4, .height = 4 };
	struct yuv *yuv = NULL;

	test_case("yuv: what libyuv does not convert is a reason, -EOPNOTSUPP");
	for (size_t i = 0; i < COUNT(names); i++) {
		shape.format = format_parse(names[i]);
		CHECK(yuv_why_not(shape.format));
		CHECK_EQ(yuv_create(&shape, &yuv), -EOPNOTSUPP);
		CHECK(!yuv);
	}
	yuv_destroy(NULL);
}

#else

static void test_yuv(void)
{
	struct image shape = { .width = 4, .height = 4 };
	struct yuv *yuv = NULL;

	test_case("yuv: a program without libyuv says so");
	for (size_t i = 0; i < COUNT(layouts); i++) {
		shape.format = format_parse(layouts[i].fourcc);
		CHECK(strstr(yuv_why_not(shape.format), "without libyuv"));
		CHECK_EQ(yuv_create(&shape, &yuv), -ENOSYS);
	}
}

static void test_missing(void)
{
}

static void test_mixed(void)
{
}

static void test_not_converted(void)
{
}

#endif

int main(void)
{
	/* First: once loaded it may stay in memory. */
	test_missing();
	test_rgb_bytes();
	test_rgb_words();
	test_yuv();
	test_mixed();
	test_not_converted();
	return test_done();
}
