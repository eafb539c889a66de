/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What lies where in the parameter and statistics buffers of a Rockchip ISP.
 *
 * Structures of our own, as the installed <linux/rkisp1-config.h> may be older than the
 * kernel: that of 6.1 does not know the extensible parameters of 6.12. They are the same on
 * 32 and 64 bits; a test compares them with the kernel's, field by field.
 *
 * Fixed parameters (RK1P) are struct rkisp1_fixed. Extensible ones (RK1E) are a struct
 * rkisp1_extensible and blocks behind it, back to back:
 *
 *	version 1, size of all blocks
 *	type, flags, size of this block | the same struct as in RK1P | 0 to 7 bytes of padding
 *	type, flags, size of this block | ...
 */
#ifndef RAWLINE_RKISP1_LAYOUT_H
#define RAWLINE_RKISP1_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

/* hw_revision of MEDIA_IOC_DEVICE_INFO. */
enum rkisp1_revision {
	RKISP1_REVISION_V10 = 10, /* RK3288, RK3399 */
	RKISP1_REVISION_V12 = 12, /* RK3326, PX30: finer grids, other tables */
	RKISP1_REVISION_IMX8MP = 14,
};

#define RKISP1_MAX_CELLS   81 /* 9x9; all but V12 have 5x5 */
#define RKISP1_MAX_BINS    32 /* all but V12 have 16 */
#define RKISP1_MAX_GAMMA   34
#define RKISP1_LSC_SAMPLES 17
#define RKISP1_LSC_SECTORS 8 /* from an edge to the middle */

/* Cells to a side of the exposure and histogram grids. */
static inline unsigned rkisp1_grid_side(uint32_t hw_revision)
{
	return hw_revision == RKISP1_REVISION_V12 ? 9 : 5;
}

static inline unsigned rkisp1_num_bins(uint32_t hw_revision)
{
	return hw_revision == RKISP1_REVISION_V12 ? 32 : 16;
}

/* ---- what the blocks are told ---- */

struct rkisp1_window {
	uint16_t left, top, width, height;
};

/* Black level, 12 bits. */
struct rkisp1_bls {
	uint8_t enable_auto;
	uint8_t enable_windows;
	struct rkisp1_window windows[2];
	uint8_t samples;
	int16_t red, green_red, green_blue, blue;
};

/* Lens shading: 1024 is 1.0. */
struct rkisp1_lsc {
	uint16_t red[RKISP1_LSC_SAMPLES][RKISP1_LSC_SAMPLES];
	uint16_t green_red[RKISP1_LSC_SAMPLES][RKISP1_LSC_SAMPLES];
	uint16_t green_blue[RKISP1_LSC_SAMPLES][RKISP1_LSC_SAMPLES];
	uint16_t blue[RKISP1_LSC_SAMPLES][RKISP1_LSC_SAMPLES];
	uint16_t x_gradient[RKISP1_LSC_SECTORS];
	uint16_t y_gradient[RKISP1_LSC_SECTORS];
	uint16_t x_size[RKISP1_LSC_SECTORS];
	uint16_t y_size[RKISP1_LSC_SECTORS];
	uint16_t width, height;
};

/* White balance: 10 bits, 0x100 is 1.0. Mind the order. */
struct rkisp1_awb_gain {
	uint16_t red, green_red, blue, green_blue;
};

/* "Cross talk", the colour matrix: 11 bits two's complement, 0x80 is 1.0. */
struct rkisp1_ctk {
	uint16_t matrix[3][3];
	uint16_t offset[3];
};

/* "Gamma out": 17 values of 10 bits, on V12 34 of 12. */
struct rkisp1_goc {
	uint32_t mode;
	uint16_t y[RKISP1_MAX_GAMMA];
};

#define RKISP1_GOC_LOGARITHMIC 0
#define RKISP1_GOC_EQUIDISTANT 1

/* Colour processing: contrast and saturation 0x80 is 1.0, the others are signed. */
struct rkisp1_cproc {
	uint8_t chroma_out_full;
	uint8_t luma_in_full;
	uint8_t luma_out_full;
	uint8_t contrast;
	uint8_t brightness;
	uint8_t saturation;
	uint8_t hue;
};

struct rkisp1_awb_meas {
	struct rkisp1_window window;
	uint32_t mode;
	uint8_t max_y;
	uint8_t min_y;
	uint8_t max_chroma_sum;
	uint8_t min_chroma;
	uint8_t frames; /* 0 is one */
	uint8_t reference_cr;
	uint8_t reference_cb;
	uint8_t compare_max_y;
};

#define RKISP1_AWB_YCBCR 2

struct rkisp1_hst_meas {
	uint32_t mode;
	uint8_t divider;
	struct rkisp1_window window;
	uint8_t weights[RKISP1_MAX_CELLS];
};

