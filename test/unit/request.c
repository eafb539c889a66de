// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests: every order in which streams can deliver, lose and stop.
 *
 * Requests stand on real streams; the device takes what it is given and may refuse. The
 * exhaustive cases fork the whole world at each step, in place, so that all pointers in it
 * stay right.
 */
#include "common/stream/request.h"

#include <errno.h>

#include "common/buffer/buffer.h"
#include "common/stream/frame.h"
#include "common/stream/stream.h"

#include "test/unit/test.h"

#define MAX_STREAMS  4
#define MAX_REQUESTS 4
#define MAX_BUFFERS  (2 * MAX_REQUESTS)

/* A stream with its buffers: as many of the pool as requests, then as many of the requests. */
struct lane {
	struct stream stream;
	struct buffer buffers[MAX_BUFFERS];
	struct frame frames[MAX_BUFFERS];
	/* Who has been with the driver since when: the order in which a real one fills them. */
	struct buffer *driver[16];
	unsigned driver_first;
	unsigned driver_last;
	unsigned refuse;   /* the n-th call from now on fails; 0: none */
	uint32_t sequence; /* of the next frame */
};

static struct world {
	unsigned num_lanes;
	unsigned num_requests;
	struct request requests[MAX_REQUESTS];
	struct request_queue queue;
	unsigned num_completed;
	unsigned completed[16];
	unsigned depth; /* of calls of completed() */
	struct lane lanes[MAX_STREAMS];
} world;

static struct request_queue *const queue = &world.queue;
static struct request *const requests = world.requests;

static int lane_queue(void *context, struct buffer *buffer)
{
	struct lane *lane = context;

	if (lane->refuse && !--lane->refuse)
		return -EFAULT;
	lane->driver[lane->driver_last++ % 16] = buffer;
	return 0;
}

static void frame_released(void *context, struct frame *frame)
{
	CHECK_EQ(stream_return(frame->stream, frame->buffer), 0);
}

static void note_completed(void *context, struct request *request)
{
	CHECK(context == &world);
	CHECK(!request->queued);
	CHECK_EQ(request->pending, 0);
	CHECK_EQ(world.depth, 0);
	world.depth++;
	world.completed[world.num_completed++ % 16] = request->number;
	world.depth--;
}

static void release_frames(struct request *request)
{
	for (unsigned i = 0; i < request->num_slots; i++) {
		if (request->slots[i].frame)
			frame_release(request->slots[i].frame);
		request->slots[i].frame = NULL;
	}
}

static void set_up_lane(struct lane *lane, unsigned pool)
{
	struct stream_device device = { lane_queue, lane };

	*lane = (struct lane){ 0 };
	stream_init(&lane->stream, "lane", STREAM_EXTERNAL, &device);
	for (unsigned i = 0; i < MAX_BUFFERS; i++) {
		buffer_init(&lane->buffers[i], i, BUFFER_UDMABUF);
		lane->frames[i] = (struct frame){ .buffer = &lane->buffers[i],
						  .stream = &lane->stream,
						  .released = frame_released };
		if (i < pool)
			CHECK_EQ(stream_add(&lane->stream, &lane->buffers[i], true), 0);
	}
	CHECK_EQ(stream_start(&lane->stream), 0);
}

/* Running streams and empty requests. */
static void set_up(unsigned num_lanes, unsigned num_requests, unsigned pool)
{
	world.num_lanes = num_lanes;
	world.num_requests = num_requests;
	world.num_completed = 0;
	world.depth = 0;
	for (unsigned i = 0; i < num_lanes; i++)
		set_up_lane(&world.lanes[i], pool);
	for (unsigned i = 0; i < num_requests; i++)
		request_init(&requests[i], i);
	memset(queue, 0xff, sizeof(*queue));
	request_queue_init(queue, note_completed, &world);
}

static struct buffer *own_buffer(unsigned lane, unsigned request)
{
	return &world.lanes[lane].buffers[MAX_REQUESTS + request];
}

