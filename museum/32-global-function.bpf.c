// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to have the protocol read by a function of its own.
 * The mistake: the function is not static. The verifier judges a global
 * function by itself, knows nothing of what its callers have proven, and
 * takes no packet pointers there.
 */
//@rule global-function
#include <linux/bpf.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#ifdef MENDED
#define FUNCTION static __noinline
#else
#define FUNCTION __noinline
#endif

FUNCTION int is_udp(struct iphdr *ip)
{
	return ip->protocol == PROTO_UDP; //@line
}

SEC("xdp")
int drop_udp(struct xdp_md *ctx)
{
	struct iphdr *ip = (void *)(long)ctx->data + ETH_HLEN;

	if ((void *)(ip + 1) > (void *)(long)ctx->data_end)
		return XDP_PASS;
	return is_udp(ip) ? XDP_DROP : XDP_PASS;
}
