// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uvc-capture: USB Video Class cameras, by the kernel's uvcvideo driver.
 *
 * A webcam does its own processing; there is nothing to route. What the driver shows of a
 * camera, all links fixed:
 *
 *	Camera 1 ──▶ Processing 2 ──▶ Extension 4 ──▶ video node    frames, controls, format, rate
 *	                                              video node    metadata: no pads, no links,
 *	                                                            and the same name
 *
 * A camera with a second streaming interface (infrared, depth) has a second such pair; here
 * each pair is a camera of its own. The driver settles format and rate with the device in
 * this order: S_FMT, which resets the rate, then S_PARM; STREAMON commits both and reserves
 * what they need of the bus.
 *
 * Rests on Documentation/userspace-api/media/drivers/uvcvideo.rst and drivers/media/usb/uvc.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/format.h"
#include "common/base/log.h"
#include "common/base/sys.h"
#include "common/device/control.h"
#include "common/device/media.h"
#include "common/device/video.h"
#include "common/sink/display.h"
#include "common/sink/file.h"
#include "common/sink/video_out.h"
#include "common/tool/explain.h"
#include "common/tool/info.h"
#include "common/tool/setup.h"
#include "common/tool/tool.h"
#include "uvc/doctor.h"
#include "uvc/meta.h"
#include "uvc/modes.h"

/* Cameras with more streaming interfaces have not been seen. */
#define MAX_INTERFACES 8

enum role { ROLE_MAIN, ROLE_META };

static const struct option_role roles[] = {
	[ROLE_MAIN] = { "main", "what the camera streams" },
	[ROLE_META] = { "meta", "headers of the USB payloads, with clocks" },
};

/* The nodes of a streaming interface. */
struct interface {
	const struct media_entity *frames;
	const struct media_entity *meta; /* NULL: kernels before 4.16 have none */
};

struct uvc {
	struct log *log;
	struct media *media;
	struct interface interface;
	struct video *video;
	struct video *meta; /* NULL: not asked for */
	struct uvc_modes modes;
	bool has_modes;
};

/* ---- find ---- */

static bool is_node(const struct media_entity *entity)
{
	return entity->function == MEDIA_ENT_F_IO_V4L && entity->device;
}

/* Their entities in the order in which the driver made them. */
static const struct media_entity *next_node(const struct media *media, uint32_t behind)
{
	const struct media_entity *next = NULL;

	for (unsigned i = 0; i < media->num_entities; i++) {
		const struct media_entity *entity = &media->entities[i];

		if (is_node(entity) && entity->id > behind &&
		    (!next || entity->id < next->id))
			next = entity;
	}
	return next;
}

/* A device that shows pictures has a node with a pad, too, but they go out of it. */
static bool takes_frames(const struct media_entity *entity)
{
	return entity->num_pads && entity->pads[0].flags & MEDIA_PAD_FL_SINK;
}

/*
 * Frames come into a pad; the metadata node that has none was made right behind them. The
 * interface that the driver calls the default one is the first.
 */
static unsigned find_interfaces(const struct media *media,
				struct interface interfaces[static MAX_INTERFACES])
{
	const struct media_entity *entity = NULL;
	struct interface moved;
	unsigned count = 0;

	while ((entity = next_node(media, entity ? entity->id : 0))) {
		if (takes_frames(entity) && count < MAX_INTERFACES)
			interfaces[count++] = (struct interface){ .frames = entity };
		else if (entity->num_pads == 0 && count && !interfaces[count - 1].meta)
			interfaces[count - 1].meta = entity;
	}
	for (unsigned i = 1; i < count; i++) {
		if (!(interfaces[i].frames->flags & MEDIA_ENT_FL_DEFAULT) ||
		    interfaces[0].frames->flags & MEDIA_ENT_FL_DEFAULT)
			continue;
		moved = interfaces[i];
		memmove(&interfaces[1], &interfaces[0], i * sizeof(moved));
		interfaces[0] = moved;
	}
	return count;
}

/* "046d", from the USB device whose interface the media device hangs on; "" if it is none. */
#define USB_NUMBER_SIZE 8

static void read_usb_number(const struct media *media, const char *attribute,
			    char text[static USB_NUMBER_SIZE])
{
	const char *name = strrchr(media->path, '/');
	char path[128];

	snprintf(path, sizeof(path), "/sys/bus/media/devices/%s/../../%s",
		 name ? name + 1 : media->path, attribute);
	sys_read_text(path, text, USB_NUMBER_SIZE);
}

