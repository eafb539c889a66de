/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The wires between the two halves of the lab: boot on the host, init in the lab kernel.
 *
 * Each wire is a socket of the host that user-mode Linux shows as a terminal (con1=fd:4 is
 * /dev/tty1). One carries one stream, so that a reader who is slow on standard output does not
 * hold up standard error. The control wire carries lines of text:
 *
 *   to init   eof BYTES        standard input ended after so many bytes
 *             closed 1|2       the reader of standard output or error went away
 *             signal NUMBER    for the command's process group
 *             window ROWS COLUMNS
 *             limit            time is up: say what still runs, then end it
 *   to boot   ready            the wires are raw and may be used
 *             note TEXT        a line for the user
 *             exit STATUS OUT ERR   the command's status, bytes sent on each stream
 */
#ifndef RAWLINE_LAB_WIRE_H
#define RAWLINE_LAB_WIRE_H

enum wire {
	WIRE_CONSOLE, /* the kernel's messages, and what init itself says */
	WIRE_CONTROL,
	WIRE_STDIN,
	WIRE_STDOUT,
	WIRE_STDERR,
	WIRE_COUNT
};

/* The descriptor the kernel inherits for its first wire; the others follow. */
#define WIRE_FIRST_FD 3

/* What boot leaves in its work folder for init, each entry closed by a NUL byte. */
#define WIRE_COMMAND_FILE \
	"command" /* the folder to start in, then the words of the command */
#define WIRE_ENVIRON_FILE "environ"

#endif
