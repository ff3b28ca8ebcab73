// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Descriptions that this server makes: built, written, and answers. The tests
 * of 4.5 and 4.6 parse nothing, so that they are about the answer alone.
 */
#include "lab04-signalling/testlib/sdp.h"

#define MEDIA_PORT 5004

static const char *const plain[] = { "RTP/AVP", "RTP/AVPF", NULL };

static const struct sdp_format vp8 = { 96, "VP8", 90000, 1, NULL };
static const struct sdp_format rtx = { 97, "rtx", 90000, 1, "apt=96" };
static const struct sdp_format pcmu = { 0, "PCMU", 8000, 1, NULL };

/* ---- descriptions made by hand ------------------------------------------- */

static struct sdp *new_description(void)
{
	struct in6_addr here = in6_address("::ffff:10.0.7.1");
	struct sdp *sdp = sdp_new(42, &here);

	check_true(sdp, "sdp_new: out of memory");
	return sdp;
}

/* An m-line of any type, on port 9. */
static struct sdp_media *add_media(struct sdp *sdp, const char *type,
				   const char *proto, const char *mid)
{
	struct sdp_media *m = sdp_add_media(sdp, type, proto, mid);

	check_true(m, "sdp_add_media: %s", strerror(errno));
	m->port = 9;
	return m;
}

static void add_format(struct sdp_media *m, const struct sdp_format *format)
{
	check_int("sdp_media_add_format", 0, sdp_media_add_format(m, format));
}

/* The formats of an m-line that is not RTP's. */
static void add_words(struct sdp_media *m, const char *words)
{
	m->fmt = strdup(words);
	check_true(m->fmt, "strdup: out of memory");
}

static struct sdp *answer_to(const struct sdp *offer)
{
	struct sdp_answer_options options = {
		.sess_id = 4242,
		.address = in6_address("::ffff:10.0.7.254"),
		.port = MEDIA_PORT,
		.protos = plain,
	};
	struct sdp *answer = NULL;
	struct sdp_error err;

	if (sdp_answer(offer, &options, &answer, &err))
		fail("sdp_answer: %s", err.text);
	check_uint("m-lines of the answer", offer->n_media, answer->n_media);
	return answer;
}

/* ---- 4.5: answers -------------------------------------------------------- */

/* How an offered m-line in this direction is answered. */
static enum sdp_direction answered(enum sdp_direction offered)
{
	struct sdp *offer = new_description(), *answer;
	struct sdp_media *m = add_media(offer, "video", "RTP/AVP", NULL);
	enum sdp_direction direction;

	add_format(m, &vp8);
	m->direction = offered;
	answer = answer_to(offer);
	direction = answer->media[0].direction;
	sdp_free(answer);
	sdp_free(offer);
	return direction;
}

TEST("4.5.a", directions, "who sends is received, and is sent nothing here",
     .native = true)
{
	check_int("sendrecv", SDP_RECVONLY, answered(SDP_SENDRECV));
	check_int("sendonly", SDP_RECVONLY, answered(SDP_SENDONLY));
	check_int("recvonly", SDP_INACTIVE, answered(SDP_RECVONLY));
	check_int("inactive", SDP_INACTIVE, answered(SDP_INACTIVE));
}

/* Can this direction in an answer follow that one in an offer? */
static bool fits(enum sdp_direction offered, enum sdp_direction answered)
{
	struct sdp *offer = new_description(), *answer = new_description();
	struct sdp_media *o = add_media(offer, "video", "RTP/AVP", NULL);
	struct sdp_media *a = add_media(answer, "video", "RTP/AVP", NULL);
	struct sdp_error err;
	int ret;

	o->direction = offered;
	a->direction = answered;
	ret = sdp_answer_matches(offer, answer, &err);
	sdp_free(answer);
	sdp_free(offer);
	return !ret;
}

TEST("4.5.b", change_places, "one sends only what the other receives",
     .native = true)
{
	static const bool expected[4][4] = {
		/* sendrecv: whoever does not say, takes what there is */
		[SDP_INACTIVE] = { [SDP_INACTIVE] = true,
				   [SDP_SENDRECV] = true },
		[SDP_SENDONLY] = { [SDP_INACTIVE] = true,
				   [SDP_RECVONLY] = true,
				   [SDP_SENDRECV] = true },
		[SDP_RECVONLY] = { [SDP_INACTIVE] = true,
				   [SDP_SENDONLY] = true,
				   [SDP_SENDRECV] = true },
		[SDP_SENDRECV] = { true, true, true, true },
	};
	int offered, answered;

	for (offered = 0; offered < 4; offered++)
		for (answered = 0; answered < 4; answered++) {
			step("offered %d, answered %d (1: sends, 2: receives)",
			     offered, answered);
			check_int("matches", expected[offered][answered],
				  fits(offered, answered));
		}
}

