// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What comes up to the media socket.  In mode tc the kernel forwards, but not
 * all that is media: what the stack has to deal with first comes up to the
 * server, and so does what comes in where no program of ours is.  It has to
 * reach the receivers all the same, once, and the server says so.
 */
#include <bpf/bpf.h> /* before bpf_native.h redefines a name of it */
#include <bpf/libbpf.h>
#include <errno.h>
#include <limits.h>
#include <linux/pkt_cls.h>
#include <linux/rtnetlink.h>
#include <linux/udp.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/wait.h>

#include "common/route_watch.h"
#include "lab04-signalling/testlib/caller.h"

TEST_SETUP(set_up_servers)

#define LONGER_THAN_MTU 2600

static __u16 get_be16(const __u8 *at)
{
	return at[0] << 8 | at[1];
}

/* A socket of a caller's own stack, on one of its ports. */
static int open_port(const struct caller *c, __u16 port)
{
	struct sockaddr_in6 six = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(port),
	};
	struct sockaddr_in four = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};
	struct timeval deadline = { .tv_sec = PATIENCE_MS / 1000 };
	int fd = sandbox_socket(c->host, server->v6 ? AF_INET6 : AF_INET,
				SOCK_DGRAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof(deadline));
	check_int("bind", 0,
		  server->v6 ?
			  bind(fd, (struct sockaddr *)&six, sizeof(six)) :
			  bind(fd, (struct sockaddr *)&four, sizeof(four)));
	return fd;
}

static void send_to(int fd, const char *ip, const void *bytes, size_t length)
{
	struct sockaddr_in6 six = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(CALL_PORT),
	};
	struct sockaddr_in four = {
		.sin_family = AF_INET,
		.sin_port = htons(CALL_PORT),
	};

	inet_pton(AF_INET6, ip, &six.sin6_addr);
	inet_pton(AF_INET, ip, &four.sin_addr);
	check_int("sendto", length,
		  strchr(ip, ':') ? sendto(fd, bytes, length, 0, (void *)&six,
					   sizeof(six)) :
				    sendto(fd, bytes, length, 0, (void *)&four,
					   sizeof(four)));
}

/* A video packet of a caller, which a receiver with the same ids gets as is. */
static void make_video(const struct caller *from, __u16 seq, __u8 *bytes,
		       size_t length)
{
	struct rtp_hdr rtp = {
		.vpxcc = 0x80,
		.mpt = from->pt[VIDEO],
		.seq = htons(seq),
		.timestamp = htonl(seq * 3000u),
		.ssrc = htonl(from->ssrc[VIDEO]),
	};

	for (size_t i = 0; i < length; i++)
		bytes[i] = i + seq;
	memcpy(bytes, &rtp, sizeof(rtp));
}

/* From alice's stack to bob's, whatever it is made of on the way. */
static void pass_video(const struct caller *from, int sender,
		       const char *server_address, int receiver, __u16 seq,
		       size_t length)
{
	static __u8 sent[LONGER_THAN_MTU], got[LONGER_THAN_MTU + 1];

	make_video(from, seq, sent, length);
	send_to(sender, server_address, sent, length);
	step("%s sends video %u, %zu bytes", from->name, seq, length);
	check_int("bytes that bob gets", length,
		  recv(receiver, got, sizeof(got), 0));
	check_hex("what bob gets", sent, got, length);
}

/* ---- 4.0: what came up ------------------------------------------------- */

/* Three packets, of which one is missing, and what is counted of them. */
static void check_fragments(void)
{
	struct control_totals before = totals();
	__u64 came_up = metric("swiftcall_unexpected_rtp_packets_total");
	struct caller c[2];
	const char *name = new_room();
	int sender, receiver;
	json_t *room, *s;

	c[0] = join_new("alice", name);
	c[1] = join_new("bob", name);
	connect_all(c, 2);
	sender = open_port(&c[0], sender_port(&c[0], VIDEO));
	receiver = open_port(&c[1], receiver_port(&c[1], 3));
	for (__u16 seq = 1; seq <= 4; seq += 1 + seq / 2)
		pass_video(&c[0], sender, server_ip(server), receiver, seq,
			   LONGER_THAN_MTU);
	room = get_room(name);
	s = find_stream(room, &c[0], VIDEO);
	check_int("packets", 3, number(s, "packets"));
	check_int("lost", 1, number(s, "lost"));
	json_decref(room);
	check_uint("RTP that came up", server->user ? 0 : 3,
		   metric("swiftcall_unexpected_rtp_packets_total") - came_up);
	check_uint("forwarded by user space", 3,
		   totals().user_packets - before.user_packets);
	check_uint("copies sent", 3, totals().sent - before.sent);
	check_uint("copies due", 3, totals().copies - before.copies);
	close(sender);
	close(receiver);
}