/* Every request wants every stream, and is queued. own: which bring a buffer, a bit each. */
static void queue_all(unsigned own)
{
	for (unsigned r = 0; r < world.num_requests; r++) {
		for (unsigned s = 0; s < world.num_lanes; s++)
			CHECK_EQ(request_add(&requests[r], &world.lanes[s].stream,
					     own >> r & 1 ? own_buffer(s, r) : NULL),
				 0);
		CHECK_EQ(request_queue_add(queue, &requests[r]), 0);
	}
}

/* The driver of a stream fills this buffer. */
static struct frame *fill(unsigned number, struct buffer *buffer)
{
	struct lane *lane = &world.lanes[number];
	struct frame *frame = &lane->frames[buffer->number];

	CHECK(stream_completed(&lane->stream, buffer));
	CHECK_EQ(frame->holders, 0);
	frame_hold(frame);
	frame->sequence = lane->sequence++;
	return frame;
}

/* The next buffer in the order in which the driver got them. */
static struct buffer *next_of(unsigned number)
{
	struct lane *lane = &world.lanes[number];

	return lane->driver[lane->driver_first++ % 16];
}

static struct request *deliver(unsigned number)
{
	return request_queue_deliver(queue, fill(number, next_of(number)));
}

static struct request *deliver_this(unsigned number, struct buffer *buffer)
{
	return request_queue_deliver(queue, fill(number, buffer));
}

static bool is_settled(const struct request *request)
{
	for (unsigned i = 0; i < request->num_slots; i++)
		if (request->slots[i].state == SLOT_PENDING)
			return false;
	return true;
}

/* Who can be complete is, in order, and nobody else. */
static void check_completed(void)
{
	unsigned ready = 0;

	while (ready < world.num_requests && is_settled(&requests[ready]))
		ready++;
	CHECK_EQ(world.num_completed, ready);
	CHECK_EQ(queue->count, world.num_requests - ready);
	CHECK(queue->first == (ready < world.num_requests ? &requests[ready] : NULL));
	for (unsigned i = 0; i < ready; i++)
		CHECK_EQ(world.completed[i], i);
	for (unsigned i = 0; i < world.num_requests; i++)
		CHECK_EQ(requests[i].queued, i >= ready);
}

static void stop_streams(void)
{
	for (unsigned i = 0; i < world.num_lanes; i++)
		stream_stop(&world.lanes[i].stream, NULL, NULL);
}

/* Everything is back where it belongs. */
static void check_nothing_left(void)
{
	CHECK(!queue->first);
	CHECK(!queue->last);
	CHECK_EQ(queue->count, 0);
	CHECK_EQ(queue->own, 0);
	CHECK(!queue->completing);
	CHECK(!queue->cancelling);
	for (unsigned i = 0; i < world.num_requests; i++) {
		CHECK(!requests[i].queued);
		release_frames(&requests[i]);
	}
	for (unsigned s = 0; s < world.num_lanes; s++) {
		struct lane *lane = &world.lanes[s];
		unsigned pool = 0;

		for (unsigned i = 0; i < MAX_BUFFERS; i++) {
			CHECK_EQ(lane->frames[i].holders, 0);
			pool += stream_is_pool(&lane->stream, &lane->buffers[i]);
		}
		CHECK_EQ(lane->stream.available.count + lane->stream.queued, pool);
	}
}

