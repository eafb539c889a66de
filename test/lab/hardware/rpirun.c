// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rpirun: RAW from Unicam, queued to the ISP as it is, and pictures from there. It checks nothing by
 * itself: it says what came back, and writes it to files.
 *
 *	rpirun [WORD=VALUE]... UNICAM INPUT MAIN SECOND STATS
 *
 * Words: raw=FOURCC:WxH[:STRIDE] main=FOURCC:WxH second=FOURCC:WxH frames=N base=ID (of controls)
 * embedded=NODE crop=X,Y,WxH, files raw-to= main-to= second-to= stats-to= embedded-to=; stats=0 has no
 * statistics, hold=N keeps N of main's buffers for itself. What controls say: black=LEVEL red=N blue=N
 * digital=N (1000ths) gamma=1 matrix=1 (one that turns colours round: green is red); at=N: the words
 * behind it are set when N frames are processed. end=N: buffer number N is handed in as empty. steal=1:
 * the ISP gets the buffer that the receiver is at; pause=N: so many ms later. import=1: each
 * node lets go of its buffers and gets them back by descriptor.
 *
 * A line for each job: its timestamps and sequence numbers, of the receiver, and of input, main, second
 * and statistics as the ISP counts; "-" is what there is none of.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/videodev2.h>

#define BUFFERS     8
#define SLOTS       32 /* for imports */
#define SETTINGS    32
#define PATIENCE_MS 1500

enum { RAW, INPUT, MAIN, SECOND, STATS, EMBEDDED, NODES };

struct node {
	const char *name, *path, *file, *format;
	uint32_t type, memory;
	int fd;
	FILE *to;
	uint32_t count, size;
	void *memories[BUFFERS];
	size_t lengths[BUFFERS];
	int exported[BUFFERS];
	struct v4l2_buffer last;
	bool back;
};

struct setting {
	unsigned int at;
	const char *word;
};

static struct node nodes[NODES] = {
	[RAW] = { "raw", .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP },
	[INPUT] = { "input", .type = V4L2_BUF_TYPE_VIDEO_OUTPUT, .memory = V4L2_MEMORY_DMABUF },
	[MAIN] = { "main", .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP },
	[SECOND] = { "second", .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		     .memory = V4L2_MEMORY_MMAP },
	[STATS] = { "stats", .type = V4L2_BUF_TYPE_META_CAPTURE, .memory = V4L2_MEMORY_MMAP },
	[EMBEDDED] = { "embedded", .type = V4L2_BUF_TYPE_META_CAPTURE,
		       .memory = V4L2_MEMORY_MMAP },
};

static struct setting settings[SETTINGS];
static unsigned int settings_count, frames = 8, hold, end = ~0u, steal, pause_ms;
static bool import; /* buffers that were exported come back as somebody else's */
static uint32_t base = V4L2_CID_USER_BASE + 0x10e0;
static const char *crop;

static void control(int fd, unsigned long request, void *argument, const char *what)
{
	if (ioctl(fd, request, argument))
		err(1, "%s", what);
}

/* ---- controls ---- */

static void set_number(uint32_t id, int32_t value, const char *what)
{
	struct v4l2_control number = { .id = id, .value = value };

	control(nodes[INPUT].fd, VIDIOC_S_CTRL, &number, what);
}

static void set_block(uint32_t offset, void *bytes, uint32_t size, const char *what)
{
	struct v4l2_ext_control block = { .id = base + offset, .size = size, .ptr = bytes };
	struct v4l2_ext_controls blocks = { .count = 1, .controls = &block };

	control(nodes[INPUT].fd, VIDIOC_S_EXT_CTRLS, &blocks, what);
}

static void set_matrix(uint32_t enabled)
{
	uint32_t words[22] = { enabled };

	for (int i = 0; i < 9; i++)
		words[2 + 2 * i] = 1000;
	words[1 + 2 * 1] = 1000; /* red is what was green */
	words[1 + 2 * 3] = 1000;
	words[1 + 2 * 8] = 1000;
	set_block(1, words, sizeof(words), "matrix");
}

static void set_black(uint16_t level)
{
	uint16_t words[6] = { 1, 0, level, level, level };

	set_block(3, words, sizeof(words), "black");
}