/*
 * Where it is plugged in and what it is: the one name that two equal cameras do not share and
 * a reboot does not change. By serial it is found in any port. The second interface and
 * those behind it have their number behind all names.
 */
static void name_camera(const struct media *media, struct camera *camera)
{
	const struct media_device_info *info = &media->info;
	char vendor[USB_NUMBER_SIZE], product[USB_NUMBER_SIZE], suffix[16] = "";

	if (camera->which)
		snprintf(suffix, sizeof(suffix), "/%u", camera->which + 1);
	read_usb_number(media, "idVendor", vendor);
	read_usb_number(media, "idProduct", product);
	snprintf(camera->id, sizeof(camera->id), "%s-%s:%s%s", info->bus_info, vendor,
		 product, suffix);
	if (info->serial[0])
		snprintf(camera->aliases[0], sizeof(camera->aliases[0]), "%s%s",
			 info->serial, suffix);
	if (vendor[0])
		snprintf(camera->aliases[1], sizeof(camera->aliases[1]), "%s:%s%s",
			 vendor, product, suffix);
	if (info->model[0])
		snprintf(camera->aliases[2], sizeof(camera->aliases[2]), "%s%s",
			 info->model, suffix);
	snprintf(camera->model, sizeof(camera->model), "%s", info->model);
	snprintf(camera->bus, sizeof(camera->bus), "%s", info->bus_info);
	snprintf(camera->media, sizeof(camera->media), "%s", media->path);
}

static int find_cameras(const struct media *media, struct camera_list *list)
{
	struct interface interfaces[MAX_INTERFACES];
	unsigned count = find_interfaces(media, interfaces);
	int ret = 0;

	for (unsigned i = 0; i < count && ret == 0; i++) {
		const struct interface *interface = &interfaces[i];
		struct camera camera = { .which = i };

		name_camera(media, &camera);
		camera.devices[0] = interface->frames->device;
		camera.devices[1] = interface->meta ? interface->meta->device : 0;
		ret = camera_add(list, &camera);
	}
	return ret;
}

static int open_node(struct uvc *uvc, const struct media_entity *entity, struct video **video)
{
	int ret;

	/* It is named a moment later than it is listed. */
	if (!entity->node[0])
		ret = -ENODEV;
	else
		ret = video_open(uvc->log, entity->node, entity->name, VIDEO_CAPTURE, video);
	if (ret < 0)
		explain_open(uvc->log, entity->node[0] ? entity->node : entity->name, ret);
	return ret;
}

static void close_device(void *device)
{
	struct uvc *uvc = device;

	if (!uvc)
		return;
	uvc_modes_finish(&uvc->modes);
	video_destroy(uvc->meta);
	video_destroy(uvc->video);
	free(uvc);
}

static int open_device(struct log *log, struct media *media, const struct camera *camera,
		       void **device)
{
	struct interface interfaces[MAX_INTERFACES];
	struct uvc *uvc;
	int ret;

	if (camera->which >= find_interfaces(media, interfaces)) {
		log_error(log, "entity-missing", "%s: the camera has no video node",
			  media->path);
		return -ENODEV;
	}
	uvc = calloc(1, sizeof(*uvc));
	if (!uvc) {
		log_error(log, "no-memory", "opening %s: not enough memory", camera->id);
		return -ENOMEM;
	}
	uvc->log = log;
	uvc->media = media;
	uvc->interface = interfaces[camera->which];
	ret = open_node(uvc, uvc->interface.frames, &uvc->video);
	if (ret < 0) {
		close_device(uvc);
		return ret;
	}
	*device = uvc;
	return 0;
}

static int add_controls(void *device, struct control_set *set)
{
	struct uvc *uvc = device;

	return control_add_device(set, uvc->video->fd, uvc->video->name, uvc->video->node);
}

static int read_modes(struct uvc *uvc)
{
	int ret;

	if (uvc->has_modes)
		return 0;
	ret = uvc_modes_read(uvc->video, &uvc->modes);
	if (ret < 0)
		log_error(uvc->log, ret == -ENODEV ? "device-gone" : "enumeration-failed",
			  "%s: listing formats: %s", uvc->video->name, strerror(-ret));
	uvc->has_modes = ret == 0;
	return ret;
}

