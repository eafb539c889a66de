/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A unit test's few words: cases, checks, and a report in TAP (testanything.org).
 *
 *	int main(void)
 *	{
 *		test_case("size: 640x480 is read");
 *		CHECK_EQ(text_size("640x480", &width, &height), 0);
 *		CHECK_EQ(width, 640);
 *		return test_done();
 *	}
 *
 * prints "ok 1 - size: 640x480 is read" and "1..1". A check that fails does not end the
 * case; the first one stands in the case's line, all of them in "#" lines ahead of it:
 *
 *	# test/unit/text.c:12: width: got 0 (0x0), want 640 (0x280)
 *	not ok 1 - size: 640x480 is read # test/unit/text.c:12: width: got 0 (0x0), want ...
 *
 * A program that crashes prints no plan, which a TAP reader takes for a failure.
 */
#ifndef RAWLINE_TEST_H
#define RAWLINE_TEST_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define TEST_UNUSED __attribute__((unused))

static struct {
	const char *name;    /* of the case that runs, NULL before the first */
	const char *skipped; /* why this case can't run here */
	unsigned cases;
	unsigned failed_cases;
	unsigned failed_checks; /* of this case */
	char first[512];        /* the first of them */
} test_state;

/* Prints the line of the case that runs, if one does. */
static void test_case_end(void)
{
	if (!test_state.name)
		return;
	test_state.cases++;
	if (test_state.failed_checks) {
		test_state.failed_cases++;
		printf("not ok %u - %s # %s\n", test_state.cases, test_state.name,
		       test_state.first);
	} else if (test_state.skipped) {
		printf("ok %u - %s # SKIP %s\n", test_state.cases, test_state.name,
		       test_state.skipped);
	} else {
		printf("ok %u - %s\n", test_state.cases, test_state.name);
	}
	/* What follows may crash or fork. */
	fflush(stdout);
	test_state.name = NULL;
	test_state.skipped = NULL;
	test_state.failed_checks = 0;
}

/* Begins a case; the name must stay valid until the next one. */
static TEST_UNUSED void test_case(const char *name)
{
	test_case_end();
	test_state.name = name;
}

/* Marks the case that runs as not possible here. A failed check still fails it. */
static TEST_UNUSED void test_skip(const char *reason)
{
	test_state.skipped = reason;
}

/* Ends the last case and prints the plan. Returns main's status: 0 if every check held. */
static TEST_UNUSED int test_done(void)
{
	test_case_end();
	printf("1..%u\n", test_state.cases);
	return test_state.failed_cases ? 1 : 0;
}

static TEST_UNUSED __attribute__((format(printf, 3, 4))) void
test_fail(const char *file, int line, const char *format, ...)
{
	char text[sizeof(test_state.first)];
	va_list arguments;
	int length;

	length = snprintf(text, sizeof(text), "%s:%d: ", file, line);
	va_start(arguments, format);
	vsnprintf(text + length, sizeof(text) - (size_t)length, format, arguments);
	va_end(arguments);

	/* A line break in a value would end the TAP line. */
	for (char *byte = text; *byte; byte++)
		if (*byte == '\n' || *byte == '\r')
			*byte = ' ';
	printf("# %s\n", text);
	if (!test_state.failed_checks++)
		memcpy(test_state.first, text, sizeof(text));
}

static TEST_UNUSED bool test_true(const char *file, int line, const char *expression, bool held)
{
	if (!held)
		test_fail(file, line, "%s: false", expression);
	return held;
}

static TEST_UNUSED bool test_equal(const char *file, int line, const char *expression,
				   long long got, long long want)
{
	if (got == want)
		return true;
	test_fail(file, line, "%s: got %lld (0x%llx), want %lld (0x%llx)", expression,
		  got, (unsigned long long)got, want, (unsigned long long)want);
	return false;
}

static TEST_UNUSED bool test_string_equal(const char *file, int line, const char *expression,
					  const char *got, const char *want)
{
	if (got == want || (got && want && !strcmp(got, want)))
		return true;
	test_fail(file, line, "%s: got %s%s%s, want %s%s%s", expression, got ? "\"" : "",
		  got ? got : "NULL", got ? "\"" : "", want ? "\"" : "",
		  want ? want : "NULL", want ? "\"" : "");
	return false;
}

static TEST_UNUSED bool test_memory_equal(const char *file, int line, const char *expression,
					  const void *got, const void *want, size_t size)
{
	const unsigned char *a = got, *b = want;

	for (size_t i = 0; i < size; i++) {
		if (a[i] == b[i])
			continue;
		test_fail(file, line, "%s: byte %zu of %zu: got 0x%02x, want 0x%02x",
			  expression, i, size, a[i], b[i]);
		return false;
	}
	return true;
}

/*
 * The checks. Each looks at its arguments once and is true if it held, so that a test can
 * leave out what makes no sense any more: if (!CHECK(file)) return;
 * CHECK_EQ is for whole numbers, enums and characters; pointers go through CHECK(a == b).
 */
#define CHECK(condition) test_true(__FILE__, __LINE__, #condition, condition)
#define CHECK_EQ(got, want) \
	test_equal(__FILE__, __LINE__, #got, (long long)(got), (long long)(want))
#define CHECK_STR_EQ(got, want) test_string_equal(__FILE__, __LINE__, #got, got, want)
#define CHECK_MEM_EQ(got, want, size) \
	test_memory_equal(__FILE__, __LINE__, #got, got, want, size)

#endif
