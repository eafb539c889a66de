// SPDX-License-Identifier: GPL-2.0-or-later
/* Controls in a plain file: one name=value a line. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/sys.h"
#include "common/base/text.h"
#include "common/device/control_private.h"

#define ORIGIN_SIZE 512

static int write_line(const struct control_set *set, const struct control *control, FILE *file)
{
	size_t size = control_value_text(control, NULL, 0) + 1;
	char *text = malloc(size);

	if (!text)
		return -ENOMEM;
	control_value_text(control, text, size);
	/* A bare name means the first device that has it; so a file fits the next camera, too. */
	if (text[0] && control_find(set, control->name) != control)
		fprintf(file, "%s:%s=%s\n", control->entity, control->name, text);
	else if (text[0])
		fprintf(file, "%s=%s\n", control->name, text);
	free(text);
	return 0;
}

/* The file as one text; *text is the caller's to free(). */
static int write_lines(const struct control_set *set, char **text, size_t *size)
{
	char entity[256];
	unsigned device = UINT32_MAX;
	int ret = 0;
	FILE *file;

	file = open_memstream(text, size);
	if (!file)
		return -ENOMEM;
	for (size_t i = 0; ret >= 0 && i < set->num_controls; i++) {
		if (set->controls[i]->device != device) {
			device = set->controls[i]->device;
			text_escape(set->controls[i]->entity, entity, sizeof(entity));
			fprintf(file, "# %s\n", entity);
		}
		if (control_is_storable(set->controls[i]))
			ret = write_line(set, set->controls[i], file);
	}
	if (fclose(file) != 0)
		ret = -ENOMEM;
	return ret;
}

static int write_and_close(int fd, const char *text, size_t size)
{
	int ret;

	ret = sys_write_all(fd, text, size);
	if (close(fd) < 0 && ret >= 0)
		ret = -errno;
	return ret;
}

/* A file system may keep the name and lose the bytes if the name comes first. */
static int write_new(const char *path, const char *text, size_t size)
{
	int fd, ret;

	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return -errno;
	ret = sys_write_all(fd, text, size);
	if (ret >= 0 && fsync(fd) < 0)
		ret = -errno;
	if (close(fd) < 0 && ret >= 0)
		ret = -errno;
	if (ret < 0)
		unlink(path);
	return ret;
}

static int replace_file(const char *path, const char *text, size_t size)
{
	char *beside;
	int ret;

	if (asprintf(&beside, "%s.new-%ld", path, (long)getpid()) < 0)
		return -ENOMEM;
	ret = write_new(beside, text, size);
	if (ret >= 0 && rename(beside, path) < 0) {
		ret = -errno;
		unlink(beside);
	}
	free(beside);
	return ret;
}

/* A pipe or a terminal must be written to, not replaced by a file. */
static int write_file(const char *path, const char *text, size_t size)
{
	struct stat status;
	int fd;

	if (stat(path, &status) < 0 || S_ISREG(status.st_mode))
		return replace_file(path, text, size);
	fd = sys_open(path, O_WRONLY);
	return fd < 0 ? fd : write_and_close(fd, text, size);
}

int control_save(struct control_set *set, const char *path)
{
	char *text = NULL;
	size_t size;
	int ret;

	ret = control_refresh(set);
	if (ret >= 0)
		ret = write_lines(set, &text, &size);
	if (ret >= 0)
		ret = write_file(path, text, size);
	free(text);
	if (ret < 0)
		log_error(set->log, "control-file", "%s: saving the controls: %s", path,
			  strerror(-ret));
	return ret;
}

/* People write blanks around it, and before the name. */
static void trim_equals(char *line)
{
	char *equals = strchr(line, '='), *end = equals, *begin = line, *value;

	if (!equals || line[0] == '#')
		return;
	while (begin < equals && strchr(" \t", *begin))
		begin++;
	while (end > begin && strchr(" \t", end[-1]))
		end--;
	value = equals + 1 + strspn(equals + 1, " \t");
	memmove(line, begin, (size_t)(end - begin));
	line[end - begin] = '=';
	memmove(line + (end - begin) + 1, value, strlen(value) + 1);
}

/* Cuts the line's end; a zero byte in the midst would hide the rest of it. */
static int trim_line(struct control_set *set, const char *origin, char *line, size_t length)
{
	if (strlen(line) != length) {
		log_error(set->log, "control-value", "%sthis is no text file", origin);
		return -EINVAL;
	}
	while (length && strchr(" \t\r\n", line[length - 1]))
		line[--length] = '\0';
	trim_equals(line);
	return 0;
}

static int load_line(struct control_set *set, const char *origin, char *line,
		     size_t length, struct control_drafts *drafts)
{
	int ret;

	ret = trim_line(set, origin, line, length);
	if (ret < 0)
		return ret;
	if (line[0] == '#' || line[strspn(line, " \t\r")] == '\0')
		return 0;
	return control_parse(set, origin, line, drafts);
}

/* Goes on after a bad line, so that all of them are named; returns the first failure. */
static int load_lines(struct control_set *set, const char *path, FILE *file,
		      struct control_drafts *drafts)
{
	char origin[ORIGIN_SIZE], *line = NULL;
	unsigned number = 0;
	size_t room = 0;
	ssize_t length;
	int ret, first = 0;

	for (;;) {
		errno = 0;
		length = getline(&line, &room, file);
		if (length < 0)
			break;
		snprintf(origin, sizeof(origin), "%s:%u: ", path, ++number);
		ret = load_line(set, origin, line, (size_t)length, drafts);
		if (ret < 0 && !first)
			first = ret;
	}
	if (errno) {
		first = -errno;
		log_error(set->log, "control-file", "%s: loading controls: %s", path,
			  strerror(-first));
	}
	free(line);
	return first;
}

int control_load(struct control_set *set, const char *path)
{
	struct control_drafts drafts = { 0 };
	FILE *file;
	int ret;

	file = fopen(path, "re");
	if (!file) {
		ret = -errno;
		log_error(set->log, "control-file", "%s: loading controls: %s", path,
			  strerror(-ret));
		return ret;
	}
	ret = load_lines(set, path, file, &drafts);
	fclose(file);
	if (ret >= 0)
		control_stage(set, &drafts);
	else
		control_drafts_finish(&drafts);
	return ret;
}
