// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Emulated CIO2, as the ipu3-cio2 driver sees it: four CSI-2 ports and the DMA channel they share.
 *
 *	sensor ---- begin: the channel takes the next entry of the frame buffer pointer table (FBPT),
 *	  |		interrupt "start"
 *	  |         a quarter of the readout later: packed lines to the pages that the entry lists
 *	  +-------- end: the entry is given back, interrupt "completion"
 *
 * All ports go to channel 0, as the driver sets it up. While the channel takes a frame, one that begins
 * at another port is lost.
 */
#include <linux/debugfs.h>
#include <linux/of.h>
#include <linux/of_graph.h>
#include <linux/seq_file.h>
#include <linux/vmalloc.h>

#include "ipu3-cio2.h"
#include "ipu3.h"

#define SPACE      0x10000
#define RAW10_TYPE 0x2b /* of CSI-2 */
#define RECORDED   1024 /* frames */

/* A pixel has 10 bits, 25 of them are in 32 bytes, a line ends at a multiple of 64. */
#define GROUP_PIXELS 25
#define GROUP_BYTES  32
#define LINE_BYTES   (DIV_ROUND_UP(SCENE_WIDTH, 2 * GROUP_PIXELS) * 2 * GROUP_BYTES)
#define TEMPLATES    (SCENE_KINDS * 2) /* lines of Bayer patterns come in two sorts */

/* Bits of CIO2_REG_IRQCTRL_STATUS, in the order of the driver's messages */
enum port_error {
	PORT_HEADER = BIT(1),
	PORT_CRC = BIT(2),
	PORT_OVERFLOW = BIT(3),
	PORT_INCOMPLETE = BIT(6),
	PORT_DPHY_SYNC = BIT(10),
};

struct cio2_port {
	struct lab_receiver receiver;
	struct cio2 *cio2;
	u32 number;
};

struct cio2_record {
	u32 port, number, entry, bytes;
	unsigned long page;
};

struct cio2 {
	struct ipu3_function function;
	struct cio2_port ports[CIO2_NUM_PORTS];
	struct imgu *imgu;

	spinlock_t lock; /* all below but the templates */
	u32 registers[SPACE / 4];

	/* The frame that the channel takes. */
	const struct cio2_port *taken; /* NULL: none */
	struct cio2_fbpt_entry *entry;
	unsigned long page; /* first one it goes to */
	bool damaged;       /* only the upper half arrives */
	bool unwanted;      /* it goes to the driver's stand-in */
	u32 stride;

	u8 *indices, *templates;
	bool ready[TEMPLATES];

	/* in debugfs: counters */
	u32 frames, lost, unwanted_frames, collisions, halted, overruns, bad_address, overlap;
	u32 longest_us; /* that a picture took to write */
	/* faults */
	u32 csi_crc, csi_header, csi_short, csi_overflow, dphy, lose, no_interrupt;
	struct cio2_record *records;
	u32 recorded;
};

/* ---- registers ---- */

static u32 get(const struct cio2 *cio2, u32 offset)
{
	return READ_ONCE(cio2->registers[offset / 4]);
}

static void set(struct cio2 *cio2, u32 offset, u32 value)
{
	WRITE_ONCE(cio2->registers[offset / 4], value);
}

static u32 get_port(const struct cio2_port *port, u32 offset)
{
	return get(port->cio2, CIO2_REG_PIPE_BASE(port->number) + offset);
}

static u32 read_register(struct ipu3_function *function, u32 offset)
{
	struct cio2 *cio2 = container_of(function, struct cio2, function);

	return get(cio2, offset & ~3);
}

