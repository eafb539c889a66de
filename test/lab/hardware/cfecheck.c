// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Cfecheck: nodes of a Raspberry Pi 5's camera front end, several at a time.
 *
 *	cfecheck flow COUNT NODE...    starts them in this order and prints a line for each buffer,
 *	                               COUNT of each node: NUMBER-OF-NODE SEQUENCE MICROSECONDS; then
 *	                               stops them. NODE[=FILE]: what came goes there
 *	cfecheck config NODE [OFFSET.SIZE=VALUE]...    what QBUF says of a configuration that is good but
 *	                               for these bytes
 *	cfecheck starve NODE MS        a buffer, none for that long, and one more: the sequence numbers
 *
 * An output node gets configurations that are good. If nothing comes, status 3.
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

#define NODES       8
#define BUFFERS     4
#define PATIENCE_MS 2000

/* Of a configuration, where these are */
enum {
	CONFIG_SIZE = 632,
	ENABLES = 36,
	STREAMING = 44,
	INPUT_WIDTH = 48,
	INPUT_HEIGHT = 50,
	ENABLE_INPUT = 1,
};

struct node {
	int fd;
	uint32_t type, buffers, seen;
	FILE *file;
	void *memory[VIDEO_MAX_FRAME];
};

static uint32_t type_of(int fd)
{
	struct v4l2_capability cap;

	if (ioctl(fd, VIDIOC_QUERYCAP, &cap))
		err(2, "QUERYCAP");
	if (cap.device_caps & V4L2_CAP_VIDEO_CAPTURE)
		return V4L2_BUF_TYPE_VIDEO_CAPTURE;
	return cap.device_caps & V4L2_CAP_META_OUTPUT ? V4L2_BUF_TYPE_META_OUTPUT :
							V4L2_BUF_TYPE_META_CAPTURE;
}

static void put(uint8_t *bytes, uint32_t at, uint32_t size, uint32_t value)
{
	for (uint32_t i = 0; i < size && at + i < CONFIG_SIZE; i++)
		bytes[at + i] = value >> 8 * i;
}

/* Nothing but the input. */
static void make_config(uint8_t *bytes)
{
	memset(bytes, 0, CONFIG_SIZE);
	put(bytes, ENABLES, 4, ENABLE_INPUT);
	put(bytes, STREAMING, 1, 1);
	put(bytes, INPUT_WIDTH, 2, 640);
	put(bytes, INPUT_HEIGHT, 2, 480);
}

static void open_node(struct node *node, char *name)
{
	char *to = strchr(name, '=');

	if (to)
		*to++ = '\0';
	node->file = to ? fopen(to, "we") : NULL;
	node->fd = open(name, O_RDWR | O_CLOEXEC);
	if (node->fd < 0 || (to && !node->file))
		err(2, "%s", name);
	node->type = type_of(node->fd);
}

static int queue(struct node *node, uint32_t index)
{
	struct v4l2_buffer buffer = {
		.type = node->type,
		.memory = V4L2_MEMORY_MMAP,
		.index = index,
	};

	if (V4L2_TYPE_IS_OUTPUT(node->type))
		buffer.bytesused = CONFIG_SIZE;
	return ioctl(node->fd, VIDIOC_QBUF, &buffer);
}

static void get_buffers(struct node *node)
{
	struct v4l2_requestbuffers buffers = {
		.count = BUFFERS,
		.type = node->type,
		.memory = V4L2_MEMORY_MMAP,
	};

	if (ioctl(node->fd, VIDIOC_REQBUFS, &buffers))
		err(2, "REQBUFS");
	node->buffers = buffers.count;
	for (uint32_t i = 0; i < buffers.count; i++) {
		struct v4l2_buffer buffer = {
			.type = node->type,
			.memory = V4L2_MEMORY_MMAP,
			.index = i,
		};

		if (ioctl(node->fd, VIDIOC_QUERYBUF, &buffer))
			err(2, "QUERYBUF");
		node->memory[i] = mmap(NULL, buffer.length, PROT_READ | PROT_WRITE,
				       MAP_SHARED, node->fd, buffer.m.offset);
		if (node->memory[i] == MAP_FAILED)
			err(2, "mmap");
		if (V4L2_TYPE_IS_OUTPUT(node->type))
			make_config(node->memory[i]);
	}
}

