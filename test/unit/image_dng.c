// SPDX-License-Identifier: GPL-2.0-or-later
/* DNG, read back with libtiff: samples to the bit, and what is said about them. */
#include "common/image/picture.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef HAVE_LIBTIFF
#include <tiffio.h>
#endif

#include "common/image/image.h"
#include "common/image/unpack.h"
#include "test/unit/ljpeg_reader.h"
#include "test/unit/test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void test_reasons(void)
{
	test_case("reasons: DNG is for RAW and grey, and for no other stream");
	CHECK_STR_EQ(picture_why_not(PICTURE_DNG, format_parse("NV12")),
		     "it is for RAW, as a sensor gives it");
	CHECK_STR_EQ(picture_why_not(PICTURE_DNG, format_parse("RGB3")),
		     "it is for RAW, as a sensor gives it");
	CHECK_STR_EQ(picture_why_not(PICTURE_DNG, format_parse("MJPG")),
		     "it is for RAW, as a sensor gives it");
	CHECK_STR_EQ(picture_why_not(PICTURE_DNG, format_find(V4L2_PIX_FMT_SGRBG10DPCM8)),
		     "samples packed like this can't be unpacked");
	CHECK(picture_uses_notes(PICTURE_DNG, format_parse("RG10")));
}

#ifndef HAVE_LIBTIFF

static void test_without(void)
{
	struct image image = { .format = format_parse("RG10"), .width = 4, .height = 4 };
	struct picture_writer *writer = NULL;

	test_case("dng: a program without libtiff says so");
	CHECK_STR_EQ(picture_why_not(PICTURE_DNG, image.format),
		     "this program was built without libtiff");
	CHECK_EQ(picture_writer_create(PICTURE_DNG, &image, &writer), -ENOSYS);
	CHECK(!writer);
}

#else

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define HAVE_SANITIZER /* clang */
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define HAVE_SANITIZER /* gcc */
#endif

/* Noise, in memory that ends where the picture ends. */
static struct image make_image(const char *format, uint32_t width, uint32_t height,
			       uint32_t padding)
{
	struct image image = { .format = format_parse(format),
			       .width = width,
			       .height = height };
	uint32_t line_bytes = format_stride_bytes(image.format, 0, width);
	struct image_memory memory;
	uint32_t state = width;
	uint8_t *bytes;

	image.stride_bytes[0] = line_bytes + padding;
	memory.size_bytes = (size_t)image.stride_bytes[0] * (height - 1) + line_bytes;
	bytes = malloc(memory.size_bytes);
	if (!bytes)
		abort();
	for (size_t i = 0; i < memory.size_bytes; i++) {
		state = state * 1664525 + 1013904223;
		bytes[i] = (uint8_t)(state >> 24);
	}
	memory.start = bytes;
	CHECK_EQ(image_place(&image, &memory), 0);
	return image;
}

static void free_image(struct image *image)
{
	free((void *)image->planes[0]);
}

static struct picture_writer *writer_for(const struct image *image)
{
	struct picture_writer *writer = NULL;

	CHECK_EQ(picture_writer_create(PICTURE_DNG, image, &writer), 0);
	return writer;
}

/* Opens what was written, at its first directory. The descriptor is closed with it. */
static TIFF *open_tiff(int fd)
{
	TIFF *tiff;

	lseek(fd, 0, SEEK_SET);
	/* Strips as they are, not cut into shorter ones. */
	tiff = TIFFFdOpen(fd, "memory", "rc");
	CHECK(tiff);
	return tiff;
}

static void open_raw(TIFF *tiff)
{
	uint64_t *offsets = NULL;
	uint16_t count = 0;

	CHECK(TIFFGetField(tiff, TIFFTAG_SUBIFD, &count, &offsets));
	if (CHECK_EQ(count, 1))
		CHECK(TIFFSetSubDirectory(tiff, offsets[0]));
}

static void open_exif(TIFF *tiff)
{
	uint64_t offset = 0;

	CHECK(TIFFSetDirectory(tiff, 0));
	CHECK(TIFFGetField(tiff, TIFFTAG_EXIFIFD, &offset));
	CHECK(TIFFReadEXIFDirectory(tiff, offset));
}

static unsigned get_number(TIFF *tiff, uint32_t tag)
{
	uint32_t number = 0;
	uint16_t short_number = 0;
	const TIFFField *field = TIFFFieldWithTag(tiff, tag);

	if (TIFFFieldDataType(field) == TIFF_SHORT) {
		CHECK(TIFFGetField(tiff, tag, &short_number));
		return short_number;
	}
	CHECK(TIFFGetField(tiff, tag, &number));
	return number;
}

