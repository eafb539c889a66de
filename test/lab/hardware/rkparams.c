// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rkparams: hand parameters to the rkisp1 driver, by the kernel's own header.
 *
 *	rkparams NODE fixed|ext [WORD...]   queue one buffer with these blocks, start, say "ready" to
 *	                                    descriptor 9, and wait to be ended:
 *	    black=N          subtracted, 12 bits        gains=RED,GREEN,BLUE   256 is 1.0
 *	    white=X,Y,WxH    white balance measurement, every colour
 *	    cells=X,Y,WxH    exposure measurement and histogram, plain luma
 *	    gamma            a curve that is brighter than a straight line in the dark
 *	rkparams NODE malformed             queue what must be refused, print a line for each
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/rkisp1-config.h>
#include <linux/videodev2.h>

static int node;
static void *memory;
static size_t length;

static void open_buffer(const char *name, __u32 format)
{
	struct v4l2_format wanted = { .type = V4L2_BUF_TYPE_META_OUTPUT };
	struct v4l2_requestbuffers request = { .count = 2,
					       .type = V4L2_BUF_TYPE_META_OUTPUT,
					       .memory = V4L2_MEMORY_MMAP };
	struct v4l2_buffer buffer = { .type = V4L2_BUF_TYPE_META_OUTPUT,
				      .memory = V4L2_MEMORY_MMAP };

	node = open(name, O_RDWR | O_CLOEXEC);
	wanted.fmt.meta.dataformat = format;
	if (node < 0 || ioctl(node, VIDIOC_S_FMT, &wanted) ||
	    ioctl(node, VIDIOC_REQBUFS, &request) || ioctl(node, VIDIOC_QUERYBUF, &buffer))
		err(1, "%s", name);
	if (wanted.fmt.meta.dataformat != format)
		errx(1, "the driver does not know the format");
	length = buffer.length;
	memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, node,
		      buffer.m.offset);
	if (memory == MAP_FAILED)
		err(1, "%s", name);
	memset(memory, 0, length);
}

static int queue_buffer(__u32 used)
{
	struct v4l2_buffer buffer = { .type = V4L2_BUF_TYPE_META_OUTPUT,
				      .memory = V4L2_MEMORY_MMAP,
				      .bytesused = used };

	return ioctl(node, VIDIOC_QBUF, &buffer) ? -errno : 0;
}

/* ---- blocks ---- */

static void set_black(struct rkisp1_cif_isp_bls_config *bls, const char *value)
{
	int black = atoi(value);

	bls->fixed_val.r = bls->fixed_val.gr = bls->fixed_val.gb = bls->fixed_val.b = black;
}

static void set_gains(struct rkisp1_cif_isp_awb_gain_config *gains, const char *value)
{
	if (sscanf(value, "%hu,%hu,%hu", &gains->gain_red, &gains->gain_green_r,
		   &gains->gain_blue) != 3)
		errx(2, "gains are RED,GREEN,BLUE");
	gains->gain_green_b = gains->gain_green_r;
}

static void set_window(struct rkisp1_cif_isp_window *window, const char *value)
{
	if (sscanf(value, "%hu,%hu,%hux%hu", &window->h_offs, &window->v_offs,
		   &window->h_size, &window->v_size) != 4)
		errx(2, "a window is X,Y,WxH");
}

static void set_white(struct rkisp1_cif_isp_awb_meas_config *white, const char *value)
{
	set_window(&white->awb_wnd, value);
	white->awb_mode = RKISP1_CIF_ISP_AWB_MODE_YCBCR;
	white->max_y = 250;
	white->min_y = 16;
	white->max_csum = 250;
	white->min_c = 16;
	white->awb_ref_cr = 128;
	white->awb_ref_cb = 128;
}

