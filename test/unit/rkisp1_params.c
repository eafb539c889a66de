// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Parameters of a Rockchip ISP: looked through as the driver of 6.12 does before and while it
 * takes them, for many wishes, sane and not.
 */
#include "rkisp1/params.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "rkisp1/layout.h"
#include "test/unit/test.h"

#define FIXED_BYTES      3048
#define EXTENSIBLE_BYTES 4400
#define GARBAGE          0xa5
#define NUM_TYPES        20

/* Whole block sizes by type, and where the fixed format has what is in them: the driver's. */
static const struct {
	unsigned block_bytes, config_bytes, fixed_offset, bit;
} kernel[NUM_TYPES] = {
	[0] = { 40, 28, 272, 1 },   [3] = { 16, 8, 2792, 5 },
	[6] = { 32, 24, 2850, 8 },  [7] = { 80, 72, 2876, 9 },
	[10] = { 16, 7, 3023, 10 }, [12] = { 2392, 2380, 412, 4 },
	[13] = { 32, 20, 12, 12 },  [14] = { 104, 96, 32, 3 },
	[15] = { 24, 16, 128, 14 }, [17] = { 24, 16, 0, 0 },
};

/* A filled buffer, in memory that ends where it does. */
struct filled {
	unsigned char *memory;
	uint32_t bytesused;
	int ret;
	const unsigned char *configs[NUM_TYPES]; /* what is loaded; NULL: not there, or off */
	uint32_t seen, enabled;                  /* bits of types */
};

static void fill(struct filled *filled, const struct rkisp1_params_wishes *wishes,
		 unsigned parts, enum rkisp1_params_format format, size_t bytes)
{
	memset(filled, 0, sizeof(*filled));
	filled->memory = malloc(bytes ? bytes : 1);
	memset(filled->memory, GARBAGE, bytes);
	filled->ret = rkisp1_params_fill(wishes, parts, format, filled->memory, bytes,
					 &filled->bytesused);
}

static bool note(struct filled *filled, unsigned type, const unsigned char *config, bool on)
{
	if (!CHECK(!(filled->seen & 1u << type)))
		return false;
	filled->seen |= 1u << type;
	filled->enabled |= (uint32_t)on << type;
	filled->configs[type] = on ? config : NULL;
	return true;
}

/* rkisp1_params_prepare_ext_params(), and what rkisp1_cproc_config() reads beyond its block. */
static bool take_extensible(struct filled *filled)
{
	struct rkisp1_extensible header;
	size_t at = sizeof(header);

	if (!CHECK(filled->bytesused >= sizeof(header)))
		return false;
	memcpy(&header, filled->memory, sizeof(header));
	if (!CHECK_EQ(header.version, 1) ||
	    !CHECK_EQ(sizeof(header) + header.data_bytes, filled->bytesused))
		return false;
	while (at + sizeof(struct rkisp1_block) <= filled->bytesused) {
		const unsigned char *memory = filled->memory + at;
		struct rkisp1_block block;

		memcpy(&block, memory, sizeof(block));
		if (!CHECK(block.type < NUM_TYPES) ||
		    !CHECK_EQ(block.size_bytes, kernel[block.type].block_bytes) ||
		    !CHECK(block.flags == 1 || block.flags == 2) ||
		    !CHECK(at + block.size_bytes <= filled->bytesused) ||
		    !note(filled, block.type, memory + 8, block.flags == 2))
			return false;
		at += block.size_bytes;
		if (block.type == 10 && block.flags == 2 &&
		    (!CHECK(at + 2 <= filled->bytesused) || !CHECK_EQ(memory[15], 0) ||
		     !CHECK_EQ(memory[16], 0)))
			return false;
	}
	return CHECK_EQ(at, filled->bytesused);
}

/* rkisp1_params_vb2_buf_prepare(), and what the masks say. */
static bool take_fixed(struct filled *filled)
{
	uint32_t masks[3], left;

	if (!CHECK_EQ(filled->bytesused, FIXED_BYTES))
		return false;
	memcpy(masks, filled->memory, sizeof(masks));
	/* What is loaded is switched on as well: gamma would be off else. */
	left = masks[0];
	if (!CHECK_EQ(masks[1], masks[2]) || !CHECK_EQ(masks[1] & ~masks[0], 0))
		return false;
	for (unsigned type = 0; type < NUM_TYPES; type++) {
		uint32_t bit = 1u << kernel[type].bit;

		if (!kernel[type].fixed_offset || !(masks[0] & bit))
			continue;
		left &= ~bit;
		if (!note(filled, type, filled->memory + kernel[type].fixed_offset,
			  masks[1] & bit))
			return false;
	}
	return CHECK_EQ(left, 0);
}

static bool take(struct filled *filled, enum rkisp1_params_format format)
{
	if (!CHECK_EQ(filled->ret, 0))
		return false;
	return format == RKISP1_FORMAT_FIXED ? take_fixed(filled) : take_extensible(filled);
}

