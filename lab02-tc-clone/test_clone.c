// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Tests of clone.bpf.c and of skb.h on real packets.  In the sandbox alice
 * sends to the server, which is to send copies to bob and to carol.
 *
 * Those of 2.6 go through probe.bpf.c and need no other block.  Nor do those
 * of 2.7 that tell copies by their sequence numbers; from 2.7.k on every byte
 * counts, and they need 2.1, 2.2 and 2.4 to 2.6.  2.8 needs all.
 */
#include <bpf/bpf.h> /* before bpf_native.h redefines a name of it */
#include <errno.h>
#include <linux/pkt_cls.h>
#include <linux/udp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/capture.h"
#include "common/loader.h"
#include "common/local_addresses.h"
#include "common/sandbox.h"
#include "lab01-xdp-parse/testlib/tools.h"
#include "lab02-tc-clone/clone.h"
#include "lab02-tc-clone/testlib/copies.h"
#include "lab02/clone.skel.h"
#include "lab02/probe.skel.h"

#define DEADLINE_MS patient_ms(2000)
#define SENDER_PORT 6000
#define MARKER_TYPE 0x88b5 /* EtherType for experiments, IEEE 802 */
#define WINDOW	    100	   /* packets before their copies are taken in */

/* ---- the network ------------------------------------------------------ */

/* What a host has received.  Opened once: to close a capture takes 10 ms. */
struct inbox {
	const char *host;
	int capture;
	size_t count;
	struct frame frames[2 * WINDOW]; /* the first of them */
};

static struct inbox at_server = { .host = SANDBOX_SERVER };
static struct inbox at_alice = { .host = "alice" };
static struct inbox at_bob = { .host = "bob" };
static struct inbox at_carol = { .host = "carol" };

static struct inbox *const inboxes[] = {
	&at_server,
	&at_alice,
	&at_bob,
	&at_carol,
};

static int from_alice, from_server; /* injectors */
static int media_socket;	    /* on the server, of each test */

/* A frame that tells: what was sent before it is there. */
struct marker {
	pid_t test;
	int number;
};

static int send_marker(int injector, const char *from, const char *to,
		       const struct marker *marker)
{
	const struct packet_spec spec = {
		.eth = { .src = sandbox_host(from)->mac,
			 .type = MARKER_TYPE,
			 .dst = sandbox_host(to)->mac },
		.last = PACKET_ETH,
		.payload = marker,
		.payload_len = sizeof(*marker),
	};
	struct frame f;

	packet_build(&f, &spec);
	return inject_send(injector, &f);
}

static int open_network(void)
{
	for (int i = 0; i < 4; i++) {
		inboxes[i]->capture = capture_open(inboxes[i]->host, "eth0");
		if (inboxes[i]->capture < 0)
			return inboxes[i]->capture;
	}
	from_alice = inject_open("alice", "eth0");
	from_server = inject_open(SANDBOX_SERVER, "eth0");
	return from_alice < 0 ? from_alice : from_server < 0 ? from_server : 0;
}

static int build_network(void)
{
	int err = sandbox_enter();

	err = err ?: sandbox_add_hosts("alice,bob,carol");
	err = err ?: sandbox_neighbours("alice");
	err = err ?: open_network();
	return err ?: loader_init();
}

TEST_SETUP(build_network)

static void take_in(struct inbox *inbox, const struct marker *marker)
{
	for (inbox->count = 0;;) {
		size_t i = inbox->count < 2 * WINDOW ? inbox->count : 0;
		struct frame *f = &inbox->frames[i];
		int err = capture_next(inbox->capture, f, DEADLINE_MS);

		if (err)
			fail("the marker did not reach %s: %s", inbox->host,
			     strerror(-err));
		if (f->data[12] != MARKER_TYPE >> 8 ||
		    f->data[13] != (MARKER_TYPE & 255))
			inbox->count++;
		else if (!memcmp(f->data + ETH_HLEN, marker, sizeof(*marker)))
			return;
	}
}

/*
 * Waits until all that alice sent, and what has become of it, is where it
 * belongs.  A marker follows it to the server, where it is seen before TC;
 * so what came before has been through TC, and markers follow the copies.
 */
static void settle(void)
{
	static struct marker marker;

	marker.test = getpid();
	marker.number++;
	send_marker(from_alice, "alice", SANDBOX_SERVER, &marker);
	take_in(&at_server, &marker);
	for (int i = 1; i < 4; i++) {
		send_marker(from_server, SANDBOX_SERVER, inboxes[i]->host,
			    &marker);
		take_in(inboxes[i], &marker);
	}
}