TEST("4.5.c", accepted, "an accepted m-line has our port and what was offered",
     .native = true)
{
	struct sdp *offer = new_description(), *answer;
	struct sdp_media *m = add_media(offer, "video", "RTP/AVPF", "v");

	add_format(m, &vp8);
	m->rtcp_mux = true;
	m->bundled = true;
	m = add_media(offer, "audio", "RTP/AVP", "a");
	add_format(m, &pcmu);
	answer = answer_to(offer);
	m = answer->media;
	check_uint("port", MEDIA_PORT, m[0].port);
	check_true(m[0].rtcp_mux,
		   "the answer lacks a=rtcp-mux, which was offered");
	check_true(m[0].bundled, "the answer lacks BUNDLE, which was offered");
	check_uint("port", MEDIA_PORT, m[1].port);
	check_true(!m[1].rtcp_mux,
		   "the answer has a=rtcp-mux, which was not offered");
	check_true(!m[1].bundled,
		   "the answer has BUNDLE, which was not offered");
	sdp_free(answer);
	sdp_free(offer);
}

TEST("4.5.d", first_codec, "the first codec is taken, with its parameters",
     .native = true)
{
	static const struct sdp_format offered[] = {
		{ 118, "RED", 90000, 1, NULL },
		{ 97, "rtx", 90000, 1, "apt=98" },
		{ 99, NULL, 0, 1, NULL },
		{ 98, "h264", 90000, 1, "packetization-mode=1" },
		{ 96, "VP8", 90000, 1, NULL },
	};
	struct sdp *offer = new_description(), *answer;
	struct sdp_media *m = add_media(offer, "video", "RTP/AVPF", NULL);
	size_t i;

	for (i = 0; i < COUNT(offered); i++)
		add_format(m, &offered[i]);
	answer = answer_to(offer);
	m = answer->media;
	check_uint("port", MEDIA_PORT, m->port);
	check_uint("formats", 1, m->n_formats);
	check_uint("payload type", 98, m->formats[0].payload_type);
	check_str("codec", "h264", m->formats[0].encoding);
	check_str("fmtp", "packetization-mode=1", m->formats[0].fmtp);
	sdp_free(answer);
	sdp_free(offer);
}

TEST("4.5.e", refused, "a refused m-line has port 0 and all its formats",
     .native = true)
{
	struct sdp *offer = new_description(), *answer;
	struct sdp_media *m = add_media(offer, "video", "RTP/SAVP", "v");

	add_format(m, &vp8);
	add_format(m, &rtx);
	m->rtcp_mux = true;
	m->bundled = true;
	add_words(add_media(offer, "image", "udptl", NULL), "t38 t39");
	answer = answer_to(offer);
	m = answer->media;
	check_uint("port", 0, m[0].port);
	check_int("direction", SDP_INACTIVE, m[0].direction);
	check_uint("formats", 2, m[0].n_formats);
	check_str("codec", "VP8", m[0].formats[0].encoding);
	check_str("fmtp", "apt=96", m[0].formats[1].fmtp);
	check_true(!m[0].rtcp_mux && !m[0].bundled,
		   "a refused m-line should have neither rtcp-mux nor BUNDLE");
	check_uint("port", 0, m[1].port);
	check_int("direction", SDP_INACTIVE, m[1].direction);
	check_str("formats", "t38 t39", m[1].fmt);
	sdp_free(answer);
	sdp_free(offer);
}

