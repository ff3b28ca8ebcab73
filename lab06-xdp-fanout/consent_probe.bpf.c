// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * This program tests answer_check() alone, as the plane calls it, and measures
 * what an answer costs.
 */
#include "lab01-xdp-parse/xdp.bpf.h"
#include "lab06-xdp-fanout/consent.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile struct media_address media; /* set by the loader */

static __always_inline enum verdict parse(struct xdp_md *ctx, struct packet *p)
{
	struct cursor c = xdp_cursor(ctx);

	return parse_frame(&c, p, &media);
}

SEC("xdp")
int consent_probe(struct xdp_md *ctx)
{
	struct packet p = {};

	return parse(ctx, &p) == CLASS_STUN ? answer_check(ctx, &p) : XDP_PASS;
}

/*
 * To be run again and again the program must meet the check each time, but the
 * frame is the answer by then: so it is made the check again first.  What that
 * costs, consent_restore() shows.
 */
#define MAX_FRAME 512

const volatile __u32 frame_length;
__u8 frame[MAX_FRAME];

static __always_inline int restore(struct xdp_md *ctx)
{
	__u32 length = frame_length, now = bpf_xdp_get_buff_len(ctx);

	if (length < 1 || length > MAX_FRAME)
		return -1;
	if (now != length && bpf_xdp_adjust_tail(ctx, (int)(length - now)))
		return -1;
	return bpf_xdp_store_bytes(ctx, 0, frame, length) ? -1 : 0;
}

SEC("xdp")
int consent_restore(struct xdp_md *ctx)
{
	/* as long as an answer, so that each run makes it longer again */
	if (restore(ctx) || bpf_xdp_adjust_tail(ctx, -8))
		return XDP_ABORTED;
	return XDP_PASS;
}

SEC("xdp")
int consent_again(struct xdp_md *ctx)
{
	struct packet p = {};

	if (restore(ctx))
		return XDP_ABORTED;
	return parse(ctx, &p) == CLASS_STUN ? answer_check(ctx, &p) : XDP_PASS;
}
