// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Calls, from the offer to the packets: in both modes, with the real server,
 * and every copy compared to the byte.
 */
#include "lab04-signalling/testlib/caller.h"

TEST_SETUP(set_up_servers)

/* ---- 4.7: an offer becomes transports and streams ----------------------- */

TEST_BOTH("4.7.a", answer_fits_offer,
	  "a join gets 201, its resource, and an answer to each m-line")
{
	struct caller c = join_new("alice", new_room());

	check_true(strstr(c.path, "/participants/"), "Location is \"%s\"",
		   c.path);
	check_uint("m-lines", 2, c.answer->n_media);
	for (int kind = AUDIO; kind < KINDS; kind++) {
		const struct sdp_media *m = &c.answer->media[kind];

		check_mline(c.answer, kind, kind_names[kind], CALL_PORT,
			    SDP_RECVONLY);
		check_str("mid", kind_names[kind], m->mid);
		check_str("address", server_ip(server), answer_ip(m));
		check_uint("payload type", c.pt[kind],
			   m->formats[0].payload_type);
	}
}

TEST_BOTH("4.7.b", streams_are_there, "GET /rooms shows what an offer said")
{
	const char *room_name = new_room();
	struct caller c = caller("alice");
	/* comfort noise (RFC 3389) comes first, and is no codec */
	char *offer = edit(offer_text(&c), "RTP/AVP", "RTP/AVP 13");
	json_t *room;

	join_with(&c, room_name, offer);
	room = get_room(room_name);
	check_true(room, "the room is not there");
	check_true(find_participant(room, &c), "%s is not in it", c.name);
	for (int kind = AUDIO; kind < KINDS; kind++) {
		json_t *s = find_stream(room, &c, kind);

		check_str("kind", kind_names[kind],
			  json_string_value(json_object_get(s, "kind")));
		check_int("payload type", c.pt[kind], number(s, "pt"));
		check_int("packets", 0, number(s, "packets"));
	}
	json_decref(room);
	free(offer);
}

TEST_BOTH("4.7.c", only_what_is_sent,
	  "an m-line that does not send, or is refused, publishes nothing")
{
	struct caller c = caller("alice");
	const char *room_name = new_room();
	char *offer = offer_text(&c);
	json_t *room;

	offer = edit(offer, "m=audio",
		     "m=application 7 UDP/DTLS/SCTP "
		     "webrtc-datachannel\r\nm=video 8 UDP/TLS/RTP/SAVPF 96\r\n"
		     "a=rtpmap:96 VP8/90000\r\na=ssrc:9 cname:x\r\nm=audio");
	offer = edit(offer, "video\r\na=sendonly", "video\r\na=recvonly");
	join_with(&c, room_name, offer);
	check_mline(c.answer, 0, "application", 0, SDP_INACTIVE);
	check_mline(c.answer, 1, "video", 0, SDP_INACTIVE);
	check_mline(c.answer, 2, "audio", CALL_PORT, SDP_RECVONLY);
	check_mline(c.answer, 3, "video", CALL_PORT, SDP_INACTIVE);
	room = get_room(room_name);
	check_uint("streams", 1,
		   json_array_size(json_object_get(find_participant(room, &c),
						   "streams")));
	find_stream(room, &c, AUDIO);
	json_decref(room);
	free(offer);
}

TEST_BOTH("4.8.i", one_socket, "m-lines with one port are one transport")
{
	struct caller a = caller("alice"), b = caller("bob");
	const char *room = new_room();
	char *offer = offer_text(&a), was[16], is[16];
	struct packet_spec spec;

	snprintf(was, sizeof(was), "m=video %u", sender_port(&a, VIDEO));
	snprintf(is, sizeof(is), "m=video %u", sender_port(&a, AUDIO));
	offer = edit(offer, was, is);
	join_with(&a, room, offer);
	join(&b, room);
	listen_to_events(&b);
	renegotiate(&b);
	for (int kind = AUDIO; kind < KINDS; kind++) {
		spec = rtp(&a, kind, 7);
		spec.udp.sport = sender_port(&a, AUDIO);
		call_send(a.injector, spec);
		hear_copy(&b, spec, receiver_port(&b, mline_of(&b, &a, kind)));
	}
	free(offer);
}

