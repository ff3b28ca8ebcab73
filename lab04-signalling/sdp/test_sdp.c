// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The SDP parser: lines, m-lines, attributes, and the errors of each. */
#include "lab04-signalling/testlib/sdp.h"

/* Line 5 is the first after SESSION, line 6 the first after its m-line. */
#define AUDIO SESSION "m=audio 9 RTP/AVP 96\n"

/* A text, and the line that is to blame: it costs the m-line, or everything. */
struct bad {
	const char *text;
	unsigned int line;
};

/* What is said is no part of the verdict, but that it says where. */
static void check_error(const struct sdp_error *err, unsigned int line)
{
	char start[32];

	snprintf(start, sizeof(start), "line %u: ", line);
	check_uint("line of the error", line, err->line);
	check_true(!strncmp(err->text, start, strlen(start)),
		   "\"%s\" should begin with \"%s\"", err->text, start);
}

static void check_refused(const char *text, size_t len, unsigned int line)
{
	struct sdp *sdp = NULL;
	struct sdp_error err;
	int ret = parse_bytes(text, len, &sdp, &err);

	if (!ret)
		fail("accepted, and line %u is wrong", line);
	check_int("sdp_parse", -EINVAL, ret);
	check_true(!sdp, "*out was touched");
	check_error(&err, line);
}

/* The error of the first m-line that has one. */
static const struct sdp_error *first_fault(const struct sdp *sdp)
{
	size_t i;

	for (i = 0; i < sdp->n_media; i++)
		if (sdp->media[i].fault)
			return sdp->media[i].fault;
	return NULL;
}

/* Either the description is refused, or only the m-line is. */
static void check_bad(const struct bad *bad)
{
	size_t len = strlen(bad->text);
	struct sdp *sdp = NULL;
	struct sdp_error err;

	step("text: %s",
	     strchr(bad->text, 'm') ? strrchr(bad->text, '\n') + 1 : bad->text);
	if (parse_bytes(bad->text, len, &sdp, &err)) {
		check_refused(bad->text, len, bad->line);
		return;
	}
	if (!first_fault(sdp))
		fail("accepted, and line %u is wrong", bad->line);
	check_error(first_fault(sdp), bad->line);
	sdp_free(sdp);
}

static void check_all_bad(const struct bad *bad, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		check_bad(&bad[i]);
}

/* ---- 4.1: lines ---------------------------------------------------------- */

static void check_session(const char *text)
{
	struct in6_addr here = in6_address("::ffff:10.0.7.1");
	struct sdp *sdp = parse(text);

	check_str("username", "alice", sdp->username);
	check_str("sess-id", "18446744073709551615", sdp->sess_id);
	check_uint("sess-version", 7, sdp->sess_version);
	check_str("origin", "IN IP4 10.0.7.1", sdp->origin);
	check_str("session name", "a call", sdp->name);
	check_true(sdp->has_connection, "c= got lost");
	check_hex("c=", &here, &sdp->connection, sizeof(here));
	check_uint("m-lines", 0, sdp->n_media);
	check_str("attribute", "a=tool:test\r\n", kept(&sdp->kept));
	sdp_free(sdp);
}

TEST("4.1.a", crlf, "lines that end in CRLF", .native = true)
{
	check_session("v=0\r\n"
		      "o=alice 18446744073709551615 7 IN IP4 10.0.7.1\r\n"
		      "s=a call\r\n"
		      "c=IN IP4 10.0.7.1\r\n"
		      "t=0 0\r\n"
		      "a=tool:test\r\n");
}

TEST("4.1.b", lf, "lines that end in LF", .native = true)
{
	check_session("v=0\n"
		      "o=alice 18446744073709551615 7 IN IP4 10.0.7.1\n"
		      "s=a call\n"
		      "c=IN IP4 10.0.7.1\n"
		      "t=0 0\n"
		      "a=tool:test\n");
}

