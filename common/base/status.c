// SPDX-License-Identifier: GPL-2.0-or-later
/* Exit statuses, the same in all tools, and which errno means which. */
#include "common/base/status.h"

#include <errno.h>
#include <stddef.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* Short for the table. */
enum {
	FAILED = STATUS_FAILED,
	NO_CAM = STATUS_NO_CAMERA,
	BUSY = STATUS_BUSY,
	PERM = STATUS_PERMISSION,
	CONF = STATUS_CONFIGURATION,
	NO_FRAME = STATUS_NO_FRAME,
	GONE = STATUS_GONE,
};

/*
 * What is not here is STATUS_FAILED, among it: ENOMEM, EMFILE, EIO (a queue that broke
 * though the device is still there; the driver says ENODEV when it is not), and EPROTO.
 */
static const struct {
	int error;
	unsigned char of[STAGE_OUTPUT];
} table[] = {
	/* clang-format off */
	/*                find    configure capture */
	/* The node is not there, is no camera, or did not show up in the time given. */
	{ ENOENT,       { NO_CAM, CONF,     FAILED } },
	{ ENOTDIR,      { NO_CAM, FAILED,   FAILED } },
	{ ELOOP,        { NO_CAM, FAILED,   FAILED } },
	{ ENAMETOOLONG, { NO_CAM, FAILED,   FAILED } },
	{ ETIMEDOUT,    { NO_CAM, FAILED,   NO_FRAME } },
	{ ETIME,        { NO_CAM, FAILED,   NO_FRAME } },
	{ ENOTTY,       { NO_CAM, CONF,     FAILED } },

	/* It was there: unbound, pulled out; ESHUTDOWN is USB's, ENXIO also I2C's. */
	{ ENODEV,       { NO_CAM, GONE,     GONE } },
	{ ENXIO,        { NO_CAM, GONE,     GONE } },
	{ ESHUTDOWN,    { NO_CAM, GONE,     GONE } },

	/* EAGAIN is how lockf(F_TLOCK) says that another holds the lock. */
	{ EBUSY,        { BUSY,   BUSY,     FAILED } },
	{ EAGAIN,       { BUSY,   BUSY,     FAILED } },
	{ EACCES,       { PERM,   PERM,     PERM } },
	{ EPERM,        { PERM,   PERM,     PERM } },

	/*
	 * Pads or links that disagree (EPIPE, ENOLINK), no bandwidth on the bus (ENOSPC),
	 * a value or size that can't be (EINVAL, ERANGE, EDOM, E2BIG, EOVERFLOW), memory
	 * that the device can't reach (EFAULT), and what the driver lacks.
	 */
	{ EPIPE,        { FAILED, CONF,     FAILED } },
	{ ENOLINK,      { FAILED, CONF,     FAILED } },
	{ ENOSPC,       { FAILED, CONF,     FAILED } },
	{ EINVAL,       { FAILED, CONF,     FAILED } },
	{ ERANGE,       { FAILED, CONF,     FAILED } },
	{ EDOM,         { FAILED, CONF,     FAILED } },
	{ E2BIG,        { FAILED, CONF,     FAILED } },
	{ EOVERFLOW,    { FAILED, CONF,     FAILED } },
	{ EFAULT,       { FAILED, CONF,     FAILED } },
	{ EOPNOTSUPP,   { NO_CAM, CONF,     FAILED } },
	/* clang-format on */
};

enum status status_from_error(enum status_stage stage, int error)
{
	if (!error)
		return STATUS_OK;
	if (stage == STAGE_OUTPUT)
		return STATUS_OUTPUT;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (-table[i].error == error)
			return (enum status)table[i].of[stage];
	return STATUS_FAILED;
}

const char *status_name(enum status status)
{
	static const char *const names[] = {
		[STATUS_OK] = "ok",
		[STATUS_FAILED] = "failed",
		[STATUS_USAGE] = "usage",
		[STATUS_NO_CAMERA] = "no-camera",
		[STATUS_BUSY] = "busy",
		[STATUS_PERMISSION] = "permission",
		[STATUS_CONFIGURATION] = "configuration",
		[STATUS_NO_FRAME] = "no-frame",
		[STATUS_GONE] = "gone",
		[STATUS_OUTPUT] = "output",
		[STATUS_LOST] = "lost",
	};

	if (status > STATUS_SIGNAL)
		return "signal";
	return (size_t)status < ARRAY_SIZE(names) ? names[status] : "failed";
}