TEST_BOTH("4.0.ua", fragments,
	  "a datagram longer than the MTU is put together and forwarded")
{
	check_fragments();
}

TEST_BOTH("4.0.ub", fragments_v6, "over IPv6, too")
{
	struct server *own = start_own((struct server){ .v6 = true });

	check_fragments();
	if (!own->user)
		check_said(own, "it came in IP fragments");
	server_kill(own, SIGTERM);
}

TEST_BOTH("4.0.ul", gso,
	  "packets that travel as one reach receivers as several")
{
	static __u8 sent[3][200], got[201];
	struct control_totals before = totals();
	const char *name = new_room();
	int sender, receiver, segment = sizeof(sent[0]);
	struct caller c[2];

	c[0] = join_new("alice", name);
	c[1] = join_new("bob", name);
	connect_all(c, 2);
	sender = open_port(&c[0], sender_port(&c[0], VIDEO));
	receiver = open_port(&c[1], receiver_port(&c[1], 3));
	for (int i = 0; i < 3; i++)
		make_video(&c[0], i + 1, sent[i], sizeof(sent[i]));
	setsockopt(sender, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof(segment));
	send_to(sender, server_ip(server), sent, sizeof(sent));
	for (int i = 0; i < 3; i++) {
		check_int("bytes that bob gets", sizeof(sent[i]),
			  recv(receiver, got, sizeof(got), 0));
		check_hex("what bob gets", sent[i], got, sizeof(sent[i]));
	}
	check_uint("copies sent", 3, totals().sent - before.sent);
	close(sender);
	close(receiver);
}

TEST_BOTH("4.0.uc", priority_tag,
	  "a frame that has a priority but no VLAN is forwarded once, and "
	  "without the tag")
{
	struct packet_spec s;
	struct caller c[3];

	three_call(c);
	for (__u16 seq = 1; seq <= 4; seq++) {
		s = rtp(&c[0], VIDEO, seq);
		s.vlans = seq % 2;
		s.vlan[0].priority = 5;
		call_send(c[0].injector, s);
		hear(&c[1], &c[0], VIDEO, seq);
		hear(&c[2], &c[0], VIDEO, seq);
	}
}

/* The server has a second interface, towards another host: 10.9.0. */
static void add_link(const struct server *s, const char *host, int n)
{
	check_int("ip", 0,
		  sandbox_run(
			  s->host,
			  "ip link del eth9 2>/dev/null; ip link add eth9 type "
			  "veth peer name e9 netns %s && ip addr add "
			  "10.9.0.254/24 dev eth9 && ip link set eth9 up && ip "
			  "-n %s addr add 10.9.0.%d/24 dev e9 && ip -n %s link "
			  "set e9 up",
			  host, host, n, host));
}

static void remove_link(const struct server *s)
{
	check_int("ip", 0, sandbox_run(s->host, "ip link del eth9"));
}

/* alice sends from there. */
static struct caller join_by_second_interface(const char *room)
{
	struct caller c = caller("alice");
	char *offer = offer_text(&c);

	offer = edit(offer, "c=IN IP4 10.0.7.1", "c=IN IP4 10.9.0.1");
	join_with(&c, room, offer);
	free(offer);
	return c;
}

static void check_said_once(const struct server *s, const char *words)
{
	check_int("lines with these words", 0,
		  sandbox_run(NULL, "test $(grep -c '%s' %s) = 1", words,
			      log_path(s)));
}

