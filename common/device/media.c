// SPDX-License-Identifier: GPL-2.0-or-later
/* The media graph: entities, pads and links of one media device. */
#include "common/device/media.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/base/sys.h"

/* More than any driver has; keeps a lying one from asking for much memory. */
#define MAX_OBJECTS 1024
/* A graph that changes this often while it is read is not going to hold still. */
#define MAX_READS 8

/* The kernel's own arrays, alive only while the graph is built. */
struct topology {
	struct media_v2_topology head;
	struct media_v2_entity *entities;
	struct media_v2_interface *interfaces;
	struct media_v2_pad *pads;
	struct media_v2_link *links;
};

static void topology_finish(struct topology *topology)
{
	free(topology->entities);
	free(topology->interfaces);
	free(topology->pads);
	free(topology->links);
	memset(topology, 0, sizeof(*topology));
}

static int topology_allocate(struct topology *topology)
{
	struct media_v2_topology *head = &topology->head;

	if (head->num_entities > MAX_OBJECTS || head->num_interfaces > MAX_OBJECTS ||
	    head->num_pads > 8 * MAX_OBJECTS || head->num_links > 8 * MAX_OBJECTS)
		return -E2BIG;
	topology->entities = calloc(head->num_entities + 1, sizeof(*topology->entities));
	topology->interfaces =
		calloc(head->num_interfaces + 1, sizeof(*topology->interfaces));
	topology->pads = calloc(head->num_pads + 1, sizeof(*topology->pads));
	topology->links = calloc(head->num_links + 1, sizeof(*topology->links));
	if (!topology->entities || !topology->interfaces || !topology->pads || !topology->links)
		return -ENOMEM;
	head->ptr_entities = (uintptr_t)topology->entities;
	head->ptr_interfaces = (uintptr_t)topology->interfaces;
	head->ptr_pads = (uintptr_t)topology->pads;
	head->ptr_links = (uintptr_t)topology->links;
	return 0;
}

/*
 * A media device that is gone says EIO, where all other nodes say ENODEV. A driver may
 * say EIO too, when it is asked for a link: the next call, which no driver sees, tells.
 */
static int media_ioctl(int fd, unsigned long request, void *argument)
{
	struct media_device_info info = { 0 };
	int ret;

	ret = sys_ioctl(fd, request, argument);
	if (ret == -EIO && sys_ioctl(fd, MEDIA_IOC_DEVICE_INFO, &info) == -EIO)
		return -ENODEV;
	return ret;
}

/*
 * One call for the counts, one for the objects, once more if the graph changed between
 * them.
 */
static int topology_read(int fd, struct topology *topology)
{
	uint64_t version;
	int ret;

	for (int attempt = 0; attempt < MAX_READS; attempt++) {
		topology_finish(topology);
		ret = media_ioctl(fd, MEDIA_IOC_G_TOPOLOGY, &topology->head);
		if (ret < 0)
			return ret;
		version = topology->head.topology_version;
		ret = topology_allocate(topology);
		if (ret < 0)
			return ret;
		ret = media_ioctl(fd, MEDIA_IOC_G_TOPOLOGY, &topology->head);
		if (ret < 0 && ret != -ENOSPC)
			return ret;
		if (ret >= 0 && topology->head.topology_version == version)
			return 0;
	}
	return -EAGAIN;
}

static struct media_entity *find_entity_id(const struct media *media, uint32_t id)
{
	for (unsigned i = 0; i < media->num_entities; i++)
		if (media->entities[i].id == id)
			return &media->entities[i];
	return NULL;
}

static struct media_pad *find_pad_id(const struct media *media, uint32_t id)
{
	for (unsigned i = 0; i < media->num_pads; i++)
		if (media->pads[i].id == id)
			return &media->pads[i];
	return NULL;
}

