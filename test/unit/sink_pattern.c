// SPDX-License-Identifier: GPL-2.0-or-later
/* File name patterns: numbers and roles put in, names recognised, patterns that meet. */
#include "common/sink/pattern.h"

#include <errno.h>
#include <stdlib.h>

#include "test/unit/test.h"

static struct pattern pattern;
static char text[PATH_MAX];

static const char *error_name(int error)
{
	switch (error) {
	case -EINVAL:
		return "!EINVAL";
	case -EISDIR:
		return "!EISDIR";
	case -ENAMETOOLONG:
		return "!ENAMETOOLONG";
	default:
		return "!";
	}
}

/* The name of a frame, or "!" and the error. */
static const char *name_of(const char *from, const char *role, uint32_t sequence)
{
	int ret;

	ret = pattern_init(&pattern, from, role);
	if (!ret)
		ret = pattern_path(&pattern, sequence, text, sizeof(text));
	return ret < 0 ? error_name(ret) : text;
}

static bool matches(const char *from, const char *name)
{
	return !pattern_init(&pattern, from, NULL) && pattern_matches(&pattern, name);
}

static bool meet(const char *first, const char *second)
{
	struct pattern one, other;
	bool there, back;

	if (pattern_init(&one, first, NULL) || pattern_init(&other, second, NULL))
		abort();
	there = patterns_meet(&one, &other);
	back = patterns_meet(&other, &one);
	CHECK_EQ(there, back);
	return there;
}

static void numbers(void)
{
	test_case("pattern: # is the sequence in six digits, more if it needs them");
	CHECK_STR_EQ(name_of("frame-#.raw", NULL, 42), "frame-000042.raw");
	CHECK(pattern.is_numbered);
	CHECK_STR_EQ(name_of("#", NULL, 999999), "999999");
	CHECK_STR_EQ(name_of("#", NULL, 1000000), "1000000");
	CHECK_STR_EQ(name_of("#.raw", NULL, UINT32_MAX), "4294967295.raw");
	CHECK_STR_EQ(name_of("#-#.raw", NULL, 7), "000007-000007.raw");

	test_case("pattern: without # all frames have one name");
	CHECK_STR_EQ(name_of("video.raw", NULL, 42), "video.raw");
	CHECK(!pattern.is_numbered);

	test_case("pattern: a directory gets frame-#.raw");
	CHECK_STR_EQ(name_of("shots/", NULL, 1), "shots/frame-000001.raw");
	CHECK(pattern.is_numbered);
	CHECK_STR_EQ(name_of("/", NULL, 1), "/frame-000001.raw");
	CHECK_STR_EQ(name_of("./", "raw", 1), "./frame-raw-000001.raw");

	test_case("pattern: a # in a directory is a plain character");
	CHECK_STR_EQ(name_of("take#1/frame-#.raw", "main", 5),
		     "take#1/frame-main-000005.raw");
	CHECK_STR_EQ(name_of("take#1/all.raw", NULL, 5), "take#1/all.raw");
	CHECK(!pattern.is_numbered);
	CHECK_STR_EQ(name_of("#/", NULL, 5), "#/frame-000005.raw");

	test_case("pattern: - is standard output, and only that");
	CHECK_STR_EQ(name_of("-", NULL, 1), "-");
	CHECK(pattern.is_stdout);
	CHECK_STR_EQ(name_of("./-", NULL, 1), "./-");
	CHECK(!pattern.is_stdout);
	CHECK_STR_EQ(name_of("-", "main", 1), "!EINVAL");
}

static void roles(void)
{
	test_case("pattern: a role stands before the number");
	CHECK_STR_EQ(name_of("frame-#.raw", "main", 42), "frame-main-000042.raw");
	CHECK_STR_EQ(name_of("frame#.raw", "main", 42), "frame-main-000042.raw");
	CHECK_STR_EQ(name_of("a_#.raw", "main", 42), "a_main-000042.raw");
	CHECK_STR_EQ(name_of("#.raw", "main", 42), "main-000042.raw");
	CHECK_STR_EQ(name_of("x/#.raw", "main", 42), "x/main-000042.raw");
	CHECK_STR_EQ(name_of("\303\244#", "main", 42), "\303\244-main-000042");

	test_case("pattern: without a number it stands before the suffix");
	CHECK_STR_EQ(name_of("video.raw", "main", 42), "video-main.raw");
	CHECK_STR_EQ(name_of("a.b.raw", "main", 42), "a.b-main.raw");
	CHECK_STR_EQ(name_of("a.d/video", "main", 42), "a.d/video-main");
	CHECK_STR_EQ(name_of(".hidden", "main", 42), ".hidden-main");
	CHECK_STR_EQ(name_of("video-.raw", "main", 42), "video-main.raw");
}

static void suffixes(void)
{
	test_case("pattern: the suffix is what follows the last dot of the last part");
	name_of("a.b/c.d.PNG", NULL, 0);
	CHECK_STR_EQ(pattern_suffix(&pattern), ".PNG");
	name_of("a.b/c", NULL, 0);
	CHECK_STR_EQ(pattern_suffix(&pattern), "");
	name_of("a/.raw", NULL, 0);
	CHECK_STR_EQ(pattern_suffix(&pattern), "");
	name_of("a/.b.raw", NULL, 0);
	CHECK_STR_EQ(pattern_suffix(&pattern), ".raw");
	name_of("a.", NULL, 0);
	CHECK_STR_EQ(pattern_suffix(&pattern), ".");
	name_of("d/", "main", 0);
	CHECK_STR_EQ(pattern_suffix(&pattern), ".raw");
}