TEST("4.5.f", order, "every m-line is answered in its place", .native = true)
{
	static const struct {
		const char *type, *proto, *mid;
		uint16_t port, answered;
	} lines[] = {
		{ "application", "UDP/DTLS/SCTP", "d", 9, 0 },
		{ "video", "RTP/AVPF", "1", 9, MEDIA_PORT },
		{ "audio", "RTP/AVP", "2", 0, 0 },
		{ "video", "UDP/TLS/RTP/SAVPF", "3", 9, 0 },
		{ "text", "RTP/AVP", NULL, 9, 0 },
		{ "audio", "RTP/AVP", NULL, 5006, MEDIA_PORT },
	};
	struct sdp *offer = new_description(), *answer;
	struct sdp_media *m;
	size_t i;

	for (i = 0; i < COUNT(lines); i++) {
		m = add_media(offer, lines[i].type, lines[i].proto,
			      lines[i].mid);
		m->port = lines[i].port;
		add_format(m, &vp8);
	}
	answer = answer_to(offer);
	for (i = 0; i < COUNT(lines); i++) {
		m = &answer->media[i];
		step("m=%s %s", lines[i].type, lines[i].proto);
		check_str("type", lines[i].type, m->type);
		check_str("protocol", lines[i].proto, m->proto);
		check_str("mid", lines[i].mid ?: "none", m->mid ?: "none");
		check_uint("port", lines[i].answered, m->port);
	}
	sdp_free(answer);
	sdp_free(offer);
}

/* ---- 4.6: m-lines as text ------------------------------------------------ */

static void check_m_lines(const char *expected, const struct sdp *sdp)
{
	char *text = NULL, *m, *found = NULL;
	size_t size;
	FILE *out;

	check_int("sdp_write", 0, sdp_write(sdp, &text));
	out = open_memstream(&found, &size);
	for (m = text; (m = strstr(m, "m=")); m += 2)
		if (m == text || m[-1] == '\n')
			fprintf(out, "%.*s\n", (int)strcspn(m, "\n"), m);
	fclose(out);
	check_lines(expected, found);
	free(found);
	free(text);
}

TEST("4.6.a", write_media, "type, port, protocol, payload type", .native = true)
{
	struct sdp *sdp = new_description();
	struct sdp_media *m = add_media(sdp, "video", "RTP/AVPF", NULL);

	m->port = 65535;
	add_format(m, &vp8);
	check_m_lines("m=video 65535 RTP/AVPF 96\r\n", sdp);
	m->port = 0;
	check_m_lines("m=video 0 RTP/AVPF 96\r\n", sdp);
	sdp_free(sdp);
}

TEST("4.6.b", write_payload_types, "all payload types, in order of preference",
     .native = true)
{
	struct sdp *sdp = new_description();
	struct sdp_media *m = add_media(sdp, "audio", "RTP/AVP", NULL);

	add_format(m, &rtx);
	add_format(m, &pcmu);
	add_format(m, &vp8);
	check_m_lines("m=audio 9 RTP/AVP 97 0 96\r\n", sdp);
	sdp_free(sdp);
}

TEST("4.6.c", write_words, "formats of another protocol, as they came",
     .native = true)
{
	struct sdp *sdp = new_description();
	struct sdp_media *m = add_media(sdp, "application", "UDP/DTLS/SCTP",
					NULL);

	add_words(m, "webrtc-datachannel");
	add_words(add_media(sdp, "image", "udptl", NULL), "t38 t39");
	check_m_lines("m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"
		      "m=image 9 udptl t38 t39\r\n",
		      sdp);
	sdp_free(sdp);
}

/* ---- 4.0: building ------------------------------------------------------- */

TEST("4.0.l", round_trip, "what was read is written as it was", .native = true)
{
	struct sdp *sdp = parse(everything);

	check_written(everything, sdp);
	sdp_free(sdp);
}

static void offer_stream(struct sdp_media *m, const struct sdp_format *format,
			 uint32_t ssrc, const char *name)
{
	add_format(m, format);
	check_int("add_ssrc", 0, sdp_media_add_ssrc(m, ssrc, name));
	check_int("set_msid", 0, sdp_media_set_msid(m, name, m->mid));
}

