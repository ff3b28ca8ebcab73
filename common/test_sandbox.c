// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The sandbox: its hosts, its program, and that it leaves nothing. */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/capture.h"
#include "common/sandbox.h"
#include "common/test.h"
#include "common/xdp_target.h"

#define DEADLINE_MS patient_ms(5000)

static int build_network(void)
{
	int err = sandbox_enter();

	return err ?: sandbox_add_hosts("alice,bob");
}

TEST_SETUP(build_network)

static int open_or_fail(int fd)
{
	check_true(fd >= 0, "not opened: %s", strerror(-fd));
	return fd;
}

/* The port that a socket of a host is bound to, in the address. */
static int udp_socket(const char *host, struct sockaddr_in6 *to, bool bound)
{
	int fd = open_or_fail(sandbox_socket(host, AF_INET6, SOCK_DGRAM, 0));

	to->sin6_family = AF_INET6;
	to->sin6_port = htons(5004);
	if (bound && bind(fd, (struct sockaddr *)to, sizeof(*to)))
		fail("bind: %s", strerror(errno));
	return fd;
}

static void send_text(int fd, struct sockaddr_in6 *to, const char *address)
{
	inet_pton(AF_INET6, address, &to->sin6_addr);
	if (sendto(fd, "hello", 5, 0, (void *)to, sizeof(*to)) != 5)
		fail("sendto %s: %s", address, strerror(errno));
}

TEST("0.4.a", talk, "hosts talk at once, over IPv4 and IPv6")
{
	struct sockaddr_in6 to = {};
	struct pollfd bob = { .fd = udp_socket("bob", &to, true),
			      .events = POLLIN };
	int alice = udp_socket("alice", &to, false);
	static const char *const addresses[] = { "::ffff:10.0.7.2",
						 "fd00:7::2" };
	char text[5];

	for (int i = 0; i < 2; i++) {
		send_text(alice, &to, addresses[i]);
		check_int("arrived", 1, poll(&bob, 1, DEADLINE_MS));
		check_int("recv", 5, recv(bob.fd, text, 5, 0));
	}
}

TEST("0.4.b", hosts, "hosts have the addresses they are said to have")
{
	const struct sandbox_host *bob = sandbox_host("bob");

	check_str("IPv4", "10.0.7.2", bob->ip4);
	check_str("IPv6", "fd00:7::2", bob->ip6);
	check_hex("MAC", "\2\0\12\0\7\2", bob->mac, 6);
	check_int("they are", 0,
		  sandbox_run("bob",
			      "ip addr show eth0 | grep -q 'inet %s/24' && "
			      "ip addr show eth0 | grep -q 'inet6 %s/64' && "
			      "ip link show eth0 | grep -q 02:00:0a:00:07:02",
			      bob->ip4, bob->ip6));
	check_str("server", "10.0.7.254", sandbox_host(SANDBOX_SERVER)->ip4);
	check_true(!sandbox_host("carol"), "there is no carol");
	check_int("taken", -EEXIST, sandbox_add_hosts("alice"));
	check_int("no name", -EINVAL, sandbox_add_hosts("a;b"));
	check_int("neighbours", 0, sandbox_neighbours("bob"));
	check_int("alice is one", 0,
		  sandbox_run("bob",
			      "ip neigh | grep -q '10.0.7.1 .*PERMANENT'"));
}

TEST("0.4.c", offload, "a host's own packets are summed only without offload")
{
	int bob = open_or_fail(capture_open("bob", "eth0"));
	struct sockaddr_in6 to = {};
	int alice = udp_socket("alice", &to, false);
	struct frame got;

	for (int on = 1; on >= 0; on--) {
		check_int("offload", 0, sandbox_offload("alice", on));
		send_text(alice, &to, "fd00:7::2");
		check_int("capture_next", 0,
			  capture_next(bob, &got, DEADLINE_MS));
		check_int("left to the hardware", on, got.partial);
		check_int("wrong", on, !!packet_bad_checksum(&got));
	}
	sandbox_offload("alice", true);
}

TEST("0.4.d", napi, "a host may receive by NAPI")
{
	struct sockaddr_in6 to = {};
	int bob = udp_socket("bob", &to, true);
	int alice = udp_socket("alice", &to, false);
	char text[5];

	for (int on = 1; on >= 0; on--) {
		check_int("napi", 0, sandbox_napi("bob", on));
		check_int("it says so", 0,
			  sandbox_run("bob",
				      "ethtool -k eth0 | grep -q "
				      "'^generic-receive-offload: %s$'",
				      on ? "on" : "off"));
		send_text(alice, &to, "fd00:7::2");
		check_int("recv", 5, recv(bob, text, 5, 0));
	}
}

TEST("0.4.e", program, "the program passes on what its command does")
{
	static const struct {
		const char *arguments;
		int status;
	} runs[] = {
		{ "sh -c 'exit 7'", 7 },
		{ "sh -c 'kill $$'", 128 + SIGTERM },
		{ "--help", 0 },
		{ "--what", 2 },
		{ "--hosts x,x true", 2 },
		{ "--hosts 'x y' true", 2 },
		{ "no-such-command", 127 },
		{ "--hosts x,y ip netns exec y ip -brief addr show dev eth0 |"
		  "grep '10.0.7.2/24 fd00:7::2/64'",
		  0 },
		{ "--hosts x ip -n x addr show tentative | (! grep .)", 0 },
	};

	for (size_t i = 0; i < sizeof(runs) / sizeof(*runs); i++)
		check_int(runs[i].arguments, runs[i].status,
			  sandbox_run(NULL, "%s %s", test_beside("sandbox"),
				      runs[i].arguments));
}

