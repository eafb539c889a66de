// SPDX-License-Identifier: GPL-2.0-or-later
/* RAW of known colours to sRGB, compared with floating point; and pictures made of it. */
#include "common/image/develop.h"

#include <math.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/image/demosaic.h"
#include "common/image/image.h"
#include "common/image/picture.h"
#include "test/unit/test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Gains of 2 for red and 1.6 for blue are in the matrix, the last row of which is strong. */
static const struct picture_notes some_notes = {
	.black_level = 64,
	.has_colors = true,
	.colors = {
		.neutral = { 0.5f, 1, 0.625f },
		.to_srgb = { 3.4f, -0.5f, -0.32f, -0.6f, 1.5f, -0.32f, 0.2f, -1.9f, 4.48f },
	},
};

/* The least colour is green: what is 1 in the notes is not the least gain. */
static const struct picture_notes magenta_notes = {
	.has_colors = true,
	.colors = {
		.neutral = { 1, 0.5f, 0.8f },
		.to_srgb = { 0.5f, 0, 0, 0, 1, 0, 0, 0, 0.625f },
	},
};

static double srgb(double light)
{
	light = light < 0 ? 0 : light > 1 ? 1 : light;
	return light <= 0.0031308 ? 12.92 * light : 1.055 * pow(light, 1 / 2.4) - 0.055;
}

static double level(const struct picture_notes *notes, unsigned bits, unsigned color,
		    unsigned sample)
{
	unsigned most = (1u << bits) - 1;
	double above = sample > notes->black_level ? sample - notes->black_level : 0;
	double value = above / (most - notes->black_level) /
		       (double)notes->colors.neutral[color];

	return value > 1 ? 1 : value;
}

/* What a pixel must be, of 0 to 1, with the levels applied already. */
static double made(const struct picture_notes *notes, const double levels[3], unsigned color)
{
	const struct picture_colors *colors = &notes->colors;
	double sum = 0;

	/* The matrix is for what has no white balance yet; green's share is 1 on its scale. */
	for (unsigned i = 0; i < 3; i++)
		sum += (double)colors->to_srgb[3 * color + i] * levels[i] *
		       (double)colors->neutral[i] / (double)colors->neutral[1];
	return srgb(sum);
}

static unsigned sample_of(const uint8_t *line, size_t i, bool is_wide)
{
	return is_wide ? (unsigned)line[2 * i] << 8 | line[2 * i + 1] : line[i];
}

static void check_near(double got, double want, double most)
{
	if (!(fabs(got - want) <= most))
		test_fail(__FILE__, __LINE__, "got %g, want %g, at most %g beside it",
			  got, want, most);
}

#define WIDTH 70 /* two blocks, and some */

static struct develop *create(const struct picture_notes *notes, unsigned bits, bool is_wide)
{
	struct develop *develop = NULL;

	CHECK_EQ(develop_create(bits, is_wide, &develop), 0);
	CHECK(develop_set(develop, notes));
	return develop;
}

static void try_noise(const struct picture_notes *plain, unsigned bits, bool is_wide)
{
	static uint16_t planes[3][3 * DEVELOP_BLOCK];
	uint16_t *const lines[3] = { planes[0], planes[1], planes[2] };
	struct picture_notes notes = *plain;
	const unsigned most = (1u << bits) - 1;
	struct develop *develop;
	uint8_t rgb[6 * WIDTH + 1];
	uint32_t state = bits;

	notes.black_level = notes.black_level << bits >> 10;
	develop = create(&notes, bits, is_wide);
	for (unsigned k = 0; k < 3; k++) {
		for (unsigned i = 0; i < WIDTH; i++) {
			state = state * 1664525 + 1013904223;
			planes[k][i] = (uint16_t)(state >> (32 - bits));
			check_near(develop_level(develop, k, planes[k][i]),
				   level(&notes, bits, k, planes[k][i]) * most,
				   0.5001 + most / 4096.);
		}
	}
	rgb[sizeof(rgb) - 1] = 0x5a;
	rgb[3 * WIDTH] = 0x5a;
	develop_line(develop, lines, rgb, WIDTH);
	for (unsigned i = 0; i < 3 * WIDTH; i++) {
		const double levels[3] = { planes[0][i / 3] / (double)most,
					   planes[1][i / 3] / (double)most,
					   planes[2][i / 3] / (double)most };
		double full = is_wide ? 65535 : 255;

		check_near(sample_of(rgb, i, is_wide), made(&notes, levels, i % 3) * full,
			   is_wide ? 48 : 1);
	}
	CHECK_EQ(rgb[is_wide ? 6 * WIDTH : 3 * WIDTH], 0x5a);
	develop_destroy(develop);
}

