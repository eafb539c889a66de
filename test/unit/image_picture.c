// SPDX-License-Identifier: GPL-2.0-or-later
/* PNG, PPM and PGM, read back; and, for all pictures, descriptors that can't be written. */
#include "common/image/picture.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef HAVE_LIBPNG
#include <png.h>
#endif
#ifdef HAVE_LIBJPEG
#include <jpeglib.h>
#endif

#include "common/base/sys.h"
#include "common/image/image.h"
#include "common/image/raster.h"
#include "test/unit/test.h"

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define HAVE_SANITIZER /* clang */
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define HAVE_SANITIZER /* gcc */
#endif

/* A picture read back: samples as numbers, three of them a pixel if it has colours. */
struct picture {
	unsigned width, height, depth, samples;
	unsigned significant; /* bits, 0: not said */
	unsigned gamma;       /* in hundred thousandths, 0: not said */
	bool srgb;
	unsigned *values;
};

static unsigned value_of(const struct picture *picture, unsigned x, unsigned y, unsigned colour)
{
	return picture->values[(y * picture->width + x) * picture->samples + colour];
}

static void store_line(struct picture *picture, unsigned y, const uint8_t *line)
{
	unsigned count = picture->width * picture->samples;

	for (unsigned i = 0; i < count; i++)
		picture->values[y * count + i] =
			picture->depth == 16 ?
				(unsigned)(line[2 * i] << 8 | line[2 * i + 1]) :
				line[i];
}

static void make_room(struct picture *picture)
{
	picture->values = calloc((size_t)picture->width * picture->height * picture->samples,
				 sizeof(unsigned));
	if (!picture->values)
		abort();
}

#ifdef HAVE_LIBPNG

static void read_png(FILE *file, struct picture *picture)
{
	png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
	png_infop info = png_create_info_struct(png);
	png_color_8p significant;
	png_fixed_point gamma;
	int type, intent;
	uint8_t *line;

	png_init_io(png, file);
	png_read_info(png, info);
	picture->width = png_get_image_width(png, info);
	picture->height = png_get_image_height(png, info);
	picture->depth = png_get_bit_depth(png, info);
	picture->samples = png_get_channels(png, info);
	type = png_get_color_type(png, info);
	CHECK(type == PNG_COLOR_TYPE_GRAY || type == PNG_COLOR_TYPE_RGB);
	if (png_get_sBIT(png, info, &significant))
		picture->significant = type == PNG_COLOR_TYPE_GRAY ? significant->gray :
								     significant->green;
	picture->srgb = png_get_sRGB(png, info, &intent) != 0;
	if (!picture->srgb && png_get_gAMA_fixed(png, info, &gamma))
		picture->gamma = (unsigned)gamma;

	make_room(picture);
	line = malloc(png_get_rowbytes(png, info));
	for (unsigned y = 0; y < picture->height; y++) {
		png_read_row(png, line, NULL);
		store_line(picture, y, line);
	}
	png_read_end(png, NULL);
	free(line);
	png_destroy_read_struct(&png, &info, NULL);
}

#endif

#ifdef HAVE_LIBJPEG

/* What is in it is looked at in image_encode. */
static void read_jpeg(FILE *file, struct picture *picture)
{
	struct jpeg_decompress_struct decompress;
	struct jpeg_error_mgr errors;
	uint8_t *line;

	decompress.err = jpeg_std_error(&errors);
	jpeg_create_decompress(&decompress);
	jpeg_stdio_src(&decompress, file);
	jpeg_read_header(&decompress, TRUE);
	jpeg_start_decompress(&decompress);
	picture->width = decompress.output_width;
	picture->height = decompress.output_height;
	picture->depth = 8;
	picture->samples = (unsigned)decompress.output_components;
	make_room(picture);
	line = malloc((size_t)picture->width * picture->samples);
	for (unsigned y = 0; y < picture->height; y++) {
		jpeg_read_scanlines(&decompress, &line, 1);
		store_line(picture, y, line);
	}
	jpeg_finish_decompress(&decompress);
	CHECK_EQ(errors.num_warnings, 0);
	CHECK_EQ(decompress.src->bytes_in_buffer, 0);
	jpeg_destroy_decompress(&decompress);
	free(line);
}

#endif

