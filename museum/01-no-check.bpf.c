// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to drop every frame that is not IPv4.
 * The mistake: reads the EtherType without asking whether the frame is that
 * long. The kernel will not read past the end of a packet for anybody.
 */
//@rule packet-unchecked
#include <linux/bpf.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("xdp")
int only_ipv4(struct xdp_md *ctx)
{
	struct ethhdr *eth = (void *)(long)ctx->data;
#ifdef MENDED
	void *end = (void *)(long)ctx->data_end;

	if ((void *)(eth + 1) > end)
		return XDP_PASS;
#endif
	if (eth->h_proto != bpf_htons(ETH_P_IP)) //@line
		return XDP_DROP;
	return XDP_PASS;
}
