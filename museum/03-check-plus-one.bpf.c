// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to sort packets by the first byte behind the Ethernet header.
 * The mistake: the check is one byte short. It lets a frame pass that ends
 * right before the byte that is read.
 */
//@rule packet-bounds
#include <linux/bpf.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("xdp")
int by_first_byte(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	__u8 *bytes = (void *)(long)ctx->data;

#ifdef MENDED
	if (bytes + ETH_HLEN + 1 > (__u8 *)end)
#else
	if (bytes + ETH_HLEN > (__u8 *)end)
#endif
		return XDP_PASS;
	return bytes[ETH_HLEN] >> 6 == 2 ? XDP_DROP : XDP_PASS; //@line
}
