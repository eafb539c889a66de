// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Our structures of a Rockchip ISP's buffers beside the kernel's.
 *
 * With the header that is installed; test/rkisp1-layout.bats compiles this once more with
 * that of the lab kernel, as Debian 12's does not have the extensible parameters.
 */
#include "rkisp1/layout.h"

#include <linux/rkisp1-config.h>

#include "test/unit/test.h"

#define BYTES(type, field) sizeof(((type *)0)->field)

/* The same size; and a field in the same place, of the same size. */
#define SAME_SIZE(ours, theirs) CHECK_EQ(sizeof(struct ours), sizeof(struct theirs))
#define SAME(ours, our_field, theirs, their_field)                                          \
	do {                                                                                \
		CHECK_EQ(offsetof(struct ours, our_field),                                  \
			 offsetof(struct theirs, their_field));                             \
		CHECK_EQ(BYTES(struct ours, our_field), BYTES(struct theirs, their_field)); \
	} while (0)

static void test_correction(void)
{
	test_case("rkisp1 layout: black level, shading, gains, matrix");
	SAME_SIZE(rkisp1_window, rkisp1_cif_isp_window);
	SAME(rkisp1_window, left, rkisp1_cif_isp_window, h_offs);
	SAME(rkisp1_window, top, rkisp1_cif_isp_window, v_offs);
	SAME(rkisp1_window, width, rkisp1_cif_isp_window, h_size);
	SAME(rkisp1_window, height, rkisp1_cif_isp_window, v_size);
	SAME_SIZE(rkisp1_bls, rkisp1_cif_isp_bls_config);
	SAME(rkisp1_bls, enable_auto, rkisp1_cif_isp_bls_config, enable_auto);
	SAME(rkisp1_bls, enable_windows, rkisp1_cif_isp_bls_config, en_windows);
	SAME(rkisp1_bls, windows[0], rkisp1_cif_isp_bls_config, bls_window1);
	SAME(rkisp1_bls, windows[1], rkisp1_cif_isp_bls_config, bls_window2);
	SAME(rkisp1_bls, samples, rkisp1_cif_isp_bls_config, bls_samples);
	SAME(rkisp1_bls, red, rkisp1_cif_isp_bls_config, fixed_val.r);
	SAME(rkisp1_bls, green_red, rkisp1_cif_isp_bls_config, fixed_val.gr);
	SAME(rkisp1_bls, green_blue, rkisp1_cif_isp_bls_config, fixed_val.gb);
	SAME(rkisp1_bls, blue, rkisp1_cif_isp_bls_config, fixed_val.b);
	SAME_SIZE(rkisp1_lsc, rkisp1_cif_isp_lsc_config);
	SAME(rkisp1_lsc, red, rkisp1_cif_isp_lsc_config, r_data_tbl);
	SAME(rkisp1_lsc, green_red, rkisp1_cif_isp_lsc_config, gr_data_tbl);
	SAME(rkisp1_lsc, green_blue, rkisp1_cif_isp_lsc_config, gb_data_tbl);
	SAME(rkisp1_lsc, blue, rkisp1_cif_isp_lsc_config, b_data_tbl);
	SAME(rkisp1_lsc, x_gradient, rkisp1_cif_isp_lsc_config, x_grad_tbl);
	SAME(rkisp1_lsc, y_gradient, rkisp1_cif_isp_lsc_config, y_grad_tbl);
	SAME(rkisp1_lsc, x_size, rkisp1_cif_isp_lsc_config, x_size_tbl);
	SAME(rkisp1_lsc, y_size, rkisp1_cif_isp_lsc_config, y_size_tbl);
	SAME(rkisp1_lsc, width, rkisp1_cif_isp_lsc_config, config_width);
	SAME(rkisp1_lsc, height, rkisp1_cif_isp_lsc_config, config_height);
	SAME_SIZE(rkisp1_awb_gain, rkisp1_cif_isp_awb_gain_config);
	SAME(rkisp1_awb_gain, red, rkisp1_cif_isp_awb_gain_config, gain_red);
	SAME(rkisp1_awb_gain, green_red, rkisp1_cif_isp_awb_gain_config, gain_green_r);
	SAME(rkisp1_awb_gain, blue, rkisp1_cif_isp_awb_gain_config, gain_blue);
	SAME(rkisp1_awb_gain, green_blue, rkisp1_cif_isp_awb_gain_config, gain_green_b);
	SAME_SIZE(rkisp1_ctk, rkisp1_cif_isp_ctk_config);
	SAME(rkisp1_ctk, matrix, rkisp1_cif_isp_ctk_config, coeff);
	SAME(rkisp1_ctk, offset, rkisp1_cif_isp_ctk_config, ct_offset);
}

