// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to hold packets back until user space has set a flag.
 * The mistake: waits. A program runs to its end before the kernel does
 * anything else with that packet; a loop that may never end is refused.
 */
//@rule infinite-loop
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

volatile int ready; /* user space sets it */

SEC("tc")
int hold(struct __sk_buff *skb)
{
#ifdef MENDED
	if (!ready)
		return TC_ACT_SHOT;
#else
	while (!ready) //@line
		;
#endif
	skb->mark = 1;
	return TC_ACT_OK;
}
