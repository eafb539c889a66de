// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames into the files of a store through a recorder. */
#include "common/sink/recording.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/buffer/index.h"
#include "common/sink/recorder.h"
#include "common/sink/space.h"
#include "common/stream/frame.h"

#define CANCEL_MS 1000
/* A disk that takes so long for what it has is as good as none. */
#define SETTLE_MS 20000

/* Where files and rings cost more than they save, unless it must be. */
#define LEAST_FILE_BYTES  (1u << 20) /* of a file for each frame */
#define LEAST_TOTAL_BYTES (8u << 20) /* of all frames, if that is known */

struct record {
	struct store_job job; /* the first: jobs are handed out */
	struct draft draft;   /* of this frame's own file */
	enum store_step step; /* what failed in recording_put() */
	bool failed;          /* there: nothing of it was written */
	bool reading;         /* the buffer is open for reading */
};

struct recording {
	struct store *store;
	struct recorder *recorder;
	const struct buffer *buffers; /* whose memory is registered; NULL: none is */
	unsigned num_buffers;
	struct space space;
	uint64_t bytes; /* given to the file of many */
	int error;      /* what came after it is not even tried */
	const char *change;
	char text[80];
};

static struct record *to_record(struct store_job *job)
{
	return (struct record *)job;
}

static const char *check_worth(const struct store *store)
{
	if (store_is_split(store) && store->frame_bytes < LEAST_FILE_BYTES)
		return "files are small";
	if (store->expected_frames &&
	    store->expected_frames < LEAST_TOTAL_BYTES / store->frame_bytes)
		return "that little is written sooner through the page cache";
	return NULL;
}

/*
 * Without a multiple of the block, memory of each frame has to be written from another place on.
 * That may be one where direct I/O takes it from.
 */
static const char *check_fit(const struct store *store, const struct direct *direct)
{
	uint64_t ragged = store->frame_bytes % direct->block_bytes;

	if (store->frame_bytes < direct->block_bytes)
		return "frames are smaller than a block of this disk";
	if (ragged % direct->memory_bytes && !store_is_split(store))
		return "frames are no whole number of blocks of this disk";
	return NULL;
}

static int try_file(const struct store *store, const struct recording_options *options,
		    int fd, struct direct *direct, const char **why)
{
	int ret;

	ret = direct_ask(fd, options->must, direct, why);
	if (ret < 0)
		return ret;
	*why = options->must ? NULL : check_worth(store);
	if (!*why)
		*why = check_fit(store, direct);
	return *why ? -EOPNOTSUPP :
		      direct_try(fd, options->buffers[0].planes[0].map, direct, why);
}

/* The draft of many frames is tried itself; for others one is made. */
static int try_direct(struct store *store, const struct recording_options *options,
		      struct direct *direct, const char **why)
{
	struct draft draft;
	int ret;

	if (!store_is_split(store))
		return try_file(store, options, store->draft.fd, direct, why);
	draft_init(&draft, store->target.directory);
	ret = draft_open(&draft, "direct");
	if (!ret)
		ret = try_file(store, options, draft.fd, direct, why);
	else
		*why = strerror(-ret);
	draft_discard(&draft);
	return ret;
}

static void register_memory(struct recording *recording,
			    const struct recording_options *options)
{
	struct iovec memory[INDEX_MAX * BUFFER_MAX_PLANES];
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	unsigned count = 0;

	for (unsigned i = 0; i < options->num_buffers; i++) {
		const struct buffer *buffer = &options->buffers[i];

		for (unsigned j = 0; j < buffer->num_planes; j++)
			memory[count++] = (struct iovec){
				.iov_base = buffer->planes[j].map,
				.iov_len = (buffer->planes[j].length_bytes + page - 1) /
					   page * page,
			};
	}
	if (recorder_register(recording->recorder, memory, count) < 0)
		return;
	recording->buffers = options->buffers;
	recording->num_buffers = options->num_buffers;
}

static const char *no_ring(int error)
{
	if (error == -EPERM || error == -EACCES)
		return "io_uring is forbidden here";
	return error == -ENOSYS ? "there is no io_uring" : strerror(-error);
}

