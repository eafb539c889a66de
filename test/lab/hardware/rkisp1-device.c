// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Emulated Rockchip ISP1, as the rkisp1 driver sees it: registers with their shadows, interrupts, and
 * what happens at the start and the end of a frame. RK3399 (V10), PX30 (V12), and i.MX8MP, where
 * another receiver is between the sensor and the ISP.
 *
 *	sensor ---- begin: V_START
 *	  |         a quarter of the readout later: colours, measurements, pictures to memory
 *	  +-------- end: shadow registers load, then CSI, ISP and MI say so
 */
#include <linux/clk-provider.h>
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/phy/phy.h>
#include <linux/platform_device.h>
#include <linux/vmalloc.h>

#include "rkisp1.h"

#define RAISES_MAX 4 /* of a line, while its cause stays */

/* CSI-2 data types */
#define RAW8_TYPE  0x2a
#define RAW10_TYPE 0x2b

/* ---- memory interface: shadow registers ---- */

/* Addresses, sizes and offsets of Y, Cb and Cr, and where their shadows are. */
static const struct {
	u16 set, shadow;
} shadows[RKISP1_PATHS][9] = {
	{
		{ RKISP1_CIF_MI_MP_Y_BASE_AD_INIT, RKISP1_CIF_MI_MP_Y_BASE_AD_SHD },
		{ RKISP1_CIF_MI_MP_Y_SIZE_INIT, RKISP1_CIF_MI_MP_Y_SIZE_SHD },
		{ RKISP1_CIF_MI_MP_Y_OFFS_CNT_INIT, RKISP1_CIF_MI_MP_Y_OFFS_CNT_SHD },
		{ RKISP1_CIF_MI_MP_CB_BASE_AD_INIT, RKISP1_CIF_MI_MP_CB_BASE_AD_SHD },
		{ RKISP1_CIF_MI_MP_CB_SIZE_INIT, RKISP1_CIF_MI_MP_CB_SIZE_SHD },
		{ RKISP1_CIF_MI_MP_CB_OFFS_CNT_INIT, RKISP1_CIF_MI_MP_CB_OFFS_CNT_SHD },
		{ RKISP1_CIF_MI_MP_CR_BASE_AD_INIT, RKISP1_CIF_MI_MP_CR_BASE_AD_SHD },
		{ RKISP1_CIF_MI_MP_CR_SIZE_INIT, RKISP1_CIF_MI_MP_CR_SIZE_SHD },
		{ RKISP1_CIF_MI_MP_CR_OFFS_CNT_INIT, RKISP1_CIF_MI_MP_CR_OFFS_CNT_SHD },
	},
	{
		{ RKISP1_CIF_MI_SP_Y_BASE_AD_INIT, RKISP1_CIF_MI_SP_Y_BASE_AD_SHD },
		{ RKISP1_CIF_MI_SP_Y_SIZE_INIT, RKISP1_CIF_MI_SP_Y_SIZE_SHD },
		{ RKISP1_CIF_MI_SP_Y_OFFS_CNT_INIT, RKISP1_CIF_MI_SP_Y_OFFS_CNT_SHD },
		{ RKISP1_CIF_MI_SP_CB_BASE_AD_INIT, RKISP1_CIF_MI_SP_CB_BASE_AD_SHD },
		{ RKISP1_CIF_MI_SP_CB_SIZE_INIT, RKISP1_CIF_MI_SP_CB_SIZE_SHD },
		{ RKISP1_CIF_MI_SP_CB_OFFS_CNT_INIT, RKISP1_CIF_MI_SP_CB_OFFS_CNT_SHD },
		{ RKISP1_CIF_MI_SP_CR_BASE_AD_INIT, RKISP1_CIF_MI_SP_CR_BASE_AD_SHD },
		{ RKISP1_CIF_MI_SP_CR_SIZE_INIT, RKISP1_CIF_MI_SP_CR_SIZE_SHD },
		{ RKISP1_CIF_MI_SP_CR_OFFS_CNT_INIT, RKISP1_CIF_MI_SP_CR_OFFS_CNT_SHD },
	},
};

static const u32 auto_update[RKISP1_PATHS] = {
	RKISP1_CIF_MI_MP_AUTOUPDATE_ENABLE,
	RKISP1_CIF_MI_SP_AUTOUPDATE_ENABLE,
};

