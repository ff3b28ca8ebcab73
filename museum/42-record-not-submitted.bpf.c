// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to report long packets to user space.
 * The mistake: reserves room in the ring buffer and, on one way out, neither
 * submits it nor gives it back.
 */
//@rule reference-leak
#include <linux/bpf.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} reports SEC(".maps");

SEC("xdp")
int report(struct xdp_md *ctx)
{
	__u32 *length = bpf_ringbuf_reserve(&reports, sizeof(*length), 0);

	if (!length)
		return XDP_PASS;
	*length = ctx->data_end - ctx->data;
	if (*length < 1000) { //@line
#ifdef MENDED
		bpf_ringbuf_discard(length, 0);
#endif
		return XDP_PASS;
	}
	bpf_ringbuf_submit(length, 0);
	return XDP_PASS;
}
