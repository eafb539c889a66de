/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands to a running camera, lines of words from a FIFO; README.md lists them. */
#ifndef RAWLINE_UVC_COMMAND_H
#define RAWLINE_UVC_COMMAND_H

struct camera;

/*
 * Starts a thread that obeys what comes from one FIFO. A line that begins with "@ID" is answered
 * on the other, which may be NULL, with "ID ok" or "ID why not". Returns 0 or a negative errno.
 */
int command_start(struct camera *camera, const char *commands, const char *answers);

#endif
