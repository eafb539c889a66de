// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Emulated ImgU, as the ipu3-imgu driver sees it: registers, the boot loader, the handshake with the
 * two scalar processors (SP), the queues of buffers and events in the data memory of the first.
 *
 * One thread is all its processors. Where the firmware's variables lie it reads from the firmware's
 * "code" (imgu-code.h), what to do from the structures that the driver hands to the firmware.
 */
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/seq_file.h>
#include <linux/vmalloc.h>

#include "imgu.h"

#define PCI_ID     0x1919
#define BAR_SIZE   0x400000
#define DMEM_SIZE  0x4000 /* of each processor */
#define RECORDED   1024   /* jobs */
#define FRAME_US   2000   /* that a job takes at least */
#define LATE_US    50000  /* for faults that make something late */
#define FULL_TRIES 1000   /* milliseconds that a queue to the host may stay full */

/* Of an assertion: module, and the number of a line with its bytes swapped */
#define ASSERT_MODULE 7
#define ASSERT_LINE   (42 << 8)

/* That the driver polls, next to IMGU_REG_GP_HALT, but has no name for */
#define REG_GP_HALTED (IMGU_REG_GP_HALT + 4)

/* Events from the host: kind, thread (pipe), queue */
#define EVENT_KIND(event)  ((event) >> 24)
#define EVENT_PIPE(event)  ((event) >> 16 & 0xff)
#define EVENT_QUEUE(event) ((event) >> 8 & 0xff)

enum task { BOOT, START_SP0, START_SP1, TERMINATE, WORK };

/* What goes by which queue */
enum queue {
	PARAMETERS = IMGU_ABI_QUEUE_A_ID,
	INPUT = IMGU_ABI_QUEUE_C_ID,
	OUTPUT = IMGU_ABI_QUEUE_D_ID,
	VIEWFINDER = IMGU_ABI_QUEUE_E_ID,
	STATISTICS = IMGU_ABI_QUEUE_F_ID,
};

static void change(struct imgu *imgu, u32 offset, u32 clear_bits, u32 set_bits)
{
	imgu_set(imgu, offset, (imgu_get(imgu, offset) & ~clear_bits) | set_bits);
}

/* A variable of a scalar processor. */
static u32 variable(int sp, u32 address)
{
	return IMGU_REG_SP_DMEM_BASE(sp) + (address & (DMEM_SIZE - 4));
}

static struct imgu_abi_queues *queues_of(struct imgu *imgu)
{
	return (void *)imgu->memory + IMGU_REG_SP_DMEM_BASE(0) + imgu->sp[0].queues;
}

/* ---- registers ---- */

static void order(struct imgu *imgu, enum task task)
{
	set_bit(task, &imgu->todo);
	wake_up(&imgu->wait);
}

static void reset(struct imgu *imgu)
{
	imgu->generation++;
	imgu->running = false;
	imgu->todo = 0;
	memset(imgu->pipes, 0, sizeof(imgu->pipes));
	imgu_set(imgu, IMGU_REG_ISP_CTRL, IMGU_CTRL_IDLE);
	imgu_set(imgu, IMGU_REG_SP_CTRL(0), IMGU_CTRL_IDLE);
	imgu_set(imgu, IMGU_REG_SP_CTRL(1), IMGU_CTRL_IDLE);
}

static u32 read_state(const struct imgu *imgu)
{
	u32 state = IMGU_STATE_IDLE_STS;

	state |= imgu->power ? IMGU_STATE_POWER_UP : IMGU_STATE_POWER_DOWN;
	if (imgu->halted || imgu_get(imgu, IMGU_REG_GP_HALT) & 1)
		state |= IMGU_STATE_HALT_STS;
	return state;
}

static u32 read_register(struct ipu3_function *function, u32 offset)
{
	struct imgu *imgu = container_of(function, struct imgu, function);

	if (offset == IMGU_REG_STATE)
		return read_state(imgu);
	return offset < IMGU_SPACE ? imgu_get(imgu, offset & ~3) : 0;
}

static u8 read_byte(struct ipu3_function *function, u32 offset)
{
	struct imgu *imgu = container_of(function, struct imgu, function);

	return offset < IMGU_SPACE ? READ_ONCE(imgu->memory[offset]) : 0;
}