#define RKISP1_HST_RGB 1

struct rkisp1_aec_meas {
	uint32_t mode;
	uint32_t autostop;
	struct rkisp1_window window;
};

#define RKISP1_AEC_PLAIN 1 /* (R + G + B) * 85 / 256 */

/* Black level of the i.MX8MP: 20 bits. */
struct rkisp1_compand_bls {
	uint32_t red, green_red, green_blue, blue;
};

/* ---- fixed parameters ---- */

/* Bits of the three masks. */
#define RKISP1_MODULE_BLS      (1u << 1)
#define RKISP1_MODULE_HST      (1u << 3)
#define RKISP1_MODULE_LSC      (1u << 4)
#define RKISP1_MODULE_AWB_GAIN (1u << 5)
#define RKISP1_MODULE_CTK      (1u << 8)
#define RKISP1_MODULE_GOC      (1u << 9)
#define RKISP1_MODULE_CPROC    (1u << 10)
#define RKISP1_MODULE_AWB      (1u << 12)
#define RKISP1_MODULE_AEC      (1u << 14)

/* Blocks that are left alone are only so many bytes here. */
struct rkisp1_fixed {
	uint32_t enable_update; /* switch these... */
	uint32_t enable;        /* ...on if the bit is set here, else off */
	uint32_t config_update; /* load these */

	struct rkisp1_awb_meas awb_meas;
	struct rkisp1_hst_meas hst_meas;
	struct rkisp1_aec_meas aec_meas;
	uint32_t afc_meas[9];

	uint32_t dpcc[23];
	struct rkisp1_bls bls;
	uint32_t sdg[28];
	struct rkisp1_lsc lsc;
	struct rkisp1_awb_gain awb_gain;
	uint32_t flt[12];
	uint8_t bdm;
	struct rkisp1_ctk ctk;
	struct rkisp1_goc goc;
	uint32_t dpf[18];
	uint8_t dpf_strength[3];
	struct rkisp1_cproc cproc;
	uint16_t ie[8];
};

/* ---- extensible parameters ---- */

enum rkisp1_block_type {
	RKISP1_BLOCK_BLS = 0,
	RKISP1_BLOCK_AWB_GAIN = 3,
	RKISP1_BLOCK_CTK = 6,
	RKISP1_BLOCK_GOC = 7,
	RKISP1_BLOCK_CPROC = 10,
	RKISP1_BLOCK_LSC = 12,
	RKISP1_BLOCK_AWB_MEAS = 13,
	RKISP1_BLOCK_HST_MEAS = 14,
	RKISP1_BLOCK_AEC_MEAS = 15,
	RKISP1_BLOCK_COMPAND_BLS = 17,
};

#define RKISP1_BLOCK_DISABLE 1u
#define RKISP1_BLOCK_ENABLE  2u

#define RKISP1_EXTENSIBLE_VERSION 1

struct rkisp1_extensible {
	uint32_t version;
	uint32_t data_bytes; /* of all blocks, without this header */
};

struct rkisp1_block {
	uint16_t type;
	uint16_t flags;
	uint32_t size_bytes; /* of the whole block, padded to 8 */
};

#define RKISP1_BLOCK_BYTES(config) \
	((sizeof(struct rkisp1_block) + sizeof(config) + 7) / 8 * 8)

/* ---- statistics ---- */

#define RKISP1_MEASURED_AWB (1u << 0)
#define RKISP1_MEASURED_AEC (1u << 1)
#define RKISP1_MEASURED_AFC (1u << 2)
#define RKISP1_MEASURED_HST (1u << 3)
#define RKISP1_MEASURED_ALL 0xfu

struct rkisp1_focus {
	uint32_t sharpness;
	uint32_t luma;
};

struct rkisp1_stats {
	uint32_t measured; /* RKISP1_MEASURED_*; the driver only ever adds bits */
	uint32_t frame_id; /* never written */
	uint32_t white_pixels;
	uint8_t white_y, white_cb, white_cr, unused;
	uint8_t cells[RKISP1_MAX_CELLS]; /* 0 to 254, row by row */
	uint16_t black_red, black_green_red, black_green_blue, black_blue;
	struct rkisp1_focus focus[3];
	uint32_t bins[RKISP1_MAX_BINS];
};

/* ---- the kernel's sizes and places ---- */

