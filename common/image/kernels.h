/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inner loops over lines of samples, once for each set of instructions that makes them
 * faster. All sets give the same results to the bit; which one runs is asked of the processor.
 */
#ifndef RAWLINE_KERNELS_H
#define RAWLINE_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/image/unpack.h"

/* Arrays of samples are this long, or a multiple, where a loop goes over whole blocks. */
#define KERNELS_BLOCK 16

/* How samples are packed. */
enum unpack_kind {
	UNPACK_BYTES,
	UNPACK_WORDS,
	UNPACK_WORDS_BE,
	UNPACK_CSI2_10,
	UNPACK_CSI2_12,
	UNPACK_CSI2_14,
	UNPACK_IPU3,
	UNPACK_PISP,
	UNPACK_NUM,
};

/* Black and gain (in parts of DEMOSAIC_GAIN_1) of a line's even and odd columns. */
struct line_scale {
	uint16_t black[2];
	uint16_t gain[2];
};

/*
 * What filters see of a colour's sites in a line: arrays of their own columns, in five lines,
 * and of the columns between, in three; left[k][i] and left[k][i + 1] are the neighbours of
 * same[k + 1][i] in its line.
 */
struct line_sites {
	const uint16_t *same[5];
	const uint16_t *left[3];
};

/*
 * Makes the two colours that sites of one colour lack, count sites in whole blocks: first and
 * second are green and the other colour where the sites are red or blue; red or blue, as the
 * line has it, and the other colour where they are green.
 */
typedef void fill_fn(const struct line_sites *sites, uint16_t *first, uint16_t *second,
		     size_t count, unsigned most);

struct fill_pair {
	fill_fn *color_sites;
	fill_fn *green_sites;
};

/* R, G and B of a line's even and odd columns. */
struct line_pixels {
	const uint16_t *red[2];
	const uint16_t *green[2];
	const uint16_t *blue[2];
};

/* A line of bytes and its neighbours, each with one more sample on either side. */
struct line_bytes {
	const uint8_t *above, *at, *below;
	unsigned color_column; /* parity of the columns that are red or blue */
	bool has_red;
};

/* From red, green and blue to a place on a curve; the products' sum fits in 32 bits. */
struct place_row {
	int32_t from[3];
	unsigned shift; /* the sum is rounded to so many bits less */
	uint16_t last;  /* and then cut off below 0 and above this */
};

struct kernels {
	const char *name;
	unpack_fn *const *unpack; /* by enum unpack_kind */

	/* Whole blocks of samples, in place; see demosaic_set_levels(). */
	void (*scale)(uint16_t *samples, size_t count, const struct line_scale *scale,
		      unsigned most);
	/* Even and odd columns apart, in whole blocks. */
	void (*split)(const uint16_t *samples, uint16_t *even, uint16_t *odd, size_t pairs);
	/* Samples of 8 + shift bits to their high bytes, in pairs of blocks. */
	void (*narrow)(const uint16_t *samples, uint8_t *bytes, size_t count, unsigned shift);

	struct fill_pair good_12; /* for samples of up to 12 bits */
	struct fill_pair good_16;
	struct fill_pair fast;

	/* Pixels of 3 bytes, of samples that have shift bits too many. */
	void (*join_8)(const struct line_pixels *pixels, uint8_t *rgb, uint32_t width,
		       unsigned shift);
	/* Pixels of 3 words with the high byte first, white scaled to white. */
	void (*join_16)(const struct line_pixels *pixels, uint8_t *rgb, uint32_t width,
			unsigned bits);
	/* One colour's even and odd columns together. */
	void (*join)(const uint16_t *even, const uint16_t *odd, uint16_t *samples,
		     uint32_t width);
	/* Places on a curve, in whole blocks; see develop.h. */
	void (*places)(const struct place_row *row, const uint16_t *red,
		       const uint16_t *green, const uint16_t *blue, uint16_t *places,
		       size_t count);
	/* The fast filters on bytes, to pixels of 3 bytes; rounded as fast is. */
	void (*bilinear_8)(const struct line_bytes *lines, uint8_t *rgb, uint32_t width);
};

enum kernels_set {
	KERNELS_C, /* what the others are compared with */
	KERNELS_SSE,
	KERNELS_AVX2,
	KERNELS_NEON,
	KERNELS_NUM_SETS,
};

/* A set; NULL if this program has it not, or this processor can't run it. KERNELS_C is always. */
const struct kernels *kernels_get(enum kernels_set set);

/* The fastest that this processor can run. */
const struct kernels *kernels_best(void);

/* The sets; only one's own processor's are more than declarations. */
extern const struct kernels kernels_c, kernels_sse, kernels_avx2, kernels_neon;

/* The plain loops, which also do what is left over at the end of a line. */
extern unpack_fn *const unpack_plain[UNPACK_NUM];
void join_8_plain(const struct line_pixels *pixels, uint8_t *rgb, uint32_t width,
		  unsigned shift);
void join_16_plain(const struct line_pixels *pixels, uint8_t *rgb, uint32_t width,
		   unsigned bits);
void join_plain(const uint16_t *even, const uint16_t *odd, uint16_t *samples, uint32_t width);
void bilinear_8_plain(const struct line_bytes *lines, uint8_t *rgb, uint32_t width);

#endif
