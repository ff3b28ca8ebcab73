// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Consent to get media (RFC 7675): who has it, for how long, and what packets see
 * of it.  Here nobody's checks are answered: the tests renew it by themselves.
 *
 *	control_set_consent() --> sender, legs --> a copy, or skipped
 */
#include <errno.h>

#include "common/clock.h"
#include "lab03-maps/forward.h"
#include "lab03-maps/testlib/call.h"
#include "lab03-maps/testlib/room.h"

TEST_SETUP(call_set_up)

#define SSRC 0x14e6e8a5

/* There are no frames here, and no list of addresses. */
static __always_inline int frame_byte(const struct cursor *c, __u32 offset,
				      __u8 *byte)
{
	(void)c, (void)offset, (void)byte;
	return -1;
}

static __always_inline int is_local_address(const struct ip_addr *addr)
{
	(void)addr;
	return 0;
}

/* ---- the control plane ---------------------------------------------------- */

static __u32 transport_of_bob;

/* Bob receives by a transport that he is bound to. */
static void open_bob(void)
{
	struct ip_addr home = host_addr(2);
	struct sink sink = { .mline = 2, .pt = { 100 } };

	open_room();
	check_int("open", 0,
		  control_open_transport(room.bob, false, &sink.transport));
	check_int("bind", 0, control_bind(sink.transport, &home, htons(6000)));
	check_int("sink", 0, control_set_sink(room.bob, room.video, &sink));
	commit();
	transport_of_bob = sink.transport;
}

static __u32 agree(__u64 renewed)
{
	struct consent consent = { .renewed_ns = renewed, .settled = true };

	check_int("set", 0, control_set_consent(transport_of_bob, &consent));
	commit();
	return control_transport(transport_of_bob)->consent;
}

static const struct webrtc_leg *leg_of_bob(void)
{
	return table_find(&sfu_webrtc_legs,
			  &control_find_sink(room.bob, room.video)->leg);
}

static __u16 consent_of_sender(void)
{
	struct transport_address from = {
		.addr = host_addr(2),
		.port = htons(6000),
		.local_port = PORT,
	};
	const struct sender *sender = table_find(&sfu_addresses, &from);

	return sender ? sender->consent : 0;
}

static bool list_has_consent(__u32 stream)
{
	return leg_list(control_stream(stream)->legs).consent;
}

static void check_consent(__u32 id)
{
	check_uint("of the transport", id,
		   control_transport(transport_of_bob)->consent);
	check_uint("of the leg", id, leg_of_bob()->consent);
	check_uint("of the sender", id, consent_of_sender());
	check_true(list_has_consent(room.video) == !!id,
		   "the list of legs says something else");
	check_true(!list_has_consent(room.audio),
		   "bob gets no audio by that transport");
}

TEST("3.0.ya", agreed, "a consent is its transport's, its legs', its sender's",
     .native = true)
{
	__u32 first, second;

	open_bob();
	check_consent(0);
	check_true(!control_consent(transport_of_bob), "there is a consent");
	first = agree(100);
	check_true(first, "the id of a consent is 0");
	check_consent(first);
	check_uint("renewed", 100, control_renewed(room.bob));
	second = agree(200);
	check_true(second != first, "a packet may still read the old one");
	check_consent(second);
	check_uint("renewed", 200, control_renewed(room.bob));
	check_int("unknown", -ENOENT,
		  control_set_consent(12345, &(struct consent){}));
}

TEST("3.0.yb", renewed, "a consent is renewed, and time never goes back",
     .native = true)
{
	struct consent *c;

	open_bob();
	agree(100);
	c = control_consent(transport_of_bob);
	control_renew(c, 300);
	control_renew(c, 200);
	check_uint("renewed", 300, control_renewed(room.bob));
}

TEST("3.0.yc", moved,
     "a move takes the consent along, and it ends with the address",
     .native = true)
{
	struct ip_addr there = host_addr(9), home = host_addr(2);
	__u32 id, key;

	open_bob();
	id = agree(100);
	check_int("away", 0,
		  control_bind(transport_of_bob, &there, htons(6000)));
	check_uint("of who is at the old address", 0, consent_of_sender());
	check_int("back", 0,
		  control_bind(transport_of_bob, &home, htons(6000)));
	commit();
	check_consent(id);
	control_unbind(transport_of_bob);
	key = id;
	check_uint("while packets may read it", 100,
		   ((struct consent *)table_find(&sfu_consents, &key))
			   ->renewed_ns);
	commit();
	check_uint("when none does", 0,
		   ((struct consent *)table_find(&sfu_consents, &key))
			   ->renewed_ns);
	check_true(!control_consent(transport_of_bob), "there is a consent");
}

TEST("3.0.yd", used_again, "ids of consents are used again, for ever",
     .native = true, .seconds = 60)
{
	open_bob();
	for (__u32 i = 0; i < 2 * MAX_CONSENTS; i++)
		agree(i + 1);
	check_uint("renewed", 2 * MAX_CONSENTS, control_renewed(room.bob));
	check_int("leave", 0, control_leave(room.bob));
	commit();
}

/* Each of them waits for the next commit to be free. */
TEST("3.0.yh", all_taken,
     "if there is no room for a consent, the old one holds", .native = true)
{
	struct consent consent = { .renewed_ns = 100 };
	__u32 id;
	int err;

	open_bob();
	do {
		id = control_transport(transport_of_bob)->consent;
		consent.renewed_ns++;
		err = control_set_consent(transport_of_bob, &consent);
	} while (!err);
	check_int("set", -ENOSPC, err);
	commit();
	check_consent(id);
	check_uint("renewed", consent.renewed_ns - 1,
		   control_renewed(room.bob));
	agree(consent.renewed_ns);
}

