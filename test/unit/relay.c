// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The way of RAW through a processor: which frame goes in when, whose number comes out, and when
 * the receiver gets its buffer back.
 *
 * The processor here knows only positions, like real ones: when an input comes, it takes what
 * heads the queue of each output, and nothing where that is empty. What it makes shows the number
 * that stands in the raw buffer when it is made, so a wrong pair and a buffer filled anew too
 * early show in the picture. The first cases tell the rules one by one, the last one mixes all
 * that can happen.
 */
#include "common/stream/relay.h"

#include <errno.h>

#include "common/buffer/buffer.h"
#include "common/buffer/queue.h"
#include "common/stream/frame.h"
#include "common/stream/stream.h"

#include "test/unit/test.h"

#define OUTPUTS     4
#define MAX_BUFFERS 8
#define MAX_SETS    2 /* that the processor takes from its queues ahead */
#define NOTHING     0 /* in a buffer that is being filled */

/* Flags of raw frames, and those that outputs come with. */
#define RAW_FLAGS    (V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC | V4L2_BUF_FLAG_TSTAMP_SRC_SOE)
#define OUTPUT_FLAGS (V4L2_BUF_FLAG_TIMESTAMP_COPY | V4L2_BUF_FLAG_LAST)

struct node {
	struct stream stream;
	unsigned num_buffers;
	struct buffer buffers[MAX_BUFFERS];
	struct frame frames[MAX_BUFFERS];
	uint32_t pictures[MAX_BUFFERS]; /* the number that can be read in each */
	struct queue idle;              /* of an output: to spare */
	struct queue queued;            /* of an output: with the processor */
	struct queue done;              /* the processor is through with it */
};

/* What the processor works on at a time. */
struct set {
	struct buffer *raw;
	struct buffer *outputs[OUTPUTS]; /* NULL: into nothing */
};

struct world {
	struct node receiver;
	struct relay relay;
	struct node outputs[OUTPUTS];
	struct stream input;
	struct queue input_queued;
	struct queue input_done;
	unsigned num_sets;
	struct set sets[MAX_SETS];
	uint32_t sequence;         /* of the receiver's last frame */
	unsigned refuse;           /* the n-th buffer from now on is refused; 0: none */
	const struct frame *begun; /* whose job has begun, and whose input is not queued yet */
	bool begin_refuses;
	bool begin_is_noted;
	const struct frame *promised; /* whose outputs were queued since the last input */
	uint32_t promised_outputs;
	unsigned num_jobs;           /* inputs queued since the start */
	unsigned long made[OUTPUTS]; /* from each of these, that many pictures */
	unsigned num_calls;
	/* '0' to '3': an output got a buffer; 'i': the input; 'b', if it is noted: a job began */
	char calls[64];
	void (*inside)(void); /* run when a raw frame was let go */
};

static struct world world;
static struct relay *const relay = &world.relay;
static struct stream *const receiver = &world.receiver.stream;

static uint64_t time_of(uint32_t sequence)
{
	return sequence * UINT64_C(33333333) + 7;
}

static void note_call(char call)
{
	world.calls[world.num_calls++ % (sizeof(world.calls) - 1)] = call;
}

/* What got buffers since the last look, in order. */
static void check_calls(int line, const char *want)
{
	world.calls[world.num_calls % sizeof(world.calls)] = '\0';
	test_string_equal(__FILE__, line, "calls", world.calls, want);
	world.num_calls = 0;
}

#define CHECK_CALLS(want) check_calls(__LINE__, want)

static bool is_refused(void)
{
	return world.refuse && !--world.refuse;
}

/* ---- the receiver ---- */

static bool processor_has(const struct buffer *raw)
{
	for (unsigned i = 0; i < world.num_sets; i++)
		if (world.sets[i].raw == raw)
			return true;
	return queue_has(&world.input_queued, raw) || queue_has(&world.input_done, raw);
}

/* From here on it is filled anew. */
static int receiver_queue(void *context, struct buffer *buffer)
{
	(void)context;
	CHECK(!processor_has(buffer));
	CHECK_EQ(world.receiver.frames[buffer->number].holders, 0);
	world.receiver.pictures[buffer->number] = NOTHING;
	queue_push(&world.receiver.queued, buffer);
	return 0;
}

static void raw_released(void *context, struct frame *frame)
{
	(void)context;
	CHECK_EQ(stream_return(receiver, frame->buffer), 0);
	if (receiver->running)
		CHECK_EQ(stream_queue(receiver, frame->buffer), 0);
	if (world.inside)
		world.inside();
}

/* The next frame is there, held once; NULL if the receiver has no buffer: it is lost. */
static struct frame *receive(void)
{
	struct buffer *buffer = queue_pop(&world.receiver.queued);
	struct frame *frame;

	world.sequence++;
	if (!buffer)
		return NULL;
	frame = &world.receiver.frames[buffer->number];
	CHECK(stream_completed(receiver, buffer));
	CHECK_EQ(frame->holders, 0);
	world.receiver.pictures[buffer->number] = world.sequence;
	frame->sequence = world.sequence;
	frame->timestamp_ns = time_of(world.sequence);
	frame->flags = RAW_FLAGS;
	frame_hold(frame);
	return frame;
}

/* ---- the processor ---- */

static uint32_t bit(unsigned output)
{
	return UINT32_C(1) << output;
}

/* By position only. */
static void processor_pair(void)
{
	while (world.num_sets < MAX_SETS && queue_peek(&world.input_queued)) {
		struct set *set = &world.sets[world.num_sets++];

		set->raw = queue_pop(&world.input_queued);
		for (unsigned i = 0; i < OUTPUTS; i++)
			set->outputs[i] = queue_pop(&world.outputs[i].queued);
	}
}

static void add_outputs(unsigned long *sums, uint32_t outputs)
{
	for (unsigned i = 0; i < OUTPUTS; i++)
		sums[i] += !!(outputs & bit(i));
}