TEST_BOTH("4.8.j", two_sources, "each SSRC of an m-line is a stream")
{
	struct caller a = caller("alice"), b = caller("bob"), second;
	const char *room = new_room();
	char *offer = offer_text(&a), more[96];

	second = a;
	second.ssrc[VIDEO] += 10;
	snprintf(more, sizeof(more), "VP8/90000\r\na=ssrc:%u cname:%s",
		 second.ssrc[VIDEO], a.name);
	offer = edit(offer, "VP8/90000", more);
	join_with(&a, room, offer);
	join(&b, room);
	listen_to_events(&b);
	renegotiate(&b);
	check_uint("m-lines offered", 2 + 3, b.offer->n_media);
	for (__u16 seq = 1; seq <= 3; seq++) {
		say(&a, VIDEO, seq);
		hear(&b, &a, VIDEO, seq);
		say(&second, VIDEO, seq);
		hear(&b, &second, VIDEO, seq);
	}
	free(offer);
}

static void check_name(const char *query, const char *said, const char *want)
{
	struct caller c = caller("alice");
	const char *room_name = new_room();
	char *offer = offer_text(&c), path[64];
	json_t *room;

	offer = edit(offer, c.name, said);
	snprintf(path, sizeof(path), "/rooms/%s/participants%s", room_name,
		 query);
	check_int("status", 201,
		  http("alice", "POST", path, "application/sdp", offer).status);
	snprintf(c.name, sizeof(c.name), "%s", want);
	room = get_room(room_name);
	check_true(find_participant(room, &c), "nobody is called %s", want);
	json_decref(room);
	free(offer);
}

TEST_BOTH("4.7.d", names, "the name is from the URL, or else from s=")
{
	check_name("?name=Zo%43", "somebody", "ZoC");
	check_name("", "somebody", "somebody");
	check_name("?other=1", "so-me:body", "so-me:body");
}

TEST_BOTH("4.7.e", twins, "one SSRC from two ports is two streams")
{
	struct caller c = caller("alice");
	const char *room_name = new_room();
	char *offer = offer_text(&c), was[32], is[32];
	json_t *room;

	snprintf(was, sizeof(was), "a=ssrc:%u", c.ssrc[VIDEO]);
	snprintf(is, sizeof(is), "a=ssrc:%u", c.ssrc[AUDIO]);
	offer = edit(offer, was, is);
	join_with(&c, room_name, offer);
	room = get_room(room_name);
	check_uint("streams", 2,
		   json_array_size(json_object_get(find_participant(room, &c),
						   "streams")));
	json_decref(room);
	free(offer);
}

static int status_of(const struct caller *c, const char *room, char *offer)
{
	int status = post_offer(c, room, offer).status;

	free(offer);
	return status;
}

TEST_BOTH("4.7.f", not_published,
	  "one m-line that cannot be published: the offer is refused")
{
	struct caller first = join_new("alice", new_room()), c;
	const char *room = new_room();
	char was[64], is[64];

	step("the ports are those of another participant");
	c = caller("alice");
	c.port = first.port;
	check_int("status", 409, status_of(&c, room, offer_text(&c)));
	step("it does not send from there");
	snprintf(was, sizeof(was), "m=audio %u", sender_port(&c, AUDIO));
	c = caller("alice");
	snprintf(is, sizeof(is), "m=audio %u", sender_port(&c, AUDIO));
	check_int("status", 201,
		  status_of(&c, room,
			    edit(edit(offer_text(&c), "sendonly", "recvonly"),
				 is, was)));
	step("two m-lines have one port and one SSRC");
	c = caller("alice");
	c.ssrc[VIDEO] = c.ssrc[AUDIO];
	snprintf(was, sizeof(was), "m=video %u", sender_port(&c, VIDEO));
	snprintf(is, sizeof(is), "m=video %u", sender_port(&c, AUDIO));
	check_int("status", 422,
		  status_of(&c, room, edit(offer_text(&c), was, is)));
}