/* The planes as they are: a sample each of Y, U and V. */
static void read_y4m(FILE *file, struct picture *picture)
{
	unsigned plane_size;

	CHECK_EQ(fscanf(file, "YUV4MPEG2 W%u H%u F0:0 I? C444 XCOLORRANGE=FULL\nFRAME",
			&picture->width, &picture->height),
		 2);
	CHECK_EQ(fgetc(file), '\n');
	picture->depth = 8;
	picture->samples = 3;
	make_room(picture);
	plane_size = picture->width * picture->height;
	for (unsigned i = 0; i < 3 * plane_size; i++)
		picture->values[i % plane_size * 3 + i / plane_size] = (unsigned)fgetc(file);
}

static void read_ppm(FILE *file, struct picture *picture)
{
	unsigned most = 0;
	size_t line_bytes;
	uint8_t *line;
	char kind = 0;

	/* One blank ends the header: what follows may look like one. */
	CHECK_EQ(fscanf(file, "P%c\n%u %u\n%u", &kind, &picture->width, &picture->height,
			&most),
		 4);
	CHECK_EQ(fgetc(file), '\n');
	CHECK(kind == '5' || kind == '6');
	CHECK(most == 255 || most == 65535);
	picture->samples = kind == '5' ? 1 : 3;
	picture->depth = most == 255 ? 8 : 16;
	make_room(picture);
	line_bytes = (size_t)picture->width * picture->samples * picture->depth / 8;
	line = malloc(line_bytes);
	for (unsigned y = 0; y < picture->height; y++) {
		CHECK_EQ(fread(line, 1, line_bytes, file), line_bytes);
		store_line(picture, y, line);
	}
	free(line);
}

static void read_back(enum picture_kind kind, int fd, struct picture *picture)
{
	FILE *file;

	*picture = (struct picture){ 0 };
	lseek(fd, 0, SEEK_SET);
	file = fdopen(fd, "rb");
#ifdef HAVE_LIBPNG
	if (kind == PICTURE_PNG)
		read_png(file, picture);
#endif
#ifdef HAVE_LIBJPEG
	if (kind == PICTURE_JPEG)
		read_jpeg(file, picture);
#endif
	if (kind == PICTURE_Y4M)
		read_y4m(file, picture);
	if (kind == PICTURE_PPM || kind == PICTURE_PGM)
		read_ppm(file, picture);
	CHECK_EQ(fgetc(file), EOF);
	fclose(file);
}

/* A picture in memory, with padding behind each line. */
static struct image make_image(const char *format, uint32_t width, uint32_t height,
			       uint32_t padding)
{
	struct image image = { .format = format_parse(format),
			       .width = width,
			       .height = height,
			       .encoding = IMAGE_ENCODING_601,
			       .range = IMAGE_RANGE_FULL };
	struct image_memory memory;
	uint32_t state = 1;
	uint8_t *bytes;

	image.stride_bytes[0] = format_stride_bytes(image.format, 0, width) + padding;
	for (unsigned i = 1; i < image.format->color_planes; i++)
		image.stride_bytes[i] =
			format_plane_stride(image.format, i, image.stride_bytes[0], width);
	memory.size_bytes =
		format_image_bytes(image.format, image.stride_bytes[0], width, height);
	bytes = malloc(memory.size_bytes);
	if (!bytes)
		abort();
	/* Noise, which no compression makes smaller than the buffer. */
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

static struct picture_writer *writer_for(enum picture_kind kind, const struct image *image)
{
	struct picture_writer *writer = NULL;

	CHECK_EQ(picture_writer_create(kind, image, &writer), 0);
	return writer;
}

/* Writes the image twice with one writer, checks that both are the same, reads one back. */
static void write_and_read(enum picture_kind kind, const struct image *image,
			   struct picture *picture)
{
	struct picture_writer *writer = writer_for(kind, image);
	int first = memfd_create("first", 0), second = memfd_create("second", 0);
	off_t size;
	uint8_t *one, *other;

	CHECK_EQ(picture_write(writer, image, first), 0);
	CHECK_EQ(picture_write(writer, image, second), 0);
	size = lseek(first, 0, SEEK_END);
	CHECK(size > 0);
	CHECK_EQ(lseek(second, 0, SEEK_END), size);
	one = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, first, 0);
	other = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, second, 0);
	CHECK_MEM_EQ(other, one, (size_t)size);
	munmap(one, (size_t)size);
	munmap(other, (size_t)size);
	close(second);
	read_back(kind, first, picture);
	picture_writer_destroy(writer);
}