static int make_recorder(struct recording *recording, const struct recording_options *options,
			 const struct direct *direct, const char **why)
{
	struct store *store = recording->store;
	int ret;

	ret = recorder_create(options->num_slots, sizeof(struct record), direct,
			      &recording->recorder);
	if (ret < 0) {
		*why = no_ring(ret);
		return ret;
	}
	register_memory(recording, options);
	snprintf(recording->text, sizeof(recording->text),
		 "blocks of %u bytes, %u frames at a time, %s memory", direct->block_bytes,
		 options->num_slots, recording->buffers ? "registered" : "unregistered");
	if (!store_is_split(store)) {
		space_init(&recording->space, store->draft.fd,
			   store->expected_frames * store->frame_bytes);
		store->ragged = true;
		/* Not when the camera waits for it. A disk that is full already is told then. */
		space_grow(&recording->space, store->draft.fd, store->frame_bytes);
	}
	return 0;
}

int recording_create(struct store *store, const struct recording_options *options,
		     struct recording **recording, const char **why)
{
	struct recording *made;
	struct direct direct;
	int ret;

	if (!store->frame_bytes) {
		*why = "frames differ in size";
		return -EOPNOTSUPP;
	}
	made = calloc(1, sizeof(*made));
	if (!made) {
		*why = strerror(ENOMEM);
		return -ENOMEM;
	}
	made->store = store;
	ret = try_direct(store, options, &direct, why);
	if (!ret)
		ret = make_recorder(made, options, &direct, why);
	if (ret < 0) {
		if (store->draft.fd >= 0)
			direct_switch(store->draft.fd, false);
		recording_destroy(made);
		return ret;
	}
	*recording = made;
	return 0;
}

const char *recording_text(const struct recording *recording)
{
	return recording->text;
}

int recording_fd(const struct recording *recording)
{
	return recorder_fd(recording->recorder);
}

struct store_job *recording_slot(struct recording *recording)
{
	return recorder_slot(recording->recorder);
}

/* Which of the registered pieces of memory a plane is, as register_memory() counts them. */
static int memory_of(const struct recording *recording, const struct buffer *buffer,
		     unsigned plane)
{
	/* Frames may have been copied to memory of somebody else's. */
	if (buffer->number >= recording->num_buffers ||
	    buffer != &recording->buffers[buffer->number])
		return -1;
	return (int)(buffer->number * buffer->num_planes + plane);
}

static unsigned gather(const struct recording *recording, const struct frame *frame,
		       struct recorder_part parts[static RECORDER_MAX_PARTS])
{
	const struct buffer *buffer = frame->buffer;
	unsigned count = 0;

	for (unsigned i = 0; i < buffer->num_planes; i++)
		if (frame->bytesused[i])
			parts[count++] = (struct recorder_part){
				.start = (char *)buffer->planes[i].map +
					 frame->data_offset[i],
				.bytes = frame->bytesused[i],
				.memory = memory_of(recording, buffer, i),
			};
	return count;
}

/* The file that the next frame goes to. */
static int output_of(const struct recording *recording, const struct record *record)
{
	return store_is_split(recording->store) ? record->draft.fd :
						  recording->store->draft.fd;
}

static int go_buffered(struct recording *recording, int fd, const char *why)
{
	recording->change = why;
	return recorder_go_buffered(recording->recorder, fd, SETTLE_MS);
}

/* Frames that are shorter than usual put those behind them where direct I/O can't reach. */
static int make_fit(struct recording *recording, struct record *record,
		    const struct recorder_part *parts, unsigned count)
{
	struct recorder *recorder = recording->recorder;
	bool split = store_is_split(recording->store);
	int fd = output_of(recording, record);

	if (recorder_is_direct(recorder) && !recorder_fits(recorder, parts, count))
		return go_buffered(recording, fd, "a frame is not as long as the others");
	return split && recorder_is_direct(recorder) ? direct_switch(fd, true) : 0;
}

/* For a frame's own file, or in the one of all. */
static int make_room(struct recording *recording, const struct record *record)
{
	uint64_t bytes = record->job.bytes;
	int fd = output_of(recording, record);
	struct space alone;

	if (store_is_split(recording->store)) {
		space_init(&alone, fd, bytes);
		return space_grow(&alone, fd, bytes);
	}
	recording->bytes += bytes;
	return space_grow(&recording->space, fd, recording->bytes);
}

