// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * lab05: each program here runs lab03's forwarder up to one of its steps, so
 * that the cost of a step is the difference between two programs.
 *
 * They are never attached: step_cost has the kernel run them again and again on
 * a packet that it makes up.  The second run must meet the same packet, so the
 * leg rewrites it to what came in, and ttl is one more than the packet's.
 */
#include "lab03-maps/forward.bpf.c"

#define THE_LEG 1 /* its slot, filled in by step_cost */

SEC("tc")
int step_nothing(struct __sk_buff *skb)
{
	(void)skb;
	return TC_ACT_UNSPEC;
}

SEC("tc")
int step_parse(struct __sk_buff *skb)
{
	struct packet p = {};

	return skb_parse(skb, &p, &media);
}

SEC("tc")
int step_lookup(struct __sk_buff *skb)
{
	struct packet p = {};
	struct packet_route to = {};

	if (judge_sender(skb_parse(skb, &p, &media), &p, &to) != CLASS_RTP)
		return TC_ACT_UNSPEC;
	return route_rtp(&p, &to);
}

SEC("tc")
int step_rewrite(struct __sk_buff *skb)
{
	__u32 slot = THE_LEG;
	struct packet p = {};
	struct leg *leg = bpf_map_lookup_elem(&sfu_legs, &slot);
	struct packet_route to = {};
	struct rtp_out out;

	if (skb_parse(skb, &p, &media) != CLASS_RTP || !leg)
		return TC_ACT_UNSPEC;
	if (choose_rtp(leg, &to, 0, &out))
		return TC_ACT_SHOT;
	p.ttl++;
	return skb_rewrite(skb, &p, leg, &out);
}

SEC("tc")
int step_clone(struct __sk_buff *skb)
{
	__u32 slot = THE_LEG;
	struct leg *leg = bpf_map_lookup_elem(&sfu_legs, &slot);

	return leg ? bpf_clone_redirect(skb, leg->ifindex, 0) : TC_ACT_UNSPEC;
}

SEC("tc")
int step_leg(struct __sk_buff *skb)
{
	struct packet p = {};
	struct fan_out f = {
		.hook = skb,
		.packet = &p,
		.to.legs.first = THE_LEG,
	};

	if (skb_parse(skb, &p, &media) != CLASS_RTP)
		return TC_ACT_UNSPEC;
	p.ttl++;
	return visit_leg(0, &f);
}