static int input_queue(void *context, struct buffer *buffer)
{
	(void)context;
	if (is_refused())
		return -EFAULT;
	CHECK(world.promised && world.promised->buffer == buffer);
	CHECK(!relay->device.begin || world.begun == world.promised);
	CHECK(world.receiver.frames[buffer->number].holders);
	world.promised = NULL;
	world.begun = NULL;
	world.num_jobs++;
	add_outputs(world.made, world.promised_outputs);
	world.promised_outputs = 0;
	note_call('i');
	queue_push(&world.input_queued, buffer);
	processor_pair();
	return 0;
}

static int output_queue(void *context, struct buffer *buffer)
{
	struct node *output = context;

	if (is_refused())
		return -EIO;
	note_call((char)('0' + (output - world.outputs)));
	queue_push(&output->queued, buffer);
	return 0;
}

/* The oldest set is through: all of it can be taken back, in any order. */
static bool processor_finish(void)
{
	const struct set set = world.sets[0];
	uint32_t picture;

	if (!world.num_sets)
		return false;
	picture = world.receiver.pictures[set.raw->number];
	for (unsigned i = 0; i < OUTPUTS; i++) {
		if (!set.outputs[i])
			continue;
		world.outputs[i].pictures[set.outputs[i]->number] = picture;
		queue_push(&world.outputs[i].done, set.outputs[i]);
	}
	queue_push(&world.input_done, set.raw);
	world.sets[0] = world.sets[1];
	world.num_sets--;
	processor_pair();
	return true;
}

static uint32_t spare(void *context)
{
	uint32_t outputs = 0;

	CHECK(context == &world);
	for (unsigned i = 0; i < OUTPUTS; i++)
		if (world.outputs[i].idle.count)
			outputs |= bit(i);
	return outputs;
}

/* Before any buffer: none was promised to this frame, nor is one to another. */
static int begin_job(void *context, const struct frame *raw)
{
	CHECK(context == &world);
	CHECK(!world.begun && !world.promised);
	CHECK(raw->holders && raw->stream == receiver);
	CHECK(relay->num_jobs <= relay->max_jobs);
	if (world.begin_is_noted)
		note_call('b');
	if (world.begin_refuses)
		return -EREMOTEIO;
	world.begun = raw;
	return 0;
}

static int queue_output(void *context, unsigned output, const struct frame *raw)
{
	struct node *node = &world.outputs[output];
	struct buffer *buffer = queue_pop(&node->idle);
	int ret;

	CHECK(context == &world);
	if (!CHECK(buffer))
		return -EINVAL;
	CHECK(!world.promised || world.promised == raw);
	CHECK(!relay->device.begin || world.begun == raw);
	ret = stream_queue(&node->stream, buffer);
	if (ret < 0)
		queue_push(&node->idle, buffer);
	else
		world.promised = raw;
	if (ret == 0)
		world.promised_outputs |= bit(output);
	return ret;
}

/* As a run does it: only a frame that waits can be waiting for this buffer. */
static void output_released(void *context, struct frame *frame)
{
	struct node *node = context;

	CHECK_EQ(stream_return(&node->stream, frame->buffer), 0);
	queue_push(&node->idle, frame->buffer);
	if (relay->num_waiting)
		relay_start(relay);
}

/* What came from an output, held once; NULL if nothing did. */
static struct frame *take_output(unsigned number)
{
	struct node *node = &world.outputs[number];
	struct buffer *buffer = queue_pop(&node->done);
	struct frame *frame;

	if (!buffer)
		return NULL;
	frame = &node->frames[buffer->number];
	CHECK(stream_completed(&node->stream, buffer));
	frame->sequence = UINT32_MAX;
	frame->timestamp_ns = 1;
	frame->flags = OUTPUT_FLAGS;
	frame_hold(frame);
	CHECK_EQ(relay_output_came(relay, number, frame), 0);
	CHECK_EQ(frame->sequence, node->pictures[buffer->number]);
	CHECK_EQ(frame->timestamp_ns, time_of(frame->sequence));
	CHECK_EQ(frame->flags, RAW_FLAGS | V4L2_BUF_FLAG_LAST);
	return frame;
}

static bool take_input(void)
{
	struct buffer *buffer = queue_pop(&world.input_done);

	if (!buffer)
		return false;
	CHECK_EQ(relay_input_came(relay, buffer), 0);
	return true;
}

/* ---- begin and end ---- */

static void set_up_node(struct node *node, const char *name, unsigned num_buffers,
			const struct stream_device *device,
			void (*released)(void *context, struct frame *frame))
{
	stream_init(&node->stream, name, STREAM_EXTERNAL, device);
	queue_init(&node->idle);
	queue_init(&node->queued);
	queue_init(&node->done);
	node->num_buffers = num_buffers;
	for (unsigned i = 0; i < num_buffers; i++) {
		buffer_init(&node->buffers[i], i, BUFFER_DEVICE);
		stream_add(&node->stream, &node->buffers[i], false);
		node->frames[i] = (struct frame){
			.buffer = &node->buffers[i],
			.stream = &node->stream,
			.released = released,
			.released_context = node,
		};
	}
}

static void start_streams(void)
{
	stream_start(&world.input);
	for (unsigned i = 0; i < OUTPUTS; i++)
		stream_start(&world.outputs[i].stream);
	stream_start(receiver);
	for (unsigned i = 0; i < world.receiver.num_buffers; i++)
		if (world.receiver.buffers[i].state == BUFFER_FREE)
			CHECK_EQ(stream_queue(receiver, &world.receiver.buffers[i]), 0);
}

/* Numbers of buffers of each; outputs_along as in struct relay_device. */
static void set_up_with(unsigned num_raw, unsigned num_outputs, unsigned max_jobs,
			uint32_t along)
{
	memset(&world, 0, sizeof(world));
	set_up_node(&world.receiver, "raw", num_raw,
		    &(struct stream_device){ receiver_queue, NULL }, raw_released);
	for (unsigned i = 0; i < OUTPUTS; i++) {
		struct node *node = &world.outputs[i];

		set_up_node(node, "output", num_outputs,
			    &(struct stream_device){ output_queue, node }, output_released);
		for (unsigned n = 0; n < num_outputs; n++)
			queue_push(&node->idle, &node->buffers[n]);
	}
	stream_init(&world.input, "input", STREAM_IMPORT_ONLY,
		    &(struct stream_device){ input_queue, NULL });
	memset(relay, 0xff, sizeof(*relay));
	relay_init(relay, &world.input, max_jobs,
		   &(struct relay_device){ begin_job, spare, queue_output, &world, along });
	world.sequence = 1000;
	start_streams();
}

