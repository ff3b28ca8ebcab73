// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What WebRTC's descriptions say, beside plain RTP's, and what we say back:
 *
 *	offer	a=ice-ufrag, a=ice-pwd	the peer's half of the credentials
 *	        a=fingerprint, a=setup	its certificate; none: unencrypted
 *	        a=group:BUNDLE		all m-lines by one transport
 *	answer	a=ice-lite, a=candidate	where we are; we wait to be found
 *	        a=fingerprint, a=setup	our certificate; who begins
 *	        a=extmap, a=rtcp-fb	what we have a use for
 *
 * Payload types and header extensions have numbers that each end chooses. All
 * m-lines of a group share them (RFC 9143, section 9), so that a stream that is
 * offered on gets numbers that fit the receiver, and the data plane maps them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lab03-maps/extension.h"
#include "lab04-signalling/session/session_internal.h"
#include "lab07-webrtc/feedback.h"
#include "lab07-webrtc/peer.h"
#include "lab07-webrtc/wire_webrtc.h"

#define DYNAMIC_FIRST 96 /* payload types, RFC 3551; 35 to 63 come after */
#define DYNAMIC_LAST  127
#define SPARE_FIRST   35
#define SPARE_LAST    63

static const char *const protocols[] = {
	"UDP/TLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP", "RTP/SAVPF", "RTP/SAVP",
	"RTP/AVPF",	     "RTP/AVP",		 NULL,
};

/* ---- extensions and feedback ------------------------------------------------ */

#define TWCC_URI                                                               \
	"http://www.ietf.org/id/"                                              \
	"draft-holmer-rmcat-transport-wide-cc-extensions-01"

/* What publishers may send us, and of these, what is passed on. */
static const struct {
	const char *uri;
	bool forwarded;
} extensions[] = {
	{ MID_URI, false },
	{ RID_URI, false },
	{ RRID_URI, false },
	{ TWCC_URI, false },
	{ "urn:ietf:params:rtp-hdrext:ssrc-audio-level", true },
	{ "urn:3gpp:video-orientation", true },
};

#define N_EXTENSIONS (sizeof(extensions) / sizeof(extensions[0]))

static const struct sdp_extension *find_uri(const struct sdp_extensions *list,
					    const char *uri)
{
	for (unsigned int i = 0; i < list->n; i++)
		if (!strcmp(list->list[i].uri, uri))
			return &list->list[i];
	return NULL;
}

/*
 * Ids above 14 are of the longer form, and few know it.  Who numbers its packets
 * for TWCC waits for an answer to each, which only packets that come up get: a
 * browser that waits in vain sends less with every second.
 */
static bool is_accepted(const struct wire_peer *p,
			const struct sdp_extension *e)
{
	return e && e->id <= EXTENSION_MAX_ID &&
	       (p->dtls || strcmp(e->uri, TWCC_URI));
}

static int accept_extensions(const struct wire_peer *p, struct sdp_media *m,
			     const struct sdp *offer,
			     const struct sdp_media *offered)
{
	int err = 0;

	for (size_t i = 0; !err && i < N_EXTENSIONS; i++) {
		const struct sdp_extension *e =
			sdp_find_extension(offer, offered, extensions[i].uri);
		struct sdp_extension ours;

		if (!is_accepted(p, e))
			continue;
		ours = (struct sdp_extension){
			.id = e->id,
			.direction = SDP_SENDRECV,
			.uri = e->uri,
		};
		err = sdp_add_extension(&m->extensions, &ours);
	}
	return err;
}

/* "q;~h": as the offer has it, of several alternatives the first one. */
static void name_layers(char *to, size_t room, const struct sdp_simulcast *s)
{
	size_t at = 0;

	for (unsigned int i = 0; i < s->n_send && at < room; i++)
		at += snprintf(to + at, room - at, "%s%s%s", i ? ";" : "recv ",
			       s->send[i].paused ? "~" : "", s->send[i].rid);
}

