// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to count packets, and not to waste a byte.
 * The mistake: in a packed structure the counter lies at an odd address, and
 * an atomic addition needs a multiple of its size.
 */
//@rule misaligned
#include <linux/bpf.h>
#include "common/protocols.h"

#ifdef MENDED
#define PACKED
#else
#define PACKED __attribute__((packed))
#endif

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct record {
	__u8 kind;
	__u32 packets;
} PACKED;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct record);
} records SEC(".maps");

SEC("xdp")
int count(struct xdp_md *ctx)
{
	__u32 key = ctx->rx_queue_index;
	void *record = bpf_map_lookup_elem(&records, &key);

	if (!record)
		return XDP_PASS;
	__sync_fetch_and_add((__u32 *)(record + //@line
				       offsetof(struct record, packets)),
			     1);
	return XDP_PASS;
}
