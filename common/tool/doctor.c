// SPDX-License-Identifier: GPL-2.0-or-later
/* --doctor: what is looked at, in which order. */
#include "common/tool/doctor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/status.h"
#include "common/device/discover.h"
#include "common/device/media.h"
#include "common/tool/camera.h"
#include "common/tool/option.h"
#include "common/tool/setup.h"
#include "common/tool/tool.h"

/* What is being examined. */
struct visit {
	struct doctor *doctor;
	struct discover_media *devices;
	size_t num_devices;
	struct camera_list cameras;
	const struct camera *chosen; /* NULL: all */
	bool checks_links; /* cameras that share a graph want its links each their own way */
	struct doctor_plan plan;
};

/* ---- what other code says ---- */

static void gather(void *context, enum log_level level, const char *code, const char *sentence)
{
	struct doctor *doctor = context;
	struct doctor_said *said;

	if (level > LOG_WARNING || doctor->num_said == DOCTOR_MAX_SAID)
		return;
	said = &doctor->said[doctor->num_said++];
	said->level = level;
	snprintf(said->code, sizeof(said->code), "%s", code);
	snprintf(said->sentence, sizeof(said->sentence), "%s", sentence);
}

static void forget_said(struct doctor *doctor)
{
	doctor->num_said = 0;
}

/* ---- one camera ---- */

static void watch_link(void *context, const struct media_link *link, bool enabled)
{
	struct visit *visit = context;

	if (visit->checks_links)
		doctor_check_link(visit->doctor, visit->plan.media, link, enabled);
}

static void watch_node(void *context, const struct video *video,
		       const struct video_format *format)
{
	struct visit *visit = context;
	struct doctor_plan *plan = &visit->plan;

	if (plan->num_nodes == DOCTOR_MAX_NODES)
		return;
	plan->nodes[plan->num_nodes].video = video;
	plan->nodes[plan->num_nodes++].format = *format;
}

/* A failure that nothing was said of. */
static void take_failure(struct doctor *doctor, void *device, const struct camera *camera,
			 enum status_stage stage, int error)
{
	int status = (int)status_from_error(stage, error);

	if (!doctor->num_said)
		gather(doctor, LOG_ERROR, "failed", strerror(-error));
	doctor_take_said(doctor, device, camera->id, status);
}

/* The same set-up that a capture would do, as the script of a dry run that nobody reads. */
static int plan_setup(struct visit *visit, void *device, const struct options *options)
{
	const struct setup_watch watch = { .link = watch_link,
					   .node = watch_node,
					   .context = visit };
	struct doctor *doctor = visit->doctor;
	struct setup setup;
	char *text = NULL;
	size_t size = 0;
	FILE *script;
	int ret;

	script = open_memstream(&text, &size);
	if (!script)
		return -ENOMEM;
	setup_init(&setup, &doctor->log, visit->plan.media, script, options->adjust);
	setup.watch = &watch;
	ret = doctor->platform->configure(device, options, &setup, visit->plan.streams,
					  &visit->plan.num_streams);
	if (ret == 0)
		ret = setup.error;
	fclose(script);
	free(text);
	return ret;
}

/* It was refused for what the camera is, not for what it lacks. */
static bool is_not_possible(const struct doctor *doctor)
{
	return doctor->num_said == 1 && strcmp(doctor->said[0].code, "not-possible") == 0;
}

/* Who asked for nothing in particular may have a camera that gives nothing but raw. */
static int plan_raw(struct visit *visit, void *device)
{
	const struct option_tool *tool = &visit->doctor->platform->option;
	struct options options = *visit->doctor->options;
	struct doctor_said said = visit->doctor->said[0];

	if (options.num_streams)
		return -EINVAL;
	for (size_t i = 0; i < tool->num_roles; i++)
		if (strcmp(tool->roles[i].name, "raw") == 0)
			options.streams[options.num_streams++].role = &tool->roles[i];
	forget_said(visit->doctor);
	if (options.num_streams && plan_setup(visit, device, &options) == 0) {
		doctor_fine(visit->doctor, "raw-only", visit->plan.camera->id, "%s",
			    said.sentence);
		return 0;
	}
	visit->doctor->said[0] = said;
	visit->doctor->num_said = 1;
	return -EINVAL;
}

