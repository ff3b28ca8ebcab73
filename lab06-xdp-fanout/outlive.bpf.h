/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab06: answers RTCP in XDP while the server is gone.
 *
 *	PLI, FIR  --> a PLI to the publisher, at most twice per second; one
 *		      that is too early goes with the next RR
 *	NACK	  --> the same NACK to the publisher, about its own SSRC
 *	SR	  --> an RR back to the publisher who sent it
 *	the rest  --> counted and dropped: nobody is there to read it, and the
 *		      stack would answer "port unreachable"
 *
 * A frame that comes in becomes the frame that goes out, so a datagram is
 * answered by one packet: what comes first in this list.  Whoever wanted more
 * asks again.  Encrypted RTCP, and RTCP of strangers, goes up.  A receiver of
 * plain RTP who sends no media from its port is a stranger, too: only the
 * addresses of senders are in a table, and the server looks there as well.
 */
#ifndef LAB06_OUTLIVE_BPF_H
#define LAB06_OUTLIVE_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "lab03-maps/forward.h"
#include "lab06-xdp-fanout/outlive.h"

#define KEYFRAME_INTERVAL_NS 500000000ULL /* as the server has it */
#define NACK_INTERVAL_NS     5000000ULL	  /* of one stream: see answer_nack() */

/* What a CPU writes for the one packet that it has at a time. */
struct outlive_scratch {
	struct rtcp_words words;
	union rtcp_headers headers;
	struct leg to; /* where the answer goes */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct outlive_scratch);
} outlive_scratch SEC(".maps");

/*
 * Each program that includes this file supplies it: sends the frame out of the
 * interface to->ifindex.  Returns what XDP is to do, XDP_DROP if it can't be
 * sent.
 *
 * That is a redirect, even back to where the frame came from.  XDP_TX into a
 * veth wakes its peer only if that one has an XDP program; without one, be NAPI
 * on or not, the frame lies in the ring until another frame comes.
 */
static __always_inline int send_answer(struct xdp_md *ctx,
				       const struct leg *to);

static __always_inline int frame_bytes(void *frame, __u32 offset, void *to,
				       __u32 length)
{
	return bpf_xdp_load_bytes(frame, offset, to, length);
}

static __always_inline void count_answer(enum rtcp_answer answer)
{
	__u32 index = answer;
	__u64 *counter = bpf_map_lookup_elem(&sfu_answers, &index);

	if (counter)
		COUNT(*counter, 1);
}

/* If there never was a server, RTCP goes up as it always did. */
static __always_inline int is_server_there(__u64 now)
{
	__u32 index = 0;
	struct settings *s = bpf_map_lookup_elem(&sfu_settings, &index);
	__u64 beat, patience;

	if (!s)
		return 1;
	beat = *(volatile __u64 *)&s->beat_ns;
	patience = s->patience_ns ? s->patience_ns : SERVER_PATIENCE_NS;
	return !beat || beat > now || now - beat < patience;
}

/*
 * Who is at an address?  RTCP without rtcp-mux has the port above RTP's (RFC
 * 3550, section 11).
 */
static __always_inline struct sender *find_peer(const struct ip_addr *addr,
						__be16 port, __be16 local_port)
{
	struct transport_address at = {
		.addr = *addr,
		.port = port,
		.local_port = local_port,
	};
	struct sender *s = bpf_map_lookup_elem(&sfu_addresses, &at);

	if (s)
		return s;
	at.port = bpf_htons(bpf_ntohs(port) - 1);
	return bpf_map_lookup_elem(&sfu_addresses, &at);
}

/* By which transport does it come?  0: by none, or by an encrypted one. */
static __always_inline __u32 find_transport(const struct packet *p)
{
	struct sender *s = find_peer(&p->saddr, p->sport, p->dport);

	return s && !s->encrypted ? s->transport : 0;
}

/*
 * Nothing goes to whoever has left without a word (RFC 7675, section 5.1), nor
 * to an address that is nobody's now: anybody can send what looks like a
 * participant's RTCP.
 */
static __always_inline int may_be_sent_to(const struct packet *p,
					  const struct leg *to)
{
	struct sender *s = find_peer(&to->daddr, to->dport, p->dport);

	return s && (!s->consent ||
		     is_consent_fresh(s->consent, bpf_ktime_get_ns()));
}

