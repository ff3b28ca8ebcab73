// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What we say of ourselves to offers that browsers and publishers have made,
 * and how the ids of header extensions fit those of another description.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/test.h"
#include "lab03-maps/extension.h"
#include "lab04-signalling/session/session_internal.h"
#include "lab04-signalling/testlib/sdp.h"
#include "lab07-webrtc/ice.h"
#include "lab07-webrtc/wire_webrtc.h"

#define BROWSER	  "webrtc/firefox-call" /* the third m-line is for data */
#define PUBLISHER "webrtc/ffmpeg-whip"	/* a=setup:passive */
#define PLAIN	  "chromium-plain-offer"
#define PORT	  5004

/* ---- an offer, and our answer ------------------------------------------- */

static void send_nothing(void *ctx, const struct ip_addr *to, __be16 port,
			 const void *bytes, __u32 length)
{
	(void)ctx, (void)to, (void)port, (void)bytes, (void)length;
}

/* The peer is to be forgotten, and then the wire is to be closed. */
static struct sdp *answer_peer(const char *name, struct wire_peer **peer)
{
	static const struct wire_options options = { .send = send_nothing };
	struct sdp_text text = { .local = ip_addr_v4(htonl(0x0a0007fe)) };
	struct sdp *offer = parse_recorded(name), *answered;
	struct problem why;

	session_options.media.port = htons(PORT);
	check_int("the wire opens", 0, wire_webrtc.open(&options));
	check_true(wire_webrtc.recognise(offer), "the wire is another one");
	check_true(!wire_webrtc.answer(offer, &text, &answered, peer, &why),
		   "it is refused: %s", why.detail);
	sdp_free(offer);
	return answered;
}

static void forget(struct wire_peer *peer)
{
	wire_webrtc.forget(peer);
	wire_webrtc.close();
}

static struct sdp *answer(const char *name)
{
	struct wire_peer *peer;
	struct sdp *answered = answer_peer(name, &peer);

	forget(peer);
	return answered;
}

static bool is_accepted(const struct sdp_media *m)
{
	return m->port;
}

TEST("7.6.a", credentials, "each m-line that is accepted has our credentials",
     .native = true)
{
	struct sdp *sdp = answer(BROWSER);
	const struct sdp_ice *first = &sdp->media[0].ice;

	check_true(sdp->ice.lite, "there is no a=ice-lite");
	for (size_t i = 0; i < sdp->n_media; i++) {
		const struct sdp_media *m = &sdp->media[i];

		if (!is_accepted(m))
			continue;
		check_true(m->ice.ufrag && m->ice.pwd, "m-line %zu has none",
			   i);
		check_uint("length of ufrag", ICE_UFRAG, strlen(m->ice.ufrag));
		check_uint("length of pwd", ICE_PASSWORD, strlen(m->ice.pwd));
		check_str("ufrag", first->ufrag, m->ice.ufrag);
		check_str("pwd", first->pwd, m->ice.pwd);
		check_true(m->rtcp_mux, "RTCP has no port of its own");
		check_true(m->rtcp_rsize, "RTCP may be of reduced size");
	}
	sdp_free(sdp);
}

TEST("7.6.b", candidate, "one candidate: our address, and no other will follow",
     .native = true)
{
	struct sdp *sdp = answer(BROWSER);
	const struct sdp_candidate *c;

	for (size_t i = 0; i < sdp->n_media; i++) {
		const struct sdp_ice *ice = &sdp->media[i].ice;

		check_uint("candidates", is_accepted(&sdp->media[i]),
			   ice->n_candidates);
		if (!is_accepted(&sdp->media[i]))
			continue;
		c = ice->candidates;
		check_str("address", "10.0.7.254", c->address);
		check_uint("port", PORT, c->port);
		check_int("type", SDP_HOST, c->type);
		check_uint("component", 1, c->component);
		check_true(ice->end_of_candidates, "there may be more");
	}
	sdp_free(sdp);
}

static void check_role(const char *offer, enum sdp_setup setup)
{
	struct sdp *sdp = answer(offer);

	for (size_t i = 0; i < sdp->n_media; i++) {
		const struct sdp_dtls *dtls = &sdp->media[i].dtls;

		if (!is_accepted(&sdp->media[i]))
			continue;
		check_int("setup", setup, dtls->setup);
		check_uint("fingerprints", 1, dtls->n_fingerprints);
		check_str("hash", "sha-256", dtls->fingerprints[0].hash);
		check_uint("characters", 95,
			   strlen(dtls->fingerprints[0].bytes));
	}
	sdp_free(sdp);
}

