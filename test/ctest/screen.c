// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What vkms shows, by the checksum that it makes of each refresh:
 *
 *	screen			the checksum of what is on the screen
 *	screen WxH FILE...	that of a screen of 1024x768, black, with this XR24 frame in the middle
 *
 * A pixel is alpha, red, green and blue of 16 bits each there, the checksum a CRC-32 of all of them
 * without the usual inversions (vkms_composer.c).
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/text.h"

#define FOLDER "/sys/kernel/debug/dri/0/crtc-0/crc/"
#define WIDTH  1024
#define HEIGHT 768

static uint32_t table[256];

static void make_table(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		table[i] = i;
		for (unsigned bit = 0; bit < 8; bit++)
			table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320 : 0);
	}
}

static uint32_t add(uint32_t sum, uint8_t byte)
{
	return sum >> 8 ^ table[(sum ^ byte) & 0xff];
}

/* 8 bits become 16 by being there twice. */
static uint32_t add_pixel(uint32_t sum, uint32_t pixel)
{
	sum = add(add(sum, 0xff), 0xff);
	for (int shift = 16; shift >= 0; shift -= 8)
		sum = add(add(sum, (uint8_t)(pixel >> shift)), (uint8_t)(pixel >> shift));
	return sum;
}

static uint32_t sum_screen(const uint32_t *frame, uint32_t width, uint32_t height)
{
	uint32_t left = (WIDTH - width) / 2, top = (HEIGHT - height) / 2, sum = 0;

	for (uint32_t y = 0; y < HEIGHT; y++) {
		for (uint32_t x = 0; x < WIDTH; x++) {
			bool inside = x >= left && x < left + width && y >= top &&
				      y < top + height;

			sum = add_pixel(sum,
					inside ? frame[(y - top) * width + x - left] : 0);
		}
	}
	return sum;
}

static int print_file(const char *name, uint32_t width, uint32_t height)
{
	static uint32_t frame[WIDTH * HEIGHT];
	FILE *file = fopen(name, "re");
	size_t read;

	if (!file || width > WIDTH || height > HEIGHT)
		return 1;
	read = fread(frame, sizeof(*frame), (size_t)width * height, file);
	fclose(file);
	if (read != (size_t)width * height)
		return 1;
	printf("0x%08x\n", sum_screen(frame, width, height));
	return 0;
}

/* A line is the number of the refresh and the checksum; a screen that is off has no checksums. */
static int print_screen(void)
{
	int control = open(FOLDER "control", O_WRONLY | O_CLOEXEC), data;
	char line[128];
	ssize_t size;

	if (control < 0 || write(control, "auto", 4) != 4)
		return 1;
	close(control);
	data = open(FOLDER "data", O_RDONLY | O_CLOEXEC);
	if (data < 0)
		return 1;
	size = read(data, line, sizeof(line) - 1);
	close(data);
	if (size <= 0)
		return 1;
	line[size] = '\0';
	line[strcspn(line, "\n")] = '\0';
	printf("%s\n", strchr(line, ' ') + 1);
	return 0;
}

int main(int argc, char **argv)
{
	uint32_t width, height;

	if (argc < 2)
		return print_screen();
	if (text_size(argv[1], &width, &height))
		return 2;
	make_table();
	for (int i = 2; i < argc; i++)
		if (print_file(argv[i], width, height))
			return 1;
	return 0;
}
