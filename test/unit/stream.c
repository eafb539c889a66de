// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Streams: who has which buffer, whatever is called in whatever order.
 *
 * The first cases tell the rules one by one. The last ones go through every sequence of calls
 * up to a length, and long random ones, beside a model that keeps the same books with plain
 * lists; the device is a function here, which may refuse.
 */
#include "common/stream/stream.h"

#include <errno.h>
#include <stdlib.h>

#include "common/buffer/buffer.h"

#include "test/unit/test.h"

#define POOL 2
#define OWN  2
#define ALL  (POOL + OWN)

/* The driver's side. */
struct device {
	unsigned refuse; /* the n-th call from now on fails; 0: none */
	unsigned count;
	int taken[64]; /* numbers of the buffers, in the order they came */
};

struct world {
	struct device device;
	struct stream stream;
	struct buffer buffers[ALL]; /* pool first */
};

static struct world world;
static struct stream *const stream = &world.stream;
static struct buffer *const buffers = world.buffers;

static int device_queue(void *context, struct buffer *buffer)
{
	struct device *device = context;

	if (device->refuse && !--device->refuse)
		return -EFAULT;
	device->taken[device->count++ % 64] = (int)buffer->number;
	return 0;
}

static const struct stream_device device = { device_queue, &world.device };

/* A stream of that kind with its pool; import-only ones have none. */
static void set_up(enum stream_kind kind)
{
	world.device = (struct device){ 0 };
	memset(stream, 0xff, sizeof(*stream));
	stream_init(stream, "main", kind, &device);
	for (unsigned i = 0; i < ALL; i++)
		buffer_init(&buffers[i], i, BUFFER_UDMABUF);
	for (unsigned i = 0; i < POOL && kind != STREAM_IMPORT_ONLY; i++)
		stream_add(stream, &buffers[i], true);
}

static void set_up_running(enum stream_kind kind)
{
	set_up(kind);
	stream_start(stream);
}

/* The buffers that the driver got since the last look, in order; -1 ends the list. */
static void check_taken(const char *where, const int *numbers)
{
	unsigned count = 0;

	for (; numbers[count] >= 0; count++)
		if (count < world.device.count && world.device.taken[count] != numbers[count])
			test_fail(__FILE__, __LINE__, "%s: buffer %u: got %d, want %d",
				  where, count, world.device.taken[count], numbers[count]);
	if (count != world.device.count)
		test_fail(__FILE__, __LINE__, "%s: the driver got %u buffers, want %u",
			  where, world.device.count, count);
	world.device.count = 0;
}

#define CHECK_TAKEN(...)   check_taken(__func__, (int[]){ __VA_ARGS__, -1 })
#define CHECK_NONE_TAKEN() CHECK_TAKEN(-1)

static int state(unsigned number)
{
	return (int)buffers[number].state;
}

static bool is_available(unsigned number)
{
	return queue_has(&stream->available, &buffers[number]);
}

/* Whom stream_stop() told of what. */
static unsigned num_cancelled;
static struct buffer *cancelled_buffers[STREAM_MAX_BUFFERS];

static void note_cancelled(void *context, struct buffer *buffer)
{
	CHECK(context == &num_cancelled);
	cancelled_buffers[num_cancelled++] = buffer;
}

static void stop(void)
{
	num_cancelled = 0;
	stream_stop(stream, note_cancelled, &num_cancelled);
}

