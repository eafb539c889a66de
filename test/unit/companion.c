// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Embedded data and images of two nodes: which belong together, what waits for how long, and in what
 * order it goes on.
 *
 * Here a frame of the sensor has a number that no node knows: its place. Each node counts in its own
 * way, and the time tells both of the same frame. The first cases tell the rules one by one, the last
 * one loses, delays and holds frames at random.
 */
#include "common/stream/companion.h"

#include "common/buffer/buffer.h"
#include "common/buffer/queue.h"
#include "common/stream/frame.h"
#include "common/stream/stream.h"

#include "test/unit/test.h"

#define MAX_BUFFERS 8

struct world {
	struct companion companion;
	struct stream stream;
	unsigned num_buffers;
	struct buffer buffers[MAX_BUFFERS];
	struct frame frames[MAX_BUFFERS];
	unsigned places[MAX_BUFFERS]; /* in the sensor's frames, of what each frame holds */
	struct queue driver;
	uint32_t images_from; /* the number of the image at place 0 */
	uint32_t own_from;    /* that of its embedded data, as its node counts */
	uint64_t pairs;       /* before the frame that is settled now */
	void (*sink)(struct frame *frame, bool is_pair);
	size_t length;
	char settled[256]; /* "4=4": what place got which number; "5?5": alone */
};

static struct world world;
static struct companion *const companion = &world.companion;
static struct stream *const stream = &world.stream;

static uint64_t time_of(unsigned place)
{
	return UINT64_C(5000000000) + place * UINT64_C(33333333);
}

/* What went on since the last look, in order. */
static void check_settled(int line, const char *want)
{
	world.settled[world.length] = '\0';
	test_string_equal(__FILE__, line, "settled", world.settled, want);
	world.length = 0;
}

#define CHECK_SETTLED(want) check_settled(__LINE__, want)

static int driver_queue(void *context, struct buffer *buffer)
{
	(void)context;
	CHECK_EQ(world.frames[buffer->number].holders, 0);
	queue_push(&world.driver, buffer);
	return 0;
}

static void released(void *context, struct frame *frame)
{
	(void)context;
	CHECK_EQ(stream_return(stream, frame->buffer), 0);
	if (stream->running)
		CHECK_EQ(stream_queue(stream, frame->buffer), 0);
}

static void let_go(struct frame *frame, bool is_pair)
{
	world.length += (size_t)snprintf(world.settled + world.length,
					 sizeof(world.settled) - world.length, "%s%u%c%u",
					 world.length ? " " : "",
					 world.places[frame->buffer->number],
					 is_pair ? '=' : '?', (unsigned)frame->sequence);
	frame_release(frame);
}

static void settle(void *context, struct frame *frame)
{
	bool is_pair = companion->pairs > world.pairs;

	CHECK(context == &world);
	CHECK_EQ(frame->holders, 1);
	world.pairs = companion->pairs;
	world.sink(frame, is_pair);
}

static void set_up_with(unsigned num_buffers)
{
	memset(&world, 0, sizeof(world));
	world.num_buffers = num_buffers;
	world.sink = let_go;
	queue_init(&world.driver);
	stream_init(stream, "embedded", STREAM_EXTERNAL,
		    &(struct stream_device){ driver_queue, NULL });
	for (unsigned i = 0; i < num_buffers; i++) {
		buffer_init(&world.buffers[i], i, BUFFER_DEVICE);
		stream_add(stream, &world.buffers[i], false);
		world.frames[i] = (struct frame){
			.buffer = &world.buffers[i],
			.stream = stream,
			.released = released,
		};
	}
	stream_start(stream);
	for (unsigned i = 0; i < num_buffers; i++)
		CHECK_EQ(stream_queue(stream, &world.buffers[i]), 0);
	memset(companion, 0xff, sizeof(*companion));
	companion_init(companion, settle, &world);
}

static void set_up(void)
{
	set_up_with(MAX_BUFFERS);
}

static void check_nothing_left(void)
{
	CHECK_EQ(companion->num_waiting, 0);
	CHECK_EQ(stream->queued, world.num_buffers);
	for (unsigned i = 0; i < world.num_buffers; i++)
		CHECK_EQ(world.frames[i].holders, 0);
}

/* ---- steps of the cases ---- */

