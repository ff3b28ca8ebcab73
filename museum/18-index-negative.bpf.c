// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to find the slot of a sequence number relative to the first one.
 * The mistake: the index is signed and only its upper limit is checked.
 */
//@rule negative-index
#include <linux/bpf.h>
#include "common/protocols.h"

#define SLOTS 64

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct window {
	__u8 seen[SLOTS];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct window);
} windows SEC(".maps");

SEC("xdp")
int mark(struct xdp_md *ctx)
{
	__u32 key = 0;
	struct window *w = bpf_map_lookup_elem(&windows, &key);
	__s64 slot = (__s64)ctx->rx_queue_index - 1000;

#ifdef MENDED
	/* The checks are of this very value: clang 19 makes one of them, in 32 bits. */
	asm volatile("" : "+r"(slot));
#endif
	if (!w || slot >= SLOTS)
		return XDP_PASS;
#ifdef MENDED
	if (slot < 0)
		return XDP_PASS;
#endif
	w->seen[slot] = 1; //@line
	return XDP_PASS;
}