static void examine_device(struct visit *visit, void *device)
{
	const struct doctor_platform *platform = visit->doctor->platform->doctor;
	struct doctor *doctor = visit->doctor;
	int ret;

	ret = plan_setup(visit, device, doctor->options);
	if (ret == -EINVAL && is_not_possible(doctor))
		ret = plan_raw(visit, device);
	if (ret < 0) {
		take_failure(doctor, device, visit->plan.camera, STAGE_CONFIGURE, ret);
		return;
	}
	doctor_take_said(doctor, device, visit->plan.camera->id, STATUS_OK);
	if (platform->has_sensors)
		doctor_check_timing(doctor, &visit->plan);
	doctor_check_memory(doctor, &visit->plan);
	if (platform->examine)
		platform->examine(doctor, device, &visit->plan);
	doctor_fine(doctor, "camera", visit->plan.camera->id, "can be set up for %u stream%s",
		    visit->plan.num_streams, visit->plan.num_streams == 1 ? "" : "s");
}

static void examine_camera(struct visit *visit, struct media *media,
			   const struct camera *camera)
{
	struct doctor *doctor = visit->doctor;
	void *device;
	int ret;

	visit->plan = (struct doctor_plan){ .camera = camera, .media = media };
	if (!doctor_check_lock(doctor, media, camera))
		return;
	forget_said(doctor);
	ret = doctor->platform->open(&doctor->log, media, camera, &device);
	if (ret < 0) {
		take_failure(doctor, NULL, camera, STAGE_FIND, ret);
		return;
	}
	examine_device(visit, device);
	doctor->platform->close(device);
}

/* ---- one media device ---- */

static void examine_graph(struct visit *visit, struct media *media)
{
	struct doctor *doctor = visit->doctor;

	if (!doctor_check_nodes(doctor, media) || !doctor_check_busy(doctor, media))
		return;
	doctor_check_graph(doctor, media, visit->chosen);
	visit->checks_links = true;
	for (size_t i = 0; i < visit->cameras.count; i++) {
		const struct camera *camera = &visit->cameras.cameras[i];

		if (strcmp(camera->media, media->path) != 0 ||
		    (visit->chosen && visit->chosen != camera))
			continue;
		examine_camera(visit, media, camera);
		visit->checks_links = false;
	}
}

static void examine_media(struct visit *visit, const struct discover_media *found)
{
	struct doctor *doctor = visit->doctor;
	struct media *media;
	int ret;

	if (!doctor_check_device(doctor, found))
		return;
	ret = media_open(&doctor->log, found->node, &media);
	if (ret < 0) {
		struct discover_media failed = *found;

		failed.error = ret;
		doctor_check_device(doctor, &failed);
		return;
	}
	doctor_fine(doctor, "device", found->node, "%s (%s)", found->driver, found->bus_info);
	examine_graph(visit, media);
	media_destroy(media);
}

/* ---- all ---- */

/* What cannot be opened is examined later; here it has no cameras. */
static void find_cameras(struct visit *visit)
{
	struct doctor *doctor = visit->doctor;
	struct media *media;

	for (size_t i = 0; i < visit->num_devices; i++) {
		if (visit->devices[i].error ||
		    media_open(&doctor->log, visit->devices[i].node, &media) < 0)
			continue;
		doctor->platform->find(media, &visit->cameras);
		media_destroy(media);
	}
}

