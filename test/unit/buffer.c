// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Buffers: planes, descriptors, mapping, CPU access and states.
 *
 * Most of it runs on any machine, over memfds that pose as dma-bufs: fstatfs() and the sync
 * ioctl are answered here. The last part uses real dma-bufs where the machine has some.
 */
#include "common/buffer/buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/magic.h>
#include <linux/udmabuf.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "test/unit/test.h"

#define PAGE    4096
#define MAX_FDS 256

/* The kernel that these tests need. Off, calls go to the real one. */
static struct {
	bool on;
	bool is_dma_buf[MAX_FDS];
	int answers[8]; /* to the next sync calls: 0 or an errno */
	unsigned calls;
	struct {
		int fd;
		uint64_t flags;
	} synced[8];
} fake;

int fstatfs(int fd, struct statfs *filesystem)
{
	int ret = (int)syscall(SYS_fstatfs, fd, filesystem);

	if (!ret && fake.on && fake.is_dma_buf[fd])
		filesystem->f_type = DMA_BUF_MAGIC;
	return ret;
}

int ioctl(int fd, unsigned long request, ...)
{
	const struct dma_buf_sync *sync;
	va_list arguments;
	void *argument;
	int error;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	if (!fake.on || request != DMA_BUF_IOCTL_SYNC)
		return (int)syscall(SYS_ioctl, fd, request, argument);
	sync = argument;
	fake.synced[fake.calls].fd = fd;
	fake.synced[fake.calls].flags = sync->flags;
	error = fake.answers[fake.calls++];
	if (!error)
		return 0;
	errno = error;
	return -1;
}

static void forget_syncs(void)
{
	memset(fake.answers, 0, sizeof(fake.answers));
	fake.calls = 0;
}

/* A memfd of that many bytes, which passes for a dma-buf. */
static int make_dma_buf(off_t size)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	if (ftruncate(fd, size) < 0)
		return -1;
	fake.is_dma_buf[fd] = true;
	return fd;
}