static void test_look(void)
{
	test_case("rkisp1 layout: gamma, colour processing");
	SAME_SIZE(rkisp1_goc, rkisp1_cif_isp_goc_config);
	SAME(rkisp1_goc, mode, rkisp1_cif_isp_goc_config, mode);
	SAME(rkisp1_goc, y, rkisp1_cif_isp_goc_config, gamma_y);
	CHECK_EQ(RKISP1_GOC_LOGARITHMIC, RKISP1_CIF_ISP_GOC_MODE_LOGARITHMIC);
	CHECK_EQ(RKISP1_GOC_EQUIDISTANT, RKISP1_CIF_ISP_GOC_MODE_EQUIDISTANT);
	SAME_SIZE(rkisp1_cproc, rkisp1_cif_isp_cproc_config);
	SAME(rkisp1_cproc, chroma_out_full, rkisp1_cif_isp_cproc_config, c_out_range);
	SAME(rkisp1_cproc, luma_in_full, rkisp1_cif_isp_cproc_config, y_in_range);
	SAME(rkisp1_cproc, luma_out_full, rkisp1_cif_isp_cproc_config, y_out_range);
	SAME(rkisp1_cproc, contrast, rkisp1_cif_isp_cproc_config, contrast);
	SAME(rkisp1_cproc, brightness, rkisp1_cif_isp_cproc_config, brightness);
	SAME(rkisp1_cproc, saturation, rkisp1_cif_isp_cproc_config, sat);
	SAME(rkisp1_cproc, hue, rkisp1_cif_isp_cproc_config, hue);
}

static void test_measurement(void)
{
	test_case("rkisp1 layout: measurements");
	SAME_SIZE(rkisp1_awb_meas, rkisp1_cif_isp_awb_meas_config);
	SAME(rkisp1_awb_meas, window, rkisp1_cif_isp_awb_meas_config, awb_wnd);
	SAME(rkisp1_awb_meas, mode, rkisp1_cif_isp_awb_meas_config, awb_mode);
	SAME(rkisp1_awb_meas, max_y, rkisp1_cif_isp_awb_meas_config, max_y);
	SAME(rkisp1_awb_meas, min_y, rkisp1_cif_isp_awb_meas_config, min_y);
	SAME(rkisp1_awb_meas, max_chroma_sum, rkisp1_cif_isp_awb_meas_config, max_csum);
	SAME(rkisp1_awb_meas, min_chroma, rkisp1_cif_isp_awb_meas_config, min_c);
	SAME(rkisp1_awb_meas, frames, rkisp1_cif_isp_awb_meas_config, frames);
	SAME(rkisp1_awb_meas, reference_cr, rkisp1_cif_isp_awb_meas_config, awb_ref_cr);
	SAME(rkisp1_awb_meas, reference_cb, rkisp1_cif_isp_awb_meas_config, awb_ref_cb);
	SAME(rkisp1_awb_meas, compare_max_y, rkisp1_cif_isp_awb_meas_config, enable_ymax_cmp);
	CHECK_EQ(RKISP1_AWB_YCBCR, RKISP1_CIF_ISP_AWB_MODE_YCBCR);
	SAME_SIZE(rkisp1_hst_meas, rkisp1_cif_isp_hst_config);
	SAME(rkisp1_hst_meas, mode, rkisp1_cif_isp_hst_config, mode);
	SAME(rkisp1_hst_meas, divider, rkisp1_cif_isp_hst_config, histogram_predivider);
	SAME(rkisp1_hst_meas, window, rkisp1_cif_isp_hst_config, meas_window);
	SAME(rkisp1_hst_meas, weights, rkisp1_cif_isp_hst_config, hist_weight);
	CHECK_EQ(RKISP1_HST_RGB, RKISP1_CIF_ISP_HISTOGRAM_MODE_RGB_COMBINED);
	SAME_SIZE(rkisp1_aec_meas, rkisp1_cif_isp_aec_config);
	SAME(rkisp1_aec_meas, mode, rkisp1_cif_isp_aec_config, mode);
	SAME(rkisp1_aec_meas, autostop, rkisp1_cif_isp_aec_config, autostop);
	SAME(rkisp1_aec_meas, window, rkisp1_cif_isp_aec_config, meas_window);
	CHECK_EQ(RKISP1_AEC_PLAIN, RKISP1_CIF_ISP_EXP_MEASURING_MODE_1);
}

