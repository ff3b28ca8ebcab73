// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to count packets by interface.
 * The mistake: does not say how many entries the hash may have.
 */
//@rule libbpf-map
#include <linux/bpf.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
#ifdef MENDED
	__uint(max_entries, 16);
#endif
	__type(key, __u32);
	__type(value, __u64);
} packets SEC(".maps");

SEC("xdp")
int count(struct xdp_md *ctx)
{
	__u32 key = ctx->ingress_ifindex;
	__u64 *counter = bpf_map_lookup_elem(&packets, &key);

	if (counter)
		++*counter;
	return XDP_PASS;
}
