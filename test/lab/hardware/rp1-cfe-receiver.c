// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Camera front end look-alike: jobs and frames. A job takes a buffer of every node that streams, and
 * there is none until all of them have one. It is taken while a frame comes in and used for the next
 * one: who has no buffer there by the start of a frame misses it.
 *
 * The front end makes no pictures and no statistics: its buffers come back as they were.
 */
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/seq_file.h>
#include <linux/vmalloc.h>

#include <media/v4l2-event.h>
#include <media/videobuf2-dma-contig.h>

#include "rp1-cfe.h"

#define RECORDED 4096 /* of frames and channels */
#define STOP_MS  2000 /* of fault_stop */

/* ---- jobs, under the lock ---- */

bool cfe_all_stream(const struct cfe *cfe)
{
	for (int i = 0; i < CFE_NODES; i++) {
		if (cfe->nodes[i].enabled && !cfe->nodes[i].streaming)
			return false;
	}
	return true;
}

static bool all_have_buffers(const struct cfe *cfe)
{
	for (int i = 0; i < CFE_NODES; i++) {
		if (cfe->nodes[i].enabled && list_empty(&cfe->nodes[i].buffers))
			return false;
	}
	return true;
}

static void take_job(struct cfe *cfe)
{
	cfe->job_queued = true;
	for (int i = 0; i < CFE_NODES; i++) {
		struct cfe_node *node = &cfe->nodes[i];

		if (!node->streaming || (i >= CFE_CHANNELS && cfe->front_channel < 0))
			continue;
		node->next = list_first_entry(&node->buffers, struct cfe_buffer, list);
		list_del(&node->next->list);
	}
	cfe->jobs++;
	cfe->job_ready = all_have_buffers(cfe);
}

void cfe_buffer_queued(struct cfe *cfe)
{
	if (!cfe->job_ready)
		cfe->job_ready = all_have_buffers(cfe);
	if (!cfe->job_queued && cfe->job_ready && cfe_all_stream(cfe))
		take_job(cfe);
}

/* ---- start and stop ---- */

/* The type of data that comes to a channel, 0: none does. */
static int channel_type(const struct cfe *cfe, u32 channel, struct v4l2_subdev_state *state)
{
	const struct v4l2_mbus_framefmt *sink;
	const struct cfe_format *format;
	u32 stream;
	int ret = 0;

	if (cfe->downstream && !media_pad_remote_pad_first(&cfe->csi2_pads[channel]))
		return 0;
	if (!cfe->downstream)
		ret = v4l2_subdev_routing_find_opposite_end(
			&state->routing, cfe_channel_pad(cfe, channel), 0, NULL, &stream);
	if (ret)
		return ret;
	sink = v4l2_subdev_state_get_format(state, cfe->downstream ? channel : 0);
	format = sink ? cfe_format_by_code(cfe, sink->code) : NULL;
	return format ? format->type : -EINVAL;
}

/* Mainline's driver looks at the pad that the node is linked to, the other one at the sink. */
static enum vc_raw channel_form(const struct cfe_node *node, struct v4l2_subdev_state *state)
{
	u32 pad = node->cfe->downstream ? node->id : cfe_channel_pad(node->cfe, node->id);
	const struct v4l2_mbus_framefmt *wanted = v4l2_subdev_state_get_format(state, pad);
	const struct cfe_format *format = cfe_format_by_code(node->cfe, wanted->code);
	u32 fourcc = node->image.fmt.pix.pixelformat;

	if (!cfe_node_is_image(node) || !format || !format->high)
		return VC_RAW_PACKED;
	if (fourcc == format->compressed)
		return VC_RAW_COMPRESSED;
	return fourcc == format->high ? VC_RAW_HIGH : VC_RAW_PACKED;
}

static int start_channel(struct cfe_node *node, struct v4l2_subdev_state *state)
{
	struct cfe *cfe = node->cfe;
	unsigned long flags;
	int type = 0;

	if (node->id < CFE_CHANNELS) {
		type = channel_type(cfe, node->id, state);
		if (type < 0)
			return type;
		node->form = channel_form(node, state);
		node->type = type;
	}
	spin_lock_irqsave(&cfe->lock, flags);
	node->on = type;
	if (cfe_all_stream(cfe)) {
		cfe->front_on = cfe->front_channel >= 0;
		if (cfe->job_ready)
			take_job(cfe);
	}
	spin_unlock_irqrestore(&cfe->lock, flags);
	return 0;
}