static int accept_rid(struct sdp_media *m, const struct sdp_media *offered,
		      const char *id)
{
	for (unsigned int i = 0; i < offered->n_rids; i++) {
		struct sdp_rid rid = offered->rids[i];

		rid.direction = SDP_RECVONLY;
		if (!strcmp(rid.id, id))
			return sdp_media_add_rid(m, &rid);
	}
	return 0;
}

/*
 * Layers that have names are all accepted, though only one is forwarded so far:
 * packets say which is which.
 */
static int accept_layers(struct sdp_media *m, const struct sdp_media *offered)
{
	const struct sdp_simulcast *s = &offered->simulcast;
	char value[SDP_MAX_RIDS * (SDP_MAX_RID + 2) + sizeof("recv ")];
	int err = 0;

	if (!find_uri(&m->extensions, RID_URI) || !sdp_first_rid(offered))
		return 0;
	for (unsigned int i = 0; !err && i < s->n_send; i++)
		err = accept_rid(m, offered, s->send[i].rid);
	name_layers(value, sizeof(value), s);
	return err ?: sdp_media_set_simulcast(m, value);
}

static bool is_feedback(const struct sdp_media *offered, __u8 pt,
			const char *value)
{
	for (unsigned int i = 0; i < offered->n_feedback; i++) {
		const struct sdp_feedback *f = &offered->feedback[i];

		if ((f->payload_type == pt ||
		     f->payload_type == SDP_ANY_TYPE) &&
		    !strcasecmp(f->value, value))
			return true;
	}
	return false;
}

static const char *const video_feedback[] = { "nack", "nack pli", "ccm fir" };
static const char transport_cc[] = "transport-cc";
static const char remb[] = "goog-remb";

/*
 * Either tells a publisher how much the network takes.  TWCC says when each
 * packet has come, and so wants packets that come up to us.
 */
static const char *bandwidth_feedback(const struct wire_peer *p,
				      const struct sdp_media *offered, __u8 pt)
{
	if (p->dtls && is_feedback(offered, pt, transport_cc))
		return transport_cc;
	return is_feedback(offered, pt, remb) ? remb : NULL;
}

/* offered NULL: we are the one who offers. */
static int add_feedback(const struct wire_peer *p, struct sdp_media *m,
			const struct sdp_media *offered)
{
	__u8 pt = m->formats[0].payload_type;
	const char *bandwidth = offered ? bandwidth_feedback(p, offered, pt) :
					  NULL;
	int err = 0;

	if (bandwidth)
		err = sdp_media_add_feedback(m, pt, bandwidth);
	for (size_t i = 0; m->kind == SDP_VIDEO && i < 3 && !err; i++)
		if (!offered || is_feedback(offered, pt, video_feedback[i]))
			err = sdp_media_add_feedback(m, pt, video_feedback[i]);
	return err;
}

/* ---- where we are, and who --------------------------------------------------- */

static int add_candidate(struct sdp_ice *ice, const struct in6_addr *address)
{
	char text[INET6_ADDRSTRLEN];
	struct sdp_candidate c = {
		.foundation = (char *)"1",
		.transport = (char *)"udp",
		.address = text,
		.priority =
			2130706431, /* RFC 8445, 5.1.2: a host's, the best */
		.component = 1,
		.port = ntohs(session_options.media.port),
		.type = SDP_HOST,
	};

	if (IN6_IS_ADDR_V4MAPPED(address))
		inet_ntop(AF_INET, &address->s6_addr[12], text, sizeof(text));
	else
		inet_ntop(AF_INET6, address, text, sizeof(text));
	ice->end_of_candidates = true;
	return sdp_add_candidate(ice, &c);
}

static int add_fingerprint(struct sdp_dtls *dtls)
{
	char text[256], *bytes;

	snprintf(text, sizeof(text), "%s", peers_fingerprint());
	bytes = strchr(text, ' ');
	*bytes++ = '\0';
	return sdp_add_fingerprint(dtls, text, bytes);
}

/* What every m-line of the peer's transport says. */
static int describe_transport(const struct wire_peer *p, struct sdp_media *m,
			      const struct in6_addr *address,
			      enum sdp_setup setup)
{
	//@todo 7.6 describe_transport: how we are found, and who we are
	//@stub	(void)add_candidate, (void)add_fingerprint;
	//@stub	(void)p, (void)m, (void)address, (void)setup;
	//@stub	return 0;
	int err = sdp_set_ice(&m->ice, p->ice.current.ufrag,
			      p->ice.current.password);

