// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The twins: the same 100,000 datagrams through the kernel and through user
 * space, and what comes out at bob's and carol's network cards compared to
 * the byte, from the Ethernet header to the last byte of payload.
 *
 * One field is left out.  IPv4's identification means nothing in a datagram
 * that may not be fragmented (RFC 6864), so the kernel puts anything there:
 * the sender's stays in the copies of mode tc, the server's own stack makes
 * up one for those of mode user.  Both header sums are verified first.
 */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "lab03-maps/testlib/call.h"
#include "lab04-signalling/media/relay.h"

TEST_SETUP(call_set_up)

#define DATAGRAMS   100000
#define WINDOW	    64 /* sent before their copies are awaited */
#define MAX_PAYLOAD 200
#define STREAMS	    4 /* SSRCs 1 to 4 of alice are signalled */

/* ---- the same datagrams again and again -------------------------------- */

struct datagram {
	__u16 length;
	bool stranger; /* sent from a port that nobody signalled */
	__u8 ttl;
	__u8 bytes[MAX_PAYLOAD];
};

/* Marsaglia's xorshift: small, and the same on every machine. */
static __u32 random_number(__u32 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static void make_rtp(struct datagram *d, __u32 *seed)
{
	static const __u8 types[] = { 96, 96, 96, 96, 96, 101, 101, 102 };
	__u8 marker = random_number(seed) % 2 ? RTP_MARKER : 0;
	struct rtp_hdr rtp = {
		.vpxcc = 0x80,
		.mpt = types[random_number(seed) % 8] | marker,
		.seq = htons(random_number(seed)),
		.timestamp = random_number(seed),
		.ssrc = htonl(1 + random_number(seed) % (STREAMS + 1)),
	};

	d->length = sizeof(rtp) + random_number(seed) % 150;
	for (__u16 i = 0; i < d->length; i++)
		d->bytes[i] = random_number(seed);
	memcpy(d->bytes, &rtp, sizeof(rtp));
}

/*
 * Mostly RTP; some with CSRCs, extension or padding that fit or do not, some
 * cut, some with a byte changed, some from a stranger, some with no hop left,
 * some with a payload type that was not announced (102).
 */
static void make_datagram(struct datagram *d, __u32 *seed)
{
	make_rtp(d, seed);
	d->stranger = random_number(seed) % 20 == 0;
	d->ttl = 1 + random_number(seed) % 20;
	switch (random_number(seed) % 8) {
	case 0:
		d->bytes[0] |= random_number(seed) % 64;
		break;
	case 1:
		d->length = 1 + random_number(seed) % d->length;
		break;
	case 2:
		d->bytes[random_number(seed) % d->length] ^= 1
							     << random_number(
									seed) %
									8;
		break;
	}
}

/* ---- the call ---------------------------------------------------------- */

static struct {
	int sockets[2]; /* alice's, and the stranger's */
	int at_bob, at_carol;
	struct relay *relay; /* mode user */
	__u32 last_stream;   /* its packets end a window */
} twin;

static int alices_socket(__u16 port)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};
	int fd = sandbox_socket("alice", AF_INET, SOCK_DGRAM, 0);

	check_int("bind", 0, bind(fd, (struct sockaddr *)&addr, sizeof(addr)));
	return fd;
}

/*
 * bob wants streams 1 to 4, carol all but the second, and half of the third;
 * and both want the marker.
 */
static void fill_room(void)
{
	struct sink nowhere = { .mline = 1 };
	struct sink half = { .mline = 2, .pt = { 96, NO_PT } };
	__u32 alice = call_join("r", "alice"), carol, streams[STREAMS + 1];

	call_join("r", "bob");
	carol = call_join("r", "carol");
	streams[0] = call_publish(alice, "alice", 1);
	for (__u32 i = 1; i <= STREAMS; i++) {
		struct publication p = {
			.ssrc = htonl(i == STREAMS ? 0xffff : i + 1),
			.kind = MEDIA_VIDEO,
			.count = 2,
			.pt = { 96, 101 },
			.formats = { { 90000, "VP8" }, { 8000, "other" } },
		};

		check_int("publish", 0,
			  control_publish(alice,
					  control_stream(streams[0])->transport,
					  &p, &streams[i]));
	}
	call_commit();
	half.transport = call_direct(carol, "carol", SENDER_PORT);
	check_int("sink", 0, control_set_sink(carol, streams[1], &nowhere));
	check_int("sink", 0, control_set_sink(carol, streams[2], &half));
	call_commit();
}

