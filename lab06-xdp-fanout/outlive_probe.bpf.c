// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * This program tests answer_rtcp() alone: RTCP comes in, and what the kernel
 * says goes out.  All other frames pass.
 */
#include "lab01-xdp-parse/xdp.bpf.h"
#include "lab06-xdp-fanout/outlive.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile struct media_address media; /* set by the loader */

static __always_inline int send_answer(struct xdp_md *ctx, const struct leg *to)
{
	(void)ctx;
	return bpf_redirect(to->ifindex, 0);
}

SEC("xdp")
int outlive_probe(struct xdp_md *ctx)
{
	struct cursor c = xdp_cursor(ctx);
	struct packet p = {};
	enum verdict verdict = parse_frame(&c, &p, &media);

	count(verdict, c.len);
	return verdict == CLASS_RTCP ? answer_rtcp(ctx, &p) : XDP_PASS;
}