TEST("7.6.c", identity, "our certificate's fingerprint, and who begins",
     .native = true)
{
	step("a browser that leaves it to us");
	check_role(BROWSER, SDP_PASSIVE);
	step("a publisher that waits");
	check_role(PUBLISHER, SDP_ACTIVE);
}

TEST("7.6.d", unencrypted, "to who does not encrypt we say neither",
     .native = true)
{
	struct sdp *sdp = answer(PLAIN);

	for (size_t i = 0; i < sdp->n_media; i++) {
		const struct sdp_dtls *dtls = &sdp->media[i].dtls;

		check_uint("fingerprints", 0, dtls->n_fingerprints);
		check_int("setup", SDP_SETUP_UNSAID, dtls->setup);
		check_true(sdp->media[i].ice.ufrag, "m-line %zu has no ufrag",
			   i);
		check_uint("candidates", is_accepted(&sdp->media[i]),
			   sdp->media[i].ice.n_candidates);
	}
	sdp_free(sdp);
}

/* ---- without a=ssrc --------------------------------------------------------- */

static bool has_rtx(const struct sdp_media *m)
{
	return sdp_count_codecs(m) < m->n_formats;
}

TEST("7.0.aw", layers, "layers are all accepted, and so are their repairs",
     .native = true)
{
	struct sdp *sdp = answer("chromium-simulcast-offer");
	const struct sdp_media *m = &sdp->media[1];

	check_str("a=simulcast", "recv q;h;f", m->simulcast.value ?: "");
	check_uint("a=rid", 3, m->n_rids);
	check_str("first", "q", m->rids[0].id);
	check_int("direction", SDP_RECVONLY, m->rids[0].direction);
	check_true(has_rtx(m), "there is no RTX");
	check_true(!sdp->media[0].simulcast.value, "audio has no layers");
	sdp_free(sdp);
}

TEST("7.0.ax", one_layer, "whoever has one layer is answered as before",
     .native = true)
{
	struct sdp *sdp = answer("chromium-srtp-offer");
	const struct sdp_media *m = &sdp->media[1];

	check_true(!m->simulcast.value && !m->n_rids, "it has layers");
	check_true(has_rtx(m), "there is no RTX");
	sdp_free(sdp);
}

/* ---- ids of extensions ---------------------------------------------------- */

#define MID    "urn:ietf:params:rtp-hdrext:sdes:mid"
#define RID    "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
#define LEVEL  "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
#define ROTATE "urn:3gpp:video-orientation"

static struct sdp_media alice, bob;

static void say(struct sdp_media *m, uint8_t id, const char *uri)
{
	struct sdp_extension e = {
		.id = id,
		.direction = SDP_SENDRECV,
		.uri = (char *)uri,
	};

	check_int("extension", 0, sdp_add_extension(&m->extensions, &e));
}

/* To which id of bob's is one of alice's mapped? */
static unsigned int id_of(uint8_t from)
{
	return extension_map_find(wire_webrtc.extensions(&alice, &bob), from);
}

TEST("7.7.a", other_ids, "each end has numbers of its own", .native = true)
{
	say(&alice, 1, LEVEL);
	say(&alice, 13, ROTATE);
	say(&bob, 3, ROTATE);
	say(&bob, 14, LEVEL);
	check_uint("audio level", 14, id_of(1));
	check_uint("orientation", 3, id_of(13));
	check_uint("nothing", 0, id_of(3));
}

TEST("7.7.b", ours_only, "what is between a publisher and us goes nowhere",
     .native = true)
{
	say(&alice, 1, LEVEL);
	say(&alice, 4, MID);
	say(&alice, 10, RID);
	say(&bob, 1, LEVEL);
	say(&bob, 5, MID);
	say(&bob, 9, RID);
	check_uint("audio level", 1, id_of(1));
	check_uint("MID", 0, id_of(4));
	check_uint("RID", 0, id_of(10));
}

TEST("7.7.c", one_end, "what only one of the two knows goes nowhere",
     .native = true)
{
	say(&alice, 1, LEVEL);
	say(&bob, 2, ROTATE);
	for (uint8_t id = 1; id <= EXTENSION_MAX_ID; id++)
		check_uint("mapped to", 0, id_of(id));
	check_true(wire_webrtc.extensions(&alice, &bob) == EXTENSION_MAP_NONE,
		   "a map of 0 leaves all as it is");
}

TEST("7.7.d", plain_publisher, "a publisher by plain RTP has told no ids",
     .native = true)
{
	say(&bob, 1, LEVEL);
	check_true(wire_webrtc.extensions(NULL, &bob) == EXTENSION_MAP_NONE,
		   "its extensions mean nothing to a browser");
}

