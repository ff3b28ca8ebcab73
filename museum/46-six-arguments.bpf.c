// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to pass all that is known of a packet to a function.
 * The mistake: a sixth argument. There are five registers for arguments.
 */
//@rule clang-arguments
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#ifdef MENDED
#define FUNCTION static __always_inline
#else
#define FUNCTION static __noinline
#endif

FUNCTION int sum(__u32 a, __u32 b, __u32 c, __u32 d, __u32 e, __u32 f)
{
	return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f;
}

SEC("tc")
int judge(struct __sk_buff *skb)
{
	if (sum(skb->len, skb->mark, skb->priority, skb->ifindex, skb->protocol,
		skb->queue_mapping) > 1000)
		return TC_ACT_SHOT;
	return TC_ACT_OK;
}
