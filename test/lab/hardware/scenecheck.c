// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Scenecheck: compare captured files with what the scene must look like. It computes the scene itself,
 * from the sensor's record of what was in force for which frame.
 *
 *	scenecheck raw RECORD 8|10|ip3 FILE           all bytes; prints the numbers of the frames
 *	scenecheck numbers RECORD PICTURE FILE        decodes the number of each frame from its pixels
 *	scenecheck mean PICTURE FILE FRAME AREA       mean red, green, blue of an area, or luma thrice
 *	scenecheck cells PICTURE FILE FRAME AREA      mean luma of 5x5 cells, the first is AREA
 *
 * A raw sample is a byte, ten bits at the lower end of 16, or one of 25 in 32 bytes. PICTURE is
 * FORMAT:WxH, and in "numbers" may have :X,Y,WxH behind, what it shows of the sensor's picture. AREA is
 * X,Y,WxH. FORMAT is a fourcc as v4l2-ctl writes it.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "scene.h"

#define FRAMES_MAX 1024

struct area {
	uint32_t left, top, width, height;
};

struct picture {
	char format[5];
	uint32_t width, height;
	struct area view;
	bool viewed;
};

struct file {
	uint8_t *bytes;
	size_t size;
};

/* What each format is: bytes of the first plane per pixel, and of the frame in eighths per pixel. */
static const struct format {
	char name[5];
	uint8_t bytes;
	uint8_t eighths;
} formats[] = {
	{ "NV12", 1, 12 }, { "NV21", 1, 12 }, { "NM12", 1, 12 }, { "NM21", 1, 12 },
	{ "YU12", 1, 12 }, { "YV12", 1, 12 }, { "NV16", 1, 16 }, { "NV61", 1, 16 },
	{ "NM16", 1, 16 }, { "NM61", 1, 16 }, { "422P", 1, 16 }, { "YM61", 1, 16 },
	{ "YUYV", 2, 16 }, { "GREY", 1, 8 },  { "XR24", 4, 32 }, { "RGBP", 2, 16 },
};

static struct scene_frame record[FRAMES_MAX];
static unsigned int recorded;

static void read_file(const char *name, struct file *file)
{
	FILE *stream = fopen(name, "re");
	struct stat info;

	if (!stream || fstat(fileno(stream), &info))
		err(2, "%s", name);
	file->size = info.st_size;
	file->bytes = malloc(file->size + 1);
	if (!file->bytes || fread(file->bytes, 1, file->size, stream) != file->size)
		err(2, "%s", name);
	fclose(stream);
}

/* Only the last stream is of interest: each begins with number 0. */
static void read_record(const char *name)
{
	FILE *stream = fopen(name, "re");
	struct scene_frame f;

	if (!stream)
		err(2, "%s", name);
	while (fscanf(stream,
		      "%u brightness %u red %u green %u blue %u exposure %u line %u frame %u "
		      "analogue %u digital %u pattern %u solid %u %u %u %u window %u %u "
		      "size %u %u binning %u flip %u %u bits %u mono %u ",
		      &f.number, &f.light.brightness, &f.light.red, &f.light.green,
		      &f.light.blue, &f.exposure, &f.line_length, &f.frame_length,
		      &f.analogue, &f.digital, &f.pattern, &f.solid[0], &f.solid[1],
		      &f.solid[2], &f.solid[3], &f.left, &f.top, &f.width, &f.height,
		      &f.binning, &f.hflip, &f.vflip, &f.bits, &f.mono) == 24) {
		if (f.number == 0)
			recorded = 0;
		if (recorded < FRAMES_MAX)
			record[recorded++] = f;
	}
	if (!feof(stream) || !recorded)
		errx(2, "%s is no record of a sensor", name);
	fclose(stream);
}

static const struct scene_frame *find_frame(uint32_t number)
{
	for (unsigned int i = 0; i < recorded; i++) {
		if (record[i].number == number)
			return &record[i];
	}
	return NULL;
}

static const struct format *find_format(const char *name)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (!strcmp(formats[i].name, name))
			return &formats[i];
	}
	errx(2, "format %s is not known", name);
}