/* ---- describe ---- */

static void describe_mode(struct info *info, const struct uvc_mode *mode)
{
	struct info_rates rates = {
		.is_range = mode->is_range,
		.count = mode->num_intervals,
	};
	const struct info_sizes sizes = {
		.min_width = mode->width,
		.min_height = mode->height,
		.max_width = mode->width,
		.max_height = mode->height,
		.rates = &rates,
	};

	for (unsigned i = 0; i < mode->num_intervals; i++)
		rates.rates[i] = (struct text_fraction){
			.numerator = mode->intervals[i].denominator,
			.denominator = mode->intervals[i].numerator,
		};
	info_format(info, mode->fourcc, &sizes);
}

static int describe_meta(struct uvc *uvc, struct info *info)
{
	const struct media_entity *entity = uvc->interface.meta;
	const struct info_sizes none = { 0 };
	struct v4l2_fmtdesc format;
	int ret;

	if (!entity)
		return 0;
	ret = open_node(uvc, entity, &uvc->meta);
	/* It may belong to another group; what is known of the rest is no less true. */
	if (ret < 0)
		return ret == -ENODEV ? ret : 0;
	info_role(info, &roles[ROLE_META], entity->name, entity->node);
	for (uint32_t i = 0; video_enum_format(uvc->meta, i, 0, &format) == 0; i++)
		info_format(info, format.pixelformat, &none);
	return 0;
}

static int describe(void *device, struct info *info)
{
	struct uvc *uvc = device;
	int ret;

	ret = read_modes(uvc);
	if (ret < 0)
		return ret;
	info_role(info, &roles[ROLE_MAIN], uvc->video->name, uvc->video->node);
	for (size_t i = 0; i < uvc->modes.count; i++)
		describe_mode(info, &uvc->modes.modes[i]);
	return describe_meta(uvc, info);
}

/* ---- plan ---- */

#define MODE_TEXT_SIZE 128
#define MAX_TAKEN      64 /* formats of an output */

static const char *mode_text(const struct uvc_mode *mode, const struct v4l2_fract *interval,
			     char text[static MODE_TEXT_SIZE])
{
	char name[FORMAT_NAME_SIZE];

	snprintf(text, MODE_TEXT_SIZE, "%s %ux%u at %.4g fps",
		 format_name_text(mode->fourcc, name), mode->width, mode->height,
		 uvc_rate_hz(interval));
	return text;
}

static const char *wish_text(const struct uvc_wish *wish, char text[static MODE_TEXT_SIZE])
{
	char name[FORMAT_NAME_SIZE] = "", size[32] = "", rate[32] = "";

	if (wish->format)
		format_name_text(wish->format->fourcc, name);
	if (wish->width)
		snprintf(size, sizeof(size), "%s%ux%u", name[0] ? " " : "", wish->width,
			 wish->height);
	if (wish->rate.numerator)
		snprintf(rate, sizeof(rate), "%s%.4g fps", name[0] || size[0] ? " at " : "",
			 (double)wish->rate.numerator / wish->rate.denominator);
	snprintf(text, MODE_TEXT_SIZE, "%s%s%s", name, size, rate);
	return text;
}

static const char *find_file(const struct options *options)
{
	const char *found = NULL;

	for (unsigned i = 0; i < options->num_files; i++) {
		if (options->files[i].role == &roles[ROLE_MAIN])
			return options->files[i].pattern;
		if (!options->files[i].role)
			found = options->files[i].pattern;
	}
	return found;
}

static const char *find_output(const struct options *options)
{
	for (unsigned i = 0; i < options->num_video_outs; i++)
		if (options->video_outs[i].role == &roles[ROLE_MAIN])
			return options->video_outs[i].node;
	return NULL;
}

/* The fastest that another format of this size runs at, if that is why it was passed over. */
static const struct uvc_mode *slower_mode(const struct uvc_modes *modes,
					  const struct uvc_choice *choice)
{
	for (size_t i = 0; i < modes->count; i++) {
		const struct uvc_mode *mode = &modes->modes[i];

		if (mode->width == choice->mode->width &&
		    mode->height == choice->mode->height && mode != choice->mode &&
		    mode->format && mode->format->kind == FORMAT_YUV &&
		    uvc_rate_hz(&mode->intervals[0]) < uvc_rate_hz(&choice->interval) - 0.05)
			return mode;
	}
	return NULL;
}

