// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The forwarder in the kernel: real frames into the server's eth0, real
 * copies out of it, compared byte for byte with what they should be.
 */
#include <errno.h>
#include <linux/udp.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "common/local_addresses.h"
#include "lab01-xdp-parse/testlib/tools.h"
#include "lab03-maps/testlib/call.h"
#include "lab03-maps/testlib/slots.h"

TEST_SETUP(call_set_up)

#define SSRC 0x14e6e8a5

/* alice sends, bob and carol receive; one frame in and captures out. */
static struct {
	__u32 alice, bob, carol, stream;
	int from_alice, at_alice, at_bob, at_carol;
} call;

static void fill_call(void)
{
	call.alice = call_join("r", "alice");
	call.bob = call_join("r", "bob");
	call.carol = call_join("r", "carol");
	call.stream = call_publish(call.alice, "alice", SSRC);
	call_commit();
	call.from_alice = inject_open("alice", "eth0");
	call.at_alice = capture_open("alice", "eth0");
	call.at_bob = capture_open("bob", "eth0");
	call.at_carol = capture_open("carol", "eth0");
}

static void open_call(void)
{
	call_open();
	fill_call();
}

static void send_rtp(__u16 seq)
{
	call_send(call.from_alice, call_rtp("alice", SSRC, seq));
}

/* Sends one that does arrive, and returns how many came before it. */
static int count_until_last(int capture)
{
	struct packet_spec last = call_rtp("alice", SSRC, 9999);

	last.payload = "marker!!";
	last.payload_len = 8;
	call_send(call.from_alice, last);
	return capture_expect_none(capture, "marker!!", 8, PATIENCE_MS, NULL);
}

static void check_bob_got_nothing(void)
{
	check_int("packets at bob before the last one", 0,
		  count_until_last(call.at_bob));
}

static int bind_server(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in any = {
		.sin_family = AF_INET,
		.sin_port = htons(CALL_PORT),
	};

	check_int("bind", 0, bind(fd, (struct sockaddr *)&any, sizeof(any)));
	return fd;
}

static void send_rtcp(void)
{
	struct packet_spec rtcp = call_rtp("alice", SSRC, 1);

	rtcp.last = PACKET_UDP;
	rtcp.payload = "\x80\xc9\x00\x01\x00\x00\x00\x01"; /* an empty RR */
	rtcp.payload_len = 8;
	call_send(call.from_alice, rtcp);
}

/* Sends RTCP, which does go up; no RTP must have come before it. */
static void check_no_rtp_came_up(int fd)
{
	char bytes[2048];

	send_rtcp();
	check_int("first datagram at the socket", 8,
		  recv(fd, bytes, sizeof(bytes), 0));
	check_uint("its packet type", 201, (__u8)bytes[1]);
}

/* The UDP payload that was sent to a receiver of alice's stream. */
static __u64 bytes_to(__u32 receiver)
{
	const struct sink *sink = control_find_sink(receiver, call.stream);
	const struct leg_counters *c = table_find(&sfu_leg_counters,
						  &sink->leg);

	return c->bytes;
}

/* ---- 3.6: what is due; none of these needs a copy to be sent ------------ */

static void check_due(__u64 packets, __u64 copies)
{
	struct control_totals t;

	control_totals(&t);
	check_uint("packets", packets, t.packets);
	check_uint("copies due", copies, t.copies);
}

/* Gives all slots of the stream away, so that each visit counts as stale. */
static void give_slots_away(void)
{
	struct leg_list legs = leg_list(control_stream(call.stream)->legs);

	for (__u32 slot = legs.first; slot < legs.first + legs.count; slot++)
		((struct leg *)table_find(&sfu_legs, &slot))->stream++;
}

TEST("3.6.a", copies_due, "a packet is due as many copies as it has receivers")
{
	int fd;

	open_call();
	fd = bind_server();
	send_rtp(1);
	send_rtp(2);
	check_no_rtp_came_up(fd);
	check_due(2, 4);
	control_subscribe(call.carol, 0, 0);
	call_commit();
	send_rtp(3);
	check_no_rtp_came_up(fd);
	check_due(3, 5);
}

TEST("3.6.b", no_leg, "with no receiver it ends here, counted")
{
	int fd;

	open_call();
	fd = bind_server();
	control_subscribe(call.bob, 0, 0);
	control_subscribe(call.carol, 0, 0);
	call_commit();
	send_rtp(1);
	check_no_rtp_came_up(fd);
	check_due(1, 0);
	check_uint("stale_leg", 0, call_verdict(DROP_STALE_LEG));
}