static void test_init_add(void)
{
	struct buffer many[STREAM_MAX_BUFFERS + 1];
	struct stream other;

	test_case("stream: a new one is empty and does not run");
	set_up(STREAM_EXTERNAL);
	stream_init(stream, "main", STREAM_EXTERNAL, &device);
	CHECK_STR_EQ(stream->name, "main");
	CHECK_EQ(stream->kind, STREAM_EXTERNAL);
	CHECK_EQ(stream->num_buffers, 0);
	CHECK_EQ(stream->available.count, 0);
	CHECK_EQ(stream->queued, 0);
	CHECK_EQ(stream->underruns, 0);
	CHECK(!stream->running);

	test_case("add: pool buffers are available, a request's are not, both are owned");
	set_up(STREAM_EXTERNAL);
	CHECK_EQ(stream_add(stream, &buffers[2], false), 0);
	CHECK_EQ(stream->num_buffers, 3);
	CHECK_EQ(stream->available.count, 2);
	CHECK(stream_is_pool(stream, &buffers[0]));
	CHECK(stream_is_pool(stream, &buffers[1]));
	CHECK(!stream_is_pool(stream, &buffers[2]));
	CHECK(!stream_is_pool(stream, &buffers[3]));
	CHECK(buffers[0].owner == stream);
	CHECK(buffers[2].owner == stream);

	test_case("add: once only");
	CHECK_EQ(stream_add(stream, &buffers[0], true), -EEXIST);
	CHECK_EQ(stream_add(stream, &buffers[2], true), -EEXIST);
	CHECK_EQ(stream->num_buffers, 3);

	test_case("add: not what another stream owns, nor a busy one for the pool");
	stream_init(&other, "other", STREAM_EXTERNAL, &device);
	CHECK_EQ(stream_add(&other, &buffers[0], false), -EBUSY);
	CHECK_EQ(stream_add(&other, &buffers[2], true), -EBUSY);
	buffers[3].state = BUFFER_HELD;
	CHECK_EQ(stream_add(&other, &buffers[3], true), -EBUSY);
	CHECK_EQ(stream_add(&other, &buffers[3], false), 0);

	test_case("add: import-only streams have no pool and own nothing");
	stream_init(&other, "input", STREAM_IMPORT_ONLY, &device);
	CHECK_EQ(stream_add(&other, &buffers[0], true), -EINVAL);
	CHECK_EQ(stream_add(&other, &buffers[0], false), 0);
	CHECK(buffers[0].owner == stream);
	CHECK(!stream_is_pool(&other, &buffers[0]));

	test_case("add: internal streams have nothing but a pool");
	set_up(STREAM_INTERNAL);
	CHECK_EQ(stream_add(stream, &buffers[2], false), -EINVAL);
	CHECK(!buffers[2].owner);

	test_case("add: as many as a node can have");
	stream_init(stream, "main", STREAM_EXTERNAL, &device);
	for (unsigned i = 0; i <= STREAM_MAX_BUFFERS; i++)
		buffer_init(&many[i], i, BUFFER_UDMABUF);
	for (unsigned i = 0; i < STREAM_MAX_BUFFERS; i++)
		CHECK_EQ(stream_add(stream, &many[i], true), 0);
	CHECK_EQ(stream_add(stream, &many[STREAM_MAX_BUFFERS], true), -ENOSPC);
	CHECK(!many[STREAM_MAX_BUFFERS].owner);
	CHECK(stream_is_pool(stream, &many[STREAM_MAX_BUFFERS - 1]));
	CHECK_EQ(stream->available.count, STREAM_MAX_BUFFERS);

	test_case("stream: with all of them, each is told from the others");
	CHECK_EQ(stream_start(stream), 0);
	for (unsigned i = 0; i < STREAM_MAX_BUFFERS; i++)
		CHECK_EQ(stream_queue(stream, NULL), 0);
	for (unsigned i = STREAM_MAX_BUFFERS; i-- > 1;)
		CHECK(stream_completed(stream, &many[i]));
	CHECK(!stream_completed(stream, &many[STREAM_MAX_BUFFERS - 1]));
	CHECK_EQ(stream->queued, 1);
	CHECK_EQ(stream_return(stream, &many[STREAM_MAX_BUFFERS - 1]), 0);
	stop();
	CHECK_EQ(stream->available.count, 2);
	CHECK_EQ(many[0].state, BUFFER_FREE);
	CHECK_EQ(many[1].state, BUFFER_HELD);
	for (unsigned i = 1; i < STREAM_MAX_BUFFERS - 1; i++)
		CHECK_EQ(stream_return(stream, &many[i]), 0);
	CHECK_EQ(stream_remove(stream, &many[0]), 0);
	CHECK(stream_is_pool(stream, &many[STREAM_MAX_BUFFERS - 1]));
	CHECK_EQ(stream->available.count, STREAM_MAX_BUFFERS - 1);
}

static void test_remove(void)
{
	test_case("remove: a free buffer is forgotten, the others keep their places in mind");
	set_up_running(STREAM_EXTERNAL);
	CHECK_EQ(stream_queue(stream, &buffers[2]), 0);
	CHECK_EQ(stream_queue(stream, &buffers[3]), 0);
	CHECK_EQ(stream_remove(stream, &buffers[0]), 0);
	CHECK(!stream_is_pool(stream, &buffers[0]));
	CHECK(!buffers[0].owner);
	CHECK_EQ(stream->num_buffers, 3);
	CHECK(!is_available(0));
	CHECK(is_available(1));
	CHECK(stream_is_pool(stream, &buffers[1]));
	CHECK(!stream_is_pool(stream, &buffers[2]));
	CHECK(!stream_is_pool(stream, &buffers[3]));
	CHECK(stream_completed(stream, &buffers[3]));
	CHECK(!stream_completed(stream, &buffers[1]));
	CHECK(stream_completed(stream, &buffers[2]));
	CHECK_EQ(stream_remove(stream, &buffers[0]), -ENOENT);

	test_case("remove: the last one, and then another in its place");
	CHECK_EQ(stream_return(stream, &buffers[2]), 0);
	CHECK_EQ(stream_return(stream, &buffers[3]), 0);
	CHECK_EQ(stream_remove(stream, &buffers[2]), 0);
	CHECK_EQ(stream_remove(stream, &buffers[3]), 0);
	CHECK_EQ(stream_remove(stream, &buffers[1]), 0);
	CHECK_EQ(stream->num_buffers, 0);
	CHECK_EQ(stream->available.count, 0);
	CHECK_EQ(stream_add(stream, &buffers[2], false), 0);
	CHECK(!stream_is_pool(stream, &buffers[2]));
	CHECK(!stream_completed(stream, &buffers[2]));

	test_case("remove: not while somebody has it");
	CHECK_EQ(stream_queue(stream, &buffers[2]), 0);
	CHECK_EQ(stream_remove(stream, &buffers[2]), -EBUSY);
	CHECK(stream_completed(stream, &buffers[2]));
	CHECK_EQ(stream_remove(stream, &buffers[2]), -EBUSY);
	CHECK_EQ(stream_queue(stream, NULL), 0);
	CHECK_EQ(stream_queue(stream, &buffers[3]), 0);
	CHECK_EQ(stream_remove(stream, &buffers[3]), -EBUSY);

	test_case("remove: an import-only stream minds what it has itself");
	set_up_running(STREAM_IMPORT_ONLY);
	buffers[0].state = BUFFER_HELD;
	buffers[0].owner = &world;
	CHECK_EQ(stream_queue(stream, &buffers[0]), 0);
	CHECK_EQ(stream_remove(stream, &buffers[0]), -EBUSY);
	CHECK(stream_completed(stream, &buffers[0]));
	CHECK_EQ(stream_remove(stream, &buffers[0]), 0);
	CHECK(buffers[0].owner == &world);
}

