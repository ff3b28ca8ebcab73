// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The control plane by itself, on tables in memory: who becomes a leg of
 * what.  No test here needs a right, or a packet.
 */
#include <errno.h>

#include "lab03-maps/pool.h"
#include "lab03-maps/reclaim.h"
#include "lab03-maps/testlib/room.h"
#include "lab03-maps/testlib/slots.h"

/* ---- 3.7: who is a leg ------------------------------------------------ */

TEST("3.7.a", sender_is_no_leg, "the sender never gets its own packets",
     .native = true)
{
	open_room();
	check_legs(room.video, 2);
	check_true(!flows_to(room.video, 1),
		   "alice should not get her own video, but does");
	check_true(!control_find_sink(room.alice, room.video),
		   "alice should have no sink for her own video, but has one");
}

TEST("3.7.b", everybody_else_is_a_leg, "everybody else in the room gets them",
     .native = true)
{
	open_room();
	check_legs(room.video, 2);
	check_true(flows_to(room.video, 2),
		   "bob should get alice's video, but does not");
	check_true(flows_to(room.video, 3),
		   "carol should get alice's video, but does not");
}

TEST("3.7.c", rooms_do_not_leak, "nobody in another room gets them",
     .native = true)
{
	open_room();
	join_host("other", "dave", 4);
	commit();
	check_true(!flows_to(room.video, 4),
		   "dave is in another room, but there is a leg for him");
	check_legs(room.video, 2);
}

TEST("3.7.d", last_member_is_a_leg, "the last one to come is not forgotten",
     .native = true)
{
	open_room();
	join_host("r", "dave", 4);
	commit();
	check_legs(room.video, 3);
	check_true(flows_to(room.video, 4),
		   "dave should get alice's video, but does not");
}

TEST("3.7.e", audio_only, "who wants audio only gets no video", .native = true)
{
	__u32 more;

	open_room();
	check_int("subscribe", 0, control_subscribe(room.bob, 0, MEDIA_AUDIO));
	commit();
	check_true(!flows_to(room.video, 2),
		   "bob asked for no video: there should be no leg for it, "
		   "but there is one");
	check_true(flows_to(room.audio, 2),
		   "bob asked for audio: there should be a leg for it, but "
		   "there is none");
	check_legs(room.video, 1);
	more = publish(room.alice, control_stream(room.video)->transport,
		       MEDIA_VIDEO, 0x3333);
	commit();
	check_true(control_find_sink(room.bob, more),
		   "bob should have a sink for that video, but has none");
}

TEST("3.7.f", per_publisher, "a wish about one publisher is about that one",
     .native = true)
{
	__u32 from_carol;

	open_room();
	from_carol = publish(room.carol, bind_to(room.carol, 3), MEDIA_VIDEO,
			     0x3333);
	check_int("subscribe", 0, control_subscribe(room.bob, room.alice, 0));
	commit();
	check_true(!flows_to(room.video, 2),
		   "bob wants nothing of alice: there should be no leg for "
		   "her video, but there is one");
	check_true(!flows_to(room.audio, 2),
		   "bob wants nothing of alice: there should be no leg for "
		   "her audio, but there is one");
	check_true(flows_to(from_carol, 2),
		   "bob said nothing about carol: he should get her video, "
		   "but does not");
}

TEST("3.7.g", sink_without_port, "no leg before the receiver said where",
     .native = true)
{
	struct sink sink = { .mline = 2, .pt = { 96 } };
	__u32 dave;

	open_room();
	check_int("sink", 0, control_set_sink(room.bob, room.video, &sink));
	check_int("join", 0, control_join("r", "dave", NO_LIMIT, &dave));
	commit();
	check_true(control_find_sink(dave, room.video),
		   "dave has no transport yet, but should have a sink: he is "
		   "told the SSRC before he says where");
	check_true(!flows_to(room.video, 2),
		   "bob has not said where to send video: there should be no "
		   "leg, but there is one");
	check_true(flows_to(room.audio, 2),
		   "bob said where to send audio: there should be a leg, but "
		   "there is none");
}

