// SPDX-License-Identifier: GPL-2.0-or-later
/* The ring: frames kept for a while, and written when somebody asks for them. */
#include "common/sink/preroll.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "common/base/log.h"
#include "common/base/sys.h"
#include "common/base/text.h"
#include "common/sink/preroll_memory.h"
#include "common/sink/series.h"
#include "common/sink/target.h"

/* Frames that a set's file sink has at once: enough to keep a disk busy. */
#define WINDOW 8
/* What a sink that drops keeps back for the driver. */
#define KEPT_BACK 2
/* A clock that differs by more from ours is another one. */
#define CLOCK_SLACK_NS UINT64_C(10000000000)

/* Frames in a row, oldest first. */
struct line {
	struct preroll_entry *first;
	struct preroll_entry *last;
	unsigned count;
};

struct set {
	struct preroll *ring;
	struct preroll_set told;
	struct sink *sink; /* its files */
	struct line queue; /* not with the sink yet */
	bool is_open;
	bool is_over; /* a frame came that was too late */
	uint64_t end_ns;
};

struct preroll {
	struct sink sink;
	struct log *log;
	struct file_options file;
	struct video_format format;
	struct preroll_events events;
	uint64_t before_ns;
	bool drop;
	bool by_clock; /* what the driver stamps is no time: that of arrival is taken */
	bool short_said;
	bool stuck; /* a writer could not be ended: it keeps all this */
	uint64_t newest_ns;
	struct preroll_memory memory;
	struct buffer *buffers; /* where frames are, for the file sinks; lent; NULL: unknown */
	unsigned num_buffers;
	struct line line;
	struct sink *first_files; /* opened at the beginning, for the first set */
	struct set sets[PREROLL_MAX_SETS]; /* a ring, oldest first */
	unsigned first_set;
	unsigned num_sets;
};

static struct preroll *to_preroll(const struct sink *sink)
{
	return (struct preroll *)sink;
}

static void append(struct line *line, struct preroll_entry *entry)
{
	entry->next = NULL;
	if (line->last)
		line->last->next = entry;
	else
		line->first = entry;
	line->last = entry;
	line->count++;
}

static struct preroll_entry *take_first(struct line *line)
{
	struct preroll_entry *entry = line->first;

	line->first = entry->next;
	if (!line->first)
		line->last = NULL;
	line->count--;
	return entry;
}

static void append_all(struct line *line, struct line *added)
{
	while (added->count)
		append(line, take_first(added));
}

static struct set *set_at(const struct preroll *ring, unsigned place)
{
	return (struct set *)&ring->sets[(ring->first_set + place) % PREROLL_MAX_SETS];
}

/* Only the newest can be. */
static struct set *open_set(const struct preroll *ring)
{
	struct set *set = ring->num_sets ? set_at(ring, ring->num_sets - 1) : NULL;

	return set && set->is_open ? set : NULL;
}

/* What became of a frame that was kept. */
static void tell(struct preroll *ring, struct preroll_entry *entry, const char *name, int error)
{
	ring->events.told(ring->events.context, entry->frame, name, error);
	preroll_memory_free(&ring->memory, entry);
}

static void note_error(struct preroll *ring, struct set *set, int error)
{
	if (!set->told.error)
		set->told.error = error;
	if (!ring->sink.error && error != -ECANCELED)
		ring->sink.error = error;
}

static bool is_split(const struct preroll *ring)
{
	const char *slash = strrchr(ring->file.pattern, '/');
	const char *name = slash ? slash + 1 : ring->file.pattern;

	return !*name || strchr(name, '#');
}

/* From the file sink of a set. */
static void frame_is_done(void *context, struct frame *frame, const char *name, int error)
{
	struct set *set = context;
	struct preroll *ring = set->ring;

	if (error) {
		note_error(ring, set, error);
	} else {
		set->told.frames++;
		set->told.files = is_split(ring) ? set->told.frames : 1;
		ring->sink.written_frames++;
		ring->sink.written_bytes += frame_bytes(frame);
	}
	tell(ring, preroll_memory_find(&ring->memory, frame), name, error);
}

/* What acted on a frame was asked when it came; whoever knew may have forgotten it by now. */
static void settings_of(void *context, const struct frame *frame,
			struct sidecar_settings *settings)
{
	const struct preroll *ring = context;

	*settings = preroll_memory_find(&ring->memory, frame)->settings;
}

static int open_files(struct preroll *ring, unsigned number, void *context, struct sink **sink)
{
	struct file_options file = ring->file;

	file.set = number;
	/* The loop never waits for it, and what is in its hands is limited here. */
	file.drop = true;
	file.num_buffers = WINDOW + KEPT_BACK;
	file.count = 0;
	if (ring->file.settings)
		file.settings = settings_of;
	file.settings_context = ring;
	return file_sink_create(ring->log, &file, &ring->format, frame_is_done, context,
				sink);
}

