// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants the UDP destination port behind a variable IP header.
 * The mistake: proves that the IP header is there, but not what lies `ihl`
 * words further on: behind a variable offset everything is unknown again.
 */
//@rule packet-variable-offset
#include <linux/bpf.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("xdp")
int by_port(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	struct iphdr *ip = (void *)(eth + 1);
	struct udphdr *udp;

	if ((void *)(ip + 1) > end)
		return XDP_PASS;
	udp = (void *)ip + ip->ihl * 4;
#ifdef MENDED
	if ((void *)(udp + 1) > end)
		return XDP_PASS;
#endif
	return udp->dest == bpf_htons(5004) ? XDP_DROP : XDP_PASS; //@line
}
