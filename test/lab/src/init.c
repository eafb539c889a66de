// SPDX-License-Identifier: GPL-2.0-or-later
/* Init: the first process of the lab kernel; runs one command and carries its streams to boot. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <net/if.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "flow.h"
#include "wire.h"

#define LAST_WORDS_MS 2000 /* between the limit's SIGTERM and its SIGKILL */

struct init {
	int wires[WIRE_COUNT];
	int signals;
	pid_t pid;  /* the command, leader of its session */
	int status; /* -1 while it runs */
	int pty;    /* master side, -1 without */
	struct flow in, out, err;
	char line[128];
	size_t line_length;
	bool limited;
};

/* To the kernel's console: standard error of the first process. */
static void complain(const char *what)
{
	fprintf(stderr, "lab init: %s: %s\n", what, strerror(errno));
}

/* ---- the system ---- */

static void mount_all(void)
{
	static const struct {
		const char *type, *where, *options;
		bool make;
	} mounts[] = {
		{ "proc", "/proc", NULL, false },
		{ "sysfs", "/sys", NULL, false },
		{ "debugfs", "/sys/kernel/debug", NULL, false },
		{ "configfs", "/sys/kernel/config", NULL, false },
		{ "devpts", "/dev/pts", "ptmxmode=666", true },
		{ "tmpfs", "/dev/shm", "mode=1777", true },
		{ "tmpfs", "/run", "mode=755", false },
		{ "tmpfs", "/run/lab", "mode=1777", true },
	};

	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		if (mounts[i].make && mkdir(mounts[i].where, 0755) && errno != EEXIST)
			complain(mounts[i].where);
		if (mount(mounts[i].type, mounts[i].where, mounts[i].type, 0,
			  mounts[i].options))
			complain(mounts[i].where);
	}
}

/* What a distribution's devices folder has and devtmpfs has not. */
static void link_devices(void)
{
	static const char *const links[][2] = {
		{ "/proc/self/fd", "/dev/fd" },
		{ "/proc/self/fd/0", "/dev/stdin" },
		{ "/proc/self/fd/1", "/dev/stdout" },
		{ "/proc/self/fd/2", "/dev/stderr" },
	};

	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		if (symlink(links[i][0], links[i][1]) && errno != EEXIST)
			complain(links[i][1]);
	}
}

static void start_network(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &lo))
		complain("lo");
	if (fd >= 0)
		close(fd);
	if (sethostname("lab", 3))
		complain("host name");
}

/* ---- the wires ---- */

static int open_wire(int number)
{
	struct termios raw;
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/dev/tty%d", number);
	fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || tcgetattr(fd, &raw)) {
		complain(path);
		return -1;
	}
	cfmakeraw(&raw);
	if (tcsetattr(fd, TCSANOW, &raw)) {
		complain(path);
		return -1;
	}
	return fd;
}

static void tell(struct init *init, const char *format, ...)
{
	char line[256];
	size_t length, sent = 0;
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	length = strlen(line);
	while (sent < length) {
		ssize_t put = write(init->wires[WIRE_CONTROL], line + sent, length - sent);

		if (put > 0) {
			sent += put;
		} else if (put < 0 && errno == EAGAIN) {
			struct pollfd fd = { .fd = init->wires[WIRE_CONTROL],
					     .events = POLLOUT };

			poll(&fd, 1, 100);
		} else {
			return;
		}
	}
}

/* ---- the command ---- */

/* Read a file of words, each closed by a NUL byte, into an array that ends with NULL. */
static char **read_words(const char *dir, const char *name)
{
	char path[256];
	struct stat info;
	char *text, **words;
	size_t count = 0;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &info)) {
		complain(path);
		return NULL;
	}
	text = malloc(info.st_size + 1);
	words = calloc(info.st_size + 1, sizeof(*words));
	if (!text || !words || read(fd, text, info.st_size) != info.st_size) {
		complain(path);
		return NULL;
	}
	close(fd);
	for (off_t at = 0; at < info.st_size; at += strlen(text + at) + 1)
		words[count++] = text + at;
	return words;
}

struct ends {
	int in, out, err;
};