/* At the end of a frame; forced: at once, whatever the paths are set to. */
static void load_shadows(struct rkisp1 *isp, bool forced)
{
	u32 control = rkisp1_get(isp, RKISP1_CIF_MI_CTRL);
	u32 on = control & GENMASK(3, 0);

	for (int path = 0; path < RKISP1_PATHS; path++) {
		if (!forced && !(control & auto_update[path]))
			continue;
		for (int i = 0; i < ARRAY_SIZE(shadows[path]); i++)
			rkisp1_set(isp, shadows[path][i].shadow,
				   rkisp1_get(isp, shadows[path][i].set));
	}
	/* In- and outputs of main, self, JPEG and raw, in the order of the control register */
	rkisp1_set(isp, RKISP1_CIF_MI_CTRL_SHD, on | on << 16);
}

/* ---- registers ---- */

static u32 pending(const struct rkisp1 *isp, enum rkisp1_line line)
{
	static const u16 registers[][2] = {
		[RKISP1_LINE_ISP] = { RKISP1_CIF_ISP_RIS, RKISP1_CIF_ISP_IMSC },
		[RKISP1_LINE_MI] = { RKISP1_CIF_MI_RIS, RKISP1_CIF_MI_IMSC },
		[RKISP1_LINE_MIPI] = { RKISP1_CIF_MIPI_RIS, RKISP1_CIF_MIPI_IMSC },
	};

	return rkisp1_get(isp, registers[line][0]) & rkisp1_get(isp, registers[line][1]);
}

static u32 read_register(struct lab_window *window, u32 offset)
{
	struct rkisp1 *isp = container_of(window, struct rkisp1, window);

	switch (offset) {
	case RKISP1_CIF_ISP_MIS:
		return pending(isp, RKISP1_LINE_ISP);
	case RKISP1_CIF_MI_MIS:
		return pending(isp, RKISP1_LINE_MI);
	case RKISP1_CIF_MIPI_MIS:
		return pending(isp, RKISP1_LINE_MIPI);
	case RKISP1_CIF_MI_INIT: /* write only, where it has no format */
		return isp->imx8mp ? rkisp1_get(isp, offset) : 0;
	default:
		return offset < RKISP1_SPACE ? rkisp1_get(isp, offset) : ~0;
	}
}

static void clear_bits(struct rkisp1 *isp, u32 offset, u32 bits)
{
	rkisp1_set(isp, offset, rkisp1_get(isp, offset) & ~bits);
}

static void write_isp_control(struct rkisp1 *isp, u32 value)
{
	u32 old = rkisp1_get(isp, RKISP1_CIF_ISP_CTRL);

	rkisp1_set(isp, RKISP1_CIF_ISP_CTRL,
		   value & ~(RKISP1_CIF_ISP_CTRL_ISP_CFG_UPD |
			     RKISP1_CIF_ISP_CTRL_ISP_GEN_CFG_UPD));
	if (old & ~value & RKISP1_CIF_ISP_CTRL_ISP_ENABLE) {
		isp->active = false;
		rkisp1_set(isp, RKISP1_CIF_ISP_RIS,
			   rkisp1_get(isp, RKISP1_CIF_ISP_RIS) | RKISP1_CIF_ISP_OFF);
	}
}

static void write_resizer(struct rkisp1 *isp, u32 base, u32 value)
{
	rkisp1_set(isp, base + RKISP1_CIF_RSZ_CTRL, value & ~RKISP1_CIF_RSZ_CTRL_CFG_UPD);
	if (!(value & (RKISP1_CIF_RSZ_CTRL_CFG_UPD | RKISP1_CIF_RSZ_CTRL_CFG_UPD_AUTO)))
		return;
	for (u32 i = 0; i < RKISP1_CIF_RSZ_SCALE_LUT_ADDR; i += 4)
		rkisp1_set(isp, base + RKISP1_CIF_RSZ_CTRL_SHD + i,
			   rkisp1_get(isp, base + i));
}

static void write_reset(struct rkisp1 *isp, u32 value)
{
	rkisp1_set(isp, RKISP1_CIF_VI_IRCL, value);
	if (value & RKISP1_CIF_VI_IRCL_ISP_SW_RST) {
		isp->active = false;
		rkisp1_set(isp, RKISP1_CIF_ISP_RIS, 0);
	}
	if (value & RKISP1_CIF_VI_IRCL_MIPI_SW_RST)
		rkisp1_set(isp, RKISP1_CIF_MIPI_RIS, 0);
}

