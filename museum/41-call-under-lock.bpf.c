// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to note the time under a lock.
 * The mistake: calls a helper while it holds the lock. All CPUs wait for a
 * spin lock, so nothing that takes time is allowed in between.
 */
//@rule call-under-lock
#include <linux/bpf.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct last {
	struct bpf_spin_lock lock;
	__u32 queue;
	__u64 ns;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct last);
} latest SEC(".maps");

SEC("xdp")
int note(struct xdp_md *ctx)
{
	__u32 key = 0, queue = ctx->rx_queue_index;
	struct last *last = bpf_map_lookup_elem(&latest, &key);
	__u64 now = bpf_ktime_get_ns();

	if (!last)
		return XDP_PASS;
	bpf_spin_lock(&last->lock);
#ifndef MENDED
	now = bpf_ktime_get_ns(); //@line
#endif
	last->ns = now;
	last->queue = queue;
	bpf_spin_unlock(&last->lock);
	return XDP_PASS;
}
