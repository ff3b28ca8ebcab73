// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Planes that take over from each other while packets fly:
 *
 *	alice --> server: tc, xdp, tc, xdp ... --> bob, carol
 *
 * Each packet has a number, and each receiver gets each number once.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "common/clock.h"
#include "lab03-maps/testlib/call.h"
#include "lab06-xdp-fanout/plane_xdp.h"

TEST_SETUP(call_set_up)

static const struct plane *const both[] = { &plane_tc, &plane_xdp, NULL };

#define SSRC	  0x1000
#define SWAPS	  20 /* in `make test`; $SWIFTCALL_SWAPS: as many as that */
#define WINDOW	  64 /* packets under way: no queue is shorter */
#define RECEIVERS 2

static const char *const names[RECEIVERS] = { "bob", "carol" };

static struct {
	int alice, sockets[RECEIVERS];
	__u64 sent;
} call;

/*
 * A frame that XDP sent lies in a page of its own, whatever its length, and a
 * socket's room is counted in pages: the usual 208 KiB are 48 packets.
 */
static int open_socket(const char *host)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(SENDER_PORT),
	};
	int fd = sandbox_socket(host, AF_INET, SOCK_DGRAM, 0);
	int room = 1 << 20;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	check_int("bind", 0, bind(fd, (struct sockaddr *)&addr, sizeof(addr)));
	return fd;
}

static void open_call(void)
{
	struct sockaddr_in server = {
		.sin_family = AF_INET,
		.sin_port = htons(CALL_PORT),
	};
	__u32 alice;

	call_open();
	alice = call_join("r", "alice");
	for (int i = 0; i < RECEIVERS; i++) {
		call_join("r", names[i]);
		call.sockets[i] = open_socket(names[i]);
	}
	call_publish(alice, "alice", SSRC);
	call_commit();
	call.alice = open_socket("alice");
	inet_pton(AF_INET, sandbox_host(SANDBOX_SERVER)->ip4, &server.sin_addr);
	check_int("connect", 0,
		  connect(call.alice, (struct sockaddr *)&server,
			  sizeof(server)));
}

/* ---- packets with numbers ------------------------------------------------ */

struct numbered {
	struct rtp_hdr rtp;
	__u64 number;
} __attribute__((packed));

static void send_window(void)
{
	for (int i = 0; i < WINDOW; i++) {
		struct numbered n = {
			.rtp = {
				.vpxcc = 0x80, .mpt = 96,
				.seq = htons(call.sent),
				.ssrc = htonl(SSRC),
			},
			.number = call.sent++,
		};

		check_int("send", sizeof(n),
			  send(call.alice, &n, sizeof(n), 0));
	}
}

static void check_next(int receiver, bool seen[WINDOW], __u64 first)
{
	struct pollfd fd = { .fd = call.sockets[receiver], .events = POLLIN };
	struct numbered n = {};

	check_true(poll(&fd, 1, PATIENCE_MS) > 0,
		   "%s waits in vain for one of the packets %llu to %llu",
		   names[receiver], first, first + WINDOW - 1);
	check_int("recv", sizeof(n), recv(fd.fd, &n, sizeof(n), 0));
	check_true(n.number >= first && n.number < first + WINDOW,
		   "%s got packet %llu again", names[receiver], n.number);
	check_true(!seen[n.number - first], "%s got packet %llu twice",
		   names[receiver], n.number);
	seen[n.number - first] = true;
}

/* Each receiver must get each packet of the window, once. */
static void check_window(__u64 first)
{
	for (int r = 0; r < RECEIVERS; r++) {
		bool seen[WINDOW] = {};

		for (int i = 0; i < WINDOW; i++)
			check_next(r, seen, first);
	}
}

/* ---- swaps ----------------------------------------------------------------- */

static int swaps_wanted(void)
{
	const char *wanted = getenv("SWIFTCALL_SWAPS");

	return wanted ? atoi(wanted) : SWAPS;
}

/* The child's exit status is 0 if all has been done. */
static pid_t swap_planes(void)
{
	pid_t pid = fork();
	int err = 0;

	if (pid)
		return pid;
	for (int i = 0; i < swaps_wanted() && !err; i++)
		err = dataplane_change(both, i % 2 ? &plane_tc : &plane_xdp,
				       DEFAULT_PIN_DIR);
	_exit(!!err);
}

TEST("6.0.su", swap_under_load,
     "planes take over from each other, and no packet is lost or doubled",
     .seconds = 60)
{
	__s64 began = clock_now_ms();
	int status = -1;
	pid_t pid;

	open_call();
	pid = swap_planes();
	while (!waitpid(pid, &status, WNOHANG)) {
		send_window();
		check_window(call.sent - WINDOW);
	}
	check_int("exit status of who swaps", 0, status);
	step("%d swaps, %llu packets, %lld ms", swaps_wanted(), call.sent,
	     (long long)(clock_now_ms() - began));
	figure("swaps", swaps_wanted());
	figure("packets", call.sent);
	figure("seconds", (clock_now_ms() - began) / 1e3);
	call_check_conservation(call.sent * RECEIVERS);
}

TEST("6.0.sv", swap_is_told, "the tables say who forwards")
{
	call_open();
	check_str("plane", "tc", control_plane());
	check_int("change", 0,
		  dataplane_change(both, &plane_xdp, DEFAULT_PIN_DIR));
	check_str("plane", "xdp", control_plane());
	check_int("detach", 0, dataplane_detach(both, DEFAULT_PIN_DIR));
	check_int("nothing to change", -ENOENT,
		  dataplane_change(both, &plane_tc, DEFAULT_PIN_DIR));
}

TEST("6.0.sw", swap_of_strangers, "a directory that others write to is refused")
{
	call_open();
	check_int("chmod", 0, chmod(DEFAULT_PIN_DIR, 0777));
	check_int("change", -EACCES,
		  dataplane_change(both, &plane_xdp, DEFAULT_PIN_DIR));
	check_str("plane", "tc", control_plane());
	check_int("chmod", 0, chmod(DEFAULT_PIN_DIR, 0700));
	check_int("change", 0,
		  dataplane_change(both, &plane_xdp, DEFAULT_PIN_DIR));
}
