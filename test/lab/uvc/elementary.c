// SPDX-License-Identifier: GPL-2.0-or-later
/* Elementary streams of video: ITU-T H.264 clause 7, and the outside of H.265. */
#include "test/lab/uvc/elementary.h"

#include <stdbool.h>
#include <string.h>

#include "test/lab/uvc/journal.h"

/* Types of H.264's units, with the bits that say how much others need them. */
enum {
	H264_IDR = 0x65,
	H264_SEI = 0x06,
	H264_SPS = 0x67,
	H264_PPS = 0x68,
	H264_AUD = 0x09
};

/* Types of H.265's units. */
enum {
	HEVC_IDR = 19,
	HEVC_VPS = 32,
	HEVC_SPS = 33,
	HEVC_PPS = 34,
	HEVC_AUD = 35,
	HEVC_SEI = 39
};

enum { PROFILE_BASELINE = 66, CONSTRAINTS = 0xc0, LEVEL_4 = 40 };
enum { SLICE_I_ALL = 7, MB_STORED = 25, BLOCK = 16, SEI_USER_DATA = 5 };

static const uint8_t user_data_id[16] = "rawline-lab-uvc";

/* Bits and bytes of a unit; in its payload no start code may appear. */
struct writer {
	uint8_t *out;
	size_t length;
	unsigned zeros;   /* how many bytes of 0 came last */
	unsigned held;    /* bits of an unfinished byte */
	unsigned pending; /* how many */
};

static void put_byte(struct writer *writer, uint8_t byte)
{
	if (writer->zeros >= 2 && byte <= 3) {
		writer->out[writer->length++] = 3;
		writer->zeros = 0;
	}
	writer->out[writer->length++] = byte;
	writer->zeros = byte ? 0 : writer->zeros + 1;
}

static void put_bits(struct writer *writer, uint32_t value, unsigned count)
{
	while (count--) {
		writer->held = writer->held << 1 | (value >> count & 1);
		if (++writer->pending == 8) {
			put_byte(writer, writer->held & 0xff);
			writer->held = writer->pending = 0;
		}
	}
}

/* Exponential Golomb codes of clause 9.1. */
static void put_ue(struct writer *writer, uint32_t value)
{
	unsigned bits = 32 - __builtin_clz(value + 1);

	put_bits(writer, 0, bits - 1);
	put_bits(writer, value + 1, bits);
}

static void align(struct writer *writer)
{
	if (writer->pending)
		put_bits(writer, 0, 8 - writer->pending);
}

static void begin_unit(struct writer *writer)
{
	static const uint8_t start_code[] = { 0, 0, 0, 1 };

	memcpy(writer->out + writer->length, start_code, sizeof(start_code));
	writer->length += sizeof(start_code);
	writer->zeros = 0;
}

static void end_unit(struct writer *writer)
{
	put_bits(writer, 1, 1);
	align(writer);
}

/* The same message in both standards. The stamp, of letters and digits, needs no escapes. */
static void put_stamp_message(struct writer *writer, size_t *stamp_at)
{
	put_byte(writer, SEI_USER_DATA);
	put_byte(writer, sizeof(user_data_id) + STAMP_BYTES);
	for (unsigned i = 0; i < sizeof(user_data_id); i++)
		put_byte(writer, user_data_id[i]);
	*stamp_at = writer->length;
	for (unsigned i = 0; i < STAMP_BYTES; i++)
		put_byte(writer, '0');
}

static void put_sps(struct writer *writer, const struct elementary_picture *picture)
{
	unsigned columns = (picture->width + BLOCK - 1) / BLOCK;
	unsigned rows = (picture->height + BLOCK - 1) / BLOCK;

	begin_unit(writer);
	put_byte(writer, H264_SPS);
	put_byte(writer, PROFILE_BASELINE);
	put_byte(writer, CONSTRAINTS);
	put_byte(writer, LEVEL_4);
	put_ue(writer, 0); /* its id */
	put_ue(writer, 0); /* frame numbers of 4 bits */
	put_ue(writer, 2); /* output in the order of decoding */
	put_ue(writer, 0); /* reference frames */
	put_bits(writer, 0, 1);
	put_ue(writer, columns - 1);
	put_ue(writer, rows - 1);
	put_bits(writer, 3, 2); /* frames only; direct_8x8_inference */
	put_bits(writer, 1, 1); /* cropped, in pairs of pixels: left, right, top, bottom */
	put_ue(writer, 0);
	put_ue(writer, (columns * BLOCK - picture->width) / 2);
	put_ue(writer, 0);
	put_ue(writer, (rows * BLOCK - picture->height) / 2);
	put_bits(writer, 0, 1); /* nothing on usability */
	end_unit(writer);
}

