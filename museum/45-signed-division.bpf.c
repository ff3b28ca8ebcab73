// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to know how much longer than 1000 bytes a packet is, per queue.
 * The mistake: divides a signed number. BPF learnt that only with -mcpu=v4,
 * and kernels before 6.6 do not know it.
 */
//@rule clang-division
#include <linux/bpf.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("xdp")
int judge(struct xdp_md *ctx)
{
	__s32 excess = ctx->data_end - ctx->data - 1000;
	__s32 queues = ctx->rx_queue_index + 1;

#ifdef MENDED
	if (excess < 0)
		return XDP_PASS;
	return (__u32)excess / (__u32)queues > 100 ? XDP_DROP : XDP_PASS;
#else
	return excess / queues > 100 ? XDP_DROP : XDP_PASS; //@line
#endif
}
