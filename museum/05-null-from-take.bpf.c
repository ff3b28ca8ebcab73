// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to read the IP version with the helper function that proves each step.
 * The mistake: does not ask whether take() returned NULL. Reading through
 * NULL is undefined, so the compiler concludes that it never happens, and
 * throws away the very check inside take().
 */
//@rule packet-unchecked
#include <linux/bpf.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static __always_inline void *take(void **pos, void *end, __u32 size)
{
	void *at = *pos;

	if (at + size > end)
		return NULL;
	*pos = at + size;
	return at;
}

SEC("xdp")
int by_type(struct xdp_md *ctx)
{
	void *pos = (void *)(long)ctx->data;
	struct ethhdr *eth = take(&pos, (void *)(long)ctx->data_end,
				  sizeof(*eth));

#ifdef MENDED
	if (!eth)
		return XDP_PASS;
#endif
	return eth->h_proto == bpf_htons(ETH_P_IP); //@line
}