static void test_noise(void)
{
	test_case("develop: as floating point has it, from 8 to 16 bits, to 8 and 16");
	for (unsigned bits = 8; bits <= 16; bits += 2) {
		try_noise(&some_notes, bits, false);
		try_noise(&some_notes, bits, true);
		try_noise(&magenta_notes, bits, false);
		try_noise(&magenta_notes, bits, true);
	}
}

static void test_grey(void)
{
	static uint16_t line[1024];
	uint16_t *const lines[3] = { line, line, line };
	struct develop *narrow = create(&some_notes, 10, false);
	struct develop *wide = create(&some_notes, 10, true);
	static uint8_t rgb[6 * 1024], grey[2 * 1024];

	test_case("develop: grey stays grey, black black, and white white");
	for (unsigned i = 0; i < 1024; i++)
		line[i] = (uint16_t)i;
	develop_line(narrow, lines, rgb, 1024);
	for (unsigned i = 0; i < 1024; i++) {
		CHECK_EQ(rgb[3 * i + 1], rgb[3 * i]);
		CHECK_EQ(rgb[3 * i + 2], rgb[3 * i]);
		CHECK(!i || rgb[3 * i] >= rgb[3 * i - 3]);
	}
	CHECK_EQ(rgb[0], 0);
	CHECK_EQ(rgb[3 * 1023], 255);
	develop_line(wide, lines, rgb, 1024);
	CHECK_EQ(sample_of(rgb, 0, true), 0);
	CHECK_EQ(sample_of(rgb, 3 * 1023, true), 65535);

	test_case("develop: grey of a sensor without colours");
	develop_grey(narrow, line, grey, 1024);
	for (unsigned i = 0; i < 1024; i++)
		check_near(grey[i], srgb(i > 64 ? (i - 64) / 959. : 0) * 255, 1);
	develop_grey(wide, line, grey, 1024);
	for (unsigned i = 0; i < 1024; i++)
		check_near(sample_of(grey, i, true),
			   srgb(i > 64 ? (i - 64) / 959. : 0) * 65535, 6);
	develop_destroy(narrow);
	develop_destroy(wide);
}

static void test_highlights(void)
{
	/* Light that is more than the sensor holds in green, then in blue, too, then in all. */
	static const uint16_t samples[3][3] = { { 700, 1023, 800 },
						{ 900, 1023, 1023 },
						{ 1023, 1023, 1023 } };
	struct develop *develop = create(&some_notes, 10, false);
	struct develop *fine = create(&some_notes, 16, true);
	uint16_t planes[3][DEVELOP_BLOCK] = { 0 };
	uint16_t *const lines[3] = { planes[0], planes[1], planes[2] };
	uint8_t rgb[9];

	test_case("develop: what is clipped in the sensor is white, in no other colour");
	for (unsigned i = 0; i < 3; i++)
		for (unsigned k = 0; k < 3; k++)
			planes[k][i] = develop_level(develop, k, samples[i][k]);
	develop_line(develop, lines, rgb, 3);
	for (unsigned i = 0; i < 9; i++)
		CHECK_EQ(rgb[i], 255);
	for (unsigned k = 0; k < 3; k++)
		CHECK_EQ(develop_level(fine, k, 65535), 65535);
	develop_destroy(develop);
	develop_destroy(fine);
}

