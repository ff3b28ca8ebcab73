// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to count packets in a global variable.
 * The mistake: the variable is const. The loader froze it before the program
 * was loaded, and a cast does not thaw it.
 */
//@rule read-only-map
#include <linux/bpf.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#ifdef MENDED
__u64 packets;
#else
const volatile __u64 packets;
#endif

SEC("xdp")
int count(struct xdp_md *ctx)
{
	if (ctx->data != ctx->data_end)
		*(volatile __u64 *)&packets += 1; //@line
	return XDP_PASS;
}
