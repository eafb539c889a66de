// SPDX-License-Identifier: GPL-2.0-or-later
/* --doctor: whether there is memory for the buffers of the streams. */
#include <stdlib.h>
#include <sys/resource.h>

#include "common/base/status.h"
#include "common/base/text.h"
#include "common/buffer/memory.h"
#include "common/device/video.h"
#include "common/stream/pool.h"
#include "common/tool/camera.h"
#include "common/tool/doctor.h"
#include "common/tool/lane.h"
#include "common/tool/tool.h"

#define MEGABYTE UINT64_C(1048576)

/* What the streams take, and what of it must be contiguous. */
struct bill {
	uint64_t bytes;
	uint64_t contiguous_bytes;
	uint64_t largest_bytes; /* of one buffer */
};

static double in_megabytes(uint64_t bytes)
{
	return (double)bytes / (double)MEGABYTE;
}

const struct video_format *doctor_format(const struct doctor_plan *plan,
					 const struct video *video)
{
	for (unsigned i = 0; i < plan->num_nodes; i++)
		if (plan->nodes[i].video == video)
			return &plan->nodes[i].format;
	return NULL;
}

static uint64_t buffer_bytes(const struct doctor_plan *plan,
			     const struct capture_stream *stream)
{
	const struct video_format *format = doctor_format(plan, stream->video);
	uint64_t bytes = 0;

	if (!format)
		format = &stream->video->format;
	for (unsigned i = 0; i < format->num_planes; i++)
		bytes += format->size_bytes[i];
	return bytes;
}

static struct bill make_bill(struct doctor *doctor, const struct doctor_plan *plan)
{
	struct bill bill = { 0 };

	for (unsigned i = 0; i < plan->num_streams; i++) {
		const struct capture_stream *stream = &plan->streams[i];
		unsigned count = lane_num_buffers(stream, doctor->options);
		uint64_t bytes = buffer_bytes(plan, stream);

		if (count < stream->min_buffers)
			count = stream->min_buffers;
		bill.bytes += count * bytes;
		if (stream->is_contiguous && !pool_has_iommu(stream->video))
			bill.contiguous_bytes += count * bytes;
		if (bytes > bill.largest_bytes)
			bill.largest_bytes = bytes;
	}
	return bill;
}

static void advise_contiguous(struct doctor *doctor)
{
	const char *advice = doctor->platform->explain.no_memory;

	doctor_remedy(doctor, "%s",
		      advice ? advice :
			       "fewer buffers (-n), a smaller size, or cma=512M on the kernel's "
			       "command line");
}

static void check_contiguous(struct doctor *doctor, const char *subject,
			     const struct bill *bill)
{
	uint64_t total = memory_info_bytes("CmaTotal"), left = memory_info_bytes("CmaFree");

	if (!bill->contiguous_bytes || !total)
		return;
	if (bill->contiguous_bytes > total) {
		doctor_fault(doctor, "memory-too-small", STATUS_FAILED, subject,
			     "the streams need %.1f MiB of contiguous memory (CMA), and there "
			     "are %.1f MiB",
			     in_megabytes(bill->contiguous_bytes), in_megabytes(total));
		advise_contiguous(doctor);
	} else if (bill->contiguous_bytes > left) {
		doctor_warning(doctor, "memory-low", subject,
			       "the streams need %.1f MiB of contiguous memory (CMA), and %.1f "
			       "of %.1f MiB are free",
			       in_megabytes(bill->contiguous_bytes), in_megabytes(left),
			       in_megabytes(total));
		doctor_remedy(doctor, "end programs that hold frames or pictures, or ask for "
				      "fewer buffers (-n)");
	} else {
		doctor_fine(doctor, "memory-bill", subject,
			    "the streams need %.1f MiB of contiguous memory (CMA), %.1f MiB "
			    "are free",
			    in_megabytes(bill->contiguous_bytes), in_megabytes(left));
	}
}

/* Frames in memory that can't be given back to the kernel's other uses. */
static void check_total(struct doctor *doctor, const char *subject, const struct bill *bill)
{
	uint64_t left = memory_info_bytes("MemAvailable");

	if (!left || bill->bytes <= left)
		return;
	doctor_fault(doctor, "memory-too-small", STATUS_FAILED, subject,
		     "the streams need %.1f MiB of memory, and %.1f MiB are free",
		     in_megabytes(bill->bytes), in_megabytes(left));
	doctor_remedy(doctor, "fewer buffers (-n) or a smaller size");
}

/* One buffer of udmabuf. */
static void check_udmabuf(struct doctor *doctor, const char *subject, const struct bill *bill)
{
	uint64_t limit;
	char value[32];

	if (kernel_parameter(&doctor->kernel, "udmabuf", "size_limit_mb", value,
			     sizeof(value)) <= 0 ||
	    text_unsigned(value, 0, UINT32_MAX, &limit) < 0 ||
	    bill->largest_bytes <= limit * MEGABYTE)
		return;
	doctor_warning(doctor, "memory-limit", subject,
		       "a buffer takes %.1f MiB, and one of /dev/udmabuf may have %s",
		       in_megabytes(bill->largest_bytes), value);
	doctor_command(doctor, "echo %llu > /sys/module/udmabuf/parameters/size_limit_mb",
		       (unsigned long long)(bill->largest_bytes / MEGABYTE + 1));
}

/* What a recorder may keep registered with the kernel; without that it is slower. */
static void check_locked(struct doctor *doctor, const char *subject, const struct bill *bill)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY ||
	    bill->bytes <= limit.rlim_cur)
		return;
	doctor_fine(doctor, "memory-locked", subject,
		    "buffers of %.1f MiB can't be registered for direct writes: the limit of "
		    "locked memory is %.1f MiB (ulimit -l)",
		    in_megabytes(bill->bytes), in_megabytes(limit.rlim_cur));
}

void doctor_check_memory(struct doctor *doctor, const struct doctor_plan *plan)
{
	const struct bill bill = make_bill(doctor, plan);
	const char *subject = plan->camera->id;

	check_contiguous(doctor, subject, &bill);
	check_total(doctor, subject, &bill);
	check_udmabuf(doctor, subject, &bill);
	check_locked(doctor, subject, &bill);
}