/* ---- are the values such as registers can hold? ---- */

static bool check_window(const struct rkisp1_window *window,
			 const struct rkisp1_params_wishes *wishes)
{
	return CHECK(window->width >= 24 && window->height >= 24) &&
	       CHECK(window->left + window->width <= wishes->width) &&
	       CHECK(window->top + window->height <= wishes->height);
}

static bool check_colors(const struct filled *filled)
{
	struct rkisp1_awb_gain gain;
	struct rkisp1_ctk ctk;
	struct rkisp1_bls bls;
	bool held = true;

	if (filled->configs[RKISP1_BLOCK_BLS]) {
		memcpy(&bls, filled->configs[RKISP1_BLOCK_BLS], sizeof(bls));
		held &= CHECK_EQ(bls.enable_auto, 0) && CHECK(bls.red >= 0) &&
			CHECK(bls.red <= 2048) && CHECK_EQ(bls.green_red, bls.red) &&
			CHECK_EQ(bls.green_blue, bls.red) && CHECK_EQ(bls.blue, bls.red);
	}
	if (filled->configs[RKISP1_BLOCK_AWB_GAIN]) {
		memcpy(&gain, filled->configs[RKISP1_BLOCK_AWB_GAIN], sizeof(gain));
		held &= CHECK(gain.red >= 0x100 && gain.red <= 0x3ff) &&
			CHECK(gain.green_red >= 0x100 && gain.green_red <= 0x3ff) &&
			CHECK(gain.blue >= 0x100 && gain.blue <= 0x3ff) &&
			CHECK_EQ(gain.green_blue, gain.green_red);
	}
	if (filled->configs[RKISP1_BLOCK_CTK]) {
		memcpy(&ctk, filled->configs[RKISP1_BLOCK_CTK], sizeof(ctk));
		for (unsigned i = 0; held && i < 9; i++)
			held &= CHECK(ctk.matrix[i / 3][i % 3] <= 0x7ff);
		held &= CHECK_EQ(ctk.offset[0] | ctk.offset[1] | ctk.offset[2], 0);
	}
	return held;
}

static bool check_gamma(const struct filled *filled, const struct rkisp1_params_wishes *wishes)
{
	bool is_v12 = wishes->hw_revision == RKISP1_REVISION_V12;
	unsigned count = is_v12 ? 34 : 17, full = is_v12 ? 4095 : 1023;
	struct rkisp1_goc goc;
	bool held = true;

	if (!filled->configs[RKISP1_BLOCK_GOC])
		return true;
	memcpy(&goc, filled->configs[RKISP1_BLOCK_GOC], sizeof(goc));
	held &= CHECK_EQ(goc.mode, is_v12 ? 1 : 0) && CHECK_EQ(goc.y[0], 0) &&
		CHECK_EQ(goc.y[count - 1], full);
	for (unsigned i = 1; held && i < count; i++)
		held &= CHECK(goc.y[i] >= goc.y[i - 1]);
	for (unsigned i = count; held && i < RKISP1_MAX_GAMMA; i++)
		held &= CHECK_EQ(goc.y[i], 0);
	return held;
}

static bool check_measurement(const struct filled *filled,
			      const struct rkisp1_params_wishes *wishes)
{
	unsigned cells = wishes->hw_revision == RKISP1_REVISION_V12 ? 81 : 25;
	struct rkisp1_awb_meas white;
	struct rkisp1_hst_meas histogram;
	struct rkisp1_aec_meas exposure;
	bool held = true;

	if (!filled->configs[RKISP1_BLOCK_AWB_MEAS])
		return CHECK(!filled->configs[RKISP1_BLOCK_HST_MEAS]);
	memcpy(&white, filled->configs[RKISP1_BLOCK_AWB_MEAS], sizeof(white));
	memcpy(&histogram, filled->configs[RKISP1_BLOCK_HST_MEAS], sizeof(histogram));
	memcpy(&exposure, filled->configs[RKISP1_BLOCK_AEC_MEAS], sizeof(exposure));
	held &= check_window(&white.window, wishes) && CHECK_EQ(white.mode, 2);
	held &= check_window(&histogram.window, wishes) && CHECK_EQ(histogram.mode, 1) &&
		CHECK(histogram.divider >= 3 && histogram.divider <= 127);
	held &= check_window(&exposure.window, wishes) && CHECK_EQ(exposure.mode, 1) &&
		CHECK_EQ(exposure.autostop, 0);
	for (unsigned i = 0; held && i < RKISP1_MAX_CELLS; i++)
		held &= i < cells ? CHECK(histogram.weights[i] >= 1 &&
					  histogram.weights[i] <= 16) :
				    CHECK_EQ(histogram.weights[i], 0);
	return held;
}

