// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to count packets by CPU.
 * The mistake: steps into the map entry without asking whether there is one.
 * NULL plus an offset is not NULL: no later check could tell.
 */
//@rule null-arithmetic
#include <linux/bpf.h>
#include "common/protocols.h"

#define CPUS 64

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct counters {
	__u64 packets[CPUS];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, struct counters);
} interfaces SEC(".maps");

SEC("xdp")
int count(struct xdp_md *ctx)
{
	__u32 key = ctx->ingress_ifindex;
	struct counters *c = bpf_map_lookup_elem(&interfaces, &key);

#ifdef MENDED
	if (!c)
		return XDP_PASS;
#endif
	c->packets[bpf_get_smp_processor_id() & (CPUS - 1)]++; //@line
	return XDP_PASS;
}