static void ignore(void *ctx, enum verdict class, const struct ip_addr *from,
		   __be16 port, const void *bytes, __u32 length)
{
	(void)ctx, (void)class, (void)from, (void)port, (void)bytes;
	(void)length;
}

/*
 * A stray frame, such as another kernel's ARP, may have come on another CPU.
 * Then that CPU takes what else is in the ring of eth0, which is there for XDP,
 * and its copies are overtaken by those made here.  With RPS what is behind XDP
 * is this CPU's work, whoever empties the ring.
 */
static void stay_in_order(void)
{
	char mask[1024];
	int cpu, length;

	check_int("stay_on_this_cpu", 0, stay_on_this_cpu());
	cpu = sched_getcpu();
	length = snprintf(mask, sizeof(mask), "%x", 1u << cpu % 32);
	for (; cpu >= 32; cpu -= 32)
		length += snprintf(mask + length, sizeof(mask) - length,
				   ",00000000");
	check_int("RPS", 0,
		  sandbox_run(NULL,
			      "f=/sys/class/net/eth0/queues/rx-0/rps_cpus; "
			      "[ ! -e $f ] || echo %s >$f",
			      mask));
}

static void open_twin(bool kernel)
{
	struct relay_options options = {
		.media.port = htons(CALL_PORT),
		.plane = kernel ? &plane_tc : &plane_user,
		.handler = ignore,
	};

	if (kernel) {
		call_open();
	} else {
		int err;

		dataplane_detach(call_planes, DEFAULT_PIN_DIR);
		err = control_open(&plane_user, NULL, htons(CALL_PORT));
		check_int("control_open", 0, err);
	}
	check_int("relay_open", 0, relay_open(&options, &twin.relay));
	stay_in_order();
	fill_room();
	/* Checksums are to be computed, so that they can be compared. */
	check_int("offload", 0, sandbox_offload("alice", false));
	check_int("offload", 0, sandbox_offload(SANDBOX_SERVER, false));
	twin.sockets[0] = alices_socket(SENDER_PORT);
	twin.sockets[1] = alices_socket(SENDER_PORT + 1);
	twin.at_bob = capture_open("bob", "eth0");
	twin.at_carol = capture_open("carol", "eth0");
}

static void close_twin(void)
{
	relay_close(twin.relay);
	control_close();
	for (int i = 0; i < 2; i++)
		close(twin.sockets[i]);
	close(twin.at_bob);
	close(twin.at_carol);
}

static void send_datagram(const struct datagram *d)
{
	struct sockaddr_in server = {
		.sin_family = AF_INET,
		.sin_port = htons(CALL_PORT),
	};
	int fd = twin.sockets[d->stranger], ttl = d->ttl;

	inet_pton(AF_INET, sandbox_host(SANDBOX_SERVER)->ip4, &server.sin_addr);
	setsockopt(fd, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl));
	check_int("sendto", d->length,
		  sendto(fd, d->bytes, d->length, 0, (struct sockaddr *)&server,
			 sizeof(server)));
}

/* An RTP packet of the stream that only ends windows, numbered. */
static void send_marker(__u32 window)
{
	struct datagram d = {
		.length = 16,
		.ttl = 64,
		.bytes = { 0x80, 96, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff },
	};

	memcpy(d.bytes + 12, &window, sizeof(window));
	send_datagram(&d);
}

/* ---- what came out ----------------------------------------------------- */

/* All frames that one receiver got, one behind the other. */
struct output {
	__u8 *bytes;
	size_t length, room;
	__u32 frames;
};

