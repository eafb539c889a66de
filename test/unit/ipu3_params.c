// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Parameters of an ImgU: looked through as the driver of 6.12 does while it takes them, for
 * many wishes, sane and not.
 */
#include "ipu3/params.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "ipu3/layout.h"
#include "test/unit/test.h"

#define PARAMS_BYTES 39328

/* Where the driver has the blocks, and the bits that say that they are in use. */
static const struct {
	enum ipu3_params_part part;
	unsigned word, bit, offset, bytes;
} blocks[] = {
	{ IPU3_PARAMS_GAINS, 1, 0, 12, 80 },
	{ IPU3_PARAMS_MATRIX, 1, 3, 172, 24 },
	{ IPU3_PARAMS_GAMMA, 1, 4, 204, 544 },
	{ IPU3_PARAMS_YUV, 1, 5, 748, 24 },
	{ IPU3_PARAMS_MEASURE, 1, 24, 37280, 96 },
	{ IPU3_PARAMS_MEASURE, 1, 25, 37376, 32 },
	{ IPU3_PARAMS_BLACK, 2, 4, 39292, 8 },
};
#define NUM_BLOCKS (sizeof(blocks) / sizeof(blocks[0]))

/* A filled buffer, in memory that ends where it does, and what was in it before. */
struct filled {
	struct ipu3_params *params;
	unsigned char garbage;
	uint32_t bytesused;
	int ret;
};

static void fill(struct filled *filled, const struct ipu3_params_wishes *wishes,
		 unsigned parts, unsigned char garbage)
{
	*filled = (struct filled){ .params = malloc(PARAMS_BYTES), .garbage = garbage };
	memset(filled->params, garbage, PARAMS_BYTES);
	filled->ret = ipu3_params_fill(wishes, parts, filled->params, PARAMS_BYTES,
				       &filled->bytesused);
}

/* ---- what the driver looks at ---- */

/* Only known flags, each with its block; bytes that are not of such a block are left alone. */
static bool check_flags(const struct filled *filled, unsigned parts)
{
	const unsigned char *bytes = (const void *)filled->params;
	uint32_t wanted[3] = { 0 };
	unsigned at = 12;
	bool held = true;

	for (size_t i = 0; i < NUM_BLOCKS; i++) {
		if (!(parts & blocks[i].part))
			continue;
		wanted[blocks[i].word] |= 1u << blocks[i].bit;
		for (; held && at < blocks[i].offset; at++)
			held &= CHECK_EQ(bytes[at], filled->garbage);
		at += blocks[i].bytes;
	}
	for (; held && at < PARAMS_BYTES; at++)
		held &= CHECK_EQ(bytes[at], filled->garbage);
	return held && CHECK_MEM_EQ(filled->params->use, wanted, sizeof(wanted));
}

/* A block replaces all of the one before it, so nothing of the old buffer may be in it. */
static bool check_complete(const struct filled *one, const struct filled *other, unsigned parts)
{
	bool held = true;

	for (size_t i = 0; held && i < NUM_BLOCKS; i++)
		if (parts & blocks[i].part)
			held &= CHECK_MEM_EQ((const char *)one->params + blocks[i].offset,
					     (const char *)other->params + blocks[i].offset,
					     blocks[i].bytes);
	return held;
}

struct range {
	unsigned least, most;
};

static bool is_in(unsigned value, struct range range)
{
	return value >= range.least && value <= range.most;
}

static bool check_grid(const struct ipu3_grid *grid, const struct ipu3_params_wishes *wishes,
		       struct range columns, struct range rows, struct range log2)
{
	unsigned log2_width = grid->cell & 7, log2_height = grid->cell >> 3 & 7;
	unsigned right = (grid->x_start & 0xfffu) + ((unsigned)grid->columns << log2_width);
	unsigned bottom = (grid->y_start & 0xfffu) + ((unsigned)grid->rows << log2_height);

	return CHECK(is_in(grid->columns, columns)) && CHECK(is_in(grid->rows, rows)) &&
	       CHECK(is_in(log2_width, log2)) && CHECK(is_in(log2_height, log2)) &&
	       CHECK(right <= wishes->width) && CHECK(bottom <= wishes->height) &&
	       CHECK_EQ(grid->x_end, right - 1) && CHECK_EQ(grid->y_end, bottom - 1) &&
	       CHECK(grid->cell >> 6 & 0xff);
}

