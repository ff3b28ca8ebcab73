// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The media socket and who works at it, without a server around them: alice
 * sends from this process to a relay in this process, over `lo`, and the
 * tables are memory.
 */
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/sandbox.h"
#include "lab03-maps/testlib/room.h"
#include "lab04-signalling/media/cipher.h"
#include "lab04-signalling/media/media_socket.h"
#include "lab04-signalling/media/relay.h"

TEST_SETUP(sandbox_enter)

#define MEDIA_PORT 5004
#define ALICE_PORT 6000
#define BOB_PORT   7000 /* nobody listens there */

static struct {
	struct relay *relay;
	__u32 alice, transport;
	int socket; /* alice's */
} call;

static struct ip_addr loopback(void)
{
	return ip_addr_v4(htonl(INADDR_LOOPBACK));
}

static bool alice_leaves; /* with the next datagram that is not media */

static void hear(void *ctx, enum verdict class, const struct ip_addr *from,
		 __be16 port, const void *bytes, __u32 length)
{
	(void)ctx, (void)class, (void)from, (void)port, (void)bytes;
	(void)length;
	if (!alice_leaves)
		return;
	check_int("leave", 0, control_leave(call.alice));
	commit();
	alice_leaves = false;
}

static int open_socket(__u16 port)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	check_int("bind", 0, bind(fd, (struct sockaddr *)&addr, sizeof(addr)));
	return fd;
}

static __u32 enter_as(const char *name, __u16 port)
{
	struct ip_addr addr = loopback();
	__u32 id;

	check_int("join", 0, control_join("r", name, NO_LIMIT, &id));
	check_int("deliver", 0, control_set_address(id, &addr, htons(port)));
	return id;
}

static __u32 transport_at(__u32 id, __u16 port)
{
	struct ip_addr addr = loopback();
	__u32 transport;

	check_int("transport", 0,
		  control_add_transport(id, &addr, htons(port), &transport));
	return transport;
}

static void open_call_with(const struct media_cipher *cipher)
{
	struct relay_options options = {
		.media = { .addr = loopback(), .port = htons(MEDIA_PORT) },
		.plane = &plane_user,
		.handler = hear,
		.cipher = cipher,
	};

	open_tables();
	check_int("relay_open", 0, relay_open(&options, &call.relay));
	call.alice = enter_as("alice", ALICE_PORT);
	call.transport = transport_at(call.alice, ALICE_PORT);
	call.socket = open_socket(ALICE_PORT);
}

static void open_call(void)
{
	open_call_with(NULL);
}

static void close_call(void)
{
	close(call.socket);
	relay_close(call.relay);
	control_close();
}

static void send_rtp(int fd, __u32 ssrc, __u16 seq)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(MEDIA_PORT),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct rtp_hdr rtp = {
		.vpxcc = 0x80,
		.mpt = 96,
		.seq = htons(seq),
		.timestamp = htonl(seq * 3000u),
		.ssrc = htonl(ssrc),
	};

	check_int("sendto", sizeof(rtp),
		  sendto(fd, &rtp, sizeof(rtp), 0, (struct sockaddr *)&to,
			 sizeof(to)));
}

static __u64 packets_of(__u32 stream)
{
	const struct stream_counters *c = table_find(&sfu_stream_counters,
						     &stream);

	return c->packets;
}

/*
 * As the event loop does it, until that many packets of a stream have come: on
 * a busy machine a datagram is not at the socket as soon as it was sent.
 * Returns how many turns had something to do.
 */
static __u32 read_until(__u32 stream, __u64 packets)
{
	__u32 turns = 0;
	__u64 before;

	do {
		before = packets_of(stream);
		relay_read(call.relay);
		turns += packets_of(stream) != before;
	} while (relay_has_more(call.relay) || packets_of(stream) < packets);
	return turns;
}

/* ---- statistics ------------------------------------------------------- */

static __s64 lost_of(__u32 stream)
{
	return rtp_lost(table_find(&sfu_stats, &stream));
}

TEST("4.0.va", all_are_measured,
     "every stream is measured, however many there are", .seconds = 60)
{
	const __u32 streams = MAX_STREAMS - 1;

	open_call();
	for (__u32 ssrc = 1; ssrc <= streams; ssrc++)
		check_uint("stream", ssrc,
			   publish(call.alice, call.transport, MEDIA_VIDEO,
				   ssrc));
	commit();
	for (__u32 ssrc = 1; ssrc <= streams; ssrc++) {
		send_rtp(call.socket, ssrc, 1);
		send_rtp(call.socket, ssrc, 3);
		read_until(ssrc, 2);
	}
	for (__u32 stream = 1; stream <= streams; stream++)
		check_int("lost", 1, lost_of(stream));
	close_call();
}