/* Both families: IPv4 comes as ::ffff:a.b.c.d. */
static int listen_at(uint16_t port)
{
	struct sockaddr_in6 at = { .sin6_family = AF_INET6,
				   .sin6_port = htons(port) };
	int fd = sandbox_socket(NULL, AF_INET6, SOCK_DGRAM, 0);

	if (bind(fd, (struct sockaddr *)&at, sizeof(at)))
		fail("bind: %s", strerror(errno));
	return fd;
}

/* Forgets what an earlier test has left behind. */
static void start_network(void)
{
	sandbox_offload("alice", true);
	sandbox_offload(SANDBOX_SERVER, true);
	settle();
	media_socket = listen_at(MEDIA_PORT);
}

static void attach(const struct bpf_program *program, const char *ifname)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = loader_ifindex(ifname),
		    .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, options, .handle = 1, .priority = 1,
		    .flags = BPF_TC_F_REPLACE,
		    .prog_fd = bpf_program__fd(program));
	int err = bpf_tc_hook_create(&hook);

	if (!err || err == -EEXIST)
		err = bpf_tc_attach(&hook, &options);
	if (err)
		fail("cannot attach to %s: %s", ifname, strerror(-err));
}

/* ---- the call --------------------------------------------------------- */

static struct receiver receiver(const char *host, uint16_t port, bool ip6)
{
	const struct sandbox_host *to = sandbox_host(host);
	const struct sandbox_host *server = sandbox_host(SANDBOX_SERVER);
	const struct packet_spec media = rtp_spec();

	return (struct receiver){
		.src = ip6 ? server->ip6 : server->ip4,
		.dst = ip6 ? to->ip6 : to->ip4,
		.smac = server->mac,
		.dmac = to->mac,
		.ifindex = loader_ifindex("eth0"),
		.port = port,
		.ssrc = media.rtp.ssrc,
		.pt = media.rtp.payload_type,
	};
}

static struct receiver bob, carol;

/* PCMU's type is 0, and so is that of a packet that has none. */
static bool sends_pcmu;

static uint8_t sender_pt(void)
{
	return sends_pcmu ? 0 : rtp_spec().rtp.payload_type;
}

static void learn_addresses(const struct bpf_map *map)
{
	if (local_addresses_sync(bpf_map__fd(map)))
		fail("the program does not learn this host's addresses");
}

static struct clone_bpf *load_clone(const char *sender)
{
	struct clone_bpf *c = clone_bpf__open();

	if (!c)
		fail("cannot open clone.bpf.o: %s", strerror(errno));
	c->rodata->media.port = htons(MEDIA_PORT);
	c->rodata->sender = address_of(sender);
	c->rodata->sender_port = htons(SENDER_PORT);
	c->rodata->sender_pt = sender_pt();
	c->rodata->receivers[0] = leg_to(&bob);
	c->rodata->receivers[1] = leg_to(&carol);
	if (loader_load(c->skeleton))
		fail("the kernel refuses clone(), and says why:");
	learn_addresses(c->maps.local_addresses);
	return c;
}

/* The receivers are set; whatever alice sends from here on goes to them. */
static struct clone_bpf *start_call(bool ip6)
{
	struct clone_bpf *c = load_clone(ip6 ? "fd00:7::1" : "10.0.7.1");

	attach(c->progs.clone, "eth0");
	start_network();
	step("legs: bob %s port %u, carol %s port %u", bob.dst, bob.port,
	     carol.dst, carol.port);
	return c;
}

static struct clone_bpf *start(bool ip6)
{
	bob = receiver("bob", 7000, ip6);
	carol = receiver("carol", 8000, ip6);
	return start_call(ip6);
}

static struct frame inject(struct packet_spec *spec)
{
	struct frame f;

	spec->eth.src = sandbox_host("alice")->mac;
	spec->eth.dst = sandbox_host(SANDBOX_SERVER)->mac;
	f = build(spec);
	check_int("inject_send", 0, inject_send(from_alice, &f));
	return f;
}

/* RTP of the sender, to be copied. */
static void inject_rtp(uint16_t sequence)
{
	struct packet_spec spec = rtp_spec();

	spec.rtp.sequence = sequence;
	spec.rtp.payload_type = sender_pt();
	inject(&spec);
}