TEST_BOTH("4.10.i", odd_room, "a room may be called what a URL must escape")
{
	struct caller c = caller("alice");
	char *offer = offer_text(&c);

	join_with(&c, "50%25%3F%23a%3Bb%2B", offer);
	check_uint("people", 1, people_in("50%?#a;b+"));
	listen_to_events(&c);
	leave(&c);
	check_true(!get_room("50%?#a;b+"), "the room is still there");
	free(offer);
}

/* ---- 4.8: answers and subscriptions become legs ------------------------ */

TEST_BOTH("4.8.a", everybody_hears,
	  "each gets the others' streams, to the byte, where it wants them, "
	  "and never its own")
{
	struct caller c[3];
	__u16 seq = 65530;

	three_call(c);
	for (int round = 0; round < 8; round++, seq++)
		for (int i = 0; i < 3; i++)
			for (int kind = AUDIO; kind < KINDS; kind++) {
				say(&c[i], kind, seq);
				hear(&c[(i + 1) % 3], &c[i], kind, seq);
				hear(&c[(i + 2) % 3], &c[i], kind, seq);
			}
}

TEST_BOTH("4.8.b", rooms_do_not_leak, "nothing goes from room to room")
{
	struct caller a[2], b[2];
	const char *room = new_room();

	a[0] = join_new("alice", room);
	a[1] = join_new("bob", room);
	room = new_room();
	b[0] = join_new("carol", room);
	b[1] = join_new("bob", room);
	b[1].capture = a[1].capture; /* what comes to bob, comes there */
	connect_all(a, 2);
	connect_all(b, 2);
	check_uint("m-lines offered", 2 + 2, a[1].offer->n_media);
	for (__u16 seq = 1; seq <= 4; seq++) {
		say(&a[0], VIDEO, seq);
		hear(&a[1], &a[0], VIDEO, seq);
		say(&b[0], VIDEO, seq);
		hear(&b[1], &b[0], VIDEO, seq);
		say(&b[1], AUDIO, seq);
		hear(&b[0], &b[1], AUDIO, seq);
		say(&a[1], AUDIO, seq);
		hear(&a[0], &a[1], AUDIO, seq);
	}
}

TEST_BOTH("4.8.c", kinds_on_and_off, "audio and video are switched apart")
{
	struct caller c[3];
	const char *name = three_call(c);
	json_t *room;

	subscribe(&c[1], "{\"video\": false}");
	say(&c[0], VIDEO, 1);
	hear(&c[2], &c[0], VIDEO, 1);
	say(&c[0], AUDIO, 2);
	hear(&c[1], &c[0], AUDIO, 2);
	hear(&c[2], &c[0], AUDIO, 2);
	subscribe(&c[1], "{\"audio\": false, \"video\": true}");
	say(&c[2], AUDIO, 3);
	hear(&c[0], &c[2], AUDIO, 3);
	say(&c[0], VIDEO, 4);
	hear(&c[1], &c[0], VIDEO, 4);
	hear(&c[2], &c[0], VIDEO, 4);
	subscribe(&c[1], "{\"audio\": true}");
	say(&c[2], AUDIO, 5);
	hear(&c[0], &c[2], AUDIO, 5);
	hear(&c[1], &c[2], AUDIO, 5);
	room = get_room(name);
	check_int("alice's video to bob", 1,
		  sent_to(room, &c[0], VIDEO, &c[1]));
	check_int("alice's audio to bob", 1,
		  sent_to(room, &c[0], AUDIO, &c[1]));
	check_int("carol's audio to bob", 1,
		  sent_to(room, &c[2], AUDIO, &c[1]));
	check_int("carol's to alice", 2, sent_to(room, &c[2], AUDIO, &c[0]));
	json_decref(room);
}

