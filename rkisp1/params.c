// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Parameters of a Rockchip ISP, in the fixed and the extensible format.
 *
 * Rests on drivers/media/platform/rockchip/rkisp1/rkisp1-params.c of Linux 6.12.
 */
#include "rkisp1/params.h"

#include <errno.h>
#include <string.h>

#include "common/ipa/white_balance.h"
#include "rkisp1/layout.h"

#define MIN_SIZE 32
#define MAX_SIZE 8191 /* as far as windows reach */

/* A gradient has 12 bits, 32768 / size. */
#define MIN_SECTOR 9

/* More than this is no black level; white must be left. */
#define MAX_BLACK 32768

enum block {
	BLOCK_AWB_GAIN,
	BLOCK_CTK,
	BLOCK_GOC,
	BLOCK_CPROC,
	BLOCK_BLS,
	BLOCK_COMPAND_BLS,
	BLOCK_AWB_MEAS,
	BLOCK_HST_MEAS,
	BLOCK_AEC_MEAS,
	BLOCK_LSC,
};

/* Where a block is in either format. Without a module the fixed one does not have it. */
static const struct place {
	uint16_t type;
	uint16_t block_bytes;
	uint16_t fixed_offset;
	uint32_t module;
} places[] = {
#define PLACE(name, member)                                                         \
	{                                                                           \
		RKISP1_BLOCK_##name, RKISP1_BLOCK_BYTES(struct rkisp1_##member),    \
			offsetof(struct rkisp1_fixed, member), RKISP1_MODULE_##name \
	}
#define PLACE_AS(name, member, module)                                           \
	{                                                                        \
		RKISP1_BLOCK_##name, RKISP1_BLOCK_BYTES(struct rkisp1_##member), \
			offsetof(struct rkisp1_fixed, member), module            \
	}
	[BLOCK_AWB_GAIN] = PLACE(AWB_GAIN, awb_gain),
	[BLOCK_CTK] = PLACE(CTK, ctk),
	[BLOCK_GOC] = PLACE(GOC, goc),
	[BLOCK_CPROC] = PLACE(CPROC, cproc),
	[BLOCK_BLS] = PLACE(BLS, bls),
	[BLOCK_COMPAND_BLS] = { RKISP1_BLOCK_COMPAND_BLS,
				RKISP1_BLOCK_BYTES(struct rkisp1_compand_bls), 0, 0 },
	[BLOCK_AWB_MEAS] = PLACE_AS(AWB_MEAS, awb_meas, RKISP1_MODULE_AWB),
	[BLOCK_HST_MEAS] = PLACE_AS(HST_MEAS, hst_meas, RKISP1_MODULE_HST),
	[BLOCK_AEC_MEAS] = PLACE_AS(AEC_MEAS, aec_meas, RKISP1_MODULE_AEC),
	[BLOCK_LSC] = PLACE(LSC, lsc),
#undef PLACE
#undef PLACE_AS
};

struct writer {
	enum rkisp1_params_format format;
	unsigned char *memory;
	size_t size_bytes, used_bytes;
	int error;
};

/* ---- the two formats ---- */

static int start(struct writer *writer)
{
	size_t bytes = writer->format == RKISP1_FORMAT_FIXED ?
			       sizeof(struct rkisp1_fixed) :
			       sizeof(struct rkisp1_extensible);

	if (writer->size_bytes < bytes)
		return -ENOSPC;
	/* The buffer has been used before, and the driver looks at all of it. */
	memset(writer->memory, 0, bytes);
	writer->used_bytes = bytes;
	return 0;
}

static int end(struct writer *writer, uint32_t *bytesused)
{
	struct rkisp1_extensible *header = (void *)writer->memory;

	if (writer->error)
		return writer->error;
	if (writer->format == RKISP1_FORMAT_EXTENSIBLE) {
		header->version = RKISP1_EXTENSIBLE_VERSION;
		header->data_bytes = (uint32_t)(writer->used_bytes - sizeof(*header));
	}
	*bytesused = (uint32_t)writer->used_bytes;
	return 0;
}