/* Those frames are RTP with the sequence numbers first, first + 1, ... */
static void check_inbox(const struct inbox *inbox, size_t count, uint16_t first)
{
	char what[64];

	for (size_t i = 0; i < inbox->count && i < count; i++) {
		const uint8_t *seq = inbox->frames[i].data + 14 + 20 + 8 + 2;

		snprintf(what, sizeof(what),
			 "sequence number of frame %zu at "
			 "%s",
			 i, inbox->host);
		check_uint(what, (uint16_t)(first + i), seq[0] << 8 | seq[1]);
	}
	snprintf(what, sizeof(what), "frames at %s", inbox->host);
	check_uint(what, count, inbox->count);
}

static void check_inboxes(size_t count, uint16_t first)
{
	check_inbox(&at_bob, count, first);
	check_inbox(&at_carol, count, first);
	check_inbox(&at_alice, 0, 0);
}

/* What was injected until now must not be copied, but this must be. */
static void expect_only_this_copied(uint16_t sequence)
{
	step("at last, RTP of the sender, sequence number %u", sequence);
	inject_rtp(sequence);
	settle();
	check_inboxes(1, sequence);
}

static void expect_datagram(const void *payload, size_t len)
{
	uint8_t datagram[PACKET_MAX];

	check_int("bytes from the server's socket", len,
		  recv(media_socket, datagram, sizeof(datagram), MSG_DONTWAIT));
	check_hex("datagram", payload, datagram, len);
}

static void expect_no_datagram(void)
{
	uint8_t datagram[PACKET_MAX];
	ssize_t len = recv(media_socket, datagram, sizeof(datagram),
			   MSG_DONTWAIT);

	check_true(len < 0, "the server's socket got a datagram of %zd bytes",
		   len);
}

/* ---- 2.6 skb_fix_udp_check() ------------------------------------------ */

static struct probe_bpf *load_probe(bool ip6)
{
	struct probe_bpf *p = probe_bpf__open();
	struct ip_addr daddr;

	bob = receiver("bob", 7000, ip6);
	daddr = address_of(bob.dst);
	if (!p)
		fail("cannot open probe.bpf.o: %s", strerror(errno));
	p->rodata->media.port = htons(MEDIA_PORT);
	p->rodata->daddr_end = daddr.word[3];
	p->rodata->ssrc = htonl(0xb0bb0b00);
	p->rodata->ifindex = bob.ifindex;
	memcpy(p->rodata->dmac, bob.dmac, ETH_ALEN);
	if (loader_load(p->skeleton))
		fail("the kernel refuses skb_fix_udp_check(), and says why:");
	learn_addresses(p->maps.local_addresses);
	return p;
}

/* What the probe makes of a packet, if all is right. */
static struct frame probed(const struct packet_spec *packet)
{
	struct packet_spec expected = *packet;

	expected.eth.dst = bob.dmac;
	expected.ip.dst = bob.dst;
	expected.rtp.ssrc = 0xb0bb0b00;
	return build(&expected);
}

static void check_probe(const struct probe_bpf *p,
			const struct packet_spec *packet)
{
	const struct frame f = build(packet), expected = probed(packet);
	struct frame got = {};
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = f.data,
		    .data_size_in = f.len, .data_out = got.data,
		    .data_size_out = PACKET_MAX);
	int err = bpf_prog_test_run_opts(bpf_program__fd(p->progs.probe), &run);

	if (err)
		fail("BPF_PROG_TEST_RUN: %s", strerror(-err));
	got.len = run.data_size_out;
	check_packet(&expected, &got);
}

TEST("2.6.a", check_complete, "2,000 packets change: as if summed up again")
{
	uint64_t state = 1;

	for (int ip6 = 0; ip6 < 2; ip6++) {
		struct probe_bpf *p = load_probe(ip6);

		for (int i = 0; i < 1000; i++) {
			struct packet_spec spec = draw_media(&state, ip6);

			check_probe(p, &spec);
		}
	}
}

/* As make_sum_zero(), for what the probe makes of a packet. */
static void make_probed_zero(struct packet_spec *spec, uint8_t payload[])
{
	struct frame f;

	memset(payload, 0, spec->payload_len);
	spec->payload = payload;
	f = probed(spec);
	memcpy(payload, f.data + f.len - spec->payload_len - 12 - 2, 2);
}

TEST("2.6.b", check_zero, "none stays none; a sum of 0 is sent as 0xffff")
{
	struct packet_spec spec = rtp_spec();
	struct probe_bpf *p = load_probe(false);
	uint8_t payload[20];

	step("no checksum over IPv4");
	spec.udp.check = PACKET_ZERO;
	check_probe(p, &spec);
	step("a sum that becomes 0, over IPv4");
	spec.udp.check = 0;
	make_probed_zero(&spec, payload);
	check_probe(p, &spec);
	step("the same over IPv6");
	spec.ip.src = "fd00:7::1";
	spec.ip.dst = "fd00:7::254";
	p = load_probe(true);
	make_probed_zero(&spec, payload);
	check_probe(p, &spec);
}

