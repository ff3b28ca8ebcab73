// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to count packets by the two top bits of their first byte.
 * The mistake: two bits have four values, the array has three elements.
 */
//@rule map-value-bounds
#include <linux/bpf.h>
#include "common/protocols.h"

#ifdef MENDED
#define CLASSES 4
#else
#define CLASSES 3
#endif

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct counters {
	__u64 packets[CLASSES];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct counters);
} counters SEC(".maps");

SEC("xdp")
int classify(struct xdp_md *ctx)
{
	__u8 *first = (void *)(long)ctx->data;
	__u32 key = 0;
	struct counters *c = bpf_map_lookup_elem(&counters, &key);

	if (!c || (void *)(first + 1) > (void *)(long)ctx->data_end)
		return XDP_PASS;
	c->packets[*first >> 6]++; //@line
	return XDP_PASS;
}