TEST_BOTH("4.8.d", people_on_and_off, "a participant is switched alone")
{
	struct caller c[3];
	char json[128];

	three_call(c);
	snprintf(json, sizeof(json),
		 "{\"participants\": {\"%s\": {\"audio\": false, \"video\": "
		 "false}}}",
		 c[0].name);
	subscribe(&c[1], json);
	for (int kind = AUDIO; kind < KINDS; kind++) {
		say(&c[0], kind, 1);
		hear(&c[2], &c[0], kind, 1);
		say(&c[2], kind, 1);
		hear(&c[0], &c[2], kind, 1);
		hear(&c[1], &c[2], kind, 1);
	}
	snprintf(json, sizeof(json),
		 "{\"video\": false, \"participants\": {\"%s\": {\"video\": "
		 "true}}}",
		 c[0].name);
	subscribe(&c[1], json);
	say(&c[2], VIDEO, 2);
	hear(&c[0], &c[2], VIDEO, 2);
	say(&c[0], AUDIO, 2);
	hear(&c[2], &c[0], AUDIO, 2);
	say(&c[0], VIDEO, 2);
	hear(&c[1], &c[0], VIDEO, 2);
	hear(&c[2], &c[0], VIDEO, 2);
}

TEST_BOTH("4.8.e", answers_decide, "an answer refuses, pauses, moves streams")
{
	struct caller c[3];
	char *text, was[32], is[32];

	three_join(c);
	for (int i = 0; i < 3; i++)
		listen_to_events(&c[i]);
	renegotiate(&c[0]);
	renegotiate(&c[2]);
	next_offer(&c[1]);
	text = answer_text(&c[1]);
	snprintf(was, sizeof(was), "m=audio %u", receiver_port(&c[1], 2));
	text = edit(text, was, "m=audio 0");
	text = edit(text, "s1\r\na=recvonly", "s1\r\na=inactive");
	snprintf(was, sizeof(was), "m=video %u", receiver_port(&c[1], 5));
	snprintf(is, sizeof(is), "m=video %u", receiver_port(&c[1], 25));
	text = edit(text, was, is);
	answer_with(&c[1], text);
	for (int kind = AUDIO; kind < KINDS; kind++) {
		say(&c[0], kind, 1);
		hear(&c[2], &c[0], kind, 1);
	}
	say(&c[2], VIDEO, 2);
	hear(&c[0], &c[2], VIDEO, 2);
	hear_copy(&c[1], rtp(&c[2], VIDEO, 2), receiver_port(&c[1], 25));
	say(&c[2], AUDIO, 3);
	hear(&c[0], &c[2], AUDIO, 3);
	hear(&c[1], &c[2], AUDIO, 3);
	free(text);
}

TEST_BOTH("4.8.f", moved, "later answers bring back, move, and end a stream")
{
	struct caller c[4];
	const char *room = new_room();
	char *text, was[32], is[32];

	c[0] = join_new("alice", room);
	c[1] = join_new("bob", room);
	listen_to_events(&c[1]);
	next_offer(&c[1]);
	text = answer_text(&c[1]);
	text = edit(text, "s0\r\na=recvonly", "s0\r\na=inactive");
	answer_with(&c[1], text);
	free(text);
	c[2] = join_new("carol", room);
	next_offer(&c[1]);
	say(&c[0], AUDIO, 1); /* not wanted yet */
	say(&c[0], VIDEO, 1);
	hear(&c[1], &c[0], VIDEO, 1);
	text = answer_text(&c[1]);
	snprintf(was, sizeof(was), "m=video %u", receiver_port(&c[1], 3));
	snprintf(is, sizeof(is), "m=video %u", receiver_port(&c[1], 30));
	text = edit(text, was, is);
	answer_with(&c[1], text);
	say(&c[0], AUDIO, 2);
	hear(&c[1], &c[0], AUDIO, 2);
	say(&c[0], VIDEO, 2);
	hear_copy(&c[1], rtp(&c[0], VIDEO, 2), receiver_port(&c[1], 30));
	free(text);
	c[3] = join_new("alice", room);
	next_offer(&c[1]);
	text = edit(answer_text(&c[1]), "s1\r\na=recvonly", "s1\r\na=inactive");
	answer_with(&c[1], text);
	say(&c[0], VIDEO, 3); /* not wanted any more */
	say(&c[0], AUDIO, 3);
	hear(&c[1], &c[0], AUDIO, 3);
	free(text);
}

