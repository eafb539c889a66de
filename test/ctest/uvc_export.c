// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Frames of a USB camera in other hands: of another process and of another driver, also when
 * the camera is gone. Wants an emulated camera with a format BGR3 of 320x240: UVC_NODE is its
 * node, UVC_COMMANDS the FIFO that it reads; and vim2m.
 */
#include <sys/mman.h>

#include "test/ctest/ctest.h"

#define WIDTH  320
#define HEIGHT 240
#define PIXEL  3
#define SIZE   (WIDTH * HEIGHT * PIXEL)
#define FRAMES 6
#define SLOTS  3

/* "UVCN:0:0000002a", in the place of the first bytes. */
#define STAMP_BYTES 15

/* The camera at work, all its buffers exported. */
struct camera {
	struct video *video;
	struct buffer buffers[SLOTS];
	int count;
};

/* What goes to the other process beside the descriptor. */
struct parcel {
	uint32_t number;
};

/* ---- the picture, as test/lab/uvc/picture.h has it ---- */

static uint8_t sample(uint32_t number, unsigned at)
{
	unsigned x = at / PIXEL % WIDTH, y = at / PIXEL / WIDTH;

	switch (at % PIXEL) {
	case 0:
		return (uint8_t)(x / 4 + number);
	case 1:
		return (uint8_t)(32 + ((x + 3 * y + 5 * number) & 255) * 3 / 4);
	default:
		return (uint8_t)(y / 2 + 7 * number);
	}
}

/* Its number, if every byte behind the stamp is of that number; -1 if not. */
static int64_t read_picture(const uint8_t *bytes)
{
	unsigned stream, number;

	if (sscanf((const char *)bytes, "UVCN:%1x:%8x", &stream, &number) != 2)
		return -1;
	for (unsigned at = STAMP_BYTES; at < SIZE; at++)
		if (bytes[at] != sample(number, at))
			return -1;
	return number;
}

/* ---- the camera ---- */

static void camera_close(struct camera *camera)
{
	ctest_finish_all(camera->buffers, camera->count);
	video_destroy(camera->video);
}

static bool camera_start(struct camera *camera)
{
	const char *node = getenv("UVC_NODE");

	memset(camera, 0, sizeof(*camera));
	if (!CHECK(node) ||
	    !CHECK_EQ(video_open(NULL, node, NULL, VIDEO_CAPTURE, &camera->video), 0))
		return false;
	if (!CHECK_EQ(ctest_set_format(camera->video, V4L2_PIX_FMT_BGR24, WIDTH, HEIGHT), 0))
		return false;
	camera->count = ctest_map(camera->video, camera->buffers, SLOTS);
	if (!CHECK_EQ(camera->count, SLOTS))
		return false;
	for (int i = 0; i < SLOTS; i++)
		CHECK_EQ(video_export_buffer(camera->video, &camera->buffers[i]), 0);
	return CHECK_EQ(ctest_queue_all(camera->video, camera->buffers, SLOTS), 0) &&
	       CHECK_EQ(video_start(camera->video), 0);
}

static int64_t camera_next(struct camera *camera, struct video_done *done)
{
	if (!CHECK_EQ(ctest_next(camera->video, done), 0) ||
	    !CHECK_EQ(done->bytesused[0], SIZE))
		return -1;
	return read_picture(done->buffer->planes[0].map);
}

/* The cable is pulled, and the kernel is done with it. */
static bool camera_pull(struct camera *camera)
{
	const char *commands = getenv("UVC_COMMANDS");

	return CHECK(commands) && CHECK_EQ(ctest_write(commands, "quit\n"), 0) &&
	       CHECK(ctest_poll(camera->video->fd, POLLPRI, CTEST_LIMIT_MS) & POLLERR);
}

/* ---- another process ---- */

static bool send_frame(int socket, int fd, uint32_t number)
{
	struct parcel parcel = { .number = number };
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec part = { .iov_base = &parcel, .iov_len = sizeof(parcel) };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	return sendmsg(socket, &message, MSG_NOSIGNAL) == sizeof(parcel);
}

