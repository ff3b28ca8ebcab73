/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Real servers in the sandbox, spoken to by HTTP.
 *
 *	alice .1   bob .2   carol .3      who calls (test_caller.h)
 *	server .254   user .4             the servers of all tests
 *	dave .5                           for a test's own server
 *
 * The two servers, one for each mode, run as long as the test program, and
 * TEST_BOTH() runs a test with the one and then with the other.
 */
#ifndef LAB04_TEST_SERVER_H
#define LAB04_TEST_SERVER_H

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <jansson.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "common/log.h"
#include "lab03-maps/test_call.h"

#define HTTP_PORT	8080
#define ROOM_LIMIT	20	/* of the servers of all tests */
#define NOBODY		65534
#define TEST_SECONDS	30	/* the limit of a test in both modes */

#define TEST_BOTH(ID, NAME, TITLE)					\
	static void NAME(void);						\
	TEST(ID, NAME##_in_both_modes, TITLE, .seconds = TEST_SECONDS)	\
	{								\
		in_both_modes(NAME);					\
	}								\
	static void NAME(void)

/* ---- servers ----------------------------------------------------------- */

#define MAX_EXTRA 4

struct server {
	const char *host;		/* where it runs */
	bool user;			/* its mode; else tc */
	bool v6;			/* it is called over IPv6 */
	bool nobody;			/* it starts without any right */
	unsigned int files;		/* it may open; 0: as many as we may */
	const char *extra[MAX_EXTRA];	/* options */
	pid_t pid;
};

#define LIMITED { "--room-limit=" TEST_STRING(ROOM_LIMIT) }

static struct server servers[] = {
	{ .host = SANDBOX_SERVER, .extra = LIMITED },
	{ .host = "user", .user = true, .extra = LIMITED },
};

static struct server *server = servers;	/* the one that is called */
static bool servers_shared;		/* they run, for all tests */
static unsigned int *callers;	/* so far, by all tests: in shared memory */

static inline const char *server_ip(const struct server *s)
{
	const struct sandbox_host *h = sandbox_host(s->host);

	return s->v6 ? h->ip6 : h->ip4;
}

/*
 * The options that every server gets.  Nobody is timed out before the test
 * that he belongs to is.
 */
static inline char **server_argv(const struct server *s)
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
	argv[n++] = s->user ? "--mode=user" : "--mode=tc";
	argv[n++] = "--iface=eth0";
	argv[n++] = http;
	argv[n++] = pins;
	for (int i = 0; i < MAX_EXTRA && s->extra[i]; i++)
		argv[n++] = (char *)s->extra[i];
	argv[n] = NULL;
	return argv;
}

/* inject_open() has tied this process to a CPU, and that is inherited. */
static inline void use_all_cpus(void)
{
	cpu_set_t all;

	memset(&all, 0xff, sizeof(all));
	sched_setaffinity(0, sizeof(all), &all);
}

static inline _Noreturn void become_server(const struct server *s, int log)
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
	if (s->nobody && (setgroups(0, NULL) ||
			  setresgid(NOBODY, NOBODY, NOBODY) ||
			  setresuid(NOBODY, NOBODY, NOBODY)))
		_exit(127);
	fexecve(program, argv, environ);
	_exit(127);
}

static inline const char *log_path(const struct server *s)
{
	static char path[64];

	snprintf(path, sizeof(path), "/run/%s.log", s->host);
	return path;
}

/* Keeps what a server says, shows its errors, tells when it is ready. */
static inline _Noreturn void follow_log(const struct server *s, int log,
					int ready)
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

/* Returns when it is ready; its exit status (as that of wait()) if never. */
static inline int server_start(struct server *s)
{
	int log[2], ready[2], status = 0;
	char byte;

	if (pipe2(log, O_CLOEXEC) || pipe2(ready, O_CLOEXEC))
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
	if (read(ready[0], &byte, 1) != 1)
		waitpid(s->pid, &status, 0);
	close(ready[0]);
	return status;
}

