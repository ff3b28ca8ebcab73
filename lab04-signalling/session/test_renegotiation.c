// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* People come and go: offers to those who stay, and nothing left of others. */
#include <errno.h>

#include "lab04-signalling/testlib/caller.h"

TEST_SETUP(set_up_servers)

/* That m-line offers this stream. */
static void check_offered(const struct caller *to, size_t i,
			  const struct caller *from, int kind)
{
	const struct sdp_media *m = &to->offer->media[i];
	char msid[64];

	check_mline(to->offer, i, kind_names[kind], CALL_PORT, SDP_SENDONLY);
	snprintf(msid, sizeof(msid), "%s %s", from->name, kind_names[kind]);
	check_str("msid", msid, m->msid);
	check_uint("a=ssrc lines", 1, m->n_ssrcs);
	check_uint("SSRC", from->ssrc[kind], m->ssrcs[0].ssrc);
	check_str("cname", from->name, m->ssrcs[0].cname);
	check_uint("formats", 1, m->n_formats);
	check_uint("payload type", from->pt[kind], m->formats[0].payload_type);
	check_true(!strncmp(codecs[kind], m->formats[0].encoding,
			    strlen(m->formats[0].encoding)),
		   "its codec is %s", m->formats[0].encoding);
}

/* ---- 4.9: joins and leaves renegotiate --------------------------------- */

TEST_BOTH("4.9.a", new_mlines,
	  "who joins becomes m-lines in the offers of all who are there, and "
	  "finds those who are")
{
	struct caller c[3];
	const char *room = new_room();
	uint64_t version;

	c[0] = join_new("alice", room);
	listen_to_events(&c[0]);
	c[1] = join_new("bob", room);
	listen_to_events(&c[1]);
	for (int i = 0; i < 2; i++) {
		next_offer(&c[i]);
		decline(&c[i]);
	}
	check_uint("m-lines for alice", 4, c[0].offer->n_media);
	check_offered(&c[0], 2, &c[1], AUDIO);
	check_offered(&c[0], 3, &c[1], VIDEO);
	check_offered(&c[1], 2, &c[0], AUDIO);
	check_offered(&c[1], 3, &c[0], VIDEO);
	version = c[0].offer->sess_version;
	c[2] = join_new("carol", room);
	listen_to_events(&c[2]);
	for (int i = 0; i < 3; i++)
		next_offer(&c[i]);
	check_uint("version", version + 1, c[0].offer->sess_version);
	check_str("session id", c[0].answer->sess_id, c[0].offer->sess_id);
	check_uint("m-lines for alice", 6, c[0].offer->n_media);
	check_offered(&c[0], 2, &c[1], AUDIO);
	check_offered(&c[0], 3, &c[1], VIDEO);
	check_offered(&c[0], 4, &c[2], AUDIO);
	check_offered(&c[0], 5, &c[2], VIDEO);
	check_uint("m-lines for carol", 6, c[2].offer->n_media);
}

TEST_BOTH("4.9.b", own_mlines, "an offer begins with the answer's m-lines")
{
	struct caller c = caller("alice");
	const char *room = new_room();
	char *offer = offer_text(&c);

	offer = edit(offer, "m=audio",
		     "m=application 7 UDP/DTLS/SCTP "
		     "webrtc-datachannel\r\nm=audio");
	join_with(&c, room, offer);
	listen_to_events(&c);
	join_new("bob", room);
	next_offer(&c);
	check_uint("m-lines", 5, c.offer->n_media);
	check_mline(c.offer, 0, "application", 0, SDP_INACTIVE);
	check_mline(c.offer, 1, "audio", CALL_PORT, SDP_RECVONLY);
	check_mline(c.offer, 2, "video", CALL_PORT, SDP_RECVONLY);
	check_mline(c.offer, 3, "audio", CALL_PORT, SDP_SENDONLY);
	check_mline(c.offer, 4, "video", CALL_PORT, SDP_SENDONLY);
	for (int i = 0; i < 3; i++)
		check_str("mid", c.answer->media[i].mid ?: "none",
			  c.offer->media[i].mid ?: "none");
	free(offer);
}

TEST_BOTH("4.10.j", inactive, "who leaves makes its m-lines inactive")
{
	struct caller c[3];

	three_call(c);
	leave(&c[1]);
	next_offer(&c[0]);
	check_uint("m-lines", 6, c[0].offer->n_media);
	check_mline(c[0].offer, 2, "audio", CALL_PORT, SDP_INACTIVE);
	check_mline(c[0].offer, 3, "video", CALL_PORT, SDP_INACTIVE);
	check_offered(&c[0], 4, &c[2], AUDIO);
	check_offered(&c[0], 5, &c[2], VIDEO);
	answer(&c[0]);
	say(&c[2], VIDEO, 1);
	hear(&c[0], &c[2], VIDEO, 1);
}