TEST("4.0.vb", ids_come_back,
     "a stream has nothing of an earlier one with its id")
{
	const struct rtp_stats *stats;
	__u32 stream, ssrc;

	open_call();
	stream = publish(call.alice, call.transport, MEDIA_VIDEO, 1);
	commit();
	send_rtp(call.socket, 1, 1);
	send_rtp(call.socket, 1, 100);
	read_until(stream, 2);
	check_int("lost", 98, lost_of(stream));
	check_int("unpublish", 0, control_unpublish(stream));
	commit();
	for (ssrc = 2;
	     publish(call.alice, call.transport, MEDIA_VIDEO, ssrc) != stream;
	     ssrc++)
		;
	commit();
	stats = table_find(&sfu_stats, &stream);
	check_uint("packets of a stream that has not begun", 0, stats->packets);
	send_rtp(call.socket, ssrc, 7);
	send_rtp(call.socket, ssrc, 9);
	read_until(stream, 2);
	check_int("lost", 1, lost_of(stream));
	close_call();
}

/* ---- when it came ------------------------------------------------------ */

static __u64 forwarded_at;

static void note_forwarded(__u32 stream, const void *packet, __u32 length,
			   __u64 now)
{
	(void)stream, (void)packet, (void)length;
	forwarded_at = now;
}

static void wait_for_datagram(void)
{
	struct pollfd p = { .fd = relay_fd(call.relay), .events = POLLIN };

	check_int("poll", 1, poll(&p, 1, -1));
}

/* Sends a packet and reads it later. Did it come before it was read? */
static bool came_before_it_was_read(__u32 stream, __u16 seq)
{
	__u64 before = clock_now_ns(), there;

	send_rtp(call.socket, 1, seq);
	wait_for_datagram();
	there = clock_now_ns();
	while (clock_now_ns() < (__s64)there + 5 * 1000 * 1000)
		;
	read_until(stream, seq);
	check_true(forwarded_at + NS_PER_SEC > before, "it came long ago");
	return forwarded_at <= there;
}

/*
 * The kernel begins to note when packets come a moment after it is asked to (a
 * work queue does it); until then it says when they are read.
 */
TEST("4.0.vd", kernel_says_when,
     "a packet has come when the kernel had it, not when it was read")
{
	static const struct media_cipher cipher = {
		.forwarded = note_forwarded,
	};
	__u64 deadline = clock_now_ns() + patient_ms(2000) * 1000000LL;
	__u32 stream;
	__u16 seq = 1;

	open_call_with(&cipher);
	stream = publish(call.alice, call.transport, MEDIA_VIDEO, 1);
	commit();
	while (!came_before_it_was_read(stream, seq++))
		check_true((__u64)clock_now_ns() < deadline,
			   "it came when it was read");
	close_call();
}

/* ---- counters --------------------------------------------------------- */

static void send_stun(int fd)
{
	static const __u8 request[20] = { 0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42 };
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(MEDIA_PORT),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	check_int("sendto", sizeof(request),
		  sendto(fd, request, sizeof(request), 0,
			 (struct sockaddr *)&to, sizeof(to)));
}

TEST("4.0.vf", leaving_loses_no_count,
     "copies of a stream are counted, even if it ends in the same turn")
{
	struct control_totals t;

	open_call();
	enter_as("bob", BOB_PORT);
	publish(call.alice, call.transport, MEDIA_VIDEO, 1);
	commit();
	alice_leaves = true;
	for (__u16 seq = 0; seq < 3; seq++)
		send_rtp(call.socket, 1, seq);
	send_stun(call.socket);
	while (alice_leaves)
		relay_read(call.relay);
	control_totals(&t);
	check_uint("copies due", 3, t.copies);
	check_uint("copies sent or failed", t.copies, t.sent + t.failed);
	close_call();
}

/* ---- copies that leave together --------------------------------------- */

#define MANY 40

static struct {
	struct media_socket *socket;
	unsigned int sent, failed;
} out;

static void note_copy(const struct copy *c, int error)
{
	(void)c;
	out.sent += !error;
	out.failed += !!error;
}

static void open_out(void)
{
	struct media_address media = {
		.addr = loopback(),
		.port = htons(MEDIA_PORT),
	};

	out.sent = out.failed = 0;
	check_int("media_socket_open", 0,
		  media_socket_open(&media, note_copy, &out.socket));
}

/* Every fifth is shorter than the others, if so wanted. */
static __u32 length_of(__u16 seq, bool mixed)
{
	return mixed && seq % 5 == 4 ? 100 : 1000;
}

static void queue_to(__u16 port, __u16 seq, bool mixed)
{
	struct copy *c = media_socket_copy(out.socket);

	memset(c->own, seq, length_of(seq, mixed));
	memcpy(c->header, c->own, COPY_HEADER);
	c->rest = c->own + COPY_HEADER;
	c->rest_length = length_of(seq, mixed) - COPY_HEADER;
	c->to = loopback();
	c->port = htons(port);
	c->ttl = 64;
}

/* Who comes first in a batch must not matter to anybody else. */
static void queue_many(bool mixed)
{
	for (__u16 seq = 0; seq < MANY; seq++) {
		queue_to(ALICE_PORT, seq, mixed);
		if (seq < 3)
			queue_to(BOB_PORT, seq, mixed);
	}
}

