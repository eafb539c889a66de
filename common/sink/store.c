// SPDX-License-Identifier: GPL-2.0-or-later
/* The writing half of the file sink: frames into the files of one target. */
#include "common/sink/store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/image/picture.h"
#include "common/sink/notes.h"
#include "common/sink/raw.h"
#include "common/sink/space.h"
#include "common/sink/worker.h"
#include "common/stream/frame.h"

void store_init(struct store *store, bool force)
{
	*store = (struct store){ .force = force };
	store->target.directory = -1;
	store->target.fd = -1;
	draft_init(&store->draft, -1);
	draft_init(&store->sidecar_draft, -1);
}

bool store_is_split(const struct store *store)
{
	return store->target.pattern.is_numbered && !store->target.in_place;
}

static int open_output(struct store *store)
{
	const struct pattern *pattern = &store->target.pattern;

	if (store_is_split(store) || store->target.may_block)
		return 0;
	if (store->target.in_place)
		return target_open(&store->target);
	return draft_open(&store->draft, pattern->text + pattern->base);
}

/* As far as it is known how much will come. */
static int check_space(struct store *store)
{
	const struct target *target = &store->target;

	if (target->in_place || !store->expected_frames)
		return 0;
	return space_check(target->log, target->pattern.text, target->directory,
			   store->expected_frames, store->frame_bytes);
}

/* What was free a moment ago may not be any more. */
static int reserve_space(struct store *store)
{
	int ret;

	if (store->draft.fd < 0 || !store->expected_frames)
		return 0;
	store->ragged = true;
	ret = space_reserve(store->draft.fd, store->expected_frames * store->frame_bytes);
	return ret < 0 ? check_space(store) : 0;
}

int store_begin(struct store *store, const struct video_format *format, const char *role)
{
	int ret;

	draft_init(&store->draft, store->target.directory);
	draft_init(&store->sidecar_draft, store->target.directory);
	sidecar_init(&store->sidecar, format, role);
	ret = store->force ? 0 : target_check_free(&store->target, store->has_sidecar);
	if (ret < 0)
		return ret;
	ret = target_check_writable(&store->target, store->has_sidecar);
	if (!ret)
		ret = check_space(store);
	if (ret < 0)
		return ret;
	ret = open_output(store);
	if (ret < 0)
		log_error(store->target.log, "file-failed", "%s can't be written: %s",
			  store->target.pattern.text, strerror(-ret));
	return ret < 0 ? ret : reserve_space(store);
}

/* sink_cancel() must get us out of waiting: for a reader who never comes, or who sleeps. */
static void set_interruptible(const struct store *store, bool interruptible)
{
	if (store->interruptible)
		worker_interruptible(interruptible);
}

/* Drivers' numbers are not to be trusted. */
static bool claims_too_much(const struct frame *frame)
{
	const struct buffer *buffer = frame->buffer;

	for (unsigned i = 0; i < buffer->num_planes; i++)
		if ((uint64_t)frame->data_offset[i] + frame->bytesused[i] >
		    buffer->planes[i].length_bytes)
			return true;
	return false;
}

static void set_notes(struct store *store, const struct sidecar_frame *described)
{
	struct picture_notes notes;

	notes_from_frame(&notes, described);
	notes.has_colors = notes.has_colors && !store->undeveloped;
	notes.make = store->make;
	notes.model = store->model;
	picture_set_notes(store->picture, &notes);
}

static int write_picture(struct store *store, const struct frame *frame,
			 const struct sidecar_frame *described, int fd, uint64_t *bytes)
{
	struct image_memory memory[BUFFER_MAX_PLANES];
	off_t start = lseek(fd, 0, SEEK_CUR);
	int ret;

	for (unsigned i = 0; i < frame->buffer->num_planes; i++)
		memory[i] = (struct image_memory){
			.start = (char *)frame->buffer->planes[i].map + frame->data_offset[i],
			.size_bytes = frame->bytesused[i],
		};
	ret = image_place(&store->image, memory);
	if (ret < 0)
		return ret == -EPROTO ? -ENODATA : ret;
	if (store->has_notes)
		set_notes(store, described);
	ret = picture_write(store->picture, &store->image, fd);
	/* A pipe does not tell where it is. */
	*bytes = start < 0 ? 0 : (uint64_t)(lseek(fd, 0, SEEK_CUR) - start);
	return ret;
}