TEST("3.7.h", sink_decides, "the receiver's port and payload type are used",
     .native = true)
{
	struct sink sink = { .mline = 2, .pt = { 100 } };
	struct ip_addr addr = host_addr(9);
	const struct leg *leg;

	open_room();
	sink.transport = direct_to(room.bob, &addr, 7002);
	check_int("subscribe", 0, control_subscribe(room.carol, 0, 0));
	check_int("sink", 0, control_set_sink(room.bob, room.video, &sink));
	commit();
	check_legs(room.video, 1);
	leg = leg_at(room.video, 0);
	check_true(flows_to(room.video, 9),
		   "the leg should lead to the sink's address, "
		   "but does not");
	check_uint("dport", 7002, ntohs(leg->dport));
	check_uint("pt", 100, leg->pt[0]);
	check_uint("ssrc", 0x1111, ntohl(leg->ssrc));
	check_uint("stream", room.video, leg->stream);
}

/* Bob's end of alice's video is gone, and no leg is left for another one. */
static void use_up_legs(void)
{
	struct sink_key bobs = { .receiver = room.bob, .stream = room.video };

	while (pool_take(&pool_of_legs, 1) >= 0)
		;
	check_int("remove", 0, table_remove(&sfu_sinks, &bobs));
	control_subscribe(room.carol, 0, MEDIA_ALL); /* a reason to compile */
}

TEST("3.7.i", no_leg_left, "when there is no leg left, the commit says so",
     .native = true)
{
	__u32 unreachable;
	int err;

	open_room();
	use_up_legs();
	err = control_commit(&unreachable);
	check_true(err == -E2BIG,
		   "no leg is left for bob, so the commit should return "
		   "-E2BIG (%d), but it returned %d",
		   -E2BIG, err);
	check_true(!flows_to(room.video, 2),
		   "no leg is left for bob, but there is a leg for him");
	check_true(flows_to(room.video, 3),
		   "carol has a leg and should keep it, but it is gone");
}

TEST("3.0.pa", transport_moves, "a transport leads to its address of now",
     .native = true)
{
	struct ip_addr there = host_addr(9), home = host_addr(2),
		       hers = host_addr(1);
	__u32 transport, sender;

	open_room();
	check_int("open", 0,
		  control_open_transport(room.bob, false, &transport));
	check_true(!control_transport(transport)->port, "it leads somewhere");
	check_int("taken", -EADDRINUSE,
		  control_bind(transport, &hers, htons(6000)));
	check_uint("IP version of nothing", 0,
		   control_participant(room.bob)->ip_version);
	check_int("bind", 0, control_bind(transport, &home, htons(6000)));
	commit();
	check_legs(room.video, 2);
	check_int("move", 0, control_bind(transport, &there, htons(6001)));
	sender = control_find_sender(&there, htons(6001));
	check_uint("who sends from the new address", room.bob, sender);
	sender = control_find_sender(&home, htons(6000));
	check_uint("who sends from the old one", 0, sender);
}

static __u32 count_in_user_space(__u32 stream)
{
	return leg_list(control_stream(stream)->legs).in_user_space;
}

/* The receiver's leg is at this place of the stream's list. */
static void check_place(__u32 receiver, __u32 stream, __u32 place)
{
	struct leg_list list = leg_list(control_stream(stream)->legs);

	check_uint("leg", control_find_sink(receiver, stream)->leg,
		   control_legs(list)[place].id);
}

TEST("3.0.pf", encrypted_receiver,
     "who wants it encrypted is behind all who do not, and is user space's",
     .native = true)
{
	struct ip_addr home = host_addr(2);
	struct sink sink = { .mline = 2, .pt = { 100 } };

	open_room();
	check_int("open", 0,
		  control_open_transport(room.bob, true, &sink.transport));
	check_int("bind", 0, control_bind(sink.transport, &home, htons(6000)));
	check_int("sink", 0, control_set_sink(room.bob, room.video, &sink));
	commit();
	check_legs(room.video, 2);
	check_uint("copies that are user space's", 1,
		   count_in_user_space(room.video));
	check_place(room.carol, room.video, 0);
	check_place(room.bob, room.video, 1);
	check_uint("and of the audio", 0, count_in_user_space(room.audio));
	control_unbind(sink.transport);
	commit();
	check_legs(room.video, 1);
	check_uint("copies that are still user space's", 0,
		   count_in_user_space(room.video));
	check_uint("who sends from there", 0,
		   control_find_sender(&home, htons(6000)));
}