static int watch_files(struct preroll *ring, struct sink *files)
{
	struct epoll_event event = { .events = EPOLLIN };

	if (files->fd < 0)
		return 0;
	return epoll_ctl(ring->sink.fd, EPOLL_CTL_ADD, files->fd, &event) < 0 ? -errno : 0;
}

static void unwatch_files(struct preroll *ring, struct sink *files)
{
	if (files->fd >= 0)
		epoll_ctl(ring->sink.fd, EPOLL_CTL_DEL, files->fd, NULL);
}

static void end_set(struct preroll *ring, struct set *set)
{
	unwatch_files(ring, set->sink);
	ring->sink.cpu_bytes += set->sink->cpu_bytes;
	sink_destroy(set->sink);
	set->sink = NULL;
	ring->first_set = (ring->first_set + 1) % PREROLL_MAX_SETS;
	ring->num_sets--;
	ring->events.complete(ring->events.context, &set->told);
}

/* Gives the oldest set's file sink what it can take. True if it is through with all. */
static bool feed(struct set *set)
{
	int ret;

	while (set->queue.count && set->sink->pending < WINDOW)
		sink_write(set->sink, take_first(&set->queue)->frame);
	if (set->is_open || set->queue.count)
		return false;
	ret = sink_finish(set->sink);
	if (ret == -EINPROGRESS)
		return false;
	if (ret < 0)
		note_error(set->ring, set, ret);
	return true;
}

/* In order, so that the memory of the oldest frames is free first. */
static void go_on(struct preroll *ring)
{
	while (ring->num_sets && feed(set_at(ring, 0)))
		end_set(ring, set_at(ring, 0));
}

static void pass_oldest(struct preroll *ring)
{
	tell(ring, take_first(&ring->line), NULL, SINK_PASSED);
}

static void let_age(struct preroll *ring, uint64_t now_ns)
{
	while (ring->line.count && ring->line.first->time_ns + ring->before_ns < now_ns)
		pass_oldest(ring);
}

/*
 * What a driver stamps may be no time, or one that goes back: then the ring would never empty, nor
 * a set ever end.
 */
static uint64_t time_of(struct preroll *ring, const struct frame *frame)
{
	const uint32_t kind = frame->flags & V4L2_BUF_FLAG_TIMESTAMP_MASK;

	if (kind != V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC ||
	    frame->timestamp_ns < ring->newest_ns || !frame->timestamp_ns)
		ring->by_clock = true;
	if (!ring->by_clock)
		return frame->timestamp_ns;
	return sys_monotonic_ns();
}

static void say_short(struct preroll *ring)
{
	char text[32];

	if (ring->short_said)
		return;
	ring->short_said = true;
	text_print_duration(ring->before_ns, text, sizeof(text));
	log_warning(ring->log, "ring-short",
		    "%s: %s: its oldest go before they are %s old", ring->file.role,
		    ring->num_sets ?
			    "the ring has too little room for frames while others are written" :
			    "more frames come than the ring has room for",
		    text);
}

/* NULL if there is no room for it. */
static struct preroll_entry *keep(struct preroll *ring, struct frame *frame, bool is_wanted)
{
	bool beyond = is_wanted && !ring->drop;
	struct preroll_entry *entry;

	entry = preroll_memory_keep(&ring->memory, frame, false);
	if (!entry && ring->line.count) {
		say_short(ring);
		pass_oldest(ring);
		entry = preroll_memory_keep(&ring->memory, frame, false);
	}
	if (!entry && beyond)
		entry = preroll_memory_keep(&ring->memory, frame, true);
	if (entry && entry->has_memory)
		ring->sink.cpu_bytes += frame_bytes(frame);
	return entry;
}

static void describe(const struct preroll *ring, struct preroll_entry *entry)
{
	entry->settings = (struct sidecar_settings){ 0 };
	if (ring->file.settings)
		ring->file.settings(ring->file.settings_context, entry->frame,
				    &entry->settings);
	entry->frame->settings = &entry->settings;
}

/* The first set's files, which are there already, tell whether it can be done. */
static int preroll_prepare(struct sink *sink, struct buffer *buffers, unsigned count)
{
	struct preroll *ring = to_preroll(sink);
	int ret;

	ring->buffers = preroll_memory_buffers(&ring->memory, buffers, &count);
	ring->num_buffers = count;
	ret = sink_prepare(ring->first_files, ring->buffers, count);
	sink->io = ring->first_files->io;
	return ret;
}