static int make_memfd(off_t size)
{
	int fd = make_dma_buf(size);

	fake.is_dma_buf[fd] = false;
	return fd;
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static unsigned count_open(void)
{
	unsigned count = 0;

	for (int fd = 0; fd < MAX_FDS; fd++)
		count += is_open(fd);
	return count;
}

static void test_init(void)
{
	struct buffer buffer;

	test_case("buffer: a new one is free and has nothing");
	memset(&buffer, 0xff, sizeof(buffer));
	buffer_init(&buffer, 7, BUFFER_HEAP);
	CHECK_EQ(buffer.number, 7);
	CHECK_EQ(buffer.memory, BUFFER_HEAP);
	CHECK_EQ(buffer.state, BUFFER_FREE);
	CHECK_EQ(buffer.num_planes, 0);
	CHECK(!buffer.next);
	CHECK(!buffer.owner);
	for (unsigned i = 0; i < BUFFER_MAX_PLANES; i++) {
		CHECK_EQ(buffer.planes[i].fd, -1);
		CHECK_EQ(buffer.planes[i].memfd, -1);
		CHECK(!buffer.planes[i].map);
	}

	test_case("buffer: an empty one can be taken apart, more than once");
	buffer_finish(&buffer);
	buffer_finish(&buffer);
	CHECK_EQ(buffer.num_planes, 0);
	CHECK_EQ(buffer_map(&buffer), 0);
}

static void test_add_plane(void)
{
	struct buffer buffer;
	struct stat status;
	unsigned before = count_open();
	int first, second, memfd;

	test_case("plane: takes the dma-buf, its length and its identity");
	buffer_init(&buffer, 0, BUFFER_UDMABUF);
	first = make_dma_buf(3 * PAGE);
	memfd = make_memfd(3 * PAGE);
	CHECK_EQ(buffer_add_plane(&buffer, first, memfd, 0), 0);
	CHECK_EQ(buffer.num_planes, 1);
	CHECK_EQ(buffer.planes[0].fd, first);
	CHECK_EQ(buffer.planes[0].memfd, memfd);
	CHECK_EQ(buffer.planes[0].length_bytes, 3 * PAGE);
	fstat(first, &status);
	CHECK_EQ(buffer.planes[0].identity.device, status.st_dev);
	CHECK_EQ(buffer.planes[0].identity.inode, status.st_ino);

	test_case("plane: a length of its own, up to that of the dma-buf");
	second = make_dma_buf(2 * PAGE);
	CHECK_EQ(buffer_add_plane(&buffer, second, -1, 2 * PAGE), 0);
	CHECK_EQ(buffer.planes[1].length_bytes, 2 * PAGE);
	CHECK_EQ(buffer_add_plane(&buffer, make_dma_buf(2 * PAGE), -1, 100), 0);
	CHECK_EQ(buffer.planes[2].length_bytes, 100);
	CHECK_EQ(buffer_add_plane(&buffer, make_dma_buf(2 * PAGE), -1, 2 * PAGE + 1),
		 -EINVAL);
	CHECK_EQ(buffer.num_planes, 3);

	test_case("plane: the same dma-buf twice is refused, under another number too");
	for (unsigned i = 0; i < 3; i++) {
		memfd = dup(buffer.planes[i].fd);
		fake.is_dma_buf[memfd] = true;
		CHECK_EQ(buffer_add_plane(&buffer, memfd, -1, 0), -EINVAL);
		CHECK(!is_open(memfd));
		CHECK(is_open(buffer.planes[i].fd));
	}

	test_case("plane: no more than there is room for, and what was given is closed");
	CHECK_EQ(buffer_add_plane(&buffer, make_dma_buf(PAGE), -1, 0), 0);
	first = make_dma_buf(PAGE);
	memfd = make_memfd(PAGE);
	CHECK_EQ(buffer_add_plane(&buffer, first, memfd, 0), -ENOSPC);
	CHECK(!is_open(first));
	CHECK(!is_open(memfd));
	CHECK_EQ(buffer.num_planes, BUFFER_MAX_PLANES);

	test_case("buffer: taken apart, all is closed");
	buffer_finish(&buffer);
	CHECK_EQ(buffer.num_planes, 0);
	CHECK_EQ(buffer.planes[0].fd, -1);
	CHECK_EQ(buffer.planes[0].memfd, -1);
	CHECK_EQ(count_open(), before);
}

static void test_refused_planes(void)
{
	struct buffer buffer;
	unsigned before = count_open();
	int fd, memfd;

	buffer_init(&buffer, 0, BUFFER_UDMABUF);

	test_case("plane: what is not a dma-buf is refused and closed");
	fd = make_memfd(PAGE);
	memfd = make_memfd(PAGE);
	CHECK_EQ(buffer_add_plane(&buffer, fd, memfd, PAGE), -EINVAL);
	CHECK(!is_open(fd));
	CHECK(!is_open(memfd));
	CHECK_EQ(buffer_add_plane(&buffer, MAX_FDS - 1, -1, PAGE), -EBADF);

	test_case("plane: an empty one, and one of 4 GiB, are refused");
	CHECK_EQ(buffer_add_plane(&buffer, make_dma_buf(0), -1, 0), -EINVAL);
	CHECK_EQ(buffer_add_plane(&buffer, make_dma_buf((off_t)1 << 32), -1, 0), -EOVERFLOW);
	CHECK_EQ(buffer_add_plane(&buffer, make_dma_buf(((off_t)1 << 32) - 1), -1, 0), 0);
	CHECK_EQ(buffer.planes[0].length_bytes, UINT32_MAX);
	CHECK_EQ(buffer_add_plane(&buffer, make_dma_buf((off_t)1 << 32), -1, PAGE), 0);

	test_case("plane: a memfd that is too short to be mapped is refused");
	CHECK_EQ(buffer_add_plane(&buffer, make_dma_buf(2 * PAGE), make_memfd(PAGE), 0),
		 -EINVAL);
	CHECK_EQ(buffer_add_plane(&buffer, make_dma_buf(2 * PAGE), MAX_FDS - 1, 0), -EBADF);
	CHECK_EQ(buffer_add_plane(&buffer, make_dma_buf(2 * PAGE), make_memfd(PAGE), PAGE),
		 0);

	test_case("plane: only a device's may lack a dma-buf, and then its length is given");
	CHECK_EQ(buffer_add_plane(&buffer, -1, -1, PAGE), -EINVAL);
	buffer_finish(&buffer);
	buffer_init(&buffer, 0, BUFFER_DEVICE);
	CHECK_EQ(buffer_add_plane(&buffer, -1, -1, 0), -EINVAL);
	CHECK_EQ(buffer_add_plane(&buffer, -1, -1, PAGE), 0);
	CHECK_EQ(buffer_add_plane(&buffer, -1, -1, 2 * PAGE), 0);
	CHECK_EQ(buffer.num_planes, 2);
	CHECK_EQ(buffer.planes[0].fd, -1);
	CHECK_EQ(buffer.planes[1].length_bytes, 2 * PAGE);
	buffer_finish(&buffer);
	CHECK_EQ(count_open(), before);
}

static void test_import(void)
{
	struct buffer buffer;
	int fds[] = { make_dma_buf(PAGE), make_dma_buf(2 * PAGE), make_dma_buf(PAGE),
		      make_dma_buf(PAGE), -1 };
	unsigned before;

	/* What is duplicated gets the next numbers. */
	for (int fd = fds[3] + 1; fd < MAX_FDS; fd++)
		fake.is_dma_buf[fd] = true;
	before = count_open();

	test_case("import: the caller keeps its descriptors, ours are closed on exec");
	CHECK_EQ(buffer_import(&buffer, 3, fds, 2), 0);
	CHECK_EQ(buffer.number, 3);
	CHECK_EQ(buffer.memory, BUFFER_IMPORTED);
	CHECK_EQ(buffer.num_planes, 2);
	CHECK_EQ(buffer.planes[1].length_bytes, 2 * PAGE);
	CHECK(buffer.planes[0].fd != fds[0]);
	CHECK_EQ(fcntl(buffer.planes[0].fd, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(buffer.planes[0].memfd, -1);
	buffer_finish(&buffer);
	CHECK_EQ(count_open(), before);
	CHECK(is_open(fds[0]));
	CHECK(is_open(fds[1]));

	test_case("import: as many planes as there can be");
	CHECK_EQ(buffer_import(&buffer, 0, fds, BUFFER_MAX_PLANES), 0);
	CHECK_EQ(buffer.num_planes, BUFFER_MAX_PLANES);
	buffer_finish(&buffer);

	test_case("import: a bad descriptor among good ones leaves nothing behind");
	CHECK_EQ(buffer_import(&buffer, 0, (int[]){ fds[0], fds[1], -1 }, 3), -EBADF);
	CHECK_EQ(buffer.num_planes, 0);
	CHECK_EQ(count_open(), before);
	CHECK_EQ(buffer_import(&buffer, 0, (int[]){ fds[0], fds[0] }, 2), -EINVAL);
	CHECK_EQ(count_open(), before);
	memset(fake.is_dma_buf, 0, sizeof(fake.is_dma_buf));
	CHECK_EQ(buffer_import(&buffer, 0, fds, 1), -EINVAL);
	CHECK_EQ(count_open(), before);

	test_case("import: no planes, or too many, are refused");
	CHECK_EQ(buffer_import(&buffer, 0, fds, 0), -EINVAL);
	CHECK_EQ(buffer_import(&buffer, 0, fds, BUFFER_MAX_PLANES + 1), -EINVAL);

	for (unsigned i = 0; i < BUFFER_MAX_PLANES; i++)
		close(fds[i]);
}

static void test_identity(void)
{
	struct buffer_identity one, other, kept = { 11, 12 };
	int fd = make_dma_buf(PAGE), same = dup(fd), another = make_dma_buf(PAGE);

	fake.is_dma_buf[same] = true;

	test_case("identity: of a duplicate equal, of another dma-buf not");
	CHECK_EQ(buffer_identify(fd, &one), 0);
	CHECK_EQ(buffer_identify(same, &other), 0);
	CHECK(buffer_identity_equal(&one, &other));
	CHECK_EQ(buffer_identify(another, &other), 0);
	CHECK(!buffer_identity_equal(&one, &other));
	other = one;
	other.device++;
	CHECK(!buffer_identity_equal(&one, &other));

	test_case("identity: of what is no dma-buf there is none");
	fake.is_dma_buf[fd] = false;
	CHECK_EQ(buffer_identify(fd, &kept), -EINVAL);
	CHECK_EQ(buffer_identify(-1, &kept), -EBADF);
	CHECK_EQ(kept.device, 11);
	CHECK_EQ(kept.inode, 12);
	close(fd);
	close(same);
	close(another);
}

static void test_same(void)
{
	struct buffer one, same, swapped, half, shorter, device, other_device;
	int fds[] = { make_dma_buf(PAGE), make_dma_buf(PAGE), make_dma_buf(PAGE) };

	for (int fd = 0; fd < MAX_FDS; fd++)
		fake.is_dma_buf[fd] = true;
	CHECK_EQ(buffer_import(&one, 0, fds, 2), 0);
	CHECK_EQ(buffer_import(&same, 1, fds, 2), 0);
	CHECK_EQ(buffer_import(&swapped, 2, (int[]){ fds[1], fds[0] }, 2), 0);
	CHECK_EQ(buffer_import(&half, 3, (int[]){ fds[0], fds[2] }, 2), 0);
	CHECK_EQ(buffer_import(&shorter, 4, fds, 1), 0);
	memset(fake.is_dma_buf, 0, sizeof(fake.is_dma_buf));

	test_case("same: the same dma-bufs in the same planes");
	CHECK(buffer_same(&one, &one));
	CHECK(buffer_same(&one, &same));
	CHECK(!buffer_same(&one, &swapped));
	CHECK(!buffer_same(&one, &half));
	CHECK(!buffer_same(&one, &shorter));
	CHECK(!buffer_same(&shorter, &one));

	test_case("same: what has no dma-buf is like itself only");
	buffer_init(&device, 0, BUFFER_DEVICE);
	buffer_init(&other_device, 0, BUFFER_DEVICE);
	CHECK(!buffer_same(&device, &other_device));
	CHECK_EQ(buffer_add_plane(&device, -1, -1, PAGE), 0);
	CHECK_EQ(buffer_add_plane(&other_device, -1, -1, PAGE), 0);
	CHECK(buffer_same(&device, &device));
	CHECK(!buffer_same(&device, &other_device));

	buffer_finish(&one);
	buffer_finish(&same);
	buffer_finish(&swapped);
	buffer_finish(&half);
	buffer_finish(&shorter);
	buffer_finish(&device);
	buffer_finish(&other_device);
	for (unsigned i = 0; i < 3; i++)
		close(fds[i]);
}

static bool is_mapped(void *address)
{
	return msync(address, PAGE, MS_ASYNC) == 0;
}

static void test_map(void)
{
	struct buffer buffer;
	void *first, *second, *device;
	char byte = 0;

	test_case("map: a udmabuf through its memfd, other memory through the dma-buf");
	buffer_init(&buffer, 0, BUFFER_UDMABUF);
	buffer_add_plane(&buffer, make_dma_buf(PAGE), make_memfd(PAGE), 0);
	buffer_add_plane(&buffer, make_dma_buf(2 * PAGE), -1, 0);
	CHECK_EQ(buffer_map(&buffer), 0);
	first = buffer.planes[0].map;
	second = buffer.planes[1].map;
	memset(first, 'a', PAGE);
	memset(second, 'b', 2 * PAGE);
	CHECK_EQ(pread(buffer.planes[0].memfd, &byte, 1, PAGE - 1), 1);
	CHECK_EQ(byte, 'a');
	CHECK_EQ(pread(buffer.planes[0].fd, &byte, 1, PAGE - 1), 1);
	CHECK_EQ(byte, 0);
	CHECK_EQ(pread(buffer.planes[1].fd, &byte, 1, 2 * PAGE - 1), 1);
	CHECK_EQ(byte, 'b');

	test_case("map: a second time changes nothing");
	CHECK_EQ(buffer_map(&buffer), 0);
	CHECK(buffer.planes[0].map == first);
	CHECK(buffer.planes[1].map == second);

	test_case("map: gone when the buffer is taken apart");
	CHECK(is_mapped(first));
	buffer_finish(&buffer);
	CHECK(!buffer.planes[0].map);
	CHECK(!is_mapped(first));
	CHECK(!is_mapped(second));
	CHECK(!is_mapped((char *)second + PAGE));

	test_case("map: what a device mapped is left as it is, and unmapped in the end");
	buffer_init(&buffer, 0, BUFFER_DEVICE);
	buffer_add_plane(&buffer, -1, -1, PAGE);
	device = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	buffer.planes[0].map = device;
	CHECK_EQ(buffer_map(&buffer), 0);
	CHECK(buffer.planes[0].map == device);
	buffer_finish(&buffer);
	CHECK(!is_mapped(device));
}

static void test_refused_map(void)
{
	struct buffer buffer;
	char name[64];
	int fd, readable;

	test_case("map: of a plane without memory is refused");
	buffer_init(&buffer, 0, BUFFER_DEVICE);
	buffer_add_plane(&buffer, -1, -1, PAGE);
	CHECK_EQ(buffer_map(&buffer), -EBADF);
	CHECK(!buffer.planes[0].map);
	buffer_finish(&buffer);

	test_case("map: of a dma-buf for reading only is refused, what is mapped stays");
	fd = make_dma_buf(PAGE);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	readable = open(name, O_RDONLY);
	fake.is_dma_buf[readable] = true;
	buffer_init(&buffer, 0, BUFFER_IMPORTED);
	CHECK_EQ(buffer_add_plane(&buffer, make_dma_buf(PAGE), -1, 0), 0);
	CHECK_EQ(buffer_add_plane(&buffer, readable, -1, 0), 0);
	CHECK_EQ(buffer_map(&buffer), -EACCES);
	CHECK(buffer.planes[0].map);
	CHECK(!buffer.planes[1].map);
	buffer_finish(&buffer);
	close(fd);
}

/* A program may have been started without a standard input. */
static void test_zero(void)
{
	struct buffer buffer, imported;
	int kept = dup(0), fd;
	char byte = 0;

	test_case("buffer: 0 is a descriptor, of a dma-buf, a memfd or a duplicate");
	close(0);
	fd = make_dma_buf(PAGE);
	for (int i = 0; i < MAX_FDS; i++)
		fake.is_dma_buf[i] = true;
	buffer_init(&buffer, 0, BUFFER_UDMABUF);
	CHECK_EQ(fd, 0);
	CHECK_EQ(buffer_add_plane(&buffer, fd, make_memfd(PAGE), 0), 0);
	CHECK_EQ(buffer_import(&imported, 0, &fd, 1), 0);
	CHECK(buffer_same(&buffer, &imported));
	buffer_finish(&buffer);
	CHECK(!is_open(0));
	CHECK_EQ(buffer_import(&buffer, 0, &imported.planes[0].fd, 1), 0);
	CHECK_EQ(buffer.planes[0].fd, 0);
	CHECK(buffer_same(&buffer, &imported));
	CHECK(buffer_same(&imported, &buffer));
	buffer_finish(&imported);
	buffer_finish(&buffer);

	buffer_init(&buffer, 0, BUFFER_UDMABUF);
	fd = make_memfd(PAGE);
	CHECK_EQ(fd, 0);
	CHECK_EQ(buffer_add_plane(&buffer, make_dma_buf(2 * PAGE), fd, 0), -EINVAL);
	CHECK(!is_open(0));
	fd = make_memfd(2 * PAGE);
	CHECK_EQ(buffer_add_plane(&buffer, make_dma_buf(2 * PAGE), fd, 0), 0);
	CHECK_EQ(buffer_map(&buffer), 0);
	memset(buffer.planes[0].map, 'm', PAGE);
	CHECK_EQ(pread(0, &byte, 1, 0), 1);
	CHECK_EQ(byte, 'm');
	buffer_finish(&buffer);

	memset(fake.is_dma_buf, 0, sizeof(fake.is_dma_buf));
	dup2(kept, 0);
	close(kept);
}

static void check_sync(unsigned call, int fd, uint64_t flags)
{
	CHECK_EQ(fake.synced[call].fd, fd);
	CHECK_EQ(fake.synced[call].flags, flags);
}

static void test_access(void)
{
	const uint64_t begin = DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ;
	const uint64_t end = DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ;
	struct buffer buffer;
	int first = make_dma_buf(PAGE), second = make_dma_buf(PAGE);

	buffer_init(&buffer, 0, BUFFER_HEAP);
	buffer_add_plane(&buffer, first, -1, 0);
	buffer_add_plane(&buffer, second, -1, 0);

	test_case("access: each plane is begun and ended for reading");
	forget_syncs();
	CHECK_EQ(buffer_begin_read(&buffer), 0);
	CHECK_EQ(buffer_end_read(&buffer), 0);
	CHECK_EQ(fake.calls, 4);
	check_sync(0, first, begin);
	check_sync(1, second, begin);
	check_sync(2, first, end);
	check_sync(3, second, end);

	test_case("access: asked again after EINTR and EAGAIN");
	forget_syncs();
	fake.answers[0] = EINTR;
	fake.answers[1] = EAGAIN;
	fake.answers[2] = EAGAIN;
	CHECK_EQ(buffer_begin_read(&buffer), 0);
	CHECK_EQ(fake.calls, 5);
	check_sync(3, first, begin);
	check_sync(4, second, begin);

	test_case("access: a begin that fails is taken back");
	forget_syncs();
	fake.answers[1] = ENOMEM;
	fake.answers[2] = EIO;
	CHECK_EQ(buffer_begin_read(&buffer), -ENOMEM);
	CHECK_EQ(fake.calls, 3);
	check_sync(2, first, end);

	test_case("access: all planes are ended, the first error is returned");
	forget_syncs();
	fake.answers[0] = EIO;
	fake.answers[1] = ENOMEM;
	CHECK_EQ(buffer_end_read(&buffer), -EIO);
	CHECK_EQ(fake.calls, 2);
	check_sync(1, second, end);

	test_case("access: for a device's own memory nothing is done");
	forget_syncs();
	buffer.memory = BUFFER_DEVICE;
	CHECK_EQ(buffer_begin_read(&buffer), 0);
	CHECK_EQ(buffer_end_read(&buffer), 0);
	CHECK_EQ(fake.calls, 0);
	buffer_finish(&buffer);
}

static void test_states(void)
{
	struct buffer buffer;

	test_case("state: from each to the two others, never to itself");
	buffer_init(&buffer, 0, BUFFER_DEVICE);
	for (enum buffer_state from = BUFFER_FREE; from <= BUFFER_HELD; from++) {
		for (enum buffer_state to = BUFFER_FREE; to <= BUFFER_HELD; to++) {
			buffer.state = from;
			CHECK_EQ(buffer_move(&buffer, to), from == to ? -EINVAL : 0);
			CHECK_EQ(buffer.state, to);
		}
	}
}

static void test_names(void)
{
	test_case("names: of memory and states");
	CHECK_STR_EQ(buffer_memory_name(BUFFER_DEVICE), "mmap");
	CHECK_STR_EQ(buffer_memory_name(BUFFER_UDMABUF), "udmabuf");
	CHECK_STR_EQ(buffer_memory_name(BUFFER_HEAP), "heap");
	CHECK_STR_EQ(buffer_memory_name(BUFFER_IMPORTED), "imported");
	CHECK_STR_EQ(buffer_state_name(BUFFER_FREE), "free");
	CHECK_STR_EQ(buffer_state_name(BUFFER_QUEUED), "queued");
	CHECK_STR_EQ(buffer_state_name(BUFFER_HELD), "held");
}

/* A real dma-buf of memfd pages; *memfd is the caller's. Negative if there are none here. */
static int make_udmabuf(int *memfd)
{
	struct udmabuf_create create = { .flags = UDMABUF_FLAGS_CLOEXEC, .size = 2 * PAGE };
	int device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC), fd;

	if (device < 0)
		return -1;
	*memfd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (ftruncate(*memfd, 2 * PAGE) < 0 || fcntl(*memfd, F_ADD_SEALS, F_SEAL_SHRINK) < 0)
		return -1;
	create.memfd = (uint32_t)*memfd;
	fd = ioctl(device, UDMABUF_CREATE, &create);
	close(device);
	return fd;
}

static int make_heap(void)
{
	struct dma_heap_allocation_data data = { .len = 2 * PAGE,
						 .fd_flags = O_RDWR | O_CLOEXEC };
	int heap = open("/dev/dma_heap/system", O_RDONLY | O_CLOEXEC), ret;

	if (heap < 0)
		return -1;
	ret = ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data);
	close(heap);
	return ret < 0 ? -1 : (int)data.fd;
}

/* Sends a descriptor through a socket to ourselves, as another process would. */
static int send_and_receive(int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 }, byte = 0;
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int ends[2], received = -1;

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
		return -1;
	if (sendmsg(ends[0], &message, 0) == 1 &&
	    recvmsg(ends[1], &message, MSG_CMSG_CLOEXEC) == 1)
		memcpy(&received, CMSG_DATA(header), sizeof(received));
	close(ends[0]);
	close(ends[1]);
	return received;
}

