// SPDX-License-Identifier: GPL-2.0-or-later
/* Boot: start the lab kernel for one command, carry its streams, and end with its status. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "flow.h"
#include "wire.h"

#define EXIT_LIMIT 124
#define EXIT_LAB   125

#define GRACE_MS  5000        /* from being told to end until the kernel is killed */
#define LOG_KEPT  (32 * 1024) /* of the kernel's messages, for the report of its death */
#define LOG_SHOWN 25          /* lines of them */
#define WORDS_MAX 32          /* options of the kernel's command line */
#define MIB       (1024ull * 1024)

extern char **environ;

struct boot {
	const char *kernel; /* options */
	const char *init;
	const char *log_file;
	char **append;
	size_t append_count;
	unsigned long memory_mib;
	long limit_ms;
	bool tty;

	char dir[64]; /* work folder, "" when there is none */
	pid_t pid;    /* the kernel's main process and its session, 0 when reaped */
	int death;    /* its wait status then */
	int wires[WIRE_COUNT]; /* our ends */
	int signals;
	int log;
	struct flow in, out, err;
	struct termios cooked;
	bool raw;

	char line[512]; /* of the control wire, not yet complete */
	size_t line_length;
	char kept[LOG_KEPT];
	size_t kept_length;

	bool ready, told_end, told_out, told_err;
	int status;          /* the command's, -1 while it runs */
	int ending;          /* what to exit with if the command can't say: 124, 128+n */
	int64_t deadline_ms; /* INT64_MAX for none */
};