_Static_assert(sizeof(struct rkisp1_window) == 8, "window");
_Static_assert(sizeof(struct rkisp1_bls) == 28, "BLS");
_Static_assert(offsetof(struct rkisp1_bls, windows) == 2, "BLS");
_Static_assert(offsetof(struct rkisp1_bls, red) == 20, "BLS");
_Static_assert(sizeof(struct rkisp1_lsc) == 2380, "LSC");
_Static_assert(offsetof(struct rkisp1_lsc, x_gradient) == 2312, "LSC");
_Static_assert(offsetof(struct rkisp1_lsc, x_size) == 2344, "LSC");
_Static_assert(sizeof(struct rkisp1_awb_gain) == 8, "AWB_GAIN");
_Static_assert(sizeof(struct rkisp1_ctk) == 24, "CTK");
_Static_assert(offsetof(struct rkisp1_ctk, offset) == 18, "CTK");
_Static_assert(sizeof(struct rkisp1_goc) == 72, "GOC");
_Static_assert(offsetof(struct rkisp1_goc, y) == 4, "GOC");
_Static_assert(sizeof(struct rkisp1_cproc) == 7, "CPROC");
_Static_assert(sizeof(struct rkisp1_awb_meas) == 20, "AWB_MEAS");
_Static_assert(offsetof(struct rkisp1_awb_meas, max_y) == 12, "AWB_MEAS");
_Static_assert(sizeof(struct rkisp1_hst_meas) == 96, "HST_MEAS");
_Static_assert(offsetof(struct rkisp1_hst_meas, window) == 6, "HST_MEAS");
_Static_assert(offsetof(struct rkisp1_hst_meas, weights) == 14, "HST_MEAS");
_Static_assert(sizeof(struct rkisp1_aec_meas) == 16, "AEC_MEAS");
_Static_assert(offsetof(struct rkisp1_aec_meas, window) == 8, "AEC_MEAS");
_Static_assert(sizeof(struct rkisp1_compand_bls) == 16, "COMPAND_BLS");

_Static_assert(sizeof(struct rkisp1_fixed) == 3048, "RK1P");
_Static_assert(offsetof(struct rkisp1_fixed, awb_meas) == 12, "RK1P");
_Static_assert(offsetof(struct rkisp1_fixed, hst_meas) == 32, "RK1P");
_Static_assert(offsetof(struct rkisp1_fixed, aec_meas) == 128, "RK1P");
_Static_assert(offsetof(struct rkisp1_fixed, bls) == 272, "RK1P");
_Static_assert(offsetof(struct rkisp1_fixed, lsc) == 412, "RK1P");
_Static_assert(offsetof(struct rkisp1_fixed, awb_gain) == 2792, "RK1P");
_Static_assert(offsetof(struct rkisp1_fixed, ctk) == 2850, "RK1P");
_Static_assert(offsetof(struct rkisp1_fixed, goc) == 2876, "RK1P");
_Static_assert(offsetof(struct rkisp1_fixed, cproc) == 3023, "RK1P");
_Static_assert(offsetof(struct rkisp1_fixed, ie) == 3030, "RK1P");

_Static_assert(sizeof(struct rkisp1_extensible) == 8, "RK1E");
_Static_assert(sizeof(struct rkisp1_block) == 8, "RK1E");
_Static_assert(RKISP1_BLOCK_BYTES(struct rkisp1_bls) == 40, "RK1E");
_Static_assert(RKISP1_BLOCK_BYTES(struct rkisp1_awb_gain) == 16, "RK1E");
_Static_assert(RKISP1_BLOCK_BYTES(struct rkisp1_ctk) == 32, "RK1E");
_Static_assert(RKISP1_BLOCK_BYTES(struct rkisp1_goc) == 80, "RK1E");
_Static_assert(RKISP1_BLOCK_BYTES(struct rkisp1_cproc) == 16, "RK1E");
_Static_assert(RKISP1_BLOCK_BYTES(struct rkisp1_lsc) == 2392, "RK1E");
_Static_assert(RKISP1_BLOCK_BYTES(struct rkisp1_awb_meas) == 32, "RK1E");
_Static_assert(RKISP1_BLOCK_BYTES(struct rkisp1_hst_meas) == 104, "RK1E");
_Static_assert(RKISP1_BLOCK_BYTES(struct rkisp1_aec_meas) == 24, "RK1E");
_Static_assert(RKISP1_BLOCK_BYTES(struct rkisp1_compand_bls) == 24, "RK1E");

_Static_assert(sizeof(struct rkisp1_stats) == 260, "RK1S");
_Static_assert(offsetof(struct rkisp1_stats, white_pixels) == 8, "RK1S");
_Static_assert(offsetof(struct rkisp1_stats, white_y) == 12, "RK1S");
_Static_assert(offsetof(struct rkisp1_stats, cells) == 16, "RK1S");
_Static_assert(offsetof(struct rkisp1_stats, black_red) == 98, "RK1S");
_Static_assert(offsetof(struct rkisp1_stats, focus) == 108, "RK1S");
_Static_assert(offsetof(struct rkisp1_stats, bins) == 132, "RK1S");

#endif