/* A socket of alice's, as the sender's. */
static int sender_socket(bool ip6)
{
	struct sockaddr_in6 own = { .sin6_family = AF_INET6,
				    .sin6_port = htons(SENDER_PORT) };
	struct sockaddr_in6 to = { .sin6_family = AF_INET6,
				   .sin6_port = htons(MEDIA_PORT) };
	int fd = sandbox_socket("alice", AF_INET6, SOCK_DGRAM, 0);
	struct ip_addr server = address_of(ip6 ? "fd00:7::254" : "10.0.7.254");

	memcpy(&to.sin6_addr, &server, sizeof(server));
	if (bind(fd, (struct sockaddr *)&own, sizeof(own)) ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)))
		fail("alice's socket: %s", strerror(errno));
	return fd;
}

static struct packet_spec media_spec(bool ip6)
{
	struct packet_spec spec = rtp_spec();

	spec.ip.src = ip6 ? "fd00:7::1" : "10.0.7.1";
	spec.ip.dst = ip6 ? "fd00:7::254" : "10.0.7.254";
	return spec;
}

static size_t payload_at(bool ip6)
{
	return 14 + (ip6 ? 40 : 20) + 8;
}

/* Sends what a specification describes, and fills in what the kernel adds. */
static void send_by_socket(struct packet_spec *spec, bool ip6, size_t piece)
{
	const struct frame f = build(spec);
	const uint8_t *payload = f.data + payload_at(ip6);
	size_t len = f.len - payload_at(ip6);
	int fd = sender_socket(ip6);
	const uint8_t *ip;

	if (piece)
		send(fd, payload, piece, MSG_MORE);
	check_int("send", len - piece,
		  send(fd, payload + piece, len - piece, 0));
	close(fd);
	settle();
	check_uint("frames at the server", 1, at_server.count);
	ip = at_server.frames[0].data + 14;
	spec->eth.src = sandbox_host("alice")->mac;
	if (ip6) {
		spec->ip.flow_label = (ip[1] & 15) << 16 | ip[2] << 8 | ip[3];
	} else {
		spec->ip.id = ip[4] << 8 | ip[5];
		spec->ip.dont_fragment = ip[6] & 0x40;
	}
}

TEST("2.6.c", check_partial, "sums that alice left to the hardware are right")
{
	for (int ip6 = 0; ip6 < 2; ip6++) {
		struct packet_spec spec = media_spec(ip6);
		struct frame expected;

		attach(load_probe(ip6)->progs.probe, "eth0");
		start_network();
		step("IPv%d: alice's offload is on, the server's is off",
		     ip6 ? 6 : 4);
		sandbox_offload(SANDBOX_SERVER, false);
		send_by_socket(&spec, ip6, 0);
		check_true(at_server.frames[0].partial,
			   "alice's packet is summed up already");
		check_uint("frames at bob", 1, at_bob.count);
		expected = probed(&spec);
		check_packet(&expected, &at_bob.frames[0]);
		close(media_socket);
	}
}

/* ---- 2.0 skb_parse() ---------------------------------------------------- */

TEST("2.7.u", gso, "packets that travel as one (GSO) are not copied")
{
	const struct packet_spec spec = rtp_spec();
	const struct frame f = build(&spec);
	const size_t len = f.len - 42;
	uint8_t train[3 * PACKET_MAX];
	int segment = len, fd;

	start(false);
	fd = sender_socket(false);
	for (int i = 0; i < 3; i++)
		memcpy(train + i * len, f.data + 42, len);
	setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof(segment));
	check_int("send", 3 * len, send(fd, train, 3 * len, 0));
	close(fd);
	settle();
	if (at_server.count != 1)
		skip("alice's kernel does not send several packets as one");
	step("three RTP packets came as one frame of %zu bytes",
	     at_server.frames[0].len);
	check_inboxes(0, 0);
	for (int i = 0; i < 3; i++)
		expect_datagram(f.data + 42, len);
}

