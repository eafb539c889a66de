/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What lies where in the parameter and statistics buffers of an ImgU.
 *
 * Structures of our own, as a staging driver's header is not installed anywhere. They have
 * neither packing nor bit-fields: what the driver packs lies where C would put it, but for
 * gaps that are named here, and what it splits into bits is a word and a macro here. Blocks
 * that are never set are only so many bytes. A test compares all of it with the kernel's.
 *
 * Parameters (ip3p) say which of their blocks are to be used; such a block replaces all of
 * the one before it, others stay in force. Statistics (ip3s) begin with the cells of a grid, row
 * by row, and end with which of their blocks are filled.
 */
#ifndef RAWLINE_IPU3_LAYOUT_H
#define RAWLINE_IPU3_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

/* A value in a word of several: bits from first on, the value is cut to them. */
#define IPU3_BITS(value, first, bits) \
	(((uint32_t)(value) & ((1u << (bits)) - 1)) << (first))

/* ---- grids ---- */

/* Cells of a power of two pixels; places are in pixels behind the Bayer scaler. */
struct ipu3_grid {
	uint8_t columns, rows;
	uint16_t cell; /* IPU3_GRID_CELL() */
	uint16_t x_start, y_start;
	uint16_t x_end, y_end; /* the last that are in; the driver works them out itself */
};

#define IPU3_GRID_CELL(log2_width, log2_height, rows_per_slice)                  \
	((uint16_t)(IPU3_BITS(log2_width, 0, 3) | IPU3_BITS(log2_height, 3, 3) | \
		    IPU3_BITS(rows_per_slice, 6, 8)))

#define IPU3_GRID_LOG2_WIDTH(cell)  ((cell)&7u)
#define IPU3_GRID_LOG2_HEIGHT(cell) ((cell) >> 3 & 7u)

/* Of the focus grid's y_start. */
#define IPU3_GRID_ENABLE (1u << 15)

/* ---- blocks of parameters ---- */

/* "Bayer noise reduction", and white balance. */
struct ipu3_bnr {
	uint16_t gain_green_red, gain_red, gain_blue, gain_green_blue; /* 8192 * (gain - 1) */
	uint8_t threshold_green_red, threshold_red, threshold_blue, threshold_green_blue;
	uint32_t noise; /* IPU3_BNR_NOISE() */
	uint8_t shading_green_red, shading_red, shading_blue, shading_green_blue;
	uint32_t center;     /* IPU3_BNR_CENTER() */
	uint8_t roots[32];   /* of the radius: of noise that grows with the light */
	uint32_t defects[2]; /* IPU3_BNR_DEFECTS(), IPU3_BNR_DEFECT_WEIGHTS() */
	uint32_t detect;     /* IPU3_BNR_DETECT() */
	uint32_t columns;    /* the driver puts its own width there */
	uint32_t center_x_square, center_y_square;
};

/* r^2 is shifted right by that much. */
#define IPU3_BNR_NOISE(free, gain, intensity, shift)                                     \
	(IPU3_BITS(free, 0, 13) | IPU3_BITS(gain, 16, 5) | IPU3_BITS(intensity, 21, 5) | \
	 IPU3_BITS(shift, 27, 5))

/* Where the picture begins, seen from the lens's middle: signed. */
#define IPU3_BNR_CENTER(x, y) (IPU3_BITS(x, 0, 13) | IPU3_BITS(y, 16, 13))

#define IPU3_BNR_DEFECTS(threshold_gain, mode, gain) \
	(IPU3_BITS(threshold_gain, 0, 5) | IPU3_BITS(mode, 7, 1) | IPU3_BITS(gain, 8, 6))
#define IPU3_BNR_DEFECT_WEIGHTS(first, second) \
	(IPU3_BITS(first, 0, 4) | IPU3_BITS(second, 8, 4))

#define IPU3_BNR_DETECT(alpha, beta, gamma, max_inf)                               \
	(IPU3_BITS(alpha, 0, 4) | IPU3_BITS(beta, 4, 4) | IPU3_BITS(gamma, 8, 4) | \
	 IPU3_BITS(max_inf, 16, 4))
#define IPU3_BNR_GREEN_DISPARITY (1u << 27)
#define IPU3_BNR_DEFECT_PIXELS   (1u << 28)
#define IPU3_BNR_NOISE_REDUCTION (1u << 29)
#define IPU3_BNR_FLAT_FIELD      (1u << 30)

/* The colour matrix: 8192 is 1.0; each row ends with an offset. */
struct ipu3_ccm {
	int16_t rows[3][4];
};

