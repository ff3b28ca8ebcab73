// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A packet of an unknown SSRC has come.  Is it of an m-line that waits?
 *
 *	MID, or payload type ---> which m-line?		none: unknown_ssrc
 *	payload type -----------> codec, or RTX?	neither: unknown_ssrc
 *	RID, RRID --------------> which layer?		another one: other_layer
 *	codec ------------------> a stream, if it may have one
 *	RTX --------------------> a repair of that stream
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "lab03-maps/control.h"
#include "lab03-maps/extension.h"
#include "lab04-signalling/session/session_internal.h"
#include "lab07-webrtc/awaited.h"
#include "lab07-webrtc/peer.h"

#define NS_PER_MS 1000000ULL
#define SEVERAL	  0xff /* m-lines have this payload type */
#define ASIDE	  64   /* SSRCs of a peer's other layers that are remembered */

struct awaited {
	size_t mline;
	const struct sdp_media *offered;
	const char *rid; /* of the layer that is taken; NULL: no simulcast */
	uint8_t mid_id, rid_id, rrid_id; /* of extensions; 0: none */
	uint8_t pt[SDP_MAX_ACCEPTED];
	size_t pts;
	int rtx;		 /* payload type, or -1 */
	uint32_t ssrc, rtx_ssrc; /* 0: not known yet */
	uint32_t missing;	 /* layers, by their place: none has come yet */
	/* The one before this one, where two are needed; no time before. */
	uint32_t candidate;
	uint16_t candidate_number;
	uint64_t not_before;
};

/* ---- what descriptions say ------------------------------------------------ */

static uint8_t id_of(const struct sdp_media *answered, const char *uri)
{
	for (unsigned int i = 0; i < answered->extensions.n; i++)
		if (!strcmp(answered->extensions.list[i].uri, uri))
			return answered->extensions.list[i].id;
	return 0;
}

static bool is_awaited_layer(const struct awaited *a,
			     const struct sdp_layer *layer)
{
	return !layer->paused && strcmp(layer->rid, a->rid);
}

static void expect_layers(struct awaited *a, const struct sdp_media *answered)
{
	const struct sdp_simulcast *s = &a->offered->simulcast;

	if (!answered->simulcast.value)
		return;
	a->rid = sdp_first_rid(a->offered);
	for (unsigned int i = 0; i < s->n_send; i++)
		if (is_awaited_layer(a, &s->send[i]))
			a->missing |= 1U << i;
}

static struct awaited describe(size_t mline, const struct sdp_media *offered,
			       const struct sdp_media *answered)
{
	struct awaited a = {
		.mline = mline,
		.offered = offered,
		.mid_id = id_of(answered, MID_URI),
		.rid_id = id_of(answered, RID_URI),
		.rrid_id = id_of(answered, RRID_URI),
		.pts = sdp_count_codecs(answered),
		.rtx = -1,
	};

	for (size_t i = 0; i < a.pts; i++)
		a.pt[i] = answered->formats[i].payload_type;
	if (a.pts < answered->n_formats)
		a.rtx = answered->formats[a.pts].payload_type;
	expect_layers(&a, answered);
	return a;
}

/* Announced or not, an m-line has its payload types. */
static void note_types(struct awaited_list *l, size_t mline,
		       const struct sdp_media *answered)
{
	for (size_t i = 0; i < answered->n_formats; i++) {
		uint8_t *owner = &l->owner[answered->formats[i].payload_type];

		*owner = *owner && *owner != mline + 1 ? SEVERAL : mline + 1;
	}
}

