// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants the UDP destination port behind IPv4 options.
 * The mistake: the first byte is compared, so you know that ihl is 5 or more,
 * and ihl * 4 - 20 not negative. But what is added to the pointer was computed
 * from ihl, not from that byte: for the verifier it may be less than 0, which
 * in 32 bits without a sign is as much as 4,294,967,295. Compilers do the same
 * to code that looks right (clang from 18 on did it to take()); with the empty
 * asm in the mended twin there is one value only.
 */
//@rule packet-offset-below-zero
#include <linux/bpf.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("xdp")
int by_port(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	__u8 *ip = (void *)(eth + 1);
	struct udphdr *udp;
	__u32 options;

	if ((void *)ip + sizeof(struct iphdr) > end)
		return XDP_PASS;
	if (ip[0] < 0x45 || ip[0] > 0x4f) /* version 4, ihl 5 to 15 */
		return XDP_PASS;
	options = (ip[0] & 0xf) * 4 - sizeof(struct iphdr);
#ifdef MENDED
	asm volatile("" : "+r"(options));
	if (options > 40)
		return XDP_PASS;
#endif
	udp = (void *)ip + sizeof(struct iphdr) + options;
	if ((void *)(udp + 1) > end)
		return XDP_PASS;
	return udp->dest == bpf_htons(5004) ? XDP_DROP : XDP_PASS; //@line
}