static void blank_ip_id(struct frame *frame)
{
	struct iphdr *ip = (struct iphdr *)(frame->data + 14);

	check_checksums(frame);
	ip->id = 0;
	ip->check = 0;
}

static void add_frame(struct output *out, struct frame *frame)
{
	__u16 length = frame->len;

	blank_ip_id(frame);

	if (out->length + sizeof(length) + length > out->room) {
		out->room = out->room ? 2 * out->room : 1 << 20;
		out->bytes = realloc(out->bytes, out->room);
	}
	memcpy(out->bytes + out->length, &length, sizeof(length));
	out->length += sizeof(length);
	memcpy(out->bytes + out->length, frame->data, length);
	out->length += length;
	out->frames++;
}

static bool is_marker(const struct frame *frame, __u32 window)
{
	return frame->len == 14 + 20 + 8 + 16 &&
	       !memcmp(frame->data + 14 + 20 + 8 + 8, "\0\0\xff\xff", 4) &&
	       !memcmp(frame->data + frame->len - 4, &window, 4);
}

/* Reads up to the end of a window; in mode user the relay works meanwhile. */
static void read_window(int capture, __u32 window, struct output *out)
{
	struct frame frame;
	int err;

	do {
		do {
			do
				relay_read(twin.relay);
			while (relay_has_more(twin.relay));
			err = capture_next(capture, &frame, 1);
		} while (err == -ETIMEDOUT);
		check_int("capture_next", 0, err);
		add_frame(out, &frame);
	} while (!is_marker(&frame, window));
}

static void run_twin(bool kernel, struct output out[2])
{
	struct datagram d;
	__u32 seed = 20261121;

	open_twin(kernel);
	for (__u32 i = 0; i < DATAGRAMS; i++) {
		make_datagram(&d, &seed);
		send_datagram(&d);
		if (i % WINDOW && i < DATAGRAMS - 1)
			continue;
		send_marker(i);
		read_window(twin.at_bob, i, &out[0]);
		read_window(twin.at_carol, i, &out[1]);
	}
}

static void check_same(const char *who, const struct output *user,
		       const struct output *kernel)
{
	size_t at = 0;
	__u16 a, b;

	for (__u32 i = 0; i < user->frames && i < kernel->frames; i++) {
		struct frame one = {}, two = {};

		memcpy(&a, user->bytes + at, sizeof(a));
		memcpy(&b, kernel->bytes + at, sizeof(b));
		at += sizeof(a);
		one.len = a;
		two.len = b;
		memcpy(one.data, user->bytes + at, a);
		memcpy(two.data, kernel->bytes + at, b);
		if (a != b || memcmp(one.data, two.data, a)) {
			step("frame %u at %s: expected from mode user, got "
			     "from mode tc",
			     i, who);
			check_packet(&one, &two);
		}
		at += a;
	}
	check_uint("frames", user->frames, kernel->frames);
}

TEST("4.0.a", twins, "user and tc send the same bytes, 100,000 times",
     .seconds = 120)
{
	struct output user[2] = {}, kernel[2] = {};
	struct control_totals totals;

	run_twin(false, user);
	control_totals(&totals);
	check_uint("all by user space", totals.packets, totals.user_packets);
	check_uint("copies", user[0].frames + user[1].frames, totals.sent);
	check_true(totals.skipped > DATAGRAMS / 50, "nothing is skipped");
	close_twin();

	run_twin(true, kernel);
	control_totals(&totals);
	check_uint("none by user space", 0, totals.user_packets);
	check_uint("copies", kernel[0].frames + kernel[1].frames, totals.sent);
	check_uint("RTP at the socket", 0, relay_unexpected(twin.relay));
	close_twin();

	check_same("bob", &user[0], &kernel[0]);
	check_same("carol", &user[1], &kernel[1]);
	check_true(user[0].frames > DATAGRAMS / 2 &&
			   user[1].frames < user[0].frames,
		   "too few frames for a proof: %u and %u", user[0].frames,
		   user[1].frames);
}
