// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Parameters of an ImgU.
 *
 * Rests on drivers/staging/media/ipu3/ipu3-css-params.c of Linux 6.12. Not known of the
 * hardware, as nobody has written it down: the unit of the black level, taken for that of
 * 10-bit pixels; and whether statistics' thresholds are compared before it is taken off.
 */
#include "ipu3/params.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "common/ipa/white_balance.h"
#include "ipu3/layout.h"

/* More than this is no black level; white must be left. */
#define MAX_BLACK 32768

/* ---- black level ---- */

static uint16_t black_level(const struct ipu3_params_wishes *wishes)
{
	return wishes->black_level < MAX_BLACK ? wishes->black_level : MAX_BLACK;
}

/* 10 bits. */
static uint16_t black_code(const struct ipu3_params_wishes *wishes)
{
	return (uint16_t)((black_level(wishes) + 32) >> 6);
}

static void put_black(struct ipu3_params *params, const struct ipu3_params_wishes *wishes)
{
	uint16_t code = black_code(wishes);

	params->black = (struct ipu3_black){ code, code, code, code };
	params->use[2] |= IPU3_USE_BLACK;
}

/* ---- gains, and noise reduction ---- */

static double sane(double value)
{
	return value > 0 && value < 1e6 ? value : 1;
}

/*
 * No factor is below 1 and black level is made up for, so that what is clipped in the
 * sensor is clipped in all colours: white instead of pink. If that is too much for the
 * hardware, colours come first. Returns how much of it is digital gain.
 */
static double find_factors(const struct ipu3_params_wishes *wishes, double factors[3])
{
	struct ipa_gains gains = { sane(wishes->gains.red), sane(wishes->gains.blue) };
	double stretch = 1024. / (1024 - black_code(wishes)), largest = 1;
	double common = sane(wishes->digital_gain);

	common = (common > 1 ? common : 1) * stretch;
	ipa_gains_above_one(&gains, factors);
	for (unsigned i = 0; i < 3; i++)
		largest = factors[i] > largest ? factors[i] : largest;
	if (common * largest > IPU3_MAX_GAIN)
		common = largest < IPU3_MAX_GAIN ? IPU3_MAX_GAIN / largest : 1;
	for (unsigned i = 0; i < 3; i++)
		factors[i] *= common;
	return common / stretch;
}

/* 16 bits, 8192 is 1.0 more than 1. */
static uint16_t gain_code(double factor)
{
	return (uint16_t)ipa_fixed_unsigned(factor - 1, 16, 13);
}

/* 16 times the root of the place, but for both ends. */
static const uint8_t noise_roots[32] = {
	17, 23, 28, 32, 36, 39, 42, 45, 48, 51, 53, 55, 58, 60, 62, 64,
	66, 68, 70, 72, 73, 75, 77, 78, 80, 82, 83, 85, 86, 88, 89, 90,
};

/*
 * The block can't be set in parts, so noise reduction comes with the gains. Its numbers are
 * those of libcamera, which were looked at on real cameras.
 */
static void put_gains(struct ipu3_params *params, const struct ipu3_params_wishes *wishes)
{
	int32_t x = -(wishes->width / 2), y = -(wishes->height / 2);
	double factors[3];

	find_factors(wishes, factors);
	params->bnr = (struct ipu3_bnr){
		.gain_green_red = gain_code(factors[1]),
		.gain_red = gain_code(factors[0]),
		.gain_blue = gain_code(factors[2]),
		.gain_green_blue = gain_code(factors[1]),
		.threshold_green_red = 255,
		.threshold_red = 255,
		.threshold_blue = 255,
		.threshold_green_blue = 255,
		.noise = IPU3_BNR_NOISE(1700, 31, 31, 16),
		.shading_green_red = 26,
		.shading_red = 26,
		.shading_blue = 26,
		.shading_green_blue = 26,
		.center = IPU3_BNR_CENTER(x, y),
		.defects = { IPU3_BNR_DEFECTS(20, 1, 40), IPU3_BNR_DEFECT_WEIGHTS(6, 6) },
		.detect = IPU3_BNR_DETECT(9, 3, 4, 8) | IPU3_BNR_GREEN_DISPARITY |
			  IPU3_BNR_DEFECT_PIXELS | IPU3_BNR_NOISE_REDUCTION |
			  IPU3_BNR_FLAT_FIELD,
		.columns = wishes->width,
		.center_x_square = (uint32_t)(x * x),
		.center_y_square = (uint32_t)(y * y),
	};
	memcpy(params->bnr.roots, noise_roots, sizeof(noise_roots));
	params->use[1] |= IPU3_USE_BNR;
}