static void write_locked(struct rkisp1 *isp, u32 offset, u32 value)
{
	switch (offset) {
	case RKISP1_CIF_VI_ID: /* read only, as the next ones */
	case RKISP1_CIF_ISP_RIS:
	case RKISP1_CIF_ISP_MIS:
	case RKISP1_CIF_MI_RIS:
	case RKISP1_CIF_MI_MIS:
	case RKISP1_CIF_MI_CTRL_SHD:
	case RKISP1_CIF_MIPI_RIS:
	case RKISP1_CIF_MIPI_MIS:
		break;
	case RKISP1_CIF_ISP_ICR:
		clear_bits(isp, RKISP1_CIF_ISP_RIS, value);
		break;
	case RKISP1_CIF_MI_ICR:
		clear_bits(isp, RKISP1_CIF_MI_RIS, value);
		break;
	case RKISP1_CIF_MIPI_ICR:
		clear_bits(isp, RKISP1_CIF_MIPI_RIS, value);
		break;
	case RKISP1_CIF_ISP_ERR_CLR:
		clear_bits(isp, RKISP1_CIF_ISP_ERR, value);
		break;
	case RKISP1_CIF_MI_INIT:
		rkisp1_set(isp, offset, value & RKISP1_CIF_MI_INIT_MP_OUTPUT_MASK);
		if (value & RKISP1_CIF_MI_INIT_SOFT_UPD)
			load_shadows(isp, true);
		break;
	case RKISP1_CIF_ISP_CTRL:
		write_isp_control(isp, value);
		break;
	case RKISP1_CIF_DUAL_CROP_CTRL:
		rkisp1_set(isp, offset,
			   value & ~(RKISP1_CIF_DUAL_CROP_CFG_UPD |
				     RKISP1_CIF_DUAL_CROP_GEN_CFG_UPD));
		break;
	case RKISP1_CIF_MRSZ_BASE + RKISP1_CIF_RSZ_CTRL:
		write_resizer(isp, RKISP1_CIF_MRSZ_BASE, value);
		break;
	case RKISP1_CIF_SRSZ_BASE + RKISP1_CIF_RSZ_CTRL:
		write_resizer(isp, RKISP1_CIF_SRSZ_BASE, value);
		break;
	case RKISP1_CIF_VI_IRCL:
		write_reset(isp, value);
		break;
	default:
		if (offset < RKISP1_SPACE)
			rkisp1_set(isp, offset, value);
	}
}

static void write_register(struct lab_window *window, u32 offset, u32 value)
{
	struct rkisp1 *isp = container_of(window, struct rkisp1, window);
	unsigned long flags;

	spin_lock_irqsave(&isp->lock, flags);
	write_locked(isp, offset, value);
	spin_unlock_irqrestore(&isp->lock, flags);
}

/* ---- interrupts ---- */

static void raise_line(struct rkisp1 *isp, enum rkisp1_line line)
{
	/* A line stays up while its cause does; a handler that never clears it must not hang us. */
	for (int i = 0; i < RAISES_MAX && pending(isp, line); i++) {
		isp->interrupts++;
		lab_line_raise(isp->lines, isp->one_line ? 0 : line);
	}
}

/* Causes of all three at once, and then who has unmasked them is called. */
static void raise(struct rkisp1 *isp, u32 isp_bits, u32 mi_bits, u32 mipi_bits)
{
	unsigned long flags;

	spin_lock_irqsave(&isp->lock, flags);
	rkisp1_set(isp, RKISP1_CIF_ISP_RIS, rkisp1_get(isp, RKISP1_CIF_ISP_RIS) | isp_bits);
	rkisp1_set(isp, RKISP1_CIF_MI_RIS, rkisp1_get(isp, RKISP1_CIF_MI_RIS) | mi_bits);
	rkisp1_set(isp, RKISP1_CIF_MIPI_RIS,
		   rkisp1_get(isp, RKISP1_CIF_MIPI_RIS) | mipi_bits);
	spin_unlock_irqrestore(&isp->lock, flags);

	if (READ_ONCE(isp->no_interrupt)) {
		isp->unraised++;
		return;
	}
	raise_line(isp, RKISP1_LINE_MIPI);
	raise_line(isp, RKISP1_LINE_ISP);
	raise_line(isp, RKISP1_LINE_MI);
}

/* ---- a frame ---- */

/* The sensor sends what the receiver lets through. */
static bool receives(const struct rkisp1 *isp, const struct scene_frame *frame)
{
	u32 type = rkisp1_get(isp, RKISP1_CIF_MIPI_IMG_DATA_SEL) & 0x3f;

	return rkisp1_get(isp, RKISP1_CIF_MIPI_CTRL) & RKISP1_CIF_MIPI_CTRL_OUTPUT_ENA &&
	       type == (frame->bits == 8 ? RAW8_TYPE : RAW10_TYPE);
}