/* A channel that is stopped drops its frame, and begins with the first entry when it is started. */
static void write_channel(struct cio2 *cio2, u32 value)
{
	if (value & CIO2_CDMAC0_DMA_EN)
		value &= ~CIO2_CDMAC0_DMA_HALTED;
	else
		value |= CIO2_CDMAC0_DMA_HALTED;
	set(cio2, CIO2_REG_CDMAC0(CIO2_DMA_CHAN), value);
	set(cio2, CIO2_REG_CDMARI(CIO2_DMA_CHAN), 0);
	cio2->taken = NULL;
}

static void write_locked(struct cio2 *cio2, u32 offset, u32 value)
{
	switch (offset) {
	case CIO2_REG_INT_STS:
	case CIO2_REG_INT_STS_EXT_OE:
	case CIO2_REG_INT_STS_EXT_IE:
		set(cio2, offset, get(cio2, offset) & ~value);
		break;
	case CIO2_REG_PIPE_BASE(0) + CIO2_REG_IRQCTRL_CLEAR:
	case CIO2_REG_PIPE_BASE(1) + CIO2_REG_IRQCTRL_CLEAR:
	case CIO2_REG_PIPE_BASE(2) + CIO2_REG_IRQCTRL_CLEAR:
	case CIO2_REG_PIPE_BASE(3) + CIO2_REG_IRQCTRL_CLEAR:
		offset += CIO2_REG_IRQCTRL_STATUS - CIO2_REG_IRQCTRL_CLEAR;
		set(cio2, offset, get(cio2, offset) & ~value);
		break;
	case CIO2_REG_CDMARI(CIO2_DMA_CHAN): /* read only */
		break;
	case CIO2_REG_CDMAC0(CIO2_DMA_CHAN):
		write_channel(cio2, value);
		break;
	default:
		set(cio2, offset, value);
	}
}

static void write_register(struct ipu3_function *function, u32 offset, u32 value)
{
	struct cio2 *cio2 = container_of(function, struct cio2, function);
	unsigned long flags;

	spin_lock_irqsave(&cio2->lock, flags);
	write_locked(cio2, offset & ~3, value);
	spin_unlock_irqrestore(&cio2->lock, flags);
}

/* ---- interrupts ---- */

static void raise(struct cio2 *cio2, u32 bits)
{
	unsigned long flags;
	bool wanted;

	spin_lock_irqsave(&cio2->lock, flags);
	set(cio2, CIO2_REG_INT_STS, get(cio2, CIO2_REG_INT_STS) | bits);
	wanted = get(cio2, CIO2_REG_INT_STS) & get(cio2, CIO2_REG_INT_EN);
	spin_unlock_irqrestore(&cio2->lock, flags);
	if (!wanted)
		return;
	if (READ_ONCE(cio2->no_interrupt))
		cio2->function.unraised++;
	else
		ipu3_interrupt(&cio2->function);
}

/* What the receiver of a port saw; returns the bits of the main status register. */
static u32 report_errors(const struct cio2_port *port, u32 receiver, u32 input)
{
	u32 status = CIO2_REG_PIPE_BASE(port->number) + CIO2_REG_IRQCTRL_STATUS;
	struct cio2 *cio2 = port->cio2;
	u32 bits = 0;

	set(cio2, status, get(cio2, status) | receiver);
	if (get(cio2, status) & get_port(port, CIO2_REG_IRQCTRL_ENABLE)) {
		input |= CIO2_INT_EXT_IE_IRQ(port->number);
		bits |= CIO2_INT_IOIRQ;
	}
	input |= get(cio2, CIO2_REG_INT_STS_EXT_IE);
	set(cio2, CIO2_REG_INT_STS_EXT_IE, input);
	if (input & get(cio2, CIO2_REG_INT_EN_EXT_IE))
		bits |= CIO2_INT_IOIE;
	return bits;
}

static u32 report_output_error(struct cio2 *cio2, u32 bit)
{
	u32 output = get(cio2, CIO2_REG_INT_STS_EXT_OE) | bit;

	set(cio2, CIO2_REG_INT_STS_EXT_OE, output);
	return output & get(cio2, CIO2_REG_INT_EN_EXT_OE) ? CIO2_INT_IOOE : 0;
}