static void say_no_camera(struct visit *visit)
{
	const struct platform *platform = visit->doctor->platform;
	struct doctor *doctor = visit->doctor;

	/* What was said when cameras were looked for. */
	doctor_take_said(doctor, NULL, "", STATUS_NO_CAMERA);
	if (doctor->faults)
		return;
	if (platform->doctor->absent)
		platform->doctor->absent(doctor);
	if (doctor->faults)
		return;
	doctor_fault(doctor, "no-camera", STATUS_NO_CAMERA, visit->devices[0].node,
		     "the driver is there, but no camera belongs to it");
	doctor_remedy(doctor, "what the kernel's log (dmesg) tells of it");
}

/* True if the one that was asked for is there, or none was. */
static bool choose(struct visit *visit)
{
	struct doctor *doctor = visit->doctor;
	const char *wanted = doctor->options->camera;

	/* Streams are asked of one camera: the first, as in a capture. */
	if (!wanted && doctor->options->num_streams)
		visit->chosen = &visit->cameras.cameras[0];
	if (!wanted)
		return true;
	forget_said(doctor);
	if (camera_choose(&doctor->log, &visit->cameras, wanted, &visit->chosen) == 0)
		return true;
	doctor_fault(doctor, "no-camera", STATUS_NO_CAMERA, "",
		     "no camera is called '%s'", wanted);
	doctor_remedy(doctor, "take one that %s --list prints",
		      doctor->platform->option.program);
	return false;
}

/* A warning of the search is a fault if it left nothing. */
static void raise_warnings(struct doctor *doctor)
{
	for (unsigned i = 0; i < doctor->num_said; i++)
		doctor->said[i].level = LOG_ERROR;
}

static void examine_cameras(struct visit *visit)
{
	struct doctor *doctor = visit->doctor;

	if (!choose(visit))
		return;
	for (size_t i = 0; i < visit->num_devices; i++)
		if (!visit->chosen ||
		    strcmp(visit->chosen->media, visit->devices[i].node) == 0)
			examine_media(visit, &visit->devices[i]);
	if (doctor->platform->doctor->has_sensors && !visit->chosen)
		doctor_check_sensors(doctor, false);
}

/* Devices are there, and no camera in any. */
static void examine_none(struct visit *visit)
{
	struct doctor *doctor = visit->doctor;
	struct doctor_said said[DOCTOR_MAX_SAID];
	unsigned num_said = doctor->num_said;

	memcpy(said, doctor->said, sizeof(said));
	for (size_t i = 0; i < visit->num_devices; i++)
		examine_media(visit, &visit->devices[i]);
	if (!doctor->faults && doctor->platform->doctor->has_sensors)
		doctor_check_sensors(doctor, true);
	memcpy(doctor->said, said, sizeof(said));
	doctor->num_said = num_said;
	raise_warnings(doctor);
	if (!doctor->faults)
		say_no_camera(visit);
	forget_said(doctor);
}

static void examine(struct visit *visit)
{
	struct doctor *doctor = visit->doctor;

	doctor_fine(doctor, "kernel", "", "Linux %s", doctor->kernel.release);
	if (!visit->num_devices) {
		doctor_check_driver(doctor);
		return;
	}
	doctor_check_parameters(doctor);
	find_cameras(visit);
	if (visit->cameras.count)
		examine_cameras(visit);
	else
		examine_none(visit);
	doctor_check_access(doctor);
}

int doctor_run(const struct platform *platform, const struct options *options,
	       struct discover *discover, FILE *file)
{
	struct doctor doctor = { .platform = platform, .options = options, .file = file };
	struct visit visit = { .doctor = &doctor };
	int ret;

	kernel_init(&doctor.kernel, "");
	log_init(&doctor.log, platform->option.program);
	doctor.log.level = LOG_SILENT;
	doctor.log.listener = gather;
	doctor.log.listener_context = &doctor;
	ret = discover_list(discover, platform->drivers, &visit.devices, &visit.num_devices);
	if (ret == 0)
		examine(&visit);
	free(visit.devices);
	camera_finish(&visit.cameras);
	return ret < 0 ? ret : doctor_end(&doctor);
}