static void test_fixed(void)
{
	test_case("rkisp1 layout: the fixed parameters");
	SAME_SIZE(rkisp1_fixed, rkisp1_params_cfg);
	SAME(rkisp1_fixed, enable_update, rkisp1_params_cfg, module_en_update);
	SAME(rkisp1_fixed, enable, rkisp1_params_cfg, module_ens);
	SAME(rkisp1_fixed, config_update, rkisp1_params_cfg, module_cfg_update);
	SAME(rkisp1_fixed, awb_meas, rkisp1_params_cfg, meas.awb_meas_config);
	SAME(rkisp1_fixed, hst_meas, rkisp1_params_cfg, meas.hst_config);
	SAME(rkisp1_fixed, aec_meas, rkisp1_params_cfg, meas.aec_config);
	SAME(rkisp1_fixed, afc_meas, rkisp1_params_cfg, meas.afc_config);
	SAME(rkisp1_fixed, dpcc, rkisp1_params_cfg, others.dpcc_config);
	SAME(rkisp1_fixed, bls, rkisp1_params_cfg, others.bls_config);
	SAME(rkisp1_fixed, sdg, rkisp1_params_cfg, others.sdg_config);
	SAME(rkisp1_fixed, lsc, rkisp1_params_cfg, others.lsc_config);
	SAME(rkisp1_fixed, awb_gain, rkisp1_params_cfg, others.awb_gain_config);
	SAME(rkisp1_fixed, flt, rkisp1_params_cfg, others.flt_config);
	SAME(rkisp1_fixed, bdm, rkisp1_params_cfg, others.bdm_config);
	SAME(rkisp1_fixed, ctk, rkisp1_params_cfg, others.ctk_config);
	SAME(rkisp1_fixed, goc, rkisp1_params_cfg, others.goc_config);
	SAME(rkisp1_fixed, dpf, rkisp1_params_cfg, others.dpf_config);
	SAME(rkisp1_fixed, dpf_strength, rkisp1_params_cfg, others.dpf_strength_config);
	SAME(rkisp1_fixed, cproc, rkisp1_params_cfg, others.cproc_config);
	SAME(rkisp1_fixed, ie, rkisp1_params_cfg, others.ie_config);
	CHECK_EQ(RKISP1_MODULE_BLS, RKISP1_CIF_ISP_MODULE_BLS);
	CHECK_EQ(RKISP1_MODULE_HST, RKISP1_CIF_ISP_MODULE_HST);
	CHECK_EQ(RKISP1_MODULE_LSC, RKISP1_CIF_ISP_MODULE_LSC);
	CHECK_EQ(RKISP1_MODULE_AWB_GAIN, RKISP1_CIF_ISP_MODULE_AWB_GAIN);
	CHECK_EQ(RKISP1_MODULE_CTK, RKISP1_CIF_ISP_MODULE_CTK);
	CHECK_EQ(RKISP1_MODULE_GOC, RKISP1_CIF_ISP_MODULE_GOC);
	CHECK_EQ(RKISP1_MODULE_CPROC, RKISP1_CIF_ISP_MODULE_CPROC);
	CHECK_EQ(RKISP1_MODULE_AWB, RKISP1_CIF_ISP_MODULE_AWB);
	CHECK_EQ(RKISP1_MODULE_AEC, RKISP1_CIF_ISP_MODULE_AEC);
}