static void say(const char *format, ...)
{
	va_list args;

	fputs("test/lab/run: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	/* The terminal may be raw. */
	fputs(isatty(STDERR_FILENO) ? "\r\n" : "\n", stderr);
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void write_all(int fd, const char *data, size_t length)
{
	while (length) {
		ssize_t put = write(fd, data, length);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return;
		data += put;
		length -= put;
	}
}

/* ---- the work folder: what init reads ---- */

static int write_words(const struct boot *boot, const char *name, const char *first,
		       char *const *words)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", boot->dir, name);
	file = fopen(path, "we");
	if (!file)
		return -errno;
	if (first)
		fwrite(first, 1, strlen(first) + 1, file);
	for (; *words; words++)
		fwrite(*words, 1, strlen(*words) + 1, file);
	return fclose(file) ? -errno : 0;
}

static int write_work(const struct boot *boot, char *const *command)
{
	char *cwd = getcwd(NULL, 0);
	int ret;

	if (!cwd)
		return -errno;
	ret = write_words(boot, WIRE_COMMAND_FILE, cwd, command);
	free(cwd);
	return ret ? ret : write_words(boot, WIRE_ENVIRON_FILE, NULL, environ);
}

static void remove_work(const struct boot *boot)
{
	pid_t pid;

	if (!boot->dir[0])
		return;
	/* User-mode Linux leaves a folder of its own in there: more than unlink() can do. */
	pid = fork();
	if (pid == 0) {
		execlp("rm", "rm", "-rf", "--", boot->dir, (char *)NULL);
		_exit(127);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

/* ---- the kernel's process ---- */

/*
 * User-mode Linux keeps its memory in a deleted file and runs code from it. It takes /dev/shm unasked
 * and dies of SIGBUS when that fills, as it does in most containers.
 */
static bool fit_for_memory(const char *folder, unsigned long mib)
{
	char name[PATH_MAX];
	struct statvfs fs;
	void *page;
	int fd;

	if (!folder || statvfs(folder, &fs) || fs.f_bavail * fs.f_frsize < mib * MIB)
		return false;
	snprintf(name, sizeof(name), "%s/rawline-lab.XXXXXX", folder);
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0)
		return false;
	unlink(name);
	page = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	close(fd);
	if (page == MAP_FAILED)
		return false;
	munmap(page, 4096);
	return true;
}

static const char *memory_folder(unsigned long mib)
{
	const char *folders[] = { "/dev/shm", getenv("XDG_RUNTIME_DIR"), getenv("TMPDIR"),
				  "/tmp", "/var/tmp" };

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		if (fit_for_memory(folders[i], mib))
			return folders[i];
	}
	return NULL;
}

/* Give the kernel its wires as descriptors 3, 4, …, the console as its output too, and nothing else. */
static void place_fds(const int theirs[WIRE_COUNT])
{
	int high[WIRE_COUNT];
	int null = open("/dev/null", O_RDWR);

	for (int i = 0; i < WIRE_COUNT; i++)
		high[i] = fcntl(theirs[i], F_DUPFD, WIRE_FIRST_FD + WIRE_COUNT);
	dup2(null, STDIN_FILENO);
	dup2(high[WIRE_CONSOLE], STDOUT_FILENO);
	dup2(high[WIRE_CONSOLE], STDERR_FILENO);
	for (int i = 0; i < WIRE_COUNT; i++)
		dup2(high[i], WIRE_FIRST_FD + i);
	close_range(WIRE_FIRST_FD + WIRE_COUNT, ~0u, 0);
}

static void exec_kernel(const struct boot *boot, const int theirs[WIRE_COUNT],
			pid_t parent, const char *memory)
{
	static const struct rlimit no_core;
	char words[WIRE_COUNT + 4][160];
	const char *argv[WORDS_MAX];
	sigset_t none;
	size_t n = 0;
	int fixed = 0;

	argv[n++] = "linux";
	snprintf(words[fixed], sizeof(words[0]), "mem=%luM", boot->memory_mib);
	argv[n++] = words[fixed++];
	snprintf(words[fixed], sizeof(words[0]), "uml_dir=%s/uml/", boot->dir);
	argv[n++] = words[fixed++];
	for (int i = 0; i < WIRE_COUNT; i++) {
		snprintf(words[fixed], sizeof(words[0]), "con%d=fd:%d", i, WIRE_FIRST_FD + i);
		argv[n++] = words[fixed++];
	}
	argv[n++] = "con=null";
	argv[n++] = "root=/dev/root";
	argv[n++] = "rootfstype=hostfs";
	argv[n++] = "rootflags=/";
	argv[n++] = "rw";
	argv[n++] = "oops=panic";
	for (size_t i = 0; i < boot->append_count; i++)
		argv[n++] = boot->append[i];
	/* A link in the work folder: the path of the program itself may have spaces. */
	snprintf(words[fixed], sizeof(words[0]), "init=%s/init", boot->dir);
	argv[n++] = words[fixed++];
	argv[n++] = "--";
	argv[n++] = boot->dir;
	if (boot->tty)
		argv[n++] = "tty";
	argv[n] = NULL;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_LAB);
	place_fds(theirs);
	setrlimit(RLIMIT_CORE, &no_core);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	setenv("TMPDIR", memory, 1);
	execv(boot->kernel, (char **)argv);
	dprintf(STDERR_FILENO, "cannot start %s: %s\n", boot->kernel, strerror(errno));
	_exit(EXIT_LAB);
}