/* Which stream is known by this SSRC?  0: none. */
static __always_inline __u32 find_id(void *map, __u32 transport, __be32 ssrc)
{
	struct ssrc_key key = { .transport = transport, .ssrc = ssrc };
	__u32 *id = ssrc ? bpf_map_lookup_elem(map, &key) : NULL;

	return id ? *id : 0;
}

static __always_inline __be32 our_ssrc(const struct stream_feedback *f)
{
	return f->ssrc ? f->ssrc : bpf_htonl(1);
}

/*
 * Makes the frame a datagram of the words in the scratch, to s->to.  Returns
 * XDP_PASS with the frame untouched if its length cannot be changed.
 */
static __always_inline int replace_frame(struct xdp_md *ctx,
					 const struct packet *p,
					 struct outlive_scratch *s)
{
	__u32 headers = write_headers(&s->headers, &s->to, p->dport, &s->words);
	__u32 bytes = 4 * s->words.count;
	int length = bpf_xdp_get_buff_len(ctx);

	KEEP_VALUE(bytes);
	if (bytes < 4)
		return XDP_PASS;
	KEEP_VALUE(bytes);
	if (bytes > sizeof(s->words.word))
		return XDP_PASS;
	if (bpf_xdp_adjust_tail(ctx, (int)(headers + bytes) - length))
		return XDP_PASS;
	if (bpf_xdp_store_bytes(ctx, 0, &s->headers.v4.eth, headers) ||
	    bpf_xdp_store_bytes(ctx, headers, s->words.word, bytes))
		return XDP_DROP;
	return XDP_REDIRECT;
}

/* What is published under an id: both, or neither. */
struct published {
	struct stream *stream;
	struct stream_feedback *feedback;
};

static __always_inline int find_published(__u32 id, struct published *out)
{
	if (!id)
		return 0;
	out->stream = bpf_map_lookup_elem(&sfu_streams, &id);
	out->feedback = bpf_map_lookup_elem(&sfu_feedback, &id);
	return out->stream && out->feedback;
}

/* The way to the publisher of a stream; 0: there is none. */
static __always_inline int find_publisher(const struct packet *packet,
					  const struct stream *stream,
					  struct leg *to)
{
	__u32 transport = stream->transport;
	struct leg *way = bpf_map_lookup_elem(&sfu_publishers, &transport);

	if (!way)
		return 0;
	*to = *way;
	return may_be_sent_to(packet, to);
}

/* May the publisher be asked for a key frame again? */
static __always_inline int is_due(const struct stream_feedback *f, __u64 now)
{
	return !f->asked_ns || now - f->asked_ns >= KEYFRAME_INTERVAL_NS;
}

/*
 * Two CPUs may ask at the same moment: then the publisher is asked twice, and
 * that does no harm.
 */
static __always_inline void note_asked(struct stream_feedback *f, __u64 now)
{
	f->asked_ns = now;
	f->wanted = 0;
}

/*
 * These three fill in words and s->to, and return what the answer is, or
 * ANSWER_NONE.
 */
static __always_inline enum rtcp_answer
answer_picture(const struct packet *packet, __u32 transport,
	       const struct rtcp_wishes *w, struct outlive_scratch *s)
{
	__u64 now = bpf_ktime_get_ns();
	struct published p;

	if (!find_published(find_id(&sfu_told, transport, w->picture), &p) ||
	    p.stream->kind != MEDIA_VIDEO ||
	    !find_publisher(packet, p.stream, &s->to))
		return ANSWER_NONE;
	if (!is_due(p.feedback, now)) {
		p.feedback->wanted = 1; /* the next report will ask */
		return ANSWER_EARLY;
	}
	note_asked(p.feedback, now);
	write_pli(&s->words, our_ssrc(p.feedback), p.stream->ssrc);
	return ANSWER_KEYFRAME;
}

/*
 * A NACK is short and makes the publisher send long packets, so they are spaced:
 * a flood of them asks for little.  A receiver whose NACK came too early asks
 * again, and a repair goes to all who get the stream.
 */