static void test_statistics(void)
{
	test_case("rkisp1 layout: the statistics");
	SAME_SIZE(rkisp1_stats, rkisp1_stat_buffer);
	SAME(rkisp1_stats, measured, rkisp1_stat_buffer, meas_type);
	SAME(rkisp1_stats, frame_id, rkisp1_stat_buffer, frame_id);
	SAME(rkisp1_stats, white_pixels, rkisp1_stat_buffer, params.awb.awb_mean[0].cnt);
	SAME(rkisp1_stats, white_y, rkisp1_stat_buffer, params.awb.awb_mean[0].mean_y_or_g);
	SAME(rkisp1_stats, white_cb, rkisp1_stat_buffer, params.awb.awb_mean[0].mean_cb_or_b);
	SAME(rkisp1_stats, white_cr, rkisp1_stat_buffer, params.awb.awb_mean[0].mean_cr_or_r);
	SAME(rkisp1_stats, cells, rkisp1_stat_buffer, params.ae.exp_mean);
	SAME(rkisp1_stats, black_red, rkisp1_stat_buffer, params.ae.bls_val.meas_r);
	SAME(rkisp1_stats, black_green_red, rkisp1_stat_buffer, params.ae.bls_val.meas_gr);
	SAME(rkisp1_stats, black_green_blue, rkisp1_stat_buffer, params.ae.bls_val.meas_gb);
	SAME(rkisp1_stats, black_blue, rkisp1_stat_buffer, params.ae.bls_val.meas_b);
	SAME(rkisp1_stats, focus, rkisp1_stat_buffer, params.af.window);
	SAME(rkisp1_focus, sharpness, rkisp1_cif_isp_af_meas_val, sum);
	SAME(rkisp1_focus, luma, rkisp1_cif_isp_af_meas_val, lum);
	SAME(rkisp1_stats, bins, rkisp1_stat_buffer, params.hist.hist_bins);
	CHECK_EQ(RKISP1_MEASURED_AWB, RKISP1_CIF_ISP_STAT_AWB);
	CHECK_EQ(RKISP1_MEASURED_AEC, RKISP1_CIF_ISP_STAT_AUTOEXP);
	CHECK_EQ(RKISP1_MEASURED_AFC, RKISP1_CIF_ISP_STAT_AFM);
	CHECK_EQ(RKISP1_MEASURED_HST, RKISP1_CIF_ISP_STAT_HIST);
	CHECK_EQ(rkisp1_grid_side(RKISP1_V10) * rkisp1_grid_side(RKISP1_V10),
		 RKISP1_CIF_ISP_AE_MEAN_MAX_V10);
	CHECK_EQ(rkisp1_grid_side(RKISP1_V12) * rkisp1_grid_side(RKISP1_V12),
		 RKISP1_CIF_ISP_AE_MEAN_MAX_V12);
	CHECK_EQ(rkisp1_num_bins(RKISP1_V10), RKISP1_CIF_ISP_HIST_BIN_N_MAX_V10);
	CHECK_EQ(rkisp1_num_bins(RKISP1_V12), RKISP1_CIF_ISP_HIST_BIN_N_MAX_V12);
}

#ifdef RKISP1_EXT_PARAMS_FL_BLOCK_ENABLE