static void set_cells(struct rkisp1_cif_isp_aec_config *cells,
		      struct rkisp1_cif_isp_hst_config *histogram, const char *value)
{
	cells->mode = RKISP1_CIF_ISP_EXP_MEASURING_MODE_1;
	set_window(&cells->meas_window, value);
	histogram->mode = RKISP1_CIF_ISP_HISTOGRAM_MODE_RGB_COMBINED;
	histogram->histogram_predivider = 10;
	set_window(&histogram->meas_window, value);
	memset(histogram->hist_weight, 16, sizeof(histogram->hist_weight));
}

static void set_gamma(struct rkisp1_cif_isp_goc_config *gamma)
{
	static const __u16 curve[] = { 0,   200, 290, 350, 400, 480, 540, 600, 640,
				       710, 770, 820, 890, 930, 965, 995, 1023 };

	gamma->mode = RKISP1_CIF_ISP_GOC_MODE_LOGARITHMIC;
	memcpy(gamma->gamma_y, curve, sizeof(curve));
}

/* Whether the word is NAME=VALUE; the value then. */
static const char *value_of(const char *word, const char *name)
{
	size_t size = strlen(name);

	return strncmp(word, name, size) || word[size] != '=' ? NULL : word + size + 1;
}

static void switch_on(struct rkisp1_params_cfg *all, __u32 block)
{
	all->module_en_update |= block;
	all->module_ens |= block;
	all->module_cfg_update |= block;
}

static void fill_fixed(struct rkisp1_params_cfg *all, const char *word)
{
	const char *value;

	if ((value = value_of(word, "black"))) {
		set_black(&all->others.bls_config, value);
		switch_on(all, RKISP1_CIF_ISP_MODULE_BLS);
	} else if ((value = value_of(word, "gains"))) {
		set_gains(&all->others.awb_gain_config, value);
		switch_on(all, RKISP1_CIF_ISP_MODULE_AWB_GAIN);
	} else if ((value = value_of(word, "white"))) {
		set_white(&all->meas.awb_meas_config, value);
		switch_on(all, RKISP1_CIF_ISP_MODULE_AWB);
	} else if ((value = value_of(word, "cells"))) {
		set_cells(&all->meas.aec_config, &all->meas.hst_config, value);
		switch_on(all, RKISP1_CIF_ISP_MODULE_AEC | RKISP1_CIF_ISP_MODULE_HST);
	} else if (!strcmp(word, "gamma")) {
		set_gamma(&all->others.goc_config);
		switch_on(all, RKISP1_CIF_ISP_MODULE_GOC);
	} else {
		errx(2, "%s is no block", word);
	}
}

static void *add_block(struct rkisp1_ext_params_cfg *all, __u16 type, size_t size)
{
	struct rkisp1_ext_params_block_header *header = (void *)(all->data + all->data_size);

	header->type = type;
	header->flags = RKISP1_EXT_PARAMS_FL_BLOCK_ENABLE;
	header->size = size;
	all->data_size += size;
	return header;
}

static void fill_ext(struct rkisp1_ext_params_cfg *all, const char *word)
{
	const char *value;

	if ((value = value_of(word, "black"))) {
		struct rkisp1_ext_params_bls_config *block =
			add_block(all, RKISP1_EXT_PARAMS_BLOCK_TYPE_BLS, sizeof(*block));

		set_black(&block->config, value);
	} else if ((value = value_of(word, "gains"))) {
		struct rkisp1_ext_params_awb_gain_config *block = add_block(
			all, RKISP1_EXT_PARAMS_BLOCK_TYPE_AWB_GAIN, sizeof(*block));

		set_gains(&block->config, value);
	} else if ((value = value_of(word, "white"))) {
		struct rkisp1_ext_params_awb_meas_config *block = add_block(
			all, RKISP1_EXT_PARAMS_BLOCK_TYPE_AWB_MEAS, sizeof(*block));

		set_white(&block->config, value);
	} else if ((value = value_of(word, "cells"))) {
		struct rkisp1_ext_params_aec_config *cells = add_block(
			all, RKISP1_EXT_PARAMS_BLOCK_TYPE_AEC_MEAS, sizeof(*cells));
		struct rkisp1_ext_params_hst_config *histogram = add_block(
			all, RKISP1_EXT_PARAMS_BLOCK_TYPE_HST_MEAS, sizeof(*histogram));

		set_cells(&cells->config, &histogram->config, value);
	} else if (!strcmp(word, "gamma")) {
		struct rkisp1_ext_params_goc_config *block =
			add_block(all, RKISP1_EXT_PARAMS_BLOCK_TYPE_GOC, sizeof(*block));

		set_gamma(&block->config);
	} else {
		errx(2, "%s is no block", word);
	}
}