/* A square root, at 33 points */
static void set_gamma(uint32_t enabled)
{
	uint16_t words[68] = { enabled };

	for (uint32_t i = 0; i < 33; i++) {
		uint32_t x = i < 32 ? i * 2048 : 65535, y = 0;

		while (y < 65535 && (uint64_t)(y + 1) * (y + 1) <= (uint64_t)x * 65535)
			y++;
		words[2 + i] = x;
		words[35 + i] = y;
	}
	set_block(5, words, sizeof(words), "gamma");
}

static void apply(const char *word)
{
	const char *equals = strchr(word, '=');
	long value = strtol(equals + 1, NULL, 0);

	if (!strncmp(word, "red=", 4))
		set_number(V4L2_CID_RED_BALANCE, value, word);
	else if (!strncmp(word, "blue=", 5))
		set_number(V4L2_CID_BLUE_BALANCE, value, word);
	else if (!strncmp(word, "digital=", 8))
		set_number(V4L2_CID_DIGITAL_GAIN, value, word);
	else if (!strncmp(word, "black=", 6))
		set_black(value);
	else if (!strncmp(word, "gamma=", 6))
		set_gamma(value);
	else if (!strncmp(word, "matrix=", 7))
		set_matrix(value);
	else
		errx(2, "there is no word %s", word);
}

static void apply_all(unsigned int at)
{
	for (unsigned int i = 0; i < settings_count; i++) {
		if (settings[i].at == at)
			apply(settings[i].word);
	}
}

/* ---- set-up ---- */

static void set_format(struct node *node)
{
	struct v4l2_format format = { .type = node->type };
	char code[5] = "";
	unsigned int width, height, stride = 0;

	if (node->type == V4L2_BUF_TYPE_META_CAPTURE) {
		control(node->fd, VIDIOC_G_FMT, &format, node->name);
		node->size = format.fmt.meta.buffersize;
		return;
	}
	if (sscanf(node->format, "%4[^:]:%ux%u:%u", code, &width, &height, &stride) < 3)
		errx(2, "%s is no format", node->format);
	format.fmt.pix.width = width;
	format.fmt.pix.height = height;
	format.fmt.pix.bytesperline = stride;
	memcpy(&format.fmt.pix.pixelformat, code, 4);
	control(node->fd, VIDIOC_S_FMT, &format, node->name);
	if (memcmp(&format.fmt.pix.pixelformat, code, 4))
		errx(1, "%s: it is another format", node->name);
	node->size = format.fmt.pix.sizeimage;
	fprintf(stderr, "%s stride %u size %u\n", node->name, format.fmt.pix.bytesperline,
		node->size);
}

static void set_crop(void)
{
	struct v4l2_selection selection = {
		.type = V4L2_BUF_TYPE_VIDEO_OUTPUT,
		.target = V4L2_SEL_TGT_CROP,
	};

	if (sscanf(crop, "%d,%d,%ux%u", &selection.r.left, &selection.r.top,
		   &selection.r.width, &selection.r.height) != 4)
		errx(2, "%s is no crop", crop);
	control(nodes[INPUT].fd, VIDIOC_S_SELECTION, &selection, "crop");
}

static void request(struct node *node, uint32_t count)
{
	struct v4l2_requestbuffers buffers = {
		.count = count,
		.type = node->type,
		.memory = node->memory,
	};

	control(node->fd, VIDIOC_REQBUFS, &buffers, node->name);
	node->count = buffers.count;
	for (uint32_t i = 0; i < node->count && node->memory == V4L2_MEMORY_MMAP; i++) {
		struct v4l2_buffer buffer = { .index = i,
					      .type = node->type,
					      .memory = node->memory };
		struct v4l2_exportbuffer exported = { .index = i, .type = node->type };

		control(node->fd, VIDIOC_QUERYBUF, &buffer, node->name);
		node->memories[i] = mmap(NULL, buffer.length, PROT_READ, MAP_SHARED,
					 node->fd, buffer.m.offset);
		node->lengths[i] = buffer.length;
		if (node->memories[i] == MAP_FAILED)
			err(1, "%s: mmap", node->name);
		control(node->fd, VIDIOC_EXPBUF, &exported, node->name);
		node->exported[i] = exported.fd;
	}
}

