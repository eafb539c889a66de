/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cameras a tool knows, and how the one that is meant is found by what the user
 * typed.
 */
#ifndef RAWLINE_CAMERA_H
#define RAWLINE_CAMERA_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CAMERA_MAX_ALIASES 3
#define CAMERA_MAX_DEVICES 2

struct discover;
struct log;
struct media;

struct camera {
	char id[64]; /* stable across reboots; what --list prints first */
	char model[64];
	char bus[64];
	char media[64]; /* node of its media device */
	char entity[64]; /* where its light comes in: the sensor; "": the devices say it all */
	char aliases[CAMERA_MAX_ALIASES][64]; /* other names that are accepted; "": none */
	dev_t devices[CAMERA_MAX_DEVICES]; /* video nodes that are its alone; 0: none */
	unsigned which; /* the platform's own: which row of its tables */
};

struct camera_list {
	struct camera *cameras;
	size_t count;
};

/* Adds a copy. 0 or -ENOMEM. */
int camera_add(struct camera_list *list, const struct camera *camera);

/* The same for one that is called as the entity where its light comes in. */
int camera_add_entity(struct camera_list *list, const struct media *media,
		      const char *entity, unsigned which);

/*
 * What the camera is called as a product: its sensor without its place ("imx219" for
 * "imx219 10-0010"), or the model of a camera that says so itself.
 */
void camera_product(const struct camera *camera, char product[static 64]);

/* Who makes it, as far as its product's name tells; NULL: unknown. */
const char *camera_maker(const char *product);

void camera_finish(struct camera_list *list);

/*
 * What a platform does with each media device of its drivers: camera_add() for each
 * camera in it.
 */
typedef int camera_find_fn(const struct media *media, struct camera_list *list);

/*
 * Finds all cameras behind media devices of these drivers, in a stable order. Devices
 * without permission are said. Returns 0 (perhaps with none), -EACCES if there is none
 * but a device may not be opened, or -errno.
 */
int camera_find_all(struct log *log, struct discover *discover, const char *const *drivers,
		    camera_find_fn *find, struct camera_list *list);

/*
 * The camera meant by text: its id or an alias, its number in the list (from 1), a
 * beginning of one of its names that no other camera's name has, or a device node (media,
 * video or sub-device) it uses. NULL text means the first, which is said. Returns 0 with
 * *camera lent from the list, -ENODEV (none; said), or -EINVAL (several are called so;
 * said).
 */
int camera_choose(struct log *log, const struct camera_list *list, const char *text,
		  const struct camera **camera);

#endif
