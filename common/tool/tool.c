// SPDX-License-Identifier: GPL-2.0-or-later
/* The frame of all tools: from the command line to the exit status. */
#include "common/tool/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/device/control.h"
#include "common/device/discover.h"
#include "common/device/holder.h"
#include "common/device/media.h"
#include "common/device/video.h"
#include "common/sink/file.h"
#include "common/sink/kms.h"
#include "common/tool/doctor.h"
#include "common/tool/bench_disk.h"
#include "common/tool/explain.h"
#include "common/tool/info.h"
#include "common/tool/loop.h"
#include "common/tool/report.h"
#include "common/tool/setup.h"
#include "common/tool/trigger.h"

struct tool {
	const struct platform *platform;
	struct options options;
	struct log log;
	struct loop *loop;
	struct report *report;
	struct camera_list cameras;
	const struct camera *camera;
	struct media *media;
	void *device;
	struct control_set *controls;
	struct kms *display; /* NULL: nothing is to be shown */
	bool ran;            /* the run has ended the report */
	int signal;          /* that ended the wait for the camera; 0: none */
	unsigned num_streams;
	struct capture_stream streams[OPTION_MAX_STREAMS];
};

/* What the features of the options mean for the sensor's controls. */
static const struct platform_control exposure_controls[] = {
	{ "exposure", "--exposure" },
	{ "analogue_gain", "--gain" },
	{ "gain", "--gain" },
	{ "digital_gain", "--gain" },
	{ "vertical_blanking", "the rate of --stream" },
	{ "horizontal_blanking", "--mode" },
	{ "auto_exposure", "--ae" },
	{ "gain_automatic", "--ae" },
	{ "white_balance_automatic", "--awb" },
	{ NULL, NULL },
};
static const struct platform_control flip_controls[] = {
	{ "horizontal_flip", "--hflip" },
	{ "vertical_flip", "--vflip" },
	{ NULL, NULL },
};

/* Looking for the camera, once or until it is there. */
struct search {
	struct tool *tool;
	struct discover *discover;
	struct log silent; /* what is not there yet is no news */
	bool told;         /* that we wait */
};

static int find_cameras(struct tool *tool, struct discover *discover, struct log *log)
{
	camera_finish(&tool->cameras);
	return camera_find_all(log, discover, tool->platform->drivers,
			       tool->platform->find, &tool->cameras);
}

/* A graph is there before its nodes are, and a node before it answers: so open it all once. */
static int can_open(struct search *search, const struct camera *camera)
{
	const struct platform *platform = search->tool->platform;
	struct media *media;
	void *device;
	int ret;

	ret = media_open(&search->silent, camera->media, &media);
	if (ret < 0)
		return ret;
	ret = platform->open(&search->silent, media, camera, &device);
	if (ret == 0)
		platform->close(device);
	media_destroy(media);
	return ret;
}

static int camera_is_there(void *context)
{
	struct search *search = context;
	struct tool *tool = search->tool;
	const struct camera *camera;
	int ret;

	if (find_cameras(tool, search->discover, &search->silent) < 0)
		return 0;
	ret = camera_choose(&search->silent, &tool->cameras, tool->options.camera, &camera);
	/* Waiting does not make an ambiguous name any clearer. */
	if (ret == -EINVAL)
		return 1;
	if (ret == 0 && can_open(search, camera) == 0)
		return 1;
	if (!search->told)
		log_notice(&tool->log, "waiting", "waiting for %s to appear",
			   tool->options.camera ? tool->options.camera : "a camera");
	search->told = true;
	return 0;
}

static int wait_for_camera(struct tool *tool, struct discover *discover)
{
	struct search search = { .tool = tool, .discover = discover };
	int ret;

	log_init(&search.silent, tool->log.program);
	search.silent.level = LOG_SILENT;
	/* Held meanwhile, so that the report gets its end. */
	ret = loop_block_signals(tool->loop);
	if (ret == 0)
		ret = discover_wait(discover, tool->options.wait_ns,
				    loop_signal_fd(tool->loop), camera_is_there, &search);
	if (ret == -EINTR)
		tool->signal = loop_take_signal(tool->loop);
	loop_release_signals(tool->loop);
	return ret == -ETIMEDOUT ? 0 : ret;
}

/*
 * The list of cameras: now, or after waiting for the one that is meant. An empty one is
 * no failure.
 */
