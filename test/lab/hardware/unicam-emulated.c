// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Emulated Unicam, for the kernel's own driver: registers, and frames to where they point. The
 * image pointers are taken when a frame begins or when the driver loads them; the line counter
 * interrupts while pixels come in.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/of_platform.h>
#include <linux/platform_device.h>
#include <linux/preempt.h>
#include <linux/seq_file.h>
#include <linux/vmalloc.h>

#include "bcm2835-unicam-regs.h"
#include "lab.h"
#include "vc.h"

#define SPACE    0x800
#define RECORDED 1024 /* frames */
#define PASSWORD 0x5a000000

struct unicam_record {
	u32 number, stride, stored;
	unsigned long page;
};

struct unicam {
	struct lab_window window, gate_window;
	struct lab_receiver receiver;
	struct irq_domain *lines;

	spinlock_t lock; /* registers */
	u32 registers[SPACE / 4];
	u32 gate; /* clocks of the lanes */

	/* The frame that comes in. */
	bool active;
	u32 start, end;

	struct unicam_record *record;
	u32 recorded;
	/* counters */
	u32 frames, stored, lost, cut, bad_address, unraised;
	/* faults */
	u32 lose, no_interrupt;
};

static u32 get(const struct unicam *unicam, u32 offset)
{
	return READ_ONCE(unicam->registers[offset / 4]);
}

static void set(struct unicam *unicam, u32 offset, u32 value)
{
	WRITE_ONCE(unicam->registers[offset / 4], value);
}

/* ---- registers ---- */

static u32 read_register(struct lab_window *window, u32 offset)
{
	return get(container_of(window, struct unicam, window), offset & (SPACE - 4));
}

static void write_locked(struct unicam *unicam, u32 offset, u32 value)
{
	switch (offset) {
	case UNICAM_STA:
	case UNICAM_ISTA:
		set(unicam, offset, get(unicam, offset) & ~value);
		break;
	case UNICAM_IBWP: /* read only */
		break;
	case UNICAM_ICTL:
		if (value & UNICAM_LIP_MASK)
			set(unicam, UNICAM_IBWP, get(unicam, UNICAM_IBSA0));
		set(unicam, offset, value & ~(UNICAM_LIP_MASK | UNICAM_TFC));
		break;
	default:
		set(unicam, offset, value);
	}
}

static void write_register(struct lab_window *window, u32 offset, u32 value)
{
	struct unicam *unicam = container_of(window, struct unicam, window);
	unsigned long flags;

	spin_lock_irqsave(&unicam->lock, flags);
	write_locked(unicam, offset & (SPACE - 4), value);
	spin_unlock_irqrestore(&unicam->lock, flags);
}

static u32 read_gate(struct lab_window *window, u32 offset)
{
	return container_of(window, struct unicam, gate_window)->gate;
}

static void write_gate(struct lab_window *window, u32 offset, u32 value)
{
	struct unicam *unicam = container_of(window, struct unicam, gate_window);

	if ((value & 0xff000000) == PASSWORD)
		unicam->gate = value & ~PASSWORD;
}

/* ---- a frame ---- */

static void raise(struct unicam *unicam, u32 bit)
{
	u32 wanted = get(unicam, UNICAM_ICTL) & (UNICAM_FSIE | UNICAM_FEIE);
	unsigned long flags;

	if (get(unicam, UNICAM_ICTL) & UNICAM_LCIE_MASK)
		wanted |= UNICAM_LCI;
	spin_lock_irqsave(&unicam->lock, flags);
	set(unicam, UNICAM_ISTA, get(unicam, UNICAM_ISTA) | bit);
	if (bit & wanted)
		set(unicam, UNICAM_STA, get(unicam, UNICAM_STA) | UNICAM_IS);
	spin_unlock_irqrestore(&unicam->lock, flags);
	if (!(bit & wanted))
		return;
	if (READ_ONCE(unicam->no_interrupt))
		unicam->unraised++;
	else
		lab_line_raise(unicam->lines, 0);
}

/* The receiver is on, its lanes have clocks, and it lets this type of data through. */
static bool receives(const struct unicam *unicam, const struct scene_frame *frame)
{
	static const u8 types[] = { [8] = 0x2a, [10] = 0x2b, [12] = 0x2c };

	return get(unicam, UNICAM_CTRL) & UNICAM_CPE && unicam->gate &&
	       (get(unicam, UNICAM_IDI0) & UNICAM_ID0_MASK) == types[frame->bits];
}

static void frame_begin(struct lab_receiver *receiver, const struct scene_frame *frame)
{
	struct unicam *unicam = container_of(receiver, struct unicam, receiver);

	unicam->active = receives(unicam, frame) && !lab_fault(&unicam->lose);
	if (!unicam->active) {
		unicam->lost++;
		return;
	}
	unicam->start = get(unicam, UNICAM_IBSA0);
	unicam->end = get(unicam, UNICAM_IBEA0);
	set(unicam, UNICAM_IBWP, unicam->start);
	/* The driver says now where the next one goes. */
	raise(unicam, UNICAM_FSI);
}

