/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* lab03: finds the route of a packet: address -> sender -> stream -> legs. */
#ifndef LAB03_FORWARD_H
#define LAB03_FORWARD_H

#include "lab03-maps/extension.h"
#include "lab02-tc-clone/rewrite.h"
#include "lab03-maps/count.h"

/*
 * Finds who sends a packet.  Returns CLASS_RTP with *sender set, or why the
 * packet is dropped: nobody unknown is forwarded.
 */
static __always_inline enum verdict find_sender(const struct packet *p,
						struct sender *sender)
{
	struct transport_address from = {
		.addr = p->saddr,
		.port = p->sport,
		.local_port = p->dport,
	};
	struct sender *found;

	//@todo 3.2 find_sender: whose address is it?
	//@stub	found = NULL;
	//@stub	(void)from;
	found = bpf_map_lookup_elem(&sfu_addresses, &from);
	//@end 3.2
	if (!found)
		return DROP_UNKNOWN_SOURCE;
	*sender = *found;
	return CLASS_RTP;
}

/*
 * Finds the stream: CLASS_RTP with *stream set, or why the packet is dropped.
 */
static __always_inline enum verdict
find_stream(const struct packet *p, const struct sender *sender, __u32 *stream)
{
	struct ssrc_key key = { .ssrc = p->ssrc };
	__u32 *id;

	//@todo 3.3 find_stream: which of the transport's streams is it?
	//@stub	(void)sender, (void)stream, (void)id, (void)key;
	//@stub	return DROP_UNKNOWN_SSRC;
	key.transport = sender->transport;
	id = bpf_map_lookup_elem(&sfu_ssrcs, &key);
	if (!id)
		return DROP_UNKNOWN_SSRC;
	*stream = *id;
	return CLASS_RTP;
	//@end 3.3
}

/*
 * Where a packet comes from, which stream it belongs to, and who gets copies.
 */
struct packet_route {
	struct sender sender;
	__u32 stream;
	__u32 format;	      /* index of its PT in the stream's list */
	struct leg_list legs; /* the stream's legs that get a copy here */
	__u32 others;	      /* how many more get one from user space */
};

/* Returns MAX_PAYLOAD_TYPES if the stream was announced with no such type. */
static __always_inline __u32 find_format(const struct stream *s, __u8 pt)
{
	__u32 i = 0;

	while (i < MAX_PAYLOAD_TYPES && s->pt[i] != pt)
		i++;
	return i;
}

/* Are there more header extensions to change than the kernel has room for? */
static __always_inline int is_beyond_kernel(const struct packet *p,
					    const struct leg_list *legs)
{
	return legs->mapped && p->extension_len > EXTENSION_ROOM;
}

/*
 * Takes the kernel's part of the legs.  Returns CLASS_USER if user space has to
 * make all the copies: then the packet goes up as it is.
 */
static __always_inline enum verdict take_kernel_legs(const struct packet *p,
						     struct packet_route *to)
{
	struct leg_list *legs = &to->legs;

	if (is_beyond_kernel(p, legs) ||
	    (legs->count && legs->in_user_space >= legs->count))
		return CLASS_USER;
	to->others = legs->in_user_space;
	legs->count -= legs->in_user_space;
	return CLASS_RTP;
}

/* Takes user space's part of the legs, of a packet with MARK_KERNEL_DONE. */
static __always_inline void take_other_legs(struct packet_route *to)
{
	to->legs.first += to->legs.count - to->legs.in_user_space;
	to->legs.count = to->legs.in_user_space;
}

/*
 * Goes on from the stream to its legs.  A receiver ignores packets whose
 * payload type it does not know (RFC 3550, section 5.1), so nobody gets such
 * packets.
 */
static __always_inline enum verdict find_legs(const struct packet *p,
					      struct packet_route *to)
{
	struct stream *s = bpf_map_lookup_elem(&sfu_streams, &to->stream);

	if (!s)
		return DROP_UNKNOWN_SSRC;
	to->format = find_format(s, p->pt);
	if (to->format == MAX_PAYLOAD_TYPES)
		return DROP_UNKNOWN_PT;
	to->legs = leg_list(*(volatile __u64 *)&s->legs);
	return IN_KERNEL ? take_kernel_legs(p, to) : CLASS_RTP;
}

/*
 * Who sends the packet, and can it be read?  Only a packet of an encrypted
 * transport may look malformed where SRTP hides something.  Returns CLASS_RTP
 * with to->sender set if it is RTP in clear, and CLASS_USER if it is SRTP.  A
 * packet that is neither keeps its verdict.
 */