/* ---- memory ---- */

/* The entry that is next, NULL where the driver's table is not in memory. */
static struct cio2_fbpt_entry *next_entry(struct cio2 *cio2)
{
	u32 index = get(cio2, CIO2_REG_CDMARI(CIO2_DMA_CHAN)) & CIO2_CDMARI_FBPT_RP_MASK;
	struct cio2_fbpt_entry *table;

	table = lab_memory((u64)get(cio2, CIO2_REG_CDMABA(CIO2_DMA_CHAN)) << PAGE_SHIFT,
			   CIO2_FBPT_SIZE);
	return table ? table + index * CIO2_MAX_LOPS : NULL;
}

/* The number of a page of the entry's buffer, 0 beyond its end. */
static unsigned long find_page(const struct cio2_fbpt_entry *entry, u32 index)
{
	const u32 *list;

	if (index >= entry[1].second_entry.num_of_pages)
		return 0;
	list = lab_memory((u64)entry[index / CIO2_LOP_ENTRIES].lop_page_addr << PAGE_SHIFT,
			  PAGE_SIZE);
	return list ? list[index % CIO2_LOP_ENTRIES] : 0;
}

static void put(struct cio2 *cio2, u32 position, const u8 *from, u32 length)
{
	const struct cio2_fbpt_entry *entry = cio2->entry;
	u32 last = entry[1].second_entry.num_of_pages * PAGE_SIZE - PAGE_SIZE +
		   entry[1].second_entry.last_page_available_bytes;

	position += entry[0].first_entry.first_page_offset;
	if (position + length - 1 > last) {
		cio2->overruns++;
		return;
	}
	while (length) {
		u32 inside = offset_in_page(position);
		u32 part = min_t(u32, length, PAGE_SIZE - inside);
		u8 *page = lab_memory((u64)find_page(entry, position >> PAGE_SHIFT)
					      << PAGE_SHIFT,
				      PAGE_SIZE);

		if (page)
			memcpy(page + inside, from, part);
		else
			cio2->bad_address++;
		from += part;
		position += part;
		length -= part;
	}
}

/* ---- lines ---- */

static void pack(const struct scene_frame *frame, u16 palette[][SCENE_FILTERS], u32 y,
		 const u8 *indices, u8 *out)
{
	u32 x = 0;

	while (x < frame->width) {
		u64 bits = 0;
		u32 count = 0, byte = 0;

		for (u32 i = 0; i < GROUP_PIXELS && x < frame->width; i++, x++) {
			bits |= (u64)palette[indices[x]][scene_filter(frame, x, y)] << count;
			for (count += 10; count >= 8; count -= 8, bits >>= 8)
				out[byte++] = bits;
		}
		out[byte] = bits;
		out += GROUP_BYTES;
	}
}

static const u8 *find_line(struct cio2 *cio2, const struct scene_frame *frame,
			   u16 palette[][SCENE_FILTERS], u32 y)
{
	u32 number = scene_kind(frame, y) * 2 + (y & 1);
	u8 *line = cio2->templates + number * LINE_BYTES;

	if (!cio2->ready[number]) {
		cio2->ready[number] = true;
		memset(line, 0, LINE_BYTES);
		scene_line(frame, scene_kind(frame, y), cio2->indices);
		pack(frame, palette, y, cio2->indices, line);
	}
	return line;
}

static void write_picture(struct cio2 *cio2, const struct scene_frame *frame)
{
	static u16 palette[SCENE_COLOURS][SCENE_FILTERS];
	u32 lines = cio2->damaged ? frame->height / 2 : frame->height;

	memset(cio2->ready, 0, sizeof(cio2->ready));
	scene_palette(frame, palette);
	for (u32 y = 0; y < lines; y++)
		put(cio2, y * cio2->stride, find_line(cio2, frame, palette, y), cio2->stride);
}

