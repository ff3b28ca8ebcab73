// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Offers and answers that are odd, as those of many a device are. */
#include "lab04-signalling/testlib/caller.h"

TEST_SETUP(set_up_servers)

/* An offer of alice's with this above its video, or below it. */
static struct caller join_with_odd(const char *above, const char *below,
				   const char *room)
{
	struct caller c = caller("alice");
	char *offer = offer_text(&c), *whole;

	check_true(asprintf(&whole, "%s%s", edit(offer, "m=video", above),
			    below) > 0,
		   "no memory");
	join_with(&c, room, whole);
	free(whole);
	return c;
}

/* bob gets alice's audio. */
static void check_audio(const struct caller *alice, const char *room)
{
	struct caller bob = join_new("bob", room);

	listen_to_events(&bob);
	renegotiate(&bob);
	say(alice, AUDIO, 1);
	hear(&bob, alice, AUDIO, 1);
}

TEST_BOTH("4.0.oa", port_0,
	  "an m-line with port 0 costs no other, whatever stands below it")
{
	const char *room = new_room();
	struct caller c = join_with_odd("m=video 0 RTP/AVP\r\na=rtpmap:96\r\n"
					"c=IN IP4 host.example\r\nnonsense\r\n"
					"m=video",
					"", room);

	check_mline(c.answer, 0, "audio", CALL_PORT, SDP_RECVONLY);
	check_mline(c.answer, 1, "video", 0, SDP_INACTIVE);
	check_mline(c.answer, 2, "video", CALL_PORT, SDP_RECVONLY);
	check_audio(&c, room);
}

TEST_BOTH("4.0.ob", all_stopped,
	  "an offer in which all m-lines have port 0 is one of somebody who "
	  "only listens")
{
	struct caller c = caller("alice");
	char *offer = offer_text(&c), media[64];

	snprintf(media, sizeof(media), "m=audio %u", sender_port(&c, AUDIO));
	offer = edit(offer, media, "m=audio 0");
	snprintf(media, sizeof(media), "m=video %u", sender_port(&c, VIDEO));
	offer = edit(offer, media, "m=video 0");
	join_with(&c, new_room(), offer);
	check_mline(c.answer, 0, "audio", 0, SDP_INACTIVE);
	check_mline(c.answer, 1, "video", 0, SDP_INACTIVE);
	free(offer);
}

TEST_BOTH("4.0.oc", odd_line,
	  "an odd line costs its m-line, and the answer says why")
{
	const char *room = new_room();
	struct caller c = join_with_odd("m=video",
					"a=rtpmap:98 x/0\r\n"
					"a=ssrc:nonsense\r\n",
					room);

	check_mline(c.answer, 0, "audio", CALL_PORT, SDP_RECVONLY);
	check_mline(c.answer, 1, "video", 0, SDP_INACTIVE);
	check_true(c.answer->media[1].title, "it has no i=");
	check_true(!strncmp(c.answer->media[1].title, "refused: line 17: ", 18),
		   "i=%s", c.answer->media[1].title);
	check_audio(&c, room);
}

/* Takes every line that begins like this out of a text. */
static char *without(char *text, const char *start)
{
	char *at, *end;

	while ((at = strstr(text, start))) {
		end = strstr(at, "\r\n") + 2;
		memmove(at, end, strlen(end) + 1);
	}
	return text;
}

TEST_BOTH("4.0.od", old_answer,
	  "an answer of who knows no a=mid and no direction is taken")
{
	const char *room = new_room();
	struct caller alice = join_new("alice", room);
	struct caller bob = join_new("bob", room);
	char *text;

	listen_to_events(&bob);
	next_offer(&bob);
	text = answer_text(&bob);
	text = without(without(text, "a=mid"), "a=recvonly");
	step("the answer: %s", text);
	answer_with(&bob, without(text, "a=sendonly"));
	for (int kind = AUDIO; kind < KINDS; kind++) {
		say(&alice, kind, 7 + kind);
		hear(&bob, &alice, kind, 7 + kind);
	}
	free(text);
}

TEST_BOTH("4.0.oe", odd_answer,
	  "an answer with an odd line is refused, and may be given again")
{
	const char *room = new_room();
	struct caller alice = join_new("alice", room);
	struct caller bob = join_new("bob", room);
	struct reply r;
	char *text;

	listen_to_events(&bob);
	next_offer(&bob);
	text = edit(answer_text(&bob), "s=", "s=\r\ni=x\r\nu=");
	text = edit(text, "a=recvonly", "a=ssrc:x");
	r = put(&bob, "answer", "application/sdp", text);
	check_int("status", 422, r.status);
	check_true(strstr(r.body, "a=ssrc"), "it does not say why: %s", r.body);
	free(text);
	answer(&bob);
	say(&alice, AUDIO, 1);
	hear(&bob, &alice, AUDIO, 1);
}
