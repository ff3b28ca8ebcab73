// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants two buffers of 300 bytes, one in each of two functions.
 * The mistake: each fits into 512 bytes of stack, but the calls share them.
 */
//@rule stack-combined
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include "common/protocols.h"

#ifdef MENDED
#define BUFFER 200
#else
#define BUFFER 300
#endif

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static __noinline int second(struct __sk_buff *skb)
{
	__u8 buffer[BUFFER] = {};

	bpf_skb_load_bytes(skb, 0, buffer, sizeof(buffer));
	return buffer[0] + buffer[BUFFER - 1];
}

SEC("tc")
int first(struct __sk_buff *skb) //@line
{
	__u8 buffer[BUFFER] = {};

	bpf_skb_load_bytes(skb, BUFFER, buffer, sizeof(buffer));
	return second(skb) == buffer[0] ? TC_ACT_OK : TC_ACT_SHOT;
}
