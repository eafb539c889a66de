/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Control values of one or several devices, read, checked and written as a set.
 *
 * Rests on Documentation/userspace-api/media/v4l (control.rst, extended-controls.rst,
 * vidioc-queryctrl.rst, vidioc-g-ext-ctrls.rst).
 *
 * A run of calls: create, add_device for each node along the light, snapshot (if asked to
 * put things back), assign and load stage values, check says what is wrong with them
 * without touching anything, apply writes them and reads them back, restore.
 *
 * Names are those that v4l2-ctl prints: "test_pattern". Should two devices have a control
 * of one name, the bare name means the device that was added first, and that is said;
 * "ENTITY:NAME" picks any. Should one device have two, the second one's name gets its id
 * behind it: "gain_0x009e0903". A bare id, "0x009e0903", is a name too. So is what kernels
 * before 5.17 called a control of UVC cameras, "exposure_absolute", unless the device has
 * one of that very name.
 *
 * A control that the device lists and does not answer for is in the set, with a defect, its
 * id as its name and nothing else known.
 */
#ifndef RAWLINE_CONTROL_H
#define RAWLINE_CONTROL_H

#include <linux/videodev2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct control_set;
struct control_value;
struct log;

#define CONTROL_NAME_SIZE 48

struct control_menu_item {
	uint32_t index;
	int64_t value; /* of an integer menu */
	char name[32]; /* of a menu, as the driver has it: escape it */
};

/* One control, as last read. */
struct control {
	const char *entity; /* of its device; lives as long as the set */
	const char *node;
	unsigned device;              /* counts in the order of control_add_device() */
	uint32_t id;                  /* V4L2_CID_* */
	uint32_t type;                /* V4L2_CTRL_TYPE_* */
	uint32_t flags;               /* V4L2_CTRL_FLAG_* */
	char name[CONTROL_NAME_SIZE]; /* "test_pattern": a-z, 0-9 and _ */
	char title[32]; /* "Test Pattern", as the driver has it: escape it */
	int64_t minimum;
	int64_t maximum;
	uint64_t step;
	int64_t default_value;
	uint32_t num_elements; /* 1, or those of an array */
	uint32_t element_bytes;
	uint32_t num_dimensions;
	uint32_t dimensions[V4L2_CTRL_MAX_DIMS];
	unsigned num_items; /* of a menu, holes left out */
	struct control_menu_item *items;
	bool readable;        /* value or payload holds what the device has */
	int64_t value;        /* unless it has a payload */
	void *payload;        /* V4L2_CTRL_FLAG_HAS_PAYLOAD: string, array, struct */
	size_t payload_bytes; /* of a string with its final zero */
	const char *defect; /* why it can't be used, "its menu is empty"; NULL: nothing known */
	struct control_value *staged; /* what it shall become, NULL: nothing */
	struct control_value *before; /* what control_snapshot() saw, NULL: nothing */
};

int control_create(struct log *log, struct control_set **set);

/* Does not restore by itself. */
void control_destroy(struct control_set *set);

/*
 * Adds all controls of a device and reads their values. The descriptor is lent until the
 * set is destroyed; the strings are copied. A device without controls is fine.
 * Returns 0 or -errno.
 */
int control_add_device(struct control_set *set, int fd, const char *entity, const char *node);

/*
 * After a failure that ends the work: -ENODEV if a device turns out to have been pulled out,
 * which may take it half a second to say, else error as it is.
 */
int control_true_error(const struct control_set *set, int error);

/* Reads values, ranges and flags again. 0 or -errno. */
int control_refresh(struct control_set *set);

/* Walks the set, device by device in order of ids: index from 0 until NULL. */
struct control *control_at(const struct control_set *set, size_t index);

/* By NAME, ENTITY:NAME, or a number for NAME; NULL if there is none. */
struct control *control_find(const struct control_set *set, const char *name);

/*
 * Writes a value the way control_assign() takes it: "128", "\"text\"", "\"1,2,3\""; ""
 * for one that is not readable or a struct. Returns the length it has or would have had.
 */
size_t control_value_text(const struct control *control, char *text, size_t size);

/*
 * "int", "bool", "menu" …, as v4l2-ctl prints them; "unknown" for a type of the future.
 */
const char *control_type_name(const struct control *control);

/*
 * What one of its numbers is, where V4L2 defines it: "100us", "K", "arcsec"; NULL where it
 * does not.
 */