/* Another host's MAC, a group's, everybody's; the switch knows none of them. */
TEST("2.0.i", other_mac, "a frame that is not for our MAC is not copied")
{
	static const uint8_t macs[][ETH_ALEN] = {
		{ 2, 0, 10, 0, 7, 77 },
		{ 1, 0, 0x5e, 0, 0, 1 },
		{ 255, 255, 255, 255, 255, 255 },
	};
	struct packet_spec spec = rtp_spec();
	const struct clone_counters *n;
	struct frame f;

	n = &start(false)->bss->counters;
	spec.eth.src = sandbox_host("alice")->mac;
	for (int i = 0; i < 3; i++) {
		spec.eth.dst = macs[i];
		f = build(&spec);
		check_int("inject_send", 0, inject_send(from_alice, &f));
		settle();
		check_uint("frames at the server", 1, at_server.count);
		check_uint("received to be copied", 0, n->received);
		check_uint("frames at bob", 1, at_bob.count);
		check_packet(&f, &at_bob.frames[0]);
	}
}

/* ---- 2.7 clone(): who gets what --------------------------------------- */

TEST("2.7.a", two_copies,
     "one packet in: a copy to bob, one to carol, none to alice")
{
	start(false);
	step("alice sent RTP, sequence number 17");
	inject_rtp(17);
	settle();
	check_inboxes(1, 17);
	check_inbox(&at_server, 1, 17);
}

/*
 * How many IPv4 packets the server's stack has seen, but for ICMP: bob and
 * carol tell that nobody listens there (Linux's /proc/net/snmp, RFC 4293).
 */
static unsigned long seen_by_stack(void)
{
	FILE *snmp = fopen("/proc/self/net/snmp", "re");
	unsigned long packets = 0, icmp = 0;
	char line[1024];

	while (snmp && fgets(line, sizeof(line), snmp))
		if (sscanf(line, "Ip: %*u %*u %lu", &packets) != 1 &&
		    sscanf(line, "Icmp: %lu", &icmp) == 1)
			break;
	if (snmp)
		fclose(snmp);
	return packets - icmp;
}

TEST("2.7.b", original_consumed, "the original goes no further")
{
	struct packet_spec spec = rtp_spec();
	unsigned long before;
	struct frame f;

	start(false);
	before = seen_by_stack();
	step("10 RTP packets of the sender, then one from another port");
	for (uint16_t i = 0; i < 10; i++)
		inject_rtp(17 + i);
	spec.udp.sport = SENDER_PORT + 1;
	f = inject(&spec);
	settle();
	check_inboxes(10, 17);
	check_uint("packets that the server's stack saw", 1,
		   seen_by_stack() - before);
	expect_datagram(f.data + 42, f.len - 42);
	expect_no_datagram();
}

TEST("2.7.c", not_media,
     "what is not RTP goes to the server's socket, not to bob")
{
	sends_pcmu = true;
	start(false);
	for (size_t i = 0; i < samples_count; i++) {
		struct packet_spec spec = samples[i].spec;
		size_t headers;

		if (!samples[i].for_socket || samples[i].verdict == CLASS_RTP)
			continue;
		step("%s", samples[i].name);
		spec.udp.sport = SENDER_PORT;
		inject(&spec);
		settle();
		check_inboxes(0, 0);
		headers = 42 + spec.ip.options_len;
		expect_datagram(at_server.frames[0].data + headers,
				at_server.frames[0].len - headers);
	}
	expect_only_this_copied(17);
	expect_no_datagram();
}

TEST("2.7.d", other_source, "RTP of another source goes to the server's socket")
{
	static const struct {
		const char *address;
		uint16_t port;
	} sources[] = {
		{ "10.0.7.1", SENDER_PORT + 1 },
		{ "10.0.7.2", SENDER_PORT },
		{ "10.0.7.1", MEDIA_PORT },
		{ "10.0.7.129", SENDER_PORT },
	};

	start(false);
	for (int i = 0; i < 4; i++) {
		struct packet_spec spec = rtp_spec();
		struct frame f;

		step("RTP from %s port %u", sources[i].address,
		     sources[i].port);
		spec.ip.src = sources[i].address;
		spec.udp.sport = sources[i].port;
		f = inject(&spec);
		settle();
		check_inboxes(0, 0);
		expect_datagram(f.data + 42, f.len - 42);
	}
	expect_only_this_copied(18);
}

TEST("2.7.s", other_payload_type,
     "a payload type that nobody was told of goes to the server's socket")
{
	struct packet_spec spec = rtp_spec();
	struct frame f;

	start(false);
	spec.rtp.payload_type++;
	f = inject(&spec);
	settle();
	check_inboxes(0, 0);
	expect_datagram(f.data + 42, f.len - 42);
	expect_only_this_copied(18);
}

