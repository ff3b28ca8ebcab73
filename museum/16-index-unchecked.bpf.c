// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to count the packets of each second.
 * The mistake: the index goes up for ever, and is never compared with the
 * size of the array.
 */
//@rule map-value-unbounded
#include <linux/bpf.h>
#include "common/protocols.h"

#define SECONDS 64

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct history {
	__u32 bytes[SECONDS];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct history);
} histories SEC(".maps");

SEC("xdp")
int count(struct xdp_md *ctx)
{
	struct history *h;
	__u64 second = bpf_ktime_get_ns() / 1000000000;
	__u32 key = 0;

	h = bpf_map_lookup_elem(&histories, &key);
	if (!h)
		return XDP_PASS;
#ifdef MENDED
	second %= SECONDS;
#endif
	h->bytes[second] += ctx->data_end - ctx->data; //@line
	return XDP_PASS;
}
