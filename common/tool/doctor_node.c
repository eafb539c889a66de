// SPDX-License-Identifier: GPL-2.0-or-later
/* --doctor: whether nodes may be opened, by whose leave, and who is using them now. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/status.h"
#include "common/device/discover.h"
#include "common/device/holder.h"
#include "common/device/media.h"
#include "common/device/video.h"
#include "common/tool/camera.h"
#include "common/tool/doctor.h"
#include "common/tool/tool.h"

#define RULE         "70-rawline.rules"
#define UDEV_CONTROL "/run/udev/control"
#define MAX_GROUPS   64

/* ---- permission ---- */

/* Where udev looks for rules. */
static bool has_rule(void)
{
	static const char *const folders[] = {
		"/etc/udev/rules.d",           "/run/udev/rules.d",
		"/usr/local/lib/udev/rules.d", "/usr/lib/udev/rules.d",
		"/lib/udev/rules.d",
	};
	char path[128];

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, sizeof(path), "%s/" RULE, folders[i]);
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

static bool may_open(const char *node)
{
	return faccessat(AT_FDCWD, node, R_OK | W_OK, AT_EACCESS) == 0;
}

static bool contains(const gid_t *groups, int count, gid_t group)
{
	for (int i = 0; i < count; i++)
		if (groups[i] == group)
			return true;
	return false;
}

/* In the system's list; a session that was there before does not know yet. */
static bool is_member(const struct passwd *user, gid_t group)
{
	gid_t groups[MAX_GROUPS];
	int count = MAX_GROUPS;

	if (getgrouplist(user->pw_name, user->pw_gid, groups, &count) < 0)
		count = 0;
	return contains(groups, count, group);
}

static bool is_in_group(gid_t group)
{
	gid_t groups[MAX_GROUPS];

	return getegid() == group || contains(groups, getgroups(MAX_GROUPS, groups), group);
}

/* The rule, or what stands in for it where no udev runs. */
static void advise_mode(struct doctor *doctor, const char *node)
{
	if (access(UDEV_CONTROL, F_OK) < 0)
		doctor_command(doctor, "chgrp video %s; chmod 660 %s", node, node);
	else if (has_rule())
		doctor_command(doctor, "udevadm trigger --action=add %s", node);
	else
		doctor_command(doctor,
			       "put " RULE " into /etc/udev/rules.d (make install does "
			       "so), then: udevadm control --reload; udevadm trigger");
}

static void advise_access(struct doctor *doctor, const char *node)
{
	const struct passwd *user = getpwuid(geteuid());
	const struct group *group;
	struct stat status;
	char name[64];

	if (stat(node, &status) < 0 || (status.st_mode & 060) != 060 || !status.st_gid ||
	    is_in_group(status.st_gid)) {
		advise_mode(doctor, node);
		return;
	}
	group = getgrgid(status.st_gid);
	if (group)
		snprintf(name, sizeof(name), "%s", group->gr_name);
	else
		snprintf(name, sizeof(name), "%lu", (unsigned long)status.st_gid);
	if (user && is_member(user, status.st_gid))
		doctor_remedy(doctor,
			      "log in anew: this session was there before %s came into group %s",
			      user->pw_name, name);
	else if (user)
		doctor_command(doctor, "usermod -aG %s %s, then log in anew", name,
			       user->pw_name);
	else
		doctor_command(doctor, "bring user %lu into group %s",
			       (unsigned long)geteuid(), name);
}

/* A node that may not be opened, and how many more are so. */
static void say_closed(struct doctor *doctor, const char *node, unsigned more)
{
	char text[HOLDER_TEXT_SIZE], others[64] = "";

	if (more)
		snprintf(others, sizeof(others), " (and %u more node%s)", more,
			 more == 1 ? "" : "s");
	doctor_fault(doctor, "no-permission", STATUS_PERMISSION, "",
		     "no permission: %s%s, and this user is not let in",
		     holder_permission_text(node, text), others);
	advise_access(doctor, node);
}