static int start_kernel(struct boot *boot, const char *memory)
{
	int theirs[WIRE_COUNT];
	int bytes = MIB;
	pid_t parent = getpid();

	for (int i = 0; i < WIRE_COUNT; i++) {
		int pair[2];

		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
			return -errno;
		boot->wires[i] = pair[0];
		theirs[i] = pair[1];
	}
	/* The kernel drops messages for which there is no room. */
	setsockopt(theirs[WIRE_CONSOLE], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	boot->pid = fork();
	if (boot->pid < 0) {
		boot->pid = 0;
		return -errno;
	}
	if (boot->pid == 0)
		exec_kernel(boot, theirs, parent, memory);
	for (int i = 0; i < WIRE_COUNT; i++)
		close(theirs[i]);
	return 0;
}

/* A kernel that died by itself needs a moment until that can be seen. */
static bool kernel_died(struct boot *boot)
{
	static const struct timespec moment = { .tv_nsec = 10 * 1000 * 1000 };

	for (int i = 0; i < 100; i++) {
		if (waitpid(boot->pid, &boot->death, WNOHANG) == boot->pid)
			return true;
		nanosleep(&moment, NULL);
	}
	return false;
}

/* The kernel leads a session of its own, its processes with it. */
static void end_kernel(struct boot *boot, bool alive)
{
	bool died = !alive && kernel_died(boot);

	kill(-boot->pid, SIGKILL);
	if (!died) {
		kill(boot->pid, SIGKILL);
		waitpid(boot->pid, &boot->death, 0);
	}
	boot->pid = 0;
}

/* ---- the console: the kernel's messages ---- */

static void keep_log(struct boot *boot, const char *data, size_t length)
{
	if (boot->log >= 0)
		write_all(boot->log, data, length);
	if (length > LOG_KEPT / 2) {
		data += length - LOG_KEPT / 2;
		length = LOG_KEPT / 2;
	}
	if (boot->kept_length + length > LOG_KEPT) {
		size_t drop = boot->kept_length + length - LOG_KEPT;

		boot->kept_length -= drop;
		memmove(boot->kept, boot->kept + drop, boot->kept_length);
	}
	memcpy(boot->kept + boot->kept_length, data, length);
	boot->kept_length += length;
}

/* Returns false when there is no more. */
static bool read_console(struct boot *boot)
{
	char text[8192];
	ssize_t got = recv(boot->wires[WIRE_CONSOLE], text, sizeof(text), MSG_DONTWAIT);
	size_t length = 0;

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (got <= 0)
		return false;
	for (ssize_t i = 0; i < got; i++) {
		if (text[i] != '\r')
			text[length++] = text[i];
	}
	keep_log(boot, text, length);
	return true;
}

/* What is there and no more: the kernel is gone, or does not go. */
static void drain_console(struct boot *boot)
{
	struct pollfd fd = { .fd = boot->wires[WIRE_CONSOLE], .events = POLLIN };

	while (poll(&fd, 1, 0) > 0 && read_console(boot))
		;
}

static void show_log(const struct boot *boot)
{
	const char *end = boot->kept + boot->kept_length;
	const char *line = end;
	int lines = 0;

	while (line > boot->kept) {
		if (line[-1] == '\n' && line != end && ++lines == LOG_SHOWN)
			break;
		line--;
	}
	for (; line < end; line++)
		fprintf(stderr, line[0] == '\n' && boot->raw ? "\r%c" : "%c", *line);
}

/* ---- the control wire ---- */

static void tell(struct boot *boot, const char *format, ...)
{
	char line[64];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	send(boot->wires[WIRE_CONTROL], line, strlen(line), MSG_NOSIGNAL);
}

static void tell_window(struct boot *boot)
{
	struct winsize size;

	if (boot->tty && !ioctl(STDIN_FILENO, TIOCGWINSZ, &size))
		tell(boot, "window %u %u\n", size.ws_row, size.ws_col);
}

static void become_ready(struct boot *boot)
{
	boot->ready = true;
	/* The wire itself stays open: hung up, a terminal forgets what was not read from it yet. */
	flow_init(&boot->in, fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 10),
		  fcntl(boot->wires[WIRE_STDIN], F_DUPFD_CLOEXEC, 10), SIZE_MAX);
	tell_window(boot);
}

static void hear(struct boot *boot, const char *line)
{
	uint64_t out, err;
	int status;

	if (!strcmp(line, "ready")) {
		become_ready(boot);
	} else if (!strncmp(line, "note ", 5)) {
		say("%s", line + 5);
	} else if (sscanf(line, "exit %d %" SCNu64 " %" SCNu64, &status, &out, &err) == 3) {
		boot->status = status;
		flow_expect(&boot->out, out);
		flow_expect(&boot->err, err);
	}
}

static void read_control(struct boot *boot)
{
	char *end;
	ssize_t got = recv(boot->wires[WIRE_CONTROL], boot->line + boot->line_length,
			   sizeof(boot->line) - 1 - boot->line_length, MSG_DONTWAIT);

	if (got <= 0)
		return;
	boot->line_length += got;
	boot->line[boot->line_length] = '\0';
	while ((end = strchr(boot->line, '\n'))) {
		*end++ = '\0';
		hear(boot, boot->line);
		boot->line_length -= end - boot->line;
		memmove(boot->line, end, boot->line_length + 1);
	}
	if (boot->line_length == sizeof(boot->line) - 1)
		boot->line_length = 0;
}

/* ---- what happens while the command runs ---- */

static void begin_end(struct boot *boot, int ending)
{
	boot->ending = ending;
	boot->deadline_ms = now_ms() + GRACE_MS;
}