static bool check_sectors(const uint16_t sizes[8], const uint16_t gradients[8], unsigned length)
{
	unsigned sum = 0;
	bool held = true;

	for (unsigned i = 0; held && i < 8; i++) {
		sum += sizes[i];
		held &= CHECK(sizes[i] >= 9 && sizes[i] <= 1023) &&
			CHECK_EQ(gradients[i], lround(32768. / sizes[i]));
	}
	return held && CHECK_EQ(sum, length / 2);
}

static bool check_shading(const struct filled *filled,
			  const struct rkisp1_params_wishes *wishes)
{
	unsigned most = wishes->hw_revision == RKISP1_REVISION_V12 ? 8191 : 4095;
	struct rkisp1_lsc lsc;
	bool held = true;

	if (!filled->configs[RKISP1_BLOCK_LSC])
		return true;
	memcpy(&lsc, filled->configs[RKISP1_BLOCK_LSC], sizeof(lsc));
	held &= check_sectors(lsc.x_size, lsc.x_gradient, wishes->width);
	held &= check_sectors(lsc.y_size, lsc.y_gradient, wishes->height);
	for (unsigned i = 0; held && i < 17 * 17; i++)
		held &= CHECK(lsc.red[i / 17][i % 17] <= most) &&
			CHECK(lsc.blue[i / 17][i % 17] <= most) &&
			CHECK_EQ(lsc.green_red[i / 17][i % 17],
				 lsc.green_blue[i / 17][i % 17]);
	return held;
}

/*
 * What one format loads, the other one does too, but for what only one of them has, and
 * gains: they make up for black level where it is taken off.
 */
static bool check_same(const struct filled *fixed, const struct filled *extensible,
		       const struct rkisp1_params_wishes *wishes, unsigned parts)
{
	bool is_imx8mp = wishes->hw_revision == RKISP1_REVISION_IMX8MP;
	uint32_t only = 1u << RKISP1_BLOCK_COMPAND_BLS;
	bool held = true;

	if (is_imx8mp || !(parts & RKISP1_PARAMS_BLACK))
		only |= 1u << RKISP1_BLOCK_BLS;
	held &= CHECK_EQ(fixed->seen & ~only, extensible->seen & ~only) &&
		CHECK_EQ(fixed->enabled & ~only, extensible->enabled & ~only);
	for (unsigned type = 0; held && type < NUM_TYPES; type++) {
		if (is_imx8mp && type == RKISP1_BLOCK_AWB_GAIN)
			continue;
		if (fixed->configs[type] && extensible->configs[type])
			held &= CHECK_MEM_EQ(fixed->configs[type], extensible->configs[type],
					     kernel[type].config_bytes);
	}
	return held;
}

static bool check_wishes(const struct rkisp1_params_wishes *wishes, unsigned parts)
{
	struct filled fixed, extensible;
	bool held;

	fill(&fixed, wishes, parts, RKISP1_FORMAT_FIXED, FIXED_BYTES);
	fill(&extensible, wishes, parts, RKISP1_FORMAT_EXTENSIBLE, EXTENSIBLE_BYTES);
	held = take(&fixed, RKISP1_FORMAT_FIXED) &&
	       take(&extensible, RKISP1_FORMAT_EXTENSIBLE) &&
	       check_same(&fixed, &extensible, wishes, parts) &&
	       check_colors(&extensible) && check_gamma(&extensible, wishes) &&
	       check_measurement(&extensible, wishes) && check_shading(&extensible, wishes);
	free(fixed.memory);
	free(extensible.memory);
	return held;
}

/* ---- many wishes ---- */

static uint64_t random_state = 20261121;

static uint32_t random_below(uint32_t limit)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(random_state >> 33) % limit;
}

/* Mostly sane, now and then nonsense. */
static double random_number(double low, double high)
{
	static const double odd[] = { 0, -1, 1e-9, 1e300, -1e300, INFINITY, -INFINITY, NAN };

	if (random_below(16) == 0)
		return odd[random_below(8)];
	return low + (high - low) * random_below(100000) / 100000;
}

static void random_shading(struct ipa_shading *shading)
{
	shading->columns = random_below(4) ? 2 + random_below(IPA_SHADING_MAX - 1) : 0;
	shading->rows = 2 + random_below(IPA_SHADING_MAX - 1);
	for (unsigned i = 0; i < IPA_SHADING_MAX * IPA_SHADING_MAX; i++) {
		shading->red[i] = (uint16_t)(1024 + random_below(8192));
		shading->green[i] = (uint16_t)(1024 + random_below(8192));
		shading->blue[i] = (uint16_t)random_below(65536);
	}
}