/* The file is why: other formats do not get into it, or not as they are. */
static bool suits_file(const struct uvc *uvc, const struct uvc_wish *wish,
		       const struct uvc_mode *chosen)
{
	enum file_fit fit = wish->file ? file_fit(wish->file, chosen->fourcc) : FILE_FIT_NONE;

	for (size_t i = 0; i < uvc->modes.count && fit != FILE_FIT_NONE; i++)
		if (file_fit(wish->file, uvc->modes.modes[i].fourcc) > fit)
			return true;
	return false;
}

/* The same for the display. */
static bool suits_display(const struct uvc *uvc, const struct uvc_wish *wish,
			  const struct uvc_mode *chosen)
{
	if (!wish->display || !display_can_show(wish->display, chosen->fourcc))
		return false;
	for (size_t i = 0; i < uvc->modes.count; i++)
		if (!display_can_show(wish->display, uvc->modes.modes[i].fourcc))
			return true;
	return false;
}

/* The output is why: without it another one would have been chosen. */
static bool suits_output(const struct uvc *uvc, const struct uvc_wish *wish,
			 const struct uvc_mode *chosen)
{
	struct uvc_wish other = *wish;
	struct uvc_choice choice;

	other.num_taken = 0;
	return wish->num_taken && uvc_choose(&uvc->modes, &other, &choice) == 0 &&
	       choice.mode->fourcc != chosen->fourcc;
}

/* Which format was picked, and what speaks for it. */
static void say_choice(const struct uvc *uvc, const struct uvc_wish *wish,
		       const struct uvc_choice *choice)
{
	const struct uvc_mode *mode = choice->mode, *slower;
	char chosen[MODE_TEXT_SIZE], name[FORMAT_NAME_SIZE], why[128];

	slower = slower_mode(&uvc->modes, choice);
	if (suits_file(uvc, wish, mode))
		snprintf(why, sizeof(why), "for the kind of file");
	else if (suits_display(uvc, wish, mode))
		snprintf(why, sizeof(why), "for the display");
	else if (suits_output(uvc, wish, mode))
		snprintf(why, sizeof(why), "for what %s takes", wish->output);
	else if (mode->format && mode->format->kind != FORMAT_COMPRESSED)
		snprintf(why, sizeof(why), "uncompressed, so nothing has to be decoded");
	else if (slower)
		snprintf(why, sizeof(why), "%s comes to %.4g fps only at this size",
			 format_name_text(slower->fourcc, name),
			 uvc_rate_hz(&slower->intervals[0]));
	else
		snprintf(why, sizeof(why), "nothing uncompressed is there at this size");
	log_notice(uvc->log, "mode-chosen", "main: taking %s: %s",
		   mode_text(mode, &choice->interval, chosen), why);
}

/* "YUYV, MJPG": what the camera has instead. */
static void list_formats(const struct uvc_modes *modes, char *text, size_t size)
{
	char name[FORMAT_NAME_SIZE];
	uint32_t last = 0;
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < modes->count && used < size; i++) {
		if (modes->modes[i].fourcc == last)
			continue;
		last = modes->modes[i].fourcc;
		used += (size_t)snprintf(text + used, size - used, "%s%s",
					 used ? ", " : "", format_name_text(last, name));
	}
}

/* Another format may have what this one has not, or one that the file can't hold. */
static void add_alternative(const struct uvc *uvc, const struct uvc_wish *wish,
			    char *text, size_t size)
{
	struct uvc_wish other = *wish;
	char name[FORMAT_NAME_SIZE];
	struct uvc_choice choice;
	size_t used = strlen(text);

	other.format = NULL;
	if (uvc_choose(&uvc->modes, &other, &choice) == 0 && choice.is_exact) {
		snprintf(text + used, size - used, "; %s has that",
			 format_name_text(choice.mode->fourcc, name));
		return;
	}
	other.file = NULL;
	other.num_taken = 0;
	if (uvc_choose(&uvc->modes, &other, &choice) == 0 && choice.is_exact)
		snprintf(text + used, size - used, "; %s has that, but %s can't hold it",
			 format_name_text(choice.mode->fourcc, name),
			 wish->file ? wish->file : wish->output);
}