static const char *get_text(TIFF *tiff, uint32_t tag)
{
	const char *text = NULL;

	return TIFFGetField(tiff, tag, &text) ? text : NULL;
}

/* A tag with several values, whether this libtiff tells their number or not. */
static const void *get_array(TIFF *tiff, uint32_t tag, unsigned count)
{
	const void *array = NULL;
	uint16_t told = 0;

	if (TIFFFieldPassCount(TIFFFieldWithTag(tiff, tag))) {
		CHECK(TIFFGetField(tiff, tag, &told, &array));
		CHECK_EQ(told, count);
	} else {
		CHECK(TIFFGetField(tiff, tag, &array));
	}
	return array;
}

static void check_reals(TIFF *tiff, uint32_t tag, unsigned count, const float *want)
{
	const float *got = get_array(tiff, tag, count);

	for (unsigned i = 0; got && i < count; i++)
		if (!(got[i] > want[i] - 1e-5f && got[i] < want[i] + 1e-5f))
			test_fail(__FILE__, __LINE__, "tag %u, %u: got %g, want %g", tag,
				  i, (double)got[i], (double)want[i]);
}

static void check_samples(TIFF *tiff, const struct image *image)
{
	bool is_wide = image->format->bits > 8;
	uint16_t *want = malloc(2 * (size_t)image->width);
	uint8_t *got = malloc((size_t)TIFFScanlineSize(tiff));
	unsigned sample;

	CHECK_EQ(TIFFScanlineSize(tiff), image->width * (is_wide ? 2 : 1));
	for (uint32_t y = 0; y < image->height; y++) {
		CHECK_EQ(TIFFReadScanline(tiff, got, y, 0), 1);
		unpack_find(image->format)(image->planes[0] +
						   (size_t)y * image->stride_bytes[0],
					   want, image->width, image->format->bits);
		for (uint32_t x = 0; x < image->width; x++) {
			sample = is_wide ? ((uint16_t *)(void *)got)[x] : got[x];
			if (sample != want[x]) {
				test_fail(__FILE__, __LINE__,
					  "%s %ux%u sample %u,%u: got %u, want %u",
					  image->format->name, image->width,
					  image->height, x, y, sample, want[x]);
				break;
			}
		}
	}
	free(want);
	free(got);
}

static void check_compressed(TIFF *tiff, const struct image *image)
{
	const struct format_info *format = image->format;
	const struct ljpeg_shape shape = {
		.width = image->width,
		.height = image->height,
		.bits = format->bits > 10 ? format->bits : 10,
		.components = format->kind == FORMAT_BAYER && image->width % 2 == 0 ? 2 : 1,
	};
	size_t size = TIFFGetStrileByteCount(tiff, 0);
	uint16_t *want = malloc(2 * (size_t)image->width * image->height);
	uint8_t *bytes = malloc(size);

	CHECK_EQ(TIFFReadRawStrip(tiff, 0, bytes, (tmsize_t)size), size);
	for (uint32_t y = 0; y < image->height; y++)
		unpack_find(format)(image->planes[0] + (size_t)y * image->stride_bytes[0],
				    want + (size_t)y * image->width, image->width,
				    format->bits);
	CHECK(ljpeg_is(bytes, size, &shape, want));
	free(want);
	free(bytes);
}

static void check_pattern(TIFF *tiff, const struct image *image)
{
	const char *order = format_order_name(image->format->order);
	const uint16_t *size = get_array(tiff, TIFFTAG_CFAREPEATPATTERNDIM, 2);
	const uint8_t *pattern = get_array(tiff, TIFFTAG_CFAPATTERN, 4);
	const uint8_t *planes = get_array(tiff, TIFFTAG_CFAPLANECOLOR, 3);

	CHECK_EQ(get_number(tiff, TIFFTAG_PHOTOMETRIC), PHOTOMETRIC_CFA);
	if (size)
		CHECK(size[0] == 2 && size[1] == 2);
	for (unsigned i = 0; pattern && i < 4; i++)
		CHECK_EQ("RGB"[pattern[i]], order[i]);
	if (planes)
		CHECK_MEM_EQ(planes, "\0\1\2", 3);
}