TEST("3.0.pg", receiver_with_extensions,
     "one whose header extensions have other numbers is mapped", .native = true)
{
	struct ip_addr home = host_addr(2);
	struct sink sink = { .mline = 2, .pt = { 100 }, .extensions = 1 };
	const struct webrtc_leg *w;

	open_room();
	sink.transport = direct_to(room.bob, &home, 6000);
	check_int("sink", 0, control_set_sink(room.bob, room.video, &sink));
	commit();
	check_uint("copies that are user space's", 0,
		   count_in_user_space(room.video));
	check_true(leg_list(control_stream(room.video)->legs).mapped,
		   "bob's ids are his own");
	w = table_find(&sfu_webrtc_legs,
		       &control_find_sink(room.bob, room.video)->leg);
	check_uint("transport", sink.transport, w->transport);
	check_uint("extensions", 1, w->extensions);
	check_true(!w->encrypted, "and not encrypted");
}

TEST("3.0.pb", sinks_follow, "a move takes along all that comes by a transport",
     .native = true)
{
	struct ip_addr there = host_addr(9), home = host_addr(2);
	__u32 transport;

	open_room();
	check_int("add", 0,
		  control_add_transport(room.bob, &home, htons(6000),
					&transport));
	commit();
	check_true(flows_to(room.video, 2), "bob is not where he was");
	check_int("move", 0, control_bind(transport, &there, htons(6001)));
	commit();
	check_true(flows_to(room.video, 9), "the video went elsewhere");
	check_true(flows_to(room.audio, 9), "the audio went elsewhere");
	check_legs(room.video, 2);
}

TEST("3.0.pc", transports_go, "a transport that nobody uses is gone",
     .native = true)
{
	struct sink sink = { .mline = 2, .pt = { 96 } };
	struct ip_addr there = host_addr(9);
	__u32 before, i;

	open_room();
	before = table_count(&sfu_transports);
	for (i = 0; i < 3; i++) {
		sink.transport = direct_to(room.bob, &there, 7000 + i);
		check_int("sink", 0,
			  control_set_sink(room.bob, room.video, &sink));
	}
	check_uint("transports", before + 1, table_count(&sfu_transports));
	check_int("somebody else's", -ENOENT,
		  control_set_sink(room.carol, room.video, &sink));
	check_int("leave", 0, control_leave(room.bob));
	check_uint("of alice, carol", 2, table_count(&sfu_transports));
}

/* ---- 3.8: leaving ----------------------------------------------------- */

TEST("3.8.a", receiver_leaves, "who leaves gets nothing any more",
     .native = true)
{
	open_room();
	check_int("leave", 0, control_leave(room.bob));
	check_true(control_find_room("r"),
		   "two are still in the room, so it should be there, but is "
		   "gone");
	commit();
	check_legs(room.video, 1);
	check_true(!flows_to(room.video, 2),
		   "bob has left: there should be no leg for him, but there is "
		   "one");
	check_true(flows_to(room.video, 3),
		   "carol is still there: there should be a leg for her, but "
		   "there is none");
}

TEST("3.8.b", publisher_leaves, "transports and streams of a publisher go",
     .native = true)
{
	open_room();
	check_int("leave", 0, control_leave(room.alice));
	commit();
	check_uint("transports", 0, table_count(&sfu_addresses));
	check_uint("ssrcs", 0, table_count(&sfu_ssrcs));
	check_true(!control_stream(room.video),
		   "alice's stream should be gone, but is still "
		   "there");
	check_uint("sinks", 0, table_count(&sfu_sinks));
}

TEST("3.8.c", others_stay, "whoever leaves, the others' streams stay",
     .native = true)
{
	__u32 from_carol;

	open_room();
	from_carol = publish(room.carol, bind_to(room.carol, 3), MEDIA_VIDEO,
			     0x3333);
	check_int("leave", 0, control_leave(room.alice));
	commit();
	check_true(control_stream(from_carol),
		   "carol's stream should still be there, but "
		   "is gone");
	check_legs(from_carol, 1);
	check_true(flows_to(from_carol, 2),
		   "bob should get carol's video, but does not");
}