const char *control_unit(const struct control *control);

/*
 * A number (of an integer menu: the value of an item) the way people write it, exactly:
 * "15.6ms", "-1.5deg"; "" where the bare number says as much. Returns text.
 */
#define CONTROL_AMOUNT_SIZE 40
const char *control_amount(const struct control *control, int64_t number,
			   char text[static CONTROL_AMOUNT_SIZE]);

/* "slider, inactive"; "" for no flags. Returns text. */
#define CONTROL_FLAGS_SIZE 192
const char *control_flags_text(uint32_t flags, char text[static CONTROL_FLAGS_SIZE]);

/*
 * Stages "name=value[,name=value...]". Values: numbers (decimal, 0x), those with a unit
 * where the control has one ("10ms", "4600K", "-1.5deg"), on/off/true/false for booleans,
 * menu items by number or name, "50%" of the range, anything for a button,
 * arrays as one number for all elements or as a quoted list, "1,2,3". What holds commas
 * or quotes is written in double quotes, with \" and \\ for the two and \xNN for any
 * byte. A control that is staged twice becomes what was said last.
 * Returns 0, -ENOENT (no such control), -EINVAL (no such value), -ENOTSUP (a struct that
 * has no text form), or -ENOMEM; says which and why, and then stages nothing of the text.
 */
int control_assign(struct control_set *set, const char *assignments);

/* Takes back what is staged for controls of this name, and says so; none is fine. */
void control_unstage(struct control_set *set, const char *name);

/* True if anything is staged; or for a control of this name. */
bool control_is_staged(const struct control_set *set);
bool control_is_staged_for(const struct control_set *set, const char *name);

/*
 * Looks at what is staged, changes nothing on the device: read-only, disabled, inactive,
 * grabbed, out of range or between steps. With adjust the nearest value is staged
 * instead, and the switch that keeps a control inactive is staged with it; that is said.
 * What depends on another staged control is left to control_apply().
 * Returns 0, -ERANGE, -EBUSY (grabbed while somebody streams), -EINVAL (the rest; never
 * -EACCES, which is about nodes), or what the device answered; says all that is wrong,
 * returns the first.
 */
int control_check(struct control_set *set, bool adjust);

/*
 * Checks and writes what is staged: auto switches and other controls that change their
 * neighbours first, then what depends on them, each rank of a device in one
 * VIDIOC_S_EXT_CTRLS. Reads back and compares: a difference is -EINVAL, or with adjust a
 * notice; volatile values are not compared, and a motor may still be on its way. After success nothing is staged any more; after a failure everything still is.
 * Returns as control_check().
 */
int control_apply(struct control_set *set, bool adjust);

/*
 * Walks what is staged in the order in which control_apply() writes it. The assignment is
 * in the words of `v4l2-ctl --set-ctrl`, "test_pattern=3"; NULL for what it has no words
 * for: an array of different numbers, a string with commas. Returns 0 or -ENOMEM.
 */
typedef void control_staged_callback(void *context, const struct control *control,
				     const char *assignment);
int control_each_staged(const struct control_set *set, control_staged_callback *callback,
			void *context);

/*
 * Writes all values that control_load() can set: "name=value" a line, "ENTITY:name=value"
 * if there are several devices. Left out: what is read-only, inactive, volatile,
 * write-only or a struct. The file appears whole or not at all. Returns 0 or -errno; says
 * why.
 */
int control_save(struct control_set *set, const char *path);

/*
 * Stages a file of such lines. Blank lines and those that begin with # are skipped.
 * Returns as control_assign(), or why the file can't be read; names every line that is
 * wrong and then stages nothing.
 */
int control_load(struct control_set *set, const char *path);

/*
 * Remembers all values that can be put back, and those that an automatic switch keeps
 * inactive: they count again if the switch is off by the time of control_restore(). 0 or
 * -errno.
 */
int control_snapshot(struct control_set *set);

/*
 * Puts back what differs from the snapshot, in order of dependency, as far as it goes;
 * says what stays. A device that is gone (-ENODEV) is passed over in silence. What is
 * staged stays staged. Returns 0 or the first failure.
 */
int control_restore(struct control_set *set);

/*
 * The listing of --list-controls: a control a line, its menu below it, "# ENTITY" ahead
 * of each device if there are several. Prints what was last read.
 */
void control_print(const struct control_set *set, FILE *file);

#endif