static void *append(struct writer *writer, const struct place *place, bool on)
{
	struct rkisp1_block *header = (void *)(writer->memory + writer->used_bytes);

	if (writer->size_bytes - writer->used_bytes < place->block_bytes) {
		writer->error = -ENOSPC;
		return NULL;
	}
	memset(header, 0, place->block_bytes);
	header->type = place->type;
	header->flags = on ? RKISP1_BLOCK_ENABLE : RKISP1_BLOCK_DISABLE;
	header->size_bytes = place->block_bytes;
	writer->used_bytes += place->block_bytes;
	return header + 1;
}

/*
 * The zeroed memory of a block which is switched on and loaded, NULL if there is no place
 * for it. To switch on what is on does no harm; and loading gamma in the fixed format
 * switches it off unless it is switched on in the same buffer.
 */
static void *load(struct writer *writer, enum block block)
{
	struct rkisp1_fixed *fixed = (void *)writer->memory;
	const struct place *place = &places[block];

	if (writer->format == RKISP1_FORMAT_EXTENSIBLE)
		return append(writer, place, true);
	if (!place->module)
		return NULL;
	fixed->enable_update |= place->module;
	fixed->enable |= place->module;
	fixed->config_update |= place->module;
	return writer->memory + place->fixed_offset;
}

static void switch_off(struct writer *writer, enum block block)
{
	struct rkisp1_fixed *fixed = (void *)writer->memory;
	const struct place *place = &places[block];

	if (writer->format == RKISP1_FORMAT_EXTENSIBLE)
		append(writer, place, false);
	else
		fixed->enable_update |= place->module;
}

/* ---- black level ---- */

static bool is_imx8mp(const struct rkisp1_params_wishes *wishes)
{
	return wishes->hw_revision == RKISP1_REVISION_IMX8MP;
}

/* The i.MX8MP has it in a block that came with the extensible format. */
static bool takes_black_off(const struct rkisp1_params_wishes *wishes,
			    enum rkisp1_params_format format)
{
	return !is_imx8mp(wishes) || format == RKISP1_FORMAT_EXTENSIBLE;
}

static uint16_t black_level(const struct rkisp1_params_wishes *wishes)
{
	return wishes->black_level < MAX_BLACK ? wishes->black_level : MAX_BLACK;
}

static void put_bls(struct writer *writer, const struct rkisp1_params_wishes *wishes)
{
	struct rkisp1_bls *bls = load(writer, BLOCK_BLS);
	int16_t level = (int16_t)((black_level(wishes) + 8) >> 4); /* 12 bits */

	if (!bls)
		return;
	bls->red = level;
	bls->green_red = level;
	bls->green_blue = level;
	bls->blue = level;
}

static void put_compand_bls(struct writer *writer, const struct rkisp1_params_wishes *wishes)
{
	struct rkisp1_compand_bls *bls = load(writer, BLOCK_COMPAND_BLS);
	uint32_t level = (uint32_t)black_level(wishes) << 4; /* 20 bits */

	if (!bls)
		return;
	bls->red = level;
	bls->green_red = level;
	bls->green_blue = level;
	bls->blue = level;
}

/* ---- gains ---- */

static double sane(double value)
{
	return value > 0 && value < 1e6 ? value : 1;
}

/*
 * No factor is below 1 and black level is made up for, so that what is clipped in the
 * sensor is clipped in all colours: white instead of pink. If that is too much for the
 * hardware, colours come first.
 */
static double find_factors(const struct rkisp1_params_wishes *wishes,
			   enum rkisp1_params_format format, double factors[3])
{
	struct ipa_gains gains = { sane(wishes->gains.red), sane(wishes->gains.blue) };
	double common = sane(wishes->digital_gain), largest = 1, stretch = 1;