/* The node lets go of its buffers, which live on as descriptors, and takes them as any others. */
static void import_back(struct node *node)
{
	struct v4l2_requestbuffers buffers = { .type = node->type, .memory = node->memory };

	for (uint32_t i = 0; i < node->count; i++) {
		off_t size = lseek(node->exported[i], 0, SEEK_END);

		munmap(node->memories[i], node->lengths[i]);
		node->memories[i] =
			mmap(NULL, size, PROT_READ, MAP_SHARED, node->exported[i], 0);
		if (node->memories[i] == MAP_FAILED)
			err(1, "%s: mmap of what was exported", node->name);
	}
	control(node->fd, VIDIOC_REQBUFS, &buffers, "letting go");
	node->memory = buffers.memory = V4L2_MEMORY_DMABUF;
	buffers.count = SLOTS;
	control(node->fd, VIDIOC_REQBUFS, &buffers, "import");
}

static void queue(struct node *node, uint32_t index)
{
	struct v4l2_buffer buffer = { .index = index,
				      .type = node->type,
				      .memory = node->memory };

	if (node->memory == V4L2_MEMORY_DMABUF)
		buffer.m.fd = node->exported[index];
	control(node->fd, VIDIOC_QBUF, &buffer, node->name);
}

static bool dequeue(struct node *node)
{
	node->last = (struct v4l2_buffer){ .type = node->type, .memory = node->memory };
	if (ioctl(node->fd, VIDIOC_DQBUF, &node->last)) {
		if (errno == EAGAIN)
			return false;
		err(1, "%s: DQBUF", node->name);
	}
	node->back = true;
	return true;
}