	m->rtcp_mux = true;
	m->rtcp_rsize = true;
	err = err ?: add_candidate(&m->ice, address);
	if (err || !p->dtls)
		return err;
	m->dtls.setup = setup;
	return add_fingerprint(&m->dtls);
	//@end 7.6
}

/* ---- an offer of theirs -------------------------------------------------------- */

static bool recognise(const struct sdp *offer)
{
	struct sdp_endpoint e;

	for (size_t i = 0; i < offer->n_media; i++) {
		sdp_endpoint(offer, &offer->media[i], &e);
		if (e.ufrag)
			return true;
	}
	return false;
}

/* The first m-line that we can take: its transport is that of all. */
static size_t first_accepted(const struct sdp *offer, const struct sdp *answer)
{
	size_t i = 0;

	while (i < offer->n_media && !answer->media[i].port)
		i++;
	return i;
}

static int explain_none(const struct sdp *offer,
			const struct sdp_answer_options *o, struct problem *why)
{
	const struct sdp_media *m = offer->media;

	if (!offer->n_media)
		return refuse(why, 422, "The offer has no m-line.");
	if (m->fault)
		return refuse(why, 400, "The SDP is malformed: %s.",
			      m->fault->text);
	return refuse(why, 422,
		      "m=%s (line %u) %s, and no other line is of use; offer "
		      "audio or video.",
		      m->type, m->line, sdp_refusal(m, o));
}

/* By another transport than the first one's: who comes by here knows BUNDLE. */
static bool is_alone(const struct sdp_media *m, const struct sdp_media *first)
{
	return m != first && !(m->bundled && first->bundled);
}

static void refuse_others(const struct sdp *offer, struct sdp *answer,
			  size_t first)
{
	for (size_t i = first + 1; i < offer->n_media; i++) {
		struct sdp_media *m = &answer->media[i];

		if (!is_alone(&offer->media[i], &offer->media[first]))
			continue;
		m->port = 0;
		m->direction = SDP_INACTIVE;
	}
}

static int check_endpoint(const struct sdp_endpoint *e, bool encrypted,
			  const struct sdp_media *m, struct problem *why)
{
	if (!e->ufrag || !e->pwd)
		return refuse(why, 422,
			      "m=%s (line %u) has no a=ice-ufrag and "
			      "a=ice-pwd; without them nobody is found.",
			      m->type, m->line);
	if (encrypted && !e->fingerprints->n_fingerprints)
		return refuse(
			why, 422,
			"m=%s (line %u) wants encrypted media, and has no "
			"a=fingerprint that can be read; add one of SHA-256.",
			m->type, m->line);
	if (e->setup == SDP_HOLDCONN)
		return refuse(why, 422,
			      "m=%s (line %u) says a=setup:holdconn; say "
			      "actpass.",
			      m->type, m->line);
	return 0;
}

/* Its session goes with the participant, so its peer does, too. */
static int open_peer(const struct sdp *offer, const struct sdp_media *m,
		     const struct sdp_text *text, struct wire_peer **peer,
		     struct problem *why)
{
	bool encrypted = sdp_is_encrypted(offer, m);
	struct peer_options options;
	struct sdp_endpoint e;
	int err;

	sdp_endpoint(offer, m, &e);
	if (check_endpoint(&e, encrypted, m, why))
		return -1;
	options = (struct peer_options){
		.ufrag = e.ufrag,
		.password = e.pwd,
		.fingerprints = encrypted ? e.fingerprints : NULL,
		.role = e.setup == SDP_PASSIVE ? DTLS_CLIENT : DTLS_SERVER,
		.trusted = text->peer,
	};
	err = peer_open(&options, peer);
	if (err == -EINVAL)
		return refuse(why, 422,
			      "No a=fingerprint of m=%s (line %u) is of a hash "
			      "that is known here; add one of SHA-256.",
			      m->type, m->line);
	return err ? refuse_full(why, err, "peers") : 0;
}

