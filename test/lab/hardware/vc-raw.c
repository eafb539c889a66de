// SPDX-License-Identifier: GPL-2.0-or-later
/* VideoCore: RAW of the scene, packed as CSI-2 does it or unpacked to 16 bits, line by line. */
#include <linux/export.h>
#include <linux/string.h>

#include "lab.h"
#include "vc.h"

#define WIDTH_MAX  4096
#define LINE_BYTES (WIDTH_MAX * 2)
#define TEMPLATES  (SCENE_KINDS * 2) /* lines of Bayer patterns come in two sorts */

static u8 indices[WIDTH_MAX], templates[TEMPLATES][LINE_BYTES];
static u16 palette[SCENE_COLOURS][SCENE_FILTERS];

u32 vc_raw_length(const struct scene_frame *frame, bool unpacked)
{
	return unpacked ? frame->width * 2 : frame->width * frame->bits / 8;
}
EXPORT_SYMBOL_GPL(vc_raw_length);

/* The scene has 10 bits. */
static u16 sample_at(const struct scene_frame *frame, u32 x, u32 y)
{
	u16 level = palette[indices[x]][scene_filter(frame, x, y)];

	switch (frame->bits) {
	case 8:
		return level >> 2;
	case 12:
		return level << 2 | level >> 8;
	default:
		return level;
	}
}

static void pack(const struct scene_frame *frame, u32 y, u8 *line)
{
	u32 group = frame->bits == 12 ? 2 : 4, bytes = group * frame->bits / 8;

	memset(line, 0, LINE_BYTES);
	for (u32 x = 0; x < frame->width; x++) {
		u16 sample = sample_at(frame, x, y);
		u32 low = frame->bits - 8;
		u8 *at = line + x / group * bytes;

		if (!low) {
			line[x] = sample;
			continue;
		}
		at[x % group] = sample >> low;
		at[group] |= (sample & ((1 << low) - 1)) << x % group * low;
	}
}

static void unpack(const struct scene_frame *frame, u32 y, u8 *line)
{
	for (u32 x = 0; x < frame->width; x++) {
		u16 sample = sample_at(frame, x, y);

		line[2 * x] = sample;
		line[2 * x + 1] = sample >> 8;
	}
}

u32 vc_raw_store(const struct scene_frame *frame, u8 *to, size_t size, u32 stride,
		 bool unpacked)
{
	u32 length = vc_raw_length(frame, unpacked);
	bool ready[TEMPLATES] = {};
	u32 y;

	if (frame->width > WIDTH_MAX)
		return 0;
	scene_palette(frame, palette);
	for (y = 0; y < frame->height && y * (size_t)stride + length <= size; y++) {
		u32 number = scene_kind(frame, y) * 2 + (y & 1);

		if (!ready[number]) {
			ready[number] = true;
			scene_line(frame, scene_kind(frame, y), indices);
			(unpacked ? unpack : pack)(frame, y, templates[number]);
		}
		memcpy(to + y * (size_t)stride, templates[number], length);
	}
	return y;
}
EXPORT_SYMBOL_GPL(vc_raw_store);