static void open_node(struct node *node)
{
	if (!node->path || !node->format)
		return;
	node->fd = open(node->path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (node->fd < 0)
		err(1, "%s", node->path);
	if (node->file && !(node->to = fopen(node->file, "we")))
		err(1, "%s", node->file);
	set_format(node);
}

static void prepare(void)
{
	static const uint32_t counts[NODES] = {
		[RAW] = BUFFERS, [MAIN] = 3,           [SECOND] = 3,
		[STATS] = 3,     [EMBEDDED] = BUFFERS,
	};

	for (int i = 0; i < NODES; i++)
		open_node(&nodes[i]);
	if (crop)
		set_crop();
	for (int i = 0; i < NODES; i++) {
		if (nodes[i].fd > 0)
			request(&nodes[i], i == INPUT ? nodes[RAW].count : counts[i]);
		if (import && nodes[i].fd > 0 && i != INPUT)
			import_back(&nodes[i]);
		for (uint32_t j = i == MAIN ? hold : 0; i != INPUT && j < nodes[i].count; j++)
			queue(&nodes[i], j);
	}
	apply_all(0);
	for (int i = 0; i < NODES; i++) {
		if (nodes[i].fd > 0)
			control(nodes[i].fd, VIDIOC_STREAMON, &nodes[i].type, nodes[i].name);
	}
}

/* ---- a frame ---- */

static void wait_for(struct node *node)
{
	struct pollfd event = { .fd = node->fd,
				.events = node == &nodes[INPUT] ? POLLOUT : POLLIN };

	while (!dequeue(node)) {
		if (poll(&event, 1, PATIENCE_MS) <= 0 || event.revents & POLLERR)
			errx(3, "%s: nothing came", node->name);
	}
}

static void process(unsigned int number)
{
	const struct v4l2_buffer *raw = &nodes[RAW].last;
	struct v4l2_buffer buffer = {
		.index = (raw->index + steal) % nodes[RAW].count,
		.type = nodes[INPUT].type,
		.memory = nodes[INPUT].memory,
		.bytesused = number == end ? 0 : nodes[INPUT].size,
		.length = raw->length,
		.timestamp = raw->timestamp,
	};

	buffer.m.fd = nodes[RAW].exported[buffer.index];
	control(nodes[INPUT].fd, VIDIOC_QBUF, &buffer, "input");
	wait_for(&nodes[INPUT]);
}

static void take(struct node *node)
{
	const uint8_t *memory = node->memories[node->last.index];

	if (node->to && !(node->last.flags & V4L2_BUF_FLAG_ERROR) &&
	    fwrite(memory, node->last.bytesused, 1, node->to) != 1)
		err(1, "%s", node->file);
}

static void print_node(const struct node *node)
{
	if (!node->back)
		printf(" -");
	else
		printf(" %u%s", node->last.sequence,
		       node->last.flags & V4L2_BUF_FLAG_ERROR ? "!" : "");
}

static void run(unsigned int number)
{
	for (int i = 0; i < NODES; i++)
		nodes[i].back = false;
	wait_for(&nodes[RAW]);
	if (nodes[EMBEDDED].fd > 0)
		wait_for(&nodes[EMBEDDED]);
	if (number)
		apply_all(number);
	poll(NULL, 0, pause_ms);
	if (nodes[INPUT].fd > 0)
		process(number);
	for (int i = MAIN; i <= STATS && number != end; i++) {
		/* Statistics may be missing; they are there with the pictures or not at all. */
		if (nodes[i].fd > 0 && i != STATS)
			wait_for(&nodes[i]);
	}
	if (nodes[STATS].fd > 0 && number != end) {
		struct pollfd event = { .fd = nodes[STATS].fd, .events = POLLIN };

		poll(&event, 1, 200);
		dequeue(&nodes[STATS]);
	}
	printf("%u", number);
	for (int i = 0; i < NODES; i++)
		print_node(&nodes[i]);
	for (int i = 0; i < NODES; i++) {
		if (nodes[i].back)
			printf(" %s=%ld.%06ld", nodes[i].name, nodes[i].last.timestamp.tv_sec,
			       nodes[i].last.timestamp.tv_usec);
	}
	printf("\n");
	for (int i = 0; i < NODES; i++) {
		if (!nodes[i].back || i == INPUT)
			continue;
		take(&nodes[i]);
		queue(&nodes[i], nodes[i].last.index);
	}
}

/* ---- words ---- */

static const char *value_of(const char *word, const char *name)
{
	size_t length = strlen(name);

	return strncmp(word, name, length) || word[length] != '=' ? NULL : word + length + 1;
}

static bool parse_node(const char *word)
{
	char name[16];

	for (int i = 0; i < NODES; i++) {
		const char *value;

		if ((value = value_of(word, nodes[i].name)) && i == EMBEDDED)
			nodes[i].path = nodes[i].format = value;
		else if (value)
			nodes[i].format = value;
		snprintf(name, sizeof(name), "%s-to", nodes[i].name);
		if (value_of(word, name))
			nodes[i].file = value_of(word, name);
		else if (!value)
			continue;
		return true;
	}
	return false;
}

static bool parse_word(const char *word)
{
	static unsigned int at;
	const char *value;

	if (!strchr(word, '='))
		return false;
	if ((value = value_of(word, "frames")))
		frames = strtoul(value, NULL, 10);
	else if ((value = value_of(word, "base")))
		base = V4L2_CID_USER_BASE + strtoul(value, NULL, 0);
	else if ((value = value_of(word, "crop")))
		crop = value;
	else if ((value = value_of(word, "hold")))
		hold = strtoul(value, NULL, 10);
	else if ((value = value_of(word, "end")))
		end = strtoul(value, NULL, 10);
	else if ((value = value_of(word, "pause")))
		pause_ms = strtoul(value, NULL, 10);
	else if ((value = value_of(word, "import")))
		import = *value == '1';
	else if ((value = value_of(word, "steal")))
		steal = strtoul(value, NULL, 10);
	else if ((value = value_of(word, "at")))
		at = strtoul(value, NULL, 10);
	else if (!parse_node(word) && settings_count < SETTINGS)
		settings[settings_count++] = (struct setting){ at, word };
	return true;
}

int main(int argc, char **argv)
{
	static const int places[] = { RAW, INPUT, MAIN, SECOND, STATS };
	unsigned int place = 0;

	nodes[STATS].format = "yes";
	for (int i = 1; i < argc; i++) {
		if (!parse_word(argv[i]) && place < 5)
			nodes[places[place++]].path = argv[i];
	}
	if (nodes[STATS].format[0] == '0')
		nodes[STATS].format = NULL;
	nodes[INPUT].format = nodes[RAW].format;
	prepare();
	for (unsigned int i = 0; i < frames; i++)
		run(i);
	for (int i = 0; i < NODES; i++) {
		if (nodes[i].fd > 0)
			control(nodes[i].fd, VIDIOC_STREAMOFF, &nodes[i].type, nodes[i].name);
		if (nodes[i].to && fclose(nodes[i].to))
			err(1, "%s", nodes[i].file);
	}
	return 0;
}