static void write_power(struct imgu *imgu, u32 value)
{
	if (value & IMGU_PM_CTRL_FORCE_RESET)
		reset(imgu);
	if (value & IMGU_PM_CTRL_START)
		imgu->power = true;
	if (value & IMGU_PM_CTRL_FORCE_HALT)
		imgu->halted = true;
	if (value & IMGU_PM_CTRL_FORCE_UNHALT)
		imgu->halted = false;
	imgu_set(imgu, IMGU_REG_PM_CTRL,
		 value & ~(IMGU_PM_CTRL_FORCE_RESET | IMGU_PM_CTRL_START |
			   IMGU_PM_CTRL_FORCE_HALT | IMGU_PM_CTRL_FORCE_UNHALT));
}

static void write_processor(struct imgu *imgu, u32 offset, u32 value)
{
	u32 kept = imgu_get(imgu, offset) & IMGU_CTRL_IDLE;

	imgu_set(imgu, offset,
		 (value & ~(IMGU_CTRL_START | IMGU_CTRL_ICACHE_INV | IMGU_CTRL_IRQ_CLEAR |
			    IMGU_CTRL_IDLE)) |
			 kept);
	if (!(value & IMGU_CTRL_START))
		return;
	change(imgu, offset, IMGU_CTRL_IDLE, 0);
	order(imgu, offset == IMGU_REG_ISP_CTRL   ? BOOT :
		    offset == IMGU_REG_SP_CTRL(0) ? START_SP0 :
						    START_SP1);
}

static void write_locked(struct imgu *imgu, u32 offset, u32 value)
{
	switch (offset) {
	case IMGU_REG_STATE: /* read only */
		break;
	case IMGU_REG_PM_CTRL:
		write_power(imgu, value);
		break;
	case IMGU_REG_INT_STATUS:
		change(imgu, offset, value, 0);
		break;
	case IMGU_REG_IRQCTRL_CLEAR(IMGU_IRQCTRL_MAIN):
	case IMGU_REG_IRQCTRL_CLEAR(IMGU_IRQCTRL_SP0):
	case IMGU_REG_IRQCTRL_CLEAR(IMGU_IRQCTRL_SP1):
		change(imgu, offset - 4, value, 0); /* the status register */
		break;
	case IMGU_REG_GP_HALT:
		imgu_set(imgu, offset, value);
		imgu_set(imgu, REG_GP_HALTED, value);
		break;
	case IMGU_REG_TLB_INVALIDATE: /* there is no such cache here */
		imgu->flushes++;
		break;
	case IMGU_REG_ISP_CTRL:
	case IMGU_REG_SP_CTRL(0):
	case IMGU_REG_SP_CTRL(1):
		write_processor(imgu, offset, value);
		break;
	default:
		imgu_set(imgu, offset, value);
		if (imgu->running && value == IMGU_ABI_SP_COMM_COMMAND_TERMINATE &&
		    offset == variable(0, imgu->sp[0].communication +
						  IMGU_ABI_SP_COMM_COMMAND)) {
			imgu->generation++;
			order(imgu, TERMINATE);
		}
	}
}

static void write_register(struct ipu3_function *function, u32 offset, u32 value)
{
	struct imgu *imgu = container_of(function, struct imgu, function);
	unsigned long flags;

	if (offset >= IMGU_SPACE)
		return;
	spin_lock_irqsave(&imgu->lock, flags);
	write_locked(imgu, offset & ~3, value);
	spin_unlock_irqrestore(&imgu->lock, flags);
}

/* ---- interrupts ---- */

/* The first software interrupt of SP0 goes through its controller, the main one and the wrapper. */
static void raise(struct imgu *imgu)
{
	u32 output = variable(0, imgu->sp[0].output);
	unsigned long flags;
	bool wanted = false;

	spin_lock_irqsave(&imgu->lock, flags);
	imgu_set(imgu, output, imgu_get(imgu, output) + 1);
	if (imgu_get(imgu, IMGU_REG_IRQCTRL_ENABLE(IMGU_IRQCTRL_SP0)) &
	    IMGU_IRQCTRL_IRQ_SW_PIN(0)) {
		change(imgu, IMGU_REG_IRQCTRL_STATUS(IMGU_IRQCTRL_SP0), 0,
		       IMGU_IRQCTRL_IRQ_SW_PIN(0));
		wanted = imgu_get(imgu, IMGU_REG_IRQCTRL_ENABLE(IMGU_IRQCTRL_MAIN)) &
			 IMGU_IRQCTRL_IRQ_SP1;
	}
	if (wanted) {
		change(imgu, IMGU_REG_IRQCTRL_STATUS(IMGU_IRQCTRL_MAIN), 0,
		       IMGU_IRQCTRL_IRQ_SP1);
		change(imgu, IMGU_REG_INT_STATUS, 0, IMGU_REG_INT_CSS_IRQ);
		wanted = imgu_get(imgu, IMGU_REG_INT_ENABLE) & IMGU_REG_INT_CSS_IRQ;
	}
	spin_unlock_irqrestore(&imgu->lock, flags);
	if (wanted)
		ipu3_interrupt(&imgu->function);
}

