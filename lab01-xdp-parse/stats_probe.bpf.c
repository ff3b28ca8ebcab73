// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * This program is compiled and never attached.  The tests of 1.7 and 1.8 run in
 * user space, which has a libc and divides signed numbers.  BPF has neither,
 * and guard() calls that code only in 1.9.  Here the compiler sees it at once.
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
