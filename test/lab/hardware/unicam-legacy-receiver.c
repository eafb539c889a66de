// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Unicam look-alike: frames of the sensor go to buffers. The last buffer is never given up: it
 * is written to again and again until there is another one, and frames in between are lost.
 */
#include <linux/debugfs.h>
#include <linux/preempt.h>
#include <linux/seq_file.h>
#include <linux/vmalloc.h>

#include <media/v4l2-event.h>
#include <media/videobuf2-dma-contig.h>

#include "unicam-legacy.h"
#include "vc.h"

#define RECORDED 1024 /* frames */

/* ---- start and stop ---- */

static int check_lanes(struct unicam *unicam)
{
	struct v4l2_mbus_config config = {};
	int ret = v4l2_subdev_call(unicam->source, pad, get_mbus_config, 0, &config);

	if (ret == -ENOIOCTLCMD || ret)
		return ret == -ENOIOCTLCMD ? 0 : ret;
	if (config.bus.mipi_csi2.num_data_lanes <= unicam->lanes)
		return 0;
	dev_err(unicam->dev,
		"Device has requested %u data lanes, which is >%u configured in DT\n",
		config.bus.mipi_csi2.num_data_lanes, unicam->lanes);
	return -EINVAL;
}

int unicam_start(struct unicam *unicam)
{
	unsigned long flags;
	int ret = check_lanes(unicam);

	if (!ret && lab_fault(&unicam->start))
		ret = -EIO;
	if (ret)
		return ret;
	spin_lock_irqsave(&unicam->lock, flags);
	unicam->sequence = 0;
	unicam->active = false;
	unicam->running = true;
	spin_unlock_irqrestore(&unicam->lock, flags);
	ret = v4l2_subdev_call(unicam->source, video, s_stream, 1);
	if (ret) {
		dev_err(unicam->dev, "stream on failed in subdev\n");
		unicam->running = false;
		return ret;
	}
	unicam->starts++;
	return 0;
}

void unicam_stop(struct unicam *unicam)
{
	unsigned long flags;
	bool was;

	spin_lock_irqsave(&unicam->lock, flags);
	was = unicam->running;
	unicam->running = false;
	spin_unlock_irqrestore(&unicam->lock, flags);
	if (was && v4l2_subdev_call(unicam->source, video, s_stream, 0))
		dev_err(unicam->dev, "stream off failed in subdev\n");
}

/* ---- buffers, under the lock ---- */

static struct unicam_buffer *next_buffer(struct unicam_node *node)
{
	struct unicam_buffer *buffer =
		list_first_entry_or_null(&node->buffers, struct unicam_buffer, list);

	if (buffer)
		list_del(&buffer->list);
	return buffer;
}

static void *buffer_memory(struct unicam_buffer *buffer, unsigned long *page)
{
	dma_addr_t address = vb2_dma_contig_plane_dma_addr(&buffer->vb.vb2_buf, 0);

	*page = PHYS_PFN(address);
	return lab_memory(address, vb2_plane_size(&buffer->vb.vb2_buf, 0));
}

static void hand_over(struct unicam_node *node, struct unicam_buffer *buffer)
{
	node->stored++;
	vb2_buffer_done(&buffer->vb.vb2_buf, VB2_BUF_STATE_DONE);
}

/* The node's buffer is full, if another one is there to go on with. */
static struct unicam_buffer *fill(struct unicam_node *node, u64 timestamp)
{
	struct unicam_buffer *buffer = node->taken;
	struct unicam_buffer *next = buffer ? next_buffer(node) : NULL;

	if (!next)
		return NULL;
	buffer->vb.sequence = node->unicam->sequence;
	if (node == &node->unicam->nodes[UNICAM_EMBEDDED])
		buffer->vb.sequence += READ_ONCE(node->unicam->embedded_ahead);
	buffer->vb.field = V4L2_FIELD_NONE;
	buffer->vb.vb2_buf.timestamp = timestamp;
	node->taken = next;
	return buffer;
}