/* What we have promised in an m-line, all of which have one transport. */
static void note_bandwidth_feedback(struct wire_peer *p,
				    const struct sdp_media *m)
{
	const struct sdp_extension *e = find_uri(&m->extensions, TWCC_URI);
	__u8 pt = m->formats[0].payload_type;

	if (e && is_feedback(m, pt, transport_cc))
		p->twcc_id = e->id;
	p->wants_remb |= is_feedback(m, pt, remb);
}

/* What the answer says besides an answer over plain RTP. */
static int complete_answer(struct wire_peer *p, const struct sdp *offer,
			   struct sdp *answer, const struct in6_addr *address)
{
	enum sdp_setup setup = SDP_PASSIVE;
	struct sdp_endpoint e;
	int err = 0;

	answer->ice.lite = true;
	for (size_t i = 0; !err && i < answer->n_media; i++) {
		struct sdp_media *m = &answer->media[i];

		if (!m->port)
			continue;
		sdp_endpoint(offer, &offer->media[i], &e);
		if (e.setup == SDP_PASSIVE)
			setup = SDP_ACTIVE;
		err = describe_transport(p, m, address, setup);
		err = err ?: accept_extensions(p, m, offer, &offer->media[i]);
		err = err ?: accept_layers(m, &offer->media[i]);
		err = err ?: add_feedback(p, m, &offer->media[i]);
		if (!err && p->dtls && m->kind == SDP_VIDEO)
			err = resend_accept(p, m, &offer->media[i]);
		err = err ?: awaited_expect(p, i, &offer->media[i], m);
		note_bandwidth_feedback(p, m);
	}
	return err;
}

static int answer_offer(const struct sdp *offer, const struct sdp_text *text,
			struct sdp **answer, struct wire_peer **peer,
			struct problem *why)
{
	struct sdp_answer_options options = {
		.address = wire_media_address(text),
		.port = ntohs(session_options.media.port),
		.protos = protocols,
	};
	struct sdp_error err;
	size_t first;

	if (sdp_answer(offer, &options, answer, &err))
		return refuse(why, 500, "There is no answer: %s.", err.text);
	first = first_accepted(offer, *answer);
	if (first == offer->n_media)
		goto refused_all;
	refuse_others(offer, *answer, first);
	if (open_peer(offer, &offer->media[first], text, peer, why))
		goto refused;
	if (!complete_answer(*peer, offer, *answer, &options.address))
		return 0;
	peer_close(*peer);
	refuse(why, 500, "There is no memory for an answer.");
	goto refused;
refused_all:
	explain_none(offer, &options, why);
refused:
	sdp_free(*answer);
	*answer = NULL;
	*peer = NULL;
	return -1;
}

/* ---- after a restart ----------------------------------------------------------- */

static int await_again(struct wire_peer *p, const struct sdp *offer,
		       const struct sdp *ours)
{
	int err = 0;

	for (size_t i = 0; !err && i < offer->n_media; i++)
		if (ours->media[i].port)
			err = awaited_expect(p, i, &offer->media[i],
					     &ours->media[i]);
	awaited_resume(p);
	return err ?: awaited_begin(p);
}

static struct wire_peer *adopt(__u32 participant, const struct sdp *offer,
			       const struct sdp *ours)
{
	size_t first = first_accepted(offer, ours);
	struct peer_options options = {};
	struct wire_peer *peer;
	struct sdp_endpoint e;

	if (first == offer->n_media)
		return NULL;
	sdp_endpoint(offer, &offer->media[first], &e);
	if (sdp_is_encrypted(offer, &offer->media[first]))
		options.fingerprints = e.fingerprints;
	if (peer_resume(&options, participant, &peer))
		return NULL;
	if (!await_again(peer, offer, ours))
		return peer;
	peer_close(peer);
	return NULL;
}

static int bind_transport(struct wire_peer *peer, __u32 participant,
			  const struct sdp_media *m, __u32 *transport,
			  struct problem *why)
{
	int err = peer_enter(peer, participant);

	(void)m;
	*transport = peer->transport;
	return err ? refuse_full(why, err, "transports") : 0;
}