static int find(struct tool *tool)
{
	struct discover *discover;
	int ret;

	ret = discover_create(&tool->log, &discover);
	if (ret < 0)
		return ret;
	if (tool->options.wait)
		ret = wait_for_camera(tool, discover);
	if (ret == 0)
		ret = find_cameras(tool, discover, &tool->log);
	if (ret == 0 && !tool->cameras.count && tool->platform->explain_none)
		tool->platform->explain_none(&tool->log);
	discover_destroy(discover);
	return ret;
}

static int find_failed(struct tool *tool, int error)
{
	if (tool->signal)
		return STATUS_SIGNAL + tool->signal;
	/* What may not be opened was said by name. */
	if (error != -EACCES && error != -EPERM)
		log_error(&tool->log, "find-failed", "looking for cameras: %s",
			  strerror(-error));
	return status_from_error(STAGE_FIND, error);
}

static int open_camera(struct tool *tool)
{
	int ret;

	ret = media_open(&tool->log, tool->camera->media, &tool->media);
	if (ret < 0) {
		explain_open(&tool->log, tool->camera->media, ret);
		return status_from_error(STAGE_FIND, ret);
	}
	ret = tool->platform->open(&tool->log, tool->media, tool->camera, &tool->device);
	return ret < 0 ? (int)status_from_error(STAGE_FIND, ret) : STATUS_OK;
}

/* For failures that nobody closer to them has a sentence for. */
static int say_failed(struct tool *tool, const char *what, int error)
{
	log_error(&tool->log, error == -ENODEV ? "device-gone" : "failed", "%s: %s", what,
		  strerror(-error));
	return status_from_error(STAGE_CONFIGURE, error);
}

/* A camera that is pulled out refuses controls first, and is known to be gone only then. */
static int controls_error(struct tool *tool, int error)
{
	int ret;

	if (error >= 0 || error == -ENODEV || !tool->controls)
		return error;
	ret = control_true_error(tool->controls, error);
	if (ret == -ENODEV)
		log_error(&tool->log, "device-gone", "%s went away", tool->camera->id);
	return ret;
}

static int open_controls(struct tool *tool)
{
	int ret;

	ret = control_create(&tool->log, &tool->controls);
	if (ret == 0)
		ret = tool->platform->add_controls(tool->device, tool->controls);
	if (ret < 0 && tool->controls)
		ret = control_true_error(tool->controls, ret);
	return ret < 0 ? say_failed(tool, "reading the controls", ret) : STATUS_OK;
}

static bool wants_controls(const struct options *options)
{
	return options->num_controls || options->save_controls ||
	       options->load_controls || options->restore;
}

/* A file of all controls may be loaded, but the set-up's own are left out. */
static void leave_out(struct tool *tool, const struct platform_control *table)
{
	for (; table && table->name; table++)
		control_unstage(tool->controls, table->name);
}

static int refuse(struct tool *tool, const struct platform_control *table)
{
	for (; table && table->name; table++) {
		if (!control_is_staged_for(tool->controls, table->name))
			continue;
		log_error(&tool->log, "not-possible", "--control: %s is set by %s here",
			  table->name, table->option);
		return -EINVAL;
	}
	return 0;
}

static void leave_own_out(struct tool *tool)
{
	const struct platform *platform = tool->platform;

	if (platform->option.features & OPTION_3A)
		leave_out(tool, exposure_controls);
	if (platform->option.features & OPTION_FLIP)
		leave_out(tool, flip_controls);
	leave_out(tool, platform->own_controls);
}

static int refuse_own(struct tool *tool)
{
	const struct platform *platform = tool->platform;
	int ret = 0;

	if (platform->option.features & OPTION_3A)
		ret = refuse(tool, exposure_controls);
	if (ret == 0 && platform->option.features & OPTION_FLIP)
		ret = refuse(tool, flip_controls);
	return ret < 0 ? ret : refuse(tool, platform->own_controls);
}

/*
 * A file first, then the command line, so that one line of a file can be overruled. Without a
 * set-up of ours, all controls are the user's.
 */
static int stage_controls(struct tool *tool)
{
	const struct options *options = &tool->options;
	bool is_set_up = options->action != ACTION_LIST_CONTROLS;
	int ret = 0;

	if (options->load_controls)
		ret = control_load(tool->controls, options->load_controls);
	if (is_set_up)
		leave_own_out(tool);
	for (size_t i = 0; i < options->num_controls && ret == 0; i++)
		ret = control_assign(tool->controls, options->controls[i]);
	if (ret == 0 && is_set_up)
		ret = refuse_own(tool);
	if (ret == 0)
		ret = control_check(tool->controls, options->adjust);
	ret = controls_error(tool, ret);
	return ret < 0 ? (int)status_from_error(STAGE_CONFIGURE, ret) : STATUS_OK;
}