static void refusals(void)
{
	char *path = malloc(PATH_MAX + 1);

	test_case("pattern: nothing, and a directory without its slash, are refused");
	CHECK_STR_EQ(name_of("", NULL, 1), "!EINVAL");
	CHECK_STR_EQ(name_of(".", NULL, 1), "!EISDIR");
	CHECK_STR_EQ(name_of("a/..", NULL, 1), "!EISDIR");

	test_case("pattern: what does not fit is refused at each step");
	memset(path, 'a', PATH_MAX);
	path[PATH_MAX] = '\0';
	CHECK_STR_EQ(name_of(path, NULL, 1), "!ENAMETOOLONG");
	path[PATH_MAX - 1] = '\0';
	CHECK_EQ(strlen(name_of(path, NULL, 1)), PATH_MAX - 1);
	CHECK_STR_EQ(name_of(path, "x", 1), "!ENAMETOOLONG");
	path[PATH_MAX - 3] = '\0';
	CHECK_EQ(strlen(name_of(path, "x", 1)), PATH_MAX - 1);
	path[PATH_MAX - 2] = '/';
	path[PATH_MAX - 3] = 'a';
	path[PATH_MAX - 1] = '\0';
	CHECK_STR_EQ(name_of(path, NULL, 1), "!ENAMETOOLONG");
	path[PATH_MAX - 2] = '#';
	CHECK_STR_EQ(name_of(path, NULL, 1), "!ENAMETOOLONG");

	test_case("pattern: a name that does not fit its place is refused");
	pattern_init(&pattern, "dir/a-#", NULL);
	CHECK_EQ(pattern_name(&pattern, 1, path, 9), 0);
	CHECK_STR_EQ(path, "a-000001");
	CHECK_EQ(pattern_name(&pattern, 1, path, 8), -ENAMETOOLONG);
	CHECK_EQ(pattern_name(&pattern, 1000000, path, 9), -ENAMETOOLONG);
	CHECK_EQ(pattern_path(&pattern, 1, path, 13), 0);
	CHECK_EQ(pattern_path(&pattern, 1, path, 12), -ENAMETOOLONG);
	CHECK_EQ(pattern_path(&pattern, 1, path, 4), -ENAMETOOLONG);
	CHECK_EQ(pattern_path(&pattern, 1, path, 3), -ENAMETOOLONG);
	free(path);
}

static void recognition(void)
{
	char digits[NAME_MAX + 1];

	test_case("pattern: recognises its own names");
	CHECK(matches("frame-#.raw", "frame-000042.raw"));
	CHECK(matches("d/frame-#.raw", "frame-1000000.raw"));
	CHECK(matches("#", "4294967295"));
	CHECK(matches("video.raw", "video.raw"));
	CHECK(matches("1#2.raw", "10000012.raw"));
	CHECK(matches("#0.raw", "0000010.raw"));
	CHECK(matches("#0.raw", "10000000.raw"));
	CHECK(matches("#-#", "000001-000001"));

	test_case("pattern: no others");
	CHECK(!matches("frame-#.raw", "frame-42.raw"));
	CHECK(!matches("frame-#.raw", "frame-0000042.raw"));
	CHECK(!matches("frame-#.raw", "frame-.raw"));
	CHECK(!matches("frame-#.raw", "frame-000042.raw.json"));
	CHECK(!matches("frame-#.raw", "frame-000042.rax"));
	CHECK(!matches("frame-#.raw", "frane-000042.raw"));
	CHECK(!matches("frame-#.raw", "fr"));
	CHECK(!matches("#", "4294967296"));
	CHECK(!matches("#-#", "000001-000002"));
	CHECK(!matches("video.raw", "video.rawx"));

	test_case("pattern: a name of nothing but digits is no trouble");
	memset(digits, '9', NAME_MAX);
	digits[NAME_MAX] = '\0';
	CHECK(!matches("################################", digits));
}

static void meetings(void)
{
	test_case("pattern: patterns meet if they have a name in common");
	CHECK(meet("a.raw", "a.raw"));
	CHECK(meet("a-#.raw", "a-#.raw"));
	CHECK(meet("a-#.raw", "a-000007.raw"));
	CHECK(meet("a-#.raw", "a-1#.raw"));
	CHECK(meet("x/a.raw", "y/a.raw"));
	CHECK(meet("-", "-"));

	test_case("pattern: others do not");
	CHECK(!meet("a.raw", "b.raw"));
	CHECK(!meet("a-#.raw", "b-#.raw"));
	CHECK(!meet("a-#.raw", "a-7.raw"));
	CHECK(!meet("a-#.raw", "a-#.png"));
	CHECK(!meet("-", "./-"));
}

int main(void)
{
	numbers();
	roles();
	suffixes();
	refusals();
	recognition();
	meetings();
	return test_done();
}
