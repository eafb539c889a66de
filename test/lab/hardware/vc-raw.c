// SPDX-License-Identifier: GPL-2.0-or-later
/* RAW of the scene as receivers of a Raspberry Pi write it, line by line. */
#include <linux/export.h>
#include <linux/string.h>

#include "lab.h"
#include "pisp.h"
#include "vc.h"

#define WIDTH_MAX  4096
#define LINE_BYTES (WIDTH_MAX * 2)
#define TEMPLATES  (SCENE_KINDS * 2) /* lines of Bayer patterns come in two sorts */

static u8 indices[WIDTH_MAX], templates[TEMPLATES][LINE_BYTES];
static u16 palette[SCENE_COLOURS][SCENE_FILTERS], samples[WIDTH_MAX];

u32 vc_raw_length(const struct scene_frame *frame, enum vc_raw form)
{
	switch (form) {
	case VC_RAW_PACKED:
		return frame->width * frame->bits / 8;
	case VC_RAW_COMPRESSED:
		return ALIGN(frame->width, PISP_BLOCK);
	default:
		return frame->width * 2;
	}
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

static void unpack(const struct scene_frame *frame, u32 y, u32 shift, u8 *line)
{
	for (u32 x = 0; x < frame->width; x++) {
		u16 sample = sample_at(frame, x, y) << shift;

		line[2 * x] = sample;
		line[2 * x + 1] = sample >> 8;
	}
}

static void compress(const struct scene_frame *frame, u32 y, u8 *line)
{
	for (u32 x = 0; x < frame->width; x++)
		samples[x] = sample_at(frame, x, y) << (16 - frame->bits);
	pisp_compress(samples, frame->width, line);
}

static void write_line(const struct scene_frame *frame, u32 y, enum vc_raw form, u8 *line)
{
	switch (form) {
	case VC_RAW_PACKED:
		pack(frame, y, line);
		break;
	case VC_RAW_LOW:
		unpack(frame, y, 0, line);
		break;
	case VC_RAW_HIGH:
		unpack(frame, y, 16 - frame->bits, line);
		break;
	case VC_RAW_COMPRESSED:
		compress(frame, y, line);
		break;
	}
}

u32 vc_raw_store(const struct scene_frame *frame, u8 *to, size_t size, u32 stride,
		 enum vc_raw form)
{
	u32 length = vc_raw_length(frame, form);
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
			write_line(frame, y, form, templates[number]);
		}
		memcpy(to + y * (size_t)stride, templates[number], length);
	}
	return y;
}
EXPORT_SYMBOL_GPL(vc_raw_store);