/* From red, green and blue to YUV: 16384 is 1.0; each row ends with an offset. */
struct ipu3_csc {
	int16_t rows[3][4];
};

#define IPU3_NUM_GAMMA 256

struct ipu3_gamma {
	uint32_t enable;
	uint8_t gap[28];
	uint16_t y[IPU3_NUM_GAMMA]; /* 13 bits */
};

/* Focus: two filters of 11 places by 3, of which one quarter is given. */
struct ipu3_af {
	uint8_t y1[12];
	uint32_t y1_signs;
	uint8_t y2[12];
	uint32_t y2_signs;
	uint8_t shares[4]; /* of green-red, red, blue and green-blue in luminance, of 32 */
	uint32_t shifts;   /* IPU3_AF_SHIFTS() */
	uint8_t gap[24];
	struct ipu3_grid grid;
	uint8_t gap2[20];
};

/* The sum of a filter's numbers is 1 << shift. */
#define IPU3_AF_SHIFTS(y1, y2) (IPU3_BITS(y1, 8, 4) | IPU3_BITS(y2, 16, 4))

/* Colour statistics: pixels brighter than the thresholds (13 bits) are left out. */
struct ipu3_awb {
	uint16_t threshold_green_red, threshold_red, threshold_green_blue, threshold_blue;
	struct ipu3_grid grid;
	uint8_t gap[12];
};

/* Of threshold_blue: measure at all, and count the pixels that are left out. */
#define IPU3_AWB_ENABLE          (1u << 14)
#define IPU3_AWB_COUNT_SATURATED (1u << 15)

/* Optical black, taken off first. */
struct ipu3_black {
	uint16_t green_red, red, blue, green_blue;
};

/* ---- parameters ---- */

/* Bits of use[1]. Others than these are never set: bit 19 makes the driver refuse the buffer. */
#define IPU3_USE_BNR   (1u << 0)
#define IPU3_USE_CCM   (1u << 3)
#define IPU3_USE_GAMMA (1u << 4)
#define IPU3_USE_CSC   (1u << 5)
#define IPU3_USE_AF    (1u << 24)
#define IPU3_USE_AWB   (1u << 25)

/* Of use[2]. Bit 1 of use[0] is named for it, but nothing looks there. */
#define IPU3_USE_BLACK (1u << 4)

struct ipu3_params {
	uint32_t use[3];

	struct ipu3_bnr bnr;
	uint8_t gap[16];
	uint8_t green_disparity[32];
	uint8_t demosaic[32];
	struct ipu3_ccm ccm;
	uint8_t gap2[8];
	struct ipu3_gamma gamma;
	struct ipu3_csc csc;
	uint8_t gap3[8];
	uint8_t chroma_downscale[32];
	uint8_t shading[34080];
	uint8_t edges_and_chroma[416];
	uint8_t tcc[724];
	uint8_t anr[736];
	uint8_t awb_filter_response[32];
	uint8_t ae[480];
	struct ipu3_af af;
	struct ipu3_awb awb;
	uint8_t gap4[12];

	uint16_t linearization[512];
	uint16_t tnr_vectors[128];
	uint16_t xnr_vectors[256];
	uint32_t tnr[9];
	uint32_t xnr[11];
	struct ipu3_black black;
	uint8_t gap5[28];
};

/* ---- statistics ---- */

/* Means, 255 being all that the hardware can say, of the pixels that were not left out. */
struct ipu3_cell {
	uint8_t green_red, red, blue, green_blue;
	uint8_t saturated; /* share of the pixels that were, of 255 */
	uint8_t gap[3];
};

#define IPU3_MAX_CELLS 10800

/* Each row begins at a multiple of so many cells. */
#define IPU3_CELL_ALIGN 4

struct ipu3_enabled {
	uint32_t on;
	uint8_t gap[28];
};

struct ipu3_stats {
	struct ipu3_cell cells[IPU3_MAX_CELLS];
	uint8_t exposure[8192]; /* never filled, whatever is enabled */
	uint8_t focus[9984];
	uint8_t filter_response[19968];

	/* What they were made with. */
	struct ipu3_awb awb;
	uint8_t ae_grid[32];
	struct ipu3_af af;
	uint8_t awb_filter_response[32];

	uint8_t joined[32];
	uint8_t bubbles[768];
	struct ipu3_enabled awb_enabled, ae_enabled, af_enabled, filter_response_enabled;
};

/* ---- the kernel's sizes and places ---- */

