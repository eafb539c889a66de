// SPDX-License-Identifier: GPL-2.0-or-later
/* Blocks: the registers of the colour blocks taken apart, once for each frame. */
#include <linux/bitops.h>
#include <linux/string.h>

#include "rkisp1.h"

/* Of RGGB corner 0, register A, is red; each bit of the pattern moves it. */
static u32 corner(const struct rkisp1 *isp, enum scene_filter filter)
{
	return filter ^ (rkisp1_get(isp, RKISP1_CIF_ISP_ACQ_PROP) >> 3 & 3);
}

/* On i.MX8MP black level is taken off by the block that else compands, and has 20 bits. */
static void read_wide_black(const struct rkisp1 *isp, int black[SCENE_FILTERS])
{
	bool on = rkisp1_get(isp, RKISP1_CIF_ISP_COMPAND_CTRL) &
		  RKISP1_CIF_ISP_COMPAND_CTRL_BLS_ENABLE;

	for (int i = 0; i < SCENE_FILTERS; i++) {
		u32 value = rkisp1_get(isp, RKISP1_CIF_ISP_COMPAND_BLS_A_FIXED +
						    4 * corner(isp, i));

		black[i] = on ? (value & 0xfffff) >> 8 : 0;
	}
}

static void read_black(const struct rkisp1 *isp, int black[SCENE_FILTERS])
{
	u32 control = rkisp1_get(isp, RKISP1_CIF_ISP_BLS_CTRL);

	if (isp->imx8mp) {
		read_wide_black(isp, black);
		return;
	}
	for (int i = 0; i < SCENE_FILTERS; i++) {
		u32 value = rkisp1_get(isp, RKISP1_CIF_ISP_BLS_A_FIXED + 4 * corner(isp, i));

		if (control & RKISP1_CIF_ISP_BLS_MODE_MEASURED)
			value = SCENE_BLACK << 2;
		black[i] = control & RKISP1_CIF_ISP_BLS_ENA ? sign_extend32(value, 12) : 0;
	}
}

static void read_gains(const struct rkisp1 *isp, int gain[SCENE_FILTERS])
{
	u32 green = rkisp1_get(isp, RKISP1_CIF_ISP_AWB_GAIN_G_V10);
	u32 other = rkisp1_get(isp, RKISP1_CIF_ISP_AWB_GAIN_RB_V10);
	bool on = rkisp1_get(isp, RKISP1_CIF_ISP_CTRL) & RKISP1_CIF_ISP_CTRL_ISP_AWB_ENA;

	gain[SCENE_R] = on ? other >> 16 & 0x3ff : 256;
	gain[SCENE_GR] = on ? green >> 16 & 0x3ff : 256;
	gain[SCENE_GB] = on ? green & 0x3ff : 256;
	gain[SCENE_B] = on ? other & 0x3ff : 256;
}

static void read_matrix(const struct rkisp1 *isp, u32 base, int bits, int matrix[3][3])
{
	for (int i = 0; i < 9; i++)
		matrix[i / 3][i % 3] = sign_extend32(rkisp1_get(isp, base + 4 * i), bits - 1);
}

/* V12 has a finer curve of 34 points, of which what the last is for is not known: it is left out. */
static void read_gamma(const struct rkisp1 *isp, struct rkisp1_colour_blocks *blocks)
{
	static const u16 logarithmic[RKISP1_CURVE] = { 0,    64,   128,  192,  256,  384,
						       512,  640,  768,  1024, 1280, 1536,
						       2048, 2560, 3072, 3584, 4096 };
	bool equidistant = rkisp1_get(isp, RKISP1_CIF_ISP_GAMMA_OUT_MODE_V10) & 1;

	blocks->gamma = !isp->v12 && rkisp1_get(isp, RKISP1_CIF_ISP_CTRL) &
					     RKISP1_CIF_ISP_CTRL_ISP_GAMMA_OUT_ENA;
	for (int i = 0; i < RKISP1_CURVE; i++) {
		blocks->curve_x[i] = equidistant ? i * 256 : logarithmic[i];
		blocks->curve_y[i] =
			rkisp1_get(isp, RKISP1_CIF_ISP_GAMMA_OUT_Y_0_V10 + 4 * i) & 1023;
	}
}

static void read_process(const struct rkisp1 *isp, struct rkisp1_colour_blocks *blocks)
{
	u32 control = rkisp1_get(isp, RKISP1_CIF_C_PROC_CTRL);

	blocks->process = control & RKISP1_CIF_C_PROC_CTR_ENABLE;
	blocks->process_full = control & RKISP1_CIF_C_PROC_YOUT_FULL;
	blocks->contrast = rkisp1_get(isp, RKISP1_CIF_C_PROC_CONTRAST) & 0xff;
	blocks->saturation = rkisp1_get(isp, RKISP1_CIF_C_PROC_SATURATION) & 0xff;
	blocks->brightness = sign_extend32(rkisp1_get(isp, RKISP1_CIF_C_PROC_BRIGHTNESS), 7);
}

static void read_blocks(const struct rkisp1 *isp, struct rkisp1_colour_blocks *blocks)
{
	u32 control = rkisp1_get(isp, RKISP1_CIF_ISP_CTRL);

	memset(blocks, 0, sizeof(*blocks));
	read_black(isp, blocks->black);
	read_gains(isp, blocks->gain);
	read_matrix(isp, RKISP1_CIF_ISP_CT_COEFF_0, 11, blocks->matrix);
	for (int i = 0; i < 3; i++)
		blocks->offset[i] = sign_extend32(
			rkisp1_get(isp, RKISP1_CIF_ISP_CT_OFFSET_R + 4 * i), 11);
	read_gamma(isp, blocks);
	read_matrix(isp, RKISP1_CIF_ISP_CC_COEFF_0, 9, blocks->to_yuv);
	blocks->luma_full = control & RKISP1_CIF_ISP_CTRL_ISP_CSM_Y_FULL_ENA;
	read_process(isp, blocks);
	blocks->rgb_full = rkisp1_get(isp, RKISP1_CIF_MI_CTRL) &
			   RKISP1_CIF_MI_SP_Y_FULL_YUV2RGB;
}

void rkisp1_develop(struct rkisp1 *isp, const struct scene_frame *frame)
{
	struct rkisp1_colour_blocks blocks;

	memset(isp->lines_of, 0, sizeof(isp->lines_of));
	scene_palette(frame, isp->sensed);
	for (int i = 0; frame->bits == 8 && i < SCENE_COLOURS; i++) {
		for (int j = 0; j < SCENE_FILTERS; j++)
			isp->sensed[i][j] &= ~3;
	}
	if (!rkisp1_makes_colours(isp))
		return;
	read_blocks(isp, &blocks);
	for (int i = 0; i < SCENE_COLOURS; i++)
		rkisp1_colour(&blocks, isp->sensed[i], &isp->colours[i]);
}