static void preroll_write(struct sink *sink, struct frame *frame)
{
	struct preroll *ring = to_preroll(sink);
	uint64_t time_ns = time_of(ring, frame);
	struct set *set = open_set(ring);
	struct preroll_entry *entry;

	ring->newest_ns = time_ns;
	if (set && time_ns > set->end_ns) {
		set->is_over = true;
		ring->events.over(ring->events.context, time_ns - set->end_ns);
		set = open_set(ring);
	}
	if (set && set->is_over)
		set = NULL;
	let_age(ring, time_ns);
	entry = keep(ring, frame, set != NULL);
	if (!entry) {
		sink_complete(sink, frame, NULL, 0, set ? SINK_DROPPED : SINK_PASSED);
		return;
	}
	entry->time_ns = time_ns;
	describe(ring, entry);
	append(set ? &set->queue : &ring->line, entry);
	sink_complete(sink, frame, NULL, 0, SINK_KEPT);
	go_on(ring);
}

static void preroll_dispatch(struct sink *sink)
{
	struct preroll *ring = to_preroll(sink);

	/* Those behind it were given nothing yet. */
	if (ring->num_sets)
		sink_dispatch(set_at(ring, 0)->sink);
	go_on(ring);
}

static int preroll_finish(struct sink *sink)
{
	struct preroll *ring = to_preroll(sink);

	preroll_close(sink);
	while (ring->line.count)
		pass_oldest(ring);
	go_on(ring);
	return ring->num_sets ? -EINPROGRESS : 0;
}

static void cancel_set(struct preroll *ring, struct set *set)
{
	set->is_open = false;
	sink_cancel(set->sink);
	if (set->sink->error)
		note_error(ring, set, set->sink->error);
	while (set->queue.count) {
		note_error(ring, set, -ECANCELED);
		tell(ring, take_first(&set->queue), NULL, -ECANCELED);
	}
	/* Its thread is stuck in the kernel, with a frame. */
	ring->stuck |= set->sink->pending > 0;
}

static int preroll_cancel(struct sink *sink)
{
	struct preroll *ring = to_preroll(sink);

	while (ring->line.count)
		pass_oldest(ring);
	while (ring->num_sets) {
		cancel_set(ring, set_at(ring, 0));
		end_set(ring, set_at(ring, 0));
	}
	return 0;
}

static void preroll_destroy(struct sink *sink)
{
	struct preroll *ring = to_preroll(sink);

	sink_destroy(ring->first_files);
	sys_close(&sink->fd);
	if (ring->stuck)
		return;
	preroll_memory_finish(&ring->memory);
	free(ring);
}

static const struct sink_ops preroll_ops = {
	.prepare = preroll_prepare,
	.write = preroll_write,
	.dispatch = preroll_dispatch,
	.finish = preroll_finish,
	.cancel = preroll_cancel,
	.destroy = preroll_destroy,
};

void preroll_bill(uint64_t before_ns, struct text_fraction rate, struct preroll_bill *bill)
{
	bill->frames = preroll_frames(before_ns, rate);
	bill->buffers = bill->frames + PREROLL_SPARE;
	bill->slots = preroll_slots(bill->frames);
}

/* Each set needs files of its own, which a pipe or a device can't give. */
static int check_files(struct log *log, const struct file_options *file)
{
	const char *role = file->role_in_name ? file->role : NULL;
	char name[NAME_MAX + 1];
	struct target target;
	bool in_place;
	int ret;

	ret = target_init(&target, log, file->pattern, NULL);
	in_place = target.in_place;
	target_finish(&target);
	if (ret < 0)
		return ret;
	if (in_place) {
		log_error(log, "file-refused",
			  "%s can't be written with --ring: each trigger makes files of its own",
			  file->pattern);
		return -EOPNOTSUPP;
	}
	ret = file->force ? 0 : series_check_free(file->pattern, role, name);
	if (ret == -EEXIST)
		log_error(log, "file-exists", "%s exists: --force replaces files", name);
	return ret;
}

static int make_ring(struct log *log, uint64_t before_ns, const struct file_options *file,
		     const struct video_format *format,
		     const struct preroll_events *events, struct preroll **created)
{
	struct preroll *ring;
	int ret;

	ring = calloc(1, sizeof(*ring));
	if (!ring)
		return -ENOMEM;
	ring->log = log;
	ring->file = *file;
	ring->drop = file->drop;
	ring->format = *format;
	ring->events = *events;
	ring->before_ns = before_ns;
	sink_init(&ring->sink, &preroll_ops, NULL, NULL);
	ring->sink.fd = epoll_create1(EPOLL_CLOEXEC);
	if (ring->sink.fd < 0) {
		ret = -errno;
		free(ring);
		return ret;
	}
	for (unsigned i = 0; i < PREROLL_MAX_SETS; i++)
		ring->sets[i].ring = ring;
	*created = ring;
	return 0;
}

