// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What the server may do: before strangers talk to it, while they do, and at
 * its end.  Each test has a server of its own, on dave's host.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "lab04-signalling/rights.h"
#include "lab04-signalling/testlib/caller.h"

TEST_SETUP(set_up_hosts)

#define PINS "/sys/fs/bpf/dave"

/* A test that makes sense in mode tc only. */
static struct server *start_tc(struct server options)
{
	server = &servers[false];
	return start_own(options);
}

/* ---- the rights of a running server ------------------------------------ */

static __u64 status_field(const struct server *s, const char *name)
{
	char path[64], line[256];
	unsigned long long value = 0;
	size_t length = strlen(name);
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", s->pid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, name, length) && line[length] == ':')
			found = sscanf(line + length + 1, "%llx", &value) == 1;
	fclose(f);
	check_true(found, "there is no %s in %s", name, path);
	return value;
}

TEST_BOTH("4.0.rd", few_rights, "a server that runs is nobody, without a right")
{
	struct server *own;

	need_user(NOBODY);
	own = start_own((struct server){});
	check_uint("Uid", 0x65534, status_field(own, "Uid"));
	check_uint("Gid", 0x65534, status_field(own, "Gid"));
	check_uint("CapPrm", 0, status_field(own, "CapPrm"));
	check_uint("CapEff", 0, status_field(own, "CapEff"));
	check_uint("NoNewPrivs", 1, status_field(own, "NoNewPrivs"));
	check_said(own, "rights: nobody, no capabilities");
	server_kill(own, SIGTERM);
}

TEST("4.0.sa", no_such_user,
     "a user that is not there is refused, and nothing is left")
{
	struct server own = {
		.host = "dave",
		.extra = { "--user=nobody-of-that-name" },
	};

	check_int("exit status", 1, WEXITSTATUS(server_start(&own)));
	check_said(&own, "there is no user nobody-of-that-name");
	check_int("pins", 1, sandbox_run(NULL, "test -e " PINS));
}

/*
 * What somebody could do who had taken over the server.  In a process of its
 * own, because none of it can be taken back.
 */
static int try_forbidden_things(void)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(80),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int tcp = socket(AF_INET, SOCK_STREAM, 0);

	if (rights_drop("nobody"))
		return 1;
	if (open("/etc/passwd", O_RDONLY) >= 0)
		return 2;
	if (open("/tmp", O_RDWR | O_TMPFILE, 0600) >= 0)
		return 3;
	if (!mkdir("/tmp/of-the-server", 0700))
		return 4;
	if (fork() >= 0)
		return 5;
	if (!execl("/bin/true", "true", NULL))
		return 6;
	if (!connect(tcp, (struct sockaddr *)&to, sizeof(to)) ||
	    errno == ECONNREFUSED)
		return 7;
	if (socket(AF_INET6, SOCK_DGRAM, 0) < 0)
		return 8; /* that one it needs */
	return 0;
}

TEST("4.0.sb", nothing_but_its_work,
     "without rights there are no files, no programs, no connections, but "
     "sockets for media")
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(try_forbidden_things());
	check_int("wait", pid, waitpid(pid, &status, 0));
	check_int("which of the things could be done", 0, WEXITSTATUS(status));
}

TEST("4.0.re", user_as_nobody, "mode user needs no right at all", .seconds = 30)
{
	struct server *own;
	struct caller c[3];

	need_user(NOBODY);
	server = &servers[true];
	own = start_own((struct server){ .nobody = true });
	check_uint("Uid", 0x65534, status_field(own, "Uid"));
	three_call(c);
	check_media(&c[0], &c[1], 1);
	check_media(&c[2], &c[0], 1);
	leave(&c[0]);
	renegotiate(&c[1]);
	server_kill(own, SIGTERM);
}

TEST("4.0.rf", tc_as_nobody, "mode tc without rights says so: exit status 77",
     .seconds = 30)
{
	struct server own = { .host = "dave", .nobody = true };

	need_user(NOBODY);
	check_int("exit status", 77, WEXITSTATUS(server_start(&own)));
	check_said(&own, "error: ");
	check_int("pins", 1, sandbox_run(NULL, "test -e " PINS));
}

/* ---- mode auto --------------------------------------------------------- */

static void check_mode(const char *expected)
{
	json_t *report = get_report();
	char label[32];

	check_str("GET /rooms: mode", expected,
		  json_string_value(json_object_get(report, "mode")));
	json_decref(report);
	snprintf(label, sizeof(label), "mode=\"%s\"", expected);
	check_true(strstr(http(server->host, "GET", "/metrics", NULL, NULL)
				  .body,
			  label),
		   "/metrics does not say %s", label);
}