static void test_internal(void)
{
	test_case("internal: start gives the driver all there is, in order");
	set_up(STREAM_INTERNAL);
	CHECK_EQ(stream_start(stream), 0);
	CHECK_TAKEN(0, 1);
	CHECK_EQ(stream->queued, 2);
	CHECK_EQ(stream->available.count, 0);
	CHECK_EQ(state(0), BUFFER_QUEUED);
	CHECK_EQ(stream_start(stream), -EBUSY);
	CHECK(stream->running);

	test_case("internal: held while it is read, then queued again at once");
	CHECK(stream_completed(stream, &buffers[0]));
	CHECK_EQ(state(0), BUFFER_HELD);
	CHECK_EQ(stream->queued, 1);
	CHECK_EQ(stream_return(stream, &buffers[0]), 0);
	CHECK_TAKEN(0);
	CHECK_EQ(state(0), BUFFER_QUEUED);

	test_case("internal: runs by itself, a request's call for any buffer changes nothing");
	CHECK_EQ(stream_queue(stream, NULL), 0);
	CHECK_NONE_TAKEN();
	CHECK_EQ(stream->num_waiting, 0);
	CHECK_EQ(stream_queue(stream, &buffers[2]), -EINVAL);
	CHECK_EQ(stream_queue(stream, &buffers[1]), -EBUSY);
	CHECK_NONE_TAKEN();

	test_case("internal: what the driver refuses is available, and tried again");
	CHECK(stream_completed(stream, &buffers[0]));
	world.device.refuse = 1;
	CHECK_EQ(stream_return(stream, &buffers[0]), -EFAULT);
	CHECK_EQ(state(0), BUFFER_FREE);
	CHECK(is_available(0));
	CHECK(stream_completed(stream, &buffers[1]));
	CHECK_EQ(stream_return(stream, &buffers[1]), 0);
	CHECK_TAKEN(0, 1);
	world.device.refuse = 1;
	CHECK(stream_completed(stream, &buffers[0]));
	CHECK_EQ(stream_return(stream, &buffers[0]), -EFAULT);
	CHECK_EQ(stream_queue(stream, NULL), 0);
	CHECK_TAKEN(0);
}

static void test_external(void)
{
	test_case("external: start gives the driver nothing");
	set_up(STREAM_EXTERNAL);
	CHECK_EQ(stream_queue(stream, NULL), -EINVAL);
	CHECK_EQ(stream_queue(stream, &buffers[2]), -EINVAL);
	CHECK_EQ(stream_start(stream), 0);
	CHECK_NONE_TAKEN();
	CHECK_EQ(stream_start(stream), -EBUSY);

	test_case("external: a request's buffer, or one of the pool");
	CHECK_EQ(stream_queue(stream, &buffers[2]), 0);
	CHECK_EQ(stream_queue(stream, NULL), 0);
	CHECK_TAKEN(2, 0);
	CHECK_EQ(stream->num_buffers, 3);
	CHECK(buffers[2].owner == stream);
	CHECK(!stream_is_pool(stream, &buffers[2]));
	CHECK(!is_available(0));
	CHECK_EQ(state(0), BUFFER_QUEUED);

	test_case("external: what is queued or held can't be queued");
	CHECK_EQ(stream_queue(stream, &buffers[2]), -EBUSY);
	CHECK_EQ(stream_queue(stream, &buffers[0]), -EBUSY);
	CHECK(stream_completed(stream, &buffers[2]));
	CHECK_EQ(stream_queue(stream, &buffers[2]), -EBUSY);
	CHECK_NONE_TAKEN();

	test_case("external: a request's buffer just becomes free");
	CHECK_EQ(stream_return(stream, &buffers[2]), 0);
	CHECK_EQ(state(2), BUFFER_FREE);
	CHECK(!is_available(2));
	CHECK_NONE_TAKEN();

	test_case("external: a pool buffer can be named, and is no longer available");
	CHECK_EQ(stream_queue(stream, &buffers[1]), 0);
	CHECK(!is_available(1));
	CHECK_TAKEN(1);
	CHECK_EQ(stream->available.count, 0);

	test_case("external: what another stream owns is refused");
	buffers[3].owner = &world;
	CHECK_EQ(stream_queue(stream, &buffers[3]), -EBUSY);
	CHECK_NONE_TAKEN();
}