static __always_inline enum verdict judge_sender(enum verdict verdict,
						 const struct packet *p,
						 struct packet_route *to)
{
	enum verdict hidden = if_encrypted(verdict), found;

	if (verdict != CLASS_RTP && verdict == hidden)
		return verdict;
	found = find_sender(p, &to->sender);
	if (found == CLASS_RTP && to->sender.encrypted)
		return hidden == CLASS_RTP ? CLASS_USER : hidden;
	return verdict == CLASS_RTP ? found : verdict;
}

/*
 * Decides about an SSRC that belongs to no stream.  User space may find out
 * whose it is, as long as some m-line of the sender has no SSRC yet.
 */
static __always_inline enum verdict judge_unknown(const struct packet *p,
						  const struct sender *sender)
{
	struct ssrc_key key = {
		.transport = sender->transport,
		.ssrc = p->ssrc,
	};

	if (bpf_map_lookup_elem(&sfu_layers, &key))
		return DROP_LAYER;
	return IN_KERNEL && sender->awaits ? CLASS_USER : DROP_UNKNOWN_SSRC;
}

/* Goes on from the sender to the legs, for RTP in clear. */
static __always_inline enum verdict route_rtp(const struct packet *p,
					      struct packet_route *to)
{
	enum verdict verdict = find_stream(p, &to->sender, &to->stream);

	if (verdict == DROP_UNKNOWN_SSRC)
		verdict = judge_unknown(p, &to->sender);
	if (verdict == CLASS_RTP && has_expired(p))
		verdict = DROP_TTL;
	return verdict == CLASS_RTP ? find_legs(p, to) : verdict;
}

/*
 * Decides about a packet, in the same way at every hook, and counts the
 * decision.  verdict is what the parser says.  Returns CLASS_RTP with *to
 * filled in if the packet is to be forwarded here.
 */
static __always_inline enum verdict route_packet(enum verdict verdict,
						 const struct packet *p,
						 struct packet_route *to)
{
	verdict = judge_sender(verdict, p, to);
	if (verdict == CLASS_RTP)
		verdict = route_rtp(p, to);
	count_verdict(verdict);
	return verdict;
}

/*
 * The leg in a slot.  The control plane gives a slot to another stream only
 * when no packet can still be reading it.  If it ever errs, this check turns a
 * leak between rooms into a counted drop.
 */
static __always_inline struct leg *leg_of_stream(__u32 stream, __u32 slot)
{
	struct leg *leg = bpf_map_lookup_elem(&sfu_legs, &slot);

	//@todo 3.4 leg_of_stream: only a leg of this stream; anything else is stale
	//@stub	(void)stream;
	//@stub	return leg;
	if (leg && leg->stream == stream)
		return leg;
	count_verdict(DROP_STALE_LEG);
	return NULL;
	//@end 3.4
}

/* NULL: no leg of the list has one that matters here. */
static __always_inline const struct webrtc_leg *
find_webrtc_leg(const struct leg *leg, const struct leg_list *legs)
{
	if (!legs->mapped && !legs->consent)
		return NULL;
	return bpf_map_lookup_elem(&sfu_webrtc_legs, &leg->id);
}

/*
 * Has the receiver agreed to get media, and proved it lately?  now is when the
 * packet came; another CPU may have heard of the receiver since.
 */
static __always_inline int is_consent_fresh(__u32 id, __u64 now)
{
	struct consent *c = bpf_map_lookup_elem(&sfu_consents, &id);

	return c && (__s64)(now - *(volatile __u64 *)&c->renewed_ns) <
			    (__s64)CONSENT_NS;
}

/* Whoever it cannot be found of has not agreed. */
static __always_inline int may_be_sent(const struct webrtc_leg *w,
				       const struct leg_list *legs, __u64 now)
{
	if (!w)
		return !legs->consent;
	return !w->consent || is_consent_fresh(w->consent, now);
}

/*
 * Chooses the RTP header of the copy for a leg, at the time now (ns, monotonic
 * clock).  Returns 0.  Or -1 if the receiver does not take this payload type or
 * its consent has run out, which is counted as skipped.
 */
static __always_inline int choose_rtp(const struct leg *leg,
				      const struct packet_route *to, __u64 now,
				      struct rtp_out *out)
{
	const struct webrtc_leg *w = find_webrtc_leg(leg, &to->legs);

	out->ssrc = leg->ssrc;
	out->pt = leg->pt[to->format % MAX_PAYLOAD_TYPES];
	out->extensions = 0;
	if (to->legs.mapped)
		out->extensions = w ? w->extensions : EXTENSION_MAP_NONE;
	if (out->pt != NO_PT && may_be_sent(w, &to->legs, now))
		return 0;
	count_skipped(leg->id);
	return -1;
}

#endif