TEST_BOTH("4.0.ud", other_interface,
	  "what comes in where no program of ours is, is forwarded, and the "
	  "log says so once")
{
	struct server *own = start_own((struct server){
		.extra = { "--allow-any-address", "--media=[::]:5004" },
	});
	struct caller c[2];
	int sender, receiver;

	add_link(own, "alice", 1);
	c[0] = join_by_second_interface("r");
	c[1] = join_new("bob", "r");
	listen_to_events(&c[1]);
	renegotiate(&c[1]);
	sender = open_port(&c[0], sender_port(&c[0], VIDEO));
	receiver = open_port(&c[1], receiver_port(&c[1], 3));
	for (__u16 seq = 1; seq <= 4; seq++)
		pass_video(&c[0], sender, "10.9.0.254", receiver, seq, 500);
	if (!own->user)
		check_said_once(own, "RTP from eth9 comes up to this process, "
				     "which forwards it: no program of ours");
	close(sender);
	close(receiver);
	server_kill(own, SIGTERM);
	remove_link(own);
}

TEST("4.0.ue", no_ethernet,
     "an interface without Ethernet frames is refused in mode tc: what comes "
     "in there needs no program")
{
	struct server own = { .host = "dave", .extra = { "--iface=tun0" } };

	need_tun();
	check_int("ip", 0, sandbox_run("dave", "ip tuntap add tun0 mode tun"));
	check_int("exit status", 1, WEXITSTATUS(server_start(&own)));
	check_said(&own, "tun0 has no Ethernet frames");
	check_said(&own, "what comes in there, the server forwards");
	check_int("pins", 1, sandbox_run(NULL, "test -e /sys/fs/bpf/dave"));
	check_int("ip", 0, sandbox_run("dave", "ip link del tun0"));
}

/* ---- 4.0: what is for this host ---------------------------------------- */

/*
 * Is s forwarded?  Bob may see it in any case, as the switch shows it to all,
 * but not behind the copy of what is sent after it.
 */
static bool is_served(const struct caller c[2], struct packet_spec s)
{
	size_t at = 14 + (server->v6 ? 40 : 20) + 8 + 2;
	__u64 before = totals().packets;
	struct frame f;

	call_send(c[0].injector, s);
	say(&c[0], VIDEO, 2);
	do
		check_int("a copy", 0,
			  capture_next(c[1].capture, &f, PATIENCE_MS));
	while (get_be16(f.data + at) != 2);
	return totals().packets - before > 1;
}

TEST_BOTH("4.0.um", groups, "nothing that was sent to a group is forwarded")
{
	static const uint8_t broadcast[] = { 255, 255, 255, 255, 255, 255 },
			     group[] = { 1, 0, 0x5e, 0, 0, 1 };
	const struct {
		const uint8_t *mac;
		const char *ip;
	} groups[] = {
		{ broadcast, server_ip(server) },
		{ broadcast, "255.255.255.255" },
		{ sandbox_host(server->host)->mac, "255.255.255.255" },
		{ sandbox_host(server->host)->mac, "224.0.0.1" },
		{ group, "224.0.0.1" },
		{ group, server_ip(server) },
	};
	struct packet_spec s;
	struct caller c[3];

	three_call(c);
	s = rtp(&c[0], VIDEO, 1);
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
		s.eth.dst = groups[i].mac;
		s.ip.dst = groups[i].ip;
		check_true(!is_served(c, s), "it is served, to %s", s.ip.dst);
	}
}

static void check_source_route(const struct caller c[2], struct packet_spec s)
{
	const char *name = "swiftcall_packets_total{verdict=\"source_route\"}";
	__u64 dropped = metric(name);

	check_true(!is_served(c, s), "it is served");
	check_uint("source_route", 1, metric(name) - dropped);
}