TEST("4.1.c", last_line, "a last line without end, or with several",
     .native = true)
{
	static const char *const ends[] = {
		"", "\n", "\r\n", "\n\n", "\r\n\n\r\n",
	};
	char text[128];
	size_t i;

	for (i = 0; i < COUNT(ends); i++) {
		snprintf(text, sizeof(text),
			 "v=0\no=alice "
			 "18446744073709551615 7 IN IP4 10.0.7.1\r\ns=a call\n"
			 "c=IN IP4 10.0.7.1\nt=0 0\r\na=tool:test%s",
			 ends[i]);
		check_session(text);
	}
}

TEST("4.1.d", values, "all that follows the first = is the value",
     .native = true)
{
	static const char *const names[] = { "-", "a=b", "=", "s= =", "a b" };
	char text[128];
	struct sdp *sdp;
	size_t i;

	for (i = 0; i < COUNT(names); i++) {
		snprintf(text, sizeof(text),
			 "v=0\r\no=- 1 1 IN IP4 h\r\n"
			 "s=%s\r\nt=0 0\r\n",
			 names[i]);
		sdp = parse(text);
		check_str("session name", names[i], sdp->name);
		sdp_free(sdp);
	}
	sdp = parse("v=0\r\no=- 1 1 IN IP4 h\r\ns=\r\nt=0 0\r\n");
	check_str("session name where it is empty", "-", sdp->name);
	sdp_free(sdp);
}

TEST("4.1.e", no_lines, "what is not <letter>=<value> is refused",
     .native = true)
{
	static const struct bad bad[] = {
		{ "v", 1 },
		{ "v\r\n", 1 },
		{ "v=0\nhello", 2 },
		{ "v=0\r\no\r\ns=-", 2 },
		{ "v=0\no =- 1 1 IN IP4 h", 2 },
	};

	check_all_bad(bad, COUNT(bad));
}

TEST("4.1.f", longest_line, "32,768 bytes and not one more", .native = true)
{
	static char text[sizeof(SESSION) + SDP_MAX_LINE + 8];
	char *line = text + strlen(SESSION);
	struct sdp *sdp;

	strcpy(text, SESSION "a=");
	memset(line + 2, 'x', SDP_MAX_LINE - 2);
	sdp = parse(text);
	check_uint("length and CRLF", SDP_MAX_LINE + 2, sdp->kept.length);
	sdp_free(sdp);
	step("the same with CRLF at its end, which does not count");
	strcpy(line + SDP_MAX_LINE, "\r\na=y");
	sdp = parse(text);
	check_uint("length of both lines and CRLF", SDP_MAX_LINE + 2 + 5,
		   sdp->kept.length);
	sdp_free(sdp);
	strcpy(line + SDP_MAX_LINE, "x");
	check_refused(text, strlen(text), 5);
}

/* ---- 4.2: m-lines -------------------------------------------------------- */

TEST("4.2.a", media_fields, "type, port, protocol, and the line they are in",
     .native = true)
{
	static const struct {
		unsigned int line;
		enum sdp_kind kind;
		const char *type, *proto;
		uint16_t port;
	} expected[] = {
		{ 5, SDP_AUDIO, "audio", "RTP/AVP", 5006 },
		{ 7, SDP_VIDEO, "video", "RTP/AVPF", 5008 },
		{ 8, SDP_OTHER, "text", "UDP/TLS/RTP/SAVPF", 5010 },
	};
	struct sdp *sdp = parse(SESSION "m=audio 5006 RTP/AVP 0\r\na=mid:a\r\n"
					"m=video 5008 RTP/AVPF 26\r\n"
					"m=text 5010 UDP/TLS/RTP/SAVPF 98\r\n");
	const struct sdp_media *m = sdp->media;
	size_t i;

	check_uint("m-lines", COUNT(expected), sdp->n_media);
	for (i = 0; i < COUNT(expected); i++, m++) {
		step("m-line %zu", i);
		check_str("type", expected[i].type, m->type);
		check_int("kind", expected[i].kind, m->kind);
		check_uint("port", expected[i].port, m->port);
		check_str("protocol", expected[i].proto, m->proto);
		check_uint("line", expected[i].line, m->line);
	}
	check_str("mid of the first", "a", sdp->media[0].mid);
	sdp_free(sdp);
}