TEST("3.8.d", nothing_is_left, "when all have left, nothing is left",
     .native = true)
{
	open_room();
	control_subscribe(room.bob, room.alice, MEDIA_AUDIO);
	control_leave(room.bob);
	control_leave(room.alice);
	control_leave(room.carol);
	commit();
	check_uint("rooms", 0, table_count(&sfu_rooms));
	check_uint("participants", 0, table_count(&sfu_participants));
	check_uint("transports", 0, table_count(&sfu_addresses));
	check_uint("ssrcs", 0, table_count(&sfu_ssrcs));
	check_uint("sinks", 0, table_count(&sfu_sinks));
	check_uint("subscriptions", 0, table_count(&sfu_subscriptions));
}

TEST("3.8.e", wishes_go, "a wish does not outlive whom it was about",
     .native = true)
{
	open_room();
	control_subscribe(room.bob, room.alice, MEDIA_AUDIO);
	check_int("leave", 0, control_leave(room.alice));
	check_uint("subscriptions", 0, table_count(&sfu_subscriptions));
}

TEST("3.8.f", address_is_free, "the address of who left can join again",
     .native = true)
{
	open_room();
	control_leave(room.alice);
	commit();
	room.alice = join_host("r", "alice", 1);
	publish(room.alice, bind_to(room.alice, 1), MEDIA_VIDEO, 0x1111);
	commit();
}

/* ---- 3.9: lists are swapped whole, and slots freed late ---------------- */

TEST("3.0.h", unchanged_list_stays, "a list that did not change is not moved",
     .native = true)
{
	__u32 before;

	open_room();
	before = legs_of(room.video).first;
	control_subscribe(room.bob, 0, MEDIA_ALL);
	commit();
	check_uint("first slot", before, legs_of(room.video).first);
}

TEST("3.9.b", old_list_is_not_touched, "a new list lies in other slots",
     .native = true)
{
	struct leg_list before;

	open_room();
	before = legs_of(room.video);
	join_host("r", "dave", 4);
	commit();
	check_true(legs_of(room.video).first >= before.first + before.count ||
			   legs_of(room.video).first + 3 <= before.first,
		   "the new list should lie in other slots than the old one, "
		   "which packets may be reading, but both begin about slot %u",
		   before.first);
	check_uint("slots in use", 3 + 3, slots_in_use());
}

static __u32 slots_taken(void)
{
	__u32 taken = 0;

	for (__u32 slot = 0; slot < pool_of_slots.size; slot++)
		taken += pool_of_slots.used[slot];
	return taken;
}

TEST("3.9.a", slots_are_freed, "a list that goes away frees its slots",
     .native = true)
{
	open_room();
	check_uint("slots in use", 2 + 2, slots_in_use());
	control_unpublish(room.video);
	check_true(slots_in_use() == 2 + 2 && slots_taken() == 2 + 2,
		   "packets may still read the old list, so its 2 slots should "
		   "be free only after the commit, but they are free before");
	commit();
	check_uint("slots in use", 2, slots_in_use());
	control_subscribe(room.bob, 0, 0);
	control_subscribe(room.carol, 0, 0);
	commit();
	check_legs(room.audio, 0);
	check_uint("slots in use", 0, slots_in_use());
}

TEST("3.0.i", slots_come_back, "slots are used again, for ever", .native = true)
{
	struct pool pool;

	check_int("pool", 0, pool_open(&pool, 8));
	for (int i = 0; i < 100; i++) {
		long first = pool_take(&pool, 3);

		check_true(first >= 0, "round %d: nothing free", i);
		pool_give(&pool, first, 3);
	}
	check_int("too many", -ENOSPC, pool_take(&pool, 9));
	check_int("all", 0, pool_take(&pool, 8));
	check_int("full", -ENOSPC, pool_take(&pool, 1));
	pool_close(&pool);
}

TEST("3.9.c", churn, "a thousand joins and leaves use no slot up",
     .native = true)
{
	open_room();
	for (int i = 0; i < 1000; i++) {
		__u32 dave = join_host("r", "dave", 4);

		publish(dave, bind_to(dave, 4), MEDIA_AUDIO, 0x4444);
		commit();
		check_legs(room.video, 3);
		control_leave(dave);
		commit();
		check_legs(room.video, 2);
	}
	check_uint("sinks", 4, table_count(&sfu_sinks));
	check_uint("slots in use", 2 + 2, slots_in_use());
}