static void image(unsigned place)
{
	companion_leader_came(companion, world.images_from + place, time_of(place));
}

/* The next embedded data is there, held once; NULL if the driver has no buffer: it is lost. */
static struct frame *receive(unsigned place, uint32_t own, uint64_t timestamp_ns)
{
	struct buffer *buffer = queue_pop(&world.driver);
	struct frame *frame;

	if (!buffer)
		return NULL;
	frame = &world.frames[buffer->number];
	CHECK(stream_completed(stream, buffer));
	CHECK_EQ(frame->holders, 0);
	world.places[buffer->number] = place;
	frame->sequence = own;
	frame->timestamp_ns = timestamp_ns;
	frame_hold(frame);
	return frame;
}

static void embedded(unsigned place)
{
	companion_came(companion, receive(place, world.own_from + place, time_of(place)),
		       true);
}

static void embedded_without_time(unsigned place)
{
	companion_came(companion, receive(place, world.own_from + place, 0), true);
}

static void last_embedded(unsigned place)
{
	companion_came(companion, receive(place, world.own_from + place, time_of(place)),
		       false);
}

static void test_pairs(void)
{
	test_case("pairs: embedded data that comes first waits for its image");
	set_up();
	embedded(0);
	CHECK_SETTLED("");
	CHECK_EQ(stream->queued, MAX_BUFFERS - 1);
	image(0);
	CHECK_SETTLED("0=0");
	check_nothing_left();

	test_case("pairs: the image may come first");
	image(1);
	embedded(1);
	CHECK_SETTLED("1=1");
	CHECK_EQ(companion->pairs, 2);
	CHECK_EQ(companion->alone, 0);

	test_case("pairs: by equal times, whatever the nodes count");
	set_up();
	world.images_from = 100;
	world.own_from = 7;
	embedded(0);
	image(0);
	CHECK_SETTLED("0=100");
	image(1);
	world.own_from = 5000;
	embedded(1);
	CHECK_SETTLED("1=101");
	world.own_from = 0;
	embedded(2);
	embedded(3);
	image(2);
	image(3);
	CHECK_SETTLED("2=102 3=103");

	test_case("pairs: by times that are equal to the bit");
	companion_came(companion, receive(4, 4, time_of(4) + 1), true);
	image(4);
	CHECK_SETTLED("");
	companion_leader_came(companion, 105, time_of(4) + 2);
	CHECK_SETTLED("4?104");
	companion_came(companion, receive(4, 4, time_of(4) - 1), true);
	CHECK_SETTLED("4?104");
	CHECK_EQ(companion->alone, 2);

	test_case("pairs: by all 64 bits");
	set_up();
	companion_leader_came(companion, 9, UINT64_C(0x100000005));
	companion_came(companion, receive(1, 1, 5), true);
	CHECK_SETTLED("1?1");
	companion_came(companion, receive(2, 2, UINT64_C(0x300000005)), true);
	companion_leader_came(companion, 10, UINT64_C(0x200000005));
	CHECK_SETTLED("");
	companion_leader_came(companion, 11, UINT64_C(0x300000005));
	CHECK_SETTLED("2=11");

	test_case("pairs: the numbers of both nodes wrap, each when it likes");
	set_up();
	world.images_from = UINT32_MAX - 1;
	world.own_from = UINT32_MAX;
	for (unsigned place = 0; place < 4; place++) {
		embedded(place);
		image(place);
	}
	CHECK_SETTLED("0=4294967294 1=4294967295 2=0 3=1");
	embedded(4);
	image(5);
	CHECK_SETTLED("4?2");

	test_case("pairs: there is no end to images");
	companion->num_leaders = UINT32_MAX;
	for (unsigned place = 5; place < 5 + 3 * COMPANION_LEADERS; place++)
		image(place);
	embedded(5 + 2 * COMPANION_LEADERS);
	CHECK_SETTLED("37=35");
	check_nothing_left();
}