	if (takes_black_off(wishes, format))
		stretch = 65536. / (65536 - black_level(wishes));
	common = (common > 1 ? common : 1) * stretch;
	ipa_gains_above_one(&gains, factors);
	for (unsigned i = 0; i < 3; i++)
		largest = factors[i] > largest ? factors[i] : largest;
	if (common * largest > RKISP1_MAX_GAIN)
		common = largest < RKISP1_MAX_GAIN ? RKISP1_MAX_GAIN / largest : 1;
	for (unsigned i = 0; i < 3; i++)
		factors[i] *= common;
	return common / stretch;
}

/* 10 bits, 0x100 is 1.0. */
static uint16_t gain_code(double factor)
{
	return (uint16_t)ipa_fixed_unsigned(factor, 10, 8);
}

static void put_gains(struct writer *writer, const struct rkisp1_params_wishes *wishes)
{
	struct rkisp1_awb_gain *gain = load(writer, BLOCK_AWB_GAIN);
	double factors[3];

	if (!gain)
		return;
	find_factors(wishes, writer->format, factors);
	gain->red = gain_code(factors[0]);
	gain->green_red = gain_code(factors[1]);
	gain->green_blue = gain_code(factors[1]);
	gain->blue = gain_code(factors[2]);
}

/* ---- matrix ---- */

#define MATRIX_BITS     11
#define MATRIX_FRACTION 7

/* Rounded so that rows still add up to what they did: else grey would not stay grey. */
static void round_matrix(const struct ipa_matrix *matrix, int32_t rounded[3][3])
{
	for (unsigned row = 0; row < 3; row++) {
		const double *m = &matrix->m[3 * row];
		int32_t rest =
			ipa_fixed_signed(m[0] + m[1] + m[2], MATRIX_BITS, MATRIX_FRACTION);
		int32_t *own = &rounded[row][row];

		for (unsigned i = 0; i < 3; i++) {
			rounded[row][i] =
				ipa_fixed_signed(m[i], MATRIX_BITS, MATRIX_FRACTION);
			rest -= rounded[row][i];
		}
		/* More is no rounding, but values cut at the end of the range. */
		if (rest >= -1 && rest <= 1 && *own + rest < 1 << (MATRIX_BITS - 1) &&
		    *own + rest >= -(1 << (MATRIX_BITS - 1)))
			*own += rest;
	}
}

static void put_matrix(struct writer *writer, const struct rkisp1_params_wishes *wishes)
{
	struct rkisp1_ctk *ctk = load(writer, BLOCK_CTK);
	int32_t rounded[3][3];

	if (!ctk)
		return;
	round_matrix(&wishes->matrix, rounded);
	for (unsigned i = 0; i < 9; i++)
		ctk->matrix[i / 3][i % 3] = (uint16_t)((uint32_t)rounded[i / 3][i % 3] &
						       ((1u << MATRIX_BITS) - 1));
}

/* ---- gamma, processing ---- */

static void put_gamma(struct writer *writer, const struct rkisp1_params_wishes *wishes)
{
	static const uint16_t logarithmic[] = { 0,    64,   128,  192,  256,  384,
						512,  640,  768,  1024, 1280, 1536,
						2048, 2560, 3072, 3584, 4096 };
	uint16_t equidistant[RKISP1_MAX_GAMMA];
	struct rkisp1_goc *goc;

	if (!wishes->gamma) {
		switch_off(writer, BLOCK_GOC);
		return;
	}
	goc = load(writer, BLOCK_GOC);
	if (!goc)
		return;
	goc->mode = RKISP1_GOC_LOGARITHMIC;
	if (wishes->hw_revision != RKISP1_REVISION_V12) {
		ipa_curve_table(wishes->gamma, logarithmic,
				sizeof(logarithmic) / sizeof(logarithmic[0]), 4096, 10,
				goc->y);
		return;
	}
	/*
	 * Nothing says where V12's 34 values stand. 32 equal pieces have 33 ends, and two
	 * values share a register, so the last is taken for a filler.
	 */
	goc->mode = RKISP1_GOC_EQUIDISTANT;
	for (unsigned i = 0; i < RKISP1_MAX_GAMMA; i++)
		equidistant[i] = (uint16_t)(i < 32 ? 128 * i : 4096);
	ipa_curve_table(wishes->gamma, equidistant, RKISP1_MAX_GAMMA, 4096, 12, goc->y);
}