static void test_build(void)
{
	struct stream streams[REQUEST_MAX_SLOTS + 1];
	struct stream_device device = { lane_queue, NULL };
	struct request request;

	test_case("request: a new one wants nothing, and can't be queued");
	set_up(1, 0, 0);
	memset(&request, 0xff, sizeof(request));
	request_init(&request, 7);
	CHECK_EQ(request.number, 7);
	CHECK_EQ(request.num_slots, 0);
	CHECK(!request.queued);
	CHECK(!request_is_whole(&request));
	CHECK_EQ(request_queue_add(queue, &request), -EINVAL);
	CHECK_EQ(queue->count, 0);

	test_case("request: a slot a stream, up to the limit");
	for (unsigned i = 0; i <= REQUEST_MAX_SLOTS; i++) {
		stream_init(&streams[i], "s", STREAM_EXTERNAL, &device);
		CHECK_EQ(request_add(&request, &streams[i], NULL),
			 i < REQUEST_MAX_SLOTS ? 0 : -ENOSPC);
		CHECK_EQ(request_add(&request, &streams[0], NULL), -EEXIST);
	}
	CHECK_EQ(request.num_slots, REQUEST_MAX_SLOTS);
}

static void test_one(void)
{
	struct frame *frame;

	test_case("request: complete when all its frames are there, with their holds");
	set_up(2, 1, 2);
	queue_all(0);
	CHECK_EQ(world.lanes[0].stream.queued, 1);
	CHECK_EQ(world.lanes[1].stream.queued, 1);
	CHECK_EQ(request_queue_add(queue, &requests[0]), -EBUSY);
	CHECK_EQ(request_add(&requests[0], &world.lanes[0].stream, NULL), -EBUSY);
	frame = fill(1, next_of(1));
	CHECK(request_queue_deliver(queue, frame) == &requests[0]);
	CHECK_EQ(world.num_completed, 0);
	CHECK(!request_is_whole(&requests[0]));
	CHECK_EQ(requests[0].pending, 1);
	CHECK_EQ(requests[0].slots[1].state, SLOT_DONE);
	CHECK(requests[0].slots[1].frame == frame);
	CHECK_EQ(requests[0].slots[0].state, SLOT_PENDING);
	CHECK(deliver(0) == &requests[0]);
	CHECK_EQ(world.num_completed, 1);
	CHECK(request_is_whole(&requests[0]));
	CHECK_EQ(frame->holders, 1);
	frame_release(requests[0].slots[0].frame);
	frame_release(requests[0].slots[1].frame);

	test_case("request: a frame that nobody waits for stays the caller's");
	CHECK_EQ(stream_queue(&world.lanes[0].stream, NULL), 0);
	frame = fill(0, next_of(0));
	CHECK(!request_queue_deliver(queue, frame));
	CHECK_EQ(frame->holders, 1);
	frame_release(frame);

	test_case("request: queued again, it starts afresh");
	CHECK_EQ(request_queue_add(queue, &requests[0]), 0);
	CHECK_EQ(requests[0].pending, 2);
	CHECK_EQ(requests[0].slots[0].state, SLOT_PENDING);
	CHECK(!requests[0].slots[0].frame);
	CHECK(request_queue_skip(queue, &world.lanes[0].stream) == &requests[0]);
	CHECK(!request_queue_skip(queue, &world.lanes[0].stream));
	CHECK_EQ(requests[0].slots[0].state, SLOT_CANCELLED);
	CHECK(deliver(1) == &requests[0]);
	CHECK_EQ(world.num_completed, 2);
	CHECK(!request_is_whole(&requests[0]));
	CHECK(!requests[0].slots[0].frame);
	frame_release(requests[0].slots[1].frame);

	test_case("request: refused, it shows no frame of the time before");
	world.lanes[1].refuse = 1;
	CHECK_EQ(request_queue_add(queue, &requests[0]), -EFAULT);
	CHECK_EQ(requests[0].slots[1].state, SLOT_CANCELLED);
	CHECK(!requests[0].slots[1].frame);
	CHECK_EQ(world.num_completed, 2);
	CHECK(deliver(0) == &requests[0]);
	CHECK_EQ(world.num_completed, 3);
	check_nothing_left();
}