TEST("2.7.e", other_destination, "what is not for the media port is not copied")
{
	struct packet_spec spec = rtp_spec();

	start(false);
	for (int i = -1; i <= 1; i += 2) {
		spec.udp.dport = MEDIA_PORT + i;
		step("RTP to port %u", spec.udp.dport);
		inject(&spec);
	}
	expect_only_this_copied(17);
}

/* What clone() returns for a frame; TC_ACT_UNSPEC is -1. */
static int action_on(const struct clone_bpf *c, const struct packet_spec *spec)
{
	const struct frame f = build(spec);
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = f.data,
		    .data_size_in = f.len);
	int err = bpf_prog_test_run_opts(bpf_program__fd(c->progs.clone), &run);

	if (err)
		fail("BPF_PROG_TEST_RUN: %s", strerror(-err));
	return run.retval;
}

TEST("2.7.t", next_filter, "what is not copied is left to the next filter")
{
	const struct clone_bpf *c;

	bob = receiver("bob", 7000, false);
	carol = receiver("carol", 8000, false);
	c = load_clone("10.0.7.1");
	for (size_t i = 0; i < samples_count; i++) {
		int action;

		if (samples[i].verdict == CLASS_RTP)
			continue;
		action = action_on(c, &samples[i].spec);
		check_true(action == TC_ACT_UNSPEC,
			   "%s: clone() should return TC_ACT_UNSPEC (%d), but "
			   "returned %d",
			   samples[i].name, TC_ACT_UNSPEC, action);
	}
}

TEST("2.7.f", not_whole, "fragments are not copied, nor frames of another VLAN")
{
	struct packet_spec spec = rtp_spec();

	start(false);
	spec.ip.more_fragments = true;
	step("a first fragment");
	inject(&spec);
	spec.ip.more_fragments = false;
	for (spec.vlans = 1; spec.vlans <= 2; spec.vlans++) {
		step("%u VLAN tags", spec.vlans);
		spec.vlan[0].id = spec.vlan[1].id = 5;
		inject(&spec);
	}
	spec.vlans = 1;
	spec.vlan[0].type = ETH_P_8021AD;
	step("a tag of 802.1ad");
	inject(&spec);
	expect_only_this_copied(17);
}

/* No interface has the index 99. */
TEST("2.7.h", failing_leg, "a leg that fails does not stop the other one")
{
	struct clone_bpf *c;

	for (int i = 0; i < 2; i++) {
		bob = receiver("bob", 7000, false);
		carol = receiver("carol", 8000, false);
		*(i ? &carol.ifindex : &bob.ifindex) = 99;
		c = start_call(false);
		step("%s's leg leads to interface 99", i ? "carol" : "bob");
		inject_rtp(17);
		settle();
		check_inbox(&at_bob, i, 17);
		check_inbox(&at_carol, !i, 17);
		check_uint("received", 1, c->bss->counters.received);
		check_uint("sent to bob", i, c->bss->counters.sent[0]);
		check_uint("sent to carol", !i, c->bss->counters.sent[1]);
		check_uint("failed", 1, c->bss->counters.failed);
		expect_no_datagram();
		close(media_socket);
	}
}

TEST("2.7.i", counters, "the counters are what was captured")
{
	struct packet_spec stun = udp_spec(stun_request, sizeof(stun_request));
	const struct clone_counters *n = &start(false)->bss->counters;

	for (uint16_t i = 1; i <= 50; i++) {
		inject_rtp(i);
		inject(&stun);
		settle();
		check_inboxes(1, i);
		check_uint("received", i, n->received);
		check_uint("sent to bob", i, n->sent[0]);
		check_uint("sent to carol", i, n->sent[1]);
		check_uint("failed", 0, n->failed);
	}
}

TEST("2.7.j", burst, "10,000 packets: no copy is lost, doubled or late")
{
	const struct clone_counters *n = &start(false)->bss->counters;

	for (unsigned int first = 0; first < 10000; first += WINDOW) {
		for (unsigned int i = 0; i < WINDOW; i++)
			inject_rtp(first + i);
		settle();
		check_inboxes(WINDOW, first);
	}
	check_uint("received", 10000, n->received);
	check_uint("sent to bob", 10000, n->sent[0]);
	check_uint("sent to carol", 10000, n->sent[1]);
	expect_no_datagram();
}

/* ---- 2.7 clone(): the copies, byte by byte ---------------------------- */