TEST("3.6.c", verdicts_are_counted, "every packet has a counted verdict")
{
	struct packet_spec stun = call_rtp("alice", SSRC, 1);
	char bytes[64];
	int fd;

	open_call();
	fd = bind_server();
	stun.last = PACKET_UDP;
	stun.payload = "\x00\x01\x00\x00\x21\x12\xa4\x42"
		       "transaction!";
	stun.payload_len = 20;
	call_send(call.from_alice, stun);
	check_int("bytes of STUN at the socket", 20,
		  recv(fd, bytes, sizeof(bytes), 0));
	send_rtp(1);
	send_rtp(2);
	call_send(call.from_alice, call_rtp("alice", 0xbad, 3));
	send_rtp(4);
	check_no_rtp_came_up(fd);
	check_uint("rtp", 3, call_verdict(CLASS_RTP));
	check_uint("stun", 1, call_verdict(CLASS_STUN));
	check_uint("unknown_ssrc", 1, call_verdict(DROP_UNKNOWN_SSRC));
	check_due(3, 6);
}

TEST("3.6.d", each_leg_once, "each leg is visited once, and no other slot")
{
	int fd;

	open_call();
	fd = bind_server();
	give_slots_away();
	step("the two slots of the list are another stream's now: each of them "
	     "that is visited counts as a stale leg");
	send_rtp(1);
	check_no_rtp_came_up(fd);
	check_uint("stale_leg", 2, call_verdict(DROP_STALE_LEG));
	check_due(1, 2);
}

/* ---- 3.5: a copy for each, and nothing for anybody else ------------------- */

TEST("3.5.a", everybody_gets_it, "each receiver gets its copy, to the byte")
{
	open_call();
	send_rtp(4242);
	call_expect(call.at_bob,
		    call_copy(call_rtp("alice", SSRC, 4242), "bob"));
	call_expect(call.at_carol,
		    call_copy(call_rtp("alice", SSRC, 4242), "carol"));
	call_check_conservation(2);
	check_uint("bytes to bob", 12 + 160, bytes_to(call.bob));
	check_uint("bytes to carol", 12 + 160, bytes_to(call.carol));
}

TEST("3.5.b", sender_gets_nothing, "the sender gets nothing back")
{
	struct packet_spec bobs = call_rtp("bob", 0xb0b, 2);
	int from_bob;

	open_call();
	call_publish(call.bob, "bob", 0xb0b);
	call_commit();
	from_bob = inject_open("bob", "eth0");
	send_rtp(1);
	call_expect(call.at_carol,
		    call_copy(call_rtp("alice", SSRC, 1), "carol"));
	/* the first that alice gets is bob's: hers did not come before it */
	call_send(from_bob, bobs);
	call_expect(call.at_alice, call_copy(bobs, "alice"));
}

TEST("3.5.c", payload_type_per_leg, "each leg has the receiver's PT and port")
{
	struct sink sink = { .pt = { 120 }, .mline = 2 };
	struct packet_spec copy;

	open_call();
	sink.transport = call_direct(call.bob, "bob", 7777);
	check_int("sink", 0, control_set_sink(call.bob, call.stream, &sink));
	call_commit();
	send_rtp(3);
	copy = call_copy(call_rtp("alice", SSRC, 3), "bob");
	copy.udp.dport = 7777;
	copy.rtp.payload_type = 120;
	call_expect(call.at_bob, copy);
	call_expect(call.at_carol,
		    call_copy(call_rtp("alice", SSRC, 3), "carol"));
}

TEST("3.5.d", failure_is_counted, "a leg that cannot be sent is counted")
{
	struct control_totals t;
	struct leg *first;
	bool is_bob;

	open_call();
	call_join("r", "dave");
	call_commit();
	first = table_find(&sfu_legs,
			   &(__u32){ leg_list(control_stream(call.stream)->legs)
					     .first });
	is_bob = first->daddr.word[3] == call_address("bob", false).word[3];
	first->ifindex = 9999;
	send_rtp(1);
	call_expect(is_bob ? call.at_carol : call.at_bob,
		    call_copy(call_rtp("alice", SSRC, 1),
			      is_bob ? "carol" : "bob"));
	control_totals(&t);
	check_uint("failed", 1, t.failed);
	call_check_conservation(3);
}

TEST("3.5.e", unknown_port, "RTP from another port of alice is dropped")
{
	struct packet_spec other = call_rtp("alice", SSRC, 1);

	open_call();
	other.udp.sport = SENDER_PORT + 1;
	call_send(call.from_alice, other);
	check_bob_got_nothing();
	check_uint("unknown_source", 1, call_verdict(DROP_UNKNOWN_SOURCE));
}

TEST("3.5.f", unknown_address, "RTP from an address not signalled is dropped")
{
	struct packet_spec spoofed = call_rtp("alice", SSRC, 1);

	open_call();
	spoofed.ip.src = "10.0.7.77";
	call_send(call.from_alice, spoofed);
	check_bob_got_nothing();
	check_uint("unknown_source", 1, call_verdict(DROP_UNKNOWN_SOURCE));
}

TEST("3.5.g", unknown_ssrc, "an SSRC that was not signalled is dropped")
{
	open_call();
	call_send(call.from_alice, call_rtp("alice", SSRC + 1, 1));
	check_bob_got_nothing();
	check_uint("unknown_ssrc", 1, call_verdict(DROP_UNKNOWN_SSRC));
}

