// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * lab03: the forwarder.  RTP from a known address goes to every leg of its
 * stream; RTP from anybody else is dropped and counted; what is not RTP
 * (STUN, DTLS, RTCP) goes up to the server.
 */
#include "lab03-maps/extension.bpf.h"
#include "lab03-maps/fan_out.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile struct media_address media; /* set by the loader */

static __always_inline void send_copy(const struct fan_out *f,
				      const struct leg *leg,
				      const struct rtp_out *out)
{
	struct __sk_buff *skb = f->hook;
	int error;

	if (out->extensions)
		skb_map_extensions(skb, f->packet, out->extensions);
	//@todo 3.5 send_copy: rewrite the packet, clone it to the leg, count
	//@stub	error = 0;
	//@stub	(void)error, (void)skb, (void)leg, (void)out;
	error = skb_rewrite(skb, f->packet, leg, out);
	if (!error)
		error = skb_send_clone(skb, f->packet, leg);
	count_leg(leg->id, f->packet->payload_len, error);
	//@end 3.5
}

SEC("tc")
int forward(struct __sk_buff *skb)
{
	struct packet p = {};
	enum verdict verdict = skb_parse(skb, &p, &media);
	struct fan_out f = {
		.hook = skb,
		.packet = &p,
		.now = bpf_ktime_get_ns(),
	};

	if (verdict == CLASS_OTHER)
		return TC_ACT_UNSPEC; /* not ours: the next filter's */
	verdict = route_packet(verdict, &p, &f.to);
	if (verdict != CLASS_RTP)
		return is_drop(verdict) ? TC_ACT_SHOT : TC_ACT_UNSPEC;
	if (f.to.legs.mapped)
		skb_read_extensions(skb, &p);
	fan_out(&f);
	/* The packet itself is rewritten for the last leg; it goes nowhere. */
	return TC_ACT_SHOT;
}