static void put_process(struct writer *writer, const struct rkisp1_params_wishes *wishes)
{
	struct rkisp1_cproc *cproc;

	if (!wishes->process) {
		switch_off(writer, BLOCK_CPROC);
		return;
	}
	cproc = load(writer, BLOCK_CPROC);
	if (!cproc)
		return;
	cproc->chroma_out_full = wishes->full_range;
	cproc->luma_in_full = wishes->full_range;
	cproc->luma_out_full = wishes->full_range;
	cproc->contrast = (uint8_t)ipa_fixed_unsigned(wishes->contrast, 8, 7);
	cproc->saturation = (uint8_t)ipa_fixed_unsigned(wishes->saturation, 8, 7);
	cproc->brightness = (uint8_t)ipa_fixed_field(wishes->brightness, 8, 7);
}

/* ---- measurement ---- */

static struct rkisp1_window whole_window(const struct rkisp1_params_wishes *wishes)
{
	return (struct rkisp1_window){ 0, 0, wishes->width, wishes->height };
}

/* The middle, as lenses are poor at the edges. */
static struct rkisp1_window white_window(const struct rkisp1_params_wishes *wishes)
{
	return (struct rkisp1_window){
		wishes->width / 8u,
		wishes->height / 8u,
		(uint16_t)(wishes->width * 3u / 4),
		(uint16_t)(wishes->height * 3u / 4),
	};
}

/*
 * In YCbCr: for means of R, G and B the driver sets no thresholds at all. Luma is 16 to 235
 * here; what is near its end is clipped and has lost its colour.
 */
static void put_white(struct writer *writer, const struct rkisp1_params_wishes *wishes)
{
	struct rkisp1_awb_meas *white = load(writer, BLOCK_AWB_MEAS);

	if (!white)
		return;
	white->window = white_window(wishes);
	white->mode = RKISP1_AWB_YCBCR;
	white->max_y = 230;
	white->compare_max_y = 1;
	white->min_y = 16;
	white->max_chroma_sum = 250;
	white->min_chroma = 16;
	white->reference_cr = 128;
	white->reference_cb = 128;
}

/* 1 at the edges to 4 in the middle, as exposure itself weighs. */
static unsigned slope(unsigned at, unsigned count)
{
	unsigned from_edge = at < count - 1 - at ? at : count - 1 - at;

	return 1 + 3 * from_edge / ((count - 1) / 2);
}

/* So that no bin can overflow: three colours of each pixel must fit 16 bits. */
static uint8_t divider(const struct rkisp1_params_wishes *wishes)
{
	uint32_t samples = (uint32_t)wishes->width * wishes->height * 3, value = 3;

	while (value < 127 && value * value * 65536ull < samples)
		value++;
	return (uint8_t)value;
}

static void put_histogram(struct writer *writer, const struct rkisp1_params_wishes *wishes)
{
	struct rkisp1_hst_meas *histogram = load(writer, BLOCK_HST_MEAS);
	unsigned side = rkisp1_grid_side(wishes->hw_revision);

	if (!histogram)
		return;
	histogram->mode = RKISP1_HST_RGB;
	histogram->divider = divider(wishes);
	histogram->window = whole_window(wishes);
	for (unsigned i = 0; i < side * side; i++)
		histogram->weights[i] =
			wishes->metering == IPA_METERING_CENTRE ?
				(uint8_t)(slope(i / side, side) * slope(i % side, side)) :
				1;
}

static void put_exposure(struct writer *writer, const struct rkisp1_params_wishes *wishes)
{
	struct rkisp1_aec_meas *exposure = load(writer, BLOCK_AEC_MEAS);

	if (!exposure)
		return;
	exposure->mode = RKISP1_AEC_PLAIN;
	exposure->window = whole_window(wishes);
}