TEST("3.5.h", conservation, "2,000 packets make 4,000 copies, not one less")
{
	open_call();
	for (__u16 seq = 1; seq <= 2000; seq++) {
		send_rtp(seq);
		call_expect(call.at_bob,
			    call_copy(call_rtp("alice", SSRC, seq), "bob"));
		call_expect(call.at_carol,
			    call_copy(call_rtp("alice", SSRC, seq), "carol"));
	}
	call_check_conservation(4000);
}

TEST("3.5.i", thousand_receivers, "one packet makes 1,000 copies",
     .seconds = 20)
{
	struct ip_addr bob;
	char name[16];
	__u32 id;

	open_call();
	bob = call_address("bob", false);
	for (int i = 0; i < 998; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		check_int("join", 0, control_join("r", name, 1001, &id));
		check_int("deliver", 0,
			  control_set_address(id, &bob, htons(10000 + i)));
	}
	call_commit();
	send_rtp(1);
	call_expect(call.at_carol,
		    call_copy(call_rtp("alice", SSRC, 1), "carol"));
	call_check_conservation(1000);
}

TEST("3.5.j", ipv6, "an IPv6 call works as well")
{
	struct packet_spec spec = call_rtp("alice", SSRC, 7);

	open_call();
	call.alice = call_join_as("six", "alice", true);
	call_join_as("six", "bob", true);
	call_publish_as(call.alice, "alice", true, SSRC);
	call_commit();
	spec.ip.src = sandbox_host("alice")->ip6;
	spec.ip.dst = sandbox_host(SANDBOX_SERVER)->ip6;
	call_send(call.from_alice, spec);
	call_expect(call.at_bob, call_copy(spec, "bob"));
}

TEST("3.5.k", same_ssrc_twice, "one SSRC of two senders is two streams")
{
	struct packet_spec carols = call_rtp("carol", SSRC, 5), copy;
	int from_carol;
	__u32 stream;

	open_call();
	stream = call_publish(call.carol, "carol", SSRC);
	check_int("subscribe", 0, control_subscribe(call.bob, call.alice, 0));
	call_commit();
	from_carol = inject_open("carol", "eth0");
	send_rtp(1);
	call_expect(call.at_carol,
		    call_copy(call_rtp("alice", SSRC, 1), "carol"));
	call_send(from_carol, carols);
	copy = call_copy(carols, "bob");
	copy.rtp.ssrc = ntohl(control_find_sink(call.bob, stream)->ssrc);
	check_true(copy.rtp.ssrc != SSRC, "bob has alice's with that SSRC");
	call_expect(call.at_bob, copy);
}

static struct leg *leg_of_bob(void)
{
	struct leg_list legs = leg_list(control_stream(call.stream)->legs);
	__u32 id = control_find_sink(call.bob, call.stream)->leg;

	for (__u32 slot = legs.first; slot < legs.first + legs.count; slot++) {
		struct leg *leg = table_find(&sfu_legs, &slot);

		if (leg->id == id)
			return leg;
	}
	fail("bob has no leg");
}

TEST("3.5.l", stale_leg, "a slot of another stream is a counted drop")
{
	open_call();
	leg_of_bob()->stream++;
	send_rtp(1);
	call_expect(call.at_carol,
		    call_copy(call_rtp("alice", SSRC, 1), "carol"));
	check_uint("stale_leg", 1, call_verdict(DROP_STALE_LEG));
	call_check_conservation(2);
}

/* What skb_rewrite() refuses must not be sent, as whatever it is by then. */
TEST("3.5.p", rewrite_refused,
     "a copy that cannot be made has failed, and nothing is sent")
{
	struct control_totals t;
	struct leg *leg;

	open_call();
	leg = leg_of_bob();
	leg->daddr = call_address("bob", true);
	step("bob's leg leads to an IPv6 address, alice sends over IPv4");
	send_rtp(1);
	call_expect(call.at_carol,
		    call_copy(call_rtp("alice", SSRC, 1), "carol"));
	control_totals(&t);
	check_uint("copies that failed", 1, t.failed);
	check_uint("copies that were sent", 1, t.sent);
	call_check_conservation(2);
	leg->daddr = call_address("bob", false);
	step("bob's leg is as it was");
	send_rtp(2);
	call_expect(call.at_bob, call_copy(call_rtp("alice", SSRC, 2), "bob"));
	call_expect(call.at_carol,
		    call_copy(call_rtp("alice", SSRC, 2), "carol"));
}

/* alice's stream again, which may send DTMF as well now. */
static void publish_with_dtmf(void)
{
	__u32 transport = control_stream(call.stream)->transport;
	struct publication p = {
		.ssrc = htonl(SSRC),
		.kind = MEDIA_AUDIO,
		.count = 2,
		.pt = { 0, 101 },
		.formats = { { 8000, "PCMU" }, { 8000, "telephone-event" } },
	};

	check_int("unpublish", 0, control_unpublish(call.stream));
	check_int("publish", 0,
		  control_publish(call.alice, transport, &p, &call.stream));
	call_commit();
}