TEST_BOTH("4.0.un", source_route,
	  "nothing that was told its way is forwarded, even where the host "
	  "allows it")
{
	/* strict and loose, at their end; the pointer is behind the last */
	static const __u8 routes[2][8] = {
		{ 137, 7, 8, 10, 0, 7, 254, 0 },
		{ 1, 131, 7, 8, 10, 0, 7, 254 },
	};
	struct caller c[3];
	struct packet_spec s;

	check_int("sysctl", 0,
		  sandbox_run(server->host,
			      "sysctl -qw "
			      "net.ipv4.conf.all.accept_source_route=1 "
			      "net.ipv4.conf.eth0.accept_source_route=1"));
	three_call(c);
	s = rtp(&c[0], VIDEO, 1);
	s.ip.options_len = sizeof(routes[0]);
	for (int i = 0; i < 2; i++) {
		s.ip.options = routes[i];
		check_source_route(c, s);
	}
}

/* Segment routing (RFC 8754): two segments of this host, and one is left. */
TEST_BOTH("4.0.uo", routing_header, "nor over IPv6, by a routing header")
{
	struct server *own;
	struct caller c[3];
	struct packet_spec s;
	__u8 header[6 + 32] = { 4, 1, 1 };

	own = start_own((struct server){ .v6 = true });
	check_int("sysctl", 0,
		  sandbox_run(own->host, "sysctl -qw "
					 "net.ipv6.conf.all.seg6_enabled=1 "
					 "net.ipv6.conf.eth0.seg6_enabled=1"));
	three_call(c);
	inet_pton(AF_INET6, server_ip(own), header + 6);
	inet_pton(AF_INET6, server_ip(own), header + 6 + 16);
	s = rtp(&c[0], VIDEO, 1);
	s.ip.exts = 1;
	s.ip.ext[0].type = IPPROTO_ROUTING;
	s.ip.ext[0].body = header;
	s.ip.ext[0].len = 2 + sizeof(header);
	check_source_route(c, s);
	server_kill(own, SIGTERM);
}

#define NEW_ADDRESS "10.0.7.77"

static __u64 forwarded_by_kernel(void)
{
	struct control_totals t = totals();

	return t.packets - t.user_packets;
}

TEST_BOTH("4.0.up", other_addresses,
	  "an address that the host gets later is served, and one that it has "
	  "lost is not")
{
	struct server *own = start_own((struct server){
		.extra = { "--media=[::]:5004" },
	});
	struct caller c[2];
	struct packet_spec s;
	__u64 kernel;

	c[0] = join_new("alice", "r");
	c[1] = join_new("bob", "r");
	connect_all(c, 2);
	check_int("ip", 0,
		  sandbox_run(own->host,
			      "ip addr add " NEW_ADDRESS "/32 dev lo"));
	s = rtp(&c[0], VIDEO, 1);
	s.ip.dst = NEW_ADDRESS;
	do {
		kernel = forwarded_by_kernel();
		call_send(c[0].injector, s);
		hear(&c[1], &c[0], VIDEO, 1);
	} while (!own->user && forwarded_by_kernel() == kernel);
	check_int("ip", 0,
		  sandbox_run(own->host,
			      "ip addr del " NEW_ADDRESS "/32 dev lo"));
	while (is_served(c, s))
		;
	server_kill(own, SIGTERM);
	check_int("ip", 0, sandbox_run(own->host, "ip addr flush dev lo"));
}

/* ---- 4.0: links, as they come and go ----------------------------------- */

/*
 * alice sends by eth0, and bob receives at 10.9.0.2, by the second interface
 * of a server of the test's own.
 */
static struct {
	struct server *own;
	struct caller alice, bob;
	int links;  /* news of the server's links */
	__u16 sent; /* by alice so far */
} call;

static void watch_links(void)
{
	struct sockaddr_nl groups = {
		.nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_LINK,
	};

	call.links = sandbox_socket(call.own->host, AF_NETLINK,
				    SOCK_RAW | SOCK_NONBLOCK, NETLINK_ROUTE);
	check_int("bind", 0,
		  bind(call.links, (struct sockaddr *)&groups, sizeof(groups)));
}

static void look_at_eth9(const struct route_news *news, void *can_send)
{
	if (news->kind == NEWS_LINK && !strcmp(news->name, "eth9"))
		*(bool *)can_send = news->can_send;
}