static int settle(const struct uvc *uvc, const struct options *options,
		  const struct uvc_wish *wish, const struct uvc_choice *choice)
{
	char asked[MODE_TEXT_SIZE], nearest[MODE_TEXT_SIZE], formats[256];
	char possible[2 * MODE_TEXT_SIZE];

	wish_text(wish, asked);
	mode_text(choice->mode, &choice->interval, nearest);
	if (wish->format && choice->mode->fourcc != wish->format->fourcc) {
		list_formats(&uvc->modes, formats, sizeof(formats));
		log_detail(uvc->log, "formats", "the camera has %s", formats);
	}
	snprintf(possible, sizeof(possible), "%s", nearest);
	if (!options->adjust &&
	    (!wish->format || choice->mode->fourcc == wish->format->fourcc))
		add_alternative(uvc, wish, possible, sizeof(possible));
	return setup_settle(uvc->log, options->adjust, "main", asked, possible);
}

static int plan_main(struct uvc *uvc, const struct options *options,
		     const struct setup *setup, const struct option_stream *stream,
		     struct uvc_choice *choice)
{
	uint32_t taken[MAX_TAKEN];
	struct uvc_wish wish = {
		.format = stream->format,
		.width = stream->width,
		.height = stream->height,
		.rate = stream->rate,
		.file = find_file(options),
		.display = setup->display,
		.output = find_output(options),
		.taken = taken,
	};
	int ret;

	if (wish.output)
		wish.num_taken = video_out_formats(wish.output, taken, MAX_TAKEN);

	ret = read_modes(uvc);
	if (ret < 0)
		return ret;
	if (uvc_choose(&uvc->modes, &wish, choice) < 0) {
		log_error(uvc->log, "not-possible",
			  "%s lists no format that has a size and a rate", uvc->video->name);
		return -EINVAL;
	}
	if (!choice->is_exact)
		return settle(uvc, options, &wish, choice);
	if (!wish.format)
		say_choice(uvc, &wish, choice);
	return 0;
}

/* ---- set up ---- */

static void set_main(struct uvc *uvc, struct setup *setup,
		     const struct uvc_choice *choice, struct capture_stream *stream)
{
	struct v4l2_fract interval = choice->interval;
	struct video_format format = {
		.fourcc = choice->mode->fourcc,
		.width = choice->mode->width,
		.height = choice->mode->height,
		.field = V4L2_FIELD_ANY,
		.num_planes = 1,
	};

	/* The format resets the rate. */
	setup_node(setup, uvc->video, &format);
	setup_interval(setup, uvc->video, &interval);
	stream->video = uvc->video;
	stream->rate = (struct text_fraction){ interval.denominator, interval.numerator };
	stream->watch_controls = true;
}

static int set_meta(struct uvc *uvc, const struct option_stream *asked,
		    struct setup *setup, struct capture_stream *stream)
{
	struct video_format format = { .num_planes = 1 };
	int ret;

	if (asked->width || asked->rate.numerator) {
		log_error(uvc->log, "not-possible",
			  "meta has neither size nor rate: it comes with the frames of main");
		return -EINVAL;
	}
	if (!uvc->interface.meta) {
		log_error(uvc->log, "not-possible",
			  "meta: this kernel's driver has no metadata node");
		return -EINVAL;
	}
	ret = open_node(uvc, uvc->interface.meta, &uvc->meta);
	if (ret < 0)
		return ret;
	format.fourcc = asked->format ? asked->format->fourcc : V4L2_META_FMT_UVC;
	setup_node(setup, uvc->meta, &format);
	stream->video = uvc->meta;
	/* The driver fills what it has when a frame ends; main alone makes frames come. */
	stream->starts_early = true;
	if (format.fourcc == V4L2_META_FMT_UVC)
		stream->decode = uvc_meta_decode;
	return 0;
}

/*
 * The driver's flags say CLOCK_MONOTONIC whatever its parameter "clock" makes of the
 * timestamps.
 */
static enum capture_clock find_clock(void)
{
	char text[32];

	sys_read_text("/sys/module/uvcvideo/parameters/clock", text, sizeof(text));
	return strcmp(text, "CLOCK_REALTIME") ? CAPTURE_CLOCK_AS_TOLD : CAPTURE_CLOCK_UNKNOWN;
}

