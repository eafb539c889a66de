// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The controls of bcm2835-isp.
 *
 * Rests on drivers/staging/vc04_services/bcm2835-isp of Raspberry Pi kernels, and on
 * drivers/media/v4l2-core/v4l2-ctrls-api.c of Linux 6.12: a value that is equal to the one
 * before never reaches the driver, unless the control is "execute on write" as lens shading is.
 */
#include "rpi/controls.h"

#include <errno.h>
#include <linux/videodev2.h>
#include <stddef.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/sys.h"
#include "common/buffer/memory.h"
#include "rpi/shading.h"

#define NEXT_FLAGS (V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND)
#define MAX_HEAPS  8

/* Those with an id have the same one everywhere and hold a number, the others a structure. */
struct description {
	const char *name;
	uint32_t id;
	unsigned part;
	size_t offset, bytes; /* in struct rpi_values */
	bool is_needed;
};

#define VALUE(member) \
	offsetof(struct rpi_values, member), sizeof(((struct rpi_values *)0)->member)

/* clang-format off */
static const struct description descriptions[RPI_NUM_CONTROLS] = {
	[RPI_RED] = { "Red Balance", V4L2_CID_RED_BALANCE, RPI_PART_GAINS, VALUE(red), true },
	[RPI_BLUE] = { "Blue Balance", V4L2_CID_BLUE_BALANCE, RPI_PART_GAINS, VALUE(blue), true },
	[RPI_DIGITAL] = { "Digital Gain", V4L2_CID_DIGITAL_GAIN, RPI_PART_GAINS,
			  VALUE(digital), true },
	[RPI_MATRIX] = { "Colour Correction Matrix", 0, RPI_PART_MATRIX, VALUE(matrix), true },
	[RPI_BLACK] = { "Black Level", 0, RPI_PART_REST, VALUE(black), true },
	[RPI_GREENS] = { "Green Equalisation", 0, RPI_PART_REST, VALUE(greens), false },
	[RPI_GAMMA] = { "Gamma", 0, RPI_PART_REST, VALUE(gamma), true },
	[RPI_DENOISE] = { "Denoise", 0, RPI_PART_NOISE, VALUE(denoise), false },
	[RPI_SHARPEN] = { "Sharpen", 0, RPI_PART_REST, VALUE(sharpen), false },
	[RPI_DEFECTS] = { "Defective Pixel Correction", 0, RPI_PART_REST, VALUE(defects), false },
	[RPI_COLOUR_DENOISE] = { "Colour Denoise", 0, RPI_PART_REST, VALUE(colour_denoise), false },
	/* Not among the values, and in no part: it is written for itself. */
	[RPI_SHADING] = { "Lens Shading", 0, 0, 0, sizeof(struct rpi_shading), false },
};
/* clang-format on */

/* ---- find ---- */

static bool is_meant(const struct description *description,
		     const struct v4l2_query_ext_ctrl *query)
{
	if (description->id)
		return query->id == description->id;
	return !strncmp(query->name, description->name, sizeof(query->name)) &&
	       query->type == V4L2_CTRL_TYPE_U8;
}

/* A structure of another size is not the one that is known here. */
static void note(struct rpi_controls *controls, const struct v4l2_query_ext_ctrl *query)
{
	for (unsigned i = 0; i < RPI_NUM_CONTROLS; i++) {
		const struct description *description = &descriptions[i];
		uint64_t bytes = (uint64_t)query->elems * query->elem_size;

		if (!is_meant(description, query))
			continue;
		if (!description->id && bytes != description->bytes) {
			log_warning(controls->log, "isp-control",
				    "%s: the control \"%s\" has %llu bytes instead of %zu, it is "
				    "left alone",
				    controls->name, description->name,
				    (unsigned long long)bytes, description->bytes);
			return;
		}
		controls->ids[i] = query->id;
		return;
	}
}

static int look(struct rpi_controls *controls)
{
	struct v4l2_query_ext_ctrl query = { .id = NEXT_FLAGS };
	int ret;

	for (;;) {
		ret = sys_ioctl(controls->fd, VIDIOC_QUERY_EXT_CTRL, &query);
		/* Behind the last one. */
		if (ret == -EINVAL)
			return 0;
		if (ret < 0)
			return ret;
		note(controls, &query);
		query.id |= NEXT_FLAGS;
	}
}