/* ISP and receiver on; another receiver passes on what is for us. */
static bool takes(const struct rkisp1 *isp, const struct scene_frame *frame)
{
	return rkisp1_get(isp, RKISP1_CIF_ISP_CTRL) & RKISP1_CIF_ISP_CTRL_ISP_ENABLE &&
	       (isp->imx8mp || receives(isp, frame));
}

static u32 paths_on(u32 control)
{
	u32 main = RKISP1_CIF_MI_CTRL_MP_ENABLE | RKISP1_CIF_MI_CTRL_RAW_ENABLE;

	return (control & main ? BIT(RKISP1_MAIN) : 0) |
	       (control & RKISP1_CIF_MI_CTRL_SP_ENABLE ? BIT(RKISP1_SELF) : 0);
}

static bool right_size(const struct rkisp1 *isp, const struct scene_frame *frame)
{
	if (isp->imx8mp && imx8mp_is_cut(isp->imx8mp))
		return false;
	return rkisp1_get(isp, RKISP1_CIF_ISP_ACQ_H_SIZE) == frame->width &&
	       rkisp1_get(isp, RKISP1_CIF_ISP_ACQ_V_SIZE) == frame->height;
}

static void frame_begin(struct lab_receiver *receiver, const struct scene_frame *frame)
{
	struct rkisp1 *isp = container_of(receiver, struct rkisp1, receiver);

	isp->active = takes(isp, frame);
	if (!isp->active) {
		isp->lost++;
		return;
	}
	isp->frames++;
	isp->wanted = paths_on(rkisp1_get(isp, RKISP1_CIF_MI_CTRL_SHD));
	isp->done = 0;
	isp->damaged = READ_ONCE(isp->inform_size) || READ_ONCE(isp->outform_size) ||
		       READ_ONCE(isp->stabilization_size) || READ_ONCE(isp->csi_overflow) ||
		       READ_ONCE(isp->data_loss) || !right_size(isp, frame);
	raise(isp, RKISP1_CIF_ISP_V_START | RKISP1_CIF_ISP_FRAME_IN, 0, 0);
}

/*
 * The one processor does nothing else meanwhile, and gives no buffer away. A path that was switched
 * off since the frame began is not written any more, though the real one may be to the end.
 */
static void frame_store(struct lab_receiver *receiver, const struct scene_frame *frame)
{
	struct rkisp1 *isp = container_of(receiver, struct rkisp1, receiver);
	u32 paths = isp->wanted & paths_on(rkisp1_get(isp, RKISP1_CIF_MI_CTRL));
	ktime_t start = ktime_get();

	if (!isp->active)
		return;
	preempt_disable();
	rkisp1_develop(isp, frame);
	for (int path = 0; path < RKISP1_PATHS; path++) {
		if (paths & BIT(path))
			rkisp1_store(isp, frame, path);
	}
	if (!isp->damaged)
		isp->done = rkisp1_measure(isp, frame);
	preempt_enable();
	isp->longest_us = max_t(u32, isp->longest_us, ktime_us_delta(ktime_get(), start));
}

static u32 isp_errors(struct rkisp1 *isp, const struct scene_frame *frame)
{
	u32 errors = 0;

	if (lab_fault(&isp->inform_size) || !right_size(isp, frame))
		errors |= RKISP1_CIF_ISP_ERR_INFORM_SIZE;
	if (lab_fault(&isp->outform_size))
		errors |= RKISP1_CIF_ISP_ERR_OUTFORM_SIZE;
	if (lab_fault(&isp->stabilization_size))
		errors |= RKISP1_CIF_ISP_ERR_IS_SIZE;
	rkisp1_set(isp, RKISP1_CIF_ISP_ERR, rkisp1_get(isp, RKISP1_CIF_ISP_ERR) | errors);
	return (errors ? RKISP1_CIF_ISP_PIC_SIZE_ERROR : 0) |
	       (lab_fault(&isp->data_loss) ? RKISP1_CIF_ISP_DATA_LOSS : 0);
}

static u32 mipi_errors(struct rkisp1 *isp)
{
	return (lab_fault(&isp->csi_crc) ? RKISP1_CIF_MIPI_ERR_CS : 0) |
	       (lab_fault(&isp->csi_ecc) ? RKISP1_CIF_MIPI_ERR_ECC2 : 0) |
	       (lab_fault(&isp->csi_sync) ? RKISP1_CIF_MIPI_ERR_SOT_SYNC(1) : 0) |
	       (lab_fault(&isp->csi_overflow) ? RKISP1_CIF_MIPI_SYNC_FIFO_OVFLW(1) : 0);
}

