// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Nobody attaches this: it is only compiled.  1.7 and 1.8 are tested as they run
 * in user space, which divides signed numbers and has a libc.  BPF does not, and
 * guard() calls them much later; here the compiler looks at once.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "lab01-xdp-parse/rtp_stats.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct rtp_stats stats;

SEC("xdp")
int stats_probe(struct xdp_md *ctx)
{
	rtp_seq_update(&stats, ctx->rx_queue_index);
	rtp_jitter_update(&stats, ctx->ingress_ifindex, ctx->rx_queue_index);
	return XDP_PASS;
}