static int write_bytes(const struct store *store, const struct frame *frame, int fd,
		       uint64_t *bytes)
{
	if (store->is_mjpeg)
		return raw_write_mjpeg(frame, fd, bytes);
	*bytes = frame_bytes(frame);
	return raw_write(frame, fd);
}

static int begin_contents(struct store *store, const struct frame *frame)
{
	store->step = STORE_WRITE;
	return claims_too_much(frame) ? -EPROTO : buffer_begin_read(frame->buffer);
}

static int put_contents(struct store *store, struct store_job *job, int fd)
{
	const struct frame *frame = job->frame;
	int ret, end;

	ret = begin_contents(store, frame);
	if (ret < 0)
		return ret;
	set_interruptible(store, true);
	ret = store->picture ?
		      write_picture(store, frame, &job->described, fd, &job->bytes) :
		      write_bytes(store, frame, fd, &job->bytes);
	set_interruptible(store, false);
	job->touched = frame_bytes(frame);
	end = buffer_end_read(frame->buffer);
	return ret < 0 ? ret : end;
}

/* What may block is opened here, at the first frame. */
static int open_in_place(struct store *store)
{
	int ret;

	store->step = STORE_OPEN;
	set_interruptible(store, true);
	ret = target_open(&store->target);
	set_interruptible(store, false);
	return ret;
}

/* The file has one frame more. */
static void add_appended(struct store *store, const struct store_job *job)
{
	store->whole_frames++;
	store->whole_bytes += job->bytes;
	store->last_bytes = job->bytes;
	if (store->has_sidecar)
		sidecar_add(&store->sidecar, &job->described);
}

static int put_appended(struct store *store, struct store_job *job)
{
	bool in_place = store->target.in_place;
	int ret;

	store->step = STORE_SIDECAR;
	ret = store->has_sidecar ? sidecar_reserve(&store->sidecar) : 0;
	if (!ret && in_place)
		ret = open_in_place(store);
	if (ret < 0)
		return ret;

	store->ragged = true;
	ret = put_contents(store, job, in_place ? store->target.fd : store->draft.fd);
	if (ret < 0)
		return ret;
	store->ragged = store->expected_frames != 0;
	add_appended(store, job);
	return 0;
}

/* Leaves the draft where it is: what is in it would be lost otherwise. */
static void leave_draft(struct store *store)
{
	memcpy(store->left, store->draft.name, sizeof(store->left));
	draft_abandon(&store->draft);
}

static int put_sidecar(struct store *store, const char *name, bool replace)
{
	char sidecar[NAME_MAX + sizeof(TARGET_SIDECAR_SUFFIX)];
	struct draft *draft = &store->sidecar_draft;
	int ret;

	store->step = STORE_SIDECAR;
	snprintf(sidecar, sizeof(sidecar), "%s" TARGET_SIDECAR_SUFFIX, name);
	ret = draft_open(draft, sidecar);
	if (!ret)
		ret = sidecar_write(&store->sidecar, !store_is_split(store), draft->fd);
	if (!ret)
		ret = draft_commit(draft, sidecar, replace);
	if (ret < 0)
		draft_discard(draft);
	return ret;
}

/* Gives the draft, which is whole, its name, and writes the side-car. */
static int put_name(struct store *store, const char *name, bool replace)
{
	int ret;

	store->step = STORE_NAME;
	ret = draft_commit(&store->draft, name, replace);
	if (ret < 0) {
		leave_draft(store);
		return ret;
	}
	return store->has_sidecar ? put_sidecar(store, name, replace) : 0;
}

/* A driver whose numbers come again must not make us replace our own files. */
static bool may_replace(const struct store *store, uint32_t sequence)
{
	return store->force &&
	       (!store->whole_frames || (int32_t)(sequence - store->last_sequence) > 0);
}

/* Makes the draft of a frame's own file. */
static int open_alone(struct store *store, const struct frame *frame, struct draft *draft)
{
	char name[NAME_MAX + 1];
	int ret;

	store->step = STORE_OPEN;
	ret = pattern_name(&store->target.pattern, frame->sequence, name, sizeof(name));
	return ret < 0 ? ret : draft_open(draft, name);
}