static void set_up(void)
{
	set_up_with(MAX_BUFFERS, 4, RELAY_MAX_JOBS, 0);
}

/* Like VIDIOC_STREAMOFF: what a node has is back. */
static void stop_node(struct node *node)
{
	stream_stop(&node->stream, NULL, NULL);
	queue_init(&node->queued);
	queue_init(&node->done);
}

/* Outputs that no sink holds are there to be used again. */
static void stop_streams(void)
{
	stop_node(&world.receiver);
	for (unsigned i = 0; i < OUTPUTS; i++) {
		struct node *node = &world.outputs[i];

		stop_node(node);
		queue_init(&node->idle);
		for (unsigned n = 0; n < node->num_buffers; n++)
			if (node->buffers[n].state == BUFFER_FREE)
				queue_push(&node->idle, &node->buffers[n]);
	}
	stream_stop(&world.input, NULL, NULL);
	queue_init(&world.input_queued);
	queue_init(&world.input_done);
	world.num_sets = 0;
	world.promised = NULL;
	world.promised_outputs = 0;
	world.begun = NULL;
}

static void check_nothing_left(void)
{
	CHECK_EQ(relay->num_waiting, 0);
	CHECK_EQ(relay->num_jobs, 0);
	CHECK_EQ(world.input.queued, 0);
	for (unsigned i = 0; i < world.receiver.num_buffers; i++)
		CHECK_EQ(world.receiver.frames[i].holders, 0);
	if (receiver->running)
		CHECK_EQ(receiver->queued, world.receiver.num_buffers);
	for (unsigned i = 0; i < OUTPUTS; i++)
		CHECK_EQ(world.outputs[i].idle.count, world.outputs[i].num_buffers);
}

/* ---- steps of the cases ---- */

/* The next raw frame is offered, and no sink wants it. */
static struct frame *offer(uint32_t wanted)
{
	struct frame *raw = receive();

	CHECK_EQ(relay_offer(relay, raw, wanted), 0);
	frame_release(raw);
	return raw;
}

/* The output's frame has come, and goes at once. What waits goes on. */
static uint32_t pass_output(unsigned number)
{
	struct frame *frame = take_output(number);
	uint32_t sequence;

	if (!CHECK(frame))
		return 0;
	sequence = frame->sequence;
	frame_release(frame);
	CHECK_EQ(relay_start(relay), 0);
	return sequence;
}

static void pass_input(void)
{
	CHECK(take_input());
	CHECK_EQ(relay_start(relay), 0);
}

/* The oldest job ends. */
static void finish_job(uint32_t outputs)
{
	CHECK(processor_finish());
	for (unsigned i = 0; i < OUTPUTS; i++)
		if (outputs & bit(i))
			pass_output(i);
	pass_input();
}

static void test_one(void)
{
	struct frame *raw, *frame;

	test_case("one: outputs get a buffer each, then the input gets the receiver's own");
	set_up();
	raw = offer(bit(0) | bit(2));
	CHECK_CALLS("02i");
	CHECK(world.sets[0].raw == raw->buffer);
	CHECK_EQ(relay->num_jobs, 1);
	CHECK_EQ(relay->num_waiting, 0);

	test_case("one: what comes out has number, time and clock of what went in");
	CHECK(processor_finish());
	frame = take_output(2);
	CHECK_EQ(frame->sequence, 1001);
	frame_release(frame);
	CHECK_EQ(pass_output(0), 1001);

	test_case("one: the raw frame is let go when the input is back");
	CHECK_EQ(raw->holders, 1);
	CHECK_EQ(receiver->queued, MAX_BUFFERS - 1);
	pass_input();
	check_nothing_left();

	test_case("one: the input may be back first, the outputs still get their number");
	offer(bit(1) | bit(3));
	CHECK_CALLS("13i");
	CHECK(processor_finish());
	pass_input();
	CHECK_EQ(receiver->queued, MAX_BUFFERS);
	CHECK_EQ(relay->num_jobs, 1);
	CHECK(relay_is_owed(relay, 1) && relay_is_owed(relay, 3) && !relay_is_owed(relay, 0));
	CHECK_EQ(pass_output(3), 1002);
	CHECK(relay_is_owed(relay, 1) && !relay_is_owed(relay, 3));
	CHECK_EQ(pass_output(1), 1002);
	CHECK(!relay_is_owed(relay, 1));
	check_nothing_left();

	test_case("one: a sink may hold the raw frame longer than the processor");
	raw = receive();
	frame_hold(raw);
	CHECK_EQ(relay_offer(relay, raw, bit(0)), 0);
	frame_release(raw);
	finish_job(bit(0));
	CHECK_EQ(raw->holders, 1);
	CHECK_EQ(receiver->queued, MAX_BUFFERS - 1);
	CHECK_EQ(relay->num_jobs, 0);
	frame_release(raw);
	check_nothing_left();
}