static void frame_end(struct lab_receiver *receiver, const struct scene_frame *frame)
{
	struct rkisp1 *isp = container_of(receiver, struct rkisp1, receiver);
	u32 isp_bits, mi_bits, mipi_bits;
	unsigned long flags;

	if (!isp->active)
		return;
	isp->active = false;
	spin_lock_irqsave(&isp->lock, flags);
	isp_bits = RKISP1_CIF_ISP_FRAME | isp->done | isp_errors(isp, frame);
	mipi_bits = RKISP1_CIF_MIPI_FRAME_END | mipi_errors(isp);
	/* Bits of the paths */
	mi_bits = lab_fault(&isp->no_frame_interrupt) ? 0 : isp->wanted;
	load_shadows(isp, false);
	spin_unlock_irqrestore(&isp->lock, flags);

	if (lab_fault(&isp->merge)) {
		raise(isp, isp_bits, mi_bits, mipi_bits);
	} else {
		raise(isp, 0, 0, mipi_bits);
		raise(isp, isp_bits, 0, 0);
		raise(isp, 0, mi_bits, 0);
	}
	lab_fault(&isp->no_interrupt);
}

/* ---- power ---- */

static void reset_registers(struct rkisp1 *isp)
{
	memset(isp->registers, 0, sizeof(isp->registers));
	isp->active = false;
	if (isp->imx8mp)
		imx8mp_reset(isp->imx8mp);
	rkisp1_set(isp, RKISP1_CIF_VI_ID, 0x10000000);
	/* Gains and matrix of 1.0 */
	rkisp1_set(isp, RKISP1_CIF_ISP_AWB_GAIN_G_V10, 0x01000100);
	rkisp1_set(isp, RKISP1_CIF_ISP_AWB_GAIN_RB_V10, 0x01000100);
	rkisp1_set(isp, RKISP1_CIF_ISP_CT_COEFF_0, 0x80);
	rkisp1_set(isp, RKISP1_CIF_ISP_CT_COEFF_4, 0x80);
	rkisp1_set(isp, RKISP1_CIF_ISP_CT_COEFF_8, 0x80);
}

/*
 * The chips have the ISP in a power domain that goes off between streams, with all registers. Here
 * there are no such domains, but the driver stops the clocks at the same time.
 */
static void clock_off(struct clk_hw *clock)
{
	reset_registers(container_of(clock, struct rkisp1, clock));
}

static unsigned long clock_rate(struct clk_hw *clock, unsigned long parent)
{
	return 500000000;
}

static const struct clk_ops clock_ops = {
	.unprepare = clock_off,
	.recalc_rate = clock_rate,
};

static int add_clock(struct rkisp1 *isp)
{
	const struct clk_init_data init = { .name = dev_name(isp->dev), .ops = &clock_ops };
	int ret;

	isp->clock.init = &init;
	ret = devm_clk_hw_register(isp->dev, &isp->clock);
	if (ret)
		return ret;
	return devm_of_clk_add_hw_provider(isp->dev, of_clk_hw_simple_get, &isp->clock);
}

/* ---- start ---- */

static void add_files(struct rkisp1 *isp)
{
	struct dentry *folder = lab_folder(dev_name(isp->dev));
	const struct {
		const char *name;
		u32 *counter;
	} counters[] = {
		{ "frames", &isp->frames },
		{ "lost", &isp->lost },
		{ "main", &isp->stored[RKISP1_MAIN] },
		{ "self", &isp->stored[RKISP1_SELF] },
		{ "interrupts", &isp->interrupts },
		{ "unraised", &isp->unraised },
		{ "bad_address", &isp->bad_address },
		{ "bad_size", &isp->bad_size },
		{ "longest_us", &isp->longest_us },
	}, faults[] = {
		{ "fault_inform_size", &isp->inform_size },
		{ "fault_outform_size", &isp->outform_size },
		{ "fault_stabilization_size", &isp->stabilization_size },
		{ "fault_data_loss", &isp->data_loss },
		{ "fault_no_interrupt", &isp->no_interrupt },
		{ "fault_no_frame_interrupt", &isp->no_frame_interrupt },
		{ "fault_merge", &isp->merge },
	}, receiver_faults[] = {
		{ "fault_csi_crc", &isp->csi_crc },
		{ "fault_csi_ecc", &isp->csi_ecc },
		{ "fault_csi_sync", &isp->csi_sync },
		{ "fault_csi_overflow", &isp->csi_overflow },
	};

	for (int i = 0; i < ARRAY_SIZE(counters); i++)
		debugfs_create_u32(counters[i].name, 0444, folder, counters[i].counter);
	for (int i = 0; i < ARRAY_SIZE(faults); i++)
		debugfs_create_u32(faults[i].name, 0644, folder, faults[i].counter);
	for (int i = 0; !isp->imx8mp && i < ARRAY_SIZE(receiver_faults); i++)
		debugfs_create_u32(receiver_faults[i].name, 0644, folder,
				   receiver_faults[i].counter);
	isp->blob.data = isp->registers;
	isp->blob.size = sizeof(isp->registers);
	debugfs_create_blob("registers", 0444, folder, &isp->blob);
}