static void check_copy(const struct inbox *inbox, size_t i,
		       const struct receiver *to,
		       const struct packet_spec *packet)
{
	const struct frame expected = copy_to(to, packet);

	check_true(i < inbox->count,
		   "%s has received %zu of at least %zu "
		   "frames",
		   inbox->host, inbox->count, i + 1);
	check_packet(&expected, &inbox->frames[i]);
}

static void check_copies(const struct packet_spec *packet)
{
	check_copy(&at_bob, 0, &bob, packet);
	check_copy(&at_carol, 0, &carol, packet);
	check_uint("frames at bob", 1, at_bob.count);
	check_uint("frames at carol", 1, at_carol.count);
	check_uint("frames at alice", 0, at_alice.count);
}

static void check_shapes(bool ip6, uint64_t state)
{
	struct packet_spec specs[WINDOW];

	start(ip6);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < WINDOW; i++) {
			specs[i] = draw_media(&state, ip6);
			/* 2.8 is not needed: nothing to rewrite in RTP */
			specs[i].rtp.marker = false;
			specs[i].rtp.ssrc = bob.ssrc;
			specs[i].rtp.payload_type = bob.pt;
			specs[i].rtp.sequence = i;
			inject(&specs[i]);
		}
		settle();
		for (int i = 0; i < WINDOW; i++) {
			check_copy(&at_bob, i, &bob, &specs[i]);
			check_copy(&at_carol, i, &carol, &specs[i]);
		}
	}
}

TEST("2.7.k", exact_ipv4,
     "IPv4: 300 packets of any shape, and every byte of the copies")
{
	check_shapes(false, 1);
}

TEST("2.7.l", exact_ipv6,
     "IPv6: 300 packets of any shape, and every byte of the copies")
{
	check_shapes(true, 2);
}

TEST("2.7.m", exact_zero,
     "a copy's checksum of 0 is sent as 0xffff, none stays none")
{
	for (int ip6 = 0; ip6 < 2; ip6++) {
		struct packet_spec spec = media_spec(ip6);
		uint8_t payload[20];

		start(ip6);
		make_sum_zero(&bob, &spec, payload);
		inject(&spec);
		settle();
		check_copies(&spec);
		make_sum_zero(&carol, &spec, payload);
		inject(&spec);
		settle();
		check_copies(&spec);
		if (!ip6) {
			spec.udp.check = PACKET_ZERO;
			inject(&spec);
			settle();
			check_copies(&spec);
		}
		close(media_socket);
	}
}

TEST("2.7.n", exact_trailer,
     "a short packet is copied with its Ethernet padding")
{
	struct packet_spec spec = media_spec(false);
	struct frame f, expected;

	start(false);
	spec.eth.src = sandbox_host("alice")->mac;
	spec.eth.dst = sandbox_host(SANDBOX_SERVER)->mac;
	spec.payload_len = 1;
	f = build(&spec);
	add_trailer(&f, 60 - f.len);
	check_int("inject_send", 0, inject_send(from_alice, &f));
	settle();
	check_uint("frames at bob", 1, at_bob.count);
	expected = copy_to(&bob, &spec);
	/* a switch that looks into IP (br_netfilter) has cut it off */
	add_trailer(&expected, at_server.frames[0].len - expected.len);
	check_packet(&expected, &at_bob.frames[0]);
}

TEST("2.7.o", exact_offload, "sums are right, whoever was to compute them")
{
	static const struct {
		bool alice, server; /* leave it to the hardware */
	} offload[] = { { false, true }, { false, false }, { true, false } };

	for (int ip6 = 0; ip6 < 2; ip6++) {
		start(ip6);
		for (int i = 0; i < 3; i++) {
			struct packet_spec spec = media_spec(ip6);

			step("IPv%d, offload: alice %s, server %s", ip6 ? 6 : 4,
			     offload[i].alice ? "on" : "off",
			     offload[i].server ? "on" : "off");
			sandbox_offload("alice", offload[i].alice);
			sandbox_offload(SANDBOX_SERVER, offload[i].server);
			send_by_socket(&spec, ip6, 0);
			check_uint("alice's packet is partial",
				   offload[i].alice,
				   at_server.frames[0].partial);
			check_copies(&spec);
		}
		close(media_socket);
	}
}

TEST("2.7.p", exact_pieces,
     "a packet that lies in pieces of memory is copied whole")
{
	static const size_t pieces[] = { 1, 4, 11, 12, 100, 300 };

	start(false);
	sandbox_offload(SANDBOX_SERVER, false);
	for (int i = 0; i < 6; i++) {
		struct packet_spec spec = media_spec(false);

		spec.rtp.padding = 9;
		spec.payload_len = 1000;
		step("the first %zu bytes of RTP lie by themselves", pieces[i]);
		send_by_socket(&spec, false, pieces[i]);
		check_copies(&spec);
	}
}