/* What it has said since it was started; valid until the next call. */
static inline const char *log_text(const struct server *s)
{
	static char text[1 << 20];
	FILE *f = fopen(log_path(s), "r");

	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	return text;
}

/* That it has said these words. */
static inline void check_said(const struct server *s, const char *words)
{
	const char *text = log_text(s);

	check_true(strstr(text, words), "it does not say \"%s\", but: %s",
		   words, text);
}

static inline void server_kill(struct server *s, int signal)
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

static inline int server_detach(const struct server *s)
{
	return sandbox_run(s->host, "%s --detach --pin-dir=/sys/fs/bpf/%s",
			   test_beside("swiftcall"), s->host);
}

/*
 * Starts a server of the test's own, which is from now on the one that is
 * called; what an earlier one has left on that host is removed first.
 */
static inline void server_own(struct server *s)
{
	step("start --mode %s on %s", s->user ? "user" : "tc", s->host);
	server_detach(s);
	check_int("exit status of a server that does not start", 0,
		  server_start(s));
	server = s;
}

/* Starts a server of the mode that the test runs in, on dave's host. */
static inline struct server *start_own(struct server options)
{
	static struct server own;

	options.host = "dave";
	options.user = server->user;
	own = options;
	server_own(&own);
	return &own;
}

/* ---- set-up ------------------------------------------------------------ */

/* A /run of our own, for files that vanish with us. */
static inline int own_run(void)
{
	char path[64];
	int netns = open("/run/netns", O_PATH | O_CLOEXEC), err;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", netns);
	err = mount("tmpfs", "/run", "tmpfs", 0, "mode=755") ||
	      mkdir("/run/netns", 0755) ||
	      mount(path, "/run/netns", NULL, MS_BIND | MS_REC, NULL);
	err = err ? log_errno("/run", "run as root") : 0;
	close(netns);
	return err;
}

