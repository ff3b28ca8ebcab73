/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Servers as processes: started, listened to, killed. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "common/lend.h"
#include "lab04-signalling/testlib/server.h"

#define LIMITED                                                                \
	{                                                                      \
		"--room-limit=" TEST_STRING(ROOM_LIMIT)                        \
	}

struct server servers[2] = {
	{ .host = SANDBOX_SERVER, .extra = LIMITED },
	{ .host = "user", .user = true, .extra = LIMITED },
};

__attribute__((weak)) const char *server_mode(void)
{
	return "--mode=tc";
}

struct server *server = servers;
bool servers_shared;
unsigned int *callers;

const char *server_ip(const struct server *s)
{
	const struct sandbox_host *h = sandbox_host(s->host);

	return s->v6 ? h->ip6 : h->ip4;
}

/*
 * The options that every server gets.  Nobody is timed out before the test
 * that he belongs to is.
 */
static char **server_argv(const struct server *s)
{
	static char http[64], pins[64], timeout[32], program[4096];
	static char *argv[8 + MAX_EXTRA];
	int n = 0;

	snprintf(program, sizeof(program), "%s", test_beside("swiftcall"));
	snprintf(http, sizeof(http), s->v6 ? "--http=[%s]:%d" : "--http=%s:%d",
		 server_ip(s), HTTP_PORT);
	snprintf(pins, sizeof(pins), "--pin-dir=/sys/fs/bpf/%s", s->host);
	snprintf(timeout, sizeof(timeout), "--timeout=%d",
		 patient_ms(TEST_SECONDS * 1000) / 1000);
	argv[n++] = program;
	argv[n++] = timeout;
	argv[n++] = s->user ? "--mode=user" : (char *)server_mode();
	argv[n++] = "--iface=eth0";
	argv[n++] = http;
	argv[n++] = pins;
	for (int i = 0; i < MAX_EXTRA && s->extra[i]; i++)
		argv[n++] = (char *)s->extra[i];
	argv[n] = NULL;
	return argv;
}

/* inject_open() has tied this process to a CPU, and that is inherited. */
static void use_all_cpus(void)
{
	cpu_set_t all;

	memset(&all, 0xff, sizeof(all));
	sched_setaffinity(0, sizeof(all), &all);
}

_Noreturn void become_server(const struct server *s, int log)
{
	struct rlimit files = { s->files, s->files };
	char **argv = server_argv(s);
	int program = open(argv[0], O_PATH | O_CLOEXEC);

	use_all_cpus();
	dup2(log, STDERR_FILENO);
	setenv("SWIFTCALL_LOG", "info", 1);
	if (sandbox_join(s->host))
		_exit(127);
	if (s->files)
		setrlimit(RLIMIT_NOFILE, &files);
	if (s->nobody &&
	    (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
	     setresuid(NOBODY, NOBODY, NOBODY)))
		_exit(127);
	fexecve(program, argv, environ);
	_exit(127);
}

const char *log_path(const struct server *s)
{
	static char path[64];

	snprintf(path, sizeof(path), "/run/%s.log", s->host);
	return path;
}

/* Keeps what a server says, shows its errors, tells when it is ready. */
static _Noreturn void follow_log(const struct server *s, int log, int ready)
{
	FILE *lines = fdopen(log, "r"), *copy = fopen(log_path(s), "w");
	char line[1024];

	while (fgets(line, sizeof(line), lines)) {
		fputs(line, copy);
		fflush(copy);
		if (!strncmp(line, "error", 5) || !strncmp(line, "warn", 4))
			fputs(line, stderr);
		if (strstr(line, "signalling:") && write(ready, "!", 1) < 0)
			break;
	}
	_exit(0);
}

int server_launch(struct server *s)
{
	int log[2], ready[2], ended[2];

	if (pipe2(log, O_CLOEXEC) || pipe2(ready, O_CLOEXEC) ||
	    pipe2(ended, O_CLOEXEC))
		return -1;
	fflush(NULL);
	s->pid = fork();
	if (!s->pid)
		become_server(s, log[1]);
	close(log[1]);
	if (!fork())
		follow_log(s, log[0], ready[1]);
	close(log[0]);
	close(ready[1]);
	close(ended[1]); /* only the one who follows has it now */
	s->ended = ended[0];
	return ready[0];
}

int server_wait(struct server *s, int ready)
{
	int status = ready < 0 ? -1 : 0;
	char byte;

	if (ready >= 0 && read(ready, &byte, 1) != 1)
		waitpid(s->pid, &status, 0);
	close(ready);
	return status;
}

int server_start(struct server *s)
{
	return server_wait(s, server_launch(s));
}

const char *log_text(const struct server *s)
{
	static char text[1 << 20];
	FILE *f = fopen(log_path(s), "r");

	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	return text;
}

void check_said(const struct server *s, const char *words)
{
	const char *text = log_text(s);

	check_true(strstr(text, words), "it does not say \"%s\", but: %s",
		   words, text);
}