/* What a byte format's sample should be: colour 0 to 2 is R to B. */
static unsigned byte_at(const struct image *image, unsigned x, unsigned y, unsigned place)
{
	return image->planes[0][y * image->stride_bytes[0] +
				x * image->format->planes[0].group_bytes + place];
}

static void try_bytes(enum picture_kind kind, const char *format, const unsigned places[3],
		      unsigned bytes, uint32_t width, uint32_t padding)
{
	struct image image = make_image(format, width, 9, padding);
	struct picture picture;
	unsigned want;

	write_and_read(kind, &image, &picture);
	CHECK_EQ(picture.width, width);
	CHECK_EQ(picture.height, 9);
	CHECK_EQ(picture.depth, 8 * bytes);
	CHECK_EQ(picture.samples, 3);
	CHECK_EQ(picture.significant, 0);
	for (unsigned i = 0; i < width * 9 * 3; i++) {
		want = byte_at(&image, i / 3 % width, i / 3 / width, bytes * places[i % 3]);
		if (bytes == 2)
			want |= byte_at(&image, i / 3 % width, i / 3 / width,
					2 * places[i % 3] + 1)
				<< 8;
		CHECK_EQ(picture.values[i], want);
	}
	free(picture.values);
	free_image(&image);
}

static void test_rgb(enum picture_kind kind)
{
	static const struct {
		const char *format;
		unsigned places[3];
		unsigned bytes;
	} formats[] = {
		{ "RGB3", { 0, 1, 2 }, 1 }, { "BGR3", { 2, 1, 0 }, 1 },
		{ "BA24", { 1, 2, 3 }, 1 }, { "BX24", { 1, 2, 3 }, 1 },
		{ "AR24", { 2, 1, 0 }, 1 }, { "XR24", { 2, 1, 0 }, 1 },
		{ "AB24", { 0, 1, 2 }, 1 }, { "XB24", { 0, 1, 2 }, 1 },
		{ "RA24", { 3, 2, 1 }, 1 }, { "RX24", { 3, 2, 1 }, 1 },
		{ "RGB4", { 1, 2, 3 }, 1 }, { "BGR4", { 2, 1, 0 }, 1 },
		{ "RGB6", { 0, 1, 2 }, 2 }, { "BGR6", { 2, 1, 0 }, 2 },
	};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		try_bytes(kind, formats[i].format, formats[i].places, formats[i].bytes,
			  17, 0);
		try_bytes(kind, formats[i].format, formats[i].places, formats[i].bytes,
			  17, 5);
	}
	/* More than the buffer holds, as one piece and line by line. */
	try_bytes(kind, "RGB3", formats[0].places, 1, 20000, 0);
	try_bytes(kind, "RGB3", formats[0].places, 1, 20000, 1);
	try_bytes(kind, "RGB3", formats[0].places, 1, 60000, 1);
	try_bytes(kind, "BGR3", formats[1].places, 1, 60000, 0);
}

static void try_grey(enum picture_kind kind, const char *format, unsigned bits,
		     uint32_t padding)
{
	struct image image = make_image(format, 31, 9, padding);
	struct picture picture;
	unsigned want, low = strstr(format, "-BE") ? 1 : 0;

	write_and_read(kind, &image, &picture);
	CHECK_EQ(picture.width, 31);
	CHECK_EQ(picture.height, 9);
	CHECK_EQ(picture.depth, bits > 8 ? 16 : 8);
	CHECK_EQ(picture.samples, 1);
	CHECK_EQ(picture.significant, kind == PICTURE_PNG && bits % 8 ? bits : 0);
	for (unsigned i = 0; i < 31 * 9; i++) {
		want = byte_at(&image, i % 31, i / 31, 0);
		if (bits > 8) {
			want = byte_at(&image, i % 31, i / 31, low) |
			       byte_at(&image, i % 31, i / 31, !low) << 8;
			want &= (1u << bits) - 1;
			want = want << (16 - bits) | want >> (2 * bits - 16);
		}
		CHECK_EQ(picture.values[i], want);
	}
	free(picture.values);
	free_image(&image);
}

static void test_grey(enum picture_kind kind)
{
	try_grey(kind, "GREY", 8, 0);
	try_grey(kind, "GREY", 8, 3);
	try_grey(kind, "Y10", 10, 0);
	try_grey(kind, "Y12", 12, 3);
	try_grey(kind, "Y14", 14, 0);
	try_grey(kind, "Y16", 16, 0);
	try_grey(kind, "Y16-BE", 16, 0);
	try_grey(kind, "Y16-BE", 16, 3);
}

