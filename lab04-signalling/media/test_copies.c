// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What a copy is, as its receiver was told.
 *
 * A stream has more than its codec: telephone-event (DTMF, RFC 4733) and
 * comfort noise (RFC 3389) come with the same SSRC, and reach receivers as
 * what they are.  What was not announced reaches nobody.  And no receiver is
 * told of two streams with one SSRC, whatever their publishers have chosen.
 */
#include "lab04-signalling/testlib/caller.h"

TEST_SETUP(set_up_servers)

#define NOISE 13
#define EVENT 126

/* alice's offer, with noise, events, and a codec that is not needed. */
static char *offer_with_events(const struct caller *c)
{
	char was[64], now[160];

	snprintf(was, sizeof(was), "RTP/AVP %u\r\na=mid:audio", c->pt[AUDIO]);
	snprintf(now, sizeof(now),
		 "RTP/AVP %u 8 13 126\r\n"
		 "a=rtpmap:126 telephone-event/8000\r\na=fmtp:126 0-15\r\n"
		 "a=mid:audio",
		 c->pt[AUDIO]);
	return edit(offer_text(c), was, now);
}

static struct caller join_with_events(const char *host, const char *room)
{
	struct caller c = caller(host);
	char *offer = offer_with_events(&c);

	join_with(&c, room, offer);
	free(offer);
	return c;
}

/*
 * Answers an offer; with_events: the audio of from in all that it is, but in
 * another order.
 */
static void connect_to(struct caller *c, const struct caller *from,
		       bool with_events)
{
	char was[32], now[64], *text;

	listen_to_events(c);
	next_offer(c);
	text = answer_text(c);
	snprintf(was, sizeof(was), "RTP/AVP %u\r\n", from->pt[AUDIO]);
	snprintf(now, sizeof(now), "RTP/AVP %u 126 13\r\n", from->pt[AUDIO]);
	if (with_events)
		text = edit(text, was, now);
	answer_with(c, text);
	free(text);
}

static struct packet_spec audio(const struct caller *from, __u16 seq, __u8 pt)
{
	struct packet_spec s = rtp(from, AUDIO, seq);

	s.rtp.payload_type = pt;
	return s;
}

static void hear_type(const struct caller *to, const struct caller *from,
		      __u16 seq, __u8 pt)
{
	step("%s must get payload type %u", to->name, pt);
	hear_copy(to, audio(from, seq, pt),
		  receiver_port(to, mline_of(to, from, AUDIO)));
}

static __u64 unknown(void)
{
	return metric("swiftcall_packets_total{verdict=\"unknown_pt\"}");
}

TEST_BOTH("4.8.k", as_announced,
	  "each payload type stays what it is; what a receiver does not take "
	  "is skipped")
{
	struct control_totals before = totals();
	__u64 unknown_before = unknown();
	const char *room = new_room();
	struct caller c[3];

	c[0] = join_with_events("alice", room);
	c[1] = join_new("bob", room);
	c[2] = join_new("carol", room);
	connect_to(&c[1], &c[0], true);
	connect_to(&c[2], &c[0], false);
	call_send(c[0].injector, audio(&c[0], 1, c[0].pt[AUDIO]));
	call_send(c[0].injector, audio(&c[0], 2, EVENT));
	call_send(c[0].injector, audio(&c[0], 3, NOISE));
	call_send(c[0].injector, audio(&c[0], 4, 8));
	call_send(c[0].injector, audio(&c[0], 5, c[0].pt[AUDIO]));
	hear_type(&c[1], &c[0], 1, c[0].pt[AUDIO]);
	hear_type(&c[1], &c[0], 2, EVENT);
	hear_type(&c[1], &c[0], 3, NOISE);
	for (int i = 1; i < 3; i++)
		hear_type(&c[i], &c[0], 9 - 4 * i, c[0].pt[AUDIO]);
	hear_type(&c[2], &c[0], 5, c[0].pt[AUDIO]);
	check_uint("unknown payload type", 1, unknown() - unknown_before);
	check_uint("copies due", 8, totals().copies - before.copies);
	check_uint("copies sent", 6, totals().sent - before.sent);
	check_uint("copies skipped", 2, totals().skipped - before.skipped);
}

static void check_format(const struct sdp_media *m, size_t i, __u8 pt,
			 const char *encoding)
{
	check_true(i < m->n_formats, "there is no format %zu", i);
	check_uint("payload type", pt, m->formats[i].payload_type);
	check_str("encoding", encoding, m->formats[i].encoding);
}

/* The codec, and what goes with it; not the other codec. */
static void check_formats(const struct sdp_media *m, const struct caller *c)
{
	check_format(m, 0, c->pt[AUDIO], "opus");
	check_format(m, 1, NOISE, "CN");
	check_format(m, 2, EVENT, "telephone-event");
	check_str("fmtp", "0-15", m->formats[2].fmtp ?: "none");
	check_uint("formats", 3, m->n_formats);
}

TEST_BOTH("4.0.pa", told,
	  "telephone-event and comfort noise are accepted, offered, and shown")
{
	const char *name = new_room();
	struct caller c[2];
	json_t *room, *types;

	c[0] = join_with_events("alice", name);
	check_formats(&c[0].answer->media[0], &c[0]);
	c[1] = join_new("bob", name);
	connect_to(&c[1], &c[0], false);
	check_formats(&c[1].offer->media[2], &c[0]);
	room = get_room(name);
	types = json_object_get(find_stream(room, &c[0], AUDIO),
				"payload_types");
	check_uint("payload types", 3, json_array_size(types));
	check_int("the last", EVENT, number(json_array_get(types, 2), "pt"));
	check_int("its clock", 8000,
		  number(json_array_get(types, 2), "clock_hz"));
	json_decref(room);
}