/* ---- boot ---- */

static bool read_code(struct imgu *imgu, u32 address, u32 entry,
		      enum imgu_program program, struct imgu_code *code)
{
	if (imgu_read(imgu, address, code, sizeof(*code)) && code->magic == IMGU_CODE_MAGIC &&
	    code->program == program && code->entry == entry)
		return true;
	imgu->bad_firmware++;
	return false;
}

/* The boot loader copies programs to where the scalar processors have them. */
static bool load_programs(struct imgu *imgu)
{
	u32 commands = imgu_get(imgu, IMGU_REG_ISP_DMEM_BASE + imgu->boot.commands);
	struct imgu_abi_bl_dma_cmd_entry command;

	for (u32 i = 0; i < commands; i++) {
		memcpy(&command,
		       imgu->memory + IMGU_REG_ISP_DMEM_BASE + imgu->boot.command_list +
			       i * sizeof(command),
		       sizeof(command));
		if (command.dst_type != IMGU_ABI_BL_DMACMD_TYPE_SP_PMEM ||
		    command.dst_addr < IMGU_SP_PMEM_BASE(0) ||
		    command.dst_addr + command.size > IMGU_SP_PMEM_BASE(2) ||
		    !imgu_read(imgu, command.src_addr, imgu->memory + command.dst_addr,
			       command.size))
			return false;
	}
	return true;
}

static void boot(struct imgu *imgu)
{
	bool done;

	/* No code, no answer. */
	if (!read_code(imgu, imgu_get(imgu, IMGU_REG_ISP_ICACHE_ADDR),
		       imgu_get(imgu, IMGU_REG_ISP_START_ADDR), IMGU_PROGRAM_BOOT,
		       &imgu->boot))
		return;
	done = !lab_fault(&imgu->boot_fails) && load_programs(imgu);
	imgu_set(imgu, IMGU_REG_ISP_DMEM_BASE + imgu->boot.state,
		 done ? IMGU_ABI_BL_SWSTATE_OK : IMGU_ABI_BL_SWSTATE_ERR);
	change(imgu, IMGU_REG_ISP_CTRL, 0, IMGU_CTRL_IDLE);
}

static void empty_queues(struct imgu *imgu)
{
	struct imgu_abi_queues *queues = queues_of(imgu);

	memset(queues, 0, sizeof(*queues));
	for (int i = 0; i < IMGU_ABI_MAX_SP_THREADS; i++) {
		for (int j = 0; j < IMGU_ABI_QUEUE_NUM; j++)
			queues->host2sp_bufq_info[i][j].size = IMGU_ABI_HOST2SP_BUFQ_SIZE;
	}
	for (int j = 0; j < IMGU_ABI_QUEUE_NUM; j++)
		queues->sp2host_bufq_info[j].size = IMGU_ABI_SP2HOST_BUFQ_SIZE;
	queues->host2sp_evtq_info.size = IMGU_ABI_HOST2SP_EVTQ_SIZE;
	queues->sp2host_evtq_info.size = IMGU_ABI_SP2HOST_EVTQ_SIZE;
	memset(imgu->pipes, 0, sizeof(imgu->pipes));
}

/* Text must have been loaded, data is fetched now, and the rest of it made zero. */
static bool load_data(struct imgu *imgu, int sp)
{
	const struct imgu_code *text = (void *)imgu->memory + IMGU_SP_PMEM_BASE(sp);
	u8 *dmem = imgu->memory + IMGU_REG_SP_DMEM_BASE(sp);
	struct imgu_abi_sp_init_dmem_cfg config;

	memcpy(&config, dmem + imgu->sp[sp].init, sizeof(config));
	if (text->magic != IMGU_CODE_MAGIC || text->program != imgu->sp[sp].program ||
	    config.sp_id != sp || config.dmem_data_addr + config.data_size > DMEM_SIZE ||
	    config.dmem_bss_addr + config.bss_size > DMEM_SIZE ||
	    !imgu_read(imgu, config.ddr_data_addr, dmem + config.dmem_data_addr,
		       config.data_size))
		return false;
	memset(dmem + config.dmem_bss_addr, 0, config.bss_size);
	return true;
}

