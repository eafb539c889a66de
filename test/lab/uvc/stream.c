// SPDX-License-Identifier: GPL-2.0-or-later
/* One streaming interface at work. */
#include "test/lab/uvc/stream.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "test/lab/uvc/camera.h"
#include "test/lab/uvc/exposure.h"
#include "test/lab/uvc/picture.h"
#include "test/lab/uvc/request.h"
#include "test/lab/uvc/wire.h"

/* Bits of a payload header. */
enum {
	HEADER_FID = 0x01,
	HEADER_EOF = 0x02,
	HEADER_PTS = 0x04,
	HEADER_SCR = 0x08,
	HEADER_ERR = 0x40,
	HEADER_EOH = 0x80,
};

enum { SOF_MASK = 0x7ff, STOP_POLL_NS = 2000000, RETRY_NS = 10000000 };

#define FOREVER_NS 1000000000000ull

static const struct {
	const char *name;
	char letter;
} fault_names[STREAM_FAULTS] = {
	[FAULT_ERROR] = { "err", 'E' }, [FAULT_SHORT] = { "short", 'S' },
	[FAULT_CUT] = { "cut", 'C' },   [FAULT_NO_EOF] = { "noeof", 'N' },
	[FAULT_DROP] = { "drop", 'D' }, [FAULT_LOSE] = { "lose", 'L' },
};

enum stream_fault stream_fault_by_name(const char *name)
{
	enum stream_fault fault = 0;

	while (fault < STREAM_FAULTS && strcmp(fault_names[fault].name, name))
		fault++;
	return fault;
}

/* A frame on its way. */
struct shot {
	struct packet_source source;
	struct stream *stream;
	const uint8_t *data;
	size_t length, sent;
	uint64_t taken_ns;
	uint8_t header_bytes;
	bool faults[STREAM_FAULTS];
};

/* One run, from the host's start to its stop. */
struct run {
	struct stream *stream;
	struct negotiated negotiated;
	struct picture picture;
	uint8_t *payload; /* header and data */
	size_t payload_bytes;
	uint64_t due_ns;
	uint64_t sent;
};

static void write_header(const struct shot *shot, bool last, uint8_t *header)
{
	uint64_t now_us = clock_now_ns() / 1000;

	header[0] = shot->header_bytes;
	header[1] = HEADER_EOH | (shot->stream->toggle ? HEADER_FID : 0);
	if (last && !shot->faults[FAULT_NO_EOF])
		header[1] |= HEADER_EOF;
	if (shot->faults[FAULT_ERROR])
		header[1] |= HEADER_ERR;
	if (shot->header_bytes < 12)
		return;
	header[1] |= HEADER_PTS | HEADER_SCR;
	put_le32(header + 2, (uint32_t)(shot->taken_ns / 1000));
	put_le32(header + 6, (uint32_t)now_us);
	put_le16(header + 10, now_us / 1000 & SOF_MASK);
	/* What the standard knows nothing of. */
	memset(header + 12, 0xee, shot->header_bytes - 12);
}

/* The next payload of at most size bytes; its length. */
static size_t next_payload(struct shot *shot, uint8_t *payload, size_t size)
{
	size_t room = size - shot->header_bytes, left = shot->length - shot->sent;
	size_t part = left < room ? left : room;

	write_header(shot, part == left, payload);
	memcpy(payload + shot->header_bytes, shot->data + shot->sent, part);
	shot->sent += part;
	return shot->header_bytes + part;
}

static size_t next_packet(struct packet_source *source, uint8_t *packet, size_t size,
			  bool *lost)
{
	struct shot *shot = (struct shot *)source;

	if (shot->sent == shot->length || size <= shot->header_bytes)
		return 0;
	*lost = shot->faults[FAULT_LOSE] && shot->sent > shot->length / 2;
	if (*lost)
		shot->faults[FAULT_LOSE] = false;
	return next_payload(shot, packet, size);
}

static int send_bulk(struct run *run, struct shot *shot)
{
	struct stream *stream = run->stream;
	struct transport *transport = stream->camera->transport;
	int ret = 0;

	do {
		size_t length = next_payload(shot, run->payload, run->payload_bytes);

		ret = transport->ops->send(
			transport, descriptor_video_endpoint(stream->index), run->payload,
			length, length != run->negotiated.payload, &stream->go);
	} while (!ret && shot->sent < shot->length);
	return ret;
}

static int send_shot(struct run *run, struct shot *shot)
{
	struct stream *stream = run->stream;
	struct transport *transport = stream->camera->transport;

	if (!stream->camera->profile.isochronous)
		return send_bulk(run, shot);
	shot->source.next = next_packet;
	return transport->ops->send_packets(transport,
					    descriptor_video_endpoint(stream->index),
					    &shot->source, &stream->go);
}