static void random_wishes(struct rkisp1_params_wishes *wishes,
			  const struct ipa_shading *shading)
{
	static const uint32_t revisions[] = { 10, 12, 14 };

	*wishes = (struct rkisp1_params_wishes){
		.hw_revision = revisions[random_below(3)],
		.width = (uint16_t)(32 + random_below(4385)),
		.height = (uint16_t)(32 + random_below(3281)),
		.black_level = (uint16_t)random_below(random_below(2) ? 6000 : 65536),
		.gains = { random_number(0.2, 6), random_number(0.2, 6) },
		.digital_gain = random_number(0.5, 8),
		.gamma = random_below(4) ? &ipa_curve_srgb : NULL,
		.metering = random_below(2) ? IPA_METERING_CENTRE : IPA_METERING_AVERAGE,
		.process = random_below(2),
		.full_range = random_below(2),
		.contrast = random_number(0, 2),
		.saturation = random_number(0, 2),
		.brightness = random_number(-1, 1),
		.shading = random_below(4) ? shading : NULL,
		.view = { random_number(0, 1), random_number(0, 1), random_number(-1, 1),
			  random_number(-1, 1) },
	};
	for (unsigned i = 0; i < 9; i++)
		wishes->matrix.m[i] = random_number(-9, 9);
}

static void test_random(void)
{
	struct ipa_shading *shading = malloc(sizeof(*shading));
	struct rkisp1_params_wishes wishes;

	test_case("rkisp1 params: no wish makes a buffer that the driver refuses");
	for (unsigned i = 0; i < 3000; i++) {
		if (i % 64 == 0)
			random_shading(shading);
		random_wishes(&wishes, shading);
		if (!check_wishes(&wishes, random_below(3) ? random_below(128) :
							     RKISP1_PARAMS_ALL)) {
			printf("# wishes %u of this test\n", i);
			break;
		}
	}
	free(shading);
}

/* ---- one by one ---- */

static const struct rkisp1_params_wishes usual = {
	.hw_revision = RKISP1_REVISION_V10,
	.width = 1600,
	.height = 1200,
	.black_level = 4096,
	.gains = { 1.8, 1.6 },
	.digital_gain = 1,
	.matrix = { { 1, 0, 0, 0, 1, 0, 0, 0, 1 } },
	.gamma = &ipa_curve_srgb,
	.contrast = 1,
	.saturation = 1,
	.view = { 0, 0, 1, 1 },
};

/* The config of a type as wishes and parts load it, copied; false if they don't. */
static bool load(const struct rkisp1_params_wishes *wishes, unsigned parts,
		 enum rkisp1_params_format format, unsigned type, void *config)
{
	struct filled filled;
	bool loaded;

	fill(&filled, wishes, parts, format, EXTENSIBLE_BYTES);
	loaded = take(&filled, format) && filled.configs[type];
	if (loaded)
		memcpy(config, filled.configs[type], kernel[type].config_bytes);
	free(filled.memory);
	return loaded;
}