/* Whether it is compressed. */
static bool check_raw(TIFF *tiff, const struct image *image)
{
	const uint32_t *white;
	bool is_compressed;

	open_raw(tiff);
	CHECK_EQ(get_number(tiff, TIFFTAG_SUBFILETYPE), 0);
	CHECK_EQ(get_number(tiff, TIFFTAG_IMAGEWIDTH), image->width);
	CHECK_EQ(get_number(tiff, TIFFTAG_IMAGELENGTH), image->height);
	CHECK_EQ(get_number(tiff, TIFFTAG_SAMPLESPERPIXEL), 1);
	is_compressed = get_number(tiff, TIFFTAG_COMPRESSION) == COMPRESSION_JPEG;
	CHECK_EQ(get_number(tiff, TIFFTAG_BITSPERSAMPLE),
		 image->format->bits > 8 || is_compressed ? 16 : 8);
	if (image->format->kind == FORMAT_BAYER)
		check_pattern(tiff, image);
	else
		CHECK_EQ(get_number(tiff, TIFFTAG_PHOTOMETRIC), 34892);
	white = get_array(tiff, TIFFTAG_WHITELEVEL, 1);
	if (white)
		CHECK_EQ(*white, (1u << image->format->bits) - 1);
	CHECK_EQ(TIFFGetStrileOffset(tiff, 0) % 4, 0);
	if (is_compressed)
		check_compressed(tiff, image);
	else
		check_samples(tiff, image);
	return is_compressed;
}

static void check_preview(TIFF *tiff, const struct image *image)
{
	unsigned width = get_number(tiff, TIFFTAG_IMAGEWIDTH);
	unsigned height = get_number(tiff, TIFFTAG_IMAGELENGTH);

	CHECK_EQ(get_number(tiff, TIFFTAG_SUBFILETYPE), FILETYPE_REDUCEDIMAGE);
	CHECK_EQ(get_number(tiff, TIFFTAG_PHOTOMETRIC), PHOTOMETRIC_RGB);
	CHECK_EQ(get_number(tiff, TIFFTAG_SAMPLESPERPIXEL), 3);
	CHECK(width >= 1 && width <= 256 && width <= image->width);
	CHECK(height >= 1 && height <= 256 && height <= image->height);
	CHECK_EQ(TIFFGetStrileByteCount(tiff, 0), 3 * width * height);
}

static void try_format(const char *format, uint32_t width, uint32_t height, uint32_t padding)
{
	struct image image = make_image(format, width, height, padding);
	struct picture_writer *writer = writer_for(&image);
	int fd = memfd_create("dng", 0);
	TIFF *tiff;

	/* The second picture of a writer must be as good as the first. */
	CHECK_EQ(picture_write(writer, &image, fd), 0);
	CHECK_EQ(ftruncate(fd, 0), 0);
	lseek(fd, 0, SEEK_SET);
	CHECK_EQ(picture_write(writer, &image, fd), 0);
	tiff = open_tiff(fd);
	if (tiff) {
		check_preview(tiff, &image);
		check_raw(tiff, &image);
		TIFFClose(tiff);
	}
	picture_writer_destroy(writer);
	free_image(&image);
}

static void test_samples(void)
{
	static const char *const formats[] = {
		"RGGB", "GRBG", "GBRG", "BA81", "RG10",   "BA10", "GB10", "BG10", "RG12",
		"BG14", "RG16", "BYR2", "pRAA", "pgAA",   "pGAA", "pBAA", "pRCC", "pBCC",
		"pREE", "pgEE", "ip3r", "ip3G", "ip3g",   "ip3b", "PC1R", "PC1B", "GREY",
		"Y10",  "Y12",  "Y14",  "Y16",  "Y16-BE", "Y10P", "ip3y", "PC1M",
	};

	test_case("samples: equal to the bit, in every format and order");
	for (size_t i = 0; i < COUNT(formats); i++) {
		if (!format_parse(formats[i])) {
			test_fail(__FILE__, __LINE__, "%s: no such format", formats[i]);
			continue;
		}
		try_format(formats[i], 64, 48, 0);
	}

	test_case("samples: lines with padding, and sizes that end within a group");
	for (size_t i = 0; i < COUNT(formats); i++) {
		try_format(formats[i], 37, 11, 7);
		try_format(formats[i], 2, 2, 0);
		try_format(formats[i], 3, 5, 1);
	}

	test_case("samples: larger than any buffer, taller than wide, one line of grey");
	try_format("RG10", 1030, 514, 0);
	try_format("pRAA", 70000, 2, 0);
	try_format("BA81", 140000, 2, 3);
	try_format("RG10", 4, 3000, 0);
	try_format("Y10", 300, 1, 0);
	try_format("Y10", 1, 1, 0);

	test_case("samples: five bytes of CSI-2 are the four numbers that they should be");
	{
		static const uint8_t bytes[] = { 0x80, 0x01, 0xff, 0x00, 0xe4,
						 0x00, 0x00, 0x00, 0x40, 0x1b };
		static const uint16_t want[] = { 0x200, 0x005, 0x3fe, 0x003,
						 0x003, 0x002, 0x001, 0x100 };
		struct image image = { .format = format_parse("pRAA"),
				       .width = 4,
				       .height = 2,
				       .stride_bytes = { 5 },
				       .planes = { bytes } };
		struct picture_writer *writer = writer_for(&image);
		int fd = memfd_create("dng", 0);
		uint16_t got[8];
		TIFF *tiff;

		CHECK_EQ(picture_write(writer, &image, fd), 0);
		tiff = open_tiff(fd);
		open_raw(tiff);
		CHECK_EQ(TIFFReadRawStrip(tiff, 0, got, sizeof(got)), sizeof(got));
		CHECK_MEM_EQ(got, want, sizeof(want));
		TIFFClose(tiff);
		picture_writer_destroy(writer);
	}
}

