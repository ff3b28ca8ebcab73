// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * One plane at work: alice's frames in, and what bob, carol and dave get.
 *
 *	alice --- switch --- eth0 server eth9 --- dave
 *	           |  |
 *	         bob  carol
 */
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>

#include "common/clock.h"
#include "lab03-maps/extension.h"
#include "lab04-signalling/media/relay.h"
#include "lab04-signalling/testlib/twin_internal.h"

const char *const twin_receivers[TWIN_RECEIVERS] = { "bob", "carol", "dave" };

static struct {
	struct relay *relay;
	int injector, capture[TWIN_RECEIVERS];
	__u64 frames, unsummed;
} work;

/* ---- the call ------------------------------------------------------------ */

/* Two planes that prefer addresses by other rules must find the same ones. */
static void add_daves_link(void)
{
	const struct sandbox_host *server = sandbox_host(SANDBOX_SERVER);

	check_int(
		"ip", 0,
		sandbox_run(
			NULL,
			"ip link add eth9 mtu %d address 02:00:0a:09:00:fe type veth "
			"peer name eth9 mtu %d address 02:00:0a:09:00:02 netns dave && "
			"ip link set eth9 up && ip -n dave link set eth9 up && "
			"ip netns exec dave ethtool -K eth9 gro on && "
			"ethtool -K eth9 tx off >/dev/null && "
			"ip route add %s dev eth9 src %s && "
			"ip -6 route add %s dev eth9 src %s && "
			"ip neigh add %s lladdr 02:00:0a:09:00:02 dev eth9 && "
			"ip neigh add %s lladdr 02:00:0a:09:00:02 dev eth9 && "
			"sysctl -qw net.ipv6.auto_flowlabels=0",
			TWIN_DAVE_MTU, TWIN_DAVE_MTU, TWIN_DAVE_IP4,
			server->ip4, TWIN_DAVE_IP6, server->ip6, TWIN_DAVE_IP4,
			TWIN_DAVE_IP6));
}

/*
 * The switch takes VLAN tags out of frames, and puts them beside the frames,
 * where XDP does not see them.  From now on it puts them back.
 */
static void show_tags(void)
{
	check_int("ethtool", 0,
		  sandbox_run("switch", "ethtool -K server txvlan off "
					"tx-vlan-stag-hw-insert off"));
}

static void attach(const struct plane *plane)
{
	static const char *const ifaces[] = { "eth0", "eth9", NULL };
	const struct plane *const planes[] = { plane, NULL };
	struct dataplane_options o = {
		.plane = plane,
		.planes = planes,
		.pin_dir = DEFAULT_PIN_DIR,
		.ifaces = ifaces,
		.media = { .port = htons(CALL_PORT) },
	};
	bool adopted;
	int holder;

	if (!plane->kernel)
		return;
	check_int("lock", 0, dataplane_lock(DEFAULT_PIN_DIR, &holder));
	check_int("attach", 0, dataplane_attach(&o, &adopted));
}

static __u32 publish(__u32 alice, __u32 transport, __u32 ssrc)
{
	struct publication p = {
		.ssrc = htonl(ssrc),
		.kind = MEDIA_VIDEO,
		.count = 2,
		.pt = { 96, 101 },
		.formats = { { 90000, "VP8" }, { 8000, "other" } },
	};
	__u32 stream;

	check_int("publish", 0, control_publish(alice, transport, &p, &stream));
	return stream;
}

static __u32 join(const char *room, const char *host, bool v6)
{
	__u32 id = call_join_as(room, host, v6);
	struct ip_addr dave = ip_addr_v4(inet_addr(TWIN_DAVE_IP4));

	if (strcmp(host, "dave"))
		return id;
	if (v6)
		inet_pton(AF_INET6, TWIN_DAVE_IP6, &dave);
	check_int("deliver", 0,
		  control_set_address(id, &dave, htons(SENDER_PORT)));
	return id;
}

/* By the receiver's own transport, with what it has agreed to. */
static void want(__u32 id, const char *host, bool v6, __u32 stream,
		 struct sink sink)
{
	struct ip_addr addr = call_address(host, v6);

	check_int("direct", 0,
		  control_direct(id, &addr, htons(SENDER_PORT),
				 &sink.transport));
	check_int("sink", 0, control_set_sink(id, stream, &sink));
}

/*
 * Everybody wants the marker, and stream 4 as it is; dave wants no other.
 * Stream 2 is not carol's, and of stream 3 she takes half; streams 3 and 5 are
 * told to bob and carol in other words than alice's.
 */
