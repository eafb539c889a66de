/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who holds a device: processes from /proc for "busy", owner and group for "no
 * permission".
 *
 * Rests on proc(5). Meant for the one message before a program ends: it looks at every
 * process.
 */
#ifndef RAWLINE_HOLDER_H
#define RAWLINE_HOLDER_H

#include <stddef.h>
#include <sys/types.h>

#define HOLDER_MAX       4
#define HOLDER_TEXT_SIZE 512

struct holder {
	pid_t pid;
	char comm[64]; /* the program's name, escaped; "" if /proc won't say */
};

struct holder_list {
	struct holder holders[HOLDER_MAX];
	unsigned count;  /* processes found; those beyond HOLDER_MAX are only counted */
	unsigned hidden; /* programs whose descriptors we may not see */
};

/*
 * The processes, this one left out, that have a file or device node open (a device by its
 * number, under whatever path). None found is 0 with a count of 0. Returns 0 or -errno.
 */
int holder_find(const char *path, struct holder_list *list);

/* The same for a process that is known already, as from F_GETLK. Never fails. */
void holder_from_pid(pid_t pid, struct holder_list *list);

/*
 * A phrase to follow "in use by": "pid 1234 (v4l2-ctl)", "pid 12 (cam) and pid 34
 * (ffmpeg)", "another process, one of 12 that only root may look into". Returns text.
 */
const char *holder_text(const struct holder_list *list, char text[static HOLDER_TEXT_SIZE]);

/*
 * A clause about a node that can't be opened: "/dev/video0 belongs to root:video, mode
 * 0660".
 * Returns text.
 */
const char *holder_permission_text(const char *path, char text[static HOLDER_TEXT_SIZE]);

#endif