static void test_losses(void)
{
	test_case("lost: embedded data whose image is lost goes on when the next image comes");
	set_up();
	world.images_from = 50;
	embedded(0);
	image(0);
	embedded(1);
	embedded(2);
	CHECK_SETTLED("0=50");
	image(2);
	CHECK_SETTLED("1?51 2=52");
	CHECK_EQ(companion->pairs, 2);
	CHECK_EQ(companion->alone, 1);

	test_case("lost: also when that image was there before it");
	image(4);
	embedded(3);
	CHECK_SETTLED("3?53");
	embedded(4);
	CHECK_SETTLED("4=54");

	test_case("lost: several images in a row");
	embedded(5);
	embedded(6);
	embedded(7);
	image(8);
	CHECK_SETTLED("5?55 6?56 7?57");
	embedded(8);
	CHECK_SETTLED("8=58");

	test_case("lost: images whose embedded data is lost need none");
	image(9);
	image(10);
	embedded(11);
	CHECK_SETTLED("");
	image(11);
	CHECK_SETTLED("11=61");
	check_nothing_left();

	test_case("lost: what waits for an image to come stays, in its order");
	embedded(13);
	embedded(14);
	embedded(15);
	image(12);
	CHECK_SETTLED("");
	image(13);
	CHECK_SETTLED("13=63");
	image(15);
	CHECK_SETTLED("14?64 15=65");
	check_nothing_left();
}

static void test_distance(void)
{
	test_case("alone: with its own number as long as there was no pair");
	set_up();
	world.images_from = 1000;
	world.own_from = 3;
	image(1);
	embedded(0);
	CHECK_SETTLED("0?3");

	test_case("alone: afterwards with the one that the last pair makes of its own");
	embedded(1);
	CHECK_SETTLED("1=1001");
	embedded(2);
	embedded(3);
	image(4);
	CHECK_SETTLED("2?1002 3?1003");

	test_case("alone: a node that counts anew is followed, from the next pair on");
	world.own_from = 900;
	embedded(4);
	CHECK_SETTLED("4=1004");
	embedded(5);
	image(6);
	CHECK_SETTLED("5?1005");
	CHECK_EQ(companion->distance, 100);
}

static void test_late(void)
{
	test_case("late: embedded data by as many images as are remembered");
	set_up();
	for (unsigned place = 0; place < COMPANION_LEADERS; place++)
		image(place);
	for (unsigned place = 0; place < 8; place++) {
		embedded(place);
		image(place + COMPANION_LEADERS);
	}
	CHECK_SETTLED("0=0 1=1 2=2 3=3 4=4 5=5 6=6 7=7");

	test_case("late: by one more it is alone, and the next ones are not");
	image(COMPANION_LEADERS + 8);
	embedded(8);
	embedded(9);
	CHECK_SETTLED("8?8 9=9");
	CHECK_EQ(companion->alone, 1);

	test_case("late: of an image that was here, it does not wait behind others");
	set_up();
	image(1);
	embedded(2);
	embedded(1);
	embedded(0);
	CHECK_SETTLED("1=1 0?0");
	image(2);
	CHECK_SETTLED("2=2");
	check_nothing_left();

	test_case("late: images, by several frames");
	set_up();
	for (unsigned place = 0; place < 5; place++)
		embedded(place);
	for (unsigned place = 0; place < 20; place++) {
		embedded(place + 5);
		image(place);
	}
	for (unsigned place = 20; place < 25; place++)
		image(place);
	CHECK_EQ(companion->pairs, 25);
	CHECK_EQ(companion->alone, 0);
	CHECK_SETTLED("0=0 1=1 2=2 3=3 4=4 5=5 6=6 7=7 8=8 9=9 10=10 11=11 12=12 13=13 14=14 "
		      "15=15 16=16 17=17 18=18 19=19 20=20 21=21 22=22 23=23 24=24");
	check_nothing_left();
}

static struct frame *kept;

static void keep(struct frame *frame, bool is_pair)
{
	(void)is_pair;
	kept = frame;
}

