// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * lab06's bench: the least that a broadcast can do, as a limit.
 *
 *	frame --> bare() --> a devmap of N equal entries
 *	                      |        |        |
 *	                    clone    clone    clone
 *	                      |        |        |
 *	                    the same constants into each
 *
 * It parses nothing, looks nothing up and counts nothing: whatever the plane
 * xdp costs more than this is the price of knowing who gets which copy.  The
 * driver's own counters prove what it did.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "lab05-bench/stamp.h"
#include "lab06-xdp-fanout/bare.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile struct bare_copy copy; /* set by the loader */

/* As many entries as there are receivers; the loader fills it. */
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct bpf_devmap_val));
} bare_fan SEC(".maps");

/* All that rtp_load sends has these headers. */
struct frame {
	struct ethhdr eth;
	struct iphdr ip;
	struct udphdr udp;
	struct stamped_rtp payload;
} __attribute__((packed));

SEC("xdp")
int bare(struct xdp_md *xdp)
{
	struct frame *f = (void *)(long)xdp->data;

	if ((void *)(f + 1) > (void *)(long)xdp->data_end ||
	    f->eth.h_proto != bpf_htons(ETH_P_IP) ||
	    f->payload.stamp.magic != bpf_htonl(STAMP_MAGIC))
		return XDP_PASS;
	return bpf_redirect_map(&bare_fan, 0, BPF_F_BROADCAST);
}

SEC("xdp/devmap")
int bare_leave(struct xdp_md *xdp)
{
	struct frame *f = (void *)(long)xdp->data;

	if ((void *)(f + 1) > (void *)(long)xdp->data_end)
		return XDP_DROP;
	__builtin_memcpy(f->eth.h_dest, (void *)copy.dmac, ETH_ALEN);
	__builtin_memcpy(f->eth.h_source, (void *)copy.smac, ETH_ALEN);
	f->ip.saddr = copy.saddr;
	f->ip.daddr = copy.daddr;
	f->ip.ttl = 63;
	f->ip.check = 0;
	f->udp.source = copy.sport;
	f->udp.dest = copy.dport;
	f->udp.check = 0;
	f->payload.rtp.mpt = copy.pt;
	f->payload.rtp.ssrc = copy.ssrc;
	return XDP_PASS;
}
