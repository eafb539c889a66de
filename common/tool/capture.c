// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The run from its beginning to its end: sinks, buffers, streams on and off, the exit
 * status.
 */
#include "common/tool/capture.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>

#include "common/base/log.h"
#include "common/base/status.h"
#include "common/base/sys.h"
#include "common/device/media.h"
#include "common/device/video.h"
#include "common/sink/file.h"
#include "common/sink/kms.h"
#include "common/sink/preroll.h"
#include "common/stream/pool.h"
#include "common/tool/camera.h"
#include "common/tool/explain.h"
#include "common/tool/loop.h"
#include "common/tool/outlet.h"
#include "common/tool/report.h"
#include "common/tool/run.h"

/* A rate is judged from so many frames on, and low below so much of what was set. */
#define RATE_FRAMES  8
#define RATE_PERCENT 85
/* What makes loop_run() return; errors are negative. */
#define END_LOOP 1

/* True when every sink has nothing more to do. */
static bool sinks_are_finished(struct run *run)
{
	bool finished = true;

	for (unsigned i = 0; i < run->num_lanes; i++) {
		int ret = run->lanes[i].sink ? sink_finish(run->lanes[i].sink) : 0;

		if (ret == -EINPROGRESS)
			finished = false;
		else if (ret < 0)
			run_fail(run, STATUS_OUTPUT);
	}
	return finished;
}

static int sink_is_ready(void *context, uint32_t events)
{
	struct lane *lane = context;
	struct run *run = lane->owner;

	sink_dispatch(lane->sink);
	if (run->draining)
		return sinks_are_finished(run) ? END_LOOP : 0;
	return run_loop_value(run);
}

static int time_is_up(void *context)
{
	struct run *run = context;

	/* It may be up while writers finish what they have: too late to matter. */
	if (run->ending == RUN_GOES_ON)
		run->ending = RUN_TIME_IS_UP;
	return run->draining ? 0 : END_LOOP;
}

/* The first signal ends the run in good order, the second one at once. */
static int signal_came(void *context, int number)
{
	struct run *run = context;

	if (run->num_signals++ == 0)
		run->signal = number;
	if (run->ending == RUN_GOES_ON)
		run->ending = RUN_SIGNAL;
	if (!run->draining)
		return END_LOOP;
	limits_set_drain_patience(run);
	return run->num_signals < 2 ? 0 : END_LOOP;
}

/* Which formats the files get was not known when the command line was read. */
static int check_effects(struct run *run)
{
	const struct options *options = run->options;
	const char *refused = NULL;
	unsigned effects = 0;

	for (unsigned i = 0; i < run->num_lanes; i++)
		if (run->lanes[i].pattern)
			effects |= file_effects(run->lanes[i].pattern,
						run->lanes[i].video->format.fourcc);
	if (options->quality && !(effects & FILE_HAS_QUALITY))
		refused = "--quality has no effect: the camera's own JPEG is not made anew";
	else if (options->demosaic_given && !(effects & FILE_IS_DEMOSAICED))
		refused = "--demosaic has no effect: no picture is made of Bayer raw";
	else if (options->develop_given && !(effects & FILE_IS_DEVELOPED))
		refused = "--develop has no effect: no picture is made of raw";
	if (!refused)
		return 0;
	log_error(run->log, "not-possible", "%s", refused);
	run_fail(run, STATUS_CONFIGURATION);
	return -EINVAL;
}

/* Of a ring those of its first set: the others' names differ from each other as these do. */
static const struct sink *files_of(const struct lane *lane)
{
	return lane->ring ? preroll_files(lane->ring) : lane->file;
}

static int open_sinks(struct run *run)
{
	enum status status;
	int ret;

	outlets_choose_display(run->lanes, run->num_lanes, run->setup);
	for (unsigned i = 0; i < run->num_lanes; i++) {
		struct lane *lane = &run->lanes[i];

		ret = outlets_open(lane, run->setup, flow_sink_is_done, &status);
		if (ret < 0) {
			run_fail(run, status);
			return ret;
		}
		for (unsigned j = 0; lane->pattern && j < i; j++) {
			if (!run->lanes[j].pattern ||
			    !file_sinks_meet(files_of(lane), files_of(&run->lanes[j])))
				continue;
			log_error(run->log, "same-file", "%s and %s would both write to '%s'",
				  run->lanes[j].stream.name, lane->stream.name,
				  lane->pattern);
			run_fail(run, STATUS_USAGE);
			return -EINVAL;
		}
	}
	return check_effects(run);
}