static void name_faults(const bool *faults, char *letters)
{
	char *at = letters;

	for (enum stream_fault i = 0; i < STREAM_FAULTS; i++)
		if (faults[i])
			*at++ = fault_names[i].letter;
	if (at == letters)
		*at++ = '-';
	*at = '\0';
}

/* The faults this frame is to have; false if it is not to be sent at all. */
static bool take_faults(struct stream *stream, bool *faults)
{
	if (stream->frozen || stream->halted)
		return false;
	for (enum stream_fault i = 0; i < STREAM_FAULTS; i++) {
		faults[i] = stream->faults[i] > 0 && stream->before[i] == 0;
		stream->faults[i] -= faults[i];
		stream->before[i] -= stream->before[i] > 0;
	}
	return !faults[FAULT_DROP];
}

static void cut_shot(struct shot *shot)
{
	if (shot->faults[FAULT_SHORT])
		shot->length /= 2;
	else if (shot->faults[FAULT_CUT])
		shot->length -= shot->length / 4;
}

static void record_shot(struct run *run, const struct shot *shot, uint32_t number)
{
	const struct picture *picture = &run->picture;
	size_t bare = shot->length < picture->bare_length ? shot->length :
							    picture->bare_length;
	struct journal_frame frame = {
		.stream = run->stream->index,
		.number = number,
		.kind = picture->kind->name,
		.width = picture->width,
		.height = picture->height,
		.stamp_at = picture->stamp_at,
		.bytes = shot->length,
		.bare_bytes = bare,
		.sum = journal_sum(shot->data, shot->length),
	};

	frame.bare_sum = bare == shot->length ? frame.sum : journal_sum(shot->data, bare);
	name_faults(shot->faults, frame.flags);
	journal_record(&run->stream->camera->journal, &frame);
}

/* Sleeps until then, or until the stream is to end. */
static void pause_until(struct stream *stream, uint64_t until_ns)
{
	struct timespec until = { until_ns / 1000000000, until_ns % 1000000000 };
	pthread_mutex_t *lock = &stream->camera->lock;
	int ret = 0;

	pthread_mutex_lock(lock);
	while (stream->go && !ret)
		ret = pthread_cond_clockwait(&stream->changed, lock, CLOCK_MONOTONIC, &until);
	pthread_mutex_unlock(lock);
}

static int shoot(struct run *run, uint32_t number, const struct exposure *exposure,
		 const bool *faults)
{
	struct stream *stream = run->stream;
	struct journal *journal = &stream->camera->journal;
	struct shot shot = { .stream = stream,
			     .taken_ns = clock_now_ns(),
			     .header_bytes = stream->camera->profile.header_bytes };
	char letters[STREAM_FAULTS + 1];
	int ret;

	ret = picture_draw(&run->picture, number, &exposure->look);
	if (ret)
		return ret;
	memcpy(shot.faults, faults, sizeof(shot.faults));
	name_faults(faults, letters);
	shot.data = run->picture.data;
	shot.length = run->picture.length;
	cut_shot(&shot);
	record_shot(run, &shot, number);
	ret = send_shot(run, &shot);
	if (ret) {
		journal_say(journal, "unsent %" PRIu32 " stream %u after %zu of %zu: %s",
			    number, stream->index, shot.sent, shot.length, strerror(-ret));
		return ret;
	}
	stream->toggle ^= 1;
	run->sent++;
	journal_say(journal,
		    "frame %" PRIu32 " stream %u bytes %zu flags %s exposure %" PRIu32
		    " level %u brightness %d",
		    number, stream->index, shot.length, letters, exposure->time_100us,
		    exposure->look.level, exposure->look.brightness);
	if (request_take_fault(stream->camera, &stream->frames_left) && !stream->frames_left)
		camera_leave(stream->camera);
	return 0;
}

/* Sleeps until it is time, and leaves frames out if it is too late, as a sensor does. */
static void wait_until_due(struct run *run, uint64_t frame_ns)
{
	uint64_t now_ns = clock_now_ns(), missed;

	if (now_ns > run->due_ns + frame_ns) {
		missed = (now_ns - run->due_ns) / frame_ns;
		run->due_ns += missed * frame_ns;
		run->stream->number += missed;
	}
	pause_until(run->stream, run->due_ns);
	run->due_ns += frame_ns;
}

static void run_frame(struct run *run)
{
	struct stream *stream = run->stream;
	struct camera *camera = stream->camera;
	bool faults[STREAM_FAULTS], wanted;
	struct exposure exposure;
	uint32_t number;

	pthread_mutex_lock(&camera->lock);
	exposure = exposure_compute(&camera->controls, camera->light,
				    run->negotiated.interval);
	pthread_mutex_unlock(&camera->lock);
	wait_until_due(run, exposure.frame_ns);
	if (!stream->go)
		return;
	pthread_mutex_lock(&camera->lock);
	exposure = exposure_compute(&camera->controls, camera->light,
				    run->negotiated.interval);
	wanted = take_faults(stream, faults);
	number = stream->number++;
	pthread_mutex_unlock(&camera->lock);
	/* Halted, or the host is reconfiguring the device: try again a little later. */
	if (wanted && shoot(run, number, &exposure, faults) && stream->go)
		pause_until(stream, clock_now_ns() + RETRY_NS);
	/* The host took its time to ask for the first one: the next ones keep their distance. */
	if (wanted && run->sent == 1)
		run->due_ns = clock_now_ns() + exposure.frame_ns;
}

