// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to copy an entry of one map into another.
 * The mistake: hands the result of a look-up to a helper before asking
 * whether it is NULL.
 */
//@rule null-to-helper
#include <linux/bpf.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} from SEC(".maps"), to SEC(".maps");

SEC("xdp")
int copy(struct xdp_md *ctx)
{
	__u32 key = ctx->ingress_ifindex;
	__u64 *value = bpf_map_lookup_elem(&from, &key);

#ifdef MENDED
	if (!value)
		return XDP_PASS;
#endif
	bpf_map_update_elem(&to, &key, value, BPF_ANY); //@line
	return XDP_PASS;
}