/* The demosaic has its own test: here its samples at their own sites are enough. */
static void try_bayer(enum picture_kind kind, const char *format, unsigned bits)
{
	struct image image = make_image(format, 18, 10, 2);
	const char *order = format_order_name(image.format->order);
	struct picture picture;
	unsigned want, x, y;

	write_and_read(kind, &image, &picture);
	CHECK_EQ(picture.depth, bits > 8 ? 16 : 8);
	CHECK_EQ(picture.samples, 3);
	CHECK_EQ(picture.significant, kind == PICTURE_PNG && bits % 8 ? bits : 0);
	for (unsigned i = 0; i < 18 * 10; i++) {
		x = i % 18;
		y = i / 18;
		want = byte_at(&image, x, y, 0);
		if (bits > 8) {
			want = (want | byte_at(&image, x, y, 1) << 8) & ((1u << bits) - 1);
			want = want << (16 - bits) | want >> (2 * bits - 16);
		}
		CHECK_EQ(value_of(&picture, x, y,
				  (unsigned)(strchr("RGB", order[y % 2 * 2 + x % 2]) - "RGB")),
			 want);
	}
	free(picture.values);
	free_image(&image);
}

static void test_bayer(enum picture_kind kind)
{
	try_bayer(kind, "RGGB", 8);
	try_bayer(kind, "BA81", 8);
	try_bayer(kind, "BA10", 10);
	try_bayer(kind, "GB12", 12);
	try_bayer(kind, "RG14", 14);
	try_bayer(kind, "BYR2", 16);
}

/* Other ways to R, G, B: one pixel of each will do, the rest is tested with its module. */
static void test_converted(enum picture_kind kind)
{
	struct image image = make_image("RGBP", 4, 2, 0);
	uint8_t *bytes = (uint8_t *)image.planes[0];
	struct picture picture;

	memcpy(bytes, "\x00\xf8\xe0\x07\x1f\x00\xff\xff", 8);
	write_and_read(kind, &image, &picture);
	CHECK_EQ(picture.depth, 8);
	for (unsigned x = 0; x < 4; x++)
		for (unsigned i = 0; i < 3; i++)
			CHECK_EQ(value_of(&picture, x, 0, i), x == 3 || x == i ? 255 : 0);
	free(picture.values);
	free_image(&image);

#ifdef HAVE_LIBYUV
	image = make_image("NV12", 4, 4, 0);
	memset((void *)image.planes[0], 100, 16);
	memset((void *)image.planes[1], 128, 8);
	write_and_read(kind, &image, &picture);
	for (unsigned i = 0; i < 4 * 4 * 3; i++)
		CHECK(picture.values[i] >= 99 && picture.values[i] <= 101);
	free(picture.values);
	free_image(&image);
#endif
}

/* Writes a picture that must fail so, then one that must not. */
/* What is from 16 to 235 of 256 becomes full range, in any order of bytes. */
static void try_limited(enum picture_kind kind, const char *format, unsigned bytes,
			uint32_t padding)
{
	struct image image = make_image(format, 37, 9, padding);
	struct picture full, limited;
	double most = bytes == 2 ? 65535 : 255, unit = bytes == 2 ? 256 : 1, want;

	write_and_read(kind, &image, &full);
	image.range = IMAGE_RANGE_LIMITED;
	write_and_read(kind, &image, &limited);
	CHECK_EQ(limited.depth, 8 * bytes);
	for (unsigned i = 0; i < 37 * 9 * full.samples; i++) {
		want = (full.values[i] - 16 * unit) * most / (219 * unit);
		want = want < 0 ? 0 : want > most ? most : want;
		CHECK_EQ(limited.values[i], (long long)(want + 0.5));
	}
	free(full.values);
	free(limited.values);
	free_image(&image);
}

static void test_limited(void)
{
	test_case("limited range of RGB and grey becomes full range");
	try_limited(PICTURE_PPM, "RGB3", 1, 5);
	try_limited(PICTURE_PPM, "RGB3", 1, 0);
	try_limited(PICTURE_PPM, "XR24", 1, 5);
	try_limited(PICTURE_PPM, "BGR6", 2, 5);
	try_limited(PICTURE_PGM, "GREY", 1, 5);
	try_limited(PICTURE_PGM, "Y16", 2, 5);
	try_limited(PICTURE_PGM, "Y16-BE", 2, 5);
#ifdef HAVE_LIBPNG
	try_limited(PICTURE_PNG, "BGR3", 1, 5);
	try_limited(PICTURE_PNG, "BX24", 1, 5);
	try_limited(PICTURE_PNG, "RGB6", 2, 5);
#endif
}

