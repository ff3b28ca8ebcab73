// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What browsers and publishers write becomes fields, and nothing of it is lost
 * on the way back to text.  Offers of their kinds are in testdata/webrtc, and
 * those that Chromium made in testdata.
 */
#include <glob.h>

#include "lab04-signalling/testlib/sdp.h"

#define MID_URI "urn:ietf:params:rtp-hdrext:sdes:mid"
#define TWCC_URI                                                               \
	"http://www.ietf.org/id/draft-holmer-rmcat-"                           \
	"transport-wide-cc-extensions-01"

/* ---- the transport ------------------------------------------------------- */

static void check_candidate(const struct sdp_candidate *c,
			    enum sdp_candidate_type type, const char *transport,
			    const char *address, uint16_t port,
			    const char *rest)
{
	check_int("type", type, c->type);
	check_str("transport", transport, c->transport);
	check_str("address", address, c->address);
	check_uint("port", port, c->port);
	check_str("what follows", rest ?: "nothing", c->rest ?: "nothing");
}

TEST("4.0.wa", candidates, "candidates: of all types, and with names",
     .native = true)
{
	struct sdp *sdp = parse_recorded("webrtc/firefox-call");
	const struct sdp_ice *ice = &sdp->media[0].ice;
	const struct sdp_candidate *c = ice->candidates;
	const char *name = "3f8e1a52-7c0d-4b11-9e57-20c1d4f6a98b.local";

	check_uint("candidates", 5, ice->n_candidates);
	check_true(ice->end_of_candidates, "a=end-of-candidates is lost");
	check_candidate(&c[0], SDP_HOST, "UDP", name, 48523, NULL);
	check_candidate(&c[1], SDP_HOST, "TCP", name, 9, "tcptype active");
	check_uint("component", 2, c[2].component);
	check_candidate(&c[3], SDP_SRFLX, "UDP", "203.0.113.5", 48523,
			"raddr 0.0.0.0 rport 0");
	check_candidate(&c[4], SDP_RELAY, "UDP", "2001:db8::7", 61002,
			"raddr 2001:db8::1 rport 61002");
	check_str("foundation", "3", c[1].foundation);
	check_uint("priority", 2122252543, c[0].priority);
	check_uint("component", 1, c[0].component);
	check_uint("candidates of the second", 0,
		   sdp->media[1].ice.n_candidates);
	sdp_free(sdp);
	sdp = parse_recorded("webrtc/safari-call");
	check_candidate(&sdp->media[0].ice.candidates[1], SDP_SRFLX, "udp",
			"203.0.113.9", 53217,
			"raddr 0.0.0.0 rport 0 generation 0 network-cost 999");
	check_true(!sdp->media[0].ice.end_of_candidates, "more may come");
	sdp_free(sdp);
}

/* Who it is, and what counts for its first and for its last m-line. */
static const struct client {
	const char *offer, *ufrag, *pwd, *options, *fingerprint;
	enum sdp_setup setup;
	size_t last;
} clients[] = {
	{ "chromium-srtp-offer", "f08g", "iKGXi1Hpa8bmozhD7iyZzNnX", "trickle",
	  "FE:27:6A", SDP_ACTPASS, 1 },
	{ "chromium-srtp-reanswer", "f08g", "iKGXi1Hpa8bmozhD7iyZzNnX",
	  "trickle", "FE:27:6A", SDP_ACTIVE, 3 },
	{ "webrtc/firefox-call", "7d91e64a", "0b8a5f3c27d91e64a0c5b7e8f1d23649",
	  "trickle", "16:E5:F6", SDP_ACTPASS, 1 },
	{ "webrtc/safari-call", "kTz+", "pQ7/vLmN3xYcR0sWd8HfJgKu", "trickle",
	  "D8:E6:0E", SDP_ACTPASS, 1 },
	{ "webrtc/gstreamer-whip", "Zs0qFv3M+9uKbW2LxP7h",
	  "d4E1yTn6gHj8mQkR5wXcVaB/2oLpSi0U", "trickle", "27:80:04",
	  SDP_ACTPASS, 1 },
	{ "webrtc/simple-whip", "nR5tGv8yUjM2kLp0",
	  "QwErTyUiOpAsDfGhJkLzXcVbNm012345", "trickle", "A7:A3:9B",
	  SDP_ACTPASS, 1 },
	{ "webrtc/obs-publish", "hK2v", "Jx8sPq4WnZ6rTb1cYd3mLf",
	  "ice2 trickle", "D3:9E:D8", SDP_ACTPASS, 1 },
	{ "webrtc/ffmpeg-whip", "6f2b81a9", "d0c1b2a3948576f0e1d2c3b4a5968778",
	  NULL, "68:62:FA", SDP_PASSIVE, 1 },
};