static void test_set(void)
{
	struct picture_notes notes = some_notes, none = { .black_level = 1 };
	uint16_t planes[3][DEVELOP_BLOCK] = { { 0 }, { 4095 }, { 0 } };
	uint16_t *const lines[3] = { planes[0], planes[1], planes[2] };
	struct demosaic_levels before;
	struct develop *develop = NULL;
	uint8_t rgb[3];

	test_case("develop: notes without colours leave all as it was");
	CHECK_EQ(develop_create(12, false, &develop), 0);
	CHECK(!develop_set(develop, &none));
	CHECK(develop_set(develop, &notes));
	before = *develop_levels(develop);
	CHECK(develop_set(develop, &none));
	CHECK_MEM_EQ(develop_levels(develop), &before, sizeof(before));
	notes.colors.neutral[2] = 0;
	CHECK(develop_set(develop, &notes));
	CHECK_MEM_EQ(develop_levels(develop), &before, sizeof(before));

	test_case("develop: nonsense makes a picture, too");
	notes = some_notes;
	notes.black_level = 100000;
	notes.colors.neutral[0] = 1e-30f;
	for (unsigned i = 0; i < 9; i++)
		notes.colors.to_srgb[i] = i % 2 ? (float)INFINITY : -1e30f;
	CHECK(develop_set(develop, &notes));
	CHECK_EQ(develop_levels(develop)->black[1], 4094);
	CHECK_EQ(develop_level(develop, 0, 4095), 16); /* the largest gain */
	CHECK_EQ(develop_level(develop, 0, 4094), 0);
	develop_line(develop, lines, rgb, 1);
	CHECK_EQ(rgb[0], 255);
	CHECK_EQ(rgb[1], 0);
	develop_destroy(develop);
	develop_destroy(NULL);
}

/* ---- pictures ---- */

/* One colour everywhere, red, green and blue as the sensor counts them, of 10 bits. */
static struct image make_image(const char *format, const unsigned color[3])
{
	static uint16_t samples[8][8];
	struct image image = { .format = format_parse(format),
			       .width = 8,
			       .height = 8,
			       .transfer = IMAGE_TRANSFER_LINEAR,
			       .stride_bytes = { sizeof(samples[0]) } };
	const struct image_memory memory = { samples, sizeof(samples) };
	const char *order = format_order_name(image.format->order);

	for (unsigned y = 0; y < 8; y++) {
		for (unsigned x = 0; x < 8; x++) {
			char name = *order ? order[y % 2 * 2 + x % 2] : 'G';

			samples[y][x] = (uint16_t)color[strchr("RGB", name) - "RGB"];
		}
	}
	CHECK_EQ(image_place(&image, &memory), 0);
	return image;
}

struct file {
	uint8_t bytes[4096];
	size_t size;
};

static void write_picture(struct picture_writer *writer, const struct image *image,
			  struct file *file)
{
	int fd = memfd_create("picture", 0);
	ssize_t size;

	CHECK_EQ(picture_write(writer, image, fd), 0);
	size = pread(fd, file->bytes, sizeof(file->bytes), 0);
	CHECK(size > 0);
	file->size = size > 0 ? (size_t)size : 0;
	close(fd);
}

static TEST_UNUSED bool has(const struct file *file, const char *name)
{
	return memmem(file->bytes, file->size, name, strlen(name)) != NULL;
}

static struct picture_writer *writer_for(enum picture_kind kind, const struct image *image)
{
	struct picture_writer *writer = NULL;

	CHECK(picture_uses_notes(kind, image->format));
	CHECK_EQ(picture_writer_create(kind, image, &writer), 0);
	return writer;
}

/* A fifth of the light, which is 124 of 255 on sRGB's curve. */
static const unsigned fifth[3] = { 64 + 96, 64 + 192, 64 + 120 };