TEST("4.0.m", reuse, "a remote stream is offered, and its m-line used again",
     .native = true)
{
	static const struct sdp_format small = { 96, "VP8", 90000, 1,
						 "max-fs=1" };
	static const struct sdp_format h264 = { 97, "H264", 90000, 0, NULL };
	struct in6_addr here = in6_address("fd00:7::fe");
	struct sdp *sdp = sdp_new(42, &here);
	struct sdp_media *m = add_media(sdp, "video", "RTP/AVP", "s0");

	m->port = MEDIA_PORT;
	m->direction = SDP_SENDONLY;
	offer_stream(m, &small, 7, "alice");
	check_written("v=0\r\no=- 42 1 IN IP6 fd00:7::fe\r\ns=-\r\n"
		      "c=IN IP6 fd00:7::fe\r\nt=0 0\r\n"
		      "m=video 5004 RTP/AVP 96\r\na=mid:s0\r\na=sendonly\r\n"
		      "a=msid:alice s0\r\na=rtpmap:96 VP8/90000\r\n"
		      "a=fmtp:96 max-fs=1\r\na=ssrc:7 cname:alice\r\n",
		      sdp);
	sdp_media_clear(m);
	sdp->sess_version++;
	offer_stream(m, &h264, 8, "bob");
	check_uint("channels, not given", 1, m->formats[0].channels);
	check_written("v=0\r\no=- 42 2 IN IP6 fd00:7::fe\r\ns=-\r\n"
		      "c=IN IP6 fd00:7::fe\r\nt=0 0\r\n"
		      "m=video 5004 RTP/AVP 97\r\na=mid:s0\r\na=sendonly\r\n"
		      "a=msid:bob s0\r\na=rtpmap:97 H264/90000\r\n"
		      "a=ssrc:8 cname:bob\r\n",
		      sdp);
	sdp_free(sdp);
}

static void check_no_media(struct sdp *sdp, const char *type, const char *proto,
			   const char *mid)
{
	errno = 0;
	check_true(!sdp_add_media(sdp, type, proto, mid),
		   "accepted: m=%s 0 %s, mid %s", type, proto, mid ?: "none");
	check_int("errno", EINVAL, errno);
	check_uint("m-lines", 0, sdp->n_media);
}

TEST("4.0.n", smuggled_media, "no word brings its own line into an m-line",
     .native = true)
{
	struct sdp *sdp = new_description();

	check_no_media(sdp, "audio\r\na=x", "RTP/AVP", NULL);
	check_no_media(sdp, "audio", "RTP AVP", NULL);
	check_no_media(sdp, "audio", "RTP/AVP", "");
	check_no_media(sdp, "", "RTP/AVP", NULL);
	sdp_free(sdp);
}

TEST("4.0.o", smuggled_names, "nor does an msid or a cname", .native = true)
{
	struct sdp *sdp = new_description();
	struct sdp_media *m = add_media(sdp, "audio", "RTP/AVP", NULL);

	check_int("blank", -EINVAL, sdp_media_set_msid(m, "al ice", "x"));
	check_int("LF", -EINVAL, sdp_media_set_msid(m, "alice", "x\n"));
	check_int("empty", -EINVAL, sdp_media_set_msid(m, "alice", ""));
	check_int("good", 0, sdp_media_set_msid(m, "alice", "x"));
	check_int("again", -EEXIST, sdp_media_set_msid(m, "alice", "x"));
	check_int("CRLF", -EINVAL, sdp_media_add_ssrc(m, 1, "a\r\nb"));
	check_int("DEL", -EINVAL, sdp_media_add_ssrc(m, 1, "a\x7f"));
	check_uint("sources", 0, m->n_ssrcs);
	check_int("good", 0, sdp_media_add_ssrc(m, 1, "a b"));
	check_int("again", -EEXIST, sdp_media_add_ssrc(m, 1, "a b"));
	sdp_free(sdp);
}

TEST("4.0.p", bad_formats, "nor does a format", .native = true)
{
	static const struct {
		struct sdp_format format;
		int expected;
	} cases[] = {
		{ { 128, "VP8", 90000, 1, NULL }, -EINVAL },
		{ { 96, "VP8", 0, 1, NULL }, -EINVAL },
		{ { 96, "VP8/1", 90000, 1, NULL }, -EINVAL },
		{ { 96, "VP 8", 90000, 1, NULL }, -EINVAL },
		{ { 96, "VP8", 90000, 1, "a\nb" }, -EINVAL },
		{ { 96, NULL, 0, 0, "x=1" }, 0 },
		{ { 96, "VP8", 90000, 1, NULL }, -EEXIST },
	};
	struct sdp *sdp = new_description();
	struct sdp_media *m = add_media(sdp, "video", "RTP/AVP", NULL);
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		step("format %zu", i);
		check_int("sdp_media_add_format", cases[i].expected,
			  sdp_media_add_format(m, &cases[i].format));
	}
	check_uint("formats", 1, m->n_formats);
	sdp_free(sdp);
}

