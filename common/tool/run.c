// SPDX-License-Identifier: GPL-2.0-or-later
/* The state of a run. */
#include "common/tool/run.h"

#include <errno.h>

#include "common/base/log.h"
#include "common/base/status.h"
#include "common/device/video.h"

void run_fail(struct run *run, int status)
{
	if (run->status == STATUS_OK)
		run->status = status;
	if (run->ending == RUN_GOES_ON)
		run->ending = RUN_FAILED;
}

int run_take_answer(struct run *run, int ret)
{
	if (ret < 0)
		run_fail(run, status_from_error(STAGE_CAPTURE, ret));
	else
		limits_check(run);
	return run_loop_value(run);
}

int run_true_error(const struct lane *lane, int error)
{
	return video_true_error(lane->video->fd, error);
}

void run_say_gone(struct run *run, const struct lane *lane)
{
	for (unsigned i = 0; i < run->num_lanes; i++)
		account_forget_returned(&run->lanes[i].account);
	log_error(run->log, "device-gone", "%s (%s) went away", lane->video->name,
		  lane->video->node);
}