/* ---- lens shading ---- */

/* From an edge to the middle in equal steps; the other half mirrors it. */
static void set_sectors(unsigned length, uint16_t *sizes, uint16_t *gradients,
			double places_of_samples[RKISP1_LSC_SAMPLES])
{
	unsigned half = length / 2, last = 0, next;

	places_of_samples[0] = 0;
	places_of_samples[2 * RKISP1_LSC_SECTORS] = 1;
	for (unsigned i = 0; i < RKISP1_LSC_SECTORS; i++) {
		next = half * (i + 1) / RKISP1_LSC_SECTORS;
		sizes[i] = (uint16_t)(next - last);
		gradients[i] = (uint16_t)((32768 + sizes[i] / 2u) / sizes[i]);
		places_of_samples[i + 1] = (double)next / length;
		places_of_samples[2 * RKISP1_LSC_SECTORS - i - 1] = 1 - (double)next / length;
		last = next;
	}
}

struct rkisp1_view rkisp1_view_of(const struct sensor_view *mode, bool hflip, bool vflip)
{
	return (struct rkisp1_view){
		.left = hflip ? mode->left + mode->width : mode->left,
		.top = vflip ? mode->top + mode->height : mode->top,
		.width = hflip ? -mode->width : mode->width,
		.height = vflip ? -mode->height : mode->height,
	};
}

static bool has_shading(const struct rkisp1_params_wishes *wishes)
{
	const unsigned least = 2 * RKISP1_LSC_SECTORS * MIN_SECTOR;

	return wishes->shading && wishes->shading->columns && wishes->shading->rows &&
	       wishes->width >= least && wishes->height >= least;
}

static uint16_t factor_at(const struct rkisp1_params_wishes *wishes,
			  const uint16_t *table, double x, double y)
{
	uint16_t most = wishes->hw_revision == RKISP1_REVISION_V12 ? 8191 : 4095;
	uint16_t factor = ipa_shading_at(wishes->shading, table, x, y);

	return factor < most ? factor : most;
}

static void put_shading(struct writer *writer, const struct rkisp1_params_wishes *wishes)
{
	double columns[RKISP1_LSC_SAMPLES], rows[RKISP1_LSC_SAMPLES];
	const struct rkisp1_view *view = &wishes->view;
	struct rkisp1_lsc *lsc;

	if (!has_shading(wishes))
		return;
	lsc = load(writer, BLOCK_LSC);
	if (!lsc)
		return;
	lsc->width = wishes->width;
	lsc->height = wishes->height;
	set_sectors(wishes->width, lsc->x_size, lsc->x_gradient, columns);
	set_sectors(wishes->height, lsc->y_size, lsc->y_gradient, rows);
	for (unsigned i = 0; i < RKISP1_LSC_SAMPLES; i++) {
		double y = view->top + view->height * rows[i];

		for (unsigned j = 0; j < RKISP1_LSC_SAMPLES; j++) {
			double x = view->left + view->width * columns[j];

			lsc->red[i][j] = factor_at(wishes, wishes->shading->red, x, y);
			lsc->green_red[i][j] =
				factor_at(wishes, wishes->shading->green, x, y);
			lsc->green_blue[i][j] = lsc->green_red[i][j];
			lsc->blue[i][j] = factor_at(wishes, wishes->shading->blue, x, y);
		}
	}
}

/* ---- all together ---- */

/*
 * With colour processing in the extensible format the driver of 6.12 looks for a colour
 * effect behind the block, where the type of the next one is. That must be 0, black level's,
 * or colours of full range are cut to limited range. The i.MX8MP skips that block.
 */
static bool needs_bls(const struct writer *writer,
		      const struct rkisp1_params_wishes *wishes, unsigned parts)
{
	if (writer->format == RKISP1_FORMAT_EXTENSIBLE && parts & RKISP1_PARAMS_PROCESS)
		return true;
	return parts & RKISP1_PARAMS_BLACK && !is_imx8mp(wishes);
}

