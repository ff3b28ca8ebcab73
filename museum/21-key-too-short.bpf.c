// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to look up an address and port.
 * The mistake: passes the address of something smaller than the key. The
 * kernel reads as many bytes as the map's key has.
 */
//@rule stack-bounds
#include <linux/bpf.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct key {
	__be32 addr;
	__u32 port;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, struct key);
	__type(value, __u32);
} senders SEC(".maps");

SEC("xdp")
int known(struct xdp_md *ctx)
{
#ifdef MENDED
	struct key key = { .addr = ctx->rx_queue_index };
#else
	__be32 key = ctx->rx_queue_index;
#endif

	return bpf_map_lookup_elem(&senders, &key) ? XDP_PASS : //@line
						     XDP_DROP;
}