static __u32 fill(bool ext, char **words)
{
	struct rkisp1_ext_params_cfg *all = memory;

	if (ext)
		all->version = RKISP1_EXT_PARAM_BUFFER_V1;
	for (; *words; words++) {
		if (ext)
			fill_ext(memory, *words);
		else
			fill_fixed(memory, *words);
	}
	return ext ? 8 + all->data_size : sizeof(struct rkisp1_params_cfg);
}

/* ---- what must be refused ---- */

static void tell(const char *what, __u32 used)
{
	int ret = queue_buffer(used);

	printf("%s: %s\n", what, ret ? strerror(-ret) : "taken");
}

static void try_malformed(const char *name)
{
	struct rkisp1_ext_params_bls_config *block;
	struct rkisp1_ext_params_cfg *all;
	char *words[] = { "black=256", NULL };
	__u32 used;

	open_buffer(name, V4L2_META_FMT_RK_ISP1_EXT_PARAMS);
	all = memory;
	block = (void *)all->data;
	used = fill(true, words);
	tell("short", used - 1);
	tell("nothing", 0);
	all->version = 7;
	tell("version", used);
	all->version = RKISP1_EXT_PARAM_BUFFER_V1;
	all->data_size = length;
	tell("data size", used);
	all->data_size = used - 8;
	block->header.type = 99;
	tell("type", used);
	block->header.type = RKISP1_EXT_PARAMS_BLOCK_TYPE_BLS;
	block->header.size -= 8;
	tell("block size", used);
	block->header.size += 8;
	block->header.flags = RKISP1_EXT_PARAMS_FL_BLOCK_ENABLE |
			      RKISP1_EXT_PARAMS_FL_BLOCK_DISABLE;
	tell("flags", used);
	block->header.flags = RKISP1_EXT_PARAMS_FL_BLOCK_ENABLE;
	tell("correct", used);
	munmap(memory, length);
	close(node);

	open_buffer(name, V4L2_META_FMT_RK_ISP1_PARAMS);
	tell("fixed short", sizeof(struct rkisp1_params_cfg) - 4);
	tell("fixed correct", sizeof(struct rkisp1_params_cfg));
}

int main(int argc, char **argv)
{
	int type = V4L2_BUF_TYPE_META_OUTPUT;
	bool ext = argc > 2 && !strcmp(argv[2], "ext");
	int ret;

	if (argc == 3 && !strcmp(argv[2], "malformed")) {
		try_malformed(argv[1]);
		return 0;
	}
	if (argc < 3 || (!ext && strcmp(argv[2], "fixed")))
		errx(2, "see the top of rkparams.c");
	open_buffer(argv[1], ext ? V4L2_META_FMT_RK_ISP1_EXT_PARAMS :
				   V4L2_META_FMT_RK_ISP1_PARAMS);
	ret = queue_buffer(fill(ext, argv + 3));
	if (ret)
		errx(1, "the buffer is refused: %s", strerror(-ret));
	if (ioctl(node, VIDIOC_STREAMON, &type))
		err(1, "cannot start");
	dprintf(9, "ready\n");
	pause();
	return 0;
}