static int check_lanes(struct cfe *cfe)
{
	struct v4l2_mbus_config config = {};
	int ret = v4l2_subdev_call(cfe->source, pad, get_mbus_config, 0, &config);

	if (ret == -ENOIOCTLCMD || ret)
		return ret == -ENOIOCTLCMD ? 0 : ret;
	if (config.bus.mipi_csi2.num_data_lanes <= cfe->lanes)
		return 0;
	dev_err(cfe->dev,
		"Device has requested %u data lanes, which is >%u configured in DT\n",
		config.bus.mipi_csi2.num_data_lanes, cfe->lanes);
	return -EINVAL;
}

/* A node that stopped and starts again finds the sensor on: for mainline's driver that is an error. */
static int start_source(struct cfe *cfe)
{
	bool again = cfe->running;
	int ret = check_lanes(cfe);

	if (!ret) {
		WRITE_ONCE(cfe->running, true);
		if (!cfe->downstream)
			ret = v4l2_subdev_enable_streams(cfe->source, cfe->source_pad,
							 BIT_ULL(0));
		else if (!again)
			ret = v4l2_subdev_call(cfe->source, video, s_stream, 1);
	}
	if (ret) {
		dev_err(cfe->dev, "stream on failed in subdev\n");
		WRITE_ONCE(cfe->running, false);
		return ret;
	}
	cfe->starts++;
	return 0;
}

static void set_streaming(struct cfe_node *node, bool streaming)
{
	unsigned long flags;

	spin_lock_irqsave(&node->cfe->lock, flags);
	node->streaming = streaming;
	if (streaming) {
		node->begun = false;
		node->count = 0;
	} else {
		node->on = false;
	}
	spin_unlock_irqrestore(&node->cfe->lock, flags);
}

int cfe_start_node(struct cfe_node *node)
{
	struct cfe *cfe = node->cfe;
	struct v4l2_subdev_state *state;
	int ret;

	if (!READ_ONCE(node->enabled)) {
		dev_err(cfe->dev, "%s node link is not enabled.\n", node->video.name);
		return -EINVAL;
	}
	if (lab_fault(&cfe->start))
		return -EIO;
	if (cfe->front_channel >= 0 && !READ_ONCE(cfe->nodes[CFE_CONFIG].enabled)) {
		dev_err(cfe->dev, "FE enabled, but FE_CONFIG node is not\n");
		return -EINVAL;
	}
	ret = media_pipeline_start(&node->pad, &cfe->pipeline);
	if (ret) {
		dev_err(cfe->dev, "Failed to start media pipeline: %d\n", ret);
		return ret;
	}
	set_streaming(node, true);
	state = v4l2_subdev_lock_and_get_active_state(&cfe->csi2);
	ret = start_channel(node, state);
	if (!ret && cfe_all_stream(cfe))
		ret = start_source(cfe);
	v4l2_subdev_unlock_state(state);
	if (ret) {
		set_streaming(node, false);
		media_pipeline_stop(&node->pad);
	}
	return ret;
}

static bool any_streams(const struct cfe *cfe)
{
	for (int i = 0; i < CFE_NODES; i++) {
		if (cfe->nodes[i].streaming)
			return true;
	}
	return false;
}

static void stop_source(struct cfe *cfe)
{
	int ret;

	if (!cfe->running)
		return;
	WRITE_ONCE(cfe->running, false);
	if (cfe->downstream)
		ret = v4l2_subdev_call(cfe->source, video, s_stream, 0);
	else
		ret = v4l2_subdev_disable_streams(cfe->source, cfe->source_pad, BIT_ULL(0));
	if (ret)
		dev_err(cfe->dev, "stream disable failed in subdev\n");
}

/* With one that stops, all others get no more than the job that is taken. */
void cfe_stop_node(struct cfe_node *node)
{
	struct cfe *cfe = node->cfe;
	unsigned long flags;

	if (lab_fault(&cfe->stop))
		msleep(STOP_MS);
	set_streaming(node, false);
	spin_lock_irqsave(&cfe->lock, flags);
	cfe->job_ready = false;
	cfe->front_on = false;
	spin_unlock_irqrestore(&cfe->lock, flags);
	if (!any_streams(cfe))
		stop_source(cfe);
	media_pipeline_stop(&node->pad);
}

/* ---- a frame ---- */