#define IPU3_AT(type, field, offset) \
	_Static_assert(offsetof(struct type, field) == (offset), #type "." #field)

_Static_assert(sizeof(struct ipu3_grid) == 12, "grid");
IPU3_AT(ipu3_grid, cell, 2);
IPU3_AT(ipu3_grid, x_start, 4);
IPU3_AT(ipu3_grid, y_end, 10);

_Static_assert(sizeof(struct ipu3_bnr) == 80, "BNR");
IPU3_AT(ipu3_bnr, threshold_green_red, 8);
IPU3_AT(ipu3_bnr, noise, 12);
IPU3_AT(ipu3_bnr, shading_green_red, 16);
IPU3_AT(ipu3_bnr, center, 20);
IPU3_AT(ipu3_bnr, roots, 24);
IPU3_AT(ipu3_bnr, defects, 56);
IPU3_AT(ipu3_bnr, detect, 64);
IPU3_AT(ipu3_bnr, columns, 68);
IPU3_AT(ipu3_bnr, center_x_square, 72);
IPU3_AT(ipu3_bnr, center_y_square, 76);

_Static_assert(sizeof(struct ipu3_ccm) == 24, "CCM");
_Static_assert(sizeof(struct ipu3_csc) == 24, "CSC");
_Static_assert(sizeof(struct ipu3_gamma) == 544, "gamma");
IPU3_AT(ipu3_gamma, y, 32);
_Static_assert(sizeof(struct ipu3_af) == 96, "AF");
IPU3_AT(ipu3_af, y1_signs, 12);
IPU3_AT(ipu3_af, y2, 16);
IPU3_AT(ipu3_af, y2_signs, 28);
IPU3_AT(ipu3_af, shares, 32);
IPU3_AT(ipu3_af, shifts, 36);
IPU3_AT(ipu3_af, grid, 64);
_Static_assert(sizeof(struct ipu3_awb) == 32, "AWB");
IPU3_AT(ipu3_awb, threshold_green_blue, 4);
IPU3_AT(ipu3_awb, threshold_blue, 6);
IPU3_AT(ipu3_awb, grid, 8);
_Static_assert(sizeof(struct ipu3_black) == 8, "black");

_Static_assert(sizeof(struct ipu3_params) == 39328, "ip3p");
IPU3_AT(ipu3_params, bnr, 12);
IPU3_AT(ipu3_params, green_disparity, 108);
IPU3_AT(ipu3_params, demosaic, 140);
IPU3_AT(ipu3_params, ccm, 172);
IPU3_AT(ipu3_params, gamma, 204);
IPU3_AT(ipu3_params, gamma.y, 236);
IPU3_AT(ipu3_params, csc, 748);
IPU3_AT(ipu3_params, chroma_downscale, 780);
IPU3_AT(ipu3_params, shading, 812);
IPU3_AT(ipu3_params, edges_and_chroma, 34892);
IPU3_AT(ipu3_params, tcc, 35308);
IPU3_AT(ipu3_params, anr, 36032);
IPU3_AT(ipu3_params, awb_filter_response, 36768);
IPU3_AT(ipu3_params, ae, 36800);
IPU3_AT(ipu3_params, af, 37280);
IPU3_AT(ipu3_params, af.grid, 37344);
IPU3_AT(ipu3_params, awb, 37376);
IPU3_AT(ipu3_params, awb.grid, 37384);
IPU3_AT(ipu3_params, linearization, 37420);
IPU3_AT(ipu3_params, tnr_vectors, 38444);
IPU3_AT(ipu3_params, xnr_vectors, 38700);
IPU3_AT(ipu3_params, tnr, 39212);
IPU3_AT(ipu3_params, xnr, 39248);
IPU3_AT(ipu3_params, black, 39292);

_Static_assert(sizeof(struct ipu3_cell) == 8, "cell");
IPU3_AT(ipu3_cell, saturated, 4);
_Static_assert(sizeof(struct ipu3_stats) == 125664, "ip3s");
IPU3_AT(ipu3_stats, exposure, 86400);
IPU3_AT(ipu3_stats, focus, 94592);
IPU3_AT(ipu3_stats, filter_response, 104576);
IPU3_AT(ipu3_stats, awb, 124544);
IPU3_AT(ipu3_stats, ae_grid, 124576);
IPU3_AT(ipu3_stats, af, 124608);
IPU3_AT(ipu3_stats, awb_filter_response, 124704);
IPU3_AT(ipu3_stats, joined, 124736);
IPU3_AT(ipu3_stats, bubbles, 124768);
IPU3_AT(ipu3_stats, awb_enabled, 125536);
IPU3_AT(ipu3_stats, ae_enabled, 125568);
IPU3_AT(ipu3_stats, af_enabled, 125600);
IPU3_AT(ipu3_stats, filter_response_enabled, 125632);

#undef IPU3_AT

#endif