static void test_waiting(void)
{
	test_case("waiting: with an empty pool calls are remembered, others wait behind them");
	set_up_running(STREAM_EXTERNAL);
	for (unsigned i = 0; i < 4; i++)
		CHECK_EQ(stream_queue(stream, NULL), 0);
	CHECK_TAKEN(0, 1);
	CHECK_EQ(stream_queue(stream, &buffers[2]), 0);
	CHECK_EQ(stream_queue(stream, NULL), 0);
	CHECK_EQ(stream->num_waiting, 4);
	CHECK_NONE_TAKEN();

	test_case("waiting: a buffer that waits is given away already");
	CHECK_EQ(state(2), BUFFER_QUEUED);
	CHECK_EQ(stream_queue(stream, &buffers[2]), -EBUSY);
	CHECK(!stream_completed(stream, &buffers[2]));
	CHECK_EQ(stream->queued, 2);

	test_case("waiting: a returned buffer serves the first, and whom it held up");
	CHECK(stream_completed(stream, &buffers[1]));
	CHECK_EQ(stream_return(stream, &buffers[1]), 0);
	CHECK_TAKEN(1);
	CHECK(stream_completed(stream, &buffers[0]));
	CHECK_EQ(stream_return(stream, &buffers[0]), 0);
	CHECK_TAKEN(0, 2);
	CHECK_EQ(stream->num_waiting, 1);
	CHECK_EQ(stream->queued, 3);
	CHECK(stream_completed(stream, &buffers[1]));
	CHECK_EQ(stream_return(stream, &buffers[1]), 0);
	CHECK_TAKEN(1);
	CHECK_EQ(stream->num_waiting, 0);

	test_case("waiting: a named pool buffer waits too, and is nobody else's then");
	set_up_running(STREAM_EXTERNAL);
	CHECK_EQ(stream_queue(stream, NULL), 0);
	CHECK_EQ(stream_queue(stream, NULL), 0);
	CHECK_EQ(stream_queue(stream, NULL), 0);
	CHECK(stream_completed(stream, &buffers[0]));
	world.device.refuse = 1;
	CHECK_EQ(stream_return(stream, &buffers[0]), -EFAULT);
	CHECK_EQ(stream_queue(stream, &buffers[0]), 0);
	CHECK(!is_available(0));
	CHECK_EQ(state(0), BUFFER_QUEUED);
	CHECK_TAKEN(0, 1);
	CHECK(stream_completed(stream, &buffers[1]));
	CHECK_EQ(stream_return(stream, &buffers[1]), 0);
	CHECK_TAKEN(1, 0);

	test_case("waiting: not without end");
	set_up_running(STREAM_EXTERNAL);
	CHECK_EQ(stream_queue(stream, NULL), 0);
	CHECK_EQ(stream_queue(stream, NULL), 0);
	for (unsigned i = 0; i < STREAM_MAX_BUFFERS; i++)
		CHECK_EQ(stream_queue(stream, NULL), 0);
	CHECK_EQ(stream_queue(stream, NULL), -ENOBUFS);
	CHECK_EQ(stream_queue(stream, &buffers[2]), -ENOBUFS);
	CHECK_EQ(state(2), BUFFER_FREE);
	CHECK_EQ(stream->num_buffers, POOL);
	CHECK_EQ(stream->num_waiting, STREAM_MAX_BUFFERS);
	world.device.count = 0;
	for (unsigned i = 0; i < STREAM_MAX_BUFFERS; i++) {
		CHECK(stream_completed(stream, &buffers[i % 2]));
		CHECK_EQ(stream_return(stream, &buffers[i % 2]), 0);
		CHECK_EQ(stream_queue(stream, NULL), 0);
	}
	CHECK_EQ(world.device.count, STREAM_MAX_BUFFERS);
	CHECK_EQ(stream->num_waiting, STREAM_MAX_BUFFERS);
}

static void test_refusals(void)
{
	test_case("refused: all is as before");
	set_up_running(STREAM_EXTERNAL);
	world.device.refuse = 1;
	CHECK_EQ(stream_queue(stream, NULL), -EFAULT);
	CHECK_EQ(stream->available.count, 2);
	CHECK_EQ(state(0), BUFFER_FREE);
	world.device.refuse = 1;
	CHECK_EQ(stream_queue(stream, &buffers[2]), -EFAULT);
	CHECK_EQ(stream->num_buffers, POOL);
	CHECK(!buffers[2].owner);
	CHECK_EQ(state(2), BUFFER_FREE);
	world.device.refuse = 1;
	CHECK_EQ(stream_queue(stream, &buffers[1]), -EFAULT);
	CHECK(is_available(1));
	CHECK(stream_is_pool(stream, &buffers[1]));
	CHECK_EQ(stream->queued, 0);
	CHECK_NONE_TAKEN();
	CHECK_EQ(stream_queue(stream, NULL), 0);
	CHECK_TAKEN(0);

	test_case("refused: who waited still waits, in order, and is served later");
	CHECK_EQ(stream_queue(stream, NULL), 0);
	CHECK_EQ(stream_queue(stream, NULL), 0);
	CHECK_EQ(stream_queue(stream, &buffers[2]), 0);
	CHECK_TAKEN(1);
	CHECK(stream_completed(stream, &buffers[0]));
	world.device.refuse = 2;
	CHECK_EQ(stream_return(stream, &buffers[0]), -EFAULT);
	CHECK_TAKEN(0);
	CHECK_EQ(stream->num_waiting, 1);
	CHECK_EQ(state(2), BUFFER_QUEUED);
	CHECK_EQ(stream_queue(stream, NULL), 0);
	CHECK(stream_completed(stream, &buffers[1]));
	CHECK_EQ(stream_return(stream, &buffers[1]), 0);
	CHECK_TAKEN(2, 1);
	CHECK_EQ(stream->num_waiting, 0);
}

