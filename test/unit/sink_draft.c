// SPDX-License-Identifier: GPL-2.0-or-later
/* Drafts: there under their name only when whole, also where the file system knows little. */
#include "common/sink/draft.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test/unit/test.h"

static char folder[] = "/tmp/rawline-draft-XXXXXX";
static int directory;

/* The names in the folder, sorted, with drafts' numbers as "*". */
static const char *listing(void)
{
	static char text[4096];
	struct dirent **entries;
	int count = scandir(folder, &entries, NULL, alphasort);

	text[0] = '\0';
	for (int i = 0; i < count; i++) {
		char *name = entries[i]->d_name;
		size_t length = strlen(name);

		if (strcmp(name, ".") && strcmp(name, "..")) {
			if (name[0] == '.' && length > 6)
				strcpy(name + length - 6, "*");
			if (text[0])
				strcat(text, " ");
			strcat(text, name);
		}
		free(entries[i]);
	}
	free(entries);
	return text;
}

static const char *contents(const char *name)
{
	static char text[64];
	ssize_t length = -1;
	int fd = openat(directory, name, O_RDONLY);

	if (fd >= 0)
		length = read(fd, text, sizeof(text) - 1);
	if (length < 0)
		strcpy(text, "(none)");
	else
		text[length] = '\0';
	close(fd);
	return text;
}

static void make(const char *name, const char *what)
{
	int fd = openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, what, strlen(what)) < 0)
		abort();
	close(fd);
}

static void clear(void)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, NULL, NULL);

	for (int i = 0; i < count; i++) {
		unlinkat(directory, entries[i]->d_name, 0);
		free(entries[i]);
	}
	free(entries);
}

static int fill(struct draft *draft, const char *name, const char *what)
{
	int ret;

	draft_init(draft, directory);
	ret = draft_open(draft, name);
	if (!ret && write(draft->fd, what, strlen(what)) != (ssize_t)strlen(what))
		ret = -EIO;
	return ret;
}

static void appears_whole(void)
{
	struct draft draft, other;
	struct stat status;
	mode_t mask = umask(027);

	test_case("draft: a new file appears when it is committed");
	CHECK_EQ(fill(&draft, "new", "text"), 0);
	CHECK_STR_EQ(listing(), ".new.*");
	CHECK_EQ(draft_commit(&draft, "new", false), 0);
	CHECK_STR_EQ(listing(), "new");
	CHECK_STR_EQ(contents("new"), "text");
	CHECK_EQ(draft.fd, -1);
	CHECK_STR_EQ(draft.name, "");

	test_case("draft: it has the rights of any new file");
	CHECK_EQ(fstatat(directory, "new", &status, 0), 0);
	CHECK_EQ(status.st_mode & 07777, 0640);
	umask(mask);
	clear();

	test_case("draft: a discarded one leaves nothing, and again nothing");
	CHECK_EQ(fill(&draft, "new", "text"), 0);
	draft_discard(&draft);
	CHECK_STR_EQ(listing(), "");
	CHECK_EQ(draft.fd, -1);
	draft_discard(&draft);
	CHECK_STR_EQ(listing(), "");

	test_case("draft: an abandoned one stays where it is");
	CHECK_EQ(fill(&draft, "new", "text"), 0);
	draft_abandon(&draft);
	CHECK_STR_EQ(listing(), ".new.*");
	CHECK_EQ(draft.fd, -1);
	draft_discard(&draft);
	CHECK_STR_EQ(listing(), ".new.*");
	clear();

	test_case("draft: two of one name do not meet");
	CHECK_EQ(fill(&draft, "new", "one"), 0);
	CHECK_EQ(fill(&other, "new", "other"), 0);
	CHECK_EQ(draft_commit(&draft, "new", false), 0);
	CHECK_EQ(draft_commit(&other, "new", false), -EEXIST);
	draft_discard(&other);
	CHECK_STR_EQ(contents("new"), "one");
	clear();
}

static void replaces(void)
{
	struct draft draft;

	test_case("draft: an existing file is not replaced, unless told so");
	make("old", "precious");
	CHECK_EQ(fill(&draft, "old", "text"), 0);
	CHECK_EQ(draft_commit(&draft, "old", false), -EEXIST);
	CHECK_STR_EQ(contents("old"), "precious");
	CHECK_STR_EQ(listing(), ".old.* old");
	CHECK_EQ(draft_commit(&draft, "old", true), 0);
	CHECK_STR_EQ(contents("old"), "text");
	CHECK_STR_EQ(listing(), "old");
	clear();

	test_case("draft: nor is a link that leads nowhere");
	CHECK_EQ(symlinkat("nowhere", directory, "old"), 0);
	CHECK_EQ(fill(&draft, "old", "text"), 0);
	CHECK_EQ(draft_commit(&draft, "old", false), -EEXIST);
	draft_discard(&draft);
	CHECK_STR_EQ(listing(), "old");
	clear();
}