static void build_entities(struct media *media, const struct topology *topology)
{
	for (unsigned i = 0; i < topology->head.num_entities; i++) {
		const struct media_v2_entity *from = &topology->entities[i];
		struct media_entity *entity = &media->entities[media->num_entities++];

		entity->id = from->id;
		entity->function = from->function;
		if (MEDIA_V2_ENTITY_HAS_FLAGS(media->info.media_version))
			entity->flags = from->flags;
		memcpy(entity->name, from->name, sizeof(entity->name) - 1);
	}
}

/*
 * Pads of one entity stand side by side, in the order of their indices, so that
 * entity->pads is an array.
 */
static void build_pads(struct media *media, const struct topology *topology)
{
	bool has_index = MEDIA_V2_PAD_HAS_INDEX(media->info.media_version);

	for (unsigned i = 0; i < media->num_entities; i++) {
		struct media_entity *entity = &media->entities[i];

		entity->pads = &media->pads[media->num_pads];
		for (unsigned j = 0; j < topology->head.num_pads; j++) {
			const struct media_v2_pad *from = &topology->pads[j];
			unsigned place = entity->num_pads;

			if (from->entity_id != entity->id)
				continue;
			while (has_index && place &&
			       entity->pads[place - 1].index > from->index) {
				entity->pads[place] = entity->pads[place - 1];
				place--;
			}
			entity->pads[place] = (struct media_pad){
				.id = from->id,
				.index = has_index ? from->index : entity->num_pads,
				.flags = from->flags,
				.entity = entity,
			};
			entity->num_pads++;
			media->num_pads++;
		}
	}
}

static void build_links(struct media *media, const struct topology *topology)
{
	for (unsigned i = 0; i < topology->head.num_links; i++) {
		const struct media_v2_link *from = &topology->links[i];
		struct media_link *link = &media->links[media->num_links];

		if ((from->flags & MEDIA_LNK_FL_LINK_TYPE) != (uint32_t)MEDIA_LNK_FL_DATA_LINK)
			continue;
		link->id = from->id;
		link->flags = from->flags;
		link->source = find_pad_id(media, from->source_id);
		link->sink = find_pad_id(media, from->sink_id);
		if (link->source && link->sink)
			media->num_links++;
	}
}

/*
 * The device node of an entity. One that the kernel no longer names is none; a node that
 * we cannot learn of for want of memory or descriptors must not look like that.
 */
static int find_node(struct media_entity *entity, const struct media_v2_intf_devnode *node)
{
	int ret;

	entity->device = makedev(node->major, node->minor);
	ret = sys_node_path(entity->device, entity->node, sizeof(entity->node));
	if (ret == 0)
		return 0;
	entity->node[0] = '\0';
	return ret == -ENOENT || ret == -ENAMETOOLONG ? 0 : ret;
}

/* An interface link joins a device node and the entity that it controls. */
static int build_nodes(struct media *media, const struct topology *topology)
{
	int ret = 0;

	for (unsigned i = 0; i < topology->head.num_links && ret == 0; i++) {
		const struct media_v2_link *link = &topology->links[i];
		struct media_entity *entity;

		if ((link->flags & MEDIA_LNK_FL_LINK_TYPE) !=
		    (uint32_t)MEDIA_LNK_FL_INTERFACE_LINK)
			continue;
		entity = find_entity_id(media, link->sink_id);
		if (!entity)
			continue;
		for (unsigned j = 0; j < topology->head.num_interfaces && ret == 0; j++) {
			const struct media_v2_interface *interface =
				&topology->interfaces[j];

			if (interface->id == link->source_id)
				ret = find_node(entity, &interface->devnode);
		}
	}
	return ret;
}

static int build_graph(struct media *media, const struct topology *topology)
{
	media->entities = calloc(topology->head.num_entities + 1, sizeof(*media->entities));
	media->pads = calloc(topology->head.num_pads + 1, sizeof(*media->pads));
	media->links = calloc(topology->head.num_links + 1, sizeof(*media->links));
	if (!media->entities || !media->pads || !media->links)
		return -ENOMEM;
	media->version = topology->head.topology_version;
	build_entities(media, topology);
	build_pads(media, topology);
	build_links(media, topology);
	return build_nodes(media, topology);
}

