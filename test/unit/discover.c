// SPDX-License-Identifier: GPL-2.0-or-later
/* Order of media devices and waiting; what needs a device is in test/ctest/discover.c. */
#include "common/device/discover.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/base/sys.h"
#include "test/unit/test.h"

/* One stands ahead of the other, seen from both sides. */
static void check_ahead(const char *one, const char *other)
{
	if (discover_compare(one, other) >= 0 || discover_compare(other, one) <= 0)
		test_fail(__FILE__, __LINE__, "\"%s\" is not ahead of \"%s\"", one, other);
}

static void test_compare(void)
{
	test_case("compare: numbers by value, the rest by character");
	check_ahead("usb-0000:00:14.0-2", "usb-0000:00:14.0-10");
	check_ahead("usb-0000:00:14.0-2", "usb-0000:00:14.0-2.1");
	check_ahead("/dev/media2", "/dev/media10");
	check_ahead("platform:vimc", "platform:vivid-000");
	check_ahead("a9b", "a10");
	check_ahead("a", "b");
	check_ahead("", "a");
	check_ahead("a2", "a2b");
	check_ahead("9", "a");
	check_ahead("a\x7f", "a\xff");
	check_ahead("99999999999999999999999998", "99999999999999999999999999");
	check_ahead("9", "99999999999999999999999999");
	CHECK_EQ(discover_compare("usb-3", "usb-3"), 0);

	test_case("compare: leading zeros do not count, but the order is total");
	check_ahead("a007", "a8");
	check_ahead("a0", "a1");
	check_ahead("a00b", "a0c");
	check_ahead("a01", "a1");
}

/* How often it was asked, and the answer from which question on. */
struct question {
	unsigned asked;
	unsigned yes_at;
	int answer;
};

static int ask(void *context)
{
	struct question *question = context;

	return ++question->asked >= question->yes_at ? question->answer : 0;
}

static void test_wait(struct discover *discover)
{
	struct question question = { .yes_at = 1, .answer = 1 };
	uint64_t begin_ns, spent_ns;
	int pipe_ends[2];

	test_case("wait: what is there already is not waited for");
	CHECK_EQ(discover_wait(discover, 0, -1, ask, &question), 0);
	CHECK_EQ(question.asked, 1);

	test_case("wait: asks again though nothing happens, for a while");
	question = (struct question){ .yes_at = 3, .answer = 1 };
	begin_ns = sys_monotonic_ns();
	CHECK_EQ(discover_wait(discover, UINT64_MAX, -1, ask, &question), 0);
	spent_ns = sys_monotonic_ns() - begin_ns;
	CHECK_EQ(question.asked, 3);
	CHECK(spent_ns >= 30000000 && spent_ns < 3000000000);

	test_case("wait: the predicate may give up");
	question = (struct question){ .yes_at = 2, .answer = -EACCES };
	CHECK_EQ(discover_wait(discover, UINT64_MAX, -1, ask, &question), -EACCES);

	test_case("wait: the time runs out, after a last question");
	question = (struct question){ .yes_at = 1000000 };
	begin_ns = sys_monotonic_ns();
	CHECK_EQ(discover_wait(discover, 200000000, -1, ask, &question), -ETIMEDOUT);
	spent_ns = sys_monotonic_ns() - begin_ns;
	CHECK(spent_ns >= 200000000 && spent_ns < 3000000000);
	/* At 0, 10, 30, 70, 150 and 200 ms. */
	CHECK(question.asked >= 2 && question.asked <= 6);

	test_case("wait: a descriptor stops it");
	question = (struct question){ .yes_at = 1000000 };
	if (!CHECK_EQ(pipe(pipe_ends), 0))
		return;
	CHECK_EQ(write(pipe_ends[1], "", 1), 1);
	CHECK_EQ(discover_wait(discover, UINT64_MAX, pipe_ends[0], ask, &question), -EINTR);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
}

static void test_list(struct discover *discover)
{
	static const char *const nobody[] = { "no-such-driver", NULL };
	struct discover_media *list = (struct discover_media *)&nobody;
	size_t count = 1;

	test_case("list: none of a driver that does not exist");
	CHECK_EQ(discover_list(discover, nobody, &list, &count), 0);
	CHECK_EQ(count, 0);
	CHECK(!list);
	free(list);
}

int main(void)
{
	struct discover *discover = NULL;
	int fd;

	test_compare();
	test_case("create");
	CHECK_EQ(discover_create(NULL, &discover), 0);
	CHECK_EQ(discover_fd(discover), -1);
	CHECK_EQ(discover_drain(discover), 0);
	test_list(discover);
	test_case("watch: there is a descriptor to poll");
	if (discover_watch(discover) < 0) {
		test_skip("this sandbox has no netlink");
	} else {
		fd = discover_fd(discover);
		CHECK(fd >= 0);
		CHECK_EQ(discover_watch(discover), 0);
		CHECK_EQ(discover_fd(discover), fd);
		test_wait(discover);
	}
	discover_destroy(discover);
	discover_destroy(NULL);
	return test_done();
}