static void take(struct node *node, unsigned int number)
{
	struct v4l2_buffer buffer = { .type = node->type, .memory = V4L2_MEMORY_MMAP };

	if (ioctl(node->fd, VIDIOC_DQBUF, &buffer))
		err(2, "DQBUF");
	node->seen++;
	printf("%u %u %lld\n", number, buffer.sequence,
	       buffer.timestamp.tv_sec * 1000000ll + buffer.timestamp.tv_usec);
	if (node->file && fwrite(node->memory[buffer.index], 1, buffer.bytesused,
				 node->file) != buffer.bytesused)
		err(2, "write");
	if (queue(node, buffer.index))
		err(2, "QBUF");
}

static bool all_seen(const struct node *nodes, unsigned int count, uint32_t wanted)
{
	for (unsigned int i = 0; i < count; i++) {
		if (nodes[i].seen < wanted)
			return false;
	}
	return true;
}

static void run(struct node *nodes, unsigned int count, uint32_t wanted)
{
	while (!all_seen(nodes, count, wanted)) {
		struct pollfd events[NODES];
		int ready;

		for (unsigned int i = 0; i < count; i++)
			events[i] = (struct pollfd){
				.fd = nodes[i].seen < wanted ? nodes[i].fd : -1,
				.events = POLLIN | POLLOUT,
			};
		ready = poll(events, count, PATIENCE_MS);
		if (ready < 0)
			err(2, "poll");
		if (!ready)
			errx(3, "nothing comes");
		for (unsigned int i = 0; i < count; i++) {
			if (events[i].revents & POLLERR)
				errx(2, "node %u: POLLERR", i);
			if (events[i].revents)
				take(&nodes[i], i);
		}
	}
}

static void flow(uint32_t wanted, char **names, unsigned int count)
{
	struct node nodes[NODES] = {};

	if (count > NODES)
		errx(2, "too many nodes");
	for (unsigned int i = 0; i < count; i++) {
		open_node(&nodes[i], names[i]);
		get_buffers(&nodes[i]);
		for (uint32_t j = 0; j < nodes[i].buffers; j++) {
			if (queue(&nodes[i], j))
				err(2, "%s: QBUF", names[i]);
		}
	}
	for (unsigned int i = 0; i < count; i++) {
		if (ioctl(nodes[i].fd, VIDIOC_STREAMON, &nodes[i].type))
			err(1, "%s: STREAMON", names[i]);
	}
	run(nodes, count, wanted);
	for (unsigned int i = 0; i < count; i++) {
		if (ioctl(nodes[i].fd, VIDIOC_STREAMOFF, &nodes[i].type))
			err(2, "%s: STREAMOFF", names[i]);
		if (nodes[i].file)
			fclose(nodes[i].file);
	}
}

static uint32_t one_buffer(struct node *node)
{
	struct v4l2_buffer buffer = { .type = node->type, .memory = V4L2_MEMORY_MMAP };
	struct pollfd event = { .fd = node->fd, .events = POLLIN };

	if (poll(&event, 1, PATIENCE_MS) <= 0)
		errx(3, "nothing comes");
	if (ioctl(node->fd, VIDIOC_DQBUF, &buffer))
		err(2, "DQBUF");
	return buffer.sequence;
}

static void starve(char *name, unsigned long ms)
{
	struct node node;
	uint32_t first;

	open_node(&node, name);
	get_buffers(&node);
	if (queue(&node, 0) || ioctl(node.fd, VIDIOC_STREAMON, &node.type))
		err(1, "%s: STREAMON", name);
	first = one_buffer(&node);
	usleep(ms * 1000);
	if (queue(&node, 1))
		err(2, "QBUF");
	printf("%u %u\n", first, one_buffer(&node));
}

static void config(char *name, char **changes, int count)
{
	struct node node;
	unsigned int at, size, value;

	open_node(&node, name);
	get_buffers(&node);
	for (int i = 0; i < count; i++) {
		if (sscanf(changes[i], "%u.%u=%i", &at, &size, (int *)&value) != 3)
			errx(2, "%s is no change", changes[i]);
		put(node.memory[0], at, size, value);
	}
	if (!queue(&node, 0))
		printf("ok\n");
	else
		printf("%s\n", errno == EINVAL ? "EINVAL" : strerror(errno));
}

int main(int argc, char **argv)
{
	if (argc > 3 && !strcmp(argv[1], "flow"))
		flow(strtoul(argv[2], NULL, 10), argv + 3, argc - 3);
	else if (argc == 4 && !strcmp(argv[1], "starve"))
		starve(argv[2], strtoul(argv[3], NULL, 10));
	else if (argc > 2 && !strcmp(argv[1], "config"))
		config(argv[2], argv + 3, argc - 3);
	else
		errx(2, "see the top of cfecheck.c");
	return 0;
}