static void put_pps(struct writer *writer)
{
	begin_unit(writer);
	put_byte(writer, H264_PPS);
	put_ue(writer, 0);      /* its id */
	put_ue(writer, 0);      /* of the SPS */
	put_bits(writer, 0, 2); /* CAVLC; no bottom field order */
	put_ue(writer, 0);      /* one slice group */
	put_ue(writer, 0);      /* reference indexes, two lists */
	put_ue(writer, 0);
	put_bits(writer, 0, 3); /* no weighted prediction */
	put_ue(writer, 0);      /* three quantizer offsets */
	put_ue(writer, 0);
	put_ue(writer, 0);
	put_bits(writer, 4, 3); /* slices say how they are deblocked */
	end_unit(writer);
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* A square of one plane, from column and row of blocks; beyond the edge its last pixels repeat. */
static void put_block(struct writer *writer, const uint8_t *plane, unsigned width,
		      unsigned height, unsigned size, unsigned column, unsigned row)
{
	for (unsigned y = 0; y < size; y++) {
		const uint8_t *line =
			plane + (size_t)least(row * size + y, height - 1) * width;

		for (unsigned x = 0; x < size; x++) {
			uint8_t sample = line[least(column * size + x, width - 1)];

			/* Zeros would need escapes, and once were forbidden here. */
			put_byte(writer, sample ? sample : 1);
		}
	}
}

static void put_macroblock(struct writer *writer, const struct elementary_picture *picture,
			   unsigned column, unsigned row)
{
	unsigned width = picture->width / 2, height = picture->height / 2;
	const uint8_t *blue = picture->planes + (size_t)picture->width * picture->height;
	const uint8_t *red = blue + (size_t)width * height;

	put_ue(writer, MB_STORED);
	align(writer);
	put_block(writer, picture->planes, picture->width, picture->height, BLOCK, column,
		  row);
	put_block(writer, blue, width, height, BLOCK / 2, column, row);
	put_block(writer, red, width, height, BLOCK / 2, column, row);
}

static void put_slice(struct writer *writer, const struct elementary_picture *picture)
{
	begin_unit(writer);
	put_byte(writer, H264_IDR);
	put_ue(writer, 0); /* first macroblock */
	put_ue(writer, SLICE_I_ALL);
	put_ue(writer, 0);                   /* PPS */
	put_bits(writer, 0, 4);              /* frame number */
	put_ue(writer, picture->number & 1); /* differs from that of the IDR picture before */
	put_bits(writer, 0, 2); /* earlier pictures are shown; not a long-term reference */
	put_ue(writer, 0);      /* quantizer */
	put_ue(writer, 1);      /* no deblocking */
	for (unsigned row = 0; row * BLOCK < picture->height; row++)
		for (unsigned column = 0; column * BLOCK < picture->width; column++)
			put_macroblock(writer, picture, column, row);
	end_unit(writer);
}

size_t elementary_h264(const struct elementary_picture *picture, uint8_t *out, size_t *stamp_at)
{
	struct writer writer = { .out = out };

	begin_unit(&writer);
	put_byte(&writer, H264_AUD);
	put_bits(&writer, 0, 3); /* I slices only */
	end_unit(&writer);
	put_sps(&writer, picture);
	put_pps(&writer);
	begin_unit(&writer);
	put_byte(&writer, H264_SEI);
	put_stamp_message(&writer, stamp_at);
	end_unit(&writer);
	put_slice(&writer, picture);
	return writer.length;
}

/* The header is two bytes: the type, then layer 0 and temporal id 1. */
static void begin_hevc(struct writer *writer, unsigned type)
{
	begin_unit(writer);
	put_byte(writer, type << 1);
	put_byte(writer, 1);
}

/* A unit whose payload stands for what a coder would have made. */
static void put_filler(struct writer *writer, unsigned type, const uint8_t *data, size_t length)
{
	begin_hevc(writer, type);
	for (size_t i = 0; i < length; i++)
		put_byte(writer, data[i]);
	end_unit(writer);
}

size_t elementary_hevc(const struct elementary_picture *picture, uint8_t *out, size_t *stamp_at)
{
	static const uint8_t filler[] = "parameters of a stream that is none";
	struct writer writer = { .out = out };

	begin_hevc(&writer, HEVC_AUD);
	put_bits(&writer, 0, 3);
	end_unit(&writer);
	put_filler(&writer, HEVC_VPS, filler, sizeof(filler));
	put_filler(&writer, HEVC_SPS, filler, sizeof(filler));
	put_filler(&writer, HEVC_PPS, filler, sizeof(filler));
	begin_hevc(&writer, HEVC_SEI);
	put_stamp_message(&writer, stamp_at);
	end_unit(&writer);
	put_filler(&writer, HEVC_IDR, picture->planes,
		   (size_t)picture->width * picture->height / 8);
	return writer.length;
}
