// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to copy a packet to another interface, as early as possible.
 * The mistake: bpf_clone_redirect() clones an skb, and where XDP runs there
 * is no skb yet. Each program type has helpers of its own.
 */
//@rule helper-wrong-type
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#ifdef MENDED
SEC("tc")
#else
SEC("xdp")
#endif
int copy(struct __sk_buff *ctx)
{
	bpf_clone_redirect(ctx, 1, 0); //@line
	return TC_ACT_OK;
}
