// SPDX-License-Identifier: GPL-2.0-or-later
/* A file that is not there under its name until it is whole. */
#include "common/sink/draft.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/base/sys.h"

#define NAME_TRIES 100
#define NAME_EXTRA sizeof("..ffffff")

void draft_init(struct draft *draft, int directory)
{
	*draft = (struct draft){
		.directory = directory,
		.fd = -1,
		.seed = (uint32_t)getpid() * 2654435761u ^ (uint32_t)sys_monotonic_ns(),
	};
}

void draft_forget(struct draft *draft)
{
	draft->fd = -1;
	draft->name[0] = '\0';
}

/* O_EXCL keeps others' files safe; this only has to be unlikely to meet one. */
static uint32_t next_number(struct draft *draft)
{
	draft->seed = draft->seed * 1664525u + 1013904223u;
	return draft->seed >> 8;
}

int draft_open(struct draft *draft, const char *name)
{
	int ret = -EEXIST;

	for (unsigned tries = 0; tries < NAME_TRIES && ret == -EEXIST; tries++) {
		snprintf(draft->name, sizeof(draft->name), ".%.*s.%06x",
			 (int)(sizeof(draft->name) - NAME_EXTRA), name, next_number(draft));
		draft->fd = openat(draft->directory, draft->name,
				   O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		ret = draft->fd < 0 ? -errno : 0;
	}
	if (ret < 0)
		draft->name[0] = '\0';
	return ret;
}

/* For file systems without RENAME_NOREPLACE: a link never replaces anything. */
static int rename_by_link(int directory, const char *from, const char *to)
{
	int ret;

	if (!linkat(directory, from, directory, to, 0)) {
		unlinkat(directory, from, 0);
		return 0;
	}
	ret = -errno;
	if (ret == -EEXIST || ret == -ENOSPC || ret == -EDQUOT || ret == -EROFS)
		return ret;
	/* No links either. What appears between these two calls is lost. */
	if (!faccessat(directory, to, F_OK, AT_SYMLINK_NOFOLLOW))
		return -EEXIST;
	return renameat(directory, from, directory, to) < 0 ? -errno : 0;
}

static int rename_new(int directory, const char *from, const char *to)
{
	if (!syscall(SYS_renameat2, directory, from, directory, to, RENAME_NOREPLACE))
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	return rename_by_link(directory, from, to);
}

int draft_commit(struct draft *draft, const char *name, bool replace)
{
	int ret;

	/* Network file systems tell of a failed write here, not before. */
	if (draft->fd >= 0 && close(draft->fd) < 0) {
		ret = -errno;
		draft->fd = -1;
		return ret;
	}
	draft->fd = -1;
	if (replace)
		ret = renameat(draft->directory, draft->name, draft->directory, name) < 0 ?
			      -errno :
			      0;
	else
		ret = rename_new(draft->directory, draft->name, name);
	if (!ret)
		draft->name[0] = '\0';
	return ret;
}

void draft_discard(struct draft *draft)
{
	if (draft->name[0])
		unlinkat(draft->directory, draft->name, 0);
	draft_abandon(draft);
}

void draft_abandon(struct draft *draft)
{
	sys_close(&draft->fd);
	draft->name[0] = '\0';
}
