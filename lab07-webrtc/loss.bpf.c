// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A bad network, for tests: it loses one in twenty of the large packets that
 * come from the server.
 *
 *	tc filter add dev eth0 ingress bpf da obj build/lab07/loss.bpf.o sec tc
 *
 * Packets of pictures are large, and so are their repairs, which get lost as
 * well.  STUN, DTLS, RTCP and sound are small, and are never lost.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define MEDIA_PORT 5004
#define LARGE	   250 /* bytes of a frame */
#define ONE_IN	   20

/* IPv4 without options, which is what the sandbox has. */
static __always_inline int is_media(struct __sk_buff *skb)
{
	struct iphdr ip;
	struct udphdr udp;

	if (skb->protocol != bpf_htons(ETH_P_IP) || skb->len <= LARGE ||
	    bpf_skb_load_bytes(skb, ETH_HLEN, &ip, sizeof(ip)) ||
	    bpf_skb_load_bytes(skb, ETH_HLEN + sizeof(ip), &udp, sizeof(udp)))
		return 0;
	return ip.protocol == IPPROTO_UDP &&
	       udp.source == bpf_htons(MEDIA_PORT);
}

SEC("tc")
int lose(struct __sk_buff *skb)
{
	if (is_media(skb) && bpf_get_prandom_u32() % ONE_IN == 0)
		return TC_ACT_SHOT;
	return TC_ACT_UNSPEC;
}
