/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* lab06: what is written down of flights (flight.bpf.h), and of a CPU's work. */
#ifndef LAB06_FLIGHT_H
#define LAB06_FLIGHT_H

#include "lab03-maps/forward.h"
#include "lab06-xdp-fanout/broadcast.h"

/*
 * Where a flight's copies go.  to.legs is all that is left of the stream's list:
 * the first `copies` legs get a copy by this flight, and the rest by the copy
 * that goes round, if `round` says that there is one.
 */
struct flight {
	__u64 began; /* ns, monotonic clock */
	__u32 number;
	__u32 copies;
	__u32 next;	 /* the cursor: how many of them have been visited */
	__u32 round;	 /* legs that wait for the copy that goes round */
	__u32 settled;	 /* bool: what was not visited has been counted */
	__u32 is_answer; /* bool: no copies, but the kernel's own RTCP or STUN */
	__u8 smac[ETH_ALEN]; /* of that: the tag has its place */
	__u8 zero[2];
	struct packet packet;
	struct packet_route to;
};

/* One copy that left for the device, or the copies that its loss would cost. */
struct note {
	__u32 leg;   /* id, for the counters; or NO_LEG: nobody counts it */
	__u32 bytes; /* UDP payload */
	__u32 first; /* slot of the first leg that waits for this copy */
	__u32 count; /* how many wait; 0: the copy is for `leg` */
	__u32 stream;
};

#define NO_LEG 0xffffffff

/* What a CPU is doing.  No two of them share a cache line. */
struct fan_cpu {
	__u32 flights; /* begun so far: the number of the latest */
	__u32 settled; /* the number of the latest that the watch has seen */
	__u32 watched; /* bool: the watch runs */
	__u32 notes;
	struct note note[BULK];
} __attribute__((aligned(64)));

#endif