static void start_processor(struct imgu *imgu, int sp)
{
	if (!read_code(imgu, imgu_get(imgu, IMGU_REG_SP_ICACHE_ADDR(sp)),
		       imgu_get(imgu, IMGU_REG_SP_START_ADDR(sp)), IMGU_PROGRAM_SP0 + sp,
		       &imgu->sp[sp]))
		return;
	if (!load_data(imgu, sp)) {
		imgu->bad_firmware++;
		return;
	}
	if (sp == 0) {
		empty_queues(imgu);
		imgu->running = true;
	}
	imgu_set(imgu, variable(sp, imgu->sp[sp].state), IMGU_ABI_SP_SWSTATE_INITIALIZED);
}

static void terminate(struct imgu *imgu)
{
	imgu->running = false;
	for (int i = 0; i < 2; i++) {
		imgu_set(imgu, variable(i, imgu->sp[i].state),
			 IMGU_ABI_SP_SWSTATE_TERMINATED);
		change(imgu, IMGU_REG_SP_CTRL(i), 0, IMGU_CTRL_IDLE);
	}
}

/* ---- queues ---- */

/* To the host; waits while there is no room, false when the processor was stopped meanwhile. */
static bool push(struct imgu *imgu, u32 generation, struct imgu_abi_queue_info *queue,
		 u32 *slots, u32 value)
{
	for (int tries = 0; (queue->end + 1) % queue->size == queue->start; tries++) {
		if (tries > FULL_TRIES || generation != imgu->generation)
			return false;
		raise(imgu);
		usleep_range(1000, 1500);
	}
	slots[queue->end] = value;
	WRITE_ONCE(queue->end, (queue->end + 1) % queue->size);
	return true;
}

static bool push_event(struct imgu *imgu, u32 generation, u32 event)
{
	struct imgu_abi_queues *queues = queues_of(imgu);

	return push(imgu, generation, &queues->sp2host_evtq_info, queues->sp2host_evtq,
		    event);
}

static bool push_buffer(struct imgu *imgu, u32 generation, enum queue queue, u32 descriptor)
{
	struct imgu_abi_queues *queues = queues_of(imgu);

	return push(imgu, generation, &queues->sp2host_bufq_info[queue],
		    queues->sp2host_bufq[queue], descriptor);
}

/* Give a buffer of the job back: itself by its queue, then the event that says so. */
static bool give_back(struct imgu *imgu, const struct imgu_job *job, enum queue queue, u32 type)
{
	u32 descriptor = job->descriptors[queue];

	return !descriptor || (push_buffer(imgu, job->generation, queue, descriptor) &&
			       push_event(imgu, job->generation,
					  type | job->pipe << IMGU_ABI_EVTTYPE_PIPE_SHIFT |
						  job->group.pipe[job->pipe].pipe_id
							  << IMGU_ABI_EVTTYPE_PIPEID_SHIFT));
}

/*
 * Parameters go back to the host when no input needs them any more, without an event. The driver never
 * has more of them than that queue can hold.
 */
static void drop_parameters(struct imgu *imgu, struct imgu_pipe *pipe, u32 descriptor)
{
	struct imgu_abi_queues *queues = queues_of(imgu);
	struct imgu_abi_queue_info *info = &queues->sp2host_bufq_info[PARAMETERS];

	if (!descriptor || descriptor == pipe->parameters || descriptor == pipe->latest)
		return;
	for (int i = 0; i < pipe->queued[INPUT]; i++) {
		if (pipe->parameters_of[i] == descriptor)
			return;
	}
	if ((info->end + 1) % info->size == info->start) {
		imgu->unknown++;
		return;
	}
	queues->sp2host_bufq[PARAMETERS][info->end] = descriptor;
	info->end = (info->end + 1) % info->size;
}

static void receive_parameters(struct imgu *imgu, struct imgu_pipe *pipe, u32 descriptor)
{
	u32 before = pipe->latest;

	pipe->latest = descriptor;
	drop_parameters(imgu, pipe, before);
}