static void test_several(void)
{
	test_case("several: the next is there when one ends, and no third");
	set_up();
	for (unsigned i = 0; i < 4; i++)
		offer(bit(0) | bit(1));
	CHECK_CALLS("01i01i");
	CHECK_EQ(relay->num_waiting, 2);
	CHECK(processor_finish());
	CHECK_EQ(pass_output(0), 1001);
	CHECK_EQ(pass_output(1), 1001);
	CHECK_CALLS("");
	pass_input();
	CHECK_CALLS("01i");
	CHECK(processor_finish());
	pass_input();
	CHECK_EQ(pass_output(1), 1002);
	CHECK_CALLS("");
	CHECK_EQ(pass_output(0), 1002);
	CHECK_CALLS("01i");
	finish_job(bit(0) | bit(1));
	finish_job(bit(0) | bit(1));
	check_nothing_left();

	test_case("several: one that ends in parts is over when the last part is back");
	offer(bit(0));
	offer(bit(0));
	offer(bit(0));
	CHECK_CALLS("0i0i");
	CHECK(processor_finish());
	CHECK(processor_finish());
	CHECK_EQ(pass_output(0), 1005);
	CHECK_EQ(pass_output(0), 1006);
	CHECK_CALLS("");
	pass_input();
	CHECK_CALLS("0i");
	pass_input();
	finish_job(bit(0));
	check_nothing_left();

	test_case("several: inputs may be back in another order than they went in");
	offer(bit(0));
	offer(bit(0));
	CHECK_CALLS("0i0i");
	CHECK(processor_finish());
	CHECK(processor_finish());
	queue_push(&world.input_done, queue_pop(&world.input_done));
	CHECK_EQ(pass_output(0), 1008);
	CHECK_EQ(pass_output(0), 1009);
	pass_input();
	CHECK_EQ(world.receiver.frames[world.input_done.first->number].holders, 1);
	CHECK_EQ(receiver->queued, MAX_BUFFERS - 1);
	CHECK_EQ(relay->num_jobs, 2);
	pass_input();
	check_nothing_left();

	test_case("several: one at a time, if that is what the processor can");
	set_up_with(MAX_BUFFERS, 4, 1, 0);
	offer(bit(0) | bit(1));
	offer(bit(0) | bit(1));
	CHECK_CALLS("01i");
	CHECK_EQ(relay->num_jobs, 1);
	CHECK_EQ(relay->num_waiting, 1);
	CHECK_EQ(world.outputs[0].idle.count, 3);
	CHECK(processor_finish());
	CHECK_EQ(pass_output(0), 1001);
	CHECK_EQ(pass_output(1), 1001);
	CHECK_CALLS("");
	pass_input();
	CHECK_CALLS("01i");
	finish_job(bit(0) | bit(1));
	check_nothing_left();

	test_case("several: not more than there is room for");
	set_up_with(MAX_BUFFERS, 4, 100, 0);
	CHECK_EQ(relay->max_jobs, RELAY_MAX_JOBS);
}

static void test_begin(void)
{
	struct frame *raw;

	test_case("begin: once a job, before any buffer of it");
	set_up();
	world.begin_is_noted = true;
	offer(bit(0) | bit(2));
	CHECK_CALLS("b02i");
	offer(bit(0) | bit(2));
	CHECK_CALLS("b02i");

	test_case("begin: not of one that waits, until it is started");
	offer(bit(1));
	CHECK_CALLS("");
	finish_job(bit(0) | bit(2));
	CHECK_CALLS("");
	finish_job(bit(0) | bit(2));
	CHECK_CALLS("b1i");
	finish_job(bit(1));

	test_case("begin: not of one that is let go");
	set_up_with(MAX_BUFFERS, 0, RELAY_MAX_JOBS, 0);
	world.begin_is_noted = true;
	offer(bit(0));
	CHECK_CALLS("");
	check_nothing_left();

	test_case("begin: if it fails nothing is queued, nor anything later");
	set_up();
	offer(bit(0));
	CHECK_CALLS("0i");
	world.begin_is_noted = true;
	world.begin_refuses = true;
	raw = receive();
	CHECK_EQ(relay_offer(relay, raw, bit(0)), -EREMOTEIO);
	frame_release(raw);
	CHECK_CALLS("b");
	world.begin_refuses = false;
	CHECK_EQ(world.outputs[0].idle.count, 3);
	CHECK_EQ(world.input.queued, 1);
	CHECK_EQ(relay_start(relay), -EREMOTEIO);
	CHECK_EQ(relay_offer(relay, receive(), bit(1)), -EREMOTEIO);
	CHECK_CALLS("");
	CHECK(processor_finish());
	CHECK(take_input());
	frame_release(take_output(0));
	CHECK_EQ(relay_start(relay), -EREMOTEIO);
	CHECK_CALLS("");

	test_case("begin: its frame is let go with all the others");
	CHECK_EQ(raw->holders, 1);
	stop_streams();
	frame_release(&world.receiver.frames[2]);
	relay_cancel(relay);
	CHECK_EQ(raw->holders, 0);
	check_nothing_left();
	start_streams();
	offer(bit(3));
	CHECK_CALLS("b3i");
	finish_job(bit(3));
	check_nothing_left();

	test_case("begin: there need not be one");
	set_up();
	relay->device.begin = NULL;
	offer(bit(0) | bit(1));
	CHECK_CALLS("01i");
	finish_job(bit(0) | bit(1));
	check_nothing_left();
}

static void test_other_outputs(void)
{
	test_case("other outputs: wait until nothing is under way");
	set_up();
	offer(bit(0));
	offer(bit(0) | bit(1));
	offer(bit(1));
	CHECK_CALLS("0i");
	CHECK(processor_finish());
	CHECK_EQ(pass_output(0), 1001);
	CHECK_CALLS("");
	pass_input();
	CHECK_CALLS("01i");
	CHECK(processor_finish());
	pass_input();
	CHECK_EQ(pass_output(0), 1002);
	CHECK_CALLS("");
	CHECK_EQ(pass_output(1), 1002);
	CHECK_CALLS("1i");
	finish_job(bit(1));
	check_nothing_left();

	test_case("other outputs: also behind two, and what is like them waits behind it");
	offer(bit(0));
	offer(bit(0));
	offer(bit(1));
	offer(bit(0));
	CHECK_CALLS("0i0i");
	finish_job(bit(0));
	CHECK_CALLS("");
	finish_job(bit(0));
	CHECK_CALLS("1i");
	finish_job(bit(1));
	CHECK_CALLS("0i");
	finish_job(bit(0));
	check_nothing_left();
}