#define LOAD(wishes, part, type, config)                             \
	load(wishes, RKISP1_PARAMS_##part, RKISP1_FORMAT_EXTENSIBLE, \
	     RKISP1_BLOCK_##type, config)

static void test_black(void)
{
	struct rkisp1_params_wishes wishes = usual;
	struct rkisp1_compand_bls compand;
	struct rkisp1_in_force in_force;
	struct rkisp1_bls bls;

	test_case("rkisp1 params: black level of 12 bits, on the i.MX8MP of 20");
	CHECK(LOAD(&wishes, BLACK, BLS, &bls));
	CHECK_EQ(bls.red, 256);
	CHECK(!LOAD(&wishes, BLACK, COMPAND_BLS, &compand));
	wishes.hw_revision = RKISP1_REVISION_IMX8MP;
	CHECK(!LOAD(&wishes, BLACK, BLS, &bls));
	CHECK(LOAD(&wishes, BLACK, COMPAND_BLS, &compand));
	CHECK_EQ(compand.red, 65536);
	CHECK_EQ(compand.green_red, 65536);
	CHECK_EQ(compand.green_blue, 65536);
	CHECK_EQ(compand.blue, 65536);

	test_case("rkisp1 params: fixed ones leave black level to the i.MX8MP");
	CHECK(!load(&wishes, RKISP1_PARAMS_ALL, RKISP1_FORMAT_FIXED, RKISP1_BLOCK_BLS, &bls));
	rkisp1_in_force_init(&in_force, &wishes, RKISP1_FORMAT_FIXED);
	CHECK_EQ(in_force.black_level, 0);
	CHECK_EQ(in_force.black_level_left, 4096);
	CHECK_EQ(in_force.factors[1] * 256, 256);
	rkisp1_in_force_init(&in_force, &wishes, RKISP1_FORMAT_EXTENSIBLE);
	CHECK_EQ(in_force.black_level, 4096);
	CHECK_EQ(in_force.black_level_left, 0);
}

static void test_gains(void)
{
	struct rkisp1_params_wishes wishes = usual;
	struct rkisp1_in_force in_force;
	struct rkisp1_awb_gain gain;

	test_case("rkisp1 params: gains, and black level made up for");
	CHECK(LOAD(&wishes, GAINS, AWB_GAIN, &gain));
	CHECK_EQ(gain.green_red, 273); /* 256 * 16 / 15 */
	CHECK_EQ(gain.red, 492);       /* 1.8 times that */
	CHECK_EQ(gain.blue, 437);      /* 1.6 times that */
	rkisp1_in_force_init(&in_force, &wishes, RKISP1_FORMAT_EXTENSIBLE);
	CHECK_EQ(in_force.factors[0] * 256, 492);
	CHECK_EQ(in_force.factors[1] * 256, 273);
	CHECK_EQ(in_force.factors[2] * 256, 437);
	CHECK_EQ(lround(in_force.digital_gain * 1000), 1000);
	CHECK_EQ(in_force.white_pixels, 1200 * 900);

	test_case("rkisp1 params: gains below 1 raise the other colours");
	wishes.black_level = 0;
	wishes.gains = (struct ipa_gains){ 0.5, 1 };
	CHECK(LOAD(&wishes, GAINS, AWB_GAIN, &gain));
	CHECK_EQ(gain.red, 256);
	CHECK_EQ(gain.green_red, 512);
	CHECK_EQ(gain.green_blue, 512);
	CHECK_EQ(gain.blue, 512);

	test_case("rkisp1 params: digital gain, as far as colours allow");
	wishes.gains = (struct ipa_gains){ 2, 1.5 };
	wishes.digital_gain = 1.5;
	CHECK(LOAD(&wishes, GAINS, AWB_GAIN, &gain));
	CHECK_EQ(gain.red, 768);
	CHECK_EQ(gain.green_red, 384);
	wishes.digital_gain = 8;
	CHECK(LOAD(&wishes, GAINS, AWB_GAIN, &gain));
	CHECK_EQ(gain.red, 1023);
	CHECK_EQ(gain.green_red, 512);
	CHECK_EQ(gain.blue, 767);
	rkisp1_in_force_init(&in_force, &wishes, RKISP1_FORMAT_EXTENSIBLE);
	CHECK_EQ(lround(in_force.digital_gain * 1000), 1998);
}

static void test_matrix(void)
{
	struct rkisp1_params_wishes wishes = usual;
	struct rkisp1_in_force in_force;
	struct rkisp1_ctk ctk;

	test_case("rkisp1 params: matrix in 11 bits, whose rows keep their sum");
	wishes.matrix = (struct ipa_matrix){ { 1.5, -0.254, -0.246, -0.3, 1.6, -0.3,
					       0.004, -0.504, 1.5 } };
	CHECK(LOAD(&wishes, MATRIX, CTK, &ctk));
	CHECK_EQ(ctk.matrix[0][0], 192);
	CHECK_EQ(ctk.matrix[0][1], 2048 - 33);
	CHECK_EQ(ctk.matrix[0][2], 2048 - 31);
	CHECK_EQ(ctk.matrix[1][0], 2048 - 38);
	CHECK_EQ(ctk.matrix[1][1], 204); /* 204.8 rounded is 205: sum 129 */
	CHECK_EQ(ctk.matrix[2][0], 1);
	CHECK_EQ(ctk.matrix[2][1], 2048 - 65);
	CHECK_EQ(ctk.matrix[2][2], 192);

	test_case("rkisp1 params: a matrix beyond the hardware ends where that does");
	wishes.matrix = (struct ipa_matrix){ { 8.003, -0.0078, 0, 20, -20, 0, 0, 0, 1 } };
	CHECK(LOAD(&wishes, MATRIX, CTK, &ctk));
	CHECK_EQ(ctk.matrix[0][0], 1023);
	CHECK_EQ(ctk.matrix[0][1], 2047);
	CHECK_EQ(ctk.matrix[1][0], 1023);
	CHECK_EQ(ctk.matrix[1][1], 1025); /* the row adds up to 0 */

	test_case("rkisp1 params: the inverse is that of the rounded matrix");
	wishes.matrix = (struct ipa_matrix){ { 1.5, -0.254, -0.246, -0.3, 1.6, -0.3,
					       0.004, -0.504, 1.5 } };
	CHECK(LOAD(&wishes, MATRIX, CTK, &ctk));
	rkisp1_in_force_init(&in_force, &wishes, RKISP1_FORMAT_FIXED);
	for (unsigned row = 0; row < 3; row++) {
		const double *inverse = &in_force.inverse.m[3 * row];
		double sum = 0;

		for (unsigned i = 0; i < 3; i++)
			sum += inverse[i] * (int16_t)(ctk.matrix[i][row] << 5) / 32 / 128;
		CHECK_EQ(lround(sum * 1e6), 1000000);
	}
	memset(&wishes.matrix, 0, sizeof(wishes.matrix));
	rkisp1_in_force_init(&in_force, &wishes, RKISP1_FORMAT_FIXED);
	for (unsigned i = 0; i < 9; i++)
		CHECK(!(in_force.inverse.m[i] > 0) && !(in_force.inverse.m[i] < 0));
}

static void test_gamma(void)
{
	/* Steps of 64, 128, 256 and 512 of 4096, on the curve's own scale. */
	static const uint16_t xs[17] = { 0,     1024,  2048,  3072,  4096,  6144,
					 8192,  10240, 12288, 16384, 20480, 24576,
					 32768, 40959, 49151, 57343, 65535 };
	struct rkisp1_params_wishes wishes = usual;
	struct rkisp1_goc goc;
	struct filled filled;
	uint32_t masks[3];

	test_case("rkisp1 params: gamma at 17 places that double, on V12 at 33 even ones");
	CHECK(LOAD(&wishes, GAMMA, GOC, &goc));
	for (unsigned i = 0; i < 17; i++)
		CHECK_EQ(goc.y[i],
			 lround(ipa_curve_at(&ipa_curve_srgb, xs[i]) / 65535. * 1023));
	CHECK_EQ(goc.y[16], 1023);
	wishes.hw_revision = RKISP1_REVISION_V12;
	CHECK(LOAD(&wishes, GAMMA, GOC, &goc));
	CHECK_EQ(goc.y[1], lround(ipa_curve_at(&ipa_curve_srgb, 2048) / 65535. * 4095));
	CHECK_EQ(goc.y[32], 4095);
	CHECK_EQ(goc.y[33], 4095);

	test_case("rkisp1 params: without gamma it is switched off");
	wishes.gamma = NULL;
	fill(&filled, &wishes, RKISP1_PARAMS_GAMMA, RKISP1_FORMAT_FIXED, FIXED_BYTES);
	memcpy(masks, filled.memory, sizeof(masks));
	CHECK_EQ(masks[0], 1 << 9);
	CHECK_EQ(masks[1], 0);
	CHECK_EQ(masks[2], 0);
	free(filled.memory);
	fill(&filled, &wishes, RKISP1_PARAMS_GAMMA, RKISP1_FORMAT_EXTENSIBLE,
	     EXTENSIBLE_BYTES);
	CHECK(take(&filled, RKISP1_FORMAT_EXTENSIBLE));
	CHECK_EQ(filled.seen, 1 << 7);
	CHECK_EQ(filled.enabled, 0);
	free(filled.memory);
}

static void test_process(void)
{
	struct rkisp1_params_wishes wishes = usual;
	struct rkisp1_cproc cproc;
	struct filled filled;

	test_case("rkisp1 params: colour processing and its ranges");
	wishes.process = true;
	wishes.contrast = 1.25;
	wishes.saturation = 3;
	wishes.brightness = -0.25;
	CHECK(LOAD(&wishes, PROCESS, CPROC, &cproc));
	CHECK_EQ(cproc.contrast, 160);
	CHECK_EQ(cproc.saturation, 255);
	CHECK_EQ(cproc.brightness, 256 - 32);
	CHECK_EQ(cproc.hue, 0);
	CHECK_EQ(cproc.luma_in_full | cproc.luma_out_full | cproc.chroma_out_full, 0);
	wishes.full_range = true;
	CHECK(LOAD(&wishes, PROCESS, CPROC, &cproc));
	CHECK_EQ(cproc.luma_in_full & cproc.luma_out_full & cproc.chroma_out_full, 1);

	test_case("rkisp1 params: black level stands behind colour processing");
	for (unsigned i = 0; i < 2; i++) {
		wishes.hw_revision = i ? RKISP1_REVISION_IMX8MP : RKISP1_REVISION_V10;
		fill(&filled, &wishes, RKISP1_PARAMS_PROCESS, RKISP1_FORMAT_EXTENSIBLE,
		     EXTENSIBLE_BYTES);
		CHECK(take(&filled, RKISP1_FORMAT_EXTENSIBLE));
		CHECK_EQ(filled.bytesused, 8 + 16 + 40);
		CHECK_EQ(filled.seen, 1 << 10 | 1 << 0);
		free(filled.memory);
	}
}

static void test_measure(void)
{
	struct rkisp1_params_wishes wishes = usual;
	struct rkisp1_hst_meas histogram;
	struct rkisp1_awb_meas white;

	test_case("rkisp1 params: windows, of the size behind the crop");
	CHECK(LOAD(&wishes, MEASURE, AWB_MEAS, &white));
	CHECK_EQ(white.window.left, 200);
	CHECK_EQ(white.window.top, 150);
	CHECK_EQ(white.window.width, 1200);
	CHECK_EQ(white.window.height, 900);
	CHECK(LOAD(&wishes, MEASURE, HST_MEAS, &histogram));
	CHECK_EQ(histogram.window.width, 1600);
	CHECK_EQ(histogram.window.height, 1200);
	CHECK_EQ(histogram.divider, 10); /* 1600 * 1200 * 3 / 65536 is 87.9 */
	CHECK_EQ(histogram.weights[0], 1);
	CHECK_EQ(histogram.weights[12], 1);

	test_case("rkisp1 params: weights for the middle");
	wishes.metering = IPA_METERING_CENTRE;
	CHECK(LOAD(&wishes, MEASURE, HST_MEAS, &histogram));
	CHECK_EQ(histogram.weights[0], 1);
	CHECK_EQ(histogram.weights[2], 4);
	CHECK_EQ(histogram.weights[12], 16);
	CHECK_EQ(histogram.weights[24], 1);
	CHECK_EQ(histogram.weights[25], 0);
	wishes.hw_revision = RKISP1_REVISION_V12;
	CHECK(LOAD(&wishes, MEASURE, HST_MEAS, &histogram));
	CHECK_EQ(histogram.weights[40], 16);
	CHECK_EQ(histogram.weights[80], 1);
}

static void test_view(void)
{
	static const struct sensor_view mode = { 0.25, 0.5, 0.5, 0.25 };
	struct rkisp1_view view;

	test_case("rkisp1 params: a mode's part of the picture, mirrored or not");
	view = rkisp1_view_of(&mode, false, false);
	CHECK(memcmp(&view, &(struct rkisp1_view){ 0.25, 0.5, 0.5, 0.25 }, sizeof(view)) == 0);
	view = rkisp1_view_of(&mode, true, false);
	CHECK(memcmp(&view, &(struct rkisp1_view){ 0.75, 0.5, -0.5, 0.25 }, sizeof(view)) ==
	      0);
	view = rkisp1_view_of(&mode, false, true);
	CHECK(memcmp(&view, &(struct rkisp1_view){ 0.25, 0.75, 0.5, -0.25 },
		     sizeof(view)) == 0);
}

static void test_shading(void)
{
	struct rkisp1_params_wishes wishes = usual;
	struct ipa_shading *shading = calloc(1, sizeof(*shading));
	struct rkisp1_lsc lsc;

	/* Red rises to the right, green down; blue is too much for V10. */
	shading->columns = 2;
	shading->rows = 2;
	memcpy(shading->red, (uint16_t[]){ 1024, 2048, 1024, 2048 }, 8);
	memcpy(shading->green, (uint16_t[]){ 1024, 1024, 2048, 2048 }, 8);
	memcpy(shading->blue, (uint16_t[]){ 5000, 5000, 5000, 5000 }, 8);
	wishes.shading = shading;
	wishes.width = 1640;
	wishes.height = 1232;

	test_case("rkisp1 params: lens shading");
	CHECK(LOAD(&wishes, SHADING, LSC, &lsc));
	CHECK_EQ(lsc.x_size[0], 102); /* 820 / 8 is 102.5 */
	CHECK_EQ(lsc.x_size[1], 103);
	CHECK_EQ(lsc.x_gradient[0], 321);
	CHECK_EQ(lsc.y_size[0], 77);
	CHECK_EQ(lsc.red[0][0], 1024);
	CHECK_EQ(lsc.red[0][8], 1536);
	CHECK_EQ(lsc.red[16][16], 2048);
	CHECK_EQ(lsc.red[3][1], lround(1024 + 1024 * 102 / 1640.));
	CHECK_EQ(lsc.red[3][15], lround(2048 - 1024 * 102 / 1640.));
	CHECK_EQ(lsc.green_red[16][0], 2048);
	CHECK_EQ(lsc.green_blue[8][0], 1536);
	CHECK_EQ(lsc.blue[5][5], 4095);
	wishes.hw_revision = RKISP1_REVISION_V12;
	CHECK(LOAD(&wishes, SHADING, LSC, &lsc));
	CHECK_EQ(lsc.blue[5][5], 5000);

	test_case("rkisp1 params: shading of a part of the picture, mirrored");
	wishes.view = (struct rkisp1_view){ 0.75, 0.25, -0.5, 0.5 };
	CHECK(LOAD(&wishes, SHADING, LSC, &lsc));
	CHECK_EQ(lsc.red[0][0], 1792);
	CHECK_EQ(lsc.red[0][16], 1280);
	CHECK_EQ(lsc.green_red[0][0], 1280);
	CHECK_EQ(lsc.green_red[16][0], 1792);

	test_case("rkisp1 params: no table, or too small a picture for it, no shading");
	wishes.height = 143;
	CHECK(!LOAD(&wishes, SHADING, LSC, &lsc));
	wishes.height = 144;
	CHECK(LOAD(&wishes, SHADING, LSC, &lsc));
	shading->columns = 0;
	CHECK(!LOAD(&wishes, SHADING, LSC, &lsc));
	wishes.shading = NULL;
	CHECK(!LOAD(&wishes, SHADING, LSC, &lsc));
	free(shading);
}

static void test_parts(void)
{
	static const struct {
		unsigned part, blocks;
	} parts[] = {
		{ 0, 0 },
		{ RKISP1_PARAMS_BLACK, 1 << 0 },
		{ RKISP1_PARAMS_GAINS, 1 << 3 },
		{ RKISP1_PARAMS_MATRIX, 1 << 6 },
		{ RKISP1_PARAMS_GAMMA, 1 << 7 },
		{ RKISP1_PARAMS_MEASURE, 1 << 13 | 1 << 14 | 1 << 15 },
		{ RKISP1_PARAMS_GAINS | RKISP1_PARAMS_MATRIX, 1 << 3 | 1 << 6 },
		{ RKISP1_PARAMS_ALL, 0xe4c9 },
	};
	struct filled filled;

	test_case("rkisp1 params: what is asked for is loaded and no more");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		fill(&filled, &usual, parts[i].part, RKISP1_FORMAT_EXTENSIBLE,
		     EXTENSIBLE_BYTES);
		CHECK(take(&filled, RKISP1_FORMAT_EXTENSIBLE));
		CHECK_EQ(filled.seen, parts[i].blocks);
		free(filled.memory);
		fill(&filled, &usual, parts[i].part, RKISP1_FORMAT_FIXED, FIXED_BYTES);
		CHECK(take(&filled, RKISP1_FORMAT_FIXED));
		CHECK_EQ(filled.seen, parts[i].blocks);
		free(filled.memory);
	}

	test_case("rkisp1 params: of fixed ones nothing is left of what was there");
	fill(&filled, &usual, 0, RKISP1_FORMAT_FIXED, FIXED_BYTES);
	for (unsigned i = 0; i < FIXED_BYTES; i++)
		if (!CHECK_EQ(filled.memory[i], 0))
			break;
	free(filled.memory);
}

