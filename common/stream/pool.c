// SPDX-License-Identifier: GPL-2.0-or-later
/* The buffers that a video node captures into: allocated, tried, ready to be queued. */
#include "common/stream/pool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "common/base/log.h"
#include "common/base/sys.h"
#include "common/base/text.h"
#include "common/device/holder.h"
#include "common/device/video.h"

#define MAX_HEAPS   16
#define AMOUNT_SIZE 32

static uint64_t frame_size(const struct video *video)
{
	uint64_t bytes = 0;

	for (unsigned i = 0; i < video->format.num_planes; i++)
		bytes += video->format.size_bytes[i];
	return bytes;
}

static const char *amount_text(uint64_t bytes, char text[static AMOUNT_SIZE])
{
	text_print_bytes(bytes, text, AMOUNT_SIZE);
	return text;
}

bool pool_has_iommu(const struct video *video)
{
	char path[80], type[32];
	struct stat status;

	if (fstat(video->fd, &status) < 0)
		return false;
	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u/device/iommu_group/type",
		 major(status.st_rdev), minor(status.st_rdev));
	return sys_read_text(path, type, sizeof(type)) > 0 && text_starts_with(type, "DMA");
}

/* The heap of that name, or the one that is tried first. */
static bool heap_is_contiguous(const char *name)
{
	char names[MAX_HEAPS][MEMORY_HEAP_NAME_SIZE];

	if (name && name[0])
		return memory_heap_is_contiguous(name);
	return memory_list_heaps(names, MAX_HEAPS) && memory_heap_is_contiguous(names[0]);
}

static bool takes_cma(const struct video *video, const struct pool_options *options)
{
	if (options->memory == MEMORY_UDMABUF)
		return false;
	if (options->memory == MEMORY_HEAP)
		return heap_is_contiguous(options->heap);
	return options->is_contiguous && !pool_has_iommu(video);
}

static void state_bill(struct log *log, const struct video *video,
		       const struct pool_options *options)
{
	uint64_t cma = takes_cma(video, options) ? memory_info_bytes("CmaFree") : 0;
	char bill[AMOUNT_SIZE], left[AMOUNT_SIZE];
	unsigned count = options->count;

	log_notice(log, "memory-bill", "%s: %u buffers of %llu bytes are %s%s%s%s",
		   video->name, count, (unsigned long long)frame_size(video),
		   amount_text(count * frame_size(video), bill), cma ? " (CMA free: " : "",
		   cma ? amount_text(cma, left) : "", cma ? ")" : "");
}

static void say_fewer(struct log *log, const struct video *video, unsigned wanted,
		      unsigned got)
{
	log_warning(log, "fewer-buffers",
		    "%s: memory for %u buffers of %llu bytes is not to be had, going on with %u",
		    video->name, wanted, (unsigned long long)frame_size(video), got);
}

/* Asks for fewer slots as long as the kernel is short of memory. */
static int request_slots(struct video *video, enum v4l2_memory memory, unsigned minimum,
			 unsigned *count)
{
	unsigned wanted = *count;
	int ret;

	for (;;) {
		*count = wanted;
		ret = video_request_buffers(video, memory, count);
		if (ret != -ENOMEM || wanted <= minimum)
			break;
		wanted--;
	}
	if (ret == 0 && *count < minimum)
		return -ENOMEM;
	return ret;
}

static void give_up_buffers(struct pool *pool)
{
	while (pool->count)
		buffer_finish(&pool->buffers[--pool->count]);
}

static int map_all(struct video *video, unsigned count, struct pool *pool)
{
	int ret;

	if (count > INDEX_MAX)
		return -E2BIG;
	while (pool->count < count) {
		ret = video_map_buffer(video, pool->count, &pool->buffers[pool->count]);
		if (ret < 0) {
			give_up_buffers(pool);
			return ret;
		}
		pool->count++;
	}
	return 0;
}

static int take_device_memory(struct log *log, struct video *video,
			      const struct pool_options *options, struct pool *pool)
{
	unsigned count = options->count;
	int ret;

	ret = request_slots(video, V4L2_MEMORY_MMAP, options->minimum, &count);
	if (ret == 0)
		ret = map_all(video, count, pool);
	if (ret < 0)
		return ret;
	if (count < options->count)
		say_fewer(log, video, options->count, count);
	snprintf(pool->memory, sizeof(pool->memory), "mmap");
	return 0;
}