/* ---- a frame ---- */

/* The receiver is on, and its first table entry lets the sensor's data type through. */
static bool receives(const struct cio2_port *port, const struct scene_frame *frame)
{
	u32 type = get_port(port, CIO2_REG_MIPIBE_LP_LUT_ENTRY(0)) >>
		   CIO2_MIPIBE_LP_LUT_ENTRY_FORMAT_TYPE_SHIFT;

	return get_port(port, CIO2_REG_CSIRX_ENABLE) &&
	       get_port(port, CIO2_REG_MIPIBE_ENABLE) && type == RAW10_TYPE &&
	       frame->bits == 10;
}

/* The channel takes this frame if it has an entry for it; returns interrupt bits. */
static u32 take(struct cio2 *cio2, const struct cio2_port *port,
		const struct scene_frame *frame)
{
	u32 channel = get(cio2, CIO2_REG_CDMAC0(CIO2_DMA_CHAN));
	struct cio2_fbpt_entry *entry = next_entry(cio2);

	if (cio2->taken) {
		cio2->collisions++;
		return 0;
	}
	if (!(channel & CIO2_CDMAC0_DMA_EN) || channel & CIO2_CDMAC0_DMA_HALTED || !entry) {
		cio2->lost++;
		return 0;
	}
	if (!(entry->first_entry.ctrl & CIO2_FBPT_CTRL_VALID)) {
		/* It stays so until the driver starts it anew. */
		cio2->halted++;
		set(cio2, CIO2_REG_CDMAC0(CIO2_DMA_CHAN), channel | CIO2_CDMAC0_DMA_HALTED);
		return report_output_error(cio2, BIT(CIO2_DMA_CHAN));
	}
	cio2->taken = port;
	cio2->entry = entry;
	cio2->stride = DIV_ROUND_UP(frame->width, 2 * GROUP_PIXELS) * 2 * GROUP_BYTES;
	cio2->page = find_page(entry, 0);
	cio2->unwanted = cio2->page == find_page(entry, 1);
	cio2->damaged = READ_ONCE(cio2->csi_header) || READ_ONCE(cio2->csi_short) ||
			READ_ONCE(cio2->csi_overflow);
	if (entry->first_entry.ctrl & CIO2_FBPT_CTRL_IOS &&
	    channel & CIO2_CDMAC0_DMA_INTR_ON_FS)
		return CIO2_INT_IOS_IOLN(CIO2_DMA_CHAN);
	return 0;
}

static void frame_begin(struct lab_receiver *receiver, const struct scene_frame *frame)
{
	struct cio2_port *port = container_of(receiver, struct cio2_port, receiver);
	struct cio2 *cio2 = port->cio2;
	unsigned long flags;
	u32 bits;

	if (!receives(port, frame) || lab_fault(&cio2->lose)) {
		cio2->lost++;
		return;
	}
	spin_lock_irqsave(&cio2->lock, flags);
	if (lab_fault(&cio2->dphy)) {
		cio2->lost++;
		bits = report_errors(port, PORT_DPHY_SYNC,
				     CIO2_INT_EXT_IE_DPHY_NR(port->number));
	} else {
		bits = take(cio2, port, frame);
	}
	spin_unlock_irqrestore(&cio2->lock, flags);
	if (bits)
		raise(cio2, bits);
}

/*
 * The one processor does nothing else meanwhile, and the driver frees no buffer. A channel that was
 * stopped since the frame began writes nothing more, though the real one may for a moment.
 */
static void frame_store(struct lab_receiver *receiver, const struct scene_frame *frame)
{
	struct cio2_port *port = container_of(receiver, struct cio2_port, receiver);
	struct cio2 *cio2 = port->cio2;
	ktime_t start = ktime_get();

	preempt_disable();
	if (cio2->taken == port) {
		if (!cio2->unwanted && cio2->imgu && imgu_holds(cio2->imgu, cio2->page))
			cio2->overlap++;
		if (!cio2->unwanted)
			write_picture(cio2, frame);
	}
	preempt_enable();
	cio2->longest_us = max_t(u32, cio2->longest_us, ktime_us_delta(ktime_get(), start));
}