static void check_endpoint(const struct client *who, const struct sdp *sdp,
			   const struct sdp_media *m)
{
	const struct sdp_fingerprint *f;
	struct sdp_endpoint e;

	sdp_endpoint(sdp, m, &e);
	check_str("ufrag", who->ufrag, e.ufrag ?: "none");
	check_str("pwd", who->pwd, e.pwd ?: "none");
	check_str("options", who->options ?: "none", e.options ?: "none");
	check_int("setup", who->setup, e.setup);
	check_uint("fingerprints", 1, e.fingerprints->n_fingerprints);
	f = e.fingerprints->fingerprints;
	check_str("hash", "sha-256", f->hash);
	check_uint("its length", 32 * 3 - 1, strlen(f->bytes));
	check_true(!who->fingerprint || !strncmp(f->bytes, who->fingerprint, 8),
		   "the fingerprint is %s", f->bytes);
	check_true(sdp_is_encrypted(sdp, m), "it is encrypted");
	check_true(!e.lite, "no client is ICE-lite");
}

TEST("4.0.wb", endpoints, "name, password and fingerprint that count",
     .native = true)
{
	for (size_t i = 0; i < COUNT(clients); i++) {
		struct sdp *sdp = parse_recorded(clients[i].offer);

		check_endpoint(&clients[i], sdp, &sdp->media[0]);
		check_endpoint(&clients[i], sdp, &sdp->media[clients[i].last]);
		sdp_free(sdp);
	}
}

TEST("4.0.wc", own_first, "an m-line's own counts before its group's",
     .native = true)
{
	struct sdp *sdp = parse(SESSION
				"a=group:BUNDLE 1 2\na=ice-ufrag:session\n"
				"a=ice-pwd:of-the-session\na=ice-lite\n"
				"a=setup:active\na=fingerprint:sha-1 AA\n"
				"m=audio 9 RTP/AVP 0\na=mid:1\n"
				"a=ice-ufrag:first\na=ice-pwd:of-the-first\n"
				"a=candidate:1 1 udp 1 h.local 7 typ host\n"
				"m=audio 9 RTP/AVP 0\na=mid:2\n"
				"a=setup:passive\na=fingerprint:sha-1 BB\n"
				"a=fingerprint:sha-1 CC\n"
				"m=audio 9 RTP/AVP 0\na=ice-ufrag:last\n");
	struct sdp_endpoint e;

	sdp_endpoint(sdp, &sdp->media[1], &e);
	check_str("ufrag", "first", e.ufrag);
	check_str("pwd", "of-the-first", e.pwd);
	check_uint("candidates", 1, e.candidates->n_candidates);
	check_int("setup", SDP_PASSIVE, e.setup);
	check_uint("fingerprints", 2, e.fingerprints->n_fingerprints);
	check_true(e.lite, "it is ICE-lite");
	sdp_endpoint(sdp, &sdp->media[0], &e);
	check_str("the session's", "AA", e.fingerprints->fingerprints->bytes);
	sdp_endpoint(sdp, &sdp->media[2], &e);
	check_str("ufrag", "last", e.ufrag);
	check_true(!e.pwd, "a password of somebody else's");
	check_uint("candidates", 0, e.candidates->n_candidates);
	sdp_free(sdp);
}