/* Size of the file in which this picture is compressed; negative if it is as it was. */
static off_t try_compressed(const struct image *image)
{
	struct picture_writer *writer = writer_for(image);
	int fd = memfd_create("dng", 0);
	off_t size = 0;
	TIFF *tiff;

	CHECK_EQ(picture_compress(writer), 0);
	for (unsigned i = 0; i < 2; i++) {
		CHECK_EQ(ftruncate(fd, 0), 0);
		lseek(fd, 0, SEEK_SET);
		CHECK_EQ(picture_write(writer, image, fd), 0);
	}
	size = lseek(fd, 0, SEEK_END);
	tiff = open_tiff(fd);
	if (tiff) {
		check_preview(tiff, image);
		if (!check_raw(tiff, image))
			size = -size;
		TIFFClose(tiff);
	}
	picture_writer_destroy(writer);
	return size;
}

static void test_compressed(void)
{
	static const char *const formats[] = { "RGGB", "BA10", "pRAA", "pGCC", "ip3g",
					       "RG14", "PC1R", "GREY", "Y10P", "Y12" };
	struct picture_writer *writer = NULL;
	struct image image;
	off_t size;

	test_case("compressed: equal to the bit, of all kinds, odd widths and tiny ones");
	for (size_t i = 0; i < COUNT(formats); i++) {
		static const uint32_t widths[] = { 64, 37, 2 };

		for (size_t k = 0; k < COUNT(widths); k++) {
			image = make_image(formats[i], widths[k], 48, 5);
			for (uint32_t at = 0; at < image.stride_bytes[0] * 47; at++)
				((uint8_t *)(uintptr_t)image.planes[0])[at] &= 1;
			size = try_compressed(&image);
			/* With its head, what is tiny would be larger. */
			CHECK(size > 0 || widths[k] == 2);
			free_image(&image);
		}
	}

	test_case("compressed: noise of all bits stays as it is, other noise does not");
	image = make_image("RG16", 640, 480, 0);
	size = -try_compressed(&image);
	CHECK(size > 2 * 640 * 480 && size < 2 * 640 * 480 + 70000);
	free_image(&image);
	image = make_image("RG10", 640, 480, 0);
	size = try_compressed(&image);
	CHECK(size > 5 * 640 * 480 / 4 && size < 5 * 640 * 480 / 3);
	free_image(&image);

	test_case("compressed: no other kind of file is");
	image = make_image("RG10", 64, 48, 0);
	CHECK_EQ(picture_writer_create(PICTURE_PPM, &image, &writer), 0);
	CHECK_EQ(picture_compress(writer), -EOPNOTSUPP);
	picture_writer_destroy(writer);
	free_image(&image);
}

static const struct picture_notes some_notes = {
	.make = "Sony",
	.model = "imx477",
	.time_ns = 1790000000123456789ull,
	.exposure_ns = 12500000,
	.gain_milli = 2560,
	.black_level = 64,
	.white_level = 1020,
	.rotation = 90,
	.has_colors = true,
	.colors = {
		.neutral = { 0.5f, 1, 0.625f },
		.to_srgb = { 2, 0, 0, 0, 1, 0, 0, 0, 1.6f },
		.from_xyz = { 1.5f, -0.25f, 0.125f, -0.5f, 1.25f, 0.375f, 0.0625f, -0.75f,
			      1 },
	},
};

