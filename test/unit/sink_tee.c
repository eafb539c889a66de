// SPDX-License-Identifier: GPL-2.0-or-later
/* Several sinks as one: who is told what, and when. */
#include "common/sink/tee.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/stream/frame.h"
#include "test/unit/test.h"

#define FRAMES 3

/* A sink that keeps each frame until it is told what became of it. */
struct fake {
	struct sink sink;
	struct frame *kept[FRAMES];
	unsigned count;
	bool at_once; /* does not keep them */
	bool busy;    /* is not through when it is asked to end */
	int end;      /* how it ends */
	bool *destroyed;
};

static struct {
	struct buffer buffers[FRAMES];
	struct frame frames[FRAMES];
	struct sink *tee;
	unsigned told; /* times done() was called */
	struct frame *frame;
	int error;
	char name[64];
	unsigned released;
} scene;

static void released(void *context, struct frame *frame)
{
	scene.released++;
}

static void told(void *context, struct frame *frame, const char *name, int error)
{
	CHECK(context == &scene);
	CHECK(frame->holders > 0);
	scene.told++;
	scene.frame = frame;
	scene.error = error;
	snprintf(scene.name, sizeof(scene.name), "%s", name ? name : "(none)");
}

static void fake_write(struct sink *sink, struct frame *frame)
{
	struct fake *fake = (struct fake *)sink;

	if (fake->at_once)
		sink_complete(sink, frame, NULL, 0, 0);
	else
		fake->kept[fake->count++] = frame;
}

/* The oldest frame comes back. */
static void give_back(struct fake *fake, const char *name, int error)
{
	struct frame *frame = fake->kept[0];

	fake->count--;
	memmove(fake->kept, fake->kept + 1, fake->count * sizeof(fake->kept[0]));
	fake->sink.cpu_bytes += 10;
	sink_complete(&fake->sink, frame, name, 0, error);
}

static int fake_finish(struct sink *sink)
{
	struct fake *fake = (struct fake *)sink;

	return fake->busy ? -EINPROGRESS : fake->end;
}

static int fake_cancel(struct sink *sink)
{
	struct fake *fake = (struct fake *)sink;

	while (fake->count)
		give_back(fake, NULL, -ECANCELED);
	return fake->end;
}

static void fake_destroy(struct sink *sink)
{
	struct fake *fake = (struct fake *)sink;

	*fake->destroyed = true;
	if (sink->fd >= 0)
		close(sink->fd);
	free(fake);
}

static const struct sink_ops fake_ops = {
	.write = fake_write,
	.finish = fake_finish,
	.cancel = fake_cancel,
	.destroy = fake_destroy,
};

static struct fake *add(const char *io, bool *destroyed)
{
	struct fake *fake = calloc(1, sizeof(*fake));

	if (!fake)
		abort();
	*destroyed = false;
	sink_init(&fake->sink, &fake_ops, tee_done, tee_next(scene.tee));
	fake->sink.io = io;
	fake->sink.fd = eventfd(0, EFD_CLOEXEC);
	fake->destroyed = destroyed;
	CHECK_EQ(tee_add(scene.tee, &fake->sink), 0);
	return fake;
}

static void begin(void)
{
	memset(&scene, 0, sizeof(scene));
	for (unsigned i = 0; i < FRAMES; i++) {
		scene.buffers[i] = (struct buffer){ .number = i, .num_planes = 1 };
		scene.frames[i] = (struct frame){
			.buffer = &scene.buffers[i],
			.bytesused = { 100 },
			.released = released,
		};
	}
	CHECK_EQ(tee_create(told, &scene, &scene.tee), 0);
}

/* As a stream does: held while it is handed on. */
static void send(unsigned number)
{
	frame_hold(&scene.frames[number]);
	sink_write(scene.tee, &scene.frames[number]);
	frame_release(&scene.frames[number]);
}

static bool is_readable(int fd)
{
	struct pollfd waited = { .fd = fd, .events = POLLIN };

	return poll(&waited, 1, 0) == 1;
}