TEST("4.0.rp", auto_with_rights,
     "mode auto forwards in the kernel where it can, and says why",
     .seconds = 30)
{
	struct server *own = start_tc(
		(struct server){ .extra = { "--mode=auto" } });
	struct caller c[3];

	check_said(own, "mode tc, chosen because ");
	check_mode("tc");
	three_call(c);
	check_media(&c[0], &c[1], 1);
	server_kill(own, SIGTERM);
}

TEST("4.0.rq", auto_as_nobody,
     "mode auto without rights forwards in user space, and says why not tc",
     .seconds = 30)
{
	struct server *own;
	struct caller c[3];

	need_user(NOBODY);
	server = &servers[true];
	own = start_own(
		(struct server){ .nobody = true, .extra = { "--mode=auto" } });
	check_said(own, "warning: mode user, chosen because ");
	check_said(own, "; not tc, because this process has no right");
	check_mode("user");
	three_call(c);
	check_media(&c[0], &c[1], 1);
	server_kill(own, SIGTERM);
}

/* ---- the keeper -------------------------------------------------------- */

/* The one child of a server, or 0. */
static pid_t keeper_of(const struct server *s)
{
	char path[64];
	FILE *children;
	int pid = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", s->pid,
		 s->pid);
	children = fopen(path, "r");
	if (children && fscanf(children, "%d", &pid) != 1)
		pid = 0;
	if (children)
		fclose(children);
	return pid;
}

/* Waits for the end of a process that is not our child. */
static void await_end(pid_t pid)
{
	struct pollfd end = {
		.fd = syscall(SYS_pidfd_open, pid, 0),
		.events = POLLIN,
	};

	if (end.fd >= 0)
		check_int("poll", 1, poll(&end, 1, -1));
	close(end.fd);
}

TEST("4.0.sc", keeper_leaves,
     "killed, the server takes its keeper with it, and the calls go on",
     .seconds = 30)
{
	struct server *own = start_tc((struct server){});
	pid_t keeper = keeper_of(own);
	struct caller c[2];

	check_true(keeper > 0, "there is no keeper");
	c[0] = join_new("alice", "r");
	c[1] = join_new("bob", "r");
	connect_all(c, 2);
	server_kill(own, SIGKILL);
	await_end(keeper);
	say(&c[0], VIDEO, 1);
	hear(&c[1], &c[0], VIDEO, 1);
	check_int("--detach", 0, detach_server(own));
}

TEST("4.0.sd", keeper_ignores,
     "signals that mean the server do not end the keeper", .seconds = 30)
{
	struct server *own = start_tc((struct server){});
	pid_t keeper = keeper_of(own);

	check_int("kill -TERM the keeper", 0, kill(keeper, SIGTERM));
	check_int("kill -INT the keeper", 0, kill(keeper, SIGINT));
	server_kill(own, SIGTERM);
	check_int("pins", 1, sandbox_run(NULL, "test -e " PINS));
}

TEST("4.0.se", keeper_gone, "a server whose keeper is gone says how to detach",
     .seconds = 30)
{
	struct server *own = start_tc((struct server){});
	pid_t keeper = keeper_of(own);
	int status;

	check_int("kill -9 the keeper", 0, kill(keeper, SIGKILL));
	check_int("kill", 0, kill(own->pid, SIGTERM));
	check_int("wait", own->pid, waitpid(own->pid, &status, 0));
	check_int("exit status", 1, WEXITSTATUS(status));
	check_said(own, "run `swiftcall --detach` as root");
	check_int("--detach", 0, detach_server(own));
	check_int("pins", 1, sandbox_run(NULL, "test -e " PINS));
}

/* ---- whose directory it is --------------------------------------------- */

static void check_refused(const char *words)
{
	struct server own = { .host = "dave" };

	check_int("exit status", 1, WEXITSTATUS(server_start(&own)));
	check_said(&own, words);
	check_int("clsact on eth0", 1,
		  sandbox_run("dave", "tc qdisc show dev eth0 | "
				      "grep -q clsact"));
}

TEST("4.0.sf", foreign_pins, "a pin directory of somebody else is refused",
     .isolated = true)
{
	need_user(NOBODY);
	check_int("mkdir", 0, mkdir(PINS, 0755));
	check_int("chown", 0, chown(PINS, NOBODY, NOBODY));
	check_refused("is not a directory of this user's alone (uid 65534");
	check_int("chown", 0, chown(PINS, 0, 0));
	check_int("chmod", 0, chmod(PINS, 0777));
	check_refused("mount -t bpf -o mode=0700");
	check_int("rmdir", 0, rmdir(PINS));
}

TEST("4.0.sg", open_bpffs, "a bpffs in which others may rename is refused",
     .isolated = true)
{
	check_int("chmod", 0, chmod("/sys/fs/bpf", 0777));
	check_refused("chmod 0700 /sys/fs/bpf");
	check_int("chmod", 0, chmod("/sys/fs/bpf", 01777));
	server_kill(start_tc((struct server){}), SIGTERM);
}