static int make_pipes(struct init *init, struct ends *command)
{
	int in[2], out[2], err[2];

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC))
		return -errno;
	fcntl(in[1], F_SETFL, O_NONBLOCK);
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	fcntl(err[0], F_SETFL, O_NONBLOCK);
	flow_init(&init->in, init->wires[WIRE_STDIN], in[1], SIZE_MAX);
	flow_init(&init->out, out[0], init->wires[WIRE_STDOUT], SIZE_MAX);
	flow_init(&init->err, err[0], init->wires[WIRE_STDERR], SIZE_MAX);
	*command = (struct ends){ in[0], out[1], err[1] };
	return 0;
}

static int make_pty(struct init *init, struct ends *command)
{
	int slave;

	init->pty = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (init->pty < 0 || grantpt(init->pty) || unlockpt(init->pty))
		return -errno;
	slave = open(ptsname(init->pty), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return -errno;
	flow_init(&init->in, init->wires[WIRE_STDIN],
		  fcntl(init->pty, F_DUPFD_CLOEXEC, 0), SIZE_MAX);
	flow_init(&init->out, fcntl(init->pty, F_DUPFD_CLOEXEC, 0),
		  init->wires[WIRE_STDOUT], SIZE_MAX);
	flow_init(&init->err, -1, init->wires[WIRE_STDERR], SIZE_MAX);
	*command = (struct ends){ slave, slave, slave };
	return 0;
}

static void exec_command(const struct init *init, const struct ends *ends, char **words,
			 char **environment)
{
	sigset_t none;

	setsid();
	if (init->pty >= 0)
		ioctl(ends->in, TIOCSCTTY, 0);
	dup2(ends->in, STDIN_FILENO);
	dup2(ends->out, STDOUT_FILENO);
	dup2(ends->err, STDERR_FILENO);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (chdir(words[0])) {
		dprintf(STDERR_FILENO, "test/lab/run: cannot enter %s: %s\n", words[0],
			strerror(errno));
		_exit(125);
	}
	execvpe(words[1], words + 1, environment);
	dprintf(STDERR_FILENO, "test/lab/run: cannot run %s: %s\n", words[1],
		strerror(errno));
	_exit(125);
}

static int start_command(struct init *init, const char *dir, bool tty)
{
	char **words = read_words(dir, WIRE_COMMAND_FILE);
	char **environment = read_words(dir, WIRE_ENVIRON_FILE);
	struct ends ends = { -1, -1, -1 };
	int ret;

	if (!words || !environment || !words[0] || !words[1])
		return -EINVAL;
	ret = tty ? make_pty(init, &ends) : make_pipes(init, &ends);
	if (ret)
		return ret;
	init->pid = fork();
	if (init->pid < 0)
		return -errno;
	if (init->pid == 0)
		exec_command(init, &ends, words, environment);
	close(ends.in);
	if (!tty) {
		close(ends.out);
		close(ends.err);
	}
	return 0;
}

/* ---- the limit ---- */

static bool read_text(const char *path, char *text, size_t size)
{
	ssize_t got;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	got = read(fd, text, size - 1);
	close(fd);
	if (got <= 0)
		return false;
	/* Words of a command line end with NUL bytes. */
	while (got > 0 && !text[got - 1])
		got--;
	for (ssize_t i = 0; i < got; i++) {
		if (!isprint((unsigned char)text[i]))
			text[i] = ' ';
	}
	text[got] = '\0';
	return true;
}

static void note_process(struct init *init, const char *pid)
{
	char path[64], command[160];

	snprintf(path, sizeof(path), "/proc/%.16s/cmdline", pid);
	if (atoi(pid) == 1 || !read_text(path, command, sizeof(command)))
		return; /* init itself, or a kernel thread */
	tell(init, "note still there: process %s, %s\n", pid, command);
}

static void on_limit(struct init *init)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	while (proc && (entry = readdir(proc))) {
		if (isdigit((unsigned char)entry->d_name[0]))
			note_process(init, entry->d_name);
	}
	if (proc)
		closedir(proc);
	kill(-init->pid, SIGTERM);
	init->limited = true;
}

/* ---- what happens while the command runs ---- */