static void test_spare(void)
{
	struct frame *frames[2];

	test_case("spare: outputs without a buffer are left out");
	set_up_with(MAX_BUFFERS, 1, RELAY_MAX_JOBS, 0);
	offer(bit(0) | bit(1));
	CHECK(processor_finish());
	pass_input();
	frames[0] = take_output(0);
	CHECK_EQ(pass_output(1), 1001);
	CHECK_CALLS("01i");
	CHECK_EQ(relay->unprocessed[0], 0);
	offer(bit(0) | bit(1));
	CHECK_CALLS("1i");
	CHECK_EQ(relay->unprocessed[0], 1);
	CHECK_EQ(relay->unprocessed[1], 0);

	test_case("spare: with none, a frame waits for what is under way");
	offer(bit(0) | bit(1));
	CHECK_EQ(relay->num_waiting, 1);
	CHECK(processor_finish());
	pass_input();
	CHECK_CALLS("");
	CHECK_EQ(pass_output(1), 1002);
	CHECK_CALLS("1i");
	CHECK_EQ(relay->unprocessed[0], 2);
	CHECK_EQ(relay->unprocessed[1], 0);

	test_case("spare: a frame that waits is processed for what is there in the end");
	offer(bit(0) | bit(1));
	frame_release(frames[0]);
	CHECK_CALLS("");
	finish_job(bit(1));
	CHECK_CALLS("01i");
	CHECK_EQ(relay->unprocessed[0], 2);
	CHECK_EQ(relay->unprocessed[1], 0);

	test_case("spare: with none and nothing under way, frames are let go");
	CHECK(processor_finish());
	pass_input();
	frames[0] = take_output(0);
	frames[1] = take_output(1);
	CHECK_EQ(relay->num_jobs, 0);
	offer(bit(0) | bit(1));
	CHECK_CALLS("");
	CHECK_EQ(relay->unprocessed[0], 3);
	CHECK_EQ(relay->unprocessed[1], 1);
	CHECK_EQ(relay->unprocessed[2], 0);
	CHECK_EQ(receiver->queued, MAX_BUFFERS);
	frame_release(frames[0]);
	CHECK_CALLS("");

	test_case("spare: also those that wait already");
	offer(bit(0));
	offer(bit(1));
	offer(bit(1));
	CHECK_EQ(relay->num_waiting, 2);
	finish_job(bit(0));
	CHECK_EQ(relay->unprocessed[0], 3);
	CHECK_EQ(relay->unprocessed[1], 3);
	CHECK_CALLS("0i");
	frame_release(frames[1]);
	check_nothing_left();
}

static void test_along(void)
{
	struct frame *frame;

	test_case("along: takes part in what is processed for others");
	set_up_with(MAX_BUFFERS, 1, RELAY_MAX_JOBS, bit(3));
	offer(bit(0));
	CHECK_CALLS("03i");
	CHECK(processor_finish());
	CHECK_EQ(pass_output(3), 1001);
	pass_input();
	frame = take_output(0);

	test_case("along: is no reason to process a frame");
	offer(bit(0));
	CHECK_CALLS("");
	CHECK_EQ(relay->unprocessed[0], 1);
	CHECK_EQ(relay->unprocessed[3], 0);
	frame_release(frame);

	test_case("along: is no reason not to, either");
	offer(bit(0));
	CHECK(processor_finish());
	pass_input();
	frame = take_output(3);
	CHECK_EQ(pass_output(0), 1003);
	CHECK_CALLS("03i");
	offer(bit(0));
	CHECK_CALLS("0i");
	CHECK_EQ(relay->unprocessed[3], 0);

	test_case("along: tells jobs apart like any other");
	frame_release(frame);
	world.outputs[0].num_buffers++;
	buffer_init(&world.outputs[0].buffers[1], 1, BUFFER_DEVICE);
	stream_add(&world.outputs[0].stream, &world.outputs[0].buffers[1], false);
	world.outputs[0].frames[1] = world.outputs[0].frames[0];
	world.outputs[0].frames[1].buffer = &world.outputs[0].buffers[1];
	queue_push(&world.outputs[0].idle, &world.outputs[0].buffers[1]);
	offer(bit(0));
	CHECK_CALLS("");
	finish_job(bit(0));
	CHECK_CALLS("03i");
	finish_job(bit(0) | bit(3));
	check_nothing_left();
}

static void test_slow(void)
{
	struct frame *frame;

	test_case("slow: frames wait as long as the receiver has two buffers");
	set_up_with(5, 4, RELAY_MAX_JOBS, 0);
	for (unsigned i = 0; i < 3; i++)
		offer(bit(0));
	CHECK_EQ(receiver->queued, 2);
	CHECK_EQ(relay->num_waiting, 1);
	CHECK_EQ(relay->unprocessed[0], 0);

	test_case("slow: then the oldest that waits is let go for the newest");
	offer(bit(0));
	CHECK_EQ(receiver->queued, 2);
	CHECK_EQ(relay->num_waiting, 1);
	CHECK_EQ(relay->unprocessed[0], 1);
	finish_job(bit(0));
	finish_job(bit(0));
	CHECK(processor_finish());
	pass_input();
	CHECK_EQ(pass_output(0), 1004);
	check_nothing_left();

	test_case("slow: with so few buffers that none can wait, the newest is");
	set_up_with(4, 4, RELAY_MAX_JOBS, 0);
	for (unsigned i = 0; i < 10; i++)
		offer(bit(0));
	CHECK_EQ(receiver->queued, 2);
	CHECK_EQ(relay->num_waiting, 0);
	CHECK_EQ(relay->unprocessed[0], 8);
	CHECK_EQ(receiver->underruns, 0);

	test_case("slow: what stood behind the one that is let go may be started");
	set_up_with(4, 4, RELAY_MAX_JOBS, 0);
	offer(bit(0));
	offer(bit(1));
	CHECK_CALLS("0i");
	offer(bit(0));
	CHECK_CALLS("0i");
	CHECK_EQ(relay->unprocessed[0], 0);
	CHECK_EQ(relay->unprocessed[1], 1);
	offer(bit(0));
	CHECK_EQ(relay->unprocessed[0], 1);
	CHECK_EQ(relay->unprocessed[1], 1);

	test_case("slow: one that a sink has is let go by the relay all the same");
	frame = receive();
	CHECK_EQ(relay_offer(relay, frame, bit(0)), 0);
	CHECK_EQ(frame->holders, 1);
	CHECK_EQ(relay->unprocessed[0], 2);
	frame_release(frame);

	test_case("slow: what can be started is, though the receiver has nothing left");
	set_up_with(2, 4, RELAY_MAX_JOBS, 0);
	offer(bit(0));
	offer(bit(0));
	CHECK_CALLS("0i0i");
	CHECK_EQ(receiver->queued, 0);
	CHECK_EQ(relay->unprocessed[0], 0);
	finish_job(bit(0));
	finish_job(bit(0));
	check_nothing_left();
}

