// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines of buffers: order, and taking out from anywhere. */
#include "common/buffer/queue.h"

#include "common/buffer/buffer.h"

#include "test/unit/test.h"

#define COUNT 4

static struct buffer buffers[COUNT];
static struct queue queue;

/* The line is these buffers in this order, from both ends. */
static void check_line(const int *numbers, unsigned count)
{
	const struct buffer *at = queue.first;

	CHECK_EQ(queue.count, count);
	CHECK(queue_peek(&queue) == (count ? &buffers[numbers[0]] : NULL));
	CHECK(queue.last == (count ? &buffers[numbers[count - 1]] : NULL));
	for (unsigned i = 0; i < count; i++) {
		if (!CHECK(at == &buffers[numbers[i]]))
			return;
		at = at->next;
	}
	CHECK(!at);
	for (int i = 0; i < COUNT; i++) {
		bool there = false;

		for (unsigned k = 0; k < count; k++)
			there |= numbers[k] == i;
		CHECK_EQ(queue_has(&queue, &buffers[i]), there);
		if (!there)
			CHECK(!buffers[i].next);
	}
}

#define CHECK_LINE(...)                                           \
	do {                                                      \
		const int line[] = { __VA_ARGS__ };               \
		check_line(line, sizeof(line) / sizeof(line[0])); \
	} while (0)

static void fill(void)
{
	queue_init(&queue);
	for (unsigned i = 0; i < COUNT; i++) {
		buffer_init(&buffers[i], i, BUFFER_DEVICE);
		/* Left over from another line. */
		buffers[i].next = &buffers[0];
		queue_push(&queue, &buffers[i]);
	}
}

/* Takes all out one by one in an order that is counted through, and the line is right each time. */
static void remove_in_order(unsigned order)
{
	int left[COUNT] = { 0, 1, 2, 3 };
	unsigned place;

	fill();
	for (unsigned count = COUNT; count; count--) {
		place = order % count;
		order /= count;
		CHECK(queue_remove(&queue, &buffers[left[place]]));
		CHECK(!queue_remove(&queue, &buffers[left[place]]));
		for (unsigned i = place; i + 1 < count; i++)
			left[i] = left[i + 1];
		check_line(left, count - 1);
	}
}

int main(void)
{
	test_case("queue: a new one is empty");
	memset(&queue, 0xff, sizeof(queue));
	queue_init(&queue);
	CHECK_EQ(queue.count, 0);
	CHECK(!queue_peek(&queue));
	CHECK(!queue_pop(&queue));
	CHECK(!queue_remove(&queue, &buffers[0]));
	CHECK(!queue_has(&queue, &buffers[0]));

	test_case("queue: first in, first out");
	fill();
	CHECK_LINE(0, 1, 2, 3);
	CHECK(queue_pop(&queue) == &buffers[0]);
	CHECK_LINE(1, 2, 3);
	queue_push(&queue, &buffers[0]);
	CHECK_LINE(1, 2, 3, 0);
	for (unsigned i = 1; i <= COUNT; i++)
		CHECK(queue_pop(&queue) == &buffers[i % COUNT]);
	CHECK(!queue_pop(&queue));
	check_line(NULL, 0);
	queue_push(&queue, &buffers[2]);
	CHECK_LINE(2);

	test_case("queue: taken out from anywhere, in every order");
	for (unsigned order = 0; order < 24; order++)
		remove_in_order(order);

	return test_done();
}