static void test_own_buffers(void)
{
	struct buffer stranger;
	struct frame *frame;

	test_case("pairing: a request's buffer is found behind requests that brought none");
	set_up(1, 4, 2);
	queue_all(1 << 1 | 1 << 3);
	CHECK(deliver_this(0, own_buffer(0, 1)) == &requests[1]);
	CHECK_EQ(world.num_completed, 0);
	CHECK(deliver_this(0, own_buffer(0, 3)) == &requests[3]);
	CHECK(deliver_this(0, &world.lanes[0].buffers[1]) == &requests[0]);
	CHECK_EQ(world.num_completed, 2);
	CHECK(deliver_this(0, &world.lanes[0].buffers[0]) == &requests[2]);
	check_completed();
	check_nothing_left();

	test_case("pairing: a pool buffer that a request named is that request's");
	set_up(1, 2, 2);
	CHECK_EQ(request_add(&requests[0], &world.lanes[0].stream, NULL), 0);
	CHECK_EQ(request_add(&requests[1], &world.lanes[0].stream, &world.lanes[0].buffers[1]),
		 0);
	CHECK_EQ(request_queue_add(queue, &requests[0]), 0);
	CHECK_EQ(request_queue_add(queue, &requests[1]), 0);
	CHECK(deliver_this(0, &world.lanes[0].buffers[1]) == &requests[1]);
	CHECK(deliver_this(0, &world.lanes[0].buffers[0]) == &requests[0]);
	check_completed();

	test_case("pairing: a buffer that some request brought is never another's");
	set_up(1, 2, 2);
	queue_all(1);
	CHECK(request_queue_skip(queue, &world.lanes[0].stream) == &requests[0]);
	CHECK_EQ(world.num_completed, 1);
	CHECK(!deliver_this(0, own_buffer(0, 0)));
	frame_release(&world.lanes[0].frames[MAX_REQUESTS]);
	CHECK_EQ(own_buffer(0, 0)->state, BUFFER_FREE);
	CHECK(deliver_this(0, &world.lanes[0].buffers[0]) == &requests[1]);
	CHECK_EQ(world.num_completed, 2);
	check_nothing_left();

	test_case("pairing: nor is one that the stream does not know anybody's");
	set_up(1, 1, 2);
	queue_all(0);
	buffer_init(&stranger, 0, BUFFER_UDMABUF);
	world.lanes[0].frames[7].buffer = &stranger;
	CHECK(!request_queue_deliver(queue, &world.lanes[0].frames[7]));

	test_case("pairing: a frame that is not wanted cancels the slot that it belongs to");
	set_up(1, 3, 2);
	queue_all(1 << 1 | 1 << 2);
	frame = fill(0, own_buffer(0, 2));
	CHECK(request_queue_drop(queue, frame) == &requests[2]);
	CHECK_EQ(requests[2].slots[0].state, SLOT_CANCELLED);
	CHECK(!requests[2].slots[0].frame);
	CHECK_EQ(frame->holders, 1);
	CHECK(!request_queue_drop(queue, frame));
	frame_release(frame);
	CHECK(deliver_this(0, own_buffer(0, 1)) == &requests[1]);
	CHECK_EQ(world.num_completed, 0);
	frame = fill(0, next_of(0));
	CHECK(request_queue_drop(queue, frame) == &requests[0]);
	frame_release(frame);
	check_completed();
	CHECK_EQ(world.num_completed, 3);
	check_nothing_left();

	test_case("pairing: the same buffer in two requests is refused to the second");
	set_up(1, 2, 0);
	CHECK_EQ(request_add(&requests[0], &world.lanes[0].stream, own_buffer(0, 0)), 0);
	CHECK_EQ(request_add(&requests[1], &world.lanes[0].stream, own_buffer(0, 0)), 0);
	CHECK_EQ(request_queue_add(queue, &requests[0]), 0);
	CHECK_EQ(request_queue_add(queue, &requests[1]), -EBUSY);
	CHECK(!requests[1].queued);
	CHECK(deliver(0) == &requests[0]);
	CHECK_EQ(world.num_completed, 1);
	check_nothing_left();
}

