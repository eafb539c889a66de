// SPDX-License-Identifier: GPL-2.0-or-later
/* Commands to a running camera. */
#include "test/lab/uvc/command.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/text.h"
#include "test/lab/uvc/camera.h"
#include "test/lab/uvc/wire.h"

enum { MAX_WORDS = 8, MAX_SLOW_MS = 60000, MAX_LIGHT = 10000 };
enum { HALT_RETRY_NS = 5000000, HALT_TRIES = 400 };

/* Who reads the commands. */
struct commander {
	struct camera *camera;
	FILE *commands;
	int answers; /* -1: nobody wants to know */
};

/* One command: its words after the name, and the stream that it is for. */
struct command {
	struct camera *camera;
	struct stream *stream;
	char *words[MAX_WORDS];
	unsigned count;
	bool leave; /* once it is answered */
};

/* Each returns NULL, or why it can't. The camera is locked. */
typedef const char *(*command_function)(struct command *command);

static bool number(const struct command *command, unsigned index, unsigned high,
		   unsigned *value)
{
	uint64_t parsed;

	if (index >= command->count || text_unsigned(command->words[index], 0, high, &parsed))
		return false;
	*value = (unsigned)parsed;
	return true;
}

/* The one number that most commands take. */
static const char *take_number(const struct command *command, unsigned high, unsigned *value)
{
	return number(command, 1, high, value) ? NULL : "how many?";
}

static const char *freeze(struct command *command)
{
	command->stream->frozen = true;
	return NULL;
}

static const char *thaw(struct command *command)
{
	command->stream->frozen = false;
	return NULL;
}

static const char *fault(struct command *command)
{
	enum stream_fault which = stream_fault_by_name(command->words[0]);
	unsigned before = 0;

	if (command->count > 2 && !number(command, 2, UINT_MAX, &before))
		return "after how many?";
	command->stream->before[which] = before;
	return take_number(command, UINT_MAX, &command->stream->faults[which]);
}

static const char *refuse(struct command *command)
{
	return take_number(command, UINT_MAX, &command->stream->refuse_count);
}

static const char *set_stall(struct command *command)
{
	struct camera *camera = command->camera;

	camera->stall_error = ERROR_NOT_READY;
	if (command->count > 2 && !number(command, 2, UINT8_MAX, &camera->stall_error))
		return "with what error code?";
	camera->stall_id = command->count > 3 ? control_by_name(command->words[3]) :
						CONTROL_IDS;
	if (command->count > 3 && camera->stall_id == CONTROL_IDS)
		return "no such control";
	return take_number(command, UINT_MAX, &camera->stall_count);
}

static const char *garble(struct command *command)
{
	return take_number(command, UINT_MAX, &command->camera->garble_count);
}

static const char *slow(struct command *command)
{
	return take_number(command, MAX_SLOW_MS, &command->camera->slow_ms);
}

static const char *light(struct command *command)
{
	return take_number(command, MAX_LIGHT, &command->camera->light);
}

/* Refused while a write is under way; the stream sends no more as soon as it knows. */
static const char *set_halt(struct command *command, bool halted)
{
	struct transport *transport = command->camera->transport;
	uint8_t endpoint = descriptor_video_endpoint(command->stream->index);
	int ret = -EBUSY;

	command->stream->halted = true;
	pthread_mutex_unlock(&command->camera->lock);
	for (unsigned i = 0; i < HALT_TRIES && ret; i++) {
		struct timespec pause = { .tv_nsec = HALT_RETRY_NS };

		ret = transport->ops->halt(transport, endpoint, halted);
		/* What was written to a halted endpoint waits for a host that may have left. */
		if (ret && !halted)
			transport->ops->wake(transport, command->stream->thread);
		if (ret)
			clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
	}
	pthread_mutex_lock(&command->camera->lock);
	command->stream->halted = halted;
	return ret ? strerror(-ret) : NULL;
}

static const char *halt(struct command *command)
{
	return set_halt(command, true);
}

static const char *unhalt(struct command *command)
{
	return set_halt(command, false);
}