static void test_import_only(void)
{
	struct stream raw;

	test_case("import-only: is given what another stream filled, and leaves it held");
	stream_init(&raw, "raw", STREAM_EXTERNAL, &device);
	set_up_running(STREAM_IMPORT_ONLY);
	CHECK_EQ(stream_add(&raw, &buffers[0], true), 0);
	CHECK_EQ(stream_start(&raw), 0);
	CHECK_EQ(stream_queue(&raw, NULL), 0);
	CHECK_EQ(stream_queue(stream, &buffers[0]), -EBUSY);
	CHECK(!stream_completed(stream, &buffers[0]));
	CHECK(stream_completed(&raw, &buffers[0]));
	CHECK_EQ(stream_queue(stream, &buffers[0]), 0);
	CHECK_EQ(state(0), BUFFER_QUEUED);
	CHECK_EQ(stream->num_buffers, 1);
	CHECK(buffers[0].owner == &raw);

	test_case("import-only: the owner neither gets it back nor completes it meanwhile");
	CHECK_EQ(stream_return(&raw, &buffers[0]), -EINVAL);
	CHECK(!stream_completed(&raw, &buffers[0]));
	CHECK(stream_completed(stream, &buffers[0]));
	CHECK_EQ(state(0), BUFFER_HELD);
	CHECK_EQ(stream_return(stream, &buffers[0]), -EINVAL);
	CHECK_EQ(stream_return(&raw, &buffers[0]), 0);
	CHECK_EQ(raw.available.count, 1);

	test_case("import-only: has no pool to take from, and keeps the state on refusal");
	CHECK_EQ(stream_queue(stream, NULL), -EINVAL);
	buffers[1].state = BUFFER_HELD;
	world.device.refuse = 1;
	CHECK_EQ(stream_queue(stream, &buffers[1]), -EFAULT);
	CHECK_EQ(state(1), BUFFER_HELD);
	CHECK_EQ(stream->num_buffers, 1);
	CHECK_EQ(stream_queue(stream, &buffers[2]), 0);

	test_case("import-only: a stop of either stream leaves the other's alone");
	CHECK_EQ(stream_queue(&raw, NULL), 0);
	CHECK(stream_completed(&raw, &buffers[0]));
	CHECK_EQ(stream_queue(stream, &buffers[0]), 0);
	stream_stop(&raw, NULL, NULL);
	CHECK_EQ(state(0), BUFFER_QUEUED);
	CHECK_EQ(raw.available.count, 0);
	stop();
	CHECK_EQ(num_cancelled, 2);
	CHECK_EQ(state(0), BUFFER_HELD);
	CHECK_EQ(state(2), BUFFER_HELD);
	CHECK_EQ(stream->queued, 0);
	CHECK_EQ(stream_return(&raw, &buffers[0]), 0);
	CHECK_EQ(raw.available.count, 1);
}

static void test_lies(void)
{
	struct buffer stranger;

	test_case("device: what it does not have it can't complete");
	buffer_init(&stranger, 0, BUFFER_UDMABUF);
	set_up_running(STREAM_EXTERNAL);
	CHECK_EQ(stream_queue(stream, NULL), 0);
	CHECK(!stream_completed(stream, &stranger));
	CHECK(!stream_completed(stream, &buffers[1]));
	CHECK_EQ(stranger.state, BUFFER_FREE);
	CHECK_EQ(state(1), BUFFER_FREE);
	CHECK(stream_completed(stream, &buffers[0]));
	CHECK(!stream_completed(stream, &buffers[0]));
	CHECK_EQ(stream->queued, 0);

	test_case("program: what is not held it can't return, nor what is not the stream's");
	stranger.state = BUFFER_HELD;
	CHECK_EQ(stream_return(stream, &stranger), -EINVAL);
	CHECK_EQ(stream_return(stream, &buffers[0]), 0);
	CHECK_EQ(stream_return(stream, &buffers[0]), -EINVAL);
	CHECK_EQ(stream->available.count, 2);
	CHECK_EQ(stream_queue(stream, NULL), 0);
	CHECK_EQ(stream_return(stream, &buffers[1]), -EINVAL);
	CHECK_EQ(stream->available.count, 1);
}

static void test_underruns(void)
{
	test_case("underrun: counted when the driver's last buffer is filled");
	set_up_running(STREAM_EXTERNAL);
	CHECK_EQ(stream_queue(stream, NULL), 0);
	CHECK_EQ(stream_queue(stream, NULL), 0);
	CHECK_EQ(stream_queue(stream, NULL), 0);
	CHECK(stream_completed(stream, &buffers[0]));
	CHECK_EQ(stream->underruns, 0);
	CHECK(stream_completed(stream, &buffers[1]));
	CHECK_EQ(stream->underruns, 1);
	CHECK_EQ(stream->queued, 0);

	test_case("underrun: survived, the call that waits is served");
	CHECK_EQ(stream_return(stream, &buffers[0]), 0);
	CHECK_EQ(stream->queued, 1);
	CHECK(stream_completed(stream, &buffers[0]));
	CHECK_EQ(stream->underruns, 2);

	test_case("underrun: a stop is none");
	CHECK_EQ(stream_queue(stream, &buffers[2]), 0);
	stop();
	CHECK_EQ(stream->underruns, 2);
}