/* For tests that start all the servers that they need. */
static inline int set_up_hosts(void)
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
static inline int server_failed(const struct server *s, int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		return -EPERM;
	log_error("the server on %s does not start: it ended with %s %d",
		  s->host, WIFEXITED(status) ? "exit status" : "signal",
		  WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	return 1;
}

/* For tests that share a server of each mode. */
static inline int set_up_servers(void)
{
	int err = set_up_hosts(), status;

	for (int i = 0; !err && i < 2; i++) {
		status = server_start(&servers[i]);
		if (status)
			err = server_failed(&servers[i], status);
	}
	servers_shared = true;
	return err;
}

/* ---- HTTP -------------------------------------------------------------- */

/* Valid until the next one. */
struct reply {
	int status;
	char *head, *body;	/* strings */
};

static inline int http_connect(const char *host)
{
	struct sockaddr_in6 six = {
		.sin6_family = AF_INET6, .sin6_port = htons(HTTP_PORT),
	};
	struct sockaddr_in four = {
		.sin_family = AF_INET, .sin_port = htons(HTTP_PORT),
	};
	struct timeval deadline = { .tv_sec = PATIENCE_MS / 1000 };
	int fd = sandbox_socket(host, server->v6 ? AF_INET6 : AF_INET,
				SOCK_STREAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof(deadline));
	inet_pton(AF_INET6, server_ip(server), &six.sin6_addr);
	inet_pton(AF_INET, server_ip(server), &four.sin_addr);
	if (!(server->v6 ?
	      connect(fd, (struct sockaddr *)&six, sizeof(six)) :
	      connect(fd, (struct sockaddr *)&four, sizeof(four))))
		return fd;
	close(fd);
	return -1;
}

/* false: the server wants no more of it. */
static inline bool http_write(int fd, const void *bytes, size_t length)
{
	return send(fd, bytes, length, MSG_NOSIGNAL) == (ssize_t)length;
}

static inline bool http_print(int fd, const char *format, ...)
{
	char *text;
	va_list args;
	int length;
	bool ok;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	ok = http_write(fd, text, length);
	free(text);
	return ok;
}

/* Reads a reply up to the end of the connection. */
/* Chunks (RFC 9112, section 7.1) become the body that they carry. */
static inline void join_chunks(char *body)
{
	char *from = body, *to = body;
	unsigned long size;

	while ((size = strtoul(from, &from, 16))) {
		from += strlen("\r\n");
		memmove(to, from, size);
		to += size;
		from += size + strlen("\r\n");
	}
	*to = '\0';
}

static inline struct reply http_read(int fd)
{
	static char text[4 << 20];
	struct reply r = { .head = text };
	size_t length = 0;
	ssize_t got;

	while ((got = recv(fd, text + length, sizeof(text) - 1 - length,
			   0)) > 0)
		length += got;
	close(fd);
	text[length] = '\0';
	r.body = strstr(text, "\r\n\r\n");
	check_true(r.body && sscanf(text, "HTTP/1.%*d %d", &r.status) == 1,
		   "no whole reply came, but \"%s\"", text);
	r.body[2] = '\0';
	r.body += 4;
	if (strstr(r.head, "\r\nTransfer-Encoding: chunked\r\n"))
		join_chunks(r.body);
	return r;
}

/* A request of host; type and body may be NULL. */
static inline struct reply http(const char *host, const char *method,
				const char *path, const char *type,
				const char *body)
{
	int fd = http_connect(host);

	check_true(fd >= 0, "the server does not answer on port %d",
		   HTTP_PORT);
	http_print(fd, "%s %s HTTP/1.1\r\nHost: sfu\r\nConnection: close\r\n",
		   method, path);
	if (type)
		http_print(fd, "Content-Type: %s\r\n", type);
	if (body)
		http_print(fd, "Content-Length: %zu\r\n", strlen(body));
	http_print(fd, "\r\n%s", body ?: "");
	return http_read(fd);
}

/* The value of a header, "" if it is not there; valid until the next one. */
static inline const char *header(const struct reply *r, const char *name)
{
	static char value[256];
	const char *line = r->head;
	size_t length = strlen(name);

	*value = '\0';
	while ((line = strstr(line, "\r\n"))) {
		line += 2;
		if (!strncasecmp(line, name, length) && line[length] == ':')
			sscanf(line + length + 1, " %255[^\r]", value);
	}
	return value;
}

static inline json_t *read_json(const char *text)
{
	json_error_t error;
	json_t *json = json_loads(text, 0, &error);

	check_true(json, "no JSON: %s in \"%s\"", error.text, text);
	return json;
}

/* RFC 9457: an error, and what of its detail must be there. */
static inline void check_problem(const struct reply *r, int status,
				 const char *words)
{
	json_t *problem;
	const char *detail;

	step("%d: %.300s", r->status, r->body);
	check_int("status", status, r->status);
	check_str("Content-Type", "application/problem+json",
		  header(r, "Content-Type"));
	problem = read_json(r->body);
	detail = json_string_value(json_object_get(problem, "detail"));
	check_str("type", "about:blank",
		  json_string_value(json_object_get(problem, "type")));
	check_int("member status", status,
		  json_integer_value(json_object_get(problem, "status")));
	check_true(json_string_length(json_object_get(problem, "title")),
		   "there is no title");
	check_true(detail && strstr(detail, words),
		   "the detail does not say \"%s\"", words);
	json_decref(problem);
}

/* ---- what the server tells --------------------------------------------- */

static inline json_t *get_report(void)
{
	struct reply r = http("carol", "GET", "/rooms", NULL, NULL);

	check_int("GET /rooms", 200, r.status);
	check_str("Content-Type", "application/json",
		  header(&r, "Content-Type"));
	return read_json(r.body);
}

/* Rooms that earlier tests have left: their people may go at any time. */
static json_t *others_rooms;

static inline const char *room_name(const json_t *room)
{
	return json_string_value(json_object_get(room, "name"));
}

static inline void remember_others_rooms(void)
{
	json_t *room, *report = get_report();
	size_t i;

	json_decref(others_rooms);
	others_rooms = json_object();
	json_array_foreach(json_object_get(report, "rooms"), i, room)
		json_object_set_new(others_rooms, room_name(room), json_true());
	json_decref(report);
}

/* The other rooms, with their counters, as text to compare; to be freed. */
static inline char *rooms_text(void)
{
	json_t *room, *report = get_report(), *ours = json_array();
	char *text;
	size_t i;

	json_array_foreach(json_object_get(report, "rooms"), i, room)
		if (!json_object_get(others_rooms, room_name(room)))
			json_array_append(ours, room);
	text = json_dumps(ours, JSON_SORT_KEYS | JSON_INDENT(1));
	json_decref(ours);
	json_decref(report);
	return text;
}

/* One room; NULL if it is not there. */
static inline json_t *get_room(const char *name)
{
	json_t *room, *found = NULL, *report = get_report();
	size_t i;

	json_array_foreach(json_object_get(report, "rooms"), i, room)
		if (!strcmp(name, room_name(room)))
			found = json_deep_copy(room);
	json_decref(report);
	return found;
}

static inline json_int_t number(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static inline size_t people_in(const char *name)
{
	json_t *room = get_room(name);
	size_t count = json_array_size(json_object_get(room, "participants"));

	json_decref(room);
	return count;
}

static inline struct control_totals totals(void)
{
	json_t *report = get_report(), *forwarded, *copies;
	struct control_totals t;

	forwarded = json_object_get(report, "forwarded");
	copies = json_object_get(report, "copies");
	t = (struct control_totals){
		.packets = number(forwarded, "kernel") +
			   number(forwarded, "user"),
		.user_packets = number(forwarded, "user"),
		.copies = number(copies, "due"), .sent = number(copies, "sent"),
		.skipped = number(copies, "skipped"),
		.failed = number(copies, "failed"),
		.stale = number(copies, "stale"),
	};
	json_decref(report);
	return t;
}

/* What was counted since is what was sent and received. */
static inline void check_totals(const struct control_totals *since,
				__u64 packets, __u64 copies)
{
	struct control_totals t = totals();

	check_uint("packets", packets, t.packets - since->packets);
	check_uint("forwarded by user space", server->user ? packets : 0,
		   t.user_packets - since->user_packets);
	check_uint("copies due", copies, t.copies - since->copies);
	check_uint("copies sent", copies, t.sent - since->sent);
	check_uint("copies skipped", 0, t.skipped - since->skipped);
	check_uint("copies failed", 0, t.failed - since->failed);
	check_uint("stale copies", 0, t.stale - since->stale);
}

/* The value of a metric, given with its labels as it is written there. */
static inline __u64 metric(const char *name)
{
	struct reply r = http("carol", "GET", "/metrics", NULL, NULL);
	size_t length = strlen(name);
	const char *line = r.body;

	while (strncmp(line, name, length) || line[length] != ' ') {
		line = strchr(line, '\n');
		check_true(line, "there is no metric %s", name);
		line++;
	}
	return strtoull(line + length, NULL, 10);
}

/* Datagrams of a verdict: in mode tc, the guard has seen all of them. */
static inline __u64 metric_of(const char *verdict)
{
	char name[96];

	snprintf(name, sizeof(name), "swiftcall_%s_total{verdict=\"%s\"}",
		 server->user ? "packets" : "guard_packets", verdict);
	return metric(name);
}

/* ---- both modes -------------------------------------------------------- */

/* A test may have killed it: no other test shall suffer. */
static inline void revive(void)
{
	int fd = http_connect("carol");

	if (fd >= 0) {
		close(fd);
		return;
	}
	server_detach(server);
	check_int("exit status of a server that does not start", 0,
		  server_start(server));
}

static inline void in_both_modes(void (*run)(void))
{
	for (int i = 0; i < 2; i++) {
		server = &servers[i];
		step("mode %s", server->user ? "user" : "tc");
		if (servers_shared) {
			revive();
			remember_others_rooms();
		}
		run();
	}
}

#endif