static void parse_picture(const char *text, struct picture *picture)
{
	struct area *view = &picture->view;
	int got = sscanf(text, "%4[^:]:%ux%u:%u,%u,%ux%u", picture->format,
			 &picture->width, &picture->height, &view->left, &view->top,
			 &view->width, &view->height);

	picture->viewed = got == 7;
	if (got != 3 && got != 7)
		errx(2, "%s is no picture", text);
}

static void parse_area(const char *text, struct area *area)
{
	if (sscanf(text, "%u,%u,%ux%u", &area->left, &area->top, &area->width,
		   &area->height) != 4)
		errx(2, "%s is no area", text);
}

static size_t frame_size(const struct picture *picture)
{
	return (size_t)picture->width * picture->height *
	       find_format(picture->format)->eighths / 8;
}

/* Red, green and blue, or luma in all of them. */
static void pixel_at(const struct picture *picture, const uint8_t *frame, uint32_t x,
		     uint32_t y, int rgb[3])
{
	uint32_t bytes = find_format(picture->format)->bytes;
	const uint8_t *at = frame + ((size_t)y * picture->width + x) * bytes;

	if (!strcmp(picture->format, "XR24")) {
		rgb[0] = at[2];
		rgb[1] = at[1];
		rgb[2] = at[0];
	} else if (!strcmp(picture->format, "RGBP")) {
		uint32_t value = at[0] | at[1] << 8;

		rgb[0] = (value >> 11) * 255 / 31;
		rgb[1] = (value >> 5 & 63) * 255 / 63;
		rgb[2] = (value & 31) * 255 / 31;
	} else {
		rgb[0] = rgb[1] = rgb[2] = at[0];
	}
}

/* ---- raw ---- */

enum packing { PACK_8, PACK_10, PACK_IP3 };

/* The CIO2 packs 25 pixels into 32 bytes; a line ends at a multiple of 64. */
#define IP3_PIXELS     25
#define IP3_BYTES      32
#define RAW_LINE_BYTES ((SCENE_WIDTH + 2 * IP3_PIXELS) * 2)

static enum packing parse_packing(const char *text)
{
	static const char *const names[] = { "8", "10", "ip3" };

	for (int i = 0; i < 3; i++) {
		if (!strcmp(text, names[i]))
			return i;
	}
	errx(2, "packing %s is not known", text);
}

static size_t line_bytes(enum packing packing, uint32_t width)
{
	if (packing == PACK_IP3)
		return (width + 2 * IP3_PIXELS - 1) / (2 * IP3_PIXELS) * 2 * IP3_BYTES;
	return packing == PACK_10 ? width * 2 : width;
}

static uint32_t get_sample(enum packing packing, const uint8_t *line, uint32_t x)
{
	const uint8_t *group = line + x / IP3_PIXELS * IP3_BYTES;
	uint32_t bit = x % IP3_PIXELS * 10;

	switch (packing) {
	case PACK_8:
		return line[x];
	case PACK_10:
		return line[2 * x] | line[2 * x + 1] << 8;
	default:
		return ((group[bit / 8] | group[bit / 8 + 1] << 8) >> bit % 8) & 1023;
	}
}

static void put_sample(enum packing packing, uint8_t *line, uint32_t x, uint32_t value)
{
	uint8_t *group = line + x / IP3_PIXELS * IP3_BYTES;
	uint32_t bit = x % IP3_PIXELS * 10;

	switch (packing) {
	case PACK_8:
		line[x] = value >> 2;
		break;
	case PACK_10:
		line[2 * x] = value;
		line[2 * x + 1] = value >> 8;
		break;
	case PACK_IP3:
		group[bit / 8] |= value << bit % 8;
		group[bit / 8 + 1] |= value << bit % 8 >> 8;
		break;
	}
}

/* A line tells its number if it is a code line; a frame has some at its top or near it. */
static int raw_number(const struct scene_frame *shape, const uint8_t *frame,
		      enum packing packing)
{
	uint32_t sums[SCENE_CODE_BITS][2] = {};
	uint32_t number = 0;
	uint32_t y = 0;