/* ---- an offer of ours --------------------------------------------------------- */

static bool same_text(const char *a, const char *b)
{
	return !strcmp(a ?: "", b ?: "");
}

static bool same_codec(const struct sdp_format *a, const struct sdp_format *b)
{
	return a->encoding && b->encoding &&
	       !strcasecmp(a->encoding, b->encoding) &&
	       a->clock_rate == b->clock_rate && a->channels == b->channels &&
	       same_text(a->fmtp, b->fmtp);
}

/* A format of some other m-line that fits, and is in use. */
typedef bool (*format_test)(const struct sdp_format *f, const void *wanted);

static const struct sdp_format *find_format(const struct sdp *sdp,
					    const struct sdp_media *but,
					    format_test fits,
					    const void *wanted)
{
	for (size_t i = 0; i < sdp->n_media; i++) {
		const struct sdp_media *m = &sdp->media[i];

		for (size_t k = 0; m != but && m->port && k < m->n_formats; k++)
			if (fits(&m->formats[k], wanted))
				return &m->formats[k];
	}
	return NULL;
}

static bool is_codec(const struct sdp_format *f, const void *wanted)
{
	return same_codec(f, wanted);
}

static bool has_number(const struct sdp_format *f, const void *wanted)
{
	return f->payload_type == *(const __u8 *)wanted;
}

static bool is_taken(const struct sdp *sdp, const struct sdp_media *m,
		     const struct sdp_format *own, __u8 pt)
{
	for (const struct sdp_format *f = m->formats; f != own; f++)
		if (f->payload_type == pt)
			return true;
	return find_format(sdp, m, has_number, &pt);
}

static int find_free(const struct sdp *sdp, const struct sdp_media *m,
		     const struct sdp_format *own, int first, int last)
{
	while (first <= last && is_taken(sdp, m, own, first))
		first++;
	return first <= last ? first : -ENOSPC;
}

/* The number that the codec has already, or the publisher's, or a free one. */
static int choose_number(const struct sdp *sdp, const struct sdp_media *m,
			 const struct sdp_format *own,
			 const struct sdp_format *f)
{
	const struct sdp_format *same = find_format(sdp, m, is_codec, f);
	int pt;

	if (same && !is_taken(&(struct sdp){}, m, own, same->payload_type))
		return same->payload_type;
	if (!is_taken(sdp, m, own, f->payload_type))
		return f->payload_type;
	pt = find_free(sdp, m, own, DYNAMIC_FIRST, DYNAMIC_LAST);
	return pt < 0 ? find_free(sdp, m, own, SPARE_FIRST, SPARE_LAST) : pt;
}

static int number_formats(const struct sdp *sdp, struct sdp_media *m)
{
	for (size_t i = 0; i < m->n_formats; i++) {
		int pt = choose_number(sdp, m, &m->formats[i], &m->formats[i]);

		if (pt < 0)
			return pt;
		m->formats[i].payload_type = pt;
	}
	return 0;
}

/* RTX of the codec, which is the same in all m-lines that have it. */
static int offer_rtx(const struct wire_peer *p, const struct sdp *sdp,
		     struct sdp_media *m)
{
	char apt[sizeof("apt=255")];
	struct sdp_format rtx = {
		.payload_type = DYNAMIC_FIRST + 1,
		.encoding = (char *)"rtx",
		.clock_rate = m->formats[0].clock_rate,
		.channels = 1,
		.fmtp = apt,
	};
	int pt;

	if (m->kind != SDP_VIDEO)
		return 0;
	snprintf(apt, sizeof(apt), "apt=%u", m->formats[0].payload_type);
	pt = choose_number(sdp, m, m->formats + m->n_formats, &rtx);
	if (pt < 0)
		return 0; /* it can do without */
	rtx.payload_type = pt;
	return resend_offer(p, m, &rtx);
}

static bool is_id_free(const struct sdp *sdp, __u8 id)
{
	for (size_t i = 0; i < sdp->n_media; i++)
		for (unsigned int k = 0; k < sdp->media[i].extensions.n; k++)
			if (sdp->media[i].extensions.list[k].id == id)
				return false;
	return true;
}