/* A buffer that the host has put into a queue is the firmware's now. */
static void receive_buffer(struct imgu *imgu, u32 number, u32 queue)
{
	struct imgu_abi_queues *queues = queues_of(imgu);
	struct imgu_abi_queue_info *info;
	struct imgu_pipe *pipe;
	u32 descriptor;

	if (number >= IMGU_PIPES || queue >= IMGU_ABI_QUEUE_NUM) {
		imgu->unknown++;
		return;
	}
	pipe = &imgu->pipes[number];
	info = &queues->host2sp_bufq_info[number][queue];
	if (info->start == info->end || pipe->queued[queue] == IMGU_QUEUED) {
		imgu->unknown++;
		return;
	}
	descriptor = queues->host2sp_bufq[number][queue][info->start];
	info->start = (info->start + 1) % info->size;
	if (queue == PARAMETERS) {
		receive_parameters(imgu, pipe, descriptor);
		return;
	}
	if (queue == INPUT)
		pipe->parameters_of[pipe->queued[INPUT]] = pipe->latest;
	pipe->queue[queue][pipe->queued[queue]++] = descriptor;
}

static void receive_event(struct imgu *imgu, u32 event)
{
	switch (EVENT_KIND(event)) {
	case EVENT_KIND(IMGU_ABI_EVENT_BUFFER_ENQUEUED(0, 0)):
		receive_buffer(imgu, EVENT_PIPE(event), EVENT_QUEUE(event));
		break;
	case EVENT_KIND(IMGU_ABI_EVENT_BUFFER_DEQUEUED(0)):
	case EVENT_KIND(IMGU_ABI_EVENT_EVENT_DEQUEUED):
		break;
	case EVENT_KIND(IMGU_ABI_EVENT_START_STREAM):
		if (EVENT_PIPE(event) < IMGU_PIPES)
			imgu->pipes[EVENT_PIPE(event)].started = true;
		break;
	case EVENT_KIND(IMGU_ABI_EVENT_STOP_STREAM): /* the driver names no pipe */
		for (int i = 0; i < IMGU_PIPES; i++)
			imgu->pipes[i].started = false;
		break;
	default:
		imgu->unknown++;
	}
}

static void receive_events(struct imgu *imgu)
{
	struct imgu_abi_queues *queues = queues_of(imgu);
	struct imgu_abi_queue_info *info = &queues->host2sp_evtq_info;

	while (info->start != READ_ONCE(info->end)) {
		u32 event = queues->host2sp_evtq[info->start];

		info->start = (info->start + 1) % info->size;
		receive_event(imgu, event);
	}
}

/*
 * Positions in queues are bytes. The event queue tells of all others: the processor that waits for
 * events takes the buffers at once, whatever the others are at.
 */
static void write_byte(struct ipu3_function *function, u32 offset, u8 value)
{
	struct imgu *imgu = container_of(function, struct imgu, function);
	unsigned long flags;

	if (offset >= IMGU_SPACE)
		return;
	spin_lock_irqsave(&imgu->lock, flags);
	WRITE_ONCE(imgu->memory[offset], value);
	if (imgu->running &&
	    offset == IMGU_REG_SP_DMEM_BASE(0) + imgu->sp[0].queues +
			      offsetof(struct imgu_abi_queues, host2sp_evtq_info.end)) {
		receive_events(imgu);
		order(imgu, WORK);
	}
	spin_unlock_irqrestore(&imgu->lock, flags);
}

static u32 take(struct imgu_pipe *pipe, enum queue queue)
{
	u32 descriptor = pipe->queue[queue][0];

	if (!pipe->queued[queue])
		return 0;
	pipe->queued[queue]--;
	memmove(pipe->queue[queue], pipe->queue[queue] + 1,
		pipe->queued[queue] * sizeof(descriptor));
	return descriptor;
}

/* With an input come the parameters that had come before it. */
static u32 take_input(struct imgu *imgu, struct imgu_pipe *pipe)
{
	u32 before = pipe->parameters;
	u32 descriptor = take(pipe, INPUT);

	pipe->parameters = pipe->parameters_of[0];
	memmove(pipe->parameters_of, pipe->parameters_of + 1,
		pipe->queued[INPUT] * sizeof(pipe->parameters_of[0]));
	drop_parameters(imgu, pipe, before);
	return descriptor;
}

/* ---- jobs ---- */