static struct packet_spec rtp_of_type(__u16 seq, __u8 pt)
{
	struct packet_spec spec = call_rtp("alice", SSRC, seq);

	spec.rtp.payload_type = pt;
	return spec;
}

TEST("3.5.o", several_payload_types,
     "each payload type stays what it is, or is not sent")
{
	struct sink sink = { .pt = { 8, 99 }, .mline = 2 };
	struct packet_spec copy;
	struct control_totals t;

	open_call();
	publish_with_dtmf();
	sink.transport = call_direct(call.bob, "bob", SENDER_PORT);
	check_int("sink", 0, control_set_sink(call.bob, call.stream, &sink));
	sink.transport = call_direct(call.carol, "carol", SENDER_PORT);
	sink.pt[0] = 0;
	sink.pt[1] = NO_PT;
	check_int("sink", 0, control_set_sink(call.carol, call.stream, &sink));
	call_commit();
	for (__u16 seq = 1; seq <= 3; seq++) {
		call_send(call.from_alice,
			  rtp_of_type(seq, seq == 2 ? 101 : 0));
		copy = call_copy(rtp_of_type(seq, seq == 2 ? 99 : 8), "bob");
		call_expect(call.at_bob, copy);
		if (seq != 2)
			call_expect(call.at_carol,
				    call_copy(rtp_of_type(seq, 0), "carol"));
	}
	control_totals(&t);
	check_uint("skipped", 1, t.skipped);
	call_check_conservation(6);
}

/* A plane of which there is nothing on an interface but a number. */
static int on_interface;

static int count_attach(const struct plane_programs *programs, int ifindex,
			const char *record)
{
	(void)programs, (void)ifindex, (void)record;
	on_interface = 1;
	return 0;
}

static int count_detach(int ifindex, const char *record)
{
	(void)ifindex, (void)record;
	on_interface = 0;
	return 0;
}

static void put_up(const struct plane *plane, const struct plane *const *planes,
		   bool adopts)
{
	struct dataplane_options o = {
		.plane = plane,
		.planes = planes,
		.pin_dir = DEFAULT_PIN_DIR,
		.ifaces = call_ifaces,
		.media = { .port = htons(CALL_PORT) },
	};
	bool adopted;

	check_int("attach", 0, dataplane_attach(&o, &adopted));
	check_int("adopted", adopts, adopted);
}

TEST("3.0.zb", planes_change,
     "an interface has one plane at a time, and the "
     "calls stay")
{
	struct plane_kernel kernel = *plane_tc.kernel;
	struct plane counter = { .name = "count", .kernel = &kernel };
	const struct plane *const planes[] = { &counter, &plane_tc, NULL };

	kernel.attach = count_attach;
	kernel.detach = count_detach;
	open_call();
	put_up(&counter, planes, true);
	check_int("the one that counts is there", 1, on_interface);
	check_int("TC filters", 1,
		  sandbox_run(NULL,
			      "tc filter show dev eth0 ingress | grep -q bpf"));
	put_up(&plane_tc, planes, true);
	check_int("it has left", 0, on_interface);
	send_rtp(1);
	call_expect(call.at_bob, call_copy(call_rtp("alice", SSRC, 1), "bob"));
	put_up(&counter, planes, true);
	check_int("detach", 0, dataplane_detach(planes, DEFAULT_PIN_DIR));
	check_int("it has left", 0, on_interface);
}

TEST("3.0.z", stream_is_measured, "what is lost of a stream is counted with it")
{
	const struct rtp_stats *stats;

	open_call();
	send_rtp(1);
	send_rtp(4);
	call_expect(call.at_bob, call_copy(call_rtp("alice", SSRC, 1), "bob"));
	call_expect(call.at_bob, call_copy(call_rtp("alice", SSRC, 4), "bob"));
	stats = table_find(&sfu_stats, &call.stream);
	check_uint("packets", 2, stats->packets);
	check_int("lost", 2, rtp_lost(stats));
	check_uint("clock", 90000, stats->clock_hz);
}

TEST("3.0.v", unknown_payload_type,
     "a payload type that was not announced is a counted drop")
{
	open_call();
	call_send(call.from_alice, rtp_of_type(1, 97));
	check_bob_got_nothing();
	check_uint("unknown_pt", 1, call_verdict(DROP_UNKNOWN_PT));
	call_check_conservation(2);
}

/* ---- SSRCs that only packets tell ---------------------------------------- */

static void send_unknown(__u32 ssrc)
{
	call_send(call.from_alice, call_rtp("alice", ssrc, 1));
}