/* The same dma-buf under another number, from a socket; written here, read there. */
static void check_shared(struct buffer *buffer)
{
	struct buffer imported;
	int received = send_and_receive(buffer->planes[0].fd);

	CHECK(received >= 0);
	CHECK_EQ(buffer_import(&imported, 1, &received, 1), 0);
	close(received);
	CHECK(buffer_same(buffer, &imported));
	CHECK_EQ(imported.planes[0].length_bytes, 2 * PAGE);
	CHECK_EQ(buffer_map(buffer), 0);
	memset(buffer->planes[0].map, 'w', 2 * PAGE);
	CHECK_EQ(buffer_map(&imported), 0);
	CHECK_EQ(buffer_begin_read(&imported), 0);
	CHECK_EQ(((char *)imported.planes[0].map)[2 * PAGE - 1], 'w');
	CHECK_EQ(buffer_end_read(&imported), 0);
	buffer_finish(&imported);
}

static void test_real(void)
{
	unsigned before = count_open();
	struct buffer buffer;
	int fd, memfd = -1;

	test_case("real: a udmabuf is mapped by its memfd and shared by its descriptor");
	fd = make_udmabuf(&memfd);
	if (fd < 0) {
		test_skip("no /dev/udmabuf, or no right to it");
	} else {
		buffer_init(&buffer, 0, BUFFER_UDMABUF);
		CHECK_EQ(buffer_add_plane(&buffer, fd, memfd, 0), 0);
		check_shared(&buffer);
		CHECK_EQ(buffer_begin_read(&buffer), 0);
		CHECK_EQ(buffer_end_read(&buffer), 0);
		buffer_finish(&buffer);
		CHECK_EQ(count_open(), before);
	}

	test_case("real: memory of a heap is mapped and shared by its descriptor");
	fd = make_heap();
	if (fd < 0) {
		test_skip("no /dev/dma_heap/system, or no right to it");
	} else {
		buffer_init(&buffer, 0, BUFFER_HEAP);
		CHECK_EQ(buffer_add_plane(&buffer, fd, -1, 0), 0);
		check_shared(&buffer);
		buffer_finish(&buffer);
		CHECK_EQ(count_open(), before);
	}

	test_case("real: a memfd is no dma-buf, nor is a device");
	buffer_init(&buffer, 0, BUFFER_HEAP);
	CHECK_EQ(buffer_add_plane(&buffer, make_memfd(PAGE), -1, 0), -EINVAL);
	CHECK_EQ(buffer_add_plane(&buffer, open("/dev/null", O_RDWR), -1, PAGE), -EINVAL);
	CHECK_EQ(count_open(), before);
}

int main(void)
{
	fake.on = true;
	test_init();
	test_add_plane();
	test_refused_planes();
	test_import();
	test_identity();
	test_same();
	test_map();
	test_refused_map();
	test_zero();
	test_access();
	test_states();
	test_names();
	fake.on = false;
	test_real();
	return test_done();
}