TEST_BOTH("4.10.k", reused, "the next who joins gets the inactive m-lines")
{
	struct caller c[3], new;
	const char *room = three_call(c);
	char mid[32];

	leave(&c[1]);
	renegotiate(&c[0]);
	snprintf(mid, sizeof(mid), "%s", c[0].offer->media[3].mid);
	new = join_new("bob", room);
	renegotiate(&c[0]);
	check_uint("m-lines", 6, c[0].offer->n_media);
	check_offered(&c[0], 2, &new, AUDIO);
	check_offered(&c[0], 3, &new, VIDEO);
	check_str("mid", mid, c[0].offer->media[3].mid);
	check_offered(&c[0], 4, &c[2], AUDIO);
	say(&new, VIDEO, 1);
	hear(&c[0], &new, VIDEO, 1);
}

TEST_BOTH("4.10.l", one_outstanding,
	  "there is one offer at a time; what happens meanwhile is in the next")
{
	struct caller c[3], more;
	const char *room = new_room();
	uint64_t version;

	c[0] = join_new("alice", room);
	listen_to_events(&c[0]);
	c[1] = join_new("bob", room);
	next_offer(&c[0]);
	version = c[0].offer->sess_version;
	c[2] = join_new("carol", room);
	leave(&c[1]);
	more = join_new("bob", room);
	check_uint("m-lines", 4, c[0].offer->n_media);
	answer(&c[0]); /* it would not fit another offer */
	next_offer(&c[0]);
	check_uint("version", version + 1, c[0].offer->sess_version);
	check_uint("m-lines", 6, c[0].offer->n_media);
	check_true(mline_of(&c[0], &more, VIDEO) > 0 &&
			   mline_of(&c[0], &c[2], VIDEO) > 0,
		   "not all who are there are offered");
	check_int("m-line of who has left", -1, mline_of(&c[0], &c[1], VIDEO));
	answer(&c[0]);
	say(&c[2], VIDEO, 1);
	hear(&c[0], &c[2], VIDEO, 1);
}

TEST_BOTH("4.10.m", sent_again, "who reconnects gets the outstanding offer")
{
	struct caller c[2];
	const char *room = new_room();
	uint64_t version;
	int old;

	c[0] = join_new("alice", room);
	listen_to_events(&c[0]);
	c[1] = join_new("bob", room);
	next_offer(&c[0]);
	version = c[0].offer->sess_version;
	old = dup(fileno(c[0].events)); /* so that it stays open */
	listen_to_events(&c[0]);
	next_offer(&c[0]);
	check_uint("version", version, c[0].offer->sess_version);
	check_int("bytes in the old connection: its end", 0,
		  recv(old, &version, 1, 0));
	answer(&c[0]);
	listen_to_events(&c[0]);
	leave(&c[1]);
	next_offer(&c[0]);
	check_uint("version", version + 1, c[0].offer->sess_version);
	close(old);
}

TEST_BOTH("4.9.c", gathered, "who listens late gets all in one offer")
{
	struct caller c[3];

	three_join(c);
	listen_to_events(&c[0]);
	next_offer(&c[0]);
	check_uint("m-lines", 6, c[0].offer->n_media);
	check_uint("version", c[0].answer->sess_version + 1,
		   c[0].offer->sess_version);
}

TEST_BOTH("4.9.d", one_at_a_time, "who has not answered gets no other offer")
{
	struct caller c[3];
	const char *room = new_room();
	uint64_t version;

	c[0] = join_new("alice", room);
	listen_to_events(&c[0]);
	c[1] = join_new("bob", room);
	next_offer(&c[0]);
	version = c[0].offer->sess_version;
	c[2] = join_new("carol", room);
	decline(&c[0]); /* it would not fit another offer */
	next_offer(&c[0]);
	check_uint("version", version + 1, c[0].offer->sess_version);
	check_uint("m-lines", 6, c[0].offer->n_media);
}

TEST_BOTH("4.10.n", own_room_only, "other rooms are not renegotiated")
{
	struct caller a, b;
	const char *room = new_room();
	uint64_t version;

	a = join_new("alice", room);
	b = join_new("bob", room);
	listen_to_events(&a);
	renegotiate(&a);
	version = a.offer->sess_version;
	join_new("carol", new_room());
	leave(&b);
	next_offer(&a);
	check_uint("version", version + 1, a.offer->sess_version);
	check_uint("m-lines", 4, a.offer->n_media);
}

