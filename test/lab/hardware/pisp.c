// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Compressed RAW of a Raspberry Pi 5, as the kernel's description of PC1R and its kin defines it: even
 * and odd pixels of a block are a word each. Its two lowest bits tell how coarse the levels are. Levels
 * of the middle two samples are near each other, and the outer ones near those, or a word of the
 * coarsest kind is made.
 *
 * The finest levels that can be written are taken; that, and what a white sample becomes in mode 2, is
 * not in the description.
 */
#include "pisp.h"

enum {
	FINE_END = 320 * 16, /* levels are twice as far apart from here on, in mode 0 */
	LINEAR_MODES = 3,
	MODE_ESCAPE = 3,
	ESCAPE_FINE_END = 94 * 256,
	LEVEL_MAX = 511, /* that 9 bits tell */
	FIELD_MAX = 127,
	NEAR = 64,
	HIGH = 384, /* in mode 2 nothing lies beyond what 7 bits tell from here */
};

static uint32_t quantize(uint32_t mode, uint32_t sample)
{
	uint32_t level;

	switch (mode) {
	case 0:
		return sample < FINE_END ? (sample + 8) / 16 :
					   320 + (sample - FINE_END + 16) / 32;
	case 1:
		return (sample + 32) / 64;
	case 2:
		level = (sample + 64) / 128;
		return level > LEVEL_MAX ? LEVEL_MAX : level;
	default:
		return sample < ESCAPE_FINE_END ?
			       (sample + 128) / 256 :
			       94 + (sample - ESCAPE_FINE_END + 256) / 512;
	}
}

/* What an outer sample is counted from. */
static uint32_t outer_base(uint32_t mode, uint32_t inner)
{
	if (mode == 2 && inner >= HIGH + NEAR)
		return HIGH;
	return inner > NEAR ? inner - NEAR : 0;
}

/* Whether levels can be written in this mode. A difference below 0 is a large number. */
static bool encode(uint32_t mode, const uint32_t level[4], uint32_t *word)
{
	uint32_t first = level[1] < level[2] ? level[1] : level[2];
	uint32_t second = level[2] - level[1] + NEAR;
	uint32_t left = level[0] - outer_base(mode, level[1]);
	uint32_t right = level[3] - outer_base(mode, level[2]);

	if (mode == 2 && first >= HIGH) {
		first = level[1];
		second = level[2] - HIGH;
	}
	if (first > LEVEL_MAX || second > FIELD_MAX || left > FIELD_MAX || right > FIELD_MAX)
		return false;
	*word = mode | first << 2 | second << 11 | left << 18 | right << 25;
	return true;
}

static uint32_t pair(uint32_t first, uint32_t second)
{
	return 2816 * (first >> 4) + 16 * second + (first & 15);
}

uint32_t pisp_word(const uint16_t samples[4])
{
	uint32_t level[4], word = 0;

	for (uint32_t mode = 0; mode <= MODE_ESCAPE; mode++) {
		for (int i = 0; i < 4; i++)
			level[i] = quantize(mode, samples[i]);
		if (mode < LINEAR_MODES && encode(mode, level, &word))
			return word;
	}
	return MODE_ESCAPE | pair(level[0], level[1]) << 2 | pair(level[2], level[3]) << 17;
}

void pisp_compress(const uint16_t *samples, uint32_t width, uint8_t *line)
{
	for (uint32_t x = 0; x < width; x += PISP_BLOCK) {
		for (uint32_t phase = 0; phase < 2; phase++) {
			uint16_t four[4];
			uint32_t word;

			for (uint32_t i = 0; i < 4; i++) {
				uint32_t at = x + 2 * i + phase;

				while (at >= width)
					at -= 2;
				four[i] = samples[at];
			}
			word = pisp_word(four);
			for (int i = 0; i < 4; i++)
				line[x + 4 * phase + i] = word >> 8 * i;
		}
	}
}
