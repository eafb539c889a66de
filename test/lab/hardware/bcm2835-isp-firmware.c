// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bcm2835-isp look-alike: the firmware. A job begins when there is RAW, and a buffer for each
 * picture that is wanted; statistics are made if there is a buffer for them. Controls that were
 * set by then act on it.
 */
#include <linux/debugfs.h>
#include <linux/hrtimer.h>
#include <linux/seq_file.h>
#include <linux/vmalloc.h>

#include <media/videobuf2-dma-contig.h>

#include "bcm2835-isp.h"
#include "vc.h"

#define RECORDED        1024 /* jobs */
#define PIXELS_PER_USEC 250

static struct isp_buffer *first_buffer(struct isp_node *node)
{
	return list_first_entry_or_null(&node->buffers, struct isp_buffer, list);
}

static bool ready(struct isp *isp)
{
	if (!isp->nodes[ISP_OUTPUT].streaming || !first_buffer(&isp->nodes[ISP_OUTPUT]))
		return false;
	for (int id = ISP_CAPTURE0; id <= ISP_CAPTURE1; id++) {
		struct isp_node *node = &isp->nodes[id];

		if (node->streaming && !first_buffer(node) && !isp->drop)
			return false;
	}
	return true;
}

static bool ready_now(struct isp *isp)
{
	unsigned long flags;
	bool is;

	spin_lock_irqsave(&isp->lock, flags);
	is = ready(isp);
	spin_unlock_irqrestore(&isp->lock, flags);
	return is;
}

static dma_addr_t buffer_address(struct isp_buffer *buffer)
{
	return vb2_dma_contig_plane_dma_addr(&buffer->vb.vb2_buf, 0);
}

static void *buffer_memory(struct isp_buffer *buffer)
{
	return lab_memory(buffer_address(buffer), vb2_plane_size(&buffer->vb.vb2_buf, 0));
}

static void take_buffer(struct isp_node *node)
{
	node->worked = node->streaming ? first_buffer(node) : NULL;
	if (node->worked)
		list_del(&node->worked->list);
}

static bool is_end_of_stream(struct isp_buffer *input)
{
	return !vb2_get_plane_payload(&input->vb.vb2_buf, 0) ||
	       input->vb.flags & V4L2_BUF_FLAG_LAST;
}

/* Under the lock: what the job is about is its own from here on. */
static void begin(struct isp *isp)
{
	struct isp_job *job = &isp->job;
	struct isp_buffer *input;

	take_buffer(&isp->nodes[ISP_OUTPUT]);
	input = isp->nodes[ISP_OUTPUT].worked;
	memset(job, 0, sizeof(*job));
	job->number = isp->jobs;
	job->params = isp->params;
	job->crop = isp->crop;
	job->in = isp->nodes[ISP_OUTPUT].picture;
	job->page = PHYS_PFN(buffer_address(input));
	job->timestamp = rounddown(input->vb.vb2_buf.timestamp, NSEC_PER_USEC);
	if (is_end_of_stream(input)) {
		isp->ended++;
		return;
	}
	job->from = buffer_memory(input);
	for (int i = 0; i < 2; i++) {
		struct isp_node *node = &isp->nodes[ISP_CAPTURE0 + i];

		job->out[i] = node->picture;
		take_buffer(node);
		if (node->worked)
			job->to[i] = buffer_memory(node->worked);
		else
			isp->unserved += node->streaming;
	}
	if (isp_is_raw(job->in.format) && !job->in.format->mono &&
	    !lab_fault(&isp->stats_lost))
		take_buffer(&isp->nodes[ISP_STATS]);
	if (isp->nodes[ISP_STATS].worked)
		job->stats = buffer_memory(isp->nodes[ISP_STATS].worked);
}

/* A format that was set while streaming may be larger than the buffers are. */
static bool fits(const struct isp *isp)
{
	const struct isp_job *job = &isp->job;
	struct isp_buffer *input = isp->nodes[ISP_OUTPUT].worked;

	if (vb2_plane_size(&input->vb.vb2_buf, 0) < job->in.size)
		return false;
	for (int i = 0; i < 2; i++) {
		struct isp_buffer *buffer = isp->nodes[ISP_CAPTURE0 + i].worked;

		if (buffer && vb2_plane_size(&buffer->vb.vb2_buf, 0) < job->out[i].size)
			return false;
	}
	return true;
}

static void write_record(struct isp *isp)
{
	const struct isp_job *job = &isp->job;

	isp->record[isp->recorded++ % RECORDED] = (struct isp_record){
		.job = job->number,
		.writes = job->params.writes,
		.red = job->params.red,
		.blue = job->params.blue,
		.digital = job->params.digital,
		.black = job->params.black[1],
		.matrix = job->params.matrix_on,
		.gamma = job->params.gamma_on,
		.stats = job->stats,
		.pictures = { job->to[0], job->to[1] },
		.stride = job->in.stride,
		.page = job->page,
		.timestamp = job->timestamp,
	};
}

static void give_buffer_back(struct isp_node *node, enum vb2_buffer_state state)
{
	struct isp *isp = node->isp;
	struct isp_buffer *buffer = node->worked;
	unsigned long flags;

	if (!buffer)
		return;
	buffer->vb.sequence = node->sequence++;
	buffer->vb.vb2_buf.timestamp = isp->job.timestamp;
	buffer->vb.field = V4L2_FIELD_NONE;
	if (node->id == ISP_STATS)
		vb2_set_plane_payload(&buffer->vb.vb2_buf, 0, sizeof(struct isp_stats));
	else if (node->id != ISP_OUTPUT)
		vb2_set_plane_payload(&buffer->vb.vb2_buf, 0,
				      isp->job.out[node->id - 1].size);
	if (state == VB2_BUF_STATE_DONE)
		node->stored++;
	vb2_buffer_done(&buffer->vb.vb2_buf, state);
	spin_lock_irqsave(&isp->lock, flags);
	node->worked = NULL;
	spin_unlock_irqrestore(&isp->lock, flags);
}

