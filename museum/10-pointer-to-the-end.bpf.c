// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to check that 20 bytes are left.
 * The mistake: counts back from the end. data_end may be compared with, and
 * nothing else; count forward from the start.
 */
//@rule pointer-arithmetic
#include <linux/bpf.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("xdp")
int drop_udp(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	struct iphdr *ip = data + ETH_HLEN;

#ifdef MENDED
	if ((void *)(ip + 1) > end)
		return XDP_PASS;
#else
	if ((void *)ip > end - sizeof(*ip)) //@line
		return XDP_PASS;
#endif
	return ip->protocol == PROTO_UDP ? XDP_DROP : XDP_PASS;
}