static void say_missing(struct doctor *doctor, const char *node)
{
	const char *name = strrchr(node, '/') + 1;

	doctor_fault(doctor, "node-missing", STATUS_NO_CAMERA, node,
		     "the kernel has this device, but its node is not there");
	if (strncmp(name, "media", strlen("media")) == 0)
		doctor_command(doctor,
			       "mknod %s c $(tr : ' ' < /sys/bus/media/devices/%s/dev)",
			       node, name);
	else
		doctor_command(doctor,
			       "mknod %s c $(tr : ' ' < /sys/class/video4linux/%s/dev)",
			       node, name);
}

bool doctor_check_device(struct doctor *doctor, const struct discover_media *device)
{
	switch (device->error) {
	case 0:
		return true;
	case -EACCES:
	case -EPERM:
		say_closed(doctor, device->node, 0);
		break;
	case -ENOENT:
		say_missing(doctor, device->node);
		break;
	case -EAGAIN:
		doctor_fault(doctor, "node-unfinished", STATUS_NO_CAMERA, device->node,
			     "udev has not set this node up yet");
		doctor_command(doctor, "udevadm settle");
		break;
	default:
		doctor_fault(doctor, "open-failed", STATUS_NO_CAMERA, device->node,
			     "it does not answer: %s", strerror(-device->error));
		doctor_remedy(doctor, "what the kernel's log (dmesg) tells of it");
	}
	return false;
}

bool doctor_check_nodes(struct doctor *doctor, const struct media *media)
{
	const char *closed = NULL;
	unsigned more = 0, count = 0;

	for (unsigned i = 0; i < media->num_entities; i++) {
		const char *node = media->entities[i].node;

		if (!node[0])
			continue;
		count++;
		if (access(node, F_OK) < 0) {
			say_missing(doctor, node);
			return false;
		}
		if (may_open(node))
			continue;
		if (closed)
			more++;
		else
			closed = node;
	}
	if (closed) {
		say_closed(doctor, closed, more);
		return false;
	}
	doctor_fine(doctor, "nodes", media->path, "it and its %u nodes may be opened", count);
	return true;
}

/* ---- memory that several devices read ---- */

static void check_udmabuf(struct doctor *doctor)
{
	static const char node[] = "/dev/udmabuf";

	if (access(node, F_OK) < 0) {
		bool can_load = kernel_find_module(&doctor->kernel, "udmabuf") ==
				KERNEL_AVAILABLE;

		doctor_warning(doctor, "memory-missing", node,
			       "it is not there, so --memory=udmabuf can't be had");
		if (can_load)
			doctor_command(doctor, "modprobe udmabuf");
		else
			doctor_remedy(doctor, "boot a kernel with CONFIG_UDMABUF=y");
	} else if (!may_open(node)) {
		doctor_warning(doctor, "memory-closed", node,
			       "it is not for this user, so --memory=udmabuf can't be had");
		advise_access(doctor, node);
	} else {
		doctor_fine(doctor, "memory", node, "it is there, and may be opened");
	}
}

/* One word for all heaps: they have one rule. */
static void check_heaps(struct doctor *doctor)
{
	struct dirent *entry;
	char node[300], closed[300] = "";
	unsigned open_heaps = 0;
	DIR *folder;

	folder = opendir("/dev/dma_heap");
	while (folder && (entry = readdir(folder))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(node, sizeof(node), "/dev/dma_heap/%s", entry->d_name);
		if (may_open(node))
			open_heaps++;
		else
			snprintf(closed, sizeof(closed), "%s", node);
	}
	if (folder)
		closedir(folder);
	if (closed[0]) {
		doctor_warning(doctor, "memory-closed", closed,
			       "it is not for this user, so --memory=heap can't be had");
		advise_access(doctor, closed);
	} else if (open_heaps) {
		doctor_fine(doctor, "memory", "/dev/dma_heap", "%u heaps may be opened",
			    open_heaps);
	} else {
		doctor_warning(doctor, "memory-missing", "/dev/dma_heap",
			       "there is no heap, so --memory=heap can't be had");
		doctor_remedy(doctor, "boot a kernel with CONFIG_DMABUF_HEAPS=y and "
				      "CONFIG_DMABUF_HEAPS_SYSTEM=y");
	}
}

