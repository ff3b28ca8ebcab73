// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to drop UDP.
 * The mistake: proves that the Ethernet header is there, then reads from the
 * IP header behind it. Every layer needs a check of its own.
 */
//@rule packet-bounds
#include <linux/bpf.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("xdp")
int drop_udp(struct xdp_md *ctx)
{
	struct ethhdr *eth = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	struct iphdr *ip = (void *)(eth + 1);

#ifdef MENDED
	if ((void *)(ip + 1) > end)
#else
	if ((void *)(eth + 1) > end)
#endif
		return XDP_PASS;
	if (ip->protocol == PROTO_UDP) //@line
		return XDP_DROP;
	return XDP_PASS;
}