static void want_streams(const __u32 id[TWIN_RECEIVERS], bool v6,
			 const __u32 streams[TWIN_STREAMS + 1])
{
	const struct sink nowhere = { .mline = 1 };
	__u64 map = extension_map_add(extension_map_add(0, 4, 7), 1, 2);

	for (__u32 i = 1; i <= TWIN_STREAMS; i++)
		if (i != TWIN_WIDE)
			check_int("sink", 0,
				  control_set_sink(id[2], streams[i],
						   &nowhere));
	check_int("sink", 0, control_set_sink(id[1], streams[2], &nowhere));
	want(id[1], "carol", v6, streams[3],
	     (struct sink){ .mline = 2, .pt = { 96, NO_PT } });
	want(id[0], "bob", v6, streams[3],
	     (struct sink){ .mline = 2, .pt = { 96, 101 }, .extensions = map });
	want(id[0], "bob", v6, streams[5],
	     (struct sink){ .mline = 3, .pt = { 100, 97 } });
	want(id[1], "carol", v6, streams[5],
	     (struct sink){ .mline = 3,
			    .pt = { 98, 127 },
			    .extensions = EXTENSION_MAP_NONE });
}

static void fill_room(const char *room, bool v6)
{
	struct ip_addr addr = call_address("alice", v6);
	__u32 alice = call_join_as(room, "alice", v6), transport;
	__u32 id[TWIN_RECEIVERS], streams[TWIN_STREAMS + 1];

	for (int i = 0; i < TWIN_RECEIVERS; i++)
		id[i] = join(room, twin_receivers[i], v6);
	check_int("transport", 0,
		  control_add_transport(alice, &addr, htons(SENDER_PORT),
					&transport));
	for (__u32 i = 1; i <= TWIN_STREAMS; i++)
		streams[i] = publish(alice, transport, i);
	publish(alice, transport, 0xffff);
	call_commit();
	want_streams(id, v6, streams);
	call_commit();
}

static void ignore(void *ctx, enum verdict class, const struct ip_addr *from,
		   __be16 port, const void *bytes, __u32 length)
{
	(void)ctx, (void)class, (void)from, (void)port, (void)bytes;
	(void)length;
}

static void open_call(const struct plane *plane)
{
	struct relay_options options = {
		.media.port = htons(CALL_PORT),
		.plane = plane,
		.handler = ignore,
	};

	check_int("set-up", 0, call_set_up());
	/* Sums are to be computed, so that they can be compared. */
	check_int("offload", 0, sandbox_offload(SANDBOX_SERVER, false));
	show_tags();
	add_daves_link();
	attach(plane);
	check_int("open", 0,
		  control_open(plane, plane->kernel ? DEFAULT_PIN_DIR : NULL,
			       htons(CALL_PORT)));
	check_int("relay_open", 0, relay_open(&options, &work.relay));
	fill_room("r", false);
	fill_room("six", true);
}

static void open_ends(void)
{
	int on = 1;

	work.injector = inject_open("alice", "eth0");
	check_int("PACKET_VNET_HDR", 0,
		  setsockopt(work.injector, SOL_PACKET, PACKET_VNET_HDR, &on,
			     sizeof(on)));
	for (int i = 0; i < TWIN_RECEIVERS; i++) {
		const char *host = twin_receivers[i];

		work.capture[i] = capture_open(host, i == 2 ? "eth9" : "eth0");
		check_true(work.capture[i] >= 0, "cannot capture at %s", host);
	}
}

/* ---- out ------------------------------------------------------------------- */

static void send_volley(struct twin_volley *v)
{
	struct virtio_net_hdr header[TWIN_VOLLEY + 2] = {};
	struct iovec iov[TWIN_VOLLEY + 2][2];
	struct mmsghdr msg[TWIN_VOLLEY + 2] = {};
	__u32 sent = 0;

	for (__u32 i = 0; i < v->count; i++) {
		struct twin_shot *s = &v->shot[i];

		if (s->partial) {
			header[i].flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
			header[i].csum_start = s->udp;
			header[i].csum_offset = 6;
		}
		iov[i][0] = (struct iovec){ &header[i], sizeof(header[i]) };
		iov[i][1] = (struct iovec){ s->bytes, s->length };
		msg[i].msg_hdr.msg_iov = iov[i];
		msg[i].msg_hdr.msg_iovlen = 2;
	}
	while (sent < v->count) {
		int n = sendmmsg(work.injector, msg + sent, v->count - sent, 0);

		check_true(n > 0, "frame %u is not sent: %s", sent,
			   strerror(errno));
		sent += n;
	}
}

/* ---- in ------------------------------------------------------------------ */

/* A switch shows to all of its ports what alice sends to a group. */
static bool is_from(const struct frame *f, const char *host)
{
	return !memcmp(f->data + 6, sandbox_host(host)->mac, 6);
}

static void cut_padding(struct frame *f, bool v6)
{
	size_t length = v6 ? 40 + (f->data[18] << 8 | f->data[19]) :
			     f->data[16] << 8 | f->data[17];

	if (f->len > 14 + length)
		f->len = 14 + length;
}