static void test_ppm(void)
{
	static const char *const formats[] = { "RG10", "BA10", "GB10", "BG10" };
	struct picture_writer *writer;
	struct image image;
	struct file file;

	test_case("ppm: RAW as the sensor gave it, until its colours are told");
	for (size_t i = 0; i < COUNT(formats); i++) {
		image = make_image(formats[i], fifth);
		writer = writer_for(PICTURE_PPM, &image);
		write_picture(writer, &image, &file);
		CHECK_EQ(file.size, 13 + 8 * 8 * 6);
		CHECK_EQ(sample_of(file.bytes + 13, 0, true), 160 << 6 | 160 >> 4);
		CHECK_EQ(sample_of(file.bytes + 13, 1, true), 256 << 6 | 256 >> 4);

		picture_set_notes(writer, &some_notes);
		write_picture(writer, &image, &file);
		CHECK_EQ(file.size, 13 + 8 * 8 * 6);
		for (unsigned k = 0; k < 8 * 8 * 3; k++)
			check_near(sample_of(file.bytes + 13, k, true),
				   srgb(192 / 959.) * 65535, 60);

		picture_set_notes(writer, &(struct picture_notes){ 0 });
		write_picture(writer, &image, &file);
		check_near(sample_of(file.bytes + 13, 0, true), srgb(192 / 959.) * 65535, 60);
		picture_writer_destroy(writer);
	}

	test_case("pgm: grey of a sensor");
	image = make_image("Y10", fifth);
	writer = writer_for(PICTURE_PGM, &image);
	picture_set_notes(writer, &some_notes);
	write_picture(writer, &image, &file);
	CHECK_EQ(file.size, 13 + 8 * 8 * 2);
	check_near(sample_of(file.bytes + 13, 63, true), srgb(192 / 959.) * 65535, 6);
	picture_writer_destroy(writer);
}

static void test_bytes(void)
{
	uint8_t samples[4] = { 0, 64, 128, 255 };
	struct image image = { .format = format_parse("GREY"),
			       .width = 2,
			       .height = 2,
			       .stride_bytes = { 2 },
			       .planes = { samples } };
	struct picture_writer *writer = writer_for(PICTURE_PGM, &image);
	struct file file;

	test_case("pgm: grey of 8 bits, which would be lent as it is");
	picture_set_notes(writer, &some_notes);
	write_picture(writer, &image, &file);
	CHECK_EQ(file.size, 11 + 4);
	for (unsigned i = 0; i < 4; i++)
		check_near(file.bytes[11 + i],
			   srgb(samples[i] > 64 ? (samples[i] - 64) / 191. : 0) * 255, 1);
	picture_writer_destroy(writer);
}

static void test_y4m(void)
{
	struct image image = make_image("RG10", fifth);
	struct picture_writer *writer = writer_for(PICTURE_Y4M, &image);
	struct file file;

	test_case("y4m: RAW is developed, too");
	picture_set_notes(writer, &some_notes);
	write_picture(writer, &image, &file);
	for (unsigned i = 1; i <= 3 * 64; i++)
		check_near(file.bytes[file.size - i], i <= 128 ? 128 : 124, 1);
	picture_writer_destroy(writer);

	test_case("y4m: grey, with the low byte first");
	image = make_image("Y10", fifth);
	writer = writer_for(PICTURE_Y4M, &image);
	picture_set_notes(writer, &some_notes);
	write_picture(writer, &image, &file);
	check_near(file.bytes[file.size - 1], 124, 1);
	picture_writer_destroy(writer);
}

static void test_png(void)
{
#ifdef HAVE_LIBPNG
	struct image image = make_image("RG10", fifth);
	struct picture_writer *writer = writer_for(PICTURE_PNG, &image);
	struct file file;

	test_case("png: light is linear, until it is developed");
	write_picture(writer, &image, &file);
	CHECK(has(&file, "gAMA") && has(&file, "sBIT") && !has(&file, "sRGB"));
	picture_set_notes(writer, &some_notes);
	write_picture(writer, &image, &file);
	CHECK(!has(&file, "sBIT") && has(&file, "sRGB"));
	picture_writer_destroy(writer);
#endif
}

int main(void)
{
	test_noise();
	test_grey();
	test_highlights();
	test_set();
	test_ppm();
	test_bytes();
	test_y4m();
	test_png();
	return test_done();
}
