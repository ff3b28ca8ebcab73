// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * lab05: receivers that cost next to nothing.
 *
 * Sockets on one core cannot take twenty copies of each packet from a forwarder
 * at its limit, so we would measure the sockets.  Therefore, at saturation,
 * this program counts the copies by destination port where they come in, and
 * drops them.  In front of the forwarder the same program gives the baseline:
 * the cost of getting a packet that far.
 */
#include <linux/bpf.h>

#include "lab05-bench/count.h"
#include "lab05-bench/stamp.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Set by the loader: the ports that are counted, in host byte order. */
const volatile __u16 first_port;
const volatile __u16 ports;

/* Port minus first_port -> packets; written here, read by link_sink. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, MAX_COUNTED);
	__type(key, __u32);
	__type(value, __u64);
} counted SEC(".maps");

/* All that rtp_load sends and a forwarder makes of it has these headers. */
struct frame {
	struct ethhdr eth;
	struct iphdr ip;
	struct udphdr udp;
	struct stamped_rtp payload;
} __attribute__((packed));

static __always_inline int is_stamped(const struct frame *f)
{
	return f->eth.h_proto == bpf_htons(ETH_P_IP) && f->ip.ihl == 5 &&
	       f->ip.protocol == PROTO_UDP &&
	       f->payload.stamp.magic == bpf_htonl(STAMP_MAGIC);
}

SEC("xdp")
int count(struct xdp_md *ctx)
{
	const struct frame *f = (void *)(long)ctx->data;
	__u64 *packets;
	__u32 index;

	if ((void *)(f + 1) > (void *)(long)ctx->data_end || !is_stamped(f))
		return XDP_PASS;
	index = bpf_ntohs(f->udp.dest) - first_port;
	packets = bpf_map_lookup_elem(&counted, &index);
	if (!packets || index >= ports)
		return XDP_PASS;
	(*packets)++;
	return XDP_DROP;
}