static int allocate(struct run *run)
{
	enum status status;
	int ret;

	for (unsigned i = 0; i < run->num_lanes; i++) {
		struct lane *lane = &run->lanes[i];

		ret = lane_allocate(lane, run->setup, flow_frame_is_free);
		if (ret == 0)
			ret = lane_watch_controls(lane, run->log);
		status = status_from_error(STAGE_CONFIGURE, ret);
		if (ret == 0)
			ret = outlets_take_buffers(lane, run->setup, &status);
		if (ret < 0) {
			run_fail(run, status);
			return ret;
		}
	}
	for (unsigned i = 0; i < run->num_lanes; i++)
		flow_init(&run->lanes[i]);
	pairing_open(run);
	return processor_open(run);
}

/* Sinks see where frames will be. */
static int prepare_sinks(struct run *run)
{
	int ret;

	for (unsigned i = 0; i < run->num_lanes; i++) {
		struct lane *lane = &run->lanes[i];

		ret = lane->sink ? sink_prepare(lane->sink, lane->pool->buffers,
						lane->pool->count) :
				   0;
		if (ret < 0) {
			run_fail(run, file_status(ret));
			return ret;
		}
	}
	return 0;
}

static int announce(struct run *run)
{
	const struct camera *camera = run->setup->camera;
	struct report_stream streams[OPTION_MAX_STREAMS];
	struct report_start start = {
		.camera = camera->id,
		.model = camera->model,
		.driver = run->setup->media ? run->setup->media->info.driver : "",
		.bus = camera->bus,
		.streams = streams,
		.settings = run->setup->engine.settings,
		.settings_context = run->setup->device,
	};
	int ret;

	for (unsigned i = 0; i < run->num_lanes; i++) {
		const struct lane *lane = &run->lanes[i];

		if (lane->config->is_internal)
			continue;
		streams[start.num_streams++] = (struct report_stream){
			.stream = &lane->stream,
			.node = lane->video->node,
			.format = &lane->video->format,
			.rate = lane->config->rate,
			.memory = lane->pool->memory,
			.num_buffers = lane->pool->count,
			.file = lane->pattern,
			.io = lane->file ? lane->file->io : NULL,
			.display = lane->display ? kms_name(run->setup->display) : NULL,
			.video_out = lane->output,
			.video_out_io = lane->video_out ? lane->video_out->io : NULL,
			.decode = run->options->decode ? lane->config->decode : NULL,
		};
	}
	ret = report_start(run->report, &start);
	if (ret < 0)
		run_fail(run, STATUS_OUTPUT);
	return ret;
}

static void wait_failed(struct run *run, int error)
{
	log_error(run->log, "wait-failed", "waiting for frames: %s", strerror(-error));
	run_fail(run, STATUS_FAILED);
}

static uint32_t lane_events(const struct lane *lane)
{
	return lane->watch || lane->config->event ? EPOLLIN | EPOLLPRI : EPOLLIN;
}

static int watch(struct run *run)
{
	struct loop *loop = run->setup->loop;
	int ret = 0;

	for (unsigned i = 0; i < run->num_lanes; i++) {
		struct lane *lane = &run->lanes[i];

		if (lane->config->place != CAPTURE_PROCESSOR)
			ret = loop_add(loop, lane->video->fd, lane_events(lane),
				       flow_lane_is_ready, lane);
		if (ret == 0 && lane->sink && lane->sink->fd >= 0)
			ret = loop_add(loop, lane->sink->fd, EPOLLIN, sink_is_ready, lane);
		if (ret < 0)
			return ret;
	}
	ret = trigger_open(run);
	if (ret < 0)
		return ret;
	if (run->options->time_ns)
		return loop_after(loop, run->options->time_ns, time_is_up, run);
	return 0;
}

static void unwatch(struct run *run)
{
	trigger_close(run);
	for (unsigned i = 0; i < run->num_lanes; i++)
		loop_remove(run->setup->loop, run->lanes[i].video->fd);
	loop_set_patience(run->setup->loop, 0, NULL, NULL);
}

/* By its device number: entities of one device may share a name. */
static const struct media_entity *find_entity(const struct media *media,
					      const struct video *video)
{
	struct stat node;

	if (!media || fstat(video->fd, &node) < 0)
		return NULL;
	return media_find_device(media, node.st_rdev);
}