/* Frames that no receiver has, as many as can wait and some. */
static void test_many(void)
{
	static struct buffer buffers[RELAY_MAX_WAITING + 1];
	static struct frame frames[RELAY_MAX_WAITING + 1];

	test_case("many: as many wait as a node has buffers, in their order");
	for (unsigned round = 0; round < 3; round++) {
		set_up_with(2, 4, 1, 0);
		relay->first_waiting = round * 13;
		offer(bit(0));
		receiver->queued = RELAY_RECEIVER;
		for (unsigned i = 0; i <= RELAY_MAX_WAITING; i++) {
			buffer_init(&buffers[i], i, BUFFER_DEVICE);
			buffers[i].state = BUFFER_HELD;
			frames[i] = (struct frame){ .buffer = &buffers[i],
						    .stream = receiver,
						    .sequence = i };
			CHECK_EQ(relay_offer(relay, &frames[i], bit(1)),
				 i < RELAY_MAX_WAITING ? 0 : -ENOBUFS);
			CHECK_EQ(frames[i].holders, i < RELAY_MAX_WAITING);
		}
		CHECK_EQ(relay->num_waiting, RELAY_MAX_WAITING);
		CHECK_EQ(relay->unprocessed[1], 0);
		for (unsigned i = 0; i < RELAY_MAX_WAITING; i++)
			CHECK_EQ(relay->waiting[(relay->first_waiting + i) % RELAY_MAX_WAITING]
					 .raw->sequence,
				 i);
		receiver->queued = 1;
		stop_streams();
		relay_cancel(relay);
		for (unsigned i = 0; i < RELAY_MAX_WAITING; i++)
			CHECK_EQ(frames[i].holders, 0);
		check_nothing_left();
	}
}

static void check_refusal(unsigned refused)
{
	const int want = refused < 4 ? -EIO : -EFAULT;
	struct frame *raw, none = { .sequence = 0 };

	set_up();
	offer(bit(0) | bit(1) | bit(2));
	world.num_calls = 0;
	world.refuse = refused;
	raw = receive();
	CHECK_EQ(relay_offer(relay, raw, bit(0) | bit(1) | bit(2)), want);
	frame_release(raw);
	CHECK_EQ(world.num_calls, refused - 1);

	/* The job before it ends in peace, nothing follows. */
	CHECK(processor_finish());
	CHECK(take_input());
	for (unsigned i = 0; i < 3; i++) {
		struct frame *frame = take_output(i);

		CHECK_EQ(frame->sequence, 1001);
		frame_release(frame);
	}
	CHECK_EQ(relay_start(relay), want);

	/* Nor has a node got what it refused. */
	CHECK_EQ(relay_input_came(relay, raw->buffer), -EPROTO);
	if (refused < 4)
		CHECK_EQ(relay_output_came(relay, refused - 1, &none), -EPROTO);
	raw = receive();
	CHECK_EQ(relay_offer(relay, raw, bit(0)), want);
	frame_release(raw);
	CHECK_EQ(relay_start(relay), want);
	CHECK_EQ(world.num_calls, refused - 1);

	stop_streams();
	relay_cancel(relay);
	check_nothing_left();
	start_streams();
	CHECK_EQ(relay_start(relay), 0);
	world.num_calls = 0;
	offer(bit(1));
	CHECK_CALLS("1i");
	finish_job(bit(1));
	check_nothing_left();
}

static void test_refusals(void)
{
	test_case("refused: half way through, nothing is started behind it until all is let go");
	for (unsigned refused = 1; refused <= 4; refused++)
		check_refusal(refused);
}

static void test_lies(void)
{
	struct buffer stranger;
	struct frame frame = { .sequence = 5, .timestamp_ns = 6, .flags = 7 };

	test_case("device: what was not to come from an output is told, and left as it is");
	set_up();
	CHECK_EQ(relay_output_came(relay, 0, &frame), -EPROTO);
	offer(bit(0));
	CHECK_EQ(relay_output_came(relay, 1, &frame), -EPROTO);
	CHECK(processor_finish());
	CHECK_EQ(pass_output(0), 1001);
	CHECK_EQ(relay_output_came(relay, 0, &frame), -EPROTO);
	CHECK_EQ(frame.sequence, 5);
	CHECK_EQ(frame.timestamp_ns, 6);
	CHECK_EQ(frame.flags, 7);

	test_case("device: so is an input that it did not have");
	buffer_init(&stranger, 0, BUFFER_DEVICE);
	CHECK_EQ(relay_input_came(relay, &stranger), -EPROTO);
	CHECK_EQ(relay_input_came(relay, &world.receiver.buffers[1]), -EPROTO);
	CHECK_EQ(relay->num_jobs, 1);
	pass_input();
	CHECK_EQ(relay_input_came(relay, &world.receiver.buffers[0]), -EPROTO);
	check_nothing_left();
}

static unsigned started_inside;

static void start_inside(void)
{
	started_inside++;
	CHECK_EQ(relay_start(relay), 0);
}

