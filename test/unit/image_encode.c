// SPDX-License-Identifier: GPL-2.0-or-later
/* JPEG and Y4M of every kind of format: sampling, range and matrix of colours. */
#include "common/image/picture.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#ifdef HAVE_LIBJPEG
#include <jpeglib.h>
#endif

#include "common/image/image.h"
#include "common/image/rgb.h"
#include "test/unit/test.h"

#define MAX_PIXELS 4096

#ifdef HAVE_LIBYUV
static const bool have_libyuv = true;
#else
static const bool have_libyuv = false;
#endif

/* Where the samples of a format of YUV are. */
struct layout {
	const char *format;
	const char *order; /* packed: of four bytes; in pairs: "UV", "VU"; planes: "U", "V" */
	unsigned horizontal, vertical;
	const char *sampling; /* in the header of Y4M */
};

static const struct layout layouts[] = {
	{ "YUYV", "YUYV", 2, 1, "422" },   { "YVYU", "YVYU", 2, 1, "422" },
	{ "UYVY", "UYVY", 2, 1, "422" },   { "VYUY", "VYUY", 2, 1, "422" },
	{ "NV12", "UV", 2, 2, "420jpeg" }, { "NV21", "VU", 2, 2, "420jpeg" },
	{ "NV16", "UV", 2, 1, "422" },     { "NV61", "VU", 2, 1, "422" },
	{ "NV24", "UV", 1, 1, "444" },     { "NV42", "VU", 1, 1, "444" },
	{ "YU12", "U", 2, 2, "420jpeg" },  { "YV12", "V", 2, 2, "420jpeg" },
	{ "422P", "U", 2, 1, "422" },      { "YM24", "U", 1, 1, "444" },
	{ "YM42", "V", 1, 1, "444" },      { "NM12", "UV", 2, 2, "420jpeg" },
};

#define NUM_LAYOUTS (sizeof(layouts) / sizeof(layouts[0]))

/* The sample at that place of Y, U or V (plane 0 to 2), each counted in samples of its own. */
typedef uint8_t sample_fn(unsigned plane, unsigned x, unsigned y);

/* Never twice the same. */
static uint8_t noise(unsigned plane, unsigned x, unsigned y)
{
	return (uint8_t)(((plane * 131 + y) * 257 + x) * 2654435761u >> 21);
}

/* Each plane in memory of its own, which ends with the last sample. */
static struct image make_image(const char *format, uint32_t width, uint32_t height,
			       uint32_t padding)
{
	struct image image = { .format = format_parse(format),
			       .width = width,
			       .height = height };
	uint32_t line, lines;

	for (unsigned i = 0; i < image.format->color_planes; i++) {
		line = format_stride_bytes(image.format, i, width);
		lines = format_lines(image.format, i, height);
		image.stride_bytes[i] = line + padding;
		image.planes[i] = calloc(1, (lines - 1) * image.stride_bytes[i] + line);
		if (!image.planes[i])
			abort();
	}
	return image;
}

static void free_image(struct image *image)
{
	for (unsigned i = 0; i < image->format->color_planes; i++)
		free((void *)image->planes[i]);
}

static unsigned share(unsigned size, unsigned factor)
{
	return (size + factor - 1) / factor;
}

/* Where a sample is in memory. */
static uint8_t *place(const struct image *image, const struct layout *layout,
		      unsigned plane, unsigned x, unsigned y)
{
	const char *order = layout->order;
	unsigned in = 0, at = x;

	if (strlen(order) == 4) {
		at = plane ? 4 * x + (unsigned)(strchr(order, "YUV"[plane]) - order) :
			     2 * x + (order[0] != 'Y');
	} else if (plane && strlen(order) == 2) {
		in = 1;
		at = 2 * x + (order[0] != "YUV"[plane]);
	} else if (plane) {
		in = order[0] == "YUV"[plane] ? 1 : 2;
	}
	return (uint8_t *)image->planes[in] + y * image->stride_bytes[in] + at;
}

