// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to print a line into the trace.
 * The mistake: this helper is only for programs under a licence that is
 * compatible with the GPL.
 */
//@rule gpl-only
#include <linux/bpf.h>
#include "common/protocols.h"

#ifdef MENDED
char LICENSE[] SEC("license") = "Dual BSD/GPL";
#else
char LICENSE[] SEC("license") = "All rights reserved";
#endif

SEC("xdp")
int trace(struct xdp_md *ctx)
{
	bpf_printk("%d bytes", ctx->data_end - ctx->data); //@line
	return XDP_PASS;
}