static void record(struct imgu *imgu, const struct imgu_job *job)
{
	const struct imgu_abi_sp_resolution *in = &job->stage.frames.in.info.res;

	imgu->records[imgu->recorded++ % RECORDED] = (struct imgu_record){
		.number = imgu->jobs,
		.pipe = job->pipe,
		.width = in->width,
		.height = in->height,
		.bytes = job->input_size,
		.page = imgu->in_work,
	};
	snprintf(imgu->geometry, sizeof(imgu->geometry),
		 "pipe %u in %ux%u if %ux%u bds %ux%u gdc %ux%u main %ux%u viewfinder %ux%u\n",
		 job->pipe, in->width, in->height, job->width, job->height,
		 job->bds_width, job->bds_height, job->stripe.output_system_in_frame_width,
		 job->stripe.output_system_in_frame_height, job->pins[IMGU_MAIN].width,
		 job->pins[IMGU_MAIN].height, job->pins[IMGU_VIEWFINDER].width,
		 job->pins[IMGU_VIEWFINDER].height);
}

/* All buffers of a job go back, then the host hears of them. */
static bool finish(struct imgu *imgu, const struct imgu_job *job)
{
	bool late = job->descriptors[STATISTICS] && lab_fault(&imgu->late_statistics);
	bool all = true;

	if (lab_fault(&imgu->assert))
		push_event(imgu, job->generation,
			   IMGU_ABI_EVTTYPE_FW_ASSERT |
				   ASSERT_MODULE << IMGU_ABI_EVTTYPE_MODULEID_SHIFT |
				   ASSERT_LINE << IMGU_ABI_EVTTYPE_LINENO_SHIFT);
	if (!late)
		all = give_back(imgu, job, STATISTICS, IMGU_ABI_EVTTYPE_3A_STATS_DONE);
	all = all && give_back(imgu, job, VIEWFINDER, IMGU_ABI_EVTTYPE_VF_OUT_FRAME_DONE) &&
	      give_back(imgu, job, OUTPUT, IMGU_ABI_EVTTYPE_OUT_FRAME_DONE) &&
	      give_back(imgu, job, INPUT, IMGU_ABI_EVTTYPE_INPUT_FRAME_DONE);
	imgu->in_work = 0;
	if (lab_fault(&imgu->no_interrupt)) {
		imgu->function.unraised++;
		return all;
	}
	if (lab_fault(&imgu->late_interrupt))
		usleep_range(LATE_US, LATE_US + 1000);
	raise(imgu);
	if (late && all) {
		usleep_range(LATE_US, LATE_US + 1000);
		all = give_back(imgu, job, STATISTICS, IMGU_ABI_EVTTYPE_3A_STATS_DONE);
		raise(imgu);
	}
	return all;
}

static void run(struct imgu *imgu, struct imgu_job *job)
{
	ktime_t start = ktime_get();
	ktime_t end = ktime_add_us(start, imgu->frame_us);

	if (!imgu_job_prepare(imgu, job)) {
		imgu->bad_firmware++;
		imgu->dropped++;
		return;
	}
	imgu->in_work = imgu_page(imgu, job->input);
	if (imgu->cio2 && cio2_writes(imgu->cio2, imgu->in_work))
		imgu->overlap++;
	record(imgu, job);
	if (!imgu_job_run(imgu, job)) {
		imgu->in_work = 0;
		imgu->dropped++;
		return;
	}
	imgu->longest_us = max_t(u32, imgu->longest_us, ktime_us_delta(ktime_get(), start));
	while (ktime_before(ktime_get(), end) && job->generation == imgu->generation)
		usleep_range(500, 1000);
	if (job->generation == imgu->generation && finish(imgu, job))
		imgu->jobs++;
	else
		imgu->dropped++;
	imgu->in_work = 0;
}

/* The next job of a pipe, with all its buffers; false when there is none. */
static bool take_job(struct imgu *imgu, u32 number, struct imgu_job *job)
{
	struct imgu_pipe *pipe = &imgu->pipes[number];

	if (!pipe->started || !pipe->queued[INPUT] || !pipe->parameters_of[0] ||
	    !pipe->queued[OUTPUT])
		return false;
	job->pipe = number;
	job->generation = imgu->generation;
	job->descriptors[INPUT] = take_input(imgu, pipe);
	job->descriptors[OUTPUT] = take(pipe, OUTPUT);
	job->descriptors[VIEWFINDER] = take(pipe, VIEWFINDER);
	job->descriptors[STATISTICS] = take(pipe, STATISTICS);
	return true;
}