TEST("3.0.j", counters_are_kept, "what a leg counted outlives the leg",
     .native = true)
{
	struct control_totals totals;
	struct leg_counters *c;

	open_room();
	c = table_find(&sfu_leg_counters,
		       &control_find_sink(room.bob, room.video)->leg);
	c->sent = 7;
	c->failed = 2;
	control_leave(room.bob);
	commit();
	control_totals(&totals);
	check_uint("sent", 7, totals.sent);
	control_leave(room.alice);
	commit();
	control_totals(&totals);
	check_uint("sent, stream gone", 7, totals.sent);
	check_uint("failed, stream gone", 2, totals.failed);
}

TEST("3.0.o", counters_start_at_zero, "a new leg does not inherit counts",
     .native = true)
{
	struct leg_counters *c;

	open_room();
	c = table_find(&sfu_leg_counters,
		       &control_find_sink(room.bob, room.video)->leg);
	c->sent = 7;
	control_leave(room.bob);
	commit();
	for (int i = 0; i < 8; i++) {
		char name[8];

		snprintf(name, sizeof(name), "p%d", i);
		join_host("r", name, 10 + i);
	}
	commit();
	table_each(e, &sfu_sinks) {
		const struct sink *sink = table_value(e);

		c = table_find(&sfu_leg_counters, &sink->leg);
		check_uint("sent by a fresh leg", 0, c->sent);
	}
}

/* ---- 3.0: provided code ------------------------------------------------ */

TEST("3.0.a", names, "bad names are refused", .native = true)
{
	static const char *const bad[] = {
		/* clang-format off */
		"", "a b", "a/b", "a\"b", "a\nb", "\x80", "\x01", ".", "..",
		"0123456789012345678901234567890123456789",
		/* clang-format on */
	};
	__u32 id;

	open_tables();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		check_int("name", -EINVAL, control_join("r", bad[i], 9, &id));
		check_int("room", -EINVAL, control_join(bad[i], "a", 9, &id));
	}
	check_int("three dots", 0, control_join("...", "...", 9, &id));
	check_uint("rooms", 1, table_count(&sfu_rooms));
}

TEST("3.0.b", taken, "a name, an address, an SSRC are given once",
     .native = true)
{
	struct publication p = {
		.ssrc = htonl(0x1111),
		.kind = MEDIA_VIDEO,
		.count = 1,
		.pt = { 96 },
		.formats = { { .clock_hz = 90000 } },
	};
	struct ip_addr one = host_addr(1);
	const struct stream *s;
	__u32 id;

	open_room();
	check_int("name", -EEXIST, control_join("r", "bob", 9, &id));
	check_int("address", -EADDRINUSE,
		  control_add_transport(room.bob, &one, htons(6000), &id));
	s = control_stream(room.video);
	check_int("ssrc", -EEXIST,
		  control_publish(room.alice, s->transport, &p, &id));
}

TEST("3.0.s", payload_types, "a stream has one to four payload types",
     .native = true)
{
	static const struct {
		const char *why;
		__u32 count, clock_hz;
		__u8 pt[MAX_PAYLOAD_TYPES];
		int err;
	} cases[] = {
		{ "none", 0, 8000, {}, -EINVAL },
		{ "five", 5, 8000, { 0, 8, 9, 101 }, -EINVAL },
		{ "one twice", 3, 8000, { 0, 101, 0 }, -EINVAL },
		{ "looks like RTCP", 1, 8000, { 64 }, -EINVAL },
		{ "looks like RTCP", 2, 8000, { 0, 95 }, -EINVAL },
		{ "has 8 bits", 1, 8000, { 128 }, -EINVAL },
		{ "no clock", 1, 0, { 0 }, -EINVAL },
		{ "all there can be", 4, 8000, { 63, 96, 127, 0 }, 0 },
	};
	__u32 id, from;

	open_room();
	from = control_stream(room.video)->transport;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct publication p = {
			.ssrc = htonl(0x9999),
			.kind = MEDIA_AUDIO,
			.count = cases[i].count,
		};

		memcpy(p.pt, cases[i].pt, sizeof(p.pt));
		for (int k = 0; k < MAX_PAYLOAD_TYPES; k++)
			p.formats[k].clock_hz = cases[i].clock_hz;
		check_int(cases[i].why, cases[i].err,
			  control_publish(room.alice, from, &p, &id));
	}
	check_hex("payload types", "\x3f\x60\x7f\x00", control_stream(id)->pt,
		  MAX_PAYLOAD_TYPES);
}