TEST("4.2.b", ports, "ports from 0 to 65535, and the first of several",
     .native = true)
{
	static const struct {
		const char *text;
		unsigned int port;
	} ports[] = {
		{ "0", 0 },	    { "1", 1 },		{ "9", 9 },
		{ "5004", 5004 },   { "65535", 65535 }, { "6002/1", 6002 },
		{ "6002/2", 6002 }, { "0/2", 0 },
	};
	char text[128];
	struct sdp *sdp;
	size_t i;

	for (i = 0; i < COUNT(ports); i++) {
		step("m=audio %s RTP/AVP 0", ports[i].text);
		snprintf(text, sizeof(text), SESSION "m=audio %s RTP/AVP 0",
			 ports[i].text);
		sdp = parse(text);
		check_uint("port", ports[i].port, sdp->media[0].port);
		sdp_free(sdp);
	}
}

TEST("4.2.c", payload_types, "payload types in their order, static ones known",
     .native = true)
{
	static const struct sdp_format expected[] = {
		{ 96, NULL, 0, 1, NULL },     { 0, "PCMU", 8000, 1, NULL },
		{ 9, "G722", 8000, 1, NULL }, { 10, "L16", 44100, 2, NULL },
		{ 35, NULL, 0, 1, NULL },     { 13, "CN", 8000, 1, NULL },
		{ 127, NULL, 0, 1, NULL },
	};
	struct sdp *sdp = parse(SESSION "m=audio 1 RTP/AVP 96 0 9 10 35 13 "
					"127");
	const struct sdp_format *f = sdp->media[0].formats;
	size_t i;

	check_uint("formats", COUNT(expected), sdp->media[0].n_formats);
	for (i = 0; i < COUNT(expected); i++, f++) {
		step("format %zu", i);
		check_uint("payload type", expected[i].payload_type,
			   f->payload_type);
		check_str("encoding", expected[i].encoding ?: "none",
			  f->encoding ?: "none");
		check_uint("clock rate", expected[i].clock_rate, f->clock_rate);
		check_uint("channels", expected[i].channels, f->channels);
	}
	sdp_free(sdp);
}

TEST("4.2.d", other_formats, "formats of another protocol stay words",
     .native = true)
{
	struct sdp *sdp = parse(SESSION
				"m=application 9 UDP/DTLS/SCTP "
				"webrtc-datachannel\nm=image 9 udptl t38 t39");

	check_int("kind", SDP_APPLICATION, sdp->media[0].kind);
	check_str("formats", "webrtc-datachannel", sdp->media[0].fmt);
	check_uint("payload types", 0, sdp->media[0].n_formats);
	check_str("formats", "t38 t39", sdp->media[1].fmt);
	sdp_free(sdp);
}

TEST("4.2.e", bad_media, "an m-line that is not whole is refused",
     .native = true)
{
	static const struct bad bad[] = {
		{ SESSION "m=video", 5 },
		{ SESSION "m=video ", 5 },
		{ SESSION "m=video 9", 5 },
		{ SESSION "m=video 9 ", 5 },
		{ SESSION "m=video RTP/AVP 0", 5 },
		{ SESSION "m= 9 RTP/AVP 0", 5 },
		{ SESSION "m=", 5 },
	};

	check_all_bad(bad, COUNT(bad));
}

TEST("4.2.f", bad_ports, "what is no port is refused", .native = true)
{
	static const struct bad bad[] = {
		{ SESSION "m=video 65536 RTP/AVP 0", 5 },
		{ SESSION "m=video 4294967305 RTP/AVP 0", 5 },
		{ SESSION "m=video -1 RTP/AVP 0", 5 },
		{ SESSION "m=video +9 RTP/AVP 0", 5 },
		{ SESSION "m=video 9x RTP/AVP 0", 5 },
		{ SESSION "m=video /2 RTP/AVP 0", 5 },
	};

	check_all_bad(bad, COUNT(bad));
}