static struct image make_yuv(const struct layout *layout, uint32_t width, uint32_t height,
			     uint32_t padding, sample_fn *sample)
{
	struct image image = make_image(layout->format, width, height, padding);

	for (unsigned plane = 0; plane < 3; plane++)
		for (unsigned y = 0; y < share(height, plane ? layout->vertical : 1); y++)
			for (unsigned x = 0;
			     x < share(width, plane ? layout->horizontal : 1); x++)
				*place(&image, layout, plane, x, y) = sample(plane, x, y);
	return image;
}

/* Of R, G and B in whole bytes or words. */
static struct image make_rgb(const char *format, uint32_t width, uint32_t height,
			     sample_fn *sample)
{
	struct image image = make_image(format, width, height, 6);
	const struct rgb_bytes *bytes = rgb_find_bytes(image.format);
	const uint8_t places[3] = { bytes->red, bytes->green, bytes->blue };
	unsigned size = bytes->sample_bytes;

	for (unsigned y = 0; y < height; y++)
		for (unsigned i = 0; i < width * 3; i++)
			((uint8_t *)image.planes[0])[y * image.stride_bytes[0] +
						     (i / 3 * bytes->samples + places[i % 3]) * size +
						     size - 1] = sample(i % 3, i / 3, y);
	return image;
}

/* What a writer makes of the image, so many times into one file. The caller frees it. */
static uint8_t *written(enum picture_kind kind, const struct image *image,
			struct text_fraction rate, unsigned count, size_t *size)
{
	struct picture_writer *writer = NULL;
	int fd = memfd_create("written", 0);
	uint8_t *bytes;

	*size = 0;
	if (!CHECK_EQ(picture_writer_create(kind, image, &writer), 0))
		return calloc(1, 1);
	picture_set_rate(writer, rate);
	for (unsigned i = 0; i < count; i++)
		CHECK_EQ(picture_write(writer, image, fd), 0);
	*size = (size_t)lseek(fd, 0, SEEK_END);
	bytes = malloc(*size + 1);
	if (!bytes)
		abort();
	CHECK_EQ(pread(fd, bytes, *size, 0), (long long)*size);
	bytes[*size] = '\0';
	close(fd);
	picture_writer_destroy(writer);
	return bytes;
}

static const struct text_fraction no_rate;

/* Makes a Y4M and checks that it is exactly that. */
static void check_y4m(const struct image *image, const char *header,
		      const uint8_t *planes, size_t planes_size)
{
	size_t size, length = strlen(header);
	uint8_t *got = written(PICTURE_Y4M, image, no_rate, 2, &size);

	if (CHECK_EQ(size, length + 2 * (6 + planes_size))) {
		CHECK_MEM_EQ(got, header, length);
		CHECK_MEM_EQ(got + length, "FRAME\n", 6);
		CHECK_MEM_EQ(got + length + 6, planes, planes_size);
		CHECK_MEM_EQ(got + length + 6 + planes_size, "FRAME\n", 6);
		CHECK_MEM_EQ(got + length + 12 + planes_size, planes, planes_size);
	}
	free(got);
}

static void try_y4m(const struct layout *layout, uint32_t width, uint32_t height,
		    uint32_t padding)
{
	struct image image = make_yuv(layout, width, height, padding, noise);
	uint8_t planes[3 * MAX_PIXELS];
	char header[128];
	size_t used = 0;

	image.range = width % 2 ? IMAGE_RANGE_LIMITED : IMAGE_RANGE_FULL;
	snprintf(header, sizeof(header), "YUV4MPEG2 W%u H%u F0:0 I? C%s XCOLORRANGE=%s\n",
		 width, height, layout->sampling, width % 2 ? "LIMITED" : "FULL");
	for (unsigned plane = 0; plane < 3; plane++)
		for (unsigned y = 0; y < share(height, plane ? layout->vertical : 1); y++)
			for (unsigned x = 0;
			     x < share(width, plane ? layout->horizontal : 1); x++)
				planes[used++] = noise(plane, x, y);
	check_y4m(&image, header, planes, used);
	free_image(&image);
}