/* All orders in which a driver may give four buffers back that it got as 0, 1, 2, 3. */
static void test_advance(void)
{
	test_case("advance: requests complete in the order in which their buffers come");
	for (unsigned order = 0; order < 256; order++) {
		unsigned seen = 0;

		for (unsigned i = 0; i < 4; i++)
			seen |= 1u << (order >> 2 * i & 3);
		if (seen != 15)
			continue;
		set_up(1, 4, 0);
		queue_all(15);
		for (unsigned i = 0; i < 4; i++) {
			unsigned which = order >> 2 * i & 3;

			request_queue_advance(queue, &requests[which]);
			CHECK(queue->first == &requests[which]);
			CHECK_EQ(queue->count, 4 - i);
			CHECK(deliver_this(0, own_buffer(0, which)) == &requests[which]);
			CHECK_EQ(world.num_completed, i + 1);
			CHECK_EQ(world.completed[i], which);
		}
		check_nothing_left();
	}

	test_case("advance: one that is not under way is left alone");
	set_up(1, 2, 0);
	request_queue_advance(queue, &requests[0]);
	CHECK(!queue->first);
	queue_all(3);
	CHECK(deliver_this(0, own_buffer(0, 0)) == &requests[0]);
	request_queue_advance(queue, &requests[0]);
	CHECK(queue->first == &requests[1] && queue->last == &requests[1]);
	CHECK(deliver_this(0, own_buffer(0, 1)) == &requests[1]);
	check_nothing_left();
}

static void test_underrun(void)
{
	test_case("underrun: requests wait for the pool, and nothing is paired wrongly");
	set_up(2, 4, 1);
	queue_all(1 << 2);
	CHECK_EQ(world.lanes[0].stream.queued, 1);
	CHECK_EQ(world.lanes[0].stream.num_waiting, 3);
	for (unsigned r = 0; r < 4; r++) {
		CHECK(deliver(0) == &requests[r]);
		CHECK(deliver(1) == &requests[r]);
		CHECK_EQ(world.num_completed, r + 1);
		CHECK_EQ(requests[r].slots[0].frame->sequence, r);
		if (r == 2)
			CHECK(requests[r].slots[0].frame->buffer == own_buffer(0, r));
		release_frames(&requests[r]);
	}
	CHECK_EQ(world.lanes[0].stream.underruns, 2);
	check_nothing_left();

	test_case("internal: a request waits for what such a stream brings by itself");
	set_up(2, 2, 0);
	stream_init(&world.lanes[1].stream, "stats", STREAM_INTERNAL,
		    &(struct stream_device){ lane_queue, &world.lanes[1] });
	for (unsigned i = 0; i < 2; i++)
		CHECK_EQ(stream_add(&world.lanes[1].stream, &world.lanes[1].buffers[i], true),
			 0);
	CHECK_EQ(stream_start(&world.lanes[1].stream), 0);
	for (unsigned r = 0; r < 2; r++) {
		CHECK_EQ(request_add(&requests[r], &world.lanes[0].stream, own_buffer(0, r)),
			 0);
		CHECK_EQ(request_add(&requests[r], &world.lanes[1].stream, NULL), 0);
		CHECK_EQ(request_queue_add(queue, &requests[r]), 0);
	}
	CHECK(deliver(0) == &requests[0]);
	CHECK(deliver(1) == &requests[0]);
	CHECK(deliver(1) == &requests[1]);
	CHECK(deliver(0) == &requests[1]);
	CHECK_EQ(world.num_completed, 2);
	check_nothing_left();
}