static int check_request(const struct uvc *uvc, const struct options *options)
{
	bool has_main = options->num_streams == 0;

	if (options->mode_width) {
		log_error(uvc->log, "not-possible",
			  "--mode: the sensor of a USB camera is its own affair; --stream sets "
			  "the size");
		return -EINVAL;
	}
	for (unsigned i = 0; i < options->num_streams; i++)
		has_main |= options->streams[i].role == &roles[ROLE_MAIN];
	if (has_main)
		return 0;
	log_error(uvc->log, "not-possible",
		  "meta comes only while main streams: ask for both, --stream=main --stream=meta");
	return -EINVAL;
}

static int configure(void *device, const struct options *options, struct setup *setup,
		     struct capture_stream *streams, unsigned *num_streams)
{
	const struct option_stream any = { .role = &roles[ROLE_MAIN] };
	const struct option_stream *asked = options->num_streams ? options->streams : &any;
	unsigned count = options->num_streams ? options->num_streams : 1;
	enum capture_clock clock = find_clock();
	struct uvc_choice choice;
	struct uvc *uvc = device;
	int ret;

	ret = check_request(uvc, options);
	for (unsigned i = 0; i < count && ret == 0; i++) {
		streams[i] = (struct capture_stream){
			.role = asked[i].role,
			.clock = clock,
		};
		if (asked[i].role == &roles[ROLE_META]) {
			ret = set_meta(uvc, &asked[i], setup, &streams[i]);
			continue;
		}
		ret = plan_main(uvc, options, setup, &asked[i], &choice);
		if (ret == 0)
			set_main(uvc, setup, &choice, &streams[i]);
	}
	if (ret < 0)
		return ret;
	if (clock == CAPTURE_CLOCK_UNKNOWN)
		log_warning(uvc->log, "clock-odd",
			    "timestamps are of the real-time clock, which may jump: uvcvideo was "
			    "loaded with clock=CLOCK_REALTIME");
	*num_streams = count;
	return setup->error;
}

/* ---- explain ---- */

/* What needs less of the bus than this: MJPG, the next smaller size, the next lower rate. */
static void list_lighter_modes(const struct uvc *uvc, const struct video_format *format,
			       const struct text_fraction *rate, char *text, size_t size)
{
	const struct uvc_mode *mjpeg = NULL, *smaller = NULL, *same = NULL;
	double rate_hz = rate->denominator ? (double)rate->numerator / rate->denominator : 0;
	size_t used = 0;

	for (size_t i = 0; i < uvc->modes.count; i++) {
		const struct uvc_mode *mode = &uvc->modes.modes[i];
		uint64_t area = (uint64_t)mode->width * mode->height;
		uint64_t least = smaller ? (uint64_t)smaller->width * smaller->height : 0;

		if (mode->width == format->width && mode->height == format->height) {
			if (mode->fourcc == format->fourcc)
				same = mode;
			else if (mode->fourcc == V4L2_PIX_FMT_MJPEG)
				mjpeg = mode;
		} else if (mode->fourcc == format->fourcc && area > least &&
			   area < (uint64_t)format->width * format->height) {
			smaller = mode;
		}
	}
	text[0] = '\0';
	if (mjpeg)
		used += (size_t)snprintf(text + used, size - used, " MJPG %ux%u,",
					 mjpeg->width, mjpeg->height);
	if (smaller)
		used += (size_t)snprintf(text + used, size - used, " %ux%u,",
					 smaller->width, smaller->height);
	for (unsigned i = 0; same && i < same->num_intervals; i++) {
		double lower_hz = uvc_rate_hz(&same->intervals[i]);

		if (lower_hz > rate_hz - 0.05)
			continue;
		used += (size_t)snprintf(text + used, size - used, " %.4g fps,", lower_hz);
		break;
	}
	snprintf(text + used, size - used, " another port, or no hub in between");
}