static void test_driver(void)
{
	test_case("driver: with two buffers left the oldest goes on, and only that");
	set_up_with(5);
	for (unsigned place = 0; place < 3; place++)
		embedded(place);
	CHECK_SETTLED("");
	CHECK_EQ(stream->queued, COMPANION_DRIVER);
	embedded(3);
	CHECK_SETTLED("0?0");
	CHECK_EQ(stream->queued, COMPANION_DRIVER);
	embedded(4);
	CHECK_SETTLED("1?1");

	test_case("driver: its image finds the others, in their order");
	image(0);
	image(1);
	CHECK_SETTLED("");
	image(2);
	image(4);
	CHECK_SETTLED("2=2 3?3 4=4");
	check_nothing_left();

	test_case("driver: with two buffers in all, none can wait");
	set_up_with(COMPANION_DRIVER);
	world.images_from = 10;
	embedded(0);
	CHECK_SETTLED("0?0");
	CHECK_EQ(stream->queued, COMPANION_DRIVER);
	image(1);
	embedded(1);
	CHECK_SETTLED("1=11");
	embedded(2);
	CHECK_SETTLED("2?12");
	check_nothing_left();

	test_case("driver: if a sink keeps what goes on, so do the others");
	set_up_with(4);
	embedded(0);
	embedded(1);
	CHECK_SETTLED("");
	world.sink = keep;
	embedded(2);
	CHECK_EQ(companion->num_waiting, 0);
	CHECK_EQ(companion->alone, 3);
	CHECK(kept && kept->buffer->number == 2);
}

static void test_no_time(void)
{
	test_case("no time: goes on alone at once");
	set_up();
	world.images_from = 30;
	embedded(0);
	image(0);
	embedded_without_time(1);
	embedded_without_time(2);
	embedded_without_time(3);
	CHECK_SETTLED("0=30 1?31 2?32 3?33");
	CHECK_EQ(companion->alone, 3);

	test_case("no time: behind what waits, never before it");
	embedded(4);
	embedded_without_time(5);
	embedded_without_time(6);
	embedded(7);
	CHECK_SETTLED("");
	image(4);
	CHECK_SETTLED("4=34 5?35 6?36");
	image(7);
	CHECK_SETTLED("7=37");

	test_case("no time: nor when what waits has to go on for the driver");
	set_up_with(5);
	embedded(0);
	embedded_without_time(1);
	embedded_without_time(2);
	CHECK_SETTLED("");
	embedded(3);
	CHECK_SETTLED("0?0 1?1 2?2");
	image(3);
	CHECK_SETTLED("3=3");

	test_case("no time: an image is nobody's, and tells nothing of others");
	companion_leader_came(companion, 40, 0);
	embedded_without_time(4);
	CHECK_SETTLED("4?4");
	embedded(3);
	CHECK_SETTLED("3=3");
	embedded(5);
	companion_leader_came(companion, 41, 0);
	CHECK_SETTLED("");
	embedded_without_time(6);
	companion_leader_came(companion, 42, 0);
	CHECK_SETTLED("");
	companion_leader_came(companion, 6, time_of(6));
	CHECK_SETTLED("5?5 6?6");

	test_case("no time: an image does not push out those that are remembered");
	for (unsigned i = 0; i < 2 * COMPANION_LEADERS; i++)
		companion_leader_came(companion, 50 + i, 0);
	embedded(6);
	CHECK_SETTLED("6=6");
	check_nothing_left();
}

static void test_end(void)
{
	test_case("end: when no image comes any more, all that waits goes on, in its order");
	set_up();
	embedded(0);
	embedded(1);
	embedded_without_time(2);
	CHECK_SETTLED("");
	last_embedded(3);
	CHECK_SETTLED("0?0 1?1 2?2 3?3");
	last_embedded(4);
	CHECK_SETTLED("4?4");
	check_nothing_left();

	test_case("end: those whose image was there are pairs all the same");
	image(5);
	last_embedded(5);
	CHECK_SETTLED("5=5");

	test_case("cancel: what waits is let go, and settled by nobody");
	embedded(6);
	embedded(7);
	embedded_without_time(8);
	stream_stop(stream, NULL, NULL);
	companion_cancel(companion);
	CHECK_SETTLED("");
	CHECK_EQ(companion->num_waiting, 0);
	CHECK_EQ(companion->pairs + companion->alone, 6);
	for (unsigned i = 0; i < MAX_BUFFERS; i++) {
		CHECK_EQ(world.frames[i].holders, 0);
		CHECK_EQ(world.buffers[i].state, BUFFER_FREE);
	}

	test_case("cancel: fine with nothing there");
	companion_cancel(companion);
	CHECK_SETTLED("");
}

/* ---- everything at once ---- */

#define RUNS   50
#define FRAMES 1000