int rpi_controls_find(struct log *log, int fd, const char *name, struct rpi_controls *controls)
{
	int ret;

	*controls = (struct rpi_controls){ .log = log, .fd = fd, .name = name };
	ret = look(controls);
	if (ret < 0) {
		log_error(log, "isp-control", "%s does not tell its controls: %s", name,
			  strerror(-ret));
		return ret;
	}
	for (unsigned i = 0; i < RPI_NUM_CONTROLS; i++) {
		if (controls->ids[i])
			continue;
		if (descriptions[i].is_needed) {
			log_error(log, "isp-control",
				  "%s has no control \"%s\", without which colours are wrong: "
				  "this is no ISP that can be used",
				  name, descriptions[i].name);
			return -ENOTSUP;
		}
		log_detail(log, "isp-control", "%s has no control \"%s\"", name,
			   descriptions[i].name);
	}
	return 0;
}

/* ---- write ---- */

/* What one call writes. */
struct batch {
	unsigned count;
	enum rpi_control which[RPI_NUM_CONTROLS];
	struct v4l2_ext_control entries[RPI_NUM_CONTROLS];
};

/* The kernel only reads what it is pointed to. */
static void add(struct batch *batch, const struct rpi_controls *controls,
		enum rpi_control which, const void *value)
{
	struct v4l2_ext_control *entry = &batch->entries[batch->count];

	if (!controls->ids[which])
		return;
	*entry = (struct v4l2_ext_control){ .id = controls->ids[which] };
	if (descriptions[which].id) {
		memcpy(&entry->value, value, sizeof(entry->value));
	} else {
		entry->size = (uint32_t)descriptions[which].bytes;
		entry->ptr = (void *)(uintptr_t)value;
	}
	batch->which[batch->count++] = which;
}

/* Which one was refused, unless all were before any was tried. */
static const char *refused(const struct batch *batch, uint32_t index)
{
	return descriptions[batch->which[index < batch->count ? index : 0]].name;
}

static int send(const struct rpi_controls *controls, struct batch *batch, const char **name)
{
	struct v4l2_ext_controls call = {
		.which = V4L2_CTRL_WHICH_CUR_VAL,
		.count = batch->count,
		.controls = batch->entries,
	};
	int ret;

	if (!batch->count)
		return 0;
	ret = sys_ioctl(controls->fd, VIDIOC_S_EXT_CTRLS, &call);
	if (ret < 0)
		*name = refused(batch, call.error_idx);
	return ret < 0 ? ret : 0;
}

static const void *member(const struct rpi_values *values, enum rpi_control which)
{
	return (const char *)values + descriptions[which].offset;
}

static bool has_changed(const struct rpi_values *before, const struct rpi_values *after,
			enum rpi_control which)
{
	return memcmp(member(before, which), member(after, which),
		      descriptions[which].bytes) != 0;
}

int rpi_controls_write(struct rpi_controls *controls, const struct rpi_wishes *wishes,
		       unsigned parts)
{
	struct rpi_values values = controls->values;
	struct batch batch = { .count = 0 };
	const char *name;
	int ret;

	if (controls->is_unknown)
		parts = RPI_PART_ALL;
	rpi_values_set(&values, wishes, parts);
	for (unsigned i = 0; i < RPI_NUM_CONTROLS; i++)
		if (descriptions[i].part & parts &&
		    (controls->is_unknown || has_changed(&controls->values, &values, i)))
			add(&batch, controls, i, member(&values, i));
	ret = send(controls, &batch, &name);
	if (ret < 0) {
		if (!controls->has_refused)
			log_warning(controls->log, "isp-control",
				    "%s: \"%s\" was refused: %s", controls->name, name,
				    strerror(-ret));
		controls->has_refused = true;
		/* Those ahead of it may have got through. */
		controls->is_unknown = true;
		return ret;
	}
	controls->is_unknown = false;
	controls->values = values;
	return 0;
}

static int write_all(struct rpi_controls *controls, const struct rpi_values *values)
{
	struct batch batch = { .count = 0 };
	const char *name;
	int ret;

	for (unsigned i = 0; i < RPI_NUM_CONTROLS; i++)
		if (descriptions[i].part)
			add(&batch, controls, i, member(values, i));
	ret = send(controls, &batch, &name);
	if (ret < 0)
		log_error(controls->log, "isp-control", "%s: \"%s\" was refused: %s",
			  controls->name, name, strerror(-ret));
	return ret;
}

/* ---- lens shading ---- */