static void hear(struct init *init, const char *line)
{
	struct winsize size = { 0 };
	uint64_t bytes;
	int number;

	if (sscanf(line, "eof %" SCNu64, &bytes) == 1) {
		flow_expect(&init->in, bytes);
	} else if (sscanf(line, "closed %d", &number) == 1) {
		flow_close_in(number == 1 ? &init->out : &init->err);
	} else if (sscanf(line, "signal %d", &number) == 1) {
		kill(-init->pid, number);
	} else if (sscanf(line, "window %hu %hu", &size.ws_row, &size.ws_col) == 2) {
		if (init->pty >= 0)
			ioctl(init->pty, TIOCSWINSZ, &size);
	} else if (!strcmp(line, "limit")) {
		on_limit(init);
	}
}

static void read_control(struct init *init)
{
	char *end;
	ssize_t got = read(init->wires[WIRE_CONTROL], init->line + init->line_length,
			   sizeof(init->line) - 1 - init->line_length);

	if (got <= 0)
		return;
	init->line_length += got;
	init->line[init->line_length] = '\0';
	while ((end = strchr(init->line, '\n'))) {
		*end++ = '\0';
		hear(init, init->line);
		init->line_length -= end - init->line;
		memmove(init->line, end, init->line_length + 1);
	}
}

/* The first process inherits every orphan. */
static void reap(struct init *init)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	if (read(init->signals, &info, sizeof(info)) < 0 && errno != EAGAIN)
		complain("signalfd");
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != init->pid)
			continue;
		init->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
						     WEXITSTATUS(status);
		/* What it left behind ends with it: the output then has an end. */
		kill(-1, SIGKILL);
	}
}

/* The command has ended: what it left in its pipes is handed on, nobody writes more. */
static bool drained(struct flow *flow)
{
	struct pollfd fd = { .fd = flow->in, .events = POLLIN };

	if (flow->start != flow->end)
		return false;
	return flow->in < 0 || poll(&fd, 1, 0) == 0 || !(fd.revents & POLLIN);
}

static void carry(struct init *init)
{
	enum { CONTROL, SIGNALS, IN, OUT = IN + 2, ERR = OUT + 2, COUNT = ERR + 2 };

	while (init->status < 0 || !drained(&init->out) || !drained(&init->err)) {
		struct pollfd fds[COUNT] = {
			[CONTROL] = { .fd = init->wires[WIRE_CONTROL], .events = POLLIN },
			[SIGNALS] = { .fd = init->signals, .events = POLLIN },
		};

		flow_poll(&init->in, &fds[IN]);
		flow_poll(&init->out, &fds[OUT]);
		flow_poll(&init->err, &fds[ERR]);
		if (poll(fds, COUNT, init->limited ? LAST_WORDS_MS : -1) == 0) {
			kill(-1, SIGKILL);
			init->limited = false;
		}
		if (fds[CONTROL].revents)
			read_control(init);
		flow_run(&init->in, &fds[IN]);
		flow_run(&init->out, &fds[OUT]);
		flow_run(&init->err, &fds[ERR]);
		if (fds[SIGNALS].revents)
			reap(init);
	}
}

static int start(struct init *init, const char *dir, bool tty)
{
	sigset_t set;

	for (int i = WIRE_CONTROL; i < WIRE_COUNT; i++) {
		init->wires[i] = open_wire(i);
		if (init->wires[i] < 0)
			return -ENODEV;
	}
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	init->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (init->signals < 0)
		return -errno;
	tell(init, "ready\n");
	return start_command(init, dir, tty);
}

int main(int argc, char **argv)
{
	static struct init init = { .status = -1, .pty = -1 };
	int ret;

	if (getpid() != 1 || argc < 2) {
		fprintf(stderr, "lab init: only the lab kernel runs this\n");
		return 125;
	}
	mount_all();
	link_devices();
	start_network();
	ret = start(&init, argv[1], argc > 2 && !strcmp(argv[2], "tty"));
	if (!ret) {
		carry(&init);
		/* hostfs writes back later; the host must see it all now. */
		sync();
		tell(&init, "exit %d %" PRIu64 " %" PRIu64 "\n", init.status,
		     init.out.taken, init.err.taken);
		/* boot ends the kernel; this is for the case that it can't. */
		sleep(10);
	} else {
		errno = -ret;
		complain("start");
	}
	return reboot(RB_POWER_OFF);
}