static __be32 told(__u32 receiver, __u32 stream)
{
	return control_find_sink(receiver, stream)->ssrc;
}

TEST("3.0.w", same_ssrc, "no receiver is told of one SSRC twice",
     .native = true)
{
	__u32 stream[4] = {};

	open_room();
	stream[0] = room.video;
	stream[1] = publish(room.bob, bind_to(room.bob, 2), MEDIA_VIDEO,
			    0x1111);
	commit();
	check_uint("of alice's, who was first", 0x1111,
		   ntohl(told(room.carol, stream[0])));
	check_true(told(room.carol, stream[0]) != told(room.carol, stream[1]),
		   "carol is told of one SSRC twice");
	check_true(told(room.alice, stream[1]) != htonl(0x1111),
		   "alice is told of her own SSRC");
	check_hex("as in the leg",
		  &control_find_sink(room.alice, stream[1])->ssrc,
		  &leg_at(stream[1], 0)->ssrc, 4);
	step("alice leaves; who comes then is told the publisher's");
	control_leave(room.alice);
	join_host("r", "dave", 4);
	commit();
	check_uint("to dave", 0x1111,
		   ntohl(told(control_find_participant(control_find_room("r"),
						       "dave"),
			      stream[1])));
}

TEST("3.0.x", ssrc_comes_back, "who comes back keeps its SSRCs", .native = true)
{
	__u32 again, from, video;
	struct ip_addr addr = host_addr(1);

	open_room();
	check_int("return", 0, control_return(room.alice, &again));
	check_int("transport", 0,
		  control_add_transport(again, &addr, htons(6000), &from));
	video = publish(again, from, MEDIA_VIDEO, 0x1111);
	commit();
	check_int("claims", 0, control_take_claims(again));
	check_int("leave", 0, control_leave(room.alice));
	commit();
	check_uint("to bob", 0x1111, ntohl(told(room.bob, video)));
}

TEST("3.0.t", default_payload_types,
     "a receiver that said nothing takes all payload types", .native = true)
{
	open_room();
	check_hex("of the leg", control_stream(room.audio)->pt,
		  leg_at(room.audio, 0)->pt, MAX_PAYLOAD_TYPES);
	check_uint("the second", NO_PT, leg_at(room.audio, 0)->pt[1]);
}

static void check_sender(const char *what, __u32 want)
{
	struct ip_addr addr = host_addr(1);

	check_uint(what, want, control_find_sender(&addr, htons(6000)));
}

TEST("3.0.ca", claims, "who comes back claims its transport, and nobody else",
     .native = true)
{
	struct ip_addr addr = host_addr(1);
	__u32 back, stranger, from, ignored;

	open_room();
	check_int("return", 0, control_return(room.alice, &back));
	from = bind_to(back, 1);
	publish(back, from, MEDIA_VIDEO, 0x1111);
	stranger = join_host("r", "dave", 4);
	check_int("transport of a stranger", -EADDRINUSE,
		  control_add_transport(stranger, &addr, htons(6000),
					&ignored));
	commit();
	check_sender("who sends", room.alice);
	check_int("take over", 0, control_take_claims(back));
	check_sender("who sends", back);
	check_int("leave", 0, control_leave(room.alice));
	commit();
	check_sender("who sends", back);
	check_str("name", "alice", control_participant(back)->name);
	check_uint("streams", 1, table_count(&sfu_ssrcs));
	check_uint("transports", 1, table_count(&sfu_addresses));
}

