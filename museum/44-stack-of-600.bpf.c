// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to copy 600 bytes of the packet.
 * The mistake: there are 512 bytes of stack. clang knows, and does not even
 * ask the kernel.
 */
//@rule clang-stack
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include "common/protocols.h"

#ifdef MENDED
#define BYTES 400
#else
#define BYTES 600
#endif

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("tc")
int copy(struct __sk_buff *skb)
{
	__u8 bytes[BYTES];

	if (bpf_skb_load_bytes(skb, 0, bytes, sizeof(bytes)))
		return TC_ACT_OK;
	return bytes[skb->mark & 255] ? TC_ACT_OK : TC_ACT_SHOT;
}
