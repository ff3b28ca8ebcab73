/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab06: checks that renew consent are answered at XDP, where they came in.
 *
 *	whose address is it? -- nobody's, or no consent --+
 *	consent still fresh? -- no -----------------------+
 *	a check as most are, with the right proofs? -- no-+--> XDP_PASS, as it was
 *	  | note the time
 *	  | the frame is cut to the answer's length; headers, answer written
 *	  v
 *	XDP_TX
 *
 * Nothing of the frame is written before all is proven, so that the server gets
 * the very frame that came.
 *
 * A check that is sent again renews consent again, as it does in the server.  A
 * memory of the latest transaction id would only stop those who have seen one
 * check, and RFC 7675 wants more: a random id of ours that comes back.  A lite
 * agent does not ask for that.
 */
#ifndef LAB06_CONSENT_BPF_H
#define LAB06_CONSENT_BPF_H

#include <linux/bpf.h>

#include "lab03-maps/forward.h"
#include "lab06-xdp-fanout/check.h"

/* A check is larger than the stack.  One CPU works at one check at a time. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct check);
} check_at_work SEC(".maps");

/* The consent of whoever is at the packet's source; NULL: the server decides. */
static __noinline struct consent *find_consent(const struct packet *p,
					       __u64 now)
{
	struct sender sender = {};
	__u32 id;

	if (find_sender(p, &sender) != CLASS_RTP || !sender.consent ||
	    !is_consent_fresh(sender.consent, now))
		return NULL;
	id = sender.consent;
	return bpf_map_lookup_elem(&sfu_consents, &id);
}

/* Reads the message.  Returns 0, or -1 if it is none that is answered here. */
static __noinline int load_check(struct xdp_md *ctx, const struct packet *p,
				 struct check *c)
{
	__u32 size = p->payload_len;

	KEEP_VALUE(size);
	if (size < CHECK_MIN * 4 || size > CHECK_MAX)
		return -1;
	__builtin_memset(c->word, 0, sizeof(c->word));
	c->len = size / 4;
	return bpf_xdp_load_bytes(ctx, p->payload, c->word, size) ? -1 : 0;
}

/* Nothing lies between the headers that the answer has. */
static __always_inline int is_plain(const struct packet *p)
{
	__u32 header = p->ip_version == 4 ? sizeof(struct iphdr) :
					    sizeof(struct ipv6hdr);

	return p->l4 == p->l3 + header;
}

static __always_inline int swap_macs(struct xdp_md *ctx)
{
	__u8 macs[3 * ETH_ALEN];

	if (bpf_xdp_load_bytes(ctx, 0, macs, 2 * ETH_ALEN))
		return -1;
	__builtin_memcpy(macs + 2 * ETH_ALEN, macs, ETH_ALEN);
	return bpf_xdp_store_bytes(ctx, 0, macs + ETH_ALEN, 2 * ETH_ALEN);
}

/*
 * Makes the answer of the frame, which is never longer than the check.  Once the
 * frame is cut there is no way back: what then fails is a bug, and drops it.
 */
static __noinline int send_check_answer(struct xdp_md *ctx,
					const struct packet *p,
					const struct check *c)
{
	__u32 size = p->payload + (p->ip_version == 4 ? ANSWER4 : ANSWER6);
	__u32 now = bpf_xdp_get_buff_len(ctx);
	long err;

	if (bpf_xdp_adjust_tail(ctx, (int)(size - now)))
		return XDP_PASS;
	if (p->ip_version == 4)
		err = bpf_xdp_store_bytes(ctx, p->l3,
					  (void *)&c->headers +
						  sizeof(c->headers) - HEADERS4,
					  HEADERS4 + ANSWER4);
	else
		err = bpf_xdp_store_bytes(ctx, p->l3, (void *)&c->headers,
					  HEADERS6 + ANSWER6);
	return err || swap_macs(ctx) ? XDP_ABORTED : XDP_TX;
}

/*
 * To be called for CLASS_STUN.  Returns XDP_TX if the frame is the answer now,
 * which is counted as CLASS_CONSENT; XDP_PASS if the server has to see it.  On a
 * veth XDP_TX may not wake the peer: then redirect the frame instead.  The
 * function is not static, so that the verifier checks it once, by itself.
 */
__noinline int answer_check(struct xdp_md *ctx, const struct packet *p)
{
	__u64 now = bpf_ktime_get_ns();
	struct consent *k;
	struct check *c;
	__u32 zero = 0;
	int action;

	if (!p)
		return XDP_PASS; /* never, but the verifier cannot know */
	k = find_consent(p, now);
	c = bpf_map_lookup_elem(&check_at_work, &zero);
	if (!k || !c || !is_plain(p) || load_check(ctx, p, c) ||
	    !check_holds(c, k))
		return XDP_PASS;
	if (p->ip_version == 4)
		write_answer4(c, p, k);
	else
		write_answer6(c, p, k);
	action = send_check_answer(ctx, p, c);
	if (action != XDP_TX)
		return action;
	*(volatile __u64 *)&k->renewed_ns = now;
	count_verdict(CLASS_CONSENT);
	return XDP_TX;
}

#endif