static void test_cancel(void)
{
	test_case("cancel: what is under way and what waits is let go, nothing is started");
	set_up();
	for (unsigned i = 0; i < 4; i++)
		offer(bit(0));
	CHECK_EQ(relay->num_jobs, 2);
	CHECK_EQ(relay->num_waiting, 2);
	CHECK_CALLS("0i0i");
	stop_streams();
	started_inside = 0;
	world.inside = start_inside;
	relay_cancel(relay);
	CHECK_EQ(started_inside, 4);
	world.inside = NULL;
	start_streams();
	offer(bit(0));
	offer(bit(1));
	offer(bit(0));
	CHECK_CALLS("0i");
	stop_streams();
	world.inside = start_inside;
	relay_cancel(relay);
	CHECK_EQ(started_inside, 7);
	CHECK_CALLS("");
	check_nothing_left();

	test_case("cancel: what had come back already is not let go twice");
	world.inside = NULL;
	start_streams();
	offer(bit(0));
	offer(bit(0));
	CHECK(processor_finish());
	pass_input();
	CHECK_EQ(receiver->queued, MAX_BUFFERS - 1);
	stop_streams();
	world.inside = start_inside;
	relay_cancel(relay);
	CHECK_EQ(started_inside, 8);
	check_nothing_left();

	test_case("cancel: fine with nothing there; afterwards all goes on");
	world.inside = NULL;
	relay_cancel(relay);
	start_streams();
	world.num_calls = 0;
	offer(bit(2));
	CHECK_CALLS("2i");
	finish_job(bit(2));
	check_nothing_left();
}

static unsigned frames_inside;

/* The buffer is filled anew at once, and offered from inside. */
static void offer_inside(void)
{
	static unsigned depth;
	struct frame *raw;

	if (!frames_inside)
		return;
	frames_inside--;
	CHECK_EQ(depth++, 0);
	raw = receive();
	CHECK_EQ(relay_offer(relay, raw, bit(frames_inside ? 1 : 0)), 0);
	depth--;
	frame_release(raw);
}

static void test_inside(void)
{
	struct frame *frame;

	test_case("inside: frames offered while one is let go are dealt with after it");
	set_up_with(MAX_BUFFERS, 1, RELAY_MAX_JOBS, 0);
	offer(bit(1));
	CHECK(processor_finish());
	pass_input();
	frame = take_output(1);
	CHECK_CALLS("1i");
	world.inside = offer_inside;
	frames_inside = 100;
	offer(bit(1));
	CHECK_EQ(frames_inside, 0);
	CHECK_EQ(relay->unprocessed[1], 100);
	CHECK_CALLS("0i");
	finish_job(bit(0));
	world.inside = NULL;
	frame_release(frame);
	check_nothing_left();

	test_case("inside: what waits is started from there when an input comes");
	set_up();
	offer(bit(0));
	offer(bit(1));
	CHECK(processor_finish());
	CHECK_EQ(pass_output(0), 1001);
	CHECK_CALLS("0i");
	world.inside = start_inside;
	CHECK(take_input());
	CHECK_CALLS("1i");
	world.inside = NULL;
	finish_job(bit(1));
	check_nothing_left();
}

/* ---- everything at once ---- */

#define MAX_HELD ((OUTPUTS + 1) * MAX_BUFFERS)

/* How this run goes: each is a weight or a chance in 256. */
struct manner {
	unsigned raw, finish, take, release; /* of 1 in all */
	unsigned hold;                       /* that a sink keeps a frame for a while */
	unsigned change;       /* that other outputs are wanted from now on */
	unsigned refuse, stop; /* in 4096 */
};

static uint32_t random_state;

static uint32_t random_below(uint32_t limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return (random_state >> 8) % limit;
}

/* What became of frames, over all runs. */
static struct {
	unsigned long received, missed, offered, processed, pictures, no_spare, overtaken;
	unsigned long unprocessed, cancelled, refused, doubled;
} sums;

/* Of this run. */
static struct {
	struct manner manner;
	uint32_t wanted;
	uint32_t last[OUTPUTS];           /* number of the last picture */
	unsigned long offered[OUTPUTS];   /* frames, from which each was wanted */
	unsigned long cancelled[OUTPUTS]; /* of these, when all was stopped */
	unsigned num_held;
	struct frame *held[MAX_HELD];
	int error;
} run;

/* A sink gets a frame, which the caller has. */
static void give_sink(struct frame *frame)
{
	if (random_below(256) >= run.manner.hold)
		return;
	frame_hold(frame);
	run.held[run.num_held++] = frame;
}

static void note_error(int error)
{
	if (error < 0)
		run.error = error;
}

/* What is going to become of the frame that is offered, or of one before it. */
static void note_fate(void)
{
	bool has_room = relay->num_jobs < relay->max_jobs;

	if (!relay->num_jobs && !(run.wanted & spare(&world)))
		sums.no_spare++;
	else if (!has_room && receiver->queued < RELAY_RECEIVER)
		sums.overtaken++;
}

static void step_raw(void)
{
	struct frame *raw = receive();

	sums.received++;
	if (random_below(256) < run.manner.change)
		run.wanted = random_below(1 << OUTPUTS) & ~relay->device.along;
	if (!raw) {
		sums.missed++;
		return;
	}
	if (run.wanted) {
		sums.offered++;
		add_outputs(run.offered, run.wanted);
		note_fate();
		note_error(relay_offer(relay, raw, run.wanted));
	}
	give_sink(raw);
	frame_release(raw);
}

static void step_output(unsigned number)
{
	struct frame *frame = take_output(number);

	if (!frame)
		return;
	sums.pictures++;
	CHECK(frame->sequence > run.last[number]);
	run.last[number] = frame->sequence;
	give_sink(frame);
	frame_release(frame);
	note_error(relay_start(relay));
}

static void step_take(void)
{
	unsigned number = random_below(OUTPUTS + 1);

	if (number < OUTPUTS)
		step_output(number);
	else if (take_input())
		note_error(relay_start(relay));
}

static void step_release(void)
{
	struct frame *frame;
	unsigned number;

	if (!run.num_held)
		return;
	number = random_below(run.num_held);
	frame = run.held[number];
	run.held[number] = run.held[--run.num_held];
	frame_release(frame);
	note_error(relay->error);
}

