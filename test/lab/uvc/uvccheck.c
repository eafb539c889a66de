// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uvccheck, the judge of captures from uvccam: finds every frame in them by its stamp and compares
 * it with the record of what was sent.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/text.h"
#include "test/lab/uvc/journal.h"

struct sent {
	struct journal_frame frame;
	char kind[16];
};

struct check {
	const char *record;
	struct sent *sent; /* in the order of sending: numbers of a stream rise */
	size_t sent_count;
	bool list, huffman, trimmed;
	int stream; /* of the frames that are wanted, -1: any */

	bool started;
	uint32_t first, last;
	uint64_t frames, damaged, unequal, unknown, missing, gaps, skipped, back, extra;
};

/* A file in memory. */
struct capture {
	const char *name;
	const uint8_t *data;
	size_t length;
};

static int compare_sent(const void *first, const void *second)
{
	const struct journal_frame *a = &((const struct sent *)first)->frame;
	const struct journal_frame *b = &((const struct sent *)second)->frame;

	if (a->stream != b->stream)
		return a->stream < b->stream ? -1 : 1;
	return (a->number > b->number) - (a->number < b->number);
}

static const struct journal_frame *find_sent(const struct check *check, unsigned stream,
					     uint32_t number)
{
	const struct sent key = { .frame = { .stream = stream, .number = number } };
	const struct sent *found =
		bsearch(&key, check->sent, check->sent_count, sizeof(key), compare_sent);

	return found ? &found->frame : NULL;
}

static int read_record(struct check *check, const char *path)
{
	FILE *file = fopen(path, "re");
	char line[256];

	if (!file)
		return -errno;
	while (fgets(line, sizeof(line), file)) {
		if (!(check->sent_count & (check->sent_count - 1))) {
			size_t room = check->sent_count ? check->sent_count * 2 : 1;

			check->sent = realloc(check->sent, room * sizeof(*check->sent));
			if (!check->sent)
				return -ENOMEM;
		}
		struct sent *sent = &check->sent[check->sent_count];

		/* The last line may be on its way. */
		if (!strchr(line, '\n') || journal_parse(line, &sent->frame, sent->kind))
			break;
		check->sent_count++;
	}
	fclose(file);
	qsort(check->sent, check->sent_count, sizeof(*check->sent), compare_sent);
	return 0;
}

/*
 * The captured bytes of a JPEG frame without its DHT segments, length of them, into plain.
 * Returns how many captured bytes that took, 0 if there are too few.
 */
static size_t drop_huffman(const uint8_t *data, size_t room, uint8_t *plain, size_t length)
{
	size_t from = 2, to = 2;

	if (room < 4 || length < 4)
		return 0;
	memcpy(plain, data, 2);
	/* Segments, each with its length, up to the start of the scan. */
	while (from + 4 <= room && data[from] == 0xff && data[from + 1] != 0xda) {
		size_t segment = 2 + (data[from + 2] << 8 | data[from + 3]);

		if (from + segment > room || to + segment > length)
			break;
		if (data[from + 1] != 0xc4) {
			memcpy(plain + to, data + from, segment);
			to += segment;
		}
		from += segment;
	}
	if (room - from < length - to)
		return 0;
	memcpy(plain + to, data + from, length - to);
	return from + length - to;
}

/* How many captured bytes are the frame that was sent; 0 if they are not. */
static size_t match(const struct check *check, const struct journal_frame *frame,
		    const uint8_t *data, size_t room)
{
	size_t length = check->trimmed ? frame->bare_bytes : frame->bytes;
	uint64_t sum = check->trimmed ? frame->bare_sum : frame->sum;
	size_t used = length;
	uint8_t *plain;

	if (!check->huffman)
		return length <= room && journal_sum(data, length) == sum ? length : 0;
	plain = malloc(length);
	if (plain)
		used = drop_huffman(data, room, plain, length);
	if (!plain || journal_sum(plain, length) != sum)
		used = 0;
	free(plain);
	return used;
}

/* Between the last frame and this one: those that were sent are missing, others never were. */
static void count_gap(struct check *check, unsigned stream, uint32_t number)
{
	uint32_t missing = 0, between = number - check->last - 1;

	for (uint32_t i = check->last + 1; i != number; i++)
		missing += find_sent(check, stream, i) != NULL;
	check->skipped += between - missing;
	if (!missing)
		return;
	check->gaps++;
	check->missing += missing;
	printf("gap %" PRIu32 " after %" PRIu32 "\n", missing, check->last);
}

static void follow(struct check *check, unsigned stream, uint32_t number)
{
	if (!check->started) {
		check->started = true;
		check->first = number;
	} else if (number <= check->last) {
		check->back++;
		printf("back %" PRIu32 " after %" PRIu32 "\n", number, check->last);
	} else {
		count_gap(check, stream, number);
	}
	check->last = number;
}

/* One frame whose stamp is at data + at; returns where to go on. */
static size_t take_frame(struct check *check, const struct capture *capture, size_t at,
			 size_t *begin, unsigned stream, uint32_t number)
{
	const struct journal_frame *frame = find_sent(check, stream, number);
	size_t used;

	*begin = at;
	if (check->stream >= 0 && stream != (unsigned)check->stream) {
		check->unknown++;
		printf("frame %" PRIu32 " is of stream %u\n", number, stream);
		return at + STAMP_BYTES;
	}
	check->frames++;
	if (!frame || frame->stamp_at > at) {
		check->unknown++;
		printf("unknown %" PRIu32 " at %zu of %s\n", number, at, capture->name);
		return at + STAMP_BYTES;
	}
	follow(check, stream, number);
	*begin = at - frame->stamp_at;
	check->damaged += strcmp(frame->flags, "-") != 0;
	used = match(check, frame, capture->data + *begin, capture->length - *begin);
	if (check->list)
		printf("frame %" PRIu32 " stream %u bytes %zu flags %s %s\n", number,
		       stream, used, frame->flags, used ? "equal" : "UNEQUAL");
	if (used)
		return *begin + used;
	check->unequal++;
	printf("unequal %" PRIu32 " at %zu of %s\n", number, *begin, capture->name);
	return at + STAMP_BYTES;
}

