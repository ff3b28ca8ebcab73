// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to send packets to the interface that a map names.
 * The mistake: a hash may hold interface numbers, but bpf_redirect_map() takes
 * only the kinds of map that were made for it.
 */
//@rule map-kind
#include <linux/bpf.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
#ifdef MENDED
	__uint(type, BPF_MAP_TYPE_DEVMAP);
#else
	__uint(type, BPF_MAP_TYPE_HASH);
#endif
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} interfaces SEC(".maps");

SEC("xdp")
int forward(struct xdp_md *ctx)
{
	return bpf_redirect_map(&interfaces, ctx->rx_queue_index, 0); //@line
}
