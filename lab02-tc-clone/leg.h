/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef LAB02_LEG_H
#define LAB02_LEG_H

#include "common/wire.h"

/*
 * One receiver of one stream: everything that a copy needs.  Filled in by
 * the control plane; a packet only reads it.  64 bytes: one cache line.
 */
struct leg {
	struct ip_addr daddr;
	struct ip_addr saddr;	/* ours, on the way to daddr */
	__u8 dmac[ETH_ALEN];	/* of the next hop; zero on lo */
	__u8 smac[ETH_ALEN];
	__u32 ifindex;		/* where the copy leaves */
	__be32 ssrc;		/* as the receiver was told */
	__u32 stream;		/* whose leg this is */
	__u32 id;		/* index of its counters */
	__be16 dport;
	__u8 pt;		/* as the receiver was told */
	__u8 zero;
};

_Static_assert(sizeof(struct leg) == 64, "a leg is one cache line");

#endif