TEST("4.0.wd", unencrypted, "without a fingerprint nothing is encrypted",
     .native = true)
{
	struct sdp *sdp = parse_recorded("chromium-plain-offer");
	struct sdp_endpoint e;

	sdp_endpoint(sdp, &sdp->media[0], &e);
	check_str("ufrag", "Q5YV", e.ufrag);
	check_uint("fingerprints", 0, e.fingerprints->n_fingerprints);
	check_int("setup", SDP_SETUP_UNSAID, e.setup);
	check_true(!sdp_is_encrypted(sdp, &sdp->media[0]), "it is encrypted");
	sdp_free(sdp);
	sdp = parse(SESSION "m=audio 9 UDP/TLS/RTP/SAVPF 0\n"
			    "a=fingerprint:sha-256 odd\n"
			    "m=audio 9 RTP/AVPF 0\na=fingerprint:sha-1 AB:cd\n"
			    "m=audio 9 RTP/SAVP 0\nm=audio 9 RTP/AVP 0\n");
	check_true(sdp_is_encrypted(sdp, &sdp->media[0]), "by its protocol");
	check_uint("fingerprints", 0, sdp->media[0].dtls.n_fingerprints);
	check_true(sdp_is_encrypted(sdp, &sdp->media[1]), "by a fingerprint");
	check_true(sdp_is_encrypted(sdp, &sdp->media[2]), "by its protocol");
	check_true(!sdp_is_encrypted(sdp, &sdp->media[3]), "it is encrypted");
	sdp_free(sdp);
}

/* ---- RTP ----------------------------------------------------------------- */

TEST("4.0.we", extensions, "header extensions: per m-line, with directions",
     .native = true)
{
	struct sdp *sdp = parse_recorded("webrtc/firefox-call");
	const struct sdp_extensions *x = &sdp->media[1].extensions;
	const struct sdp_extension *found;

	check_uint("extensions", 7, x->n);
	check_true(!x->allow_mixed, "Firefox does not say it");
	check_int("direction", SDP_SENDRECV, x->list[1].direction);
	check_int("direction", SDP_RECVONLY, x->list[3].direction);
	check_int("direction", SDP_SENDONLY, x->list[5].direction);
	found = sdp_find_extension(sdp, &sdp->media[1], TWCC_URI);
	check_uint("id", 7, found->id);
	check_true(!sdp_find_extension(sdp, &sdp->media[0], TWCC_URI),
		   "it is of another m-line");
	check_uint("id", 3,
		   sdp_find_extension(sdp, &sdp->media[0], MID_URI)->id);
	sdp_free(sdp);
	sdp = parse(SESSION "a=extmap-allow-mixed\na=extmap:255 urn:x\n"
			    "a=extmap:15/inactive urn:y\n"
			    "m=audio 9 RTP/AVP 0\n"
			    "a=extmap:1 urn:x  with=two  words\n");
	check_true(sdp->extensions.allow_mixed, "a=extmap-allow-mixed");
	found = sdp_find_extension(sdp, &sdp->media[0], "urn:x");
	check_uint("own id", 1, found->id);
	check_str("attributes", "with=two words", found->attributes);
	found = sdp_find_extension(sdp, &sdp->media[0], "urn:y");
	check_uint("the session's id", 15, found->id);
	check_int("direction", SDP_INACTIVE, found->direction);
	sdp_free(sdp);
}

TEST("4.0.wf", feedback, "RTCP feedback, of one format or of all",
     .native = true)
{
	struct sdp *sdp = parse_recorded("chromium-srtp-offer");
	const struct sdp_media *m = sdp->media;
	struct sdp *any;

	check_uint("feedback of audio", 1, m[0].n_feedback);
	check_str("value", "transport-cc", m[0].feedback[0].value);
	check_true(m[1].n_feedback >= 5, "only %u", m[1].n_feedback);
	check_uint("payload type", 96, m[1].feedback[2].payload_type);
	check_str("value", "ccm fir", m[1].feedback[2].value);
	check_str("value", "nack pli", m[1].feedback[4].value);
	check_true(m[1].rtcp_rsize && !m[1].rtcp_mux_only, "rtcp-rsize");
	sdp_free(sdp);
	any = parse(SESSION "m=audio 9 RTP/AVP 0\na=rtcp-fb:* nack\n"
			    "a=rtcp-mux\na=rtcp-mux-only\n");
	check_uint("type", SDP_ANY_TYPE,
		   any->media[0].feedback[0].payload_type);
	check_true(any->media[0].rtcp_mux_only, "rtcp-mux-only");
	sdp_free(any);
}