TEST("7.7.e", high_ids, "ids above 14 are of the longer form, and not mapped",
     .native = true)
{
	say(&alice, 200, LEVEL);
	say(&alice, 2, ROTATE);
	say(&bob, 1, LEVEL);
	say(&bob, 15, ROTATE);
	for (unsigned int id = 1; id < 256; id++)
		check_uint("mapped to", 0, id_of(id));
	check_true(wire_webrtc.extensions(&alice, &bob) == EXTENSION_MAP_NONE,
		   "something is mapped");
}

/* ---- what clients have stumbled over ------------------------------------- */

/* Offers of every client that was recorded. */
static const char *const clients[] = {
	"chromium-srtp-offer",	    "chromium-plain-offer",
	"chromium-simulcast-offer", "webrtc/firefox-call",
	"webrtc/safari-call",	    "webrtc/obs-publish",
	"webrtc/ffmpeg-whip",	    "webrtc/gstreamer-whip",
	"webrtc/simple-whip",
};

/* An m-line of an offer, and ours in its place. */
struct pair {
	const struct sdp *offer;
	const struct sdp_media *theirs, *ours;
};

static const struct sdp_format *format_of(const struct sdp_media *m,
					  uint8_t payload_type)
{
	for (size_t i = 0; i < m->n_formats; i++)
		if (m->formats[i].payload_type == payload_type)
			return &m->formats[i];
	return NULL;
}

static bool has_feedback(const struct sdp_media *m, __u8 payload_type,
			 const char *value)
{
	for (unsigned int i = 0; i < m->n_feedback; i++)
		if (m->feedback[i].payload_type == payload_type &&
		    !strcmp(m->feedback[i].value, value))
			return true;
	return false;
}

static bool is_same_place(const struct pair *p)
{
	return p->ours->kind == p->theirs->kind &&
	       !strcmp(p->ours->proto, p->theirs->proto) &&
	       (!p->theirs->mid || !strcmp(p->ours->mid, p->theirs->mid));
}

/* Firefox throws away an answer with an extension that it has not offered. */
static bool has_offered_extensions(const struct pair *p)
{
	const struct sdp_extensions *ours = &p->ours->extensions;
	const struct sdp_extension *theirs;

	for (unsigned int i = 0; i < ours->n; i++) {
		theirs = sdp_find_extension(p->offer, p->theirs,
					    ours->list[i].uri);
		if (!theirs || theirs->id != ours->list[i].id)
			return false;
	}
	return true;
}

static bool has_offered_formats(const struct pair *p)
{
	const struct sdp_format *theirs, *ours = p->ours->formats;

	for (size_t i = 0; i < p->ours->n_formats; i++) {
		theirs = format_of(p->theirs, ours[i].payload_type);
		if (!theirs || strcmp(theirs->encoding, ours[i].encoding) ||
		    strcmp(theirs->fmtp ?: "", ours[i].fmtp ?: ""))
			return false;
	}
	return true;
}

/* With red agreed upon, an unencrypted Chromium packs its video into it. */
static bool has_no_redundancy(const struct pair *p)
{
	static const char *const unwanted[] = { "red", "ulpfec", "flexfec-03" };

	for (size_t i = 0; i < p->ours->n_formats; i++)
		for (size_t k = 0; k < sizeof(unwanted) / sizeof(*unwanted);
		     k++)
			if (!strcasecmp(p->ours->formats[i].encoding,
					unwanted[k]))
				return false;
	return true;
}

/* With it, Chromium's VP8 no longer says which layer a packet is of. */
static bool has_no_dependency_descriptor(const struct pair *p)
{
	for (unsigned int i = 0; i < p->ours->extensions.n; i++)
		if (strstr(p->ours->extensions.list[i].uri,
			   "dependency-descriptor"))
			return false;
	return true;
}

/*
 * Who numbers its packets for TWCC waits for answers, and sends less with every
 * second without.
 */
static bool numbers_what_is_answered(const struct pair *p)
{
	bool numbers = false;

	for (unsigned int i = 0; i < p->ours->extensions.n; i++)
		numbers |= !!strstr(p->ours->extensions.list[i].uri,
				    "transport-wide-cc");
	return !numbers || p->ours->dtls.n_fingerprints;
}

/* Without either a browser's video stays at 300 kbit/s. */
static bool tells_bandwidth(const struct pair *p)
{
	__u8 type = p->ours->formats[0].payload_type;
	bool cc = has_feedback(p->theirs, type, "transport-cc");
	bool remb = has_feedback(p->theirs, type, "goog-remb");

	return p->ours->kind != SDP_VIDEO || (!cc && !remb) ||
	       has_feedback(p->ours, type, "transport-cc") ||
	       has_feedback(p->ours, type, "goog-remb");
}

