// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to skip a number of bytes that the packet itself names.
 * The mistake: the offset is a 64-bit number with no upper limit; added to a
 * pointer it could point anywhere, so the sum is not allowed at all.
 */
//@rule pointer-offset-unbounded
#include <linux/bpf.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("xdp")
int skip(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	void *data = (void *)(long)ctx->data;
	__u64 *length = data;
	__u64 offset;
	__u8 *byte;

	if ((void *)(length + 1) > end)
		return XDP_PASS;
	offset = *length;
#ifdef MENDED
	if (offset > 1500)
		return XDP_PASS;
#endif
	byte = data + offset; //@line
	if ((void *)(byte + 1) > end)
		return XDP_PASS;
	return *byte ? XDP_DROP : XDP_PASS;
}