/* If somebody before us left it on. */
static bool is_shading_on(const struct rpi_controls *controls)
{
	struct rpi_shading shading = { 0 };
	struct v4l2_ext_control entry = {
		.id = controls->ids[RPI_SHADING],
		.size = sizeof(shading),
		.ptr = &shading,
	};
	struct v4l2_ext_controls call = {
		.which = V4L2_CTRL_WHICH_CUR_VAL,
		.count = 1,
		.controls = &entry,
	};

	return sys_ioctl(controls->fd, VIDIOC_G_EXT_CTRLS, &call) >= 0 && shading.enabled;
}

static int fill_table(struct buffer *buffer, const struct rpi_wishes *wishes,
		      const struct rpi_shading *shading)
{
	int ret;

	ret = buffer_map(buffer);
	if (ret == 0)
		ret = buffer_begin_write(buffer);
	if (ret < 0)
		return ret;
	rpi_shading_fill(wishes, shading, buffer->planes[0].map);
	return buffer_end_write(buffer);
}

static int write_shading(struct rpi_controls *controls, const struct rpi_shading *shading)
{
	struct batch batch = { .count = 0 };
	const char *name;

	add(&batch, controls, RPI_SHADING, shading);
	return send(controls, &batch, &name);
}

/* A table in that memory; if the firmware takes it, it replaces the one before. */
static int try_memory(struct rpi_controls *controls, const struct rpi_wishes *wishes,
		      struct rpi_shading *shading, enum memory_kind kind, const char *heap)
{
	uint32_t bytes = (uint32_t)rpi_shading_bytes(shading);
	struct memory memory;
	struct buffer buffer;
	int ret;

	ret = memory_open(&memory, kind, heap);
	if (ret < 0)
		return ret;
	ret = memory_allocate(&memory, 0, &bytes, 1, &buffer);
	memory_close(&memory);
	if (ret < 0)
		return ret;
	ret = fill_table(&buffer, wishes, shading);
	if (ret == 0) {
		shading->fd = buffer.planes[0].fd;
		ret = write_shading(controls, shading);
	}
	if (ret < 0) {
		buffer_finish(&buffer);
		return ret;
	}
	buffer_finish(&controls->shading);
	controls->shading = buffer;
	return 0;
}

/* The VideoCore reads contiguous memory, which comes first; what else it takes is tried. */
static int find_memory(struct rpi_controls *controls, const struct rpi_wishes *wishes,
		       struct rpi_shading *shading)
{
	char heaps[MAX_HEAPS][MEMORY_HEAP_NAME_SIZE];
	size_t count = memory_list_heaps(heaps, MAX_HEAPS);
	int ret = -ENOENT;

	for (size_t i = 0; i < count && ret < 0; i++)
		ret = try_memory(controls, wishes, shading, MEMORY_HEAP, heaps[i]);
	if (ret < 0 && try_memory(controls, wishes, shading, MEMORY_UDMABUF, NULL) == 0)
		ret = 0;
	return ret;
}

static int start_shading(struct rpi_controls *controls, const struct rpi_wishes *wishes)
{
	bool is_wished = rpi_shading_is_wished(wishes);
	struct rpi_shading shading;
	int ret;

	if (!controls->ids[RPI_SHADING]) {
		if (is_wished)
			log_warning(controls->log, "isp-control",
				    "%s can't correct lens shading, that of the tuning file "
				    "is left out",
				    controls->name);
		return 0;
	}
	if (!is_wished && !is_shading_on(controls))
		return 0;
	ret = rpi_shading_lay_out(wishes, &shading);
	if (ret == 0)
		ret = find_memory(controls, wishes, &shading);
	if (ret == 0)
		return 0;
	if (is_wished) {
		log_error(controls->log, "memory-refused",
			  "%s got no memory for the lens shading of the tuning file: %s; it takes "
			  "a heap of contiguous memory in /dev/dma_heap that this user may open",
			  controls->name, strerror(-ret));
		return ret;
	}
	log_warning(controls->log, "memory-refused",
		    "%s: lens shading of another program can't be switched off: %s",
		    controls->name, strerror(-ret));
	return 0;
}

/* ---- start and end ---- */

int rpi_controls_start(struct rpi_controls *controls, const struct rpi_wishes *wishes)
{
	struct rpi_values values = { 0 }, other;
	int ret;

	rpi_values_set(&values, wishes, RPI_PART_ALL);
	rpi_values_other(&values, &other);
	ret = write_all(controls, &other);
	if (ret == 0)
		ret = write_all(controls, &values);
	if (ret < 0)
		return ret;
	controls->values = values;
	controls->has_refused = false;
	return start_shading(controls, wishes);
}

void rpi_controls_finish(struct rpi_controls *controls)
{
	buffer_finish(&controls->shading);
}