static void test_refused(void)
{
	struct rkisp1_params_wishes wishes = usual;
	struct filled filled;
	uint32_t needed;

	test_case("rkisp1 params: a buffer that is too small, never written beyond");
	fill(&filled, &usual, RKISP1_PARAMS_ALL, RKISP1_FORMAT_EXTENSIBLE, EXTENSIBLE_BYTES);
	needed = filled.bytesused;
	free(filled.memory);
	for (size_t bytes = 0; bytes <= needed; bytes++) {
		fill(&filled, &usual, RKISP1_PARAMS_ALL, RKISP1_FORMAT_EXTENSIBLE, bytes);
		if (!CHECK_EQ(filled.ret, bytes < needed ? -ENOSPC : 0))
			bytes = needed;
		free(filled.memory);
	}
	fill(&filled, &usual, RKISP1_PARAMS_ALL, RKISP1_FORMAT_FIXED, FIXED_BYTES - 1);
	CHECK_EQ(filled.ret, -ENOSPC);
	free(filled.memory);

	test_case("rkisp1 params: revisions and sizes that can't be");
	for (uint32_t revision = 0; revision < 20; revision++) {
		wishes.hw_revision = revision;
		fill(&filled, &wishes, RKISP1_PARAMS_ALL, RKISP1_FORMAT_FIXED, FIXED_BYTES);
		CHECK_EQ(filled.ret,
			 revision == 10 || revision == 12 || revision == 14 ? 0 : -EINVAL);
		free(filled.memory);
	}
	fill(&filled, &usual, RKISP1_PARAMS_ALL, V4L2_META_FMT_RK_ISP1_STAT_3A, FIXED_BYTES);
	CHECK_EQ(filled.ret, -EINVAL);
	free(filled.memory);
	for (unsigned i = 0; i < 4; i++) {
		wishes = usual;
		*(i % 2 ? &wishes.width : &wishes.height) = i < 2 ? 31 : 8192;
		fill(&filled, &wishes, RKISP1_PARAMS_ALL, RKISP1_FORMAT_FIXED, FIXED_BYTES);
		CHECK_EQ(filled.ret, -EINVAL);
		free(filled.memory);
	}
}