static void on_signal(struct boot *boot)
{
	struct signalfd_siginfo info;

	if (read(boot->signals, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGWINCH) {
		tell_window(boot);
	} else if (info.ssi_signo == SIGCHLD) {
		return;
	} else if (!boot->ready || boot->ending == 128 + (int)info.ssi_signo) {
		boot->ending = 128 + info.ssi_signo;
		boot->deadline_ms = 0;
	} else {
		tell(boot, "signal %u\n", info.ssi_signo);
		begin_end(boot, 128 + info.ssi_signo);
	}
}

/* Returns false when there is nothing left to wait for. */
static bool on_deadline(struct boot *boot)
{
	if (boot->ending || !boot->ready) {
		if (!boot->ending)
			boot->ending = EXIT_LIMIT;
		return false;
	}
	say("the limit of %g s ran out", boot->limit_ms / 1000.0);
	tell(boot, "limit\n");
	begin_end(boot, EXIT_LIMIT);
	return true;
}

static void tell_ends(struct boot *boot)
{
	if (boot->ready && !boot->told_end && flow_done(&boot->in)) {
		tell(boot, "eof %" PRIu64 "\n", boot->in.taken);
		boot->told_end = true;
	}
	if (boot->out.broken && !boot->told_out) {
		tell(boot, "closed 1\n");
		boot->told_out = true;
	}
	if (boot->err.broken && !boot->told_err) {
		tell(boot, "closed 2\n");
		boot->told_err = true;
	}
}

/*
 * Until the command has ended and all it wrote is handed on, or time is up, or the kernel died: then
 * it returns false.
 */
static bool carry(struct boot *boot)
{
	enum {
		CONSOLE,
		CONTROL,
		SIGNALS,
		IN,
		OUT = IN + 2,
		ERR = OUT + 2,
		COUNT = ERR + 2
	};
	bool alive = true;

	while (alive &&
	       !(boot->status >= 0 && flow_done(&boot->out) && flow_done(&boot->err))) {
		struct pollfd fds[COUNT] = {
			[CONSOLE] = { .fd = boot->wires[WIRE_CONSOLE], .events = POLLIN },
			[CONTROL] = { .fd = boot->wires[WIRE_CONTROL], .events = POLLIN },
			[SIGNALS] = { .fd = boot->signals, .events = POLLIN },
			[IN] = { .fd = -1 },
			[IN + 1] = { .fd = -1 },
		};
		int64_t left = boot->deadline_ms - now_ms();
		int timeout = left > INT_MAX ? -1 : left > 0 ? left : 0;

		if (boot->ready)
			flow_poll(&boot->in, &fds[IN]);
		flow_poll(&boot->out, &fds[OUT]);
		flow_poll(&boot->err, &fds[ERR]);
		if (poll(fds, COUNT, timeout) < 0 && errno != EINTR)
			break;
		if (fds[CONSOLE].revents)
			alive = read_console(boot);
		if (fds[CONTROL].revents & POLLIN)
			read_control(boot);
		if (boot->ready)
			flow_run(&boot->in, &fds[IN]);
		flow_run(&boot->out, &fds[OUT]);
		flow_run(&boot->err, &fds[ERR]);
		tell_ends(boot);
		if (fds[SIGNALS].revents)
			on_signal(boot);
		if (now_ms() >= boot->deadline_ms && !on_deadline(boot))
			break;
	}
	return alive;
}

static int verdict(struct boot *boot)
{
	/* The limit decides even if the command ended well when it was told to. */
	if (boot->ending == EXIT_LIMIT && boot->ready)
		return EXIT_LIMIT;
	if (boot->status >= 0)
		return boot->status;
	if (boot->ending > 128)
		return boot->ending;
	if (boot->ending == EXIT_LIMIT)
		say("the lab's kernel did not come up within %g s; its last lines:",
		    boot->limit_ms / 1000.0);
	else
		say("the lab's kernel %s (%s %d); its last lines:",
		    boot->ready ? "died while the command ran" : "does not boot",
		    WIFSIGNALED(boot->death) ? "signal" : "status",
		    WIFSIGNALED(boot->death) ? WTERMSIG(boot->death) :
					       WEXITSTATUS(boot->death));
	show_log(boot);
	return EXIT_LAB;
}

/* ---- start and end ---- */

static void make_raw(struct boot *boot)
{
	struct termios raw;

	if (!boot->tty || tcgetattr(STDIN_FILENO, &boot->cooked))
		return;
	raw = boot->cooked;
	cfmakeraw(&raw);
	boot->raw = !tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

static int catch_signals(struct boot *boot)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGQUIT);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGWINCH);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	boot->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return boot->signals < 0 ? -errno : 0;
}