int awaited_expect(struct wire_peer *p, size_t mline,
		   const struct sdp_media *offered,
		   const struct sdp_media *answered)
{
	struct awaited_list *l = &p->awaited;
	struct awaited *list;

	if (!is_published(offered, answered) || mline + 1 >= SEVERAL)
		return 0;
	note_types(l, mline, answered);
	if (!awaits_source(offered, answered))
		return 0;
	list = reallocarray(l->list, l->count + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	l->list = list;
	list[l->count++] = describe(mline, offered, answered);
	return 0;
}

static __u32 kind_of(const struct awaited *a)
{
	return a->offered->kind == SDP_AUDIO ? MEDIA_AUDIO : MEDIA_VIDEO;
}

int awaited_begin(struct wire_peer *p)
{
	__u32 awaited = 0;

	for (size_t i = 0; i < p->awaited.count; i++) {
		const struct awaited *a = &p->awaited.list[i];

		awaited |= a->ssrc ? 0 : kind_of(a);
		awaited |= a->missing ? AWAITS_LAYERS : 0;
	}
	return control_await(p->transport, awaited);
}

void awaited_forget(struct wire_peer *p)
{
	free(p->awaited.list);
	p->awaited = (struct awaited_list){};
}

/* ---- whose is it? ---------------------------------------------------------- */

/* The text of an extension; at NULL: the packet has none. */
struct text {
	const char *at;
	__u32 length;
};

static struct text find_text(const struct rtp_hdr *rtp, uint8_t id)
{
	struct text found = {};

	if (id)
		found.at = (const char *)find_extension(rtp, id, &found.length);
	return found;
}

static bool same(struct text text, const char *wanted)
{
	return text.at && wanted && strlen(wanted) == text.length &&
	       !memcmp(text.at, wanted, text.length);
}

/* *said: it has a MID, whether or not it is one of these. */
static struct awaited *find_by_mid(const struct awaited_list *l,
				   const struct rtp_hdr *rtp, bool *said)
{
	for (size_t i = 0; i < l->count; i++) {
		struct awaited *a = &l->list[i];
		struct text mid = find_text(rtp, a->mid_id);

		*said |= !!mid.at;
		if (same(mid, a->offered->mid))
			return a;
	}
	return NULL;
}

static struct awaited *find_by_type(const struct awaited_list *l, uint8_t pt)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->owner[pt] == l->list[i].mline + 1)
			return &l->list[i];
	return NULL;
}

static bool has_type(const struct awaited *a, uint8_t pt)
{
	return memchr(a->pt, pt, a->pts);
}

/* ---- what an earlier process has learned ------------------------------------ */

static bool has_stream(const struct wire_peer *p, uint32_t ssrc)
{
	struct ssrc_key key = {
		.transport = p->transport,
		.ssrc = htonl(ssrc),
	};

	return table_find(&sfu_ssrcs, &key);
}

static uint32_t repairs_of(const struct wire_peer *p, uint32_t ssrc)
{
	for (unsigned int i = 0; i < p->n_resent; i++)
		if (p->resent[i].original == ssrc)
			return p->resent[i].ssrc;
	return 0;
}

void awaited_resume(struct wire_peer *p)
{
	for (size_t i = 0; i < p->awaited.count; i++) {
		struct awaited *a = &p->awaited.list[i];

		for (unsigned int k = 0; k < a->offered->n_ssrcs; k++)
			if (has_stream(p, a->offered->ssrcs[k].ssrc))
				a->ssrc = a->offered->ssrcs[k].ssrc;
		a->rtx_ssrc = a->ssrc ? repairs_of(p, a->ssrc) : 0;
	}
}

/* ---- layers ------------------------------------------------------------------ */

enum layer { TAKEN, OTHER, UNSAID };

/* Repairs name what they repeat; some say it as the original does. */
static struct text find_rid(const struct awaited *a, const struct rtp_hdr *rtp)
{
	struct text repaired = find_text(rtp, a->rrid_id);

	return repaired.at ? repaired : find_text(rtp, a->rid_id);
}

static enum layer which_layer(const struct awaited *a,
			      const struct rtp_hdr *rtp)
{
	struct text rid = find_rid(a, rtp);

	if (!a->rid || same(rid, a->rid))
		return TAKEN;
	return rid.at ? OTHER : UNSAID;
}

/* The layer is there: one less to wait for. */
static void note_layer(struct awaited *a, const struct rtp_hdr *rtp)
{
	const struct sdp_simulcast *s = &a->offered->simulcast;
	struct text rid = find_rid(a, rtp);

	for (unsigned int i = 0; i < s->n_send; i++)
		if (same(rid, s->send[i].rid))
			a->missing &= ~(1U << i);
}

static enum verdict set_aside(struct wire_peer *p, struct awaited *a,
			      const struct rtp_hdr *rtp, bool original)
{
	if (p->awaited.aside < ASIDE &&
	    !control_set_aside(p->transport, rtp->ssrc))
		p->awaited.aside++;
	if (original)
		note_layer(a, rtp);
	awaited_begin(p);
	return DROP_LAYER;
}

/* ---- streams ------------------------------------------------------------------ */