static int write_kind(const struct image *image, const struct picture_notes *notes,
		      bool compressed)
{
	struct picture_writer *writer = writer_for(image);
	int fd = memfd_create("dng", 0);

	if (notes)
		picture_set_notes(writer, notes);
	if (compressed)
		CHECK_EQ(picture_compress(writer), 0);
	CHECK_EQ(picture_write(writer, image, fd), 0);
	picture_writer_destroy(writer);
	return fd;
}

static int write_with(const struct image *image, const struct picture_notes *notes)
{
	return write_kind(image, notes, false);
}

/* Some readers (ffmpeg) know only LONG, and not IFD, as the type of a directory's place. */
static void check_types(int fd)
{
	uint8_t head[8], entry[12];
	uint16_t count = 0;
	uint32_t at;

	CHECK_EQ(pread(fd, head, sizeof(head), 0), sizeof(head));
	CHECK_MEM_EQ(head, "II\x2a\0", 4);
	at = head[4] | (uint32_t)head[5] << 8 | (uint32_t)head[6] << 16;
	CHECK_EQ(pread(fd, &count, sizeof(count), at), sizeof(count));
	CHECK(count > 20);
	for (unsigned i = 0; i < count; i++) {
		CHECK_EQ(pread(fd, entry, sizeof(entry), at + 2 + 12 * i), sizeof(entry));
		CHECK(entry[2] <= TIFF_SRATIONAL);
	}
}

static void check_head(TIFF *tiff)
{
	const uint8_t *version = get_array(tiff, TIFFTAG_DNGVERSION, 4);
	const uint8_t *backward = get_array(tiff, TIFFTAG_DNGBACKWARDVERSION, 4);

	CHECK_MEM_EQ(version, "\1\4\0\0", 4);
	CHECK_MEM_EQ(backward, "\1\1\0\0", 4);
	CHECK_STR_EQ(get_text(tiff, TIFFTAG_MAKE), "Sony");
	CHECK_STR_EQ(get_text(tiff, TIFFTAG_MODEL), "imx477");
	CHECK_STR_EQ(get_text(tiff, TIFFTAG_UNIQUECAMERAMODEL), "Sony imx477");
	CHECK_STR_EQ(get_text(tiff, TIFFTAG_SOFTWARE), "Rawline");
	CHECK_EQ(get_number(tiff, TIFFTAG_ORIENTATION), ORIENTATION_LEFTBOT);
	/* 14:13:20 UTC */
	CHECK_STR_EQ(get_text(tiff, TIFFTAG_DATETIME), "2026:09:21 19:58:20");
	check_reals(tiff, TIFFTAG_COLORMATRIX1, 9, some_notes.colors.from_xyz);
	check_reals(tiff, TIFFTAG_ASSHOTNEUTRAL, 3, some_notes.colors.neutral);
	CHECK_EQ(get_number(tiff, TIFFTAG_CALIBRATIONILLUMINANT1), 21);
}

static void check_exif(TIFF *tiff)
{
	const uint16_t *iso;
	union {
		float narrow; /* that is how libtiff has it, or it is not */
		double wide;
	} seconds = { .wide = 0 };

	open_exif(tiff);
	CHECK(TIFFGetField(tiff, EXIFTAG_EXPOSURETIME, &seconds));
	CHECK((seconds.narrow > 0.01249999f && seconds.narrow < 0.01250001f) ||
	      (seconds.wide > 0.01249999 && seconds.wide < 0.01250001));
	iso = get_array(tiff, EXIFTAG_ISOSPEEDRATINGS, 1);
	if (iso)
		CHECK_EQ(*iso, 256);
	CHECK_STR_EQ(get_text(tiff, EXIFTAG_DATETIMEORIGINAL), "2026:09:21 19:58:20");
	CHECK_STR_EQ(get_text(tiff, EXIFTAG_OFFSETTIMEORIGINAL), "+05:45");
	CHECK_STR_EQ(get_text(tiff, EXIFTAG_OFFSETTIME), "+05:45");
	CHECK_STR_EQ(get_text(tiff, EXIFTAG_SUBSECTIMEORIGINAL), "123456789");
	CHECK_STR_EQ(get_text(tiff, EXIFTAG_SUBSECTIME), "123456789");
}