/* What is lost is sent again, if the client knows how to. */
static bool asks_for_repair(const struct pair *p)
{
	static const char *const wanted[] = { "nack", "nack pli", "ccm fir" };
	__u8 type = p->ours->formats[0].payload_type;

	for (size_t i = 0; p->ours->kind == SDP_VIDEO && i < 3; i++)
		if (has_feedback(p->theirs, type, wanted[i]) !=
		    has_feedback(p->ours, type, wanted[i]))
			return false;
	return true;
}

static bool only_receives(const struct pair *p)
{
	return p->ours->direction == SDP_RECVONLY;
}

static bool is_of_one_transport(const struct pair *p)
{
	return p->ours->rtcp_mux && p->ours->bundled == p->theirs->bundled;
}

static const struct {
	const char *what;
	bool (*holds)(const struct pair *p);
} rules[] = {
	{ "it has the kind, protocol and mid", is_same_place },
	{ "its extensions were offered, by these ids", has_offered_extensions },
	{ "its formats were offered, with this fmtp", has_offered_formats },
	{ "it has neither red nor FEC", has_no_redundancy },
	{ "it has no Dependency Descriptor", has_no_dependency_descriptor },
	{ "it says how much the network takes", tells_bandwidth },
	{ "it has no TWCC that nobody answers", numbers_what_is_answered },
	{ "it asks for repair as it was offered", asks_for_repair },
	{ "it only receives", only_receives },
	{ "it has a=rtcp-mux, and is in the group", is_of_one_transport },
};

static void check_rules(const struct pair *p)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++)
		check_true(rules[i].holds(p), "m=%s: not so: %s", p->ours->type,
			   rules[i].what);
}

/* FFmpeg reads no more than 8 KiB, and wants "v=" first. */
static void check_text(const struct sdp *sdp)
{
	char *text;

	check_int("written", 0, sdp_write(sdp, &text));
	check_true(!strncmp(text, "v=0\r\n", 5), "it begins with %.10s", text);
	check_true(strlen(text) < 8192, "it has %zu bytes", strlen(text));
	free(text);
}

static void check_client(const char *name)
{
	struct sdp *offer = parse_recorded(name), *sdp = answer(name);
	struct pair p = { .offer = offer };

	check_uint("m-lines", offer->n_media, sdp->n_media);
	for (size_t i = 0; i < sdp->n_media; i++) {
		p.theirs = &offer->media[i];
		p.ours = &sdp->media[i];
		check_true(is_accepted(p.ours) ==
				   (p.ours->kind != SDP_APPLICATION),
			   "m=%s has port %u", p.ours->type, p.ours->port);
		if (is_accepted(p.ours))
			check_rules(&p);
	}
	check_text(sdp);
	sdp_free(sdp);
	sdp_free(offer);
}

TEST("7.0.ja", stumbling, "no client stumbles over our answer to its offer",
     .native = true)
{
	for (size_t i = 0; i < sizeof(clients) / sizeof(*clients); i++) {
		step("%s", clients[i]);
		check_client(clients[i]);
	}
}

/* ---- what receivers have stumbled over -------------------------------------- */

/* A publisher who numbers otherwise than any of the receivers. */
static void describe_publisher(struct sdp_media *published)
{
	struct sdp_extension orientation = {
		.id = 4,
		.direction = SDP_SENDRECV,
		.uri = (char *)ROTATE,
	};

	*published = (struct sdp_media){ .kind = SDP_VIDEO };
	check_int("extension", 0,
		  sdp_add_extension(&published->extensions, &orientation));
}

static struct sdp_media *offer_stream(struct sdp *sdp, struct wire_peer *peer,
				      const struct sdp_media *published)
{
	static const struct sdp_format vp8 = {
		.payload_type = 109, /* Firefox's Opus */
		.encoding = (char *)"VP8",
		.clock_rate = 90000,
		.channels = 1,
	};
	struct sdp_media *m = sdp_add_media(sdp, "video", sdp->media[0].proto,
					    "s1");

	check_true(m, "there is no m-line");
	m->direction = SDP_SENDONLY;
	check_int("format", 0, sdp_media_add_format(m, &vp8));
	check_int("source", 0, sdp_media_add_ssrc(m, 0x5eed, "alice"));
	check_int("fill_in", 0, wire_webrtc.fill_in(peer, sdp, m, published));
	return m;
}