static int lock_camera(struct tool *tool)
{
	struct holder_list holders;
	char text[HOLDER_TEXT_SIZE];
	pid_t holder;
	int ret;

	if (tool->platform->has_separate_cameras)
		ret = media_lock_part(tool->media, tool->camera->which, &holder);
	else
		ret = media_lock(tool->media, &holder);
	if (ret == -EBUSY) {
		holder_from_pid(holder, &holders);
		log_error(&tool->log, "busy", "%s (%s) is in use by %s", tool->camera->id,
			  tool->media->path, holder_text(&holders, text));
		return STATUS_BUSY;
	}
	if (ret < 0)
		return say_failed(tool, "locking the media device", ret);
	ret = media_read_links(tool->media);
	return ret < 0 ? say_failed(tool, "reading the links", ret) : STATUS_OK;
}

static int check_decode(struct tool *tool)
{
	for (unsigned i = 0; i < tool->num_streams; i++)
		if (tool->streams[i].decode && !tool->streams[i].is_internal)
			return 0;
	log_error(&tool->log, "not-possible",
		  "--decode has no effect: no stream of metadata is asked for");
	return -EINVAL;
}

/* Formats first: ranges of sensor controls may depend on them. */
static int configure(struct tool *tool, FILE *script)
{
	struct setup setup;
	int ret;

	setup_init(&setup, &tool->log, tool->media, script, tool->options.adjust);
	setup.display = tool->display;
	setup_comment(&setup, "%s: %s", tool->platform->option.program, tool->camera->id);
	ret = tool->platform->configure(tool->device, &tool->options, &setup,
					tool->streams, &tool->num_streams);
	if (ret == 0 && tool->options.decode)
		ret = check_decode(tool);
	if (ret == 0 && tool->controls) {
		setup_controls(&setup, tool->controls);
		setup.error = controls_error(tool, setup.error);
	}
	if (ret == 0)
		ret = setup.error;
	return ret < 0 ? (int)status_from_error(STAGE_CONFIGURE, ret) : STATUS_OK;
}

/* How v4l2-ctl captures what was set up, one line a stream. */
static void print_capture_commands(const struct tool *tool, struct setup *setup)
{
	const struct options *options = &tool->options;
	char count[64] = "", skip[64] = "", buffers[16] = "";
	char device[SETUP_DEVICE_SIZE];
	bool is_first = true;

	if (options->count)
		snprintf(count, sizeof(count), " --stream-count=%llu",
			 (unsigned long long)options->count);
	if (options->skip)
		snprintf(skip, sizeof(skip), " --stream-skip=%llu",
			 (unsigned long long)options->skip);
	if (options->num_buffers)
		snprintf(buffers, sizeof(buffers), "=%u", options->num_buffers);
	for (unsigned i = 0; i < tool->num_streams; i++) {
		const struct capture_stream *stream = &tool->streams[i];

		if (stream->is_internal)
			continue;
		if (stream->place == CAPTURE_PROCESSOR) {
			setup_comment(setup,
				      "%s: %s gives it while its input is fed with raw frames, "
				      "which v4l2-ctl can't",
				      stream->role->name, stream->video->name);
			continue;
		}
		setup_device_text(setup, stream->video->name, stream->video->node, device);
		setup_comment(setup,
			      "%s: v4l2-ctl -d %s --stream-mmap%s%s%s --stream-to=%s.raw",
			      is_first ? "then" : "at the same time", device, buffers,
			      skip, count, stream->role->name);
		is_first = false;
	}
}

static int flush_output(struct tool *tool)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return STATUS_OK;
	log_error(&tool->log, "output-failed", "standard output: %s", strerror(errno));
	return STATUS_OUTPUT;
}

/* The end of a listing: there may have been too little memory for a record. */
static int end_listing(struct tool *tool, int error)
{
	return error == -ENOMEM ? say_failed(tool, "listing", error) : flush_output(tool);
}

/* Gathered first: half a script must not reach a shell. */
static int dry_run(struct tool *tool)
{
	struct setup comments;
	char *text = NULL;
	size_t size = 0;
	FILE *script;
	int status;

	script = open_memstream(&text, &size);
	if (!script)
		return say_failed(tool, "writing the script", -ENOMEM);
	fputs("#!/bin/sh\nset -e\n", script);
	status = configure(tool, script);
	setup_init(&comments, &tool->log, tool->media, script, tool->options.adjust);
	print_capture_commands(tool, &comments);
	if (fclose(script) != 0 && status == STATUS_OK)
		status = STATUS_FAILED;
	if (status == STATUS_OK) {
		fputs(text, stdout);
		status = flush_output(tool);
	}
	free(text);
	return status;
}