static void test_stop(void)
{
	test_case("stop: all is free again, a request's buffers are told, waiting calls dropped");
	set_up_running(STREAM_EXTERNAL);
	CHECK_EQ(stream_queue(stream, &buffers[2]), 0);
	CHECK_EQ(stream_queue(stream, NULL), 0);
	CHECK_EQ(stream_queue(stream, NULL), 0);
	CHECK_EQ(stream_queue(stream, NULL), 0);
	CHECK_EQ(stream_queue(stream, &buffers[3]), 0);
	stop();
	CHECK_EQ(num_cancelled, 2);
	CHECK(cancelled_buffers[0] == &buffers[2]);
	CHECK(cancelled_buffers[1] == &buffers[3]);
	for (unsigned i = 0; i < ALL; i++)
		CHECK_EQ(state(i), BUFFER_FREE);
	CHECK_EQ(stream->available.count, POOL);
	CHECK_EQ(stream->queued, 0);
	CHECK_EQ(stream->num_waiting, 0);
	CHECK(!stream->running);
	CHECK(!stream_completed(stream, &buffers[0]));

	test_case("stop: a named pool buffer that waited is available");
	set_up_running(STREAM_EXTERNAL);
	CHECK_EQ(stream_queue(stream, NULL), 0);
	CHECK_EQ(stream_queue(stream, NULL), 0);
	CHECK_EQ(stream_queue(stream, NULL), 0);
	CHECK(stream_completed(stream, &buffers[0]));
	world.device.refuse = 1;
	CHECK_EQ(stream_return(stream, &buffers[0]), -EFAULT);
	CHECK_EQ(stream_queue(stream, &buffers[0]), 0);
	stop();
	CHECK_EQ(num_cancelled, 0);
	CHECK(is_available(0));
	CHECK(is_available(1));

	test_case("stop: a request's buffer that waits at the front is told");
	set_up_running(STREAM_EXTERNAL);
	for (unsigned i = 0; i < 3; i++)
		CHECK_EQ(stream_queue(stream, NULL), 0);
	CHECK_EQ(stream_queue(stream, &buffers[2]), 0);
	CHECK(stream_completed(stream, &buffers[0]));
	world.device.refuse = 2;
	CHECK_EQ(stream_return(stream, &buffers[0]), -EFAULT);
	stop();
	CHECK_EQ(num_cancelled, 1);
	CHECK_EQ(state(2), BUFFER_FREE);

	test_case("stop: what waited before an earlier stop is not told again");
	for (unsigned run = 0; run < 2; run++) {
		CHECK_EQ(stream_start(stream), 0);
		for (unsigned i = 0; i < 3; i++)
			CHECK_EQ(stream_queue(stream, NULL), 0);
		if (run == 0)
			CHECK_EQ(stream_queue(stream, &buffers[2]), 0);
		stop();
		CHECK_EQ(num_cancelled, run == 0);
		CHECK_EQ(stream->available.count, POOL);
	}

	test_case("stop: what sinks hold stays held, and comes back later");
	set_up_running(STREAM_EXTERNAL);
	CHECK_EQ(stream_queue(stream, NULL), 0);
	CHECK_EQ(stream_queue(stream, &buffers[2]), 0);
	CHECK(stream_completed(stream, &buffers[0]));
	CHECK(stream_completed(stream, &buffers[2]));
	CHECK_TAKEN(0, 2);
	stop();
	CHECK_EQ(num_cancelled, 0);
	CHECK_EQ(state(0), BUFFER_HELD);
	CHECK_EQ(stream->available.count, 1);
	CHECK_EQ(stream_return(stream, &buffers[0]), 0);
	CHECK_EQ(stream_return(stream, &buffers[2]), 0);
	CHECK_EQ(stream->available.count, 2);
	CHECK_EQ(state(2), BUFFER_FREE);

	test_case("stop: an internal stream starts again with what is there, the rest joins it");
	set_up_running(STREAM_INTERNAL);
	CHECK(stream_completed(stream, &buffers[0]));
	stop();
	stop();
	CHECK_EQ(num_cancelled, 0);
	world.device.count = 0;
	CHECK_EQ(stream_start(stream), 0);
	CHECK_TAKEN(1);
	CHECK_EQ(stream_return(stream, &buffers[0]), 0);
	CHECK_TAKEN(0);
	CHECK(stream_completed(stream, &buffers[0]));
	stop();
	CHECK_EQ(stream_return(stream, &buffers[0]), 0);
	CHECK_NONE_TAKEN();
	CHECK_EQ(stream->available.count, 2);

	test_case("stop: without anybody to tell");
	set_up_running(STREAM_EXTERNAL);
	CHECK_EQ(stream_queue(stream, &buffers[2]), 0);
	stream_stop(stream, NULL, NULL);
	CHECK_EQ(state(2), BUFFER_FREE);
}

/* Removes what it is told of: the stream must be done with it by then. */
static void remove_cancelled(void *context, struct buffer *buffer)
{
	num_cancelled++;
	CHECK(!stream->running);
	CHECK_EQ(stream_remove(context, buffer), 0);
}

static void test_told_late(void)
{
	test_case("stop: cancelled() may ask anything of the stream");
	set_up_running(STREAM_EXTERNAL);
	CHECK_EQ(stream_queue(stream, &buffers[2]), 0);
	CHECK_EQ(stream_queue(stream, NULL), 0);
	CHECK_EQ(stream_queue(stream, &buffers[3]), 0);
	num_cancelled = 0;
	stream_stop(stream, remove_cancelled, stream);
	CHECK_EQ(num_cancelled, 2);
	CHECK_EQ(stream->num_buffers, POOL);
	CHECK_EQ(stream->available.count, POOL);
}

static void test_start_failure(void)
{
	struct buffer pool[5];

	test_case("start: a driver that refuses any of the pool gets none, and a new try all");
	for (unsigned refused = 1; refused <= 5; refused++) {
		world.device = (struct device){ .refuse = refused };
		stream_init(stream, "stats", STREAM_INTERNAL, &device);
		for (unsigned i = 0; i < 5; i++) {
			buffer_init(&pool[i], i, BUFFER_DEVICE);
			CHECK_EQ(stream_add(stream, &pool[i], true), 0);
		}
		CHECK_EQ(stream_start(stream), -EFAULT);
		CHECK_EQ(world.device.count, refused - 1);
		CHECK(!stream->running);
		CHECK_EQ(stream->queued, 0);
		CHECK_EQ(stream->available.count, 5);
		for (unsigned i = 0; i < 5; i++) {
			CHECK_EQ(pool[i].state, BUFFER_FREE);
			CHECK(!stream_completed(stream, &pool[i]));
		}
		CHECK_EQ(stream_start(stream), 0);
		CHECK_EQ(stream->queued, 5);
		stream_stop(stream, NULL, NULL);
	}
}

/*
 * The model: the same rules over lists of numbers, for a stream with POOL pool buffers and
 * OWN that requests bring.
 */
enum { ANY = -1 };

struct list {
	unsigned count;
	int items[STREAM_MAX_BUFFERS];
};

struct model {
	enum stream_kind kind;
	bool running;
	bool known[ALL];
	bool queued[ALL]; /* with the driver */
	enum buffer_state states[ALL];
	struct list available;
	struct list waiting;
	unsigned underruns;
	unsigned refuse;
	struct list taken; /* last: the rest is what is compared to see a change */
};

