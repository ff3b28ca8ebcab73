// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to be an XDP program.
 * The mistake: libbpf reads the type of a program from the name of its
 * section, and this one it does not know.
 */
//@rule libbpf-section
#include <linux/bpf.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#ifdef MENDED
SEC("xdp")
#else
SEC("XDP")
#endif
int pass(struct xdp_md *ctx)
{
	return ctx->data == ctx->data_end ? XDP_DROP : XDP_PASS;
}