/* The server hears of it when we do. */
static void await_eth9(bool can_send)
{
	struct pollfd news = { .fd = call.links, .events = POLLIN };
	bool can = !can_send;

	step("eth9 is %s", can_send ? "to come up" : "to go down");
	while (can != can_send) {
		check_int("poll", 1, poll(&news, 1, PATIENCE_MS));
		check_int("read", 0,
			  route_watch_read(call.links, look_at_eth9, &can));
	}
}

/* What comes to bob's end of eth9, from now on. */
static void capture_at_e9(void)
{
	close(call.bob.capture);
	call.bob.capture = capture_open("bob", "e9");
}

static void bob_moves_to_eth9(void)
{
	char *text = edit(answer_text(&call.bob),
			  "10.0.7.2\r\nt=", "10.9.0.2\r\nt=");

	answer_with(&call.bob, text);
	free(text);
	capture_at_e9();
}

/* ARP would have to be waited for. */
static void enter_neighbour(void)
{
	check_int(
		"ip", 0,
		sandbox_run(call.own->host,
			    "ip neigh replace 10.9.0.2 dev eth9 nud permanent "
			    "lladdr $(ip netns exec bob cat "
			    "/sys/class/net/e9/address)"));
}

static void open_call(struct server options)
{
	options.extra[0] = "--allow-any-address";
	options.extra[1] = "--media=[::]:5004";
	call.own = start_own(options);
	watch_links();
	add_link(call.own, "bob", 2);
	await_eth9(true);
	enter_neighbour();
	call.alice = join_new("alice", "r");
	call.bob = join_new("bob", "r");
	listen_to_events(&call.bob);
	next_offer(&call.bob);
	bob_moves_to_eth9();
}

static void close_call(void)
{
	server_kill(call.own, SIGTERM);
	close(call.links);
	remove_link(call.own);
}

/* A datagram to port 9 is how the server looks for a neighbour (route.h). */
static void check_arrives(void)
{
	struct frame got;

	say(&call.alice, VIDEO, ++call.sent);
	do
		check_int("a copy arrives", 0,
			  capture_next(call.bob.capture, &got, PATIENCE_MS));
	while (get_be16(got.data + 36) == 9);
	check_uint("sequence number", call.sent, get_be16(got.data + 44));
}

/* The next copy that comes there, of packets that are sent until it does. */
static void await_copy(int capture)
{
	struct frame got;
	int err;

	do {
		say(&call.alice, VIDEO, ++call.sent);
		err = capture_next(capture, &got, 100);
	} while (err == -ETIMEDOUT || (!err && get_be16(got.data + 36) == 9));
	check_int("a copy arrives at last", 0, err);
}

/* What is sent now is counted as failed. */
static void check_fails(void)
{
	struct control_totals before = totals(), after;

	for (int i = 0; i < 3; i++)
		say(&call.alice, VIDEO, ++call.sent);
	do
		after = totals();
	while (after.packets < before.packets + 3);
	check_uint("copies sent", 0, after.sent - before.sent);
	check_uint("copies failed", 3, after.failed - before.failed);
	check_uint("copies due", 3, after.copies - before.copies);
}

/* An end of the link is down for a while; then mend() does what is left. */
static void take_down(const char *host, const char *end, void (*mend)(void))
{
	open_call((struct server){});
	check_arrives();
	check_int("ip", 0, sandbox_run(host, "ip link set %s down", end));
	await_eth9(false);
	check_fails();
	check_int("ip", 0, sandbox_run(host, "ip link set %s up", end));
	await_eth9(true);
	mend();
	await_copy(call.bob.capture);
	close_call();
}

TEST_BOTH("4.0.uf", link_down,
	  "copies that would leave by a link that is down have failed; they go "
	  "on when it is up again")
{
	take_down("dave", "eth9", enter_neighbour);
}

TEST_BOTH("4.0.ug", no_carrier, "so have those for a link without a carrier")
{
	take_down("bob", "e9", capture_at_e9);
}

/* Whatever leaves by eth9 is dropped before it gets to the device. */
static void drop_all_by_eth9(void)
{
	const struct bpf_insn shot[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = TC_ACT_SHOT },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_tc_hook, hook, .attach_point = BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, options,
		    .prog_fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "shot",
					     "GPL", shot, 2, NULL));
	pid_t pid = fork();
	int status;

	if (!pid) {
		sandbox_join(call.own->host);
		hook.ifindex = if_nametoindex("eth9");
		_exit(bpf_tc_hook_create(&hook) ||
		      bpf_tc_attach(&hook, &options));
	}
	waitpid(pid, &status, 0);
	check_int("attach", 0, status);
	close(options.prog_fd);
}