TEST("3.0.cb", claims_given_up, "who claims and leaves has changed nothing",
     .native = true)
{
	struct ip_addr addr = host_addr(1);
	__u32 back, ignored;

	open_room();
	check_int("return", 0, control_return(room.alice, &back));
	publish(back, bind_to(back, 1), MEDIA_VIDEO, 0x1111);
	commit();
	check_int("leave", 0, control_leave(back));
	commit();
	check_sender("who sends", room.alice);
	check_legs(room.video, 2);
	check_int("take over", -ENOENT, control_take_claims(back));
	check_int("transport of bob", -EADDRINUSE,
		  control_add_transport(room.bob, &addr, htons(6000),
					&ignored));
	check_uint("streams", 2, table_count(&sfu_ssrcs));
}

/* Which stream does this receiver mean by an SSRC, for the kernel?  0: none. */
static __u32 means(__u32 receiver, __u32 stream, __u32 ssrc)
{
	struct ssrc_key key = {
		.transport = control_find_sink(receiver, stream)->transport,
		.ssrc = htonl(ssrc),
	};
	const __u32 *found = table_find(&sfu_told, &key);

	return found ? *found : 0;
}

TEST("3.0.ce", told_to_packets, "packets know what a receiver means by an SSRC",
     .native = true)
{
	struct sink sink;
	struct ip_addr addr = host_addr(2);

	open_room();
	check_uint("0x1111", room.video, means(room.bob, room.video, 0x1111));
	check_uint("0x2222", room.audio, means(room.bob, room.video, 0x2222));
	check_uint("entries", 4, table_count(&sfu_told));
	step("bob takes the video by another transport");
	sink = *control_find_sink(room.bob, room.video);
	sink.transport = direct_to(room.bob, &addr, 7777);
	check_int("sink", 0, control_set_sink(room.bob, room.video, &sink));
	check_uint("entries before the commit", 3, table_count(&sfu_told));
	commit();
	check_uint("0x1111", room.video, means(room.bob, room.video, 0x1111));
	check_uint("entries", 4, table_count(&sfu_told));
	check_int("unpublish", 0, control_unpublish(room.video));
	commit();
	check_uint("entries", 2, table_count(&sfu_told));
}

TEST("3.0.cf", told_again, "who comes back is meant by its old SSRC",
     .native = true)
{
	__u32 back, video;

	open_room();
	check_int("return", 0, control_return(room.alice, &back));
	video = publish(back, bind_to(back, 1), MEDIA_VIDEO, 0x1111);
	commit();
	check_uint("0x1111", video, means(room.bob, video, 0x1111));
	check_int("take over", 0, control_take_claims(back));
	check_int("leave", 0, control_leave(room.alice));
	commit();
	check_uint("0x1111", video, means(room.bob, video, 0x1111));
	check_uint("0x2222", 0, means(room.bob, video, 0x2222));
	check_uint("ways back", 1, table_count(&sfu_publishers));
}

TEST("3.0.cc", layers, "what is set aside goes with its transport",
     .native = true)
{
	struct ip_addr addr = host_addr(1);
	__u32 transport;

	open_room();
	transport = control_find_transport(&addr, htons(6000));
	check_int("set aside", 0, control_set_aside(transport, htonl(7)));
	check_int("once more", 0, control_set_aside(transport, htonl(7)));
	check_int("set aside", 0, control_set_aside(transport, htonl(8)));
	check_int("SSRC 0", -EINVAL, control_set_aside(transport, 0));
	check_int("of nobody", -EINVAL, control_set_aside(999, htonl(7)));
	check_int("await of nobody", -ENOENT, control_await(999, MEDIA_ALL));
	check_uint("layers", 2, table_count(&sfu_layers));
	check_int("leave", 0, control_leave(room.alice));
	check_uint("layers", 0, table_count(&sfu_layers));
}

/* Its address is bound later, and moves. */
TEST("3.0.cd", awaits_before, "what is awaited is told with the address",
     .native = true)
{
	struct ip_addr addr = host_addr(9);
	struct transport_address key = {
		.addr = addr,
		.port = htons(6000),
		.local_port = PORT,
	};
	const struct sender *sender;
	__u32 transport;

	open_room();
	check_int("open", 0,
		  control_open_transport(room.bob, false, &transport));
	check_int("await", 0, control_await(transport, MEDIA_AUDIO));
	check_uint("awaited", MEDIA_AUDIO, control_awaited(room.bob));
	check_int("bind", 0, control_bind(transport, &addr, htons(6000)));
	sender = table_find(&sfu_addresses, &key);
	check_true(sender && sender->awaits, "packets are not told");
	check_int("await", 0, control_await(transport, 0));
	sender = table_find(&sfu_addresses, &key);
	check_true(sender && !sender->awaits, "packets are not told");
}