static void test_y4m_yuv(void)
{
	test_case("y4m: YUV of every kind, sample for sample");
	for (size_t i = 0; i < NUM_LAYOUTS; i++) {
		if (!have_libyuv && strlen(layouts[i].order) > 1)
			continue;
		try_y4m(&layouts[i], 64, 48, 0);
		try_y4m(&layouts[i], 64, 48, 8);
		try_y4m(&layouts[i], 37, 19, 0);
		try_y4m(&layouts[i], 37, 19, 4);
		try_y4m(&layouts[i], 1, 1, 0);
	}
}

static void try_grey(const char *format, unsigned bits, uint32_t padding)
{
	struct image image = make_image(format, 31, 9, padding);
	bool is_big = strstr(format, "-BE") != NULL;
	uint8_t planes[2 * 31 * 9], *at;
	unsigned value, x, y;

	for (unsigned i = 0; i < 31 * 9; i++) {
		x = i % 31;
		y = i / 31;
		at = (uint8_t *)image.planes[0] + y * image.stride_bytes[0];
		value = noise(0, x, y);
		if (bits == 8) {
			at[x] = planes[i] = (uint8_t)value;
			continue;
		}
		value = (value | (unsigned)noise(1, x, y) << 8) >> (16 - bits);
		at[2 * x + is_big] = (uint8_t)value;
		at[2 * x + !is_big] = (uint8_t)(value >> 8);
		value = value << (16 - bits) | value >> (2 * bits - 16);
		planes[2 * i] = (uint8_t)value;
		planes[2 * i + 1] = (uint8_t)(value >> 8);
	}
	check_y4m(&image,
		  bits == 8 ? "YUV4MPEG2 W31 H9 F0:0 I? Cmono XCOLORRANGE=FULL\n" :
			      "YUV4MPEG2 W31 H9 F0:0 I? Cmono16 XCOLORRANGE=FULL\n",
		  planes, 31 * 9 * (bits == 8 ? 1 : 2));
	free_image(&image);
}

/* JPEG's numbers for a colour. */
static void to_ycbcr(const double rgb[3], double ycbcr[3])
{
	ycbcr[0] = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
	ycbcr[1] = (rgb[2] - ycbcr[0]) / 1.772 + 128;
	ycbcr[2] = (rgb[0] - ycbcr[0]) / 1.402 + 128;
}

static void check_about(double got, double want, double most)
{
	if (fabs(got - want) > most)
		test_fail(__FILE__, __LINE__, "got %.2f, want %.2f", got, want);
}

static void try_y4m_rgb(const char *format)
{
	static const char header[] = "YUV4MPEG2 W17 H9 F0:0 I? C444 XCOLORRANGE=FULL\nFRAME\n";
	struct image image = make_rgb(format, 17, 9, noise);
	size_t size;
	uint8_t *got = written(PICTURE_Y4M, &image, no_rate, 1, &size);
	double rgb[3], want[3];

	if (CHECK_EQ(size, sizeof(header) - 1 + 3 * 17 * 9)) {
		CHECK_MEM_EQ(got, header, sizeof(header) - 1);
		for (unsigned i = 0; i < 17 * 9; i++) {
			for (unsigned c = 0; c < 3; c++)
				rgb[c] = noise(c, i % 17, i / 17);
			to_ycbcr(rgb, want);
			for (unsigned c = 0; c < 3; c++)
				check_about(got[sizeof(header) - 1 + c * 17 * 9 + i],
					    fmin(want[c], 255), 0.51);
		}
	}
	free(got);
	free_image(&image);
}

/* Black, white and the purest colours. */
static void test_extremes(void)
{
	static const uint8_t rgb[] = { 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0, 255 };
	uint8_t y[4], u[4], v[4], *const to[3] = { y, u, v };

	test_case("rgb: black, white, red and blue as JPEG has them");
	rgb_split(rgb, to, 4);
	CHECK_MEM_EQ(y, "\0\xff\x4c\x1d", 4);
	CHECK_MEM_EQ(u, "\x80\x80\x55\xff", 4);
	CHECK_MEM_EQ(v, "\x80\x80\xff\x6b", 4);
}

