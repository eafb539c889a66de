// SPDX-License-Identifier: GPL-2.0-or-later
/* Samples unpacked in plain C: for every processor, and what faster loops are compared with. */
#include "common/image/unpack.h"

#include <endian.h>
#include <stddef.h>
#include <string.h>

#include "common/image/kernels.h"

#define BLOCK 16

/* Whole blocks, as inner loops of a fixed length become vector code at -O2, then the rest. */
#define FOR_EACH_SAMPLE(width, i, ...)                                  \
	do {                                                            \
		size_t whole = (width) / BLOCK * BLOCK, i;              \
                                                                        \
		for (size_t block = 0; block < whole; block += BLOCK) { \
			for (size_t k = 0; k < BLOCK; k++) {            \
				i = block + k;                          \
				__VA_ARGS__;                            \
			}                                               \
		}                                                       \
		for (i = whole; i < (width); i++)                       \
			__VA_ARGS__;                                    \
	} while (0)

static void unpack_bytes(const uint8_t *restrict line, uint16_t *restrict samples,
			 uint32_t width, unsigned bits)
{
	FOR_EACH_SAMPLE(width, i, samples[i] = line[i]);
}

/* Copied, as nobody promises that a line begins at an even address. */
static inline uint16_t word_at(const uint8_t *address)
{
	uint16_t word;

	memcpy(&word, address, sizeof(word));
	return word;
}

static void unpack_words(const uint8_t *restrict line, uint16_t *restrict samples,
			 uint32_t width, unsigned bits)
{
	uint16_t mask = (uint16_t)(0xffffu >> (16 - bits));

	FOR_EACH_SAMPLE(width, i, samples[i] = le16toh(word_at(line + 2 * i)) & mask);
}

static void unpack_words_be(const uint8_t *restrict line, uint16_t *restrict samples,
			    uint32_t width, unsigned bits)
{
	uint16_t mask = (uint16_t)(0xffffu >> (16 - bits));

	FOR_EACH_SAMPLE(width, i, samples[i] = be16toh(word_at(line + 2 * i)) & mask);
}

#define IPU3_PIXELS 25
#define IPU3_BYTES  32

/* Ten bits each, from the lowest bit of the group on; six at its end are for nothing. */
static inline uint16_t ipu3_sample(const uint8_t *group, size_t i)
{
	return (uint16_t)(le16toh(word_at(group + i * 10 / 8)) >> i * 10 % 8 & 0x3ff);
}

static void unpack_ipu3(const uint8_t *restrict line, uint16_t *restrict samples,
			uint32_t width, unsigned bits)
{
	for (; width >= IPU3_PIXELS; width -= IPU3_PIXELS) {
		for (size_t i = 0; i < IPU3_PIXELS; i++)
			samples[i] = ipu3_sample(line, i);
		line += IPU3_BYTES;
		samples += IPU3_PIXELS;
	}
	for (size_t i = 0; i < width; i++)
		samples[i] = ipu3_sample(line, i);
}

/*
 * MIPI CSI-2: the high eight bits of some samples, then a byte or more with the low bits of these,
 * the first sample's lowest. A line may end within a group; its low bits are there all the same.
 */
static void unpack_csi2_10(const uint8_t *restrict line, uint16_t *restrict samples,
			   uint32_t width, unsigned bits)
{
	size_t whole = width / 4 * 4;

	for (size_t i = 0; i < whole; i += 4, line += 5)
		for (size_t k = 0; k < 4; k++)
			samples[i + k] = (uint16_t)(line[k] << 2 | (line[4] >> 2 * k & 3));
	for (size_t k = 0; k < width - whole; k++)
		samples[whole + k] = (uint16_t)(line[k] << 2 | (line[4] >> 2 * k & 3));
}

static void unpack_csi2_12(const uint8_t *restrict line, uint16_t *restrict samples,
			   uint32_t width, unsigned bits)
{
	size_t whole = width / 2 * 2;

	for (size_t i = 0; i < whole; i += 2, line += 3)
		for (size_t k = 0; k < 2; k++)
			samples[i + k] = (uint16_t)(line[k] << 4 | (line[2] >> 4 * k & 15));
	if (width > whole)
		samples[whole] = (uint16_t)(line[0] << 4 | (line[2] & 15));
}

static inline uint16_t csi2_14_sample(const uint8_t *group, size_t k)
{
	uint32_t low = group[4] | (uint32_t)group[5] << 8 | (uint32_t)group[6] << 16;

	return (uint16_t)(group[k] << 6 | (low >> 6 * k & 63));
}

