// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to count packets.
 * The mistake: a look-up may find nothing. Even of an array, where each index
 * is there: the verifier does not know which index you ask for.
 */
//@rule null-unchecked
#include <linux/bpf.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} packets SEC(".maps");

SEC("xdp")
int count(struct xdp_md *ctx)
{
	__u32 key = ctx->ingress_ifindex;
	__u64 *counter = bpf_map_lookup_elem(&packets, &key);

#ifdef MENDED
	if (!counter)
		return XDP_PASS;
#endif
	++*counter; //@line
	return XDP_PASS;
}