static void check_arrived(int fd, __u16 packets, bool mixed)
{
	__u8 got[2048];

	for (__u16 seq = 0; seq < packets; seq++) {
		check_int("bytes of a datagram", length_of(seq, mixed),
			  recv(fd, got, sizeof(got), 0));
		check_int("first byte", seq, got[0]);
		check_int("last byte", seq, got[length_of(seq, mixed) - 1]);
	}
	check_int("one more", -1, recv(fd, got, sizeof(got), MSG_DONTWAIT));
}

static void check_flush(bool mixed)
{
	int alice = open_socket(ALICE_PORT), bob = open_socket(BOB_PORT);

	queue_many(mixed);
	media_socket_flush(out.socket);
	check_uint("sent", MANY + 3, out.sent);
	check_uint("failed", 0, out.failed);
	check_arrived(alice, MANY, mixed);
	check_arrived(bob, 3, mixed);
	media_socket_close(out.socket);
	close(alice);
	close(bob);
}

/* A receiver that asks for it gets what left together as one. */
TEST("4.0.vg", many_to_one, "many copies to one receiver leave together")
{
	int fd, on = 1;
	__u8 got[MANY * 1000];

	open_out();
	fd = open_socket(ALICE_PORT);
	check_int("UDP_GRO", 0,
		  setsockopt(fd, IPPROTO_UDP, UDP_GRO, &on, sizeof(on)));
	queue_many(false);
	media_socket_flush(out.socket);
	check_int("bytes of all", MANY * 1000, recv(fd, got, sizeof(got), 0));
	media_socket_close(out.socket);
	close(fd);
}

TEST("4.0.vh", all_arrive, "they arrive in order, each counted once")
{
	open_out();
	check_flush(false);
	open_out();
	check_flush(true);
}

/* Without checksums the kernel does not do it (EINVAL). */
TEST("4.0.vi", refused, "where the kernel refuses that, each leaves by itself")
{
	int on = 1;

	open_out();
	check_int("SO_NO_CHECK", 0,
		  setsockopt(media_socket_fd(out.socket), SOL_SOCKET,
			     SO_NO_CHECK, &on, sizeof(on)));
	check_flush(false);
}

/* More than a batch, more than one message holds, and nobody there. */
TEST("4.0.vj", failures_count, "each of those that fail together is counted")
{
	open_out();
	for (__u16 seq = 0; seq < 3000; seq++)
		queue_to(BOB_PORT, seq, false);
	media_socket_flush(out.socket);
	check_uint("sent or failed", 3000, out.sent + out.failed);
	media_socket_close(out.socket);
}

static void check_sequence(int fd, __u16 seq)
{
	struct rtp_hdr rtp;

	check_int("bytes", sizeof(rtp), recv(fd, &rtp, sizeof(rtp), 0));
	check_uint("sequence", seq, ntohs(rtp.seq));
}

TEST("4.0.vk", law_holds, "together or not: copies due are copies sent")
{
	struct control_totals t;
	__u32 stream;
	int bob;

	open_call();
	bob = open_socket(BOB_PORT);
	enter_as("bob", BOB_PORT);
	stream = publish(call.alice, call.transport, MEDIA_VIDEO, 1);
	commit();
	for (__u16 seq = 0; seq < MANY; seq++)
		send_rtp(call.socket, 1, seq);
	read_until(stream, MANY);
	for (__u16 seq = 0; seq < MANY; seq++)
		check_sequence(bob, seq);
	control_totals(&t);
	check_uint("copies due", MANY, t.copies);
	check_uint("copies sent", MANY, t.sent);
	check_uint("skipped, failed or stale", 0,
		   t.skipped + t.failed + t.stale);
	close(bob);
	close_call();
}

/* ---- turns ------------------------------------------------------------ */

/*
 * 60 x 4,000 copies take longer than 2 ms wherever this runs: a turn that did
 * not look at the clock would make all of them.
 */
TEST("4.0.vc", turns_are_short,
     "a turn ends when its time is over, and the next one goes on",
     .seconds = 60)
{
	const __u16 datagrams = 60;
	struct control_totals t;
	char name[16];
	__u32 stream;

	open_call();
	for (int i = 0; i < 4000; i++) {
		snprintf(name, sizeof(name), "bob%d", i);
		enter_as(name, BOB_PORT);
	}
	stream = publish(call.alice, call.transport, MEDIA_VIDEO, 1);
	commit();
	for (__u16 seq = 0; seq < datagrams; seq++)
		send_rtp(call.socket, 1, seq);
	relay_read(call.relay);
	step("the first turn dealt with %llu of %u datagrams",
	     (unsigned long long)packets_of(stream), datagrams);
	check_true(packets_of(stream) > 0, "there are none");
	check_true(packets_of(stream) < datagrams / 2,
		   "a turn took as long as it took");
	check_true(relay_has_more(call.relay), "it does not say so");
	check_true(read_until(stream, datagrams) > 1, "it took two turns");
	check_uint("packets", datagrams, packets_of(stream));
	control_totals(&t);
	check_uint("copies due", datagrams * 4000, t.copies);
	check_uint("copies sent or failed", t.copies, t.sent + t.failed);
	close_call();
}
