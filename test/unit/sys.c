// SPDX-License-Identifier: GPL-2.0-or-later
/* System calls that are interrupted, short, refused, or about files that lie. */
#include "common/base/sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "test/unit/test.h"

/* Calls of these functions come here: a few are refused first, then the fake answers. */
static struct {
	unsigned refusals;
	int error;
	int answer;
	unsigned calls;
} fake_ioctl;
static struct {
	unsigned refusals;
	int error; /* 0: nothing is written */
	unsigned calls;
} fake_write;

int ioctl(int fd, unsigned long request, ...)
{
	fake_ioctl.calls++;
	if (fake_ioctl.refusals) {
		fake_ioctl.refusals--;
		errno = fake_ioctl.error;
		return -1;
	}
	return fake_ioctl.answer;
}

ssize_t write(int fd, const void *data, size_t size)
{
	fake_write.calls++;
	if (!fake_write.refusals)
		return syscall(SYS_write, fd, data, size);
	fake_write.refusals--;
	errno = fake_write.error;
	return fake_write.error ? -1 : 0;
}

/* A clock that interrupts whatever waits, and does something from its third tick on. */
static volatile sig_atomic_t ticks;
static void (*volatile at_tick)(void);

static void tick(int number)
{
	int saved_errno = errno;

	if (++ticks >= 3 && at_tick)
		at_tick();
	errno = saved_errno;
}

static void start_ticking(void (*action)(void))
{
	/* No SA_RESTART: calls return EINTR. */
	struct sigaction act = { .sa_handler = tick };
	struct itimerval interval = { { 0, 5000 }, { 0, 5000 } };

	ticks = 0;
	at_tick = action;
	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &interval, NULL);
}

static void stop_ticking(void)
{
	struct itimerval never = { 0 };

	setitimer(ITIMER_REAL, &never, NULL);
}

static char folder[] = "/tmp/rawline-sys-XXXXXX";
static char path[sizeof(folder) + 16];
static int ends[2];
static char bytes[200000];

static void test_ioctl(void)
{
	test_case("ioctl: made again when interrupted, the driver's answer is passed on");
	fake_ioctl.refusals = 2;
	fake_ioctl.error = EINTR;
	fake_ioctl.answer = 5;
	fake_ioctl.calls = 0;
	CHECK_EQ(sys_ioctl(0, 1, NULL), 5);
	CHECK_EQ(fake_ioctl.calls, 3);
	fake_ioctl.refusals = 2;
	fake_ioctl.answer = 0;
	fake_ioctl.calls = 0;
	CHECK_EQ(sys_ioctl(0, 1, NULL), 0);
	CHECK_EQ(fake_ioctl.calls, 3);

	test_case("ioctl: another error is negative, and made once");
	fake_ioctl.refusals = 1;
	fake_ioctl.error = EAGAIN;
	fake_ioctl.calls = 0;
	CHECK_EQ(sys_ioctl(0, 1, NULL), -EAGAIN);
	CHECK_EQ(fake_ioctl.calls, 1);
}

static void open_writer(void)
{
	if (ends[1] < 0)
		ends[1] = open(path, O_RDWR);
}

static void test_open_close(void)
{
	int fd, number;

	test_case("open: closed when another program is run");
	fd = sys_open("/dev/null", O_RDWR);
	CHECK(fd >= 0);
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR);

	test_case("close: leaves -1 behind, and that is fine to close");
	number = fd;
	sys_close(&fd);
	CHECK_EQ(fd, -1);
	CHECK_EQ(fcntl(number, F_GETFD), -1);
	sys_close(&fd);
	CHECK_EQ(fd, -1);

	test_case("open, close: 0 is a descriptor");
	number = dup(0);
	close(0);
	errno = EINTR;
	fd = sys_open("/dev/null", O_RDONLY);
	CHECK_EQ(fd, 0);
	sys_close(&fd);
	CHECK_EQ(fcntl(0, F_GETFD), -1);
	dup2(number, 0);
	close(number);

	test_case("open: the error is negative");
	CHECK_EQ(sys_open("/does/not/exist", O_RDONLY), -ENOENT);

	test_case("open: made again when interrupted");
	snprintf(path, sizeof(path), "%s/fifo", folder);
	CHECK_EQ(mkfifo(path, 0600), 0);
	ends[1] = -1;
	start_ticking(open_writer);
	fd = sys_open(path, O_RDONLY);
	stop_ticking();
	CHECK(fd >= 0);
	CHECK(ticks >= 3);
	close(fd);
	close(ends[1]);
	unlink(path);
}