/* ---- matrix, gamma ---- */

static void put_matrix(struct ipu3_params *params, const struct ipu3_params_wishes *wishes)
{
	for (unsigned row = 0; row < 3; row++) {
		for (unsigned i = 0; i < 3; i++)
			params->ccm.rows[row][i] = (int16_t)ipa_fixed_signed(
				wishes->matrix.m[3 * row + i], 16, 13);
		params->ccm.rows[row][3] = 0;
	}
	params->use[1] |= IPU3_USE_CCM;
}

/*
 * BT.601 with its full range. The driver's own rows make the chroma of analogue television, which
 * whoever decodes NV12 shows with wrong colours.
 */
static void put_yuv(struct ipu3_params *params)
{
	params->csc = (struct ipu3_csc){ {
		{ 4899, 9617, 1868, 0 },
		{ -2765, -5427, 8192, 0 },
		{ 8192, -6860, -1332, 0 },
	} };
	params->use[1] |= IPU3_USE_CSC;
}

static const struct ipa_curve straight = {
	.num_points = 2,
	.points = { { 0, 0 }, { 65535, 65535 } },
};

/* A straight line instead of switching it off: nothing says what comes out then. */
static void put_gamma(struct ipu3_params *params, const struct ipu3_params_wishes *wishes)
{
	params->gamma.enable = 1;
	memset(params->gamma.gap, 0, sizeof(params->gamma.gap));
	ipa_curve_even_table(wishes->gamma ? wishes->gamma : &straight, IPU3_NUM_GAMMA,
			     13, params->gamma.y);
	params->use[1] |= IPU3_USE_GAMMA;
}

/* ---- what is measured ---- */

struct axis {
	unsigned cells, log2_size;
};

#define MIN_LOG2 3

/*
 * The largest cells of which so many fit: what is measured is read by the CPU, so few large
 * cells are better than many small ones. They leave out less than one of them at the end,
 * but as focus has at most 24 rows, these may leave out up to a quarter of the height.
 */
static struct axis choose_cells(unsigned length, unsigned least, unsigned most,
				unsigned max_log2)
{
	struct axis axis = { .log2_size = max_log2 };

	while (axis.log2_size > MIN_LOG2 && length >> axis.log2_size < least)
		axis.log2_size--;
	axis.cells = length >> axis.log2_size;
	if (axis.cells > most)
		axis.cells = most;
	return axis;
}

/*
 * Firmware may do a picture in two stripes that overlap: how wide the left one is then, as
 * the driver has it.
 */
static unsigned left_stripe(unsigned width)
{
	return (width + 255) / 256 * 128 + 128;
}

/*
 * The driver parts the columns between the stripes unless the left one holds all with 10
 * pixels to spare. Where a grid ends closer to its end than that, none or -1 are left for the
 * right one: such grids are made to end earlier.
 */
static struct axis choose_columns(unsigned width)
{
	struct axis axis = choose_cells(width, 17, 80, 6);
	unsigned left = left_stripe(width), size = 1u << axis.log2_size;

	while (axis.cells * size + 9 > left && axis.cells * size <= left)
		axis.cells--;
	return axis;
}

static struct axis choose_rows(unsigned height)
{
	return choose_cells(height, 16, 60, 6);
}

/* From the corner: with a start of 10 or more the driver switches off the left stripe. */
static struct ipu3_grid make_grid(struct axis columns, struct axis rows, unsigned per_slice)
{
	return (struct ipu3_grid){
		.columns = (uint8_t)columns.cells,
		.rows = (uint8_t)rows.cells,
		.cell = IPU3_GRID_CELL(columns.log2_size, rows.log2_size,
				       per_slice / columns.cells),
		.x_end = (uint16_t)((columns.cells << columns.log2_size) - 1),
		.y_end = (uint16_t)((rows.cells << rows.log2_size) - 1),
	};
}

/*
 * White lacks the black level, if that has been taken off before pixels are compared; a bit
 * below, for noise.
 */
