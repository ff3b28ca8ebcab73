// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to print a number.
 * The mistake: calls print(), which nobody has declared. There is no
 * libc in the kernel either, only helpers.
 */
//@rule clang-implicit
#include <linux/bpf.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("xdp")
int trace(struct xdp_md *ctx)
{
#ifdef MENDED
	bpf_printk("queue %d", ctx->rx_queue_index);
#else
	print("queue %d", ctx->rx_queue_index); //@line
#endif
	return XDP_PASS;
}
