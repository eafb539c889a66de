// SPDX-License-Identifier: GPL-2.0-or-later
/* What is wrong when the drivers say little or nothing. */
#include <dirent.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/sys.h"
#include "common/device/holder.h"
#include "common/device/media.h"
#include "common/device/video.h"
#include "common/tool/capture.h"
#include "rpi/rpi.h"

#define VIDEO_NODES "/sys/class/video4linux"

/* How the nodes of the old firmware stack call their hardware: "mmal service 16.1". */
#define FIRMWARE_CARD "mmal service"

/* ---- no camera ---- */

/* Unicam's node of embedded data is not for looking at: open, it keeps images away. */
static bool may_be_opened(const char *name)
{
	char path[300], line[64] = "";
	FILE *file;

	snprintf(path, sizeof(path), VIDEO_NODES "/%s/name", name);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	return strncmp(line, "unicam", strlen("unicam")) != 0;
}

static bool is_firmware_node(const char *name)
{
	struct v4l2_capability capability;
	char node[300];
	int fd, ret;

	snprintf(node, sizeof(node), "/dev/%s", name);
	fd = sys_open(node, O_RDWR | O_NONBLOCK);
	if (fd < 0)
		return false;
	ret = sys_ioctl(fd, VIDIOC_QUERYCAP, &capability);
	sys_close(&fd);
	return ret == 0 && strncmp((const char *)capability.card, FIRMWARE_CARD,
				   strlen(FIRMWARE_CARD)) == 0;
}

bool rpi_has_firmware_stack(void)
{
	struct dirent *entry;
	bool found = false;
	DIR *folder;

	folder = opendir(VIDEO_NODES);
	while (folder && !found && (entry = readdir(folder)))
		found = entry->d_name[0] != '.' && may_be_opened(entry->d_name) &&
			is_firmware_node(entry->d_name);
	if (folder)
		closedir(folder);
	return found;
}

void rpi_explain_none(struct log *log)
{
	if (rpi_has_firmware_stack())
		log_warning(log, "firmware-stack",
			    RPI_FIRMWARE_CAUSE ": to get at it, " RPI_FIRMWARE_REMEDY);
}

/* ---- no start ---- */

static bool is_of_isp(const struct rpi *rpi, const struct video *video)
{
	const struct rpi_isp *isp = rpi->isp;

	return isp && (video == isp->main || video == isp->second || video == isp->stats);
}

bool rpi_explain_start(void *device, const struct capture_stream *stream, int error)
{
	const struct rpi *rpi = device;

	/* Of all else the graph knows more. */
	if (!is_of_isp(rpi, stream->video))
		return false;
	log_error(rpi->log, "start-refused",
		  "%s does not start: %s: the VideoCore's firmware refused; what it says is in "
		  "the kernel's log",
		  stream->video->name, strerror(-error));
	return true;
}

/* ---- no frame ---- */

/* Somebody who has that node open without streaming keeps the receiver from starting. */
static bool is_held_up(const struct rpi *rpi, char text[static HOLDER_TEXT_SIZE])
{
	const struct media_entity *node;
	struct holder_list holders;

	if (!rpi->receiver->embedded || rpi->embedded)
		return false;
	node = media_find(rpi->media, rpi->receiver->embedded);
	if (!node || !node->node[0] || holder_find(node->node, &holders) < 0 || !holders.count)
		return false;
	holder_text(&holders, text);
	return true;
}

void rpi_explain_silence(void *device, const struct capture_stream *stream,
			 char why[static CAPTURE_REASON_SIZE])
{
	const struct rpi *rpi = device;
	char text[HOLDER_TEXT_SIZE];

	if (is_of_isp(rpi, stream->video))
		snprintf(why, CAPTURE_REASON_SIZE,
			 "the ISP got a frame and gave nothing back; when the VideoCore's "
			 "firmware hangs, only a reboot helps");
	else if (is_held_up(rpi, text))
		snprintf(why, CAPTURE_REASON_SIZE,
			 "no image comes while another program has %s open without streaming "
			 "it: %.120s",
			 rpi->receiver->embedded, text);
	else
		snprintf(why, CAPTURE_REASON_SIZE,
			 "the sensor was started, but nothing came over the ribbon cable: is "
			 "it seated well, are power and the number of lanes right? A smaller "
			 "or slower mode (--mode) asks less of them");
}

/* ---- no end ---- */

void rpi_explain_slow_stop(void *device, const struct video *video,
			   char why[static CAPTURE_REASON_SIZE])
{
	const struct rpi *rpi = device;

	if (is_of_isp(rpi, video) || (rpi->isp && video == rpi->isp->input))
		snprintf(why, CAPTURE_REASON_SIZE,
			 "the VideoCore's firmware did not give its buffers back; if the next "
			 "run fails, reboot");
}