static void try_failure(enum picture_kind kind, int fd, int want)
{
	struct image image = make_image("RGB3", 400, 300, 0);
	struct picture_writer *writer = writer_for(kind, &image);
	int good = memfd_create("good", 0);
	struct picture picture;

	CHECK_EQ(picture_write(writer, &image, fd), want);
	CHECK_EQ(picture_write(writer, &image, good), 0);
	read_back(kind, good, &picture);
	CHECK_EQ(picture.height, 300);
	if (kind == PICTURE_PNG || kind == PICTURE_PPM)
		CHECK_EQ(picture.values[400 * 300 * 3 - 1],
			 image.planes[0][400 * 300 * 3 - 1]);
	free(picture.values);
	picture_writer_destroy(writer);
	free_image(&image);
}

static void test_failures(enum picture_kind kind)
{
	struct rlimit limit, short_limit;
	int fd, ends[2];

	fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	try_failure(kind, fd, -ENOSPC);
	close(fd);

	CHECK_EQ(pipe2(ends, O_CLOEXEC), 0);
	close(ends[0]);
	try_failure(kind, ends[1], -EPIPE);
	close(ends[1]);

	try_failure(kind, -1, -EBADF);

	/* Not at once: when a part of the picture is there. */
	fd = memfd_create("short", 0);
	getrlimit(RLIMIT_FSIZE, &limit);
	short_limit = (struct rlimit){ 1000, limit.rlim_max };
	setrlimit(RLIMIT_FSIZE, &short_limit);
	{
		struct image image = make_image("RGB3", 400, 300, 0);
		struct picture_writer *writer = writer_for(kind, &image);

		CHECK_EQ(picture_write(writer, &image, fd), -EFBIG);
		CHECK_EQ(lseek(fd, 0, SEEK_END), 1000);
		picture_writer_destroy(writer);
		free_image(&image);
	}
	setrlimit(RLIMIT_FSIZE, &limit);
	close(fd);
}

static sigjmp_buf away;
static int reader;

/* Leaves once write(2) has filled the pipe, not from the midst of an allocation. */
static void leave(int number)
{
	int queued = 0;

	if (!ioctl(reader, FIONREAD, &queued) && queued)
		siglongjmp(away, 1);
}

/*
 * The way out of a thread that is cancelled while it waits in write(2), here by a signal:
 * nothing may leak. (Sanitizers do not get over pthread_cancel() itself.)
 */
static void test_cancel(enum picture_kind kind)
{
	struct itimerval often = { { 0, 10000 }, { 0, 10000 } }, never = { 0 };
	struct image image = make_image("RGB3", 400, 300, 0);
	struct picture_writer *writer = writer_for(kind, &image);
	static bool came_back;
	int ends[2];

	signal(SIGALRM, leave);
	CHECK_EQ(pipe2(ends, O_CLOEXEC), 0);
	/* One page, which is less than any of these pictures. */
	CHECK(fcntl(ends[1], F_SETPIPE_SZ, 4096) > 0);
	reader = ends[0];
	came_back = false;
	if (!sigsetjmp(away, 1)) {
		setitimer(ITIMER_REAL, &often, NULL);
		picture_write(writer, &image, ends[1]);
		came_back = true;
	}
	setitimer(ITIMER_REAL, &never, NULL);
	CHECK(!came_back);
	picture_writer_destroy(writer);
	close(ends[0]);
	close(ends[1]);
	free_image(&image);
}

static void test_refused(enum picture_kind kind)
{
	struct image image = make_image("RGB3", 16, 16, 0), other = image;
	struct picture_writer *writer = NULL;
	int fd = memfd_create("none", 0);

	if (kind == PICTURE_PGM)
		image.format = format_parse("GREY");
	writer = writer_for(kind, &image);
	other = image;
	other.width = 15;
	CHECK_EQ(picture_write(writer, &other, fd), -EINVAL);
	other = image;
	other.height = 17;
	CHECK_EQ(picture_write(writer, &other, fd), -EINVAL);
	other = image;
	other.format = format_parse("BGR3");
	CHECK_EQ(picture_write(writer, &other, fd), -EINVAL);
	CHECK_EQ(lseek(fd, 0, SEEK_END), 0);
	picture_writer_destroy(writer);
	close(fd);
	free_image(&image);
}