TEST("3.0.c", room_limit, "a full room says so, and stays as it was",
     .native = true)
{
	__u32 id;

	open_room();
	check_int("fourth of three", -ENOSPC,
		  control_join("r", "dave", 3, &id));
	check_uint("participants", 3, table_count(&sfu_participants));
	check_int("another room", 0, control_join("s", "dave", 3, &id));
}

TEST("3.0.d", unknown, "unknown ids are refused", .native = true)
{
	struct sink sink = {};

	open_room();
	check_int("leave", -ENOENT, control_leave(999));
	check_int("unpublish", -ENOENT, control_unpublish(999));
	check_int("sink", -ENOENT, control_set_sink(room.bob, 999, &sink));
	check_int("own stream", -ENOENT,
		  control_set_sink(room.alice, room.video, &sink));
	check_int("publisher", -ENOENT, control_subscribe(room.bob, 999, 0));
	check_int("oneself", -EINVAL, control_subscribe(room.bob, room.bob, 0));
	check_int("kind", -EINVAL, control_subscribe(room.bob, 0, 4));
}

static void set_last_id(__u32 id)
{
	__u32 index = 0;
	struct settings *s = table_find(&sfu_settings, &index);

	s->last_id = id;
}

/* Those who come now get numbers that nobody else has. */
static void join_ten(void)
{
	static unsigned int host = 10;
	char name[16];
	__u32 ids[10], transports[10];

	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "p%u", ++host);
		ids[i] = join_host(i % 2 ? "r" : name, name, host);
		transports[i] = bind_to(ids[i], host);
		publish(ids[i], transports[i], MEDIA_AUDIO, 0x1111);
		check_true(ids[i] && transports[i], "0 is a number");
	}
	for (int i = 0; i < 10; i++) {
		struct ip_addr addr = host_addr(host - 9 + i);
		__u32 sender = control_find_sender(&addr, htons(6000));

		check_str("name", control_participant(ids[i])->name,
			  control_participant(sender)->name);
	}
}

TEST("3.0.da", ids_wrap, "behind the last id come those that nobody has",
     .native = true)
{
	__u32 alice, transport;

	open_room();
	alice = room.alice;
	transport = control_stream(room.video)->transport;
	set_last_id(0xffffffff - 12);
	join_ten();
	set_last_id(0); /* as if all of the numbers had been used */
	join_ten();
	commit();
	check_uint("participants", 3 + 20, table_count(&sfu_participants));
	check_uint("rooms", 1 + 10, table_count(&sfu_rooms));
	check_str("who", "alice", control_participant(alice)->name);
	check_str("where", "r",
		  control_room(control_participant(alice)->room)->name);
	check_uint("transport", transport,
		   control_stream(room.video)->transport);
	check_legs(room.video, 2 + 10);
}

TEST("3.0.g", ip_versions, "IPv4 is not forwarded to IPv6", .native = true)
{
	struct ip_addr six = { { htonl(0xfd000007), 0, 0, htonl(2) } };
	struct sink sink = { .mline = 2 };
	__u32 unreachable, transport;

	open_room();
	sink.transport = direct_to(room.bob, &six, 7000);
	check_int("sink", -EAFNOSUPPORT,
		  control_set_sink(room.bob, room.video, &sink));
	check_int("transport", -EAFNOSUPPORT,
		  control_add_transport(room.alice, &six, htons(1),
					&transport));
	control_set_address(room.bob, &six, htons(6000));
	check_int("commit", -EAFNOSUPPORT, control_commit(&unreachable));
	check_uint("unreachable", room.bob, unreachable);
	check_legs(room.video, 1);
	check_true(flows_to(room.video, 3),
		   "carol should get alice's video, but does not");
}

TEST("3.0.e", thousand_receivers, "a stream has 1,000 receivers",
     .native = true)
{
	char name[16];

	open_room();
	for (int i = 0; i < 998; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		join_host("r", name, 10 + i);
	}
	commit();
	check_legs(room.video, 1000);
	check_true(flows_to(room.video, 10 + 997), "the last one has no leg");
}