static struct sdp *biggest(void)
{
	struct sdp *sdp = new_description();
	struct sdp_media *m;
	char mid[16];
	int i;

	for (i = 0; i < SDP_MAX_MEDIA; i++) {
		snprintf(mid, sizeof(mid), "s%d", i);
		m = add_media(sdp, "audio", "RTP/AVPF", mid);
		m->bundled = true;
		add_format(m, &pcmu);
	}
	return sdp;
}

TEST("4.0.q", too_many_media, "4,096 m-lines and not one more", .native = true)
{
	static const char one_more[] = "m=audio 9 RTP/AVP 0";
	struct sdp *sdp = biggest(), *again = NULL;
	struct sdp_error err;
	char *text;

	check_true(!sdp_add_media(sdp, "audio", "RTP/AVP", NULL), "one more");
	check_int("errno", ENOSPC, errno);
	check_int("sdp_write", 0, sdp_write(sdp, &text));
	again = parse(text);
	check_written(text, again);
	sdp_free(again);
	text = realloc(text, strlen(text) + sizeof(one_more));
	strcat(text, one_more);
	check_int("one more as text", -EINVAL,
		  parse_bytes(text, strlen(text), &again, &err));
	check_uint("line", 16391, err.line);
	sdp_free(sdp);
	free(text);
}

/* ---- 4.0: offer and answer ----------------------------------------------- */

TEST("4.0.r", refusals, "a refusal has a reason", .native = true)
{
	static const struct {
		const char *offer;
		bool refused;
	} cases[] = {
		{ SESSION "m=text 9 RTP/AVP 0", true },
		{ SESSION "m=audio 0 RTP/AVP 0", true },
		{ SESSION "m=audio 9 RTP/SAVP 0", true },
		{ SESSION "m=audio 9 RTP/AVP 13 101\n"
			  "a=rtpmap:101 telephone-event/8000",
		  true },
		{ SESSION "m=audio 9 RTP/AVP 96", true },
		{ SESSION "m=audio 9 RTP/AVP 0", false },
		{ SESSION "a=group:BUNDLE 0 1\nm=audio 0 RTP/AVP 8\na=mid:0\n"
			  "a=bundle-only\nm=audio 9 RTP/AVP 8\na=mid:1\n",
		  false },
		{ SESSION "m=audio 0 RTP/AVP 8\na=bundle-only", true },
		{ SESSION "m=audio 9 RTP/AVP 96\na=rtpmap:96 opus", true },
		{ SESSION "m=Audio 9 rtp/avp 0", false },
	};
	struct sdp_answer_options options = { .protos = plain };
	const char *reason;
	struct sdp *sdp;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		sdp = parse(cases[i].offer);
		reason = sdp_refusal(sdp->media, &options);
		step("m-line %zu: %s", i, reason ?: "accepted");
		check_int("refused", cases[i].refused, !!reason);
		sdp_free(sdp);
	}
}

TEST("4.0.s", answer_browser, "the answer to a browser, to the letter",
     .native = true)
{
	struct sdp *offer = parse_recorded("chromium-plain-offer");
	struct sdp *answer = answer_to(offer);

	check_written(
		"v=0\r\no=- 4242 1 IN IP4 10.0.7.254\r\ns=-\r\n"
		"c=IN IP4 10.0.7.254\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n"
		"m=audio 5004 RTP/AVPF 111 13\r\na=mid:0\r\na=recvonly\r\n"
		"a=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n"
		"a=fmtp:111 minptime=10;useinbandfec=1\r\n"
		"a=rtpmap:13 CN/8000\r\n"
		"m=video 5004 RTP/AVPF 96\r\na=mid:1\r\na=recvonly\r\n"
		"a=rtcp-mux\r\na=rtpmap:96 VP8/90000\r\n",
		answer);
	sdp_free(answer);
	sdp_free(offer);
}

