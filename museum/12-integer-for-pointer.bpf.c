// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to remember where the IP header is, in a map, for the next program.
 * The mistake: keeps the pointer. What comes out of a map is a number; only
 * the offset of the header means something to somebody else.
 */
//@rule not-a-pointer
#include <linux/bpf.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

__u64 where; /* the program before this one has set it */

SEC("xdp")
int read_it(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
#ifdef MENDED
	__u64 offset = where;
	__u8 *ip;

	if (offset > 64)
		return XDP_PASS;
	ip = data + offset;
#else
	__u8 *ip = (__u8 *)where;
#endif

	if ((void *)(ip + 1) > end || data == end)
		return XDP_PASS;
	return *ip >> 4 == 4 ? XDP_DROP : XDP_PASS; //@line
}