	while (y < shape->height && scene_kind(shape, y) != 0)
		y++;
	if (y == shape->height)
		return -1;
	frame += y * line_bytes(packing, shape->width);
	for (uint32_t x = 0; x < shape->width; x++) {
		uint32_t place = scene_array_x(shape, x);

		sums[scene_code_bit(place)][scene_code_second(place)] +=
			get_sample(packing, frame, x);
	}
	for (int bit = 0; bit < SCENE_CODE_BITS; bit++) {
		if (sums[bit][0] == sums[bit][1])
			return -1;
		number |= (sums[bit][0] > sums[bit][1]) << bit;
	}
	return number;
}

/* All bytes, those between and behind the pixels included. */
static void check_line(const struct scene_frame *frame, uint16_t palette[][SCENE_FILTERS],
		       uint32_t y, enum packing packing, const uint8_t *got)
{
	uint8_t indices[SCENE_WIDTH], wanted[RAW_LINE_BYTES] = {};

	scene_line(frame, scene_kind(frame, y), indices);
	for (uint32_t x = 0; x < frame->width; x++)
		put_sample(packing, wanted, x,
			   palette[indices[x]][scene_filter(frame, x, y)]);
	if (!memcmp(got, wanted, line_bytes(packing, frame->width)))
		return;
	for (uint32_t x = 0; x < frame->width; x++) {
		uint32_t value = get_sample(packing, got, x);

		if (value != get_sample(packing, wanted, x))
			errx(1, "frame %u: pixel %u,%u is %u, wanted %u", frame->number,
			     x, y, value, get_sample(packing, wanted, x));
	}
	errx(1, "frame %u: line %u has bits beside its pixels", frame->number, y);
}

static void check_raw(const char *record_name, const char *packing_name, const char *name)
{
	static uint16_t palette[SCENE_COLOURS][SCENE_FILTERS];
	enum packing packing = parse_packing(packing_name);
	const struct scene_frame *shape = &record[0];
	struct file file;
	size_t line, size;

	read_record(record_name);
	read_file(name, &file);
	line = line_bytes(packing, shape->width);
	size = line * shape->height;
	if (!file.size || file.size % size)
		errx(1, "%zu bytes are no frames of %ux%u", file.size, shape->width,
		     shape->height);
	for (size_t i = 0; i < file.size / size; i++) {
		const uint8_t *bytes = file.bytes + i * size;
		/* Test patterns tell no number: frames are taken to come without gaps. */
		int number = shape->pattern ? (int)i : raw_number(shape, bytes, packing);
		const struct scene_frame *frame = find_frame(number);

		if (!frame)
			errx(1, "frame at %zu tells number %d, which was not sent", i,
			     number);
		scene_palette(frame, palette);
		for (uint32_t y = 0; y < frame->height; y++)
			check_line(frame, palette, y, packing, bytes + y * line);
		printf("%d\n", number);
	}
}

/* ---- processed pictures ---- */

/* The number that line y tells, -1 where not all bits can be seen. */
static int line_number(const struct scene_frame *shape, const struct picture *picture,
		       const uint8_t *frame, uint32_t y)
{
	uint64_t sums[SCENE_CODE_BITS][2] = {};
	uint32_t counts[SCENE_CODE_BITS][2] = {};
	uint32_t number = 0;

	for (uint32_t x = 0; x < picture->width; x++) {
		uint32_t at = picture->view.left +
			      (uint64_t)x * picture->view.width / picture->width;
		uint32_t place = scene_array_x(shape, at);
		bool second = scene_code_second(place);
		uint32_t bit = scene_code_bit(place);
		int rgb[3];

		/* The middle half of a cell only: scaling rounds. */
		if (place % SCENE_CODE_CELL < SCENE_CODE_CELL / 4 ||
		    place % SCENE_CODE_CELL >= SCENE_CODE_CELL * 3 / 4)
			continue;
		pixel_at(picture, frame, x, y, rgb);
		sums[bit][second] += rgb[1];
		counts[bit][second]++;
	}
	for (int bit = 0; bit < SCENE_CODE_BITS; bit++) {
		uint64_t first = sums[bit][0] * counts[bit][1];
		uint64_t second = sums[bit][1] * counts[bit][0];

		if (first == second)
			return -1;
		number |= (uint32_t)(first > second) << bit;
	}
	return number;
}

