// SPDX-License-Identifier: GPL-2.0-or-later
/* Who holds a file: other processes are started for it. */
#include "common/device/holder.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test/unit/test.h"

#define NOBODY 65534

static char folder[] = "/tmp/holder-XXXXXX";

/* A process that has a file open until end_guest(), or until the test has ended. */
static void be_guest(const char *path, const char *name, int ready)
{
	prctl(PR_SET_NAME, name);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (open(path, O_RDONLY | O_CLOEXEC) < 0 || write(ready, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static pid_t start_guest(const char *path, const char *name)
{
	int ready[2];
	pid_t guest;
	char byte;

	if (pipe2(ready, O_CLOEXEC) < 0)
		exit(1);
	fflush(NULL);
	guest = fork();
	if (!guest)
		be_guest(path, name, ready[1]);
	close(ready[1]);
	CHECK_EQ(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return guest;
}

static void end_guest(pid_t guest)
{
	if (guest > 0 && !kill(guest, SIGKILL))
		waitpid(guest, NULL, 0);
}

static void test_find(const char *file, const char *device)
{
	char text[HOLDER_TEXT_SIZE], want[HOLDER_TEXT_SIZE];
	struct holder_list list;
	pid_t guest;
	int own;

	test_case("find: this process does not count");
	own = open(file, O_RDONLY | O_CLOEXEC);
	CHECK(own >= 0);
	CHECK_EQ(holder_find(file, &list), 0);
	CHECK_EQ(list.count, 0);
	close(own);

	test_case("find: another does, with its name escaped");
	guest = start_guest(file, "ev\x1bil");
	CHECK_EQ(holder_find(file, &list), 0);
	CHECK_EQ(list.count, 1);
	CHECK_EQ(list.holders[0].pid, guest);
	CHECK_STR_EQ(list.holders[0].comm, "ev\\x1bil");
	snprintf(want, sizeof(want), "pid %ld (ev\\x1bil)", (long)guest);
	CHECK_STR_EQ(holder_text(&list, text), want);
	holder_from_pid(guest, &list);
	CHECK_STR_EQ(holder_text(&list, text), want);
	CHECK_EQ(holder_find("/", &list), 0);
	CHECK_EQ(list.count, 0);
	end_guest(guest);
	CHECK_EQ(holder_find(file, &list), 0);
	CHECK_EQ(list.count, 0);

	test_case("find: a device is known by its number, not by its path");
	if (device) {
		guest = start_guest(device, "guest");
		CHECK_EQ(holder_find("/dev/full", &list), 0);
		CHECK(list.count >= 1);
		end_guest(guest);
	} else {
		test_skip("only root can make device nodes");
	}

	test_case("find: what is not there is -ENOENT");
	CHECK_EQ(holder_find("/nonexistent", &list), -ENOENT);
	CHECK_EQ(list.count, 0);
}

static void test_several(const char *file)
{
	pid_t guests[HOLDER_MAX + 2];
	char text[HOLDER_TEXT_SIZE];
	struct holder_list list;

	test_case("find: several, of which some are named");
	for (unsigned i = 0; i < HOLDER_MAX + 2; i++)
		guests[i] = start_guest(file, "guest");
	CHECK_EQ(holder_find(file, &list), 0);
	CHECK_EQ(list.count, HOLDER_MAX + 2);
	CHECK(strstr(holder_text(&list, text), "(guest) and 2 more"));
	for (unsigned i = 0; i < HOLDER_MAX + 2; i++)
		end_guest(guests[i]);
}

static void test_text(void)
{
	struct holder_list list = {
		.holders = { { 12, "cam" }, { 34, "" }, { 56, "ffmpeg" }, { 78, "x" } },
	};
	char text[HOLDER_TEXT_SIZE];

	test_case("text: one, two, three and more");
	list.count = 2;
	CHECK_STR_EQ(holder_text(&list, text), "pid 12 (cam) and pid 34");
	list.count = 3;
	CHECK_STR_EQ(holder_text(&list, text), "pid 12 (cam), pid 34 and pid 56 (ffmpeg)");
	list.count = 5;
	CHECK_STR_EQ(holder_text(&list, text),
		     "pid 12 (cam), pid 34, pid 56 (ffmpeg), pid 78 (x) and 1 more");

	test_case("text: none, and none that may be seen");
	list = (struct holder_list){ 0 };
	CHECK_STR_EQ(holder_text(&list, text), "another process");
	list.hidden = 3;
	CHECK_STR_EQ(holder_text(&list, text),
		     "another process, one of 3 that only root may look into");

	test_case("text: a process that is gone, and no process");
	holder_from_pid(INT32_MAX, &list);
	CHECK_STR_EQ(holder_text(&list, text), "pid 2147483647");
	holder_from_pid(0, &list);
	CHECK_STR_EQ(holder_text(&list, text), "another process");
}

/* The guest is root's; we look as nobody, in a process of our own. */
static void test_hidden(const char *file)
{
	struct holder_list list;
	pid_t guest;
	int status = -1;
	pid_t child;

	test_case("find: processes that may not be looked into are counted");
	if (geteuid() != 0) {
		test_skip("only root can become somebody else");
		return;
	}
	guest = start_guest(file, "guest");
	fflush(NULL);
	child = fork();
	if (!child) {
		if (setgid(NOBODY) < 0 || setuid(NOBODY) < 0)
			_exit(2);
		_exit(holder_find(file, &list) == 0 && !list.count && list.hidden ? 0 : 1);
	}
	waitpid(child, &status, 0);
	CHECK_EQ(status, 0);
	end_guest(guest);
}

static void test_permission(const char *file)
{
	char text[HOLDER_TEXT_SIZE], want[HOLDER_TEXT_SIZE];

	test_case("permission: names owner, group and mode");
	snprintf(want, sizeof(want), "%s belongs to 54321:54322, mode 0640", file);
	CHECK_EQ(chmod(file, 0640), 0);
	if (chown(file, 54321, 54322) < 0)
		test_skip("only root can give a file away");
	else
		CHECK_STR_EQ(holder_permission_text(file, text), want);
	if (!chown(file, 0, 0)) {
		snprintf(want, sizeof(want), "%s belongs to root:root, mode 0640", file);
		CHECK_STR_EQ(holder_permission_text(file, text), want);
	}
	CHECK_STR_EQ(holder_permission_text("/nonexistent", text),
		     "/nonexistent: No such file or directory");
}

int main(void)
{
	char file[64], device[64];
	bool has_device;
	int fd;

	if (!mkdtemp(folder) || chmod(folder, 0755) < 0)
		return 1;
	snprintf(file, sizeof(file), "%s/file", folder);
	snprintf(device, sizeof(device), "%s/device", folder);
	fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	close(fd);
	/* A second node for /dev/full, where the file system takes one. */
	has_device = mknod(device, S_IFCHR | 0600, 1 << 8 | 7) == 0;
	if (has_device && (fd = open(device, O_RDONLY | O_CLOEXEC)) < 0)
		has_device = false;
	else if (has_device)
		close(fd);

	test_find(file, has_device ? device : NULL);
	test_several(file);
	test_text();
	test_hidden(file);
	test_permission(file);

	unlink(device);
	unlink(file);
	rmdir(folder);
	return test_done();
}