static int created(enum picture_kind kind, const char *format, uint32_t width, uint32_t height)
{
	struct image shape = { .format = format_parse(format),
			       .width = width,
			       .height = height };
	struct picture_writer *writer = NULL;
	int ret = picture_writer_create(kind, &shape, &writer);

	CHECK_EQ(ret == 0, writer != NULL);
	picture_writer_destroy(writer);
	return ret;
}

/* The reason must be this, and the writer must refuse for it. */
static void check_reason(enum picture_kind kind, const char *format, const char *reason,
			 int error)
{
	const struct format_info *info = format_parse(format);
	const char *given = picture_why_not(kind, info);

	CHECK_EQ(picture_can(kind, info), reason == NULL);
	CHECK(reason ? given && strstr(given, reason) : !given);
	CHECK_EQ(created(kind, format, 16, 16), error);
}

static void test_reasons(void)
{
	test_case("reasons: what can't be made is refused, with words why");
	check_reason(PICTURE_PPM, "RGB3", NULL, 0);
	check_reason(PICTURE_PPM, "RG10", NULL, 0);
	check_reason(PICTURE_PGM, "GREY", NULL, 0);
	check_reason(PICTURE_PGM, "Z16", NULL, 0);
	check_reason(PICTURE_PPM, "GREY", "no colours", -EOPNOTSUPP);
	check_reason(PICTURE_PGM, "RGB3", "has colours", -EOPNOTSUPP);
	check_reason(PICTURE_PGM, "RG10", "has colours", -EOPNOTSUPP);
	check_reason(PICTURE_PPM, "MJPG", "not decoded", -EOPNOTSUPP);
	check_reason(PICTURE_PPM, "UVCH", "no pixels", -EOPNOTSUPP);
	check_reason(PICTURE_PPM, "pRAA", NULL, 0);
	check_reason(PICTURE_PPM, "aRA8", "unpacked", -EOPNOTSUPP);
	check_reason(PICTURE_PGM, "Y12I", "unpacked", -EOPNOTSUPP);
#ifdef HAVE_LIBYUV
	check_reason(PICTURE_PPM, "NV12", NULL, 0);
	check_reason(PICTURE_PPM, "YUV9", "libyuv does not", -EOPNOTSUPP);
#else
	check_reason(PICTURE_PPM, "NV12", "without libyuv", -ENOSYS);
#endif
#ifdef HAVE_LIBPNG
	check_reason(PICTURE_PNG, "RGB3", NULL, 0);
	check_reason(PICTURE_PNG, "GREY", NULL, 0);
	check_reason(PICTURE_PNG, "MJPG", "not decoded", -EOPNOTSUPP);
#else
	check_reason(PICTURE_PNG, "RGB3", "without libpng", -ENOSYS);
#endif
#ifdef HAVE_LIBJPEG
	check_reason(PICTURE_JPEG, "RGB3", NULL, 0);
	check_reason(PICTURE_JPEG, "Y12", NULL, 0);
	check_reason(PICTURE_JPEG, "RG10", NULL, 0);
	check_reason(PICTURE_JPEG, "MJPG", "not decoded", -EOPNOTSUPP);
	check_reason(PICTURE_JPEG, "UVCH", "no pixels", -EOPNOTSUPP);
	CHECK_EQ(created(PICTURE_JPEG, "RGB3", 65501, 1), -EINVAL);
	CHECK_EQ(created(PICTURE_JPEG, "RGB3", 1, 65501), -EINVAL);
#else
	check_reason(PICTURE_JPEG, "RGB3", "without libjpeg", -ENOSYS);
#endif
	check_reason(PICTURE_Y4M, "RGB3", NULL, 0);
	check_reason(PICTURE_Y4M, "YU12", NULL, 0);
	check_reason(PICTURE_Y4M, "GREY", NULL, 0);
	check_reason(PICTURE_Y4M, "H264", "not decoded", -EOPNOTSUPP);
	check_reason(PICTURE_Y4M, "UVCH", "no pixels", -EOPNOTSUPP);
#ifdef HAVE_LIBYUV
	check_reason(PICTURE_Y4M, "YUYV", NULL, 0);
	check_reason(PICTURE_Y4M, "YUV9", "libyuv does not", -EOPNOTSUPP);
#else
	check_reason(PICTURE_Y4M, "YUYV", "without libyuv", -ENOSYS);
#endif
	/* Three planes of more than 4 GiB, which would be put together in memory. */
	CHECK_EQ(created(PICTURE_Y4M, "RGB3", 65535, 65535), -EINVAL);
	CHECK_EQ(created(PICTURE_PPM, "RGGB", 1, 16), -EINVAL);
	/* Lines of more than 4 GiB. */
	CHECK_EQ(created(PICTURE_PPM, "RGB6", 0x30000000, 1), -EOPNOTSUPP);
	picture_writer_destroy(NULL);
}

