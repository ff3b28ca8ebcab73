// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants the byte before the IP header.
 * The mistake: counts from the wrong place, and reads before the packet's
 * first byte.
 */
//@rule packet-before-start
#include <linux/bpf.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("xdp")
int by_last_byte(struct xdp_md *ctx)
{
	__u8 *bytes = (void *)(long)ctx->data;

	if ((void *)(bytes + ETH_HLEN) > (void *)(long)ctx->data_end)
		return XDP_PASS;
#ifdef MENDED
	return bytes[ETH_HLEN - 1] ? XDP_PASS : XDP_DROP;
#else
	return bytes[-1] ? XDP_PASS : XDP_DROP; //@line
#endif
}
