// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to count bytes that are zero.
 * The mistake: each round has two ways to go. The verifier walks one to the
 * end of the program and keeps the other in mind: at most 8192 of them.
 */
//@rule too-many-branches
#include <linux/bpf.h>
#include "common/protocols.h"

#ifdef MENDED
#define ROUNDS 64
#else
#define ROUNDS 20000
#endif

char LICENSE[] SEC("license") = "Dual BSD/GPL";

__u32 zeros;

SEC("xdp")
int count_zeros(struct xdp_md *ctx)
{
	__u8 *bytes = (void *)(long)ctx->data;
	__u32 found = 0;

	if ((void *)(bytes + 64) > (void *)(long)ctx->data_end)
		return XDP_PASS;
	for (int i = 0; i < ROUNDS; i++)
		if (bytes[i & 63] == 0) //@line
			found++;
	zeros = found;
	return XDP_PASS;
}