/* From here on a signal may not strike: what was changed or made has to go. */
static int hold_signals(struct tool *tool)
{
	int ret = loop_block_signals(tool->loop);

	return ret < 0 ? say_failed(tool, "blocking signals", ret) : STATUS_OK;
}

/* What it can show may decide which format is taken. */
static int open_display(struct tool *tool)
{
	const struct kms_options wanted = { .connector = tool->options.connector };
	int ret;

	if (!tool->options.display)
		return STATUS_OK;
	ret = kms_create(&tool->log, &wanted, &tool->display);
	return ret < 0 ? (int)status_from_error(STAGE_CONFIGURE, ret) : STATUS_OK;
}

/* What would be set, without setting it: others may use the camera. */
static int measure_disk(struct tool *tool)
{
	char *text = NULL;
	size_t size = 0;
	FILE *script;
	int status;

	script = open_memstream(&text, &size);
	if (!script)
		return say_failed(tool, "working out the set-up", -ENOMEM);
	status = configure(tool, script);
	fclose(script);
	free(text);
	if (status == STATUS_OK)
		status = hold_signals(tool);
	if (status == STATUS_OK)
		status = bench_disk(&tool->log, tool->loop, &tool->options, tool->streams,
				    tool->num_streams);
	return status == STATUS_OK ? flush_output(tool) : status;
}

static int print_info(struct tool *tool)
{
	struct info info;
	int ret, written;

	info_begin(&info, stdout, tool->options.json, tool->camera, tool->media);
	ret = tool->platform->info(tool->device, &info);
	written = info_end(&info);
	if (ret < 0)
		return status_from_error(STAGE_FIND, ret);
	return end_listing(tool, written);
}

static int save_controls(struct tool *tool)
{
	int ret = 0;

	if (tool->options.save_controls)
		ret = control_save(tool->controls, tool->options.save_controls);
	if (ret == -ENODEV)
		return STATUS_GONE;
	return ret < 0 ? STATUS_OUTPUT : STATUS_OK;
}

/* Before the report ends, for this may be the one thing that fails. */
static int put_back_controls(void *context)
{
	struct tool *tool = context;

	return tool->options.restore ? control_restore(tool->controls) : 0;
}

static int run_capture(struct tool *tool)
{
	const struct capture_setup setup = {
		.log = &tool->log,
		.options = &tool->options,
		.camera = tool->camera,
		.media = tool->media,
		.loop = tool->loop,
		.report = tool->report,
		.streams = tool->streams,
		.num_streams = tool->num_streams,
		.display = tool->display,
		.explain = tool->platform->explain,
		.engine = tool->platform->engine,
		.device = tool->device,
		.stopped = put_back_controls,
		.context = tool,
	};

	tool->ran = true;
	return capture_run(&setup);
}

static int prepare_restore(struct tool *tool)
{
	int ret = tool->options.restore ? control_snapshot(tool->controls) : 0;

	return ret < 0 ? say_failed(tool, "remembering the controls", ret) : STATUS_OK;
}

static int capture(struct tool *tool)
{
	int status;

	status = lock_camera(tool);
	if (status == STATUS_OK)
		status = prepare_restore(tool);
	if (status == STATUS_OK)
		status = hold_signals(tool);
	if (status == STATUS_OK)
		status = open_display(tool);
	if (status == STATUS_OK)
		status = configure(tool, NULL);
	if (status == STATUS_OK)
		status = save_controls(tool);
	if (status == STATUS_OK)
		status = run_capture(tool);
	/* A set-up that failed half way has changed some, too. */
	if (!tool->ran)
		put_back_controls(tool);
	return status;
}

/*
 * Setting and keeping them needs no capture, and what others stream is not in the way of it,
 * so nothing is locked.
 */
static int list_controls(struct tool *tool)
{
	int ret, status;

	if (control_is_staged(tool->controls)) {
		ret = control_apply(tool->controls, tool->options.adjust);
		if (ret == 0)
			ret = control_refresh(tool->controls);
		ret = controls_error(tool, ret);
		if (ret < 0)
			return status_from_error(STAGE_CONFIGURE, ret);
	}
	status = save_controls(tool);
	if (status != STATUS_OK)
		return status;
	return end_listing(tool, info_controls(stdout, tool->options.json, tool->controls));
}

