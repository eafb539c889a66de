// SPDX-License-Identifier: GPL-2.0-or-later
/* The checks of test.h must fail when they should: each is made to, and its report read. */
#include "test/unit/test.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static char report[4096];
static int status;

/* Runs a test program of its own in a child; leaves what it printed and its status behind. */
static void run(void (*body)(void))
{
	int ends[2];
	size_t length = 0;
	ssize_t got;
	pid_t child;

	fflush(stdout);
	if (pipe(ends))
		abort();
	child = fork();
	if (child < 0)
		abort();
	if (!child) {
		memset(&test_state, 0, sizeof(test_state));
		dup2(ends[1], STDOUT_FILENO);
		body();
		fflush(stdout);
		status = test_done();
		fflush(stdout);
		_exit(status);
	}
	close(ends[1]);
	while ((got = read(ends[0], report + length, sizeof(report) - 1 - length)) > 0)
		length += (size_t)got;
	report[length] = '\0';
	close(ends[0]);
	if (waitpid(child, &status, 0) != child)
		abort();
	status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void good(void)
{
	test_case("first");
	CHECK(1 + 1 == 2);
	CHECK_EQ(UINT64_MAX, UINT64_MAX);
	CHECK_STR_EQ("a", "a");
	CHECK_STR_EQ(NULL, NULL);
	CHECK_MEM_EQ("ab", "ac", 1);
	test_case("second");
}

static void condition(void)
{
	test_case("condition");
	CHECK(1 + 1 == 3);
	test_case("next");
}

static void number(void)
{
	test_case("number");
	CHECK_EQ(-1, 0xffffffffu);
}

static void string(void)
{
	test_case("string");
	CHECK_STR_EQ("a\nb", "c");
	CHECK_STR_EQ("a", NULL);
	CHECK_STR_EQ(NULL, "a");
}

static void memory(void)
{
	test_case("memory");
	CHECK_MEM_EQ("abc", "abd", 3);
}

static void skip(void)
{
	test_case("skipped");
	test_skip("no camera");
	test_case("skipped late");
	CHECK(false);
	test_skip("no camera");
}

static void crash(void)
{
	test_case("done");
	test_case("crashes");
	_exit(3);
}

static bool reported(const char *text)
{
	return strstr(report, text) != NULL;
}

int main(void)
{
	test_case("test: checks that hold are ok, status 0");
	run(good);
	CHECK_STR_EQ(report, "ok 1 - first\nok 2 - second\n1..2\n");
	CHECK_EQ(status, 0);

	test_case("test: a false condition fails its case only");
	run(condition);
	CHECK(reported("not ok 1 - condition # test/unit/test.c:"));
	CHECK(reported(": 1 + 1 == 3: false\nok 2 - next\n1..2\n"));
	CHECK_EQ(status, 1);

	test_case("test: numbers that differ are shown, signs are not lost");
	run(number);
	CHECK(reported(": -1: got -1 (0xffffffffffffffff), want 4294967295 (0xffffffff)\n"));
	CHECK_EQ(status, 1);

	test_case("test: strings that differ are shown on one line, the first one in the verdict");
	run(string);
	CHECK(reported(": got \"a b\", want \"c\"\n# "));
	CHECK(reported(": \"a\": got \"a\", want NULL\n# "));
	CHECK(reported(": NULL: got NULL, want \"a\"\nnot ok 1 - string # "));
	CHECK(reported(": got \"a b\", want \"c\"\n1..1\n"));
	CHECK_EQ(status, 1);

	test_case("test: the first byte that differs is shown");
	run(memory);
	CHECK(reported("\"abc\": byte 2 of 3: got 0x63, want 0x64\n1..1\n"));
	CHECK_EQ(status, 1);

	test_case("test: a skipped case is ok with its reason, unless a check failed");
	run(skip);
	CHECK(reported("ok 1 - skipped # SKIP no camera\n"));
	CHECK(reported("not ok 2 - skipped late # "));
	CHECK_EQ(status, 1);

	test_case("test: a program that ends early prints no plan");
	run(crash);
	CHECK_STR_EQ(report, "ok 1 - done\n");
	CHECK_EQ(status, 3);

	return test_done();
}
