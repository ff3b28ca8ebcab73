// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Counts UDP packets over IPv4 by their destination port, and lets all pass.
 *
 *	frame -> count() -> XDP_PASS
 *	            \-> packets[port]
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/* Port, as it lies in the packet -> packets; pinned for others to read. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, __be16);
	__type(value, __u64);
} packets SEC(".maps");

static __always_inline void count_port(__be16 port)
{
	__u64 one = 1, *found = bpf_map_lookup_elem(&packets, &port);

	if (found)
		__sync_fetch_and_add(found, 1);
	else
		bpf_map_update_elem(&packets, &port, &one, BPF_ANY);
}

SEC("xdp")
int count(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct udphdr *udp = (void *)(ip + 1);

	/* Prove before you read: all three headers end in the frame. */
	if ((void *)(udp + 1) > end)
		return XDP_PASS;
	/* An IPv4 header with options (ihl > 5) is longer: left out here. */
	if (eth->h_proto == bpf_htons(ETH_P_IP) && ip->ihl == 5 &&
	    ip->protocol == IPPROTO_UDP)
		count_port(udp->dest);
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
