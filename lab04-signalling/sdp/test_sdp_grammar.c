// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * RFC 8866, section 9, line by line: what is taken, what is refused and with
 * which line, and what an odd line costs.
 */
#include "lab04-signalling/testlib/sdp.h"
#include "lab04-signalling/testlib/sdp_equal.h"

/* ---- each production ----------------------------------------------------- */

#define V "v=0\n"
#define O "o=- 1 1 IN IP4 h\n"
#define M "m=audio 9 RTP/AVP 96\n"

struct production {
	const char *rule;
	const char *text;
	unsigned int line; /* 0: taken, with every m-line in it */
};

static const struct production session_part[] = {
	{ "proto-version", "v=0\n" O, 0 },
	{ "proto-version", "v= 0\t\n" O, 0 },
	{ "proto-version", "v=0\nv=0\n" O, 0 },
	{ "proto-version", "v=1\n" O, 1 },
	{ "proto-version", "v=\n" O, 1 },
	{ "proto-version", "v=0 0\n" O, 1 },
	{ "proto-version", "V=0\n" O, 1 },
	{ "proto-version", O "v=0\n", 1 },
	{ "proto-version", V O M "v=0\n" O, 4 }, /* two descriptions */
	{ "proto-version", "", 1 },
	{ "proto-version", "\n \n", 1 },

	{ "origin-field", V "o=jdoe 3724394400 3724394405 IN IP4 a.b.c\n", 0 },
	{ "origin-field", V "o=jo\xc3\xa9 1 1 IN IP6 2001:db8::1\n", 0 },
	{ "origin-field", V "o=jo\xe9 1 1 IN IP6 2001:db8::1\n", 0 },
	{ "origin-field",
	  V "o=- 99999999999999999999999999 "
	    "18446744073709551616 IN IP4 h\n",
	  0 },
	{ "origin-field", V "o=John Q. Public 1 1 IN IP4 h\n", 0 },
	{ "origin-field", V "o= 1 1 IN IP4 h\n", 0 },
	{ "origin-field", V "o=- ab -1 IN IP4 h\n", 0 },
	{ "origin-field", V "o=-  1\t1 IN IP4 h \n", 0 },
	{ "origin-field", V "o=- 1 1 TN RFC2543 +1-201-406-4090\n", 0 },
	{ "origin-field", V O O "o=\n", 0 },
	{ "origin-field", V O M "o=nonsense\n", 0 },
	{ "origin-field", V "s=-\n", 2 },
	{ "origin-field", V "s=-\n" M, 3 },
	{ "origin-field", V "o=\n", 2 },
	{ "origin-field", V "o=-\n", 2 },
	{ "origin-field", V "o=- 1 IN IP4\n", 2 },
	{ "origin-field", V "o=- 1 1 I/N IP4 h\n", 2 },
	{ "origin-field", V "o=- 1 1 IN IP4 h\x1b\n", 2 },

	{ "session-name-field", V O "s=-\n", 0 },
	{ "session-name-field", V O "s=\n", 0 },
	{ "session-name-field", V O "s= \n", 0 },
	{ "session-name-field", V O "s=SDP Seminar \xc3\xa9\xe9\x01\x7f\n", 0 },
	{ "session-name-field", V O "s=a\ns=a\ns=b\n", 0 },
	{ "session-name-field", V O M "s=late\n", 0 },

	{ "information-field", V O "i=A Seminar on \xe9\ni=\n" M "i=x\ni=\n",
	  0 },
	{ "uri-field", V O "u=https://www.example.com/a.pdf\nu=\n", 0 },
	{ "email-fields", V O "e=j.doe@example.com (Jane Doe)\ne=\ne=<\n", 0 },
	{ "phone-fields", V O "p=+1 617 555-6011\np=\n", 0 },

	{ "connection-field", V O "c=IN IP4 198.51.100.1\n" M, 0 },
	{ "connection-field", V O "c=IN IP6 2001:db8::1\n" M, 0 },
	{ "connection-field", V O "c=IN IP6 ::ffff:198.51.100.1\n" M, 0 },
	{ "connection-field", V O "c=in ip4  198.51.100.1 \n" M, 0 },
	{ "connection-field", V O "c=IN IP4 233.252.0.1/127\n" M, 0 },
	{ "connection-field", V O "c=IN IP4 233.252.0.1/127/3\n" M, 0 },
	{ "connection-field", V O "c=IN IP6 ff00::db8:0:101/3\n" M, 0 },
	{ "connection-field", V O "c=IN IP4 198.51.100.1/127\n" M, 0 },
	{ "connection-field", V O "c=IN IP4 2001:db8::1\n" M, 0 },
	{ "connection-field",
	  V O M "c=IN IP4 233.252.0.1/127\n"
		"c=IN IP4 233.252.0.2/127\n",
	  0 },
	{ "connection-field",
	  V O "c=IN IP4 host.example\n"
	      "m=audio 9 RTP/AVP 96\nc=IN IP4 198.51.100.1\n",
	  0 },
	{ "connection-field", V O "c=IN IP4 host.example\n", 0 },
	{ "connection-field",
	  V O "c=IN IP4 host.example\n"
	      "m=audio 0 RTP/AVP 96\n",
	  0 },
	{ "connection-field", V O "c=IN IP4 host.example\n" M, 3 },
	{ "connection-field", V O M "c=IN IP4 host.example\n", 4 },
	{ "connection-field", V O "c=IN IP4 198.51.100.256\n" M, 3 },
	{ "connection-field", V O "c=IN IP6 2001:db8::7::1\n" M, 3 },
	{ "connection-field", V O "c=IN IP6 [2001:db8::1]\n" M, 3 },
	{ "connection-field", V O "c=IN IP4\n" M, 3 },
	{ "connection-field", V O "c=ATM NSAP 47\n" M, 3 },
	{ "connection-field", V O "c=\n" M, 3 },

	{ "bandwidth-fields",
	  V O "b=AS:128\nb=X-YZ:128\nb=\n" M "b=TIAS:64000\nb=nonsense\n", 0 },

	{ "time-field", V O "t=0 0\n", 0 },
	{ "time-field", V O "t=3724394400 3724398000\nt=3724484400 0\n", 0 },
	{ "time-field", V O "t=0\n", 0 },
	{ "time-field", V O "t=now later\n", 0 },
	{ "time-field", V O "t=99999999999999999999999 0\n", 0 },
	{ "repeat-field", V O "t=0 0\nr=604800 3600 0 90000\nr=7d 1h 0\n", 0 },
	{ "zone-field", V O "z=3730928400 -1h 3749680800 0\nz=\n", 0 },
	{ "key-field", V O "k=prompt\nk=\n" M "k=clear:x\nk=?\n", 0 },

	{ "line", V O "x=0\n", 3 },
	{ "line", V O "A=x\n", 3 },
	{ "line", V O "nonsense\n", 3 },
	{ "line", V O "a =x\n", 3 },
};