/* What is in order already is not copied. */
static void test_lent(void)
{
	struct image image = make_image("RGB3", 16, 4, 0),
		     padded = make_image("RGB3", 16, 4, 1),
		     other = make_image("BX24", 16, 4, 0);
	struct raster *raster = NULL;
	uint8_t room[48];

	test_case("raster: lines that are in order already are lent, whole pictures too");
	CHECK_EQ(raster_create(&image, RASTER_SORTED, &raster), 0);
	raster_start(raster, &image);
	CHECK(raster_whole(raster) == image.planes[0]);
	CHECK(raster_line(raster, room) == image.planes[0]);
	CHECK(raster_line(raster, room) == image.planes[0] + 48);
	raster_start(raster, &padded);
	CHECK(!raster_whole(raster));
	CHECK(raster_line(raster, room) == padded.planes[0]);
	CHECK(raster_line(raster, room) == padded.planes[0] + 49);
	raster_destroy(raster);

	test_case("raster: bytes out of order are lent to one who sorts them himself");
	CHECK_EQ(raster_create(&other, 0, &raster), 0);
	raster_start(raster, &other);
	CHECK(raster_shape(raster)->order);
	CHECK(!raster_whole(raster));
	CHECK(raster_line(raster, room) == other.planes[0]);
	raster_destroy(raster);
	CHECK_EQ(raster_create(&other, RASTER_SORTED, &raster), 0);
	raster_start(raster, &other);
	CHECK(!raster_shape(raster)->order);
	CHECK(!raster_whole(raster));
	CHECK(raster_line(raster, room) == room);
	raster_destroy(raster);
	free_image(&image);
	free_image(&padded);
	free_image(&other);
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

/* In a child: status 0 if all that allocates says so. libjpeg keeps most of what it has. */
static void run_out_of_memory(enum picture_kind kind, struct picture_writer *ready,
			      const struct image *image)
{
	struct picture_writer *writer = NULL;
	int ret, fd = memfd_create("none", 0);

	use_up_memory();
	if (picture_writer_create(kind, image, &writer) != -ENOMEM || writer)
		_exit(1);
	/* PPM needs nothing more, libpng does. */
	ret = picture_write(ready, image, fd);
	if (ret != (kind == PICTURE_PNG || kind == PICTURE_JPEG ? -ENOMEM : 0))
		_exit(2);
	_exit(0);
}

static void test_memory(enum picture_kind kind, const char *format)
{
	struct image image = make_image(format, 64, 16, 0);
	struct picture_writer *writer = writer_for(kind, &image);
	int status = 0;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child)
		run_out_of_memory(kind, writer, &image);
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK_EQ(status, 0);
	picture_writer_destroy(writer);
	free_image(&image);
}

/* Sanitizers have an allocator of their own, which needs memory for itself. */
static void test_no_memory(void)
{
	test_case("memory: where there is none it is -ENOMEM, also inside libpng and libjpeg");
#ifdef HAVE_SANITIZER
	test_skip("not under the address sanitizer");
	return;
#endif
	test_memory(PICTURE_PPM, "RGB3");
	test_memory(PICTURE_PPM, "RG12");
	test_memory(PICTURE_PGM, "Y12");
#ifdef HAVE_LIBPNG
	test_memory(PICTURE_PNG, "RG12");
#endif
#ifdef HAVE_LIBJPEG
	test_memory(PICTURE_JPEG, "RG12");
#endif
	test_memory(PICTURE_Y4M, "RGB3");
}

#ifdef HAVE_LIBPNG

