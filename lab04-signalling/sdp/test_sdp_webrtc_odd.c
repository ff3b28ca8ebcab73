// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * WebRTC's attributes when they are odd, too long, too many or in the wrong
 * place: they cost only themselves.  And how they are built by hand.
 */
#include "lab04-signalling/http/http.h"
#include "lab04-signalling/testlib/sdp.h"

#define M "m=video 9 RTP/AVP 96\r\na=sendrecv\r\n"

/* ---- odd lines ----------------------------------------------------------- */

/* Taken by nobody, the line comes out as it went in. */
static void check_only_kept(const char *before, const char *line)
{
	char text[512];
	struct sdp *sdp;

	step("%s", line);
	snprintf(text, sizeof(text), SESSION "%s%s\r\n", before, line);
	sdp = parse(text);
	if (sdp->n_media)
		check_true(!sdp->media->fault, "it costs its m-line: %s",
			   sdp->media->fault->text);
	check_written(text, sdp);
	snprintf(text, sizeof(text), "%s\r\n", line);
	check_str("kept", text,
		  kept(sdp->n_media ? &sdp->media->kept : &sdp->kept));
	check_round_trip(sdp);
	sdp_free(sdp);
}

/* The odd line comes first or last: it takes no other one's place. */
static void check_beside_good(const char *first, const char *then,
			      const char *odd)
{
	char text[1024];
	struct sdp *sdp;

	snprintf(text, sizeof(text), SESSION M "%s%s", first, then);
	sdp = parse(text);
	snprintf(text, sizeof(text), "%s\r\n", odd);
	check_str("kept", text, kept(&sdp->media->kept));
	check_str("ufrag", "good", sdp->media->ice.ufrag);
	check_str("pwd", "good", sdp->media->ice.pwd);
	check_str("options", "good", sdp->media->ice.options);
	check_int("setup", SDP_ACTIVE, sdp->media->dtls.setup);
	check_str("first layer", "1", sdp_first_rid(sdp->media));
	check_round_trip(sdp);
	sdp_free(sdp);
}

static void check_odd(const char *odd)
{
	static const char good[] = "a=ice-ufrag:good\r\na=ice-pwd:good\r\n"
				   "a=ice-options:good\r\na=setup:active\r\n"
				   "a=extmap:1 urn:good\r\na=rid:1 send\r\n"
				   "a=simulcast:send 1\r\na=ssrc:5 msid:x\r\n";
	char line[128];

	check_only_kept(M, odd);
	snprintf(line, sizeof(line), "%s\r\n", odd);
	check_beside_good(line, good, odd);
	check_beside_good(good, line, odd);
}

TEST("4.0.wl", odd_attributes, "an odd attribute costs only itself",
     .native = true)
{
	static const char *const odd[] = {
		"a=ice-ufrag",
		"a=ice-ufrag:two words",
		"a=ice-pwd:tab\there",
		"a=ice-options",
		"a=ice-options:,",
		"a=ice-options:(trickle)",
		"a=candidate",
		"a=candidate:and so on",
		"a=candidate:1 1 udp 1 10.0.7.1 9 typ",
		"a=candidate:1 1 udp 1 10.0.7.1 9 typ other",
		"a=candidate:1 1 udp 1 10.0.7.1 9 type host",
		"a=candidate:1 0 udp 1 10.0.7.1 9 typ host",
		"a=candidate:1 257 udp 1 10.0.7.1 9 typ host",
		"a=candidate:1 1 udp 4294967296 10.0.7.1 9 typ host",
		"a=candidate:1 1 udp 1 10.0.7.1 65536 typ host",
		"a=candidate:1 1 udp -1 10.0.7.1 9 typ host",
		"a=candidate:_ 1 udp 1 10.0.7.1 9 typ host",
		"a=candidate:1 1 u(dp 1 10.0.7.1 9 typ host",
		"a=end-of-candidates:x",
		"a=fingerprint",
		"a=fingerprint:sha-256",
		"a=fingerprint:AA:BB",
		"a=fingerprint:sha-256 AA:B",
		"a=fingerprint:sha-256 AA:BB:",
		"a=fingerprint:sha-256 AABB",
		"a=fingerprint:sha-256 AA:BB CC",
		"a=fingerprint:sha-256 AA:GG",
		"a=setup",
		"a=setup:",
		"a=setup:Active",
		"a=setup:active passive",
		"a=extmap:0 urn:x",
		"a=extmap:256 urn:x",
		"a=extmap:4096 urn:x",
		"a=extmap:x urn:x",
		"a=extmap:1",
		"a=extmap:1/ urn:x",
		"a=extmap:1/up urn:x",
		"a=extmap:1/sendonly/x urn:x",
		"a=rtcp-fb:96",
		"a=rtcp-fb:97 nack",
		"a=rtcp-fb:255 nack",
		"a=rtcp-fb:x nack",
		"a=rtcp-fb:** nack",
		"a=ssrc-group",
		"a=ssrc-group:FID",
		"a=ssrc-group:FID x",
		"a=ssrc-group:FID 1 4294967296",
		"a=ssrc-group:F(ID 1 2",
		"a=rid:1",
		"a=rid:1 up",
		"a=rid:a.b send",
		"a=simulcast:send",
		"a=simulcast:q;h",
		"a=simulcast:send q;;h",
		"a=simulcast:send q recv",
		"a=simulcast:send q send h",
		"a=simulcast:send rid=q;h",
		"a=simulcast:send ~~q",
		"a=rtcp-rsize:x",
		"a=extmap-allow-mixed:x",
		"a=ssrc:5 msid",
		"a=ssrc:5 label:x msid:y",
	};

	/* a name without a value is kept, a name with an empty one is not */
	for (size_t i = 0; i < COUNT(odd); i++)
		if (odd[i][strlen(odd[i]) - 1] != ':')
			check_odd(odd[i]);
}