/* Without sources a browser shows a track, and nothing ever comes. */
static bool has_sources(const struct sdp *sdp, const struct sdp_media *m)
{
	const struct sdp_ssrc_group *g = m->ssrc_groups;

	(void)sdp;
	return m->n_ssrcs == 2 && m->n_ssrc_groups == 1 && g->n == 2 &&
	       !strcmp(g->semantics, "FID") && g->ssrcs[0] == 0x5eed &&
	       g->ssrcs[1] == m->ssrcs[1].ssrc && m->ssrcs[1].cname;
}

static bool repeats_by_rtx(const struct sdp *sdp, const struct sdp_media *m)
{
	char apt[16];

	(void)sdp;
	snprintf(apt, sizeof(apt), "apt=%u", m->formats[0].payload_type);
	return m->n_formats == 2 && !strcmp(m->formats[1].encoding, "rtx") &&
	       !strcmp(m->formats[1].fmtp, apt);
}

/* A browser that reads "passive" in an offer would be asked to change roles. */
static bool leaves_roles_open(const struct sdp *sdp, const struct sdp_media *m)
{
	enum sdp_setup wanted = m->dtls.n_fingerprints ? SDP_ACTPASS :
							 SDP_SETUP_UNSAID;

	for (size_t i = 0; i < sdp->n_media; i++)
		if (is_accepted(&sdp->media[i]) &&
		    sdp->media[i].dtls.setup != wanted)
			return false;
	return true;
}

static bool has_transport_of_all(const struct sdp *sdp,
				 const struct sdp_media *m)
{
	const struct sdp_media *first = sdp->media;

	return m->port == PORT && m->bundled && m->rtcp_mux &&
	       !strcmp(m->ice.ufrag, first->ice.ufrag) &&
	       m->dtls.n_fingerprints == first->dtls.n_fingerprints;
}

/* What shares a transport shares its payload types (RFC 8843, section 9.1). */
static bool has_types_of_its_own(const struct sdp *sdp,
				 const struct sdp_media *m)
{
	const struct sdp_format *f;

	for (size_t i = 0; i < sdp->n_media; i++)
		for (size_t k = 0; k < m->n_formats; k++) {
			f = format_of(&sdp->media[i],
				      m->formats[k].payload_type);
			if (is_accepted(&sdp->media[i]) && f &&
			    strcmp(f->encoding, m->formats[k].encoding))
				return false;
		}
	return true;
}

/* And its ids of extensions. */
static bool has_ids_of_its_own(const struct sdp *sdp, const struct sdp_media *m)
{
	const struct sdp_extension *own = m->extensions.list;

	for (size_t i = 0; i < sdp->n_media; i++) {
		const struct sdp_extensions *e = &sdp->media[i].extensions;

		for (unsigned int k = 0; k < e->n; k++)
			if ((e->list[k].id == own->id) !=
			    !strcmp(e->list[k].uri, own->uri))
				return false;
	}
	return m->extensions.n == 1;
}

static const struct {
	const char *what;
	bool (*holds)(const struct sdp *sdp, const struct sdp_media *m);
} rules_of_offers[] = {
	{ "it has the source, and one for RTX", has_sources },
	{ "it has RTX", repeats_by_rtx },
	{ "all leave open who begins", leaves_roles_open },
	{ "it has the transport of all", has_transport_of_all },
	{ "no payload type means two things", has_types_of_its_own },
	{ "no id means two things", has_ids_of_its_own },
};

static void check_offer_to(const char *name, const struct sdp_media *published)
{
	struct wire_peer *peer;
	struct sdp *sdp = answer_peer(name, &peer);
	const struct sdp_media *m = offer_stream(sdp, peer, published);

	for (size_t i = 0;
	     i < sizeof(rules_of_offers) / sizeof(*rules_of_offers); i++)
		check_true(rules_of_offers[i].holds(sdp, m), "not so: %s",
			   rules_of_offers[i].what);
	forget(peer);
	sdp_free(sdp);
}

TEST("7.0.jb", offered, "no browser stumbles over what we offer",
     .native = true)
{
	static const char *const browsers[] = { "chromium-srtp-offer",
						"chromium-plain-offer",
						"webrtc/firefox-call",
						"webrtc/safari-call" };
	struct sdp_media published;

	describe_publisher(&published);
	for (size_t i = 0; i < sizeof(browsers) / sizeof(*browsers); i++) {
		step("%s", browsers[i]);
		check_offer_to(browsers[i], &published);
	}
	free(published.extensions.list[0].uri);
	free(published.extensions.list);
}