static int start_lane(struct run *run, const struct lane *lane)
{
	bool (*explain)(void *, const struct capture_stream *, int) =
		run->setup->explain.start;
	struct media *media = run->setup->media;
	const struct media_entity *entity;
	int ret, status;

	ret = video_start(lane->video);
	if (ret == 0)
		return 0;
	ret = run_true_error(lane, ret);
	status = status_from_error(STAGE_CONFIGURE, ret);
	entity = find_entity(media, lane->video);
	if (ret == -ENODEV)
		run_say_gone(run, lane->video);
	else if (explain && explain(run->setup->device, lane->config, ret))
		status = STATUS_CONFIGURATION;
	else if (entity)
		explain_start(run->log, media, entity, ret);
	else
		log_error(run->log, "start-refused", "%s does not start: %s",
			  lane->video->name, strerror(-ret));
	run_fail(run, status);
	return ret;
}

/* A descriptor of the platform's own. */
static int engine_is_ready(void *context, uint32_t events)
{
	struct engine_poll *engine = context;
	struct run *run = engine->run;

	return run_take_answer(run, engine->poll.ready(run->setup->device));
}

static int watch_engine(struct run *run)
{
	const struct capture_setup *setup = run->setup;
	struct capture_poll polls[CAPTURE_MAX_POLLS];
	int ret = 0;

	if (!setup->engine.polls)
		return 0;
	run->num_polls = setup->engine.polls(setup->device, polls);
	for (unsigned i = 0; i < run->num_polls && ret == 0; i++) {
		run->polls[i] = (struct engine_poll){ .run = run, .poll = polls[i] };
		ret = loop_add(setup->loop, polls[i].fd, polls[i].events, engine_is_ready,
			       &run->polls[i]);
	}
	return ret;
}

static int start_engine(struct run *run)
{
	const struct capture_setup *setup = run->setup;
	int ret = 0;

	if (setup->engine.start)
		ret = setup->engine.start(setup->device);
	if (ret < 0)
		run_fail(run, status_from_error(STAGE_CONFIGURE, ret));
	else
		ret = watch_engine(run);
	run->settling = setup->engine.is_steady && run->options->algorithms.settle_ns;
	return ret;
}

static void stop_engine(struct run *run)
{
	const struct capture_setup *setup = run->setup;

	for (unsigned i = 0; i < run->num_polls; i++)
		loop_remove(setup->loop, run->polls[i].poll.fd);
	run->num_polls = 0;
	if (setup->engine.stop)
		setup->engine.stop(setup->device);
}

/* Buffers first, then STREAMON: no frame finds the driver without one. */
static int start(struct run *run)
{
	int ret = 0;

	run->is_plain = !run->processor.input && !run->pairing.companion &&
			!run->options->algorithms.settle_ns;
	for (unsigned i = 0; i < run->num_lanes; i++) {
		stream_start(&run->lanes[i].stream);
		flow_queue_all(&run->lanes[i]);
	}
	if (run->ending != RUN_GOES_ON)
		return END_LOOP;
	ret = start_engine(run);
	run->started_ns = sys_monotonic_ns();
	for (unsigned i = 0; i < run->num_lanes && ret == 0; i++)
		if (run->lanes[i].config->starts_early)
			ret = start_lane(run, &run->lanes[i]);
	for (unsigned i = 0; i < run->num_lanes && ret == 0; i++) {
		if (&run->lanes[i] == run->processor.receiver)
			ret = processor_start(run);
		if (ret == 0 && !run->lanes[i].config->starts_early)
			ret = start_lane(run, &run->lanes[i]);
	}
	return ret;
}

static void stop_lane(struct run *run, struct lane *lane)
{
	uint64_t since_ns = sys_monotonic_ns();

	lane_stop(lane);
	run_has_stopped(run, lane->video, since_ns);
}

static void stop(struct run *run)
{
	if (run->ending == RUN_GOES_ON)
		run->ending = RUN_FAILED;
	for (unsigned i = run->num_lanes; i-- > 0;) {
		stop_lane(run, &run->lanes[i]);
		request_queue_cancel(&run->lanes[i].queue);
	}
	if (run->processor.input)
		processor_stop(run);
	pairing_stop(run);
	stop_engine(run);
}

/*
 * Writers finish what they have; a second signal cuts that short, and so does a reader
 * that is stuck.
 */
static void drain(struct run *run)
{
	int ret = 0;

	run->draining = true;
	limits_set_drain_patience(run);
	while (!sinks_are_finished(run) && !run->cut_off && run->num_signals < 2 && ret >= 0)
		ret = loop_run(run->setup->loop);
	if (ret < 0)
		wait_failed(run, ret);
	for (unsigned i = 0; i < run->num_lanes; i++) {
		struct sink *sink = run->lanes[i].sink;

		if (!sink)
			continue;
		loop_remove(run->setup->loop, sink->fd);
		sink_cancel(sink);
	}
}