static void check_order(void)
{
	struct fake *file, *display;
	bool gone[2];

	test_case("tee: a frame comes back with the last sink, under the first one's name");
	begin();
	file = add("buffered", &gone[0]);
	display = add("display", &gone[1]);
	CHECK_STR_EQ(scene.tee->io, "buffered, display");
	send(0);
	send(1);
	CHECK_EQ(scene.tee->pending, 2);
	give_back(file, "a.raw", 0);
	CHECK_EQ(scene.told, 0);
	CHECK_EQ(scene.released, 0);
	give_back(display, "not a file", 0);
	CHECK_EQ(scene.told, 1);
	CHECK(scene.frame == &scene.frames[0]);
	CHECK_STR_EQ(scene.name, "a.raw");
	CHECK_EQ(scene.error, 0);
	CHECK_EQ(scene.released, 1);
	CHECK_EQ(scene.tee->written_frames, 1);
	CHECK_EQ(scene.tee->written_bytes, 100);
	CHECK_EQ(scene.tee->cpu_bytes, 20);

	test_case("tee: nor does it matter which sink is through first");
	give_back(display, NULL, 0);
	CHECK_EQ(scene.told, 1);
	give_back(file, "b.raw", 0);
	CHECK_EQ(scene.told, 2);
	CHECK(scene.frame == &scene.frames[1]);
	CHECK_STR_EQ(scene.name, "b.raw");

	test_case("tee: a sink that is through at once does not end it for the others");
	file->at_once = true;
	send(2);
	CHECK_EQ(scene.told, 2);
	give_back(display, NULL, 0);
	CHECK_EQ(scene.told, 3);
	CHECK_STR_EQ(scene.name, "(none)");
	CHECK_EQ(scene.tee->pending, 0);

	test_case("tee: with it go its sinks");
	CHECK(!gone[0] && !gone[1]);
	sink_destroy(scene.tee);
	CHECK(gone[0] && gone[1]);
}

static void check_errors(void)
{
	struct fake *file, *display;
	bool gone[2];

	test_case("tee: no room in the first sink is told, in another it is not");
	begin();
	file = add("buffered", &gone[0]);
	display = add("display", &gone[1]);
	send(0);
	give_back(file, "a", 0);
	give_back(display, NULL, SINK_DROPPED);
	CHECK_EQ(scene.error, 0);
	CHECK_STR_EQ(scene.name, "a");
	send(0);
	give_back(display, NULL, 0);
	give_back(file, NULL, SINK_DROPPED);
	CHECK_EQ(scene.error, SINK_DROPPED);
	CHECK_EQ(scene.tee->dropped_frames, 1);
	CHECK_EQ(scene.tee->error, 0);

	test_case("tee: that the first sink keeps a frame is told, and is no failure");
	send(0);
	give_back(file, NULL, SINK_KEPT);
	give_back(display, NULL, SINK_DROPPED);
	CHECK_EQ(scene.error, SINK_KEPT);
	send(0);
	give_back(file, NULL, SINK_PASSED);
	give_back(display, NULL, 0);
	CHECK_EQ(scene.error, SINK_PASSED);
	CHECK_EQ(scene.tee->error, 0);
	CHECK_EQ(scene.tee->failed_frames, 0);

	test_case("tee: a failure of any sink is told, and ends it");
	send(0);
	send(1);
	give_back(file, NULL, SINK_KEPT);
	give_back(display, NULL, -EIO);
	CHECK_EQ(scene.error, -EIO);
	CHECK_EQ(scene.tee->error, -EIO);
	scene.told = 0;
	send(2);
	CHECK_EQ(scene.told, 1);
	CHECK_EQ(scene.error, -EIO);
	give_back(file, "b", 0);
	give_back(display, NULL, -ECANCELED);
	CHECK_EQ(scene.error, -ECANCELED);
	CHECK_EQ(sink_finish(scene.tee), -EIO);
	sink_destroy(scene.tee);
	CHECK_EQ(scene.released, 7);
}

static void check_end(void)
{
	struct fake *file, *display;
	bool gone[2];
	uint64_t one = 1;

	test_case("tee: its descriptor is readable as soon as one of its sinks' is");
	begin();
	file = add("buffered", &gone[0]);
	display = add(NULL, &gone[1]);
	CHECK(!is_readable(scene.tee->fd));
	CHECK_EQ(write(display->sink.fd, &one, sizeof(one)), sizeof(one));
	CHECK(is_readable(scene.tee->fd));

	test_case("tee: it ends when all have, with the first failure");
	send(0);
	file->busy = true;
	display->end = -ENOSPC;
	CHECK_EQ(sink_finish(scene.tee), -EINPROGRESS);
	file->busy = false;
	CHECK_EQ(sink_finish(scene.tee), -ENOSPC);

	test_case("tee: cancelled, every frame comes back");
	sink_cancel(scene.tee);
	CHECK_EQ(scene.told, 1);
	CHECK_EQ(scene.error, -ECANCELED);
	CHECK_EQ(scene.released, 1);
	sink_destroy(scene.tee);

	test_case("tee: it has so many sinks and no more");
	begin();
	for (unsigned i = 0; i < TEE_MAX_SINKS; i++)
		CHECK(add("x", &gone[0]) != NULL);
	CHECK(tee_next(scene.tee) == NULL);
	sink_destroy(scene.tee);
}

int main(void)
{
	check_order();
	check_errors();
	check_end();
	return test_done();
}