TEST("0.4.i", path, "with the PATH of a user it finds what it needs")
{
	check_int("exit status", 0,
		  sandbox_run(NULL,
			      "PATH=/usr/bin:/bin %s --hosts x "
			      "sh -c 'bridge link && tc qdisc' >/dev/null",
			      test_beside("sandbox")));
}

/* Starts the program; its output is to be read from *out. */
static pid_t start_sandbox(const char *hosts, const char *script, int *out)
{
	int ends[2];
	pid_t child;

	check_int("pipe", 0, pipe(ends));
	child = fork();
	if (!child) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		execl(test_beside("sandbox"), "sandbox", "--hosts", hosts, "sh",
		      "-c", script, NULL);
		_exit(127);
	}
	close(ends[1]);
	*out = ends[0];
	return child;
}

TEST("0.4.f", signals, "SIGTERM reaches the command")
{
	int out, status;
	pid_t child = start_sandbox("x",
				    "trap 'exit 7' TERM; echo ready; "
				    "while :; do sleep 0.01; done",
				    &out);
	char text[16];

	check_int("ready", 6, read(out, text, sizeof(text)));
	kill(child, SIGTERM);
	waitpid(child, &status, 0);
	check_int("exited", 1, WIFEXITED(status));
	check_int("exit status", 7, WEXITSTATUS(status));
}

/* What bash does before it prompts, here and on alice. */
static const char prompt_script[] =
	"SHELL=/bin/bash %s --hosts alice <<'.' | tr -d '\\n' |"
	" grep -x 'server# alice# '\n"
	"export show='eval \"$PROMPT_COMMAND\"; echo \"${PS1@P}\"'\n"
	"eval \"$show\"\n"
	"ip netns exec alice bash -c 'eval \"$show\"'\n"
	".\n";

TEST("0.4.ja", prompt, "the prompt of a shell says on which host it is")
{
	check_int("server's and alice's", 0,
		  sandbox_run(NULL, prompt_script, test_beside("sandbox")));
}

static int query_eth0(void)
{
	char why[XDP_WHY] = "";
	int answer = xdp_target_query(if_nametoindex("eth0"), why);

	step("%s", why);
	return answer;
}

TEST("0.4.jb", redirects,
     "what native XDP sends leaves by the server's eth0, and by others if asked")
{
	check_int("server", XDP_TARGET_YES, query_eth0());
	check_int("redirects", 0, sandbox_redirects("alice", true));
	check_int("join", 0, sandbox_join("alice"));
	check_int("alice", XDP_TARGET_YES, query_eth0());
	check_int("redirects", 0, sandbox_redirects("alice", false));
	check_int("alice again", XDP_TARGET_NO, query_eth0());
}

static void note_file(FILE *out, const char *path)
{
	char text[4096];
	FILE *in = fopen(path, "re");
	size_t len;

	while (in && (len = fread(text, 1, sizeof(text), in)))
		fwrite(text, 1, len, out);
	if (in)
		fclose(in);
}

/* Every process with its namespaces, and all mounts and interfaces here. */
static char *note_everything(void)
{
	static const char *const spaces[] = { "net", "mnt", "pid" };
	struct if_nameindex *links = if_nameindex();
	char path[512], target[64], *text;
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	while ((entry = readdir(proc)))
		for (int i = 0; i < 3 && atoi(entry->d_name); i++) {
			ssize_t len;

			snprintf(path, sizeof(path), "/proc/%s/ns/%s",
				 entry->d_name, spaces[i]);
			len = readlink(path, target, sizeof(target));
			fprintf(out, "%s %.*s\n", path, (int)len, target);
		}
	for (struct if_nameindex *link = links; link->if_name; link++)
		fprintf(out, "%u %s\n", link->if_index, link->if_name);
	note_file(out, "/proc/self/mountinfo");
	fclose(out);
	closedir(proc);
	if_freenameindex(links);
	return text;
}

/*
 * Orphans of the killed come to this process: when it has none left, all that
 * was inside has ended.
 */
TEST("0.4.g", kill_9, "kill -9 at any moment leaves nothing", .seconds = 60)
{
	char *before, *after;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	before = note_everything();
	for (int i = 0; i < 20; i++) {
		int out;
		pid_t child = start_sandbox("x,y", "sleep 1000 & sleep 1000",
					    &out);

		usleep(i * 4000);
		kill(child, SIGKILL);
		while (wait(NULL) > 0)
			;
		close(out);
		after = note_everything();
		step("killed after %d ms", i * 4);
		check_str("processes, namespaces, links, mounts", before,
			  after);
		free(after);
	}
	free(before);
}

/* One end of a veth goes when the namespace of the other end is destroyed. */
TEST("0.4.h", destroyed, "the network of a killed sandbox is destroyed")
{
	struct sockaddr_nl links = { .nl_family = AF_NETLINK,
				     .nl_groups = RTMGRP_LINK };
	int news = open_or_fail(
		sandbox_socket(NULL, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
	char text[8192];
	pid_t child;
	int out;

	child = start_sandbox("x", "echo ready; exec sleep 1000", &out);
	check_int("ready", 6, read(out, text, sizeof(text)));
	check_int("bind", 0, bind(news, (void *)&links, sizeof(links)));
	check_int("veth", 0,
		  sandbox_run(NULL,
			      "ip link add probe type veth "
			      "peer name probe netns %d",
			      child));
	check_true(if_nametoindex("probe"), "there is no veth");
	kill(child, SIGKILL);
	while (if_nametoindex("probe"))
		recv(news, text, sizeof(text), 0);
}