static int run_streams(struct run *run)
{
	int ret;

	ret = watch(run);
	if (ret == 0)
		ret = start(run);
	if (ret == 0) {
		limits_set_patience(run);
		ret = loop_run(run->setup->loop);
	}
	if (ret < 0 && run->status == STATUS_OK)
		wait_failed(run, ret);
	unwatch(run);
	stop(run);
	drain(run);
	return ret;
}

static uint64_t lost_frames(const struct run *run)
{
	uint64_t lost = 0;

	for (unsigned i = 0; i < run->num_lanes; i++)
		if (!run->lanes[i].config->is_internal)
			lost += account_lost(&run->lanes[i].account);
	return lost;
}

static bool nothing_came(const struct run *run)
{
	for (unsigned i = 0; i < run->num_lanes; i++)
		if (!run->lanes[i].config->is_internal && run->lanes[i].account.captured)
			return false;
	return true;
}

static int final_status(const struct run *run)
{
	bool endless = run->options->count == 0 && run->options->time_ns == 0 &&
		       run->options->triggers == 0;

	if (run->status != STATUS_OK)
		return run->status;
	if ((run->cut_short && run->signal) || (run->ending == RUN_SIGNAL && !endless))
		return STATUS_SIGNAL + run->signal;
	if (run->ending == RUN_TIME_IS_UP && nothing_came(run)) {
		log_error(run->log, "no-frame", "%s before the time was up",
			  run->options->skip ? "no frame came after those of --skip" :
					       "no frame came");
		return STATUS_NO_FRAME;
	}
	if (run->options->max_lost_given && lost_frames(run) > run->options->max_lost) {
		log_error(run->log, "too-many-lost",
			  "%llu frames were lost, more than --max-lost=%llu",
			  (unsigned long long)lost_frames(run),
			  (unsigned long long)run->options->max_lost);
		return STATUS_LOST;
	}
	return STATUS_OK;
}

/* A camera that is slower than it was set to be is no failure, but seldom what is wanted. */
static void check_rate(const struct run *run, const struct lane *lane)
{
	const struct text_fraction *rate = &lane->config->rate;
	uint64_t came_mhz = account_camera_rate_mhz(&lane->account), set_mhz;
	char why[CAPTURE_REASON_SIZE] = "";

	if (!rate->denominator || lane->account.captured < RATE_FRAMES)
		return;
	set_mhz = UINT64_C(1000) * rate->numerator / rate->denominator;
	if (came_mhz >= set_mhz / 100 * RATE_PERCENT)
		return;
	if (run->setup->explain.rate)
		run->setup->explain.rate(run->setup->device, lane->config, why);
	log_warning(run->log, "rate-low",
		    "%s: the camera made %.4g frames a second, it was set to %.4g%s%s",
		    lane->stream.name, (double)came_mhz / 1e3, (double)set_mhz / 1e3,
		    why[0] ? ": " : "", why);
}

static void check_rates(const struct run *run)
{
	for (unsigned i = 0; i < run->num_lanes; i++)
		check_rate(run, &run->lanes[i]);
}

static int end_report(struct run *run, int status)
{
	const struct account *accounts[OPTION_MAX_STREAMS];
	unsigned num_accounts = 0;

	for (unsigned i = 0; i < run->num_lanes; i++)
		if (!run->lanes[i].config->is_internal)
			accounts[num_accounts++] = &run->lanes[i].account;
	if (report_end(run->report, accounts, num_accounts, status) < 0 && status == STATUS_OK)
		return STATUS_OUTPUT;
	return status;
}

int capture_run(const struct capture_setup *setup)
{
	struct run run = {
		.setup = setup,
		.log = setup->log,
		.options = setup->options,
		.report = setup->report,
		.num_lanes = setup->num_streams,
		.trigger.signal_fd = -1,
	};
	int status;

	for (unsigned i = 0; i < run.num_lanes; i++) {
		lane_init(&run.lanes[i], setup->log, &setup->streams[i], setup->options);
		run.lanes[i].owner = &run;
	}
	loop_catch_signals(setup->loop, signal_came, &run);
	if (open_sinks(&run) == 0 && allocate(&run) == 0 && prepare_sinks(&run) == 0 &&
	    announce(&run) == 0)
		run_streams(&run);
	processor_close(&run);
	for (unsigned i = 0; i < run.num_lanes; i++) {
		account_settle(&run.lanes[i].account);
		lane_finish(&run.lanes[i]);
	}
	if (run.status == STATUS_OK)
		check_rates(&run);
	if (setup->stopped && setup->stopped(setup->context) < 0)
		run_fail(&run, STATUS_FAILED);
	status = final_status(&run);
	return end_report(&run, status);
}