TEST_BOTH("4.8.g", nothing_unasked, "who has not answered gets nothing")
{
	struct caller c[3];
	const char *name = three_join(c);
	json_t *room;

	listen_to_events(&c[1]);
	listen_to_events(&c[2]);
	next_offer(&c[1]);
	renegotiate(&c[2]);
	say(&c[0], VIDEO, 1);
	hear(&c[2], &c[0], VIDEO, 1);
	answer(&c[1]);
	say(&c[0], VIDEO, 2);
	hear(&c[1], &c[0], VIDEO, 2);
	hear(&c[2], &c[0], VIDEO, 2);
	room = get_room(name);
	check_int("packets", 2,
		  number(find_stream(room, &c[0], VIDEO), "packets"));
	check_int("to bob", 1, sent_to(room, &c[0], VIDEO, &c[1]));
	check_int("to carol", 2, sent_to(room, &c[0], VIDEO, &c[2]));
	json_decref(room);
}

/* ---- 4.8: twenty ------------------------------------------------------- */

#define TWENTY ROOM_LIMIT
#define ROUNDS 3

static struct twenty {
	struct caller c[TWENTY];
	__u8 got[TWENTY][TWENTY][KINDS][ROUNDS]; /* receiver, sender */
} twenty;

static __u16 get_be16(const __u8 *at)
{
	return at[0] << 8 | at[1];
}

/* Who sends that SSRC, and what is it?  false: nobody. */
static bool find_sender(__u32 ssrc, int *from, int *kind)
{
	for (int i = 0; i < TWENTY; i++)
		for (int k = AUDIO; k < KINDS; k++)
			if (twenty.c[i].ssrc[k] == ssrc) {
				*from = i;
				*kind = k;
				return true;
			}
	return false;
}

/* The receiver on a host who answered with that port for that stream. */
static int find_receiver(const char *host, __u16 port, int from, int kind)
{
	for (int i = 0; i < TWENTY; i++) {
		const struct caller *c = &twenty.c[i];

		if (!strcmp(c->host, host) && i != from &&
		    port == receiver_port(c,
					  mline_of(c, &twenty.c[from], kind)))
			return i;
	}
	return -1;
}

/* One frame at a host: which packet is it, and has it come already? */
static void take_copy(const char *host, const struct frame *f)
{
	const __u8 *udp = f->data + 14 + 20, *header = udp + 8;
	__u32 ssrc = (__u32)get_be16(header + 8) << 16 | get_be16(header + 10);
	__u16 port = get_be16(udp + 2), seq = get_be16(header + 2);
	int from, kind, to;

	check_checksums(f);
	check_true(find_sender(ssrc, &from, &kind), "a strange SSRC, %u", ssrc);
	to = find_receiver(host, port, from, kind);
	check_true(to >= 0,
		   "%s's %s came to port %u of %s, where nobody wants it",
		   twenty.c[from].name, kind_names[kind], port, host);
	check_uint("payload type", twenty.c[from].pt[kind], header[1] & 0x7f);
	check_true(seq < ROUNDS, "a strange packet, %u", seq);
	check_uint("how often it has come", 1,
		   ++twenty.got[to][from][kind][seq]);
}

/* The copies of what one caller sent, on all three hosts. */
static void take_copies(const int captures[3], int sender, int copies)
{
	struct frame f;
	int expected;

	for (int host = 0; host < 3; host++) {
		/* a third of the callers each, and the first two one more */
		expected = (TWENTY - host + 2) / 3;
		expected -= sender % 3 == host;
		for (int i = 0; i < expected * copies; i++) {
			check_int("a copy arrives", 0,
				  capture_next(captures[host], &f,
					       PATIENCE_MS));
			take_copy(twenty.c[host].host, &f);
		}
	}
}