/* One request over `num_lanes` streams; the refused-th of them does not take its buffer. */
static void check_refusal(unsigned num_lanes, unsigned refused)
{
	set_up(num_lanes, 2, 2);
	for (unsigned s = 0; s < num_lanes; s++)
		CHECK_EQ(request_add(&requests[0], &world.lanes[s].stream,
				     s & 1 ? own_buffer(s, 0) : NULL),
			 0);
	world.lanes[refused].refuse = 1;
	CHECK_EQ(request_queue_add(queue, &requests[0]), -EFAULT);
	CHECK_EQ(requests[0].queued, refused > 0);
	CHECK_EQ(requests[0].pending, refused);
	CHECK_EQ(queue->count, refused > 0);
	CHECK_EQ(queue->own, refused / 2);
	for (unsigned s = 0; s < num_lanes; s++) {
		CHECK_EQ(requests[0].slots[s].state,
			 s < refused ? SLOT_PENDING : SLOT_CANCELLED);
		CHECK_EQ(world.lanes[s].stream.queued, s < refused);
	}
	for (unsigned s = 0; s < refused; s++) {
		CHECK_EQ(world.num_completed, 0);
		CHECK(deliver(s) == &requests[0]);
	}
	CHECK_EQ(world.num_completed, refused > 0);
	CHECK(!request_is_whole(&requests[0]));
	check_nothing_left();
	CHECK_EQ(request_queue_add(queue, &requests[0]), 0);
	CHECK_EQ(requests[0].pending, num_lanes);
}

static void test_refusals(void)
{
	test_case("refused: what got through completes, a request of which nothing did never was");
	for (unsigned lanes = 1; lanes <= MAX_STREAMS; lanes++)
		for (unsigned refused = 0; refused < lanes; refused++)
			check_refusal(lanes, refused);

	test_case("refused: streams that do not run take no request, and none completes");
	set_up(2, 1, 1);
	stop_streams();
	CHECK_EQ(request_add(&requests[0], &world.lanes[0].stream, NULL), 0);
	CHECK_EQ(request_queue_add(queue, &requests[0]), -EINVAL);
	CHECK_EQ(world.num_completed, 0);
	check_nothing_left();
}

/* What completed() does in the cases below. */
static unsigned again;
static int again_error;

static void queue_again(void *context, struct request *request)
{
	note_completed(context, request);
	world.depth++;
	release_frames(request);
	if (again) {
		again--;
		again_error = request_queue_add(queue, request);
	}
	world.depth--;
}

/* Brings the next request to completion from inside. */
static void deliver_next(void *context, struct request *request)
{
	struct request *next = queue->first;

	note_completed(context, request);
	world.depth++;
	if (next)
		CHECK(deliver(0) == next);
	world.depth--;
}

static void cancel_inside(void *context, struct request *request)
{
	note_completed(context, request);
	world.depth++;
	release_frames(request);
	request_queue_cancel(queue);
	CHECK_EQ(request_queue_add(queue, request), -ECANCELED);
	world.depth--;
}

