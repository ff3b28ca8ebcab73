// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to cut packets to 64 bytes.
 * The mistake: writes their length. Most members of the context can only be
 * read; to change the packet there are helper functions.
 */
//@rule context-access
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("tc")
int cut(struct __sk_buff *skb)
{
#ifdef MENDED
	bpf_skb_change_tail(skb, 64, 0);
#else
	skb->len = 64; //@line
#endif
	return TC_ACT_OK;
}