TEST("4.0.wg", groups, "a source, its RTX, and whose they are", .native = true)
{
	struct sdp *sdp = parse_recorded("webrtc/safari-call");
	const struct sdp_media *m = &sdp->media[1];
	const struct sdp_ssrc_group *g = m->ssrc_groups;

	check_uint("groups", 1, m->n_ssrc_groups);
	check_str("semantics", "FID", g->semantics);
	check_uint("sources", 2, g->n);
	check_uint("source", 3141592653, g->ssrcs[0]);
	check_uint("RTX", 2718281828, g->ssrcs[1]);
	check_str("cname", "w1x2y3z4a5b6c7d8", m->ssrcs[1].cname);
	check_str("msid", m->msid, m->ssrcs[1].msid);
	sdp_free(sdp);
	sdp = parse(SESSION "m=video 9 RTP/AVP 26\n"
			    "a=ssrc-group:SIM 1 2 3\na=ssrc-group:FID 1 4\n");
	m = sdp->media;
	check_uint("groups", 2, m->n_ssrc_groups);
	check_uint("layers", 3, m->ssrc_groups[0].n);
	check_uint("sources that were not announced", 0, m->n_ssrcs);
	sdp_free(sdp);
}

static void check_layers(const char *lines, const char *expected,
			 const char *first)
{
	char text[512], got[128] = "";
	struct sdp *sdp;
	const struct sdp_simulcast *s;

	snprintf(text, sizeof(text), SESSION "m=video 9 RTP/AVP 26\n%s", lines);
	step("%s", lines);
	sdp = parse(text);
	s = &sdp->media[0].simulcast;
	for (unsigned int i = 0; i < s->n_send; i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s ",
			 s->send[i].paused ? "~" : "", s->send[i].rid);
	check_str("layers", expected, got);
	check_str("first", first, sdp_first_rid(&sdp->media[0]) ?: "none");
	sdp_free(sdp);
}

#define RIDS "a=rid:q send\na=rid:h send\na=rid:f send pt=26\na=rid:r recv\n"

TEST("4.0.wh", layers, "simulcast: which layers are sent, in order",
     .native = true)
{
	struct sdp *sdp = parse_recorded("chromium-simulcast-offer");

	check_str("first", "q", sdp_first_rid(&sdp->media[1]));
	check_uint("layers", 3, sdp->media[1].simulcast.n_send);
	check_str("last", "f", sdp->media[1].simulcast.send[2].rid);
	sdp_free(sdp);
	sdp = parse_recorded("webrtc/firefox-call");
	check_str("first", "hi", sdp_first_rid(&sdp->media[1]));
	check_int("direction", SDP_SENDONLY, sdp->media[1].rids[1].direction);
	check_str("restrictions", "max-width=640;max-fps=15",
		  sdp->media[1].rids[1].restrictions);
	sdp_free(sdp);
	check_layers(RIDS "a=simulcast:send f;q;h\n", "f q h ", "f");
	check_layers(RIDS "a=simulcast: send q;h\n", "q h ", "q");
	check_layers(RIDS "a=simulcast:recv r send ~q;h,f\n", "~q h ", "h");
	check_layers(RIDS "a=simulcast:send h,~q;f recv r;r\n", "h f ", "h");
	check_layers(RIDS "a=simulcast:recv r\n", "", "none");
	check_layers("a=rid:q recv\na=simulcast:send q\n", "q ", "none");
	check_layers("a=simulcast:send q\na=rid:q send\n", "q ", "q");
	check_layers(RIDS "a=simulcast:send q;\n", "", "none");
	check_layers(RIDS "a=simulcast:send q send h\n", "", "none");
	check_layers(RIDS "a=simulcast:send\n", "", "none");
}