/* ---- 4.3: a=rtpmap ------------------------------------------------------- */

/* Of a=rtpmap:96 with this value. */
static void check_codec(const char *value, const char *encoding,
			uint32_t clock_rate, uint8_t channels)
{
	char text[128];
	struct sdp *sdp;
	const struct sdp_format *f;

	snprintf(text, sizeof(text), AUDIO "a=rtpmap:96 %s\n", value);
	step("a=rtpmap:96 %s", value);
	sdp = parse(text);
	f = sdp->media[0].formats;
	check_str("encoding", encoding, f->encoding);
	check_uint("clock rate", clock_rate, f->clock_rate);
	check_uint("channels", channels, f->channels);
	sdp_free(sdp);
}

TEST("4.3.a", encoding, "encoding and clock rate", .native = true)
{
	check_codec("VP8/90000", "VP8", 90000, 1);
	check_codec("x-my.codec+2/1", "x-my.codec+2", 1, 1);
	check_codec("L16/4294967295", "L16", UINT32_MAX, 1);
}

TEST("4.3.b", channels, "channels, where there are any", .native = true)
{
	check_codec("opus/48000/2", "opus", 48000, 2);
	check_codec("L16/44100/1", "L16", 44100, 1);
	check_codec("L16/44100/255", "L16", 44100, 255);
}

TEST("4.3.c", whose_codec, "the payload type says which format it is about",
     .native = true)
{
	struct sdp *sdp = parse(SESSION "m=audio 9 RTP/AVP 96 8 111 0\n"
					"a=rtpmap:111 opus/48000/2\n"
					"a=rtpmap:8 mine/16000\n");
	const struct sdp_format *f = sdp->media[0].formats;

	check_true(!f[0].encoding, "96 has no a=rtpmap, but a codec");
	check_str("encoding of 8", "mine", f[1].encoding);
	check_uint("clock rate of 8", 16000, f[1].clock_rate);
	check_str("encoding of 111", "opus", f[2].encoding);
	check_str("encoding of 0", "PCMU", f[3].encoding);
	sdp_free(sdp);
}

TEST("4.3.d", bad_rtpmap, "what is no codec is refused", .native = true)
{
	static const struct bad bad[] = {
		{ AUDIO "a=rtpmap:96 opus", 6 },
		{ AUDIO "a=rtpmap:96 opus/0", 6 },
		{ AUDIO "a=rtpmap:96 opus/", 6 },
		{ AUDIO "a=rtpmap:96 opus/48k", 6 },
		{ AUDIO "a=rtpmap:96 opus/4294967296", 6 },
		{ AUDIO "a=rtpmap:96 opus/48000/", 6 },
		{ AUDIO "a=rtpmap:96 opus/48000/0", 6 },
		{ AUDIO "a=rtpmap:96 opus/48000/256", 6 },
		{ AUDIO "a=rtpmap:96 opus/48000/2/1", 6 },
		{ AUDIO "a=rtpmap:96 /48000", 6 },
		{ AUDIO "a=ptime:20\na=rtpmap:96 opus", 7 },
	};

	check_all_bad(bad, COUNT(bad));
}

TEST("4.3.e", nobodys_codec, "what is about none of its formats is no error",
     .native = true)
{
	struct sdp *sdp = parse(AUDIO "a=rtpmap:97 L16/8000\n"
				      "a=rtpmap:96 opus/48000/2\n"
				      "a=rtpmap:x L16/8000\na=rtpmap:* L16\n");
	const struct sdp_media *m = sdp->media;

	check_true(!m->fault, "refused: %s", m->fault->text);
	check_uint("formats", 1, m->n_formats);
	check_str("encoding", "opus", m->formats[0].encoding);
	check_uint("clock rate", 48000, m->formats[0].clock_rate);
	sdp_free(sdp);
}