/* Reads a pipe in a child, slowly; its status is 0 if all the bytes came. */
static pid_t start_reader(void)
{
	size_t length = 0;
	char got[1000];
	ssize_t size;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child)
		return child;
	close(ends[1]);
	while ((size = read(ends[0], got, sizeof(got))) > 0) {
		if (length + (size_t)size > sizeof(bytes) ||
		    memcmp(bytes + length, got, (size_t)size) != 0)
			_exit(1);
		length += (size_t)size;
		usleep(50);
	}
	_exit(length == sizeof(bytes) ? 0 : 2);
}

/* What sys_write_all() said; the reader's status goes to *status. */
static int write_through_pipe(int flags, int *status)
{
	pid_t child;
	int ret;

	if (pipe(ends) < 0)
		return -errno;
	/* The reader's end is another open file, and waits. */
	fcntl(ends[1], F_SETFL, flags);
	fcntl(ends[1], F_SETPIPE_SZ, 4096);
	child = start_reader();
	close(ends[0]);
	start_ticking(NULL);
	ret = sys_write_all(ends[1], bytes, sizeof(bytes));
	stop_ticking();
	close(ends[1]);
	waitpid(child, status, 0);
	return ret;
}

static void test_write(void)
{
	int status, fd;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7 + i / 251);

	test_case("write: all of it, though interrupted");
	CHECK_EQ(write_through_pipe(0, &status), 0);
	CHECK_EQ(status, 0);
	CHECK(ticks > 0);

	test_case("write: waits itself when the descriptor does not");
	CHECK_EQ(write_through_pipe(O_NONBLOCK, &status), 0);
	CHECK_EQ(status, 0);

	test_case("write: a reader that went away is EPIPE");
	signal(SIGPIPE, SIG_IGN);
	CHECK_EQ(pipe(ends), 0);
	close(ends[0]);
	CHECK_EQ(sys_write_all(ends[1], "a", 1), -EPIPE);
	close(ends[1]);

	test_case("write: a full device is ENOSPC");
	fd = sys_open("/dev/full", O_WRONLY);
	CHECK_EQ(sys_write_all(fd, "a", 1), -ENOSPC);

	test_case("write: one that never gets on is given up");
	fake_write.refusals = 1;
	fake_write.error = 0;
	CHECK_EQ(sys_write_all(fd, "a", 1), -EIO);
	sys_close(&fd);

	test_case("write: interrupted before the first byte, it is tried again");
	fd = sys_open("/dev/null", O_WRONLY);
	fake_write.refusals = 2;
	fake_write.error = EINTR;
	fake_write.calls = 0;
	CHECK_EQ(sys_write_all(fd, "a", 1), 0);
	CHECK_EQ(fake_write.calls, 3);
	sys_close(&fd);

	test_case("write: nothing to write is no call");
	CHECK_EQ(sys_write_all(-1, NULL, 0), 0);
	CHECK_EQ(sys_write_all(-1, "a", 1), -EBADF);
}

/* Makes the file at `path` hold this, and reads it into a text of that size. */
static int read_back(const char *content, char *text, size_t size)
{
	FILE *file = fopen(path, "w");

	fputs(content, file);
	fclose(file);
	memset(text, 'x', size);
	return sys_read_text(path, text, size);
}

/* In two pieces, then no more. */
static void write_late(void)
{
	if (ticks == 3)
		syscall(SYS_write, ends[1], "la", 2);
	if (ticks == 6)
		syscall(SYS_write, ends[1], "te\n", 3);
	if (ticks == 9)
		close(ends[1]);
}

/* Six bytes, twice: more than there is room for. */
static void write_too_much(void)
{
	if (ticks == 3 || ticks == 6)
		syscall(SYS_write, ends[1], "123456", 6);
}

/* Reads a pipe by its name while that is written. */
static int read_pipe(void (*writer)(void), char *text, size_t size)
{
	char name[64];
	int ret;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", ends[0]);
	start_ticking(writer);
	ret = sys_read_text(name, text, size);
	stop_ticking();
	close(ends[0]);
	return ret;
}

/* The number that the next descriptor will have. */
static int first_free(void)
{
	int fd = open("/dev/null", O_RDONLY);

	close(fd);
	return fd;
}