TEST_BOTH("4.0.uh", queue_drops, "so have those that the device's queue drops")
{
	open_call((struct server){});
	check_arrives();
	drop_all_by_eth9();
	check_fails();
	check_int("tc", 0, sandbox_run("dave", "tc qdisc del dev eth9 clsact"));
	check_arrives();
	close_call();
}

TEST_BOTH("4.0.ui", link_again,
	  "a link that is deleted has failed; when there is one of its name "
	  "again, copies leave by that")
{
	open_call((struct server){});
	check_arrives();
	remove_link(call.own);
	check_fails();
	add_link(call.own, "bob", 2);
	await_eth9(true);
	enter_neighbour();
	capture_at_e9();
	await_copy(call.bob.capture);
	close_call();
}

TEST_BOTH("4.0.uj", other_way, "copies go the way that the routes say now")
{
	int by_eth0;

	open_call((struct server){});
	check_arrives();
	by_eth0 = capture_open("bob", "eth0");
	check_int("ip", 0,
		  sandbox_run("dave", "ip route add 10.9.0.2/32 via "
				      "10.0.7.2 dev eth0"));
	await_copy(by_eth0);
	check_int("ip", 0, sandbox_run("dave", "ip route del 10.9.0.2/32"));
	close_call();
}

/* ---- 4.0: an interface of --iface that comes back ---------------------- */

static bool has_said(const struct server *s, const char *words)
{
	static char text[65536];
	FILE *f = fopen(log_path(s), "r");

	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	return strstr(text, words);
}

static void await_said(const struct server *s, const char *words)
{
	char event[sizeof(struct inotify_event) + NAME_MAX + 1];
	struct pollfd news = { .fd = inotify_init(), .events = POLLIN };

	inotify_add_watch(news.fd, log_path(s), IN_MODIFY);
	while (!has_said(s, words)) {
		check_true(poll(&news, 1, PATIENCE_MS) == 1,
			   "it does not say \"%s\"", words);
		if (read(news.fd, event, sizeof(event)) < 0)
			break;
	}
	close(news.fd);
}

TEST("4.0.uk", attached_again,
     "an interface that comes back under its name is attached again",
     .seconds = 30)
{
	struct server options = {
		.host = "dave",
		.extra = { "--allow-any-address", "--media=[::]:5004",
			   "--iface=eth9" },
	};
	struct server *own;
	struct caller c[2];
	int sender, receiver;
	__u64 came_up;

	server = &servers[false];
	add_link(&options, "alice", 1);
	own = start_own(options);
	c[0] = join_by_second_interface("r");
	c[1] = join_new("bob", "r");
	listen_to_events(&c[1]);
	renegotiate(&c[1]);
	sender = open_port(&c[0], sender_port(&c[0], VIDEO));
	receiver = open_port(&c[1], receiver_port(&c[1], 3));
	for (__u16 seq = 1; seq <= 6; seq++) {
		pass_video(&c[0], sender, "10.9.0.254", receiver, seq, 500);
		if (seq != 3)
			continue;
		remove_link(own);
		await_said(own, "eth9 is gone");
		add_link(own, "alice", 1);
		await_said(own, "eth9 is back: the kernel forwards");
	}
	came_up = metric("swiftcall_unexpected_rtp_packets_total");
	check_uint("RTP that came up", 0, came_up);
	check_uint("forwarded by user space", 0, totals().user_packets);
	server_kill(own, SIGTERM);
	check_int("nothing is left on eth9", 0,
		  sandbox_run("dave",
			      "! ip link show eth9 | grep -q xdp && ! tc qdisc "
			      "show dev eth9 | grep -q clsact"));
	check_int("pins", 1, sandbox_run(NULL, "test -e /sys/fs/bpf/dave"));
	remove_link(own);
	close(sender);
	close(receiver);
}