/* The same time for all nodes, and a new job when the frame has begun at the last of them. */
static void begin_node(struct cfe_node *node)
{
	struct v4l2_event event = { .type = V4L2_EVENT_FRAME_SYNC };
	struct cfe *cfe = node->cfe;
	bool last = true;

	node->current_ = node->next;
	node->next = NULL;
	node->count++;
	node->timestamp = ktime_get_ns();
	for (int i = 0; i < CFE_NODES; i++) {
		const struct cfe_node *other = &cfe->nodes[i];

		if (other == node || !other->streaming)
			continue;
		if (other->count >= node->count)
			node->timestamp = other->timestamp;
		if (other->count != node->count)
			last = false;
	}
	if (last)
		cfe->job_queued = false;
	node->begun = true;
	event.u.frame_sync.frame_sequence = node->count - 1;
	if (cfe_node_is_image(node))
		v4l2_event_queue(&node->video, &event);
}

static void end_node(struct cfe_node *node, bool no_time)
{
	struct cfe_buffer *buffer = node->current_;

	node->begun = false;
	node->current_ = NULL;
	if (!buffer)
		return;
	buffer->vb.sequence = node->count - 1;
	buffer->vb.field = V4L2_FIELD_NONE;
	buffer->vb.vb2_buf.timestamp = no_time ? 0 : node->timestamp;
	node->filled++;
	vb2_buffer_done(&buffer->vb.vb2_buf, VB2_BUF_STATE_DONE);
}

/* Whether a node hears of frames at all. */
static bool hears(const struct cfe_node *node)
{
	const struct cfe *cfe = node->cfe;

	if (!node->streaming || !(node->id < CFE_CHANNELS ? node->on : cfe->front_on))
		return false;
	return node->next || node->current_ || !READ_ONCE(cfe->quiet);
}

/* The buffer for this frame comes too late. */
static void lose(struct cfe_node *node, u32 *fault)
{
	if (!node->streaming || !node->next || !lab_fault(fault))
		return;
	list_add(&node->next->list, &node->buffers);
	node->next = NULL;
	node->cfe->job_ready = all_have_buffers(node->cfe);
}

static void begin_all(struct cfe *cfe)
{
	lose(&cfe->nodes[CFE_CH0], &cfe->lose);
	lose(&cfe->nodes[CFE_CH1], &cfe->lose_embedded);
	for (int i = 0; i < CFE_NODES; i++) {
		struct cfe_node *node = &cfe->nodes[i];

		node->stored = 0;
		node->page = 0;
		if (!hears(node))
			continue;
		if (node->begun) {
			cfe->late++;
			end_node(node, false);
		}
		begin_node(node);
		if (!cfe->job_queued && cfe->job_ready)
			take_job(cfe);
	}
}

static void frame_begin(struct lab_receiver *receiver, const struct scene_frame *frame)
{
	struct cfe *cfe = container_of(receiver, struct cfe, receiver);
	unsigned long flags;

	spin_lock_irqsave(&cfe->lock, flags);
	cfe->active = cfe->running;
	if (cfe->active)
		cfe->frames++;
	if (cfe->active && lab_fault(&cfe->no_interrupt)) {
		cfe->unraised++;
		cfe->active = false;
	}
	if (cfe->active)
		begin_all(cfe);
	spin_unlock_irqrestore(&cfe->lock, flags);
}

/* Under the lock, so that the buffer stays. */
static void store_node(struct cfe_node *node, const struct scene_frame *frame)
{
	static const u8 types[] = {
		[8] = CFE_TYPE_RAW8,
		[10] = CFE_TYPE_RAW10,
		[12] = CFE_TYPE_RAW12,
	};
	const struct v4l2_pix_format *pix = &node->image.fmt.pix;
	dma_addr_t address;
	void *memory;

	if (!node->streaming || !node->on || !node->current_)
		return;
	address = vb2_dma_contig_plane_dma_addr(&node->current_->vb.vb2_buf, 0);
	node->page = PHYS_PFN(address);
	memory = lab_memory(address, vb2_plane_size(&node->current_->vb.vb2_buf, 0));
	if (!memory)
		return;
	if (cfe_node_is_image(node) && node->type == types[frame->bits]) {
		node->stored = vc_raw_store(frame, memory, pix->sizeimage,
					    pix->bytesperline, node->form);
		node->cfe->cut += node->stored < frame->height;
	} else if (!cfe_node_is_image(node) && node->type == CFE_TYPE_EMBEDDED) {
		memcpy(memory, node->cfe->embedded,
		       min_t(u32, CFE_EMBEDDED_SIZE, node->meta.fmt.meta.buffersize));
	}
}