int preroll_create(struct log *log, uint64_t before_ns, const struct file_options *file,
		   const struct video_format *format, const struct preroll_events *events,
		   sink_done_fn *done, void *done_context, struct sink **sink)
{
	struct preroll *ring = NULL;
	int ret;

	ret = check_files(log, file);
	if (ret < 0)
		return ret;
	ret = make_ring(log, before_ns, file, format, events, &ring);
	if (ret < 0) {
		log_error(log, "no-memory", "%s: the ring: %s", file->role, strerror(-ret));
		return ret;
	}
	ring->sink.done = done;
	ring->sink.done_context = done_context;
	ret = open_files(ring, 1, &ring->sets[0], &ring->first_files);
	if (ret < 0) {
		sink_destroy(&ring->sink);
		return ret;
	}
	ring->sink.io = ring->first_files->io;
	ring->sink.needs_whole = ring->first_files->needs_whole;
	*sink = &ring->sink;
	return 0;
}

int preroll_reserve(struct sink *sink, unsigned lent, const struct buffer *model,
		    uint64_t slots, bool populate)
{
	struct preroll *ring = to_preroll(sink);

	if (lent)
		return preroll_memory_lend(&ring->memory, lent);
	if (slots > UINT32_MAX)
		return -ENOMEM;
	return preroll_memory_reserve(&ring->memory, model, (unsigned)slots, populate);
}

bool preroll_is_open(const struct sink *sink)
{
	return open_set(to_preroll(sink)) != NULL;
}

bool preroll_is_over(const struct sink *sink)
{
	const struct set *set = open_set(to_preroll(sink));

	return !set || set->is_over;
}

unsigned preroll_pending_sets(const struct sink *sink)
{
	return to_preroll(sink)->num_sets;
}

unsigned preroll_kept_frames(const struct sink *sink)
{
	return to_preroll(sink)->line.count;
}

uint64_t preroll_oldest_ns(const struct sink *sink)
{
	const struct preroll *ring = to_preroll(sink);

	return ring->line.count ? ring->line.first->time_ns : 0;
}

uint64_t preroll_time_ns(const struct sink *sink, uint64_t now_ns)
{
	const struct preroll *ring = to_preroll(sink);
	uint64_t newest_ns = ring->newest_ns;

	if (newest_ns && (newest_ns > now_ns + CLOCK_SLACK_NS ||
			  newest_ns + CLOCK_SLACK_NS + ring->before_ns < now_ns))
		return newest_ns;
	return now_ns;
}

static int drop_files(struct set *set, int error)
{
	sink_destroy(set->sink);
	set->sink = NULL;
	return error;
}

/* The first set has its files already, opened for the first place in the line of sets. */
static int take_files(struct preroll *ring, struct set *set, unsigned number)
{
	int ret;

	if (ring->first_files && number == 1) {
		set->sink = ring->first_files;
		ring->first_files = NULL;
	} else {
		ret = open_files(ring, number, set, &set->sink);
		if (ret < 0)
			return ret;
		ret = ring->buffers ?
			      sink_prepare(set->sink, ring->buffers, ring->num_buffers) :
			      0;
		if (ret < 0)
			return drop_files(set, ret);
	}
	ret = watch_files(ring, set->sink);
	if (ret == 0)
		return 0;
	log_error(ring->log, "file-failed", "%s can't be written: %s", ring->file.pattern,
		  strerror(-ret));
	return drop_files(set, ret);
}

int preroll_open(struct sink *sink, unsigned number, uint64_t end_ns)
{
	struct preroll *ring = to_preroll(sink);
	struct set *set;
	int ret;

	if (sink->error || sink->ended)
		return sink->error ? sink->error : -ECANCELED;
	if (ring->num_sets == PREROLL_MAX_SETS || open_set(ring))
		return -EBUSY;
	set = set_at(ring, ring->num_sets);
	ret = take_files(ring, set, number);
	if (ret < 0) {
		sink->error = ret;
		return ret;
	}
	ring->num_sets++;
	set->told = (struct preroll_set){ .number = number };
	set->is_open = true;
	set->is_over = false;
	set->end_ns = end_ns;
	append_all(&set->queue, &ring->line);
	go_on(ring);
	return 0;
}

void preroll_extend(struct sink *sink, uint64_t end_ns)
{
	struct preroll *ring = to_preroll(sink);
	struct set *set = open_set(ring);

	if (!set || end_ns <= set->end_ns)
		return;
	set->end_ns = end_ns;
	set->is_over = false;
	/* What came meanwhile is part of it after all. */
	append_all(&set->queue, &ring->line);
	go_on(ring);
}

void preroll_close(struct sink *sink)
{
	struct preroll *ring = to_preroll(sink);
	struct set *set = open_set(ring);

	if (!set)
		return;
	set->is_open = false;
	go_on(ring);
}

const struct sink *preroll_files(const struct sink *sink)
{
	return to_preroll(sink)->first_files;
}