TEST("4.0.wm", wrong_level, "what stands at the wrong level is only kept",
     .native = true)
{
	check_only_kept(M, "a=ice-lite");
	check_only_kept("", "a=candidate:1 1 udp 1 10.0.7.1 9 typ host");
	check_only_kept("", "a=rtcp-fb:* nack");
	check_only_kept("", "a=ssrc-group:FID 1 2");
	check_only_kept("", "a=rid:q send");
	check_only_kept("", "a=simulcast:send q");
	check_only_kept("", "a=rtcp-rsize");
	check_only_kept("", "a=rtcp-mux-only");
	check_only_kept("", "a=fingerprint:odd");
	check_only_kept("", "a=setup:odd");
	check_only_kept("", "a=extmap:256 urn:x");
}

TEST("4.0.wn", said_twice, "what is said twice counts as it was said first",
     .native = true)
{
	struct sdp *sdp = parse(SESSION M
				"a=ice-ufrag:one\na=ice-ufrag:two\n"
				"a=ice-pwd:one\na=ice-pwd:two\n"
				"a=ice-options:one\na=ice-options:two\n"
				"a=setup:active\na=setup:passive\n"
				"a=extmap:1 urn:one\na=extmap:1 urn:two\n"
				"a=rid:q send\na=rid:q recv\n"
				"a=simulcast:send q\na=simulcast:recv q\n"
				"a=ssrc:1 msid:one x\na=ssrc:1 msid:two x\n"
				"a=rtcp-rsize\na=rtcp-rsize\n");
	const struct sdp_media *m = sdp->media;

	check_str("ufrag", "one", m->ice.ufrag);
	check_str("pwd", "one", m->ice.pwd);
	check_str("options", "one", m->ice.options);
	check_int("setup", SDP_ACTIVE, m->dtls.setup);
	check_uint("extensions", 1, m->extensions.n);
	check_str("URI", "urn:one", m->extensions.list[0].uri);
	check_uint("rids", 1, m->n_rids);
	check_int("direction", SDP_SENDONLY, m->rids[0].direction);
	check_str("first", "q", sdp_first_rid(m));
	check_str("msid", "one x", m->ssrcs[0].msid);
	check_str("kept", "", kept(&m->kept));
	check_round_trip(sdp);
	sdp_free(sdp);
}

TEST("4.0.wo", with_its_m_line, "a refused m-line has nothing of it",
     .native = true)
{
	struct sdp *sdp = parse(
		SESSION M "a=ice-ufrag:x\na=fingerprint:sha-1 AA\n"
			  "a=setup:active\na=rtcp-rsize\na=rtcp-mux-only\n"
			  "a=extmap-allow-mixed\na=extmap:1 urn:x\n"
			  "a=rtcp-fb:* nack\na=ssrc-group:FID 1 2\n"
			  "a=rid:q send\na=simulcast:send q\n"
			  "a=rtpmap:96 odd\na=ice-pwd:x\n");
	const struct sdp_media *m = sdp->media;

	check_true(m->fault, "taken");
	check_true(!m->ice.ufrag && !m->ice.pwd, "it has ICE lines");
	check_true(!m->dtls.setup && !m->dtls.n_fingerprints, "it has DTLS");
	check_true(!m->rtcp_rsize && !m->rtcp_mux_only, "it has flags");
	check_true(!m->extensions.n && !m->extensions.allow_mixed,
		   "it has header extensions");
	check_true(!m->n_feedback && !m->n_ssrc_groups, "it has feedback");
	check_true(!m->n_rids && !m->simulcast.value, "it has layers");
	check_round_trip(sdp);
	sdp_free(sdp);
}