/* So many packets came to each of these verdicts until now. */
static void check_fate(const char *what, __u64 passed_on, __u64 dropped,
		       __u64 layers)
{
	step("%s", what);
	check_bob_got_nothing();
	check_uint("user_space", passed_on, call_verdict(CLASS_USER));
	check_uint("unknown_ssrc", dropped, call_verdict(DROP_UNKNOWN_SSRC));
	check_uint("other_layer", layers, call_verdict(DROP_LAYER));
}

TEST("3.0.ua", awaited,
     "an unknown SSRC goes up while somebody asks whose it is")
{
	struct ip_addr addr = call_address("alice", false);
	__u32 transport;

	open_call();
	transport = control_find_transport(&addr, htons(SENDER_PORT));
	send_unknown(7);
	check_fate("nobody asks", 0, 1, 0);
	check_int("await", 0, control_await(transport, MEDIA_VIDEO));
	check_uint("awaited", MEDIA_VIDEO, control_awaited(call.alice));
	send_unknown(7);
	check_fate("one of video is awaited", 1, 1, 0);
	check_int("await", 0, control_await(transport, AWAITS_LAYERS));
	check_uint("awaited", 0, control_awaited(call.alice));
	send_unknown(7);
	check_fate("layers are awaited", 2, 1, 0);
	check_int("set aside", 0, control_set_aside(transport, htonl(7)));
	send_unknown(7);
	check_fate("it is such a layer", 2, 1, 1);
	check_int("await", 0, control_await(transport, 0));
	send_unknown(8);
	check_fate("nobody asks any more", 2, 2, 1);
}

/* Gives the server a second link, of that MTU, and has bob receive there. */
static void open_second_link(int mtu)
{
	struct ip_addr bob = ip_addr_v4(inet_addr("10.9.0.2"));

	check_int(
		"ip", 0,
		sandbox_run(
			NULL,
			"ip link add eth9 mtu %d address 02:00:0a:09:00:fe type veth "
			"peer name eth9 mtu %d address 02:00:0a:09:00:02 netns bob && "
			"ip address add 10.9.0.254/24 dev eth9 && "
			"ip link set eth9 up && ip -n bob link set eth9 up && "
			"ip neigh add 10.9.0.2 lladdr 02:00:0a:09:00:02 dev eth9",
			mtu, mtu));
	check_int("deliver", 0,
		  control_set_address(call.bob, &bob, htons(SENDER_PORT)));
	call_commit();
	call.at_bob = capture_open("bob", "eth9");
}

static void send_sized(__u16 seq, size_t ip_bytes)
{
	struct packet_spec spec = call_rtp("alice", SSRC, seq);

	spec.payload_len = ip_bytes - 20 - 8 - 12;
	call_send(call.from_alice, spec);
}

/* The sequence number of the next frame that bob gets. */
static void check_next_at_bob(__u16 seq)
{
	struct frame got;
	int err = capture_next(call.at_bob, &got, PATIENCE_MS);

	check_true(!err, "a copy should come to bob, but none does: %s",
		   strerror(-err));
	check_uint("its sequence number", seq,
		   got.data[44] << 8 | got.data[45]);
}

TEST("3.5.m", too_long, "a copy too long for its link fails, and is not sent",
     .isolated = true)
{
	struct control_totals t;

	open_call();
	open_second_link(500);
	send_sized(1, 500);
	send_sized(2, 501);
	send_sized(3, 1400);
	send_sized(4, 499);
	check_next_at_bob(1);
	check_next_at_bob(4);
	control_totals(&t);
	check_uint("failed", 2, t.failed);
	call_check_conservation(8);
}

TEST("3.5.n", link_down, "what a device does not take has failed",
     .isolated = true)
{
	struct control_totals t;

	open_call();
	open_second_link(1500);
	send_sized(1, 200);
	check_next_at_bob(1);
	check_int("ip", 0, sandbox_run(NULL, "ip link set eth9 down"));
	send_sized(2, 200);
	for (__u16 seq = 1; seq <= 2; seq++)
		call_expect(call.at_carol,
			    call_copy(call_rtp("alice", SSRC, seq), "carol"));
	control_totals(&t);
	check_uint("failed", 1, t.failed);
	check_int("ip", 0, sandbox_run(NULL, "ip link set eth9 up"));
	send_sized(3, 200);
	check_next_at_bob(3);
	control_totals(&t);
	check_uint("failed", 1, t.failed);
	call_check_conservation(6);
}

/* ---- 3.9: swapping lists while packets flow ---------------------------- */

/* Sends until killed; the parent changes lists meanwhile. */
static pid_t flood(int injector)
{
	struct packet_spec spec = call_rtp("alice", SSRC, 0);
	struct frame frame;
	pid_t pid;

	spec.payload_len = 20;
	call_build(&frame, &spec);
	pid = fork();
	if (pid)
		return pid;
	for (;;)
		inject_send(injector, &frame);
}

/* When RTCP is counted, all that was sent before it has been forwarded. */
static void await_end_of_flood(void)
{
	while (!call_verdict(CLASS_RTCP))
		send_rtcp(); /* again: the flood may have left no room */
}