/* What is done with the camera once it is open. */
static int act(struct tool *tool)
{
	int status = STATUS_OK;

	if (tool->options.action == ACTION_LIST_CONTROLS || wants_controls(&tool->options))
		status = open_controls(tool);
	if (status == STATUS_OK && tool->controls)
		status = stage_controls(tool);
	if (status != STATUS_OK)
		return status;
	switch (tool->options.action) {
	case ACTION_INFO:
		return print_info(tool);
	case ACTION_LIST_CONTROLS:
		return list_controls(tool);
	case ACTION_DRY_RUN:
		return dry_run(tool);
	case ACTION_BENCH_DISK:
		return measure_disk(tool);
	default:
		return capture(tool);
	}
}

static int list(struct tool *tool)
{
	if (tool->cameras.count == 0) {
		log_error(&tool->log, "no-camera", "no camera found");
		return STATUS_NO_CAMERA;
	}
	return end_listing(tool, info_list(stdout, tool->options.json, &tool->cameras));
}

/* What is not there is what this is for: nothing but the wait may fail. */
static int examine(struct tool *tool)
{
	struct discover *discover = NULL;
	int ret;

	ret = discover_create(&tool->log, &discover);
	if (ret == 0 && tool->options.wait)
		ret = wait_for_camera(tool, discover);
	if (ret == 0)
		ret = doctor_run(tool->platform, &tool->options, discover, stdout);
	discover_destroy(discover);
	return ret < 0 ? find_failed(tool, ret) : ret;
}

static int work(struct tool *tool)
{
	int ret, status;

	if (tool->options.action == ACTION_DOCTOR)
		return examine(tool);
	ret = find(tool);
	if (ret < 0)
		return find_failed(tool, ret);
	if (tool->options.action == ACTION_LIST)
		return list(tool);
	ret = camera_choose(&tool->log, &tool->cameras, tool->options.camera, &tool->camera);
	if (ret < 0)
		return STATUS_NO_CAMERA;
	status = open_camera(tool);
	return status == STATUS_OK ? act(tool) : status;
}

static bool writes_to_stdout(const struct options *options)
{
	for (unsigned i = 0; i < options->num_files; i++)
		if (file_is_stdout(options->files[i].pattern))
			return true;
	return false;
}

static int open_report(struct tool *tool)
{
	const struct options *options = &tool->options;
	const struct report_options report = {
		.fd = writes_to_stdout(options) ? STDERR_FILENO : STDOUT_FILENO,
		.stop_fd = loop_signal_fd(tool->loop),
		.json = options->json,
		.path = options->report,
		.quiet = options->quiet,
		.progress = options->progress,
	};

	if (options->action != ACTION_CAPTURE)
		return 0;
	return report_create(&tool->log, &report, &tool->report);
}

static void finish(struct tool *tool)
{
	kms_destroy(tool->display);
	control_destroy(tool->controls);
	if (tool->device)
		tool->platform->close(tool->device);
	media_destroy(tool->media);
	camera_finish(&tool->cameras);
	report_destroy(tool->report);
	loop_destroy(tool->loop);
	option_finish(&tool->options);
}

/*
 * Where a standard descriptor is closed, a device must not take its place and be printed to. What
 * takes it fails when it is used, as a closed one would.
 */
static void fill_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			return;
}

static int start_work(struct tool *tool)
{
	int ret;

	ret = loop_create(&tool->loop);
	if (ret == 0 && tool->options.ring_ns)
		ret = trigger_hold_signal();
	if (ret < 0)
		return say_failed(tool, "starting", ret);
	ret = open_report(tool);
	if (ret == -ENOMEM)
		return say_failed(tool, "starting the report", ret);
	return ret < 0 ? STATUS_OUTPUT : work(tool);
}

int tool_run(const struct platform *platform, int argc, char **argv)
{
	struct tool tool = { .platform = platform };
	int ret, status;

	fill_standard_descriptors();
	log_init(&tool.log, platform->option.program);
	ret = option_parse(argc, argv, &platform->option, &tool.log, &tool.options);
	if (ret < 0)
		return ret == -ENOMEM ? STATUS_FAILED : STATUS_USAGE;
	if (tool.options.quiet)
		tool.log.level = LOG_WARNING;
	else if (tool.options.verbose)
		tool.log.level = LOG_DETAIL;
	/* A reader that goes away, or a limit on file size, is an error of the write. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	status = start_work(&tool);
	if (tool.report && !tool.ran)
		report_end(tool.report, NULL, 0, status);
	finish(&tool);
	return status;
}