static uint32_t random_state;

static uint32_t random_below(uint32_t limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return (random_state >> 8) % limit;
}

/* How a run goes. Chances are in 256. */
static struct {
	int lead;         /* places by which embedded data may be ahead of images */
	int lag;          /* behind */
	unsigned end;     /* the place behind the last image */
	unsigned until;   /* the place of embedded data at which all is cancelled */
	unsigned lost;    /* of either node */
	unsigned no_time; /* of either node */
	unsigned hold;    /* that a sink keeps a frame for a while */
	bool counts_own; /* the second node counts what it delivers, not what the sensor sends */
} manner;

/* What is known of each place of the sensor, and of all. */
static struct {
	unsigned images;           /* the place of the next image */
	unsigned others;           /* that of the next embedded data */
	unsigned image_at[FRAMES]; /* 0, or of which number among images with a time it came */
	unsigned last_image;       /* the number of the last one */
	unsigned last_place;       /* its place */
	bool has_time[FRAMES]; /* embedded data: it came with its time */
	bool is_settled[FRAMES];
	bool is_released[FRAMES];
	unsigned next; /* nothing before this place can be settled any more */
	uint32_t own;  /* the number that the second node gives next */
	uint32_t owns[FRAMES];
	uint32_t distance;
	bool waits;
	unsigned num_held;
	struct frame *held[MAX_BUFFERS];
} run;

/* Of all runs: all of it is to happen. */
static struct {
	unsigned long images, others, missed, waited, pairs_after, alone, no_time, late,
		flushed;
	unsigned long last, cancelled;
} sums;

static void note_released(void *context, struct frame *frame)
{
	unsigned place = world.places[frame->buffer->number];

	CHECK(!run.is_released[place]);
	run.is_released[place] = true;
	released(context, frame);
}

static void check_pair(const struct frame *frame, unsigned place)
{
	CHECK(run.has_time[place]);
	CHECK(run.image_at[place]);
	CHECK(run.last_image - run.image_at[place] < COMPANION_LEADERS);
	CHECK_EQ(frame->sequence, (uint32_t)(world.images_from + place));
	run.distance = frame->sequence - run.owns[place];
	if (run.last_image == run.image_at[place])
		sums.waited++;
	else
		sums.pairs_after++;
}

/* There has to be a reason why it got no image. */
static void check_alone(const struct frame *frame, unsigned place)
{
	CHECK_EQ(frame->sequence, (uint32_t)(run.owns[place] + run.distance));
	if (!run.has_time[place])
		sums.no_time++;
	else if (run.image_at[place] &&
		 run.last_image - run.image_at[place] >= COMPANION_LEADERS)
		sums.late++;
	else if (!run.image_at[place] && run.last_image && run.last_place > place)
		sums.alone++;
	else if (stream->queued < COMPANION_DRIVER)
		sums.flushed++;
	else if (CHECK(!run.waits))
		sums.last++;
}

static void note_settled(struct frame *frame, bool is_pair)
{
	unsigned place = world.places[frame->buffer->number];

	CHECK(place >= run.next);
	CHECK(!run.is_settled[place]);
	run.is_settled[place] = true;
	run.next = place + 1;
	if (is_pair)
		check_pair(frame, place);
	else
		check_alone(frame, place);
	if (random_below(256) < manner.hold)
		run.held[run.num_held++] = frame;
	else
		frame_release(frame);
}

/* What waits is younger than all images that came, and leaves the driver enough. */
static void check_rest(void)
{
	const struct frame *oldest = companion->waiting[companion->first_waiting];

	if (!companion->num_waiting)
		return;
	CHECK(oldest->timestamp_ns);
	CHECK(!run.last_image || oldest->timestamp_ns > time_of(run.last_place));
	CHECK(stream->queued >= COMPANION_DRIVER);
	CHECK(run.waits);
}

static void step_image(void)
{
	unsigned place = run.images++;
	bool no_time = random_below(256) < manner.no_time;

	if (random_below(256) < manner.lost)
		return;
	sums.images++;
	if (!no_time) {
		run.image_at[place] = ++run.last_image;
		run.last_place = place;
	}
	companion_leader_came(companion, world.images_from + place,
			      no_time ? 0 : time_of(place));
}