TEST("3.9.k", swap_under_load,
     "lists swapped under load: every copy is accounted for", .seconds = 30)
{
	time_t deadline = time(NULL) + PATIENCE_MS / 1000;
	struct control_totals t;
	__u64 packets;
	pid_t sender;

	open_call();
	call_join("other", "dave");
	call_commit();
	sender = flood(call.from_alice);
	for (int i = 0; i < 40; i++) {
		control_subscribe(call.bob, 0, i & 1 ? MEDIA_ALL : 0);
		call_commit();
		packets = call_verdict(CLASS_RTP);
		while (call_verdict(CLASS_RTP) < packets + 100)
			check_true(time(NULL) <= deadline ||
					   call_verdict(CLASS_RTP),
				   "no packet is counted");
	}
	kill(sender, SIGKILL);
	waitpid(sender, NULL, 0);
	await_end_of_flood();

	control_totals(&t);
	check_uint("copies = sent + skipped + failed + stale", t.copies,
		   t.sent + t.skipped + t.failed + t.stale);
	check_uint("stale", 0, t.stale);
	check_true(t.copies > t.packets && t.copies < 2 * t.packets,
		   "bob was never switched off, or always");
	check_uint("slots in use", 2, slots_in_use());
}

/* ---- 3.0: provided code ------------------------------------------------- */

/* Opens a data plane that sends back to peer's whatever comes from it. */
static void open_mirror(const char *pin_dir, const char *peer)
{
	struct dataplane_options o = {
		.plane = call_planes[0],
		.planes = call_planes,
		.pin_dir = pin_dir,
		.ifaces = call_ifaces,
		.media = { .port = htons(CALL_PORT) },
	};
	struct publication p = {
		.ssrc = htonl(SSRC),
		.kind = MEDIA_VIDEO,
		.count = 1,
		.pt = { 96 },
		.formats = { { .clock_hz = 90000 } },
	};
	struct ip_addr addr = call_address(peer, false);
	__u32 in, out, transport, stream;
	bool adopted;
	int holder;

	check_int("lock", 0, dataplane_lock(pin_dir, &holder));
	check_int("attach", 0, dataplane_attach(&o, &adopted));
	check_int("open", 0,
		  control_open(call_planes[0], pin_dir, htons(CALL_PORT)));
	check_int("join", 0, control_join("r", "in", 9, &in));
	check_int("join", 0, control_join("r", "out", 9, &out));
	check_int("transport", 0,
		  control_add_transport(in, &addr, htons(CALL_PORT),
					&transport));
	check_int("publish", 0, control_publish(in, transport, &p, &stream));
	check_int("deliver", 0,
		  control_set_address(out, &addr, htons(CALL_PORT)));
	call_commit();
}