static void fill_room(const char *room)
{
	static const char *const hosts[] = { "alice", "bob", "carol" };

	for (int i = 0; i < TWENTY; i++) {
		twenty.c[i] = caller(hosts[i % 3]);
		/* The first on a host captures for all who are there. */
		if (i >= 3)
			close(twenty.c[i].capture);
		join(&twenty.c[i], room);
	}
	for (int i = 0; i < TWENTY; i++) {
		listen_to_events(&twenty.c[i]);
		renegotiate(&twenty.c[i]);
		check_uint("m-lines", 2 * TWENTY, twenty.c[i].offer->n_media);
	}
}

static void check_full(const char *room)
{
	struct caller c = caller("alice");
	char *offer = offer_text(&c);
	struct reply r = post_offer(&c, room, offer);

	check_problem(&r, 503, "");
	check_uint("people", TWENTY, people_in(room));
	free(offer);
}

TEST_BOTH("4.8.h", twenty_call,
	  "twenty call: each packet reaches the other nineteen, once; there is "
	  "no room for more")
{
	const char *room = new_room();
	struct control_totals before;
	int captures[3];

	memset(&twenty, 0, sizeof(twenty));
	fill_room(room);
	check_full(room);
	for (int i = 0; i < 3; i++)
		captures[i] = twenty.c[i].capture;
	before = totals();
	for (__u16 seq = 0; seq < ROUNDS; seq++)
		for (int i = 0; i < TWENTY; i++) {
			say(&twenty.c[i], AUDIO, seq);
			say(&twenty.c[i], VIDEO, seq);
			take_copies(captures, i, KINDS);
		}
	check_totals(&before, ROUNDS * TWENTY * KINDS,
		     ROUNDS * TWENTY * KINDS * (TWENTY - 1));
}

/* ---- 4.0: all is counted, and nobody else gets in ---------------------- */

TEST_BOTH("4.0.ma", counted, "what GET /rooms counts is what was captured")
{
	struct control_totals before = totals();
	__u64 bytes[KINDS] = {};
	struct caller c[3];
	const char *name = three_call(c);
	json_t *room, *s;

	subscribe(&c[2], "{\"audio\": false}");
	for (__u16 seq = 1; seq <= 20; seq++)
		for (int kind = AUDIO; kind < KINDS; kind++) {
			say(&c[0], kind, seq);
			hear(&c[1], &c[0], kind, seq);
			if (kind == VIDEO)
				hear(&c[2], &c[0], kind, seq);
			bytes[kind] += 12 + rtp(&c[0], kind, seq).payload_len;
		}
	room = get_room(name);
	for (int kind = AUDIO; kind < KINDS; kind++) {
		s = find_stream(room, &c[0], kind);
		check_int("packets", 20, number(s, "packets"));
		check_int("bytes", bytes[kind], number(s, "bytes"));
		check_int("lost", 0, number(s, "lost"));
		check_int("to bob", 20, sent_to(room, &c[0], kind, &c[1]));
	}
	check_int("video to carol", 20, sent_to(room, &c[0], VIDEO, &c[2]));
	check_int("audio to carol", -1, sent_to(room, &c[0], AUDIO, &c[2]));
	check_totals(&before, 40, 60);
	json_decref(room);
}

TEST_BOTH("4.0.md", nameless, "an s= that is no name gets a new one")
{
	static const char *const no_names[] = { "-", "no name", "-" };
	const char *room = new_room();

	for (int i = 0; i < 3; i++) {
		struct caller c = caller("bob");
		char *offer = offer_text(&c);

		offer = edit(offer, c.name, no_names[i]);
		join_with(&c, room, offer);
		free(offer);
	}
	check_uint("people", 3, people_in(room));
}