/* ---- a packet -------------------------------------------------------------- */

static int choose_for_bob(__u64 now)
{
	struct leg_list list = leg_list(control_stream(room.video)->legs);
	struct packet_route to = { .stream = room.video, .legs = list };
	struct rtp_out out;

	each_leg(l, list)
		if (l->id == control_find_sink(room.bob, room.video)->leg)
			return choose_rtp(l, &to, now, &out);
	fail("bob has no leg");
}

TEST("3.0.ye", thirty_seconds, "a copy is due for 30 s from the last proof",
     .native = true)
{
	const __u64 then = 100 * CONSENT_NS;
	const struct leg_counters *c;

	open_bob();
	check_int("without a consent", 0, choose_for_bob(then));
	agree(then);
	check_int("at once", 0, choose_for_bob(then));
	check_int("renewed after the packet came", 0, choose_for_bob(then - 1));
	check_int("in time", 0, choose_for_bob(then + CONSENT_NS - 1));
	check_int("too late", -1, choose_for_bob(then + CONSENT_NS));
	c = table_find(&sfu_leg_counters,
		       &control_find_sink(room.bob, room.video)->leg);
	check_uint("skipped", 1, c->skipped);
	control_renew(control_consent(transport_of_bob), then + 1);
	check_int("renewed", 0, choose_for_bob(then + CONSENT_NS));
}

TEST("3.0.yi", not_found, "whose consent cannot be found gets nothing",
     .native = true)
{
	const struct leg_list asks = { .consent = 1 }, plain = {};
	const struct webrtc_leg lost = { .consent = MAX_CONSENTS - 1 };

	open_bob();
	check_int("nobody asks", 1, may_be_sent(NULL, &plain, CONSENT_NS));
	check_int("no leg", 0, may_be_sent(NULL, &asks, CONSENT_NS));
	check_int("no consent", 0, may_be_sent(&lost, &asks, CONSENT_NS));
}

/* ---- the kernel ------------------------------------------------------------- */

static struct {
	__u32 alice, bob, stream;
	int from_alice, at_bob, at_carol;
} call;

static void let_bob_agree(bool encrypted)
{
	struct ip_addr home = call_address("bob", false);
	struct consent consent = { .renewed_ns = clock_now_ns() };
	struct sink sink = { .mline = 2, .pt = { 96 } };

	check_int("open", 0,
		  control_open_transport(call.bob, encrypted, &sink.transport));
	check_int("set", 0, control_set_consent(sink.transport, &consent));
	check_int("bind", 0,
		  control_bind(sink.transport, &home, htons(SENDER_PORT)));
	check_int("sink", 0, control_set_sink(call.bob, call.stream, &sink));
	call_commit();
	transport_of_bob = sink.transport;
}

/* Carol gets plain RTP, for which nobody asks. */
static void open_call(void)
{
	call_open();
	call.alice = call_join("r", "alice");
	call.bob = call_join("r", "bob");
	call_join("r", "carol");
	call.stream = call_publish(call.alice, "alice", SSRC);
	call_commit();
	let_bob_agree(false);
	call.from_alice = inject_open("alice", "eth0");
	call.at_bob = capture_open("bob", "eth0");
	call.at_carol = capture_open("carol", "eth0");
}

static void send_rtp(__u16 seq)
{
	call_send(call.from_alice, call_rtp("alice", SSRC, seq));
}

static void expect(int capture, const char *host, __u16 seq)
{
	call_expect(capture, call_copy(call_rtp("alice", SSRC, seq), host));
}

static void check_skipped(__u64 copies, __u64 skipped)
{
	struct control_totals t;

	call_check_conservation(copies);
	control_totals(&t);
	check_uint("skipped", skipped, t.skipped);
}

TEST("3.0.yf", runs_out, "who has not agreed for 30 s gets nothing, others do")
{
	struct consent *c;

	open_call();
	send_rtp(1);
	expect(call.at_bob, "bob", 1);
	expect(call.at_carol, "carol", 1);
	step("bob's last proof was 30 s ago");
	c = control_consent(transport_of_bob);
	c->renewed_ns -= CONSENT_NS;
	send_rtp(2);
	expect(call.at_carol, "carol", 2);
	check_skipped(4, 1);
	step("he proves himself anew");
	control_renew(c, clock_now_ns());
	send_rtp(3);
	expect(call.at_bob, "bob", 3);
	expect(call.at_carol, "carol", 3);
	check_skipped(6, 1);
}

TEST("3.0.yg", outlives,
     "a consent outlives the controller, and its id is kept")
{
	__u32 id, transport;

	open_call();
	id = control_transport(transport_of_bob)->consent;
	control_close();
	send_rtp(1);
	expect(call.at_bob, "bob", 1);
	step("another controller takes over");
	check_int("open", 0,
		  control_open(&plane_tc, DEFAULT_PIN_DIR, htons(CALL_PORT)));
	call_commit();
	check_uint("consent", id, control_transport(transport_of_bob)->consent);
	check_int("open", 0,
		  control_open_transport(call.alice, false, &transport));
	for (int i = 0; i < 3; i++) {
		check_int("set", 0,
			  control_set_consent(transport, &(struct consent){}));
		check_true(control_transport(transport)->consent != id,
			   "bob's id was given to alice");
	}
	send_rtp(2);
	expect(call.at_bob, "bob", 2);
	expect(call.at_carol, "carol", 1);
	expect(call.at_carol, "carol", 2);
	check_skipped(4, 0);
}