/* How wide the left of two stripes is: imgu_css_cfg_acc_stripe(). */
static unsigned left_of_two(unsigned width)
{
	unsigned left = ((width / 2) & ~127u) + 128;

	if ((width / 128 & 1) != !!(width & 127))
		left += 128;
	if ((width / 128 & 1) && (width & 127))
		left += 128;
	return left;
}

/*
 * What imgu_css_cfg_acc() gives each stripe: all columns to the left one, or to both a part.
 * In one stripe all are its own, though the driver reckons with it as if there were two.
 */
static bool check_stripes(const struct ipu3_grid *grid, unsigned width, unsigned margin)
{
	unsigned log2_width = grid->cell & 7, left = left_of_two(width);
	unsigned alone = (width + 127) & ~127u;
	unsigned part = (left - margin - grid->x_start + 1) >> log2_width;
	unsigned part_alone = (alone - margin - grid->x_start + 1) >> log2_width;
	bool held = CHECK(grid->x_start < 10);

	if (grid->x_end > left - 10)
		held &= CHECK(part > 0 && part < grid->columns);
	if (grid->x_end > alone - 10)
		held &= CHECK(part_alone <= grid->columns);
	return held;
}

/* imgu_css_acc_process_lines(), where what is left below the grid is of no sign. */
static bool check_lines(const struct ipu3_grid *grid, unsigned height, unsigned lag)
{
	unsigned log2_height = grid->cell >> 3 & 7;
	int last = (grid->y_start & 0xfff) + (grid->rows << log2_height);

	return CHECK((int)height - last - (int)lag >= 0);
}

static bool check_awb(const struct ipu3_awb *awb, const struct ipu3_params_wishes *wishes)
{
	return check_grid(&awb->grid, wishes, (struct range){ 16, 80 },
			  (struct range){ 16, 60 }, (struct range){ 3, 6 }) &&
	       check_stripes(&awb->grid, wishes->width, 0) &&
	       check_lines(&awb->grid, wishes->height, 0) &&
	       CHECK_EQ(awb->grid.y_start, 0) && CHECK_EQ(awb->threshold_blue >> 14, 3) &&
	       CHECK(awb->threshold_red <= 8191 && awb->threshold_red > 3900) &&
	       CHECK_EQ(awb->threshold_green_red, awb->threshold_red) &&
	       CHECK_EQ(awb->threshold_green_blue, awb->threshold_red) &&
	       CHECK_EQ(awb->threshold_blue & 0x3fff, awb->threshold_red);
}

static bool check_af(const struct ipu3_af *af, const struct ipu3_params_wishes *wishes)
{
	return check_grid(&af->grid, wishes, (struct range){ 16, 32 },
			  (struct range){ 16, 24 }, (struct range){ 3, 7 }) &&
	       check_stripes(&af->grid, wishes->width, 10) &&
	       check_lines(&af->grid, wishes->height, 4) &&
	       CHECK_EQ(af->grid.y_start, 0x8000) &&
	       CHECK_EQ(af->shares[0] + af->shares[1] + af->shares[2] + af->shares[3], 32) &&
	       CHECK_EQ(af->y1[11], 1 << (af->shifts >> 8 & 15)) &&
	       CHECK_EQ(af->y2[11], 1 << (af->shifts >> 16 & 15));
}

static int sign_extend(uint32_t value)
{
	return (int)((value & 0x1fff) ^ 0x1000) - 0x1000;
}