/* As many buffers as there is memory for, at least the minimum. */
static int allocate_all(struct log *log, struct video *video, const struct memory *memory,
			const struct pool_options *options, struct pool *pool)
{
	int ret = 0;

	while (pool->count < options->count) {
		ret = memory_allocate(memory, pool->count, video->format.size_bytes,
				      video->format.num_planes, &pool->buffers[pool->count]);
		if (ret < 0)
			break;
		pool->count++;
	}
	if (ret < 0 && pool->count < options->minimum)
		return ret;
	if (ret < 0)
		say_fewer(log, video, options->count, pool->count);
	return 0;
}

/*
 * The driver attaches to a dma-buf when it is queued, not before: so queue them, then take
 * them back. All of them: a few scattered pages may lie side by side by chance.
 */
static int try_import(struct video *video, struct pool *pool)
{
	int ret = 0, stopped;

	for (unsigned i = 0; i < pool->count && ret == 0; i++)
		ret = video_queue(video, &pool->buffers[i], NULL, 0);
	stopped = video_stop(video);
	return ret < 0 ? ret : stopped;
}

/* Fills the pool from one allocator, or leaves it empty. */
static int take_memory(struct log *log, struct video *video, const struct memory *memory,
		       const struct pool_options *options, struct pool *pool)
{
	unsigned slots;
	int ret;

	ret = allocate_all(log, video, memory, options, pool);
	if (ret == 0) {
		slots = pool->count;
		ret = request_slots(video, V4L2_MEMORY_DMABUF, pool->count, &slots);
	}
	if (ret == 0)
		ret = try_import(video, pool);
	if (ret < 0) {
		give_up_buffers(pool);
		return ret;
	}
	snprintf(pool->memory, sizeof(pool->memory), "%s", memory->name);
	return 0;
}

static const char *refusal(enum memory_kind kind, int error)
{
	if (kind == MEMORY_MMAP)
		return error == -EINVAL ? "the driver gives no buffers for this format" :
					  strerror(-error);
	switch (error) {
	case -EFAULT:
		return "the device needs contiguous memory";
	case -EINVAL:
		return "the device cannot import such memory";
	case -ENOENT:
		return "this machine has no such allocator";
	case -EFBIG:
		return "a frame is larger than this allocator or the free memory allows";
	default:
		return strerror(-error);
	}
}

static int take_allocator(struct log *log, struct video *video, enum memory_kind kind,
			  const char *heap, const struct pool_options *options,
			  struct pool *pool)
{
	struct memory memory;
	int ret;

	ret = memory_open(&memory, kind, heap);
	if (ret == 0)
		ret = take_memory(log, video, &memory, options, pool);
	memory_close(&memory);
	if (ret < 0)
		log_detail(log, "memory-refused", "%s: frames in %s: %s", video->name,
			   memory.name, refusal(kind, ret));
	return ret;
}

static int take_any_heap(struct log *log, struct video *video,
			 const struct pool_options *options, struct pool *pool)
{
	char names[MAX_HEAPS][MEMORY_HEAP_NAME_SIZE];
	size_t count = memory_list_heaps(names, MAX_HEAPS);
	int ret, first_error = -ENOENT;

	/* What went wrong with the heap that should have done is the reason to tell. */
	for (size_t i = 0; i < count; i++) {
		ret = take_allocator(log, video, MEMORY_HEAP, names[i], options, pool);
		if (ret == 0 || ret == -ENODEV)
			return ret;
		if (i == 0)
			first_error = ret;
	}
	return first_error;
}

static int take_kind(struct log *log, struct video *video, enum memory_kind kind,
		     const struct pool_options *options, struct pool *pool)
{
	switch (kind) {
	case MEMORY_UDMABUF:
		return take_allocator(log, video, MEMORY_UDMABUF, NULL, options, pool);
	case MEMORY_HEAP:
		if (options->heap && options->heap[0])
			return take_allocator(log, video, MEMORY_HEAP, options->heap,
					      options, pool);
		return take_any_heap(log, video, options, pool);
	default:
		return take_device_memory(log, video, options, pool);
	}
}

/*
 * The node's own memory first: it is what the device can reach for sure, QBUF and DQBUF
 * keep caches in step, and it costs no import. The others are for nodes that have none.
 */
static const enum memory_kind order[] = { MEMORY_MMAP, MEMORY_UDMABUF, MEMORY_HEAP };

static const char *const kind_names[] = {
	[MEMORY_AUTO] = "auto",
	[MEMORY_MMAP] = "mmap",
	[MEMORY_UDMABUF] = "udmabuf",
	[MEMORY_HEAP] = "heap",
};

static int take_first(struct log *log, struct video *video,
		      const struct pool_options *options, struct pool *pool)
{
	int ret = -ENOENT, first_error = 0;

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (order[i] == options->memory)
			continue;
		ret = take_kind(log, video, order[i], options, pool);
		if (ret == 0 || ret == -ENODEV)
			return ret;
		if (!first_error)
			first_error = ret;
	}
	return first_error;
}

