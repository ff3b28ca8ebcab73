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
#include "lab03-maps/extension.h"

/*
 * The elements of a packet as they came, and as the skb has them now.  Each leg
 * starts from those that came.  There is one per CPU, because a CPU has one
 * packet at a time.
 */
struct extension_scratch {
	__u64 map; /* the map that has been applied; 0: none */
	__u8 original[EXTENSION_ROOM];
	__u8 now[EXTENSION_ROOM];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct extension_scratch);
} extension_scratch SEC(".maps");

static __always_inline struct extension_scratch *extensions_here(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&extension_scratch, &zero);
}

static __always_inline csum_diff sum_of(__u8 *bytes, __u32 length)
{
	return bpf_csum_diff(NULL, 0, (__be32 *)bytes, length, 0);
}

/*
 * Can so many bytes be copied?  The verifier of Linux 6.1 learns the lower
 * bound and the upper bound from two separate comparisons.  clang would make
 * one subtraction of both; KEEP_VALUE prevents that.
 */
static __always_inline int can_copy(__u32 *length)
{
	KEEP_VALUE(*length);
	if (*length < 4)
		return 0;
	KEEP_VALUE(*length);
	return *length <= EXTENSION_ROOM;
}

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
