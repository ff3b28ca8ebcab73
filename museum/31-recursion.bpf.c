// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to walk through nested headers.
 * The mistake: a function that calls itself. Calls go eight deep, and how
 * often this one calls itself nobody can say.
 */
//@rule call-depth
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static __noinline int skip_tags(struct __sk_buff *skb, __u32 at)
{
	struct vlan_hdr vlan = {};

	if (bpf_skb_load_bytes(skb, at, &vlan, sizeof(vlan)))
		return -1;
#ifndef MENDED
	if (vlan.proto == bpf_htons(ETH_P_8021Q))
		return skip_tags(skb, at + sizeof(vlan)) + vlan.tci; //@line
#endif
	return vlan.proto;
}

SEC("tc")
int by_type(struct __sk_buff *skb)
{
	return skip_tags(skb, ETH_HLEN) == bpf_htons(ETH_P_IP);
}