static void test_inside(void)
{
	test_case("inside: a request is queued again, for as long as frames come");
	set_up(1, 3, 3);
	queue->completed = queue_again;
	again = 97;
	queue_all(0);
	for (unsigned i = 0; i < 100; i++) {
		CHECK(deliver(0) == &requests[i % 3]);
		CHECK_EQ(world.num_completed, i + 1);
		CHECK_EQ(world.completed[i % 16], i % 3);
	}
	CHECK_EQ(again_error, 0);
	check_nothing_left();

	test_case("inside: several that are ready at once are queued again in their order");
	set_up(2, 3, 3);
	queue->completed = queue_again;
	again = 3;
	queue_all(0);
	for (unsigned i = 0; i < 3; i++)
		CHECK(deliver(0) == &requests[i]);
	CHECK(deliver(1) == &requests[0]);
	CHECK(request_queue_skip(queue, &world.lanes[1].stream) == &requests[1]);
	CHECK(deliver(1) == &requests[2]);
	CHECK_EQ(world.num_completed, 3);
	CHECK_EQ(queue->count, 3);
	CHECK(queue->first == &requests[0]);
	CHECK(queue->last == &requests[2]);
	CHECK(requests[0].next == &requests[1]);

	test_case("inside: a request that no stream takes any more is not tried without end");
	again = 100;
	stop_streams();
	request_queue_cancel(queue);
	CHECK_EQ(world.num_completed, 6);
	CHECK_EQ(again, 97);
	CHECK_EQ(again_error, -ECANCELED);
	check_nothing_left();
	set_up(1, 1, 1);
	queue->completed = queue_again;
	again = 100;
	queue_all(0);
	stop_streams();
	request_queue_skip(queue, &world.lanes[0].stream);
	CHECK_EQ(world.num_completed, 1);
	CHECK_EQ(again, 99);
	CHECK_EQ(again_error, -EINVAL);
	check_nothing_left();

	test_case("inside: what is delivered from there completes after it");
	set_up(1, 4, 4);
	queue->completed = deliver_next;
	queue_all(0);
	CHECK(deliver(0) == &requests[0]);
	check_completed();
	CHECK_EQ(world.num_completed, 4);
	check_nothing_left();

	test_case("inside: cancelled from there, the line is empty after it");
	set_up(1, 4, 4);
	queue->completed = cancel_inside;
	queue_all(0);
	CHECK(deliver(0) == &requests[0]);
	check_completed();
	CHECK_EQ(world.num_completed, 4);
	stop_streams();
	check_nothing_left();
	queue->completed = note_completed;
	stream_start(&world.lanes[0].stream);
	CHECK_EQ(request_queue_add(queue, &requests[0]), 0);
}

static void test_cancel_empty(void)
{
	test_case("cancel: an empty line is fine, and takes requests afterwards");
	set_up(1, 1, 1);
	request_queue_cancel(queue);
	CHECK_EQ(world.num_completed, 0);
	check_nothing_left();
	queue_all(0);
	CHECK(requests[0].queued);
}

/* Copies no more of a world than is in use. */
static void copy_world(struct world *to, const struct world *from)
{
	memcpy(to, from,
	       offsetof(struct world, lanes) + from->num_lanes * sizeof(struct lane));
}

/* Stops everything here, looks, and goes back to where it was. */
static void try_stop(void)
{
	static struct world saved;
	unsigned settled[MAX_REQUESTS];

	copy_world(&saved, &world);
	for (unsigned i = 0; i < world.num_requests; i++) {
		settled[i] = 0;
		for (unsigned s = 0; s < world.num_lanes; s++)
			settled[i] += requests[i].slots[s].state == SLOT_DONE;
	}
	stop_streams();
	request_queue_cancel(queue);
	check_completed();
	CHECK_EQ(world.num_completed, world.num_requests);
	for (unsigned i = 0; i < world.num_requests; i++) {
		for (unsigned s = 0; s < world.num_lanes; s++)
			settled[i] -= requests[i].slots[s].frame != NULL;
		CHECK_EQ(settled[i], 0);
	}
	check_nothing_left();
	copy_world(&world, &saved);
}

/* A frame that the driver lost, or one that came and is no picture. */
static struct request *lose(unsigned number)
{
	struct request *request;
	struct frame *frame;

	if (number % 2)
		return request_queue_skip(queue, &world.lanes[number].stream);
	frame = fill(number, next_of(number));
	request = request_queue_drop(queue, frame);
	frame_release(frame);
	return request;
}

static unsigned long num_endings;