static bool run_next(struct imgu *imgu, u32 number)
{
	unsigned long flags;
	bool found;

	spin_lock_irqsave(&imgu->lock, flags);
	found = take_job(imgu, number, imgu->job);
	spin_unlock_irqrestore(&imgu->lock, flags);
	if (!found)
		return false;
	/* A job that hangs is never heard of again. */
	if (lab_fault(&imgu->hang))
		imgu->dropped++;
	else
		run(imgu, imgu->job);
	return true;
}

static int work(void *data)
{
	struct imgu *imgu = data;
	bool again = false;

	while (!kthread_should_stop()) {
		if (!again)
			wait_event_interruptible(imgu->wait,
						 imgu->todo || kthread_should_stop());
		again = false;
		if (test_and_clear_bit(BOOT, &imgu->todo))
			boot(imgu);
		if (test_and_clear_bit(START_SP0, &imgu->todo))
			start_processor(imgu, 0);
		if (test_and_clear_bit(START_SP1, &imgu->todo))
			start_processor(imgu, 1);
		if (test_and_clear_bit(TERMINATE, &imgu->todo) && imgu->running)
			terminate(imgu);
		clear_bit(WORK, &imgu->todo);
		if (!imgu->running)
			continue;
		for (u32 i = 0; i < IMGU_PIPES; i++)
			again |= run_next(imgu, i);
	}
	return 0;
}

/* ---- for the CIO2 ---- */

/* Whether a descriptor is of memory that begins with this page. */
static bool begins_with(struct imgu *imgu, u32 descriptor, unsigned long page)
{
	struct imgu_abi_buffer buffer;

	return imgu_read(imgu, descriptor, &buffer, sizeof(buffer)) &&
	       imgu_page(imgu, buffer.payload.frame.frame_data) == page;
}

bool imgu_holds(struct imgu *imgu, unsigned long page)
{
	const struct imgu_abi_queues *queues = queues_of(imgu);

	if (!imgu->running)
		return false;
	if (imgu->in_work == page)
		return true;
	for (u32 i = 0; i < IMGU_PIPES; i++) {
		const struct imgu_abi_queue_info *info = &queues->host2sp_bufq_info[i][INPUT];

		for (u32 j = 0; j < imgu->pipes[i].queued[INPUT]; j++) {
			if (begins_with(imgu, imgu->pipes[i].queue[INPUT][j], page))
				return true;
		}
		for (u32 j = info->start; j != info->end; j = (j + 1) % info->size) {
			if (begins_with(imgu, queues->host2sp_bufq[i][INPUT][j], page))
				return true;
		}
	}
	return false;
}

void imgu_meet(struct imgu *imgu, struct cio2 *cio2)
{
	imgu->cio2 = cio2;
}

struct ipu3_function *imgu_function(struct imgu *imgu)
{
	return &imgu->function;
}

/* ---- files ---- */