static void test_notes(void)
{
	struct image image = make_image("RG10", 64, 48, 0);
	const float black = 64;
	const uint32_t *white;
	TIFF *tiff;

	test_case("notes: camera, colours, time with its zone, exposure, black level");
	setenv("TZ", "XYZ-5:45", 1);
	tiff = open_tiff(write_with(&image, &some_notes));
	check_types(TIFFFileno(tiff));
	check_head(tiff);
	open_raw(tiff);
	check_reals(tiff, TIFFTAG_BLACKLEVEL, 1, &black);
	white = get_array(tiff, TIFFTAG_WHITELEVEL, 1);
	if (white)
		CHECK_EQ(*white, 1020);
	check_exif(tiff);
	TIFFClose(tiff);
	unsetenv("TZ");
	free_image(&image);
}

static void test_orientation(void)
{
	static const unsigned wanted[] = { ORIENTATION_TOPLEFT, ORIENTATION_LEFTBOT,
					   ORIENTATION_BOTRIGHT, ORIENTATION_RIGHTTOP };
	struct image image = make_image("RG10", 64, 48, 0);
	struct picture_notes notes = some_notes;
	TIFF *tiff;

	test_case("notes: what makes it upright");
	for (unsigned i = 0; i < COUNT(wanted); i++) {
		notes.rotation = 90 * i;
		tiff = open_tiff(write_with(&image, &notes));
		CHECK_EQ(get_number(tiff, TIFFTAG_ORIENTATION), wanted[i]);
		TIFFClose(tiff);
	}
	free_image(&image);
}

static void test_unknown(void)
{
	static const float srgb[] = { 3.2406f, -1.5372f, -0.4986f, -0.9689f, 1.8758f,
				      0.0415f, 0.0557f,  -0.2040f, 1.0570f };
	static const float ones[] = { 1, 1, 1 }, none = 0;
	struct image image = make_image("RG10", 64, 48, 0);
	struct image grey = make_image("Y10", 64, 48, 0);
	uint16_t count;
	double seconds;
	void *array;
	TIFF *tiff;

	test_case("notes: what is not known is not there, but for what a reader needs");
	tiff = open_tiff(write_with(&image, NULL));
	CHECK_STR_EQ(get_text(tiff, TIFFTAG_MAKE), NULL);
	CHECK_STR_EQ(get_text(tiff, TIFFTAG_MODEL), "unknown");
	CHECK_STR_EQ(get_text(tiff, TIFFTAG_UNIQUECAMERAMODEL), "unknown");
	CHECK_STR_EQ(get_text(tiff, TIFFTAG_DATETIME), NULL);
	check_reals(tiff, TIFFTAG_COLORMATRIX1, 9, srgb);
	check_reals(tiff, TIFFTAG_ASSHOTNEUTRAL, 3, ones);
	open_raw(tiff);
	check_reals(tiff, TIFFTAG_BLACKLEVEL, 1, &none);
	open_exif(tiff);
	CHECK(!TIFFGetField(tiff, EXIFTAG_EXPOSURETIME, &seconds));
	CHECK(!TIFFGetField(tiff, EXIFTAG_ISOSPEEDRATINGS, &count, &array));
	CHECK_STR_EQ(get_text(tiff, EXIFTAG_DATETIMEORIGINAL), NULL);
	TIFFClose(tiff);

	test_case("notes: grey has no colours");
	tiff = open_tiff(write_with(&grey, &some_notes));
	CHECK(!TIFFGetField(tiff, TIFFTAG_COLORMATRIX1, &count, &array));
	CHECK(!TIFFGetField(tiff, TIFFTAG_ASSHOTNEUTRAL, &count, &array));
	TIFFClose(tiff);
	free_image(&grey);
	free_image(&image);
}

static void check_same(int one, int other)
{
	off_t size = lseek(one, 0, SEEK_END);
	void *bytes[2];

	CHECK_EQ(lseek(other, 0, SEEK_END), size);
	bytes[0] = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, one, 0);
	bytes[1] = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, other, 0);
	CHECK_MEM_EQ(bytes[0], bytes[1], (size_t)size);
	munmap(bytes[0], (size_t)size);
	munmap(bytes[1], (size_t)size);
}