static const struct production attributes[] = {
	{ "attribute",
	  V O "a=x\na=x:y\na=X-y.z:\xe9 \xc3\xa9 \x01\n" M
	      "a=x\na=x:y\na=x:=:=\n",
	  0 },
	{ "attribute",
	  V O "a=\na=:\na=:x\na=a b\na=x:\na=(x):y\n" M
	      "a=\na=:\na=:x\na=a b\na=x:\na=\xe9:x\n",
	  0 },
	{ "attribute",
	  V O "a=recvonly\na=recvonly:x\n" M "a=sendonly \n"
	      "a= recvonly\n",
	  0 },
	{ "a=mid", V O "a=mid:x\n" M "a=mid: 1 \na=mid:1\na=mid:2\n", 0 },
	{ "a=mid", V O M "a=mid:\na=mid\na=mid:a b\na=mid:\xe9\na=mid:(\n", 0 },
	{ "a=mid", V O M "a=mid:1\n" M "a=ptime:20\na=mid:1\n", 5 },
	{ "a=mid", V O M "a=mid:1\nm=audio 0 x y\na=mid:1\n" M "a=mid:2\n", 0 },
	{ "a=group",
	  V O "a=group:BUNDLE 1 2 3\na=group:BUNDLE 1\na=group\n"
	      "a=group:LS 1\na=group:BUNDLED 4\na=group:BUNDLE  1\n" M
	      "a=mid:1\na=group:BUNDLE 1\n",
	  0 },
	{ "a=msid", V O M "a=msid:a b\na=msid:c\na=msid:\na=msid\n", 0 },
	{ "a=rtcp-mux",
	  V O "a=rtcp-mux\n" M "a=rtcp-mux\na=rtcp-mux\n"
	      "a=rtcp-mux:x\n",
	  0 },
	{ "a=rtpmap",
	  V O M
	  "a=rtpmap:96 L16/44100/2\na=rtpmap:96\tL8/8000\n"
	  "a=rtpmap:97 x/1\na=rtpmap:\na=rtpmap\na=rtpmap:96\na=rtpmap:x y\n"
	  "a=rtpmap:128 x/1\n",
	  0 },
	{ "a=rtpmap", V O M "a=rtpmap:96  opus/48000/2 \n", 0 },
	{ "a=rtpmap", V O M "a=rtpmap:96 opus 48000\n", 4 },
	{ "a=rtpmap", V O M "a=rtpmap:96 a b/48000\n", 4 },
	{ "a=rtpmap", V O M "a=rtpmap:96 \xe9/48000\n", 4 },
	{ "a=rtpmap", V O M "a=rtpmap:96 \n", 0 }, /* is of no format */
	{ "a=fmtp",
	  V O M "a=fmtp:96 x=\xe9\xc3\xa9;y\na=fmtp:96 z\n"
		"a=fmtp:96\ta=b\na=fmtp:97 x\na=fmtp:x y\na=fmtp\na=fmtp:96\n"
		"a=fmtp:96 \x01\n",
	  0 },
	{ "a=fmtp", V O "m=image 9 udptl t38\na=fmtp:t38 x\n", 0 },
	{ "a=ssrc",
	  V O M "a=ssrc:1 cname:x\na=ssrc:1 cname:x\n"
		"a=ssrc:1 cname:y\na=ssrc:2\na=ssrc:3 x\na=ssrc:4\tcname:\xe9\n"
		"a=ssrc:5 cname:\na=ssrc:6 \n",
	  0 },
	{ "a=ssrc", V O M "a=ssrc:1x cname:y\n", 4 },
	{ "a=ssrc", V O M "a=ssrc:\n", 4 },
};