static bool check_bnr(const struct ipu3_bnr *bnr, const struct ipu3_params_wishes *wishes)
{
	int x = wishes->width / 2, y = wishes->height / 2;
	bool held = CHECK_EQ(sign_extend(bnr->center), -x) &&
		    CHECK_EQ(sign_extend(bnr->center >> 16), -y) &&
		    CHECK_EQ(bnr->center_x_square, x * x) &&
		    CHECK_EQ(bnr->center_y_square, y * y) &&
		    CHECK_EQ(bnr->columns, wishes->width) &&
		    CHECK_EQ(bnr->gain_green_red, bnr->gain_green_blue) &&
		    CHECK(is_in(bnr->noise >> 27, (struct range){ 12, 20 })) &&
		    CHECK_EQ(bnr->detect >> 27, 15);

	for (unsigned i = 0; held && i < 32; i++)
		held &= CHECK(abs((int)lround(16 * sqrt(i + 1)) - bnr->roots[i]) <= 1);
	return held;
}

static bool check_look(const struct ipu3_params *params, unsigned parts)
{
	const struct ipu3_gamma *gamma = &params->gamma;
	const struct ipu3_black *black = &params->black;
	bool held = true;

	if (parts & IPU3_PARAMS_GAMMA) {
		held &= CHECK_EQ(gamma->enable, 1) && CHECK_EQ(gamma->y[0], 0) &&
			CHECK_EQ(gamma->y[255], 8191);
		for (unsigned i = 1; held && i < 256; i++)
			held &= CHECK(gamma->y[i] >= gamma->y[i - 1]);
	}
	if (parts & IPU3_PARAMS_BLACK)
		held &= CHECK(black->red <= 512) && CHECK_EQ(black->green_red, black->red) &&
			CHECK_EQ(black->green_blue, black->red) &&
			CHECK_EQ(black->blue, black->red);
	if (parts & IPU3_PARAMS_MATRIX)
		held &= CHECK_EQ(params->ccm.rows[0][3], 0) &&
			CHECK_EQ(params->ccm.rows[1][3], 0) &&
			CHECK_EQ(params->ccm.rows[2][3], 0);
	return held;
}