/* ---- too many, too long -------------------------------------------------- */

/* `count` lines, each with a number of its own. */
static struct sdp *parse_many(const char *format, unsigned int count)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	struct sdp *sdp;

	step("%u times %s", count, format);
	fputs(SESSION M, f);
	for (unsigned int i = 1; i <= count; i++)
		fprintf(f, format, i);
	fclose(f);
	sdp = parse(text);
	free(text);
	check_true(!sdp->media->fault, "it costs its m-line: %s",
		   sdp->media->fault->text);
	return sdp;
}

/* One more than the limit: it is kept. */
#define check_limit(field, limit, format)                                      \
	do {                                                                   \
		struct sdp *sdp = parse_many(format, (limit) + 1);             \
		char last[128];                                                \
                                                                               \
		check_uint(#field, limit, sdp->media->field);                  \
		snprintf(last, sizeof(last), format, (limit) + 1);             \
		last[strlen(last) - 1] = '\0';                                 \
		strcat(last, "\r\n");                                          \
		check_str("kept", last, kept(&sdp->media->kept));              \
		check_round_trip(sdp);                                         \
		sdp_free(sdp);                                                 \
	} while (0)

TEST("4.0.wp", too_many, "one too many is kept, and not one more understood",
     .native = true)
{
	check_limit(ice.n_candidates, SDP_MAX_CANDIDATES,
		    "a=candidate:%u 1 udp 1 10.0.7.1 9 typ host\n");
	check_limit(dtls.n_fingerprints, SDP_MAX_FINGERPRINTS,
		    "a=fingerprint:sha-%u AA:BB\n");
	check_limit(extensions.n, SDP_MAX_EXTENSIONS, "a=extmap:%u urn:x\n");
	check_limit(n_feedback, SDP_MAX_FEEDBACK, "a=rtcp-fb:* %u\n");
	check_limit(n_ssrc_groups, SDP_MAX_SSRC_GROUPS,
		    "a=ssrc-group:FID 1 %u\n");
	check_limit(n_rids, SDP_MAX_RIDS, "a=rid:%u send\n");
}

/* Before, n letters, after: is the line understood? */
static bool is_taken(const char *before, size_t n, const char *after)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	struct sdp *sdp;
	bool taken;

	fprintf(f, SESSION M "%s%0*d%s\n", before, (int)n, 0, after);
	fclose(f);
	sdp = parse(text);
	free(text);
	taken = !sdp->media->kept.length;
	check_round_trip(sdp);
	sdp_free(sdp);
	return taken;
}

TEST("4.0.wq", too_long, "words of ICE and rids have a greatest length",
     .native = true)
{
	check_true(is_taken("a=ice-ufrag:", 256, ""), "256 bytes are well");
	check_true(!is_taken("a=ice-ufrag:", 257, ""), "257 are too many");
	check_true(!is_taken("a=ice-pwd:", 32000, ""), "32,000 are too many");
	check_true(is_taken("a=rid:", 255, " send"), "255 bytes are well");
	check_true(!is_taken("a=rid:", 256, " send"), "256 are too many");
	check_true(!is_taken("a=candidate:", 33, " 1 udp 1 h 9 typ host"),
		   "33 are too many");
	check_true(!is_taken("a=simulcast:send ", 256, ""),
		   "no rid has 256 bytes");
}

static void append(char *text, size_t *len, const char *piece)
{
	size_t size = strlen(piece);

	if (*len + size < HTTP_MAX_BODY) {
		memcpy(text + *len, piece, size + 1);
		*len += size;
	}
}

/* Of the sanitizer that tests are built with; gcc has no header for it. */
size_t __sanitizer_get_current_allocated_bytes(void);

/* `piece` over and over, up to `most` bytes: what is kept of it? */
static void check_memory(const char *head, const char *piece, size_t most)
{
	char *text = malloc(HTTP_MAX_BODY);
	size_t len = 0, before, kept;
	struct sdp *sdp;

	append(text, &len, head);
	while (len + strlen(piece) < most)
		append(text, &len, piece);
	before = __sanitizer_get_current_allocated_bytes();
	sdp = parse(text);
	kept = __sanitizer_get_current_allocated_bytes() - before;
	step("%zu bytes of %.20s are kept in %zu", len, piece, kept);
	check_true(kept < 32 * len, "that is too much");
	check_reads_again(sdp); /* the grammar's test takes its time */
	sdp_free(sdp);
	free(text);
}

