// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to look up an interface.
 * The mistake: gives the helper the key itself instead of its address.
 */
//@rule helper-argument
#include <linux/bpf.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u32);
} interfaces SEC(".maps");

SEC("xdp")
int known(struct xdp_md *ctx)
{
	__u32 key = ctx->ingress_ifindex;
	__u32 *known;

#ifdef MENDED
	known = bpf_map_lookup_elem(&interfaces, &key);
#else
	known = bpf_map_lookup_elem(&interfaces, (void *)(long)key); //@line
#endif
	return known ? XDP_PASS : XDP_DROP;
}
