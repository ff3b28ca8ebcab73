/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef LAB02_LEG_H
#define LAB02_LEG_H

#include "common/protocols.h"

#define MAX_PAYLOAD_TYPES 4 /* of one stream */
#define NO_PT		  0xff

/*
 * One receiver of one stream: everything that a copy needs.  Filled in by
 * the control plane; a packet only reads it.  64 bytes: one cache line.
 *
 * A stream is announced with a list of payload types.  pt holds, in the order
 * of that list, the payload types that the receiver was told for them.  NO_PT
 * means that the receiver does not take that one.
 */
struct leg {
	struct ip_addr daddr;
	struct ip_addr saddr; /* ours, on the way to daddr */
	__u8 dmac[ETH_ALEN];  /* of the next hop; zero on lo */
	__u8 smac[ETH_ALEN];
	__u32 ifindex; /* where the copy leaves */
	__be32 ssrc;   /* the one that the receiver was told */
	__u32 id;      /* index of the leg's counters */
	__u16 stream;  /* id of the stream whose leg this is */
	__be16 dport;
	__u8 pt[MAX_PAYLOAD_TYPES];
};

_Static_assert(sizeof(struct leg) == 64, "a leg is one cache line");

#endif