TEST("3.0.q", loop, "two forwarders that send to each other: a packet ends",
     .isolated = true)
{
	struct packet_spec packet = call_rtp("bob", SSRC, 1);
	int status, from_bob = inject_open("bob", "eth0");
	pid_t pid = fork();

	if (!pid) {
		check_int("join", 0, sandbox_join("bob"));
		open_mirror("/sys/fs/bpf/2", SANDBOX_SERVER);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	check_int("bob's data plane", 0, status);
	open_mirror(DEFAULT_PIN_DIR, "bob");
	packet.udp.sport = CALL_PORT;
	packet.ip.ttl = 63;
	call_send(from_bob, packet);
	while (!call_verdict(DROP_TTL)) {
		check_true(call_verdict(CLASS_RTP) < 64,
			   "one packet has come "
			   "by more often than it had hops");
		sched_yield();
	}
	check_uint("how often it came by", 31, call_verdict(CLASS_RTP));
	call_check_conservation(31);
}

TEST("3.0.r", last_hop, "what has no hop left is a counted drop")
{
	struct packet_spec spec = call_rtp("alice", SSRC, 1);

	open_call();
	spec.ip.ttl = 1;
	call_send(call.from_alice, spec);
	check_bob_got_nothing();
	check_uint("ttl", 1, call_verdict(DROP_TTL));
	check_uint("rtp", 1, call_verdict(CLASS_RTP));
}

static int alices_socket(void)
{
	struct sockaddr_in own = {
		.sin_family = AF_INET,
		.sin_port = htons(SENDER_PORT),
	};
	struct sockaddr_in server = {
		.sin_family = AF_INET,
		.sin_port = htons(CALL_PORT),
		.sin_addr.s_addr = inet_addr(sandbox_host(SANDBOX_SERVER)->ip4),
	};
	int fd = sandbox_socket("alice", AF_INET, SOCK_DGRAM, 0);

	check_int("bind", 0, bind(fd, (struct sockaddr *)&own, sizeof(own)));
	check_int("connect", 0,
		  connect(fd, (struct sockaddr *)&server, sizeof(server)));
	return fd;
}

/* No guard: a veth with XDP has the sender take them apart. */
TEST("3.0.y", gso, "packets that travel as one (GSO) are left to the stack")
{
	const size_t length = 172, headers = 14 + 20 + 8;
	int fd, from_alice, segment = length;
	__u8 bytes[3 * 172], got[2048];
	struct packet_spec spec;
	struct frame f;

	call_need_tc("a veth with XDP gets such packets in parts");
	call_open_with(false);
	fill_call();
	fd = bind_server();
	from_alice = alices_socket();
	for (int i = 0; i < 3; i++) {
		spec = call_rtp("alice", SSRC, i + 1);
		call_build(&f, &spec);
		memcpy(bytes + i * length, f.data + headers, length);
	}
	setsockopt(from_alice, IPPROTO_UDP, UDP_SEGMENT, &segment,
		   sizeof(segment));
	check_int("send", sizeof(bytes),
		  send(from_alice, bytes, sizeof(bytes), 0));
	for (int i = 0; i < 3; i++) {
		check_int("bytes at the socket", length,
			  recv(fd, got, sizeof(got), 0));
		check_hex("datagram", bytes + i * length, got, length);
	}
	check_uint("gso", 1, call_verdict(CLASS_GSO));
	check_bob_got_nothing();
	call_check_conservation(2);
}

TEST("3.0.p", user_space_sleeps, "RTP never wakes the server; RTCP does")
{
	int fd;

	open_call();
	fd = bind_server();
	send_rtp(1);
	call_send(call.from_alice, call_rtp("alice", 0xbad, 2));
	check_no_rtp_came_up(fd);
}

TEST("3.0.k", killed_and_adopted, "a killed controller loses no packet")
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		open_call();
		raise(SIGKILL);
	}
	waitpid(pid, &status, 0);
	check_true(WIFSIGNALED(status), "the controller was not killed");
	call.from_alice = inject_open("alice", "eth0");
	call.at_bob = capture_open("bob", "eth0");
	send_rtp(1);
	call_expect(call.at_bob, call_copy(call_rtp("alice", SSRC, 1), "bob"));

	check_int("open", 0,
		  control_open(call_planes[0], DEFAULT_PIN_DIR,
			       htons(CALL_PORT)));
	check_uint("participants", 3, table_count(&sfu_participants));
	call_commit();
	send_rtp(2);
	call_expect(call.at_bob, call_copy(call_rtp("alice", SSRC, 2), "bob"));
	call_check_conservation(4);
	control_leave(
		control_find_participant(control_find_room("r"), "carol"));
	call_commit();
	call_check_conservation(4);
}

TEST("3.0.n", route_is_kept, "a leg in force outlives its route",
     .isolated = true)
{
	open_call();
	control_forget_routes();
	check_int("ip", 0,
		  sandbox_run(NULL, "ip route add blackhole %s",
			      sandbox_host("bob")->ip4));
	while (control_refresh(1))
		;
	send_rtp(1);
	call_expect(call.at_bob, call_copy(call_rtp("alice", SSRC, 1), "bob"));
}

TEST("3.0.na", neighbours,
     "only a neighbour that legs go by matters, and "
     "only if it has another MAC address")
{
	static const __u8 other[ETH_ALEN] = { 2, 0, 0, 0, 0, 0x99 };
	int eth0 = if_nametoindex("eth0");
	struct in6_addr addr;

	open_call();
	memcpy(&addr, (struct ip_addr[]){ call_address("bob", false) },
	       sizeof(addr));
	check_true(!control_neighbour_matters(&addr, eth0,
					      sandbox_host("bob")->mac),
		   "what is known already matters");
	check_true(control_neighbour_matters(&addr, eth0, other),
		   "another MAC address does not matter");
	check_true(!control_neighbour_matters(&addr, eth0 + 1, other),
		   "a neighbour on another link matters");
	memcpy(&addr, (struct ip_addr[]){ call_address("dave", false) },
	       sizeof(addr));
	check_true(!control_neighbour_matters(&addr, eth0, other),
		   "somebody who receives nothing matters");
}

TEST("3.0.l", another_port, "tables of another media port are refused")
{
	open_call();
	control_close();
	check_int("open", -ESTALE,
		  control_open(call_planes[0], DEFAULT_PIN_DIR,
			       htons(CALL_PORT + 2)));
}

TEST("3.0.lb", another_version, "tables of another version are not looked at")
{
	__u32 index = 0;
	struct settings s;

	open_call();
	s = *(struct settings *)table_find(&sfu_settings, &index);
	s.version++;
	table_set(&sfu_settings, &index, &s);
	control_close();
	check_int("open", -ESTALE, control_open_to_read(DEFAULT_PIN_DIR));
}

TEST("3.0.m", detach_leaves_nothing, "after detach the host is as it was")
{
	open_call();
	control_close();
	check_int("detach", 0, dataplane_detach(call_planes, DEFAULT_PIN_DIR));
	check_int("pins", 0,
		  sandbox_run(NULL, "! test -e %s", DEFAULT_PIN_DIR));
	check_int("qdiscs", 0,
		  sandbox_run(NULL,
			      "! tc qdisc show dev eth0 | grep -q clsact"));
	check_int("XDP", 0,
		  sandbox_run(NULL, "! ip link show eth0 | grep -q xdp"));
	check_int("detach again", 0,
		  dataplane_detach(call_planes, DEFAULT_PIN_DIR));
}

