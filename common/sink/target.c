// SPDX-License-Identifier: GPL-2.0-or-later
/* What a pattern names in the file system, and what stands in its way. */
#include "common/sink/target.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/sys.h"
#include "common/base/text.h"
#include "common/sink/draft.h"

#define MEMORY_MAJOR 1 /* /dev/null, zero, full: they never wait */

int target_descriptor(const char *path)
{
	static const char *const folders[] = { "/dev/fd/", "/proc/self/fd/" };
	uint64_t number;

	if (!strcmp(path, "-") || !strcmp(path, "/dev/stdout"))
		return STDOUT_FILENO;
	if (!strcmp(path, "/dev/stderr"))
		return STDERR_FILENO;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (text_starts_with(path, folders[i]) &&
		    !text_unsigned(path + strlen(folders[i]), 0, INT_MAX, &number))
			return (int)number;
	return -1;
}

/* No file is ever made there: one would be a slip of the pen, in a place that only root has. */
static bool is_kernel_path(const char *path)
{
	return (text_starts_with(path, "/dev/") && !text_starts_with(path, "/dev/shm/")) ||
	       text_starts_with(path, "/proc/");
}

static bool is_special(const char *path)
{
	struct stat status;

	return !stat(path, &status) && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

static bool is_memory_device(const struct stat *status)
{
	return S_ISCHR(status->st_mode) && major(status->st_rdev) == MEMORY_MAJOR;
}

static bool may_block(const struct stat *status)
{
	return !S_ISREG(status->st_mode) && !is_memory_device(status);
}

/* A copy, so that it can be closed like any other. */
static int duplicate_writable(int number)
{
	int flags, fd;

	flags = fcntl(number, F_GETFL);
	if (flags < 0)
		return -errno;
	if ((flags & O_ACCMODE) == O_RDONLY)
		return -EBADF;
	fd = fcntl(number, F_DUPFD_CLOEXEC, 0);
	return fd < 0 ? -errno : fd;
}

static int init_descriptor(struct target *target, int number)
{
	const struct pattern *pattern = &target->pattern;
	struct stat status;
	int ret;

	target->fd = ret = duplicate_writable(number);
	if (ret >= 0 && fstat(target->fd, &status) < 0)
		ret = -errno;
	if (ret < 0) {
		sys_close(&target->fd);
		log_error(target->log, "file-failed", "%s can't be written: %s",
			  pattern->is_stdout ? "standard output" : pattern->text,
			  ret == -EBADF ? "it is not open for writing" : strerror(-ret));
		return ret;
	}
	target->may_block = may_block(&status);
	return 0;
}

static int open_directory(struct target *target)
{
	struct pattern *pattern = &target->pattern;
	char path[PATH_MAX];
	int ret;

	memcpy(path, pattern->text, pattern->base);
	path[pattern->base] = '\0';
	target->directory = sys_open(*path ? path : ".", O_PATH | O_DIRECTORY);
	if (target->directory >= 0)
		return 0;
	ret = target->directory;
	target->directory = -1;
	if (ret == -ENOENT)
		log_error(target->log, "file-failed",
			  "%s can't be written: there is no directory %s", pattern->text,
			  path);
	else
		log_error(target->log, "file-failed", "%s can't be written: directory %s: %s",
			  pattern->text, path, strerror(-ret));
	return ret;
}

static int check_special(struct target *target)
{
	const char *name = target->pattern.text;
	struct stat status;
	int ret;

	if (stat(name, &status) < 0) {
		ret = -errno;
		log_error(target->log, "file-failed", "%s can't be written: %s", name,
			  strerror(-ret));
		return ret;
	}
	target->may_block = may_block(&status);
	return 0;
}

static int refuse(const struct target *target, const char *text, int error)
{
	if (error == -ENAMETOOLONG)
		log_error(target->log, "file-failed", "%.100s... can't be written: %s",
			  text, strerror(-error));
	else if (error == -EISDIR)
		log_error(target->log, "file-failed",
			  "%s is a directory: write %s/ to get %s/frame-#.raw", text,
			  text, text);
	else if (!*text)
		log_error(target->log, "file-refused", "a file needs a name");
	else
		log_error(target->log, "file-refused",
			  "%s takes one stream only: say which, as in --file=main=%s",
			  !strcmp(text, "-") ? "standard output" : text, text);
	return error;
}

static int check_directory(const struct target *target)
{
	const struct pattern *pattern = &target->pattern;
	struct stat status;

	if (pattern->is_numbered || stat(pattern->text, &status) < 0 ||
	    !S_ISDIR(status.st_mode))
		return 0;
	return refuse(target, pattern->text, -EISDIR);
}

int target_init(struct target *target, struct log *log, const char *text, const char *role)
{
	int ret, descriptor = target_descriptor(text);

	*target = (struct target){ .log = log, .directory = -1, .fd = -1 };
	target->in_place = descriptor >= 0 || is_kernel_path(text) || is_special(text);
	if (!*text || (target->in_place && role))
		return refuse(target, text, -EOPNOTSUPP);
	ret = pattern_init(&target->pattern, text, role);
	if (ret < 0)
		return refuse(target, text, ret);
	if (descriptor >= 0)
		return init_descriptor(target, descriptor);
	ret = check_directory(target);
	if (ret < 0)
		return ret;
	ret = open_directory(target);
	if (ret < 0)
		return ret;
	return target->in_place ? check_special(target) : 0;
}

void target_finish(struct target *target)
{
	sys_close(&target->fd);
	sys_close(&target->directory);
}

static int say_exists(const struct target *target, const char *name)
{
	const struct pattern *pattern = &target->pattern;

	log_error(target->log, "file-exists", "%.*s%s exists: --force replaces files",
		  (int)pattern->base, pattern->text, name);
	return -EEXIST;
}

/* True if a file of this name is in the way: a frame's, or the side-car of one. */
static bool is_taken(const struct pattern *pattern, const char *name, bool sidecars)
{
	char frame[NAME_MAX + 1];
	size_t length = strlen(name), suffix = strlen(TARGET_SIDECAR_SUFFIX);

	if (pattern_matches(pattern, name))
		return true;
	if (!sidecars || length < suffix || length > NAME_MAX ||
	    strcmp(name + length - suffix, TARGET_SIDECAR_SUFFIX))
		return false;
	memcpy(frame, name, length - suffix);
	frame[length - suffix] = '\0';
	return pattern_matches(pattern, frame);
}

/* A directory that can't be read is no reason to refuse: draft_commit() replaces nothing. */
static int check_numbered(const struct target *target, bool sidecars)
{
	struct dirent *entry;
	DIR *directory;
	int fd, ret = 0;

	fd = openat(target->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	directory = fdopendir(fd);
	if (!directory) {
		close(fd);
		return 0;
	}
	while (!ret && (entry = readdir(directory)))
		if (is_taken(&target->pattern, entry->d_name, sidecars))
			ret = say_exists(target, entry->d_name);
	closedir(directory);
	return ret;
}

/* A link that leads nowhere is something too. */
static bool is_there(const struct target *target, const char *name)
{
	return !faccessat(target->directory, name, F_OK, AT_SYMLINK_NOFOLLOW);
}

static int stat_in_place(const struct target *target, struct stat *status)
{
	const char *name = target->pattern.text + target->pattern.base;

	if (target->fd >= 0)
		return fstat(target->fd, status);
	return fstatat(target->directory, name, status, 0);
}

/* The one thing written in place that holds something to be lost. */
static int check_disk(const struct target *target)
{
	struct stat status;

	if (stat_in_place(target, &status) < 0 || !S_ISBLK(status.st_mode))
		return 0;
	log_error(target->log, "file-exists", "%s is a disk: --force writes over it",
		  target->pattern.text);
	return -EEXIST;
}

int target_check_free(const struct target *target, bool sidecars)
{
	const char *name = target->pattern.text + target->pattern.base;
	char sidecar[PATH_MAX + sizeof(TARGET_SIDECAR_SUFFIX)];

	if (target->in_place)
		return check_disk(target);
	if (target->pattern.is_numbered)
		return check_numbered(target, sidecars);
	if (is_there(target, name))
		return say_exists(target, name);
	snprintf(sidecar, sizeof(sidecar), "%s" TARGET_SIDECAR_SUFFIX, name);
	if (sidecars && is_there(target, sidecar))
		return say_exists(target, sidecar);
	return 0;
}

/* The longest name there can be is tried, and a draft shows that files can be made. */
static int try_file(const struct target *target, bool sidecars)
{
	char name[PATH_MAX + sizeof(TARGET_SIDECAR_SUFFIX)];
	struct draft draft;
	struct stat status;
	int ret;

	ret = pattern_name(&target->pattern, UINT32_MAX, name, PATH_MAX);
	if (ret < 0)
		return ret;
	if (sidecars)
		strcat(name, TARGET_SIDECAR_SUFFIX);
	if (fstatat(target->directory, name, &status, AT_SYMLINK_NOFOLLOW) < 0 &&
	    errno != ENOENT)
		return -errno;
	draft_init(&draft, target->directory);
	ret = draft_open(&draft, name);
	draft_discard(&draft);
	return ret;
}

int target_check_writable(const struct target *target, bool sidecars)
{
	const struct pattern *pattern = &target->pattern;
	int ret = 0;

	if (target->in_place && target->fd < 0 &&
	    faccessat(target->directory, pattern->text + pattern->base, W_OK, AT_EACCESS) < 0)
		ret = -errno;
	if (!target->in_place)
		ret = try_file(target, sidecars);
	if (ret < 0)
		log_error(target->log, "file-failed", "%s can't be written: %s",
			  pattern->text, strerror(-ret));
	return ret;
}

int target_open(struct target *target)
{
	const char *name = target->pattern.text + target->pattern.base;

	if (target->fd >= 0)
		return 0;
	target->fd = openat(target->directory, name, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	return target->fd < 0 ? -errno : 0;
}

static bool same_file(const struct stat *one, const struct stat *other)
{
	return one->st_ino == other->st_ino && one->st_dev == other->st_dev;
}

bool targets_meet(const struct target *one, const struct target *other)
{
	struct stat a, b;

	if (one->in_place != other->in_place)
		return false;
	if (!one->in_place)
		return patterns_meet(&one->pattern, &other->pattern) &&
		       !fstat(one->directory, &a) && !fstat(other->directory, &b) &&
		       same_file(&a, &b);
	return !stat_in_place(one, &a) && !stat_in_place(other, &b) &&
	       same_file(&a, &b) && !is_memory_device(&a);
}
