// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who holds a device: processes from /proc for "busy", owner and group for "no
 * permission".
 */
#include "common/device/holder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/sys.h"
#include "common/base/text.h"

/* What tells an open file from another: a device by its number, a file by its place. */
struct identity {
	bool device;
	uint32_t major;
	uint32_t minor;
	uint64_t inode;
};

/*
 * Follows a link of /proc/PID/fd without disturbing what is behind it: a plain stat() of
 * a file on a dead network file system would hang.
 */
static int identify(int folder, const char *name, struct identity *identity)
{
	struct statx status;

	if (statx(folder, name, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT,
		  STATX_TYPE | STATX_INO, &status) < 0)
		return -errno;
	memset(identity, 0, sizeof(*identity));
	identity->device = S_ISCHR(status.stx_mode) || S_ISBLK(status.stx_mode);
	if (identity->device) {
		identity->major = status.stx_rdev_major;
		identity->minor = status.stx_rdev_minor;
	} else {
		identity->major = status.stx_dev_major;
		identity->minor = status.stx_dev_minor;
		identity->inode = status.stx_ino;
	}
	return 0;
}

static bool is_same(const struct identity *one, const struct identity *other)
{
	return one->device == other->device && one->major == other->major &&
	       one->minor == other->minor && one->inode == other->inode;
}

/* 1 if the process has it open, 0 if not, -errno if it can't be told. */
static int has_open(pid_t pid, const struct identity *wanted)
{
	struct identity identity;
	struct dirent *entry;
	char path[64];
	int found = 0;
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%ld/fd", (long)pid);
	folder = opendir(path);
	if (!folder)
		return -errno;
	while (!found && (entry = readdir(folder))) {
		if (entry->d_name[0] == '.')
			continue;
		/* Descriptors come and go while we look. */
		if (identify(dirfd(folder), entry->d_name, &identity) < 0)
			continue;
		found = is_same(&identity, wanted);
	}
	closedir(folder);
	return found;
}

static void add_holder(struct holder_list *list, pid_t pid)
{
	char path[64], comm[32];
	struct holder *holder;

	if (list->count++ >= HOLDER_MAX)
		return;
	holder = &list->holders[list->count - 1];
	holder->pid = pid;
	snprintf(path, sizeof(path), "/proc/%ld/comm", (long)pid);
	if (sys_read_text(path, comm, sizeof(comm)) > 0)
		text_escape(comm, holder->comm, sizeof(holder->comm));
}

/* The number of a process folder; 0 for the rest of /proc. */
static pid_t pid_of(const char *name)
{
	uint64_t pid;

	return text_unsigned(name, 1, INT32_MAX, &pid) < 0 ? 0 : (pid_t)pid;
}

/*
 * Threads of the kernel hold nothing open, nor do the dead: neither has a command line.
 */
static bool is_program(pid_t pid)
{
	char path[64], text[256];

	snprintf(path, sizeof(path), "/proc/%ld/cmdline", (long)pid);
	return sys_read_text(path, text, sizeof(text)) != 0;
}

int holder_find(const char *path, struct holder_list *list)
{
	struct identity wanted;
	struct dirent *entry;
	pid_t pid;
	DIR *proc;
	int ret;

	memset(list, 0, sizeof(*list));
	ret = identify(AT_FDCWD, path, &wanted);
	if (ret < 0)
		return ret;
	proc = opendir("/proc");
	if (!proc)
		return -errno;
	while ((entry = readdir(proc))) {
		pid = pid_of(entry->d_name);
		if (!pid || pid == getpid())
			continue;
		ret = has_open(pid, &wanted);
		if (ret > 0)
			add_holder(list, pid);
		else if (ret == -EACCES || ret == -EPERM)
			list->hidden += is_program(pid);
	}
	closedir(proc);
	return 0;
}

void holder_from_pid(pid_t pid, struct holder_list *list)
{
	memset(list, 0, sizeof(*list));
	if (pid > 0)
		add_holder(list, pid);
}

/* Adds to a text that begins empty; what does not fit is cut. */
static __attribute__((format(printf, 2, 3))) void add_text(char *text, const char *format, ...)
{
	size_t used = strlen(text);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text + used, HOLDER_TEXT_SIZE - used, format, arguments);
	va_end(arguments);
}

const char *holder_text(const struct holder_list *list, char text[static HOLDER_TEXT_SIZE])
{
	unsigned named = list->count < HOLDER_MAX ? list->count : HOLDER_MAX;
	const char *joint = "";

	text[0] = '\0';
	for (unsigned i = 0; i < named; i++) {
		add_text(text, "%spid %ld", joint, (long)list->holders[i].pid);
		if (list->holders[i].comm[0])
			add_text(text, " (%s)", list->holders[i].comm);
		joint = i + 2 == list->count ? " and " : ", ";
	}
	if (list->count > named)
		add_text(text, " and %u more", list->count - named);
	if (!list->count)
		add_text(text, "another process");
	if (!list->count && list->hidden)
		add_text(text, ", one of %u that only root may look into", list->hidden);
	return text;
}

/* Names where the system knows them, numbers otherwise. */
static void add_owner(char *text, uid_t owner, gid_t group)
{
	const struct passwd *user = getpwuid(owner);
	const struct group *members = getgrgid(group);

	if (user)
		add_text(text, "%s:", user->pw_name);
	else
		add_text(text, "%lu:", (unsigned long)owner);
	if (members)
		add_text(text, "%s", members->gr_name);
	else
		add_text(text, "%lu", (unsigned long)group);
}

const char *holder_permission_text(const char *path, char text[static HOLDER_TEXT_SIZE])
{
	struct stat status;

	text[0] = '\0';
	if (stat(path, &status) < 0) {
		add_text(text, "%s: %s", path, strerror(errno));
		return text;
	}
	add_text(text, "%s belongs to ", path);
	add_owner(text, status.st_uid, status.st_gid);
	add_text(text, ", mode %04o", (unsigned)status.st_mode & 07777);
	return text;
}