static int read_graph(struct media *media)
{
	struct topology topology = { 0 };
	int ret;

	ret = topology_read(media->fd, &topology);
	if (ret == 0)
		ret = build_graph(media, &topology);
	topology_finish(&topology);
	return ret;
}

int media_open(struct log *log, const char *path, struct media **media)
{
	struct media *opened;
	int ret;

	opened = calloc(1, sizeof(*opened));
	if (!opened)
		return -ENOMEM;
	opened->log = log;
	snprintf(opened->path, sizeof(opened->path), "%s", path);
	ret = opened->fd = sys_open(path, O_RDWR);
	if (ret >= 0)
		ret = media_ioctl(opened->fd, MEDIA_IOC_DEVICE_INFO, &opened->info);
	if (ret >= 0)
		ret = read_graph(opened);
	if (ret < 0) {
		media_destroy(opened);
		return ret;
	}
	*media = opened;
	return 0;
}

void media_destroy(struct media *media)
{
	if (!media)
		return;
	sys_close(&media->fd);
	free(media->entities);
	free(media->pads);
	free(media->links);
	free(media);
}

bool media_has_own_bus(const struct media *media)
{
	struct media_device_info info = { 0 };
	unsigned same = 0;
	char path[32];
	int fd;

	/* Minor numbers have no gaps to speak of, and there are never more. */
	for (unsigned i = 0; i < 256 && same < 2; i++) {
		snprintf(path, sizeof(path), "/dev/media%u", i);
		fd = sys_open(path, O_RDWR);
		if (fd < 0)
			continue;
		if (media_ioctl(fd, MEDIA_IOC_DEVICE_INFO, &info) == 0 &&
		    strcmp(info.bus_info, media->info.bus_info) == 0)
			same++;
		sys_close(&fd);
	}
	return same < 2;
}

struct media_entity *media_find(const struct media *media, const char *name)
{
	for (unsigned i = 0; i < media->num_entities; i++)
		if (strcmp(media->entities[i].name, name) == 0)
			return &media->entities[i];
	return NULL;
}

struct media_entity *media_find_device(const struct media *media, dev_t device)
{
	for (unsigned i = 0; i < media->num_entities; i++)
		if (media->entities[i].device == device && device != 0)
			return &media->entities[i];
	return NULL;
}

struct media_pad *media_find_pad(const struct media_entity *entity, uint32_t index)
{
	for (unsigned i = 0; i < entity->num_pads; i++)
		if (entity->pads[i].index == index)
			return &entity->pads[i];
	return NULL;
}

struct media_link *media_find_link(const struct media *media, const struct media_pad *source,
				   const struct media_pad *sink)
{
	for (unsigned i = 0; i < media->num_links; i++)
		if (media->links[i].source == source && media->links[i].sink == sink)
			return &media->links[i];
	return NULL;
}

int media_read_links(struct media *media)
{
	struct media_v2_topology head = { 0 };
	struct media_v2_link *links;
	int ret;

	ret = media_ioctl(media->fd, MEDIA_IOC_G_TOPOLOGY, &head);
	if (ret < 0)
		return ret;
	if (head.topology_version != media->version)
		return -ESTALE;
	links = calloc(head.num_links + 1, sizeof(*links));
	if (!links)
		return -ENOMEM;
	head = (struct media_v2_topology){ .num_links = head.num_links,
					   .ptr_links = (uintptr_t)links };
	ret = media_ioctl(media->fd, MEDIA_IOC_G_TOPOLOGY, &head);
	for (unsigned i = 0; ret >= 0 && i < head.num_links; i++)
		for (unsigned j = 0; j < media->num_links; j++)
			if (media->links[j].id == links[i].id)
				media->links[j].flags = links[i].flags;
	free(links);
	return ret < 0 ? ret : 0;
}