static void test_header(void)
{
	struct image image = make_yuv(&layouts[10], 2, 2, 0, noise);
	struct picture_writer *writer = NULL;
	size_t size;
	uint8_t *got;
	char text[256] = "";
	int fd = memfd_create("two", 0);

	test_case("y4m: the rate, and which lines were taken at one time");
	image.fields = IMAGE_FIELDS_NONE;
	got = written(PICTURE_Y4M, &image, (struct text_fraction){ 30000, 1001 }, 1, &size);
	CHECK(strstr((char *)got, " F30000:1001 Ip C420jpeg "));
	free(got);
	image.fields = IMAGE_FIELDS_TOP_FIRST;
	got = written(PICTURE_Y4M, &image, no_rate, 1, &size);
	CHECK(strstr((char *)got, " F0:0 It C420jpeg "));
	free(got);
	image.fields = IMAGE_FIELDS_BOTTOM_FIRST;
	got = written(PICTURE_Y4M, &image, no_rate, 1, &size);
	CHECK(strstr((char *)got, " F0:0 Ib C420jpeg "));
	free(got);

	test_case("y4m: each file has a header of its own");
	CHECK_EQ(picture_writer_create(PICTURE_Y4M, &image, &writer), 0);
	CHECK_EQ(picture_write(writer, &image, fd), 0);
	picture_start_file(writer);
	CHECK_EQ(picture_write(writer, &image, fd), 0);
	size = (size_t)lseek(fd, 0, SEEK_END);
	CHECK_EQ(pread(fd, text, sizeof(text) - 1, 0), (long long)size);
	CHECK_MEM_EQ(text, text + size / 2, size / 2);
	CHECK_MEM_EQ(text, "YUV4MPEG2", 9);
	picture_writer_destroy(writer);
	close(fd);
	free_image(&image);
}

#ifdef HAVE_LIBJPEG

/* No colour that R, G and B don't have, whatever the matrix and the range. */
static uint8_t smooth(unsigned plane, unsigned x, unsigned y)
{
	switch (plane) {
	case 0:
		return (uint8_t)(128 + x / 8 + y / 16);
	case 1:
		return (uint8_t)(72 + x / 8);
	default:
		return (uint8_t)(190 - y / 8);
	}
}

static uint8_t level;

static uint8_t flat_grey(unsigned plane, unsigned x, unsigned y)
{
	return plane ? 128 : level;
}

/* A JPEG read back: Y, Cb and Cr for each pixel, or Y alone. */
struct decoded {
	unsigned width, height, components;
	int horizontal, vertical; /* sampling of Y */
	uint8_t samples[3 * MAX_PIXELS];
};

static void decode(const uint8_t *bytes, size_t size, struct decoded *decoded)
{
	struct jpeg_decompress_struct decompress;
	struct jpeg_error_mgr errors;
	JSAMPROW row;

	decompress.err = jpeg_std_error(&errors);
	jpeg_create_decompress(&decompress);
	jpeg_mem_src(&decompress, bytes, size);
	jpeg_read_header(&decompress, TRUE);
	CHECK(decompress.saw_JFIF_marker);
	decoded->width = decompress.image_width;
	decoded->height = decompress.image_height;
	decoded->components = (unsigned)decompress.num_components;
	decoded->horizontal = decompress.comp_info[0].h_samp_factor;
	decoded->vertical = decompress.comp_info[0].v_samp_factor;
	if (decoded->components == 3)
		decompress.out_color_space = JCS_YCbCr;
	decompress.do_fancy_upsampling = FALSE;
	jpeg_start_decompress(&decompress);
	for (unsigned y = 0; y < decoded->height; y++) {
		row = decoded->samples + (size_t)y * decoded->width * decoded->components;
		jpeg_read_scanlines(&decompress, &row, 1);
	}
	jpeg_finish_decompress(&decompress);
	CHECK_EQ(errors.num_warnings, 0);
	jpeg_destroy_decompress(&decompress);
}

static bool make_jpeg(const struct image *image, struct decoded *decoded)
{
	size_t size, later;
	uint8_t *bytes = written(PICTURE_JPEG, image, no_rate, 1, &size);
	uint8_t *twice = written(PICTURE_JPEG, image, no_rate, 2, &later);
	bool made = size && CHECK_EQ(later, 2 * size);

	if (made) {
		CHECK_MEM_EQ(twice, bytes, size);
		CHECK_MEM_EQ(twice + size, bytes, size);
		decode(bytes, size, decoded);
		CHECK_EQ(decoded->width, image->width);
		CHECK_EQ(decoded->height, image->height);
	}
	free(bytes);
	free(twice);
	return made;
}