/* The descriptor that came, and the number of its frame; -1 if none did. */
static int receive_frame(int socket, uint32_t *number)
{
	struct parcel parcel;
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec part = { .iov_base = &parcel, .iov_len = sizeof(parcel) };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *header;
	int fd;

	if (!ctest_poll(socket, POLLIN, CTEST_LIMIT_MS) ||
	    recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != sizeof(parcel))
		return -1;
	header = CMSG_FIRSTHDR(&message);
	if (!header || header->cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	*number = parcel.number;
	return fd;
}

static bool shows(const struct buffer *buffer, uint32_t number)
{
	bool same;

	if (buffer_begin_read(buffer) < 0)
		return false;
	same = read_picture(buffer->planes[0].map) == number;
	return buffer_end_read(buffer) == 0 && same;
}

/* Maps what it is sent as its own, and says so if it is the frame that was promised. */
static int receive_one(int socket, struct buffer *buffer, uint32_t *number)
{
	int fd = receive_frame(socket, number), ret;

	if (fd < 0)
		return 1;
	ret = buffer_import(buffer, 0, &fd, 1);
	close(fd);
	if (ret < 0)
		return 2;
	if (buffer_map(buffer) < 0)
		return 3;
	if (!shows(buffer, *number))
		return 4;
	return ctest_tell(socket) ? 0 : 5;
}

static int receiver(int socket)
{
	struct buffer buffer;
	uint32_t number;
	int ret;

	for (unsigned i = 0; i < FRAMES; i++) {
		ret = receive_one(socket, &buffer, &number);
		if (ret)
			return ret;
		if (i + 1 < FRAMES)
			buffer_finish(&buffer);
	}
	/* The camera is gone, and so is who made it ours. */
	if (!ctest_wait(socket))
		return 10;
	ret = shows(&buffer, number) ? 0 : 11;
	buffer_finish(&buffer);
	return ret;
}

static bool pass_frames(struct camera *camera, int socket)
{
	struct video_done done;
	int64_t number, last = -1;

	for (unsigned i = 0; i < FRAMES; i++) {
		number = camera_next(camera, &done);
		if (!CHECK(number > last) ||
		    !CHECK(send_frame(socket, done.buffer->planes[0].fd, number)) ||
		    !CHECK(ctest_wait(socket)))
			return false;
		/* The last one stays with the other process as it is. */
		if (i + 1 < FRAMES)
			CHECK_EQ(video_queue(camera->video, done.buffer, NULL, 0), 0);
		last = number;
	}
	return true;
}

static void other_process(void)
{
	struct camera camera;
	pid_t child;
	int socket;

	test_case("uvc: another process maps each frame by descriptor, every byte is there");
	child = ctest_spawn(receiver, &socket);
	if (!camera_start(&camera)) {
		ctest_reap(child, &socket);
		return;
	}
	if (pass_frames(&camera, socket)) {
		test_case("uvc: it still reads the last one when the camera is gone");
		camera_pull(&camera);
		camera_close(&camera);
		CHECK(ctest_tell(socket));
	} else {
		camera_close(&camera);
	}
	CHECK_EQ(ctest_reap(child, &socket), 0);
}

static void unplugged(void)
{
	struct video_format format;
	struct video_done done;
	struct camera camera;
	int64_t number;
	void *map;

	test_case("uvc: an exported frame is mapped for the first time when the camera is gone");
	if (!camera_start(&camera))
		return camera_close(&camera);
	number = camera_next(&camera, &done);
	if (CHECK(number >= 0) && camera_pull(&camera)) {
		map = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, done.buffer->planes[0].fd, 0);
		if (CHECK(map != MAP_FAILED)) {
			CHECK_EQ(read_picture(map), number);
			munmap(map, SIZE);
		}
		CHECK_EQ(read_picture(done.buffer->planes[0].map), number);
		CHECK_EQ(video_get_format(camera.video, &format), -ENODEV);
	}
	camera_close(&camera);
}

/* ---- another driver ---- */

/* Both halves of vim2m: one takes frames by descriptor, the other has a buffer of its own. */
struct processor {
	struct video *in;
	struct video *out;
	struct buffer result;
	int count;
};

static void processor_close(struct processor *processor)
{
	ctest_finish_all(&processor->result, processor->count);
	video_destroy(processor->in);
	video_destroy(processor->out);
}

static bool processor_start(struct processor *processor)
{
	unsigned slots = SLOTS;

	memset(processor, 0, sizeof(*processor));
	processor->out = ctest_video(NULL, "vim2m", VIDEO_CAPTURE);
	if (!processor->out ||
	    !CHECK_EQ(video_open_shared(processor->out, VIDEO_OUTPUT, &processor->in), 0) ||
	    !CHECK_EQ(ctest_set_format(processor->in, V4L2_PIX_FMT_BGR24, WIDTH, HEIGHT), 0) ||
	    !CHECK_EQ(ctest_set_format(processor->out, V4L2_PIX_FMT_BGR24, WIDTH, HEIGHT), 0) ||
	    !CHECK_EQ(video_request_buffers(processor->in, V4L2_MEMORY_DMABUF, &slots), 0))
		return false;
	processor->count = ctest_map(processor->out, &processor->result, 1);
	return CHECK_EQ(processor->count, 1) && CHECK_EQ(video_start(processor->in), 0) &&
	       CHECK_EQ(video_start(processor->out), 0);
}

/* One frame through: what came out is what the camera sent, with its time. */
static bool process(struct processor *processor, struct camera *camera)
{
	const uint32_t used = SIZE;
	struct video_done frame, given, done;
	int64_t number = camera_next(camera, &frame);

	if (!CHECK(number >= 0) ||
	    !CHECK_EQ(video_queue(processor->out, &processor->result, NULL, 0), 0) ||
	    !CHECK_EQ(video_queue(processor->in, frame.buffer, &used, frame.timestamp_ns), 0) ||
	    !CHECK_EQ(ctest_next(processor->out, &done), 0) ||
	    !CHECK_EQ(ctest_next(processor->in, &given), 0))
		return false;
	CHECK(given.buffer == frame.buffer);
	CHECK_EQ(done.timestamp_ns, frame.timestamp_ns);
	return CHECK_EQ(read_picture(processor->result.planes[0].map), number) &&
	       CHECK_EQ(video_queue(camera->video, frame.buffer, NULL, 0), 0);
}

static void other_driver(void)
{
	struct processor processor;
	struct camera camera;
	bool held;

	test_case("uvc: another driver imports the frames and sees every byte");
	if (!camera_start(&camera))
		return camera_close(&camera);
	held = processor_start(&processor);
	for (unsigned i = 0; held && i < FRAMES; i++)
		held = process(&processor, &camera);
	processor_close(&processor);
	camera_close(&camera);
}

static const struct ctest_case cases[] = {
	{ "other-process", other_process },
	{ "unplugged", unplugged },
	{ "other-driver", other_driver },
};

int main(int argc, char **argv)
{
	return ctest_main(cases, CTEST_COUNT(cases), argc, argv);
}