/* Leaves out what a plane may choose; see twin.h. */
static void blank(struct frame *f, bool v6)
{
	__u8 *ip = f->data + 14, *udp = ip + 20;

	if (v6)
		return;
	check_bits("sum over the IPv4 header", 0, packet_sum(ip, 20));
	memset(ip + 4, 0, 2);
	memset(ip + 10, 0, 2);
	if (udp[6] || udp[7])
		return;
	work.unsummed++;
	*(__be16 *)(udp + 6) = htons(
		packet_udp_sum(true, ip, udp, f->len - 34) ?: 0xffff);
}

static void keep(struct twin_catch *c, struct frame *f)
{
	bool v6 = f->data[12] == 0x86;
	__u16 length;

	check_true(!f->partial, "a copy has a sum that is yet to be completed");
	check_true(f->len >= 14 + 20 + 8, "a frame of %zu bytes", f->len);
	cut_padding(f, v6);
	blank(f, v6);
	length = f->len;
	check_true(c->length + 2 + length <= TWIN_ROOM, "too many frames");
	memcpy(c->bytes + c->length, &length, 2);
	memcpy(c->bytes + c->length + 2, f->data, length);
	c->length += 2 + length;
	c->frames++;
	work.frames++;
}

/*
 * In mode user these are the copies; else what the kernel did not forward.  Nobody
 * listens at the receivers, who say so by ICMP: what is kept of that takes its
 * place in the socket's buffer, until it is full.
 */
static void let_relay_work(void)
{
	relay_forget_errors(work.relay);
	do
		relay_read(work.relay);
	while (relay_has_more(work.relay));
}

static void next_frame(int receiver, __u64 number, struct frame *f)
{
	__s64 until = 0;
	int err;

	while ((err = capture_next(work.capture[receiver], f, 0)) ==
	       -ETIMEDOUT) {
		let_relay_work();
		until = until ?: clock_now_ms() + PATIENCE_MS;
		check_true(clock_now_ms() < until,
			   "volley %llu has not come to an end at %s", number,
			   twin_receivers[receiver]);
		sched_yield();
	}
	check_int("capture_next", 0, err);
}

static void catch_volley(int receiver, const struct twin_volley *v,
			 struct twin_catch *c)
{
	int markers = 1 + v->odd;
	struct frame f;

	c->frames = c->length = 0;
	while (markers) {
		next_frame(receiver, v->number, &f);
		if (is_from(&f, "alice"))
			continue;
		markers -= twin_is_marker(&f, v->number);
		keep(c, &f);
	}
}

/* RTP comes up to the server only in volleys that are odd. */
static void work_on(struct twin_volley *v, struct twin_side *side)
{
	__u64 unexpected = relay_unexpected(work.relay);

	send_volley(v);
	let_relay_work();
	for (int i = 0; i < TWIN_RECEIVERS; i++)
		catch_volley(i, v, &side->at[i]);
	if (!v->odd)
		check_uint("RTP at the socket", unexpected,
			   relay_unexpected(work.relay));
}

/* ---- a plane's process ---------------------------------------------------- */

static void use_cpu(int n)
{
	cpu_set_t cpus, one;
	int count, cpu = -1;

	sched_getaffinity(0, sizeof(cpus), &cpus);
	count = CPU_COUNT(&cpus);
	for (n %= count; n >= 0; n--)
		while (!CPU_ISSET(++cpu, &cpus))
			;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

static void finish(struct twin_memory *m, int side)
{
	control_totals(&m->end[side].totals);
	call_check_conservation(m->end[side].totals.copies);
	control_totals(&m->end[side].totals);
	m->end[side].frames = work.frames;
	m->end[side].unsummed = work.unsummed;
	m->end[side].unexpected = relay_unexpected(work.relay);
}

void twin_work(struct twin_memory *m, const struct plane *plane, int side,
	       int fd,
	       void (*at_end)(const struct plane *plane,
			      const struct control_totals *totals))
{
	__u64 turn = 0;
	bool last;
	char go;

	use_cpu(side);
	open_call(plane);
	open_ends();
	do {
		struct twin_volley *v = &m->turn[turn % 2].volley;

		if (read(fd, &go, 1) != 1)
			_exit(0); /* the test has ended already */
		work_on(v, &m->turn[turn++ % 2].side[side]);
		last = v->last; /* with the answer, *v is the test's again */
		if (last)
			finish(m, side);
		if (last && at_end)
			at_end(plane, &m->end[side].totals);
	} while (write(fd, &go, 1) == 1 && !last);
	if (plane->kernel)
		dataplane_detach((const struct plane *[]){ plane, NULL },
				 DEFAULT_PIN_DIR);
	_exit(0);
}