static void fill_embedded(struct unicam *unicam, u64 timestamp)
{
	struct unicam_node *node = &unicam->nodes[UNICAM_EMBEDDED];
	struct unicam_buffer *buffer;

	if (lab_fault(&unicam->lose_embedded)) {
		unicam->embedded_lost++;
		return;
	}
	buffer = fill(node, timestamp);
	if (!buffer)
		return;
	if (!node->late && lab_fault(&unicam->late))
		node->late = buffer;
	else
		hand_over(node, buffer);
}

/* ---- a frame ---- */

static void frame_begin(struct lab_receiver *receiver, const struct scene_frame *frame)
{
	struct unicam *unicam = container_of(receiver, struct unicam, receiver);
	struct v4l2_event event = { .type = V4L2_EVENT_FRAME_SYNC };
	unsigned long flags;

	spin_lock_irqsave(&unicam->lock, flags);
	unicam->active = unicam->running;
	unicam->timestamp = ktime_get_ns();
	event.u.frame_sync.frame_sequence = unicam->sequence;
	for (int i = 0; unicam->active && i < UNICAM_NODES; i++) {
		struct unicam_node *node = &unicam->nodes[i];

		if (node->streaming && !node->taken)
			node->taken = next_buffer(node);
	}
	unicam->page = 0;
	if (unicam->active && unicam->nodes[UNICAM_IMAGE].taken)
		buffer_memory(unicam->nodes[UNICAM_IMAGE].taken, &unicam->page);
	if (unicam->page)
		vc_memory_begin(VC_RECEIVER, unicam->page);
	spin_unlock_irqrestore(&unicam->lock, flags);
	if (unicam->active)
		v4l2_event_queue(&unicam->nodes[UNICAM_IMAGE].video, &event);
}

/* Under the lock, so that the buffer stays. */
static void store_image(struct unicam *unicam, const struct scene_frame *frame)
{
	const struct v4l2_pix_format *pix = &unicam->nodes[UNICAM_IMAGE].format.fmt.pix;
	struct unicam_buffer *buffer = unicam->nodes[UNICAM_IMAGE].taken;
	const struct unicam_format *format = unicam_format_by_fourcc(pix->pixelformat);
	unsigned long page;
	void *memory;

	memory = buffer ? buffer_memory(buffer, &page) : NULL;
	/* Another type of data is filtered out. */
	if (!memory || !format || format->depth != frame->bits)
		return;
	if (vc_raw_store(frame, memory, pix->sizeimage, pix->bytesperline,
			 pix->pixelformat == format->unpacked ? VC_RAW_LOW : VC_RAW_PACKED) <
	    frame->height)
		unicam->cut++;
}

static void store_embedded(struct unicam *unicam)
{
	struct unicam_node *node = &unicam->nodes[UNICAM_EMBEDDED];
	unsigned long page;
	void *memory = node->taken ? buffer_memory(node->taken, &page) : NULL;

	if (memory)
		memcpy(memory, unicam->embedded,
		       min_t(u32, UNICAM_EMBEDDED_SIZE, node->format.fmt.meta.buffersize));
}

static void frame_store(struct lab_receiver *receiver, const struct scene_frame *frame)
{
	struct unicam *unicam = container_of(receiver, struct unicam, receiver);
	unsigned long flags;

	lab_sensor_embedded(unicam->sensor, unicam->embedded, UNICAM_EMBEDDED_SIZE);
	spin_lock_irqsave(&unicam->lock, flags);
	if (unicam->active && unicam->running) {
		store_image(unicam, frame);
		store_embedded(unicam);
		if (READ_ONCE(unicam->early))
			fill_embedded(unicam, unicam->timestamp);
	}
	spin_unlock_irqrestore(&unicam->lock, flags);
}

static void record(struct unicam *unicam, const struct scene_frame *frame, bool stored)
{
	unicam->record[unicam->recorded++ % RECORDED] = (struct unicam_record){
		.number = frame->number,
		.sequence = unicam->sequence,
		.stride = unicam->nodes[UNICAM_IMAGE].format.fmt.pix.bytesperline,
		.page = unicam->page,
		.timestamp = unicam->timestamp,
		.stored = stored,
	};
}