static void try_transfer(enum image_transfer transfer, bool srgb, unsigned gamma)
{
	struct image image = make_image("RGB3", 4, 4, 0);
	struct picture picture;

	image.transfer = transfer;
	write_and_read(PICTURE_PNG, &image, &picture);
	CHECK_EQ(picture.srgb, srgb);
	CHECK_EQ(picture.gamma, gamma);
	free(picture.values);
	free_image(&image);
}

static void test_codes(void)
{
	static const uint8_t chunk[] = { 0, 0, 0, 4, 'c', 'I', 'C', 'P', 9, 16, 0, 1 };
	struct image image = make_image("RGB3", 4, 4, 0);
	struct picture_writer *writer = writer_for(PICTURE_PNG, &image);
	struct picture picture;
	uint8_t file[1024];
	ssize_t size;
	int fd = memfd_create("png", 0);

	test_case("png: other primaries and curves are said as H.273 numbers them");
	CHECK_EQ(picture_write(writer, &image, fd), 0);
	size = pread(fd, file, sizeof(file), 0);
	CHECK(size > 0 && !memmem(file, (size_t)size, "cICP", 4));
	picture_writer_destroy(writer);
	close(fd);

	image.primaries = 9;
	image.curve = 16;
	write_and_read(PICTURE_PNG, &image, &picture);
	free(picture.values);
	writer = writer_for(PICTURE_PNG, &image);
	fd = memfd_create("png", 0);
	CHECK_EQ(picture_write(writer, &image, fd), 0);
	size = pread(fd, file, sizeof(file), 0);
	CHECK(size > 0 && memmem(file, (size_t)size, chunk, sizeof(chunk)));
	picture_writer_destroy(writer);
	close(fd);
	free_image(&image);
}

static void test_png(void)
{
	test_codes();
	test_case("png: bytes of RGB in any order");
	test_rgb(PICTURE_PNG);
	test_case("png: grey");
	test_grey(PICTURE_PNG);
	test_case("png: RAW, how many bits count is noted");
	test_bayer(PICTURE_PNG);
	test_case("png: what has to be converted");
	test_converted(PICTURE_PNG);
	test_case("png: how numbers follow light is said if it is known");
	try_transfer(IMAGE_TRANSFER_UNKNOWN, false, 0);
	try_transfer(IMAGE_TRANSFER_SRGB, true, 0);
	try_transfer(IMAGE_TRANSFER_LINEAR, false, 100000);
	test_case("png: failures of write(2) come back as they are, the next picture is whole");
	test_failures(PICTURE_PNG);
	test_case("png: one who leaves in the middle of a write can still clean up");
	test_cancel(PICTURE_PNG);
	test_case("png: a picture unlike the first is refused");
	test_refused(PICTURE_PNG);
}

#else

static void test_png(void)
{
}

#endif

static void test_jpeg(void)
{
#ifdef HAVE_LIBJPEG
	test_case("jpeg: failures of write(2) come back as they are, the next picture is whole");
	test_failures(PICTURE_JPEG);
	test_case("jpeg: one who leaves in the middle of a write can still clean up");
	test_cancel(PICTURE_JPEG);
	test_case("jpeg: a picture unlike the first is refused");
	test_refused(PICTURE_JPEG);
#endif
}

static void test_y4m(void)
{
	test_case("y4m: failures of write(2) come back as they are, the next file is whole");
	test_failures(PICTURE_Y4M);
	test_case("y4m: one who leaves in the middle of a write can still clean up");
	test_cancel(PICTURE_Y4M);
	test_case("y4m: a picture unlike the first is refused");
	test_refused(PICTURE_Y4M);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);

	test_reasons();
	test_lent();
	test_no_memory();
	test_case("ppm: bytes of RGB in any order");
	test_rgb(PICTURE_PPM);
	test_case("pgm: grey");
	test_grey(PICTURE_PGM);
	test_case("ppm: RAW");
	test_bayer(PICTURE_PPM);
	test_case("ppm: what has to be converted");
	test_converted(PICTURE_PPM);
	test_case("ppm: failures of write(2) come back as they are, the next picture is whole");
	test_failures(PICTURE_PPM);
	test_case("ppm: one who leaves in the middle of a write can still clean up");
	test_cancel(PICTURE_PPM);
	test_case("ppm, pgm: a picture unlike the first is refused");
	test_refused(PICTURE_PPM);
	test_refused(PICTURE_PGM);
	test_limited();
	test_png();
	test_jpeg();
	test_y4m();
	return test_done();
}
