/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Exit statuses, the same in all tools (see rawline(7)), and which errno means which. */
#ifndef RAWLINE_STATUS_H
#define RAWLINE_STATUS_H

enum status {
	STATUS_OK = 0,
	STATUS_FAILED = 1, /* anything not below */
	STATUS_USAGE = 2,
	STATUS_NO_CAMERA = 3,
	STATUS_BUSY = 4,
	STATUS_PERMISSION = 5,
	STATUS_CONFIGURATION = 6,
	STATUS_NO_FRAME = 7,
	STATUS_GONE = 8,
	STATUS_OUTPUT = 9,
	STATUS_LOST = 10,
	STATUS_SIGNAL = 128, /* plus the number of the signal */
};

/* What the program was doing when a call failed: one errno means different things. */
enum status_stage {
	STAGE_FIND,      /* looking for the camera and opening it */
	STAGE_CONFIGURE, /* links, formats, controls, buffers, stream on */
	STAGE_CAPTURE,   /* frames are running */
	STAGE_OUTPUT,    /* writing what was captured */
};

/*
 * The status for a failure; error is 0 or a negative errno. 0 is STATUS_OK; any failure
 * of STAGE_OUTPUT is STATUS_OUTPUT; elsewhere what has no status of its own is
 * STATUS_FAILED.
 */
enum status status_from_error(enum status_stage stage, int error);

/* One word for machines: "ok", "usage", "no-camera", "signal" … */
const char *status_name(enum status status);

#endif