static __u64 drops(const char *verdict)
{
	char name[96];

	snprintf(name, sizeof(name), "swiftcall_packets_total{verdict=\"%s\"}",
		 verdict);
	return metric(name);
}

TEST_BOTH("4.0.mb", spoofed,
	  "RTP from a strange address or port, or with a strange SSRC, is "
	  "dropped and counted")
{
	struct caller c[3];
	struct packet_spec s;
	__u64 source, ssrc;

	three_call(c);
	source = drops("unknown_source");
	ssrc = drops("unknown_ssrc");
	s = rtp(&c[0], VIDEO, 1);
	s.ip.src = "10.0.7.77";
	call_send(c[0].injector, s); /* an address of nobody */
	s = rtp(&c[0], VIDEO, 2);
	s.ip.src = caller_ip(&c[2]);
	call_send(c[0].injector, s); /* carol has no such port */
	s = rtp(&c[0], VIDEO, 3);
	s.udp.sport++;
	call_send(c[0].injector, s);
	s = rtp(&c[0], VIDEO, 4);
	s.udp.sport = sender_port(&c[0], AUDIO);
	call_send(c[0].injector, s); /* the SSRC of another m-line */
	s = rtp(&c[0], VIDEO, 5);
	s.rtp.ssrc = c[1].ssrc[VIDEO];
	call_send(c[0].injector, s); /* bob's SSRC */
	say(&c[0], VIDEO, 6);
	hear(&c[1], &c[0], VIDEO, 6);
	hear(&c[2], &c[0], VIDEO, 6);
	check_uint("unknown sources", source + 3, drops("unknown_source"));
	check_uint("unknown SSRCs", ssrc + 2, drops("unknown_ssrc"));
}

/* Datagrams of the reasons for which a piece of RTP can be dropped. */
static __u64 malformed(void)
{
	static const char *const reasons[] = {
		"empty",
		"rtp_truncated",
		"rtp_csrc",
		"rtp_extension",
	};
	/* The guard leaves this one to who knows what is encrypted. */
	__u64 sum = drops("rtp_padding");

	for (int i = 0; i < 4; i++)
		sum += metric_of(reasons[i]);
	return sum;
}

TEST_BOTH("4.0.mc", truncated, "RTP cut at any length is dropped and counted")
{
	/* two CSRCs, an extension of one word, then payload that ends in 0 */
	static const __u8 packet[] = {
		0x92, 0, 0, 1, 0, 0, 0,	   0,	 0,    0,    0,
		0,    1, 1, 1, 1, 2, 2,	   2,	 2,    0xbe, 0xde,
		0,    1, 3, 3, 3, 3, 0x90, 0x91, 0x92, 0x93,
	};
	const size_t headers = 12 + 2 * 4 + 4 + 4;
	struct packet_spec s;
	struct caller c[3];
	__u8 bytes[sizeof(packet)];
	__u32 ssrc;
	__u64 before;

	three_call(c);
	before = malformed();
	memcpy(bytes, packet, sizeof(bytes));
	bytes[1] = c[0].pt[VIDEO];
	ssrc = htonl(c[0].ssrc[VIDEO]);
	memcpy(bytes + 8, &ssrc, sizeof(ssrc));
	for (size_t length = 0; length < headers; length++) {
		s = rtp(&c[0], VIDEO, 1);
		s.last = PACKET_UDP;
		s.payload = bytes;
		s.payload_len = length;
		call_send(c[0].injector, s);
	}
	bytes[0] |= 0x20; /* padding, as much as the last byte says */
	s.payload_len = sizeof(bytes);
	call_send(c[0].injector, s);
	bytes[0] &= ~0x20;
	for (size_t length = headers; length <= sizeof(bytes); length++) {
		s.payload_len = length;
		call_send(c[0].injector, s);
		for (int i = 1; i < 3; i++)
			hear_copy(&c[i], s,
				  receiver_port(&c[i],
						mline_of(&c[i], &c[0], VIDEO)));
	}
	check_uint("dropped", before + headers + 1, malformed());
}
