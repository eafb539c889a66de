// SPDX-License-Identifier: GPL-2.0-or-later
/* Which exit status a failure has, by what the program was doing. */
#include "common/base/status.h"

#include <errno.h>
#include <limits.h>

#include "test/unit/test.h"

#define LAST_ERRNO 133 /* EHWPOISON */

static void check(int error, enum status find, enum status configure, enum status capture)
{
	CHECK_EQ(status_from_error(STAGE_FIND, -error), find);
	CHECK_EQ(status_from_error(STAGE_CONFIGURE, -error), configure);
	CHECK_EQ(status_from_error(STAGE_CAPTURE, -error), capture);
}

static void test_stages(void)
{
	test_case("status: no error is no failure at any stage");
	check(0, STATUS_OK, STATUS_OK, STATUS_OK);
	CHECK_EQ(status_from_error(STAGE_OUTPUT, 0), STATUS_OK);

	test_case("status: a device that is not there, or no longer");
	check(ENODEV, STATUS_NO_CAMERA, STATUS_GONE, STATUS_GONE);
	check(ENXIO, STATUS_NO_CAMERA, STATUS_GONE, STATUS_GONE);
	check(ESHUTDOWN, STATUS_NO_CAMERA, STATUS_GONE, STATUS_GONE);

	test_case("status: a name that leads to no camera");
	check(ENOENT, STATUS_NO_CAMERA, STATUS_CONFIGURATION, STATUS_FAILED);
	check(ENOTDIR, STATUS_NO_CAMERA, STATUS_FAILED, STATUS_FAILED);
	check(ELOOP, STATUS_NO_CAMERA, STATUS_FAILED, STATUS_FAILED);
	check(ENAMETOOLONG, STATUS_NO_CAMERA, STATUS_FAILED, STATUS_FAILED);
	check(ENOTTY, STATUS_NO_CAMERA, STATUS_CONFIGURATION, STATUS_FAILED);
	check(EOPNOTSUPP, STATUS_NO_CAMERA, STATUS_CONFIGURATION, STATUS_FAILED);

	test_case("status: waiting in vain, for a camera or for a frame");
	check(ETIMEDOUT, STATUS_NO_CAMERA, STATUS_FAILED, STATUS_NO_FRAME);
	check(ETIME, STATUS_NO_CAMERA, STATUS_FAILED, STATUS_NO_FRAME);

	test_case("status: another has it, EAGAIN being the answer of lockf()");
	check(EBUSY, STATUS_BUSY, STATUS_BUSY, STATUS_FAILED);
	check(EAGAIN, STATUS_BUSY, STATUS_BUSY, STATUS_FAILED);

	test_case("status: no permission");
	check(EACCES, STATUS_PERMISSION, STATUS_PERMISSION, STATUS_PERMISSION);
	check(EPERM, STATUS_PERMISSION, STATUS_PERMISSION, STATUS_PERMISSION);

	test_case("status: a configuration that is refused, a failure elsewhere");
	check(EPIPE, STATUS_FAILED, STATUS_CONFIGURATION, STATUS_FAILED);
	check(ENOLINK, STATUS_FAILED, STATUS_CONFIGURATION, STATUS_FAILED);
	check(ENOSPC, STATUS_FAILED, STATUS_CONFIGURATION, STATUS_FAILED);
	check(EINVAL, STATUS_FAILED, STATUS_CONFIGURATION, STATUS_FAILED);
	check(ERANGE, STATUS_FAILED, STATUS_CONFIGURATION, STATUS_FAILED);
	check(EDOM, STATUS_FAILED, STATUS_CONFIGURATION, STATUS_FAILED);
	check(E2BIG, STATUS_FAILED, STATUS_CONFIGURATION, STATUS_FAILED);
	check(EOVERFLOW, STATUS_FAILED, STATUS_CONFIGURATION, STATUS_FAILED);
	check(EFAULT, STATUS_FAILED, STATUS_CONFIGURATION, STATUS_FAILED);

	test_case("status: out of memory or descriptors, a broken queue, and the rest");
	check(ENOMEM, STATUS_FAILED, STATUS_FAILED, STATUS_FAILED);
	check(EMFILE, STATUS_FAILED, STATUS_FAILED, STATUS_FAILED);
	check(EIO, STATUS_FAILED, STATUS_FAILED, STATUS_FAILED);
	check(EPROTO, STATUS_FAILED, STATUS_FAILED, STATUS_FAILED);
	check(EREMOTEIO, STATUS_FAILED, STATUS_FAILED, STATUS_FAILED);
	check(LAST_ERRNO + 1, STATUS_FAILED, STATUS_FAILED, STATUS_FAILED);
	check(INT_MAX, STATUS_FAILED, STATUS_FAILED, STATUS_FAILED);

	test_case("status: what is no errno at all is no success");
	for (enum status_stage stage = STAGE_FIND; stage < STAGE_OUTPUT; stage++) {
		CHECK_EQ(status_from_error(stage, ENODEV), STATUS_FAILED);
		CHECK_EQ(status_from_error(stage, INT_MIN), STATUS_FAILED);
	}
	CHECK_EQ(status_from_error(STAGE_OUTPUT, 1), STATUS_OUTPUT);

	test_case("status: any failure of the output is the output's");
	for (int error = 1; error <= LAST_ERRNO; error++)
		CHECK_EQ(status_from_error(STAGE_OUTPUT, -error), STATUS_OUTPUT);
}

static void test_names(void)
{
	test_case("status: each has a word");
	CHECK_STR_EQ(status_name(STATUS_OK), "ok");
	CHECK_STR_EQ(status_name(STATUS_FAILED), "failed");
	CHECK_STR_EQ(status_name(STATUS_USAGE), "usage");
	CHECK_STR_EQ(status_name(STATUS_NO_CAMERA), "no-camera");
	CHECK_STR_EQ(status_name(STATUS_BUSY), "busy");
	CHECK_STR_EQ(status_name(STATUS_PERMISSION), "permission");
	CHECK_STR_EQ(status_name(STATUS_CONFIGURATION), "configuration");
	CHECK_STR_EQ(status_name(STATUS_NO_FRAME), "no-frame");
	CHECK_STR_EQ(status_name(STATUS_GONE), "gone");
	CHECK_STR_EQ(status_name(STATUS_OUTPUT), "output");
	CHECK_STR_EQ(status_name(STATUS_LOST), "lost");

	test_case("status: 128 and a signal is \"signal\", what lies between is \"failed\"");
	CHECK_STR_EQ(status_name(STATUS_LOST + 1), "failed");
	CHECK_STR_EQ(status_name(STATUS_SIGNAL), "failed");
	CHECK_STR_EQ(status_name(STATUS_SIGNAL + 1), "signal");
	CHECK_STR_EQ(status_name(STATUS_SIGNAL + 15), "signal");
}

int main(void)
{
	test_stages();
	test_names();
	return test_done();
}