/* All strips must agree: else the frame is torn, or not what it says. */
static int picture_number(const struct scene_frame *shape, const struct picture *picture,
			  const uint8_t *frame)
{
	int number = -1;

	for (uint32_t y = 0; y < picture->height; y++) {
		uint32_t at = picture->view.top +
			      (uint64_t)y * picture->view.height / picture->height;
		int here;

		if (at < 2 || at + 2 >= shape->height || scene_kind(shape, at - 2) ||
		    scene_kind(shape, at + 2))
			continue;
		here = line_number(shape, picture, frame, y);
		if (number >= 0 && here != number)
			return -1;
		number = here;
	}
	return number;
}

static void check_numbers(const char *record_name, const char *text, const char *name)
{
	const struct scene_frame *shape = &record[0];
	struct picture picture;
	struct file file;
	size_t size;

	read_record(record_name);
	parse_picture(text, &picture);
	read_file(name, &file);
	if (!picture.viewed)
		picture.view = (struct area){ 0, 0, shape->width, shape->height };
	size = frame_size(&picture);
	if (!file.size || file.size % size)
		errx(1, "%zu bytes are no frames of %zu", file.size, size);
	for (size_t i = 0; i < file.size / size; i++) {
		int number = picture_number(shape, &picture, file.bytes + i * size);

		if (number < 0)
			errx(1, "frame at %zu tells no number", i);
		printf("%d\n", number);
	}
}

static void area_mean(const struct picture *picture, const uint8_t *frame,
		      const struct area *area, double mean[3])
{
	uint64_t sums[3] = {};

	for (uint32_t y = area->top; y < area->top + area->height; y++) {
		for (uint32_t x = area->left; x < area->left + area->width; x++) {
			int rgb[3];

			pixel_at(picture, frame, x, y, rgb);
			for (int i = 0; i < 3; i++)
				sums[i] += rgb[i];
		}
	}
	for (int i = 0; i < 3; i++)
		mean[i] = (double)sums[i] / area->width / area->height;
}

static const uint8_t *find_picture(const char *text, const char *name, const char *number,
				   struct picture *picture)
{
	struct file file;
	size_t size;

	parse_picture(text, picture);
	read_file(name, &file);
	size = frame_size(picture);
	if ((strtoul(number, NULL, 10) + 1) * size > file.size)
		errx(1, "%s has no frame %s", name, number);
	return file.bytes + strtoul(number, NULL, 10) * size;
}

static void show_mean(const char *text, const char *name, const char *number, const char *where)
{
	struct picture picture;
	const uint8_t *frame = find_picture(text, name, number, &picture);
	struct area area;
	double mean[3];

	parse_area(where, &area);
	area_mean(&picture, frame, &area, mean);
	printf("%.2f %.2f %.2f\n", mean[0], mean[1], mean[2]);
}

static void show_cells(const char *text, const char *name, const char *number,
		       const char *where)
{
	struct picture picture;
	const uint8_t *frame = find_picture(text, name, number, &picture);
	struct area first;

	parse_area(where, &first);
	for (int i = 0; i < 25; i++) {
		struct area cell = first;
		double mean[3];

		cell.left += i % 5 * cell.width;
		cell.top += i / 5 * cell.height;
		area_mean(&picture, frame, &cell, mean);
		printf("%.0f%c", 16 + mean[0] / 4 + mean[1] / 2 + mean[2] * 7 / 64,
		       i < 24 ? ' ' : '\n');
	}
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "raw") && argc == 5)
		check_raw(argv[2], argv[3], argv[4]);
	else if (!strcmp(what, "numbers") && argc == 5)
		check_numbers(argv[2], argv[3], argv[4]);
	else if (!strcmp(what, "mean") && argc == 6)
		show_mean(argv[2], argv[3], argv[4], argv[5]);
	else if (!strcmp(what, "cells") && argc == 6)
		show_cells(argv[2], argv[3], argv[4], argv[5]);
	else
		errx(2, "see the top of scenecheck.c");
	return 0;
}