/* ---- 4.4: a=ssrc --------------------------------------------------------- */

TEST("4.4.a", sources, "a source has a number and a cname", .native = true)
{
	struct sdp *sdp = parse(AUDIO
				"a=ssrc:4294967295 cname:alice@example\n"
				"a=ssrc:0 cname:with a:b\n"
				"m=audio 9 RTP/AVP 0\na=ssrc:1 cname:x\n");
	const struct sdp_media *m = sdp->media;

	check_uint("sources", 2, m->n_ssrcs);
	check_uint("SSRC", UINT32_MAX, m->ssrcs[0].ssrc);
	check_str("cname", "alice@example", m->ssrcs[0].cname);
	check_uint("SSRC", 0, m->ssrcs[1].ssrc);
	check_str("cname", "with a:b", m->ssrcs[1].cname);
	check_uint("sources of the second m-line", 1, m[1].n_ssrcs);
	check_str("kept attributes", "", kept(&m->kept));
	sdp_free(sdp);
}

TEST("4.4.b", several_lines, "several lines about a source make one source",
     .native = true)
{
	struct sdp *sdp = parse(AUDIO "a=ssrc:5 label:x\na=ssrc:6 cname:you\n"
				      "a=ssrc:5 cname:me\na=ssrc:5 msid:a b\n");
	const struct sdp_media *m = sdp->media;

	check_uint("sources", 2, m->n_ssrcs);
	check_uint("SSRC", 5, m->ssrcs[0].ssrc);
	check_str("cname", "me", m->ssrcs[0].cname);
	check_uint("SSRC", 6, m->ssrcs[1].ssrc);
	check_str("cname", "you", m->ssrcs[1].cname);
	sdp_free(sdp);
}

TEST("4.4.c", other_than_cname, "what is no cname is kept as it is",
     .native = true)
{
	struct sdp *sdp = parse(AUDIO "a=ssrc:5 label:x\n"
				      "a=ssrc:5 cnamed\na=ssrc:5 msid:a b\n"
				      "a=ssrc:5\na=ssrc:5 mslabel:cname:x\n");
	const struct sdp_media *m = sdp->media;

	check_uint("sources", 1, m->n_ssrcs);
	check_str("cname", "none", m->ssrcs[0].cname ?: "none");
	check_str("msid", "a b", m->ssrcs[0].msid);
	check_str("kept attributes",
		  "a=ssrc:5 label:x\r\na=ssrc:5 cnamed\r\na=ssrc:5\r\n"
		  "a=ssrc:5 mslabel:cname:x\r\n",
		  kept(&m->kept));
	sdp_free(sdp);
}

TEST("4.4.d", bad_sources, "what is no source is refused", .native = true)
{
	static const struct bad bad[] = {
		{ AUDIO "a=ssrc:-1 cname:x", 6 },
		{ AUDIO "a=ssrc:0x12 cname:x", 6 },
		{ AUDIO "a=ssrc:4294967296 cname:x", 6 },
		{ AUDIO "a=ssrc:4294967296", 6 },
		{ AUDIO "a=ssrc:cname:x", 6 },
		{ AUDIO "a=ssrc", 6 },
	};

	check_all_bad(bad, COUNT(bad));
}

static void check_too_many(const char *attribute)
{
	struct bad bad = { .line = 6 + SDP_MAX_SSRCS };
	char *text = NULL;
	size_t size, i;
	FILE *f = open_memstream(&text, &size);

	fputs(AUDIO, f);
	for (i = 0; i <= SDP_MAX_SSRCS; i++)
		fprintf(f, "a=ssrc:%zu %s:x\n", i, attribute);
	fclose(f);
	bad.text = text;
	check_bad(&bad);
	free(text);
}

TEST("4.4.e", too_many_sources, "64 sources and not one more", .native = true)
{
	check_too_many("cname");
	check_too_many("label");
}

