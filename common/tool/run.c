// SPDX-License-Identifier: GPL-2.0-or-later
/* The state of a run. */
#include "common/tool/run.h"

#include <errno.h>

#include "common/base/log.h"
#include "common/base/status.h"
#include "common/base/sys.h"
#include "common/base/text.h"
#include "common/device/video.h"

/* Longer than any frame that is waited for. */
#define SLOW_STOP_NS UINT64_C(1500000000)

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

void run_has_stopped(struct run *run, const struct video *video, uint64_t since_ns)
{
	void (*explain)(void *, const struct video *, char *) = run->setup->explain.slow_stop;
	uint64_t took_ns = sys_monotonic_ns() - since_ns;
	char text[32], why[CAPTURE_REASON_SIZE] = "";

	if (took_ns < SLOW_STOP_NS)
		return;
	if (explain)
		explain(run->setup->device, video, why);
	text_print_duration(took_ns, text, sizeof(text));
	log_warning(run->log, "slow-stop", "%s (%s) took %s to stop%s%s", video->name,
		    video->node, text, why[0] ? ": " : "", why);
}

int run_true_error(const struct lane *lane, int error)
{
	return video_true_error(lane->video->fd, error);
}

void run_say_gone(struct run *run, const struct video *video)
{
	for (unsigned i = 0; i < run->num_lanes; i++)
		account_forget_returned(&run->lanes[i].account);
	if (!run->is_gone)
		log_error(run->log, "device-gone", "%s (%s) went away", video->name,
			  video->node);
	run->is_gone = true;
}