/* "udmabuf", "heap:system". */
static const char *wanted_text(const struct pool_options *options, char *text, size_t size)
{
	bool named = options->memory == MEMORY_HEAP && options->heap && options->heap[0];

	snprintf(text, size, "%s%s%s", kind_names[options->memory], named ? ":" : "",
		 named ? options->heap : "");
	return text;
}

static int say_gone(struct log *log, const struct video *video)
{
	log_error(log, "device-gone", "%s (%s) went away", video->name, video->node);
	return -ENODEV;
}

/* The first of the usual order that works; it is said if that is not the first of all. */
static int fill_any(struct log *log, struct video *video,
		    const struct pool_options *options, struct pool *pool)
{
	int ret = take_first(log, video, options, pool);

	if (ret == -ENODEV)
		return say_gone(log, video);
	if (ret < 0)
		log_error(log, "no-memory",
			  "%s: no memory for %u buffers of %llu bytes: %s%s%s",
			  video->name, options->minimum,
			  (unsigned long long)frame_size(video), refusal(order[0], ret),
			  ret == -ENOMEM && options->advice ? "; " : "",
			  ret == -ENOMEM && options->advice ? options->advice : "");
	else if (strcmp(pool->memory, kind_names[order[0]]) != 0)
		log_notice(log, "memory-replaced",
			   "%s: frames in memory of its own are not to be had, taking %s",
			   video->name, pool->memory);
	return ret;
}

static void say_denied(struct log *log, const struct pool_options *options)
{
	char node[MEMORY_HEAP_NAME_SIZE + 32], text[HOLDER_TEXT_SIZE];

	if (options->memory == MEMORY_UDMABUF)
		snprintf(node, sizeof(node), "/dev/udmabuf");
	else
		snprintf(node, sizeof(node), "/dev/dma_heap/%s",
			 options->heap ? options->heap : "");
	log_error(log, "no-permission", "no permission: %s",
		  holder_permission_text(node, text));
}

static int fill(struct log *log, struct video *video, const struct pool_options *options,
		struct pool *pool)
{
	char wanted[sizeof(pool->memory)];
	bool is_advised;
	int ret;

	if (options->memory == MEMORY_AUTO)
		return fill_any(log, video, options, pool);
	wanted_text(options, wanted, sizeof(wanted));
	ret = take_kind(log, video, options->memory, options, pool);
	if (ret == 0)
		return 0;
	if (ret == -ENODEV)
		return say_gone(log, video);
	if (options->adjust && take_first(log, video, options, pool) == 0) {
		log_warning(log, "memory-replaced",
			    "%s: frames in %s: %s; taking %s instead", video->name,
			    wanted, refusal(options->memory, ret), pool->memory);
		return 0;
	}
	is_advised = ret == -ENOMEM && options->advice && takes_cma(video, options);
	if (ret == -EACCES || ret == -EPERM)
		say_denied(log, options);
	else
		log_error(log, "memory-refused", "%s: frames in %s: %s%s%s", video->name,
			  wanted, refusal(options->memory, ret), is_advised ? "; " : "",
			  is_advised ? options->advice : "");
	return ret;
}

static unsigned bound(unsigned value, unsigned highest)
{
	if (value > highest)
		return highest;
	return value ? value : 1;
}

int pool_create(struct log *log, struct video *video, const struct pool_options *options,
		struct pool **pool)
{
	struct pool_options bounded = *options;
	struct pool *filled;
	int ret;

	/* Asked for such buffers, videobuf2 puts a warning with a stack trace into the log. */
	if (!frame_size(video)) {
		log_error(log, "not-possible",
			  "%s: a frame has 0 bytes, as the driver or the camera has it",
			  video->name);
		return -EINVAL;
	}
	bounded.count = bound(options->count, INDEX_MAX);
	bounded.minimum = bound(options->minimum, bounded.count);
	state_bill(log, video, &bounded);
	filled = calloc(1, sizeof(*filled));
	if (!filled) {
		log_error(log, "no-memory", "%s: not enough memory", video->name);
		return -ENOMEM;
	}
	ret = fill(log, video, &bounded, filled);
	if (ret < 0) {
		pool_destroy(filled, video);
		return ret;
	}
	*pool = filled;
	return 0;
}

void pool_destroy(struct pool *pool, struct video *video)
{
	unsigned none = 0;

	if (!pool)
		return;
	give_up_buffers(pool);
	if (video->num_slots)
		video_request_buffers(video, video->memory, &none);
	free(pool);
}
