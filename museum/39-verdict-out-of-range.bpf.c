// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to let outgoing packets pass.
 * The mistake: XDP_PASS is 2, but this is a program of a cgroup, where 0
 * means drop and 1 means pass.
 */
//@rule return-value
#include <linux/bpf.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("cgroup_skb/ingress")
int pass(struct __sk_buff *skb)
{
	if (skb->len > 1500) //@line
		return 0;
#ifdef MENDED
	return 1;
#else
	return XDP_PASS;
#endif
}
