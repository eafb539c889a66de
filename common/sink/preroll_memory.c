// SPDX-License-Identifier: GPL-2.0-or-later
/* Where a ring keeps frames: in the driver's buffers, or in memory of its own. */
#include "common/sink/preroll_memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Where nobody knows the rate: faster cameras fill the ring before its time. */
#define GUESSED_RATE 120

uint64_t preroll_frames(uint64_t duration_ns, struct text_fraction rate)
{
	double frames = (double)duration_ns / 1e9 * GUESSED_RATE;

	if (rate.denominator)
		frames = (double)duration_ns / 1e9 * rate.numerator / rate.denominator;
	/* Ten years of any rate fit. */
	return (uint64_t)frames + (frames > (double)(uint64_t)frames) + 1;
}

/* A disk that is a quarter slower than the camera, for the time of the ring, costs no frame. */
uint64_t preroll_slots(uint64_t frames)
{
	return frames + frames / 4 + PREROLL_SPARE;
}

static struct preroll_entry *pop(struct preroll_entry **list)
{
	struct preroll_entry *entry = *list;

	if (entry)
		*list = entry->next;
	return entry;
}

static void push(struct preroll_entry **list, struct preroll_entry *entry)
{
	entry->next = *list;
	*list = entry;
}

/* Besides the slots there is an entry for each buffer of the driver's. */
static int make_entries(struct preroll_memory *memory, unsigned num_slots)
{
	memory->num_slots = num_slots;
	memory->num_entries = num_slots + STREAM_MAX_BUFFERS;
	memory->entries = calloc(memory->num_entries, sizeof(*memory->entries));
	if (!memory->entries)
		return -ENOMEM;
	for (unsigned i = memory->num_entries; i-- > num_slots;)
		push(&memory->plain, &memory->entries[i]);
	return 0;
}

int preroll_memory_lend(struct preroll_memory *memory, unsigned limit)
{
	memory->limit = limit;
	return make_entries(memory, 0);
}

static uint64_t plane_bytes(const struct buffer_plane *plane)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	return (plane->length_bytes + page - 1) / page * page;
}

static uint64_t slot_bytes(const struct buffer *model)
{
	uint64_t bytes = 0;

	for (unsigned i = 0; i < model->num_planes; i++)
		bytes += plane_bytes(&model->planes[i]);
	return bytes;
}

/* Planes of ordinary memory: they need no bracket around access, as those of a node do not. */
static void make_slot(struct preroll_entry *entry, const struct buffer *model,
		      unsigned number, char *start)
{
	buffer_init(&entry->buffer, number, BUFFER_DEVICE);
	entry->buffer.state = BUFFER_HELD;
	entry->buffer.num_planes = model->num_planes;
	for (unsigned i = 0; i < model->num_planes; i++) {
		entry->buffer.planes[i].length_bytes = model->planes[i].length_bytes;
		entry->buffer.planes[i].map = start;
		start += plane_bytes(&model->planes[i]);
	}
	entry->has_memory = true;
}

int preroll_memory_reserve(struct preroll_memory *memory, const struct buffer *model,
			   unsigned num_slots, bool populate)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | (populate ? MAP_POPULATE : 0);
	uint64_t bytes = slot_bytes(model);
	void *map;
	int ret;

	ret = make_entries(memory, num_slots);
	if (ret < 0)
		return ret;
	map = mmap(NULL, num_slots * bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
	if (map == MAP_FAILED)
		return -errno;
	memory->map = map;
	memory->map_bytes = num_slots * bytes;
	for (unsigned i = num_slots; i-- > 0;) {
		make_slot(&memory->entries[i], model, i, (char *)map + i * bytes);
		push(&memory->slots, &memory->entries[i]);
	}
	return 0;
}

struct buffer *preroll_memory_buffers(struct preroll_memory *memory,
				      struct buffer *drivers, unsigned *count)
{
	if (!memory->num_slots)
		return drivers;
	*count = 1;
	return &memory->entries[0].buffer;
}

void preroll_memory_finish(struct preroll_memory *memory)
{
	if (memory->map)
		munmap(memory->map, memory->map_bytes);
	free(memory->entries);
	*memory = (struct preroll_memory){ 0 };
}

/* The picture's bytes only; what is before them in the buffer is nobody's. */
static int copy_frame(struct preroll_entry *entry, struct frame *frame)
{
	const struct buffer *buffer = frame->buffer;
	int ret;

	if (frame_is_overlong(frame))
		return -EPROTO;
	ret = buffer_map(frame->buffer);
	if (ret == 0)
		ret = buffer_begin_read(buffer);
	if (ret < 0)
		return ret;
	for (unsigned i = 0; i < buffer->num_planes; i++)
		memcpy((char *)entry->buffer.planes[i].map + frame->data_offset[i],
		       (const char *)buffer->planes[i].map + frame->data_offset[i],
		       frame->bytesused[i]);
	ret = buffer_end_read(buffer);
	entry->copy = *frame;
	entry->copy.buffer = &entry->buffer;
	entry->copy.released = NULL;
	entry->copy.holders = 1;
	entry->frame = &entry->copy;
	return ret;
}

static struct preroll_entry *hold(struct preroll_memory *memory, struct frame *frame)
{
	struct preroll_entry *entry = pop(&memory->plain);

	if (!entry)
		return NULL;
	frame_hold(frame);
	entry->frame = frame;
	memory->by_buffer[frame->buffer->number] = entry;
	memory->held++;
	return entry;
}

struct preroll_entry *preroll_memory_keep(struct preroll_memory *memory,
					  struct frame *frame, bool beyond)
{
	struct preroll_entry *entry = pop(&memory->slots);

	if (entry && copy_frame(entry, frame) == 0)
		return entry;
	if (entry)
		push(&memory->slots, entry);
	if (entry || beyond || memory->held < memory->limit)
		return hold(memory, frame);
	return NULL;
}

void preroll_memory_free(struct preroll_memory *memory, struct preroll_entry *entry)
{
	struct frame *frame = entry->frame;

	entry->frame = NULL;
	frame->settings = NULL;
	if (entry->has_memory) {
		push(&memory->slots, entry);
	} else {
		memory->by_buffer[frame->buffer->number] = NULL;
		memory->held--;
		push(&memory->plain, entry);
	}
	frame_release(frame);
}

static bool is_copy(const struct preroll_memory *memory, const struct frame *frame)
{
	const char *place = (const char *)frame;

	return place >= (const char *)memory->entries &&
	       place < (const char *)(memory->entries + memory->num_entries);
}

struct preroll_entry *preroll_memory_find(const struct preroll_memory *memory,
					  const struct frame *frame)
{
	if (is_copy(memory, frame))
		return &memory->entries[frame->buffer->number];
	return memory->by_buffer[frame->buffer->number];
}