static void failures(void)
{
	char name[NAME_MAX + 2];
	char gone[] = "/tmp/rawline-gone-XXXXXX";
	struct draft draft, before;

	test_case("draft: a name as long as names can be, and one longer");
	memset(name, 'n', sizeof(name));
	name[NAME_MAX] = '\0';
	CHECK_EQ(fill(&draft, name, "text"), 0);
	CHECK_EQ(fill(&before, name, "text"), 0);
	CHECK_EQ(draft_commit(&draft, name, false), 0);
	CHECK_STR_EQ(contents(name), "text");
	draft_discard(&before);
	name[NAME_MAX] = 'n';
	name[NAME_MAX + 1] = '\0';
	CHECK_EQ(fill(&draft, name, "text"), 0);
	CHECK_EQ(draft_commit(&draft, name, false), -ENAMETOOLONG);
	draft_discard(&draft);
	clear();

	test_case("draft: a number that is taken is passed over");
	draft_init(&draft, directory);
	before = draft;
	CHECK_EQ(draft_open(&draft, "new"), 0);
	make(draft.name, "precious");
	CHECK_EQ(draft_open(&before, "new"), 0);
	CHECK(strcmp(before.name, draft.name) != 0);
	CHECK_STR_EQ(contents(draft.name), "precious");
	draft_discard(&before);
	draft_discard(&draft);
	CHECK_STR_EQ(listing(), "");

	test_case("draft: a directory that went away is an error without a draft");
	if (!mkdtemp(gone))
		abort();
	draft_init(&draft, open(gone, O_PATH | O_DIRECTORY));
	rmdir(gone);
	CHECK_EQ(draft_open(&draft, "new"), -ENOENT);
	CHECK_EQ(draft.fd, -1);
	CHECK_STR_EQ(draft.name, "");
	draft_discard(&draft);
	close(draft.directory);
}

/*
 * From here on renameat2() with flags, and linkat(), fail like that in this process. Without
 * flags renameat2() goes on: it is all that some architectures have.
 */
static void forbid(int rename_error, int link_error)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_linkat, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, link_error ? SECCOMP_RET_ERRNO | (uint32_t)link_error :
						       SECCOMP_RET_ALLOW),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_renameat2, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[4])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)rename_error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {
		.len = sizeof(filter) / sizeof(filter[0]),
		.filter = filter,
	};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		_exit(77);
}

/* Commits in a process where renameat2() and linkat() fail; the negative errno, 1: not here. */
static int commit_without(int rename_error, int link_error, const char *name)
{
	struct draft draft;
	int status, ret;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child) {
		forbid(rename_error, link_error);
		if (fill(&draft, name, "text") < 0)
			_exit(99);
		ret = draft_commit(&draft, name, false);
		draft_discard(&draft);
		_exit(-ret);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
		abort();
	return WEXITSTATUS(status) == 77 ? 1 : -WEXITSTATUS(status);
}

static void poor_file_systems(void)
{
	static const struct {
		const char *name;
		int rename_error;
		int link_error;
	} systems[] = {
		{ "draft: without RENAME_NOREPLACE a link does it", EINVAL, 0 },
		{ "draft: so on an old kernel", ENOSYS, 0 },
		{ "draft: without links too a look ahead does it", EINVAL, EPERM },
		{ "draft: so where links are unheard of", ENOSYS, EOPNOTSUPP },
	};
	int ret;

	for (size_t i = 0; i < sizeof(systems) / sizeof(systems[0]); i++) {
		test_case(systems[i].name);
		ret = commit_without(systems[i].rename_error, systems[i].link_error, "new");
		if (ret > 0) {
			test_skip("no seccomp filters");
			continue;
		}
		CHECK_EQ(ret, 0);
		CHECK_STR_EQ(contents("new"), "text");
		CHECK_STR_EQ(listing(), "new");
		make("old", "precious");
		CHECK_EQ(commit_without(systems[i].rename_error, systems[i].link_error, "old"),
			 -EEXIST);
		CHECK_STR_EQ(contents("old"), "precious");
		CHECK_STR_EQ(listing(), "new old");
		clear();
	}

	test_case("draft: other errors of the rename are not worked around");
	ret = commit_without(EROFS, 0, "new");
	if (ret > 0)
		test_skip("no seccomp filters");
	else
		CHECK_EQ(ret, -EROFS);
	CHECK_STR_EQ(listing(), "");

	test_case("draft: nor are those of the link");
	ret = commit_without(EINVAL, ENOSPC, "new");
	if (ret > 0)
		test_skip("no seccomp filters");
	else
		CHECK_EQ(ret, -ENOSPC);
	CHECK_STR_EQ(listing(), "");
}

static void closing(void)
{
	struct draft draft;

	test_case("draft: a file that fails to close gets no name");
	CHECK_EQ(fill(&draft, "new", "text"), 0);
	close(draft.fd);
	CHECK_EQ(draft_commit(&draft, "new", false), -EBADF);
	CHECK_STR_EQ(listing(), ".new.*");
	CHECK_EQ(draft.fd, -1);
	draft_discard(&draft);
	CHECK_STR_EQ(listing(), "");
}

int main(void)
{
	if (!mkdtemp(folder))
		return 1;
	directory = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	appears_whole();
	replaces();
	failures();
	poor_file_systems();
	closing();
	clear();
	close(directory);
	rmdir(folder);
	return test_done();
}
