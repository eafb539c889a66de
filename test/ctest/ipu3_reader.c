// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads frames from a pipe at a pace of its own, and tells of each the number that its pixels have.
 *
 *	ipu3_reader raw|csi2|picture WIDTH HEIGHT STRIDE VIEW SEED PAUSE
 *	ipu3_reader cells BYTES CELLS SEED PAUSE
 *
 * Raw is 10 bits as the CIO2 packs them, csi2 as they come over the bus, a picture begins with luma.
 * VIEW is X,Y,WxH: what the frame shows of the sensor's pixel array. PAUSE is in milliseconds; before
 * one frame of eight the reader waits, for a random time up to that. Prints a line for each frame: its
 * number, -1 where not all strips tell the same, or of a frame of cells, that is statistics, a checksum
 * of the first CELLS bytes. Ends with the pipe; with status 1 if that is in the middle of a frame.
 *
 * What strips are is in test/lab/hardware/scene.h.
 */
#include <err.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PAUSE_EVERY 8

#define TILE_LINES  128
#define STRIP_LINES 32
#define STRIP_EDGE  6 /* lines of a strip that scaling may mix with others */
#define CELL        32
#define CELL_EDGE   8
#define BITS        16

/* As the CIO2 packs them */
#define GROUP_PIXELS 25
#define GROUP_BYTES  32

struct shape {
	uint32_t width, height, stride;
	uint32_t left, top, view_width, view_height;
	uint32_t (*sample)(const uint8_t *line, uint32_t x);
};

static uint32_t raw_sample(const uint8_t *line, uint32_t x)
{
	const uint8_t *group = line + x / GROUP_PIXELS * GROUP_BYTES;
	uint32_t bit = x % GROUP_PIXELS * 10;

	return (uint32_t)(group[bit / 8] | group[bit / 8 + 1] << 8) >> bit % 8 & 1023;
}

/* Four at a time; the upper 8 bits are enough. */
static uint32_t csi2_sample(const uint8_t *line, uint32_t x)
{
	return line[x / 4 * 5 + x % 4];
}

static uint32_t luma_sample(const uint8_t *line, uint32_t x)
{
	return line[x];
}

/* A bit has two cells, the highest bit comes first: bright and dark is 1. */
static int line_number(const struct shape *shape, const uint8_t *line)
{
	uint64_t sums[BITS][2] = { 0 }, counts[BITS][2] = { 0 };
	int number = 0;

	for (uint32_t x = 0; x < shape->width; x++) {
		uint32_t place = shape->left + x * shape->view_width / shape->width;
		uint32_t bit = BITS - 1 - place / (2 * CELL) % BITS;
		uint32_t second = place / CELL % 2;

		if (place % CELL < CELL_EDGE || place % CELL >= CELL - CELL_EDGE)
			continue;
		sums[bit][second] += shape->sample(line, x);
		counts[bit][second]++;
	}
	for (unsigned bit = 0; bit < BITS; bit++) {
		uint64_t first = sums[bit][0] * counts[bit][1];
		uint64_t second = sums[bit][1] * counts[bit][0];

		if (first == second)
			return -1;
		number |= (first > second) << bit;
	}
	return number;
}

/* A frame that is torn tells two numbers. */
static int frame_number(const struct shape *shape, const uint8_t *frame)
{
	int number = -1;

	for (uint32_t y = 0; y < shape->height; y++) {
		uint32_t place = shape->top + y * shape->view_height / shape->height;
		int here;

		if (place % TILE_LINES < STRIP_EDGE ||
		    place % TILE_LINES >= STRIP_LINES - STRIP_EDGE)
			continue;
		here = line_number(shape, frame + (size_t)y * shape->stride);
		if (number >= 0 && here != number)
			return -1;
		number = here;
	}
	return number;
}

static uint64_t checksum(const uint8_t *bytes, size_t length)
{
	uint64_t sum = UINT64_C(14695981039346656037);

	while (length--)
		sum = (sum ^ *bytes++) * UINT64_C(1099511628211);
	return sum;
}

static uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static void pause_at_random(uint32_t *state, uint32_t longest_ms)
{
	struct timespec time = { 0 };

	if (next_random(state) % PAUSE_EVERY)
		return;
	time.tv_nsec = (long)(next_random(state) % (longest_ms + 1)) * 1000000;
	nanosleep(&time, NULL);
}

/* False at the end of the pipe. */
static bool read_frame(uint8_t *frame, size_t bytes)
{
	size_t used = 0;
	ssize_t got;

	while (used < bytes) {
		got = read(STDIN_FILENO, frame + used, bytes - used);
		if (got < 0)
			err(2, "standard input");
		if (got == 0 && used)
			errx(1, "%zu of %zu bytes of a frame", used, bytes);
		if (got == 0)
			return false;
		used += (size_t)got;
	}
	return true;
}

static uint32_t number_of(const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (end == text || *end || !value || value > 1u << 24)
		errx(2, "%s is no number here", text);
	return (uint32_t)value;
}

static size_t parse_shape(char **argv, struct shape *shape)
{
	bool is_csi2 = !strcmp(argv[1], "csi2");
	bool is_raw = is_csi2 || !strcmp(argv[1], "raw");

	shape->sample = is_csi2 ? csi2_sample : is_raw ? raw_sample : luma_sample;
	shape->width = number_of(argv[2]);
	shape->height = number_of(argv[3]);
	shape->stride = number_of(argv[4]);
	if (sscanf(argv[5], "%" SCNu32 ",%" SCNu32 ",%" SCNu32 "x%" SCNu32, &shape->left,
		   &shape->top, &shape->view_width, &shape->view_height) != 4)
		errx(2, "%s is no view", argv[5]);
	return (size_t)shape->stride * shape->height * (is_raw ? 2 : 3) / 2;
}

int main(int argc, char **argv)
{
	bool is_cells = argc == 6 && !strcmp(argv[1], "cells");
	struct shape shape = { 0 };
	uint32_t cells = 0, seed;
	uint8_t *frame;
	size_t bytes;

	if (!is_cells && argc != 8)
		errx(2, "see the top of ipu3_reader.c");
	if (is_cells) {
		bytes = number_of(argv[2]);
		cells = number_of(argv[3]);
	} else {
		bytes = parse_shape(argv, &shape);
	}
	seed = number_of(argv[argc - 2]) * UINT32_C(2654435761); /* small ones are alike */
	frame = malloc(bytes);
	if (!frame)
		err(2, "%zu bytes", bytes);
	while (read_frame(frame, bytes)) {
		if (is_cells)
			printf("%016" PRIx64 "\n", checksum(frame, cells));
		else
			printf("%d\n", frame_number(&shape, frame));
		pause_at_random(&seed, number_of(argv[argc - 1]));
	}
	free(frame);
	return 0;
}
