// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * i.MX8MP: the CSI-2 receiver (MIPI CSIS 3.6.3) as the imx-mipi-csis driver sees it, and the gasket,
 * some bits in the block control by which the ISP's driver lets its data through.
 *
 *	sensor ---- CSIS: enabled, of the data type it was set to
 *	              |   frame start and frame end, its errors
 *	            gasket: enabled, of the data type it was set to
 *	              |
 *	             ISP
 */
#include <linux/bitops.h>
#include <linux/debugfs.h>
#include <linux/device.h>
#include <linux/of.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "imx8mp.h"
#include "lab.h"

#define SPACE      0x200
#define RAISES_MAX 4 /* of the line, while its cause stays */

enum csis_register {
	CSIS_VERSION = 0x00,
	CSIS_CONTROL = 0x04,
	CSIS_MASK = 0x10,
	CSIS_SOURCE = 0x14,
	CSIS_DPHY_CONTROL = 0x24,
	CSIS_CONFIG = 0x40,
	CSIS_SIZE = 0x44,
	CSIS_SYNC = 0x48,
	CSIS_CONFIG_SHADOW = 0x80,
	CSIS_DEBUG_MASK = 0xc4,
	CSIS_DEBUG_SOURCE = 0xc8,
	CSIS_FRAMES = 0x100,
};

#define CSIS_3_6_3 0x03060301

#define CONTROL_ENABLE BIT(0)
#define CONTROL_RESET  BIT(1)
#define CONTROL_UPDATE (BIT(2) | BIT(16))

#define DPHY_CLOCK     BIT(0)
#define DPHY_TWO_LANES GENMASK(2, 1)

#define SOURCE_START    BIT(24)
#define SOURCE_END      BIT(20)
#define SOURCE_SYNC     BIT(16)
#define SOURCE_OVERFLOW BIT(4)
#define SOURCE_ECC      BIT(2)
#define SOURCE_CRC      BIT(1)

#define DEBUG_TYPE_IGNORED BIT(24)
#define DEBUG_FRAME_SIZE   BIT(20)

/* In the block control, of the first ISP */
#define GASKET         0x138
#define GASKET_DISABLE BIT(0)

#define RAW8_TYPE  0x2a
#define RAW10_TYPE 0x2b

struct imx8mp {
	struct lab_window csis, block_control;
	struct lab_receiver receiver;
	struct lab_receiver *isp;
	struct irq_domain *lines;
	unsigned int line;

	spinlock_t lock; /* registers */
	u32 registers[SPACE / 4];
	u32 gasket;

	/* The frame that comes in */
	bool received, passed, cut;

	/* in debugfs: counters, faults */
	u32 frames, lost, interrupts;
	u32 csi_crc, csi_ecc, csi_sync, csi_overflow;
};

static u32 get(const struct imx8mp *imx8mp, u32 offset)
{
	return READ_ONCE(imx8mp->registers[offset / 4]);
}

static void set(struct imx8mp *imx8mp, u32 offset, u32 value)
{
	WRITE_ONCE(imx8mp->registers[offset / 4], value);
}

/* ---- registers ---- */

static void reset_csis(struct imx8mp *imx8mp)
{
	memset(imx8mp->registers, 0, sizeof(imx8mp->registers));
	set(imx8mp, CSIS_VERSION, CSIS_3_6_3);
}

static u32 read_csis(struct lab_window *window, u32 offset)
{
	struct imx8mp *imx8mp = container_of(window, struct imx8mp, csis);

	return offset < SPACE ? get(imx8mp, offset) : 0;
}

static void write_control(struct imx8mp *imx8mp, u32 value)
{
	if (value & CONTROL_RESET) {
		reset_csis(imx8mp);
		return;
	}
	if (value & CONTROL_UPDATE) {
		for (u32 i = 0; i <= CSIS_SYNC - CSIS_CONFIG; i += 4)
			set(imx8mp, CSIS_CONFIG_SHADOW + i, get(imx8mp, CSIS_CONFIG + i));
	}
	set(imx8mp, CSIS_CONTROL, value & ~CONTROL_UPDATE);
}