/* An offer of audio with these formats, and what comes of it. */
static void check_offer(const char *formats, const char *maps, int status,
			const char *sentence)
{
	struct caller c = caller("alice");
	char was[64], now[160], *offer = offer_text(&c);
	struct reply r;

	snprintf(was, sizeof(was), "RTP/AVP %u\r\n", c.pt[AUDIO]);
	snprintf(now, sizeof(now), "RTP/AVP %s\r\n", formats);
	offer = edit(offer, was, now);
	snprintf(was, sizeof(was), "a=rtpmap:%u opus/48000/2\r\n", c.pt[AUDIO]);
	offer = edit(offer, was, maps);
	*strstr(offer, "m=video") = '\0';
	r = post_offer(&c, new_room(), offer);
	step("%s: %s", formats, r.body);
	check_int("status", status, r.status);
	check_true(strstr(r.body, sentence), "it does not say '%s'", sentence);
	free(offer);
}

TEST_BOTH("4.0.pb", like_rtcp,
	  "a payload type that looks like RTCP is left out; with nothing else, "
	  "the offer is refused")
{
	check_offer("64 95",
		    "a=rtpmap:64 opus/48000/2\r\n"
		    "a=rtpmap:95 iLBC/8000\r\n",
		    422, "RFC 5761");
	check_offer("72 8", "a=rtpmap:72 opus/48000/2\r\n", 201,
		    "RTP/AVP 8\r\n");
	check_offer("8 72", "a=rtpmap:72 telephone-event/8000\r\n", 201,
		    "RTP/AVP 8\r\n");
}

/* ---- one SSRC of two publishers ---------------------------------------- */

/* The m-line of to's offer that tells of a stream of from's; or it fails. */
static int mline_about(const struct caller *to, const struct caller *from,
		       int kind)
{
	char msid[64];

	snprintf(msid, sizeof(msid), "%s %s", from->name, kind_names[kind]);
	for (size_t i = 0; i < to->offer->n_media; i++)
		if (!strcmp(msid, to->offer->media[i].msid ?: "none"))
			return i;
	fail("%s was not offered %s", to->name, msid);
}

static __u32 told_ssrc(const struct caller *to, const struct caller *from)
{
	return to->offer->media[mline_about(to, from, VIDEO)].ssrcs[0].ssrc;
}

/* An answer that wants all streams at one port. */
static void connect_at_one_port(struct caller *c)
{
	struct caller one = *c;
	char was[64], now[64], *text;

	text = answer_text(c);
	for (size_t i = c->answer->n_media; i < c->offer->n_media; i++) {
		snprintf(was, sizeof(was), "m=%s %u ", c->offer->media[i].type,
			 receiver_port(&one, i));
		snprintf(now, sizeof(now), "m=%s %u ", c->offer->media[i].type,
			 receiver_port(&one, 0));
		text = edit(text, was, now);
	}
	answer_with(c, text);
	free(text);
}

static void check_told(const struct caller *to, const struct caller *from,
		       __u16 seq)
{
	struct packet_spec copy = rtp(from, VIDEO, seq);

	say(from, VIDEO, seq);
	copy.rtp.ssrc = told_ssrc(to, from);
	hear_copy(to, copy, receiver_port(to, 0));
}

/* bob chose alice's SSRCs, and carol has a video of her own with it, too. */
static void join_alike(struct caller c[3])
{
	static const char *const hosts[] = { "alice", "bob", "carol" };
	const char *room = new_room();

	for (int i = 0; i < 3; i++) {
		c[i] = caller(hosts[i]);
		memcpy(c[i].ssrc, c[0].ssrc, sizeof(c[i].ssrc));
		join(&c[i], room);
	}
	for (int i = 0; i < 3; i++) {
		listen_to_events(&c[i]);
		next_offer(&c[i]);
		connect_at_one_port(&c[i]);
	}
}

TEST_BOTH("4.0.pc", same_ssrc,
	  "two who send with one SSRC are two streams to whoever receives both")
{
	struct caller c[3];

	join_alike(c);
	check_true(told_ssrc(&c[2], &c[0]) != told_ssrc(&c[2], &c[1]),
		   "carol is told one SSRC for two streams");
	for (int i = 0; i < 2; i++)
		check_true(told_ssrc(&c[2], &c[i]) != c[2].ssrc[VIDEO],
			   "carol is told of her own SSRC");
	for (__u16 seq = 1; seq < 5; seq++)
		check_told(&c[2], &c[seq % 2], seq);
}

TEST("4.0.pd", same_ssrc_adopted, "and stay so when the server was killed",
     .seconds = 30)
{
	struct server *own;
	struct caller c[3];
	__u32 told[2];

	server = &servers[0];
	own = start_own((struct server){});
	join_alike(c);
	for (int i = 0; i < 2; i++)
		told[i] = told_ssrc(&c[2], &c[i]);
	server_kill(own, SIGKILL);
	check_int("restart", 0, server_start(own));
	listen_to_events(&c[2]);
	next_offer(&c[2]);
	for (int i = 0; i < 2; i++)
		check_uint("SSRC", told[i], told_ssrc(&c[2], &c[i]));
	check_uint("m-lines", 6, c[2].offer->n_media);
	connect_at_one_port(&c[2]);
	check_told(&c[2], &c[1], 7);
	server_kill(own, SIGTERM);
}
