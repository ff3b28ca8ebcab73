// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What comes up to the media socket.  In mode tc the kernel forwards, but not
 * all that is media: what the stack has to deal with first comes up to the
 * server, and so does what comes in where no program of ours is.  It has to
 * reach the receivers all the same, once, and the server says so.
 */
#include <linux/udp.h>

#include "lab04-signalling/test_caller.h"

TEST_SETUP(set_up_servers)

#define LONGER_THAN_MTU	2600

/* A socket of a caller's own stack, on one of its ports. */
static int open_port(const struct caller *c, __u16 port)
{
	struct sockaddr_in6 six = {
		.sin6_family = AF_INET6, .sin6_port = htons(port),
	};
	struct sockaddr_in four = {
		.sin_family = AF_INET, .sin_port = htons(port),
	};
	struct timeval deadline = { .tv_sec = PATIENCE_MS / 1000 };
	int fd = sandbox_socket(c->host, server->v6 ? AF_INET6 : AF_INET,
				SOCK_DGRAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof(deadline));
	check_int("bind", 0, server->v6 ?
		  bind(fd, (struct sockaddr *)&six, sizeof(six)) :
		  bind(fd, (struct sockaddr *)&four, sizeof(four)));
	return fd;
}

static void send_to(int fd, const char *ip, const void *bytes, size_t length)
{
	struct sockaddr_in6 six = {
		.sin6_family = AF_INET6, .sin6_port = htons(CALL_PORT),
	};
	struct sockaddr_in four = {
		.sin_family = AF_INET, .sin_port = htons(CALL_PORT),
	};

	inet_pton(AF_INET6, ip, &six.sin6_addr);
	inet_pton(AF_INET, ip, &four.sin_addr);
	check_int("sendto", length, strchr(ip, ':') ?
		  sendto(fd, bytes, length, 0, (void *)&six, sizeof(six)) :
		  sendto(fd, bytes, length, 0, (void *)&four, sizeof(four)));
}

/* A video packet of a caller, which a receiver with the same ids gets as is. */
static void make_video(const struct caller *from, __u16 seq, __u8 *bytes,
		       size_t length)
{
	struct rtp_hdr rtp = {
		.vpxcc = 0x80, .mpt = from->pt[VIDEO], .seq = htons(seq),
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

TEST_BOTH("4.0.ua", fragments, "a datagram longer than the MTU is put together "
	  "and forwarded")
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

TEST_BOTH("4.0.uf", gso, "packets that travel as one reach receivers as several")
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
	setsockopt(sender, IPPROTO_UDP, UDP_SEGMENT, &segment,
		   sizeof(segment));
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

TEST_BOTH("4.0.uc", priority_tag, "a frame that has a priority but no VLAN is "
	  "forwarded once, and without the tag")
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

/* The server has a second interface, towards alice. */
static void add_second_interface(const struct server *s)
{
	check_int("ip", 0, sandbox_run(s->host,
		"ip link add eth9 type veth peer name e9 netns alice && "
		"ip addr add 10.9.0.254/24 dev eth9 && ip link set eth9 up && "
		"ip -n alice addr add 10.9.0.1/24 dev e9 && "
		"ip -n alice link set e9 up"));
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

TEST_BOTH("4.0.ud", other_interface, "what comes in where no program of ours "
	  "is, is forwarded, and the log says so once")
{
	struct server *own = start_own((struct server){
		.extra = { "--allow-any-address", "--media=[::]:5004" },
	});
	struct caller c[2];
	int sender, receiver;

	add_second_interface(own);
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
	check_int("ip", 0, sandbox_run("dave", "ip link del eth9"));
}

TEST("4.0.ue", no_ethernet, "an interface without Ethernet frames is refused "
     "in mode tc: what comes in there needs no program")
{
	struct server own = { .host = "dave", .extra = { "--iface=tun0" } };

	check_int("ip", 0, sandbox_run("dave", "ip tuntap add tun0 mode tun"));
	check_int("exit status", 1, WEXITSTATUS(server_start(&own)));
	check_said(&own, "tun0 has no Ethernet frames");
	check_said(&own, "what comes in there, the server forwards");
	check_int("pins", 1, sandbox_run(NULL, "test -e /sys/fs/bpf/dave"));
	check_int("ip", 0, sandbox_run("dave", "ip link del tun0"));
}