TEST_BOTH("4.10.o", half_a_room, "only a kind that is free is re-used")
{
	struct caller a = caller("alice"), b = caller("bob"), c;
	const char *room = new_room();
	char *offer = offer_text(&b);

	*strstr(offer, "m=video") = '\0';
	join(&a, room);
	listen_to_events(&a);
	join_with(&b, room, offer);
	renegotiate(&a);
	check_uint("m-lines", 3, a.offer->n_media);
	leave(&b);
	renegotiate(&a);
	c = join_new("carol", room);
	renegotiate(&a);
	check_uint("m-lines", 4, a.offer->n_media);
	check_offered(&a, 2, &c, AUDIO);
	check_offered(&a, 3, &c, VIDEO);
	free(offer);
}

/* ---- 4.10: the end ----------------------------------------------------- */

TEST_BOTH("4.10.a", gone, "who has left sends to nobody, and is nowhere")
{
	struct caller c[3];
	const char *room = three_call(c);
	__u64 before;
	struct reply r;

	say(&c[0], VIDEO, 1);
	hear(&c[1], &c[0], VIDEO, 1);
	hear(&c[2], &c[0], VIDEO, 1);
	leave(&c[0]);
	check_uint("people", 2, people_in(room));
	before = metric("swiftcall_packets_total{verdict=\"unknown_source\"}");
	say(&c[0], VIDEO, 2);
	say(&c[1], VIDEO, 3);
	hear(&c[2], &c[1], VIDEO, 3);
	check_uint("drops", before + 1,
		   metric("swiftcall_packets_total"
			  "{verdict=\"unknown_source\"}"));
	r = http("alice", "DELETE", c[0].path, NULL, NULL);
	check_problem(&r, 404, "has it left");
}

TEST_BOTH("4.10.b", gets_no_more, "who has left gets nothing any more")
{
	struct caller c[3];

	three_call(c);
	leave(&c[0]);
	say(&c[1], VIDEO, 1);
	hear(&c[2], &c[1], VIDEO, 1);
	call_send(c[1].injector, (struct packet_spec){
		.eth = {
			.dst = sandbox_host("alice")->mac,
			.src = sandbox_host("bob")->mac,
		},
		.ip = { .src = "10.0.7.2", .dst = "10.0.7.1" },
		.last = PACKET_UDP, .payload = "marker!!", .payload_len = 8,
	});
	check_int("frames before the last one", 0,
		  capture_expect_none(c[0].capture, "marker!!", 8, PATIENCE_MS,
				      NULL));
}

TEST_BOTH("4.10.c", comes_back, "name, address and port are free again")
{
	struct caller c[3];
	const char *room = three_call(c);

	leave(&c[0]);
	renegotiate(&c[1]);
	join(&c[0], room);
	listen_to_events(&c[0]);
	renegotiate(&c[0]);
	renegotiate(&c[1]);
	say(&c[0], AUDIO, 1);
	hear(&c[1], &c[0], AUDIO, 1);
	say(&c[1], VIDEO, 2);
	hear(&c[0], &c[1], VIDEO, 2);
}

TEST_BOTH("4.10.d", empty_room, "a room goes with the last who is in it")
{
	const char *room = new_room();
	struct caller c = join_new("alice", room);
	struct reply r;

	leave(&c);
	check_true(!get_room(room), "the room is still there");
	r = http("alice", "DELETE", c.path, NULL, NULL);
	check_problem(&r, 404, "no such room");
}

TEST_BOTH("4.10.e", events_end, "a leave ends the stream of events")
{
	struct caller c = join_new("alice", new_room());
	char *line = NULL;
	size_t size;

	listen_to_events(&c);
	check_int("status", 204,
		  http("alice", "DELETE", c.path, NULL, NULL).status);
	while (getline(&line, &size, c.events) > 0)
		check_true(*line == ':' || *line == '\r' || *line == '\n',
			   "an event to who has left: %s", line);
	check_true(feof(c.events), "the events do not end: %s",
		   strerror(errno));
}

TEST_BOTH("4.10.f", books_stay, "the counters of who has left stay counted")
{
	struct control_totals before = totals();
	struct caller c[3];

	three_call(c);
	for (__u16 seq = 1; seq <= 10; seq++) {
		say(&c[0], VIDEO, seq);
		hear(&c[1], &c[0], VIDEO, seq);
		hear(&c[2], &c[0], VIDEO, seq);
	}
	leave(&c[1]);
	check_totals(&before, 10, 20);
	leave(&c[0]);
	leave(&c[2]);
	check_totals(&before, 10, 20);
}