static void write_csis(struct lab_window *window, u32 offset, u32 value)
{
	struct imx8mp *imx8mp = container_of(window, struct imx8mp, csis);
	unsigned long flags;

	spin_lock_irqsave(&imx8mp->lock, flags);
	switch (offset) {
	case CSIS_VERSION: /* read only, as the next */
	case CSIS_FRAMES:
		break;
	case CSIS_CONTROL:
		write_control(imx8mp, value);
		break;
	case CSIS_SOURCE:
	case CSIS_DEBUG_SOURCE:
		set(imx8mp, offset, get(imx8mp, offset) & ~value);
		break;
	default:
		if (offset < SPACE)
			set(imx8mp, offset, value);
	}
	spin_unlock_irqrestore(&imx8mp->lock, flags);
}

static u32 read_block_control(struct lab_window *window, u32 offset)
{
	struct imx8mp *imx8mp = container_of(window, struct imx8mp, block_control);

	return offset == GASKET ? READ_ONCE(imx8mp->gasket) : 0;
}

static void write_block_control(struct lab_window *window, u32 offset, u32 value)
{
	struct imx8mp *imx8mp = container_of(window, struct imx8mp, block_control);

	if (offset == GASKET)
		WRITE_ONCE(imx8mp->gasket, value);
}

void imx8mp_reset(struct imx8mp *imx8mp)
{
	reset_csis(imx8mp);
	imx8mp->gasket = GASKET_DISABLE;
	imx8mp->received = false;
	imx8mp->passed = false;
}

/* ---- interrupts ---- */

static bool pending(const struct imx8mp *imx8mp)
{
	return get(imx8mp, CSIS_SOURCE) & get(imx8mp, CSIS_MASK) ||
	       get(imx8mp, CSIS_DEBUG_SOURCE) & get(imx8mp, CSIS_DEBUG_MASK);
}

static void raise(struct imx8mp *imx8mp, u32 source, u32 debug_source)
{
	unsigned long flags;

	spin_lock_irqsave(&imx8mp->lock, flags);
	set(imx8mp, CSIS_SOURCE, get(imx8mp, CSIS_SOURCE) | source);
	set(imx8mp, CSIS_DEBUG_SOURCE, get(imx8mp, CSIS_DEBUG_SOURCE) | debug_source);
	spin_unlock_irqrestore(&imx8mp->lock, flags);

	for (int i = 0; i < RAISES_MAX && pending(imx8mp); i++) {
		imx8mp->interrupts++;
		lab_line_raise(imx8mp->lines, imx8mp->line);
	}
}

/* ---- a frame ---- */

static u32 data_type(const struct scene_frame *frame)
{
	return frame->bits == 8 ? RAW8_TYPE : RAW10_TYPE;
}

static bool receives(const struct imx8mp *imx8mp)
{
	u32 phy = DPHY_CLOCK | DPHY_TWO_LANES;

	return get(imx8mp, CSIS_CONTROL) & CONTROL_ENABLE &&
	       (get(imx8mp, CSIS_DPHY_CONTROL) & phy) == phy;
}

static bool is_wanted(const struct imx8mp *imx8mp, const struct scene_frame *frame)
{
	return (get(imx8mp, CSIS_CONFIG_SHADOW) >> 2 & 0x3f) == data_type(frame);
}

static bool passes_gasket(const struct imx8mp *imx8mp, const struct scene_frame *frame)
{
	u32 gasket = READ_ONCE(imx8mp->gasket);

	return !(gasket & GASKET_DISABLE) && (gasket >> 3 & 0x3f) == data_type(frame);
}

static void frame_begin(struct lab_receiver *receiver, const struct scene_frame *frame)
{
	struct imx8mp *imx8mp = container_of(receiver, struct imx8mp, receiver);

	imx8mp->received = receives(imx8mp);
	imx8mp->passed = imx8mp->received && is_wanted(imx8mp, frame) &&
			 passes_gasket(imx8mp, frame);
	imx8mp->cut = READ_ONCE(imx8mp->csi_overflow);
	if (imx8mp->received) {
		imx8mp->frames++;
		set(imx8mp, CSIS_FRAMES, get(imx8mp, CSIS_FRAMES) + 1);
		raise(imx8mp, SOURCE_START, 0);
	}
	if (imx8mp->passed)
		imx8mp->isp->begin(imx8mp->isp, frame);
	else
		imx8mp->lost++;
}

