// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants the checksum of a piece of the packet.
 * The mistake: the length has no limit, the buffer has.
 */
//@rule length-unbounded
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("tc")
int sum(struct __sk_buff *skb)
{
	__be32 piece[16] = {};
	__u32 length = skb->len;

	bpf_skb_load_bytes(skb, 0, piece, sizeof(piece));
#ifdef MENDED
	if (length > sizeof(piece))
		length = sizeof(piece);
#endif
	skb->mark = bpf_csum_diff(NULL, 0, piece, length, 0); //@line
	return TC_ACT_OK;
}