/* It is in there: the file gets its name, and its side-car. */
static int close_alone(struct store *store, const struct store_job *job)
{
	uint32_t sequence = job->frame->sequence;
	bool replace = may_replace(store, sequence);
	char name[NAME_MAX + 1];
	int ret = 0;

	store->step = STORE_SIDECAR;
	if (store->has_sidecar) {
		sidecar_clear(&store->sidecar);
		ret = sidecar_reserve(&store->sidecar);
	}
	if (!ret)
		ret = pattern_name(&store->target.pattern, sequence, name, sizeof(name));
	if (ret < 0) {
		draft_discard(&store->draft);
		return ret;
	}
	if (store->has_sidecar)
		sidecar_add(&store->sidecar, &job->described);
	store->whole_frames++;
	store->last_sequence = sequence;
	return put_name(store, name, replace);
}

static int put_alone(struct store *store, struct store_job *job)
{
	int ret;

	ret = open_alone(store, job->frame, &store->draft);
	if (ret < 0)
		return ret;
	if (store->picture)
		picture_start_file(store->picture);
	ret = put_contents(store, job, store->draft.fd);
	if (ret < 0) {
		draft_discard(&store->draft);
		return ret;
	}
	return close_alone(store, job);
}

int store_put(struct store *store, struct store_job *job)
{
	if (store->error)
		return store->error;
	if (store_is_split(store))
		store->error = put_alone(store, job);
	else
		store->error = put_appended(store, job);
	return store->error;
}

int store_open(struct store *store, const struct frame *frame, struct draft *draft)
{
	int ret = 0;

	*draft = store->draft;
	draft_forget(draft);
	if (store_is_split(store))
		ret = open_alone(store, frame, draft);
	store->draft.seed = draft->seed;
	if (!ret)
		ret = begin_contents(store, frame);
	if (ret < 0)
		draft_discard(draft);
	return ret;
}

static int close_appended(struct store *store, const struct store_job *job)
{
	int ret;

	store->step = STORE_SIDECAR;
	ret = store->has_sidecar ? sidecar_reserve(&store->sidecar) : 0;
	if (!ret)
		add_appended(store, job);
	return ret;
}

int store_close(struct store *store, struct store_job *job, struct draft *draft, int error)
{
	if (!store->error && !error && store_is_split(store)) {
		store->draft = *draft;
		draft_forget(draft);
		error = close_alone(store, job);
	} else if (!store->error && !error) {
		error = close_appended(store, job);
	}
	draft_discard(draft);
	if (!store->error)
		store->error = error;
	return store->error;
}

void store_forget_last(struct store *store)
{
	store->whole_frames--;
	store->whole_bytes -= store->last_bytes;
	if (store->has_sidecar)
		sidecar_forget_last(&store->sidecar);
}

static int end_appended(struct store *store)
{
	const struct pattern *pattern = &store->target.pattern;
	int ret;

	if (!store->whole_frames || store->discard) {
		draft_discard(&store->draft);
		return 0;
	}
	store->step = STORE_NAME;
	if (store->ragged && ftruncate(store->draft.fd, (off_t)store->whole_bytes) < 0) {
		ret = -errno;
		leave_draft(store);
		return ret;
	}
	return put_name(store, pattern->text + pattern->base, store->force);
}

/* Closing can fail too: on a network file system that is where a full disk is told. */
static int end_in_place(struct store *store)
{
	int fd = store->target.fd;

	store->step = STORE_OPEN;
	store->target.fd = -1;
	return fd >= 0 && close(fd) < 0 ? -errno : 0;
}

int store_end(struct store *store)
{
	draft_discard(&store->sidecar_draft);
	if (store->target.in_place)
		return end_in_place(store);
	if (!store_is_split(store))
		return end_appended(store);
	draft_discard(&store->draft);
	return 0;
}

void store_unlink(const struct store *store)
{
	if (store->draft.name[0])
		unlinkat(store->target.directory, store->draft.name, 0);
	if (store->sidecar_draft.name[0])
		unlinkat(store->target.directory, store->sidecar_draft.name, 0);
}

void store_finish(struct store *store)
{
	draft_discard(&store->sidecar_draft);
	draft_discard(&store->draft);
	sidecar_finish(&store->sidecar);
	picture_writer_destroy(store->picture);
	target_finish(&store->target);
}
