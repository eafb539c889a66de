// SPDX-License-Identifier: GPL-2.0-or-later
/* Scene: the arithmetic of what emulated cameras see; nothing in here depends on a kernel. */
#include "scene.h"

enum {
	PATCH_KINDS = 16,
	INDEX_DARK = PATCH_KINDS,
	INDEX_BRIGHT,
	INDEX_GREY,
	INDEX_RAMP = 32, /* and on */

	KIND_CODE = 0,
	KIND_PATCHES, /* and on, PATCH_KINDS of them */
	KIND_RAMP = KIND_PATCHES + PATCH_KINDS,

	RAMP_STEP = 16, /* pixels of the array, even: a quad of the Bayer pattern has one colour */
	GREY_TILE = 6,
	FADE_STEPS = 16,
	BARS = 8,
};

/*
 * Reflectance of the patches, red, green and blue, 256 is 1.0. They add up to grey, and so do any 16
 * tiles of a column, as a column shows each patch once.
 */
static const uint8_t patches[PATCH_KINDS][3] = {
	{ 230, 230, 230 }, { 160, 40, 40 },  { 40, 160, 160 }, { 179, 179, 179 },
	{ 128, 128, 128 }, { 40, 160, 40 },  { 160, 40, 160 }, { 92, 92, 92 },
	{ 64, 64, 64 },    { 40, 40, 160 },  { 160, 160, 40 }, { 46, 46, 46 },
	{ 23, 23, 23 },    { 170, 100, 30 }, { 30, 100, 170 }, { 10, 10, 10 },
};

/* Of code cells, and the grey column */
#define DARK   16
#define BRIGHT 200
#define GREY   92

/* Far beyond what clips; larger numbers might overflow later. */
#define WHITE_MAX 0xffffffffu

uint64_t scene_white(const struct scene_frame *frame)
{
	uint64_t white = (uint64_t)frame->exposure * frame->line_length;

	white = white * frame->digital / SCENE_LINE_LENGTH;
	white = white * frame->light.brightness / SCENE_BRIGHTNESS;
	white = white * 256 / (256 - (frame->analogue < 255 ? frame->analogue : 255));
	white = white * 700 / 1600;
	return white < WHITE_MAX ? white : WHITE_MAX;
}

static void set_patch(uint16_t colour[SCENE_FILTERS], const uint64_t white[3],
		      uint32_t red, uint32_t green, uint32_t blue)
{
	static const uint8_t component[SCENE_FILTERS] = { 0, 1, 1, 2 };
	const uint32_t reflectance[3] = { red, green, blue };

	for (int i = 0; i < SCENE_FILTERS; i++) {
		uint64_t level = white[component[i]] * reflectance[component[i]];

		level = SCENE_BLACK + (level >> 16);
		colour[i] = level < 1023 ? level : 1023;
	}
}

static void set_scene(const struct scene_frame *frame,
		      uint16_t palette[SCENE_COLOURS][SCENE_FILTERS])
{
	uint64_t full = scene_white(frame);
	const uint64_t white[3] = { full * frame->light.red / 256,
				    full * frame->light.green / 256,
				    full * frame->light.blue / 256 };

	for (int i = 0; i < PATCH_KINDS; i++)
		set_patch(palette[i], white, patches[i][0], patches[i][1], patches[i][2]);
	set_patch(palette[INDEX_DARK], white, DARK, DARK, DARK);
	set_patch(palette[INDEX_BRIGHT], white, BRIGHT, BRIGHT, BRIGHT);
	set_patch(palette[INDEX_GREY], white, GREY, GREY, GREY);
	for (uint32_t i = 0; i < SCENE_WIDTH / RAMP_STEP; i++)
		set_patch(palette[INDEX_RAMP + i], white, i * 9 / 8, i * 9 / 8, i * 9 / 8);
}

/* White, yellow, cyan, green, magenta, red, blue, black; each FADE_STEPS times on the way to grey. */
static void set_bars(uint16_t palette[SCENE_COLOURS][SCENE_FILTERS])
{
	static const uint8_t lit[BARS][SCENE_FILTERS] = {
		{ 1, 1, 1, 1 }, { 1, 1, 1, 0 }, { 0, 1, 1, 1 }, { 0, 1, 1, 0 },
		{ 1, 0, 0, 1 }, { 1, 0, 0, 0 }, { 0, 0, 0, 1 }, { 0, 0, 0, 0 },
	};

	for (int step = 0; step < FADE_STEPS; step++) {
		for (int bar = 0; bar < BARS; bar++) {
			for (int i = 0; i < SCENE_FILTERS; i++) {
				int level = lit[bar][i] * 1023;

				palette[step * BARS + bar][i] =
					level + (512 - level) * step / FADE_STEPS;
			}
		}
	}
}