/* The camera may have said what can't be: neither more than a frame, nor less than a byte of it. */
static size_t payload_bytes(const struct profile *profile, const struct negotiated *negotiated)
{
	size_t least = profile->header_bytes + 1;
	size_t most = least + profile->jpeg.padding +
		      kind_frame_bytes(negotiated->format->kind, negotiated->size->width,
				       negotiated->size->height);

	if (negotiated->payload < least)
		return least;
	return negotiated->payload < most ? negotiated->payload : most;
}

static int run_init(struct run *run, struct stream *stream)
{
	struct camera *camera = stream->camera;
	const struct profile *profile = &camera->profile;
	const struct negotiated *negotiated = &run->negotiated;

	*run = (struct run){ .stream = stream, .due_ns = clock_now_ns() };
	pthread_mutex_lock(&camera->lock);
	run->negotiated = negotiate_result(profile, stream->index, stream->commit);
	pthread_mutex_unlock(&camera->lock);
	journal_say(&camera->journal,
		    "start stream %u %s %ux%u interval %" PRIu32 " payload %" PRIu32
		    " number %" PRIu32,
		    stream->index, negotiated->format->kind->name,
		    negotiated->size->width, negotiated->size->height,
		    negotiated->interval, negotiated->payload, stream->number);
	run->payload_bytes = payload_bytes(profile, negotiated);
	run->payload = malloc(run->payload_bytes);
	if (!run->payload)
		return -ENOMEM;
	return picture_init(&run->picture, negotiated->format->kind, stream->index,
			    negotiated->size->width, negotiated->size->height,
			    &profile->jpeg);
}

static void run_finish(struct run *run)
{
	picture_finish(&run->picture);
	free(run->payload);
	journal_say(&run->stream->camera->journal, "stop stream %u after %" PRIu64 " frames",
		    run->stream->index, run->sent);
}

static void wait_for_start(struct stream *stream)
{
	struct camera *camera = stream->camera;

	pthread_mutex_lock(&camera->lock);
	stream->idle = true;
	pthread_cond_broadcast(&stream->changed);
	while (!stream->go)
		pthread_cond_wait(&stream->changed, &camera->lock);
	/* Until now nothing was on the way, even if the stream has been on and off and on. */
	stream->idle = false;
	pthread_mutex_unlock(&camera->lock);
}

/* After a run that couldn't even begin. */
static void wait_for_stop(struct stream *stream)
{
	while (stream->go)
		pause_until(stream, clock_now_ns() + FOREVER_NS);
}

static void *stream_main(void *argument)
{
	struct stream *stream = argument;
	struct run run;
	int ret;

	for (;;) {
		wait_for_start(stream);
		ret = run_init(&run, stream);
		if (ret)
			journal_say(&stream->camera->journal, "no stream %u: %s",
				    stream->index, strerror(-ret));
		while (stream->go && !ret)
			run_frame(&run);
		run_finish(&run);
		wait_for_stop(stream);
	}
	return NULL;
}

int stream_start(struct stream *stream, struct camera *camera, unsigned index, uint32_t first)
{
	*stream = (struct stream){
		.camera = camera, .index = index, .idle = true, .number = first
	};
	pthread_cond_init(&stream->changed, NULL);
	negotiate(&camera->profile, index, stream->probe);
	negotiate(&camera->profile, index, stream->commit);
	return -pthread_create(&stream->thread, NULL, stream_main, stream);
}

void stream_on(struct stream *stream)
{
	struct camera *camera = stream->camera;

	pthread_mutex_lock(&camera->lock);
	stream->go = true;
	pthread_cond_broadcast(&stream->changed);
	pthread_mutex_unlock(&camera->lock);
}

void stream_off(struct stream *stream)
{
	struct camera *camera = stream->camera;
	struct transport *transport = camera->transport;

	pthread_mutex_lock(&camera->lock);
	stream->go = false;
	pthread_cond_broadcast(&stream->changed);
	while (!stream->idle) {
		uint64_t until_ns = clock_now_ns() + STOP_POLL_NS;
		struct timespec until = { until_ns / 1000000000, until_ns % 1000000000 };

		/* The thread may have been just about to wait when it was woken: once more. */
		transport->ops->wake(transport, stream->thread);
		pthread_cond_clockwait(&stream->changed, &camera->lock, CLOCK_MONOTONIC,
				       &until);
	}
	pthread_mutex_unlock(&camera->lock);
}