static void record(struct cio2 *cio2, const struct scene_frame *frame, u32 entry)
{
	cio2->records[cio2->recorded++ % RECORDED] = (struct cio2_record){
		.port = cio2->taken->number,
		.number = frame->number,
		.entry = entry,
		.bytes = cio2->entry[1].second_entry.num_of_bytes,
		.page = cio2->unwanted ? 0 : cio2->page,
	};
}

static u32 frame_errors(const struct cio2_port *port)
{
	struct cio2 *cio2 = port->cio2;
	u32 receiver = 0, input = 0, bits = 0;

	if (lab_fault(&cio2->csi_crc)) {
		receiver |= PORT_CRC;
		input |= CIO2_INT_EXT_IE_CRCERR(port->number);
	}
	if (lab_fault(&cio2->csi_header)) {
		receiver |= PORT_HEADER;
		input |= CIO2_INT_EXT_IE_ECC_NR(port->number);
	}
	if (lab_fault(&cio2->csi_short)) {
		receiver |= PORT_INCOMPLETE;
		input |= CIO2_INT_EXT_IE_PKT2SHORT(port->number);
	}
	if (lab_fault(&cio2->csi_overflow)) {
		receiver |= PORT_OVERFLOW;
		bits = report_output_error(cio2,
					   BIT(CIO2_INT_EXT_OE_OES_SHIFT + port->number));
	}
	return receiver ? bits | report_errors(port, receiver, input) : bits;
}

/* The entry goes back to the driver; returns interrupt bits. */
static u32 give_entry_back(struct cio2 *cio2, const struct scene_frame *frame)
{
	u32 index = get(cio2, CIO2_REG_CDMARI(CIO2_DMA_CHAN));
	struct cio2_fbpt_entry *entry = cio2->entry;
	u32 lines = cio2->damaged ? frame->height / 2 : frame->height;
	u32 bits = frame_errors(cio2->taken);

	cio2->frames++;
	if (cio2->unwanted)
		cio2->unwanted_frames++;
	entry[1].second_entry.num_of_bytes = lines * cio2->stride;
	entry[0].first_entry.cur_line_num = lines;
	entry[0].first_entry.frame_num = frame->number;
	if (entry[0].first_entry.ctrl & CIO2_FBPT_CTRL_IOC)
		bits |= CIO2_INT_IOC(CIO2_DMA_CHAN);
	entry[0].first_entry.ctrl &= ~CIO2_FBPT_CTRL_VALID;
	record(cio2, frame, index);
	set(cio2, CIO2_REG_CDMARI(CIO2_DMA_CHAN), (index + 1) % CIO2_MAX_BUFFERS);
	cio2->taken = NULL;
	return bits;
}

static void frame_end(struct lab_receiver *receiver, const struct scene_frame *frame)
{
	struct cio2_port *port = container_of(receiver, struct cio2_port, receiver);
	struct cio2 *cio2 = port->cio2;
	unsigned long flags;
	u32 bits = 0;

	spin_lock_irqsave(&cio2->lock, flags);
	if (cio2->taken == port)
		bits = give_entry_back(cio2, frame);
	spin_unlock_irqrestore(&cio2->lock, flags);
	if (!bits)
		return;
	raise(cio2, bits);
	lab_fault(&cio2->no_interrupt);
}

/* ---- for the ImgU ---- */

bool cio2_writes(const struct cio2 *cio2, unsigned long page)
{
	return cio2->taken && !cio2->unwanted && cio2->page == page;
}

void cio2_meet(struct cio2 *cio2, struct imgu *imgu)
{
	cio2->imgu = imgu;
}

