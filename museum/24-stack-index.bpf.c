// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to gather bytes of the packet in a local array.
 * The mistake: the index has no limit the verifier could see.
 */
//@rule stack-variable-offset
#include <linux/bpf.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct key {
	__u8 byte[4];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, struct key);
	__type(value, __u32);
} known SEC(".maps");

SEC("xdp")
int gather(struct xdp_md *ctx)
{
	__u64 at = ctx->rx_queue_index;
	struct key key = {};

#ifdef MENDED
	if (at >= sizeof(key))
		return XDP_PASS;
#endif
	key.byte[at] = 1; //@line
	return bpf_map_lookup_elem(&known, &key) ? XDP_PASS : XDP_DROP;
}