TEST("4.0.t", recorded_answers, "recorded answers match their offers",
     .native = true)
{
	static const char *const pairs[][2] = {
		{ "chromium-srtp-offer", "server-srtp-answer" },
		{ "server-srtp-reoffer", "chromium-srtp-reanswer" },
		{ "chromium-plain-offer", "server-plain-answer" },
		{ "chromium-plain-reoffer", "server-plain-reanswer" },
		{ "chromium-simulcast-offer", "server-simulcast-answer" },
	};
	struct sdp *offer, *answer;
	struct sdp_error err;
	size_t i;

	for (i = 0; i < COUNT(pairs); i++) {
		offer = parse_recorded(pairs[i][0]);
		answer = parse_recorded(pairs[i][1]);
		if (sdp_answer_matches(offer, answer, &err))
			fail("%s", err.text);
		sdp_free(answer);
		sdp_free(offer);
	}
}

/* The offer: a is sendonly, b recvonly with rtcp-mux in a BUNDLE, c stopped. */
#define OFFERED                                                                \
	SESSION "a=group:BUNDLE b\n"                                           \
		"m=audio 9 RTP/AVP 0 8\na=mid:a\na=sendonly\n"                 \
		"m=video 9 RTP/AVP 96 97\na=mid:b\na=recvonly\na=rtcp-mux\n"   \
		"a=rtpmap:96 VP8/90000\n"                                      \
		"m=audio 0 RTP/AVP 0\na=mid:c\na=inactive\n"
#define A "m=audio 7000 RTP/AVP 8\na=mid:a\na=recvonly\n"
#define B "m=video 7002 RTP/AVP 97\na=mid:b\na=sendonly\na=rtcp-mux\n"
#define C "m=audio 0 RTP/AVP 0\na=mid:c\n"

static const struct {
	const char *answer;
	unsigned int line; /* 0: it matches */
} answers[] = {
	{ SESSION "a=group:BUNDLE b\n" A B C, 0 },
	{ SESSION B A C, 5 }, /* in another order */
	{ SESSION C B A, 5 },
	{ SESSION "m=audio 9 RTP/AVPF 0\na=mid:a\n" B C, 5 },
	{ SESSION A "m=video 9 RTP/AVP 96\na=mid:b\na=sendonly\n"
		    "a=rtpmap:96 H264/90000\n" C,
	  8 },
	{ SESSION "m=audio 9 RTP/AVP 0\na=mid:a\na=sendonly\n" B C, 5 },
	{ SESSION A "m=video 9 RTP/AVP 96\na=mid:b\na=recvonly\n" C, 8 },
	{ SESSION A "m=video 9 RTP/AVP 96 98\na=mid:b\na=inactive\n" C, 8 },
	{ SESSION A "m=video 9 RTP/AVP 96\na=mid:b\na=rtpmap:96 VP8\n" C, 10 },

	/* whoever has never heard of a=mid, and of directions */
	{ SESSION "m=audio 7000 RTP/AVP 8\nm=video 7002 RTP/AVP 97\n"
		  "m=audio 0 RTP/AVP 0\n",
	  0 },
	{ SESSION "m=audio 9 RTP/AVP 0\na=mid:a\na=sendrecv\n" B C, 0 },
	{ SESSION "m=Audio 9 rtp/avp 0\n" B C, 0 },

	/* where one of both says no, the rest does not matter */
	{ SESSION A "m=video 0 RTP/AVP 1\na=mid:b\na=sendrecv\n" C, 0 },
	{ SESSION A "m=image 0 x y\na=rtpmap:96 VP8\nnonsense\n" C, 0 },
	{ SESSION A B "m=audio 9 RTP/AVP 4\na=mid:c\na=ssrc:x\n", 0 },
	{ SESSION A "a=rtcp-mux\n" B C, 0 },
	{ SESSION "a=group:BUNDLE a\n" A B C, 0 },
};

TEST("4.0.u", other_answers,
     "an answer is taken if it fits, and else its line is named",
     .native = true)
{
	struct sdp *offer = parse(OFFERED), *answer;
	struct sdp_error err;
	size_t i;
	int ret;

	for (i = 0; i < COUNT(answers); i++) {
		step("%s", answers[i].answer + strlen(SESSION));
		answer = parse(answers[i].answer);
		ret = sdp_answer_matches(offer, answer, &err);
		if (ret && !answers[i].line)
			fail("it does not match: %s", err.text);
		check_int("ret", answers[i].line ? -EINVAL : 0, ret);
		if (ret)
			check_uint("line", answers[i].line, err.line);
		sdp_free(answer);
	}
	answer = parse(SESSION A B);
	check_int("an m-line less", -EINVAL,
		  sdp_answer_matches(offer, answer, &err));
	sdp_free(answer);
	sdp_free(offer);
}