void scene_palette(const struct scene_frame *frame,
		   uint16_t palette[SCENE_COLOURS][SCENE_FILTERS])
{
	for (int i = 0; i < SCENE_COLOURS; i++) {
		for (int j = 0; j < SCENE_FILTERS; j++)
			palette[i][j] = i << 2 | i >> 6; /* PN9: what it is */
	}
	switch (frame->pattern) {
	case SCENE_PATTERN_NONE:
		set_scene(frame, palette);
		break;
	case SCENE_PATTERN_SOLID:
		for (int i = 0; i < SCENE_FILTERS; i++)
			palette[0][i] = frame->solid[i] & 1023;
		break;
	case SCENE_PATTERN_BARS:
	case SCENE_PATTERN_GREY_BARS:
		set_bars(palette);
		break;
	}
}

/* Binning takes every second quad of the Bayer pattern: tiles are uniform, a mean would be the same. */
static uint32_t array_position(uint32_t position, uint32_t size, uint32_t binning, bool flip)
{
	if (flip)
		position = size - 1 - position;
	return (position >> 1) * 2 * binning + (position & 1);
}

uint32_t scene_array_x(const struct scene_frame *frame, uint32_t x)
{
	return frame->left + array_position(x, frame->width, frame->binning, frame->hflip);
}

uint32_t scene_array_y(const struct scene_frame *frame, uint32_t y)
{
	return frame->top + array_position(y, frame->height, frame->binning, frame->vflip);
}

uint32_t scene_kind(const struct scene_frame *frame, uint32_t y)
{
	uint32_t array_y = scene_array_y(frame, y);
	uint32_t tile = array_y / SCENE_TILE_HEIGHT;

	if (frame->pattern == SCENE_PATTERN_GREY_BARS)
		return y * FADE_STEPS / frame->height;
	if (frame->pattern != SCENE_PATTERN_NONE)
		return 0;
	if (array_y % SCENE_TILE_HEIGHT < SCENE_CODE_LINES)
		return KIND_CODE;
	if (tile % 4 == 3)
		return KIND_RAMP;
	return KIND_PATCHES + tile % PATCH_KINDS;
}

uint32_t scene_code_bit(uint32_t array_x)
{
	return SCENE_CODE_BITS - 1 - array_x / (2 * SCENE_CODE_CELL) % SCENE_CODE_BITS;
}

bool scene_code_second(uint32_t array_x)
{
	return array_x / SCENE_CODE_CELL % 2;
}

static uint8_t scene_index(const struct scene_frame *frame, uint32_t kind, uint32_t array_x)
{
	uint32_t tile = array_x / SCENE_TILE_WIDTH;

	if (kind == KIND_CODE) {
		bool bit = frame->number >> scene_code_bit(array_x) & 1;

		return bit != scene_code_second(array_x) ? INDEX_BRIGHT : INDEX_DARK;
	}
	if (kind == KIND_RAMP)
		return INDEX_RAMP +
		       (array_x < SCENE_WIDTH ? array_x : SCENE_WIDTH - 1) / RAMP_STEP;
	if (tile == GREY_TILE)
		return INDEX_GREY;
	return (tile + 5 * (kind - KIND_PATCHES)) % PATCH_KINDS;
}

/* x^9 + x^5 + 1, begun anew in each line */
static void pn9_line(uint32_t width, uint8_t *index)
{
	uint32_t state = 0x1ff;

	for (uint32_t x = 0; x < width; x++) {
		for (int i = 0; i < 8; i++)
			state = (state << 1 | ((state >> 8 ^ state >> 4) & 1)) & 0x1ff;
		index[x] = state;
	}
}

void scene_line(const struct scene_frame *frame, uint32_t kind, uint8_t *index)
{
	switch (frame->pattern) {
	case SCENE_PATTERN_NONE:
		for (uint32_t x = 0; x < frame->width; x++)
			index[x] = scene_index(frame, kind, scene_array_x(frame, x));
		break;
	case SCENE_PATTERN_BARS:
	case SCENE_PATTERN_GREY_BARS:
		for (uint32_t x = 0; x < frame->width; x++)
			index[x] = kind * BARS + x * BARS / frame->width;
		break;
	case SCENE_PATTERN_PN9:
		pn9_line(frame->width, index);
		break;
	default:
		for (uint32_t x = 0; x < frame->width; x++)
			index[x] = 0;
	}
}

enum scene_filter scene_filter(const struct scene_frame *frame, uint32_t x, uint32_t y)
{
	if (frame->mono)
		return SCENE_GR;
	return (scene_array_y(frame, y) & 1) * 2 + (scene_array_x(frame, x) & 1);
}