/* ---- 4.0: everything else ------------------------------------------------ */

TEST("4.0.e", clean_errors, "what is quoted is cut, and plain ASCII",
     .native = true)
{
	static const char text[] = "v=0\na=mid:ok\n\xff\x80 is not SDP, and "
				   "this goes on and on and on and on";

	struct sdp *sdp;
	struct sdp_error err;
	const char *c;

	check_refused(text, strlen(text), 3);
	parse_bytes(text, strlen(text), &sdp, &err);
	check_true(strlen(err.text) < 100, "it quotes all: %s", err.text);
	for (c = err.text; *c; c++)
		check_true(*c >= ' ' && *c <= '~', "byte 0x%02x in an error",
			   (unsigned char)*c);
}

TEST("4.0.f", attributes, "attributes become fields", .native = true)
{
	struct sdp *sdp = parse(everything);
	const struct sdp_media *m = sdp->media;

	check_uint("m-lines", 3, sdp->n_media);
	check_int("direction", SDP_SENDRECV, m[0].direction);
	check_str("mid", "a", m[0].mid);
	check_str("msid", "alice mic", m[0].msid);
	check_true(m[0].rtcp_mux && m[0].bundled, "rtcp-mux or BUNDLE lost");
	check_str("fmtp", "minptime=10;useinbandfec=1", m[0].formats[0].fmtp);
	check_true(!m[0].formats[1].fmtp, "an a=fmtp that is not there");
	check_int("direction", SDP_SENDONLY, m[1].direction);
	check_true(!m[1].rtcp_mux && m[1].bundled, "rtcp-mux is not there");
	check_str("feedback", "nack pli", m[1].feedback[0].value);
	check_str("group", "FID", m[1].ssrc_groups[0].semantics);
	check_str("msid of a source", "alice camera", m[1].ssrcs[0].msid);
	check_str("kept attributes", "", kept(&m[1].kept));
	check_int("direction", SDP_INACTIVE, m[2].direction);
	check_true(!m[2].bundled, "not in the BUNDLE group");
	sdp_free(sdp);
}

TEST("4.0.g", inheritance, "m-lines inherit c= and direction", .native = true)
{
	struct sdp *sdp = parse("v=0\no=- 1 1 IN IP6 ::1\ns=\nt=0 0\n"
				"c=IN IP6 fd00:7::1\na=recvonly\n"
				"m=audio 9 RTP/AVP 0\n"
				"m=video 9 RTP/AVP 26\n"
				"c=IN IP4 0.0.0.0\na=sendonly\n");
	struct in6_addr first = in6_address("fd00:7::1");
	struct in6_addr second = in6_address("::ffff:0.0.0.0");
	const struct sdp_media *m = sdp->media;

	check_int("direction", SDP_RECVONLY, m[0].direction);
	check_true(m[0].has_connection, "c= of the session got lost");
	check_hex("c= of the session", &first, &m[0].connection, 16);
	check_int("direction", SDP_SENDONLY, m[1].direction);
	check_hex("its own c=", &second, &m[1].connection, 16);
	sdp_free(sdp);
	sdp = parse(AUDIO);
	check_true(!sdp->media[0].has_connection, "there is no c= at all");
	check_int("direction", SDP_SENDRECV, sdp->media[0].direction);
	sdp_free(sdp);
}

TEST("4.0.h", kept_verbatim, "what is not understood comes out as it went in",
     .native = true)
{
	static const char text[] = SESSION
		"a=sendrecv:not-a-direction\r\na=mid:not-of-a-session\r\n"
		"m=image 9 udptl t38\r\na=sendrecv\r\n"
		"a=fmtp:t38 opaque\r\n"
		"m=video 9 RTP/AVP 96\r\na=inactive\r\na=msid:one x\r\n"
		"a=rtcp-fb:* nack\ttab\r\na=msid:two x\r\n"
		"a=X:\xc3\xa9\xe9\x1b\r\n";
	struct sdp *sdp = parse(text);

	check_written(text, sdp);
	sdp_media_clear(&sdp->media[1]);
	check_str("kept attributes", "", kept(&sdp->media[1].kept));
	check_true(!sdp->media[1].msid, "its msid is still there");
	check_str("type", "video", sdp->media[1].type);
	sdp_free(sdp);
}

