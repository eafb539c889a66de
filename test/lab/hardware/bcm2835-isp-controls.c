// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bcm2835-isp look-alike: controls, all at the input node. The firmware's own ones are blocks of
 * bytes. The control core keeps writes to itself that change nothing, but for lens shading.
 */
#include <linux/dma-buf.h>
#include <linux/unaligned.h>

#include "bcm2835-isp.h"

#define MATRIX_SHIFT 12

/* Identifiers, over the base */
enum isp_control {
	CONTROL_MATRIX = 1,
	CONTROL_SHADING,
	CONTROL_BLACK,
	CONTROL_GREEN,
	CONTROL_GAMMA,
	CONTROL_DENOISE,
	CONTROL_SHARPEN,
	CONTROL_DEFECTS,
	CONTROL_COLOUR_DENOISE,
};

static const struct {
	const char *name;
	enum isp_control id;
	u32 size, flags;
} own_controls[] = {
	{ "Colour Correction Matrix", CONTROL_MATRIX, 88, 0 },
	{ "Lens Shading", CONTROL_SHADING, 36, V4L2_CTRL_FLAG_EXECUTE_ON_WRITE },
	{ "Black Level", CONTROL_BLACK, 12, 0 },
	{ "Green Equalisation", CONTROL_GREEN, 16, 0 },
	{ "Gamma", CONTROL_GAMMA, 136, 0 },
	{ "Sharpen", CONTROL_SHARPEN, 28, 0 },
	{ "Denoise", CONTROL_DENOISE, 24, 0 },
	{ "Colour Denoise", CONTROL_COLOUR_DENOISE, 8, 0 },
	{ "Defective Pixel Correction", CONTROL_DEFECTS, 8, 0 },
};

static u32 base; /* the same in all instances */

/* enabled, nine rationals in rows, three offsets */
static int set_matrix(struct isp_params *params, const u8 *bytes)
{
	s64 matrix[ISP_MATRIX];

	for (int i = 0; i < ISP_MATRIX; i++) {
		s32 numerator = get_unaligned_le32(bytes + 4 + i * 8);
		u32 denominator = get_unaligned_le32(bytes + 8 + i * 8);

		if (!denominator && get_unaligned_le32(bytes))
			return -EINVAL;
		matrix[i] = denominator ?
				    div_s64((s64)numerator << MATRIX_SHIFT, denominator) :
				    0;
	}
	memcpy(params->matrix, matrix, sizeof(matrix));
	for (int i = 0; i < 3; i++)
		params->offset[i] = get_unaligned_le32(bytes + 76 + i * 4);
	params->matrix_on = get_unaligned_le32(bytes);
	return 0;
}

/* enabled, levels of red, green, blue */
static void set_black(struct isp_params *params, const u8 *bytes)
{
	bool on = get_unaligned_le32(bytes);

	for (int i = 0; i < 3; i++)
		params->black[i] = on ? get_unaligned_le16(bytes + 4 + i * 2) : 0;
}

/* enabled, 33 times x, 33 times y */
static void set_gamma(struct isp_params *params, const u8 *bytes)
{
	params->gamma_on = get_unaligned_le32(bytes);
	for (int i = 0; i < ISP_GAMMA; i++) {
		params->gamma_x[i] = get_unaligned_le16(bytes + 4 + i * 2);
		params->gamma_y[i] = get_unaligned_le16(bytes + 4 + (ISP_GAMMA + i) * 2);
	}
}

/* The table is looked for even if it is not to be used. */
static int check_shading(const u8 *bytes)
{
	struct dma_buf *table = dma_buf_get((s32)get_unaligned_le32(bytes + 20));

	if (IS_ERR(table))
		return -EINVAL;
	dma_buf_put(table);
	return 0;
}

static int apply(struct isp_params *params, const struct v4l2_ctrl *control)
{
	switch (control->id) {
	case V4L2_CID_RED_BALANCE:
		params->red = control->val;
		return 0;
	case V4L2_CID_BLUE_BALANCE:
		params->blue = control->val;
		return 0;
	case V4L2_CID_DIGITAL_GAIN:
		params->digital = control->val;
		return 0;
	default:
		break;
	}
	switch (control->id - base) {
	case CONTROL_MATRIX:
		return set_matrix(params, control->p_new.p_u8);
	case CONTROL_BLACK:
		set_black(params, control->p_new.p_u8);
		return 0;
	case CONTROL_GAMMA:
		set_gamma(params, control->p_new.p_u8);
		return 0;
	case CONTROL_SHADING:
		params->shading_on = get_unaligned_le32(control->p_new.p_u8);
		return 0;
	default:
		return 0;
	}
}

static int set_control(struct v4l2_ctrl *control)
{
	struct isp *isp = container_of(control->handler, struct isp, controls);
	unsigned long flags;
	int ret;

	if (control->id - base == CONTROL_SHADING && check_shading(control->p_new.p_u8))
		return -EINVAL;
	if (lab_fault(&isp->control)) {
		ret = -EIO;
	} else {
		spin_lock_irqsave(&isp->lock, flags);
		ret = apply(&isp->params, control);
		isp->params.writes += !ret;
		spin_unlock_irqrestore(&isp->lock, flags);
	}
	if (!ret)
		return 0;
	dev_err(isp->dev, "Failed setting ctrl \"%s\" (%08x), err %d\n", control->name,
		control->id, ret);
	return -EIO;
}

static const struct v4l2_ctrl_ops control_ops = { .s_ctrl = set_control };

int isp_controls_init(struct isp *isp, u32 own_base)
{
	struct v4l2_ctrl_handler *handler = &isp->controls;

	base = own_base;
	isp->params.red = ISP_GAIN;
	isp->params.blue = ISP_GAIN;
	isp->params.digital = ISP_GAIN;
	v4l2_ctrl_handler_init(handler, 3 + ARRAY_SIZE(own_controls));
	v4l2_ctrl_new_std(handler, &control_ops, V4L2_CID_RED_BALANCE, 1, 0xffff, 1,
			  ISP_GAIN);
	v4l2_ctrl_new_std(handler, &control_ops, V4L2_CID_BLUE_BALANCE, 1, 0xffff, 1,
			  ISP_GAIN);
	v4l2_ctrl_new_std(handler, &control_ops, V4L2_CID_DIGITAL_GAIN, 1, 0xffff, 1,
			  ISP_GAIN);
	for (int i = 0; i < ARRAY_SIZE(own_controls); i++) {
		const struct v4l2_ctrl_config config = {
			.ops = &control_ops,
			.id = base + own_controls[i].id,
			.name = own_controls[i].name,
			.type = V4L2_CTRL_TYPE_U8,
			.max = 0xff,
			.step = 1,
			.dims = { own_controls[i].size },
			.flags = own_controls[i].flags,
		};

		v4l2_ctrl_new_custom(handler, &config, NULL);
	}
	return handler->error;
}