static const struct production media_descriptions[] = {
	{ "media-field", V O "m=audio 49170 RTP/AVP 0\n", 0 },
	{ "media-field", V O "m=audio 49170/1 RTP/AVP 0\n", 0 },
	{ "media-field", V O "m=audio 49170/2 RTP/AVP 0\n", 0 },
	{ "media-field", V O "m=audio 65535/99 RTP/AVP 0\n", 0 },
	{ "media-field", V O "m=audio 9 RTP/AVP 0 0 8 0 8 96 96\n", 0 },
	{ "media-field", V O "m=audio 9 RTP/AVP 0 128 x 8 -1\n", 0 },
	{ "media-field", V O "m=audio  9\tRTP/AVP  0 \n", 0 },
	{ "media-field", V O "m=message 7394 TCP/MSRP *\n", 0 },
	{ "media-field", V O "m=image 9 udptl t38\n", 0 },
	{ "media-field",
	  V O "m=application 9 UDP/DTLS/SCTP "
	      "webrtc-datachannel\n",
	  0 },
	{ "media-field", V O "m=application 9 TCP/BFCP\n", 0 },
	{ "media-field", V O "m=application 9 TCP/X (x) \xe9\n", 0 },
	{ "media-field", V O "m=x-new 9 a/b/c d e f\n", 0 },
	{ "media-field", V O "m=audio 0 RTP/AVP\n", 0 },
	{ "media-field", V O "m=audio 0 RTP/AVP *\n", 0 },
	{ "media-field", V O "m=audio 9 RTP/AVP\n", 3 },
	{ "media-field", V O "m=audio 9 RTP/AVP *\n", 3 },
	{ "media-field", V O "m=audio 9 RTP/AVP 128\n", 3 },
	{ "media-field", V O "m=audio 0\n", 3 },
	{ "media-field", V O "m=audio 65536 RTP/AVP 0\n", 3 },
	{ "media-field", V O "m=audio x RTP/AVP 0\n", 3 },
	{ "media-field", V O "m=audio $ RTP/AVP 0\n", 3 },
	{ "media-field", V O "m=(audio) 9 RTP/AVP 0\n", 3 },
	{ "media-field", V O "m=\xe9 9 RTP/AVP 0\n", 3 },
	{ "media-field", V O "m=audio 9 RTP:AVP 0\n", 3 },
	{ "media-field", V O "m=\n", 3 },

	/* nothing that stands below a refused m-line costs anything */
	{ "media-field",
	  V O "m=audio 0 RTP/AVP 0\nx=0\nnonsense\n"
	      "c=IN IP4 host.example\na=rtpmap:0 x\na=ssrc:x\n=\na\n",
	  0 },
	{ "line", V O M "x=0\n", 4 },
	{ "line", V O M "nonsense\n", 4 },
};

