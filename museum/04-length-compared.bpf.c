// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to be sure that the frame is long enough.
 * The mistake: compares its length, a number. The verifier learns where a
 * packet ends only when a pointer into it is compared with data_end.
 */
//@rule packet-unchecked
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("tc")
int only_ipv4(struct __sk_buff *skb)
{
	struct ethhdr *eth = (void *)(long)skb->data;

#ifdef MENDED
	if ((void *)(eth + 1) > (void *)(long)skb->data_end)
#else
	if (skb->len < sizeof(*eth))
#endif
		return TC_ACT_OK;
	return eth->h_proto == bpf_htons(ETH_P_IP) ? TC_ACT_OK : //@line
						     TC_ACT_SHOT;
}
