// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * lab03: the forwarder.  RTP from a known endpoint goes to every leg of its
 * stream; RTP from anybody else is dropped and counted; what is not RTP
 * (STUN, DTLS, RTCP) goes up to the server.
 */
#include "lab02-tc-clone/skb.h"
#include "lab03-maps/forward.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile struct media_address media;	/* set by the loader */

struct fan_out {
	struct __sk_buff *skb;
	const struct packet *packet;
	struct packet_route to;
};

/* One step of bpf_loop(): a copy for leg i. */
static long send_copy(__u32 i, void *arg)
{
	struct fan_out *f = arg;
	struct leg *leg = find_leg(f->to.stream, f->to.legs.first + i);
	struct rtp_out out;
	int error;

	if (!leg || choose_rtp(leg, f->to.format, &out))
		return 0;
	//@todo 3.5 send_copy: rewrite the packet, clone it to the leg, count
	//@stub	error = 0;
	//@stub	(void)error;
	error = skb_rewrite(f->skb, f->packet, leg, &out);
	if (!error)
		error = skb_send_clone(f->skb, f->packet, leg);
	count_leg(leg->id, f->packet->payload_len, error);
	//@end 3.5
	return 0;
}

static __always_inline int fan_out(struct __sk_buff *skb,
				   const struct packet *p,
				   const struct packet_route *to)
{
	struct fan_out f = { .skb = skb, .packet = p, .to = *to };

	//@todo 3.6 fan_out: count the packet, and a copy for each of the legs
	//@stub	(void)send_copy, (void)f;
	count_stream(to->stream, p, to->legs.count);
	bpf_loop(to->legs.count, send_copy, &f, 0);
	//@end 3.6
	/* The packet itself is rewritten for the last leg; it goes nowhere. */
	return TC_ACT_SHOT;
}

SEC("tc")
int forward(struct __sk_buff *skb)
{
	struct packet p = {};
	enum verdict verdict = skb_parse(skb, &p, &media);
	struct packet_route to = {};

	if (verdict == CLASS_OTHER)
		return TC_ACT_UNSPEC;	/* not ours: the next filter's */
	verdict = route_packet(verdict, &p, &to);
	if (verdict == CLASS_RTP)
		return fan_out(skb, &p, &to);
	return is_drop(verdict) ? TC_ACT_SHOT : TC_ACT_UNSPEC;
}