static const struct sdp_error *fault_of(const struct sdp *sdp)
{
	size_t i;

	for (i = 0; i < sdp->n_media; i++)
		if (sdp->media[i].fault)
			return sdp->media[i].fault;
	return NULL;
}

static void check_production(const struct production *p)
{
	const struct sdp_error *error;
	struct sdp *sdp = NULL;
	struct sdp_error err;
	int ret = parse_bytes(p->text, strlen(p->text), &sdp, &err);

	error = ret ? &err : fault_of(sdp);
	if (error && !p->line)
		fail("%s: \"%s\" is refused: %s", p->rule, p->text,
		     error->text);
	if (p->line != (error ? error->line : 0))
		fail("%s: \"%s\": line %u is wrong, not %u", p->rule, p->text,
		     p->line, error ? error->line : 0);
	if (!ret)
		check_round_trip(sdp);
	sdp_free(sdp);
}

static void check_productions(const struct production *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		check_production(&p[i]);
}

TEST("4.0.ga", productions_of_session, "the grammar of the session part",
     .native = true)
{
	check_productions(session_part, COUNT(session_part));
}

TEST("4.0.gb", productions_of_attributes, "the grammar of attributes",
     .native = true)
{
	check_productions(attributes, COUNT(attributes));
}

TEST("4.0.gc", productions_of_media, "the grammar of m-lines", .native = true)
{
	check_productions(media_descriptions, COUNT(media_descriptions));
}

/* ---- odd, and clear all the same ----------------------------------------- */

#define PLAIN                                                                  \
	"v=0\r\no=- 1 1 IN IP4 10.0.7.1\r\ns=-\r\n"                            \
	"c=IN IP4 10.0.7.1\r\nt=0 0\r\n"                                       \
	"m=audio 6002 RTP/AVP 0 96\r\na=sendonly\r\na=mid:1\r\n"               \
	"a=rtpmap:96 opus/48000/2\r\na=fmtp:96 x=1\r\n"                        \
	"a=ssrc:5 cname:me\r\na=ptime:20\r\n"

static void check_same_as_plain(const char *text, size_t len)
{
	struct sdp *plain = parse(PLAIN), *sdp = NULL;
	struct sdp_error err;

	if (parse_bytes(text, len, &sdp, &err))
		fail("refused: %s; the text is: %s", err.text, text);
	if (fault_of(sdp))
		fail("its m-line is refused: %s; the text is: %s",
		     fault_of(sdp)->text, text);
	if (sdp_difference(plain, sdp))
		fail("%s is read as something else: %s",
		     sdp_difference(plain, sdp), text);
	sdp_free(plain);
	sdp_free(sdp);
}

/* PLAIN with every `was` replaced. */
static void check_edited(const char *was, const char *is)
{
	const char *text = PLAIN, *found;
	char *edited = NULL;
	size_t size;
	FILE *f = open_memstream(&edited, &size);

	for (; (found = strstr(text, was)); text = found + strlen(was))
		fprintf(f, "%.*s%s", (int)(found - text), text, is);
	fputs(text, f);
	fclose(f);
	check_true(strcmp(edited, PLAIN), "the test's edit changes nothing");
	check_same_as_plain(edited, size);
	free(edited);
}

TEST("4.0.gd", line_ends, "line ends of every kind, and blanks around lines",
     .native = true)
{
	static const char with_nul[] = PLAIN "\0\r\n\0";

	check_edited("\r\n", "\n");
	check_edited("\r\n", "\r");
	check_edited("\r\n", "\r\r\n");
	check_edited("\r\n", "\n\r");
	check_edited("\r\n", "\r\n\r\n");
	check_edited("\r\n", " \r\n");
	check_edited("\r\n", "\t \r\n");
	check_edited("\r\n", "\r\n \t\r\n");
	check_edited("\r\n", "\r\n  ");
	check_edited("a=", "\ta=");
	check_edited("v=0", "\xef\xbb\xbfv=0");
	check_edited("v=0", "\r\n\nv=0");
	check_edited("a=ptime:20\r\n", "a=ptime:20");
	check_same_as_plain(with_nul, sizeof(with_nul));
}