/* ---- and back ------------------------------------------------------------ */

/* Names of attributes that nobody has to understand. */
static void check_kept(const char *lines)
{
	static const char *const names[] = {
		"a=msid-semantic:",    "a=rtcp:",     "a=rtcp-xr:",
		"a=framerate:",	       "a=group:LS ", "a=sctp-port:",
		"a=max-message-size:",
	};
	size_t i;

	for (; *lines; lines = strchr(lines, '\n') + 1) {
		for (i = 0; i < COUNT(names); i++)
			if (!strncmp(lines, names[i], strlen(names[i])))
				break;
		check_true(i < COUNT(names), "not understood: %.*s",
			   (int)strcspn(lines, "\r"), lines);
	}
}

static void check_offer(const char *path)
{
	char name[64];
	const char *start = path + strlen(TESTDATA);
	struct sdp *sdp;

	snprintf(name, sizeof(name), "%.*s",
		 (int)(strlen(start) - strlen(".sdp")), start);
	sdp = parse_recorded(name);
	check_kept(kept(&sdp->kept));
	for (size_t i = 0; i < sdp->n_media; i++) {
		check_true(!sdp->media[i].fault, "refused: %s",
			   sdp->media[i].fault->text);
		check_kept(kept(&sdp->media[i].kept));
	}
	check_round_trip(sdp);
	sdp_free(sdp);
}

TEST("4.0.wi", round_trips, "all of it is understood, and reads as before",
     .native = true)
{
	glob_t found;

	check_int("glob", 0, glob(TESTDATA "webrtc/*.sdp", 0, NULL, &found));
	check_int("glob", 0, glob(TESTDATA "*.sdp", GLOB_APPEND, NULL, &found));
	check_true(found.gl_pathc >= 16, "only %zu are there", found.gl_pathc);
	for (size_t i = 0; i < found.gl_pathc; i++)
		check_offer(found.gl_pathv[i]);
	globfree(&found);
}

static struct sdp *answer_to(const struct sdp *offer)
{
	static const char *const protos[] = { "UDP/TLS/RTP/SAVPF", NULL };
	struct sdp_answer_options options = { .port = 1, .protos = protos };
	struct sdp *answer = NULL;
	struct sdp_error err;

	if (sdp_answer(offer, &options, &answer, &err))
		fail("sdp_answer: %s", err.text);
	return answer;
}

TEST("4.0.wj", forgotten, "what stays of an offer that was answered",
     .native = true)
{
	struct sdp *offer = parse_recorded("webrtc/firefox-call");
	struct sdp *answer = answer_to(offer);
	const struct sdp_media *m = &offer->media[1];

	check_uint("port of a data channel", 0, answer->media[2].port);
	check_uint("port of video", 1, answer->media[1].port);
	sdp_forget_unanswered(offer, answer);
	check_endpoint(&clients[2], offer, m);
	check_uint("candidates", 0, offer->media[0].ice.n_candidates);
	check_uint("extensions", 7, m->extensions.n);
	check_uint("feedback, VP8's", 5, m->n_feedback);
	check_str("first layer", "hi", sdp_first_rid(m));
	check_str("kept", "", kept(&m->kept));
	sdp_free(answer);
	sdp_free(offer);
}

TEST("4.0.wk", cleared, "an m-line that is used again is the same transport",
     .native = true)
{
	struct sdp *sdp = parse_recorded("chromium-simulcast-offer");
	struct sdp_media *m = &sdp->media[1];

	sdp_media_clear(m);
	check_uint("feedback", 0, m->n_feedback);
	check_uint("extensions", 0, m->extensions.n);
	check_uint("groups", 0, m->n_ssrc_groups);
	check_true(!m->n_rids && !m->simulcast.value, "it has layers");
	check_str("ufrag", "3Vdk", m->ice.ufrag);
	check_uint("fingerprints", 1, m->dtls.n_fingerprints);
	sdp_free(sdp);
}