static void test_reproducible(void)
{
	struct image image = make_image("RG10", 64, 48, 0);
	struct picture_notes later = some_notes;
	int one, other;
	TIFF *tiff;

	test_case("time: SOURCE_DATE_EPOCH takes its place, and files are the same");
	setenv("SOURCE_DATE_EPOCH", "1000000000", 1);
	setenv("TZ", "XYZ-5:45", 1);
	later.time_ns += 3600000000000ull;
	for (unsigned compressed = 2; compressed--;) {
		one = write_kind(&image, &some_notes, compressed);
		other = write_kind(&image, &later, compressed);
		check_same(one, other);
		close(other);
		if (compressed)
			close(one);
	}
	tiff = open_tiff(one);
	CHECK_STR_EQ(get_text(tiff, TIFFTAG_DATETIME), "2001:09:09 01:46:40");
	open_exif(tiff);
	CHECK_STR_EQ(get_text(tiff, EXIFTAG_OFFSETTIME), "+00:00");
	CHECK_STR_EQ(get_text(tiff, EXIFTAG_SUBSECTIME), "000000000");
	TIFFClose(tiff);

	test_case("time: one that is no number is not looked at");
	setenv("SOURCE_DATE_EPOCH", "yesterday", 1);
	tiff = open_tiff(write_with(&image, &some_notes));
	CHECK_STR_EQ(get_text(tiff, TIFFTAG_DATETIME), "2026:09:21 19:58:20");
	TIFFClose(tiff);
	unsetenv("SOURCE_DATE_EPOCH");
	unsetenv("TZ");
	free_image(&image);
}

/* One colour everywhere, R, G and B as the sensor has them. */
static void fill(struct image *image, const unsigned color[3])
{
	const char *order = format_order_name(image->format->order);
	uint16_t *samples = (uint16_t *)(uintptr_t)image->planes[0];

	for (uint32_t y = 0; y < image->height; y++) {
		for (uint32_t x = 0; x < image->width; x++) {
			char name = *order ? order[y % 2 * 2 + x % 2] : 'G';

			samples[y * image->width + x] =
				(uint16_t)color[strchr("RGB", name) - "RGB"];
		}
	}
}

static void check_preview_color(const char *format, const struct picture_notes *notes,
				const unsigned color[3], const uint8_t want[3])
{
	struct image image = make_image(format, 600, 402, 0);
	unsigned width, height;
	uint8_t *pixels;
	TIFF *tiff;

	fill(&image, color);
	tiff = open_tiff(write_with(&image, notes));
	width = get_number(tiff, TIFFTAG_IMAGEWIDTH);
	height = get_number(tiff, TIFFTAG_IMAGELENGTH);
	CHECK_EQ(width, 150);
	CHECK_EQ(height, 100);
	pixels = malloc(3 * (size_t)width * height);
	CHECK_EQ(TIFFReadRawStrip(tiff, 0, pixels, 3 * width * height), 3 * width * height);
	CHECK_MEM_EQ(pixels, want, 3);
	CHECK_MEM_EQ(pixels + 3 * (width * height - 1), want, 3);
	free(pixels);
	TIFFClose(tiff);
	free_image(&image);
}

static void test_preview(void)
{
	/* A fifth of the light is 124 on sRGB's curve. */
	const unsigned grey = 192; /* of 959 */
	const unsigned neutral[3] = { 64 + grey / 2, 64 + grey, 64 + grey * 5 / 8 };
	const unsigned red[3] = { 64 + grey / 2, 10, 64 };
	static const char *const formats[] = { "RG10", "BA10", "GB10", "BG10" };
	static const float matrix[] = { 3, -0.5f, 0, -1, 1.5f, 0, 0, -0.5f, 2.4f };
	struct picture_notes strong = some_notes;

	memcpy(strong.colors.to_srgb, matrix, sizeof(matrix));
	test_case("preview: grey of the sensor is grey, red is red, in every order");
	for (size_t i = 0; i < COUNT(formats); i++) {
		check_preview_color(formats[i], &some_notes, neutral,
				    (const uint8_t[]){ 124, 124, 124 });
		check_preview_color(formats[i], &some_notes, red,
				    (const uint8_t[]){ 124, 0, 0 });
	}
	check_preview_color("Y10", &some_notes, neutral, (const uint8_t[]){ 124, 124, 124 });

	test_case("preview: what is clipped in the sensor is white, in no other colour");
	check_preview_color("RG10", &strong, (const unsigned[]){ 1023, 1023, 1023 },
			    (const uint8_t[]){ 255, 255, 255 });
}

/* Writes a picture that must fail so, then one that must not. */
static void try_failure(int fd, int want)
{
	struct image image = make_image("RG10", 400, 300, 0);
	struct picture_writer *writer = writer_for(&image);
	int good = memfd_create("good", 0);
	TIFF *tiff;

	CHECK_EQ(picture_write(writer, &image, fd), want);
	CHECK_EQ(picture_write(writer, &image, good), 0);
	tiff = open_tiff(good);
	if (tiff) {
		check_raw(tiff, &image);
		TIFFClose(tiff);
	}
	picture_writer_destroy(writer);
	free_image(&image);
}

