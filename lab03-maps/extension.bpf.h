/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab03: writes each leg's header extensions into the skb, from those that
 * came.
 *
 *	came in   | 4 mid | 1 level |	saved: the packet is changed in place
 *	leg 1     | 0   0 | 7 level |	written into the packet
 *	leg 2     | 0   0 | 7 level |	the same map: it is there already
 *	leg 3     | 0   0 | 2 level |	from what came in, not from leg 2
 */
#ifndef LAB03_EXTENSION_BPF_H
#define LAB03_EXTENSION_BPF_H

#include "lab02-tc-clone/skb.h"
#include "lab03-maps/scratch.bpf.h"

/* Saves the extensions; once per packet, before skb_map_extensions(). */
static __always_inline void skb_read_extensions(struct __sk_buff *skb,
						const struct packet *p)
{
	struct extension_scratch *x = extensions_here();
	__u32 length = p->extension_len & ~3U;

	if (!x || !can_copy(&length))
		return;
	x->map = 0;
	bpf_skb_load_bytes(skb, p->payload + p->extension, x->original, length);
	__builtin_memcpy(x->now, x->original, sizeof(x->now));
}

/*
 * Writes into the packet what the extensions are for one leg, and mends the UDP
 * checksum.  A map of 0 puts back what came in.
 */
static __always_inline void
skb_map_extensions(struct __sk_buff *skb, const struct packet *p, __u64 map)
{
	struct extension_scratch *x = extensions_here();
	__u32 length = p->extension_len & ~3U;
	struct udp_diff diff = {};

	if (!x || x->map == map || !can_copy(&length))
		return;
	diff.rest = csum_add(0, ~sum_of(x->now, length));
	__builtin_memcpy(x->now, x->original, sizeof(x->now));
	if (map)
		map_elements(x->now, length, p->extension_profile, map);
	diff.rest = csum_add(diff.rest, sum_of(x->now, length));
	x->map = map;
	bpf_skb_store_bytes(skb, p->payload + p->extension, x->now, length, 0);
	skb_fix_udp_check(skb, p, &diff);
}

#endif