static int make_work(struct boot *boot, char *const *command)
{
	char link[128];

	strcpy(boot->dir, "/tmp/rawline-lab.XXXXXX");
	if (!mkdtemp(boot->dir)) {
		int err = -errno;

		boot->dir[0] = '\0';
		return err;
	}
	snprintf(link, sizeof(link), "%s/init", boot->dir);
	if (symlink(boot->init, link))
		return -errno;
	return write_work(boot, command);
}

static int run(struct boot *boot, char *const *command)
{
	const char *memory = memory_folder(boot->memory_mib);
	bool alive;
	int ret;

	if (!memory) {
		say("no folder has %lu MiB free and may run programs (tried /dev/shm, "
		    "XDG_RUNTIME_DIR, TMPDIR, /tmp, /var/tmp)",
		    boot->memory_mib);
		return EXIT_LAB;
	}
	ret = make_work(boot, command);
	if (ret) {
		say("cannot prepare the lab in /tmp: %s", strerror(-ret));
		return EXIT_LAB;
	}
	ret = catch_signals(boot);
	if (!ret)
		ret = start_kernel(boot, memory);
	if (ret) {
		say("cannot start the lab: %s", strerror(-ret));
		return EXIT_LAB;
	}
	flow_init(&boot->out, boot->wires[WIRE_STDOUT],
		  fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10), PIPE_BUF);
	flow_init(&boot->err, boot->wires[WIRE_STDERR],
		  fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10), PIPE_BUF);
	make_raw(boot);
	if (boot->limit_ms)
		boot->deadline_ms = now_ms() + boot->limit_ms;
	alive = carry(boot);
	end_kernel(boot, alive);
	drain_console(boot);
	return verdict(boot);
}

/* A stream the caller closed must not be mistaken for what is opened next. */
static void hold_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

static bool parse(struct boot *boot, int argc, char **argv)
{
	int option;

	/* The run script is the interface; this one trusts what it is given. */
	while ((option = getopt(argc, argv, "+k:i:l:m:t:a:T")) != -1) {
		switch (option) {
		case 'k':
			boot->kernel = optarg;
			break;
		case 'i':
			boot->init = optarg;
			break;
		case 'l':
			boot->log_file = optarg;
			break;
		case 'm':
			boot->memory_mib = strtoul(optarg, NULL, 10);
			break;
		case 't':
			boot->limit_ms = strtod(optarg, NULL) * 1000;
			break;
		case 'a':
			if (boot->append_count == WORDS_MAX - WIRE_COUNT - 16)
				return false;
			boot->append[boot->append_count++] = optarg;
			break;
		case 'T':
			boot->tty = true;
			break;
		default:
			return false;
		}
	}
	return boot->kernel && boot->init && boot->memory_mib && optind < argc;
}

int main(int argc, char **argv)
{
	static struct boot boot = {
		.log = -1,
		.signals = -1,
		.status = -1,
		.deadline_ms = INT64_MAX,
		.in = { .in = -1, .out = -1 },
		.out = { .in = -1, .out = -1 },
		.err = { .in = -1, .out = -1 },
	};
	char *append[WORDS_MAX];
	int status;

	hold_streams();
	boot.append = append;
	if (!parse(&boot, argc, argv)) {
		fprintf(stderr, "usage: boot -k KERNEL -i INIT -m MIB [-t SECONDS] [-l LOG] "
				"[-a KERNEL-OPTION]... [-T] COMMAND [ARG...]\n");
		return EXIT_LAB;
	}
	if (boot.log_file) {
		boot.log = open(boot.log_file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
				0666);
		if (boot.log < 0) {
			say("cannot write %s: %s", boot.log_file, strerror(errno));
			return EXIT_LAB;
		}
	}
	status = run(&boot, argv + optind);
	if (boot.raw)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &boot.cooked);
	remove_work(&boot);
	return status;
}