static bool check_wishes(const struct ipu3_params_wishes *wishes, unsigned parts)
{
	struct filled one, other;
	bool held;

	fill(&one, wishes, parts, 0xa5);
	fill(&other, wishes, parts, 0x5a);
	held = CHECK_EQ(one.ret, 0) && CHECK_EQ(other.ret, 0) &&
	       CHECK_EQ(one.bytesused, PARAMS_BYTES) && check_flags(&one, parts) &&
	       check_complete(&one, &other, parts) && check_look(one.params, parts);
	if (held && parts & IPU3_PARAMS_GAINS)
		held = check_bnr(&one.params->bnr, wishes);
	if (held && parts & IPU3_PARAMS_MEASURE)
		held = check_awb(&one.params->awb, wishes) &&
		       check_af(&one.params->af, wishes);
	free(one.params);
	free(other.params);
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

static void random_wishes(struct ipu3_params_wishes *wishes)
{
	*wishes = (struct ipu3_params_wishes){
		.width = (uint16_t)(136 + random_below(5120 - 136 + 1)),
		.height = (uint16_t)(132 + random_below(3840 - 132 + 1)),
		.black_level = (uint16_t)random_below(random_below(2) ? 6000 : 65536),
		.gains = { random_number(0.2, 6), random_number(0.2, 6) },
		.digital_gain = random_number(0.5, 8),
		.gamma = random_below(4) ? &ipa_curve_srgb : NULL,
	};
	for (unsigned i = 0; i < 9; i++)
		wishes->matrix.m[i] = random_number(-9, 9);
}

static void test_random(void)
{
	struct ipu3_params_wishes wishes;

	test_case("ipu3 params: no wish makes a buffer that the driver or its blocks refuse");
	for (unsigned i = 0; i < 2000; i++) {
		random_wishes(&wishes);
		if (!check_wishes(&wishes,
				  random_below(3) ? random_below(32) : IPU3_PARAMS_ALL)) {
			printf("# wishes %u: %ux%u\n", i, wishes.width, wishes.height);
			break;
		}
	}

	test_case("ipu3 params: every width and every height has its grids");
	for (unsigned i = 132; i <= 5120; i++) {
		random_wishes(&wishes);
		wishes.width = (uint16_t)(i < 136 ? 136 : i);
		wishes.height = (uint16_t)(i > 3840 ? 3840 : i);
		if (!check_wishes(&wishes, IPU3_PARAMS_MEASURE)) {
			printf("# %ux%u\n", wishes.width, wishes.height);
			break;
		}
	}
}

/* ---- one by one ---- */

static const struct ipu3_params_wishes usual = {
	.width = 1296,
	.height = 732,
	.black_level = 4096,
	.gains = { 1.8, 1.6 },
	.digital_gain = 1,
	.matrix = { { 1, 0, 0, 0, 1, 0, 0, 0, 1 } },
	.gamma = &ipa_curve_srgb,
};

/* Filled with all parts; lives until the next one. */
static const struct ipu3_params *load(const struct ipu3_params_wishes *wishes)
{
	static struct ipu3_params params;
	uint32_t bytesused;

	memset(&params, 0xa5, sizeof(params));
	CHECK_EQ(ipu3_params_fill(wishes, IPU3_PARAMS_ALL, &params, sizeof(params), &bytesused),
		 0);
	return &params;
}

static void test_black(void)
{
	struct ipu3_params_wishes wishes = usual;
	struct ipu3_in_force in_force;

	test_case("ipu3 params: black level of 10 bits, of all four colours");
	CHECK_EQ(load(&wishes)->black.red, 64);
	CHECK_EQ(load(&wishes)->black.green_red, 64);
	CHECK_EQ(load(&wishes)->black.green_blue, 64);
	CHECK_EQ(load(&wishes)->black.blue, 64);
	ipu3_in_force_init(&in_force, &wishes);
	CHECK_EQ(in_force.black_level, 4096);
	wishes.black_level = 1055; /* 16.48 of 1024 */
	CHECK_EQ(load(&wishes)->black.red, 16);
	wishes.black_level = 1057;
	CHECK_EQ(load(&wishes)->black.red, 17);
	wishes.black_level = 1055;
	ipu3_in_force_init(&in_force, &wishes);
	CHECK_EQ(in_force.black_level, 1024);
	wishes.black_level = 65535;
	CHECK_EQ(load(&wishes)->black.red, 512);
}

static void test_gains(void)
{
	struct ipu3_params_wishes wishes = usual;
	const struct ipu3_params *params = load(&wishes);
	struct ipu3_in_force in_force;

	test_case("ipu3 params: gains, and black level made up for");
	CHECK_EQ(params->bnr.gain_green_red, 546); /* 8192 * (16 / 15 - 1) */
	CHECK_EQ(params->bnr.gain_green_blue, 546);
	CHECK_EQ(params->bnr.gain_red, 7537);  /* 8192 * (1.8 * 16 / 15 - 1) */
	CHECK_EQ(params->bnr.gain_blue, 5789); /* 8192 * (1.6 * 16 / 15 - 1) */
	ipu3_in_force_init(&in_force, &wishes);
	CHECK_EQ(lround(in_force.gains.red * 1000), 1800);
	CHECK_EQ(lround(in_force.gains.blue * 1000), 1600);
	CHECK_EQ(lround(in_force.digital_gain * 1000), 1000);

	test_case("ipu3 params: gains below 1 raise the other colours");
	wishes.black_level = 0;
	wishes.gains = (struct ipa_gains){ 0.5, 1 };
	params = load(&wishes);
	CHECK_EQ(params->bnr.gain_red, 0);
	CHECK_EQ(params->bnr.gain_green_red, 8192);
	CHECK_EQ(params->bnr.gain_blue, 8192);
	ipu3_in_force_init(&in_force, &wishes);
	CHECK_EQ(lround(in_force.gains.red * 1000), 500);
	CHECK_EQ(lround(in_force.gains.blue * 1000), 1000);

	test_case("ipu3 params: digital gain, as far as colours allow");
	wishes.gains = (struct ipa_gains){ 2, 1.5 };
	wishes.digital_gain = 1.5;
	params = load(&wishes);
	CHECK_EQ(params->bnr.gain_red, 16384);
	CHECK_EQ(params->bnr.gain_green_red, 4096);
	wishes.digital_gain = 0.5;
	params = load(&wishes);
	CHECK_EQ(params->bnr.gain_red, 8192);
	CHECK_EQ(params->bnr.gain_green_red, 0);
	wishes.digital_gain = 8;
	params = load(&wishes);
	CHECK_EQ(params->bnr.gain_red, 65535);
	CHECK_EQ(params->bnr.gain_green_red, 28672);
	ipu3_in_force_init(&in_force, &wishes);
	CHECK_EQ(lround(in_force.digital_gain * 1000), 4500);
}

static void test_matrix(void)
{
	struct ipu3_params_wishes wishes = usual;
	const struct ipu3_ccm *ccm;

	test_case("ipu3 params: matrix, 8192 is 1.0, cut where the hardware ends");
	wishes.matrix = (struct ipa_matrix){ { 1.5, -0.25, -0.25, -0.5, 2, -0.5, 9, -9, 1 } };
	ccm = &load(&wishes)->ccm;
	CHECK_EQ(ccm->rows[0][0], 12288);
	CHECK_EQ(ccm->rows[0][1], -2048);
	CHECK_EQ(ccm->rows[1][0], -4096);
	CHECK_EQ(ccm->rows[1][1], 16384);
	CHECK_EQ(ccm->rows[2][0], 32767);
	CHECK_EQ(ccm->rows[2][1], -32768);
	CHECK_EQ(ccm->rows[2][2], 8192);
	CHECK_EQ(ccm->rows[2][3], 0);
}

/* What a colour becomes, around 0, of 16384 * 255. */
static int yuv(const struct ipu3_csc *csc, unsigned row, int red, int green, int blue)
{
	return csc->rows[row][0] * red + csc->rows[row][1] * green + csc->rows[row][2] * blue;
}

static void test_yuv(void)
{
	const struct ipu3_csc *csc = &load(&usual)->csc;
	const int unit = 16384;

	test_case("ipu3 params: YUV of BT.601 in its full range, without offsets");
	CHECK_EQ(yuv(csc, 0, 255, 255, 255), 255 * unit);
	CHECK_EQ(yuv(csc, 1, 255, 255, 255), 0);
	CHECK_EQ(yuv(csc, 2, 255, 255, 255), 0);
	CHECK_EQ(lround(yuv(csc, 0, 1000, 0, 0) / (double)unit), 299);
	CHECK_EQ(lround(yuv(csc, 0, 0, 1000, 0) / (double)unit), 587);
	CHECK_EQ(yuv(csc, 1, 0, 0, 2), unit);
	CHECK_EQ(yuv(csc, 2, 2, 0, 0), unit);
	CHECK_EQ(lround(yuv(csc, 1, 1000, 0, 0) / (double)unit), -169);
	CHECK_EQ(lround(yuv(csc, 2, 0, 0, 1000) / (double)unit), -81);
	for (unsigned row = 0; row < 3; row++)
		CHECK_EQ(csc->rows[row][3], 0);
}

static void test_gamma(void)
{
	struct ipu3_params_wishes wishes = usual;
	const struct ipu3_gamma *gamma = &load(&wishes)->gamma;

	test_case("ipu3 params: gamma at 256 even places, or a straight line");
	CHECK_EQ(gamma->y[51], lround(ipa_curve_at(&ipa_curve_srgb, 13107) / 65535. * 8191));
	CHECK(gamma->y[51] > 3900);
	wishes.gamma = NULL;
	gamma = &load(&wishes)->gamma;
	CHECK_EQ(gamma->enable, 1);
	CHECK_EQ(gamma->y[51], 1638);
	CHECK_EQ(gamma->y[255], 8191);
}

static void test_measure(void)
{
	static const struct {
		uint16_t width, height;
		unsigned columns, log2_width, rows, log2_height;
	} sizes[] = {
		{ 1296, 732, 20, 6, 22, 5 },  { 2592, 1944, 40, 6, 30, 6 },
		{ 4224, 3136, 66, 6, 49, 6 }, { 640, 480, 20, 5, 30, 4 },
		{ 136, 132, 17, 3, 16, 3 },   { 5120, 3840, 80, 6, 60, 6 },
		{ 5119, 3839, 79, 6, 59, 6 }, { 256, 256, 30, 3, 16, 4 },
		{ 384, 1024, 23, 4, 16, 6 },
	};
	struct ipu3_params_wishes wishes = usual;
	const struct ipu3_params *params;
	struct ipu3_in_force in_force;

	test_case("ipu3 params: few large cells, and none that end with the left stripe");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		wishes.width = sizes[i].width;
		wishes.height = sizes[i].height;
		params = load(&wishes);
		CHECK_EQ(params->awb.grid.columns, sizes[i].columns);
		CHECK_EQ(params->awb.grid.rows, sizes[i].rows);
		CHECK_EQ(IPU3_GRID_LOG2_WIDTH(params->awb.grid.cell), sizes[i].log2_width);
		CHECK_EQ(IPU3_GRID_LOG2_HEIGHT(params->awb.grid.cell), sizes[i].log2_height);
		ipu3_in_force_init(&in_force, &wishes);
		CHECK_EQ(in_force.columns, sizes[i].columns);
		CHECK_EQ(in_force.rows, sizes[i].rows);
	}

	test_case("ipu3 params: what counts as saturated, below white without its black level");
	wishes = usual;
	CHECK_EQ(load(&wishes)->awb.threshold_red, 7440); /* 8191 * 15 / 16, less a 32nd */
	wishes.black_level = 0;
	CHECK_EQ(load(&wishes)->awb.threshold_green_blue, 7936);
	CHECK_EQ(load(&wishes)->awb.threshold_blue, 7936 | 0xc000);

	test_case("ipu3 params: the focus grid leaves out the lines by which it lags");
	wishes.height = 24 * 32 + 4;
	CHECK_EQ(load(&wishes)->af.grid.y_end, 24 * 32 - 1);
	wishes.height = 24 * 32 + 3;
	CHECK_EQ(load(&wishes)->af.grid.y_end, 23 * 32 - 1);
}