static struct model model;

static void push(struct list *list, int item)
{
	list->items[list->count++] = item;
}

static void drop(struct list *list, int item)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < list->count; i++)
		if (list->items[i] != item)
			list->items[kept++] = list->items[i];
	list->count = kept;
}

static void shift(struct list *list)
{
	list->count--;
	memmove(list->items, list->items + 1, list->count * sizeof(list->items[0]));
}

static unsigned model_with_driver(void)
{
	unsigned count = 0;

	for (unsigned i = 0; i < ALL; i++)
		count += model.queued[i];
	return count;
}

static int model_give(int item)
{
	if (model.refuse && !--model.refuse)
		return -EFAULT;
	push(&model.taken, item);
	model.queued[item] = true;
	model.states[item] = BUFFER_QUEUED;
	drop(&model.available, item);
	return 0;
}

/* Everything that can be given now is. */
static int model_settle(void)
{
	int item, ret = 0;

	while (!ret && model.kind == STREAM_INTERNAL && model.available.count)
		ret = model_give(model.available.items[0]);
	while (!ret && model.waiting.count) {
		item = model.waiting.items[0];
		if (item == ANY && !model.available.count)
			break;
		ret = model_give(item == ANY ? model.available.items[0] : item);
		if (!ret)
			shift(&model.waiting);
	}
	return ret;
}

static int model_start(void)
{
	int ret;

	if (model.running)
		return -EBUSY;
	model.running = true;
	ret = model_settle();
	if (!ret)
		return 0;
	model.running = false;
	for (int i = 0; i < POOL; i++) {
		if (!model.queued[i])
			continue;
		push(&model.available, i);
		model.queued[i] = false;
		model.states[i] = BUFFER_FREE;
	}
	return ret;
}

static void model_take_back(int item)
{
	model.queued[item] = false;
	model.states[item] = model.kind == STREAM_IMPORT_ONLY ? BUFFER_HELD : BUFFER_FREE;
	if (item < POOL && model.kind != STREAM_IMPORT_ONLY)
		push(&model.available, item);
}

/* How many are cancelled. The order of what is available then is that of the stream. */
static int model_stop(void)
{
	int cancelled = 0;

	for (unsigned i = 0; i < stream->num_buffers; i++) {
		int item = (int)stream->buffers[i]->number;

		if (!model.queued[item])
			continue;
		cancelled += item >= POOL || model.kind == STREAM_IMPORT_ONLY;
		model_take_back(item);
	}
	for (; model.waiting.count; shift(&model.waiting)) {
		if (model.waiting.items[0] == ANY)
			continue;
		cancelled += model.waiting.items[0] >= POOL;
		model_take_back(model.waiting.items[0]);
	}
	model.running = false;
	return cancelled;
}

static int model_queue(int item)
{
	int ret;

	if (!model.running)
		return -EINVAL;
	if (item == ANY) {
		if (model.kind == STREAM_IMPORT_ONLY)
			return -EINVAL;
		if (model.kind == STREAM_INTERNAL)
			return model_settle();
		if (!model.waiting.count && model.available.count)
			return model_give(model.available.items[0]);
	} else {
		if (model.states[item] == BUFFER_QUEUED ||
		    (model.states[item] == BUFFER_HELD && model.kind != STREAM_IMPORT_ONLY))
			return -EBUSY;
		if (item >= POOL && model.kind == STREAM_INTERNAL)
			return -EINVAL;
		if (!model.waiting.count) {
			ret = model_give(item);
			model.known[item] |= !ret;
			return ret;
		}
	}
	if (model.waiting.count == STREAM_MAX_BUFFERS)
		return -ENOBUFS;
	push(&model.waiting, item);
	if (item != ANY) {
		model.known[item] = true;
		model.states[item] = BUFFER_QUEUED;
		drop(&model.available, item);
	}
	return 0;
}

static bool model_completed(int item)
{
	if (!model.queued[item])
		return false;
	model.queued[item] = false;
	model.states[item] = BUFFER_HELD;
	model.underruns += !model_with_driver();
	return true;
}

static int model_return(int item)
{
	if (!model.known[item] || model.kind == STREAM_IMPORT_ONLY ||
	    model.states[item] != BUFFER_HELD)
		return -EINVAL;
	model.states[item] = BUFFER_FREE;
	if (item >= POOL)
		return 0;
	push(&model.available, item);
	return model.running ? model_settle() : 0;
}

static int model_remove(int item)
{
	if (!model.known[item])
		return -ENOENT;
	if (model.kind == STREAM_IMPORT_ONLY ? model.queued[item] :
					       model.states[item] != BUFFER_FREE)
		return -EBUSY;
	model.known[item] = false;
	return 0;
}

static void model_set_up(enum stream_kind kind)
{
	set_up(kind);
	model = (struct model){ .kind = kind };
	for (int i = 0; i < POOL && kind != STREAM_IMPORT_ONLY; i++) {
		model.known[i] = true;
		push(&model.available, i);
	}
}

/* One call to both. What it was is told by its number. */
enum {
	START,
	STOP,
	QUEUE_ANY,
	QUEUE,
	COMPLETE = QUEUE + ALL,
	RETURN = COMPLETE + ALL,
	REMOVE_OWN = RETURN + ALL,
	REFUSE = REMOVE_OWN + OWN,
	REFUSE_SECOND,
	CALLS
};

static int item_of(int call)
{
	return call >= REMOVE_OWN ? call - REMOVE_OWN + POOL : (call - QUEUE) % ALL;
}

