// SPDX-License-Identifier: GPL-2.0-or-later
/* What is wrong when the drivers say little or nothing. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/text.h"
#include "common/device/media.h"
#include "common/device/video.h"
#include "common/tool/capture.h"
#include "ipu3/ipu3.h"

/* The kernel's list of devices that are waited for; root's only. */
#define PENDING "/sys/kernel/debug/v4l2-async/pending_async_subdevices"

#define LIST_SIZE 256

static void append(char list[static LIST_SIZE], const char *word)
{
	size_t used = strlen(list);

	snprintf(list + used, LIST_SIZE - used, "%s%s", used ? ", " : "", word);
}

/* Sensors that have come up, but are not linked before all have. */
static void list_waiting(const struct media *media, char list[static LIST_SIZE])
{
	for (unsigned i = 0; i < media->num_entities; i++)
		if (media->entities[i].function == MEDIA_ENT_F_CAM_SENSOR)
			append(list, media->entities[i].name);
}

/*
 * What the CIO2 waits for. The list has a line with the name of each driver that waits, and below
 * it a line for each device: " [fwnode] dev=i2c-INT33BE:00, node=\_SB.PCI0.LNK1".
 */
static int list_missing(const struct media *media, char list[static LIST_SIZE])
{
	const char *address = strchr(media->info.bus_info, ':');
	char line[256], escaped[256], *device;
	bool is_ours = false;
	FILE *file;

	file = fopen(PENDING, "re");
	if (!file)
		return -errno;
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] != ' ')
			is_ours = strstr(line, "ipu3-cio2") ||
				  (address && strstr(line, address + 1));
		device = strstr(line, "dev=");
		if (line[0] != ' ' || !is_ours || !device)
			continue;
		text_escape(device + strlen("dev="), escaped, sizeof(escaped));
		append(list, escaped);
	}
	fclose(file);
	return 0;
}

void ipu3_say_no_sensor(const struct media *media)
{
	char waiting[LIST_SIZE] = "", missing[LIST_SIZE] = "";
	int ret;

	list_waiting(media, waiting);
	ret = list_missing(media, missing);
	if (!waiting[0] && !missing[0] && ret == 0) {
		log_warning(media->log, "no-sensor",
			    "%s: the CIO2 is there, but the firmware of this machine tells of "
			    "no sensor that the kernel knows",
			    media->path);
		return;
	}
	log_warning(media->log, "no-sensor",
		    "%s: no camera can be used before all have come up: %s%s%s%s",
		    media->path, waiting[0] ? waiting : "none",
		    waiting[0] ? " came up, and must wait" : " came up",
		    missing[0] ? "; still missing (is the driver there, what does the kernel's "
				 "log say?): " :
				 "; what is missing tells root: " PENDING,
		    missing);
}

static bool is_of_imgu(const struct ipu3 *ipu3, const struct video *video)
{
	const struct ipu3_imgu *imgu = ipu3->imgu;

	return imgu && (video == imgu->output || video == imgu->viewfinder ||
			video == imgu->stats || video == imgu->params);
}

/* What the nodes of the ImgU refuse, no pad explains. */
bool ipu3_explain_start(void *device, const struct capture_stream *stream, int error)
{
	const struct ipu3 *ipu3 = device;

	if (!is_of_imgu(ipu3, stream->video))
		return false;
	if (error == -EBUSY)
		log_error(ipu3->log, "start-refused",
			  "%s: the ImgU is running already, perhaps its other pipe: one "
			  "program can use it at a time",
			  stream->video->name);
	else
		log_error(ipu3->log, "start-refused",
			  "%s does not start: %s; has its link been switched off meanwhile?",
			  stream->video->name, strerror(-error));
	return true;
}

/* The drivers never fail in mid-stream: they fall silent. */
void ipu3_explain_silence(void *device, const struct capture_stream *stream,
			  char why[static CAPTURE_REASON_SIZE])
{
	const struct ipu3 *ipu3 = device;

	if (is_of_imgu(ipu3, stream->video))
		snprintf(why, CAPTURE_REASON_SIZE,
			 "the ImgU got frames and gave none back; when its start has failed "
			 "once, it stays so until its driver is loaded anew (rmmod ipu3-imgu; "
			 "modprobe ipu3-imgu)");
	else
		snprintf(why, CAPTURE_REASON_SIZE,
			 "the CIO2 saw no frame; \"DPHY synchronization error\" in the kernel's "
			 "log would mean that the sensor's driver tells a wrong LINK_FREQ");
}