TEST("4.0.i", bundle, "the members of the BUNDLE group", .native = true)
{
	struct sdp *sdp = parse(SESSION "a=group:LS 1 2\na=group:BUNDLE 2 9\n"
					"m=audio 9 RTP/AVP 0\na=mid:1\n"
					"m=audio 9 RTP/AVP 0\na=mid:2\n"
					"m=audio 9 RTP/AVP 0\n");

	check_true(!sdp->media[0].bundled, "mid 1 is only in another group");
	check_true(sdp->media[1].bundled, "mid 2 is in the group");
	check_true(!sdp->media[2].bundled, "without a mid it is in no group");
	check_str("other group", "a=group:LS 1 2\r\n", kept(&sdp->kept));
	sdp_free(sdp);
}

/* As ffmpeg -f rtp ... -sdp_file writes it. */
TEST("4.0.j", ffmpeg, "what ffmpeg writes", .native = true)
{
	struct sdp *sdp = parse("v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n"
				"s=No Name\r\nt=0 0\r\n"
				"a=tool:libavformat 59.27.100\r\n"
				"m=video 5006 RTP/AVP 96\r\n"
				"c=IN IP4 127.0.0.1\r\nb=AS:256\r\n"
				"a=rtpmap:96 VP8/90000\r\n"
				"m=audio 5008 RTP/AVP 97\r\n"
				"c=IN IP4 127.0.0.1\r\nb=AS:64\r\n"
				"a=rtpmap:97 opus/48000/2\r\n");

	check_uint("m-lines", 2, sdp->n_media);
	check_str("codec", "VP8", sdp->media[0].formats[0].encoding);
	check_uint("port", 5008, sdp->media[1].port);
	check_uint("sources", 0, sdp->media[1].n_ssrcs);
	sdp_free(sdp);
}

/* As gst_sdp_message_as_text() writes it: H.264 with its fmtp. */
TEST("4.0.k", gstreamer, "what GStreamer writes", .native = true)
{
	struct sdp *sdp = parse("v=0\r\no=- 1188340656180883 1 IN IP4 "
				"10.0.7.1\r\ns=Session streamed with GStreamer"
				"\r\ni=rtsp-server\r\nt=0 0\r\n"
				"a=tool:GStreamer\r\na=type:broadcast\r\n"
				"a=range:npt=now-\r\nm=video 5000 RTP/AVP 96"
				"\r\nc=IN IP4 10.0.7.1\r\nb=AS:2048\r\n"
				"a=rtpmap:96 H264/90000\r\na=framerate:30\r\n"
				"a=fmtp:96 packetization-mode=1;"
				"profile-level-id=42c01f;sprop-parameter-sets="
				"Z0LAH9oBQBboQAAAAwBAAAAMo8YMqA==,aM48gA==\r\n"
				"a=ssrc:3735928559 cname:user1@host-1\r\n");
	const struct sdp_media *m = sdp->media;

	check_str("codec", "H264", m->formats[0].encoding);
	check_str(
		"fmtp",
		"packetization-mode=1;profile-level-id=42c01f;sprop-parameter-sets=Z0LAH9oBQBboQAAAAwBAAAAMo8YMqA==,aM48gA==",
		m->formats[0].fmtp);
	check_uint("SSRC", 0xdeadbeef, m->ssrcs[0].ssrc);
	check_str("kept attributes",
		  "a=tool:GStreamer\r\n"
		  "a=type:broadcast\r\na=range:npt=now-\r\n",
		  kept(&sdp->kept));
	sdp_free(sdp);
}
