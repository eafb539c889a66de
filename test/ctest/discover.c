// SPDX-License-Identifier: GPL-2.0-or-later
/* Finding real media devices, in the lab, as root, with vimc and vivid loaded. */
#include "common/device/discover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/sys.h"
#include "common/device/holder.h"
#include "test/unit/test.h"

#define NOBODY  65534
#define VIMC    "/sys/bus/platform/drivers/vimc/"
#define FOREIGN "/sys/devices/virtual/mem/null/uevent"

static const char *const vimc_only[] = { "vimc", NULL };

static void test_list(struct discover *discover)
{
	struct discover_media *list;
	size_t count;

	test_case("list: all devices, by bus path");
	CHECK_EQ(discover_list(discover, NULL, &list, &count), 0);
	if (CHECK_EQ(count, 2)) {
		CHECK_STR_EQ(list[0].driver, "vimc");
		CHECK_STR_EQ(list[0].model, "VIMC MDEV");
		CHECK_STR_EQ(list[0].bus_info, "platform:vimc");
		CHECK_STR_EQ(list[0].parent, "vimc.0");
		CHECK_EQ(list[0].error, 0);
		CHECK_EQ(access(list[0].node, R_OK | W_OK), 0);
		CHECK_STR_EQ(list[1].driver, "vivid");
	}
	free(list);

	test_case("list: of one driver");
	CHECK_EQ(discover_list(discover, vimc_only, &list, &count), 0);
	if (CHECK_EQ(count, 1))
		CHECK_STR_EQ(list[0].driver, "vimc");
	free(list);
}

/* In a process of its own: root can't be got back. */
static int list_as_nobody(struct discover *discover)
{
	struct discover_media *list;
	char text[HOLDER_TEXT_SIZE];
	size_t count;

	if (setgid(NOBODY) < 0 || setuid(NOBODY) < 0)
		return 2;
	if (discover_list(discover, vimc_only, &list, &count) < 0 || count != 1)
		return 3;
	if (list[0].error != -EACCES || strcmp(list[0].driver, "vimc"))
		return 4;
	if (!strstr(holder_permission_text(list[0].node, text), " belongs to root:root, mode "))
		return 5;
	free(list);
	return 0;
}

static void test_permission(struct discover *discover)
{
	int status = -1;
	pid_t child;

	test_case("list: a node we may not open is there, with its error");
	fflush(NULL);
	child = fork();
	if (!child)
		_exit(list_as_nobody(discover));
	waitpid(child, &status, 0);
	CHECK_EQ(WEXITSTATUS(status), 0);
}

static void write_file(const char *file, const char *text)
{
	int fd = sys_open(file, O_WRONLY);

	CHECK_EQ(sys_write_all(fd, text, strlen(text)), 0);
	sys_close(&fd);
}

struct question {
	struct discover *discover;
	unsigned asked;
};

static int is_there(void *context)
{
	struct question *question = context;
	struct discover_media *list;
	size_t count;
	int ret;

	question->asked++;
	ret = discover_list(question->discover, vimc_only, &list, &count);
	if (!ret)
		ret = count == 1 && !list[0].error;
	free(list);
	return ret;
}

static void test_wait(struct discover *discover)
{
	struct question question = { .discover = discover };
	uint64_t begin_ns, spent_ns;
	pid_t child;

	test_case("wait: without the device the time runs out");
	write_file(VIMC "unbind", "vimc.0");
	CHECK_EQ(discover_wait(discover, 50000000, -1, is_there, &question), -ETIMEDOUT);

	test_case("wait: the device appears long after the last retry");
	question.asked = 0;
	fflush(NULL);
	child = fork();
	if (!child) {
		/* Nobody asks again for them. */
		for (int i = 0; i < 100; i++) {
			write_file(FOREIGN, "change");
			usleep(30000);
		}
		write_file(VIMC "bind", "vimc.0");
		_exit(0);
	}
	begin_ns = sys_monotonic_ns();
	CHECK_EQ(discover_wait(discover, UINT64_C(20000000000), -1, is_there, &question), 0);
	spent_ns = sys_monotonic_ns() - begin_ns;
	CHECK(spent_ns > 2900000000 && spent_ns < 6000000000);
	CHECK(question.asked < 30);
	waitpid(child, NULL, 0);
}

int main(void)
{
	struct discover *discover;

	test_case("create");
	if (!CHECK_EQ(discover_create(NULL, &discover), 0))
		return test_done();
	test_list(discover);
	test_permission(discover);
	test_wait(discover);
	discover_destroy(discover);
	return test_done();
}