/* ---- the end of one ---------------------------------------------------- */

#define DYING_MS 1000 /* from the end of its connections to its own */
#define LOG_MS	 5000 /* until the rest of what it said is in its log */

static bool wait_readable(int fd, int ms)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	return poll(&wait, 1, patient_ms(ms)) > 0;
}

/* It may be the child of another process than this one. */
static bool has_ended(const struct server *s)
{
	int pidfd = syscall(SYS_pidfd_open, s->pid, 0);
	bool ended = pidfd < 0 || wait_readable(pidfd, DYING_MS);

	if (pidfd >= 0)
		close(pidfd);
	return ended;
}

static const char *last_words(const struct server *s, const char *how)
{
	static char words[512];
	char crash[256];

	wait_readable(s->ended, LOG_MS);
	if (test_find_crash(log_text(s), crash, sizeof(crash)))
		snprintf(words, sizeof(words), "swiftcall %s: %s", how, crash);
	else
		snprintf(words, sizeof(words), "swiftcall %s", how);
	return words;
}

const char *server_died(const struct server *s)
{
	return has_ended(s) ? last_words(s, "died") : NULL;
}

const char *server_hangs(const struct server *s)
{
	kill(s->pid, SIGABRT);
	has_ended(s);
	return last_words(s, "does not answer; it was stopped");
}

/* What is shared is as new for the next test. */
static bool mend(char *words, size_t size)
{
	bool died = false;
	int status;

	for (int i = 0; i < 2; i++) {
		struct server *s = &servers[i];

		if (waitpid(s->pid, &status, WNOHANG) != s->pid)
			continue;
		snprintf(words, size, "%s", last_words(s, "died"));
		died = true;
		close(s->ended);
		detach_server(s);
		server_start(s);
	}
	return died;
}

void server_kill(struct server *s, int signal)
{
	int status;

	step("kill -%d", signal);
	check_int("kill", 0, kill(s->pid, signal));
	check_int("wait", s->pid, waitpid(s->pid, &status, 0));
	if (signal == SIGKILL)
		check_true(WIFSIGNALED(status), "kill -9 did not kill it");
	else
		check_int("exit status of the server", 0, status);
}

int detach_server(const struct server *s)
{
	return sandbox_run(s->host, "%s --detach --pin-dir=/sys/fs/bpf/%s",
			   test_beside("swiftcall"), s->host);
}

void server_own(struct server *s)
{
	step("start --mode %s on %s", s->user ? "user" : "tc", s->host);
	detach_server(s);
	check_int("exit status of a server that does not start", 0,
		  server_start(s));
	server = s;
}

struct server *start_own(struct server options)
{
	static struct server own;

	options.host = "dave";
	options.user = server->user;
	own = options;
	server_own(&own);
	return &own;
}

/* ---- set-up ------------------------------------------------------------ */

/* A folder that was open before something was mounted over it comes back. */
static int bring_back(int folder, const char *path)
{
	char open[64];
	int err;

	if (folder < 0)
		return 0;
	snprintf(open, sizeof(open), "/proc/self/fd/%d", folder);
	err = mkdir(path, 0755) ||
	      mount(open, path, NULL, MS_BIND | MS_REC, NULL);
	err = err ? log_errno(path, "run as root") : 0;
	close(folder);
	return err;
}

/* A /run of our own, for files that vanish with us. */
static int own_run(void)
{
	int netns = open("/run/netns", O_PATH | O_CLOEXEC);
	int lenders = open(LEND_DIR, O_PATH | O_CLOEXEC), err = 0;

	if (mount("tmpfs", "/run", "tmpfs", 0, "mode=755"))
		err = log_errno("/run", "run as root");
	err = err ?: bring_back(netns, "/run/netns");
	return err ?: bring_back(lenders, LEND_DIR);
}

int set_up_hosts(void)
{
	int err = sandbox_enter();

	err = err ?: own_run();
	err = err ?: sandbox_add_hosts("alice,bob,carol,user,dave");
	/* Checksums are to be computed, so that they can be compared. */
	err = err ?: sandbox_offload(SANDBOX_SERVER, false);
	err = err ?: sandbox_offload("user", false);
	err = err ?: sandbox_offload("dave", false);
	callers = mmap(NULL, sizeof(*callers), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return err;
}

/* What that is to the tests: exit status 77 says that rights are missing. */
static int server_failed(const struct server *s, int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		return -EPERM;
	log_error("the server on %s does not start: it ended with %s %d",
		  s->host, WIFEXITED(status) ? "exit status" : "signal",
		  WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	return 1;
}

int set_up_servers(void)
{
	int err = set_up_hosts(), status;

	for (int i = 0; !err && i < 2; i++) {
		status = server_start(&servers[i]);
		if (status)
			err = server_failed(&servers[i], status);
	}
	servers_shared = true;
	test_look_after(mend);
	return err;
}