static void test_init(void)
{
	static struct ipa_tuning tuning;
	struct ipu3_params_wishes wishes;

	test_case("ipu3 params: first wishes are a tuning's, and never black");
	ipa_tuning_init(&tuning, ipa_sensor_find("ov5693"));
	ipu3_params_init(&wishes, 1296, 732, &tuning);
	CHECK_EQ(wishes.width, 1296);
	CHECK_EQ(wishes.height, 732);
	CHECK_EQ(wishes.black_level, 1024);
	CHECK(wishes.gamma == &tuning.gamma);
	CHECK(check_wishes(&wishes, IPU3_PARAMS_ALL));
	CHECK_EQ(load(&wishes)->ccm.rows[0][0], 8192);
	CHECK_EQ(load(&wishes)->ccm.rows[0][1], 0);
	CHECK(load(&wishes)->gamma.y[128] > 4095);
}

static void test_parts(void)
{
	test_case("ipu3 params: what is asked for is loaded and no more");
	for (unsigned parts = 0; parts <= IPU3_PARAMS_ALL; parts++)
		if (!check_wishes(&usual, parts))
			break;
}

static void test_refused(void)
{
	static const struct {
		uint16_t width, height;
	} sizes[] = {
		{ 0, 0 }, { 135, 732 }, { 1296, 131 }, { 5121, 732 }, { 1296, 3841 },
	};
	struct ipu3_params_wishes wishes = usual;
	struct ipu3_params *params = malloc(PARAMS_BYTES - 1);
	uint32_t bytesused = 77;

	test_case("ipu3 params: sizes that can't be, a buffer that is too small");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		wishes.width = sizes[i].width;
		wishes.height = sizes[i].height;
		CHECK_EQ(ipu3_params_fill(&wishes, IPU3_PARAMS_ALL, params,
					  PARAMS_BYTES - 1, &bytesused),
			 -EINVAL);
	}
	CHECK_EQ(ipu3_params_fill(&usual, IPU3_PARAMS_ALL, params, PARAMS_BYTES - 1,
				  &bytesused),
		 -ENOSPC);
	CHECK_EQ(bytesused, 77);
	free(params);
}

int main(void)
{
	test_random();
	test_black();
	test_gains();
	test_matrix();
	test_yuv();
	test_gamma();
	test_measure();
	test_init();
	test_parts();
	test_refused();
	return test_done();
}