static void frame_store(struct lab_receiver *receiver, const struct scene_frame *frame)
{
	struct cfe *cfe = container_of(receiver, struct cfe, receiver);
	unsigned long flags;

	lab_sensor_embedded(cfe->sensor, cfe->embedded, CFE_EMBEDDED_SIZE);
	spin_lock_irqsave(&cfe->lock, flags);
	for (int i = 0; cfe->active && i < CFE_CHANNELS; i++)
		store_node(&cfe->nodes[i], frame);
	spin_unlock_irqrestore(&cfe->lock, flags);
}

static void record(const struct cfe_node *node, const struct scene_frame *frame)
{
	node->cfe->record[node->cfe->recorded++ % RECORDED] = (struct cfe_record){
		.number = frame->number,
		.sequence = node->count - 1,
		.stride = cfe_node_is_image(node) ? node->image.fmt.pix.bytesperline : 0,
		.channel = node->id,
		.page = node->page,
		.timestamp = node->timestamp,
		.stored = node->current_,
	};
}

static void end_all(struct cfe *cfe, const struct scene_frame *frame)
{
	bool no_time = lab_fault(&cfe->timestamp_zero), no_end = lab_fault(&cfe->no_end);

	for (int i = 0; i < CFE_NODES; i++) {
		struct cfe_node *node = &cfe->nodes[i];

		if (!node->streaming || !node->begun)
			continue;
		if (i < CFE_CHANNELS)
			record(node, frame);
		cfe->dropped += i == CFE_CH0 && !node->current_;
		if (!no_end)
			end_node(node, no_time);
	}
}

static void frame_end(struct lab_receiver *receiver, const struct scene_frame *frame)
{
	struct cfe *cfe = container_of(receiver, struct cfe, receiver);
	unsigned long flags;

	spin_lock_irqsave(&cfe->lock, flags);
	if (cfe->active && cfe->running)
		end_all(cfe, frame);
	cfe->active = false;
	spin_unlock_irqrestore(&cfe->lock, flags);
}

const struct lab_receiver cfe_receiver = {
	.begin = frame_begin,
	.store = frame_store,
	.end = frame_end,
};

/* ---- the record: which memory got which frame ---- */

static int frames_show(struct seq_file *file, void *data)
{
	struct cfe *cfe = file->private;
	u32 first = cfe->recorded > RECORDED ? cfe->recorded - RECORDED : 0;

	for (u32 i = first; i != cfe->recorded; i++) {
		const struct cfe_record *r = &cfe->record[i % RECORDED];

		seq_printf(file,
			   "%u page %lx stride %u time %llu sequence %u stored %u channel %u\n",
			   r->number, r->page, r->stride, r->timestamp, r->sequence,
			   r->stored, r->channel);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(frames);

int cfe_record_create(struct cfe *cfe)
{
	const struct lab_number counters[] = {
		{ "frames", &cfe->frames },
		{ "stored", &cfe->nodes[CFE_CH0].filled },
		{ "embedded", &cfe->nodes[CFE_CH1].filled },
		{ "image0", &cfe->nodes[CFE_IMAGE0].filled },
		{ "dropped", &cfe->dropped },
		{ "cut", &cfe->cut },
		{ "starts", &cfe->starts },
		{ "jobs", &cfe->jobs },
		{ "unraised", &cfe->unraised },
		{ "late", &cfe->late },
	};
	const struct lab_number faults[] = {
		{ "start", &cfe->start },
		{ "stop", &cfe->stop },
		{ "lose", &cfe->lose },
		{ "embedded_lose", &cfe->lose_embedded },
		{ "no_interrupt", &cfe->no_interrupt },
		{ "no_end", &cfe->no_end },
		{ "time", &cfe->timestamp_zero },
		{ "quiet", &cfe->quiet },
	};

	cfe->record = vcalloc(RECORDED, sizeof(*cfe->record));
	cfe->embedded = vzalloc(CFE_EMBEDDED_SIZE);
	if (!cfe->record || !cfe->embedded)
		return -ENOMEM;
	cfe->folder = lab_folder("cfe");
	lab_add_counters(cfe->folder, counters, ARRAY_SIZE(counters));
	lab_add_faults(cfe->folder, faults, ARRAY_SIZE(faults));
	debugfs_create_file("record", 0444, cfe->folder, cfe, &frames_fops);
	return 0;
}

void cfe_record_destroy(struct cfe *cfe)
{
	debugfs_remove_recursive(cfe->folder);
	vfree(cfe->embedded);
	vfree(cfe->record);
}
