// SPDX-License-Identifier: GPL-2.0-or-later
/* The state of a run. */
#include "common/tool/run.h"

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

void run_say_gone(const struct run *run, const struct lane *lane)
{
	log_error(run->log, "device-gone", "%s (%s) went away", lane->video->name,
		  lane->video->node);
}
