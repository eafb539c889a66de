/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The media graph: entities, pads and links of one media device.
 *
 * Rests on Documentation/userspace-api/media/mediactl (MEDIA_IOC_G_TOPOLOGY,
 * MEDIA_IOC_SETUP_LINK).
 */
#ifndef RAWLINE_MEDIA_H
#define RAWLINE_MEDIA_H

#include <linux/media.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct log;
struct media_entity;

struct media_pad {
	uint32_t id;
	uint32_t index;
	uint32_t flags; /* MEDIA_PAD_FL_* */
	struct media_entity *entity;
};

struct media_link {
	uint32_t id;
	uint32_t flags; /* MEDIA_LNK_FL_*, as last read or set */
	struct media_pad *source;
	struct media_pad *sink;
};

struct media_entity {
	uint32_t id;
	uint32_t function; /* MEDIA_ENT_F_* */
	uint32_t flags;    /* MEDIA_ENT_FL_* */
	char name[64];
	unsigned num_pads;
	struct media_pad *pads; /* sorted by index */
	dev_t device;           /* of its V4L2 interface; 0: none */
	char node[64];          /* "/dev/video0"; "": none */
};

struct media {
	struct log *log;
	int fd;        /* owned */
	char path[64]; /* "/dev/media0" */
	struct media_device_info info;
	uint64_t version; /* of the topology */
	unsigned num_entities;
	struct media_entity *entities;
	unsigned num_pads;
	struct media_pad *pads;
	unsigned num_links; /* pad to pad links only */
	struct media_link *links;
};

/*
 * Opens a media device and reads its graph. Returns 0, or -errno (-EACCES, -ENODEV,
 * -ENOENT …); says nothing by itself.
 */
int media_open(struct log *log, const char *path, struct media **media);

/* False if another media device there has the same bus_info: it does not name this one. */
bool media_has_own_bus(const struct media *media);
void media_destroy(struct media *media);

/* By its exact name; NULL if there is none. */
struct media_entity *media_find(const struct media *media, const char *name);

/* The entity behind a device node number; NULL if it is not of this graph. */
struct media_entity *media_find_device(const struct media *media, dev_t device);

struct media_pad *media_find_pad(const struct media_entity *entity, uint32_t index);

/* NULL if the graph has no such link. */
struct media_link *media_find_link(const struct media *media, const struct media_pad *source,
				   const struct media_pad *sink);

/*
 * Switches a link, then reads back that it took. One that is as wanted already is left
 * alone. Returns 0, -EPERM (immutable), -EBUSY (the pipeline streams), -EINVAL (it did
 * not take), or -errno.
 */
int media_set_link(struct media *media, struct media_link *link, bool enabled);

/*
 * Reads the state of all links again; somebody else may have switched some since the
 * graph was read. Returns 0, -ESTALE if the graph itself has changed, or -errno.
 */
int media_read_links(struct media *media);

/*
 * The enabled link that feeds a sink pad, or a source pad's first enabled link; NULL if
 * there is none.
 */
struct media_link *media_enabled_link(const struct media *media, const struct media_pad *pad);

/*
 * Walks enabled links upstream from an entity to the one where light or data begins: an
 * entity without sink pads. NULL if the path is open or runs in a circle.
 */
struct media_entity *media_walk_to_source(const struct media *media,
					  const struct media_entity *entity);

/*
 * True if enabled links join the two, in whatever direction: the set that STREAMON
 * validates as one pipeline.
 */
bool media_is_connected(const struct media *media, const struct media_entity *one,
			const struct media_entity *other);

/*
 * Takes the advisory lock (lockf F_TLOCK on the media device) that libcamera takes too;
 * held until media_destroy(), or until this process closes any other descriptor of the
 * same device, which is how POSIX has it: open a device once while it is locked. -EBUSY
 * if another process has it: its pid is then in *holder (0 if unknown).
 */
int media_lock(struct media *media, pid_t *holder);

/*
 * As media_lock(), for one of several parts that run each on its own: locks of other parts
 * do not disturb it, a lock of the whole device does.
 */
int media_lock_part(struct media *media, unsigned part, pid_t *holder);

/*
 * Who would be in the way of media_lock(), or of media_lock_part() if is_part; takes no lock.
 * 0: nobody; -EBUSY with the pid in *holder (0 if unknown); or -errno.
 */
int media_find_holder(const struct media *media, bool is_part, unsigned part, pid_t *holder);

#endif
