// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to send a copy to another interface, then mark the original.
 * The mistake: keeps using a packet pointer from before the clone, which may
 * have moved the packet: every packet pointer dies by it.
 */
//@rule stale-packet-pointer
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("tc")
int copy_and_mark(struct __sk_buff *skb)
{
	struct ethhdr *eth = (void *)(long)skb->data;

	if ((void *)(eth + 1) > (void *)(long)skb->data_end)
		return TC_ACT_OK;
	eth->h_source[0] = 2;
	bpf_clone_redirect(skb, 1, 0);
#ifdef MENDED
	eth = (void *)(long)skb->data;
	if ((void *)(eth + 1) > (void *)(long)skb->data_end)
		return TC_ACT_OK;
#endif
	eth->h_source[0] = 4; //@line
	return TC_ACT_OK;
}
