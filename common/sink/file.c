// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The file sink: the loop's half.
 *
 *	      the loop's thread                  the same, or the worker's
 *	sink_write() --> map, describe --------> store_put() --> append to one file
 *	                                          |   `--> a file for each frame
 *	done() <-------- count, say what failed <-'
 */
#include "common/sink/file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/image/picture.h"
#include "common/sink/kind.h"
#include "common/sink/recording.h"
#include "common/sink/series.h"
#include "common/sink/store.h"
#include "common/sink/worker.h"
#include "common/stream/frame.h"

#define CLOCK_AGE_NS  10000000000ull /* clocks are compared again after so long */
#define SPARE_BUFFERS 2 /* with --overflow=drop so many stay with the driver */

struct file_sink {
	struct sink sink;
	struct log *log;
	struct store store;
	struct worker *worker;       /* NULL: the loop writes itself */
	struct store_job job;        /* without a worker there is one at a time */
	struct recording *recording; /* NULL: one of these two writes */
	enum file_io io;
	unsigned num_slots;
	bool drop;
	bool failure_said;
	bool finished;
	bool stuck; /* the worker could not be ended: it keeps all this */
	sidecar_settings_fn *settings;
	void *settings_context;
	struct clock_offsets clock;
	uint64_t clock_ns;   /* when these were measured, in frames' time; 0: never */
	char path[PATH_MAX]; /* what done() is told */
};

static struct file_sink *to_file(struct sink *sink)
{
	return (struct file_sink *)sink;
}

static const char *why(int error)
{
	switch (error) {
	case -EPIPE:
		return "its reader has gone";
	case -EPROTO:
		return "the driver claims more bytes than its buffer has";
	case -ENODATA:
		return "it is shorter than a picture";
	default:
		return strerror(-error);
	}
}

/* Says what failed, once: later frames come back with the same. */
static void say_failure(struct file_sink *file, enum store_step step, const char *path,
			uint32_t sequence, int error)
{
	const struct pattern *pattern = &file->store.target.pattern;

	if (file->failure_said)
		return;
	file->failure_said = true;
	if (pattern->is_stdout)
		path = "standard output";
	switch (step) {
	case STORE_OPEN:
		log_error(file->log, "file-failed", "%s can't be written: %s", path,
			  why(error));
		break;
	case STORE_WRITE:
		log_error(file->log, "file-failed",
			  "%s: frame %06" PRIu32 " can't be written: %s", path, sequence,
			  why(error));
		break;
	case STORE_NAME:
		log_error(file->log, "file-failed",
			  "%s can't be given its name: %s; what was captured is in %.*s%s",
			  path, why(error), (int)pattern->base, pattern->text,
			  file->store.left);
		break;
	case STORE_SIDECAR:
		log_error(file->log, "file-failed",
			  "%s" TARGET_SIDECAR_SUFFIX " can't be written: %s", path,
			  why(error));
		break;
	}
}

/* The name of the file that a frame goes to, until the next call. */
static const char *path_of(struct file_sink *file, uint32_t sequence)
{
	const struct pattern *pattern = &file->store.target.pattern;

	if (!store_is_split(&file->store) ||
	    pattern_path(pattern, sequence, file->path, sizeof(file->path)) < 0)
		return pattern->text;
	return file->path;
}

/* Back in the loop: tells what became of a frame. */
static void complete(struct file_sink *file, const struct store_job *job)
{
	uint32_t sequence = job->frame->sequence;
	const char *path = path_of(file, sequence);

	if (!job->error)
		file->sink.cpu_bytes += job->touched;
	else if (job->error != -ECANCELED)
		say_failure(file, file->store.step, path, sequence, job->error);
	sink_complete(&file->sink, job->frame, job->error ? NULL : path, job->bytes,
		      job->error);
}

/* Comparing clocks for each frame would cost system calls where there is no vDSO. */
static const struct clock_offsets *clock_at(struct file_sink *file, uint64_t timestamp_ns)
{
	if (!file->clock_ns || timestamp_ns - file->clock_ns >= CLOCK_AGE_NS) {
		clock_measure(&file->clock);
		file->clock_ns = timestamp_ns;
	}
	return &file->clock;
}

static void describe(struct file_sink *file, const struct frame *frame,
		     struct sidecar_frame *described)
{
	*described = (struct sidecar_frame){
		.timestamp_ns = frame->timestamp_ns,
		.sequence = frame->sequence,
		.flags = frame->flags,
		.clock = *clock_at(file, frame->timestamp_ns),
	};
	for (unsigned i = 0; i < frame->buffer->num_planes; i++)
		described->bytes[i] = frame->bytesused[i];
	if (file->settings)
		file->settings(file->settings_context, frame, &described->settings);
}

/* Runs in the worker's thread, if there is one. */
static void put(void *context, void *argument)
{
	struct file_sink *file = context;
	struct store_job *job = argument;

	job->error = store_put(&file->store, job);
}

/* Before the store has it: there is nothing of the frame in any file. */
static void reject(struct file_sink *file, struct frame *frame, int error)
{
	uint32_t sequence = frame->sequence;

	if (error != SINK_DROPPED)
		say_failure(file, STORE_WRITE, path_of(file, sequence), sequence, error);
	sink_complete(&file->sink, frame, NULL, 0, error);
}

/* What came before the change came back already. */
static void say_change(struct file_sink *file)
{
	const char *change = recording_change(file->recording);

	if (!change)
		return;
	file->sink.io = "buffered";
	log_notice(file->log, "io-changed", "%s: goes on through the page cache: %s",
		   file->store.target.pattern.text, change);
}

static void take_recorded(struct file_sink *file)
{
	struct store_job *job;

	while ((job = recording_done(file->recording))) {
		complete(file, job);
		recording_release(file->recording);
	}
	say_change(file);
}

static struct store_job *free_slot(struct file_sink *file)
{
	if (file->recording)
		return recording_slot(file->recording);
	return file->worker ? worker_slot(file->worker) : &file->job;
}

static void submit(struct file_sink *file, struct store_job *job)
{
	if (file->recording) {
		recording_put(file->recording);
		take_recorded(file);
	} else if (file->worker) {
		worker_submit(file->worker);
	} else {
		put(file, job);
		complete(file, job);
	}
}

static void file_write(struct sink *sink, struct frame *frame)
{
	struct file_sink *file = to_file(sink);
	struct store_job *job = free_slot(file);
	int ret;

	/* Without drop there are as many slots as buffers: then it is no overflow. */
	if (!job)
		ret = file->drop ? SINK_DROPPED : -ENOBUFS;
	else
		ret = buffer_map(frame->buffer);
	if (ret < 0) {
		reject(file, frame, ret);
		return;
	}
	job->frame = frame;
	job->bytes = job->touched = 0;
	job->error = -ECANCELED;
	if (file->store.has_sidecar || file->store.has_notes)
		describe(file, frame, &job->described);
	submit(file, job);
}

static void file_dispatch(struct sink *sink)
{
	struct file_sink *file = to_file(sink);
	struct store_job *job;

	if (file->recording)
		take_recorded(file);
	if (!file->worker)
		return;
	worker_acknowledge(file->worker);
	while ((job = worker_done(file->worker))) {
		complete(file, job);
		worker_release(file->worker);
	}
}

/* The name of the file is its promise: after a failure, say how much of it is kept. */
static void say_kept(const struct file_sink *file)
{
	const struct store *store = &file->store;

	if (!store->error || !store->whole_frames || store->target.in_place ||
	    store_is_split(store))
		return;
	if (store->whole_frames == 1)
		log_notice(file->log, "file-kept", "%s: the one frame before that is kept",
			   store->target.pattern.text);
	else
		log_notice(file->log, "file-kept",
			   "%s: the %" PRIu64 " frames before that are kept",
			   store->target.pattern.text, store->whole_frames);
}

static int end_store(struct file_sink *file)
{
	int ret = 0, end;

	file->finished = true;
	if (file->recording)
		ret = recording_end(file->recording);
	if (ret < 0)
		say_failure(file, file->store.step, file->store.target.pattern.text,
			    file->store.last_sequence, ret);
	end = store_end(&file->store);
	ret = ret < 0 ? ret : end;
	if (end < 0) {
		file->failure_said = false;
		say_failure(file, file->store.step, file->store.target.pattern.text, 0, end);
	} else {
		say_kept(file);
	}
	return ret;
}

static int file_finish(struct sink *sink)
{
	struct file_sink *file = to_file(sink);

	if (file->finished)
		return 0;
	if (file->worker) {
		worker_close(file->worker);
		file_dispatch(sink);
		if (sink->pending || !worker_ended(file->worker))
			return -EINPROGRESS;
	}
	if (file->recording) {
		take_recorded(file);
		if (sink->pending)
			return -EINPROGRESS;
	}
	return end_store(file);
}

/* What the disk does not take for so long is not waited for. */
static void give_up_recorded(struct file_sink *file)
{
	struct store_job *job;

	file->stuck = recording_cancel(file->recording) < 0;
	take_recorded(file);
	while ((job = recording_stuck(file->recording))) {
		complete(file, job);
		recording_release(file->recording);
	}
}

static int file_cancel(struct sink *sink)
{
	struct file_sink *file = to_file(sink);

	if (file->finished)
		return 0;
	if (file->recording)
		give_up_recorded(file);
	else
		file->stuck = file->worker && worker_cancel(file->worker) < 0;
	file_dispatch(sink);
	if (!file->stuck)
		return end_store(file);
	file->finished = true;
	store_unlink(&file->store);
	return -ETIMEDOUT;
}

static void file_destroy(struct sink *sink)
{
	struct file_sink *file = to_file(sink);

	if (file->stuck)
		return;
	recording_destroy(file->recording);
	worker_destroy(file->worker);
	store_finish(&file->store);
	free(file);
}

/* What is written in the loop, or by a thread only so that it does not wait. */
static bool could_record(const struct file_sink *file)
{
	return file->store.has_sidecar;
}

static int refuse_direct(struct file_sink *file, const char *why)
{
	log_error(file->log, "io-refused", "%s can't be written with --io=direct: %s",
		  file->store.target.pattern.text, why);
	return -EOPNOTSUPP;
}

static int file_prepare(struct sink *sink, struct buffer *buffers, unsigned count)
{
	struct file_sink *file = to_file(sink);
	const struct recording_options options = {
		.buffers = buffers,
		.num_buffers = count,
		.num_slots = file->drop || file->num_slots < count ? file->num_slots : count,
		.must = file->io == FILE_IO_DIRECT,
	};
	const char *why;

	if (file->io == FILE_IO_BUFFERED || !could_record(file))
		return 0;
	if (recording_create(&file->store, &options, &file->recording, &why) < 0) {
		if (options.must)
			return refuse_direct(file, why);
		log_detail(file->log, "io", "%s goes through the page cache: %s",
			   file->store.target.pattern.text, why);
		return 0;
	}
	sink->fd = recording_fd(file->recording);
	sink->io = "direct";
	worker_destroy(file->worker);
	file->worker = NULL;
	log_detail(file->log, "io", "%s is written directly: %s",
		   file->store.target.pattern.text, recording_text(file->recording));
	return 0;
}

static const struct sink_ops file_ops = {
	.prepare = file_prepare,
	.write = file_write,
	.dispatch = file_dispatch,
	.finish = file_finish,
	.cancel = file_cancel,
	.destroy = file_destroy,
};

static int compress_picture(struct file_sink *file, const struct file_options *options,
			    enum picture_kind kind)
{
	int ret = 0;

	if (options->dng_lossless && kind == PICTURE_DNG)
		ret = picture_compress(file->store.picture);
	if (ret < 0)
		log_error(file->log, "file-failed", "%s can't be compressed: %s",
			  options->pattern, strerror(-ret));
	return ret;
}

/* How much comes, as far as that can be known. */
static void find_sizes(struct store *store, const struct file_options *options,
		       const struct video_format *format)
{
	const struct format_info *info = format_find(format->fourcc);

	if (!info || info->kind == FORMAT_COMPRESSED || info->kind == FORMAT_META)
		return;
	for (unsigned i = 0; i < format->num_planes; i++)
		store->frame_bytes += format->size_bytes[i];
	if (options->count_is_sure && store->frame_bytes)
		store->expected_frames = options->count;
}

static int choose_contents(struct file_sink *file, const struct file_options *options,
			   const struct video_format *format)
{
	struct store *store = &file->store;
	const struct kind *kind;
	int ret;

	ret = kind_choose(&store->target, format->fourcc, options, &kind);
	if (ret < 0)
		return ret;
	store->has_sidecar = kind->contents == CONTENTS_BYTES && !store->target.in_place;
	store->is_mjpeg = kind->contents == CONTENTS_MJPEG;
	if (kind->contents == CONTENTS_BYTES)
		find_sizes(store, options, format);
	if (kind->contents != CONTENTS_PICTURE)
		return 0;
	ret = kind_create_picture(kind, &store->target, format, &store->image,
				  &store->picture);
	if (ret < 0)
		return ret;
	picture_set_rate(store->picture, options->rate);
	picture_set_quality(store->picture, options->quality);
	picture_set_demosaic(store->picture,
			     options->fast_demosaic ? DEMOSAIC_FAST : DEMOSAIC_GOOD);
	store->has_notes = picture_uses_notes(kind->picture, store->image.format);
	store->undeveloped = options->undeveloped && kind->picture != PICTURE_DNG;
	store->make = options->make;
	store->model = options->model;
	file->sink.needs_whole = true;
	return compress_picture(file, options, kind->picture);
}

static unsigned num_slots(const struct file_options *options)
{
	if (!options->drop)
		return options->num_buffers ? options->num_buffers : 1;
	return options->num_buffers > SPARE_BUFFERS ? options->num_buffers - SPARE_BUFFERS :
						      1;
}

static int start_worker(struct file_sink *file, const struct file_options *options)
{
	int ret;

	if (!options->drop && !file->store.target.may_block && !file->store.picture)
		return 0;
	file->store.interruptible = true;
	ret = worker_create(file->num_slots, sizeof(struct store_job), put, file,
			    &file->worker);
	if (ret < 0)
		log_error(file->log, "file-failed", "%s: no thread to write it: %s",
			  options->pattern, strerror(-ret));
	else
		file->sink.fd = worker_fd(file->worker);
	return ret;
}

int file_sink_create(struct log *log, const struct file_options *options,
		     const struct video_format *format, sink_done_fn *done,
		     void *done_context, struct sink **sink)
{
	char tag[SERIES_TAG_SIZE];
	struct file_sink *file;
	int ret;

	file = calloc(1, sizeof(*file));
	if (!file) {
		log_error(log, "file-failed", "%s can't be written: %s", options->pattern,
			  strerror(ENOMEM));
		return -ENOMEM;
	}
	sink_init(&file->sink, &file_ops, done, done_context);
	file->sink.io = "buffered";
	file->log = log;
	file->drop = options->drop;
	file->io = options->io;
	file->num_slots = num_slots(options);
	file->settings = options->settings;
	file->settings_context = options->settings_context;
	store_init(&file->store, options->force);
	file->store.discard = options->discard;
	ret = target_init(&file->store.target, log, options->pattern,
			  series_tag(options->role_in_name ? options->role : NULL,
				     options->set, tag));
	if (!ret)
		ret = choose_contents(file, options, format);
	if (!ret && options->io == FILE_IO_DIRECT && !could_record(file))
		ret = refuse_direct(file, "only plain bytes can, and only into files");
	if (!ret)
		ret = store_begin(&file->store, format, options->role);
	if (!ret)
		ret = start_worker(file, options);
	if (ret < 0) {
		store_finish(&file->store);
		free(file);
		return ret;
	}
	*sink = &file->sink;
	return 0;
}

int file_sink_sync(struct sink *sink)
{
	return fdatasync(to_file(sink)->store.draft.fd) < 0 ? -errno : 0;
}

enum status file_status(int error)
{
	if (error == -EOPNOTSUPP)
		return STATUS_CONFIGURATION;
	return status_from_error(STAGE_OUTPUT, error);
}

bool file_sinks_meet(const struct sink *one, const struct sink *other)
{
	return targets_meet(&((const struct file_sink *)one)->store.target,
			    &((const struct file_sink *)other)->store.target);
}

bool file_is_stdout(const char *pattern)
{
	return target_descriptor(pattern) == 1;
}

enum file_fit file_fit(const char *text, uint32_t fourcc)
{
	struct pattern pattern;

	if (pattern_init(&pattern, text, NULL) < 0)
		return FILE_FIT_AS_IT_IS;
	return kind_fit(pattern_suffix(&pattern), fourcc);
}

unsigned file_effects(const char *text, uint32_t fourcc)
{
	struct pattern pattern;

	if (pattern_init(&pattern, text, NULL) < 0)
		return 0;
	return kind_effects(pattern_suffix(&pattern), fourcc);
}