static double component(const struct decoded *decoded, unsigned x, unsigned y, unsigned i)
{
	return decoded->samples[(y * decoded->width + x) * decoded->components + i];
}

/* What a pixel of YUV is in JPEG. */
static void expect(const struct image *image, const uint8_t yuv[3], double want[3])
{
	bool limited = image->range == IMAGE_RANGE_LIMITED;
	double y = limited ? (yuv[0] - 16) * 255.0 / 219 : yuv[0];
	double u = (yuv[1] - 128) * (limited ? 255.0 / 224 : 1);
	double v = (yuv[2] - 128) * (limited ? 255.0 / 224 : 1);
	double rgb[3];

	if (image->encoding == IMAGE_ENCODING_709) {
		rgb[0] = y + 1.5748 * v;
		rgb[1] = y - 0.1873 * u - 0.4681 * v;
		rgb[2] = y + 1.8556 * u;
		to_ycbcr(rgb, want);
		return;
	}
	want[0] = fmax(0, fmin(255, y));
	want[1] = u + 128;
	want[2] = v + 128;
}

/* No sample far off, and together they are not off at all. */
static void try_jpeg(const struct layout *layout, uint32_t width, uint32_t height,
		     enum image_encoding encoding, enum image_range range)
{
	struct image image = make_yuv(layout, width, height, 4, smooth);
	double want[3], sum[3] = { 0, 0, 0 };
	static struct decoded decoded;
	uint8_t yuv[3];

	image.encoding = encoding;
	image.range = range;
	if (!make_jpeg(&image, &decoded))
		goto free;
	CHECK_EQ(decoded.components, 3);
	CHECK_EQ(decoded.horizontal, layout->horizontal);
	CHECK_EQ(decoded.vertical, layout->vertical);
	for (unsigned i = 0; i < width * height; i++) {
		unsigned x = i % width, y = i / width;

		for (unsigned p = 0; p < 3; p++)
			yuv[p] = smooth(p, p ? x / layout->horizontal : x,
					p ? y / layout->vertical : y);
		expect(&image, yuv, want);
		for (unsigned p = 0; p < 3; p++) {
			check_about(component(&decoded, x, y, p), want[p], 5);
			sum[p] += component(&decoded, x, y, p) - want[p];
		}
	}
	/* libyuv has no number large enough for how much blue a U of BT.709 is. */
	for (unsigned p = 0; p < 3; p++)
		check_about(sum[p] / (width * height), 0,
			    p == 1 && encoding == IMAGE_ENCODING_709 ? 3.5 : 1.5);
free:
	free_image(&image);
}

/* RAW, RGB and YUV of this colour everywhere; it can be said in 5 and 6 bits, too. */
static const uint8_t colour[3] = { 206, 101, 49 };

static uint8_t flat_colour(unsigned plane, unsigned x, unsigned y)
{
	return colour[plane];
}

static void check_flat(struct image *image, int factor)
{
	const double rgb[3] = { colour[0], colour[1], colour[2] };
	static struct decoded decoded;
	double want[3];

	to_ycbcr(rgb, want);
	if (make_jpeg(image, &decoded)) {
		CHECK_EQ(decoded.components, 3);
		CHECK_EQ(decoded.horizontal, factor);
		CHECK_EQ(decoded.vertical, factor);
		for (unsigned i = 0; i < decoded.width * decoded.height * 3; i++)
			check_about(decoded.samples[i], want[i % 3], 1.5);
	}
	free_image(image);
}