#define A	 "m=a 1 RTP/AVP 0\n"
#define ALL	 (HTTP_MAX_BODY / 4)
#define ONE_LINE (SDP_MAX_LINE - 100)

TEST("4.0.wr", memory_of_webrtc, "32 times its length are kept at most",
     .native = true, .seconds = 60)
{
	static const char *const lines[] = {
		"a=ice-ufrag:x\n",   "a=ice-options:x\n",
		"a=setup:active\n",  "a=fingerprint:x AA\n",
		"a=extmap:1 x\n",    "a=rtcp-fb:0 x\n",
		"a=rid:x send\n",    "a=simulcast:send x\n",
		"a=ssrc:1 msid:\n",  "a=ssrc-group:x 1\n",
		"a=ssrc:1 msid:x\n", "a=candidate:1 1 u 1 h 1 typ host\n",
	};
	char both[128];

	for (size_t i = 0; i < COUNT(lines); i++) {
		check_memory(SESSION A, lines[i], ALL);
		check_memory(SESSION, lines[i], ALL);
		snprintf(both, sizeof(both), A "%s", lines[i]);
		check_memory(SESSION, both, ALL);
	}
	check_memory(SESSION A "a=ssrc-group:x", " 1", ONE_LINE);
	check_memory(SESSION A "a=simulcast:send x", ";x", ONE_LINE);
	check_memory(SESSION A "a=simulcast:send x", ",x", ONE_LINE);
	check_memory(SESSION A "a=fingerprint:x AA", ":AA", ONE_LINE);
	check_memory(SESSION A "a=ice-options:x", ",x", ONE_LINE);
	check_memory(SESSION A "a=extmap:1 x", " x", ONE_LINE);
}

/* ---- built by hand ------------------------------------------------------- */

static void build_transport(struct sdp_ice *ice, struct sdp_dtls *dtls)
{
	const struct sdp_candidate host = {
		.foundation = "1",
		.component = 1,
		.transport = "udp",
		.priority = 2130706431,
		.address = "127.0.0.1",
		.port = 5000,
		.type = SDP_HOST,
	};

	check_int("ICE", 0,
		  sdp_set_ice(ice, "4+InVCBb", "25oPK+8izbv35HCiL4WGMIAY"));
	check_int("options", 0, sdp_set_ice_options(ice, "ice2"));
	check_int("candidate", 0, sdp_add_candidate(ice, &host));
	ice->end_of_candidates = true;
	check_int("DTLS", 0, sdp_add_fingerprint(dtls, "sha-256", "00:A2:18"));
	dtls->setup = SDP_PASSIVE;
}

static void build_rtp(struct sdp_media *m)
{
	const struct sdp_extension mid = {
		.id = 4,
		.direction = SDP_SENDRECV,
		.uri = "urn:ietf:params:rtp-hdrext:sdes:mid",
	};
	const struct sdp_rid q = { .id = "q", .direction = SDP_RECVONLY };
	static const uint32_t fid[] = { 7, 8 };

	check_int("mid", 0, sdp_add_extension(&m->extensions, &mid));
	check_int("feedback", 0, sdp_media_add_feedback(m, 96, "nack pli"));
	check_int("feedback", 0,
		  sdp_media_add_feedback(m, SDP_ANY_TYPE, "transport-cc"));
	check_int("rid", 0, sdp_media_add_rid(m, &q));
	check_int("simulcast", 0, sdp_media_set_simulcast(m, "recv q;h"));
	check_int("group", 0, sdp_media_add_ssrc_group(m, "FID", fid, 2));
	check_int("cname", 0, sdp_media_add_ssrc(m, 7, "bob"));
	check_int("msid", 0, sdp_media_add_ssrc_msid(m, 7, "bob bob-v"));
	m->rtcp_mux = m->rtcp_rsize = m->extensions.allow_mixed = true;
}