static void put_blocks(struct writer *writer, const struct rkisp1_params_wishes *wishes,
		       unsigned parts)
{
	if (parts & RKISP1_PARAMS_GAINS)
		put_gains(writer, wishes);
	if (parts & RKISP1_PARAMS_MATRIX)
		put_matrix(writer, wishes);
	if (parts & RKISP1_PARAMS_GAMMA)
		put_gamma(writer, wishes);
	if (parts & RKISP1_PARAMS_PROCESS)
		put_process(writer, wishes);
	if (needs_bls(writer, wishes, parts))
		put_bls(writer, wishes);
	if (parts & RKISP1_PARAMS_BLACK && is_imx8mp(wishes))
		put_compand_bls(writer, wishes);
	if (parts & RKISP1_PARAMS_MEASURE) {
		put_white(writer, wishes);
		put_histogram(writer, wishes);
		put_exposure(writer, wishes);
	}
	if (parts & RKISP1_PARAMS_SHADING)
		put_shading(writer, wishes);
}

static bool is_size(uint16_t length)
{
	return length >= MIN_SIZE && length <= MAX_SIZE;
}

static bool is_possible(const struct rkisp1_params_wishes *wishes,
			enum rkisp1_params_format format)
{
	switch (wishes->hw_revision) {
	case RKISP1_REVISION_V10:
	case RKISP1_REVISION_V12:
	case RKISP1_REVISION_IMX8MP:
		break;
	default:
		return false;
	}
	if (format != RKISP1_FORMAT_FIXED && format != RKISP1_FORMAT_EXTENSIBLE)
		return false;
	return is_size(wishes->width) && is_size(wishes->height);
}

int rkisp1_params_fill(const struct rkisp1_params_wishes *wishes, unsigned parts,
		       enum rkisp1_params_format format, void *memory, size_t size_bytes,
		       uint32_t *bytesused)
{
	struct writer writer = {
		.format = format,
		.memory = memory,
		.size_bytes = size_bytes,
	};
	int ret;

	if (!is_possible(wishes, format))
		return -EINVAL;
	ret = start(&writer);
	if (ret < 0)
		return ret;
	put_blocks(&writer, wishes, parts);
	return end(&writer, bytesused);
}

void rkisp1_params_init(struct rkisp1_params_wishes *wishes, uint32_t hw_revision,
			const struct ipa_tuning *tuning)
{
	*wishes = (struct rkisp1_params_wishes){
		.hw_revision = hw_revision,
		.black_level = tuning->black_level,
		.gains = { 1, 1 },
		.digital_gain = 1,
		.matrix = ipa_matrix_identity,
		.gamma = &tuning->gamma,
		.metering = tuning->metering,
		.contrast = 1,
		.saturation = 1,
		.shading = &tuning->shading,
		.view = { 0, 0, 1, 1 },
	};
}

void rkisp1_in_force_init(struct rkisp1_in_force *in_force,
			  const struct rkisp1_params_wishes *wishes,
			  enum rkisp1_params_format format)
{
	struct rkisp1_window window = white_window(wishes);
	struct ipa_matrix matrix;
	int32_t rounded[3][3];

	*in_force = (struct rkisp1_in_force){
		.hw_revision = wishes->hw_revision,
		.white_pixels = (uint32_t)window.width * window.height,
	};
	if (takes_black_off(wishes, format))
		in_force->black_level = black_level(wishes);
	else
		in_force->black_level_left = black_level(wishes);
	in_force->digital_gain = find_factors(wishes, format, in_force->factors);
	for (unsigned i = 0; i < 3; i++)
		in_force->factors[i] = gain_code(in_force->factors[i]) / 256.;
	round_matrix(&wishes->matrix, rounded);
	for (unsigned i = 0; i < 9; i++)
		matrix.m[i] = (double)rounded[i / 3][i % 3] / (1 << MATRIX_FRACTION);
	ipa_matrix_invert(&matrix, &in_force->inverse);
}