static void test_tuning(void)
{
	const struct ipa_sensor_model model = { .name = "none", .black_level = 4096 };
	struct ipa_tuning *tuning = malloc(sizeof(*tuning));
	struct rkisp1_params_wishes wishes;

	test_case("rkisp1 params: wishes of a tuning");
	ipa_tuning_init(tuning, &model);
	rkisp1_params_init(&wishes, RKISP1_REVISION_V10, tuning);
	wishes.width = 640;
	wishes.height = 480;
	CHECK_EQ(wishes.black_level, tuning->black_level);
	CHECK_EQ(wishes.digital_gain * 256, 256);
	CHECK_EQ(wishes.contrast * 256, 256);
	CHECK_EQ(wishes.saturation * 256, 256);
	CHECK_EQ(wishes.gains.red * 256, 256);
	CHECK_EQ(wishes.gains.blue * 256, 256);
	CHECK_MEM_EQ(&wishes.matrix, &ipa_matrix_identity, sizeof(wishes.matrix));
	CHECK_EQ(wishes.metering, tuning->metering);
	CHECK(wishes.gamma == &tuning->gamma);
	CHECK(wishes.shading == &tuning->shading);
	CHECK(check_wishes(&wishes, RKISP1_PARAMS_ALL));
	free(tuning);
}

int main(void)
{
	test_black();
	test_gains();
	test_matrix();
	test_gamma();
	test_process();
	test_measure();
	test_view();
	test_shading();
	test_parts();
	test_refused();
	test_tuning();
	test_random();
	return test_done();
}