static void unpack_csi2_14(const uint8_t *restrict line, uint16_t *restrict samples,
			   uint32_t width, unsigned bits)
{
	size_t whole = width / 4 * 4;

	for (size_t i = 0; i < whole; i += 4, line += 7)
		for (size_t k = 0; k < 4; k++)
			samples[i + k] = csi2_14_sample(line, k);
	for (size_t k = 0; k < width - whole; k++)
		samples[whole + k] = csi2_14_sample(line, k);
}

#define PISP_PIXELS 8
#define PISP_BYTES  8

/*
 * Compression mode 1 of the PiSP, Documentation/userspace-api/media/v4l/pixfmt-srggb8-pisp-
 * comp.rst: of eight pixels the even ones are in four bytes, then the odd ones in four more, each
 * a little-endian number. Its lowest two bits say how finely the four samples were rounded.
 * The more they differ, the coarser.
 *
 *	steps 0, 1, 2	level above inner[1]: 7 | above inner[0]: 7 | rise + 64: 7 | lower inner: 9 | 2
 *	step 3		second pair: 15 | first pair: 15 | 2
 *
 * No offset is added: rp1-cfe has its CSI-2 channels take none off.
 */
static inline uint16_t pisp_sample(unsigned step, unsigned level)
{
	/* Beyond the knee a step is twice as wide. */
	static const struct {
		uint8_t shift;
		uint16_t knee;
	} steps[] = { { 4, 320 }, { 6, UINT16_MAX }, { 7, UINT16_MAX }, { 8, 94 } };
	unsigned knee = steps[step].knee, value;

	value = (level + (level > knee ? level - knee : 0)) << steps[step].shift;
	return (uint16_t)(value < UINT16_MAX ? value : UINT16_MAX);
}

/* The least level that a sample beside this one can have. */
static inline unsigned pisp_least(unsigned step, unsigned inner)
{
	unsigned least = inner > 64 ? inner - 64 : 0;

	return step == 2 && least > 384 ? 384 : least;
}

static inline void pisp_differences(uint32_t word, unsigned step, unsigned levels[4])
{
	unsigned low = word >> 2 & 511, rise = word >> 11 & 127;

	if (step == 2 && low >= 384) {
		levels[1] = low;
		levels[2] = 384 + rise;
	} else {
		levels[1] = low + (rise < 64 ? 64 - rise : 0);
		levels[2] = low + (rise < 64 ? 0 : rise - 64);
	}
	levels[0] = pisp_least(step, levels[1]) + (word >> 18 & 127);
	levels[3] = pisp_least(step, levels[2]) + (word >> 25);
}

/* Sixteenths of the first level and the second level are digits of one number, to base 176. */
static inline void pisp_pair(uint32_t pair, unsigned levels[2])
{
	levels[0] = pair / (16 * 176) * 16 + pair % 16;
	levels[1] = pair / 16 % 176;
}

static inline void unpack_pisp_word(const uint8_t *bytes, uint16_t *samples)
{
	unsigned levels[4], step;
	uint32_t word;

	memcpy(&word, bytes, sizeof(word));
	word = le32toh(word);
	step = word & 3;
	if (step < 3) {
		pisp_differences(word, step, levels);
	} else {
		pisp_pair(word >> 2 & 0x7fff, &levels[0]);
		pisp_pair(word >> 17, &levels[2]);
	}
	for (size_t i = 0; i < 4; i++)
		samples[2 * i] = pisp_sample(step, levels[i]);
}

static void unpack_pisp(const uint8_t *restrict line, uint16_t *restrict samples,
			uint32_t width, unsigned bits)
{
	uint16_t rest[PISP_PIXELS];

	for (; width >= PISP_PIXELS; width -= PISP_PIXELS) {
		unpack_pisp_word(line, samples);
		unpack_pisp_word(line + 4, samples + 1);
		line += PISP_BYTES;
		samples += PISP_PIXELS;
	}
	if (!width)
		return;
	/* A line that ends within a group has all of its bytes. */
	unpack_pisp_word(line, rest);
	unpack_pisp_word(line + 4, rest + 1);
	memcpy(samples, rest, width * sizeof(*samples));
}

unpack_fn *const unpack_plain[UNPACK_NUM] = {
	[UNPACK_BYTES] = unpack_bytes,       [UNPACK_WORDS] = unpack_words,
	[UNPACK_WORDS_BE] = unpack_words_be, [UNPACK_CSI2_10] = unpack_csi2_10,
	[UNPACK_CSI2_12] = unpack_csi2_12,   [UNPACK_CSI2_14] = unpack_csi2_14,
	[UNPACK_IPU3] = unpack_ipu3,         [UNPACK_PISP] = unpack_pisp,
};