struct ipu3_function *cio2_function(struct cio2 *cio2)
{
	return &cio2->function;
}

/* ---- start ---- */

static int frames_show(struct seq_file *file, void *data)
{
	struct cio2 *cio2 = file->private;
	u32 first = cio2->recorded > RECORDED ? cio2->recorded - RECORDED : 0;

	for (u32 i = first; i != cio2->recorded; i++) {
		const struct cio2_record *r = &cio2->records[i % RECORDED];

		seq_printf(file, "%u port %u page %lx bytes %u entry %u\n", r->number,
			   r->port, r->page, r->bytes, r->entry);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(frames);

static void add_files(struct cio2 *cio2)
{
	struct dentry *folder = lab_folder(cio2->function.name);
	const struct lab_number counters[] = {
		{ "frames", &cio2->frames },
		{ "lost", &cio2->lost },
		{ "unwanted", &cio2->unwanted_frames },
		{ "collisions", &cio2->collisions },
		{ "halted", &cio2->halted },
		{ "overruns", &cio2->overruns },
		{ "bad_address", &cio2->bad_address },
		{ "overlap", &cio2->overlap },
		{ "interrupts", &cio2->function.interrupts },
		{ "unraised", &cio2->function.unraised },
		{ "longest_us", &cio2->longest_us },
	};
	const struct lab_number faults[] = {
		{ "csi_crc", &cio2->csi_crc },
		{ "csi_header", &cio2->csi_header },
		{ "csi_short", &cio2->csi_short },
		{ "csi_overflow", &cio2->csi_overflow },
		{ "dphy", &cio2->dphy },
		{ "lose", &cio2->lose },
		{ "no_interrupt", &cio2->no_interrupt },
	};

	lab_add_counters(folder, counters, ARRAY_SIZE(counters));
	lab_add_faults(folder, faults, ARRAY_SIZE(faults));
	debugfs_create_file("record", 0444, folder, cio2, &frames_fops);
}

/* Each port whose node names a sensor of ours. */
static int connect_ports(struct cio2 *cio2, struct device_node *node)
{
	for (u32 i = 0; i < CIO2_NUM_PORTS; i++) {
		struct device_node *at = of_graph_get_port_by_id(node, i);
		struct cio2_port *port = &cio2->ports[i];
		struct lab_sensor *sensor;

		if (!at || !of_property_present(at, "lab,sensor"))
			continue;
		sensor = lab_sensor_find(at);
		of_node_put(at);
		if (IS_ERR(sensor))
			return PTR_ERR(sensor);
		port->cio2 = cio2;
		port->number = i;
		port->receiver.begin = frame_begin;
		port->receiver.store = frame_store;
		port->receiver.end = frame_end;
		lab_sensor_connect(sensor, &port->receiver);
	}
	return 0;
}

struct cio2 *cio2_create(struct device_node *node)
{
	struct cio2 *cio2 = vzalloc(sizeof(*cio2));
	int ret;

	if (!cio2)
		return ERR_PTR(-ENOMEM);
	cio2->indices = vzalloc(SCENE_WIDTH);
	cio2->templates = vzalloc(TEMPLATES * LINE_BYTES);
	cio2->records = vcalloc(RECORDED, sizeof(*cio2->records));
	if (!cio2->indices || !cio2->templates || !cio2->records)
		return ERR_PTR(-ENOMEM);
	spin_lock_init(&cio2->lock);
	cio2->function.name = "cio2";
	cio2->function.node = node;
	cio2->function.devfn = PCI_DEVFN(0x14, 0);
	cio2->function.bar_size = SPACE;
	cio2->function.read = read_register;
	cio2->function.write = write_register;
	ipu3_identify(&cio2->function, CIO2_PCI_ID);
	ret = connect_ports(cio2, node);
	if (ret)
		return ERR_PTR(ret);
	add_files(cio2);
	return cio2;
}