static void frame_store(struct lab_receiver *receiver, const struct scene_frame *frame)
{
	struct imx8mp *imx8mp = container_of(receiver, struct imx8mp, receiver);

	if (imx8mp->passed)
		imx8mp->isp->store(imx8mp->isp, frame);
}

static u32 errors(struct imx8mp *imx8mp)
{
	return (lab_fault(&imx8mp->csi_crc) ? SOURCE_CRC : 0) |
	       (lab_fault(&imx8mp->csi_ecc) ? SOURCE_ECC : 0) |
	       (lab_fault(&imx8mp->csi_sync) ? SOURCE_SYNC : 0) |
	       (lab_fault(&imx8mp->csi_overflow) ? SOURCE_OVERFLOW : 0);
}

static u32 debug_errors(const struct imx8mp *imx8mp, const struct scene_frame *frame)
{
	u32 size = get(imx8mp, CSIS_CONFIG_SHADOW + CSIS_SIZE - CSIS_CONFIG);

	return (is_wanted(imx8mp, frame) ? 0 : DEBUG_TYPE_IGNORED) |
	       (size == (frame->width | frame->height << 16) ? 0 : DEBUG_FRAME_SIZE);
}

static void frame_end(struct lab_receiver *receiver, const struct scene_frame *frame)
{
	struct imx8mp *imx8mp = container_of(receiver, struct imx8mp, receiver);

	/* Its driver may have switched it off meanwhile. */
	if (imx8mp->received && receives(imx8mp))
		raise(imx8mp, SOURCE_END | errors(imx8mp), debug_errors(imx8mp, frame));
	if (imx8mp->passed)
		imx8mp->isp->end(imx8mp->isp, frame);
	imx8mp->passed = false;
}

/* ---- start ---- */

static int add_window(struct device *dev, const char *property, struct lab_window *window)
{
	struct device_node *node = of_parse_phandle(dev->of_node, property, 0);
	int ret;

	if (!node)
		return -ENODEV;
	ret = lab_window_add(window, node, 0);
	of_node_put(node);
	return ret;
}

static void add_files(struct imx8mp *imx8mp)
{
	struct dentry *folder = lab_folder("csis");

	debugfs_create_u32("frames", 0444, folder, &imx8mp->frames);
	debugfs_create_u32("lost", 0444, folder, &imx8mp->lost);
	debugfs_create_u32("interrupts", 0444, folder, &imx8mp->interrupts);
	debugfs_create_u32("fault_csi_crc", 0644, folder, &imx8mp->csi_crc);
	debugfs_create_u32("fault_csi_ecc", 0644, folder, &imx8mp->csi_ecc);
	debugfs_create_u32("fault_csi_sync", 0644, folder, &imx8mp->csi_sync);
	debugfs_create_u32("fault_csi_overflow", 0644, folder, &imx8mp->csi_overflow);
}

int imx8mp_create(struct device *dev, struct irq_domain *lines, unsigned int line,
		  struct lab_receiver *isp, struct imx8mp **imx8mp)
{
	struct imx8mp *made = vzalloc(sizeof(*made));
	int ret;

	if (!made)
		return -ENOMEM;
	made->isp = isp;
	made->lines = lines;
	made->line = line;
	spin_lock_init(&made->lock);
	made->csis.read = read_csis;
	made->csis.write = write_csis;
	made->block_control.read = read_block_control;
	made->block_control.write = write_block_control;
	made->receiver.begin = frame_begin;
	made->receiver.store = frame_store;
	made->receiver.end = frame_end;
	imx8mp_reset(made);

	ret = add_window(dev, "lab,csis", &made->csis);
	if (!ret)
		ret = add_window(dev, "lab,gasket", &made->block_control);
	if (ret)
		return ret;
	add_files(made);
	*imx8mp = made;
	return 0;
}

struct lab_receiver *imx8mp_receiver(struct imx8mp *imx8mp)
{
	return &imx8mp->receiver;
}

bool imx8mp_is_cut(const struct imx8mp *imx8mp)
{
	return imx8mp->cut;
}