static __always_inline enum rtcp_answer answer_nack(const struct packet *packet,
						    __u32 transport,
						    const struct rtcp_wishes *w,
						    struct outlive_scratch *s)
{
	__u64 now = bpf_ktime_get_ns();
	struct published p;

	if (!find_published(find_id(&sfu_told, transport, w->nack), &p) ||
	    !find_publisher(packet, p.stream, &s->to) ||
	    write_nack(&s->words, our_ssrc(p.feedback), p.stream->ssrc, w))
		return ANSWER_NONE;
	if (now - p.feedback->nacked_ns < NACK_INTERVAL_NS)
		return ANSWER_EARLY;
	p.feedback->nacked_ns = now;
	return ANSWER_NACK;
}

/* The way back is where the frame came from. */
static __always_inline int turn_round(struct xdp_md *ctx,
				      const struct packet *p, struct leg *to)
{
	to->daddr = p->saddr;
	to->saddr = p->daddr;
	to->dport = p->sport;
	to->ifindex = ctx->ingress_ifindex;
	return bpf_xdp_load_bytes(ctx, 0, to->smac, ETH_ALEN) ||
	       bpf_xdp_load_bytes(ctx, ETH_ALEN, to->dmac, ETH_ALEN);
}

/* The middle 32 bits of the SR's 64 bits of NTP time are its name. */
static __always_inline enum rtcp_answer
answer_sr(struct xdp_md *ctx, const struct packet *packet, __u32 transport,
	  const struct rtcp_wishes *w, struct outlive_scratch *s)
{
	__u32 id = find_id(&sfu_ssrcs, transport, w->sr_ssrc);
	struct rtp_stats *stats = bpf_map_lookup_elem(&sfu_stats, &id);
	__u64 now = bpf_ktime_get_ns();
	struct published p;
	__be32 middle;
	int ask;

	if (!stats || !find_published(id, &p) ||
	    turn_round(ctx, packet, &s->to) ||
	    !may_be_sent_to(packet, &s->to) ||
	    bpf_xdp_load_bytes(ctx, w->sr + 10, &middle, sizeof(middle)))
		return ANSWER_NONE;
	ask = p.feedback->wanted && is_due(p.feedback, now);
	if (write_report(&s->words, p.feedback, stats, our_ssrc(p.feedback),
			 w->sr_ssrc, middle, ask))
		return ANSWER_NONE;
	if (ask)
		note_asked(p.feedback, now);
	return ANSWER_REPORT;
}

static __always_inline enum rtcp_answer choose_answer(struct xdp_md *ctx,
						      const struct packet *p,
						      __u32 transport,
						      struct outlive_scratch *s)
{
	struct rtcp_wishes w = { .frame = ctx };
	enum rtcp_answer answer, early;

	read_datagram(&w, p);
	answer = early = answer_picture(p, transport, &w, s);
	if (answer != ANSWER_KEYFRAME)
		answer = answer_nack(p, transport, &w, s);
	if (answer == ANSWER_NONE)
		answer = answer_sr(ctx, p, transport, &w, s);
	return answer == ANSWER_NONE ? early : answer;
}

/*
 * For a packet of CLASS_RTCP.  Returns XDP_PASS with the frame untouched while
 * the server is there, and for packets that only it could read; otherwise what
 * to do with the frame, which is done and counted.  The function is not static,
 * so that the verifier checks it once, by itself.
 */
__noinline int answer_rtcp(struct xdp_md *ctx, const struct packet *p)
{
	__u32 zero = 0, transport;
	struct outlive_scratch *s;
	enum rtcp_answer answer;
	int action;

	if (!p || p->vlan_tags || is_server_there(bpf_ktime_get_ns()))
		return XDP_PASS;
	transport = find_transport(p);
	s = bpf_map_lookup_elem(&outlive_scratch, &zero);
	if (!transport || !s)
		return XDP_PASS;
	answer = choose_answer(ctx, p, transport, s);
	if (answer == ANSWER_NONE || answer == ANSWER_EARLY) {
		count_answer(answer);
		return XDP_DROP;
	}
	action = replace_frame(ctx, p, s);
	if (action == XDP_REDIRECT)
		action = send_answer(ctx, &s->to);
	if (action != XDP_PASS)
		count_answer(action == XDP_DROP ? ANSWER_NONE : answer);
	return action;
}

#endif