static const char *set_control(struct command *command)
{
	enum control_id id = command->count > 2 ? control_by_name(command->words[1]) :
						  CONTROL_IDS;
	int64_t values[CONTROL_VALUES] = { 0 };

	if (id == CONTROL_IDS || !command->camera->controls.all[id].present)
		return "no such control";
	for (unsigned i = 0; i < control_kind(id)->values; i++)
		if (i + 2 >= command->count ||
		    text_signed(command->words[i + 2], INT32_MIN, UINT32_MAX, &values[i]))
			return "to what value?";
	camera_change(command->camera, id, values);
	return NULL;
}

/* The cable is pulled, now or after so many frames of this stream. */
static const char *quit(struct command *command)
{
	if (command->count > 1)
		return take_number(command, UINT_MAX, &command->stream->frames_left);
	command->leave = true;
	return NULL;
}

static const char *obey(struct command *command)
{
	static const struct {
		const char *name;
		command_function function;
	} commands[] = {
		{ "freeze", freeze },   { "thaw", thaw },     { "refuse", refuse },
		{ "stall", set_stall }, { "garble", garble }, { "slow", slow },
		{ "light", light },     { "halt", halt },     { "unhalt", unhalt },
		{ "set", set_control }, { "quit", quit },
	};

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(command->words[0], commands[i].name))
			return commands[i].function(command);
	if (stream_fault_by_name(command->words[0]) < STREAM_FAULTS)
		return fault(command);
	return "no such command";
}

/* "stream N" before a command names the stream; it is the first one otherwise. */
static const char *choose_stream(struct command *command)
{
	unsigned index;

	command->stream = &command->camera->streams[0];
	if (!command->count)
		return "no command";
	if (strcmp(command->words[0], "stream"))
		return NULL;
	if (command->count < 3 || !number(command, 1, PROFILE_STREAMS, &index) ||
	    index >= command->camera->profile.stream_count)
		return "no such stream";
	command->stream = &command->camera->streams[index];
	command->count -= 2;
	memmove(command->words, command->words + 2, command->count * sizeof(*command->words));
	return NULL;
}

static void answer(struct commander *commander, const char *id, const char *why)
{
	char line[128];
	int length;

	if (commander->answers < 0 || !id)
		return;
	length = snprintf(line, sizeof(line), "%.60s %s\n", id + 1, why ? why : "ok");
	/* Nobody reads: then nobody waits for it either. */
	if (write(commander->answers, line, length) < 0)
		journal_say(&commander->camera->journal, "answer %s is lost", id);
}

static void take_line(struct commander *commander, char *line)
{
	struct camera *camera = commander->camera;
	struct command command = { .camera = camera };
	char *state = NULL, *id = NULL;
	const char *why;

	line[strcspn(line, "\n")] = '\0';
	journal_say(&camera->journal, "command %s", line);
	for (char *word = strtok_r(line, " ", &state); word;
	     word = strtok_r(NULL, " ", &state)) {
		if (*word == '@' && !command.count)
			id = word;
		else if (command.count < MAX_WORDS)
			command.words[command.count++] = word;
	}
	pthread_mutex_lock(&camera->lock);
	why = choose_stream(&command);
	if (!why)
		why = obey(&command);
	pthread_mutex_unlock(&camera->lock);
	if (why)
		journal_say(&camera->journal, "can't: %s", why);
	answer(commander, id, why);
	if (command.leave)
		camera_leave(camera);
}

static void *command_main(void *argument)
{
	struct commander *commander = argument;
	char line[256];

	while (fgets(line, sizeof(line), commander->commands))
		take_line(commander, line);
	return NULL;
}

int command_start(struct camera *camera, const char *commands, const char *answers)
{
	struct commander *commander = calloc(1, sizeof(*commander));
	pthread_t thread;

	if (!commander)
		return -ENOMEM;
	commander->camera = camera;
	/* For writing too: it doesn't end when the last one who had something to say leaves. */
	commander->commands = fopen(commands, "r+e");
	commander->answers = answers ? open(answers, O_RDWR | O_NONBLOCK | O_CLOEXEC) : -1;
	if (!commander->commands || (answers && commander->answers < 0))
		return -errno;
	return -pthread_create(&thread, NULL, command_main, commander);
}
