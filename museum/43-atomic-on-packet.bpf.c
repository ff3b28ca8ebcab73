// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to count down the TTL.
 * The mistake: atomic additions work on maps and on the stack, not on the
 * packet, which nobody else can see anyway.
 */
//@rule atomic-target
#include <linux/bpf.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct hops {
	__u32 left;
};

SEC("xdp")
int hop(struct xdp_md *ctx)
{
	struct hops *hops = (void *)(long)ctx->data;

	if ((void *)(hops + 1) > (void *)(long)ctx->data_end)
		return XDP_DROP;
#ifdef MENDED
	hops->left--;
#else
	__sync_fetch_and_add(&hops->left, -1); //@line
#endif
	return XDP_PASS;
}