/* The next stamp; its place, or the end of the file. */
static size_t find_stamp(const struct capture *capture, size_t at, unsigned *stream,
			 uint32_t *number)
{
	while (at + STAMP_BYTES <= capture->length) {
		const uint8_t *found = memmem(capture->data + at, capture->length - at,
					      STAMP_PREFIX, strlen(STAMP_PREFIX));
		char text[STAMP_BYTES + 1] = "";

		if (!found || found + STAMP_BYTES > capture->data + capture->length)
			break;
		memcpy(text, found, STAMP_BYTES);
		if (sscanf(text, STAMP_FORMAT, stream, number) == 2)
			return found - capture->data;
		at = found - capture->data + 1;
	}
	return capture->length;
}

static void say_extra(struct check *check, const struct capture *capture, size_t from,
		      size_t to)
{
	if (to <= from)
		return;
	check->extra += to - from;
	printf("extra %zu bytes at %zu of %s\n", to - from, from, capture->name);
}

static void check_capture(struct check *check, const struct capture *capture)
{
	size_t at = 0, stamp, begin;
	unsigned stream;
	uint32_t number;

	while ((stamp = find_stamp(capture, at, &stream, &number)) < capture->length) {
		size_t next = take_frame(check, capture, stamp, &begin, stream, number);

		say_extra(check, capture, at, begin);
		at = next;
	}
	say_extra(check, capture, at, capture->length);
}

static int check_file(struct check *check, const char *path)
{
	struct capture capture = { .name = path };
	struct stat status;
	void *map = NULL;
	int fd, ret = 0;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	capture.length = status.st_size;
	if (capture.length)
		map = mmap(NULL, capture.length, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		ret = -errno;
	close(fd);
	if (ret || !map)
		return ret;
	capture.data = map;
	check_capture(check, &capture);
	munmap(map, capture.length);
	return 0;
}

static void usage(FILE *file)
{
	fputs("usage: uvccheck --record=FILE [OPTION...] CAPTURE...\n"
	      "Compare captured frames, one after the other in one or several files, with what\n"
	      "uvccam recorded. Prints what differs, then one line of sums.\n"
	      "\n"
	      "  -r, --record=FILE what uvccam recorded\n"
	      "  -s, --stream=N    frames must be of this stream\n"
	      "  -l, --list        a line for each frame\n"
	      "  -d, --dht         Huffman tables may have been put in\n"
	      "  -t, --trimmed     the padding after JPEG images was taken off\n"
	      "  -h, --help\n"
	      "\n"
	      "exit status: 0 if each is what was sent and later than the one before, and nothing\n"
	      "else is there; 1 if not; 2 on wrong usage. Gaps are told but don't count.\n"
	      "\n"
	      "missing: sent but not captured, between the first frame and the last; skipped: left\n"
	      "out by the camera; damaged: sent with a fault; extra: bytes of no frame.\n",
	      file);
}

static int parse(struct check *check, int argc, char **argv)
{
	static const struct option names[] = {
		{ "record", required_argument, NULL, 'r' },
		{ "stream", required_argument, NULL, 's' },
		{ "list", no_argument, NULL, 'l' },
		{ "dht", no_argument, NULL, 'd' },
		{ "trimmed", no_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	uint64_t value;
	int name;

	while ((name = getopt_long(argc, argv, "r:s:ldth", names, NULL)) != -1) {
		switch (name) {
		case 'r':
			check->record = optarg;
			break;
		case 's':
			if (text_unsigned(optarg, 0, 15, &value))
				return -EINVAL;
			check->stream = (int)value;
			break;
		case 'l':
			check->list = true;
			break;
		case 'd':
			check->huffman = true;
			break;
		case 't':
			check->trimmed = true;
			break;
		case 'h':
			usage(stdout);
			exit(0);
		default:
			return -EINVAL;
		}
	}
	return check->record && optind < argc ? 0 : -EINVAL;
}

int main(int argc, char **argv)
{
	struct check check = { .stream = -1 };
	int ret;

	if (parse(&check, argc, argv)) {
		usage(stderr);
		return 2;
	}
	ret = read_record(&check, check.record);
	for (int i = optind; i < argc && !ret; i++)
		ret = check_file(&check, argv[i]);
	if (ret) {
		fprintf(stderr, "uvccheck: %s\n", strerror(-ret));
		return 1;
	}
	printf("frames=%" PRIu64 " first=%" PRIu32 " last=%" PRIu32 " gaps=%" PRIu64
	       " missing=%" PRIu64 " skipped=%" PRIu64 " damaged=%" PRIu64
	       " unequal=%" PRIu64 " unknown=%" PRIu64 " extra=%" PRIu64 "\n",
	       check.frames, check.first, check.last, check.gaps, check.missing,
	       check.skipped, check.damaged, check.unequal, check.unknown, check.extra);
	free(check.sent);
	return !check.frames || check.unequal || check.unknown || check.back || check.extra;
}