static void test_jpeg_rgb(void)
{
	static const char *const formats[] = { "RGB3", "BGR3", "BA24", "BX24", "AR24",
					       "XR24", "AB24", "XB24", "RA24", "RX24",
					       "RGB4", "BGR4", "RGB6", "BGR6" };
	struct image image;

	test_case("jpeg: RGB in any order, with a colour for each pixel");
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		image = make_rgb(formats[i], 37, 19, flat_colour);
		check_flat(&image, 1);
	}
	image = make_image("RGBP", 16, 8, 0);
	for (unsigned i = 0; i < 16 * 8; i++)
		memcpy((uint8_t *)image.planes[0] + 2 * i, "\x26\xcb", 2);
	check_flat(&image, 1);
}

static void try_jpeg_bayer(const char *format, unsigned bits)
{
	struct image image = make_image(format, 37, 19, 0);
	const char *order = format_order_name(image.format->order);
	unsigned value, x, y;
	uint8_t *at;

	for (unsigned i = 0; i < 37 * 19; i++) {
		x = i % 37;
		y = i / 37;
		at = (uint8_t *)image.planes[0] + y * image.stride_bytes[0];
		value = colour[strchr("RGB", order[y % 2 * 2 + x % 2]) - "RGB"];
		if (bits == 8) {
			at[x] = (uint8_t)value;
		} else {
			value <<= bits - 8;
			at[2 * x] = (uint8_t)value;
			at[2 * x + 1] = (uint8_t)(value >> 8);
		}
	}
	check_flat(&image, 2);
}

static void try_jpeg_grey(const char *format, unsigned bits)
{
	struct image image = make_image(format, 37, 19, 2);
	bool is_big = strstr(format, "-BE") != NULL;
	static struct decoded decoded;
	unsigned value;
	uint8_t *at;

	for (unsigned i = 0; i < 37 * 19; i++) {
		at = (uint8_t *)image.planes[0] + i / 37 * image.stride_bytes[0];
		value = (100 + i % 37) << (bits - 8);
		if (bits == 8) {
			at[i % 37] = (uint8_t)value;
		} else {
			at[i % 37 * 2 + is_big] = (uint8_t)value;
			at[i % 37 * 2 + !is_big] = (uint8_t)(value >> 8);
		}
	}
	if (make_jpeg(&image, &decoded)) {
		CHECK_EQ(decoded.components, 1);
		for (unsigned i = 0; i < 37 * 19; i++)
			check_about(decoded.samples[i], 100 + i % 37, 3);
	}
	free_image(&image);
}

static void test_jpeg_grey(void)
{
	test_case("jpeg: grey, 8 bits of however many");
	try_jpeg_grey("GREY", 8);
	try_jpeg_grey("Y10", 10);
	try_jpeg_grey("Y12", 12);
	try_jpeg_grey("Y16", 16);
	try_jpeg_grey("Y16-BE", 16);
}

static void test_jpeg_bayer(void)
{
	test_case("jpeg: RAW, with a colour for two by two");
	try_jpeg_bayer("RGGB", 8);
	try_jpeg_bayer("BG10", 10);
	try_jpeg_bayer("GR16", 16);
}

static void test_jpeg_yuv(void)
{
	test_case("jpeg: YUV of every kind keeps its sampling");
	for (size_t i = 0; i < NUM_LAYOUTS; i++) {
		try_jpeg(&layouts[i], 64, 48, IMAGE_ENCODING_601, IMAGE_RANGE_FULL);
		try_jpeg(&layouts[i], 37, 19, IMAGE_ENCODING_601, IMAGE_RANGE_FULL);
		try_jpeg(&layouts[i], 1, 1, IMAGE_ENCODING_601, IMAGE_RANGE_FULL);
		try_jpeg(&layouts[i], 17, 9, IMAGE_ENCODING_601, IMAGE_RANGE_FULL);
	}
	test_case("jpeg: limited range becomes full");
	for (size_t i = 0; i < NUM_LAYOUTS; i++)
		try_jpeg(&layouts[i], 37, 19, IMAGE_ENCODING_601, IMAGE_RANGE_LIMITED);
	test_case("jpeg: BT.709 of either range becomes BT.601");
	for (size_t i = 0; i < NUM_LAYOUTS; i++) {
		try_jpeg(&layouts[i], 37, 19, IMAGE_ENCODING_709, IMAGE_RANGE_FULL);
		try_jpeg(&layouts[i], 37, 19, IMAGE_ENCODING_709, IMAGE_RANGE_LIMITED);
	}
}