static const char built[] =
	"v=0\r\n"
	"o=- 1 1 IN IP4 10.0.7.254\r\n"
	"s=-\r\n"
	"c=IN IP4 10.0.7.254\r\n"
	"t=0 0\r\n"
	"a=group:BUNDLE 1\r\n"
	"a=ice-lite\r\n"
	"m=video 5000 UDP/TLS/RTP/SAVPF 96\r\n"
	"a=mid:1\r\n"
	"a=recvonly\r\n"
	"a=ice-ufrag:4+InVCBb\r\n"
	"a=ice-pwd:25oPK+8izbv35HCiL4WGMIAY\r\n"
	"a=ice-options:ice2\r\n"
	"a=candidate:1 1 udp 2130706431 127.0.0.1 5000 typ host\r\n"
	"a=end-of-candidates\r\n"
	"a=fingerprint:sha-256 00:A2:18\r\n"
	"a=setup:passive\r\n"
	"a=rtcp-mux\r\n"
	"a=rtcp-rsize\r\n"
	"a=extmap-allow-mixed\r\n"
	"a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
	"a=rtpmap:96 VP8/90000\r\n"
	"a=ssrc:7 cname:bob\r\n"
	"a=rtcp-fb:96 nack pli\r\n"
	"a=rtcp-fb:* transport-cc\r\n"
	"a=rid:q recv\r\n"
	"a=simulcast:recv q;h\r\n"
	"a=ssrc-group:FID 7 8\r\n"
	"a=ssrc:7 msid:bob bob-v\r\n";

static struct sdp *new_media(struct sdp_media **m)
{
	const struct sdp_format vp8 = { 96, "VP8", 90000, 1, NULL };
	struct in6_addr here = in6_address("::ffff:10.0.7.254");
	struct sdp *sdp = sdp_new(1, &here);

	*m = sdp_add_media(sdp, "video", "UDP/TLS/RTP/SAVPF", "1");
	check_int("format", 0, sdp_media_add_format(*m, &vp8));
	(*m)->port = 5000;
	(*m)->direction = SDP_RECVONLY;
	(*m)->bundled = true;
	sdp->ice.lite = true;
	return sdp;
}

TEST("4.0.ws", built_by_hand, "an answer of WebRTC, built field by field",
     .native = true)
{
	struct sdp_media *m;
	struct sdp *sdp = new_media(&m);

	build_transport(&m->ice, &m->dtls);
	build_rtp(m);
	check_written(built, sdp);
	check_round_trip(sdp);
	sdp_free(sdp);
}

static void check_refused_words(struct sdp_media *m, const char *bad)
{
	const struct sdp_rid rid = { .id = (char *)bad,
				     .direction = SDP_SENDONLY };
	const struct sdp_extension x = { .id = 1, .uri = (char *)bad };
	struct sdp_candidate c = {
		.foundation = "1",
		.component = 1,
		.transport = (char *)bad,
		.address = "h",
	};
	static const char pwd[] = "0123456789012345678901";
	uint32_t ssrc = 1;

	step("%s", bad);
	check_int("ufrag", -EINVAL, sdp_set_ice(&m->ice, bad, pwd));
	check_int("pwd", -EINVAL, sdp_set_ice(&m->ice, "ufrag", bad));
	if (!strchr(bad, ' '))
		check_int("options", -EINVAL,
			  sdp_set_ice_options(&m->ice, bad));
	check_int("candidate", -EINVAL, sdp_add_candidate(&m->ice, &c));
	c.transport = "udp";
	c.address = (char *)bad;
	check_int("candidate", -EINVAL, sdp_add_candidate(&m->ice, &c));
	check_int("hash", -EINVAL, sdp_add_fingerprint(&m->dtls, bad, "AA"));
	check_int("bytes", -EINVAL, sdp_add_fingerprint(&m->dtls, "x", bad));
	check_int("URI", -EINVAL, sdp_add_extension(&m->extensions, &x));
	check_int("rid", -EINVAL, sdp_media_add_rid(m, &rid));
	check_int("simulcast", -EINVAL, sdp_media_set_simulcast(m, bad));
	check_int("group", -EINVAL, sdp_media_add_ssrc_group(m, bad, &ssrc, 1));
}

TEST("4.0.wt", no_line_of_its_own, "no word brings its own line",
     .native = true)
{
	static const char *const bad[] = { "", "x y", "x\r\na=inactive", "\n" };
	struct sdp_media *m;
	struct sdp *sdp = new_media(&m);
	char *before = NULL;

	check_int("sdp_write", 0, sdp_write(sdp, &before));
	for (size_t i = 0; i < COUNT(bad); i++)
		check_refused_words(m, bad[i]);
	check_int("feedback", -EINVAL,
		  sdp_media_add_feedback(m, 96, "nack\r\na=x"));
	check_int("feedback", -EINVAL, sdp_media_add_feedback(m, 97, "nack"));
	check_int("msid", -EINVAL, sdp_media_add_ssrc_msid(m, 1, "a\r\nb"));
	check_int("group", -EINVAL, sdp_media_add_ssrc_group(m, "x", NULL, 0));
	check_written(before, sdp);
	free(before);
	sdp_free(sdp);
}
