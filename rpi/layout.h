/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What lies where in the controls and statistics of a VideoCore's ISP, as the driver
 * bcm2835-isp of Raspberry Pi kernels has them.
 *
 * Structures of our own, as that driver's header is not installed anywhere. They have no
 * packing, and are the same on 32 and 64 bits. A control is an array of bytes to V4L2; its
 * name says which of these it is.
 */
#ifndef RAWLINE_RPI_LAYOUT_H
#define RAWLINE_RPI_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

/* ---- controls ---- */

struct rpi_rational {
	int32_t numerator;
	uint32_t denominator;
};

/* "Colour Correction Matrix": the first row makes red. */
struct rpi_matrix {
	uint32_t enabled;
	struct rpi_rational rows[3][3];
	int32_t offsets[3];
};

#define RPI_SHADING_U4_10 7 /* 1024 is 1.0, the largest is 16383 */

/*
 * "Lens Shading": four planes of factors, of red, green, green and blue, in a dma-buf. The
 * first point is at the top left corner of what comes in.
 */
struct rpi_shading {
	uint32_t enabled;
	uint32_t cell; /* pixels between two points, each way: 16, 32, 64, 128, 256 */
	uint32_t columns, stride, rows; /* points; of a line */
	int32_t fd;        /* must be a dma-buf even if this is not enabled */
	uint32_t reserved; /* 0 */
	uint32_t corners;  /* points are at corners of cells, not in their middle */
	uint32_t format;   /* RPI_SHADING_* */
};

/* "Black Level", of 65536. */
struct rpi_black {
	uint32_t enabled;
	uint16_t red, green, blue;
	uint16_t unused;
};

/* "Green Equalisation": how far both kinds of green may differ by mistake. */
struct rpi_greens {
	uint32_t enabled;
	uint32_t offset;
	struct rpi_rational slope;
};

#define RPI_NUM_GAMMA 33

/* "Gamma": points of a curve, both axes to 65535. */
struct rpi_gamma {
	uint32_t enabled;
	uint16_t x[RPI_NUM_GAMMA];
	uint16_t y[RPI_NUM_GAMMA];
};

/* "Denoise": what noise there is, and how much of it (0 to 1) is taken away. */
struct rpi_denoise {
	uint32_t enabled;
	uint32_t constant;
	struct rpi_rational slope;
	struct rpi_rational strength;
};

/* "Sharpen" */
struct rpi_sharpen {
	uint32_t enabled;
	struct rpi_rational threshold;
	struct rpi_rational strength;
	struct rpi_rational limit;
};

#define RPI_DEFECTS_NORMAL 1
#define RPI_DEFECTS_STRONG 2

/* "Defective Pixel Correction" */
struct rpi_defects {
	uint32_t enabled;
	uint32_t strength; /* RPI_DEFECTS_* */
};

#define RPI_COLOUR_DENOISE_FAST 0
#define RPI_COLOUR_DENOISE_GOOD 1

/* "Colour Denoise": needs a small second picture of each frame to look at. */
struct rpi_colour_denoise {
	uint32_t enabled;
	uint32_t mode; /* RPI_COLOUR_DENOISE_* */
};

/* ---- statistics ---- */

#define RPI_STATS_VERSION     1 /* the oldest known */
#define RPI_NUM_BINS          128
#define RPI_COLOUR_COLUMNS    16
#define RPI_COLOUR_ROWS       12
#define RPI_NUM_FLOATING      16
#define RPI_NUM_EXPOSURE      16 /* of which 15 are used */
#define RPI_USED_EXPOSURE     15
#define RPI_FOCUS_COLUMNS     4
#define RPI_FOCUS_ROWS        3
#define RPI_STATS_SAMPLE_BITS 13

struct rpi_histogram {
	uint32_t red[RPI_NUM_BINS];
	uint32_t green[RPI_NUM_BINS];
	uint32_t blue[RPI_NUM_BINS];
};

/* Of squares of 2x2 pixels; green is the mean of both kinds. */
struct rpi_region {
	uint32_t counted, left_out;
	uint64_t red, green, blue; /* sums, RPI_STATS_SAMPLE_BITS a sample */
};

/* The first index: below and above a threshold. The second: which filter. */
struct rpi_focus {
	uint64_t contrast[2][2];
	uint32_t counted[2][2];
};

struct rpi_stats {
	uint32_t version;
	uint32_t size_bytes;
	struct rpi_histogram histograms[2];
	struct rpi_region colour[RPI_COLOUR_COLUMNS * RPI_COLOUR_ROWS]; /* row by row */
	struct rpi_region floating[RPI_NUM_FLOATING];
	struct rpi_region exposure[RPI_NUM_EXPOSURE]; /* the middle first */
	struct rpi_focus focus[RPI_FOCUS_COLUMNS * RPI_FOCUS_ROWS];
};

/* ---- the driver's sizes and places ---- */

_Static_assert(sizeof(struct rpi_rational) == 8, "rational");
_Static_assert(sizeof(struct rpi_matrix) == 88, "matrix");
_Static_assert(offsetof(struct rpi_matrix, rows) == 4, "matrix");
_Static_assert(offsetof(struct rpi_matrix, offsets) == 76, "matrix");
_Static_assert(sizeof(struct rpi_shading) == 36, "shading");
_Static_assert(offsetof(struct rpi_shading, fd) == 20, "shading");
_Static_assert(offsetof(struct rpi_shading, format) == 32, "shading");
_Static_assert(sizeof(struct rpi_black) == 12, "black level");
_Static_assert(offsetof(struct rpi_black, red) == 4, "black level");
_Static_assert(sizeof(struct rpi_greens) == 16, "green equalisation");
_Static_assert(offsetof(struct rpi_greens, slope) == 8, "green equalisation");
_Static_assert(sizeof(struct rpi_gamma) == 136, "gamma");
_Static_assert(offsetof(struct rpi_gamma, x) == 4, "gamma");
_Static_assert(offsetof(struct rpi_gamma, y) == 70, "gamma");
_Static_assert(sizeof(struct rpi_denoise) == 24, "denoise");
_Static_assert(offsetof(struct rpi_denoise, slope) == 8, "denoise");
_Static_assert(offsetof(struct rpi_denoise, strength) == 16, "denoise");
_Static_assert(sizeof(struct rpi_sharpen) == 28, "sharpen");
_Static_assert(offsetof(struct rpi_sharpen, threshold) == 4, "sharpen");
_Static_assert(offsetof(struct rpi_sharpen, limit) == 20, "sharpen");
_Static_assert(sizeof(struct rpi_defects) == 8, "defective pixels");
_Static_assert(sizeof(struct rpi_colour_denoise) == 8, "colour denoise");

_Static_assert(sizeof(struct rpi_histogram) == 1536, "BSTA");
_Static_assert(sizeof(struct rpi_region) == 32, "BSTA");
_Static_assert(offsetof(struct rpi_region, red) == 8, "BSTA");
_Static_assert(sizeof(struct rpi_focus) == 48, "BSTA");
_Static_assert(offsetof(struct rpi_focus, counted) == 32, "BSTA");
_Static_assert(sizeof(struct rpi_stats) == 10824, "BSTA");
_Static_assert(offsetof(struct rpi_stats, histograms) == 8, "BSTA");
_Static_assert(offsetof(struct rpi_stats, colour) == 3080, "BSTA");
_Static_assert(offsetof(struct rpi_stats, floating) == 9224, "BSTA");
_Static_assert(offsetof(struct rpi_stats, exposure) == 9736, "BSTA");
_Static_assert(offsetof(struct rpi_stats, focus) == 10248, "BSTA");

#endif