static int setup_link(struct media *media, const struct media_link *link, bool enabled)
{
	struct media_link_desc description = {
		.source = { .entity = link->source->entity->id,
			    .index = (uint16_t)link->source->index },
		.sink = { .entity = link->sink->entity->id,
			  .index = (uint16_t)link->sink->index },
		.flags = enabled ? MEDIA_LNK_FL_ENABLED : 0,
	};
	int ret;

	ret = media_ioctl(media->fd, MEDIA_IOC_SETUP_LINK, &description);
	if (ret < 0)
		return ret;
	return media_read_links(media);
}

int media_set_link(struct media *media, struct media_link *link, bool enabled)
{
	int ret;

	if (!!(link->flags & MEDIA_LNK_FL_ENABLED) == enabled)
		return 0;
	if (link->flags & MEDIA_LNK_FL_IMMUTABLE)
		return -EPERM;
	ret = setup_link(media, link, enabled);
	if (ret < 0)
		return ret;
	return !!(link->flags & MEDIA_LNK_FL_ENABLED) == enabled ? 0 : -EINVAL;
}

struct media_link *media_enabled_link(const struct media *media, const struct media_pad *pad)
{
	for (unsigned i = 0; i < media->num_links; i++) {
		struct media_link *link = &media->links[i];

		if ((link->sink == pad || link->source == pad) &&
		    link->flags & MEDIA_LNK_FL_ENABLED)
			return link;
	}
	return NULL;
}

static struct media_pad *first_sink(const struct media_entity *entity)
{
	for (unsigned i = 0; i < entity->num_pads; i++)
		if (entity->pads[i].flags & MEDIA_PAD_FL_SINK)
			return &entity->pads[i];
	return NULL;
}

struct media_entity *media_walk_to_source(const struct media *media,
					  const struct media_entity *entity)
{
	struct media_entity *here = find_entity_id(media, entity->id);

	/* A path is no longer than the graph; anything that is runs in a circle. */
	for (unsigned step = 0; here && step <= media->num_entities; step++) {
		struct media_pad *sink = first_sink(here);
		struct media_link *link;

		if (!sink)
			return here;
		link = media_enabled_link(media, sink);
		here = link ? link->source->entity : NULL;
	}
	return NULL;
}

bool media_is_connected(const struct media *media, const struct media_entity *one,
			const struct media_entity *other)
{
	bool reached[MAX_OBJECTS] = { false };
	const struct media_entity *base = media->entities;
	bool grew = true;

	reached[one - base] = true;
	while (grew) {
		grew = false;
		for (unsigned i = 0; i < media->num_links; i++) {
			const struct media_link *link = &media->links[i];
			bool *up = &reached[link->source->entity - base];
			bool *down = &reached[link->sink->entity - base];

			if (!(link->flags & MEDIA_LNK_FL_ENABLED) || *up == *down)
				continue;
			*up = *down = grew = true;
		}
	}
	return reached[other - base];
}

/* lockf() is fcntl() at the file position, which a media device does not have. */
static int lock_bytes(struct media *media, off_t first, off_t count, pid_t *holder)
{
	struct flock lock = {
		.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = first, .l_len = count
	};
	int ret;

	*holder = 0;
	ret = fcntl(media->fd, F_SETLK, &lock) < 0 ? -errno : 0;
	if (ret != -EACCES && ret != -EAGAIN)
		return ret;
	if (fcntl(media->fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK && lock.l_pid > 0)
		*holder = lock.l_pid;
	return -EBUSY;
}

int media_lock(struct media *media, pid_t *holder)
{
	return lock_bytes(media, 0, 0, holder);
}

int media_lock_part(struct media *media, unsigned part, pid_t *holder)
{
	return lock_bytes(media, part, 1, holder);
}

int media_find_holder(const struct media *media, bool is_part, unsigned part, pid_t *holder)
{
	struct flock lock = {
		.l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = is_part ? part : 0,
		.l_len = is_part ? 1 : 0,
	};

	*holder = 0;
	if (fcntl(media->fd, F_GETLK, &lock) < 0)
		return -errno;
	if (lock.l_type == F_UNLCK)
		return 0;
	*holder = lock.l_pid > 0 ? lock.l_pid : 0;
	return -EBUSY;
}