TEST("4.0.ge", odd_lines, "odd lines that say the same", .native = true)
{
	static const struct {
		const char *was, *is;
	} edits[] = {
		{ "v=0", "v=0\r\nv=0" },
		{ "v=0", "v= 0" },
		{ "- 1 1 IN", "-  1 1\tIN" },
		{ "s=-", "s=" },
		{ "s=-\r\n", "" },
		{ "s=-", "s=-\r\ns=-\r\ns=x" },
		{ "t=0 0\r\n", "" },
		{ "t=0 0", "t=0 0\r\nt=0 0\r\nr=x\r\nz=y" },
		{ "t=0 0", "t=0" },
		{ "s=-\r\nc=IN IP4 10.0.7.1\r\nt=0 0",
		  "t=0 0\r\nc=IN IP4 10.0.7.1\r\ns=-" },
		{ "t=0 0", "b=AS:64\r\nt=0 0\r\nk=x\r\nu=x\r\ne=x\r\np=x" },
		{ "c=IN IP4 10.0.7.1", "c=IN  IP4  10.0.7.1/127" },
		{ "c=IN IP4 10.0.7.1", "c=IN IP6 ::ffff:10.0.7.1" },
		{ "c=IN IP4 10.0.7.1",
		  "c=IN IP4 10.0.7.1\r\nc=IN IP4 9.9.9.9" },
		{ "c=IN IP4 10.0.7.1", "c=IN IP4 h.example\r\n"
				       "c=IN IP4 10.0.7.1" },
		{ "6002", "6002/2" },
		{ "6002", "06002/1" },
		{ "0 96", "0 96 0 96" },
		{ "0 96", "0 x 128 96 " },
		{ " RTP/AVP 0", "  RTP/AVP\t0" },
		{ "a=sendonly", "a=sendonly " },
		{ "a=sendonly", "a= sendonly" },
		{ "a=sendonly", "a=sendonly\r\na=recvonly" },
		{ "m=audio", "a=inactive\r\na=sendrecv\r\nm=audio" },
		{ "a=mid:1", "a=mid: 1 " },
		{ "a=mid:1", "a=mid:1\r\na=mid:1\r\na=mid:2" },
		{ "96 opus", "96  opus" },
		{ "opus/48000/2", "opus/48000/2\r\na=rtpmap:96 opus/48000/2" },
		{ "opus/48000/2", "opus/48000/2\r\na=rtpmap:96 L16/8000" },
		{ "x=1", "x=1\r\na=fmtp:96 x=2" },
		{ "cname:me", "cname:me\r\na=ssrc:5 cname:me" },
		{ "cname:me", "cname:me\r\na=ssrc:5 cname:you" },
		{ "a=ptime", "s=late\r\nt=1 1\r\no=x\r\na=ptime" },
		{ "a=ptime", "a=\r\na=:\r\na=a b\r\na=ptime" },
	};
	size_t i;

	for (i = 0; i < COUNT(edits); i++)
		check_edited(edits[i].was, edits[i].is);
}

/* ---- what an odd line costs ---------------------------------------------- */

static const char *const plain_rtp[] = { "RTP/AVP", "RTP/AVPF", NULL };

static struct sdp *answer_to(const struct sdp *offer)
{
	struct sdp_answer_options options = {
		.address = in6_address("::ffff:10.0.7.254"),
		.port = 5004,
		.protos = plain_rtp,
	};
	struct sdp *answer = NULL;
	struct sdp_error err;

	if (sdp_answer(offer, &options, &answer, &err))
		fail("sdp_answer: %s", err.text);
	check_uint("m-lines of the answer", offer->n_media, answer->n_media);
	check_round_trip(answer);
	return answer;
}

#define GOOD "m=audio 6000 RTP/AVP 0\na=mid:1\na=ssrc:1 cname:x\n"
#define LAST "m=video 6004 RTP/AVP 26\na=mid:3\na=ssrc:3 cname:x\n"