void doctor_check_access(struct doctor *doctor)
{
	check_udmabuf(doctor);
	check_heaps(doctor);
	if (has_rule())
		doctor_fine(doctor, "udev-rule", "", RULE " is installed");
	else if (access(UDEV_CONTROL, F_OK) == 0 && geteuid() != 0) {
		doctor_warning(doctor, "udev-rule", "",
			       RULE
			       " is not installed, which gives access to nodes and memory");
		doctor_command(doctor, "put it into /etc/udev/rules.d (make install does so), "
				       "then: udevadm control --reload; udevadm trigger");
	}
}

/* ---- who is using them ---- */

static void advise_end(struct doctor *doctor, const struct holder_list *holders,
		       const char *node)
{
	if (holders->count && holders->holders[0].pid > 0)
		doctor_remedy(doctor, "end it: kill %ld", (long)holders->holders[0].pid);
	else
		doctor_command(doctor, "fuser -v %s names it: end it", node);
}

bool doctor_check_lock(struct doctor *doctor, const struct media *media,
		       const struct camera *camera)
{
	bool is_part = doctor->platform->has_separate_cameras;
	struct holder_list holders;
	char text[HOLDER_TEXT_SIZE];
	pid_t holder;

	if (media_find_holder(media, is_part, camera->which, &holder) != -EBUSY)
		return true;
	holder_from_pid(holder, &holders);
	doctor_fault(doctor, "busy", STATUS_BUSY, camera->id, "%s is in use by %s",
		     media->path, holder_text(&holders, text));
	advise_end(doctor, &holders, media->path);
	return false;
}

/* Asking for no buffers changes nothing where nobody has any, and is refused elsewhere. */
static bool is_busy(struct doctor *doctor, const struct media_entity *entity)
{
	bool is_output = entity->num_pads && entity->pads[0].flags & MEDIA_PAD_FL_SOURCE;
	struct video *video;
	unsigned none = 0;
	int ret;

	ret = video_open(&doctor->log, entity->node, entity->name,
			 is_output ? VIDEO_OUTPUT : VIDEO_CAPTURE, &video);
	if (ret < 0)
		return ret == -EBUSY;
	ret = video_request_buffers(video, V4L2_MEMORY_MMAP, &none);
	video_destroy(video);
	return ret == -EBUSY;
}

/* A node that does harm when it is open without streaming. */
static bool check_closed(struct doctor *doctor, const struct media_entity *entity)
{
	struct holder_list holders;
	char text[HOLDER_TEXT_SIZE];

	if (holder_find(entity->node, &holders) < 0 || !holders.count)
		return true;
	doctor_fault(doctor, "node-held", STATUS_NO_FRAME, entity->name,
		     "no image comes while %s is open without streaming, in %s",
		     entity->node, holder_text(&holders, text));
	advise_end(doctor, &holders, entity->node);
	return false;
}

static bool check_user(struct doctor *doctor, const struct media_entity *entity)
{
	const char *closed = doctor->platform->doctor->closed;
	struct holder_list holders = { 0 };
	char text[HOLDER_TEXT_SIZE];
	bool busy;

	if (closed && strcmp(entity->name, closed) == 0)
		return check_closed(doctor, entity);
	busy = is_busy(doctor, entity);
	if (!busy && !doctor->options->verbose)
		return true;
	holder_find(entity->node, &holders);
	if (busy) {
		doctor_fault(doctor, "busy", STATUS_BUSY, entity->name,
			     "%s streams or has buffers, in use by %s", entity->node,
			     holder_text(&holders, text));
		advise_end(doctor, &holders, entity->node);
		return false;
	}
	if (holders.count)
		doctor_fine(doctor, "open", entity->name,
			    "%s is open, but does not stream, in %s", entity->node,
			    holder_text(&holders, text));
	return true;
}

bool doctor_check_busy(struct doctor *doctor, const struct media *media)
{
	for (unsigned i = 0; i < media->num_entities; i++) {
		const struct media_entity *entity = &media->entities[i];

		if (strncmp(entity->node, "/dev/video", strlen("/dev/video")) == 0 &&
		    !check_user(doctor, entity))
			return false;
	}
	return true;
}