/* ---- what is not for this host ---------------------------------------- */

/* 10.9.0.2 is behind bob, and alice's way there is through the server. */
static void make_router(void)
{
	check_int("bob", 0,
		  sandbox_run("bob", "ip address add 10.9.0.2/32 "
				     "dev lo"));
	check_int(
		"server", 0,
		sandbox_run(
			NULL,
			"ip route add 10.9.0.2 via 10.0.7.2 && cd /proc/sys/net/ipv4 "
			"&& echo 1 >ip_forward && for f in conf/*/rp_filter; do "
			"echo 0 >$f; done"));
}

/* It comes to bob one hop further, and otherwise as it is. */
static void check_passed_on(struct packet_spec spec)
{
	call_send(call.from_alice, spec);
	spec.eth.src = sandbox_host(SANDBOX_SERVER)->mac;
	spec.eth.dst = sandbox_host("bob")->mac;
	spec.ip.ttl--;
	call_expect(call.at_bob, spec);
}

TEST("3.0.ra", router, "a router passes on what is for others, whatever it is",
     .isolated = true)
{
	struct packet_spec spec;

	open_call();
	make_router();
	spec = call_rtp("alice", SSRC, 1);
	spec.ip.dst = "10.9.0.2";
	step("RTP, from an address and with an SSRC that are known here");
	check_passed_on(spec);
	step("an extension beyond the end");
	spec.rtp.extension = true;
	spec.rtp.ext_words = 1000;
	check_passed_on(spec);
	step("what is no protocol that we know");
	spec.last = PACKET_UDP;
	spec.payload = "\xff not rtp at all";
	spec.payload_len = 15;
	check_passed_on(spec);
	step("a UDP length that lies");
	spec.udp.length = 1000;
	check_passed_on(spec);
	step("this host gets the address, and is told: now it is for us");
	check_int("ip", 0,
		  sandbox_run(NULL, "ip address add 10.9.0.2/32 dev "
				    "lo"));
	check_int("sync", 0,
		  local_addresses_sync(
			  dataplane_open_addresses(DEFAULT_PIN_DIR)));
	call_send(call.from_alice, spec);
	check_bob_got_nothing();
}

TEST("3.0.rb", not_for_us, "for another MAC, or for a group: not media")
{
	static const uint8_t stranger[] = { 2, 0, 0, 0, 0, 0x99 },
			     broadcast[] = { 255, 255, 255, 255, 255, 255 },
			     group[] = { 1, 0, 0x5e, 0, 0, 1 };
	struct packet_spec spec;

	open_call();
	spec = call_rtp("alice", SSRC, 1);
	spec.eth.dst = stranger;
	call_send(call.from_alice, spec);
	spec.eth.dst = broadcast;
	call_send(call.from_alice, spec);
	spec.ip.dst = "10.0.7.255";
	call_send(call.from_alice, spec);
	spec.eth.dst = group;
	spec.ip.dst = "224.0.0.1";
	call_send(call.from_alice, spec);
	spec.eth.dst = sandbox_host(SANDBOX_SERVER)->mac;
	call_send(call.from_alice, spec);
	step("one that is for us");
	check_int("frames at carol before it, from the switch itself", 4,
		  count_until_last(call.at_carol));
	check_uint("packets taken for media", 1, call_verdict(CLASS_RTP));
	call_check_conservation(2);
}

TEST("3.0.rc", options_go_up, "RTP behind IP options goes up to the socket")
{
	struct packet_spec spec;
	char bytes[2048];
	int fd;

	open_call();
	fd = bind_server();
	spec = call_rtp("alice", SSRC, 1);
	spec.ip.options = (const uint8_t[]){ 1, 1, 1, 0 };
	spec.ip.options_len = 4;
	call_send(call.from_alice, spec);
	check_int("bytes at the socket", 12 + spec.payload_len,
		  recv(fd, bytes, sizeof(bytes), 0));
	check_uint("ip_options", 1, call_verdict(CLASS_OPTIONS));
	check_bob_got_nothing();
}

/* ---- the tool --------------------------------------------------------- */

TEST("3.0.ta", tool_keeps_off,
     "sfuctl attach keeps off the default route, "
     "unless it is told, and what is no Ethernet",
     .isolated = true)
{
	check_keeps_off("sfuctl", "attach");
	check_int("nothing is attached", 0,
		  sandbox_run(NULL, "! test -e %s", DEFAULT_PIN_DIR));
	check_says(0, "eth0: forward is attached", "sfuctl",
		   "attach --iface eth0 --on-default-route");
	check_int("detach", 0, dataplane_detach(call_planes, DEFAULT_PIN_DIR));
}