TEST("4.0.gf", costs_its_m_line, "an odd line costs its m-line, and no other",
     .native = true)
{
	static const char *const odd[] = {
		"a=rtpmap:96 VP8",	 "a=ssrc:x cname:y",  "nonsense", "x=0",
		"c=IN IP4 host.example", "a=rtpmap:96 VP8/0",
	};
	char text[512], why[32];
	struct sdp *offer, *answer;
	const struct sdp_media *m;
	size_t i;

	for (i = 0; i < COUNT(odd); i++) {
		step("%s", odd[i]);
		snprintf(text, sizeof(text),
			 SESSION GOOD
			 "m=video 6002 RTP/AVP 96 97\na=sendonly\n%s\n"
			 "a=ssrc:2 cname:x\na=mid:2\nmore nonsense\n" LAST,
			 odd[i]);
		offer = parse(text);
		m = offer->media;
		check_uint("m-lines", 3, offer->n_media);
		check_true(!m[0].fault && !m[2].fault, "another is refused");
		check_true(m[1].fault, "taken");
		check_uint("line", 10, m[1].fault->line);
		check_uint("port", 0, m[1].port);
		check_uint("sources", 0, m[1].n_ssrcs);
		check_str("mid", "2", m[1].mid);
		check_uint("sources of the last", 1, m[2].n_ssrcs);
		answer = answer_to(offer);
		m = answer->media;
		check_uint("port", 5004, m[0].port);
		check_uint("port", 0, m[1].port);
		check_str("mid", "2", m[1].mid);
		strcpy(why, "refused: line 10: ");
		check_true(!strncmp(m[1].title, why, strlen(why)),
			   "the reason is \"%s\"", m[1].title);
		check_uint("port", 5004, m[2].port);
		sdp_free(answer);
		sdp_free(offer);
	}
}

TEST("4.0.gg", mid_twice, "a mid stays that of the first m-line",
     .native = true)
{
	struct sdp *sdp = parse(SESSION
				"a=group:BUNDLE 2 1\n" GOOD GOOD
				"m=audio 6006 RTP/AVP 0\na=mid:2\n" GOOD);
	const struct sdp_media *m = sdp->media;

	check_str("mid", "1", m[0].mid);
	check_true(!m[0].fault && !m[2].fault, "refused");
	check_true(m[0].bundled && m[2].bundled, "not in the group");
	check_true(!m[1].mid && !m[3].mid, "one mid for two m-lines");
	check_uint("line", 9, m[1].fault->line);
	check_uint("line", 14, m[3].fault->line);
	sdp_free(sdp);
}

TEST("4.0.gh", bundle_only, "what is only in a BUNDLE has the group's port",
     .native = true)
{
	struct sdp *sdp = parse(SESSION
				"a=group:BUNDLE d a v\n"
				"m=application 0 x y\na=mid:d\n"
				"m=audio 6000 RTP/AVP 0\nc=IN IP4 10.0.7.1\n"
				"a=mid:a\n"
				"m=video 0 RTP/AVP 26\na=mid:v\na=bundle-only\n"
				"m=video 0 RTP/AVP 26\na=mid:w\na=bundle-only\n"
				"m=video 0 RTP/AVP 26\na=bundle-only\n");
	const struct sdp_media *m = sdp->media;

	check_uint("port of a refused one", 0, m[0].port);
	check_uint("port", 6000, m[2].port);
	check_true(m[2].has_connection, "no address");
	check_hex("address", &m[1].connection, &m[2].connection, 16);
	check_uint("port of what is in no group", 0, m[3].port);
	check_uint("port of what has no mid", 0, m[4].port);
	check_round_trip(sdp);
	sdp_free(sdp);
}

TEST("4.0.gi", numbers_without_end, "numbers in o= have no limit",
     .native = true)
{
	struct sdp *sdp = parse("v=0\no=- 0099999999999999999999 "
				"99999999999999999999 IN IP4 h\n");

	check_str("sess-id", "0099999999999999999999", sdp->sess_id);
	check_uint("sess-version", UINT64_MAX, sdp->sess_version);
	sdp_free(sdp);
	sdp = parse("v=0\no=John Q. Public abc 7 IN IP4 h\n");
	check_str("username", "John", sdp->username);
	check_str("sess-id", "0", sdp->sess_id);
	check_uint("sess-version", 7, sdp->sess_version);
	sdp_free(sdp);
}
