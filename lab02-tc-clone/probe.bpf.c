// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * This program tests skb_fix_udp_check() alone.  It changes a word of the
 * pseudo-header and one of the payload by the kernel's own helpers, calls
 * skb_fix_udp_check(), and sends the packet out.
 */
#include "lab02-tc-clone/skb.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Constants: the test fills them in before the load. */
const volatile struct media_address media;
const volatile __be32 daddr_end; /* the last word of an address */
const volatile __be32 ssrc;
const volatile __u8 dmac[ETH_ALEN];
const volatile __u32 ifindex;

/*
 * Returns the effect of the change on a sum, in 32 bits as csum_replace() leaves
 * it.  bpf_csum_diff() would do, but newer kernels fold its result to 16 bits.
 */
static __always_inline csum_diff change(struct __sk_buff *skb, __u32 offset,
					__be32 to)
{
	__be32 from = 0;
	__u64 wide;

	bpf_skb_load_bytes(skb, offset, &from, sizeof(from));
	bpf_skb_store_bytes(skb, offset, &to, sizeof(to), 0);
	wide = (__u64)(__u32)~from + to;
	return (__u32)wide + (__u32)(wide >> 32);
}

SEC("tc")
int probe(struct __sk_buff *skb)
{
	__u8 mac[ETH_ALEN];
	struct packet p = {};
	struct udp_diff diff;

	if (skb_parse(skb, &p, &media) != CLASS_RTP)
		return TC_ACT_OK;
	if (p.ip_version == 4) {
		diff.pseudo = change(skb, p.l3 + offsetof(struct iphdr, daddr),
				     daddr_end);
		bpf_l3_csum_replace(skb, p.l3 + offsetof(struct iphdr, check),
				    0, diff.pseudo, 0);
	} else {
		diff.pseudo = change(skb, p.l3 + sizeof(struct ipv6hdr) - 4,
				     daddr_end);
	}
	diff.rest = change(skb, p.payload + offsetof(struct rtp_hdr, ssrc),
			   ssrc);
	skb_fix_udp_check(skb, &p, &diff);
	for (int i = 0; i < ETH_ALEN; i++)
		mac[i] = dmac[i];
	bpf_skb_store_bytes(skb, 0, mac, sizeof(mac), 0);
	return bpf_redirect(ifindex, 0);
}
