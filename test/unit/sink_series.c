// SPDX-License-Identifier: GPL-2.0-or-later
/* Series: numbers in names of files that come in sets, and such files recognised again. */
#include "common/sink/series.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "test/unit/test.h"

/* The name of frame 42 in a set. */
static const char *name_of(const char *text, const char *role, unsigned number)
{
	static char path[PATH_MAX];
	char tag[SERIES_TAG_SIZE];
	struct pattern pattern;

	if (pattern_init(&pattern, text, series_tag(role, number, tag)) ||
	    pattern_path(&pattern, 42, path, sizeof(path)))
		return "!";
	return path;
}

static void names(void)
{
	test_case("series: the number stands where a role does, behind it");
	CHECK_STR_EQ(name_of("clip.raw", NULL, 1), "clip-001.raw");
	CHECK_STR_EQ(name_of("a.b/clip-#.png", NULL, 12), "a.b/clip-012-000042.png");
	CHECK_STR_EQ(name_of("clip-#.png", "main", 1234), "clip-main-1234-000042.png");
	CHECK_STR_EQ(name_of("here/", "raw", 7), "here/frame-raw-007-000042.raw");
	CHECK_STR_EQ(name_of("clip.raw", "raw", 0), "clip-raw.raw");
	CHECK_STR_EQ(name_of("clip.raw", NULL, 0), "clip.raw");
}

static void matches(void)
{
	test_case("series: files of any set are recognised, and their side-cars");
	CHECK(series_matches("clip.raw", NULL, "clip-001.raw"));
	CHECK(series_matches("clip.raw", NULL, "clip-9999.raw.json"));
	CHECK(series_matches("x/clip.raw", "main", "clip-main-020.raw"));
	CHECK(series_matches("clip-#.png", NULL, "clip-003-000000.png"));
	CHECK(series_matches("#.png", NULL, "003-000000.png"));
	CHECK(series_matches("clip.1.raw", NULL, "clip.1-003.raw"));

	test_case("series: other files are not");
	CHECK(!series_matches("clip.raw", NULL, "clip.raw"));
	CHECK(!series_matches("clip.raw", NULL, "clip-01.raw"));
	CHECK(!series_matches("clip.raw", NULL, "clip-000.raw"));
	CHECK(!series_matches("clip.raw", NULL, "clip-001.rawx"));
	CHECK(!series_matches("clip.raw", NULL, "clip-001"));
	CHECK(!series_matches("clip.raw", NULL, "cl"));
	CHECK(!series_matches("clip-#.png", NULL, "clip-003.png"));
	CHECK(!series_matches("clip.raw", "main", "clip-001.raw"));
	CHECK(!series_matches("", NULL, "clip-001.raw"));
}

static void check_free(void)
{
	char folder[] = "/tmp/rawline-series-XXXXXX", pattern[64], file[64];
	char name[NAME_MAX + 1] = "";

	test_case("series: a file that a set would come to is found, by its name");
	if (!mkdtemp(folder))
		abort();
	snprintf(pattern, sizeof(pattern), "%s/clip.raw", folder);
	snprintf(file, sizeof(file), "%s/clip-017.raw", folder);
	CHECK_EQ(series_check_free(pattern, NULL, name), 0);
	close(open(file, O_CREAT | O_WRONLY, 0600));
	CHECK_EQ(series_check_free(pattern, NULL, name), -EEXIST);
	CHECK_STR_EQ(name, "clip-017.raw");
	CHECK_EQ(series_check_free(pattern, "main", name), 0);
	CHECK_EQ(series_check_free("/nowhere/clip.raw", NULL, name), 0);
	CHECK_EQ(series_check_free("", NULL, name), -EINVAL);
	unlink(file);
	rmdir(folder);
}

int main(void)
{
	names();
	matches();
	check_free();
	return test_done();
}