static int model_call(int call)
{
	if (call == START)
		return model_start();
	if (call == STOP)
		return model_stop();
	if (call < COMPLETE)
		return model_queue(call == QUEUE_ANY ? ANY : item_of(call));
	if (call < RETURN)
		return model_completed(item_of(call));
	if (call < REMOVE_OWN)
		return model_return(item_of(call));
	if (call < REFUSE)
		return model_remove(item_of(call));
	model.refuse = call == REFUSE ? 1 : 2;
	return 0;
}

static int stream_call(int call)
{
	if (call == START)
		return stream_start(stream);
	if (call == STOP) {
		stop();
		return (int)num_cancelled;
	}
	if (call < COMPLETE)
		return stream_queue(stream,
				    call == QUEUE_ANY ? NULL : &buffers[item_of(call)]);
	if (call < RETURN)
		return stream_completed(stream, &buffers[item_of(call)]);
	if (call < REMOVE_OWN)
		return stream_return(stream, &buffers[item_of(call)]);
	if (call < REFUSE)
		return stream_remove(stream, &buffers[item_of(call)]);
	world.device.refuse = call == REFUSE ? 1 : 2;
	return 0;
}

static void check_waiting(void)
{
	struct buffer *waits;
	unsigned place;

	CHECK_EQ(stream->num_waiting, model.waiting.count);
	for (unsigned i = 0; i < stream->num_waiting && i < model.waiting.count; i++) {
		place = (stream->waiting_first + i) % STREAM_MAX_BUFFERS;
		waits = stream->waiting[place];
		CHECK_EQ(waits ? (int)waits->number : ANY, model.waiting.items[i]);
	}
}

static void check_against_model(void)
{
	const struct buffer *at = queue_peek(&stream->available);

	CHECK_EQ(stream->running, model.running);
	CHECK_EQ(stream->queued, model_with_driver());
	CHECK_EQ(stream->underruns, model.underruns);
	CHECK_EQ(world.device.refuse, model.refuse);
	for (int i = 0; i < ALL; i++) {
		CHECK_EQ(buffers[i].state, model.states[i]);
		CHECK_EQ(stream_is_pool(stream, &buffers[i]),
			 model.kind != STREAM_IMPORT_ONLY && i < POOL);
		CHECK(buffers[i].owner ==
		      (model.known[i] && model.kind != STREAM_IMPORT_ONLY ? stream : NULL));
	}
	CHECK_EQ(stream->available.count, model.available.count);
	for (unsigned i = 0; at && i < model.available.count; i++, at = at->next)
		CHECK_EQ(at->number, model.available.items[i]);
	check_waiting();
	CHECK_EQ(world.device.count, model.taken.count);
	for (unsigned i = 0; i < model.taken.count; i++)
		CHECK_EQ(world.device.taken[i], model.taken.items[i]);
}

static int calls[64];

/* Makes one call to both and compares everything. False once something differs. */
static bool step(unsigned depth, int call)
{
	int want;

	calls[depth] = call;
	world.device.count = 0;
	model.taken.count = 0;
	want = model_call(call);
	CHECK_EQ(stream_call(call), want);
	check_against_model();
	if (!test_state.failed_checks)
		return true;
	printf("# the calls were:");
	for (unsigned i = 0; i <= depth; i++)
		printf(" %d", calls[i]);
	printf("\n");
	return false;
}

static unsigned long num_sequences;

/* All sequences of calls; one that changed nothing is not followed, what follows is known. */
static bool try_all(unsigned depth, unsigned max_depth)
{
	struct world saved_world = world;
	struct model saved_model = model;
	bool good = true;

	for (int call = 0; call < CALLS && good; call++) {
		num_sequences++;
		good = step(depth, call);
		if (good && depth + 1 < max_depth &&
		    memcmp(&model, &saved_model, offsetof(struct model, taken)) != 0)
			good = try_all(depth + 1, max_depth);
		/* Back to the same place, so that pointers in it stay right. */
		world = saved_world;
		model = saved_model;
	}
	return good;
}

static unsigned draw(unsigned below)
{
	static uint32_t seed = 1;

	seed = seed * 1664525 + 1013904223;
	return (seed >> 16) % below;
}

static void test_all_sequences(void)
{
	test_case("external: right after every sequence of seven calls");
	model_set_up(STREAM_EXTERNAL);
	CHECK_EQ(model_call(START), stream_call(START));
	try_all(0, 7);

	test_case("internal: right after every sequence of seven calls");
	model_set_up(STREAM_INTERNAL);
	try_all(0, 7);

	test_case("import-only: right after every sequence of seven calls");
	model_set_up(STREAM_IMPORT_ONLY);
	CHECK_EQ(model_call(START), stream_call(START));
	try_all(0, 7);
	CHECK(num_sequences > 1000000);
}

static void test_long_sequences(void)
{
	static const enum stream_kind kinds[] = { STREAM_EXTERNAL, STREAM_INTERNAL,
						  STREAM_IMPORT_ONLY };

	test_case("stream: right after long random sequences of calls");
	for (unsigned run = 0; run < 3000; run++) {
		model_set_up(kinds[run % 3]);
		for (unsigned i = 0; i < 64; i++) {
			/* Stops are rare, or nothing ever gets far. */
			int call = (int)draw(CALLS);

			if (call == STOP && draw(8))
				call = QUEUE_ANY;
			if (!step(i, i ? call : START))
				return;
		}
	}
}

int main(void)
{
	test_init_add();
	test_remove();
	test_internal();
	test_external();
	test_waiting();
	test_refusals();
	test_import_only();
	test_lies();
	test_underruns();
	test_stop();
	test_told_late();
	test_start_failure();
	test_all_sequences();
	test_long_sequences();
	return test_done();
}
