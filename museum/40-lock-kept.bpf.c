// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to add to two counters as one.
 * The mistake: one of the ways out leaves the lock taken, for everybody.
 */
//@rule lock-held
#include <linux/bpf.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct total {
	struct bpf_spin_lock lock;
	__u32 limit;
	__u64 packets;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct total);
} totals SEC(".maps");

SEC("xdp")
int add(struct xdp_md *ctx)
{
	__u32 key = 0, queue = ctx->rx_queue_index;
	struct total *t = bpf_map_lookup_elem(&totals, &key);

	if (!t)
		return XDP_PASS;
	bpf_spin_lock(&t->lock);
	t->packets++;
#ifndef MENDED
	if (queue > t->limit) //@line
		return XDP_DROP;
#endif
	t->limit = queue;
	bpf_spin_unlock(&t->lock);
	return XDP_PASS;
}