static size_t flat_size(const struct layout *layout, uint32_t width, uint32_t height)
{
	struct image image = make_yuv(layout, width, height, 0, flat_grey);
	size_t size;

	free(written(PICTURE_JPEG, &image, no_rate, 1, &size));
	free_image(&image);
	return size;
}

/* A flat picture in the corner of its last blocks is as small as one that fills them. */
static void test_edges(void)
{
	test_case("jpeg: blocks beyond the edges go on as the picture ends");
	level = 200;
	for (size_t i = 0; i < NUM_LAYOUTS; i++) {
		unsigned width = 8 * layouts[i].horizontal, height = 8 * layouts[i].vertical;

		CHECK_EQ(flat_size(&layouts[i], width + 1, height + 1),
			 flat_size(&layouts[i], 2 * width, 2 * height));
	}
}

/* Where the first table of steps begins: 64 of them, the larger the coarser. */
static const uint8_t *find_steps(const uint8_t *jpeg, size_t size)
{
	const uint8_t *marker = memmem(jpeg, size, "\xff\xdb", 2);

	return marker ? marker + 5 : jpeg;
}

static void test_quality(void)
{
	struct image image = make_rgb("RGB3", 64, 48, flat_colour);
	struct picture_writer *writer = NULL;
	static const unsigned qualities[] = { 0, 90, 1, 100, 0 };
	static const unsigned steps[] = { 3, 3, 255, 1, 3 }; /* libjpeg's first is 16 for 50 */
	static uint8_t jpeg[20000];
	ssize_t size;
	int fd;

	test_case("jpeg: of the quality that was asked for, or 90");
	CHECK_EQ(picture_writer_create(PICTURE_JPEG, &image, &writer), 0);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		fd = memfd_create("quality", 0);
		picture_set_quality(writer, qualities[i]);
		CHECK_EQ(picture_write(writer, &image, fd), 0);
		size = pread(fd, jpeg, sizeof(jpeg), 0);
		CHECK_EQ(*find_steps(jpeg, size > 0 ? (size_t)size : 0), steps[i]);
		close(fd);
	}
	picture_writer_destroy(writer);
	free_image(&image);
}

static void try_level(enum image_range range, uint8_t from, uint8_t to)
{
	static struct decoded decoded;
	struct image image;

	level = from;
	image = make_yuv(&layouts[0], 16, 8, 0, flat_grey);
	image.range = range;
	if (make_jpeg(&image, &decoded))
		for (unsigned i = 0; i < 16 * 8; i++)
			check_about(decoded.samples[3 * i], to, 1);
	free_image(&image);
}

static void test_levels(void)
{
	test_case("jpeg: black and white, and what is blacker and whiter");
	try_level(IMAGE_RANGE_LIMITED, 16, 0);
	try_level(IMAGE_RANGE_LIMITED, 235, 255);
	try_level(IMAGE_RANGE_LIMITED, 1, 0);
	try_level(IMAGE_RANGE_LIMITED, 254, 255);
	try_level(IMAGE_RANGE_FULL, 16, 16);
	try_level(IMAGE_RANGE_FULL, 235, 235);
}

#endif

int main(void)
{
	test_extremes();
	test_y4m_yuv();
	test_case("y4m: grey of 8 bits, and of more, which become 16");
	try_grey("GREY", 8, 0);
	try_grey("GREY", 8, 3);
	try_grey("Y10", 10, 0);
	try_grey("Y12", 12, 2);
	try_grey("Y16", 16, 0);
	try_grey("Y16-BE", 16, 0);
	test_case("y4m: RGB as JPEG's YUV");
	try_y4m_rgb("RGB3");
	try_y4m_rgb("XR24");
	try_y4m_rgb("BGR6");
	test_header();
#ifdef HAVE_LIBJPEG
	test_jpeg_rgb();
	test_jpeg_grey();
	test_jpeg_bayer();
	test_quality();
	if (have_libyuv) {
		test_jpeg_yuv();
		test_levels();
		test_edges();
	}
#endif
	return test_done();
}