static void step_embedded(void)
{
	unsigned place = run.others++;
	bool no_time = random_below(256) < manner.no_time;
	struct frame *frame;

	run.owns[place] = run.own;
	run.own += !manner.counts_own;
	if (random_below(256) < manner.lost)
		return;
	run.has_time[place] = !no_time;
	frame = receive(place, run.owns[place], no_time ? 0 : time_of(place));
	if (!frame) {
		sums.missed++;
		return;
	}
	sums.others++;
	run.own += manner.counts_own;
	run.waits = run.images < manner.end;
	companion_came(companion, frame, run.waits);
}

static void release_one(void)
{
	unsigned number = random_below(run.num_held);
	struct frame *frame = run.held[number];

	run.held[number] = run.held[--run.num_held];
	frame_release(frame);
}

/* One of both nodes, as far apart as this run has them. */
static void step(void)
{
	int ahead = (int)run.others - (int)run.images;

	if (run.num_held && random_below(3) == 0)
		release_one();
	if (run.images < manner.end &&
	    (ahead >= manner.lead || (ahead > -manner.lag && random_below(2))))
		step_image();
	else
		step_embedded();
	check_rest();
}

static void random_run(uint32_t seed)
{
	random_state = seed * UINT32_C(2654435761) + 1;
	set_up_with(2 + random_below(MAX_BUFFERS - 1));
	memset(&run, 0, sizeof(run));
	world.sink = note_settled;
	for (unsigned i = 0; i < world.num_buffers; i++)
		world.frames[i].released = note_released;
	manner.lead = (int)random_below(8);
	manner.lag = 1 + (int)random_below(random_below(3) ? 4 : 2 * COMPANION_LEADERS);
	manner.end = FRAMES - random_below(20);
	manner.until = random_below(4) ? FRAMES : FRAMES / 2 + random_below(FRAMES / 2);
	manner.lost = random_below(2) ? random_below(128) : 0;
	manner.no_time = random_below(2) ? random_below(64) : 0;
	manner.hold = random_below(3) ? random_below(200) : 0;
	manner.counts_own = random_below(2);
	world.images_from = UINT32_MAX - random_below(2 * FRAMES);
	run.own = UINT32_MAX - random_below(2 * FRAMES);
	run.waits = true;
	while (run.others < manner.until && !test_state.failed_checks)
		step();
	sums.cancelled += companion->num_waiting;
	stream_stop(stream, NULL, NULL);
	companion_cancel(companion);
	while (run.num_held)
		release_one();
	for (unsigned i = 0; i < world.num_buffers; i++)
		CHECK_EQ(world.frames[i].holders, 0);
	if (test_state.failed_checks)
		printf("# seed %u, image %u, embedded data %u\n", (unsigned)seed,
		       run.images, run.others);
}

static void test_random(void)
{
	test_case("all at once: what has to be a pair is, in order, and is let go once");
	for (uint32_t seed = 1; seed <= RUNS && !test_state.failed_checks; seed++)
		random_run(seed);

	test_case("all at once: all of it happened");
	printf("# %lu images, %lu embedded (%lu without a buffer): waited for its image %lu, "
	       "came after it %lu; alone: image lost %lu, no time %lu, late %lu, "
	       "for the driver %lu, at the end %lu; cancelled %lu\n",
	       sums.images, sums.others, sums.missed, sums.waited, sums.pairs_after,
	       sums.alone, sums.no_time, sums.late, sums.flushed, sums.last, sums.cancelled);
	CHECK_EQ(sums.others, sums.waited + sums.pairs_after + sums.alone + sums.no_time +
				      sums.late + sums.flushed + sums.last + sums.cancelled);
	CHECK(sums.others > 30000);
	CHECK(sums.missed > 100);
	CHECK(sums.waited > 5000);
	CHECK(sums.pairs_after > 5000);
	CHECK(sums.alone > 500);
	CHECK(sums.no_time > 500);
	CHECK(sums.late > 100);
	CHECK(sums.flushed > 500);
	CHECK(sums.last > 10);
	CHECK(sums.cancelled > 10);
}

int main(void)
{
	test_pairs();
	test_losses();
	test_distance();
	test_late();
	test_driver();
	test_no_time();
	test_end();
	test_random();
	return test_done();
}