/* Nobody may rely on who is first: it changes with each job. */
static void end(struct isp *isp, enum vb2_buffer_state state)
{
	unsigned long flags;

	if (lab_fault(&isp->timestamp_zero))
		isp->job.timestamp = 0;
	spin_lock_irqsave(&isp->lock, flags);
	if (state == VB2_BUF_STATE_DONE && isp->job.from)
		write_record(isp);
	isp->jobs += state == VB2_BUF_STATE_DONE && isp->job.from;
	isp->failed += state != VB2_BUF_STATE_DONE;
	spin_unlock_irqrestore(&isp->lock, flags);
	for (u32 i = 0; i < ISP_NODES; i++)
		give_buffer_back(&isp->nodes[(isp->job.number + i) % ISP_NODES], state);
	wake_up(&isp->wait);
}

static void work(struct isp *isp)
{
	struct isp_job *job = &isp->job;
	ktime_t start = ktime_get();
	u32 least_us = job->in.width * job->in.height / PIXELS_PER_USEC;
	ktime_t until = ktime_add_us(start, max(least_us, READ_ONCE(isp->slow)));
	bool done = fits(isp) && !lab_fault(&isp->transfer);

	vc_memory_begin(VC_ISP, job->page);
	if (done)
		isp_develop(isp->develop, job);
	isp->longest_us = max_t(u32, isp->longest_us, ktime_us_delta(ktime_get(), start));
	set_current_state(TASK_UNINTERRUPTIBLE);
	schedule_hrtimeout(&until, HRTIMER_MODE_ABS);
	vc_memory_end(VC_ISP, job->page);
	end(isp, done ? VB2_BUF_STATE_DONE : VB2_BUF_STATE_ERROR);
}

static int run(void *data)
{
	struct isp *isp = data;
	unsigned long flags;
	bool begun;

	while (!kthread_should_stop()) {
		wait_event_interruptible(isp->wait, ready_now(isp) || kthread_should_stop());
		spin_lock_irqsave(&isp->lock, flags);
		begun = ready(isp);
		if (begun)
			begin(isp);
		spin_unlock_irqrestore(&isp->lock, flags);
		if (begun && isp->job.from)
			work(isp);
		else if (begun)
			end(isp, VB2_BUF_STATE_DONE);
	}
	return 0;
}

/* ---- the record ---- */

static int jobs_show(struct seq_file *file, void *data)
{
	struct isp *isp = file->private;
	u32 first = isp->recorded > RECORDED ? isp->recorded - RECORDED : 0;

	for (u32 i = first; i != isp->recorded; i++) {
		const struct isp_record *r = &isp->record[i % RECORDED];

		seq_printf(file,
			   "%u page %lx stride %u time %llu writes %u red %u blue %u digital %u "
			   "black %u matrix %u gamma %u stats %u main %u second %u\n",
			   r->job, r->page, r->stride, r->timestamp, r->writes, r->red,
			   r->blue, r->digital, r->black, r->matrix, r->gamma, r->stats,
			   r->pictures[0], r->pictures[1]);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(jobs);

static void add_files(struct isp *isp)
{
	const struct lab_number counters[] = {
		{ "jobs", &isp->jobs },
		{ "failed", &isp->failed },
		{ "ended", &isp->ended },
		{ "unserved", &isp->unserved },
		{ "controls", &isp->params.writes },
		{ "longest_us", &isp->longest_us },
		{ "input", &isp->nodes[ISP_OUTPUT].stored },
		{ "main", &isp->nodes[ISP_CAPTURE0].stored },
		{ "second", &isp->nodes[ISP_CAPTURE1].stored },
		{ "stats", &isp->nodes[ISP_STATS].stored },
	};
	const struct lab_number faults[] = {
		{ "enable", &isp->enable },    { "control", &isp->control },
		{ "format", &isp->format },    { "transfer", &isp->transfer },
		{ "stop", &isp->stop },        { "isp_time", &isp->timestamp_zero },
		{ "stats", &isp->stats_lost }, { "drop", &isp->drop },
		{ "slow", &isp->slow },
	};
	char name[16];

	snprintf(name, sizeof(name), "isp%u", isp->number);
	isp->folder = lab_folder(name);
	lab_add_counters(isp->folder, counters, ARRAY_SIZE(counters));
	lab_add_faults(isp->folder, faults, ARRAY_SIZE(faults));
	debugfs_create_file("record", 0444, isp->folder, isp, &jobs_fops);
}

int isp_firmware_start(struct isp *isp)
{
	isp->record = vcalloc(RECORDED, sizeof(*isp->record));
	isp->develop = vzalloc(sizeof(*isp->develop));
	if (!isp->record || !isp->develop)
		return -ENOMEM;
	isp->thread = kthread_run(run, isp, "lab-isp%u", isp->number);
	if (IS_ERR(isp->thread))
		return PTR_ERR(isp->thread);
	add_files(isp);
	return 0;
}

void isp_firmware_stop(struct isp *isp)
{
	debugfs_remove_recursive(isp->folder);
	if (!IS_ERR_OR_NULL(isp->thread))
		kthread_stop(isp->thread);
	vfree(isp->develop);
	vfree(isp->record);
}