static u32 store(struct unicam *unicam, const struct scene_frame *frame)
{
	bool unpacked = get(unicam, UNICAM_IPIPE) & UNICAM_PUM_MASK;
	u32 stride = get(unicam, UNICAM_IBLS);
	u32 size = unicam->end - unicam->start, lines;
	u8 *memory = unicam->end > unicam->start ? lab_memory(unicam->start, size) : NULL;

	if (!memory) {
		unicam->bad_address++;
		return 0;
	}
	lines = vc_raw_store(frame, memory, size, stride,
			     unpacked ? VC_RAW_LOW : VC_RAW_PACKED);
	set(unicam, UNICAM_IBWP, unicam->start + lines * stride);
	return lines;
}

/* The one processor does nothing else meanwhile, and the driver frees no buffer. */
static void frame_store(struct lab_receiver *receiver, const struct scene_frame *frame)
{
	struct unicam *unicam = container_of(receiver, struct unicam, receiver);
	u32 lines = 0;

	if (!unicam->active)
		return;
	preempt_disable();
	if (get(unicam, UNICAM_CTRL) & UNICAM_CPE)
		lines = store(unicam, frame);
	preempt_enable();
	/* The driver's stand-in for a buffer is smaller than a picture. */
	if (lines < frame->height)
		unicam->cut++;
	else
		unicam->stored++;
	unicam->record[unicam->recorded++ % RECORDED] = (struct unicam_record){
		.number = frame->number,
		.stride = get(unicam, UNICAM_IBLS),
		.stored = lines == frame->height,
		.page = PHYS_PFN(unicam->start),
	};
	raise(unicam, UNICAM_LCI);
}

static void frame_end(struct lab_receiver *receiver, const struct scene_frame *frame)
{
	struct unicam *unicam = container_of(receiver, struct unicam, receiver);

	if (!unicam->active)
		return;
	unicam->active = false;
	unicam->frames++;
	if (get(unicam, UNICAM_CTRL) & UNICAM_CPE)
		raise(unicam, UNICAM_FEI);
	lab_fault(&unicam->no_interrupt);
}

/* ---- start ---- */

static int frames_show(struct seq_file *file, void *data)
{
	struct unicam *unicam = file->private;
	u32 first = unicam->recorded > RECORDED ? unicam->recorded - RECORDED : 0;

	for (u32 i = first; i != unicam->recorded; i++) {
		const struct unicam_record *r = &unicam->record[i % RECORDED];

		seq_printf(file, "%u page %lx stride %u stored %u\n", r->number, r->page,
			   r->stride, r->stored);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(frames);

static void add_files(struct unicam *unicam)
{
	const struct lab_number counters[] = {
		{ "frames", &unicam->frames },
		{ "stored", &unicam->stored },
		{ "lost", &unicam->lost },
		{ "cut", &unicam->cut },
		{ "unraised", &unicam->unraised },
		{ "bad_address", &unicam->bad_address },
	};
	const struct lab_number faults[] = {
		{ "lose", &unicam->lose },
		{ "no_interrupt", &unicam->no_interrupt },
	};
	struct dentry *folder = lab_folder("unicam");

	lab_add_counters(folder, counters, ARRAY_SIZE(counters));
	lab_add_faults(folder, faults, ARRAY_SIZE(faults));
	debugfs_create_file("record", 0444, folder, unicam, &frames_fops);
}

static int emulation_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct device_node *node = of_parse_phandle(dev->of_node, "lab,unicam", 0);
	struct lab_sensor *sensor = lab_sensor_find(dev->of_node);
	struct unicam *unicam;
	int ret;

	if (!node || IS_ERR(sensor)) {
		of_node_put(node);
		return node ? PTR_ERR(sensor) : -EINVAL;
	}
	/* It stays for ever, as its registers do. */
	unicam = vzalloc(sizeof(*unicam));
	if (unicam)
		unicam->record = vcalloc(RECORDED, sizeof(*unicam->record));
	if (!unicam || !unicam->record)
		return -ENOMEM;
	spin_lock_init(&unicam->lock);
	unicam->window.read = read_register;
	unicam->window.write = write_register;
	unicam->gate_window.read = read_gate;
	unicam->gate_window.write = write_gate;
	ret = lab_window_add(&unicam->window, node, 0) ?:
		      lab_window_add(&unicam->gate_window, node, 1);
	of_node_put(node);
	if (ret)
		return ret;
	unicam->lines = lab_lines_add(dev->of_node, 1);
	if (!unicam->lines)
		return -ENOMEM;
	add_files(unicam);
	unicam->receiver.begin = frame_begin;
	unicam->receiver.store = frame_store;
	unicam->receiver.end = frame_end;
	lab_sensor_connect(sensor, &unicam->receiver);
	return 0;
}

static const struct of_device_id emulation_match[] = { { .compatible = "lab,unicam" }, {} };

static struct platform_driver emulation_driver = {
	.driver = { .name = "lab-unicam",
		    .of_match_table = emulation_match,
		    .suppress_bind_attrs = true },
	.probe = emulation_probe,
};

static int __init emulation_init(void)
{
	__module_get(THIS_MODULE);
	return platform_driver_register(&emulation_driver);
}
module_init(emulation_init);

MODULE_DESCRIPTION("Emulated Unicam");
MODULE_LICENSE("GPL");