static void test_read(void)
{
	int before = first_free(), kept;
	char text[8];

	test_case("read: the text without its final newline");
	snprintf(path, sizeof(path), "%s/text", folder);
	CHECK_EQ(read_back("abc\n", text, sizeof(text)), 3);
	CHECK_STR_EQ(text, "abc");
	CHECK_EQ(read_back("abc", text, sizeof(text)), 3);
	CHECK_STR_EQ(text, "abc");
	CHECK_EQ(read_back("a\nb\n\n", text, sizeof(text)), 4);
	CHECK_STR_EQ(text, "a\nb\n");
	CHECK_EQ(read_back("a\n", text, sizeof(text)), 1);
	CHECK_STR_EQ(text, "a");
	CHECK_EQ(read_back("\n", text, sizeof(text)), 0);
	CHECK_STR_EQ(text, "");
	CHECK_EQ(read_back("", text, sizeof(text)), 0);
	CHECK_STR_EQ(text, "");

	test_case("read: what fits just so, and what does not");
	CHECK_EQ(read_back("1234567", text, sizeof(text)), 7);
	CHECK_STR_EQ(text, "1234567");
	CHECK_EQ(read_back("12345678", text, sizeof(text)), -E2BIG);
	CHECK_STR_EQ(text, "");
	CHECK_EQ(read_back("123456789", text, sizeof(text)), -E2BIG);
	CHECK_EQ(sys_read_text(path, text, 0), -E2BIG);

	test_case("read: an error leaves an empty text");
	memset(text, 'x', sizeof(text));
	CHECK_EQ(sys_read_text(folder, text, sizeof(text)), -EISDIR);
	CHECK_STR_EQ(text, "");
	unlink(path);
	memset(text, 'x', sizeof(text));
	CHECK_EQ(sys_read_text(path, text, sizeof(text)), -ENOENT);
	CHECK_STR_EQ(text, "");

	test_case("read: goes on when interrupted, and when there is more to come");
	CHECK_EQ(read_pipe(write_late, text, sizeof(text)), 4);
	CHECK_STR_EQ(text, "late");
	CHECK(ticks >= 9);
	CHECK_EQ(read_pipe(write_too_much, text, sizeof(text)), -E2BIG);
	close(ends[1]);

	test_case("read: leaves nothing open, and 0 is a descriptor");
	CHECK_EQ(first_free(), before);
	kept = dup(0);
	close(0);
	CHECK_EQ(read_back("abc", text, sizeof(text)), 3);
	CHECK_EQ(sys_read_text(path, text, sizeof(text)), 3);
	CHECK_EQ(first_free(), 0);
	dup2(kept, 0);
	close(kept);
	unlink(path);
}

/* Every device of this machine: what we find must be that device, where it has a node. */
static unsigned check_all_nodes(void)
{
	DIR *devices = opendir("/sys/dev/char");
	struct dirent *entry;
	unsigned first, second, found = 0;
	struct stat status;
	char node[256];
	int ret;

	while (devices && (entry = readdir(devices))) {
		if (sscanf(entry->d_name, "%u:%u", &first, &second) != 2)
			continue;
		ret = sys_node_path(makedev(first, second), node, sizeof(node));
		CHECK(!ret || ret == -ENOENT);
		if (ret || stat(node, &status) < 0)
			continue;
		found++;
		CHECK_EQ(status.st_rdev, makedev(first, second));
	}
	if (devices)
		closedir(devices);
	return found;
}

static void test_node_path(void)
{
	char node[64];

	test_case("node: a number of no device is ENOENT");
	CHECK_EQ(sys_node_path(makedev(4095, 77), node, sizeof(node)), -ENOENT);

	test_case("node: /dev/null by its number");
	if (access("/sys/dev/char/1:3/uevent", R_OK) != 0) {
		test_skip("no sysfs");
		return;
	}
	CHECK_EQ(sys_node_path(makedev(1, 3), node, sizeof(node)), 0);
	CHECK_STR_EQ(node, "/dev/null");

	test_case("node: a path that does not fit is refused, not cut");
	CHECK_EQ(sys_node_path(makedev(1, 3), node, strlen("/dev/null") + 1), 0);
	CHECK_STR_EQ(node, "/dev/null");
	CHECK_EQ(sys_node_path(makedev(1, 3), node, strlen("/dev/null")), -ENAMETOOLONG);

	test_case("node: right for every device of this machine");
	CHECK(check_all_nodes() > 0);
}

static void test_clock(void)
{
	struct timespec now;
	uint64_t first, second;

	test_case("clock: nanoseconds of CLOCK_MONOTONIC");
	first = sys_monotonic_ns();
	clock_gettime(CLOCK_MONOTONIC, &now);
	second = sys_monotonic_ns();
	CHECK(first <= (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec);
	CHECK(second >= (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec);
	CHECK(second - first < 1000000000);
}

int main(void)
{
	if (!mkdtemp(folder))
		return 1;
	test_ioctl();
	test_open_close();
	test_write();
	test_read();
	test_node_path();
	test_clock();
	rmdir(folder);
	return test_done();
}