/* A D-PHY that has nothing to do. */
static const struct phy_ops phy_ops = { .owner = THIS_MODULE };

static int add_phy(struct device *dev)
{
	struct phy *phy = devm_phy_create(dev, dev->of_node, &phy_ops);

	if (IS_ERR(phy))
		return PTR_ERR(phy);
	return PTR_ERR_OR_ZERO(devm_of_phy_provider_register(dev, of_phy_simple_xlate));
}

/* Frames come to the ISP, or to what is before it. */
static int connect(struct rkisp1 *isp, const struct device_node *node,
		   struct lab_sensor *sensor)
{
	struct lab_receiver *receiver = &isp->receiver;
	int ret;

	if (of_device_is_compatible(node, "fsl,imx8mp-isp")) {
		ret = imx8mp_create(isp->dev, isp->lines, RKISP1_LINE_MIPI, receiver,
				    &isp->imx8mp);
		if (ret)
			return ret;
		receiver = imx8mp_receiver(isp->imx8mp);
	}
	lab_sensor_connect(sensor, receiver);
	return 0;
}

static int rkisp1_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct lab_sensor *sensor = lab_sensor_find(dev->of_node);
	struct device_node *node;
	struct rkisp1 *isp;
	int ret;

	if (IS_ERR(sensor))
		return PTR_ERR(sensor);
	node = of_parse_phandle(dev->of_node, "lab,isp", 0);
	if (!node)
		return dev_err_probe(dev, -ENODEV, "no lab,isp\n");
	/* For ever: its registers can't be taken back. */
	isp = vzalloc(sizeof(*isp));
	if (!isp)
		return -ENOMEM;
	isp->dev = dev;
	spin_lock_init(&isp->lock);
	isp->line_memory = vzalloc(SCENE_KINDS * SCENE_WIDTH);
	isp->template_memory = vzalloc(rkisp1_template_size());
	if (!isp->line_memory || !isp->template_memory)
		return -ENOMEM;
	isp->v12 = of_device_is_compatible(node, "rockchip,px30-cif-isp");
	isp->one_line = of_count_phandle_with_args(node, "interrupts-extended",
						   "#interrupt-cells") <= 1;
	isp->window.read = read_register;
	isp->window.write = write_register;
	isp->receiver.begin = frame_begin;
	isp->receiver.store = frame_store;
	isp->receiver.end = frame_end;
	reset_registers(isp);

	isp->lines = lab_lines_add(dev->of_node, 3);
	if (!isp->lines)
		return -ENOMEM;
	ret = lab_window_add(&isp->window, node, 0);
	if (!ret)
		ret = add_phy(dev);
	if (!ret)
		ret = add_clock(isp);
	if (!ret)
		ret = connect(isp, node, sensor);
	if (ret)
		return dev_err_probe(dev, ret, "cannot be set up\n");
	of_node_put(node);
	add_files(isp);
	return 0;
}

static const struct of_device_id rkisp1_match[] = { { .compatible = "lab,rkisp1" }, {} };

static struct platform_driver rkisp1_driver = {
	.driver = { .name = "lab-rkisp1",
		    .of_match_table = rkisp1_match,
		    .suppress_bind_attrs = true },
	.probe = rkisp1_probe,
};

static int __init rkisp1_init(void)
{
	__module_get(THIS_MODULE);
	return platform_driver_register(&rkisp1_driver);
}
module_init(rkisp1_init);

MODULE_DESCRIPTION("Emulated Rockchip ISP1 of the lab");
MODULE_LICENSE("GPL");