static bool explain_start_failure(void *device, const struct capture_stream *stream, int error)
{
	const struct video_format *format = &stream->video->format;
	struct uvc *uvc = device;
	char asked[MODE_TEXT_SIZE], lighter[256], name[FORMAT_NAME_SIZE];

	if (stream->video != uvc->video)
		return false;
	snprintf(asked, sizeof(asked), "%s %ux%u at %.4g fps",
		 format_name_text(format->fourcc, name), format->width, format->height,
		 stream->rate.denominator ?
			 (double)stream->rate.numerator / stream->rate.denominator :
			 0.0);
	switch (error) {
	case -ENOSPC:
		list_lighter_modes(uvc, format, &stream->rate, lighter, sizeof(lighter));
		log_error(uvc->log, "no-bandwidth",
			  "%s (%s) does not start: the USB has not enough bandwidth left for %s; "
			  "less is needed by, or more is there with:%s",
			  stream->video->name, stream->video->node, asked, lighter);
		return true;
	case -EIO:
	case -EPIPE:
	case -EPROTO:
	case -ETIMEDOUT:
		log_error(uvc->log, "start-refused",
			  "%s (%s) does not start: the camera refused %s, which it had agreed to, "
			  "or has no USB setting as fast as that (%s); another format or size, or "
			  "plugging it in again, may help",
			  stream->video->name, stream->video->node, asked, strerror(-error));
		return true;
	}
	return false;
}

/* What --doctor asks of the bus. */
static void examine(struct doctor *doctor, void *device, const struct doctor_plan *plan)
{
	const struct capture_stream *stream = &plan->streams[0];
	const struct video_format *format = doctor_format(plan, stream->video);
	struct uvc *uvc = device;
	char asked[MODE_TEXT_SIZE], lighter[256], name[FORMAT_NAME_SIZE];

	if (!format || stream->video != uvc->video || !stream->rate.denominator)
		return;
	snprintf(asked, sizeof(asked), "%s %ux%u at %.4g fps",
		 format_name_text(format->fourcc, name), format->width, format->height,
		 (double)stream->rate.numerator / stream->rate.denominator);
	list_lighter_modes(uvc, format, &stream->rate, lighter, sizeof(lighter));
	uvc_doctor_bus(doctor, plan, asked, lighter);
}

static bool get_control(const struct uvc *uvc, uint32_t id, int32_t *value)
{
	struct v4l2_control control = { .id = id };

	if (sys_ioctl(uvc->video->fd, VIDIOC_G_CTRL, &control) < 0)
		return false;
	*value = control.value;
	return true;
}

/* UVC counts exposure in steps of 100 us. */
#define EXPOSURE_STEP_S 1e-4

static void explain_low_rate(void *device, const struct capture_stream *stream,
			     char why[static CAPTURE_REASON_SIZE])
{
	double frame_s = (double)stream->rate.denominator / stream->rate.numerator;
	int32_t mode = V4L2_EXPOSURE_AUTO, exposure, priority;
	struct uvc *uvc = device;
	bool is_manual;

	if (stream->video != uvc->video)
		return;
	is_manual = get_control(uvc, V4L2_CID_EXPOSURE_AUTO, &mode) &&
		    (mode == V4L2_EXPOSURE_MANUAL || mode == V4L2_EXPOSURE_SHUTTER_PRIORITY);
	if (is_manual && get_control(uvc, V4L2_CID_EXPOSURE_ABSOLUTE, &exposure) &&
	    exposure * EXPOSURE_STEP_S > frame_s)
		snprintf(why, CAPTURE_REASON_SIZE,
			 "exposure_time_absolute, %.4g ms, is longer than a frame at that rate",
			 exposure * EXPOSURE_STEP_S * 1e3);
	else if (!is_manual &&
		 get_control(uvc, V4L2_CID_EXPOSURE_AUTO_PRIORITY, &priority) && priority)
		snprintf(why, CAPTURE_REASON_SIZE,
			 "exposure_dynamic_framerate lets automatic exposure slow the camera down "
			 "in the dark; -C exposure_dynamic_framerate=0 keeps the rate");
}

/* ---- the tool ---- */

static const char *const drivers[] = { "uvcvideo", NULL };

static const struct doctor_platform doctor = {
	.drivers = uvc_doctor_drivers,
	.parameters = uvc_doctor_parameters,
	.examine = examine,
};

static const struct platform platform = {
	.option = {
		.program = "uvc-capture",
		.summary = "Captures frames from USB cameras.",
		.roles = roles,
		.num_roles = sizeof(roles) / sizeof(roles[0]),
	},
	.drivers = drivers,
	.find = find_cameras,
	.has_separate_cameras = true,
	.open = open_device,
	.close = close_device,
	.add_controls = add_controls,
	.info = describe,
	.configure = configure,
	.explain = {
		.start = explain_start_failure,
		.rate = explain_low_rate,
	},
	.doctor = &doctor,
};

int main(int argc, char **argv)
{
	return tool_run(&platform, argc, argv);
}