static void end_locked(struct unicam *unicam, const struct scene_frame *frame)
{
	struct unicam_node *image = &unicam->nodes[UNICAM_IMAGE];
	struct unicam_node *embedded = &unicam->nodes[UNICAM_EMBEDDED];
	u64 timestamp = lab_fault(&unicam->timestamp_zero) ? 0 : unicam->timestamp;
	bool lost = lab_fault(&unicam->lose);
	struct unicam_buffer *buffer = NULL, *late = embedded->late;

	if (!lost)
		buffer = fill(image, timestamp);
	record(unicam, frame, buffer);
	if (buffer)
		hand_over(image, buffer);
	embedded->late = NULL;
	if (late)
		hand_over(embedded, late);
	if (!lab_fault(&unicam->early))
		fill_embedded(unicam, timestamp);
	unicam->frames++;
	unicam->dropped += !buffer;
	unicam->stored += buffer != NULL;
	unicam->sequence++;
}

static void frame_end(struct lab_receiver *receiver, const struct scene_frame *frame)
{
	struct unicam *unicam = container_of(receiver, struct unicam, receiver);
	unsigned long flags;

	spin_lock_irqsave(&unicam->lock, flags);
	if (unicam->page)
		vc_memory_end(VC_RECEIVER, unicam->page);
	if (unicam->active && unicam->running)
		end_locked(unicam, frame);
	unicam->active = false;
	spin_unlock_irqrestore(&unicam->lock, flags);
}

const struct lab_receiver unicam_receiver = {
	.begin = frame_begin,
	.store = frame_store,
	.end = frame_end,
};

/* ---- the record: which memory got which frame ---- */

static int frames_show(struct seq_file *file, void *data)
{
	struct unicam *unicam = file->private;
	u32 first = unicam->recorded > RECORDED ? unicam->recorded - RECORDED : 0;

	for (u32 i = first; i != unicam->recorded; i++) {
		const struct unicam_record *r = &unicam->record[i % RECORDED];

		seq_printf(file, "%u page %lx stride %u time %llu sequence %u stored %u\n",
			   r->number, r->page, r->stride, r->timestamp, r->sequence,
			   r->stored);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(frames);

int unicam_record_create(struct unicam *unicam)
{
	const struct lab_number counters[] = {
		{ "frames", &unicam->frames },
		{ "stored", &unicam->stored },
		{ "dropped", &unicam->dropped },
		{ "cut", &unicam->cut },
		{ "starts", &unicam->starts },
		{ "embedded", &unicam->nodes[UNICAM_EMBEDDED].stored },
		{ "embedded_lost", &unicam->embedded_lost },
	};
	const struct lab_number faults[] = {
		{ "start", &unicam->start },
		{ "lose", &unicam->lose },
		{ "embedded_lose", &unicam->lose_embedded },
		{ "embedded_early", &unicam->early },
		{ "embedded_late", &unicam->late },
		{ "embedded_ahead", &unicam->embedded_ahead },
		{ "time", &unicam->timestamp_zero },
	};

	unicam->record = vcalloc(RECORDED, sizeof(*unicam->record));
	unicam->embedded = vzalloc(UNICAM_EMBEDDED_SIZE);
	if (!unicam->record || !unicam->embedded)
		return -ENOMEM;
	unicam->folder = lab_folder("unicam");
	lab_add_counters(unicam->folder, counters, ARRAY_SIZE(counters));
	lab_add_faults(unicam->folder, faults, ARRAY_SIZE(faults));
	debugfs_create_file("record", 0444, unicam->folder, unicam, &frames_fops);
	return 0;
}

void unicam_record_destroy(struct unicam *unicam)
{
	debugfs_remove_recursive(unicam->folder);
	vfree(unicam->embedded);
	vfree(unicam->record);
}