static void test_failures(void)
{
	struct rlimit limit, short_limit;
	int fd, ends[2];

	test_case("failures: of write(2) come back as they are, the next picture is whole");
	fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	try_failure(fd, -ENOSPC);
	close(fd);

	CHECK_EQ(pipe2(ends, O_CLOEXEC), 0);
	close(ends[0]);
	try_failure(ends[1], -EPIPE);
	close(ends[1]);

	try_failure(-1, -EBADF);

	/* Not at once: when a part of the picture is there. */
	fd = memfd_create("short", 0);
	getrlimit(RLIMIT_FSIZE, &limit);
	short_limit = (struct rlimit){ 140000, limit.rlim_max };
	setrlimit(RLIMIT_FSIZE, &short_limit);
	{
		struct image image = make_image("RG10", 400, 300, 0);
		struct picture_writer *writer = writer_for(&image);

		CHECK_EQ(picture_write(writer, &image, fd), -EFBIG);
		CHECK_EQ(lseek(fd, 0, SEEK_END), 140000);
		picture_writer_destroy(writer);
		free_image(&image);
	}
	setrlimit(RLIMIT_FSIZE, &limit);
	close(fd);
}

static void test_refused(void)
{
	struct image image = make_image("RG10", 16, 16, 0), other = image;
	struct picture_writer *writer = writer_for(&image);
	int fd = memfd_create("none", 0);

	test_case("refused: a picture unlike the first, one without all colours, one too large");
	other.width = 15;
	CHECK_EQ(picture_write(writer, &other, fd), -EINVAL);
	CHECK_EQ(lseek(fd, 0, SEEK_END), 0);
	picture_writer_destroy(writer);
	close(fd);

	writer = NULL;
	other = image;
	other.width = 1;
	CHECK_EQ(picture_writer_create(PICTURE_DNG, &other, &writer), -EINVAL);
	other.width = other.height = 47000;
	CHECK_EQ(picture_writer_create(PICTURE_DNG, &other, &writer), -EINVAL);
	other.width = UINT32_MAX;
	other.height = 2;
	CHECK_EQ(picture_writer_create(PICTURE_DNG, &other, &writer), -EINVAL);
	other.format = format_parse("NV12");
	CHECK_EQ(picture_writer_create(PICTURE_DNG, &other, &writer), -EOPNOTSUPP);
	CHECK(!writer);
	free_image(&image);
}

/* Takes all memory there is in this process. */
static void use_up_memory(void)
{
	struct rlimit none = { 0, RLIM_INFINITY };

	setrlimit(RLIMIT_AS, &none);
	for (size_t bytes = 65536; bytes; bytes /= 2) {
		void *volatile block;

		do
			block = malloc(bytes);
		while (block);
	}
}

/* In a child: status 0 if all that allocates says so. */
static void run_out_of_memory(struct picture_writer *ready, const struct image *image)
{
	struct picture_writer *writer = NULL;
	int fd = memfd_create("none", 0);

	use_up_memory();
	if (picture_writer_create(PICTURE_DNG, image, &writer) != -ENOMEM || writer)
		_exit(1);
	if (picture_write(ready, image, fd) != -ENOMEM)
		_exit(2);
	if (picture_compress(ready) != -ENOMEM)
		_exit(3);
	_exit(0);
}

/* Sanitizers have an allocator of their own, which needs memory for itself. */
static void test_no_memory(void)
{
	struct image image = make_image("RG10", 64, 16, 0);
	struct picture_writer *writer = writer_for(&image);
	int status = 0;
	pid_t child;

	test_case("memory: where there is none it is -ENOMEM, also inside libtiff");
#ifdef HAVE_SANITIZER
	test_skip("not under the address sanitizer");
	picture_writer_destroy(writer);
	free_image(&image);
	return;
#endif
	fflush(stdout);
	child = fork();
	if (!child)
		run_out_of_memory(writer, &image);
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK_EQ(status, 0);
	picture_writer_destroy(writer);
	free_image(&image);
}

#endif

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);

	test_reasons();
#ifdef HAVE_LIBTIFF
	TIFFSetErrorHandler(NULL);
	TIFFSetWarningHandler(NULL);
	test_samples();
	test_compressed();
	test_notes();
	test_orientation();
	test_unknown();
	test_reproducible();
	test_preview();
	test_failures();
	test_refused();
	test_no_memory();
#else
	test_without();
#endif
	return test_done();
}
