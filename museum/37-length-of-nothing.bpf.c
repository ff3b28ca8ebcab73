// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to copy up to 63 bytes out of a packet.
 * The mistake: the length may be 0, and the helper copies at least one byte.
 */
//@rule length-zero
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("tc")
int copy(struct __sk_buff *skb)
{
	__u8 payload[64] = {};
	__u32 length = skb->len & 63;

#ifdef MENDED
	length++;
#endif
	bpf_skb_load_bytes(skb, ETH_HLEN, payload, length); //@line
	return payload[0] ? TC_ACT_OK : TC_ACT_SHOT;
}