/* In each stream the driver keeps its order; how the streams mix is tried in every way. */
static void try_mixes(bool with_losses, bool with_stops)
{
	static struct world stack[MAX_STREAMS * MAX_REQUESTS];
	static unsigned depth;
	bool ended = true;

	if (test_state.failed_checks)
		return;
	copy_world(&stack[depth++], &world);
	if (with_stops)
		try_stop();
	for (unsigned s = 0; s < world.num_lanes; s++) {
		unsigned r = 0;

		while (r < world.num_requests && requests[r].slots[s].state != SLOT_PENDING)
			r++;
		if (r == world.num_requests)
			continue;
		ended = false;
		CHECK(deliver(s) == &requests[r]);
		CHECK_EQ(requests[r].slots[s].state, SLOT_DONE);
		check_completed();
		try_mixes(with_losses, with_stops);
		copy_world(&world, &stack[depth - 1]);
		if (!with_losses)
			continue;
		CHECK(lose(s) == &requests[r]);
		CHECK_EQ(requests[r].slots[s].state, SLOT_CANCELLED);
		check_completed();
		try_mixes(with_losses, with_stops);
		copy_world(&world, &stack[depth - 1]);
	}
	depth--;
	if (!ended)
		return;
	num_endings++;
	CHECK_EQ(world.num_completed, world.num_requests);
}

/* The driver may finish whatever it has: every order of all buffers of all streams. */
static void try_permutations(void)
{
	static struct world stack[MAX_STREAMS * MAX_REQUESTS + 1];
	static unsigned depth;
	bool ended = true;

	if (test_state.failed_checks)
		return;
	copy_world(&stack[depth++], &world);
	for (unsigned s = 0; s < world.num_lanes; s++) {
		for (unsigned r = 0; r < world.num_requests; r++) {
			if (requests[r].slots[s].state != SLOT_PENDING)
				continue;
			ended = false;
			CHECK(deliver_this(s, own_buffer(s, r)) == &requests[r]);
			CHECK(requests[r].slots[s].frame->buffer == own_buffer(s, r));
			check_completed();
			try_permutations();
			copy_world(&world, &stack[depth - 1]);
		}
	}
	depth--;
	if (!ended)
		return;
	num_endings++;
	CHECK_EQ(world.num_completed, world.num_requests);
}

static void mix(unsigned num_lanes, unsigned num_requests, unsigned own, bool with_losses,
		bool with_stops, unsigned long want)
{
	set_up(num_lanes, num_requests, num_requests);
	queue_all(own);
	num_endings = 0;
	try_mixes(with_losses, with_stops);
	CHECK_EQ(num_endings, want);
}

static void permute(unsigned num_lanes, unsigned num_requests, unsigned long want)
{
	set_up(num_lanes, num_requests, 0);
	queue_all(UINT32_MAX);
	num_endings = 0;
	try_permutations();
	CHECK_EQ(num_endings, want);
}

static void test_every_order(void)
{
	test_case("order: however streams mix, requests complete in theirs");
	mix(2, 4, 0, false, false, 70);
	mix(2, 4, 5, false, false, 70);
	mix(3, 3, 0, false, false, 1680);
	mix(3, 4, 0, false, false, 34650);
	mix(3, 4, 6, false, false, 34650);
	mix(4, 3, 0, false, false, 369600);

	test_case("order: with losses anywhere");
	mix(2, 3, 0, true, false, 20 << 6);
	mix(2, 4, 0, true, false, 70 << 8);
	mix(3, 3, 0, true, false, 1680 << 9);
	mix(4, 2, 0, true, false, 2520 << 8);

	test_case("order: stopped anywhere, all is back and told in order");
	mix(2, 3, 0, true, true, 20 << 6);
	mix(2, 3, 2, false, true, 20);
	mix(2, 4, 0, false, true, 70);
	mix(3, 3, 0, false, true, 1680);
	mix(3, 3, 5, false, true, 1680);

	test_case("order: buffers of requests in every order of all");
	permute(2, 2, 24);
	permute(2, 3, 720);
	permute(2, 4, 40320);
	permute(3, 3, 362880);
	permute(4, 2, 40320);
}

int main(void)
{
	test_build();
	test_one();
	test_own_buffers();
	test_advance();
	test_underrun();
	test_refusals();
	test_inside();
	test_cancel_empty();
	test_every_order();
	return test_done();
}