/* What is under way or waits now is made of nothing. */
static void note_cancelled(void)
{
	unsigned last = relay->first_job + relay->num_jobs - 1;

	for (unsigned i = 0; i < relay->num_waiting; i++)
		add_outputs(run.cancelled,
			    relay->waiting[(relay->first_waiting + i) % RELAY_MAX_WAITING].wanted);
	sums.cancelled += relay->num_waiting;
	/* A job of which a part was refused was none. */
	if (run.error) {
		CHECK(run.error == -EIO || run.error == -EFAULT || run.error == -EREMOTEIO);
		add_outputs(run.cancelled, relay->jobs[last % RELAY_MAX_JOBS].outputs);
		sums.refused++;
	}
}

static void stop_run(void)
{
	note_cancelled();
	stop_streams();
	relay_cancel(relay);
	sums.processed += world.num_jobs;
	world.num_jobs = 0;
	world.refuse = 0;
	world.begin_refuses = false;
	run.error = 0;
	CHECK_EQ(relay->num_jobs, 0);
	CHECK_EQ(relay->num_waiting, 0);
	for (unsigned i = 0; i < OUTPUTS; i++) {
		if (relay->device.along & bit(i))
			CHECK_EQ(relay->unprocessed[i], 0);
		else
			CHECK_EQ(run.offered[i],
				 world.made[i] + run.cancelled[i] + relay->unprocessed[i]);
	}
}

/* Nothing that could go on is left standing, and nothing is started that must not be. */
static void check_rest(void)
{
	const struct relay_waiting *oldest = &relay->waiting[relay->first_waiting];
	const struct relay_job *job = &relay->jobs[relay->first_job];
	uint32_t free = spare(&world), outputs;

	CHECK(relay->num_jobs <= relay->max_jobs);
	if (relay->num_jobs == 2) {
		sums.doubled++;
		CHECK_EQ(relay->jobs[0].outputs, relay->jobs[1].outputs);
	}
	CHECK(!world.promised);
	if (!relay->num_waiting || relay->num_jobs == relay->max_jobs)
		return;
	CHECK(relay->num_jobs);
	outputs = (oldest->wanted | relay->device.along) & free;
	CHECK(!(oldest->wanted & free) || outputs != job->outputs);
}

static void step(void)
{
	const struct manner *manner = &run.manner;
	unsigned all = manner->raw + manner->finish + manner->take + manner->release;
	unsigned choice = random_below(all);

	if (choice < manner->raw)
		step_raw();
	else if (choice < manner->raw + manner->finish)
		processor_finish();
	else if (choice < all - manner->release)
		step_take();
	else
		step_release();
	if (!run.error) {
		check_rest();
		if (random_below(4096) < manner->refuse)
			world.refuse = 1 + random_below(5);
		if (random_below(4096) < manner->refuse)
			world.begin_refuses = true;
	}
	if (run.error || random_below(4096) < manner->stop) {
		stop_run();
		start_streams();
	}
}

static void run_out(void)
{
	world.refuse = 0;
	world.begin_refuses = false;
	while (run.num_held)
		step_release();
	for (unsigned i = 0; i < MAX_BUFFERS + RELAY_MAX_WAITING; i++) {
		processor_finish();
		for (unsigned n = 0; n < OUTPUTS; n++)
			step_output(n);
		if (take_input())
			note_error(relay_start(relay));
		while (run.num_held)
			step_release();
	}
	CHECK_EQ(run.error, 0);
	check_nothing_left();
	stop_run();
	check_nothing_left();
}

static void random_run(uint32_t seed, unsigned frames)
{
	unsigned num_raw, num_outputs, max_jobs;
	uint32_t until;

	memset(&run, 0, sizeof(run));
	random_state = seed * UINT32_C(2654435761) + 1;
	num_raw = 2 + random_below(MAX_BUFFERS - 1);
	num_outputs = 1 + random_below(5);
	max_jobs = random_below(3) ? RELAY_MAX_JOBS : 1;
	set_up_with(num_raw, num_outputs, max_jobs, random_below(2) ? bit(3) : 0);
	run.wanted = bit(0) | bit(1);
	run.manner = (struct manner){
		.raw = 1 + random_below(6),
		.finish = 1 + random_below(6),
		.take = 4 + random_below(30),
		.release = 1 + random_below(8),
		.hold = random_below(256),
		.change = random_below(3) ? random_below(100) : 0,
		.refuse = random_below(2) ? random_below(10) : 0,
		.stop = random_below(2) ? random_below(10) : 0,
	};
	until = world.sequence + frames;
	while (world.sequence < until && !test_state.failed_checks)
		step();
	if (!test_state.failed_checks)
		run_out();
	for (unsigned i = 0; i < OUTPUTS; i++)
		sums.unprocessed += relay->unprocessed[i];
	if (test_state.failed_checks)
		printf("# seed %u, frame %u\n", (unsigned)seed, (unsigned)world.sequence);
}

static void test_random(void)
{
	test_case("all at once: every picture is of the frame whose number it has");
	for (uint32_t seed = 1; seed <= 200 && !test_state.failed_checks; seed++)
		random_run(seed, 200);

	test_case("all at once: all of it happened");
	printf("# %lu frames, %lu missed, %lu offered, %lu processed (%lu times two at once), "
	       "%lu pictures, %lu without a buffer, %lu overtaken, "
	       "%lu pictures not made, %lu cancelled, %lu refused\n",
	       sums.received, sums.missed, sums.offered, sums.processed, sums.doubled,
	       sums.pictures, sums.no_spare, sums.overtaken, sums.unprocessed,
	       sums.cancelled, sums.refused);
	CHECK(sums.received >= 40000);
	CHECK(sums.missed > 1000);
	CHECK(sums.processed > 5000);
	CHECK(sums.doubled > 1000);
	CHECK(sums.pictures > sums.processed);
	CHECK(sums.no_spare > 500);
	CHECK(sums.overtaken > 1000);
	CHECK(sums.unprocessed > sums.no_spare + sums.overtaken);
	CHECK(sums.cancelled > 100);
	CHECK(sums.refused > 10);
}

int main(void)
{
	test_one();
	test_several();
	test_begin();
	test_other_outputs();
	test_spare();
	test_along();
	test_slow();
	test_many();
	test_refusals();
	test_lies();
	test_cancel();
	test_inside();
	test_random();
	return test_done();
}
