// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * lab06's bench: makes of the one packet of a test run the packets of many
 * senders, and hands each to a program that knows nothing of this.
 *
 *	turns[0] = alice, turns[1] = bob, ...     who sends next
 *	   |
 *	packet with alice's headers --> tail call --> forward() of one server,
 *	                                              or fanout() of another
 *
 * The headers are written in whole each time, so that it does not matter what
 * the program before has made of them.  One CPU runs this; nothing is atomic.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "lab02-tc-clone/rewrite.h"
#include "lab06-xdp-fanout/turns.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Set by the loader before each run. */
__u32 first_turn; /* where the order that is in use begins */
__u32 turns_of_lap;
__u32 per_lap; /* packets of each sender in a lap */
__u32 whom;    /* index of tc_next and xdp_next */

/* Where it is; laps are counted on and on, and sequence numbers with them. */
__u32 turn, lap;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* the loader knows how many */
	__type(key, __u32);
	__type(value, struct turn);
} turns SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, TURN_LAST + 1);
	__type(key, __u32);
	__type(value, __u32);
} tc_next SEC(".maps"), xdp_next SEC(".maps");

static __always_inline void go_on(void)
{
	if (++turn < turns_of_lap)
		return;
	turn = 0;
	lap++;
}

static __always_inline int take_turn(void *data, void *end)
{
	__u8 *headers = header_at(data, end, 0, TURN_HEADERS);
	__u32 index = first_turn + turn;
	struct turn *t = bpf_map_lookup_elem(&turns, &index);

	if (!t || !headers)
		return -1;
	__builtin_memcpy(headers, t->headers, TURN_HEADERS);
	*(__be16 *)(headers + TURN_SEQ) = bpf_htons(t->nth + lap * per_lap);
	go_on();
	return 0;
}

SEC("tc")
int tc_turn(struct __sk_buff *skb)
{
	if (!take_turn((void *)(long)skb->data, (void *)(long)skb->data_end))
		bpf_tail_call(skb, &tc_next, whom);
	return TC_ACT_UNSPEC; /* nobody was there */
}

SEC("xdp")
int xdp_turn(struct xdp_md *xdp)
{
	if (!take_turn((void *)(long)xdp->data, (void *)(long)xdp->data_end))
		bpf_tail_call(xdp, &xdp_next, whom);
	return XDP_ABORTED; /* nobody was there */
}

/* TURN_NOBODY: what the turns by themselves cost. */
SEC("tc")
int tc_nobody(struct __sk_buff *skb)
{
	(void)skb;
	return TC_ACT_SHOT;
}

SEC("xdp")
int xdp_nobody(struct xdp_md *xdp)
{
	(void)xdp;
	return XDP_DROP;
}
