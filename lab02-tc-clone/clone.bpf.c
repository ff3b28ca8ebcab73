// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * lab02: one packet becomes two.
 *
 * RTP that `sender` sends to the media port, with the payload type `sender_pt`,
 * goes to the two receivers that the loader wrote into this program.  It goes
 * no further up: the server's socket never sees it.  lab03 replaces the
 * constants by maps.
 */
#include "lab02-tc-clone/clone.h"
#include "lab02-tc-clone/skb.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Constants: the loader fills them in before the load. */
const volatile struct media_address media;
const volatile struct ip_addr sender;
const volatile __be16 sender_port;
const volatile __u8 sender_pt;
const volatile struct leg receivers[RECEIVERS];

struct clone_counters counters;

/* A packet of another payload type would mean nothing to the receivers. */
static __always_inline int is_sender(const struct packet *p)
{
	return p->sport == sender_port && p->pt == sender_pt &&
	       ip_addr_matches(&sender, &p->saddr);
}

static __always_inline void send_copy(struct __sk_buff *skb,
				      const struct packet *p, int i)
{
	struct leg leg = receivers[i];
	struct rtp_out out = { .ssrc = leg.ssrc, .pt = leg.pt[0] };

	if (!skb_rewrite(skb, p, &leg, &out) && !skb_send_clone(skb, p, &leg))
		__sync_fetch_and_add(&counters.sent[i], 1);
	else
		__sync_fetch_and_add(&counters.failed, 1);
}

SEC("tc")
int clone(struct __sk_buff *skb)
{
	struct packet p = {};

	//@todo 2.7 clone: what sender's RTP it is goes to all receivers, once
	//@stub	(void)send_copy, (void)is_sender, (void)skb, (void)p;
	//@stub	return TC_ACT_UNSPEC;
	if (skb_parse(skb, &p, &media) != CLASS_RTP || !is_sender(&p))
		return TC_ACT_UNSPEC; /* not ours: the next filter's */
	__sync_fetch_and_add(&counters.received, 1);
	for (int i = 0; i < RECEIVERS; i++)
		send_copy(skb, &p, i);
	/* The original is rewritten beyond recognition by now. */
	return TC_ACT_SHOT;
	//@end 2.7
}