#define SAME_BLOCK(ours, kind, theirs)                                                  \
	do {                                                                            \
		CHECK_EQ(RKISP1_BLOCK_BYTES(struct ours), sizeof(struct theirs));       \
		CHECK_EQ(sizeof(struct rkisp1_block), offsetof(struct theirs, config)); \
		CHECK_EQ(sizeof(struct ours), BYTES(struct theirs, config));            \
		CHECK_EQ(RKISP1_BLOCK_##kind, RKISP1_EXT_PARAMS_BLOCK_TYPE_##kind);     \
	} while (0)

static void test_extensible(void)
{
	test_case("rkisp1 layout: the extensible parameters");
	SAME(rkisp1_extensible, version, rkisp1_ext_params_cfg, version);
	SAME(rkisp1_extensible, data_bytes, rkisp1_ext_params_cfg, data_size);
	CHECK_EQ(sizeof(struct rkisp1_extensible),
		 offsetof(struct rkisp1_ext_params_cfg, data));
	CHECK_EQ(sizeof(struct rkisp1_ext_params_cfg), 4400);
	CHECK_EQ(RKISP1_EXTENSIBLE_VERSION, RKISP1_EXT_PARAM_BUFFER_V1);
	SAME_SIZE(rkisp1_block, rkisp1_ext_params_block_header);
	SAME(rkisp1_block, type, rkisp1_ext_params_block_header, type);
	SAME(rkisp1_block, flags, rkisp1_ext_params_block_header, flags);
	SAME(rkisp1_block, size_bytes, rkisp1_ext_params_block_header, size);
	CHECK_EQ(RKISP1_BLOCK_DISABLE, RKISP1_EXT_PARAMS_FL_BLOCK_DISABLE);
	CHECK_EQ(RKISP1_BLOCK_ENABLE, RKISP1_EXT_PARAMS_FL_BLOCK_ENABLE);
	SAME_BLOCK(rkisp1_bls, BLS, rkisp1_ext_params_bls_config);
	SAME_BLOCK(rkisp1_awb_gain, AWB_GAIN, rkisp1_ext_params_awb_gain_config);
	SAME_BLOCK(rkisp1_ctk, CTK, rkisp1_ext_params_ctk_config);
	SAME_BLOCK(rkisp1_goc, GOC, rkisp1_ext_params_goc_config);
	SAME_BLOCK(rkisp1_cproc, CPROC, rkisp1_ext_params_cproc_config);
	SAME_BLOCK(rkisp1_lsc, LSC, rkisp1_ext_params_lsc_config);
	SAME_BLOCK(rkisp1_awb_meas, AWB_MEAS, rkisp1_ext_params_awb_meas_config);
	SAME_BLOCK(rkisp1_hst_meas, HST_MEAS, rkisp1_ext_params_hst_config);
	SAME_BLOCK(rkisp1_aec_meas, AEC_MEAS, rkisp1_ext_params_aec_config);
	SAME_BLOCK(rkisp1_compand_bls, COMPAND_BLS, rkisp1_ext_params_compand_bls_config);
	SAME(rkisp1_compand_bls, red, rkisp1_cif_isp_compand_bls_config, r);
	SAME(rkisp1_compand_bls, green_red, rkisp1_cif_isp_compand_bls_config, gr);
	SAME(rkisp1_compand_bls, green_blue, rkisp1_cif_isp_compand_bls_config, gb);
	SAME(rkisp1_compand_bls, blue, rkisp1_cif_isp_compand_bls_config, b);
	CHECK_EQ(RKISP1_REVISION_IMX8MP, RKISP1_V_IMX8MP);
}

#else

static void test_extensible(void)
{
	test_case("rkisp1 layout: the extensible parameters");
	test_skip("the kernel's header is older than 6.12");
}

#endif

int main(void)
{
	test_correction();
	test_look();
	test_measurement();
	test_fixed();
	test_statistics();
	test_extensible();
	return test_done();
}
