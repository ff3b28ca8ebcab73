// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to look up a queue of an interface.
 * The mistake: sets one half of the key; the other holds what was on the stack
 * before. Padding between members is such a half too: the look-up compares
 * all bytes. Newer kernels let it through to a loader with CAP_PERFMON, and
 * then nothing is found.
 */
//@rule stack-uninitialised
//@without CAP_PERFMON
#include <linux/bpf.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct key {
	__u64 queue;
	__u64 interface;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, struct key);
	__type(value, __u32);
} queues SEC(".maps");

SEC("xdp")
int known(struct xdp_md *ctx)
{
#ifdef MENDED
	struct key key = {};
#else
	struct key key;
#endif

	key.queue = ctx->rx_queue_index;
	return bpf_map_lookup_elem(&queues, &key) ? XDP_PASS : //@line
						    XDP_DROP;
}