static int record_show(struct seq_file *file, void *data)
{
	struct imgu *imgu = file->private;
	u32 first = imgu->recorded > RECORDED ? imgu->recorded - RECORDED : 0;

	for (u32 i = first; i != imgu->recorded; i++) {
		const struct imgu_record *r = &imgu->records[i % RECORDED];

		seq_printf(file, "%u pipe %u page %lx input %ux%u bytes %u\n", r->number,
			   r->pipe, r->page, r->width, r->height, r->bytes);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(record);

static int geometry_show(struct seq_file *file, void *data)
{
	struct imgu *imgu = file->private;

	seq_puts(file, imgu->geometry);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(geometry);

/* What the last job was run with. */
static int parameters_show(struct seq_file *file, void *data)
{
	const struct imgu_job *job = ((struct imgu *)file->private)->job;
	const struct ipu3_uapi_bnr_static_config_wb_gains_config *gains = &job->bnr.wb_gains;
	const struct ipu3_uapi_ccm_mat_config *m = &job->matrix;
	const struct ipu3_uapi_grid_config *awb = &job->awb.grid, *af = &job->af.grid_cfg;

	seq_printf(file, "black gr %u r %u b %u gb %u\n", job->black.gr, job->black.r,
		   job->black.b, job->black.gb);
	seq_printf(file, "gains gr %u r %u b %u gb %u\n", gains->gr, gains->r, gains->b,
		   gains->gb);
	seq_printf(file, "matrix %d %d %d %d %d %d %d %d %d\n", m->coeff_m11,
		   m->coeff_m12, m->coeff_m13, m->coeff_m21, m->coeff_m22, m->coeff_m23,
		   m->coeff_m31, m->coeff_m32, m->coeff_m33);
	seq_printf(file, "gamma %u lut %u %u %u\n", job->gamma.gc_ctrl.enable,
		   job->gamma.gc_lut.lut[0], job->gamma.gc_lut.lut[128],
		   job->gamma.gc_lut.lut[255]);
	seq_printf(file, "awb %ux%u cells %ux%u at %u,%u thresholds %u %u %u %u\n",
		   awb->width, awb->height, 1 << awb->block_width_log2,
		   1 << awb->block_height_log2, awb->x_start,
		   awb->y_start & IPU3_UAPI_GRID_START_MASK, job->awb.rgbs_thr_gr,
		   job->awb.rgbs_thr_r, job->awb.rgbs_thr_gb, job->awb.rgbs_thr_b);
	seq_printf(file, "af %ux%u cells %ux%u at %u,%u on %u\n", af->width, af->height,
		   1 << af->block_width_log2, 1 << af->block_height_log2, af->x_start,
		   af->y_start & IPU3_UAPI_GRID_START_MASK,
		   !!(af->y_start & IPU3_UAPI_GRID_Y_START_EN));
	seq_printf(file, "columns bnr %u dm %u\n", job->bnr.column_size, job->dm.frame_width);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(parameters);

static void add_files(struct imgu *imgu)
{
	struct dentry *folder = lab_folder(imgu->function.name);
	const struct lab_number counters[] = {
		{ "jobs", &imgu->jobs },
		{ "dropped", &imgu->dropped },
		{ "bad_dma", &imgu->bad_dma },
		{ "bad_firmware", &imgu->bad_firmware },
		{ "unknown", &imgu->unknown },
		{ "outside", &imgu->outside },
		{ "overlap", &imgu->overlap },
		{ "flushes", &imgu->flushes },
		{ "interrupts", &imgu->function.interrupts },
		{ "unraised", &imgu->function.unraised },
		{ "longest_us", &imgu->longest_us },
	};
	const struct lab_number faults[] = {
		{ "hang", &imgu->hang },
		{ "boot", &imgu->boot_fails },
		{ "assert", &imgu->assert },
		{ "no_interrupt", &imgu->no_interrupt },
		{ "late_interrupt", &imgu->late_interrupt },
		{ "late_statistics", &imgu->late_statistics },
		{ "saturated_zero", &imgu->saturated_zero },
	};

	lab_add_counters(folder, counters, ARRAY_SIZE(counters));
	lab_add_faults(folder, faults, ARRAY_SIZE(faults));
	debugfs_create_u32("frame_us", 0644, folder, &imgu->frame_us);
	debugfs_create_file("record", 0444, folder, imgu, &record_fops);
	debugfs_create_file("geometry", 0444, folder, imgu, &geometry_fops);
	debugfs_create_file("parameters", 0444, folder, imgu, &parameters_fops);
}

/* ---- start ---- */

struct imgu *imgu_create(struct device_node *node)
{
	struct imgu *imgu = vzalloc(sizeof(*imgu));
	struct task_struct *thread;

	if (!imgu)
		return ERR_PTR(-ENOMEM);
	imgu->job = vzalloc(sizeof(*imgu->job));
	imgu->records = vcalloc(RECORDED, sizeof(*imgu->records));
	if (!imgu->job || !imgu->records)
		return ERR_PTR(-ENOMEM);
	spin_lock_init(&imgu->lock);
	init_waitqueue_head(&imgu->wait);
	imgu->frame_us = FRAME_US;
	imgu->function.name = "imgu";
	imgu->function.node = node;
	imgu->function.devfn = PCI_DEVFN(5, 0);
	imgu->function.bar_size = BAR_SIZE;
	imgu->function.read = read_register;
	imgu->function.write = write_register;
	imgu->function.read_byte = read_byte;
	imgu->function.write_byte = write_byte;
	ipu3_identify(&imgu->function, PCI_ID);
	reset(imgu);
	thread = kthread_run(work, imgu, "lab-imgu");
	if (IS_ERR(thread))
		return ERR_CAST(thread);
	add_files(imgu);
	return imgu;
}
