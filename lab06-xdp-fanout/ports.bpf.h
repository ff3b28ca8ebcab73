/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * lab06: what XDP knows of the interfaces, and whom it can serve by them.
 *
 *	list of legs:  eth0 eth0 eth0 eth1 eth1
 *	               '-- copies --'  '-- round: by the loop
 */
#ifndef LAB06_PORTS_BPF_H
#define LAB06_PORTS_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "lab03-maps/forward.h"
#include "lab06-xdp-fanout/broadcast.h"

const volatile __u32 loop_ifindex; /* set by the loader; 0: there is no loop */

/* The interfaces that frames are cloned to, by their indices. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_PORTS);
	__type(key, __u32);
	__type(value, struct port);
} fan_ports SEC(".maps");

/* ---- who came in ---------------------------------------------------------- */

static __always_inline int is_same_mac(const __u8 *a, const __u8 *b)
{
	int same = 1;

	for (int i = 0; i < ETH_ALEN; i++)
		same &= a[i] == b[i];
	return same;
}

/*
 * The port by which a frame to us has come; NULL: it is not ours.  XDP sees
 * frames to others as well (a bridge, a promiscuous card), and tags of VLANs.
 * Nor is a frame ours that a group seems to have sent, to whom an answer would
 * go.
 */
static __always_inline const struct port *
find_own_port(const struct xdp_md *xdp, const struct packet *p)
{
	__u32 ifindex = xdp->ingress_ifindex;
	struct port *port = bpf_map_lookup_elem(&fan_ports, &ifindex);
	struct ethhdr *eth = header_at((void *)(long)xdp->data,
				       (void *)(long)xdp->data_end, 0,
				       sizeof(*eth));

	if (!port || !eth || p->vlan_tags || is_group_mac(eth->h_source) ||
	    !is_same_mac(eth->h_dest, port->mac))
		return NULL;
	return port;
}

/* ---- who can be reached ---------------------------------------------------- */

/* Looks at the legs one after the other, before anything is decided. */
struct survey {
	struct xdp_md *xdp;
	__u32 first;
	__u32 ip_bytes;
	__u32 ifindex; /* of the leg before */
	__u32 port;    /* the number of the first leg's interface */
	__u32 copies;  /* how many legs from the first on go by that one */
	__u32 changed; /* bool: a later leg goes by another */
	__u32 refused; /* bool: a leg can't be reached from here */
};

/* Can frames of this packet leave by the interface of a leg? */
static __always_inline int survey_interface(struct survey *s, __u32 ifindex)
{
	struct port *port = bpf_map_lookup_elem(&fan_ports, &ifindex);
	__u32 ip_bytes = s->ip_bytes;

	if (!port || !port->takes_copies ||
	    bpf_check_mtu(s->xdp, ifindex, &ip_bytes, 0, 0))
		return -1;
	if (!s->ifindex)
		s->port = port->number;
	s->ifindex = ifindex;
	return 0;
}

/* One step of bpf_loop(). */
static long survey_leg(__u32 i, void *arg)
{
	struct survey *s = arg;
	__u32 slot = s->first + i;
	struct leg *leg = bpf_map_lookup_elem(&sfu_legs, &slot);

	if (!leg)
		return 1;
	//@todo 6.4 survey_leg: does the leg leave by another interface than the one before? Can that one be reached at all? Does the leg belong to the first broadcast?
	//@stub	s->refused = !survey_interface(s, leg->ifindex) || 1;
	//@stub	return 1;
	s->changed |= i && leg->ifindex != s->ifindex;
	if (leg->ifindex != s->ifindex && survey_interface(s, leg->ifindex)) {
		s->refused = 1;
		return 1;
	}
	if (!s->changed && s->copies < FAN_COPIES)
		s->copies++;
	return 0;
	//@end 6.4
}

/* Returns 0 if XDP can serve the list, as far as it looks: at `count` legs. */
static __always_inline int
survey_legs(struct survey *s, const struct packet_route *to, __u32 count)
{
	s->first = to->legs.first;
	bpf_loop(count, survey_leg, s, 0);
	if (s->refused || !s->copies)
		return -1;
	return s->copies < to->legs.count && !loop_ifindex ? -1 : 0;
}

#endif