static uint64_t last_packet(const struct wire_peer *p, uint32_t ssrc)
{
	struct ssrc_key key = {
		.transport = p->transport,
		.ssrc = htonl(ssrc),
	};
	const __u32 *stream = table_find(&sfu_ssrcs, &key);
	const struct rtp_stats *stats = stream ?
						table_find(&sfu_stats, stream) :
						NULL;

	return stats ? stats->last_ns : 0;
}

/* Two numbers that follow each other are no accident (RFC 3550, A.1). */
static bool is_proven(const struct wire_peer *p, struct awaited *a,
		      const struct rtp_hdr *rtp)
{
	uint32_t ssrc = ntohl(rtp->ssrc);
	uint16_t number = ntohs(rtp->seq);
	bool follows = a->candidate == ssrc &&
		       number == (uint16_t)(a->candidate_number + 1);

	a->candidate = ssrc;
	a->candidate_number = number;
	return p->dtls || follows;
}

/* named: the packet itself has said which m-line it is of. */
static bool may_replace(const struct wire_peer *p, const struct awaited *a,
			bool named, uint64_t now)
{
	uint64_t last = last_packet(p, a->ssrc);

	return p->dtls && named && now >= last + AWAITED_SILENCE_MS * NS_PER_MS;
}

static void pair(struct wire_peer *p, const struct awaited *a)
{
	if (a->ssrc && a->rtx_ssrc)
		resend_learn(p, &(struct resent_source){
					.original = a->ssrc,
					.ssrc = a->rtx_ssrc,
					.original_pt = a->pt[0],
				});
}

static enum verdict refused(struct awaited *a, const struct problem *why,
			    uint64_t now)
{
	if (!a->not_before)
		log_warn("what comes by the packets of an m-line gets no "
			 "stream: %s",
			 why->detail);
	a->ssrc = 0;
	a->not_before = now + AWAITED_AGAIN_MS * NS_PER_MS;
	return DROP_UNKNOWN_SSRC;
}

static enum verdict open_stream(struct wire_peer *p, struct awaited *a,
				uint32_t ssrc, uint64_t now)
{
	struct source_found found = {
		.mline = a->mline,
		.old = a->ssrc,
		.ssrc = ssrc,
	};
	struct problem why;

	if (a->ssrc) {
		resend_unlearn(p, a->ssrc);
		a->rtx_ssrc = 0;
	}
	a->ssrc = ssrc;
	if (session_take_source(p->participant, p->transport, &found, &why))
		return refused(a, &why, now);
	pair(p, a);
	awaited_begin(p);
	return CLASS_RTP;
}

static enum verdict hear_original(struct wire_peer *p, struct awaited *a,
				  const struct rtp_hdr *rtp, bool named,
				  uint64_t now)
{
	if (now < a->not_before || !is_proven(p, a, rtp))
		return DROP_UNKNOWN_SSRC;
	if (a->ssrc && !may_replace(p, a, named, now))
		return DROP_UNKNOWN_SSRC;
	return open_stream(p, a, ntohl(rtp->ssrc), now);
}

/* It has nothing to forward in it yet: what it repeats may not be known. */
static enum verdict hear_repair(struct wire_peer *p, struct awaited *a,
				const struct rtp_hdr *rtp)
{
	if (a->rtx_ssrc)
		return DROP_UNKNOWN_SSRC;
	a->rtx_ssrc = ntohl(rtp->ssrc);
	pair(p, a);
	return CLASS_USER;
}

enum verdict awaited_hear(struct wire_peer *p, const void *packet, uint64_t now)
{
	const struct rtp_hdr *rtp = packet;
	uint8_t pt = rtp->mpt & RTP_PT;
	bool named = false, repair;
	struct awaited *a = find_by_mid(&p->awaited, rtp, &named);

	if (!named)
		a = find_by_type(&p->awaited, pt);
	repair = a && a->rtx == pt;
	if (!a || !rtp->ssrc || (!repair && !has_type(a, pt)))
		return DROP_UNKNOWN_SSRC;
	switch (which_layer(a, rtp)) {
	case OTHER:
		return set_aside(p, a, rtp, !repair);
	case UNSAID:
		return DROP_UNKNOWN_SSRC;
	case TAKEN:
		break;
	}
	return repair ? hear_repair(p, a, rtp) :
			hear_original(p, a, rtp, named, now);
}