static uint16_t saturation(const struct ipu3_params_wishes *wishes)
{
	uint32_t white = 8191u * (1024 - black_code(wishes)) / 1024;

	return (uint16_t)(white - white / 32);
}

static void put_awb(struct ipu3_params *params, const struct ipu3_params_wishes *wishes)
{
	uint16_t threshold = saturation(wishes);

	params->awb = (struct ipu3_awb){
		.threshold_green_red = threshold,
		.threshold_red = threshold,
		.threshold_green_blue = threshold,
		.threshold_blue = threshold | IPU3_AWB_ENABLE | IPU3_AWB_COUNT_SATURATED,
		.grid = make_grid(choose_columns(wishes->width),
				  choose_rows(wishes->height), 160),
	};
	params->use[1] |= IPU3_USE_AWB;
}

/* It lags: what is left below the grid, less so many lines, must not be below 0. */
#define AF_LAG 4

/* Filters as the driver has them: each only looks at its middle, which is 128. */
static void put_af(struct ipu3_params *params, const struct ipu3_params_wishes *wishes)
{
	struct axis columns = choose_cells(wishes->width, 16, 32, 7);
	struct axis rows = choose_cells(wishes->height - AF_LAG, 16, 24, 7);

	params->af = (struct ipu3_af){
		.y1 = { [11] = 128 },
		.y2 = { [11] = 128 },
		.shares = { 8, 8, 8, 8 },
		.shifts = IPU3_AF_SHIFTS(7, 7),
		.grid = make_grid(columns, rows, 32),
	};
	params->af.grid.y_start |= IPU3_GRID_ENABLE;
	params->use[1] |= IPU3_USE_AF;
}

/* ---- all together ---- */

static bool is_possible(const struct ipu3_params_wishes *wishes)
{
	return wishes->width >= IPU3_PARAMS_MIN_WIDTH &&
	       wishes->width <= IPU3_PARAMS_MAX_WIDTH &&
	       wishes->height >= IPU3_PARAMS_MIN_HEIGHT &&
	       wishes->height <= IPU3_PARAMS_MAX_HEIGHT;
}

int ipu3_params_fill(const struct ipu3_params_wishes *wishes, unsigned parts,
		     void *memory, size_t size_bytes, uint32_t *bytesused)
{
	struct ipu3_params *params = memory;

	if (!is_possible(wishes))
		return -EINVAL;
	if (size_bytes < sizeof(*params))
		return -ENOSPC;
	/* What is not in use is not looked at. */
	memset(params->use, 0, sizeof(params->use));
	if (parts & IPU3_PARAMS_BLACK)
		put_black(params, wishes);
	if (parts & IPU3_PARAMS_GAINS)
		put_gains(params, wishes);
	if (parts & IPU3_PARAMS_MATRIX)
		put_matrix(params, wishes);
	if (parts & IPU3_PARAMS_GAMMA)
		put_gamma(params, wishes);
	if (parts & IPU3_PARAMS_YUV)
		put_yuv(params);
	if (parts & IPU3_PARAMS_MEASURE) {
		put_awb(params, wishes);
		put_af(params, wishes);
	}
	*bytesused = sizeof(*params);
	return 0;
}

void ipu3_params_init(struct ipu3_params_wishes *wishes, uint16_t width, uint16_t height,
		      const struct ipa_tuning *tuning)
{
	*wishes = (struct ipu3_params_wishes){
		.width = width,
		.height = height,
		.black_level = tuning->black_level,
		.gains = { 1, 1 },
		.digital_gain = 1,
		.matrix = ipa_matrix_identity,
		.gamma = &tuning->gamma,
	};
}

void ipu3_in_force_init(struct ipu3_in_force *in_force, const struct ipu3_params_wishes *wishes)
{
	double factors[3];

	*in_force = (struct ipu3_in_force){
		.columns = choose_columns(wishes->width).cells,
		.rows = choose_rows(wishes->height).cells,
		.black_level = (uint16_t)(black_code(wishes) << 6),
		.digital_gain = find_factors(wishes, factors),
	};
	for (unsigned i = 0; i < 3; i++)
		factors[i] = 1 + gain_code(factors[i]) / 8192.;
	in_force->gains.red = factors[0] / factors[1];
	in_force->gains.blue = factors[2] / factors[1];
}
