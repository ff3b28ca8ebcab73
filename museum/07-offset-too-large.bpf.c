// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to look at a byte of the payload; user space says which one.
 * The mistake: trusts a 16-bit offset. The verifier proves nothing about a
 * packet pointer that could lie beyond byte 65,535: it wants a limit first.
 */
//@rule packet-offset-too-large
#include <linux/bpf.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

volatile __u16 which; /* user space sets it */

SEC("xdp")
int by_byte(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	__u64 offset = which;
	__u8 *byte;

#ifdef MENDED
	if (offset > 1500)
		return XDP_PASS;
#endif
	byte = (void *)(long)ctx->data + ETH_HLEN + offset;
	if ((void *)(byte + 1) > end)
		return XDP_PASS;
	return *byte ? XDP_DROP : XDP_PASS; //@line
}