/* The id that this extension has in the description, or a free one; 0: none. */
static __u8 choose_id(const struct sdp *sdp, const char *uri)
{
	const struct sdp_extension *e;

	for (size_t i = 0; i < sdp->n_media; i++) {
		e = find_uri(&sdp->media[i].extensions, uri);
		if (e)
			return e->id;
	}
	for (__u8 id = 1; id <= EXTENSION_MAX_ID; id++)
		if (is_id_free(sdp, id))
			return id;
	return 0;
}

static int offer_extensions(struct sdp *sdp, struct sdp_media *m,
			    const struct sdp_media *published)
{
	int err = 0;

	for (size_t i = 0; !err && published && i < N_EXTENSIONS; i++) {
		struct sdp_extension e = {
			.id = choose_id(sdp, extensions[i].uri),
			.direction = SDP_SENDRECV,
			.uri = (char *)extensions[i].uri,
		};

		if (extensions[i].forwarded && e.id &&
		    find_uri(&published->extensions, e.uri))
			err = sdp_add_extension(&m->extensions, &e);
	}
	return err;
}

/* RFC 8842, section 5.2: who offers again leaves the roles open. */
static void leave_roles_open(struct sdp *sdp)
{
	for (size_t i = 0; i < sdp->n_media; i++)
		if (sdp->media[i].dtls.setup)
			sdp->media[i].dtls.setup = SDP_ACTPASS;
}

static int fill_in(const struct wire_peer *peer, struct sdp *sdp,
		   struct sdp_media *ours, const struct sdp_media *published)
{
	int err = 0;

	leave_roles_open(sdp);
	ours->port = ntohs(session_options.media.port);
	ours->bundled = true;
	if (!ours->ice.ufrag)
		err = describe_transport(peer, ours, &sdp->connection,
					 SDP_ACTPASS);
	err = err ?: number_formats(sdp, ours);
	err = err ?: offer_extensions(sdp, ours, published);
	err = err ?: add_feedback(peer, ours, NULL);
	return err ?: offer_rtx(peer, sdp, ours);
}

/* ---- an answer of theirs -------------------------------------------------------- */

/* Media goes where ICE says, whatever an answer has in it. */
static int check(const struct sdp *answer, size_t first,
		 const struct ip_addr *peer, struct problem *why)
{
	(void)answer;
	(void)first;
	(void)peer;
	(void)why;
	return 0;
}

static int direct(struct wire_peer *peer, __u32 participant,
		  const struct sdp_media *wanted, __u32 *transport)
{
	int err = peer_enter(peer, participant);

	(void)wanted;
	*transport = peer->transport;
	return err;
}

/* What a plain-RTP publisher has in its headers, nobody has told: all goes. */
static __u64 map_ids(const struct sdp_media *published,
		     const struct sdp_media *wanted)
{
	__u64 map = EXTENSION_MAP_NONE;

	//@todo 7.7 map_ids: whatever is forwarded, from his id to hers
	//@stub	(void)published, (void)wanted;
	for (size_t i = 0; published && i < N_EXTENSIONS; i++) {
		const char *uri = extensions[i].uri;
		const struct sdp_extension
			*from = find_uri(&published->extensions, uri),
			*to = find_uri(&wanted->extensions, uri);

		if (extensions[i].forwarded && from && to &&
		    from->id <= EXTENSION_MAX_ID && to->id <= EXTENSION_MAX_ID)
			map = extension_map_add(map, from->id, to->id);
	}
	//@end 7.7
	return map;
}

const struct wire wire_webrtc = {
	.recognise = recognise,
	.answer = answer_offer,
	.bind = bind_transport,
	.fill_in = fill_in,
	.check = check,
	.direct = direct,
	.datagram = peers_hear,
	.open = peers_open,
	.close = peers_close,
	.keep = peers_keep,
	.adopt = adopt,
	.forget = peer_close,
	.extensions = map_ids,
	.begun = feedback_begin,
	.agreed = resend_agree,
	.counters = resend_counters,
	.cipher = &peers_cipher,
};
