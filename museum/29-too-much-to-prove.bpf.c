// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to add up bytes of a packet, over and over.
 * The mistake: the verifier walks through every round of every loop. Beyond
 * one million instructions it gives up, however harmless they are.
 */
//@rule too-complex
#include <linux/bpf.h>
#include "common/protocols.h"

#ifdef MENDED
#define ROUNDS 100
#else
#define ROUNDS 500000
#endif

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("xdp")
int sum(struct xdp_md *ctx)
{
	__u8 *bytes = (void *)(long)ctx->data;
	__u32 total = 0;

	if ((void *)(bytes + 64) > (void *)(long)ctx->data_end)
		return XDP_PASS;
	for (int i = 0; i < ROUNDS; i++)
		total += bytes[i & 63]; //@line
	return total ? XDP_PASS : XDP_DROP;
}