static int put(struct recording *recording, struct record *record)
{
	struct recorder *recorder = recording->recorder;
	struct store *store = recording->store;
	const struct frame *frame = record->job.frame;
	struct recorder_part parts[RECORDER_MAX_PARTS];
	uint64_t copied = recorder_copied(recorder);
	unsigned count;
	int ret;

	if (recording->error)
		return recording->error;
	ret = store_open(store, frame, &record->draft);
	if (ret < 0)
		return ret;
	record->reading = true;
	store->step = STORE_WRITE;
	record->job.bytes = frame_bytes(frame);
	count = gather(recording, frame, parts);
	ret = make_fit(recording, record, parts, count);
	if (!ret)
		ret = make_room(recording, record);
	if (ret < 0)
		return ret;
	recorder_submit(recorder, output_of(recording, record), parts, count,
			store_is_split(store));
	record->job.touched = recorder_is_direct(recorder) ?
				      recorder_copied(recorder) - copied :
				      record->job.bytes;
	return 0;
}

void recording_put(struct recording *recording)
{
	struct record *record = to_record(recording_slot(recording));
	int ret;

	draft_forget(&record->draft);
	record->reading = false;
	ret = put(recording, record);
	record->step = recording->store->step;
	record->failed = ret < 0;
	if (ret < 0) {
		recording->error = ret;
		recorder_fail(recording->recorder, ret);
	}
}

/* Behind the frame's own bytes is what filled its last block up. */
static int cut_alone(const struct record *record)
{
	return ftruncate(record->draft.fd, (off_t)record->job.bytes) < 0 ? -errno : 0;
}

/* The end of the frame before was in the block that this one failed with. */
static void forget_shared(struct recording *recording, const struct record *record)
{
	struct store *store = recording->store;

	if (!store_is_split(store) && !record->failed && store->whole_frames &&
	    recorder_is_shared(recording->recorder, store->whole_bytes))
		store_forget_last(store);
}

static void settle(struct recording *recording, struct record *record, int error)
{
	struct store *store = recording->store;
	bool first_error = error && !store->error;
	int ret;

	if (record->reading) {
		ret = buffer_end_read(record->job.frame->buffer);
		error = error ? error : ret;
	}
	if (!error && store_is_split(store))
		error = cut_alone(record);
	if (first_error) {
		store->step = record->step;
		forget_shared(recording, record);
	}
	record->job.error = store_close(store, &record->job, &record->draft, error);
	if (record->job.error && !recording->error)
		recording->error = record->job.error;
}

/* What direct I/O refuses, though it took the first, is written all the same. */
static struct record *heal(struct recording *recording, struct record *record, int *error)
{
	const char *why = direct_why(*error);

	if (record->failed || !recorder_is_direct(recording->recorder) ||
	    (*error != -EINVAL && *error != -EFAULT))
		return record;
	if (go_buffered(recording, recording->store->draft.fd, why) < 0)
		return record;
	return recorder_done(recording->recorder, error);
}

struct store_job *recording_done(struct recording *recording)
{
	struct record *record;
	int error;

	record = recorder_done(recording->recorder, &error);
	if (!record)
		return NULL;
	if (error)
		record = heal(recording, record, &error);
	settle(recording, record, error);
	return &record->job;
}

void recording_release(struct recording *recording)
{
	recorder_release(recording->recorder);
}

const char *recording_change(struct recording *recording)
{
	const char *change = recording->change;

	recording->change = NULL;
	return change;
}

int recording_end(struct recording *recording)
{
	struct store *store = recording->store;
	int ret;

	if (store_is_split(store) || store->error)
		return 0;
	ret = recorder_end(recording->recorder, store->draft.fd);
	if (ret < 0)
		ret = recorder_go_buffered(recording->recorder, store->draft.fd, SETTLE_MS);
	if (ret < 0) {
		store->step = STORE_WRITE;
		store->error = ret;
		store_forget_last(store);
	}
	return ret;
}

int recording_cancel(struct recording *recording)
{
	return recorder_settle(recording->recorder, CANCEL_MS);
}

struct store_job *recording_stuck(struct recording *recording)
{
	struct record *record = recorder_stuck(recording->recorder);

	if (!record)
		return NULL;
	draft_discard(&record->draft);
	record->job.error = -ECANCELED;
	return &record->job;
}

void recording_destroy(struct recording *recording)
{
	if (!recording)
		return;
	recorder_destroy(recording->recorder);
	free(recording);
}