static int lo_socket(uint16_t port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const struct timeval deadline = { .tv_sec = DEADLINE_MS / 1000 };
	int fd = sandbox_socket(NULL, AF_INET, SOCK_DGRAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof(deadline));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)))
		fail("bind: %s", strerror(errno));
	return fd;
}

/* Sends RTP to the media port; the length of a datagram with it. */
static size_t send_on_lo(int fd)
{
	const struct packet_spec spec = rtp_spec();
	const struct frame f = build(&spec);
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(MEDIA_PORT),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	sendto(fd, f.data + 42, f.len - 42, 0, (struct sockaddr *)&to,
	       sizeof(to));
	return f.len - 42;
}

static struct clone_bpf *start_on_lo(void)
{
	static const uint8_t no_mac[ETH_ALEN];
	struct clone_bpf *c;

	bob = receiver("bob", 7000, false);
	bob.src = bob.dst = "127.0.0.1";
	bob.smac = bob.dmac = no_mac;
	bob.ifindex = loader_ifindex("lo");
	carol = bob;
	carol.port = 8000;
	c = load_clone("127.0.0.1");
	attach(c->progs.clone, "lo");
	return c;
}

TEST("2.7.q", on_lo, "lo: sender, server and receivers on one machine")
{
	struct clone_bpf *c = start_on_lo();
	int receivers[] = { lo_socket(7000), lo_socket(8000) };
	int media = lo_socket(MEDIA_PORT);
	char datagram[PACKET_MAX];
	ssize_t len = send_on_lo(lo_socket(SENDER_PORT));

	for (int i = 0; i < 2; i++) {
		step("port %d should receive a copy", i ? 8000 : 7000);
		check_int("bytes received", len,
			  recv(receivers[i], datagram, sizeof(datagram), 0));
	}
	check_uint("received", 1, c->bss->counters.received);
	check_uint("sent to bob", 1, c->bss->counters.sent[0]);
	check_uint("sent to carol", 1, c->bss->counters.sent[1]);
	step("RTP of another port, which the server's socket should receive");
	send_on_lo(lo_socket(SENDER_PORT + 1));
	check_int("bytes received", len,
		  recv(media, datagram, sizeof(datagram), 0));
	for (int i = 0; i < 2; i++)
		check_true(recv(receivers[i], datagram, sizeof(datagram),
				MSG_DONTWAIT) < 0,
			   "port %d received a second copy", i ? 8000 : 7000);
}

TEST("2.7.r", last_hop, "what has no hop left fails, and is sent nowhere")
{
	for (int ip6 = 0; ip6 < 2; ip6++) {
		const struct clone_counters *n = &start(ip6)->bss->counters;
		struct packet_spec spec = media_spec(ip6);

		step("IPv%d, TTL 1", ip6 ? 6 : 4);
		spec.ip.ttl = 1;
		inject(&spec);
		settle();
		check_inboxes(0, 0);
		check_uint("received", 1, n->received);
		check_uint("failed", 2, n->failed);
		step("IPv%d, TTL 2", ip6 ? 6 : 4);
		spec.ip.ttl = 2;
		inject(&spec);
		settle();
		check_copies(&spec);
		close(media_socket);
	}
}

/* ---- 2.8 rewrite_rtp() ------------------------------------------------ */

TEST("2.8.d", exact_as_told,
     "bob and carol each get the SSRC and PT they were told")
{
	for (int ip6 = 0; ip6 < 2; ip6++) {
		struct packet_spec spec = media_spec(ip6);

		bob = receiver("bob", 7000, ip6);
		carol = receiver("carol", 8000, ip6);
		bob.ssrc = 0xb0bb0b00;
		bob.pt = 111;
		carol.ssrc = 0xca501ca5;
		carol.pt = 0;
		start_call(ip6);
		for (int marker = 0; marker < 2; marker++) {
			spec.rtp.marker = marker;
			inject(&spec);
			settle();
			check_copies(&spec);
		}
		close(media_socket);
	}
}

/* ---- the tool --------------------------------------------------------- */

TEST("2.0.ta", tool_keeps_off,
     "tc_clone keeps off the default route, and what "
     "is no Ethernet",
     .isolated = true)
{
	check_keeps_off("tc_clone", "--from 10.0.7.1:6000 --to 10.0.7.2:7000 "
				    "--to 10.0.7.3:7000 --ssrc 1 --pt 96");
}
