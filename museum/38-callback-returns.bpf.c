// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Wants to send a number of copies with bpf_loop().
 * The mistake: the function that runs once a round returns an error code.
 * It may return 0 (go on) or 1 (stop), and nothing else.
 */
//@rule return-value
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include "common/protocols.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static long send_copy(__u32 i, void *arg)
{
	struct __sk_buff **skb = arg;
	long error = bpf_clone_redirect(*skb, i + 1, 0);

#ifdef MENDED
	return error ? 1 : 0;
#else
	return error; //@line
#endif
}

SEC("tc")
int fan_out(struct __sk_buff *skb)
{
	bpf_loop(3, send_copy, &skb, 0);
	return TC_ACT_OK;
}
